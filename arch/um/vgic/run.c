// SPDX-License-Identifier: GPL-2.0
/*
 * The vCPU run loop of arch/arm64/kvm/arm.c, in steps.
 *
 * On arm64 KVM_RUN loads the vCPU, handles requests, enters the guest, comes
 * back for an interrupt or a trap, and so on until user space is wanted. Here
 * the thread that plays vCPU makes each step with a call of its own:
 *
 *	um_vcpu_load()		vcpu_load()
 *	um_vcpu_enter()		check_vcpu_requests() ... __kvm_vcpu_run()
 *		the guest: reads ICC_IAR1_EL1, lets a device write its MSI
 *	um_vcpu_exit()		... local_irq_enable(), handle_exit()
 *	um_vcpu_wfi()		kvm_vcpu_wfi(), for an exit by WFI
 *	um_vcpu_put()		vcpu_put()
 */
#include <linux/kvm_host.h>
#include <linux/sched/signal.h>
#include <asm/kvm_emulate.h>

#include "vgic.h"
#include "events.h"
#include "host.h"
#include "vcpu.h"

/* KVM_RUN by a thread that did not run this vCPU before */
int kvm_arch_vcpu_run_pid_change(struct kvm_vcpu *vcpu)
{
	struct kvm *kvm = vcpu->kvm;
	int ret;

	if (!kvm_vcpu_initialized(vcpu))
		return -ENOEXEC;

	if (vcpu_has_run_once(vcpu))
		return 0;

	/* Until now the vGIC's frames had no place in the guest's memory map */
	if (irqchip_in_kernel(kvm)) {
		ret = kvm_vgic_map_resources(kvm);
		if (ret)
			return ret;
	}

	guard(mutex)(&kvm->arch.config_lock);
	set_bit(KVM_ARCH_FLAG_HAS_RAN_ONCE, &kvm->arch.flags);

	return 0;
}

/* KVM_RUN itself: the guest has no instructions that could be executed */
int kvm_arch_vcpu_ioctl_run(struct kvm_vcpu *vcpu)
{
	return -EOPNOTSUPP;
}

/**
 * um_vcpu_first_run - make the calling thread the one that runs a vCPU
 * @vcpu: the vCPU
 *
 * The first time it also makes the vGIC ready for guests, which can fail; in
 * that case arm64's KVM_RUN fails. Later calls by the same thread do nothing.
 *
 * Context: may sleep; the vCPU is not loaded.
 * Return: 0; -ENOEXEC before KVM_ARM_VCPU_INIT; or an error of the vGIC, when
 * it is not set up completely
 */
int um_vcpu_first_run(struct kvm_vcpu *vcpu)
{
	struct pid *oldpid = vcpu->pid;
	struct pid *newpid;
	int ret;

	if (oldpid == task_pid(current))
		return 0;

	ret = kvm_arch_vcpu_run_pid_change(vcpu);
	if (ret)
		return ret;

	newpid = get_task_pid(current, PIDTYPE_PID);
	scoped_guard(write_lock, &vcpu->pid_lock)
		vcpu->pid = newpid;
	put_pid(oldpid);

	return 0;
}
EXPORT_SYMBOL_GPL(um_vcpu_first_run);

/**
 * um_vcpu_load - vcpu_load(): the calling thread begins to run a vCPU
 * @vcpu: the vCPU
 *
 * From here to um_vcpu_put() the vCPU follows its thread: a preempt notifier
 * puts and loads it whenever the scheduler switches the thread, and the vPE is
 * resident as long as it is loaded.
 *
 * Context: may sleep.
 */
void um_vcpu_load(struct kvm_vcpu *vcpu)
{
	WARN_ON(um_vcpu_first_run(vcpu));
	vcpu_load(vcpu);
}
EXPORT_SYMBOL_GPL(um_vcpu_load);

/**
 * um_vcpu_put - vcpu_put(): the calling thread is done with a vCPU
 * @vcpu: the vCPU, loaded by this thread
 *
 * Context: may sleep.
 */
void um_vcpu_put(struct kvm_vcpu *vcpu)
{
	vcpu_put(vcpu);
}
EXPORT_SYMBOL_GPL(um_vcpu_put);

/* KVM_REQ_SLEEP: powered off, or halted while the vGIC is reconfigured */
static void sleep_until_runnable(struct kvm_vcpu *vcpu)
{
	struct rcuwait *wait = kvm_arch_vcpu_get_wait(vcpu);

	rcuwait_wait_event(wait, um_vcpu_can_run(vcpu), TASK_INTERRUPTIBLE);

	/* A signal came first: sleep again next time */
	if (!um_vcpu_can_run(vcpu))
		kvm_make_request(KVM_REQ_SLEEP, vcpu);
}

