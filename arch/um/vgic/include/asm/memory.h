/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses are UML's */
#ifndef __UM_VGIC_ASM_MEMORY_H
#define __UM_VGIC_ASM_MEMORY_H

#include <asm/page.h>

/* Bits that level n of a 4 kB granule table resolves, for the fault level */
#define ARM64_HW_PGTABLE_LEVEL_SHIFT(n)	((PAGE_SHIFT - 3) * (4 - (n)) + 3)

#endif
