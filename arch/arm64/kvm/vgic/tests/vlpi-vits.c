// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_vits: events that KVM translates and injects by software;
 * and suites vgic_vlpi_mixed: the same beside those that it forwards. What the guest changed
 * counts at once, whether a translation was cached or not, and no LPI is
 * kept longer or shorter than somebody needs it.
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>

#include "vgic.h"
#include "vlpi-test.h"
#include "vlpi-vits.h"

/* (A, 0x101) and (B, 1) must not be taken for the same */
#define DEV_A		0x50
#define DEV_B		0x51
#define NR_EVENTS	5

static const u32 some_ids[] = { 3, 1, 7 };

/**
 * vits_take() - enter the guest; it acknowledges all that it is offered
 * @vcpu: a vCPU that nobody runs
 * @intids: where the INTIDs go, those of list registers first
 * @max: size of @intids
 *
 * Return: how many; more than @max are dropped.
 */
unsigned int vits_take(struct kvm_vcpu *vcpu, u32 *intids, unsigned int max)
{
	unsigned int n = 0, before;
	u32 intid;

	/* Until it finds nothing: there may be more than list registers */
	do {
		before = n;
		vgic_guest_enter(vcpu);
		while ((intid = um_guest_ack_lr()) != ICC_IAR1_EL1_SPURIOUS && n < max)
			intids[n++] = intid;
		while ((intid = vgic_guest_ack(vcpu)) != GICV4_INTID_NONE && n < max)
			intids[n++] = intid;
		vgic_guest_exit(vcpu);
	} while (n != before);

	return n;
}

/**
 * vits_expect_taken() - a vCPU takes one LPI, or nothing
 * @t: the case
 * @vcpu: index of the vCPU
 * @intid: the LPI, or 0
 */
void vits_expect_taken(struct vlpi_test *t, unsigned int vcpu, u32 intid)
{
	u32 got[4] = {};
	unsigned int n = vits_take(t->vm->vcpu[vcpu], got, ARRAY_SIZE(got));

	KUNIT_EXPECT_EQ_MSG(t->test, n, !!intid, "taken by vCPU %u: %u", vcpu,
			    got[0]);
	KUNIT_EXPECT_EQ_MSG(t->test, got[0], intid, "by vCPU %u", vcpu);
}

/**
 * vits_expect_quiet() - no vCPU has anything to take
 * @t: the case
 */
void vits_expect_quiet(struct vlpi_test *t)
{
	unsigned int i;

	for (i = 0; i < t->vm->nr_vcpus; i++)
		vits_expect_taken(t, i, 0);
}

static void expect_at(struct vlpi_test *t, const struct vits_event *e)
{
	unsigned int i;

	for (i = 0; i < t->vm->nr_vcpus; i++)
		vits_expect_taken(t, i, i == e->vcpu ? e->intid : 0);
}

/**
 * vits_expect_event() - an event gets to where it should, by each way
 * @t: the case; no vCPU has anything pending
 * @e: the event
 *
 * KVM_SIGNAL_MSI first, which may find the translation in a cache; INT, which
 * never does; and KVM_SIGNAL_MSI again.
 */
void vits_expect_event(struct vlpi_test *t, const struct vits_event *e)
{
	bool enabled = vlpi_vits(t)->enabled;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (i != 1)
			KUNIT_EXPECT_EQ_MSG(t->test, !!e->intid,
					    vgic_vm_signal_msi(t->vm, e->devid,
							       e->eventid) > 0,
					    "event %x:%x", e->devid, e->eventid);
		else if (enabled)
			vgic_guest_int(t->vm, e->devid, e->eventid);
		else
			continue;
		expect_at(t, e);
	}
}

/**
 * vits_expect_events() - all events get to where they should
 * @t: the case; no vCPU has anything pending
 * @e: the events
 * @n: how many
 */
void vits_expect_events(struct vlpi_test *t, const struct vits_event *e,
			unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		vits_expect_event(t, &e[i]);
	vits_expect_refs(t->test, t->vm->kvm);
}

static u32 id_of(struct vlpi_test *t, unsigned int vcpu)
{
	return t->vm->vcpu[vcpu]->vcpu_id;
}

