// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_bench: what it costs a VM to let go of many vLPIs.
 *
 * Nothing is judged here; tools read the lines "bench: <name>=<value>". Only
 * runs that ask for the suite get it, by vgic_vlpi.bench=1 on the command line.
 */
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/um-vgic-machines.h>

#include "vgic.h"
#include "vlpi-test.h"

#define BENCH_DEVID	0x200	/* the guest's first device, and the host's */
#define PER_DEVICE	BIT(EVENT_BITS)
#define MOST		4096
#define FIRST_LPI	8192
#define ICID		0

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"vgic_vlpi."

static bool vlpi_bench_param;
module_param_named(bench, vlpi_bench_param, bool, 0444);
MODULE_PARM_DESC(bench, "Measure KVM's vLPIs in suite vgic_vlpi_bench");

struct bench {
	struct vlpi_test	*t;
	struct its_mock_msi	*mock[MOST / PER_DEVICE];
	unsigned int		mapped;	/* in the guest's ITS */
};

static unsigned int bench_irq(struct bench *b, unsigned int n)
{
	return its_mock_msi_irq(b->mock[n / PER_DEVICE], n % PER_DEVICE);
}

static void map_in_guest(struct bench *b, unsigned int n)
{
	struct vlpi_test *t = b->t;

	for (; b->mapped < n; b->mapped++) {
		unsigned int dev = b->mapped / PER_DEVICE;
		u32 event = b->mapped % PER_DEVICE;

		if (!event) {
			b->mock[dev] = vgic_vm_mock_device(t->test,
							   BENCH_DEVID + dev,
							   PER_DEVICE);
			vgic_guest_mapd(t->vm, BENCH_DEVID + dev,
					vgic_guest_alloc_itt(t->vm, EVENT_BITS),
					EVENT_BITS);
		}
		vgic_guest_mapti(t->vm, BENCH_DEVID + dev, event,
				 FIRST_LPI + b->mapped, ICID);
	}
}

/* As irq bypass does it, one by one. Return: ns for all of them */
static u64 forward(struct bench *b, unsigned int n)
{
	u64 start = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct kvm_kernel_irq_routing_entry entry = {
			.type	= KVM_IRQ_ROUTING_MSI,
			.msi	= {
				.address_lo	= VGIC_VM_DOORBELL,
				.data		= i % PER_DEVICE,
				.flags		= KVM_MSI_VALID_DEVID,
				.devid		= BENCH_DEVID + i / PER_DEVICE,
			},
		};

		KUNIT_ASSERT_EQ(b->t->test, 0,
				kvm_vgic_v4_set_forwarding(b->t->vm->kvm,
							   bench_irq(b, i),
							   &entry));
	}

	return ktime_get_ns() - start;
}

static u64 let_go(struct bench *b, unsigned int n)
{
	u64 start = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < n; i++)
		kvm_vgic_v4_unset_forwarding(b->t->vm->kvm, bench_irq(b, i));

	return ktime_get_ns() - start;
}

static void bench_of_unset_forwarding(struct kunit *test)
{
	static const unsigned int steps[] = { 16, 64, 256, 1024, MOST };
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->t = test->priv;
	vgic_guest_mapc(b->t->vm, ICID, b->t->vm->vcpu[0]->vcpu_id);

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		unsigned int n = steps[i];
		u64 map, unmap;

		map_in_guest(b, n);
		/* The first round has everything's first time in it */
		forward(b, n);
		let_go(b, n);
		map = forward(b, n);
		KUNIT_EXPECT_EQ(test, n, vlpi_nr_mappings());
		unmap = let_go(b, n);
		KUNIT_EXPECT_EQ(test, 0, vlpi_nr_mappings());
		pr_info("bench: set_forwarding_%u_ns=%llu\n", n, map / n);
		pr_info("bench: unset_forwarding_%u_ns=%llu\n", n, unmap / n);
	}
}

static int vlpi_bench_init(struct kunit_suite *suite)
{
	if (!vlpi_bench_param) {
		kunit_mark_skipped(suite, "not asked for by vgic_vlpi.bench=1");
		return 0;
	}

	return um_vgic_suite_init_vlpis(suite);
}

static struct kunit_case vlpi_bench_cases[] = {
	KUNIT_CASE_SLOW(bench_of_unset_forwarding),
	{}
};

static struct kunit_suite vlpi_bench_suite = {
	.name		= "vgic_vlpi_bench",
	.suite_init	= vlpi_bench_init,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_bench_cases,
};

kunit_test_suite(vlpi_bench_suite);
