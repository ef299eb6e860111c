// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_pending: what the guest's memory says of emulated LPIs, and
 * does not say any more. Pending bits go both ways, each for its own LPI and
 * vCPU; what the guest had unmapped is not restored.
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>

#include "vgic.h"
#include "vlpi-test.h"
#include "vlpi-vits.h"

#define TABLE_ENTRY	8
#define LAST_DEVID	(SZ_64K / TABLE_ENTRY - 1)

#define NR_EVENTS	7
#define MAX_BITS	9

static const u32 some_ids[] = { 3, 1, 7 };

static const struct vlpi_param three_vcpus = {
	.name	= "vCPUs 3, 1, 7",
	.config	= { .nr_vcpus = ARRAY_SIZE(some_ids), .vcpu_ids = some_ids },
};

static const void *three_gen_params(struct kunit *test, const void *prev,
				    char *desc)
{
	if (prev)
		return NULL;
	strscpy(desc, three_vcpus.name, KUNIT_PARAM_DESC_SIZE);

	return &three_vcpus;
}

/* Far apart and side by side, and mapped in no order */
static const struct vits_event events[NR_EVENTS] = {
	{ 0x51, 300, 8193, 0 },
	{ LAST_DEVID, 0, 8194, 1 },
	{ 0x51, 5, 8200, 2 },
	{ 0x07, BIT(MAX_BITS) - 1, 8201, 0 },
	{ 0x51, 6, 65535, 1 },
	{ 0x52, 17, 8192, 2 },
	{ 0x07, 1, 12345, 0 },
};

static u32 id_of(struct vlpi_test *t, unsigned int vcpu)
{
	return t->vm->vcpu[vcpu]->vcpu_id;
}

static struct its_device *find_device(struct vlpi_test *t, u32 devid)
{
	struct its_device *dev;

	list_for_each_entry(dev, &vlpi_vits(t)->device_list, dev_list)
		if (dev->device_id == devid)
			return dev;

	return NULL;
}

static void map_one(struct vlpi_test *t, const struct vits_event *e)
{
	vgic_guest_set_lpi(t->vm, e->intid, GUEST_PRIO, true);
	if (!find_device(t, e->devid))
		vgic_guest_mapd(t->vm, e->devid,
				vgic_guest_alloc_itt(t->vm, MAX_BITS), MAX_BITS);
	vgic_guest_mapti(t->vm, e->devid, e->eventid, e->intid, 2 * e->vcpu);
}

/* Collection 2 * n is of vCPU n */
static void map_all(struct vlpi_test *t, struct vits_event *e)
{
	unsigned int i;

	memcpy(e, events, sizeof(events));
	for (i = 0; i < t->vm->nr_vcpus; i++)
		vgic_guest_mapc(t->vm, 2 * i, id_of(t, i));
	for (i = 0; i < NR_EVENTS; i++)
		map_one(t, &e[i]);
	vits_expect_events(t, e, NR_EVENTS);
}

static int save(struct vlpi_test *t)
{
	return vgic_vm_its_ctrl(t->vm, KVM_DEV_ARM_ITS_SAVE_TABLES);
}

/* The ITS forgets all, and gets its registers back, as by a VMM */
static void forget(struct vlpi_test *t)
{
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	gpa_t its = t->vm->its_base;
	u64 baser[2], cbaser;
	unsigned int i;

	cbaser = vgic_guest_mmio_read(t->vm, vcpu, its + GITS_CBASER, 8);
	for (i = 0; i < 2; i++)
		baser[i] = vgic_guest_mmio_read(t->vm, vcpu,
						its + GITS_BASER + 8 * i, 8);
	KUNIT_ASSERT_EQ(t->test, 0,
			vgic_vm_its_ctrl(t->vm, KVM_DEV_ARM_ITS_CTRL_RESET));
	KUNIT_EXPECT_FALSE(t->test, vlpi_vits(t)->enabled);
	for (i = 0; i < 2; i++)
		vgic_guest_mmio_write(t->vm, vcpu, its + GITS_BASER + 8 * i, 8,
				      baser[i]);
	vgic_guest_mmio_write(t->vm, vcpu, its + GITS_CBASER, 8, cbaser);
	t->vm->cwriter = 0;
}

