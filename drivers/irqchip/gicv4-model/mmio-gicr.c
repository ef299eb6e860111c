// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of a redistributor: RD, SGI and VLPI frames.
 */
#include <linux/bitfield.h>

#include "internal.h"

#define GM_SGI_FRAME	SZ_64K
#define GM_VLPI_FRAME	SZ_128K
#define GM_FRAME_MASK	(SZ_64K - 1)

#define GM_SYNCR_BUSY	BIT(0)

#define GM_PROPBASER_ADDR	GENMASK_ULL(51, 12)

static u64 gm_gicr_typer(const struct gm_rdist *rd)
{
	u64 typer = GICR_TYPER_PLPIS;

	typer |= (u64)rd->cpu << 8;
	typer |= FIELD_PREP(GICR_TYPER_AFFINITY,
			    gm_rd_group(rd->cpu) << 8 | rd->cpu);
	/* Aff3.Aff2.Aff1 is the group: tables are common to those, or to all */
	if (gm.desc.groups > 1)
		typer |= FIELD_PREP(GICR_TYPER_COMMON_LPI_AFF, 3);
	if (gm_is_v4())
		typer |= GICR_TYPER_VLPIS;
	if (gm_is_v4_1())
		typer |= GICR_TYPER_RVPEID;
	if (gm.desc.direct_lpi)
		typer |= GICR_TYPER_DirectLPIS;
	if (gm.desc.dirty)
		typer |= GICR_TYPER_DIRTY;
	if (rd->cpu == gm.desc.nr_cpus - 1)
		typer |= GICR_TYPER_LAST;

	return typer;
}

/**
 * gm_gicr_reset - put a redistributor into reset
 * @rd: the redistributor
 */
void gm_gicr_reset(struct gm_rdist *rd)
{
	rd->ctlr = 0;
	rd->waker = GICR_WAKER_ProcessorSleep | GICR_WAKER_ChildrenAsleep;
	rd->propbaser = 0;
	rd->pendbaser = 0;
	rd->vpropbaser = 0;
	rd->vpendbaser = 0;
	rd->dirty_reads = 0;
	rd->fault_dirty = 0;
	rd->fault_busy = 0;
	rd->vpe_slot = -1;
	rd->vsgir_pend = 0;
	rd->vsgir_reads = 0;
	rd->sync_reads = 0;
	rd->vif = (struct gicv4_vcpu_if) {
		.pmr = 0xff, .grp0 = true, .grp1 = true,
	};
	gm_vpe_table_decode(rd);
}

static void gm_check_enable(const struct gm_rdist *rd, u32 val)
{
	u64 prop = rd->propbaser & GM_PROPBASER_ADDR;
	unsigned int bits = (rd->propbaser & GICR_PROPBASER_IDBITS_MASK) + 1;
	unsigned int cpu;

	bits = min(bits, gm.desc.intid_bits);
	if (bits < GM_MIN_LPI_BITS || !gm_mem(prop, BIT_ULL(bits) - GM_LPI_BASE) ||
	    !gm_mem(GICR_PENDBASER_ADDRESS(rd->pendbaser), BIT_ULL(bits) / 8))
		gm_breach_reg(GICV4_RULE_LPI_TABLES, -1, rd->cpu,
			      GICR_CTLR, val);

	/* GICR_TYPER.CommonLPIAff: one property table for a group */
	for (cpu = 0; cpu < gm.desc.nr_cpus; cpu++) {
		const struct gm_rdist *other = &gm.rdist[cpu];

		if (other == rd || !(other->ctlr & GICR_CTLR_ENABLE_LPIS) ||
		    gm_rd_group(cpu) != gm_rd_group(rd->cpu))
			continue;
		if ((other->propbaser ^ rd->propbaser) & GM_PROPBASER_ADDR) {
			gm_breach_reg(GICV4_RULE_PROPBASER_COMMON, -1, rd->cpu,
				      GICR_PROPBASER, rd->propbaser);
			break;
		}
	}
}

static void gm_gicr_ctlr_write(struct gm_rdist *rd, u32 val)
{
	u32 was = rd->ctlr;

	gm_effects_sync_all(rd->cpu);

	rd->ctlr = val & GICR_CTLR_ENABLE_LPIS;
	if (rd->ctlr & ~was) {
		gm_check_enable(rd, val);
		gm_plpi_load(rd->cpu);
	} else if (was & ~rd->ctlr) {
		/* What is pending stays in the table in memory */
		gm_owner_clear(rd->cpu);
	}
}

