// SPDX-License-Identifier: GPL-2.0
/*
 * linux/irqchip/gicv4-model.h for a GIC that is not ours. What nobody can see
 * of it skips the case that wants to know.
 */
#include <kunit/test.h>
#include <kunit/test-bug.h>
#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/irqchip/its-marker.h>
#include <linux/irqchip/its-mock-msi.h>
#include <linux/irqdesc.h>
#include <linux/irqdomain.h>
#include <linux/kernel_stat.h>
#include <linux/kvm_host.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/preempt.h>
#include <linux/seq_buf.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>
#include <linux/workqueue.h>

#include "vgic.h"
#include "gic.h"

/* A redistributor with vLPIs has four frames */
#define RDIST_STRIDE	SZ_256K

/**
 * struct machine - the GIC of this machine
 * @desc: what it is, as far as suites want to know
 * @its_node: its ITS, the only one
 * @its: the registers; they have a driver, so they are read, GITS_TRANSLATER
 *       excepted
 * @rdist: the redistributors' registers, likewise
 * @its_phys: where the ITS is
 * @device_writes: MSIs sent by gicv4_device_write()
 * @by_write: of these, the ones that were no INT command
 */
struct machine {
	struct gicv4_desc	desc;
	struct device_node	*its_node;
	void __iomem		*its;
	void __iomem		*rdist;
	phys_addr_t		its_phys;
	u64			device_writes;
	struct gic_counts	by_write;
};

static struct machine gic;

/**
 * gic_needs_model() - skip the running test
 * @what: what it wants that only the software machine has
 *
 * A test that has failed already stays failed.
 *
 * Context: the test's thread. Does not return.
 */
void gic_needs_model(const char *what)
{
	struct kunit *test = kunit_get_current_test();

	if (test->status == KUNIT_FAILURE)
		kunit_try_catch_throw(&test->try_catch);
	kunit_skip(test, "needs the gicv4-model machine: %s", what);
}

static struct device_node *find_its(void)
{
	struct device_node *np;

	for_each_compatible_node(np, NULL, "arm,gic-v3-its")
		if (irq_find_matching_fwnode(of_fwnode_handle(np),
					     DOMAIN_BUS_NEXUS))
			return np;

	return NULL;
}

static bool find_gic(void)
{
	struct device_node *np;
	struct resource res;
	u64 typer;

	gic = (struct machine) {};
	np = of_find_compatible_node(NULL, NULL, "arm,gic-v3");
	gic.rdist = np ? of_iomap(np, 1) : NULL;
	of_node_put(np);
	gic.its_node = find_its();
	gic.its = gic.its_node ? of_iomap(gic.its_node, 0) : NULL;
	if (!gic.rdist || !gic.its)
		return false;

	of_address_to_resource(gic.its_node, 0, &res);
	gic.its_phys = res.start;
	typer = readq_relaxed(gic.its + GITS_TYPER);
	gic.desc = (struct gicv4_desc) {
		.name		= "this machine",
		.arch		= typer & GITS_TYPER_VMAPP ? GICV4_ARCH_4_1 :
							     GICV4_ARCH_4_0,
		.nr_cpus	= nr_cpu_ids,
		.nr_its		= 1,
		.groups		= 1,
		.devid_bits	= FIELD_GET(GITS_TYPER_DEVBITS, typer) + 1,
		.eventid_bits	= FIELD_GET(GITS_TYPER_IDBITS, typer) + 1,
		.intid_bits	= 16,
		.vpeid_bits	= 16,
		.vmovp		= true,
	};

	return typer & GITS_TYPER_VLPIS;
}

static void forget_gic(void)
{
	gic_shadow_stop();
	if (gic.its)
		iounmap(gic.its);
	if (gic.rdist)
		iounmap(gic.rdist);
	of_node_put(gic.its_node);
	gic = (struct machine) {};
}

struct hooks {
	struct preempt_notifier	pn;
	unsigned int		ins;
	unsigned int		outs;
};

static void count_in(struct preempt_notifier *pn, int cpu)
{
	container_of(pn, struct hooks, pn)->ins++;
}

static void count_out(struct preempt_notifier *pn, struct task_struct *next)
{
	container_of(pn, struct hooks, pn)->outs++;
}

/*
 * KVM follows its vCPUs' threads by preempt notifiers, and the first user of
 * these patches the scheduler. About one boot of QEMU 7.2 in 50 went on with
 * half of the old text, so the hooks stay for the whole suite, and are tried.
 */
static void hook_scheduler(void)
{
	static struct preempt_ops ops = {
		.sched_in	= count_in,
		.sched_out	= count_out,
	};
	unsigned int tries;

	preempt_notifier_inc();
	for (tries = 0; tries < 10; tries++) {
		struct hooks hooks = {};

		preempt_notifier_init(&hooks.pn, &ops);
		preempt_notifier_register(&hooks.pn);
		schedule_timeout_uninterruptible(2);
		preempt_notifier_unregister(&hooks.pn);
		if (hooks.ins && hooks.outs)
			return;
		pr_info("preempt notifiers: %u in, %u out; patched again\n",
			hooks.ins, hooks.outs);
		preempt_notifier_dec();
		preempt_notifier_inc();
	}
}

