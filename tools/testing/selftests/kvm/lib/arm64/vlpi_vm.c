// SPDX-License-Identifier: GPL-2.0
/*
 * A VM whose interrupts are forwarded MSIs of a device without hardware.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/its_mock_msi.h>
#include <linux/sizes.h>

#include "kselftest.h"
#include "kvm_util.h"
#include "gic.h"
#include "gic_v3.h"
#include "gic_v3_its.h"
#include "processor.h"
#include "ucall.h"
#include "vgic.h"
#include "vlpi_vm.h"

#define MEMSLOT			1
#define LPI_PRIORITY		0xa0
#define NOWHERE			BIT_ULL(38)	/* beyond the guest's memory */
#define MOCK_DEVICE		"/dev/its-mock-msi"
#define DEBUGFS			"/sys/kernel/debug/kvm"
#define KICK			SIGUSR1
#define SNAPSHOT_SIZE		SZ_128K

static struct vlpi_shared vlpi_shared;

/*
 * The guest
 */

static void guest_irq(struct ex_regs *regs)
{
	struct vlpi_shared *s = &vlpi_shared;
	u32 intid = gic_get_and_ack_irq();
	u32 nr = intid - VLPI_MIN_INTID;

	if (intid == IAR_SPURIOUS)
		return;

	/* Each vCPU writes only its own */
	if (intid >= VLPI_MIN_INTID && nr < VLPI_NR_COUNTED)
		WRITE_ONCE(s->counts[guest_get_vcpuid()][nr],
			   s->counts[guest_get_vcpuid()][nr] + 1);
	else
		WRITE_ONCE(s->strangers, intid);
	gic_set_eoi(intid);
}

/* The library has a function for some commands; one that takes words does for all */
static void guest_send(void)
{
	struct vlpi_shared *s = &vlpi_shared;
	u64 writer = readq_relaxed(GITS_BASE_GVA + GITS_CWRITER);
	u64 *slot = (u64 *)(s->cmdq + writer);
	unsigned int i;

	for (i = 0; i < 4; i++)
		WRITE_ONCE(slot[i], s->cmd[i]);
	dsb(ishst);
	writer = (writer + 4 * sizeof(u64)) % SZ_64K;
	writeq_relaxed(writer, GITS_BASE_GVA + GITS_CWRITER);
	GUEST_ASSERT_EQ(readq_relaxed(GITS_BASE_GVA + GITS_CREADR), writer);
}

static void guest_boot(u32 cpu)
{
	struct vlpi_shared *s = &vlpi_shared;
	unsigned int i;

	gic_init(GIC_V3, s->nr_vcpus);
	gic_rdist_enable_lpis(s->prop, SZ_64K, s->pend + cpu * SZ_64K);
	WRITE_ONCE(s->booted[cpu], 1);
	if (cpu)
		return;

	for (i = 0; i < s->nr_vcpus; i++)
		while (!READ_ONCE(s->booted[i]))
			cpu_relax();
	its_init(s->coll_table, SZ_64K, s->dev_table, SZ_64K, s->cmdq, SZ_64K);
	WRITE_ONCE(s->booted[0], 2);
}

static void guest_code(void)
{
	struct vlpi_shared *s = &vlpi_shared;
	u32 cpu = guest_get_vcpuid();

	guest_boot(cpu);
	local_irq_enable();

	/* For ever: userspace just stops to run it */
	while (true) {
		if (!cpu && READ_ONCE(s->cmd_asked) != s->cmd_done) {
			dsb(ish);
			guest_send();
			WRITE_ONCE(s->cmd_done, s->cmd_asked);
		}
		if (READ_ONCE(s->wfi))
			wfi();
		else
			cpu_relax();
	}
}

/*
 * The VM
 */

static void set_redist_reg64(struct vlpi_vm *v, u32 mpidr, u32 offset, u64 value)
{
	unsigned int half;

	for (half = 0; half < 2; half++) {
		u64 attr = (u64)mpidr << 32 | (offset + 4 * half);
		u32 word = value >> (32 * half);

		kvm_device_attr_set(v->vm->arch.gic_fd, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
				    attr, &word);
	}
}

