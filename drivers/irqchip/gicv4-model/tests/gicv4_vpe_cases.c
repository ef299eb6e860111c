// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4_model_vpe: residency, doorbells, the virtual CPU interface.
 */
#include <linux/io.h>

#include "rig.h"

static void vlpi_of_a_resident_vpe_reaches_the_guest(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	struct gicv4_stats stats;

	rig_enter(rig, 0, 0);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_hppir(0), GICV4_INTID_NONE);

	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_hppir(0), LPI(1));
	KUNIT_EXPECT_TRUE(test, gicv4_vlpi_pending(0, 0, LPI(1)));
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(1));
	KUNIT_EXPECT_FALSE(test, gicv4_vlpi_pending(0, 0, LPI(1)));
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), GICV4_INTID_NONE);

	/* And nobody else hears of it */
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(1), GICV4_INTID_NONE);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 0);
	gicv4_get_stats(&stats);
	KUNIT_EXPECT_EQ(test, stats.device_writes, 1);
	KUNIT_EXPECT_EQ(test, stats.vlpis, 1);
	KUNIT_EXPECT_EQ(test, stats.acks, 1);
	KUNIT_EXPECT_EQ(test, stats.doorbells, 0);
}

static void two_writes_are_one_pending_vlpi(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	rig_enter(rig, 0, 0);
	gicv4_device_write(0, 0, 1);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(1));
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), GICV4_INTID_NONE);
}

static void guest_gets_the_highest_priority_first(struct kunit *test)
{
	static const u8 prio[] = { 0xa0, 0x40, 0xf8, 0x40 };
	static const u32 order[] = { 3, 5, 2, 4 };
	struct rig *rig = rig_populate(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prio); i++) {
		rig->vprop[2 + i] = prio[i] | LPI_PROP_GROUP1 | LPI_PROP_ENABLED;
		rig_vmapti(rig, 0, 2 + i, 0, LPI(2 + i));
	}
	rig_enter(rig, 0, 0);
	for (i = 0; i < ARRAY_SIZE(prio); i++)
		gicv4_device_write(0, 0, 5 - i);

	for (i = 0; i < ARRAY_SIZE(order); i++)
		KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(order[i]));
}

static void disabled_vlpi_stays_pending(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	rig->vprop[1] &= ~LPI_PROP_ENABLED;
	rig_enter(rig, 0, 0);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), GICV4_INTID_NONE);
	KUNIT_EXPECT_TRUE(test, gicv4_vlpi_pending(0, 0, LPI(1)));
	KUNIT_EXPECT_FALSE(test, rig_leave(rig, 0) & GICR_VPENDBASER_PendingLast);
	KUNIT_EXPECT_TRUE(test, rig_vpt_bit(rig, 0, LPI(1)));
}

static void vlpi_of_an_absent_vpe_rings_the_doorbell(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	struct gicv4_stats stats;

	gicv4_device_write(0, 0, 1);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).intid, RIG_DB(0));
	KUNIT_EXPECT_TRUE(test, rig_vpt_bit(rig, 0, LPI(1)));
	gicv4_get_stats(&stats);
	KUNIT_EXPECT_EQ(test, stats.doorbells, 1);

	/* It waits for the vPE */
	rig_enter(rig, 0, 0);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(1));
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 1);
}

static void doorbell_1023_does_not_ring(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	struct gicv4_stats stats;

	rig_send(rig, raw_vmovi(0, 1, 0, GICV4_INTID_NONE, true));
	rig_vsync(rig, 0);
	gicv4_device_write(0, 0, 1);
	gicv4_get_stats(&stats);
	KUNIT_EXPECT_EQ(test, stats.doorbells, 0);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 0);
	KUNIT_EXPECT_TRUE(test, rig_vpt_bit(rig, 0, LPI(1)));

	/* The control: with the doorbell back it does */
	rig_send(rig, raw_vmovi(0, 1, 0, RIG_DB(0), true));
	rig_vsync(rig, 0);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 1);
}

static void masked_doorbell_waits_for_inv(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	u8 *config = &rig->prop[RIG_DB(0) - LPI(0)];

	/* As the driver does: an event of its own, to have something to INV */
	rig_mapti(rig, 1, 0, RIG_DB(0), 0);
	*config &= ~LPI_PROP_ENABLED;
	rig_event(rig, GITS_CMD_INV, 1, 0);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 0);
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(0, RIG_DB(0)));

	*config |= LPI_PROP_ENABLED;
	rig_event(rig, GITS_CMD_INV, 1, 0);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).intid, RIG_DB(0));
	KUNIT_EXPECT_FALSE(test, gicv4_plpi_pending(0, RIG_DB(0)));
}

