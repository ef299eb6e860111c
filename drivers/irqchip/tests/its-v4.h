/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of suite its_v4 share: VMs, vPEs and devices without KVM, and
 * the words that the cases are written in.
 */
#ifndef __ITS_V4_H
#define __ITS_V4_H

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/interrupt.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/irqchip/its-mock-msi.h>
#include <linux/list.h>
#include <linux/xarray.h>

#include "its-v4-hw.h"

#define ITS_V4_DEVID	0x21
#define ITS_V4_VINTID	8200
#define ITS_V4_PRIO	0xa0

#define ITS_V4_ENABLED	(ITS_V4_PRIO | LPI_PROP_GROUP1 | LPI_PROP_ENABLED)
#define ITS_V4_DISABLED	(ITS_V4_PRIO | LPI_PROP_GROUP1)

/**
 * struct its_v4 - a case's world; all in it goes when the case ends
 * @test: the running test
 * @hw: the machine
 * @vms: its VMs
 * @devices: its devices
 * @mapped: interrupts that are mapped as vLPIs, by Linux interrupt number
 */
struct its_v4 {
	struct kunit		*test;
	struct its_v4_hw	hw;
	struct list_head	vms;
	struct list_head	devices;
	struct xarray		mapped;
};

/**
 * struct its_v4_vcpu - a vPE, and what KVM would add to it
 * @vpe: what the driver knows of it
 * @vm: VM
 * @doorbells: how often its doorbell rang
 * @doorbell_cpu: where it rang last, or -1
 */
struct its_v4_vcpu {
	struct its_vpe		vpe;
	struct its_v4_vm	*vm;
	atomic_t		doorbells;
	int			doorbell_cpu;
};

/**
 * struct its_v4_vm - a VM
 * @node: in its_v4.vms
 * @t: the case
 * @its_vm: what the driver knows of it
 * @vpes: what @its_vm refers to
 * @nr_doorbells: how many of the vPEs have their doorbell requested
 * @nr_vcpus: number of vPEs
 * @vcpus: the vPEs
 */
struct its_v4_vm {
	struct list_head	node;
	struct its_v4		*t;
	struct its_vm		its_vm;
	struct its_vpe		**vpes;
	unsigned int		nr_doorbells;
	unsigned int		nr_vcpus;
	struct its_v4_vcpu	vcpus[] __counted_by(nr_vcpus);
};

/**
 * struct its_v4_device - a device that owns MSIs
 * @node: in its_v4.devices
 * @its: number of its ITS
 * @devid: its DeviceID
 * @mock: the device
 */
struct its_v4_device {
	struct list_head	node;
	unsigned int		its;
	u32			devid;
	struct its_mock_msi	*mock;
};

/**
 * struct its_v4_vlpi - one event of a device, and the vLPI that it is to be
 * @vm: VM
 * @vcpu: index of the vPE in the VM
 * @vintid: vINTID
 * @dev: device
 * @event: EventID
 */
struct its_v4_vlpi {
	struct its_v4_vm	*vm;
	unsigned int		vcpu;
	u32			vintid;
	struct its_v4_device	*dev;
	unsigned int		event;
};

/* Arrange */
int its_v4_init(struct kunit *test);
void its_v4_exit(struct kunit *test);
void its_v4_tear_down(struct its_v4 *t);
struct its_v4_vm *its_v4_vm(struct its_v4 *t, unsigned int nr_vcpus);
void its_v4_vm_destroy(struct its_v4_vm *vm);
struct its_v4_device *its_v4_device(struct its_v4 *t, unsigned int its,
				    u32 devid, unsigned int nr_events);
void its_v4_device_destroy(struct its_v4_device *dev);
void its_v4_need_cpus(struct its_v4 *t, unsigned int n);
void its_v4_run_on(struct its_v4 *t, unsigned int cpu);

/* Act */
unsigned int its_v4_irq(const struct its_v4_vlpi *v);
struct its_vpe *its_v4_vpe(const struct its_v4_vlpi *v);
int its_v4_try_map(const struct its_v4_vlpi *v, u8 properties, bool doorbell);
void its_v4_map(const struct its_v4_vlpi *v);
void its_v4_unmap(const struct its_v4_vlpi *v);
void its_v4_send(const struct its_v4_vlpi *v);
void its_v4_clear(const struct its_v4_vlpi *v);
void its_v4_enter(struct its_v4_vm *vm, unsigned int vcpu);
void its_v4_leave(struct its_v4_vm *vm, unsigned int vcpu);
void its_v4_wait(struct its_v4_vm *vm, unsigned int vcpu);

