// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_ioctl: the debug ioctl at its edges. The first and the last
 * value that it takes, which vITS, device, collection and event it means when
 * there are several, and what it leaves to others.
 */
#include <linux/file.h>
#include <linux/irq.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/irqdomain.h>
#include <linux/panic.h>
#include <linux/um-vgic-machines.h>
#include <linux/um-vgic.h>

#include <kvm/arm_vgic_debug.h>

#include "vgic.h"
#include "vlpi-test.h"
#include "vlpi-vits.h"

#define OTHER_ITS	0x08100000
#define RAM_END		(VGIC_VM_RAM_BASE + VGIC_VM_RAM_SIZE)

/* Fails with @err, and nothing has changed */
static void expect_refused(struct vlpi_test *t, const struct vlpi *v, int err)
{
	char *before, *after;

	before = vgic_vm_snapshot(t->vm);
	KUNIT_EXPECT_EQ(t->test, err, vlpi_setup(t, v));
	after = vgic_vm_snapshot(t->vm);
	vgic_vm_expect_same(t->test, before, after);
	kunit_kfree(t->test, before);
	kunit_kfree(t->test, after);
}

static void expect_taken(struct vlpi_test *t, const struct vlpi *v)
{
	KUNIT_ASSERT_EQ(t->test, 0, vlpi_setup(t, v));
	vlpi_expect_mapped(t, v);
}

static struct its_ite *find_ite(struct vlpi_test *t, u32 devid, u32 eventid)
{
	struct its_device *dev;
	struct its_ite *ite;

	list_for_each_entry(dev, &vlpi_vits(t)->device_list, dev_list) {
		if (dev->device_id != devid)
			continue;
		list_for_each_entry(ite, &dev->itt_head, ite_list)
			if (ite->event_id == eventid)
				return ite;
	}

	return NULL;
}

/* GICR_PROPBASER, while no redistributor uses it */
static void point_prop_table(struct vlpi_test *t, u64 base, unsigned int bits)
{
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	gpa_t rd = vcpu->arch.vgic_cpu.rd_iodev.base_addr;
	unsigned int i;

	for (i = 0; i < t->vm->nr_vcpus; i++)
		vgic_guest_disable_lpis(t->vm, t->vm->vcpu[i]);
	vgic_guest_mmio_write(t->vm, vcpu, rd + GICR_PROPBASER, 8,
			      base | (bits - 1));
}

static void map_device(struct vlpi_test *t)
{
	vgic_guest_mapd(t->vm, GUEST_DEVID,
			vgic_guest_alloc_itt(t->vm, EVENT_BITS), EVENT_BITS);
}

/* The guest maps it as the ioctl would, by its own collection */
static void map_in_guest(struct vlpi_test *t, const struct vlpi *v, u16 icid)
{
	map_device(t);
	vgic_guest_mapc(t->vm, icid, t->vm->vcpu[v->vcpu]->vcpu_id);
	vlpi_enable_in_guest(t, v);
	vgic_guest_mapti(t->vm, v->devid, v->eventid, v->intid, icid);
}

/*
 * Numbers of the host. A number in range is looked at no closer before the
 * vITS is missed, one out of range is refused at once.
 */
static void host_irq_numbers_have_bounds(struct kunit *test)
{
	static const struct {
		u32	irq;
		int	err;
	} numbers[] = {
		{ 31, -EINVAL }, { 32, -ENODEV }, { 1019, -ENODEV },
		{ 1020, -EINVAL },
	};
	struct vlpi_test *t = test->priv;
	struct vgic_vm_config config = t->p->config;
	struct kvm_debug_gic_msi_setup p = {
		.vintid	= GUEST_LPI,
	};
	unsigned int i;

	config.no_its = true;
	t->vm = vgic_vm_create(test, &config);
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		p.host_irq = numbers[i].irq;
		KUNIT_EXPECT_EQ_MSG(test, numbers[i].err,
				    debug_gic_msi_setup_mock_msi(t->vm->kvm, &p),
				    "host_irq %u", numbers[i].irq);
	}
}

