// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_bypass: KVM_SET_GSI_ROUTING under an irqfd that is forwarded.
 *
 * KVM cannot forward to a new route at once. But from the moment that the
 * ioctl returns, the device's MSI is what the new route says, not the old one.
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/kvm_host.h>

#include "vgic.h"
#include "vlpi-bypass.h"

/* Everything that a route can lead to, in this suite */
enum target {
	TO_EVENT,	/* another event, the same vCPU */
	TO_VCPU,	/* another vCPU's LPI */
	TO_DEVICE,	/* an event of another device */
	TO_UNMAPPED,	/* an event that is not mapped */
	TO_GICR,	/* a register that is no ITS's */
	TO_NO_DEVID,	/* an MSI without DeviceID */
	TO_SPI,		/* no MSI at all */
	TO_NOTHING,	/* no route */
};

/**
 * struct change - a new route
 * @param: the VM, and what is shown in the test's name
 * @to: where the route leads
 */
struct change {
	struct vlpi_param	param;
	enum target		to;
};

#define CHANGE(n) { .name = n, .config = { .nr_vcpus = 2 } }

static const struct change changes[] = {
	{ CHANGE("another event"), TO_EVENT },
	{ CHANGE("another vCPU's LPI"), TO_VCPU },
	{ CHANGE("another device"), TO_DEVICE },
	{ CHANGE("an unmapped event"), TO_UNMAPPED },
	{ CHANGE("a redistributor"), TO_GICR },
	{ CHANGE("an MSI without DeviceID"), TO_NO_DEVID },
	{ CHANGE("an SPI"), TO_SPI },
	{ CHANGE("nothing"), TO_NOTHING },
};

const void *bypass_route_gen_params(struct kunit *test, const void *prev,
				    char *desc)
{
	const struct change *c = changes;

	if (prev)
		c = container_of(prev, struct change, param) + 1;
	if (c == changes + ARRAY_SIZE(changes))
		return NULL;
	strscpy(desc, c->param.name, KUNIT_PARAM_DESC_SIZE);

	return &c->param;
}

#define AN_SPI	8

static struct vlpi target_of(struct vlpi_test *t, enum target to)
{
	struct vlpi v = vlpi_nth(t, 0);

	v.intid += 50;
	v.eventid += 50;
	if (to == TO_VCPU)
		v.vcpu = 1;
	if (to == TO_DEVICE)
		v.devid = GUEST_DEVID2;

	return v;
}

static void enable_spi(struct vlpi_test *t)
{
	const unsigned int intid = VGIC_NR_PRIVATE_IRQS + AN_SPI;
	gpa_t dist = VGIC_VM_DIST_BASE;
	struct kvm_vcpu *vcpu = t->vm->vcpu[0];

	vgic_guest_mmio_write(t->vm, vcpu, dist + GICD_IGROUPR + 4, 4,
			      BIT(intid - 32));
	vgic_guest_mmio_write(t->vm, vcpu, dist + GICD_ICFGR + intid / 16 * 4,
			      4, 2 << (intid % 16 * 2));
	vgic_guest_mmio_write(t->vm, vcpu, dist + GICD_ISENABLER + 4, 4,
			      BIT(intid - 32));
}

static void change_route(struct bypass *p, enum target to)
{
	struct vlpi v = target_of(p->b->t, to);

	switch (to) {
	case TO_GICR:
		p->route.u.msi.address_lo = VGIC_VM_REDIST_BASE + 0x10040;
		bypass_set_routes(p->b);
		break;
	case TO_NO_DEVID:
		p->route.flags &= ~KVM_MSI_VALID_DEVID;
		bypass_set_routes(p->b);
		break;
	case TO_SPI:
		bypass_route_spi(p, AN_SPI);
		break;
	case TO_NOTHING:
		bypass_route_none(p);
		break;
	default:
		bypass_route(p, &v);
	}
}

/* An SPI is the guest's 40th interrupt, on vCPU 0 */
static void expect_changed(struct bypass *p, enum target to)
{
	struct vlpi v = p->v;

	switch (to) {
	case TO_UNMAPPED:
	case TO_GICR:
	case TO_NO_DEVID:
	case TO_NOTHING:
		bypass_expect_nobody(p);
		break;
	case TO_SPI:
		p->v.intid = VGIC_NR_PRIVATE_IRQS + AN_SPI;
		p->v.vcpu = 0;
		bypass_expect_emulated(p);
		p->v = v;
		break;
	default:
		bypass_expect_emulated(p);
	}
}

