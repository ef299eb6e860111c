/* SPDX-License-Identifier: GPL-2.0 */
/* What the arch hooks of a vCPU count for um_vcpu_get_events() */
#ifndef __UM_VGIC_EVENTS_H
#define __UM_VGIC_EVENTS_H

#include <linux/stddef.h>
#include <linux/um-vgic.h>

int um_vcpu_events_create(struct kvm_vcpu *vcpu);
void um_vcpu_events_destroy(struct kvm_vcpu *vcpu);
void um_vcpu_count(struct kvm_vcpu *vcpu, size_t offset);

/* Count an event, named as in struct um_vcpu_events */
#define um_vcpu_event(vcpu, name)	\
	um_vcpu_count(vcpu, offsetof(struct um_vcpu_events, name))

#endif /* __UM_VGIC_EVENTS_H */
