// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_stress: the actors, each of which does one thing at random.
 *
 * Whatever changes an event is told to the oracle before and after. Commands
 * of the guest are one at a time, as there is one queue; the VMM's ioctl acts
 * as the guest and takes turns with them. Forwarding and unforwarding, what
 * devices write and what vCPUs do goes on at any time.
 */
#include <linux/delay.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/kvm_host.h>
#include <linux/um-vgic.h>

#include <kvm/arm_vgic_debug.h>

#include "vgic.h"
#include "vlpi-stress.h"

#define ITT_BITS	5

static struct stress_event *any_event(struct stress *s, struct rnd_state *rnd)
{
	return &s->o.event[vlpi_random(rnd, STRESS_EVENTS)];
}

/* Devices */

/**
 * stress_device_step() - a device writes one or a few of its MSIs
 * @a: the device
 *
 * Context: its thread.
 */
void stress_device_step(struct stress_actor *a)
{
	unsigned int n = 1 + vlpi_random(&a->rnd, 3);
	struct stress *s = a->s;

	if (s->parallel) {
		/* Pairs with the one of who waits for devices to be quiet */
		smp_store_mb(a->parked, false);
		if (READ_ONCE(s->quiet_devices)) {
			WRITE_ONCE(a->parked, true);
			usleep_range(50, 200);
			return;
		}
	}

	while (n--)
		stress_write(s, any_event(s, &a->rnd), -1);
	if (s->parallel && !vlpi_random(&a->rnd, 4))
		usleep_range(20, 100);
}

/* The guest's driver */

static u16 own_collection(unsigned int vcpu)
{
	return vcpu + 1;
}

static unsigned int target_of(struct stress *s, u16 icid)
{
	return icid == STRESS_ROVER ? s->rover : icid - 1;
}

static u16 any_collection(struct stress *s, struct rnd_state *rnd)
{
	unsigned int n = vlpi_random(rnd, s->nr_vcpus + 1);

	return n == s->nr_vcpus ? STRESS_ROVER : own_collection(n);
}

static unsigned int vcpu_of(const struct stress_event *e)
{
	return __ffs(e->routed);
}

static void guest_map(struct stress *s, struct stress_event *e, u16 icid)
{
	unsigned int vcpu = target_of(s, icid);

	stress_begin(s, e, STRESS_MAP, vcpu, "MAPTI");
	vgic_guest_mapti(s->vm, e->v.devid, e->v.eventid, e->v.intid, icid);
	e->icid = icid;
	stress_end(s, e, STRESS_MAP, vcpu, "MAPTI done");
}

static void guest_discard(struct stress *s, struct stress_event *e)
{
	stress_begin(s, e, STRESS_UNMAP, -1, "DISCARD");
	vgic_guest_discard(s->vm, e->v.devid, e->v.eventid);
	stress_end(s, e, STRESS_UNMAP, -1, "DISCARD done");
}

static void guest_movi(struct stress *s, struct stress_event *e, u16 icid)
{
	unsigned int vcpu = target_of(s, icid);

	stress_begin(s, e, STRESS_MOVE, vcpu, "MOVI");
	vgic_guest_movi(s->vm, e->v.devid, e->v.eventid, icid);
	e->icid = icid;
	stress_end(s, e, STRESS_MOVE, vcpu, "MOVI done");
}

/* All events that a command is about, which may be many */
static void each_event(struct stress *s, unsigned long events, bool end,
		       enum stress_op op, int vcpu, const char *what)
{
	unsigned int i;

	for_each_set_bit(i, &events, STRESS_EVENTS) {
		struct stress_event *e = &s->o.event[i];

		if (end)
			stress_end(s, e, op, vcpu, what);
		else
			stress_begin(s, e, op, vcpu, what);
	}
}

