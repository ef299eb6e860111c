// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_regs: the tables of a VM's ITS, saved to guest memory and
 * restored from there, as a migration does.
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/kvm_host.h>

#include "vgic.h"
#include "vlpi-regs.h"

#define NR_VCPUS	2
#define FIRST_ICID	10	/* of vCPU 0; the next one has the next */
#define LOST_ICID	30	/* has no target */

/* Of vCPUs that these VMs do not have */
#define L2_TABLES	(VGIC_VM_PEND_TABLES + 4 * SZ_64K)
#define L2_DEVICES	(SZ_64K / 8)

/* Fields of entries, as KVM saves them */
#define ITE_LPI(_n)	((u64)(_n) << KVM_ITS_ITE_PINTID_SHIFT)
#define ITE_NEXT(_n)	((u64)(_n) << KVM_ITS_ITE_NEXT_SHIFT)
#define CTE_TARGET(_n)	((u64)(_n) << KVM_ITS_CTE_RDBASE_SHIFT)
#define DTE_ITT(_gpa)	((u64)(_gpa) >> 8 << KVM_ITS_DTE_ITTADDR_SHIFT)

/**
 * struct event - an event of the guest that is not forwarded
 * @devid: DeviceID; in the array events of a device are neighbours
 * @eventid: EventID
 * @intid: LPI
 * @vcpu: target, or NR_VCPUS for none
 * @enabled: in the property table
 * @pending: it was signalled before the tables were saved
 */
struct event {
	u32		devid;
	u32		eventid;
	u32		intid;
	unsigned int	vcpu;
	bool		enabled;
	bool		pending;
};

/* First and last entries, gaps, and neighbours; out of order */
static const struct event flat_events[] = {
	{ 0x51,	300,	8250,	1, true,	false },
	{ 0x51,	0,	8192,	0, true,	true },
	{ 0x51,	511,	8319,	1, false,	true },
	{ 0x51,	1,	8200,	2, true,	false },
	{ 8191,	7,	8203,	0, true,	false },
	{ 0,	5,	8211,	1, true,	true },
	{ 0,	6,	8212,	0, false,	false },
	{ 7,	0,	8220,	0, true,	false },
};

/* Several tables of the second level; a gap that no next offset can hold */
static const struct event deep_events[] = {
	{ 8192,	511,	8192,	0, true,	true },
	{ 8191,	0,	8193,	1, true,	false },
	{ 40000, 1,	8194,	1, true,	true },
	{ 40000, 2,	8195,	0, true,	false },
	{ 65535, 3,	8196,	1, true,	false },
	{ 0,	4,	8197,	0, false,	true },
};

/**
 * struct tables - what a VM's tables hold
 * @param: the VM, and what is shown in the test's name
 * @events: the events
 * @nr: how many
 * @deep: the device table has two levels
 */
struct tables {
	struct vlpi_param	param;
	const struct event	*events;
	unsigned int		nr;
	bool			deep;
};

static const struct tables tables[] = {
	{
		.param	= { .name = "flat", .config = { .nr_vcpus = NR_VCPUS } },
		.events	= flat_events,
		.nr	= ARRAY_SIZE(flat_events),
	}, {
		.param	= { .name = "2 levels", .config = { .nr_vcpus = NR_VCPUS } },
		.events	= deep_events,
		.nr	= ARRAY_SIZE(deep_events),
		.deep	= true,
	},
};

KUNIT_ARRAY_PARAM_DESC(table, tables, param.name);

const void *tables_gen_params(struct kunit *test, const void *prev, char *desc)
{
	return table_gen_params(test, prev, desc);
}

static struct vlpi vlpi_of(const struct event *e)
{
	return (struct vlpi) {
		.devid		= e->devid,
		.eventid	= e->eventid,
		.vcpu		= e->vcpu,
		.intid		= e->intid,
	};
}

/* Level 2 tables for all DeviceIDs that the events use */
static void make_deep(struct vgic_vm *vm, const struct tables *tbl)
{
	unsigned int i;

	for (i = 0; i < tbl->nr; i++) {
		u32 index = tbl->events[i].devid / L2_DEVICES;
		__le64 l1;

		/* 0, 1, 4 and 7 of the first level: a table for each */
		l1 = cpu_to_le64(GITS_BASER_VALID |
				 (L2_TABLES + DIV_ROUND_UP(index, 3) * SZ_64K));
		vgic_guest_write(vm, VGIC_VM_DEVICE_TABLE + 8 * index, &l1, 8);
	}

	vgic_guest_disable_its(vm);
	vits_write(vm, GITS_BASER, 8,
		   vits_read(vm, GITS_BASER, 8) | GITS_BASER_INDIRECT);
	vits_write(vm, GITS_CTLR, 4, GITS_CTLR_ENABLE);
}

