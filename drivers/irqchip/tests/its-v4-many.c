// SPDX-License-Identifier: GPL-2.0-only
/*
 * its_v4: many of everything, on every ITS; and nothing is left of it.
 */
#include <linux/bits.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "its-v4.h"

static void expect_vlpis_of_its(struct its_v4 *t, unsigned int its,
				unsigned int n)
{
	unsigned int virt;

	if (its_v4_hw_mappings(its, &virt))
		KUNIT_EXPECT_EQ_MSG(t->test, virt, n, "on ITS %u", its);
}

/* Is @vm known to @its? The driver maps it there if it has to */
static void expect_vm_on_its(struct its_v4_vm *vm, unsigned int its, bool used)
{
	struct its_v4 *t = vm->t;
	struct gicv4_vpte vpte;
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (its_v4_hw_vpe(its, vm->vpes[i], &vpte))
			KUNIT_EXPECT_EQ_MSG(t->test, vpte.valid,
					    used || !t->hw.its_list,
					    "vPE %u on ITS %u", i, its);
}

void every_its_delivers(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = { .vm = its_v4_vm(t, 2), .vintid = ITS_V4_VINTID };
	unsigned int its;

	for (its = 0; its < t->hw.nr_its; its++) {
		/* The same DevID on each */
		v.dev = its_v4_device(t, its, ITS_V4_DEVID, 2);
		v.vcpu = its & 1;
		v.vintid++;
		expect_vm_on_its(v.vm, its, false);
		its_v4_map(&v);
		expect_vm_on_its(v.vm, its, true);
		expect_vlpis_of_its(t, its, 1);
		its_v4_expect_mapped(&v, true);
		its_v4_expect_delivered(&v);
	}
}

/* On each ITS there is another mixture of VMs, which comes and goes */
void vms_are_spread_over_its(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	unsigned int nr_its = min(t->hw.nr_its, 4), its, i;
	struct its_v4_vlpi v[4][2] = {};
	struct its_v4_vm *vm[2];

	for (i = 0; i < 2; i++)
		vm[i] = its_v4_vm(t, 2);

	for (its = 0; its < nr_its; its++) {
		for (i = 0; i < 2; i++) {
			v[its][i].vm = vm[i];
			v[its][i].vcpu = its & 1;
			v[its][i].vintid = ITS_V4_VINTID + its;
			v[its][i].dev = its_v4_device(t, its, ITS_V4_DEVID + i, 2);
			expect_vm_on_its(vm[i], its, false);
			its_v4_map(&v[its][i]);
			expect_vm_on_its(vm[i], its, true);
		}
		expect_vlpis_of_its(t, its, 2);
	}
	for (its = 0; its < nr_its; its++)
		for (i = 0; i < 2; i++)
			its_v4_expect_delivered(&v[its][i]);

	/* The first VM leaves ITS after ITS, the second one stays on all */
	for (its = 0; its < nr_its; its++) {
		its_v4_unmap(&v[its][0]);
		expect_vm_on_its(vm[0], its, false);
		expect_vm_on_its(vm[1], its, true);
		its_v4_expect_delivered(&v[its][1]);
	}
	its_v4_vm_destroy(vm[0]);
	for (its = 0; its < nr_its; its++)
		its_v4_expect_delivered(&v[its][1]);
}

/* VMOVP has to reach each ITS on which the vPE is mapped */
void vpe_on_every_its_follows_its_affinity(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	unsigned int nr_its = min(t->hw.nr_its, 4), its, cpu;
	struct its_v4_vm *vm = its_v4_vm(t, 2);
	struct its_v4_vlpi v[4] = {};
	struct gicv4_vpte vpte;

	its_v4_need_cpus(t, 2);
	for (its = 0; its < nr_its; its++) {
		v[its].vm = vm;
		v[its].vintid = ITS_V4_VINTID + its;
		v[its].dev = its_v4_device(t, its, ITS_V4_DEVID, 2);
	}
	/* With one ITS more after each round */
	for (its = 0; its < nr_its; its++) {
		unsigned int i;

		its_v4_map(&v[its]);
		for_each_online_cpu(cpu) {
			its_v4_run_on(t, cpu);
			for (i = 0; i <= its; i++) {
				its_v4_expect_delivered(&v[i]);
				if (its_v4_hw_vpe(i, vm->vpes[0], &vpte))
					KUNIT_EXPECT_EQ(test, vpte.cpu, cpu);
			}
		}
	}
}

