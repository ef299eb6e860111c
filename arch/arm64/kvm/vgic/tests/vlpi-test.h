/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of suite vgic_vlpi share: one VM, its machine, and the words
 * that the tests are written in.
 */
#ifndef __VGIC_VLPI_TEST_H
#define __VGIC_VLPI_TEST_H

#include <kunit/test.h>
#include <linux/irqchip/gicv4-model.h>
#include <linux/irqchip/its-mock-msi.h>
#include <linux/kvm_host.h>

#include <kvm/vgic_fixture.h>

struct vgic_its;

/* The host's devices: DeviceIDs and events differ from the guest's view */
#define HOST_EVENTS	16
#define HOST_DEVID2	0x31
#define HOST_EVENTS2	4

#define GUEST_DEVID	0x51
#define GUEST_DEVID2	0x07
#define GUEST_EVENT	5	/* the guest's first EventID */
#define GUEST_LPI	8200	/* the guest's first LPI */
#define GUEST_PRIO	0xa0

#define EVENT_BITS	9

/**
 * struct vlpi_param - what a case is repeated for
 * @name: shown in the test's name
 * @config: the VM
 * @by_ioctl: call through the ioctl and user memory, not directly
 */
struct vlpi_param {
	const char		*name;
	struct vgic_vm_config	config;
	bool			by_ioctl;
};

/**
 * struct vlpi_test - a case's world
 * @test: the running test
 * @p: its parameter
 * @vm: the VM, or NULL after the test destroyed it
 * @m: the machine
 * @mock: the host's devices, one on each ITS
 * @mock2: one more, on the last ITS
 */
struct vlpi_test {
	struct kunit			*test;
	const struct vlpi_param		*p;
	struct vgic_vm			*vm;
	const struct gicv4_desc		*m;
	struct its_mock_msi		*mock[GICV4_MAX_ITS];
	struct its_mock_msi		*mock2;
};

/**
 * struct vlpi - one MSI of the VM, directly injected
 * @devid: the guest's DeviceID
 * @eventid: the guest's EventID
 * @vcpu: index of the target vCPU in the VM
 * @intid: the guest's LPI
 * @itt: guest address of the device's ITT
 * @mock: the host's device
 * @event: the host's EventID
 */
struct vlpi {
	u32			devid;
	u32			eventid;
	unsigned int		vcpu;
	u32			intid;
	gpa_t			itt;
	struct its_mock_msi	*mock;
	unsigned int		event;
};

/**
 * struct vlpi_waiter - a guest CPU in WFI
 * @vcpu: whose
 * @intid: what it took when it woke
 * @cpu: where it woke
 */
struct vlpi_waiter {
	struct kvm_vcpu	*vcpu;
	u32		intid;
	unsigned int	cpu;
};

extern const struct vlpi_param vlpi_params[];
const void *vlpi_gen_params(struct kunit *test, const void *prev, char *desc);
/* Only the VMs with more than one vCPU */
const void *vlpi_many_gen_params(struct kunit *test, const void *prev,
				 char *desc);

int vlpi_init(struct kunit *test);
void vlpi_new_world(struct vlpi_test *t);
void vlpi_exit(struct kunit *test);

/* Arrange */
struct vlpi vlpi_nth(struct vlpi_test *t, unsigned int n);
void vlpi_enable_in_guest(struct vlpi_test *t, const struct vlpi *v);
int vlpi_setup(struct vlpi_test *t, const struct vlpi *v);
struct vlpi vlpi_setup_nth(struct vlpi_test *t, unsigned int n);
int vlpi_setup_in(struct vlpi_test *t, struct vgic_vm *vm,
		  const struct vlpi *v);

void vlpi_map_in_guest(struct vlpi_test *t, const struct vlpi *v);

/* Act */
void vlpi_device_write(const struct vlpi *v);
void vlpi_visit_guests(struct vlpi_test *t);
int vlpi_wait_for_interrupt(struct vgic_vm *vm, void *data);
void vlpi_wait_until_blocked(struct vlpi_test *t, struct kvm_vcpu *vcpu,
			     u64 nth);