static int restore(struct vlpi_test *t)
{
	return vgic_vm_its_ctrl(t->vm, KVM_DEV_ARM_ITS_RESTORE_TABLES);
}

static void enable(struct vlpi_test *t)
{
	vgic_guest_mmio_write(t->vm, t->vm->vcpu[0], t->vm->its_base + GITS_CTLR,
			      4, GITS_CTLR_ENABLE);
}

static void save_and_restore(struct vlpi_test *t)
{
	struct vgic_its *its = vlpi_vits(t);
	unsigned int nr_devices = list_count_nodes(&its->device_list);
	unsigned int nr_collections = list_count_nodes(&its->collection_list);

	KUNIT_ASSERT_EQ(t->test, 0, save(t));
	forget(t);
	KUNIT_ASSERT_EQ(t->test, 0, restore(t));
	enable(t);
	KUNIT_EXPECT_EQ(t->test, nr_devices, list_count_nodes(&its->device_list));
	KUNIT_EXPECT_EQ(t->test, nr_collections,
			list_count_nodes(&its->collection_list));
}

/* Entries of an earlier save are in memory where the guest has none any more */
static void restored_is_not_what_was_unmapped(struct kunit *test)
{
	struct vits_event e[NR_EVENTS];
	struct vlpi_test *t = test->priv;
	unsigned int i;

	map_all(t, e);
	KUNIT_ASSERT_EQ(test, 0, save(t));

	/* The lowest DeviceID, the lowest and the highest EventID of another */
	vgic_guest_unmapd(t->vm, 0x07);
	e[3].intid = 0;
	e[6].intid = 0;
	vgic_guest_discard(t->vm, e[2].devid, e[2].eventid);
	e[2].intid = 0;
	vgic_guest_discard(t->vm, e[0].devid, e[0].eventid);
	e[0].intid = 0;
	save_and_restore(t);
	KUNIT_EXPECT_NULL(test, find_device(t, 0x07));
	vits_expect_events(t, e, NR_EVENTS);

	/* Also if nothing is left of a device, and then of them all */
	vgic_guest_discard(t->vm, e[4].devid, e[4].eventid);
	e[4].intid = 0;
	save_and_restore(t);
	KUNIT_EXPECT_NOT_NULL(test, find_device(t, 0x51));
	vits_expect_events(t, e, NR_EVENTS);
	for (i = 0; i < NR_EVENTS; i++) {
		if (find_device(t, e[i].devid))
			vgic_guest_unmapd(t->vm, e[i].devid);
		e[i].intid = 0;
	}
	save_and_restore(t);
	KUNIT_EXPECT_TRUE(test, list_empty(&vlpi_vits(t)->device_list));
	vits_expect_events(t, e, NR_EVENTS);
}

/* MAPC with V=0 leaves events without a collection */
static void events_without_collection_are_not_saved(struct kunit *test)
{
	struct vits_event e[NR_EVENTS];
	struct vlpi_test *t = test->priv;
	unsigned int i;

	map_all(t, e);
	KUNIT_ASSERT_EQ(test, 0, save(t));
	vgic_guest_unmapc(t->vm, 2 * 2);
	for (i = 0; i < NR_EVENTS; i++)
		if (e[i].vcpu == 2)
			e[i].intid = 0;
	vits_expect_events(t, e, NR_EVENTS);
	save_and_restore(t);
	vits_expect_events(t, e, NR_EVENTS);

	/* The collection may be mapped again, and the events */
	vgic_guest_mapc(t->vm, 2 * 2, id_of(t, 1));
	vits_expect_events(t, e, NR_EVENTS);
	e[2] = events[2];
	e[2].vcpu = 2;
	map_one(t, &e[2]);
	e[2].vcpu = 1;
	vits_expect_events(t, e, NR_EVENTS);
}

