// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4_model_v41: what GICv4.1 adds.
 */
#include <linux/bitfield.h>
#include <linux/io.h>

#include "rig.h"

static struct rig *populate(struct kunit *test)
{
	return rig_populate_machine(test, "v4.1");
}

/* vPEs and their tables */

static void registers_tell_of_v4_1(struct kunit *test)
{
	struct rig *rig = populate(test);
	u64 typer = readq(rig->its + GITS_TYPER);

	KUNIT_EXPECT_TRUE(test, typer & GITS_TYPER_VMAPP);
	KUNIT_EXPECT_TRUE(test, typer & GITS_TYPER_VMOVP);
	KUNIT_EXPECT_EQ(test, FIELD_GET(GITS_TYPER_SVPET, typer), 1);
	KUNIT_EXPECT_TRUE(test, readq(rig->gicr[0] + GICR_TYPER) & GICR_TYPER_RVPEID);
	KUNIT_EXPECT_TRUE(test, readq(rig->gicr[0] + GICR_TYPER) & GICR_TYPER_DIRTY);
	/* Entries of 32 bytes, in units of 8 */
	KUNIT_EXPECT_EQ(test, 3, FIELD_GET(GICR_VPROPBASER_4_1_ENTRY_SIZE,
					   readq(rig_vlpi_frame(rig, 0) + GICR_VPROPBASER)));
}

static void groups_have_affinities(struct kunit *test)
{
	struct rig *rig = rig_populate_machine(test, "v4.1-groups");
	unsigned int i;

	for (i = 0; i < RIG_CPUS; i++) {
		u64 typer = readq(rig->gicr[i] + GICR_TYPER);

		KUNIT_EXPECT_EQ(test, 3, FIELD_GET(GICR_TYPER_COMMON_LPI_AFF, typer));
		KUNIT_EXPECT_EQ(test, i << 8 | i, FIELD_GET(GICR_TYPER_AFFINITY, typer));
	}
	KUNIT_EXPECT_EQ(test, readl(rig->its + GITS_MPIDR), 0);
	KUNIT_EXPECT_EQ(test, readl(rig->more[0].its + GITS_MPIDR), 1 << 8);
}

static void vmapp_tells_of_properties_and_doorbell(struct kunit *test)
{
	struct rig *rig = populate(test);
	struct gicv4_vpte vpte;

	KUNIT_ASSERT_TRUE(test, gicv4_get_vpte(0, 1, &vpte));
	KUNIT_EXPECT_EQ(test, vpte.cpu, 1);
	KUNIT_EXPECT_EQ(test, vpte.vpt_addr, rig_phys(rig->vpt[1]));
	KUNIT_EXPECT_EQ(test, vpte.vconf_addr, rig_phys(rig->vprop));
	KUNIT_EXPECT_EQ(test, vpte.default_db, RIG_DB(1));
	/* So the configuration is known before the vPE ever ran */
	KUNIT_EXPECT_EQ(test, gicv4_vlpi_config(0, 0, LPI(1)) & 0xfc, 0xa0);
}

static void groups_that_share_nothing_have_entries_of_their_own(struct kunit *test)
{
	struct rig *rig = rig_populate_machine(test, "v4.1-groups");

	/* vPE 0 is on redistributor 0, vPE 1 on redistributor 1 */
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(rig->rd_table[0], 0, 32));
	KUNIT_EXPECT_NULL(test, memchr_inv(rig->rd_table[0] + 32, 0, 32));
	KUNIT_EXPECT_NULL(test, memchr_inv(rig->rd_table[1], 0, 32));
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(rig->rd_table[1] + 32, 0, 32));

	rig_send(rig, raw_vmovp_v4_1(0, 1, RIG_DB(0), true));
	rig_vsync(rig, 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(rig->rd_table[0], 0, 64));
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(rig->rd_table[1], 0, 32));
}

