// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4_model_machine: registers, tables, host interrupts, faults, dump, and a
 * random walk.
 */
#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/seq_buf.h>

#include "rig.h"

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "seed of the random walk; 0 takes a new one each time");

static void registers_describe_the_machine(struct kunit *test)
{
	struct gicv4_desc desc = gicv4_default_desc(RIG_CPUS);
	void __iomem *gicr;
	struct rig *rig;
	u64 typer, field;

	desc.direct_lpi = true;
	desc.devid_bits = 12;
	desc.eventid_bits = 9;
	rig = rig_reset(test, &desc);

	typer = readq(rig->its + GITS_TYPER);
	field = FIELD_GET(GITS_TYPER_DEVBITS, typer);
	KUNIT_EXPECT_EQ(test, field, 11);
	field = FIELD_GET(GITS_TYPER_IDBITS, typer);
	KUNIT_EXPECT_EQ(test, field, 8);
	field = FIELD_GET(GITS_TYPER_ITT_ENTRY_SIZE, typer);
	KUNIT_EXPECT_EQ(test, field, 15);
	KUNIT_EXPECT_TRUE(test, typer & GITS_TYPER_VLPIS);
	KUNIT_EXPECT_TRUE(test, typer & GITS_TYPER_VMOVP);
	KUNIT_EXPECT_FALSE(test, typer & GITS_TYPER_PTA);
	KUNIT_EXPECT_EQ(test, readl(rig->its + GITS_PIDR2) & 0xf0, GIC_PIDR2_ARCH_GICv4);
	KUNIT_EXPECT_EQ(test, GITS_BASER_TYPE(readq(rig->its + GITS_BASER)),
			GITS_BASER_TYPE_DEVICE);
	KUNIT_EXPECT_EQ(test, GITS_BASER_TYPE(readq(rig->its + GITS_BASER + 16)),
			GITS_BASER_TYPE_VCPU);
	KUNIT_EXPECT_EQ(test, GITS_BASER_ENTRY_SIZE(readq(rig->its + GITS_BASER)), 8);
	KUNIT_EXPECT_EQ(test, readq(rig->its + GITS_BASER + 24), 0);

	gicr = rig->gicr[1];
	typer = readq(gicr + GICR_TYPER);
	KUNIT_EXPECT_EQ(test, GICR_TYPER_CPU_NUMBER(typer), 1);
	field = FIELD_GET(GICR_TYPER_AFFINITY, typer);
	KUNIT_EXPECT_EQ(test, field, 1);
	KUNIT_EXPECT_TRUE(test, typer & GICR_TYPER_LAST);
	KUNIT_EXPECT_TRUE(test, typer & GICR_TYPER_DirectLPIS);
	KUNIT_EXPECT_FALSE(test, readq(rig->gicr[0] + GICR_TYPER) & GICR_TYPER_LAST);
	KUNIT_EXPECT_EQ(test, readl(gicr + GICR_TYPER + 4), typer >> 32);

	KUNIT_EXPECT_TRUE(test, readl(gicr + GICR_WAKER) & GICR_WAKER_ChildrenAsleep);
	writel(0, gicr + GICR_WAKER);
	KUNIT_EXPECT_EQ(test, readl(gicr + GICR_WAKER), 0);
}

static void gicv3_has_no_virtual_lpis(struct kunit *test)
{
	struct gicv4_desc desc = gicv4_default_desc(RIG_CPUS);
	struct rig *rig;

	desc.arch = GICV4_ARCH_3_0;
	rig = rig_reset(test, &desc);
	KUNIT_EXPECT_EQ(test, gicv4_rdist_phys(1) - gicv4_rdist_phys(0), SZ_128K);
	KUNIT_EXPECT_FALSE(test, readq(rig->its + GITS_TYPER) & GITS_TYPER_VLPIS);
	KUNIT_EXPECT_FALSE(test, readq(rig->gicr[0] + GICR_TYPER) & GICR_TYPER_VLPIS);
	KUNIT_EXPECT_EQ(test, readq(rig->its + GITS_BASER + 16), 0);
}