/* Look */
u64 its_v4_host_hits(const struct its_v4_vlpi *v);
unsigned int its_v4_doorbells(struct its_v4_vm *vm, unsigned int vcpu);

/* Expect */
void its_v4_expect_mapped(const struct its_v4_vlpi *v, bool doorbell);
void its_v4_expect_pending(const struct its_v4_vlpi *v, bool pending);
void its_v4_expect_delivered(const struct its_v4_vlpi *v);
void its_v4_expect_taken(struct its_v4_vm *vm, unsigned int vcpu,
			 const struct its_v4_vlpi *const *v, unsigned int n);
void its_v4_expect_doorbells(struct its_v4_vm *vm, unsigned int vcpu,
			     unsigned int n);
void its_v4_expect_host_hits(const struct its_v4_vlpi *v, u64 n);

/* its-v4-map.c */
void map_makes_event_a_vlpi(struct kunit *test);
void unmap_gives_event_back(struct kunit *test);
void event_is_mapped_again_and_again(struct kunit *test);
void unmap_drops_pending_state(struct kunit *test);
void sent_while_away_waits_in_pending_table(struct kunit *test);
void sent_twice_is_pending_once(struct kunit *test);
void clear_ends_pending_state(struct kunit *test);
void each_event_goes_to_its_vpe(struct kunit *test);
void map_to_another_vpe_moves_vlpi(struct kunit *test);
void pending_state_moves_along(struct kunit *test);
void vms_are_kept_apart(struct kunit *test);
void device_is_of_one_vm(struct kunit *test);
void wrong_calls_are_refused(struct kunit *test);
void map_writes_properties(struct kunit *test);
void property_update_takes_effect(struct kunit *test);
void invall_makes_property_updates_take_effect(struct kunit *test);
void disable_irq_disables_vlpi(struct kunit *test);
void refused_map_leaves_disable_irq_alone(struct kunit *test);
void priority_decides(struct kunit *test);

/* its-v4-vpe.c */
void vpe_comes_and_goes(struct kunit *test);
void vpes_take_turns(struct kunit *test);
void doorbell_wakes_waiting_vpe(struct kunit *test);
void doorbell_rings_once(struct kunit *test);
void no_doorbell_while_resident(struct kunit *test);
void no_doorbell_unless_asked_for(struct kunit *test);
void pending_last_tells_what_waits(struct kunit *test);
void vlpi_without_doorbell_does_not_ring(struct kunit *test);
void every_vpe_has_its_doorbell(struct kunit *test);
void vm_without_vlpis_leaves_no_trace(struct kunit *test);
void vpe_follows_its_affinity(struct kunit *test);
void pending_state_follows_vpe(struct kunit *test);
void doorbell_follows_vpe(struct kunit *test);
void waiting_vpe_can_be_moved(struct kunit *test);
void doorbell_that_is_pending_is_not_lost(struct kunit *test);
void vpes_are_resident_side_by_side(struct kunit *test);
void first_vlpi_finds_vpe_that_has_moved(struct kunit *test);

/* its-v4-many.c */
void every_its_delivers(struct kunit *test);
void vms_are_spread_over_its(struct kunit *test);
void vpe_on_every_its_follows_its_affinity(struct kunit *test);
void devids_are_far_apart(struct kunit *test);
void vintids_are_far_apart(struct kunit *test);
void many_vlpis_are_kept_apart(struct kunit *test);
void many_vpes_are_kept_apart(struct kunit *test);
void teardown_gives_everything_back(struct kunit *test);
void new_vm_finds_nothing_pending(struct kunit *test);
void one_machine_after_another(struct kunit *test);

/* its-v4-vsgi.c */
void vsgi_is_pending_once_sent(struct kunit *test);
void vsgi_is_cleared(struct kunit *test);
void vsgi_configuration_takes_effect(struct kunit *test);
void guest_takes_vsgis_by_priority(struct kunit *test);
void vsgi_wakes_waiting_vpe(struct kunit *test);
void vsgis_follow_vpe(struct kunit *test);
void wrong_calls_to_vsgis_are_refused(struct kunit *test);

#endif /* __ITS_V4_H */
