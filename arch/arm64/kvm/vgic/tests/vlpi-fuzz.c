// SPDX-License-Identifier: GPL-2.0
/*
 * Suites vgic_vlpi_fuzz: KVM_DEBUG_GIC_MSI_SETUP keeps its contract, whatever
 * it is called with and whatever was done to the VM before.
 *
 * A scene is a pair of VMs in some state, which share the host's devices. They
 * are called with block after block of parameters, good, bad and on the border,
 * while their guests map and unmap what they like. Each answer is compared with
 * the contract's, the machine's tables with what has to be mapped, and now and
 * then the whole state before a call with that after it.
 *
 * vgic_vlpi_fuzz.seed=		of the first scene; the others' follow from it
 * vgic_vlpi_fuzz.scenes=	number of scenes
 * vgic_vlpi_fuzz.blocks=	parameter blocks in a scene
 */
#include <kunit/static_stub.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>
#include <linux/um-vgic.h>
#include <linux/um-vgic-machines.h>

#include <kvm/arm_vgic_debug.h>

#include "vgic.h"
#include "vlpi-fuzz.h"

/* One of so many calls is watched closely */
#define SNAPSHOTS	64
#define NR_LPIS		10

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "vgic_vlpi_fuzz."

static unsigned long seed = 1;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "of the first scene");

static unsigned int scenes = 5;
module_param(scenes, uint, 0444);
MODULE_PARM_DESC(scenes, "number of scenes");

static unsigned int blocks = 100;
module_param(blocks, uint, 0444);
MODULE_PARM_DESC(blocks, "parameter blocks in a scene");

/* The scene: what a parameter of the case is. One at a time. */
static struct fuzz_scene {
	struct vlpi_param	param;
	u64			seed;
	unsigned int		nr;
} scene = {
	.param.config.nr_vcpus = 1,
};

/* The irqs that its-mock-msi is made to disown */
static struct fuzz *disowner;

static const void *fuzz_gen_scenes(struct kunit *test, const void *prev,
				   char *desc)
{
	scene.nr = prev ? scene.nr + 1 : 0;
	if (scene.nr >= scenes)
		return NULL;
	scene.seed = seed + scene.nr;
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "seed %llu", scene.seed);

	return &scene.param;
}

static bool mock_owns(unsigned int irq)
{
	struct fuzz_host_irq *h = fuzz_find_irq(disowner, irq);

	return h && h->event < FUZZ_FOREIGN;
}

/* VMs */

static void back_to_normal(void *unused)
{
	bool v4_1 = gicv4_machine()->arch >= GICV4_ARCH_4_1;

	kvm_debug_gic_msi_any_irq = false;
	kvm_vgic_global_state.has_gicv4 = true;
	kvm_vgic_global_state.has_gicv4_1 = v4_1;
}

/* The redistributors have to be off for their tables to move */
static void move_tables(struct fuzz_vm *vm, u64 prop, u64 pend)
{
	struct kvm_vcpu *vcpu = vm->vm->vcpu[0];
	gpa_t rd = vcpu->arch.vgic_cpu.rd_iodev.base_addr;
	unsigned int i;

	for (i = 0; i < vm->vm->nr_vcpus; i++)
		vgic_guest_disable_lpis(vm->vm, vm->vm->vcpu[i]);
	vgic_guest_mmio_write(vm->vm, vcpu, rd + GICR_PROPBASER, 8,
			      prop | (vm->id_bits - 1));
	vgic_guest_mmio_write(vm->vm, vcpu, rd + GICR_PENDBASER, 8, pend);
}

static void draw_tables(struct fuzz *f, struct fuzz_vm *vm)
{
	u64 pend = VGIC_VM_PEND_TABLES, prop = VGIC_VM_PROP_TABLE;
	u32 n = fuzz_rnd(f, 20);

	vm->id_bits = 16;
	switch (n) {
	case 0:
		vm->lost_prop = true;
		prop = VGIC_VM_NO_RAM;
		break;
	case 1:
		vm->lost_pend = true;
		pend = VGIC_VM_NO_RAM;
		break;
	case 2:
		vm->id_bits = 14;
		break;
	default:
		return;
	}
	move_tables(vm, prop, pend);
}

