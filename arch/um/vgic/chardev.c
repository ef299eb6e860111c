// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/kvm for kthreads.
 *
 * The root of a UML kernel that only runs tests is an empty initramfs, and a
 * kthread cannot see even that. So the node is made at boot, and opened on
 * behalf of a kthread with the file system context of init.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/init.h>
#include <linux/init_syscalls.h>
#include <linux/kdev_t.h>
#include <linux/major.h>
#include <linux/miscdevice.h>
#include <linux/um-vgic.h>

/**
 * um_kvm_open - open /dev/kvm
 *
 * The file is KVM's own: file->f_op->unlocked_ioctl() is what ioctl() calls.
 *
 * Context: may sleep, any kthread.
 * Return: the file, to be given to fput(), or an ERR_PTR()
 */
struct file *um_kvm_open(void)
{
	struct file *file;

	scoped_with_init_fs()
		file = filp_open("/dev/kvm", O_RDWR | O_CLOEXEC, 0);

	return file;
}
EXPORT_SYMBOL_GPL(um_kvm_open);

/**
 * um_vgic_flush_files - release the files that this thread gave to fput()
 *
 * A kthread's fput() leaves that to a worker. A VM goes when its last file
 * does, so a test that wants it gone calls this.
 *
 * Context: may sleep.
 */
void um_vgic_flush_files(void)
{
	flush_delayed_fput();
}
EXPORT_SYMBOL_GPL(um_vgic_flush_files);

static int __init um_kvm_node_init(void)
{
	int ret;

	ret = init_mkdir("/dev", 0755);
	if (ret && ret != -EEXIST)
		return ret;

	return init_mknod("/dev/kvm", S_IFCHR | 0600,
			  new_encode_dev(MKDEV(MISC_MAJOR, KVM_MINOR)));
}
late_initcall(um_kvm_node_init);
