/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of suite vgic_vlpi_regs share: a VM's ITS as its guest and
 * its userspace see it, while it holds vLPIs.
 */
#ifndef __VGIC_VLPI_REGS_H
#define __VGIC_VLPI_REGS_H

#include "vlpi-test.h"

u64 vits_get(struct vgic_vm *vm, unsigned int reg);
int vits_set(struct vgic_vm *vm, unsigned int reg, u64 val);
u64 vits_read(struct vgic_vm *vm, unsigned int reg, unsigned int len);
void vits_write(struct vgic_vm *vm, unsigned int reg, unsigned int len,
		u64 val);
void vits_add_emulated(struct vlpi_test *t, const struct vlpi *v);
void vits_expect_emulated(struct vlpi_test *t, struct vgic_vm *vm,
			  const struct vlpi *v);
char *vits_facts(struct vgic_vm *vm);
bool vits_is_empty(struct vgic_vm *vm);

/* vlpi-tables.c */
int tables_save(struct vgic_vm *vm);
void tables_copy_ram(struct vgic_vm *from, struct vgic_vm *to);
int tables_move(struct vgic_vm *from, struct vgic_vm *to);
void tables_survive_save_and_restore(struct kunit *test);
const void *tables_gen_params(struct kunit *test, const void *prev, char *desc);
void saved_entries_lead_to_the_next(struct kunit *test);
void restored_event_can_be_forwarded(struct kunit *test);
void event_without_collection_is_saved_as_invalid(struct kunit *test);
void corrupt_tables_are_refused(struct kunit *test);
const void *corrupt_gen_params(struct kunit *test, const void *prev,
			       char *desc);
void full_collection_table_is_restored(struct kunit *test);
void lpi_of_two_events_is_restored_once(struct kunit *test);
void tables_outside_ram_are_refused(struct kunit *test);
void reset_gives_irqs_back(struct kunit *test);
void device_table_has_two_levels(struct kunit *test);

/* vlpi-migrate.c */
void userspace_alone_moves_a_vm(struct kunit *test);

#endif /* __VGIC_VLPI_REGS_H */
