// SPDX-License-Identifier: GPL-2.0
/*
 * Suites vgic_vlpi_vsgi: vSGIs, seen by the VMM, and what a guest may change
 * while they are in use. A VMM that restores a VM writes the registers of its
 * redistributors, before the first vCPU runs and after.
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>
#include <linux/unaligned.h>

#include <asm/kvm_emulate.h>

#include "vgic.h"
#include "vlpi-test.h"
#include "vlpi-vits.h"

#define ALL_SGIS	0xffff
#define SGI_FRAME	SZ_64K

static u32 vsgis(struct vlpi_test *t, unsigned int vcpu, bool pending)
{
	struct gicv4_vsgi vsgi = {};
	unsigned int sgi;
	u32 mask = 0;

	for (sgi = 0; sgi < 16; sgi++) {
		KUNIT_EXPECT_TRUE(t->test,
				  gicv4_get_vsgi(vlpi_vpe(t, vcpu)->vpe_id, sgi,
						 &vsgi));
		mask |= (pending ? vsgi.pending : vsgi.enabled) << sgi;
	}

	return mask;
}

static u64 vmm_read(struct vlpi_test *t, unsigned int vcpu, u32 reg)
{
	u64 mpidr = kvm_vcpu_get_mpidr_aff(t->vm->vcpu[vcpu]) & GENMASK(23, 0);
	u64 val = 0;

	KUNIT_EXPECT_EQ(t->test, 0,
			vgic_vm_attr(t->vm, t->vm->gic, KVM_GET_DEVICE_ATTR,
				     KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
				     mpidr << 32 | (SGI_FRAME + reg), &val));

	return val;
}

static void vmm_write(struct vlpi_test *t, unsigned int vcpu, u32 reg, u64 val)
{
	u64 mpidr = kvm_vcpu_get_mpidr_aff(t->vm->vcpu[vcpu]) & GENMASK(23, 0);

	KUNIT_EXPECT_EQ(t->test, 0,
			vgic_vm_attr(t->vm, t->vm->gic, KVM_SET_DEVICE_ATTR,
				     KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
				     mpidr << 32 | (SGI_FRAME + reg), &val));
}

/* Pending in the machine is what the VMM saves, and what it restores */
static void vmm_saves_and_restores_pending_vsgis(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int last = t->vm->nr_vcpus - 1;
	struct kvm_vcpu *vcpu = t->vm->vcpu[last];
	static const u32 three[] = { 3, 8, 15 };

	vgic_guest_send_sgi(t->vm->vcpu[0], vcpu, 5);
	vgic_guest_send_sgi(t->vm->vcpu[0], vcpu, 8);
	KUNIT_EXPECT_EQ(test, BIT(5) | BIT(8),
			vmm_read(t, last, GICR_ISPENDR0) & ALL_SGIS);

	/* A VMM's write is the state, not what to add to it: 5 goes */
	vmm_write(t, last, GICR_ISPENDR0, BIT(3) | BIT(8) | BIT(15));
	KUNIT_EXPECT_EQ(test, BIT(3) | BIT(8) | BIT(15), vsgis(t, last, true));
	KUNIT_EXPECT_EQ(test, BIT(3) | BIT(8) | BIT(15),
			vmm_read(t, last, GICR_ISPENDR0) & ALL_SGIS);
	vlpi_expect_acks(t, last, three, ARRAY_SIZE(three));
	KUNIT_EXPECT_EQ(test, 0, vmm_read(t, last, GICR_ISPENDR0) & ALL_SGIS);
}

