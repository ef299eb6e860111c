// SPDX-License-Identifier: GPL-2.0
/*
 * The logic analyser: the commands of the ITSs, statistics, faults, and what
 * the tables hold.
 */
#include <linux/bitfield.h>
#include <linux/export.h>

#include "internal.h"
#include "tracepoints.h"

/**
 * gm_trace - note a command
 * @its: the ITS
 * @cmd: the command
 * @ignored: it had no effect
 */
void gm_trace(const struct gm_its *its, const struct gm_cmd *cmd, bool ignored)
{
	struct gicv4_cmd *entry = &gm.trace[gm.trace_len % GM_TRACE_LEN];

	memcpy(entry->raw, cmd->raw, sizeof(entry->raw));
	entry->its = its->id;
	entry->opcode = cmd->raw[0];
	entry->ignored = ignored;
	entry->error = cmd->error;
	trace_gicv4_cmd(entry);
	gm.trace_len++;
	gm.trace_count[entry->opcode]++;
}

/**
 * gicv4_trace_clear - forget the commands so far
 *
 * Context: any.
 */
void gicv4_trace_clear(void)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	gm.trace_len = 0;
	memset(gm.trace_count, 0, sizeof(gm.trace_count));
}
EXPORT_SYMBOL_GPL(gicv4_trace_clear);

/**
 * gicv4_trace_count - how many commands of a kind there were
 * @opcode: GITS_CMD_*, or GICV4_ANY_CMD
 *
 * Context: any.
 * Return: their number since gicv4_trace_clear(), the ignored ones included.
 */
unsigned int gicv4_trace_count(u8 opcode)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	if (opcode == GICV4_ANY_CMD)
		return gm.trace_len;
	return gm.trace_count[opcode];
}
EXPORT_SYMBOL_GPL(gicv4_trace_count);

/**
 * gicv4_trace_len - how many commands gicv4_trace_get() has
 *
 * Context: any.
 * Return: their number; the oldest are lost if there were too many.
 */
unsigned int gicv4_trace_len(void)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	return min_t(unsigned int, gm.trace_len, GM_TRACE_LEN);
}
EXPORT_SYMBOL_GPL(gicv4_trace_len);

/**
 * gicv4_trace_get - get a command
 * @i: number, 0 is the oldest
 * @cmd: the command
 *
 * Context: any.
 * Return: false if there is no such command.
 */
bool gicv4_trace_get(unsigned int i, struct gicv4_cmd *cmd)
{
	unsigned int first = 0;

	guard(raw_spinlock_irqsave)(&gm.lock);

	if (gm.trace_len > GM_TRACE_LEN)
		first = gm.trace_len - GM_TRACE_LEN;
	if (i >= gm.trace_len - first)
		return false;
	*cmd = gm.trace[(first + i) % GM_TRACE_LEN];
	return true;
}
EXPORT_SYMBOL_GPL(gicv4_trace_get);

/**
 * gicv4_get_stats - get the statistics
 * @stats: them
 *
 * Context: any.
 */
void gicv4_get_stats(struct gicv4_stats *stats)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	*stats = gm.stats;
}
EXPORT_SYMBOL_GPL(gicv4_get_stats);

/* Faults */

/**
 * gm_fault_hit - does a fault strike at this command?
 * @fault: the fault; it is spent if so
 * @opcode: the command
 *
 * Return: true if it does.
 */
bool gm_fault_hit(struct gm_fault *fault, u8 opcode)
{
	if (!fault->armed)
		return false;
	if (fault->opcode != GICV4_ANY_CMD && fault->opcode != opcode)
		return false;
	if (--fault->nth)
		return false;
	fault->armed = false;
	return true;
}

static void gm_fault_arm(struct gm_fault *fault, u8 opcode, unsigned int nth)
{
	fault->opcode = opcode;
	fault->nth = nth;
	fault->armed = nth;
}

