// SPDX-License-Identifier: GPL-2.0-only
/*
 * its_v4_watched: who talks to the machine about a vPE holds the locks that
 * keep the vPE, or the register, as it is.
 *
 * A race would show a lock that is missing once in a million. Here each access
 * is looked at while it happens, and the locks with it.
 */
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/spinlock.h>
#include <linux/um-vgic.h>

#include "its-v4-watched.h"

#define HELD_VPE	BIT(0)	/* its_vpe.vpe_lock */
#define HELD_VM		BIT(1)	/* its_vm.vmapp_lock */
#define HELD_VMOVP	BIT(2)	/* one VMOVP after the other, for all ITSs */
#define HELD_PROXY	BIT(3)	/* slots of the device that stands for doorbells */
#define HELD_DEVICE	BIT(4)	/* mappings of a device */
#define HELD_RDIST	BIT(5)	/* registers of a redistributor */

#define VLPI_FRAME	SZ_128K

/* What is looked for, and what was seen of it */
static struct {
	const struct its_v4_vlpi *v;
	unsigned long	want;
	unsigned int	commands;
	unsigned int	reg;
	u8		opcode;
	unsigned int	seen;
	unsigned long	missing;
} watch;

static unsigned long held(int cpu)
{
	const struct its_v4_vlpi *v = watch.v;
	struct um_its_locks locks;

	um_its_get_locks(its_v4_irq(v), cpu, &locks);

	return (raw_spin_is_locked(&its_v4_vpe(v)->vpe_lock) ? HELD_VPE : 0) |
	       (raw_spin_is_locked(&v->vm->its_vm.vmapp_lock) ? HELD_VM : 0) |
	       (locks.vmovp ? HELD_VMOVP : 0) |
	       (locks.proxy ? HELD_PROXY : 0) |
	       (locks.vlpis ? HELD_DEVICE : 0) |
	       (locks.rdist ? HELD_RDIST : 0);
}

static void note(int cpu)
{
	watch.seen++;
	watch.missing |= watch.want & ~held(cpu);
}

/* The ITS may execute a command later: while the driver waits for it */
static void look_for_command(const struct gicv4_access *access)
{
	unsigned int n = gicv4_trace_count(watch.opcode);

	if (n != watch.commands)
		note(-1);
	watch.commands = n;
}

static void look_for_register(const struct gicv4_access *access)
{
	if (access->write && access->cpu >= 0 && access->off == watch.reg)
		note(access->cpu);
}

static void look_for_non_residency(const struct gicv4_access *access)
{
	if (access->write && access->cpu >= 0 &&
	    access->off == VLPI_FRAME + GICR_VPENDBASER &&
	    !(access->val & GICR_VPENDBASER_Valid))
		note(access->cpu);
}

static void unwatch(void *unused)
{
	gicv4_watch(NULL);
}

static void start(const struct its_v4_vlpi *v, gicv4_access_fn look,
		  unsigned long want)
{
	watch.v = v;
	watch.want = want;
	watch.seen = 0;
	watch.missing = 0;
	gicv4_watch(look);
}

static void start_command(const struct its_v4_vlpi *v, u8 opcode,
			  unsigned long want)
{
	watch.opcode = opcode;
	watch.reg = 0;
	watch.commands = gicv4_trace_count(opcode);
	start(v, look_for_command, want);
}

static void start_register(const struct its_v4_vlpi *v, unsigned int reg,
			   unsigned long want)
{
	watch.reg = reg;
	watch.opcode = 0;
	start(v, look_for_register, want);
}

/* It was seen, and each time with all the locks */
static void expect_held(struct kunit *test)
{
	gicv4_watch(NULL);
	KUNIT_EXPECT_NE_MSG(test, watch.seen, 0, "command %#x, register %#x",
			    watch.opcode, watch.reg);
	KUNIT_EXPECT_EQ_MSG(test, watch.missing, 0,
			    "of %#lx, command %#x, register %#x", watch.want,
			    watch.opcode, watch.reg);
}

/* A VM of one vPE, and one event of a device; not mapped */
static struct its_v4_vlpi one_vlpi(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = {
		.vm	= its_v4_vm(t, 1),
		.dev	= its_v4_device(t, 0, ITS_V4_DEVID, 2),
		.vintid	= ITS_V4_VINTID,
	};

	if (!IS_ENABLED(CONFIG_SMP))
		kunit_skip(test, "without SMP a lock is no state");

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unwatch, NULL));

	return v;
}

/* On demand, when the first vLPI comes, and until the last one goes */
void vm_is_mapped_under_its_locks(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = one_vlpi(test);

	if (!t->hw.its_list)
		kunit_skip(test, "vPEs are mapped when they are made");

	start_command(&v, GITS_CMD_VMAPP, HELD_VM | HELD_VPE);
	its_v4_map(&v);
	expect_held(test);

	its_v4_unmap(&v);
	start_command(&v, GITS_CMD_VINVALL, HELD_VM);
	its_v4_map(&v);
	expect_held(test);

	start_command(&v, GITS_CMD_VMAPP, HELD_VM | HELD_VPE);
	its_v4_unmap(&v);
	expect_held(test);
}

