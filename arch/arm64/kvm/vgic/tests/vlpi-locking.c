// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_locking: who changes an LPI holds its irq_lock.
 *
 * The state of an LPI is a word of bit-fields that the exits of vCPUs, devices
 * and the guest's commands all write. A race would show a missing lock once in
 * a million; here the lock is held, and the change must be seen to wait for it.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
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

struct changer {
	struct vlpi_test	*t;
	const struct change	*change;
	struct vlpi		v;
	struct vgic_irq		*irq;
	bool			go;
	bool			done;
};

static int make_change(struct vgic_vm *vm, void *data)
{
	struct changer *c = data;

	while (!READ_ONCE(c->go))
		cond_resched();
	c->change->make(c->t, &c->v);
	WRITE_ONCE(c->done, true);

	return 0;
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
	unsigned int other = cpumask_last(cpu_online_mask), polls;
	struct vgic_vm_thread *thread;
	struct vgic_irq *irq;
	bool waited = false;
	unsigned long flags;
	struct vlpi *v;

	if (other == smp_processor_id())
		kunit_skip(test, "one holds the lock, one wants it: needs 2 CPUs");

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

	thread = vgic_vm_start_on(t->vm, other, make_change, c);

	raw_spin_lock_irqsave(&irq->irq_lock, flags);
	WRITE_ONCE(c->go, true);
	for (polls = 0; polls < MAX_POLLS && !READ_ONCE(c->done); polls++) {
		waited = raw_spin_is_contended(&irq->irq_lock);
		if (waited)
			break;
		udelay(POLL_US);
	}
	raw_spin_unlock_irqrestore(&irq->irq_lock, flags);
	vgic_vm_join(thread);

	KUNIT_EXPECT_TRUE(test, waited);
	KUNIT_EXPECT_TRUE(test, c->done);
	/* Whoever counts references when the case ends knows nothing of ours */
	kunit_release_action(test, put_lpi, c);
}

static struct kunit_case vlpi_locking_cases[] = {
	KUNIT_CASE_PARAM(change_of_an_lpi_waits_for_its_lock, change_gen_params),
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
