// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_bypass: what the guest does to its ITS and its redistributors
 * before and after one of its events is forwarded. It cannot know, so it gets
 * what the architecture promises it either way.
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/kvm_host.h>

#include "vgic.h"
#include "vlpi-bypass.h"

static struct bypass *boot(struct vlpi_test *t, const struct vlpi *v)
{
	bypass_guest_boot(t);
	bypass_guest_map(t, v);

	return bypass_forward(bypass_vmm(t, t->vm), v);
}

static void reconnect(struct bypass *p)
{
	bypass_del_producer(p);
	bypass_add_producer(p);
}

/* Nothing tells KVM to try again; the interrupt comes all the same */
void event_mapped_late_is_emulated(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 1);
	struct bypass *p;

	p = bypass_assign(bypass_vmm(t, t->vm), &v);
	bypass_route(p, &v);
	bypass_add_irqfd(p);
	bypass_add_producer(p);
	bypass_expect_nobody(p);

	bypass_guest_boot(t);
	bypass_expect_nobody(p);
	bypass_guest_map(t, &v);
	bypass_expect_emulated(p);
	reconnect(p);
	bypass_expect_forwarded(p);
}

static void move(struct bypass *p, unsigned int how, unsigned int to)
{
	struct vgic_vm *vm = p->b->vm;

	switch (how) {
	case 0:
		vgic_guest_movi(vm, p->v.devid, p->v.eventid, BYPASS_ICID(to));
		break;
	case 1:
		vgic_guest_movall(vm, vm->vcpu[p->v.vcpu]->vcpu_id,
				  vm->vcpu[to]->vcpu_id);
		break;
	default:
		vgic_guest_mapc(vm, BYPASS_ICID(0), vm->vcpu[to]->vcpu_id);
	}
	p->v.vcpu = to;
}

/* By MOVI, by MOVALL and by MAPC of its collection; there and back */
void guest_moves_forwarded_event(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct bypass *p = boot(t, &v);
	unsigned int i;

	for (i = 0; i < 6; i++) {
		/* MAPC moves what is in collection 0: go there first */
		if (i == 4)
			move(p, 0, 0);
		/* With a pending state to take along, and without */
		bypass_device_write(p);
		move(p, i / 2, !p->v.vcpu);
		vlpi_expect_agreement(t);
		bypass_expect_acks(t, &p->v, 1, 0);
		bypass_expect_forwarded(p);
	}
}

void guest_moves_before_forwarding(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct bypass *p;
	unsigned int i;

	bypass_guest_boot(t);
	bypass_guest_map(t, &v);
	p = bypass_assign(bypass_vmm(t, t->vm), &v);
	bypass_route(p, &v);
	bypass_add_irqfd(p);

	for (i = 0; i < 6; i++) {
		if (i == 4)
			move(p, 0, 0);
		bypass_device_write(p);
		move(p, i / 2, !p->v.vcpu);
		vlpi_expect_agreement(t);
		/* Raised before the move, forwarded after it */
		bypass_add_producer(p);
		vlpi_expect_agreement(t);
		bypass_expect_acks(t, &p->v, 1, 0);
		bypass_expect_forwarded(p);
		bypass_del_producer(p);
		bypass_expect_emulated(p);
	}
}

void guest_discards_and_maps_again(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0), other = vlpi_nth(t, 2);
	struct bypass *p = boot(t, &v), *stays;
	unsigned int i;

	bypass_guest_map(t, &other);
	stays = bypass_forward(p->b, &other);

	for (i = 0; i < 2; i++) {
		/* DISCARD ends the pending state, too */
		bypass_device_write(p);
		vgic_guest_discard(t->vm, v.devid, v.eventid);
		bypass_expect_acks(t, NULL, 0, 0);
		bypass_expect_nobody(p);
		bypass_expect_forwarded(stays);

		/* The same event; the second time another LPI and vCPU */
		if (i) {
			v.intid += 100;
			v.vcpu = 1;
		}
		bypass_guest_map(t, &v);
		bypass_route(p, &v);
		bypass_expect_emulated(p);
		reconnect(p);
		bypass_expect_forwarded(p);
		bypass_expect_forwarded(stays);
	}
}

void guest_unmaps_device_and_maps_again(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0), same = vlpi_nth(t, 1);
	struct vlpi other = vlpi_nth(t, 2);
	struct bypass *p = boot(t, &v), *too, *stays;
	unsigned int i;

	other.devid = GUEST_DEVID2;
	bypass_guest_map(t, &same);
	bypass_guest_map(t, &other);
	too = bypass_forward(p->b, &same);
	stays = bypass_forward(p->b, &other);

	/* MAPD of a device that is mapped forgets its events, as V=0 does */
	for (i = 0; i < 2; i++) {
		if (i)
			vgic_guest_unmapd(t->vm, v.devid);
		else
			vgic_guest_mapd(t->vm, v.devid,
					vgic_guest_alloc_itt(t->vm, EVENT_BITS),
					EVENT_BITS);
		bypass_expect_nobody(p);
		bypass_expect_nobody(too);
		bypass_expect_forwarded(stays);

		if (i)
			vgic_guest_mapd(t->vm, v.devid,
					vgic_guest_alloc_itt(t->vm, EVENT_BITS),
					EVENT_BITS);
		bypass_guest_map(t, &v);
		bypass_guest_map(t, &same);
		bypass_expect_emulated(p);
		reconnect(p);
		bypass_expect_forwarded(p);
		bypass_expect_emulated(too);
		reconnect(too);
		bypass_expect_forwarded(too);
	}
}

