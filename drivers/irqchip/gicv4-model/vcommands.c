// SPDX-License-Identifier: GPL-2.0
/*
 * The commands that GICv4 adds.
 */
#include <linux/bitfield.h>

#include "internal.h"

#define GM_VPEID(cmd)		((u16)FIELD_GET(GENMASK_ULL(47, 32), (cmd)->raw[1]))
#define GM_VINTID(cmd)		((u32)(cmd)->raw[2])
#define GM_EVENTID(cmd)		((u32)(cmd)->raw[1])
#define GM_DOORBELL(cmd)	((u32)((cmd)->raw[2] >> 32))
#define GM_V			BIT_ULL(63)
#define GM_VMOVI_D		BIT_ULL(0)
#define GM_VPT_ADDR		GENMASK_ULL(51, 16)
#define GM_VPT_SIZE		GENMASK_ULL(4, 0)

/**
 * gm_vsync_due - a VSYNC has to follow
 * @its: the ITS
 * @vpeid: vPEID
 */
void gm_vsync_due(struct gm_its *its, u16 vpeid)
{
	its->nr_vsync_due += !__test_and_set_bit(vpeid, its->vsync_due);
}

static bool gm_vsync_done(struct gm_its *its, u16 vpeid)
{
	if (!__test_and_clear_bit(vpeid, its->vsync_due))
		return false;
	its->nr_vsync_due--;
	return true;
}

static bool gm_check_vpeid(struct gm_its *its, struct gm_cmd *cmd, u16 vpeid)
{
	if (vpeid >= BIT(gm.desc.vpeid_bits) ||
	    !gm_table_covers(its, GM_TABLE_VPE, vpeid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_VPEID_RANGE);
		return false;
	}
	if (!gm_vpe_intact(its, vpeid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_TABLE_OVERWRITTEN);
		return false;
	}
	return true;
}

/**
 * gm_cmd_vpe - the vPE that a command names
 * @its: the ITS
 * @cmd: the command
 * @vpeid: vPEID
 * @rule: what it breaks if the vPE is not mapped on @its
 *
 * Return: the vPE, or NULL and a breach if it is not mapped.
 */
struct gm_vpe *gm_cmd_vpe(struct gm_its *its, struct gm_cmd *cmd, u16 vpeid,
			  enum gicv4_rule rule)
{
	struct gm_vpe *vpe;

	if (!gm_check_vpeid(its, cmd, vpeid))
		return NULL;
	vpe = gm_vpe_find(vpeid);
	if (vpe && (vpe->its_map & BIT(its->id)))
		return vpe;
	gm_cmd_breach(its, cmd, rule);
	return NULL;
}

static bool gm_check_doorbell(struct gm_its *its, struct gm_cmd *cmd, u32 db)
{
	return db == GICV4_INTID_NONE ||
	       gm_check_lpi(its, cmd, db, GICV4_RULE_DOORBELL_RANGE);
}

/* The doorbell of a single vLPI */
static bool gm_check_vlpi_doorbell(struct gm_its *its, struct gm_cmd *cmd,
				   u32 db)
{
	if (gm_is_v4_1() && gm.desc.no_db && db != GICV4_INTID_NONE) {
		gm_cmd_breach(its, cmd, GICV4_RULE_DOORBELL_NID);
		return false;
	}
	return gm_check_doorbell(its, cmd, db);
}

/**
 * gm_cmd_vmapti - VMAPTI and VMAPI
 * @its: the ITS
 * @cmd: the command
 */
void gm_cmd_vmapti(struct gm_its *its, struct gm_cmd *cmd)
{
	bool vmapi = (cmd->raw[0] & 0xff) == GITS_CMD_GICv4(GITS_CMD_MAPI);
	struct gicv4_itte map = {
		.valid		= true,
		.virt		= true,
		.vpeid		= GM_VPEID(cmd),
		.intid		= vmapi ? GM_EVENTID(cmd) : GM_VINTID(cmd),
		.doorbell	= GM_DOORBELL(cmd),
	};
	struct gm_vpe *vpe;
	struct gm_dev *dev;

	dev = gm_cmd_dev(its, cmd);
	if (!dev)
		return;
	vpe = gm_cmd_vpe(its, cmd, map.vpeid, GICV4_RULE_VPE_UNMAPPED);
	if (!vpe)
		return;

	if (map.intid < GM_LPI_BASE || map.intid >= BIT(vpe->vpt_bits)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_VINTID_RANGE);
		return;
	}
	if (!gm_check_vlpi_doorbell(its, cmd, map.doorbell) ||
	    !gm_cmd_map(its, cmd, dev, &map))
		return;

	gm_vsync_due(its, map.vpeid);
	gm_effect(its, &(struct gm_effect) {
		.op = GM_FETCH, .owner = GM_OWNER_VPE(vpe->slot),
		.intid = map.intid,
	});
}

