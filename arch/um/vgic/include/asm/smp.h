/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's logical CPU map; CPU n of the machine is affinity 0.0.0.n */
#ifndef __UM_VGIC_ASM_SMP_H
#define __UM_VGIC_ASM_SMP_H

#include_next <asm/smp.h>

/* arm-gic-v5.h counts on arm64's headers to have named it */
struct irq_data;

#define cpu_logical_map(cpu)	((u64)(cpu))

#endif