static void a_shared_entry_stays_until_the_last_its_unmaps(struct kunit *test)
{
	struct rig *rig = rig_populate_machine(test, "v4.1-2its");
	struct gicv4_vpte vpte;

	rig_vmapp_on(rig, 1, 0, 0);
	rig_vunmapp_on(rig, 0, 0);
	KUNIT_EXPECT_TRUE(test, gicv4_get_vpte(1, 0, &vpte));
	/* It is not there for the ITS that has unmapped the vPE */
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_FALSE(test, gicv4_vlpi_pending(1, 0, LPI(1)));
	rig_enter(rig, 0, 0);
	rig_leave(rig, 0);
	rig_vunmapp_on(rig, 1, 0);
	KUNIT_EXPECT_FALSE(test, gicv4_get_vpte(1, 0, &vpte));
	KUNIT_EXPECT_NULL(test, memchr_inv(rig->vpe_table, 0, 32));
}

/* Residency */

static void residency_is_by_vpeid(struct kunit *test)
{
	struct rig *rig = populate(test);
	struct gicv4_residency res;

	rig_enter(rig, 1, 1);
	gicv4_get_residency(1, &res);
	KUNIT_EXPECT_TRUE(test, res.valid);
	KUNIT_EXPECT_EQ(test, res.vpeid, 1);
	KUNIT_EXPECT_EQ(test, res.vpt_addr, rig_phys(rig->vpt[1]));
	KUNIT_EXPECT_TRUE(test, res.grp0);
	KUNIT_EXPECT_TRUE(test, res.grp1);

	/* Another redistributor of the group will do, with no VMOVP */
	rig_leave(rig, 1);
	rig_enter(rig, 0, 1);
	gicv4_get_residency(0, &res);
	KUNIT_EXPECT_EQ(test, res.vpeid, 1);
	rig_leave(rig, 0);
}

static void nothing_is_delivered_while_dirty(struct kunit *test)
{
	struct rig *rig = populate(test);
	void __iomem *vpend = rig_vlpi_frame(rig, 0) + GICR_VPENDBASER;

	gicv4_device_write(0, 0, 1);
	writeq(GICR_VPENDBASER_Valid | GICR_VPENDBASER_4_1_VGRP1EN, vpend);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_hppir(0), GICV4_INTID_NONE);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), GICV4_INTID_NONE);
	KUNIT_EXPECT_TRUE(test, readq(vpend) & GICR_VPENDBASER_Dirty);
	rig_settle(rig, 0);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(1));
	rig_leave(rig, 0);
}

static void another_group_needs_vmovp(struct kunit *test)
{
	struct rig *rig = rig_populate_machine(test, "v4.1-groups");

	rig_send(rig, raw_vmovp_v4_1(0, 1, RIG_DB(0), true));
	rig_vsync(rig, 0);
	rig_enter(rig, 1, 0);
	rig_leave(rig, 1);
	gicv4_checkpoint(test);

	rig_enter(rig, 0, 0);
	rig_leave(rig, 0);
	/* It is not in that group's table any more */
	gicv4_expect_breach(test, GICV4_RULE_RESIDENT_TARGET);
}

static void groups_that_are_disabled_deliver_nothing(struct kunit *test)
{
	struct rig *rig = populate(test);
	void __iomem *vpend = rig_vlpi_frame(rig, 0) + GICR_VPENDBASER;
	u64 val;

	gicv4_device_write(0, 0, 1);
	writeq(GICR_VPENDBASER_Valid | GICR_VPENDBASER_4_1_VGRP0EN, vpend);
	rig_settle(rig, 0);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), GICV4_INTID_NONE);
	val = rig_leave(rig, 0);
	KUNIT_EXPECT_FALSE(test, val & GICR_VPENDBASER_PendingLast);

	rig_enter(rig, 0, 0);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_hppir(0), LPI(1));
	KUNIT_EXPECT_TRUE(test, rig_leave(rig, 0) & GICR_VPENDBASER_PendingLast);
}

/* Doorbells */

static void doorbell_rings_once_if_asked_for(struct kunit *test)
{
	struct rig *rig = populate(test);
	u64 val;

	rig_enter(rig, 0, 0);
	val = rig_leave_as(rig, 0, GICR_VPENDBASER_4_1_DB);
	KUNIT_EXPECT_FALSE(test, val & GICR_VPENDBASER_PendingLast);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 0);

	gicv4_device_write(0, 0, 1);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).intid, RIG_DB(0));
	KUNIT_EXPECT_EQ(test, rig_irq(0).cpu, 0);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 1);
}

