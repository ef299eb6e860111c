// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_unwind: whatever fails leaves no trace.
 *
 * The engine takes a call from a table and makes it over and over, each time
 * with another one of its allocations failing, until there is none left to
 * fail. A call that failed must have failed with an error that is documented,
 * must have left everything as it was, and must succeed when it is made again.
 * One that succeeded all the same, because it can do without, must have had
 * its full effect. See Documentation/faults.md.
 */
#include <linux/irq.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqnr.h>
#include <linux/kvm_host.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>

#include "vgic.h"
#include "vlpi-unwind.h"

/* More than any call makes: one that never comes to an end is a bug, too */
/* With kmemleak each object counts twice */
#define MAX_FAULTS	2000

const int unwind_enomem[] = { -ENOMEM, 0 };
const char *const unwind_queue[] = {
	"its queue", "ram 0 ", "ram 1000 ", "ram 2000 ", NULL
};

/* Of the suite that runs */
unsigned int unwind_total_faults;

static bool is_spared(const struct unwind_op *op, const char *line)
{
	const char *const *prefix = op->spare;

	for (; prefix && *prefix; prefix++)
		if (str_has_prefix(line, *prefix))
			return true;

	return false;
}

static void drop_spared_lines(const struct unwind_op *op, char *text)
{
	char *to = text;

	while (*text) {
		size_t len = strcspn(text, "\n") + 1;

		if (!is_spared(op, text)) {
			memmove(to, text, len);
			to += len;
		}
		text += len;
	}
	*to = '\0';
}

/**
 * unwind_take_counts() - count what there is
 * @u: the call
 * @s: where it is put; it has no text
 */
void unwind_take_counts(struct unwind *u, struct unwind_state *s)
{
	unsigned int irq;
	struct kvm *kvm;

	*s = (struct unwind_state) {};
	gicv4_wait_host_irqs();
	um_its_get_counts(&s->its);
	um_gicv4_get_counts(&s->domains, &s->fwnodes);
	for_each_active_irq(irq)
		s->irqs++;
	scoped_guard(mutex, &kvm_lock)
		list_for_each_entry(kvm, &vm_list, vm_list)
			s->vms++;
}

/* Write down all that a call may change; kunit_kfree() its text */
static void take_state(struct unwind *u, struct unwind_state *s)
{
	struct vlpi_test *t = u->t;

	if (u->op->settle)
		u->op->settle(u);
	if (t->vm && t->p->config.stage == VGIC_VM_COMPLETE)
		vlpi_visit_guests(t);
	unwind_take_counts(u, s);
	if (t->vm) {
		s->text = vgic_vm_snapshot(t->vm);
		drop_spared_lines(u->op, s->text);
	}
}

/**
 * unwind_expect_same_counts() - nothing was lost, and nothing too much is there
 * @u: the call
 * @a: before
 * @b: after
 */
void unwind_expect_same_counts(struct unwind *u, const struct unwind_state *a,
			       const struct unwind_state *b)
{
	struct kunit *test = u->t->test;

	KUNIT_EXPECT_EQ(test, a->its.devices, b->its.devices);
	KUNIT_EXPECT_EQ(test, a->its.vlpis, b->its.vlpis);
	KUNIT_EXPECT_EQ(test, a->its.vpes, b->its.vpes);
	KUNIT_EXPECT_EQ(test, a->its.lpis, b->its.lpis);
	KUNIT_EXPECT_EQ(test, a->domains, b->domains);
	KUNIT_EXPECT_EQ(test, a->fwnodes, b->fwnodes);
	KUNIT_EXPECT_EQ(test, a->irqs, b->irqs);
	KUNIT_EXPECT_EQ(test, a->vms, b->vms);
}

static void expect_unchanged(struct unwind *u, const struct unwind_state *before)
{
	struct kunit *test = u->t->test;
	struct unwind_state after;

	take_state(u, &after);
	unwind_expect_same_counts(u, before, &after);
	if (before->text && after.text)
		vgic_vm_expect_same(test, before->text, after.text);
	kunit_kfree(test, after.text);
	gicv4_checkpoint(test);
}

static void expect_documented(struct unwind *u, int err)
{
	const int *e;

	for (e = u->op->errors; e && *e; e++)
		if (*e == err)
			return;
	KUNIT_FAIL(u->t->test, "error %d is not documented for this", err);
}

/**
 * unwind_had_effect() - has the call done what it is for?
 * @u: the call
 * @ret: what it returned
 *
 * Return: true if it has.
 */
