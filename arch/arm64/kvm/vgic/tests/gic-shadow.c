// SPDX-License-Identifier: GPL-2.0
/*
 * What an ITS that nobody can look into must hold, by the commands that its
 * driver gave it. They are read where the driver wrote them, in the command
 * queue; what the ITS makes of them is seen by the interrupts that come.
 *
 * One ITS, and only what was mapped since gic_shadow_start().
 */
#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/mutex.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "gic.h"

#define CMD_WORDS	4
#define CMD_BYTES	(CMD_WORDS * sizeof(u64))

/* Of what was read last: other commands there now mean that the queue wrapped */
#define NR_KEPT		16

#define TRACE_LEN	8192

#define VALID		BIT_ULL(63)
#define RDBASE		GENMASK_ULL(50, 16)

/**
 * struct shadow - the ITS, and what it must hold
 * @lock: threads of a test look at once
 * @its: its registers
 * @queue: its command queue
 * @size: of @queue, in commands
 * @next: the first command in @queue that was not read
 * @kept: the last ones that were
 * @nr_kept: how many
 * @ittes: struct gicv4_itte, by event_key()
 * @dtes: struct gicv4_dte, by DeviceID
 * @vptes: struct gicv4_vpte, by vPEID
 * @counts: what it was told to do
 * @trace: the first commands since gicv4_trace_clear()
 * @trace_len: how many
 * @lost: commands were overwritten unread
 */
struct shadow {
	/* Of all below */
	struct mutex		lock;
	void __iomem		*its;
	const __le64		*queue;
	unsigned int		size;
	unsigned int		next;
	__le64			kept[NR_KEPT][CMD_WORDS];
	unsigned int		nr_kept;
	struct xarray		ittes;
	struct xarray		dtes;
	struct xarray		vptes;
	struct gic_counts	counts;
	struct gicv4_cmd	*trace;
	unsigned int		trace_len;
	bool			lost;
};

static struct shadow shadow = {
	.lock	= __MUTEX_INITIALIZER(shadow.lock),
	.ittes	= XARRAY_INIT(shadow.ittes, 0),
	.dtes	= XARRAY_INIT(shadow.dtes, 0),
	.vptes	= XARRAY_INIT(shadow.vptes, 0),
};

static unsigned long event_key(u32 devid, u32 eventid)
{
	return (unsigned long)devid << 32 | eventid;
}

static void *entry(struct xarray *xa, unsigned long key, size_t size)
{
	void *e = xa_load(xa, key);

	if (e)
		return e;
	e = kzalloc(size, GFP_KERNEL);
	if (!e || xa_err(xa_store(xa, key, e, GFP_KERNEL))) {
		kfree(e);
		return NULL;
	}

	return e;
}

static void drop(struct xarray *xa, unsigned long key)
{
	kfree(xa_erase(xa, key));
}

static void drop_range(struct xarray *xa, unsigned long first, unsigned long last)
{
	unsigned long key;
	void *e;

	xa_for_each_range(xa, key, e, first, last)
		drop(xa, key);
}

static void map_event(const u64 *c, bool virt)
{
	u32 devid = upper_32_bits(c[0]), eventid = lower_32_bits(c[1]);
	struct gicv4_itte *itte;

	itte = entry(&shadow.ittes, event_key(devid, eventid), sizeof(*itte));
	if (!itte)
		return;
	*itte = (struct gicv4_itte) {
		.valid		= true,
		.virt		= virt,
		.icid		= virt ? 0 : (u16)c[2],
		.vpeid		= virt ? (u16)upper_32_bits(c[1]) : 0,
		.intid		= virt ? lower_32_bits(c[2]) : upper_32_bits(c[1]),
		.doorbell	= virt ? upper_32_bits(c[2]) : GICV4_INTID_NONE,
	};
}

