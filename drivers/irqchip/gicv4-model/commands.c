// SPDX-License-Identifier: GPL-2.0
/*
 * The command queue, and the commands of GICv3.
 *
 * A command with an error is reported, and then ignored or, if the machine is
 * described so, stalls the queue: the architecture allows both.
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
 * gm_cmd_breach - a command has an error: it breaks a rule and is not executed
 * @its: the ITS
 * @cmd: the command
 * @rule: the rule
 */
void gm_cmd_breach(struct gm_its *its, struct gm_cmd *cmd,
		   enum gicv4_rule rule)
{
	if (!cmd->error) {
		cmd->error = gm_error_code(cmd->raw[0], rule);
		its->error = cmd->error;
	}
	gm_breach(rule, its->id, -1, cmd->raw);
}

/**
 * gm_cmd_warn - a command breaks a rule, but can be executed
 * @its: the ITS
 * @cmd: the command
 * @rule: the rule
 */
void gm_cmd_warn(struct gm_its *its, const struct gm_cmd *cmd,
		 enum gicv4_rule rule)
{
	gm_breach(rule, its->id, -1, cmd->raw);
}

/**
 * gm_rdbase_to_cpu - decode an RDbase field
 * @rdbase: the double word that holds the field, bits 51:16
 *
 * Return: the redistributor, or -1 if there is no such one.
 */
int gm_rdbase_to_cpu(u64 rdbase)
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
	int cpu = gm_rdbase_to_cpu(word);

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
	unsigned int i;

	for (i = 0; i < gm.desc.nr_its; i++)
		list_for_each_entry(dev, &gm.its[i].devs, node)
			if ((i != its->id || dev->devid != devid) &&
			    itt < dev->itt + gm_itt_size(dev->bits) &&
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
	return !cmd->error;
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

	if (!(cmd->raw[2] & GM_V)) {
		/* Live or not: no more translations for this device */
		if (dev && dev->nr_ittes)
			gm_cmd_warn(its, cmd, GICV4_RULE_MAPD_LIVE);
		if (dev)
			gm_dev_del(dev);
		gm_write_dte(its, devid, NULL);
		return;
	}

	if (dev && dev->nr_ittes)
		gm_cmd_breach(its, cmd, GICV4_RULE_MAPD_LIVE);
	else if (gm_check_itt(its, cmd, devid, itt, bits))
		gm_write_dte(its, devid,
			     gm_dev_set(dev ?: gm_dev_new(its->id, devid), itt,
					bits));
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
		gm_cmd_warn(its, cmd, GICV4_RULE_MAPC_LIVE);
	if (valid)
		its->sync_due |= BIT(cpu);
	col->valid = valid;
	col->cpu = cpu;
	gm_write_cte(its, icid, col);
}

/**
 * gm_cmd_map - MAPTI, VMAPTI and their kin: add an event
 * @its: the ITS
 * @cmd: the command
 * @dev: the device
 * @map: what to map the event to
 *
 * Return: true; false and a breach if that is not possible, or no breach if
 * the machine is out of records, of which it then has warned.
 */
bool gm_cmd_map(struct gm_its *its, struct gm_cmd *cmd, struct gm_dev *dev,
		const struct gicv4_itte *map)
{
	u32 eventid = GM_EVENTID(cmd);

	if (!gm_itte_intact(dev, eventid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_TABLE_OVERWRITTEN);
		return false;
	}
	if (gm_itte_find(dev, eventid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_EVENT_MAPPED);
		return false;
	}
	if (!gm_itte_new(dev, eventid, map))
		return false;
	gm_write_itte(dev->itt, eventid, map);
	return true;
}

static void gm_map_event(struct gm_its *its, struct gm_cmd *cmd, u32 pintid)
{
	struct gm_dev *dev = gm_cmd_dev(its, cmd);
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
	if (cpu < 0 || !gm_cmd_map(its, cmd, dev, &map))
		return;

	its->sync_due |= BIT(cpu);
	gm_effect(its, &(struct gm_effect) {
		.op = GM_FETCH, .owner = cpu, .intid = pintid,
	});
}

/*
 * Where an event goes: the redistributor of its collection, or its vPE; as an
 * effect that lacks only what is to happen. False and a breach if nowhere.
 */
