// SPDX-License-Identifier: GPL-2.0-only
/*
 * its_v4_watched: the GICv4 part of the ITS driver, seen from the machine.
 */
#include <linux/module.h>
#include <linux/um-vgic-machines.h>

#include "its-v4-watched.h"

static struct kunit_case its_v4_watched_cases[] = {
	/* Locks */
	KUNIT_CASE(vm_is_mapped_under_its_locks),
	KUNIT_CASE(vpe_is_moved_under_its_locks),
	KUNIT_CASE(event_changes_under_lock_of_its_device),
	KUNIT_CASE(vpe_is_invalidated_under_its_lock),
	KUNIT_CASE(doorbell_is_reached_under_lock),
	KUNIT_CASE(doorbell_is_moved_under_lock),
	KUNIT_CASE(vpe_goes_to_wait_under_its_lock),
	KUNIT_CASE(vsgis_are_read_under_lock),
	{}
};

static struct kunit_suite its_v4_watched_suite = {
	.name		= "its_v4_watched",
	.suite_init	= its_v4_hw_suite_init,
	.suite_exit	= its_v4_hw_suite_exit,
	.init		= its_v4_init,
	.exit		= its_v4_exit,
	.test_cases	= its_v4_watched_cases,
};

kunit_test_suite(its_v4_watched_suite);
um_vgic_machine_suites(its_v4_watched_suite);

MODULE_DESCRIPTION("KUnit tests of the ITS driver from the machine's side");
MODULE_LICENSE("GPL");
