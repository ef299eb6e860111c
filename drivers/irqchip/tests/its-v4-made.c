// SPDX-License-Identifier: GPL-2.0-only
/*
 * its_v4_made: machines that are in no catalogue. Each is made for what the
 * driver has to do about it: formats of the vPE tables, ITSs of several kinds,
 * tables without cache coherency.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/um-vgic.h>
#include <linux/vmstat.h>

#include "its-v4-watched.h"

#define MAX_ITS		4

/* How a machine differs from the one of the catalogue that it is like */
struct made {
	const char	*name;
	const char	*like;
	unsigned int	nr_its;
	u32		page_size;
	bool		flat;
	bool		alone;		/* no vPE table in common with an ITS */
	bool		fixed_number;
	bool		noncoherent;
	u32		v3_its;
	unsigned int	groups;
	unsigned int	intid_bits;
};

static void make(struct its_v4 *t, const struct made *made)
{
	struct gicv4_desc desc;

	KUNIT_ASSERT_TRUE(t->test, gicv4_catalogue_find(made->like, nr_cpu_ids,
							&desc));
	desc.nr_its = made->nr_its ?: desc.nr_its;
	desc.groups = min(made->groups ?: desc.groups, desc.nr_cpus);
	desc.page_size = made->page_size ?: desc.page_size;
	desc.indirect &= !made->flat;
	desc.svpet &= !made->alone;
	desc.fixed_number = made->fixed_number;
	desc.noncoherent = made->noncoherent;
	desc.v3_its = made->v3_its;
	desc.intid_bits = made->intid_bits ?: desc.intid_bits;
	KUNIT_ASSERT_EQ(t->test, 0, its_v4_hw_make(&desc, &t->hw));
}

static struct its_v4_vlpi vlpi_of(struct its_v4_vm *vm, unsigned int vcpu,
				  unsigned int its)
{
	return (struct its_v4_vlpi) {
		.vm	= vm,
		.vcpu	= vcpu,
		.dev	= its_v4_device(vm->t, its, ITS_V4_DEVID + vcpu, 2),
		.vintid	= ITS_V4_VINTID + its,
	};
}

/* On each CPU that there is, so that it is moved if there are two */
static void expect_delivered_everywhere(const struct its_v4_vlpi *v)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		its_v4_run_on(v->vm->t, cpu);
		its_v4_expect_mapped(v, true);
		its_v4_expect_delivered(v);
	}
}

static const struct made tables[] = {
	{ "4 KB pages", "v4.1", .page_size = SZ_4K },
	{ "16 KB pages", "v4.1", .page_size = SZ_16K },
	{ "64 KB pages", "v4.1", .page_size = SZ_64K },
	{ "pages of any size, alone", "v4.1", .alone = true },
	{ "4 KB pages, alone", "v4.1", .page_size = SZ_4K, .alone = true },
	{ "16 KB pages, alone", "v4.1", .page_size = SZ_16K, .alone = true },
	{ "64 KB pages, alone", "v4.1", .page_size = SZ_64K, .alone = true },
	{ "flat, 64 KB pages", "v4.1", .page_size = SZ_64K, .flat = true },
	{ "flat, 4 KB pages, alone", "v4.1", .page_size = SZ_4K, .flat = true,
	  .alone = true },
	{ "two groups", "v4.1", .nr_its = 2, .groups = 2 },
	{ "two groups, 4 KB pages, alone", "v4.1", .nr_its = 2, .groups = 2,
	  .page_size = SZ_4K, .alone = true },
	{ "GICv4.0, 16 KB pages", "v4.0", .page_size = SZ_16K },
	{ "not coherent", "v4.0", .noncoherent = true },
	{ "GICv4.1, not coherent", "v4.1", .noncoherent = true },
};

KUNIT_ARRAY_PARAM_DESC(tables, tables, name);

