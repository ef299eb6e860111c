// SPDX-License-Identifier: GPL-2.0-only
/*
 * its_v4: events of devices become vLPIs, move, and become interrupts of the
 * host again.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/mm.h>

#include "its-v4.h"

/* A VM of @nr_vcpus, a device, and its first event as the vLPI of vPE 0 */
static struct its_v4_vlpi mapped_vlpi(struct its_v4 *t, unsigned int nr_vcpus)
{
	struct its_v4_vlpi v = {
		.dev	= its_v4_device(t, 0, ITS_V4_DEVID, 4),
		.vm	= its_v4_vm(t, nr_vcpus),
		.vintid	= ITS_V4_VINTID,
	};

	its_v4_map(&v);

	return v;
}

/* The next event of the same device, for vPE @vcpu */
static struct its_v4_vlpi next_vlpi(const struct its_v4_vlpi *v,
				    unsigned int vcpu)
{
	struct its_v4_vlpi next = *v;

	next.event++;
	next.vintid++;
	next.vcpu = vcpu;

	return next;
}

void map_makes_event_a_vlpi(struct kunit *test)
{
	struct its_v4_vlpi v = mapped_vlpi(test->priv, 1);

	its_v4_expect_mapped(&v, true);
	its_v4_expect_delivered(&v);
}

void unmap_gives_event_back(struct kunit *test)
{
	struct its_v4_vlpi v = mapped_vlpi(test->priv, 1);
	struct gicv4_itte itte;

	its_v4_unmap(&v);
	if (its_v4_hw_event(v.dev->its, v.dev->devid, v.event, &itte))
		KUNIT_EXPECT_FALSE(test, itte.virt);

	its_v4_send(&v);
	its_v4_expect_host_hits(&v, 1);
	if (its_v4_hw_device_write(v.dev->its, v.dev->devid, v.event))
		its_v4_expect_host_hits(&v, 2);
	its_v4_expect_taken(v.vm, 0, NULL, 0);
}

void event_is_mapped_again_and_again(struct kunit *test)
{
	struct its_v4_vlpi v = mapped_vlpi(test->priv, 1);
	unsigned int i;

	for (i = 0; i < 8; i++) {
		its_v4_expect_delivered(&v);
		its_v4_unmap(&v);
		its_v4_send(&v);
		its_v4_expect_host_hits(&v, i + 1);
		v.vintid++;
		its_v4_map(&v);
	}
}

/* DISCARD ends the pending state, or the guest would see a ghost */
void unmap_drops_pending_state(struct kunit *test)
{
	struct its_v4_vlpi v = mapped_vlpi(test->priv, 1);

	its_v4_send(&v);
	its_v4_expect_pending(&v, true);
	its_v4_unmap(&v);
	its_v4_map(&v);
	its_v4_expect_pending(&v, false);
	its_v4_expect_taken(v.vm, 0, NULL, 0);
	its_v4_expect_delivered(&v);
}

void sent_while_away_waits_in_pending_table(struct kunit *test)
{
	struct its_v4_vlpi a = mapped_vlpi(test->priv, 1), b = next_vlpi(&a, 0);
	const struct its_v4_vlpi *both[] = { &a, &b };

	its_v4_map(&b);
	its_v4_send(&a);
	its_v4_send(&b);
	its_v4_expect_taken(a.vm, 0, both, 2);
	its_v4_expect_taken(a.vm, 0, NULL, 0);
	its_v4_expect_host_hits(&a, 0);
}

void sent_twice_is_pending_once(struct kunit *test)
{
	struct its_v4_vlpi v = mapped_vlpi(test->priv, 1);
	const struct its_v4_vlpi *one[] = { &v };

	its_v4_send(&v);
	its_v4_send(&v);
	its_v4_expect_taken(v.vm, 0, one, 1);
	its_v4_expect_taken(v.vm, 0, NULL, 0);
}

