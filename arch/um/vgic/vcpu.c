// SPDX-License-Identifier: GPL-2.0
/*
 * vCPUs of the UML host: what arch/arm64/kvm/arm.c and reset.c do for a vCPU
 * that is created, configured, scheduled and kicked.
 */
#include <linux/kvm_host.h>
#include <linux/uaccess.h>
#include <asm/kvm_emulate.h>

#include "vgic.h"
#include "events.h"
#include "vcpu.h"

const struct kvm_stats_desc kvm_vcpu_stats_desc[] = {
	KVM_GENERIC_VCPU_STATS(),
	STATS_DESC_COUNTER(VCPU, hvc_exit_stat),
	STATS_DESC_COUNTER(VCPU, wfe_exit_stat),
	STATS_DESC_COUNTER(VCPU, wfi_exit_stat),
	STATS_DESC_COUNTER(VCPU, mmio_exit_user),
	STATS_DESC_COUNTER(VCPU, mmio_exit_kernel),
	STATS_DESC_COUNTER(VCPU, signal_exits),
	STATS_DESC_COUNTER(VCPU, exits),
};

const struct kvm_stats_header kvm_vcpu_stats_header = {
	.name_size	= KVM_STATS_NAME_SIZE,
	.num_desc	= ARRAY_SIZE(kvm_vcpu_stats_desc),
	.id_offset	= sizeof(kvm_vcpu_stats_header),
	.desc_offset	= sizeof(kvm_vcpu_stats_header) + KVM_STATS_NAME_SIZE,
	.data_offset	= sizeof(kvm_vcpu_stats_header) + KVM_STATS_NAME_SIZE +
			  sizeof(kvm_vcpu_stats_desc),
};

/* The set of vCPUs is fixed when the vGIC is initialized */
int kvm_arch_vcpu_precreate(struct kvm *kvm, unsigned int id)
{
	if (irqchip_in_kernel(kvm) && vgic_initialized(kvm))
		return -EBUSY;

	return id < kvm->max_vcpus ? 0 : -EINVAL;
}

int kvm_arch_vcpu_create(struct kvm_vcpu *vcpu)
{
	int ret;

	spin_lock_init(&vcpu->arch.mp_state_lock);

#ifdef CONFIG_LOCKDEP
	/* As on arm64: config_lock nests in vcpu->mutex */
	mutex_lock(&vcpu->mutex);
	mutex_lock(&vcpu->kvm->arch.config_lock);
	mutex_unlock(&vcpu->kvm->arch.config_lock);
	mutex_unlock(&vcpu->mutex);
#endif

	vcpu_clear_flag(vcpu, VCPU_INITIALIZED);
	atomic_set(&vcpu->arch.pause, 0);

	ret = um_vcpu_events_create(vcpu);
	if (ret)
		return ret;

	ret = kvm_vgic_vcpu_init(vcpu);
	if (ret) {
		kvm_vgic_vcpu_destroy(vcpu);
		um_vcpu_events_destroy(vcpu);
	}

	return ret;
}

void kvm_arch_vcpu_postcreate(struct kvm_vcpu *vcpu)
{
}

void kvm_arch_vcpu_destroy(struct kvm_vcpu *vcpu)
{
	kvm_vgic_vcpu_destroy(vcpu);
	um_vcpu_events_destroy(vcpu);
}

/* kvm_calculate_mpidr(): 16 vCPUs per cluster, as ICC_SGI1R_EL1 can target */
static u64 mpidr_of_id(unsigned int id)
{
	u64 mpidr = BIT(31);	/* RES1 */

	mpidr |= (u64)(id & 0x0f) << MPIDR_LEVEL_SHIFT(0);
	mpidr |= (u64)((id >> 4) & 0xff) << MPIDR_LEVEL_SHIFT(1);
	mpidr |= (u64)((id >> 12) & 0xff) << MPIDR_LEVEL_SHIFT(2);

	return mpidr;
}

