// SPDX-License-Identifier: GPL-2.0
/*
 * vgic_vlpi_setup - what KVM_DEBUG_GIC_MSI_SETUP and /dev/its-mock-msi answer
 *
 * Each row of the ioctl's table of errors that userspace can bring about, and
 * that nothing has changed after it; random parameters; files in any order.
 *
 * VLPI_BLOCKS and VLPI_SEED in the environment: how many random parameters.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/its_mock_msi.h>
#include <linux/sizes.h>

#include "kselftest_harness.h"
#include "kvm_util.h"
#include "vgic.h"
#include "vlpi_vm.h"

#define SECONDS		120	/* of a test, if all hangs */
#define HOST_DEVID	0x200
#define NR_EVENTS	4
#define MIN_INTID	VLPI_MIN_INTID
#define MAX_INTID	65535
#define MIN_IRQ		32
#define MAX_IRQ		1019

static bool host_has_gicv4;

/* An error must leave everything as it was. Return: the error. */
static int refused(struct vlpi_vm *v, const struct kvm_debug_gic_msi_setup *p)
{
	char *before = vlpi_snapshot(v), *after;
	int ret = vlpi_ioctl(v, p);

	after = vlpi_snapshot(v);
	TEST_ASSERT(!strcmp(before, after), "%d, and yet something changed:\n%s\n---\n%s", ret,
		    before, after);
	free(before);
	free(after);

	return ret;
}

/* The next number in /proc/interrupts, from @least up, whose line has @word; or 0 */
static u32 find_irq(const char *word, u32 least)
{
	FILE *file = fopen("/proc/interrupts", "r");
	char line[512];
	u32 irq, found = 0;

	TEST_ASSERT(file, "No /proc/interrupts");
	while (!found && fgets(line, sizeof(line), file))
		if (sscanf(line, " %u:", &irq) == 1 && irq >= least && strstr(line, word))
			found = irq;
	fclose(file);

	return found;
}

FIXTURE(setup) {
	struct vlpi_vm *v;
	struct vlpi_vm *other;
	struct vlpi_dev dev;
	struct vlpi_dev dev2;
	struct kvm_debug_gic_msi_setup good;	/* event 1, nothing mapped yet */
};

FIXTURE_SETUP(setup)
{
	if (!host_has_gicv4)
		SKIP(return, "the host has no GICv4");
	self->v = vlpi_vm_create(2, false, 0);
	vlpi_dev_create(&self->dev, HOST_DEVID, NR_EVENTS);
	vlpi_dev_create(&self->dev2, HOST_DEVID + 1, NR_EVENTS);
	ASSERT_EQ(0, vlpi_setup(self->v, &self->dev, 0, 0, 0, MIN_INTID));
	self->good = vlpi_params(self->v, 1, 1, 1, MIN_INTID + 1, vlpi_irq(&self->dev, 1));
}

FIXTURE_TEARDOWN(setup)
{
	vlpi_vm_free(self->v);
	vlpi_vm_free(self->other);
	vlpi_dev_close(&self->dev);
	vlpi_dev_close(&self->dev2);
}

#define EXPECT_REFUSED(error, v, ...) do {					\
	struct kvm_debug_gic_msi_setup p = self->good;				\
										\
	__VA_ARGS__;								\
	EXPECT_EQ(-(error), refused(v, &p)) {					\
		TH_LOG(#__VA_ARGS__);						\
	}									\
} while (0)

/* The block that the bad ones are made from is a good one */
#define EXPECT_GOOD_ACCEPTED() EXPECT_EQ(0, vlpi_ioctl(self->v, &self->good))

