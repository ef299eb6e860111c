/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM for KUnit: built through KVM's ioctls, with a guest that is played by
 * the test.
 *
 * Everything here is released when the test ends. A function that cannot do
 * its work fails the test by an assertion, so tests need not check.
 */
#ifndef __KVM_VGIC_FIXTURE_H
#define __KVM_VGIC_FIXTURE_H

#include <linux/kvm_types.h>
#include <linux/types.h>

struct file;
struct its_mock_msi;
struct kunit;
struct kvm;
struct kvm_vcpu;
struct mm_struct;
struct seq_buf;

#define VGIC_VM_MAX_VCPUS	8

/* Guest physical addresses */
#define VGIC_VM_ITS_BASE	0x08000000
#define VGIC_VM_DOORBELL	(VGIC_VM_ITS_BASE + 0x10040)
#define VGIC_VM_DIST_BASE	0x09000000
#define VGIC_VM_REDIST_BASE	0x0a000000
#define VGIC_VM_RAM_BASE	0x40000000
#define VGIC_VM_RAM_SIZE	0x00150000

/* What the guest puts where in its RAM */
#define VGIC_VM_CMD_QUEUE	(VGIC_VM_RAM_BASE + 0x00000)
#define VGIC_VM_DEVICE_TABLE	(VGIC_VM_RAM_BASE + 0x10000)
#define VGIC_VM_COLL_TABLE	(VGIC_VM_RAM_BASE + 0x20000)
#define VGIC_VM_PROP_TABLE	(VGIC_VM_RAM_BASE + 0x30000)
#define VGIC_VM_PEND_TABLES	(VGIC_VM_RAM_BASE + 0x40000)
#define VGIC_VM_ITTS		(VGIC_VM_RAM_BASE + 0xc0000)

/* ICC_PMR_EL1 of a guest: five bits of priority, all but the lowest pass */
#define VGIC_GUEST_PMR		0xf8

/* An address in guest physical space that no memslot covers */
#define VGIC_VM_NO_RAM		0x50000000

/**
 * enum vgic_vm_order - when the ITS device is created
 * @VGIC_VM_ITS_FIRST: before the vGIC is initialized, as QEMU does
 * @VGIC_VM_ITS_LAST: after it
 */
enum vgic_vm_order {
	VGIC_VM_ITS_FIRST,
	VGIC_VM_ITS_LAST,
};

/**
 * enum vgic_vm_stage - how far a VM is built
 * @VGIC_VM_COMPLETE: its first vCPU is ready to run
 * @VGIC_VM_BARE: guest RAM and vCPUs, no vGIC
 * @VGIC_VM_GIC_CREATED: the vGIC device, and the ITS device if it comes first,
 *                       have their addresses, and are not initialized
 * @VGIC_VM_GIC_READY: the vGIC is initialized, no vCPU has run
 */
enum vgic_vm_stage {
	VGIC_VM_COMPLETE,
	VGIC_VM_BARE,
	VGIC_VM_GIC_CREATED,
	VGIC_VM_GIC_READY,
};

/**
 * struct vgic_vm_config - what VM to build
 * @nr_vcpus: 1 to VGIC_VM_MAX_VCPUS
 * @vcpu_ids: ids in order of creation, or NULL for 0, 1, 2...
 * @order: when the ITS device is created
 * @no_its: leave the ITS out
 * @its_base: guest address of the ITS, 0 for VGIC_VM_ITS_BASE
 * @no_guest: the guest has not programmed its GIC yet: no tables, nothing
 *            enabled
 * @active_sgis: the guest wants SGIs with an active state, so that a GICv4.1
 *               does not inject them
 * @stage: where to stop; there is no guest before VGIC_VM_COMPLETE
 */
struct vgic_vm_config {
	unsigned int		nr_vcpus;
	const u32		*vcpu_ids;
	enum vgic_vm_order	order;
	bool			no_its;
	gpa_t			its_base;
	bool			no_guest;
	bool			active_sgis;
	enum vgic_vm_stage	stage;
};