static void machines_that_do_not_exist_are_refused(struct kunit *test)
{
	struct gicv4_desc good = gicv4_default_desc(RIG_CPUS), desc;

	KUNIT_EXPECT_EQ(test, gicv4_machine_init(&good), 0);

	desc = good;
	desc.nr_cpus = 0;
	KUNIT_EXPECT_EQ(test, gicv4_machine_init(&desc), -EINVAL);
	desc.nr_cpus = GICV4_MAX_CPUS + 1;
	KUNIT_EXPECT_EQ(test, gicv4_machine_init(&desc), -EINVAL);
	desc = good;
	desc.intid_bits = 17;
	desc.itte_size = 8;
	KUNIT_EXPECT_EQ(test, gicv4_machine_init(&desc), -EINVAL);
	desc = good;
	desc.nr_its = GICV4_MAX_ITS + 1;
	KUNIT_EXPECT_EQ(test, gicv4_machine_init(&desc), -EINVAL);
	desc = good;
	desc.groups = RIG_CPUS + 1;
	KUNIT_EXPECT_EQ(test, gicv4_machine_init(&desc), -EINVAL);
	desc = good;
	desc.arch = GICV4_ARCH_4_1;
	KUNIT_EXPECT_EQ(test, gicv4_machine_init(&desc), -EINVAL);
	desc.vpte_size = 32;
	KUNIT_EXPECT_EQ(test, gicv4_machine_init(&desc), 0);
	desc.vmovp = false;
	KUNIT_EXPECT_EQ(test, gicv4_machine_init(&desc), -EINVAL);
	KUNIT_EXPECT_EQ(test, gicv4_machine_init(&good), 0);
	desc = good;
	desc.intid_bits = 13;
	KUNIT_EXPECT_EQ(test, gicv4_machine_init(&desc), -EINVAL);
	/* The one before is still there */
	KUNIT_EXPECT_EQ(test, gicv4_machine()->nr_cpus, RIG_CPUS);
}

static void a_reset_forgets_everything(struct kunit *test)
{
	struct gicv4_desc desc = gicv4_default_desc(RIG_CPUS);
	struct rig *rig = rig_populate(test);
	struct gicv4_itte itte;

	rig->prop[0] = 0;
	rig_event(rig, GITS_CMD_INV, 0, 0);
	gicv4_device_write(0, 0, 0);
	rig_send(rig, raw_mapc(GITS_BASER_PAGES_MAX, 99, true));
	KUNIT_EXPECT_EQ(test, gicv4_nr_breaches(), 1);

	KUNIT_ASSERT_EQ(test, gicv4_machine_init(&desc), 0);
	KUNIT_EXPECT_EQ(test, gicv4_nr_breaches(), 0);
	KUNIT_EXPECT_EQ(test, gicv4_nr_mappings(0, false), 0);
	KUNIT_EXPECT_EQ(test, gicv4_nr_mappings(0, true), 0);
	KUNIT_EXPECT_FALSE(test, gicv4_get_itte(0, 0, 0, &itte));
	KUNIT_EXPECT_FALSE(test, gicv4_plpi_pending(0, LPI(0)));
	KUNIT_EXPECT_EQ(test, gicv4_trace_len(), 0);
	KUNIT_EXPECT_EQ(test, readl(rig->gicr[0] + GICR_CTLR) & GICR_CTLR_ENABLE_LPIS, 0);
	KUNIT_EXPECT_EQ(test, readq(rig->its + GITS_CBASER), 0);
}