/* Events of two devices, in two collections; each translation is cached */
static void map_events(struct vlpi_test *t, struct vits_event *e)
{
	static const struct vits_event events[NR_EVENTS] = {
		{ DEV_A, 1, 8193, 0 },
		{ DEV_A, 2, 8194, 1 },
		{ DEV_A, 0x101, 8195, 0 },
		{ DEV_B, 1, 8196, 1 },
		{ DEV_B, 2, 8260, 0 },
	};
	unsigned int i;

	memcpy(e, events, sizeof(events));
	vgic_guest_mapd(t->vm, DEV_A, vgic_guest_alloc_itt(t->vm, EVENT_BITS),
			EVENT_BITS);
	vgic_guest_mapd(t->vm, DEV_B, vgic_guest_alloc_itt(t->vm, EVENT_BITS),
			EVENT_BITS);
	for (i = 0; i < 2; i++)
		vgic_guest_mapc(t->vm, i, id_of(t, i));
	for (i = 0; i < 12; i++)
		vgic_guest_set_lpi(t->vm, 8300 + i, GUEST_PRIO, true);
	for (i = 0; i < NR_EVENTS; i++) {
		vgic_guest_set_lpi(t->vm, e[i].intid, GUEST_PRIO, true);
		vgic_guest_mapti(t->vm, e[i].devid, e[i].eventid, e[i].intid,
				 e[i].vcpu);
	}
	vits_expect_events(t, e, NR_EVENTS);
}

/**
 * struct change - something that a guest or a VMM does to translations
 * @param: the VM, and what is shown in the test's name
 * @make: does it, and writes down what has to come of it
 */
struct change {
	struct vlpi_param	param;
	void			(*make)(struct vlpi_test *t, struct vits_event *e);
};

static void none_of_device(struct vits_event *e, u32 devid)
{
	unsigned int i;

	for (i = 0; i < NR_EVENTS; i++)
		if (e[i].devid == devid)
			e[i].intid = 0;
}

static void none_at_all(struct vits_event *e)
{
	none_of_device(e, DEV_A);
	none_of_device(e, DEV_B);
}

static void none_of_vcpu(struct vits_event *e, unsigned int vcpu)
{
	unsigned int i;

	for (i = 0; i < NR_EVENTS; i++)
		if (e[i].vcpu == vcpu)
			e[i].intid = 0;
}

static void all_move(struct vits_event *e, unsigned int from, unsigned int to)
{
	unsigned int i;

	for (i = 0; i < NR_EVENTS; i++)
		if (e[i].vcpu == from)
			e[i].vcpu = to;
}

static void discard(struct vlpi_test *t, struct vits_event *e)
{
	vgic_guest_discard(t->vm, e[0].devid, e[0].eventid);
	e[0].intid = 0;
}

static void discard_and_map_another_lpi(struct vlpi_test *t, struct vits_event *e)
{
	discard(t, e);
	e[0].intid = 8300;
	vgic_guest_mapti(t->vm, e[0].devid, e[0].eventid, 8300, 0);
}

/* What the guest has not taken yet outlives its event, and gets another one */
static void discard_pending_and_map(struct vlpi_test *t, struct vits_event *e)
{
	u32 taken[4];

	vgic_vm_signal_msi(t->vm, e[0].devid, e[0].eventid);
	vgic_guest_discard(t->vm, e[0].devid, e[0].eventid);
	e[0].eventid = 17;
	vgic_guest_mapti(t->vm, e[0].devid, e[0].eventid, e[0].intid, 0);
	vits_take(t->vm->vcpu[0], taken, ARRAY_SIZE(taken));
}

/* The LPI of one event becomes that of another one */
static void swap_lpis(struct vlpi_test *t, struct vits_event *e)
{
	vgic_guest_discard(t->vm, e[0].devid, e[0].eventid);
	vgic_guest_discard(t->vm, e[3].devid, e[3].eventid);
	swap(e[0].intid, e[3].intid);
	vgic_guest_mapti(t->vm, e[0].devid, e[0].eventid, e[0].intid, 0);
	vgic_guest_mapti(t->vm, e[3].devid, e[3].eventid, e[3].intid, 1);
}

static void unmapd(struct vlpi_test *t, struct vits_event *e)
{
	vgic_guest_unmapd(t->vm, DEV_B);
	none_of_device(e, DEV_B);
}

