// SPDX-License-Identifier: GPL-2.0
/*
 * The GIC of the UML host: what drivers/irqchip/irq-gic-v3.c is on arm64.
 *
 * irq-gic-v3.c itself is about arm64's exception entry and system registers.
 * The ITS driver needs little of it: the redistributors, an interrupt domain
 * for physical LPIs, and a call on each CPU as it comes up.
 */
#include <linux/cpu.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/mutex.h>
#include <linux/of.h>
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/um-vgic.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/arm-gic-v3-prio.h>
#include <linux/irqchip/gicv4-model.h>

#include "host.h"

#define UM_ITS_FRAMES_SIZE	SZ_256K	/* GITS_, translater, vSGI frames */

static struct {
	struct of_changeset	changes;
	struct device_node	*node;
	struct device_node	*its[GICV4_MAX_ITS];
	unsigned int		nr_its;
	struct irq_domain	*domain;
	struct rdists		rdists;
	bool			up;
} um_gic;

/* One machine is built at a time */
static DEFINE_MUTEX(um_gic_lock);

/* Physical LPIs: as irq-gic-v3.c has them */

/* LPIs have no active state: nothing to tell to the CPU interface */
static void um_gic_eoi(struct irq_data *d)
{
}

/* The ITS driver masks in the property table, not here */
static void um_gic_mask(struct irq_data *d)
{
}

static int um_gic_set_type(struct irq_data *d, unsigned int type)
{
	return type == IRQ_TYPE_EDGE_RISING ? 0 : -EINVAL;
}

static struct irq_chip um_gic_chip = {
	.name		= "GICv3",
	.irq_mask	= um_gic_mask,
	.irq_unmask	= um_gic_mask,
	.irq_eoi	= um_gic_eoi,
	.irq_set_type	= um_gic_set_type,
	.flags		= IRQCHIP_SET_TYPE_MASKED | IRQCHIP_SKIP_SET_WAKE |
			  IRQCHIP_MASK_ON_SUSPEND,
};

static int um_gic_translate(struct irq_domain *d, struct irq_fwspec *fwspec,
			    unsigned long *hwirq, unsigned int *type)
{
	if (fwspec->param_count < 3 || fwspec->param[0] != GIC_IRQ_TYPE_LPI)
		return -EINVAL;

	*hwirq = fwspec->param[1];
	*type = fwspec->param[2] & IRQ_TYPE_SENSE_MASK;

	return 0;
}

static int um_gic_alloc(struct irq_domain *d, unsigned int virq,
			unsigned int nr_irqs, void *arg)
{
	irq_hw_number_t hwirq;
	unsigned int type, i;
	int ret;

	ret = um_gic_translate(d, arg, &hwirq, &type);
	if (ret)
		return ret;

	for (i = 0; i < nr_irqs; i++) {
		irq_domain_set_info(d, virq + i, hwirq + i, &um_gic_chip,
				    NULL, handle_fasteoi_irq, NULL, NULL);
		irqd_set_handle_enforce_irqctx(irq_get_irq_data(virq + i));
	}

	return 0;
}

static void um_gic_free(struct irq_domain *d, unsigned int virq,
			unsigned int nr_irqs)
{
	unsigned int i;

	for (i = 0; i < nr_irqs; i++) {
		irq_set_handler(virq + i, NULL);
		irq_domain_reset_irq_data(irq_domain_get_irq_data(d, virq + i));
	}
}

static const struct irq_domain_ops um_gic_domain_ops = {
	.translate	= um_gic_translate,
	.alloc		= um_gic_alloc,
	.free		= um_gic_free,
};

/* The IRQ exception: ICC_IAR1_EL1 gave @intid on @cpu */
static void um_gic_handle_irq(unsigned int cpu, u32 intid)
{
	/* A redistributor without a CPU in this kernel borrows one */
	WARN_ON_ONCE(cpu < nr_cpu_ids && cpu != smp_processor_id());
	WARN_ON_ONCE(!in_hardirq());

	/*
	 * An LPI without a mapping is acknowledged and dropped, as arm64 does.
	 * It happens when an interrupt is freed while it is on its way.
	 */
	if (generic_handle_domain_irq(um_gic.domain, intid))
		pr_warn_ratelimited("GICv3: unexpected interrupt %u on CPU%u\n",
				    intid, cpu);
}

