// SPDX-License-Identifier: GPL-2.0
/*
 * Suites vgic_vlpi_stress: nothing is lost, whatever happens at the same time.
 *
 * Devices write, vCPUs are loaded, block in WFI, are kicked and migrate, the
 * guest moves, unmaps, maps, enables and disables its events, the VMM forwards
 * and unforwards them, and other VMs come and go. After each storm the guest
 * maps and enables all of its events, takes what is pending, and waits for
 * interrupts: nothing may be left then that it should have seen.
 *
 * With one CPU each run is a sequence of steps that follows from its seed and
 * from nothing else. With more of them all actors act at once, and the seed
 * says what they do, but not when.
 *
 * vgic_vlpi_stress.seed=	of the first run; the others' follow from it
 * vgic_vlpi_stress.runs=	runs of each case
 * vgic_vlpi_stress.rounds=	storms in a run
 * vgic_vlpi_stress.seconds=	go on with runs for so long
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>

#include "vgic.h"
#include "vlpi-stress.h"

#define DEFAULT_SEED	1
#define DEFAULT_RUNS	2
#define DEFAULT_ROUNDS	3

/* Of a round: one after the other, and of guest and VMM if all act at once */
#define STEPS		250
#define PARALLEL_STEPS	60

/* All vCPUs sleep, and the host has nothing to do: how often that is seen */
#define SURE_POLLS	4
/* Far more than a busy host needs */
#define MAX_POLLS	200000

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "vgic_vlpi_stress."

static unsigned long seed = DEFAULT_SEED;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "of the first run");

static unsigned int runs;
module_param(runs, uint, 0444);
MODULE_PARM_DESC(runs, "number of runs of each case, 0 for the usual one");

static unsigned int rounds = DEFAULT_ROUNDS;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "number of storms in a run");

static unsigned int seconds;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "go on with runs for so long");

/* The run: what a parameter of a case is. One at a time. */
static struct stress_run {
	struct vlpi_param	param;
	u32			ids[STRESS_VCPUS];
	u64			seed;
	unsigned int		nr;
	unsigned long		end;
} run;

/* Number of vCPUs, their ids, and when the ITS is created */
static void draw_vm(void)
{
	static const u32 ids[STRESS_VCPUS] = { 3, 1, 7, 4 };
	struct rnd_state rnd;

	vlpi_seed(&rnd, run.seed, 0);
	memcpy(run.ids, ids, sizeof(ids));
	run.param.config = (struct vgic_vm_config) {
		.nr_vcpus = 1 + vlpi_random(&rnd, STRESS_VCPUS),
		.vcpu_ids = vlpi_random(&rnd, 2) ? run.ids : NULL,
		.order	  = vlpi_random(&rnd, 2) ? VGIC_VM_ITS_FIRST :
						  VGIC_VM_ITS_LAST,
	};
}

static const void *next_run(const void *prev, char *desc, unsigned int usual)
{
	unsigned int max = runs ?: seconds ? 1 : usual;

	if (!prev) {
		run.nr = 0;
		run.end = jiffies + seconds * HZ;
	} else if (++run.nr >= max &&
		   (!seconds || time_after(jiffies, run.end))) {
		return NULL;
	}

	run.seed = seed + run.nr;
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "seed %llu", run.seed);
	draw_vm();

	return &run.param;
}

static const void *stress_gen_runs(struct kunit *test, const void *prev,
				   char *desc)
{
	return next_run(prev, desc, DEFAULT_RUNS);
}

/* Several CPUs make it slow */
static const void *stress_gen_one(struct kunit *test, const void *prev,
				  char *desc)
{
	return next_run(prev, desc, 1);
}

/* Actors and their threads */

static bool failed(struct stress *s)
{
	return READ_ONCE(s->o.complaint);
}

static bool is_vcpu(const struct stress_actor *a)
{
	return a->step == stress_vcpu_step;
}

static int act(struct vgic_vm *vm, void *data)
{
	struct stress_actor *a = data;
	struct stress *s = a->s;
	bool device = a->step == stress_device_step;
	bool free = s->parallel && (is_vcpu(a) || device);

	a->task = current;
	/* Not preempted by each other, nor by who says whose turn it is */
	if (!s->parallel)
		sched_set_fifo_low(current);

	while (READ_ONCE(s->phase) != STRESS_STOP ||
	       (device && READ_ONCE(s->late_devices))) {
		if (!free && !a->left) {
			WRITE_ONCE(a->parked, true);
			wait_for_completion(&a->go);
			continue;
		}
		if (!free)
			a->left--;
		a->step(a);
		a->done++;
		cond_resched();
	}
	/* Put it */
	if (is_vcpu(a))
		a->step(a);
	WRITE_ONCE(a->finished, true);

	return 0;
}

