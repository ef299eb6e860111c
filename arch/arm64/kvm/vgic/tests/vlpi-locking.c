// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_locking: who changes an LPI holds its irq_lock, who notes
 * that a vPE has something pending its vpe_lock, who forwards the its_lock.
 *
 * The state of an LPI is a word of bit-fields that the exits of vCPUs, devices
 * and the guest's commands all write. A race would show a missing lock once in
 * a million; here the lock is held, and the change must be seen to wait for it.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irqdesc.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/um-vgic-machines.h>

#include "vgic.h"
#include "vlpi-test.h"

#define ICID		3
#define POLL_US		10
#define MAX_POLLS	(5 * USEC_PER_SEC / POLL_US)

struct change {
	struct vlpi_param param;
	bool forwarded;
	void (*make)(struct vlpi_test *t, const struct vlpi *v);
};

static void guest_clear(struct vlpi_test *t, const struct vlpi *v)
{
	vgic_guest_clear(t->vm, v->devid, v->eventid);
}

static void guest_int(struct vlpi_test *t, const struct vlpi *v)
{
	vgic_guest_int(t->vm, v->devid, v->eventid);
}

static void guest_inv(struct vlpi_test *t, const struct vlpi *v)
{
	vgic_guest_inv(t->vm, v->devid, v->eventid);
}

static void guest_invall(struct vlpi_test *t, const struct vlpi *v)
{
	vgic_guest_invall(t->vm, ICID);
}

static void guest_invlpir(struct vlpi_test *t, const struct vlpi *v)
{
	struct kvm_vcpu *vcpu = t->vm->vcpu[v->vcpu];

	vgic_guest_mmio_write(t->vm, vcpu,
			      vcpu->arch.vgic_cpu.rd_iodev.base_addr +
			      GICR_INVLPIR, 8, v->intid);
}

static void guest_movi(struct vlpi_test *t, const struct vlpi *v)
{
	vgic_guest_movi(t->vm, v->devid, v->eventid, ICID + 1);
}

static void guest_movall(struct vlpi_test *t, const struct vlpi *v)
{
	vgic_guest_movall(t->vm, t->vm->vcpu[0]->vcpu_id,
			  t->vm->vcpu[1]->vcpu_id);
}

static void guest_mapc(struct vlpi_test *t, const struct vlpi *v)
{
	vgic_guest_mapc(t->vm, ICID, t->vm->vcpu[1]->vcpu_id);
}

static void guest_discard(struct vlpi_test *t, const struct vlpi *v)
{
	vgic_guest_discard(t->vm, v->devid, v->eventid);
}

static void guest_unmapd(struct vlpi_test *t, const struct vlpi *v)
{
	vgic_guest_unmapd(t->vm, v->devid);
}

static void guest_enable_lpis(struct vlpi_test *t, const struct vlpi *v)
{
	vgic_guest_disable_lpis(t->vm, t->vm->vcpu[v->vcpu]);
	vgic_guest_enable_lpis(t->vm, t->vm->vcpu[v->vcpu]);
}

static void signal_msi(struct vlpi_test *t, const struct vlpi *v)
{
	KUNIT_EXPECT_EQ(t->test, 1,
			vgic_vm_signal_msi(t->vm, v->devid, v->eventid));
}

static void set_forwarding(struct vlpi_test *t, const struct vlpi *v)
{
	struct kvm_kernel_irq_routing_entry entry = {
		.type	= KVM_IRQ_ROUTING_MSI,
		.msi	= {
			.address_lo	= VGIC_VM_DOORBELL,
			.data		= v->eventid,
			.flags		= KVM_MSI_VALID_DEVID,
			.devid		= v->devid,
		},
	};

	KUNIT_EXPECT_EQ(t->test, 0,
			kvm_vgic_v4_set_forwarding(t->vm->kvm, vlpi_host_irq(v),
						   &entry));
}

static void unset_forwarding(struct vlpi_test *t, const struct vlpi *v)
{
	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(v));
}

#define CHANGE(_name, _forwarded, _make)				\
	{								\
		.param.name		= _name,			\
		.param.config.nr_vcpus	= 2,				\
		.forwarded		= _forwarded,			\
		.make			= _make,			\
	}

static const struct change changes[] = {
	CHANGE("CLEAR", false, guest_clear),
	CHANGE("INT", false, guest_int),
	CHANGE("INV", false, guest_inv),
	CHANGE("INVALL", false, guest_invall),
	CHANGE("GICR_INVLPIR", false, guest_invlpir),
	CHANGE("MOVI", false, guest_movi),
	CHANGE("MOVALL", false, guest_movall),
	CHANGE("MAPC", false, guest_mapc),
	CHANGE("DISCARD", false, guest_discard),
	CHANGE("MAPD V=0", false, guest_unmapd),
	CHANGE("GICR_CTLR", false, guest_enable_lpis),
	CHANGE("KVM_SIGNAL_MSI", false, signal_msi),
	CHANGE("set_forwarding", false, set_forwarding),
	CHANGE("CLEAR of a vLPI", true, guest_clear),
	CHANGE("INV of a vLPI", true, guest_inv),
	CHANGE("INVALL of a vLPI", true, guest_invall),
	CHANGE("GICR_INVLPIR of a vLPI", true, guest_invlpir),
	CHANGE("MOVI of a vLPI", true, guest_movi),
	CHANGE("MOVALL of a vLPI", true, guest_movall),
	CHANGE("MAPC of a vLPI", true, guest_mapc),
	CHANGE("DISCARD of a vLPI", true, guest_discard),
	CHANGE("MAPD V=0 of a vLPI", true, guest_unmapd),
	CHANGE("unset_forwarding", true, unset_forwarding),
};

