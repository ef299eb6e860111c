// SPDX-License-Identifier: GPL-2.0-only
/*
 * The steps of KVM_DEBUG_GIC_MSI_SETUP, each with the way back.
 *
 * A step notes what it changed in struct mock_msi, and the way back undoes
 * exactly that: a step that failed half way is undone like one that succeeded,
 * and one that was not taken is left alone. The vITS code has no use for such
 * care and sometimes drops more than the one thing (a device takes the whole
 * translation cache with it), so what is undone here is undone by hand.
 *
 * All of them run under the locks that mock-msi.c lists.
 */
#include <kunit/static_stub.h>
#include <linux/cleanup.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/kvm_host.h>
#include <linux/slab.h>

#include <kvm/arm_vgic_debug.h>

#include "mock-msi.h"
#include "vgic.h"

struct its_device *mock_msi_find_device(struct mock_msi *m)
{
	struct its_device *device;

	list_for_each_entry(device, &m->its->device_list, dev_list) {
		if (device->device_id == m->params->device_id)
			return device;
	}

	return NULL;
}

static bool mock_msi_collection_exists(struct mock_msi *m, u32 id)
{
	struct its_collection *collection;

	list_for_each_entry(collection, &m->its->collection_list, coll_list) {
		if (collection->collection_id == id)
			return true;
	}

	return false;
}

/* One that targets the vCPU, and if possible the event's own: nothing moves */
static struct its_collection *mock_msi_find_collection(struct mock_msi *m)
{
	u32 target = m->vcpu->vcpu_id;
	struct its_collection *collection;

	collection = m->ite ? m->ite->collection : NULL;
	if (collection && collection->target_addr == target)
		return collection;

	list_for_each_entry(collection, &m->its->collection_list, coll_list) {
		if (collection->target_addr == target)
			return collection;
	}

	return NULL;
}

gpa_t mock_msi_pending_byte(struct mock_msi *m)
{
	u64 pendbaser = m->vcpu->arch.vgic_cpu.pendbaser;

	return GICR_PENDBASER_ADDRESS(pendbaser) +
	       m->params->vintid / BITS_PER_BYTE;
}

/* MSIs are only translated while the vITS and the target's LPIs are enabled */
int mock_msi_enable(struct mock_msi *m)
{
	struct vgic_cpu *vgic_cpu = &m->vcpu->arch.vgic_cpu;
	u32 ctlr;

	KUNIT_STATIC_STUB_REDIRECT(mock_msi_enable, m);

	ctlr = atomic_cmpxchg_acquire(&vgic_cpu->ctlr, 0,
				      GICR_CTLR_ENABLE_LPIS);
	/* The guest is about to disable them */
	if (ctlr & GICR_CTLR_RWP)
		return -EBUSY;
	m->enabled_lpis = !ctlr;

	m->enabled_its = !m->its->enabled;
	m->its->enabled = true;

	return 0;
}

void mock_msi_disable(struct mock_msi *m)
{
	struct vgic_cpu *vgic_cpu = &m->vcpu->arch.vgic_cpu;

	if (m->enabled_its)
		m->its->enabled = false;

	/* Nothing was delivered meanwhile, so there is nothing to flush */
	if (m->enabled_lpis)
		atomic_cmpxchg_release(&vgic_cpu->ctlr, GICR_CTLR_ENABLE_LPIS,
				       0);
}

/* MAPD */
int mock_msi_map_device(struct mock_msi *m)
{
	struct its_device *device;

	KUNIT_STATIC_STUB_REDIRECT(mock_msi_map_device, m);

	device = mock_msi_find_device(m);
	if (!device) {
		/* Nobody says how many events it has: all that there can be */
		device = vgic_its_alloc_device(m->its, m->params->device_id,
					       m->params->itt_addr,
					       INTERRUPT_ID_BITS_ITS);
		if (IS_ERR(device))
			return PTR_ERR(device);
		m->new_device = true;
	}
	m->device = device;

	return 0;
}

