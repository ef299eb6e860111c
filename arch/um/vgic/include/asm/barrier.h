/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's barriers, on top of UML's */
#ifndef __UM_VGIC_ASM_BARRIER_H
#define __UM_VGIC_ASM_BARRIER_H

#include_next <asm/barrier.h>

#define isb()		barrier()
/* Both order memory accesses; the machine needs no more than that */
#define dsb(opt)	mb()
/* As above */
#define dmb(opt)	mb()
#define nops(n)		barrier()

#endif