static void guest_movall(struct stress *s, struct rnd_state *rnd)
{
	unsigned int from = vlpi_random(rnd, s->nr_vcpus);
	unsigned int to = vlpi_random(rnd, s->nr_vcpus);
	unsigned long events = 0, strays = 0;
	unsigned int i;

	for (i = 0; i < STRESS_EVENTS; i++) {
		if (!s->o.event[i].mapped)
			strays |= BIT(i);
		else if (s->o.event[i].routed == BIT(from))
			events |= BIT(i);
	}

	each_event(s, strays, false, STRESS_STRAY, to, "MOVALL");
	each_event(s, events, false, STRESS_MOVE, to, "MOVALL");
	vgic_guest_movall(s->vm, s->vm->vcpu[from]->vcpu_id,
			  s->vm->vcpu[to]->vcpu_id);
	each_event(s, events, true, STRESS_MOVE, to, "MOVALL done");
}

static void guest_mapc(struct stress *s, unsigned int to)
{
	unsigned long events = 0;
	unsigned int i;

	for (i = 0; i < STRESS_EVENTS; i++)
		if (s->o.event[i].mapped && s->o.event[i].icid == STRESS_ROVER)
			events |= BIT(i);

	each_event(s, events, false, STRESS_MOVE, to, "MAPC");
	vgic_guest_mapc(s->vm, STRESS_ROVER, s->vm->vcpu[to]->vcpu_id);
	s->rover = to;
	each_event(s, events, true, STRESS_MOVE, to, "MAPC done");
}

static unsigned long events_of(struct stress *s, u32 devid)
{
	unsigned long events = 0;
	unsigned int i;

	for (i = 0; i < STRESS_EVENTS; i++)
		if (s->o.event[i].mapped && s->o.event[i].v.devid == devid)
			events |= BIT(i);

	return events;
}

/* MAPD of a device that is mapped takes its events, with V=0 or V=1 */
static void guest_remap_device(struct stress *s, struct stress_event *e,
			       bool unmap)
{
	unsigned long events = events_of(s, e->v.devid);
	u32 devid = e->v.devid;

	each_event(s, events, false, STRESS_UNMAP, -1, "MAPD");
	if (unmap)
		vgic_guest_unmapd(s->vm, devid);
	vgic_guest_mapd(s->vm, devid, e->itt, ITT_BITS);
	each_event(s, events, true, STRESS_UNMAP, -1, "MAPD done");
}

/* A change of the property table, and what makes it take effect */
static void guest_enable(struct stress *s, struct stress_event *e, bool enable,
			 bool invall)
{
	enum stress_op op = enable ? STRESS_ENABLE : STRESS_DISABLE;
	const char *what = enable ? "enable" : "disable";

	stress_begin(s, e, op, -1, what);
	vgic_guest_set_lpi(s->vm, e->v.intid, GUEST_PRIO, enable);
	if (invall)
		vgic_guest_invall(s->vm, own_collection(vcpu_of(e)));
	else
		vgic_guest_inv(s->vm, e->v.devid, e->v.eventid);
	stress_end(s, e, op, -1, invall ? "INVALL done" : "INV done");
}

static void guest_int(struct stress *s, struct stress_event *e)
{
	struct stress_inject i;

	stress_inject_begin(s, e, &i, "INT");
	vgic_guest_int(s->vm, e->v.devid, e->v.eventid);
	stress_inject_end(s, e, &i, "INT done");
}

static void guest_clear(struct stress *s, struct stress_event *e)
{
	stress_begin(s, e, STRESS_CLEAR, -1, "CLEAR");
	vgic_guest_clear(s->vm, e->v.devid, e->v.eventid);
	stress_end(s, e, STRESS_CLEAR, -1, "CLEAR done");
}

static void guest_do(struct stress *s, struct rnd_state *rnd,
		     struct stress_event *e)
{
	u32 n = vlpi_random(rnd, 100);

	if (n < 10)
		guest_movall(s, rnd);
	else if (n < 20)
		guest_mapc(s, vlpi_random(rnd, s->nr_vcpus));
	else if (n < 22)
		guest_remap_device(s, e, n & 1);
	else if (n < 27)
		vgic_guest_invall(s->vm, any_collection(s, rnd));
	else if (e->mapped != STRESS_YES)
		guest_map(s, e, any_collection(s, rnd));
	else if (n < 57)
		guest_movi(s, e, any_collection(s, rnd));
	else if (n < 75)
		guest_enable(s, e, e->enabled == STRESS_NO, n & 1);
	else if (n < 87)
		guest_int(s, e);
	else if (n < 91)
		guest_clear(s, e);
	else if (n < 95)
		guest_discard(s, e);
	else
		vgic_guest_inv(s->vm, e->v.devid, e->v.eventid);
}

