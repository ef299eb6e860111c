// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/gicv4_model: what the machine holds, for people.
 *
 * A file is read row by row. Neither a buffer nor gm.lock has to last for a
 * whole table, so a machine may be looked at while a driver runs on it.
 */
#define pr_fmt(fmt) "gicv4-model: " fmt

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "debugfs.h"
#include "internal.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "gicv4_model."

static bool dump_at_end;
module_param(dump_at_end, bool, 0444);
MODULE_PARM_DESC(dump_at_end, "print all files to the log when a test fails");

/* machine: what was built, and what has happened */

static void gm_machine_show(struct seq_file *m, const struct gm_cursor *c)
{
	static const char * const archs[] = { "GICv3.0", "GICv4.0", "GICv4.1" };
	const struct gicv4_desc *d = gicv4_machine();
	struct gicv4_stats s;

	if (!d) {
		seq_puts(m, "no machine\n");
		return;
	}
	seq_printf(m, "machine: %s, %s\n", d->name ?: "-",
		   d->arch < ARRAY_SIZE(archs) ? archs[d->arch] : "?");
	seq_printf(m, "redistributors: %u, ITSs: %u, affinity groups: %u\n",
		   d->nr_cpus, d->nr_its, d->groups);
	seq_printf(m, "bits: DeviceID %u, EventID %u, INTID %u, vPEID %u\n",
		   d->devid_bits, d->eventid_bits, d->intid_bits,
		   d->vpeid_bits);
	seq_printf(m, "entries, bytes: device %u, collection %u, vPE %u, interrupt %u\n",
		   d->dte_size, d->cte_size, d->vpte_size, d->itte_size);
	seq_printf(m, "options:%s%s%s%s%s%s%s%s%s\n",
		   d->direct_lpi ? " direct_lpi" : "", d->vmovp ? " vmovp" : "",
		   d->pta ? " pta" : "", d->indirect ? " indirect" : "",
		   d->dirty ? " dirty" : "", d->svpet ? " svpet" : "",
		   d->no_db ? " no_db" : "", d->stall ? " stall" : "",
		   d->uncached ? " uncached" : "");
	seq_printf(m, "seed: %u\n\n", d->seed);

	gicv4_get_stats(&s);
	seq_printf(m, "%-14s  %10llu\n", "device writes", s.device_writes);
	seq_printf(m, "%-14s  %10llu\n", "untranslated", s.untranslated);
	seq_printf(m, "%-14s  %10llu\n", "LPIs", s.lpis);
	seq_printf(m, "%-14s  %10llu\n", "vLPIs", s.vlpis);
	seq_printf(m, "%-14s  %10llu\n", "vSGIs", s.vsgis);
	seq_printf(m, "%-14s  %10llu\n", "doorbells", s.doorbells);
	seq_printf(m, "%-14s  %10llu\n", "host IRQs", s.host_irqs);
	seq_printf(m, "%-14s  %10llu\n", "guest acks", s.acks);
	seq_printf(m, "%-14s  %10llu\n", "commands", s.commands);
	seq_printf(m, "%-14s  %10u\n", "breaches", gicv4_nr_breaches());
}

static bool gm_machine_next(struct gm_cursor *c)
{
	return !c->section++;
}

static const struct gm_view gm_view_machine = {
	.name	= "machine",
	.next	= gm_machine_next,
	.show	= gm_machine_show,
};

/* breaches */

static void gm_breaches_show(struct seq_file *m, const struct gm_cursor *c)
{
	struct gicv4_breach b;

	if (c->section == 1) {
		seq_printf(m, "%6s  %3s  %3s  %-67s  %s\n", "Number", "ITS",
			   "CPU", "Raw", "Rule");
		return;
	}
	if (!gicv4_get_breach(c->id, &b))
		return;
	seq_printf(m, "%6u  %3d  %3d  %016llx,%016llx,%016llx,%016llx  %s: %s (%s)\n",
		   c->id, b.its, b.cpu, b.raw[0], b.raw[1], b.raw[2], b.raw[3],
		   gicv4_rule_name(b.rule), gicv4_rule_text(b.rule),
		   gicv4_rule_ref(b.rule));
}

static bool gm_breaches_next(struct gm_cursor *c)
{
	struct gicv4_breach b;

	if (c->section < 2)
		c->section++;
	else
		c->id++;
	return c->section == 1 || gicv4_get_breach(c->id, &b);
}

static const struct gm_view gm_view_breaches = {
	.name	= "breaches",
	.next	= gm_breaches_next,
	.show	= gm_breaches_show,
};

/* dump: the text of gicv4_dump(), which is one state and not many rows */

static char *gm_dump_text(void)
{
	size_t size = SZ_64K;
	struct seq_buf s;
	char *text;

	for (;; size *= 2) {
		text = kvmalloc(size, GFP_KERNEL);
		if (!text)
			return NULL;
		seq_buf_init(&s, text, size);
		gicv4_dump(&s);
		if (!seq_buf_has_overflowed(&s) && seq_buf_used(&s) < size)
			break;
		kvfree(text);
	}
	text[seq_buf_used(&s)] = '\0';
	return text;
}

/* The sub of the cursor is where the row begins in the text */
static bool gm_dump_next(struct gm_cursor *c)
{
	const char *end;

	if (!c->section) {
		kvfree(c->text);
		c->text = gm_dump_text();
		c->section = 1;
		c->sub = 0;
	} else {
		end = strchr(c->text + c->sub, '\n');
		c->sub = end ? end + 1 - c->text : 0;
		if (!end)
			return false;
	}
	return c->text && c->text[c->sub];
}

