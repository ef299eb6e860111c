/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * KVM_DEBUG_GIC_MSI_SETUP: turn one MSI of a VM into a directly injected vLPI.
 *
 * Include <linux/kvm.h> first: it has KVMIO. See Documentation/ioctl.md.
 */
#ifndef _UAPI_LINUX_KVM_DEBUG_GIC_MSI_H
#define _UAPI_LINUX_KVM_DEBUG_GIC_MSI_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct kvm_debug_gic_msi_setup - one MSI of a VM and what it becomes
 * @device_id: DeviceID that the VM's ITS knows the device by
 * @event_id:  EventID of the MSI, in the device's event space
 * @vcpu_id:   target vCPU, by its id (not by its index)
 * @vintid:    LPI that the guest takes, 8192 to 65535
 * @host_irq:  Linux irq number of the host's ITS-backed MSI, 32 to 1019
 * @pad:       must be zero
 * @itt_addr:  guest physical address of the device's ITT, aligned to 256
 *             bytes; used only if @device_id is not mapped yet
 */
struct kvm_debug_gic_msi_setup {
	__u32 device_id;
	__u32 event_id;
	__u32 vcpu_id;
	__u32 vintid;
	__u32 host_irq;
	__u32 pad;
	__u64 itt_addr;
};

/* VM ioctl */
#define KVM_DEBUG_GIC_MSI_SETUP	_IOW(KVMIO, 0xf3, struct kvm_debug_gic_msi_setup)

#endif /* _UAPI_LINUX_KVM_DEBUG_GIC_MSI_H */
