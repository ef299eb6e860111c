// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi: the debug ioctl and what it leads to; and its copies, one
 * for each machine that can forward.
 *
 * A case asserts on what the machine's tables hold or on what the guest
 * acknowledged. Injection by KVM_SIGNAL_MSI alone proves nothing: it works
 * without hardware too.
 */
#include <linux/irq.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>

#include <kvm/arm_vgic_debug.h>

#include "vgic.h"
#include "vlpi-test.h"
#include "vlpi-vits.h"

static const u32 odd_ids[] = { 3, 1, 7 };

const struct vlpi_param vlpi_params[] = {
	{
		.name		= "1 vCPU, direct",
		.config		= { .nr_vcpus = 1, .order = VGIC_VM_ITS_FIRST },
	}, {
		.name		= "2 vCPUs, ioctl, ITS last",
		.config		= { .nr_vcpus = 2, .order = VGIC_VM_ITS_LAST },
		.by_ioctl	= true,
	}, {
		.name		= "vCPUs 3, 1, 7, ioctl",
		.config		= {
			.nr_vcpus = ARRAY_SIZE(odd_ids),
			.vcpu_ids = odd_ids,
			.order = VGIC_VM_ITS_FIRST,
		},
		.by_ioctl	= true,
	},
};

static const void *next_param(const void *prev, char *desc,
			      unsigned int min_vcpus)
{
	const struct vlpi_param *p = prev;

	for (p = p ? p + 1 : vlpi_params;
	     p < vlpi_params + ARRAY_SIZE(vlpi_params); p++) {
		if (p->config.nr_vcpus < min_vcpus)
			continue;
		strscpy(desc, p->name, KUNIT_PARAM_DESC_SIZE);
		return p;
	}

	return NULL;
}

const void *vlpi_gen_params(struct kunit *test, const void *prev, char *desc)
{
	return next_param(prev, desc, 1);
}

const void *vlpi_many_gen_params(struct kunit *test, const void *prev,
				 char *desc)
{
	return next_param(prev, desc, 2);
}

/**
 * vlpi_nth() - a vLPI that differs from all others in every number
 * @t: the case
 * @n: which, from 0; the target vCPUs take turns, and so do the ITSs
 *
 * Return: its description; nothing is set up yet.
 */
struct vlpi vlpi_nth(struct vlpi_test *t, unsigned int n)
{
	return (struct vlpi) {
		.devid		= GUEST_DEVID,
		.eventid	= GUEST_EVENT + n,
		.vcpu		= n % t->vm->nr_vcpus,
		.intid		= GUEST_LPI + 3 * n,
		.itt		= VGIC_VM_ITTS,
		.mock		= t->mock[n % t->m->nr_its],
		.event		= HOST_EVENTS - 1 - n,
	};
}

/**
 * vlpi_enable_in_guest() - write an enabled byte to the guest's property table
 * @t: the case
 * @v: the vLPI
 */
void vlpi_enable_in_guest(struct vlpi_test *t, const struct vlpi *v)
{
	vgic_guest_set_lpi(t->vm, v->intid, GUEST_PRIO, true);
}

/**
 * vlpi_setup_in() - call the function under test for any VM
 * @t: the case; its parameter says by which way
 * @vm: the VM
 * @v: what to set up
 *
 * Return: what the ioctl or the function returned.
 */
int vlpi_setup_in(struct vlpi_test *t, struct vgic_vm *vm, const struct vlpi *v)
{
	struct kvm_debug_gic_msi_setup params = {
		.device_id	= v->devid,
		.event_id	= v->eventid,
		.vcpu_id	= vm->vcpu[v->vcpu]->vcpu_id,
		.vintid		= v->intid,
		.host_irq	= vlpi_host_irq(v),
		.itt_addr	= v->itt,
	};

	if (t->p->by_ioctl)
		return vgic_vm_ioctl(vm, KVM_DEBUG_GIC_MSI_SETUP, &params,
				     sizeof(params));

	return debug_gic_msi_setup_mock_msi(vm->kvm, &params);
}