/**
 * gicv4_fault_stall - stop the command queue
 * @its: ITS number
 * @opcode: GITS_CMD_*, or GICV4_ANY_CMD
 * @nth: before which of the next commands @opcode; 1 is the next one
 *
 * GITS_CREADR.Stalled is set. The queue goes on after gicv4_fault_clear(), or
 * when software writes GITS_CWRITER.Retry.
 *
 * Context: any.
 */
void gicv4_fault_stall(unsigned int its, u8 opcode, unsigned int nth)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	if (gm_has_its(its))
		gm_fault_arm(&gm.its[its].stall, opcode, nth);
}
EXPORT_SYMBOL_GPL(gicv4_fault_stall);

/**
 * gicv4_fault_ignore - read a command and do not execute it
 * @its: ITS number
 * @opcode: GITS_CMD_*, or GICV4_ANY_CMD
 * @nth: which of the next commands @opcode; 1 is the next one
 *
 * Context: any.
 */
void gicv4_fault_ignore(unsigned int its, u8 opcode, unsigned int nth)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	if (gm_has_its(its))
		gm_fault_arm(&gm.its[its].ignore, opcode, nth);
}
EXPORT_SYMBOL_GPL(gicv4_fault_ignore);

/**
 * gicv4_fault_dirty - be slow to write a pending table back
 * @cpu: redistributor
 * @reads: how many reads of GICR_VPENDBASER see Dirty, after the next time
 *	   that Valid goes to 0
 *
 * Context: any.
 */
void gicv4_fault_dirty(unsigned int cpu, unsigned int reads)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	if (gm_has_cpu(cpu))
		gm.rdist[cpu].fault_dirty = reads;
}
EXPORT_SYMBOL_GPL(gicv4_fault_dirty);

/**
 * gicv4_fault_busy - be slow to invalidate, or to tell what is pending
 * @cpu: redistributor, of GICv4.1 or with DirectLPI
 * @reads: how many reads of GICR_SYNCR or GICR_VSGIPENDR see Busy, after the
 *	   next write of GICR_CLRLPIR, GICR_INVLPIR, GICR_INVALLR or GICR_VSGIR
 *
 * Context: any.
 */
void gicv4_fault_busy(unsigned int cpu, unsigned int reads)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	if (gm_has_cpu(cpu))
		gm.rdist[cpu].fault_busy = reads;
}
EXPORT_SYMBOL_GPL(gicv4_fault_busy);

static u32 gm_vpe_doorbell(const struct gm_its *its, u16 vpeid)
{
	const struct gm_itte *itte;
	const struct gm_dev *dev;

	list_for_each_entry(dev, &its->devs, node)
		gm_array_for_each(itte, &dev->index)
			if (itte->map.virt && itte->map.vpeid == vpeid &&
			    itte->map.doorbell != GICV4_INTID_NONE)
				return itte->map.doorbell;
	return GICV4_INTID_NONE;
}

/**
 * gicv4_fault_doorbell - ring a doorbell that nothing caused
 * @its: ITS number
 * @vpeid: vPE; one of its vLPIs has to have a doorbell, or in GICv4.1 the vPE
 *	   itself
 *
 * Context: any.
 */
void gicv4_fault_doorbell(unsigned int its, u16 vpeid)
{
	struct gm_vpe *vpe;
	u32 db;

	guard(raw_spinlock_irqsave)(&gm.lock);

	if (!gm_has_its(its))
		return;
	vpe = gm_vpe_find(vpeid);
	if (!vpe || !(vpe->its_map & BIT(its)))
		return;
	db = gm_vpe_doorbell(&gm.its[its], vpeid);
	if (db == GICV4_INTID_NONE)
		db = vpe->db;
	if (db == GICV4_INTID_NONE)
		return;
	gm.stats.doorbells++;
	trace_gicv4_doorbell(vpeid, vpe->cpu[its], db);
	gm_plpi_set(vpe->cpu[its], db);
}
EXPORT_SYMBOL_GPL(gicv4_fault_doorbell);

/**
 * gicv4_fault_clear - undo faults
 *
 * A stalled queue goes on.
 *
 * Context: any.
 */