static void baser_takes_what_the_machine_can_do(struct kunit *test)
{
	struct gicv4_desc desc = gicv4_default_desc(RIG_CPUS);
	void __iomem *baser;
	struct rig *rig;
	u64 val;

	rig = rig_reset(test, &desc);
	baser = rig->its + GITS_BASER;

	/* Type and entry size are read-only, the page size is a choice */
	writeq(GITS_BASER_PAGE_SIZE_64K | GITS_BASER_INDIRECT, baser);
	val = readq(baser);
	KUNIT_EXPECT_EQ(test, GITS_BASER_TYPE(val), GITS_BASER_TYPE_DEVICE);
	KUNIT_EXPECT_EQ(test, GITS_BASER_ENTRY_SIZE(val), 8);
	KUNIT_EXPECT_EQ(test, val & GITS_BASER_PAGE_SIZE_MASK, GITS_BASER_PAGE_SIZE_64K);
	KUNIT_EXPECT_TRUE(test, val & GITS_BASER_INDIRECT);
	writeq(GITS_BASER_PAGE_SIZE_16K, baser);
	KUNIT_EXPECT_EQ(test, readq(baser) & GITS_BASER_PAGE_SIZE_MASK,
			GITS_BASER_PAGE_SIZE_16K);
	/* The collection table is flat */
	writeq(GITS_BASER_INDIRECT, baser + 8);
	KUNIT_EXPECT_FALSE(test, readq(baser + 8) & GITS_BASER_INDIRECT);

	desc.indirect = false;
	rig = rig_reset(test, &desc);
	writeq(GITS_BASER_INDIRECT, rig->its + GITS_BASER);
	KUNIT_EXPECT_FALSE(test, readq(rig->its + GITS_BASER) & GITS_BASER_INDIRECT);
}

static void indirect_tables_are_walked(struct kunit *test)
{
	struct rig *rig = rig_start(test);
	void *l1 = rig_alloc(test, SZ_4K), *l2 = rig_alloc(test, SZ_4K);
	u32 devid = 3 * 512 + 5;
	struct gicv4_dte dte;

	writel(0, rig->its + GITS_CTLR);
	writeq(GITS_BASER_VALID | GITS_BASER_INDIRECT | rig_phys(l1),
	       rig->its + GITS_BASER);
	writel(GITS_CTLR_ENABLE, rig->its + GITS_CTLR);

	/* No level 2 page, no device */
	gicv4_expect_breach(test, GICV4_RULE_DEVID_RANGE);
	rig_send(rig, raw_mapd(devid, rig_phys(rig->itt[0]), 5, true));
	KUNIT_EXPECT_FALSE(test, gicv4_get_dte(0, devid, &dte));

	((__le64 *)l1)[3] = cpu_to_le64(GITS_BASER_VALID | rig_phys(l2));
	rig_send(rig, raw_mapd(devid, rig_phys(rig->itt[0]), 5, true));
	KUNIT_EXPECT_TRUE(test, gicv4_get_dte(0, devid, &dte));
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(l2 + 5 * 8, 0, 8));
	rig_send(rig, raw_mapd(devid, 0, 1, false));
	KUNIT_EXPECT_NULL(test, memchr_inv(l2, 0, SZ_4K));
	gicv4_checkpoint(test);
}

static void pta_means_physical_addresses(struct kunit *test)
{
	struct gicv4_desc desc = gicv4_default_desc(RIG_CPUS);
	struct raw mapc = raw_mapc(0, 0, true);
	struct rig *rig = rig_start(test);
	void __iomem *its = rig->its;
	u64 col;

	desc.pta = true;
	KUNIT_ASSERT_EQ(test, gicv4_machine_init(&desc), 0);
	writeq(GITS_BASER_VALID | rig_phys(rig->dev_table), its + GITS_BASER);
	writeq(GITS_BASER_VALID | rig_phys(rig->col_table), its + GITS_BASER + 8);
	writeq(GITS_CBASER_VALID | rig_phys(rig->queue), its + GITS_CBASER);
	writel(GITS_CTLR_ENABLE, its + GITS_CTLR);
	rig->next = 0;
	KUNIT_EXPECT_TRUE(test, readq(its + GITS_TYPER) & GITS_TYPER_PTA);

	gicv4_expect_breach(test, GICV4_RULE_RDBASE_RANGE);
	rig_send(rig, mapc);
	col = gicv4_rdist_phys(1);
	mapc.dw[2] = BIT_ULL(63) | col;
	rig_send(rig, mapc);
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(rig->col_table, 0, 8));
	gicv4_expect_breach(test, GICV4_RULE_SYNC_MISSING);
	gicv4_checkpoint(test);
}