static void doorbell_is_not_rung_if_not_asked_for(struct kunit *test)
{
	struct rig *rig = populate(test);

	u64 how = GICR_VPENDBASER_PendingLast;

	/* Who says that something is pending is believed, and needs no doorbell */
	rig_enter(rig, 0, 0);
	KUNIT_EXPECT_TRUE(test, rig_leave_as(rig, 0, how) & how);
	rig_enter(rig, 0, 0);
	KUNIT_EXPECT_TRUE(test, rig_leave_as(rig, 0, how | GICR_VPENDBASER_4_1_DB) & how);
	gicv4_device_write(0, 0, 1);
	rig_enter(rig, 0, 0);
	rig_leave(rig, 0);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 0);
	/* The positive control */
	rig_enter(rig, 0, 0);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(1));
	rig_leave_as(rig, 0, GICR_VPENDBASER_4_1_DB);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 1);
}

static void pending_already_is_pending_last_and_no_doorbell(struct kunit *test)
{
	struct rig *rig = populate(test);
	u64 val;

	rig_enter(rig, 0, 0);
	gicv4_device_write(0, 0, 1);
	val = rig_leave_as(rig, 0, GICR_VPENDBASER_4_1_DB);
	KUNIT_EXPECT_TRUE(test, val & GICR_VPENDBASER_PendingLast);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 0);
}

/* LPI(1) is pending and disabled, its vPE 0 waits for a doorbell */
static struct rig *populate_disabled(struct kunit *test)
{
	struct rig *rig = populate(test);

	rig->vprop[1] &= ~LPI_PROP_ENABLED;
	rig_event(rig, GITS_CMD_INV, 0, 1);
	rig_enter(rig, 0, 0);
	gicv4_device_write(0, 0, 1);
	rig_leave_as(rig, 0, GICR_VPENDBASER_4_1_DB);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 0);
	return rig;
}

static void disabled_vlpi_rings_when_it_is_enabled(struct kunit *test)
{
	struct rig *rig = populate_disabled(test);

	rig->vprop[1] |= LPI_PROP_ENABLED;
	rig_event(rig, GITS_CMD_INV, 0, 1);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 1);
}

static void mapping_that_enables_a_pending_vlpi_rings(struct kunit *test)
{
	struct rig *rig = populate_disabled(test);

	/* Another event of the same vINTID: its configuration is read again */
	rig->vprop[1] |= LPI_PROP_ENABLED;
	rig_vmapti(rig, 1, 0, 0, LPI(1));
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 1);
}

static void residency_takes_the_doorbell_back(struct kunit *test)
{
	struct rig *rig = populate(test);

	gicv4_set_irq_handler(NULL);
	rig_enter(rig, 0, 0);
	rig_leave_as(rig, 0, GICR_VPENDBASER_4_1_DB);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(0, RIG_DB(0)));
	rig_enter(rig, 0, 0);
	KUNIT_EXPECT_FALSE(test, gicv4_plpi_pending(0, RIG_DB(0)));
	rig_leave(rig, 0);
}

static void vmovp_takes_the_doorbell_along(struct kunit *test)
{
	struct rig *rig = populate(test);

	gicv4_set_irq_handler(NULL);
	rig_enter(rig, 0, 0);
	rig_leave_as(rig, 0, GICR_VPENDBASER_4_1_DB);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(0, RIG_DB(0)));

	rig_send(rig, raw_vmovp_v4_1(0, 1, RIG_DB(0), true));
	rig_vsync(rig, 0);
	KUNIT_EXPECT_FALSE(test, gicv4_plpi_pending(0, RIG_DB(0)));
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(1, RIG_DB(0)));

	/* Without DB the next one rings at the new place only */
	rig_send(rig, raw_vmovp_v4_1(0, 0, RIG_DB(0), false));
	rig_vsync(rig, 0);
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(1, RIG_DB(0)));
	KUNIT_EXPECT_FALSE(test, gicv4_plpi_pending(0, RIG_DB(0)));
}