void vpe_is_moved_under_its_locks(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = one_vlpi(test);
	unsigned int cpu;

	its_v4_need_cpus(t, 2);
	its_v4_map(&v);
	start_command(&v, GITS_CMD_VMOVP,
		      HELD_VPE | (t->hw.its_list ? HELD_VM | HELD_VMOVP : 0));
	for_each_online_cpu(cpu)
		KUNIT_EXPECT_EQ(test, 0,
				irq_set_affinity(its_v4_vpe(&v)->irq,
						 cpumask_of(cpu)));
	expect_held(test);
}

void event_changes_under_lock_of_its_device(struct kunit *test)
{
	struct its_v4_vlpi v = one_vlpi(test);

	start_command(&v, GITS_CMD_VMAPTI, HELD_DEVICE);
	its_v4_map(&v);
	expect_held(test);

	start_command(&v, GITS_CMD_VMOVI, HELD_DEVICE);
	its_v4_map(&v);
	expect_held(test);

	start_command(&v, GITS_CMD_DISCARD, HELD_DEVICE);
	its_v4_unmap(&v);
	expect_held(test);

	start_command(&v, GITS_CMD_MAPTI, HELD_DEVICE);
	its_v4_map(&v);
	its_v4_unmap(&v);
	expect_held(test);
}

/* Who invalidates a vPE's vLPIs keeps it where it is */
void vpe_is_invalidated_under_its_lock(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = one_vlpi(test);

	its_v4_map(&v);
	if (t->hw.v4_1)
		start_register(&v, GICR_INVALLR, HELD_VPE | HELD_RDIST);
	else
		start_command(&v, GITS_CMD_VINVALL, HELD_VM);
	KUNIT_EXPECT_EQ(test, 0, its_invall_vpe(its_v4_vpe(&v)));
	expect_held(test);

	if (!t->hw.v4_1)
		return;

	start_register(&v, GICR_INVLPIR, HELD_VPE | HELD_RDIST);
	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(its_v4_irq(&v),
						      ITS_V4_DISABLED, true));
	expect_held(test);
}

/* Each command to the device that stands for doorbells, or the register */
void doorbell_is_reached_under_lock(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = one_vlpi(test);
	unsigned int irq = its_v4_vpe(&v)->irq;

	if (t->hw.v4_1)
		kunit_skip(test, "the doorbell of a vPE is not behind a device");

	if (gicv4_machine()->direct_lpi)
		start_register(&v, GICR_INVLPIR, HELD_VPE | HELD_RDIST);
	else
		start_command(&v, GITS_CMD_INV, HELD_PROXY);
	enable_irq(irq);
	disable_irq(irq);
	expect_held(test);

	if (gicv4_machine()->direct_lpi)
		return;

	start_command(&v, GITS_CMD_INT, HELD_PROXY);
	KUNIT_EXPECT_EQ(test, 0, irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING,
						       true));
	expect_held(test);
	start_command(&v, GITS_CMD_CLEAR, HELD_PROXY);
	KUNIT_EXPECT_EQ(test, 0, irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING,
						       false));
	expect_held(test);
	start_command(&v, GITS_CMD_DISCARD, HELD_PROXY);
	/* Its vPE is gone when the lock is to be looked at */
	watch.v = &(struct its_v4_vlpi) {
		.vm	= its_v4_vm(t, 1),
		.dev	= v.dev,
	};
	its_v4_vm_destroy(v.vm);
	expect_held(test);
}

void doorbell_is_moved_under_lock(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = one_vlpi(test);
	unsigned int cpu;

	its_v4_need_cpus(t, 2);
	if (t->hw.v4_1 || gicv4_machine()->direct_lpi)
		kunit_skip(test, "the doorbell of a vPE is not behind a device");

	its_v4_map(&v);
	start_command(&v, GITS_CMD_MOVI, HELD_PROXY | HELD_VPE);
	for_each_online_cpu(cpu)
		KUNIT_EXPECT_EQ(test, 0,
				irq_set_affinity(its_v4_vpe(&v)->irq,
						 cpumask_of(cpu)));
	expect_held(test);
}

/* What was pending must not be read over a doorbell that rings meanwhile */
void vpe_goes_to_wait_under_its_lock(struct kunit *test)
{
	struct its_v4_vlpi v = one_vlpi(test);

	its_v4_map(&v);
	its_v4_enter(v.vm, 0);
	start(&v, look_for_non_residency, HELD_VPE);
	its_v4_wait(v.vm, 0);
	expect_held(test);
}

/* GICR_VSGIR asks, GICR_VSGIPENDR answers: nobody may ask in between */
void vsgis_are_read_under_lock(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = one_vlpi(test);
	bool pending;

	if (!t->hw.vsgis)
		kunit_skip(test, "the machine has no vSGIs");

	start_register(&v, VLPI_FRAME + GICR_VSGIR, HELD_VPE | HELD_RDIST);
	KUNIT_EXPECT_EQ(test, 0,
			irq_get_irqchip_state(irq_find_mapping(its_v4_vpe(&v)->sgi_domain, 0),
					      IRQCHIP_STATE_PENDING, &pending));
	expect_held(test);
}
