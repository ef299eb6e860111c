// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_undo: a setup that fails late takes everything back, from
 * the guest's tables, from an LPI that somebody still holds and from the
 * hardware; and it excludes those who could look at it meanwhile.
 */
#include <kunit/static_stub.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/sched.h>
#include <linux/vmstat.h>
#include <linux/um-vgic-machines.h>
#include <linux/um-vgic.h>

#include <kvm/arm_vgic_debug.h>

#include "../mock-msi.h"
#include "vgic.h"
#include "vlpi-test.h"
#include "vlpi-vits.h"

/* No step has this error of its own */
#define STEP_ERROR	(-EL3RST)

typedef int (*step_fn)(struct mock_msi *m);

/* What happens between the step's work and its failure */
static void (*meanwhile)(struct kunit *test, struct mock_msi *m);
static step_fn failing;

static int fail_when_done(struct mock_msi *m)
{
	struct kunit *test = kunit_get_current_test();

	kunit_deactivate_static_stub(test, failing);
	KUNIT_EXPECT_EQ(test, 0, failing(m));
	if (meanwhile)
		meanwhile(test, m);

	return STEP_ERROR;
}

/* The stub is gone when the step has failed */
static void setup_fails_after(struct vlpi_test *t, const struct vlpi *v,
			      step_fn step,
			      void (*fn)(struct kunit *test, struct mock_msi *m))
{
	failing = step;
	meanwhile = fn;
	kunit_activate_static_stub(t->test, step, fail_when_done);
	KUNIT_EXPECT_EQ(t->test, STEP_ERROR, vlpi_setup(t, v));
}

static void map_in_guest(struct vlpi_test *t, const struct vlpi *v, u16 icid)
{
	vgic_guest_mapd(t->vm, v->devid,
			vgic_guest_alloc_itt(t->vm, EVENT_BITS), EVENT_BITS);
	vgic_guest_mapc(t->vm, icid, t->vm->vcpu[v->vcpu]->vcpu_id);
	vlpi_enable_in_guest(t, v);
	vgic_guest_mapti(t->vm, v->devid, v->eventid, v->intid, icid);
}

/* What was pending in the guest's table moves to the hardware, or does not */
static void pending_bit_of_the_table_comes_back(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0), next = vlpi_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[v.vcpu];

	/* Its neighbour in the byte */
	next.intid = v.intid + 1;
	vlpi_enable_in_guest(t, &v);
	vgic_guest_set_pending(t->vm, vcpu, v.intid);
	vgic_guest_set_pending(t->vm, vcpu, next.intid);

	setup_fails_after(t, &v, mock_msi_hand_over, NULL);
	KUNIT_EXPECT_TRUE(test, vgic_guest_get_pending(t->vm, vcpu, v.intid));
	KUNIT_EXPECT_TRUE(test, vgic_guest_get_pending(t->vm, vcpu, next.intid));
	vlpi_expect_unmapped(t, &v);
	vlpi_expect_nothing_pending(t, v.vcpu);

	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	KUNIT_EXPECT_FALSE(test, vgic_guest_get_pending(t->vm, vcpu, v.intid));
	KUNIT_EXPECT_TRUE(test, vgic_guest_get_pending(t->vm, vcpu, next.intid));
	vlpi_expect_acks(t, v.vcpu, &v.intid, 1);
	vlpi_expect_delivered(t, &v);
}

/* One that was not pending is not after it */
static void nothing_gets_pending(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[v.vcpu];

	vlpi_enable_in_guest(t, &v);
	setup_fails_after(t, &v, mock_msi_hand_over, NULL);
	KUNIT_EXPECT_FALSE(test, vgic_guest_get_pending(t->vm, vcpu, v.intid));
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_nothing_pending(t, v.vcpu);
	vlpi_expect_delivered(t, &v);
}

static bool doorbell_pending(struct vlpi_test *t, unsigned int vcpu)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (gicv4_plpi_pending(cpu, vlpi_vpe(t, vcpu)->vpe_db_lpi))
			return true;
	}

	return false;
}