static void invdb_rereads_the_doorbell(struct kunit *test)
{
	struct rig *rig = populate(test);
	u8 *prop = &rig->prop[RIG_DB(0) - LPI(0)];

	rig_enter(rig, 0, 0);
	rig_leave_as(rig, 0, GICR_VPENDBASER_4_1_DB);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 1);

	*prop &= ~LPI_PROP_ENABLED;
	rig_send(rig, raw_vpe(GITS_CMD_INVDB, 0));
	rig_vsync(rig, 0);
	rig_enter(rig, 0, 0);
	gicv4_vcpu_ack(0);
	rig_leave_as(rig, 0, GICR_VPENDBASER_4_1_DB);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 1);

	*prop |= LPI_PROP_ENABLED;
	rig_send(rig, raw_vpe(GITS_CMD_INVDB, 0));
	rig_vsync(rig, 0);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 2);
}

/* Pending state and memory */

static void memory_is_behind_until_the_vpe_is_unmapped(struct kunit *test)
{
	struct rig *rig = populate(test);

	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_TRUE(test, gicv4_vlpi_pending(0, 0, LPI(1)));
	KUNIT_EXPECT_FALSE(test, rig_vpt_bit(rig, 0, LPI(1)));
	rig_enter(rig, 0, 0);
	rig_leave(rig, 0);
	KUNIT_EXPECT_FALSE(test, rig_vpt_bit(rig, 0, LPI(1)));

	rig_vunmapp_on(rig, 0, 0);
	KUNIT_EXPECT_TRUE(test, rig_vpt_bit(rig, 0, LPI(1)));
	rig_vmapp_on(rig, 0, 0, 0);
	rig_enter(rig, 0, 0);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(1));
	rig_leave(rig, 0);
	rig_vunmapp_on(rig, 0, 0);
	KUNIT_EXPECT_FALSE(test, rig_vpt_bit(rig, 0, LPI(1)));
}

static void vsgis_survive_in_the_pending_table(struct kunit *test)
{
	struct rig *rig = populate(test);
	struct gicv4_vsgi sgi;

	rig_vsgi(rig, 0, 5, 0x60);
	rig_sgir(rig, 0, 5);
	rig_vunmapp_on(rig, 0, 0);
	KUNIT_EXPECT_FALSE(test, gicv4_get_vsgi(0, 5, &sgi));
	rig_vmapp_on(rig, 0, 0, 0);
	KUNIT_ASSERT_TRUE(test, gicv4_get_vsgi(0, 5, &sgi));
	KUNIT_EXPECT_TRUE(test, sgi.enabled);
	KUNIT_EXPECT_TRUE(test, sgi.group1);
	KUNIT_EXPECT_TRUE(test, sgi.pending);
	KUNIT_EXPECT_EQ(test, sgi.priority, 0x60);
}

/* Virtual SGIs */

static void vsgi_configures_one_sgi(struct kunit *test)
{
	struct rig *rig = populate(test);
	struct gicv4_vsgi sgi;
	unsigned int i;

	rig_send(rig, raw_vsgi(0, 7, 0x30, true, true, false));
	rig_vsync(rig, 0);
	for (i = 0; i < 16; i++) {
		KUNIT_EXPECT_TRUE(test, gicv4_get_vsgi(0, i, &sgi));
		KUNIT_EXPECT_EQ(test, sgi.enabled, i == 7);
		KUNIT_EXPECT_EQ(test, sgi.group1, i == 7);
		KUNIT_EXPECT_EQ(test, sgi.priority, i == 7 ? 0x30 : 0);
		KUNIT_EXPECT_TRUE(test, gicv4_get_vsgi(1, i, &sgi));
		KUNIT_EXPECT_FALSE(test, sgi.enabled);
	}
}

static void vsgi_is_delivered_next_to_vlpis(struct kunit *test)
{
	struct rig *rig = populate(test);

	rig_vsgi(rig, 0, 3, 0xb0);
	rig_vsgi(rig, 0, 4, 0xa0);
	rig_vsgi(rig, 0, 5, 0x10);
	rig_enter(rig, 0, 0);
	gicv4_device_write(0, 0, 1);
	rig_sgir(rig, 0, 3);
	rig_sgir(rig, 0, 4);
	rig_sgir(rig, 0, 5);
	/* By priority; of two equals, the lower INTID */
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), 5);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), 4);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(1));
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), 3);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), GICV4_INTID_NONE);
	rig_leave(rig, 0);
}

