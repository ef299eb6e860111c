// SPDX-License-Identifier: GPL-2.0
/*
 * The commands that GICv4 adds.
 */
#include <linux/bitfield.h>

#include "internal.h"

#define GM_VPEID(cmd)		((u16)FIELD_GET(GENMASK_ULL(47, 32), (cmd)->raw[1]))
#define GM_EVENTID(cmd)		((u32)(cmd)->raw[1])
#define GM_VINTID(cmd)		((u32)(cmd)->raw[2])
#define GM_DOORBELL(cmd)	((u32)((cmd)->raw[2] >> 32))
#define GM_V			BIT_ULL(63)
#define GM_VMOVI_D		BIT_ULL(0)
#define GM_VPT_ADDR		GENMASK_ULL(51, 16)
#define GM_VPT_SIZE		GENMASK_ULL(4, 0)

static bool gm_check_vpeid(struct gm_its *its, struct gm_cmd *cmd, u16 vpeid)
{
	if (!gm_table_covers(its, GM_TABLE_VPE, vpeid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_VPEID_RANGE);
		return false;
	}
	if (!gm_vpe_intact(its, vpeid)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_TABLE_OVERWRITTEN);
		return false;
	}
	return true;
}

/* A vPE that is mapped on this ITS, or NULL and a breach of @rule */
static struct gm_vpe *gm_cmd_vpe(struct gm_its *its, struct gm_cmd *cmd,
				 u16 vpeid, enum gicv4_rule rule)
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

static void gm_vmapp_unmap(struct gm_its *its, struct gm_cmd *cmd, u16 vpeid)
{
	struct gm_vpe *vpe = gm_vpe_find(vpeid);

	/* The VSYNC that completes the unmapping may still come */
	__set_bit(vpeid, its->vsync_due);
	if (!vpe)
		return;
	if (vpe->resident >= 0)
		gm_cmd_breach(its, cmd, GICV4_RULE_VMAPP_RESIDENT);

	vpe->its_map &= ~BIT(its->id);
	gm_write_vpte(its, vpeid, vpe);
	if (!vpe->its_map)
		gm_vpe_del(vpe);
}

/**
 * gm_cmd_vmapp - VMAPP
 * @its: the ITS
 * @cmd: the command
 */
void gm_cmd_vmapp(struct gm_its *its, struct gm_cmd *cmd)
{
	unsigned int bits = FIELD_GET(GM_VPT_SIZE, cmd->raw[3]) + 1;
	u64 vpt = cmd->raw[3] & GM_VPT_ADDR;
	u16 vpeid = GM_VPEID(cmd);
	struct gm_vpe *vpe;
	int cpu;

	if (!gm_check_vpeid(its, cmd, vpeid))
		return;
	if (!(cmd->raw[2] & GM_V))
		return gm_vmapp_unmap(its, cmd, vpeid);

	vpe = gm_vpe_find(vpeid);
	cpu = gm_rdbase_to_cpu(cmd, cmd->raw[2]);
	if (cpu < 0)
		gm_cmd_breach(its, cmd, GICV4_RULE_RDBASE_RANGE);
	else if (vpe && (vpe->its_map & BIT(its->id)))
		gm_cmd_breach(its, cmd, GICV4_RULE_VMAPP_MAPPED);
	else if (bits < 14 || bits > gm.desc.intid_bits)
		gm_cmd_breach(its, cmd, GICV4_RULE_VPT_SIZE);
	else if (!vpt || !gm_mem(vpt, BIT_ULL(bits) / 8) || gm_mem_freed(vpt))
		gm_cmd_breach(its, cmd, GICV4_RULE_VPT_MEMORY);
	else if (gm_vpt_shared(vpeid, vpt, bits))
		gm_cmd_breach(its, cmd, GICV4_RULE_VPT_SHARED);
	if (cmd->broke)
		return;

	if (!vpe) {
		vpe = gm_vpe_new(vpeid);
		if (!vpe)
			return;
		vpe->vpt = vpt;
		vpe->vpt_bits = bits;
		gm_vpe_load_pending(vpe);
		gm_vpe_attach(vpe);
	}
	vpe->its_map |= BIT(its->id);
	vpe->cpu[its->id] = cpu;
	gm_write_vpte(its, vpeid, vpe);
	__set_bit(vpeid, its->vsync_due);
}

