// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_leaks: what the suites before it have left behind.
 *
 * Once per boot, as a scan looks at all memory, and as kmemleak says nothing
 * of what is younger than some seconds.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/* mm/kmemleak.c has MSECS_MIN_AGE, 5000 */
#define MIN_AGE_MS	5500

/*
 * The first scan that looks at an object takes it for changed; then it has to
 * be lost in some scans in a row, three by default.
 */
#define SCANS		6

/* More than one, as what a stale word on some stack points to is not reported */
#define PLANTED		8
#define PLANTED_SIZE	64
#define CHURN		16384
#define CHURN_SIZE	1024
#define REPORT		"unreferenced object 0x"

/* Objects that are lost on purpose; the complement of a pointer is none */
struct planted {
	unsigned long hidden[PLANTED];
	unsigned int reported;
};

static void close_file(void *file)
{
	__fput_sync(file);
}

static void unmount(void *mnt)
{
	kern_unmount(mnt);
}

/* Nobody has mounted debugfs here. Return: the file, or NULL if there is none */
static struct file *open_kmemleak(struct kunit *test)
{
	struct file_system_type *type = get_fs_type("debugfs");
	struct vfsmount *mnt;
	struct file *file;

	if (!type)
		return NULL;
	mnt = kern_mount(type);
	put_filesystem(type);
	if (IS_ERR(mnt))
		return NULL;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unmount, mnt));
	file = file_open_root_mnt(mnt, "kmemleak", O_RDWR, 0);
	if (IS_ERR(file))
		return NULL;
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, close_file, file));

	return file;
}

/*
 * The allocator keeps recent pointers in arrays, stale ones included, and
 * kmemleak takes them for references: replace them.
 */
static void churn(struct kunit *test)
{
	void **others = kvmalloc_array(CHURN, sizeof(*others), GFP_KERNEL);
	unsigned int size, i;

	KUNIT_ASSERT_NOT_NULL(test, others);
	for (size = 8; size <= CHURN_SIZE; size *= 2) {
		for (i = 0; i < CHURN; i++)
			others[i] = kmalloc(size, GFP_KERNEL);
		for (i = 0; i < CHURN; i++)
			kfree(others[i]);
	}
	kvfree(others);
}

static noinline void plant(struct planted *planted)
{
	unsigned int i;

	for (i = 0; i < PLANTED; i++)
		planted->hidden[i] = ~(unsigned long)kmalloc(PLANTED_SIZE, GFP_KERNEL);
}

static void dig_up(void *data)
{
	struct planted *planted = data;
	unsigned int i;

	for (i = 0; i < PLANTED; i++)
		kfree((void *)~planted->hidden[i]);
}

static bool is_planted(const struct planted *planted, unsigned long address)
{
	unsigned int i;

	for (i = 0; i < PLANTED; i++)
		if (planted->hidden[i] == ~address)
			return true;

	return false;
}

/* @text: whole reports, one after the other */
static void judge(struct kunit *test, struct planted *planted, char *text)
{
	char *report = strstr(text, REPORT), *next;
	unsigned long address;

	for (; report; report = next) {
		next = strstr(report + 1, REPORT);
		if (sscanf(report, REPORT "%lx", &address) == 1 &&
		    is_planted(planted, address))
			planted->reported++;
		else
			KUNIT_FAIL(test, "leaked:\n%.*s",
				   next ? (int)(next - report) : INT_MAX, report);
	}
}

static void nothing_is_leaked_but_what_is_planted(struct kunit *test)
{
	struct planted *planted;
	char __user *user;
	struct file *file;
	unsigned int i;
	loff_t pos = 0;
	char *text;
	ssize_t n;

	file = open_kmemleak(test);
	if (!file)
		kunit_skip(test, "needs CONFIG_DEBUG_KMEMLEAK and CONFIG_DEBUG_FS");

	KUNIT_ASSERT_EQ(test, 0, kunit_attach_mm());
	user = (char __user *)kunit_vm_mmap(test, NULL, 0, PAGE_SIZE,
					    PROT_READ | PROT_WRITE,
					    MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL((void __force *)user));
	KUNIT_ASSERT_EQ(test, 0, copy_to_user(user, "scan", 5));
	text = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, text);
	planted = kunit_kzalloc(test, sizeof(*planted), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, planted);
	plant(planted);
	churn(test);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, dig_up, planted));

	msleep(MIN_AGE_MS);
	for (i = 0; i < SCANS; i++) {
		pos = 0;
		KUNIT_ASSERT_EQ(test, 5, file->f_op->write(file, user, 5, &pos));
	}

	for (pos = 0; (n = file->f_op->read(file, user, PAGE_SIZE - 1, &pos)) > 0;) {
		KUNIT_ASSERT_EQ(test, 0, copy_from_user(text, user, n));
		text[n] = '\0';
		judge(test, planted, text);
	}
	KUNIT_EXPECT_EQ(test, n, 0);
	kunit_info(test, "%u of %u lost on purpose reported", planted->reported, PLANTED);
	KUNIT_EXPECT_GE_MSG(test, planted->reported, PLANTED - 1, "what is lost is not reported");
}

static struct kunit_case leaks_cases[] = {
	KUNIT_CASE_SLOW(nothing_is_leaked_but_what_is_planted),
	{}
};

static struct kunit_suite leaks_suite = {
	.name		= "vgic_vlpi_leaks",
	.test_cases	= leaks_cases,
};

kunit_test_suite(leaks_suite);
