/* SPDX-License-Identifier: GPL-2.0 */
/* Size of arm64's instructions */
#ifndef __UM_VGIC_ASM_INSN_DEF_H
#define __UM_VGIC_ASM_INSN_DEF_H

#include "../../../../arm64/include/asm/insn-def.h"

#endif
