/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's barriers, on top of UML's */
#ifndef __UM_VGIC_ASM_BARRIER_H
#define __UM_VGIC_ASM_BARRIER_H

#include_next <asm/barrier.h>

#define isb()		barrier()
#define dsb(opt)	mb()
#define dmb(opt)	mb()
#define nops(n)		barrier()

#endif
