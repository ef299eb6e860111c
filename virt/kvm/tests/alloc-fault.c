// SPDX-License-Identifier: GPL-2.0
/*
 * Failing allocations: the n-th one that the calling thread makes, whatever it
 * is for. The kernel's fault injection counts them in current->fail_nth; a
 * thread that never leaves the kernel needs no procfs to write there.
 *
 * alloc_fault.verbose=1 on the kernel's command line has a stack printed for
 * each allocation that fails; make faults reads them.
 */
#include <kunit/test.h>
#include <linux/fault-inject.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>

#include <kvm/vgic_fixture.h>

#if defined(CONFIG_FAILSLAB) && defined(CONFIG_FAIL_PAGE_ALLOC)
static bool verbose;
module_param(verbose, bool, 0444);

/* A kernel with bugs may die of it, and others want to know about the rest */
static bool off;
module_param(off, bool, 0444);

/**
 * vgic_alloc_fault_init() - make every allocation one that can fail
 * @test: the test; skipped if the kernel has no fault injection
 *
 * As configured at boot, fault injection spares what may sleep, and single
 * pages. Nothing fails before vgic_alloc_fault_arm(), and only there, so this
 * need not be undone.
 *
 * Context: process context. Does not return if the test is skipped.
 */
void vgic_alloc_fault_init(struct kunit *test)
{
	if (off)
		kunit_skip(test, "alloc_fault.off=1 on the command line");

	/* 1 is a line for each failure, 2 is a stack */
	failslab_set_filter(false, verbose ? 2 : 0);
	fail_page_alloc_set_filter(false, 0, verbose ? 2 : 0);
}

/**
 * vgic_alloc_fault_arm() - let one of the next allocations fail
 * @nth: which, from 1
 *
 * Slab objects and pages count alike, so do the nodes of XArrays and the page
 * tables that a page fault needs. What interrupts and other threads allocate
 * does not count and does not fail.
 *
 * Context: the thread that makes the allocations.
 */
void vgic_alloc_fault_arm(unsigned int nth)
{
	current->fail_nth = nth;
}

/**
 * vgic_alloc_fault_disarm() - from here on nothing fails
 *
 * Context: the thread of vgic_alloc_fault_arm().
 * Return: whether an allocation has failed.
 */
bool vgic_alloc_fault_disarm(void)
{
	bool struck = !current->fail_nth;

	current->fail_nth = 0;

	return struck;
}

/**
 * vgic_alloc_fault_verbose() - is the kernel to print what fails, and where?
 *
 * Context: any.
 * Return: alloc_fault.verbose.
 */
bool vgic_alloc_fault_verbose(void)
{
	return verbose;
}
#else
void vgic_alloc_fault_init(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAILSLAB and CONFIG_FAIL_PAGE_ALLOC");
}

void vgic_alloc_fault_arm(unsigned int nth)
{
}

bool vgic_alloc_fault_disarm(void)
{
	return false;
}

bool vgic_alloc_fault_verbose(void)
{
	return false;
}
#endif
