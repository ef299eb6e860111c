// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4_model: each command, by its effect.
 */
#include <linux/io.h>

#include "rig.h"

static struct gicv4_itte get_itte(struct kunit *test, u32 devid, u32 eventid)
{
	struct gicv4_itte itte;

	KUNIT_EXPECT_TRUE(test, gicv4_get_itte(0, devid, eventid, &itte));
	return itte;
}

static void mapd_writes_the_device_table(struct kunit *test)
{
	struct rig *rig = rig_start(test);
	struct gicv4_dte dte;

	KUNIT_EXPECT_FALSE(test, gicv4_get_dte(0, 3, &dte));
	rig_send(rig, raw_mapd(3, rig_phys(rig->itt[3]), 4, true));

	KUNIT_EXPECT_TRUE(test, gicv4_get_dte(0, 3, &dte));
	KUNIT_EXPECT_EQ(test, dte.eventid_bits, 4);
	KUNIT_EXPECT_EQ(test, dte.itt_addr, rig_phys(rig->itt[3]));
	/* It is the memory that GITS_BASER0 points to, and only entry 3 */
	KUNIT_EXPECT_NULL(test, memchr_inv(rig->dev_table, 0, 3 * 8));
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(rig->dev_table + 3 * 8, 0, 8));

	rig_send(rig, raw_mapd(3, 0, 1, false));
	KUNIT_EXPECT_FALSE(test, gicv4_get_dte(0, 3, &dte));
	KUNIT_EXPECT_NULL(test, memchr_inv(rig->dev_table, 0, 64));
}

static void mapc_routes_a_collection(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	gicv4_device_write(0, 0, 0);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).cpu, 0);

	rig_event(rig, GITS_CMD_DISCARD, 0, 0);
	rig_send(rig, raw_mapc(0, 1, true));
	rig_mapti(rig, 0, 0, LPI(0), 0);
	gicv4_device_write(0, 0, 0);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 2);
	KUNIT_EXPECT_EQ(test, rig_irq(1).cpu, 1);

	rig_event(rig, GITS_CMD_DISCARD, 0, 0);
	rig_send(rig, raw_mapc(0, 0, false));
	KUNIT_EXPECT_NULL(test, memchr_inv(rig->col_table, 0, 8));
	rig_sync(rig);
}

static void mapti_maps_a_physical_event(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	struct gicv4_itte itte;

	rig_mapti(rig, 1, 7, LPI(5), 1);

	itte = get_itte(test, 1, 7);
	KUNIT_EXPECT_FALSE(test, itte.virt);
	KUNIT_EXPECT_EQ(test, itte.intid, LPI(5));
	KUNIT_EXPECT_EQ(test, itte.icid, 1);
	KUNIT_EXPECT_EQ(test, gicv4_nr_mappings(0, false), 2);
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(rig->itt[1] + 7 * 16, 0, 16));

	gicv4_device_write(0, 1, 7);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).cpu, 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).intid, LPI(5));
}

static void mapi_takes_the_eventid_as_intid(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	void *itt = rig_alloc(test, 16 << 14);

	rig_send(rig, raw_mapd(2, rig_phys(itt), 14, true));
	rig_send(rig, raw_mapi(2, LPI(9), 0));
	rig_sync(rig);

	KUNIT_EXPECT_EQ(test, get_itte(test, 2, LPI(9)).intid, LPI(9));
	gicv4_device_write(0, 2, LPI(9));
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).intid, LPI(9));
}

/* Mask the LPI, so that it stays pending where it is */
static void mask_lpi(struct rig *rig, u32 eventid, u32 n)
{
	rig->prop[n] &= ~LPI_PROP_ENABLED;
	rig_event(rig, GITS_CMD_INV, 0, eventid);
}

