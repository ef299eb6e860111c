// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_bypass: direct injection as production has it. A VMM routes
 * a GSI to an MSI of the guest's and gives KVM an irqfd; VFIO signals the same
 * eventfd from the host's interrupt handler, and registers as a producer. Here
 * the VMM's side is KVM's ioctls, and VFIO is a device of its-mock-msi.
 *
 * What each case holds against the kernel: a write of the device is taken once,
 * by the vCPU that it is routed to, or by nobody if nothing translates it; the
 * host's handler sees it if and only if it is not forwarded; and afterwards KVM
 * and the machine agree on everything, see vlpi_expect_agreement().
 */
#include <linux/delay.h>
#include <linux/eventfd.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/irq.h>
#include <linux/kvm_irqfd.h>
#include <linux/syscalls.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>

#include "vgic.h"
#include "vlpi-bypass.h"

/* A worker's reaction is bounded: polls of 50 us, so some seconds */
#define MAX_POLLS	100000

/* KVM's table of routes, as the ioctl takes it */
struct bypass_routes {
	struct kvm_irq_routing		hdr;
	struct kvm_irq_routing_entry	entries[BYPASS_MAX];
};

static const struct vlpi_param two_vcpus = {
	.name	= "2 vCPUs",
	.config	= { .nr_vcpus = 2 },
};

/**
 * bypass_vmm() - begin to assign devices to a VM
 * @t: the case
 * @vm: the VM
 *
 * Return: the VMM; what it assigns is taken back when the test ends.
 */
struct bypass_vmm *bypass_vmm(struct vlpi_test *t, struct vgic_vm *vm)
{
	struct bypass_vmm *b = kunit_kzalloc(t->test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(t->test, b);
	b->t = t;
	b->vm = vm;

	return b;
}

static void release(void *data)
{
	struct bypass *p = data;

	irq_bypass_unregister_producer(&p->producer);
	its_mock_msi_set_trigger(p->v.mock, p->v.event, NULL);
	eventfd_ctx_put(p->eventfd);
	if (p->file)
		fput(p->file);
	p->file = NULL;
	um_vgic_flush_files();
}

/**
 * bypass_assign() - give the VM an MSI of the host, but connect nothing yet
 * @b: the VMM
 * @v: the host's event, and the guest's that its GSI will be routed to
 *
 * The host's handler signals the eventfd from now on.
 *
 * Return: the MSI.
 */
struct bypass *bypass_assign(struct bypass_vmm *b, const struct vlpi *v)
{
	struct bypass *p = kunit_kzalloc(b->t->test, sizeof(*p), GFP_KERNEL);
	struct kunit *test = b->t->test;
	long fd;

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_LT(test, b->nr, BYPASS_MAX);
	p->b = b;
	p->v = *v;
	p->gsi = 2 * b->nr + 3;

	fd = sys_eventfd2(0, EFD_NONBLOCK);
	KUNIT_ASSERT_GE(test, fd, 0);
	p->file = fget(fd);
	close_fd(fd);
	KUNIT_ASSERT_NOT_NULL(test, p->file);
	p->eventfd = eventfd_ctx_fileget(p->file);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p->eventfd);
	its_mock_msi_set_trigger(v->mock, v->event, p->eventfd);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, release, p));
	b->irq[b->nr++] = p;

	return p;
}

/**
 * bypass_set_routes() - KVM_SET_GSI_ROUTING with what the MSIs' routes are
 * @b: the VMM
 */
void bypass_set_routes(struct bypass_vmm *b)
{
	struct bypass_routes routes = {};
	unsigned int i;

	for (i = 0; i < b->nr; i++)
		if (b->irq[i]->route.type)
			routes.entries[routes.hdr.nr++] = b->irq[i]->route;
	KUNIT_EXPECT_EQ(b->t->test, 0,
			vgic_vm_ioctl(b->vm, KVM_SET_GSI_ROUTING, &routes,
				      sizeof(routes)));
}

