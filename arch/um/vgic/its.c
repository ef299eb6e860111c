// SPDX-License-Identifier: GPL-2.0
/*
 * drivers/irqchip/irq-gic-v3-its.c for UML, and the way back from its_init().
 *
 * The driver is written to be started once. Here a machine may be replaced by
 * another one within one boot, so nothing of the driver is discarded or made
 * read-only after boot, and um_its_teardown() undoes what its_init() and
 * its_cpu_init() did.
 */
#include <linux/init.h>
#include <linux/cache.h>
#include <linux/delay.h>
#include <linux/genalloc.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/um-vgic.h>

/* What becomes of a driver that waits, see um_its_after_waits() */
static void (*waits_fn)(void);
static unsigned int waits_left;

static void um_its_udelay(unsigned long usecs)
{
	if (!waits_left)
		udelay(usecs);
	else if (!--waits_left)
		waits_fn();
}

/* Who looks on as the driver cleans caches, see um_its_watch_cleaning() */
static void (*cleaning_fn)(const void *addr, size_t size);

static void um_its_clean(const void *addr, size_t size)
{
	void (*fn)(const void *addr, size_t size) = READ_ONCE(cleaning_fn);

	if (fn)
		fn(addr, size);
}

#undef gic_flush_dcache_to_poc
#define gic_flush_dcache_to_poc(addr, size) um_its_clean(addr, size)
#undef udelay
#define udelay(usecs) um_its_udelay(usecs)
#undef __init
#define __init
#undef __ro_after_init
#define __ro_after_init
#include "../../../drivers/irqchip/irq-gic-v3-its.c"

#include "host.h"

static bool syscore_registered;

/**
 * um_its_init - its_init(), with a clean slate after a failure
 * @handle: firmware node of the GIC
 * @rdists: the redistributors
 * @parent: domain of physical LPIs
 * @prio: priority of LPIs
 *
 * Context: may sleep.
 * Return: 0, or the error of its_init()
 */
int um_its_init(struct fwnode_handle *handle, struct rdists *rdists,
		struct irq_domain *parent, u8 prio)
{
	int ret = its_init(handle, rdists, parent, prio);

	syscore_registered = !ret;
	if (ret)
		um_its_teardown();

	return ret;
}

/**
 * um_its_busy - is any device, other than the driver's own, still mapped?
 *
 * Context: may sleep.
 * Return: true if a device has interrupts at an ITS
 */
bool um_its_busy(void)
{
	struct its_device *dev;
	struct its_node *its;

	list_for_each_entry(its, &its_nodes, entry) {
		guard(raw_spinlock_irqsave)(&its->lock);

		list_for_each_entry(dev, &its->its_device_list, entry) {
			if (dev != vpe_proxy.dev)
				return true;
		}
	}

	return !ida_is_empty(&its_vpeid_ida);
}

/* Of a machine that the driver has started on */
static unsigned int nr_lpis_in_use(void)
{
	unsigned int nr = BIT(lpi_id_bits) - 8192;
	struct lpi_range *range;

	guard(mutex)(&lpi_range_lock);
	list_for_each_entry(range, &lpi_range_list, entry)
		nr -= range->span;

	return nr;
}

/**
 * um_its_get_counts - what of the ITS driver's is in use
 * @c: where it is put
 *
 * Context: may sleep; a machine is there.
 */
void um_its_get_counts(struct um_its_counts *c)
{
	struct its_device *dev;
	struct its_node *its;
	int id = -1;

	*c = (struct um_its_counts) { .lpis = nr_lpis_in_use() };

	while ((id = ida_find_first_range(&its_vpeid_ida, id + 1, -1)) >= 0)
		c->vpes++;

	list_for_each_entry(its, &its_nodes, entry) {
		guard(raw_spinlock_irqsave)(&its->lock);

		list_for_each_entry(dev, &its->its_device_list, entry) {
			c->devices++;
			c->vlpis += dev->event_map.nr_vlpis;
		}
	}
}
EXPORT_SYMBOL_GPL(um_its_get_counts);

/**
 * um_its_after_waits - have something done while the driver waits
 * @waits: microseconds for which it waits first, and which take no time
 * @fn: what is done then, once; any context
 *
 * The driver polls an ITS that has not executed its commands yet, a
 * microsecond apart and a million times, before it gives up.
 *
 * Context: the driver is used by nobody else.
 */
void um_its_after_waits(unsigned int waits, void (*fn)(void))
{
	waits_fn = fn;
	waits_left = waits;
}
EXPORT_SYMBOL_GPL(um_its_after_waits);

/**
 * um_its_watch_cleaning - look on as the driver cleans caches
 * @fn: what is called then with what is cleaned, in any context; or NULL
 *
 * Context: any.
 */
void um_its_watch_cleaning(void (*fn)(const void *addr, size_t size))
{
	WRITE_ONCE(cleaning_fn, fn);
}
EXPORT_SYMBOL_GPL(um_its_watch_cleaning);

