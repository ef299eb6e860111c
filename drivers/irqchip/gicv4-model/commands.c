// SPDX-License-Identifier: GPL-2.0
/*
 * The command queue, and the commands of GICv3.
 *
 * A command that breaks a rule is reported and ignored, and the queue goes
 * on: of the answers that the architecture allows an ITS, the one after which
 * the least is lost.
 */
#include <linux/bitfield.h>

#include "internal.h"

#define GM_DEVID(cmd)	((u32)((cmd)->raw[0] >> 32))
#define GM_EVENTID(cmd)	((u32)(cmd)->raw[1])
#define GM_PINTID(cmd)	((u32)((cmd)->raw[1] >> 32))
#define GM_ICID(cmd)	((u16)(cmd)->raw[2])
#define GM_RDBASE(word)	((word) & GENMASK_ULL(51, 16))
#define GM_V		BIT_ULL(63)
#define GM_MAPD_SIZE	GENMASK_ULL(4, 0)
#define GM_MAPD_ITT	GENMASK_ULL(51, 8)
#define GM_MAPD_RES0	GENMASK_ULL(7, 0)

/**
 * gm_cmd_breach - a command breaks a rule
 * @its: the ITS
 * @cmd: the command
 * @rule: the rule
 */
void gm_cmd_breach(struct gm_its *its, struct gm_cmd *cmd,
		   enum gicv4_rule rule)
{
	cmd->broke = true;
	gm_breach(rule, its->id, -1, cmd->raw);
}

/**
 * gm_rdbase_to_cpu - decode an RDbase field
 * @cmd: the command
 * @rdbase: the double word that holds the field, bits 51:16
 *
 * Return: the redistributor, or -1 if there is no such one.
 */
int gm_rdbase_to_cpu(const struct gm_cmd *cmd, u64 rdbase)
{
	unsigned int cpu;

	rdbase = GM_RDBASE(rdbase);
	if (!gm.desc.pta)
		return rdbase >> 16 < gm.desc.nr_cpus ? rdbase >> 16 : -1;

	for (cpu = 0; cpu < gm.desc.nr_cpus; cpu++)
		if (gicv4_rdist_phys(cpu) == rdbase)
			return cpu;
	return -1;
}

static int gm_cmd_rdbase(struct gm_its *its, struct gm_cmd *cmd, u64 word)
{
	int cpu = gm_rdbase_to_cpu(cmd, word);

	if (cpu < 0)
		gm_cmd_breach(its, cmd, GICV4_RULE_RDBASE_RANGE);
	return cpu;
}

static bool gm_devid_ok(struct gm_its *its, u32 devid)
{
	return devid < BIT_ULL(gm.desc.devid_bits) &&
	       gm_table_covers(its, GM_TABLE_DEV, devid);
}

static bool gm_icid_ok(struct gm_its *its, u16 icid)
{
	return icid < GM_NR_COLLECTIONS &&
	       gm_table_covers(its, GM_TABLE_COL, icid);
}

/**
 * gm_cmd_dev - the device that a command names
 * @its: the ITS
 * @cmd: the command
 *
 * Return: the device, or NULL and a breach if it is not mapped.
 */
struct gm_dev *gm_cmd_dev(struct gm_its *its, struct gm_cmd *cmd)
{
	u32 devid = GM_DEVID(cmd);
	struct gm_dev *dev;

	if (!gm_devid_ok(its, devid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_DEVID_RANGE);
		return NULL;
	}
	dev = gm_dev_find(its->id, devid);
	if (!dev) {
		gm_cmd_breach(its, cmd, GICV4_RULE_DEV_UNMAPPED);
		return NULL;
	}
	if (!gm_dev_intact(dev)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_TABLE_OVERWRITTEN);
		return NULL;
	}
	if (gm_mem_freed(dev->itt)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_TABLE_FREED);
		return NULL;
	}
	if (GM_EVENTID(cmd) >= BIT_ULL(dev->bits)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_EVENTID_RANGE);
		return NULL;
	}
	return dev;
}

/**
 * gm_cmd_event - the event that a command names
 * @its: the ITS
 * @cmd: the command
 *
 * Return: the event, or NULL and a breach if it is not mapped.
 */
struct gm_itte *gm_cmd_event(struct gm_its *its, struct gm_cmd *cmd)
{
	struct gm_dev *dev = gm_cmd_dev(its, cmd);
	struct gm_itte *itte;

