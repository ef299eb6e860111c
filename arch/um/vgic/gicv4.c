// SPDX-License-Identifier: GPL-2.0
/*
 * drivers/irqchip/irq-gic-v4.c for UML.
 *
 * The driver asks the CPU for virtual SGIs only if built for arm64.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/msi.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/irqchip/arm-gic-v4.h>

#include "host.h"

#define CONFIG_ARM64 1
#include "../../../drivers/irqchip/irq-gic-v4.c"

/**
 * um_gicv4_teardown - forget the domain and the operations of its_init_v4()
 *
 * Context: no vPE exists.
 */
void um_gicv4_teardown(void)
{
	gic_domain = NULL;
	vpe_domain_ops = NULL;
	sgi_domain_ops = NULL;
}