TEST_F_TIMEOUT(setup, bad_parameters_are_refused, SECONDS)
{
	EXPECT_EQ(-1, ioctl(self->v->vm->fd, KVM_DEBUG_GIC_MSI_SETUP, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->v->vm->fd, KVM_DEBUG_GIC_MSI_SETUP, -4096UL));
	EXPECT_EQ(EFAULT, errno);

	EXPECT_REFUSED(EINVAL, self->v, p.pad = 1);
	EXPECT_REFUSED(EINVAL, self->v, p.vcpu_id = 2);
	EXPECT_REFUSED(EINVAL, self->v, p.vcpu_id = -1);
	EXPECT_REFUSED(EINVAL, self->v, p.vintid = 0);
	EXPECT_REFUSED(EINVAL, self->v, p.vintid = MIN_INTID - 1);
	EXPECT_REFUSED(EINVAL, self->v, p.vintid = MAX_INTID + 1);
	EXPECT_REFUSED(EINVAL, self->v, p.host_irq = MIN_IRQ - 1);
	EXPECT_REFUSED(EINVAL, self->v, p.host_irq = MAX_IRQ + 1);

	/* The tables have one page of 64 KB, of entries of 8 bytes */
	EXPECT_REFUSED(EINVAL, self->v, p.device_id = SZ_64K / 8);
	EXPECT_REFUSED(EINVAL, self->v, p.device_id = -1);
	EXPECT_REFUSED(EINVAL, self->v, p.event_id = SZ_64K);
	EXPECT_REFUSED(EINVAL, self->v, p.itt_addr = self->v->tables_end - 8);
	EXPECT_REFUSED(EINVAL, self->v, p.itt_addr = self->v->tables_end);
	EXPECT_REFUSED(EINVAL, self->v, p.itt_addr |= 0x80);
	EXPECT_REFUSED(EINVAL, self->v, p.itt_addr |= BIT_ULL(52));

	EXPECT_GOOD_ACCEPTED();
}

TEST_F_TIMEOUT(setup, what_is_no_msi_is_refused, SECONDS)
{
	u32 doorbell = find_irq("vpe", MIN_IRQ);

	EXPECT_REFUSED(EINVAL, self->v, p.host_irq = MAX_IRQ);
	EXPECT_NE(0, doorbell);
	EXPECT_REFUSED(EINVAL, self->v, p.host_irq = doorbell);

	EXPECT_GOOD_ACCEPTED();
}

TEST_F_TIMEOUT(setup, msi_of_another_driver_is_refused, SECONDS)
{
	u32 msi = find_irq("ITS-PCI-MSI", MIN_IRQ);

	if (!msi || msi > MAX_IRQ)
		SKIP(return, "no other driver has an MSI from irq 32 up");
	EXPECT_REFUSED(EPERM, self->v, p.host_irq = msi);

	EXPECT_GOOD_ACCEPTED();
}

TEST_F_TIMEOUT(setup, what_is_in_use_is_refused, SECONDS)
{
	u32 used = vlpi_irq(&self->dev, 0);

	/* The event is mapped to another LPI */
	EXPECT_REFUSED(EEXIST, self->v, p.device_id = 0, p.event_id = 0);
	/* The LPI has another event */
	EXPECT_REFUSED(EEXIST, self->v, p.vintid = MIN_INTID);
	/* The LPI is forwarded from another interrupt */
	EXPECT_REFUSED(EEXIST, self->v, p.device_id = 0, p.event_id = 0, p.vintid = MIN_INTID);
	/* The interrupt forwards another LPI */
	EXPECT_REFUSED(EEXIST, self->v, p.host_irq = used);

	self->other = vlpi_vm_create(1, false, 0);
	/* The same in another VM */
	EXPECT_REFUSED(EEXIST, self->other, p.vcpu_id = 0, p.host_irq = used);
	/* A device belongs to one VM */
	EXPECT_REFUSED(EINVAL, self->other, p.vcpu_id = 0);
	EXPECT_EQ(0, vlpi_setup(self->other, &self->dev2, 0, 0, 0, MIN_INTID));

	EXPECT_GOOD_ACCEPTED();
}