static u32 lpi_nr(unsigned int n)
{
	return GUEST_LPI + 3 * n;
}

static void guest_mapc(struct fuzz_vm *vm, u16 icid, unsigned int vcpu)
{
	vgic_guest_mapc(vm->vm, icid, vm->vm->vcpu[vcpu]->vcpu_id);
	vm->coll[vm->nr_colls++] = (struct fuzz_coll) {
		.icid = icid, .vcpu = vcpu,
	};
}

static void guest_mapd(struct fuzz *f, struct fuzz_vm *vm, u32 devid)
{
	u32 bits = 1 + fuzz_rnd(f, 5);
	gpa_t itt = VGIC_VM_ITTS + 0x20000 + fuzz_rnd(f, 16) * SZ_256;

	vgic_guest_mapd(vm->vm, devid, itt, bits);
	vm->dev[vm->nr_devs++] = (struct fuzz_device) {
		.devid = devid, .itt = itt, .bits = bits,
	};
}

/* The guest has used its ITS before, or not at all, or put it out again */
static void draw_guest(struct fuzz *f, struct fuzz_vm *vm)
{
	unsigned int i;

	for (i = 0; i < NR_LPIS; i++)
		vgic_guest_set_lpi(vm->vm, lpi_nr(i), GUEST_PRIO, true);
	vm->its_on = true;
	for (i = fuzz_rnd(f, 3); i; i--)
		guest_mapc(vm, 30 + i, fuzz_rnd(f, vm->vm->nr_vcpus));
	if (fuzz_rnd(f, 2))
		guest_mapd(f, vm, GUEST_DEVID);
	if (!fuzz_rnd(f, 5)) {
		vgic_guest_disable_its(vm->vm);
		vm->its_on = false;
	}
	for (i = 0; i < vm->vm->nr_vcpus; i++)
		if (!fuzz_rnd(f, 5))
			vgic_guest_disable_lpis(vm->vm, vm->vm->vcpu[i]);
	draw_tables(f, vm);
}

static void draw_vm(struct fuzz *f, struct fuzz_vm *vm)
{
	static const u32 ids[FUZZ_VCPUS] = { 3, 1, 7, 4 };
	struct vgic_vm_config config = {
		.nr_vcpus = 1 + fuzz_rnd(f, FUZZ_VCPUS),
		.vcpu_ids = fuzz_rnd(f, 2) ? ids : NULL,
		.order	  = fuzz_rnd(f, 2) ? VGIC_VM_ITS_FIRST :
					     VGIC_VM_ITS_LAST,
		.no_its	  = !fuzz_rnd(f, 16),
		.its_base = fuzz_rnd(f, 8) ? 0 : 0x08800000,
		.no_guest = !fuzz_rnd(f, 16),
	};

	vm->no_its = config.no_its;
	vm->no_tables = config.no_guest;
	vm->vm = vgic_vm_create(f->t->test, &config);
	if (!vm->no_its && !vm->no_tables)
		draw_guest(f, vm);
}

static void list_irqs(struct fuzz *f, struct its_mock_msi *mock, unsigned int n)
{
	while (n--)
		f->irq[f->nr_irqs++] = (struct fuzz_host_irq) {
			.irq	= its_mock_msi_irq(mock, n),
			.mock	= mock,
			.event	= n,
		};
}

static struct fuzz *draw_scene(struct kunit *test)
{
	struct fuzz *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->t = test->priv;
	vlpi_seed(&f->rnd, scene.seed, 0);

