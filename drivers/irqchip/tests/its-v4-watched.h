/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Suite its_v4_watched: what shows only to the machine below the ITS driver, or
 * needs a machine that is made for it.
 */
#ifndef __ITS_V4_WATCHED_H
#define __ITS_V4_WATCHED_H

#include <linux/irqchip/gicv4-model.h>

#include "its-v4.h"

int its_v4_hw_make(const struct gicv4_desc *desc, struct its_v4_hw *hw);

/* its-v4-locks.c */
void vm_is_mapped_under_its_locks(struct kunit *test);
void vpe_is_moved_under_its_locks(struct kunit *test);
void event_changes_under_lock_of_its_device(struct kunit *test);
void vpe_is_invalidated_under_its_lock(struct kunit *test);
void doorbell_is_reached_under_lock(struct kunit *test);
void doorbell_is_moved_under_lock(struct kunit *test);
void vpe_goes_to_wait_under_its_lock(struct kunit *test);
void vsgis_are_read_under_lock(struct kunit *test);

/* its-v4-effort.c */
void property_update_sends_what_changes(struct kunit *test);
void vm_is_mapped_on_an_its_once(struct kunit *test);
void new_vm_is_invalidated(struct kunit *test);
void doorbells_need_a_device_without_direct_lpi(struct kunit *test);
void refused_vlpi_sends_nothing(struct kunit *test);
void vpe_that_stays_sends_nothing(struct kunit *test);
void vpe_that_may_stay_stays(struct kunit *test);
void each_move_has_its_number(struct kunit *test);
void doorbells_keep_their_slots(struct kunit *test);
void doorbell_can_be_rung(struct kunit *test);
void vpe_is_invalidated_where_it_is_mapped(struct kunit *test);
void unmapped_vlpis_take_no_memory(struct kunit *test);
void tables_of_a_vpe_are_read_through_caches(struct kunit *test);
void vpe_may_have_something_pending(struct kunit *test);
void vpe_says_how_it_leaves(struct kunit *test);
void groups_are_those_of_the_guest(struct kunit *test);
void disabled_doorbell_stays_pending(struct kunit *test);
void residency_invalidates_nothing(struct kunit *test);
void redistributor_is_waited_for(struct kunit *test);
void dirty_is_asked_where_it_means_something(struct kunit *test);

#endif /* __ITS_V4_WATCHED_H */