static void movi_takes_the_pending_state_along(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	mask_lpi(rig, 0, 0);
	gicv4_device_write(0, 0, 0);
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(0, LPI(0)));

	rig_send(rig, raw_movi(0, 0, 1));
	rig_sync(rig);
	KUNIT_EXPECT_EQ(test, get_itte(test, 0, 0).icid, 1);
	KUNIT_EXPECT_FALSE(test, gicv4_plpi_pending(0, LPI(0)));
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(1, LPI(0)));
	KUNIT_EXPECT_NULL(test, memchr_inv(rig->pend[0], 0, SZ_8K));
	KUNIT_EXPECT_EQ(test, rig->pend[1][LPI(0) / 8], 1);

	/* It is delivered where it is now, once it is enabled */
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 0);
	rig->prop[0] |= LPI_PROP_ENABLED;
	rig_event(rig, GITS_CMD_INV, 0, 0);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).cpu, 1);
}

static void movall_moves_all_pending_lpis(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	unsigned int i;

	for (i = 2; i < 6; i++) {
		rig_mapti(rig, 0, i, LPI(i), 0);
		mask_lpi(rig, i, i);
		gicv4_device_write(0, 0, i);
	}

	rig_send(rig, raw_movall(0, 1));
	rig_sync(rig);
	for (i = 2; i < 6; i++) {
		KUNIT_EXPECT_FALSE(test, gicv4_plpi_pending(0, LPI(i)));
		KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(1, LPI(i)));
	}
}

static void discard_ends_mapping_and_pending_state(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	struct gicv4_stats stats;
	struct gicv4_itte itte;

	mask_lpi(rig, 0, 0);
	gicv4_device_write(0, 0, 0);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(0, LPI(0)));
	KUNIT_EXPECT_TRUE(test, rig_vpt_bit(rig, 0, LPI(1)));

	rig_event(rig, GITS_CMD_DISCARD, 0, 0);
	rig_event(rig, GITS_CMD_DISCARD, 0, 1);
	KUNIT_EXPECT_FALSE(test, gicv4_get_itte(0, 0, 0, &itte));
	KUNIT_EXPECT_FALSE(test, gicv4_get_itte(0, 0, 1, &itte));
	KUNIT_EXPECT_EQ(test, gicv4_nr_mappings(0, false), 0);
	KUNIT_EXPECT_EQ(test, gicv4_nr_mappings(0, true), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(rig->itt[0], 0, SZ_4K));
	KUNIT_EXPECT_FALSE(test, gicv4_plpi_pending(0, LPI(0)));
	KUNIT_EXPECT_FALSE(test, rig_vpt_bit(rig, 0, LPI(1)));

	gicv4_device_write(0, 0, 1);
	gicv4_get_stats(&stats);
	KUNIT_EXPECT_EQ(test, stats.untranslated, 1);
	KUNIT_EXPECT_FALSE(test, rig_vpt_bit(rig, 0, LPI(1)));
}

static void int_and_clear_change_the_pending_state(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	mask_lpi(rig, 0, 0);
	rig_event(rig, GITS_CMD_INT, 0, 0);
	rig_event(rig, GITS_CMD_INT, 0, 1);
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(0, LPI(0)));
	KUNIT_EXPECT_TRUE(test, gicv4_vlpi_pending(0, 0, LPI(1)));

	rig_event(rig, GITS_CMD_CLEAR, 0, 0);
	rig_event(rig, GITS_CMD_CLEAR, 0, 1);
	KUNIT_EXPECT_FALSE(test, gicv4_plpi_pending(0, LPI(0)));
	KUNIT_EXPECT_FALSE(test, gicv4_vlpi_pending(0, 0, LPI(1)));
	KUNIT_EXPECT_NULL(test, memchr_inv(rig->vpt[0], 0, SZ_8K));
}

static void config_holds_until_inv(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	rig->prop[0] &= ~LPI_PROP_ENABLED;
	gicv4_device_write(0, 0, 0);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 1);

	rig_event(rig, GITS_CMD_INV, 0, 0);
	gicv4_device_write(0, 0, 0);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(0, LPI(0)));

	rig->prop[0] |= LPI_PROP_ENABLED;
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 1);
	rig_event(rig, GITS_CMD_INV, 0, 0);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 2);
}