/* As many as take a second page where pages are small enough */
static unsigned int some_vpes(const struct made *made)
{
	unsigned int per_page = (made->page_size ?: SZ_64K) / 32;

	if (made->flat)
		return min(per_page, 64);

	return per_page < 1000 ? per_page + 2 : 4;
}

/* Not too small, not for too few of them, and the same for all who read it */
static void vpe_table_may_have_any_format(struct kunit *test)
{
	const struct made *made = test->param_value;
	unsigned int n = some_vpes(made), i;
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v[3];
	struct its_v4_vm *vm;

	make(t, made);
	vm = its_v4_vm(t, n);
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		v[i] = vlpi_of(vm, i * (n - 1) / 2, 0);
		its_v4_map(&v[i]);
	}
	/* Few, as they look at each vPE of the VM */
	its_v4_expect_mapped(&v[0], true);
	its_v4_expect_mapped(&v[1], true);
	its_v4_send(&v[1]);
	its_v4_expect_taken(vm, v[1].vcpu, (const struct its_v4_vlpi *[]){ &v[1] }, 1);
	expect_delivered_everywhere(&v[2]);
}

static int try_vm(struct its_v4 *t, unsigned int nr_vcpus)
{
	struct its_vm vm = { .nr_vpes = nr_vcpus };
	struct its_vpe *vpes;
	unsigned int i;
	int ret;

	vpes = kunit_kcalloc(t->test, nr_vcpus, sizeof(*vpes), GFP_KERNEL);
	vm.vpes = kunit_kcalloc(t->test, nr_vcpus, sizeof(*vm.vpes), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(t->test, vpes);
	KUNIT_ASSERT_NOT_NULL(t->test, vm.vpes);
	for (i = 0; i < nr_vcpus; i++)
		vm.vpes[i] = &vpes[i];

	ret = its_alloc_vcpu_irqs(&vm);
	if (!ret)
		its_free_vcpu_irqs(&vm);

	return ret;
}

static void expect_same_counts(struct kunit *test, struct um_its_counts before)
{
	struct um_its_counts now;

	um_its_get_counts(&now);
	KUNIT_EXPECT_EQ(test, now.vpes, before.vpes);
	KUNIT_EXPECT_EQ(test, now.lpis, before.lpis);
}

/* @n vPEs, and no more; and what was refused leaves nothing behind */
static void expect_room_for_vpes(struct its_v4 *t, unsigned int n)
{
	struct um_its_counts before;

	um_its_get_counts(&before);
	KUNIT_EXPECT_EQ(t->test, 0, try_vm(t, n));
	expect_same_counts(t->test, before);
	KUNIT_EXPECT_EQ(t->test, -ENOMEM, try_vm(t, n + 1));
	expect_same_counts(t->test, before);
	KUNIT_EXPECT_EQ(t->test, 0, try_vm(t, n));
	expect_same_counts(t->test, before);
}

/* GICv4.1, a redistributor's own table with one page of 4 KB, 32 bytes each */
static void vpe_beyond_a_flat_table_is_refused(struct kunit *test)
{
	static const struct made flat = {
		.like = "v4.1", .page_size = SZ_4K, .flat = true, .alone = true,
	};
	struct its_v4 *t = test->priv;

	make(t, &flat);
	expect_room_for_vpes(t, SZ_4K / 32);
}

static void vpe_beyond_the_last_vpeid_is_refused(struct kunit *test)
{
	struct its_v4 *t = test->priv;

	/* vPEIDs of five bits */
	make(t, &(const struct made) { .like = "v4.1-late" });
	expect_room_for_vpes(t, 32);
}

/* Devices take LPIs until doorbells would not get theirs, in one piece */
static void vm_without_lpis_for_its_doorbells_is_refused(struct kunit *test)
{
	struct um_its_counts before, start;
	struct its_v4 *t = test->priv;
	unsigned int n = 0;

	make(t, &(const struct made) { .like = "v4.0", .intid_bits = 14 });
	um_its_get_counts(&start);
	for (before = start; 8192 - before.lpis > 32; um_its_get_counts(&before)) {
		unsigned int left = rounddown_pow_of_two(8192 - before.lpis - 32);

		its_v4_device(t, 0, n++, min(left, 512));
	}

	/* 64 are asked for, 32 are left */
	KUNIT_EXPECT_EQ(test, -ENOMEM, try_vm(t, 33));
	expect_same_counts(test, before);
	KUNIT_EXPECT_EQ(test, 0, try_vm(t, 32));
	expect_same_counts(test, before);

	/* Now none is left */
	its_v4_device(t, 0, n, 32);
	um_its_get_counts(&before);
	KUNIT_EXPECT_EQ(test, -ENOMEM, try_vm(t, 1));
	expect_same_counts(test, before);

	its_v4_tear_down(t);
	expect_same_counts(test, start);
}

static const struct made mixtures[] = {
	{ "v4.0, first ITS of GICv3", "v4.0", .nr_its = 2, .v3_its = BIT(0) },
	{ "v4.0, last ITS of GICv3", "v4.0", .nr_its = 2, .v3_its = BIT(1) },
	{ "v4.0 with ITSList, first of GICv3", "v4.0-4its", .v3_its = BIT(0) },
	{ "v4.0 with ITSList, last of GICv3", "v4.0-4its", .v3_its = BIT(3) },
	{ "v4.0 with ITSList, two of GICv3", "v4.0-4its", .v3_its = BIT(1) | BIT(2) },
	{ "v4.0 with DirectLPI, last of GICv3", "v4.0-direct", .nr_its = 2,
	  .v3_its = BIT(1) },
	{ "v4.1, first ITS of GICv3", "v4.1", .nr_its = 3, .v3_its = BIT(0) },
	{ "v4.1, last ITS of GICv3", "v4.1", .nr_its = 3, .v3_its = BIT(2) },
	{ "fixed numbers", "v4.0-2its", .fixed_number = true },
	{ "fixed numbers of four", "v4.0-4its", .fixed_number = true },
};

KUNIT_ARRAY_PARAM_DESC(mixtures, mixtures, name);

/* The machine says so if an ITS of GICv3 is sent a command of GICv4 */
static void its_of_any_kind_does_its_work(struct kunit *test)
{
	const struct made *made = test->param_value;
	struct its_v4_vlpi v[MAX_ITS];
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm;
	unsigned int its;

	make(t, made);
	vm = its_v4_vm(t, 2);
	for (its = 0; its < t->hw.nr_its; its++) {
		v[its] = vlpi_of(vm, 0, its);
		if (made->v3_its & BIT(its)) {
			KUNIT_EXPECT_EQ(test, -EINVAL,
					its_v4_try_map(&v[its], ITS_V4_ENABLED, true));
			its_v4_send(&v[its]);
			its_v4_expect_host_hits(&v[its], 1);
		} else {
			its_v4_map(&v[its]);
		}
	}
	for (its = 0; its < t->hw.nr_its; its++)
		if (!(made->v3_its & BIT(its)))
			expect_delivered_everywhere(&v[its]);

	KUNIT_EXPECT_EQ(test, 0, its_invall_vpe(vm->vpes[0]));
	for (its = 0; its < t->hw.nr_its; its++) {
		if (made->v3_its & BIT(its))
			continue;
		its_v4_unmap(&v[its]);
		its_v4_send(&v[its]);
		its_v4_expect_host_hits(&v[its], 1);
	}
}

/* A machine that is not coherent: what was cleaned, by address */
#define MAX_CLEANED	4096

static struct {
	const void	*addr;
	size_t		size;
} cleaned[MAX_CLEANED];

static unsigned int nr_cleaned;

static void note_cleaning(const void *addr, size_t size)
{
	if (nr_cleaned == MAX_CLEANED)
		return;
	cleaned[nr_cleaned].addr = addr;
	cleaned[nr_cleaned].size = size;
	nr_cleaned++;
}

static void stop_watching(void *unused)
{
	um_its_watch_cleaning(NULL);
}

static void watch_cleaning(struct kunit *test)
{
	nr_cleaned = 0;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, stop_watching, NULL));
	um_its_watch_cleaning(note_cleaning);
}

