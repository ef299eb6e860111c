// SPDX-License-Identifier: GPL-2.0-only
/*
 * its_v4_watched: commands that change nothing are not sent, as each costs a
 * round to the ITS, under a lock of the driver's, and a guest can ask for many.
 * And what the machine is told beside commands.
 */
#include <linux/bitfield.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/um-vgic.h>
#include <linux/vmstat.h>

#include "its-v4-watched.h"

static struct its_v4_vlpi vlpi(struct its_v4 *t, unsigned int event)
{
	return (struct its_v4_vlpi) {
		.vm	= its_v4_vm(t, 2),
		.dev	= its_v4_device(t, 0, ITS_V4_DEVID, 4),
		.event	= event,
		.vintid	= ITS_V4_VINTID + event,
	};
}

/* An INV or the register that does the same; VMOVI for another doorbell only */
void property_update_sends_what_changes(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = vlpi(t, 0);
	unsigned int irq = its_v4_irq(&v);

	its_v4_map(&v);
	gicv4_trace_clear();
	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(irq, 0x40 | LPI_PROP_ENABLED,
						      true));
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_INV), !t->hw.v4_1);
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VMOVI), 0);

	gicv4_trace_clear();
	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(irq, 0x40, true));
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VMOVI), !t->hw.v4_1);
	gicv4_trace_clear();
	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(irq, 0x80, true));
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VMOVI), 0);

	/* The table alone, for an INVALL afterwards */
	gicv4_trace_clear();
	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(irq, 0x90, false));
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GICV4_ANY_CMD), 0);
	KUNIT_EXPECT_EQ(test, 0, its_invall_vpe(its_v4_vpe(&v)));
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VINVALL), !t->hw.v4_1);
}

void vm_is_mapped_on_an_its_once(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = vlpi(t, 0), w = v;

	w.event++;
	w.vintid++;
	w.vcpu = 1;
	gicv4_trace_clear();
	its_v4_map(&v);
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VMAPP),
			t->hw.its_list ? 2 : 0);
	/* The redistributor may know an earlier vPE of that name */
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VINVALL),
			t->hw.its_list ? 2 : 0);
	its_v4_map(&w);
	its_v4_unmap(&v);
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VMAPP),
			t->hw.its_list ? 2 : 0);
	its_v4_expect_delivered(&w);
	its_v4_unmap(&w);
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VMAPP),
			t->hw.its_list ? 4 : 0);

	/* Where it is mapped all the time, that ends now */
	its_v4_vm_destroy(v.vm);
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VMAPP),
			t->hw.its_list ? 4 : 2 * t->hw.nr_its);
}

void new_vm_is_invalidated(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	unsigned int n = t->hw.its_list ? 0 : 3 * t->hw.nr_its;

	gicv4_trace_clear();
	its_v4_vm(t, 3);
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VMAPP), n);
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VINVALL), n);
}

void doorbells_need_a_device_without_direct_lpi(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct um_its_counts counts;

	um_its_get_counts(&counts);
	KUNIT_EXPECT_EQ(test, counts.devices,
			!t->hw.v4_1 && !gicv4_machine()->direct_lpi);
}

/* The pending table of a vPE has no place for it */
void refused_vlpi_sends_nothing(struct kunit *test)
{
	unsigned int bits = min(gicv4_machine()->intid_bits, 16);
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = vlpi(t, 0), last = v;

	v.vintid = BIT(bits);
	gicv4_trace_clear();
	KUNIT_EXPECT_EQ(test, -EINVAL, its_v4_try_map(&v, ITS_V4_ENABLED, true));
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GICV4_ANY_CMD), 0);
	its_v4_send(&v);
	its_v4_expect_host_hits(&v, 1);

	last.vintid = BIT(bits) - 1;
	its_v4_map(&last);
	its_v4_expect_mapped(&last, true);
	its_v4_expect_delivered(&last);
}

void vpe_that_stays_sends_nothing(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = vlpi(t, 0);

	its_v4_map(&v);
	its_v4_expect_delivered(&v);
	gicv4_trace_clear();
	/* It is here, and may stay */
	KUNIT_EXPECT_EQ(test, 0, irq_set_affinity(its_v4_vpe(&v)->irq,
						  cpumask_of(smp_processor_id())));
	KUNIT_EXPECT_EQ(test, 0, irq_set_affinity(its_v4_vpe(&v)->irq,
						  cpumask_of(smp_processor_id())));
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VMOVP), 0);
	its_v4_expect_delivered(&v);
}

