/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps of KVM_DEBUG_GIC_MSI_SETUP, for mock-msi.c and its suites.
 */
#ifndef __KVM_ARM_VGIC_MOCK_MSI_H
#define __KVM_ARM_VGIC_MOCK_MSI_H

#include <linux/kvm_host.h>
#include <linux/types.h>

struct its_collection;
struct its_device;
struct its_ite;
struct kvm_debug_gic_msi_setup;
struct vgic_irq;
struct vgic_its;

/**
 * struct mock_msi - a setup in progress, and how things were before it
 * @kvm: the VM
 * @params: what was asked for
 * @vcpu: target vCPU
 * @its: the vITS at the doorbell
 * @entry: the routing entry that names it
 * @device: the vITS device
 * @collection: a collection that targets @vcpu
 * @ite: the event's translation
 * @irq: the LPI, with the reference that @ite holds
 * @forwarded: the host interrupt is forwarded to this LPI already
 * @enabled_its: the vITS was not enabled
 * @enabled_lpis: the redistributor's LPIs were not enabled
 * @new_device: @device was made for this setup
 * @new_collection: @collection was made for this setup
 * @new_ite: @ite was made for this setup
 * @moved_ite: @ite was given to @collection for this setup
 * @moved_vlpi: @irq was forwarded, and moved to @vcpu
 * @took_pending: the pending bit was moved out of the guest's pending table
 * @uncached: the translation cache did not hold the event
 * @was_pending: @irq was pending before it was forwarded or moved
 * @old_prop: the LPI's byte in the VM's property table
 * @old_collection: collection of an @ite that existed
 * @old_vcpu: target of an @irq that existed
 */
struct mock_msi {
	struct kvm				*kvm;
	const struct kvm_debug_gic_msi_setup	*params;
	struct kvm_vcpu				*vcpu;
	struct vgic_its				*its;
	struct kvm_kernel_irq_routing_entry	entry;
	struct its_device			*device;
	struct its_collection			*collection;
	struct its_ite				*ite;
	struct vgic_irq				*irq;
	bool					forwarded;
	bool					enabled_its;
	bool					enabled_lpis;
	bool					new_device;
	bool					new_collection;
	bool					new_ite;
	bool					moved_ite;
	bool					moved_vlpi;
	bool					took_pending;
	bool					uncached;
	bool					was_pending;
	u8					old_prop;
	struct its_collection			*old_collection;
	struct kvm_vcpu				*old_vcpu;
};

/*
 * In the order in which they are taken; 0 or an error. A suite makes one of
 * them fail by kunit_activate_static_stub(), before or after it did its work.
 * But what the hardware has seen of mock_msi_hand_over() shows: a doorbell
 * that rang, a configuration that is not cached any more.
 */
int mock_msi_route(struct mock_msi *m);
int mock_msi_enable(struct mock_msi *m);
int mock_msi_map_device(struct mock_msi *m);
int mock_msi_map_collection(struct mock_msi *m);
int mock_msi_map_event(struct mock_msi *m);
int mock_msi_map_lpi(struct mock_msi *m);
int mock_msi_forward(struct mock_msi *m);
int mock_msi_verify(struct mock_msi *m);
int mock_msi_hand_over(struct mock_msi *m);

/* What cannot fail, after all of them succeeded */
void mock_msi_commit(struct mock_msi *m);

/* The way back, in reverse order */
void mock_msi_take_back(struct mock_msi *m);
void mock_msi_unforward(struct mock_msi *m);
void mock_msi_unmap_lpi(struct mock_msi *m);
void mock_msi_unmap_event(struct mock_msi *m);
void mock_msi_unmap_collection(struct mock_msi *m);
void mock_msi_unmap_device(struct mock_msi *m);
void mock_msi_disable(struct mock_msi *m);

struct its_device *mock_msi_find_device(struct mock_msi *m);
gpa_t mock_msi_pending_byte(struct mock_msi *m);

#endif /* __KVM_ARM_VGIC_MOCK_MSI_H */
