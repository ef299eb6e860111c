// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4_model_rules: each rule is broken by one thing and kept by another
 * that differs in nothing else.
 */
#include <linux/io.h>
#include <linux/mm.h>

#include "../internal.h"
#include "rule-cases.h"

/**
 * struct rule_case - how to break a rule
 * @rule: the rule
 * @run: keeps it, or breaks it once if @bad, on a machine from
 *       rig_populate_machine()
 * @machine: which; NULL is v4.0
 */
struct rule_case {
	enum gicv4_rule	rule;
	void		(*run)(struct rig *rig, bool bad);
	const char	*machine;
};

static struct rig *rule_rig(struct kunit *test, const struct rule_case *c)
{
	return rig_populate_machine(test, c->machine ?: "v4.0");
}

/* Send a command that is good, with its VSYNC, or bad and ignored */
static void send_v(struct rig *rig, struct raw cmd, u16 vpeid, bool bad)
{
	rig_send(rig, cmd);
	if (!bad)
		rig_vsync(rig, vpeid);
}

static void send_p(struct rig *rig, struct raw cmd)
{
	rig_send(rig, cmd);
	rig_sync(rig);
}

/* Registers of the ITS */

static void enable_unready(struct rig *rig, bool bad)
{
	u64 baser = readq(rig->its + GITS_BASER);

	writel(0, rig->its + GITS_CTLR);
	if (bad)
		writeq(0, rig->its + GITS_BASER);
	writel(GITS_CTLR_ENABLE, rig->its + GITS_CTLR);

	writel(0, rig->its + GITS_CTLR);
	writeq(baser, rig->its + GITS_BASER);
	writel(GITS_CTLR_ENABLE, rig->its + GITS_CTLR);
}

static void baser_enabled(struct rig *rig, bool bad)
{
	if (!bad)
		writel(0, rig->its + GITS_CTLR);
	writeq(readq(rig->its + GITS_BASER), rig->its + GITS_BASER);
}

static void cbaser_enabled(struct rig *rig, bool bad)
{
	if (!bad)
		writel(0, rig->its + GITS_CTLR);
	writeq(readq(rig->its + GITS_CBASER), rig->its + GITS_CBASER);
	/* The queue begins anew, so let there be nothing in it */
	writel(0, rig->its + GITS_CTLR);
	writeq(0, rig->its + GITS_CWRITER);
}

static void cwriter_range(struct rig *rig, bool bad)
{
	writeq(bad ? RIG_QUEUE_SIZE : rig->next, rig->its + GITS_CWRITER);
}

static void queue_memory(struct rig *rig, bool bad)
{
	u64 cbaser = GITS_CBASER_VALID | (bad ? BIT_ULL(50) : rig_phys(rig->queue));

	writel(0, rig->its + GITS_CTLR);
	writeq(cbaser, rig->its + GITS_CBASER);
	writeq(0, rig->its + GITS_CWRITER);
	writel(GITS_CTLR_ENABLE, rig->its + GITS_CTLR);
	rig->next = 0;
	rig_send(rig, raw_sync(0));
}

/* What commands name */

static void cmd_unknown(struct rig *rig, bool bad)
{
	rig_send(rig, (struct raw) { { bad ? 0x7f : GITS_CMD_SYNC } });
}

static void devid_range(struct rig *rig, bool bad)
{
	u32 devid = bad ? RIG_NR_DEVIDS : RIG_NR_DEVIDS - 1;

	rig_send(rig, raw_mapd(devid, rig_phys(rig->itt[2]), 5, true));
}

static void eventid_range(struct rig *rig, bool bad)
{
	u32 events = BIT(RIG_EVENT_BITS);

	send_p(rig, raw_mapti(1, bad ? events : events - 1, LPI(3), 0));
}

static void icid_range(struct rig *rig, bool bad)
{
	send_p(rig, raw_mapc(bad ? RIG_NR_ICIDS : RIG_NR_ICIDS - 1, 0, true));
}

