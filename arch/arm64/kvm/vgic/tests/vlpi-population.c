// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi: what a successful setup leaves in KVM's vITS, in the ITS
 * driver and in the machine's tables.
 */
#include <linux/irq.h>
#include <linux/irqchip/arm-gic-v3.h>

#include "vgic.h"
#include "vlpi-test.h"

static struct its_device *find_device(struct vlpi_test *t, u32 devid)
{
	struct its_device *dev;

	list_for_each_entry(dev, &vlpi_vits(t)->device_list, dev_list)
		if (dev->device_id == devid)
			return dev;

	return NULL;
}

static struct its_ite *find_ite(struct vlpi_test *t, u32 devid, u32 eventid)
{
	struct its_device *dev = find_device(t, devid);
	struct its_ite *ite;

	if (!dev)
		return NULL;
	list_for_each_entry(ite, &dev->itt_head, ite_list)
		if (ite->event_id == eventid)
			return ite;

	return NULL;
}

static unsigned int nr_devices(struct vlpi_test *t)
{
	return list_count_nodes(&vlpi_vits(t)->device_list);
}

static unsigned int nr_collections(struct vlpi_test *t)
{
	return list_count_nodes(&vlpi_vits(t)->collection_list);
}

static void expect_in_vits(struct vlpi_test *t, const struct vlpi *v)
{
	struct kunit *test = t->test;
	struct its_ite *ite = find_ite(t, v->devid, v->eventid);

	KUNIT_ASSERT_NOT_NULL(test, ite);
	KUNIT_ASSERT_NOT_NULL(test, ite->irq);
	KUNIT_EXPECT_EQ(test, ite->irq->intid, v->intid);
	KUNIT_EXPECT_TRUE(test, ite->irq->mapped);
	KUNIT_ASSERT_NOT_NULL(test, ite->collection);
	/* GITS_TYPER.PTA is 0: the target is the vCPU's id */
	KUNIT_EXPECT_EQ(test, ite->collection->target_addr,
			t->vm->vcpu[v->vcpu]->vcpu_id);
}

/* vLPIs of each vPE as KVM counts them, and as the machine's ITT holds them */
static void expect_vlpi_counts(struct vlpi_test *t, unsigned int total)
{
	unsigned int i, sum = 0;

	for (i = 0; i < t->vm->nr_vcpus; i++)
		sum += atomic_read(&vlpi_vpe(t, i)->vlpi_count);
	KUNIT_EXPECT_EQ(t->test, sum, total);
	KUNIT_EXPECT_EQ(t->test, vlpi_nr_mappings(), total);
}

void setup_populates_vits(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, t->vm->nr_vcpus - 1);
	struct its_device *dev;

	v.itt = VGIC_VM_ITTS + 0x4500;
	vlpi_enable_in_guest(t, &v);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));

	dev = find_device(t, GUEST_DEVID);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_EXPECT_EQ(test, dev->itt_addr, v.itt);
	KUNIT_EXPECT_LT(test, v.eventid, BIT(dev->num_eventid_bits));
	KUNIT_EXPECT_EQ(test, nr_devices(t), 1);
	KUNIT_EXPECT_EQ(test, nr_collections(t), 1);
	expect_in_vits(t, &v);
}

void setup_populates_its(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, t->vm->nr_vcpus - 1);
	struct its_vpe *vpe = vlpi_vpe(t, v.vcpu);
	struct gicv4_vpte vpte = {};
	struct gicv4_dte dte = {};

	KUNIT_EXPECT_TRUE(test, gicv4_get_dte(vlpi_its(&v), vlpi_host_devid(t),
					      &dte));
	KUNIT_EXPECT_TRUE(test, dte.valid);
	KUNIT_EXPECT_GE(test, BIT(dte.eventid_bits), HOST_EVENTS);

	vlpi_expect_mapped(t, &v);
	expect_vlpi_counts(t, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&vpe->vlpi_count), 1);

	KUNIT_EXPECT_TRUE(test, vlpi_get_vpte(t, v.vcpu, &vpte));
	KUNIT_EXPECT_TRUE(test, vpte.valid);
	KUNIT_EXPECT_EQ(test, vpte.vpt_addr, page_to_phys(vpe->vpt_page));
	KUNIT_EXPECT_LT(test, v.intid, BIT(vpte.vpt_bits));
	if (vlpi_has_v4_1(t))
		KUNIT_EXPECT_EQ(test, vpte.vconf_addr,
				page_to_phys(vpe->its_vm->vprop_page));
}