/**
 * stress_guest_step() - the guest sends a command to its ITS
 * @a: the guest's driver
 *
 * Context: its thread.
 */
void stress_guest_step(struct stress_actor *a)
{
	struct stress *s = a->s;

	scoped_guard(mutex, &s->guest)
		guest_do(s, &a->rnd, any_event(s, &a->rnd));
	if (s->parallel && !vlpi_random(&a->rnd, 4))
		usleep_range(20, 100);
}

/**
 * stress_guest_boot() - the guest maps its devices and all of their events
 * @s: the world; nobody acts yet
 * @rnd: what it chooses by
 *
 * Context: the test's thread.
 */
void stress_guest_boot(struct stress *s, struct rnd_state *rnd)
{
	gpa_t itt[2] = {
		vgic_guest_alloc_itt(s->vm, ITT_BITS),
		vgic_guest_alloc_itt(s->vm, ITT_BITS),
	};
	unsigned int i;

	vgic_guest_mapd(s->vm, GUEST_DEVID, itt[0], ITT_BITS);
	vgic_guest_mapd(s->vm, GUEST_DEVID2, itt[1], ITT_BITS);
	for (i = 0; i < s->nr_vcpus; i++)
		vgic_guest_mapc(s->vm, own_collection(i),
				s->vm->vcpu[i]->vcpu_id);
	vgic_guest_mapc(s->vm, STRESS_ROVER, s->vm->vcpu[0]->vcpu_id);

	for (i = 0; i < STRESS_EVENTS; i++) {
		struct stress_event *e = &s->o.event[i];

		e->v = vlpi_nth(s->t, i);
		e->v.devid = i & 1 ? GUEST_DEVID2 : GUEST_DEVID;
		e->itt = itt[i & 1];
		e->its = vlpi_its(&e->v);
		e->devid = its_mock_msi_device_id(e->v.mock);
	}
	stress_oracle_init(s);

	for (i = 0; i < STRESS_EVENTS; i++) {
		struct stress_event *e = &s->o.event[i];

		vgic_guest_set_lpi(s->vm, e->v.intid, GUEST_PRIO, true);
		e->enabled = STRESS_YES;
		guest_map(s, e, any_collection(s, rnd));
		if (vlpi_random(rnd, 2))
			stress_forward(s, e);
	}
}

/**
 * stress_guest_restore() - map and enable what the storm left otherwise
 * @s: the world; no other actor acts for guest or VMM
 *
 * Context: the test's thread.
 */
void stress_guest_restore(struct stress *s)
{
	unsigned int i;

	guard(mutex)(&s->guest);
	for (i = 0; i < STRESS_EVENTS; i++) {
		struct stress_event *e = &s->o.event[i];

		if (e->mapped != STRESS_YES)
			guest_map(s, e, own_collection(i % s->nr_vcpus));
		if (e->enabled != STRESS_YES)
			guest_enable(s, e, true, false);
	}
}

/**
 * stress_guest_unmap_all() - the guest's driver is removed
 * @s: the world; no other actor acts for guest or VMM
 *
 * Context: the test's thread.
 */
void stress_guest_unmap_all(struct stress *s)
{
	unsigned int i;

	guard(mutex)(&s->guest);
	for (i = 0; i < STRESS_EVENTS; i++)
		if (s->o.event[i].mapped == STRESS_YES && i % 3)
			guest_discard(s, &s->o.event[i]);
	guest_remap_device(s, &s->o.event[0], true);
	guest_remap_device(s, &s->o.event[1], true);
}

/* The VMM */

/**
 * stress_relay() - hand the host's interrupts on to KVM, as VFIO does
 * @s: the world
 *
 * Context: the VMM's thread, or the test's if that one is parked.
 * Return: whether there were any.
 */
bool stress_relay(struct stress *s)
{
	struct stress_inject i;
	struct stress_event *e;
	bool any = false;

	for (e = s->o.event; e < s->o.event + STRESS_EVENTS; e++) {
		if (!stress_relay_due(s, e, &i))
			continue;
		any = true;
		vgic_vm_signal_msi(s->vm, e->v.devid, e->v.eventid);
		stress_inject_end(s, e, &i, "relayed");
	}

	return any;
}