bool unwind_had_effect(struct unwind *u, int ret)
{
	return !ret && (!u->op->done || u->op->done(u));
}

/* Return: whether there was an n-th allocation */
static bool fail_nth_allocation(struct unwind *u, unsigned int nth)
{
	const struct unwind_op *op = u->op;
	struct kunit *test = u->t->test;
	struct unwind_state before, after;
	bool struck;
	int ret;

	take_state(u, &before);

	vgic_alloc_fault_arm(nth);
	ret = op->call(u);
	struck = vgic_alloc_fault_disarm();

	if (!unwind_had_effect(u, ret)) {
		KUNIT_EXPECT_TRUE_MSG(test, struck,
				      "failed, and nothing was the reason");
		if (ret)
			expect_documented(u, ret);
		else
			KUNIT_EXPECT_PTR_EQ(test, op->errors, NULL);
		if (!op->fatal) {
			if (!op->keeps)
				expect_unchanged(u, &before);
			/* To go on upon what is left may be the end of it */
			if (test->status == KUNIT_FAILURE)
				return struck;
			ret = op->call(u);
			if (ret != op->stuck)
				KUNIT_EXPECT_EQ_MSG(test, ret, 0,
						    "fails again, without a reason");
		}
	}
	if (unwind_had_effect(u, ret)) {
		if (op->verify)
			op->verify(u);
	} else if (!op->fatal && !op->stuck) {
		KUNIT_FAIL(test, "no error, and no effect");
	}
	op->undo(u);

	unwind_take_counts(u, &after);
	unwind_expect_same_counts(u, &before, &after);
	gicv4_checkpoint(test);
	kunit_kfree(test, before.text);

	return struck;
}

/**
 * unwind_suppress_warnings() - do not let the kernel's warnings into the log
 * @test: the case
 *
 * A warning fails the case that provoked it, and no other. Who wants to see
 * where it came from boots with alloc_fault.verbose=1.
 *
 * Return: for unwind_expect_no_warnings().
 */
struct kunit_suppressed_warning *unwind_suppress_warnings(struct kunit *test)
{
	return vgic_alloc_fault_verbose() ? NULL :
					    kunit_start_suppress_warning(test);
}

/**
 * unwind_expect_no_warnings() - the kernel must not have warned
 * @test: the case
 * @w: of unwind_suppress_warnings()
 */
void unwind_expect_no_warnings(struct kunit *test,
			       struct kunit_suppressed_warning *w)
{
	int warnings;

	if (!w)
		return;
	warnings = kunit_suppressed_warning_count(w);
	kunit_end_suppress_warning(test, w);
	KUNIT_EXPECT_EQ_MSG(test, warnings, 0, "the kernel warned");
}

/**
 * unwind_prepare() - the world in which the call is made
 * @u: where the call is put
 * @test: the case
 */
void unwind_prepare(struct unwind *u, struct kunit *test)
{
	struct vlpi_test *t = test->priv;

	*u = (struct unwind) {
		.t	= t,
		.op	= container_of(t->p, struct unwind_op, param),
		.v	= vlpi_nth(t, 0),
		.w	= vlpi_nth(t, t->vm->nr_vcpus - 1),
		.fd	= -1,
	};
	u->w.eventid = u->v.eventid + 1;
	u->w.intid = u->v.intid + 1;
	if (u->op->prepare)
		u->op->prepare(u);
}

static void failed_allocation_is_undone(struct kunit *test)
{
	struct unwind *u = kunit_kzalloc(test, sizeof(*u), GFP_KERNEL);
	unsigned int n;

	KUNIT_ASSERT_NOT_NULL(test, u);
	vgic_alloc_fault_init(test);
	unwind_prepare(u, test);

	for (n = 1; n < MAX_FAULTS; n++) {
		struct kunit_suppressed_warning *w = unwind_suppress_warnings(test);
		bool struck = fail_nth_allocation(u, n);

		unwind_expect_no_warnings(test, w);
		if (!struck)
			break;
		if (test->status == KUNIT_FAILURE) {
			kunit_err(test, "%s: when allocation %u failed",
				  u->op->param.name, n);
			break;
		}
	}
	KUNIT_EXPECT_LT(test, n, MAX_FAULTS);
	unwind_total_faults += n - 1;
	kunit_info(test, "%s: %u allocations failed, one by one",
		   u->op->param.name, n - 1);
}

/**
 * unwind_new_vm() - the VM goes, and one like it comes
 * @u: the call
 */
