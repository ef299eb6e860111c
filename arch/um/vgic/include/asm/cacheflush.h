/* SPDX-License-Identifier: GPL-2.0 */
/* The machine is coherent: no cache maintenance */
#ifndef __UM_VGIC_ASM_CACHEFLUSH_H
#define __UM_VGIC_ASM_CACHEFLUSH_H

#include_next <asm/cacheflush.h>

static inline void dcache_clean_inval_poc(unsigned long start,
					  unsigned long end)
{
}

#endif
