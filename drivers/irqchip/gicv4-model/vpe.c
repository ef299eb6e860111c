// SPDX-License-Identifier: GPL-2.0
/*
 * vPEs: residency, virtual LPIs, the virtual CPU interface.
 *
 * A vPE is resident on a redistributor if that one's GICR_VPENDBASER is valid
 * and holds the address of the vPE's pending table. Pending bits go straight
 * to that table. In GICv4.0 the property table is known only from
 * GICR_VPROPBASER, so the configuration of a vLPI is read when its vPE first
 * becomes resident after the mapping or the invalidation, or at once if it is
 * resident then; it is used until the next INV or VINVALL.
 */
#include <linux/export.h>

#include "internal.h"
#include "tracepoints.h"

#define GM_VPEND_ADDR	GENMASK_ULL(51, 16)
#define GM_VPROP_ADDR	GENMASK_ULL(51, 12)
#define GM_VPEND_RW	(GICR_VPENDBASER_Valid | GICR_VPENDBASER_IDAI |	\
			 GM_VPEND_ADDR | GENMASK_ULL(58, 56) |		\
			 GENMASK_ULL(11, 7))
#define GM_VPEND_FIXED	(GM_VPEND_ADDR | GENMASK_ULL(58, 56) |		\
			 GENMASK_ULL(11, 7))
#define GM_VPEND_OFF	(SZ_128K + GICR_VPENDBASER)

static u64 gm_vpend_vpt(const struct gm_rdist *rd)
{
	return rd->vpendbaser & GM_VPEND_ADDR;
}

static bool gm_vpend_valid(const struct gm_rdist *rd)
{
	return rd->vpendbaser & GICR_VPENDBASER_Valid;
}

static unsigned int gm_vprop_bits(const struct gm_rdist *rd)
{
	return min_t(unsigned int, gm.desc.intid_bits,
		     (rd->vpropbaser & GICR_VPROPBASER_IDBITS_MASK) + 1);
}

static void gm_vlpi_config(const struct gm_vpe *vpe, struct gm_lpi *lpi)
{
	lpi->config = gm_prop_read(vpe->vprop, vpe->vprop_bits, lpi->intid);
	lpi->cached = true;
}

static void gm_vlpi_uncache(struct gm_vpe *vpe, struct gm_lpi *lpi)
{
	lpi->cached = false;
	if (vpe->resident >= 0)
		gm_vlpi_config(vpe, lpi);
	else
		vpe->fetch = true;
}

static void gm_vlpi_pend(struct gm_vpe *vpe, struct gm_lpi *lpi, bool pending)
{
	u64 raw[4] = { vpe->vpeid, vpe->vpt };

	if (gm_mem_freed(vpe->vpt))
		gm_breach(GICV4_RULE_TABLE_FREED, -1, -1, raw);
	else
		gm_pend_write(vpe->vpt, lpi->intid, pending);
	gm_lpi_pend(lpi, pending);
}

/**
 * gm_vlpi_set - make a virtual LPI pending
 * @vpe: its vPE
 * @target: the vPE's redistributor, as the vPE table says
 * @intid: vINTID; one that the pending table has no bit for is dropped
 * @db: pINTID of the doorbell, or GICV4_INTID_NONE
 *
 * If the vPE is not resident there, the doorbell rings at each translation,
 * also if the vLPI is pending already and whatever its configuration: that one
 * is not known before the vPE is resident.
 */
void gm_vlpi_set(struct gm_vpe *vpe, unsigned int target, u32 intid, u32 db)
{
	struct gm_lpi *lpi;

	if (intid < GM_LPI_BASE || intid >= BIT(vpe->vpt_bits))
		return;
	lpi = gm_lpi_get(GM_OWNER_VPE(vpe->slot), intid);
	if (!lpi)
		return;

	if (!lpi->pending)
		gm.stats.vlpis++;
	gm_vlpi_pend(vpe, lpi, true);

	if (vpe->resident == (int)target) {
		if (!lpi->cached)
			gm_vlpi_config(vpe, lpi);
	} else {
		if (!lpi->cached)
			vpe->fetch = true;
		if (db != GICV4_INTID_NONE) {
			gm.stats.doorbells++;
			trace_gicv4_doorbell(vpe->vpeid, target, db);
			gm_plpi_set(target, db);
		}
	}
}