/**
 * gm_cmd_vmovi - VMOVI
 * @its: the ITS
 * @cmd: the command
 */
void gm_cmd_vmovi(struct gm_its *its, struct gm_cmd *cmd)
{
	struct gm_itte *itte = gm_cmd_event(its, cmd);
	struct gm_vpe *from, *to;
	struct gicv4_itte map;

	if (!itte)
		return;
	if (!itte->map.virt) {
		gm_cmd_breach(its, cmd, GICV4_RULE_EVENT_TYPE);
		return;
	}
	to = gm_cmd_vpe(its, cmd, GM_VPEID(cmd), GICV4_RULE_VPE_UNMAPPED);
	if (!to)
		return;
	from = gm_cmd_vpe(its, cmd, itte->map.vpeid, GICV4_RULE_VPE_UNMAPPED);
	if (!from)
		return;

	map = itte->map;
	map.vpeid = to->vpeid;
	if (cmd->raw[2] & GM_VMOVI_D) {
		map.doorbell = GM_DOORBELL(cmd);
		if (!gm_check_vlpi_doorbell(its, cmd, map.doorbell))
			return;
	}
	if (map.intid >= BIT(to->vpt_bits)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_VINTID_RANGE);
		return;
	}

	gm_itte_change(itte, &map);
	gm_write_itte(itte->dev->itt, itte->eventid, &map);
	gm_vsync_due(its, to->vpeid);
	if (from != to)
		gm_effect(its, &(struct gm_effect) {
			.op = GM_MOVE, .intid = map.intid, .db = map.doorbell,
			.owner = GM_OWNER_VPE(from->slot),
			.to = GM_OWNER_VPE(to->slot), .cpu = to->cpu[its->id],
		});
}

/* Configuration of a vPE has changed in memory */
static void gm_cmd_inv_vpe(struct gm_its *its, struct gm_cmd *cmd,
			   enum gm_effect_op op)
{
	struct gm_vpe *vpe = gm_cmd_vpe(its, cmd, GM_VPEID(cmd),
					GICV4_RULE_VPE_UNMAPPED);

	if (!vpe)
		return;
	gm_vsync_due(its, vpe->vpeid);
	gm_effect(its, &(struct gm_effect) {
		.op = op, .owner = GM_OWNER_VPE(vpe->slot),
	});
}

/**
 * gm_cmd_vinvall - VINVALL
 * @its: the ITS
 * @cmd: the command
 */
void gm_cmd_vinvall(struct gm_its *its, struct gm_cmd *cmd)
{
	gm_cmd_inv_vpe(its, cmd, GM_INVALL);
}

/**
 * gm_cmd_vsync - VSYNC
 * @its: the ITS
 * @cmd: the command
 *
 * To a vPE that is not mapped it is a breach, but in GICv4.0 for the one
 * VSYNC that completes the unmapping.
 */
void gm_cmd_vsync(struct gm_its *its, struct gm_cmd *cmd)
{
	u16 vpeid = GM_VPEID(cmd);
	struct gm_vpe *vpe;

	if (!gm_check_vpeid(its, cmd, vpeid))
		return;
	vpe = gm_vpe_find(vpeid);
	if (vpe)
		gm_effects_sync(its, GM_OWNER_VPE(vpe->slot));
	if (!gm_vsync_done(its, vpeid))
		gm_cmd_vpe(its, cmd, vpeid, GICV4_RULE_VSYNC_UNMAPPED);
}

/* vPEs: VMAPP */

