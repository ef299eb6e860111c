// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4_model_rules: the rules of several ITSs and of GICv4.1, and those about
 * tables that software gives to an ITS.
 */
#include <linux/bitfield.h>
#include <linux/io.h>

#include "rule-cases.h"

/* Write a register of a disabled ITS, and the good value again */
static void write_disabled(void __iomem *its, unsigned int reg, u64 val)
{
	u64 good = readq(its + reg);
	u32 ctlr = readl(its + GITS_CTLR);

	writel(ctlr & ~GITS_CTLR_ENABLE, its + GITS_CTLR);
	writeq(val, its + reg);
	writeq(good, its + reg);
	writel(ctlr, its + GITS_CTLR);
}

static u64 baser_val(u64 addr, size_t size)
{
	return GITS_BASER_VALID | GITS_BASER_PAGE_SIZE_4K | addr |
	       (size / SZ_4K - 1);
}

void rule_cbaser_align(struct rig *rig, bool bad)
{
	u64 val = GITS_CBASER_VALID | (rig_phys(rig->queue) + (bad ? SZ_4K : 0));

	/* The queue is empty, and begins anew */
	writel(0, rig->its + GITS_CTLR);
	writeq(val, rig->its + GITS_CBASER);
	writeq(0, rig->its + GITS_CWRITER);
	rig->next = 0;
}

void rule_enable_busy(struct rig *rig, bool bad)
{
	unsigned int i;

	gicv4_schedule(1);
	for (i = 0; i < 100; i++)
		rig_post(rig, raw_event(GITS_CMD_INT, 0, 0));
	writeq(rig->next, rig->its + GITS_CWRITER);
	while (readq(rig->its + GITS_CREADR) != rig->next)
		cpu_relax();

	writel(0, rig->its + GITS_CTLR);
	while (!bad && !(readl(rig->its + GITS_CTLR) & GITS_CTLR_QUIESCENT))
		cpu_relax();
	writel(GITS_CTLR_ENABLE, rig->its + GITS_CTLR);
	gicv4_schedule(0);
	rig_sync(rig);
}

void rule_table_memory(struct rig *rig, bool bad)
{
	u64 addr = bad ? BIT_ULL(46) : rig_phys(rig_alloc(rig->test, SZ_4K));

	write_disabled(rig->its, GITS_BASER + 16, baser_val(addr, SZ_4K));
}

void rule_table_overlap(struct rig *rig, bool bad)
{
	void *table = bad ? rig->dev_table : rig_alloc(rig->test, SZ_4K);

	write_disabled(rig->its, GITS_BASER + 16,
		       baser_val(rig_phys(table), SZ_4K));
}

void rule_table_not_zero(struct rig *rig, bool bad)
{
	u64 *table = rig_alloc(rig->test, SZ_4K);

	table[511] = bad ? 0x5a5a : 0;
	write_disabled(rig->its, GITS_BASER + 16,
		       baser_val(rig_phys(table), SZ_4K));
}

void rule_cmd_res0(struct rig *rig, bool bad)
{
	struct raw cmd = raw_sync(0);

	cmd.dw[1] = bad;
	rig_send(rig, cmd);
}

/* Two ITSs and ITSList */

void rule_its_number(struct rig *rig, bool bad)
{
	void __iomem *its = rig->more[0].its;

	writel(0, its + GITS_CTLR);
	writel(GITS_CTLR_ENABLE | FIELD_PREP(GITS_CTLR_ITS_NUMBER, !bad),
	       its + GITS_CTLR);
}

static void vmapp_second(struct rig *rig, unsigned int cpu, u64 vpt)
{
	rig_send_on(rig, 1, raw_vmapp(0, cpu, vpt, RIG_BITS, true));
}

void rule_vmapp_differs(struct rig *rig, bool bad)
{
	vmapp_second(rig, 0, rig_phys(rig->vpt[bad ? 2 : 0]));
	if (!bad)
		rig_send_on(rig, 1, raw_vpe(GITS_CMD_VSYNC, 0));
}

