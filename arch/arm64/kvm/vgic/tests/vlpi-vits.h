/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of suite vgic_vlpi_vits share: events that the guest maps by
 * itself and that KVM emulates, or forwards.
 */
#ifndef __VGIC_VLPI_VITS_H
#define __VGIC_VLPI_VITS_H

#include <linux/types.h>

struct kunit;
struct kvm;
struct vgic_vm;
struct vlpi_test;

/**
 * struct vits_event - an event as the guest has it, and what has to come of it
 * @devid: DeviceID
 * @eventid: EventID
 * @intid: the LPI that the guest takes, or 0 if nothing comes
 * @vcpu: index of the vCPU that takes it
 */
struct vits_event {
	u32		devid;
	u32		eventid;
	u32		intid;
	unsigned int	vcpu;
};

/* Act */
unsigned int vits_take(struct kvm_vcpu *vcpu, u32 *intids, unsigned int max);

/* Expect */
void vits_expect_taken(struct vlpi_test *t, unsigned int vcpu, u32 intid);
void vits_expect_quiet(struct vlpi_test *t);
void vits_expect_event(struct vlpi_test *t, const struct vits_event *e);
void vits_expect_events(struct vlpi_test *t, const struct vits_event *e,
			unsigned int n);
void vits_expect_refs(struct kunit *test, struct kvm *kvm);

#endif /* __VGIC_VLPI_VITS_H */
