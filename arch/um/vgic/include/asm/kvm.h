/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's KVM ABI, not that of the machine UML runs on */
#ifndef __UM_VGIC_ASM_KVM_H
#define __UM_VGIC_ASM_KVM_H

#include "../../../../arm64/include/uapi/asm/kvm.h"

#endif