void rule_vmapp_target(struct rig *rig, bool bad)
{
	vmapp_second(rig, bad, rig_phys(rig->vpt[0]));
	rig_send_on(rig, 1, raw_vpe(GITS_CMD_VSYNC, 0));
}

static void vmovp_on(struct rig *rig, unsigned int its, u16 seq, u16 list)
{
	rig_send_on(rig, its, raw_vmovp_list(0, 1, seq, list));
	rig_send_on(rig, its, raw_vpe(GITS_CMD_VSYNC, 0));
}

void rule_vmovp_list(struct rig *rig, bool bad)
{
	rig_vmapp_on(rig, 1, 0, 0);
	if (bad)
		vmovp_on(rig, 0, 7, BIT(0));
	vmovp_on(rig, 0, 8, BIT(0) | BIT(1));
	vmovp_on(rig, 1, 8, BIT(0) | BIT(1));
}

void rule_vmovp_seq(struct rig *rig, bool bad)
{
	rig_vmapp_on(rig, 1, 0, 0);
	vmovp_on(rig, 0, 8, BIT(0) | BIT(1));
	if (bad)
		vmovp_on(rig, 1, 9, BIT(0) | BIT(1));
	vmovp_on(rig, 1, 8, BIT(0) | BIT(1));
}

void rule_vmovp_incomplete(struct rig *rig, bool bad)
{
	rig_vmapp_on(rig, 1, 0, 0);
	vmovp_on(rig, 0, 8, BIT(0) | BIT(1));
	if (bad)
		rig_enter(rig, 1, 0);
	vmovp_on(rig, 1, 8, BIT(0) | BIT(1));
	if (!bad)
		rig_enter(rig, 1, 0);
	rig_leave(rig, 1);
}

/* GICv4.1 */

static void __iomem *vprop_reg(struct rig *rig, unsigned int cpu)
{
	return rig_vlpi_frame(rig, cpu) + GICR_VPROPBASER;
}

void rule_svpet_table(struct rig *rig, bool bad)
{
	void *table = bad ? rig_alloc(rig->test, SZ_16K) : rig->vpe_table;

	write_disabled(rig->more[0].its, GITS_BASER + 16,
		       baser_val(rig_phys(table), SZ_16K));
}

void rule_sgir_vpe(struct rig *rig, bool bad)
{
	rig_sgir(rig, bad ? 3 : 0, 5);
}

void rule_doorbell_nid(struct rig *rig, bool bad)
{
	rig_send(rig, raw_vmapti(1, 0, 0, LPI(5),
				 bad ? RIG_DB(0) : GICV4_INTID_NONE));
	if (!bad)
		rig_vsync(rig, 0);
}

static void vmapp_v4_1(struct rig *rig, unsigned int its, u16 vpeid,
		       u64 vconf, bool alloc, bool ptz)
{
	struct raw cmd = raw_vmapp_v4_1(vpeid, vpeid % RIG_CPUS,
					rig_phys(rig->vpt[vpeid]), RIG_BITS,
					vconf, RIG_DB(vpeid), alloc, true);

	cmd.dw[0] |= ptz ? BIT(9) : 0;
	rig_send_on(rig, its, cmd);
}

void rule_vmapp_alloc(struct rig *rig, bool bad)
{
	vmapp_v4_1(rig, 1, 0, rig_phys(rig->vprop), bad, false);
	if (!bad)
		rig_send_on(rig, 1, raw_vpe(GITS_CMD_VSYNC, 0));
}

void rule_vconf_memory(struct rig *rig, bool bad)
{
	vmapp_v4_1(rig, 0, 2, bad ? BIT_ULL(50) : rig_phys(rig->vprop), true,
		   false);
	if (!bad)
		rig_vsync(rig, 2);
}