/**
 * vlpi_setup() - call the function under test
 * @t: the case
 * @v: what to set up
 *
 * Return: what the ioctl or the function returned.
 */
int vlpi_setup(struct vlpi_test *t, const struct vlpi *v)
{
	return vlpi_setup_in(t, t->vm, v);
}

/**
 * vlpi_setup_nth() - set up an enabled vLPI
 * @t: the case
 * @n: which, as for vlpi_nth()
 *
 * Return: its description. Does not return if setup fails, the test does.
 */
struct vlpi vlpi_setup_nth(struct vlpi_test *t, unsigned int n)
{
	struct vlpi v = vlpi_nth(t, n);

	vlpi_enable_in_guest(t, &v);
	KUNIT_ASSERT_EQ(t->test, 0, vlpi_setup(t, &v));

	return v;
}

/**
 * vlpi_device_write() - the host's device signals the MSI of a vLPI
 * @v: the vLPI
 */
void vlpi_device_write(const struct vlpi *v)
{
	gicv4_device_write(vlpi_its(v), its_mock_msi_device_id(v->mock),
			   v->event);
}

/**
 * vlpi_its() - the host's ITS that translates a vLPI
 * @v: the vLPI
 *
 * Return: number of the ITS.
 */
unsigned int vlpi_its(const struct vlpi *v)
{
	struct fwnode_handle *fwnode = its_mock_msi_its_fwnode(v->mock);
	unsigned int its = 0;

	while (um_vgic_its_fwnode(its) != fwnode)
		its++;

	return its;
}

/**
 * vlpi_host_devid() - DeviceID of the host's devices
 * @t: the case
 *
 * Return: a DeviceID that is far from the start of the device table, if there
 * is room; on a GIC that is not ours, the one that a CPU can write with.
 */
u32 vlpi_host_devid(struct vlpi_test *t)
{
	if (!IS_ENABLED(CONFIG_GICV4_MODEL))
		return 0;

	return t->m->devid_bits > 12 ? 0x1200 : 0x9a;
}

/**
 * vlpi_has_v4_1() - is the machine a GICv4.1?
 * @t: the case
 *
 * Return: true for vSGIs and default doorbells.
 */
bool vlpi_has_v4_1(struct vlpi_test *t)
{
	return t->m->arch >= GICV4_ARCH_4_1;
}

/**
 * vlpi_nr_mappings() - how many events are virtual
 *
 * Return: sum over the machine's ITSs.
 */
unsigned int vlpi_nr_mappings(void)
{
	unsigned int its, sum = 0;

	for (its = 0; its < gicv4_machine()->nr_its; its++)
		sum += gicv4_nr_mappings(its, true);

	return sum;
}

/**
 * vlpi_host_irq() - the host interrupt of a vLPI
 * @v: the vLPI
 *
 * Return: Linux irq number.
 */
unsigned int vlpi_host_irq(const struct vlpi *v)
{
	return its_mock_msi_irq(v->mock, v->event);
}

/**
 * vlpi_vits() - the VM's ITS
 * @t: the case
 *
 * Return: KVM's data of the ITS device.
 */
struct vgic_its *vlpi_vits(struct vlpi_test *t)
{
	struct kvm_device *dev = t->vm->its->private_data;

	return dev->private;
}

/**
 * vlpi_vpe() - the vPE of a vCPU
 * @t: the case
 * @vcpu: index of the vCPU
 *
 * Return: the ITS driver's data of the vPE.
 */
struct its_vpe *vlpi_vpe(struct vlpi_test *t, unsigned int vcpu)
{
	return &t->vm->vcpu[vcpu]->arch.vgic_cpu.vgic_v3.its_vpe;
}

/**
 * vlpi_host_hits() - how often the host handled the interrupt of a vLPI
 * @v: the vLPI
 *
 * Return: count since the device was created.
 */
u64 vlpi_host_hits(const struct vlpi *v)
{
	gicv4_wait_host_irqs();

	return its_mock_msi_hits(v->mock, v->event);
}

static struct gicv4_itte get_itte(const struct vlpi *v)
{
	struct gicv4_itte itte = {};

