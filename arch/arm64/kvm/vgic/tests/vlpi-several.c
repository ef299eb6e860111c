// SPDX-License-Identifier: GPL-2.0
/*
 * Suites vgic_vlpi_its: one VM and several ITSs of the host.
 *
 * vLPIs of one vPE come in by each of them. With an ITSList the driver maps a
 * VM's vPEs on those ITSs that have vLPIs of it, and a VMOVP goes to them all.
 */
#include <linux/bitfield.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>

#include "vgic.h"
#include "vlpi-test.h"

/* VMOVP: what ITSs have to agree on */
#define VMOVP_SEQUENCE	GENMASK_ULL(47, 32)	/* of word 0 */
#define VMOVP_ITS_LIST	GENMASK_ULL(15, 0)	/* of word 1 */

static bool has_its_list(struct vlpi_test *t)
{
	return t->m->arch == GICV4_ARCH_4_0 && !t->m->vmovp;
}

static bool is_mapped_on(struct vlpi_test *t, unsigned int vcpu,
			 unsigned int its)
{
	struct gicv4_vpte vpte = {};

	return gicv4_get_vpte(its, vlpi_vpe(t, vcpu)->vpe_id, &vpte) &&
	       vpte.valid;
}

static void expect_vpes_on(struct vlpi_test *t, unsigned long itss)
{
	unsigned int its, i;

	for (its = 0; its < t->m->nr_its; its++)
		for (i = 0; i < t->vm->nr_vcpus; i++)
			KUNIT_EXPECT_EQ_MSG(t->test, is_mapped_on(t, i, its),
					    test_bit(its, &itss),
					    "vPE of vCPU %u on ITS %u", i, its);
}

/* All events of a guest's device that its ITSs can have, on one vCPU */
static void each_its_reaches_the_vcpu(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int its, nr = t->m->nr_its, last = t->vm->nr_vcpus - 1;
	struct vlpi v[GICV4_MAX_ITS];
	u32 intids[GICV4_MAX_ITS];

	for (its = 0; its < nr; its++) {
		v[its] = vlpi_nth(t, its);
		v[its].devid = GUEST_DEVID + its;
		v[its].itt = VGIC_VM_ITTS + its * SZ_64K;
		v[its].vcpu = last;
		intids[its] = v[its].intid;
		vlpi_enable_in_guest(t, &v[its]);
		KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v[its]));
		KUNIT_EXPECT_EQ(test, its, vlpi_its(&v[its]));
		vlpi_expect_mapped(t, &v[its]);
	}
	for (its = 0; its < nr; its++)
		vlpi_expect_delivered(t, &v[its]);

	/* All of them at once, while the vCPU is away */
	for (its = nr; its--; )
		vlpi_device_write(&v[its]);
	for (its = 0; its < nr; its++)
		KUNIT_EXPECT_TRUE(test, vlpi_pending(t, &v[its]));
	vlpi_expect_acks(t, last, intids, nr);
}

/* The same DeviceID and EventID on two ITSs are two events */
static void itss_do_not_share_devices(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi a = vlpi_nth(t, 0), b = vlpi_nth(t, 1);

	b.event = a.event;
	vlpi_enable_in_guest(t, &a);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &a));
	KUNIT_EXPECT_FALSE(test, vlpi_is_virtual(&b));
	vlpi_expect_unmapped(t, &b);

	vlpi_enable_in_guest(t, &b);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &b));
	vlpi_expect_delivered(t, &a);
	vlpi_expect_delivered(t, &b);

	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&a));
	vlpi_expect_unmapped(t, &a);
	vlpi_expect_mapped(t, &b);
	vlpi_expect_delivered(t, &b);
}

static void vpes_are_mapped_where_they_are_needed(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int its, nr = t->m->nr_its;
	unsigned long all = BIT(nr) - 1, want = 0;
	struct vlpi v[2 * GICV4_MAX_ITS];

	/* VMAPP is the cheaper, and vSGIs need it in any case */
	if (!has_its_list(t)) {
		expect_vpes_on(t, all);
		vlpi_setup_nth(t, 0);
		expect_vpes_on(t, all);
		return;
	}

	expect_vpes_on(t, 0);
	for (its = 0; its < nr; its++) {
		want |= BIT(its);
		v[its] = vlpi_setup_nth(t, its);
		expect_vpes_on(t, want);
		v[nr + its] = vlpi_setup_nth(t, nr + its);
		expect_vpes_on(t, want);
	}
	for (its = 0; its < nr; its++) {
		kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&v[its]));
		expect_vpes_on(t, want);
		kvm_vgic_v4_unset_forwarding(t->vm->kvm,
					     vlpi_host_irq(&v[nr + its]));
		want &= ~BIT(its);
		expect_vpes_on(t, want);
	}

	/* And again */
	v[0] = vlpi_setup_nth(t, nr - 1);
	expect_vpes_on(t, BIT(nr - 1));
	vlpi_expect_delivered(t, &v[0]);
}

/* An ITS that joins later learns where the vPE is by now */
static void late_its_learns_what_is_pending(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi a = vlpi_setup_nth(t, 0), b;
	u32 both[] = { a.intid, 0 };

	vlpi_device_write(&a);
	b = vlpi_nth(t, 1);
	b.vcpu = a.vcpu;
	both[1] = b.intid;
	vlpi_enable_in_guest(t, &b);
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &b));
	KUNIT_EXPECT_TRUE(test, vlpi_pending(t, &a));
	KUNIT_EXPECT_FALSE(test, vlpi_pending(t, &b));
	vlpi_device_write(&b);
	vlpi_expect_acks(t, a.vcpu, both, 2);

	/* And the one that leaves takes nothing along */
	vlpi_device_write(&b);
	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&a));
	KUNIT_EXPECT_TRUE(test, vlpi_pending(t, &b));
	vlpi_expect_acks(t, b.vcpu, &b.intid, 1);
	vlpi_expect_delivered(t, &b);
}

