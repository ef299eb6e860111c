// SPDX-License-Identifier: GPL-2.0
/*
 * The views of what is mapped, resident and pending.
 */
#include "debugfs.h"
#include "internal.h"

/* IDs that are looked at under one hold of gm.lock */
#define GM_SCAN		1024

static const char *gm_yes(bool yes)
{
	return yes ? "yes" : "no";
}

/* A number, or "-" if there is none */
static void gm_show_or_dash(struct seq_file *m, int width, bool there, u64 val)
{
	if (there)
		seq_printf(m, "  %*llu", width, val);
	else
		seq_printf(m, "  %*s", width, "-");
}

static void gm_show_intids(struct seq_file *m, const struct gm_cursor *c)
{
	unsigned int i;

	seq_puts(m, "    pending:");
	for (i = 0; i < c->nr_intids; i++)
		seq_printf(m, " %u%s", c->intids[i],
			   c->off & BIT(i) ? " (disabled)" : "");
	seq_putc(m, '\n');
}

/*
 * The next row of pending LPIs, by INTID. The pending table may be behind, so
 * the reference copy is asked: 1 if there is a row, 0 to go on, -1 at the end.
 */
static int gm_next_intids(struct gm_cursor *c, unsigned int owner,
			  unsigned int bits)
{
	const struct gm_lpi *lpi;
	unsigned int i;

	for (i = 0; i < GM_SCAN && c->left && c->sub < BIT(bits); i++) {
		lpi = gm_lpi_find(owner, c->sub++);
		if (!lpi || !lpi->pending)
			continue;
		if (lpi->cached && !(lpi->config & LPI_PROP_ENABLED))
			c->off |= BIT(c->nr_intids);
		c->intids[c->nr_intids++] = lpi->intid;
		c->left--;
		if (c->nr_intids == GM_ROW_INTIDS)
			return 1;
	}
	if (i == GM_SCAN)
		return 0;
	c->left = 0;
	return c->nr_intids ? 1 : -1;
}

static void gm_clear_intids(struct gm_cursor *c)
{
	c->nr_intids = 0;
	c->off = 0;
}

static void gm_first_intids(struct gm_cursor *c, unsigned int owner)
{
	c->sub = GM_LPI_BASE;
	c->left = gm.owners[owner].nr_pend;
	gm_clear_intids(c);
}

/* Steps return 1 if there is a row, 0 to go on, -1 at the end */
static bool gm_walk(int (*step)(struct gm_cursor *c), struct gm_cursor *c)
{
	int ret;

	while (!(ret = step(c)))
		cond_resched();
	return ret > 0;
}

/* its<n> */

enum {
	GM_ITS_REGS = 1,
	GM_ITS_TABLE,
	GM_ITS_COL_HEAD,
	GM_ITS_COL,
	GM_ITS_DEV_HEAD,
	GM_ITS_DEV,
	GM_ITS_EVENT,
};

static bool gm_next_col(const struct gm_its *its, struct gm_cursor *c, u32 icid)
{
	for (; icid < GM_NR_COLLECTIONS; icid++) {
		if (its->cols[icid].valid) {
			c->id = icid;
			return true;
		}
	}
	return false;
}

/* Devices are in the order of DeviceIDs */
static bool gm_next_dev(const struct gm_its *its, struct gm_cursor *c,
			u64 devid)
{
	const struct gm_dev *dev;

	list_for_each_entry(dev, &its->devs, node) {
		if (dev->devid >= devid) {
			c->id = dev->devid;
			c->sub = 0;
			c->left = dev->nr_ittes;
			return true;
		}
	}
	return false;
}

/* Scans a part of the ITT: 1 if there is an event, 0 to go on, -1 at the end */
static int gm_next_event(const struct gm_its *its, struct gm_cursor *c)
{
	const struct gm_dev *dev = gm_dev_find(its->id, c->id);
	struct gicv4_itte itte;
	unsigned int i;

	if (!dev || !c->left)
		return -1;
	for (i = 0; i < GM_SCAN; i++, c->sub++) {
		if (c->sub >= BIT_ULL(dev->bits))
			return -1;
		if (gm_read_itte(dev->itt, c->sub, &itte)) {
			c->left--;
			return 1;
		}
	}
	return 0;
}