static void its_is_found_where_it_is(struct kunit *test)
{
	static const gpa_t bases[] = {
		VGIC_VM_ITS_BASE, OTHER_ITS, 0x108000000,
	};
	struct vlpi_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		struct vgic_vm_config config = t->p->config;
		struct vlpi v;

		config.its_base = bases[i];
		t->vm = vgic_vm_create(test, &config);
		v = vlpi_setup_nth(t, 0);
		vlpi_expect_mapped(t, &v);
		vlpi_expect_delivered(t, &v);
		vgic_vm_destroy(t->vm);
	}
	t->vm = NULL;
}

static void put_its(void *file)
{
	fput(file);
	um_vgic_flush_files();
}

static void add_its(struct vlpi_test *t, gpa_t base)
{
	struct file *its = vgic_vm_add_its(t->vm, base);

	KUNIT_ASSERT_EQ(t->test, 0,
			kunit_add_action_or_reset(t->test, put_its, its));
}

/* Of several, the one at the address that userspace gives the first */
static void several_its_need_the_default_address(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm_config config = t->p->config;
	struct vlpi v = vlpi_nth(t, 0);

	vlpi_enable_in_guest(t, &v);
	/* A new ITS takes the property table away */
	add_its(t, OTHER_ITS);
	point_prop_table(t, VGIC_VM_PROP_TABLE, 16);
	expect_taken(t, &v);
	KUNIT_EXPECT_NOT_NULL(test, find_ite(t, v.devid, v.eventid));
	vlpi_expect_delivered(t, &v);

	/* And if none is there, none is taken */
	config.its_base = OTHER_ITS;
	t->vm = vgic_vm_create(test, &config);
	add_its(t, OTHER_ITS + SZ_128K);
	vlpi_enable_in_guest(t, &v);
	expect_refused(t, &v, -ENODEV);
}

/* MAPD has bits [51:8] of an address, and only a new device has one */
static void itt_address_is_one_of_mapd(struct kunit *test)
{
	static const u64 bad[] = { 0x1, 0x80, BIT_ULL(52), BIT_ULL(63) };
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	unsigned int i;

	vlpi_enable_in_guest(t, &v);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		v.itt = VGIC_VM_ITTS | bad[i];
		expect_refused(t, &v, -EINVAL);
	}
	v.itt = VGIC_VM_ITTS | 0x100;
	expect_taken(t, &v);

	/* The same device, again */
	v = vlpi_nth(t, 1);
	v.itt = U64_MAX;
	vlpi_enable_in_guest(t, &v);
	expect_taken(t, &v);
}

/* An LPI has one event: not even an emulated one may have it twice */
static void lpi_of_another_event_is_refused(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0), other = vlpi_nth(t, 1);

	other.vcpu = v.vcpu;
	other.intid = v.intid;
	map_in_guest(t, &other, 1);
	expect_refused(t, &v, -EEXIST);
	/* That is known before its tables are looked at */
	point_prop_table(t, VGIC_VM_NO_RAM, 16);
	expect_refused(t, &v, -EEXIST);
	point_prop_table(t, VGIC_VM_PROP_TABLE, 16);
	expect_taken(t, &other);
	vlpi_expect_delivered(t, &other);
}

/* One without an event is free, though somebody may still look at it */
static void lpi_without_event_is_taken(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0), other = vlpi_nth(t, 1);
	struct vgic_irq *irq;

	other.vcpu = v.vcpu;
	other.intid = v.intid;
	map_in_guest(t, &other, 1);
	irq = vgic_get_irq(t->vm->kvm, v.intid);
	KUNIT_ASSERT_NOT_NULL(test, irq);
	vgic_guest_discard(t->vm, other.devid, other.eventid);

	KUNIT_EXPECT_EQ(test, 0, vlpi_setup(t, &v));
	vgic_put_irq(t->vm->kvm, irq);
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);
}

/* What KVM has for forwarded and the ITS has not is nobody's success */
static void disagreement_is_an_error(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct its_vlpi_map map = {};

	KUNIT_ASSERT_EQ(test, 0, its_get_vlpi(vlpi_host_irq(&v), &map));
	its_unmap_vlpi(vlpi_host_irq(&v));
	expect_refused(t, &v, -EIO);

	KUNIT_ASSERT_EQ(test, 0, its_map_vlpi(vlpi_host_irq(&v), &map));
	expect_taken(t, &v);
	vlpi_expect_delivered(t, &v);
}

