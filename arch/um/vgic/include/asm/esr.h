/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's exception syndrome */
#ifndef __UM_VGIC_ASM_ESR_H
#define __UM_VGIC_ASM_ESR_H

#include "../../../../arm64/include/asm/esr.h"

#endif
