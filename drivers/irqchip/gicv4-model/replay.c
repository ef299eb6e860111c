// SPDX-License-Identifier: GPL-2.0
/*
 * Replay records from a file of the host on the software GICv4 machine.
 *
 * With gicv4_replay=<in>,<out> on the command line the kernel reads records
 * from <in>, does what they say, writes what came of each to <out>, and powers
 * off. With gicv4_replay=catalogue,<out> it writes what machines and rules
 * there are, as text. tools/testing/vgic/fuzz.py is at the other end.
 *
 * A record is struct replay_rec, a result is struct replay_res followed by
 * nr_rules bytes (rules that were broken, in order), nr_irqs 32-bit words
 * (the host's interrupts, redistributor << 24 | INTID, by redistributor and in
 * order) and, for a dump, text of @value bytes. Native endianness.
 *
 * Addresses of memory are symbolic: offsets in an arena of REPLAY_ARENA bytes,
 * which is zero when a machine is built. Where a command or a register holds
 * an address below REPLAY_ARENA, the arena's address is added; a dump holds
 * real addresses. So records mean the same in each boot.
 */
#define pr_fmt(fmt) "gicv4-replay: " fmt

#include <linux/bitfield.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/hardirq.h>
#include <linux/io.h>
#include <linux/irq_work.h>
#include <linux/moduleparam.h>
#include <linux/reboot.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <os.h>

#include "internal.h"

#define REPLAY_ARENA	SZ_4M
#define REPLAY_CHUNK	SZ_64K		/* of the input */
#define REPLAY_OUT	SZ_256K		/* of the output */
#define REPLAY_TEXT	SZ_1M		/* a dump */
#define REPLAY_IRQS	255		/* host interrupts per record */

/* What a record asks for; @unit is an ITS or a redistributor */
enum replay_op {
	REPLAY_CMD,		/* @raw to the queue of ITS @unit */
	REPLAY_DEVICE,		/* DeviceID raw[0] writes EventID raw[1] */
	REPLAY_POKE,		/* byte at offset raw[0] of the arena: raw[1] */
	REPLAY_ZERO,		/* raw[1] bytes there become zero */
	REPLAY_ENTER,		/* GICR_VPROPBASER raw[0], then GICR_VPENDBASER raw[1] */
	REPLAY_LEAVE,		/* clear Valid, set bits raw[0]; @value: GICR_VPENDBASER */
	REPLAY_ACK,		/* the guest acknowledges; @value: INTID */
	REPLAY_HPPIR,		/* the guest looks; @value: INTID */
	REPLAY_WRITE_RD,	/* raw[0] to register @arg of redistributor @unit */
	REPLAY_WRITE_ITS,	/* raw[0] to register @arg of ITS @unit */
	REPLAY_READ_RD,		/* @value: register @arg */
	REPLAY_READ_ITS,	/* @value: register @arg */
	REPLAY_DUMP,		/* gicv4_dump(), then what differs in memory */
	REPLAY_MACHINE,		/* a machine of @unit redistributors, raw: its name */
};

/* In @flags of a record */
#define REPLAY_RELOCATE		BIT(0)	/* raw[0] holds an address */
#define REPLAY_32BIT		BIT(1)	/* a 32-bit register */

struct replay_rec {
	u8	op;
	u8	unit;
	u16	flags;
	u32	arg;
	u64	raw[4];
};

/* In @flags of a result */
#define REPLAY_IGNORED		BIT(0)	/* the command had no effect */
#define REPLAY_STALLED		BIT(1)	/* it stalled the queue, a SYNC replaced it */
#define REPLAY_FAILED		BIT(2)	/* no such machine, ITS, ... */

struct replay_res {
	u32	error;			/* ITS command error code */
	u8	flags;
	u8	nr_rules;
	u8	nr_irqs;
	u8	op;
	u64	value;
};

static struct replay {
	int		in;
	int		out;
	void		*arena;
	u64		arena_phys;
	bool		on;
	unsigned int	nr_cpus;
	unsigned int	nr_its;
	void __iomem	*its[GICV4_MAX_ITS];
	void __iomem	*gicr[GICV4_MAX_CPUS];
	__le64		*queue[GICV4_MAX_ITS];
	u32		queue_size[GICV4_MAX_ITS];
	u32		queue_next[GICV4_MAX_ITS];
	u32		irqs[GICV4_MAX_CPUS][REPLAY_IRQS];
	unsigned int	nr_irqs[GICV4_MAX_CPUS];
	char		*text;
	char		*buf;
	size_t		used;
} replay;