/* The redistributors of an affinity group are alike to a vPE of GICv4.1 */
void vpe_that_may_stay_stays(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = vlpi(t, 0);
	unsigned int irq = its_v4_vpe(&v)->irq, cpu;

	its_v4_need_cpus(t, 2);
	if (!t->hw.v4_1)
		kunit_skip(test, "GICv4.0 knows no affinity groups");

	its_v4_map(&v);
	for_each_online_cpu(cpu) {
		KUNIT_EXPECT_EQ(test, 0, irq_set_affinity(irq, cpumask_of(cpu)));
		gicv4_trace_clear();
		KUNIT_EXPECT_EQ(test, 0, irq_set_affinity(irq, cpu_online_mask));
		KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VMOVP), 0);
		KUNIT_EXPECT_EQ(test, its_v4_vpe(&v)->col_idx, cpu);
		its_v4_expect_mapped(&v, true);
	}
}

/* Enable and disable a doorbell: how many commands it takes to have it mapped */
static unsigned int mappings_to_use_doorbell(struct its_v4_vm *vm)
{
	gicv4_trace_clear();
	enable_irq(vm->vpes[0]->irq);
	disable_irq(vm->vpes[0]->irq);

	return gicv4_trace_count(GITS_CMD_MAPTI) +
	       gicv4_trace_count(GITS_CMD_DISCARD);
}

/*
 * GICv4.0 without DirectLPI: there are as many slots for doorbells as there are
 * CPUs, two at least. So many vPEs do not drive each other out.
 */
void doorbells_keep_their_slots(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *a, *b, *c;
	unsigned int i;

	if (t->hw.v4_1 || gicv4_machine()->direct_lpi)
		kunit_skip(test, "doorbells are not mapped");

	a = its_v4_vm(t, 1);
	b = its_v4_vm(t, 1);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, mappings_to_use_doorbell(a), 0);
		KUNIT_EXPECT_EQ(test, mappings_to_use_doorbell(b), 0);
	}

	/* A slot that is free is taken before one that is not, whichever it is */
	its_v4_vm_destroy(b);
	c = its_v4_vm(t, 1);
	KUNIT_EXPECT_EQ(test, mappings_to_use_doorbell(a), 0);
	KUNIT_EXPECT_EQ(test, mappings_to_use_doorbell(c), 0);
	its_v4_vm_destroy(a);
	a = its_v4_vm(t, 1);
	KUNIT_EXPECT_EQ(test, mappings_to_use_doorbell(c), 0);
	KUNIT_EXPECT_EQ(test, mappings_to_use_doorbell(a), 0);
}

#define LEAK_EVENTS	32
#define LEAK_ROUNDS	2048

/* What a device has to note of its vLPIs goes with the last of them */
void unmapped_vlpis_take_no_memory(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = {
		.vm	= its_v4_vm(t, 1),
		.dev	= its_v4_device(t, 0, ITS_V4_DEVID, LEAK_EVENTS),
		.vintid	= ITS_V4_VINTID,
	};
	size_t leak = LEAK_EVENTS * sizeof(struct its_vlpi_map) * LEAK_ROUNDS;
	unsigned long before, after;
	unsigned int i;

	if (IS_ENABLED(CONFIG_KASAN))
		kunit_skip(test, "KASAN keeps what is freed for a while");

	its_v4_map(&v);
	its_v4_unmap(&v);
	before = global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B);
	for (i = 0; i < LEAK_ROUNDS; i++) {
		its_v4_map(&v);
		its_v4_unmap(&v);
	}
	after = global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B);
	KUNIT_EXPECT_LT(test, after, before + leak / PAGE_SIZE / 2);
}

static u64 vlpi_register(struct kunit *test, unsigned int cpu, unsigned int reg)
{
	void __iomem *base = ioremap(gicv4_rdist_phys(cpu), SZ_256K);
	u64 val;

	KUNIT_ASSERT_NOT_NULL(test, base);
	val = readq(base + SZ_128K + reg);
	iounmap(base);

	return val;
}