static void start_actor(struct stress *s, void (*step)(struct stress_actor *),
			unsigned int nr)
{
	struct stress_actor *a = &s->actor[s->nr_actors++];

	a->s = s;
	a->step = step;
	a->nr = nr;
	vlpi_seed(&a->rnd, run.seed, 10 + s->nr_actors);
	init_completion(&a->go);
	a->thread = vgic_vm_start_on(s->vm, nr % num_online_cpus(), act, a);
}

static void go(struct stress_actor *a, unsigned int steps)
{
	a->left = steps;
	WRITE_ONCE(a->parked, false);
	complete(&a->go);
}

/*
 * A thread that says it goes to sleep may still change its mind, however long
 * the host keeps its CPU from running. Off the CPU's queue it cannot; there it
 * may stay for a while, as what is called a delayed dequeue. One that is being
 * woken (TASK_WAKING) does not sleep, though it may wait long for its CPU.
 */
static bool sleeps(struct stress_actor *a)
{
	struct task_struct *task = READ_ONCE(a->task);

	return task && (READ_ONCE(task->__state) & TASK_NORMAL) &&
	       !task_curr(task) &&
	       (!READ_ONCE(task->on_rq) || READ_ONCE(task->se.sched_delayed));
}

static bool in_wfi(struct stress_actor *a)
{
	return READ_ONCE(a->in_wfi) && sleeps(a);
}

static bool everybody_sleeps(struct stress *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_actors; i++) {
		struct stress_actor *a = &s->actor[i];

		if (!READ_ONCE(a->finished) && !in_wfi(a) &&
		    !(READ_ONCE(a->parked) && sleeps(a)))
			return false;
	}

	return true;
}

/* One CPU: actors come before this thread, so it runs when nobody else does */
static void wait_for_turn(struct stress *s)
{
	while (!everybody_sleeps(s))
		schedule();
}

/* Devices may go on; they know nothing of vCPUs */
static void stop_but_devices(struct stress *s)
{
	unsigned int i;

	WRITE_ONCE(s->phase, STRESS_STOP);
	for (i = 0; i < s->nr_actors; i++)
		complete(&s->actor[i].go);

	for (i = STRESS_DEVICES; i < s->nr_actors; i++) {
		struct stress_actor *a = &s->actor[i];

		while (!READ_ONCE(a->finished)) {
			if (in_wfi(a)) {
				kvm_make_request(KVM_REQ_UNBLOCK,
						 s->vm->vcpu[a->nr]);
				kvm_vcpu_kick(s->vm->vcpu[a->nr]);
			}
			usleep_range(50, 200);
		}
	}
}

static void stop_actors(void *data)
{
	struct stress *s = data;
	unsigned int i;

	WRITE_ONCE(s->late_devices, false);
	stop_but_devices(s);
	for (i = 0; i < s->nr_actors && i < STRESS_DEVICES; i++)
		while (!READ_ONCE(s->actor[i].finished))
			usleep_range(50, 200);
}

static void start(struct stress *s)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_HALT_POLL };
	struct rnd_state rnd;
	unsigned int i;

	vlpi_seed(&rnd, run.seed, 1);
	mutex_init(&s->guest);
	s->nr_vcpus = s->vm->nr_vcpus;
	stress_guest_boot(s, &rnd);

	/* One CPU: nothing would happen while it polls */
	if (!s->parallel || vlpi_random(&rnd, 2))
		KUNIT_ASSERT_EQ(s->t->test, 0,
				vgic_vm_ioctl(s->vm, KVM_ENABLE_CAP, &cap,
					      sizeof(cap)));

	s->phase = STRESS_STORM;
	for (i = 0; i < STRESS_DEVICES; i++)
		start_actor(s, stress_device_step, i);
	start_actor(s, stress_guest_step, 0);
	start_actor(s, stress_vmm_step, 1);
	for (i = 0; i < s->nr_vcpus; i++)
		start_actor(s, stress_vcpu_step, i);
	KUNIT_ASSERT_EQ(s->t->test, 0,
			kunit_add_action_or_reset(s->t->test, stop_actors, s));
	if (!s->parallel)
		wait_for_turn(s);
}

/* Another VM, for as long as it takes to use it */