static void move_event(const u64 *c, bool virt)
{
	struct gicv4_itte *itte;

	itte = xa_load(&shadow.ittes, event_key(upper_32_bits(c[0]),
						lower_32_bits(c[1])));
	if (!itte || itte->virt != virt)
		return;
	if (!virt) {
		itte->icid = c[2];
		return;
	}
	itte->vpeid = upper_32_bits(c[1]);
	if (c[2] & 1)
		itte->doorbell = upper_32_bits(c[2]);
}

static void map_device(const u64 *c)
{
	u32 devid = upper_32_bits(c[0]);
	struct gicv4_dte *dte;

	drop_range(&shadow.ittes, event_key(devid, 0), event_key(devid, U32_MAX));
	if (!(c[2] & VALID)) {
		drop(&shadow.dtes, devid);
		return;
	}
	dte = entry(&shadow.dtes, devid, sizeof(*dte));
	if (!dte)
		return;
	dte->valid = true;
	dte->eventid_bits = FIELD_GET(GENMASK_ULL(4, 0), c[1]) + 1;
	dte->itt_addr = c[2] & GENMASK_ULL(51, 8);
}

static void map_vpe(const u64 *c)
{
	u16 vpeid = upper_32_bits(c[1]);
	struct gicv4_vpte *vpte;

	if (!(c[2] & VALID)) {
		drop(&shadow.vptes, vpeid);
		return;
	}
	vpte = entry(&shadow.vptes, vpeid, sizeof(*vpte));
	if (!vpte)
		return;
	*vpte = (struct gicv4_vpte) {
		.valid		= true,
		.cpu		= FIELD_GET(RDBASE, c[2]),
		.vpt_addr	= c[3] & GENMASK_ULL(51, 16),
		.vpt_bits	= FIELD_GET(GENMASK_ULL(4, 0), c[3]) + 1,
		.default_db	= GICV4_INTID_NONE,
	};
}

static void move_vpe(const u64 *c)
{
	struct gicv4_vpte *vpte = xa_load(&shadow.vptes,
					  (u16)upper_32_bits(c[1]));

	if (vpte)
		vpte->cpu = FIELD_GET(RDBASE, c[2]);
}

static void count_int(const u64 *c)
{
	struct gicv4_itte *itte;

	itte = xa_load(&shadow.ittes, event_key(upper_32_bits(c[0]),
						lower_32_bits(c[1])));
	if (!itte)
		shadow.counts.untranslated++;
	else if (itte->virt)
		shadow.counts.vlpis++;
	else
		shadow.counts.lpis++;
}

static void command(const u64 *c)
{
	u8 opcode = c[0];

	shadow.counts.commands++;
	if (shadow.trace_len < TRACE_LEN) {
		struct gicv4_cmd *t = &shadow.trace[shadow.trace_len++];

		*t = (struct gicv4_cmd) { .opcode = opcode };
		memcpy(t->raw, c, sizeof(t->raw));
	}

	switch (opcode) {
	case GITS_CMD_MAPTI:
	case GITS_CMD_VMAPTI:
		map_event(c, opcode == GITS_CMD_VMAPTI);
		break;
	case GITS_CMD_MOVI:
	case GITS_CMD_VMOVI:
		move_event(c, opcode == GITS_CMD_VMOVI);
		break;
	case GITS_CMD_DISCARD:
		drop(&shadow.ittes, event_key(upper_32_bits(c[0]),
					      lower_32_bits(c[1])));
		break;
	case GITS_CMD_MAPD:
		map_device(c);
		break;
	case GITS_CMD_VMAPP:
		map_vpe(c);
		break;
	case GITS_CMD_VMOVP:
		move_vpe(c);
		break;
	case GITS_CMD_INT:
		count_int(c);
		break;
	}
}

static const __le64 *slot(unsigned int i)
{
	return shadow.queue + i % shadow.size * CMD_WORDS;
}

static unsigned int cwriter(void)
{
	return (readl_relaxed(shadow.its + GITS_CWRITER) & GENMASK(19, 5)) /
	       CMD_BYTES;
}