void clear_ends_pending_state(struct kunit *test)
{
	struct its_v4_vlpi a = mapped_vlpi(test->priv, 1), b = next_vlpi(&a, 0);
	const struct its_v4_vlpi *left[] = { &b };

	its_v4_map(&b);
	its_v4_send(&a);
	its_v4_send(&b);
	its_v4_clear(&a);
	its_v4_expect_pending(&a, false);
	its_v4_expect_taken(a.vm, 0, left, 1);
}

void each_event_goes_to_its_vpe(struct kunit *test)
{
	struct its_v4_vlpi v[4] = { mapped_vlpi(test->priv, 4) };
	const struct its_v4_vlpi *one[1];
	unsigned int i;

	for (i = 1; i < 4; i++) {
		v[i] = next_vlpi(&v[i - 1], i);
		its_v4_map(&v[i]);
	}
	for (i = 0; i < 4; i++)
		its_v4_send(&v[i]);
	for (i = 0; i < 4; i++) {
		one[0] = &v[i];
		its_v4_expect_taken(v[i].vm, i, one, 1);
	}
	for (i = 0; i < 4; i++)
		its_v4_expect_delivered(&v[i]);
}

/* Mapped already: the driver moves it by VMOVI */
void map_to_another_vpe_moves_vlpi(struct kunit *test)
{
	struct its_v4_vlpi v = mapped_vlpi(test->priv, 3);
	unsigned int i;

	for (i = 0; i < 6; i++) {
		v.vcpu = (i + 1) % 3;
		its_v4_map(&v);
		its_v4_expect_mapped(&v, true);
		its_v4_expect_delivered(&v);
	}
}

void pending_state_moves_along(struct kunit *test)
{
	struct its_v4_vlpi v = mapped_vlpi(test->priv, 2), was = v;
	const struct its_v4_vlpi *one[] = { &v };

	its_v4_send(&v);
	its_v4_expect_pending(&v, true);
	v.vcpu = 1;
	its_v4_map(&v);
	its_v4_expect_pending(&was, false);
	its_v4_expect_taken(v.vm, 0, NULL, 0);
	its_v4_expect_taken(v.vm, 1, one, 1);
}

void vms_are_kept_apart(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi a = mapped_vlpi(t, 2), b = a;
	const struct its_v4_vlpi *one[] = { &b };

	/* The same vINTID, the same index of a vPE, the same event */
	b.dev = its_v4_device(t, 0, ITS_V4_DEVID + 1, 4);
	b.vm = its_v4_vm(t, 2);
	its_v4_map(&b);
	KUNIT_EXPECT_NE(test, its_v4_vpe(&a)->vpe_id, its_v4_vpe(&b)->vpe_id);

	its_v4_send(&b);
	its_v4_expect_pending(&a, false);
	its_v4_expect_taken(a.vm, 0, NULL, 0);
	its_v4_expect_taken(b.vm, 0, one, 1);
	its_v4_expect_delivered(&a);
	its_v4_expect_delivered(&b);

	its_v4_unmap(&a);
	its_v4_vm_destroy(a.vm);
	its_v4_expect_delivered(&b);
}

/* All events of a device that are vLPIs belong to one VM */
void device_is_of_one_vm(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi a = mapped_vlpi(t, 1), b = next_vlpi(&a, 0), c = a;

	b.vm = its_v4_vm(t, 1);
	KUNIT_EXPECT_EQ(test, -EINVAL, its_v4_try_map(&b, ITS_V4_ENABLED, true));

	/* Not even an event that is mapped already */
	c.vm = b.vm;
	KUNIT_EXPECT_EQ(test, -EINVAL, its_v4_try_map(&c, ITS_V4_ENABLED, true));
	its_v4_expect_mapped(&a, true);
	its_v4_expect_delivered(&a);

	/* The one refused is still the host's */
	its_v4_send(&b);
	its_v4_expect_host_hits(&b, 1);

	/* Once the first VM has let go, the other one may have it */
	its_v4_unmap(&a);
	its_v4_map(&b);
	its_v4_map(&c);
	its_v4_expect_delivered(&b);
	its_v4_expect_delivered(&c);
}

