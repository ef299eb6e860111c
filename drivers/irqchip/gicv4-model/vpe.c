// SPDX-License-Identifier: GPL-2.0
/*
 * The virtual interrupts of a vPE: pending state, configuration, doorbells.
 *
 * A redistributor keeps the pending state of a vPE that it knows to itself,
 * and writes it to the virtual pending table when it lets go of the vPE: in
 * GICv4.0 when the vPE is not resident any more, in GICv4.1 when VMAPP unmaps
 * it. Until then memory is behind.
 *
 * In GICv4.0 the property table is known only from GICR_VPROPBASER, so the
 * configuration of a vLPI is read when its vPE first becomes resident after
 * the mapping or the invalidation, or at once if it is resident then. In
 * GICv4.1 VMAPP names the table. Either way the configuration is used until
 * the next invalidation.
 */
#include "internal.h"
#include "tracepoints.h"

/* How vSGIs are kept in the IMPLEMENTATION DEFINED part of the pending table */
struct gm_vpt_sgis {
	u8	config[GM_NR_SGIS];
	__le16	pending;
};

#define GM_SGI_ENABLED	BIT(0)
#define GM_SGI_GROUP1	BIT(1)

static struct gm_vpt_sgis *gm_vpt_sgis(const struct gm_vpe *vpe)
{
	return gm_mem(vpe->vpt, sizeof(struct gm_vpt_sgis));
}

/* Is there pending state that memory does not show? */
static bool gm_vpe_held(const struct gm_vpe *vpe)
{
	if (gm.desc.uncached)
		return false;
	return gm_is_v4_1() || vpe->resident >= 0;
}

static bool gm_vpt_freed(const struct gm_vpe *vpe)
{
	const u64 raw[4] = { vpe->vpeid, vpe->vpt };

	if (likely(!gm_mem_freed(vpe->vpt)))
		return false;
	gm_breach(GICV4_RULE_TABLE_FREED, -1, -1, raw);
	return true;
}

static void gm_vlpi_write(struct gm_vpe *vpe, struct gm_lpi *lpi)
{
	if (lpi->written == lpi->pending)
		return;
	if (!gm_vpt_freed(vpe))
		gm_pend_write(vpe->vpt, lpi->intid, lpi->pending);
	lpi->written = lpi->pending;
}

static void gm_vsgi_write(struct gm_vpe *vpe)
{
	struct gm_vpt_sgis *mem = gm_vpt_sgis(vpe);
	unsigned int i;

	if (!mem || gm_vpt_freed(vpe))
		return;
	for (i = 0; i < GM_NR_SGIS; i++)
		mem->config[i] = vpe->sgi[i].priority |
				 (vpe->sgi[i].enabled ? GM_SGI_ENABLED : 0) |
				 (vpe->sgi[i].group1 ? GM_SGI_GROUP1 : 0);
	mem->pending = cpu_to_le16(vpe->sgi_pend);
}

/**
 * gm_vpe_flush - write all pending state of a vPE to its pending table
 * @vpe: the vPE
 */
void gm_vpe_flush(struct gm_vpe *vpe)
{
	struct gm_lpi *lpi, *tmp;

	list_for_each_entry_safe(lpi, tmp, &gm_vpe_owner(vpe)->dirty, dirty) {
		list_del_init(&lpi->dirty);
		gm_vlpi_write(vpe, lpi);
	}
	if (gm_is_v4_1())
		gm_vsgi_write(vpe);
}

static void gm_vlpi_pend(struct gm_vpe *vpe, struct gm_lpi *lpi, bool pending)
{
	gm_lpi_pend(lpi, pending);
	if (!gm_vpe_held(vpe))
		gm_vlpi_write(vpe, lpi);
	else if (list_empty(&lpi->dirty))
		list_add(&lpi->dirty, &gm_vpe_owner(vpe)->dirty);
}

/**
 * gm_vpe_load - VMAPP: read the pending table of a vPE
 * @vpe: the vPE
 */
