// SPDX-License-Identifier: GPL-2.0-only
/*
 * KVM_DEBUG_GIC_MSI_SETUP: forward a host MSI to the guest without VFIO.
 *
 * VFIO gets a vLPI in two halves. The guest maps a device, an event and an
 * LPI in its vITS, and the irq bypass manager then hands KVM the host
 * interrupt that belongs to the event. Here one call does both: it writes the
 * vITS as the guest's MAPD, MAPC and MAPTI would have, and forwards the
 * interrupt it was given. See Documentation/ioctl.md for the contract.
 *
 * This file checks and decides; the steps that change something, and how they
 * are undone, are in mock-msi-steps.c.
 *
 * Locking, outermost first:
 *
 *   its_mock_msi_use_lock
 *			A host interrupt can be asked for by several VMs, and
 *			its device must not go meanwhile.
 *   config_lock	vPEs neither come nor go, no save, restore or reset.
 *   its->cmd_lock	No command of the guest, no change of its->enabled.
 *   its->its_lock	The tables.
 *     irq->irq_lock	One LPI. What comes from another vITS or from the
 *			redistributors' registers takes only this.
 */
#include <kunit/static_stub.h>
#include <linux/cleanup.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/its-mock-msi.h>
#include <linux/kvm_host.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/panic.h>
#include <linux/uaccess.h>

#include <kvm/arm_vgic_debug.h>

#include "mock-msi.h"
#include "vgic.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "kvm-arm."

bool kvm_debug_gic_msi_any_irq;
module_param_named(debug_gic_msi_any_irq, kvm_debug_gic_msi_any_irq, bool, 0644);
MODULE_PARM_DESC(debug_gic_msi_any_irq,
		 "KVM_DEBUG_GIC_MSI_SETUP takes interrupts away from their drivers");

/*
 * What the parameters say on their own
 */

static int mock_msi_check_params(struct mock_msi *m)
{
	const struct kvm_debug_gic_msi_setup *p = m->params;

	if (p->pad)
		return -EINVAL;

	m->vcpu = kvm_get_vcpu_by_id(m->kvm, p->vcpu_id);
	if (!m->vcpu)
		return -EINVAL;

	if (p->vintid < VGIC_MIN_LPI || p->vintid > VGIC_LPI_MAX_INTID)
		return -EINVAL;

	if (p->host_irq < KVM_DEBUG_GIC_MSI_MIN_IRQ ||
	    p->host_irq > KVM_DEBUG_GIC_MSI_MAX_IRQ)
		return -EINVAL;

	return 0;
}

/* The doorbell of the VM's only vITS, or else where userspace puts the first */
static gpa_t mock_msi_doorbell(struct kvm *kvm)
{
	gpa_t base = VGIC_ADDR_UNDEF;
	struct kvm_device *dev;
	unsigned int nr = 0;

	guard(rcu)();
	list_for_each_entry_rcu(dev, &kvm->devices, vm_node) {
		struct vgic_its *its = dev->private;

		if (dev->ops != &kvm_arm_vgic_its_ops)
			continue;
		base = its->vgic_its_base;
		nr++;
	}

	if (nr != 1 || IS_VGIC_ADDR_UNDEF(base))
		base = KVM_DEBUG_GIC_MSI_ITS_BASE;

	return base + GITS_TRANSLATER;
}

int mock_msi_route(struct mock_msi *m)
{
	const struct kvm_debug_gic_msi_setup *p = m->params;
	struct kvm_irq_routing_entry ue = {
		.type	= KVM_IRQ_ROUTING_MSI,
		.flags	= KVM_MSI_VALID_DEVID,
	};
	gpa_t doorbell;

	KUNIT_STATIC_STUB_REDIRECT(mock_msi_route, m);

	doorbell = mock_msi_doorbell(m->kvm);
	ue.u.msi.address_lo = lower_32_bits(doorbell);
	ue.u.msi.address_hi = upper_32_bits(doorbell);
	ue.u.msi.data	    = p->event_id;
	ue.u.msi.devid	    = p->device_id;

	return kvm_set_routing_entry(m->kvm, &m->entry, &ue);
}

/*
 * What they say about this VM and this host. Nothing has been changed yet.
 */

static struct its_ite *mock_msi_find_ite(struct mock_msi *m)
{
	struct its_device *device = mock_msi_find_device(m);
	struct its_ite *ite;

	if (!device)
		return NULL;

	list_for_each_entry(ite, &device->itt_head, ite_list) {
		if (ite->event_id == m->params->event_id)
			return ite;
	}

	return NULL;
}

