/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's PMU registers: no PMU, for the host or for a guest */
#ifndef __UM_VGIC_ASM_ARM_PMUV3_H
#define __UM_VGIC_ASM_ARM_PMUV3_H

#endif
