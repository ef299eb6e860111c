// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi: what the ioctl refuses, and that a refusal leaves no trace.
 *
 * Every case takes a snapshot of VM, vGIC, machine and host interrupts, makes
 * the call that has to fail, and compares the whole.
 */
#include <kunit/static_stub.h>
#include <linux/irq.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqdomain.h>
#include <linux/uaccess.h>
#include <linux/um-vgic.h>

#include <kvm/arm_vgic_debug.h>

#include "../mock-msi.h"
#include "vgic.h"
#include "vlpi-test.h"

static const u32 odd_ids[] = { 3, 1, 7 };

#define ERROR_PARAM(n, nr)						\
	{								\
		.name = n,						\
		.config = {						\
			.nr_vcpus = nr,					\
			.vcpu_ids = odd_ids,				\
		},							\
		.by_ioctl = true,					\
	}

/**
 * struct bad_input - one way to call the ioctl that has to fail
 * @param: the VM, and what is shown in the test's name
 * @arrange: brings the VM into the state it is about, or NULL
 * @spoil: changes the good parameters
 * @err: the answer
 */
struct bad_input {
	struct vlpi_param	param;
	void			(*arrange)(struct vlpi_test *t);
	void			(*spoil)(struct vlpi_test *t,
					 struct kvm_debug_gic_msi_setup *p);
	int			err;
};

static struct kvm_debug_gic_msi_setup good_params(struct vlpi_test *t)
{
	struct vlpi v = vlpi_nth(t, 0);

	return (struct kvm_debug_gic_msi_setup) {
		.device_id	= v.devid,
		.event_id	= v.eventid,
		.vcpu_id	= t->vm->vcpu[0]->vcpu_id,
		.vintid		= v.intid,
		.host_irq	= vlpi_host_irq(&v),
		.itt_addr	= v.itt,
	};
}

static int call(struct vlpi_test *t, const struct kvm_debug_gic_msi_setup *p)
{
	return vgic_vm_ioctl(t->vm, KVM_DEBUG_GIC_MSI_SETUP, p, sizeof(*p));
}

static void pad_set(struct vlpi_test *t, struct kvm_debug_gic_msi_setup *p)
{
	p->pad = 1;
}

static void no_such_vcpu(struct vlpi_test *t, struct kvm_debug_gic_msi_setup *p)
{
	p->vcpu_id = 5;
}

/* vCPUs 3, 1, 7: there is an index 2, but no id 2 */
static void index_for_id(struct vlpi_test *t, struct kvm_debug_gic_msi_setup *p)
{
	p->vcpu_id = 2;
}

static void huge_vcpu(struct vlpi_test *t, struct kvm_debug_gic_msi_setup *p)
{
	p->vcpu_id = U32_MAX;
}

static void lpi_too_low(struct vlpi_test *t, struct kvm_debug_gic_msi_setup *p)
{
	p->vintid = 8191;
}

static void lpi_too_high(struct vlpi_test *t, struct kvm_debug_gic_msi_setup *p)
{
	p->vintid = 65536;
}

static void host_ppi(struct vlpi_test *t, struct kvm_debug_gic_msi_setup *p)
{
	p->host_irq = 31;
}

static void host_irq_high(struct vlpi_test *t,
			  struct kvm_debug_gic_msi_setup *p)
{
	p->host_irq = 1020;
}

static void host_irq_huge(struct vlpi_test *t,
			  struct kvm_debug_gic_msi_setup *p)
{
	p->host_irq = U32_MAX;
}

static void host_irq_unused(struct vlpi_test *t,
			    struct kvm_debug_gic_msi_setup *p)
{
	p->host_irq = 1019;
	KUNIT_ASSERT_NULL(t->test, irq_to_desc(p->host_irq));
}

static void free_plain_irq(void *irq)
{
	irq_free_desc((unsigned long)irq);
}

/* An interrupt, and of no domain */
static void host_irq_plain(struct vlpi_test *t,
			   struct kvm_debug_gic_msi_setup *p)
{
	int irq = irq_alloc_desc_from(32, NUMA_NO_NODE);