/*
 * The vITS must have room for the device, and the device for the event. No
 * table is as good as no room: the guest could not have mapped anything, and
 * not even enabled the vITS.
 */
static int mock_msi_check_ids(struct mock_msi *m)
{
	const struct kvm_debug_gic_msi_setup *p = m->params;
	struct its_device new = {
		.itt_addr	  = p->itt_addr,
		.num_eventid_bits = INTERRUPT_ID_BITS_ITS,
	};
	struct its_device *device;

	if (!(m->its->baser_device_table & GITS_BASER_VALID) ||
	    !vgic_its_check_id(m->its, m->its->baser_device_table,
			       p->device_id, NULL))
		return -EINVAL;

	device = mock_msi_find_device(m);
	if (!device) {
		/* MAPD has bits [51:8] of the address */
		if (p->itt_addr & ~GENMASK_ULL(51, 8))
			return -EINVAL;
		device = &new;
	}

	if (!vgic_its_check_event_id(m->its, device, p->event_id))
		return -EINVAL;

	return 0;
}

/*
 * Of all interrupts that have a MSI parent above them, those of a GICv3 ITS
 * are the ones that can be handed to a vCPU. A vPE's doorbell and its SGIs,
 * whose chips have the same method, are no MSIs. It has to be active, too:
 * only then the ITS has a mapping for it that a vLPI could replace.
 *
 * A driver that frees the interrupt meanwhile cannot be stopped from here.
 * The descriptor stays around for us, and its-mock-msi leaves it to its users
 * to have the two in order.
 */
static bool mock_msi_irq_is_its_msi(unsigned int irq)
{
	struct irq_data *d;

	guard(rcu)();
	d = irq_get_irq_data(irq);
	if (!d || !irqd_is_activated(d))
		return false;

	for (; d; d = d->parent_data) {
		if (d->domain && irq_domain_is_msi_parent(d->domain) &&
		    !IS_ERR_OR_NULL(d->chip) && d->chip->irq_set_vcpu_affinity)
			return true;
	}

	return false;
}

static int mock_msi_check_host_irq(struct mock_msi *m)
{
	unsigned int irq = m->params->host_irq;

	if (!mock_msi_irq_is_its_msi(irq))
		return -EINVAL;

	if (!its_mock_msi_owns(irq) && !READ_ONCE(kvm_debug_gic_msi_any_irq))
		return -EPERM;

	return 0;
}

/*
 * Event, LPI and host interrupt must be free, or belong to each other already.
 * A host interrupt that is forwarded somewhere else is not taken over: the
 * ITS would keep the old vINTID, because VMOVI does not carry one.
 */
static int mock_msi_check_free(struct mock_msi *m)
{
	const struct kvm_debug_gic_msi_setup *p = m->params;
	struct its_vlpi_map map = {};
	struct vgic_irq *irq;
	bool taken = false;

	m->ite = mock_msi_find_ite(m);
	if (m->ite && m->ite->irq->intid != p->vintid)
		return -EEXIST;

	irq = vgic_get_irq(m->kvm, p->vintid);
	if (irq) {
		scoped_guard(raw_spinlock_irqsave, &irq->irq_lock) {
			m->forwarded = irq->hw;
			if (m->forwarded && irq->host_irq != p->host_irq)
				taken = true;
			/* An LPI has one event, be it of another vITS */
			if ((m->forwarded || irq->mapped) &&
			    !(m->ite && m->ite->irq == irq))
				taken = true;
		}
		vgic_put_irq(m->kvm, irq);
		if (taken)
			return -EEXIST;
	}

	/* Both sides have to agree on what is forwarded */
	if (its_get_vlpi(p->host_irq, &map))
		return m->forwarded ? -EIO : 0;

	if (!m->forwarded || map.vm != &m->kvm->arch.vgic.its_vm ||
	    map.vintid != p->vintid)
		return -EEXIST;

	return 0;
}

/* Is there nothing left to do? MOVALL moves an LPI, but not its collection. */
static bool mock_msi_is_done(struct mock_msi *m)
{
	struct its_collection *collection;

	if (!m->forwarded)
		return false;

	collection = m->ite->collection;

	return its_is_collection_mapped(collection) &&
	       collection->target_addr == m->vcpu->vcpu_id &&
	       m->ite->irq->target_vcpu == m->vcpu;
}