	if (!gicv4_get_itte(vlpi_its(v), its_mock_msi_device_id(v->mock),
			    v->event, &itte))
		itte.valid = false;

	return itte;
}

/**
 * vlpi_is_virtual() - does the machine's ITT hold a virtual entry?
 * @v: the vLPI
 *
 * Return: whether the last word on the event was VMAPTI.
 */
bool vlpi_is_virtual(const struct vlpi *v)
{
	struct gicv4_itte itte = get_itte(v);

	return itte.valid && itte.virt;
}

/**
 * vlpi_get_vpte() - the vPE table's entry of a vCPU
 * @t: the case
 * @vcpu: index of the vCPU
 * @vpte: where it is put
 *
 * With an ITSList a vPE is mapped on the ITSs that need it. Where it is
 * mapped on several, the entries agree.
 *
 * Return: whether an ITS has the vPE mapped.
 */
bool vlpi_get_vpte(struct vlpi_test *t, unsigned int vcpu,
		   struct gicv4_vpte *vpte)
{
	u16 vpeid = vlpi_vpe(t, vcpu)->vpe_id;
	bool found = false;
	unsigned int its;

	for (its = 0; its < t->m->nr_its; its++) {
		struct gicv4_vpte e = {};

		if (!gicv4_get_vpte(its, vpeid, &e) || !e.valid)
			continue;
		if (found) {
			KUNIT_EXPECT_EQ(t->test, e.cpu, vpte->cpu);
			KUNIT_EXPECT_EQ(t->test, e.vpt_addr, vpte->vpt_addr);
			KUNIT_EXPECT_EQ(t->test, e.default_db, vpte->default_db);
		}
		*vpte = e;
		found = true;
	}

	return found;
}

/**
 * vlpi_pending() - does the machine hold a vLPI as pending?
 * @t: the case
 * @v: the vLPI
 *
 * Return: the pending bit, in the vPE's table or in a redistributor's cache.
 */
bool vlpi_pending(struct vlpi_test *t, const struct vlpi *v)
{
	return gicv4_vlpi_pending(vlpi_its(v), vlpi_vpe(t, v->vcpu)->vpe_id,
				  v->intid);
}

/**
 * vlpi_cpu() - the CPU whose redistributor a vCPU's vPE targets
 * @t: the case
 * @vcpu: index of the vCPU
 *
 * Return: CPU number.
 */
unsigned int vlpi_cpu(struct vlpi_test *t, unsigned int vcpu)
{
	struct gicv4_vpte vpte = {};

	KUNIT_EXPECT_TRUE(t->test, vlpi_get_vpte(t, vcpu, &vpte));

	return vpte.cpu;
}

/**
 * vlpi_visit_guests() - make every vPE resident once
 * @t: the case; no vCPU runs
 *
 * A v4.0 redistributor learns where the property table is when a vPE gets
 * resident. Before that it may know no configuration.
 */
void vlpi_visit_guests(struct vlpi_test *t)
{
	unsigned int i;

	for (i = 0; i < t->vm->nr_vcpus; i++) {
		vgic_guest_enter(t->vm->vcpu[i]);
		vgic_guest_exit(t->vm->vcpu[i]);
	}
}

/**
 * vlpi_config() - the configuration that the machine uses for a vLPI
 * @t: the case; no vCPU runs
 * @v: the vLPI
 *
 * Return: priority and enable bit, as in a property table.
 */
u8 vlpi_config(struct vlpi_test *t, const struct vlpi *v)
{
	vlpi_visit_guests(t);

	return gicv4_vlpi_config(vlpi_its(v), vlpi_vpe(t, v->vcpu)->vpe_id,
				 v->intid) & ~LPI_PROP_GROUP1;
}

/**
 * vlpi_expect_mapped() - host, KVM and machine agree that @v is forwarded
 * @t: the case
 * @v: the vLPI; nobody else runs its vCPU
 */
