// SPDX-License-Identifier: GPL-2.0
/*
 * GICR_VPENDBASER: which vPE is resident on a redistributor.
 *
 * In GICv4.0 that is the one whose pending table's address is in the register;
 * GICR_VPROPBASER has that of its property table. In GICv4.1 the register has
 * a vPEID, group enables, and on leaving a request for a doorbell; all else is
 * in the vPE table that GICR_VPROPBASER points to.
 */
#include <linux/bitfield.h>

#include "internal.h"
#include "tracepoints.h"

#define GM_VPEND_ADDR	GENMASK_ULL(51, 16)
#define GM_VPROP_ADDR	GENMASK_ULL(51, 12)
#define GM_VPEND_OFF	(SZ_128K + GICR_VPENDBASER)

/* Reads of the register that see Dirty while the pending table is being read */
#define GM_SCAN_READS	3

#define GM_VPEND_FIXED	(GM_VPEND_ADDR | GENMASK_ULL(58, 56) |		\
			 GENMASK_ULL(11, 7))
#define GM_VPEND_RW	(GM_VPEND_FIXED | GICR_VPENDBASER_Valid |	\
			 GICR_VPENDBASER_IDAI)

#define GM_VPEND41_FIXED	(GICR_VPENDBASER_4_1_VGRP0EN |		\
				 GICR_VPENDBASER_4_1_VGRP1EN |		\
				 GICR_VPENDBASER_4_1_VPEID)
#define GM_VPEND41_RW		(GM_VPEND41_FIXED | GICR_VPENDBASER_Valid)

static u64 gm_vpend_fixed(void)
{
	return gm_is_v4_1() ? GM_VPEND41_FIXED : GM_VPEND_FIXED;
}

/* What names the vPE in the register: its pending table, or its vPEID */
static u64 gm_vpend_id(u64 val)
{
	return val & (gm_is_v4_1() ? GICR_VPENDBASER_4_1_VPEID : GM_VPEND_ADDR);
}

static bool gm_vpend_valid(const struct gm_rdist *rd)
{
	return rd->vpendbaser & GICR_VPENDBASER_Valid;
}

/**
 * gm_vprop_bits - GICv4.0: how wide a redistributor takes vINTIDs to be
 * @rd: the redistributor
 *
 * Return: number of bits; less than 14 is none at all.
 */
unsigned int gm_vprop_bits(const struct gm_rdist *rd)
{
	return min_t(unsigned int, gm.desc.intid_bits,
		     (rd->vpropbaser & GICR_VPROPBASER_IDBITS_MASK) + 1);
}

static void gm_vpend_breach(enum gicv4_rule rule, const struct gm_rdist *rd,
			    u64 val)
{
	gm_breach_reg(rule, -1, rd->cpu, GM_VPEND_OFF, val);
}

static struct gm_vpe *gm_vpe_by_vpt(u64 vpt)
{
	struct gm_vpe *vpe;

	list_for_each_entry(vpe, &gm.vpes, node)
		if (vpe->vpt == vpt)
			return vpe;
	return NULL;
}

static struct gm_vpe *gm_vpend_vpe(u64 val)
{
	if (gm_is_v4_1())
		return gm_vpe_find(FIELD_GET(GICR_VPENDBASER_4_1_VPEID, val));
	return gm_vpe_by_vpt(val & GM_VPEND_ADDR);
}

static void gm_vpe_enter(struct gm_rdist *rd, struct gm_vpe *vpe)
{
	u64 vprop = rd->vpropbaser & GM_VPROP_ADDR;
	unsigned int bits = gm_vprop_bits(rd);

	vpe->resident = rd->cpu;
	rd->vpe_slot = vpe->slot;
	if (gm_is_v4_1()) {
		vpe->grp0 = rd->vpendbaser & GICR_VPENDBASER_4_1_VGRP0EN;
		vpe->grp1 = rd->vpendbaser & GICR_VPENDBASER_4_1_VGRP1EN;
		gm_vpe_hush(vpe);
		return;
	}
	if (vpe->vprop != vprop || vpe->vprop_bits != bits) {
		vpe->vprop = vprop;
		vpe->vprop_bits = bits;
		gm_vlpi_invall(vpe);
	}
	gm_vpe_fetch(vpe);
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

		if (vpe->resident < 0 && gm_vpend_valid(rd) &&
		    gm_vpend_vpe(rd->vpendbaser) == vpe)
			gm_vpe_enter(rd, vpe);
	}
}