	KUNIT_ASSERT_GE(t->test, irq, 32);
	KUNIT_ASSERT_EQ(t->test, 0,
			kunit_add_action_or_reset(t->test, free_plain_irq,
						  (void *)(long)irq));
	p->host_irq = irq;
}

/* LPI-backed like an MSI, and the ITS driver's own */
static void host_irq_doorbell(struct vlpi_test *t,
			      struct kvm_debug_gic_msi_setup *p)
{
	p->host_irq = vlpi_vpe(t, 0)->irq;
}

static void event_huge(struct vlpi_test *t, struct kvm_debug_gic_msi_setup *p)
{
	p->event_id = 65536;
}

static void map_small_device(struct vlpi_test *t)
{
	vgic_guest_mapd(t->vm, GUEST_DEVID, vgic_guest_alloc_itt(t->vm, 3), 3);
}

static void event_behind_itt(struct vlpi_test *t,
			     struct kvm_debug_gic_msi_setup *p)
{
	p->event_id = 8;
}

/* The guest's device table: one page of 64 KiB, entries of 8 bytes */
static void device_behind_table(struct vlpi_test *t,
				struct kvm_debug_gic_msi_setup *p)
{
	p->device_id = SZ_64K / 8;
}

static void device_huge(struct vlpi_test *t, struct kvm_debug_gic_msi_setup *p)
{
	p->device_id = U32_MAX;
}

static void map_event_to_other_lpi(struct vlpi_test *t)
{
	struct vlpi v = vlpi_nth(t, 0);

	map_small_device(t);
	vgic_guest_mapc(t->vm, 4, t->vm->vcpu[0]->vcpu_id);
	vgic_guest_mapti(t->vm, v.devid, v.eventid, v.intid + 1, 4);
}

static void forward_nth_0(struct vlpi_test *t)
{
	vlpi_setup_nth(t, 0);
}

static void event_taken(struct vlpi_test *t, struct kvm_debug_gic_msi_setup *p)
{
	struct vlpi other = vlpi_nth(t, 1);

	p->vintid = other.intid;
	p->host_irq = vlpi_host_irq(&other);
}

static void lpi_taken(struct vlpi_test *t, struct kvm_debug_gic_msi_setup *p)
{
	struct vlpi other = vlpi_nth(t, 1);

	p->event_id = other.eventid;
	p->host_irq = vlpi_host_irq(&other);
}

/* The same event and LPI, from another host interrupt */
static void other_host_irq(struct vlpi_test *t,
			   struct kvm_debug_gic_msi_setup *p)
{
	struct vlpi other = vlpi_nth(t, 1);

	p->host_irq = vlpi_host_irq(&other);
}

/* A host interrupt that is some other vLPI already */
static void host_irq_taken(struct vlpi_test *t,
			   struct kvm_debug_gic_msi_setup *p)
{
	struct vlpi other = vlpi_nth(t, 1);

	p->event_id = other.eventid;
	p->vintid = other.intid;
}

static void host_irq_of_other_vm(struct vlpi_test *t)
{
	struct vgic_vm *vm = t->vm;

	t->vm = vgic_vm_create(t->test, &t->p->config);
	vlpi_setup_nth(t, 0);
	t->vm = vm;
}

/* The ITS driver forwards all events of a device to one VM */
static void device_of_other_vm(struct vlpi_test *t,
			       struct kvm_debug_gic_msi_setup *p)
{
	struct vlpi other = vlpi_nth(t, 1);

	other.mock = t->mock[0];
	p->host_irq = vlpi_host_irq(&other);
}

/* The redistributor has to be off for its tables to move */
static void move_tables(struct vlpi_test *t, u64 prop, u64 pend)
{
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];
	gpa_t rd = vcpu->arch.vgic_cpu.rd_iodev.base_addr;
	unsigned int i;

	for (i = 0; i < t->vm->nr_vcpus; i++)
		vgic_guest_disable_lpis(t->vm, t->vm->vcpu[i]);
	vgic_guest_mmio_write(t->vm, vcpu, rd + GICR_PROPBASER, 8, prop | 15);
	vgic_guest_mmio_write(t->vm, vcpu, rd + GICR_PENDBASER, 8, pend);
}