void gicv4_fault_clear(void)
{
	unsigned int i;

	guard(raw_spinlock_irqsave)(&gm.lock);

	for (i = 0; i < gm.desc.nr_cpus; i++) {
		gm.rdist[i].fault_dirty = 0;
		gm.rdist[i].fault_busy = 0;
		gm.rdist[i].dirty_reads = 0;
		gm.rdist[i].sync_reads = 0;
		gm.rdist[i].vsgir_reads = 0;
	}
	for (i = 0; i < gm.desc.nr_its; i++) {
		gm.its[i].stall.armed = false;
		gm.its[i].ignore.armed = false;
		gm.its[i].stalled = false;
		gm_queue_run(&gm.its[i], UINT_MAX);
	}
}
EXPORT_SYMBOL_GPL(gicv4_fault_clear);

/* What the tables hold */

/**
 * gicv4_get_dte - read the device table
 * @its: ITS number
 * @devid: DeviceID
 * @dte: the entry in memory, decoded
 *
 * Context: any.
 * Return: true if the entry is valid.
 */
bool gicv4_get_dte(unsigned int its, u32 devid, struct gicv4_dte *dte)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	*dte = (struct gicv4_dte) { };
	return gm_has_its(its) && gm_read_dte(&gm.its[its], devid, dte);
}
EXPORT_SYMBOL_GPL(gicv4_get_dte);

/**
 * gicv4_get_itte - read an interrupt translation table
 * @its: ITS number
 * @devid: DeviceID
 * @eventid: EventID
 * @itte: the entry in memory, decoded
 *
 * Context: any.
 * Return: true if device and entry are valid.
 */
bool gicv4_get_itte(unsigned int its, u32 devid, u32 eventid,
		    struct gicv4_itte *itte)
{
	struct gicv4_dte dte;

	guard(raw_spinlock_irqsave)(&gm.lock);

	*itte = (struct gicv4_itte) { };
	if (!gm_has_its(its) || !gm_read_dte(&gm.its[its], devid, &dte) ||
	    eventid >= BIT_ULL(dte.eventid_bits))
		return false;
	return gm_read_itte(dte.itt_addr, eventid, itte);
}
EXPORT_SYMBOL_GPL(gicv4_get_itte);

/**
 * gicv4_get_vpte - read the vPE table
 * @its: ITS number
 * @vpeid: vPEID
 * @vpte: the entry in memory, decoded
 *
 * Context: any.
 * Return: true if the entry is valid.
 */
bool gicv4_get_vpte(unsigned int its, u16 vpeid, struct gicv4_vpte *vpte)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	*vpte = (struct gicv4_vpte) { };
	return gm_has_its(its) && gm_read_vpte(&gm.its[its], vpeid, vpte);
}
EXPORT_SYMBOL_GPL(gicv4_get_vpte);

/**
 * gicv4_get_residency - which vPE is resident?
 * @cpu: redistributor
 * @res: what its registers say
 *
 * Context: any.
 */
void gicv4_get_residency(unsigned int cpu, struct gicv4_residency *res)
{
	const struct gm_rdist *rd;
	const struct gm_vpe *vpe;

	guard(raw_spinlock_irqsave)(&gm.lock);

	*res = (struct gicv4_residency) { .vpeid = -1 };
	if (!gm_has_cpu(cpu))
		return;
	rd = &gm.rdist[cpu];
	*res = (struct gicv4_residency) {
		.valid		= rd->vpendbaser & GICR_VPENDBASER_Valid,
		.pending_last	= rd->vpendbaser & GICR_VPENDBASER_PendingLast,
		.grp0		= true,
		.grp1		= true,
		.vpeid		= -1,
	};
	if (gm_is_v4_1()) {
		res->grp0 = rd->vpendbaser & GICR_VPENDBASER_4_1_VGRP0EN;
		res->grp1 = rd->vpendbaser & GICR_VPENDBASER_4_1_VGRP1EN;
		vpe = gm_vpe_find(FIELD_GET(GICR_VPENDBASER_4_1_VPEID,
					    rd->vpendbaser));
		res->doorbell = !res->valid && vpe && vpe->db_wanted;
	} else {
		res->vpt_addr = rd->vpendbaser & GENMASK_ULL(51, 16);
		res->vprop_addr = rd->vpropbaser & GENMASK_ULL(51, 12);
	}
	if (rd->vpe_slot < 0)
		return;
	vpe = &gm.vpe_pool[rd->vpe_slot];
	res->vpeid = vpe->vpeid;
	res->vpt_addr = vpe->vpt;
	res->vprop_addr = vpe->vprop;
}
EXPORT_SYMBOL_GPL(gicv4_get_residency);