/* A vLPI that was moved goes back to its vCPU, with what it has pending */
static void moved_vlpi_comes_back(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0), moved = v;
	struct gicv4_stats before, after;

	/* Up to the last step, the hardware hears nothing of it */
	moved.vcpu = 1;
	gicv4_get_stats(&before);
	setup_fails_after(t, &moved, mock_msi_map_lpi, NULL);
	setup_fails_after(t, &moved, mock_msi_verify, NULL);
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.commands, before.commands);

	setup_fails_after(t, &moved, mock_msi_hand_over, NULL);
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);

	vlpi_device_write(&v);
	setup_fails_after(t, &moved, mock_msi_hand_over, NULL);
	gicv4_wait_host_irqs();
	/* The move rang for a vCPU that has nothing to wake up for */
	KUNIT_EXPECT_FALSE(test, doorbell_pending(t, 1));
	vlpi_expect_mapped(t, &v);
	vlpi_expect_nothing_pending(t, 1);
	vlpi_expect_acks(t, 0, &v.intid, 1);
	vlpi_expect_delivered(t, &v);
}

/* An emulated LPI of another vCPU stays that vCPU's */
static void emulated_lpi_goes_back_to_its_vcpu(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0), moved = v;
	struct vgic_irq *irq;

	map_in_guest(t, &v, 1);
	vgic_guest_mapc(t->vm, 2, t->vm->vcpu[1]->vcpu_id);
	moved.vcpu = 1;
	setup_fails_after(t, &moved, mock_msi_map_lpi, NULL);
	setup_fails_after(t, &moved, mock_msi_verify, NULL);
	irq = vgic_get_irq(t->vm->kvm, v.intid);
	KUNIT_ASSERT_NOT_NULL(test, irq);
	KUNIT_EXPECT_PTR_EQ(test, irq->target_vcpu, t->vm->vcpu[0]);
	KUNIT_EXPECT_FALSE(test, irq->hw);
	vgic_put_irq(t->vm->kvm, irq);

	KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	vits_expect_taken(t, 0, v.intid);
	vits_expect_quiet(t);

	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &moved));
	vlpi_expect_mapped(t, &moved);
	vlpi_expect_delivered(t, &moved);
}

static void run_guest(struct kunit *test, struct mock_msi *m)
{
	vgic_guest_enter(m->vcpu);
	vgic_guest_exit(m->vcpu);
}

/* While it was forwarded, the guest ran, and saw no reason to list the LPI */
static void pending_lpi_is_listed_again(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);

	map_in_guest(t, &v, 1);
	KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	setup_fails_after(t, &v, mock_msi_verify, run_guest);
	vits_expect_taken(t, 0, v.intid);
	vits_expect_quiet(t);
}

/* Somebody else has the LPI in hand, that has lost its event */
static void held_lpi_is_as_it_was(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 1), other = vlpi_nth(t, 0);
	struct vgic_irq *irq;

	map_in_guest(t, &v, 1);
	irq = vgic_get_irq(t->vm->kvm, v.intid);
	KUNIT_ASSERT_NOT_NULL(test, irq);
	vgic_guest_discard(t->vm, v.devid, v.eventid);
	KUNIT_EXPECT_FALSE(test, irq->mapped);
	KUNIT_EXPECT_PTR_EQ(test, irq->target_vcpu, t->vm->vcpu[1]);

	other.intid = v.intid;
	setup_fails_after(t, &other, mock_msi_verify, NULL);
	KUNIT_EXPECT_FALSE(test, irq->mapped);
	KUNIT_EXPECT_PTR_EQ(test, irq->target_vcpu, t->vm->vcpu[1]);

	KUNIT_EXPECT_EQ(test, 0, vlpi_setup(t, &other));
	KUNIT_EXPECT_PTR_EQ(test, irq->target_vcpu, t->vm->vcpu[0]);
	vgic_put_irq(t->vm->kvm, irq);
	vlpi_expect_delivered(t, &other);
}

static u8 vprop(struct vlpi_test *t, u32 intid)
{
	u8 *table = page_address(t->vm->kvm->arch.vgic.its_vm.vprop_page);

	return table[intid - 8192];
}