/* An ITT of its own again: what was in the old one does not count */
static void mapd_again(struct vlpi_test *t, struct vits_event *e)
{
	vgic_guest_mapd(t->vm, DEV_A, vgic_guest_alloc_itt(t->vm, EVENT_BITS),
			EVENT_BITS);
	none_of_device(e, DEV_A);
	e[1].intid = 8301;
	vgic_guest_mapti(t->vm, DEV_A, e[1].eventid, 8301, 1);
}

static void unmapc(struct vlpi_test *t, struct vits_event *e)
{
	vgic_guest_unmapc(t->vm, 0);
	none_of_vcpu(e, 0);
}

/* The events are not in the collection any more: they have to be mapped */
static void unmapc_and_mapc(struct vlpi_test *t, struct vits_event *e)
{
	unmapc(t, e);
	vgic_guest_mapc(t->vm, 0, id_of(t, 1));
}

static void mapc_elsewhere(struct vlpi_test *t, struct vits_event *e)
{
	vgic_guest_mapc(t->vm, 1, id_of(t, 2));
	all_move(e, 1, 2);
}

static void movi(struct vlpi_test *t, struct vits_event *e)
{
	vgic_guest_movi(t->vm, e[0].devid, e[0].eventid, 1);
	e[0].vcpu = 1;
}

/* KVM has the translation by now, and not yet that its target takes no LPIs */
static void movi_to_vcpu_without_lpis(struct vlpi_test *t, struct vits_event *e)
{
	vgic_guest_disable_lpis(t->vm, t->vm->vcpu[1]);
	none_of_vcpu(e, 1);
	vits_expect_event(t, &e[0]);
	vgic_guest_movi(t->vm, e[0].devid, e[0].eventid, 1);
	e[0].intid = 0;
}

static void movall(struct vlpi_test *t, struct vits_event *e)
{
	vgic_guest_movall(t->vm, id_of(t, 0), id_of(t, 2));
	all_move(e, 0, 2);
}

static void its_off(struct vlpi_test *t, struct vits_event *e)
{
	vgic_guest_disable_its(t->vm);
	none_at_all(e);
}

static void its_off_and_on(struct vlpi_test *t, struct vits_event *e)
{
	vgic_guest_disable_its(t->vm);
	vgic_guest_mmio_write(t->vm, t->vm->vcpu[0], t->vm->its_base + GITS_CTLR,
			      4, GITS_CTLR_ENABLE);
}

static void lpis_off(struct vlpi_test *t, struct vits_event *e)
{
	vgic_guest_disable_lpis(t->vm, t->vm->vcpu[1]);
	none_of_vcpu(e, 1);
}

static void lpis_off_and_on(struct vlpi_test *t, struct vits_event *e)
{
	vgic_guest_disable_lpis(t->vm, t->vm->vcpu[1]);
	vgic_guest_enable_lpis(t->vm, t->vm->vcpu[1]);
}

static void rewrite_baser(struct vlpi_test *t, unsigned int type, u64 flip)
{
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	gpa_t its = t->vm->its_base;
	unsigned int i;

	vgic_guest_disable_its(t->vm);
	for (i = 0; i < GITS_BASER_NR_REGS; i++) {
		u64 baser = vgic_guest_mmio_read(t->vm, vcpu,
						 its + GITS_BASER + 8 * i, 8);

		if (GITS_BASER_TYPE(baser) == type)
			vgic_guest_mmio_write(t->vm, vcpu,
					      its + GITS_BASER + 8 * i, 8,
					      baser ^ flip);
	}
	vgic_guest_mmio_write(t->vm, vcpu, its + GITS_CTLR, 4, GITS_CTLR_ENABLE);
}

/* Another size: another table, with nothing in it */
static void new_device_table(struct vlpi_test *t, struct vits_event *e)
{
	rewrite_baser(t, GITS_BASER_TYPE_DEVICE, 1);
	none_at_all(e);
}

static void new_collection_table(struct vlpi_test *t, struct vits_event *e)
{
	rewrite_baser(t, GITS_BASER_TYPE_COLLECTION, 1);
	none_at_all(e);
}

