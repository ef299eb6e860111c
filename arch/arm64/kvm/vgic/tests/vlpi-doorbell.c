// SPDX-License-Identifier: GPL-2.0
/*
 * Suites vgic_vlpi_doorbell: when the doorbell of a vPE is on. For a vCPU that
 * sleeps, from when it says so; for no other one; and once for each sleep.
 */
#include <linux/interrupt.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>

#include "vgic.h"
#include "vlpi-test.h"
#include "vlpi-vits.h"

static u64 nr_doorbells(void)
{
	struct gicv4_stats stats;

	gicv4_wait_host_irqs();
	gicv4_get_stats(&stats);

	return stats.host_irqs;
}

/* On the way to sleep: IN_WFI is set, and the vPE put with a doorbell */
static void go_to_sleep(struct kvm_vcpu *vcpu)
{
	um_vcpu_load(vcpu);
	vcpu_set_flag(vcpu, IN_WFI);
	um_vcpu_put(vcpu);
}

static void leave_wfi(struct kvm_vcpu *vcpu)
{
	vcpu_clear_flag(vcpu, IN_WFI);
}

static void no_doorbell_before_the_first_sleep(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, t->vm->nr_vcpus - 1);
	u64 before = nr_doorbells();

	/* It has not run at all, and then it has */
	vlpi_device_write(&v);
	KUNIT_EXPECT_EQ(test, nr_doorbells(), before);
	vlpi_expect_acks(t, v.vcpu, &v.intid, 1);
	vlpi_device_write(&v);
	KUNIT_EXPECT_EQ(test, nr_doorbells(), before);
	vlpi_expect_acks(t, v.vcpu, &v.intid, 1);

	go_to_sleep(t->vm->vcpu[v.vcpu]);
	vlpi_device_write(&v);
	KUNIT_EXPECT_EQ(test, nr_doorbells(), before + 1);
	leave_wfi(t->vm->vcpu[v.vcpu]);
	vlpi_expect_acks(t, v.vcpu, &v.intid, 1);
}

static void doorbell_rings_once_per_sleep(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int nr = t->vm->nr_vcpus, i;
	struct vlpi a = vlpi_setup_nth(t, 0), b = vlpi_setup_nth(t, nr);
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	u32 both[] = { a.intid, b.intid };

	for (i = 0; i < 3; i++) {
		u64 before = nr_doorbells();

		go_to_sleep(vcpu);
		KUNIT_EXPECT_FALSE(test, vlpi_vpe(t, 0)->pending_last);
		vlpi_device_write(&a);
		KUNIT_EXPECT_EQ(test, nr_doorbells(), before + 1);
		KUNIT_EXPECT_TRUE(test, vlpi_vpe(t, 0)->pending_last);
		vlpi_device_write(&b);
		vlpi_device_write(&a);
		KUNIT_EXPECT_EQ(test, nr_doorbells(), before + 1);
		leave_wfi(vcpu);
		vlpi_expect_acks(t, 0, both, 2);
	}
}

/* Scheduled out and in again before it got to sleep, as often as you like */
static void preemption_keeps_the_doorbell(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, t->vm->nr_vcpus - 1);
	struct kvm_vcpu *vcpu = t->vm->vcpu[v.vcpu];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		u64 before = nr_doorbells();
		unsigned int k;

		go_to_sleep(vcpu);
		for (k = 0; k < i; k++) {
			um_vcpu_load(vcpu);
			um_vcpu_put(vcpu);
		}
		/* The last time it is not taken off the CPU again */
		um_vcpu_load(vcpu);
		KUNIT_EXPECT_FALSE(test, vlpi_vpe(t, v.vcpu)->resident);
		vlpi_device_write(&v);
		KUNIT_EXPECT_EQ(test, nr_doorbells(), before + 1);
		KUNIT_EXPECT_TRUE(test, kvm_vgic_vcpu_pending_irq(vcpu));
		um_vcpu_put(vcpu);
		leave_wfi(vcpu);
		vlpi_expect_acks(t, v.vcpu, &v.intid, 1);
	}
}