/* Where the guest's ITTs are: one for each DeviceID, in order of first use */
static gpa_t itt_of(const struct tables *tbl, u32 devid)
{
	gpa_t itt = VGIC_VM_ITTS;
	unsigned int i;

	for (i = 0; tbl->events[i].devid != devid; i++)
		if (tbl->events[i].devid != tbl->events[i + 1].devid)
			itt += 8 << EVENT_BITS;

	return itt;
}

static void populate(struct vlpi_test *t, const struct tables *tbl)
{
	struct vgic_vm *vm = t->vm;
	unsigned int i;

	if (tbl->deep)
		make_deep(vm, tbl);
	for (i = 0; i < NR_VCPUS; i++)
		vgic_guest_mapc(vm, FIRST_ICID + i, vm->vcpu[i]->vcpu_id);

	for (i = 0; i < tbl->nr; i++) {
		const struct event *e = &tbl->events[i];

		if (!i || e->devid != e[-1].devid)
			vgic_guest_mapd(vm, e->devid, itt_of(tbl, e->devid),
					EVENT_BITS);
		vgic_guest_set_lpi(vm, e->intid, GUEST_PRIO, e->enabled);
		vgic_guest_mapti(vm, e->devid, e->eventid, e->intid,
				 e->vcpu < NR_VCPUS ? FIRST_ICID + e->vcpu :
				 LOST_ICID);
		if (e->pending)
			KUNIT_EXPECT_GE(t->test,
					vgic_vm_signal_msi(vm, e->devid,
							   e->eventid), 0);
	}
	/* What signals put into the translation cache is not in any table */
	vgic_guest_mapc(vm, 99, vm->vcpu[0]->vcpu_id);
	vgic_guest_unmapc(vm, 99);
}

/**
 * tables_save() - KVM writes the tables and pending bits to guest memory
 * @vm: the VM
 *
 * Return: what the ioctls return.
 */
int tables_save(struct vgic_vm *vm)
{
	return vgic_vm_its_ctrl(vm, KVM_DEV_ARM_ITS_SAVE_TABLES) ?:
	       vgic_vm_gic_ctrl(vm, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES);
}

/**
 * struct its_regs - registers that userspace takes along
 * @baser: GITS_BASER0 and 1
 * @cbaser: GITS_CBASER
 * @creadr: GITS_CREADR
 * @cwriter: GITS_CWRITER
 * @ctlr: GITS_CTLR
 */
struct its_regs {
	u64	baser[2];
	u64	cbaser;
	u64	creadr;
	u64	cwriter;
	u64	ctlr;
};

static struct its_regs save_regs(struct vgic_vm *vm)
{
	return (struct its_regs) {
		.baser		= {
			vits_get(vm, GITS_BASER), vits_get(vm, GITS_BASER + 8),
		},
		.cbaser		= vits_get(vm, GITS_CBASER),
		.creadr		= vits_get(vm, GITS_CREADR),
		.cwriter	= vits_get(vm, GITS_CWRITER),
		.ctlr		= vits_get(vm, GITS_CTLR),
	};
}

/* In the order that KVM's documentation wants */
static int restore(struct vgic_vm *vm, const struct its_regs *r)
{
	int ret;

	KUNIT_EXPECT_EQ(vm->test, 0, vits_set(vm, GITS_CBASER, r->cbaser));
	KUNIT_EXPECT_EQ(vm->test, 0, vits_set(vm, GITS_BASER, r->baser[0]));
	KUNIT_EXPECT_EQ(vm->test, 0, vits_set(vm, GITS_BASER + 8, r->baser[1]));
	KUNIT_EXPECT_EQ(vm->test, 0, vits_set(vm, GITS_CREADR, r->creadr));
	KUNIT_EXPECT_EQ(vm->test, 0, vits_set(vm, GITS_CWRITER, r->cwriter));
	ret = vgic_vm_its_ctrl(vm, KVM_DEV_ARM_ITS_RESTORE_TABLES);
	if (!ret)
		KUNIT_EXPECT_EQ(vm->test, 0, vits_set(vm, GITS_CTLR, r->ctlr));

	return ret;
}