void setup_marks_host_irq_forwarded(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0), other = vlpi_nth(t, 1);
	struct irq_data *d = irq_get_irq_data(vlpi_host_irq(&v));

	KUNIT_EXPECT_FALSE(test, irqd_is_forwarded_to_vcpu(d));
	vlpi_setup_nth(t, 0);
	KUNIT_EXPECT_TRUE(test, irqd_is_forwarded_to_vcpu(d));
	/* The host never sees it again: lazy masking would lose the mask */
	KUNIT_EXPECT_TRUE(test, irq_check_status_bit(vlpi_host_irq(&v),
						     IRQ_DISABLE_UNLAZY));

	vlpi_expect_unmapped(t, &other);
}

void setup_keeps_gsi_routing(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_irq_routing_table *before, *after;

	before = rcu_access_pointer(t->vm->kvm->irq_routing);
	vlpi_setup_nth(t, 0);
	after = rcu_access_pointer(t->vm->kvm->irq_routing);

	KUNIT_EXPECT_PTR_EQ(test, after, before);
}

/* A guest that wrote its tables' addresses and enabled nothing yet */
void setup_enables_lpis_and_its(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);

	vgic_guest_disable_its(t->vm);
	vgic_guest_disable_lpis(t->vm, t->vm->vcpu[0]);
	KUNIT_ASSERT_FALSE(test, vlpi_vits(t)->enabled);
	KUNIT_ASSERT_FALSE(test, vgic_lpis_enabled(t->vm->vcpu[0]));

	vlpi_enable_in_guest(t, &v);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));

	KUNIT_EXPECT_TRUE(test, vlpi_vits(t)->enabled);
	KUNIT_EXPECT_TRUE(test, vgic_lpis_enabled(t->vm->vcpu[0]));
	vlpi_expect_delivered(t, &v);
}

void setup_reads_guest_config(struct kunit *test)
{
	static const struct {
		u8	prio;
		bool	enabled;
	} configs[] = {
		{ 0x00, true }, { 0xfc, true }, { 0x48, false }, { 0x84, true },
	};
	struct vlpi_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(configs); i++) {
		struct vlpi v = vlpi_nth(t, i);
		u8 config;

		vgic_guest_set_lpi(t->vm, v.intid, configs[i].prio,
				   configs[i].enabled);
		KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));

		vlpi_expect_mapped(t, &v);
		config = vlpi_config(t, &v);
		KUNIT_EXPECT_EQ(test, config & 0xfc, configs[i].prio);
		KUNIT_EXPECT_EQ(test, !!(config & LPI_PROP_ENABLED),
				configs[i].enabled);
	}
}

void second_event_reuses_device(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi a, b;

	a = vlpi_setup_nth(t, 0);
	b = vlpi_setup_nth(t, t->vm->nr_vcpus);

	KUNIT_EXPECT_EQ(test, nr_devices(t), 1);
	KUNIT_EXPECT_EQ(test, nr_collections(t), 1);
	expect_in_vits(t, &a);
	expect_in_vits(t, &b);
	vlpi_expect_mapped(t, &a);
	vlpi_expect_mapped(t, &b);
	expect_vlpi_counts(t, 2);
	vlpi_expect_delivered(t, &a);
	vlpi_expect_delivered(t, &b);
}