	if (!dev)
		return NULL;
	if (!gm_itte_intact(dev, GM_EVENTID(cmd))) {
		gm_cmd_breach(its, cmd, GICV4_RULE_TABLE_OVERWRITTEN);
		return NULL;
	}
	itte = gm_itte_find(dev, GM_EVENTID(cmd));
	if (!itte)
		gm_cmd_breach(its, cmd, GICV4_RULE_EVENT_UNMAPPED);
	return itte;
}

/**
 * gm_check_lpi - does a command name an LPI?
 * @its: the ITS
 * @cmd: the command
 * @intid: the INTID in it
 * @rule: what it breaks if not
 *
 * Return: true if it does.
 */
bool gm_check_lpi(struct gm_its *its, struct gm_cmd *cmd, u32 intid,
		  enum gicv4_rule rule)
{
	if (intid >= GM_LPI_BASE && intid < BIT(gm.desc.intid_bits))
		return true;
	gm_cmd_breach(its, cmd, rule);
	return false;
}

/* The redistributor of a mapped collection, or -1 and a breach */
static int gm_cmd_col(struct gm_its *its, struct gm_cmd *cmd, u16 icid)
{
	if (!gm_icid_ok(its, icid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_ICID_RANGE);
		return -1;
	}
	if (!gm_col_intact(its, icid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_TABLE_OVERWRITTEN);
		return -1;
	}
	if (!its->cols[icid].valid) {
		gm_cmd_breach(its, cmd, GICV4_RULE_COL_UNMAPPED);
		return -1;
	}
	return its->cols[icid].cpu;
}

static bool gm_itt_overlaps(const struct gm_its *its, u32 devid, u64 itt,
			    u64 size)
{
	const struct gm_dev *dev;

	list_for_each_entry(dev, &its->devs, node)
		if (dev->devid != devid && itt < dev->itt + gm_itt_size(dev->bits) &&
		    dev->itt < itt + size)
			return true;
	return false;
}

static bool gm_check_itt(struct gm_its *its, struct gm_cmd *cmd, u32 devid,
			 u64 itt, unsigned int bits)
{
	u64 size = gm_itt_size(bits);
	const void *mem = gm_mem(itt, size);

	if (cmd->raw[2] & GM_MAPD_RES0)
		gm_cmd_breach(its, cmd, GICV4_RULE_ITT_ALIGN);
	else if (bits > gm.desc.eventid_bits)
		gm_cmd_breach(its, cmd, GICV4_RULE_MAPD_SIZE);
	else if (!mem || gm_mem_freed(itt))
		gm_cmd_breach(its, cmd, GICV4_RULE_ITT_MEMORY);
	else if (gm_itt_overlaps(its, devid, itt, size))
		gm_cmd_breach(its, cmd, GICV4_RULE_ITT_OVERLAP);
	else if (memchr_inv(mem, 0, size))
		gm_cmd_breach(its, cmd, GICV4_RULE_ITT_NOT_ZERO);
	return !cmd->broke;
}

static void gm_cmd_mapd(struct gm_its *its, struct gm_cmd *cmd)
{
	unsigned int bits = FIELD_GET(GM_MAPD_SIZE, cmd->raw[1]) + 1;
	u64 itt = cmd->raw[2] & GM_MAPD_ITT;
	u32 devid = GM_DEVID(cmd);
	struct gm_dev *dev;

	if (!gm_devid_ok(its, devid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_DEVID_RANGE);
		return;
	}
	dev = gm_dev_find(its->id, devid);
	if (dev && !gm_dev_intact(dev)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_TABLE_OVERWRITTEN);
		return;
	}
	if (dev && dev->nr_ittes)
		gm_cmd_breach(its, cmd, GICV4_RULE_MAPD_LIVE);

	if (!(cmd->raw[2] & GM_V)) {
		/* Live or not: no more translations for this device */
		if (dev)
			gm_dev_del(dev);
		gm_write_dte(its, devid, NULL);
		return;
	}

	if (cmd->broke || !gm_check_itt(its, cmd, devid, itt, bits))
		return;
	if (!dev)
		dev = gm_dev_new(its->id, devid);
	if (!dev)
		return;
	dev->itt = itt;
	dev->bits = bits;
	gm_write_dte(its, devid, dev);
}

