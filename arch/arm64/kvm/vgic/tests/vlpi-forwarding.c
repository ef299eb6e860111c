// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi: an interrupt on its way from the device's write to the
 * guest's acknowledge, and what the guest and the host do to it meanwhile.
 */
#include <linux/delay.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/um-vgic.h>

#include "vgic.h"
#include "vlpi-test.h"

/* A host's reaction is bounded: polls of 50 us, so some seconds */
#define MAX_POLLS	100000

static u64 nr_blocks(struct kvm_vcpu *vcpu)
{
	struct um_vcpu_events ev;

	um_vcpu_get_events(vcpu, &ev);

	return ev.blocks;
}

static u64 nr_kicks(struct kvm_vcpu *vcpu)
{
	struct um_vcpu_events ev;

	um_vcpu_get_events(vcpu, &ev);

	return ev.kicks;
}

/**
 * vlpi_wait_until_blocked() - wait for a vCPU to go to sleep
 * @t: the case
 * @vcpu: a vCPU that another thread plays
 * @nth: how often it will have done so
 *
 * Context: may sleep. Does not return if it takes too long, the test fails.
 */
void vlpi_wait_until_blocked(struct vlpi_test *t, struct kvm_vcpu *vcpu,
			     u64 nth)
{
	unsigned int i;

	for (i = 0; i < MAX_POLLS && nr_blocks(vcpu) < nth; i++)
		usleep_range(20, 50);
	KUNIT_ASSERT_EQ(t->test, nr_blocks(vcpu), nth);
}

/**
 * vlpi_wait_for_interrupt() - a guest CPU waits for an interrupt and takes it
 * @vm: the VM
 * @data: struct vlpi_waiter
 *
 * Context: a thread of its own, by vgic_vm_start_on().
 * Return: 0.
 */
int vlpi_wait_for_interrupt(struct vgic_vm *vm, void *data)
{
	struct vlpi_waiter *w = data;

	um_vcpu_load(w->vcpu);
	um_vcpu_wfi(w->vcpu);
	um_vcpu_enter(w->vcpu);
	w->cpu = raw_smp_processor_id();
	w->intid = vgic_guest_ack(w->vcpu);
	KUNIT_EXPECT_EQ(vm->test, vgic_guest_ack(w->vcpu), GICV4_INTID_NONE);
	KUNIT_EXPECT_EQ(vm->test, w->vcpu->arch.vgic_cpu.vgic_v3.used_lrs, 0);
	um_vcpu_exit(w->vcpu);
	um_vcpu_put(w->vcpu);

	return 0;
}

static u16 collection_of(struct vlpi_test *t, unsigned int vcpu)
{
	struct its_collection *coll;

	list_for_each_entry(coll, &vlpi_vits(t)->collection_list, coll_list)
		if (coll->target_addr == t->vm->vcpu[vcpu]->vcpu_id)
			return coll->collection_id;
	KUNIT_FAIL_AND_ABORT(t->test, "no collection for vCPU %u", vcpu);

	return 0;
}

static void expect_vlpi_counts(struct vlpi_test *t, const int *counts)
{
	unsigned int i;

	for (i = 0; i < t->vm->nr_vcpus; i++)
		KUNIT_EXPECT_EQ_MSG(t->test, counts[i],
				    atomic_read(&vlpi_vpe(t, i)->vlpi_count),
				    "vLPIs of vCPU %u", i);
}

void resident_guest_acknowledges(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, t->vm->nr_vcpus - 1);
	unsigned int i;

	for (i = 0; i < 3; i++)
		vlpi_expect_delivered(t, &v);
	KUNIT_EXPECT_EQ(test, vlpi_host_hits(&v), 0);
}

void each_event_is_its_own_vlpi(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v[6];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = vlpi_setup_nth(t, i);
	for (i = 0; i < ARRAY_SIZE(v); i++)
		vlpi_expect_delivered(t, &v[ARRAY_SIZE(v) - 1 - i]);
}