void second_device_gets_its_own(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi a = vlpi_setup_nth(t, 0);
	struct vlpi b = vlpi_nth(t, 1);

	/* Same EventID, other device, on the guest's side and on the host's */
	b.devid = GUEST_DEVID2;
	b.eventid = a.eventid;
	b.itt = VGIC_VM_ITTS + SZ_64K;
	b.mock = t->mock2;
	b.event = HOST_EVENTS2 - 1;
	vlpi_enable_in_guest(t, &b);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &b));

	KUNIT_EXPECT_EQ(test, nr_devices(t), 2);
	KUNIT_EXPECT_EQ(test, find_device(t, GUEST_DEVID2)->itt_addr, b.itt);
	expect_in_vits(t, &a);
	expect_in_vits(t, &b);
	vlpi_expect_mapped(t, &a);
	vlpi_expect_mapped(t, &b);
	vlpi_expect_delivered(t, &a);
	vlpi_expect_delivered(t, &b);
}

#define MANY_EVENTS	256

void events_of_one_device_fill_its_itt(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	/*
	 * Teardown is quadratic and lockdep makes each step of it slow, so
	 * that a debug kernel would spend seconds here. Who reads the ITS's
	 * commands from its queue has to be in time.
	 */
	unsigned int most = IS_ENABLED(CONFIG_PROVE_LOCKING) ? 32 :
			    IS_ENABLED(CONFIG_GICV4_MODEL) ? MANY_EVENTS : 128;
	unsigned int nr = min(most, BIT(t->m->eventid_bits));
	unsigned int its = t->m->nr_its - 1;
	struct its_mock_msi *mock;
	struct vlpi v;
	unsigned int i;

	mock = vgic_vm_mock_device_on(test, its, 0x77, nr);
	for (i = 0; i < nr; i++) {
		v = (struct vlpi) {
			.devid		= GUEST_DEVID,
			.eventid	= nr - 1 - i,
			.vcpu		= i % t->vm->nr_vcpus,
			.intid		= GUEST_LPI + i,
			.itt		= VGIC_VM_ITTS,
			.mock		= mock,
			.event		= i,
		};
		vlpi_enable_in_guest(t, &v);
		KUNIT_ASSERT_EQ_MSG(test, 0, vlpi_setup(t, &v), "event %u", i);
		KUNIT_ASSERT_EQ(test, i + 1, vlpi_nr_mappings());
	}

	KUNIT_EXPECT_EQ(test, nr_devices(t), 1);
	KUNIT_EXPECT_EQ(test, nr_collections(t), t->vm->nr_vcpus);
	expect_vlpi_counts(t, nr);

	/* All at once, while nobody runs; none lost, none doubled */
	for (i = 0; i < nr; i++)
		gicv4_device_write(its, its_mock_msi_device_id(mock), i);
	for (i = 0; i < t->vm->nr_vcpus; i++) {
		unsigned int got = 0;
		u32 intid;

		vgic_guest_enter(t->vm->vcpu[i]);
		while ((intid = vgic_guest_ack(t->vm->vcpu[i])) !=
		       GICV4_INTID_NONE) {
			KUNIT_ASSERT_EQ(test, i, (intid - GUEST_LPI) %
					t->vm->nr_vcpus);
			KUNIT_ASSERT_LT(test, got++, nr);
		}
		vgic_guest_exit(t->vm->vcpu[i]);
		KUNIT_EXPECT_EQ(test, got,
				nr / t->vm->nr_vcpus +
				(i < nr % t->vm->nr_vcpus));
	}

	/* The device was made after the VM */
	vgic_vm_destroy(t->vm);
	t->vm = NULL;
}

void every_vcpu_has_its_own_vpe(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int i, j;

	for (i = 0; i < t->vm->nr_vcpus; i++)
		vlpi_setup_nth(t, i);

	for (i = 0; i < t->vm->nr_vcpus; i++) {
		struct vlpi v = vlpi_nth(t, i);

		expect_in_vits(t, &v);
		vlpi_expect_mapped(t, &v);
		vlpi_expect_delivered(t, &v);
		KUNIT_EXPECT_EQ(test, 1,
				atomic_read(&vlpi_vpe(t, i)->vlpi_count));
		for (j = 0; j < i; j++) {
			KUNIT_EXPECT_NE(test, vlpi_vpe(t, i)->vpe_id,
					vlpi_vpe(t, j)->vpe_id);
			KUNIT_EXPECT_NE(test, vlpi_vpe(t, i)->vpe_db_lpi,
					vlpi_vpe(t, j)->vpe_db_lpi);
			KUNIT_EXPECT_PTR_NE(test, vlpi_vpe(t, i)->vpt_page,
					    vlpi_vpe(t, j)->vpt_page);
		}
	}
}