/* Can the redistributor's LPI tables be read where the LPI is? */
static int mock_msi_check_tables(struct mock_msi *m)
{
	u64 propbaser = m->kvm->arch.vgic.propbaser;
	u32 vintid = m->params->vintid;
	u8 byte;

	if (vintid >= BIT_ULL((propbaser & GICR_PROPBASER_IDBITS_MASK) + 1))
		return -EFAULT;

	if (kvm_read_guest_lock(m->kvm, GICR_PROPBASER_ADDRESS(propbaser) +
				vintid - VGIC_MIN_LPI, &byte, 1))
		return -EFAULT;

	if (kvm_read_guest_lock(m->kvm, mock_msi_pending_byte(m), &byte, 1))
		return -EFAULT;

	return 0;
}

static int mock_msi_setup_locked(struct mock_msi *m)
{
	struct vgic_dist *dist = &m->kvm->arch.vgic;
	int ret;

	ret = mock_msi_check_ids(m);
	if (ret)
		return ret;

	if (!vgic_supports_direct_msis(m->kvm) || !dist->its_vm.vpes)
		return -ENXIO;

	ret = mock_msi_check_host_irq(m);
	if (ret)
		return ret;

	ret = mock_msi_check_free(m);
	if (ret || mock_msi_is_done(m))
		return ret;

	ret = mock_msi_check_tables(m);
	if (ret)
		return ret;

	ret = mock_msi_enable(m) ?:
	      mock_msi_map_device(m) ?:
	      mock_msi_map_collection(m) ?:
	      mock_msi_map_event(m) ?:
	      mock_msi_map_lpi(m) ?:
	      mock_msi_forward(m) ?:
	      mock_msi_verify(m) ?:
	      mock_msi_hand_over(m);
	if (!ret) {
		mock_msi_commit(m);
		return 0;
	}

	mock_msi_take_back(m);
	mock_msi_unforward(m);
	mock_msi_unmap_lpi(m);
	mock_msi_unmap_event(m);
	mock_msi_unmap_collection(m);
	mock_msi_unmap_device(m);
	mock_msi_disable(m);

	return ret;
}

/**
 * debug_gic_msi_setup_mock_msi() - turn one MSI of a VM into a vLPI
 * @kvm: the VM
 * @params: which MSI, and what it becomes
 *
 * On success a write of the event by the device behind the host interrupt is
 * translated by the hardware to the vLPI. On an error nothing has changed.
 *
 * Context: process context, takes mutexes down from config_lock; the caller
 *	    holds none of the vgic's locks and a reference to @kvm. The host
 *	    interrupt must not be freed meanwhile.
 * Return: 0 if the interrupt is forwarded, now or since an earlier call;
 *	   -EINVAL: a parameter is out of range, or the host interrupt is no
 *		    active MSI of an ITS;
 *	   -ENODEV: there is no vITS at the doorbell;
 *	   -ENXIO: the vCPU has no vPE;
 *	   -EPERM: the host interrupt has a driver that needs it;
 *	   -EEXIST: event, LPI or host interrupt are in use otherwise;
 *	   -EFAULT: the guest's LPI tables cannot be accessed;
 *	   -EBUSY: the guest is disabling the vCPU's LPIs;
 *	   -ENOMEM, -ENOSPC: no memory, or no collection left;
 *	   -EIO or what the ITS driver says: the ITS did not take the mapping.
 */
int debug_gic_msi_setup_mock_msi(struct kvm *kvm,
				 const struct kvm_debug_gic_msi_setup *params)
{
	struct mock_msi m = { .kvm = kvm, .params = params };
	int ret;

	add_taint(TAINT_TEST, LOCKDEP_STILL_OK);

	ret = mock_msi_check_params(&m);
	if (ret)
		return ret;

	ret = mock_msi_route(&m);
	if (ret)
		return ret;

	guard(mutex)(&its_mock_msi_use_lock);
	guard(mutex)(&kvm->arch.config_lock);

	/* Whatever is at the doorbell, if it is no vITS, there is none */
	m.its = vgic_get_its(kvm, &m.entry);
	if (IS_ERR(m.its))
		return -ENODEV;

	guard(mutex)(&m.its->cmd_lock);
	guard(mutex)(&m.its->its_lock);

	return mock_msi_setup_locked(&m);
}

/**
 * kvm_vm_ioctl_debug_gic_msi_setup() - KVM_DEBUG_GIC_MSI_SETUP
 * @kvm: the VM
 * @argp: struct kvm_debug_gic_msi_setup in user memory
 *
 * Context: as debug_gic_msi_setup_mock_msi().
 * Return: -EFAULT if @argp cannot be read, else what that returns.
 */
long kvm_vm_ioctl_debug_gic_msi_setup(struct kvm *kvm, void __user *argp)
{
	struct kvm_debug_gic_msi_setup params;

	if (copy_from_user(&params, argp, sizeof(params)))
		return -EFAULT;

	return debug_gic_msi_setup_mock_msi(kvm, &params);
}