/**
 * um_vgic_suite_init() - a suite's suite_init()
 * @suite: the suite; skipped if this machine does not have what it takes
 *
 * Context: may sleep.
 * Return: 0, or -ENOMEM.
 */
int um_vgic_suite_init(struct kunit_suite *suite)
{
	const char *lacks = NULL;
	int ret = 0;

	if (!find_gic())
		lacks = "the machine has no GICv4";
	else if (gic.desc.arch != GICV4_ARCH_4_0 ||
		 !(readq_relaxed(gic.its + GITS_TYPER) & GITS_TYPER_VMOVP))
		lacks = "this is for a GICv4.0 without an ITSList";
	else if (readq_relaxed(gic.its + GITS_TYPER) & GITS_TYPER_PTA)
		lacks = "the ITS targets redistributors by their addresses";
	else if (!is_kernel_in_hyp_mode())
		lacks = "KVM does not run in EL2 with the host: no VHE";
	else if (!kvm_vgic_global_state.has_gicv4)
		lacks = "KVM does not use the GICv4: kvm-arm.vgic_v4_enable=1";
	else
		ret = gic_shadow_start(gic.its);

	if (lacks)
		kunit_mark_skipped(suite, "%s", lacks);
	if (lacks || ret)
		forget_gic();
	else
		hook_scheduler();

	return ret;
}

/**
 * um_vgic_suite_init_vlpis() - the same: there are always vLPIs
 * @suite: the suite
 *
 * Context: may sleep.
 * Return: as um_vgic_suite_init().
 */
int um_vgic_suite_init_vlpis(struct kunit_suite *suite)
{
	return um_vgic_suite_init(suite);
}

/**
 * um_vgic_suite_exit() - a suite's suite_exit()
 * @suite: the suite
 *
 * Context: may sleep.
 */
void um_vgic_suite_exit(struct kunit_suite *suite)
{
	/* It may have been skipped */
	if (gic.its)
		preempt_notifier_dec();
	forget_gic();
}

/**
 * um_vgic_test_init() - to be called by a suite's init()
 * @test: the test
 *
 * Context: may sleep.
 * Return: 0.
 */
int um_vgic_test_init(struct kunit *test)
{
	gicv4_trace_clear();
	its_mark(gic.its, test);

	return 0;
}

/**
 * um_vgic_test_exit() - to be called by a suite's exit()
 * @test: the test
 *
 * Context: may sleep.
 */
void um_vgic_test_exit(struct kunit *test)
{
	its_mark_end(gic.its);
}

struct fwnode_handle *um_vgic_its_fwnode(unsigned int its)
{
	/* Whoever makes a device may make many: the queue is not endless */
	gic_shadow_update();

	return its ? NULL : of_fwnode_handle(gic.its_node);
}

int um_vgic_suspend(void)
{
	gic_needs_model("the host's sleep");

	return -EOPNOTSUPP;
}

void um_vgic_resume(void)
{
}

const struct gicv4_desc *gicv4_machine(void)
{
	return &gic.desc;
}

phys_addr_t gicv4_its_phys(unsigned int its)
{
	return gic.its_phys;
}

/* The Linux interrupt of an event */
static unsigned int irq_of_event(u32 devid, u32 eventid)
{
	struct its_mock_msi *mock = its_mock_msi_lookup(um_vgic_its_fwnode(0), devid);

	return mock ? its_mock_msi_irq(mock, eventid) : 0;
}

/*
 * A CPU's write to GITS_TRANSLATER comes from DeviceID 0, at least in QEMU.
 * For other devices it is the INT command, which does the same.
 */
void gicv4_device_write(unsigned int its, u32 devid, u32 eventid)
{
	struct gicv4_itte itte = {};

	gic.device_writes++;
	if (devid) {
		unsigned int irq = irq_of_event(devid, eventid);

		KUNIT_EXPECT_EQ(kunit_get_current_test(), 0,
				irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING,
						      true));
		return;
	}

	if (!gic_shadow_itte(devid, eventid, &itte))
		gic.by_write.untranslated++;
	else if (itte.virt)
		gic.by_write.vlpis++;
	else
		gic.by_write.lpis++;
	writel(eventid, gic.its + GITS_TRANSLATER);
}

static void nothing(struct work_struct *work)
{
}

/* A CPU that runs a thread has taken the interrupts that it had */
bool gicv4_wait_host_irqs(void)
{
	return !schedule_on_each_cpu(nothing);
}

static bool is_doorbell(struct irq_data *d)
{
	return !strcmp(d->chip->name, "GICv4-vpe");
}

/*
 * What the ITS had to do follows from its commands and mappings; doorbells and
 * host interrupts are counted where they arrive. Of what is not counted, the
 * fields stay zero.
 */