/* The VM's property table, which no guest sees, and nobody but the hardware */
static void hardware_configuration_comes_back(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	u8 before, next;

	/* What a vLPI leaves behind differs from what it is about to be */
	vgic_guest_discard(t->vm, v.devid, v.eventid);
	before = vprop(t, v.intid);
	next = vprop(t, v.intid + 1);
	vgic_guest_set_lpi(t->vm, v.intid, 0x30, true);
	setup_fails_after(t, &v, mock_msi_forward, NULL);
	KUNIT_EXPECT_EQ(test, vprop(t, v.intid), before);
	KUNIT_EXPECT_EQ(test, vprop(t, v.intid + 1), next);

	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	KUNIT_EXPECT_EQ(test, vprop(t, v.intid) & 0xfc, 0x30);
	vlpi_expect_delivered(t, &v);
}

/* What went to the VPT for a moment rang a doorbell, for nothing */
static void doorbell_is_silenced(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);

	map_in_guest(t, &v, 1);
	vlpi_visit_guests(t);
	KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	setup_fails_after(t, &v, mock_msi_verify, NULL);
	gicv4_wait_host_irqs();
	KUNIT_EXPECT_FALSE(test, doorbell_pending(t, 0));
	vits_expect_taken(t, 0, v.intid);

	vgic_guest_discard(t->vm, v.devid, v.eventid);
	vgic_guest_set_pending(t->vm, t->vm->vcpu[0], v.intid);
	setup_fails_after(t, &v, mock_msi_hand_over, NULL);
	gicv4_wait_host_irqs();
	KUNIT_EXPECT_FALSE(test, doorbell_pending(t, 0));

	/* One that is rung for a reason is */
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	gicv4_wait_host_irqs();
	if (!vlpi_has_v4_1(t))
		KUNIT_EXPECT_TRUE(test, doorbell_pending(t, 0));
	vlpi_expect_acks(t, 0, &v.intid, 1);
}

static void move_to_last_vpe(struct kunit *test, struct mock_msi *m)
{
	struct vlpi_test *t = test->priv;
	struct its_vlpi_map map = {};

	KUNIT_EXPECT_EQ(test, 0, its_get_vlpi(m->params->host_irq, &map));
	map.vpe = vlpi_vpe(t, t->vm->nr_vcpus - 1);
	KUNIT_EXPECT_EQ(test, 0, its_map_vlpi(m->params->host_irq, &map));
}

static int forward_elsewhere(struct mock_msi *m)
{
	struct kunit *test = kunit_get_current_test();

	kunit_deactivate_static_stub(test, mock_msi_forward);
	KUNIT_EXPECT_EQ(test, 0, mock_msi_forward(m));
	move_to_last_vpe(test, m);

	return 0;
}

/* Success means that KVM and the ITS agree on the vCPU, too */
static void vlpi_of_another_vpe_is_no_success(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);

	vlpi_enable_in_guest(t, &v);
	kunit_activate_static_stub(test, mock_msi_forward, forward_elsewhere);
	KUNIT_EXPECT_EQ(test, -EIO, vlpi_setup(t, &v));
	vlpi_expect_unmapped(t, &v);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);
}

static int lose_the_mapping(struct mock_msi *m)
{
	struct kunit *test = kunit_get_current_test();

	kunit_deactivate_static_stub(test, mock_msi_forward);
	KUNIT_EXPECT_EQ(test, 0, mock_msi_forward(m));
	its_unmap_vlpi(m->params->host_irq);

	return 0;
}

/* What the ITS driver says about a mapping that is not there is the answer */
static void lost_mapping_is_no_success(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kunit_suppressed_warning *w;
	struct its_vlpi_map map = {};
	struct vlpi v = vlpi_nth(t, 0);
	int err;

	vlpi_setup_nth(t, t->vm->nr_vcpus * t->m->nr_its);
	err = its_get_vlpi(vlpi_host_irq(&v), &map);
	KUNIT_ASSERT_LT(test, err, 0);
	KUNIT_ASSERT_NE(test, err, -EIO);

	vlpi_enable_in_guest(t, &v);
	kunit_activate_static_stub(test, mock_msi_forward, lose_the_mapping);
	/* The driver finds nothing to unmap, and says so */
	w = kunit_start_suppress_warning(test);
	KUNIT_EXPECT_EQ(test, err, vlpi_setup(t, &v));
	kunit_end_suppress_warning(test, w);
	vlpi_expect_unmapped(t, &v);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_delivered(t, &v);
}