/* As a guest's driver does when it resumes */
static void same_tables(struct vlpi_test *t, struct vits_event *e)
{
	rewrite_baser(t, GITS_BASER_TYPE_DEVICE, 0);
	rewrite_baser(t, GITS_BASER_TYPE_COLLECTION, 0);
}

static void reset(struct vlpi_test *t, struct vits_event *e)
{
	KUNIT_EXPECT_EQ(t->test, 0,
			vgic_vm_its_ctrl(t->vm, KVM_DEV_ARM_ITS_CTRL_RESET));
	none_at_all(e);
}

static void reset_and_setup(struct vlpi_test *t, struct vits_event *e)
{
	reset(t, e);
	vgic_guest_setup(t->vm);
}

static void nothing(struct vlpi_test *t, struct vits_event *e)
{
}

#define CHANGE(n, fn) {							\
	.param = {							\
		.name = n,						\
		.config = {						\
			.nr_vcpus = ARRAY_SIZE(some_ids),		\
			.vcpu_ids = some_ids,				\
		},							\
	},								\
	.make = fn,							\
}

static const struct change changes[] = {
	CHANGE("nothing", nothing),
	CHANGE("DISCARD", discard),
	CHANGE("DISCARD, another LPI", discard_and_map_another_lpi),
	CHANGE("DISCARD while pending, MAPTI", discard_pending_and_map),
	CHANGE("two events swap LPIs", swap_lpis),
	CHANGE("MAPD V=0", unmapd),
	CHANGE("MAPD again", mapd_again),
	CHANGE("MAPC V=0", unmapc),
	CHANGE("MAPC V=0 and V=1", unmapc_and_mapc),
	CHANGE("MAPC elsewhere", mapc_elsewhere),
	CHANGE("MOVI", movi),
	CHANGE("MOVI to where LPIs are off", movi_to_vcpu_without_lpis),
	CHANGE("MOVALL", movall),
	CHANGE("ITS off", its_off),
	CHANGE("ITS off and on", its_off_and_on),
	CHANGE("LPIs off", lpis_off),
	CHANGE("LPIs off and on", lpis_off_and_on),
	CHANGE("new device table", new_device_table),
	CHANGE("new collection table", new_collection_table),
	CHANGE("same tables written again", same_tables),
	CHANGE("ITS reset", reset),
	CHANGE("ITS reset and set up", reset_and_setup),
};

/* A change begins with its param, which is what vlpi_init() wants */
KUNIT_ARRAY_PARAM_DESC(change, changes, param.name);

static void change_counts_at_once(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vits_event e[NR_EVENTS];

	map_events(t, e);
	container_of(t->p, struct change, param)->make(t, e);
	vits_expect_events(t, e, NR_EVENTS);
}

/* The same, with some of the events forwarded and pending */
static void change_counts_for_forwarded_events(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vits_event e[NR_EVENTS];
	unsigned int i;

	map_events(t, e);
	for (i = 0; i < NR_EVENTS; i += 2) {
		struct vlpi v = vlpi_nth(t, i);

		v.devid = e[i].devid;
		v.eventid = e[i].eventid;
		v.intid = e[i].intid;
		v.vcpu = e[i].vcpu;
		KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
		vlpi_expect_delivered(t, &v);
	}
	vits_expect_events(t, e, NR_EVENTS);
	container_of(t->p, struct change, param)->make(t, e);
	vits_expect_events(t, e, NR_EVENTS);
}

/* An LPI that the test holds, to look at it when its VM is gone */
static void expect_let_go(struct kunit *test, struct vgic_irq *irq)
{
	unsigned int refs = refcount_read(&irq->refcount);

	KUNIT_EXPECT_EQ_MSG(test, refs, 1, "references of LPI %u", irq->intid);
	if (refs == 1)
		kfree(irq);
}

