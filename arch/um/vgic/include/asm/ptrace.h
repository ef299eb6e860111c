/* SPDX-License-Identifier: GPL-2.0 */
/* UML's struct pt_regs and arm64's struct user_pt_regs */
#ifndef __UM_VGIC_ASM_PTRACE_H
#define __UM_VGIC_ASM_PTRACE_H

#include_next <asm/ptrace.h>
#include "../../../../arm64/include/uapi/asm/ptrace.h"

/* SPSR of an AArch32 guest: named by kvm_emulate.h, not to be found here */
#define PSR_AA32_MODE_MASK	0x0000001f
#define PSR_AA32_MODE_USR	0x00000010
#define PSR_AA32_MODE_SVC	0x00000013
#define PSR_AA32_T_BIT		0x00000020
#define PSR_AA32_F_BIT		0x00000040
#define PSR_AA32_I_BIT		0x00000080
#define PSR_AA32_A_BIT		0x00000100
#define PSR_AA32_E_BIT		0x00000200
#define PSR_AA32_DIT_BIT	0x01000000

#endif