static char *replay_arg;
core_param(gicv4_replay, replay_arg, charp, 0);

static void replay_flush(void)
{
	size_t done = 0;

	while (done < replay.used) {
		int n = os_write_file(replay.out, replay.buf + done,
				      replay.used - done);

		if (n <= 0)
			panic("gicv4-replay: write: %d\n", n);
		done += n;
	}
	replay.used = 0;
}

static void replay_put(const void *data, size_t len)
{
	if (len > REPLAY_OUT - replay.used)
		replay_flush();
	if (len > REPLAY_OUT)
		panic("gicv4-replay: a result of %zu bytes\n", len);
	memcpy(replay.buf + replay.used, data, len);
	replay.used += len;
}

/* The host's CPUs */

static void replay_handle_irq(unsigned int cpu, u32 intid)
{
	unsigned int i = replay.nr_irqs[cpu];

	if (i < REPLAY_IRQS) {
		replay.irqs[cpu][i] = cpu << 24 | intid;
		replay.nr_irqs[cpu]++;
	}
}

/*
 * Interrupts are off while a record is replayed, and taken here, when it is
 * done: what is delivered does not depend on when the host's timer ticks.
 */
static void replay_take_irqs(void)
{
	if (!irq_work_needs_cpu())
		return;
	irq_enter();
	irq_work_run();
	irq_exit();
}

/* Addresses */

static u64 replay_relocate(u64 val, u64 field)
{
	return (val & field) < REPLAY_ARENA ? val + replay.arena_phys : val;
}

static void replay_relocate_cmd(u64 *raw)
{
	switch ((u8)raw[0]) {
	case GITS_CMD_MAPD:
		if (raw[2] & BIT_ULL(63))
			raw[2] = replay_relocate(raw[2], GENMASK_ULL(51, 8));
		break;
	case GITS_CMD_VMAPP:
		if (!(raw[2] & BIT_ULL(63)))
			break;
		raw[3] = replay_relocate(raw[3], GENMASK_ULL(51, 16));
		if (gm.desc.arch >= GICV4_ARCH_4_1)
			raw[0] = replay_relocate(raw[0], GENMASK_ULL(51, 16));
		break;
	}
}

/* What records do */

static void replay_unmap(void)
{
	unsigned int i;

	for (i = 0; i < GICV4_MAX_ITS; i++) {
		if (replay.its[i])
			iounmap(replay.its[i]);
		replay.its[i] = NULL;
		replay.queue[i] = NULL;
	}
	for (i = 0; i < GICV4_MAX_CPUS; i++) {
		if (replay.gicr[i])
			iounmap(replay.gicr[i]);
		replay.gicr[i] = NULL;
		replay.nr_irqs[i] = 0;
	}
}

static bool replay_machine(const struct replay_rec *rec)
{
	char name[sizeof(rec->raw) + 1] = {};
	struct gicv4_desc desc;
	unsigned int i;

	memcpy(name, rec->raw, sizeof(rec->raw));
	replay.on = false;
	gicv4_set_irq_handler(NULL);
	replay_unmap();
	if (!gicv4_catalogue_find(name, rec->unit, &desc) ||
	    gicv4_machine_init(&desc))
		return false;

	memset(replay.arena, 0, REPLAY_ARENA);
	replay.nr_its = desc.nr_its;
	replay.nr_cpus = desc.nr_cpus;
	for (i = 0; i < desc.nr_its; i++)
		replay.its[i] = ioremap(gicv4_its_phys(i), SZ_256K);
	for (i = 0; i < desc.nr_cpus; i++) {
		replay.gicr[i] = ioremap(gicv4_rdist_phys(i), SZ_256K);
		/* vLPIs may come before any vPE is resident */
		if (desc.arch == GICV4_ARCH_4_0)
			writeq(desc.intid_bits - 1,
			       replay.gicr[i] + SZ_128K + GICR_VPROPBASER);
	}
	gicv4_set_irq_handler(replay_handle_irq);
	replay.on = true;
	return true;
}

static void replay_post(unsigned int its, const u64 *raw)
{
	__le64 *slot = replay.queue[its] + replay.queue_next[its] / 8;
	unsigned int i;

	for (i = 0; i < 4; i++)
		slot[i] = cpu_to_le64(raw[i]);
}