/* Mapped, cached, pending, queued, in a list register, forwarded, disabled */
static void teardown_lets_go_of_lpis(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vits_event e[NR_EVENTS];
	struct vgic_irq *irq[NR_EVENTS];
	struct vlpi v = vlpi_nth(t, 0);
	struct kvm_vcpu *vcpu;
	unsigned int i;

	map_events(t, e);
	v.devid = e[4].devid;
	v.eventid = e[4].eventid;
	v.intid = e[4].intid;
	v.vcpu = e[4].vcpu;
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_device_write(&v);

	/* Offered and not taken; queued; pending and disabled */
	vgic_vm_signal_msi(t->vm, e[0].devid, e[0].eventid);
	vcpu = t->vm->vcpu[e[0].vcpu];
	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_TRUE(test, vgic_guest_in_lr(vcpu, e[0].intid));
	vgic_guest_exit(vcpu);
	vgic_vm_signal_msi(t->vm, e[1].devid, e[1].eventid);
	vgic_guest_set_lpi(t->vm, e[2].intid, GUEST_PRIO, false);
	vgic_guest_inv(t->vm, e[2].devid, e[2].eventid);
	vgic_vm_signal_msi(t->vm, e[2].devid, e[2].eventid);
	vits_expect_refs(test, t->vm->kvm);

	for (i = 0; i < NR_EVENTS; i++) {
		irq[i] = vgic_get_irq(t->vm->kvm, e[i].intid);
		KUNIT_ASSERT_NOT_NULL(test, irq[i]);
	}
	vgic_vm_destroy(t->vm);
	t->vm = NULL;
	rcu_barrier();
	for (i = 0; i < NR_EVENTS; i++)
		expect_let_go(test, irq[i]);
}

/* All that walks the LPIs, and what is refused, leaves them as they are */
static void nothing_keeps_an_lpi(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vits_event e[NR_EVENTS];
	struct vlpi v = vlpi_nth(t, 0);
	u32 taken[4];
	gpa_t rd;

	map_events(t, e);
	vgic_guest_invall(t->vm, 0);
	vgic_guest_inv(t->vm, DEV_A, 1);
	vgic_guest_clear(t->vm, DEV_A, 1);
	rd = t->vm->vcpu[0]->arch.vgic_cpu.rd_iodev.base_addr;
	vgic_guest_mmio_write(t->vm, t->vm->vcpu[0], rd + GICR_INVLPIR, 8, 8193);
	vgic_guest_mmio_write(t->vm, t->vm->vcpu[0], rd + GICR_INVALLR, 8, 0);
	vits_expect_refs(test, t->vm->kvm);

	vgic_guest_movall(t->vm, id_of(t, 0), id_of(t, 1));
	vgic_guest_movall(t->vm, id_of(t, 1), id_of(t, 0));
	vits_expect_refs(test, t->vm->kvm);

	/* Mapped already: one event more has no right to the LPI */
	vgic_guest_mapti(t->vm, DEV_A, 7, e[3].intid, 0);
	vgic_guest_mapti(t->vm, DEV_A, 7, e[3].intid, 77);
	vits_expect_refs(test, t->vm->kvm);
	KUNIT_EXPECT_EQ(test, 2,
			list_count_nodes(&vlpi_vits(t)->collection_list));
	KUNIT_EXPECT_EQ(test, 0, vgic_vm_signal_msi(t->vm, DEV_A, 7));
	vits_expect_quiet(t);

	/* Pending ones are flushed, and read again from the guest's table */
	vgic_vm_signal_msi(t->vm, e[0].devid, e[0].eventid);
	vgic_guest_disable_lpis(t->vm, t->vm->vcpu[0]);
	vits_expect_refs(test, t->vm->kvm);
	vgic_guest_enable_lpis(t->vm, t->vm->vcpu[0]);
	vits_expect_refs(test, t->vm->kvm);
	KUNIT_EXPECT_EQ(test, 0,
			vgic_vm_gic_ctrl(t->vm, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES));
	vits_expect_refs(test, t->vm->kvm);

	v.devid = e[4].devid;
	v.eventid = e[4].eventid;
	v.intid = e[4].intid;
	v.vcpu = 0;
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	vits_expect_refs(test, t->vm->kvm);
	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&v));
	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&v));
	vits_expect_refs(test, t->vm->kvm);

	/* The last one to let go of an LPI is the guest that takes it */
	vgic_vm_signal_msi(t->vm, e[2].devid, e[2].eventid);
	vgic_guest_discard(t->vm, e[2].devid, e[2].eventid);
	vits_expect_refs(test, t->vm->kvm);
	vits_take(t->vm->vcpu[0], taken, ARRAY_SIZE(taken));
	vits_take(t->vm->vcpu[1], taken, ARRAY_SIZE(taken));
	vits_expect_refs(test, t->vm->kvm);
	KUNIT_EXPECT_NULL(test, xa_load(&t->vm->kvm->arch.vgic.lpi_xa, e[2].intid));
}

