// SPDX-License-Identifier: GPL-2.0-only
/*
 * its_v4: the GICv4 part of the ITS driver, with VMs and devices of its own.
 *
 * No KVM, and no more of the hardware than its-v4-hw.h has: the suite runs on
 * QEMU's GICv4 as it runs on the software machines.
 */
#include <linux/module.h>

#include "its-v4.h"

static struct kunit_case its_v4_cases[] = {
	/* Events and vLPIs */
	KUNIT_CASE(map_makes_event_a_vlpi),
	KUNIT_CASE(unmap_gives_event_back),
	KUNIT_CASE(event_is_mapped_again_and_again),
	KUNIT_CASE(unmap_drops_pending_state),
	KUNIT_CASE(sent_while_away_waits_in_pending_table),
	KUNIT_CASE(sent_twice_is_pending_once),
	KUNIT_CASE(clear_ends_pending_state),
	KUNIT_CASE(each_event_goes_to_its_vpe),
	KUNIT_CASE(map_to_another_vpe_moves_vlpi),
	KUNIT_CASE(pending_state_moves_along),
	KUNIT_CASE(vms_are_kept_apart),
	KUNIT_CASE(device_is_of_one_vm),
	KUNIT_CASE(wrong_calls_are_refused),
	KUNIT_CASE(map_writes_properties),
	KUNIT_CASE(property_update_takes_effect),
	KUNIT_CASE(invall_makes_property_updates_take_effect),
	KUNIT_CASE(disable_irq_disables_vlpi),
	KUNIT_CASE(refused_map_leaves_disable_irq_alone),
	KUNIT_CASE(priority_decides),

	/* vPEs and doorbells */
	KUNIT_CASE(vpe_comes_and_goes),
	KUNIT_CASE(vpes_take_turns),
	KUNIT_CASE(doorbell_wakes_waiting_vpe),
	KUNIT_CASE(doorbell_rings_once),
	KUNIT_CASE(no_doorbell_while_resident),
	KUNIT_CASE(no_doorbell_unless_asked_for),
	KUNIT_CASE(pending_last_tells_what_waits),
	KUNIT_CASE(vlpi_without_doorbell_does_not_ring),
	KUNIT_CASE(every_vpe_has_its_doorbell),
	KUNIT_CASE(vm_without_vlpis_leaves_no_trace),
	KUNIT_CASE(vpe_follows_its_affinity),
	KUNIT_CASE(pending_state_follows_vpe),
	KUNIT_CASE(doorbell_follows_vpe),
	KUNIT_CASE(waiting_vpe_can_be_moved),
	KUNIT_CASE(doorbell_that_is_pending_is_not_lost),
	KUNIT_CASE(vpes_are_resident_side_by_side),
	KUNIT_CASE(first_vlpi_finds_vpe_that_has_moved),

	/* Many, and what is left of them */
	KUNIT_CASE(every_its_delivers),
	KUNIT_CASE(vms_are_spread_over_its),
	KUNIT_CASE(vpe_on_every_its_follows_its_affinity),
	KUNIT_CASE(devids_are_far_apart),
	KUNIT_CASE(vintids_are_far_apart),
	KUNIT_CASE(many_vlpis_are_kept_apart),
	KUNIT_CASE(many_vpes_are_kept_apart),
	KUNIT_CASE(teardown_gives_everything_back),
	KUNIT_CASE(new_vm_finds_nothing_pending),
	KUNIT_CASE(one_machine_after_another),

	/* Virtual SGIs of GICv4.1 */
	KUNIT_CASE(vsgi_is_pending_once_sent),
	KUNIT_CASE(vsgi_is_cleared),
	KUNIT_CASE(vsgi_configuration_takes_effect),
	KUNIT_CASE(guest_takes_vsgis_by_priority),
	KUNIT_CASE(vsgi_wakes_waiting_vpe),
	KUNIT_CASE(vsgis_follow_vpe),
	KUNIT_CASE(wrong_calls_to_vsgis_are_refused),
	{}
};

static struct kunit_suite its_v4_suite = {
	.name		= "its_v4",
	.suite_init	= its_v4_hw_suite_init,
	.suite_exit	= its_v4_hw_suite_exit,
	.init		= its_v4_init,
	.exit		= its_v4_exit,
	.test_cases	= its_v4_cases,
};

kunit_test_suite(its_v4_suite);

#ifdef CONFIG_GICV4_MODEL
#include <linux/um-vgic-machines.h>

um_vgic_machine_suites(its_v4_suite);
#endif

MODULE_DESCRIPTION("KUnit tests of the GICv4 part of the ITS driver");
MODULE_LICENSE("GPL");