static bool wrapped(void)
{
	unsigned int i;

	for (i = 0; i < shadow.nr_kept; i++)
		if (memcmp(shadow.kept[i],
			   slot(shadow.next + shadow.size - shadow.nr_kept + i),
			   CMD_BYTES))
			return true;

	return false;
}

static void keep(const __le64 *raw)
{
	if (shadow.nr_kept == NR_KEPT) {
		memmove(shadow.kept[0], shadow.kept[1],
			(NR_KEPT - 1) * CMD_BYTES);
		shadow.nr_kept--;
	}
	memcpy(shadow.kept[shadow.nr_kept++], raw, CMD_BYTES);
}

static void update(void)
{
	unsigned int end = cwriter(), i;
	u64 c[CMD_WORDS];

	if (wrapped()) {
		shadow.nr_kept = 0;
		shadow.lost = true;
	}
	for (; shadow.next != end; shadow.next = (shadow.next + 1) % shadow.size) {
		const __le64 *raw = slot(shadow.next);

		for (i = 0; i < CMD_WORDS; i++)
			c[i] = le64_to_cpu(raw[i]);
		command(c);
		keep(raw);
	}
}

/**
 * gic_shadow_start() - begin to follow an ITS
 * @its: its registers
 *
 * Context: may sleep.
 * Return: 0, -ENODEV if it has no command queue, or -ENOMEM.
 */
int gic_shadow_start(void __iomem *its)
{
	u64 cbaser = readq_relaxed(its + GITS_CBASER);

	if (!(cbaser & GITS_CBASER_VALID))
		return -ENODEV;

	shadow.trace = kvcalloc(TRACE_LEN, sizeof(*shadow.trace), GFP_KERNEL);
	if (!shadow.trace)
		return -ENOMEM;
	shadow.its = its;
	shadow.queue = phys_to_virt(cbaser & GENMASK_ULL(51, 12));
	shadow.size = ((cbaser & 0xff) + 1) * SZ_4K / CMD_BYTES;
	shadow.next = cwriter();
	shadow.nr_kept = 0;
	shadow.trace_len = 0;
	shadow.counts = (struct gic_counts) {};

	return 0;
}

/**
 * gic_shadow_stop() - forget the ITS
 *
 * Context: may sleep; nobody looks any more.
 */
void gic_shadow_stop(void)
{
	drop_range(&shadow.ittes, 0, ULONG_MAX);
	drop_range(&shadow.dtes, 0, ULONG_MAX);
	drop_range(&shadow.vptes, 0, ULONG_MAX);
	xa_destroy(&shadow.ittes);
	xa_destroy(&shadow.dtes);
	xa_destroy(&shadow.vptes);
	kvfree(shadow.trace);
	shadow.trace = NULL;
	shadow.its = NULL;
}

/**
 * gic_shadow_update() - read the commands that came since the last look
 *
 * To be called before the queue can have wrapped around.
 *
 * Context: a test's thread; may sleep.
 */
void gic_shadow_update(void)
{
	guard(mutex)(&shadow.lock);
	if (shadow.its)
		update();
}

static bool look_up(struct xarray *xa, unsigned long key, void *to, size_t size)
{
	void *e;

	guard(mutex)(&shadow.lock);
	update();
	e = xa_load(xa, key);
	if (e)
		memcpy(to, e, size);

	return e;
}

/**
 * gic_shadow_itte() - what the driver has mapped an event to
 * @devid: DeviceID
 * @eventid: EventID
 * @itte: where it is put
 *
 * Context: a test's thread; may sleep.
 * Return: false if the event is not mapped.
 */
bool gic_shadow_itte(u32 devid, u32 eventid, struct gicv4_itte *itte)
{
	return look_up(&shadow.ittes, event_key(devid, eventid), itte,
		       sizeof(*itte));
}

/**
 * gic_shadow_dte() - a device, as MAPD has it
 * @devid: DeviceID
 * @dte: where it is put
 *
 * Context: a test's thread; may sleep.
 * Return: false if the device is not mapped.
 */