void vlpi_expect_mapped(struct vlpi_test *t, const struct vlpi *v)
{
	struct its_vpe *vpe = vlpi_vpe(t, v->vcpu);
	struct gicv4_itte itte = get_itte(v);
	struct gicv4_vpte vpte = {};
	struct vgic_irq *irq;
	u8 config;

	KUNIT_EXPECT_TRUE(t->test, itte.valid);
	KUNIT_EXPECT_TRUE(t->test, itte.virt);
	KUNIT_EXPECT_EQ(t->test, itte.intid, v->intid);
	KUNIT_EXPECT_EQ(t->test, itte.vpeid, vpe->vpe_id);

	irq = vgic_get_irq(t->vm->kvm, v->intid);
	KUNIT_ASSERT_NOT_NULL(t->test, irq);
	KUNIT_EXPECT_TRUE(t->test, irq->hw);
	KUNIT_EXPECT_EQ(t->test, irq->host_irq, vlpi_host_irq(v));
	KUNIT_EXPECT_PTR_EQ(t->test, irq->target_vcpu, t->vm->vcpu[v->vcpu]);
	KUNIT_EXPECT_TRUE(t->test, irq->config == VGIC_CONFIG_EDGE);
	KUNIT_EXPECT_EQ(t->test, irq->group, 1);
	/* What the machine uses is what KVM believes */
	config = vlpi_config(t, v);
	KUNIT_EXPECT_EQ(t->test, irq->priority, config & 0xfc);
	KUNIT_EXPECT_EQ(t->test, (bool)irq->enabled,
			!!(config & LPI_PROP_ENABLED));
	/* A doorbell for what the guest has disabled would be a nuisance */
	if (vlpi_has_v4_1(t))
		KUNIT_EXPECT_EQ(t->test, itte.doorbell, GICV4_INTID_NONE);
	else if (irq->enabled)
		KUNIT_EXPECT_EQ(t->test, itte.doorbell, vpe->vpe_db_lpi);
	vgic_put_irq(t->vm->kvm, irq);

	KUNIT_EXPECT_TRUE(t->test, vlpi_get_vpte(t, v->vcpu, &vpte));
	if (vlpi_has_v4_1(t))
		KUNIT_EXPECT_EQ(t->test, vpte.default_db, vpe->vpe_db_lpi);

	KUNIT_EXPECT_TRUE(t->test,
			  irqd_is_forwarded_to_vcpu(irq_get_irq_data(vlpi_host_irq(v))));
}

/**
 * vlpi_expect_unmapped() - the event is the host's again
 * @t: the case
 * @v: a vLPI that was forwarded
 *
 * The entry in the machine is physical, and a write by the device gets to the
 * host's handler, once, and to no guest.
 */
void vlpi_expect_unmapped(struct vlpi_test *t, const struct vlpi *v)
{
	u64 hits = vlpi_host_hits(v);
	struct gicv4_stats before, after;
	struct vgic_irq *irq;

	KUNIT_EXPECT_FALSE(t->test, vlpi_is_virtual(v));
	KUNIT_EXPECT_FALSE(t->test,
			   irqd_is_forwarded_to_vcpu(irq_get_irq_data(vlpi_host_irq(v))));

	gicv4_get_stats(&before);
	vlpi_device_write(v);
	KUNIT_EXPECT_EQ(t->test, vlpi_host_hits(v), hits + 1);
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(t->test, after.vlpis, before.vlpis);

	irq = t->vm ? vgic_get_irq(t->vm->kvm, v->intid) : NULL;
	if (irq) {
		KUNIT_EXPECT_FALSE(t->test, irq->hw);
		vgic_put_irq(t->vm->kvm, irq);
	}
}

/**
 * vlpi_expect_acks() - enter the guest; it acknowledges just these
 * @t: the case
 * @vcpu: index of a vCPU that nobody runs
 * @intids: INTIDs in the order in which it takes them
 * @n: how many
 */
