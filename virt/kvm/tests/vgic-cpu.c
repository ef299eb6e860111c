// SPDX-License-Identifier: GPL-2.0
/*
 * The CPUs of a guest that the test plays, above the software GICv4 machine.
 * A guest on arm64 has instructions: arch/arm64/kvm/vgic/tests/gic-vcpu.c.
 */
#include <linux/irqchip/gicv4-model.h>
#include <linux/kvm_host.h>
#include <linux/um-vgic.h>

#include <kvm/arm_vgic.h>
#include <kvm/vgic_fixture.h>

/**
 * vgic_guest_enter() - load a vCPU and enter its guest
 * @vcpu: a vCPU that nobody has loaded
 *
 * Context: a thread with the VMM's address space, which plays the vCPU until
 * vgic_guest_exit(); may sleep.
 */
void vgic_guest_enter(struct kvm_vcpu *vcpu)
{
	um_vcpu_load(vcpu);
	um_vcpu_enter(vcpu);
}

/**
 * vgic_guest_exit() - leave the guest and put its vCPU
 * @vcpu: the vCPU that this thread entered
 *
 * Context: the thread of vgic_guest_enter(); may sleep.
 */
void vgic_guest_exit(struct kvm_vcpu *vcpu)
{
	um_vcpu_exit(vcpu);
	um_vcpu_put(vcpu);
}

/**
 * vgic_guest_ack() - the guest acknowledges a directly injected interrupt
 * @vcpu: the vCPU that this thread entered
 *
 * Context: between vgic_guest_enter() and vgic_guest_exit().
 * Return: the vLPI, or GICV4_INTID_NONE.
 */
u32 vgic_guest_ack(struct kvm_vcpu *vcpu)
{
	u32 intid;

	preempt_disable();
	intid = gicv4_vcpu_ack(smp_processor_id());
	preempt_enable();

	return intid;
}

/**
 * vgic_guest_in_lr() - is an interrupt injected by software?
 * @vcpu: a vCPU that has entered the guest
 * @intid: INTID
 *
 * Return: whether a list register offers @intid to the guest.
 */
bool vgic_guest_in_lr(struct kvm_vcpu *vcpu, u32 intid)
{
	struct vgic_v3_cpu_if *cpu_if = &vcpu->arch.vgic_cpu.vgic_v3;
	unsigned int i;

	for (i = 0; i < cpu_if->used_lrs; i++)
		if ((u32)cpu_if->vgic_lr[i] == intid)
			return true;

	return false;
}