/**
 * tables_copy_ram() - all of guest memory goes to another VM
 * @from: the old VM
 * @to: the new one
 */
void tables_copy_ram(struct vgic_vm *from, struct vgic_vm *to)
{
	static u8 page[PAGE_SIZE];
	gpa_t gpa;

	for (gpa = VGIC_VM_RAM_BASE;
	     gpa < VGIC_VM_RAM_BASE + VGIC_VM_RAM_SIZE; gpa += PAGE_SIZE) {
		vgic_guest_read(from, gpa, page, PAGE_SIZE);
		vgic_guest_write(to, gpa, page, PAGE_SIZE);
	}
	to->cwriter = from->cwriter;
}

/**
 * tables_move() - userspace takes the ITS along, registers and tables
 * @from: the old VM, of which the tables are saved
 * @to: the new one, with the same memory
 *
 * Return: what KVM says of the tables.
 */
int tables_move(struct vgic_vm *from, struct vgic_vm *to)
{
	struct its_regs regs = save_regs(from);

	return restore(to, &regs);
}

/* Another host: a VM with the same memory and registers, and nothing else */
static struct vgic_vm *migrate(struct vlpi_test *t)
{
	struct vgic_vm *to = vgic_vm_create(t->test, &t->p->config);

	KUNIT_EXPECT_EQ(t->test, 0,
			vgic_vm_its_ctrl(to, KVM_DEV_ARM_ITS_CTRL_RESET));
	tables_copy_ram(t->vm, to);
	KUNIT_ASSERT_EQ(t->test, 0, tables_move(t->vm, to));

	return to;
}

/* Devices, events, collections, pending and enabled LPIs: all of it is back */
void tables_survive_save_and_restore(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	const struct tables *tbl = container_of(t->p, struct tables, param);
	struct vgic_vm *to;
	unsigned int i;

	populate(t, tbl);
	KUNIT_ASSERT_EQ(test, 0, tables_save(t->vm));
	to = migrate(t);
	vgic_vm_expect_same(test, vits_facts(t->vm), vits_facts(to));
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, vits_get(t->vm, GITS_BASER + 8 * i),
				vits_get(to, GITS_BASER + 8 * i));

	/* What was pending is delivered, and what comes next */
	for (i = 0; i < tbl->nr; i++) {
		const struct event *e = &tbl->events[i];
		struct vlpi v = vlpi_of(e);

		if (e->vcpu == NR_VCPUS) {
			KUNIT_EXPECT_EQ(test, 0, vgic_vm_signal_msi(to, e->devid,
								    e->eventid));
			vgic_guest_mapc(to, LOST_ICID, to->vcpu[0]->vcpu_id);
			v.vcpu = 0;
			vits_expect_emulated(t, to, &v);
		} else if (e->pending && e->enabled) {
			vgic_guest_enter(to->vcpu[e->vcpu]);
			KUNIT_EXPECT_TRUE(test, vgic_guest_in_lr(to->vcpu[e->vcpu],
								 e->intid));
			vgic_guest_exit(to->vcpu[e->vcpu]);
		} else if (e->enabled) {
			vits_expect_emulated(t, to, &v);
		}
	}

	/* The new host can be left, too */
	KUNIT_EXPECT_EQ(test, 0, tables_save(to));
}

static u64 guest_word(struct vgic_vm *vm, gpa_t gpa)
{
	__le64 word;

	vgic_guest_read(vm, gpa, &word, sizeof(word));

	return le64_to_cpu(word);
}

static gpa_t dte_of(struct vgic_vm *vm, const struct tables *tbl, u32 devid)
{
	gpa_t l1 = VGIC_VM_DEVICE_TABLE + 8 * (devid / L2_DEVICES);

	if (!tbl->deep)
		return VGIC_VM_DEVICE_TABLE + 8 * devid;

	return (guest_word(vm, l1) & KVM_ITS_L1E_ADDR_MASK) +
	       8 * (devid % L2_DEVICES);
}