void device_mapped_by_guest_is_reused(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	gpa_t itt = vgic_guest_alloc_itt(t->vm, EVENT_BITS);
	struct its_device *dev;
	struct vlpi v;

	vgic_guest_mapd(t->vm, GUEST_DEVID, itt, EVENT_BITS);
	dev = find_device(t, GUEST_DEVID);
	KUNIT_ASSERT_NOT_NULL(test, dev);

	v = vlpi_nth(t, 0);
	v.itt = itt + SZ_64K;	/* the guest's MAPD has the last word */
	vlpi_enable_in_guest(t, &v);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));

	KUNIT_EXPECT_EQ(test, nr_devices(t), 1);
	KUNIT_EXPECT_PTR_EQ(test, find_device(t, GUEST_DEVID), dev);
	KUNIT_EXPECT_EQ(test, dev->itt_addr, itt);
	KUNIT_EXPECT_EQ(test, dev->num_eventid_bits, EVENT_BITS);
	vlpi_expect_delivered(t, &v);
}

void collection_mapped_by_guest_is_reused(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct its_collection *coll;
	struct vlpi v = vlpi_nth(t, t->vm->nr_vcpus - 1);

	vgic_guest_mapc(t->vm, 19, t->vm->vcpu[v.vcpu]->vcpu_id);
	vlpi_enable_in_guest(t, &v);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));

	KUNIT_ASSERT_EQ(test, nr_collections(t), 1);
	coll = list_first_entry(&vlpi_vits(t)->collection_list,
				struct its_collection, coll_list);
	KUNIT_EXPECT_EQ(test, coll->collection_id, 19);
	expect_in_vits(t, &v);
	vlpi_expect_delivered(t, &v);
}

/* The guest may use any collection for any vCPU; setup must not retarget it */
void collection_of_another_vcpu_is_left_alone(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct its_collection *coll;
	unsigned int i, nr;
	struct vlpi v;

	/* Each collection id that a vCPU could suggest belongs to another */
	for (i = 0; i < 8; i++)
		vgic_guest_mapc(t->vm, i, t->vm->vcpu[1]->vcpu_id);

	v = vlpi_setup_nth(t, 0);
	expect_in_vits(t, &v);
	vlpi_expect_delivered(t, &v);

	nr = 0;
	list_for_each_entry(coll, &vlpi_vits(t)->collection_list, coll_list)
		nr += coll->target_addr == t->vm->vcpu[1]->vcpu_id;
	KUNIT_EXPECT_EQ(test, nr, 8);
}

void event_mapped_by_guest_is_forwarded(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, t->vm->nr_vcpus - 1);
	struct its_ite *ite;

	vgic_guest_mapd(t->vm, GUEST_DEVID,
			vgic_guest_alloc_itt(t->vm, EVENT_BITS), EVENT_BITS);
	vgic_guest_mapc(t->vm, 2, t->vm->vcpu[v.vcpu]->vcpu_id);
	vlpi_enable_in_guest(t, &v);
	vgic_guest_mapti(t->vm, v.devid, v.eventid, v.intid, 2);
	ite = find_ite(t, v.devid, v.eventid);
	KUNIT_ASSERT_NOT_NULL(test, ite);

	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	KUNIT_EXPECT_PTR_EQ(test, find_ite(t, v.devid, v.eventid), ite);
	expect_in_vits(t, &v);
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);
}

void setup_twice_changes_nothing(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	char *before, *after;

	before = vgic_vm_snapshot(t->vm);
	KUNIT_EXPECT_EQ(test, 0, vlpi_setup(t, &v));
	after = vgic_vm_snapshot(t->vm);

	vgic_vm_expect_same(test, before, after);
	vlpi_expect_delivered(t, &v);
}