/* MAPTI with a collection that is mapped later: KVM has no vCPU for it yet */
static void events_wait_for_their_collection(struct kunit *test)
{
	struct vits_event e = { 0x51, 3, 8300, 1 };
	struct vlpi_test *t = test->priv;

	map_one(t, &e);
	e.intid = 0;
	vits_expect_event(t, &e);
	save_and_restore(t);
	vits_expect_event(t, &e);
	e.intid = 8300;
	vgic_guest_mapc(t->vm, 2 * e.vcpu, id_of(t, 1));
	vits_expect_event(t, &e);
	save_and_restore(t);
	vits_expect_event(t, &e);
}

static void empty_tables_are_saved_and_restored(struct kunit *test)
{
	struct vlpi_test *t = test->priv;

	save_and_restore(t);
	vgic_guest_mapd(t->vm, 9, vgic_guest_alloc_itt(t->vm, 1), 1);
	save_and_restore(t);
	KUNIT_EXPECT_NOT_NULL(test, find_device(t, 9));
	vgic_guest_mapc(t->vm, 1, id_of(t, 0));
	save_and_restore(t);
	KUNIT_EXPECT_EQ(test, 1,
			list_count_nodes(&vlpi_vits(t)->collection_list));
}

/* From here on: the pending tables */

static void put_pending(struct vlpi_test *t, unsigned int vcpu, u32 intid)
{
	vgic_guest_set_pending(t->vm, t->vm->vcpu[vcpu], intid);
}

static bool is_saved(struct vlpi_test *t, unsigned int vcpu, u32 intid)
{
	return vgic_guest_get_pending(t->vm, t->vm->vcpu[vcpu], intid);
}

/* Neighbours in a byte of the table, and in the next; of other vCPUs, too */
static void map_neighbours(struct vlpi_test *t, struct vits_event *e)
{
	unsigned int i;

	for (i = 0; i < t->vm->nr_vcpus; i++)
		vgic_guest_mapc(t->vm, 2 * i, id_of(t, i));
	for (i = 0; i < 12; i++) {
		e[i] = (struct vits_event) { 0x33, i, 8195 + i, i % 3 };
		map_one(t, &e[i]);
	}
}

static void expect_just(struct vlpi_test *t, const struct vits_event *e,
			unsigned long pending)
{
	unsigned int vcpu, i, k, n;
	unsigned long left = pending;
	u32 got[16];

	for (vcpu = 0; vcpu < t->vm->nr_vcpus; vcpu++) {
		n = vits_take(t->vm->vcpu[vcpu], got, ARRAY_SIZE(got));
		for (k = 0; k < n; k++) {
			for (i = 0; i < 12; i++)
				if (e[i].intid == got[k] && e[i].vcpu == vcpu)
					break;
			KUNIT_EXPECT_TRUE_MSG(t->test, i < 12 && test_bit(i, &left),
					      "vCPU %u took %u", vcpu, got[k]);
			if (i < 12)
				__clear_bit(i, &left);
		}
	}
	KUNIT_EXPECT_EQ_MSG(t->test, left, 0UL, "not taken");
}

#define SOME_PENDING	0xa53UL

static void pending_table_is_read_when_lpis_get_enabled(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vits_event e[12];
	unsigned int i;

	map_neighbours(t, e);
	for (i = 0; i < t->vm->nr_vcpus; i++)
		vgic_guest_disable_lpis(t->vm, t->vm->vcpu[i]);
	for (i = 0; i < 12; i++) {
		if (SOME_PENDING & BIT(i))
			put_pending(t, e[i].vcpu, e[i].intid);
		/* What is in the table of another vCPU is none of its business */
		put_pending(t, (e[i].vcpu + 1) % 3, e[i].intid);
	}
	for (i = 0; i < t->vm->nr_vcpus; i++)
		vgic_guest_enable_lpis(t->vm, t->vm->vcpu[i]);
	expect_just(t, e, SOME_PENDING);
	expect_just(t, e, 0);
}

static void pending_bit_is_read_when_lpi_gets_mapped(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vits_event e[12];
	unsigned int i;

	for (i = 0; i < 12; i++)
		if (SOME_PENDING & BIT(i))
			put_pending(t, i % 3, 8195 + i);
	map_neighbours(t, e);
	for (i = 0; i < 12; i++)
		KUNIT_EXPECT_FALSE(test, is_saved(t, i % 3, 8195 + i));
	expect_just(t, e, SOME_PENDING);

	/* It was taken from there: not a second time */
	for (i = 0; i < 12; i++)
		vgic_guest_discard(t->vm, e[i].devid, e[i].eventid);
	map_neighbours(t, e);
	expect_just(t, e, 0);
}

