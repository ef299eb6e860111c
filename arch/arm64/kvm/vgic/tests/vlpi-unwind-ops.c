// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_unwind: calls for a VM that runs: the debug ioctl, the
 * production calls beneath it, and the guest's commands.
 */
#include <linux/kvm_host.h>

#include <kvm/arm_vgic.h>

#include "vgic.h"
#include "vlpi-unwind.h"

#define ICID_V	4
#define ICID_W	5

static struct its_device *find_device(struct unwind *u, u32 devid)
{
	struct vgic_its *its = vlpi_vits(u->t);
	struct its_device *dev;

	guard(mutex)(&its->its_lock);
	list_for_each_entry(dev, &its->device_list, dev_list)
		if (dev->device_id == devid)
			return dev;

	return NULL;
}

static struct its_collection *find_collection(struct unwind *u, u32 icid)
{
	struct vgic_its *its = vlpi_vits(u->t);
	struct its_collection *coll;

	guard(mutex)(&its->its_lock);
	list_for_each_entry(coll, &its->collection_list, coll_list)
		if (coll->collection_id == icid)
			return coll;

	return NULL;
}

static struct its_ite *find_event(struct unwind *u, const struct vlpi *v)
{
	struct its_device *dev = find_device(u, v->devid);
	struct its_ite *ite;

	if (!dev)
		return NULL;
	list_for_each_entry(ite, &dev->itt_head, ite_list)
		if (ite->event_id == v->eventid)
			return ite;

	return NULL;
}

static void enable(struct unwind *u)
{
	unwind_touch_ram(u);
	vlpi_enable_in_guest(u->t, &u->v);
	vlpi_enable_in_guest(u->t, &u->w);
}

static void map_device(struct unwind *u)
{
	vgic_guest_mapd(u->t->vm, u->v.devid, u->v.itt, EVENT_BITS);
}

static void map_collections(struct unwind *u)
{
	struct vgic_vm *vm = u->t->vm;

	vgic_guest_mapc(vm, ICID_V, vm->vcpu[u->v.vcpu]->vcpu_id);
	vgic_guest_mapc(vm, ICID_W, vm->vcpu[u->w.vcpu]->vcpu_id);
}

static void map_event(struct unwind *u)
{
	vgic_guest_mapti(u->t->vm, u->v.devid, u->v.eventid, u->v.intid, ICID_V);
}

static void unmap_all(struct unwind *u)
{
	struct vgic_vm *vm = u->t->vm;

	if (find_event(u, &u->v))
		vgic_guest_discard(vm, u->v.devid, u->v.eventid);
	if (find_device(u, u->v.devid))
		vgic_guest_unmapd(vm, u->v.devid);
}

static int set_forwarding(struct unwind *u, const struct vlpi *v)
{
	struct kvm_kernel_irq_routing_entry entry = {
		.type	= KVM_IRQ_ROUTING_MSI,
		.msi	= {
			.address_lo	= VGIC_VM_DOORBELL,
			.data		= v->eventid,
			.flags		= KVM_MSI_VALID_DEVID,
			.devid		= v->devid,
		},
	};

	return kvm_vgic_v4_set_forwarding(u->t->vm->kvm, vlpi_host_irq(v),
					  &entry);
}

static void unset_forwarding(struct unwind *u)
{
	kvm_vgic_v4_unset_forwarding(u->t->vm->kvm, vlpi_host_irq(&u->v));
}

static void prepare_mapped(struct unwind *u)
{
	enable(u);
	map_device(u);
	map_collections(u);
	map_event(u);
}

static void prepare_forwarded(struct unwind *u)
{
	prepare_mapped(u);
	KUNIT_ASSERT_EQ(u->t->test, 0, set_forwarding(u, &u->v));
	vlpi_expect_mapped(u->t, &u->v);
}

static bool is_forwarded(struct unwind *u)
{
	return vlpi_is_virtual(&u->v);
}

static bool is_not_forwarded(struct unwind *u)
{
	return !vlpi_is_virtual(&u->v);
}

static void verify_forwarded(struct unwind *u)
{
	vlpi_expect_mapped(u->t, &u->v);
	vlpi_expect_delivered(u->t, &u->v);
}

static void verify_mapped(struct unwind *u)
{
	unwind_expect_arrives(u, &u->v);
}

/* KVM_DEBUG_GIC_MSI_SETUP */

static int call_setup(struct unwind *u)
{
	return vlpi_setup(u->t, &u->v);
}