unsigned int vlpi_host_irq(const struct vlpi *v);

/* Look */
u32 vlpi_host_devid(struct vlpi_test *t);
unsigned int vlpi_its(const struct vlpi *v);
unsigned int vlpi_nr_mappings(void);
bool vlpi_pending(struct vlpi_test *t, const struct vlpi *v);
bool vlpi_get_vpte(struct vlpi_test *t, unsigned int vcpu,
		   struct gicv4_vpte *vpte);
bool vlpi_has_v4_1(struct vlpi_test *t);
struct vgic_its *vlpi_vits(struct vlpi_test *t);
struct its_vpe *vlpi_vpe(struct vlpi_test *t, unsigned int vcpu);
u64 vlpi_host_hits(const struct vlpi *v);
u8 vlpi_config(struct vlpi_test *t, const struct vlpi *v);
bool vlpi_is_virtual(const struct vlpi *v);
unsigned int vlpi_cpu(struct vlpi_test *t, unsigned int vcpu);

/* Expect */
void vlpi_expect_mapped(struct vlpi_test *t, const struct vlpi *v);
void vlpi_expect_unmapped(struct vlpi_test *t, const struct vlpi *v);
void vlpi_expect_delivered(struct vlpi_test *t, const struct vlpi *v);
void vlpi_expect_acks(struct vlpi_test *t, unsigned int vcpu,
		      const u32 *intids, unsigned int n);
void vlpi_expect_nothing_pending(struct vlpi_test *t, unsigned int vcpu);

/* vlpi-bypass-agree.c: for any case, at any time that no vCPU runs */
void vlpi_expect_agreement(struct vlpi_test *t);

/* vlpi-locking.c: for any lock */
void vlpi_expect_waits(struct vlpi_test *t, raw_spinlock_t *lock,
		       void (*change)(struct vlpi_test *t, void *data),
		       void *data);

/* vlpi-population.c */
void setup_populates_vits(struct kunit *test);
void setup_populates_its(struct kunit *test);
void setup_marks_host_irq_forwarded(struct kunit *test);
void setup_keeps_gsi_routing(struct kunit *test);
void setup_enables_lpis_and_its(struct kunit *test);
void setup_reads_guest_config(struct kunit *test);
void second_event_reuses_device(struct kunit *test);
void second_device_gets_its_own(struct kunit *test);
void events_of_one_device_fill_its_itt(struct kunit *test);
void every_vcpu_has_its_own_vpe(struct kunit *test);
void device_mapped_by_guest_is_reused(struct kunit *test);
void collection_mapped_by_guest_is_reused(struct kunit *test);
void collection_of_another_vcpu_is_left_alone(struct kunit *test);
void event_mapped_by_guest_is_forwarded(struct kunit *test);
void setup_twice_changes_nothing(struct kunit *test);

/* vlpi-forwarding.c */
void resident_guest_acknowledges(struct kunit *test);
void each_event_is_its_own_vlpi(struct kunit *test);
void written_while_away_waits_in_vpt(struct kunit *test);
void pending_survives_reload(struct kunit *test);
void vcpu_in_wfi_is_woken_by_doorbell(struct kunit *test);
void no_doorbell_for_preempted_vcpu(struct kunit *test);
void wfi_with_pending_vlpi_does_not_block(struct kunit *test);
void pending_lpi_moves_into_hardware(struct kunit *test);
void pending_in_guest_table_moves_into_hardware(struct kunit *test);
void signal_msi_goes_through_hardware(struct kunit *test);
void guest_int_goes_through_hardware(struct kunit *test);
void guest_clear_goes_through_hardware(struct kunit *test);
void guest_disable_takes_effect(struct kunit *test);
void guest_invall_takes_effect(struct kunit *test);
void guest_priority_takes_effect(struct kunit *test);
void guest_movi_becomes_vmovi(struct kunit *test);
void guest_movi_takes_pending_along(struct kunit *test);
void guest_mapc_moves_all_events(struct kunit *test);
void guest_movall_moves_all_events(struct kunit *test);
void guest_discard_gives_irq_back(struct kunit *test);
void guest_unmapd_gives_irqs_back(struct kunit *test);
void unset_forwarding_gives_irq_back(struct kunit *test);
void unset_of_one_leaves_the_others(struct kunit *test);
void host_irq_can_go_to_another_vcpu(struct kunit *test);
void host_irq_can_go_to_another_vm(struct kunit *test);
void vm_teardown_leaves_no_mapping(struct kunit *test);
void vms_do_not_see_each_other(struct kunit *test);
void vcpu_migration_becomes_vmovp(struct kunit *test);
void doorbell_follows_migrated_vcpu(struct kunit *test);