static bool gm_cmd_route(struct gm_its *its, struct gm_cmd *cmd,
			 const struct gm_itte *itte, struct gm_effect *e)
{
	struct gm_vpe *vpe;
	int cpu;

	if (!itte->map.virt) {
		cpu = gm_cmd_col(its, cmd, itte->map.icid);
		if (cpu < 0)
			return false;
		its->sync_due |= BIT(cpu);
		*e = (struct gm_effect) {
			.owner = cpu, .intid = itte->map.intid,
		};
		return true;
	}

	vpe = gm_cmd_vpe(its, cmd, itte->map.vpeid, GICV4_RULE_VPE_UNMAPPED);
	if (!vpe)
		return false;
	gm_vsync_due(its, vpe->vpeid);
	*e = (struct gm_effect) {
		.owner = GM_OWNER_VPE(vpe->slot), .intid = itte->map.intid,
		.db = itte->map.doorbell, .cpu = vpe->cpu[its->id],
	};
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
	if (from != to)
		gm_effect(its, &(struct gm_effect) {
			.op = GM_MOVE, .owner = from, .to = to,
			.intid = map.intid,
		});
}

static void gm_cmd_discard(struct gm_its *its, struct gm_cmd *cmd)
{
	struct gm_itte *itte = gm_cmd_event(its, cmd);
	const struct gicv4_itte *map;
	struct gm_vpe *vpe;

	if (!itte)
		return;

	/* The pending state goes with the mapping */
	map = &itte->map;
	if (map->virt) {
		vpe = gm_vpe_find(map->vpeid);
		if (vpe && vpe->its_map & BIT(its->id))
			gm_effect(its, &(struct gm_effect) {
				.op = GM_FORGET, .intid = map->intid,
				.owner = GM_OWNER_VPE(vpe->slot),
			});
	} else if (its->cols[map->icid].valid) {
		its->sync_due |= BIT(its->cols[map->icid].cpu);
		gm_effect(its, &(struct gm_effect) {
			.op = GM_FORGET, .intid = map->intid,
			.owner = its->cols[map->icid].cpu,
		});
	}
	gm_write_itte(itte->dev->itt, itte->eventid, NULL);
	gm_itte_del(itte);
}

/* INT, CLEAR, INV */
static void gm_cmd_event_op(struct gm_its *its, struct gm_cmd *cmd,
			    enum gm_effect_op op)
{
	struct gm_itte *itte = gm_cmd_event(its, cmd);
	struct gm_effect e;

	if (!itte || !gm_cmd_route(its, cmd, itte, &e))
		return;
	e.op = op;
	gm_effect(its, &e);
}

static void gm_cmd_invall(struct gm_its *its, struct gm_cmd *cmd)
{
	int cpu = gm_cmd_col(its, cmd, GM_ICID(cmd));

	if (cpu < 0)
		return;
	its->sync_due |= BIT(cpu);
	gm_effect(its, &(struct gm_effect) { .op = GM_INVALL, .owner = cpu });
}

static void gm_cmd_movall(struct gm_its *its, struct gm_cmd *cmd)
{
	int from = gm_cmd_rdbase(its, cmd, cmd->raw[2]);
	int to = from < 0 ? -1 : gm_cmd_rdbase(its, cmd, cmd->raw[3]);

	if (to < 0)
		return;
	its->sync_due |= BIT(from);
	gm_effect(its, &(struct gm_effect) {
		.op = GM_MOVEALL, .owner = from, .to = to,
	});
}

static void gm_cmd_sync(struct gm_its *its, struct gm_cmd *cmd)
{
	int cpu = gm_cmd_rdbase(its, cmd, cmd->raw[2]);

	if (cpu < 0)
		return;
	its->sync_due &= ~BIT(cpu);
	gm_effects_sync(its, cpu);
}

/* Bits that a command has, by double word; all others are RES0 */
#define GM_DEV_OP	(GENMASK_ULL(63, 32) | 0xff)
#define GM_RES_VPEID	GENMASK_ULL(47, 32)