void gm_vpe_load(struct gm_vpe *vpe)
{
	const struct gm_vpt_sgis *mem = gm_vpt_sgis(vpe);
	struct gm_lpi *lpi;
	unsigned int i;
	u32 intid;

	for (intid = gm_pend_next(vpe->vpt, GM_LPI_BASE, vpe->vpt_bits); intid;
	     intid = gm_pend_next(vpe->vpt, intid + 1, vpe->vpt_bits)) {
		lpi = gm_lpi_get(GM_OWNER_VPE(vpe->slot), intid);
		if (!lpi)
			break;
		gm_lpi_pend(lpi, true);
		lpi->written = true;
		gm_vlpi_uncache(vpe, lpi);
	}
	if (!gm_is_v4_1() || !mem)
		return;
	for (i = 0; i < GM_NR_SGIS; i++)
		vpe->sgi[i] = (struct gm_vsgi) {
			.priority	= mem->config[i] & GENMASK(7, 4),
			.enabled	= mem->config[i] & GM_SGI_ENABLED,
			.group1		= mem->config[i] & GM_SGI_GROUP1,
		};
	vpe->sgi_pend = le16_to_cpu(mem->pending);
}

/* Configuration */

/**
 * gm_vlpi_config - read the property byte of a virtual LPI
 * @vpe: its vPE, whose property table is known
 * @lpi: the LPI
 */
void gm_vlpi_config(const struct gm_vpe *vpe, struct gm_lpi *lpi)
{
	lpi->config = gm_prop_read(vpe->vprop, vpe->vprop_bits, lpi->intid);
	lpi->cached = true;
}

/**
 * gm_vlpi_uncache - the configuration of a virtual LPI has to be read again
 * @vpe: its vPE
 * @lpi: the LPI
 */
void gm_vlpi_uncache(struct gm_vpe *vpe, struct gm_lpi *lpi)
{
	lpi->cached = false;
	if (gm_is_v4_1() || vpe->resident >= 0)
		gm_vlpi_config(vpe, lpi);
	else
		vpe->fetch = true;
}

/**
 * gm_vpe_fetch - a vPE is resident: read what is not known yet of its vLPIs
 * @vpe: the vPE
 */
void gm_vpe_fetch(struct gm_vpe *vpe)
{
	struct gm_lpi *lpi;

	if (!vpe->fetch)
		return;
	gm_array_for_each(lpi, &gm_vpe_owner(vpe)->index)
		if (!lpi->cached)
			gm_vlpi_config(vpe, lpi);
	vpe->fetch = false;
}

/**
 * gm_vlpi_fetch - a virtual LPI has been mapped to a vPE
 * @vpe: the vPE
 * @intid: vINTID
 */
void gm_vlpi_fetch(struct gm_vpe *vpe, u32 intid)
{
	struct gm_lpi *lpi = gm_lpi_get(GM_OWNER_VPE(vpe->slot), intid);

	if (!lpi)
		return;
	gm_vlpi_uncache(vpe, lpi);
	/* What was pending and disabled may be enabled now */
	gm_vpe_ring(vpe);
}

/**
 * gm_vlpi_inv - invalidate the configuration of a virtual LPI
 * @vpe: its vPE
 * @intid: vINTID
 */
void gm_vlpi_inv(struct gm_vpe *vpe, u32 intid)
{
	struct gm_lpi *lpi = gm_lpi_find(GM_OWNER_VPE(vpe->slot), intid);

	if (!lpi)
		return;
	gm_vlpi_uncache(vpe, lpi);
	gm_vpe_ring(vpe);
}

/**
 * gm_vlpi_invall - invalidate the configuration of all vLPIs of a vPE
 * @vpe: the vPE
 */
void gm_vlpi_invall(struct gm_vpe *vpe)
{
	struct gm_lpi *lpi;

	gm_array_for_each(lpi, &gm_vpe_owner(vpe)->index)
		gm_vlpi_uncache(vpe, lpi);
	gm_vpe_ring(vpe);
}

/* What there is to deliver, and doorbells */

static bool gm_higher(u8 priority, u32 intid, const struct gm_virq *than)
{
	if (than->intid == GICV4_INTID_NONE || priority != than->priority)
		return than->intid == GICV4_INTID_NONE ||
		       priority < than->priority;
	return intid < than->intid;
}

/**
 * gm_vpe_best - the virtual interrupt that is delivered next
 * @vpe: the vPE
 * @grp0: Group 0 is enabled
 * @grp1: Group 1 is enabled; virtual LPIs belong to it
 *
 * Return: the pending and enabled one of the highest priority, of these the
 * one with the lowest INTID; GICV4_INTID_NONE if there is none.
 */
struct gm_virq gm_vpe_best(const struct gm_vpe *vpe, bool grp0, bool grp1)
{
	struct gm_virq best = { .intid = GICV4_INTID_NONE, .priority = 0xff };
	unsigned long sgis = vpe->sgi_pend;
	unsigned int i;