/* check_vcpu_requests(), for the requests that exist without timer and PMU */
static int handle_requests(struct kvm_vcpu *vcpu)
{
	if (!kvm_request_pending(vcpu))
		return 0;

	if (kvm_test_request(KVM_REQ_VM_DEAD, vcpu))
		return -EIO;

	if (kvm_check_request(KVM_REQ_SLEEP, vcpu))
		sleep_until_runnable(vcpu);

	if (kvm_check_request(KVM_REQ_VCPU_RESET, vcpu)) {
		um_vcpu_event(vcpu, reset_reqs);
		um_vcpu_reset(vcpu);
	}

	/* It only had to get the vCPU out of the guest, or out of its sleep */
	if (kvm_check_request(KVM_REQ_IRQ_PENDING, vcpu))
		um_vcpu_event(vcpu, irq_pending_reqs);

	if (kvm_check_request(KVM_REQ_VGIC_PROCESS_UPDATE, vcpu))
		kvm_vgic_process_async_update(vcpu);

	/* The guest changed GICD_CTLR: residency carries the group enables */
	if (kvm_check_request(KVM_REQ_RELOAD_GICv4, vcpu)) {
		um_vcpu_event(vcpu, reload_gicv4_reqs);
		guard(preempt)();
		vgic_v4_put(vcpu);
		vgic_v4_load(vcpu);
	}

	return kvm_dirty_ring_check_request(vcpu) ? -EINTR : 0;
}

/* One attempt to enter: false if a request or a signal came in between */
static bool try_enter(struct kvm_vcpu *vcpu)
{
	preempt_disable();
	local_irq_disable();

	/* From here a kick is an IPI; one from before left a request */
	smp_store_mb(vcpu->mode, IN_GUEST_MODE);

	if (kvm_request_pending(vcpu) || signal_pending(current)) {
		/* Orders the requests' effects before the next kick */
		smp_store_release(&vcpu->mode, OUTSIDE_GUEST_MODE);
		local_irq_enable();
		preempt_enable();
		return false;
	}

	/* Fills the list registers, and waits for the vPE to be ready */
	kvm_vgic_flush_hwstate(vcpu);
	um_sysreg_guest_enter();

	/* A guest does not keep interrupts from the host */
	local_irq_enable();

	return true;
}

/**
 * um_vcpu_enter - enter the guest
 * @vcpu: the vCPU, loaded by this thread
 *
 * Requests are handled, pending virtual interrupts are in the list registers
 * and the vPE's vLPIs are at the virtual CPU interface when it returns. The
 * caller then acts for the guest, until um_vcpu_exit().
 *
 * On arm64 a host interrupt makes the guest exit, and is handled once the
 * vGIC's state is saved. Here it is handled at once, inside of the guest.
 *
 * Context: may sleep. Returns with preemption disabled, but not if it fails.
 * Return: 0; -EINTR for a signal; -EIO if the VM is dead
 */
int um_vcpu_enter(struct kvm_vcpu *vcpu)
{
	int ret;

	do {
		ret = signal_pending(current) ? -EINTR : handle_requests(vcpu);
		if (ret)
			return ret;

		cond_resched();
	} while (!try_enter(vcpu));

	um_vcpu_event(vcpu, enters);

	return 0;
}
EXPORT_SYMBOL_GPL(um_vcpu_enter);

/**
 * um_vcpu_exit - exit from the guest
 * @vcpu: the vCPU, in the guest
 *
 * What the guest did with its list registers is taken over by the vGIC.
 *
 * Context: preemption was disabled by um_vcpu_enter(), and is enabled again.
 */
void um_vcpu_exit(struct kvm_vcpu *vcpu)
{
	local_irq_disable();
	vcpu->stat.exits++;
	um_vcpu_event(vcpu, exits);

	um_sysreg_guest_exit();
	kvm_vgic_sync_hwstate(vcpu);
	/* Whoever sees it outside of the guest sees the state saved */
	smp_store_release(&vcpu->mode, OUTSIDE_GUEST_MODE);

	local_irq_enable();
	preempt_enable();
}
EXPORT_SYMBOL_GPL(um_vcpu_exit);

/*
 * kvm_vcpu_wfi(): the vPE is put with a doorbell, so that a vLPI can end the
 * sleep, and the vCPU waits until it is runnable.
 */
void kvm_vcpu_wfi(struct kvm_vcpu *vcpu)
{
	scoped_guard(preempt) {
		vcpu_set_flag(vcpu, IN_WFI);
		kvm_vgic_put(vcpu);
	}

	kvm_vcpu_halt(vcpu);

	scoped_guard(preempt) {
		vcpu_clear_flag(vcpu, IN_WFI);
		kvm_vgic_load(vcpu);
	}
}

/**
 * um_vcpu_wfi - the guest executes WFI, which traps
 * @vcpu: the vCPU, loaded by this thread and not in the guest
 *
 * Context: sleeps until an interrupt is pending for the vCPU, or a signal.
 */
void um_vcpu_wfi(struct kvm_vcpu *vcpu)
{
	vcpu->stat.wfi_exit_stat++;
	kvm_vcpu_wfi(vcpu);
}
EXPORT_SYMBOL_GPL(um_vcpu_wfi);