static u64 nr_commands(void)
{
	struct gicv4_stats stats;

	gicv4_get_stats(&stats);

	return stats.commands;
}

static void second_call_sends_nothing(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	u64 before = nr_commands();

	KUNIT_EXPECT_EQ(test, 0, vlpi_setup(t, &v));
	KUNIT_EXPECT_EQ(test, nr_commands(), before);

	/* As something else does */
	v = vlpi_setup_nth(t, t->vm->nr_vcpus);
	KUNIT_EXPECT_GT(test, nr_commands(), before);
}

/* MOVALL moves LPIs without their collection; MAPC may take that away */
static void second_call_makes_good(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct its_ite *ite;

	map_in_guest(t, &v, 3);
	expect_taken(t, &v);
	ite = find_ite(t, v.devid, v.eventid);
	KUNIT_ASSERT_NOT_NULL(test, ite);

	if (t->vm->nr_vcpus > 1) {
		vgic_guest_movall(t->vm, t->vm->vcpu[0]->vcpu_id,
				  t->vm->vcpu[1]->vcpu_id);
		KUNIT_EXPECT_PTR_EQ(test, ite->irq->target_vcpu, t->vm->vcpu[1]);
		expect_taken(t, &v);
		vlpi_expect_delivered(t, &v);
	}

	vgic_guest_unmapc(t->vm, 3);
	expect_taken(t, &v);
	KUNIT_ASSERT_NOT_NULL(test, ite->collection);
	KUNIT_EXPECT_EQ(test, ite->collection->target_addr,
			t->vm->vcpu[v.vcpu]->vcpu_id);
	vlpi_expect_delivered(t, &v);
}

static void hide_pend_table(struct vlpi_test *t, unsigned int vcpu)
{
	struct kvm_vcpu *v = t->vm->vcpu[vcpu];
	gpa_t rd = v->arch.vgic_cpu.rd_iodev.base_addr;

	vgic_guest_disable_lpis(t->vm, v);
	vgic_guest_mmio_write(t->vm, v, rd + GICR_PENDBASER, 8, VGIC_VM_NO_RAM);
}

/* GICR_PROPBASER.IDbits: a guest need not have all LPIs that there can be */
static void lpi_table_ends_with_its_id_bits(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);

	v.intid = BIT(14);
	vlpi_enable_in_guest(t, &v);
	point_prop_table(t, VGIC_VM_PROP_TABLE, 14);
	expect_refused(t, &v, -EFAULT);
	v.intid--;
	vlpi_enable_in_guest(t, &v);
	expect_taken(t, &v);
	vlpi_expect_delivered(t, &v);
}

/* The byte of the LPI itself has to be readable, and no other */
static void lpi_table_ends_with_the_guests_memory(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	u8 prop = GUEST_PRIO | LPI_PROP_GROUP1 | LPI_PROP_ENABLED;
	struct vlpi v = vlpi_nth(t, 0);

	point_prop_table(t, RAM_END - SZ_4K, 16);
	vgic_guest_write(t->vm, RAM_END - 1, &prop, 1);
	v.intid = 8192 + SZ_4K;
	expect_refused(t, &v, -EFAULT);
	v.intid--;
	expect_taken(t, &v);
	vlpi_expect_delivered(t, &v);
}

/* Not only for an LPI that is read from them */
static void unreadable_tables_are_refused_for_mapped_events(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);

	map_in_guest(t, &v, 1);
	point_prop_table(t, VGIC_VM_NO_RAM, 16);
	expect_refused(t, &v, -EFAULT);

	point_prop_table(t, VGIC_VM_PROP_TABLE, 16);
	hide_pend_table(t, v.vcpu);
	expect_refused(t, &v, -EFAULT);

	vgic_guest_enable_lpis(t->vm, t->vm->vcpu[v.vcpu]);
	expect_taken(t, &v);
	vlpi_expect_delivered(t, &v);
}

