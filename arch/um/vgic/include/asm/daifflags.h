/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupt masks of PSTATE: the host's own are UML's */
#ifndef __UM_VGIC_ASM_DAIFFLAGS_H
#define __UM_VGIC_ASM_DAIFFLAGS_H

#include <linux/irqflags.h>

static inline unsigned long local_daif_save(void)
{
	return arch_local_irq_save();
}

static inline void local_daif_restore(unsigned long flags)
{
	arch_local_irq_restore(flags);
}

#endif
