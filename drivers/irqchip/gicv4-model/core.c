// SPDX-License-Identifier: GPL-2.0
/*
 * The software GICv4 machine: power, address map, distributor, devices.
 */
#define pr_fmt(fmt) "gicv4-model: " fmt

#include <linux/bitfield.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/logic_iomem.h>
#include <linux/mutex.h>

#include "internal.h"
#include "tracepoints.h"

struct gm gm = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(gm.lock),
};

static DEFINE_MUTEX(gm_power);

/**
 * gm_reg_write - write to a 64-bit register as a whole or by half
 * @reg: the register
 * @byte: offset of the access in the register, 0 or 4
 * @size: size of the access, bytes
 * @val: value written
 */
void gm_reg_write(u64 *reg, unsigned int byte, int size, u64 val)
{
	if (size == 8)
		*reg = val;
	else if (byte)
		*reg = (*reg & GENMASK_ULL(31, 0)) | (val << 32);
	else
		*reg = (*reg & GENMASK_ULL(63, 32)) | (u32)val;
}

/**
 * gm_reg_read - read a 64-bit register as a whole or by half
 * @reg: the register's value
 * @byte: offset of the access in the register, 0 or 4
 * @size: size of the access, bytes
 *
 * Return: the value that the access sees.
 */
u64 gm_reg_read(u64 reg, unsigned int byte, int size)
{
	if (size == 8)
		return reg;
	return (u32)(reg >> (byte * 8));
}

/* The distributor: identification, and GICD_CTLR to be read back */

/* VIL: VID says how many bits vPEIDs have; vSGIs need no active state */
static u32 gm_gicd_typer2(void)
{
	return GICD_TYPER2_nASSGIcap | GICD_TYPER2_VIL |
	       FIELD_PREP(GICD_TYPER2_VID, gm.desc.vpeid_bits - 1);
}

static u32 gm_gicd_read(unsigned int off)
{
	u32 arch = gm_is_v4() ? GIC_PIDR2_ARCH_GICv4 : GIC_PIDR2_ARCH_GICv3;

	switch (off) {
	case GICD_CTLR:
		return gm.gicd_ctlr;
	case GICD_TYPER:
		return GICD_TYPER_LPIS | (gm.desc.intid_bits - 1) << 19;
	case GICD_TYPER2:
		return gm_is_v4_1() ? gm_gicd_typer2() : 0;
	case GICD_PIDR2:
		return arch;
	default:
		return 0;
	}
}

static void gm_gicd_write(unsigned int off, u32 val)
{
	if (off == GICD_CTLR)
		gm.gicd_ctlr = val & ~GICD_CTLR_RWP;
}

/* The address map */

static u64 gm_gicr_stride(void)
{
	return gm_is_v4() ? GM_GICR_STRIDE_V4 : GM_GICR_STRIDE_V3;
}

static struct gm_rdist *gm_decode_rdist(unsigned int off, unsigned int *reg)
{
	unsigned int cpu;

	if (off < GM_GICR_OFF)
		return NULL;

	off -= GM_GICR_OFF;
	cpu = off / gm_gicr_stride();
	*reg = off % gm_gicr_stride();
	return cpu < gm.desc.nr_cpus ? &gm.rdist[cpu] : NULL;
}

static struct gm_its *gm_decode_its(unsigned int off, unsigned int *reg)
{
	unsigned int its;

	if (off < GM_ITS_OFF || off >= GM_GICR_OFF)
		return NULL;

	off -= GM_ITS_OFF;
	its = off / GM_ITS_STRIDE;
	*reg = off % GM_ITS_STRIDE;
	return its < gm.desc.nr_its ? &gm.its[its] : NULL;
}

/* Who looks on, without gm.lock and with the locks of the one that accesses */
static gicv4_access_fn gm_watcher;

static void gm_watched(unsigned int off, bool write, u64 val)
{
	struct gicv4_access access = { -1, -1, off, write, val };
	gicv4_access_fn fn = READ_ONCE(gm_watcher);
	const struct gm_rdist *rd;
	const struct gm_its *its;

	if (!fn)
		return;

	rd = gm_decode_rdist(off, &access.off);
	its = gm_decode_its(off, &access.off);
	if (rd)
		access.cpu = rd->cpu;
	if (its)
		access.its = its->id;
	fn(&access);
}

/**
 * gicv4_watch - look on as software accesses registers
 * @fn: called after each access, on the CPU and in the context that did it,
 *	with all its locks; it may ask the machine and wait, and accesses no
 *	register itself. NULL is nobody, as after gicv4_machine_init().
 *
 * Context: any; a call of the last @fn may be under way still.
 */
