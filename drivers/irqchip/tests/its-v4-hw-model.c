// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hardware of suite its_v4: the software GICv4 machine.
 */
#include <linux/atomic.h>
#include <linux/interrupt.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/minmax.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>

#include "its-v4-watched.h"

/* The test has put another machine in the place of the suite's one */
static bool replaced;

#define MAX_VPES	1024

/**
 * its_v4_hw_suite_init() - the suite's suite_init()
 * @suite: the suite, of any machine
 *
 * Context: may sleep.
 * Return: 0, with @suite marked as skipped if it has no GICv4 to run on; or
 *	   an error.
 */
int its_v4_hw_suite_init(struct kunit_suite *suite)
{
	return um_vgic_suite_init_vlpis(suite);
}

/**
 * its_v4_hw_suite_exit() - the suite's suite_exit()
 * @suite: the suite
 *
 * Context: may sleep.
 */
void its_v4_hw_suite_exit(struct kunit_suite *suite)
{
	um_vgic_suite_exit(suite);
}

static void its_v4_hw_get(struct its_v4_hw *hw)
{
	const struct gicv4_desc *desc = gicv4_machine();
	bool v4_1 = desc->arch >= GICV4_ARCH_4_1;

	*hw = (struct its_v4_hw) {
		.nr_its		= desc->nr_its,
		.devid_bits	= desc->devid_bits,
		.eventid_bits	= desc->eventid_bits,
		.nr_vpes	= min(1U << desc->vpeid_bits, MAX_VPES),
		/* LPIs, but for some that doorbells and devices take */
		.nr_vlpis	= (1U << min(desc->intid_bits, 16)) - 8192 - 4096,
		.v4_1		= v4_1,
		.vsgis		= v4_1 && gic_cpuif_has_vsgi(),
		.its_list	= !v4_1 && !desc->vmovp,
		.is_model	= true,
	};
}

/**
 * its_v4_hw_test_init() - make the machine ready for a test
 * @test: the test
 * @hw: what machine it is
 *
 * Context: may sleep.
 * Return: 0, or an error of the machine.
 */
int its_v4_hw_test_init(struct kunit *test, struct its_v4_hw *hw)
{
	int ret = um_vgic_test_init(test);

	replaced = false;
	if (!ret)
		its_v4_hw_get(hw);

	return ret;
}

/**
 * its_v4_hw_test_exit() - the test is over
 * @test: the test
 *
 * Context: may sleep.
 */
void its_v4_hw_test_exit(struct kunit *test)
{
	/* Without this the next test builds the machine anew */
	if (!replaced)
		um_vgic_test_exit(test);
}

/**
 * its_v4_hw_checkpoint() - fail the test if a rule of the machine was broken
 * @test: the test
 *
 * Context: may sleep; no command and no change of a property is under way.
 */
void its_v4_hw_checkpoint(struct kunit *test)
{
	gicv4_checkpoint(test);
}

/**
 * its_v4_hw_expect_empty() - fail the test if the ITSs translate anything
 * @test: the test
 *
 * Context: may sleep.
 */
void its_v4_hw_expect_empty(struct kunit *test)
{
	unsigned int its;

	for (its = 0; its < gicv4_machine()->nr_its; its++) {
		KUNIT_EXPECT_EQ_MSG(test, gicv4_nr_mappings(its, true), 0,
				    "virtual ones on ITS %u", its);
		KUNIT_EXPECT_EQ_MSG(test, gicv4_nr_mappings(its, false), 0,
				    "physical ones on ITS %u", its);
	}
}

/**
 * its_v4_hw_make() - go on with a machine that is in no catalogue
 * @desc: the machine
 * @hw: what machine it is
 *
 * The suite's own one is there again in the next test.
 *
 * Context: may sleep; nobody uses the machine.
 * Return: 0, or an error.
 */
int its_v4_hw_make(const struct gicv4_desc *desc, struct its_v4_hw *hw)
{
	int ret;

	replaced = true;
	ret = um_vgic_machine(desc);
	if (!ret)
		its_v4_hw_get(hw);

	return ret;
}

/**
 * its_v4_hw_replace() - go on with another machine
 * @name: its name in the catalogue
 * @hw: what machine it is
 *
 * The suite's own one is there again in the next test.
 *
 * Context: may sleep; nobody uses the machine.
 * Return: 0; -EOPNOTSUPP if this machine cannot be replaced; or an error.
 */
int its_v4_hw_replace(const char *name, struct its_v4_hw *hw)
{
	struct gicv4_desc desc;

	if (!gicv4_catalogue_find(name, nr_cpu_ids, &desc))
		return -ENODEV;

	return its_v4_hw_make(&desc, hw);
}