static void pending_last_says_that_something_is_left(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	struct gicv4_residency res;
	u64 val;

	rig_enter(rig, 0, 0);
	gicv4_get_residency(0, &res);
	KUNIT_EXPECT_TRUE(test, res.valid);
	KUNIT_EXPECT_EQ(test, res.vpeid, 0);
	KUNIT_EXPECT_EQ(test, res.vpt_addr, rig_phys(rig->vpt[0]));
	KUNIT_EXPECT_EQ(test, res.vprop_addr, rig_phys(rig->vprop));

	gicv4_device_write(0, 0, 1);
	val = rig_leave(rig, 0);
	KUNIT_EXPECT_FALSE(test, val & GICR_VPENDBASER_Valid);
	KUNIT_EXPECT_TRUE(test, val & GICR_VPENDBASER_PendingLast);
	gicv4_get_residency(0, &res);
	KUNIT_EXPECT_FALSE(test, res.valid);
	KUNIT_EXPECT_TRUE(test, res.pending_last);
	KUNIT_EXPECT_EQ(test, res.vpeid, -1);

	rig_enter(rig, 0, 0);
	gicv4_vcpu_ack(0);
	val = rig_leave(rig, 0);
	KUNIT_EXPECT_FALSE(test, val & GICR_VPENDBASER_PendingLast);
}

static void pending_last_without_vmapp_comes_from_memory(struct kunit *test)
{
	struct rig *rig = rig_start(test);

	rig->vpt[2][LPI(5) / 8] = BIT(LPI(5) % 8);
	rig_enter(rig, 0, 2);
	KUNIT_EXPECT_TRUE(test, rig_leave(rig, 0) & GICR_VPENDBASER_PendingLast);

	rig->vprop[5] &= ~LPI_PROP_ENABLED;
	rig_enter(rig, 0, 2);
	KUNIT_EXPECT_FALSE(test, rig_leave(rig, 0) & GICR_VPENDBASER_PendingLast);
}

static void vmapp_finds_a_vpe_that_is_resident_already(struct kunit *test)
{
	struct rig *rig = rig_start(test);
	struct gicv4_residency res;

	rig_enter(rig, 1, 3);
	gicv4_get_residency(1, &res);
	KUNIT_EXPECT_TRUE(test, res.valid);
	KUNIT_EXPECT_EQ(test, res.vpeid, -1);

	rig_vmapp(rig, 3, 1);
	rig_mapd(rig, 0);
	rig_vmapti(rig, 0, 0, 3, LPI(8));
	gicv4_device_write(0, 0, 0);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(1), LPI(8));
}

static void vmapp_with_another_table_starts_afresh(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	gicv4_device_write(0, 0, 1);
	rig_send(rig, raw_vmapp(0, 0, 0, 1, false));
	rig_vsync(rig, 0);
	/* What was pending is in the old table, and stays there */
	KUNIT_EXPECT_TRUE(test, rig_vpt_bit(rig, 0, LPI(1)));

	rig_send(rig, raw_vmapp(0, 0, rig_phys(rig->vpt[2]), RIG_BITS, true));
	rig_vsync(rig, 0);
	rig_enter(rig, 0, 2);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), GICV4_INTID_NONE);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_TRUE(test, gicv4_vlpi_pending(0, 0, LPI(1)));
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(1));
}

static void idai_is_reported(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	void __iomem *vlpi = rig_vlpi_frame(rig, 0);

	/* A new table is all zero: its IMPLEMENTATION DEFINED area is valid */
	writeq(rig_vprop_val(rig), vlpi + GICR_VPROPBASER);
	writeq(rig_vpend_val(rig, 0) & ~GICR_VPENDBASER_IDAI,
	       vlpi + GICR_VPENDBASER);
	KUNIT_EXPECT_FALSE(test, readq(vlpi + GICR_VPENDBASER) & GICR_VPENDBASER_IDAI);
	KUNIT_EXPECT_TRUE(test, rig_leave(rig, 0) & GICR_VPENDBASER_IDAI);
}

static void late_dirty_hides_pending_last(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	void __iomem *reg = rig_vlpi_frame(rig, 0) + GICR_VPENDBASER;
	u64 val;

	rig_enter(rig, 0, 0);
	gicv4_device_write(0, 0, 1);
	gicv4_fault_dirty(0, 2);
	writeq(readq(reg) & ~GICR_VPENDBASER_Valid, reg);

	val = readq(reg);
	KUNIT_EXPECT_TRUE(test, val & GICR_VPENDBASER_Dirty);
	KUNIT_EXPECT_FALSE(test, val & GICR_VPENDBASER_PendingLast);
	val = readq(reg);
	KUNIT_EXPECT_TRUE(test, val & GICR_VPENDBASER_Dirty);
	val = readq(reg);
	KUNIT_EXPECT_FALSE(test, val & GICR_VPENDBASER_Dirty);
	KUNIT_EXPECT_TRUE(test, val & GICR_VPENDBASER_PendingLast);
}

