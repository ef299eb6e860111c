// SPDX-License-Identifier: GPL-2.0
/*
 * The VMM of a VM under test: KVM's own ioctls, called from a kthread that
 * borrowed a user address space.
 */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/kthread.h>
#include <linux/kvm_host.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>
#include <linux/um-vgic.h>

#include <linux/irqchip/its-mock-msi.h>

#include <kvm/vgic_fixture.h>

static long file_ioctl(struct vgic_vm *vm, struct file *file, unsigned int cmd,
		       const void *arg, size_t size)
{
	if (copy_to_user((void __user *)vm->uargs, arg, size))
		return -EFAULT;

	return file->f_op->unlocked_ioctl(file, cmd, vm->uargs);
}

/* Turn a new file descriptor into a reference of ours */
static struct file *claim_fd(struct kunit *test, long fd)
{
	struct file *file;

	KUNIT_ASSERT_GE_MSG(test, fd, 0, "no file descriptor");
	file = fget(fd);
	KUNIT_ASSERT_NOT_NULL(test, file);
	close_fd(fd);

	return file;
}

static struct file *create_device(struct vgic_vm *vm, u32 type)
{
	struct kvm_create_device cd = { .type = type };
	long ret;

	ret = file_ioctl(vm, vm->file, KVM_CREATE_DEVICE, &cd, sizeof(cd));
	KUNIT_ASSERT_EQ(vm->test, ret, 0);
	KUNIT_ASSERT_EQ(vm->test, 0,
			copy_from_user(&cd, (void __user *)vm->uargs,
				       sizeof(cd)));

	return claim_fd(vm->test, cd.fd);
}

/**
 * vgic_vm_attr() - set, get or ask for an attribute of a device
 * @vm: the VM
 * @file: the device, @vm's gic or its
 * @cmd: KVM_SET_DEVICE_ATTR, KVM_GET_DEVICE_ATTR or KVM_HAS_DEVICE_ATTR
 * @group: KVM_DEV_ARM_VGIC_GRP_*
 * @attr: attribute of the group
 * @val: value to set, or where it is put; of 32-bit registers only the lower
 *	 half is looked at, and it is zero-extended
 *
 * Context: as vgic_vm_ioctl().
 * Return: what the ioctl returns.
 */
int vgic_vm_attr(struct vgic_vm *vm, struct file *file, unsigned int cmd,
		 u32 group, u64 attr, u64 *val)
{
	/* The value lies behind the attribute, in the same page */
	struct {
		struct kvm_device_attr attr;
		u64 val;
	} args = {
		.attr = {
			.group	= group,
			.attr	= attr,
			.addr	= vm->uargs + offsetof(typeof(args), val),
		},
		.val = cmd == KVM_SET_DEVICE_ATTR ? *val : 0,
	};
	int ret;

	ret = file_ioctl(vm, file, cmd, &args, sizeof(args));
	if (!ret && cmd == KVM_GET_DEVICE_ATTR &&
	    copy_from_user(val, (void __user *)args.attr.addr, sizeof(*val)))
		return -EFAULT;

	return ret;
}

static int set_attr(struct vgic_vm *vm, struct file *file, u32 group, u64 attr,
		    u64 val)
{
	return vgic_vm_attr(vm, file, KVM_SET_DEVICE_ATTR, group, attr, &val);
}

/**
 * vgic_vm_ioctl() - call an ioctl of the VM with an argument in user memory
 * @vm: the VM
 * @cmd: ioctl number
 * @arg: the argument, copied to user memory first
 * @size: its size in bytes, at most a page
 *
 * Context: the test's thread or one started by vgic_vm_run_on().
 * Return: what the ioctl returns.
 */
long vgic_vm_ioctl(struct vgic_vm *vm, unsigned int cmd, const void *arg,
		   size_t size)
{
	return file_ioctl(vm, vm->file, cmd, arg, size);
}

/**
 * vgic_vm_ioctl_raw() - call an ioctl of the VM with any argument
 * @vm: the VM
 * @cmd: ioctl number
 * @arg: the argument, usually a user address, good or bad
 *
 * Context: as vgic_vm_ioctl().
 * Return: what the ioctl returns.
 */