static struct vgic_irq *rival;

static int lose_the_race(struct mock_msi *m)
{
	struct kunit *test = kunit_get_current_test();

	kunit_deactivate_static_stub(test, mock_msi_map_lpi);
	rival = vgic_add_lpi(m->kvm, m->params->vintid, NULL);
	KUNIT_EXPECT_FALSE(test, IS_ERR(rival));
	if (!IS_ERR(rival))
		rival->mapped = true;

	return mock_msi_map_lpi(m);
}

/* Another vITS, whose commands nothing here excludes, maps the LPI first */
static void lpi_mapped_meanwhile_is_refused(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);

	vlpi_enable_in_guest(t, &v);
	kunit_activate_static_stub(test, mock_msi_map_lpi, lose_the_race);
	KUNIT_EXPECT_EQ(test, -EEXIST, vlpi_setup(t, &v));
	KUNIT_ASSERT_FALSE(test, IS_ERR(rival));
	KUNIT_EXPECT_TRUE(test, rival->mapped);
	rival->mapped = false;
	vgic_put_irq(t->vm->kvm, rival);

	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_delivered(t, &v);
}

/* What the cache holds injects by software */
static void cached_translation_is_dropped(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	unsigned long key = vgic_its_cache_key(v.devid, v.eventid);

	map_in_guest(t, &v, 1);
	KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	vits_expect_taken(t, 0, v.intid);
	KUNIT_ASSERT_NOT_NULL(test, xa_load(&vlpi_vits(t)->translation_cache, key));
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	KUNIT_EXPECT_NULL(test, xa_load(&vlpi_vits(t)->translation_cache, key));
	vlpi_expect_delivered(t, &v);
}

#define MANY_TIMES	4000

static int fail_at_once(struct mock_msi *m)
{
	return STEP_ERROR;
}

static unsigned long slab_bytes(void)
{
	/* Descriptors of interrupts are freed after a grace period */
	rcu_barrier();

	return global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B) * PAGE_SIZE;
}

/* Of what comes and goes, one thing each time: other threads take memory, too */
static void expect_no_memory_kept(struct vlpi_test *t, const struct vlpi *v,
				  void (*come_and_go)(struct vlpi_test *t,
						      const struct vlpi *v))
{
	unsigned int i, round;
	unsigned long before;
	bool grown = true;

	if (IS_ENABLED(CONFIG_KASAN))
		kunit_skip(t->test, "KASAN keeps what is freed for a while");

	come_and_go(t, v);
	for (round = 0; round < 3 && grown; round++) {
		before = slab_bytes();
		for (i = 0; i < MANY_TIMES; i++)
			come_and_go(t, v);
		grown = slab_bytes() >= before + MANY_TIMES * 8;
	}
	KUNIT_EXPECT_FALSE(t->test, grown);
}

static void fail_setup(struct vlpi_test *t, const struct vlpi *v)
{
	KUNIT_EXPECT_EQ(t->test, STEP_ERROR, vlpi_setup(t, v));
}

/* Device, collection and ITE of each */
static void failed_setups_keep_no_memory(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);

	vlpi_enable_in_guest(t, &v);
	kunit_activate_static_stub(test, mock_msi_map_lpi, fail_at_once);
	expect_no_memory_kept(t, &v, fail_setup);
}

static void map_and_discard(struct vlpi_test *t, const struct vlpi *v)
{
	vgic_guest_mapti(t->vm, v->devid, v->eventid + 1, v->intid + 1, 1);
	vgic_guest_discard(t->vm, v->devid, v->eventid + 1);
}

static void discarded_events_keep_no_memory(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);

	map_in_guest(t, &v, 1);
	expect_no_memory_kept(t, &v, map_and_discard);
}

/**
 * struct late_setup - a setup by a thread of the VMM
 * @t: the case
 * @vm: the VM
 * @v: what to set up
 * @task: the thread, when it is about to call
 * @done: it has returned
 */
