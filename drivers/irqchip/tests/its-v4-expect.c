// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the cases of suite its_v4 expect. Interrupts take their time, so what
 * is to happen is waited for; what is not to happen is looked for once.
 */
#include <linux/bitops.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "its-v4.h"

#define POLL_MS		2000

/* Until @cond, but not for ever; says whether it came true */
#define poll_until(cond)						\
({									\
	unsigned long _end = jiffies + msecs_to_jiffies(POLL_MS);	\
	bool _ok;							\
									\
	while (!(_ok = (cond)) && time_before(jiffies, _end)) {		\
		cond_resched();						\
		cpu_relax();						\
	}								\
	_ok;								\
})

/* In memory: the pending table of a vPE of GICv4.0 that is not resident */
static bool vpt_is_valid(const struct its_v4_vlpi *v)
{
	return !v->vm->t->hw.v4_1 && !its_v4_vpe(v)->resident;
}

static bool vpt_bit(const struct its_v4_vlpi *v)
{
	const u8 *vpt = page_address(its_v4_vpe(v)->vpt_page);

	return READ_ONCE(vpt[v->vintid / BITS_PER_BYTE]) &
	       BIT(v->vintid % BITS_PER_BYTE);
}

static bool is_pending(const struct its_v4_vlpi *v, bool pending)
{
	bool seen;

	if (its_v4_hw_pending(its_v4_vpe(v), v->vintid, &seen) &&
	    seen != pending)
		return !pending;
	if (vpt_is_valid(v) && vpt_bit(v) != pending)
		return !pending;

	return pending;
}

/**
 * its_v4_expect_pending() - is a vLPI pending?
 * @v: the vLPI
 * @pending: whether it should be
 *
 * As far as one can see: where the machine cannot be looked into, only that of
 * a vPE of GICv4.0 which is not resident.
 *
 * Context: may sleep.
 */
void its_v4_expect_pending(const struct its_v4_vlpi *v, bool pending)
{
	poll_until(is_pending(v, pending) == pending);
	KUNIT_EXPECT_EQ_MSG(v->vm->t->test, is_pending(v, pending), pending,
			    "vINTID %u of vPE %u", v->vintid, v->vcpu);
}

/**
 * its_v4_expect_mapped() - does the ITS hold what was asked for?
 * @v: a vLPI that is mapped
 * @doorbell: whether it rings the doorbell of its vPE
 *
 * Context: may sleep.
 */
void its_v4_expect_mapped(const struct its_v4_vlpi *v, bool doorbell)
{
	struct its_v4 *t = v->vm->t;
	struct its_vpe *vpe = its_v4_vpe(v);
	struct its_vlpi_map map = {};
	struct gicv4_itte itte;
	struct gicv4_vpte vpte;

	KUNIT_EXPECT_EQ(t->test, its_get_vlpi(its_v4_irq(v), &map), 0);
	KUNIT_EXPECT_PTR_EQ(t->test, map.vm, &v->vm->its_vm);
	KUNIT_EXPECT_PTR_EQ(t->test, map.vpe, vpe);
	KUNIT_EXPECT_EQ(t->test, map.vintid, v->vintid);

	if (its_v4_hw_event(v->dev->its, v->dev->devid, v->event, &itte)) {
		KUNIT_EXPECT_TRUE(t->test, itte.valid);
		KUNIT_EXPECT_TRUE(t->test, itte.virt);
		KUNIT_EXPECT_EQ(t->test, itte.intid, v->vintid);
		KUNIT_EXPECT_EQ(t->test, itte.vpeid, vpe->vpe_id);
		/* GICv4.1 leaves doorbells to the vPE */
		KUNIT_EXPECT_EQ(t->test, itte.doorbell,
				doorbell && !t->hw.v4_1 ? vpe->vpe_db_lpi :
							  GICV4_INTID_NONE);
	}
	if (its_v4_hw_vpe(v->dev->its, vpe, &vpte)) {
		KUNIT_EXPECT_TRUE(t->test, vpte.valid);
		KUNIT_EXPECT_EQ(t->test, vpte.vpt_addr,
				page_to_phys(vpe->vpt_page));
		KUNIT_EXPECT_EQ(t->test, vpte.cpu, vpe->col_idx);
	}
}

static u32 take(unsigned int cpu)
{
	u32 vintid = GICV4_INTID_NONE;

	poll_until((vintid = its_v4_hw_ack(cpu)) != GICV4_INTID_NONE);

	return vintid;
}