static u64 baser(gpa_t table)
{
	return GITS_BASER_VALID | GITS_BASER_PAGE_SIZE_64K | GITS_BASER_InnerShareable |
	       GITS_BASER_RaWaWb | table;
}

static void set_baser(struct vlpi_vm *v, unsigned int type, gpa_t table)
{
	unsigned int i;

	for (i = 0; i < GITS_BASER_NR_REGS; i++) {
		u64 offset = GITS_BASER + 8 * i, value;

		kvm_device_attr_get(v->its_fd, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, offset, &value);
		if (GITS_BASER_TYPE(value) != type)
			continue;
		value = baser(table);
		kvm_device_attr_set(v->its_fd, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, offset, &value);
		return;
	}
	TEST_FAIL("The ITS has no table of type %u", type);
}

/*
 * What a guest's driver does first. Userspace does it as well, for what is set
 * up before the guest runs, or without.
 */
static void set_registers(struct vlpi_vm *v, unsigned int without)
{
	u64 prop = (without & VLPI_NO_PROPERTIES) ? NOWHERE : v->prop;
	u64 pend = (without & VLPI_NO_PENDING) ? NOWHERE : v->pend;
	unsigned int i, idbits = (without & VLPI_FEW_LPIS) ? 14 : 16;
	u64 cbaser = GITS_CBASER_VALID | GITS_CBASER_InnerShareable | GITS_CBASER_RaWaWb |
		     v->shared->cmdq | (SZ_64K / SZ_4K - 1);

	for (i = 0; i < v->nr_vcpus; i++) {
		set_redist_reg64(v, i, GICR_PROPBASER, prop | (idbits - 1) |
				 GICR_PROPBASER_InnerShareable | GICR_PROPBASER_RaWaWb);
		set_redist_reg64(v, i, GICR_PENDBASER, (pend + i * SZ_64K) |
				 GICR_PENDBASER_InnerShareable | GICR_PENDBASER_RaWaWb);
	}
	if (without & VLPI_NO_ITS)
		return;
	/* Once the ITS is enabled, the guest's own write of it is ignored */
	kvm_device_attr_set(v->its_fd, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_CBASER, &cbaser);
	if (!(without & VLPI_NO_DEVICE_TABLE))
		set_baser(v, GITS_BASER_TYPE_DEVICE, v->shared->dev_table);
	if (!(without & VLPI_NO_COLLECTIONS))
		set_baser(v, GITS_BASER_TYPE_COLLECTION, v->shared->coll_table);
}

static void make_tables(struct vlpi_vm *v)
{
	struct vlpi_shared *s = v->shared;
	size_t size = (4 + v->nr_vcpus + VLPI_NR_ITTS) * SZ_64K;
	unsigned int pages = vm_calc_num_guest_pages(v->vm->mode, size);
	gpa_t next;

	v->tables_end = (vm_compute_max_gfn(v->vm) + 1) * v->vm->page_size;
	v->tables = v->tables_end - size;
	vm_userspace_mem_region_add(v->vm, VM_MEM_SRC_ANONYMOUS, v->tables, MEMSLOT, pages, 0);

	next = v->tables;
	s->coll_table = next;
	s->dev_table = next += SZ_64K;
	s->cmdq = next += SZ_64K;
	s->prop = next += SZ_64K;
	s->pend = next += SZ_64K;
	next += v->nr_vcpus * SZ_64K;
	v->prop = s->prop;
	v->pend = s->pend;
	v->itts = next;

	memset(addr_gpa2hva(v->vm, v->prop), LPI_PRIORITY | LPI_PROP_GROUP1 | LPI_PROP_ENABLED,
	       SZ_64K);
	virt_map(v->vm, s->cmdq, s->cmdq, vm_calc_num_guest_pages(v->vm->mode, SZ_64K));
}