long vgic_vm_ioctl_raw(struct vgic_vm *vm, unsigned int cmd, unsigned long arg)
{
	return vm->file->f_op->unlocked_ioctl(vm->file, cmd, arg);
}

/**
 * vgic_vm_signal_msi() - KVM_SIGNAL_MSI to the VM's ITS
 * @vm: the VM
 * @devid: DeviceID
 * @eventid: EventID
 *
 * This is an injection by software: it proves nothing about forwarding.
 *
 * Context: as vgic_vm_ioctl().
 * Return: 1 if delivered, 0 if the guest blocked it, or a negative error.
 */
int vgic_vm_signal_msi(struct vgic_vm *vm, u32 devid, u32 eventid)
{
	struct kvm_msi msi = {
		.address_lo	= vm->its_base + 0x10040,
		.data		= eventid,
		.devid		= devid,
		.flags		= KVM_MSI_VALID_DEVID,
	};

	return vgic_vm_ioctl(vm, KVM_SIGNAL_MSI, &msi, sizeof(msi));
}

/**
 * vgic_vm_set_attr() - KVM_SET_DEVICE_ATTR
 * @vm: the VM
 * @file: the device
 * @group: KVM_DEV_ARM_VGIC_GRP_ADDR and others
 * @attr: attribute of the group
 * @val: its 64-bit value
 *
 * Context: as vgic_vm_ioctl().
 * Return: what the ioctl returns.
 */
long vgic_vm_set_attr(struct vgic_vm *vm, struct file *file, u32 group, u64 attr,
		      u64 val)
{
	return set_attr(vm, file, group, attr, val);
}

/**
 * vgic_vm_its_ctrl() - a control of the ITS device
 * @vm: the VM
 * @attr: KVM_DEV_ARM_ITS_SAVE_TABLES and others
 *
 * Context: as vgic_vm_ioctl().
 * Return: what the ioctl returns.
 */
int vgic_vm_its_ctrl(struct vgic_vm *vm, u64 attr)
{
	return set_attr(vm, vm->its, KVM_DEV_ARM_VGIC_GRP_CTRL, attr, 0);
}

/**
 * vgic_vm_gic_ctrl() - a control of the vGIC device
 * @vm: the VM
 * @attr: KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES and others
 *
 * Context: as vgic_vm_ioctl().
 * Return: what the ioctl returns.
 */
int vgic_vm_gic_ctrl(struct vgic_vm *vm, u64 attr)
{
	return set_attr(vm, vm->gic, KVM_DEV_ARM_VGIC_GRP_CTRL, attr, 0);
}

/**
 * vgic_vm_set_rdist_reg() - userspace writes a register of a redistributor
 * @vm: the VM, no vCPU of which runs
 * @vcpu: whose redistributor
 * @reg: offset in bytes from RD_base; the SGI frame is 64K further on
 * @val: what to write
 *
 * This is how a VMM restores and resets a VM.
 *
 * Context: as vgic_vm_ioctl().
 * Return: what the ioctl returns.
 */
int vgic_vm_set_rdist_reg(struct vgic_vm *vm, struct kvm_vcpu *vcpu,
			  unsigned int reg, u32 val)
{
	u64 attr = (u64)vcpu->vcpu_id << KVM_DEV_ARM_VGIC_V3_MPIDR_SHIFT | reg;

	/* vCPUs up to there differ in Aff0 only */
	KUNIT_ASSERT_LT(vm->test, vcpu->vcpu_id, 16);

	return vgic_vm_set_attr(vm, vm->gic, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
				attr, val);
}

static void put_file(struct file **file)
{
	if (*file)
		fput(*file);
	*file = NULL;
}

static void vm_release(void *data)
{
	struct vgic_vm *vm = data;
	unsigned int i;

	for (i = 0; i < VGIC_VM_MAX_VCPUS; i++)
		put_file(&vm->vcpu_file[i]);
	put_file(&vm->its);
	put_file(&vm->gic);
	put_file(&vm->file);

	/* A kthread's last fput() is done by a work item */
	um_vgic_flush_files();

	/* A test may build hundreds: UML's kernel lies in the way of so much RAM */
	if (vm->mm && vm->mm == current->mm) {
		vm_munmap(vm->uargs, PAGE_SIZE);
		vm_munmap(vm->uram, VGIC_VM_RAM_SIZE);
	}
	if (vm->mm)
		mmdrop(vm->mm);
	vm->mm = NULL;
	vm->kvm = NULL;
}