static void vlpi_config_holds_until_inv(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	u8 *config = &rig->vprop[1];

	rig_enter(rig, 0, 0);
	gicv4_device_write(0, 0, 1);
	*config &= ~LPI_PROP_ENABLED;
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_hppir(0), LPI(1));
	KUNIT_EXPECT_EQ(test, gicv4_vlpi_config(0, 0, LPI(1)) & LPI_PROP_ENABLED, 1);

	rig_event(rig, GITS_CMD_INV, 0, 1);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_hppir(0), GICV4_INTID_NONE);
	KUNIT_EXPECT_EQ(test, gicv4_vlpi_config(0, 0, LPI(1)) & LPI_PROP_ENABLED, 0);

	/* What was cached stays cached while the vPE is away */
	rig_leave(rig, 0);
	*config |= LPI_PROP_ENABLED;
	rig_enter(rig, 0, 0);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_hppir(0), GICV4_INTID_NONE);
	rig_leave(rig, 0);
	rig_event(rig, GITS_CMD_INV, 0, 1);
	rig_enter(rig, 0, 0);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_hppir(0), LPI(1));
}

static void invall_reaches_its_collection_only(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	rig_mapti(rig, 0, 2, LPI(2), 1);
	rig->prop[0] &= ~LPI_PROP_ENABLED;
	rig->prop[2] &= ~LPI_PROP_ENABLED;
	rig_send(rig, raw_invall(0));

	gicv4_device_write(0, 0, 0);
	gicv4_device_write(0, 0, 2);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).intid, LPI(2));

	rig_send(rig, raw_invall(1));
	rig_sync(rig);
	gicv4_device_write(0, 0, 2);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 1);
}

static void vmapp_writes_the_vpe_table(struct kunit *test)
{
	struct rig *rig = rig_start(test);
	struct gicv4_vpte vpte;

	KUNIT_EXPECT_FALSE(test, gicv4_get_vpte(0, 3, &vpte));
	rig_vmapp(rig, 3, 1);

	KUNIT_EXPECT_TRUE(test, gicv4_get_vpte(0, 3, &vpte));
	KUNIT_EXPECT_EQ(test, vpte.cpu, 1);
	KUNIT_EXPECT_EQ(test, vpte.vpt_addr, rig_phys(rig->vpt[3]));
	KUNIT_EXPECT_EQ(test, vpte.vpt_bits, RIG_BITS);
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(rig->vpe_table + 3 * 8, 0, 8));

	rig_send(rig, raw_vmapp(3, 0, 0, 1, false));
	rig_vsync(rig, 3);
	KUNIT_EXPECT_FALSE(test, gicv4_get_vpte(0, 3, &vpte));
	KUNIT_EXPECT_NULL(test, memchr_inv(rig->vpe_table, 0, 64));
}

static void vmapp_takes_what_is_pending_in_the_table(struct kunit *test)
{
	struct rig *rig = rig_start(test);

	rig->vpt[2][LPI(77) / 8] = BIT(LPI(77) % 8);
	rig_vmapp(rig, 2, 0);
	rig_enter(rig, 0, 2);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(77));
	KUNIT_EXPECT_FALSE(test, gicv4_vlpi_pending(0, 2, LPI(77)));
	rig_leave(rig, 0);
	KUNIT_EXPECT_EQ(test, rig->vpt[2][LPI(77) / 8], 0);
}