static void gm_lpi_base_write(struct gm_rdist *rd, u64 *reg, unsigned int off,
			      int size, u64 val)
{
	if (rd->ctlr & GICR_CTLR_ENABLE_LPIS)
		gm_breach_reg(GICV4_RULE_LPI_BASE_ENABLED, -1, rd->cpu, off,
			      val);
	gm_reg_write(reg, off & 7, size, val);
	/* At the same place in both of them */
	if (gm.desc.noncoherent)
		*reg &= ~GICR_PROPBASER_SHAREABILITY_MASK;
}

static void gm_waker_write(struct gm_rdist *rd, u32 val)
{
	rd->waker = val & GICR_WAKER_ProcessorSleep;
	if (rd->waker)
		rd->waker |= GICR_WAKER_ChildrenAsleep;
}

static u64 gm_rd_read(struct gm_rdist *rd, unsigned int off, int size)
{
	unsigned int byte = off & 7;

	switch (off) {
	case GICR_CTLR:
		return rd->ctlr | GICR_CTLR_CES |
		       (gm_is_v4_1() ? GICR_CTLR_IR : 0);
	case GICR_SYNCR:
		/* Busy, until what INVLPIR or INVALLR started is over */
		if (!rd->sync_reads)
			return 0;
		rd->sync_reads--;
		return GM_SYNCR_BUSY;
	case GICR_TYPER:
	case GICR_TYPER + 4:
		return gm_reg_read(gm_gicr_typer(rd), byte, size);
	case GICR_WAKER:
		return rd->waker;
	case GICR_PROPBASER:
	case GICR_PROPBASER + 4:
		return gm_reg_read(rd->propbaser, byte, size);
	case GICR_PENDBASER:
	case GICR_PENDBASER + 4:
		/* PTZ is write-only */
		return gm_reg_read(rd->pendbaser & ~GICR_PENDBASER_PTZ,
				   byte, size);
	case GICR_PIDR2:
		return gm_is_v4() ? GIC_PIDR2_ARCH_GICv4 :
				    GIC_PIDR2_ARCH_GICv3;
	default:
		return 0;
	}
}

/* How many reads see Busy, of what software has just started */
static unsigned int gm_busy_reads(struct gm_rdist *rd)
{
	unsigned int reads = rd->fault_busy;

	rd->fault_busy = 0;
	return reads ?: gm.sched ? gm_sched_random(3) : 0;
}

/* A vPE that is mapped to a redistributor of this one's affinity group */
static struct gm_vpe *gm_group_vpe(const struct gm_rdist *rd, u16 vpeid)
{
	struct gm_vpe *vpe = gm_vpe_find(vpeid);

	if (!vpe || gm_rd_group(gm_vpe_target(vpe)) != gm_rd_group(rd->cpu))
		return NULL;
	return vpe;
}

static void gm_invlpir_write(struct gm_rdist *rd, unsigned int off, u64 val)
{
	bool virt = gm_is_v4_1() && (val & GICR_INVLPIR_V);
	u32 intid = FIELD_GET(GICR_INVLPIR_INTID, val);
	struct gm_vpe *vpe = NULL;

	if (rd->sync_reads)
		gm_breach_reg(GICV4_RULE_INV_BUSY, -1, rd->cpu, off, val);
	if (virt) {
		vpe = gm_group_vpe(rd, FIELD_GET(GICR_INVLPIR_VPEID, val));
		if (!vpe) {
			gm_breach_reg(GICV4_RULE_INV_VPE, -1, rd->cpu, off, val);
			return;
		}
		gm_effects_sync_all(GM_OWNER_VPE(vpe->slot));
	}
	if (off == GICR_INVALLR && vpe)
		gm_vlpi_invall(vpe);
	else if (off == GICR_INVALLR)
		gm_plpi_invall(rd->cpu);
	else if (vpe)
		gm_vlpi_inv(vpe, intid);
	else
		gm_plpi_inv(rd->cpu, intid);
	rd->sync_reads = gm_busy_reads(rd);
}

/* GICR_TYPER.DirectLPI has all of them, GICR_CTLR.IR the invalidation only */
static void gm_rd_write_direct(struct gm_rdist *rd, unsigned int off, u64 val)
{
	switch (off) {
	case GICR_SETLPIR:
		if (gm.desc.direct_lpi)
			gm_plpi_set(rd->cpu, val);
		break;
	case GICR_CLRLPIR:
		if (!gm.desc.direct_lpi)
			break;
		/*
		 * The driver writes this where a doorbell leaves, so nothing
		 * stays cached there.
		 */
		gm_plpi_forget(rd->cpu, val);
		rd->sync_reads = gm_busy_reads(rd);
		break;
	case GICR_INVLPIR:
	case GICR_INVALLR:
		gm_invlpir_write(rd, off, val);
		break;
	}
}