/* The guest sleeps with what it has disabled; what it enables wakes it */
static void disabled_vlpi_does_not_wake(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int nr = t->vm->nr_vcpus;
	struct vlpi off = vlpi_setup_nth(t, 0), on = vlpi_setup_nth(t, nr);
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	u32 both[] = { on.intid, off.intid };
	u64 before;

	vgic_guest_set_lpi(t->vm, off.intid, GUEST_PRIO, false);
	vgic_guest_inv(t->vm, off.devid, off.eventid);
	vlpi_visit_guests(t);

	before = nr_doorbells();
	go_to_sleep(vcpu);
	vlpi_device_write(&off);
	KUNIT_EXPECT_EQ(test, nr_doorbells(), before);
	KUNIT_EXPECT_FALSE(test, vlpi_vpe(t, 0)->pending_last);
	vlpi_device_write(&on);
	KUNIT_EXPECT_EQ(test, nr_doorbells(), before + 1);
	leave_wfi(vcpu);
	vlpi_expect_acks(t, 0, &on.intid, 1);

	/* It was pending all the time */
	vgic_guest_set_lpi(t->vm, off.intid, GUEST_PRIO + 8, true);
	vgic_guest_inv(t->vm, off.devid, off.eventid);
	vlpi_device_write(&on);
	vlpi_expect_acks(t, 0, both, 2);
	before = nr_doorbells();
	go_to_sleep(vcpu);
	vlpi_device_write(&off);
	KUNIT_EXPECT_EQ(test, nr_doorbells(), before + 1);
	leave_wfi(vcpu);
	vlpi_expect_acks(t, 0, &off.intid, 1);
}

/*
 * GICR_VPENDBASER.Dirty: what the redistributor says before it is done does
 * not count, and nothing else may be asked of it.
 */
static void slow_redistributor_is_waited_for(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		u64 before = nr_doorbells();

		/* Put at once, before the guest was entered */
		um_vcpu_load(vcpu);
		gicv4_fault_dirty(smp_processor_id(), 1 + 3 * i);
		um_vcpu_put(vcpu);

		/* Something came while it was there */
		um_vcpu_load(vcpu);
		vlpi_device_write(&v);
		vcpu_set_flag(vcpu, IN_WFI);
		gicv4_fault_dirty(smp_processor_id(), 1 + 3 * i);
		um_vcpu_put(vcpu);
		KUNIT_EXPECT_TRUE(test, vlpi_vpe(t, 0)->pending_last);
		KUNIT_EXPECT_EQ(test, nr_doorbells(), before);
		leave_wfi(vcpu);
		vlpi_expect_acks(t, 0, &v.intid, 1);

		/* Nothing did */
		um_vcpu_load(vcpu);
		vcpu_set_flag(vcpu, IN_WFI);
		gicv4_fault_dirty(smp_processor_id(), 1 + 3 * i);
		um_vcpu_put(vcpu);
		KUNIT_EXPECT_FALSE(test, vlpi_vpe(t, 0)->pending_last);
		vlpi_device_write(&v);
		KUNIT_EXPECT_EQ(test, nr_doorbells(), before + 1);
		leave_wfi(vcpu);
		vlpi_expect_acks(t, 0, &v.intid, 1);
	}
}

/* Between the unmapping of a vPE and its end, or its next mapping: no VMOVP */
static void unmapped_vpe_is_not_moved(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	int irq = vlpi_vpe(t, 0)->irq;
	struct vlpi v;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs 2 CPUs: boot with ncpus=2");

	/* Where vPEs are mapped at once, their doorbell's end unmaps them */
	free_irq(irq, vcpu);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&vlpi_vpe(t, 0)->vmapp_count));
	gicv4_trace_clear();
	irq_set_affinity(irq, cpumask_of(1));
	KUNIT_EXPECT_EQ(test, 0, gicv4_trace_count(GITS_CMD_VMOVP));
	KUNIT_EXPECT_EQ(test, 0, vgic_v4_request_vpe_irq(vcpu, irq));

	v = vlpi_setup_nth(t, 0);
	vlpi_expect_delivered(t, &v);
	KUNIT_EXPECT_EQ(test, 0, vlpi_cpu(t, 0));
}