TEST_F_TIMEOUT(setup, vm_must_have_its_tables, SECONDS)
{
	static const struct {
		unsigned int without;
		int error;
	} rows[] = {
		{ VLPI_NO_ITS, ENODEV },
		{ VLPI_NO_DEVICE_TABLE, EINVAL },
		{ VLPI_NO_COLLECTIONS, ENOSPC },
		{ VLPI_NO_PROPERTIES, EFAULT },
		{ VLPI_NO_PENDING, EFAULT },
		{ VLPI_FEW_LPIS, EFAULT },
		{ 0, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kvm_debug_gic_msi_setup p;

		self->other = vlpi_vm_create(1, false, rows[i].without);
		p = vlpi_params(self->other, 1, 1, 0, MAX_INTID, vlpi_irq(&self->dev2, 1));
		EXPECT_EQ(-rows[i].error, rows[i].error ? refused(self->other, &p) :
			  vlpi_ioctl(self->other, &p)) {
			TH_LOG("row %u", i);
		}
		/* KVM does not show a device without events; one has its ITT already */
		p.itt_addr |= 0x80;
		if (rows[i].error && rows[i].error != ENODEV)
			EXPECT_EQ(-EINVAL, vlpi_ioctl(self->other, &p)) {
				TH_LOG("row %u left a device", i);
			}
		vlpi_vm_free(self->other);
		self->other = NULL;
	}
}

TEST_F_TIMEOUT(setup, only_a_vm_has_the_ioctl, SECONDS)
{
	int null = open("/dev/null", O_RDWR), kvm = open_kvm_dev_path_or_exit();
	struct {
		int fd;
		int error;
	} files[] = {
		{ self->v->vcpus[0]->fd, EINVAL },
		{ kvm, EINVAL },
		{ self->v->its_fd, ENOTTY },
		{ self->v->vm->arch.gic_fd, ENOTTY },
		{ self->dev.fd, ENOTTY },
		{ null, ENOTTY },
		{ -1, EBADF },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		EXPECT_EQ(-1, ioctl(files[i].fd, KVM_DEBUG_GIC_MSI_SETUP, &self->good));
		EXPECT_EQ(files[i].error, errno) {
			TH_LOG("file %u", i);
		}
	}
	close(null);
	close(kvm);

	EXPECT_GOOD_ACCEPTED();
}

/* A file that is closed while a guest has its interrupts leaves them to it */
TEST_F_TIMEOUT(setup, device_stays_as_long_as_it_is_forwarded, SECONDS)
{
	struct its_mock_msi_create create = {
		.device_id	= HOST_DEVID,
		.nr_events	= NR_EVENTS,
	};
	int fd = vlpi_dev_open(), target;
	bool hw = false;

	vlpi_dev_close(&self->dev);
	EXPECT_TRUE(vlpi_state(self->v, MIN_INTID, &hw, &target));
	EXPECT_TRUE(hw);
	EXPECT_EQ(-1, ioctl(fd, ITS_MOCK_MSI_CREATE, &create));
	EXPECT_EQ(EEXIST, errno);

	vlpi_vm_free(self->v);
	self->v = NULL;
	EXPECT_EQ(0, ioctl(fd, ITS_MOCK_MSI_CREATE, &create));
	close(fd);
}

#define EXPECT_IOCTL(error, ...) do {					\
	EXPECT_EQ(-1, ioctl(__VA_ARGS__));				\
	EXPECT_EQ(error, errno) {					\
		TH_LOG(#__VA_ARGS__);					\
	}								\
} while (0)

TEST_F_TIMEOUT(setup, mock_device_checks_its_arguments, SECONDS)
{
	struct its_mock_msi_create create = { .device_id = HOST_DEVID + 2, .nr_events = 1 };
	struct its_mock_msi_event event = { .event_id = NR_EVENTS };
	struct its_mock_msi_eventfd eventfd_of = { .event_id = NR_EVENTS, .fd = -1 };
	int fd = vlpi_dev_open();

	EXPECT_IOCTL(ENXIO, fd, ITS_MOCK_MSI_TRIGGER, 0);
	EXPECT_IOCTL(ENXIO, fd, ITS_MOCK_MSI_EVENT, &event);
	EXPECT_IOCTL(EFAULT, fd, ITS_MOCK_MSI_CREATE, NULL);
	create.pad = 1;
	EXPECT_IOCTL(EINVAL, fd, ITS_MOCK_MSI_CREATE, &create);
	create.pad = 0;
	create.its = 1000;
	EXPECT_IOCTL(ENODEV, fd, ITS_MOCK_MSI_CREATE, &create);
	create.its = 0;
	create.nr_events = 0;
	EXPECT_IOCTL(EINVAL, fd, ITS_MOCK_MSI_CREATE, &create);
	create.nr_events = 1025;
	EXPECT_IOCTL(EINVAL, fd, ITS_MOCK_MSI_CREATE, &create);
	create.nr_events = 1;
	create.device_id = HOST_DEVID;
	EXPECT_IOCTL(EEXIST, fd, ITS_MOCK_MSI_CREATE, &create);
	create.device_id = HOST_DEVID + 2;
	EXPECT_EQ(0, ioctl(fd, ITS_MOCK_MSI_CREATE, &create));
	EXPECT_IOCTL(EBUSY, fd, ITS_MOCK_MSI_CREATE, &create);

	EXPECT_IOCTL(EINVAL, self->dev.fd, ITS_MOCK_MSI_EVENT, &event);
	EXPECT_IOCTL(EFAULT, self->dev.fd, ITS_MOCK_MSI_EVENT, NULL);
	EXPECT_IOCTL(EINVAL, self->dev.fd, ITS_MOCK_MSI_TRIGGER, NR_EVENTS);
	EXPECT_IOCTL(EINVAL, self->dev.fd, ITS_MOCK_MSI_TRIGGER, 1UL << 32);
	EXPECT_IOCTL(EINVAL, self->dev.fd, ITS_MOCK_MSI_EVENTFD, &eventfd_of);
	eventfd_of.event_id = 0;
	eventfd_of.fd = fd;
	EXPECT_IOCTL(EINVAL, self->dev.fd, ITS_MOCK_MSI_EVENTFD, &eventfd_of);
	eventfd_of.fd = eventfd(0, EFD_CLOEXEC);
	EXPECT_EQ(0, ioctl(self->dev.fd, ITS_MOCK_MSI_EVENTFD, &eventfd_of));
	EXPECT_IOCTL(EBUSY, self->dev2.fd, ITS_MOCK_MSI_EVENTFD, &eventfd_of);
	/* Both files go with it connected */
	close(eventfd_of.fd);
	close(fd);
}

/*
 * Random parameters, and what the table of errors says to them: written from
 * the documentation, with a memory of its own.
 */

#define RANDOM_VMS	20
#define RANDOM_BLOCKS	100000
#define RANDOM_DEVICES	4
#define RANDOM_VCPUS	4
#define COMPARE_EACH	64

struct taken {
	u32 device_id, event_id, vintid, irq, vcpu;
	u64 itt;
};

struct oracle {
	struct vlpi_vm	*v;
	struct vlpi_dev	devs[RANDOM_DEVICES];
	u32		irqs[RANDOM_DEVICES * NR_EVENTS];
	bool		foreign[MAX_IRQ + 1];	/* MSIs of other drivers */
	struct taken	taken[RANDOM_DEVICES * NR_EVENTS];
	unsigned int	nr_taken;
};

static u64 random_state;

static u32 random_below(u32 limit)
{
	/* Marsaglia's xorshift64 */
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;

	return (random_state >> 32) % limit;
}

#define ONE_OF(...) ({							\
	const u64 __values[] = { __VA_ARGS__ };				\
									\
	__values[random_below(ARRAY_SIZE(__values))];			\
})

