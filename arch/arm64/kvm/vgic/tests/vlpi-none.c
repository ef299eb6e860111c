// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_none-v3_0: a host without vLPIs. The ioctl says so, and all
 * interrupts go the way that they went before.
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>

#include "vgic.h"
#include "vlpi-test.h"

static void expect_by_software(struct vlpi_test *t, const struct vlpi *v)
{
	struct kvm_vcpu *vcpu = t->vm->vcpu[v->vcpu];

	KUNIT_EXPECT_EQ(t->test, 1,
			vgic_vm_signal_msi(t->vm, v->devid, v->eventid));
	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_EQ(t->test, v->intid, um_guest_ack_lr());
	KUNIT_EXPECT_EQ(t->test, GICV4_INTID_NONE, um_guest_ack_lr());
	KUNIT_EXPECT_EQ(t->test, GICV4_INTID_NONE, vgic_guest_ack(vcpu));
	vgic_guest_exit(vcpu);
}

static void setup_is_refused(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, t->vm->nr_vcpus - 1);
	char *before, *after;

	before = vgic_vm_snapshot(t->vm);
	KUNIT_EXPECT_EQ(test, -ENXIO, vlpi_setup(t, &v));
	after = vgic_vm_snapshot(t->vm);
	vgic_vm_expect_same(test, before, after);

	/* Also for an event that the guest has mapped */
	vlpi_map_in_guest(t, &v);
	before = vgic_vm_snapshot(t->vm);
	KUNIT_EXPECT_EQ(test, -ENXIO, vlpi_setup(t, &v));
	after = vgic_vm_snapshot(t->vm);
	vgic_vm_expect_same(test, before, after);

	vlpi_expect_unmapped(t, &v);
	expect_by_software(t, &v);
}

/* irqbypass: there is nothing to be had, and that is no error */
static void bypass_does_nothing(struct kunit *test)
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

	vlpi_map_in_guest(t, &v);
	KUNIT_EXPECT_EQ(test, 0,
			kvm_vgic_v4_set_forwarding(t->vm->kvm, vlpi_host_irq(&v),
						   &entry));
	vlpi_expect_unmapped(t, &v);
	expect_by_software(t, &v);
	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&v));
	vlpi_expect_unmapped(t, &v);
	expect_by_software(t, &v);
}

static void vm_has_no_vpes(struct kunit *test)
{
	static const u8 cmds[] = {
		GITS_CMD_VMAPP, GITS_CMD_VMAPTI, GITS_CMD_VMOVI,
		GITS_CMD_VMOVP, GITS_CMD_VSYNC, GITS_CMD_VINVALL,
	};
	struct vlpi_test *t = test->priv;
	unsigned int i;

	KUNIT_EXPECT_NULL(test, t->vm->kvm->arch.vgic.its_vm.vpes);
	for (i = 0; i < t->vm->nr_vcpus; i++) {
		vgic_guest_enter(t->vm->vcpu[i]);
		KUNIT_EXPECT_FALSE(test, vlpi_vpe(t, i)->resident);
		vgic_guest_exit(t->vm->vcpu[i]);
	}
	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		KUNIT_EXPECT_EQ(test, 0, gicv4_trace_count(cmds[i]));
}

static void sgis_are_emulated(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_vcpu *to = t->vm->vcpu[t->vm->nr_vcpus - 1];

	vgic_guest_send_sgi(t->vm->vcpu[0], to, 3);
	vgic_guest_enter(to);
	KUNIT_EXPECT_EQ(test, 3, um_guest_ack_lr());
	KUNIT_EXPECT_EQ(test, GICV4_INTID_NONE, um_guest_ack_lr());
	vgic_guest_exit(to);
}

/* Nothing is in hardware, so all can be saved */
static void tables_can_be_saved(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);

	vlpi_map_in_guest(t, &v);
	KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	KUNIT_EXPECT_EQ(test, 0,
			vgic_vm_its_ctrl(t->vm, KVM_DEV_ARM_ITS_SAVE_TABLES));
	KUNIT_EXPECT_EQ(test, 0,
			vgic_vm_gic_ctrl(t->vm,
					 KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES));
	KUNIT_EXPECT_TRUE(test, vgic_guest_get_pending(t->vm, t->vm->vcpu[0],
						       v.intid));
}

static struct kunit_case vlpi_none_cases[] = {
	KUNIT_CASE_PARAM(setup_is_refused, vlpi_gen_params),
	KUNIT_CASE_PARAM(bypass_does_nothing, vlpi_gen_params),
	KUNIT_CASE_PARAM(vm_has_no_vpes, vlpi_gen_params),
	KUNIT_CASE_PARAM(sgis_are_emulated, vlpi_gen_params),
	KUNIT_CASE(tables_can_be_saved),
	{}
};

static struct kunit_suite vlpi_none_suite = {
	.name		= "vgic_vlpi_none-v3_0",
	.suite_init	= um_vgic_suite_init,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_none_cases,
};

kunit_test_suite(vlpi_none_suite);