/* Host interrupts */

static void lpi_arrives_in_hard_interrupt_context(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	unsigned long flags;
	unsigned int cpu;
	bool pending;

	/* Event n goes to CPU n */
	rig_event(rig, GITS_CMD_DISCARD, 0, 1);
	rig_mapti(rig, 0, 1, LPI(1), 1);

	/* Not in the access, which may be under any lock of the driver */
	local_irq_save(flags);
	cpu = smp_processor_id() % RIG_CPUS;
	writel(cpu, rig->its + GITS_TRANSLATER);
	pending = gicv4_plpi_pending(cpu, LPI(cpu));
	local_irq_restore(flags);
	KUNIT_EXPECT_TRUE(test, pending);

	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_TRUE(test, rig_irq(0).hardirq);
	KUNIT_EXPECT_EQ(test, rig_irq(0).intid, LPI(cpu));
	KUNIT_EXPECT_FALSE(test, gicv4_plpi_pending(cpu, LPI(cpu)));
}

static void lpi_arrives_on_its_cpu(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	struct rig_irq irq;
	unsigned int i;

	if (num_online_cpus() < RIG_CPUS)
		kunit_skip(test, "needs %u CPUs", RIG_CPUS);

	rig_mapti(rig, 0, 2, LPI(2), 1);
	for (i = 0; i < 20; i++) {
		gicv4_device_write(0, 0, i % 2 ? 2 : 0);
		KUNIT_ASSERT_EQ(test, rig_nr_irqs(), i + 1);
		irq = rig_irq(i);
		KUNIT_EXPECT_EQ(test, irq.cpu, i % 2);
		KUNIT_EXPECT_EQ(test, irq.on_cpu, i % 2);
		KUNIT_EXPECT_TRUE(test, irq.hardirq);
	}
}

static void lpis_arrive_by_priority(struct kunit *test)
{
	static const u8 prio[] = { 0xc0, 0x20, 0x80 };
	static const u32 order[] = { 3, 4, 2 };
	struct rig *rig = rig_populate(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prio); i++) {
		rig->prop[2 + i] = prio[i];
		rig_mapti(rig, 0, 2 + i, LPI(2 + i), 0);
		gicv4_device_write(0, 0, 2 + i);
	}
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 0);

	for (i = 0; i < ARRAY_SIZE(prio); i++)
		rig->prop[2 + i] |= LPI_PROP_ENABLED;
	rig_send(rig, raw_invall(0));
	rig_sync(rig);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 3);
	for (i = 0; i < ARRAY_SIZE(order); i++)
		KUNIT_EXPECT_EQ(test, rig_irq(i).intid, LPI(order[i]));
}

static void lpis_wait_for_enable_lpis(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	writel(0, rig->gicr[0] + GICR_CTLR);
	KUNIT_EXPECT_FALSE(test, readl(rig->gicr[0] + GICR_CTLR) & GICR_CTLR_ENABLE_LPIS);
	gicv4_device_write(0, 0, 0);
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 0);

	/* What the table in memory holds is pending once they are enabled */
	rig->pend[0][LPI(0) / 8] |= BIT(LPI(0) % 8);
	writel(GICR_CTLR_ENABLE_LPIS, rig->gicr[0] + GICR_CTLR);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).intid, LPI(0));
	KUNIT_EXPECT_NULL(test, memchr_inv(rig->pend[0], 0, SZ_8K));
}

