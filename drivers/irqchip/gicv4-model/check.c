// SPDX-License-Identifier: GPL-2.0
/*
 * The tables in memory against the reference copy, and what software should
 * have done by now.
 */
#include "internal.h"

/**
 * gm_dev_intact - is a device table entry as the machine wrote it?
 * @dev: the device
 *
 * Return: true if it is.
 */
bool gm_dev_intact(const struct gm_dev *dev)
{
	struct gicv4_dte dte;

	return gm_read_dte(&gm.its[dev->its], dev->devid, &dte) &&
	       dte.itt_addr == dev->itt && dte.eventid_bits == dev->bits;
}

static bool gm_map_equal(const struct gicv4_itte *a, const struct gicv4_itte *b)
{
	return a->virt == b->virt && a->icid == b->icid &&
	       a->vpeid == b->vpeid && a->intid == b->intid &&
	       a->doorbell == b->doorbell;
}

/**
 * gm_itte_intact - is an ITT entry as the machine wrote it?
 * @dev: the device
 * @eventid: EventID, mapped or not
 *
 * Return: true if it is.
 */
bool gm_itte_intact(const struct gm_dev *dev, u32 eventid)
{
	const struct gm_itte *itte = gm_itte_find(dev, eventid);
	const void *mem;
	struct gicv4_itte map;

	if (itte)
		return gm_read_itte(dev->itt, eventid, &map) &&
		       gm_map_equal(&map, &itte->map);

	mem = gm_mem(dev->itt + (u64)eventid * gm.desc.itte_size,
		     gm.desc.itte_size);
	return mem && !memchr_inv(mem, 0, gm.desc.itte_size);
}

/**
 * gm_col_intact - is a collection table entry as the machine wrote it?
 * @its: the ITS
 * @icid: collection, mapped or not
 *
 * Return: true if it is.
 */
bool gm_col_intact(struct gm_its *its, u16 icid)
{
	const struct gm_col *col = &its->cols[icid];
	const u64 *mem;
	unsigned int cpu;

	if (col->valid)
		return gm_read_cte(its, icid, &cpu) && cpu == col->cpu;
	mem = gm_table_entry(&its->tables[GM_TABLE_COL], icid);
	return mem && !*mem;
}

static bool gm_vpte_intact(const struct gm_table *t, u16 vpeid)
{
	const struct gm_vpe *vpe = gm_vpe_find(vpeid);
	const u64 *entry = gm_table_entry(t, vpeid);
	struct gicv4_vpte vpte;
	int cpu = gm_vpte_wanted(t, vpe);

	/* That a redistributor's table has no room has been reported */
	if (!entry)
		return cpu < 0 || t->cpu >= 0;
	if (cpu < 0)
		return !*entry;
	if (!gm_vpte_decode(entry, &vpte))
		return false;
	return vpte.vpt_addr == vpe->vpt && vpte.vpt_bits == vpe->vpt_bits &&
	       vpte.cpu == cpu && vpte.default_db == vpe->db &&
	       (!gm_is_v4_1() || vpte.vconf_addr == vpe->vprop);
}

/**
 * gm_vpe_intact - are vPE table entries as the machine wrote them?
 * @its: the ITS whose table is looked at
 * @vpeid: vPEID, mapped or not
 *
 * Return: true if they are.
 */
bool gm_vpe_intact(struct gm_its *its, u16 vpeid)
{
	return gm_vpte_intact(&its->tables[GM_TABLE_VPE], vpeid);
}

/**
 * gm_rd_vpe_intact - as gm_vpe_intact(), in a redistributor's table
 * @rd: the redistributor, of GICv4.1
 * @vpeid: vPEID, mapped or not
 *
 * Return: true if they are.
 */
bool gm_rd_vpe_intact(const struct gm_rdist *rd, u16 vpeid)
{
	return gm_vpte_intact(&rd->vpe_table, vpeid);
}

static __printf(2, 3) void gm_diff(struct gm_diffs *diffs, const char *fmt, ...)
{
	va_list args;

	if (diffs->nr == GM_MAX_DIFFS)
		return;
	va_start(args, fmt);
	vscnprintf(diffs->text[diffs->nr++], GM_DIFF_LEN, fmt, args);
	va_end(args);
}

