// SPDX-License-Identifier: GPL-2.0
/*
 * VMs of the UML host: what arch/arm64/kvm/arm.c does for a VM.
 */
#include <linux/kvm_host.h>
#include <linux/irqchip/arm-vgic-info.h>
#include <kvm/arm_vgic.h>
#include <kvm/arm_vgic_debug.h>
#include <asm/kvm_emulate.h>

#include "vgic.h"
#include "host.h"

DEFINE_PER_CPU(struct kvm_host_data, kvm_host_data);

const struct kvm_stats_desc kvm_vm_stats_desc[] = {
	KVM_GENERIC_VM_STATS()
};

const struct kvm_stats_header kvm_vm_stats_header = {
	.name_size	= KVM_STATS_NAME_SIZE,
	.num_desc	= ARRAY_SIZE(kvm_vm_stats_desc),
	.id_offset	= sizeof(kvm_vm_stats_header),
	.desc_offset	= sizeof(kvm_vm_stats_header) + KVM_STATS_NAME_SIZE,
	.data_offset	= sizeof(kvm_vm_stats_header) + KVM_STATS_NAME_SIZE +
			  sizeof(kvm_vm_stats_desc),
};

/* kvm-arm.mode= is not on offer: neither nested nor protected guests */
enum kvm_mode kvm_get_mode(void)
{
	return KVM_MODE_DEFAULT;
}

/* Hypervisor code is there from the start, on each CPU */
int kvm_arch_enable_virtualization_cpu(void)
{
	return 0;
}

void kvm_arch_disable_virtualization_cpu(void)
{
}

long kvm_arch_dev_ioctl(struct file *filp, unsigned int ioctl,
			unsigned long arg)
{
	return -EINVAL;
}

/* With VHE a VM need not be physically contiguous */
struct kvm *kvm_arch_alloc_vm(void)
{
	return kvzalloc_obj(struct kvm, GFP_KERNEL_ACCOUNT);
}

int kvm_arch_init_vm(struct kvm *kvm, unsigned long type)
{
	/* Neither a protected VM nor an IPA space of another size */
	if (type)
		return -EINVAL;

	mutex_init(&kvm->arch.config_lock);

#ifdef CONFIG_LOCKDEP
	/* As on arm64: config_lock nests in kvm->lock */
	mutex_lock(&kvm->lock);
	mutex_lock(&kvm->arch.config_lock);
	mutex_unlock(&kvm->arch.config_lock);
	mutex_unlock(&kvm->lock);
#endif

	kvm_vgic_early_init(kvm);
	kvm->max_vcpus = kvm_vgic_get_max_vcpus();
	bitmap_zero(kvm->arch.vcpu_features, KVM_VCPU_MAX_FEATURES);

	return 0;
}

/*
 * Only for speed: each change of the VM's I/O bus left a callback behind that
 * waits for a grace period of some jiffies, and kvm_destroy_vm() for them all.
 * The grace period's next step is due by a timer: take it now.
 */
void kvm_arch_pre_destroy_vm(struct kvm *kvm)
{
#ifdef CONFIG_TREE_SRCU
	flush_delayed_work(&kvm->srcu.srcu_sup->work);
#endif
	synchronize_srcu_expedited(&kvm->srcu);
}

/* The vGIC goes before the vCPUs: it still looks at them */
void kvm_arch_destroy_vm(struct kvm *kvm)
{
	kvm_vgic_destroy(kvm);
	kvm_destroy_vcpus(kvm);
}

int kvm_vm_ioctl_check_extension(struct kvm *kvm, long ext)
{
	switch (ext) {
	case KVM_CAP_IRQCHIP:
	case KVM_CAP_IOEVENTFD:
	case KVM_CAP_USER_MEMORY:
	case KVM_CAP_DESTROY_MEMORY_REGION_WORKS:
	case KVM_CAP_READONLY_MEM:
	case KVM_CAP_MP_STATE:
	case KVM_CAP_IMMEDIATE_EXIT:
	case KVM_CAP_ARM_IRQ_LINE_LAYOUT_2:
	case KVM_CAP_IRQFD_RESAMPLE:
	case KVM_CAP_ARM_SET_DEVICE_ADDR:
		return 1;
	case KVM_CAP_NR_VCPUS:
		return min_t(unsigned int, num_online_cpus(),
			     kvm_vgic_get_max_vcpus());
	case KVM_CAP_MAX_VCPUS:
	case KVM_CAP_MAX_VCPU_ID:
		return kvm ? kvm->max_vcpus : kvm_vgic_get_max_vcpus();
	case KVM_CAP_MSI_DEVID:
		return kvm ? kvm->arch.vgic.msis_require_devid : -EINVAL;
	default:
		return 0;
	}
}

int kvm_vm_ioctl_enable_cap(struct kvm *kvm, struct kvm_enable_cap *cap)
{
	return -EINVAL;
}

/* KVM_ARM_SET_DEVICE_ADDR: a legacy of GICv2 */
static int set_device_addr(struct kvm *kvm, void __user *argp)
{
	struct kvm_arm_device_addr addr;

	if (copy_from_user(&addr, argp, sizeof(addr)))
		return -EFAULT;

	if (FIELD_GET(KVM_ARM_DEVICE_ID_MASK, addr.id) != KVM_ARM_DEVICE_VGIC_V2)
		return -ENODEV;

	return kvm_set_legacy_vgic_v2_addr(kvm, &addr);
}