/* Shareability, and any kind of memory that is not that of a device */
static void expect_cacheable(struct kunit *test, u64 val)
{
	u64 shareable = FIELD_GET(GICR_VPROPBASER_SHAREABILITY_MASK, val);

	KUNIT_EXPECT_EQ(test, shareable, GIC_BASER_InnerShareable);
	KUNIT_EXPECT_GT(test, FIELD_GET(GICR_VPROPBASER_INNER_CACHEABILITY_MASK, val),
			GIC_BASER_CACHE_nC);
}

/* A driver that writes them through its caches has to say so */
void tables_of_a_vpe_are_read_through_caches(struct kunit *test)
{
	unsigned int bits = min(gicv4_machine()->intid_bits, 16), cpu;
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = vlpi(t, 0);

	its_v4_map(&v);
	for_each_online_cpu(cpu) {
		u64 vprop, vpend;

		its_v4_run_on(t, cpu);
		its_v4_enter(v.vm, 0);
		vprop = vlpi_register(test, cpu, GICR_VPROPBASER);
		vpend = vlpi_register(test, cpu, GICR_VPENDBASER);
		its_v4_leave(v.vm, 0);

		expect_cacheable(test, vprop);
		if (t->hw.v4_1)
			continue;
		/* The fields are where those of GICR_VPROPBASER are */
		expect_cacheable(test, vpend);
		KUNIT_EXPECT_EQ(test, vprop & GICR_VPROPBASER_IDBITS_MASK, bits - 1);
	}
}

static u64 made_resident_with, left_with;

static void note_residency(const struct gicv4_access *access)
{
	if (!access->write || access->cpu < 0 ||
	    access->off != SZ_128K + GICR_VPENDBASER)
		return;
	if (access->val & GICR_VPENDBASER_Valid)
		made_resident_with = access->val;
	else
		left_with = access->val;
}

static void stop_noting(void *unused)
{
	gicv4_watch(NULL);
}

/* GICv4.0: with PendingLast 0 the redistributor need not read the table */
void vpe_may_have_something_pending(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = vlpi(t, 0);

	if (t->hw.v4_1)
		kunit_skip(test, "the redistributor of a GICv4.1 knows");

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, stop_noting, NULL));
	its_v4_map(&v);
	its_v4_enter(v.vm, 0);
	its_v4_leave(v.vm, 0);

	made_resident_with = 0;
	gicv4_watch(note_residency);
	its_v4_enter(v.vm, 0);
	KUNIT_EXPECT_TRUE(test, made_resident_with & GICR_VPENDBASER_PendingLast);
	its_v4_leave(v.vm, 0);
}

/* GICv4.1: a vPE that will be back asks for nothing, one that waits for all */
void vpe_says_how_it_leaves(struct kunit *test)
{
	u64 what = GICR_VPENDBASER_PendingLast | GICR_VPENDBASER_4_1_DB;
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = vlpi(t, 0);

	if (!t->hw.v4_1)
		kunit_skip(test, "the redistributor of a GICv4.0 is not told");

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, stop_noting, NULL));
	its_v4_map(&v);
	gicv4_watch(note_residency);
	its_v4_enter(v.vm, 0);
	its_v4_leave(v.vm, 0);
	KUNIT_EXPECT_EQ(test, left_with & what, GICR_VPENDBASER_PendingLast);
	KUNIT_EXPECT_TRUE(test, v.vm->vpes[0]->pending_last);
	its_v4_enter(v.vm, 0);
	its_v4_wait(v.vm, 0);
	KUNIT_EXPECT_EQ(test, left_with & what, GICR_VPENDBASER_4_1_DB);
	KUNIT_EXPECT_FALSE(test, v.vm->vpes[0]->pending_last);
}

/* GICv4.1: the guest's group enables come with the residency */
void groups_are_those_of_the_guest(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct gicv4_residency res;
	unsigned int i;

	if (!t->hw.v4_1)
		kunit_skip(test, "GICv4.0 knows of no groups");

	for (i = 0; i < 4; i++) {
		struct its_v4_vm *vm = its_v4_vm(t, 1);
		int resident, gone;

		preempt_disable();
		resident = its_make_vpe_resident(vm->vpes[0], i & 1, i & 2);
		its_commit_vpe(vm->vpes[0]);
		gicv4_get_residency(smp_processor_id(), &res);
		gone = its_make_vpe_non_resident(vm->vpes[0], false);
		preempt_enable();

		KUNIT_EXPECT_EQ(test, resident, 0);
		KUNIT_EXPECT_EQ(test, gone, 0);
		KUNIT_EXPECT_EQ(test, res.grp0, i & 1);
		KUNIT_EXPECT_EQ(test, res.grp1, !!(i & 2));
		its_v4_vm_destroy(vm);
	}
}