void unwind_new_vm(struct unwind *u)
{
	struct vlpi_test *t = u->t;

	if (t->vm)
		vgic_vm_destroy(t->vm);
	t->vm = vgic_vm_create(t->test, &t->p->config);
}

/**
 * unwind_expect_arrives() - an event of the guest's does what it should
 * @u: the call; the event is mapped, and not forwarded
 * @v: the event
 *
 * By software first, and then, forwarded, from the device.
 */
void unwind_expect_arrives(struct unwind *u, const struct vlpi *v)
{
	struct vlpi_test *t = u->t;
	struct kvm_vcpu *vcpu = t->vm->vcpu[v->vcpu];

	KUNIT_EXPECT_EQ(t->test, 1,
			vgic_vm_signal_msi(t->vm, v->devid, v->eventid));
	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_EQ(t->test, v->intid, um_guest_ack_lr());
	KUNIT_EXPECT_EQ(t->test, GICV4_INTID_NONE, um_guest_ack_lr());
	vgic_guest_exit(vcpu);

	KUNIT_EXPECT_EQ(t->test, 0, vlpi_setup(t, v));
	vlpi_expect_mapped(t, v);
	vlpi_expect_delivered(t, v);
	kvm_vgic_v4_unset_forwarding(t->vm->kvm, vlpi_host_irq(v));
	vlpi_expect_unmapped(t, v);
}

/**
 * unwind_forget_translations() - empty the vITS's translation cache
 * @u: the call
 *
 * Looking up an event caches it, also on the way to a failure. Nobody minds,
 * but it shows in a snapshot.
 */
void unwind_forget_translations(struct unwind *u)
{
	struct vgic_vm *vm = u->t->vm;

	vgic_guest_disable_its(vm);
	vgic_guest_mmio_write(vm, vm->vcpu[0], vm->its_base + GITS_CTLR, 4,
			      GITS_CTLR_ENABLE);
}

/**
 * unwind_touch_ram() - have all of the guest's memory there
 * @u: the call
 *
 * A page fault allocates, and is no part of a call.
 */
void unwind_touch_ram(struct unwind *u)
{
	struct vgic_vm *vm = u->t->vm;
	gpa_t gpa;
	u8 byte;

	for (gpa = VGIC_VM_RAM_BASE; gpa < VGIC_VM_RAM_BASE + VGIC_VM_RAM_SIZE;
	     gpa += PAGE_SIZE) {
		vgic_guest_read(vm, gpa, &byte, 1);
		vgic_guest_write(vm, gpa, &byte, 1);
	}
}

static const struct unwind_op *next_op(const struct unwind_op *op)
{
	if (!op)
		return &unwind_ops[0];
	if (op == &unwind_ops[unwind_nr_ops - 1])
		return &unwind_vm_ops[0];
	if (op == &unwind_vm_ops[unwind_nr_vm_ops - 1])
		return NULL;

	return op + 1;
}

static const void *unwind_gen_params(struct kunit *test, const void *prev,
				     char *desc)
{
	const struct unwind_op *op = NULL;

	if (prev)
		op = container_of(prev, struct unwind_op, param);
	op = next_op(op);
	if (!op)
		return NULL;
	strscpy(desc, op->param.name, KUNIT_PARAM_DESC_SIZE);

	return &op->param;
}

static const void *unwind_cmds_gen_params(struct kunit *test, const void *prev,
					  char *desc)
{
	const struct vlpi_param *p = prev;

	do {
		p = unwind_gen_params(test, p, desc);
	} while (p && !container_of(p, struct unwind_op, param)->cmds);

	return p;
}

static struct kunit_case unwind_cases[] = {
	KUNIT_CASE_PARAM(failed_allocation_is_undone, unwind_gen_params),
	KUNIT_CASE_PARAM(stalled_queue_is_waited_for, unwind_gen_params),
	KUNIT_CASE_PARAM(lost_command_is_survived, unwind_cmds_gen_params),
	{}
};

static int unwind_suite_init(struct kunit_suite *suite)
{
	unwind_total_faults = 0;

	return um_vgic_suite_init_vlpis(suite);
}

static void unwind_suite_exit(struct kunit_suite *suite)
{
	kunit_info(suite, "%u faults injected", unwind_total_faults);
	um_vgic_suite_exit(suite);
}

static struct kunit_suite unwind_suite = {
	.name		= "vgic_vlpi_unwind",
	.suite_init	= unwind_suite_init,
	.suite_exit	= unwind_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= unwind_cases,
};

kunit_test_suite(unwind_suite);
um_vgic_machine_suites(unwind_suite);