static void hide_prop_table(struct vlpi_test *t)
{
	move_tables(t, VGIC_VM_NO_RAM, VGIC_VM_PEND_TABLES);
}

static void hide_pend_table(struct vlpi_test *t)
{
	move_tables(t, VGIC_VM_PROP_TABLE, VGIC_VM_NO_RAM);
}

static void nothing(struct vlpi_test *t, struct kvm_debug_gic_msi_setup *p)
{
}

static void build_vm_without_its(struct vlpi_test *t)
{
	struct vgic_vm_config config = t->p->config;

	config.no_its = true;
	t->vm = vgic_vm_create(t->test, &config);
}

static void use_gicv4_again(void *unused)
{
	bool v4_1 = gicv4_machine()->arch >= GICV4_ARCH_4_1;

	kvm_vgic_global_state.has_gicv4 = true;
	kvm_vgic_global_state.has_gicv4_1 = v4_1;
}

static void build_vm_without_gicv4(struct vlpi_test *t)
{
	kvm_vgic_global_state.has_gicv4 = false;
	kvm_vgic_global_state.has_gicv4_1 = false;
	KUNIT_ASSERT_EQ(t->test, 0,
			kunit_add_action_or_reset(t->test, use_gicv4_again,
						  NULL));
	t->vm = vgic_vm_create(t->test, &t->p->config);
}

#define BAD(n) ERROR_PARAM(n, ARRAY_SIZE(odd_ids))

static const struct bad_input bad_inputs[] = {
	{ BAD("padding not zero"), NULL, pad_set, -EINVAL },
	{ BAD("no vCPU with that id"), NULL, no_such_vcpu, -EINVAL },
	{ BAD("a vCPU's index, not its id"), NULL, index_for_id, -EINVAL },
	{ BAD("vCPU id above all ids"), NULL, huge_vcpu, -EINVAL },
	{ BAD("vINTID 8191"), NULL, lpi_too_low, -EINVAL },
	{ BAD("vINTID 65536"), NULL, lpi_too_high, -EINVAL },
	{ BAD("host_irq 31"), NULL, host_ppi, -EINVAL },
	{ BAD("host_irq 1020"), NULL, host_irq_high, -EINVAL },
	{ BAD("host_irq above all irqs"), NULL, host_irq_huge, -EINVAL },
	{ BAD("host_irq not in use"), NULL, host_irq_unused, -EINVAL },
	{ BAD("host_irq of no domain"), NULL, host_irq_plain, -EINVAL },
	{ BAD("host_irq is a doorbell"), NULL, host_irq_doorbell, -EINVAL },
	{ BAD("EventID 65536"), NULL, event_huge, -EINVAL },
	{ BAD("EventID behind the ITT"), map_small_device, event_behind_itt, -EINVAL },
	{ BAD("DeviceID behind the table"), NULL, device_behind_table, -EINVAL },
	{ BAD("DeviceID above all ids"), NULL, device_huge, -EINVAL },
	{ BAD("no ITS"), build_vm_without_its, nothing, -ENODEV },
	{ BAD("vCPU without vPE"), build_vm_without_gicv4, nothing, -ENXIO },
	{ BAD("event mapped by the guest"), map_event_to_other_lpi, nothing, -EEXIST },
	{ BAD("event forwarded"), forward_nth_0, event_taken, -EEXIST },
	{ BAD("LPI forwarded"), forward_nth_0, lpi_taken, -EEXIST },
	{ BAD("other host_irq for the LPI"), forward_nth_0, other_host_irq, -EEXIST },
	{ BAD("host_irq forwarded"), forward_nth_0, host_irq_taken, -EEXIST },
	{ BAD("device forwarded to another VM"), host_irq_of_other_vm,
	  device_of_other_vm, -EINVAL },
	{ BAD("property table unreadable"), hide_prop_table, nothing, -EFAULT },
	{ BAD("pending table unreadable"), hide_pend_table, nothing, -EFAULT },
};

