// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi: vLPIs and the lives of what they belong to: VMs that come
 * and go, many vCPUs on few CPUs, a host that looks after its interrupts.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/um-vgic.h>

#include "vgic.h"
#include "vlpi-test.h"

struct numbers {
	u16	vpe_id;
	int	irq;
	u64	db_lpi;
};

static void numbers_of(struct vlpi_test *t, struct numbers *n)
{
	unsigned int i;

	for (i = 0; i < t->vm->nr_vcpus; i++) {
		n[i].vpe_id = vlpi_vpe(t, i)->vpe_id;
		n[i].irq = vlpi_vpe(t, i)->irq;
		n[i].db_lpi = vlpi_vpe(t, i)->vpe_db_lpi;
	}
}

/* The allocators give the lowest number: a leak shifts the next VM's */
void vm_gives_back_what_it_took(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct numbers first[VGIC_VM_MAX_VCPUS], n[VGIC_VM_MAX_VCPUS];
	unsigned int i, round;

	numbers_of(t, first);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 3; i++)
			vlpi_setup_nth(t, i);
		vgic_vm_destroy(t->vm);
		t->vm = vgic_vm_create(test, &t->p->config);
		numbers_of(t, n);
		for (i = 0; i < t->vm->nr_vcpus; i++) {
			KUNIT_EXPECT_EQ(test, n[i].vpe_id, first[i].vpe_id);
			KUNIT_EXPECT_EQ(test, n[i].irq, first[i].irq);
			KUNIT_EXPECT_EQ(test, n[i].db_lpi, first[i].db_lpi);
		}
	}
}

/* Memory and numbers are used again, what was in them is not */
void new_vm_starts_clean(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int i;
	struct vlpi v;
	u8 *prop;

	for (i = 0; i < 3; i++) {
		v = vlpi_setup_nth(t, i);
		vlpi_device_write(&v);
	}
	vgic_vm_destroy(t->vm);
	t->vm = vgic_vm_create(test, &t->p->config);

	prop = page_address(t->vm->kvm->arch.vgic.its_vm.vprop_page);
	for (i = 0; i < t->vm->nr_vcpus; i++)
		vlpi_expect_nothing_pending(t, i);
	for (i = 0; i < 3; i++) {
		v = vlpi_nth(t, i);
		KUNIT_EXPECT_FALSE(test, prop[v.intid - 8192] &
				   LPI_PROP_ENABLED);
		v = vlpi_setup_nth(t, i);
		vlpi_expect_nothing_pending(t, v.vcpu);
		vlpi_expect_delivered(t, &v);
	}
}

/*
 * Without DirectLPI the driver invalidates doorbells by a proxy device that
 * has fewer slots than there are vPEs here: they are evicted and come back.
 */
void every_blocked_vcpu_has_its_doorbell(struct kunit *test)
{
	static const struct vgic_vm_config eight = { .nr_vcpus = 8 };
	struct vgic_vm_thread *thread[8];
	struct vlpi_test *t = test->priv;
	struct vlpi_waiter w[8];
	struct vlpi v[8];
	unsigned int i, round;

	t->vm = vgic_vm_create(test, &eight);
	for (i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = vlpi_setup_nth(t, i);

	for (round = 0; round < 2; round++) {
		for (i = 0; i < ARRAY_SIZE(v); i++) {
			w[i] = (struct vlpi_waiter) { .vcpu = t->vm->vcpu[i] };
			thread[i] = vgic_vm_start_on(t->vm, 0,
						     vlpi_wait_for_interrupt,
						     &w[i]);
		}
		for (i = 0; i < ARRAY_SIZE(v); i++) {
			unsigned int n = (3 * i + 1) % ARRAY_SIZE(v);

			vlpi_device_write(&v[n]);
			vgic_vm_join(thread[n]);
			KUNIT_EXPECT_EQ(test, w[n].intid, v[n].intid);
		}
	}
}

/* ICC_PMR_EL1 and ICC_IGRPEN1_EL1 are for what the GIC injects, too */
void guest_cpu_interface_masks_vlpis(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];

	vgic_guest_enter(vcpu);
	um_guest_set_priority_mask(GUEST_PRIO);
	vlpi_device_write(&v);
	KUNIT_EXPECT_EQ(test, vgic_guest_ack(vcpu), GICV4_INTID_NONE);

	/* It is the vCPU's: also in its next residency */
	vgic_guest_exit(vcpu);
	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_EQ(test, vgic_guest_ack(vcpu), GICV4_INTID_NONE);
	um_guest_set_priority_mask(GUEST_PRIO + 8);
	um_guest_enable_groups(true, false);
	KUNIT_EXPECT_EQ(test, vgic_guest_ack(vcpu), GICV4_INTID_NONE);
	um_guest_enable_groups(false, true);
	KUNIT_EXPECT_EQ(test, vgic_guest_ack(vcpu), v.intid);
	vgic_guest_exit(vcpu);
	vlpi_expect_delivered(t, &v);
}

