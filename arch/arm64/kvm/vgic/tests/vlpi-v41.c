// SPDX-License-Identifier: GPL-2.0
/*
 * Suites vgic_vlpi_v4_1: what a GICv4.1 adds. The guest's SGIs are injected
 * by the ITS, one doorbell per vPE rings if it was asked for, the guest's
 * distributor reaches the vPE, and pending vLPIs can be saved.
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>

#include "vgic.h"
#include "vlpi-test.h"

#define NR_SGIS		16
#define ALL_SGIS	0xffff
#define AN_SGI		7

static struct gicv4_vsgi get_vsgi(struct vlpi_test *t, unsigned int vcpu,
				  unsigned int sgi)
{
	struct gicv4_vsgi vsgi = {};

	KUNIT_EXPECT_TRUE(t->test,
			  gicv4_get_vsgi(vlpi_vpe(t, vcpu)->vpe_id, sgi, &vsgi));

	return vsgi;
}

/* The SGIs of a vCPU as the machine has them, as bit masks */
struct vsgis {
	u32	enabled;
	u32	group1;
	u32	pending;
};

static struct vsgis get_vsgis(struct vlpi_test *t, unsigned int vcpu)
{
	struct vsgis all = {};
	unsigned int i;

	for (i = 0; i < NR_SGIS; i++) {
		struct gicv4_vsgi vsgi = get_vsgi(t, vcpu, i);

		all.enabled |= vsgi.enabled << i;
		all.group1 |= vsgi.group1 << i;
		all.pending |= vsgi.pending << i;
	}
	return all;
}

static bool is_hardware_sgi(struct vlpi_test *t, unsigned int vcpu,
			    unsigned int sgi)
{
	struct vgic_irq *irq = vgic_get_vcpu_irq(t->vm->vcpu[vcpu], sgi);
	bool hw = irq->hw;

	vgic_put_irq(t->vm->kvm, irq);

	return hw;
}

/* Once to @to, directly, and to nobody else */
static void expect_sgi_delivered(struct vlpi_test *t, unsigned int from,
				 unsigned int to, u32 sgi)
{
	struct gicv4_stats before, after;
	struct kvm_vcpu *vcpu = t->vm->vcpu[to];
	unsigned int i;

	vgic_guest_enter(vcpu);
	gicv4_get_stats(&before);
	vgic_guest_send_sgi(t->vm->vcpu[from], vcpu, sgi);
	KUNIT_EXPECT_EQ(t->test, vgic_guest_ack(vcpu), sgi);
	KUNIT_EXPECT_EQ(t->test, vgic_guest_ack(vcpu), GICV4_INTID_NONE);
	gicv4_wait_host_irqs();
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(t->test, after.vsgis, before.vsgis + 1);
	KUNIT_EXPECT_EQ(t->test, after.host_irqs, before.host_irqs);
	vgic_guest_exit(vcpu);

	for (i = 0; i < t->vm->nr_vcpus; i++)
		vlpi_expect_nothing_pending(t, i);
}

static void guest_sgis_become_vsgis(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int i, sgi;

	for (i = 0; i < t->vm->nr_vcpus; i++) {
		for (sgi = 0; sgi < NR_SGIS; sgi++)
			KUNIT_EXPECT_TRUE(test, is_hardware_sgi(t, i, sgi));

		/* As KVM has them out of reset */
		KUNIT_EXPECT_EQ(test, ALL_SGIS, get_vsgis(t, i).enabled);
		KUNIT_EXPECT_EQ(test, ALL_SGIS, get_vsgis(t, i).group1);
		KUNIT_EXPECT_EQ(test, 0, get_vsgis(t, i).pending);
	}
	for (i = 0; i < t->vm->nr_vcpus; i++)
		for (sgi = 0; sgi < NR_SGIS; sgi += 5)
			expect_sgi_delivered(t, 0, i, sgi);
}

