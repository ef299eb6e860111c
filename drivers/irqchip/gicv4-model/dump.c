// SPDX-License-Identifier: GPL-2.0
/*
 * All architectural state as text.
 */
#include <linux/export.h>
#include <linux/seq_buf.h>
#include <linux/sort.h>

#include "internal.h"

#define GM_DUMP_PENDING	1024	/* of one vPE; more are counted */

static void gm_dump_config(struct seq_buf *s, unsigned int owner, u32 intid)
{
	const struct gm_lpi *lpi = gm_lpi_find(owner, intid);

	if (lpi && lpi->cached)
		seq_buf_printf(s, " config %#04x", lpi->config);
}

static void gm_dump_itte(struct seq_buf *s, const struct gm_its *its,
			 u32 eventid, const struct gicv4_itte *map)
{
	const struct gm_vpe *vpe;

	if (!map->virt) {
		seq_buf_printf(s, "  event %u: LPI %u collection %u", eventid,
			       map->intid, map->icid);
		if (its->cols[map->icid].valid)
			gm_dump_config(s, its->cols[map->icid].cpu, map->intid);
	} else {
		seq_buf_printf(s, "  event %u: vLPI %u vPE %u doorbell %u",
			       eventid, map->intid, map->vpeid, map->doorbell);
		vpe = gm_vpe_find(map->vpeid);
		if (vpe)
			gm_dump_config(s, GM_OWNER_VPE(vpe->slot), map->intid);
	}
	seq_buf_puts(s, "\n");
}

static void gm_dump_dev(struct seq_buf *s, struct gm_its *its,
			const struct gm_dev *dev)
{
	struct gicv4_itte map;
	unsigned int left = dev->nr_ittes;
	u32 eventid;

	seq_buf_printf(s, " device %#x: ITT %#llx, %u EventID bits\n",
		       dev->devid, dev->itt, dev->bits);
	for (eventid = 0; left && eventid < BIT_ULL(dev->bits); eventid++) {
		if (!gm_read_itte(dev->itt, eventid, &map))
			continue;
		gm_dump_itte(s, its, eventid, &map);
		left--;
	}
}

static void gm_dump_pending(struct seq_buf *s, u64 table, unsigned int bits)
{
	u32 intid;

	for (intid = gm_pend_next(table, GM_LPI_BASE, bits); intid;
	     intid = gm_pend_next(table, intid + 1, bits))
		seq_buf_printf(s, "  pending %u\n", intid);
}

static void gm_dump_vsgis(struct seq_buf *s, const struct gm_vpe *vpe)
{
	unsigned int i;

	for (i = 0; i < GM_NR_SGIS; i++) {
		const struct gm_vsgi *sgi = &vpe->sgi[i];

		if (!sgi->enabled && !sgi->group1 && !sgi->priority &&
		    !(vpe->sgi_pend & BIT(i)))
			continue;
		seq_buf_printf(s, "  vSGI %u: priority %#04x group %u %s%s\n", i,
			       sgi->priority, sgi->group1,
			       sgi->enabled ? "enabled" : "disabled",
			       vpe->sgi_pend & BIT(i) ? " pending" : "");
	}
}

static int gm_cmp_u32(const void *a, const void *b)
{
	return cmp_int(*(const u32 *)a, *(const u32 *)b);
}

/* What is pending, by INTID; the pending table may be behind */
static void gm_dump_vpending(struct seq_buf *s, const struct gm_vpe *vpe)
{
	static u32 intid[GM_DUMP_PENDING];	/* under gm.lock */
	const struct gm_lpi *lpi;
	unsigned int n = 0, i;

	list_for_each_entry(lpi, &gm_vpe_owner(vpe)->pend, pend)
		if (n < GM_DUMP_PENDING)
			intid[n++] = lpi->intid;
	sort(intid, n, sizeof(*intid), gm_cmp_u32, NULL);
	for (i = 0; i < n; i++)
		seq_buf_printf(s, "  pending %u\n", intid[i]);
	if (gm_vpe_owner(vpe)->nr_pend > n)
		seq_buf_printf(s, "  pending: %u more\n",
			       gm_vpe_owner(vpe)->nr_pend - n);
}