/* The ioctl makes a collection, too: as number it takes the vCPU's id */
static void undo_setup(struct unwind *u)
{
	unmap_all(u);
	vgic_guest_unmapc(u->t->vm, u->t->vm->vcpu[u->v.vcpu]->vcpu_id);
}

static void prepare_setup_done(struct unwind *u)
{
	enable(u);
	KUNIT_ASSERT_EQ(u->t->test, 0, vlpi_setup(u->t, &u->v));
}

static int call_setup_elsewhere(struct unwind *u)
{
	struct vlpi v = u->v;

	v.vcpu = u->w.vcpu;

	return vlpi_setup(u->t, &v);
}

static void verify_elsewhere(struct unwind *u)
{
	struct vlpi v = u->v;

	v.vcpu = u->w.vcpu;
	vlpi_expect_mapped(u->t, &v);
	vlpi_expect_delivered(u->t, &v);
}

static void undo_setup_elsewhere(struct unwind *u)
{
	KUNIT_EXPECT_EQ(u->t->test, 0, vlpi_setup(u->t, &u->v));
	vgic_guest_unmapc(u->t->vm, u->t->vm->vcpu[u->w.vcpu]->vcpu_id);
}

/* irq bypass */

static int call_set_forwarding(struct unwind *u)
{
	return set_forwarding(u, &u->v);
}

static int call_unset_forwarding(struct unwind *u)
{
	unset_forwarding(u);

	return 0;
}

static void undo_unset_forwarding(struct unwind *u)
{
	KUNIT_EXPECT_EQ(u->t->test, 0, set_forwarding(u, &u->v));
}

/* An MSI by software, which caches the translation if it can */

static int call_signal_msi(struct unwind *u)
{
	int ret = vgic_vm_signal_msi(u->t->vm, u->v.devid, u->v.eventid);

	return ret == 1 ? 0 : ret ?: -EIO;
}

static void verify_signal_msi(struct unwind *u)
{
	struct kvm_vcpu *vcpu = u->t->vm->vcpu[u->v.vcpu];

	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_EQ(u->t->test, u->v.intid, um_guest_ack_lr());
	vgic_guest_exit(vcpu);
}

static void undo_nothing(struct unwind *u)
{
}

/* The guest's commands */

static void prepare_collections(struct unwind *u)
{
	enable(u);
	map_collections(u);
}

static int call_mapd(struct unwind *u)
{
	map_device(u);

	return 0;
}

static bool has_device(struct unwind *u)
{
	return find_device(u, u->v.devid);
}

static void verify_mapd(struct unwind *u)
{
	map_event(u);
	verify_mapped(u);
}

static int call_mapc(struct unwind *u)
{
	struct vgic_vm *vm = u->t->vm;

	vgic_guest_mapc(vm, ICID_V, vm->vcpu[u->v.vcpu]->vcpu_id);

	return 0;
}

static bool has_collection(struct unwind *u)
{
	return find_collection(u, ICID_V);
}

static void undo_mapc(struct unwind *u)
{
	unmap_all(u);
	vgic_guest_unmapc(u->t->vm, ICID_V);
}

static void verify_mapc(struct unwind *u)
{
	map_device(u);
	verify_mapd(u);
}

static void prepare_device(struct unwind *u)
{
	enable(u);
	map_device(u);
	map_collections(u);
}

static int call_mapti(struct unwind *u)
{
	map_event(u);

	return 0;
}

/* To a collection that is not there: MAPTI makes one, which has no target */
static void prepare_device_only(struct unwind *u)
{
	enable(u);
	map_device(u);
}

static void verify_mapti_first(struct unwind *u)
{
	call_mapc(u);
	verify_mapped(u);
}

static void undo_mapti_first(struct unwind *u)
{
	vgic_guest_discard(u->t->vm, u->v.devid, u->v.eventid);
	vgic_guest_unmapc(u->t->vm, ICID_V);
}

static bool has_event(struct unwind *u)
{
	return find_event(u, &u->v);
}

static bool has_no_event(struct unwind *u)
{
	return !find_event(u, &u->v);
}

static void undo_mapti(struct unwind *u)
{
	vgic_guest_discard(u->t->vm, u->v.devid, u->v.eventid);
}

static int call_movi(struct unwind *u)
{
	vgic_guest_movi(u->t->vm, u->v.devid, u->v.eventid, ICID_W);

	return 0;
}