/* GICR_VSGIPENDR.Busy: no answer yet */
static void slow_redistributor_is_waited_for(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	unsigned int i;

	vgic_guest_send_sgi(vcpu, vcpu, 0);
	vgic_guest_send_sgi(vcpu, vcpu, 13);
	for (i = 1; i < 4; i++) {
		gicv4_fault_busy(vlpi_cpu(t, 0), i);
		KUNIT_EXPECT_EQ(test, BIT(0) | BIT(13),
				vgic_guest_sgi_read(t->vm, vcpu, GICR_ISPENDR0) &
				ALL_SGIS);
	}
	vlpi_expect_acks(t, 0, (u32 []){ 0, 13 }, 2);
}

/* GICD_CTLR.nASSGIreq is for a distributor that is off */
static void kind_of_sgis_is_fixed_while_enabled(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	gpa_t ctlr = VGIC_VM_DIST_BASE + GICD_CTLR;
	u32 was = vgic_guest_mmio_read(t->vm, vcpu, ctlr, 4);

	KUNIT_ASSERT_TRUE(test, was & GICD_CTLR_nASSGIreq);
	vgic_guest_mmio_write(t->vm, vcpu, ctlr, 4, GICD_CTLR_ENABLE_SS_G1);
	KUNIT_EXPECT_EQ(test, was, vgic_guest_mmio_read(t->vm, vcpu, ctlr, 4));
	KUNIT_EXPECT_EQ(test, ALL_SGIS, vsgis(t, 0, false));
	vgic_guest_send_sgi(vcpu, vcpu, 4);
	KUNIT_EXPECT_EQ(test, BIT(4), vsgis(t, 0, true));
	vlpi_expect_acks(t, 0, (u32 []){ 4 }, 1);

	t->vm->active_sgis = true;
	vgic_guest_disable_dist(t->vm);
	vgic_guest_enable_dist(t->vm);
	KUNIT_EXPECT_EQ(test, 0, vsgis(t, 0, false));
	vgic_guest_mmio_write(t->vm, vcpu, ctlr, 4, was);
	KUNIT_EXPECT_EQ(test, 0, vsgis(t, 0, false));
}

/* Also a guest that runs: what it is offered stops, and comes back */
static void running_guest_turns_its_distributor_off(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	struct vlpi v = vlpi_setup_nth(t, 0);
	unsigned int i;

	vgic_guest_enter(vcpu);
	for (i = 0; i < 3; i++) {
		um_vcpu_exit(vcpu);
		vgic_guest_disable_dist(t->vm);
		um_vcpu_enter(vcpu);
		vlpi_device_write(&v);
		vgic_guest_send_sgi(vcpu, vcpu, 2);
		KUNIT_EXPECT_EQ(test, vgic_guest_ack(vcpu), GICV4_INTID_NONE);

		um_vcpu_exit(vcpu);
		vgic_guest_enable_dist(t->vm);
		um_vcpu_enter(vcpu);
		KUNIT_EXPECT_EQ(test, vgic_guest_ack(vcpu), 2);
		KUNIT_EXPECT_EQ(test, vgic_guest_ack(vcpu), v.intid);
		KUNIT_EXPECT_EQ(test, vgic_guest_ack(vcpu), GICV4_INTID_NONE);
	}
	vgic_guest_exit(vcpu);
}

/* A VM on the host that it migrates to: registers first, then it runs */
static void restored_vm_has_vsgis(struct kunit *test)
{
	static const struct vgic_vm_config config = {
		.nr_vcpus	= 2,
		.stage		= VGIC_VM_GIC_READY,
	};
	struct vlpi_test *t = test->priv;
	u64 val = GICD_CTLR_ENABLE_SS_G1 | GICD_CTLR_nASSGIreq;

	t->vm = vgic_vm_create(test, &config);
	vmm_write(t, 1, GICR_ICENABLER0, BIT(6));
	vmm_write(t, 1, GICR_ISPENDR0, BIT(9) | BIT(6));
	KUNIT_EXPECT_EQ(test, 0,
			vgic_vm_attr(t->vm, t->vm->gic, KVM_SET_DEVICE_ATTR,
				     KVM_DEV_ARM_VGIC_GRP_DIST_REGS, GICD_CTLR,
				     &val));
	KUNIT_ASSERT_EQ(test, 0, um_vcpu_first_run(t->vm->vcpu[0]));

	KUNIT_EXPECT_EQ(test, ALL_SGIS, vsgis(t, 0, false));
	KUNIT_EXPECT_EQ(test, ALL_SGIS & ~BIT(6), vsgis(t, 1, false));
	KUNIT_EXPECT_EQ(test, 0, vsgis(t, 0, true));
	KUNIT_EXPECT_EQ(test, BIT(9) | BIT(6), vsgis(t, 1, true));
	KUNIT_EXPECT_EQ(test, BIT(9) | BIT(6),
			vmm_read(t, 1, GICR_ISPENDR0) & ALL_SGIS);
}