static const struct {
	u8	opcode;
	u64	bits[4];
} gm_fields[] = {
	{ GITS_CMD_MAPD, { GM_DEV_OP, GM_MAPD_SIZE, GM_V | GENMASK_ULL(51, 0) } },
	{ GITS_CMD_MAPC, { 0xff, 0, GM_V | GENMASK_ULL(51, 0) } },
	{ GITS_CMD_MAPTI, { GM_DEV_OP, U64_MAX, U16_MAX } },
	{ GITS_CMD_MAPI, { GM_DEV_OP, U32_MAX, U16_MAX } },
	{ GITS_CMD_MOVI, { GM_DEV_OP, U32_MAX, U16_MAX } },
	{ GITS_CMD_MOVALL, { 0xff, 0, GENMASK_ULL(51, 16), GENMASK_ULL(51, 16) } },
	{ GITS_CMD_DISCARD, { GM_DEV_OP, U32_MAX } },
	{ GITS_CMD_CLEAR, { GM_DEV_OP, U32_MAX } },
	{ GITS_CMD_INT, { GM_DEV_OP, U32_MAX } },
	{ GITS_CMD_INV, { GM_DEV_OP, U32_MAX } },
	{ GITS_CMD_INVALL, { 0xff, 0, U16_MAX } },
	{ GITS_CMD_SYNC, { 0xff, 0, GENMASK_ULL(51, 16) } },
	/* Fields of GICv4.1 and of ITSList mode are RES0 without it: below */
	{ GITS_CMD_VMAPP, { GENMASK_ULL(51, 16) | 0x3ff, GENMASK_ULL(47, 0),
			    GM_V | GENMASK_ULL(51, 16),
			    GENMASK_ULL(51, 16) | GENMASK_ULL(4, 0) } },
	{ GITS_CMD_VMAPTI, { GM_DEV_OP, GENMASK_ULL(47, 0), U64_MAX } },
	{ GITS_CMD_GICv4(GITS_CMD_MAPI),
	  { GM_DEV_OP, GENMASK_ULL(47, 0), GENMASK_ULL(63, 32) } },
	{ GITS_CMD_VMOVI,
	  { GM_DEV_OP, GENMASK_ULL(47, 0), GENMASK_ULL(63, 32) | 1 } },
	{ GITS_CMD_VMOVP, { GENMASK_ULL(47, 32) | 0xff, GM_RES_VPEID | U16_MAX,
			    GM_V | GENMASK_ULL(51, 16), U32_MAX } },
	{ GITS_CMD_VINVALL, { 0xff, GM_RES_VPEID } },
	{ GITS_CMD_VSYNC, { 0xff, GM_RES_VPEID } },
	{ GITS_CMD_VSGI, { GENMASK_ULL(35, 32) | GENMASK_ULL(23, 20) | 0x7ff,
			   GM_RES_VPEID } },
	{ GITS_CMD_INVDB, { 0xff, GM_RES_VPEID } },
};

static u64 gm_res0[256][4];

/**
 * gm_cmd_init - which bits of commands have to be 0 on this machine
 */
void gm_cmd_init(void)
{
	unsigned int i, n;

	memset(gm_res0, 0, sizeof(gm_res0));
	for (i = 0; i < ARRAY_SIZE(gm_fields); i++)
		for (n = 0; n < 4; n++)
			gm_res0[gm_fields[i].opcode][n] = ~gm_fields[i].bits[n];

	if (!gm_is_v4_1()) {
		gm_res0[GITS_CMD_VMAPP][0] = ~0xffULL;
		gm_res0[GITS_CMD_VMAPP][1] = ~GM_RES_VPEID;
		gm_res0[GITS_CMD_VMOVP][2] |= GM_V;
		gm_res0[GITS_CMD_VMOVP][3] = U64_MAX;
	}
	if (gm.desc.vmovp) {
		gm_res0[GITS_CMD_VMOVP][0] = ~0xffULL;
		gm_res0[GITS_CMD_VMOVP][1] = ~GM_RES_VPEID;
	}
}

static void gm_check_res0(struct gm_its *its, const struct gm_cmd *cmd)
{
	const u64 *res0 = gm_res0[cmd->raw[0] & 0xff], *raw = cmd->raw;

	if (((raw[0] & res0[0]) | (raw[1] & res0[1]) | (raw[2] & res0[2]) |
	     (raw[3] & res0[3])))
		gm_cmd_warn(its, cmd, GICV4_RULE_CMD_RES0);
}

