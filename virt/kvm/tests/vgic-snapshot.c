// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that a guest, a host or a test can observe of a VM's interrupts,
 * as text: one fact per line, in an order that depends on nothing but the
 * facts. What failed must leave no line different.
 */
#include <kunit/test.h>
#include <linux/crc32.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/irqdomain.h>
#include <linux/irqchip/gicv4-model.h>
#include <linux/kvm_host.h>
#include <linux/seq_buf.h>
#include <linux/uaccess.h>

#include <kvm/vgic_fixture.h>

#include "vgic.h"

#define SNAPSHOT_SIZE	SZ_256K

static void snap_routing(struct vgic_vm *vm, struct seq_buf *s)
{
	struct kvm_kernel_irq_routing_entry *e;
	struct kvm_irq_routing_table *rt;
	unsigned int gsi;

	guard(srcu)(&vm->kvm->irq_srcu);
	rt = srcu_dereference(vm->kvm->irq_routing, &vm->kvm->irq_srcu);
	seq_buf_printf(s, "routing table %lx\n", (unsigned long)rt);
	for (gsi = 0; rt && gsi < rt->nr_rt_entries; gsi++)
		hlist_for_each_entry(e, &rt->map[gsi], link)
			seq_buf_printf(s, "gsi %u type %u msi %x:%x %x %x\n",
				       gsi, e->type, e->msi.address_hi,
				       e->msi.address_lo, e->msi.data,
				       e->msi.devid);
}

static void snap_irq_desc(unsigned int irq, struct seq_buf *s)
{
	struct irq_desc *desc = irq_to_desc(irq);
	struct irq_data *d;

	if (!desc) {
		seq_buf_printf(s, "irq %u none\n", irq);
		return;
	}

	/*
	 * Accessors would hide bits that a leak could change. The depth of a
	 * doorbell grows each time its vCPU is loaded.
	 */
	d = irq_desc_get_irq_data(desc);
	seq_buf_printf(s, "irq %u status %x state %x off %d affinity %*pbl",
		       irq, desc->status_use_accessors,
		       *(u32 *)&d->common->state_use_accessors,
		       !!desc->depth,
		       cpumask_pr_args(irq_data_get_affinity_mask(d)));
	for (; d; d = d->parent_data)
		seq_buf_printf(s, " %s:%lx", d->chip ? d->chip->name : "-",
			       d->hwirq);
	seq_buf_puts(s, "\n");
}

static void snap_vcpu(struct kvm_vcpu *vcpu, struct seq_buf *s)
{
	struct vgic_cpu *c = &vcpu->arch.vgic_cpu;
	struct its_vpe *vpe = &c->vgic_v3.its_vpe;
	struct vgic_irq *irq;

	seq_buf_printf(s, "vcpu %u gicr_ctlr %x pendbaser %llx requests %llx\n",
		       vcpu->vcpu_id, atomic_read(&c->ctlr), c->pendbaser,
		       vcpu->requests);
	seq_buf_printf(s, "vcpu %u vlpis %d resident %d ready %d last %d\n",
		       vcpu->vcpu_id, atomic_read(&vpe->vlpi_count),
		       vpe->resident, vpe->ready, vpe->pending_last);
	/* its_vm stays where vPEs could not be made, or are gone */
	if (vpe->vpt_page) {
		seq_buf_printf(s, "vcpu %u vpe %u col %u vmapp %d vpt %lx\n",
			       vcpu->vcpu_id, vpe->vpe_id, vpe->col_idx,
			       atomic_read(&vpe->vmapp_count),
			       page_to_pfn(vpe->vpt_page));
		snap_irq_desc(vpe->irq, s);
	}

	guard(raw_spinlock_irqsave)(&c->ap_list_lock);
	list_for_each_entry(irq, &c->ap_list_head, ap_list)
		seq_buf_printf(s, "vcpu %u queued %u\n", vcpu->vcpu_id,
			       irq->intid);
}

static void snap_lpis(struct vgic_vm *vm, struct seq_buf *s)
{
	struct vgic_irq *irq;
	unsigned long intid;

	guard(rcu)();
	xa_for_each(&vm->kvm->arch.vgic.lpi_xa, intid, irq) {
		guard(raw_spinlock_irqsave)(&irq->irq_lock);
		seq_buf_printf(s, "lpi %u refs %u target %d on %d pending %d active %d",
			       irq->intid, refcount_read(&irq->refcount),
			       irq->target_vcpu ? irq->target_vcpu->vcpu_id : -1,
			       irq->vcpu ? irq->vcpu->vcpu_id : -1,
			       irq->pending_latch, irq->active);
		seq_buf_printf(s, " enabled %d prio %x group %u mapped %d hw %d:%u\n",
			       irq->enabled, irq->priority, irq->group,
			       irq->mapped, irq->hw,
			       irq->hw ? irq->host_irq : 0);
	}
}