/* 1 if there is a row, 0 to go on, -1 at the end; one hold of gm.lock */
static int gm_its_step(struct gm_cursor *c)
{
	const struct gm_its *its;
	int ret;

	guard(raw_spinlock_irqsave)(&gm.lock);

	if (!gm_has_its(c->unit))
		return -1;
	its = &gm.its[c->unit];

	switch (c->section) {
	case 0:
	case GM_ITS_REGS:
		c->section++;
		c->id = 0;
		return 1;
	case GM_ITS_TABLE:
		if (++c->id >= GITS_BASER_NR_REGS)
			c->section++;
		return 1;
	case GM_ITS_COL_HEAD:
	case GM_ITS_COL:
		if (gm_next_col(its, c, c->section == GM_ITS_COL ? c->id + 1 : 0))
			c->section = GM_ITS_COL;
		else
			c->section = GM_ITS_DEV_HEAD;
		return 1;
	case GM_ITS_DEV_HEAD:
		c->section = GM_ITS_DEV;
		return gm_next_dev(its, c, 0) ? 1 : -1;
	case GM_ITS_EVENT:
		c->sub++;
		c->section = GM_ITS_DEV;
		fallthrough;
	default:
		/* In the middle of a device: its next event, or the next one */
		ret = gm_next_event(its, c);
		if (ret > 0)
			c->section = GM_ITS_EVENT;
		if (ret >= 0)
			return ret;
		return gm_next_dev(its, c, (u64)c->id + 1) ? 1 : -1;
	}
}

static bool gm_its_next(struct gm_cursor *c)
{
	return gm_walk(gm_its_step, c);
}

static void gm_show_its_regs(struct seq_file *m, unsigned int its)
{
	struct gm_its *i = &gm.its[its];

	seq_printf(m, "ITS %u: GITS_CTLR %#x, GITS_CBASER %#llx, GITS_CREADR %#x%s, GITS_CWRITER %#x\n",
		   its, i->ctlr, i->cbaser, i->creadr,
		   i->stalled ? " (stalled)" : "", i->cwriter);
	seq_printf(m, "events mapped: %u physical, %u virtual\n",
		   i->nr_maps[false], i->nr_maps[true]);
	seq_printf(m, "\n%5s  %-10s  %18s  %9s  %4s  %5s  %8s\n", "BASER",
		   "Type", "Base", "Bytes", "Page", "Entry", "IDs");
}

static void gm_show_table(struct seq_file *m, const struct gm_its *its, u32 n)
{
	static const char * const types[] = {
		[GITS_BASER_TYPE_DEVICE]	= "device",
		[GITS_BASER_TYPE_VCPU]		= "vPE",
		[GITS_BASER_TYPE_COLLECTION]	= "collection",
	};
	const struct gm_table *t = &its->tables[n];
	unsigned int type = GITS_BASER_TYPE(its->baser[n]);

	if (!t->valid)
		return;
	seq_printf(m, "%5u  %-10s  %#018llx  %9llu  %3uK  %5u  %8u%s\n", n,
		   type < ARRAY_SIZE(types) && types[type] ? types[type] : "?",
		   t->base, t->size, t->page / SZ_1K, t->esz, t->nr_ids,
		   t->indirect ? "  two levels" : "");
}

static void gm_show_dev(struct seq_file *m, const struct gm_cursor *c)
{
	const struct gm_dev *dev = gm_dev_find(c->unit, c->id);

	if (dev)
		seq_printf(m, "%#-10x  ITT %#llx, %u EventID bits, %u events\n",
			   dev->devid, dev->itt, dev->bits, dev->nr_ittes);
}

/* Where an event goes to now */
static void gm_show_target(struct seq_file *m, const struct gm_its *its,
			   const struct gicv4_itte *itte)
{
	const struct gm_vpe *vpe;
	char target[32];

	vpe = itte->virt ? gm_vpe_find(itte->vpeid) : NULL;
	if (itte->virt && vpe && (vpe->its_map & BIT(its->id)))
		scnprintf(target, sizeof(target), "vPE %u -> %u", itte->vpeid,
			  vpe->cpu[its->id]);
	else if (itte->virt)
		scnprintf(target, sizeof(target), "vPE %u -> ?", itte->vpeid);
	else if (its->cols[itte->icid].valid)
		scnprintf(target, sizeof(target), "ICID %u -> %u", itte->icid,
			  its->cols[itte->icid].cpu);
	else
		scnprintf(target, sizeof(target), "ICID %u -> ?", itte->icid);
	seq_printf(m, "  %-18s", target);
}