static void gm_cmd_mapc(struct gm_its *its, struct gm_cmd *cmd)
{
	bool valid = cmd->raw[2] & GM_V;
	u16 icid = GM_ICID(cmd);
	struct gm_col *col;
	int cpu = 0;

	if (!gm_icid_ok(its, icid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_ICID_RANGE);
		return;
	}
	if (valid)
		cpu = gm_cmd_rdbase(its, cmd, cmd->raw[2]);
	if (cpu < 0)
		return;

	col = &its->cols[icid];
	if (!gm_col_intact(its, icid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_TABLE_OVERWRITTEN);
		return;
	}
	if (col->valid && col->nr_ittes && (!valid || col->cpu != cpu))
		gm_cmd_breach(its, cmd, GICV4_RULE_MAPC_LIVE);
	if (valid)
		its->sync_due |= BIT(cpu);
	col->valid = valid;
	col->cpu = cpu;
	gm_write_cte(its, icid, col);
}

static void gm_map_event(struct gm_its *its, struct gm_cmd *cmd, u32 pintid)
{
	struct gm_dev *dev = gm_cmd_dev(its, cmd);
	u32 eventid = GM_EVENTID(cmd);
	struct gicv4_itte map = {
		.valid		= true,
		.icid		= GM_ICID(cmd),
		.intid		= pintid,
		.doorbell	= GICV4_INTID_NONE,
	};
	int cpu;

	if (!dev || !gm_check_lpi(its, cmd, pintid, GICV4_RULE_PINTID_RANGE))
		return;
	cpu = gm_cmd_col(its, cmd, map.icid);
	if (cpu < 0)
		return;
	if (!gm_itte_intact(dev, eventid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_TABLE_OVERWRITTEN);
		return;
	}
	if (gm_itte_find(dev, eventid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_EVENT_MAPPED);
		return;
	}
	if (!gm_itte_new(dev, eventid, &map))
		return;
	gm_write_itte(dev->itt, eventid, &map);
	gm_plpi_fetch(cpu, pintid);
	its->sync_due |= BIT(cpu);
}

/* Which way an event goes: a redistributor, or a vPE */
struct gm_route {
	int		cpu;
	struct gm_vpe	*vpe;
};

static bool gm_cmd_route(struct gm_its *its, struct gm_cmd *cmd,
			 const struct gm_itte *itte, struct gm_route *route)
{
	*route = (struct gm_route) { .cpu = -1 };

	if (!itte->map.virt) {
		route->cpu = gm_cmd_col(its, cmd, itte->map.icid);
		if (route->cpu >= 0)
			its->sync_due |= BIT(route->cpu);
		return route->cpu >= 0;
	}

	route->vpe = gm_vpe_find(itte->map.vpeid);
	if (!route->vpe || !(route->vpe->its_map & BIT(its->id))) {
		gm_cmd_breach(its, cmd, GICV4_RULE_VPE_UNMAPPED);
		return false;
	}
	if (!gm_vpe_intact(its, itte->map.vpeid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_TABLE_OVERWRITTEN);
		return false;
	}
	route->cpu = route->vpe->cpu[its->id];
	__set_bit(itte->map.vpeid, its->vsync_due);
	return true;
}

static void gm_cmd_movi(struct gm_its *its, struct gm_cmd *cmd)
{
	struct gm_itte *itte = gm_cmd_event(its, cmd);
	struct gicv4_itte map;
	int from, to;

	if (!itte)
		return;
	if (itte->map.virt) {
		gm_cmd_breach(its, cmd, GICV4_RULE_EVENT_TYPE);
		return;
	}
	to = gm_cmd_col(its, cmd, GM_ICID(cmd));
	if (to < 0)
		return;
	from = gm_cmd_col(its, cmd, itte->map.icid);
	if (from < 0)
		return;

	map = itte->map;
	map.icid = GM_ICID(cmd);
	gm_itte_change(itte, &map);
	gm_write_itte(itte->dev->itt, itte->eventid, &map);
	its->sync_due |= BIT(from);

	if (from != to) {
		bool pending = gm_plpi_take(from, map.intid);

		gm_plpi_forget(from, map.intid);
		gm_plpi_fetch(to, map.intid);
		if (pending)
			gm_plpi_set(to, map.intid);
	}
}

static void gm_cmd_discard(struct gm_its *its, struct gm_cmd *cmd)
{
	struct gm_itte *itte = gm_cmd_event(its, cmd);
	const struct gicv4_itte *map;

	if (!itte)
		return;

	/* The pending state goes with the mapping */
	map = &itte->map;
	if (map->virt) {
		struct gm_vpe *vpe = gm_vpe_find(map->vpeid);

		if (vpe)
			gm_vlpi_forget(vpe, map->intid);
	} else if (its->cols[map->icid].valid) {
		gm_plpi_forget(its->cols[map->icid].cpu, map->intid);
		its->sync_due |= BIT(its->cols[map->icid].cpu);
	}
	gm_write_itte(itte->dev->itt, itte->eventid, NULL);
	gm_itte_del(itte);
}

