/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM whose interrupts are forwarded MSIs of a device without hardware: what
 * the selftests of KVM_DEBUG_GIC_MSI_SETUP have in common.
 */
#ifndef SELFTEST_KVM_VLPI_VM_H
#define SELFTEST_KVM_VLPI_VM_H

#include <pthread.h>
#include <unistd.h>
#include <linux/kvm.h>
#include <linux/kvm_debug_gic_msi.h>

#include "kvm_util.h"

#define VLPI_MAX_VCPUS		4
#define VLPI_MIN_INTID		8192
#define VLPI_NR_COUNTED		64	/* LPIs that the guest counts */
#define VLPI_NR_ITTS		16	/* one for each DeviceID from 0 up */

/* What userspace is to leave out, so that a call fails */
#define VLPI_NO_ITS		BIT(0)
#define VLPI_NO_DEVICE_TABLE	BIT(1)
#define VLPI_NO_COLLECTIONS	BIT(2)
#define VLPI_NO_PROPERTIES	BIT(3)	/* PROPBASER points nowhere */
#define VLPI_NO_PENDING		BIT(4)	/* PENDBASER points nowhere */
#define VLPI_FEW_LPIS		BIT(5)	/* IDbits for 8192 to 16383 */

/* Guest and host see this at the same time */
struct vlpi_shared {
	u32	counts[VLPI_MAX_VCPUS][VLPI_NR_COUNTED];
	u32	strangers;	/* interrupts that are no LPI counted here */
	u32	booted[VLPI_MAX_VCPUS];
	u32	nr_vcpus;
	u32	wfi;
	u64	prop;
	u64	pend;
	u64	coll_table;
	u64	dev_table;
	u64	cmdq;
	/* An ITS command for vCPU 0 to send */
	u64	cmd[4];
	u32	cmd_asked;
	u32	cmd_done;
};

struct vlpi_thread {
	pthread_t	thread;
	struct kvm_vcpu	*vcpu;
	int		tid;
	bool		running;
	bool		stop;
};

struct vlpi_vm {
	struct kvm_vm		*vm;
	struct kvm_vcpu		*vcpus[VLPI_MAX_VCPUS];
	struct vlpi_thread	threads[VLPI_MAX_VCPUS];
	struct vlpi_shared	*shared;
	unsigned int		nr_vcpus;
	int			its_fd;
	gpa_t			tables;	/* the memslot that has all tables */
	gpa_t			tables_end;
	gpa_t			itts;
	gpa_t			prop;
	gpa_t			pend;
};

/* A device at the host's ITS, see <linux/its_mock_msi.h> */
struct vlpi_dev {
	int	fd;
	u32	devid;
	u32	nr_events;
	u32	*triggered;	/* of each event, while it was forwarded */
	u32	*vintid;	/* that it was forwarded to */
};

struct vlpi_vm *vlpi_vm_create(unsigned int nr_vcpus, bool wfi, unsigned int without);
void vlpi_vm_free(struct vlpi_vm *v);
void vlpi_start(struct vlpi_vm *v);
void vlpi_stop(struct vlpi_vm *v);
void vlpi_pin(struct vlpi_vm *v, unsigned int vcpu, unsigned int cpu);
bool vlpi_blocks(struct vlpi_vm *v, unsigned int vcpu);
void vlpi_guest_cmd(struct vlpi_vm *v, u64 w0, u64 w1, u64 w2);

int vlpi_dev_open(void);
void vlpi_dev_create(struct vlpi_dev *d, u32 devid, u32 nr_events);
void vlpi_dev_close(struct vlpi_dev *d);
u32 vlpi_irq(struct vlpi_dev *d, u32 event);
u64 vlpi_hits(struct vlpi_dev *d, u32 event);
void vlpi_trigger(struct vlpi_dev *d, u32 event);

struct kvm_debug_gic_msi_setup vlpi_params(struct vlpi_vm *v, u32 devid, u32 event,
					   u32 vcpu, u32 vintid, u32 irq);
int vlpi_ioctl(struct vlpi_vm *v, const struct kvm_debug_gic_msi_setup *p);
int vlpi_setup(struct vlpi_vm *v, struct vlpi_dev *d, u32 devid, u32 event,
	       u32 vcpu, u32 vintid);

u32 vlpi_count(struct vlpi_vm *v, unsigned int vcpu, u32 vintid);
u32 vlpi_count_all(struct vlpi_vm *v, u32 vintid);
bool vlpi_state(struct vlpi_vm *v, u32 vintid, bool *hw, int *target);
char *vlpi_snapshot(struct vlpi_vm *v);

/* Wait until @cond holds, for some 5 seconds at least. Is what it comes to. */
#define VLPI_POLLS		5000
#define VLPI_POLL_US		1000
#define vlpi_wait(cond) ({						\
	unsigned int __polls = 0;					\
	bool __holds;							\
									\
	while (!(__holds = (cond)) && __polls++ < VLPI_POLLS)		\
		usleep(VLPI_POLL_US);					\
	__holds;							\
})

#endif /* SELFTEST_KVM_VLPI_VM_H */
