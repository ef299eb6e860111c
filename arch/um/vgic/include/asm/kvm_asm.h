/* SPDX-License-Identifier: GPL-2.0 */
/* Entry points of arm64's hypervisor code */
#ifndef __UM_VGIC_ASM_KVM_ASM_H
#define __UM_VGIC_ASM_KVM_ASM_H

#include "../../../../arm64/include/asm/kvm_asm.h"

#endif