/* GICv4.1: redistributors of one group share what is known of a vPE */
static bool gm_target_ok(unsigned int target, unsigned int cpu)
{
	if (gm_is_v4_1())
		return gm_rd_group(target) == gm_rd_group(cpu);
	return target == cpu;
}

static void gm_check_resident(const struct gm_rdist *rd, u64 val,
			      const struct gm_vpe *vpe)
{
	unsigned int cpu, i;

	for (cpu = 0; cpu < gm.desc.nr_cpus; cpu++) {
		const struct gm_rdist *other = &gm.rdist[cpu];

		if (other != rd && gm_vpend_valid(other) &&
		    gm_vpend_id(other->vpendbaser) == gm_vpend_id(val))
			gm_vpend_breach(GICV4_RULE_RESIDENT_TWICE, rd, val);
	}
	/* RES1: what is pending in the table may be overlooked otherwise */
	if (!gm_is_v4_1() && !(val & GICR_VPENDBASER_PendingLast))
		gm_vpend_breach(GICV4_RULE_VPEND_LAST, rd, val);
	if (!vpe)
		return;

	if (vpe->idai && !gm_is_v4_1() && !(val & GICR_VPENDBASER_IDAI))
		gm_vpend_breach(GICV4_RULE_VPEND_IDAI, rd, val);
	if (vpe->vmovp_list)
		gm_vpend_breach(GICV4_RULE_VMOVP_INCOMPLETE, rd, val);
	for (i = 0; i < gm.desc.nr_its; i++) {
		const struct gm_its *its = &gm.its[i];

		if (its->nr_vsync_due && test_bit(vpe->vpeid, its->vsync_due))
			gm_vpend_breach(GICV4_RULE_VSYNC_MISSING, rd, val);
		if ((vpe->its_map & BIT(i)) && !vpe->vmovp_list &&
		    !gm_target_ok(vpe->cpu[i], rd->cpu))
			gm_vpend_breach(GICV4_RULE_RESIDENT_TARGET, rd, val);
	}
}

static bool gm_tables_ok(const struct gm_rdist *rd)
{
	u64 vprop = rd->vpropbaser & GM_VPROP_ADDR;
	u64 vpt = rd->vpendbaser & GM_VPEND_ADDR;
	unsigned int bits = gm_vprop_bits(rd);

	return bits >= GM_MIN_LPI_BITS && vprop && vpt &&
	       gm_mem(vprop, BIT_ULL(bits) - GM_LPI_BASE) &&
	       gm_mem(vpt, BIT_ULL(bits) / 8) &&
	       !gm_mem_freed(vprop) && !gm_mem_freed(vpt);
}

/* GICv4.1: has the redistributor heard of that vPE? */
static bool gm_vpeid_ok(const struct gm_rdist *rd, u64 val,
			const struct gm_vpe *vpe)
{
	u16 vpeid = FIELD_GET(GICR_VPENDBASER_4_1_VPEID, val);

	if (!rd->vpe_table.valid)
		gm_vpend_breach(GICV4_RULE_VPEND_TABLES, rd, val);
	else if (!gm_table_entry(&rd->vpe_table, vpeid))
		gm_vpend_breach(GICV4_RULE_VPEND_VPEID, rd, val);
	else if (!vpe)
		gm_vpend_breach(GICV4_RULE_VPEND_UNMAPPED, rd, val);
	else if (!gm_rd_vpe_intact(rd, vpeid))
		gm_vpend_breach(GICV4_RULE_TABLE_OVERWRITTEN, rd, val);
	else
		return true;
	return false;
}

static void gm_vpe_schedule(struct gm_rdist *rd, u64 val)
{
	struct gm_vpe *vpe = gm_vpend_vpe(val);

	trace_gicv4_residency(rd->cpu, vpe ? vpe->vpeid : -1, true, false);
	if (gm_is_v4_1()) {
		rd->vpendbaser = val & GM_VPEND41_RW;
		if (!gm_vpeid_ok(rd, val, vpe))
			return;
	} else {
		rd->vpendbaser = val & GM_VPEND_RW;
		if (!gm_tables_ok(rd)) {
			gm_vpend_breach(GICV4_RULE_VPEND_TABLES, rd, val);
			return;
		}
	}

	gm_check_resident(rd, val, vpe);
	if (vpe)
		gm_vpe_enter(rd, vpe);
	if (gm.desc.dirty)
		rd->dirty_reads = GM_SCAN_READS;
}

