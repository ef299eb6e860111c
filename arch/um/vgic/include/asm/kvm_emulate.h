/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's accessors of a vCPU */
#ifndef __UM_VGIC_ASM_KVM_EMULATE_H
#define __UM_VGIC_ASM_KVM_EMULATE_H

#include "../../../../arm64/include/asm/kvm_emulate.h"

#endif