/* fixes/0010: SGIs are enabled out of reset, so the first change disables */
static void guest_enables_and_disables_vsgis(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int last = t->vm->nr_vcpus - 1, i;
	struct kvm_vcpu *vcpu = t->vm->vcpu[last];

	for (i = 0; i < 2; i++) {
		vgic_guest_sgi_write(t->vm, vcpu, GICR_ICENABLER0, 0x8081);
		KUNIT_EXPECT_EQ(test, 0x7f7e, get_vsgis(t, last).enabled);
		vgic_guest_send_sgi(t->vm->vcpu[0], vcpu, AN_SGI);
		vlpi_expect_nothing_pending(t, last);

		/* It was pending all the time */
		vgic_guest_sgi_write(t->vm, vcpu, GICR_ISENABLER0, BIT(AN_SGI));
		KUNIT_EXPECT_EQ(test, 0x7ffe, get_vsgis(t, last).enabled);
		vlpi_expect_acks(t, last, (u32[]){ AN_SGI }, 1);
		expect_sgi_delivered(t, 0, last, AN_SGI);

		vgic_guest_sgi_write(t->vm, vcpu, GICR_ISENABLER0, ALL_SGIS);
		KUNIT_EXPECT_EQ(test, ALL_SGIS, get_vsgis(t, last).enabled);
	}
	for (i = 0; i < last; i++)
		KUNIT_EXPECT_EQ(test, ALL_SGIS, get_vsgis(t, i).enabled);
}

static void guest_sets_priority_of_vsgis(struct kunit *test)
{
	static const u8 prios[NR_SGIS] = {
		0xf0, 0x10, 0x80, 0x00, 0x70, 0x20, 0xe0, 0x30,
		0xd0, 0x40, 0xc0, 0x50, 0xb0, 0x60, 0xa0, 0x90,
	};
	struct vlpi_test *t = test->priv;
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	static const u32 some[] = { 3, 2, 15 };
	unsigned int sgi;

	for (sgi = 0; sgi < NR_SGIS; sgi += 4)
		vgic_guest_sgi_write(t->vm, vcpu, GICR_IPRIORITYR0 + sgi,
				     prios[sgi] | prios[sgi + 1] << 8 |
				     prios[sgi + 2] << 16 |
				     (u32)prios[sgi + 3] << 24);
	for (sgi = 0; sgi < NR_SGIS; sgi++)
		KUNIT_EXPECT_EQ(test, prios[sgi], get_vsgi(t, 0, sgi).priority);

	for (sgi = 0; sgi < ARRAY_SIZE(some); sgi++)
		vgic_guest_send_sgi(vcpu, vcpu, some[ARRAY_SIZE(some) - 1 - sgi]);
	vlpi_expect_acks(t, 0, some, ARRAY_SIZE(some));
}

static void guest_sets_group_of_vsgis(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];

	vgic_guest_sgi_write(t->vm, vcpu, GICR_IGROUPR0,
			     (u32)~BIT(AN_SGI));
	KUNIT_EXPECT_EQ(test, ALL_SGIS & ~BIT(AN_SGI), get_vsgis(t, 0).group1);

	/* KVM offers no Group 0 to the guest's distributor */
	vgic_guest_send_sgi(vcpu, vcpu, AN_SGI);
	vlpi_expect_nothing_pending(t, 0);

	vgic_guest_sgi_write(t->vm, vcpu, GICR_IGROUPR0, ~0);
	KUNIT_EXPECT_EQ(test, ALL_SGIS, get_vsgis(t, 0).group1);
	vlpi_expect_acks(t, 0, (u32[]){ AN_SGI }, 1);
}

/* What software emulates for a GICv3 is read and written in the machine */
static void guest_sees_pending_vsgis(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int last = t->vm->nr_vcpus - 1;
	struct kvm_vcpu *vcpu = t->vm->vcpu[last];
	static const u32 both[] = { 2, 9 };

	vgic_guest_sgi_write(t->vm, vcpu, GICR_ISPENDR0, BIT(2) | BIT(9) | BIT(4));
	vgic_guest_send_sgi(t->vm->vcpu[0], vcpu, 11);
	KUNIT_EXPECT_EQ(test, BIT(2) | BIT(4) | BIT(9) | BIT(11),
			get_vsgis(t, last).pending);
	KUNIT_EXPECT_EQ(test, BIT(2) | BIT(4) | BIT(9) | BIT(11),
			vgic_guest_sgi_read(t->vm, vcpu, GICR_ISPENDR0) & ALL_SGIS);

	vgic_guest_sgi_write(t->vm, vcpu, GICR_ICPENDR0, BIT(11) | BIT(4));
	KUNIT_EXPECT_EQ(test, BIT(2) | BIT(9), get_vsgis(t, last).pending);
	/* Clearing leaves the configuration alone */
	KUNIT_EXPECT_EQ(test, ALL_SGIS, get_vsgis(t, last).enabled);
	KUNIT_EXPECT_EQ(test, ALL_SGIS, get_vsgis(t, last).group1);
	vlpi_expect_acks(t, last, both, 2);
	KUNIT_EXPECT_EQ(test, 0,
			vgic_guest_sgi_read(t->vm, vcpu, GICR_ISPENDR0) & ALL_SGIS);
}