struct late_setup {
	struct vlpi_test	*t;
	struct vgic_vm		*vm;
	struct vlpi		v;
	struct task_struct	*task;
	bool			done;
};

static int setup_by_thread(struct vgic_vm *vm, void *data)
{
	struct late_setup *s = data;
	struct kvm_debug_gic_msi_setup p = {
		.device_id	= s->v.devid,
		.event_id	= s->v.eventid,
		.vcpu_id	= vm->vcpu[s->v.vcpu]->vcpu_id,
		.vintid		= s->v.intid,
		.host_irq	= vlpi_host_irq(&s->v),
		.itt_addr	= s->v.itt,
	};
	int ret;

	WRITE_ONCE(s->task, current);
	ret = debug_gic_msi_setup_mock_msi(vm->kvm, &p);
	WRITE_ONCE(s->done, true);

	return ret;
}

/* Until it sleeps for a lock, or has found none in its way */
static void wait_until_stuck(struct late_setup *s)
{
	unsigned int i;

	for (i = 0; i < 5 * HZ && !READ_ONCE(s->done); i++) {
		struct task_struct *task = READ_ONCE(s->task);

		if (task && READ_ONCE(task->__state) & TASK_UNINTERRUPTIBLE)
			return;
		schedule_timeout_uninterruptible(1);
	}
}

static void expect_waits_for(struct vlpi_test *t, struct mutex *lock,
			     unsigned int nth)
{
	struct late_setup s = { .t = t, .vm = t->vm, .v = vlpi_nth(t, nth) };
	struct vgic_vm_thread *thread;

	vlpi_enable_in_guest(t, &s.v);
	vgic_guest_disable_its(t->vm);
	mutex_lock(lock);
	thread = vgic_vm_start_on(t->vm, 0, setup_by_thread, &s);
	wait_until_stuck(&s);
	KUNIT_EXPECT_FALSE(t->test, READ_ONCE(s.done));
	KUNIT_EXPECT_FALSE(t->test, READ_ONCE(vlpi_vits(t)->enabled));
	mutex_unlock(lock);
	KUNIT_EXPECT_EQ(t->test, 0, vgic_vm_join(thread));
	vlpi_expect_mapped(t, &s.v);
	vlpi_expect_delivered(t, &s.v);
}

static void setup_waits_for_those_who_change_tables(struct kunit *test)
{
	struct vlpi_test *t = test->priv;

	expect_waits_for(t, &t->vm->kvm->arch.config_lock, 0);
	expect_waits_for(t, &vlpi_vits(t)->cmd_lock, 1);
	expect_waits_for(t, &vlpi_vits(t)->its_lock, 2);
}

/**
 * struct late_lock - an LPI's lock that is taken when a setup is half way
 * @irq: the LPI, when the setup is about to need the lock
 * @taken: the lock is taken; the setup may go on
 * @verify: look at the mapping; fail otherwise
 * @verified: that is done
 */
static struct late_lock {
	struct vgic_irq	*irq;
	bool		taken;
	bool		verify;
	bool		verified;
} late;

#define LATE_POLLS	4000

static int verify_late(struct mock_msi *m)
{
	struct kunit *test = kunit_get_current_test();
	int ret = STEP_ERROR;

	kunit_deactivate_static_stub(test, mock_msi_verify);
	WRITE_ONCE(late.irq, m->irq);
	while (!READ_ONCE(late.taken))
		cpu_relax();
	if (late.verify)
		ret = mock_msi_verify(m);
	WRITE_ONCE(late.verified, true);

	return ret;
}

