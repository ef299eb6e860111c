/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Suite vgic_vlpi_unwind: a table of calls, each of which is failed at every
 * place where it can fail.
 *
 * To add a call, add a struct unwind_op to one of the tables.
 */
#ifndef __VGIC_VLPI_UNWIND_H
#define __VGIC_VLPI_UNWIND_H

#include <linux/irqbypass.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/um-vgic.h>

#include "vlpi-test.h"

struct eventfd_ctx;
struct unwind_op;

/* GSI of the irqfd */
#define UNWIND_GSI	5

/**
 * struct unwind - a call that is being failed
 * @t: the case's world; @t->vm is the VM that the call is for, if it is for one
 * @op: the call
 * @v: the vLPI that it is about, on vCPU 0
 * @w: another one, on the last vCPU
 * @fd: a file descriptor that the call made or uses, or -1
 * @file: /dev/kvm
 * @ctx: the eventfd behind @fd
 * @producer: the host's side of irq bypass
 * @mock: a device that the call made
 * @its_vm: for calls of the ITS driver without KVM
 * @vpes: its vPEs
 * @vpe: pointers to them
 */
struct unwind {
	struct vlpi_test		*t;
	const struct unwind_op		*op;
	struct vlpi			v;
	struct vlpi			w;
	int				fd;
	struct file			*file;
	struct eventfd_ctx		*ctx;
	struct irq_bypass_producer	producer;
	struct its_mock_msi		*mock;
	struct its_vm			its_vm;
	struct its_vpe			vpes[2];
	struct its_vpe			*vpe[2];
};

/**
 * struct unwind_op - a call to be failed
 * @param: the VM, and what is shown in the test's name
 * @prepare: brings the world into the state that the call is made in, or NULL
 * @settle: forgets what the call may leave behind on purpose, or NULL
 * @call: the call, and the only thing that fails: 0 or an error
 * @done: has the call had its effect? NULL: if it returned 0
 * @verify: fails the test if it has not had all of it: an interrupt arrives
 * @undo: back to the state before the call; also after a failure that is
 *        @fatal or leaves it @stuck
 * @errors: what is documented for the call, up to a 0; NULL: it has no result
 * @fatal: the VM is of no use any more if the call fails, and that is meant
 * @keeps: what a failed call has made stays with the VM, for the next attempt
 * @stuck: a failed call may have this for an answer when it is made again: the
 *         VM is good for nothing but to go. 0: it has to succeed
 * @cmds: an ITS command of the call's may get lost; what the call has taken
 *        goes with the VM and the devices of @t
 * @spare: the snapshot's lines that it may change, by their beginnings, up to
 *         a NULL; for a call that fails too. NULL: none
 *
 * @call runs in the test's thread. It must not fail a test by itself for want
 * of memory, so it uses no assertions.
 */
struct unwind_op {
	struct vlpi_param	param;
	void			(*prepare)(struct unwind *u);
	void			(*settle)(struct unwind *u);
	int			(*call)(struct unwind *u);
	bool			(*done)(struct unwind *u);
	void			(*verify)(struct unwind *u);
	void			(*undo)(struct unwind *u);
	const int		*errors;
	bool			fatal;
	bool			keeps;
	bool			cmds;
	int			stuck;
	const char *const	*spare;
};

/**
 * struct unwind_state - all that a call without effect must not change
 * @text: snapshot of the VM, the machine and the host's interrupts, or NULL
 * @its: what of the ITS driver's is in use
 * @domains: of the GICv4 layer
 * @fwnodes: of those domains
 * @irqs: descriptors
 * @vms: VMs
 */
struct unwind_state {
	char			*text;
	struct um_its_counts	its;
	unsigned int		domains;
	unsigned int		fwnodes;
	unsigned int		irqs;
	unsigned int		vms;
};

extern const struct unwind_op unwind_ops[];
extern const unsigned int unwind_nr_ops;
extern const struct unwind_op unwind_vm_ops[];
extern const unsigned int unwind_nr_vm_ops;

/* Faults injected so far, of the suite that runs */
extern unsigned int unwind_total_faults;

/* vlpi-unwind.c */
void unwind_prepare(struct unwind *u, struct kunit *test);
void unwind_take_counts(struct unwind *u, struct unwind_state *s);
void unwind_expect_same_counts(struct unwind *u, const struct unwind_state *a,
			       const struct unwind_state *b);
bool unwind_had_effect(struct unwind *u, int ret);
struct kunit_suppressed_warning *unwind_suppress_warnings(struct kunit *test);
void unwind_expect_no_warnings(struct kunit *test,
			       struct kunit_suppressed_warning *w);
void unwind_new_vm(struct unwind *u);
void unwind_forget_translations(struct unwind *u);
void unwind_touch_ram(struct unwind *u);
void unwind_expect_arrives(struct unwind *u, const struct vlpi *v);

/* vlpi-unwind-cmds.c */
void stalled_queue_is_waited_for(struct kunit *test);
void lost_command_is_survived(struct kunit *test);

/* A call without memory says so, and nothing else */
extern const int unwind_enomem[];
/* The guest's command queue: its pointers, and what lies in it */
extern const char *const unwind_queue[];

#endif /* __VGIC_VLPI_UNWIND_H */