/* A change begins with its param, which is what vlpi_init() wants */
KUNIT_ARRAY_PARAM_DESC(change, changes, param.name);

struct waiter {
	struct vlpi_test	*t;
	void			(*change)(struct vlpi_test *t, void *data);
	void			*data;
	struct task_struct	*task;
	bool			go;
	bool			done;
};

static int make_change(struct vgic_vm *vm, void *data)
{
	struct waiter *w = data;

	while (!READ_ONCE(w->go))
		cond_resched();
	WRITE_ONCE(w->task, current);
	w->change(w->t, w->data);
	WRITE_ONCE(w->done, true);

	return 0;
}

static struct waiter *new_waiter(struct vlpi_test *t,
				 void (*change)(struct vlpi_test *t, void *data),
				 void *data)
{
	struct waiter *w = kunit_kzalloc(t->test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(t->test, w);
	w->t = t;
	w->change = change;
	w->data = data;

	return w;
}

static void skip_without_another_cpu(struct kunit *test)
{
	if (cpumask_last(cpu_online_mask) == smp_processor_id())
		kunit_skip(test, "one holds the lock, one wants it: needs 2 CPUs");
}

/**
 * vlpi_expect_waits() - a change waits for who holds the lock
 * @t: the case; it is skipped with one CPU
 * @lock: the lock, which nobody else takes for something else meanwhile
 * @change: makes the change, in a thread of the VMM
 * @data: for @change
 *
 * Context: the test's thread; may sleep.
 */
void vlpi_expect_waits(struct vlpi_test *t, raw_spinlock_t *lock,
		       void (*change)(struct vlpi_test *t, void *data),
		       void *data)
{
	unsigned int other = cpumask_last(cpu_online_mask), polls;
	struct vgic_vm_thread *thread;
	bool waited = false;
	unsigned long flags;
	struct waiter *w;

	skip_without_another_cpu(t->test);
	w = new_waiter(t, change, data);
	thread = vgic_vm_start_on(t->vm, other, make_change, w);

	raw_spin_lock_irqsave(lock, flags);
	WRITE_ONCE(w->go, true);
	for (polls = 0; polls < MAX_POLLS && !READ_ONCE(w->done); polls++) {
		waited = raw_spin_is_contended(lock);
		if (waited)
			break;
		udelay(POLL_US);
	}
	raw_spin_unlock_irqrestore(lock, flags);
	vgic_vm_join(thread);

	KUNIT_EXPECT_TRUE(t->test, waited);
	KUNIT_EXPECT_TRUE(t->test, w->done);
}

struct changer {
	struct vlpi_test	*t;
	const struct change	*change;
	struct vlpi		v;
	struct vgic_irq		*irq;
};

static void change_lpi(struct vlpi_test *t, void *data)
{
	struct changer *c = data;

	c->change->make(t, &c->v);
}

static void put_lpi(void *data)
{
	struct changer *c = data;

	vgic_put_irq(c->t->vm->kvm, c->irq);
}

/* fixes/0006 is about CLEAR */
static void change_of_an_lpi_waits_for_its_lock(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct changer *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	struct vgic_irq *irq;
	struct vlpi *v;

	skip_without_another_cpu(test);
	KUNIT_ASSERT_NOT_NULL(test, c);
	c->t = t;
	c->change = container_of((const struct vlpi_param *)test->param_value,
				 struct change, param);
	c->v = vlpi_nth(t, 0);
	v = &c->v;

	vlpi_enable_in_guest(t, v);
	vgic_guest_mapd(t->vm, v->devid, vgic_guest_alloc_itt(t->vm, EVENT_BITS),
			EVENT_BITS);
	vgic_guest_mapc(t->vm, ICID, t->vm->vcpu[0]->vcpu_id);
	vgic_guest_mapc(t->vm, ICID + 1, t->vm->vcpu[1]->vcpu_id);
	vgic_guest_mapti(t->vm, v->devid, v->eventid, v->intid, ICID);
	if (c->change->forwarded)
		set_forwarding(t, v);

	irq = vgic_get_irq(t->vm->kvm, v->intid);
	KUNIT_ASSERT_NOT_NULL(test, irq);
	c->irq = irq;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_lpi, c));
	KUNIT_ASSERT_TRUE(test, irq->hw == c->change->forwarded);

	vlpi_expect_waits(t, &irq->irq_lock, change_lpi, c);

	/* Whoever counts references when the case ends knows nothing of ours */
	kunit_release_action(test, put_lpi, c);
}