const void *vlpi_bad_input_gen_params(struct kunit *test, const void *prev,
				      char *desc)
{
	const struct bad_input *b = bad_inputs;

	if (prev)
		b = container_of(prev, struct bad_input, param) + 1;
	if (b == bad_inputs + ARRAY_SIZE(bad_inputs))
		return NULL;
	strscpy(desc, b->param.name, KUNIT_PARAM_DESC_SIZE);

	return &b->param;
}

static void expect_refused(struct vlpi_test *t,
			   const struct kvm_debug_gic_msi_setup *p, int err)
{
	char *before, *after;

	before = vgic_vm_snapshot(t->vm);
	KUNIT_EXPECT_EQ(t->test, err, call(t, p));
	after = vgic_vm_snapshot(t->vm);
	vgic_vm_expect_same(t->test, before, after);

	/* The same, called directly */
	if (p->pad)
		return;
	KUNIT_EXPECT_EQ(t->test, err,
			debug_gic_msi_setup_mock_msi(t->vm->kvm, p));
	after = vgic_vm_snapshot(t->vm);
	vgic_vm_expect_same(t->test, before, after);
}

void bad_input_is_refused(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_debug_gic_msi_setup p;
	const struct bad_input *b;
	struct vgic_vm *vm = t->vm;
	struct vlpi v;

	b = container_of(t->p, struct bad_input, param);
	if (b->arrange)
		b->arrange(t);
	p = good_params(t);
	b->spoil(t, &p);
	expect_refused(t, &p, b->err);

	/* Good input is still taken, by the first VM if this one can't */
	if (t->vm != vm)
		use_gicv4_again(NULL);
	t->vm = vm;
	v = vlpi_nth(t, 4);
	v.vcpu = 1;
	v.devid = GUEST_DEVID2;
	v.mock = t->mock2;
	v.event = 0;
	if (b->err != -EFAULT) {
		vlpi_enable_in_guest(t, &v);
		KUNIT_EXPECT_EQ(test, 0, vlpi_setup(t, &v));
		vlpi_expect_delivered(t, &v);
	}
}

void unreadable_params_are_refused(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_debug_gic_msi_setup p = good_params(t);
	unsigned long end = t->vm->uargs + PAGE_SIZE;
	char *before, *after;

	before = vgic_vm_snapshot(t->vm);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			vgic_vm_ioctl_raw(t->vm, KVM_DEBUG_GIC_MSI_SETUP, 0));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			vgic_vm_ioctl_raw(t->vm, KVM_DEBUG_GIC_MSI_SETUP,
					  ~0UL - 64));
	after = vgic_vm_snapshot(t->vm);
	vgic_vm_expect_same(test, before, after);

	/* At the very end of readable memory they are good */
	KUNIT_ASSERT_EQ(test, 0,
			copy_to_user((void __user *)end - sizeof(p), &p,
				     sizeof(p)));
	KUNIT_EXPECT_EQ(test, 0,
			vgic_vm_ioctl_raw(t->vm, KVM_DEBUG_GIC_MSI_SETUP,
					  end - sizeof(p)));
}

/* The first and the last of every range */
void bounds_are_accepted(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	const struct {
		u32	devid;
		u32	eventid;
		u32	intid;
	} bounds[] = {
		{ 0, 0, 8192 },
		{ SZ_64K / 8 - 1, 65535, BIT(min(16u, t->m->intid_bits)) - 1 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bounds); i++) {
		struct vlpi v = vlpi_nth(t, i);

		v.devid = bounds[i].devid;
		v.eventid = bounds[i].eventid;
		v.intid = bounds[i].intid;
		vlpi_enable_in_guest(t, &v);
		KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
		vlpi_expect_mapped(t, &v);
		vlpi_expect_delivered(t, &v);
	}
}

static bool owned_by_another_driver(unsigned int irq)
{
	return false;
}

static void forbid_any_irq(void *unused)
{
	kvm_debug_gic_msi_any_irq = false;
}

