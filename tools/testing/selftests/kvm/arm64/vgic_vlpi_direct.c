// SPDX-License-Identifier: GPL-2.0
/*
 * vgic_vlpi_direct - MSIs that the hardware delivers to a guest
 *
 * A device without hardware (/dev/its-mock-msi) owns MSIs at the host's ITS,
 * KVM_DEBUG_GIC_MSI_SETUP forwards them to vLPIs, and the ITS is told to
 * deliver them. Neither the host's handler nor KVM may see any of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/its_mock_msi.h>

#include "kselftest_harness.h"
#include "kvm_util.h"
#include "gic.h"
#include "gic_v3.h"
#include "vgic.h"
#include "vlpi_vm.h"

#define NR_DEVICES	3
#define NR_EVENTS	4
#define NR_MSIS		(NR_DEVICES * NR_EVENTS)
#define MSI(d, e)	((d) * NR_EVENTS + (e))
#define SECONDS		120	/* of a test, if all hangs */
#define HOST_DEVID	0x100	/* not what the guest knows the device by */
#define ROUNDS		3
#define MOVES		8

#define CMD_MOVI	0x01
#define CMD_INT		0x03
#define CMD_MAPD	0x08
#define CMD_MAPC	0x09
#define CMD_MAPTI	0x0a
#define CMD_INV		0x0c
#define CMD_DISCARD	0x0f
#define CMD_VALID	BIT_ULL(63)

/* What a host without GICv4 answers to the first call, and to each */
static bool host_has_gicv4;

struct rig {
	struct vlpi_vm	*v;
	struct vlpi_dev	devs[NR_DEVICES];
	u32		want[NR_MSIS];	/* at the guest */
	u32		taken[NR_MSIS];	/* by the host's handler */
};

static u32 intid_of(unsigned int msi)
{
	return VLPI_MIN_INTID + msi;
}

static u64 rig_hits(struct rig *r, unsigned int msi)
{
	return vlpi_hits(&r->devs[msi / NR_EVENTS], msi % NR_EVENTS);
}

static void rig_create(struct rig *r, unsigned int nr_vcpus, bool wfi)
{
	unsigned int d;

	r->v = vlpi_vm_create(nr_vcpus, wfi, 0);
	for (d = 0; d < NR_DEVICES; d++)
		vlpi_dev_create(&r->devs[d], HOST_DEVID + d, NR_EVENTS);
}

static void rig_destroy(struct rig *r)
{
	unsigned int d;

	vlpi_vm_free(r->v);
	for (d = 0; d < NR_DEVICES; d++)
		vlpi_dev_close(&r->devs[d]);
}

static void rig_trigger(struct rig *r, unsigned int msi)
{
	vlpi_trigger(&r->devs[msi / NR_EVENTS], msi % NR_EVENTS);
}

static unsigned int vcpu_of(struct rig *r, unsigned int msi)
{
	return (msi / NR_EVENTS + msi) % r->v->nr_vcpus;
}

/* Once as the host's own: the handler does count, and the MSI does come */
static bool rig_try_host(struct rig *r)
{
	unsigned int msi;

	for (msi = 0; msi < NR_MSIS; msi++) {
		rig_trigger(r, msi);
		r->taken[msi] = 1;
		if (!vlpi_wait(rig_hits(r, msi) == 1))
			return false;
	}

	return true;
}

static int rig_setup(struct rig *r, unsigned int msi, unsigned int vcpu)
{
	unsigned int d = msi / NR_EVENTS;

	return vlpi_setup(r->v, &r->devs[d], d, msi % NR_EVENTS, vcpu, intid_of(msi));
}

static int rig_setup_all(struct rig *r)
{
	unsigned int msi;
	int ret;

	for (msi = 0; msi < NR_MSIS; msi++) {
		ret = rig_setup(r, msi, vcpu_of(r, msi));
		if (ret)
			return ret;
	}

	return 0;
}

/* One delivery, waited for on the vCPU that has to take it */
static bool rig_deliver(struct rig *r, unsigned int msi, unsigned int vcpu)
{
	u32 before = vlpi_count(r->v, vcpu, intid_of(msi));

	rig_trigger(r, msi);
	r->want[msi]++;

	return vlpi_wait(vlpi_count(r->v, vcpu, intid_of(msi)) == before + 1);
}