/* Disabled at the redistributor, not only ignored by the host */
void disabled_doorbell_stays_pending(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = vlpi(t, 0);
	struct its_vpe *vpe = its_v4_vpe(&v);
	const struct its_v4_vlpi *one[] = { &v };

	its_v4_map(&v);
	its_v4_enter(v.vm, 0);
	its_v4_wait(v.vm, 0);
	disable_irq(vpe->irq);
	its_v4_send(&v);
	its_v4_expect_doorbells(v.vm, 0, 0);
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(vpe->col_idx, vpe->vpe_db_lpi));
	enable_irq(vpe->irq);
	its_v4_expect_doorbells(v.vm, 0, 1);
	its_v4_expect_taken(v.vm, 0, one, 1);
}

static unsigned int invalidations;

static void count_invalidations(const struct gicv4_access *access)
{
	if (access->write && access->cpu >= 0 && access->off == GICR_INVALLR)
		invalidations++;
}

static void start_counting_invalidations(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, stop_noting, NULL));
	invalidations = 0;
	gicv4_trace_clear();
	gicv4_watch(count_invalidations);
}

/* Nor does a vPE that has come from another CPU want it */
void residency_invalidates_nothing(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = vlpi(t, 0);
	unsigned int cpu;

	its_v4_map(&v);
	its_v4_enter(v.vm, 0);
	its_v4_leave(v.vm, 0);
	start_counting_invalidations(test);
	for_each_online_cpu(cpu) {
		its_v4_run_on(t, cpu);
		its_v4_enter(v.vm, 0);
		its_v4_leave(v.vm, 0);
	}
	KUNIT_EXPECT_EQ(test, invalidations, 0);
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VINVALL), 0);
	KUNIT_EXPECT_EQ(test, 0, its_invall_vpe(its_v4_vpe(&v)));
	KUNIT_EXPECT_EQ(test, invalidations + gicv4_trace_count(GITS_CMD_VINVALL), 1);
}

#define BUSY_READS	20

static u32 syncr(struct kunit *test, unsigned int cpu)
{
	void __iomem *base = ioremap(gicv4_rdist_phys(cpu), SZ_64K);
	u32 val;

	KUNIT_ASSERT_NOT_NULL(test, base);
	val = readl(base + GICR_SYNCR);
	iounmap(base);

	return val;
}

/* Until then the doorbell may ring, for whoever has its LPI next */
void redistributor_is_waited_for(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = vlpi(t, 0);
	unsigned int irq = its_v4_vpe(&v)->irq, cpu = its_v4_vpe(&v)->col_idx;

	if (!t->hw.v4_1 && !gicv4_machine()->direct_lpi)
		kunit_skip(test, "the redistributor is reached by commands");

	its_v4_map(&v);
	gicv4_fault_busy(cpu, BUSY_READS);
	if (t->hw.v4_1) {
		KUNIT_EXPECT_EQ(test, 0, its_invall_vpe(its_v4_vpe(&v)));
		KUNIT_EXPECT_EQ(test, syncr(test, cpu), 0);
		gicv4_fault_busy(cpu, BUSY_READS);
		KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(its_v4_irq(&v),
							      ITS_V4_DISABLED, true));
		KUNIT_EXPECT_EQ(test, syncr(test, cpu), 0);
		return;
	}
	KUNIT_EXPECT_EQ(test, 0, irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING,
						       false));
	KUNIT_EXPECT_EQ(test, syncr(test, cpu), 0);
	gicv4_fault_busy(cpu, BUSY_READS);
	enable_irq(irq);
	KUNIT_EXPECT_EQ(test, syncr(test, cpu), 0);
	if (num_online_cpus() < 2)
		return;

	gicv4_fault_busy(cpu, BUSY_READS);
	KUNIT_EXPECT_EQ(test, 0, irq_set_affinity(irq, cpumask_of(!cpu)));
	KUNIT_EXPECT_EQ(test, syncr(test, cpu), 0);
}

static unsigned int looks_at_dirty;

