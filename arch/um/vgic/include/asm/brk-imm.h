/* SPDX-License-Identifier: GPL-2.0 */
/* Immediates of arm64's BRK, for esr.h */
#ifndef __UM_VGIC_ASM_BRK_IMM_H
#define __UM_VGIC_ASM_BRK_IMM_H

#include "../../../../arm64/include/asm/brk-imm.h"

#endif