void vlpi_expect_acks(struct vlpi_test *t, unsigned int vcpu,
		      const u32 *intids, unsigned int n)
{
	struct kvm_vcpu *v = t->vm->vcpu[vcpu];
	unsigned int i;

	vgic_guest_enter(v);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ(t->test, vgic_guest_ack(v), intids[i]);
		/* Not by software as well */
		KUNIT_EXPECT_FALSE(t->test, vgic_guest_in_lr(v, intids[i]));
	}
	KUNIT_EXPECT_EQ(t->test, vgic_guest_ack(v), GICV4_INTID_NONE);
	KUNIT_EXPECT_EQ(t->test, v->arch.vgic_cpu.vgic_v3.used_lrs, 0);
	vgic_guest_exit(v);
}

/**
 * vlpi_expect_nothing_pending() - enter the guest; there is nothing for it
 * @t: the case
 * @vcpu: index of a vCPU that nobody runs
 */
void vlpi_expect_nothing_pending(struct vlpi_test *t, unsigned int vcpu)
{
	vlpi_expect_acks(t, vcpu, NULL, 0);
}

/**
 * vlpi_expect_delivered() - a write by the device reaches the right guest CPU
 * @t: the case
 * @v: an enabled vLPI; no vCPU of the VM runs
 *
 * Once to its vCPU, directly, and to nobody else: no other vCPU, not the host.
 */
void vlpi_expect_delivered(struct vlpi_test *t, const struct vlpi *v)
{
	struct kvm_vcpu *vcpu = t->vm->vcpu[v->vcpu];
	u64 hits = vlpi_host_hits(v);
	struct gicv4_stats before, after;
	unsigned int i;

	vgic_guest_enter(vcpu);
	gicv4_get_stats(&before);
	vlpi_device_write(v);
	KUNIT_EXPECT_EQ(t->test, vgic_guest_ack(vcpu), v->intid);
	KUNIT_EXPECT_EQ(t->test, vgic_guest_ack(vcpu), GICV4_INTID_NONE);
	KUNIT_EXPECT_EQ(t->test, vlpi_host_hits(v), hits);
	gicv4_get_stats(&after);
	KUNIT_EXPECT_EQ(t->test, after.vlpis, before.vlpis + 1);
	KUNIT_EXPECT_EQ(t->test, after.host_irqs, before.host_irqs);
	KUNIT_EXPECT_EQ(t->test, after.untranslated, before.untranslated);
	vgic_guest_exit(vcpu);

	for (i = 0; i < t->vm->nr_vcpus; i++)
		vlpi_expect_nothing_pending(t, i);
}

/**
 * vlpi_new_world() - the devices and the VM, on a machine that has none
 * @t: the case; whoever calls this once more has destroyed the old ones
 */
void vlpi_new_world(struct vlpi_test *t)
{
	unsigned int its;

	t->m = gicv4_machine();
	for (its = 0; its < t->m->nr_its; its++)
		t->mock[its] = vgic_vm_mock_device_on(t->test, its,
						      vlpi_host_devid(t),
						      HOST_EVENTS);
	t->mock2 = vgic_vm_mock_device_on(t->test, its - 1, HOST_DEVID2,
					  HOST_EVENTS2);
	t->vm = vgic_vm_create(t->test, &t->p->config);
}

/**
 * vlpi_init() - init() of the suites: the machine, the devices and the VM
 * @test: the test
 *
 * Return: 0. Does not return if something fails, the test does.
 */
int vlpi_init(struct kunit *test)
{
	struct vlpi_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;

	/* A vPE follows the thread that plays its vCPU: it stays where it is */
	KUNIT_ASSERT_EQ(test, 0, set_cpus_allowed_ptr(current, cpumask_of(0)));
	KUNIT_ASSERT_EQ(test, 0, um_vgic_test_init(test));

	t->test = test;
	t->p = test->param_value ?: &vlpi_params[0];
	vlpi_new_world(t);

	return 0;
}

/**
 * vlpi_exit() - exit() of the suites: what was mapped has to be gone
 * @test: the test
 */