/* Disabled ones stay pending; so does what no guest was there to take */
static void pending_bits_are_saved(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vits_event e[12];
	unsigned int i, round;

	map_neighbours(t, e);
	for (round = 0; round < 3; round++) {
		unsigned long pending = round == 1 ? 0xfffUL & ~SOME_PENDING :
						     SOME_PENDING;

		for (i = 0; i < 12; i++) {
			vgic_guest_set_lpi(t->vm, e[i].intid, GUEST_PRIO, i & 1);
			vgic_guest_inv(t->vm, e[i].devid, e[i].eventid);
			if (pending & BIT(i))
				vgic_vm_signal_msi(t->vm, e[i].devid, e[i].eventid);
		}
		KUNIT_ASSERT_EQ(test, 0,
				vgic_vm_gic_ctrl(t->vm, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES));
		for (i = 0; i < 12; i++) {
			KUNIT_EXPECT_EQ_MSG(test, is_saved(t, e[i].vcpu, e[i].intid),
					    !!(pending & BIT(i)), "event %u", i);
			KUNIT_EXPECT_FALSE(test, is_saved(t, (e[i].vcpu + 1) % 3,
							  e[i].intid));
			vgic_guest_set_lpi(t->vm, e[i].intid, GUEST_PRIO, true);
			vgic_guest_inv(t->vm, e[i].devid, e[i].eventid);
		}
		expect_just(t, e, pending);
	}
}

/* GICR_CTLR.EnableLPIs 1 to 0 to 1: what counts is in the guest's memory */
static void disabled_lpis_are_not_pending(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vits_event e[12];
	unsigned int i;

	map_neighbours(t, e);
	for (i = 0; i < 12; i++)
		vgic_vm_signal_msi(t->vm, e[i].devid, e[i].eventid);
	vgic_guest_disable_lpis(t->vm, t->vm->vcpu[1]);
	KUNIT_ASSERT_EQ(test, 0,
			vgic_vm_gic_ctrl(t->vm, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES));
	for (i = 0; i < 12; i++)
		KUNIT_EXPECT_EQ_MSG(test, is_saved(t, e[i].vcpu, e[i].intid),
				    e[i].vcpu != 1, "event %u", i);
	expect_just(t, e, 0x249 | 0x924);	/* 0, 3, ... and 2, 5, ... */
	vgic_guest_enable_lpis(t->vm, t->vm->vcpu[1]);
	expect_just(t, e, 0);
	for (i = 0; i < 12; i++)
		vits_expect_event(t, &e[i]);
}

static struct vlpi forward_nth(struct vlpi_test *t, const struct vits_event *e,
			       unsigned int n)
{
	struct vlpi v = vlpi_nth(t, n);

	v.devid = e->devid;
	v.eventid = e->eventid;
	v.intid = e->intid;
	v.vcpu = e->vcpu;
	KUNIT_ASSERT_EQ(t->test, 0, vlpi_setup(t, &v));
	vlpi_expect_mapped(t, &v);

	return v;
}

/* fixes/0044: the device's writes are the host's again, and no guest's */
static void vlpi_moved_to_where_lpis_are_off_is_given_back(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vits_event e[NR_EVENTS];
	struct vlpi v;

	map_all(t, e);
	vgic_guest_disable_lpis(t->vm, t->vm->vcpu[1]);

	v = forward_nth(t, &e[0], 0);
	vgic_guest_movi(t->vm, e[0].devid, e[0].eventid, 2);
	vlpi_expect_unmapped(t, &v);

	v = forward_nth(t, &e[3], 3);
	vgic_guest_movall(t->vm, id_of(t, 0), id_of(t, 1));
	vlpi_expect_unmapped(t, &v);

	v = forward_nth(t, &e[2], 2);
	vgic_guest_mapc(t->vm, 2 * 2, id_of(t, 1));
	vlpi_expect_unmapped(t, &v);
	vits_expect_quiet(t);

	vgic_guest_enable_lpis(t->vm, t->vm->vcpu[1]);
	e[2].vcpu = 1;
	vits_expect_event(t, &e[2]);
}