/* The other CPU sets up @v meanwhile. Return: it went past the lock */
static bool setup_passes_lock(struct vlpi_test *t, const struct vlpi *v,
			      bool verify)
{
	struct late_setup s = { .t = t, .vm = t->vm, .v = *v };
	struct vgic_vm_thread *thread;
	bool passed = false;
	unsigned long flags;
	unsigned int i;

	late = (struct late_lock) { .verify = verify };
	kunit_activate_static_stub(t->test, mock_msi_verify, verify_late);
	thread = vgic_vm_start_on(t->vm, 1, setup_by_thread, &s);
	for (i = 0; i < 5 * HZ && !READ_ONCE(late.irq); i++)
		schedule_timeout_uninterruptible(1);
	if (!READ_ONCE(late.irq))
		WRITE_ONCE(late.taken, true);
	KUNIT_ASSERT_NOT_NULL(t->test, READ_ONCE(late.irq));

	raw_spin_lock_irqsave(&late.irq->irq_lock, flags);
	WRITE_ONCE(late.taken, true);
	for (i = 0; i < LATE_POLLS && !passed; i++) {
		udelay(5);
		passed = verify ? READ_ONCE(late.verified) : !late.irq->hw;
	}
	raw_spin_unlock_irqrestore(&late.irq->irq_lock, flags);
	KUNIT_EXPECT_EQ(t->test, verify ? 0 : STEP_ERROR, vgic_vm_join(thread));

	return passed;
}

/* What other CPUs write under irq_lock is not looked at without it */
static void half_a_setup_waits_for_the_lpi(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs 2 CPUs");

	map_in_guest(t, &v, 1);
	KUNIT_EXPECT_FALSE(test, setup_passes_lock(t, &v, false));
	vlpi_expect_unmapped(t, &v);
	KUNIT_EXPECT_FALSE(test, setup_passes_lock(t, &v, true));
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);
}

static int setup_when_taken(struct vgic_vm *vm, void *data)
{
	while (!READ_ONCE(late.taken))
		cpu_relax();

	return setup_by_thread(vm, data);
}

/* And nothing is changed before the LPI is known to be free */
static void setup_waits_for_the_lpi(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct late_setup s = { .t = t, .vm = t->vm, .v = vlpi_nth(t, 0) };
	struct vgic_vm_thread *thread;
	bool enabled = false;
	unsigned long flags;
	struct vgic_irq *irq;
	unsigned int i;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs 2 CPUs");

	map_in_guest(t, &s.v, 1);
	vgic_guest_disable_its(t->vm);
	irq = vgic_get_irq(t->vm->kvm, s.v.intid);
	KUNIT_ASSERT_NOT_NULL(test, irq);
	late = (struct late_lock) {};
	thread = vgic_vm_start_on(t->vm, 1, setup_when_taken, &s);
	raw_spin_lock_irqsave(&irq->irq_lock, flags);
	WRITE_ONCE(late.taken, true);
	for (i = 0; i < LATE_POLLS && !enabled; i++) {
		udelay(5);
		enabled = READ_ONCE(vlpi_vits(t)->enabled);
	}
	raw_spin_unlock_irqrestore(&irq->irq_lock, flags);
	KUNIT_EXPECT_FALSE(test, enabled);
	KUNIT_EXPECT_EQ(test, 0, vgic_vm_join(thread));
	KUNIT_EXPECT_TRUE(test, vlpi_vits(t)->enabled);
	vgic_put_irq(t->vm->kvm, irq);
	vlpi_expect_delivered(t, &s.v);
}

static void unmap_lpi(struct vlpi_test *t, void *data)
{
	mock_msi_unmap_lpi(data);
}

/* Once it is not mapped, another event may have it */
static void unmapped_lpi_waits_for_its_lock(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct its_ite ite = {};
	struct mock_msi m = {
		.kvm		= t->vm->kvm,
		.ite		= &ite,
		.new_ite	= true,
		.old_vcpu	= t->vm->vcpu[v.vcpu],
	};
	struct vgic_irq *irq;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs 2 CPUs");

	/* The guest's event keeps the LPI; its mapping is what is undone */
	map_in_guest(t, &v, 1);
	irq = vgic_get_irq(t->vm->kvm, v.intid);
	KUNIT_ASSERT_NOT_NULL(test, irq);
	m.irq = irq;
	ite.irq = irq;
	vlpi_expect_waits(t, &irq->irq_lock, unmap_lpi, &m);
	KUNIT_EXPECT_NULL(test, ite.irq);
	KUNIT_EXPECT_FALSE(test, irq->mapped);
	irq->mapped = true;
}

static struct completion go_on;
static atomic_t inside, most_inside;

