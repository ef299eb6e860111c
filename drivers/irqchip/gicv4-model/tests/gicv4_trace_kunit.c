// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4_model_trace: what tracefs shows of the machine's trace events.
 * gicv4_model_trace_files: what the files in debugfs say.
 *
 * Both are read as people read them: by the file, in a mount of this test's.
 */
#include <kunit/test.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/seq_buf.h>
#include <linux/string.h>
#include <linux/trace.h>
#include <linux/trace_events.h>
#include <linux/uio.h>

#include "rig.h"

#define INSTANCE	"gicv4_model_test"
#define TEXT_SIZE	SZ_1M
#define LINE_SIZE	256

static ssize_t read_some(struct file *file, char *buf, size_t size)
{
	struct kvec vec = { .iov_base = buf, .iov_len = size };
	struct iov_iter iter;
	struct kiocb kiocb;
	ssize_t ret;

	/* Not kernel_read(): tracefs has both ways to read, and it minds */
	init_sync_kiocb(&kiocb, file);
	kiocb.ki_pos = file->f_pos;
	iov_iter_kvec(&iter, ITER_DEST, &vec, 1, size);
	ret = file->f_op->read_iter(&kiocb, &iter);
	file->f_pos = kiocb.ki_pos;
	return ret;
}

/* A file of a pseudo file system, read @chunk bytes at a time */
static char *read_file(struct kunit *test, const char *fs, const char *path,
		       size_t chunk)
{
	char *text = kunit_kzalloc(test, TEXT_SIZE, GFP_KERNEL);
	struct file_system_type *type = get_fs_type(fs);
	struct vfsmount *mnt;
	struct file *file;
	size_t len = 0;
	ssize_t n = 0;

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_ASSERT_NOT_NULL(test, type);
	mnt = kern_mount(type);
	put_filesystem(type);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mnt);

	file = file_open_root_mnt(mnt, path, O_RDONLY, 0);
	if (!IS_ERR(file)) {
		do {
			n = read_some(file, text + len,
				      min(chunk, TEXT_SIZE - 1 - len));
			len += max(n, 0);
		} while (n > 0);
		__fput_sync(file);
	}
	kern_unmount(mnt);

	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(file), "%s: %pe", path, file);
	KUNIT_ASSERT_EQ(test, n, 0);
	KUNIT_ASSERT_LT(test, len, TEXT_SIZE - 1);
	return text;
}

static char *read_debugfs(struct kunit *test, const char *name)
{
	char path[64];

	scnprintf(path, sizeof(path), "gicv4_model/%s", name);
	return read_file(test, "debugfs", path, SZ_4K);
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

/* Expect a line to be there, once; blanks count, the begin of a line not */
static __printf(3, 4)
void expect_line(struct kunit *test, const char *text, const char *fmt, ...)
{
	char line[LINE_SIZE];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vscnprintf(line, sizeof(line) - 1, fmt, args);
	va_end(args);
	line[len++] = '\n';
	line[len] = '\0';
	KUNIT_EXPECT_EQ_MSG(test, count(text, line), 1, "no line, or many: %sin:\n%s",
			    line, text);
}

/* The trace */

static void close_instance(void *arg)
{
	struct trace_array *tr = arg;

	trace_array_set_clr_event(tr, "gicv4_model", NULL, false);
	trace_array_put(tr);
	trace_array_destroy(tr);
}

/* Record all events of the machine from here on */
static void trace_all(struct kunit *test)
{
	struct trace_array *tr = trace_array_get_by_name(INSTANCE, "gicv4_model");

	KUNIT_ASSERT_NOT_NULL(test, tr);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, close_instance, tr));
	KUNIT_ASSERT_EQ(test, 0, trace_array_set_clr_event(tr, "gicv4_model",
							   NULL, true));
}

static char *trace_text(struct kunit *test)
{
	return read_file(test, "tracefs", "instances/" INSTANCE "/trace", SZ_4K);
}