static void gm_dump_show(struct seq_file *m, const struct gm_cursor *c)
{
	const char *line = c->text + c->sub, *end = strchrnul(line, '\n');

	seq_printf(m, "%.*s\n", (int)(end - line), line);
}

static const struct gm_view gm_view_dump = {
	.name	= "dump",
	.next	= gm_dump_next,
	.show	= gm_dump_show,
};

static const struct gm_view * const gm_views[] = {
	&gm_view_machine,
	&gm_view_its,
	&gm_view_rdists,
	&gm_view_vpes,
	&gm_view_breaches,
	&gm_view_commands,
	&gm_view_dump,
};

/* Rows as a seq_file: it may ask for a row again, but never far back */

struct gm_file {
	const struct gm_view	*view;
	struct gm_cursor	cursor;
};

static void gm_rewind(struct gm_cursor *c)
{
	*c = (struct gm_cursor) { .unit = c->unit, .text = c->text };
}

static void *gm_seq_start(struct seq_file *m, loff_t *pos)
{
	struct gm_file *f = m->private;
	struct gm_cursor *c = &f->cursor;

	if (!c->section || *pos < c->pos) {
		gm_rewind(c);
		c->valid = f->view->next(c);
	}
	while (c->valid && c->pos < *pos) {
		c->valid = f->view->next(c);
		c->pos++;
	}
	return c->valid ? c : NULL;
}

static void *gm_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct gm_file *f = m->private;
	struct gm_cursor *c = v;

	c->valid = f->view->next(c);
	c->pos = ++*pos;
	return c->valid ? c : NULL;
}

static void gm_seq_stop(struct seq_file *m, void *v)
{
}

static int gm_seq_show(struct seq_file *m, void *v)
{
	struct gm_file *f = m->private;

	f->view->show(m, v);
	return 0;
}

static const struct seq_operations gm_seq_ops = {
	.start	= gm_seq_start,
	.next	= gm_seq_next,
	.stop	= gm_seq_stop,
	.show	= gm_seq_show,
};

/* What a file is of: a view, and an ITS */
static unsigned long gm_file_key(unsigned int view, unsigned int unit)
{
	return view * GICV4_MAX_ITS + unit;
}

static int gm_file_open(struct inode *inode, struct file *file)
{
	unsigned long key = (unsigned long)inode->i_private;
	struct gm_file *f;

	f = __seq_open_private(file, &gm_seq_ops, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->view = gm_views[key / GICV4_MAX_ITS];
	f->cursor.unit = key % GICV4_MAX_ITS;
	return 0;
}

static int gm_file_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;
	struct gm_file *f = m->private;

	kvfree(f->cursor.text);
	return seq_release_private(inode, file);
}

static const struct file_operations gm_fops = {
	.open		= gm_file_open,
	.read_iter	= seq_read_iter,
	.llseek		= seq_lseek,
	.release	= gm_file_release,
};

/* The log instead of a file */

static void gm_print_lines(char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		if (*line || text)
			pr_info("  %s\n", line);
}

static void gm_print_view(const struct gm_view *view, unsigned int unit)
{
	struct gm_cursor c = { .unit = unit };
	struct seq_file m = { .size = SZ_16K };

	m.buf = kvmalloc(m.size, GFP_KERNEL);
	if (!m.buf)
		return;
	while (view->next(&c)) {
		m.count = 0;
		view->show(&m, &c);
		m.buf[min(m.count, m.size - 1)] = '\0';
		gm_print_lines(m.buf);
	}
	kvfree(c.text);
	kvfree(m.buf);
}

/* gm_print_all - print all files to the log */
static void gm_print_all(void)
{
	unsigned int i, unit, units;
	char name[16];

	for (i = 0; i < ARRAY_SIZE(gm_views); i++) {
		units = gm_views[i] == &gm_view_its ? gm.desc.nr_its : 1;
		for (unit = 0; unit < units; unit++) {
			scnprintf(name, sizeof(name), gm_views[i]->name, unit);
			pr_info("%s:\n", name);
			gm_print_view(gm_views[i], unit);
		}
	}
}

/**
 * gm_test_failed - a test has failed, as a checkpoint sees
 *
 * With gicv4_model.dump_at_end on the command line, prints all files.
 *
 * Context: process context, may sleep.
 */
void gm_test_failed(void)
{
	if (dump_at_end && gicv4_machine())
		gm_print_all();
}

static void __init gm_create(struct dentry *dir, unsigned int view,
			     unsigned int unit)
{
	unsigned long key = gm_file_key(view, unit);
	char name[16];

	/* The files stay as long as the kernel does: no need of a proxy */
	scnprintf(name, sizeof(name), gm_views[view]->name, unit);
	debugfs_create_file_unsafe(name, 0400, dir, (void *)key, &gm_fops);
}

static int __init gm_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("gicv4_model", NULL);
	unsigned int i, unit;

	for (i = 0; i < ARRAY_SIZE(gm_views); i++) {
		gm_create(dir, i, 0);
		if (gm_views[i] == &gm_view_its)
			for (unit = 1; unit < GICV4_MAX_ITS; unit++)
				gm_create(dir, i, unit);
	}
	return 0;
}
late_initcall(gm_debugfs_init);