void written_while_away_waits_in_vpt(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct gicv4_stats before, after;

	gicv4_get_stats(&before);
	KUNIT_EXPECT_FALSE(test, vlpi_pending(t, &v));
	vlpi_device_write(&v);
	vlpi_device_write(&v);	/* an edge on a pending edge is no second one */
	KUNIT_EXPECT_TRUE(test, vlpi_pending(t, &v));
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.device_writes, before.device_writes + 2);

	vlpi_expect_acks(t, v.vcpu, &v.intid, 1);
	KUNIT_EXPECT_FALSE(test, vlpi_pending(t, &v));
	KUNIT_EXPECT_EQ(test, vlpi_host_hits(&v), 0);
}

/* Taken off the CPU with interrupts that the guest did not acknowledge */
void pending_survives_reload(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi a = vlpi_setup_nth(t, 0), b = vlpi_setup_nth(t, 1);
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	u32 both[] = { a.intid, b.intid };

	vgic_guest_enter(vcpu);
	vlpi_device_write(&a);
	vgic_guest_exit(vcpu);
	KUNIT_EXPECT_TRUE(test, vlpi_pending(t, &a));
	KUNIT_EXPECT_TRUE(test, vlpi_vpe(t, 0)->pending_last);

	vlpi_device_write(&b);
	vlpi_expect_acks(t, 0, both, 2);

	/* On a GICv4.1 the driver asks only if the vCPU is going to block */
	vgic_guest_enter(vcpu);
	vgic_guest_exit(vcpu);
	KUNIT_EXPECT_EQ(test, vlpi_vpe(t, 0)->pending_last, vlpi_has_v4_1(t));
}

void vcpu_in_wfi_is_woken_by_doorbell(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, t->vm->nr_vcpus - 1);
	struct kvm_vcpu *vcpu = t->vm->vcpu[v.vcpu];
	struct vlpi_waiter w = { .vcpu = vcpu };
	struct gicv4_stats before, after;
	struct vgic_vm_thread *thread;
	struct um_vcpu_events ev;

	gicv4_get_stats(&before);
	thread = vgic_vm_start_on(t->vm, 0, vlpi_wait_for_interrupt, &w);
	vlpi_wait_until_blocked(t, vcpu, 1);

	vlpi_device_write(&v);
	vgic_vm_join(thread);

	KUNIT_EXPECT_EQ(test, w.intid, v.intid);
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.doorbells, before.doorbells + 1);
	KUNIT_EXPECT_EQ(test, after.host_irqs, before.host_irqs + 1);
	um_vcpu_get_events(vcpu, &ev);
	KUNIT_EXPECT_EQ(test, ev.unblocks, 1);
	KUNIT_EXPECT_EQ(test, ev.irq_pending_reqs, 1);
	KUNIT_EXPECT_EQ(test, vlpi_host_hits(&v), 0);
}

void no_doorbell_for_preempted_vcpu(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	struct vlpi_waiter w = { .vcpu = vcpu };
	struct gicv4_stats before, after;
	struct vgic_vm_thread *thread;
	u64 blocks;

	vlpi_expect_nothing_pending(t, 0);
	gicv4_get_stats(&before);
	vlpi_device_write(&v);
	gicv4_wait_host_irqs();
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.host_irqs, before.host_irqs);
	KUNIT_EXPECT_EQ(test, nr_kicks(vcpu), 0);
	vlpi_expect_acks(t, 0, &v.intid, 1);

	/* The same, blocked: the doorbell does ring */
	thread = vgic_vm_start_on(t->vm, 0, vlpi_wait_for_interrupt, &w);
	vlpi_wait_until_blocked(t, vcpu, 1);
	vlpi_device_write(&v);
	vgic_vm_join(thread);
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.host_irqs, before.host_irqs + 1);

	/* Woken and gone again, the doorbell is off again */
	vlpi_device_write(&v);
	gicv4_wait_host_irqs();
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.host_irqs, before.host_irqs + 1);
	vlpi_expect_acks(t, 0, &v.intid, 1);

	/* Also if it did not ring, because something else woke the vCPU */
	blocks = nr_blocks(vcpu);
	thread = vgic_vm_start_on(t->vm, 0, vlpi_wait_for_interrupt, &w);
	vlpi_wait_until_blocked(t, vcpu, blocks + 1);
	kvm_make_request(KVM_REQ_UNBLOCK, vcpu);
	kvm_vcpu_kick(vcpu);
	vgic_vm_join(thread);
	KUNIT_EXPECT_EQ(test, w.intid, GICV4_INTID_NONE);
	vlpi_device_write(&v);
	gicv4_wait_host_irqs();
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.host_irqs, before.host_irqs + 1);
	vlpi_expect_acks(t, 0, &v.intid, 1);
}

