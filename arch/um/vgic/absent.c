// SPDX-License-Identifier: GPL-2.0
/*
 * Parts of KVM/arm64 that the UML host does without, and what the parts that
 * it has see of them: no stage 2, no timers, no nested guests, no GICv5, no
 * AArch32, no register access by user space.
 */
#include <linux/kvm_host.h>
#include <asm/insn.h>
#include <asm/kvm_emulate.h>
#include <asm/kvm_mmu.h>

#include "vgic.h"

/* mmu.c: a guest's memory is only reached through user space's mapping */

void kvm_arch_flush_shadow_all(struct kvm *kvm)
{
}

void kvm_arch_flush_shadow_memslot(struct kvm *kvm,
				   struct kvm_memory_slot *slot)
{
}

void kvm_arch_free_memslot(struct kvm *kvm, struct kvm_memory_slot *slot)
{
}

void kvm_arch_memslots_updated(struct kvm *kvm, u64 gen)
{
}

int kvm_arch_prepare_memory_region(struct kvm *kvm,
				   const struct kvm_memory_slot *old,
				   struct kvm_memory_slot *new,
				   enum kvm_mr_change change)
{
	return 0;
}

void kvm_arch_commit_memory_region(struct kvm *kvm,
				   struct kvm_memory_slot *old,
				   const struct kvm_memory_slot *new,
				   enum kvm_mr_change change)
{
}

void kvm_arch_sync_dirty_log(struct kvm *kvm, struct kvm_memory_slot *memslot)
{
}

void kvm_arch_mmu_enable_log_dirty_pt_masked(struct kvm *kvm,
					     struct kvm_memory_slot *slot,
					     gfn_t gfn_offset,
					     unsigned long mask)
{
}

int kvm_arch_flush_remote_tlbs(struct kvm *kvm)
{
	return 0;
}

int kvm_arch_flush_remote_tlbs_range(struct kvm *kvm, gfn_t gfn, u64 nr_pages)
{
	return 0;
}

bool kvm_unmap_gfn_range(struct kvm *kvm, struct kvm_gfn_range *range)
{
	return false;
}

bool kvm_age_gfn(struct kvm *kvm, struct kvm_gfn_range *range)
{
	return false;
}

bool kvm_test_age_gfn(struct kvm *kvm, struct kvm_gfn_range *range)
{
	return false;
}

/* GICv2: vgic_v3_probe() finds no GICV, so nothing is ever mapped */

int create_hyp_io_mappings(phys_addr_t phys_addr, size_t size,
			   void __iomem **kaddr, void __iomem **haddr)
{
	return -ENXIO;
}

int kvm_phys_addr_ioremap(struct kvm *kvm, phys_addr_t guest_ipa,
			  phys_addr_t pa, unsigned long size, bool writable)
{
	return -ENXIO;
}

/* mmio.c: a guest's MMIO is a KVM_BUS access by the test, in host byte order */

void kvm_mmio_write_buf(void *buf, unsigned int len, unsigned long data)
{
	memcpy(buf, &data, min(len, sizeof(data)));
}

unsigned long kvm_mmio_read_buf(const void *buf, unsigned int len)
{
	unsigned long data = 0;

	memcpy(&data, buf, min(len, sizeof(data)));

	return data;
}

/* arch_timer.c */

void kvm_timer_init_vm(struct kvm *kvm)
{
}

int kvm_cpu_has_pending_timer(struct kvm_vcpu *vcpu)
{
	return 0;
}

/* vgic-v3-nested.c */

bool vgic_state_is_nested(struct kvm_vcpu *vcpu)
{
	return false;
}

void vgic_v3_flush_nested(struct kvm_vcpu *vcpu)
{
}

void vgic_v3_sync_nested(struct kvm_vcpu *vcpu)
{
}

void vgic_v3_load_nested(struct kvm_vcpu *vcpu)
{
}

void vgic_v3_put_nested(struct kvm_vcpu *vcpu)
{
}

void vgic_v3_handle_nested_maint_irq(struct kvm_vcpu *vcpu)
{
}

/* hyp/vgic-v5-sr.c: kvm_vgic_hyp_init() is told of a GICv3 */

void __vgic_v5_save_apr(struct vgic_v5_cpu_if *cpu_if)
{
}

void __vgic_v5_restore_vmcr_apr(struct vgic_v5_cpu_if *cpu_if)
{
}

void __vgic_v5_save_ppi_state(struct vgic_v5_cpu_if *cpu_if)
{
}

void __vgic_v5_restore_ppi_state(struct vgic_v5_cpu_if *cpu_if)
{
}

void __vgic_v5_save_state(struct vgic_v5_cpu_if *cpu_if)
{
}

void __vgic_v5_restore_state(struct vgic_v5_cpu_if *cpu_if)
{
}

/* vgic-sys-reg-v3.c: KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS is not supported */

int vgic_v3_cpu_sysregs_uaccess(struct kvm_vcpu *vcpu,
				struct kvm_device_attr *attr, bool is_write)
{
	return -ENXIO;
}

int vgic_v3_has_cpu_sysregs_attr(struct kvm_vcpu *vcpu,
				 struct kvm_device_attr *attr)
{
	return -ENXIO;
}

/* sys_regs.c: the vGIC tells the guest's ID registers which GIC there is */
void kvm_set_vm_id_reg(struct kvm *kvm, u32 reg, u64 val)
{
	*__vm_id_reg(&kvm->arch, reg) = val;
}

/* hyp/aarch32.c */

bool kvm_condition_valid32(const struct kvm_vcpu *vcpu)
{
	return true;
}

void kvm_skip_instr32(struct kvm_vcpu *vcpu)
{
}

/* arch/arm64/lib/insn.c: no code is patched, see include/asm/alternative.h */

u32 aarch64_insn_decode_register(enum aarch64_insn_register_type type, u32 insn)
{
	return 0;
}

u32 aarch64_insn_gen_movewide(enum aarch64_insn_register dst, int imm,
			      int shift, enum aarch64_insn_variant variant,
			      enum aarch64_insn_movewide_type type)
{
	return 0;
}