static void visit_other_vm(struct stress *s, struct rnd_state *rnd)
{
	static const struct vgic_vm_config config = { .nr_vcpus = 2 };
	struct vgic_vm *vm = vgic_vm_create(s->t->test, &config);
	struct kunit *test = s->t->test;
	unsigned int i, n;

	/* The guests' world is another one, the host's devices too */
	for (i = 0; i < 2; i++) {
		struct vlpi v = {
			.devid		= GUEST_DEVID,
			.eventid	= i,
			.vcpu		= i,
			.intid		= GUEST_LPI + 3 * i,
			.itt		= VGIC_VM_ITTS,
			.mock		= s->t->mock2,
			.event		= vlpi_random(rnd, 2) * 2 + i,
		};

		vgic_guest_set_lpi(vm, v.intid, GUEST_PRIO, true);
		KUNIT_EXPECT_EQ(test, 0, vlpi_setup_in(s->t, vm, &v));
		for (n = vlpi_random(rnd, 4); n; n--) {
			vlpi_device_write(&v);
			vgic_guest_enter(vm->vcpu[i]);
			KUNIT_EXPECT_EQ(test, vgic_guest_ack(vm->vcpu[i]),
					v.intid);
			vgic_guest_exit(vm->vcpu[i]);
		}
		/* Some of them go with something pending */
		if (vlpi_random(rnd, 2))
			vlpi_device_write(&v);
	}
	vgic_vm_destroy(vm);
}

/* The storm */

static void storm_of_steps(struct stress *s, struct rnd_state *rnd)
{
	unsigned int n;

	for (n = 0; n < STEPS && !failed(s); n++) {
		struct stress_actor *a;

		if (!vlpi_random(rnd, 80))
			visit_other_vm(s, rnd);
		a = &s->actor[vlpi_random(rnd, s->nr_actors)];
		if (in_wfi(a))
			continue;
		go(a, 1);
		wait_for_turn(s);
	}
}

/* The guest's and the VMM's actors */
static bool are_parked(struct stress *s)
{
	return READ_ONCE(s->actor[STRESS_DEVICES].parked) &&
	       READ_ONCE(s->actor[STRESS_DEVICES + 1].parked);
}

static bool devices_are_parked(struct stress *s)
{
	unsigned int i;

	for (i = 0; i < STRESS_DEVICES; i++)
		if (!READ_ONCE(s->actor[i].parked))
			return false;

	return true;
}

static void parallel_storm(struct stress *s, struct rnd_state *rnd)
{
	unsigned int polls = 0;

	WRITE_ONCE(s->phase, STRESS_STORM);
	WRITE_ONCE(s->quiet_devices, false);
	go(&s->actor[STRESS_DEVICES], PARALLEL_STEPS);
	go(&s->actor[STRESS_DEVICES + 1], PARALLEL_STEPS);

	visit_other_vm(s, rnd);
	while (!are_parked(s) && polls++ < MAX_POLLS)
		usleep_range(50, 200);
	KUNIT_ASSERT_LT_MSG(s->t->test, polls, MAX_POLLS,
			    "guest or VMM are stuck");

	/* Pairs with the one of stress_device_step() */
	smp_store_mb(s->quiet_devices, true);
	while (!devices_are_parked(s))
		usleep_range(50, 200);
}

/* And the calm after it */

static bool vcpus_sleep(struct stress *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_vcpus; i++)
		if (!in_wfi(&s->actor[s->nr_actors - s->nr_vcpus + i]))
			return false;

	return true;
}

/* Each vCPU that does not sleep takes what there is, until all of them sleep */
static void settle_in_steps(struct stress *s)
{
	unsigned int i;

	do {
		gicv4_wait_host_irqs();
		stress_relay(s);
		for (i = s->nr_actors - s->nr_vcpus; i < s->nr_actors; i++) {
			if (in_wfi(&s->actor[i]))
				continue;
			go(&s->actor[i], 1);
			wait_for_turn(s);
		}
		wait_for_turn(s);
	} while (!failed(s) && (stress_relay(s) || !vcpus_sleep(s)));
}

static void wait_for_calm(struct stress *s)
{
	unsigned int polls = 0, sure = 0;

	while (!failed(s) && sure < SURE_POLLS && polls++ < MAX_POLLS) {
		gicv4_wait_host_irqs();
		if (stress_relay(s) || !vcpus_sleep(s))
			sure = 0;
		else
			sure++;
		usleep_range(200, 500);
	}
	KUNIT_ASSERT_LT_MSG(s->t->test, polls, MAX_POLLS, "vCPUs are stuck");
}

/*
 * A doorbell that is pending goes along when its slot of the proxy device is
 * given to another vPE: see doorbell_survives_a_stolen_slot().
 */