static struct gm_vpe *gm_its_vpe(unsigned int its, u16 vpeid)
{
	struct gm_vpe *vpe = gm_has_its(its) ? gm_vpe_find(vpeid) : NULL;

	return vpe && (vpe->its_map & BIT(its)) ? vpe : NULL;
}

/**
 * gicv4_vlpi_pending - is a vLPI pending?
 * @its: ITS number
 * @vpeid: vPEID
 * @vintid: vINTID
 *
 * The machine's own view: the pending table in memory may be behind.
 *
 * Context: any.
 * Return: true if it is.
 */
bool gicv4_vlpi_pending(unsigned int its, u16 vpeid, u32 vintid)
{
	const struct gm_lpi *lpi;
	struct gm_vpe *vpe;

	guard(raw_spinlock_irqsave)(&gm.lock);

	vpe = gm_its_vpe(its, vpeid);
	if (!vpe)
		return false;
	lpi = gm_lpi_find(GM_OWNER_VPE(vpe->slot), vintid);
	return lpi && lpi->pending;
}
EXPORT_SYMBOL_GPL(gicv4_vlpi_pending);

/**
 * gicv4_vlpi_config - the configuration of a vLPI that is in use
 * @its: ITS number
 * @vpeid: vPEID
 * @vintid: vINTID
 *
 * Context: any.
 * Return: the property byte, as the redistributor read it last. If it has to
 * read it again, what it will read; 0 before the vPE was resident for the
 * first time, when nobody has told the machine where the table is.
 */
u8 gicv4_vlpi_config(unsigned int its, u16 vpeid, u32 vintid)
{
	struct gm_vpe *vpe;
	struct gm_lpi *lpi;

	guard(raw_spinlock_irqsave)(&gm.lock);

	vpe = gm_its_vpe(its, vpeid);
	if (!vpe)
		return 0;
	lpi = gm_lpi_find(GM_OWNER_VPE(vpe->slot), vintid);
	if (lpi && lpi->cached)
		return lpi->config;
	return gm_prop_read(vpe->vprop, vpe->vprop_bits, vintid);
}
EXPORT_SYMBOL_GPL(gicv4_vlpi_config);

/**
 * gicv4_plpi_pending - is a physical LPI pending?
 * @cpu: redistributor
 * @intid: INTID
 *
 * Context: any.
 * Return: its bit in the redistributor's pending table in memory.
 */
bool gicv4_plpi_pending(unsigned int cpu, u32 intid)
{
	const struct gm_rdist *rd;

	guard(raw_spinlock_irqsave)(&gm.lock);

	if (!gm_has_cpu(cpu))
		return false;
	rd = &gm.rdist[cpu];
	return (rd->ctlr & GICR_CTLR_ENABLE_LPIS) &&
	       intid < BIT(gm_rd_lpi_bits(rd)) &&
	       gm_pend_test(GICR_PENDBASER_ADDRESS(rd->pendbaser), intid);
}
EXPORT_SYMBOL_GPL(gicv4_plpi_pending);

/**
 * gicv4_nr_mappings - how many events are mapped
 * @its: ITS number
 * @virt: those of VMAPTI and VMAPI, or else those of MAPTI and MAPI
 *
 * Context: any.
 * Return: their number.
 */
unsigned int gicv4_nr_mappings(unsigned int its, bool virt)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	return gm_has_its(its) ? gm.its[its].nr_maps[virt] : 0;
}
EXPORT_SYMBOL_GPL(gicv4_nr_mappings);
