/* SPDX-License-Identifier: GPL-2.0 */
/* Fields of arm64's virtualization control registers */
#ifndef __UM_VGIC_ASM_KVM_ARM_H
#define __UM_VGIC_ASM_KVM_ARM_H

#include "../../../../arm64/include/asm/kvm_arm.h"

#endif