static bool gm_check_doorbell(struct gm_its *its, struct gm_cmd *cmd, u32 db)
{
	return db == GICV4_INTID_NONE ||
	       gm_check_lpi(its, cmd, db, GICV4_RULE_DOORBELL_RANGE);
}

/**
 * gm_cmd_vmapti - VMAPTI and VMAPI
 * @its: the ITS
 * @cmd: the command
 */
void gm_cmd_vmapti(struct gm_its *its, struct gm_cmd *cmd)
{
	bool vmapi = (cmd->raw[0] & 0xff) == GITS_CMD_GICv4(GITS_CMD_MAPI);
	u32 eventid = GM_EVENTID(cmd);
	struct gicv4_itte map = {
		.valid		= true,
		.virt		= true,
		.vpeid		= GM_VPEID(cmd),
		.intid		= vmapi ? eventid : GM_VINTID(cmd),
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
	if (!gm_check_doorbell(its, cmd, map.doorbell))
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
	gm_vlpi_fetch(vpe, map.intid);
	__set_bit(map.vpeid, its->vsync_due);
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
		if (!gm_check_doorbell(its, cmd, map.doorbell))
			return;
	}
	if (map.intid >= BIT(to->vpt_bits)) {
		gm_cmd_breach(its, cmd, GICV4_RULE_VINTID_RANGE);
		return;
	}

	gm_itte_change(itte, &map);
	gm_write_itte(itte->dev->itt, itte->eventid, &map);
	__set_bit(to->vpeid, its->vsync_due);

	if (from != to) {
		bool pending = gm_vlpi_take(from, map.intid);

		gm_vlpi_forget(from, map.intid);
		gm_vlpi_fetch(to, map.intid);
		/* The pending state moves, and rings if it wakes the new vPE */
		if (pending)
			gm_vlpi_set(to, to->cpu[its->id], map.intid,
				    map.doorbell);
	}
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
	unsigned int i;
	int cpu;

	if (!vpe)
		return;
	cpu = gm_rdbase_to_cpu(cmd, cmd->raw[2]);
	if (cpu < 0) {
		gm_cmd_breach(its, cmd, GICV4_RULE_RDBASE_RANGE);
		return;
	}
	if (vpe->resident >= 0 && vpe->resident != cpu)
		gm_cmd_breach(its, cmd, GICV4_RULE_VMOVP_RESIDENT);

	/* GITS_TYPER.VMOVP is 1: one ITS tells the others */
	for (i = 0; i < gm.desc.nr_its; i++) {
		if (!(vpe->its_map & BIT(i)))
			continue;
		vpe->cpu[i] = cpu;
		gm_write_vpte(&gm.its[i], vpe->vpeid, vpe);
	}
	__set_bit(vpe->vpeid, its->vsync_due);
}

/**
 * gm_cmd_vinvall - VINVALL
 * @its: the ITS
 * @cmd: the command
 */
void gm_cmd_vinvall(struct gm_its *its, struct gm_cmd *cmd)
{
	struct gm_vpe *vpe = gm_cmd_vpe(its, cmd, GM_VPEID(cmd),
					GICV4_RULE_VPE_UNMAPPED);

	if (!vpe)
		return;
	gm_vlpi_invall(vpe);
	__set_bit(vpe->vpeid, its->vsync_due);
}

/**
 * gm_cmd_vsync - VSYNC
 * @its: the ITS
 * @cmd: the command
 *
 * To a vPE that is not mapped it is a breach, but for the one VSYNC that
 * completes the unmapping.
 */
void gm_cmd_vsync(struct gm_its *its, struct gm_cmd *cmd)
{
	u16 vpeid = GM_VPEID(cmd);

	if (!gm_check_vpeid(its, cmd, vpeid))
		return;
	if (__test_and_clear_bit(vpeid, its->vsync_due))
		return;
	gm_cmd_vpe(its, cmd, vpeid, GICV4_RULE_VSYNC_UNMAPPED);
}