void irq_of_another_driver_is_refused(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_debug_gic_msi_setup p = good_params(t);
	struct vlpi v = vlpi_nth(t, 0);

	KUNIT_EXPECT_TRUE(test, its_mock_msi_owns(p.host_irq));
	KUNIT_EXPECT_FALSE(test, its_mock_msi_owns(vlpi_vpe(t, 0)->irq));
	KUNIT_EXPECT_FALSE(test, its_mock_msi_owns(0));

	kunit_activate_static_stub(test, its_mock_msi_owns,
				   owned_by_another_driver);
	expect_refused(t, &p, -EPERM);

	/* Unless the administrator says that it is fine */
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, forbid_any_irq, NULL));
	kvm_debug_gic_msi_any_irq = true;
	vlpi_enable_in_guest(t, &v);
	KUNIT_EXPECT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_delivered(t, &v);
}

/**
 * struct step - one step of the setup, to be failed
 * @param: the VM, and what is shown in the test's name
 * @fn: the step
 */
struct step {
	struct vlpi_param	param;
	int			(*fn)(struct mock_msi *m);
};

/* Two vCPUs: as many doorbells as the ITS driver's proxy device can hold */
static const struct step steps[] = {
	{ ERROR_PARAM("routing entry", 2), mock_msi_route },
	{ ERROR_PARAM("enable", 2), mock_msi_enable },
	{ ERROR_PARAM("device", 2), mock_msi_map_device },
	{ ERROR_PARAM("collection", 2), mock_msi_map_collection },
	{ ERROR_PARAM("event", 2), mock_msi_map_event },
	{ ERROR_PARAM("LPI", 2), mock_msi_map_lpi },
	{ ERROR_PARAM("forwarding", 2), mock_msi_forward },
	{ ERROR_PARAM("verification", 2), mock_msi_verify },
	{ ERROR_PARAM("hand-over", 2), mock_msi_hand_over },
};

const void *vlpi_step_gen_params(struct kunit *test, const void *prev,
				 char *desc)
{
	const struct step *s = steps;

	if (prev)
		s = container_of(prev, struct step, param) + 1;
	if (s == steps + ARRAY_SIZE(steps))
		return NULL;
	strscpy(desc, s->param.name, KUNIT_PARAM_DESC_SIZE);

	return &s->param;
}

static const struct step *step_of(struct kunit *test)
{
	return container_of((const struct vlpi_param *)test->param_value,
			    struct step, param);
}

/* No step has this error of its own: it has to come out as it went in */
#define STEP_ERROR	(-EL3RST)

static int fail_at_once(struct mock_msi *m)
{
	return STEP_ERROR;
}

static int fail_when_done(struct mock_msi *m)
{
	struct kunit *test = kunit_get_current_test();
	const struct step *s = step_of(test);

	kunit_deactivate_static_stub(test, s->fn);
	KUNIT_EXPECT_EQ(test, 0, s->fn(m));
	kunit_activate_static_stub(test, s->fn, fail_when_done);

	return STEP_ERROR;
}

/*
 * With nothing in flight: a mapping that came and went may have made a
 * redistributor forget a configuration that it reads again, and may have rung
 * a doorbell that is cleared when the vCPU runs.
 */
static char *settled_snapshot(struct vlpi_test *t)
{
	vlpi_visit_guests(t);
	gicv4_wait_host_irqs();

	return vgic_vm_snapshot(t->vm);
}

static void expect_undone(struct vlpi_test *t, const struct vlpi *v,
			  const char *when)
{
	const struct step *s = step_of(t->test);
	char *before, *after;
	unsigned int done;

	kunit_info(t->test, "%s", when);
	for (done = 0; done < 2; done++) {
		before = settled_snapshot(t);
		if (done)
			kunit_activate_static_stub(t->test, s->fn,
						   fail_when_done);
		else
			kunit_activate_static_stub(t->test, s->fn,
						   fail_at_once);
		KUNIT_EXPECT_EQ(t->test, STEP_ERROR, vlpi_setup(t, v));
		kunit_deactivate_static_stub(t->test, s->fn);
		after = settled_snapshot(t);
		vgic_vm_expect_same(t->test, before, after);
		kunit_kfree(t->test, before);
		kunit_kfree(t->test, after);
	}
}

