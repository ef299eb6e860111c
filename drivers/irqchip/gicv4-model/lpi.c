// SPDX-License-Identifier: GPL-2.0
/*
 * Physical LPIs in the redistributors: pending bits, configuration.
 *
 * Pending bits go straight to the pending table in memory. A property byte is
 * read when an LPI is mapped to a redistributor or first becomes pending
 * there, and is used until an INV or INVALL reaches that redistributor: a
 * driver that forgets the invalidation keeps the old configuration.
 */
#include <linux/bitops.h>

#include "internal.h"

#define GM_LPI_PRIO(config)	((config) & GM_PRIO_MASK)

static u8 *gm_pend_byte(u64 table, u32 intid)
{
	return gm_mem(table + intid / 8, 1);
}

/**
 * gm_pend_test - read a pending table
 * @table: its address
 * @intid: INTID
 *
 * Return: true if the bit is set.
 */
bool gm_pend_test(u64 table, u32 intid)
{
	const u8 *byte = gm_pend_byte(table, intid);

	return byte && (READ_ONCE(*byte) & BIT(intid % 8));
}

/**
 * gm_pend_write - write a pending table
 * @table: its address
 * @intid: INTID
 * @pending: new value of the bit
 */
void gm_pend_write(u64 table, u32 intid, bool pending)
{
	u8 *byte = gm_pend_byte(table, intid);

	if (!byte)
		return;
	if (pending)
		*byte |= BIT(intid % 8);
	else
		*byte &= ~BIT(intid % 8);
}

/**
 * gm_pend_next - find a bit that is set in a pending table
 * @table: its address
 * @intid: INTID to begin with
 * @bits: INTID width of the table
 *
 * Return: the INTID, or 0 if there is none.
 */
u32 gm_pend_next(u64 table, u32 intid, unsigned int bits)
{
	u32 end = BIT(bits);
	const unsigned long *map;
	unsigned long next;

	map = gm_mem(table, end / 8);
	if (!map || intid >= end)
		return 0;
	next = find_next_bit_le(map, end, intid);
	return next < end ? next : 0;
}

/**
 * gm_prop_read - read a property table
 * @table: its address
 * @bits: INTID width of the table
 * @intid: INTID
 *
 * Return: the byte; 0, which is disabled, if it is not there.
 */
u8 gm_prop_read(u64 table, unsigned int bits, u32 intid)
{
	const u8 *byte;

	if (!table || intid < GM_LPI_BASE || intid >= BIT(bits))
		return 0;
	byte = gm_mem(table + intid - GM_LPI_BASE, 1);
	return byte ? READ_ONCE(*byte) : 0;
}

/**
 * gm_rd_lpi_bits - INTID width that a redistributor uses
 * @rd: the redistributor
 *
 * Return: bits, from GICR_PROPBASER and GICD_TYPER.
 */
unsigned int gm_rd_lpi_bits(const struct gm_rdist *rd)
{
	return min_t(unsigned int, gm.desc.intid_bits,
		     (rd->propbaser & GICR_PROPBASER_IDBITS_MASK) + 1);
}

static void gm_plpi_config(const struct gm_rdist *rd, struct gm_lpi *lpi)
{
	lpi->config = gm_prop_read(GICR_PROPBASER_ADDRESS(rd->propbaser),
				   gm_rd_lpi_bits(rd), lpi->intid);
	lpi->cached = true;
}

/* Read the property byte of an LPI */
static void gm_lpi_config(struct gm_lpi *lpi)
{
	if (lpi->owner < GICV4_MAX_CPUS)
		gm_plpi_config(&gm.rdist[lpi->owner], lpi);
	else
		gm_vlpi_config(&gm.vpe_pool[lpi->owner - GICV4_MAX_CPUS], lpi);
}

/**
 * gm_best - what an owner's CPU interface would acknowledge
 * @owner: redistributor or vPE
 *
 * Return: the enabled pending LPI of the highest priority, of these the one
 * with the lowest INTID, or NULL.
 */
struct gm_lpi *gm_best(unsigned int owner)
{
	struct gm_lpi *lpi, *best = NULL;

	list_for_each_entry(lpi, &gm.owners[owner].pend, pend) {
		if (gm.desc.uncached)
			gm_lpi_config(lpi);
		if (!lpi->cached || !(lpi->config & LPI_PROP_ENABLED))
			continue;
		if (!best ||
		    GM_LPI_PRIO(lpi->config) < GM_LPI_PRIO(best->config) ||
		    (GM_LPI_PRIO(lpi->config) == GM_LPI_PRIO(best->config) &&
		     lpi->intid < best->intid))
			best = lpi;
	}
	return best;
}

static bool gm_plpi_valid(const struct gm_rdist *rd, u32 intid)
{
	return (rd->ctlr & GICR_CTLR_ENABLE_LPIS) && intid >= GM_LPI_BASE &&
	       intid < BIT(gm_rd_lpi_bits(rd));
}

static void gm_plpi_pend(const struct gm_rdist *rd, struct gm_lpi *lpi,
			 bool pending)
{
	u64 table = GICR_PENDBASER_ADDRESS(rd->pendbaser);

	if (gm_mem_freed(table))
		gm_breach_reg(GICV4_RULE_TABLE_FREED, -1, rd->cpu,
			      GICR_PENDBASER, rd->pendbaser);
	else
		gm_pend_write(table, lpi->intid, pending);
	gm_lpi_pend(lpi, pending);
}

