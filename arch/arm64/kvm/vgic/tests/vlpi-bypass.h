/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of suite vgic_vlpi_bypass share: a VMM that has assigned
 * MSIs of the host's devices to its VM, as by VFIO.
 */
#ifndef __VLPI_BYPASS_H
#define __VLPI_BYPASS_H

#include <linux/irqbypass.h>
#include <linux/kvm.h>

#include "vlpi-test.h"

#define BYPASS_MAX	6

/* The guest numbers its collections like this, by vCPU */
#define BYPASS_ICID(vcpu)	(20 + (vcpu))

/**
 * struct bypass - one MSI of a host's device that is assigned to the VM
 * @b: the VMM that it belongs to
 * @v: the host's event, and what the GSI's route says now
 * @gsi: the VM's GSI
 * @route: the GSI's route; type 0 is none
 * @file: the eventfd, or NULL after it was closed
 * @eventfd: the same, as VFIO holds it
 * @producer: VFIO's side of irq bypass
 * @irqfd: KVM_IRQFD has it
 */
struct bypass {
	struct bypass_vmm		*b;
	struct vlpi			v;
	u32				gsi;
	struct kvm_irq_routing_entry	route;
	struct file			*file;
	struct eventfd_ctx		*eventfd;
	struct irq_bypass_producer	producer;
	bool				irqfd;
};

/**
 * struct bypass_vmm - a VMM that assigns devices
 * @t: the case
 * @vm: its VM
 * @irq: what it has assigned
 * @nr: how many
 */
struct bypass_vmm {
	struct vlpi_test	*t;
	struct vgic_vm		*vm;
	struct bypass		*irq[BYPASS_MAX];
	unsigned int		nr;
};

/**
 * struct bypass_acks - who took the interrupts of a write
 * @host: the host's handler
 * @hw: the guest, from its vPE
 * @sw: the guest, from a list register
 */
struct bypass_acks {
	unsigned int	host;
	unsigned int	hw;
	unsigned int	sw;
};

/* A write of the device ... */
#define BYPASS_FORWARDED	((struct bypass_acks) { .hw = 1 })
#define BYPASS_EMULATED		((struct bypass_acks) { .host = 1, .sw = 1 })
#define BYPASS_NOBODY		((struct bypass_acks) { .host = 1 })

int bypass_init(struct kunit *test);

/* The VMM */
struct bypass_vmm *bypass_vmm(struct vlpi_test *t, struct vgic_vm *vm);
struct bypass *bypass_assign(struct bypass_vmm *b, const struct vlpi *v);
struct bypass *bypass_forward(struct bypass_vmm *b, const struct vlpi *v);
void bypass_route(struct bypass *p, const struct vlpi *v);
void bypass_route_spi(struct bypass *p, unsigned int spi);
void bypass_route_none(struct bypass *p);
void bypass_set_routes(struct bypass_vmm *b);
void bypass_add_irqfd(struct bypass *p);
void bypass_del_irqfd(struct bypass *p);
int bypass_irqfd(struct bypass *p, u32 gsi, u32 flags);
void bypass_add_producer(struct bypass *p);
void bypass_del_producer(struct bypass *p);
void bypass_close_eventfd(struct bypass *p);

/* The guest */
void bypass_guest_boot(struct vlpi_test *t);
void bypass_guest_map(struct vlpi_test *t, const struct vlpi *v);

/* Act and expect */
void bypass_device_write(struct bypass *p);
void bypass_settle(struct bypass_vmm *b);
bool bypass_is_forwarded(struct bypass *p);
void bypass_expect_each(struct vlpi_test *t, const struct vlpi *v,
			unsigned int n, unsigned int hw, unsigned int sw);
void bypass_expect_acks(struct vlpi_test *t, const struct vlpi *v,
			unsigned int hw, unsigned int sw);
void bypass_expect_write(struct bypass *p, struct bypass_acks acks);
void bypass_expect_forwarded(struct bypass *p);
void bypass_expect_emulated(struct bypass *p);
void bypass_expect_nobody(struct bypass *p);

/* vlpi-bypass-connect.c */
void sides_meet_in_any_order(struct kunit *test);
const void *bypass_order_gen_params(struct kunit *test, const void *prev,
				    char *desc);
void reconnecting_forwards_again(struct kunit *test);
void sides_go_twice(struct kunit *test);
void closed_eventfd_ends_forwarding(struct kunit *test);
void closed_vm_ends_forwarding(struct kunit *test);
void host_irq_goes_to_next_vm(struct kunit *test);
void irqfds_share_a_gsi(struct kunit *test);
void eventfd_has_one_irqfd(struct kunit *test);
void eventfd_has_one_producer(struct kunit *test);
void eventfd_signalled_before_irqfd(struct kunit *test);
void devices_of_one_vm_are_independent(struct kunit *test);

/* vlpi-bypass-route.c */
void new_route_ends_forwarding(struct kunit *test);
const void *bypass_route_gen_params(struct kunit *test, const void *prev,
				    char *desc);
void same_route_changes_nothing(struct kunit *test);
void route_comes_after_producer(struct kunit *test);
void routes_of_others_change_nothing(struct kunit *test);
void new_route_keeps_pending(struct kunit *test);

/* vlpi-bypass-guest.c */
void event_mapped_late_is_emulated(struct kunit *test);
void guest_moves_forwarded_event(struct kunit *test);
void guest_moves_before_forwarding(struct kunit *test);
void guest_discards_and_maps_again(struct kunit *test);
void guest_unmaps_device_and_maps_again(struct kunit *test);
void guest_disables_lpi_before_forwarding(struct kunit *test);
void guest_disables_lpi_while_forwarded(struct kunit *test);
void its_goes_off_and_on(struct kunit *test);
void unmapped_collection_translates_nothing(struct kunit *test);
void disabled_lpis_do_not_come(struct kunit *test);
void pending_table_is_read_when_lpis_get_enabled(struct kunit *test);

/* vlpi-bypass-save.c */
void pending_lpi_moves_to_hardware_and_back(struct kunit *test);
void pending_vlpi_survives_its_producer(struct kunit *test);
void disabled_pending_vlpi_survives_its_producer(struct kunit *test);
void pending_vlpis_are_saved(struct kunit *test);
void pending_vlpis_migrate(struct kunit *test);
void emulated_lpis_migrate_and_are_forwarded(struct kunit *test);
void reset_its_leaves_no_mapping(struct kunit *test);

#endif /* __VLPI_BYPASS_H */