/* By brute force: the smallest number above @e's, of a device or its events */
static u32 distance(const struct tables *tbl, const struct event *e, bool device)
{
	u32 best = U32_MAX;
	unsigned int i;

	for (i = 0; i < tbl->nr; i++) {
		const struct event *o = &tbl->events[i];
		u32 a = device ? e->devid : e->eventid;
		u32 b = device ? o->devid : o->eventid;

		if ((device || o->devid == e->devid) && b > a)
			best = min(best, b - a);
	}

	return best == U32_MAX ? 0 : best;
}

/* The layout that KVM's documentation promises to other hosts */
void saved_entries_lead_to_the_next(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	const struct tables *tbl = container_of(t->p, struct tables, param);
	unsigned int i;

	populate(t, tbl);
	KUNIT_ASSERT_EQ(test, 0, tables_save(t->vm));
	for (i = 0; i < tbl->nr; i++) {
		const struct event *e = &tbl->events[i];
		gpa_t itt = itt_of(tbl, e->devid);
		u64 next = min(distance(tbl, e, true), BIT(14) - 1);
		u64 icid = e->vcpu < NR_VCPUS ? FIRST_ICID + e->vcpu : LOST_ICID;

		KUNIT_EXPECT_EQ(test, KVM_ITS_DTE_VALID_MASK |
				next << KVM_ITS_DTE_NEXT_SHIFT |
				DTE_ITT(itt) | (EVENT_BITS - 1),
				guest_word(t->vm, dte_of(t->vm, tbl, e->devid)));

		next = distance(tbl, e, false);
		KUNIT_EXPECT_EQ(test, ITE_NEXT(next) | ITE_LPI(e->intid) | icid,
				guest_word(t->vm, itt + 8 * e->eventid));
	}
	for (i = 0; i < NR_VCPUS; i++)
		KUNIT_EXPECT_EQ(test, KVM_ITS_CTE_VALID_MASK |
				(u64)t->vm->vcpu[i]->vcpu_id << KVM_ITS_CTE_RDBASE_SHIFT |
				(FIRST_ICID + i),
				guest_word(t->vm, VGIC_VM_COLL_TABLE + 8 * i));
}

/* An event does not remember that it came from another host */
void restored_event_can_be_forwarded(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	const struct event *fresh = &flat_events[0], *late = &flat_events[1];
	struct vlpi v, w;

	populate(t, &tables[0]);
	KUNIT_ASSERT_EQ(test, 0, tables_save(t->vm));
	t->vm = migrate(t);

	v = vlpi_of(fresh);
	v.mock = t->mock[0];
	v.event = 0;
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_mapped(t, &v);

	/* This one is pending, and shall be it in hardware */
	w = vlpi_of(late);
	w.mock = t->mock[0];
	w.event = 1;
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &w));
	vlpi_expect_mapped(t, &w);
	vgic_guest_enter(t->vm->vcpu[w.vcpu]);
	KUNIT_EXPECT_EQ(test, w.intid, vgic_guest_ack(t->vm->vcpu[w.vcpu]));
	KUNIT_EXPECT_FALSE(test, vgic_guest_in_lr(t->vm->vcpu[w.vcpu], w.intid));
	vgic_guest_exit(t->vm->vcpu[w.vcpu]);

	vgic_guest_enter(t->vm->vcpu[v.vcpu]);
	vlpi_device_write(&v);
	KUNIT_EXPECT_EQ(test, v.intid, vgic_guest_ack(t->vm->vcpu[v.vcpu]));
	vgic_guest_exit(t->vm->vcpu[v.vcpu]);
}

/* What is saved of it restores to nothing, and hides none of the others */
void event_without_collection_is_saved_as_invalid(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm *to;
	unsigned int i;

	populate(t, &tables[0]);
	vgic_guest_unmapc(t->vm, LOST_ICID);
	KUNIT_ASSERT_EQ(test, 0, tables_save(t->vm));
	to = migrate(t);

	for (i = 0; i < ARRAY_SIZE(flat_events); i++) {
		const struct event *e = &flat_events[i];
		struct vgic_irq *irq = vgic_get_irq(to->kvm, e->intid);

		KUNIT_EXPECT_EQ(test, e->vcpu != NR_VCPUS, !!irq);
		if (irq)
			vgic_put_irq(to->kvm, irq);
	}
}

enum entry { A_DTE, AN_ITE, A_CTE };