	if (grp1)
		best.lpi = gm_best(GM_OWNER_VPE(vpe->slot));
	if (best.lpi) {
		best.intid = best.lpi->intid;
		best.priority = best.lpi->config & GM_PRIO_MASK;
	}
	for_each_set_bit(i, &sgis, GM_NR_SGIS) {
		const struct gm_vsgi *sgi = &vpe->sgi[i];

		if (sgi->enabled && (sgi->group1 ? grp1 : grp0) &&
		    gm_higher(sgi->priority, i, &best))
			best = (struct gm_virq) {
				.intid = i, .priority = sgi->priority,
			};
	}
	return best;
}

static void gm_ring(const struct gm_vpe *vpe, unsigned int cpu, u32 db)
{
	gm.stats.doorbells++;
	trace_gicv4_doorbell(vpe->vpeid, cpu, db);
	gm_plpi_set(cpu, db);
}

/**
 * gm_vpe_target - the redistributor that a vPE is mapped to
 * @vpe: the vPE
 *
 * Return: its number.
 */
unsigned int gm_vpe_target(const struct gm_vpe *vpe)
{
	return vpe->cpu[vpe->its_map ? __ffs(vpe->its_map) : 0];
}

/**
 * gm_vpe_ring - GICv4.1: send the default doorbell, if there is a reason
 * @vpe: the vPE
 *
 * Once for each time that software asked for it, as soon as there is something
 * that could be delivered.
 */
void gm_vpe_ring(struct gm_vpe *vpe)
{
	if (!vpe->db_wanted || vpe->resident >= 0 ||
	    gm_vpe_best(vpe, vpe->grp0, vpe->grp1).intid == GICV4_INTID_NONE)
		return;
	vpe->db_wanted = false;
	if (vpe->db != GICV4_INTID_NONE)
		gm_ring(vpe, gm_vpe_target(vpe), vpe->db);
}

/**
 * gm_vpe_hush - GICv4.1: a vPE is resident, and needs no doorbell
 * @vpe: the vPE
 */
void gm_vpe_hush(struct gm_vpe *vpe)
{
	vpe->db_wanted = false;
	if (vpe->db != GICV4_INTID_NONE)
		gm_plpi_take(gm_vpe_target(vpe), vpe->db);
}

/**
 * gm_vpe_invdb - GICv4.1: invalidate the configuration of the default doorbell
 * @vpe: the vPE
 *
 * Each redistributor hears of it: VMOVP may take the doorbell there.
 */
void gm_vpe_invdb(const struct gm_vpe *vpe)
{
	unsigned int cpu;

	if (vpe->db == GICV4_INTID_NONE)
		return;
	for (cpu = 0; cpu < gm.desc.nr_cpus; cpu++)
		gm_plpi_inv(cpu, vpe->db);
}

/**
 * gm_vpe_move_doorbell - GICv4.1: VMOVP of a default doorbell
 * @vpe: the vPE
 * @from: redistributor that the vPE leaves
 * @to: redistributor that it goes to
 * @db: default doorbell from now on
 * @move: the pending state of the doorbell goes along
 */
void gm_vpe_move_doorbell(struct gm_vpe *vpe, unsigned int from,
			  unsigned int to, u32 db, bool move)
{
	bool pending = false;

	if (move && vpe->db != GICV4_INTID_NONE && from != to) {
		pending = gm_plpi_take(from, vpe->db);
		gm_plpi_forget(from, vpe->db);
	}
	vpe->db = db;
	if (pending && db != GICV4_INTID_NONE)
		gm_plpi_set(to, db);
}

/* Virtual LPIs */

/* GICv4.0: GICR_VPROPBASER.IDbits counts, whether a vPE is resident or not */
static bool gm_vlpi_in_range(const struct gm_vpe *vpe, unsigned int target,
			     u32 intid)
{
	const u64 raw[4] = { vpe->vpeid, intid };

	if (intid < GM_LPI_BASE || intid >= BIT(vpe->vpt_bits))
		return false;
	if (gm_is_v4_1() || gm_vprop_bits(&gm.rdist[target]) >= GM_MIN_LPI_BITS)
		return true;
	gm_breach(GICV4_RULE_VPROP_IDBITS, -1, target, raw);
	return false;
}