static bool seldom(void)
{
	return !random_below(12);
}

static struct kvm_debug_gic_msi_setup random_params(struct oracle *o)
{
	struct kvm_debug_gic_msi_setup p =
		vlpi_params(o->v, random_below(4), random_below(4), random_below(RANDOM_VCPUS),
			    MIN_INTID + random_below(24),
			    o->irqs[random_below(ARRAY_SIZE(o->irqs))]);

	/* The same again, or nearly so */
	if (o->nr_taken && random_below(2)) {
		struct taken *t = &o->taken[random_below(o->nr_taken)];

		p.device_id = t->device_id;
		p.event_id = t->event_id;
		p.vintid = t->vintid;
		p.host_irq = t->irq;
	}
	if (seldom())
		p.pad = random_below(-1);
	if (seldom())
		p.vcpu_id = ONE_OF(RANDOM_VCPUS, 0x80000000, -1, random_below(512));
	if (seldom())
		p.vintid = ONE_OF(0, MIN_INTID - 1, MAX_INTID + 1, -1, random_below(70000));
	if (seldom())
		p.host_irq = ONE_OF(0, MIN_IRQ - 1, MAX_IRQ, MAX_IRQ + 1, -1, random_below(1024));
	if (seldom())
		p.device_id = ONE_OF(8191, 8192, -1, random_below(20000));
	if (seldom())
		p.event_id = ONE_OF(65535, 65536, -1, random_below(70000));
	if (seldom())
		p.itt_addr = ONE_OF(p.itt_addr | 1, p.itt_addr | 0x80, o->v->tables_end,
				    o->v->tables_end - SZ_4K, -1ULL, p.itt_addr | BIT_ULL(52));

	return p;
}