void wrong_calls_are_refused(struct kunit *test)
{
	struct its_v4_vlpi v = mapped_vlpi(test->priv, 1), w = next_vlpi(&v, 0);
	unsigned int irq = its_v4_irq(&v), host = its_v4_irq(&w);
	unsigned int doorbell = its_v4_vpe(&v)->irq;
	struct its_cmd_info schedule = { .cmd_type = SCHEDULE_VPE };
	struct its_vlpi_map map;

	/* An interrupt of the host is no vLPI */
	KUNIT_EXPECT_EQ(test, -EINVAL, its_get_vlpi(host, &map));
	KUNIT_EXPECT_EQ(test, -EINVAL, irq_set_vcpu_affinity(host, NULL));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			its_prop_update_vlpi(host, ITS_V4_ENABLED, true));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			its_prop_update_vlpi(host, ITS_V4_ENABLED, false));
	KUNIT_EXPECT_EQ(test, -EINVAL, its_map_vlpi(host, NULL));

	/* A vLPI is no doorbell, no vSGI, and follows no CPU */
	KUNIT_EXPECT_EQ(test, -EINVAL, irq_set_vcpu_affinity(irq, &schedule));
	KUNIT_EXPECT_EQ(test, -EINVAL, its_prop_update_vsgi(irq, 0, true));
	KUNIT_EXPECT_EQ(test, -EINVAL, irq_set_affinity(irq, cpu_online_mask));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			irq_set_irqchip_state(irq, IRQCHIP_STATE_ACTIVE, true));

	/* And a doorbell is no vLPI */
	KUNIT_EXPECT_EQ(test, -EINVAL, its_map_vlpi(doorbell, &map));
	KUNIT_EXPECT_EQ(test, -EINVAL, its_get_vlpi(doorbell, &map));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			its_prop_update_vlpi(doorbell, ITS_V4_ENABLED, true));
	KUNIT_EXPECT_EQ(test, -EINVAL, its_prop_update_vsgi(doorbell, 0, true));

	/* Nothing of this had any effect */
	its_v4_expect_mapped(&v, true);
	its_v4_expect_delivered(&v);
	its_v4_send(&w);
	its_v4_expect_host_hits(&w, 1);
}

/* What the property table says, and on the model also what is in use */
static void expect_config(const struct its_v4_vlpi *v, u8 config)
{
	struct kunit *test = v->vm->t->test;
	const u8 *props = page_address(v->vm->its_vm.vprop_page);
	u8 used;

	KUNIT_EXPECT_EQ(test, props[v->vintid - 8192], config);

	its_v4_enter(v->vm, v->vcpu);
	its_v4_leave(v->vm, v->vcpu);
	if (its_v4_hw_config(its_v4_vpe(v), v->vintid, &used))
		KUNIT_EXPECT_EQ(test, used, config);
}

void map_writes_properties(struct kunit *test)
{
	struct its_v4_vlpi v = mapped_vlpi(test->priv, 1), w = next_vlpi(&v, 0);

	KUNIT_ASSERT_EQ(test, 0, its_v4_try_map(&w, 0x40, true));
	expect_config(&v, ITS_V4_ENABLED);
	expect_config(&w, 0x40 | LPI_PROP_GROUP1);
}

/* A vLPI that is disabled becomes pending, but is not delivered */
static void expect_disabled(const struct its_v4_vlpi *v)
{
	its_v4_expect_taken(v->vm, v->vcpu, NULL, 0);
	its_v4_send(v);
	its_v4_expect_pending(v, true);
	its_v4_expect_taken(v->vm, v->vcpu, NULL, 0);
	its_v4_expect_pending(v, true);
}

void property_update_takes_effect(struct kunit *test)
{
	struct its_v4_vlpi v = mapped_vlpi(test->priv, 1);
	const struct its_v4_vlpi *one[] = { &v };
	unsigned int irq = its_v4_irq(&v);

	its_v4_expect_delivered(&v);
	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(irq, ITS_V4_DISABLED, true));
	expect_config(&v, ITS_V4_DISABLED);
	expect_disabled(&v);

	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(irq, ITS_V4_ENABLED, true));
	expect_config(&v, ITS_V4_ENABLED);
	its_v4_expect_taken(v.vm, 0, one, 1);
	its_v4_expect_delivered(&v);
}