/* A vPE that no ITS has mapped: all that is known of it is in memory */
static bool gm_memory_pending(const struct gm_rdist *rd)
{
	u64 vpt = rd->vpendbaser & GM_VPEND_ADDR;
	u64 vprop = rd->vpropbaser & GM_VPROP_ADDR;
	unsigned int bits = gm_vprop_bits(rd);
	u32 intid = GM_LPI_BASE;

	if (gm_is_v4_1())
		return false;
	while ((intid = gm_pend_next(vpt, intid, bits))) {
		if (gm_prop_read(vprop, bits, intid) & LPI_PROP_ENABLED)
			return true;
		intid++;
	}
	return false;
}

static bool gm_vpe_pending(const struct gm_vpe *vpe)
{
	return gm_vpe_best(vpe, vpe->grp0, vpe->grp1).intid != GICV4_INTID_NONE;
}

static void gm_deschedule_v4_1(struct gm_rdist *rd, struct gm_vpe *vpe, u64 val)
{
	bool pending = vpe && gm_vpe_pending(vpe);

	rd->vpendbaser = val & GM_VPEND41_FIXED;
	if (val & GICR_VPENDBASER_PendingLast) {
		/* It will be back, so nobody needs to be told */
		rd->vpendbaser |= GICR_VPENDBASER_PendingLast;
		return;
	}
	if (pending)
		rd->vpendbaser |= GICR_VPENDBASER_PendingLast;
	else if (vpe && (val & GICR_VPENDBASER_4_1_DB))
		vpe->db_wanted = true;
}

static void gm_deschedule_v4_0(struct gm_rdist *rd, struct gm_vpe *vpe, u64 val)
{
	bool pending = vpe ? gm_vpe_pending(vpe) : gm_memory_pending(rd);

	/* Nothing is kept in the IMPLEMENTATION DEFINED area of the table */
	rd->vpendbaser = (val & GM_VPEND_RW) | GICR_VPENDBASER_IDAI;
	if (pending)
		rd->vpendbaser |= GICR_VPENDBASER_PendingLast;
	if (vpe) {
		vpe->idai = true;
		gm_vpe_flush(vpe);
	}
}

static void gm_vpe_deschedule(struct gm_rdist *rd, u64 val)
{
	struct gm_vpe *vpe = NULL;

	if (rd->vpe_slot >= 0)
		vpe = &gm.vpe_pool[rd->vpe_slot];
	if (gm_is_v4_1())
		gm_deschedule_v4_1(rd, vpe, val);
	else
		gm_deschedule_v4_0(rd, vpe, val);

	trace_gicv4_residency(rd->cpu, vpe ? vpe->vpeid : -1, false,
			      rd->vpendbaser & GICR_VPENDBASER_PendingLast);
	rd->dirty_reads = rd->fault_dirty;
	rd->fault_dirty = 0;
	rd->vpe_slot = -1;
	if (vpe)
		vpe->resident = -1;
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
	if (was && ((val ^ rd->vpendbaser) & gm_vpend_fixed())) {
		gm_vpend_breach(GICV4_RULE_VPEND_VALID, rd, val);
		val = (val & ~gm_vpend_fixed()) |
		      (rd->vpendbaser & gm_vpend_fixed());
	}

	if (was && !valid)
		gm_vpe_deschedule(rd, val);
	else if (!was && valid)
		gm_vpe_schedule(rd, val);
	else if (!gm_is_v4_1())
		rd->vpendbaser = val & GM_VPEND_RW;
}

/**
 * gm_vpend_read - read GICR_VPENDBASER
 * @rd: the redistributor
 *
 * While Dirty is set, PendingLast is not there yet and reads as 0. While a vPE
 * of GICv4.1 is resident it is UNKNOWN, and reads as 1.
 *
 * Return: the value.
 */
u64 gm_vpend_read(struct gm_rdist *rd)
{
	if (!rd->dirty_reads && gm_is_v4_1() && gm_vpend_valid(rd))
		return rd->vpendbaser | GICR_VPENDBASER_PendingLast;
	if (!rd->dirty_reads)
		return rd->vpendbaser;

	rd->dirty_reads--;
	return (rd->vpendbaser | GICR_VPENDBASER_Dirty) &
	       ~GICR_VPENDBASER_PendingLast;
}
