/* SPDX-License-Identifier: GPL-2.0 */
/* arm64 assembler's register numbers: unused, but sysreg.h asks */
#ifndef __UM_VGIC_ASM_GPR_NUM_H
#define __UM_VGIC_ASM_GPR_NUM_H

#include "../../../../arm64/include/asm/gpr-num.h"

#endif
