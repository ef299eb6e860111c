// SPDX-License-Identifier: GPL-2.0
/*
 * Suites vgic_vlpi_doorbell: when the doorbell of a vPE is on. For a vCPU that
 * sleeps, from when it says so; for no other one; and once for each sleep.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
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

/* No room for more, and each number is the index of a vCPU */
static void doorbells_are_numbered_like_vcpus(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct irq_domain *domain = t->vm->kvm->arch.vgic.its_vm.domain;
	unsigned int i;

	for (i = 0; i < t->vm->nr_vcpus; i++)
		KUNIT_EXPECT_EQ(test, vlpi_vpe(t, i)->irq,
				irq_find_mapping(domain, i));
	KUNIT_EXPECT_EQ(test, 0, irq_find_mapping(domain, i));
	KUNIT_EXPECT_EQ(test, t->vm->nr_vcpus, domain->revmap_size);
}

/* Nested guests are put with a doorbell; who has none is not */
static void flag_of_nested_guests_rings_for_no_other(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	u64 before = nr_doorbells();

	um_vcpu_load(vcpu);
	vcpu_set_flag(vcpu, IN_NESTED_ERET);
	um_vcpu_put(vcpu);
	vcpu_clear_flag(vcpu, IN_NESTED_ERET);
	vlpi_device_write(&v);
	KUNIT_EXPECT_EQ(test, nr_doorbells(), before);
	vlpi_expect_acks(t, 0, &v.intid, 1);
}

/*
 * GICv4.0 has the vCPU look for a vLPI that was enabled while it slept. The
 * doorbell of a GICv4.1 rings for that, so nobody is woken for nothing.
 */
static void inv_wakes_only_where_no_doorbell_would(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	bool wakes = !vlpi_has_v4_1(t);
	unsigned int invall;
	u64 before;

	for (invall = 0; invall < 2; invall++) {
		vlpi_expect_nothing_pending(t, 0);
		go_to_sleep(vcpu);
		KUNIT_EXPECT_FALSE(test, vlpi_vpe(t, 0)->pending_last);
		KUNIT_EXPECT_FALSE(test, kvm_test_request(KVM_REQ_IRQ_PENDING, vcpu));
		if (invall)
			vgic_guest_invall(t->vm, vcpu->vcpu_id);
		else
			vgic_guest_inv(t->vm, v.devid, v.eventid);
		KUNIT_EXPECT_EQ(test, wakes, vlpi_vpe(t, 0)->pending_last);
		KUNIT_EXPECT_EQ(test, wakes,
				kvm_test_request(KVM_REQ_IRQ_PENDING, vcpu));
		leave_wfi(vcpu);
	}

	/* Where it was left alone it was not forgotten */
	vlpi_expect_nothing_pending(t, 0);
	before = nr_doorbells();
	go_to_sleep(vcpu);
	vlpi_device_write(&v);
	KUNIT_EXPECT_EQ(test, nr_doorbells(), before + 1);
	KUNIT_EXPECT_TRUE(test, vlpi_vpe(t, 0)->pending_last);
	KUNIT_EXPECT_TRUE(test, kvm_test_request(KVM_REQ_IRQ_PENDING, vcpu));
	leave_wfi(vcpu);
	vlpi_expect_acks(t, 0, &v.intid, 1);
}

/* What is so already: not one register, and not one command */
static void loading_and_putting_twice_is_once(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	struct gicv4_stats before, after;

	um_vcpu_load(vcpu);
	scoped_guard(preempt) {
		gicv4_get_stats(&before);
		KUNIT_EXPECT_EQ(test, 0, vgic_v4_load(vcpu));
		gicv4_get_stats(&after);
	}
	KUNIT_EXPECT_TRUE(test, vlpi_vpe(t, 0)->resident);
	KUNIT_EXPECT_EQ(test, before.commands, after.commands);
	um_vcpu_put(vcpu);

	scoped_guard(preempt) {
		gicv4_get_stats(&before);
		KUNIT_EXPECT_EQ(test, 0, vgic_v4_put(vcpu));
		gicv4_get_stats(&after);
	}
	KUNIT_EXPECT_FALSE(test, vlpi_vpe(t, 0)->resident);
	KUNIT_EXPECT_EQ(test, before.commands, after.commands);
	vlpi_expect_delivered(t, &v);
}

struct refusing {
	struct irq_data	*data;
	struct irq_chip	*was;
	struct irq_chip	chip;
};

static int refuse_affinity(struct irq_data *d, const struct cpumask *mask,
			   bool force)
{
	return -EIO;
}

static int refuse_vcpu_affinity(struct irq_data *d, void *info)
{
	return -EIO;
}

static void stop_refusing(void *data)
{
	struct refusing *r = data;

	r->data->chip = r->was;
}

/*
 * A vPE that cannot be moved, or not be scheduled: the error comes back, and
 * nobody takes it for resident.
 */
static void refused_vpe_is_not_resident(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	struct gicv4_residency res;
	struct refusing *r;
	unsigned int i;

	r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, r);
	r->data = irq_get_irq_data(vlpi_vpe(t, 0)->irq);
	r->was = r->data->chip;

	for (i = 0; i < 2; i++) {
		r->chip = *r->was;
		if (i)
			r->chip.irq_set_vcpu_affinity = refuse_vcpu_affinity;
		else
			r->chip.irq_set_affinity = refuse_affinity;
		KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, stop_refusing, r));
		r->data->chip = &r->chip;
		scoped_guard(preempt)
			KUNIT_EXPECT_EQ(test, -EIO, vgic_v4_load(vcpu));
		kunit_release_action(test, stop_refusing, r);

		KUNIT_EXPECT_FALSE(test, vlpi_vpe(t, 0)->resident);
		gicv4_get_residency(smp_processor_id(), &res);
		KUNIT_EXPECT_FALSE(test, res.valid);
		vlpi_expect_delivered(t, &v);
	}
}

/* A CLEAR would take with it what the device has written meanwhile */
static void forwarding_an_idle_lpi_clears_nothing(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v;

	gicv4_trace_clear();
	v = vlpi_setup_nth(t, t->vm->nr_vcpus - 1);
	KUNIT_EXPECT_EQ(test, 1, gicv4_trace_count(GITS_CMD_VMAPTI));
	KUNIT_EXPECT_EQ(test, 0, gicv4_trace_count(GITS_CMD_CLEAR));
	KUNIT_EXPECT_EQ(test, 0, gicv4_trace_count(GITS_CMD_INT));
	vlpi_expect_delivered(t, &v);
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
	KUNIT_CASE_PARAM(doorbells_are_numbered_like_vcpus, vlpi_gen_params),
	KUNIT_CASE(flag_of_nested_guests_rings_for_no_other),
	KUNIT_CASE(inv_wakes_only_where_no_doorbell_would),
	KUNIT_CASE(loading_and_putting_twice_is_once),
	KUNIT_CASE(refused_vpe_is_not_resident),
	KUNIT_CASE_PARAM(forwarding_an_idle_lpi_clears_nothing, vlpi_gen_params),
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