static struct bypass *boot(struct vlpi_test *t, enum target to)
{
	struct vlpi v = vlpi_nth(t, 0), new = target_of(t, to);

	bypass_guest_boot(t);
	bypass_guest_map(t, &v);
	if (to != TO_UNMAPPED)
		bypass_guest_map(t, &new);
	enable_spi(t);

	return bypass_forward(bypass_vmm(t, t->vm), &v);
}

void new_route_ends_forwarding(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	enum target to = container_of(t->p, struct change, param)->to;
	struct bypass *p = boot(t, to);
	struct vlpi old = p->v;

	change_route(p, to);
	expect_changed(p, to);

	/* And back; nobody tells KVM to forward it */
	bypass_route(p, &old);
	bypass_expect_emulated(p);

	/* The producer that comes back does, also to a new route */
	bypass_del_producer(p);
	bypass_expect_emulated(p);
	bypass_add_producer(p);
	bypass_expect_forwarded(p);
	change_route(p, to);
	expect_changed(p, to);
	bypass_del_producer(p);
	expect_changed(p, to);
	bypass_add_producer(p);
	if (to < TO_UNMAPPED)
		bypass_expect_forwarded(p);
	else
		expect_changed(p, to);
	bypass_del_producer(p);
	expect_changed(p, to);
}

void same_route_changes_nothing(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct bypass *p = boot(t, TO_EVENT);
	unsigned int i;

	bypass_device_write(p);
	for (i = 0; i < 2; i++)
		bypass_set_routes(p->b);
	KUNIT_EXPECT_TRUE(test, bypass_is_forwarded(p));
	bypass_expect_acks(t, &p->v, 1, 0);
	bypass_expect_forwarded(p);
}

/* VFIO was there before the VMM knew where to */
void route_comes_after_producer(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct bypass_vmm *b = bypass_vmm(t, t->vm);
	struct vlpi v = vlpi_nth(t, 1);
	struct bypass *p;

	bypass_guest_boot(t);
	bypass_guest_map(t, &v);
	p = bypass_assign(b, &v);
	bypass_add_irqfd(p);
	bypass_add_producer(p);
	bypass_expect_nobody(p);
	bypass_route(p, &v);
	bypass_expect_emulated(p);

	bypass_del_irqfd(p);
	bypass_expect_nobody(p);
	bypass_add_irqfd(p);
	bypass_expect_forwarded(p);
}

/* Each change of the table is told to each irqfd */
void routes_of_others_change_nothing(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct bypass *p = boot(t, TO_VCPU), *other;
	struct vlpi v = vlpi_nth(t, 2), moved = target_of(t, TO_VCPU);

	bypass_guest_map(t, &v);
	other = bypass_forward(p->b, &v);
	bypass_expect_forwarded(p);

	bypass_route(other, &moved);
	bypass_expect_forwarded(p);
	bypass_expect_emulated(other);
	bypass_route_none(other);
	bypass_expect_forwarded(p);
	bypass_expect_nobody(other);
	bypass_del_irqfd(other);
	bypass_expect_forwarded(p);

	/* The first one goes where the second has been */
	bypass_route(p, &moved);
	bypass_expect_emulated(p);
	bypass_del_producer(p);
	bypass_add_producer(p);
	bypass_expect_forwarded(p);
}

/* What was raised before the change is the old LPI's, and stays so */
void new_route_keeps_pending(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct bypass *p = boot(t, TO_VCPU);
	struct vlpi old = p->v, new = target_of(t, TO_VCPU);

	if (vlpi_has_v4_1(t))
		kunit_skip(test, "a GICv4.1 does not say what is pending in a vPE that is mapped");

	bypass_device_write(p);
	bypass_route(p, &new);
	vlpi_expect_agreement(t);
	bypass_expect_acks(t, &old, 0, 1);
	bypass_expect_emulated(p);

	/* The same by a LPI that is emulated, and by one that is not there */
	bypass_device_write(p);
	bypass_route_none(p);
	bypass_expect_acks(t, &new, 0, 1);
	bypass_expect_nobody(p);
}