/* The host's device has it, and uses it not: there is nothing to take over */
static void inactive_irq_is_refused(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct irq_data *d = irq_get_irq_data(vlpi_host_irq(&v));

	vlpi_enable_in_guest(t, &v);
	irq_domain_deactivate_irq(d);
	KUNIT_EXPECT_EQ(test, -EINVAL, vlpi_setup(t, &v));
	KUNIT_EXPECT_EQ(test, 0, irq_domain_activate_irq(d, false));
	expect_taken(t, &v);
	vlpi_expect_delivered(t, &v);
}

/* LPIs of the vCPU that had waited for it to enable them */
static void enabling_lpis_wakes_the_others(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0), other = vlpi_nth(t, 1);

	other.vcpu = v.vcpu;
	map_in_guest(t, &other, 1);
	vgic_guest_disable_lpis(t->vm, t->vm->vcpu[v.vcpu]);
	vgic_guest_set_pending(t->vm, t->vm->vcpu[v.vcpu], other.intid);
	vlpi_enable_in_guest(t, &v);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	vits_expect_taken(t, v.vcpu, other.intid);
	vlpi_expect_delivered(t, &v);
}

static unsigned int nr_of_id(struct vlpi_test *t, u32 id)
{
	struct its_collection *coll;
	unsigned int nr = 0;

	list_for_each_entry(coll, &vlpi_vits(t)->collection_list, coll_list)
		nr += coll->collection_id == id;

	return nr;
}

/* A new collection takes an id that no other has */
static void collection_ids_are_unique(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct its_collection *coll;
	struct vlpi v;
	unsigned int i;

	for (i = 0; i < 8; i++)
		vgic_guest_mapc(t->vm, i, t->vm->vcpu[1]->vcpu_id);
	v = vlpi_setup_nth(t, 0);
	list_for_each_entry(coll, &vlpi_vits(t)->collection_list, coll_list)
		KUNIT_EXPECT_EQ(test, nr_of_id(t, coll->collection_id), 1);
	vlpi_expect_delivered(t, &v);
}

/* With a collection that targets the vCPU already, an event stays in it */
static void event_keeps_its_collection(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct its_ite *ite;
	u16 icid;

	/* Be it the first or the last of the list */
	for (icid = 1; icid <= 3; icid += 2) {
		v.eventid++;
		v.intid++;
		v.event--;
		vgic_guest_mapc(t->vm, 2, t->vm->vcpu[0]->vcpu_id);
		map_in_guest(t, &v, icid);
		expect_taken(t, &v);
		ite = find_ite(t, v.devid, v.eventid);
		KUNIT_ASSERT_NOT_NULL(test, ite);
		KUNIT_ASSERT_NOT_NULL(test, ite->collection);
		KUNIT_EXPECT_EQ(test, ite->collection->collection_id, icid);
	}
}

/* The guest waits for GICR_CTLR.RWP, and may not be surprised */
static void lpis_that_get_disabled_are_left_alone(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	atomic_t *ctlr = &t->vm->vcpu[0]->arch.vgic_cpu.ctlr;
	struct vlpi v = vlpi_nth(t, 0);
	int before = atomic_read(ctlr);

	vlpi_enable_in_guest(t, &v);
	atomic_set(ctlr, GICR_CTLR_RWP);
	expect_refused(t, &v, -EBUSY);
	atomic_set(ctlr, before);
	expect_taken(t, &v);
	vlpi_expect_delivered(t, &v);
}

/* No table, and one whose entries the guest has no memory for */
static void no_room_for_a_collection(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	u64 *baser = &vlpi_vits(t)->baser_coll_table;
	struct vlpi v = vlpi_nth(t, 0);
	u64 before = *baser;

	vlpi_enable_in_guest(t, &v);
	*baser &= ~GITS_BASER_VALID;
	expect_refused(t, &v, -ENOSPC);
	*baser = (before & ~GENMASK_ULL(47, 16)) | VGIC_VM_NO_RAM;
	expect_refused(t, &v, -ENOSPC);
	*baser = before;
	expect_taken(t, &v);
	vlpi_expect_delivered(t, &v);
}

#define SMALL_RAM	0x60000000

