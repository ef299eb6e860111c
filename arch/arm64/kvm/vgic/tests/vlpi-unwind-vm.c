// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_unwind: calls by which a VM comes and goes, and gets its
 * interrupts from a host's device.
 */
#include <linux/eventfd.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/kvm_host.h>
#include <linux/kvm_irqfd.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include "vgic.h"
#include "vlpi-unwind.h"

static void undo_new_vm(struct unwind *u)
{
	unwind_new_vm(u);
}

/* A VM of its own, beside it, that takes its interrupts */
static void verify_by_another_vm(struct unwind *u)
{
	static const struct vgic_vm_config one = { .nr_vcpus = 1 };
	struct vlpi_test *t = u->t;
	struct vgic_vm *vm = t->vm;
	struct vlpi v;

	t->vm = vgic_vm_create(t->test, &one);
	v = vlpi_setup_nth(t, 0);
	vlpi_expect_delivered(t, &v);
	vgic_vm_destroy(t->vm);
	t->vm = vm;
}

/* KVM_CREATE_VM */

static void prepare_kvm(struct unwind *u)
{
	u->file = um_kvm_open();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(u->t->test, u->file);
	KUNIT_ASSERT_EQ(u->t->test, 0,
			kunit_add_action_or_reset(u->t->test, (kunit_action_t *)fput,
						  u->file));
}

/* What a call made: the last reference is dropped here, not by a work item */
static void close_made(struct unwind *u)
{
	if (u->fd >= 0)
		close_fd(u->fd);
	u->fd = -1;
	um_vgic_flush_files();
}

static int call_create_vm(struct unwind *u)
{
	long fd = u->file->f_op->unlocked_ioctl(u->file, KVM_CREATE_VM, 0);

	if (fd < 0)
		return fd;
	u->fd = fd;

	return 0;
}

/* KVM_CREATE_VCPU */

static int call_create_vcpu(struct unwind *u)
{
	long fd = vgic_vm_ioctl_raw(u->t->vm, KVM_CREATE_VCPU, 9);

	if (fd < 0)
		return fd;
	u->fd = fd;

	return 0;
}

static void undo_create(struct unwind *u)
{
	close_made(u);
	unwind_new_vm(u);
}

/* KVM_CREATE_DEVICE */

static int create_device(struct unwind *u, u32 type)
{
	struct vgic_vm *vm = u->t->vm;
	struct kvm_create_device cd = { .type = type };
	long ret;

	ret = vgic_vm_ioctl(vm, KVM_CREATE_DEVICE, &cd, sizeof(cd));
	if (ret)
		return ret;
	if (copy_from_user(&cd, (void __user *)vm->uargs, sizeof(cd)))
		return -EFAULT;
	u->fd = cd.fd;

	return 0;
}

static int call_create_gic(struct unwind *u)
{
	return create_device(u, KVM_DEV_TYPE_ARM_VGIC_V3);
}

static int call_create_its(struct unwind *u)
{
	return create_device(u, KVM_DEV_TYPE_ARM_VGIC_ITS);
}

/* The vGIC's KVM_DEV_ARM_VGIC_CTRL_INIT: vPEs and their doorbells */

/* Each SPI has an entry in the routing table: 32 of them are enough */
static void prepare_gic(struct unwind *u)
{
	struct vgic_vm *vm = u->t->vm;

	KUNIT_ASSERT_EQ(u->t->test, 0,
			vgic_vm_set_attr(vm, vm->gic,
					 KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, 64));
}

static void undo_init_gic(struct unwind *u)
{
	unwind_new_vm(u);
	prepare_gic(u);
}

/* vCPUs that have been reset: GICR_PENDBASER has its first value */
static const char *const init_spares[] = {
	"vcpu 0 gicr_ctlr 0 ", "vcpu 1 gicr_ctlr 0 ", "vcpu 2 gicr_ctlr 0 ", NULL
};

static int call_init_gic(struct unwind *u)
{
	return vgic_vm_gic_ctrl(u->t->vm, KVM_DEV_ARM_VGIC_CTRL_INIT);
}

static void verify_init_gic(struct unwind *u)
{
	struct vlpi_test *t = u->t;
	unsigned int i;

	for (i = 0; i < t->vm->nr_vcpus; i++)
		KUNIT_EXPECT_NE(t->test, 0, vlpi_vpe(t, i)->irq);

	/* The rest of the way to a guest that takes an interrupt */
	KUNIT_ASSERT_EQ(t->test, 0, um_vcpu_first_run(t->vm->vcpu[0]));
	vgic_guest_setup(t->vm);
	vlpi_enable_in_guest(t, &u->v);
	KUNIT_EXPECT_EQ(t->test, 0, vlpi_setup(t, &u->v));
	vlpi_expect_delivered(t, &u->v);
}

