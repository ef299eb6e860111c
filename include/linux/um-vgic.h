/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arm64 vGIC host on UML: what a suite sees of it.
 *
 * virt/kvm, arch/arm64/kvm/vgic and the GICv3/GICv4 ITS drivers are the real
 * ones. arch/arm64/kvm/arm.c is not built here, so this header also offers
 * the steps of its vCPU run loop, to be called by a kthread that plays vCPU.
 */
#ifndef __LINUX_UM_VGIC_H
#define __LINUX_UM_VGIC_H

#include <linux/types.h>

struct file;
struct fwnode_handle;
struct gicv4_desc;
struct kvm;
struct kvm_vcpu;

/*
 * The machine. Both may sleep.
 *
 * irq_work_queue() and irq_work_queue_on() run at once on this UML, that is as
 * soon as the CPU has interrupts enabled, and in hard interrupt context. That
 * is how a machine raises an interrupt from within an MMIO access.
 */
int um_vgic_machine(const struct gicv4_desc *desc);
struct fwnode_handle *um_vgic_its_fwnode(unsigned int its);

/* The host goes to sleep, as far as the ITS driver has to know */
int um_vgic_suspend(void);
void um_vgic_resume(void);

/**
 * struct um_its_counts - what of the ITS driver's is in use
 * @devices: devices that have an ITT, the driver's own included
 * @vlpis: their events that are forwarded, as the driver counts them
 * @vpes: vPEIDs
 * @lpis: physical LPIs, doorbells included; free ones come in chunks of 32
 */
struct um_its_counts {
	unsigned int devices;
	unsigned int vlpis;
	unsigned int vpes;
	unsigned int lpis;
};

void um_its_get_counts(struct um_its_counts *c);
void um_gicv4_get_counts(unsigned int *domains, unsigned int *fwnodes);
void um_its_after_waits(unsigned int waits, void (*fn)(void));
void um_its_watch_cleaning(void (*fn)(const void *addr, size_t size));

/**
 * struct um_its_locks - which locks of the ITS driver's own are taken
 * @vmovp: the one that VMOVPs to several ITSs are sent under
 * @proxy: that of the device which stands for doorbells
 * @vlpis: that of the mappings of a device
 * @rdist: that of a redistributor
 */
struct um_its_locks {
	bool vmovp;
	bool proxy;
	bool vlpis;
	bool rdist;
};

void um_its_get_locks(unsigned int irq, int cpu, struct um_its_locks *l);

/**
 * struct um_vcpu_events - what the arch hooks of a vCPU saw
 * @kicks: IPIs that kvm_vcpu_kick() sent to get it out of the guest
 * @loads: kvm_arch_vcpu_load(), by vcpu_load() or by the scheduler
 * @puts: kvm_arch_vcpu_put(), likewise
 * @enters: entries to the guest
 * @exits: exits from the guest
 * @irq_pending_reqs: KVM_REQ_IRQ_PENDING handled before an entry
 * @reload_gicv4_reqs: KVM_REQ_RELOAD_GICv4 handled before an entry
 * @reset_reqs: KVM_REQ_VCPU_RESET handled before an entry
 * @blocks: times it went to wait in kvm_vcpu_halt()
 * @unblocks: times it came back from there
 * @runnable_checks: kvm_arch_vcpu_runnable() calls
 */
struct um_vcpu_events {
	u64 kicks;
	u64 loads;
	u64 puts;
	u64 enters;
	u64 exits;
	u64 irq_pending_reqs;
	u64 reload_gicv4_reqs;
	u64 reset_reqs;
	u64 blocks;
	u64 unblocks;
	u64 runnable_checks;
};

void um_vcpu_get_events(struct kvm_vcpu *vcpu, struct um_vcpu_events *ev);

/* The run loop of arm64's kvm_arch_vcpu_ioctl_run(), step by step */
int um_vcpu_first_run(struct kvm_vcpu *vcpu);
void um_vcpu_load(struct kvm_vcpu *vcpu);
void um_vcpu_put(struct kvm_vcpu *vcpu);
int um_vcpu_enter(struct kvm_vcpu *vcpu);
void um_vcpu_exit(struct kvm_vcpu *vcpu);
void um_vcpu_wfi(struct kvm_vcpu *vcpu);

/* The guest's CPU interface: a list register, ICC_PMR_EL1, ICC_IGRPEN<n>_EL1 */
u32 um_guest_ack_lr(void);
void um_guest_set_priority_mask(u8 pmr);
void um_guest_enable_groups(bool grp0, bool grp1);

/* Files from a kthread */
struct file *um_kvm_open(void);
void um_vgic_flush_files(void);

#endif /* __LINUX_UM_VGIC_H */