static int expected_ids(struct oracle *o, const struct kvm_debug_gic_msi_setup *p)
{
	u64 itt = p->itt_addr, entry;
	bool known = false;
	unsigned int i;

	if (p->device_id >= SZ_64K / 8)
		return -EINVAL;
	for (i = 0; i < o->nr_taken; i++) {
		if (o->taken[i].device_id != p->device_id)
			continue;
		itt = o->taken[i].itt;
		known = true;
	}
	if (!known && (itt & 0xff || itt >> 52))
		return -EINVAL;
	if (p->event_id >= SZ_64K)
		return -EINVAL;
	entry = itt + 8ULL * p->event_id;

	return entry >= o->v->tables && entry < o->v->tables_end ? 0 : -EINVAL;
}

static int expected_use(struct oracle *o, const struct kvm_debug_gic_msi_setup *p)
{
	unsigned int i, same, mine = 0;

	for (i = 0; i < ARRAY_SIZE(o->irqs); i++)
		mine |= o->irqs[i] == p->host_irq;
	if (!mine)
		return o->foreign[p->host_irq] ? -EPERM : -EINVAL;

	/* Event, LPI and interrupt belong to each other, or none is in use */
	for (i = 0; i < o->nr_taken; i++) {
		struct taken *t = &o->taken[i];

		same = t->device_id == p->device_id && t->event_id == p->event_id;
		same += t->vintid == p->vintid;
		same += t->irq == p->host_irq;
		if (same == 1 || same == 2)
			return -EEXIST;
	}

	return 0;
}

static int expected(struct oracle *o, const struct kvm_debug_gic_msi_setup *p)
{
	if (p->pad || p->vcpu_id >= RANDOM_VCPUS)
		return -EINVAL;
	if (p->vintid < MIN_INTID || p->vintid > MAX_INTID)
		return -EINVAL;
	if (p->host_irq < MIN_IRQ || p->host_irq > MAX_IRQ)
		return -EINVAL;

	return expected_ids(o, p) ?: expected_use(o, p);
}

static void remember(struct oracle *o, const struct kvm_debug_gic_msi_setup *p)
{
	struct taken *t = o->taken;
	unsigned int i;
	u64 itt = p->itt_addr;

	for (i = 0; i < o->nr_taken; i++, t++) {
		if (t->device_id == p->device_id)
			itt = t->itt;
		if (t->irq == p->host_irq)
			break;
	}
	*t = (struct taken) {
		.device_id	= p->device_id,
		.event_id	= p->event_id,
		.vintid		= p->vintid,
		.irq		= p->host_irq,
		.vcpu		= p->vcpu_id,
		.itt		= i < o->nr_taken ? t->itt : itt,
	};
	if (i == o->nr_taken)
		o->nr_taken++;
}

static void oracle_create(struct oracle *o)
{
	unsigned int d, e;
	u32 irq = 0;

	*o = (struct oracle) { .v = vlpi_vm_create(RANDOM_VCPUS, false, 0) };
	for (d = 0; d < RANDOM_DEVICES; d++) {
		vlpi_dev_create(&o->devs[d], HOST_DEVID + 0x10 + d, NR_EVENTS);
		for (e = 0; e < NR_EVENTS; e++)
			o->irqs[d * NR_EVENTS + e] = vlpi_irq(&o->devs[d], e);
	}
	while ((irq = find_irq("ITS-PCI-MSI", irq + 1)) && irq <= MAX_IRQ)
		o->foreign[irq] = true;
}

static void oracle_destroy(struct oracle *o)
{
	unsigned int d;

	vlpi_vm_free(o->v);
	for (d = 0; d < RANDOM_DEVICES; d++)
		vlpi_dev_close(&o->devs[d]);
}

/* What was forwarded in the end does reach the vCPU that was named last */
static void oracle_deliver_all(struct oracle *o)
{
	unsigned int i, n;

	vlpi_start(o->v);
	for (i = 0; i < o->nr_taken; i++) {
		struct taken *t = &o->taken[i];
		int target;
		bool hw;

		TEST_ASSERT(vlpi_state(o->v, t->vintid, &hw, &target) && hw &&
			    target == (int)t->vcpu, "LPI %u is not forwarded", t->vintid);
		for (n = 0; o->irqs[n] != t->irq; n++)
			;
		if (t->vintid >= MIN_INTID + VLPI_NR_COUNTED)
			continue;
		o->devs[n / NR_EVENTS].vintid[n % NR_EVENTS] = t->vintid;
		vlpi_trigger(&o->devs[n / NR_EVENTS], n % NR_EVENTS);
		TEST_ASSERT(vlpi_wait(vlpi_count(o->v, t->vcpu, t->vintid) == 1),
			    "vLPI %u does not reach vCPU %u", t->vintid, t->vcpu);
		TEST_ASSERT(vlpi_count_all(o->v, t->vintid) == 1, "vLPI %u came twice",
			    t->vintid);
	}
}