static void dirty_after_valid_if_the_machine_has_it(struct kunit *test)
{
	struct gicv4_desc desc = gicv4_default_desc(RIG_CPUS);
	void __iomem *reg;
	struct rig *rig;

	desc.dirty = true;
	rig = rig_reset(test, &desc);
	reg = rig_vlpi_frame(rig, 0) + GICR_VPENDBASER;
	KUNIT_EXPECT_TRUE(test, readq(rig->gicr[0] + GICR_TYPER) & GICR_TYPER_DIRTY);

	rig_enter(rig, 0, 0);
	/* Longer than a read that only wants to change the register */
	KUNIT_EXPECT_TRUE(test, readq(reg) & GICR_VPENDBASER_Dirty);
	KUNIT_EXPECT_TRUE(test, readq(reg) & GICR_VPENDBASER_Dirty);
	rig_settle(rig, 0);
}

static void registers_can_be_written_by_halves(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	void __iomem *vlpi = rig_vlpi_frame(rig, 0);
	u64 vprop = rig_vprop_val(rig), vpend = rig_vpend_val(rig, 0);
	struct gicv4_residency res;

	writel(vprop, vlpi + GICR_VPROPBASER);
	writel(vprop >> 32, vlpi + GICR_VPROPBASER + 4);
	writel(vpend, vlpi + GICR_VPENDBASER);
	writel(vpend >> 32, vlpi + GICR_VPENDBASER + 4);

	gicv4_get_residency(0, &res);
	KUNIT_EXPECT_TRUE(test, res.valid);
	KUNIT_EXPECT_EQ(test, res.vpeid, 0);
	KUNIT_EXPECT_EQ(test, readl(vlpi + GICR_VPENDBASER + 4) >> 31, 1);
	KUNIT_EXPECT_EQ(test, readl(vlpi + GICR_VPROPBASER), (u32)vprop);
}

static void vpe_changes_places_and_loses_nothing(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	unsigned int i, cpu = 0, acks = 0;

	for (i = 0; i < 32; i++) {
		rig_enter(rig, cpu, 0);
		gicv4_device_write(0, 0, 1);
		if (i % 3)
			acks += gicv4_vcpu_ack(cpu) == LPI(1);
		rig_leave(rig, cpu);
		cpu = !cpu;
		rig_send(rig, raw_vmovp(0, cpu));
		rig_vsync(rig, 0);
		KUNIT_EXPECT_EQ(test, rig_vpt_bit(rig, 0, LPI(1)), i % 3 == 0);
	}
	KUNIT_EXPECT_EQ(test, acks, 21);
}

static void fault_doorbell_rings_for_nothing(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	gicv4_fault_doorbell(0, 0);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).intid, RIG_DB(0));
	KUNIT_EXPECT_FALSE(test, rig_vpt_bit(rig, 0, LPI(1)));
}

struct kunit_case gicv4_vpe_cases[] = {
	KUNIT_CASE(vlpi_of_a_resident_vpe_reaches_the_guest),
	KUNIT_CASE(two_writes_are_one_pending_vlpi),
	KUNIT_CASE(guest_gets_the_highest_priority_first),
	KUNIT_CASE(disabled_vlpi_stays_pending),
	KUNIT_CASE(vlpi_of_an_absent_vpe_rings_the_doorbell),
	KUNIT_CASE(doorbell_1023_does_not_ring),
	KUNIT_CASE(masked_doorbell_waits_for_inv),
	KUNIT_CASE(pending_last_says_that_something_is_left),
	KUNIT_CASE(pending_last_without_vmapp_comes_from_memory),
	KUNIT_CASE(vmapp_finds_a_vpe_that_is_resident_already),
	KUNIT_CASE(vmapp_with_another_table_starts_afresh),
	KUNIT_CASE(idai_is_reported),
	KUNIT_CASE(late_dirty_hides_pending_last),
	KUNIT_CASE(dirty_after_valid_if_the_machine_has_it),
	KUNIT_CASE(registers_can_be_written_by_halves),
	KUNIT_CASE(vpe_changes_places_and_loses_nothing),
	KUNIT_CASE(fault_doorbell_rings_for_nothing),
	{ }
};
