// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi: what the host does to the interrupts below a VM. It
 * suspends, raises a doorbell itself, and tells a device where to write.
 */
#include <linux/irq.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/its-mock-msi.h>
#include <linux/msi.h>
#include <linux/um-vgic.h>

#include "vgic.h"
#include "vlpi-test.h"

/* The host slept: what was mapped is mapped, and there is room for more */
void vlpis_survive_suspend(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0), w, pending = vlpi_setup_nth(t, 2);
	struct gicv4_stats before, after;

	vlpi_device_write(&pending);
	KUNIT_ASSERT_EQ(test, 0, um_vgic_suspend());
	gicv4_get_stats(&before);
	vlpi_device_write(&v);	/* into the void */
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, before.vlpis, after.vlpis);
	KUNIT_EXPECT_FALSE(test, vlpi_pending(t, &v));
	um_vgic_resume();

	KUNIT_EXPECT_TRUE(test, vlpi_pending(t, &pending));
	vlpi_expect_acks(t, pending.vcpu, &pending.intid, 1);
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);

	/* The queue goes on from its start */
	w = vlpi_setup_nth(t, 1);
	vlpi_expect_mapped(t, &w);
	vlpi_expect_delivered(t, &w);
	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&v));
	vlpi_expect_unmapped(t, &v);
}

static int set_doorbell(struct vlpi_test *t, unsigned int vcpu, bool pending)
{
	return irq_set_irqchip_state(vlpi_vpe(t, vcpu)->irq,
				     IRQCHIP_STATE_PENDING, pending);
}

static int retrigger_doorbell(struct vlpi_test *t, unsigned int vcpu)
{
	struct irq_data *d = irq_get_irq_data(vlpi_vpe(t, vcpu)->irq);

	guard(irqsave)();
	return d->chip->irq_retrigger(d);
}

/* By both ways that the interrupt core knows; each wakes the vCPU just once */
void raised_doorbell_wakes_vcpu(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int last = t->vm->nr_vcpus - 1, i;
	struct vlpi v = vlpi_setup_nth(t, last);
	struct vlpi_waiter w = { .vcpu = t->vm->vcpu[v.vcpu] };

	if (vlpi_has_v4_1(t)) {
		KUNIT_EXPECT_NE(test, 0, set_doorbell(t, v.vcpu, true));
		kunit_skip(test, "default doorbells have no state of their own");
	}

	for (i = 0; i < 4; i++) {
		struct vgic_vm_thread *thread;

		thread = vgic_vm_start_on(t->vm, 0, vlpi_wait_for_interrupt, &w);
		vlpi_wait_until_blocked(t, w.vcpu, i + 1);
		if (i % 2)
			KUNIT_EXPECT_EQ(test, 1, retrigger_doorbell(t, v.vcpu));
		else
			KUNIT_EXPECT_EQ(test, 0, set_doorbell(t, v.vcpu, true));
		vgic_vm_join(thread);
		/* It was woken for nothing */
		KUNIT_EXPECT_EQ(test, GICV4_INTID_NONE, w.intid);
	}
	KUNIT_EXPECT_EQ(test, 0, set_doorbell(t, v.vcpu, false));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			irq_set_irqchip_state(vlpi_vpe(t, v.vcpu)->irq,
					      IRQCHIP_STATE_ACTIVE, true));
	vlpi_expect_delivered(t, &v);
}

/* What a device's driver writes into its MSI capability */
void msi_message_leads_to_the_its(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < t->m->nr_its; i++) {
		struct vlpi v = vlpi_nth(t, i);
		struct irq_data *d = irq_get_irq_data(vlpi_host_irq(&v));
		struct msi_desc desc = {};
		struct msi_msg msg = {};

		irq_set_msi_desc(d->irq, &desc);
		d->chip->irq_compose_msi_msg(d, &msg);
		irq_set_msi_desc(d->irq, NULL);

		KUNIT_EXPECT_EQ(test, gicv4_its_phys(vlpi_its(&v)) + GITS_TRANSLATER,
				(u64)msg.address_hi << 32 | msg.address_lo);
		KUNIT_EXPECT_EQ(test, v.event, msg.data);
	}
}

/* Pending is all that there is of an LPI's state */
void host_irq_has_no_active_state(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	unsigned int irq = vlpi_host_irq(&v), i;
	u64 hits = vlpi_host_hits(&v);

	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, -EINVAL,
				irq_set_irqchip_state(irq, IRQCHIP_STATE_ACTIVE,
						      true));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				irq_set_irqchip_state(irq, IRQCHIP_STATE_MASKED,
						      true));
		vlpi_setup_nth(t, 0);
	}
	vlpi_expect_nothing_pending(t, v.vcpu);
	KUNIT_EXPECT_EQ(test, hits, vlpi_host_hits(&v));

	/* Taken back before the guest sees it */
	KUNIT_EXPECT_EQ(test, 0, irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING,
						       true));
	KUNIT_EXPECT_TRUE(test, vlpi_pending(t, &v));
	KUNIT_EXPECT_EQ(test, 0, irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING,
						       false));
	KUNIT_EXPECT_FALSE(test, vlpi_pending(t, &v));
	vlpi_expect_nothing_pending(t, v.vcpu);
	vlpi_expect_delivered(t, &v);
}

/* What user space closes too early: a guest keeps the interrupts that it has */
void forwarded_device_is_not_removed(struct kunit *test)
{
	struct fwnode_handle *its = um_vgic_its_fwnode(0);
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 1);
	struct its_mock_msi *unused;

	KUNIT_EXPECT_EQ(test, -EBUSY, its_mock_msi_try_destroy(v.mock));
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);

	/* One that no guest has goes, and its DeviceID is free again */
	unused = its_mock_msi_create(its, 0x77, 2);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, unused);
	KUNIT_EXPECT_EQ(test, 0, its_mock_msi_try_destroy(unused));
	unused = its_mock_msi_create(its, 0x77, 2);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, unused);
	its_mock_msi_destroy(unused);
}
