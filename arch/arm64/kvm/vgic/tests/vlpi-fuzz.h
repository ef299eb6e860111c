/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Suite vgic_vlpi_fuzz: what its files share.
 *
 * vlpi-fuzz-contract.c has what Documentation/ioctl.md says, and what is mapped
 * as a consequence; vlpi-fuzz.c draws VMs and parameter blocks, and compares.
 */
#ifndef __VGIC_VLPI_FUZZ_H
#define __VGIC_VLPI_FUZZ_H

#include <linux/kvm_debug_gic_msi.h>

#include "vlpi-random.h"
#include "vlpi-test.h"

#define FUZZ_VMS	2
#define FUZZ_VCPUS	4
#define FUZZ_DEVICES	64
#define FUZZ_EVENTS	96
#define FUZZ_COLLS	8
/* Of each of the host's devices; those from here on have another driver */
#define FUZZ_FOREIGN	12

/**
 * struct fuzz_device - a device that is mapped in a VM's ITS
 * @devid: DeviceID
 * @itt: where its ITT is
 * @bits: EventID bits
 */
struct fuzz_device {
	u32	devid;
	u64	itt;
	u32	bits;
};

/**
 * struct fuzz_coll - a collection, in the order in which they were mapped
 * @icid: its number
 * @vcpu: index of its target
 */
struct fuzz_coll {
	u16		icid;
	unsigned int	vcpu;
};

/**
 * struct fuzz_event - an event that is mapped in a VM's ITS
 * @devid: DeviceID
 * @eventid: EventID
 * @vintid: its LPI
 * @icid: its collection
 * @vcpu: index of the vCPU that it is routed to
 * @irq: host interrupt that forwards it, or 0
 */
struct fuzz_event {
	u32		devid;
	u32		eventid;
	u32		vintid;
	u16		icid;
	unsigned int	vcpu;
	u32		irq;
};

/**
 * struct fuzz_vm - a VM, and what is mapped there
 * @vm: the VM
 * @no_its: it has no ITS
 * @no_tables: its guest has not given the ITS any tables
 * @its_on: the guest's commands are executed
 * @lost_prop: the property table is not in RAM
 * @lost_pend: nor is the pending table of the first vCPU
 * @id_bits: GICR_PROPBASER.IDbits + 1
 * @dev: the devices
 * @nr_devs: how many
 * @coll: the collections
 * @nr_colls: how many
 * @event: the events
 * @nr_events: how many
 */
struct fuzz_vm {
	struct vgic_vm		*vm;
	bool			no_its;
	bool			no_tables;
	bool			its_on;
	bool			lost_prop;
	bool			lost_pend;
	unsigned int		id_bits;
	struct fuzz_device	dev[FUZZ_DEVICES];
	unsigned int		nr_devs;
	struct fuzz_coll	coll[FUZZ_COLLS];
	unsigned int		nr_colls;
	struct fuzz_event	event[FUZZ_EVENTS];
	unsigned int		nr_events;
};

/**
 * struct fuzz_host_irq - an interrupt of one of the host's devices
 * @irq: Linux irq number
 * @mock: its device
 * @event: which of the device's
 */
struct fuzz_host_irq {
	u32			irq;
	struct its_mock_msi	*mock;
	unsigned int		event;
};

/**
 * struct fuzz - the world
 * @t: the case
 * @rnd: what decides
 * @vm: the VMs
 * @no_gicv4: KVM does not use direct injection
 * @any_irq: kvm-arm.debug_gic_msi_any_irq is set
 * @irq: the host's devices' interrupts
 * @nr_irqs: how many
 * @answers: how often each answer was given, by its number
 * @unreadable: blocks that could not be read
 */
struct fuzz {
	struct vlpi_test	*t;
	struct rnd_state	rnd;
	struct fuzz_vm		vm[FUZZ_VMS];
	bool			no_gicv4;
	bool			any_irq;
	struct fuzz_host_irq	irq[(GICV4_MAX_ITS + 1) * HOST_EVENTS];
	unsigned int		nr_irqs;
	unsigned int		answers[64];
	unsigned int		unreadable;
};

static inline u32 fuzz_rnd(struct fuzz *f, u32 below)
{
	return vlpi_random(&f->rnd, below);
}

/* vlpi-fuzz-contract.c */
int fuzz_expected(struct fuzz *f, struct fuzz_vm *vm,
		  const struct kvm_debug_gic_msi_setup *p);
void fuzz_succeeded(struct fuzz *f, struct fuzz_vm *vm,
		    const struct kvm_debug_gic_msi_setup *p);
bool fuzz_changes_nothing(struct fuzz_vm *vm,
			  const struct kvm_debug_gic_msi_setup *p);
struct fuzz_device *fuzz_find_device(struct fuzz_vm *vm, u32 devid);
struct fuzz_event *fuzz_find_event(struct fuzz_vm *vm, u32 devid, u32 eventid);
struct fuzz_event *fuzz_find_lpi(struct fuzz_vm *vm, u32 vintid);
struct fuzz_event *fuzz_find_forwarded(struct fuzz *f, u32 irq,
				       struct fuzz_vm **vm);
struct fuzz_host_irq *fuzz_find_irq(struct fuzz *f, u32 irq);
void fuzz_forget_event(struct fuzz_vm *vm, struct fuzz_event *e);
void fuzz_forget_device(struct fuzz_vm *vm, struct fuzz_device *d);
unsigned int fuzz_coll_target(struct fuzz_vm *vm, u16 icid);

#endif /* __VGIC_VLPI_FUZZ_H */
