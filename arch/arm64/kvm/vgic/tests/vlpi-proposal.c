// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi: what the ioctl got wrong as it was first proposed, where no
 * other case would have shown it. Documentation/ioctl.md has the list.
 */
#include <kunit/static_stub.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/its-mock-msi.h>
#include <linux/irqdesc.h>
#include <linux/um-vgic.h>

#include <kvm/arm_vgic_debug.h>

#include "vgic.h"
#include "vlpi-test.h"

/*
 * KVM_SIGNAL_MSI on a vLPI: by a translation that was cached before the event
 * was forwarded, after, and by the entry that the ioctl itself looked up.
 */
void signal_msi_never_goes_by_software(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct gicv4_stats before, after;
	struct vgic_irq *irq;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (i == 1) {
			kvm_vgic_v4_unset_forwarding(t->vm->kvm,
						     vlpi_host_irq(&v));
			KUNIT_EXPECT_EQ(test, 1,
					vgic_vm_signal_msi(t->vm, v.devid,
							   v.eventid));
			KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
			vlpi_expect_acks(t, 0, &v.intid, 1);
		}

		gicv4_get_stats(&before);
		KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(t->vm, v.devid,
							    v.eventid));
		gicv4_get_stats(&after);
		KUNIT_EXPECT_EQ(test, after.vlpis, before.vlpis + 1);
		KUNIT_EXPECT_TRUE(test, vlpi_pending(t, &v));

		irq = vgic_get_irq(t->vm->kvm, v.intid);
		KUNIT_ASSERT_NOT_NULL(test, irq);
		KUNIT_EXPECT_TRUE(test, irq->hw);
		KUNIT_EXPECT_FALSE(test, irq->pending_latch);
		vgic_put_irq(t->vm->kvm, irq);
		vlpi_expect_acks(t, 0, &v.intid, 1);
	}
	vlpi_expect_agreement(t);
}

/* What says 0 is forwarded: the third event of a device as much as the first */
void success_is_always_a_mapping(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int i, mapped = 0;
	struct its_device *dev;
	struct vlpi v[8];

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		v[i] = vlpi_nth(t, i);
		if (i % 2)
			v[i].devid = GUEST_DEVID2;
		vlpi_enable_in_guest(t, &v[i]);
		KUNIT_EXPECT_EQ(test, 0, vlpi_setup(t, &v[i]));
		KUNIT_EXPECT_EQ(test, ++mapped, vlpi_nr_mappings());
		vlpi_expect_mapped(t, &v[i]);
	}
	for (i = 0; i < ARRAY_SIZE(v); i++)
		vlpi_expect_delivered(t, &v[i]);

	/* Two devices, each once */
	i = 0;
	list_for_each_entry(dev, &vlpi_vits(t)->device_list, dev_list)
		i++;
	KUNIT_EXPECT_EQ(test, 2, i);
	vlpi_expect_agreement(t);
}

static irqreturn_t count_irq(int irq, void *data)
{
	(*(unsigned int *)data)++;

	return IRQ_HANDLED;
}

static bool owned_by_another_driver(unsigned int irq)
{
	return false;
}

static void refuse(struct vlpi_test *t, unsigned int host_irq, int err)
{
	struct vlpi v = vlpi_nth(t, 0);
	struct kvm_debug_gic_msi_setup params = {
		.device_id	= v.devid,
		.event_id	= v.eventid,
		.vcpu_id	= t->vm->vcpu[v.vcpu]->vcpu_id,
		.vintid		= v.intid,
		.host_irq	= host_irq,
		.itt_addr	= v.itt,
	};

	KUNIT_EXPECT_EQ(t->test, err,
			vgic_vm_ioctl(t->vm, KVM_DEBUG_GIC_MSI_SETUP, &params,
				      sizeof(params)));
	KUNIT_EXPECT_EQ(t->test, 0, vlpi_nr_mappings());
	vlpi_expect_agreement(t);
}

static void free_count_irq(void *data)
{
	unsigned int irq = (unsigned long)data;

	free_irq(irq, irq_get_handler_data(irq));
	irq_free_desc(irq);
}

/* A timer's interrupt, and another driver's MSI: they go on to work */
void live_irqs_stay_with_their_drivers(struct kunit *test)
{
	unsigned int *count = kunit_kzalloc(test, sizeof(*count), GFP_KERNEL);
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	int irq;

	KUNIT_ASSERT_NOT_NULL(test, count);
	irq = irq_alloc_desc_from(32, NUMA_NO_NODE);
	KUNIT_ASSERT_GE(test, irq, 32);
	irq_set_chip_and_handler(irq, &dummy_irq_chip, handle_simple_irq);
	irq_set_handler_data(irq, count);
	KUNIT_ASSERT_EQ(test, 0, request_irq(irq, count_irq, 0, "vlpi", count));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, free_count_irq,
						  (void *)(unsigned long)irq));

	refuse(t, irq, -EINVAL);
	scoped_guard(irqsave)
		generic_handle_irq(irq);
	KUNIT_EXPECT_EQ(test, *count, 1);

	kunit_activate_static_stub(test, its_mock_msi_owns,
				   owned_by_another_driver);
	refuse(t, vlpi_host_irq(&v), -EPERM);
	vlpi_expect_unmapped(t, &v);
	kunit_deactivate_static_stub(test, its_mock_msi_owns);

	vlpi_enable_in_guest(t, &v);
	KUNIT_EXPECT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_delivered(t, &v);
}

/* Ids that are indices as well, but of others */
void vcpu_is_looked_up_by_id(struct kunit *test)
{
	static const u32 ids[] = { 2, 0, 1 };
	const struct vgic_vm_config config = {
		.nr_vcpus = ARRAY_SIZE(ids), .vcpu_ids = ids,
	};
	struct vlpi_test *t = test->priv;
	struct vlpi v[ARRAY_SIZE(ids)];
	unsigned int i;

	t->vm = vgic_vm_create(test, &config);
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		v[i] = vlpi_setup_nth(t, i);
		vlpi_expect_mapped(t, &v[i]);
	}
	for (i = 0; i < ARRAY_SIZE(v); i++)
		vlpi_expect_delivered(t, &v[i]);
	vlpi_expect_agreement(t);
}

/* A doorbell that nobody took is nothing to the next owner of its number */
void doorbell_does_not_outlive_its_vpe(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0), reuse = {};
	u32 db = vlpi_vpe(t, 0)->vpe_db_lpi;
	bool reused = false;
	unsigned int i;

	/* GICv4.1 has one that rings only for those who wait */
	vlpi_device_write(&v);
	KUNIT_EXPECT_EQ(test, !vlpi_has_v4_1(t), gicv4_plpi_pending(0, db));
	vgic_vm_destroy(t->vm);
	t->vm = NULL;

	reuse.mock = vgic_vm_mock_device(test, HOST_DEVID2 + 1, HOST_EVENTS);
	for (i = 0; i < HOST_EVENTS; i++) {
		reuse.event = i;
		reused |= irq_get_irq_data(vlpi_host_irq(&reuse))->hwirq == db;
		KUNIT_EXPECT_EQ_MSG(test, 0, vlpi_host_hits(&reuse),
				    "event %u has LPI %lu, the doorbell was %u",
				    i,
				    irq_get_irq_data(vlpi_host_irq(&reuse))->hwirq,
				    db);
		vlpi_device_write(&reuse);
		KUNIT_EXPECT_GE(test, vlpi_host_hits(&reuse), 1);
	}
	KUNIT_EXPECT_TRUE(test, reused);
}
