// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMs, vPEs and devices for suite its_v4: what KVM and a bus would be to the
 * ITS driver.
 */
#include <linux/cpu.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "its-v4.h"

/* As KVM has them: it enables a doorbell when it wants it, at once */
#define DOORBELL_FLAGS	(IRQ_NOAUTOEN | IRQ_DISABLE_UNLAZY | IRQ_NO_BALANCING)

static irqreturn_t its_v4_doorbell(int irq, void *data)
{
	struct its_v4_vcpu *vcpu = data;

	/* GICv4.1 has one doorbell for each time that the vPE asks for it */
	if (!vcpu->vm->t->hw.v4_1 && !irqd_irq_disabled(irq_get_irq_data(irq)))
		disable_irq_nosync(irq);

	scoped_guard(raw_spinlock, &vcpu->vpe.vpe_lock)
		vcpu->vpe.pending_last = true;

	WRITE_ONCE(vcpu->doorbell_cpu, smp_processor_id());
	atomic_inc(&vcpu->doorbells);

	return IRQ_HANDLED;
}

static unsigned long its_v4_doorbell_flags(const struct its_v4 *t)
{
	return t->hw.v4_1 ? DOORBELL_FLAGS & ~IRQ_NOAUTOEN : DOORBELL_FLAGS;
}

static int its_v4_request_doorbells(struct its_v4_vm *vm)
{
	unsigned long flags = its_v4_doorbell_flags(vm->t);
	unsigned int i;
	int ret;

	for (i = 0; i < vm->nr_vcpus; i++) {
		struct its_v4_vcpu *vcpu = &vm->vcpus[i];

		irq_set_status_flags(vcpu->vpe.irq, flags);
		/* From here on the vPE is mapped, unless the ITSs share a list */
		ret = request_irq(vcpu->vpe.irq, its_v4_doorbell, 0,
				  "its_v4 vPE", vcpu);
		if (ret) {
			irq_clear_status_flags(vcpu->vpe.irq, flags);
			return ret;
		}
		vm->nr_doorbells++;

		/* A VM before this one may have left its LPI pending */
		if (!vm->t->hw.v4_1)
			irq_set_irqchip_state(vcpu->vpe.irq,
					      IRQCHIP_STATE_PENDING, false);
	}

	return 0;
}

/**
 * its_v4_vm_destroy() - what remains of a VM goes, its vPEs and doorbells
 * @vm: the VM; none of its vLPIs is mapped, none of its vPEs resident
 *
 * Context: may sleep.
 */
void its_v4_vm_destroy(struct its_v4_vm *vm)
{
	unsigned long flags = its_v4_doorbell_flags(vm->t);
	unsigned int i;

	for (i = 0; i < vm->nr_doorbells; i++) {
		irq_clear_status_flags(vm->vcpus[i].vpe.irq, flags);
		free_irq(vm->vcpus[i].vpe.irq, &vm->vcpus[i]);
	}

	its_free_vcpu_irqs(&vm->its_vm);
	list_del(&vm->node);
	kfree(vm->vpes);
	kfree(vm);
}

/**
 * its_v4_vm() - make a VM
 * @t: the case
 * @nr_vcpus: number of vPEs
 *
 * Context: may sleep; ends the test if it cannot be done.
 * Return: the VM, whose doorbells are off.
 */
struct its_v4_vm *its_v4_vm(struct its_v4 *t, unsigned int nr_vcpus)
{
	struct its_v4_vm *vm;
	unsigned int i;
	int ret;

	vm = kzalloc_flex(*vm, vcpus, nr_vcpus);
	KUNIT_ASSERT_NOT_NULL(t->test, vm);
	vm->nr_vcpus = nr_vcpus;
	vm->t = t;
	vm->vpes = kcalloc(nr_vcpus, sizeof(*vm->vpes), GFP_KERNEL);
	if (!vm->vpes)
		goto err_free;

	for (i = 0; i < nr_vcpus; i++) {
		vm->vpes[i] = &vm->vcpus[i].vpe;
		vm->vcpus[i].vm = vm;
		vm->vcpus[i].doorbell_cpu = -1;
	}
	vm->its_vm.vpes = vm->vpes;
	vm->its_vm.nr_vpes = nr_vcpus;

	if (its_alloc_vcpu_irqs(&vm->its_vm))
		goto err_free;

	list_add(&vm->node, &t->vms);
	ret = its_v4_request_doorbells(vm);
	KUNIT_ASSERT_EQ(t->test, ret, 0);

	return vm;

err_free:
	kfree(vm->vpes);
	kfree(vm);
	KUNIT_FAIL_AND_ABORT(t->test, "no VM with %u vPEs", nr_vcpus);
}

/**
 * its_v4_device() - make a device
 * @t: the case
 * @its: number of its ITS
 * @devid: its DeviceID
 * @nr_events: how many MSIs it has
 *
 * Context: may sleep; ends the test if it cannot be done.
 * Return: the device. Its interrupts are the host's.
 */