/* vlpi-lifecycle.c */
void vm_gives_back_what_it_took(struct kunit *test);
void new_vm_starts_clean(struct kunit *test);
void every_blocked_vcpu_has_its_doorbell(struct kunit *test);
void guest_cpu_interface_masks_vlpis(struct kunit *test);
void guest_invlpir_takes_effect(struct kunit *test);
void saving_forwarded_tables_is_refused(struct kunit *test);
void host_affinity_change_is_refused(struct kunit *test);
void host_irq_is_masked_and_triggered(struct kunit *test);
void host_irq_follows_its_affinity(struct kunit *test);
void devices_do_not_share_anything(struct kunit *test);

/* vlpi-fixed.c */
void teardown_unmaps_vlpis_before_vpes(struct kunit *test);
void signal_msi_after_bypass_goes_through_hardware(struct kunit *test);
void forwarded_lpi_in_list_register_has_no_pintid(struct kunit *test);
void freed_vpe_has_no_pending_table(struct kunit *test);
void lpi_beyond_the_host_is_emulated(struct kunit *test);
void pending_vlpi_enabled_later_wakes_the_vcpu(struct kunit *test);
void disabled_distributor_loses_no_lpi(struct kunit *test);
void masked_irq_comes_back_masked(struct kunit *test);
void disabled_vlpi_does_not_ring(struct kunit *test);

/* vlpi-host.c */
void vlpis_survive_suspend(struct kunit *test);
void raised_doorbell_wakes_vcpu(struct kunit *test);
void msi_message_leads_to_the_its(struct kunit *test);
void host_irq_has_no_active_state(struct kunit *test);
void forwarded_device_is_not_removed(struct kunit *test);

/* vlpi-errors.c */
void bad_input_is_refused(struct kunit *test);
const void *vlpi_bad_input_gen_params(struct kunit *test, const void *prev,
				      char *desc);
void unreadable_params_are_refused(struct kunit *test);
void bounds_are_accepted(struct kunit *test);
void irq_of_another_driver_is_refused(struct kunit *test);
void silent_refusal_is_no_success(struct kunit *test);
void setup_for_another_vcpu_moves_the_vlpi(struct kunit *test);
void failed_step_is_undone(struct kunit *test);
void pending_lpi_survives_failed_setup(struct kunit *test);
const void *vlpi_step_gen_params(struct kunit *test, const void *prev,
				 char *desc);

/* vlpi-proposal.c */
void signal_msi_never_goes_by_software(struct kunit *test);
void success_is_always_a_mapping(struct kunit *test);
void live_irqs_stay_with_their_drivers(struct kunit *test);
void vcpu_is_looked_up_by_id(struct kunit *test);
void doorbell_does_not_outlive_its_vpe(struct kunit *test);

/* What fixes bring along; NULL in a kernel without them */
#pragma weak vgic_v4_wake_for_enabled_vlpi
#pragma weak vgic_v4_unmap_vlpis
void vgic_v4_wake_for_enabled_vlpi(struct kvm_vcpu *vcpu);
void vgic_v4_unmap_vlpis(struct kvm *kvm, struct kvm_vcpu *vcpu);

#endif /* __VGIC_VLPI_TEST_H */
