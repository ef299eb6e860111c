// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_bypass: producer and consumer come and go, in any order and
 * more often than once.
 */
#include <linux/eventfd.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/kvm_host.h>

#include "vlpi-bypass.h"

/**
 * struct order - in which order the sides come and go
 * @param: the VM, and what is shown in the test's name
 * @producer_first: the producer comes first
 * @producer_leaves: the producer goes first
 */
struct order {
	struct vlpi_param	param;
	bool			producer_first;
	bool			producer_leaves;
};

#define ORDER(n) { .name = n, .config = { .nr_vcpus = 2 } }

static const struct order orders[] = {
	{ ORDER("producer, irqfd; irqfd, producer"), true, false },
	{ ORDER("producer, irqfd; producer, irqfd"), true, true },
	{ ORDER("irqfd, producer; irqfd, producer"), false, false },
	{ ORDER("irqfd, producer; producer, irqfd"), false, true },
};

const void *bypass_order_gen_params(struct kunit *test, const void *prev,
				    char *desc)
{
	const struct order *o = orders;

	if (prev)
		o = container_of(prev, struct order, param) + 1;
	if (o == orders + ARRAY_SIZE(orders))
		return NULL;
	strscpy(desc, o->param.name, KUNIT_PARAM_DESC_SIZE);

	return &o->param;
}

/* The guest has mapped the events of @n vLPIs, the VMM has routes for them */
static struct bypass_vmm *boot(struct vlpi_test *t, struct bypass **p,
			       unsigned int n)
{
	struct bypass_vmm *b = bypass_vmm(t, t->vm);
	unsigned int i;

	bypass_guest_boot(t);
	for (i = 0; i < n; i++) {
		struct vlpi v = vlpi_nth(t, i);

		bypass_guest_map(t, &v);
		p[i] = bypass_assign(b, &v);
		bypass_route(p[i], &v);
	}

	return b;
}

void sides_meet_in_any_order(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	const struct order *o = container_of(t->p, struct order, param);
	struct bypass *p;
	unsigned int i;

	boot(t, &p, 1);
	bypass_expect_nobody(p);

	for (i = 0; i < 2; i++) {
		if (o->producer_first) {
			bypass_add_producer(p);
			bypass_expect_nobody(p);
			bypass_add_irqfd(p);
		} else {
			bypass_add_irqfd(p);
			bypass_expect_emulated(p);
			bypass_add_producer(p);
		}
		bypass_expect_forwarded(p);

		if (o->producer_leaves) {
			bypass_del_producer(p);
			bypass_expect_emulated(p);
			bypass_del_irqfd(p);
		} else {
			bypass_del_irqfd(p);
			bypass_expect_nobody(p);
			bypass_del_producer(p);
		}
		bypass_expect_nobody(p);
	}
}

void reconnecting_forwards_again(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct bypass *p;
	unsigned int i;

	boot(t, &p, 1);
	bypass_add_irqfd(p);
	for (i = 0; i < 5; i++) {
		bypass_add_producer(p);
		bypass_expect_forwarded(p);
		bypass_del_producer(p);
		bypass_expect_emulated(p);
	}
}

void sides_go_twice(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct bypass *p;

	boot(t, &p, 1);
	bypass_add_irqfd(p);
	bypass_add_producer(p);
	bypass_expect_forwarded(p);

	bypass_del_producer(p);
	bypass_del_producer(p);
	bypass_expect_emulated(p);
	/* A GSI that the eventfd is not connected to */
	KUNIT_EXPECT_EQ(test, 0, bypass_irqfd(p, p->gsi + 1,
					      KVM_IRQFD_FLAG_DEASSIGN));
	bypass_expect_emulated(p);
	bypass_del_irqfd(p);
	bypass_del_irqfd(p);
	bypass_expect_nobody(p);

	bypass_add_irqfd(p);
	bypass_add_producer(p);
	bypass_expect_forwarded(p);
}

/* KVM notices that nobody can signal any more; VFIO still holds the eventfd */
void closed_eventfd_ends_forwarding(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct bypass *p[2];

	boot(t, p, 2);
	bypass_add_irqfd(p[0]);
	bypass_add_producer(p[0]);
	bypass_add_irqfd(p[1]);
	bypass_add_producer(p[1]);
	bypass_expect_forwarded(p[0]);

	bypass_close_eventfd(p[0]);
	bypass_expect_nobody(p[0]);
	bypass_expect_forwarded(p[1]);
	bypass_del_producer(p[0]);
	bypass_expect_nobody(p[0]);
	bypass_expect_forwarded(p[1]);
}

void closed_vm_ends_forwarding(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct bypass *p[3];
	unsigned int i;

	boot(t, p, 3);
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		bypass_add_irqfd(p[i]);
		bypass_add_producer(p[i]);
		bypass_expect_forwarded(p[i]);
	}
	/* Pending in a vPE; and with one that is emulated, in software */
	bypass_device_write(p[0]);
	bypass_del_producer(p[1]);
	bypass_device_write(p[1]);

	vgic_vm_destroy(t->vm);
	t->vm = NULL;
	KUNIT_EXPECT_EQ(test, 0, vlpi_nr_mappings());
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		KUNIT_EXPECT_FALSE(test, bypass_is_forwarded(p[i]));
		KUNIT_EXPECT_NULL(test, p[i]->producer.consumer);
		vlpi_expect_unmapped(t, &p[i]->v);
		bypass_del_producer(p[i]);
	}
	vlpi_expect_agreement(t);
}