/**
 * bypass_route() - route a GSI to an event of the guest's ITS
 * @p: the MSI
 * @v: the event, and the LPI and vCPU that it should come to
 */
void bypass_route(struct bypass *p, const struct vlpi *v)
{
	p->v.devid = v->devid;
	p->v.eventid = v->eventid;
	p->v.intid = v->intid;
	p->v.vcpu = v->vcpu;
	p->route = (struct kvm_irq_routing_entry) {
		.gsi	= p->gsi,
		.type	= KVM_IRQ_ROUTING_MSI,
		.flags	= KVM_MSI_VALID_DEVID,
		.u.msi	= {
			.address_lo	= p->b->vm->its_base + 0x10040,
			.data		= v->eventid,
			.devid		= v->devid,
		},
	};
	bypass_set_routes(p->b);
}

/**
 * bypass_route_spi() - route a GSI to an SPI
 * @p: the MSI
 * @spi: number of the SPI, from 0
 */
void bypass_route_spi(struct bypass *p, unsigned int spi)
{
	p->route = (struct kvm_irq_routing_entry) {
		.gsi		= p->gsi,
		.type		= KVM_IRQ_ROUTING_IRQCHIP,
		.u.irqchip.pin	= spi,
	};
	bypass_set_routes(p->b);
}

/**
 * bypass_route_none() - take a GSI out of the table
 * @p: the MSI
 */
void bypass_route_none(struct bypass *p)
{
	p->route.type = 0;
	bypass_set_routes(p->b);
}

/**
 * bypass_irqfd() - KVM_IRQFD
 * @p: the MSI, whose eventfd is open
 * @gsi: GSI
 * @flags: KVM_IRQFD_FLAG_*
 *
 * Return: what the ioctl returns.
 */
int bypass_irqfd(struct bypass *p, u32 gsi, u32 flags)
{
	int fd = get_unused_fd_flags(0);
	struct kvm_irqfd args = { .fd = fd, .gsi = gsi, .flags = flags };
	int ret;

	KUNIT_ASSERT_GE(p->b->t->test, fd, 0);
	fd_install(fd, get_file(p->file));
	ret = vgic_vm_ioctl(p->b->vm, KVM_IRQFD, &args, sizeof(args));
	close_fd(fd);
	um_vgic_flush_files();

	return ret;
}

/**
 * bypass_add_irqfd() - the VMM connects the eventfd to its GSI
 * @p: the MSI; it is not injected what the eventfd was signalled before
 */
void bypass_add_irqfd(struct bypass *p)
{
	loff_t pos = 0;
	u64 count;

	kernel_read(p->file, &count, sizeof(count), &pos);
	KUNIT_ASSERT_EQ(p->b->t->test, 0, bypass_irqfd(p, p->gsi, 0));
	p->irqfd = true;
}

/**
 * bypass_del_irqfd() - the VMM disconnects the eventfd
 * @p: the MSI
 */
void bypass_del_irqfd(struct bypass *p)
{
	KUNIT_EXPECT_EQ(p->b->t->test, 0,
			bypass_irqfd(p, p->gsi, KVM_IRQFD_FLAG_DEASSIGN));
	p->irqfd = false;
}

/**
 * bypass_add_producer() - VFIO has the interrupt requested, and offers it
 * @p: the MSI
 */
void bypass_add_producer(struct bypass *p)
{
	KUNIT_EXPECT_EQ(p->b->t->test, 0,
			irq_bypass_register_producer(&p->producer, p->eventfd,
						     vlpi_host_irq(&p->v)));
}

/**
 * bypass_del_producer() - VFIO is about to free the interrupt
 * @p: the MSI
 */
void bypass_del_producer(struct bypass *p)
{
	irq_bypass_unregister_producer(&p->producer);
}

/**
 * bypass_forward() - assign an MSI, and connect both sides
 * @b: the VMM
 * @v: the host's event and the guest's, which is mapped
 *
 * Return: the MSI; it is forwarded.
 */
