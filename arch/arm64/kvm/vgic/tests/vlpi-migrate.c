// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_regs: a VM whose distributor and redistributors only
 * userspace has ever written, as after a migration. The guest knows nothing of
 * it, and its interrupts go on.
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/kvm_host.h>
#include <asm/kvm_emulate.h>

#include "vgic.h"
#include "vlpi-regs.h"

#define SGI_BASE	SZ_64K	/* of the redistributor's second frame */
#define PENDING_SGI	3

/* In an order in which they can be restored */
static const unsigned int dist_regs[] = {
	GICD_IIDR, GICD_CTLR,
	GICD_IGROUPR + 4, GICD_ISENABLER + 4, GICD_IPRIORITYR + 32,
	GICD_ICFGR + 8, GICD_IROUTER + 8 * 32, GICD_IROUTER + 8 * 32 + 4,
};

static const unsigned int redist_regs[] = {
	GICR_PROPBASER, GICR_PROPBASER + 4, GICR_PENDBASER, GICR_PENDBASER + 4,
	GICR_CTLR, SGI_BASE + GICR_IGROUPR0, SGI_BASE + GICR_IPRIORITYR0,
	SGI_BASE + GICR_IPRIORITYR0 + 16, SGI_BASE + GICR_ICFGR0 + 4,
	SGI_BASE + GICR_ISENABLER0, SGI_BASE + GICR_ISPENDR0,
};

static u64 attr_of(struct kvm_vcpu *vcpu, unsigned int reg)
{
	u64 mpidr = kvm_vcpu_get_mpidr_aff(vcpu);
	u64 aff = MPIDR_AFFINITY_LEVEL(mpidr, 0) |
		  MPIDR_AFFINITY_LEVEL(mpidr, 1) << 8 |
		  MPIDR_AFFINITY_LEVEL(mpidr, 2) << 16 |
		  MPIDR_AFFINITY_LEVEL(mpidr, 3) << 24;

	return aff << KVM_DEV_ARM_VGIC_V3_MPIDR_SHIFT | reg;
}

static u64 get_reg(struct vgic_vm *vm, u32 group, unsigned int vcpu,
		   unsigned int reg)
{
	u64 val = 0;

	KUNIT_EXPECT_EQ_MSG(vm->test, 0,
			    vgic_vm_attr(vm, vm->gic, KVM_GET_DEVICE_ATTR, group,
					 attr_of(vm->vcpu[vcpu], reg), &val),
			    "register %x", reg);

	return val;
}

static void move_reg(struct vgic_vm *from, struct vgic_vm *to, u32 group,
		     unsigned int vcpu, unsigned int reg)
{
	u64 val = get_reg(from, group, vcpu, reg);

	KUNIT_EXPECT_EQ_MSG(to->test, 0,
			    vgic_vm_attr(to, to->gic, KVM_SET_DEVICE_ATTR, group,
					 attr_of(to->vcpu[vcpu], reg), &val),
			    "register %x", reg);
	KUNIT_EXPECT_EQ_MSG(to->test, val, get_reg(to, group, vcpu, reg),
			    "register %x", reg);
}

static void move_gic(struct vgic_vm *from, struct vgic_vm *to)
{
	struct vgic_vmcr vmcr;
	unsigned int i, vcpu;

	for (i = 0; i < ARRAY_SIZE(dist_regs); i++)
		move_reg(from, to, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0,
			 dist_regs[i]);
	for (vcpu = 0; vcpu < from->nr_vcpus; vcpu++) {
		for (i = 0; i < ARRAY_SIZE(redist_regs); i++)
			move_reg(from, to, KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
				 vcpu, redist_regs[i]);
		/* ICC_PMR_EL1 and ICC_IGRPEN1_EL1 */
		vgic_get_vmcr(from->vcpu[vcpu], &vmcr);
		vgic_set_vmcr(to->vcpu[vcpu], &vmcr);
	}
}

static u32 guest_reads(struct vgic_vm *vm, gpa_t base, unsigned int reg)
{
	return vgic_guest_mmio_read(vm, vm->vcpu[0], base + reg, 4);
}

