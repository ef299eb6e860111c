// SPDX-License-Identifier: GPL-2.0-only
/*
 * its_v4_bench: what the ITS driver costs, on the machine below it.
 *
 * Nothing is judged here; tools read the lines "bench: <name>=<value>". Only
 * runs that ask for the suite get it, by its_v4.bench=1 on the command line.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "its-v4.h"

#define SAMPLES		101
#define ROUNDS		16	/* per sample: the clock costs as well */

/* DISCARD, VMAPTI; DISCARD, MAPTI, INV; each with its SYNC or VSYNC */
#define COMMANDS	10

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"its_v4."

static bool its_v4_bench_param;
module_param_named(bench, its_v4_bench_param, bool, 0444);
MODULE_PARM_DESC(bench, "Measure the ITS driver in suite its_v4_bench");

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static u64 median(u64 *samples, unsigned int n)
{
	sort(samples, n, sizeof(*samples), by_value, NULL);

	return samples[n / 2];
}

/* The median time of one call of @fn, in nanoseconds */
static u64 measure(void (*fn)(void *data, unsigned int round), void *data)
{
	u64 samples[SAMPLES], start;
	unsigned int i, k;

	for (i = 0; i < SAMPLES; i++) {
		start = ktime_get_ns();
		for (k = 0; k < ROUNDS; k++)
			fn(data, k);
		samples[i] = (ktime_get_ns() - start) / ROUNDS;
	}

	return median(samples, SAMPLES);
}

static void map_and_unmap(void *data, unsigned int round)
{
	struct its_v4_vlpi *v = data;
	struct its_vlpi_map map = {
		.vm		= &v->vm->its_vm,
		.vpe		= its_v4_vpe(v),
		.vintid		= v->vintid,
		.properties	= ITS_V4_ENABLED,
		.db_enabled	= true,
	};

	its_map_vlpi(its_v4_irq(v), &map);
	its_unmap_vlpi(its_v4_irq(v));
}

static void send_one(void *data, unsigned int round)
{
	struct its_v4_vlpi *v = data;

	irq_set_irqchip_state(its_v4_irq(v), IRQCHIP_STATE_PENDING, round & 1);
}

static void move_vpe(void *data, unsigned int round)
{
	struct its_v4_vm *vm = data;
	unsigned int cpu = round & 1 ? cpumask_last(cpu_online_mask) :
				       cpumask_first(cpu_online_mask);

	irq_set_affinity(vm->vpes[0]->irq, cpumask_of(cpu));
}

static void come_and_go(void *data, unsigned int round)
{
	struct its_v4_vm *vm = data;

	preempt_disable();
	its_make_vpe_resident(vm->vpes[0], false, true);
	its_commit_vpe(vm->vpes[0]);
	its_make_vpe_non_resident(vm->vpes[0], false);
	preempt_enable();
}

static void print_figure(const char *name, u64 value)
{
	pr_info("bench: %s=%llu\n", name, value);
}

static struct its_v4_vlpi first_vlpi(struct its_v4 *t)
{
	return (struct its_v4_vlpi) {
		.vm	= its_v4_vm(t, 1),
		.dev	= its_v4_device(t, 0, ITS_V4_DEVID, 2),
		.vintid	= ITS_V4_VINTID,
	};
}

static void bench_of_one_vlpi(struct kunit *test)
{
	struct its_v4_vlpi v = first_vlpi(test->priv);
	struct its_v4_vm *vm = v.vm;
	u64 ns, before, after, commands = COMMANDS;

	ns = measure(map_and_unmap, &v);
	print_figure("map_unmap_ns", ns);

	if (its_v4_hw_commands(&before)) {
		map_and_unmap(&v, 0);
		its_v4_hw_commands(&after);
		commands = after - before;
	}
	print_figure("map_unmap_commands", commands);
	print_figure("map_unmap_cmd_ns", ns / max(commands, 1ULL));
	print_figure("commands_per_s", commands * NSEC_PER_SEC / max(ns, 1ULL));

	its_v4_map(&v);
	print_figure("int_or_clear_ns", measure(send_one, &v));
	/* In and out are two changes */
	print_figure("residency_change_ns", measure(come_and_go, vm) / 2);
	if (num_online_cpus() > 1)
		print_figure("vmovp_ns", measure(move_vpe, vm));
}

/*
 * With more and more vLPIs mapped, one more is timed. 65536 there cannot be:
 * each takes a physical LPI as well, of which there are 57344.
 */
static void bench_of_many_vlpis(struct kunit *test)
{
	static const unsigned int steps[] = { 16, 64, 256, 1024, 4096, 16384, 49152 };
	struct its_v4 *t = test->priv;
	unsigned int per_dev = min(1U << t->hw.eventid_bits, 1024);
	struct its_v4_vlpi v = first_vlpi(t), timed = v;
	unsigned int n = 0, i;
	char name[32];

	timed.vintid = 8192;
	v.vintid = 8193;
	for (i = 0; i < ARRAY_SIZE(steps) && steps[i] <= t->hw.nr_vlpis; i++) {
		for (; n < steps[i]; n++) {
			if (n % per_dev == 0)
				v.dev = its_v4_device(t, 0, 0x100 + n / per_dev,
						      per_dev);
			v.event = n % per_dev;
			its_v4_map(&v);
			v.vintid++;
		}
		snprintf(name, sizeof(name), "map_unmap_%u_ns", n);
		print_figure(name, measure(map_and_unmap, &timed));
	}
}

static int its_v4_bench_init(struct kunit_suite *suite)
{
	if (!its_v4_bench_param) {
		kunit_mark_skipped(suite, "not asked for by its_v4.bench=1");
		return 0;
	}

	return its_v4_hw_suite_init(suite);
}

static struct kunit_case its_v4_bench_cases[] = {
	KUNIT_CASE_SLOW(bench_of_one_vlpi),
	KUNIT_CASE_SLOW(bench_of_many_vlpis),
	{}
};

static struct kunit_suite its_v4_bench_suite = {
	.name		= "its_v4_bench",
	.suite_init	= its_v4_bench_init,
	.suite_exit	= its_v4_hw_suite_exit,
	.init		= its_v4_init,
	.exit		= its_v4_exit,
	.test_cases	= its_v4_bench_cases,
};

kunit_test_suite(its_v4_bench_suite);