static int write_then_wfi(struct vgic_vm *vm, void *data)
{
	struct vlpi *v = data;
	struct kvm_vcpu *vcpu = vm->vcpu[v->vcpu];

	vgic_guest_enter(vcpu);
	vlpi_device_write(v);
	um_vcpu_exit(vcpu);
	um_vcpu_wfi(vcpu);
	um_vcpu_enter(vcpu);
	KUNIT_EXPECT_EQ(vm->test, vgic_guest_ack(vcpu), v->intid);
	vgic_guest_exit(vcpu);

	return 0;
}

/* PendingLast is what tells: no doorbell comes for what is pending already */
void wfi_with_pending_vlpi_does_not_block(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct gicv4_stats before, after;

	gicv4_get_stats(&before);
	vgic_vm_join(vgic_vm_start_on(t->vm, 0, write_then_wfi, &v));
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.doorbells, before.doorbells);
	KUNIT_EXPECT_EQ(test, after.acks, before.acks + 1);
}

/**
 * vlpi_map_in_guest() - the guest maps and enables an event by itself
 * @t: the case
 * @v: the vLPI; its device is not mapped yet
 */
void vlpi_map_in_guest(struct vlpi_test *t, const struct vlpi *v)
{
	vlpi_enable_in_guest(t, v);
	vgic_guest_mapd(t->vm, v->devid,
			vgic_guest_alloc_itt(t->vm, EVENT_BITS), EVENT_BITS);
	vgic_guest_mapc(t->vm, 11, t->vm->vcpu[v->vcpu]->vcpu_id);
	vgic_guest_mapti(t->vm, v->devid, v->eventid, v->intid, 11);
}

void pending_lpi_moves_into_hardware(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, t->vm->nr_vcpus - 1);
	struct vgic_irq *irq;

	vlpi_map_in_guest(t, &v);
	KUNIT_ASSERT_EQ(test, 1,
			vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	irq = vgic_get_irq(t->vm->kvm, v.intid);
	KUNIT_ASSERT_NOT_NULL(test, irq);
	KUNIT_EXPECT_TRUE(test, irq->pending_latch);

	KUNIT_EXPECT_EQ(test, 0, vlpi_setup(t, &v));
	KUNIT_EXPECT_FALSE(test, irq->pending_latch);
	vgic_put_irq(t->vm->kvm, irq);
	KUNIT_EXPECT_TRUE(test, vlpi_pending(t, &v));
	vlpi_expect_acks(t, v.vcpu, &v.intid, 1);
	vlpi_expect_delivered(t, &v);
}

void pending_in_guest_table_moves_into_hardware(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, t->vm->nr_vcpus - 1);

	vlpi_enable_in_guest(t, &v);
	vgic_guest_set_pending(t->vm, t->vm->vcpu[v.vcpu], v.intid);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));

	KUNIT_EXPECT_TRUE(test, vlpi_pending(t, &v));
	vlpi_expect_acks(t, v.vcpu, &v.intid, 1);
	vlpi_expect_delivered(t, &v);
}

void signal_msi_goes_through_hardware(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct gicv4_stats before, after;

	/* KVM has this translation in its cache by now, and forgets it */
	vlpi_map_in_guest(t, &v);
	KUNIT_ASSERT_EQ(test, 1,
			vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_acks(t, 0, &v.intid, 1);

	gicv4_get_stats(&before);
	KUNIT_EXPECT_EQ(test, 1,
			vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.vlpis, before.vlpis + 1);
	vlpi_expect_acks(t, 0, &v.intid, 1);
}

void guest_int_goes_through_hardware(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct gicv4_stats before, after;

	gicv4_get_stats(&before);
	vgic_guest_int(t->vm, v.devid, v.eventid);
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.vlpis, before.vlpis + 1);
	vlpi_expect_acks(t, 0, &v.intid, 1);
}