static void kicked(int sig)
{
}

struct vlpi_vm *vlpi_vm_create(unsigned int nr_vcpus, bool wfi, unsigned int without)
{
	struct sigaction kick = { .sa_handler = kicked };
	struct vlpi_vm *v = calloc(1, sizeof(*v));
	unsigned int i;

	TEST_ASSERT(v && nr_vcpus <= VLPI_MAX_VCPUS, "No VM of %u vCPUs", nr_vcpus);
	sigaction(KICK, &kick, NULL);

	v->nr_vcpus = nr_vcpus;
	v->vm = vm_create_with_vcpus(nr_vcpus, guest_code, v->vcpus);
	vm_init_descriptor_tables(v->vm);
	for (i = 0; i < nr_vcpus; i++)
		vcpu_init_descriptor_tables(v->vcpus[i]);
	vm_install_exception_handler(v->vm, VECTOR_IRQ_CURRENT, guest_irq);

	v->shared = addr_gva2hva(v->vm, (gva_t)&vlpi_shared);
	memset(v->shared, 0, sizeof(*v->shared));
	v->shared->nr_vcpus = nr_vcpus;
	v->shared->wfi = wfi;
	make_tables(v);
	v->its_fd = (without & VLPI_NO_ITS) ? -1 : vgic_its_setup(v->vm);
	set_registers(v, without);

	return v;
}

void vlpi_vm_free(struct vlpi_vm *v)
{
	if (!v)
		return;
	vlpi_stop(v);
	if (v->its_fd >= 0)
		close(v->its_fd);
	kvm_vm_free(v->vm);
	free(v);
}

static void *vcpu_thread(void *data)
{
	struct vlpi_thread *t = data;
	struct ucall uc;

	WRITE_ONCE(t->tid, syscall(SYS_gettid));
	while (!READ_ONCE(t->stop)) {
		if (!__vcpu_run(t->vcpu)) {
			if (get_ucall(t->vcpu, &uc) == UCALL_ABORT)
				REPORT_GUEST_ASSERT(uc);
			TEST_FAIL("The guest left for reason %u", t->vcpu->run->exit_reason);
		}
		TEST_ASSERT(errno == EINTR, "KVM_RUN: errno %d", errno);
	}

	return NULL;
}

/* Let all vCPUs run, until the guest is ready to take interrupts */
void vlpi_start(struct vlpi_vm *v)
{
	unsigned int i;

	for (i = 0; i < v->nr_vcpus; i++) {
		struct vlpi_thread *t = &v->threads[i];

		t->vcpu = v->vcpus[i];
		t->vcpu->run->immediate_exit = 0;
		t->stop = false;
		kvm_pthread_create(&t->thread, NULL, vcpu_thread, t);
		t->running = true;
	}
	TEST_ASSERT(vlpi_wait(READ_ONCE(v->shared->booted[0]) == 2), "The guest does not boot");
}

void vlpi_stop(struct vlpi_vm *v)
{
	unsigned int i;

	for (i = 0; i < v->nr_vcpus; i++) {
		struct vlpi_thread *t = &v->threads[i];

		if (!t->running)
			continue;
		WRITE_ONCE(t->stop, true);
		WRITE_ONCE(t->vcpu->run->immediate_exit, 1);
		pthread_kill(t->thread, KICK);
		kvm_pthread_join(t->thread, NULL);
		t->running = false;
	}
}

void vlpi_pin(struct vlpi_vm *v, unsigned int vcpu, unsigned int cpu)
{
	pin_task_to_cpu(v->threads[vcpu].thread, cpu);
}

/* Does the thread of a vCPU sleep? In KVM_RUN there is no other reason than WFI. */
bool vlpi_blocks(struct vlpi_vm *v, unsigned int vcpu)
{
	char path[64], line[256] = "", *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", READ_ONCE(v->threads[vcpu].tid));
	file = fopen(path, "r");
	TEST_ASSERT(file, "No %s", path);
	end = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	fclose(file);

	return end && end[1] == ' ' && end[2] == 'S';
}

