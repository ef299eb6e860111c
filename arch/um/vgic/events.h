/* SPDX-License-Identifier: GPL-2.0 */
/* What the arch hooks of a vCPU count for um_vcpu_get_events() */
#ifndef __UM_VGIC_EVENTS_H
#define __UM_VGIC_EVENTS_H

#include <linux/um-vgic.h>

int um_vcpu_events_create(struct kvm_vcpu *vcpu);
void um_vcpu_events_destroy(struct kvm_vcpu *vcpu);
struct um_vcpu_events *um_vcpu_events(struct kvm_vcpu *vcpu);

/* Events of a vCPU come from its own thread and from those that kick it */
#define um_vcpu_event(vcpu, what)					\
	do {								\
		struct um_vcpu_events *__ev;				\
									\
		rcu_read_lock();					\
		__ev = um_vcpu_events(vcpu);				\
		if (__ev)						\
			atomic64_inc((atomic64_t *)&__ev->what);	\
		rcu_read_unlock();					\
	} while (0)

#endif /* __UM_VGIC_EVENTS_H */
