// SPDX-License-Identifier: GPL-2.0-only
/*
 * its_v4: virtual SGIs, which GICv4.1 has.
 *
 * To the host each is an interrupt of its vPE's irq domain. KVM activates it
 * when the guest may use it, and then sends, clears and reads it.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>

#include "its-v4.h"

static struct its_v4_vm *vm_with_sgis(struct its_v4 *t, unsigned int nr_vcpus)
{
	if (!t->hw.vsgis)
		kunit_skip(t->test, "the machine has no vSGIs");

	return its_v4_vm(t, nr_vcpus);
}

static unsigned int sgi_irq(struct its_v4_vm *vm, unsigned int vcpu,
			    unsigned int sgi)
{
	return irq_find_mapping(vm->vpes[vcpu]->sgi_domain, sgi);
}

/* As KVM does it, with what the guest has configured */
static void activate(struct its_v4_vm *vm, unsigned int vcpu, unsigned int sgi,
		     u8 priority)
{
	struct its_vpe *vpe = vm->vpes[vcpu];

	vpe->sgi_config[sgi].priority = priority;
	vpe->sgi_config[sgi].enabled = true;
	vpe->sgi_config[sgi].group = true;
	KUNIT_EXPECT_EQ(vm->t->test, 0,
			irq_domain_activate_irq(irq_get_irq_data(sgi_irq(vm, vcpu, sgi)),
						false));
}

static void deactivate(struct its_v4_vm *vm, unsigned int vcpu, unsigned int sgi)
{
	irq_domain_deactivate_irq(irq_get_irq_data(sgi_irq(vm, vcpu, sgi)));
}

static void send(struct its_v4_vm *vm, unsigned int vcpu, unsigned int sgi)
{
	KUNIT_EXPECT_EQ(vm->t->test, 0,
			irq_set_irqchip_state(sgi_irq(vm, vcpu, sgi),
					      IRQCHIP_STATE_PENDING, true));
}

static void expect_sgi_pending(struct its_v4_vm *vm, unsigned int vcpu,
			       unsigned int sgi, bool pending)
{
	struct gicv4_vsgi vsgi;
	bool state = !pending;

	KUNIT_EXPECT_EQ(vm->t->test, 0,
			irq_get_irqchip_state(sgi_irq(vm, vcpu, sgi),
					      IRQCHIP_STATE_PENDING, &state));
	KUNIT_EXPECT_EQ_MSG(vm->t->test, state, pending, "SGI %u", sgi);
	if (its_v4_hw_vsgi(vm->vpes[vcpu], sgi, &vsgi))
		KUNIT_EXPECT_EQ(vm->t->test, vsgi.pending, pending);
}

static void expect_sgi_config(struct its_v4_vm *vm, unsigned int vcpu,
			      unsigned int sgi, u8 priority, bool enabled,
			      bool group1)
{
	struct gicv4_vsgi vsgi;

	if (!its_v4_hw_vsgi(vm->vpes[vcpu], sgi, &vsgi))
		return;
	KUNIT_EXPECT_EQ(vm->t->test, vsgi.priority, priority);
	KUNIT_EXPECT_EQ(vm->t->test, vsgi.enabled, enabled);
	KUNIT_EXPECT_EQ(vm->t->test, vsgi.group1, group1);
}

void vsgi_is_pending_once_sent(struct kunit *test)
{
	struct its_v4_vm *vm = vm_with_sgis(test->priv, 2);
	unsigned int sgi;

	for (sgi = 0; sgi < 16; sgi++) {
		activate(vm, 1, sgi, ITS_V4_PRIO);
		expect_sgi_pending(vm, 1, sgi, false);
		send(vm, 1, sgi);
		expect_sgi_pending(vm, 1, sgi, true);
		/* Of this vPE only, and this one only */
		expect_sgi_pending(vm, 0, sgi, false);
		if (sgi < 15)
			expect_sgi_pending(vm, 1, sgi + 1, false);
	}
	for (sgi = 0; sgi < 16; sgi++)
		deactivate(vm, 1, sgi);
}

void vsgi_is_cleared(struct kunit *test)
{
	struct its_v4_vm *vm = vm_with_sgis(test->priv, 1);

	activate(vm, 0, 3, ITS_V4_PRIO);
	activate(vm, 0, 4, 0x40);
	send(vm, 0, 3);
	send(vm, 0, 4);
	KUNIT_EXPECT_EQ(test, 0,
			irq_set_irqchip_state(sgi_irq(vm, 0, 3),
					      IRQCHIP_STATE_PENDING, false));
	expect_sgi_pending(vm, 0, 3, false);
	expect_sgi_pending(vm, 0, 4, true);
	/* That leaves the configuration alone */
	expect_sgi_config(vm, 0, 3, ITS_V4_PRIO, true, true);
	deactivate(vm, 0, 3);
	deactivate(vm, 0, 4);
}