void failed_step_is_undone(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);

	vlpi_enable_in_guest(t, &v);
	expect_undone(t, &v, "nothing mapped");

	vgic_guest_disable_its(t->vm);
	vgic_guest_disable_lpis(t->vm, t->vm->vcpu[0]);
	expect_undone(t, &v, "nothing enabled");
	vgic_guest_setup(t->vm);

	vgic_guest_set_pending(t->vm, t->vm->vcpu[0], v.intid);
	expect_undone(t, &v, "pending in the guest's table");
	KUNIT_EXPECT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_acks(t, 0, &v.intid, 1);
	vlpi_expect_delivered(t, &v);
	vgic_guest_discard(t->vm, v.devid, v.eventid);

	vgic_guest_mapc(t->vm, 12, t->vm->vcpu[0]->vcpu_id);
	vgic_guest_mapti(t->vm, v.devid, v.eventid, v.intid, 12);
	expect_undone(t, &v, "mapped by the guest");

	KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(t->vm, v.devid, v.eventid));
	expect_undone(t, &v, "mapped, pending and cached");
	KUNIT_EXPECT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_acks(t, 0, &v.intid, 1);
	vlpi_expect_delivered(t, &v);

	v.vcpu = 1;
	expect_undone(t, &v, "forwarded to another vCPU");
	v.vcpu = 0;
	vlpi_expect_mapped(t, &v);
	vlpi_device_write(&v);
	v.vcpu = 1;
	expect_undone(t, &v, "forwarded to another vCPU, and pending");
	v.vcpu = 0;
	vlpi_expect_acks(t, 0, &v.intid, 1);
	vlpi_expect_delivered(t, &v);
}

/* Its vCPU runs just now: what is forwarded is not on its list */
static int run_vcpus_and_fail(struct mock_msi *m)
{
	vlpi_visit_guests(kunit_get_current_test()->priv);

	return STEP_ERROR;
}

/* The LPI was pending, and is it after the error, whoever looked meanwhile */
void pending_lpi_survives_failed_setup(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];

	vlpi_enable_in_guest(t, &v);
	vgic_guest_mapd(t->vm, v.devid, v.itt, EVENT_BITS);
	vgic_guest_mapc(t->vm, 0, vcpu->vcpu_id);
	vgic_guest_mapti(t->vm, v.devid, v.eventid, v.intid, 0);
	KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(t->vm, v.devid, v.eventid));

	kunit_activate_static_stub(test, mock_msi_verify, run_vcpus_and_fail);
	KUNIT_EXPECT_EQ(test, STEP_ERROR, vlpi_setup(t, &v));
	kunit_deactivate_static_stub(test, mock_msi_verify);

	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_TRUE(test, vgic_guest_in_lr(vcpu, v.intid));
	vgic_guest_exit(vcpu);

	KUNIT_EXPECT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_mapped(t, &v);
}

static int refuse_silently(struct mock_msi *m)
{
	return 0;
}

/* The production path says 0 where it did nothing; the ioctl must not */
void silent_refusal_is_no_success(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct kvm_debug_gic_msi_setup p = good_params(t);
	struct vlpi v = vlpi_nth(t, 0);

	vlpi_enable_in_guest(t, &v);
	kunit_activate_static_stub(test, mock_msi_forward, refuse_silently);
	expect_refused(t, &p, -EIO);
	kunit_deactivate_static_stub(test, mock_msi_forward);

	KUNIT_EXPECT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_delivered(t, &v);
}

/* With the event's entry there is a vCPU to move it to: that is a MOVI */
void setup_for_another_vcpu_moves_the_vlpi(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_setup_nth(t, 0);

	vlpi_device_write(&v);
	v.vcpu = 1;
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_mapped(t, &v);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&vlpi_vpe(t, 0)->vlpi_count));
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&vlpi_vpe(t, 1)->vlpi_count));
	vlpi_expect_nothing_pending(t, 0);
	vlpi_expect_acks(t, 1, &v.intid, 1);
	vlpi_expect_delivered(t, &v);
}