struct bypass *bypass_forward(struct bypass_vmm *b, const struct vlpi *v)
{
	struct bypass *p = bypass_assign(b, v);

	bypass_route(p, v);
	bypass_add_irqfd(p);
	bypass_add_producer(p);
	bypass_expect_forwarded(p);

	return p;
}

static struct kvm_kernel_irqfd *find_irqfd(struct bypass *p)
{
	struct kvm *kvm = p->b->vm->kvm;
	struct kvm_kernel_irqfd *irqfd;

	if (!kvm)
		return NULL;

	guard(spinlock_irq)(&kvm->irqfds.lock);
	list_for_each_entry(irqfd, &kvm->irqfds.items, list)
		if (irqfd->eventfd == p->eventfd)
			return irqfd;

	return NULL;
}

/**
 * bypass_close_eventfd() - the VMM closes the eventfd without further notice
 * @p: the MSI
 *
 * Context: may sleep; waits for KVM to notice.
 */
void bypass_close_eventfd(struct bypass *p)
{
	unsigned int i;

	fput(p->file);
	p->file = NULL;
	um_vgic_flush_files();

	for (i = 0; i < MAX_POLLS; i++) {
		if (!find_irqfd(p) && !READ_ONCE(p->producer.consumer))
			break;
		usleep_range(20, 50);
	}
	KUNIT_EXPECT_LT(p->b->t->test, i, MAX_POLLS);
	p->irqfd = false;
}

/**
 * bypass_guest_boot() - the guest maps two devices, and a collection per vCPU
 * @t: the case
 */
void bypass_guest_boot(struct vlpi_test *t)
{
	const u32 devids[] = { GUEST_DEVID, GUEST_DEVID2 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(devids); i++)
		vgic_guest_mapd(t->vm, devids[i],
				vgic_guest_alloc_itt(t->vm, EVENT_BITS),
				EVENT_BITS);
	for (i = 0; i < t->vm->nr_vcpus; i++)
		vgic_guest_mapc(t->vm, BYPASS_ICID(i),
				t->vm->vcpu[i]->vcpu_id);
}

/**
 * bypass_guest_map() - the guest enables an LPI and maps its event
 * @t: the case
 * @v: event, LPI and vCPU
 */
void bypass_guest_map(struct vlpi_test *t, const struct vlpi *v)
{
	vlpi_enable_in_guest(t, v);
	vgic_guest_mapti(t->vm, v->devid, v->eventid, v->intid,
			 BYPASS_ICID(v->vcpu));
}

/**
 * bypass_settle() - wait until all that was signalled is injected
 * @b: the VMM
 *
 * Context: may sleep.
 */
void bypass_settle(struct bypass_vmm *b)
{
	struct kvm_kernel_irqfd *irqfd;
	unsigned int i;

	gicv4_wait_host_irqs();
	for (i = 0; i < b->nr; i++) {
		/* Nobody but this thread takes an irqfd away */
		irqfd = find_irqfd(b->irq[i]);
		if (irqfd)
			flush_work(&irqfd->inject);
	}
}

/**
 * bypass_device_write() - the device signals its MSI
 * @p: the MSI
 *
 * Context: may sleep; waits until it is where it can get without the guest.
 */
void bypass_device_write(struct bypass *p)
{
	vlpi_device_write(&p->v);
	bypass_settle(p->b);
}

/**
 * bypass_is_forwarded() - is an MSI a vLPI, to the host and to the machine?
 * @p: the MSI
 *
 * Return: whether it is. The test fails if they differ.
 */
bool bypass_is_forwarded(struct bypass *p)
{
	bool virt = vlpi_is_virtual(&p->v);

	KUNIT_EXPECT_EQ(p->b->t->test, virt,
			irqd_is_forwarded_to_vcpu(irq_get_irq_data(vlpi_host_irq(&p->v))));

	return virt;
}