void vlpi_exit(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	unsigned int domains, fwnodes;

	if (!t)
		return;

	if (t->vm)
		vits_expect_refs(test, t->vm->kvm);

	/* Whatever it was about. A case that failed may still run a vCPU */
	if (t->vm && test->status == KUNIT_SUCCESS)
		vlpi_expect_agreement(t);

	/* The VM is gone after this; what it mapped has to be gone as well */
	kunit_cleanup(test);
	gicv4_wait_host_irqs();
	KUNIT_EXPECT_EQ(test, 0, vlpi_nr_mappings());
	um_gicv4_get_counts(&domains, &fwnodes);
	KUNIT_EXPECT_EQ(test, 0, domains);
	KUNIT_EXPECT_EQ(test, 0, fwnodes);
	gicv4_checkpoint(test);
	um_vgic_test_exit(test);
}

static struct kunit_case vlpi_cases[] = {
	/* Table population */
	KUNIT_CASE_PARAM(setup_populates_vits, vlpi_gen_params),
	KUNIT_CASE_PARAM(setup_populates_its, vlpi_gen_params),
	KUNIT_CASE_PARAM(setup_marks_host_irq_forwarded, vlpi_gen_params),
	KUNIT_CASE(setup_keeps_gsi_routing),
	KUNIT_CASE(setup_enables_lpis_and_its),
	KUNIT_CASE(setup_reads_guest_config),
	KUNIT_CASE_PARAM(second_event_reuses_device, vlpi_gen_params),
	KUNIT_CASE_PARAM(second_device_gets_its_own, vlpi_gen_params),
	KUNIT_CASE_PARAM(events_of_one_device_fill_its_itt, vlpi_gen_params),
	KUNIT_CASE_PARAM(every_vcpu_has_its_own_vpe, vlpi_many_gen_params),
	KUNIT_CASE_PARAM(device_mapped_by_guest_is_reused, vlpi_gen_params),
	KUNIT_CASE_PARAM(collection_mapped_by_guest_is_reused, vlpi_gen_params),
	KUNIT_CASE_PARAM(collection_of_another_vcpu_is_left_alone,
			 vlpi_many_gen_params),
	KUNIT_CASE_PARAM(event_mapped_by_guest_is_forwarded, vlpi_gen_params),
	KUNIT_CASE_PARAM(setup_twice_changes_nothing, vlpi_gen_params),

	/* Forwarding */
	KUNIT_CASE_PARAM(resident_guest_acknowledges, vlpi_gen_params),
	KUNIT_CASE_PARAM(each_event_is_its_own_vlpi, vlpi_gen_params),
	KUNIT_CASE_PARAM(written_while_away_waits_in_vpt, vlpi_gen_params),
	KUNIT_CASE(pending_survives_reload),
	KUNIT_CASE_PARAM(vcpu_in_wfi_is_woken_by_doorbell, vlpi_gen_params),
	KUNIT_CASE(no_doorbell_for_preempted_vcpu),
	KUNIT_CASE(wfi_with_pending_vlpi_does_not_block),
	KUNIT_CASE_PARAM(pending_lpi_moves_into_hardware, vlpi_gen_params),
	KUNIT_CASE_PARAM(pending_in_guest_table_moves_into_hardware,
			 vlpi_gen_params),
	KUNIT_CASE(signal_msi_goes_through_hardware),
	KUNIT_CASE(guest_int_goes_through_hardware),
	KUNIT_CASE(guest_clear_goes_through_hardware),
	KUNIT_CASE_PARAM(guest_disable_takes_effect, vlpi_gen_params),
	KUNIT_CASE_PARAM(guest_invall_takes_effect, vlpi_gen_params),
	KUNIT_CASE(guest_priority_takes_effect),
	KUNIT_CASE_PARAM(guest_movi_becomes_vmovi, vlpi_many_gen_params),
	KUNIT_CASE_PARAM(guest_movi_takes_pending_along, vlpi_many_gen_params),
	KUNIT_CASE_PARAM(guest_mapc_moves_all_events, vlpi_many_gen_params),
	KUNIT_CASE_PARAM(guest_movall_moves_all_events, vlpi_many_gen_params),
	KUNIT_CASE_PARAM(guest_discard_gives_irq_back, vlpi_gen_params),
	KUNIT_CASE_PARAM(guest_unmapd_gives_irqs_back, vlpi_gen_params),
	KUNIT_CASE_PARAM(unset_forwarding_gives_irq_back, vlpi_gen_params),
	KUNIT_CASE(unset_of_one_leaves_the_others),
	KUNIT_CASE_PARAM(host_irq_can_go_to_another_vcpu, vlpi_many_gen_params),
	KUNIT_CASE(host_irq_can_go_to_another_vm),
	KUNIT_CASE_PARAM(vm_teardown_leaves_no_mapping, vlpi_gen_params),
	KUNIT_CASE(vms_do_not_see_each_other),
	KUNIT_CASE_PARAM(vcpu_migration_becomes_vmovp, vlpi_gen_params),
	KUNIT_CASE_PARAM(doorbell_follows_migrated_vcpu, vlpi_gen_params),

