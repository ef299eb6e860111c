// SPDX-License-Identifier: GPL-2.0
/*
 * The UML host itself: machines come and go, KVM answers, interrupts arrive on
 * the CPU that they are for, and a doorbell wakes a vCPU.
 */
#include <kunit/test.h>
#include <linux/cpu.h>
#include <linux/file.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kvm_host.h>
#include <linux/smp.h>
#include <linux/swap.h>
#include <linux/um-vgic.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/arm-gic-v4.h>
#include <linux/irqchip/gicv4-model.h>
#include <linux/irqchip/its-mock-msi.h>
#include <kvm/arm_vgic.h>
#include <kvm/vgic_fixture.h>

#define POLL_MS		1000
#define NR_WARM		2
#define NR_ROUNDS	6
#define MAX_PAGES_MORE	((NR_ROUNDS - NR_WARM) * GICV4_NR_MACHINES)

/* Those of the catalogue, with more redistributors than CPUs now and then */
static struct gicv4_desc some_machine(unsigned int i)
{
	struct gicv4_desc desc;

	gicv4_catalogue(i % GICV4_NR_MACHINES, nr_cpu_ids + i % 3, &desc);

	return desc;
}

static const void *machine_gen_params(struct kunit *test, const void *prev,
				      char *name)
{
	static struct gicv4_desc desc;
	unsigned int i = test->param_index;

	if (!gicv4_catalogue(i, nr_cpu_ids, &desc))
		return NULL;
	strscpy(name, desc.name, KUNIT_PARAM_DESC_SIZE);

	return &desc;
}

static int drain_this_cpu(void *unused)
{
	drain_local_pages(NULL);

	return 0;
}

/* Pages in use, but for those on the way to be freed */
static unsigned long pages_in_use(void)
{
	unsigned int cpu;

	rcu_barrier();
	for_each_online_cpu(cpu)
		smp_call_on_cpu(cpu, drain_this_cpu, NULL, false);

	return totalram_pages() - nr_free_pages();
}

static void machine_is_up_at_boot(struct kunit *test)
{
	KUNIT_EXPECT_NOT_NULL(test, um_vgic_its_fwnode(0));
	KUNIT_EXPECT_NULL(test, um_vgic_its_fwnode(1));
	KUNIT_EXPECT_EQ(test, gicv4_machine()->nr_cpus, nr_cpu_ids);
	KUNIT_EXPECT_TRUE(test, kvm_vgic_global_state.has_gicv4);
	KUNIT_EXPECT_FALSE(test, kvm_vgic_global_state.has_gicv4_1);
}

/* A device and two vPEs come and go: each indirect table gets a second level */
static void use_tables(struct kunit *test)
{
	static struct its_vpe vpes[2], *array[] = { &vpes[0], &vpes[1] };
	static struct its_vm its_vm;
	struct its_mock_msi *mock;

	mock = its_mock_msi_create(um_vgic_its_fwnode(0), 1, 1);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mock);
	its_mock_msi_destroy(mock);

	if (!kvm_vgic_global_state.has_gicv4)
		return;

	memset(vpes, 0, sizeof(vpes));
	its_vm = (struct its_vm) { .vpes = array, .nr_vpes = ARRAY_SIZE(array) };
	KUNIT_ASSERT_EQ(test, 0, its_alloc_vcpu_irqs(&its_vm));
	its_free_vcpu_irqs(&its_vm);
}

static void machine_is_replaced_without_leak(struct kunit *test)
{
	unsigned long before = 0, after;
	struct gicv4_desc desc;
	unsigned int i;

	/* The first rounds fill what caches keep, on each CPU */
	for (i = 0; i < NR_ROUNDS * GICV4_NR_MACHINES; i++) {
		desc = some_machine(i);
		KUNIT_ASSERT_EQ(test, 0, um_vgic_machine(&desc));
		KUNIT_EXPECT_NOT_NULL(test, um_vgic_its_fwnode(desc.nr_its - 1));
		use_tables(test);
		if (i + 1 == NR_WARM * GICV4_NR_MACHINES)
			before = pages_in_use();
	}
	/* Like with like: the machine that is there has pages, too */
	after = pages_in_use();

	/*
	 * One leaked page of a machine is a page per round, and a leaked table is
	 * 16 of them. KASAN keeps in quarantine what was freed, so nothing can be
	 * said there.
	 */
	if (!IS_ENABLED(CONFIG_KASAN))
		KUNIT_EXPECT_LT(test, after, before + MAX_PAGES_MORE);
}