/* Each interrupt was taken as often as it came, and by the guest alone */
#define EXPECT_NOTHING_ELSE(r) do {						\
	struct rig *__r = (r);							\
	unsigned int __msi;							\
										\
	for (__msi = 0; __msi < NR_MSIS; __msi++) {				\
		EXPECT_EQ(__r->want[__msi],					\
			  vlpi_count_all(__r->v, intid_of(__msi)));		\
		EXPECT_EQ(__r->taken[__msi], rig_hits(__r, __msi));		\
	}									\
	EXPECT_EQ(0, __r->v->shared->strangers);				\
} while (0)

#define EXPECT_FORWARDED(r, intid, vcpu) do {					\
	bool __hw = false;							\
	int __target = -1;							\
										\
	EXPECT_TRUE(vlpi_state((r)->v, intid, &__hw, &__target));		\
	EXPECT_TRUE(__hw);							\
	EXPECT_EQ((int)(vcpu), __target);					\
} while (0)

FIXTURE(direct) {
	struct rig rig;
};

FIXTURE_VARIANT(direct) {
	unsigned int nr_vcpus;
	bool wfi;
};

FIXTURE_VARIANT_ADD(direct, vcpu_runs)	{ .nr_vcpus = 1 };
FIXTURE_VARIANT_ADD(direct, vcpu_waits)	{ .nr_vcpus = 1, .wfi = true };
FIXTURE_VARIANT_ADD(direct, two_run)	{ .nr_vcpus = 2 };
FIXTURE_VARIANT_ADD(direct, two_wait)	{ .nr_vcpus = 2, .wfi = true };
FIXTURE_VARIANT_ADD(direct, four_run)	{ .nr_vcpus = 4 };
FIXTURE_VARIANT_ADD(direct, four_wait)	{ .nr_vcpus = 4, .wfi = true };

FIXTURE_SETUP(direct)
{
	if (!host_has_gicv4)
		SKIP(return, "the host has no GICv4");
	rig_create(&self->rig, variant->nr_vcpus, variant->wfi);
}

FIXTURE_TEARDOWN(direct)
{
	rig_destroy(&self->rig);
}

TEST_F_TIMEOUT(direct, each_event_reaches_its_vcpu, SECONDS)
{
	struct rig *r = &self->rig;
	unsigned int msi, round;

	ASSERT_TRUE(rig_try_host(r));
	ASSERT_EQ(0, rig_setup_all(r));
	vlpi_start(r->v);

	for (round = 0; round < ROUNDS; round++) {
		for (msi = 0; msi < NR_MSIS; msi++) {
			if (variant->wfi)
				ASSERT_TRUE(vlpi_wait(vlpi_blocks(r->v, vcpu_of(r, msi))));
			ASSERT_TRUE(rig_deliver(r, msi, vcpu_of(r, msi)));
		}
	}

	for (msi = 0; msi < NR_MSIS; msi++)
		EXPECT_FORWARDED(r, intid_of(msi), vcpu_of(r, msi));
	EXPECT_NOTHING_ELSE(r);
}

/* What comes while no vCPU is there waits in the vPE's pending table */
TEST_F_TIMEOUT(direct, pending_until_the_vcpu_runs, SECONDS)
{
	struct rig *r = &self->rig;
	unsigned int msi;

	ASSERT_EQ(0, rig_setup_all(r));
	for (msi = 0; msi < NR_MSIS; msi++) {
		rig_trigger(r, msi);
		r->want[msi]++;
	}
	vlpi_start(r->v);
	for (msi = 0; msi < NR_MSIS; msi++)
		ASSERT_TRUE(vlpi_wait(vlpi_count(r->v, vcpu_of(r, msi), intid_of(msi)) == 1));

	vlpi_stop(r->v);
	for (msi = 0; msi < NR_MSIS; msi++) {
		rig_trigger(r, msi);
		r->want[msi]++;
	}
	EXPECT_EQ(1, vlpi_count_all(r->v, intid_of(MSI(0, 0))));
	vlpi_start(r->v);
	for (msi = 0; msi < NR_MSIS; msi++)
		ASSERT_TRUE(vlpi_wait(vlpi_count(r->v, vcpu_of(r, msi), intid_of(msi)) == 2));
	EXPECT_NOTHING_ELSE(r);
}

