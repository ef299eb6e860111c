// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4_model_order: several ITSs, command errors, caches, and the scheduler.
 */
#include <linux/io.h>

#include "rig.h"

/* Several ITSs */

static void itss_have_tables_of_their_own(struct kunit *test)
{
	struct rig *rig = rig_populate_machine(test, "v4.0-2its");
	struct gicv4_itte itte;
	struct gicv4_vpte vpte;

	KUNIT_EXPECT_TRUE(test, gicv4_get_itte(0, 0, 0, &itte));
	KUNIT_EXPECT_FALSE(test, gicv4_get_itte(1, 0, 0, &itte));
	KUNIT_EXPECT_TRUE(test, gicv4_get_vpte(0, 0, &vpte));
	KUNIT_EXPECT_FALSE(test, gicv4_get_vpte(1, 0, &vpte));
	gicv4_device_write(1, 0, 0);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 0);

	/* The same DeviceID on another ITS is another device */
	rig_send_on(rig, 1, raw_mapd(0, rig_phys(rig->itt[2]), 5, true));
	rig_send_on(rig, 1, raw_mapti(0, 0, LPI(20), 1));
	rig_send_on(rig, 1, raw_sync(1));
	gicv4_device_write(1, 0, 0);
	gicv4_device_write(0, 0, 0);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 2);
	KUNIT_EXPECT_EQ(test, rig_irq(0).intid + rig_irq(1).intid,
			LPI(20) + LPI(0));
}

static void a_vpe_gets_vlpis_of_each_its(struct kunit *test)
{
	struct rig *rig = rig_populate_machine(test, "v4.0-2its");

	rig_vmapp_on(rig, 1, 0, 0);
	rig_send_on(rig, 1, raw_mapd(9, rig_phys(rig->itt[2]), 5, true));
	rig_send_on(rig, 1, raw_vmapti(9, 0, 0, LPI(30), RIG_DB(0)));
	rig_send_on(rig, 1, raw_vpe(GITS_CMD_VSYNC, 0));
	rig_enter(rig, 0, 0);
	gicv4_device_write(0, 0, 1);
	gicv4_device_write(1, 9, 0);
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(1));
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(30));
	rig_leave(rig, 0);
}

static void vmovp_is_complete_when_all_in_the_list_have_it(struct kunit *test)
{
	struct rig *rig = rig_populate_machine(test, "v4.0-4its");
	u16 list = BIT(0) | BIT(2) | BIT(3);
	unsigned int its;
	struct gicv4_vpte vpte;

	for (its = 2; its < 4; its++)
		rig_vmapp_on(rig, its, 0, 0);
	for (its = 0; its < 4; its++) {
		if (!(list & BIT(its)))
			continue;
		rig_send_on(rig, its, raw_vmovp_list(0, 1, 77, list));
		rig_send_on(rig, its, raw_vpe(GITS_CMD_VSYNC, 0));
		KUNIT_EXPECT_TRUE(test, gicv4_get_vpte(its, 0, &vpte));
		KUNIT_EXPECT_EQ(test, vpte.cpu, 1);
		/* The last in the list has not heard of it before its turn */
		KUNIT_EXPECT_TRUE(test, gicv4_get_vpte(3, 0, &vpte));
		KUNIT_EXPECT_EQ(test, vpte.cpu, its == 3);
	}
	rig_enter(rig, 1, 0);
	rig_leave(rig, 1);
}

/* Errors */

struct error_case {
	const char	*name;
	struct raw	(*cmd)(struct rig *rig);
	enum gicv4_rule	rule;
	u32		error;
};

static struct raw e_mapd_device(struct rig *rig)
{
	return raw_mapd(RIG_NR_DEVIDS, rig_phys(rig->itt[2]), 5, true);
}

static struct raw e_mapd_size(struct rig *rig)
{
	return raw_mapd(2, rig_phys(rig->itt[2]), 17, true);
}

static struct raw e_mapc_rdbase(struct rig *rig)
{
	return raw_mapc(3, RIG_CPUS, true);
}

static struct raw e_mapc_col(struct rig *rig)
{
	return raw_mapc(RIG_NR_ICIDS, 0, true);
}

static struct raw e_mapti_device(struct rig *rig)
{
	return raw_mapti(2, 0, LPI(3), 0);
}

static struct raw e_mapti_id(struct rig *rig)
{
	return raw_mapti(1, 32, LPI(3), 0);
}

static struct raw e_mapti_lpi(struct rig *rig)
{
	return raw_mapti(1, 0, 100, 0);
}

static struct raw e_movi_event(struct rig *rig)
{
	return raw_movi(1, 0, 0);
}

static struct raw e_movi_col(struct rig *rig)
{
	return raw_movi(0, 0, 5);
}

static struct raw e_int(struct rig *rig)
{
	return raw_event(GITS_CMD_INT, 1, 0);
}

