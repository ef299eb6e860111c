// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_unwind: ITS commands that are not executed, or not at once.
 *
 * The driver sends a command, polls GITS_CREADR for a second, and goes on
 * whatever it saw: nobody above it learns that a command was lost. So what can
 * be asked for is this.
 *
 * A queue that stalls and goes on within the second is only slow: everything
 * is as if it had not stalled. A command that is lost leaves hardware and
 * software with different views, and that is as far as it may get: the
 * software's own state is as if the command had been executed, all that was
 * taken can be given back, and once the machine is reset the call works.
 */
#include <linux/kvm_host.h>
#include <linux/seq_buf.h>
#include <linux/um-vgic.h>

#include "vlpi-unwind.h"

#define MAX_COMMANDS	200

/* Much longer than a machine that is slow by design takes */
#define STALLED_FOR	1000

static bool stalled;

/* Whoever fixes the reason of a stall lets the queue go on */
static void end_stall(void)
{
	stalled = true;
	gicv4_fault_clear();
}

/* Return: whether the ITS was sent an n-th command */
static bool stall_nth(struct unwind *u, unsigned int its, unsigned int nth)
{
	const struct unwind_op *op = u->op;
	struct kunit *test = u->t->test;
	struct gicv4_stats held, released;
	struct unwind_state before, after;
	int ret;

	unwind_take_counts(u, &before);

	stalled = false;
	um_its_after_waits(STALLED_FOR, end_stall);
	gicv4_fault_stall(its, GICV4_ANY_CMD, nth);
	ret = op->call(u);
	gicv4_get_stats(&held);
	gicv4_fault_clear();
	gicv4_get_stats(&released);
	um_its_after_waits(0, NULL);

	KUNIT_EXPECT_EQ(test, ret, 0);
	/* Who does not wait for the queue leaves commands in it */
	KUNIT_EXPECT_EQ(test, held.commands, released.commands);
	KUNIT_EXPECT_TRUE(test, unwind_had_effect(u, ret));
	gicv4_checkpoint(test);
	if (test->status != KUNIT_FAILURE && op->verify)
		op->verify(u);
	op->undo(u);

	unwind_take_counts(u, &after);
	unwind_expect_same_counts(u, &before, &after);
	gicv4_checkpoint(test);

	return stalled;
}

void stalled_queue_is_waited_for(struct kunit *test)
{
	struct unwind *u = kunit_kzalloc(test, sizeof(*u), GFP_KERNEL);
	unsigned int its, n, faults = 0;

	KUNIT_ASSERT_NOT_NULL(test, u);
	unwind_prepare(u, test);

	for (its = 0; its < u->t->m->nr_its; its++) {
		for (n = 1; n < MAX_COMMANDS; n++) {
			if (!stall_nth(u, its, n))
				break;
			faults++;
			if (test->status == KUNIT_FAILURE) {
				kunit_err(test, "%s: when ITS %u stalled before command %u",
					  u->op->param.name, its, n);
				return;
			}
		}
		KUNIT_EXPECT_LT(test, n, MAX_COMMANDS);
	}
	unwind_total_faults += faults;
	kunit_info(test, "%s: %u stalls, one by one", u->op->param.name, faults);
}

/* Where memory happens to be, and what only the machine holds */
static const char *const not_software[] = {
	"routing table ", "vcpu 0 vpe ", "vcpu 1 vpe ", "vcpu 2 vpe ", NULL
};

static bool is_software(const char *line)
{
	const char *const *prefix = not_software;

	for (; *prefix; prefix++)
		if (str_has_prefix(line, *prefix))
			return false;

	return true;
}

