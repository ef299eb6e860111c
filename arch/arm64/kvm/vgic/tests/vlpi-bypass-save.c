// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_bypass: pending state on its ways between software, the
 * vPE's pending table, the guest's pending table and another VM.
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/kvm_host.h>
#include <linux/um-vgic.h>

#include "vgic.h"
#include "vlpi-bypass.h"

/* A host of GICv4.0 cannot see what is pending in a vPE that is in use */
static void need_v4_1(struct vlpi_test *t)
{
	if (!vlpi_has_v4_1(t))
		kunit_skip(t->test, "needs a GICv4.1 to save vLPIs");
}

static void need_v4_0(struct vlpi_test *t)
{
	if (vlpi_has_v4_1(t))
		kunit_skip(t->test,
			   "a GICv4.1 does not say what is pending in a vPE that is mapped");
}

static struct bypass *boot(struct vlpi_test *t, const struct vlpi *v)
{
	bypass_guest_boot(t);
	bypass_guest_map(t, v);

	return bypass_forward(bypass_vmm(t, t->vm), v);
}

void pending_lpi_moves_to_hardware_and_back(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 1);
	struct bypass *p;
	unsigned int i;

	need_v4_0(t);
	p = boot(t, &v);
	bypass_del_producer(p);

	/* Raised in one world, and taken some changes later */
	for (i = 0; i < 5; i++) {
		unsigned int changes = i;
		bool hw = bypass_is_forwarded(p);

		bypass_device_write(p);
		vlpi_expect_agreement(t);
		for (; changes; changes--) {
			hw = !hw;
			if (hw)
				bypass_add_producer(p);
			else
				bypass_del_producer(p);
			KUNIT_EXPECT_EQ(test, hw, vlpi_pending(t, &v));
			vlpi_expect_agreement(t);
		}
		bypass_expect_acks(t, &v, hw, !hw);
		if (hw)
			bypass_expect_forwarded(p);
		else
			bypass_expect_emulated(p);
	}
}

/* A guest whose first @n MSIs are forwarded, by one VMM */
static void boot_and_forward(struct vlpi_test *t, struct vlpi *v,
			     struct bypass **p, unsigned int n)
{
	unsigned int i;

	bypass_guest_boot(t);
	for (i = 0; i < n; i++) {
		v[i] = vlpi_nth(t, i);
		bypass_guest_map(t, &v[i]);
		p[i] = bypass_forward(i ? p[0]->b : bypass_vmm(t, t->vm), &v[i]);
	}
}

/* Whichever side goes, and however */
void pending_vlpi_survives_its_producer(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v[3];
	struct bypass *p[3];
	unsigned int i;

	need_v4_0(t);
	boot_and_forward(t, v, p, ARRAY_SIZE(p));
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		bypass_device_write(p[i]);
		if (i == 0)
			bypass_del_producer(p[i]);
		else if (i == 1)
			bypass_del_irqfd(p[i]);
		else
			bypass_close_eventfd(p[i]);
		vlpi_expect_agreement(t);
		bypass_expect_acks(t, &v[i], 0, 1);
		KUNIT_EXPECT_EQ(test, 0, vlpi_host_hits(&v[i]));
	}

	/* What was not pending does not become so */
	bypass_add_producer(p[0]);
	bypass_expect_forwarded(p[0]);
	bypass_del_producer(p[0]);
	bypass_expect_acks(t, NULL, 0, 0);
}

/* Nobody will ask before the guest enables it */
void disabled_pending_vlpi_survives_its_producer(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct bypass *p;

	need_v4_0(t);
	p = boot(t, &v);
	vgic_guest_set_lpi(t->vm, v.intid, GUEST_PRIO, false);
	vgic_guest_inv(t->vm, v.devid, v.eventid);
	bypass_expect_write(p, (struct bypass_acks) {});
	bypass_del_producer(p);
	vlpi_expect_agreement(t);
	bypass_expect_acks(t, NULL, 0, 0);

	vlpi_enable_in_guest(t, &v);
	vgic_guest_inv(t->vm, v.devid, v.eventid);
	bypass_expect_acks(t, &v, 0, 1);
	bypass_expect_emulated(p);
}