/**
 * gm_vlpi_set - make a virtual LPI pending
 * @vpe: its vPE
 * @target: the vPE's redistributor, as the vPE table says
 * @intid: vINTID; one that is out of range is dropped
 * @db: pINTID of its doorbell, or GICV4_INTID_NONE
 *
 * If the vPE is not resident, the vLPI's own doorbell rings at each
 * translation, also if the vLPI is pending already and whatever its
 * configuration: GICv4.0 does not know that one before the vPE is resident.
 */
void gm_vlpi_set(struct gm_vpe *vpe, unsigned int target, u32 intid, u32 db)
{
	struct gm_lpi *lpi;

	if (!gm_vlpi_in_range(vpe, target, intid))
		return;
	lpi = gm_lpi_get(GM_OWNER_VPE(vpe->slot), intid);
	if (!lpi)
		return;

	if (!lpi->pending)
		gm.stats.vlpis++;
	gm_vlpi_pend(vpe, lpi, true);
	if (!lpi->cached)
		gm_vlpi_uncache(vpe, lpi);
	if (vpe->resident >= 0 && (gm_is_v4_1() || vpe->resident == (int)target))
		return;
	if (db != GICV4_INTID_NONE)
		gm_ring(vpe, target, db);
	gm_vpe_ring(vpe);
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

static void gm_vlpi_drop(struct gm_vpe *vpe, struct gm_lpi *lpi)
{
	gm_lpi_pend(lpi, false);
	gm_vlpi_write(vpe, lpi);
	gm_lpi_del(lpi);
}

/**
 * gm_vlpi_forget - drop a virtual LPI, its configuration included
 * @vpe: its vPE
 * @intid: vINTID
 */
void gm_vlpi_forget(struct gm_vpe *vpe, u32 intid)
{
	struct gm_lpi *lpi = gm_lpi_find(GM_OWNER_VPE(vpe->slot), intid);

	if (lpi)
		gm_vlpi_drop(vpe, lpi);
}

/**
 * gm_vlpi_move - VMOVI: a virtual LPI goes to another vPE
 * @from: vPE that it leaves
 * @to: vPE that gets it, with its pending state
 * @target: redistributor of @to
 * @intid: vINTID
 * @db: pINTID of its doorbell, or GICV4_INTID_NONE
 */
void gm_vlpi_move(struct gm_vpe *from, struct gm_vpe *to, unsigned int target,
		  u32 intid, u32 db)
{
	struct gm_lpi *lpi = gm_lpi_find(GM_OWNER_VPE(from->slot), intid);
	bool pending = lpi && lpi->pending;

	if (lpi)
		gm_vlpi_drop(from, lpi);
	gm_vlpi_fetch(to, intid);
	/* It rings if it wakes the new vPE */
	if (pending)
		gm_vlpi_set(to, target, intid, db);
}

/**
 * gm_vlpi_done - the guest has acknowledged a virtual LPI
 * @vpe: its vPE
 * @lpi: the LPI
 */
void gm_vlpi_done(struct gm_vpe *vpe, struct gm_lpi *lpi)
{
	gm_vlpi_pend(vpe, lpi, false);
}

/* Virtual SGIs */

static void gm_vsgi_changed(struct gm_vpe *vpe)
{
	if (!gm_vpe_held(vpe))
		gm_vsgi_write(vpe);
	gm_vpe_ring(vpe);
}

/**
 * gm_vsgi_config - configure a virtual SGI
 * @vpe: its vPE
 * @sgi: INTID
 * @config: its configuration
 */
void gm_vsgi_config(struct gm_vpe *vpe, unsigned int sgi,
		    const struct gm_vsgi *config)
{
	vpe->sgi[sgi] = *config;
	gm_vsgi_changed(vpe);
}

/**
 * gm_vsgi_set - make a virtual SGI pending
 * @vpe: its vPE
 * @sgi: INTID
 */
void gm_vsgi_set(struct gm_vpe *vpe, unsigned int sgi)
{
	if (!(vpe->sgi_pend & BIT(sgi)))
		gm.stats.vsgis++;
	vpe->sgi_pend |= BIT(sgi);
	gm_trace_vsgi(vpe->vpeid, sgi, true);
	gm_vsgi_changed(vpe);
}

/**
 * gm_vsgi_clear - end the pending state of a virtual SGI
 * @vpe: its vPE
 * @sgi: INTID
 */
void gm_vsgi_clear(struct gm_vpe *vpe, unsigned int sgi)
{
	vpe->sgi_pend &= ~BIT(sgi);
	gm_trace_vsgi(vpe->vpeid, sgi, false);
	gm_vsgi_changed(vpe);
}