static void vmapti_maps_a_virtual_event(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	struct gicv4_itte itte;

	rig_vmapti(rig, 1, 3, 1, LPI(40));

	itte = get_itte(test, 1, 3);
	KUNIT_EXPECT_TRUE(test, itte.virt);
	KUNIT_EXPECT_EQ(test, itte.vpeid, 1);
	KUNIT_EXPECT_EQ(test, itte.intid, LPI(40));
	KUNIT_EXPECT_EQ(test, itte.doorbell, RIG_DB(1));
	KUNIT_EXPECT_EQ(test, gicv4_nr_mappings(0, true), 2);

	gicv4_device_write(0, 1, 3);
	KUNIT_EXPECT_TRUE(test, rig_vpt_bit(rig, 1, LPI(40)));
	KUNIT_EXPECT_FALSE(test, rig_vpt_bit(rig, 0, LPI(40)));
}

static void vmapi_takes_the_eventid_as_vintid(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	void *itt = rig_alloc(test, 16 << 14);

	rig_send(rig, raw_mapd(2, rig_phys(itt), 14, true));
	rig_send(rig, raw_vmapi(2, LPI(11), 1, RIG_DB(1)));
	rig_vsync(rig, 1);

	KUNIT_EXPECT_EQ(test, get_itte(test, 2, LPI(11)).intid, LPI(11));
	gicv4_device_write(0, 2, LPI(11));
	KUNIT_EXPECT_TRUE(test, rig_vpt_bit(rig, 1, LPI(11)));
}

static void vmovi_takes_the_pending_state_along(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	gicv4_device_write(0, 0, 1);
	/* Doorbells of two CPUs come in any order, if nobody waits */
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 1);
	rig_send(rig, raw_vmovi(0, 1, 1, RIG_DB(1), true));
	rig_vsync(rig, 1);

	KUNIT_EXPECT_EQ(test, get_itte(test, 0, 1).vpeid, 1);
	KUNIT_EXPECT_EQ(test, get_itte(test, 0, 1).doorbell, RIG_DB(1));
	KUNIT_EXPECT_FALSE(test, rig_vpt_bit(rig, 0, LPI(1)));
	KUNIT_EXPECT_TRUE(test, rig_vpt_bit(rig, 1, LPI(1)));
	/* The old vPE's doorbell first, then the new one's, on its CPU */
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 2);
	KUNIT_EXPECT_EQ(test, rig_irq(1).intid, RIG_DB(1));
	KUNIT_EXPECT_EQ(test, rig_irq(1).cpu, 1);
}

static void vmovi_without_d_keeps_the_doorbell(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	rig_send(rig, raw_vmovi(0, 1, 1, GICV4_INTID_NONE, false));
	rig_vsync(rig, 1);
	KUNIT_EXPECT_EQ(test, get_itte(test, 0, 1).doorbell, RIG_DB(0));

	/* To the same vPE, as the driver does to mask a doorbell */
	rig_send(rig, raw_vmovi(0, 1, 1, GICV4_INTID_NONE, true));
	rig_vsync(rig, 1);
	KUNIT_EXPECT_EQ(test, get_itte(test, 0, 1).doorbell, GICV4_INTID_NONE);
}

static void vmovp_moves_doorbells(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	struct gicv4_vpte vpte;

	rig_send(rig, raw_vmovp(0, 1));
	rig_vsync(rig, 0);
	KUNIT_EXPECT_TRUE(test, gicv4_get_vpte(0, 0, &vpte));
	KUNIT_EXPECT_EQ(test, vpte.cpu, 1);

	gicv4_device_write(0, 0, 1);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).cpu, 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).intid, RIG_DB(0));
	rig_enter(rig, 1, 0);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(1), LPI(1));
}

static void vinvall_rereads_all_of_a_vpe(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	unsigned int i;

	for (i = 2; i < 5; i++)
		rig_vmapti(rig, 0, i, 0, LPI(i));
	rig_enter(rig, 0, 0);
	for (i = 2; i < 5; i++) {
		rig->vprop[i] = 0x20 | LPI_PROP_GROUP1;
		KUNIT_EXPECT_EQ(test, gicv4_vlpi_config(0, 0, LPI(i)) & 0xfc, 0xa0);
	}

	rig_send(rig, raw_vpe(GITS_CMD_VINVALL, 0));
	rig_vsync(rig, 0);
	for (i = 2; i < 5; i++)
		KUNIT_EXPECT_EQ(test, gicv4_vlpi_config(0, 0, LPI(i)),
				0x20 | LPI_PROP_GROUP1);
}

