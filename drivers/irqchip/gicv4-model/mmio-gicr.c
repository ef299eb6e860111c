// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of a redistributor: RD, SGI and VLPI frames.
 */
#include <linux/bitfield.h>

#include "internal.h"

#define GM_SGI_FRAME	SZ_64K
#define GM_VLPI_FRAME	SZ_128K
#define GM_FRAME_MASK	(SZ_64K - 1)

#define GM_PROPBASER_ADDR	GENMASK_ULL(51, 12)

static u64 gm_gicr_typer(const struct gm_rdist *rd)
{
	u64 typer = GICR_TYPER_PLPIS;

	typer |= (u64)rd->cpu << 8;
	typer |= FIELD_PREP(GICR_TYPER_AFFINITY, rd->cpu);
	if (gm_is_v4())
		typer |= GICR_TYPER_VLPIS;
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
	rd->vpe_slot = -1;
}

static void gm_check_enable(const struct gm_rdist *rd, u32 val)
{
	u64 prop = rd->propbaser & GM_PROPBASER_ADDR;
	unsigned int bits = (rd->propbaser & GICR_PROPBASER_IDBITS_MASK) + 1;
	unsigned int cpu;

	bits = min(bits, gm.desc.intid_bits);
	if (bits < 14 || !gm_mem(prop, BIT_ULL(bits) - GM_LPI_BASE) ||
	    !gm_mem(GICR_PENDBASER_ADDRESS(rd->pendbaser), BIT_ULL(bits) / 8))
		gm_breach_reg(GICV4_RULE_LPI_TABLES, -1, rd->cpu,
			      GICR_CTLR, val);

	/* GICR_TYPER.CommonLPIAff is 0: one property table for them all */
	for (cpu = 0; cpu < gm.desc.nr_cpus; cpu++) {
		const struct gm_rdist *other = &gm.rdist[cpu];

		if (other == rd || !(other->ctlr & GICR_CTLR_ENABLE_LPIS))
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
		return rd->ctlr | GICR_CTLR_CES;
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
		/* GICR_SYNCR too: nothing is ever under way */
		return 0;
	}
}

static void gm_rd_write_direct(struct gm_rdist *rd, unsigned int off, u64 val)
{
	switch (off) {
	case GICR_SETLPIR:
		gm_plpi_set(rd->cpu, val);
		break;
	case GICR_CLRLPIR:
		gm_plpi_clear(rd->cpu, val);
		break;
	case GICR_INVLPIR:
		gm_plpi_inv(rd->cpu, FIELD_GET(GICR_INVLPIR_INTID, val));
		break;
	case GICR_INVALLR:
		gm_plpi_invall(rd->cpu);
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
		if (gm.desc.direct_lpi)
			gm_rd_write_direct(rd, off, val);
		break;
	}
}

static void gm_vprop_write(struct gm_rdist *rd, unsigned int off, int size,
			   u64 val)
{
	u64 new = rd->vpropbaser;

	gm_reg_write(&new, off & 7, size, val);
	if ((rd->vpendbaser & GICR_VPENDBASER_Valid) && new != rd->vpropbaser)
		gm_breach_reg(GICV4_RULE_VPROP_VALID, -1, rd->cpu,
			      GM_VLPI_FRAME + GICR_VPROPBASER, new);
	rd->vpropbaser = new;
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
