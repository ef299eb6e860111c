// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of an ITS: the control frame, GITS_TRANSLATER and GITS_SGIR.
 */
#include <linux/bitfield.h>

#include "internal.h"

#define GM_BASER_RO	(GENMASK_ULL(58, 56) | GENMASK_ULL(52, 48))
#define GM_CWRITER_RETRY	BIT(0)
#define GM_CREADR_STALLED	BIT(0)
#define GM_QUEUE_PTR	GENMASK(19, 5)

/* GITS_TYPER.CIL and CIDbits */
#define GM_TYPER_CIL	BIT_ULL(36)
#define GM_TYPER_CIDBITS	GENMASK_ULL(35, 32)

/* GITS_TYPER.nID: no doorbells of single vLPIs */
#define GM_TYPER_NID	BIT_ULL(46)
#define GM_TYPER_VSGI	BIT_ULL(39)

/* An ITS of GICv3 may be beside those of the machine */
static bool gm_its_is_v4(const struct gm_its *its)
{
	return gm_is_v4() && !(gm.desc.v3_its & BIT(its->id));
}

static u64 gm_its_typer(const struct gm_its *its)
{
	u64 typer = GITS_TYPER_PLPIS;

	typer |= FIELD_PREP(GITS_TYPER_ITT_ENTRY_SIZE, gm.desc.itte_size - 1);
	typer |= FIELD_PREP(GITS_TYPER_IDBITS, gm.desc.eventid_bits - 1);
	typer |= FIELD_PREP(GITS_TYPER_DEVBITS, gm.desc.devid_bits - 1);
	typer |= FIELD_PREP(GM_TYPER_CIDBITS, GM_CID_BITS - 1) | GM_TYPER_CIL;
	if (gm.desc.pta)
		typer |= GITS_TYPER_PTA;
	if (!gm_its_is_v4(its))
		return typer;
	typer |= GITS_TYPER_VLPIS;
	if (gm.desc.vmovp)
		typer |= GITS_TYPER_VMOVP;
	if (gm_is_v4_1()) {
		typer |= GITS_TYPER_VMAPP | GM_TYPER_VSGI;
		if (gm.desc.no_db)
			typer |= GM_TYPER_NID;
		/* As GICR_TYPER.CommonLPIAff, but 0 is none, and 1 is Aff3 */
		if (gm.desc.svpet)
			typer |= FIELD_PREP(GITS_TYPER_SVPET,
					    gm.desc.groups > 1 ? 3 : 1);
	}

	return typer;
}

static u32 gm_its_ctlr(const struct gm_its *its)
{
	if ((its->ctlr & GITS_CTLR_ENABLE) || its->nr_effects)
		return its->ctlr;
	return its->ctlr | GITS_CTLR_QUIESCENT;
}

static u64 gm_baser_reset(const struct gm_its *its, unsigned int n)
{
	u64 type, esz;

	switch (n) {
	case GM_TABLE_DEV:
		type = GITS_BASER_TYPE_DEVICE;
		esz = gm.desc.dte_size;
		break;
	case GM_TABLE_COL:
		type = GITS_BASER_TYPE_COLLECTION;
		esz = gm.desc.cte_size;
		break;
	case GM_TABLE_VPE:
		if (!gm_its_is_v4(its))
			return 0;
		type = GITS_BASER_TYPE_VCPU;
		esz = gm.desc.vpte_size;
		break;
	default:
		return 0;
	}

	return type << GITS_BASER_TYPE_SHIFT |
	       (esz - 1) << GITS_BASER_ENTRY_SIZE_SHIFT;
}

static u32 gm_its_number(const struct gm_its *its)
{
	if (!gm.desc.fixed_number)
		return 0;
	return FIELD_PREP(GITS_CTLR_ITS_NUMBER, gm.desc.nr_its - 1 - its->id);
}

/**
 * gm_its_reset - put an ITS into reset
 * @its: the ITS
 */
void gm_its_reset(struct gm_its *its)
{
	unsigned int n;

	its->ctlr = gm_its_number(its);
	its->cbaser = 0;
	its->cwriter = 0;
	its->creadr = 0;
	its->stalled = false;
	its->error = 0;
	its->nr_effects = 0;
	its->stall.armed = false;
	its->ignore.armed = false;
	for (n = 0; n < GITS_BASER_NR_REGS; n++) {
		its->baser[n] = gm_baser_reset(its, n);
		gm_table_decode(its, n);
	}
}

static const struct gm_table *gm_overlap(const struct gm_table *t)
{
	unsigned int i, n;

	for (i = 0; i < gm.desc.nr_its; i++) {
		for (n = 0; n < GM_NR_TABLES; n++) {
			const struct gm_table *o = &gm.its[i].tables[n];

			/* GICv4.1 may share the vPE table, whole */
			if (o == t || !o->valid || (gm_is_v4_1() && o->off == t->off &&
						    o->base == t->base))
				continue;
			if (t->base < o->base + o->size &&
			    o->base < t->base + t->size)
				return o;
		}
	}
	return NULL;
}