/**
 * um_vcpu_reset - kvm_reset_vcpu()
 * @vcpu: the vCPU
 *
 * The state of a loaded vCPU is saved, reset in memory and loaded again.
 */
void um_vcpu_reset(struct kvm_vcpu *vcpu)
{
	bool loaded;

	scoped_guard(spinlock, &vcpu->arch.mp_state_lock)
		vcpu->arch.reset_state.reset = false;

	guard(preempt)();
	loaded = vcpu->cpu != -1;
	if (loaded)
		kvm_arch_vcpu_put(vcpu);

	memset(vcpu_gp_regs(vcpu), 0, sizeof(*vcpu_gp_regs(vcpu)));
	*vcpu_cpsr(vcpu) = PSR_MODE_EL1h | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT | PSR_D_BIT;
	__vcpu_assign_sys_reg(vcpu, MPIDR_EL1, mpidr_of_id(vcpu->vcpu_id));

	if (loaded)
		kvm_arch_vcpu_load(vcpu, smp_processor_id());
}

/* The scheduler or vcpu_load() puts the vCPU on a CPU: its vPE goes along */
void kvm_arch_vcpu_load(struct kvm_vcpu *vcpu, int cpu)
{
	um_vcpu_event(vcpu, loads);
	vcpu->cpu = cpu;
	kvm_vgic_load(vcpu);
	vcpu->arch.pid = pid_nr(vcpu->pid);
}

void kvm_arch_vcpu_put(struct kvm_vcpu *vcpu)
{
	um_vcpu_event(vcpu, puts);
	kvm_vgic_put(vcpu);
	vcpu->cpu = -1;
}

/* kvm_vcpu_kick(): an IPI is needed if the vCPU is in the guest */
int kvm_arch_vcpu_should_kick(struct kvm_vcpu *vcpu)
{
	bool kick = kvm_vcpu_exiting_guest_mode(vcpu) == IN_GUEST_MODE;

	if (kick)
		um_vcpu_event(vcpu, kicks);

	return kick;
}

/**
 * um_vcpu_can_run - vcpu_can_run(): neither powered off nor halted
 * @vcpu: the vCPU
 *
 * Return: true if it may enter the guest
 */
bool um_vcpu_can_run(struct kvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->arch.mp_state.mp_state) != KVM_MP_STATE_STOPPED &&
	       !atomic_read(&vcpu->arch.pause);
}

/* Does a WFI end? A pending vLPI counts as much as one in a list register */
int kvm_arch_vcpu_runnable(struct kvm_vcpu *vcpu)
{
	um_vcpu_event(vcpu, runnable_checks);

	return kvm_vgic_vcpu_pending_irq(vcpu) && um_vcpu_can_run(vcpu);
}

void kvm_arch_vcpu_blocking(struct kvm_vcpu *vcpu)
{
	um_vcpu_event(vcpu, blocks);
}

void kvm_arch_vcpu_unblocking(struct kvm_vcpu *vcpu)
{
	um_vcpu_event(vcpu, unblocks);
}

bool kvm_arch_vcpu_in_kernel(struct kvm_vcpu *vcpu)
{
	return vcpu_mode_priv(vcpu);
}