/* The first KVM_RUN: the vGIC's frames get their places */

static int call_first_run(struct unwind *u)
{
	return um_vcpu_first_run(u->t->vm->vcpu[0]);
}

static const int init_errors[] = { -ENOMEM, -ENXIO, -ENODEV, 0 };

/* The end of a VM that has a vLPI */

static void forward(struct unwind *u)
{
	vlpi_enable_in_guest(u->t, &u->v);
	KUNIT_ASSERT_EQ(u->t->test, 0, vlpi_setup(u->t, &u->v));
}

static int call_destroy_vm(struct unwind *u)
{
	struct vgic_vm *vm = u->t->vm;

	u->t->vm = NULL;
	vgic_vm_destroy(vm);

	return 0;
}

static void verify_destroyed(struct unwind *u)
{
	KUNIT_EXPECT_EQ(u->t->test, 0, vlpi_nr_mappings());
	vlpi_expect_unmapped(u->t, &u->v);
}

static void undo_destroy_vm(struct unwind *u)
{
	unwind_new_vm(u);
	forward(u);
	vlpi_expect_delivered(u->t, &u->v);
}

/* The ITS driver's part of a VM, with a struct its_vm that is used again */

static void prepare_vpes(struct unwind *u)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(u->vpes); i++)
		u->vpe[i] = &u->vpes[i];
	u->its_vm.vpes = u->vpe;
	u->its_vm.nr_vpes = ARRAY_SIZE(u->vpe);
}

static int call_alloc_vcpu_irqs(struct unwind *u)
{
	return its_alloc_vcpu_irqs(&u->its_vm);
}

static void undo_alloc_vcpu_irqs(struct unwind *u)
{
	its_free_vcpu_irqs(&u->its_vm);
	/* Of no meaning any more; what a failure leaves stays for the retry */
	u->its_vm.domain = NULL;
	u->its_vm.fwnode = NULL;
}

/* A device whose MSIs can be forwarded */

static int call_create_mock(struct unwind *u)
{
	struct its_mock_msi *mock;

	mock = its_mock_msi_create(um_vgic_its_fwnode(0), 0x17, 3);
	if (IS_ERR(mock))
		return PTR_ERR(mock);
	u->mock = mock;

	return 0;
}

static void verify_create_mock(struct unwind *u)
{
	struct vlpi_test *t = u->t;
	struct vlpi v = u->v;

	v.mock = u->mock;
	v.event = 1;
	vlpi_enable_in_guest(t, &v);
	KUNIT_EXPECT_EQ(t->test, 0, vlpi_setup(t, &v));
	vlpi_expect_delivered(t, &v);
	vgic_guest_discard(t->vm, v.devid, v.eventid);
	vgic_guest_unmapd(t->vm, v.devid);
	vgic_guest_unmapc(t->vm, t->vm->vcpu[v.vcpu]->vcpu_id);
	vlpi_expect_unmapped(t, &v);
}

static void undo_create_mock(struct unwind *u)
{
	its_mock_msi_destroy(u->mock);
	u->mock = NULL;
}

/* irqfd and irq bypass */

static int set_routing(struct unwind *u, const struct vlpi *v)
{
	struct {
		struct kvm_irq_routing		head;
		struct kvm_irq_routing_entry	entry;
	} r = {
		.head.nr = 1,
		.entry = {
			.gsi	= UNWIND_GSI,
			.type	= KVM_IRQ_ROUTING_MSI,
			.flags	= KVM_MSI_VALID_DEVID,
			.u.msi	= {
				.address_lo	= VGIC_VM_DOORBELL,
				.data		= v->eventid,
				.devid		= v->devid,
			},
		},
	};

	return vgic_vm_ioctl(u->t->vm, KVM_SET_GSI_ROUTING, &r, sizeof(r));
}

static int irqfd(struct unwind *u, u32 flags)
{
	struct kvm_irqfd args = {
		.fd	= u->fd,
		.gsi	= UNWIND_GSI,
		.flags	= flags,
	};

	return vgic_vm_ioctl(u->t->vm, KVM_IRQFD, &args, sizeof(args));
}

static int call_irqfd(struct unwind *u)
{
	return irqfd(u, 0);
}

static void undo_irqfd(struct unwind *u)
{
	KUNIT_EXPECT_EQ(u->t->test, 0, irqfd(u, KVM_IRQFD_FLAG_DEASSIGN));
}

static int call_producer(struct unwind *u)
{
	return irq_bypass_register_producer(&u->producer, u->ctx,
					    vlpi_host_irq(&u->v));
}

