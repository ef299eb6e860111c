// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_fuzz: what KVM_DEBUG_GIC_MSI_SETUP has to answer.
 *
 * Written from Documentation/ioctl.md, and to be read beside its table of
 * errors: one check for each row, in its order. It knows the VM only by what
 * was done to it, and asks neither KVM nor the machine.
 */
#include <linux/sizes.h>

#include "vlpi-fuzz.h"

/* The guest's device table: one page of 64 KiB, entries of 8 bytes */
#define DEVICE_TABLE_LEN	(SZ_64K / 8)
#define ITT_ENTRY_SIZE		8
/* EventID bits of a device that the ioctl makes */
#define ALL_EVENT_BITS		16

/**
 * fuzz_find_device() - a device that is mapped
 * @vm: the VM
 * @devid: DeviceID
 *
 * Return: it, or NULL.
 */
struct fuzz_device *fuzz_find_device(struct fuzz_vm *vm, u32 devid)
{
	unsigned int i;

	for (i = 0; i < vm->nr_devs; i++)
		if (vm->dev[i].devid == devid)
			return &vm->dev[i];

	return NULL;
}

/**
 * fuzz_find_event() - an event that is mapped
 * @vm: the VM
 * @devid: DeviceID
 * @eventid: EventID
 *
 * Return: it, or NULL.
 */
struct fuzz_event *fuzz_find_event(struct fuzz_vm *vm, u32 devid, u32 eventid)
{
	unsigned int i;

	for (i = 0; i < vm->nr_events; i++)
		if (vm->event[i].devid == devid &&
		    vm->event[i].eventid == eventid)
			return &vm->event[i];

	return NULL;
}

/**
 * fuzz_find_lpi() - the event that an LPI is mapped by
 * @vm: the VM
 * @vintid: INTID of the LPI
 *
 * Return: it, or NULL.
 */
struct fuzz_event *fuzz_find_lpi(struct fuzz_vm *vm, u32 vintid)
{
	unsigned int i;

	for (i = 0; i < vm->nr_events; i++)
		if (vm->event[i].vintid == vintid)
			return &vm->event[i];

	return NULL;
}

/**
 * fuzz_find_forwarded() - what a host interrupt forwards
 * @f: the world
 * @irq: Linux irq number
 * @vm: where the VM is put, or NULL
 *
 * Return: the event, or NULL.
 */
struct fuzz_event *fuzz_find_forwarded(struct fuzz *f, u32 irq,
				       struct fuzz_vm **vm)
{
	unsigned int i, n;

	for (n = 0; n < FUZZ_VMS; n++) {
		for (i = 0; i < f->vm[n].nr_events; i++) {
			if (!irq || f->vm[n].event[i].irq != irq)
				continue;
			if (vm)
				*vm = &f->vm[n];
			return &f->vm[n].event[i];
		}
	}

	return NULL;
}

/**
 * fuzz_find_irq() - an interrupt of the host's devices
 * @f: the world
 * @irq: Linux irq number
 *
 * Return: it, or NULL for any other interrupt.
 */
struct fuzz_host_irq *fuzz_find_irq(struct fuzz *f, u32 irq)
{
	unsigned int i;

	for (i = 0; i < f->nr_irqs; i++)
		if (f->irq[i].irq == irq)
			return &f->irq[i];

	return NULL;
}

/**
 * fuzz_forget_event() - an event is unmapped
 * @vm: the VM
 * @e: the event; another one may take its place in memory
 */
void fuzz_forget_event(struct fuzz_vm *vm, struct fuzz_event *e)
{
	*e = vm->event[--vm->nr_events];
}

/**
 * fuzz_forget_device() - a device is unmapped, and all of its events
 * @vm: the VM
 * @d: the device; another one may take its place in memory
 */
void fuzz_forget_device(struct fuzz_vm *vm, struct fuzz_device *d)
{
	unsigned int i = vm->nr_events;

	while (i--)
		if (vm->event[i].devid == d->devid)
			fuzz_forget_event(vm, &vm->event[i]);
	*d = vm->dev[--vm->nr_devs];
}

/**
 * fuzz_coll_target() - where a collection goes
 * @vm: the VM
 * @icid: its number
 *
 * Return: index of the vCPU, FUZZ_VCPUS if there is no such collection.
 */
unsigned int fuzz_coll_target(struct fuzz_vm *vm, u16 icid)
{
	unsigned int i;

	for (i = 0; i < vm->nr_colls; i++)
		if (vm->coll[i].icid == icid)
			return vm->coll[i].vcpu;

	return FUZZ_VCPUS;
}

static int vcpu_with_id(struct fuzz_vm *vm, u32 id)
{
	unsigned int i;

	for (i = 0; i < vm->vm->nr_vcpus; i++)
		if (vm->vm->vcpu[i]->vcpu_id == id)
			return i;

	return -1;
}

static bool in_ram(u64 gpa)
{
	return gpa >= VGIC_VM_RAM_BASE &&
	       gpa < VGIC_VM_RAM_BASE + VGIC_VM_RAM_SIZE;
}

static bool ids_fit(struct fuzz_vm *vm, const struct kvm_debug_gic_msi_setup *p)
{
	const struct fuzz_device *d = fuzz_find_device(vm, p->device_id);
	u64 itt = d ? d->itt : p->itt_addr;
	u32 bits = d ? d->bits : ALL_EVENT_BITS;

	if (vm->no_tables || p->device_id >= DEVICE_TABLE_LEN)
		return false;
	if (!IS_ALIGNED(itt, SZ_256))
		return false;

	return p->event_id < BIT(bits) &&
	       in_ram(itt + p->event_id * ITT_ENTRY_SIZE);
}

