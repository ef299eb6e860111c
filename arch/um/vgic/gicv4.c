// SPDX-License-Identifier: GPL-2.0
/*
 * drivers/irqchip/irq-gic-v4.c for UML.
 *
 * The driver asks the CPU for virtual SGIs only if built for arm64.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/msi.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/um-vgic.h>

#include "host.h"

/* Lost domains are still in a list of the kernel's, where no scan misses them */
static atomic_t nr_domains, nr_fwnodes;

static struct irq_domain *count_domain(struct irq_domain *domain)
{
	if (domain)
		atomic_inc(&nr_domains);

	return domain;
}

static struct fwnode_handle *count_fwnode(struct fwnode_handle *fwnode)
{
	if (fwnode)
		atomic_inc(&nr_fwnodes);

	return fwnode;
}

static void remove_domain(struct irq_domain *domain)
{
	atomic_dec(&nr_domains);
	irq_domain_remove(domain);
}

static void free_fwnode(struct fwnode_handle *fwnode)
{
	atomic_dec(&nr_fwnodes);
	irq_domain_free_fwnode(fwnode);
}

#define irq_domain_create_linear(...)					\
	count_domain(irq_domain_create_linear(__VA_ARGS__))
#define irq_domain_create_hierarchy(...)				\
	count_domain(irq_domain_create_hierarchy(__VA_ARGS__))
#define irq_domain_alloc_named_id_fwnode(...)				\
	count_fwnode(irq_domain_alloc_named_id_fwnode(__VA_ARGS__))
#define irq_domain_remove(domain)	remove_domain(domain)
#define irq_domain_free_fwnode(fwnode)	free_fwnode(fwnode)

#define CONFIG_ARM64 1
#include "../../../drivers/irqchip/irq-gic-v4.c"

/**
 * um_gicv4_get_counts - what the GICv4 layer has in use
 * @domains: interrupt domains of vPEs and of vSGIs
 * @fwnodes: their firmware nodes
 *
 * Context: any.
 */
void um_gicv4_get_counts(unsigned int *domains, unsigned int *fwnodes)
{
	*domains = atomic_read(&nr_domains);
	*fwnodes = atomic_read(&nr_fwnodes);
}
EXPORT_SYMBOL_GPL(um_gicv4_get_counts);

/**
 * um_gicv4_teardown - forget the domain and the operations of its_init_v4()
 *
 * Context: no vPE exists.
 */
void um_gicv4_teardown(void)
{
	gic_domain = NULL;
	vpe_domain_ops = NULL;
	sgi_domain_ops = NULL;
	atomic_set(&nr_domains, 0);
	atomic_set(&nr_fwnodes, 0);
}
