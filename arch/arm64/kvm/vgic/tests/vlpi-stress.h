/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Suite vgic_vlpi_stress: what its files share.
 *
 * The actors (vlpi-stress-actors.c) play a guest, its CPUs, its VMM and the
 * devices, each a random step at a time. Around each step they tell the oracle
 * (vlpi-stress-oracle.c), which knows what may become of each event, and what
 * has to. The suite (vlpi-stress.c) builds the world, says who goes next, and
 * reports.
 */
#ifndef __VGIC_VLPI_STRESS_H
#define __VGIC_VLPI_STRESS_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "vlpi-random.h"
#include "vlpi-test.h"

#define STRESS_EVENTS	8
#define STRESS_VCPUS	4
#define STRESS_DEVICES	2
/* Devices, vCPUs, the guest's driver, the VMM */
#define STRESS_ACTORS	(STRESS_DEVICES + STRESS_VCPUS + 2)
/* A collection that is not a vCPU's own, and is retargeted */
#define STRESS_ROVER	40

/* What is remembered of an event, and of a vCPU */
#define STRESS_TRACE	40

/* Under way between begin and end of an operation: may be either */
enum stress_known {
	STRESS_NO,
	STRESS_YES,
	STRESS_MAYBE,
};

/**
 * enum stress_op - what can be done to an event, as the oracle sees it
 * @STRESS_MOVE: route it to another vCPU
 * @STRESS_STRAY: the same, of what KVM may have queued before it was unmapped
 * @STRESS_MAP: map it in the VM's ITS
 * @STRESS_UNMAP: unmap it
 * @STRESS_ENABLE: enable its LPI
 * @STRESS_DISABLE: disable its LPI
 * @STRESS_CLEAR: end its pending state
 * @STRESS_FORWARD: as irq bypass does
 * @STRESS_UNFORWARD: as irq bypass does
 * @STRESS_SETUP: KVM_DEBUG_GIC_MSI_SETUP: move, map and forward
 */
enum stress_op {
	STRESS_MOVE,
	STRESS_STRAY,
	STRESS_MAP,
	STRESS_UNMAP,
	STRESS_ENABLE,
	STRESS_DISABLE,
	STRESS_CLEAR,
	STRESS_FORWARD,
	STRESS_UNFORWARD,
	STRESS_SETUP,
};

/**
 * struct stress_record - one thing that happened
 * @nr: its place in the order of all of them
 * @what: name, a constant
 * @cpu: where
 * @vcpu: vCPU that it is about, or -1
 * @state: the oracle's view of the event after it, see stress_state()
 */
struct stress_record {
	u32		nr;
	const char	*what;
	s8		cpu;
	s8		vcpu;
	u16		state;
};

/**
 * struct stress_trace - the last things that happened to one event or vCPU
 * @rec: the records, in a ring
 * @len: how many there were
 */
struct stress_trace {
	struct stress_record	rec[STRESS_TRACE];
	u32			len;
};

/**
 * struct stress_event - an event, and what the oracle knows of it
 * @v: the event
 * @its: number of the host's ITS that translates it
 * @devid: its DeviceID there
 * @icid: its collection
 * @itt: the guest's ITT of its device
 * @routed: vCPUs that it may be routed to now
 * @was_routed: vCPUs that it was routed to since it was last quiet
 * @mapped: in the VM's ITS
 * @enabled: as the guest's property table had it at the last INV
 * @forwarded: to the guest, by the host's ITS
 * @owed: written since the last acknowledge, and the guest has to see that
 * @owed_host: the same, but it is the host that has to relay it
 * @owed_hit: the host's count when it has taken that write
 * @soft: KVM may hold a copy of its pending state
 * @credits: acknowledges that are explained by writes
 * @changing: operations under way that change @mapped or @forwarded
 * @overlap: there were several of these at once
 * @clearing: CLEARs under way
 * @injecting: injections by software under way
 * @losses: operations begun that may lose pending state
 * @acks: acknowledges
 * @relayed: of the host's count, what was passed on to KVM
 * @hits_max: what the host's count may be at most
 * @trace: what happened
 */
struct stress_event {
	struct vlpi		v;
	unsigned int		its;
	u32			devid;
	u16			icid;
	gpa_t			itt;
	unsigned long		routed;
	unsigned long		was_routed;
	enum stress_known	mapped;
	enum stress_known	enabled;
	enum stress_known	forwarded;
	bool			owed;
	bool			owed_host;
	u64			owed_hit;
	bool			soft;
	unsigned int		credits;
	unsigned int		changing;
	bool			overlap;
	unsigned int		clearing;
	unsigned int		injecting;
	u32			losses;
	u32			acks;
	u64			relayed;
	u64			hits_max;
	struct stress_trace	trace;
};

/**
 * struct stress_inject - an injection by software under way
 * @losses: as in the event, when it began
 * @acks: likewise
 * @steady: nothing that may lose it was under way then
 */
struct stress_inject {
	u32	losses;
	u32	acks;
	bool	steady;
};