/**
 * gm_vlpi_take - end the pending state of a virtual LPI
 * @vpe: its vPE
 * @intid: vINTID
 *
 * Return: true if it was pending.
 */
bool gm_vlpi_take(struct gm_vpe *vpe, u32 intid)
{
	struct gm_lpi *lpi = gm_lpi_find(GM_OWNER_VPE(vpe->slot), intid);

	if (!lpi || !lpi->pending)
		return false;
	gm_vlpi_pend(vpe, lpi, false);
	return true;
}

/**
 * gm_vlpi_clear - end the pending state of a virtual LPI
 * @vpe: its vPE
 * @intid: vINTID
 */
void gm_vlpi_clear(struct gm_vpe *vpe, u32 intid)
{
	gm_vlpi_take(vpe, intid);
}

/**
 * gm_vlpi_forget - drop a virtual LPI, its configuration included
 * @vpe: its vPE
 * @intid: vINTID
 */
void gm_vlpi_forget(struct gm_vpe *vpe, u32 intid)
{
	struct gm_lpi *lpi;

	gm_vlpi_take(vpe, intid);
	lpi = gm_lpi_find(GM_OWNER_VPE(vpe->slot), intid);
	if (lpi)
		gm_lpi_del(lpi);
}

/**
 * gm_vlpi_fetch - a virtual LPI has been mapped to a vPE
 * @vpe: the vPE
 * @intid: vINTID
 */
void gm_vlpi_fetch(struct gm_vpe *vpe, u32 intid)
{
	struct gm_lpi *lpi = gm_lpi_get(GM_OWNER_VPE(vpe->slot), intid);

	if (lpi)
		gm_vlpi_uncache(vpe, lpi);
}

/**
 * gm_vlpi_inv - invalidate the configuration of a virtual LPI
 * @vpe: its vPE
 * @intid: vINTID
 */
void gm_vlpi_inv(struct gm_vpe *vpe, u32 intid)
{
	struct gm_lpi *lpi = gm_lpi_find(GM_OWNER_VPE(vpe->slot), intid);

	if (lpi)
		gm_vlpi_uncache(vpe, lpi);
}

/**
 * gm_vlpi_invall - invalidate the configuration of all vLPIs of a vPE
 * @vpe: the vPE
 */
void gm_vlpi_invall(struct gm_vpe *vpe)
{
	struct gm_lpi *lpi;

	list_for_each_entry(lpi, &gm_vpe_owner(vpe)->lpis, node)
		gm_vlpi_uncache(vpe, lpi);
}

/* The redistributor reads what it does not know yet of a vPE's vLPIs */
static void gm_vpe_fetch(struct gm_vpe *vpe)
{
	struct gm_lpi *lpi;

	if (!vpe->fetch)
		return;
	list_for_each_entry(lpi, &gm_vpe_owner(vpe)->lpis, node)
		if (!lpi->cached)
			gm_vlpi_config(vpe, lpi);
	vpe->fetch = false;
}

static void gm_vpe_enter(struct gm_rdist *rd, struct gm_vpe *vpe)
{
	u64 vprop = rd->vpropbaser & GM_VPROP_ADDR;
	unsigned int bits = gm_vprop_bits(rd);

	if (vpe->vprop != vprop || vpe->vprop_bits != bits) {
		vpe->vprop = vprop;
		vpe->vprop_bits = bits;
		gm_vlpi_invall(vpe);
	}
	vpe->resident = rd->cpu;
	rd->vpe_slot = vpe->slot;
	gm_vpe_fetch(vpe);
}

/**
 * gm_vpe_load_pending - VMAPP: read the pending table of a vPE
 * @vpe: the vPE
 */
void gm_vpe_load_pending(struct gm_vpe *vpe)
{
	struct gm_lpi *lpi;
	u32 intid;

	for (intid = gm_pend_next(vpe->vpt, GM_LPI_BASE, vpe->vpt_bits); intid;
	     intid = gm_pend_next(vpe->vpt, intid + 1, vpe->vpt_bits)) {
		lpi = gm_lpi_get(GM_OWNER_VPE(vpe->slot), intid);
		if (!lpi)
			break;
		gm_lpi_pend(lpi, true);
		vpe->fetch = true;
	}
}