/**
 * vgic_vm_destroy() - let go of a VM before the test ends
 * @vm: the VM
 *
 * Context: may sleep.
 */
void vgic_vm_destroy(struct vgic_vm *vm)
{
	kunit_release_action(vm->test, vm_release, vm);
}

static void add_ram(struct vgic_vm *vm)
{
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = VGIC_VM_RAM_BASE,
		.memory_size	= VGIC_VM_RAM_SIZE,
		.userspace_addr	= vm->uram,
	};

	KUNIT_ASSERT_EQ(vm->test, 0,
			vgic_vm_ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region,
				      sizeof(region)));
}

/**
 * vgic_vm_add_its() - create an ITS device
 * @vm: the VM
 * @base: its guest address
 *
 * Context: as vgic_vm_ioctl().
 * Return: the device's file; the caller puts it before the VM goes.
 */
struct file *vgic_vm_add_its(struct vgic_vm *vm, gpa_t base)
{
	struct file *its = create_device(vm, KVM_DEV_TYPE_ARM_VGIC_ITS);

	KUNIT_ASSERT_EQ(vm->test, 0,
			set_attr(vm, its, KVM_DEV_ARM_VGIC_GRP_ADDR,
				 KVM_VGIC_ITS_ADDR_TYPE, base));
	KUNIT_ASSERT_EQ(vm->test, 0,
			set_attr(vm, its, KVM_DEV_ARM_VGIC_GRP_CTRL,
				 KVM_DEV_ARM_VGIC_CTRL_INIT, 0));

	return its;
}

static void add_vcpus(struct vgic_vm *vm, const struct vgic_vm_config *config)
{
	const struct kvm_vcpu_init init = { .target = KVM_ARM_TARGET_GENERIC_V8 };
	unsigned int i;

	for (i = 0; i < config->nr_vcpus; i++) {
		u32 id = config->vcpu_ids ? config->vcpu_ids[i] : i;
		long fd = vgic_vm_ioctl_raw(vm, KVM_CREATE_VCPU, id);

		vm->vcpu_file[i] = claim_fd(vm->test, fd);
		vm->vcpu[i] = vm->vcpu_file[i]->private_data;
		vm->nr_vcpus++;
		KUNIT_ASSERT_EQ(vm->test, 0,
				file_ioctl(vm, vm->vcpu_file[i], KVM_ARM_VCPU_INIT,
					   &init, sizeof(init)));
	}
}

static void add_gic(struct vgic_vm *vm)
{
	vm->gic = create_device(vm, KVM_DEV_TYPE_ARM_VGIC_V3);
	KUNIT_ASSERT_EQ(vm->test, 0,
			set_attr(vm, vm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
				 KVM_VGIC_V3_ADDR_TYPE_DIST,
				 VGIC_VM_DIST_BASE));
	KUNIT_ASSERT_EQ(vm->test, 0,
			set_attr(vm, vm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
				 KVM_VGIC_V3_ADDR_TYPE_REDIST,
				 VGIC_VM_REDIST_BASE));
}

/**
 * vgic_vm_create() - build a VM through KVM's ioctls
 * @test: the test; the VM is released when it ends
 * @config: what to build
 *
 * Unless @config says otherwise the guest has programmed its GIC: tables,
 * LPIs enabled on every vCPU, the ITS enabled and empty.
 *
 * Context: the test's thread; may sleep.
 * Return: the VM. Does not return if something fails, the test does.
 */
