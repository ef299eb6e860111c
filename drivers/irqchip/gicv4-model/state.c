// SPDX-License-Identifier: GPL-2.0
/*
 * The reference copy of the machine's state, in plain C.
 *
 * Records come from pools that are allocated once and for all, because the
 * register callbacks must not allocate.
 */
#define pr_fmt(fmt) "gicv4-model: " fmt

#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "internal.h"
#include "tracepoints.h"

#define GM_HASH_SIZE	BIT(GM_HASH_BITS)

static void *gm_zalloc(size_t n, size_t size)
{
	return kvcalloc(n, size, GFP_KERNEL);
}

/* Records are initialised when they are taken: do not touch them before */
static void *gm_alloc(size_t n, size_t size)
{
	return kvmalloc_array(n, size, GFP_KERNEL);
}

static int gm_alloc_its(void)
{
	unsigned int i;

	gm.its = gm_zalloc(GICV4_MAX_ITS, sizeof(*gm.its));
	if (!gm.its)
		return -ENOMEM;
	for (i = 0; i < GICV4_MAX_ITS; i++) {
		gm.its[i].cols = gm_zalloc(GM_NR_COLLECTIONS,
					   sizeof(*gm.its[i].cols));
		if (!gm.its[i].cols)
			return -ENOMEM;
	}
	return 0;
}

/**
 * gm_state_alloc - allocate the pools, at the first call
 *
 * The pools stay: the I/O region cannot be removed either.
 *
 * Context: process context, may sleep; not under gm.lock.
 * Return: 0 or -ENOMEM.
 */
int gm_state_alloc(void)
{
	static bool done;

	if (done)
		return 0;

	gm.owners = gm_zalloc(GM_NR_OWNERS, sizeof(*gm.owners));
	gm.dev_pool = gm_alloc(GM_MAX_DEVS, sizeof(*gm.dev_pool));
	gm.vpe_pool = gm_alloc(GM_MAX_VPES, sizeof(*gm.vpe_pool));
	gm.vpe_index = gm_zalloc(GM_NR_VPEIDS, sizeof(*gm.vpe_index));
	gm.dev_hash = gm_zalloc(GM_HASH_SIZE, sizeof(*gm.dev_hash));
	gm.trace = gm_alloc(GM_TRACE_LEN, sizeof(*gm.trace));
	if (!gm.owners || !gm.dev_pool || !gm.vpe_pool || !gm.vpe_index ||
	    !gm.dev_hash || !gm.trace || gm_arrays_alloc() || gm_alloc_its())
		return -ENOMEM;

	done = true;
	return 0;
}