/**
 * struct corrupt - an entry that no save can have written
 * @param: the VM, and what is shown in the test's name
 * @entry: which: device 0x51's, its event 300's, or the second collection's
 * @clear: bits to clear
 * @set: bits to set
 * @err: the answer to who restores it
 */
struct corrupt {
	struct vlpi_param	param;
	enum entry		entry;
	u64			clear;
	u64			set;
	int			err;
};

#define CORRUPT(_name, _entry, _clear, _set, _err)			\
	{								\
		.param	= {						\
			.name	= _name,				\
			.config	= { .nr_vcpus = NR_VCPUS },		\
		},							\
		.entry	= _entry,					\
		.clear	= _clear,					\
		.set	= _set,						\
		.err	= _err,						\
	}

static const struct corrupt corrupts[] = {
	CORRUPT("event's LPI is an SPI", AN_ITE, KVM_ITS_ITE_PINTID_MASK,
		ITE_LPI(8191), -EINVAL),
	CORRUPT("event's LPI has 17 bits", AN_ITE,
		KVM_ITS_ITE_PINTID_MASK, ITE_LPI(BIT(16)), -EINVAL),
	CORRUPT("next event is beyond ITT", AN_ITE, ITE_NEXT(U16_MAX),
		ITE_NEXT(BIT(EVENT_BITS) - 300), -EINVAL),
	CORRUPT("event's collection is unknown", AN_ITE, KVM_ITS_ITE_ICID_MASK,
		77, -EINVAL),
	CORRUPT("device has 17 event bits", A_DTE, KVM_ITS_DTE_SIZE_MASK, 16,
		-EINVAL),
	CORRUPT("device's ITT is not in RAM", A_DTE, KVM_ITS_DTE_ITTADDR_MASK,
		DTE_ITT(VGIC_VM_NO_RAM), -EFAULT),
	CORRUPT("collection's target is no vCPU", A_CTE, CTE_TARGET(U32_MAX),
		CTE_TARGET(NR_VCPUS), -EINVAL),
	CORRUPT("collection is there twice", A_CTE, KVM_ITS_CTE_ICID_MASK,
		FIRST_ICID, -EEXIST),
	CORRUPT("collection is beyond table", A_CTE, KVM_ITS_CTE_ICID_MASK,
		SZ_64K / 8, -EINVAL),
};

KUNIT_ARRAY_PARAM_DESC(corrupted, corrupts, param.name);

const void *corrupt_gen_params(struct kunit *test, const void *prev, char *desc)
{
	return corrupted_gen_params(test, prev, desc);
}

static gpa_t entry_of(const struct corrupt *c)
{
	switch (c->entry) {
	case A_DTE:
		return VGIC_VM_DEVICE_TABLE + 8 * 0x51;
	case AN_ITE:
		return itt_of(&tables[0], 0x51) + 8 * 300;
	default:
		return VGIC_VM_COLL_TABLE + 8;
	}
}

/* A guest can write to its tables: nothing may be left of what is refused */
void corrupt_tables_are_refused(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	const struct corrupt *c = container_of(t->p, struct corrupt, param);
	struct vgic_vm *vm = t->vm;
	struct its_regs regs;
	__le64 good, bad;
	char *before;

	populate(t, &tables[0]);
	KUNIT_ASSERT_EQ(test, 0, tables_save(vm));
	before = vits_facts(vm);
	regs = save_regs(vm);
	KUNIT_EXPECT_EQ(test, 0,
			vgic_vm_its_ctrl(vm, KVM_DEV_ARM_ITS_CTRL_RESET));
	KUNIT_EXPECT_TRUE(test, vits_is_empty(vm));

	vgic_guest_read(vm, entry_of(c), &good, sizeof(good));
	bad = cpu_to_le64((le64_to_cpu(good) & ~c->clear) | c->set);
	vgic_guest_write(vm, entry_of(c), &bad, sizeof(bad));
	KUNIT_EXPECT_EQ(test, c->err, restore(vm, &regs));
	KUNIT_EXPECT_TRUE(test, vits_is_empty(vm));

	vgic_guest_write(vm, entry_of(c), &good, sizeof(good));
	KUNIT_EXPECT_EQ(test, 0, restore(vm, &regs));
	vgic_vm_expect_same(test, before, vits_facts(vm));
}