struct vgic_vm *vgic_vm_create(struct kunit *test,
			       const struct vgic_vm_config *config)
{
	struct vgic_vm *vm = kunit_kzalloc(test, sizeof(*vm), GFP_KERNEL);
	struct file *dev;
	long fd;

	KUNIT_ASSERT_NOT_NULL(test, vm);
	KUNIT_ASSERT_GE(test, config->nr_vcpus, 1);
	KUNIT_ASSERT_LE(test, config->nr_vcpus, VGIC_VM_MAX_VCPUS);

	vm->test = test;
	vm->active_sgis = config->active_sgis;
	vm->its_base = config->its_base ?: VGIC_VM_ITS_BASE;
	vm->next_itt = VGIC_VM_ITTS;

	KUNIT_ASSERT_EQ(test, 0, kunit_attach_mm());
	vm->mm = current->mm;
	mmgrab(vm->mm);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, vm_release, vm));

	vm->uargs = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE,
				  PROT_READ | PROT_WRITE,
				  MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL((void *)vm->uargs));
	vm->uram = kunit_vm_mmap(test, NULL, 0, VGIC_VM_RAM_SIZE,
				 PROT_READ | PROT_WRITE,
				 MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL((void *)vm->uram));

	dev = um_kvm_open();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	fd = dev->f_op->unlocked_ioctl(dev, KVM_CREATE_VM, 0);
	fput(dev);
	vm->file = claim_fd(test, fd);
	vm->kvm = vm->file->private_data;

	add_ram(vm);
	add_vcpus(vm, config);
	vgic_vm_add_code(vm);
	if (config->stage == VGIC_VM_BARE)
		return vm;
	add_gic(vm);
	if (!config->no_its && config->order == VGIC_VM_ITS_FIRST)
		vm->its = vgic_vm_add_its(vm, vm->its_base);
	if (config->stage == VGIC_VM_GIC_CREATED)
		return vm;
	KUNIT_ASSERT_EQ(test, 0,
			set_attr(vm, vm->gic, KVM_DEV_ARM_VGIC_GRP_CTRL,
				 KVM_DEV_ARM_VGIC_CTRL_INIT, 0));
	if (!config->no_its && config->order == VGIC_VM_ITS_LAST)
		vm->its = vgic_vm_add_its(vm, vm->its_base);
	if (config->stage == VGIC_VM_GIC_READY)
		return vm;

	KUNIT_ASSERT_EQ(test, 0, um_vcpu_first_run(vm->vcpu[0]));
	if (!config->no_guest)
		vgic_guest_setup(vm);

	return vm;
}

/**
 * struct vgic_vm_thread - a thread of the VMM
 * @test: the test that owns it
 * @vm: the VM it works for
 * @fn: what it does
 * @data: for @fn
 * @ret: what @fn returned
 * @done: completed when @fn has returned
 */
struct vgic_vm_thread {
	struct kunit		*test;
	struct vgic_vm		*vm;
	vgic_vm_fn		fn;
	void			*data;
	int			ret;
	struct completion	done;
};

static int vm_thread_fn(void *data)
{
	struct vgic_vm_thread *t = data;
	/* The VM may go before its threads, which do not look at it then */
	struct mm_struct *mm = t->vm->mm;

	/* KASAN's reports and failed expectations belong to the test */
	current->kunit_test = t->test;
	kthread_use_mm(mm);
	t->ret = t->fn(t->vm, t->data);
	kthread_unuse_mm(mm);
	current->kunit_test = NULL;
	complete_all(&t->done);

	return 0;
}

static bool is_blocked(struct kvm_vcpu *vcpu)
{
	struct um_vcpu_events ev;

	um_vcpu_get_events(vcpu, &ev);

	return ev.blocks != ev.unblocks;
}

/* A vCPU that waits for an interrupt which a failed test never sent */
static void thread_release(void *data)
{
	struct vgic_vm_thread *t = data;
	unsigned int i;

	while (!wait_for_completion_timeout(&t->done, 1)) {
		for (i = 0; i < t->vm->nr_vcpus; i++) {
			struct kvm_vcpu *vcpu = t->vm->vcpu[i];

			if (is_blocked(vcpu)) {
				kvm_make_request(KVM_REQ_UNBLOCK, vcpu);
				kvm_vcpu_kick(vcpu);
			}
			/* Only WFI takes it; it would keep others out */
			if (!is_blocked(vcpu))
				kvm_clear_request(KVM_REQ_UNBLOCK, vcpu);
		}
	}
}