static void undo_producer(struct unwind *u)
{
	irq_bypass_unregister_producer(&u->producer);
}

static void release_irqfd(void *data)
{
	struct unwind *u = data;

	irq_bypass_unregister_producer(&u->producer);
	eventfd_ctx_put(u->ctx);
	close_fd(u->fd);
	um_vgic_flush_files();
}

static void prepare_irqfd(struct unwind *u)
{
	struct vlpi_test *t = u->t;
	struct vgic_vm *vm = t->vm;

	unwind_touch_ram(u);
	vlpi_map_in_guest(t, &u->v);
	vlpi_enable_in_guest(t, &u->w);
	vgic_guest_mapc(vm, 1, vm->vcpu[u->v.vcpu]->vcpu_id);
	vgic_guest_mapti(vm, u->w.devid, u->w.eventid, u->w.intid, 1);
	u->w.vcpu = u->v.vcpu;

	u->fd = sys_eventfd2(0, 0);
	KUNIT_ASSERT_GE(t->test, u->fd, 0);
	u->ctx = eventfd_ctx_fdget(u->fd);
	KUNIT_ASSERT_FALSE(t->test, IS_ERR(u->ctx));
	KUNIT_ASSERT_EQ(t->test, 0,
			kunit_add_action_or_reset(t->test, release_irqfd, u));
	KUNIT_ASSERT_EQ(t->test, 0, set_routing(u, &u->v));
}

/* An eventfd that could not inject at once leaves it to a work item */
static void flush_injection(struct unwind *u)
{
	struct kvm *kvm = u->t->vm->kvm;
	struct kvm_kernel_irqfd *irqfd;

	scoped_guard(spinlock_irq, &kvm->irqfds.lock)
		irqfd = list_first_entry_or_null(&kvm->irqfds.items,
						 struct kvm_kernel_irqfd, list);
	if (irqfd)
		flush_work(&irqfd->inject);
}

/* The device's driver signals the eventfd; by whichever way, it arrives */
static void expect_signal_arrives(struct unwind *u, const struct vlpi *v)
{
	struct kvm_vcpu *vcpu = u->t->vm->vcpu[v->vcpu];
	u32 hw, sw;

	eventfd_signal(u->ctx);
	flush_injection(u);
	vgic_guest_enter(vcpu);
	hw = vgic_guest_ack(vcpu);
	sw = um_guest_ack_lr();
	vgic_guest_exit(vcpu);
	KUNIT_EXPECT_EQ(u->t->test, v->intid, min(hw, sw) == GICV4_INTID_NONE ?
			max(hw, sw) : min(hw, sw));
	KUNIT_EXPECT_NE(u->t->test, hw, sw);
}

static void verify_signal(struct unwind *u)
{
	expect_signal_arrives(u, &u->v);
}

/* Forwarded or not: a bypass that could not be had is no error for KVM_IRQFD */
static void verify_irqfd_with_producer(struct unwind *u)
{
	if (vlpi_is_virtual(&u->v)) {
		vlpi_expect_mapped(u->t, &u->v);
		vlpi_expect_delivered(u->t, &u->v);
	} else {
		vlpi_expect_unmapped(u->t, &u->v);
	}
	expect_signal_arrives(u, &u->v);
}

static void prepare_producer(struct unwind *u)
{
	prepare_irqfd(u);
	KUNIT_ASSERT_EQ(u->t->test, 0, call_irqfd(u));
}

static void prepare_producer_first(struct unwind *u)
{
	prepare_irqfd(u);
	KUNIT_ASSERT_EQ(u->t->test, 0, call_producer(u));
}

static void verify_producer(struct unwind *u)
{
	vlpi_expect_mapped(u->t, &u->v);
	vlpi_expect_delivered(u->t, &u->v);
	expect_signal_arrives(u, &u->v);
}

static void prepare_bypass(struct unwind *u)
{
	prepare_producer(u);
	KUNIT_ASSERT_EQ(u->t->test, 0, call_producer(u));
	verify_producer(u);
}

static int call_unregister_producer(struct unwind *u)
{
	undo_producer(u);

	return 0;
}

static void verify_unregistered(struct unwind *u)
{
	vlpi_expect_unmapped(u->t, &u->v);
	expect_signal_arrives(u, &u->v);
}

static void undo_unregister_producer(struct unwind *u)
{
	KUNIT_EXPECT_EQ(u->t->test, 0, call_producer(u));
}

static int call_routing(struct unwind *u)
{
	return set_routing(u, &u->w);
}

static void verify_routing(struct unwind *u)
{
	expect_signal_arrives(u, &u->w);
}

