// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4_model_bench: how long the machine takes, by the number of vLPIs that
 * are mapped. Lines "bench: key=value ..." are for make bench to read. Nothing
 * fails because of a time.
 *
 * A queue full of commands is run by one write of GITS_CWRITER. What such a
 * write costs without a command is measured too, and taken off: what is left
 * is the machine's own share.
 */
#include <kunit/test.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sort.h>

#include "rig.h"

#define BENCH_DEV	2
#define BENCH_BITS	17		/* INTID width: room for 65536 vLPIs */
#define BENCH_EVENTS	65536
#define BENCH_BATCH	96		/* commands of a write of GITS_CWRITER */
#define BENCH_RUNS	201		/* of which the median is told */
#define BENCH_CHANGES	16		/* of residency, in a run */
#define BENCH_FAR	7919		/* stride that no cache line holds */

struct bench {
	struct kunit	*test;
	struct rig	*rig;
	void		*vpt[2];
	void		*vprop;
	u32		mapped;		/* a power of two */
	u32		stride;
	u32		first;		/* event of the batch */
	bool		quiet;
	u64		empty;		/* ns of a write with no command */
	u64		ns[BENCH_RUNS];
};

static int cmp_u64(const void *a, const void *b)
{
	return cmp_int(*(const u64 *)a, *(const u64 *)b);
}

static u64 median(struct bench *b)
{
	sort(b->ns, BENCH_RUNS, sizeof(*b->ns), cmp_u64, NULL);
	return b->ns[BENCH_RUNS / 2];
}

/* Run what is in the queue: how long the write takes, ns */
static u64 run_queue(struct bench *b)
{
	u64 start, ns;

	guard(irqsave)();

	start = ktime_get_ns();
	writeq(b->rig->next, b->rig->its + GITS_CWRITER);
	ns = ktime_get_ns() - start;
	return ns;
}

/* A write of GITS_CWRITER that has no command to run, ns */
static u64 write_ns(struct bench *b)
{
	unsigned int i, j;
	u64 start;

	for (i = 0; i < BENCH_RUNS; i++) {
		guard(irqsave)();

		start = ktime_get_ns();
		for (j = 0; j < BENCH_BATCH; j++)
			writeq(b->rig->next, b->rig->its + GITS_CWRITER);
		b->ns[i] = ktime_get_ns() - start;
	}
	return div_u64(median(b), BENCH_BATCH);
}

static u32 event_at(const struct bench *b, unsigned int i)
{
	return (b->first + i * b->stride) % b->mapped;
}

/* Commands of a write, and writes of a run: the clock is too coarse for few */
static unsigned int batch(const struct bench *b)
{
	return min(b->mapped, BENCH_BATCH);
}

static unsigned int rounds(const struct bench *b)
{
	return BENCH_BATCH / batch(b);
}

/* Commands to the event @e, which is of vPE 0 at the time */

static struct raw cmd_vmapti(u32 e)
{
	return raw_vmapti(BENCH_DEV, e, 0, LPI(e), GICV4_INTID_NONE);
}

static struct raw cmd_discard(u32 e)
{
	return raw_event(GITS_CMD_DISCARD, BENCH_DEV, e);
}

static struct raw cmd_int(u32 e)
{
	return raw_event(GITS_CMD_INT, BENCH_DEV, e);
}

static struct raw cmd_clear(u32 e)
{
	return raw_event(GITS_CMD_CLEAR, BENCH_DEV, e);
}

static struct raw cmd_inv(u32 e)
{
	return raw_event(GITS_CMD_INV, BENCH_DEV, e);
}

static struct raw cmd_vmovi(u32 e)
{
	return raw_vmovi(BENCH_DEV, e, 1, 0, false);
}

static struct raw cmd_vmovi_back(u32 e)
{
	return raw_vmovi(BENCH_DEV, e, 0, 0, false);
}

/* One batch of the same command: ns, with the write itself */
static u64 time_batch(struct bench *b, struct raw (*cmd)(u32 e))
{
	unsigned int i, n = batch(b);

	for (i = 0; i < n; i++)
		rig_post(b->rig, cmd(event_at(b, i)));
	return run_queue(b);
}