/* No entry is left that could end it */
void full_collection_table_is_restored(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm *vm = t->vm;
	struct its_regs regs;
	unsigned int i;
	__le64 *cte;

	cte = kunit_kzalloc(test, SZ_64K, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cte);
	/* The order is KVM's own: it has the last one that it found first */
	for (i = 0; i < SZ_64K / 8; i++)
		cte[i] = cpu_to_le64(KVM_ITS_CTE_VALID_MASK | i |
				     CTE_TARGET(vm->vcpu[i % vm->nr_vcpus]->vcpu_id));
	regs = save_regs(vm);
	KUNIT_EXPECT_EQ(test, 0,
			vgic_vm_its_ctrl(vm, KVM_DEV_ARM_ITS_CTRL_RESET));
	vgic_guest_write(vm, VGIC_VM_COLL_TABLE, cte, SZ_64K);
	KUNIT_ASSERT_EQ(test, 0, restore(vm, &regs));

	memset(cte, 0, SZ_64K);
	vgic_guest_write(vm, VGIC_VM_COLL_TABLE, cte, SZ_64K);
	KUNIT_EXPECT_EQ(test, 0, tables_save(vm));
	vgic_guest_read(vm, VGIC_VM_COLL_TABLE, cte, SZ_64K);
	for (i = 0; i < SZ_64K / 8; i++) {
		u64 entry = le64_to_cpu(cte[i]), icid = entry & KVM_ITS_CTE_ICID_MASK;

		if (entry != (KVM_ITS_CTE_VALID_MASK | icid |
			      CTE_TARGET(vm->vcpu[icid % vm->nr_vcpus]->vcpu_id)))
			break;
	}
	KUNIT_EXPECT_EQ(test, SZ_64K / 8, i);
}

/* As if the guest had sent MAPTI for both: the second one does not count */
void lpi_of_two_events_is_restored_once(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	const struct event *e = &flat_events[0];
	gpa_t itt = itt_of(&tables[0], e->devid);
	struct vgic_vm *vm = t->vm;
	struct vlpi v = vlpi_of(e);
	struct its_regs regs;
	u64 ite;

	vlpi_enable_in_guest(t, &v);
	vgic_guest_mapc(vm, FIRST_ICID + v.vcpu, vm->vcpu[v.vcpu]->vcpu_id);
	vgic_guest_mapd(vm, v.devid, itt, EVENT_BITS);
	vgic_guest_mapti(vm, v.devid, v.eventid, v.intid, FIRST_ICID + v.vcpu);
	KUNIT_ASSERT_EQ(test, 0, tables_save(vm));
	regs = save_regs(vm);
	KUNIT_EXPECT_EQ(test, 0,
			vgic_vm_its_ctrl(vm, KVM_DEV_ARM_ITS_CTRL_RESET));

	ite = guest_word(vm, itt + 8 * v.eventid);
	vgic_guest_write(vm, itt + 8 * (v.eventid + 3), &ite, sizeof(ite));
	ite |= ITE_NEXT(3);
	vgic_guest_write(vm, itt + 8 * v.eventid, &ite, sizeof(ite));
	KUNIT_EXPECT_EQ(test, 0, restore(vm, &regs));

	vits_expect_emulated(t, vm, &v);
	vgic_guest_discard(vm, v.devid, v.eventid);
	KUNIT_EXPECT_NE(test, 1, vgic_vm_signal_msi(vm, v.devid, v.eventid + 3));
	KUNIT_EXPECT_NE(test, 1, vgic_vm_signal_msi(vm, v.devid, v.eventid));
}

void tables_outside_ram_are_refused(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm *vm = t->vm;
	struct its_regs good, regs;
	char *before;
	unsigned int i;

	populate(t, &tables[0]);
	KUNIT_ASSERT_EQ(test, 0, tables_save(vm));
	before = vits_facts(vm);
	good = save_regs(vm);
	for (i = 0; i < ARRAY_SIZE(good.baser); i++) {
		KUNIT_EXPECT_EQ(test, 0,
				vgic_vm_its_ctrl(vm, KVM_DEV_ARM_ITS_CTRL_RESET));
		regs = good;
		regs.baser[i] &= ~GENMASK_ULL(47, 16);
		regs.baser[i] |= VGIC_VM_NO_RAM;
		KUNIT_EXPECT_EQ(test, -EFAULT, restore(vm, &regs));
		KUNIT_EXPECT_TRUE(test, vits_is_empty(vm));
	}

	/* No table, nothing in it */
	KUNIT_EXPECT_EQ(test, 0,
			vgic_vm_its_ctrl(vm, KVM_DEV_ARM_ITS_CTRL_RESET));
	KUNIT_EXPECT_EQ(test, 0,
			vgic_vm_its_ctrl(vm, KVM_DEV_ARM_ITS_RESTORE_TABLES));
	KUNIT_EXPECT_EQ(test, 0, tables_save(vm));
	KUNIT_EXPECT_TRUE(test, vits_is_empty(vm));

	KUNIT_EXPECT_EQ(test, 0, restore(vm, &good));
	vgic_vm_expect_same(test, before, vits_facts(vm));
}