static void direct_lpi_registers_work(struct kunit *test)
{
	struct gicv4_desc desc = gicv4_default_desc(RIG_CPUS);
	void __iomem *gicr;
	struct rig *rig;

	desc.direct_lpi = true;
	rig = rig_reset(test, &desc);
	gicr = rig->gicr[1];
	writeq(rig_phys(rig->prop) | (RIG_BITS - 1), gicr + GICR_PROPBASER);
	writeq(rig_phys(rig->pend[1]), gicr + GICR_PENDBASER);
	writel(GICR_CTLR_ENABLE_LPIS, gicr + GICR_CTLR);
	rig->prop[3] = 0xa0;

	writeq(LPI(3), gicr + GICR_SETLPIR);
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(1, LPI(3)));
	writeq(LPI(3), gicr + GICR_CLRLPIR);
	KUNIT_EXPECT_EQ(test, readl(gicr + GICR_SYNCR), 0);
	KUNIT_EXPECT_FALSE(test, gicv4_plpi_pending(1, LPI(3)));

	writeq(LPI(3), gicr + GICR_SETLPIR);
	rig->prop[3] |= LPI_PROP_ENABLED;
	KUNIT_EXPECT_EQ(test, rig_nr_irqs(), 0);
	writeq(LPI(3), gicr + GICR_INVLPIR);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	KUNIT_EXPECT_EQ(test, rig_irq(0).cpu, 1);
}

/* Faults */

static void fault_stall_stops_the_queue(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	u64 creadr;

	gicv4_trace_clear();
	gicv4_fault_stall(0, GITS_CMD_INT, 2);
	rig_send(rig, raw_event(GITS_CMD_INT, 0, 1));
	creadr = readq(rig->its + GITS_CREADR);
	KUNIT_EXPECT_EQ(test, creadr & 1, 0);

	rig_send(rig, raw_event(GITS_CMD_INT, 0, 1));
	rig_vsync(rig, 0);
	KUNIT_EXPECT_EQ(test, readq(rig->its + GITS_CREADR), creadr | 1);
	KUNIT_EXPECT_EQ(test, gicv4_trace_len(), 1);

	gicv4_fault_clear();
	KUNIT_EXPECT_EQ(test, readq(rig->its + GITS_CREADR),
			readq(rig->its + GITS_CWRITER));
	KUNIT_EXPECT_EQ(test, gicv4_trace_len(), 3);
}

static void retry_restarts_a_stalled_queue(struct kunit *test)
{
	struct rig *rig = rig_populate(test);

	gicv4_fault_stall(0, GICV4_ANY_CMD, 1);
	rig_event(rig, GITS_CMD_INT, 0, 1);
	KUNIT_EXPECT_FALSE(test, gicv4_vlpi_pending(0, 0, LPI(1)));
	writeq(rig->next | 1, rig->its + GITS_CWRITER);
	KUNIT_EXPECT_TRUE(test, gicv4_vlpi_pending(0, 0, LPI(1)));
}

static void fault_ignore_skips_one_command(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	struct gicv4_cmd cmd;

	gicv4_trace_clear();
	gicv4_fault_ignore(0, GITS_CMD_INT, 1);
	rig_send(rig, raw_event(GITS_CMD_INT, 0, 1));
	KUNIT_EXPECT_FALSE(test, gicv4_vlpi_pending(0, 0, LPI(1)));
	KUNIT_EXPECT_TRUE(test, gicv4_trace_get(0, &cmd));
	KUNIT_EXPECT_TRUE(test, cmd.ignored);
	rig_event(rig, GITS_CMD_INT, 0, 1);
	KUNIT_EXPECT_TRUE(test, gicv4_vlpi_pending(0, 0, LPI(1)));
}

/* Dump */

#define DUMP_SIZE	SZ_8K

static char *dump(struct kunit *test)
{
	char *text = kunit_kzalloc(test, DUMP_SIZE, GFP_KERNEL);
	struct seq_buf s;

	KUNIT_ASSERT_NOT_NULL(test, text);
	seq_buf_init(&s, text, DUMP_SIZE);
	gicv4_dump(&s);
	KUNIT_EXPECT_FALSE(test, seq_buf_has_overflowed(&s));
	seq_buf_str(&s);
	return text;
}