static void gm_rd_write(struct gm_rdist *rd, unsigned int off, int size,
			u64 val)
{
	switch (off) {
	case GICR_CTLR:
		gm_gicr_ctlr_write(rd, val);
		break;
	case GICR_WAKER:
		gm_waker_write(rd, val);
		break;
	case GICR_PROPBASER:
	case GICR_PROPBASER + 4:
		gm_lpi_base_write(rd, &rd->propbaser, off, size, val);
		break;
	case GICR_PENDBASER:
	case GICR_PENDBASER + 4:
		gm_lpi_base_write(rd, &rd->pendbaser, off, size, val);
		break;
	default:
		if (gm.desc.direct_lpi || gm_is_v4_1())
			gm_rd_write_direct(rd, off, val);
		break;
	}
}

/* What of a value the register takes: fields that are fixed are as they are */
static u64 gm_vprop_fixup(u64 val)
{
	u64 psz = FIELD_GET(GICR_VPROPBASER_4_1_PAGE_SIZE, val);

	if (gm.desc.page_size)
		psz = gm_page_size_field(gm.desc.page_size);
	else if (psz == GIC_PAGE_SIZE_MASK)
		psz = GIC_PAGE_SIZE_64K;
	val &= ~(GICR_VPROPBASER_4_1_PAGE_SIZE |
		 GICR_VPROPBASER_4_1_ENTRY_SIZE | GICR_VPROPBASER_4_1_Z);
	val |= FIELD_PREP(GICR_VPROPBASER_4_1_PAGE_SIZE, psz);
	val |= FIELD_PREP(GICR_VPROPBASER_4_1_ENTRY_SIZE,
			  gm.desc.vpte_size / 8 - 1);
	if (!gm.desc.indirect)
		val &= ~GICR_VPROPBASER_4_1_INDIRECT;
	if (gm.desc.noncoherent)
		val &= ~GICR_VPROPBASER_SHAREABILITY_MASK;
	return val;
}

/* Fields of GICR_VPROPBASER that say where the vPE table is */
#define GM_VPROP_TABLE	(GICR_VPROPBASER_4_1_VALID |			\
			 GICR_VPROPBASER_4_1_INDIRECT |			\
			 GICR_VPROPBASER_4_1_PAGE_SIZE |		\
			 GICR_VPROPBASER_4_1_ADDR | GICR_VPROPBASER_4_1_SIZE)

static void gm_check_vprop(struct gm_rdist *rd, bool z, u64 val)
{
	const struct gm_table *t = &rd->vpe_table;
	unsigned int i;

	if (!gm_mem(t->base, t->size) || gm_mem_freed(t->base)) {
		gm_breach_reg(GICV4_RULE_VPROP_MEMORY, -1, rd->cpu,
			      GM_VLPI_FRAME + GICR_VPROPBASER, val);
		return;
	}
	if (z && memchr_inv(gm_mem(t->base, t->size), 0, t->size))
		gm_breach_reg(GICV4_RULE_VPROP_Z, -1, rd->cpu,
			      GM_VLPI_FRAME + GICR_VPROPBASER, val);

	for (i = 0; i < gm.desc.nr_cpus; i++) {
		const struct gm_rdist *other = &gm.rdist[i];
		bool common = gm_rd_group(i) == gm_rd_group(rd->cpu);

		if (other == rd || !other->vpe_table.valid)
			continue;
		if (common ? ((other->vpropbaser ^ rd->vpropbaser) & GM_VPROP_TABLE) :
			     other->vpe_table.base == t->base) {
			gm_breach_reg(GICV4_RULE_VPROP_COMMON, -1, rd->cpu,
				      GM_VLPI_FRAME + GICR_VPROPBASER, val);
			return;
		}
	}
	for (i = 0; i < gm.desc.nr_its; i++) {
		const struct gm_table *its = &gm.its[i].tables[GM_TABLE_VPE];
		bool common = gm.desc.svpet && gm_its_group(i) == gm_rd_group(rd->cpu);

		if (its->valid &&
		    (common ? its->base != t->base || its->size != t->size :
			      its->base == t->base))
			gm_breach_reg(GICV4_RULE_SVPET_TABLE, i, rd->cpu,
				      GM_VLPI_FRAME + GICR_VPROPBASER, val);
	}
}

/* Does a vPE of this redistributor have its entry in the vPE table? */
static bool gm_vpe_table_live(const struct gm_rdist *rd)
{
	const struct gm_vpe *vpe;

	list_for_each_entry(vpe, &gm.vpes, node)
		if (gm_vpte_wanted(&rd->vpe_table, vpe) >= 0 &&
		    gm_vpe_target(vpe) == rd->cpu)
			return true;
	return false;
}