static bool is_taken(struct fuzz *f, struct fuzz_vm *vm,
		     const struct kvm_debug_gic_msi_setup *p)
{
	struct fuzz_event *e = fuzz_find_event(vm, p->device_id, p->event_id);
	struct fuzz_event *lpi = fuzz_find_lpi(vm, p->vintid);
	struct fuzz_event *fwd = fuzz_find_forwarded(f, p->host_irq, NULL);

	/* The event has another LPI, the LPI another event */
	if (e != lpi)
		return true;
	/* The LPI has another host interrupt */
	if (lpi && lpi->irq && lpi->irq != p->host_irq)
		return true;

	/* The host interrupt has another LPI, of this VM or another one */
	return fwd && fwd != lpi;
}

/* Are other events of the host's device forwarded to another VM? */
static bool device_is_away(struct fuzz *f, struct fuzz_vm *vm, u32 irq)
{
	struct its_mock_msi *mock = fuzz_find_irq(f, irq)->mock;
	unsigned int i;

	for (i = 0; i < f->nr_irqs; i++) {
		struct fuzz_vm *owner = NULL;

		if (f->irq[i].mock == mock &&
		    fuzz_find_forwarded(f, f->irq[i].irq, &owner) &&
		    owner != vm)
			return true;
	}

	return false;
}

/**
 * fuzz_changes_nothing() - is all as a call wants it already?
 * @vm: the VM
 * @p: the parameters, with which the call succeeds
 *
 * Return: whether it is.
 */
bool fuzz_changes_nothing(struct fuzz_vm *vm,
			  const struct kvm_debug_gic_msi_setup *p)
{
	struct fuzz_event *e = fuzz_find_event(vm, p->device_id, p->event_id);
	unsigned int vcpu = vcpu_with_id(vm, p->vcpu_id);

	return e && e->vintid == p->vintid && e->irq == p->host_irq &&
	       e->vcpu == vcpu && fuzz_coll_target(vm, e->icid) == vcpu;
}

/**
 * fuzz_expected() - the answer to a call whose parameters can be read
 * @f: the world
 * @vm: the VM that is called
 * @p: the parameters
 *
 * Return: 0 or an error.
 */
int fuzz_expected(struct fuzz *f, struct fuzz_vm *vm,
		  const struct kvm_debug_gic_msi_setup *p)
{
	int vcpu = vcpu_with_id(vm, p->vcpu_id);
	struct fuzz_host_irq *irq;
	struct fuzz_event *e;

	if (p->pad || vcpu < 0 || p->vintid < 8192 || p->vintid > 65535 ||
	    p->host_irq < 32 || p->host_irq > 1019)
		return -EINVAL;
	if (vm->no_its)
		return -ENODEV;
	if (!ids_fit(vm, p))
		return -EINVAL;
	if (f->no_gicv4)
		return -ENXIO;
	irq = fuzz_find_irq(f, p->host_irq);
	if (!irq)
		return -EINVAL;
	if (irq->event >= FUZZ_FOREIGN && !f->any_irq)
		return -EPERM;
	if (is_taken(f, vm, p))
		return -EEXIST;
	if (fuzz_changes_nothing(vm, p))
		return 0;
	if (vm->lost_prop || (vm->lost_pend && !vcpu) ||
	    p->vintid >= BIT(vm->id_bits))
		return -EFAULT;

	/* The ITS and its driver are asked only if it is not forwarded yet */
	e = fuzz_find_event(vm, p->device_id, p->event_id);
	if (e && e->irq)
		return 0;
	if (device_is_away(f, vm, p->host_irq) ||
	    p->vintid >= BIT(f->t->m->intid_bits))
		return -EINVAL;

	return 0;
}

/* One of the event's own is kept, else the first one that exists */
static u16 collection_for(struct fuzz_vm *vm, const struct fuzz_event *e,
			  unsigned int vcpu)
{
	u16 icid = vm->vm->vcpu[vcpu]->vcpu_id;
	unsigned int i;

	if (e && fuzz_coll_target(vm, e->icid) == vcpu)
		return e->icid;
	for (i = 0; i < vm->nr_colls; i++)
		if (vm->coll[i].vcpu == vcpu)
			return vm->coll[i].icid;

	/* The vCPU's id, or the next one that is free */
	while (fuzz_coll_target(vm, icid) < FUZZ_VCPUS)
		icid++;
	vm->coll[vm->nr_colls++] = (struct fuzz_coll) {
		.icid = icid, .vcpu = vcpu,
	};

	return icid;
}

/**
 * fuzz_succeeded() - the call has succeeded: what is mapped now
 * @f: the world
 * @vm: the VM that was called
 * @p: the parameters
 */
void fuzz_succeeded(struct fuzz *f, struct fuzz_vm *vm,
		    const struct kvm_debug_gic_msi_setup *p)
{
	struct fuzz_event *e = fuzz_find_event(vm, p->device_id, p->event_id);
	unsigned int vcpu = vcpu_with_id(vm, p->vcpu_id);
	u16 icid;

	if (fuzz_changes_nothing(vm, p))
		return;

	if (!fuzz_find_device(vm, p->device_id))
		vm->dev[vm->nr_devs++] = (struct fuzz_device) {
			.devid = p->device_id, .itt = p->itt_addr,
			.bits = ALL_EVENT_BITS,
		};
	icid = collection_for(vm, e, vcpu);
	if (!e)
		e = &vm->event[vm->nr_events++];
	*e = (struct fuzz_event) {
		.devid	 = p->device_id,
		.eventid = p->event_id,
		.vintid	 = p->vintid,
		.icid	 = icid,
		.vcpu	 = vcpu,
		.irq	 = p->host_irq,
	};
	vm->its_on = true;
}
