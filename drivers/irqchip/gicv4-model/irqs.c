// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts of the host: physical LPIs and doorbells, delivered in hard
 * interrupt context on the CPU that they target.
 *
 * A register callback may be under any raw spinlock of the driver, so it only
 * queues an irq_work. The pending state stays in the redistributor until the
 * work acknowledges it; what the driver does in between still counts.
 */
#include <linux/cpu.h>
#include <linux/export.h>
#include <linux/hardirq.h>
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "internal.h"
#include "tracepoints.h"

#define GM_WAIT	(2 * HZ)

static void gm_irq_work(struct irq_work *work)
{
	struct gm_rdist *rd = container_of(work, struct gm_rdist, work);
	gicv4_irq_fn fn;
	struct gm_lpi *lpi;
	unsigned long flags;
	u32 intid;

	/*
	 * A CPU that leaves the idle loop runs what others queued on it before
	 * it takes the interrupt that tells it so.
	 */
	if (!in_hardirq()) {
		irq_work_queue(work);
		return;
	}

	raw_spin_lock_irqsave(&gm.lock, flags);
	while (gm.on && gm.irq_fn) {
		lpi = gm_best(rd->cpu);
		if (!lpi)
			break;
		/* Acknowledge: an LPI has no active state */
		fn = gm.irq_fn;
		intid = lpi->intid;
		gm_plpi_take(rd->cpu, intid);
		gm.stats.host_irqs++;
		trace_gicv4_deliver(false, rd->cpu, -1, intid);
		rd->delivering++;
		raw_spin_unlock_irqrestore(&gm.lock, flags);

		fn(rd->cpu, intid);

		raw_spin_lock_irqsave(&gm.lock, flags);
		rd->delivering--;
	}
	raw_spin_unlock_irqrestore(&gm.lock, flags);
}

/**
 * gm_irq_init - make the redistributors ready to deliver, once
 */
void gm_irq_init(void)
{
	static bool done;
	unsigned int cpu;

	if (done)
		return;
	for (cpu = 0; cpu < GICV4_MAX_CPUS; cpu++)
		gm.rdist[cpu].work = IRQ_WORK_INIT_HARD(gm_irq_work);
	done = true;
}

/**
 * gm_irq_kick - deliver what is pending on a redistributor, soon
 * @cpu: the redistributor
 *
 * One that has no CPU in this kernel delivers on the CPU that is here.
 */
void gm_irq_kick(unsigned int cpu)
{
	struct irq_work *work = &gm.rdist[cpu].work;

	if (!gm.irq_fn || !gm_best(cpu))
		return;
	if (cpu < nr_cpu_ids && cpu_online(cpu))
		irq_work_queue_on(work, cpu);
	else
		irq_work_queue(work);
}

/**
 * gicv4_set_irq_handler - connect the CPUs of the host
 * @fn: called in hard interrupt context, on the CPU that the interrupt
 *      targets, for each LPI; NULL leaves LPIs pending
 *
 * Context: any.
 */
void gicv4_set_irq_handler(gicv4_irq_fn fn)
{
	unsigned int cpu;

	guard(raw_spinlock_irqsave)(&gm.lock);

	gm.irq_fn = fn;
	if (!gm.on)
		return;
	for (cpu = 0; cpu < gm.desc.nr_cpus; cpu++)
		gm_irq_kick(cpu);
}
EXPORT_SYMBOL_GPL(gicv4_set_irq_handler);

static bool gm_irqs_idle(void)
{
	unsigned int cpu;

	guard(raw_spinlock_irqsave)(&gm.lock);

	for (cpu = 0; cpu < GICV4_MAX_CPUS; cpu++) {
		if (gm.rdist[cpu].delivering)
			return false;
		if (gm.on && gm.irq_fn && gm_best(cpu)) {
			/* Nothing told an uncached machine of a new enable */
			gm_irq_kick(cpu);
			return false;
		}
	}
	return true;
}

/**
 * gicv4_wait_host_irqs - wait until every host interrupt has been handled
 *
 * Interrupts that are pending but disabled stay where they are.
 *
 * Context: process context, interrupts on; may sleep.
 * Return: true; false if there were still some after two seconds.
 */
bool gicv4_wait_host_irqs(void)
{
	unsigned long end = jiffies + GM_WAIT;

	while (!gm_irqs_idle()) {
		if (time_after(jiffies, end))
			return false;
		cond_resched();
		cpu_relax();
	}
	return true;
}
EXPORT_SYMBOL_GPL(gicv4_wait_host_irqs);