void mock_msi_unmap_device(struct mock_msi *m)
{
	if (!m->new_device)
		return;

	list_del(&m->device->dev_list);
	kfree(m->device);
}

/*
 * MAPC. A collection that the guest has pointed elsewhere, or nowhere yet,
 * stays as it is: it may hold other events. Guests number collections by CPU,
 * so that is where the search for a free one starts.
 */
int mock_msi_map_collection(struct mock_msi *m)
{
	u64 baser = m->its->baser_coll_table;
	u32 vcpu_id = m->vcpu->vcpu_id;
	unsigned int i;
	int ret;

	KUNIT_STATIC_STUB_REDIRECT(mock_msi_map_collection, m);

	m->collection = mock_msi_find_collection(m);
	if (m->collection)
		return 0;

	if (!(baser & GITS_BASER_VALID))
		return -ENOSPC;

	for (i = 0; i <= U16_MAX; i++) {
		u16 id = vcpu_id + i;

		if (mock_msi_collection_exists(m, id) ||
		    !vgic_its_check_id(m->its, baser, id, NULL))
			continue;

		ret = vgic_its_alloc_collection(m->its, &m->collection, id);
		if (ret)
			return ret;
		m->collection->target_addr = vcpu_id;
		m->new_collection = true;
		return 0;
	}

	return -ENOSPC;
}

void mock_msi_unmap_collection(struct mock_msi *m)
{
	if (!m->new_collection)
		return;

	list_del(&m->collection->coll_list);
	kfree(m->collection);
}

/* The ITE of MAPTI; or of MOVI, if there is one */
int mock_msi_map_event(struct mock_msi *m)
{
	struct its_ite *ite;

	KUNIT_STATIC_STUB_REDIRECT(mock_msi_map_event, m);

	if (m->ite) {
		m->old_collection = m->ite->collection;
		m->ite->collection = m->collection;
		m->moved_ite = true;
		return 0;
	}

	ite = vgic_its_alloc_ite(m->device, m->collection, m->params->event_id);
	if (IS_ERR(ite))
		return PTR_ERR(ite);
	m->ite = ite;
	m->new_ite = true;

	return 0;
}

void mock_msi_unmap_event(struct mock_msi *m)
{
	if (m->moved_ite)
		m->ite->collection = m->old_collection;
	if (!m->new_ite)
		return;

	list_del(&m->ite->ite_list);
	kfree(m->ite);
}

/*
 * The LPI of MAPTI; or of MOVI, unless the hardware has it already.
 *
 * vgic_add_lpi() is told of no target. Given one, it would take the pending
 * state from the guest's table and queue the LPI on the vCPU, where the guest
 * takes it: there is no way back from that.
 */
int mock_msi_map_lpi(struct mock_msi *m)
{
	struct vgic_irq *irq;

	KUNIT_STATIC_STUB_REDIRECT(mock_msi_map_lpi, m);

	if (!m->new_ite) {
		m->irq = m->ite->irq;
		m->old_vcpu = m->irq->target_vcpu;
		if (m->forwarded)
			return 0;
		return update_affinity(m->irq, NULL, m->vcpu);
	}

	irq = vgic_add_lpi(m->kvm, m->params->vintid, NULL);
	if (IS_ERR(irq))
		return PTR_ERR(irq);

	/* An LPI that is still active from an earlier mapping has one */
	m->old_vcpu = irq->target_vcpu;
	if (!vgic_its_map_lpi(m->kvm, m->ite, irq, m->vcpu))
		return -EEXIST;
	m->irq = irq;

	return 0;
}

/*
 * A pending state that comes to a vPE which is away rings its doorbell (not on
 * GICv4.1, where the vPE asks for it first). If nobody waits for that, it is
 * disabled and stays pending: take it back. If it was pending for a reason,
 * nothing is lost: it is cleared anyway when the vPE comes back, and what it
 * was rung for is in the VPT.
 */
