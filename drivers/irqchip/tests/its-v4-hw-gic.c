// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hardware of suite its_v4: whatever GIC this machine has, QEMU's or a
 * real one. It has no device that would write at a test's command, no guest,
 * and its tables are its own affair.
 */
#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/interrupt.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/irqchip/its-marker.h>
#include <linux/irqdomain.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/smp.h>

#include "its-v4-hw.h"

#define MAX_ITS		16
#define MAX_VPES	1024
#define MAX_VLPIS	4096

static struct its_v4_hw its_v4_gic;
static struct device_node *its_v4_nodes[MAX_ITS];
static void __iomem *its_v4_marked;

/* A register of a device that has a driver already: only to be read */
static u64 its_v4_read_reg(struct device_node *np, unsigned int frame,
			   unsigned int reg)
{
	void __iomem *base = of_iomap(np, frame);
	u64 val;

	if (!base)
		return 0;
	val = readl(base + reg) | (u64)readl(base + reg + 4) << 32;
	iounmap(base);

	return val;
}

static void its_v4_add_its(struct device_node *np)
{
	u64 typer = its_v4_read_reg(np, 0, GITS_TYPER);
	struct its_v4_hw *hw = &its_v4_gic;
	unsigned int devid_bits = FIELD_GET(GITS_TYPER_DEVBITS, typer) + 1;
	unsigned int eventid_bits = FIELD_GET(GITS_TYPER_IDBITS, typer) + 1;

	/* The driver leaves out one that does not work, and those of GICv3 */
	if (!(typer & GITS_TYPER_VLPIS) || hw->nr_its == MAX_ITS ||
	    !irq_find_matching_fwnode(of_fwnode_handle(np), DOMAIN_BUS_NEXUS))
		return;

	if (!hw->nr_its) {
		hw->devid_bits = devid_bits;
		hw->eventid_bits = eventid_bits;
		hw->v4_1 = typer & GITS_TYPER_VMAPP;
	}
	hw->devid_bits = min(hw->devid_bits, devid_bits);
	hw->eventid_bits = min(hw->eventid_bits, eventid_bits);
	hw->its_list |= !hw->v4_1 && !(typer & GITS_TYPER_VMOVP);
	its_v4_nodes[hw->nr_its++] = of_node_get(np);
}

static void its_v4_find_gic(void)
{
	struct its_v4_hw *hw = &its_v4_gic;
	struct device_node *gic, *np;

	gic = of_find_compatible_node(NULL, NULL, "arm,gic-v3");
	if (!gic)
		return;

	/* The driver looks at all redistributors; they hardly differ */
	if (its_v4_read_reg(gic, 1, GICR_TYPER) & GICR_TYPER_VLPIS)
		for_each_compatible_node(np, NULL, "arm,gic-v3-its")
			its_v4_add_its(np);
	of_node_put(gic);

	hw->nr_vpes = MAX_VPES;
	hw->nr_vlpis = MAX_VLPIS;
	hw->vsgis = hw->v4_1 && gic_cpuif_has_vsgi();
}

/**
 * its_v4_hw_suite_init() - the suite's suite_init()
 * @suite: the suite
 *
 * Context: may sleep.
 * Return: 0, with @suite marked as skipped if there is no GICv4.
 */
int its_v4_hw_suite_init(struct kunit_suite *suite)
{
	its_v4_gic = (struct its_v4_hw) {};
	its_v4_find_gic();
	if (!its_v4_gic.nr_its)
		kunit_mark_skipped(suite, "the machine has no GICv4");
	else
		its_v4_marked = of_iomap(its_v4_nodes[0], 0);

	return 0;
}

/**
 * its_v4_hw_suite_exit() - the suite's suite_exit()
 * @suite: the suite
 *
 * Context: may sleep.
 */
void its_v4_hw_suite_exit(struct kunit_suite *suite)
{
	if (its_v4_marked)
		iounmap(its_v4_marked);
	its_v4_marked = NULL;
	while (its_v4_gic.nr_its)
		of_node_put(its_v4_nodes[--its_v4_gic.nr_its]);
}

/* What follows is described in its-v4-hw-model.c */

int its_v4_hw_test_init(struct kunit *test, struct its_v4_hw *hw)
{
	*hw = its_v4_gic;
	if (its_v4_marked)
		its_mark(its_v4_marked, test);

	return 0;
}

void its_v4_hw_test_exit(struct kunit *test)
{
	if (its_v4_marked)
		its_mark_end(its_v4_marked);
}

void its_v4_hw_checkpoint(struct kunit *test)
{
}

void its_v4_hw_expect_empty(struct kunit *test)
{
}

int its_v4_hw_replace(const char *name, struct its_v4_hw *hw)
{
	return -EOPNOTSUPP;
}

struct fwnode_handle *its_v4_hw_fwnode(unsigned int its)
{
	return its < its_v4_gic.nr_its ? of_fwnode_handle(its_v4_nodes[its]) : NULL;
}

bool its_v4_hw_device_write(unsigned int its, u32 devid, u32 eventid)
{
	return false;
}

/* A CPU that takes an IPI takes the other interrupts that it has, too */
void its_v4_hw_settle(void)
{
	kick_all_cpus_sync();
}

u32 its_v4_hw_ack(unsigned int cpu)
{
	return GICV4_INTID_NONE;
}

bool its_v4_hw_pending(const struct its_vpe *vpe, u32 vintid, bool *pending)
{
	return false;
}

bool its_v4_hw_config(const struct its_vpe *vpe, u32 vintid, u8 *config)
{
	return false;
}

bool its_v4_hw_event(unsigned int its, u32 devid, u32 eventid,
		     struct gicv4_itte *itte)
{
	return false;
}

bool its_v4_hw_vpe(unsigned int its, const struct its_vpe *vpe,
		   struct gicv4_vpte *vpte)
{
	return false;
}

bool its_v4_hw_vsgi(const struct its_vpe *vpe, unsigned int sgi,
		    struct gicv4_vsgi *vsgi)
{
	return false;
}

bool its_v4_hw_commands(u64 *commands)
{
	return false;
}

bool its_v4_hw_mappings(unsigned int its, unsigned int *virt)
{
	return false;
}