/* The snapshot ends with the machine, which is left out */
static char *software_state(struct unwind *u)
{
	struct vgic_vm *vm = u->t->vm;
	char *text, *from, *to;
	struct seq_buf s;
	char *buf;

	if (!vm)
		return NULL;

	text = vgic_vm_snapshot(vm);
	buf = kunit_kmalloc(u->t->test, SZ_256K, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(u->t->test, buf);
	seq_buf_init(&s, buf, SZ_256K);
	gicv4_dump(&s);
	text[strlen(text) - seq_buf_used(&s)] = '\0';
	kunit_kfree(u->t->test, buf);

	for (from = text, to = text; *from;) {
		size_t len = strcspn(from, "\n") + 1;

		if (is_software(from)) {
			memmove(to, from, len);
			to += len;
		}
		from += len;
	}
	*to = '\0';

	return text;
}

static bool was_ignored(void)
{
	struct gicv4_cmd cmd;
	unsigned int i;

	for (i = 0; i < gicv4_trace_len(); i++)
		if (gicv4_trace_get(i, &cmd) && cmd.ignored && !cmd.error)
			return true;

	return false;
}

/* VM and devices go, the machine is reset, and they come again */
static void new_world(struct unwind *u, const struct gicv4_desc *m,
		      struct unwind_state *empty)
{
	struct vlpi_test *t = u->t;
	struct kunit_suppressed_warning *w;
	struct unwind_state s = {};
	unsigned int its;

	if (t->vm)
		vgic_vm_destroy(t->vm);
	t->vm = NULL;
	vgic_vm_mock_device_destroy(t->test, t->mock2);
	for (its = m->nr_its; its--;)
		vgic_vm_mock_device_destroy(t->test, t->mock[its]);
	gicv4_wait_host_irqs();

	um_its_get_counts(&s.its);
	if (empty->its.devices)
		unwind_expect_same_counts(u, empty, &s);
	*empty = s;

	/* The machine's host is told of what the lost command has led to */
	w = kunit_start_suppress_warning(t->test);
	KUNIT_ASSERT_EQ(t->test, 0, um_vgic_machine(m));
	kunit_end_suppress_warning(t->test, w);
	vlpi_new_world(t);
	unwind_prepare(u, t->test);
}

/* Return: whether the ITS was sent an n-th command */
static bool lose_nth(struct unwind *u, unsigned int its, unsigned int nth,
		     const char *want)
{
	struct kunit *test = u->t->test;
	char *state;
	bool lost;
	int ret;

	gicv4_trace_clear();
	gicv4_fault_ignore(its, GICV4_ANY_CMD, nth);
	ret = u->op->call(u);
	gicv4_fault_clear();
	lost = was_ignored();

	/* Nobody has told the caller */
	KUNIT_EXPECT_EQ(test, ret, 0);
	state = software_state(u);
	KUNIT_EXPECT_EQ(test, !state, !want);
	if (state && want)
		vgic_vm_expect_same(test, want, state);
	kunit_kfree(test, state);

	return lost;
}

void lost_command_is_survived(struct kunit *test)
{
	struct unwind *u = kunit_kzalloc(test, sizeof(*u), GFP_KERNEL);
	const struct gicv4_desc m = *gicv4_machine();
	struct unwind_state empty = {};
	unsigned int its, n, faults = 0;
	char *want;

	KUNIT_ASSERT_NOT_NULL(test, u);
	/* Each command after it would be polled for, a second long */
	if (m.stall)
		kunit_skip(test, "the error that follows from it stops the queue for good");

	unwind_prepare(u, test);
	/* As it should be; what is compared later has lived on a new machine */
	new_world(u, &m, &empty);
	KUNIT_ASSERT_EQ(test, 0, u->op->call(u));
	want = software_state(u);
	new_world(u, &m, &empty);

	for (its = 0; its < m.nr_its; its++) {
		for (n = 1; n < MAX_COMMANDS; n++) {
			bool lost = lose_nth(u, its, n, want);

			new_world(u, &m, &empty);
			if (test->status == KUNIT_FAILURE) {
				kunit_err(test, "%s: when command %u of ITS %u was lost",
					  u->op->param.name, n, its);
				return;
			}
			if (!lost)
				break;
			faults++;
		}
	}

	KUNIT_EXPECT_EQ(test, 0, u->op->call(u));
	if (u->op->verify)
		u->op->verify(u);
	unwind_total_faults += faults;
	kunit_info(test, "%s: %u commands lost, one by one", u->op->param.name,
		   faults);
}