bool gic_shadow_dte(u32 devid, struct gicv4_dte *dte)
{
	return look_up(&shadow.dtes, devid, dte, sizeof(*dte));
}

/**
 * gic_shadow_vpte() - a vPE, as VMAPP and VMOVP have it
 * @vpeid: vPEID
 * @vpte: where it is put
 *
 * Context: a test's thread; may sleep.
 * Return: false if the vPE is not mapped.
 */
bool gic_shadow_vpte(u16 vpeid, struct gicv4_vpte *vpte)
{
	return look_up(&shadow.vptes, vpeid, vpte, sizeof(*vpte));
}

/**
 * gic_shadow_nr_mappings() - number of mapped events
 * @virt: the virtual ones, else the physical ones
 *
 * Context: a test's thread; may sleep.
 * Return: how many.
 */
unsigned int gic_shadow_nr_mappings(bool virt)
{
	struct gicv4_itte *itte;
	unsigned int n = 0;
	unsigned long key;

	guard(mutex)(&shadow.lock);
	update();
	xa_for_each(&shadow.ittes, key, itte)
		n += itte->virt == virt;

	return n;
}

/**
 * gic_shadow_counts() - what the ITS was told to do
 * @counts: where it is put
 *
 * Context: a test's thread; may sleep.
 */
void gic_shadow_counts(struct gic_counts *counts)
{
	guard(mutex)(&shadow.lock);
	update();
	*counts = shadow.counts;
}

/**
 * gic_shadow_lost() - were there commands that nobody read?
 *
 * Context: a test's thread; may sleep.
 * Return: true if there were more between two looks than the queue holds, since
 * this was asked last.
 */
bool gic_shadow_lost(void)
{
	bool lost;

	guard(mutex)(&shadow.lock);
	update();
	lost = shadow.lost;
	shadow.lost = false;

	return lost;
}

/**
 * gic_shadow_dump() - the mappings as text, one fact per line
 * @s: where it goes
 *
 * Context: a test's thread; may sleep.
 */
void gic_shadow_dump(struct seq_buf *s)
{
	struct gicv4_itte *itte;
	struct gicv4_vpte *vpte;
	struct gicv4_dte *dte;
	unsigned long key;

	guard(mutex)(&shadow.lock);
	update();
	xa_for_each(&shadow.dtes, key, dte)
		seq_buf_printf(s, "ITS device %lx itt %llx bits %u\n", key,
			       dte->itt_addr, dte->eventid_bits);
	xa_for_each(&shadow.ittes, key, itte)
		seq_buf_printf(s, "ITS event %lx virt %d icid %u vpe %u intid %u db %u\n",
			       key, itte->virt, itte->icid, itte->vpeid,
			       itte->intid, itte->doorbell);
	xa_for_each(&shadow.vptes, key, vpte)
		seq_buf_printf(s, "ITS vpe %lu cpu %u vpt %llx bits %u\n", key,
			       vpte->cpu, vpte->vpt_addr, vpte->vpt_bits);
}

/* The trace of linux/irqchip/gicv4-model.h: the newest commands are left out if it is full */

void gicv4_trace_clear(void)
{
	guard(mutex)(&shadow.lock);
	update();
	shadow.trace_len = 0;
}

unsigned int gicv4_trace_len(void)
{
	guard(mutex)(&shadow.lock);
	update();

	return shadow.trace_len;
}

bool gicv4_trace_get(unsigned int i, struct gicv4_cmd *cmd)
{
	guard(mutex)(&shadow.lock);
	if (i >= shadow.trace_len)
		return false;
	*cmd = shadow.trace[i];

	return true;
}

unsigned int gicv4_trace_count(u8 opcode)
{
	unsigned int i, n = 0;

	guard(mutex)(&shadow.lock);
	update();
	for (i = 0; i < shadow.trace_len; i++)
		n += shadow.trace[i].opcode == opcode;

	return n;
}