/**
 * struct vgic_vm - a VM under test
 * @test: the test that it lives in
 * @mm: the user address space that plays the VMM's
 * @kvm: the VM
 * @vcpu: vCPUs in order of creation
 * @nr_vcpus: how many
 * @active_sgis: as in struct vgic_vm_config
 * @its_base: guest address of the ITS
 * @file: the VM's file
 * @gic: the vGIC device's file
 * @its: the ITS device's file, or NULL
 * @vcpu_file: the vCPUs' files
 * @uram: guest RAM in @mm
 * @uargs: a page of @mm for ioctl arguments
 * @next_itt: first guest address not used by an ITT
 * @cwriter: where the guest puts its next ITS command
 */
struct vgic_vm {
	struct kunit		*test;
	struct mm_struct	*mm;
	struct kvm		*kvm;
	struct kvm_vcpu		*vcpu[VGIC_VM_MAX_VCPUS];
	unsigned int		nr_vcpus;
	bool			active_sgis;
	gpa_t			its_base;
	struct file		*file;
	struct file		*gic;
	struct file		*its;
	struct file		*vcpu_file[VGIC_VM_MAX_VCPUS];
	unsigned long		uram;
	unsigned long		uargs;
	gpa_t			next_itt;
	u32			cwriter;
};

/* The VMM */
struct vgic_vm *vgic_vm_create(struct kunit *test,
			       const struct vgic_vm_config *config);
void vgic_vm_destroy(struct vgic_vm *vm);
struct file *vgic_vm_add_its(struct vgic_vm *vm, gpa_t base);
long vgic_vm_ioctl(struct vgic_vm *vm, unsigned int cmd, const void *arg,
		   size_t size);
long vgic_vm_ioctl_raw(struct vgic_vm *vm, unsigned int cmd, unsigned long arg);
int vgic_vm_signal_msi(struct vgic_vm *vm, u32 devid, u32 eventid);
int vgic_vm_its_ctrl(struct vgic_vm *vm, u64 attr);
int vgic_vm_gic_ctrl(struct vgic_vm *vm, u64 attr);
long vgic_vm_set_attr(struct vgic_vm *vm, struct file *file, u32 group, u64 attr,
		      u64 val);
int vgic_vm_attr(struct vgic_vm *vm, struct file *file, unsigned int cmd,
		 u32 group, u64 attr, u64 *val);
int vgic_vm_set_rdist_reg(struct vgic_vm *vm, struct kvm_vcpu *vcpu,
			  unsigned int reg, u32 val);

/* The guest's memory and registers */
void vgic_guest_write(struct vgic_vm *vm, gpa_t gpa, const void *data,
		      size_t size);
void vgic_guest_read(struct vgic_vm *vm, gpa_t gpa, void *data, size_t size);
void vgic_guest_mmio_write(struct vgic_vm *vm, struct kvm_vcpu *vcpu, gpa_t gpa,
			   unsigned int len, u64 val);
u64 vgic_guest_mmio_read(struct vgic_vm *vm, struct kvm_vcpu *vcpu, gpa_t gpa,
			 unsigned int len);

/* The guest's GIC driver */
void vgic_guest_setup(struct vgic_vm *vm);
void vgic_guest_enable_dist(struct vgic_vm *vm);
void vgic_guest_disable_dist(struct vgic_vm *vm);
void vgic_guest_enable_lpis(struct vgic_vm *vm, struct kvm_vcpu *vcpu);
void vgic_guest_disable_lpis(struct vgic_vm *vm, struct kvm_vcpu *vcpu);
void vgic_guest_disable_its(struct vgic_vm *vm);
void vgic_guest_set_pending(struct vgic_vm *vm, struct kvm_vcpu *vcpu,
			    u32 intid);
bool vgic_guest_get_pending(struct vgic_vm *vm, struct kvm_vcpu *vcpu,
			    u32 intid);
void vgic_guest_set_lpi(struct vgic_vm *vm, u32 intid, u8 priority,
			bool enabled);