static bool is_cleaned(const void *addr, size_t size)
{
	unsigned int i;

	for (i = 0; i < nr_cleaned; i++)
		if (cleaned[i].addr <= addr &&
		    cleaned[i].addr + cleaned[i].size >= addr + size)
			return true;

	return false;
}

/* Each entry of an indirect table, and the page that it is for */
static void expect_indirect_table_cleaned(struct kunit *test, u64 base,
					  unsigned int nr, u32 page_size)
{
	const __le64 *table = phys_to_virt(base);
	unsigned int i, used = 0;

	for (i = 0; i < nr; i++) {
		u64 entry = le64_to_cpu(table[i]);

		if (!(entry & GITS_BASER_VALID))
			continue;
		used++;
		KUNIT_EXPECT_TRUE(test, is_cleaned(&table[i], sizeof(*table)));
		KUNIT_EXPECT_TRUE(test,
				  is_cleaned(phys_to_virt(entry & GENMASK_ULL(51, 12)),
					     page_size));
	}
	KUNIT_EXPECT_GE(test, used, 2);
}

static const struct made incoherent[] = {
	{ "v4.0", "v4.0", .page_size = SZ_4K, .noncoherent = true },
	{ "v4.1", "v4.1", .page_size = SZ_4K, .noncoherent = true },
	{ "v4.1, alone", "v4.1", .page_size = SZ_4K, .noncoherent = true,
	  .alone = true },
	{ "v4.1, alone, 16 KB pages", "v4.1", .page_size = SZ_16K,
	  .noncoherent = true, .alone = true },
};