/* A reset, as a VMM does it when the guest reboots */
void reset_gives_irqs_back(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0), w = vlpi_setup_nth(t, 1);
	unsigned int i;

	vlpi_device_write(&w);	/* pending is no excuse */
	KUNIT_EXPECT_EQ(test, 0,
			vgic_vm_its_ctrl(t->vm, KVM_DEV_ARM_ITS_CTRL_RESET));
	vlpi_expect_unmapped(t, &v);
	vlpi_expect_unmapped(t, &w);
	KUNIT_EXPECT_EQ(test, 0, vlpi_nr_mappings());
	KUNIT_EXPECT_TRUE(test, vits_is_empty(t->vm));
	KUNIT_EXPECT_EQ(test, GITS_CTLR_QUIESCENT,
			vits_read(t->vm, GITS_CTLR, 4));
	KUNIT_EXPECT_EQ(test, 0, vits_read(t->vm, GITS_CBASER, 8));
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_FALSE(test, vits_read(t->vm, GITS_BASER + 8 * i, 8) &
				   GITS_BASER_VALID);

	vgic_guest_setup(t->vm);
	v = vlpi_setup_nth(t, 0);
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);
}

/* A DeviceID is good if its table of the second level is there */
void device_table_has_two_levels(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct its_regs regs;
	__le64 l1;

	vgic_guest_disable_its(t->vm);
	vits_write(t->vm, GITS_BASER, 8,
		   vits_read(t->vm, GITS_BASER, 8) | GITS_BASER_INDIRECT);
	vits_write(t->vm, GITS_CTLR, 4, GITS_CTLR_ENABLE);

	v.devid = 3 * L2_DEVICES + 5;
	vlpi_enable_in_guest(t, &v);
	KUNIT_EXPECT_EQ(test, -EINVAL, vlpi_setup(t, &v));
	vgic_guest_mapd(t->vm, v.devid, v.itt, EVENT_BITS);
	KUNIT_EXPECT_TRUE(test, vits_is_empty(t->vm));

	/* An address does not make it valid */
	l1 = cpu_to_le64(L2_TABLES);
	vgic_guest_write(t->vm, VGIC_VM_DEVICE_TABLE + 8 * 3, &l1, sizeof(l1));
	KUNIT_EXPECT_EQ(test, -EINVAL, vlpi_setup(t, &v));

	l1 = cpu_to_le64(GITS_BASER_VALID | VGIC_VM_NO_RAM);
	vgic_guest_write(t->vm, VGIC_VM_DEVICE_TABLE + 8 * 3, &l1, sizeof(l1));
	KUNIT_EXPECT_EQ(test, -EINVAL, vlpi_setup(t, &v));
	KUNIT_EXPECT_TRUE(test, vits_is_empty(t->vm));
	regs = save_regs(t->vm);
	KUNIT_EXPECT_EQ(test, 0,
			vgic_vm_its_ctrl(t->vm, KVM_DEV_ARM_ITS_CTRL_RESET));
	KUNIT_EXPECT_EQ(test, -EFAULT, restore(t->vm, &regs));
	KUNIT_EXPECT_TRUE(test, vits_is_empty(t->vm));
	vgic_guest_write(t->vm, VGIC_VM_DEVICE_TABLE + 8 * 3, &(u64){ 0 }, 8);
	KUNIT_EXPECT_EQ(test, 0, restore(t->vm, &regs));

	l1 = cpu_to_le64(GITS_BASER_VALID | L2_TABLES);
	vgic_guest_write(t->vm, VGIC_VM_DEVICE_TABLE + 8 * 3, &l1, sizeof(l1));
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);
}
