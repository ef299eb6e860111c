// SPDX-License-Identifier: GPL-2.0
/*
 * The catalogue: machines that differ in what a driver has to do about it.
 */
#include <linux/export.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "internal.h"

/**
 * gicv4_default_desc - the machine that most tests want
 * @nr_cpus: number of redistributors
 *
 * Return: GICv4.0, one ITS, no DirectLPI, 16-bit DeviceIDs, EventIDs, INTIDs
 * and vPEIDs, two-level device and vPE tables, everything cached.
 */
struct gicv4_desc gicv4_default_desc(unsigned int nr_cpus)
{
	return (struct gicv4_desc) {
		.name		= "v4.0",
		.arch		= GICV4_ARCH_4_0,
		.nr_cpus	= nr_cpus,
		.nr_its		= 1,
		.groups		= 1,
		.devid_bits	= 16,
		.eventid_bits	= 16,
		.intid_bits	= 16,
		.vpeid_bits	= 16,
		.vmovp		= true,
		.indirect	= true,
		.dte_size	= 8,
		.cte_size	= 8,
		.vpte_size	= 8,
		.itte_size	= 16,
	};
}
EXPORT_SYMBOL_GPL(gicv4_default_desc);

static void gm_make_v3(struct gicv4_desc *desc)
{
	desc->arch = GICV4_ARCH_3_0;
	desc->vmovp = false;
}

static void gm_make_uncached(struct gicv4_desc *desc)
{
	desc->uncached = true;
}

static void gm_make_direct(struct gicv4_desc *desc)
{
	desc->direct_lpi = true;
	desc->dirty = true;
}

static void gm_make_2its(struct gicv4_desc *desc)
{
	desc->nr_its = 2;
	desc->vmovp = false;
}

static void gm_make_4its(struct gicv4_desc *desc)
{
	desc->nr_its = 4;
	desc->vmovp = false;
	desc->pta = true;
}

static void gm_make_flat(struct gicv4_desc *desc)
{
	desc->indirect = false;
	desc->page_size = SZ_64K;
	desc->devid_bits = 12;
	desc->dte_size = 16;
	desc->cte_size = 16;
	desc->vpte_size = 16;
}

static void gm_make_small(struct gicv4_desc *desc)
{
	desc->devid_bits = 8;
	desc->eventid_bits = 5;
	desc->intid_bits = 14;
	desc->page_size = SZ_4K;
	desc->itte_size = 8;
	desc->stall = true;
}

static void gm_make_late(struct gicv4_desc *desc)
{
	desc->seed = 1;
}

static void gm_make_v4_1(struct gicv4_desc *desc)
{
	desc->arch = GICV4_ARCH_4_1;
	desc->vpte_size = 32;
	desc->svpet = true;
	desc->dirty = true;
	desc->no_db = true;
}

static void gm_make_v4_1_2its(struct gicv4_desc *desc)
{
	gm_make_v4_1(desc);
	desc->nr_its = 2;
	desc->page_size = SZ_16K;
}

/* Each group of redistributors and each ITS has a vPE table of its own */
static void gm_make_v4_1_groups(struct gicv4_desc *desc)
{
	gm_make_v4_1(desc);
	desc->nr_its = 2;
	desc->groups = desc->nr_cpus > 1 ? 2 : 1;
	desc->svpet = false;
	desc->no_db = false;
}

static void gm_make_v4_1_late(struct gicv4_desc *desc)
{
	gm_make_v4_1_2its(desc);
	desc->vpeid_bits = 5;
	desc->seed = 1;
}

static const struct {
	const char	*name;
	void		(*make)(struct gicv4_desc *desc);
} gm_machines[] = {
	{ "v4.0" },
	{ "v3.0",		gm_make_v3 },
	{ "v4.0-uncached",	gm_make_uncached },
	{ "v4.0-direct",	gm_make_direct },
	{ "v4.0-2its",		gm_make_2its },
	{ "v4.0-4its",		gm_make_4its },
	{ "v4.0-flat64k",	gm_make_flat },
	{ "v4.0-small",		gm_make_small },
	{ "v4.0-late",		gm_make_late },
	{ "v4.1",		gm_make_v4_1 },
	{ "v4.1-2its",		gm_make_v4_1_2its },
	{ "v4.1-groups",	gm_make_v4_1_groups },
	{ "v4.1-late",		gm_make_v4_1_late },
};

static_assert(ARRAY_SIZE(gm_machines) == GICV4_NR_MACHINES);

/**
 * gicv4_catalogue - one of the machines that suites go through
 * @i: number, from 0
 * @nr_cpus: redistributors it shall have
 * @desc: its description
 *
 * Return: true; false if there is no machine of that number.
 */
bool gicv4_catalogue(unsigned int i, unsigned int nr_cpus,
		     struct gicv4_desc *desc)
{
	if (i >= ARRAY_SIZE(gm_machines))
		return false;

	*desc = gicv4_default_desc(nr_cpus);
	desc->name = gm_machines[i].name;
	if (gm_machines[i].make)
		gm_machines[i].make(desc);
	return true;
}
EXPORT_SYMBOL_GPL(gicv4_catalogue);

/**
 * gicv4_catalogue_find - the machine of that name
 * @name: name in the catalogue
 * @nr_cpus: redistributors it shall have
 * @desc: its description
 *
 * Return: true; false if there is no machine of that name.
 */
bool gicv4_catalogue_find(const char *name, unsigned int nr_cpus,
			  struct gicv4_desc *desc)
{
	unsigned int i;

	for (i = 0; gicv4_catalogue(i, nr_cpus, desc); i++)
		if (!strcmp(desc->name, name))
			return true;
	return false;
}
EXPORT_SYMBOL_GPL(gicv4_catalogue_find);