static void gm_show_event(struct seq_file *m, const struct gm_cursor *c)
{
	const struct gm_its *its = &gm.its[c->unit];
	const struct gm_dev *dev = gm_dev_find(c->unit, c->id);
	struct gicv4_itte itte;

	if (!dev || !gm_read_itte(dev->itt, c->sub, &itte))
		return;
	seq_printf(m, "%10s  %7llu  %4s  %8u", "", c->sub,
		   itte.virt ? "vLPI" : "LPI", itte.intid);
	gm_show_target(m, its, &itte);
	gm_show_or_dash(m, 8, itte.virt && itte.doorbell != GICV4_INTID_NONE,
			itte.doorbell);
	seq_putc(m, '\n');
}

static void gm_its_show(struct seq_file *m, const struct gm_cursor *c)
{
	struct gm_its *its;

	guard(raw_spinlock_irqsave)(&gm.lock);

	if (!gm_has_its(c->unit))
		return;
	its = &gm.its[c->unit];

	switch (c->section) {
	case GM_ITS_REGS:
		return gm_show_its_regs(m, c->unit);
	case GM_ITS_TABLE:
		return gm_show_table(m, its, c->id);
	case GM_ITS_COL_HEAD:
		return seq_printf(m, "\n%10s  %13s\n", "Collection",
				  "Redistributor");
	case GM_ITS_COL:
		return seq_printf(m, "%10u  %13u\n", c->id,
				  its->cols[c->id].cpu);
	case GM_ITS_DEV_HEAD:
		return seq_printf(m, "\n%-10s  %7s  %4s  %8s  %-18s  %8s\n",
				  "DeviceID", "EventID", "Kind", "INTID",
				  "Target", "Doorbell");
	case GM_ITS_DEV:
		return gm_show_dev(m, c);
	case GM_ITS_EVENT:
		return gm_show_event(m, c);
	}
}

const struct gm_view gm_view_its = {
	.name	= "its%u",
	.next	= gm_its_next,
	.show	= gm_its_show,
};

/* redistributors, vpes: a heading, then for each one a row and its LPIs */

enum {
	GM_HEAD = 1,
	GM_ITEM,
	GM_VSGIS,
	GM_SEARCH,
	GM_PENDING,
};

/* The pending LPIs of an owner: as gm_next_intids() */
static int gm_pending_step(struct gm_cursor *c, unsigned int owner,
			   unsigned int bits)
{
	int ret;

	if (c->section < GM_SEARCH)
		gm_first_intids(c, owner);
	else if (c->section == GM_PENDING)
		gm_clear_intids(c);
	ret = gm_next_intids(c, owner, bits);
	c->section = ret > 0 ? GM_PENDING : GM_SEARCH;
	return ret;
}

static int gm_rdists_step(struct gm_cursor *c)
{
	int ret;

	guard(raw_spinlock_irqsave)(&gm.lock);

	if (!gm.on)
		return -1;
	if (c->section >= GM_ITEM && gm_has_cpu(c->id)) {
		ret = gm_pending_step(c, c->id, gm_rd_lpi_bits(&gm.rdist[c->id]));
		if (ret >= 0)
			return ret;
		c->section = GM_ITEM;
		return gm_has_cpu(++c->id) ? 1 : -1;
	}
	c->section++;
	c->id = 0;
	return 1;
}

static bool gm_rdists_next(struct gm_cursor *c)
{
	return gm_walk(gm_rdists_step, c);
}

static void gm_show_rdist(struct seq_file *m, const struct gm_rdist *rd)
{
	bool valid = rd->vpendbaser & GICR_VPENDBASER_Valid;
	int vpeid = -1;

	if (rd->vpe_slot >= 0)
		vpeid = gm.vpe_pool[rd->vpe_slot].vpeid;
	seq_printf(m, "%3u  %#10x  %#018llx  %#018llx  %#018llx  %#018llx  %-8s",
		   rd->cpu, rd->ctlr, rd->propbaser, rd->pendbaser,
		   rd->vpropbaser, rd->vpendbaser, gm_yes(valid));
	gm_show_or_dash(m, 5, vpeid >= 0, vpeid);
	seq_printf(m, "  %-11s  %7u\n",
		   gm_yes(rd->vpendbaser & GICR_VPENDBASER_PendingLast),
		   gm.owners[rd->cpu].nr_pend);
}

static void gm_rdists_show(struct seq_file *m, const struct gm_cursor *c)
{
	if (c->section == GM_HEAD) {
		seq_printf(m, "%3s  %10s  %18s  %18s  %18s  %18s  %-8s  %5s  %-11s  %7s\n",
			   "CPU", "GICR_CTLR", "GICR_PROPBASER",
			   "GICR_PENDBASER", "GICR_VPROPBASER",
			   "GICR_VPENDBASER", "Resident", "vPEID",
			   "PendingLast", "Pending");
		return;
	}
	if (c->section == GM_PENDING)
		return gm_show_intids(m, c);

	guard(raw_spinlock_irqsave)(&gm.lock);
	if (gm_has_cpu(c->id))
		gm_show_rdist(m, &gm.rdist[c->id]);
}