/**
 * stress_forward() - irq bypass connects an event's host interrupt
 * @s: the world
 * @e: the event
 *
 * Context: the VMM's thread, or the test's if that one is parked.
 */
void stress_forward(struct stress *s, struct stress_event *e)
{
	struct kvm_irq_routing_entry ue = {
		.type	= KVM_IRQ_ROUTING_MSI,
		.flags	= KVM_MSI_VALID_DEVID,
		.u.msi	= {
			.address_lo	= s->vm->its_base + GITS_TRANSLATER,
			.data		= e->v.eventid,
			.devid		= e->v.devid,
		},
	};
	struct kvm_kernel_irq_routing_entry entry = {};

	KUNIT_EXPECT_EQ(s->t->test, 0,
			kvm_set_routing_entry(s->vm->kvm, &entry, &ue));
	stress_begin(s, e, STRESS_FORWARD, -1, "forward");
	if (kvm_vgic_v4_set_forwarding(s->vm->kvm, vlpi_host_irq(&e->v),
				       &entry))
		stress_complain(s, e, "cannot be forwarded");
	stress_end(s, e, STRESS_FORWARD, -1, "forward done");
}

static void vmm_unforward(struct stress *s, struct stress_event *e)
{
	stress_begin(s, e, STRESS_UNFORWARD, -1, "unforward");
	kvm_vgic_v4_unset_forwarding(s->vm->kvm, vlpi_host_irq(&e->v));
	stress_end(s, e, STRESS_UNFORWARD, -1, "unforward done");
}

/**
 * stress_setup() - KVM_DEBUG_GIC_MSI_SETUP
 * @s: the world
 * @e: the event, mapped or not
 * @vcpu: index of the vCPU that it shall go to
 *
 * Context: as stress_forward().
 */
void stress_setup(struct stress *s, struct stress_event *e, unsigned int vcpu)
{
	struct kvm_debug_gic_msi_setup params = {
		.device_id	= e->v.devid,
		.event_id	= e->v.eventid,
		.vcpu_id	= s->vm->vcpu[vcpu]->vcpu_id,
		.vintid		= e->v.intid,
		.host_irq	= vlpi_host_irq(&e->v),
	};

	guard(mutex)(&s->guest);
	stress_begin(s, e, STRESS_SETUP, vcpu, "setup");
	if (debug_gic_msi_setup_mock_msi(s->vm->kvm, &params))
		stress_complain(s, e, "cannot be set up");
	/* One that targets the vCPU is kept, else the first that does is taken */
	if (e->mapped != STRESS_YES || target_of(s, e->icid) != vcpu)
		e->icid = own_collection(vcpu);
	stress_end(s, e, STRESS_SETUP, vcpu, "setup done");
}

static void signal_msi(struct stress *s, struct stress_event *e)
{
	struct stress_inject i;

	stress_inject_begin(s, e, &i, "signal");
	vgic_vm_signal_msi(s->vm, e->v.devid, e->v.eventid);
	stress_inject_end(s, e, &i, "signal done");
}

/* Gets it out of the guest, and wakes it for nothing */
static void kick(struct stress *s, unsigned int n)
{
	struct kvm_vcpu *vcpu = s->vm->vcpu[n];
	struct stress_actor *a = &s->actor[s->nr_actors - s->nr_vcpus + n];

	stress_note(s, NULL, n, "kick");
	s->kicks++;
	/* Only who leaves WFI takes this one, and nobody else could enter */
	if (!s->parallel && a->in_wfi)
		kvm_make_request(KVM_REQ_UNBLOCK, vcpu);
	else
		kvm_make_request(KVM_REQ_IRQ_PENDING, vcpu);
	kvm_vcpu_kick(vcpu);
}

/**
 * stress_vmm_step() - the VMM relays what there is, and does one thing
 * @a: the VMM
 *
 * Context: its thread.
 */