/**
 * struct gm_vmapp - what VMAPP says, decoded
 * @vpeid: vPEID
 * @cpu: target redistributor, or -1
 * @vpt: address of the pending table
 * @bits: INTID width of that table
 * @alloc: GICv4.1: first ITS to map the vPE, or last one to unmap it
 * @ptz: GICv4.1: the pending table is zero
 * @vconf: GICv4.1: address of the property table
 * @db: GICv4.1: default doorbell
 */
struct gm_vmapp {
	u16		vpeid;
	int		cpu;
	u64		vpt;
	unsigned int	bits;
	bool		alloc;
	bool		ptz;
	u64		vconf;
	u32		db;
};

static void gm_vmapp_decode(const struct gm_cmd *cmd, struct gm_vmapp *v)
{
	*v = (struct gm_vmapp) {
		.vpeid	= GM_VPEID(cmd),
		.cpu	= gm_rdbase_to_cpu(cmd->raw[2]),
		.vpt	= cmd->raw[3] & GM_VPT_ADDR,
		.bits	= FIELD_GET(GM_VPT_SIZE, cmd->raw[3]) + 1,
		.db	= GICV4_INTID_NONE,
	};
	if (!gm_is_v4_1())
		return;
	v->alloc = cmd->raw[0] & BIT(8);
	v->ptz = cmd->raw[0] & BIT(9);
	v->vconf = cmd->raw[0] & GM_VPT_ADDR;
	v->db = (u32)cmd->raw[1];
}

static bool gm_vpt_shared(u16 vpeid, u64 vpt, unsigned int bits)
{
	const struct gm_vpe *vpe;

	list_for_each_entry(vpe, &gm.vpes, node)
		if (vpe->vpeid != vpeid &&
		    vpt < vpe->vpt + BIT_ULL(vpe->vpt_bits) / 8 &&
		    vpe->vpt < vpt + BIT_ULL(bits) / 8)
			return true;
	return false;
}

/* What another ITS was told of the same vPE */
static bool gm_vmapp_agrees(const struct gm_vmapp *v, const struct gm_vpe *vpe)
{
	if (v->vpt != vpe->vpt || v->bits != vpe->vpt_bits)
		return false;
	return !gm_is_v4_1() || (v->vconf == vpe->vprop && v->db == vpe->db);
}

static void gm_vmapp_check_v4_1(struct gm_its *its, struct gm_cmd *cmd,
				const struct gm_vmapp *v,
				const struct gm_vpe *vpe)
{
	u64 size = BIT_ULL(v->bits) - GM_LPI_BASE;

	if (v->alloc == !!vpe)
		gm_cmd_breach(its, cmd, GICV4_RULE_VMAPP_ALLOC);
	else if (!v->vconf || !gm_mem(v->vconf, size) || gm_mem_freed(v->vconf))
		gm_cmd_breach(its, cmd, GICV4_RULE_VCONF_MEMORY);
	else if (v->ptz && memchr_inv(gm_mem(v->vpt, BIT_ULL(v->bits) / 8), 0,
				      BIT_ULL(v->bits) / 8))
		gm_cmd_breach(its, cmd, GICV4_RULE_VPT_PTZ);
	else
		gm_check_doorbell(its, cmd, v->db);
}

static bool gm_vmapp_check(struct gm_its *its, struct gm_cmd *cmd,
			   const struct gm_vmapp *v, const struct gm_vpe *vpe)
{
	if (v->cpu < 0)
		gm_cmd_breach(its, cmd, GICV4_RULE_RDBASE_RANGE);
	else if (vpe && (vpe->its_map & BIT(its->id)))
		gm_cmd_breach(its, cmd, GICV4_RULE_VMAPP_MAPPED);
	else if (v->bits < GM_MIN_LPI_BITS || v->bits > gm.desc.intid_bits)
		gm_cmd_breach(its, cmd, GICV4_RULE_VPT_SIZE);
	else if (!v->vpt || !gm_mem(v->vpt, BIT_ULL(v->bits) / 8) ||
		 gm_mem_freed(v->vpt))
		gm_cmd_breach(its, cmd, GICV4_RULE_VPT_MEMORY);
	else if (gm_vpt_shared(v->vpeid, v->vpt, v->bits))
		gm_cmd_breach(its, cmd, GICV4_RULE_VPT_SHARED);
	else if (vpe && !gm_vmapp_agrees(v, vpe))
		gm_cmd_breach(its, cmd, GICV4_RULE_VMAPP_DIFFERS);
	else if (gm_is_v4_1())
		gm_vmapp_check_v4_1(its, cmd, v, vpe);
	if (cmd->error)
		return false;

	if (vpe && gm_vpe_target(vpe) != (unsigned int)v->cpu)
		gm_cmd_warn(its, cmd, GICV4_RULE_VMAPP_TARGET);
	return true;
}