static void count_looks(const struct gicv4_access *access)
{
	if (!access->write && access->cpu >= 0 &&
	    access->off == SZ_128K + GICR_VPENDBASER)
		looks_at_dirty++;
}

/* GICR_TYPER.Dirty: else what the bit says while a vPE is resident means nothing */
void dirty_is_asked_where_it_means_something(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_vpe *vpe = its_v4_vm(t, 1)->vpes[0];
	int resident, committed, gone;

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, stop_noting, NULL));
	looks_at_dirty = 0;
	preempt_disable();
	resident = its_make_vpe_resident(vpe, false, true);
	gicv4_watch(count_looks);
	committed = its_commit_vpe(vpe);
	gicv4_watch(NULL);
	gone = its_make_vpe_non_resident(vpe, false);
	preempt_enable();

	KUNIT_EXPECT_EQ(test, resident, 0);
	KUNIT_EXPECT_EQ(test, committed, 0);
	KUNIT_EXPECT_EQ(test, gone, 0);
	KUNIT_EXPECT_EQ(test, looks_at_dirty > 0, gicv4_machine()->dirty);
}

#define MOVES		6

/* To one ITS; with an ITSList to each, and the next move has the next number */
void each_move_has_its_number(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = vlpi(t, 0);
	unsigned int i, seen = 0;
	u16 first = 0, seq;
	struct gicv4_cmd cmd;

	its_v4_need_cpus(t, 2);
	its_v4_map(&v);
	gicv4_trace_clear();
	for (i = 1; i <= MOVES; i++)
		KUNIT_EXPECT_EQ(test, 0, irq_set_affinity(its_v4_vpe(&v)->irq,
							  cpumask_of(i & 1)));
	for (i = 0; gicv4_trace_get(i, &cmd); i++) {
		if (cmd.opcode != GITS_CMD_VMOVP)
			continue;
		seq = cmd.raw[0] >> 32;
		if (!seen)
			first = seq;
		if (t->hw.its_list)
			KUNIT_EXPECT_EQ(test, seq, (u16)(first + seen));
		seen++;
	}
	KUNIT_EXPECT_EQ(test, seen, MOVES);
}

/* The host rings it, and takes that back */
void doorbell_can_be_rung(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = vlpi(t, 0);
	struct its_vpe *vpe = its_v4_vpe(&v);

	if (t->hw.v4_1)
		kunit_skip(test, "the doorbell of a GICv4.1 rings by itself only");

	KUNIT_EXPECT_EQ(test, 0, irq_set_irqchip_state(vpe->irq, IRQCHIP_STATE_PENDING,
						       true));
	KUNIT_EXPECT_TRUE(test, gicv4_plpi_pending(vpe->col_idx, vpe->vpe_db_lpi));
	KUNIT_EXPECT_EQ(test, 0, irq_set_irqchip_state(vpe->irq, IRQCHIP_STATE_PENDING,
						       false));
	KUNIT_EXPECT_FALSE(test, gicv4_plpi_pending(vpe->col_idx, vpe->vpe_db_lpi));

	its_v4_enter(v.vm, 0);
	its_v4_wait(v.vm, 0);
	its_v4_expect_doorbells(v.vm, 0, 0);
	KUNIT_EXPECT_EQ(test, 0, irq_set_irqchip_state(vpe->irq, IRQCHIP_STATE_PENDING,
						       true));
	its_v4_expect_doorbells(v.vm, 0, 1);
}

/* One VINVALL reaches the redistributors, by an ITS that knows the vPE */
void vpe_is_invalidated_where_it_is_mapped(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm = its_v4_vm(t, 1);
	unsigned int its;

	if (t->hw.v4_1)
		kunit_skip(test, "GICv4.1 has a register for that");

	for (its = 0; its < t->hw.nr_its; its++) {
		struct its_v4_vlpi v = {
			.vm	= vm,
			.dev	= its_v4_device(t, its, ITS_V4_DEVID, 2),
			.vintid	= ITS_V4_VINTID,
		};

		its_v4_map(&v);
		gicv4_trace_clear();
		KUNIT_EXPECT_EQ(test, 0, its_invall_vpe(vm->vpes[0]));
		KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VINVALL), 1);
		its_v4_unmap(&v);
	}
	gicv4_trace_clear();
	KUNIT_EXPECT_EQ(test, 0, its_invall_vpe(vm->vpes[0]));
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VINVALL), !t->hw.its_list);
}
