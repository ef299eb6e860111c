// SPDX-License-Identifier: GPL-2.0-only
/*
 * its_v4: vPEs come and go, wait for their doorbells, and change CPU.
 */
#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/irq.h>

#include "its-v4.h"

/* vLPI number @n of @vm, for vPE @vcpu, by a device of its own: mapped */
static struct its_v4_vlpi map_nth(struct its_v4_vm *vm, unsigned int n,
				  unsigned int vcpu)
{
	struct its_v4_vlpi v = {
		.dev	= its_v4_device(vm->t, 0, ITS_V4_DEVID + n, 2),
		.vm	= vm,
		.vcpu	= vcpu,
		.vintid	= ITS_V4_VINTID + n,
	};

	its_v4_map(&v);

	return v;
}

static void expect_taken_one(const struct its_v4_vlpi *v)
{
	its_v4_expect_taken(v->vm, v->vcpu, &v, 1);
}

/* The vPE goes to wait, an event wakes it, and it finds the event */
static void expect_woken(const struct its_v4_vlpi *v)
{
	unsigned int before = its_v4_doorbells(v->vm, v->vcpu);

	its_v4_enter(v->vm, v->vcpu);
	its_v4_wait(v->vm, v->vcpu);
	KUNIT_EXPECT_FALSE(v->vm->t->test, its_v4_vpe(v)->pending_last);
	its_v4_send(v);
	its_v4_expect_doorbells(v->vm, v->vcpu, before + 1);
	KUNIT_EXPECT_TRUE(v->vm->t->test, its_v4_vpe(v)->pending_last);
	expect_taken_one(v);
}

void vpe_comes_and_goes(struct kunit *test)
{
	struct its_v4_vm *vm = its_v4_vm(test->priv, 1);
	unsigned int i;

	/* With nothing mapped, and with something */
	for (i = 0; i < 8; i++) {
		its_v4_enter(vm, 0);
		KUNIT_EXPECT_TRUE(test, vm->vpes[0]->resident);
		KUNIT_EXPECT_TRUE(test, vm->vpes[0]->ready);
		its_v4_leave(vm, 0);
		KUNIT_EXPECT_FALSE(test, vm->vpes[0]->resident);
		KUNIT_EXPECT_FALSE(test, vm->vpes[0]->ready);
		if (i == 3)
			map_nth(vm, 0, 0);
	}
}

void vpes_take_turns(struct kunit *test)
{
	struct its_v4_vm *a = its_v4_vm(test->priv, 2), *b = its_v4_vm(test->priv, 2);
	struct its_v4_vlpi v[4];
	unsigned int i, round;

	for (i = 0; i < 4; i++)
		v[i] = map_nth(i & 1 ? b : a, i, i / 2);

	for (round = 0; round < 3; round++)
		for (i = 0; i < 4; i++)
			its_v4_expect_delivered(&v[(i + round) % 4]);
}

void doorbell_wakes_waiting_vpe(struct kunit *test)
{
	struct its_v4_vm *vm = its_v4_vm(test->priv, 1);
	struct its_v4_vlpi v = map_nth(vm, 0, 0);
	unsigned int i;

	for (i = 0; i < 4; i++)
		expect_woken(&v);
	its_v4_expect_host_hits(&v, 0);
}

void doorbell_rings_once(struct kunit *test)
{
	struct its_v4_vm *vm = its_v4_vm(test->priv, 1);
	struct its_v4_vlpi a = map_nth(vm, 0, 0), b = map_nth(vm, 1, 0);
	const struct its_v4_vlpi *both[] = { &a, &b };

	its_v4_enter(vm, 0);
	its_v4_wait(vm, 0);
	its_v4_send(&a);
	its_v4_expect_doorbells(vm, 0, 1);
	its_v4_send(&b);
	its_v4_send(&a);
	its_v4_expect_doorbells(vm, 0, 1);
	its_v4_expect_taken(vm, 0, both, 2);
	expect_woken(&a);
	its_v4_expect_doorbells(vm, 0, 2);
}