/* Who is it that vCPU @i has just acknowledged? */
static struct bypass_acks *acks_of(struct vlpi_test *t, unsigned int i,
				   u32 intid, const struct vlpi *v,
				   unsigned int n, struct bypass_acks *acks)
{
	for (; n; n--, v++, acks++)
		if (v->intid == intid && v->vcpu == i)
			return acks;
	KUNIT_FAIL(t->test, "vCPU %u takes LPI %u, which is not its own", i,
		   intid);

	return NULL;
}

static void take_all(struct vlpi_test *t, unsigned int i, const struct vlpi *v,
		     unsigned int n, struct bypass_acks *acks)
{
	struct kvm_vcpu *vcpu = t->vm->vcpu[i];
	struct bypass_acks *a;
	u32 intid;

	vgic_guest_enter(vcpu);
	while ((intid = vgic_guest_ack(vcpu)) != GICV4_INTID_NONE) {
		a = acks_of(t, i, intid, v, n, acks);
		if (a)
			a->hw++;
	}
	while ((intid = um_guest_ack_lr()) != GICV4_INTID_NONE) {
		a = acks_of(t, i, intid, v, n, acks);
		if (a)
			a->sw++;
	}
	vgic_guest_exit(vcpu);
}

/**
 * bypass_expect_each() - enter all guest CPUs; just these are there for them
 * @t: the case; no vCPU runs
 * @v: LPIs and their vCPUs
 * @n: how many, at most BYPASS_MAX
 * @hw: how often each is taken from its vPE
 * @sw: how often from a list register
 */
void bypass_expect_each(struct vlpi_test *t, const struct vlpi *v,
			unsigned int n, unsigned int hw, unsigned int sw)
{
	struct bypass_acks acks[BYPASS_MAX] = {};
	unsigned int i, round;

	/* Once more: what was taken does not come again */
	for (round = 0; round < 2; round++)
		for (i = 0; i < t->vm->nr_vcpus; i++)
			take_all(t, i, v, n, acks);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ_MSG(t->test, acks[i].hw, hw, "LPI %u",
				    v[i].intid);
		KUNIT_EXPECT_EQ_MSG(t->test, acks[i].sw, sw, "LPI %u",
				    v[i].intid);
	}
}

/**
 * bypass_expect_acks() - as bypass_expect_each(), for one LPI or none
 * @t: the case; no vCPU runs
 * @v: an LPI and its vCPU, or NULL if there is nothing for anybody
 * @hw: how often the vCPU takes it from its vPE
 * @sw: how often from a list register
 */
void bypass_expect_acks(struct vlpi_test *t, const struct vlpi *v,
			unsigned int hw, unsigned int sw)
{
	bypass_expect_each(t, v, v ? 1 : 0, hw, sw);
}

/**
 * bypass_expect_write() - the device writes; just these take it
 * @p: the MSI, of a VM whose vCPUs do not run
 * @acks: who
 */
void bypass_expect_write(struct bypass *p, struct bypass_acks acks)
{
	struct vlpi_test *t = p->b->t;
	u64 hits = vlpi_host_hits(&p->v);

	t->vm = p->b->vm;
	bypass_device_write(p);
	KUNIT_EXPECT_EQ(t->test, vlpi_host_hits(&p->v), hits + acks.host);
	bypass_expect_acks(t, &p->v, acks.hw, acks.sw);
	vlpi_expect_agreement(t);
}

/**
 * bypass_expect_forwarded() - an MSI is a vLPI, and works as one
 * @p: the MSI, of a VM whose vCPUs do not run
 */
void bypass_expect_forwarded(struct bypass *p)
{
	p->b->t->vm = p->b->vm;
	vlpi_expect_mapped(p->b->t, &p->v);
	bypass_expect_write(p, BYPASS_FORWARDED);
}

/**
 * bypass_expect_emulated() - an MSI is the host's, and KVM injects it
 * @p: the MSI, of a VM whose vCPUs do not run
 */