static bool gm_execute_v4_1(struct gm_its *its, struct gm_cmd *cmd)
{
	switch (cmd->raw[0] & 0xff) {
	case GITS_CMD_VSGI:
		gm_cmd_vsgi(its, cmd);
		return true;
	case GITS_CMD_INVDB:
		gm_cmd_invdb(its, cmd);
		return true;
	default:
		return false;
	}
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
		return gm_is_v4_1() && gm_execute_v4_1(its, cmd);
	}
}

static void gm_execute(struct gm_its *its, struct gm_cmd *cmd)
{
	gm_check_res0(its, cmd);

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
		return gm_cmd_event_op(its, cmd, GM_CLEAR);
	case GITS_CMD_INT:
		return gm_cmd_event_op(its, cmd, GM_SET);
	case GITS_CMD_INV:
		return gm_cmd_event_op(its, cmd, GM_INV);
	case GITS_CMD_INVALL:
		return gm_cmd_invall(its, cmd);
	case GITS_CMD_SYNC:
		return gm_cmd_sync(its, cmd);
	default:
		if (!gm_is_v4() || (gm.desc.v3_its & BIT(its->id)) ||
		    !gm_execute_v4(its, cmd))
			gm_cmd_breach(its, cmd, GICV4_RULE_CMD_UNKNOWN);
	}
}

/* The queue, as memory; NULL and a breach if it is none */
static const __le64 *gm_queue_mem(const struct gm_its *its, u32 size)
{
	u64 base = GITS_CBASER_ADDRESS(its->cbaser);
	const __le64 *mem = gm_mem(base, size);

	if ((its->cbaser & GITS_CBASER_VALID) && mem && !gm_mem_freed(base))
		return mem;
	gm_breach_reg(GICV4_RULE_QUEUE_MEMORY, its->id, -1, GITS_CBASER,
		      its->cbaser);
	return NULL;
}

static void gm_queue_fetch(const __le64 *raw, struct gm_cmd *cmd)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmd->raw); i++)
		cmd->raw[i] = le64_to_cpu(READ_ONCE(raw[i]));
	cmd->error = 0;
}

/**
 * gm_queue_run - execute what is in the command queue
 * @its: the ITS
 * @max: no more than so many commands
 *
 * A fault may stall the queue, and so does a command with an error if the
 * machine is described so.
 */
void gm_queue_run(struct gm_its *its, unsigned int max)
{
	u32 size = GITS_BASER_NR_PAGES(its->cbaser) * SZ_4K;
	const __le64 *queue;
	struct gm_cmd cmd;
	u8 opcode;

	if (!(its->ctlr & GITS_CTLR_ENABLE) || its->stalled ||
	    its->creadr == its->cwriter)
		return;

	queue = gm_queue_mem(its, size);
	if (!queue) {
		its->stalled = true;
		return;
	}
	while (!its->stalled && its->creadr != its->cwriter && max--) {
		gm_queue_fetch(queue + its->creadr / sizeof(*queue), &cmd);
		opcode = cmd.raw[0];
		if (gm_fault_hit(&its->stall, opcode)) {
			its->stalled = true;
			return;
		}
		if (gm_fault_hit(&its->ignore, opcode)) {
			gm_trace(its, &cmd, true);
		} else {
			gm_execute(its, &cmd);
			gm_trace(its, &cmd, cmd.error);
			gm.stats.commands++;
		}
		if (cmd.error && gm.desc.stall) {
			its->stalled = true;
			return;
		}
		its->creadr += GM_CMD_SIZE;
		if (its->creadr == size)
			its->creadr = 0;
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
	/* The entry may be there for another ITS that shares the table */
	vpe = gm_vpe_find(itte.vpeid);
	if (!(vpe->its_map & BIT(its->id)))
		goto untranslated;
	gm_vlpi_set(vpe, vpte.cpu, itte.intid, itte.doorbell);
	return;

broken:
	if (!intact)
		gm_breach(GICV4_RULE_TABLE_OVERWRITTEN, its->id, -1, raw);
untranslated:
	gm.stats.untranslated++;
}