static void set_kind_of_sgis(struct vlpi_test *t, bool active_sgis)
{
	t->vm->active_sgis = active_sgis;
	vgic_guest_disable_dist(t->vm);
	vgic_guest_enable_dist(t->vm);
}

/* What the guest sets up and sends meanwhile: all of it, and each once */
static void emulated_sgis_become_vsgis_as_they_are(struct kunit *test)
{
	static const u8 prios[] = { 0x30, 0x60, 0x50, 0x40 };
	static const u32 order[] = { 3, 2, 1 };
	struct vlpi_test *t = test->priv;
	unsigned int last = t->vm->nr_vcpus - 1, i;
	struct kvm_vcpu *vcpu = t->vm->vcpu[last];
	struct gicv4_vsgi vsgi = {};

	set_kind_of_sgis(t, true);
	vgic_guest_sgi_write(t->vm, vcpu, GICR_IPRIORITYR0,
			     get_unaligned_le32(prios));
	vgic_guest_sgi_write(t->vm, vcpu, GICR_IGROUPR0, (u32)~BIT(0));
	vgic_guest_sgi_write(t->vm, vcpu, GICR_ICENABLER0, BIT(0));
	for (i = 0; i < ARRAY_SIZE(order); i++)
		vgic_guest_send_sgi(t->vm->vcpu[0], vcpu, i + 1);

	set_kind_of_sgis(t, false);
	for (i = 0; i < ARRAY_SIZE(prios); i++) {
		KUNIT_EXPECT_TRUE(test, gicv4_get_vsgi(vlpi_vpe(t, last)->vpe_id,
						       i, &vsgi));
		KUNIT_EXPECT_EQ(test, prios[i], vsgi.priority);
		KUNIT_EXPECT_EQ(test, !!i, vsgi.group1);
		KUNIT_EXPECT_EQ(test, !!i, vsgi.enabled);
		KUNIT_EXPECT_EQ(test, !!i, vsgi.pending);
	}
	vlpi_expect_acks(t, last, order, ARRAY_SIZE(order));
	vlpi_expect_nothing_pending(t, last);

	/* Nor does any of it come when they are emulated again */
	set_kind_of_sgis(t, true);
	vlpi_expect_nothing_pending(t, last);
	KUNIT_EXPECT_EQ(test, 0, vmm_read(t, last, GICR_ISPENDR0) & ALL_SGIS);
}

/* They may be tied to a host's interrupt of their own: a timer's are */
static void ppis_are_no_vsgis(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	static const u32 ppis[] = { 16, 17, 31 };
	struct vlpi v = vlpi_nth(t, 0);
	unsigned int i, round;

	for (i = 0; i < ARRAY_SIZE(ppis); i++)
		KUNIT_ASSERT_EQ(test, 0,
				kvm_vgic_map_phys_irq(vcpu, vlpi_host_irq(&v),
						      ppis[i]));
	for (round = 0; round < 4; round++) {
		set_kind_of_sgis(t, !(round & 1));
		for (i = 0; i < ARRAY_SIZE(ppis); i++)
			KUNIT_EXPECT_GE(test, kvm_vgic_get_map(vcpu, ppis[i]), 0);
	}
	for (i = 0; i < ARRAY_SIZE(ppis); i++)
		KUNIT_EXPECT_EQ(test, 0, kvm_vgic_unmap_phys_irq(vcpu, ppis[i]));
}