/* Firmware: a device tree with one GIC and its ITSs */

static struct device_node *add_node(struct device_node *parent,
				    const char *name, phys_addr_t base, u64 size,
				    const char *compatible)
{
	u32 reg[] = {
		upper_32_bits(base), lower_32_bits(base),
		upper_32_bits(size), lower_32_bits(size),
	};
	struct device_node *np;
	char full_name[48];

	snprintf(full_name, sizeof(full_name), "%s@%llx", name,
		 (unsigned long long)base);
	np = of_changeset_create_node(&um_gic.changes, parent, full_name);
	if (!np)
		return NULL;

	/* Interrupt controllers are no platform devices, see of_irq_init() */
	of_node_set_flag(np, OF_POPULATED);

	if (of_changeset_add_prop_string(&um_gic.changes, np, "compatible",
					 compatible) ||
	    of_changeset_add_prop_u32_array(&um_gic.changes, np, "reg", reg,
					    ARRAY_SIZE(reg)))
		return NULL;

	return np;
}

static int add_its(unsigned int i)
{
	struct of_changeset *ocs = &um_gic.changes;
	struct device_node *np;

	np = add_node(um_gic.node, "msi-controller", gicv4_its_phys(i),
		      UM_ITS_FRAMES_SIZE, "arm,gic-v3-its");
	if (!np)
		return -ENOMEM;

	um_gic.its[i] = np;

	return of_changeset_add_prop_bool(ocs, np, "msi-controller") ?:
	       of_changeset_add_prop_u32(ocs, np, "#msi-cells", 1);
}

static int add_gic(const struct gicv4_desc *desc)
{
	struct of_changeset *ocs = &um_gic.changes;
	unsigned int i;
	int ret;

	um_gic.node = add_node(of_root, "interrupt-controller",
			       gicv4_dist_phys(), SZ_64K, "arm,gic-v3");
	if (!um_gic.node)
		return -ENOMEM;

	ret = of_changeset_add_prop_bool(ocs, um_gic.node, "interrupt-controller") ?:
	      of_changeset_add_prop_u32(ocs, um_gic.node, "#interrupt-cells", 3) ?:
	      of_changeset_add_prop_u32(ocs, um_gic.node, "#address-cells", 2) ?:
	      of_changeset_add_prop_u32(ocs, um_gic.node, "#size-cells", 2) ?:
	      of_changeset_add_prop_bool(ocs, um_gic.node, "ranges");

	for (i = 0; !ret && i < desc->nr_its; i++)
		ret = add_its(i);

	um_gic.nr_its = desc->nr_its;

	return ret;
}

static int describe_machine(const struct gicv4_desc *desc)
{
	int ret;

	of_changeset_init(&um_gic.changes);

	ret = add_gic(desc) ?: of_changeset_apply(&um_gic.changes);
	if (ret)
		of_changeset_destroy(&um_gic.changes);

	return ret;
}

/* Drop the reference of a node's creator, once its changeset is gone */
static void put_node(struct device_node *np)
{
	/* Without sysfs, of_detach_node() drops one that it never took */
	if (IS_ENABLED(CONFIG_SYSFS))
		of_node_put(np);
}

static void forget_machine(void)
{
	unsigned int i;

	of_changeset_revert(&um_gic.changes);
	of_changeset_destroy(&um_gic.changes);
	for (i = 0; i < um_gic.nr_its; i++)
		put_node(um_gic.its[i]);
	put_node(um_gic.node);
	um_gic.node = NULL;
	um_gic.nr_its = 0;
}

/* Redistributors */