static struct raw e_clear(struct rig *rig)
{
	return raw_event(GITS_CMD_CLEAR, 1, 0);
}

static struct raw e_inv(struct rig *rig)
{
	return raw_event(GITS_CMD_INV, 1, 0);
}

static struct raw e_invall(struct rig *rig)
{
	return raw_invall(5);
}

static struct raw e_movall(struct rig *rig)
{
	return raw_movall(0, RIG_CPUS);
}

static struct raw e_discard(struct rig *rig)
{
	return raw_event(GITS_CMD_DISCARD, 1, 0);
}

static const struct error_case error_cases[] = {
	{ "MAPD DeviceID", e_mapd_device, GICV4_RULE_DEVID_RANGE,
	  E_ITS_MAPD_DEVICE_OOR },
	{ "MAPD size", e_mapd_size, GICV4_RULE_MAPD_SIZE,
	  E_ITS_MAPD_ITTSIZE_OOR },
	{ "MAPC RDbase", e_mapc_rdbase, GICV4_RULE_RDBASE_RANGE,
	  E_ITS_MAPC_PROCNUM_OOR },
	{ "MAPC ICID", e_mapc_col, GICV4_RULE_ICID_RANGE,
	  E_ITS_MAPC_COLLECTION_OOR },
	{ "MAPTI device", e_mapti_device, GICV4_RULE_DEV_UNMAPPED,
	  E_ITS_MAPTI_UNMAPPED_DEVICE },
	{ "MAPTI EventID", e_mapti_id, GICV4_RULE_EVENTID_RANGE,
	  E_ITS_MAPTI_ID_OOR },
	{ "MAPTI pINTID", e_mapti_lpi, GICV4_RULE_PINTID_RANGE,
	  E_ITS_MAPTI_PHYSICALID_OOR },
	{ "MOVI event", e_movi_event, GICV4_RULE_EVENT_UNMAPPED,
	  E_ITS_MOVI_UNMAPPED_INTERRUPT },
	{ "MOVI ICID", e_movi_col, GICV4_RULE_COL_UNMAPPED,
	  E_ITS_MOVI_UNMAPPED_COLLECTION },
	{ "INT", e_int, GICV4_RULE_EVENT_UNMAPPED,
	  E_ITS_INT_UNMAPPED_INTERRUPT },
	{ "CLEAR", e_clear, GICV4_RULE_EVENT_UNMAPPED,
	  E_ITS_CLEAR_UNMAPPED_INTERRUPT },
	{ "INV", e_inv, GICV4_RULE_EVENT_UNMAPPED,
	  E_ITS_INV_UNMAPPED_INTERRUPT },
	{ "INVALL", e_invall, GICV4_RULE_COL_UNMAPPED,
	  E_ITS_INVALL_UNMAPPED_COLLECTION },
	{ "MOVALL", e_movall, GICV4_RULE_RDBASE_RANGE,
	  E_ITS_MOVALL_PROCNUM_OOR },
	{ "DISCARD", e_discard, GICV4_RULE_EVENT_UNMAPPED,
	  E_ITS_DISCARD_UNMAPPED_INTERRUPT },
};

static void error_case_desc(const struct error_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(error_case, error_cases, error_case_desc);

static void command_error_has_its_code(struct kunit *test)
{
	const struct error_case *c = test->param_value;
	struct rig *rig = rig_populate(test);
	struct gicv4_cmd cmd;

	KUNIT_EXPECT_EQ(test, gicv4_its_error(0), 0);
	gicv4_trace_clear();
	rig_send(rig, c->cmd(rig));
	gicv4_expect_breach(test, c->rule);
	KUNIT_EXPECT_EQ(test, gicv4_its_error(0), c->error);
	KUNIT_ASSERT_TRUE(test, gicv4_trace_get(0, &cmd));
	KUNIT_EXPECT_EQ(test, cmd.error, c->error);
	KUNIT_EXPECT_TRUE(test, cmd.ignored);
}

static void an_error_may_stall_the_queue(struct kunit *test)
{
	struct gicv4_desc desc = gicv4_default_desc(RIG_CPUS);
	struct rig *rig;
	struct gicv4_itte itte;
	u32 at;

	desc.stall = true;
	rig = rig_populate_desc(test, &desc);
	at = rig->next;
	rig_send(rig, raw_mapti(2, 0, LPI(3), 0));
	gicv4_expect_breach(test, GICV4_RULE_DEV_UNMAPPED);
	rig_send(rig, raw_mapti(1, 0, LPI(3), 0));
	KUNIT_EXPECT_EQ(test, readq(rig->its + GITS_CREADR), at | 1);
	KUNIT_EXPECT_FALSE(test, gicv4_get_itte(0, 1, 0, &itte));

	/* Software repairs the command and retries */
	rig->queue[at / 8] = cpu_to_le64(raw_sync(0).dw[0]);
	rig->queue[at / 8 + 1] = 0;
	writeq(rig->next | 1, rig->its + GITS_CWRITER);
	KUNIT_EXPECT_TRUE(test, gicv4_get_itte(0, 1, 0, &itte));
	rig_sync(rig);
}

/* Caches */

static void pending_table_is_behind_while_resident(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	rig_enter(rig, 0, 0);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_TRUE(test, gicv4_vlpi_pending(0, 0, LPI(1)));
	KUNIT_EXPECT_FALSE(test, rig_vpt_bit(rig, 0, LPI(1)));
	rig_leave(rig, 0);
	KUNIT_EXPECT_TRUE(test, rig_vpt_bit(rig, 0, LPI(1)));
}

static void without_caches_memory_is_always_right(struct kunit *test)
{
	struct rig *rig = rig_populate_machine(test, "v4.0-uncached");

	rig_enter(rig, 0, 0);
	gicv4_device_write(0, 0, 1);
	KUNIT_EXPECT_TRUE(test, rig_vpt_bit(rig, 0, LPI(1)));
	/* And nobody has to say that a property byte has changed */
	rig->vprop[1] &= ~LPI_PROP_ENABLED;
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), GICV4_INTID_NONE);
	rig->vprop[1] |= LPI_PROP_ENABLED;
	KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(1));
	rig_leave(rig, 0);
}