/* Have vCPU 0 send a command of three words to the VM's ITS */
void vlpi_guest_cmd(struct vlpi_vm *v, u64 w0, u64 w1, u64 w2)
{
	struct vlpi_shared *s = v->shared;

	s->cmd[0] = w0;
	s->cmd[1] = w1;
	s->cmd[2] = w2;
	s->cmd[3] = 0;
	__sync_synchronize();
	WRITE_ONCE(s->cmd_asked, s->cmd_asked + 1);

	/* If it is in WFI, a signal makes it look */
	TEST_ASSERT(vlpi_wait(pthread_kill(v->threads[0].thread, KICK) ||
			      READ_ONCE(s->cmd_done) == s->cmd_asked),
		    "The guest sends no command");
}

/*
 * The device
 */

int vlpi_dev_open(void)
{
	int fd = open(MOCK_DEVICE, O_RDWR | O_CLOEXEC);

	TEST_ASSERT(fd >= 0, MOCK_DEVICE ": errno %d", errno);

	return fd;
}

void vlpi_dev_create(struct vlpi_dev *d, u32 devid, u32 nr_events)
{
	struct its_mock_msi_create create = {
		.device_id	= devid,
		.nr_events	= nr_events,
	};

	d->fd = vlpi_dev_open();
	d->devid = devid;
	d->nr_events = nr_events;
	d->triggered = calloc(nr_events, sizeof(u32));
	d->vintid = calloc(nr_events, sizeof(u32));
	TEST_ASSERT(d->triggered && d->vintid, "No memory");
	TEST_ASSERT(!ioctl(d->fd, ITS_MOCK_MSI_CREATE, &create),
		    "No device of %u events: errno %d", nr_events, errno);
}

/* Says what was forwarded, for who has the ITS's own record to compare with */
void vlpi_dev_close(struct vlpi_dev *d)
{
	u32 event;

	if (!d->nr_events)
		return;
	for (event = 0; event < d->nr_events; event++)
		if (d->vintid[event])
			ksft_print_msg("its: device %#x event %#x vINTID %#x INT %u\n", d->devid,
				       event, d->vintid[event], d->triggered[event]);
	close(d->fd);
	free(d->triggered);
	free(d->vintid);
	*d = (struct vlpi_dev) {};
}

static struct its_mock_msi_event vlpi_event(struct vlpi_dev *d, u32 event)
{
	struct its_mock_msi_event e = { .event_id = event };

	TEST_ASSERT(!ioctl(d->fd, ITS_MOCK_MSI_EVENT, &e), "Event %u: errno %d", event, errno);

	return e;
}

u32 vlpi_irq(struct vlpi_dev *d, u32 event)
{
	return vlpi_event(d, event).irq;
}

u64 vlpi_hits(struct vlpi_dev *d, u32 event)
{
	return vlpi_event(d, event).hits;
}

void vlpi_trigger(struct vlpi_dev *d, u32 event)
{
	TEST_ASSERT(!ioctl(d->fd, ITS_MOCK_MSI_TRIGGER, event), "Event %u: errno %d", event,
		    errno);
	d->triggered[event]++;
}

/*
 * The ioctl
 */

struct kvm_debug_gic_msi_setup vlpi_params(struct vlpi_vm *v, u32 devid, u32 event,
					   u32 vcpu, u32 vintid, u32 irq)
{
	return (struct kvm_debug_gic_msi_setup) {
		.device_id	= devid,
		.event_id	= event,
		.vcpu_id	= vcpu,
		.vintid		= vintid,
		.host_irq	= irq,
		.itt_addr	= v->itts + devid * SZ_64K,
	};
}

/* Return: 0 or a negative error, as the kernel says it */
int vlpi_ioctl(struct vlpi_vm *v, const struct kvm_debug_gic_msi_setup *p)
{
	return ioctl(v->vm->fd, KVM_DEBUG_GIC_MSI_SETUP, p) ? -errno : 0;
}