void no_doorbell_while_resident(struct kunit *test)
{
	struct its_v4_vm *vm = its_v4_vm(test->priv, 1);
	struct its_v4_vlpi v = map_nth(vm, 0, 0);

	its_v4_enter(vm, 0);
	its_v4_send(&v);
	its_v4_expect_pending(&v, true);
	its_v4_expect_doorbells(vm, 0, 0);
	its_v4_leave(vm, 0);
	expect_taken_one(&v);
	expect_woken(&v);
}

/* A vCPU that was preempted will be back by itself */
void no_doorbell_unless_asked_for(struct kunit *test)
{
	struct its_v4_vm *vm = its_v4_vm(test->priv, 1);
	struct its_v4_vlpi v = map_nth(vm, 0, 0);

	/* It asked the time before, and was back before anything happened */
	its_v4_enter(vm, 0);
	its_v4_wait(vm, 0);

	its_v4_enter(vm, 0);
	its_v4_leave(vm, 0);
	its_v4_send(&v);
	its_v4_expect_pending(&v, true);
	its_v4_expect_doorbells(vm, 0, 0);
	expect_taken_one(&v);

	/* Not even late, when it waits the next time */
	expect_woken(&v);
	its_v4_expect_doorbells(vm, 0, 1);
}

void pending_last_tells_what_waits(struct kunit *test)
{
	struct its_v4_vm *vm = its_v4_vm(test->priv, 1);
	struct its_v4_vlpi v = map_nth(vm, 0, 0);
	struct its_vpe *vpe = vm->vpes[0];

	its_v4_enter(vm, 0);
	its_v4_wait(vm, 0);
	KUNIT_EXPECT_FALSE(test, vpe->pending_last);

	its_v4_enter(vm, 0);
	its_v4_send(&v);
	its_v4_wait(vm, 0);
	KUNIT_EXPECT_TRUE(test, vpe->pending_last);

	/* One that is disabled does not count */
	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(its_v4_irq(&v),
						      ITS_V4_DISABLED, true));
	its_v4_enter(vm, 0);
	its_v4_wait(vm, 0);
	KUNIT_EXPECT_FALSE(test, vpe->pending_last);

	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(its_v4_irq(&v),
						      ITS_V4_ENABLED, true));
	its_v4_enter(vm, 0);
	its_v4_wait(vm, 0);
	KUNIT_EXPECT_TRUE(test, vpe->pending_last);
	expect_taken_one(&v);
}

/* GICv4.0: whether the doorbell rings is a property of the mapping */
void vlpi_without_doorbell_does_not_ring(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm = its_v4_vm(t, 1);
	struct its_v4_vlpi v = map_nth(vm, 0, 0), silent = v;
	const struct its_v4_vlpi *one[] = { &silent };

	if (t->hw.v4_1)
		kunit_skip(test, "a GICv4.1 has one doorbell for all vLPIs of a vPE");

	silent.event = 1;
	silent.vintid = ITS_V4_VINTID + 1;
	KUNIT_ASSERT_EQ(test, 0, its_v4_try_map(&silent, ITS_V4_ENABLED, false));
	its_v4_expect_mapped(&silent, false);

	its_v4_enter(vm, 0);
	its_v4_wait(vm, 0);
	its_v4_send(&silent);
	its_v4_expect_pending(&silent, true);
	its_v4_expect_doorbells(vm, 0, 0);
	its_v4_expect_taken(vm, 0, one, 1);
	expect_woken(&v);

	/* The driver turns it on with the vLPI, and off */
	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(its_v4_irq(&silent),
						      ITS_V4_ENABLED, true));
	its_v4_expect_mapped(&silent, true);
	expect_woken(&silent);
	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(its_v4_irq(&silent),
						      ITS_V4_DISABLED, true));
	its_v4_expect_mapped(&silent, false);
}