	for (i = 0; i < f->t->m->nr_its; i++)
		list_irqs(f, f->t->mock[i], HOST_EVENTS);
	list_irqs(f, f->t->mock2, HOST_EVENTS2);
	disowner = f;
	kunit_activate_static_stub(test, its_mock_msi_owns, mock_owns);

	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, back_to_normal, NULL));
	f->any_irq = !fuzz_rnd(f, 4);
	kvm_debug_gic_msi_any_irq = f->any_irq;
	f->no_gicv4 = !fuzz_rnd(f, 16);
	if (f->no_gicv4) {
		kvm_vgic_global_state.has_gicv4 = false;
		kvm_vgic_global_state.has_gicv4_1 = false;
	}
	for (i = 0; i < FUZZ_VMS; i++)
		draw_vm(f, &f->vm[i]);

	return f;
}

/* Parameters: mostly what could work, and each of them what could not */

static u32 one_of(struct fuzz *f, const u32 *array, unsigned int n)
{
	return array[fuzz_rnd(f, n)];
}

static u32 draw_devid(struct fuzz *f)
{
	static const u32 good[] = { GUEST_DEVID, GUEST_DEVID2, 0x60 };
	static const u32 border[] = { 0, SZ_64K / 8 - 1, SZ_64K / 8, U16_MAX,
				      U16_MAX + 1, U32_MAX };
	u32 n = fuzz_rnd(f, 32);

	if (!n)
		return prandom_u32_state(&f->rnd);

	return n < 30 ? one_of(f, good, ARRAY_SIZE(good)) :
			one_of(f, border, ARRAY_SIZE(border));
}

static u32 draw_eventid(struct fuzz *f)
{
	static const u32 border[] = { 7, 8, 31, 32, 0x1fff, U16_MAX - 1,
				      U16_MAX, U16_MAX + 1, U32_MAX };
	u32 n = fuzz_rnd(f, 32);

	if (!n)
		return prandom_u32_state(&f->rnd);

	return n < 30 ? fuzz_rnd(f, 6) :
			one_of(f, border, ARRAY_SIZE(border));
}

static u32 draw_vcpu(struct fuzz *f, struct fuzz_vm *vm)
{
	static const u32 border[] = { 0, 1, 2, 3, 4, 7, 8, 512, U32_MAX };

	if (fuzz_rnd(f, 16))
		return vm->vm->vcpu[fuzz_rnd(f, vm->vm->nr_vcpus)]->vcpu_id;

	return one_of(f, border, ARRAY_SIZE(border));
}

static u32 draw_vintid(struct fuzz *f)
{
	static const u32 border[] = { 0, 1023, 8191, 8192, 16383, 16384,
				      U16_MAX, U16_MAX + 1, U32_MAX };
	u32 n = fuzz_rnd(f, 32);

	if (!n)
		return prandom_u32_state(&f->rnd);

	return n < 30 ? lpi_nr(fuzz_rnd(f, NR_LPIS)) :
			one_of(f, border, ARRAY_SIZE(border));
}

static u32 draw_irq(struct fuzz *f, struct fuzz_vm *vm)
{
	static const u32 border[] = { 0, 31, 32, 1019, 1020, U32_MAX };
	u32 n = fuzz_rnd(f, 32);

	if (n >= 4)
		return f->irq[fuzz_rnd(f, f->nr_irqs)].irq;
	if (n >= 2)
		return one_of(f, border, ARRAY_SIZE(border));
	if (n)
		return 32 + fuzz_rnd(f, 200);

	return f->no_gicv4 || vm->no_its ? 40 :
	       vm->vm->vcpu[0]->arch.vgic_cpu.vgic_v3.its_vpe.irq;
}

static u64 draw_itt(struct fuzz *f)
{
	static const u64 border[] = {
		0, VGIC_VM_NO_RAM, VGIC_VM_ITTS + 8, VGIC_VM_ITTS + 255,
		VGIC_VM_RAM_BASE + VGIC_VM_RAM_SIZE - SZ_256,
		VGIC_VM_RAM_BASE + VGIC_VM_RAM_SIZE, BIT_ULL(52),
		BIT_ULL(63) | VGIC_VM_ITTS, U64_MAX, U64_MAX << 8,
	};
	u32 n = fuzz_rnd(f, 32);

	return n ? n < 28 ? VGIC_VM_ITTS + fuzz_rnd(f, 64) * SZ_256 :
			    border[fuzz_rnd(f, ARRAY_SIZE(border))] :
		   (u64)prandom_u32_state(&f->rnd) << fuzz_rnd(f, 32);
}