void guest_clear_goes_through_hardware(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi a = vlpi_setup_nth(t, 0), b = vlpi_setup_nth(t, 1);

	vlpi_device_write(&a);
	vlpi_device_write(&b);
	vgic_guest_clear(t->vm, a.devid, a.eventid);
	KUNIT_EXPECT_FALSE(test, vlpi_pending(t, &a));
	vlpi_expect_acks(t, 0, &b.intid, 1);
	vlpi_expect_delivered(t, &a);
}

void guest_disable_takes_effect(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, t->vm->nr_vcpus - 1);
	struct gicv4_stats before, after;

	vlpi_expect_delivered(t, &v);
	vgic_guest_set_lpi(t->vm, v.intid, GUEST_PRIO, false);
	vgic_guest_inv(t->vm, v.devid, v.eventid);
	vlpi_expect_mapped(t, &v);
	vlpi_device_write(&v);
	vlpi_expect_nothing_pending(t, v.vcpu);
	KUNIT_EXPECT_TRUE(test, vlpi_pending(t, &v));

	/* Disabled by the guest is no reason for the host to see it */
	KUNIT_EXPECT_EQ(test, vlpi_host_hits(&v), 0);

	gicv4_get_stats(&before);
	vgic_guest_set_lpi(t->vm, v.intid, GUEST_PRIO, true);
	vgic_guest_inv(t->vm, v.devid, v.eventid);
	vlpi_expect_mapped(t, &v);
	vlpi_expect_acks(t, v.vcpu, &v.intid, 1);
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.vlpis, before.vlpis);
}

void guest_invall_takes_effect(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int nr = 2 * t->vm->nr_vcpus, i, j;
	struct vlpi v[6];

	for (i = 0; i < nr; i++)
		v[i] = vlpi_setup_nth(t, i);
	/* The machine holds the old configuration, as hardware would */
	vlpi_visit_guests(t);

	for (j = 0; j < 2; j++) {
		bool enabled = j;

		for (i = 0; i < nr; i++)
			vgic_guest_set_lpi(t->vm, v[i].intid, 0x40 + 4 * i,
					   enabled);
		for (i = 0; i < t->vm->nr_vcpus; i++)
			vgic_guest_invall(t->vm, collection_of(t, i));
		for (i = 0; i < nr; i++) {
			u8 config = vlpi_config(t, &v[i]);

			KUNIT_EXPECT_EQ(test, config & 0xfc, 0x40 + 4 * i);
			KUNIT_EXPECT_EQ(test, !!(config & LPI_PROP_ENABLED),
					enabled);
			vlpi_expect_mapped(t, &v[i]);
		}
	}
}

void guest_priority_takes_effect(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi a = vlpi_setup_nth(t, 0), b = vlpi_setup_nth(t, 1);
	u32 a_first[] = { a.intid, b.intid }, b_first[] = { b.intid, a.intid };

	vgic_guest_set_lpi(t->vm, a.intid, 0x90, true);
	vgic_guest_inv(t->vm, a.devid, a.eventid);
	vlpi_device_write(&b);
	vlpi_device_write(&a);
	vlpi_expect_acks(t, 0, a_first, 2);

	vgic_guest_set_lpi(t->vm, b.intid, 0x10, true);
	vgic_guest_inv(t->vm, b.devid, b.eventid);
	vlpi_device_write(&a);
	vlpi_device_write(&b);
	vlpi_expect_acks(t, 0, b_first, 2);
}