void vsgi_configuration_takes_effect(struct kunit *test)
{
	struct its_v4_vm *vm = vm_with_sgis(test->priv, 1);
	unsigned int irq = sgi_irq(vm, 0, 5);

	activate(vm, 0, 5, ITS_V4_PRIO);
	expect_sgi_config(vm, 0, 5, ITS_V4_PRIO, true, true);
	send(vm, 0, 5);

	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vsgi(irq, 0x30, true));
	expect_sgi_config(vm, 0, 5, 0x30, true, true);
	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vsgi(irq, 0xf0, false));
	expect_sgi_config(vm, 0, 5, 0xf0, true, false);
	/* That leaves the pending state alone */
	expect_sgi_pending(vm, 0, 5, true);

	/* What is deactivated is disabled, and not pending any more */
	deactivate(vm, 0, 5);
	expect_sgi_pending(vm, 0, 5, false);
	expect_sgi_config(vm, 0, 5, 0xf0, false, false);
}

void guest_takes_vsgis_by_priority(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm = vm_with_sgis(t, 2);
	unsigned int cpu = smp_processor_id();
	struct its_v4_vlpi v = {
		.vm	= vm,
		.dev	= its_v4_device(t, 0, ITS_V4_DEVID, 2),
		.vintid	= ITS_V4_VINTID,
	};

	if (!t->hw.is_model)
		kunit_skip(test, "no guest to take interrupts");

	its_v4_map(&v);
	activate(vm, 0, 1, 0xc0);
	activate(vm, 0, 2, 0x20);
	its_v4_enter(vm, 0);
	send(vm, 0, 1);
	its_v4_send(&v);
	send(vm, 0, 2);
	KUNIT_EXPECT_EQ(test, its_v4_hw_ack(cpu), 2);
	KUNIT_EXPECT_EQ(test, its_v4_hw_ack(cpu), v.vintid);
	KUNIT_EXPECT_EQ(test, its_v4_hw_ack(cpu), 1);
	KUNIT_EXPECT_EQ(test, its_v4_hw_ack(cpu), GICV4_INTID_NONE);
	expect_sgi_pending(vm, 0, 1, false);
	expect_sgi_pending(vm, 0, 2, false);
	its_v4_leave(vm, 0);
	deactivate(vm, 0, 1);
	deactivate(vm, 0, 2);
}

void vsgi_wakes_waiting_vpe(struct kunit *test)
{
	struct its_v4_vm *vm = vm_with_sgis(test->priv, 2);
	unsigned int i;

	activate(vm, 1, 7, ITS_V4_PRIO);
	for (i = 1; i <= 3; i++) {
		its_v4_enter(vm, 1);
		its_v4_wait(vm, 1);
		KUNIT_EXPECT_FALSE(test, vm->vpes[1]->pending_last);
		send(vm, 1, 7);
		its_v4_expect_doorbells(vm, 1, i);
		expect_sgi_pending(vm, 1, 7, true);
		KUNIT_EXPECT_EQ(test, 0,
				irq_set_irqchip_state(sgi_irq(vm, 1, 7),
						      IRQCHIP_STATE_PENDING, false));
	}
	its_v4_expect_doorbells(vm, 0, 0);
	deactivate(vm, 1, 7);
}

void vsgis_follow_vpe(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vm *vm = vm_with_sgis(t, 1);
	unsigned int cpu;

	its_v4_need_cpus(t, 2);
	activate(vm, 0, 9, ITS_V4_PRIO);
	for_each_online_cpu(cpu) {
		send(vm, 0, 9);
		its_v4_run_on(t, cpu);
		its_v4_enter(vm, 0);
		expect_sgi_pending(vm, 0, 9, true);
		if (t->hw.is_model)
			KUNIT_EXPECT_EQ(test, its_v4_hw_ack(cpu), 9);
		its_v4_leave(vm, 0);
		expect_sgi_pending(vm, 0, 9, !t->hw.is_model);
	}
	deactivate(vm, 0, 9);
}

/* It has no affinity of its own, no active state, and is no vLPI */
void wrong_calls_to_vsgis_are_refused(struct kunit *test)
{
	struct its_v4_vm *vm = vm_with_sgis(test->priv, 1);
	unsigned int irq = sgi_irq(vm, 0, 0);
	struct its_vlpi_map map;
	bool state;

	KUNIT_EXPECT_EQ(test, -EINVAL, its_get_vlpi(irq, &map));
	KUNIT_EXPECT_EQ(test, -EINVAL, its_prop_update_vlpi(irq, 0xa3, true));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			irq_set_irqchip_state(irq, IRQCHIP_STATE_ACTIVE, true));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			irq_get_irqchip_state(irq, IRQCHIP_STATE_ACTIVE, &state));
}
