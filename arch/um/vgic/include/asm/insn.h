/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's instruction encoder: no code is patched */
#ifndef __UM_VGIC_ASM_INSN_H
#define __UM_VGIC_ASM_INSN_H

#include "../../../../arm64/include/asm/insn.h"

#endif
