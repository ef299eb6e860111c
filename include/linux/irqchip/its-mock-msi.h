/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device without hardware that owns ITS-backed host MSIs.
 *
 * It exists for tests and for KVM_DEBUG_GIC_MSI_SETUP: interrupts that are
 * mapped in a real ITS like those of any device, with nobody else to miss
 * them. Something else writes the doorbell: the software GICv4 machine, a
 * test, or irq_set_irqchip_state().
 */
#ifndef __LINUX_IRQCHIP_ITS_MOCK_MSI_H
#define __LINUX_IRQCHIP_ITS_MOCK_MSI_H

#include <linux/mutex.h>
#include <linux/types.h>

struct eventfd_ctx;
struct fwnode_handle;
struct its_mock_msi;

#ifdef CONFIG_ITS_MOCK_MSI

extern struct mutex its_mock_msi_use_lock;

struct its_mock_msi *its_mock_msi_create(struct fwnode_handle *its_fwnode,
					 u32 device_id, unsigned int nr_events);
void its_mock_msi_destroy(struct its_mock_msi *m);
struct its_mock_msi *its_mock_msi_lookup(struct fwnode_handle *its_fwnode,
					 u32 device_id);
int its_mock_msi_try_destroy(struct its_mock_msi *m);

unsigned int its_mock_msi_irq(const struct its_mock_msi *m, unsigned int event);
u32 its_mock_msi_device_id(const struct its_mock_msi *m);
struct fwnode_handle *its_mock_msi_its_fwnode(const struct its_mock_msi *m);
unsigned int its_mock_msi_nr_events(const struct its_mock_msi *m);
u64 its_mock_msi_hits(const struct its_mock_msi *m, unsigned int event);
void its_mock_msi_set_trigger(struct its_mock_msi *m, unsigned int event,
			      struct eventfd_ctx *trigger);

bool its_mock_msi_owns(unsigned int irq);

#else

static inline bool its_mock_msi_owns(unsigned int irq)
{
	return false;
}

#endif

#endif /* __LINUX_IRQCHIP_ITS_MOCK_MSI_H */