static void gm_compare_dev(struct gm_diffs *diffs, const struct gm_dev *dev)
{
	const struct gm_itte *itte;
	struct gicv4_itte map;
	unsigned int n = 0;
	u32 eventid;

	if (!gm_dev_intact(dev)) {
		gm_diff(diffs, "device table: device %#x", dev->devid);
		return;
	}
	if (gm_mem_freed(dev->itt))
		return;
	gm_array_for_each(itte, &dev->index)
		if (!gm_itte_intact(dev, itte->eventid))
			gm_diff(diffs, "ITT: device %#x event %#x", dev->devid,
				itte->eventid);
	for (eventid = 0; eventid < BIT_ULL(dev->bits); eventid++)
		n += gm_read_itte(dev->itt, eventid, &map);
	if (n != dev->nr_ittes)
		gm_diff(diffs, "ITT: device %#x has %u valid entries, not %u",
			dev->devid, n, dev->nr_ittes);
}

/* Bits of a pending table against what the machine wrote there */
static void gm_compare_pend(struct gm_diffs *diffs, unsigned int owner,
			    u64 table, unsigned int bits, const char *what,
			    unsigned int id)
{
	bool virt = owner >= GICV4_MAX_CPUS;
	const struct gm_lpi *lpi;
	unsigned int n = 0;
	bool written;
	u32 intid;

	if (gm_mem_freed(table))
		return;
	gm_array_for_each(lpi, &gm.owners[owner].index) {
		written = virt ? lpi->written : lpi->pending;
		n += written;
		if (written && !gm_pend_test(table, lpi->intid))
			gm_diff(diffs, "pending table of %s %u: the bit of %u is not set",
				what, id, lpi->intid);
	}
	for (intid = gm_pend_next(table, GM_LPI_BASE, bits); intid;
	     intid = gm_pend_next(table, intid + 1, bits))
		n--;
	if (n)
		gm_diff(diffs, "pending table of %s %u: %d bits set too many",
			what, id, -(int)n);
}

static bool gm_tables_freed(const struct gm_its *its)
{
	unsigned int i;

	for (i = 0; i < GM_NR_TABLES; i++)
		if (its->tables[i].valid && gm_mem_freed(its->tables[i].base))
			return true;
	return false;
}

/**
 * gm_compare - compare the tables in memory with the reference copy
 * @diffs: gets what differs
 *
 * Not those that have been freed: gm_check_missing() reports them.
 */
void gm_compare(struct gm_diffs *diffs)
{
	const struct gm_dev *dev;
	const struct gm_vpe *vpe;
	unsigned int i, icid;

	for (i = 0; i < gm.desc.nr_its; i++) {
		struct gm_its *its = &gm.its[i];

		if (gm_tables_freed(its))
			continue;
		list_for_each_entry(dev, &its->devs, node)
			gm_compare_dev(diffs, dev);
		for (icid = 0; icid < GM_NR_COLLECTIONS; icid++)
			if (its->cols[icid].valid && !gm_col_intact(its, icid))
				gm_diff(diffs, "collection table: %u", icid);
		list_for_each_entry(vpe, &gm.vpes, node)
			if (!gm_vpe_intact(its, vpe->vpeid))
				gm_diff(diffs, "vPE table of ITS %u: %u", i,
					vpe->vpeid);
	}

	list_for_each_entry(vpe, &gm.vpes, node)
		gm_compare_pend(diffs, GM_OWNER_VPE(vpe->slot), vpe->vpt,
				vpe->vpt_bits, "vPE", vpe->vpeid);
	for (i = 0; i < gm.desc.nr_cpus; i++) {
		const struct gm_rdist *rd = &gm.rdist[i];

		list_for_each_entry(vpe, &gm.vpes, node)
			if (gm_is_v4_1() && !gm_rd_vpe_intact(rd, vpe->vpeid))
				gm_diff(diffs, "vPE table of redistributor %u: %u",
					i, vpe->vpeid);
		if (rd->ctlr & GICR_CTLR_ENABLE_LPIS)
			gm_compare_pend(diffs, i,
					GICR_PENDBASER_ADDRESS(rd->pendbaser),
					gm_rd_lpi_bits(rd), "redistributor", i);
	}
}

static void gm_check_freed(int its, int cpu, u64 off, u64 pa)
{
	/* What never was memory has been reported when it was given */
	if (gm_mem(pa, 1) && gm_mem_freed(pa))
		gm_breach_reg(GICV4_RULE_TABLE_FREED, its, cpu, off, pa);
}

static void gm_check_its_memory(const struct gm_its *its)
{
	const struct gm_dev *dev;
	unsigned int i;

	if (its->ctlr & GITS_CTLR_ENABLE)
		gm_check_freed(its->id, -1, GITS_CBASER,
			       GITS_CBASER_ADDRESS(its->cbaser));
	for (i = 0; i < GM_NR_TABLES; i++)
		if (its->tables[i].valid)
			gm_check_freed(its->id, -1, GITS_BASER + 8 * i,
				       its->tables[i].base);
	list_for_each_entry(dev, &its->devs, node)
		gm_check_freed(its->id, -1, 0, dev->itt);
}

