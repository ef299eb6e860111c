/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the constants in <linux/irqchip/arm-gic-v3.h>. The one inline function
 * there that wants the CPU interface's system registers is never called here.
 */
#ifndef __GICV4_MODEL_ASM_ARCH_GICV3_H
#define __GICV4_MODEL_ASM_ARCH_GICV3_H

#include <linux/types.h>

static inline u32 gic_read_sre(void)
{
	return 0;
}

static inline void gic_write_sre(u32 val)
{
}

#endif