static void gm_vmapp_unmap(struct gm_its *its, struct gm_cmd *cmd,
			   const struct gm_vmapp *v)
{
	struct gm_vpe *vpe = gm_vpe_find(v->vpeid);
	bool last;

	/* The VSYNC that completes the unmapping may still come */
	if (gm_is_v4_1())
		gm_vsync_done(its, v->vpeid);
	else
		gm_vsync_due(its, v->vpeid);
	if (!vpe || !(vpe->its_map & BIT(its->id))) {
		/* Allowed in GICv4.0; there is nothing to deallocate here */
		if (gm_is_v4_1())
			gm_cmd_breach(its, cmd, GICV4_RULE_VPE_UNMAPPED);
		return;
	}

	last = vpe->its_map == BIT(its->id);
	if (vpe->resident >= 0 && last)
		gm_cmd_warn(its, cmd, GICV4_RULE_VMAPP_RESIDENT);
	if (gm_is_v4_1() && v->alloc != last)
		gm_cmd_warn(its, cmd, GICV4_RULE_VMAPP_ALLOC);

	gm_effects_sync_all(GM_OWNER_VPE(vpe->slot));
	vpe->its_map &= ~BIT(its->id);
	gm_write_vpte(vpe);
	if (last) {
		gm_vpe_flush(vpe);
		gm_vpe_del(vpe);
	}
}

/**
 * gm_cmd_vmapp - VMAPP
 * @its: the ITS
 * @cmd: the command
 */
void gm_cmd_vmapp(struct gm_its *its, struct gm_cmd *cmd)
{
	struct gm_vmapp v;
	struct gm_vpe *vpe;

	gm_vmapp_decode(cmd, &v);
	if (!gm_check_vpeid(its, cmd, v.vpeid))
		return;
	if (!(cmd->raw[2] & GM_V))
		return gm_vmapp_unmap(its, cmd, &v);

	vpe = gm_vpe_find(v.vpeid);
	if (!gm_vmapp_check(its, cmd, &v, vpe))
		return;

	if (!vpe) {
		vpe = gm_vpe_new(v.vpeid);
		if (!vpe)
			return;
		vpe->vpt = v.vpt;
		vpe->vpt_bits = v.bits;
		vpe->db = v.db;
		if (gm_is_v4_1()) {
			vpe->vprop = v.vconf;
			vpe->vprop_bits = v.bits;
		}
		gm_vpe_load(vpe);
	}
	vpe->its_map |= BIT(its->id);
	vpe->cpu[its->id] = v.cpu;
	gm_write_vpte(vpe);
	gm_vpe_attach(vpe);
	gm_vsync_due(its, v.vpeid);
}

/* vPEs: VMOVP */

static u16 gm_its_number(const struct gm_its *its)
{
	return BIT(FIELD_GET(GITS_CTLR_ITS_NUMBER, its->ctlr));
}

/* ITSs on which a vPE is mapped, by ITS number */
static u16 gm_vpe_its_list(const struct gm_vpe *vpe)
{
	unsigned int i;
	u16 list = 0;

	for (i = 0; i < gm.desc.nr_its; i++)
		if (vpe->its_map & BIT(i))
			list |= gm_its_number(&gm.its[i]);
	return list;
}

/*
 * GITS_TYPER.VMOVP is 0: each ITS in the list has to see the command, with one
 * sequence number, before the move is complete.
 */