void host_irq_goes_to_next_vm(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm *first = t->vm;
	struct bypass *p, *next;

	boot(t, &p, 1);
	bypass_add_irqfd(p);
	bypass_add_producer(p);
	bypass_expect_forwarded(p);
	bypass_del_irqfd(p);
	bypass_del_producer(p);

	t->vm = vgic_vm_create(test, &t->p->config);
	boot(t, &next, 1);
	bypass_add_producer(next);
	bypass_add_irqfd(next);
	bypass_expect_forwarded(next);

	/* The first VM has the event still, and nothing of the second's */
	t->vm = first;
	bypass_device_write(next);
	bypass_expect_acks(t, NULL, 0, 0);
	vlpi_expect_agreement(t);
	vgic_vm_destroy(first);
	t->vm = next->b->vm;
	bypass_expect_acks(t, &next->v, 1, 0);
	bypass_expect_forwarded(next);
}

/* A second interrupt of the same event cannot be forwarded, and still comes */
void irqfds_share_a_gsi(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct bypass_vmm *b;
	struct bypass *p, *also;
	struct vlpi other;

	b = boot(t, &p, 1);
	other = p->v;
	other.event--;
	also = bypass_assign(b, &other);
	also->gsi = p->gsi;

	bypass_add_irqfd(p);
	bypass_add_irqfd(also);
	bypass_add_producer(p);
	bypass_add_producer(also);
	bypass_expect_forwarded(p);
	KUNIT_EXPECT_FALSE(test, bypass_is_forwarded(also));
	bypass_expect_write(also, (struct bypass_acks) { .host = 1, .hw = 1 });

	/* Two writes for one LPI that nobody took yet are one interrupt */
	bypass_device_write(p);
	bypass_device_write(also);
	bypass_expect_acks(t, &p->v, 1, 0);

	bypass_del_producer(also);
	bypass_expect_forwarded(p);
	bypass_del_producer(p);
	bypass_expect_emulated(p);
	bypass_expect_emulated(also);

	/* Now it is the other one's turn */
	bypass_add_producer(also);
	bypass_expect_forwarded(also);
	bypass_add_producer(p);
	bypass_expect_write(p, (struct bypass_acks) { .host = 1, .hw = 1 });
	bypass_del_irqfd(p);
	bypass_expect_nobody(p);
	bypass_expect_forwarded(also);
}

void eventfd_has_one_irqfd(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm *first = t->vm;
	struct bypass *p, theirs;
	char *before, *after;

	boot(t, &p, 1);
	bypass_add_irqfd(p);
	bypass_add_producer(p);
	bypass_expect_forwarded(p);

	before = vgic_vm_snapshot(t->vm);
	KUNIT_EXPECT_EQ(test, -EBUSY, bypass_irqfd(p, p->gsi, 0));
	KUNIT_EXPECT_EQ(test, -EBUSY, bypass_irqfd(p, p->gsi + 1, 0));
	KUNIT_EXPECT_EQ(test, -EBADF,
			vgic_vm_ioctl(t->vm, KVM_IRQFD,
				      &(struct kvm_irqfd) { .fd = -1 },
				      sizeof(struct kvm_irqfd)));
	after = vgic_vm_snapshot(t->vm);
	vgic_vm_expect_same(test, before, after);

	/* Nor can another VM have it */
	t->vm = vgic_vm_create(test, &t->p->config);
	theirs = *p;
	theirs.b = bypass_vmm(t, t->vm);
	KUNIT_EXPECT_EQ(test, -EBUSY, bypass_irqfd(&theirs, p->gsi, 0));
	vlpi_expect_agreement(t);
	t->vm = first;
	bypass_expect_forwarded(p);
}

void eventfd_has_one_producer(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct irq_bypass_producer second = {};
	struct bypass *p;
	struct vlpi other;

	boot(t, &p, 1);
	other = vlpi_nth(t, 1);
	bypass_add_irqfd(p);
	bypass_add_producer(p);
	bypass_expect_forwarded(p);

	KUNIT_EXPECT_EQ(test, -EBUSY,
			irq_bypass_register_producer(&second, p->eventfd,
						     vlpi_host_irq(&other)));
	irq_bypass_unregister_producer(&second);
	vlpi_expect_unmapped(t, &other);
	bypass_expect_forwarded(p);
}

/* The device was faster than the VMM */
void eventfd_signalled_before_irqfd(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct bypass *p;
	unsigned int i;

	boot(t, &p, 1);
	for (i = 0; i < 2; i++) {
		bypass_device_write(p);
		if (i)
			bypass_add_producer(p);
		bypass_expect_acks(t, NULL, 0, 0);
		KUNIT_ASSERT_EQ(test, 0, bypass_irqfd(p, p->gsi, 0));
		bypass_settle(p->b);
		/* By the time that it is injected it may be forwarded */
		if (i)
			bypass_expect_acks(t, &p->v, 1, 0);
		else
			bypass_expect_acks(t, &p->v, 0, 1);
		vlpi_expect_agreement(t);
		bypass_del_irqfd(p);
	}
}

/* Each comes and goes alone */
void devices_of_one_vm_are_independent(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct bypass *p[4];
	unsigned int i, j;

	boot(t, p, ARRAY_SIZE(p));
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		bypass_add_irqfd(p[i]);
		bypass_add_producer(p[i]);
	}
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		bypass_del_producer(p[i]);
		for (j = 0; j < ARRAY_SIZE(p); j++) {
			if (j <= i)
				bypass_expect_emulated(p[j]);
			else
				bypass_expect_forwarded(p[j]);
		}
	}
}