static void vpeid_range(struct rig *rig, bool bad)
{
	u16 vpeid = bad ? RIG_NR_VPEIDS : RIG_NR_VPEIDS - 1;

	send_v(rig, raw_vmapp(vpeid, 0, rig_phys(rig->vpt[2]), RIG_BITS, true),
	       vpeid, bad);
}

static void rdbase_range(struct rig *rig, bool bad)
{
	send_p(rig, raw_mapc(5, bad ? RIG_CPUS : RIG_CPUS - 1, true));
}

static void pintid_range(struct rig *rig, bool bad)
{
	send_p(rig, raw_mapti(1, 0, bad ? 8191 : 8192, 0));
}

static void vintid_range(struct rig *rig, bool bad)
{
	u32 end = BIT(RIG_BITS);

	send_v(rig, raw_vmapti(1, 0, 0, bad ? end : end - 1, RIG_DB(0)), 0, bad);
}

static void doorbell_range(struct rig *rig, bool bad)
{
	send_v(rig, raw_vmapti(1, 0, 0, LPI(2), bad ? 1022 : 1023), 0, bad);
}

static void dev_unmapped(struct rig *rig, bool bad)
{
	send_p(rig, raw_mapti(bad ? 2 : 1, 0, LPI(2), 0));
}

static void event_unmapped(struct rig *rig, bool bad)
{
	send_p(rig, raw_event(GITS_CMD_DISCARD, bad ? 1 : 0, 0));
}

static void col_unmapped(struct rig *rig, bool bad)
{
	send_p(rig, raw_movi(0, 0, bad ? 2 : 1));
}

static void vpe_unmapped(struct rig *rig, bool bad)
{
	u16 vpeid = bad ? 2 : 1;

	send_v(rig, raw_vmapti(1, 0, vpeid, LPI(2), GICV4_INTID_NONE), vpeid, bad);
}

static void vsync_unmapped(struct rig *rig, bool bad)
{
	/* One completes the unmapping, two are one too many */
	rig_send(rig, raw_vmapp(1, 0, 0, 1, false));
	rig_vsync(rig, 1);
	if (bad)
		rig_vsync(rig, 1);
}

static void event_mapped(struct rig *rig, bool bad)
{
	send_p(rig, raw_mapti(bad ? 0 : 1, 0, LPI(2), 0));
}

static void event_type(struct rig *rig, bool bad)
{
	send_p(rig, raw_movi(0, bad ? 1 : 0, 1));
}

/* Devices and collections */

static void mapd_size(struct rig *rig, bool bad)
{
	struct gicv4_desc desc = *gicv4_machine();
	void *itt = rig_alloc(rig->test, 16 << (desc.eventid_bits + 1));

	rig_send(rig, raw_mapd(2, rig_phys(itt), desc.eventid_bits + bad, true));
}

static void mapd_live(struct rig *rig, bool bad)
{
	rig_send(rig, raw_mapd(bad ? 0 : 1, 0, 1, false));
	/* Either way the device is gone */
	KUNIT_EXPECT_FALSE(rig->test,
			   gicv4_get_dte(0, bad ? 0 : 1, &(struct gicv4_dte) { }));
}

static void itt_align(struct rig *rig, bool bad)
{
	rig_send(rig, raw_mapd(2, rig_phys(rig->itt[2]) + (bad ? 128 : 256), 5,
			       true));
}

static void itt_memory(struct rig *rig, bool bad)
{
	rig_send(rig, raw_mapd(2, bad ? BIT_ULL(50) : rig_phys(rig->itt[2]), 5,
			       true));
}

static void itt_overlap(struct rig *rig, bool bad)
{
	u64 size = 16 << RIG_EVENT_BITS;

	rig_send(rig, raw_mapd(2, rig_phys(rig->itt[1]) + size - (bad ? 256 : 0),
			       RIG_EVENT_BITS, true));
}