void rule_vpt_ptz(struct rig *rig, bool bad)
{
	rig->vpt[2][LPI(9) / 8] = bad ? BIT(LPI(9) % 8) : 0;
	vmapp_v4_1(rig, 0, 2, rig_phys(rig->vprop), true, true);
	if (!bad)
		rig_vsync(rig, 2);
}

void rule_vprop_live(struct rig *rig, bool bad)
{
	u64 val = readq(vprop_reg(rig, 1));

	writeq(bad ? 0 : val, vprop_reg(rig, 1));
	writeq(val, vprop_reg(rig, 1));
}

/* Another GICR_VPROPBASER while no vPE is mapped to redistributor 1 */
static void vprop_change(struct rig *rig, u64 val)
{
	u64 good = readq(vprop_reg(rig, 1));

	rig_vunmapp_on(rig, 0, 1);
	writeq(val, vprop_reg(rig, 1));
	writeq(good, vprop_reg(rig, 1));
}

void rule_vprop_memory(struct rig *rig, bool bad)
{
	vprop_change(rig, bad ? GICR_VPROPBASER_4_1_VALID | BIT_ULL(46) : 0);
}

void rule_vprop_z(struct rig *rig, bool bad)
{
	vprop_change(rig, rig_vprop_v4_1(rig, 1) |
			  (bad ? GICR_VPROPBASER_4_1_Z : 0));
}

void rule_vprop_common(struct rig *rig, bool bad)
{
	u64 addr = rig_phys(rig_alloc(rig->test, SZ_16K));
	u64 val = rig_vprop_v4_1(rig, 1);

	if (bad)
		val = (val & ~GICR_VPROPBASER_4_1_ADDR) | addr;
	vprop_change(rig, val);
}

/* The table of redistributor 1 is one page, of 128 entries */
void rule_vprop_range(struct rig *rig, bool bad)
{
	u64 val = rig_vprop_v4_1(rig, 1) & ~GICR_VPROPBASER_4_1_SIZE;
	u16 vpeid = 200;

	rig_vunmapp_on(rig, 0, 1);
	writeq(val, vprop_reg(rig, 1));
	rig_send(rig, raw_vmapp_v4_1(vpeid, bad, rig_phys(rig->vpt[2]), RIG_BITS,
				     rig_phys(rig->vprop), RIG_DB(2), true,
				     true));
	rig_vsync(rig, vpeid);
}

void rule_vpend_vpeid(struct rig *rig, bool bad)
{
	rig_enter(rig, 0, bad ? RIG_NR_VPEIDS : 0);
	rig_leave(rig, 0);
}

void rule_vpend_unmapped(struct rig *rig, bool bad)
{
	rig_enter(rig, 0, bad ? 3 : 0);
	rig_leave(rig, 0);
}

static void invallr(struct rig *rig, u16 vpeid)
{
	writeq(GICR_INVALLR_V | FIELD_PREP(GICR_INVALLR_VPEID, vpeid),
	       rig->gicr[0] + GICR_INVALLR);
}

void rule_inv_vpe(struct rig *rig, bool bad)
{
	invallr(rig, bad ? 3 : 0);
}

void rule_inv_busy(struct rig *rig, bool bad)
{
	gicv4_fault_busy(0, 2);
	invallr(rig, 0);
	while (!bad && readl(rig->gicr[0] + GICR_SYNCR))
		cpu_relax();
	invallr(rig, 0);
}

static void vsgir(struct rig *rig, u16 vpeid)
{
	writel(vpeid, rig_vlpi_frame(rig, 0) + GICR_VSGIR);
}

void rule_vsgir_vpe(struct rig *rig, bool bad)
{
	vsgir(rig, bad ? 3 : 0);
}

void rule_vsgir_busy(struct rig *rig, bool bad)
{
	gicv4_fault_busy(0, 2);
	vsgir(rig, 0);
	while (!bad && (readl(rig_vlpi_frame(rig, 0) + GICR_VSGIPENDR) &
			GICR_VSGIPENDR_BUSY))
		cpu_relax();
	vsgir(rig, 0);
}