static void dump_holds_the_state_and_no_history(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	char *before = dump(test), *meanwhile, *after;

	KUNIT_EXPECT_NOT_NULL(test, strstr(before, " event 1: vLPI 8193 vPE 0 doorbell"));
	rig_vmapti(rig, 1, 4, 1, LPI(6));
	gicv4_device_write(0, 1, 4);
	rig_nr_irqs();
	meanwhile = dump(test);
	KUNIT_EXPECT_STRNEQ(test, before, meanwhile);
	KUNIT_EXPECT_NOT_NULL(test, strstr(meanwhile, "  pending 8198\n"));

	rig_event(rig, GITS_CMD_DISCARD, 1, 4);
	after = dump(test);
	KUNIT_EXPECT_STREQ(test, before, after);
}

/* A random walk, against a shadow of its own */

#define WALK_EVENTS	BIT(RIG_EVENT_BITS)
#define WALK_STEPS	2000

struct walk {
	struct gicv4_itte	map[RIG_DEVS][WALK_EVENTS];
	bool			pending[RIG_VPES][WALK_EVENTS];
	int			vcpu[RIG_CPUS];		/* resident vPE */
	unsigned int		cpu[RIG_VPES];		/* target */
};

static bool walk_resident(const struct walk *w, unsigned int vpe)
{
	return w->vcpu[w->cpu[vpe]] == vpe;
}

static void walk_step(struct rig *rig, struct walk *w, struct rnd_state *rnd)
{
	u32 dev = prandom_u32_state(rnd) % RIG_DEVS;
	u32 event = prandom_u32_state(rnd) % WALK_EVENTS;
	u32 vpe = prandom_u32_state(rnd) % RIG_VPES;
	u32 cpu = prandom_u32_state(rnd) % RIG_CPUS;
	struct gicv4_itte *map = &w->map[dev][event];
	/* Each event of a device has a vINTID of its own */
	u32 n = dev * (WALK_EVENTS / RIG_DEVS) + event % (WALK_EVENTS / RIG_DEVS);
	u32 intid;

	switch (prandom_u32_state(rnd) % 8) {
	case 0:
	case 1:
		if (map->valid || event >= WALK_EVENTS / RIG_DEVS)
			break;
		rig_vmapti(rig, dev, event, vpe, LPI(n));
		*map = (struct gicv4_itte) {
			.valid = true, .virt = true, .vpeid = vpe,
			.intid = LPI(n), .doorbell = RIG_DB(vpe),
		};
		break;
	case 2:
		if (!map->valid)
			break;
		rig_send(rig, raw_vmovi(dev, event, vpe, RIG_DB(vpe), true));
		rig_vsync(rig, vpe);
		w->pending[vpe][n] |= w->pending[map->vpeid][n];
		if (vpe != map->vpeid)
			w->pending[map->vpeid][n] = false;
		map->vpeid = vpe;
		map->doorbell = RIG_DB(vpe);
		break;
	case 3:
		if (!map->valid)
			break;
		rig_event(rig, GITS_CMD_DISCARD, dev, event);
		w->pending[map->vpeid][n] = false;
		*map = (struct gicv4_itte) { };
		break;
	case 4:
	case 5:
		gicv4_device_write(0, dev, event);
		if (map->valid)
			w->pending[map->vpeid][n] = true;
		break;
	case 6:
		if (walk_resident(w, vpe)) {
			rig_leave(rig, w->cpu[vpe]);
			w->vcpu[w->cpu[vpe]] = -1;
		} else if (w->vcpu[cpu] < 0) {
			rig_send(rig, raw_vmovp(vpe, cpu));
			rig_vsync(rig, vpe);
			rig_enter(rig, cpu, vpe);
			w->cpu[vpe] = cpu;
			w->vcpu[cpu] = vpe;
		}
		break;
	case 7:
		intid = gicv4_vcpu_ack(cpu);
		if (intid != GICV4_INTID_NONE && w->vcpu[cpu] >= 0) {
			n = intid - LPI(0);
			KUNIT_EXPECT_TRUE(rig->test, w->pending[w->vcpu[cpu]][n]);
			w->pending[w->vcpu[cpu]][n] = false;
		}
		break;
	}
}