static bool may_lose_doorbells(void)
{
	const struct gicv4_desc *m = gicv4_machine();

	return m->arch == GICV4_ARCH_4_0 && !m->direct_lpi;
}

static void settle_in_parallel(struct stress *s)
{
	unsigned int i;

	wait_for_calm(s);
	if (failed(s) || !stress_owes(s) || !may_lose_doorbells())
		return;

	/* Only the doorbell may be lost, not what it rang for */
	s->nudges++;
	for (i = 0; i < s->nr_vcpus; i++) {
		kvm_make_request(KVM_REQ_UNBLOCK, s->vm->vcpu[i]);
		kvm_vcpu_kick(s->vm->vcpu[i]);
	}
	wait_for_calm(s);
}

static void settle(struct stress *s)
{
	WRITE_ONCE(s->phase, STRESS_SETTLE);
	stress_guest_restore(s);
	if (s->parallel)
		settle_in_parallel(s);
	else
		settle_in_steps(s);

	stress_complain_owed(s);
	stress_why(s);
	if (!failed(s))
		stress_quiet(s);
}

/*
 * What several CPUs do at once may break a rule with nobody to blame, or with
 * no way for a test to avoid it:
 *
 * VSYNC_MISSING: one CPU sends a command and the VSYNC for it, another one
 * makes the vPE resident in between. It does not rely on that command.
 *
 * VMAPP_RESIDENT: with an ITSList the driver unmaps a VM's vPEs from an ITS
 * when the last vLPI there goes, whether or not vCPUs run.
 */
static bool is_nobodys_fault(enum gicv4_rule rule)
{
	const struct gicv4_desc *m = gicv4_machine();

	return (rule == GICV4_RULE_VSYNC_MISSING && m->seed) ||
	       (rule == GICV4_RULE_VMAPP_RESIDENT && m->nr_its > 1 &&
		m->arch == GICV4_ARCH_4_0 && !m->vmovp);
}

static void check_rules(struct stress *s)
{
	struct kunit *test = s->t->test;
	struct gicv4_breach b;
	unsigned int i;

	for (i = 0; s->parallel && gicv4_get_breach(i, &b); i++)
		if (!is_nobodys_fault(b.rule))
			KUNIT_FAIL(test, "rule %s: %s",
				   gicv4_rule_name(b.rule),
				   gicv4_rule_text(b.rule));
	if (s->parallel)
		gicv4_clear_breaches();
	gicv4_checkpoint(test);
}

/* The end of the VM */

/* What the guest unmapped is gone, in KVM too */
static void unmap_all(struct stress *s)
{
	struct kunit *test = s->t->test;
	unsigned long intid;
	struct vgic_irq *irq;

	stress_guest_unmap_all(s);
	xa_for_each(&s->vm->kvm->arch.vgic.lpi_xa, intid, irq)
		KUNIT_FAIL(test, "LPI %lu is unmapped, and has %u references",
			   intid, refcount_read(&irq->refcount));
	KUNIT_EXPECT_EQ(test, 0, vlpi_nr_mappings());
}

/* Its devices write as long as it is there, and longer */
static void destroy_vm(struct stress *s)
{
	unsigned int i;

	for (i = 0; i < STRESS_EVENTS; i++)
		stress_begin(s, &s->o.event[i], STRESS_UNMAP, -1, "VM goes");
	vgic_vm_destroy(s->vm);
	for (i = 0; i < STRESS_EVENTS; i++)
		stress_end(s, &s->o.event[i], STRESS_UNMAP, -1, "VM gone");
	s->t->vm = NULL;
}

/* The events are the host's again: that it got none before is no accident */
static void expect_host_gets_all(struct stress *s)
{
	struct kunit *test = s->t->test;
	unsigned int i;

	gicv4_wait_host_irqs();
	for (i = 0; i < STRESS_EVENTS; i++) {
		struct stress_event *e = &s->o.event[i];
		u64 hits = its_mock_msi_hits(e->v.mock, e->v.event);

		KUNIT_EXPECT_LE(test, hits, e->hits_max);
		stress_write(s, e, -1);
		KUNIT_EXPECT_EQ(test, vlpi_host_hits(&e->v), hits + 1);
	}
}

