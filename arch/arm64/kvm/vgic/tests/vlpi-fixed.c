// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi: bugs of the kernel's that were found here. Each case is red
 * without the patch in patches/7.3/fixes/ that it names, see
 * Documentation/bugs-found.md.
 */
#include <linux/interrupt.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/um-vgic.h>

#include "vgic.h"
#include "vlpi-test.h"

static u64 cmd_event(const struct gicv4_cmd *cmd)
{
	return lower_32_bits(cmd->raw[1]);
}

static u64 cmd_devid(const struct gicv4_cmd *cmd)
{
	return upper_32_bits(cmd->raw[0]);
}

static bool cmd_valid(const struct gicv4_cmd *cmd)
{
	return cmd->raw[2] & BIT_ULL(63);
}

/* fixes/0002: a vPE that is gone must not be where an event goes */
void teardown_unmaps_vlpis_before_vpes(struct kunit *test)
{
	unsigned int i, discards = 0, unmapped_vpes = 0;
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct gicv4_cmd cmd;

	gicv4_trace_clear();
	vgic_vm_destroy(t->vm);
	t->vm = NULL;

	for (i = 0; i < gicv4_trace_len(); i++) {
		KUNIT_ASSERT_TRUE(test, gicv4_trace_get(i, &cmd));
		if (cmd.opcode == GITS_CMD_DISCARD &&
		    cmd_devid(&cmd) == vlpi_host_devid(t) &&
		    cmd_event(&cmd) == v.event) {
			discards++;
			KUNIT_EXPECT_EQ(test, unmapped_vpes, 0);
		}
		if (cmd.opcode == GITS_CMD_VMAPP && !cmd_valid(&cmd))
			unmapped_vpes++;
	}
	KUNIT_EXPECT_EQ(test, discards, 1);
	KUNIT_EXPECT_GE(test, unmapped_vpes, 1);
}

/* fixes/0004: the way of irq bypass, which looks the LPI up and so caches it */
void signal_msi_after_bypass_goes_through_hardware(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct kvm_kernel_irq_routing_entry entry = {
		.type	= KVM_IRQ_ROUTING_MSI,
		.msi	= {
			.address_lo	= VGIC_VM_DOORBELL,
			.data		= v.eventid,
			.flags		= KVM_MSI_VALID_DEVID,
			.devid		= v.devid,
		},
	};
	struct gicv4_stats before, after;

	vlpi_map_in_guest(t, &v);
	KUNIT_ASSERT_EQ(test, 0,
			kvm_vgic_v4_set_forwarding(t->vm->kvm,
						   vlpi_host_irq(&v), &entry));
	vlpi_expect_mapped(t, &v);

	gicv4_get_stats(&before);
	KUNIT_EXPECT_EQ(test, 1,
			vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.vlpis, before.vlpis + 1);
	vlpi_expect_acks(t, 0, &v.intid, 1);
}

/*
 * fixes/0005: a guest that enables its LPIs has their pending table read, also
 * for those that are forwarded. Such an interrupt is one of software.
 */
void forwarded_lpi_in_list_register_has_no_pintid(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	struct vgic_v3_cpu_if *cpu_if = &vcpu->arch.vgic_cpu.vgic_v3;
	unsigned int i;

	vgic_guest_disable_lpis(t->vm, vcpu);
	vgic_guest_set_pending(t->vm, vcpu, v.intid);
	vgic_guest_enable_lpis(t->vm, vcpu);

	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_TRUE(test, vgic_guest_in_lr(vcpu, v.intid));
	for (i = 0; i < cpu_if->used_lrs; i++)
		KUNIT_EXPECT_EQ(test, 0, cpu_if->vgic_lr[i] & ICH_LR_HW);
	vgic_guest_exit(vcpu);
}

/* fixes/0007: its_vpe_teardown() tells by this if there is something to free */
void freed_vpe_has_no_pending_table(struct kunit *test)
{
	struct its_vm *its_vm = kunit_kzalloc(test, sizeof(*its_vm), GFP_KERNEL);
	struct its_vpe *vpes = kunit_kcalloc(test, 2, sizeof(*vpes), GFP_KERNEL);
	struct its_vpe *array[] = { &vpes[0], &vpes[1] };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, its_vm);
	KUNIT_ASSERT_NOT_NULL(test, vpes);
	its_vm->vpes = array;
	its_vm->nr_vpes = ARRAY_SIZE(array);

	KUNIT_ASSERT_EQ(test, 0, its_alloc_vcpu_irqs(its_vm));
	for (i = 0; i < ARRAY_SIZE(array); i++)
		KUNIT_EXPECT_NOT_NULL(test, vpes[i].vpt_page);
	its_free_vcpu_irqs(its_vm);
	for (i = 0; i < ARRAY_SIZE(array); i++)
		KUNIT_EXPECT_NULL(test, vpes[i].vpt_page);
}