static void configure_vsgis(struct vlpi_test *t, void *data)
{
	struct vgic_dist *dist = &t->vm->kvm->arch.vgic;

	guard(mutex)(&t->vm->kvm->arch.config_lock);
	dist->nassgireq = !dist->nassgireq;
	vgic_v4_configure_vsgis(t->vm->kvm);
}

/* To emulated ones, and back. The first and the last have to wait as well */
static void kind_of_an_sgi_waits_for_its_lock(struct kunit *test)
{
	static const u32 sgis[] = { 0, 0, 15, 15 };
	struct vlpi_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sgis); i++) {
		struct vgic_irq *irq = vgic_get_vcpu_irq(t->vm->vcpu[0], sgis[i]);

		vlpi_expect_waits(t, &irq->irq_lock, configure_vsgis, NULL);
		vgic_put_irq(t->vm->kvm, irq);
	}
	KUNIT_EXPECT_EQ(test, ALL_SGIS, vsgis(t, 0, false));
}

/* What is so already stays, and is not counted twice */
static void vsgis_are_set_up_once(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int commands;

	vgic_guest_send_sgi(t->vm->vcpu[0], t->vm->vcpu[0], 6);
	commands = gicv4_trace_len();
	scoped_guard(mutex, &t->vm->kvm->arch.config_lock)
		vgic_v4_configure_vsgis(t->vm->kvm);
	KUNIT_EXPECT_EQ(test, commands, gicv4_trace_len());
	KUNIT_EXPECT_EQ(test, ALL_SGIS, vsgis(t, 0, false));
	vlpi_expect_acks(t, 0, (u32 []){ 6 }, 1);
}

/* GICR_VPENDBASER.VGrp0En and VGrp1En: KVM has no use for the first */
static void residency_has_the_groups_asked_for(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct its_vpe *vpe = vlpi_vpe(t, 0);
	struct gicv4_residency res;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		guard(preempt)();
		KUNIT_EXPECT_EQ(test, 0, its_make_vpe_resident(vpe, i & 1, i & 2));
		gicv4_get_residency(smp_processor_id(), &res);
		KUNIT_EXPECT_EQ(test, i & 1, res.grp0);
		KUNIT_EXPECT_EQ(test, !!(i & 2), res.grp1);
		KUNIT_EXPECT_EQ(test, 0, its_make_vpe_non_resident(vpe, false));
	}
}

static struct kunit_case vlpi_vsgi_cases[] = {
	KUNIT_CASE_PARAM(vmm_saves_and_restores_pending_vsgis, vlpi_gen_params),
	KUNIT_CASE(slow_redistributor_is_waited_for),
	KUNIT_CASE(kind_of_sgis_is_fixed_while_enabled),
	KUNIT_CASE(running_guest_turns_its_distributor_off),
	KUNIT_CASE(restored_vm_has_vsgis),
	KUNIT_CASE_PARAM(emulated_sgis_become_vsgis_as_they_are, vlpi_gen_params),
	KUNIT_CASE(ppis_are_no_vsgis),
	KUNIT_CASE(kind_of_an_sgi_waits_for_its_lock),
	KUNIT_CASE(vsgis_are_set_up_once),
	KUNIT_CASE(residency_has_the_groups_asked_for),
	{}
};

static struct kunit_suite vlpi_vsgi_suite = {
	.name		= "vgic_vlpi_vsgi",
	.suite_init	= um_vgic_suite_init_v4_1,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_vsgi_cases,
};

kunit_test_suite(vlpi_vsgi_suite);
um_vgic_machine_suites(vlpi_vsgi_suite);