static void commands_are_traced(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	char *text;

	trace_all(test);
	rig_vmapti(rig, 0, 7, 1, LPI(9));
	gicv4_fault_ignore(0, GITS_CMD_INV, 1);
	rig_send(rig, raw_event(GITS_CMD_INV, 0, 7));
	text = trace_text(test);

	expect_line(test, text,
		    "gicv4_cmd: its=0 raw=%016llx,%016llx,%016llx,%016llx error=000000 ignored=0 VMAPTI",
		    (u64)GITS_CMD_VMAPTI, 1ull << 32 | 7,
		    (u64)RIG_DB(1) << 32 | LPI(9), 0ull);
	expect_line(test, text,
		    "gicv4_cmd: its=0 raw=%016llx,%016llx,%016llx,%016llx error=000000 ignored=0 VSYNC",
		    (u64)GITS_CMD_VSYNC, 1ull << 32, 0ull, 0ull);
	expect_line(test, text,
		    "gicv4_cmd: its=0 raw=%016llx,%016llx,%016llx,%016llx error=000000 ignored=1 INV",
		    (u64)GITS_CMD_INV, 7ull, 0ull, 0ull);
	KUNIT_EXPECT_EQ(test, count(text, " gicv4_cmd: "), 3);
}

static void register_accesses_are_traced(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	u32 pidr2;
	char *text;

	trace_all(test);
	writel(GICR_WAKER_ProcessorSleep, rig->gicr[1] + GICR_WAKER);
	pidr2 = readl(rig->its + GITS_PIDR2);
	text = trace_text(test);

	expect_line(test, text,
		    "gicv4_reg_write: frame=GICR unit=1 off=0x14 size=4 val=0x2");
	expect_line(test, text,
		    "gicv4_reg_read: frame=GITS unit=0 off=0xffe8 size=4 val=%#x",
		    pidr2);
	KUNIT_EXPECT_EQ(test, count(text, " gicv4_reg_"), 2);
}

static void lpi_is_traced_to_the_host(struct kunit *test)
{
	char *text;

	rig_populate(test);
	trace_all(test);
	gicv4_device_write(0, 0, 0);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	text = trace_text(test);

	expect_line(test, text,
		    "gicv4_pending: kind=LPI owner=0 intid=%u pending=1", LPI(0));
	expect_line(test, text,
		    "gicv4_deliver: to=host cpu=0 vpeid=-1 intid=%u", LPI(0));
	expect_line(test, text,
		    "gicv4_pending: kind=LPI owner=0 intid=%u pending=0", LPI(0));
}

static void vlpi_is_traced_to_the_guest(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	char *text;

	rig_vmapti(rig, 1, 0, 1, LPI(3));
	trace_all(test);
	rig_enter(rig, 1, 1);
	gicv4_device_write(0, 1, 0);
	KUNIT_ASSERT_EQ(test, gicv4_vcpu_ack(1), LPI(3));
	rig_leave(rig, 1);
	text = trace_text(test);

	expect_line(test, text,
		    "gicv4_residency: cpu=1 vpeid=1 valid=1 pending_last=0");
	expect_line(test, text,
		    "gicv4_pending: kind=vLPI owner=1 intid=%u pending=1", LPI(3));
	expect_line(test, text,
		    "gicv4_deliver: to=guest cpu=1 vpeid=1 intid=%u", LPI(3));
	expect_line(test, text,
		    "gicv4_pending: kind=vLPI owner=1 intid=%u pending=0", LPI(3));
	expect_line(test, text,
		    "gicv4_residency: cpu=1 vpeid=1 valid=0 pending_last=0");
	KUNIT_EXPECT_EQ(test, count(text, " gicv4_doorbell: "), 0);
}

static void vsgi_is_traced(struct kunit *test)
{
	struct rig *rig = rig_populate_machine(test, "v4.1");
	char *text;

	rig_vsgi(rig, 0, 3, 0xb0);
	trace_all(test);
	rig_sgir(rig, 0, 3);
	text = trace_text(test);

	expect_line(test, text, "gicv4_pending: kind=vSGI owner=0 intid=3 pending=1");
}