static struct kvm_debug_gic_msi_setup draw_params(struct fuzz *f,
						  struct fuzz_vm *vm)
{
	struct kvm_debug_gic_msi_setup p = {
		.device_id	= draw_devid(f),
		.event_id	= draw_eventid(f),
		.vcpu_id	= draw_vcpu(f, vm),
		.vintid		= draw_vintid(f),
		.host_irq	= draw_irq(f, vm),
		.itt_addr	= draw_itt(f),
	};
	struct fuzz_event *e;

	/* Again, or almost */
	if (vm->nr_events && !fuzz_rnd(f, 3)) {
		e = &vm->event[fuzz_rnd(f, vm->nr_events)];
		if (fuzz_rnd(f, 8))
			p.device_id = e->devid;
		if (fuzz_rnd(f, 8))
			p.event_id = e->eventid;
		if (fuzz_rnd(f, 8))
			p.vintid = e->vintid;
		if (e->irq && fuzz_rnd(f, 8))
			p.host_irq = e->irq;
		if (fuzz_rnd(f, 2))
			p.vcpu_id = vm->vm->vcpu[e->vcpu]->vcpu_id;
	}
	if (!fuzz_rnd(f, 64))
		p.pad = fuzz_rnd(f, 2) ? 1 : prandom_u32_state(&f->rnd);

	return p;
}

/* What else happens to the VMs */

static void guest_maps_event(struct fuzz *f, struct fuzz_vm *vm)
{
	u32 vintid = lpi_nr(fuzz_rnd(f, NR_LPIS)), eventid;
	struct fuzz_device *d;
	struct fuzz_coll *c;

	if (!vm->nr_devs || !vm->nr_colls || vm->nr_events >= NR_LPIS ||
	    vm->lost_prop || vm->lost_pend)
		return;
	d = &vm->dev[fuzz_rnd(f, vm->nr_devs)];
	c = &vm->coll[fuzz_rnd(f, vm->nr_colls)];
	eventid = fuzz_rnd(f, min(BIT(d->bits), 8UL));
	if (fuzz_find_lpi(vm, vintid) ||
	    fuzz_find_event(vm, d->devid, eventid) ||
	    d->itt + 64 > VGIC_VM_RAM_BASE + VGIC_VM_RAM_SIZE)
		return;
	vgic_guest_mapti(vm->vm, d->devid, eventid, vintid, c->icid);
	vm->event[vm->nr_events++] = (struct fuzz_event) {
		.devid = d->devid, .eventid = eventid, .vintid = vintid,
		.icid = c->icid, .vcpu = c->vcpu,
	};
}

static void guest_moves_event(struct fuzz *f, struct fuzz_vm *vm,
			      struct fuzz_event *e)
{
	struct fuzz_coll *c = &vm->coll[fuzz_rnd(f, vm->nr_colls)];

	vgic_guest_movi(vm->vm, e->devid, e->eventid, c->icid);
	e->icid = c->icid;
	e->vcpu = c->vcpu;
}

/* Leaves the collections as they are: where KVM and they differ from then on */
static void guest_moves_all(struct fuzz *f, struct fuzz_vm *vm)
{
	unsigned int from = fuzz_rnd(f, vm->vm->nr_vcpus), i;
	unsigned int to = fuzz_rnd(f, vm->vm->nr_vcpus);

	vgic_guest_movall(vm->vm, vm->vm->vcpu[from]->vcpu_id,
			  vm->vm->vcpu[to]->vcpu_id);
	for (i = 0; i < vm->nr_events; i++)
		if (vm->event[i].vcpu == from)
			vm->event[i].vcpu = to;
}