TEST_F_TIMEOUT(direct, setup_again_changes_nothing, SECONDS)
{
	struct rig *r = &self->rig;
	unsigned int msi;
	char *before, *after;

	ASSERT_EQ(0, rig_setup_all(r));
	before = vlpi_snapshot(r->v);
	ASSERT_EQ(0, rig_setup_all(r));
	after = vlpi_snapshot(r->v);
	EXPECT_STREQ(before, after);
	free(before);
	free(after);

	vlpi_start(r->v);
	ASSERT_EQ(0, rig_setup_all(r));
	for (msi = 0; msi < NR_MSIS; msi++)
		ASSERT_TRUE(rig_deliver(r, msi, vcpu_of(r, msi)));
	EXPECT_NOTHING_ELSE(r);
}

/* A vPE goes where its vCPU goes: VMOVP */
TEST_F_TIMEOUT(direct, vcpus_move_between_cpus, SECONDS)
{
	struct rig *r = &self->rig;
	unsigned int msi, move, vcpu;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "needs 2 CPUs");

	ASSERT_EQ(0, rig_setup_all(r));
	vlpi_start(r->v);
	for (move = 0; move < MOVES; move++) {
		for (vcpu = 0; vcpu < r->v->nr_vcpus; vcpu++)
			vlpi_pin(r->v, vcpu, (vcpu + move) % 2);
		for (msi = 0; msi < NR_MSIS; msi++)
			ASSERT_TRUE(rig_deliver(r, msi, vcpu_of(r, msi)));
	}
	/*
	 * A vPE that the ITS was not told of gets its interrupts when it is
	 * scheduled next, so only the ITS's own record shows that.
	 */
	TH_LOG("its: VMOVP %u", (MOVES - 1) * r->v->nr_vcpus);
	EXPECT_NOTHING_ELSE(r);
}

/* An MSI that KVM is asked to deliver is the hardware's nevertheless */
TEST_F_TIMEOUT(direct, signal_msi_and_int_reach_the_vcpu, SECONDS)
{
	struct rig *r = &self->rig;
	gpa_t doorbell = GITS_BASE_GPA + GITS_TRANSLATER;
	struct kvm_msi msi = {
		.address_lo	= doorbell,
		.address_hi	= doorbell >> 32,
		.data		= 1,
		.devid		= 2,
		.flags		= KVM_MSI_VALID_DEVID,
	};
	unsigned int vcpu = vcpu_of(r, MSI(2, 1));
	u32 intid = intid_of(MSI(2, 1));

	ASSERT_EQ(0, rig_setup_all(r));
	vlpi_start(r->v);
	EXPECT_EQ(1, __vm_ioctl(r->v->vm, KVM_SIGNAL_MSI, &msi));
	ASSERT_TRUE(vlpi_wait(vlpi_count(r->v, vcpu, intid) == 1));
	vlpi_guest_cmd(r->v, CMD_INT | 2ULL << 32, 1, 0);
	ASSERT_TRUE(vlpi_wait(vlpi_count(r->v, vcpu, intid) == 2));
	r->want[MSI(2, 1)] = 2;
	EXPECT_FORWARDED(r, intid, vcpu);
	EXPECT_NOTHING_ELSE(r);
}

/* A disabled LPI stays pending until the guest enables it */
TEST_F_TIMEOUT(direct, disabled_until_the_guest_enables, SECONDS)
{
	struct rig *r = &self->rig;
	u8 *prop = addr_gpa2hva(r->v->vm, r->v->prop);
	unsigned int vcpu = vcpu_of(r, MSI(1, 2)), other = vcpu_of(r, MSI(0, 0));
	u32 intid = intid_of(MSI(1, 2));

	ASSERT_EQ(0, rig_setup_all(r));
	vlpi_start(r->v);

	prop[intid - VLPI_MIN_INTID] &= ~LPI_PROP_ENABLED;
	vlpi_guest_cmd(r->v, CMD_INV | 1ULL << 32, 2, 0);
	rig_trigger(r, MSI(1, 2));
	r->want[MSI(1, 2)]++;
	/* All vCPUs are alive meanwhile */
	ASSERT_TRUE(rig_deliver(r, MSI(0, 0), other));
	EXPECT_EQ(0, vlpi_count_all(r->v, intid));

	prop[intid - VLPI_MIN_INTID] |= LPI_PROP_ENABLED;
	vlpi_guest_cmd(r->v, CMD_INV | 1ULL << 32, 2, 0);
	ASSERT_TRUE(vlpi_wait(vlpi_count(r->v, vcpu, intid) == 1));
	EXPECT_NOTHING_ELSE(r);
}

