/* SPDX-License-Identifier: GPL-2.0 */
/* Between a vCPU's hooks and its run loop */
#ifndef __UM_VGIC_VCPU_H
#define __UM_VGIC_VCPU_H

#include <linux/types.h>

struct kvm_vcpu;

bool um_vcpu_can_run(struct kvm_vcpu *vcpu);
void um_vcpu_reset(struct kvm_vcpu *vcpu);

#endif /* __UM_VGIC_VCPU_H */
