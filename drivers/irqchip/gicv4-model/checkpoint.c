// SPDX-License-Identifier: GPL-2.0
/*
 * For KUnit: the machine's verdict on what a test did.
 */
#include <kunit/test.h>
#include <linux/export.h>
#include <linux/mutex.h>

#include "debugfs.h"
#include "internal.h"

static DEFINE_MUTEX(gm_checkpoint_lock);

/* What a checkpoint found, copied so that it can be told without the lock */
static struct {
	struct gm_diffs		diffs;
	struct gicv4_breach	breaches[GM_MAX_BREACHES];
	unsigned int		nr_breaches;
	enum gicv4_rule		expected[GM_MAX_EXPECTED];
	unsigned int		nr_expected;
} gm_found;

/**
 * gicv4_expect_breach - the test is going to break a rule
 * @test: the test
 * @rule: the rule, to be broken once before the next gicv4_checkpoint()
 *
 * Context: any.
 */
void gicv4_expect_breach(struct kunit *test, enum gicv4_rule rule)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	if (WARN_ON(gm.nr_expected == GM_MAX_EXPECTED))
		return;
	gm.expected[gm.nr_expected].test = test;
	gm.expected[gm.nr_expected].rule = rule;
	gm.nr_expected++;
}
EXPORT_SYMBOL_GPL(gicv4_expect_breach);

static void gm_find(struct kunit *test)
{
	unsigned int i;

	guard(raw_spinlock_irqsave)(&gm.lock);

	gm_effects_drain();
	gm_found.diffs.nr = 0;
	gm_compare(&gm_found.diffs);
	gm_check_missing();

	gm_found.nr_breaches = gm.nr_breaches;
	memcpy(gm_found.breaches, gm.breaches, sizeof(gm.breaches));
	gm_found.nr_expected = 0;
	for (i = 0; i < gm.nr_expected; i++)
		if (gm.expected[i].test == test)
			gm_found.expected[gm_found.nr_expected++] =
				gm.expected[i].rule;
	gm.nr_breaches = 0;
	gm.nr_expected = 0;
}

static bool gm_was_expected(enum gicv4_rule rule)
{
	unsigned int i;

	for (i = 0; i < gm_found.nr_expected; i++) {
		if (gm_found.expected[i] == rule) {
			gm_found.expected[i] =
				gm_found.expected[--gm_found.nr_expected];
			return true;
		}
	}
	return false;
}

/**
 * gicv4_checkpoint - has the test kept to the rules so far?
 * @test: the test
 *
 * Fails @test for each breach that it did not expect, for each expected one
 * that did not come, and where the tables in memory differ from the machine's
 * reference copy. Forgets all of them. Nothing may be under way: no command
 * that is not synchronised yet, no change of a property byte that is not
 * invalidated yet.
 *
 * Context: process context, may sleep.
 */
void gicv4_checkpoint(struct kunit *test)
{
	unsigned int i;

	if (!gicv4_machine())
		return;

	guard(mutex)(&gm_checkpoint_lock);

	gm_find(test);

	for (i = 0; i < min(gm_found.nr_breaches, GM_MAX_BREACHES); i++) {
		const struct gicv4_breach *b = &gm_found.breaches[i];

		if (gm_was_expected(b->rule))
			continue;
		KUNIT_FAIL(test,
			   "rule %s: %s (%s); ITS %d, redistributor %d, %016llx %016llx %016llx %016llx",
			   gicv4_rule_name(b->rule), gicv4_rule_text(b->rule),
			   gicv4_rule_ref(b->rule), b->its, b->cpu, b->raw[0],
			   b->raw[1], b->raw[2], b->raw[3]);
	}
	if (gm_found.nr_breaches > GM_MAX_BREACHES)
		KUNIT_FAIL(test, "%u rules broken after these",
			   gm_found.nr_breaches - GM_MAX_BREACHES);
	for (i = 0; i < gm_found.nr_expected; i++)
		KUNIT_FAIL(test, "rule %s was not broken",
			   gicv4_rule_name(gm_found.expected[i]));
	for (i = 0; i < gm_found.diffs.nr; i++)
		KUNIT_FAIL(test, "memory differs from the reference copy: %s",
			   gm_found.diffs.text[i]);
	if (test->status == KUNIT_FAILURE)
		gm_test_failed();
}
EXPORT_SYMBOL_GPL(gicv4_checkpoint);