/* As vgic_put_irq_norelease() leaves it until nobody holds a lock any more */
static void lpi_on_its_way_out_is_left_alone(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vits_event e[NR_EVENTS];
	struct vgic_irq *gone;

	map_events(t, e);
	gone = vgic_get_irq(t->vm->kvm, e[0].intid);
	KUNIT_ASSERT_NOT_NULL(test, gone);
	vgic_guest_discard(t->vm, e[0].devid, e[0].eventid);
	KUNIT_ASSERT_EQ(test, 1, refcount_read(&gone->refcount));
	refcount_set(&gone->refcount, 0);

	vgic_guest_set_lpi(t->vm, e[2].intid, GUEST_PRIO, false);
	vgic_guest_set_lpi(t->vm, gone->intid, GUEST_PRIO, false);
	vgic_guest_invall(t->vm, 0);
	KUNIT_EXPECT_TRUE(test, gone->enabled);
	vgic_guest_movall(t->vm, id_of(t, 0), id_of(t, 1));
	KUNIT_EXPECT_PTR_EQ(test, gone->target_vcpu, t->vm->vcpu[0]);
	if (vgic_v4_unmap_vlpis)
		vgic_v4_unmap_vlpis(t->vm->kvm, t->vm->vcpu[0]);

	/* The others are not */
	all_move(e, 0, 1);
	e[0].intid = 0;
	vits_expect_event(t, &e[4]);
	KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(t->vm, e[2].devid, e[2].eventid));
	vits_expect_quiet(t);

	refcount_set(&gone->refcount, 1);
	vgic_put_irq(t->vm->kvm, gone);
	KUNIT_EXPECT_NULL(test, xa_load(&t->vm->kvm->arch.vgic.lpi_xa, 8193));
}

/*
 * Who has no time for a mutex may inject what is cached, and only that. What is
 * forwarded is not: the device's own write takes no look at KVM.
 */
static void translations_of_emulated_lpis_are_cached(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm *kvm = t->vm->kvm;
	struct xarray *cache = &vlpi_vits(t)->translation_cache;
	struct vlpi v = vlpi_nth(t, 0);
	struct kvm_msi msi = {
		.address_lo	= VGIC_VM_DOORBELL,
		.data		= v.eventid,
		.flags		= KVM_MSI_VALID_DEVID,
		.devid		= v.devid,
	};

	vlpi_map_in_guest(t, &v);
	vgic_its_invalidate_all_caches(kvm);
	KUNIT_EXPECT_EQ(test, -EWOULDBLOCK,
			vgic_its_inject_cached_translation(kvm, &msi));
	KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	vits_expect_taken(t, v.vcpu, v.intid);
	KUNIT_EXPECT_FALSE(test, xa_empty(cache));
	KUNIT_EXPECT_EQ(test, 0, vgic_its_inject_cached_translation(kvm, &msi));
	vits_expect_taken(t, v.vcpu, v.intid);

	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	KUNIT_EXPECT_EQ(test, -EWOULDBLOCK,
			vgic_its_inject_cached_translation(kvm, &msi));
	vits_expect_taken(t, v.vcpu, 0);
	vgic_its_invalidate_all_caches(kvm);
	KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	KUNIT_EXPECT_TRUE(test, xa_empty(cache));
	vits_expect_taken(t, v.vcpu, v.intid);
}

/* A device may write to anything: what is no MSI of a vITS is no error */
static void msi_to_no_its_is_not_forwarded(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct kvm_kernel_irq_routing_entry good = {
		.type = KVM_IRQ_ROUTING_MSI,
		.msi = {
			.address_lo	= VGIC_VM_DOORBELL,
			.data		= v.eventid,
			.flags		= KVM_MSI_VALID_DEVID,
			.devid		= v.devid,
		},
	}, bad[3] = { good, good, good };
	unsigned int i;

	bad[0].msi.address_lo += SZ_64K;
	bad[1].msi.address_hi = 1;
	bad[2].msi.flags = 0;

	vlpi_map_in_guest(t, &v);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, 0,
				kvm_vgic_v4_set_forwarding(t->vm->kvm, vlpi_host_irq(&v),
							   &bad[i]));
		vlpi_expect_unmapped(t, &v);
	}
	KUNIT_EXPECT_EQ(test, 0,
			kvm_vgic_v4_set_forwarding(t->vm->kvm, vlpi_host_irq(&v),
						   &good));
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);
}