static bool gm_table_shared(const struct gm_table *t)
{
	unsigned int i;

	for (i = 0; i < gm.desc.nr_its; i++)
		if (i != t->its && gm.its[i].tables[GM_TABLE_VPE].valid &&
		    gm.its[i].tables[GM_TABLE_VPE].base == t->base)
			return true;
	for (i = 0; i < gm.desc.nr_cpus; i++)
		if (gm.rdist[i].vpe_table.valid &&
		    gm.rdist[i].vpe_table.base == t->base)
			return true;
	return false;
}

/* A table that the ITS has just been given */
static void gm_check_table(const struct gm_its *its, unsigned int n, u64 val)
{
	const struct gm_table *t = &its->tables[n];
	unsigned int i;

	if (!gm_mem(t->base, t->size) || gm_mem_freed(t->base)) {
		gm_breach_reg(GICV4_RULE_TABLE_MEMORY, its->id, -1, t->off, val);
		return;
	}
	if (gm_overlap(t))
		gm_breach_reg(GICV4_RULE_TABLE_OVERLAP, its->id, -1, t->off, val);
	if (!gm_table_shared(t) && !gm_table_clean(t))
		gm_breach_reg(GICV4_RULE_TABLE_NOT_ZERO, its->id, -1, t->off, val);

	if (n != GM_TABLE_VPE || !gm_is_v4_1())
		return;
	for (i = 0; i < gm.desc.nr_its; i++) {
		const struct gm_table *o = &gm.its[i].tables[n];
		bool common = gm.desc.svpet &&
			      gm_its_group(i) == gm_its_group(its->id);
		bool same = o->base == t->base;

		if (i != its->id && o->valid && common != same)
			gm_breach_reg(GICV4_RULE_SVPET_TABLE, its->id, -1,
				      t->off, val);
	}
}

static void gm_baser_write(struct gm_its *its, unsigned int n,
			   unsigned int byte, int size, u64 val)
{
	u64 old = its->baser[n], new = old;

	if (!GITS_BASER_TYPE(old))
		return;

	gm_reg_write(&new, byte, size, val);
	new = (new & ~GM_BASER_RO) | (old & GM_BASER_RO);

	/* The reserved page size reads as, and is, 64 KB */
	if (FIELD_GET(GITS_BASER_PAGE_SIZE_MASK, new) == GIC_PAGE_SIZE_MASK) {
		new &= ~GITS_BASER_PAGE_SIZE_MASK;
		new |= GITS_BASER_PAGE_SIZE_64K;
	}
	if (gm.desc.page_size) {
		new &= ~GITS_BASER_PAGE_SIZE_MASK;
		new |= FIELD_PREP(GITS_BASER_PAGE_SIZE_MASK,
				  gm_page_size_field(gm.desc.page_size));
	}
	if (!gm.desc.indirect || n == GM_TABLE_COL)
		new &= ~GITS_BASER_INDIRECT;
	if (gm.desc.noncoherent)
		new &= ~GITS_BASER_SHAREABILITY_MASK;

	if (its->ctlr & GITS_CTLR_ENABLE)
		gm_breach_reg(GICV4_RULE_BASER_ENABLED, its->id, -1,
			      GITS_BASER + 8 * n, new);

	its->baser[n] = new;
	gm_table_decode(its, n);
	if (its->tables[n].valid && byte + size == 8)
		gm_check_table(its, n, new);
}

/* ITSList: the numbers tell the ITSs apart */
static void gm_check_its_number(const struct gm_its *its)
{
	unsigned int i;

	if (!gm_its_is_v4(its) || gm.desc.vmovp ||
	    !(its->ctlr & GITS_CTLR_ENABLE))
		return;
	for (i = 0; i < gm.desc.nr_its; i++)
		if (i != its->id && (gm.its[i].ctlr & GITS_CTLR_ENABLE) &&
		    gm_its_is_v4(&gm.its[i]) &&
		    !((gm.its[i].ctlr ^ its->ctlr) & GITS_CTLR_ITS_NUMBER))
			gm_breach_reg(GICV4_RULE_ITS_NUMBER, its->id, -1,
				      GITS_CTLR, its->ctlr);
}

static void gm_sgir_write(const struct gm_its *its, u64 val)
{
	struct gm_vpe *vpe = gm_vpe_find(FIELD_GET(GITS_SGIR_VPEID, val));

	if (!vpe || !(vpe->its_map & BIT(its->id))) {
		gm_breach_reg(GICV4_RULE_SGIR_VPE, its->id, -1, GITS_SGIR, val);
		return;
	}
	gm_vsgi_set(vpe, FIELD_GET(GITS_SGIR_VINTID, val));
}