void bypass_expect_emulated(struct bypass *p)
{
	KUNIT_EXPECT_FALSE(p->b->t->test, bypass_is_forwarded(p));
	bypass_expect_write(p, BYPASS_EMULATED);
}

/**
 * bypass_expect_nobody() - an MSI is the host's, and gets to no guest
 * @p: the MSI, of a VM whose vCPUs do not run
 */
void bypass_expect_nobody(struct bypass *p)
{
	KUNIT_EXPECT_FALSE(p->b->t->test, bypass_is_forwarded(p));
	bypass_expect_write(p, BYPASS_NOBODY);
}

/**
 * bypass_init() - init() of the suites: as vlpi_init(), with two vCPUs
 * @test: the test
 *
 * Return: 0. Does not return if something fails, the test does.
 */
int bypass_init(struct kunit *test)
{
	if (!test->param_value)
		test->param_value = &two_vcpus;

	return vlpi_init(test);
}

static struct kunit_case bypass_cases[] = {
	/* Producer and consumer */
	KUNIT_CASE_PARAM(sides_meet_in_any_order, bypass_order_gen_params),
	KUNIT_CASE(reconnecting_forwards_again),
	KUNIT_CASE(sides_go_twice),
	KUNIT_CASE(closed_eventfd_ends_forwarding),
	KUNIT_CASE(closed_vm_ends_forwarding),
	KUNIT_CASE(host_irq_goes_to_next_vm),
	KUNIT_CASE(irqfds_share_a_gsi),
	KUNIT_CASE(eventfd_has_one_irqfd),
	KUNIT_CASE(eventfd_has_one_producer),
	KUNIT_CASE(eventfd_signalled_before_irqfd),
	KUNIT_CASE(devices_of_one_vm_are_independent),

	/* Routes */
	KUNIT_CASE_PARAM(new_route_ends_forwarding, bypass_route_gen_params),
	KUNIT_CASE(same_route_changes_nothing),
	KUNIT_CASE(route_comes_after_producer),
	KUNIT_CASE(routes_of_others_change_nothing),
	KUNIT_CASE(new_route_keeps_pending),

	/* The guest's ITS */
	KUNIT_CASE(event_mapped_late_is_emulated),
	KUNIT_CASE(guest_moves_forwarded_event),
	KUNIT_CASE(guest_moves_before_forwarding),
	KUNIT_CASE(guest_discards_and_maps_again),
	KUNIT_CASE(guest_unmaps_device_and_maps_again),
	KUNIT_CASE(guest_disables_lpi_before_forwarding),
	KUNIT_CASE(guest_disables_lpi_while_forwarded),
	KUNIT_CASE(its_goes_off_and_on),
	KUNIT_CASE(unmapped_collection_translates_nothing),
	KUNIT_CASE(disabled_lpis_do_not_come),
	KUNIT_CASE(pending_table_is_read_when_lpis_get_enabled),

	/* Pending state */
	KUNIT_CASE(pending_lpi_moves_to_hardware_and_back),
	KUNIT_CASE(pending_vlpi_survives_its_producer),
	KUNIT_CASE(disabled_pending_vlpi_survives_its_producer),
	KUNIT_CASE(pending_vlpis_are_saved),
	KUNIT_CASE(pending_vlpis_migrate),
	KUNIT_CASE(emulated_lpis_migrate_and_are_forwarded),
	KUNIT_CASE(reset_its_leaves_no_mapping),
	{}
};

static struct kunit_suite bypass_suite = {
	.name		= "vgic_vlpi_bypass",
	.suite_init	= um_vgic_suite_init_vlpis,
	.suite_exit	= um_vgic_suite_exit,
	.init		= bypass_init,
	.exit		= vlpi_exit,
	.test_cases	= bypass_cases,
};

kunit_test_suite(bypass_suite);
um_vgic_machine_suites(bypass_suite);