/* Whoever wants to know why can tell a guest that is not ready from a bad event */
static void msi_to_what_is_disabled_is_busy(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[v.vcpu];

	vlpi_map_in_guest(t, &v);
	vgic_guest_disable_lpis(t->vm, vcpu);
	KUNIT_EXPECT_EQ(test, -EBUSY, vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	vgic_guest_enable_lpis(t->vm, vcpu);
	KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	vits_expect_taken(t, v.vcpu, v.intid);
	KUNIT_EXPECT_EQ(test, 0, vgic_vm_signal_msi(t->vm, v.devid, v.eventid + 1));

	vgic_guest_disable_its(t->vm);
	KUNIT_EXPECT_EQ(test, -EBUSY, vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	vits_expect_quiet(t);
}

static struct kunit_case vlpi_vits_cases[] = {
	KUNIT_CASE_PARAM(change_counts_at_once, change_gen_params),
	KUNIT_CASE_PARAM(nothing_keeps_an_lpi, vlpi_many_gen_params),
	KUNIT_CASE_PARAM(lpi_on_its_way_out_is_left_alone, vlpi_many_gen_params),
	{}
};

static struct kunit_suite vlpi_vits_suite = {
	.name		= "vgic_vlpi_vits",
	.suite_init	= um_vgic_suite_init_vlpis,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_vits_cases,
};

/* What KVM emulates is the same above every machine */
kunit_test_suite(vlpi_vits_suite);

/* By whichever ITS it comes in: not each of them need know its vPE */
static void invalidation_reaches_the_last_its(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, t->m->nr_its - 1);
	struct kvm_vcpu *vcpu;
	gpa_t rd;

	v.vcpu = 0;
	vcpu = t->vm->vcpu[v.vcpu];
	rd = vcpu->arch.vgic_cpu.rd_iodev.base_addr;
	vlpi_enable_in_guest(t, &v);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_delivered(t, &v);

	vgic_guest_set_lpi(t->vm, v.intid, 0x30, false);
	vgic_guest_mmio_write(t->vm, vcpu, rd + GICR_INVALLR, 8, 0);
	KUNIT_EXPECT_EQ(test, 0x30, vlpi_config(t, &v));
	vgic_guest_set_lpi(t->vm, v.intid, 0x40, true);
	vgic_guest_inv(t->vm, v.devid, v.eventid);
	KUNIT_EXPECT_EQ(test, 0x41, vlpi_config(t, &v));
	vlpi_expect_delivered(t, &v);

	/* With none mapped there is nothing to reach, and nobody to ask */
	vgic_guest_discard(t->vm, v.devid, v.eventid);
	vgic_guest_mmio_write(t->vm, vcpu, rd + GICR_INVALLR, 8, 0);
	vlpi_expect_unmapped(t, &v);
}

static struct kunit_case vlpi_mixed_cases[] = {
	KUNIT_CASE_PARAM(change_counts_for_forwarded_events, change_gen_params),
	KUNIT_CASE_PARAM(teardown_lets_go_of_lpis, vlpi_many_gen_params),
	KUNIT_CASE_PARAM(translations_of_emulated_lpis_are_cached, vlpi_gen_params),
	KUNIT_CASE_PARAM(msi_to_no_its_is_not_forwarded, vlpi_gen_params),
	KUNIT_CASE_PARAM(msi_to_what_is_disabled_is_busy, vlpi_gen_params),
	KUNIT_CASE_PARAM(invalidation_reaches_the_last_its, vlpi_gen_params),
	{}
};

static struct kunit_suite vlpi_mixed_suite = {
	.name		= "vgic_vlpi_mixed",
	.suite_init	= um_vgic_suite_init_vlpis,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_mixed_cases,
};

kunit_test_suite(vlpi_mixed_suite);
um_vgic_machine_suites(vlpi_mixed_suite);
