/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One KUnit suite for each machine of the catalogue.
 *
 * A suite <name> runs on the default machine; its copies <name>-<machine> run
 * the same cases on the others. A machine's name is as gicv4_catalogue() has
 * it, but with underscores for its periods: in KUnit's filter a period ends
 * the name of the suite.
 *
 *	static struct kunit_suite foo_suite = {
 *		.name		= "foo",
 *		.suite_init	= um_vgic_suite_init_vlpis,
 *		.suite_exit	= um_vgic_suite_exit,
 *		.init		= foo_init,	(calls um_vgic_test_init())
 *		.exit		= foo_exit,	(calls um_vgic_test_exit())
 *		.test_cases	= foo_cases,
 *	};
 *
 *	kunit_test_suite(foo_suite);
 *	um_vgic_machine_suites(foo_suite);
 */
#ifndef __LINUX_UM_VGIC_MACHINES_H
#define __LINUX_UM_VGIC_MACHINES_H

#include <kunit/test.h>
#include <linux/init.h>
#include <linux/irqchip/gicv4-model.h>

/* All of the catalogue but its first machine, the default one */
#define UM_VGIC_NR_COPIES	(GICV4_NR_MACHINES - 1)

/* A suite's suite_init() and suite_exit() */
int um_vgic_suite_init(struct kunit_suite *suite);
int um_vgic_suite_init_vlpis(struct kunit_suite *suite);
int um_vgic_suite_init_v4_1(struct kunit_suite *suite);
void um_vgic_suite_exit(struct kunit_suite *suite);

/* To be called by its init() and exit() */
int um_vgic_test_init(struct kunit *test);
void um_vgic_test_exit(struct kunit *test);

int um_vgic_copy_suite(const struct kunit_suite *suite,
		       struct kunit_suite **copies);

#ifdef CONFIG_GICV4_MODEL

/**
 * um_vgic_machine_suites - register copies of a suite, one per other machine
 * @_suite: a struct kunit_suite, which itself is for the default machine
 *
 * As kunit_test_suites(), but the suites are made at boot. Built-in only.
 */
#define um_vgic_machine_suites(_suite)					\
static struct kunit_suite *_suite##_copies[UM_VGIC_NR_COPIES]		\
	__used __aligned(sizeof(void *)) __section(".kunit_test_suites");	\
static int __init _suite##_copy(void)					\
{									\
	return um_vgic_copy_suite(&(_suite), _suite##_copies);		\
}									\
core_initcall(_suite##_copy)

#else

/* The machine is what it is */
#define um_vgic_machine_suites(_suite)	static_assert(sizeof(_suite))

#endif

#endif /* __LINUX_UM_VGIC_MACHINES_H */