/* Without DirectLPI the driver has few slots for doorbells, and moves them */
void every_vpe_has_its_doorbell(struct kunit *test)
{
	struct its_v4_vm *vm = its_v4_vm(test->priv, 7);
	struct its_v4_vlpi v[7];
	unsigned int i, round;

	for (i = 0; i < 7; i++)
		v[i] = map_nth(vm, i, i);

	for (round = 0; round < 2; round++) {
		for (i = 0; i < 7; i++) {
			its_v4_enter(vm, i);
			its_v4_wait(vm, i);
		}
		for (i = 0; i < 7; i++) {
			its_v4_send(&v[i]);
			its_v4_expect_doorbells(vm, i, round + 1);
		}
		for (i = 0; i < 7; i++)
			expect_taken_one(&v[i]);
	}
	for (i = 0; i < 7; i++)
		its_v4_expect_doorbells(vm, i, 2);
}

void vm_without_vlpis_leaves_no_trace(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm = its_v4_vm(t, 2);
	struct gicv4_vpte vpte;
	struct its_vpe vpe;

	its_v4_enter(vm, 1);
	its_v4_wait(vm, 1);
	KUNIT_EXPECT_FALSE(test, vm->vpes[1]->pending_last);
	/* Mapped at once, unless each ITS would have to follow each VMOVP */
	if (its_v4_hw_vpe(0, vm->vpes[1], &vpte))
		KUNIT_EXPECT_EQ(test, vpte.valid, !t->hw.its_list);

	vpe = *vm->vpes[1];
	its_v4_vm_destroy(vm);
	if (its_v4_hw_vpe(0, &vpe, &vpte))
		KUNIT_EXPECT_FALSE(test, vpte.valid);
}

/* From here on: vPEs that change CPU */

static void expect_on_cpu(const struct its_v4_vlpi *v, unsigned int cpu)
{
	struct its_vpe *vpe = its_v4_vpe(v);
	struct irq_data *d = irq_get_irq_data(vpe->irq);
	struct gicv4_vpte vpte;

	KUNIT_EXPECT_TRUE(v->vm->t->test,
			  cpumask_equal(irq_data_get_effective_affinity_mask(d),
					cpumask_of(cpu)));
	if (its_v4_hw_vpe(v->dev->its, vpe, &vpte))
		KUNIT_EXPECT_EQ(v->vm->t->test, vpte.cpu, cpu);
}

void vpe_follows_its_affinity(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm = its_v4_vm(t, 2);
	struct its_v4_vlpi v = map_nth(vm, 0, 0), stays = map_nth(vm, 1, 1);
	unsigned int cpu, i;

	its_v4_need_cpus(t, 2);
	for (i = 0; i < 2; i++) {
		for_each_online_cpu(cpu) {
			its_v4_run_on(t, cpu);
			its_v4_expect_delivered(&v);
			expect_on_cpu(&v, cpu);
		}
	}
	its_v4_run_on(t, cpumask_first(cpu_online_mask));
	its_v4_expect_delivered(&stays);
}

void pending_state_follows_vpe(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm = its_v4_vm(t, 1);
	struct its_v4_vlpi v = map_nth(vm, 0, 0);
	unsigned int cpu;

	its_v4_need_cpus(t, 2);
	for_each_online_cpu(cpu) {
		its_v4_send(&v);
		its_v4_run_on(t, cpu);
		expect_taken_one(&v);
		expect_on_cpu(&v, cpu);
	}
}

void doorbell_follows_vpe(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm = its_v4_vm(t, 1);
	struct its_v4_vlpi v = map_nth(vm, 0, 0);
	unsigned int cpu, i;

	its_v4_need_cpus(t, 2);
	for (i = 0; i < 2; i++) {
		for_each_online_cpu(cpu) {
			its_v4_run_on(t, cpu);
			expect_woken(&v);
			KUNIT_EXPECT_EQ(test, vm->vcpus[0].doorbell_cpu, cpu);
		}
	}
}