/**
 * vgic_vm_start_on() - start a thread of the VMM
 * @vm: the VM
 * @cpu: an online CPU, to which the thread is bound
 * @fn: what to do; it may use expectations, but no assertions
 * @data: for @fn
 *
 * The thread has the VMM's address space. When the test ends it is waited
 * for, and a vCPU in WFI is made to leave it.
 *
 * Context: the test's thread; may sleep.
 * Return: the thread.
 */
struct vgic_vm_thread *vgic_vm_start_on(struct vgic_vm *vm, unsigned int cpu,
					vgic_vm_fn fn, void *data)
{
	struct vgic_vm_thread *t;
	struct task_struct *task;

	t = kunit_kzalloc(vm->test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(vm->test, t);
	t->test = vm->test;
	t->vm = vm;
	t->fn = fn;
	t->data = data;
	init_completion(&t->done);

	task = kthread_create(vm_thread_fn, t, "vgic-vm/%u", cpu);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(vm->test, task);
	kthread_bind(task, cpu);
	wake_up_process(task);
	KUNIT_ASSERT_EQ(vm->test, 0,
			kunit_add_action_or_reset(vm->test, thread_release, t));

	return t;
}

/**
 * vgic_vm_join() - wait for a thread of the VMM, five seconds at most
 * @thread: the thread
 *
 * Context: the test's thread; may sleep.
 * Return: what the thread's function returned. Does not return if it takes
 * too long, the test fails.
 */
int vgic_vm_join(struct vgic_vm_thread *thread)
{
	unsigned long left;

	left = wait_for_completion_timeout(&thread->done, 5 * HZ);
	KUNIT_ASSERT_NE_MSG(thread->test, left, 0, "thread is stuck");

	return thread->ret;
}

/**
 * vgic_vm_run_on() - do something for the VM on a given CPU
 * @vm: the VM
 * @cpu: an online CPU
 * @fn: what to do; it may use expectations, but no assertions
 * @data: for @fn
 *
 * Context: the test's thread; may sleep.
 * Return: what @fn returned.
 */
int vgic_vm_run_on(struct vgic_vm *vm, unsigned int cpu, vgic_vm_fn fn,
		   void *data)
{
	return vgic_vm_join(vgic_vm_start_on(vm, cpu, fn, data));
}

static void destroy_mock_device(void *mock)
{
	its_mock_msi_destroy(mock);
}

/**
 * vgic_vm_mock_device_on() - a device whose MSIs can be forwarded
 * @test: the test; the device goes when it ends
 * @its: the host's ITS that translates its MSIs
 * @devid: its DeviceID there
 * @nr_events: number of MSIs
 *
 * Create it before the VM: actions run in reverse, and a VM must be gone
 * before a device whose interrupts it uses.
 *
 * Context: may sleep.
 * Return: the device.
 */
struct its_mock_msi *vgic_vm_mock_device_on(struct kunit *test,
					    unsigned int its, u32 devid,
					    unsigned int nr_events)
{
	struct its_mock_msi *mock;

	mock = its_mock_msi_create(um_vgic_its_fwnode(its), devid, nr_events);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mock);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, destroy_mock_device,
						  mock));

	return mock;
}

/**
 * vgic_vm_mock_device_destroy() - remove a device before the test ends
 * @test: the test
 * @mock: a device of vgic_vm_mock_device_on(), none of whose MSIs is forwarded
 *
 * Context: may sleep.
 */
void vgic_vm_mock_device_destroy(struct kunit *test, struct its_mock_msi *mock)
{
	kunit_release_action(test, destroy_mock_device, mock);
}

/**
 * vgic_vm_mock_device() - a device at the host's first ITS
 * @test: the test; the device goes when it ends
 * @devid: its DeviceID
 * @nr_events: number of MSIs
 *
 * Context: as vgic_vm_mock_device_on().
 * Return: the device.
 */
struct its_mock_msi *vgic_vm_mock_device(struct kunit *test, u32 devid,
					 unsigned int nr_events)
{
	return vgic_vm_mock_device_on(test, 0, devid, nr_events);
}