struct its_v4_device *its_v4_device(struct its_v4 *t, unsigned int its,
				    u32 devid, unsigned int nr_events)
{
	struct its_v4_device *dev = kzalloc_obj(*dev);
	int ret;

	KUNIT_ASSERT_NOT_NULL(t->test, dev);
	dev->its = its;
	dev->devid = devid;
	dev->mock = its_mock_msi_create(its_v4_hw_fwnode(its), devid, nr_events);
	if (IS_ERR(dev->mock)) {
		ret = PTR_ERR(dev->mock);
		kfree(dev);
		KUNIT_FAIL_AND_ABORT(t->test,
				     "no device %#x with %u events on ITS %u: %d",
				     devid, nr_events, its, ret);
	}
	list_add(&dev->node, &t->devices);

	return dev;
}

/**
 * its_v4_device_destroy() - remove a device
 * @dev: the device; none of its events is mapped as a vLPI
 *
 * Context: may sleep.
 */
void its_v4_device_destroy(struct its_v4_device *dev)
{
	list_del(&dev->node);
	its_mock_msi_destroy(dev->mock);
	kfree(dev);
}

/**
 * its_v4_tear_down() - take apart what a case has made: vLPIs, VMs, devices
 * @t: the case
 *
 * Context: may sleep.
 */
void its_v4_tear_down(struct its_v4 *t)
{
	struct its_v4_device *dev, *next_dev;
	struct its_v4_vm *vm, *next_vm;
	unsigned long irq;
	unsigned int i;
	void *entry;

	list_for_each_entry(vm, &t->vms, node)
		for (i = 0; i < vm->nr_vcpus; i++)
			if (vm->vcpus[i].vpe.resident)
				its_v4_leave(vm, i);

	xa_for_each(&t->mapped, irq, entry)
		its_unmap_vlpi(irq);
	xa_destroy(&t->mapped);

	list_for_each_entry_safe(vm, next_vm, &t->vms, node)
		its_v4_vm_destroy(vm);
	list_for_each_entry_safe(dev, next_dev, &t->devices, node)
		its_v4_device_destroy(dev);
}

/**
 * its_v4_init() - the suite's init()
 * @test: the test
 *
 * Context: may sleep.
 * Return: 0, or an error of the machine.
 */
int its_v4_init(struct kunit *test)
{
	struct its_v4 *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->test = test;
	INIT_LIST_HEAD(&t->vms);
	INIT_LIST_HEAD(&t->devices);
	xa_init(&t->mapped);

	ret = its_v4_hw_test_init(test, &t->hw);
	if (ret)
		return ret;

	/* A vPE is resident where this thread is */
	its_v4_run_on(t, cpumask_first(cpu_online_mask));
	test->priv = t;

	return 0;
}

/**
 * its_v4_exit() - the suite's exit()
 * @test: the test
 *
 * The driver has kept to the architecture's rules, and when VMs and devices
 * are gone nothing is left of them.
 *
 * Context: may sleep.
 */
void its_v4_exit(struct kunit *test)
{
	struct its_v4 *t = test->priv;

	if (t) {
		its_v4_hw_settle();
		its_v4_hw_checkpoint(test);
		its_v4_tear_down(t);
		its_v4_hw_settle();
		its_v4_hw_expect_empty(test);
		its_v4_hw_checkpoint(test);
	}
	its_v4_hw_test_exit(test);
}

/**
 * its_v4_need_cpus() - skip the test if there are too few CPUs
 * @t: the case
 * @n: how many it needs
 *
 * Context: any.
 */
void its_v4_need_cpus(struct its_v4 *t, unsigned int n)
{
	if (num_online_cpus() < n)
		kunit_skip(t->test, "needs %u CPUs", n);
}

/**
 * its_v4_run_on() - go to a CPU and stay there
 * @t: the case
 * @cpu: the CPU
 *
 * Context: may sleep.
 */
void its_v4_run_on(struct its_v4 *t, unsigned int cpu)
{
	int ret = set_cpus_allowed_ptr(current, cpumask_of(cpu));

	KUNIT_ASSERT_EQ(t->test, ret, 0);
}

/**
 * its_v4_irq() - the host's interrupt
 * @v: the vLPI
 *
 * Context: any.
 * Return: its Linux interrupt number.
 */
unsigned int its_v4_irq(const struct its_v4_vlpi *v)
{
	return its_mock_msi_irq(v->dev->mock, v->event);
}

/**
 * its_v4_vpe() - the vPE that a vLPI is for
 * @v: the vLPI
 *
 * Context: any.
 * Return: the vPE.
 */
struct its_vpe *its_v4_vpe(const struct its_v4_vlpi *v)
{
	return v->vm->vpes[v->vcpu];
}

/**
 * its_v4_try_map() - map a vLPI, or map it anew
 * @v: the vLPI
 * @properties: its byte of the property table
 * @doorbell: whether it rings the doorbell of its vPE
 *
 * Context: may sleep.
 * Return: what its_map_vlpi() says.
 */