static void itt_not_zero(struct rig *rig, bool bad)
{
	u8 *itt = rig->itt[2];

	/* Just inside the ITT, or just behind it */
	itt[(16 << RIG_EVENT_BITS) - bad] = 1;
	rig_mapd(rig, 2);
}

static void mapc_live(struct rig *rig, bool bad)
{
	/* Collection 0 has an event and goes away, or 1 has none and does */
	send_p(rig, raw_mapc(!bad, bad, true));
}

/* vPEs */

static void vmapp_mapped(struct rig *rig, bool bad)
{
	u16 vpeid = bad ? 1 : 2;

	send_v(rig, raw_vmapp(vpeid, 1, rig_phys(rig->vpt[vpeid]), RIG_BITS,
			      true), vpeid, bad);
}

static void vmapp_resident(struct rig *rig, bool bad)
{
	rig_enter(rig, 1, 1);
	if (!bad)
		rig_leave(rig, 1);
	rig_send(rig, raw_vmapp(1, 0, 0, 1, false));
	rig_vsync(rig, 1);
}

static void vpt_size(struct rig *rig, bool bad)
{
	send_v(rig, raw_vmapp(2, 0, rig_phys(rig->vpt[2]), bad ? 13 : 14, true),
	       2, bad);
}

static void vpt_memory(struct rig *rig, bool bad)
{
	send_v(rig, raw_vmapp(2, 0, bad ? BIT_ULL(50) : rig_phys(rig->vpt[2]),
			      RIG_BITS, true), 2, bad);
}

static void vpt_shared(struct rig *rig, bool bad)
{
	send_v(rig, raw_vmapp(2, 0, rig_phys(rig->vpt[bad ? 1 : 2]), RIG_BITS,
			      true), 2, bad);
}

static void vmovp_resident(struct rig *rig, bool bad)
{
	rig_enter(rig, 0, 0);
	if (!bad)
		rig_leave(rig, 0);
	rig_send(rig, raw_vmovp(0, 1));
	rig_vsync(rig, 0);
}

/* Redistributors */

static void lpi_tables(struct rig *rig, bool bad)
{
	void __iomem *gicr = rig->gicr[1];

	writel(0, gicr + GICR_CTLR);
	writeq(bad ? BIT_ULL(50) : rig_phys(rig->pend[1]), gicr + GICR_PENDBASER);
	writel(GICR_CTLR_ENABLE_LPIS, gicr + GICR_CTLR);
	writel(0, gicr + GICR_CTLR);
}

static void propbaser_common(struct rig *rig, bool bad)
{
	void __iomem *gicr = rig->gicr[1];

	writel(0, gicr + GICR_CTLR);
	writeq(rig_phys(bad ? rig->vprop : rig->prop) | (RIG_BITS - 1),
	       gicr + GICR_PROPBASER);
	writel(GICR_CTLR_ENABLE_LPIS, gicr + GICR_CTLR);
}

static void lpi_base_enabled(struct rig *rig, bool bad)
{
	void __iomem *gicr = rig->gicr[1];

	if (!bad)
		writel(0, gicr + GICR_CTLR);
	writeq(rig_phys(rig->pend[1]), gicr + GICR_PENDBASER);
}

static void pend_ptz(struct rig *rig, bool bad)
{
	void __iomem *gicr = rig->gicr[1];

	writel(0, gicr + GICR_CTLR);
	rig->pend[1][LPI(9) / 8] = bad ? BIT(LPI(9) % 8) : 0;
	writeq(rig_phys(rig->pend[1]) | GICR_PENDBASER_PTZ, gicr + GICR_PENDBASER);
	writel(GICR_CTLR_ENABLE_LPIS, gicr + GICR_CTLR);
}