/* Many at once: the property table first, and one VINVALL for all */
void invall_makes_property_updates_take_effect(struct kunit *test)
{
	struct its_v4_vlpi v = mapped_vlpi(test->priv, 1), w = next_vlpi(&v, 0);
	const struct its_v4_vlpi *both[] = { &v, &w };

	its_v4_map(&w);
	its_v4_expect_delivered(&v);
	its_v4_expect_delivered(&w);

	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(its_v4_irq(&v),
						      ITS_V4_DISABLED, false));
	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(its_v4_irq(&w),
						      ITS_V4_DISABLED, false));
	KUNIT_EXPECT_EQ(test, 0, its_invall_vpe(its_v4_vpe(&v)));
	expect_config(&v, ITS_V4_DISABLED);
	expect_config(&w, ITS_V4_DISABLED);
	expect_disabled(&v);
	expect_disabled(&w);

	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(its_v4_irq(&v),
						      ITS_V4_ENABLED, false));
	KUNIT_EXPECT_EQ(test, 0, its_prop_update_vlpi(its_v4_irq(&w),
						      ITS_V4_ENABLED, false));
	KUNIT_EXPECT_EQ(test, 0, its_invall_vpe(its_v4_vpe(&v)));
	its_v4_expect_taken(v.vm, 0, both, 2);
}

void disable_irq_disables_vlpi(struct kunit *test)
{
	struct its_v4_vlpi v = mapped_vlpi(test->priv, 1);
	const struct its_v4_vlpi *one[] = { &v };

	its_v4_expect_delivered(&v);
	disable_irq(its_v4_irq(&v));
	its_v4_expect_mapped(&v, false);
	expect_config(&v, ITS_V4_DISABLED);
	expect_disabled(&v);

	enable_irq(its_v4_irq(&v));
	its_v4_expect_mapped(&v, true);
	expect_config(&v, ITS_V4_ENABLED);
	its_v4_expect_taken(v.vm, 0, one, 1);
}

/* The host would not mask it by itself: it never sees it fire */
void refused_map_leaves_disable_irq_alone(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = mapped_vlpi(t, 1), other = v;

	other.vm = its_v4_vm(t, 1);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			its_v4_try_map(&other, ITS_V4_ENABLED, true));
	disable_irq(its_v4_irq(&v));
	expect_config(&v, ITS_V4_DISABLED);
	enable_irq(its_v4_irq(&v));
	its_v4_expect_delivered(&v);
}

/* The guest's next interrupt is the most urgent one */
void priority_decides(struct kunit *test)
{
	struct its_v4 *t = test->priv;
	struct its_v4_vlpi v = mapped_vlpi(t, 1), w = next_vlpi(&v, 0);
	unsigned int cpu = smp_processor_id();

	if (!t->hw.is_model)
		kunit_skip(test, "no guest to take interrupts");

	KUNIT_ASSERT_EQ(test, 0, its_v4_try_map(&w, 0x40 | LPI_PROP_ENABLED, true));
	its_v4_send(&v);
	its_v4_send(&w);
	its_v4_enter(v.vm, 0);
	KUNIT_EXPECT_EQ(test, its_v4_hw_ack(cpu), w.vintid);
	KUNIT_EXPECT_EQ(test, its_v4_hw_ack(cpu), v.vintid);

	KUNIT_EXPECT_EQ(test, 0,
			its_prop_update_vlpi(its_v4_irq(&w), 0xf0 | LPI_PROP_ENABLED,
					     true));
	its_v4_send(&w);
	its_v4_send(&v);
	KUNIT_EXPECT_EQ(test, its_v4_hw_ack(cpu), v.vintid);
	KUNIT_EXPECT_EQ(test, its_v4_hw_ack(cpu), w.vintid);
	its_v4_leave(v.vm, 0);
}