static void undo_routing(struct unwind *u)
{
	KUNIT_EXPECT_EQ(u->t->test, 0, set_routing(u, &u->v));
	undo_producer(u);
	KUNIT_EXPECT_EQ(u->t->test, 0, call_producer(u));
	verify_producer(u);
}

#define VM(n, nr)		{ .name = n, .config = { .nr_vcpus = nr } }
#define VM_AT(n, nr, s, ...)						\
	{ .name = n, .config = { .nr_vcpus = nr, .stage = s, ##__VA_ARGS__ } }

const struct unwind_op unwind_vm_ops[] = {
	{
		.param		= VM("KVM_CREATE_VM", 1),
		.prepare	= prepare_kvm,
		.call		= call_create_vm,
		.verify		= verify_by_another_vm,
		.undo		= close_made,
		.errors		= unwind_enomem,
	}, {
		.param		= VM_AT("KVM_CREATE_VCPU", 1, VGIC_VM_BARE),
		.call		= call_create_vcpu,
		.undo		= undo_create,
		.errors		= unwind_enomem,
	}, {
		.param		= VM_AT("KVM_CREATE_VCPU with a vGIC", 1,
					VGIC_VM_GIC_CREATED),
		.call		= call_create_vcpu,
		.undo		= undo_create,
		.errors		= unwind_enomem,
	}, {
		.param		= VM_AT("KVM_CREATE_DEVICE, vGIC", 2, VGIC_VM_BARE),
		.call		= call_create_gic,
		.undo		= undo_create,
		.errors		= unwind_enomem,
		.stuck		= -EEXIST,
	}, {
		.param		= VM_AT("vGIC initialized", 3, VGIC_VM_GIC_CREATED),
		.prepare	= prepare_gic,
		.call		= call_init_gic,
		.verify		= verify_init_gic,
		.undo		= undo_init_gic,
		.errors		= init_errors,
		.spare		= init_spares,
		.cmds		= true,
	}, {
		.param		= VM_AT("KVM_CREATE_DEVICE, ITS", 2,
					VGIC_VM_GIC_READY, .no_its = true),
		.call		= call_create_its,
		.undo		= undo_create,
		.errors		= unwind_enomem,
		.keeps		= true,
	}, {
		.param		= VM_AT("first KVM_RUN", 2, VGIC_VM_GIC_READY),
		.call		= call_first_run,
		.undo		= undo_new_vm,
		.errors		= init_errors,
		.fatal		= true,
	}, {
		.param		= VM("VM destroyed", 2),
		.prepare	= forward,
		.call		= call_destroy_vm,
		.verify		= verify_destroyed,
		.undo		= undo_destroy_vm,
		.cmds		= true,
	}, {
		.param		= VM("its_alloc_vcpu_irqs", 1),
		.prepare	= prepare_vpes,
		.call		= call_alloc_vcpu_irqs,
		.undo		= undo_alloc_vcpu_irqs,
		.errors		= unwind_enomem,
	}, {
		.param		= VM("its_mock_msi_create", 1),
		.call		= call_create_mock,
		.verify		= verify_create_mock,
		.undo		= undo_create_mock,
		.errors		= unwind_enomem,
	}, {
		.param		= VM("KVM_IRQFD", 1),
		.prepare	= prepare_irqfd,
		.settle		= unwind_forget_translations,
		.call		= call_irqfd,
		.verify		= verify_signal,
		.undo		= undo_irqfd,
		.errors		= unwind_enomem,
	}, {
		.param		= VM("KVM_IRQFD with a producer", 1),
		.prepare	= prepare_producer_first,
		.settle		= unwind_forget_translations,
		.call		= call_irqfd,
		.verify		= verify_irqfd_with_producer,
		.undo		= undo_irqfd,
		.errors		= unwind_enomem,
	}, {
		.param		= VM("bypass producer registered", 1),
		.prepare	= prepare_producer,
		.settle		= unwind_forget_translations,
		.call		= call_producer,
		.verify		= verify_producer,
		.undo		= undo_producer,
		.errors		= unwind_enomem,
	}, {
		.param		= VM("bypass producer unregistered", 1),
		.prepare	= prepare_bypass,
		.settle		= unwind_forget_translations,
		.call		= call_unregister_producer,
		.verify		= verify_unregistered,
		.undo		= undo_unregister_producer,
	}, {
		.param		= VM("KVM_SET_GSI_ROUTING, forwarded", 1),
		.prepare	= prepare_bypass,
		.settle		= unwind_forget_translations,
		.call		= call_routing,
		.verify		= verify_routing,
		.undo		= undo_routing,
		.errors		= unwind_enomem,
	},
};

const unsigned int unwind_nr_vm_ops = ARRAY_SIZE(unwind_vm_ops);