/* Each ITS translates, and a VM knows what it may expect of the machine */
static void machine_is_what_its_description_says(struct kunit *test)
{
	struct vgic_vm_config config = { .nr_vcpus = 2 };
	const struct gicv4_desc *desc = test->param_value;
	bool v4 = desc->arch >= GICV4_ARCH_4_0;
	bool v4_1 = desc->arch >= GICV4_ARCH_4_1;
	struct its_mock_msi *mock[GICV4_MAX_ITS];
	struct vgic_vm *vm;
	unsigned int its;

	KUNIT_ASSERT_EQ(test, 0, um_vgic_machine(desc));
	KUNIT_EXPECT_EQ(test, v4, kvm_vgic_global_state.has_gicv4);
	KUNIT_EXPECT_EQ(test, v4_1, kvm_vgic_global_state.has_gicv4_1);
	KUNIT_EXPECT_EQ(test, v4_1, gic_cpuif_has_vsgi());

	KUNIT_EXPECT_NULL(test, um_vgic_its_fwnode(desc->nr_its));
	for (its = 0; its < desc->nr_its; its++) {
		mock[its] = vgic_vm_mock_device_on(test, its, 5, 1);
		gicv4_device_write(its, 5, 0);
		KUNIT_EXPECT_TRUE(test, gicv4_wait_host_irqs());
		KUNIT_EXPECT_EQ(test, 1, its_mock_msi_hits(mock[its], 0));
	}

	vm = vgic_vm_create(test, &config);
	KUNIT_EXPECT_EQ(test, v4, !!vm->kvm->arch.vgic.its_vm.vpes);
	KUNIT_EXPECT_EQ(test, v4_1, vm->kvm->arch.vgic.nassgicap);
	KUNIT_EXPECT_EQ(test, v4_1, vm->kvm->arch.vgic.nassgireq);
	vgic_guest_enter(vm->vcpu[1]);
	vgic_guest_exit(vm->vcpu[1]);
	vgic_vm_destroy(vm);
	gicv4_checkpoint(test);
}

static void machine_in_use_is_not_replaced(struct kunit *test)
{
	struct its_mock_msi *mock = vgic_vm_mock_device(test, 1, 1);
	struct fwnode_handle *fwnode = um_vgic_its_fwnode(0);

	KUNIT_ASSERT_NOT_NULL(test, mock);
	KUNIT_EXPECT_EQ(test, -EBUSY, um_vgic_machine(NULL));
	KUNIT_EXPECT_PTR_EQ(test, fwnode, um_vgic_its_fwnode(0));
}

static void machine_needs_a_rdist_per_cpu(struct kunit *test)
{
	struct gicv4_desc desc = gicv4_default_desc(nr_cpu_ids);

	desc.nr_cpus = nr_cpu_ids - 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, um_vgic_machine(&desc));
	KUNIT_EXPECT_NOT_NULL(test, um_vgic_its_fwnode(0));
}

static void kvm_is_a_device(struct kunit *test)
{
	struct file *kvm = um_kvm_open();

	KUNIT_ASSERT_FALSE(test, IS_ERR(kvm));
	KUNIT_EXPECT_EQ(test, KVM_API_VERSION,
			kvm->f_op->unlocked_ioctl(kvm, KVM_GET_API_VERSION, 0));
	KUNIT_EXPECT_EQ(test, 1,
			kvm->f_op->unlocked_ioctl(kvm, KVM_CHECK_EXTENSION,
						  KVM_CAP_IRQCHIP));
	fput(kvm);
	um_vgic_flush_files();
}

struct counted_work {
	struct irq_work	work;
	int		cpu;
	bool		hardirq;
	unsigned int	runs;
};

static void count_work(struct irq_work *work)
{
	struct counted_work *c = container_of(work, struct counted_work, work);

	c->cpu = smp_processor_id();
	c->hardirq = in_hardirq();
	WRITE_ONCE(c->runs, c->runs + 1);
}