KUNIT_ARRAY_PARAM_DESC(incoherent, incoherent, name);

/* Or the machine reads what was in memory before: no table, or old entries */
static void vpe_tables_are_cleaned_from_caches(struct kunit *test)
{
	const struct made *made = test->param_value;
	unsigned int nr = made->page_size / 8, reg;
	struct its_v4 *t = test->priv;
	void __iomem *base;
	u64 val;

	make(t, made);
	watch_cleaning(test);
	/* More than one page of vPEs */
	its_v4_vm(t, made->page_size / (t->hw.v4_1 ? 32 : 8) + 1);

	base = ioremap(gicv4_its_phys(0), SZ_64K);
	KUNIT_ASSERT_NOT_NULL(test, base);
	for (reg = 0; reg < GITS_BASER_NR_REGS; reg++) {
		val = readq(base + GITS_BASER + 8 * reg);
		if (GITS_BASER_TYPE(val) == GITS_BASER_TYPE_VCPU)
			expect_indirect_table_cleaned(test, val & GENMASK_ULL(47, 12),
						      nr, made->page_size);
	}
	iounmap(base);
	if (!t->hw.v4_1)
		return;

	base = ioremap(gicv4_rdist_phys(0), SZ_256K);
	KUNIT_ASSERT_NOT_NULL(test, base);
	val = readq(base + SZ_128K + GICR_VPROPBASER);
	iounmap(base);
	val = FIELD_GET(GICR_VPROPBASER_4_1_ADDR, val) << 12;
	expect_indirect_table_cleaned(test, val, nr, made->page_size);
}

/* GICv4.1: whoever unmaps a vPE may want to read its pending table */
static void pending_table_can_be_read_when_vpe_is_gone(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm;
	const void *vpt;

	make(t, &(const struct made) { .like = "v4.1-2its" });
	vm = its_v4_vm(t, 1);
	vpt = page_address(vm->vpes[0]->vpt_page);
	watch_cleaning(test);
	its_v4_vm_destroy(vm);
	KUNIT_EXPECT_TRUE(test, is_cleaned(vpt, SZ_64K));
	stop_watching(NULL);
}