static bool has_moved(struct unwind *u)
{
	struct its_ite *ite = find_event(u, &u->v);

	return ite && ite->collection->collection_id == ICID_W &&
	       ite->irq->target_vcpu == u->t->vm->vcpu[u->w.vcpu];
}

static void verify_movi(struct unwind *u)
{
	struct vlpi v = u->v;

	v.vcpu = u->w.vcpu;
	unwind_expect_arrives(u, &v);
}

static void undo_movi(struct unwind *u)
{
	vgic_guest_movi(u->t->vm, u->v.devid, u->v.eventid, ICID_V);
}

static int call_retarget(struct unwind *u)
{
	struct vgic_vm *vm = u->t->vm;

	vgic_guest_mapc(vm, ICID_V, vm->vcpu[u->w.vcpu]->vcpu_id);

	return 0;
}

static bool has_retargeted(struct unwind *u)
{
	return find_event(u, &u->v)->irq->target_vcpu ==
	       u->t->vm->vcpu[u->w.vcpu];
}

static void undo_retarget(struct unwind *u)
{
	call_mapc(u);
}

static int call_discard(struct unwind *u)
{
	vgic_guest_discard(u->t->vm, u->v.devid, u->v.eventid);

	return 0;
}

static void verify_unmapped(struct unwind *u)
{
	vlpi_expect_unmapped(u->t, &u->v);
	vlpi_expect_nothing_pending(u->t, u->v.vcpu);
}

static void undo_discard(struct unwind *u)
{
	map_event(u);
	KUNIT_EXPECT_EQ(u->t->test, 0, set_forwarding(u, &u->v));
	verify_forwarded(u);
}

static int call_unmapd(struct unwind *u)
{
	vgic_guest_unmapd(u->t->vm, u->v.devid);

	return 0;
}

static bool has_no_device(struct unwind *u)
{
	return !find_device(u, u->v.devid);
}

static void undo_unmapd(struct unwind *u)
{
	map_device(u);
	undo_discard(u);
}

/* Saved tables, and a vITS that was reset since */

static void prepare_save(struct unwind *u)
{
	prepare_forwarded(u);
	unset_forwarding(u);
}

static int call_save(struct unwind *u)
{
	return vgic_vm_its_ctrl(u->t->vm, KVM_DEV_ARM_ITS_SAVE_TABLES);
}

static void reset_its(struct unwind *u)
{
	struct vgic_vm *vm = u->t->vm;

	KUNIT_EXPECT_EQ(u->t->test, 0,
			vgic_vm_its_ctrl(vm, KVM_DEV_ARM_ITS_CTRL_RESET));
	vgic_guest_setup(vm);
}

static int call_restore(struct unwind *u)
{
	return vgic_vm_its_ctrl(u->t->vm, KVM_DEV_ARM_ITS_RESTORE_TABLES);
}

static void verify_save(struct unwind *u)
{
	reset_its(u);
	KUNIT_EXPECT_EQ(u->t->test, 0, call_restore(u));
	verify_mapped(u);
}

static void prepare_restore(struct unwind *u)
{
	prepare_save(u);
	vgic_guest_mapti(u->t->vm, u->w.devid, u->w.eventid, u->w.intid, ICID_W);
	KUNIT_ASSERT_EQ(u->t->test, 0, call_save(u));
	reset_its(u);
}

static void verify_restore(struct unwind *u)
{
	unwind_expect_arrives(u, &u->v);
	unwind_expect_arrives(u, &u->w);
}

static const int restore_errors[] = { -ENOMEM, -EFAULT, -EINVAL, 0 };

#define VM(n, nr)	{ .name = n, .config = { .nr_vcpus = nr } }
#define VM_IOCTL(n, nr)	{ .name = n, .config = { .nr_vcpus = nr }, .by_ioctl = true }

