/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's MIDR and MPIDR */
#ifndef __UM_VGIC_ASM_CPUTYPE_H
#define __UM_VGIC_ASM_CPUTYPE_H

#include "../../../../arm64/include/asm/cputype.h"

#endif