static void gm_cmd_int(struct gm_its *its, struct gm_cmd *cmd)
{
	struct gm_itte *itte = gm_cmd_event(its, cmd);
	struct gm_route route;

	if (!itte || !gm_cmd_route(its, cmd, itte, &route))
		return;
	if (route.vpe)
		gm_vlpi_set(route.vpe, route.cpu, itte->map.intid,
			    itte->map.doorbell);
	else
		gm_plpi_set(route.cpu, itte->map.intid);
}

static void gm_cmd_clear(struct gm_its *its, struct gm_cmd *cmd)
{
	struct gm_itte *itte = gm_cmd_event(its, cmd);
	struct gm_route route;

	if (!itte || !gm_cmd_route(its, cmd, itte, &route))
		return;
	if (route.vpe)
		gm_vlpi_clear(route.vpe, itte->map.intid);
	else
		gm_plpi_take(route.cpu, itte->map.intid);
}

static void gm_cmd_inv(struct gm_its *its, struct gm_cmd *cmd)
{
	struct gm_itte *itte = gm_cmd_event(its, cmd);
	struct gm_route route;

	if (!itte || !gm_cmd_route(its, cmd, itte, &route))
		return;
	if (route.vpe)
		gm_vlpi_inv(route.vpe, itte->map.intid);
	else
		gm_plpi_inv(route.cpu, itte->map.intid);
}

static void gm_cmd_invall(struct gm_its *its, struct gm_cmd *cmd)
{
	int cpu = gm_cmd_col(its, cmd, GM_ICID(cmd));

	if (cpu < 0)
		return;
	its->sync_due |= BIT(cpu);
	gm_plpi_invall(cpu);
}

static void gm_cmd_movall(struct gm_its *its, struct gm_cmd *cmd)
{
	int from = gm_cmd_rdbase(its, cmd, cmd->raw[2]);
	int to = from < 0 ? -1 : gm_cmd_rdbase(its, cmd, cmd->raw[3]);

	if (to < 0)
		return;
	its->sync_due |= BIT(from);
	gm_plpi_moveall(from, to);
}

static void gm_cmd_sync(struct gm_its *its, struct gm_cmd *cmd)
{
	int cpu = gm_cmd_rdbase(its, cmd, cmd->raw[2]);

	if (cpu >= 0)
		its->sync_due &= ~BIT(cpu);
}

static bool gm_execute_v4(struct gm_its *its, struct gm_cmd *cmd)
{
	switch (cmd->raw[0] & 0xff) {
	case GITS_CMD_VMAPP:
		gm_cmd_vmapp(its, cmd);
		return true;
	case GITS_CMD_VMAPTI:
	case GITS_CMD_GICv4(GITS_CMD_MAPI):
		gm_cmd_vmapti(its, cmd);
		return true;
	case GITS_CMD_VMOVI:
		gm_cmd_vmovi(its, cmd);
		return true;
	case GITS_CMD_VMOVP:
		gm_cmd_vmovp(its, cmd);
		return true;
	case GITS_CMD_VINVALL:
		gm_cmd_vinvall(its, cmd);
		return true;
	case GITS_CMD_VSYNC:
		gm_cmd_vsync(its, cmd);
		return true;
	default:
		return false;
	}
}

static void gm_execute(struct gm_its *its, struct gm_cmd *cmd)
{
	switch (cmd->raw[0] & 0xff) {
	case GITS_CMD_MAPD:
		return gm_cmd_mapd(its, cmd);
	case GITS_CMD_MAPC:
		return gm_cmd_mapc(its, cmd);
	case GITS_CMD_MAPTI:
		return gm_map_event(its, cmd, GM_PINTID(cmd));
	case GITS_CMD_MAPI:
		return gm_map_event(its, cmd, GM_EVENTID(cmd));
	case GITS_CMD_MOVI:
		return gm_cmd_movi(its, cmd);
	case GITS_CMD_MOVALL:
		return gm_cmd_movall(its, cmd);
	case GITS_CMD_DISCARD:
		return gm_cmd_discard(its, cmd);
	case GITS_CMD_CLEAR:
		return gm_cmd_clear(its, cmd);
	case GITS_CMD_INT:
		return gm_cmd_int(its, cmd);
	case GITS_CMD_INV:
		return gm_cmd_inv(its, cmd);
	case GITS_CMD_INVALL:
		return gm_cmd_invall(its, cmd);
	case GITS_CMD_SYNC:
		return gm_cmd_sync(its, cmd);
	default:
		if (!gm_is_v4() || !gm_execute_v4(its, cmd))
			gm_cmd_breach(its, cmd, GICV4_RULE_CMD_UNKNOWN);
	}
}

