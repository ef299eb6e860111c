// SPDX-License-Identifier: GPL-2.0
/*
 * vCPUs of KVM/arm64, for suites that play them on UML. Load, put and WFI are
 * KVM's own functions; to take an interrupt, a guest runs:
 *
 *	again:	mrs	x0, ICC_IAR1_EL1
 *		msr	ICC_EOIR1_EL1, x0
 *		str	x0, [x1]		leaves the guest, for MMIO
 *		b	again
 *
 * It runs in the thread that plays the vCPU, between the put and the load of
 * a vCPU that the thread has loaded.
 */
#include <kunit/test.h>
#include <kunit/test-bug.h>
#include <linux/kvm_host.h>
#include <linux/mman.h>
#include <linux/uaccess.h>
#include <linux/um-vgic.h>
#include <asm/kvm_emulate.h>

#include <kvm/arm_vgic.h>
#include <kvm/vgic_fixture.h>

#include "vgic.h"
#include "gic.h"

#define CODE_SLOT	31
#define CODE_GPA	0x68000000
/* Where the guest says which interrupt it took: there is nothing */
#define REPORT_GPA	0x70000000

/* SGIs of other vCPUs and a kick may come first */
#define MAX_RUNS	100

static const u32 guest_code[] = {
	0xd538cc00,	/* mrs x0, icc_iar1_el1 */
	0xd518cc20,	/* msr icc_eoir1_el1, x0 */
	0xf9000020,	/* str x0, [x1] */
	0x17fffffd,	/* b . - 12 */
};

/**
 * struct vcpu_events - what a vCPU did
 * @vcpu: the vCPU
 * @ev: what it counted
 * @taken: interrupts that the guest took and nobody has asked for: the direct
 *	   ones, and those of software
 * @nr_taken: how many
 */
struct vcpu_events {
	struct kvm_vcpu		*vcpu;
	struct um_vcpu_events	ev;
	u32			taken[2][16];
	unsigned int		nr_taken[2];
};

static struct vcpu_events events[4 * VGIC_VM_MAX_VCPUS];
static unsigned int next_event;
static atomic64_t acks;

static struct vcpu_events *find_events(struct kvm_vcpu *vcpu)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (events[i].vcpu == vcpu)
			return &events[i];

	return NULL;
}

static struct um_vcpu_events *events_of(struct kvm_vcpu *vcpu)
{
	struct vcpu_events *e = find_events(vcpu);

	return e ? &e->ev : NULL;
}

/* A new vCPU, maybe in the memory of an old one */
static void add_events(struct kvm_vcpu *vcpu)
{
	struct vcpu_events *e = find_events(vcpu);

	if (!e)
		e = &events[next_event++ % ARRAY_SIZE(events)];
	*e = (struct vcpu_events) { .vcpu = vcpu };
}

/**
 * vgic_vm_add_code() - give the VM's vCPUs something to execute
 * @vm: the VM, with its vCPUs
 *
 * Context: the test's thread; may sleep.
 */
void vgic_vm_add_code(struct vgic_vm *vm)
{
	struct kvm_userspace_memory_region region = {
		.slot		 = CODE_SLOT,
		.guest_phys_addr = CODE_GPA,
		.memory_size	 = PAGE_SIZE,
	};
	unsigned int i;

	region.userspace_addr = kunit_vm_mmap(vm->test, NULL, 0, PAGE_SIZE,
					      PROT_READ | PROT_WRITE,
					      MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_FALSE(vm->test,
			   IS_ERR_OR_NULL((void *)region.userspace_addr));
	KUNIT_ASSERT_EQ(vm->test, 0,
			copy_to_user((void __user *)region.userspace_addr,
				     guest_code, sizeof(guest_code)));
	KUNIT_ASSERT_EQ(vm->test, 0,
			vgic_vm_ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region,
				      sizeof(region)));

	for (i = 0; i < vm->nr_vcpus; i++) {
		*vcpu_pc(vm->vcpu[i]) = CODE_GPA;
		vcpu_set_reg(vm->vcpu[i], 1, REPORT_GPA);
		add_events(vm->vcpu[i]);
	}
}

int um_vcpu_first_run(struct kvm_vcpu *vcpu)
{
	struct pid *oldpid = vcpu->pid;
	int ret;

	if (oldpid == task_pid(current))
		return 0;

	ret = kvm_arch_vcpu_run_pid_change(vcpu);
	if (ret)
		return ret;

	scoped_guard(write_lock, &vcpu->pid_lock)
		vcpu->pid = get_task_pid(current, PIDTYPE_PID);
	put_pid(oldpid);

	return 0;
}

void um_vcpu_load(struct kvm_vcpu *vcpu)
{
	gic_shadow_update();
	WARN_ON(um_vcpu_first_run(vcpu));
	vcpu_load(vcpu);
}

void um_vcpu_put(struct kvm_vcpu *vcpu)
{
	vcpu_put(vcpu);
}

/* The guest is entered when it has something to do */
int um_vcpu_enter(struct kvm_vcpu *vcpu)
{
	return 0;
}

void um_vcpu_exit(struct kvm_vcpu *vcpu)
{
}

void um_vcpu_wfi(struct kvm_vcpu *vcpu)
{
	struct um_vcpu_events *ev = events_of(vcpu);

	kvm_vcpu_wfi(vcpu);
	if (!ev)
		return;
	if (kvm_test_request(KVM_REQ_IRQ_PENDING, vcpu))
		ev->irq_pending_reqs++;
	WRITE_ONCE(ev->unblocks, ev->unblocks + 1);
}

void um_vcpu_get_events(struct kvm_vcpu *vcpu, struct um_vcpu_events *to)
{
	struct um_vcpu_events *ev = events_of(vcpu);

	*to = ev ? *ev : (struct um_vcpu_events) {};
	to->blocks = to->unblocks + READ_ONCE(vcpu->stat.generic.blocking);
}