static bool gm_vmovp_its_list(struct gm_its *its, struct gm_cmd *cmd,
			      struct gm_vpe *vpe, int cpu)
{
	u16 seq = FIELD_GET(GENMASK_ULL(47, 32), cmd->raw[0]);
	u16 list = FIELD_GET(GENMASK_ULL(15, 0), cmd->raw[1]);
	u16 self = gm_its_number(its);

	if (!(list & self) || list != gm_vpe_its_list(vpe)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_VMOVP_LIST);
		return false;
	}
	if (!vpe->vmovp_list) {
		vpe->vmovp_seq = seq;
		vpe->vmovp_list = list;
		vpe->vmovp_cpu = cpu;
		vpe->vmovp_seen = 0;
	} else if (vpe->vmovp_seq != seq || vpe->vmovp_list != list ||
		   vpe->vmovp_cpu != cpu || (vpe->vmovp_seen & self)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_VMOVP_SEQ);
		return false;
	}
	vpe->vmovp_seen |= self;
	if (vpe->vmovp_seen == list)
		vpe->vmovp_list = 0;
	vpe->cpu[its->id] = cpu;
	return true;
}

/**
 * gm_cmd_vmovp - VMOVP
 * @its: the ITS
 * @cmd: the command
 */
void gm_cmd_vmovp(struct gm_its *its, struct gm_cmd *cmd)
{
	struct gm_vpe *vpe = gm_cmd_vpe(its, cmd, GM_VPEID(cmd),
					GICV4_RULE_VPE_UNMAPPED);
	unsigned int i, from;
	int cpu;

	if (!vpe)
		return;
	from = vpe->cpu[its->id];
	cpu = gm_rdbase_to_cpu(cmd->raw[2]);
	if (cpu < 0) {
		gm_cmd_breach(its, cmd, GICV4_RULE_RDBASE_RANGE);
		return;
	}
	if (gm_is_v4_1() && !gm_check_doorbell(its, cmd, (u32)cmd->raw[3]))
		return;
	if (!gm.desc.vmovp && !gm_vmovp_its_list(its, cmd, vpe, cpu))
		return;
	if (vpe->resident >= 0 && vpe->resident != cpu)
		gm_cmd_warn(its, cmd, GICV4_RULE_VMOVP_RESIDENT);

	gm_effects_sync_all(GM_OWNER_VPE(vpe->slot));
	/* GITS_TYPER.VMOVP is 1: one ITS tells the others */
	for (i = 0; gm.desc.vmovp && i < gm.desc.nr_its; i++)
		vpe->cpu[i] = cpu;
	if (gm_is_v4_1())
		gm_vpe_move_doorbell(vpe, from, cpu, (u32)cmd->raw[3],
				     cmd->raw[2] & GM_V);
	gm_write_vpte(vpe);
	gm_vsync_due(its, vpe->vpeid);
}

/* GICv4.1 */

/**
 * gm_cmd_vsgi - VSGI
 * @its: the ITS
 * @cmd: the command
 */
void gm_cmd_vsgi(struct gm_its *its, struct gm_cmd *cmd)
{
	struct gm_vpe *vpe = gm_cmd_vpe(its, cmd, GM_VPEID(cmd),
					GICV4_RULE_VPE_UNMAPPED);
	unsigned int sgi = FIELD_GET(GENMASK_ULL(35, 32), cmd->raw[0]);

	if (!vpe)
		return;
	gm_vsync_due(its, vpe->vpeid);
	gm_effect(its, &(struct gm_effect) {
		/* Clear: nothing but the pending state */
		.op	= cmd->raw[0] & BIT(9) ? GM_VSGI_CLEAR : GM_VSGI,
		.owner	= GM_OWNER_VPE(vpe->slot),
		.intid	= sgi,
		.vsgi	= {
			.priority	= FIELD_GET(GENMASK_ULL(23, 20), cmd->raw[0]) << 4,
			.enabled	= cmd->raw[0] & BIT(8),
			.group1		= cmd->raw[0] & BIT(10),
		},
	});
}

/**
 * gm_cmd_invdb - INVDB
 * @its: the ITS
 * @cmd: the command
 */
void gm_cmd_invdb(struct gm_its *its, struct gm_cmd *cmd)
{
	gm_cmd_inv_vpe(its, cmd, GM_INVDB);
}