/* A record from a pool: a returned one, or the next one never used */
#define gm_take(name, max)						\
({									\
	typeof(gm.name##_pool) __r = NULL;				\
									\
	if (!list_empty(&gm.name##_free)) {				\
		__r = list_first_entry(&gm.name##_free,			\
				       typeof(*__r), node);		\
		list_del(&__r->node);					\
	} else if (gm.name##_used < (max)) {				\
		__r = &gm.name##_pool[gm.name##_used++];		\
	} else {							\
		WARN_ONCE(1, "gicv4-model: out of " #name " records\n");\
	}								\
	__r;								\
})

/**
 * gm_state_reset - forget everything
 *
 * A pool is handed out up to its watermark first, so a reset costs what was
 * used, not what is there.
 */
void gm_state_reset(void)
{
	unsigned int i;

	memset(gm.dev_hash, 0, GM_HASH_SIZE * sizeof(*gm.dev_hash));
	memset(gm.vpe_index, 0, GM_NR_VPEIDS * sizeof(*gm.vpe_index));
	gm.dev_used = 0;
	gm.vpe_used = 0;
	gm_arrays_reset();
	INIT_LIST_HEAD(&gm.dev_free);
	INIT_LIST_HEAD(&gm.vpe_free);
	INIT_LIST_HEAD(&gm.vpes);

	for (i = 0; i < GM_NR_OWNERS; i++) {
		INIT_LIST_HEAD(&gm.owners[i].pend);
		INIT_LIST_HEAD(&gm.owners[i].dirty);
		gm.owners[i].nr_pend = 0;
		gm_array_init(&gm.owners[i].index, GM_LPIS, gm.desc.intid_bits);
	}
	for (i = 0; i < GICV4_MAX_ITS; i++) {
		struct gm_its *its = &gm.its[i];

		INIT_LIST_HEAD(&its->devs);
		memset(its->nr_maps, 0, sizeof(its->nr_maps));
		memset(its->cols, 0, GM_NR_COLLECTIONS * sizeof(*its->cols));
		bitmap_zero(its->vsync_due, GM_NR_VPEIDS);
		its->nr_vsync_due = 0;
		its->nr_effects = 0;
	}
}

static struct hlist_head *gm_dev_bucket(unsigned int its, u32 devid)
{
	return &gm.dev_hash[hash_32(devid ^ its << 28, GM_HASH_BITS)];
}

/**
 * gm_dev_find - find a device
 * @its: ITS number
 * @devid: DeviceID
 *
 * Return: the device, or NULL if MAPD has not mapped it.
 */
struct gm_dev *gm_dev_find(unsigned int its, u32 devid)
{
	struct gm_dev *dev;

	hlist_for_each_entry(dev, gm_dev_bucket(its, devid), hash)
		if (dev->its == its && dev->devid == devid)
			return dev;
	return NULL;
}

/**
 * gm_dev_new - add a device
 * @its: ITS number
 * @devid: DeviceID, not mapped yet
 *
 * Return: the device, in the order of DeviceIDs in its ITS's list, or NULL
 * if the pool is empty.
 */
struct gm_dev *gm_dev_new(unsigned int its, u32 devid)
{
	struct gm_dev *dev = gm_take(dev, GM_MAX_DEVS), *pos;
	struct list_head *devs = &gm.its[its].devs;

	if (!dev)
		return NULL;

	*dev = (struct gm_dev) { .its = its, .devid = devid };
	hlist_add_head(&dev->hash, gm_dev_bucket(its, devid));

	list_for_each_entry_reverse(pos, devs, node)
		if (pos->devid < devid)
			break;
	list_add(&dev->node, &pos->node);
	return dev;
}

/**
 * gm_dev_set - change what a device is mapped to
 * @dev: the device, without events; NULL does nothing
 * @itt: address of its ITT
 * @bits: EventID width
 *
 * Return: @dev.
 */
struct gm_dev *gm_dev_set(struct gm_dev *dev, u64 itt, unsigned int bits)
{
	if (!dev)
		return NULL;
	dev->itt = itt;
	dev->bits = bits;
	gm_array_init(&dev->index, GM_ITTES, bits);
	return dev;
}

/**
 * gm_dev_del - remove a device and its events
 * @dev: the device
 */
void gm_dev_del(struct gm_dev *dev)
{
	struct gm_itte *itte;

	gm_array_for_each(itte, &dev->index)
		gm_itte_del(itte);
	hlist_del(&dev->hash);
	list_move(&dev->node, &gm.dev_free);
}

/**
 * gm_itte_find - find an event
 * @dev: its device
 * @eventid: EventID
 *
 * Return: the event, or NULL if it is not mapped.
 */
struct gm_itte *gm_itte_find(const struct gm_dev *dev, u32 eventid)
{
	return gm_array_get(&dev->index, eventid);
}

static void gm_itte_count(const struct gm_itte *itte, int n)
{
	struct gm_its *its = &gm.its[itte->dev->its];

	its->nr_maps[itte->map.virt] += n;
	if (!itte->map.virt)
		its->cols[itte->map.icid].nr_ittes += n;
}

/**
 * gm_itte_new - add an event
 * @dev: its device
 * @eventid: EventID, not mapped yet
 * @map: what it is mapped to
 *
 * Return: the event, or NULL if the pool is empty.
 */
struct gm_itte *gm_itte_new(struct gm_dev *dev, u32 eventid,
			    const struct gicv4_itte *map)
{
	struct gm_itte *itte = gm_array_add(&dev->index, eventid);

	if (!itte)
		return NULL;

	*itte = (struct gm_itte) { .dev = dev, .eventid = eventid, .map = *map };
	dev->nr_ittes++;
	gm_itte_count(itte, 1);
	return itte;
}

/**
 * gm_itte_del - remove an event
 * @itte: the event
 */
void gm_itte_del(struct gm_itte *itte)
{
	gm_itte_count(itte, -1);
	itte->dev->nr_ittes--;
	gm_array_del(&itte->dev->index, itte->eventid);
}

/**
 * gm_itte_change - change what an event is mapped to
 * @itte: the event
 * @map: the new mapping
 */
void gm_itte_change(struct gm_itte *itte, const struct gicv4_itte *map)
{
	gm_itte_count(itte, -1);
	itte->map = *map;
	gm_itte_count(itte, 1);
}

/**
 * gm_vpe_find - find a vPE
 * @vpeid: vPEID
 *
 * Return: the vPE, or NULL if no ITS has it mapped.
 */
struct gm_vpe *gm_vpe_find(u16 vpeid)
{
	u16 slot = gm.vpe_index[vpeid];

	return slot ? &gm.vpe_pool[slot - 1] : NULL;
}

/**
 * gm_vpe_new - add a vPE
 * @vpeid: vPEID, not mapped yet
 *
 * Return: the vPE, in the order of vPEIDs in gm.vpes, or NULL if the pool is
 * empty.
 */
struct gm_vpe *gm_vpe_new(u16 vpeid)
{
	struct gm_vpe *vpe = gm_take(vpe, GM_MAX_VPES), *pos;

	if (!vpe)
		return NULL;

	*vpe = (struct gm_vpe) {
		.vpeid		= vpeid,
		.slot		= vpe - gm.vpe_pool,
		.resident	= -1,
		.db		= GICV4_INTID_NONE,
		.grp0		= true,
		.grp1		= true,
	};
	gm.vpe_index[vpeid] = vpe->slot + 1;
	list_for_each_entry_reverse(pos, &gm.vpes, node)
		if (pos->vpeid < vpeid)
			break;
	list_add(&vpe->node, &pos->node);
	return vpe;
}

/**
 * gm_vpe_del - remove a vPE and what is known of its LPIs
 * @vpe: the vPE, mapped on no ITS
 */
void gm_vpe_del(struct gm_vpe *vpe)
{
	gm_owner_clear(GM_OWNER_VPE(vpe->slot));
	if (vpe->resident >= 0)
		gm.rdist[vpe->resident].vpe_slot = -1;
	gm.vpe_index[vpe->vpeid] = 0;
	list_move(&vpe->node, &gm.vpe_free);
}

/**
 * gm_lpi_find - find an LPI
 * @owner: whose it is
 * @intid: INTID
 *
 * Return: the LPI, or NULL if nothing is known of it.
 */
struct gm_lpi *gm_lpi_find(unsigned int owner, u32 intid)
{
	if (intid < GM_LPI_BASE || intid >= BIT(gm.desc.intid_bits))
		return NULL;
	return gm_array_get(&gm.owners[owner].index, intid - GM_LPI_BASE);
}

/**
 * gm_lpi_get - find an LPI or add it
 * @owner: whose it is
 * @intid: INTID of an LPI that the machine can have
 *
 * Return: the LPI, or NULL if the pool is empty.
 */
struct gm_lpi *gm_lpi_get(unsigned int owner, u32 intid)
{
	struct gm_lpi *lpi = gm_lpi_find(owner, intid);

	if (lpi)
		return lpi;
	lpi = gm_array_add(&gm.owners[owner].index, intid - GM_LPI_BASE);
	if (!lpi)
		return NULL;

	*lpi = (struct gm_lpi) { .owner = owner, .intid = intid };
	INIT_LIST_HEAD(&lpi->dirty);
	return lpi;
}

/**
 * gm_lpi_pend - note the pending state of an LPI
 * @lpi: the LPI
 * @pending: its new state
 */
void gm_lpi_pend(struct gm_lpi *lpi, bool pending)
{
	struct gm_owner *owner = &gm.owners[lpi->owner];

	if (lpi->pending == pending)
		return;

	lpi->pending = pending;
	gm_trace_pend(lpi, pending);
	if (pending) {
		list_add_tail(&lpi->pend, &owner->pend);
		owner->nr_pend++;
	} else {
		list_del(&lpi->pend);
		owner->nr_pend--;
	}
}

/**
 * gm_lpi_del - forget an LPI
 * @lpi: the LPI
 */
void gm_lpi_del(struct gm_lpi *lpi)
{
	gm_lpi_pend(lpi, false);
	list_del(&lpi->dirty);
	gm_array_del(&gm.owners[lpi->owner].index, lpi->intid - GM_LPI_BASE);
}

/**
 * gm_owner_clear - forget all LPIs of an owner
 * @owner: redistributor or vPE
 */
void gm_owner_clear(unsigned int owner)
{
	struct gm_lpi *lpi;

	gm_array_for_each(lpi, &gm.owners[owner].index)
		gm_lpi_del(lpi);
}