static int visit_guest(struct vgic_vm *vm, void *data)
{
	vgic_guest_enter(data);
	vgic_guest_exit(data);

	return 0;
}

/* With an ITSList: one VMOVP per ITS of the VM, all with one number and list */
static unsigned int expect_vmovps_agree(struct vlpi_test *t)
{
	unsigned int i, nr = 0, itss = 0;
	struct gicv4_cmd cmd;
	u64 first[4] = {};

	for (i = 0; i < gicv4_trace_len(); i++) {
		KUNIT_EXPECT_TRUE(t->test, gicv4_trace_get(i, &cmd));
		if (cmd.opcode != GITS_CMD_VMOVP)
			continue;
		if (!nr++)
			memcpy(first, cmd.raw, sizeof(first));
		itss |= BIT(cmd.its);
		KUNIT_EXPECT_EQ(t->test, cmd.raw[0], first[0]);
		KUNIT_EXPECT_EQ(t->test, cmd.raw[1], first[1]);
	}
	KUNIT_EXPECT_EQ(t->test, nr, hweight32(itss));
	if (has_its_list(t))
		KUNIT_EXPECT_EQ(t->test, nr,
				hweight64(first[1] & VMOVP_ITS_LIST));

	return nr;
}

static void vmovp_goes_to_every_its_of_the_vm(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v[GICV4_MAX_ITS];
	unsigned int i, its, round, cpu, nr = t->m->nr_its;
	u64 sequence = 0;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs 2 CPUs: boot with ncpus=2");

	/* The VM is on one ITS more in each round */
	for (round = 0; round < nr; round++) {
		v[round] = vlpi_nth(t, round);
		v[round].vcpu = 0;
		vlpi_enable_in_guest(t, &v[round]);
		KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v[round]));

		for (i = 0; i < 3; i++) {
			cpu = !vlpi_cpu(t, 0);
			gicv4_trace_clear();
			vgic_vm_run_on(t->vm, cpu, visit_guest, t->vm->vcpu[0]);
			KUNIT_EXPECT_EQ(test, expect_vmovps_agree(t),
					has_its_list(t) ? round + 1 : 1);
			KUNIT_EXPECT_EQ(test, cpu, vlpi_cpu(t, 0));
		}
		if (has_its_list(t)) {
			struct gicv4_cmd cmd;

			/* A number is used for one move */
			for (i = 0; gicv4_trace_get(i, &cmd); i++)
				if (cmd.opcode == GITS_CMD_VMOVP)
					break;
			KUNIT_EXPECT_NE(test, sequence,
					FIELD_GET(VMOVP_SEQUENCE, cmd.raw[0]));
			sequence = FIELD_GET(VMOVP_SEQUENCE, cmd.raw[0]);
		}
		for (its = 0; its <= round; its++)
			vlpi_expect_delivered(t, &v[its]);
	}
}

/* With something pending at each ITS's device, on all vCPUs */
static void teardown_leaves_nothing_on_any_its(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int i, its, nr_vpes = t->vm->nr_vcpus;
	u16 vpe_ids[VGIC_VM_MAX_VCPUS];
	struct vlpi v[3 * GICV4_MAX_ITS];

	for (i = 0; i < nr_vpes; i++)
		vpe_ids[i] = vlpi_vpe(t, i)->vpe_id;
	for (i = 0; i < 3 * t->m->nr_its; i++) {
		v[i] = vlpi_setup_nth(t, i);
		vlpi_device_write(&v[i]);
	}

	vgic_vm_destroy(t->vm);
	t->vm = NULL;

	KUNIT_EXPECT_EQ(test, 0, vlpi_nr_mappings());
	for (its = 0; its < t->m->nr_its; its++) {
		for (i = 0; i < nr_vpes; i++) {
			struct gicv4_vpte vpte = {};

			gicv4_get_vpte(its, vpe_ids[i], &vpte);
			KUNIT_EXPECT_FALSE(test, vpte.valid);
		}
	}
	for (i = 0; i < 3 * t->m->nr_its; i++)
		vlpi_expect_unmapped(t, &v[i]);
}

static int vlpi_its_suite_init(struct kunit_suite *suite)
{
	int ret = um_vgic_suite_init_vlpis(suite);

	if (ret || suite->status == KUNIT_SKIPPED)
		return ret;

	if (gicv4_machine()->nr_its < 2) {
		/* Nobody calls suite_exit() after this */
		um_vgic_suite_exit(suite);
		kunit_mark_skipped(suite, "the machine has one ITS");
	}

	return 0;
}

static struct kunit_case vlpi_its_cases[] = {
	KUNIT_CASE_PARAM(each_its_reaches_the_vcpu, vlpi_gen_params),
	KUNIT_CASE(itss_do_not_share_devices),
	KUNIT_CASE_PARAM(vpes_are_mapped_where_they_are_needed, vlpi_gen_params),
	KUNIT_CASE(late_its_learns_what_is_pending),
	KUNIT_CASE(vmovp_goes_to_every_its_of_the_vm),
	KUNIT_CASE_PARAM(teardown_leaves_nothing_on_any_its, vlpi_gen_params),
	{}
};

static struct kunit_suite vlpi_its_suite = {
	.name		= "vgic_vlpi_its",
	.suite_init	= vlpi_its_suite_init,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_its_cases,
};

kunit_test_suite(vlpi_its_suite);
um_vgic_machine_suites(vlpi_its_suite);