int its_v4_try_map(const struct its_v4_vlpi *v, u8 properties, bool doorbell)
{
	struct its_vlpi_map map = {
		.vm		= &v->vm->its_vm,
		.vpe		= its_v4_vpe(v),
		.vintid		= v->vintid,
		.properties	= properties,
		.db_enabled	= doorbell,
	};
	int ret = its_map_vlpi(its_v4_irq(v), &map);

	if (!ret)
		xa_store(&v->vm->t->mapped, its_v4_irq(v), v->vm, GFP_KERNEL);

	return ret;
}

/**
 * its_v4_map() - map a vLPI: enabled, and with a doorbell
 * @v: the vLPI
 *
 * Context: may sleep.
 */
void its_v4_map(const struct its_v4_vlpi *v)
{
	KUNIT_ASSERT_EQ(v->vm->t->test, 0,
			its_v4_try_map(v, ITS_V4_ENABLED, true));
}

/**
 * its_v4_unmap() - the event is an interrupt of the host again
 * @v: a vLPI that is mapped
 *
 * Context: may sleep.
 */
void its_v4_unmap(const struct its_v4_vlpi *v)
{
	its_unmap_vlpi(its_v4_irq(v));
	xa_erase(&v->vm->t->mapped, its_v4_irq(v));
}

/**
 * its_v4_send() - make the event happen: by an INT command, on any machine
 * @v: the vLPI, mapped or not
 *
 * Context: may sleep.
 */
void its_v4_send(const struct its_v4_vlpi *v)
{
	KUNIT_EXPECT_EQ(v->vm->t->test, 0,
			irq_set_irqchip_state(its_v4_irq(v),
					      IRQCHIP_STATE_PENDING, true));
}

/**
 * its_v4_clear() - end its pending state, by a CLEAR command
 * @v: the vLPI, mapped or not
 *
 * Context: may sleep.
 */
void its_v4_clear(const struct its_v4_vlpi *v)
{
	KUNIT_EXPECT_EQ(v->vm->t->test, 0,
			irq_set_irqchip_state(its_v4_irq(v),
					      IRQCHIP_STATE_PENDING, false));
}

/**
 * its_v4_enter() - a vPE becomes resident on this CPU, as KVM does it
 * @vm: VM
 * @vcpu: index of the vPE
 *
 * Context: may sleep; the thread stays on its CPU, see its_v4_run_on().
 */
void its_v4_enter(struct its_v4_vm *vm, unsigned int vcpu)
{
	struct kunit *test = vm->t->test;
	struct its_vpe *vpe = vm->vpes[vcpu];
	int affinity, resident, clear = 0, commit;

	preempt_disable();
	affinity = irq_set_affinity(vpe->irq, cpumask_of(smp_processor_id()));
	resident = its_make_vpe_resident(vpe, false, true);
	/* A doorbell that rings now would be of no use */
	if (!vm->t->hw.v4_1)
		clear = irq_set_irqchip_state(vpe->irq, IRQCHIP_STATE_PENDING,
					      false);
	commit = its_commit_vpe(vpe);
	preempt_enable();

	KUNIT_EXPECT_EQ(test, affinity, 0);
	KUNIT_EXPECT_EQ(test, resident, 0);
	KUNIT_EXPECT_EQ(test, clear, 0);
	KUNIT_EXPECT_EQ(test, commit, 0);
}

static void its_v4_deschedule(struct its_v4_vm *vm, unsigned int vcpu, bool db)
{
	int ret;

	preempt_disable();
	ret = its_make_vpe_non_resident(vm->vpes[vcpu], db);
	preempt_enable();

	KUNIT_EXPECT_EQ(vm->t->test, ret, 0);
}

/**
 * its_v4_leave() - a vPE is not resident any more; it wants no doorbell
 * @vm: VM
 * @vcpu: index of the vPE, which is resident on this CPU
 *
 * Context: any.
 */
void its_v4_leave(struct its_v4_vm *vm, unsigned int vcpu)
{
	its_v4_deschedule(vm, vcpu, false);
}

/**
 * its_v4_wait() - a vPE is not resident any more, and waits for its doorbell
 * @vm: VM
 * @vcpu: index of the vPE, which is resident on this CPU
 *
 * Context: any.
 */
void its_v4_wait(struct its_v4_vm *vm, unsigned int vcpu)
{
	its_v4_deschedule(vm, vcpu, true);
}

/**
 * its_v4_host_hits() - how often the host took the interrupt
 * @v: the vLPI, mapped or not
 *
 * Context: may sleep.
 * Return: how often, after everything on the way has arrived.
 */
u64 its_v4_host_hits(const struct its_v4_vlpi *v)
{
	its_v4_hw_settle();

	return its_mock_msi_hits(v->dev->mock, v->event);
}

/**
 * its_v4_doorbells() - how often a vPE's doorbell rang
 * @vm: VM
 * @vcpu: index of the vPE
 *
 * Context: may sleep.
 * Return: how often, after everything on the way has arrived.
 */
unsigned int its_v4_doorbells(struct its_v4_vm *vm, unsigned int vcpu)
{
	its_v4_hw_settle();

	return atomic_read(&vm->vcpus[vcpu].doorbells);
}