static void vprop_valid(struct rig *rig, bool bad)
{
	void __iomem *vlpi = rig_vlpi_frame(rig, 0);

	rig_enter(rig, 0, 0);
	if (!bad)
		rig_leave(rig, 0);
	writeq(rig_phys(rig->prop) | (RIG_BITS - 1), vlpi + GICR_VPROPBASER);
}

static void vpend_valid(struct rig *rig, bool bad)
{
	void __iomem *vlpi = rig_vlpi_frame(rig, 0);

	rig_enter(rig, 0, 0);
	writeq(rig_vpend_val(rig, bad ? 2 : 0), vlpi + GICR_VPENDBASER);
}

static void vpend_dirty(struct rig *rig, bool bad)
{
	void __iomem *vlpi = rig_vlpi_frame(rig, 0);

	rig_enter(rig, 0, 0);
	gicv4_fault_dirty(0, 2);
	if (bad)
		writeq(rig_vpend_val(rig, 0) & ~GICR_VPENDBASER_Valid,
		       vlpi + GICR_VPENDBASER);
	else
		rig_leave(rig, 0);
	rig_enter(rig, 0, 0);
}

static void vpend_tables(struct rig *rig, bool bad)
{
	void __iomem *vlpi = rig_vlpi_frame(rig, 0);

	writeq(bad ? 0 : rig_vprop_val(rig), vlpi + GICR_VPROPBASER);
	writeq(rig_vpend_val(rig, 0), vlpi + GICR_VPENDBASER);
}

static void vpend_idai(struct rig *rig, bool bad)
{
	void __iomem *vlpi = rig_vlpi_frame(rig, 0);

	rig_enter(rig, 0, 0);
	rig_leave(rig, 0);
	writeq(rig_vpend_val(rig, 0) & ~(bad ? GICR_VPENDBASER_IDAI : 0),
	       vlpi + GICR_VPENDBASER);
}

static void vprop_idbits(struct rig *rig, bool bad)
{
	if (bad)
		writeq(0, rig_vlpi_frame(rig, 0) + GICR_VPROPBASER);
	gicv4_device_write(0, 0, 1);
}

static void vpend_last(struct rig *rig, bool bad)
{
	void __iomem *vlpi = rig_vlpi_frame(rig, 0);

	rig_enter(rig, 0, 0);
	rig_leave(rig, 0);
	writeq(rig_vpend_val(rig, 0) & ~(bad ? GICR_VPENDBASER_PendingLast : 0),
	       vlpi + GICR_VPENDBASER);
}

static void resident_twice(struct rig *rig, bool bad)
{
	/* A vPE that is mapped nowhere has no target that could be wrong */
	rig_enter(rig, 0, 2);
	rig_enter(rig, 1, bad ? 2 : 3);
}

static void resident_target(struct rig *rig, bool bad)
{
	rig_enter(rig, 1, bad ? 0 : 1);
}

/* Memory, and what has to follow a command */

static void table_freed(struct rig *rig, bool bad)
{
	struct page *page = virt_to_page(rig->itt[0]);

	/* As if it were free, with nobody else to get it meanwhile */
	if (bad)
		page_ref_dec(page);
	send_p(rig, raw_event(GITS_CMD_INT, 0, 0));
	if (bad)
		page_ref_inc(page);
}

static void table_overwritten(struct rig *rig, bool bad)
{
	u8 *entry = rig->itt[0] + 1;

	*entry ^= bad;
	send_p(rig, raw_event(GITS_CMD_INT, 0, 0));
	*entry ^= bad;
}

static void config_stale(struct rig *rig, bool bad)
{
	rig->prop[0] ^= LPI_PROP_ENABLED;
	if (!bad)
		send_p(rig, raw_event(GITS_CMD_INV, 0, 0));
}

static void sync_missing(struct rig *rig, bool bad)
{
	rig_send(rig, raw_event(GITS_CMD_CLEAR, 0, 0));
	/* To the redistributor that it went to, not to another one */
	rig_send(rig, raw_sync(bad));
}