/* Memory for a page of the collection table: ids up to 511 */
static void add_small_ram(struct vlpi_test *t)
{
	struct kvm_userspace_memory_region region = {
		.slot		 = 1,
		.guest_phys_addr = SMALL_RAM,
		.memory_size	 = PAGE_SIZE,
		.userspace_addr	 = t->vm->uram,
	};

	KUNIT_ASSERT_EQ(t->test, 0,
			vgic_vm_ioctl(t->vm, KVM_SET_USER_MEMORY_REGION,
				      &region, sizeof(region)));
}

/* All ids are tried, and none that the table has no entry for */
static void last_free_collection_is_found(struct kunit *test)
{
	static const u32 ids[] = { 1, 0 };
	struct vlpi_test *t = test->priv;
	struct vgic_vm_config config = { .nr_vcpus = 2, .vcpu_ids = ids };
	struct vlpi v;
	u64 *baser;
	u16 id;

	t->vm = vgic_vm_create(test, &config);
	add_small_ram(t);
	baser = &vlpi_vits(t)->baser_coll_table;
	*baser = (*baser & ~GENMASK_ULL(47, 16)) | SMALL_RAM;

	/* The search begins with the vCPU's id, so that 0 comes last */
	for (id = 1; id < PAGE_SIZE / 8; id++)
		vgic_guest_mapc(t->vm, id, 0);
	v = vlpi_nth(t, 0);
	vlpi_enable_in_guest(t, &v);
	expect_taken(t, &v);
	KUNIT_EXPECT_EQ(test, nr_of_id(t, 0), 1);
	vlpi_expect_delivered(t, &v);

	/* Now all are taken; the other vCPU's are no use */
	vgic_guest_mapc(t->vm, 0, 0);
	v = vlpi_nth(t, 2);
	vlpi_enable_in_guest(t, &v);
	KUNIT_EXPECT_EQ(test, -ENOSPC, vlpi_setup(t, &v));
}

static void setup_taints_the_kernel(struct kunit *test)
{
	struct vlpi_test *t = test->priv;

	vlpi_setup_nth(t, 0);
	KUNIT_EXPECT_TRUE(test, test_taint(TAINT_TEST));
	KUNIT_EXPECT_FALSE(test, test_taint(TAINT_PROPRIETARY_MODULE));
}

static struct kunit_case vlpi_ioctl_cases[] = {
	KUNIT_CASE(host_irq_numbers_have_bounds),
	KUNIT_CASE(its_is_found_where_it_is),
	KUNIT_CASE(several_its_need_the_default_address),
	KUNIT_CASE(itt_address_is_one_of_mapd),
	KUNIT_CASE(lpi_of_another_event_is_refused),
	KUNIT_CASE(lpi_without_event_is_taken),
	KUNIT_CASE(disagreement_is_an_error),
	KUNIT_CASE_PARAM(second_call_sends_nothing, vlpi_gen_params),
	KUNIT_CASE_PARAM(second_call_makes_good, vlpi_gen_params),
	KUNIT_CASE(lpi_table_ends_with_its_id_bits),
	KUNIT_CASE(lpi_table_ends_with_the_guests_memory),
	KUNIT_CASE(unreadable_tables_are_refused_for_mapped_events),
	KUNIT_CASE(inactive_irq_is_refused),
	KUNIT_CASE(enabling_lpis_wakes_the_others),
	KUNIT_CASE_PARAM(collection_ids_are_unique, vlpi_many_gen_params),
	KUNIT_CASE(event_keeps_its_collection),
	KUNIT_CASE(lpis_that_get_disabled_are_left_alone),
	KUNIT_CASE(no_room_for_a_collection),
	KUNIT_CASE(last_free_collection_is_found),
	KUNIT_CASE(setup_taints_the_kernel),
	{}
};

static struct kunit_suite vlpi_ioctl_suite = {
	.name		= "vgic_vlpi_ioctl",
	.suite_init	= um_vgic_suite_init_vlpis,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_ioctl_cases,
};

kunit_test_suite(vlpi_ioctl_suite);
um_vgic_machine_suites(vlpi_ioctl_suite);