void guest_movi_becomes_vmovi(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0), other;
	int counts[VGIC_VM_MAX_VCPUS] = { 1, 1 };
	unsigned int i;

	other = vlpi_setup_nth(t, t->vm->nr_vcpus);
	vgic_guest_mapc(t->vm, 31, t->vm->vcpu[1]->vcpu_id);

	vgic_guest_movi(t->vm, v.devid, v.eventid, 31);
	v.vcpu = 1;
	vlpi_expect_mapped(t, &v);
	vlpi_expect_mapped(t, &other);
	expect_vlpi_counts(t, counts);
	vlpi_expect_delivered(t, &v);
	vlpi_expect_delivered(t, &other);

	/* There and back, several times, with a write at each stop */
	for (i = 0; i < 4; i++) {
		v.vcpu = i % 2;
		vgic_guest_movi(t->vm, v.devid, v.eventid,
				v.vcpu ? 31 : collection_of(t, 0));
		vlpi_expect_delivered(t, &v);
	}
	expect_vlpi_counts(t, counts);
}

void guest_movi_takes_pending_along(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0), stays;
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];

	stays = vlpi_setup_nth(t, t->vm->nr_vcpus);
	vgic_guest_mapc(t->vm, 31, t->vm->vcpu[1]->vcpu_id);
	vlpi_device_write(&v);
	vlpi_device_write(&stays);
	vgic_guest_movi(t->vm, v.devid, v.eventid, 31);

	vlpi_expect_acks(t, 0, &stays.intid, 1);
	vlpi_expect_acks(t, 1, &v.intid, 1);

	/* The same while the vPE that it leaves is resident */
	vgic_guest_movi(t->vm, v.devid, v.eventid, collection_of(t, 0));
	um_vcpu_load(vcpu);
	vlpi_device_write(&v);
	vgic_guest_movi(t->vm, v.devid, v.eventid, 31);
	um_vcpu_enter(vcpu);
	KUNIT_EXPECT_EQ(test, vgic_guest_ack(vcpu), GICV4_INTID_NONE);
	vgic_guest_exit(vcpu);
	vlpi_expect_acks(t, 1, &v.intid, 1);
}

/* MAPC of a mapped collection is a MOVI of all that is in it */
void guest_mapc_moves_all_events(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int nr = t->vm->nr_vcpus;
	struct vlpi a = vlpi_setup_nth(t, 0), b = vlpi_setup_nth(t, nr);
	int counts[VGIC_VM_MAX_VCPUS] = { [1] = 2 };

	vlpi_device_write(&a);
	vgic_guest_mapc(t->vm, collection_of(t, 0), t->vm->vcpu[1]->vcpu_id);
	a.vcpu = 1;
	b.vcpu = 1;
	vlpi_expect_mapped(t, &a);
	vlpi_expect_mapped(t, &b);
	expect_vlpi_counts(t, counts);
	vlpi_expect_nothing_pending(t, 0);
	vlpi_expect_acks(t, 1, &a.intid, 1);
	vlpi_expect_delivered(t, &a);
	vlpi_expect_delivered(t, &b);
}

void guest_movall_moves_all_events(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int nr = t->vm->nr_vcpus;
	struct vlpi a = vlpi_setup_nth(t, 0), b = vlpi_setup_nth(t, nr);
	struct vlpi there = vlpi_setup_nth(t, 1);
	int counts[VGIC_VM_MAX_VCPUS] = { [1] = 3 };

	vlpi_device_write(&b);
	vgic_guest_movall(t->vm, t->vm->vcpu[0]->vcpu_id,
			  t->vm->vcpu[1]->vcpu_id);
	a.vcpu = 1;
	b.vcpu = 1;
	vlpi_expect_mapped(t, &a);
	vlpi_expect_mapped(t, &b);
	vlpi_expect_mapped(t, &there);
	expect_vlpi_counts(t, counts);
	vlpi_expect_nothing_pending(t, 0);
	vlpi_expect_acks(t, 1, &b.intid, 1);
	vlpi_expect_delivered(t, &a);
}

/* After this the VM may use all of it again */
static void expect_can_be_set_up(struct vlpi_test *t, const struct vlpi *v)
{
	KUNIT_ASSERT_EQ(t->test, 0, vlpi_setup(t, v));
	vlpi_expect_mapped(t, v);
	vlpi_expect_delivered(t, v);
}