static void doorbell_and_pending_last_are_traced(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	char *text;

	trace_all(test);
	gicv4_device_write(0, 0, 1);
	KUNIT_ASSERT_EQ(test, rig_nr_irqs(), 1);
	rig_enter(rig, 0, 0);
	rig_leave(rig, 0);
	text = trace_text(test);

	expect_line(test, text, "gicv4_doorbell: vpeid=0 cpu=0 intid=%u",
		    RIG_DB(0));
	expect_line(test, text, "gicv4_deliver: to=host cpu=0 vpeid=-1 intid=%u",
		    RIG_DB(0));
	expect_line(test, text,
		    "gicv4_residency: cpu=0 vpeid=0 valid=0 pending_last=1");
}

static void breach_is_traced(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	char *text;

	gicv4_expect_breach(test, GICV4_RULE_DEV_UNMAPPED);
	trace_all(test);
	rig_send(rig, raw_event(GITS_CMD_INT, 3, 5));
	text = trace_text(test);

	expect_line(test, text,
		    "gicv4_breach: rule=DEV_UNMAPPED its=0 cpu=-1 raw=%016llx,%016llx,%016llx,%016llx",
		    3ull << 32 | GITS_CMD_INT, 5ull, 0ull, 0ull);
}

static void nothing_is_traced_when_it_is_off(struct kunit *test)
{
	struct trace_array *tr;
	char *text;

	rig_populate(test);
	trace_all(test);
	tr = trace_array_get_by_name(INSTANCE, "gicv4_model");
	KUNIT_ASSERT_NOT_NULL(test, tr);
	trace_array_set_clr_event(tr, "gicv4_model", NULL, false);
	gicv4_device_write(0, 0, 0);
	trace_array_set_clr_event(tr, "gicv4_model", NULL, true);
	gicv4_device_write(0, 0, 1);
	trace_array_put(tr);
	rig_nr_irqs();
	text = trace_text(test);

	KUNIT_EXPECT_EQ(test, count(text, "kind=LPI owner=0 intid=8192 pending=1"), 0);
	KUNIT_EXPECT_EQ(test, count(text, "kind=vLPI owner=0 intid=8193 pending=1"), 1);
}

static struct kunit_case gicv4_trace_cases[] = {
	KUNIT_CASE(commands_are_traced),
	KUNIT_CASE(register_accesses_are_traced),
	KUNIT_CASE(lpi_is_traced_to_the_host),
	KUNIT_CASE(vlpi_is_traced_to_the_guest),
	KUNIT_CASE(vsgi_is_traced),
	KUNIT_CASE(doorbell_and_pending_last_are_traced),
	KUNIT_CASE(breach_is_traced),
	KUNIT_CASE(nothing_is_traced_when_it_is_off),
	{ }
};

/* The files */

static void machine_tells_what_it_is(struct kunit *test)
{
	char *text;

	rig_populate(test);
	gicv4_device_write(0, 0, 0);
	gicv4_device_write(0, 3, 0);
	text = read_debugfs(test, "machine");

	expect_line(test, text, "redistributors: %u, ITSs: 1, affinity groups: 1",
		    RIG_CPUS);
	expect_line(test, text, "device writes            2");
	expect_line(test, text, "untranslated             1");
	expect_line(test, text, "LPIs                     1");
}

static void its_tells_where_events_go(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	char *text = read_debugfs(test, "its0");

	expect_line(test, text, "events mapped: 1 physical, 1 virtual");
	expect_line(test, text, "    0  device      %#018llx      65536    4K      8      8192",
		    rig_phys(rig->dev_table));
	expect_line(test, text, "Collection  Redistributor");
	expect_line(test, text, "         1              1");
	expect_line(test, text, "0x0         ITT %#llx, 5 EventID bits, 2 events",
		    rig_phys(rig->itt[0]));
	expect_line(test, text,
		    "DeviceID    EventID  Kind     INTID  Target              Doorbell");
	expect_line(test, text,
		    "                  0   LPI      8192  ICID 0 -> 0                -");
	expect_line(test, text,
		    "                  1  vLPI      8193  vPE 0 -> 0             12288");
	expect_line(test, text, "0x1         ITT %#llx, 5 EventID bits, 0 events",
		    rig_phys(rig->itt[1]));
	/* An ITS that the machine has not */
	KUNIT_EXPECT_STREQ(test, read_debugfs(test, "its3"), "");
}