/**
 * um_its_get_locks - which locks of the driver's own are taken, by anybody
 * @irq: an interrupt of the device that is meant, or 0
 * @cpu: the redistributor that is meant, or -1
 * @l: where it is put
 *
 * Context: any; a machine is there. A kernel without SMP takes none.
 */
void um_its_get_locks(unsigned int irq, int cpu, struct um_its_locks *l)
{
	struct irq_data *d = irq ? irq_get_irq_data(irq) : NULL;

	*l = (struct um_its_locks) {
		.vmovp	= raw_spin_is_locked(&vmovp_lock),
		.proxy	= raw_spin_is_locked(&vpe_proxy.lock),
		.rdist	= cpu >= 0 &&
			  raw_spin_is_locked(&gic_data_rdist_cpu(cpu)->rd_lock),
	};

	while (d && d->chip != &its_irq_chip)
		d = d->parent_data;
	if (d) {
		struct its_device *dev = irq_data_get_irq_chip_data(d);

		l->vlpis = raw_spin_is_locked(&dev->event_map.vlpi_lock);
	}
}
EXPORT_SYMBOL_GPL(um_its_get_locks);

/**
 * um_its_quiesce_cpu - stop LPIs of this CPU's redistributor
 *
 * The opposite of its_cpu_init(): afterwards the redistributor uses neither
 * the property nor the pending table.
 *
 * Context: on the CPU in question, interrupts disabled.
 */
void um_its_quiesce_cpu(void)
{
	void __iomem *rbase = gic_data_rdist_rd_base();
	u32 ctlr = readl_relaxed(rbase + GICR_CTLR);

	writel_relaxed(ctlr & ~GICR_CTLR_ENABLE_LPIS, rbase + GICR_CTLR);
}

/**
 * um_vgic_suspend() - what the ITS driver does when the host suspends
 *
 * The ITSs are switched off. They keep their registers, as some firmware does.
 *
 * Context: any; no command is under way.
 * Return: 0, or an error and the ITSs go on
 */
int um_vgic_suspend(void)
{
	guard(irqsave)();

	return its_syscore_ops.suspend(NULL);
}
EXPORT_SYMBOL_GPL(um_vgic_suspend);

/**
 * um_vgic_resume() - what the ITS driver does when the host resumes
 *
 * Context: as um_vgic_suspend(), after it has returned 0.
 */
void um_vgic_resume(void)
{
	guard(irqsave)();
	its_syscore_ops.resume(NULL);
}
EXPORT_SYMBOL_GPL(um_vgic_resume);

/* The second level of an indirect table, of which entries are @psz bytes */
static void free_l2_tables(__le64 *l1, size_t l1_size, u32 psz)
{
	size_t i;

	for (i = 0; i < l1_size / GITS_LVL1_ENTRY_SIZE; i++) {
		u64 entry = le64_to_cpu(l1[i]);

		if (entry & GITS_BASER_VALID)
			its_free_pages(phys_to_virt(entry & GENMASK_ULL(51, 12)),
				       get_order(psz));
	}
}

/* As its_alloc_tables(): on GICv4.1 the vPE table may be that of a sibling */
static void free_tables(struct its_node *its)
{
	struct its_node *other;
	int i;

	for (i = 0; i < GITS_BASER_NR_REGS; i++) {
		struct its_baser *baser = &its->tables[i];

		if (!baser->base)
			continue;

		if (baser->val & GITS_BASER_INDIRECT)
			free_l2_tables(baser->base,
				       PAGE_ORDER_TO_SIZE(baser->order),
				       baser->psz);

		list_for_each_entry(other, &its_nodes, entry) {
			if (other != its && other->tables[i].base == baser->base)
				other->tables[i].base = NULL;
		}
	}

	its_free_tables(its);
}

static void stop_its(struct its_node *its)
{
	int i;

	its_force_quiescent(its->base);
	gits_write_cbaser(0, its->base + GITS_CBASER);
	for (i = 0; i < GITS_BASER_NR_REGS; i++)
		gits_write_baser(0, its->base + GITS_BASER + (i << 3));
}

static void free_its(struct its_node *its)
{
	struct irq_domain *domain;

	domain = irq_find_matching_fwnode(its->fwnode_handle, DOMAIN_BUS_NEXUS);
	if (domain) {
		struct msi_domain_info *info = domain->host_data;

		irq_domain_remove(domain);
		kfree(info);
	}

	kfree(its->collections);
	free_tables(its);
	its_free_pages(its->cmd_base, get_order(ITS_CMD_QUEUE_SZ));
	list_del(&its->entry);
	if (its->sgir_base)
		iounmap(its->sgir_base);
	its_node_destroy(its);
}

/* Before free_its(): tells a vPE table that a redistributor took from an ITS */
static bool is_its_table(void *base)
{
	struct its_node *its;

	list_for_each_entry(its, &its_nodes, entry) {
		if (its->tables[2].base == base)
			return true;
	}

	return false;
}