/**
 * its_v4_hw_fwnode() - firmware node of an ITS
 * @its: its number
 *
 * Context: any.
 * Return: the node, or NULL if there is no such ITS.
 */
struct fwnode_handle *its_v4_hw_fwnode(unsigned int its)
{
	return um_vgic_its_fwnode(its);
}

/**
 * its_v4_hw_device_write() - a device writes to GITS_TRANSLATER
 * @its: number of the ITS
 * @devid: DeviceID
 * @eventid: EventID
 *
 * Context: any.
 * Return: true; false if there is no bus on which a device could do so.
 */
bool its_v4_hw_device_write(unsigned int its, u32 devid, u32 eventid)
{
	gicv4_device_write(its, devid, eventid);

	return true;
}

/**
 * its_v4_hw_settle() - wait until interrupts of the host have arrived
 *
 * Context: may sleep.
 */
void its_v4_hw_settle(void)
{
	gicv4_wait_host_irqs();
}

/**
 * its_v4_hw_ack() - the guest on a CPU takes an interrupt
 * @cpu: the CPU
 *
 * Context: any.
 * Return: its vINTID, or GICV4_INTID_NONE, always so if there is no guest.
 */
u32 its_v4_hw_ack(unsigned int cpu)
{
	return gicv4_vcpu_ack(cpu);
}

/**
 * its_v4_hw_pending() - is a vLPI pending?
 * @vpe: its vPE
 * @vintid: vINTID
 * @pending: whether it is
 *
 * Context: any.
 * Return: false if one cannot see that here.
 */
bool its_v4_hw_pending(const struct its_vpe *vpe, u32 vintid, bool *pending)
{
	unsigned int its;

	*pending = false;
	/* The vPE is one for all the ITSs that know it */
	for (its = 0; its < gicv4_machine()->nr_its; its++)
		*pending |= gicv4_vlpi_pending(its, vpe->vpe_id, vintid);

	return true;
}

/**
 * its_v4_hw_config() - the configuration of a vLPI that is in use
 * @vpe: its vPE
 * @vintid: vINTID
 * @config: the property byte
 *
 * Context: any.
 * Return: false if one cannot see that here.
 */
bool its_v4_hw_config(const struct its_vpe *vpe, u32 vintid, u8 *config)
{
	unsigned int its;

	*config = 0;
	for (its = 0; its < gicv4_machine()->nr_its; its++)
		*config |= gicv4_vlpi_config(its, vpe->vpe_id, vintid);

	return true;
}

/**
 * its_v4_hw_event() - what an ITS knows of an event
 * @its: number of the ITS
 * @devid: DeviceID
 * @eventid: EventID
 * @itte: the entry, all 0 if there is none
 *
 * Context: any.
 * Return: false if one cannot see that here.
 */
bool its_v4_hw_event(unsigned int its, u32 devid, u32 eventid,
		     struct gicv4_itte *itte)
{
	gicv4_get_itte(its, devid, eventid, itte);

	return true;
}

/**
 * its_v4_hw_vpe() - what an ITS knows of a vPE
 * @its: number of the ITS
 * @vpe: the vPE
 * @vpte: the entry, all 0 if there is none
 *
 * Context: any.
 * Return: false if one cannot see that here.
 */
bool its_v4_hw_vpe(unsigned int its, const struct its_vpe *vpe,
		   struct gicv4_vpte *vpte)
{
	gicv4_get_vpte(its, vpe->vpe_id, vpte);

	return true;
}

/**
 * its_v4_hw_vsgi() - a virtual SGI as the machine sees it
 * @vpe: its vPE
 * @sgi: number, 0 to 15
 * @vsgi: its configuration and pending state
 *
 * Context: any.
 * Return: false if one cannot see that here.
 */
bool its_v4_hw_vsgi(const struct its_vpe *vpe, unsigned int sgi,
		    struct gicv4_vsgi *vsgi)
{
	return gicv4_get_vsgi(vpe->vpe_id, sgi, vsgi);
}

/**
 * its_v4_hw_commands() - how many commands the ITSs have executed
 * @commands: how many
 *
 * Context: any.
 * Return: false if one cannot see that here.
 */
bool its_v4_hw_commands(u64 *commands)
{
	struct gicv4_stats stats;

	gicv4_get_stats(&stats);
	*commands = stats.commands;

	return true;
}

/**
 * its_v4_hw_mappings() - how many events an ITS translates to vLPIs
 * @its: number of the ITS
 * @virt: how many
 *
 * Context: any.
 * Return: false if one cannot see that here.
 */
bool its_v4_hw_mappings(unsigned int its, unsigned int *virt)
{
	*virt = gicv4_nr_mappings(its, true);

	return true;
}