static void large_tables_are_not_cut_off(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	unsigned int i, n = 1024;
	char *whole, *pieces;
	char line[64];

	rig_send(rig, raw_mapd(2, rig_phys(rig_alloc(test, SZ_64K)), 12, true));
	for (i = 0; i < n; i++)
		rig_send(rig, raw_vmapti(2, 2 * i, 1, LPI(i), RIG_DB(1)));
	/* Far from the others */
	rig_send(rig, raw_vmapti(2, 4095, 1, LPI(n), RIG_DB(1)));
	rig_vsync(rig, 1);

	/* By pieces shorter than a row, and as a whole */
	pieces = read_file(test, "debugfs", "gicv4_model/its0", 61);
	whole = read_file(test, "debugfs", "gicv4_model/its0", TEXT_SIZE);
	KUNIT_EXPECT_EQ(test, strcmp(whole, pieces), 0);
	KUNIT_EXPECT_EQ(test, count(whole, "vPE 1 -> 1"), n + 1);
	for (i = 0; i < n; i += n / 4 - 1) {
		scnprintf(line, sizeof(line), "%19u  vLPI  %8u", 2 * i, LPI(i));
		KUNIT_EXPECT_EQ_MSG(test, count(whole, line), 1, "%s", line);
	}
}

static void vpes_tell_residency_and_pending(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	unsigned int i;
	char *text;

	rig->vprop[21] = 0xa0;
	for (i = 0; i < 11; i++) {
		rig_vmapti(rig, 1, i, 1, LPI(20 + i));
		gicv4_device_write(0, 1, i);
	}
	rig_enter(rig, 0, 0);
	text = read_debugfs(test, "vpes");

	expect_line(test, text, "    0  %#018llx    16  %#018llx         0        0     0",
		    rig_phys(rig->vpt[0]), rig_phys(rig->vprop));
	expect_line(test, text, "    1  %#018llx    16  %#018llx         -       11     1",
		    rig_phys(rig->vpt[1]), 0ull);
	rig_leave(rig, 0);
	expect_line(test, text, "    pending: 8212 8213 8214 8215 8216 8217 8218 8219");
	expect_line(test, text, "    pending: 8220 8221 8222");

	/* Its configuration is known as soon as it is resident */
	rig_enter(rig, 1, 1);
	text = read_debugfs(test, "vpes");
	rig_leave(rig, 1);
	expect_line(test, text,
		    "    pending: 8212 8213 (disabled) 8214 8215 8216 8217 8218 8219");
}

static void vpes_tell_doorbell_and_vsgis(struct kunit *test)
{
	struct rig *rig = rig_populate_machine(test, "v4.1");
	char *text;

	rig_send(rig, raw_vsgi(0, 7, 0x30, true, true, false));
	rig_send(rig, raw_vsgi(0, 9, 0xa0, false, false, false));
	rig_vsync(rig, 0);
	text = read_debugfs(test, "vpes");

	KUNIT_EXPECT_EQ(test, count(text, "  ITS0  Doorbell\n"), 1);
	expect_line(test, text, "    0  %#018llx    16  %#018llx         -        0     0     %u",
		    rig_phys(rig->vpt[0]), rig_phys(rig->vprop), RIG_DB(0));
	expect_line(test, text, "    vSGI  7: priority 0x30, group 1, enabled");
	expect_line(test, text, "    vSGI  9: priority 0xa0, group 0, disabled");
	KUNIT_EXPECT_EQ(test, count(text, "vSGI"), 2);
}

static void redistributors_tell_residency_and_pending(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	char *text;

	/* Nobody takes them */
	gicv4_set_irq_handler(NULL);
	gicv4_device_write(0, 0, 0);
	gicv4_device_write(0, 0, 1);
	rig_enter(rig, 1, 1);
	text = read_debugfs(test, "redistributors");
	KUNIT_EXPECT_EQ(test, count(text, "  yes           1  no                 0\n"), 1);
	KUNIT_EXPECT_EQ(test, count(text, "  no            -  no                 2\n"), 1);
	expect_line(test, text, "    pending: 8192 12288");
	rig_leave(rig, 1);

	rig_enter(rig, 0, 0);
	rig_leave(rig, 0);
	text = read_debugfs(test, "redistributors");
	KUNIT_EXPECT_EQ(test, count(text, "  no            -  yes                2\n"), 1);
}