/* Forward an event of the host's device to the guest's event of the same number */
int vlpi_setup(struct vlpi_vm *v, struct vlpi_dev *d, u32 devid, u32 event,
	       u32 vcpu, u32 vintid)
{
	struct kvm_debug_gic_msi_setup p =
		vlpi_params(v, devid, event, vcpu, vintid, vlpi_irq(d, event));
	int ret = vlpi_ioctl(v, &p);

	if (!ret)
		d->vintid[event] = vintid;

	return ret;
}

/*
 * What became of it
 */

u32 vlpi_count(struct vlpi_vm *v, unsigned int vcpu, u32 vintid)
{
	return READ_ONCE(v->shared->counts[vcpu][vintid - VLPI_MIN_INTID]);
}

u32 vlpi_count_all(struct vlpi_vm *v, u32 vintid)
{
	unsigned int vcpu;
	u32 sum = 0;

	for (vcpu = 0; vcpu < v->nr_vcpus; vcpu++)
		sum += vlpi_count(v, vcpu, vintid);

	return sum;
}

static void debugfs_path(struct vlpi_vm *v, char *path, size_t size, const char *name)
{
	snprintf(path, size, DEBUGFS "/%d-%d/%s", getpid(), v->vm->fd, name);
}

/* Does KVM know the LPI? If so, is it the hardware's, and of which vCPU? */
bool vlpi_state(struct vlpi_vm *v, u32 vintid, bool *hw, int *target)
{
	char path[128], line[256], flags[8];
	bool found = false;
	unsigned int id;
	FILE *file;

	debugfs_path(v, path, sizeof(path), "vgic-state");
	file = fopen(path, "r");
	TEST_ASSERT(file, "No %s", path);
	while (!found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " LPI %u %d %7s", &id, target, flags) != 3 || id != vintid)
			continue;
		*hw = flags[4] == '1';
		found = true;
	}
	fclose(file);

	return found;
}

static size_t append_file(const char *path, char *text, size_t used)
{
	FILE *file = fopen(path, "r");

	TEST_ASSERT(file, "No %s", path);
	used += fread(text + used, 1, SNAPSHOT_SIZE - 1 - used, file);
	fclose(file);
	TEST_ASSERT(used < SNAPSHOT_SIZE - 1, "%s is too long", path);

	return used;
}

/* All that KVM shows of the VM's interrupts, to be freed; vCPUs must not run */
char *vlpi_snapshot(struct vlpi_vm *v)
{
	char path[512], *text = calloc(1, SNAPSHOT_SIZE);
	struct dirent *entry;
	unsigned int i;
	size_t used = 0;
	u64 value = 0;
	DIR *dir;

	TEST_ASSERT(text, "No memory");
	debugfs_path(v, path, sizeof(path), "");
	dir = opendir(path);
	TEST_ASSERT(dir, "No %s", path);
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, "vgic-", 5))
			continue;
		debugfs_path(v, path, sizeof(path), entry->d_name);
		used = append_file(path, text, used);
	}
	closedir(dir);

	if (v->its_fd >= 0)
		kvm_device_attr_get(v->its_fd, KVM_DEV_ARM_VGIC_GRP_ITS_REGS, GITS_CTLR, &value);
	used += snprintf(text + used, SNAPSHOT_SIZE - used, "GITS_CTLR %#lx\n",
			 (unsigned long)value);
	for (i = 0; i < v->nr_vcpus; i++) {
		u32 ctlr;

		kvm_device_attr_get(v->vm->arch.gic_fd, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
				    (u64)i << 32 | GICR_CTLR, &ctlr);
		used += snprintf(text + used, SNAPSHOT_SIZE - used, "GICR_CTLR %#x\n", ctlr);
	}
	TEST_ASSERT(used < SNAPSHOT_SIZE, "The registers do not fit");

	return text;
}
