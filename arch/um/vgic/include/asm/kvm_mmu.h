/* SPDX-License-Identifier: GPL-2.0 */
/* Guest memory is reached through the memslots; no stage 2 */
#ifndef __UM_VGIC_ASM_KVM_MMU_H
#define __UM_VGIC_ASM_KVM_MMU_H

#include <asm/kvm_emulate.h>

/* Width of the guest's physical addresses: the default of KVM_CREATE_VM */
#define KVM_PHYS_SHIFT		40
#define kvm_phys_shift(mmu)	KVM_PHYS_SHIFT
#define kvm_phys_size(mmu)	BIT_ULL(kvm_phys_shift(mmu))
#define kvm_phys_mask(mmu)	(kvm_phys_size(mmu) - 1)

/* EL2 and the kernel share their addresses, as with VHE */
#define kern_hyp_va(v)		(v)

/* GICv2 only: its CPU interface would be mapped into EL2 and into the guest */
int create_hyp_io_mappings(phys_addr_t phys_addr, size_t size,
			   void __iomem **kaddr, void __iomem **haddr);
int kvm_phys_addr_ioremap(struct kvm *kvm, phys_addr_t guest_ipa,
			  phys_addr_t pa, unsigned long size, bool writable);

static inline int kvm_read_guest_lock(struct kvm *kvm, gpa_t gpa, void *data,
				      unsigned long len)
{
	guard(srcu)(&kvm->srcu);

	return kvm_read_guest(kvm, gpa, data, len);
}

static inline int kvm_write_guest_lock(struct kvm *kvm, gpa_t gpa,
				       const void *data, unsigned long len)
{
	guard(srcu)(&kvm->srcu);

	return kvm_write_guest(kvm, gpa, data, len);
}

#endif
