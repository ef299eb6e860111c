// SPDX-License-Identifier: GPL-2.0
/*
 * irq_work at once, on UML.
 *
 * UML runs irq_work of the same CPU from the timer tick, 10 ms later. A machine
 * that raises its interrupts by irq_work from within an MMIO access needs it
 * as soon as interrupts are enabled, so the CPU sends itself the IPI that it
 * would get from another one.
 */
#include <linux/cache.h>
#include <linux/init.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/smp.h>

static bool um_ipi_ready __ro_after_init;

static void run_irq_work(void *unused)
{
	irq_work_run();
}

static DEFINE_PER_CPU(call_single_data_t, um_irq_work_csd) =
	CSD_INIT(run_irq_work, NULL);

/* The override of the weak function that leaves it to the tick */
void arch_irq_work_raise(void)
{
	call_single_data_t *csd;

	if (!um_ipi_ready)
		return;

	guard(irqsave)();

	/* Not yet taken, which means that all of the list will be run */
	csd = this_cpu_ptr(&um_irq_work_csd);
	if (csd->node.u_flags & CSD_FLAG_LOCK)
		return;

	csd->node.u_flags = CSD_TYPE_ASYNC | CSD_FLAG_LOCK;
	__smp_call_single_queue(smp_processor_id(), &csd->node.llist);
}

/* IPIs work once smp_prepare_cpus() has run, also with one CPU */
static int __init um_irq_work_init(void)
{
	um_ipi_ready = true;

	return 0;
}
early_initcall(um_irq_work_init);