static void disturb(struct fuzz *f, struct fuzz_vm *vm)
{
	struct fuzz_event *e = NULL;
	u32 n = fuzz_rnd(f, 64);

	if (vm->nr_events)
		e = &vm->event[fuzz_rnd(f, vm->nr_events)];
	if (e && e->irq && n < 6) {
		kvm_vgic_v4_unset_forwarding(vm->vm->kvm, e->irq);
		e->irq = 0;
	}
	if (!vm->its_on)
		return;
	if (n == 6 && vm->nr_devs) {
		struct fuzz_device *d = &vm->dev[fuzz_rnd(f, vm->nr_devs)];

		vgic_guest_unmapd(vm->vm, d->devid);
		fuzz_forget_device(vm, d);
	} else if (n == 7) {
		guest_moves_all(f, vm);
	} else if (n < 16 && e) {
		vgic_guest_discard(vm->vm, e->devid, e->eventid);
		fuzz_forget_event(vm, e);
	} else if (n < 20) {
		guest_maps_event(f, vm);
	} else if (n < 24 && e) {
		guest_moves_event(f, vm, e);
	}
}

/* The machine's tables against what has to be mapped */

static void expect_irq(struct fuzz *f, const struct fuzz_host_irq *h)
{
	unsigned int its = vlpi_its(&(struct vlpi) { .mock = h->mock });
	struct kunit *test = f->t->test;
	struct gicv4_itte itte = {};
	struct fuzz_vm *vm = NULL;
	struct fuzz_event *e = fuzz_find_forwarded(f, h->irq, &vm);
	struct its_vpe *vpe;

	KUNIT_EXPECT_TRUE(test, gicv4_get_itte(its, its_mock_msi_device_id(h->mock),
					       h->event, &itte));
	KUNIT_EXPECT_EQ(test, itte.virt, !!e);
	if (!e)
		return;
	vpe = &vm->vm->vcpu[e->vcpu]->arch.vgic_cpu.vgic_v3.its_vpe;
	KUNIT_EXPECT_EQ(test, itte.intid, e->vintid);
	KUNIT_EXPECT_EQ(test, itte.vpeid, vpe->vpe_id);
}

static void expect_counts(struct fuzz *f)
{
	unsigned int i, n, sum = 0;

	for (n = 0; n < FUZZ_VMS; n++)
		for (i = 0; i < f->vm[n].nr_events; i++)
			sum += !!f->vm[n].event[i].irq;
	KUNIT_EXPECT_EQ(f->t->test, vlpi_nr_mappings(), sum);
}

static void expect_delivered(struct fuzz *f, struct fuzz_vm *vm,
			     const struct fuzz_event *e)
{
	struct fuzz_host_irq *h = fuzz_find_irq(f, e->irq);
	struct vlpi v = { .mock = h->mock, .event = h->event };
	struct kvm_vcpu *vcpu = vm->vm->vcpu[e->vcpu];
	struct kunit *test = f->t->test;
	u64 hits = vlpi_host_hits(&v);

	vlpi_device_write(&v);
	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_EQ(test, vgic_guest_ack(vcpu), e->vintid);
	KUNIT_EXPECT_EQ(test, vgic_guest_ack(vcpu), GICV4_INTID_NONE);
	vgic_guest_exit(vcpu);
	KUNIT_EXPECT_EQ(test, vlpi_host_hits(&v), hits);
}

static bool is_enabled(const struct fuzz_event *e)
{
	return e->vintid >= GUEST_LPI && e->vintid < lpi_nr(NR_LPIS) &&
	       (e->vintid - GUEST_LPI) % 3 == 0;
}