vm_fault_t kvm_arch_vcpu_fault(struct kvm_vcpu *vcpu, struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

/* KVM_GET_MP_STATE and KVM_SET_MP_STATE */

int kvm_arch_vcpu_ioctl_get_mpstate(struct kvm_vcpu *vcpu,
				    struct kvm_mp_state *mp_state)
{
	*mp_state = READ_ONCE(vcpu->arch.mp_state);

	return 0;
}

static void power_off(struct kvm_vcpu *vcpu)
{
	WRITE_ONCE(vcpu->arch.mp_state.mp_state, KVM_MP_STATE_STOPPED);
	kvm_make_request(KVM_REQ_SLEEP, vcpu);
	kvm_vcpu_kick(vcpu);
}

int kvm_arch_vcpu_ioctl_set_mpstate(struct kvm_vcpu *vcpu,
				    struct kvm_mp_state *mp_state)
{
	guard(spinlock)(&vcpu->arch.mp_state_lock);

	switch (mp_state->mp_state) {
	case KVM_MP_STATE_RUNNABLE:
		WRITE_ONCE(vcpu->arch.mp_state, *mp_state);
		return 0;
	case KVM_MP_STATE_STOPPED:
		power_off(vcpu);
		return 0;
	default:
		return -EINVAL;
	}
}

/* KVM_ARM_VCPU_INIT: without features but the one that lasts for this call */
static int vcpu_init(struct kvm_vcpu *vcpu, void __user *argp)
{
	struct kvm_vcpu_init init;
	bool off;

	if (copy_from_user(&init, argp, sizeof(init)))
		return -EFAULT;

	if (init.target != KVM_ARM_TARGET_GENERIC_V8)
		return -EINVAL;

	off = init.features[0] & BIT(KVM_ARM_VCPU_POWER_OFF);
	init.features[0] &= ~(BIT(KVM_ARM_VCPU_POWER_OFF) |
			      BIT(KVM_ARM_VCPU_PSCI_0_2));
	if (memchr_inv(init.features, 0, sizeof(init.features)))
		return -EINVAL;

	scoped_guard(mutex, &vcpu->kvm->arch.config_lock) {
		um_vcpu_reset(vcpu);
		set_bit(KVM_ARCH_FLAG_VCPU_FEATURES_CONFIGURED,
			&vcpu->kvm->arch.flags);
		vcpu_set_flag(vcpu, VCPU_INITIALIZED);
	}

	vcpu_reset_hcr(vcpu);

	guard(spinlock)(&vcpu->arch.mp_state_lock);
	if (off)
		power_off(vcpu);
	else
		WRITE_ONCE(vcpu->arch.mp_state.mp_state, KVM_MP_STATE_RUNNABLE);

	return 0;
}

long kvm_arch_vcpu_ioctl(struct file *filp, unsigned int ioctl,
			 unsigned long arg)
{
	struct kvm_vcpu *vcpu = filp->private_data;

	switch (ioctl) {
	case KVM_ARM_VCPU_INIT:
		return vcpu_init(vcpu, (void __user *)arg);
	default:
		return -EINVAL;
	}
}

long kvm_arch_vcpu_unlocked_ioctl(struct file *filp, unsigned int ioctl,
				  unsigned long arg)
{
	return -ENOIOCTLCMD;
}

/* Ioctls that arm64 answers in this way too; it has KVM_{GET,SET}_ONE_REG */

int kvm_arch_vcpu_ioctl_get_regs(struct kvm_vcpu *vcpu, struct kvm_regs *regs)
{
	return -EINVAL;
}

int kvm_arch_vcpu_ioctl_set_regs(struct kvm_vcpu *vcpu, struct kvm_regs *regs)
{
	return -EINVAL;
}

int kvm_arch_vcpu_ioctl_get_sregs(struct kvm_vcpu *vcpu,
				  struct kvm_sregs *sregs)
{
	return -EINVAL;
}

int kvm_arch_vcpu_ioctl_set_sregs(struct kvm_vcpu *vcpu,
				  struct kvm_sregs *sregs)
{
	return -EINVAL;
}

int kvm_arch_vcpu_ioctl_get_fpu(struct kvm_vcpu *vcpu, struct kvm_fpu *fpu)
{
	return -EINVAL;
}

int kvm_arch_vcpu_ioctl_set_fpu(struct kvm_vcpu *vcpu, struct kvm_fpu *fpu)
{
	return -EINVAL;
}

int kvm_arch_vcpu_ioctl_translate(struct kvm_vcpu *vcpu,
				  struct kvm_translation *tr)
{
	return -EINVAL;
}

int kvm_arch_vcpu_ioctl_set_guest_debug(struct kvm_vcpu *vcpu,
					struct kvm_guest_debug *dbg)
{
	return -EINVAL;
}