static void tell(struct stress *s, const struct gicv4_stats *before)
{
	struct gicv4_stats stats;

	gicv4_get_stats(&stats);
	kunit_info(s->t->test,
		   "stress: seed %llu, %u CPUs, %u vCPUs: writes %llu, owed %llu, vlpis %llu, by_lr %llu, relays %llu, doorbells %llu, vmovps %u, vmovis %u, kicks %u, nudges %u, guest %u, vmm %u, vcpu %u, hash=%08x",
		   run.seed, s->parallel ? num_online_cpus() : 1, s->nr_vcpus,
		   s->o.writes, s->o.owed_writes, s->o.acks, s->o.acks_lr,
		   s->o.relays, stats.doorbells - before->doorbells,
		   gicv4_trace_count(GITS_CMD_VMOVP),
		   gicv4_trace_count(GITS_CMD_VMOVI), s->kicks, s->nudges,
		   s->actor[STRESS_DEVICES].done,
		   s->actor[STRESS_DEVICES + 1].done,
		   s->actor[s->nr_actors - 1].done, s->o.hash);
}

static void play(struct kunit *test, bool parallel)
{
	struct vlpi_test *t = test->priv;
	struct gicv4_stats before;
	struct rnd_state rnd;
	struct stress *s;
	unsigned int i;

	s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s);
	s->t = t;
	s->vm = t->vm;
	s->parallel = parallel;
	vlpi_seed(&rnd, run.seed, 2);
	gicv4_trace_clear();
	gicv4_get_stats(&before);
	start(s);

	for (i = 0; i < rounds && !failed(s); i++) {
		s->phase = STRESS_STORM;
		if (parallel)
			parallel_storm(s, &rnd);
		else
			storm_of_steps(s, &rnd);
		settle(s);
	}
	s->late_devices = parallel && !failed(s);
	stop_but_devices(s);
	if (!failed(s)) {
		check_rules(s);
		if (vlpi_random(&rnd, 2))
			unmap_all(s);
		WRITE_ONCE(s->quiet_devices, false);
		destroy_vm(s);
	}
	kunit_release_action(test, stop_actors, s);

	if (!failed(s)) {
		expect_host_gets_all(s);
		/* Or there was nothing to lose */
		KUNIT_EXPECT_GT(test, s->o.owed_writes, 0);
		KUNIT_EXPECT_GT(test, s->o.acks, 0);
		KUNIT_EXPECT_GT(test, s->o.acks_lr, 0);
	}
	tell(s, &before);
	stress_report(s);
}

static void nothing_is_lost_step_by_step(struct kunit *test)
{
	play(test, false);
}

static void nothing_is_lost_in_parallel(struct kunit *test)
{
	if (num_online_cpus() < 2)
		kunit_skip(test, "needs 2 CPUs: boot with ncpus=2");

	play(test, true);
}

/*
 * Without DirectLPI the doorbells' LPIs are events of a proxy device, with
 * fewer slots than there are vPEs. Who takes a slot away discards the event.
 */
static void doorbell_survives_a_stolen_slot(struct kunit *test)
{
	static const struct vgic_vm_config config = {
		.nr_vcpus = VGIC_VM_MAX_VCPUS,
	};
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct vlpi_waiter w = { .vcpu = t->vm->vcpu[v.vcpu] };
	struct vgic_vm *others = vgic_vm_create(test, &config);
	struct vgic_vm_thread *thread;
	unsigned long flags;
	unsigned int i;

	if (may_lose_doorbells())
		kunit_skip(test, "it does not: a known bug, without a patch");

	thread = vgic_vm_start_on(t->vm, 0, vlpi_wait_for_interrupt, &w);
	vlpi_wait_until_blocked(t, w.vcpu, 1);

	/* The doorbell waits for the CPU to enable interrupts */
	local_irq_save(flags);
	vlpi_device_write(&v);
	for (i = 0; i < others->nr_vcpus; i++) {
		struct vgic_cpu *c = &others->vcpu[i]->arch.vgic_cpu;

		irq_set_irqchip_state(c->vgic_v3.its_vpe.irq,
				      IRQCHIP_STATE_PENDING, false);
	}
	local_irq_restore(flags);

	vgic_vm_join(thread);
	KUNIT_EXPECT_EQ(test, w.intid, v.intid);
}

static struct kunit_case vlpi_stress_cases[] = {
	KUNIT_CASE(doorbell_survives_a_stolen_slot),
	KUNIT_CASE_PARAM(nothing_is_lost_step_by_step, stress_gen_runs),
	KUNIT_CASE_PARAM(nothing_is_lost_in_parallel, stress_gen_one),
	{}
};

static struct kunit_suite vlpi_stress_suite = {
	.name		= "vgic_vlpi_stress",
	.suite_init	= um_vgic_suite_init_vlpis,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_stress_cases,
};

kunit_test_suite(vlpi_stress_suite);
um_vgic_machine_suites(vlpi_stress_suite);