/* The scheduler */

static void commands_take_their_time(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	unsigned int i, late = 0;

	gicv4_schedule(1);
	for (i = 0; i < 20; i++) {
		rig_send(rig, raw_sync(0));
		late += readq(rig->its + GITS_CREADR) != rig->next;
	}
	KUNIT_EXPECT_GT(test, late, 0);
	for (i = 0; i < 1000 && readq(rig->its + GITS_CREADR) != rig->next; i++)
		cpu_relax();
	KUNIT_EXPECT_EQ(test, readq(rig->its + GITS_CREADR), rig->next);
	gicv4_schedule(0);
}

static void run_queue(struct rig *rig)
{
	while (readq(rig->its + GITS_CREADR) != rig->next)
		cpu_relax();
}

static void effects_come_late_but_not_after_sync(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	unsigned int i, late = 0;

	rig_enter(rig, 0, 0);
	gicv4_schedule(7);
	for (i = 0; i < 50; i++) {
		/* SYNC stands for all before it, in their order */
		rig_send(rig, raw_event(GITS_CMD_CLEAR, 0, 1));
		rig_send(rig, raw_event(GITS_CMD_INT, 0, 1));
		run_queue(rig);
		late += !gicv4_vlpi_pending(0, 0, LPI(1));
		rig_send(rig, raw_vpe(GITS_CMD_VSYNC, 0));
		run_queue(rig);
		KUNIT_EXPECT_TRUE(test, gicv4_vlpi_pending(0, 0, LPI(1)));
		KUNIT_EXPECT_EQ(test, gicv4_vcpu_ack(0), LPI(1));
	}
	KUNIT_EXPECT_GT(test, late, 0);
	KUNIT_EXPECT_LT(test, late, 50);
	gicv4_schedule(0);
	rig_leave(rig, 0);
}

static u64 order_of(struct kunit *test, u32 seed)
{
	struct rig *rig = rig_populate(test);
	unsigned int i;
	u64 seen = 0;

	gicv4_schedule(seed);
	for (i = 0; i < 64; i++) {
		rig_send(rig, raw_event(GITS_CMD_INT, 0, 1));
		seen = seen << 1 | (readq(rig->its + GITS_CREADR) == rig->next);
	}
	gicv4_schedule(0);
	rig_vsync(rig, 0);
	return seen;
}

static void a_seed_is_an_order(struct kunit *test)
{
	u64 order = order_of(test, 5);

	KUNIT_EXPECT_EQ(test, order_of(test, 5), order);
	KUNIT_EXPECT_NE(test, order_of(test, 6), order);
}

struct kunit_case gicv4_order_cases[] = {
	KUNIT_CASE(itss_have_tables_of_their_own),
	KUNIT_CASE(a_vpe_gets_vlpis_of_each_its),
	KUNIT_CASE(vmovp_is_complete_when_all_in_the_list_have_it),
	KUNIT_CASE_PARAM(command_error_has_its_code, error_case_gen_params),
	KUNIT_CASE(an_error_may_stall_the_queue),
	KUNIT_CASE(pending_table_is_behind_while_resident),
	KUNIT_CASE(without_caches_memory_is_always_right),
	KUNIT_CASE(commands_take_their_time),
	KUNIT_CASE(effects_come_late_but_not_after_sync),
	KUNIT_CASE(a_seed_is_an_order),
	{ }
};
