/* SPDX-License-Identifier: GPL-2.0 */
/* The GICv3 drivers' accessors */
#ifndef __UM_VGIC_ASM_ARCH_GICV3_H
#define __UM_VGIC_ASM_ARCH_GICV3_H

#include "cpufeature.h"
#include <linux/irqchip/arm-gic-v3-prio.h>

/* Pseudo-NMIs are off, so this is only compiled */
#define GIC_PRIO_IRQOFF		GICV3_PRIO_IRQ

#include "../../../../arm64/include/asm/arch_gicv3.h"

#endif