static void vsync_missing(struct rig *rig, bool bad)
{
	rig_send(rig, raw_vpe(GITS_CMD_VINVALL, 0));
	rig_vsync(rig, bad);
}

static const struct rule_case rule_cases[] = {
	{ GICV4_RULE_ENABLE_UNREADY,	enable_unready },
	{ GICV4_RULE_BASER_ENABLED,	baser_enabled },
	{ GICV4_RULE_CBASER_ENABLED,	cbaser_enabled },
	{ GICV4_RULE_CWRITER_RANGE,	cwriter_range },
	{ GICV4_RULE_QUEUE_MEMORY,	queue_memory },
	{ GICV4_RULE_CMD_UNKNOWN,	cmd_unknown },
	{ GICV4_RULE_DEVID_RANGE,	devid_range },
	{ GICV4_RULE_EVENTID_RANGE,	eventid_range },
	{ GICV4_RULE_ICID_RANGE,	icid_range },
	{ GICV4_RULE_VPEID_RANGE,	vpeid_range },
	{ GICV4_RULE_RDBASE_RANGE,	rdbase_range },
	{ GICV4_RULE_PINTID_RANGE,	pintid_range },
	{ GICV4_RULE_VINTID_RANGE,	vintid_range },
	{ GICV4_RULE_DOORBELL_RANGE,	doorbell_range },
	{ GICV4_RULE_DEV_UNMAPPED,	dev_unmapped },
	{ GICV4_RULE_EVENT_UNMAPPED,	event_unmapped },
	{ GICV4_RULE_COL_UNMAPPED,	col_unmapped },
	{ GICV4_RULE_VPE_UNMAPPED,	vpe_unmapped },
	{ GICV4_RULE_VSYNC_UNMAPPED,	vsync_unmapped },
	{ GICV4_RULE_EVENT_MAPPED,	event_mapped },
	{ GICV4_RULE_EVENT_TYPE,	event_type },
	{ GICV4_RULE_MAPD_SIZE,		mapd_size },
	{ GICV4_RULE_MAPD_LIVE,		mapd_live },
	{ GICV4_RULE_ITT_ALIGN,		itt_align },
	{ GICV4_RULE_ITT_MEMORY,	itt_memory },
	{ GICV4_RULE_ITT_OVERLAP,	itt_overlap },
	{ GICV4_RULE_ITT_NOT_ZERO,	itt_not_zero },
	{ GICV4_RULE_MAPC_LIVE,		mapc_live },
	{ GICV4_RULE_VMAPP_MAPPED,	vmapp_mapped },
	{ GICV4_RULE_VMAPP_RESIDENT,	vmapp_resident },
	{ GICV4_RULE_VPT_SIZE,		vpt_size },
	{ GICV4_RULE_VPT_MEMORY,	vpt_memory },
	{ GICV4_RULE_VPT_SHARED,	vpt_shared },
	{ GICV4_RULE_VMOVP_RESIDENT,	vmovp_resident },
	{ GICV4_RULE_LPI_TABLES,	lpi_tables },
	{ GICV4_RULE_PROPBASER_COMMON,	propbaser_common },
	{ GICV4_RULE_LPI_BASE_ENABLED,	lpi_base_enabled },
	{ GICV4_RULE_PEND_PTZ,		pend_ptz },
	{ GICV4_RULE_VPROP_VALID,	vprop_valid },
	{ GICV4_RULE_VPEND_VALID,	vpend_valid },
	{ GICV4_RULE_VPEND_DIRTY,	vpend_dirty },
	{ GICV4_RULE_VPEND_TABLES,	vpend_tables },
	{ GICV4_RULE_VPEND_IDAI,	vpend_idai },
	{ GICV4_RULE_VPROP_IDBITS,	vprop_idbits },
	{ GICV4_RULE_VPEND_LAST,	vpend_last },
	{ GICV4_RULE_RESIDENT_TWICE,	resident_twice },
	{ GICV4_RULE_RESIDENT_TARGET,	resident_target },
	{ GICV4_RULE_TABLE_FREED,	table_freed },
	{ GICV4_RULE_TABLE_OVERWRITTEN,	table_overwritten },
	{ GICV4_RULE_CONFIG_STALE,	config_stale },
	{ GICV4_RULE_SYNC_MISSING,	sync_missing },
	{ GICV4_RULE_VSYNC_MISSING,	vsync_missing },

	{ GICV4_RULE_CBASER_ALIGN,	rule_cbaser_align },
	{ GICV4_RULE_ENABLE_BUSY,	rule_enable_busy },
	{ GICV4_RULE_TABLE_MEMORY,	rule_table_memory },
	{ GICV4_RULE_TABLE_OVERLAP,	rule_table_overlap },
	{ GICV4_RULE_TABLE_NOT_ZERO,	rule_table_not_zero },
	{ GICV4_RULE_CMD_RES0,		rule_cmd_res0 },
	{ GICV4_RULE_ITS_NUMBER,	rule_its_number, "v4.0-2its" },
	{ GICV4_RULE_VMAPP_DIFFERS,	rule_vmapp_differs, "v4.0-2its" },
	{ GICV4_RULE_VMAPP_TARGET,	rule_vmapp_target, "v4.0-2its" },
	{ GICV4_RULE_VMOVP_LIST,	rule_vmovp_list, "v4.0-2its" },
	{ GICV4_RULE_VMOVP_SEQ,		rule_vmovp_seq, "v4.0-2its" },
	{ GICV4_RULE_VMOVP_INCOMPLETE,	rule_vmovp_incomplete, "v4.0-2its" },
	{ GICV4_RULE_SVPET_TABLE,	rule_svpet_table, "v4.1-2its" },
	{ GICV4_RULE_VMAPP_ALLOC,	rule_vmapp_alloc, "v4.1-2its" },
	{ GICV4_RULE_SGIR_VPE,		rule_sgir_vpe, "v4.1" },
	{ GICV4_RULE_DOORBELL_NID,	rule_doorbell_nid, "v4.1" },
	{ GICV4_RULE_VCONF_MEMORY,	rule_vconf_memory, "v4.1" },
	{ GICV4_RULE_VPT_PTZ,		rule_vpt_ptz, "v4.1" },
	{ GICV4_RULE_VPROP_LIVE,	rule_vprop_live, "v4.1" },
	{ GICV4_RULE_VPROP_MEMORY,	rule_vprop_memory, "v4.1" },
	{ GICV4_RULE_VPROP_Z,		rule_vprop_z, "v4.1" },
	{ GICV4_RULE_VPROP_COMMON,	rule_vprop_common, "v4.1" },
	{ GICV4_RULE_VPEND_VPEID,	rule_vpend_vpeid, "v4.1" },
	{ GICV4_RULE_VPEND_UNMAPPED,	rule_vpend_unmapped, "v4.1" },
	{ GICV4_RULE_INV_VPE,		rule_inv_vpe, "v4.1" },
	{ GICV4_RULE_INV_BUSY,		rule_inv_busy, "v4.1" },
	{ GICV4_RULE_VSGIR_VPE,		rule_vsgir_vpe, "v4.1" },
	{ GICV4_RULE_VSGIR_BUSY,	rule_vsgir_busy, "v4.1" },
	{ GICV4_RULE_VPROP_RANGE,	rule_vprop_range, "v4.1-groups" },
};

