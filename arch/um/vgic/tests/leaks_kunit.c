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
#include <linux/uaccess.h>

/* mm/kmemleak.c has MSECS_MIN_AGE, 5000 */
#define MIN_AGE_MS	5500

/* What looked lost while a list was being changed is found by the second */
#define SCANS		2

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

static void nothing_is_leaked(struct kunit *test)
{
	char __user *user;
	struct file *file;
	char text[1024];
	unsigned int i;
	loff_t pos = 0;
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

	msleep(MIN_AGE_MS);
	for (i = 0; i < SCANS; i++) {
		pos = 0;
		KUNIT_ASSERT_EQ(test, 5, file->f_op->write(file, user, 5, &pos));
	}

	for (pos = 0; (n = file->f_op->read(file, user, sizeof(text) - 1, &pos)) > 0;) {
		KUNIT_ASSERT_EQ(test, 0, copy_from_user(text, user, n));
		text[n] = '\0';
		KUNIT_FAIL(test, "leaked:\n%s", text);
	}
	KUNIT_EXPECT_EQ(test, n, 0);
}

static struct kunit_case leaks_cases[] = {
	KUNIT_CASE_SLOW(nothing_is_leaked),
	{}
};

static struct kunit_suite leaks_suite = {
	.name		= "vgic_vlpi_leaks",
	.test_cases	= leaks_cases,
};

kunit_test_suite(leaks_suite);