static unsigned long long from_environment(const char *name, unsigned long long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

/* No other device has an interrupt that the oracle does not know */
FIXTURE(random) {
};

FIXTURE_SETUP(random)
{
	if (!host_has_gicv4)
		SKIP(return, "the host has no GICv4");
}

FIXTURE_TEARDOWN(random)
{
}

TEST_F_TIMEOUT(random, parameters_are_answered_as_documented, 20 * SECONDS)
{
	unsigned long long blocks = from_environment("VLPI_BLOCKS", RANDOM_BLOCKS), n = 0, good = 0;
	unsigned long long per_vm = blocks / RANDOM_VMS + 1;
	struct oracle o;

	random_state = from_environment("VLPI_SEED", time(NULL)) | 1;
	TH_LOG("VLPI_SEED=%llu", (unsigned long long)random_state);

	while (n < blocks) {
		oracle_create(&o);
		do {
			struct kvm_debug_gic_msi_setup p = random_params(&o);
			int want = expected(&o, &p), ret;

			ret = want && !(n % COMPARE_EACH) ? refused(o.v, &p) :
							    vlpi_ioctl(o.v, &p);
			ASSERT_EQ(want, ret) {
				TH_LOG("block %llu: device %#x event %#x vcpu %u", n,
				       p.device_id, p.event_id, p.vcpu_id);
				TH_LOG("vintid %u irq %u pad %#x itt %#llx", p.vintid, p.host_irq,
				       p.pad, (unsigned long long)p.itt_addr);
			}
			if (!ret) {
				remember(&o, &p);
				good++;
			}
		} while (++n % per_vm && n < blocks);
		oracle_deliver_all(&o);
		oracle_destroy(&o);
	}
	TH_LOG("%llu blocks, %llu of them good", n, good);
	EXPECT_LT(0, good);
}

/* A host that cannot inject directly says so, and keeps its interrupts */
TEST(host_without_gicv4_says_enxio)
{
	struct kvm_debug_gic_msi_setup p;
	struct vlpi_dev dev = {};
	struct vlpi_vm *v;

	if (host_has_gicv4)
		SKIP(return, "the host has GICv4");

	v = vlpi_vm_create(2, false, 0);
	vlpi_dev_create(&dev, HOST_DEVID, NR_EVENTS);
	p = vlpi_params(v, 1, 1, 1, MIN_INTID + 1, vlpi_irq(&dev, 1));
	EXPECT_EQ(-ENXIO, refused(v, &p));
	p.pad = 1;
	EXPECT_EQ(-EINVAL, refused(v, &p));
	p.pad = 0;
	p.event_id = SZ_64K;
	EXPECT_EQ(-EINVAL, refused(v, &p));
	/* What comes after ENXIO in the table does not come before it */
	p.event_id = 1;
	p.host_irq = MAX_IRQ;
	EXPECT_EQ(-ENXIO, refused(v, &p));

	vlpi_start(v);
	vlpi_trigger(&dev, 1);
	EXPECT_TRUE(vlpi_wait(vlpi_hits(&dev, 1) == 1));
	EXPECT_EQ(0, vlpi_count_all(v, MIN_INTID + 1));
	vlpi_vm_free(v);
	vlpi_dev_close(&dev);
}

int main(int argc, char **argv)
{
	struct vlpi_dev dev = {};
	struct vlpi_vm *v;

	TEST_REQUIRE(kvm_supports_vgic_v3());
	v = vlpi_vm_create(1, false, 0);
	vlpi_dev_create(&dev, HOST_DEVID, 1);
	host_has_gicv4 = vlpi_setup(v, &dev, 0, 0, 0, MIN_INTID) != -ENXIO;
	dev.vintid[0] = 0;
	vlpi_vm_free(v);
	vlpi_dev_close(&dev);

	return test_harness_run(argc, argv);
}