void guest_discard_gives_irq_back(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct vlpi other = vlpi_setup_nth(t, t->vm->nr_vcpus);
	int counts[VGIC_VM_MAX_VCPUS] = { 1 };

	vgic_guest_discard(t->vm, v.devid, v.eventid);
	vlpi_expect_unmapped(t, &v);
	expect_vlpi_counts(t, counts);
	KUNIT_EXPECT_EQ(test, 0,
			vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	vlpi_expect_nothing_pending(t, 0);

	vlpi_expect_mapped(t, &other);
	vlpi_expect_delivered(t, &other);
	expect_can_be_set_up(t, &v);
}

void guest_unmapd_gives_irqs_back(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	int counts[VGIC_VM_MAX_VCPUS] = {};
	struct vlpi v[4];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = vlpi_setup_nth(t, i);
	vgic_guest_unmapd(t->vm, GUEST_DEVID);

	expect_vlpi_counts(t, counts);
	KUNIT_EXPECT_EQ(test, vlpi_nr_mappings(), 0);
	for (i = 0; i < ARRAY_SIZE(v); i++)
		vlpi_expect_unmapped(t, &v[i]);
	for (i = 0; i < ARRAY_SIZE(v); i++)
		expect_can_be_set_up(t, &v[i]);
}

void unset_forwarding_gives_irq_back(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	int counts[VGIC_VM_MAX_VCPUS] = {};
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];

	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&v));
	vlpi_expect_unmapped(t, &v);
	expect_vlpi_counts(t, counts);

	/* The guest's mapping stands: the LPI is emulated now */
	KUNIT_EXPECT_EQ(test, 1,
			vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_TRUE(test, vgic_guest_in_lr(vcpu, v.intid));
	vgic_guest_exit(vcpu);
}

void unset_of_one_leaves_the_others(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	int counts[VGIC_VM_MAX_VCPUS] = { 2 };
	struct vlpi v[3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = vlpi_setup_nth(t, i);
	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&v[1]));

	vlpi_expect_unmapped(t, &v[1]);
	vlpi_expect_mapped(t, &v[0]);
	vlpi_expect_mapped(t, &v[2]);
	expect_vlpi_counts(t, counts);
	vlpi_expect_delivered(t, &v[0]);
	vlpi_expect_delivered(t, &v[2]);

	/* One that is not forwarded: nothing to do */
	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&v[1]));
	expect_vlpi_counts(t, counts);
	vlpi_expect_delivered(t, &v[0]);
}

void host_irq_can_go_to_another_vcpu(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	int counts[VGIC_VM_MAX_VCPUS] = { [1] = 1 };
	struct vlpi v = vlpi_setup_nth(t, 0);

	vlpi_expect_delivered(t, &v);
	vgic_guest_discard(t->vm, v.devid, v.eventid);

	v.vcpu = 1;
	expect_can_be_set_up(t, &v);
	expect_vlpi_counts(t, counts);
}

void host_irq_can_go_to_another_vm(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct vgic_vm *first = t->vm;

	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&v));

	t->vm = vgic_vm_create(test, &t->p->config);
	vlpi_enable_in_guest(t, &v);
	expect_can_be_set_up(t, &v);

	t->vm = first;
	vlpi_expect_nothing_pending(t, 0);
}