static void walk_check(struct rig *rig, const struct walk *w)
{
	struct gicv4_itte itte;
	unsigned int i, j;

	for (i = 0; i < RIG_DEVS; i++) {
		for (j = 0; j < WALK_EVENTS; j++) {
			gicv4_get_itte(0, i, j, &itte);
			KUNIT_EXPECT_EQ(rig->test, itte.valid, w->map[i][j].valid);
			KUNIT_EXPECT_EQ(rig->test, itte.vpeid, w->map[i][j].vpeid);
			KUNIT_EXPECT_EQ(rig->test, itte.intid, w->map[i][j].intid);
			KUNIT_EXPECT_EQ(rig->test, itte.doorbell,
					w->map[i][j].doorbell);
		}
	}
	for (i = 0; i < RIG_VPES; i++)
		for (j = 0; j < WALK_EVENTS; j++)
			KUNIT_EXPECT_EQ(rig->test,
					gicv4_vlpi_pending(0, i, LPI(j)),
					w->pending[i][j]);
}

static void random_walk_agrees_with_a_shadow(struct kunit *test)
{
	struct rig *rig = rig_start(test);
	u32 s = seed ?: get_random_u32();
	struct rnd_state rnd;
	struct walk *w;
	unsigned int i;

	kunit_info(test, "gicv4_machine_cases.seed=%u", s);
	prandom_seed_state(&rnd, s);
	w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, w);

	for (i = 0; i < RIG_CPUS; i++)
		w->vcpu[i] = -1;
	for (i = 0; i < RIG_DEVS; i++)
		rig_mapd(rig, i);
	for (i = 0; i < RIG_VPES; i++)
		rig_vmapp(rig, i, 0);

	for (i = 0; i < WALK_STEPS; i++) {
		walk_step(rig, w, &rnd);
		if (i % 100)
			continue;
		walk_check(rig, w);
		gicv4_checkpoint(test);
	}
	walk_check(rig, w);
}

static struct {
	struct gicv4_access	last;
	unsigned int		seen;
} watched;

static void look_on(const struct gicv4_access *access)
{
	watched.last = *access;
	watched.seen++;
}

static void look_away(void *unused)
{
	gicv4_watch(NULL);
}

static void accesses_are_watched(struct kunit *test)
{
	struct rig *rig = rig_start(test);

	watched.seen = 0;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, look_away, NULL));
	gicv4_watch(look_on);

	writel(GICR_WAKER_ProcessorSleep, rig->gicr[1] + GICR_WAKER);
	KUNIT_EXPECT_EQ(test, watched.seen, 1);
	KUNIT_EXPECT_EQ(test, watched.last.cpu, 1);
	KUNIT_EXPECT_EQ(test, watched.last.its, -1);
	KUNIT_EXPECT_EQ(test, watched.last.off, GICR_WAKER);
	KUNIT_EXPECT_TRUE(test, watched.last.write);
	KUNIT_EXPECT_EQ(test, watched.last.val, GICR_WAKER_ProcessorSleep);

	readl(rig->its + GITS_CTLR);
	KUNIT_EXPECT_EQ(test, watched.seen, 2);
	KUNIT_EXPECT_EQ(test, watched.last.its, 0);
	KUNIT_EXPECT_EQ(test, watched.last.cpu, -1);
	KUNIT_EXPECT_EQ(test, watched.last.off, GITS_CTLR);
	KUNIT_EXPECT_FALSE(test, watched.last.write);
	KUNIT_EXPECT_TRUE(test, watched.last.val & GITS_CTLR_ENABLE);

	gicv4_watch(NULL);
	readl(rig->its + GITS_CTLR);
	KUNIT_EXPECT_EQ(test, watched.seen, 2);
}