static void expect_all(struct fuzz *f)
{
	unsigned int i, n;

	for (i = 0; i < f->nr_irqs; i++)
		expect_irq(f, &f->irq[i]);
	for (n = 0; n < FUZZ_VMS; n++) {
		struct fuzz_vm *vm = &f->vm[n];

		for (i = 0; i < vm->nr_events; i++)
			if (vm->event[i].irq && is_enabled(&vm->event[i]))
				expect_delivered(f, vm, &vm->event[i]);
	}
}

/* Calls */

static long call(struct fuzz *f, struct fuzz_vm *vm,
		 const struct kvm_debug_gic_msi_setup *p, bool readable)
{
	static const unsigned long bad[] = { 0, 8, ~0UL - 64, ~0UL };

	if (!readable)
		return vgic_vm_ioctl_raw(vm->vm, KVM_DEBUG_GIC_MSI_SETUP,
					 bad[fuzz_rnd(f, ARRAY_SIZE(bad))]);

	return vgic_vm_ioctl(vm->vm, KVM_DEBUG_GIC_MSI_SETUP, p, sizeof(*p));
}

static void try_block(struct fuzz *f, struct fuzz_vm *vm)
{
	struct kvm_debug_gic_msi_setup p = draw_params(f, vm);
	bool readable = fuzz_rnd(f, 100), watched = !fuzz_rnd(f, SNAPSHOTS);
	struct kunit *test = f->t->test;
	struct fuzz_host_irq *h;
	char *before = NULL;
	bool same;
	long ret;
	int want;

	want = readable ? fuzz_expected(f, vm, &p) : -EFAULT;
	same = want || fuzz_changes_nothing(vm, &p);
	if (watched && same)
		before = vgic_vm_snapshot(vm->vm);

	ret = call(f, vm, &p, readable);
	KUNIT_EXPECT_EQ_MSG(test, ret, want,
			    "VM %zu: device %x event %x vcpu %u vintid %u irq %u pad %x itt %llx",
			    vm - f->vm, p.device_id, p.event_id, p.vcpu_id,
			    p.vintid, p.host_irq, p.pad, p.itt_addr);
	f->answers[min(-want, 63)] += readable;
	f->unreadable += !readable;

	if (before) {
		char *after = vgic_vm_snapshot(vm->vm);

		vgic_vm_expect_same(test, before, after);
		kunit_kfree(test, after);
		kunit_kfree(test, before);
	}
	if (!want)
		fuzz_succeeded(f, vm, &p);
	expect_counts(f);
	h = fuzz_find_irq(f, p.host_irq);
	if (h)
		expect_irq(f, h);
}

static void tell(struct fuzz *f)
{
	const unsigned int *n = f->answers;

	kunit_info(f->t->test,
		   "fuzz: seed %llu: blocks %u, done %u, EINVAL %u, ENODEV %u, ENXIO %u, EPERM %u, EEXIST %u, EFAULT %u, unreadable %u",
		   scene.seed, blocks, n[0], n[EINVAL], n[ENODEV], n[ENXIO],
		   n[EPERM], n[EEXIST], n[EFAULT], f->unreadable);
}

static void ioctl_keeps_its_contract(struct kunit *test)
{
	struct fuzz *f = draw_scene(test);
	unsigned int i;

	for (i = 0; i < blocks && test->status != KUNIT_FAILURE; i++) {
		struct fuzz_vm *vm = &f->vm[fuzz_rnd(f, FUZZ_VMS)];

		disturb(f, vm);
		try_block(f, vm);
	}
	if (test->status != KUNIT_FAILURE)
		expect_all(f);
	tell(f);
}

static struct kunit_case vlpi_fuzz_cases[] = {
	KUNIT_CASE_PARAM(ioctl_keeps_its_contract, fuzz_gen_scenes),
	{}
};

static struct kunit_suite vlpi_fuzz_suite = {
	.name		= "vgic_vlpi_fuzz",
	.suite_init	= um_vgic_suite_init_vlpis,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= vlpi_fuzz_cases,
};

kunit_test_suite(vlpi_fuzz_suite);
um_vgic_machine_suites(vlpi_fuzz_suite);