/* What the guest had configured stays, for an LPI and for a vLPI */
static void unreadable_property_table_changes_nothing(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	u64 *propbaser = &t->vm->kvm->arch.vgic.propbaser, was = *propbaser;
	struct vits_event e[NR_EVENTS];
	struct vlpi v;

	map_all(t, e);
	v = forward_nth(t, &e[0], 0);

	*propbaser = (was & ~GENMASK_ULL(51, 12)) | VGIC_VM_NO_RAM;
	vgic_guest_inv(t->vm, e[0].devid, e[0].eventid);
	vgic_guest_inv(t->vm, e[1].devid, e[1].eventid);
	vgic_guest_invall(t->vm, 0);
	vgic_guest_invall(t->vm, 2);
	*propbaser = was;

	KUNIT_EXPECT_EQ(test, GUEST_PRIO | LPI_PROP_ENABLED,
			vlpi_config(t, &v) & ~LPI_PROP_GROUP1);
	vlpi_expect_delivered(t, &v);
	vits_expect_event(t, &e[1]);
	vits_expect_event(t, &e[3]);
}

/* A VMM that takes memory away which the guest had an ITT in is told */
static void itt_without_memory_is_not_saved(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vits_event e[NR_EVENTS];
	struct its_device *dev;
	gpa_t itt;

	map_all(t, e);
	dev = find_device(t, e[0].devid);
	itt = dev->itt_addr;
	dev->itt_addr = VGIC_VM_NO_RAM;
	KUNIT_EXPECT_EQ(test, -EFAULT, save(t));
	dev->itt_addr = itt;

	save_and_restore(t);
	vits_expect_events(t, e, NR_EVENTS);
}

/* Also by a resident vPE, whose table in memory tells of an earlier time */
static void taken_vlpi_is_not_taken_again(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vits_event e[NR_EVENTS];
	struct kvm_vcpu *vcpu;
	struct vlpi v;

	map_all(t, e);
	v = forward_nth(t, &e[1], 1);
	vcpu = t->vm->vcpu[v.vcpu];

	vlpi_device_write(&v);
	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_EQ(test, v.intid, vgic_guest_ack(vcpu));
	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&v));
	vgic_guest_exit(vcpu);
	vits_expect_quiet(t);
	vits_expect_event(t, &e[1]);
}

static struct kunit_case vlpi_pending_cases[] = {
	KUNIT_CASE_PARAM(restored_is_not_what_was_unmapped, three_gen_params),
	KUNIT_CASE_PARAM(events_without_collection_are_not_saved, three_gen_params),
	KUNIT_CASE_PARAM(events_wait_for_their_collection, three_gen_params),
	KUNIT_CASE_PARAM(empty_tables_are_saved_and_restored, three_gen_params),
	KUNIT_CASE_PARAM(pending_table_is_read_when_lpis_get_enabled,
			 three_gen_params),
	KUNIT_CASE_PARAM(pending_bit_is_read_when_lpi_gets_mapped,
			 three_gen_params),
	KUNIT_CASE_PARAM(pending_bits_are_saved, three_gen_params),
	KUNIT_CASE_PARAM(disabled_lpis_are_not_pending, three_gen_params),
	KUNIT_CASE_PARAM(vlpi_moved_to_where_lpis_are_off_is_given_back,
			 three_gen_params),
	KUNIT_CASE_PARAM(unreadable_property_table_changes_nothing,
			 three_gen_params),
	KUNIT_CASE_PARAM(itt_without_memory_is_not_saved, three_gen_params),
	KUNIT_CASE_PARAM(taken_vlpi_is_not_taken_again, three_gen_params),
	{}
};

static struct kunit_suite vlpi_pending_suite = {
	.name		= "vgic_vlpi_pending",
	.suite_init	= um_vgic_suite_init_vlpis,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_pending_cases,
};

/* What KVM emulates is the same above every machine */
kunit_test_suite(vlpi_pending_suite);