static void rule_case_desc(const struct rule_case *c, char *desc)
{
	strscpy(desc, gicv4_rule_name(c->rule), KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(rule_case, rule_cases, rule_case_desc);

static void breaking_it_is_one_breach(struct kunit *test)
{
	const struct rule_case *c = test->param_value;
	struct rig *rig = rule_rig(test, c);

	gicv4_checkpoint(test);
	c->run(rig, true);
	gicv4_expect_breach(test, c->rule);
	gicv4_checkpoint(test);
}

static void keeping_it_is_none(struct kunit *test)
{
	const struct rule_case *c = test->param_value;
	struct rig *rig = rule_rig(test, c);

	gicv4_checkpoint(test);
	c->run(rig, false);
	gicv4_checkpoint(test);
}

static void every_rule_has_a_case(struct kunit *test)
{
	unsigned int rule, i, n;

	for (rule = 0; rule < GICV4_NR_RULES; rule++) {
		for (i = 0, n = 0; i < ARRAY_SIZE(rule_cases); i++)
			n += rule_cases[i].rule == rule;
		KUNIT_EXPECT_EQ_MSG(test, n, 1, "%s", gicv4_rule_name(rule));
		KUNIT_EXPECT_EQ(test, 0, strncmp(gicv4_rule_ref(rule),
						 "IHI 0069", 8));
	}
}

static void breach_keeps_the_raw_command(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	struct raw raw = raw_mapti(2, 0, LPI(3), 0);
	struct gicv4_breach breach;
	struct gicv4_cmd cmd;

	gicv4_trace_clear();
	rig_send(rig, raw);
	KUNIT_ASSERT_EQ(test, gicv4_nr_breaches(), 1);
	KUNIT_ASSERT_TRUE(test, gicv4_get_breach(0, &breach));
	KUNIT_EXPECT_EQ(test, breach.rule, GICV4_RULE_DEV_UNMAPPED);
	KUNIT_EXPECT_EQ(test, breach.its, 0);
	KUNIT_EXPECT_EQ(test, breach.cpu, -1);
	KUNIT_EXPECT_MEMEQ(test, breach.raw, raw.dw, sizeof(raw.dw));
	/* The command had no effect, and the queue went on */
	KUNIT_EXPECT_TRUE(test, gicv4_trace_get(0, &cmd));
	KUNIT_EXPECT_TRUE(test, cmd.ignored);
	KUNIT_EXPECT_EQ(test, readq(rig->its + GITS_CREADR), rig->next);

	gicv4_clear_breaches();
	KUNIT_EXPECT_EQ(test, gicv4_nr_breaches(), 0);
	KUNIT_EXPECT_FALSE(test, gicv4_get_breach(0, &breach));
}

/* VSYNC_MISSING and RESIDENT_TARGET also where a residency relies on it */
static void residency_relies_on_vsync(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	rig_send(rig, raw_vmovp(0, 1));
	gicv4_expect_breach(test, GICV4_RULE_VSYNC_MISSING);
	rig_enter(rig, 1, 0);
	rig_vsync(rig, 0);
	gicv4_checkpoint(test);
}

/* TABLE_FREED also where nobody touches the table any more */

static void *freed_queue(struct rig *rig)
{
	return rig->queue;
}

static void *freed_dev_table(struct rig *rig)
{
	return rig->dev_table;
}

static void *freed_col_table(struct rig *rig)
{
	return rig->col_table;
}

static void *freed_vpe_table(struct rig *rig)
{
	return rig->vpe_table;
}

static void *freed_itt(struct rig *rig)
{
	return rig->itt[1];
}

static void *freed_pend(struct rig *rig)
{
	return rig->pend[1];
}

static void *freed_vpt(struct rig *rig)
{
	return rig->vpt[1];
}

static void *freed_vprop(struct rig *rig)
{
	rig_enter(rig, 0, 0);
	return rig->vprop;
}

static void *freed_vpt_without_vmapp(struct rig *rig)
{
	rig_enter(rig, 0, 2);
	return rig->vpt[2];
}

static const struct freed_case {
	const char	*name;
	void		*(*table)(struct rig *rig);
} freed_cases[] = {
	{ "queue",		freed_queue },
	{ "device_table",	freed_dev_table },
	{ "collection_table",	freed_col_table },
	{ "vpe_table",		freed_vpe_table },
	{ "itt",		freed_itt },
	{ "pending_table",	freed_pend },
	{ "vpt",		freed_vpt },
	{ "vprop",		freed_vprop },
	{ "vpt_without_vmapp",	freed_vpt_without_vmapp },
};

KUNIT_ARRAY_PARAM_DESC(freed_case, freed_cases, name);

static void checkpoint_finds_freed_tables(struct kunit *test)
{
	const struct freed_case *c = test->param_value;
	struct rig *rig = rig_populate(test);
	struct page *page = virt_to_page(c->table(rig));

	gicv4_checkpoint(test);
	page_ref_dec(page);
	gicv4_expect_breach(test, GICV4_RULE_TABLE_FREED);
	gicv4_checkpoint(test);
	page_ref_inc(page);
}

/* What a checkpoint compares, and says if it differs */

static unsigned int nr_diffs(struct kunit *test)
{
	struct gm_diffs *diffs = kunit_kzalloc(test, sizeof(*diffs), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, diffs);
	scoped_guard(raw_spinlock_irqsave, &gm.lock)
		gm_compare(diffs);
	return diffs->nr;
}

static void expect_diff(struct kunit *test, u8 *mem, u8 flip)
{
	KUNIT_EXPECT_EQ(test, nr_diffs(test), 0);
	*mem ^= flip;
	KUNIT_EXPECT_EQ(test, nr_diffs(test), 1);
	*mem ^= flip;
	KUNIT_EXPECT_EQ(test, nr_diffs(test), 0);
}

static void memory_is_compared_both_ways(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	u8 bit1 = BIT(LPI(1) % 8), bit2 = BIT(LPI(2) % 8);
	u32 byte = LPI(0) / 8;
	void *itte = rig->itt[0];

	gicv4_device_write(0, 0, 1);
	rig_nr_irqs();

	/* One that the copy does not have, and one that only the copy has */
	expect_diff(test, &rig->vpt[0][byte], bit2);
	expect_diff(test, &rig->pend[1][byte], bit2);
	rig->vpt[0][byte] ^= bit1 | bit2;
	KUNIT_EXPECT_EQ(test, nr_diffs(test), 1);
	rig->vpt[0][byte] ^= bit1 | bit2;

	expect_diff(test, rig->dev_table + 2, 1);
	expect_diff(test, rig->col_table + 2, 1);
	expect_diff(test, rig->vpe_table + 2, 1);

	/* A copy of event 0 where event 5 would be: valid, and not there */
	memcpy(itte + 5 * 16, itte, 16);
	KUNIT_EXPECT_EQ(test, nr_diffs(test), 1);
	/* Event 0 for event 1: as many as there should be */
	memset(itte + 5 * 16, 0, 16);
	swap(((u64 *)itte)[0], ((u64 *)itte)[2]);
	KUNIT_EXPECT_EQ(test, nr_diffs(test), 2);
	swap(((u64 *)itte)[0], ((u64 *)itte)[2]);
	KUNIT_EXPECT_EQ(test, nr_diffs(test), 0);
}

struct kunit_case gicv4_rule_cases[] = {
	KUNIT_CASE(every_rule_has_a_case),
	KUNIT_CASE_PARAM(breaking_it_is_one_breach, rule_case_gen_params),
	KUNIT_CASE_PARAM(keeping_it_is_none, rule_case_gen_params),
	KUNIT_CASE(breach_keeps_the_raw_command),
	KUNIT_CASE(residency_relies_on_vsync),
	KUNIT_CASE_PARAM(checkpoint_finds_freed_tables, freed_case_gen_params),
	KUNIT_CASE(memory_is_compared_both_ways),
	{ }
};
