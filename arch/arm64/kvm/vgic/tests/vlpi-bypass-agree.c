// SPDX-License-Identifier: GPL-2.0
/*
 * Do KVM and the machine agree? For each LPI that a VM has there are five
 * opinions: the vITS's tables, struct vgic_irq, the ITS driver's mapping, the
 * host's interrupt descriptor and the machine's tables. Whatever a case did,
 * at its end they have to be the same, nothing may be counted twice or
 * forgotten, and pending state may be in one place only.
 */
#include <linux/irq.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/kvm_host.h>

#include "vgic.h"
#include "vlpi-bypass.h"

/**
 * struct agree - what is counted on the way
 * @t: the case
 * @its: the VM's ITSs
 * @nr_its: how many
 * @hw: LPIs of each vCPU that are forwarded
 */
struct agree {
	struct vlpi_test	*t;
	struct vgic_its		*its[8];
	unsigned int		nr_its;
	int			hw[VGIC_VM_MAX_VCPUS];
};

static void find_itses(struct agree *a)
{
	struct kvm_device *dev;

	/* The test is the only one who adds or removes devices */
	list_for_each_entry(dev, &a->t->vm->kvm->devices, vm_node) {
		if (dev->ops != &kvm_arm_vgic_its_ops)
			continue;
		KUNIT_ASSERT_LT(a->t->test, a->nr_its, ARRAY_SIZE(a->its));
		a->its[a->nr_its++] = dev->private;
	}
}

/* The host's event that a Linux interrupt stands for */
static bool find_event(struct vlpi_test *t, unsigned int irq, struct vlpi *v)
{
	unsigned int i, event;

	for (i = 0; i <= t->m->nr_its; i++) {
		struct its_mock_msi *mock = i < t->m->nr_its ? t->mock[i] :
							       t->mock2;

		for (event = 0; event < its_mock_msi_nr_events(mock); event++) {
			if (its_mock_msi_irq(mock, event) != irq)
				continue;
			v->mock = mock;
			v->event = event;
			return true;
		}
	}

	return false;
}

/* How many entries of the vITSs name an LPI */
static unsigned int count_ites(struct agree *a, struct vgic_irq *irq)
{
	unsigned int i, n = 0;
	struct its_device *dev;
	struct its_ite *ite;

	for (i = 0; i < a->nr_its; i++) {
		guard(mutex)(&a->its[i]->its_lock);
		list_for_each_entry(dev, &a->its[i]->device_list, dev_list)
			list_for_each_entry(ite, &dev->itt_head, ite_list)
				n += ite->irq == irq;
	}

	return n;
}

/* And how many of their caches */
static unsigned int count_cached(struct agree *a, struct vgic_irq *irq)
{
	unsigned int i, n = 0;
	struct vgic_irq *other;
	unsigned long key;

	for (i = 0; i < a->nr_its; i++)
		xa_for_each(&a->its[i]->translation_cache, key, other)
			n += other == irq;

	return n;
}

/* The pending state of a vLPI is in no other vPE's table, and only if it is one */
static void check_vpes(struct agree *a, struct vgic_irq *irq)
{
	struct vlpi_test *t = a->t;
	struct kvm_vcpu *target = irq->hw ? irq->target_vcpu : NULL;
	unsigned int i, its;

	for (i = 0; i < t->vm->nr_vcpus; i++) {
		if (t->vm->vcpu[i] == target)
			continue;
		for (its = 0; its < t->m->nr_its; its++)
			KUNIT_EXPECT_FALSE_MSG(t->test,
					       gicv4_vlpi_pending(its, vlpi_vpe(t, i)->vpe_id,
								  irq->intid),
					       "LPI %u is pending at the vPE of vCPU %u",
					       irq->intid, i);
	}
}

/* A forwarded LPI, as the ITS driver, the host and the machine know it */
static void check_forwarded(struct agree *a, struct vgic_irq *irq)
{
	struct its_vm *its_vm = &a->t->vm->kvm->arch.vgic.its_vm;
	struct irq_data *d = irq_get_irq_data(irq->host_irq);
	struct kunit *test = a->t->test;
	struct its_vlpi_map map = {};
	struct gicv4_itte itte = {};
	struct its_vpe *vpe;
	struct vlpi v = {};
	u8 prop;

	KUNIT_ASSERT_NOT_NULL(test, irq->target_vcpu);
	KUNIT_ASSERT_NOT_NULL(test, d);
	vpe = &irq->target_vcpu->arch.vgic_cpu.vgic_v3.its_vpe;
	a->hw[irq->target_vcpu->vcpu_idx]++;

	KUNIT_EXPECT_TRUE(test, irqd_is_forwarded_to_vcpu(d));
	KUNIT_ASSERT_EQ(test, 0, its_get_vlpi(irq->host_irq, &map));
	KUNIT_EXPECT_PTR_EQ(test, map.vm, its_vm);
	KUNIT_EXPECT_PTR_EQ(test, map.vpe, vpe);
	KUNIT_EXPECT_EQ(test, map.vintid, irq->intid);

	prop = ((u8 *)page_address(its_vm->vprop_page))[irq->intid - VGIC_MIN_LPI];
	KUNIT_EXPECT_EQ_MSG(test, prop, (irq->priority & 0xfc) |
			    LPI_PROP_GROUP1 |
			    (irq->enabled ? LPI_PROP_ENABLED : 0),
			    "property of vLPI %u", irq->intid);
	/* Only the hardware may say that it is pending, or both would */
	KUNIT_EXPECT_FALSE_MSG(test, irq->pending_latch,
			       "vLPI %u is pending in software", irq->intid);

	if (!find_event(a->t, irq->host_irq, &v))
		return;
	KUNIT_EXPECT_TRUE(test,
			  gicv4_get_itte(vlpi_its(&v),
					 its_mock_msi_device_id(v.mock),
					 v.event, &itte));
	KUNIT_EXPECT_TRUE(test, itte.valid && itte.virt);
	KUNIT_EXPECT_EQ(test, itte.vpeid, vpe->vpe_id);
	KUNIT_EXPECT_EQ(test, itte.intid, irq->intid);
}