static int visit_guest(struct vgic_vm *vm, void *data)
{
	vgic_guest_enter(data);
	vgic_guest_exit(data);

	return 0;
}

/* GICv4.1: a move is dear, and to where it may be already it is none */
static void vpe_that_may_stay_is_not_moved(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	unsigned int cpu;

	if (!vlpi_has_v4_1(t))
		kunit_skip(test, "a GICv4.0 has no common tables to stay in");
	if (num_online_cpus() < 2)
		kunit_skip(test, "needs 2 CPUs: boot with ncpus=2");

	for_each_online_cpu(cpu) {
		vgic_vm_run_on(t->vm, cpu, visit_guest, t->vm->vcpu[0]);
		KUNIT_EXPECT_EQ(test, cpu, vlpi_cpu(t, 0));
		gicv4_trace_clear();
		KUNIT_EXPECT_EQ(test, 0, irq_set_affinity(vlpi_vpe(t, 0)->irq,
							  cpu_online_mask));
		KUNIT_EXPECT_EQ(test, 0, gicv4_trace_count(GITS_CMD_VMOVP));
		KUNIT_EXPECT_EQ(test, cpu, vlpi_cpu(t, 0));
	}
	vlpi_expect_delivered(t, &v);
}

/* Asked for what is so already, KVM does not count it twice */
static void forwarding_twice_is_forwarding(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, t->vm->nr_vcpus - 1);
	struct kvm_kernel_irq_routing_entry e = {
		.type = KVM_IRQ_ROUTING_MSI,
		.msi = {
			.address_lo	= VGIC_VM_DOORBELL,
			.data		= v.eventid,
			.flags		= KVM_MSI_VALID_DEVID,
			.devid		= v.devid,
		},
	};
	unsigned int commands;

	vlpi_expect_delivered(t, &v);
	gicv4_trace_clear();
	commands = gicv4_trace_len();
	KUNIT_EXPECT_EQ(test, 0, kvm_vgic_v4_set_forwarding(t->vm->kvm,
							    vlpi_host_irq(&v), &e));
	KUNIT_EXPECT_EQ(test, commands, gicv4_trace_len());
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&vlpi_vpe(t, v.vcpu)->vlpi_count));
	vlpi_expect_delivered(t, &v);

	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&v));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&vlpi_vpe(t, v.vcpu)->vlpi_count));
	vlpi_expect_unmapped(t, &v);
}

static struct kunit_case vlpi_doorbell_cases[] = {
	KUNIT_CASE_PARAM(no_doorbell_before_the_first_sleep, vlpi_gen_params),
	KUNIT_CASE_PARAM(doorbell_rings_once_per_sleep, vlpi_gen_params),
	KUNIT_CASE_PARAM(preemption_keeps_the_doorbell, vlpi_gen_params),
	KUNIT_CASE_PARAM(disabled_vlpi_does_not_wake, vlpi_gen_params),
	KUNIT_CASE_PARAM(slow_redistributor_is_waited_for, vlpi_gen_params),
	KUNIT_CASE_PARAM(unmapped_vpe_is_not_moved, vlpi_gen_params),
	KUNIT_CASE(vpe_that_may_stay_is_not_moved),
	KUNIT_CASE_PARAM(forwarding_twice_is_forwarding, vlpi_gen_params),
	{}
};

static struct kunit_suite vlpi_doorbell_suite = {
	.name		= "vgic_vlpi_doorbell",
	.suite_init	= um_vgic_suite_init_vlpis,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_doorbell_cases,
};

kunit_test_suite(vlpi_doorbell_suite);
um_vgic_machine_suites(vlpi_doorbell_suite);