void gicv4_watch(gicv4_access_fn fn)
{
	WRITE_ONCE(gm_watcher, fn);
}
EXPORT_SYMBOL_GPL(gicv4_watch);

static u64 gm_read_locked(unsigned int off, int size)
{
	struct gm_rdist *rd;
	struct gm_its *its;
	unsigned int reg;
	u64 val = 0;

	guard(raw_spinlock_irqsave)(&gm.lock);

	/* What is not aligned is no access to a register */
	if (!gm.on || (off & (size - 1)))
		return 0;

	if (gm.sched)
		gm_sched_tick();

	rd = gm_decode_rdist(off, &reg);
	its = gm_decode_its(off, &reg);
	if (rd)
		val = gm_gicr_read(rd, reg, size);
	else if (its)
		val = gm_its_read(its, reg, size);
	else if (off < GIC_V3_DIST_SIZE)
		val = gm_gicd_read(off);

	gm_trace_read(off, size, val);
	return val;
}

static void gm_write_locked(unsigned int off, int size, u64 val)
{
	struct gm_rdist *rd;
	struct gm_its *its;
	unsigned int reg;

	guard(raw_spinlock_irqsave)(&gm.lock);

	if (!gm.on || (off & (size - 1)))
		return;

	if (gm.sched)
		gm_sched_tick();

	rd = gm_decode_rdist(off, &reg);
	its = gm_decode_its(off, &reg);
	gm_trace_write(off, size, val);
	if (rd)
		gm_gicr_write(rd, reg, size, val);
	else if (its)
		gm_its_write(its, reg, size, val);
	else if (off < GIC_V3_DIST_SIZE)
		gm_gicd_write(off, val);
}

static unsigned long gm_read(void *priv, unsigned int off, int size)
{
	u64 val = gm_read_locked(off, size);

	gm_watched(off, false, val);
	return val;
}

static void gm_write(void *priv, unsigned int off, int size, unsigned long val)
{
	gm_write_locked(off, size, val);
	gm_watched(off, true, val);
}

static const struct logic_iomem_ops gm_iomem_ops = {
	.read	= gm_read,
	.write	= gm_write,
};

static long gm_map(unsigned long offset, size_t size,
		   const struct logic_iomem_ops **ops, void **priv)
{
	*ops = &gm_iomem_ops;
	*priv = NULL;
	return offset;
}

static const struct logic_iomem_region_ops gm_region_ops = {
	.map	= gm_map,
};

static struct resource gm_resource = {
	.name	= "gicv4-model",
	.start	= GM_PHYS_BASE,
	.end	= GM_PHYS_BASE + GM_REGION_SIZE - 1,
	.flags	= IORESOURCE_MEM,
};

static int __init gm_register(void)
{
	/* Areas of logic_iomem are 16 MB, and our offset selects the frame */
	BUILD_BUG_ON(GM_REGION_SIZE > SZ_16M);
	BUILD_BUG_ON(GM_ITS_OFF + GICV4_MAX_ITS * GM_ITS_STRIDE > GM_GICR_OFF);
	BUILD_BUG_ON(GM_GICR_OFF + GICV4_MAX_CPUS * GM_GICR_STRIDE_V4 >
		     GM_REGION_SIZE);

	return logic_iomem_add_region(&gm_resource, &gm_region_ops);
}
core_initcall(gm_register);

static bool gm_entry_size_ok(unsigned int size, unsigned int min)
{
	return is_power_of_2(size) && size >= min && size <= 32;
}

static bool gm_sizes_ok(const struct gicv4_desc *desc)
{
	return gm_entry_size_ok(desc->dte_size, 8) &&
	       gm_entry_size_ok(desc->cte_size, 8) &&
	       gm_entry_size_ok(desc->vpte_size,
				desc->arch == GICV4_ARCH_4_1 ? 32 : 8) &&
	       /* GITS_TYPER.ITT_entry_size has four bits */
	       gm_entry_size_ok(desc->itte_size,
				desc->intid_bits <= 16 ? 8 : 16) &&
	       desc->itte_size <= 16 &&
	       (!desc->page_size || desc->page_size == SZ_4K ||
		desc->page_size == SZ_16K || desc->page_size == SZ_64K);
}