static void ring_doorbell(struct vlpi_test *t, void *data)
{
	unsigned int irq = vlpi_vpe(t, 0)->irq;
	struct irqaction *action = irq_to_desc(irq)->action;

	guard(irqsave)();
	KUNIT_EXPECT_EQ(t->test, IRQ_HANDLED, action->handler(irq, action->dev_id));
}

static void enable_pending_vlpi(struct vlpi_test *t, void *data)
{
	vgic_v4_wake_for_enabled_vlpi(t->vm->vcpu[0]);
}

/* On its way out the vPE writes it, too, from what the redistributor says */
static void pending_last_waits_for_residency(struct kunit *test)
{
	static void (*const changes[])(struct vlpi_test *t, void *data) = {
		ring_doorbell, enable_pending_vlpi,
	};
	struct vlpi_test *t = test->priv;
	struct its_vpe *vpe = vlpi_vpe(t, 0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		if (changes[i] == enable_pending_vlpi &&
		    !vgic_v4_wake_for_enabled_vlpi)
			continue;
		vlpi_expect_nothing_pending(t, 0);
		vpe->pending_last = false;
		vlpi_expect_waits(t, &vpe->vpe_lock, changes[i], NULL);
		KUNIT_EXPECT_TRUE(test, vpe->pending_last);
	}
	vlpi_expect_nothing_pending(t, 0);
}

static void forward_one(struct vlpi_test *t, void *data)
{
	set_forwarding(t, data);
}

/* The guest may be about to move or to unmap the event: one CPU is enough */
static void forwarding_waits_for_the_its(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct mutex *lock = &vlpi_vits(t)->its_lock;
	struct vlpi v = vlpi_nth(t, 0);
	struct vgic_vm_thread *thread;
	unsigned int polls;
	struct waiter *w;

	vlpi_map_in_guest(t, &v);
	w = new_waiter(t, forward_one, &v);
	w->go = true;

	mutex_lock(lock);
	thread = vgic_vm_start_on(t->vm, cpumask_last(cpu_online_mask),
				  make_change, w);
	for (polls = 0; polls < MAX_POLLS && !READ_ONCE(w->done); polls++) {
		struct task_struct *task = READ_ONCE(w->task);

		if (task && READ_ONCE(task->__state) == TASK_UNINTERRUPTIBLE)
			break;
		usleep_range(POLL_US, 2 * POLL_US);
	}
	KUNIT_EXPECT_FALSE(test, w->done);
	KUNIT_EXPECT_FALSE(test, vlpi_is_virtual(&v));
	mutex_unlock(lock);
	vgic_vm_join(thread);

	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);
}

/*
 * The guest disables a vCPU's LPIs between the look at its tables and at the
 * LPI: whoever takes the vLPIs away has been here, and does not come again.
 */
static void lpis_disabled_meanwhile_are_not_forwarded(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm_thread *thread;
	struct vlpi v = vlpi_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[v.vcpu];
	bool waited = false;
	struct vgic_irq *irq;
	unsigned long flags;
	struct waiter *w;
	unsigned int polls;

	skip_without_another_cpu(test);
	vlpi_map_in_guest(t, &v);
	irq = vgic_get_irq(t->vm->kvm, v.intid);
	KUNIT_ASSERT_NOT_NULL(test, irq);
	w = new_waiter(t, forward_one, &v);
	thread = vgic_vm_start_on(t->vm, cpumask_last(cpu_online_mask),
				  make_change, w);

	raw_spin_lock_irqsave(&irq->irq_lock, flags);
	WRITE_ONCE(w->go, true);
	for (polls = 0; polls < MAX_POLLS && !waited; polls++) {
		waited = raw_spin_is_contended(&irq->irq_lock);
		udelay(POLL_US);
	}
	atomic_set(&vcpu->arch.vgic_cpu.ctlr, 0);
	raw_spin_unlock_irqrestore(&irq->irq_lock, flags);
	vgic_vm_join(thread);

	KUNIT_EXPECT_TRUE(test, waited);
	vgic_put_irq(t->vm->kvm, irq);
	vlpi_expect_unmapped(t, &v);
	atomic_set(&vcpu->arch.vgic_cpu.ctlr, GICR_CTLR_ENABLE_LPIS);
	set_forwarding(t, &v);
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);
}

static struct kunit_case vlpi_locking_cases[] = {
	KUNIT_CASE_PARAM(change_of_an_lpi_waits_for_its_lock, change_gen_params),
	KUNIT_CASE(pending_last_waits_for_residency),
	KUNIT_CASE(forwarding_waits_for_the_its),
	KUNIT_CASE(lpis_disabled_meanwhile_are_not_forwarded),
	{}
};

/* The locks are KVM's: one machine is as good as all */
static struct kunit_suite vlpi_locking_suite = {
	.name		= "vgic_vlpi_locking",
	.suite_init	= um_vgic_suite_init_vlpis,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_locking_cases,
};

kunit_test_suite(vlpi_locking_suite);