static void replay_cmd(const struct replay_rec *rec, struct replay_res *res)
{
	unsigned int its = rec->unit;
	struct gicv4_cmd cmd;
	u64 raw[4], target;

	if (!replay.queue[its]) {
		res->flags |= REPLAY_FAILED;
		return;
	}

	memcpy(raw, rec->raw, sizeof(raw));
	replay_relocate_cmd(raw);
	replay_post(its, raw);
	gicv4_trace_clear();
	replay.queue_next[its] = (replay.queue_next[its] + GM_CMD_SIZE) %
				 replay.queue_size[its];
	writeq(replay.queue_next[its], replay.its[its] + GITS_CWRITER);
	if (gicv4_trace_get(0, &cmd)) {
		res->error = cmd.error;
		if (cmd.ignored)
			res->flags |= REPLAY_IGNORED;
	}
	if (!(readq(replay.its[its] + GITS_CREADR) & BIT(0)))
		return;

	/* It stalled: do as a driver that makes a SYNC of it and retries */
	res->flags |= REPLAY_STALLED;
	target = gm.desc.pta ? gicv4_rdist_phys(0) : 0;
	memcpy(raw, (u64[]){ GITS_CMD_SYNC, 0, target, 0 }, sizeof(raw));
	replay.queue_next[its] = readl(replay.its[its] + GITS_CREADR) & ~31u;
	replay_post(its, raw);
	replay.queue_next[its] = (replay.queue_next[its] + GM_CMD_SIZE) %
				 replay.queue_size[its];
	writeq(replay.queue_next[its] | BIT(0), replay.its[its] + GITS_CWRITER);
}

static void replay_write(const struct replay_rec *rec, void __iomem *frame)
{
	u64 val = rec->raw[0];

	if (rec->flags & REPLAY_RELOCATE)
		val = replay_relocate(val, GENMASK_ULL(51, 12));
	if (rec->flags & REPLAY_32BIT)
		writel(val, frame + rec->arg);
	else
		writeq(val, frame + rec->arg);
	if (rec->op == REPLAY_WRITE_ITS && rec->arg == GITS_CBASER) {
		replay.queue[rec->unit] =
			phys_to_virt(GITS_CBASER_ADDRESS(val));
		replay.queue_size[rec->unit] = (val & 0xff) * SZ_4K + SZ_4K;
		replay.queue_next[rec->unit] = 0;
	}
}

static u64 replay_read(const struct replay_rec *rec, void __iomem *frame)
{
	if (rec->flags & REPLAY_32BIT)
		return readl(frame + rec->arg);
	return readq(frame + rec->arg);
}

/* GICR_VPENDBASER when Dirty is clear */
static u64 replay_vpend_settle(void __iomem *reg)
{
	u64 val = readq(reg);
	unsigned int i;

	for (i = 0; i < 100 && (val & GICR_VPENDBASER_Dirty); i++)
		val = readq(reg);
	return val;
}

static void replay_enter(const struct replay_rec *rec)
{
	void __iomem *vlpi = replay.gicr[rec->unit] + SZ_128K;
	u64 vprop = rec->raw[0], vpend = rec->raw[1];

	/* In GICv4.1 the one is set up once, and the other holds a vPEID */
	if (gm.desc.arch < GICV4_ARCH_4_1) {
		writeq(replay_relocate(vprop, GENMASK_ULL(51, 12)),
		       vlpi + GICR_VPROPBASER);
		vpend = replay_relocate(vpend, GENMASK_ULL(51, 16));
	}
	writeq(vpend, vlpi + GICR_VPENDBASER);
	/* Nothing is delivered before the pending table has been read */
	replay_vpend_settle(vlpi + GICR_VPENDBASER);
}

static u64 replay_leave(const struct replay_rec *rec)
{
	void __iomem *reg = replay.gicr[rec->unit] + SZ_128K + GICR_VPENDBASER;
	u64 val = replay_vpend_settle(reg);

	val &= ~(GICR_VPENDBASER_Valid | GICR_VPENDBASER_PendingLast);
	writeq(val | rec->raw[0], reg);
	return replay_vpend_settle(reg) & GENMASK_ULL(63, 58);
}

static void replay_dump(struct replay_res *res)
{
	static struct gm_diffs diffs;
	struct seq_buf s;
	unsigned int i;

	seq_buf_init(&s, replay.text, REPLAY_TEXT);
	seq_buf_printf(&s, "arena %#llx\n", replay.arena_phys);
	gicv4_dump(&s);
	diffs.nr = 0;
	scoped_guard(raw_spinlock_irqsave, &gm.lock)
		gm_compare(&diffs);
	for (i = 0; i < diffs.nr; i++)
		seq_buf_printf(&s, "memory differs: %s\n", diffs.text[i]);
	if (seq_buf_has_overflowed(&s))
		res->flags |= REPLAY_FAILED;
	res->value = seq_buf_used(&s);
}