void vm_teardown_leaves_no_mapping(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	u16 vpe_ids[VGIC_VM_MAX_VCPUS];
	unsigned int nr = t->vm->nr_vcpus;
	struct vlpi v[4];
	unsigned int i;

	for (i = 0; i < nr; i++)
		vpe_ids[i] = vlpi_vpe(t, i)->vpe_id;
	for (i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = vlpi_setup_nth(t, i);
	/* With something pending, to be interesting */
	vlpi_device_write(&v[0]);

	vgic_vm_destroy(t->vm);
	t->vm = NULL;

	KUNIT_EXPECT_EQ(test, vlpi_nr_mappings(), 0);
	for (i = 0; i < ARRAY_SIZE(v); i++)
		vlpi_expect_unmapped(t, &v[i]);
	for (i = 0; i < nr * t->m->nr_its; i++) {
		struct gicv4_vpte vpte = {};

		gicv4_get_vpte(i / nr, vpe_ids[i % nr], &vpte);
		KUNIT_EXPECT_FALSE(test, vpte.valid);
	}
}

void vms_do_not_see_each_other(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi a = vlpi_setup_nth(t, 0), b = vlpi_nth(t, 0);
	struct vgic_vm *vm_a = t->vm, *vm_b;

	/* The same numbers in both guests */
	b.mock = t->mock2;
	b.event = 0;
	vm_b = vgic_vm_create(test, &t->p->config);
	t->vm = vm_b;
	vlpi_enable_in_guest(t, &b);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &b));

	vlpi_expect_delivered(t, &b);
	t->vm = vm_a;
	vlpi_expect_delivered(t, &a);

	vlpi_device_write(&b);
	vlpi_expect_nothing_pending(t, 0);
	t->vm = vm_b;
	vlpi_device_write(&a);
	vlpi_expect_acks(t, 0, &b.intid, 1);
	t->vm = vm_a;
	vlpi_expect_acks(t, 0, &a.intid, 1);

	/* One VM's guest reconfigures, the other's does not change */
	vgic_guest_set_lpi(vm_a, a.intid, GUEST_PRIO, false);
	vgic_guest_inv(vm_a, a.devid, a.eventid);
	t->vm = vm_b;
	vlpi_expect_delivered(t, &b);
}

struct migration {
	struct vlpi_test	*t;
	struct vlpi		*v;
};

static int take_and_deliver(struct vgic_vm *vm, void *data)
{
	struct migration *m = data;

	vlpi_expect_acks(m->t, m->v->vcpu, &m->v->intid, 1);
	KUNIT_EXPECT_EQ(vm->test, raw_smp_processor_id(),
			vlpi_cpu(m->t, m->v->vcpu));
	vlpi_expect_delivered(m->t, m->v);

	return 0;
}

static void skip_unless_smp(struct kunit *test)
{
	if (num_online_cpus() < 2)
		kunit_skip(test, "needs 2 CPUs: boot with ncpus=2");
}

void vcpu_migration_becomes_vmovp(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v;
	struct migration m = { .t = t, .v = &v };
	unsigned int i;

	skip_unless_smp(test);
	v = vlpi_setup_nth(t, t->vm->nr_vcpus - 1);

	for (i = 0; i < 6; i++) {
		vlpi_device_write(&v);
		vgic_vm_run_on(t->vm, i % num_online_cpus(), take_and_deliver,
			       &m);
	}
	KUNIT_EXPECT_GE(test, gicv4_trace_count(GITS_CMD_VMOVP), 5);
	KUNIT_EXPECT_EQ(test, vlpi_host_hits(&v), 0);
}

void doorbell_follows_migrated_vcpu(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct gicv4_stats before, after;
	struct vgic_vm_thread *thread;
	struct vlpi_waiter w = {};
	struct vlpi v;
	struct migration m = { .t = t, .v = &v };
	unsigned int i;

	skip_unless_smp(test);
	v = vlpi_setup_nth(t, t->vm->nr_vcpus - 1);
	w.vcpu = t->vm->vcpu[v.vcpu];

	for (i = 0; i < 4; i++) {
		unsigned int cpu = i < 3 ? 1 : 0;

		thread = vgic_vm_start_on(t->vm, cpu, vlpi_wait_for_interrupt, &w);
		vlpi_wait_until_blocked(t, w.vcpu, i + 1);
		KUNIT_EXPECT_EQ(test, cpu, vlpi_cpu(t, v.vcpu));
		vlpi_device_write(&v);
		vgic_vm_join(thread);
		KUNIT_EXPECT_EQ(test, w.intid, v.intid);
		KUNIT_EXPECT_EQ(test, w.cpu, cpu);

		/* Off again, on the CPU where it was on */
		gicv4_get_stats(&before);
		vlpi_device_write(&v);
		gicv4_wait_host_irqs();
		gicv4_get_stats(&after);
		KUNIT_EXPECT_EQ(test, after.host_irqs, before.host_irqs);
		vgic_vm_run_on(t->vm, cpu, take_and_deliver, &m);
	}
	KUNIT_EXPECT_EQ(test, vlpi_host_hits(&v), 0);
}
