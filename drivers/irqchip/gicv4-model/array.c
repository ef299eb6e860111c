// SPDX-License-Identifier: GPL-2.0
/*
 * Sparse arrays of records, by EventID or INTID.
 *
 * A radix tree of nodes with 64 slots; the records themselves are in its
 * leaves. Neighbours are neighbours in memory, and a record is found without a
 * pointer to it, so that the cost of a command hardly grows with the number of
 * mappings. Nodes and leaves come from pools that are allocated once and for
 * all, because the register callbacks must not allocate.
 */
#define pr_fmt(fmt) "gicv4-model: " fmt

#include <linux/bitops.h>
#include <linux/mm.h>

#include "internal.h"

#define GM_NODE_SLOTS	BIT(GM_NODE_BITS)

struct gm_node {
	void	*slot[GM_NODE_SLOTS];
	unsigned int used;
};

/* Which records there are, and the records */
struct gm_leaf {
	u64	present;
	u64	record[];
};

/**
 * struct gm_pool - memory for nodes, or for leaves of one kind
 * @mem: all of it
 * @size: of a piece, bytes
 * @max: number of pieces
 * @used: how many of them have ever been in use
 * @free: those that are not any more, linked by their first word
 */
struct gm_pool {
	void		*mem;
	size_t		size;
	unsigned int	max;
	unsigned int	used;
	void		*free;
};

static struct gm_pool gm_nodes = {
	.size = sizeof(struct gm_node), .max = 4096,
};

static struct gm_pool gm_leaves[GM_NR_KINDS] = {
	[GM_ITTES] = {
		.size = sizeof(struct gm_leaf) +
			GM_NODE_SLOTS * sizeof(struct gm_itte),
		.max = 4096,
	},
	[GM_LPIS] = {
		.size = sizeof(struct gm_leaf) +
			GM_NODE_SLOTS * sizeof(struct gm_lpi),
		.max = 4096,
	},
};

static const size_t gm_record_size[GM_NR_KINDS] = {
	[GM_ITTES]	= sizeof(struct gm_itte),
	[GM_LPIS]	= sizeof(struct gm_lpi),
};

static void *gm_pool_take(struct gm_pool *pool)
{
	void *p = pool->free;

	if (p)
		pool->free = *(void **)p;
	else if (pool->used < pool->max)
		p = pool->mem + pool->size * pool->used++;
	else
		WARN_ONCE(1, "gicv4-model: a pool is empty\n");
	return p;
}

static void gm_pool_give(struct gm_pool *pool, void *p)
{
	*(void **)p = pool->free;
	pool->free = p;
}

static bool gm_pool_alloc(struct gm_pool *pool)
{
	BUILD_BUG_ON(sizeof(struct gm_itte) % sizeof(u64));
	BUILD_BUG_ON(sizeof(struct gm_lpi) % sizeof(u64));

	pool->mem = kvmalloc_array(pool->max, pool->size, GFP_KERNEL);
	return pool->mem;
}

/**
 * gm_arrays_alloc - allocate the pools
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int gm_arrays_alloc(void)
{
	unsigned int i;

	for (i = 0; i < GM_NR_KINDS; i++)
		if (!gm_pool_alloc(&gm_leaves[i]))
			return -ENOMEM;
	return gm_pool_alloc(&gm_nodes) ? 0 : -ENOMEM;
}

static void gm_pool_reset(struct gm_pool *pool)
{
	pool->used = 0;
	pool->free = NULL;
}

/**
 * gm_arrays_reset - forget the records of all arrays
 */
void gm_arrays_reset(void)
{
	unsigned int i;

	for (i = 0; i < GM_NR_KINDS; i++)
		gm_pool_reset(&gm_leaves[i]);
	gm_pool_reset(&gm_nodes);
}

/**
 * gm_array_init - make an array empty
 * @array: the array
 * @kind: of what
 * @bits: indices are below 1 << @bits
 */
void gm_array_init(struct gm_array *array, enum gm_kind kind, unsigned int bits)
{
	*array = (struct gm_array) {
		.kind	= kind,
		.levels	= DIV_ROUND_UP(bits, GM_NODE_BITS) - 1,
	};
}