const struct unwind_op unwind_ops[] = {
	{
		.param		= VM("setup", 2),
		.prepare	= enable,
		.call		= call_setup,
		.verify		= verify_forwarded,
		.undo		= undo_setup,
		.errors		= unwind_enomem,
		.cmds		= true,
	}, {
		.param		= VM_IOCTL("setup by ioctl", 1),
		.prepare	= enable,
		.call		= call_setup,
		.verify		= verify_forwarded,
		.undo		= undo_setup,
		.errors		= unwind_enomem,
	}, {
		.param		= VM_IOCTL("setup, mapped by the guest", 2),
		.prepare	= prepare_mapped,
		.call		= call_setup,
		.verify		= verify_forwarded,
		.undo		= unset_forwarding,
		.errors		= unwind_enomem,
	}, {
		.param		= VM_IOCTL("setup for another vCPU", 2),
		.prepare	= prepare_setup_done,
		.call		= call_setup_elsewhere,
		.verify		= verify_elsewhere,
		.undo		= undo_setup_elsewhere,
		.errors		= unwind_enomem,
	}, {
		.param		= VM("set_forwarding", 2),
		.prepare	= prepare_mapped,
		.settle		= unwind_forget_translations,
		.call		= call_set_forwarding,
		.done		= is_forwarded,
		.verify		= verify_forwarded,
		.undo		= unset_forwarding,
		.errors		= unwind_enomem,
		.cmds		= true,
	}, {
		.param		= VM("unset_forwarding", 2),
		.prepare	= prepare_forwarded,
		.settle		= unwind_forget_translations,
		.call		= call_unset_forwarding,
		.done		= is_not_forwarded,
		.verify		= verify_unmapped,
		.undo		= undo_unset_forwarding,
		.cmds		= true,
	}, {
		.param		= VM("KVM_SIGNAL_MSI", 1),
		.prepare	= prepare_mapped,
		.settle		= unwind_forget_translations,
		.call		= call_signal_msi,
		.verify		= verify_signal_msi,
		.undo		= undo_nothing,
		.errors		= unwind_enomem,
	}, {
		.param		= VM("MAPD", 2),
		.prepare	= prepare_collections,
		.call		= call_mapd,
		.done		= has_device,
		.verify		= verify_mapd,
		.undo		= unmap_all,
		.spare		= unwind_queue,
	}, {
		.param		= VM("MAPC", 2),
		.prepare	= enable,
		.call		= call_mapc,
		.done		= has_collection,
		.verify		= verify_mapc,
		.undo		= undo_mapc,
		.spare		= unwind_queue,
	}, {
		.param		= VM("MAPTI", 2),
		.prepare	= prepare_device,
		.call		= call_mapti,
		.done		= has_event,
		.verify		= verify_mapped,
		.undo		= undo_mapti,
		.spare		= unwind_queue,
	}, {
		.param		= VM("MAPTI before MAPC", 2),
		.prepare	= prepare_device_only,
		.call		= call_mapti,
		.done		= has_event,
		.verify		= verify_mapti_first,
		.undo		= undo_mapti_first,
		.spare		= unwind_queue,
	}, {
		.param		= VM("MOVI", 2),
		.prepare	= prepare_mapped,
		.call		= call_movi,
		.done		= has_moved,
		.verify		= verify_movi,
		.undo		= undo_movi,
		.spare		= unwind_queue,
	}, {
		.param		= VM("MOVI, forwarded", 2),
		.prepare	= prepare_forwarded,
		.call		= call_movi,
		.done		= has_moved,
		.verify		= verify_elsewhere,
		.undo		= undo_movi,
		.spare		= unwind_queue,
		.cmds		= true,
	}, {
		.param		= VM("MAPC elsewhere, forwarded", 2),
		.prepare	= prepare_forwarded,
		.call		= call_retarget,
		.done		= has_retargeted,
		.verify		= verify_elsewhere,
		.undo		= undo_retarget,
		.spare		= unwind_queue,
		.cmds		= true,
	}, {
		.param		= VM("DISCARD, forwarded", 2),
		.prepare	= prepare_forwarded,
		.call		= call_discard,
		.done		= has_no_event,
		.verify		= verify_unmapped,
		.undo		= undo_discard,
		.spare		= unwind_queue,
		.cmds		= true,
	}, {
		.param		= VM("MAPD V=0, forwarded", 2),
		.prepare	= prepare_forwarded,
		.call		= call_unmapd,
		.done		= has_no_device,
		.verify		= verify_unmapped,
		.undo		= undo_unmapd,
		.spare		= unwind_queue,
		.cmds		= true,
	}, {
		.param		= VM("ITS tables saved", 2),
		.prepare	= prepare_save,
		.settle		= unwind_forget_translations,
		.call		= call_save,
		.verify		= verify_save,
		.undo		= undo_nothing,
		.errors		= unwind_enomem,
	}, {
		.param		= VM("ITS tables restored", 2),
		.prepare	= prepare_restore,
		.call		= call_restore,
		.verify		= verify_restore,
		.undo		= reset_its,
		.errors		= restore_errors,
	},
};

const unsigned int unwind_nr_ops = ARRAY_SIZE(unwind_ops);