/* The guest lets go of an event: it is the host's again, its neighbour is not */
TEST_F_TIMEOUT(direct, discarded_event_is_the_hosts, SECONDS)
{
	struct rig *r = &self->rig;

	ASSERT_EQ(0, rig_setup_all(r));
	vlpi_start(r->v);
	ASSERT_TRUE(rig_deliver(r, MSI(1, 1), vcpu_of(r, MSI(1, 1))));
	vlpi_guest_cmd(r->v, CMD_DISCARD | 1ULL << 32, 1, 0);

	rig_trigger(r, MSI(1, 1));
	r->taken[MSI(1, 1)]++;
	ASSERT_TRUE(vlpi_wait(rig_hits(r, MSI(1, 1)) == 1));
	ASSERT_TRUE(rig_deliver(r, MSI(1, 2), vcpu_of(r, MSI(1, 2))));
	EXPECT_NOTHING_ELSE(r);
}

/* The way that VFIO goes: the guest maps, irqfd and irq bypass forward */
TEST_F_TIMEOUT(direct, irq_bypass_forwards_as_well, SECONDS)
{
	struct rig *r = &self->rig;
	struct vlpi_vm *v = r->v;
	struct kvm_irq_routing *routing = kvm_gsi_routing_create();
	gpa_t doorbell = GITS_BASE_GPA + GITS_TRANSLATER;
	unsigned int vcpu = v->nr_vcpus - 1;
	struct its_mock_msi_eventfd connect = { .event_id = 3 };
	u32 intid = intid_of(MSI(0, 3));
	bool hw = true;
	int target;

	vlpi_start(v);
	vlpi_guest_cmd(v, CMD_MAPC, 0, CMD_VALID | (u64)vcpu << 16 | 7);
	vlpi_guest_cmd(v, CMD_MAPD, 4, CMD_VALID | v->itts);
	vlpi_guest_cmd(v, CMD_MAPTI, 3 | (u64)intid << 32, 7);

	routing->nr = 1;
	routing->entries[0] = (struct kvm_irq_routing_entry) {
		.gsi		= 40,
		.type		= KVM_IRQ_ROUTING_MSI,
		.flags		= KVM_MSI_VALID_DEVID,
		.u.msi		= {
			.address_lo	= doorbell,
			.address_hi	= doorbell >> 32,
			.data		= 3,
			.devid		= 0,
		},
	};
	kvm_gsi_routing_write(v->vm, routing);
	connect.fd = eventfd(0, EFD_CLOEXEC);
	ASSERT_LE(0, connect.fd);
	kvm_assign_irqfd(v->vm, 40, connect.fd);
	ASSERT_TRUE(vlpi_state(v, intid, &hw, &target));
	EXPECT_FALSE(hw);

	ASSERT_EQ(0, ioctl(r->devs[0].fd, ITS_MOCK_MSI_EVENTFD, &connect));
	r->devs[0].vintid[3] = intid;
	EXPECT_FORWARDED(r, intid, vcpu);
	ASSERT_TRUE(rig_deliver(r, MSI(0, 3), vcpu));
	EXPECT_EQ(0, rig_hits(r, MSI(0, 3)));

	/* Without the producer the host's handler tells the irqfd */
	close(connect.fd);
	connect.fd = -1;
	ASSERT_EQ(0, ioctl(r->devs[0].fd, ITS_MOCK_MSI_EVENTFD, &connect));
	ASSERT_TRUE(vlpi_state(v, intid, &hw, &target));
	EXPECT_FALSE(hw);
	rig_trigger(r, MSI(0, 3));
	r->taken[MSI(0, 3)]++;
	ASSERT_TRUE(vlpi_wait(rig_hits(r, MSI(0, 3)) == 1));
	EXPECT_NOTHING_ELSE(r);
}