static void tell(struct bench *b, const char *name)
{
	unsigned int n = batch(b) * rounds(b);
	u64 all = median(b), empty = b->empty * rounds(b), tenths, ns;
	u32 frac;

	if (b->quiet)
		return;
	tenths = all > empty ? div_u64((all - empty) * 10 + n / 2, n) : 0;
	ns = div_u64_rem(tenths, 10, &frac);
	kunit_info(b->test, "bench: cmd=%s order=%s mapped=%u ns=%llu.%u", name,
		   b->stride == 1 ? "near" : "far", b->mapped, ns, frac);
}

/* A command, and another one that undoes it and is told of too, if it has a name */
static void bench_pair(struct bench *b, const char *name,
		       struct raw (*cmd)(u32 e), const char *undo_name,
		       struct raw (*undo)(u32 e))
{
	static u64 undo_ns[BENCH_RUNS];
	unsigned int i, j;

	for (i = 0; i < BENCH_RUNS; i++) {
		b->ns[i] = 0;
		undo_ns[i] = 0;
		for (j = 0; j < rounds(b); j++) {
			b->first += 977;
			b->ns[i] += time_batch(b, cmd);
			undo_ns[i] += undo ? time_batch(b, undo) : 0;
		}
	}
	tell(b, name);
	if (undo_name) {
		memcpy(b->ns, undo_ns, sizeof(undo_ns));
		tell(b, undo_name);
	}
}

static void vsync_all(struct bench *b)
{
	rig_vsync(b->rig, 0);
	rig_vsync(b->rig, 1);
}

/* Events up to @n are mapped, to vPE 0 */
static void map_up_to(struct bench *b, u32 n)
{
	for (; b->mapped < n; b->mapped++)
		rig_send(b->rig, cmd_vmapti(b->mapped));
	vsync_all(b);
}

static void enter(struct bench *b)
{
	void __iomem *vlpi = rig_vlpi_frame(b->rig, 0);

	writeq(rig_phys(b->vprop) | (BENCH_BITS - 1), vlpi + GICR_VPROPBASER);
	writeq(rig_phys(b->vpt[0]) | GICR_VPENDBASER_Valid |
	       GICR_VPENDBASER_IDAI | GICR_VPENDBASER_PendingLast,
	       vlpi + GICR_VPENDBASER);
}

static void leave(struct bench *b)
{
	void __iomem *vlpi = rig_vlpi_frame(b->rig, 0);

	writeq(rig_phys(b->vpt[0]), vlpi + GICR_VPENDBASER);
	while (readq(vlpi + GICR_VPENDBASER) & GICR_VPENDBASER_Dirty)
		cpu_relax();
}

static struct bench *bench_start(struct kunit *test)
{
	struct gicv4_desc desc = gicv4_default_desc(RIG_CPUS);
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	unsigned int i;
	void *itt;

	KUNIT_ASSERT_NOT_NULL(test, b);
	desc.intid_bits = BENCH_BITS;
	b->test = test;
	itt = rig_alloc(test, BENCH_EVENTS * desc.itte_size);
	b->vprop = rig_alloc(test, BIT(BENCH_BITS));
	memset(b->vprop, 0xa0 | LPI_PROP_GROUP1 | LPI_PROP_ENABLED,
	       BIT(BENCH_BITS));
	for (i = 0; i < ARRAY_SIZE(b->vpt); i++)
		b->vpt[i] = rig_alloc(test, SZ_64K);

	b->rig = rig_start_desc(test, &desc);
	rig_send(b->rig, raw_mapc(0, 0, true));
	rig_sync(b->rig);
	for (i = 0; i < ARRAY_SIZE(b->vpt); i++) {
		rig_send(b->rig, raw_vmapp(i, 0, rig_phys(b->vpt[i]),
					   BENCH_BITS, true));
		rig_vsync(b->rig, i);
	}
	rig_send(b->rig, raw_mapd(BENCH_DEV, rig_phys(itt), 16, true));

	b->empty = write_ns(b);
	return b;
}