static void gm_dump_vpe(struct seq_buf *s, const struct gm_vpe *vpe)
{
	if (!gm_is_v4_1() && !gm_vpe_owner(vpe)->nr_pend)
		return;
	seq_buf_printf(s, "vPE %u", vpe->vpeid);
	if (gm_is_v4_1())
		seq_buf_printf(s, ": property table %#llx doorbell %u%s",
			       vpe->vprop, vpe->db,
			       vpe->db_wanted ? " wanted" : "");
	seq_buf_puts(s, "\n");
	gm_dump_vsgis(s, vpe);
	gm_dump_vpending(s, vpe);
}

static void gm_dump_its(struct seq_buf *s, struct gm_its *its)
{
	const struct gm_dev *dev;
	const struct gm_vpe *vpe;
	unsigned int i;

	seq_buf_printf(s, "ITS %u: CTLR %#x CBASER %#llx\n", its->id,
		       its->ctlr, its->cbaser);
	for (i = 0; i < GITS_BASER_NR_REGS; i++)
		if (its->tables[i].valid)
			seq_buf_printf(s, " BASER%u %#llx\n", i, its->baser[i]);
	for (i = 0; i < GM_NR_COLLECTIONS; i++)
		if (its->cols[i].valid)
			seq_buf_printf(s, " collection %u: redistributor %u\n",
				       i, its->cols[i].cpu);
	list_for_each_entry(dev, &its->devs, node)
		gm_dump_dev(s, its, dev);
	list_for_each_entry(vpe, &gm.vpes, node)
		if (vpe->its_map & BIT(its->id))
			seq_buf_printf(s, " vPE %u: redistributor %u VPT %#llx, %u INTID bits\n",
				       vpe->vpeid, vpe->cpu[its->id], vpe->vpt,
				       vpe->vpt_bits);
}

static void gm_dump_rdist(struct seq_buf *s, const struct gm_rdist *rd)
{
	seq_buf_printf(s, "redistributor %u: CTLR %#x PROPBASER %#llx PENDBASER %#llx\n",
		       rd->cpu, rd->ctlr, rd->propbaser, rd->pendbaser);
	if (gm_is_v4_1() && rd->vpe_table.valid)
		seq_buf_printf(s, " vPE table: VPROPBASER %#llx\n",
			       rd->vpropbaser);
	if (gm_is_v4_1() && rd->vpendbaser & GICR_VPENDBASER_Valid)
		seq_buf_printf(s, " resident: vPE %llu, groups%s%s\n",
			       rd->vpendbaser & GICR_VPENDBASER_4_1_VPEID,
			       rd->vpendbaser & GICR_VPENDBASER_4_1_VGRP0EN ? " 0" : "",
			       rd->vpendbaser & GICR_VPENDBASER_4_1_VGRP1EN ? " 1" : "");
	else if (rd->vpendbaser & GICR_VPENDBASER_Valid)
		seq_buf_printf(s, " resident: VPT %#llx VPROPBASER %#llx\n",
			       rd->vpendbaser & GENMASK_ULL(51, 16),
			       rd->vpropbaser);
	if (rd->ctlr & GICR_CTLR_ENABLE_LPIS)
		gm_dump_pending(s, GICR_PENDBASER_ADDRESS(rd->pendbaser),
				gm_rd_lpi_bits(rd));
}

/**
 * gicv4_dump - all architectural state, as text
 * @s: gets one fact per line, in an order that depends on the state only
 *
 * Registers that software has set up, what the tables map, the configuration
 * in use, what is pending, what is resident. Two dumps are equal if software
 * could not tell the two states apart. Not in it: the command queue's
 * pointers, statistics, the trace, and what the last residency left in
 * GICR_VPROPBASER and GICR_VPENDBASER.
 *
 * Context: any; interrupts are off meanwhile.
 */
void gicv4_dump(struct seq_buf *s)
{
	struct gm_vpe *vpe;
	unsigned int i;

	guard(raw_spinlock_irqsave)(&gm.lock);

	if (!gm.on)
		return;
	gm_effects_drain();
	for (i = 0; i < gm.desc.nr_its; i++)
		gm_dump_its(s, &gm.its[i]);
	for (i = 0; i < gm.desc.nr_cpus; i++)
		gm_dump_rdist(s, &gm.rdist[i]);
	list_for_each_entry(vpe, &gm.vpes, node)
		gm_dump_vpe(s, vpe);
}
EXPORT_SYMBOL_GPL(gicv4_dump);