static void disabled_vsgi_stays_pending(struct kunit *test)
{
	struct rig *rig = populate(test);
	struct gicv4_vsgi sgi;

	rig_enter(rig, 0, 0);
	rig_sgir(rig, 0, 9);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), GICV4_INTID_NONE);
	KUNIT_EXPECT_TRUE(test, gicv4_get_vsgi(0, 9, &sgi));
	KUNIT_EXPECT_TRUE(test, sgi.pending);
	rig_vsgi(rig, 0, 9, 0x20);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), 9);
	rig_leave(rig, 0);
}

static void vsgi_clear_leaves_the_configuration(struct kunit *test)
{
	struct rig *rig = populate(test);
	struct gicv4_vsgi sgi;

	rig_vsgi(rig, 0, 2, 0x40);
	rig_sgir(rig, 0, 2);
	rig_send(rig, raw_vsgi(0, 2, 0xf0, false, false, true));
	rig_vsync(rig, 0);
	KUNIT_EXPECT_TRUE(test, gicv4_get_vsgi(0, 2, &sgi));
	KUNIT_EXPECT_FALSE(test, sgi.pending);
	KUNIT_EXPECT_TRUE(test, sgi.enabled);
	KUNIT_EXPECT_EQ(test, sgi.priority, 0x40);
}

static void vsgi_rings_the_doorbell(struct kunit *test)
{
	struct rig *rig = populate(test);

	rig_vsgi(rig, 0, 1, 0x40);
	rig_enter(rig, 0, 0);
	rig_leave_as(rig, 0, GICR_VPENDBASER_4_1_DB);
	rig_sgir(rig, 0, 1);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).intid, RIG_DB(0));
}

static void vsgir_tells_what_is_pending(struct kunit *test)
{
	struct rig *rig = populate(test);
	void __iomem *vlpi = rig_vlpi_frame(rig, 0);

	rig_sgir(rig, 0, 0);
	rig_sgir(rig, 0, 15);
	rig_sgir(rig, 1, 4);
	writel(0, vlpi + GICR_VSGIR);
	KUNIT_EXPECT_EQ(test, readl(vlpi + GICR_VSGIPENDR), BIT(0) | BIT(15));

	gicv4_fault_busy(0, 1);
	writel(1, vlpi + GICR_VSGIR);
	KUNIT_EXPECT_TRUE(test, readl(vlpi + GICR_VSGIPENDR) & GICR_VSGIPENDR_BUSY);
	KUNIT_EXPECT_EQ(test, readl(vlpi + GICR_VSGIPENDR), BIT(4));
}

/* Invalidation by register, and the CPU interface */

static void invlpir_reaches_vlpis(struct kunit *test)
{
	struct rig *rig = populate(test);

	rig_vmapti(rig, 0, 2, 0, LPI(2));
	rig->vprop[1] = 0x20 | LPI_PROP_GROUP1;
	rig->vprop[2] = 0x40 | LPI_PROP_GROUP1;
	writeq(GICR_INVLPIR_V | LPI(1), rig->gicr[0] + GICR_INVLPIR);
	KUNIT_EXPECT_EQ(test, gicv4_vlpi_config(0, 0, LPI(1)) & 0xfc, 0x20);
	KUNIT_EXPECT_EQ(test, gicv4_vlpi_config(0, 0, LPI(2)) & 0xfc, 0xa0);
	writeq(GICR_INVALLR_V, rig->gicr[0] + GICR_INVALLR);
	KUNIT_EXPECT_EQ(test, gicv4_vlpi_config(0, 0, LPI(2)) & 0xfc, 0x40);
}

static void invlpir_reaches_physical_lpis(struct kunit *test)
{
	struct rig *rig = populate(test);

	rig->prop[0] &= ~LPI_PROP_ENABLED;
	writeq(LPI(0), rig->gicr[0] + GICR_INVLPIR);
	gicv4_device_write(0, 0, 0);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 0);
	rig->prop[0] |= LPI_PROP_ENABLED;
	writeq(0, rig->gicr[0] + GICR_INVALLR);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 1);
}

static void fault_rings_the_default_doorbell(struct kunit *test)
{
	populate(test);

	gicv4_fault_doorbell(0, 1);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).intid, RIG_DB(1));
}