/* A vPE that waits on one CPU is moved by somebody else to another one */
void waiting_vpe_can_be_moved(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm = its_v4_vm(t, 1);
	struct its_v4_vlpi v = map_nth(vm, 0, 0);
	unsigned int last = cpumask_last(cpu_online_mask);

	its_v4_need_cpus(t, 2);
	its_v4_enter(vm, 0);
	its_v4_wait(vm, 0);
	KUNIT_EXPECT_EQ(test, 0, irq_set_affinity(vm->vpes[0]->irq,
						  cpumask_of(last)));
	expect_on_cpu(&v, last);
	its_v4_send(&v);
	its_v4_expect_doorbells(vm, 0, 1);
	KUNIT_EXPECT_EQ(test, vm->vcpus[0].doorbell_cpu, last);
	expect_taken_one(&v);
}

/* As above, but the doorbell has rung, and nobody has heard it yet */
void doorbell_that_is_pending_is_not_lost(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm = its_v4_vm(t, 1);
	struct its_v4_vlpi v = map_nth(vm, 0, 0);
	unsigned int last = cpumask_last(cpu_online_mask);
	unsigned long flags;
	int ret;

	its_v4_need_cpus(t, 2);
	its_v4_enter(vm, 0);
	its_v4_wait(vm, 0);
	local_irq_save(flags);
	its_v4_send(&v);
	ret = irq_set_affinity(vm->vpes[0]->irq, cpumask_of(last));
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, 0, ret);
	its_v4_expect_doorbells(vm, 0, 1);
	/* Where the vPE is by then */
	if (t->hw.is_model)
		KUNIT_EXPECT_EQ(test, vm->vcpus[0].doorbell_cpu, last);
	expect_taken_one(&v);
}

void vpes_are_resident_side_by_side(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm = its_v4_vm(t, 2);
	struct its_v4_vlpi a = map_nth(vm, 0, 0), b = map_nth(vm, 1, 1);
	unsigned int first = cpumask_first(cpu_online_mask);
	unsigned int last = cpumask_last(cpu_online_mask);

	its_v4_need_cpus(t, 2);
	its_v4_run_on(t, first);
	its_v4_enter(vm, 0);
	its_v4_run_on(t, last);
	its_v4_enter(vm, 1);

	its_v4_send(&a);
	its_v4_send(&b);
	its_v4_expect_pending(&a, true);
	its_v4_expect_pending(&b, true);
	if (t->hw.is_model) {
		KUNIT_EXPECT_EQ(test, its_v4_hw_ack(last), b.vintid);
		KUNIT_EXPECT_EQ(test, its_v4_hw_ack(last), GICV4_INTID_NONE);
		KUNIT_EXPECT_EQ(test, its_v4_hw_ack(first), a.vintid);
		KUNIT_EXPECT_EQ(test, its_v4_hw_ack(first), GICV4_INTID_NONE);
	}
	its_v4_leave(vm, 1);
	its_v4_run_on(t, first);
	its_v4_leave(vm, 0);
	its_v4_expect_doorbells(vm, 0, 0);
	its_v4_expect_doorbells(vm, 1, 0);
}

/*
 * Where the driver maps vPEs on demand: it does so on the CPU where the vPE is
 * by then, not where it was when it was made.
 */
void first_vlpi_finds_vpe_that_has_moved(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm = its_v4_vm(t, 1);
	unsigned int last = cpumask_last(cpu_online_mask);
	struct its_v4_vlpi v;

	its_v4_need_cpus(t, 2);
	its_v4_run_on(t, last);
	its_v4_enter(vm, 0);
	v = map_nth(vm, 0, 0);
	expect_on_cpu(&v, last);
	its_v4_send(&v);
	if (t->hw.is_model)
		KUNIT_EXPECT_EQ(test, its_v4_hw_ack(last), v.vintid);
	its_v4_leave(vm, 0);
	if (!t->hw.is_model)
		its_v4_clear(&v);
	expect_woken(&v);
}