static int linger(struct mock_msi *m)
{
	int now = atomic_inc_return(&inside);

	if (now > atomic_read(&most_inside))
		atomic_set(&most_inside, now);
	wait_for_completion(&go_on);
	atomic_dec(&inside);

	return STEP_ERROR;
}

/* Two VMs that both want one host interrupt ask one after the other */
static void setups_of_vms_exclude_each_other(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm_thread *threads[2];
	struct late_setup s[2] = {};
	unsigned int i;

	init_completion(&go_on);
	atomic_set(&inside, 0);
	atomic_set(&most_inside, 0);
	s[0].vm = t->vm;
	s[1].vm = vgic_vm_create(test, &t->p->config);
	kunit_activate_static_stub(test, mock_msi_enable, linger);
	for (i = 0; i < ARRAY_SIZE(s); i++) {
		s[i].t = t;
		s[i].v = vlpi_nth(t, i);
		/* The ITS driver gives a device to one VM */
		if (i)
			s[i].v.mock = t->mock2;
		s[i].v.event = i;
		s[i].v.vcpu = 0;
		vgic_guest_set_lpi(s[i].vm, s[i].v.intid, GUEST_PRIO, true);
		threads[i] = vgic_vm_start_on(s[i].vm, 0, setup_by_thread, &s[i]);
		wait_until_stuck(&s[i]);
	}
	complete_all(&go_on);
	for (i = 0; i < ARRAY_SIZE(s); i++)
		KUNIT_EXPECT_EQ(test, STEP_ERROR, vgic_vm_join(threads[i]));
	kunit_deactivate_static_stub(test, mock_msi_enable);
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&most_inside));

	for (i = 0; i < ARRAY_SIZE(s); i++)
		KUNIT_EXPECT_EQ(test, 0, vlpi_setup_in(t, s[i].vm, &s[i].v));
}

/* A collection of the guest's numbering: the vCPU's own number, if it is free */
static void new_collection_has_the_vcpus_number(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct its_collection *coll;
	unsigned int i;

	for (i = 0; i < t->vm->nr_vcpus; i++)
		vlpi_setup_nth(t, i);
	list_for_each_entry(coll, &vlpi_vits(t)->collection_list, coll_list)
		KUNIT_EXPECT_EQ(test, coll->collection_id, coll->target_addr);
}

static struct kunit_case vlpi_undo_cases[] = {
	KUNIT_CASE(pending_bit_of_the_table_comes_back),
	KUNIT_CASE(nothing_gets_pending),
	KUNIT_CASE_PARAM(moved_vlpi_comes_back, vlpi_many_gen_params),
	KUNIT_CASE_PARAM(emulated_lpi_goes_back_to_its_vcpu, vlpi_many_gen_params),
	KUNIT_CASE(pending_lpi_is_listed_again),
	KUNIT_CASE_PARAM(held_lpi_is_as_it_was, vlpi_many_gen_params),
	KUNIT_CASE(hardware_configuration_comes_back),
	KUNIT_CASE(doorbell_is_silenced),
	KUNIT_CASE_PARAM(vlpi_of_another_vpe_is_no_success, vlpi_many_gen_params),
	KUNIT_CASE(lost_mapping_is_no_success),
	KUNIT_CASE(lpi_mapped_meanwhile_is_refused),
	KUNIT_CASE(cached_translation_is_dropped),
	KUNIT_CASE(failed_setups_keep_no_memory),
	KUNIT_CASE(discarded_events_keep_no_memory),
	KUNIT_CASE(setup_waits_for_those_who_change_tables),
	KUNIT_CASE(half_a_setup_waits_for_the_lpi),
	KUNIT_CASE(setup_waits_for_the_lpi),
	KUNIT_CASE(unmapped_lpi_waits_for_its_lock),
	KUNIT_CASE(setups_of_vms_exclude_each_other),
	KUNIT_CASE_PARAM(new_collection_has_the_vcpus_number, vlpi_many_gen_params),
	{}
};

static struct kunit_suite vlpi_undo_suite = {
	.name		= "vgic_vlpi_undo",
	.suite_init	= um_vgic_suite_init_vlpis,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_undo_cases,
};

kunit_test_suite(vlpi_undo_suite);
um_vgic_machine_suites(vlpi_undo_suite);