/* The driver waits for a second; time does not pass here while it does */
#define NEVER		3000000

static void no_more_waiting(void *unused)
{
	um_its_after_waits(0, NULL);
	gicv4_fault_clear();
}

static void waited_for_ever(void)
{
}

static void wait_without_time(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, no_more_waiting, NULL));
	um_its_after_waits(NEVER, waited_for_ever);
}

/* Better a vCPU that wakes for nothing than one that sleeps for ever */
static void pending_table_that_stays_dirty_counts_as_pending(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm = its_v4_vm(t, 1);

	its_v4_enter(vm, 0);
	its_v4_wait(vm, 0);
	KUNIT_EXPECT_FALSE(test, vm->vpes[0]->pending_last);

	its_v4_enter(vm, 0);
	gicv4_fault_dirty(smp_processor_id(), NEVER);
	wait_without_time(test);
	its_v4_wait(vm, 0);
	KUNIT_EXPECT_TRUE(test, vm->vpes[0]->pending_last);
	kunit_release_action(test, no_more_waiting, NULL);

	its_v4_enter(vm, 0);
	its_v4_wait(vm, 0);
	KUNIT_EXPECT_FALSE(test, vm->vpes[0]->pending_last);
}

static void vsgi_state_that_does_not_come_is_an_error(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm;
	bool pending = true;
	unsigned int irq;

	make(t, &(const struct made) { .like = "v4.1" });
	vm = its_v4_vm(t, 1);
	irq = irq_find_mapping(vm->vpes[0]->sgi_domain, 3);

	gicv4_fault_busy(0, NEVER);
	wait_without_time(test);
	KUNIT_EXPECT_EQ(test, -ENXIO,
			irq_get_irqchip_state(irq, IRQCHIP_STATE_PENDING, &pending));
	KUNIT_EXPECT_TRUE(test, pending);
	kunit_release_action(test, no_more_waiting, NULL);

	/* And not for good: the next one who asks waits a little */
	gicv4_fault_busy(0, 3);
	KUNIT_EXPECT_EQ(test, 0,
			irq_get_irqchip_state(irq, IRQCHIP_STATE_PENDING, &pending));
	KUNIT_EXPECT_FALSE(test, pending);
}

/* It waits for time to pass, and does not only ask many times */
#define A_WHILE		5000

static void machine_that_takes_a_while_is_waited_for(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm;
	bool pending = true;

	make(t, &(const struct made) { .like = "v4.1" });
	vm = its_v4_vm(t, 1);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, no_more_waiting, NULL));

	gicv4_fault_busy(0, NEVER);
	um_its_after_waits(A_WHILE, gicv4_fault_clear);
	KUNIT_EXPECT_EQ(test, 0,
			irq_get_irqchip_state(irq_find_mapping(vm->vpes[0]->sgi_domain, 3),
					      IRQCHIP_STATE_PENDING, &pending));
	KUNIT_EXPECT_FALSE(test, pending);

	its_v4_enter(vm, 0);
	gicv4_fault_dirty(0, NEVER);
	um_its_after_waits(A_WHILE, gicv4_fault_clear);
	its_v4_wait(vm, 0);
	KUNIT_EXPECT_FALSE(test, vm->vpes[0]->pending_last);
}

static irqreturn_t no_doorbell(int irq, void *data)
{
	return IRQ_HANDLED;
}