static bool gm_queue_fetch(struct gm_its *its, struct gm_cmd *cmd)
{
	u64 base = GITS_CBASER_ADDRESS(its->cbaser);
	const __le64 *raw = gm_mem(base + its->creadr, GM_CMD_SIZE);
	unsigned int i;

	if (!(its->cbaser & GITS_CBASER_VALID) || !raw || gm_mem_freed(base)) {
		gm_breach_reg(GICV4_RULE_QUEUE_MEMORY, its->id, -1,
			      GITS_CBASER, its->cbaser);
		return false;
	}
	for (i = 0; i < ARRAY_SIZE(cmd->raw); i++)
		cmd->raw[i] = le64_to_cpu(READ_ONCE(raw[i]));
	cmd->broke = false;
	return true;
}

/**
 * gm_queue_run - execute what is in the command queue
 * @its: the ITS
 *
 * All of it, before the access to GITS_CWRITER returns, unless a fault stalls
 * the queue.
 */
void gm_queue_run(struct gm_its *its)
{
	u32 size = GITS_BASER_NR_PAGES(its->cbaser) * SZ_4K;
	struct gm_cmd cmd;
	u8 opcode;

	if (!(its->ctlr & GITS_CTLR_ENABLE))
		return;

	while (!its->stalled && its->creadr != its->cwriter) {
		if (!gm_queue_fetch(its, &cmd)) {
			its->stalled = true;
			return;
		}
		opcode = cmd.raw[0];
		if (gm_fault_hit(&its->stall, opcode)) {
			its->stalled = true;
			return;
		}
		if (gm_fault_hit(&its->ignore, opcode)) {
			gm_trace(its, &cmd, true);
		} else {
			gm_execute(its, &cmd);
			gm_trace(its, &cmd, cmd.broke);
			gm.stats.commands++;
		}
		its->creadr = (its->creadr + GM_CMD_SIZE) % size;
	}
}

/**
 * gm_translate - a write to GITS_TRANSLATER
 * @its: the ITS
 * @devid: DeviceID
 * @eventid: EventID
 *
 * This walks the tables in memory, as far as they are as the machine wrote
 * them. A write that nothing translates is no breach: a device may do that.
 */
void gm_translate(struct gm_its *its, u32 devid, u32 eventid)
{
	u64 raw[4] = { devid, eventid };
	struct gicv4_itte itte;
	struct gicv4_vpte vpte;
	struct gicv4_dte dte;
	struct gm_vpe *vpe;
	struct gm_dev *dev;
	unsigned int cpu;
	bool intact;

	if (!(its->ctlr & GITS_CTLR_ENABLE) || !gm_devid_ok(its, devid))
		goto untranslated;

	dev = gm_dev_find(its->id, devid);
	if (!gm_read_dte(its, devid, &dte)) {
		intact = !dev;
		goto broken;
	}
	if (!dev || !gm_dev_intact(dev)) {
		intact = false;
		goto broken;
	}
	if (gm_mem_freed(dte.itt_addr)) {
		gm_breach(GICV4_RULE_TABLE_FREED, its->id, -1, raw);
		goto untranslated;
	}
	if (eventid >= BIT_ULL(dte.eventid_bits))
		goto untranslated;

	intact = gm_itte_intact(dev, eventid);
	if (!intact || !gm_read_itte(dte.itt_addr, eventid, &itte))
		goto broken;

	if (!itte.virt) {
		intact = gm_col_intact(its, itte.icid);
		if (!intact || !gm_read_cte(its, itte.icid, &cpu))
			goto broken;
		gm_plpi_set(cpu, itte.intid);
		return;
	}

	intact = gm_vpe_intact(its, itte.vpeid);
	if (!intact || !gm_read_vpte(its, itte.vpeid, &vpte))
		goto broken;
	vpe = gm_vpe_find(itte.vpeid);
	gm_vlpi_set(vpe, vpte.cpu, itte.intid, itte.doorbell);
	return;

broken:
	if (!intact)
		gm_breach(GICV4_RULE_TABLE_OVERWRITTEN, its->id, -1, raw);
untranslated:
	gm.stats.untranslated++;
}