static int map_rdist(int cpu)
{
	struct rdists *rdists = &um_gic.rdists;
	void __iomem *rbase;
	u64 typer;

	/* RD, SGI, VLPI and reserved frames */
	rbase = ioremap(gicv4_rdist_phys(cpu), SZ_256K);
	if (!rbase)
		return -ENOMEM;

	raw_spin_lock_init(&per_cpu_ptr(rdists->rdist, cpu)->rd_lock);
	per_cpu_ptr(rdists->rdist, cpu)->rd_base = rbase;
	per_cpu_ptr(rdists->rdist, cpu)->phys_base = gicv4_rdist_phys(cpu);

	/* A feature counts if each redistributor has it */
	typer = gic_read_typer(rbase + GICR_TYPER);
	rdists->has_vlpis &= !!(typer & GICR_TYPER_VLPIS);
	rdists->has_rvpeid &= !!(typer & GICR_TYPER_RVPEID);
	rdists->has_direct_lpi &= (typer & GICR_TYPER_DirectLPIS) ||
				  (readl_relaxed(rbase + GICR_CTLR) & GICR_CTLR_IR) ||
				  rdists->has_rvpeid;
	rdists->has_vpend_valid_dirty &= !!(typer & GICR_TYPER_DIRTY);

	return 0;
}

static void unmap_rdists(void)
{
	struct rdists *rdists = &um_gic.rdists;
	int cpu;

	if (!rdists->rdist)
		return;

	for_each_possible_cpu(cpu) {
		if (per_cpu_ptr(rdists->rdist, cpu)->rd_base)
			iounmap(per_cpu_ptr(rdists->rdist, cpu)->rd_base);
	}

	free_percpu(rdists->rdist);
	memset(rdists, 0, sizeof(*rdists));
}

static int map_rdists(void)
{
	struct rdists *rdists = &um_gic.rdists;
	void __iomem *dist;
	int cpu, ret = 0;

	dist = ioremap(gicv4_dist_phys(), SZ_64K);
	if (!dist)
		return -ENOMEM;

	memset(rdists, 0, sizeof(*rdists));
	rdists->gicd_typer = readl_relaxed(dist + GICD_TYPER);
	rdists->gicd_typer2 = readl_relaxed(dist + GICD_TYPER2);
	iounmap(dist);

	rdists->has_vlpis = true;
	rdists->has_rvpeid = true;
	rdists->has_direct_lpi = true;
	rdists->has_vpend_valid_dirty = true;
	rdists->rdist = alloc_percpu(typeof(*rdists->rdist));
	if (!rdists->rdist)
		return -ENOMEM;

	for_each_possible_cpu(cpu) {
		ret = map_rdist(cpu);
		if (ret)
			break;
	}

	if (ret)
		unmap_rdists();

	return ret;
}

/* CPUs come up and go down with interrupts off, as in a hotplug callback */

static int cpu_up_irqs_off(void *unused)
{
	guard(irqsave)();

	return its_cpu_init();
}

static int cpu_down_irqs_off(void *unused)
{
	guard(irqsave)();
	um_its_quiesce_cpu();

	return 0;
}

static int on_each_cpu_in_turn(int (*fn)(void *))
{
	int cpu, ret = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		ret = smp_call_on_cpu(cpu, fn, NULL, false);
		if (ret)
			break;
	}
	cpus_read_unlock();

	return ret;
}

/* The machine as a whole */

static void tear_down(void)
{
	if (!um_gic.up)
		return;

	um_gic.up = false;
	um_kvm_set_gicv4(false, false);
	um_sysreg_set_gicv4_1(false);
	gicv4_set_irq_handler(NULL);
	on_each_cpu_in_turn(cpu_down_irqs_off);
	um_its_teardown();
	um_gicv4_teardown();
	irq_domain_remove(um_gic.domain);
	um_gic.domain = NULL;
	unmap_rdists();
	forget_machine();
}

/* Giving a machine back has its rules, too, and no test sees to them */
static void tear_down_by_the_rules(void)
{
	unsigned int i = gicv4_nr_breaches();
	struct gicv4_breach breach;

	tear_down();
	while (gicv4_get_breach(i++, &breach))
		WARN(1, "GICv3: rule %s broken as the machine was given back, ITS %d, CPU %d, %llx %llx\n",
		     gicv4_rule_name(breach.rule), breach.its, breach.cpu,
		     breach.raw[0], breach.raw[1]);
}