/* Whatever was in the memory of the vPE */
static void new_vpe_is_as_if_never_used(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_vpe *vpe = kunit_kzalloc(test, sizeof(*vpe), GFP_KERNEL);
	struct its_vm vm = { .vpes = &vpe, .nr_vpes = 1 };
	struct irq_data *d;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, vpe);
	make(t, &(const struct made) { .like = "v4.1" });
	memset(vpe->sgi_config, 0xff, sizeof(vpe->sgi_config));
	atomic_set(&vpe->vmapp_count, 3);
	vpe->col_idx = 1;
	KUNIT_ASSERT_EQ(test, 0, its_alloc_vcpu_irqs(&vm));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&vpe->vmapp_count));
	for (i = 0; i < ARRAY_SIZE(vpe->sgi_config); i++) {
		KUNIT_EXPECT_EQ(test, vpe->sgi_config[i].priority, 0);
		KUNIT_EXPECT_FALSE(test, vpe->sgi_config[i].enabled);
		KUNIT_EXPECT_FALSE(test, vpe->sgi_config[i].group);
	}
	/* A doorbell that rings while it is handled elsewhere is not forgotten */
	KUNIT_EXPECT_TRUE(test, irqd_needs_resend_when_in_progress(irq_get_irq_data(vpe->irq)));

	/* Mapped nowhere: there is nothing that could be moved */
	d = irq_get_irq_data(vpe->irq);
	gicv4_trace_clear();
	KUNIT_EXPECT_EQ(test, -EINVAL,
			d->chip->irq_set_affinity(d, cpumask_of(0), false));
	KUNIT_EXPECT_EQ(test, gicv4_trace_count(GITS_CMD_VMOVP), 0);

	/* It is mapped, on a CPU that there is */
	KUNIT_EXPECT_EQ(test, 0, request_irq(vpe->irq, no_doorbell, 0, "its_v4_made", vpe));
	KUNIT_EXPECT_EQ(test, vpe->col_idx, 0);
	free_irq(vpe->irq, vpe);
	its_free_vcpu_irqs(&vm);
}

#define VM_ROUNDS	64

/* Pending tables, a property table, entries of domains */
static void vms_that_are_gone_take_no_memory(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	unsigned long before, after;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, 0, try_vm(t, 4));
	before = global_zone_page_state(NR_FREE_PAGES);
	for (i = 0; i < VM_ROUNDS; i++)
		KUNIT_EXPECT_EQ(test, 0, try_vm(t, 4));
	after = global_zone_page_state(NR_FREE_PAGES);

	/* One table of 64 KB in each round, or half of that */
	KUNIT_EXPECT_GT(test, after + VM_ROUNDS * SZ_64K / PAGE_SIZE / 2, before);
}

static struct kunit_case its_v4_made_cases[] = {
	KUNIT_CASE_PARAM(vpe_table_may_have_any_format, tables_gen_params),
	KUNIT_CASE(vpe_beyond_a_flat_table_is_refused),
	KUNIT_CASE(vpe_beyond_the_last_vpeid_is_refused),
	KUNIT_CASE(vm_without_lpis_for_its_doorbells_is_refused),
	KUNIT_CASE_PARAM(its_of_any_kind_does_its_work, mixtures_gen_params),
	KUNIT_CASE_PARAM(vpe_tables_are_cleaned_from_caches, incoherent_gen_params),
	KUNIT_CASE(pending_table_can_be_read_when_vpe_is_gone),
	KUNIT_CASE(pending_table_that_stays_dirty_counts_as_pending),
	KUNIT_CASE(vsgi_state_that_does_not_come_is_an_error),
	KUNIT_CASE(machine_that_takes_a_while_is_waited_for),
	KUNIT_CASE(new_vpe_is_as_if_never_used),
	KUNIT_CASE(vms_that_are_gone_take_no_memory),
	{}
};

/* Each case makes its machine */
static struct kunit_suite its_v4_made_suite = {
	.name		= "its_v4_made",
	.suite_init	= its_v4_hw_suite_init,
	.suite_exit	= its_v4_hw_suite_exit,
	.init		= its_v4_init,
	.exit		= its_v4_exit,
	.test_cases	= its_v4_made_cases,
};

kunit_test_suite(its_v4_made_suite);