static void gm_vprop_write_v4_1(struct gm_rdist *rd, u64 val)
{
	bool z = val & GICR_VPROPBASER_4_1_Z;

	val = gm_vprop_fixup(val);
	if (((val ^ rd->vpropbaser) & GM_VPROP_TABLE) && gm_vpe_table_live(rd))
		gm_breach_reg(GICV4_RULE_VPROP_LIVE, -1, rd->cpu,
			      GM_VLPI_FRAME + GICR_VPROPBASER, val);
	rd->vpropbaser = val;
	gm_vpe_table_decode(rd);
	if (rd->vpe_table.valid)
		gm_check_vprop(rd, z, val);
}

static void gm_vprop_write(struct gm_rdist *rd, unsigned int off, int size,
			   u64 val)
{
	u64 new = rd->vpropbaser;

	gm_reg_write(&new, off & 7, size, val);
	if ((rd->vpendbaser & GICR_VPENDBASER_Valid) && new != rd->vpropbaser)
		gm_breach_reg(GICV4_RULE_VPROP_VALID, -1, rd->cpu,
			      GM_VLPI_FRAME + GICR_VPROPBASER, new);
	if (gm_is_v4_1())
		gm_vprop_write_v4_1(rd, new);
	else
		rd->vpropbaser = new;
}

/* GICR_VSGIR asks for the pending vSGIs of a vPE, GICR_VSGIPENDR has them */
static void gm_vsgir_write(struct gm_rdist *rd, u32 val)
{
	const struct gm_vpe *vpe = gm_group_vpe(rd, FIELD_GET(GICR_VSGIR_VPEID, val));

	if (rd->vsgir_reads)
		gm_breach_reg(GICV4_RULE_VSGIR_BUSY, -1, rd->cpu,
			      GM_VLPI_FRAME + GICR_VSGIR, val);
	rd->vsgir_pend = 0;
	rd->vsgir_reads = gm_busy_reads(rd);
	if (!vpe) {
		gm_breach_reg(GICV4_RULE_VSGIR_VPE, -1, rd->cpu,
			      GM_VLPI_FRAME + GICR_VSGIR, val);
		return;
	}
	rd->vsgir_pend = vpe->sgi_pend;
}

static u32 gm_vsgipendr_read(struct gm_rdist *rd)
{
	if (rd->vsgir_reads) {
		rd->vsgir_reads--;
		return GICR_VSGIPENDR_BUSY;
	}
	return rd->vsgir_pend;
}

static u64 gm_vlpi_read(struct gm_rdist *rd, unsigned int off, int size)
{
	switch (off) {
	case GICR_VPROPBASER:
	case GICR_VPROPBASER + 4:
		return gm_reg_read(rd->vpropbaser, off & 7, size);
	case GICR_VPENDBASER:
	case GICR_VPENDBASER + 4:
		return gm_reg_read(gm_vpend_read(rd), off & 7, size);
	case GICR_VSGIPENDR:
		return gm_is_v4_1() ? gm_vsgipendr_read(rd) : 0;
	default:
		return 0;
	}
}

static void gm_vlpi_write(struct gm_rdist *rd, unsigned int off, int size,
			  u64 val)
{
	u64 new = rd->vpendbaser;

	switch (off) {
	case GICR_VPROPBASER:
	case GICR_VPROPBASER + 4:
		gm_vprop_write(rd, off, size, val);
		break;
	case GICR_VPENDBASER:
	case GICR_VPENDBASER + 4:
		/* A driver that writes halves writes the one with Valid last */
		gm_reg_write(&new, off & 7, size, val);
		gm_vpend_write(rd, new);
		break;
	case GICR_VSGIR:
		if (gm_is_v4_1())
			gm_vsgir_write(rd, val);
		break;
	}
}

/**
 * gm_gicr_read - read from a redistributor
 * @rd: the redistributor
 * @off: offset in its frames
 * @size: size of the access, bytes
 *
 * Return: the value.
 */
u64 gm_gicr_read(struct gm_rdist *rd, unsigned int off, int size)
{
	if (off < GM_SGI_FRAME)
		return gm_rd_read(rd, off, size);
	if (off >= GM_VLPI_FRAME && off < GM_VLPI_FRAME + SZ_64K)
		return gm_vlpi_read(rd, off & GM_FRAME_MASK, size);
	/* SGIs and PPIs are not modelled */
	return 0;
}

/**
 * gm_gicr_write - write to a redistributor
 * @rd: the redistributor
 * @off: offset in its frames
 * @size: size of the access, bytes
 * @val: the value
 */
void gm_gicr_write(struct gm_rdist *rd, unsigned int off, int size, u64 val)
{
	if (off < GM_SGI_FRAME)
		gm_rd_write(rd, off, size, val);
	else if (off >= GM_VLPI_FRAME && off < GM_VLPI_FRAME + SZ_64K)
		gm_vlpi_write(rd, off & GM_FRAME_MASK, size, val);
}
