/* SPDX-License-Identifier: GPL-2.0 */
/* No nested guests */
#ifndef __UM_VGIC_ASM_KVM_NESTED_H
#define __UM_VGIC_ASM_KVM_NESTED_H

#include <linux/kvm_host.h>

static inline bool vcpu_has_nv(const struct kvm_vcpu *vcpu)
{
	return false;
}

/* Only compiled: it is about a guest's EL2 */
static inline u64 translate_cptr_el2_to_cpacr_el1(u64 cptr_el2)
{
	return cptr_el2;
}

#endif