/*
 * its_of_probe() hands the GIC's node to of_find_matching_node(), which puts
 * it. Where a GIC's node is there to stay, nobody notices.
 */
static int start_its(void)
{
	unsigned int refs = kref_read(&um_gic.node->kobj.kref);
	int ret;

	ret = um_its_init(of_fwnode_handle(um_gic.node), &um_gic.rdists,
			  um_gic.domain, GICV3_PRIO_IRQ);

	while (kref_read(&um_gic.node->kobj.kref) < refs)
		of_node_get(um_gic.node);

	return ret;
}

static int bring_up(const struct gicv4_desc *desc)
{
	int ret;

	ret = describe_machine(desc);
	if (ret)
		return ret;

	ret = map_rdists();
	if (ret)
		goto err_forget;

	ret = -ENOMEM;
	um_gic.domain = irq_domain_create_tree(of_fwnode_handle(um_gic.node),
					       &um_gic_domain_ops, NULL);
	if (!um_gic.domain)
		goto err_unmap;

	irq_domain_update_bus_token(um_gic.domain, DOMAIN_BUS_WIRED);
	gicv4_set_irq_handler(um_gic_handle_irq);

	ret = start_its();
	if (ret)
		goto err_domain;

	um_gic.up = true;
	ret = on_each_cpu_in_turn(cpu_up_irqs_off);
	if (ret) {
		tear_down();
		return ret;
	}

	um_sysreg_set_gicv4_1(um_gic.rdists.has_rvpeid);
	um_kvm_set_gicv4(um_gic.rdists.has_vlpis, um_gic.rdists.has_rvpeid);

	return 0;

err_domain:
	gicv4_set_irq_handler(NULL);
	irq_domain_remove(um_gic.domain);
	um_gic.domain = NULL;
err_unmap:
	unmap_rdists();
err_forget:
	forget_machine();
	return ret;
}

/**
 * um_vgic_machine - replace the machine by another one
 * @desc: what to build; NULL for the default with one redistributor per CPU
 *
 * The ITS driver lets go of the old machine and gives back all memory, the
 * machine is switched off and built as @desc says, and the drivers start anew.
 * Interrupt numbers, fwnodes and domains of the old machine are gone.
 *
 * Context: may sleep. No VM exists and no device has an interrupt at an ITS.
 * Return: 0; -EBUSY if the old machine is in use, which then goes on; -EINVAL
 * if a CPU would have no redistributor; else the error of the machine or of
 * the ITS driver, and there is no machine
 */
int um_vgic_machine(const struct gicv4_desc *desc)
{
	struct gicv4_desc dflt;
	int ret;

	if (!desc) {
		dflt = gicv4_default_desc(nr_cpu_ids);
		desc = &dflt;
	}

	if (desc->nr_cpus < nr_cpu_ids)
		return -EINVAL;

	guard(mutex)(&um_gic_lock);

	if (um_gic.up && um_its_busy())
		return -EBUSY;

	/* A stalled queue must not keep the driver from stopping it */
	gicv4_fault_clear();
	tear_down_by_the_rules();

	ret = gicv4_machine_init(desc);
	if (ret)
		return ret;

	return bring_up(desc);
}
EXPORT_SYMBOL_GPL(um_vgic_machine);

/**
 * um_vgic_its_fwnode - the firmware node of an ITS
 * @its: number of the ITS, as in the machine's description
 *
 * Return: the node, valid until the next um_vgic_machine(), or NULL if the
 * machine has no such ITS
 */
struct fwnode_handle *um_vgic_its_fwnode(unsigned int its)
{
	if (its >= um_gic.nr_its)
		return NULL;

	return of_fwnode_handle(um_gic.its[its]);
}
EXPORT_SYMBOL_GPL(um_vgic_its_fwnode);

/*
 * Boot: arm64 probes the GIC before KVM starts, and KVM before any test runs.
 */
static int __init um_vgic_init(void)
{
	int ret;

	ret = um_kvm_init();
	if (ret)
		return ret;

	return um_vgic_machine(NULL);
}
late_initcall(um_vgic_init);