static unsigned int gm_slot(u32 index, unsigned int level)
{
	return index >> (level * GM_NODE_BITS) & (GM_NODE_SLOTS - 1);
}

static void *gm_record(const struct gm_array *array, struct gm_leaf *leaf,
		       unsigned int slot)
{
	return (void *)leaf->record + slot * gm_record_size[array->kind];
}

/**
 * gm_array_get - find a record
 * @array: the array
 * @index: its index
 *
 * Return: the record, or NULL if there is none.
 */
void *gm_array_get(const struct gm_array *array, u32 index)
{
	unsigned int level, slot = gm_slot(index, 0);
	void *p = array->root;

	for (level = array->levels; p && level; level--)
		p = ((struct gm_node *)p)->slot[gm_slot(index, level)];
	if (!p || !(((struct gm_leaf *)p)->present & BIT_ULL(slot)))
		return NULL;
	return gm_record(array, p, slot);
}

static struct gm_leaf *gm_leaf_new(const struct gm_array *array)
{
	struct gm_leaf *leaf = gm_pool_take(&gm_leaves[array->kind]);

	if (leaf)
		leaf->present = 0;
	return leaf;
}

static struct gm_node *gm_node_new(void)
{
	struct gm_node *n = gm_pool_take(&gm_nodes);

	if (n)
		memset(n, 0, sizeof(*n));
	return n;
}

/**
 * gm_array_add - add a record
 * @array: the array, without a record at @index
 * @index: its index
 *
 * Return: the record, not initialised; NULL if a pool is empty.
 */
void *gm_array_add(struct gm_array *array, u32 index)
{
	unsigned int level, slot = gm_slot(index, 0);
	void **p = &array->root;
	struct gm_leaf *leaf;

	for (level = array->levels; ; level--) {
		if (!*p) {
			*p = level ? (void *)gm_node_new() : gm_leaf_new(array);
			if (!*p)
				return NULL;
			if (level < array->levels)
				container_of(p - gm_slot(index, level + 1),
					     struct gm_node, slot[0])->used++;
		}
		if (!level)
			break;
		p = &((struct gm_node *)*p)->slot[gm_slot(index, level)];
	}
	leaf = *p;
	leaf->present |= BIT_ULL(slot);
	return gm_record(array, leaf, slot);
}

/**
 * gm_array_del - remove a record, and the nodes that hold nothing else
 * @array: the array
 * @index: index of a record that is there
 */
void gm_array_del(struct gm_array *array, u32 index)
{
	struct gm_node *path[DIV_ROUND_UP(32, GM_NODE_BITS)] = { };
	unsigned int level;
	struct gm_leaf *leaf;
	void *p = array->root;

	for (level = array->levels; level; level--) {
		path[level] = p;
		p = path[level]->slot[gm_slot(index, level)];
	}
	leaf = p;
	leaf->present &= ~BIT_ULL(gm_slot(index, 0));
	if (leaf->present)
		return;

	gm_pool_give(&gm_leaves[array->kind], leaf);
	for (level = 1; level <= array->levels; level++) {
		path[level]->slot[gm_slot(index, level)] = NULL;
		if (--path[level]->used)
			return;
		gm_pool_give(&gm_nodes, path[level]);
	}
	array->root = NULL;
}

/**
 * gm_array_next - the next record of an array
 * @array: the array
 * @index: where to begin; gets where the record is
 *
 * Return: the record, or NULL if there is none.
 */
void *gm_array_next(const struct gm_array *array, u64 *index)
{
	u64 end = 1ULL << ((array->levels + 1) * GM_NODE_BITS), left;
	unsigned int level;
	void *p;

	while (*index < end) {
		p = array->root;
		for (level = array->levels; p && level; level--)
			p = ((struct gm_node *)p)->slot[gm_slot(*index, level)];
		left = p ? ((struct gm_leaf *)p)->present >> gm_slot(*index, 0) : 0;
		if (left) {
			*index += __ffs64(left);
			return gm_record(array, p, gm_slot(*index, 0));
		}
		/* Nothing below the slot of this level, or left in this leaf */
		*index |= (1ULL << ((level + 1) * GM_NODE_BITS)) - 1;
		(*index)++;
	}
	return NULL;
}