static void its_of_gicv3_is_beside_others(struct kunit *test)
{
	struct gicv4_desc desc = gicv4_default_desc(RIG_CPUS);
	void __iomem *its;
	struct rig *rig;

	desc.nr_its = 2;
	desc.v3_its = BIT(1);
	rig = rig_reset(test, &desc);
	KUNIT_EXPECT_TRUE(test, readq(rig->its + GITS_TYPER) & GITS_TYPER_VLPIS);
	KUNIT_EXPECT_NE(test, readq(rig->its + GITS_BASER + 16), 0);
	its = ioremap(gicv4_its_phys(1), SZ_64K);
	KUNIT_ASSERT_NOT_NULL(test, its);
	KUNIT_EXPECT_FALSE(test, readq(its + GITS_TYPER) & GITS_TYPER_VLPIS);
	KUNIT_EXPECT_EQ(test, readq(its + GITS_BASER + 16), 0);
	KUNIT_EXPECT_EQ(test, readl(its + GITS_PIDR2) & 0xf0, GIC_PIDR2_ARCH_GICv3);
	iounmap(its);
}

static void fixed_its_number_cannot_be_written(struct kunit *test)
{
	struct gicv4_desc desc = gicv4_default_desc(RIG_CPUS);
	struct rig *rig;
	u32 ctlr;

	desc.nr_its = 3;
	desc.vmovp = false;
	desc.fixed_number = true;
	rig = rig_reset(test, &desc);
	writel(GITS_CTLR_ITS_NUMBER, rig->its + GITS_CTLR);
	ctlr = readl(rig->its + GITS_CTLR) & GITS_CTLR_ITS_NUMBER;
	KUNIT_EXPECT_EQ(test, ctlr >> GITS_CTLR_ITS_NUMBER_SHIFT, 2);
}

static void tables_that_are_not_coherent_say_so(struct kunit *test)
{
	struct gicv4_desc desc = gicv4_default_desc(RIG_CPUS);
	struct rig *rig;

	desc.noncoherent = true;
	rig = rig_reset(test, &desc);
	writeq(GITS_BASER_InnerShareable, rig->its + GITS_BASER);
	writeq(GITS_CBASER_InnerShareable, rig->its + GITS_CBASER);
	writeq(GICR_PENDBASER_InnerShareable, rig->gicr[0] + GICR_PENDBASER);
	KUNIT_EXPECT_EQ(test, readq(rig->its + GITS_BASER) &
			GITS_BASER_SHAREABILITY_MASK, 0);
	KUNIT_EXPECT_EQ(test, readq(rig->its + GITS_CBASER) &
			GITS_CBASER_SHAREABILITY_MASK, 0);
	KUNIT_EXPECT_EQ(test, readq(rig->gicr[0] + GICR_PENDBASER) &
			GICR_PENDBASER_SHAREABILITY_MASK, 0);
}

struct kunit_case gicv4_machine_cases[] = {
	KUNIT_CASE(registers_describe_the_machine),
	KUNIT_CASE(gicv3_has_no_virtual_lpis),
	KUNIT_CASE(machines_that_do_not_exist_are_refused),
	KUNIT_CASE(a_reset_forgets_everything),
	KUNIT_CASE(baser_takes_what_the_machine_can_do),
	KUNIT_CASE(indirect_tables_are_walked),
	KUNIT_CASE(pta_means_physical_addresses),
	KUNIT_CASE(lpi_arrives_in_hard_interrupt_context),
	KUNIT_CASE(lpi_arrives_on_its_cpu),
	KUNIT_CASE(lpis_arrive_by_priority),
	KUNIT_CASE(lpis_wait_for_enable_lpis),
	KUNIT_CASE(direct_lpi_registers_work),
	KUNIT_CASE(fault_stall_stops_the_queue),
	KUNIT_CASE(retry_restarts_a_stalled_queue),
	KUNIT_CASE(fault_ignore_skips_one_command),
	KUNIT_CASE(dump_holds_the_state_and_no_history),
	KUNIT_CASE(accesses_are_watched),
	KUNIT_CASE(its_of_gicv3_is_beside_others),
	KUNIT_CASE(fixed_its_number_cannot_be_written),
	KUNIT_CASE(tables_that_are_not_coherent_say_so),
	KUNIT_CASE(random_walk_agrees_with_a_shadow),
	{ }
};