static void commands_wait_until_the_its_is_enabled(struct kunit *test)
{
	struct rig *rig = rig_start(test);
	struct gicv4_dte dte;

	writel(0, rig->its + GITS_CTLR);
	KUNIT_EXPECT_TRUE(test, readl(rig->its + GITS_CTLR) & GITS_CTLR_QUIESCENT);
	rig_mapd(rig, 0);
	KUNIT_EXPECT_FALSE(test, gicv4_get_dte(0, 0, &dte));
	KUNIT_EXPECT_EQ(test, readq(rig->its + GITS_CREADR), 0);

	writel(GITS_CTLR_ENABLE, rig->its + GITS_CTLR);
	KUNIT_EXPECT_TRUE(test, gicv4_get_dte(0, 0, &dte));
	KUNIT_EXPECT_EQ(test, readq(rig->its + GITS_CREADR), 32);
}

static void the_queue_wraps(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	unsigned int i;

	gicv4_trace_clear();
	for (i = 0; i < 2 * RIG_QUEUE_SIZE / 32; i++)
		rig_send(rig, raw_sync(i % 2));
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_SYNC), i);
	KUNIT_EXPECT_EQ(test, readq(rig->its + GITS_CREADR),
			readq(rig->its + GITS_CWRITER));
}

static void the_trace_keeps_raw_commands(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	struct raw raw = raw_movi(0, 0, 1);
	struct gicv4_cmd cmd;

	gicv4_trace_clear();
	rig_send(rig, raw);
	rig_sync(rig);

	KUNIT_ASSERT_EQ(test, gicv4_trace_len(), 1 + RIG_CPUS);
	KUNIT_ASSERT_TRUE(test, gicv4_trace_get(0, &cmd));
	KUNIT_EXPECT_MEMEQ(test, cmd.raw, raw.dw, sizeof(raw.dw));
	KUNIT_EXPECT_EQ(test, cmd.opcode, GITS_CMD_MOVI);
	KUNIT_EXPECT_FALSE(test, cmd.ignored);
	KUNIT_EXPECT_FALSE(test, gicv4_trace_get(1 + RIG_CPUS, &cmd));
}

struct kunit_case gicv4_command_cases[] = {
	KUNIT_CASE(mapd_writes_the_device_table),
	KUNIT_CASE(mapc_routes_a_collection),
	KUNIT_CASE(mapti_maps_a_physical_event),
	KUNIT_CASE(mapi_takes_the_eventid_as_intid),
	KUNIT_CASE(movi_takes_the_pending_state_along),
	KUNIT_CASE(movall_moves_all_pending_lpis),
	KUNIT_CASE(discard_ends_mapping_and_pending_state),
	KUNIT_CASE(int_and_clear_change_the_pending_state),
	KUNIT_CASE(config_holds_until_inv),
	KUNIT_CASE(vlpi_config_holds_until_inv),
	KUNIT_CASE(invall_reaches_its_collection_only),
	KUNIT_CASE(vmapp_writes_the_vpe_table),
	KUNIT_CASE(vmapp_takes_what_is_pending_in_the_table),
	KUNIT_CASE(vmapti_maps_a_virtual_event),
	KUNIT_CASE(vmapi_takes_the_eventid_as_vintid),
	KUNIT_CASE(vmovi_takes_the_pending_state_along),
	KUNIT_CASE(vmovi_without_d_keeps_the_doorbell),
	KUNIT_CASE(vmovp_moves_doorbells),
	KUNIT_CASE(vinvall_rereads_all_of_a_vpe),
	KUNIT_CASE(commands_wait_until_the_its_is_enabled),
	KUNIT_CASE(the_queue_wraps),
	KUNIT_CASE(the_trace_keeps_raw_commands),
	{ }
};