static void vsgi_to_others_reaches_them_all(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int i;

	vgic_guest_send_sgi_to_others(t->vm->vcpu[1], AN_SGI);
	for (i = 0; i < t->vm->nr_vcpus; i++)
		vlpi_expect_acks(t, i, (u32[]){ AN_SGI }, i != 1);
}

static void sgis_with_active_state_are_emulated(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm_config config = t->p->config;
	struct gicv4_stats before, after;
	struct kvm_vcpu *vcpu;

	config.active_sgis = true;
	t->vm = vgic_vm_create(test, &config);
	vcpu = t->vm->vcpu[0];
	KUNIT_EXPECT_FALSE(test, is_hardware_sgi(t, 0, AN_SGI));

	gicv4_get_stats(&before);
	vgic_guest_send_sgi(vcpu, vcpu, AN_SGI);
	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_EQ(test, AN_SGI, um_guest_ack_lr());
	KUNIT_EXPECT_EQ(test, GICV4_INTID_NONE, vgic_guest_ack(vcpu));
	vgic_guest_exit(vcpu);
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, before.vsgis, after.vsgis);
}

/* A guest that starts another kernel: the distributor goes off and on */
static void vsgis_become_emulated_and_back(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];

	vgic_guest_sgi_write(t->vm, vcpu, GICR_ICENABLER0, BIT(0));
	vgic_guest_send_sgi(vcpu, vcpu, AN_SGI);
	KUNIT_EXPECT_EQ(test, BIT(AN_SGI), get_vsgis(t, 0).pending);

	/* What is pending comes along */
	t->vm->active_sgis = true;
	vgic_guest_disable_dist(t->vm);
	vgic_guest_enable_dist(t->vm);
	KUNIT_EXPECT_FALSE(test, is_hardware_sgi(t, 0, AN_SGI));
	KUNIT_EXPECT_EQ(test, 0, get_vsgis(t, 0).pending);
	KUNIT_EXPECT_EQ(test, 0, get_vsgis(t, 0).enabled);
	KUNIT_EXPECT_EQ(test, BIT(AN_SGI),
			vgic_guest_sgi_read(t->vm, vcpu, GICR_ISPENDR0) & ALL_SGIS);

	/* So does what the guest changes meanwhile */
	vgic_guest_sgi_write(t->vm, vcpu, GICR_ISENABLER0, BIT(0));
	vgic_guest_sgi_write(t->vm, vcpu, GICR_ICENABLER0, BIT(1) | BIT(AN_SGI));
	t->vm->active_sgis = false;
	vgic_guest_disable_dist(t->vm);
	vgic_guest_enable_dist(t->vm);
	KUNIT_EXPECT_TRUE(test, is_hardware_sgi(t, 0, AN_SGI));
	KUNIT_EXPECT_EQ(test, BIT(AN_SGI), get_vsgis(t, 0).pending);
	KUNIT_EXPECT_EQ(test, ALL_SGIS & ~(BIT(1) | BIT(AN_SGI)),
			get_vsgis(t, 0).enabled);
	vlpi_expect_nothing_pending(t, 0);

	/* And the guest still has them under control: fixes/0010 */
	vgic_guest_sgi_write(t->vm, vcpu, GICR_ISENABLER0, BIT(1) | BIT(AN_SGI));
	KUNIT_EXPECT_EQ(test, ALL_SGIS, get_vsgis(t, 0).enabled);
	vlpi_expect_acks(t, 0, (u32[]){ AN_SGI }, 1);
	vgic_guest_sgi_write(t->vm, vcpu, GICR_ICENABLER0, BIT(0));
	KUNIT_EXPECT_EQ(test, ALL_SGIS & ~BIT(0), get_vsgis(t, 0).enabled);
}

/* fixes/0015: what is pending is software's to deliver from then on */
static void pending_vsgi_is_delivered_once_emulated(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int last = t->vm->nr_vcpus - 1;
	struct kvm_vcpu *vcpu = t->vm->vcpu[last];

	vgic_guest_send_sgi(t->vm->vcpu[0], vcpu, AN_SGI);
	t->vm->active_sgis = true;
	vgic_guest_disable_dist(t->vm);
	vgic_guest_enable_dist(t->vm);
	KUNIT_ASSERT_FALSE(test, is_hardware_sgi(t, last, AN_SGI));

	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_EQ(test, AN_SGI, um_guest_ack_lr());
	KUNIT_EXPECT_EQ(test, GICV4_INTID_NONE, vgic_guest_ack(vcpu));
	vgic_guest_exit(vcpu);
}