static bool replay_possible(const struct replay_rec *rec)
{
	switch (rec->op) {
	case REPLAY_MACHINE:
		return true;
	case REPLAY_CMD:
	case REPLAY_DEVICE:
	case REPLAY_WRITE_ITS:
	case REPLAY_READ_ITS:
		return replay.on && rec->unit < replay.nr_its;
	case REPLAY_ENTER:
	case REPLAY_LEAVE:
		if (gm.desc.arch < GICV4_ARCH_4_0)
			return false;
		fallthrough;
	case REPLAY_ACK:
	case REPLAY_HPPIR:
	case REPLAY_WRITE_RD:
	case REPLAY_READ_RD:
		return replay.on && rec->unit < replay.nr_cpus;
	case REPLAY_POKE:
		return replay.on && rec->raw[0] < REPLAY_ARENA;
	case REPLAY_ZERO:
		return replay.on && rec->raw[0] < REPLAY_ARENA &&
		       rec->raw[1] <= REPLAY_ARENA - rec->raw[0];
	default:
		return replay.on && rec->op <= REPLAY_MACHINE;
	}
}

static void replay_do(const struct replay_rec *rec, struct replay_res *res)
{
	if (!replay_possible(rec)) {
		res->flags |= REPLAY_FAILED;
		return;
	}

	switch (rec->op) {
	case REPLAY_CMD:
		replay_cmd(rec, res);
		break;
	case REPLAY_DEVICE:
		gicv4_device_write(rec->unit, rec->raw[0], rec->raw[1]);
		break;
	case REPLAY_POKE:
		WRITE_ONCE(((u8 *)replay.arena)[rec->raw[0]], rec->raw[1]);
		break;
	case REPLAY_ZERO:
		memset(replay.arena + rec->raw[0], 0, rec->raw[1]);
		break;
	case REPLAY_ENTER:
		replay_enter(rec);
		break;
	case REPLAY_LEAVE:
		res->value = replay_leave(rec);
		break;
	case REPLAY_ACK:
		res->value = gicv4_vcpu_ack(rec->unit);
		break;
	case REPLAY_HPPIR:
		res->value = gicv4_vcpu_hppir(rec->unit);
		break;
	case REPLAY_WRITE_RD:
		replay_write(rec, replay.gicr[rec->unit]);
		break;
	case REPLAY_WRITE_ITS:
		replay_write(rec, replay.its[rec->unit]);
		break;
	case REPLAY_READ_RD:
		res->value = replay_read(rec, replay.gicr[rec->unit]);
		break;
	case REPLAY_READ_ITS:
		res->value = replay_read(rec, replay.its[rec->unit]);
		break;
	case REPLAY_DUMP:
		replay_dump(res);
		break;
	}
}

static void replay_record(const struct replay_rec *rec)
{
	struct replay_res res = { .op = rec->op };
	u8 rules[GM_MAX_BREACHES];
	struct gicv4_breach breach;
	unsigned int cpu, nr = 0;

	if (rec->op == REPLAY_MACHINE) {
		/* May sleep */
		if (!replay_machine(rec))
			res.flags |= REPLAY_FAILED;
	} else {
		guard(irqsave)();
		replay_do(rec, &res);
		replay_take_irqs();
	}

	while (nr < ARRAY_SIZE(rules) && gicv4_get_breach(nr, &breach))
		rules[nr++] = breach.rule;
	if (nr)
		gicv4_clear_breaches();
	res.nr_rules = nr;
	for (cpu = 0; cpu < GICV4_MAX_CPUS; cpu++)
		res.nr_irqs += replay.nr_irqs[cpu];

	replay_put(&res, sizeof(res));
	replay_put(rules, res.nr_rules);
	for (cpu = 0; res.nr_irqs && cpu < GICV4_MAX_CPUS; cpu++) {
		replay_put(replay.irqs[cpu], replay.nr_irqs[cpu] * sizeof(u32));
		replay.nr_irqs[cpu] = 0;
	}
	if (rec->op == REPLAY_DUMP && !(res.flags & REPLAY_FAILED)) {
		u64 done;

		for (done = 0; done < res.value; done += SZ_4K)
			replay_put(replay.text + done,
				   min_t(u64, res.value - done, SZ_4K));
	}
}

