// SPDX-License-Identifier: GPL-2.0
/*
 * Who holds the LPIs of a VM: each event that maps one, each translation that
 * is cached, each list of a vCPU that one is queued on. A reference beyond
 * these is a leak, one too few is a use after free to come.
 */
#include <kunit/test.h>
#include <linux/kvm_host.h>
#include <linux/xarray.h>

#include "vgic.h"
#include "vlpi-vits.h"

static unsigned int holders_in(struct vgic_its *its, const struct vgic_irq *irq)
{
	struct its_device *dev;
	unsigned int n = 0;
	struct its_ite *ite;
	unsigned long key;
	void *cached;

	list_for_each_entry(dev, &its->device_list, dev_list)
		list_for_each_entry(ite, &dev->itt_head, ite_list)
			n += ite->irq == irq;
	xa_for_each(&its->translation_cache, key, cached)
		n += cached == irq;

	return n;
}

/**
 * vits_expect_refs() - each LPI has as many references as there are holders
 * @test: the test
 * @kvm: the VM; no vCPU is loaded, and nobody else uses its ITSs
 *
 * Context: may sleep.
 */
void vits_expect_refs(struct kunit *test, struct kvm *kvm)
{
	struct kvm_device *dev;
	struct vgic_irq *irq;
	unsigned long intid;

	xa_for_each(&kvm->arch.vgic.lpi_xa, intid, irq) {
		unsigned int holders = !!irq->vcpu;

		list_for_each_entry(dev, &kvm->devices, vm_node)
			if (dev->ops == &kvm_arm_vgic_its_ops)
				holders += holders_in(dev->private, irq);

		KUNIT_EXPECT_EQ_MSG(test, refcount_read(&irq->refcount), holders,
				    "references of LPI %lu", intid);
		/* One that nobody holds has to be gone */
		KUNIT_EXPECT_GT_MSG(test, holders, 0, "LPI %lu", intid);
		KUNIT_EXPECT_EQ(test, irq->intid, intid);
	}
}