/* GICR_CTLR.IR is the invalidation, and not the rest of DirectLPI */
static void setlpir_needs_direct_lpi(struct kunit *test)
{
	struct rig *rig = populate(test);
	u64 typer = readq(rig->gicr[0] + GICR_TYPER);

	KUNIT_EXPECT_FALSE(test, typer & GICR_TYPER_DirectLPIS);
	rig->prop[0] &= ~LPI_PROP_ENABLED;
	writeq(LPI(0), rig->gicr[0] + GICR_INVLPIR);

	writeq(LPI(0), rig->gicr[0] + GICR_SETLPIR);
	KUNIT_EXPECT_FALSE(test, gicv4_plpi_pending(0, LPI(0)));
	gicv4_device_write(0, 0, 0);
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(0, LPI(0)));
	writeq(LPI(0), rig->gicr[0] + GICR_CLRLPIR);
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(0, LPI(0)));
}

static void cpu_interface_masks_by_priority_and_group(struct kunit *test)
{
	struct rig *rig = populate(test);
	struct gicv4_vcpu_if vif = { .pmr = 0xa0, .grp0 = true, .grp1 = true };

	/* A vSGI of Group 0; vLPIs are of Group 1 */
	rig_send(rig, raw_vsgi(0, 6, 0xb0, false, true, false));
	rig_vsync(rig, 0);
	rig_sgir(rig, 0, 6);
	gicv4_device_write(0, 0, 1);
	rig_enter(rig, 0, 0);

	gicv4_vcpu_set_if(0, &vif);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_hppir(0), LPI(1));
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), GICV4_INTID_NONE);
	vif.pmr = 0xff;
	vif.grp0 = false;
	vif.grp1 = false;
	gicv4_vcpu_set_if(0, &vif);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_hppir(0), GICV4_INTID_NONE);
	vif.grp0 = true;
	gicv4_vcpu_set_if(0, &vif);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), 6);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), GICV4_INTID_NONE);
	vif.grp1 = true;
	gicv4_vcpu_set_if(0, &vif);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(1));
	rig_leave(rig, 0);
}

struct kunit_case gicv4_v41_cases[] = {
	KUNIT_CASE(registers_tell_of_v4_1),
	KUNIT_CASE(groups_have_affinities),
	KUNIT_CASE(vmapp_tells_of_properties_and_doorbell),
	KUNIT_CASE(groups_that_share_nothing_have_entries_of_their_own),
	KUNIT_CASE(a_shared_entry_stays_until_the_last_its_unmaps),
	KUNIT_CASE(residency_is_by_vpeid),
	KUNIT_CASE(nothing_is_delivered_while_dirty),
	KUNIT_CASE(another_group_needs_vmovp),
	KUNIT_CASE(groups_that_are_disabled_deliver_nothing),
	KUNIT_CASE(doorbell_rings_once_if_asked_for),
	KUNIT_CASE(doorbell_is_not_rung_if_not_asked_for),
	KUNIT_CASE(pending_already_is_pending_last_and_no_doorbell),
	KUNIT_CASE(disabled_vlpi_rings_when_it_is_enabled),
	KUNIT_CASE(mapping_that_enables_a_pending_vlpi_rings),
	KUNIT_CASE(residency_takes_the_doorbell_back),
	KUNIT_CASE(vmovp_takes_the_doorbell_along),
	KUNIT_CASE(invdb_rereads_the_doorbell),
	KUNIT_CASE(memory_is_behind_until_the_vpe_is_unmapped),
	KUNIT_CASE(vsgis_survive_in_the_pending_table),
	KUNIT_CASE(vsgi_configures_one_sgi),
	KUNIT_CASE(vsgi_is_delivered_next_to_vlpis),
	KUNIT_CASE(disabled_vsgi_stays_pending),
	KUNIT_CASE(vsgi_clear_leaves_the_configuration),
	KUNIT_CASE(vsgi_rings_the_doorbell),
	KUNIT_CASE(vsgir_tells_what_is_pending),
	KUNIT_CASE(invlpir_reaches_vlpis),
	KUNIT_CASE(invlpir_reaches_physical_lpis),
	KUNIT_CASE(setlpir_needs_direct_lpi),
	KUNIT_CASE(fault_rings_the_default_doorbell),
	KUNIT_CASE(cpu_interface_masks_by_priority_and_group),
	{ }
};