/* As from an MMIO access by a driver that holds a raw spinlock */
static int queue_work_irqs_off(void *data)
{
	struct counted_work *c = data;
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		local_irq_save(flags);
		irq_work_queue(&c->work);
		if (READ_ONCE(c->runs) != i) {
			local_irq_restore(flags);
			return -EBUSY;
		}
		local_irq_restore(flags);

		if (READ_ONCE(c->runs) != i + 1)
			return -ETIME;
	}

	return 0;
}

static void irq_work_runs_when_interrupts_are_enabled(struct kunit *test)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct counted_work c = {
			.work = IRQ_WORK_INIT_HARD(count_work),
			.cpu = -1,
		};

		KUNIT_EXPECT_EQ(test, 0,
				smp_call_on_cpu(cpu, queue_work_irqs_off, &c, false));
		KUNIT_EXPECT_EQ(test, cpu, c.cpu);
		KUNIT_EXPECT_TRUE(test, c.hardirq);
		irq_work_sync(&c.work);
	}
}

static void irq_work_runs_on_the_cpu_it_is_queued_on(struct kunit *test)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct counted_work c = {
			.work = IRQ_WORK_INIT_HARD(count_work),
			.cpu = -1,
		};

		irq_work_queue_on(&c.work, cpu);
		irq_work_sync(&c.work);
		KUNIT_EXPECT_EQ(test, cpu, c.cpu);
		KUNIT_EXPECT_TRUE(test, c.hardirq);
	}
}

static void device_interrupt_arrives(struct kunit *test)
{
	struct its_mock_msi *mock = vgic_vm_mock_device(test, 5, 4);
	unsigned int i;

	for (i = 0; i < 4; i++) {
		gicv4_device_write(0, 5, i);
		KUNIT_EXPECT_TRUE(test, gicv4_wait_host_irqs());
		KUNIT_EXPECT_EQ(test, 1, its_mock_msi_hits(mock, i));
	}
}

static unsigned long hits_on(unsigned int irq, unsigned int cpu)
{
	return per_cpu_ptr(irq_to_desc(irq)->kstat_irqs, cpu)->cnt;
}

static void device_interrupt_follows_its_affinity(struct kunit *test)
{
	struct its_mock_msi *mock = vgic_vm_mock_device(test, 5, 1);
	unsigned int irq = its_mock_msi_irq(mock, 0);
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		unsigned long before = hits_on(irq, cpu);

		KUNIT_ASSERT_EQ(test, 0, irq_set_affinity(irq, cpumask_of(cpu)));
		gicv4_device_write(0, 5, 0);
		KUNIT_EXPECT_TRUE(test, gicv4_wait_host_irqs());
		KUNIT_EXPECT_EQ(test, before + 1, hits_on(irq, cpu));
	}
}

/* Returns what the guest acknowledges when it is awake */
static int sleep_in_wfi(struct vgic_vm *vm, void *data)
{
	struct kvm_vcpu *vcpu = vm->vcpu[0];
	int intid;

	um_vcpu_load(vcpu);
	um_vcpu_wfi(vcpu);
	um_vcpu_enter(vcpu);
	intid = vgic_guest_ack(vcpu);
	um_vcpu_exit(vcpu);
	um_vcpu_put(vcpu);

	return intid;
}

static void unmap_vlpi(void *irq)
{
	its_unmap_vlpi((unsigned long)irq);
}

/* By the ITS driver's own interface: the vGIC does not know of it */
static void map_vlpi(struct kunit *test, struct vgic_vm *vm, unsigned long irq,
		     u32 vintid)
{
	struct its_vlpi_map map = {
		.vm		= &vm->kvm->arch.vgic.its_vm,
		.vpe		= &vm->vcpu[0]->arch.vgic_cpu.vgic_v3.its_vpe,
		.vintid		= vintid,
		.properties	= LPI_PROP_ENABLED | LPI_PROP_GROUP1,
		.db_enabled	= true,
	};

	KUNIT_ASSERT_EQ(test, 0, its_map_vlpi(irq, &map));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, unmap_vlpi, (void *)irq));
}

