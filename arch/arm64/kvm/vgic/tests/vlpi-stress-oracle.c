// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_stress: the oracle.
 *
 * It is told of each operation when it begins and when it has ended; in
 * between, both the old state and the new one are possible. A device's write
 * and a guest's acknowledge are single moments, and are made under the
 * oracle's lock: what it knows is exact then.
 *
 * What it holds KVM, the driver and the machine to:
 *
 *  - After the last write to an event that is mapped, enabled and not just
 *    being forwarded or unforwarded, the guest acknowledges it at least once.
 *  - A vLPI is acknowledged where its event is routed at that moment, if it is
 *    forwarded, mapped and enabled; what comes by a list register, where it
 *    was routed some time since the write.
 *  - Nothing is acknowledged that nobody wrote.
 *  - The host's handler never gets an interrupt that is forwarded.
 *
 * What KVM has queued when an event is unmapped is still taken by the guest,
 * on its vCPU: an emulated LPI is allowed to, a vLPI is not.
 *
 * What the architecture takes away is not owed: unmapping an event drops its
 * pending state, and so does unsetting the forwarding of a vLPI (DISCARD in
 * the host's ITS). A write that arrives while the host's ITS has neither
 * mapping for the event is lost.
 */
#include <linux/crc32.h>
#include <linux/irq.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/um-vgic.h>

#include "vgic.h"
#include "vlpi-stress.h"

static const char * const known[] = { "no", "yes", "maybe" };

static u16 state_of(const struct stress_event *e)
{
	if (!e)
		return 0;

	return e->routed | e->mapped << 4 | e->enabled << 6 |
	       e->forwarded << 8 | e->owed << 10 | e->owed_host << 11;
}

static void add_record(struct stress_trace *trace,
		       const struct stress_record *rec)
{
	trace->rec[trace->len++ % STRESS_TRACE] = *rec;
}

static void note(struct stress *s, struct stress_event *e, int vcpu,
		 const char *what)
{
	struct stress_oracle *o = &s->o;
	struct stress_record rec = {
		.nr	= o->nr,
		.what	= what,
		.cpu	= raw_smp_processor_id(),
		.vcpu	= vcpu,
		.state	= state_of(e),
	};
	u16 id = e ? e - o->event : STRESS_EVENTS;

	/* What led to it is what is of interest */
	if (o->complaint)
		return;

	o->nr++;
	o->hash = crc32(o->hash, what, strlen(what));
	o->hash = crc32(o->hash, &rec.vcpu, sizeof(rec.vcpu));
	o->hash = crc32(o->hash, &rec.state, sizeof(rec.state));
	o->hash = crc32(o->hash, &id, sizeof(id));
	if (e)
		add_record(&e->trace, &rec);
	else if (vcpu >= 0)
		add_record(&o->vcpu[vcpu], &rec);
}

static void complain(struct stress *s, struct stress_event *e,
		     const char *what)
{
	struct stress_oracle *o = &s->o;

	if (o->complaint)
		return;
	note(s, e, -1, what);
	o->culprit = e;
	/* Others look at it without the lock */
	WRITE_ONCE(o->complaint, what);
}

/**
 * stress_complain() - something is wrong
 * @s: the world
 * @e: the event that it is about, or NULL
 * @what: what, a constant; only the first one is kept
 *
 * Context: any.
 */
void stress_complain(struct stress *s, struct stress_event *e,
		     const char *what)
{
	guard(raw_spinlock_irqsave)(&s->o.lock);
	complain(s, e, what);
}

/**
 * stress_note() - remember what happened, for the report
 * @s: the world
 * @e: the event that it is about; NULL for a vCPU
 * @vcpu: the vCPU that it is about, or -1
 * @what: name, a constant
 *
 * Context: any.
 */
void stress_note(struct stress *s, struct stress_event *e, int vcpu,
		 const char *what)
{
	guard(raw_spinlock_irqsave)(&s->o.lock);
	note(s, e, vcpu, what);
}

/**
 * stress_oracle_init() - nothing is mapped yet
 * @s: the world; the events' descriptions are there
 *
 * Context: any.
 */
void stress_oracle_init(struct stress *s)
{
	unsigned int i;

	raw_spin_lock_init(&s->o.lock);
	for (i = 0; i < STRESS_EVENTS; i++) {
		struct stress_event *e = &s->o.event[i];

		e->relayed = its_mock_msi_hits(e->v.mock, e->v.event);
		e->hits_max = e->relayed;
	}
}

/* What the machine has, which is not what KVM or the driver think */
static bool is_virtual(const struct stress_event *e, struct gicv4_itte *itte)
{
	return gicv4_get_itte(e->its, e->devid, e->v.event, itte) &&
	       itte->valid && itte->virt;
}

static u64 hits_of(const struct stress_event *e)
{
	return its_mock_msi_hits(e->v.mock, e->v.event);
}

/* A write that the host has not seen yet goes with the physical mapping */
static void forwarding_begins(struct stress_event *e)
{
	if (e->forwarded != STRESS_NO)
		return;
	e->forwarded = STRESS_MAYBE;
	if (e->owed_host && hits_of(e) < e->owed_hit)
		e->owed_host = false;
}

static void forwarding_ends(struct stress_event *e)
{
	if (e->forwarded == STRESS_NO)
		return;
	e->forwarded = STRESS_MAYBE;
	e->owed = false;
	e->losses++;
	/* A software injection may have decided for the hardware already */
	e->hits_max += e->injecting;
}

static void begin_change(struct stress_event *e)
{
	if (e->changing++)
		e->overlap = true;
}

static void route_begins(struct stress_event *e, int vcpu)
{
	e->routed |= BIT(vcpu);
	e->was_routed |= BIT(vcpu);
}

/**
 * stress_begin() - an operation on an event begins
 * @s: the world
 * @e: the event
 * @op: what is done
 * @vcpu: to which vCPU, for those that route the event
 * @what: name, a constant
 *
 * Context: any.
 */
void stress_begin(struct stress *s, struct stress_event *e, enum stress_op op,
		  int vcpu, const char *what)
{
	guard(raw_spinlock_irqsave)(&s->o.lock);

	switch (op) {
	case STRESS_MOVE:
		route_begins(e, vcpu);
		break;
	case STRESS_STRAY:
		e->was_routed |= BIT(vcpu);
		break;
	case STRESS_MAP:
		begin_change(e);
		route_begins(e, vcpu);
		e->mapped = STRESS_MAYBE;
		break;
	case STRESS_UNMAP:
		begin_change(e);
		e->mapped = STRESS_MAYBE;
		forwarding_ends(e);
		e->owed = false;
		e->owed_host = false;
		e->losses++;
		break;
	case STRESS_ENABLE:
	case STRESS_DISABLE:
		e->enabled = STRESS_MAYBE;
		break;
	case STRESS_CLEAR:
		e->clearing++;
		e->owed = false;
		e->losses++;
		break;
	case STRESS_FORWARD:
		begin_change(e);
		forwarding_begins(e);
		break;
	case STRESS_UNFORWARD:
		begin_change(e);
		forwarding_ends(e);
		/* KVM takes over what it finds pending */
		e->soft = true;
		break;
	case STRESS_SETUP:
		begin_change(e);
		route_begins(e, vcpu);
		if (e->mapped == STRESS_NO)
			e->mapped = STRESS_MAYBE;
		forwarding_begins(e);
		break;
	}
	note(s, e, vcpu, what);
}

/* Forwarded, or not, when nothing changes it any more */
static void end_change(struct stress *s, struct stress_event *e, bool forwarded)
{
	struct gicv4_itte itte;
	bool virt;

	if (--e->changing)
		return;
	virt = is_virtual(e, &itte);
	if (!e->overlap && virt != forwarded)
		complain(s, e, forwarded ? "was to be forwarded, and is not" :
					   "is forwarded, and was not to be");
	if (virt && itte.intid != e->v.intid)
		complain(s, e, "is forwarded as another vLPI");
	e->forwarded = virt ? STRESS_YES : STRESS_NO;
	e->overlap = false;
}

/**
 * stress_end() - an operation on an event has ended
 * @s: the world
 * @e: the event
 * @op: what was done
 * @vcpu: to which vCPU, for those that route the event
 * @what: name, a constant
 *
 * Context: any.
 */
void stress_end(struct stress *s, struct stress_event *e, enum stress_op op,
		int vcpu, const char *what)
{
	guard(raw_spinlock_irqsave)(&s->o.lock);

	switch (op) {
	case STRESS_MOVE:
		e->routed = BIT(vcpu);
		break;
	case STRESS_STRAY:
		break;
	case STRESS_MAP:
		e->routed = BIT(vcpu);
		e->mapped = STRESS_YES;
		end_change(s, e, e->forwarded == STRESS_YES);
		break;
	case STRESS_UNMAP:
		e->routed = 0;
		e->mapped = STRESS_NO;
		end_change(s, e, false);
		break;
	case STRESS_ENABLE:
		e->enabled = STRESS_YES;
		break;
	case STRESS_DISABLE:
		e->enabled = STRESS_NO;
		break;
	case STRESS_CLEAR:
		e->clearing--;
		break;
	case STRESS_FORWARD:
		end_change(s, e, e->mapped == STRESS_YES);
		break;
	case STRESS_UNFORWARD:
		end_change(s, e, false);
		break;
	case STRESS_SETUP:
		e->routed = BIT(vcpu);
		e->mapped = STRESS_YES;
		end_change(s, e, true);
		break;
	}
	note(s, e, vcpu, what);
}

static bool is_steady(const struct stress_event *e)
{
	return e->mapped == STRESS_YES && e->forwarded != STRESS_MAYBE &&
	       !e->clearing;
}

static void add_credit(struct stress_event *e)
{
	if (!e->credits++)
		e->was_routed = e->routed;
}

static void begin_inject(struct stress *s, struct stress_event *e,
			 struct stress_inject *i, const char *what)
{
	*i = (struct stress_inject) {
		.losses	= e->losses,
		.acks	= e->acks,
		.steady	= is_steady(e),
	};
	e->injecting++;
	e->soft = true;
	add_credit(e);
	if (e->forwarded == STRESS_MAYBE)
		e->hits_max++;
	note(s, e, -1, what);
}

/**
 * stress_inject_begin() - KVM is about to be told to make an event pending
 * @s: the world
 * @e: the event
 * @i: for stress_inject_end()
 * @what: name, a constant
 *
 * Context: any.
 */
void stress_inject_begin(struct stress *s, struct stress_event *e,
			 struct stress_inject *i, const char *what)
{
	guard(raw_spinlock_irqsave)(&s->o.lock);
	begin_inject(s, e, i, what);
}

/**
 * stress_inject_end() - KVM has made an event pending
 * @s: the world
 * @e: the event
 * @i: of stress_inject_begin()
 * @what: name, a constant
 *
 * An acknowledge in between may have been for this one, or one before.
 *
 * Context: any.
 */
void stress_inject_end(struct stress *s, struct stress_event *e,
		       struct stress_inject *i, const char *what)
{
	guard(raw_spinlock_irqsave)(&s->o.lock);

	e->injecting--;
	if (i->steady && e->losses == i->losses && e->acks == i->acks)
		e->owed = true;
	note(s, e, -1, what);
}

/**
 * stress_write() - a device writes its MSI
 * @s: the world
 * @e: the event
 * @vcpu: vCPU that runs its guest meanwhile, or -1
 *
 * Context: any.
 */
void stress_write(struct stress *s, struct stress_event *e, int vcpu)
{
	struct stress_oracle *o = &s->o;
	bool owed;

	guard(raw_spinlock_irqsave)(&o->lock);

	owed = is_steady(e);
	add_credit(e);
	o->writes++;
	o->owed_writes += owed;
	if (e->forwarded == STRESS_YES) {
		e->owed |= owed;
	} else {
		e->soft = true;
		e->hits_max++;
		if (owed) {
			e->owed_hit = hits_of(e) + 1;
			e->owed_host = true;
		}
	}
	note(s, e, vcpu, "device writes");
	gicv4_device_write(e->its, e->devid, e->v.event);
}

static struct stress_event *find_event(struct stress *s, u32 intid)
{
	unsigned int i;

	for (i = 0; i < STRESS_EVENTS; i++)
		if (s->o.event[i].v.intid == intid)
			return &s->o.event[i];

	return NULL;
}

static void acked(struct stress_event *e)
{
	e->acks++;
	e->owed = false;
}

/**
 * stress_ack() - the guest reads ICC_IAR1_EL1, for a vLPI
 * @s: the world
 * @vcpu: the vCPU that this thread plays
 *
 * Context: in the guest.
 * Return: false if there was none.
 */
bool stress_ack(struct stress *s, unsigned int vcpu)
{
	struct stress_event *e;
	u32 intid;

	guard(raw_spinlock_irqsave)(&s->o.lock);

	intid = gicv4_vcpu_ack(smp_processor_id());
	if (intid == GICV4_INTID_NONE)
		return false;
	e = find_event(s, intid);
	if (!e) {
		complain(s, NULL, "acknowledged an interrupt that does not exist");
		return true;
	}

	note(s, e, vcpu, "acknowledged as vLPI");
	if (!(e->routed & BIT(vcpu)))
		complain(s, e, "acknowledged where it is not routed to");
	if (e->mapped == STRESS_NO)
		complain(s, e, "acknowledged after it was unmapped");
	if (e->forwarded == STRESS_NO)
		complain(s, e, "a vLPI, but not forwarded");
	if (e->enabled == STRESS_NO)
		complain(s, e, "acknowledged although disabled");
	if (!e->credits)
		complain(s, e, "acknowledged, and nobody wrote");

	/* The pending table has one bit, KVM may have a copy for each write */
	if (e->credits)
		e->credits = e->soft ? e->credits - 1 : 0;
	s->o.acks++;
	acked(e);

	return true;
}

/**
 * stress_ack_lr() - the same, for what KVM injects
 * @s: the world
 * @vcpu: the vCPU that this thread plays
 *
 * Context: in the guest.
 * Return: false if there was none.
 */
bool stress_ack_lr(struct stress *s, unsigned int vcpu)
{
	struct stress_event *e;
	u32 intid;

	guard(raw_spinlock_irqsave)(&s->o.lock);

	intid = um_guest_ack_lr();
	if (intid == ICC_IAR1_EL1_SPURIOUS)
		return false;
	e = find_event(s, intid);
	if (!e) {
		complain(s, NULL, "a list register has what does not exist");
		return true;
	}

	note(s, e, vcpu, "acknowledged by list register");
	if (!(e->was_routed & BIT(vcpu)))
		complain(s, e, "in a list register where it was never routed to");
	if (!e->soft)
		complain(s, e, "forwarded, but in a list register");
	if (!e->credits)
		complain(s, e, "acknowledged, and nobody wrote");
	else
		e->credits--;
	s->o.acks_lr++;
	acked(e);

	return true;
}

/**
 * stress_relay_due() - has the host taken an interrupt for the guest?
 * @s: the world
 * @e: the event
 * @i: for stress_inject_end()
 *
 * VFIO's handler signals an eventfd, which KVM has a route for.
 *
 * Context: any.
 * Return: true if the interrupt is to be injected: stress_inject_begin() is
 * done, and stress_inject_end() is due.
 */
bool stress_relay_due(struct stress *s, struct stress_event *e,
		      struct stress_inject *i)
{
	u64 hits;

	guard(raw_spinlock_irqsave)(&s->o.lock);

	hits = hits_of(e);
	if (hits > e->hits_max)
		complain(s, e, "the host got what is forwarded");
	if (hits == e->relayed)
		return false;

	e->relayed = hits;
	s->o.relays++;
	begin_inject(s, e, i, "host relays");
	/* What was owed by the host is KVM's now */
	if (e->owed_host && hits < e->owed_hit)
		i->steady = false;
	else
		e->owed_host = false;

	return true;
}

static bool is_due(const struct stress_event *e)
{
	return (e->owed || e->owed_host) && e->mapped == STRESS_YES &&
	       e->enabled == STRESS_YES;
}

/**
 * stress_owes() - is there an event that the guest still has to see?
 * @s: the world; nobody writes
 *
 * Context: any.
 * Return: whether there is.
 */
bool stress_owes(struct stress *s)
{
	unsigned int i;

	guard(raw_spinlock_irqsave)(&s->o.lock);

	for (i = 0; i < STRESS_EVENTS; i++)
		if (is_due(&s->o.event[i]))
			return true;

	return false;
}

/**
 * stress_complain_owed() - complain of an event that the guest did not see
 * @s: the world
 *
 * Context: any.
 */
void stress_complain_owed(struct stress *s)
{
	unsigned int i;

	guard(raw_spinlock_irqsave)(&s->o.lock);

	for (i = 0; i < STRESS_EVENTS; i++)
		if (is_due(&s->o.event[i]))
			complain(s, &s->o.event[i],
				 "written, and never acknowledged");
}

/* Whose vPE does the machine's table have? */
static void check_route(struct stress *s, struct stress_event *e,
			const struct gicv4_itte *itte)
{
	struct its_vpe *vpe;

	if (hweight_long(e->routed) != 1)
		return;
	vpe = &s->vm->vcpu[__ffs(e->routed)]->arch.vgic_cpu.vgic_v3.its_vpe;
	if (itte->vpeid != vpe->vpe_id)
		complain(s, e, "mapped to the vPE of another vCPU");
}

static void check_counts(struct stress *s)
{
	int count[STRESS_VCPUS] = {};
	unsigned int i;

	for (i = 0; i < STRESS_EVENTS; i++) {
		struct stress_event *e = &s->o.event[i];

		if (e->forwarded == STRESS_YES && hweight_long(e->routed) == 1)
			count[__ffs(e->routed)]++;
	}
	for (i = 0; i < s->nr_vcpus; i++) {
		struct vgic_cpu *c = &s->vm->vcpu[i]->arch.vgic_cpu;

		if (atomic_read(&c->vgic_v3.its_vpe.vlpi_count) != count[i])
			complain(s, NULL, "a vPE's vlpi_count is wrong");
	}
}

/**
 * stress_quiet() - the guest has seen all, and all vCPUs sleep
 * @s: the world; nothing is under way, and all that is mapped is enabled
 *
 * Compares what the oracle believes with the machine's tables, and forgets
 * what could explain an acknowledge.
 *
 * Context: any.
 */
void stress_quiet(struct stress *s)
{
	unsigned int i;

	guard(raw_spinlock_irqsave)(&s->o.lock);

	for (i = 0; i < STRESS_EVENTS; i++) {
		struct stress_event *e = &s->o.event[i];
		struct gicv4_itte itte;
		bool virt = is_virtual(e, &itte);

		if (e->forwarded != (virt ? STRESS_YES : STRESS_NO))
			complain(s, e, "the machine says otherwise");
		if (virt)
			check_route(s, e, &itte);
		if (hits_of(e) > e->hits_max)
			complain(s, e, "the host got what is forwarded");
		e->credits = 0;
		e->soft = false;
		e->was_routed = e->routed;
	}
	check_counts(s);
}

static void print_record(struct kunit *test, const struct stress_record *r,
			 bool event)
{
	char vcpu[16] = "";

	if (r->vcpu >= 0)
		snprintf(vcpu, sizeof(vcpu), " vCPU %d", r->vcpu);
	if (!event) {
		kunit_info(test, "%6u CPU %d%s %s", r->nr, r->cpu, vcpu,
			   r->what);
		return;
	}
	kunit_info(test,
		   "%6u CPU %d%s %s: routed %x mapped %s enabled %s forwarded %s%s%s",
		   r->nr, r->cpu, vcpu, r->what, r->state & 0xf,
		   known[r->state >> 4 & 3], known[r->state >> 6 & 3],
		   known[r->state >> 8 & 3],
		   r->state & BIT(10) ? ", owed" : "",
		   r->state & BIT(11) ? ", owed by the host" : "");
}

/* The oldest record of a trace from a number on */
static const struct stress_record *next_record(const struct stress_trace *t,
					       u32 nr)
{
	u32 i = t->len > STRESS_TRACE ? t->len - STRESS_TRACE : 0;

	for (; i < t->len; i++)
		if (t->rec[i % STRESS_TRACE].nr >= nr)
			return &t->rec[i % STRESS_TRACE];

	return NULL;
}

/* In the order in which it happened: the event, and the vCPUs it went to */
static void print_trace(struct kunit *test, struct stress *s)
{
	const struct stress_event *e = s->o.culprit;
	unsigned long vcpus = e ? e->was_routed : GENMASK(s->nr_vcpus - 1, 0);
	const struct stress_record *best, *r;
	unsigned int i;
	bool event;
	u32 nr = 0;

	for (;;) {
		best = e ? next_record(&e->trace, nr) : NULL;
		event = best;
		for_each_set_bit(i, &vcpus, STRESS_VCPUS) {
			r = next_record(&s->o.vcpu[i], nr);
			if (r && (!best || r->nr < best->nr)) {
				best = r;
				event = false;
			}
		}
		if (!best)
			return;
		print_record(test, best, event);
		nr = best->nr + 1;
	}
}

/* Why does it sleep? */
static void print_vcpu(struct kunit *test, struct stress *s, unsigned int n)
{
	struct kvm_vcpu *vcpu = s->vm->vcpu[n];
	struct its_vpe *vpe = &vcpu->arch.vgic_cpu.vgic_v3.its_vpe;
	struct um_vcpu_events ev;
	struct vgic_vmcr vmcr;

	um_vcpu_get_events(vcpu, &ev);
	vgic_get_vmcr(vcpu, &vmcr);
	kunit_info(test,
		   "vCPU %u: pending %d, pending_last %d, resident %d, doorbell disabled %d, queue %s, PMR %x, blocked %llu of %llu times",
		   n, kvm_vgic_vcpu_pending_irq(vcpu), vpe->pending_last,
		   vpe->resident,
		   irqd_irq_disabled(irq_get_irq_data(vpe->irq)),
		   list_empty(&vcpu->arch.vgic_cpu.ap_list_head) ?
		   "empty" : "in use", vmcr.pmr, ev.blocks - ev.unblocks,
		   ev.blocks);
}

/**
 * stress_why() - print what vCPUs wait for, if the oracle complained
 * @s: the world; all vCPUs sleep
 *
 * Context: the test's thread.
 */
void stress_why(struct stress *s)
{
	unsigned int i;

	for (i = 0; s->o.complaint && i < s->nr_vcpus; i++)
		print_vcpu(s->t->test, s, i);
}

/**
 * stress_report() - fail the test if the oracle complained
 * @s: the world; nobody acts any more
 *
 * Context: the test's thread.
 */
void stress_report(struct stress *s)
{
	struct kunit *test = s->t->test;
	struct stress_event *e = s->o.culprit;

	if (!s->o.complaint)
		return;

	if (e)
		KUNIT_FAIL(test, "event %u, LPI %u, host irq %u at ITS %u: %s",
			   e->v.eventid, e->v.intid, vlpi_host_irq(&e->v),
			   e->its, s->o.complaint);
	else
		KUNIT_FAIL(test, "%s", s->o.complaint);
	print_trace(test, s);
}