static int preferred_target(void __user *argp)
{
	struct kvm_vcpu_init init = {
		.target = KVM_ARM_TARGET_GENERIC_V8,
	};

	return copy_to_user(argp, &init, sizeof(init)) ? -EFAULT : 0;
}

int kvm_arch_vm_ioctl(struct file *filp, unsigned int ioctl, unsigned long arg)
{
	void __user *argp = (void __user *)arg;
	struct kvm *kvm = filp->private_data;

	switch (ioctl) {
	case KVM_CREATE_IRQCHIP: {
		guard(mutex)(&kvm->lock);
		return kvm_vgic_create(kvm, KVM_DEV_TYPE_ARM_VGIC_V2);
	}
	case KVM_ARM_SET_DEVICE_ADDR:
		return set_device_addr(kvm, argp);
	case KVM_ARM_PREFERRED_TARGET:
		return preferred_target(argp);
	case KVM_DEBUG_GIC_MSI_SETUP:
		return kvm_vm_ioctl_debug_gic_msi_setup(kvm, argp);
	default:
		return -EINVAL;
	}
}

/* KVM_IRQ_LINE, for the interrupts of an in-kernel GIC */
int kvm_vm_ioctl_irq_line(struct kvm *kvm, struct kvm_irq_level *irq_level,
			  bool line_status)
{
	u32 irq = irq_level->irq;
	unsigned int type = (irq >> KVM_ARM_IRQ_TYPE_SHIFT) & KVM_ARM_IRQ_TYPE_MASK;
	unsigned int num = (irq >> KVM_ARM_IRQ_NUM_SHIFT) & KVM_ARM_IRQ_NUM_MASK;
	struct kvm_vcpu *vcpu = NULL;
	unsigned int id;
	int ret;

	if (type != KVM_ARM_IRQ_TYPE_PPI && type != KVM_ARM_IRQ_TYPE_SPI)
		return -EINVAL;

	if (!irqchip_in_kernel(kvm))
		return -ENXIO;

	ret = vgic_lazy_init(kvm);
	if (ret)
		return ret;

	if (type == KVM_ARM_IRQ_TYPE_PPI) {
		id = (irq >> KVM_ARM_IRQ_VCPU_SHIFT) & KVM_ARM_IRQ_VCPU_MASK;
		id += ((irq >> KVM_ARM_IRQ_VCPU2_SHIFT) & KVM_ARM_IRQ_VCPU2_MASK) *
		      (KVM_ARM_IRQ_VCPU_MASK + 1);
		vcpu = kvm_get_vcpu_by_id(kvm, id);
		if (!vcpu || num < VGIC_NR_SGIS || num >= VGIC_NR_PRIVATE_IRQS)
			return -EINVAL;
	} else if (num < VGIC_NR_PRIVATE_IRQS) {
		return -EINVAL;
	}

	return kvm_vgic_inject_irq(kvm, vcpu, num, irq_level->level, NULL);
}

bool kvm_arch_irqchip_in_kernel(struct kvm *kvm)
{
	return irqchip_in_kernel(kvm);
}

bool kvm_arch_intc_initialized(struct kvm *kvm)
{
	return vgic_initialized(kvm);
}

/* A guest writes to ICC_SGI1R_EL1 with an MPIDR; arm64 also has a table */
struct kvm_vcpu *kvm_mpidr_to_vcpu(struct kvm *kvm, unsigned long mpidr)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, kvm) {
		if ((mpidr & MPIDR_HWID_BITMASK) == kvm_vcpu_get_mpidr_aff(vcpu))
			return vcpu;
	}

	return NULL;
}

/* Stop all vCPUs while the vGIC changes what they look at */
void kvm_arm_halt_guest(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, kvm)
		atomic_inc(&vcpu->arch.pause);

	kvm_make_all_cpus_request(kvm, KVM_REQ_SLEEP);
}

void kvm_arm_resume_guest(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, kvm) {
		if (atomic_dec_and_test(&vcpu->arch.pause))
			__kvm_vcpu_wake_up(vcpu);
	}
}

/**
 * um_kvm_set_gicv4 - whether VMs use direct injection on this machine
 * @v4: GICv4.0 or later
 * @v4_1: GICv4.1
 *
 * On arm64 vgic_v3_probe() decides this once, from kvm-arm.vgic_v4_enable=
 * and the machine. Here machines come and go, and it is always enabled.
 *
 * Context: no VM exists.
 */
void um_kvm_set_gicv4(bool v4, bool v4_1)
{
	kvm_vgic_global_state.has_gicv4 = v4;
	kvm_vgic_global_state.has_gicv4_1 = v4 && v4_1;
}

/**
 * um_kvm_init - start KVM, as kvm_arm_init() does
 *
 * There is no maintenance interrupt: LRs are looked at on each exit. Whether
 * GICv4 is there is up to um_kvm_set_gicv4().
 *
 * Return: 0, or the error of the vGIC's probe or of kvm_init()
 */
int __init um_kvm_init(void)
{
	struct gic_kvm_info info = {
		.type			= GIC_V3,
		.no_maint_irq_mask	= true,
	};
	int ret;

	um_sysreg_init();
	vgic_set_kvm_info(&info);

	ret = kvm_vgic_hyp_init();
	if (ret)
		return ret;

	return kvm_init(sizeof(struct kvm_vcpu), 0, THIS_MODULE);
}