static void __init replay_file(void)
{
	const size_t chunk = rounddown(REPLAY_CHUNK, sizeof(struct replay_rec));
	char *recs = vmalloc(REPLAY_CHUNK);
	u64 pos = 0;
	int i, n;

	if (!recs)
		panic("gicv4-replay: no memory\n");
	for (;;) {
		n = os_pread_file(replay.in, recs, chunk, pos);
		if (n < (int)sizeof(struct replay_rec))
			break;
		n = rounddown(n, sizeof(struct replay_rec));
		for (i = 0; i < n; i += sizeof(struct replay_rec))
			replay_record((void *)(recs + i));
		pos += n;
		cond_resched();
	}
	vfree(recs);
}

static void __init replay_catalogue_line(const struct gicv4_desc *desc)
{
	bool ok = !gicv4_machine_init(desc);
	const struct {
		const char	*name;
		u32		val;
	} fields[] = {
		{ "arch", desc->arch },
		{ "nr_cpus", desc->nr_cpus },
		{ "nr_its", desc->nr_its },
		{ "groups", desc->groups },
		{ "devid_bits", desc->devid_bits },
		{ "eventid_bits", desc->eventid_bits },
		{ "intid_bits", desc->intid_bits },
		{ "vpeid_bits", desc->vpeid_bits },
		{ "direct_lpi", desc->direct_lpi },
		{ "vmovp", desc->vmovp },
		{ "pta", desc->pta },
		{ "indirect", desc->indirect },
		{ "dirty", desc->dirty },
		{ "svpet", desc->svpet },
		{ "no_db", desc->no_db },
		{ "stall", desc->stall },
		{ "uncached", desc->uncached },
		{ "page_size", desc->page_size },
		{ "dte_size", desc->dte_size },
		{ "cte_size", desc->cte_size },
		{ "vpte_size", desc->vpte_size },
		{ "itte_size", desc->itte_size },
		{ "seed", desc->seed },
	};
	struct seq_buf s;
	unsigned int i;

	seq_buf_init(&s, replay.text, REPLAY_TEXT);
	seq_buf_printf(&s, "machine %s usable=%d", desc->name, ok);
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		seq_buf_printf(&s, " %s=%u", fields[i].name, fields[i].val);
	if (ok)
		seq_buf_printf(&s, " rdist_phys=%llu rdist_stride=%llu",
			       (u64)gicv4_rdist_phys(0),
			       (u64)(gicv4_rdist_phys(1) - gicv4_rdist_phys(0)));
	seq_buf_puts(&s, "\n");
	replay_put(replay.text, seq_buf_used(&s));
}

static void __init replay_catalogue(void)
{
	struct gicv4_desc desc;
	struct seq_buf s;
	unsigned int i;

	for (i = 0; i < GICV4_NR_RULES; i++) {
		seq_buf_init(&s, replay.text, REPLAY_TEXT);
		seq_buf_printf(&s, "rule %u %s\n", i, gicv4_rule_name(i));
		replay_put(replay.text, seq_buf_used(&s));
	}
	for (i = 0; gicv4_catalogue(i, 4, &desc); i++)
		replay_catalogue_line(&desc);
}

static int __init replay_init(void)
{
	gfp_t gfp = GFP_KERNEL | __GFP_ZERO | __GFP_COMP;
	char *in = replay_arg, *out;

	if (!in)
		return 0;
	out = strchr(in, ',');
	if (!out)
		panic("gicv4-replay: gicv4_replay=<in>,<out>\n");
	*out++ = '\0';

	/* One compound page: each page in it counts as in use */
	replay.arena = (void *)__get_free_pages(gfp, get_order(REPLAY_ARENA));
	replay.buf = vmalloc(REPLAY_OUT);
	replay.text = vmalloc(REPLAY_TEXT);
	if (!replay.arena || !replay.buf || !replay.text)
		panic("gicv4-replay: no memory\n");
	replay.arena_phys = virt_to_phys(replay.arena);

	replay.out = os_open_file(out,
				  of_create(of_trunc(of_write(OPENFLAGS()))),
				  0644);
	if (replay.out < 0)
		panic("gicv4-replay: %s: %d\n", out, replay.out);
	if (!strcmp(in, "catalogue")) {
		replay_catalogue();
	} else {
		replay.in = os_open_file(in, of_read(OPENFLAGS()), 0);
		if (replay.in < 0)
			panic("gicv4-replay: %s: %d\n", in, replay.in);
		replay_file();
	}
	replay_flush();
	os_close_file(replay.out);
	kernel_power_off();
	return 0;
}
late_initcall(replay_init);