/* Until the vCPU is past its polling, and its thread asleep */
static bool wait_until_blocked(struct kvm_vcpu *vcpu)
{
	unsigned long end = jiffies + msecs_to_jiffies(POLL_MS);
	struct um_vcpu_events ev;

	do {
		um_vcpu_get_events(vcpu, &ev);
		if (ev.blocks && rcuwait_active(kvm_arch_vcpu_get_wait(vcpu)))
			return true;

		usleep_range(100, 200);
	} while (time_before(jiffies, end));

	return false;
}

static void doorbell_wakes_vcpu_from_wfi(struct kunit *test)
{
	struct vgic_vm_config config = { .nr_vcpus = 1 };
	struct vgic_vm *vm = vgic_vm_create(test, &config);
	struct its_vpe *vpe = &vm->vcpu[0]->arch.vgic_cpu.vgic_v3.its_vpe;
	struct its_mock_msi *mock = vgic_vm_mock_device(test, 5, 1);
	unsigned int cpu = cpumask_last(cpu_online_mask);
	struct um_vcpu_events ev;
	struct vgic_vm_thread *thread;

	map_vlpi(test, vm, its_mock_msi_irq(mock, 0), 8192);
	thread = vgic_vm_start_on(vm, cpu, sleep_in_wfi, NULL);
	KUNIT_EXPECT_TRUE(test, wait_until_blocked(vm->vcpu[0]));

	gicv4_device_write(0, 5, 0);
	KUNIT_EXPECT_EQ(test, 8192, vgic_vm_join(thread));

	um_vcpu_get_events(vm->vcpu[0], &ev);
	KUNIT_EXPECT_EQ(test, ev.blocks, ev.unblocks);
	KUNIT_EXPECT_EQ(test, 1, hits_on(vpe->irq, cpu));
}

static void vcpu_is_resident_while_loaded(struct kunit *test)
{
	struct vgic_vm_config config = { .nr_vcpus = 1 };
	struct vgic_vm *vm = vgic_vm_create(test, &config);
	struct kvm_vcpu *vcpu = vm->vcpu[0];
	struct gicv4_residency res;
	int cpu;

	vgic_guest_enter(vcpu);
	cpu = smp_processor_id();
	gicv4_get_residency(cpu, &res);
	vgic_guest_exit(vcpu);
	KUNIT_EXPECT_TRUE(test, res.valid);
	KUNIT_EXPECT_EQ(test, res.vpeid, vcpu->arch.vgic_cpu.vgic_v3.its_vpe.vpe_id);

	gicv4_get_residency(cpu, &res);
	KUNIT_EXPECT_FALSE(test, res.valid);
	KUNIT_EXPECT_EQ(test, -1, vcpu->cpu);
}

static int um_vgic_test_init(struct kunit *test)
{
	return um_vgic_machine(NULL);
}

static struct kunit_case um_vgic_cases[] = {
	KUNIT_CASE(machine_is_up_at_boot),
	KUNIT_CASE(machine_is_replaced_without_leak),
	KUNIT_CASE_PARAM(machine_is_what_its_description_says,
			 machine_gen_params),
	KUNIT_CASE(machine_in_use_is_not_replaced),
	KUNIT_CASE(machine_needs_a_rdist_per_cpu),
	KUNIT_CASE(kvm_is_a_device),
	KUNIT_CASE(irq_work_runs_when_interrupts_are_enabled),
	KUNIT_CASE(irq_work_runs_on_the_cpu_it_is_queued_on),
	KUNIT_CASE(device_interrupt_arrives),
	KUNIT_CASE(device_interrupt_follows_its_affinity),
	KUNIT_CASE(vcpu_is_resident_while_loaded),
	KUNIT_CASE(doorbell_wakes_vcpu_from_wfi),
	{}
};

static struct kunit_suite um_vgic_suite = {
	.name		= "um_vgic",
	.init		= um_vgic_test_init,
	.test_cases	= um_vgic_cases,
};

kunit_test_suite(um_vgic_suite);

MODULE_DESCRIPTION("KUnit tests of the arm64 vGIC host on UML");
MODULE_LICENSE("GPL");