/**
 * gm_plpi_set - make a physical LPI pending
 * @cpu: its redistributor
 * @intid: INTID; out of range or with LPIs disabled, the LPI is dropped
 */
void gm_plpi_set(unsigned int cpu, u32 intid)
{
	struct gm_rdist *rd = &gm.rdist[cpu];
	struct gm_lpi *lpi;

	if (!gm_plpi_valid(rd, intid))
		return;
	lpi = gm_lpi_get(cpu, intid);
	if (!lpi)
		return;

	if (!lpi->pending)
		gm.stats.lpis++;
	if (!lpi->cached)
		gm_plpi_config(rd, lpi);
	gm_plpi_pend(rd, lpi, true);
	gm_irq_kick(cpu);
}

/**
 * gm_plpi_take - end the pending state of a physical LPI
 * @cpu: its redistributor
 * @intid: INTID
 *
 * Return: true if it was pending.
 */
bool gm_plpi_take(unsigned int cpu, u32 intid)
{
	struct gm_lpi *lpi = gm_lpi_find(cpu, intid);

	if (!lpi || !lpi->pending)
		return false;
	gm_plpi_pend(&gm.rdist[cpu], lpi, false);
	return true;
}

/**
 * gm_plpi_forget - drop a physical LPI, its configuration included
 * @cpu: its redistributor
 * @intid: INTID
 */
void gm_plpi_forget(unsigned int cpu, u32 intid)
{
	struct gm_lpi *lpi;

	gm_plpi_take(cpu, intid);
	lpi = gm_lpi_find(cpu, intid);
	if (lpi)
		gm_lpi_del(lpi);
}

/**
 * gm_plpi_fetch - a physical LPI has been mapped to a redistributor
 * @cpu: the redistributor
 * @intid: INTID
 */
void gm_plpi_fetch(unsigned int cpu, u32 intid)
{
	struct gm_rdist *rd = &gm.rdist[cpu];
	struct gm_lpi *lpi;
	unsigned int i;

	if (!gm_plpi_valid(rd, intid))
		return;

	/* Others may have kept its configuration, as that of a doorbell */
	for (i = 0; i < gm.desc.nr_cpus; i++) {
		lpi = i != cpu ? gm_lpi_find(i, intid) : NULL;
		if (lpi && !lpi->pending)
			gm_lpi_del(lpi);
	}

	lpi = gm_lpi_get(cpu, intid);
	if (!lpi)
		return;
	gm_plpi_config(rd, lpi);
	/* What was pending and disabled may be enabled now */
	gm_irq_kick(cpu);
}

/**
 * gm_plpi_inv - invalidate the configuration of a physical LPI
 * @cpu: the redistributor that hears of it
 * @intid: INTID
 */
void gm_plpi_inv(unsigned int cpu, u32 intid)
{
	struct gm_lpi *lpi = gm_lpi_find(cpu, intid);

	if (!lpi)
		return;
	gm_plpi_config(&gm.rdist[cpu], lpi);
	gm_irq_kick(cpu);
}

/**
 * gm_plpi_invall - invalidate the configuration of all physical LPIs
 * @cpu: the redistributor that hears of it
 */
void gm_plpi_invall(unsigned int cpu)
{
	struct gm_lpi *lpi;

	gm_array_for_each(lpi, &gm.owners[cpu].index)
		gm_plpi_config(&gm.rdist[cpu], lpi);
	gm_irq_kick(cpu);
}

/**
 * gm_plpi_move - a physical LPI goes to another redistributor
 * @from: redistributor that it leaves
 * @to: redistributor that gets it, with its pending state
 * @intid: INTID
 */
void gm_plpi_move(unsigned int from, unsigned int to, u32 intid)
{
	bool pending = gm_plpi_take(from, intid);

	gm_plpi_forget(from, intid);
	gm_plpi_fetch(to, intid);
	if (pending)
		gm_plpi_set(to, intid);
}

/**
 * gm_plpi_moveall - move all pending physical LPIs
 * @from: redistributor that has them
 * @to: redistributor that gets them
 */
void gm_plpi_moveall(unsigned int from, unsigned int to)
{
	struct gm_lpi *lpi, *tmp;

	if (from == to)
		return;
	list_for_each_entry_safe(lpi, tmp, &gm.owners[from].pend, pend) {
		u32 intid = lpi->intid;

		gm_plpi_forget(from, intid);
		gm_plpi_set(to, intid);
	}
}

/**
 * gm_plpi_load - LPIs have been enabled: read the pending table
 * @cpu: the redistributor
 */
void gm_plpi_load(unsigned int cpu)
{
	struct gm_rdist *rd = &gm.rdist[cpu];
	u64 table = GICR_PENDBASER_ADDRESS(rd->pendbaser);
	unsigned int bits = gm_rd_lpi_bits(rd);
	u32 intid = GM_LPI_BASE;
	struct gm_lpi *lpi;

	intid = gm_pend_next(table, intid, bits);
	if (intid && (rd->pendbaser & GICR_PENDBASER_PTZ))
		gm_breach_reg(GICV4_RULE_PEND_PTZ, -1, cpu, GICR_PENDBASER,
			      rd->pendbaser);

	for (; intid; intid = gm_pend_next(table, intid + 1, bits)) {
		lpi = gm_lpi_get(cpu, intid);
		if (!lpi)
			break;
		gm_plpi_config(rd, lpi);
		gm_lpi_pend(lpi, true);
	}
	gm_irq_kick(cpu);
}
