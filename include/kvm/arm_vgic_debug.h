/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM_DEBUG_GIC_MSI_SETUP, the side that the kernel and its tests see.
 */
#ifndef __KVM_ARM_VGIC_DEBUG_H
#define __KVM_ARM_VGIC_DEBUG_H

#include <linux/compiler_types.h>
#include <linux/errno.h>
#include <linux/kvm.h>
#include <linux/kvm_debug_gic_msi.h>
#include <linux/types.h>

struct kvm;

/* Where the doorbell is expected if the VM does not have exactly one ITS */
#define KVM_DEBUG_GIC_MSI_ITS_BASE	0x08000000ULL

/* The host_irq values that the ioctl takes: what the GIC calls SPIs */
#define KVM_DEBUG_GIC_MSI_MIN_IRQ	32
#define KVM_DEBUG_GIC_MSI_MAX_IRQ	1019

#ifdef CONFIG_KVM_ARM_DEBUG_GIC_MSI

/* Module parameter kvm-arm.debug_gic_msi_any_irq; suites may set it. */
extern bool kvm_debug_gic_msi_any_irq;

int debug_gic_msi_setup_mock_msi(struct kvm *kvm,
				 const struct kvm_debug_gic_msi_setup *params);
long kvm_vm_ioctl_debug_gic_msi_setup(struct kvm *kvm, void __user *argp);

#else

/* What kvm_arch_vm_ioctl() answers to an ioctl that it does not know */
static inline long kvm_vm_ioctl_debug_gic_msi_setup(struct kvm *kvm,
						    void __user *argp)
{
	return -EINVAL;
}

#endif

#endif /* __KVM_ARM_VGIC_DEBUG_H */
