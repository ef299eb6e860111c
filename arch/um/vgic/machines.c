// SPDX-License-Identifier: GPL-2.0
/*
 * One KUnit suite for each machine of the catalogue.
 */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/moduleparam.h>
#include <linux/panic.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "um_vgic."

/* For a kernel that takes its time, one with lockdep and KASAN */
static char *wanted;
module_param_named(machines, wanted, charp, 0444);
MODULE_PARM_DESC(machines, "the machines to run copies of suites on, by commas; all");

/* Of the suite that runs; suites run one after the other */
static struct gicv4_desc machine;

/* No test has failed on the machine since it was built */
static bool machine_is_clean;

/* KUnit keeps a case's verdict in the case, so each suite has its own ones */
static struct kunit_suite *copy_for(const struct kunit_suite *suite,
				    unsigned int nr_cases,
				    const char *machine_name)
{
	struct kunit_suite *copy;
	char name[sizeof(copy->name)];

	copy = kmemdup(suite, sizeof(*copy), GFP_KERNEL);
	if (!copy)
		return NULL;

	copy->test_cases = kmemdup(suite->test_cases,
				   (nr_cases + 1) * sizeof(*copy->test_cases),
				   GFP_KERNEL);
	if (!copy->test_cases) {
		kfree(copy);
		return NULL;
	}

	snprintf(name, sizeof(name), "%s-%s", suite->name, machine_name);
	strreplace(name, '.', '_');
	/* const in a suite that the linker collects, but this one is ours */
	memcpy((char *)copy->name, name, sizeof(name));

	return copy;
}

/**
 * um_vgic_copy_suite - make the copies of a suite
 * @suite: the suite
 * @copies: where they go, UM_VGIC_NR_COPIES
 *
 * Context: may sleep; before KUnit looks at its suites.
 * Return: 0. There is no going on without memory at boot.
 */
int um_vgic_copy_suite(const struct kunit_suite *suite,
		       struct kunit_suite **copies)
{
	struct gicv4_desc desc;
	struct kunit_case *c;
	unsigned int i, n = 0;

	for (c = suite->test_cases; c->run_case; c++)
		n++;

	for (i = 0; i < UM_VGIC_NR_COPIES; i++) {
		if (gicv4_catalogue(i + 1, nr_cpu_ids, &desc))
			copies[i] = copy_for(suite, n, desc.name);
		if (!copies[i])
			panic("%s: no copy for machine %u", suite->name, i + 1);
	}

	return 0;
}
EXPORT_SYMBOL_GPL(um_vgic_copy_suite);

static bool find_machine(const char *suite)
{
	const char *name = strchr(suite, '-');
	char buf[64];

	if (!name) {
		machine = gicv4_default_desc(nr_cpu_ids);
		return true;
	}

	strscpy(buf, name + 1);
	strreplace(buf, '_', '.');

	return gicv4_catalogue_find(buf, nr_cpu_ids, &machine);
}

/* Is the suite's machine one that the user wants? The default one always is. */
static bool is_wanted(const char *suite)
{
	const char *at, *name = machine.name;
	size_t len = strlen(name);

	if (!wanted || !strchr(suite, '-'))
		return true;

	for (at = wanted; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, name, len) && (!at[len] || at[len] == ','))
			return true;
	}

	return false;
}

static void default_machine(void)
{
	um_vgic_machine(NULL);
	machine_is_clean = false;
}

/**
 * um_vgic_suite_init - a suite's suite_init(): build the suite's machine
 * @suite: a suite <name> or <name>-<machine>
 *
 * Marks @suite as skipped if um_vgic.machines does not have its machine.
 *
 * Context: may sleep.
 * Return: 0; -ENODEV if the catalogue has no such machine; or the error of
 * um_vgic_machine(), and the default machine is there.
 */
int um_vgic_suite_init(struct kunit_suite *suite)
{
	int ret;

	if (!find_machine(suite->name))
		return -ENODEV;

	if (!is_wanted(suite->name)) {
		kunit_mark_skipped(suite, "%s is not in um_vgic.machines", machine.name);
		return 0;
	}

	ret = um_vgic_machine(&machine);
	machine_is_clean = !ret;
	if (ret)
		/* Nobody calls suite_exit() after this */
		default_machine();

	return ret;
}
EXPORT_SYMBOL_GPL(um_vgic_suite_init);

/**
 * um_vgic_suite_init_vlpis - as um_vgic_suite_init(), for a suite of vLPIs
 * @suite: a suite <name> or <name>-<machine>
 *
 * Marks @suite as skipped if the machine has no vLPIs.
 *
 * Context: may sleep.
 * Return: 0, or the error of um_vgic_machine().
 */
int um_vgic_suite_init_vlpis(struct kunit_suite *suite)
{
	int ret = um_vgic_suite_init(suite);

	if (ret || suite->status == KUNIT_SKIPPED)
		return ret;

	if (machine.arch < GICV4_ARCH_4_0) {
		/* Nobody calls suite_exit() after this */
		default_machine();
		kunit_mark_skipped(suite, "%s: the machine has no vLPIs", machine.name);
	}

	return 0;
}
EXPORT_SYMBOL_GPL(um_vgic_suite_init_vlpis);

/**
 * um_vgic_suite_init_v4_1 - as um_vgic_suite_init(), for a suite of GICv4.1
 * @suite: a suite <name> or <name>-<machine>
 *
 * Marks @suite as skipped if the machine is none.
 *
 * Context: may sleep.
 * Return: 0, or the error of um_vgic_machine().
 */
int um_vgic_suite_init_v4_1(struct kunit_suite *suite)
{
	int ret = um_vgic_suite_init_vlpis(suite);

	if (ret || suite->status == KUNIT_SKIPPED)
		return ret;

	if (machine.arch < GICV4_ARCH_4_1) {
		/* Nobody calls suite_exit() after this */
		default_machine();
		kunit_mark_skipped(suite, "the machine is no GICv4.1");
	}

	return 0;
}
EXPORT_SYMBOL_GPL(um_vgic_suite_init_v4_1);

/**
 * um_vgic_suite_exit - a suite's suite_exit(): back to the default machine
 * @suite: the suite
 *
 * Context: may sleep.
 */
void um_vgic_suite_exit(struct kunit_suite *suite)
{
	default_machine();
}
EXPORT_SYMBOL_GPL(um_vgic_suite_exit);

/**
 * um_vgic_test_init - first thing in a suite's init()
 * @test: the test
 *
 * Builds the suite's machine again if the test before left it in disorder.
 *
 * Context: may sleep.
 * Return: 0, or the error of um_vgic_machine().
 */
int um_vgic_test_init(struct kunit *test)
{
	int ret = 0;

	if (!machine_is_clean)
		ret = um_vgic_machine(&machine);
	machine_is_clean = false;

	return ret;
}
EXPORT_SYMBOL_GPL(um_vgic_test_init);

/**
 * um_vgic_test_exit - last thing in a suite's exit()
 * @test: the test, which has let go of the machine, see kunit_cleanup()
 *
 * Context: any.
 */
void um_vgic_test_exit(struct kunit *test)
{
	machine_is_clean = test->status != KUNIT_FAILURE;
}
EXPORT_SYMBOL_GPL(um_vgic_test_exit);