/* The tables are this test's own, so the verdict has to be asked for in it */
static void bench_end(struct bench *b)
{
	vsync_all(b);
	gicv4_checkpoint(b->test);
}

static void commands(struct kunit *test)
{
	static const u32 strides[] = { 1, BENCH_FAR };
	struct bench *b = bench_start(test);
	unsigned int i;
	u32 n;

	/* The first round only warms up */
	b->quiet = true;
	for (n = 16; n <= BENCH_EVENTS; n *= 4) {
		map_up_to(b, n);
		enter(b);
		for (i = 0; i < ARRAY_SIZE(strides); i++) {
			b->stride = strides[i];
			bench_pair(b, "DISCARD", cmd_discard, "VMAPTI", cmd_vmapti);
			bench_pair(b, "INT", cmd_int, "CLEAR", cmd_clear);
			bench_pair(b, "INV", cmd_inv, NULL, NULL);
			bench_pair(b, "VMOVI", cmd_vmovi, NULL, cmd_vmovi_back);
		}
		vsync_all(b);
		rig_leave(b->rig, 0);
		if (b->quiet)
			n /= 4;
		b->quiet = false;
	}
	KUNIT_EXPECT_EQ(test, gicv4_nr_mappings(0, true), BENCH_EVENTS);
	bench_end(b);
}

/* Half of a vPE's arrival and departure, register accesses included */
static void residency_change(struct kunit *test)
{
	struct bench *b = bench_start(test);
	unsigned int i, j;
	u64 start;
	u32 n;

	for (n = 16; n <= BENCH_EVENTS; n *= 4) {
		map_up_to(b, n);
		enter(b);
		rig_leave(b->rig, 0);
		for (i = 0; i < BENCH_RUNS; i++) {
			guard(irqsave)();

			start = ktime_get_ns();
			for (j = 0; j < BENCH_CHANGES; j++) {
				enter(b);
				leave(b);
			}
			b->ns[i] = ktime_get_ns() - start;
		}
		kunit_info(test, "bench: cmd=residency order=near mapped=%u ns=%llu.0",
			   b->mapped, div_u64(median(b), 2 * BENCH_CHANGES));
	}
	bench_end(b);
}

static void vmovp(struct kunit *test)
{
	struct bench *b = bench_start(test);
	unsigned int i, j;
	u32 n;

	b->stride = 1;
	for (n = 16; n <= BENCH_EVENTS; n *= 4) {
		map_up_to(b, n);
		for (i = 0; i < BENCH_RUNS; i++) {
			b->ns[i] = 0;
			for (j = 0; j < batch(b) * rounds(b); j++) {
				rig_post(b->rig, raw_vmovp(0, (j + 1) % RIG_CPUS));
				if ((j + 1) % batch(b) == 0)
					b->ns[i] += run_queue(b);
			}
		}
		tell(b, "VMOVP");
	}
	bench_end(b);
}

/* What an access costs; most of it is to switch interrupts on again */
static void register_access(struct kunit *test)
{
	struct bench *b = bench_start(test);
	unsigned int i, j;
	u64 start, ns;

	for (i = 0; i < BENCH_RUNS; i++) {
		start = ktime_get_ns();
		for (j = 0; j < BENCH_BATCH; j++)
			readq(b->rig->its + GITS_TYPER);
		b->ns[i] = ktime_get_ns() - start;
	}
	ns = div_u64(median(b), BENCH_BATCH);
	kunit_info(test, "bench: register_ns=%llu register_irqs_off_ns=%llu",
		   ns, write_ns(b));
	bench_end(b);
}

static struct kunit_case gicv4_bench_cases[] = {
	KUNIT_CASE_SLOW(commands),
	KUNIT_CASE_SLOW(residency_change),
	KUNIT_CASE_SLOW(vmovp),
	KUNIT_CASE_SLOW(register_access),
	{ }
};

static struct kunit_suite gicv4_bench_suite = {
	.name		= "gicv4_model_bench",
	.test_cases	= gicv4_bench_cases,
};

kunit_test_suite(gicv4_bench_suite);

MODULE_DESCRIPTION("How long the software GICv4 machine takes");
MODULE_LICENSE("GPL");
