// SPDX-License-Identifier: GPL-2.0
/*
 * What commands do to redistributors, and when.
 *
 * An ITS has executed a command when it has changed its tables; the
 * redistributors hear of it some time between then and the SYNC or VSYNC
 * after it. Without the scheduler that is at once. With it, commands wait in
 * the queue and their effects behind them until a random number says so, or
 * until software insists. ITSs progress independently of each other, a little
 * at each register access of any CPU.
 */
#include <linux/export.h>

#include "internal.h"

static void gm_apply_physical(const struct gm_effect *e)
{
	switch (e->op) {
	case GM_SET:
		gm_plpi_set(e->owner, e->intid);
		break;
	case GM_CLEAR:
		gm_plpi_take(e->owner, e->intid);
		break;
	case GM_FORGET:
		gm_plpi_forget(e->owner, e->intid);
		break;
	case GM_FETCH:
		gm_plpi_fetch(e->owner, e->intid);
		break;
	case GM_INV:
		gm_plpi_inv(e->owner, e->intid);
		break;
	case GM_INVALL:
		gm_plpi_invall(e->owner);
		break;
	case GM_MOVE:
		gm_plpi_move(e->owner, e->to, e->intid);
		break;
	case GM_MOVEALL:
		gm_plpi_moveall(e->owner, e->to);
		break;
	default:
		/* Of vPEs only */
		WARN_ON_ONCE(1);
		break;
	}
}

static void gm_apply_virtual(const struct gm_effect *e)
{
	struct gm_vpe *vpe = &gm.vpe_pool[e->owner - GICV4_MAX_CPUS];

	switch (e->op) {
	case GM_SET:
		gm_vlpi_set(vpe, e->cpu, e->intid, e->db);
		break;
	case GM_CLEAR:
		gm_vlpi_take(vpe, e->intid);
		break;
	case GM_FORGET:
		gm_vlpi_forget(vpe, e->intid);
		break;
	case GM_FETCH:
		gm_vlpi_fetch(vpe, e->intid);
		break;
	case GM_INV:
		gm_vlpi_inv(vpe, e->intid);
		break;
	case GM_INVALL:
		gm_vlpi_invall(vpe);
		break;
	case GM_MOVE:
		gm_vlpi_move(vpe, &gm.vpe_pool[e->to - GICV4_MAX_CPUS], e->cpu,
			     e->intid, e->db);
		break;
	case GM_VSGI:
		gm_vsgi_config(vpe, e->intid, &e->vsgi);
		break;
	case GM_VSGI_CLEAR:
		gm_vsgi_clear(vpe, e->intid);
		break;
	case GM_INVDB:
		gm_vpe_invdb(vpe);
		break;
	default:
		/* Of physical LPIs only */
		WARN_ON_ONCE(1);
		break;
	}
}

static void gm_apply(const struct gm_effect *e)
{
	if (e->owner < GICV4_MAX_CPUS)
		gm_apply_physical(e);
	else
		gm_apply_virtual(e);
}

static struct gm_effect *gm_nth_effect(struct gm_its *its, unsigned int n)
{
	return &its->effects[(its->first_effect + n) % GM_MAX_EFFECTS];
}

static void gm_apply_first(struct gm_its *its, unsigned int n)
{
	while (n-- && its->nr_effects) {
		struct gm_effect e = *gm_nth_effect(its, 0);

		its->first_effect++;
		its->nr_effects--;
		gm_apply(&e);
	}
}

/**
 * gm_effect - a command has an effect
 * @its: the ITS
 * @effect: the effect; happens now, or later if the scheduler is on
 */
void gm_effect(struct gm_its *its, const struct gm_effect *effect)
{
	if (likely(!gm.sched)) {
		gm_apply(effect);
		return;
	}
	if (its->nr_effects == GM_MAX_EFFECTS)
		gm_apply_first(its, 1);
	*gm_nth_effect(its, its->nr_effects++) = *effect;
}

/**
 * gm_effects_sync - SYNC and VSYNC: what came before has happened
 * @its: the ITS
 * @owner: redistributor or vPE that it is about
 *
 * Effects of one ITS happen in order, so those before the last one that
 * concerns @owner happen too.
 */
void gm_effects_sync(struct gm_its *its, unsigned int owner)
{
	unsigned int n = its->nr_effects;

	while (n) {
		const struct gm_effect *e = gm_nth_effect(its, n - 1);

		if (e->owner == owner ||
		    ((e->op == GM_MOVE || e->op == GM_MOVEALL) && e->to == owner))
			break;
		n--;
	}
	gm_apply_first(its, n);
}

/**
 * gm_effects_sync_all - as gm_effects_sync(), for all ITSs
 * @owner: redistributor or vPE
 */
void gm_effects_sync_all(unsigned int owner)
{
	unsigned int i;

	for (i = 0; i < gm.desc.nr_its; i++)
		gm_effects_sync(&gm.its[i], owner);
}

/**
 * gm_effects_drain - everything that waits happens
 */
void gm_effects_drain(void)
{
	unsigned int i;

	for (i = 0; i < gm.desc.nr_its; i++)
		gm_apply_first(&gm.its[i], GM_MAX_EFFECTS);
}

/**
 * gm_sched_random - a number that the seed determines
 * @n: how many different ones
 *
 * Return: 0 to @n - 1; the scheduler is on.
 */
unsigned int gm_sched_random(unsigned int n)
{
	/* xorshift32 */
	gm.sched ^= gm.sched << 13;
	gm.sched ^= gm.sched >> 17;
	gm.sched ^= gm.sched << 5;
	return gm.sched % n;
}

/**
 * gm_sched_tick - the ITSs get on with their work, or not
 *
 * Called at each register access while the scheduler is on.
 */
void gm_sched_tick(void)
{
	unsigned int i;

	for (i = 0; i < gm.desc.nr_its; i++) {
		gm_queue_run(&gm.its[i], gm_sched_random(4));
		gm_apply_first(&gm.its[i], gm_sched_random(3));
	}
}

/**
 * gicv4_schedule - switch the scheduler on or off
 * @seed: what the order of events depends on; 0 is off: commands are executed
 *        and have their effects before the write of GITS_CWRITER returns
 *
 * When it is switched off all commands are executed and all effects happen.
 *
 * Context: any.
 */
void gicv4_schedule(u32 seed)
{
	unsigned int i;

	guard(raw_spinlock_irqsave)(&gm.lock);

	gm.sched = seed;
	if (!gm.on || seed)
		return;
	gm_effects_drain();
	for (i = 0; i < gm.desc.nr_its; i++)
		gm_queue_run(&gm.its[i], UINT_MAX);
}
EXPORT_SYMBOL_GPL(gicv4_schedule);