void vgic_guest_command(struct vgic_vm *vm, u64 dw0, u64 dw1, u64 dw2, u64 dw3);
gpa_t vgic_guest_alloc_itt(struct vgic_vm *vm, unsigned int event_bits);
void vgic_guest_mapd(struct vgic_vm *vm, u32 devid, gpa_t itt,
		     unsigned int event_bits);
void vgic_guest_unmapd(struct vgic_vm *vm, u32 devid);
void vgic_guest_mapc(struct vgic_vm *vm, u16 icid, u32 vcpu_id);
void vgic_guest_unmapc(struct vgic_vm *vm, u16 icid);
void vgic_guest_mapti(struct vgic_vm *vm, u32 devid, u32 eventid, u32 intid,
		      u16 icid);
void vgic_guest_movi(struct vgic_vm *vm, u32 devid, u32 eventid, u16 icid);
void vgic_guest_movall(struct vgic_vm *vm, u32 from_vcpu_id, u32 to_vcpu_id);
void vgic_guest_discard(struct vgic_vm *vm, u32 devid, u32 eventid);
void vgic_guest_int(struct vgic_vm *vm, u32 devid, u32 eventid);
void vgic_guest_clear(struct vgic_vm *vm, u32 devid, u32 eventid);
void vgic_guest_inv(struct vgic_vm *vm, u32 devid, u32 eventid);
void vgic_guest_invall(struct vgic_vm *vm, u16 icid);

/* SGIs: the registers of the SGI frame, and ICC_SGI1R_EL1 */
void vgic_guest_sgi_write(struct vgic_vm *vm, struct kvm_vcpu *vcpu,
			  unsigned int reg, u32 val);
u32 vgic_guest_sgi_read(struct vgic_vm *vm, struct kvm_vcpu *vcpu,
			unsigned int reg);
void vgic_guest_send_sgi(struct kvm_vcpu *from, struct kvm_vcpu *to,
			 unsigned int sgi);
void vgic_guest_send_sgi_to_others(struct kvm_vcpu *from, unsigned int sgi);

/* What the guest's CPUs execute, if they do */
#ifdef CONFIG_ARM64
void vgic_vm_add_code(struct vgic_vm *vm);
#else
static inline void vgic_vm_add_code(struct vgic_vm *vm)
{
}
#endif

/* The guest's CPUs; between load and put the caller plays @vcpu */
void vgic_guest_enter(struct kvm_vcpu *vcpu);
void vgic_guest_exit(struct kvm_vcpu *vcpu);
u32 vgic_guest_ack(struct kvm_vcpu *vcpu);
bool vgic_guest_in_lr(struct kvm_vcpu *vcpu, u32 intid);

/* Threads of the VMM */
typedef int (*vgic_vm_fn)(struct vgic_vm *vm, void *data);
struct vgic_vm_thread *vgic_vm_start_on(struct vgic_vm *vm, unsigned int cpu,
					vgic_vm_fn fn, void *data);
int vgic_vm_join(struct vgic_vm_thread *thread);
int vgic_vm_run_on(struct vgic_vm *vm, unsigned int cpu, vgic_vm_fn fn,
		   void *data);

/* A device without hardware whose MSIs can be forwarded */
struct its_mock_msi *vgic_vm_mock_device(struct kunit *test, u32 devid,
					 unsigned int nr_events);
struct its_mock_msi *vgic_vm_mock_device_on(struct kunit *test,
					    unsigned int its, u32 devid,
					    unsigned int nr_events);
void vgic_vm_mock_device_destroy(struct kunit *test, struct its_mock_msi *mock);

/* Let the n-th allocation of the calling thread fail */
void vgic_alloc_fault_init(struct kunit *test);
void vgic_alloc_fault_arm(unsigned int nth);
bool vgic_alloc_fault_disarm(void);
bool vgic_alloc_fault_verbose(void);

/*
 * The state of the VM, of its vGIC, of the machine and of the host's
 * interrupts, as text. Two dumps are equal if nothing observable changed.
 */
char *vgic_vm_snapshot(struct vgic_vm *vm);
void vgic_vm_expect_same(struct kunit *test, const char *before,
			 const char *after);

#endif /* __KVM_VGIC_FIXTURE_H */