FIXTURE(moved) {
	struct rig rig;
};

FIXTURE_VARIANT(moved) {
	unsigned int nr_vcpus;
	bool wfi;
};

FIXTURE_VARIANT_ADD(moved, two_run)	{ .nr_vcpus = 2 };
FIXTURE_VARIANT_ADD(moved, two_wait)	{ .nr_vcpus = 2, .wfi = true };
FIXTURE_VARIANT_ADD(moved, four_run)	{ .nr_vcpus = 4 };

FIXTURE_SETUP(moved)
{
	if (!host_has_gicv4)
		SKIP(return, "the host has no GICv4");
	rig_create(&self->rig, variant->nr_vcpus, variant->wfi);
}

FIXTURE_TEARDOWN(moved)
{
	rig_destroy(&self->rig);
}

TEST_F_TIMEOUT(moved, setup_moves_to_another_vcpu, SECONDS)
{
	struct rig *r = &self->rig;
	unsigned int vcpu, move;

	ASSERT_EQ(0, rig_setup_all(r));
	vlpi_start(r->v);
	for (move = 0; move < MOVES; move++) {
		vcpu = move % variant->nr_vcpus;
		ASSERT_EQ(0, rig_setup(r, MSI(1, 2), vcpu));
		EXPECT_FORWARDED(r, intid_of(MSI(1, 2)), vcpu);
		ASSERT_TRUE(rig_deliver(r, MSI(1, 2), vcpu));
		ASSERT_TRUE(rig_deliver(r, MSI(1, 1), vcpu_of(r, MSI(1, 1))));
	}
	EXPECT_NOTHING_ELSE(r);
}

TEST_F_TIMEOUT(moved, movi_moves_to_another_vcpu, SECONDS)
{
	struct rig *r = &self->rig;
	unsigned int vcpu, move;

	ASSERT_EQ(0, rig_setup_all(r));
	vlpi_start(r->v);
	for (vcpu = 0; vcpu < variant->nr_vcpus; vcpu++)
		vlpi_guest_cmd(r->v, CMD_MAPC, 0, CMD_VALID | (u64)vcpu << 16 | (0x20 + vcpu));
	for (move = 0; move < MOVES; move++) {
		vcpu = move % variant->nr_vcpus;
		vlpi_guest_cmd(r->v, CMD_MOVI | 2ULL << 32, 3, 0x20 + vcpu);
		EXPECT_FORWARDED(r, intid_of(MSI(2, 3)), vcpu);
		ASSERT_TRUE(rig_deliver(r, MSI(2, 3), vcpu));
		ASSERT_TRUE(rig_deliver(r, MSI(2, 2), vcpu_of(r, MSI(2, 2))));
	}
	EXPECT_NOTHING_ELSE(r);
}

/* What is pending when the event moves is taken at its new home, once */
TEST_F_TIMEOUT(moved, pending_state_moves_along, SECONDS)
{
	struct rig *r = &self->rig;
	unsigned int from = vcpu_of(r, MSI(1, 2)), to = (from + 1) % variant->nr_vcpus;

	ASSERT_EQ(0, rig_setup_all(r));
	rig_trigger(r, MSI(1, 2));
	r->want[MSI(1, 2)]++;
	ASSERT_EQ(0, rig_setup(r, MSI(1, 2), to));
	vlpi_start(r->v);
	ASSERT_TRUE(vlpi_wait(vlpi_count(r->v, to, intid_of(MSI(1, 2))) == 1));
	ASSERT_TRUE(rig_deliver(r, MSI(0, from), vcpu_of(r, MSI(0, from))));
	EXPECT_NOTHING_ELSE(r);
}

int main(int argc, char **argv)
{
	struct vlpi_dev d = {};
	struct vlpi_vm *v;

	TEST_REQUIRE(kvm_supports_vgic_v3());
	v = vlpi_vm_create(1, false, 0);
	vlpi_dev_create(&d, HOST_DEVID, 1);
	host_has_gicv4 = vlpi_setup(v, &d, 0, 0, 0, VLPI_MIN_INTID) != -ENXIO;
	d.vintid[0] = 0;
	vlpi_vm_free(v);
	vlpi_dev_close(&d);

	return test_harness_run(argc, argv);
}