/* Entries of a device table that are far apart: its second level grows */
void devids_are_far_apart(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	u32 last = BIT(t->hw.devid_bits) - 1;
	/* The driver takes the last DeviceID for the doorbells of vPEs */
	u32 devids[] = { 0, 1, last / 7, last / 3, last / 2, last - 1 };
	struct its_v4_vlpi v[ARRAY_SIZE(devids)] = {};
	struct its_v4_vm *vm = its_v4_vm(t, 2);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(devids); i++) {
		v[i].dev = its_v4_device(t, 0, devids[i], 2);
		v[i].vm = vm;
		v[i].vcpu = i & 1;
		v[i].vintid = ITS_V4_VINTID + i;
		its_v4_map(&v[i]);
	}
	for (i = 0; i < ARRAY_SIZE(devids); i++) {
		its_v4_expect_mapped(&v[i], true);
		its_v4_expect_delivered(&v[i]);
	}
}

/* vINTIDs from one end of the pending table to the other */
void vintids_are_far_apart(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	u32 vintids[] = { 8192, 8193, 8255, 8256, 12345, 16382, 16383 };
	struct its_v4_vlpi v = {
		.vm	= its_v4_vm(t, 1),
		.dev	= its_v4_device(t, 0, ITS_V4_DEVID, ARRAY_SIZE(vintids)),
	};

	for (v.event = 0; v.event < ARRAY_SIZE(vintids); v.event++) {
		v.vintid = vintids[v.event];
		its_v4_map(&v);
		its_v4_expect_mapped(&v, true);
		its_v4_expect_delivered(&v);
	}
}

/* The n-th of many vLPIs: devices one after the other, vPEs in turn */
static struct its_v4_vlpi nth_vlpi(struct its_v4_vm *vm,
				   struct its_v4_device *const *devs,
				   unsigned int per_dev, unsigned int n)
{
	return (struct its_v4_vlpi) {
		.vm	= vm,
		.vcpu	= n % vm->nr_vcpus,
		.vintid	= 8192 + n,
		.dev	= devs[n / per_dev],
		.event	= n % per_dev,
	};
}