/**
 * gm_vpe_attach - VMAPP: the vPE may be resident already
 * @vpe: the vPE
 */
void gm_vpe_attach(struct gm_vpe *vpe)
{
	unsigned int cpu;

	for (cpu = 0; cpu < gm.desc.nr_cpus; cpu++) {
		struct gm_rdist *rd = &gm.rdist[cpu];

		if (gm_vpend_valid(rd) && gm_vpend_vpt(rd) == vpe->vpt)
			gm_vpe_enter(rd, vpe);
	}
}

static struct gm_vpe *gm_vpe_by_vpt(u64 vpt)
{
	struct gm_vpe *vpe;

	list_for_each_entry(vpe, &gm.vpes, node)
		if (vpe->vpt == vpt)
			return vpe;
	return NULL;
}

static void gm_vpend_breach(enum gicv4_rule rule, const struct gm_rdist *rd,
			    u64 val)
{
	gm_breach_reg(rule, -1, rd->cpu, GM_VPEND_OFF, val);
}

static void gm_check_resident(const struct gm_rdist *rd, u64 val,
			      const struct gm_vpe *vpe)
{
	u64 vpt = val & GM_VPEND_ADDR;
	unsigned int cpu, its;

	for (cpu = 0; cpu < gm.desc.nr_cpus; cpu++) {
		const struct gm_rdist *other = &gm.rdist[cpu];

		if (other != rd && gm_vpend_valid(other) &&
		    gm_vpend_vpt(other) == vpt)
			gm_vpend_breach(GICV4_RULE_RESIDENT_TWICE, rd, val);
	}
	if (!vpe)
		return;

	if (vpe->idai && !(val & GICR_VPENDBASER_IDAI))
		gm_vpend_breach(GICV4_RULE_VPEND_IDAI, rd, val);
	for (its = 0; its < gm.desc.nr_its; its++) {
		if (test_bit(vpe->vpeid, gm.its[its].vsync_due))
			gm_vpend_breach(GICV4_RULE_VSYNC_MISSING, rd, val);
		if ((vpe->its_map & BIT(its)) && vpe->cpu[its] != rd->cpu)
			gm_vpend_breach(GICV4_RULE_RESIDENT_TARGET, rd, val);
	}
}

static void gm_schedule(struct gm_rdist *rd, u64 val)
{
	struct gm_vpe *vpe = gm_vpe_by_vpt(val & GM_VPEND_ADDR);
	unsigned int bits = gm_vprop_bits(rd);
	u64 vprop = rd->vpropbaser & GM_VPROP_ADDR;

	rd->vpendbaser = val & GM_VPEND_RW;
	trace_gicv4_residency(rd->cpu, vpe ? vpe->vpeid : -1, true, false);
	if (bits < 14 || !vprop || !gm_mem(vprop, BIT_ULL(bits) - GM_LPI_BASE) ||
	    gm_mem_freed(vprop) || !gm_vpend_vpt(rd) ||
	    !gm_mem(gm_vpend_vpt(rd), BIT_ULL(bits) / 8) ||
	    gm_mem_freed(gm_vpend_vpt(rd))) {
		gm_vpend_breach(GICV4_RULE_VPEND_TABLES, rd, val);
		return;
	}

	gm_check_resident(rd, val, vpe);
	if (vpe)
		gm_vpe_enter(rd, vpe);
	if (gm.desc.dirty)
		rd->dirty_reads = 1;
}

/* A vPE that no ITS has mapped: all that is known of it is in memory */
static bool gm_memory_pending(const struct gm_rdist *rd)
{
	u64 vpt = gm_vpend_vpt(rd), vprop = rd->vpropbaser & GM_VPROP_ADDR;
	unsigned int bits = gm_vprop_bits(rd);
	u32 intid = GM_LPI_BASE;

	while ((intid = gm_pend_next(vpt, intid, bits))) {
		if (gm_prop_read(vprop, bits, intid) & LPI_PROP_ENABLED)
			return true;
		intid++;
	}
	return false;
}