/**
 * struct stress_oracle - what may happen to each event, and what must
 * @lock: of all of it; devices write and guests acknowledge under it, so what
 *        is known at that moment is exact
 * @event: the events
 * @vcpu: what happened to each vCPU
 * @nr: records so far
 * @hash: of all records
 * @complaint: the first thing that was wrong, or NULL
 * @culprit: the event that it is about
 * @writes: by devices
 * @owed_writes: of these, those that the guest had to see
 * @acks: of vLPIs
 * @acks_lr: of what came by a list register
 * @relays: host interrupts passed on to KVM
 */
struct stress_oracle {
	raw_spinlock_t		lock;
	struct stress_event	event[STRESS_EVENTS];
	struct stress_trace	vcpu[STRESS_VCPUS];
	u32			nr;
	u32			hash;
	const char		*complaint;
	struct stress_event	*culprit;
	u64			writes;
	u64			owed_writes;
	u64			acks;
	u64			acks_lr;
	u64			relays;
};

enum stress_phase {
	STRESS_STORM,
	STRESS_SETTLE,
	STRESS_STOP,
};

struct stress;

/**
 * struct stress_actor - somebody who does one random thing after the other
 * @s: the world
 * @name: for messages
 * @step: the next thing
 * @nr: which vCPU or device
 * @rnd: what it chooses by
 * @thread: its thread
 * @task: the same, once it runs
 * @go: completed for a step, or for a number of them
 * @left: steps to go
 * @done: steps done
 * @parked: it waits for @go
 * @finished: it is done for good
 * @in_wfi: its guest executed WFI
 * @loaded: a vCPU that it has loaded
 */
struct stress_actor {
	struct stress		*s;
	const char		*name;
	void			(*step)(struct stress_actor *a);
	unsigned int		nr;
	struct rnd_state	rnd;
	struct vgic_vm_thread	*thread;
	struct task_struct	*task;
	struct completion	go;
	unsigned int		left;
	unsigned int		done;
	bool			parked;
	bool			finished;
	bool			in_wfi;
	bool			loaded;
};

/**
 * struct stress - the world
 * @t: the case
 * @vm: the VM whose guest is played, or NULL
 * @o: the oracle
 * @guest: serialises the guest's commands and the debug ioctl
 * @actor: devices, then guest, VMM, vCPUs
 * @nr_actors: how many
 * @nr_vcpus: how many of them are vCPUs
 * @parallel: all at once, not one after the other
 * @phase: what is played
 * @quiet_devices: devices write no more
 * @late_devices: devices go on while the VM goes
 * @rover: vCPU that collection STRESS_ROVER targets
 * @kicks: how often a vCPU was kicked
 * @nudges: how often vCPUs were woken because a doorbell may be lost
 */
struct stress {
	struct vlpi_test	*t;
	struct vgic_vm		*vm;
	struct stress_oracle	o;
	struct mutex		guest;		/* The guest's commands */
	struct stress_actor	actor[STRESS_ACTORS];
	unsigned int		nr_actors;
	unsigned int		nr_vcpus;
	bool			parallel;
	enum stress_phase	phase;
	bool			quiet_devices;
	bool			late_devices;
	unsigned int		rover;
	unsigned int		kicks;
	unsigned int		nudges;
};

/* vlpi-stress-oracle.c */
void stress_oracle_init(struct stress *s);
void stress_note(struct stress *s, struct stress_event *e, int vcpu,
		 const char *what);
void stress_begin(struct stress *s, struct stress_event *e, enum stress_op op,
		  int vcpu, const char *what);
void stress_end(struct stress *s, struct stress_event *e, enum stress_op op,
		int vcpu, const char *what);
void stress_inject_begin(struct stress *s, struct stress_event *e,
			 struct stress_inject *i, const char *what);
void stress_inject_end(struct stress *s, struct stress_event *e,
		       struct stress_inject *i, const char *what);
void stress_write(struct stress *s, struct stress_event *e, int vcpu);
bool stress_ack(struct stress *s, unsigned int vcpu);
bool stress_ack_lr(struct stress *s, unsigned int vcpu);
bool stress_relay_due(struct stress *s, struct stress_event *e,
		      struct stress_inject *i);
bool stress_owes(struct stress *s);
void stress_quiet(struct stress *s);
void stress_complain(struct stress *s, struct stress_event *e,
		     const char *what);
void stress_complain_owed(struct stress *s);
void stress_why(struct stress *s);
void stress_report(struct stress *s);

/* vlpi-stress-actors.c */
void stress_device_step(struct stress_actor *a);
void stress_guest_step(struct stress_actor *a);
void stress_vmm_step(struct stress_actor *a);
void stress_vcpu_step(struct stress_actor *a);
void stress_guest_boot(struct stress *s, struct rnd_state *rnd);
void stress_guest_restore(struct stress *s);
void stress_guest_unmap_all(struct stress *s);
bool stress_relay(struct stress *s);
void stress_forward(struct stress *s, struct stress_event *e);
void stress_setup(struct stress *s, struct stress_event *e, unsigned int vcpu);

#endif /* __VGIC_VLPI_STRESS_H */
