/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's SVE signal frame sizes, for the KVM ABI */
#ifndef __UM_VGIC_ASM_SVE_CONTEXT_H
#define __UM_VGIC_ASM_SVE_CONTEXT_H

#include "../../../../arm64/include/uapi/asm/sve_context.h"

#endif