const struct gm_view gm_view_rdists = {
	.name	= "redistributors",
	.next	= gm_rdists_next,
	.show	= gm_rdists_show,
};

static int gm_next_vpe(struct gm_cursor *c, u32 vpeid)
{
	for (; vpeid < GM_NR_VPEIDS; vpeid++) {
		if (gm_vpe_find(vpeid)) {
			c->section = GM_ITEM;
			c->id = vpeid;
			return 1;
		}
	}
	return -1;
}

static int gm_vpes_step(struct gm_cursor *c)
{
	const struct gm_vpe *vpe;
	int ret;

	guard(raw_spinlock_irqsave)(&gm.lock);

	if (!gm.on)
		return -1;
	if (!c->section) {
		c->section = GM_HEAD;
		return 1;
	}
	if (c->section == GM_HEAD)
		return gm_next_vpe(c, 0);

	vpe = gm_vpe_find(c->id);
	if (vpe && gm_is_v4_1() && c->section == GM_ITEM) {
		c->section = GM_VSGIS;
		return 1;
	}
	ret = vpe ? gm_pending_step(c, GM_OWNER_VPE(vpe->slot), vpe->vpt_bits) :
		    -1;
	return ret >= 0 ? ret : gm_next_vpe(c, c->id + 1);
}

static bool gm_vpes_next(struct gm_cursor *c)
{
	return gm_walk(gm_vpes_step, c);
}

static void gm_show_vpe(struct seq_file *m, const struct gm_vpe *vpe)
{
	unsigned int its;

	seq_printf(m, "%5u  %#018llx  %4u  %#018llx", vpe->vpeid, vpe->vpt,
		   vpe->vpt_bits, vpe->vprop);
	gm_show_or_dash(m, 8, vpe->resident >= 0, vpe->resident);
	seq_printf(m, "  %7u", gm_vpe_owner(vpe)->nr_pend);
	for (its = 0; its < gm.desc.nr_its; its++)
		gm_show_or_dash(m, 4, vpe->its_map & BIT(its), vpe->cpu[its]);
	if (gm_is_v4_1())
		gm_show_or_dash(m, 8, vpe->db != GICV4_INTID_NONE, vpe->db);
	seq_putc(m, '\n');
}

/* GICv4.1: those that VSGI has configured, or that are pending */
static void gm_show_vsgis(struct seq_file *m, const struct gm_vpe *vpe)
{
	unsigned int i;

	for (i = 0; i < GM_NR_SGIS; i++) {
		const struct gm_vsgi *sgi = &vpe->sgi[i];
		bool pending = vpe->sgi_pend & BIT(i);

		if (!sgi->enabled && !sgi->group1 && !sgi->priority && !pending)
			continue;
		seq_printf(m, "    vSGI %2u: priority %#04x, group %u, %s%s\n", i,
			   sgi->priority, sgi->group1,
			   sgi->enabled ? "enabled" : "disabled",
			   pending ? ", pending" : "");
	}
}

static void gm_vpes_show(struct seq_file *m, const struct gm_cursor *c)
{
	const struct gm_vpe *vpe;
	unsigned int its;

	if (c->section == GM_PENDING)
		return gm_show_intids(m, c);

	guard(raw_spinlock_irqsave)(&gm.lock);

	if (c->section == GM_HEAD) {
		seq_printf(m, "%5s  %18s  %4s  %18s  %8s  %7s", "vPEID",
			   "Pending table", "Bits", "Property table",
			   "Resident", "Pending");
		/* Below each ITS, the redistributor that the vPE is mapped to */
		for (its = 0; its < gm.desc.nr_its; its++)
			seq_printf(m, "  ITS%u", its);
		seq_puts(m, gm_is_v4_1() ? "  Doorbell\n" : "\n");
		return;
	}
	vpe = gm_vpe_find(c->id);
	if (!vpe)
		return;
	if (c->section == GM_VSGIS)
		gm_show_vsgis(m, vpe);
	else
		gm_show_vpe(m, vpe);
}

const struct gm_view gm_view_vpes = {
	.name	= "vpes",
	.next	= gm_vpes_next,
	.show	= gm_vpes_show,
};