static void check_lpi(struct agree *a, struct vgic_irq *irq)
{
	unsigned int ites = count_ites(a, irq);
	unsigned int cached = count_cached(a, irq);
	struct kunit *test = a->t->test;

	KUNIT_EXPECT_LE(test, ites, 1);
	KUNIT_EXPECT_EQ_MSG(test, (bool)irq->mapped, ites == 1,
			    "LPI %u in %u events", irq->intid, ites);
	KUNIT_EXPECT_LE(test, cached, ites);
	KUNIT_EXPECT_EQ_MSG(test, refcount_read(&irq->refcount),
			    ites + cached + !!irq->vcpu,
			    "references to LPI %u: event, cache %u, vCPU %u",
			    irq->intid, cached, !!irq->vcpu);
	KUNIT_EXPECT_FALSE(test, irq->active);

	if (irq->hw) {
		KUNIT_EXPECT_EQ(test, ites, 1);
		check_forwarded(a, irq);
	} else if (irq->pending_latch && irq->enabled && irq->target_vcpu) {
		/* Queued, or the guest will never see it */
		KUNIT_EXPECT_NOT_NULL_MSG(test, irq->vcpu,
					  "pending LPI %u is not queued",
					  irq->intid);
	}
	check_vpes(a, irq);
}

static void check_lpis(struct agree *a)
{
	struct kvm *kvm = a->t->vm->kvm;
	struct vgic_irq *irq;
	unsigned long intid;

	xa_for_each(&kvm->arch.vgic.lpi_xa, intid, irq) {
		KUNIT_EXPECT_EQ(a->t->test, irq->intid, intid);
		if (refcount_read(&irq->refcount))
			check_lpi(a, irq);
	}
}

/* The vPEs: how many vLPIs they have, and what that means to the machine */
static void check_counts(struct agree *a)
{
	struct its_vm *its_vm = &a->t->vm->kvm->arch.vgic.its_vm;
	struct vlpi_test *t = a->t;
	unsigned int i, on_its = 0, sum = 0;

	for (i = 0; i < t->vm->nr_vcpus; i++) {
		KUNIT_EXPECT_EQ_MSG(t->test, a->hw[i],
				    atomic_read(&vlpi_vpe(t, i)->vlpi_count),
				    "vLPIs of vCPU %u", i);
		sum += a->hw[i];
	}
	for (i = 0; i < GICv4_ITS_LIST_MAX; i++)
		on_its += its_vm->vlpi_count[i];
	/* Zero where the driver does not use an ITSList */
	if (on_its || (!vlpi_has_v4_1(t) && !t->m->vmovp && t->m->nr_its > 1))
		KUNIT_EXPECT_EQ(t->test, on_its, sum);
}

static unsigned int count_all_forwarded(void)
{
	struct vgic_irq *irq;
	unsigned long intid;
	unsigned int n = 0;
	struct kvm *kvm;

	guard(mutex)(&kvm_lock);
	list_for_each_entry(kvm, &vm_list, vm_list)
		xa_for_each(&kvm->arch.vgic.lpi_xa, intid, irq)
			n += refcount_read(&irq->refcount) && irq->hw;

	return n;
}

/* The host's interrupts that no VM has */
static void check_host(struct vlpi_test *t)
{
	unsigned int i, event, forwarded = 0;

	for (i = 0; i <= t->m->nr_its; i++) {
		struct vlpi v = {
			.mock = i < t->m->nr_its ? t->mock[i] : t->mock2,
		};

		for (event = 0; event < its_mock_msi_nr_events(v.mock); event++) {
			struct irq_desc *desc;
			bool virt;

			v.event = event;
			desc = irq_to_desc(vlpi_host_irq(&v));
			virt = irqd_is_forwarded_to_vcpu(irq_desc_get_irq_data(desc));
			forwarded += virt;
			KUNIT_EXPECT_EQ(t->test, virt, vlpi_is_virtual(&v));
			/* Lazy masking would let a vLPI through */
			KUNIT_EXPECT_EQ(t->test, virt,
					!!(desc->status_use_accessors &
					   IRQ_DISABLE_UNLAZY));
		}
	}
	KUNIT_EXPECT_GE(t->test, count_all_forwarded(), forwarded);
}

/**
 * vlpi_expect_agreement() - KVM, the ITS driver, the host and the machine agree
 * @t: the case; its VM's vCPUs are not loaded
 *
 * On which LPIs are forwarded and where to, on their configuration, on
 * references and counts, and on who holds what is pending. Works for any VM,
 * however its vLPIs came to be.
 *
 * Context: the test's thread; may sleep.
 */
void vlpi_expect_agreement(struct vlpi_test *t)
{
	struct agree a = { .t = t };

	/* As many mappings as there are LPIs that claim one, in all VMs */
	KUNIT_EXPECT_EQ(t->test, vlpi_nr_mappings(), count_all_forwarded());
	check_host(t);
	if (!t->vm || !t->vm->kvm)
		return;

	find_itses(&a);
	check_lpis(&a);
	if (t->vm->kvm->arch.vgic.its_vm.vpes)
		check_counts(&a);
}
