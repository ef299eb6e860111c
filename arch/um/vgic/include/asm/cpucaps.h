/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers of arm64's CPU capabilities */
#ifndef __UM_VGIC_ASM_CPUCAPS_H
#define __UM_VGIC_ASM_CPUCAPS_H

#include "../../../../arm64/include/asm/cpucaps.h"

#endif