static void mock_msi_silence_doorbell(struct kvm_vcpu *vcpu)
{
	struct its_vpe *vpe = &vcpu->arch.vgic_cpu.vgic_v3.its_vpe;

	if (kvm_vgic_global_state.has_gicv4_1)
		return;

	if (irqd_irq_disabled(irq_get_irq_data(vpe->irq)))
		irq_set_irqchip_state(vpe->irq, IRQCHIP_STATE_PENDING, false);
}

/* The LPI of an event that existed goes back to where it was */
static void mock_msi_move_lpi_back(struct mock_msi *m)
{
	struct vgic_irq *irq = m->irq;
	unsigned long flags;

	if (m->forwarded)
		return;

	update_affinity(irq, NULL, m->old_vcpu);

	/* Its vCPU may have seen it forwarded, and taken it off its list */
	raw_spin_lock_irqsave(&irq->irq_lock, flags);
	if (irq->pending_latch && !irq->vcpu)
		vgic_queue_irq_unlock(m->kvm, irq, flags);
	else
		raw_spin_unlock_irqrestore(&irq->irq_lock, flags);
}

void mock_msi_unmap_lpi(struct mock_msi *m)
{
	struct vgic_irq *irq = m->irq;

	if (!irq)
		return;

	if (!m->new_ite) {
		mock_msi_move_lpi_back(m);
		return;
	}

	scoped_guard(raw_spinlock_irqsave, &irq->irq_lock) {
		irq->target_vcpu = m->old_vcpu;
		irq->mapped = false;
	}
	m->ite->irq = NULL;
	vgic_put_irq(m->kvm, irq);
}

static unsigned long mock_msi_cache_key(struct mock_msi *m)
{
	return vgic_its_cache_key(m->params->device_id, m->params->event_id);
}

static void mock_msi_uncache(struct mock_msi *m)
{
	struct vgic_irq *irq;

	irq = xa_erase(&m->its->translation_cache, mock_msi_cache_key(m));
	if (irq)
		vgic_put_irq(m->kvm, irq);
}

static u8 *mock_msi_vprop(struct mock_msi *m)
{
	struct page *vprop_page = m->kvm->arch.vgic.its_vm.vprop_page;

	return (u8 *)page_address(vprop_page) + m->params->vintid - VGIC_MIN_LPI;
}

/* What irq bypass does when VFIO has an interrupt for the event */
int mock_msi_forward(struct mock_msi *m)
{
	KUNIT_STATIC_STUB_REDIRECT(mock_msi_forward, m);

	if (m->forwarded)
		return 0;

	m->uncached = !xa_load(&m->its->translation_cache,
			       mock_msi_cache_key(m));
	m->was_pending = m->irq->pending_latch;
	m->old_prop = *mock_msi_vprop(m);

	return kvm_vgic_v4_set_forwarding_locked(m->kvm, m->params->host_irq,
						 &m->entry, m->its);
}

void mock_msi_unforward(struct mock_msi *m)
{
	struct vgic_irq *irq = m->irq;

	if (m->forwarded || !irq)
		return;

	/* Looking the LPI up was enough to have it cached */
	if (m->uncached)
		mock_msi_uncache(m);

	guard(raw_spinlock_irqsave)(&irq->irq_lock);

	if (!irq->hw)
		return;

	its_prop_update_vlpi(irq->host_irq, m->old_prop, true);
	its_unmap_vlpi(irq->host_irq);
	atomic_dec(&irq->target_vcpu->arch.vgic_cpu.vgic_v3.its_vpe.vlpi_count);
	irq->hw = false;

	/* The pending bit was in the VPT, and went with the mapping */
	irq->pending_latch = m->was_pending;
	if (m->was_pending)
		mock_msi_silence_doorbell(irq->target_vcpu);
}

