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

	/* Commands: those that have an effect, and no others */
	KUNIT_CASE(property_update_sends_what_changes),
	KUNIT_CASE(vm_is_mapped_on_an_its_once),
	KUNIT_CASE(new_vm_is_invalidated),
	KUNIT_CASE(doorbells_need_a_device_without_direct_lpi),
	KUNIT_CASE(refused_vlpi_sends_nothing),
	KUNIT_CASE(vpe_that_stays_sends_nothing),
	KUNIT_CASE(vpe_that_may_stay_stays),
	KUNIT_CASE(each_move_has_its_number),
	KUNIT_CASE(doorbells_keep_their_slots),
	KUNIT_CASE(doorbell_can_be_rung),
	KUNIT_CASE(vpe_is_invalidated_where_it_is_mapped),

	/* Beside commands */
	KUNIT_CASE(unmapped_vlpis_take_no_memory),
	KUNIT_CASE(tables_of_a_vpe_are_read_through_caches),
	KUNIT_CASE(vpe_may_have_something_pending),
	KUNIT_CASE(vpe_says_how_it_leaves),
	KUNIT_CASE(groups_are_those_of_the_guest),
	KUNIT_CASE(disabled_doorbell_stays_pending),
	KUNIT_CASE(residency_invalidates_nothing),
	KUNIT_CASE(redistributor_is_waited_for),
	KUNIT_CASE(dirty_is_asked_where_it_means_something),
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