/* fixes/0014: what a VMM restores or resets is what the guest's SGIs do */
static void userspace_enables_and_disables_vsgis(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int last = t->vm->nr_vcpus - 1;
	struct kvm_vcpu *vcpu = t->vm->vcpu[last];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_EQ(test, 0,
				vgic_vm_set_rdist_reg(t->vm, vcpu, SZ_64K + GICR_ICENABLER0,
						      BIT(AN_SGI)));
		KUNIT_EXPECT_EQ(test, ALL_SGIS & ~BIT(AN_SGI),
				vgic_guest_sgi_read(t->vm, vcpu, GICR_ISENABLER0) & ALL_SGIS);
		KUNIT_EXPECT_EQ(test, ALL_SGIS & ~BIT(AN_SGI),
				get_vsgis(t, last).enabled);
		vgic_guest_send_sgi(t->vm->vcpu[0], vcpu, AN_SGI);
		vlpi_expect_nothing_pending(t, last);

		KUNIT_ASSERT_EQ(test, 0,
				vgic_vm_set_rdist_reg(t->vm, vcpu, SZ_64K + GICR_ISENABLER0,
						      BIT(AN_SGI)));
		KUNIT_EXPECT_EQ(test, ALL_SGIS, get_vsgis(t, last).enabled);
		vlpi_expect_acks(t, last, (u32[]){ AN_SGI }, 1);
		expect_sgi_delivered(t, 0, last, AN_SGI);
	}

	/* One that the guest has disabled is enabled for it */
	vgic_guest_sgi_write(t->vm, vcpu, GICR_ICENABLER0, BIT(AN_SGI));
	KUNIT_ASSERT_EQ(test, 0,
			vgic_vm_set_rdist_reg(t->vm, vcpu, SZ_64K + GICR_ISENABLER0,
					      ALL_SGIS));
	expect_sgi_delivered(t, 0, last, AN_SGI);
	for (i = 0; i < last; i++)
		KUNIT_EXPECT_EQ(test, ALL_SGIS, get_vsgis(t, i).enabled);
}

/* One order for both kinds */
static void vsgis_and_vlpis_share_priorities(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	struct vlpi v = vlpi_setup_nth(t, 0);	/* GUEST_PRIO */
	u32 order[] = { 1, v.intid, 0 };

	vgic_guest_sgi_write(t->vm, vcpu, GICR_IPRIORITYR0,
			     (GUEST_PRIO + 0x10) | (GUEST_PRIO - 0x10) << 8);
	vgic_guest_send_sgi(vcpu, vcpu, 0);
	vgic_guest_send_sgi(vcpu, vcpu, 1);
	vlpi_device_write(&v);
	vlpi_expect_acks(t, 0, order, ARRAY_SIZE(order));
}

static void sgi_wakes_vcpu_in_wfi(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int last = t->vm->nr_vcpus - 1;
	struct kvm_vcpu *vcpu = t->vm->vcpu[last];
	struct gicv4_stats before, after;
	struct vgic_vm_thread *thread;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct vlpi_waiter w = { .vcpu = vcpu };

		gicv4_get_stats(&before);
		thread = vgic_vm_start_on(t->vm, 0, vlpi_wait_for_interrupt, &w);
		vlpi_wait_until_blocked(t, vcpu, i + 1);
		vgic_guest_send_sgi(t->vm->vcpu[0], vcpu, AN_SGI);
		vgic_vm_join(thread);
		KUNIT_EXPECT_EQ(test, AN_SGI, w.intid);
		gicv4_get_stats(&after);
		KUNIT_EXPECT_EQ(test, after.doorbells, before.doorbells + 1);
		KUNIT_EXPECT_EQ(test, after.host_irqs, before.host_irqs + 1);
	}
}