void gicv4_get_stats(struct gicv4_stats *stats)
{
	struct gic_counts counts;
	unsigned int irq;

	gicv4_wait_host_irqs();
	gic_shadow_counts(&counts);
	*stats = (struct gicv4_stats) {
		.device_writes	= gic.device_writes,
		.untranslated	= counts.untranslated + gic.by_write.untranslated,
		.lpis		= counts.lpis + gic.by_write.lpis,
		.vlpis		= counts.vlpis + gic.by_write.vlpis,
		.acks		= gic_guest_acks(),
		.commands	= counts.commands,
	};

	for_each_active_irq(irq) {
		struct irq_data *d = irq_get_irq_data(irq);

		if (!d || !d->parent_data)
			continue;
		stats->host_irqs += kstat_irqs_usr(irq);
		if (is_doorbell(d))
			stats->doorbells += kstat_irqs_usr(irq);
	}
}

/* A domain of vPEs that has no interrupts left does not show */
void um_gicv4_get_counts(unsigned int *domains, unsigned int *fwnodes)
{
	unsigned int irq;

	*domains = 0;
	*fwnodes = 0;
	for_each_active_irq(irq) {
		struct irq_data *d = irq_get_irq_data(irq);

		*domains += d && d->parent_data && is_doorbell(d);
	}
}

bool gicv4_get_dte(unsigned int its, u32 devid, struct gicv4_dte *dte)
{
	return gic_shadow_dte(devid, dte);
}

bool gicv4_get_itte(unsigned int its, u32 devid, u32 eventid,
		    struct gicv4_itte *itte)
{
	return gic_shadow_itte(devid, eventid, itte);
}

bool gicv4_get_vpte(unsigned int its, u16 vpeid, struct gicv4_vpte *vpte)
{
	return gic_shadow_vpte(vpeid, vpte);
}

unsigned int gicv4_nr_mappings(unsigned int its, bool virt)
{
	return gic_shadow_nr_mappings(virt);
}

static struct its_vpe *vpe_of(struct kvm *kvm, unsigned int i)
{
	struct its_vm *vm = &kvm->arch.vgic.its_vm;

	return vm->vpes && i < vm->nr_vpes ? vm->vpes[i] : NULL;
}

static struct its_vpe *find_vpe(u16 vpeid)
{
	struct its_vpe *vpe;
	struct kvm *kvm;
	unsigned int i;

	guard(mutex)(&kvm_lock);
	list_for_each_entry(kvm, &vm_list, vm_list)
		for (i = 0; (vpe = vpe_of(kvm, i)); i++)
			if (vpe->vpe_id == vpeid)
				return vpe;

	return NULL;
}

/* A GICv4.0 has pending state in memory; QEMU has it there at any time */
bool gicv4_vlpi_pending(unsigned int its, u16 vpeid, u32 vintid)
{
	struct its_vpe *vpe = find_vpe(vpeid);
	const u8 *vpt = vpe ? page_address(vpe->vpt_page) : NULL;

	return vpt && READ_ONCE(vpt[vintid / 8]) & BIT(vintid % 8);
}

/* What the driver has in the property table: who has read it nobody knows */
u8 gicv4_vlpi_config(unsigned int its, u16 vpeid, u32 vintid)
{
	struct its_vpe *vpe = find_vpe(vpeid);
	const u8 *prop = vpe ? page_address(vpe->its_vm->vprop_page) : NULL;

	return prop ? READ_ONCE(prop[vintid - 8192]) : 0;
}

bool gicv4_plpi_pending(unsigned int cpu, u32 intid)
{
	u64 val = readq_relaxed(gic.rdist + cpu * RDIST_STRIDE + GICR_PENDBASER);
	const u8 *pend = phys_to_virt(val & GENMASK_ULL(51, 16));

	return READ_ONCE(pend[intid / 8]) & BIT(intid % 8);
}

static void dump_pending(struct its_vpe *vpe, struct seq_buf *s)
{
	const u8 *vpt = page_address(vpe->vpt_page);
	u32 intid;

	for (intid = 8192; intid < 65536; intid++)
		if (vpt[intid / 8] & BIT(intid % 8))
			seq_buf_printf(s, "vpe %u pending %u\n", vpe->vpe_id,
				       intid);
}

void gicv4_dump(struct seq_buf *s)
{
	struct its_vpe *vpe;
	struct kvm *kvm;
	unsigned int i;

	gic_shadow_dump(s);
	guard(mutex)(&kvm_lock);
	list_for_each_entry(kvm, &vm_list, vm_list)
		for (i = 0; (vpe = vpe_of(kvm, i)); i++)
			dump_pending(vpe, s);
}

/* The driver waits for each command, so nothing may be left */
void gicv4_checkpoint(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, readl_relaxed(gic.its + GITS_CREADR),
			readl_relaxed(gic.its + GITS_CWRITER));
	KUNIT_EXPECT_FALSE_MSG(test, gic_shadow_lost(),
			       "more ITS commands between two looks than the queue holds");
}