void stress_vmm_step(struct stress_actor *a)
{
	struct stress_event *e = any_event(a->s, &a->rnd);
	u32 n = vlpi_random(&a->rnd, 100);
	struct stress *s = a->s;

	stress_relay(s);
	if (n < 25)
		vmm_unforward(s, e);
	else if (n < 60)
		stress_forward(s, e);
	else if (n < 75)
		stress_setup(s, e, vlpi_random(&a->rnd, s->nr_vcpus));
	else if (n < 85)
		signal_msi(s, e);
	else if (n < 92)
		kick(s, vlpi_random(&a->rnd, s->nr_vcpus));
	if (s->parallel && !vlpi_random(&a->rnd, 4))
		usleep_range(20, 100);
}

/* A vCPU's thread */

static struct kvm_vcpu *vcpu_played(struct stress_actor *a)
{
	return a->s->vm->vcpu[a->nr];
}

static void load(struct stress_actor *a)
{
	if (a->loaded)
		return;
	stress_note(a->s, NULL, a->nr, "load");
	um_vcpu_load(vcpu_played(a));
	a->loaded = true;
}

static void put(struct stress_actor *a)
{
	if (!a->loaded)
		return;
	um_vcpu_put(vcpu_played(a));
	a->loaded = false;
	stress_note(a->s, NULL, a->nr, "put");
}

static void enter(struct stress_actor *a)
{
	um_vcpu_enter(vcpu_played(a));
	stress_note(a->s, NULL, a->nr, "enter");
}

static void leave(struct stress_actor *a)
{
	stress_note(a->s, NULL, a->nr, "exit");
	um_vcpu_exit(vcpu_played(a));
}

/* The guest runs for a while, and takes some of its interrupts */
static void visit(struct stress_actor *a)
{
	unsigned int n = vlpi_random(&a->rnd, 8);
	struct stress *s = a->s;

	load(a);
	enter(a);
	while (n--) {
		u32 what = vlpi_random(&a->rnd, 8);

		if (what < 4)
			stress_ack(s, a->nr);
		else if (what < 5)
			stress_ack_lr(s, a->nr);
		else if (what < 6 && !s->quiet_devices)
			stress_write(s, any_event(s, &a->rnd), a->nr);
		else if (s->parallel)
			udelay(what);
	}
	leave(a);
}

/* The guest takes what there is, and waits for more */
static void idle(struct stress_actor *a, bool drain)
{
	struct kvm_vcpu *vcpu = vcpu_played(a);
	bool more;

	load(a);
	do {
		more = false;
		enter(a);
		while (drain && stress_ack(a->s, a->nr))
			more = true;
		while (drain && stress_ack_lr(a->s, a->nr))
			more = true;
		leave(a);
		/* More than there are list registers */
	} while (more);

	stress_note(a->s, NULL, a->nr, "WFI");
	WRITE_ONCE(a->in_wfi, true);
	um_vcpu_wfi(vcpu);
	WRITE_ONCE(a->in_wfi, false);
	kvm_clear_request(KVM_REQ_UNBLOCK, vcpu);
	stress_note(a->s, NULL, a->nr, "woken");
}

static void migrate(struct stress_actor *a)
{
	unsigned int cpu = vlpi_random(&a->rnd, num_online_cpus());

	if (!a->s->parallel)
		return;
	stress_note(a->s, NULL, a->nr, "migrate");
	set_cpus_allowed_ptr(current, cpumask_of(cpu));
}

/**
 * stress_vcpu_step() - a vCPU's thread does one thing
 * @a: the vCPU
 *
 * In the storm the guest takes interrupts now and then, and may execute WFI
 * with some of them pending. When things settle it takes all that there is and
 * sleeps: from then on nothing but an interrupt wakes it.
 *
 * Context: its thread.
 */
void stress_vcpu_step(struct stress_actor *a)
{
	u32 n = vlpi_random(&a->rnd, 100);

	if (a->s->phase == STRESS_STOP)
		put(a);
	else if (a->s->phase == STRESS_SETTLE)
		idle(a, true);
	else if (n < 50)
		visit(a);
	else if (n < 70)
		idle(a, n & 1);
	else if (n < 80)
		put(a);
	else if (n < 92)
		migrate(a);
	else if (a->s->parallel)
		usleep_range(20, 100);
}