static void gm_ctlr_write(struct gm_its *its, u32 val)
{
	u32 rw = GITS_CTLR_ENABLE | GITS_CTLR_ImDe | GITS_CTLR_ITS_NUMBER;
	bool was = its->ctlr & GITS_CTLR_ENABLE;

	if (!was && (val & GITS_CTLR_ENABLE) && its->nr_effects)
		gm_breach_reg(GICV4_RULE_ENABLE_BUSY, its->id, -1, GITS_CTLR,
			      val);
	if (gm.desc.fixed_number)
		rw &= ~GITS_CTLR_ITS_NUMBER;
	its->ctlr = (val & rw) | gm_its_number(its);
	gm_check_its_number(its);
	if (was || !(its->ctlr & GITS_CTLR_ENABLE))
		return;

	if (!(its->cbaser & GITS_CBASER_VALID) ||
	    !its->tables[GM_TABLE_DEV].valid ||
	    !its->tables[GM_TABLE_COL].valid)
		gm_breach_reg(GICV4_RULE_ENABLE_UNREADY, its->id, -1,
			      GITS_CTLR, val);
	gm_queue_run(its, gm.sched ? gm_sched_random(4) : UINT_MAX);
}

static void gm_cbaser_write(struct gm_its *its, unsigned int byte, int size,
			    u64 val)
{
	gm_reg_write(&its->cbaser, byte, size, val);
	if (gm.desc.noncoherent)
		its->cbaser &= ~GITS_CBASER_SHAREABILITY_MASK;
	if (its->ctlr & GITS_CTLR_ENABLE)
		gm_breach_reg(GICV4_RULE_CBASER_ENABLED, its->id, -1,
			      GITS_CBASER, its->cbaser);
	its->creadr = 0;
	its->stalled = false;
	if ((its->cbaser & GITS_CBASER_VALID) && byte + size == 8 &&
	    GITS_CBASER_ADDRESS(its->cbaser) & (SZ_64K - 1))
		gm_breach_reg(GICV4_RULE_CBASER_ALIGN, its->id, -1, GITS_CBASER,
			      its->cbaser);
}

static void gm_cwriter_write(struct gm_its *its, u32 val)
{
	u32 ptr = val & GM_QUEUE_PTR;

	if (ptr >= GITS_BASER_NR_PAGES(its->cbaser) * SZ_4K) {
		gm_breach_reg(GICV4_RULE_CWRITER_RANGE, its->id, -1,
			      GITS_CWRITER, val);
		return;
	}
	if (val & GM_CWRITER_RETRY)
		its->stalled = false;
	its->cwriter = ptr;
	gm_queue_run(its, gm.sched ? gm_sched_random(4) : UINT_MAX);
}

/**
 * gm_its_read - read from an ITS
 * @its: the ITS
 * @off: offset in its frames
 * @size: size of the access, bytes
 *
 * Return: the value.
 */
u64 gm_its_read(struct gm_its *its, unsigned int off, int size)
{
	unsigned int byte = off & 7, n;

	switch (off & ~7u) {
	case GITS_CTLR:
		return byte ? 0 : gm_its_ctlr(its);
	case GITS_TYPER:
		return gm_reg_read(gm_its_typer(its), byte, size);
	case GITS_MPIDR & ~7u:
		return gm_its_group(its->id) << 8;
	case GITS_CBASER:
		return gm_reg_read(its->cbaser, byte, size);
	case GITS_CWRITER:
		return gm_reg_read(its->cwriter, byte, size);
	case GITS_CREADR:
		return gm_reg_read(its->creadr |
				   (its->stalled ? GM_CREADR_STALLED : 0),
				   byte, size);
	case GITS_BASER ... GITS_BASER + 8 * (GITS_BASER_NR_REGS - 1):
		n = (off - GITS_BASER) / 8;
		return gm_reg_read(its->baser[n], byte, size);
	case GITS_PIDR2:
		return gm_its_is_v4(its) ? GIC_PIDR2_ARCH_GICv4 :
					   GIC_PIDR2_ARCH_GICv3;
	default:
		return 0;
	}
}

/**
 * gm_its_write - write to an ITS
 * @its: the ITS
 * @off: offset in its frames
 * @size: size of the access, bytes
 * @val: the value
 */
void gm_its_write(struct gm_its *its, unsigned int off, int size, u64 val)
{
	unsigned int byte = off & 7;

	switch (off & ~7u) {
	case GITS_CTLR:
		if (!byte)
			gm_ctlr_write(its, val);
		break;
	case GITS_CBASER:
		gm_cbaser_write(its, byte, size, val);
		break;
	case GITS_CWRITER:
		if (!byte)
			gm_cwriter_write(its, val);
		break;
	case GITS_BASER ... GITS_BASER + 8 * (GITS_BASER_NR_REGS - 1):
		gm_baser_write(its, (off - GITS_BASER) / 8, byte, size, val);
		break;
	case GITS_SGIR & ~7u:
		if (gm_is_v4_1() && size == 8)
			gm_sgir_write(its, val);
		break;
	case GITS_TRANSLATER:
		/* A CPU's write carries no DeviceID of a device: it is 0 */
		if (byte)
			break;
		gm.stats.device_writes++;
		gm_translate(its, 0, val);
		break;
	default:
		break;
	}
}
