/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's debug state, for kvm_emulate.h */
#ifndef __UM_VGIC_ASM_DEBUG_MONITORS_H
#define __UM_VGIC_ASM_DEBUG_MONITORS_H

#include "../../../../arm64/include/asm/debug-monitors.h"

#endif