/* The LPIs that KVM would offer to the guest by software */
static bool in_software(struct kvm_vcpu *vcpu, u32 intid)
{
	struct vgic_cpu *c = &vcpu->arch.vgic_cpu;
	struct vgic_irq *irq;

	if (!vcpu->kvm->arch.vgic.enabled)
		return false;

	guard(raw_spinlock_irqsave)(&c->ap_list_lock);
	list_for_each_entry(irq, &c->ap_list_head, ap_list)
		if (irq->intid == intid && irq->enabled && irq_is_pending(irq))
			return true;

	return false;
}

static int run(struct kvm_vcpu *vcpu)
{
	int ret;

	guard(mutex)(&vcpu->mutex);
	vcpu->wants_to_run = true;
	ret = kvm_arch_vcpu_ioctl_run(vcpu);
	vcpu->wants_to_run = false;

	return ret;
}

/* ICC_IAR1_EL1, read by the guest */
static u32 take(struct kvm_vcpu *vcpu)
{
	struct kunit *test = kunit_get_current_test();
	u64 intid = GICV4_INTID_NONE;
	unsigned int i;
	int ret = 0;

	vcpu_put(vcpu);
	for (i = 0; i < MAX_RUNS; i++) {
		ret = run(vcpu);
		if (ret || vcpu->run->exit_reason == KVM_EXIT_MMIO)
			break;
	}
	vcpu_load(vcpu);

	KUNIT_EXPECT_EQ_MSG(test, 0, ret, "KVM_RUN");
	KUNIT_EXPECT_EQ(test, vcpu->run->exit_reason, KVM_EXIT_MMIO);
	KUNIT_EXPECT_EQ(test, vcpu->run->mmio.phys_addr, REPORT_GPA);
	memcpy(&intid, vcpu->run->mmio.data, sizeof(intid));

	return intid;
}

/* What KVM offers to the guest by list registers */
static unsigned int queued_in_software(struct kvm_vcpu *vcpu, u32 *intids,
				       unsigned int max)
{
	struct vgic_cpu *c = &vcpu->arch.vgic_cpu;
	struct vgic_irq *irq;
	unsigned int n = 0;

	guard(raw_spinlock_irqsave)(&c->ap_list_lock);
	list_for_each_entry(irq, &c->ap_list_head, ap_list)
		if (n < max && irq_is_pending(irq))
			intids[n++] = irq->intid;

	return n;
}

/*
 * The next interrupt that the guest takes the way that is asked for. It takes
 * them as the priorities say: others on the way are kept for who asks for them.
 */
static u32 take_by(struct kvm_vcpu *vcpu, bool software)
{
	struct vcpu_events *e = find_events(vcpu);
	u32 queued[16], intid;
	unsigned int n;
	bool by_lr;

	if (e->nr_taken[software]) {
		intid = e->taken[software][0];
		memmove(e->taken[software], e->taken[software] + 1,
			--e->nr_taken[software] * sizeof(intid));
		return intid;
	}

	do {
		n = queued_in_software(vcpu, queued, ARRAY_SIZE(queued));
		intid = take(vcpu);
		if (intid == GICV4_INTID_NONE)
			return intid;
		by_lr = false;
		while (n)
			by_lr |= queued[--n] == intid;
		if (!by_lr)
			atomic64_inc(&acks);
		if (by_lr != software &&
		    e->nr_taken[by_lr] < ARRAY_SIZE(e->taken[0]))
			e->taken[by_lr][e->nr_taken[by_lr]++] = intid;
	} while (by_lr != software);

	return intid;
}

/**
 * gic_guest_acks() - how many vLPIs guests have taken
 *
 * Context: any.
 * Return: count since boot.
 */
u64 gic_guest_acks(void)
{
	return atomic64_read(&acks);
}

void vgic_guest_enter(struct kvm_vcpu *vcpu)
{
	um_vcpu_load(vcpu);
}

void vgic_guest_exit(struct kvm_vcpu *vcpu)
{
	um_vcpu_put(vcpu);
}

u32 vgic_guest_ack(struct kvm_vcpu *vcpu)
{
	return take_by(vcpu, false);
}

bool vgic_guest_in_lr(struct kvm_vcpu *vcpu, u32 intid)
{
	struct vcpu_events *e = find_events(vcpu);
	unsigned int i;

	for (i = 0; i < e->nr_taken[true]; i++)
		if (e->taken[true][i] == intid)
			return true;

	return in_software(vcpu, intid);
}

u32 um_guest_ack_lr(void)
{
	return take_by(kvm_get_running_vcpu(), true);
}

static void set_cpu_interface(const u8 *pmr, const bool *grp0, const bool *grp1)
{
	struct kvm_vcpu *vcpu = kvm_get_running_vcpu();
	struct vgic_vmcr vmcr;

	vcpu_put(vcpu);
	vgic_get_vmcr(vcpu, &vmcr);
	if (pmr)
		vmcr.pmr = *pmr;
	if (grp0)
		vmcr.grpen0 = *grp0;
	if (grp1)
		vmcr.grpen1 = *grp1;
	vgic_set_vmcr(vcpu, &vmcr);
	vcpu_load(vcpu);
}

void um_guest_set_priority_mask(u8 pmr)
{
	set_cpu_interface(&pmr, NULL, NULL);
}

/*
 * Group 0 alone: QEMU 7.2 raises the maintenance interrupt for a disabled
 * group 0 by the enable bit of group 1, and the guest never gets to run.
 */
void um_guest_enable_groups(bool grp0, bool grp1)
{
	grp0 &= grp1;
	set_cpu_interface(NULL, &grp0, &grp1);
}