static void gm_check_rdist_memory(const struct gm_rdist *rd)
{
	if (rd->ctlr & GICR_CTLR_ENABLE_LPIS) {
		gm_check_freed(-1, rd->cpu, GICR_PROPBASER,
			       GICR_PROPBASER_ADDRESS(rd->propbaser));
		gm_check_freed(-1, rd->cpu, GICR_PENDBASER,
			       GICR_PENDBASER_ADDRESS(rd->pendbaser));
	}
	if (rd->vpe_table.valid)
		gm_check_freed(-1, rd->cpu, SZ_128K + GICR_VPROPBASER,
			       rd->vpe_table.base);
	if (!gm_is_v4_1() && rd->vpendbaser & GICR_VPENDBASER_Valid) {
		gm_check_freed(-1, rd->cpu, SZ_128K + GICR_VPROPBASER,
			       GICR_PROPBASER_ADDRESS(rd->vpropbaser));
		/* That of a vPE that VMAPP has mapped is checked with it */
		if (rd->vpe_slot < 0)
			gm_check_freed(-1, rd->cpu, SZ_128K + GICR_VPENDBASER,
				       GICR_PENDBASER_ADDRESS(rd->vpendbaser));
	}
}

/* The bit that is reserved says nothing */
#define GM_PROP_USED	((u8)~LPI_PROP_GROUP1)

static void gm_check_config(unsigned int owner, int cpu, u64 table,
			    unsigned int bits)
{
	struct gm_lpi *lpi;
	u8 config;

	if (gm_mem_freed(table))
		return;
	gm_array_for_each(lpi, &gm.owners[owner].index) {
		if (!lpi->cached || gm.desc.uncached)
			continue;
		config = gm_prop_read(table, bits, lpi->intid);
		if ((config ^ lpi->config) & GM_PROP_USED) {
			u64 raw[4] = { lpi->intid, lpi->config, config, table };

			gm_breach(GICV4_RULE_CONFIG_STALE, -1, cpu, raw);
			/* Once is enough */
			lpi->config = config;
		}
	}
}

/**
 * gm_check_missing - find what software should have done by now
 *
 * Everything that it has sent has been executed, so at a point where a test
 * looks at the effects, nothing may be left to be synchronised, and the
 * configuration in use has to be the one in the property tables. And what the
 * machine still uses may not have been freed.
 */
void gm_check_missing(void)
{
	const struct gm_vpe *vpe;
	unsigned int i;

	for (i = 0; i < gm.desc.nr_cpus; i++) {
		const struct gm_rdist *rd = &gm.rdist[i];

		gm_check_rdist_memory(rd);
		if (rd->ctlr & GICR_CTLR_ENABLE_LPIS)
			gm_check_config(i, i,
					GICR_PROPBASER_ADDRESS(rd->propbaser),
					gm_rd_lpi_bits(rd));
	}
	list_for_each_entry(vpe, &gm.vpes, node) {
		gm_check_freed(-1, -1, vpe->vpeid, vpe->vpt);
		if (gm_is_v4_1())
			gm_check_freed(-1, -1, vpe->vpeid, vpe->vprop);
		if (vpe->vmovp_list)
			gm_breach_reg(GICV4_RULE_VMOVP_INCOMPLETE, -1, -1, 0,
				      vpe->vpeid);
		if (vpe->vprop)
			gm_check_config(GM_OWNER_VPE(vpe->slot), -1, vpe->vprop,
					vpe->vprop_bits);
	}

	for (i = 0; i < gm.desc.nr_its; i++) {
		struct gm_its *its = &gm.its[i];
		unsigned long vpeid;

		gm_check_its_memory(its);
		if (its->sync_due)
			gm_breach_reg(GICV4_RULE_SYNC_MISSING, i, -1, 0,
				      its->sync_due);
		its->sync_due = 0;
		if (!its->nr_vsync_due)
			continue;
		for_each_set_bit(vpeid, its->vsync_due, GM_NR_VPEIDS)
			gm_breach_reg(GICV4_RULE_VSYNC_MISSING, i, -1, 0,
				      vpeid);
		bitmap_zero(its->vsync_due, GM_NR_VPEIDS);
		its->nr_vsync_due = 0;
	}
}
