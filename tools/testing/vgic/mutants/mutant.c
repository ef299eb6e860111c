// SPDX-License-Identifier: GPL-2.0
/*
 * Which mutant a kernel of make mutate is: mutant=N on its command line.
 * Without it, none; with mutants_watched=1, what is reached is told.
 */
#include <linux/bitmap.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>

#include "mutant.h"

#define MUTANTS_MAX	8192

unsigned int mutant_selected;
core_param(mutant, mutant_selected, uint, 0);

bool mutants_watched;
core_param(mutants_watched, mutants_watched, bool, 0);

static DECLARE_BITMAP(noted, MUTANTS_MAX);

/* Once, as a mutant that no test reaches is another matter than one it misses */
void mutant_note(unsigned int nr)
{
	if (nr < MUTANTS_MAX && !test_and_set_bit(nr, noted))
		pr_info("mutant %u reached\n", nr);
}