/* GICR_INVLPIR and GICR_INVALLR do what INV and INVALL do */
void guest_invlpir_takes_effect(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	gpa_t rd = vcpu->arch.vgic_cpu.rd_iodev.base_addr;

	/* The machine holds the old configuration, as hardware would */
	KUNIT_EXPECT_EQ(test, GUEST_PRIO | LPI_PROP_ENABLED,
			vlpi_config(t, &v));
	vgic_guest_set_lpi(t->vm, v.intid, 0x30, false);
	vgic_guest_mmio_write(t->vm, vcpu, rd + GICR_INVLPIR, 8, v.intid);
	KUNIT_EXPECT_EQ(test, 0x30, vlpi_config(t, &v));

	vgic_guest_set_lpi(t->vm, v.intid, 0x70, true);
	vgic_guest_mmio_write(t->vm, vcpu, rd + GICR_INVALLR, 8, 0);
	KUNIT_EXPECT_EQ(test, 0x71, vlpi_config(t, &v));
	vlpi_expect_delivered(t, &v);
}

/* A v4.0 host cannot read what is pending in a VPT in use: KVM says no */
void saving_forwarded_tables_is_refused(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	char *before, *after;
	struct vlpi v;

	if (vlpi_has_v4_1(t))
		kunit_skip(test, "a GICv4.1 says what is pending");

	v = vlpi_setup_nth(t, 0);
	before = vgic_vm_snapshot(t->vm);
	KUNIT_EXPECT_EQ(test, -EACCES,
			vgic_vm_its_ctrl(t->vm, KVM_DEV_ARM_ITS_SAVE_TABLES));
	after = vgic_vm_snapshot(t->vm);
	vgic_vm_expect_same(test, before, after);

	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(&v));
	KUNIT_EXPECT_EQ(test, 0,
			vgic_vm_its_ctrl(t->vm, KVM_DEV_ARM_ITS_SAVE_TABLES));
}

/* The physical route of a forwarded interrupt is no affair of the host's */
void host_affinity_change_is_refused(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);

	KUNIT_EXPECT_NE(test, 0,
			irq_set_affinity(vlpi_host_irq(&v), cpumask_of(0)));
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);
}

/* What is not forwarded is the host's, before and after */
void host_irq_is_masked_and_triggered(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	unsigned int irq = vlpi_host_irq(&v);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		u64 hits = vlpi_host_hits(&v);

		disable_irq(irq);
		vlpi_device_write(&v);
		KUNIT_EXPECT_EQ(test, vlpi_host_hits(&v), hits);
		enable_irq(irq);
		KUNIT_EXPECT_EQ(test, vlpi_host_hits(&v), hits + 1);

		KUNIT_EXPECT_EQ(test, 0,
				irq_set_irqchip_state(irq,
						      IRQCHIP_STATE_PENDING,
						      true));
		KUNIT_EXPECT_EQ(test, vlpi_host_hits(&v), hits + 2);

		/* Once more, after it was a guest's for a while */
		if (i)
			break;
		vlpi_setup_nth(t, 0);
		vlpi_expect_delivered(t, &v);
		kvm_vgic_v4_unset_forwarding(t->vm->kvm, irq);
	}
}

void host_irq_follows_its_affinity(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	unsigned int cpu;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs 2 CPUs: boot with ncpus=2");

	for_each_online_cpu(cpu) {
		struct gicv4_itte itte = {};
		u64 hits = vlpi_host_hits(&v);

		KUNIT_EXPECT_EQ(test, 0,
				irq_set_affinity(vlpi_host_irq(&v),
						 cpumask_of(cpu)));
		KUNIT_EXPECT_TRUE(test,
				  gicv4_get_itte(vlpi_its(&v), vlpi_host_devid(t),
						 v.event, &itte));
		KUNIT_EXPECT_EQ(test, itte.icid, cpu);
		vlpi_device_write(&v);
		KUNIT_EXPECT_EQ(test, vlpi_host_hits(&v), hits + 1);
	}
}

/* Far apart in the device table, and of all sizes */
void devices_do_not_share_anything(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	u32 last = BIT(t->m->devid_bits) - 1;	/* may be the driver's own */
	const struct {
		u32		devid;
		unsigned int	nr_events;
	} devices[] = {
		{ !vlpi_host_devid(t), 1 },
		{ 2, min(40u, BIT(t->m->eventid_bits)) },
		{ last / 4 - 7, 3 },
		{ last - 1, 2 },
	};
	struct its_mock_msi *mock[ARRAY_SIZE(devices)];
	struct vlpi v[ARRAY_SIZE(devices)];
	struct gicv4_dte dte[ARRAY_SIZE(devices)];
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		unsigned int its = i % t->m->nr_its;

		mock[i] = vgic_vm_mock_device_on(test, its, devices[i].devid,
						 devices[i].nr_events);
		KUNIT_EXPECT_TRUE(test, gicv4_get_dte(its, devices[i].devid,
						      &dte[i]));
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE(test, dte[i].itt_addr, dte[j].itt_addr);

		v[i] = vlpi_nth(t, i);
		v[i].mock = mock[i];
		v[i].event = devices[i].nr_events - 1;
		vlpi_enable_in_guest(t, &v[i]);
		KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v[i]));
	}
	for (i = 0; i < ARRAY_SIZE(devices); i++)
		vlpi_expect_delivered(t, &v[i]);

	/* These were made after the VM: they outlive what it maps */
	vgic_vm_destroy(t->vm);
	t->vm = NULL;
	for (i = 0; i < ARRAY_SIZE(devices); i++)
		vlpi_expect_unmapped(t, &v[i]);
}