void guest_disables_lpi_before_forwarding(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct bypass *p;

	bypass_guest_boot(t);
	bypass_guest_map(t, &v);
	vgic_guest_set_lpi(t->vm, v.intid, 0x50, false);
	vgic_guest_inv(t->vm, v.devid, v.eventid);
	p = bypass_assign(bypass_vmm(t, t->vm), &v);
	bypass_route(p, &v);
	bypass_add_irqfd(p);

	bypass_expect_write(p, (struct bypass_acks) { .host = 1 });
	bypass_add_producer(p);
	vlpi_expect_mapped(t, &v);
	vlpi_expect_agreement(t);
	/* It was pending, and still is; but disabled */
	KUNIT_EXPECT_TRUE(test, vlpi_pending(t, &v));
	bypass_expect_acks(t, NULL, 0, 0);

	vgic_guest_set_lpi(t->vm, v.intid, 0x50, true);
	vgic_guest_inv(t->vm, v.devid, v.eventid);
	bypass_expect_acks(t, &v, 1, 0);
	bypass_expect_forwarded(p);
}

void guest_disables_lpi_while_forwarded(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 1);
	struct bypass *p = boot(t, &v);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		vgic_guest_set_lpi(t->vm, v.intid, 0x50, false);
		if (i)
			vgic_guest_invall(t->vm, BYPASS_ICID(v.vcpu));
		else
			vgic_guest_inv(t->vm, v.devid, v.eventid);
		bypass_expect_write(p, (struct bypass_acks) {});
		KUNIT_EXPECT_TRUE(test, vlpi_pending(t, &v));

		vgic_guest_set_lpi(t->vm, v.intid, 0x30 + i * 0x40, true);
		if (i)
			vgic_guest_invall(t->vm, BYPASS_ICID(v.vcpu));
		else
			vgic_guest_inv(t->vm, v.devid, v.eventid);
		bypass_expect_acks(t, &v, 1, 0);
		bypass_expect_forwarded(p);
	}
}

/*
 * What is emulated is not translated while GITS_CTLR.Enabled is 0. What is
 * forwarded still is: a guest that resumes has its vLPIs as they were.
 */
void its_goes_off_and_on(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0), other = vlpi_nth(t, 1);
	struct bypass *p = boot(t, &v), *sw;

	bypass_guest_map(t, &other);
	sw = bypass_forward(p->b, &other);
	bypass_del_producer(sw);
	bypass_expect_emulated(sw);

	vgic_guest_disable_its(t->vm);
	bypass_expect_nobody(sw);
	vlpi_expect_agreement(t);

	/* On again: the tables are as they were, what was ignored is gone */
	vgic_guest_setup(t->vm);
	bypass_expect_acks(t, NULL, 0, 0);
	bypass_expect_emulated(sw);
	bypass_expect_forwarded(p);
}

/* MAPC with V=0: an event of that collection leads nowhere */
void unmapped_collection_translates_nothing(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0), other = vlpi_nth(t, 1);
	struct bypass *p = boot(t, &v), *stays;

	bypass_guest_map(t, &other);
	stays = bypass_forward(p->b, &other);

	vgic_guest_unmapc(t->vm, BYPASS_ICID(v.vcpu));
	bypass_expect_nobody(p);
	bypass_expect_forwarded(stays);

	/* Whoever connects now is not forwarded either */
	reconnect(p);
	bypass_expect_nobody(p);
}

/* GICR_CTLR.EnableLPIs is 0: there are no LPIs for that vCPU */
void disabled_lpis_do_not_come(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0), other = vlpi_nth(t, 1);
	struct bypass *p = boot(t, &v), *stays;

	bypass_guest_map(t, &other);
	stays = bypass_forward(p->b, &other);

	vgic_guest_disable_lpis(t->vm, t->vm->vcpu[v.vcpu]);
	bypass_expect_nobody(p);
	bypass_expect_forwarded(stays);

	vgic_guest_enable_lpis(t->vm, t->vm->vcpu[v.vcpu]);
	bypass_expect_acks(t, NULL, 0, 0);
	reconnect(p);
	bypass_expect_forwarded(p);
}

/* The table is the redistributor's only once EnableLPIs is 1 */
void pending_table_is_read_when_lpis_get_enabled(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);
	struct kvm_vcpu *vcpu = t->vm->vcpu[v.vcpu];
	struct bypass *p;

	bypass_guest_boot(t);
	vgic_guest_disable_lpis(t->vm, vcpu);
	vgic_guest_set_pending(t->vm, vcpu, v.intid);
	bypass_guest_map(t, &v);
	vlpi_expect_agreement(t);
	bypass_expect_acks(t, NULL, 0, 0);

	vgic_guest_enable_lpis(t->vm, vcpu);
	bypass_expect_acks(t, &v, 0, 1);

	/* It was pending once: taken, unmapped and mapped, it is not any more */
	vgic_guest_discard(t->vm, v.devid, v.eventid);
	bypass_guest_map(t, &v);
	bypass_expect_acks(t, NULL, 0, 0);
	p = bypass_forward(bypass_vmm(t, t->vm), &v);
	bypass_expect_forwarded(p);
}