/*
 * fixes/0009: a guest has 16 bits of INTID, whatever the host has. What does
 * not fit into a vPE's pending table stays with the software.
 */
void lpi_beyond_the_host_is_emulated(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0), fits = vlpi_nth(t, 1);
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];

	if (t->m->intid_bits >= 16)
		kunit_skip(test, "the machine has as many LPIs as a guest");

	v.intid = BIT(t->m->intid_bits);
	vlpi_map_in_guest(t, &v);
	KUNIT_EXPECT_EQ(test, -EINVAL, vlpi_setup(t, &v));
	vlpi_expect_unmapped(t, &v);

	KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_TRUE(test, vgic_guest_in_lr(vcpu, v.intid));
	KUNIT_EXPECT_EQ(test, v.intid, um_guest_ack_lr());
	vgic_guest_exit(vcpu);

	fits.intid = BIT(t->m->intid_bits) - 1;
	vlpi_enable_in_guest(t, &fits);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &fits));
	vlpi_expect_delivered(t, &fits);
}

/*
 * fixes/0050: a disabled vLPI has no doorbell, or one that rang in vain. What
 * wakes its vCPU is the INV of the one that enables it.
 */
void pending_vlpi_enabled_later_wakes_the_vcpu(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct vlpi_waiter w = { .vcpu = t->vm->vcpu[v.vcpu] };
	struct vgic_vm_thread *thread;
	unsigned int invall;

	vgic_guest_set_lpi(t->vm, v.intid, GUEST_PRIO, false);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	for (invall = 0; invall < 2; invall++) {
		vgic_guest_set_lpi(t->vm, v.intid, GUEST_PRIO, false);
		vgic_guest_inv(t->vm, v.devid, v.eventid);
		vlpi_device_write(&v);
		vlpi_expect_nothing_pending(t, v.vcpu);

		thread = vgic_vm_start_on(t->vm, 0, vlpi_wait_for_interrupt, &w);
		vlpi_wait_until_blocked(t, w.vcpu, invall + 1);
		vlpi_enable_in_guest(t, &v);
		if (invall)
			vgic_guest_invall(t->vm, w.vcpu->vcpu_id);
		else
			vgic_guest_inv(t->vm, v.devid, v.eventid);
		vgic_vm_join(thread);
		KUNIT_EXPECT_EQ(test, w.intid, v.intid);
	}
}

/*
 * fixes/0015: a disabled distributor holds interrupts back, but loses none. Of
 * vLPIs that is true by itself, so this one is not forwarded.
 */
void disabled_distributor_loses_no_lpi(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[v.vcpu];

	vlpi_map_in_guest(t, &v);
	vgic_guest_disable_dist(t->vm);
	KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_FALSE(test, vgic_guest_in_lr(vcpu, v.intid));
	vgic_guest_exit(vcpu);

	vgic_guest_enable_dist(t->vm);
	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_TRUE(test, vgic_guest_in_lr(vcpu, v.intid));
	KUNIT_EXPECT_EQ(test, v.intid, um_guest_ack_lr());
	vgic_guest_exit(vcpu);
}

/*
 * fixes/0016: the host has masked the interrupt while it was forwarded, and
 * does not want it when it gets it back.
 */
void masked_irq_comes_back_masked(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	unsigned int irq = vlpi_host_irq(&v);
	struct gicv4_stats before, after;
	u64 hits = vlpi_host_hits(&v);

	disable_irq(irq);
	kvm_vgic_v4_unset_forwarding(t->vm->kvm, irq);
	KUNIT_EXPECT_FALSE(test, vlpi_is_virtual(&v));

	gicv4_get_stats(&before);
	vlpi_device_write(&v);
	KUNIT_EXPECT_EQ(test, vlpi_host_hits(&v), hits);
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.host_irqs, before.host_irqs);

	/* It was pending all the time */
	enable_irq(irq);
	KUNIT_EXPECT_EQ(test, vlpi_host_hits(&v), hits + 1);
	vlpi_expect_unmapped(t, &v);
}

/* fixes/0017: a vCPU in WFI need not hear of what its guest has disabled */
void disabled_vlpi_does_not_ring(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[v.vcpu];
	struct gicv4_stats before, after;

	vgic_guest_set_lpi(t->vm, v.intid, GUEST_PRIO, false);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));

	um_vcpu_load(vcpu);
	vcpu_set_flag(vcpu, IN_WFI);
	um_vcpu_put(vcpu);
	gicv4_get_stats(&before);
	vlpi_device_write(&v);
	gicv4_wait_host_irqs();
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.doorbells, before.doorbells);

	/* Until it is enabled */
	vlpi_enable_in_guest(t, &v);
	vgic_guest_inv(t->vm, v.devid, v.eventid);
	vcpu_clear_flag(vcpu, IN_WFI);
	vlpi_expect_acks(t, v.vcpu, &v.intid, 1);
	vlpi_expect_mapped(t, &v);
}
