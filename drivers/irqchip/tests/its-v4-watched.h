/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Suite its_v4_watched: what shows only to the machine below the ITS driver, or
 * needs a machine that is made for it.
 */
#ifndef __ITS_V4_WATCHED_H
#define __ITS_V4_WATCHED_H

#include <linux/irqchip/gicv4-model.h>

#include "its-v4.h"

/* its-v4-locks.c */
void vm_is_mapped_under_its_locks(struct kunit *test);
void vpe_is_moved_under_its_locks(struct kunit *test);
void event_changes_under_lock_of_its_device(struct kunit *test);
void vpe_is_invalidated_under_its_lock(struct kunit *test);
void doorbell_is_reached_under_lock(struct kunit *test);
void doorbell_is_moved_under_lock(struct kunit *test);
void vpe_goes_to_wait_under_its_lock(struct kunit *test);
void vsgis_are_read_under_lock(struct kunit *test);

#endif /* __ITS_V4_WATCHED_H */