/* Many devices with many events, of which some happen, and half of them go */
void many_vlpis_are_kept_apart(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	unsigned int per_dev = min(1U << t->hw.eventid_bits, 256);
	unsigned int nr = min(t->hw.nr_vlpis / 2, 2048), nr_devs = nr / per_dev;
	struct its_v4_vm *vm = its_v4_vm(t, 4);
	struct its_v4_device **devs;
	struct its_v4_vlpi v;
	unsigned int n;

	devs = kunit_kcalloc(test, nr_devs, sizeof(*devs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, devs);
	for (n = 0; n < nr_devs; n++)
		devs[n] = its_v4_device(t, 0, n * 3, per_dev);

	for (n = 0; n < nr; n++) {
		v = nth_vlpi(vm, devs, per_dev, n);
		its_v4_map(&v);
		if (n % 37 == 0)
			its_v4_send(&v);
	}
	expect_vlpis_of_its(t, 0, nr);
	for (n = 0; n < nr; n++) {
		v = nth_vlpi(vm, devs, per_dev, n);
		its_v4_expect_pending(&v, n % 37 == 0);
	}

	/* One that goes takes nothing of its neighbours along */
	for (n = 1; n < nr; n += 2) {
		v = nth_vlpi(vm, devs, per_dev, n);
		its_v4_unmap(&v);
	}
	expect_vlpis_of_its(t, 0, nr / 2);
	for (n = 0; n < nr; n += 2) {
		v = nth_vlpi(vm, devs, per_dev, n);
		its_v4_expect_pending(&v, n % 37 == 0);
	}
}

/* vPEs of more than a page of the vPE table, where there can be so many */
void many_vpes_are_kept_apart(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	/* With a doorbell each; few on a GIC that has to be emulated */
	unsigned int per_vm = min(t->hw.nr_vpes / 2, t->hw.is_model ? 264 : 40);
	struct its_v4_vlpi v[2][3] = {};
	const struct its_v4_vlpi *one[1];
	unsigned int i, k;

	for (i = 0; i < 2; i++) {
		struct its_v4_vm *vm = its_v4_vm(t, per_vm);

		for (k = 0; k < 3; k++) {
			v[i][k].vm = vm;
			v[i][k].vcpu = k * (per_vm - 1) / 2;
			v[i][k].vintid = ITS_V4_VINTID;
			v[i][k].dev = its_v4_device(t, 0, i * 3 + k, 2);
			its_v4_map(&v[i][k]);
		}
	}
	for (i = 0; i < 2; i++)
		for (k = 0; k < 3; k++)
			its_v4_send(&v[i][k]);
	for (i = 0; i < 2; i++) {
		for (k = 0; k < 3; k++) {
			one[0] = &v[i][k];
			its_v4_expect_mapped(&v[i][k], true);
			its_v4_expect_taken(v[i][k].vm, v[i][k].vcpu, one, 1);
		}
	}
}

struct taken {
	u16		vpeid;
	irq_hw_number_t	db_lpi;
	unsigned int	irq;
	irq_hw_number_t	lpi;
};

static struct taken take_and_give_back(struct its_v4 *t)
{
	struct its_v4_vlpi v = {
		.vm	= its_v4_vm(t, 3),
		.dev	= its_v4_device(t, t->hw.nr_its - 1, ITS_V4_DEVID, 4),
		.vintid	= ITS_V4_VINTID,
		.vcpu	= 2,
	};
	struct taken taken = {
		.vpeid	= its_v4_vpe(&v)->vpe_id,
		.db_lpi	= its_v4_vpe(&v)->vpe_db_lpi,
		.irq	= its_v4_vpe(&v)->irq,
		.lpi	= irq_get_irq_data(its_v4_irq(&v))->hwirq,
	};
	struct gicv4_itte itte;
	struct gicv4_vpte vpte;
	struct its_vpe vpe = *its_v4_vpe(&v);
	unsigned int its = v.dev->its;

	its_v4_map(&v);
	its_v4_send(&v);
	its_v4_tear_down(t);

	if (its_v4_hw_event(its, ITS_V4_DEVID, 0, &itte))
		KUNIT_EXPECT_FALSE(t->test, itte.valid);
	if (its_v4_hw_vpe(its, &vpe, &vpte))
		KUNIT_EXPECT_FALSE(t->test, vpte.valid);
	expect_vlpis_of_its(t, its, 0);

	return taken;
}

/* Numbers are given back: the next VM and the next device get the same ones */
void teardown_gives_everything_back(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct taken first = take_and_give_back(t), next;
	unsigned int i;

	for (i = 0; i < 16; i++) {
		next = take_and_give_back(t);
		KUNIT_EXPECT_EQ(test, next.vpeid, first.vpeid);
		KUNIT_EXPECT_EQ(test, next.db_lpi, first.db_lpi);
		KUNIT_EXPECT_EQ(test, next.irq, first.irq);
		KUNIT_EXPECT_EQ(test, next.lpi, first.lpi);
	}
}

/* What was pending in the VM before is not pending in this one */
void new_vm_finds_nothing_pending(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm;
	unsigned int i;

	take_and_give_back(t);
	vm = its_v4_vm(t, 3);
	for (i = 0; i < 3; i++) {
		its_v4_expect_taken(vm, i, NULL, 0);
		its_v4_expect_doorbells(vm, i, 0);
	}
}

void one_machine_after_another(struct kunit *test)
{
	static const char * const names[] = { "v4.0-direct", "v4.0-2its", "v4.1", "v4.0" };
	struct its_v4 *t = test->priv;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct its_v4_vlpi v = {
			.vm	= its_v4_vm(t, 2),
			.dev	= its_v4_device(t, 0, ITS_V4_DEVID, 2),
			.vintid	= ITS_V4_VINTID,
		};

		its_v4_map(&v);
		its_v4_expect_delivered(&v);
		its_v4_tear_down(t);
		its_v4_hw_checkpoint(test);

		ret = its_v4_hw_replace(names[i], &t->hw);
		if (ret == -EOPNOTSUPP)
			kunit_skip(test, "there is one machine only");
		KUNIT_ASSERT_EQ(test, ret, 0);
	}
}
