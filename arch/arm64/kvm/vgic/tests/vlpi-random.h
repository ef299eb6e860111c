/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random numbers for suites that are driven by a seed.
 */
#ifndef __VGIC_VLPI_RANDOM_H
#define __VGIC_VLPI_RANDOM_H

#include <linux/hash.h>
#include <linux/prandom.h>

/* Seeds that are neighbours, and streams of one seed, have nothing in common */
static inline void vlpi_seed(struct rnd_state *rnd, u64 seed, u32 stream)
{
	prandom_seed_state(rnd, hash_64(seed * 1000 + stream + 1, 64));
}

static inline u32 vlpi_random(struct rnd_state *rnd, u32 below)
{
	return prandom_u32_state(rnd) % below;
}

#endif /* __VGIC_VLPI_RANDOM_H */