static bool gm_desc_ok(const struct gicv4_desc *desc)
{
	return desc->arch <= GICV4_ARCH_4_1 &&
	       desc->nr_cpus >= 1 && desc->nr_cpus <= GICV4_MAX_CPUS &&
	       desc->nr_its >= 1 && desc->nr_its <= GICV4_MAX_ITS &&
	       desc->groups >= 1 && desc->groups <= desc->nr_cpus &&
	       desc->devid_bits >= 1 && desc->devid_bits <= 32 &&
	       desc->eventid_bits >= 1 && desc->eventid_bits <= 32 &&
	       desc->intid_bits >= GM_MIN_LPI_BITS && desc->intid_bits <= 24 &&
	       desc->vpeid_bits >= 1 && desc->vpeid_bits <= 16 &&
	       /* Only GICv4.1 can tell of fewer */
	       (desc->vpeid_bits == 16 || desc->arch == GICV4_ARCH_4_1) &&
	       /* GICv4.1 has no ITSList */
	       (desc->vmovp || desc->arch != GICV4_ARCH_4_1) &&
	       gm_sizes_ok(desc);
}

/**
 * gicv4_machine_init - build a machine and put it into reset
 * @desc: what machine to build
 *
 * Whatever the machine before it knew is gone: registers, mappings, pending
 * interrupts, faults, breaches, the trace. The caller sees to it that no
 * driver uses the old one any more.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if there is no such machine, -ENOMEM.
 */
int gicv4_machine_init(const struct gicv4_desc *desc)
{
	unsigned int i;
	int ret;

	if (!gm_desc_ok(desc))
		return -EINVAL;

	guard(mutex)(&gm_power);

	ret = gm_state_alloc();
	if (ret)
		return ret;

	gicv4_watch(NULL);
	scoped_guard(raw_spinlock_irqsave, &gm.lock)
		gm.on = false;
	gicv4_wait_host_irqs();

	guard(raw_spinlock_irqsave)(&gm.lock);

	gm.desc = *desc;
	gm.gicd_ctlr = 0;
	gm.sched = desc->seed;
	gm_state_reset();
	gm_cmd_init();
	for (i = 0; i < GICV4_MAX_ITS; i++) {
		gm.its[i].id = i;
		gm_its_reset(&gm.its[i]);
	}
	for (i = 0; i < GICV4_MAX_CPUS; i++) {
		gm.rdist[i].cpu = i;
		gm_gicr_reset(&gm.rdist[i]);
	}
	gm_irq_init();

	memset(&gm.stats, 0, sizeof(gm.stats));
	memset(gm.trace_count, 0, sizeof(gm.trace_count));
	gm.trace_len = 0;
	gm.nr_breaches = 0;
	gm.nr_expected = 0;
	gm.on = true;

	return 0;
}
EXPORT_SYMBOL_GPL(gicv4_machine_init);

/**
 * gicv4_machine - the machine that is there
 *
 * Return: its description, or NULL before the first gicv4_machine_init().
 */
const struct gicv4_desc *gicv4_machine(void)
{
	return gm.on ? &gm.desc : NULL;
}
EXPORT_SYMBOL_GPL(gicv4_machine);

/**
 * gicv4_dist_phys - where the distributor is
 *
 * Return: physical address for ioremap(); the frame is 64 KB.
 */
phys_addr_t gicv4_dist_phys(void)
{
	return GM_PHYS_BASE + GM_GICD_OFF;
}
EXPORT_SYMBOL_GPL(gicv4_dist_phys);

/**
 * gicv4_rdist_phys - where a redistributor is
 * @cpu: redistributor number
 *
 * Return: physical address of the RD frame; the SGI frame follows at 64 KB
 * and the VLPI frame, on GICv4, at 128 KB.
 */
phys_addr_t gicv4_rdist_phys(unsigned int cpu)
{
	return GM_PHYS_BASE + GM_GICR_OFF + cpu * gm_gicr_stride();
}
EXPORT_SYMBOL_GPL(gicv4_rdist_phys);

/**
 * gicv4_its_phys - where an ITS is
 * @its: ITS number
 *
 * Return: physical address of the control frame; the translation frame, with
 * GITS_TRANSLATER, follows at 64 KB.
 */
phys_addr_t gicv4_its_phys(unsigned int its)
{
	return GM_PHYS_BASE + GM_ITS_OFF + its * GM_ITS_STRIDE;
}
EXPORT_SYMBOL_GPL(gicv4_its_phys);

/**
 * gicv4_device_write - a device writes to GITS_TRANSLATER
 * @its: ITS number
 * @devid: the DeviceID that the bus presents with the write
 * @eventid: EventID, the value written
 *
 * Context: any.
 */
void gicv4_device_write(unsigned int its, u32 devid, u32 eventid)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	if (gm_has_its(its)) {
		gm.stats.device_writes++;
		gm_translate(&gm.its[its], devid, eventid);
	}
}
EXPORT_SYMBOL_GPL(gicv4_device_write);