	/* Life and death */
	KUNIT_CASE_PARAM(vm_gives_back_what_it_took, vlpi_gen_params),
	KUNIT_CASE_PARAM(new_vm_starts_clean, vlpi_gen_params),
	KUNIT_CASE(every_blocked_vcpu_has_its_doorbell),
	KUNIT_CASE(guest_cpu_interface_masks_vlpis),
	KUNIT_CASE(guest_invlpir_takes_effect),
	KUNIT_CASE(saving_forwarded_tables_is_refused),
	KUNIT_CASE(host_affinity_change_is_refused),
	KUNIT_CASE(host_irq_is_masked_and_triggered),
	KUNIT_CASE(host_irq_follows_its_affinity),
	KUNIT_CASE(devices_do_not_share_anything),

	/* The host */
	KUNIT_CASE_PARAM(vlpis_survive_suspend, vlpi_gen_params),
	KUNIT_CASE_PARAM(raised_doorbell_wakes_vcpu, vlpi_gen_params),
	KUNIT_CASE(msi_message_leads_to_the_its),
	KUNIT_CASE(host_irq_has_no_active_state),
	KUNIT_CASE(forwarded_device_is_not_removed),

	/* Bugs found, and fixed by patches/7.3/fixes */
	KUNIT_CASE(teardown_unmaps_vlpis_before_vpes),
	KUNIT_CASE(signal_msi_after_bypass_goes_through_hardware),
	KUNIT_CASE(forwarded_lpi_in_list_register_has_no_pintid),
	KUNIT_CASE(freed_vpe_has_no_pending_table),
	KUNIT_CASE(lpi_beyond_the_host_is_emulated),
	KUNIT_CASE(pending_vlpi_enabled_later_wakes_the_vcpu),
	KUNIT_CASE(disabled_distributor_loses_no_lpi),
	KUNIT_CASE(masked_irq_comes_back_masked),
	KUNIT_CASE(disabled_vlpi_does_not_ring),

	/* Errors */
	KUNIT_CASE_PARAM(bad_input_is_refused, vlpi_bad_input_gen_params),
	KUNIT_CASE(unreadable_params_are_refused),
	KUNIT_CASE(bounds_are_accepted),
	KUNIT_CASE(irq_of_another_driver_is_refused),
	KUNIT_CASE(silent_refusal_is_no_success),
	KUNIT_CASE_PARAM(setup_for_another_vcpu_moves_the_vlpi,
			 vlpi_many_gen_params),
	KUNIT_CASE_PARAM(failed_step_is_undone, vlpi_step_gen_params),
	KUNIT_CASE(pending_lpi_survives_failed_setup),

	/* What the first proposal got wrong */
	KUNIT_CASE(signal_msi_never_goes_by_software),
	KUNIT_CASE_PARAM(success_is_always_a_mapping, vlpi_gen_params),
	KUNIT_CASE(live_irqs_stay_with_their_drivers),
	KUNIT_CASE(vcpu_is_looked_up_by_id),
	KUNIT_CASE(doorbell_does_not_outlive_its_vpe),
	{}
};

static struct kunit_suite vlpi_suite = {
	.name		= "vgic_vlpi",
	.suite_init	= um_vgic_suite_init_vlpis,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_cases,
};

kunit_test_suite(vlpi_suite);
um_vgic_machine_suites(vlpi_suite);