/* What the guest wrote on the old host it reads on the new one */
static void expect_guest_sees_the_same(struct vgic_vm *a, struct vgic_vm *b)
{
	unsigned int i, vcpu;

	for (i = 0; i < ARRAY_SIZE(dist_regs); i++)
		KUNIT_EXPECT_EQ_MSG(a->test,
				    guest_reads(a, VGIC_VM_DIST_BASE, dist_regs[i]),
				    guest_reads(b, VGIC_VM_DIST_BASE, dist_regs[i]),
				    "GICD %x", dist_regs[i]);
	for (vcpu = 0; vcpu < a->nr_vcpus; vcpu++) {
		gpa_t base = a->vcpu[vcpu]->arch.vgic_cpu.rd_iodev.base_addr;

		for (i = 0; i < ARRAY_SIZE(redist_regs); i++)
			KUNIT_EXPECT_EQ_MSG(a->test,
					    guest_reads(a, base, redist_regs[i]),
					    guest_reads(b, base, redist_regs[i]),
					    "GICR %x of %u", redist_regs[i], vcpu);
		KUNIT_EXPECT_EQ(a->test, guest_reads(a, base, GICR_TYPER),
				guest_reads(b, base, GICR_TYPER));
	}
}

/* Values that are not those of reset */
static void program_gic(struct vgic_vm *vm)
{
	struct kvm_vcpu *last = vm->vcpu[vm->nr_vcpus - 1];
	struct {
		unsigned int	reg;
		unsigned int	len;
		u64		val;
	} writes[] = {
		{ GICD_IGROUPR + 4, 4, 0x0f0f0f0f },
		{ GICD_ISENABLER + 4, 4, 0x00ff00ff },
		{ GICD_IPRIORITYR + 32, 4, 0x10305070 },
		{ GICD_ICFGR + 8, 4, 0xaaaa0000 },
		{ GICD_IROUTER + 8 * 32, 8, kvm_vcpu_get_mpidr_aff(last) },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(writes); i++)
		vgic_guest_mmio_write(vm, vm->vcpu[0],
				      VGIC_VM_DIST_BASE + writes[i].reg,
				      writes[i].len, writes[i].val);
	for (i = 0; i < vm->nr_vcpus; i++) {
		vgic_guest_sgi_write(vm, vm->vcpu[i], GICR_IGROUPR0, ~0);
		vgic_guest_sgi_write(vm, vm->vcpu[i], GICR_ISENABLER0, 0xff << i);
		vgic_guest_sgi_write(vm, vm->vcpu[i], GICR_IPRIORITYR0,
				     0x20406080);
	}
	vgic_guest_send_sgi(vm->vcpu[0], last, PENDING_SGI);
}

void userspace_alone_moves_a_vm(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm_config config = t->p->config;
	struct vlpi v = vlpi_nth(t, 0);
	struct vgic_vm *from = t->vm;
	struct kvm_vcpu *last;

	program_gic(from);
	vlpi_enable_in_guest(t, &v);
	vgic_guest_mapd(from, v.devid, v.itt, EVENT_BITS);
	vgic_guest_mapc(from, 0, from->vcpu[0]->vcpu_id);
	vgic_guest_mapti(from, v.devid, v.eventid, v.intid, 0);
	KUNIT_EXPECT_EQ(test, 1, vgic_vm_signal_msi(from, v.devid, v.eventid));
	/* What the signal put into the translation cache stays behind */
	vgic_guest_mapc(from, 1, from->vcpu[0]->vcpu_id);
	vgic_guest_unmapc(from, 1);

	config.no_guest = true;
	t->vm = vgic_vm_create(test, &config);
	KUNIT_ASSERT_EQ(test, 0, tables_save(from));
	tables_copy_ram(from, t->vm);
	move_gic(from, t->vm);
	KUNIT_ASSERT_EQ(test, 0, tables_move(from, t->vm));
	vgic_vm_expect_same(test, vits_facts(from), vits_facts(t->vm));
	expect_guest_sees_the_same(from, t->vm);

	/* Both were pending on the old host */
	last = t->vm->vcpu[t->vm->nr_vcpus - 1];
	vgic_guest_enter(last);
	KUNIT_EXPECT_TRUE(test, vgic_guest_in_lr(last, PENDING_SGI) ||
			  vgic_guest_ack(last) == PENDING_SGI);
	vgic_guest_exit(last);

	/* The device comes along, and its interrupt is forwarded again */
	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_mapped(t, &v);
	vgic_guest_enter(t->vm->vcpu[0]);
	KUNIT_EXPECT_EQ(test, v.intid, vgic_guest_ack(t->vm->vcpu[0]));
	vlpi_device_write(&v);
	KUNIT_EXPECT_EQ(test, v.intid, vgic_guest_ack(t->vm->vcpu[0]));
	vgic_guest_exit(t->vm->vcpu[0]);
}
