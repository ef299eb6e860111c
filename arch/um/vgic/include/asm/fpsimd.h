/* SPDX-License-Identifier: GPL-2.0 */
/* No guest FP state is ever loaded */
#ifndef __UM_VGIC_ASM_FPSIMD_H
#define __UM_VGIC_ASM_FPSIMD_H

#include <asm/sve_context.h>

struct arm64_sve_state;

enum fp_type {
	FP_STATE_CURRENT,
	FP_STATE_FPSIMD,
	FP_STATE_SVE,
};

#endif