static void snap_its(struct vgic_its *its, struct seq_buf *s)
{
	struct its_collection *coll;
	struct its_device *dev;
	struct vgic_irq *irq;
	struct its_ite *ite;
	unsigned long key;

	seq_buf_printf(s, "its %llx enabled %d baser %llx %llx cbaser %llx\n",
		       its->vgic_its_base, its->enabled,
		       its->baser_device_table, its->baser_coll_table,
		       its->cbaser);
	seq_buf_printf(s, "its queue %x %x abi %u\n", its->creadr,
		       its->cwriter, its->abi_rev);

	guard(mutex)(&its->its_lock);
	list_for_each_entry(coll, &its->collection_list, coll_list)
		seq_buf_printf(s, "its collection %u target %d\n",
			       coll->collection_id, (int)coll->target_addr);
	list_for_each_entry(dev, &its->device_list, dev_list) {
		seq_buf_printf(s, "its device %x itt %llx bits %u\n",
			       dev->device_id, dev->itt_addr,
			       dev->num_eventid_bits);
		list_for_each_entry(ite, &dev->itt_head, ite_list)
			seq_buf_printf(s, "its ite %x:%x lpi %d collection %d\n",
				       dev->device_id, ite->event_id,
				       ite->irq ? (int)ite->irq->intid : -1,
				       ite->collection ?
				       (int)ite->collection->collection_id : -1);
	}
	xa_for_each(&its->translation_cache, key, irq)
		seq_buf_printf(s, "its cached %lx lpi %u\n", key, irq->intid);
}

static void snap_devices(struct vgic_vm *vm, struct seq_buf *s)
{
	struct kvm_device *dev;

	/* The test is the only one who adds or removes devices */
	list_for_each_entry(dev, &vm->kvm->devices, vm_node)
		if (dev->ops == &kvm_arm_vgic_its_ops)
			snap_its(dev->private, s);
}

static void snap_ram(struct vgic_vm *vm, struct seq_buf *s)
{
	static u8 page[PAGE_SIZE];
	gpa_t off;

	for (off = 0; off < VGIC_VM_RAM_SIZE; off += PAGE_SIZE) {
		u32 crc = ~0;

		if (copy_from_user(page, (void __user *)vm->uram + off,
				   PAGE_SIZE))
			seq_buf_printf(s, "ram %llx unreadable\n", off);
		else if (memchr_inv(page, 0, PAGE_SIZE))
			crc = crc32_le(crc, page, PAGE_SIZE);
		if (~crc)
			seq_buf_printf(s, "ram %llx crc %x\n", off, crc);
	}
}

static void snap_host_irqs(struct seq_buf *s)
{
	unsigned int irq;

	for_each_active_irq(irq)
		if (irq_get_irq_data(irq)->parent_data)
			snap_irq_desc(irq, s);
}

/**
 * vgic_vm_snapshot() - write down the state of a VM and of what is below it
 * @vm: the VM
 *
 * Covers the routing table, the vGIC (distributor, redistributors, LPIs, vITS
 * lists and its translation cache), guest RAM, the host's interrupts and the
 * machine's tables, pending bits and registers.
 *
 * Context: the test's thread, no vCPU loaded by others; may sleep.
 * Return: the text, freed when the test ends.
 */
char *vgic_vm_snapshot(struct vgic_vm *vm)
{
	struct vgic_dist *dist = &vm->kvm->arch.vgic;
	struct seq_buf s;
	unsigned int i;
	char *buf;

	buf = kunit_kmalloc(vm->test, SNAPSHOT_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(vm->test, buf);
	seq_buf_init(&s, buf, SNAPSHOT_SIZE);

	seq_buf_printf(&s, "dist enabled %d propbaser %llx vpes %d\n",
		       dist->enabled, dist->propbaser, dist->its_vm.nr_vpes);
	for (i = 0; i < GICv4_ITS_LIST_MAX; i++)
		if (dist->its_vm.vlpi_count[i])
			seq_buf_printf(&s, "dist vlpis on its %u: %u\n", i,
				       dist->its_vm.vlpi_count[i]);
	snap_routing(vm, &s);
	for (i = 0; i < vm->nr_vcpus; i++)
		snap_vcpu(vm->vcpu[i], &s);
	snap_devices(vm, &s);
	snap_lpis(vm, &s);
	snap_ram(vm, &s);
	snap_host_irqs(&s);
	gicv4_dump(&s);

	KUNIT_ASSERT_FALSE_MSG(vm->test, seq_buf_has_overflowed(&s),
			       "snapshot larger than %u bytes", SNAPSHOT_SIZE);
	seq_buf_str(&s);

	return buf;
}

/**
 * vgic_vm_expect_same() - fail a test where two snapshots differ
 * @test: the test
 * @before: a snapshot
 * @after: a later one
 *
 * Names the first line that differs.
 */
void vgic_vm_expect_same(struct kunit *test, const char *before,
			 const char *after)
{
	unsigned int line = 1;

	while (*before && *after) {
		size_t nb = strcspn(before, "\n");
		size_t na = strcspn(after, "\n");

		if (nb != na || memcmp(before, after, nb))
			break;
		before += nb + 1;
		after += na + 1;
		line++;
	}

	if (*before || *after)
		KUNIT_FAIL(test, "state differs at line %u\n  before: %.*s\n  after:  %.*s\n",
			   line, (int)strcspn(before, "\n"), before,
			   (int)strcspn(after, "\n"), after);
}
