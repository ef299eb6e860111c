// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4_model: the software GICv4 machine itself, with no driver.
 *
 * The suites need the machine for themselves: each test builds its own, and
 * leaves it in reset. A host that has a driver on it has to set that one up
 * again before its own suites.
 */
#include <kunit/test.h>
#include <linux/module.h>

#include "rig.h"

/* At the end of each test the machine has nothing to complain of */
static void gicv4_model_exit(struct kunit *test)
{
	/* Actions run later: the test's tables are still there */
	gicv4_checkpoint(test);
}

static struct kunit_suite gicv4_model_suite = {
	.name		= "gicv4_model",
	.exit		= gicv4_model_exit,
	.test_cases	= gicv4_command_cases,
};

static struct kunit_suite gicv4_model_vpe_suite = {
	.name		= "gicv4_model_vpe",
	.exit		= gicv4_model_exit,
	.test_cases	= gicv4_vpe_cases,
};

static struct kunit_suite gicv4_model_machine_suite = {
	.name		= "gicv4_model_machine",
	.exit		= gicv4_model_exit,
	.test_cases	= gicv4_machine_cases,
};

static struct kunit_suite gicv4_model_rules_suite = {
	.name		= "gicv4_model_rules",
	.exit		= gicv4_model_exit,
	.test_cases	= gicv4_rule_cases,
};

static struct kunit_suite gicv4_model_v41_suite = {
	.name		= "gicv4_model_v41",
	.exit		= gicv4_model_exit,
	.test_cases	= gicv4_v41_cases,
};

static struct kunit_suite gicv4_model_order_suite = {
	.name		= "gicv4_model_order",
	.exit		= gicv4_model_exit,
	.test_cases	= gicv4_order_cases,
};

kunit_test_suites(&gicv4_model_suite, &gicv4_model_vpe_suite,
		  &gicv4_model_machine_suite, &gicv4_model_rules_suite,
		  &gicv4_model_v41_suite, &gicv4_model_order_suite);

MODULE_DESCRIPTION("KUnit tests of the software GICv4 machine");
MODULE_LICENSE("GPL");
