/* SPDX-License-Identifier: GPL-2.0 */
/* x86 has exports of its own for KVM, arm64 has not */
#ifndef __UM_VGIC_ASM_KVM_TYPES_H
#define __UM_VGIC_ASM_KVM_TYPES_H

#include "../../../../arm64/include/asm/kvm_types.h"

#endif