/* A VM that is saved and goes on has lost nothing, and gets nothing twice */
void pending_vlpis_are_saved(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v[4];
	struct bypass *p[4];
	unsigned int i, round;

	need_v4_1(t);
	boot_and_forward(t, v, p, ARRAY_SIZE(p));
	/* One is emulated, one is not pending */
	bypass_del_producer(p[3]);

	for (round = 0; round < 3; round++) {
		unsigned int quiet = round % 3;

		for (i = 0; i < ARRAY_SIZE(p); i++)
			if (i != quiet)
				bypass_device_write(p[i]);
		KUNIT_EXPECT_EQ(test, 0,
				vgic_vm_gic_ctrl(t->vm, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES));
		vlpi_expect_agreement(t);
		for (i = 0; i < ARRAY_SIZE(p); i++)
			KUNIT_EXPECT_EQ_MSG(test, i != quiet,
					    vgic_guest_get_pending(t->vm,
								   t->vm->vcpu[v[i].vcpu],
								   v[i].intid),
					    "vLPI %u", i);

		/* Two for each vCPU but for the quiet one */
		for (i = 0; i < t->vm->nr_vcpus; i++) {
			struct kvm_vcpu *vcpu = t->vm->vcpu[i];
			unsigned int n = 0;

			vgic_guest_enter(vcpu);
			while (vgic_guest_ack(vcpu) != GICV4_INTID_NONE)
				n++;
			while (um_guest_ack_lr() != GICV4_INTID_NONE)
				n++;
			vgic_guest_exit(vcpu);
			KUNIT_EXPECT_EQ(test, n, 2 - (i == quiet % 2));
		}
		bypass_expect_acks(t, NULL, 0, 0);
		KUNIT_EXPECT_EQ(test, 0,
				vgic_vm_gic_ctrl(t->vm, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES));
		for (i = 0; i < ARRAY_SIZE(p); i++)
			KUNIT_EXPECT_FALSE(test,
					   vgic_guest_get_pending(t->vm,
								  t->vm->vcpu[v[i].vcpu],
								  v[i].intid));
	}
	for (i = 0; i < 3; i++)
		bypass_expect_forwarded(p[i]);
	bypass_expect_emulated(p[3]);
}

static void copy_ram(struct kunit *test, struct vgic_vm *from,
		     struct vgic_vm *to)
{
	u8 *page = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);
	gpa_t off;

	KUNIT_ASSERT_NOT_NULL(test, page);
	for (off = 0; off < VGIC_VM_RAM_SIZE; off += PAGE_SIZE) {
		vgic_guest_read(from, VGIC_VM_RAM_BASE + off, page, PAGE_SIZE);
		vgic_guest_write(to, VGIC_VM_RAM_BASE + off, page, PAGE_SIZE);
	}
}

/*
 * As "ITS Restore Sequence" in arm-vgic-its.rst has it. The values of the
 * registers are those that the guest's driver writes, so it plays userspace.
 */
static void migrate(struct vlpi_test *t)
{
	struct kunit *test = t->test;
	struct vgic_vm *from = t->vm, *to;

	KUNIT_ASSERT_EQ(test, 0,
			vgic_vm_its_ctrl(from, KVM_DEV_ARM_ITS_SAVE_TABLES));
	KUNIT_ASSERT_EQ(test, 0,
			vgic_vm_gic_ctrl(from,
					 KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES));
	vlpi_expect_agreement(t);

	to = vgic_vm_create(test, &t->p->config);
	vgic_guest_disable_its(to);
	copy_ram(test, from, to);
	vgic_vm_destroy(from);

	t->vm = to;
	KUNIT_ASSERT_EQ(test, 0,
			vgic_vm_its_ctrl(to, KVM_DEV_ARM_ITS_RESTORE_TABLES));
	vgic_guest_setup(to);
	vlpi_expect_agreement(t);
}

void pending_vlpis_migrate(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v[3];
	struct bypass *p[3];

	need_v4_1(t);
	boot_and_forward(t, v, p, ARRAY_SIZE(p));
	bypass_device_write(p[0]);
	bypass_device_write(p[1]);
	migrate(t);

	/* The target has no device yet: taken from software */
	bypass_expect_each(t, v, 2, 0, 1);
}

/* The device is assigned at the target before the guest runs there */
void emulated_lpis_migrate_and_are_forwarded(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 1);
	struct bypass *p = boot(t, &v);
	struct bypass_vmm *b;

	/* Where the host cannot read the state of vLPIs: none are left */
	if (!vlpi_has_v4_1(t))
		bypass_device_write(p);
	bypass_del_producer(p);
	if (vlpi_has_v4_1(t))
		bypass_device_write(p);
	bypass_del_irqfd(p);
	migrate(t);

	b = bypass_vmm(t, t->vm);
	p = bypass_assign(b, &v);
	bypass_route(p, &v);
	bypass_add_producer(p);
	bypass_add_irqfd(p);
	KUNIT_EXPECT_TRUE(test, bypass_is_forwarded(p));
	vlpi_expect_agreement(t);
	bypass_expect_acks(t, &v, 1, 0);
	bypass_expect_forwarded(p);
}

void reset_its_leaves_no_mapping(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0), other = vlpi_nth(t, 1);
	struct bypass *p = boot(t, &v), *too;
	unsigned int i;

	bypass_guest_map(t, &other);
	too = bypass_forward(p->b, &other);

	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, 0,
				vgic_vm_its_ctrl(t->vm,
						 KVM_DEV_ARM_ITS_CTRL_RESET));
		KUNIT_EXPECT_EQ(test, 0, vlpi_nr_mappings());
		bypass_expect_nobody(p);
		bypass_expect_nobody(too);

		/* The guest boots again */
		vgic_guest_setup(t->vm);
		bypass_expect_nobody(p);
		bypass_guest_boot(t);
		bypass_guest_map(t, &v);
		bypass_expect_emulated(p);
		bypass_del_producer(p);
		bypass_add_producer(p);
		bypass_expect_forwarded(p);
		bypass_expect_nobody(too);
	}
}