/* Neither before nor after it slept; what it misses waits for it */
static void no_doorbell_for_vcpu_that_will_be_back(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct gicv4_stats before, after;
	struct gicv4_residency res;
	u32 both[] = { AN_SGI, v.intid };

	vlpi_expect_nothing_pending(t, 0);
	gicv4_get_residency(smp_processor_id(), &res);
	KUNIT_EXPECT_FALSE(test, res.valid);
	KUNIT_EXPECT_FALSE(test, res.doorbell);

	gicv4_get_stats(&before);
	vgic_guest_send_sgi(vcpu, vcpu, AN_SGI);
	vlpi_device_write(&v);
	gicv4_wait_host_irqs();
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.doorbells, before.doorbells);
	KUNIT_EXPECT_EQ(test, after.host_irqs, before.host_irqs);
	vlpi_expect_acks(t, 0, both, 2);
}

/* One doorbell for a vPE that sleeps, however much comes */
static void doorbell_rings_once(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	struct vlpi a = vlpi_setup_nth(t, 0), b = vlpi_setup_nth(t, 1);
	struct gicv4_stats before, after;
	u32 both[] = { a.intid, b.intid };

	gicv4_get_stats(&before);
	um_vcpu_load(vcpu);
	vcpu_set_flag(vcpu, IN_WFI);
	um_vcpu_put(vcpu);
	vlpi_device_write(&a);
	vlpi_device_write(&b);
	gicv4_wait_host_irqs();
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(test, after.doorbells, before.doorbells + 1);
	KUNIT_EXPECT_TRUE(test, vlpi_vpe(t, 0)->pending_last);
	vcpu_clear_flag(vcpu, IN_WFI);
	vlpi_expect_acks(t, 0, both, 2);
}

/* GICR_VPENDBASER.VGrp1En: GICv4.0 has nothing like it */
static void disabled_distributor_holds_vlpis_back(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct gicv4_residency res;
	struct um_vcpu_events ev;

	vgic_guest_disable_dist(t->vm);
	vlpi_device_write(&v);
	vgic_guest_enter(vcpu);
	gicv4_get_residency(smp_processor_id(), &res);
	KUNIT_EXPECT_FALSE(test, res.grp1);
	KUNIT_EXPECT_EQ(test, vgic_guest_ack(vcpu), GICV4_INTID_NONE);

	/* Enabled while the vPE is resident: KVM_REQ_RELOAD_GICv4 */
	um_vcpu_exit(vcpu);
	vgic_guest_enable_dist(t->vm);
	um_vcpu_enter(vcpu);
	gicv4_get_residency(smp_processor_id(), &res);
	KUNIT_EXPECT_TRUE(test, res.grp1);
	KUNIT_EXPECT_EQ(test, vgic_guest_ack(vcpu), v.intid);
	vgic_guest_exit(vcpu);
	um_vcpu_get_events(vcpu, &ev);
	KUNIT_EXPECT_GE(test, ev.reload_gicv4_reqs, 1);
}

static int save_all(struct vlpi_test *t)
{
	return vgic_vm_its_ctrl(t->vm, KVM_DEV_ARM_ITS_SAVE_TABLES) ?:
	       vgic_vm_gic_ctrl(t->vm, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES);
}

static bool in_guest_table(struct vlpi_test *t, const struct vlpi *v)
{
	return vgic_guest_get_pending(t->vm, t->vm->vcpu[v->vcpu], v->intid);
}

/* The vPEs are unmapped to read their tables, and mapped again */
static void saving_keeps_pending_vlpis(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int i, nr = 2 * t->vm->nr_vcpus;
	struct vlpi v[6];

	for (i = 0; i < nr; i++) {
		v[i] = vlpi_setup_nth(t, i);
		if (i < t->vm->nr_vcpus)
			vlpi_device_write(&v[i]);
	}
	/* Some were seen by the machine's caches, and some were not */
	vgic_guest_enter(t->vm->vcpu[0]);
	vgic_guest_exit(t->vm->vcpu[0]);

	KUNIT_ASSERT_EQ(test, 0, save_all(t));
	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_EQ(test, i < t->vm->nr_vcpus,
				in_guest_table(t, &v[i]));
		KUNIT_EXPECT_EQ(test, i < t->vm->nr_vcpus,
				vlpi_pending(t, &v[i]));
	}

	/* The VM may go on */
	for (i = 0; i < t->vm->nr_vcpus; i++)
		vlpi_expect_acks(t, i, &v[i].intid, 1);
	for (i = 0; i < nr; i++) {
		vlpi_expect_mapped(t, &v[i]);
		vlpi_expect_delivered(t, &v[i]);
	}

	/* What was taken is pending no more */
	KUNIT_ASSERT_EQ(test, 0, save_all(t));
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_FALSE(test, in_guest_table(t, &v[i]));
}