static void breaches_tell_rule_and_command(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	char *text;

	gicv4_expect_breach(test, GICV4_RULE_DEV_UNMAPPED);
	rig_send(rig, raw_event(GITS_CMD_INT, 3, 5));
	text = read_debugfs(test, "breaches");

	expect_line(test, text,
		    "     0    0   -1  %016llx,%016llx,%016llx,%016llx  DEV_UNMAPPED: %s (%s)",
		    3ull << 32 | GITS_CMD_INT, 5ull, 0ull, 0ull,
		    gicv4_rule_text(GICV4_RULE_DEV_UNMAPPED),
		    gicv4_rule_ref(GICV4_RULE_DEV_UNMAPPED));
}

static void commands_are_decoded(struct kunit *test)
{
	struct rig *rig = rig_populate(test);
	struct raw unknown = { { 0xee } };
	char *text;

	gicv4_trace_clear();
	rig_vmapti(rig, 0, 7, 1, LPI(9));
	rig_send(rig, raw_vmapp(2, 1, rig_phys(rig->vpt[2]), RIG_BITS, true));
	rig_vsync(rig, 2);
	rig_send(rig, raw_mapc(7, 1, true));
	rig_sync(rig);
	gicv4_expect_breach(test, GICV4_RULE_CMD_UNKNOWN);
	rig_send(rig, unknown);
	text = read_debugfs(test, "commands");

	expect_line(test, text,
		    "  VMAPTI DeviceID 0x0 EventID 7 vPEID 1 vINTID %u doorbell %u",
		    LPI(9), RIG_DB(1));
	expect_line(test, text,
		    "  VMAPP vPEID 2 RDbase 1 VPT %#llx Size 15 V 1",
		    rig_phys(rig->vpt[2]));
	expect_line(test, text, "  MAPC ICID 7 RDbase 1 V 1");
	expect_line(test, text, "  0xee, unknown");
	expect_line(test, text, "  VSYNC vPEID 1");
}

static void dump_is_the_dump(struct kunit *test)
{
	char *text, *want = kunit_kzalloc(test, SZ_64K, GFP_KERNEL);
	struct seq_buf s;

	KUNIT_ASSERT_NOT_NULL(test, want);
	rig_populate(test);
	seq_buf_init(&s, want, SZ_64K - 1);
	gicv4_dump(&s);
	text = read_debugfs(test, "dump");
	KUNIT_EXPECT_STREQ(test, text, want);
	KUNIT_EXPECT_STREQ(test, read_file(test, "debugfs", "gicv4_model/dump", 7),
			   want);
}

static struct kunit_case gicv4_trace_files_cases[] = {
	KUNIT_CASE(machine_tells_what_it_is),
	KUNIT_CASE(its_tells_where_events_go),
	KUNIT_CASE(large_tables_are_not_cut_off),
	KUNIT_CASE(vpes_tell_residency_and_pending),
	KUNIT_CASE(vpes_tell_doorbell_and_vsgis),
	KUNIT_CASE(redistributors_tell_residency_and_pending),
	KUNIT_CASE(breaches_tell_rule_and_command),
	KUNIT_CASE(commands_are_decoded),
	KUNIT_CASE(dump_is_the_dump),
	{ }
};

/* At the end of each test the machine has nothing to complain of */
static void gicv4_trace_exit(struct kunit *test)
{
	gicv4_checkpoint(test);
}

static struct kunit_suite gicv4_trace_suite = {
	.name		= "gicv4_model_trace",
	.exit		= gicv4_trace_exit,
	.test_cases	= gicv4_trace_cases,
};

static struct kunit_suite gicv4_trace_files_suite = {
	.name		= "gicv4_model_trace_files",
	.exit		= gicv4_trace_exit,
	.test_cases	= gicv4_trace_files_cases,
};

kunit_test_suites(&gicv4_trace_suite, &gicv4_trace_files_suite);

MODULE_DESCRIPTION("KUnit tests of the machine's trace events and debugfs files");
MODULE_LICENSE("GPL");
