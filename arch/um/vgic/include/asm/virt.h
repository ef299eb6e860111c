/* SPDX-License-Identifier: GPL-2.0 */
/* Always a VHE host, never a protected one */
#ifndef __UM_VGIC_ASM_VIRT_H
#define __UM_VGIC_ASM_VIRT_H

#include <linux/arm-smccc.h>
#include <linux/jump_label.h>
#include "cpufeature.h"
#include <asm/ptrace.h>

/* Calls into the nVHE stub are compiled, but never made */
#define HVC_GET_ICH_VTR_EL2	0
#define HVC_STUB_ERR		0xbadca11
#undef arm_smccc_1_1_hvc
#define arm_smccc_1_1_hvc(...)	do { } while (0)

/* Only named by inline functions that nobody calls */
DECLARE_STATIC_KEY_FALSE(kvm_protected_mode_initialized);

static inline bool is_hyp_mode_available(void)
{
	return true;
}

static inline bool is_kernel_in_hyp_mode(void)
{
	return true;
}

static inline bool has_vhe(void)
{
	return true;
}

static inline bool is_protected_kvm_enabled(void)
{
	return false;
}

#endif