/* The table tells what was saved, as long as the vPE is mapped */
static void saved_vlpi_is_not_taken_again(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, t->vm->nr_vcpus - 1);

	vlpi_device_write(&v);
	KUNIT_ASSERT_EQ(test, 0, save_all(t));
	vlpi_expect_acks(t, v.vcpu, &v.intid, 1);
	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&v));
	vlpi_expect_nothing_pending(t, v.vcpu);
}

static void doorbell_rings_after_saving(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, t->vm->nr_vcpus - 1);
	struct vlpi_waiter w = { .vcpu = t->vm->vcpu[v.vcpu] };
	struct vgic_vm_thread *thread;

	KUNIT_ASSERT_EQ(test, 0, save_all(t));
	thread = vgic_vm_start_on(t->vm, 0, vlpi_wait_for_interrupt, &w);
	vlpi_wait_until_blocked(t, w.vcpu, 1);
	vlpi_device_write(&v);
	vgic_vm_join(thread);
	KUNIT_EXPECT_EQ(test, v.intid, w.intid);
}

/* Also those: a VM that is not stopped for good goes on after it was saved */
static void saving_keeps_vsgis(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int last = t->vm->nr_vcpus - 1;
	struct kvm_vcpu *vcpu = t->vm->vcpu[last];

	vgic_guest_sgi_write(t->vm, vcpu, GICR_ICENABLER0, BIT(1));
	vgic_guest_sgi_write(t->vm, vcpu, GICR_IPRIORITYR0, 0x60504030);
	vgic_guest_send_sgi(t->vm->vcpu[0], vcpu, AN_SGI);

	KUNIT_ASSERT_EQ(test, 0, save_all(t));
	KUNIT_EXPECT_EQ(test, ALL_SGIS & ~BIT(1), get_vsgis(t, last).enabled);
	KUNIT_EXPECT_EQ(test, ALL_SGIS, get_vsgis(t, last).group1);
	KUNIT_EXPECT_EQ(test, 0x50, get_vsgi(t, last, 2).priority);
	KUNIT_EXPECT_EQ(test, BIT(AN_SGI), get_vsgis(t, last).pending);
	vlpi_expect_acks(t, last, (u32[]){ AN_SGI }, 1);
	expect_sgi_delivered(t, 0, last, 2);
}

static struct kunit_case vlpi_v41_cases[] = {
	KUNIT_CASE_PARAM(guest_sgis_become_vsgis, vlpi_gen_params),
	KUNIT_CASE_PARAM(guest_enables_and_disables_vsgis, vlpi_gen_params),
	KUNIT_CASE(guest_sets_priority_of_vsgis),
	KUNIT_CASE(guest_sets_group_of_vsgis),
	KUNIT_CASE_PARAM(guest_sees_pending_vsgis, vlpi_gen_params),
	KUNIT_CASE_PARAM(vsgi_to_others_reaches_them_all, vlpi_many_gen_params),
	KUNIT_CASE(sgis_with_active_state_are_emulated),
	KUNIT_CASE(vsgis_become_emulated_and_back),
	KUNIT_CASE_PARAM(pending_vsgi_is_delivered_once_emulated, vlpi_gen_params),
	KUNIT_CASE_PARAM(userspace_enables_and_disables_vsgis, vlpi_gen_params),
	KUNIT_CASE(vsgis_and_vlpis_share_priorities),
	KUNIT_CASE_PARAM(sgi_wakes_vcpu_in_wfi, vlpi_gen_params),
	KUNIT_CASE(no_doorbell_for_vcpu_that_will_be_back),
	KUNIT_CASE(doorbell_rings_once),
	KUNIT_CASE(disabled_distributor_holds_vlpis_back),
	KUNIT_CASE_PARAM(saving_keeps_pending_vlpis, vlpi_gen_params),
	KUNIT_CASE_PARAM(saved_vlpi_is_not_taken_again, vlpi_gen_params),
	KUNIT_CASE_PARAM(doorbell_rings_after_saving, vlpi_gen_params),
	KUNIT_CASE_PARAM(saving_keeps_vsgis, vlpi_gen_params),
	{}
};

static struct kunit_suite vlpi_v41_suite = {
	.name		= "vgic_vlpi_v4_1",
	.suite_init	= um_vgic_suite_init_v4_1,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_v41_cases,
};

kunit_test_suite(vlpi_v41_suite);
um_vgic_machine_suites(vlpi_v41_suite);