/* Size of a GIC page, from the two bits in GITS_BASER and GICR_VPROPBASER */
static u32 gic_page_size(u64 psz)
{
	switch (psz) {
	case GIC_PAGE_SIZE_16K:
		return SZ_16K;
	case GIC_PAGE_SIZE_64K:
		return SZ_64K;
	default:
		return SZ_4K;
	}
}

static void __iomem *rdist_vpropbaser(int cpu)
{
	return gic_data_rdist_cpu(cpu)->rd_base + SZ_128K + GICR_VPROPBASER;
}

/* Redistributors of one affinity group share table and mask, see its_cpu_init() */
static void forget_vpe_table(int cpu)
{
	cpumask_t *mask = gic_data_rdist_cpu(cpu)->vpe_table_mask;
	void *base = gic_data_rdist_cpu(cpu)->vpe_l1_base;
	int other;

	kfree(mask);
	for_each_possible_cpu(other) {
		if (gic_data_rdist_cpu(other)->vpe_table_mask == mask)
			gic_data_rdist_cpu(other)->vpe_table_mask = NULL;
		if (gic_data_rdist_cpu(other)->vpe_l1_base == base)
			gic_data_rdist_cpu(other)->vpe_l1_base = NULL;
	}
}

/* @val: GICR_VPROPBASER as it was while the table was in use */
static void free_vpe_table(int cpu, u64 val)
{
	void *base = gic_data_rdist_cpu(cpu)->vpe_l1_base;
	u32 psz = gic_page_size(FIELD_GET(GICR_VPROPBASER_4_1_PAGE_SIZE, val));
	size_t size = (FIELD_GET(GICR_VPROPBASER_4_1_SIZE, val) + 1) * psz;

	if (base && !is_its_table(base)) {
		if (val & GICR_VPROPBASER_4_1_INDIRECT)
			free_l2_tables(base, size, psz);
		its_free_pages(base, get_order(size));
	}

	forget_vpe_table(cpu);
}

/* GICv4.1: no redistributor uses a table any more before the first is freed */
static void free_vpe_tables(void)
{
	u64 val = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		/* All of them have tables of one size, as the driver assumes too */
		if (gicr_read_vpropbaser(rdist_vpropbaser(cpu)) & GICR_VPROPBASER_4_1_VALID)
			val = gicr_read_vpropbaser(rdist_vpropbaser(cpu));
		gicr_write_vpropbaser(0, rdist_vpropbaser(cpu));
	}

	for_each_possible_cpu(cpu)
		free_vpe_table(cpu, val);
}

static void free_rdists(void)
{
	int cpu;

	if (gic_rdists->has_rvpeid)
		free_vpe_tables();

	for_each_possible_cpu(cpu) {
		if (gic_data_rdist_cpu(cpu)->pend_page)
			its_free_pending_table(gic_data_rdist_cpu(cpu)->pend_page);

		atomic_set(&per_cpu(cpu_lpi_count, cpu).managed, 0);
		atomic_set(&per_cpu(cpu_lpi_count, cpu).unmanaged, 0);
		per_cpu(local_4_1_its, cpu) = NULL;
	}

	if (gic_rdists->prop_table_va)
		its_free_prop_table(virt_to_page(gic_rdists->prop_table_va));
}

static void free_lpi_ranges(void)
{
	struct lpi_range *range, *tmp;

	list_for_each_entry_safe(range, tmp, &lpi_range_list, entry) {
		list_del(&range->entry);
		kfree(range);
	}
}

static void free_itt_chunk(struct gen_pool *pool, struct gen_pool_chunk *chunk,
			   void *data)
{
	its_free_pages((void *)chunk->start_addr, 0);
}

/**
 * um_its_teardown - undo its_init() and its_cpu_init(), of all CPUs
 *
 * The hardware is told first to let go of each table, as a kexec would do;
 * then all that the driver allocated is freed, and its variables are as they
 * were at boot.
 *
 * Context: may sleep; um_its_busy() is false, um_its_quiesce_cpu() has run on
 * each CPU, nobody else uses the driver.
 */
void um_its_teardown(void)
{
	struct its_node *its, *tmp;

	if (!gic_rdists)
		return;

	list_for_each_entry(its, &its_nodes, entry)
		stop_its(its);

	if (vpe_proxy.dev) {
		its_free_device(vpe_proxy.dev);
		kfree(vpe_proxy.vpes);
	}
	memset(&vpe_proxy, 0, sizeof(vpe_proxy));

	free_rdists();
	list_for_each_entry_safe(its, tmp, &its_nodes, entry)
		free_its(its);
	free_lpi_ranges();
	ida_destroy(&its_vpeid_ida);

	if (itt_pool) {
		gen_pool_for_each_chunk(itt_pool, free_itt_chunk, NULL);
		gen_pool_destroy(itt_pool);
		itt_pool = NULL;
	}

	if (syscore_registered)
		unregister_syscore(&its_syscore);
	syscore_registered = false;

	its_list_map = 0;
	vmovp_seq_num = 0;
	lpi_id_bits = 0;
	its_parent = NULL;
	gic_rdists = NULL;
}