/* The guest takes what is there, in any order */
static void expect_guest_takes(struct its_v4 *t,
			       const struct its_v4_vlpi *const *v,
			       unsigned int n)
{
	unsigned int cpu = smp_processor_id(), i, j;
	unsigned long seen = 0;
	u32 vintid;

	for (i = 0; i < n; i++) {
		vintid = take(cpu);
		for (j = 0; j < n; j++)
			if (v[j]->vintid == vintid && !test_bit(j, &seen))
				break;
		if (j == n) {
			KUNIT_FAIL(t->test, "vINTID %u taken, of %u expected",
				   vintid, n - i);
			return;
		}
		__set_bit(j, &seen);
	}
	KUNIT_EXPECT_EQ(t->test, its_v4_hw_ack(cpu), GICV4_INTID_NONE);
}

/**
 * its_v4_expect_taken() - what does a vPE's guest find when it runs?
 * @vm: VM
 * @vcpu: index of the vPE, which is not resident
 * @v: the vLPIs that it should find, enabled ones
 * @n: how many, at most BITS_PER_LONG
 *
 * They are not pending any more afterwards. Where there is no guest, their
 * pending state is looked at and cleared instead.
 *
 * Context: may sleep.
 */
void its_v4_expect_taken(struct its_v4_vm *vm, unsigned int vcpu,
			 const struct its_v4_vlpi *const *v, unsigned int n)
{
	struct its_v4 *t = vm->t;
	unsigned int i;

	for (i = 0; i < n; i++)
		its_v4_expect_pending(v[i], true);

	its_v4_enter(vm, vcpu);
	if (t->hw.is_model)
		expect_guest_takes(t, v, n);
	its_v4_leave(vm, vcpu);

	if (!t->hw.is_model) {
		/* A GICv4.1 tells only those who wait for a doorbell */
		if (!t->hw.v4_1)
			KUNIT_EXPECT_EQ(t->test, vm->vpes[vcpu]->pending_last,
					n > 0);
		for (i = 0; i < n; i++)
			its_v4_clear(v[i]);
	}

	for (i = 0; i < n; i++)
		its_v4_expect_pending(v[i], false);
}

/**
 * its_v4_expect_delivered() - does the event reach its vPE, and nobody else?
 * @v: a vLPI that is mapped and enabled; none of its VM's vPEs is resident
 *
 * Once by a command, and if there is a bus, once by a device. The vPE is
 * resident as it happens.
 *
 * Context: may sleep.
 */
void its_v4_expect_delivered(const struct its_v4_vlpi *v)
{
	struct its_v4_vm *vm = v->vm;
	struct its_v4 *t = vm->t;
	unsigned int doorbells = its_v4_doorbells(vm, v->vcpu);
	u64 hits = its_v4_host_hits(v);
	unsigned int i;

	its_v4_enter(vm, v->vcpu);
	its_v4_send(v);
	if (t->hw.is_model) {
		expect_guest_takes(t, &v, 1);
		its_v4_hw_device_write(v->dev->its, v->dev->devid, v->event);
		expect_guest_takes(t, &v, 1);
	}
	its_v4_leave(vm, v->vcpu);
	if (!t->hw.is_model) {
		its_v4_expect_pending(v, true);
		its_v4_clear(v);
	}

	for (i = 0; i < vm->nr_vcpus; i++)
		its_v4_expect_taken(vm, i, NULL, 0);
	KUNIT_EXPECT_EQ(t->test, its_v4_host_hits(v), hits);
	KUNIT_EXPECT_EQ(t->test, its_v4_doorbells(vm, v->vcpu), doorbells);
}

/**
 * its_v4_expect_doorbells() - how often did the doorbell ring?
 * @vm: VM
 * @vcpu: index of the vPE
 * @n: how often it should have, since the VM was made
 *
 * Context: may sleep.
 */
void its_v4_expect_doorbells(struct its_v4_vm *vm, unsigned int vcpu,
			     unsigned int n)
{
	poll_until(its_v4_doorbells(vm, vcpu) >= n);
	KUNIT_EXPECT_EQ_MSG(vm->t->test, its_v4_doorbells(vm, vcpu), n,
			    "doorbells of vPE %u", vcpu);
}

/**
 * its_v4_expect_host_hits() - how often did the host take the interrupt?
 * @v: the vLPI, mapped or not
 * @n: how often it should have, since the device was made
 *
 * Context: may sleep.
 */
void its_v4_expect_host_hits(const struct its_v4_vlpi *v, u64 n)
{
	poll_until(its_v4_host_hits(v) >= n);
	KUNIT_EXPECT_EQ(v->vm->t->test, its_v4_host_hits(v), n);
}