static void gm_deschedule(struct gm_rdist *rd, u64 val)
{
	struct gm_vpe *vpe = NULL;
	bool pending;

	if (rd->vpe_slot >= 0)
		vpe = &gm.vpe_pool[rd->vpe_slot];
	if (vpe)
		pending = gm_best(GM_OWNER_VPE(vpe->slot));
	else
		pending = gm_memory_pending(rd);

	/* Nothing is kept in the IMPLEMENTATION DEFINED area of the table */
	rd->vpendbaser = (val & GM_VPEND_RW) | GICR_VPENDBASER_IDAI;
	if (pending)
		rd->vpendbaser |= GICR_VPENDBASER_PendingLast;
	trace_gicv4_residency(rd->cpu, vpe ? vpe->vpeid : -1, false, pending);
	rd->dirty_reads = rd->fault_dirty;
	rd->fault_dirty = 0;
	rd->vpe_slot = -1;
	if (vpe) {
		vpe->resident = -1;
		vpe->idai = true;
	}
}

/**
 * gm_vpend_write - write GICR_VPENDBASER
 * @rd: the redistributor
 * @val: the value
 */
void gm_vpend_write(struct gm_rdist *rd, u64 val)
{
	bool was = gm_vpend_valid(rd), valid = val & GICR_VPENDBASER_Valid;

	if (was != valid && rd->dirty_reads)
		gm_vpend_breach(GICV4_RULE_VPEND_DIRTY, rd, val);
	if (was && ((val ^ rd->vpendbaser) & GM_VPEND_FIXED)) {
		gm_vpend_breach(GICV4_RULE_VPEND_VALID, rd, val);
		val = (val & ~GM_VPEND_FIXED) |
		      (rd->vpendbaser & GM_VPEND_FIXED);
	}

	if (was && !valid)
		gm_deschedule(rd, val);
	else if (!was && valid)
		gm_schedule(rd, val);
	else
		rd->vpendbaser = val & GM_VPEND_RW;
}

/**
 * gm_vpend_read - read GICR_VPENDBASER
 * @rd: the redistributor
 *
 * While Dirty is set, PendingLast is not there yet and reads as 0.
 *
 * Return: the value.
 */
u64 gm_vpend_read(struct gm_rdist *rd)
{
	if (!rd->dirty_reads)
		return rd->vpendbaser;

	rd->dirty_reads--;
	return (rd->vpendbaser | GICR_VPENDBASER_Dirty) &
	       ~GICR_VPENDBASER_PendingLast;
}

static struct gm_lpi *gm_vcpu_best(unsigned int cpu)
{
	if (!gm_has_cpu(cpu) || gm.rdist[cpu].vpe_slot < 0)
		return NULL;
	return gm_best(GM_OWNER_VPE(gm.rdist[cpu].vpe_slot));
}

/**
 * gicv4_vcpu_hppir - the guest reads ICC_HPPIR1_EL1
 * @cpu: the CPU that the guest runs on
 *
 * Context: any.
 * Return: vINTID of the highest-priority pending and enabled vLPI of the vPE
 * that is resident there; GICV4_INTID_NONE if there is none.
 */
u32 gicv4_vcpu_hppir(unsigned int cpu)
{
	struct gm_lpi *lpi;

	guard(raw_spinlock_irqsave)(&gm.lock);

	lpi = gm_vcpu_best(cpu);
	return lpi ? lpi->intid : GICV4_INTID_NONE;
}
EXPORT_SYMBOL_GPL(gicv4_vcpu_hppir);

/**
 * gicv4_vcpu_ack - the guest reads ICC_IAR1_EL1
 * @cpu: the CPU that the guest runs on
 *
 * An LPI has no active state: it is pending no more, and that is all.
 *
 * Context: any.
 * Return: as gicv4_vcpu_hppir().
 */
u32 gicv4_vcpu_ack(unsigned int cpu)
{
	struct gm_lpi *lpi;

	guard(raw_spinlock_irqsave)(&gm.lock);

	lpi = gm_vcpu_best(cpu);
	if (!lpi)
		return GICV4_INTID_NONE;
	gm_vlpi_pend(&gm.vpe_pool[gm.rdist[cpu].vpe_slot], lpi, false);
	gm.stats.acks++;
	trace_gicv4_deliver(true, cpu, gm.vpe_pool[gm.rdist[cpu].vpe_slot].vpeid, lpi->intid);
	return lpi->intid;
}
EXPORT_SYMBOL_GPL(gicv4_vcpu_ack);