/* Do KVM and the ITS driver agree that the LPI is forwarded, and where to? */
static int mock_msi_check_forwarded(struct mock_msi *m)
{
	const struct kvm_debug_gic_msi_setup *p = m->params;
	struct vgic_irq *irq = m->irq;
	struct its_vlpi_map map = {};
	int ret;

	guard(raw_spinlock_irqsave)(&irq->irq_lock);

	if (!irq->hw || irq->host_irq != p->host_irq)
		return -EIO;

	ret = its_get_vlpi(p->host_irq, &map);
	if (ret)
		return ret;

	if (map.vm != &m->kvm->arch.vgic.its_vm || map.vintid != p->vintid ||
	    map.vpe != &irq->target_vcpu->arch.vgic_cpu.vgic_v3.its_vpe)
		return -EIO;

	return 0;
}

/*
 * kvm_vgic_v4_set_forwarding() says 0 also where it did nothing, because the
 * software path remains. Here it does not count as success.
 */
int mock_msi_verify(struct mock_msi *m)
{
	KUNIT_STATIC_STUB_REDIRECT(mock_msi_verify, m);

	return mock_msi_check_forwarded(m);
}

/* Set the LPI's bit in the guest's pending table to @pending */
static int mock_msi_write_pending(struct mock_msi *m, bool pending)
{
	u8 bit = BIT(m->params->vintid % BITS_PER_BYTE);
	gpa_t gpa = mock_msi_pending_byte(m);
	u8 byte;
	int ret;

	ret = kvm_read_guest_lock(m->kvm, gpa, &byte, 1);
	if (ret || !!(byte & bit) == pending)
		return ret;

	byte ^= bit;
	ret = vgic_write_guest_lock(m->kvm, gpa, &byte, 1);
	if (!ret)
		m->took_pending = !pending;

	return ret;
}

/* A new LPI is pending if the guest's table says so */
static int mock_msi_take_pending(struct mock_msi *m)
{
	int ret;

	ret = mock_msi_write_pending(m, false);
	if (ret || !m->took_pending)
		return ret;

	return irq_set_irqchip_state(m->params->host_irq,
				     IRQCHIP_STATE_PENDING, true);
}

/* The other half of MOVI: VMOVI */
static int mock_msi_move_vlpi(struct mock_msi *m)
{
	int ret;

	/* For what it is worth while the hardware has it cached */
	vgic_v4_get_vlpi_state(m->irq, &m->was_pending);

	m->moved_vlpi = true;
	ret = update_affinity(m->irq, NULL, m->vcpu);
	if (ret)
		return ret;

	return mock_msi_check_forwarded(m);
}

/*
 * A guest that runs may take an interrupt from here on. So this comes last,
 * when little can still go wrong.
 */
int mock_msi_hand_over(struct mock_msi *m)
{
	KUNIT_STATIC_STUB_REDIRECT(mock_msi_hand_over, m);

	if (m->forwarded)
		return mock_msi_move_vlpi(m);
	if (m->new_ite && !m->old_vcpu)
		return mock_msi_take_pending(m);

	return 0;
}

void mock_msi_take_back(struct mock_msi *m)
{
	if (m->moved_vlpi) {
		update_affinity(m->irq, NULL, m->old_vcpu);
		if (m->was_pending)
			mock_msi_silence_doorbell(m->vcpu);
	}

	/* The pending bit in the VPT goes with the mapping */
	if (m->took_pending) {
		mock_msi_silence_doorbell(m->vcpu);
		mock_msi_write_pending(m, true);
	}
}

/* What could not be undone, and cannot fail */
void mock_msi_commit(struct mock_msi *m)
{
	/*
	 * A cached translation injects by software, whatever the LPI has
	 * become since it was cached.
	 */
	mock_msi_uncache(m);

	/* The other LPIs that the guest had mapped to this vCPU */
	if (m->enabled_lpis)
		vgic_enable_lpis(m->vcpu);
}
