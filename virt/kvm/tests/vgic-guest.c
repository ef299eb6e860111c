// SPDX-License-Identifier: GPL-2.0
/*
 * The guest of a VM under test: its memory and its GIC driver.
 *
 * What a guest does by a load or store to the GIC goes through KVM's MMIO
 * bus, as after a trap.
 */
#include <kunit/test.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/kvm_host.h>
#include <linux/uaccess.h>
#include <asm/kvm_emulate.h>

#include <kvm/arm_vgic.h>
#include <kvm/iodev.h>
#include <kvm/vgic_fixture.h>

#include "vgic.h"

#define CMD_SIZE	32
#define CMD_QUEUE_SIZE	SZ_64K

/* Every vCPU has 64 KiB for its pending table: GICR_PENDBASER wants that */
#define PEND_TABLE_SIZE	SZ_64K

#define PROP_ID_BITS	16

/* A guest needs no help of KVM's to use its RAM */
static void __user *ram_of(struct vgic_vm *vm, gpa_t gpa, size_t size)
{
	KUNIT_EXPECT_GE(vm->test, gpa, VGIC_VM_RAM_BASE);
	KUNIT_EXPECT_LE(vm->test, gpa + size,
			VGIC_VM_RAM_BASE + VGIC_VM_RAM_SIZE);

	return (void __user *)(vm->uram + gpa - VGIC_VM_RAM_BASE);
}

/**
 * vgic_guest_write() - store to guest RAM
 * @vm: the VM
 * @gpa: guest physical address
 * @data: what to store
 * @size: bytes
 *
 * Context: the test's thread or one of vgic_vm_run_on(); may sleep.
 */
void vgic_guest_write(struct vgic_vm *vm, gpa_t gpa, const void *data,
		      size_t size)
{
	KUNIT_EXPECT_EQ(vm->test, 0,
			copy_to_user(ram_of(vm, gpa, size), data, size));
}

/**
 * vgic_guest_read() - load from guest RAM
 * @vm: the VM
 * @gpa: guest physical address
 * @data: where to
 * @size: bytes
 *
 * Context: the test's thread or one of vgic_vm_run_on(); may sleep.
 */
void vgic_guest_read(struct vgic_vm *vm, gpa_t gpa, void *data, size_t size)
{
	KUNIT_EXPECT_EQ(vm->test, 0,
			copy_from_user(data, ram_of(vm, gpa, size), size));
}

/**
 * vgic_guest_mmio_write() - a store to a device, trapped
 * @vm: the VM
 * @vcpu: the vCPU that stores
 * @gpa: guest physical address
 * @len: bytes, 1, 2, 4 or 8
 * @val: value
 *
 * Context: the test's thread or one of vgic_vm_run_on(); may sleep.
 */
void vgic_guest_mmio_write(struct vgic_vm *vm, struct kvm_vcpu *vcpu, gpa_t gpa,
			   unsigned int len, u64 val)
{
	guard(srcu)(&vm->kvm->srcu);
	KUNIT_EXPECT_EQ(vm->test, 0,
			kvm_io_bus_write(vcpu, KVM_MMIO_BUS, gpa, len, &val));
}

/**
 * vgic_guest_mmio_read() - a load from a device, trapped
 * @vm: the VM
 * @vcpu: the vCPU that loads
 * @gpa: guest physical address
 * @len: bytes, 1, 2, 4 or 8
 *
 * Context: the test's thread or one of vgic_vm_run_on(); may sleep.
 * Return: the value, zero-extended.
 */
u64 vgic_guest_mmio_read(struct vgic_vm *vm, struct kvm_vcpu *vcpu, gpa_t gpa,
			 unsigned int len)
{
	u64 val = 0;

	guard(srcu)(&vm->kvm->srcu);
	KUNIT_EXPECT_EQ(vm->test, 0,
			kvm_io_bus_read(vcpu, KVM_MMIO_BUS, gpa, len, &val));

	return val;
}

static gpa_t redist_base(struct kvm_vcpu *vcpu)
{
	return vcpu->arch.vgic_cpu.rd_iodev.base_addr;
}

static void its_write(struct vgic_vm *vm, unsigned int reg, unsigned int len,
		      u64 val)
{
	vgic_guest_mmio_write(vm, vm->vcpu[0], vm->its_base + reg, len, val);
}

static u64 its_read(struct vgic_vm *vm, unsigned int reg, unsigned int len)
{
	return vgic_guest_mmio_read(vm, vm->vcpu[0], vm->its_base + reg, len);
}

/**
 * vgic_guest_enable_lpis() - give a redistributor its tables, enable LPIs
 * @vm: the VM
 * @vcpu: whose redistributor
 *
 * Context: as vgic_guest_mmio_write().
 */
void vgic_guest_enable_lpis(struct vgic_vm *vm, struct kvm_vcpu *vcpu)
{
	gpa_t rd = redist_base(vcpu);
	gpa_t pend = VGIC_VM_PEND_TABLES + vcpu->vcpu_idx * PEND_TABLE_SIZE;

	vgic_guest_mmio_write(vm, vcpu, rd + GICR_PROPBASER, 8,
			      VGIC_VM_PROP_TABLE | (PROP_ID_BITS - 1));
	vgic_guest_mmio_write(vm, vcpu, rd + GICR_PENDBASER, 8, pend);
	vgic_guest_mmio_write(vm, vcpu, rd + GICR_CTLR, 4,
			      GICR_CTLR_ENABLE_LPIS);
}

/**
 * vgic_guest_disable_lpis() - clear GICR_CTLR.EnableLPIs
 * @vm: the VM
 * @vcpu: whose redistributor
 *
 * Context: as vgic_guest_mmio_write().
 */
void vgic_guest_disable_lpis(struct vgic_vm *vm, struct kvm_vcpu *vcpu)
{
	vgic_guest_mmio_write(vm, vcpu, redist_base(vcpu) + GICR_CTLR, 4, 0);
}

/**
 * vgic_guest_disable_its() - clear GITS_CTLR.Enabled
 * @vm: the VM
 *
 * Context: as vgic_guest_mmio_write().
 */
void vgic_guest_disable_its(struct vgic_vm *vm)
{
	its_write(vm, GITS_CTLR, 4, 0);
}

/**
 * vgic_guest_set_pending() - set an LPI's bit in a pending table
 * @vm: the VM
 * @vcpu: whose table
 * @intid: INTID, 8192 or above
 *
 * KVM reads the table when LPIs get enabled and when an LPI gets mapped.
 *
 * Context: as vgic_guest_write().
 */
void vgic_guest_set_pending(struct vgic_vm *vm, struct kvm_vcpu *vcpu,
			    u32 intid)
{
	gpa_t gpa = VGIC_VM_PEND_TABLES + vcpu->vcpu_idx * PEND_TABLE_SIZE +
		    intid / 8;
	u8 byte;

	vgic_guest_read(vm, gpa, &byte, 1);
	byte |= BIT(intid % 8);
	vgic_guest_write(vm, gpa, &byte, 1);
}

/**
 * vgic_guest_get_pending() - look at an LPI's bit in a pending table
 * @vm: the VM
 * @vcpu: whose table
 * @intid: INTID, 8192 or above
 *
 * KVM writes the table when userspace has it saved.
 *
 * Context: as vgic_guest_read().
 * Return: the bit.
 */
bool vgic_guest_get_pending(struct vgic_vm *vm, struct kvm_vcpu *vcpu,
			    u32 intid)
{
	gpa_t gpa = VGIC_VM_PEND_TABLES + vcpu->vcpu_idx * PEND_TABLE_SIZE +
		    intid / 8;
	u8 byte;

	vgic_guest_read(vm, gpa, &byte, 1);

	return byte & BIT(intid % 8);
}

static void setup_its(struct vgic_vm *vm)
{
	unsigned int i;

	for (i = 0; i < GITS_BASER_NR_REGS; i++) {
		unsigned int reg = GITS_BASER + 8 * i;
		u64 baser = its_read(vm, reg, 8);
		gpa_t table;

		switch (GITS_BASER_TYPE(baser)) {
		case GITS_BASER_TYPE_DEVICE:
			table = VGIC_VM_DEVICE_TABLE;
			break;
		case GITS_BASER_TYPE_COLLECTION:
			table = VGIC_VM_COLL_TABLE;
			break;
		default:
			continue;
		}
		its_write(vm, reg, 8, GITS_BASER_VALID |
			  GITS_BASER_PAGE_SIZE_64K | table);
	}

	its_write(vm, GITS_CBASER, 8, GITS_CBASER_VALID | VGIC_VM_CMD_QUEUE |
		  (CMD_QUEUE_SIZE / SZ_4K - 1));
	vm->cwriter = 0;
	its_write(vm, GITS_CWRITER, 8, 0);
	its_write(vm, GITS_CTLR, 4, GITS_CTLR_ENABLE);
}

/* ICC_PMR_EL1 and ICC_IGRPEN1_EL1, which the guest writes without a trap */
static void enable_cpu_interface(struct kvm_vcpu *vcpu)
{
	struct vgic_vmcr vmcr;

	vgic_get_vmcr(vcpu, &vmcr);
	vmcr.pmr = VGIC_GUEST_PMR;
	vmcr.grpen1 = 1;
	vgic_set_vmcr(vcpu, &vmcr);
}

static void write_gicd_ctlr(struct vgic_vm *vm, u32 val)
{
	vgic_guest_mmio_write(vm, vm->vcpu[0], VGIC_VM_DIST_BASE + GICD_CTLR, 4,
			      val);
}

/**
 * vgic_guest_enable_dist() - enable the distributor
 * @vm: the VM
 *
 * If the distributor offers SGIs without an active state, the guest takes
 * them, unless the VM's configuration says otherwise.
 *
 * Context: as vgic_guest_mmio_write(). No vCPU is loaded.
 */
void vgic_guest_enable_dist(struct vgic_vm *vm)
{
	u32 typer2 = vgic_guest_mmio_read(vm, vm->vcpu[0],
					  VGIC_VM_DIST_BASE + GICD_TYPER2, 4);
	u32 ctlr = GICD_CTLR_ENABLE_SS_G1;

	if ((typer2 & GICD_TYPER2_nASSGIcap) && !vm->active_sgis)
		ctlr |= GICD_CTLR_nASSGIreq;
	write_gicd_ctlr(vm, ctlr);
}

/**
 * vgic_guest_disable_dist() - disable the distributor
 * @vm: the VM
 *
 * Context: as vgic_guest_mmio_write().
 */
void vgic_guest_disable_dist(struct vgic_vm *vm)
{
	write_gicd_ctlr(vm, 0);
}

/**
 * vgic_guest_setup() - what a guest's GIC driver does at boot
 * @vm: the VM
 *
 * Distributor and CPU interfaces on, LPIs on for every vCPU, ITS tables and
 * queue set up, ITS on. No LPI is enabled, and the ITS holds no mapping.
 *
 * Context: as vgic_guest_mmio_write(). No vCPU is loaded.
 */
void vgic_guest_setup(struct vgic_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++)
		enable_cpu_interface(vm->vcpu[i]);
	vgic_guest_enable_dist(vm);
	if (!vm->its)
		return;

	for (i = 0; i < vm->nr_vcpus; i++)
		vgic_guest_enable_lpis(vm, vm->vcpu[i]);
	setup_its(vm);
}

/**
 * vgic_guest_set_lpi() - write an LPI's byte of the property table
 * @vm: the VM
 * @intid: INTID, 8192 or above
 * @priority: priority, of which the GIC uses the upper six bits
 * @enabled: the enable bit
 *
 * Takes effect after an INV or INVALL, or when the LPI gets mapped.
 *
 * Context: as vgic_guest_write().
 */
void vgic_guest_set_lpi(struct vgic_vm *vm, u32 intid, u8 priority,
			bool enabled)
{
	u8 prop = (priority & 0xfc) | LPI_PROP_GROUP1 |
		  (enabled ? LPI_PROP_ENABLED : 0);

	vgic_guest_write(vm, VGIC_VM_PROP_TABLE + intid - 8192, &prop, 1);
}

static void its_cmd(struct vgic_vm *vm, u64 dw0, u64 dw1, u64 dw2, u64 dw3)
{
	__le64 cmd[4] = {
		cpu_to_le64(dw0), cpu_to_le64(dw1),
		cpu_to_le64(dw2), cpu_to_le64(dw3),
	};

	vgic_guest_write(vm, VGIC_VM_CMD_QUEUE + vm->cwriter, cmd, sizeof(cmd));
	vm->cwriter = (vm->cwriter + CMD_SIZE) % CMD_QUEUE_SIZE;
	its_write(vm, GITS_CWRITER, 8, vm->cwriter);
	KUNIT_EXPECT_EQ(vm->test, its_read(vm, GITS_CREADR, 8), vm->cwriter);
}

/**
 * vgic_guest_command() - any ITS command, also one that makes no sense
 * @vm: the VM
 * @dw0: first doubleword, with the opcode
 * @dw1: second
 * @dw2: third
 * @dw3: fourth
 *
 * Context: as vgic_guest_mapd().
 */
void vgic_guest_command(struct vgic_vm *vm, u64 dw0, u64 dw1, u64 dw2, u64 dw3)
{
	its_cmd(vm, dw0, dw1, dw2, dw3);
}

static u64 cmd_dev(u8 opcode, u32 devid)
{
	return opcode | (u64)devid << 32;
}

/**
 * vgic_guest_alloc_itt() - guest RAM for an ITT
 * @vm: the VM
 * @event_bits: EventID bits of the device
 *
 * Return: its guest physical address, 256-byte aligned.
 */
gpa_t vgic_guest_alloc_itt(struct vgic_vm *vm, unsigned int event_bits)
{
	gpa_t itt = vm->next_itt;

	vm->next_itt += ALIGN(8UL << event_bits, SZ_256);
	KUNIT_ASSERT_LE(vm->test, vm->next_itt,
			VGIC_VM_RAM_BASE + VGIC_VM_RAM_SIZE);

	return itt;
}

/**
 * vgic_guest_mapd() - MAPD with V=1
 * @vm: the VM
 * @devid: DeviceID
 * @itt: guest physical address of the ITT
 * @event_bits: EventID bits, 1 to 16
 *
 * Context: as vgic_guest_mmio_write(); all commands complete before return.
 */
void vgic_guest_mapd(struct vgic_vm *vm, u32 devid, gpa_t itt,
		     unsigned int event_bits)
{
	its_cmd(vm, cmd_dev(GITS_CMD_MAPD, devid), event_bits - 1,
		itt | GITS_CBASER_VALID, 0);
}

/**
 * vgic_guest_unmapd() - MAPD with V=0
 * @vm: the VM
 * @devid: DeviceID
 *
 * Context: as vgic_guest_mapd().
 */
void vgic_guest_unmapd(struct vgic_vm *vm, u32 devid)
{
	its_cmd(vm, cmd_dev(GITS_CMD_MAPD, devid), 0, 0, 0);
}

/**
 * vgic_guest_mapc() - MAPC with V=1
 * @vm: the VM
 * @icid: collection
 * @vcpu_id: target, the processor number of its redistributor
 *
 * Context: as vgic_guest_mapd().
 */
void vgic_guest_mapc(struct vgic_vm *vm, u16 icid, u32 vcpu_id)
{
	its_cmd(vm, GITS_CMD_MAPC, 0,
		GITS_CBASER_VALID | (u64)vcpu_id << 16 | icid, 0);
}

/**
 * vgic_guest_unmapc() - MAPC with V=0
 * @vm: the VM
 * @icid: collection
 *
 * Context: as vgic_guest_mapd().
 */
void vgic_guest_unmapc(struct vgic_vm *vm, u16 icid)
{
	its_cmd(vm, GITS_CMD_MAPC, 0, icid, 0);
}

/**
 * vgic_guest_mapti() - MAPTI
 * @vm: the VM
 * @devid: DeviceID
 * @eventid: EventID
 * @intid: the guest's LPI
 * @icid: collection
 *
 * Context: as vgic_guest_mapd().
 */
void vgic_guest_mapti(struct vgic_vm *vm, u32 devid, u32 eventid, u32 intid,
		      u16 icid)
{
	its_cmd(vm, cmd_dev(GITS_CMD_MAPTI, devid),
		eventid | (u64)intid << 32, icid, 0);
}

/**
 * vgic_guest_movi() - MOVI
 * @vm: the VM
 * @devid: DeviceID
 * @eventid: EventID
 * @icid: new collection
 *
 * Context: as vgic_guest_mapd().
 */
void vgic_guest_movi(struct vgic_vm *vm, u32 devid, u32 eventid, u16 icid)
{
	its_cmd(vm, cmd_dev(GITS_CMD_MOVI, devid), eventid, icid, 0);
}

/**
 * vgic_guest_movall() - MOVALL
 * @vm: the VM
 * @from_vcpu_id: processor number of the old redistributor
 * @to_vcpu_id: processor number of the new one
 *
 * Context: as vgic_guest_mapd().
 */
void vgic_guest_movall(struct vgic_vm *vm, u32 from_vcpu_id, u32 to_vcpu_id)
{
	its_cmd(vm, GITS_CMD_MOVALL, 0, (u64)from_vcpu_id << 16,
		(u64)to_vcpu_id << 16);
}

/**
 * vgic_guest_discard() - DISCARD
 * @vm: the VM
 * @devid: DeviceID
 * @eventid: EventID
 *
 * Context: as vgic_guest_mapd().
 */
void vgic_guest_discard(struct vgic_vm *vm, u32 devid, u32 eventid)
{
	its_cmd(vm, cmd_dev(GITS_CMD_DISCARD, devid), eventid, 0, 0);
}

/**
 * vgic_guest_int() - INT
 * @vm: the VM
 * @devid: DeviceID
 * @eventid: EventID
 *
 * Context: as vgic_guest_mapd().
 */
void vgic_guest_int(struct vgic_vm *vm, u32 devid, u32 eventid)
{
	its_cmd(vm, cmd_dev(GITS_CMD_INT, devid), eventid, 0, 0);
}

/**
 * vgic_guest_clear() - CLEAR
 * @vm: the VM
 * @devid: DeviceID
 * @eventid: EventID
 *
 * Context: as vgic_guest_mapd().
 */
void vgic_guest_clear(struct vgic_vm *vm, u32 devid, u32 eventid)
{
	its_cmd(vm, cmd_dev(GITS_CMD_CLEAR, devid), eventid, 0, 0);
}

/**
 * vgic_guest_inv() - INV
 * @vm: the VM
 * @devid: DeviceID
 * @eventid: EventID
 *
 * Context: as vgic_guest_mapd().
 */
void vgic_guest_inv(struct vgic_vm *vm, u32 devid, u32 eventid)
{
	its_cmd(vm, cmd_dev(GITS_CMD_INV, devid), eventid, 0, 0);
}

/**
 * vgic_guest_invall() - INVALL
 * @vm: the VM
 * @icid: collection
 *
 * Context: as vgic_guest_mapd().
 */
void vgic_guest_invall(struct vgic_vm *vm, u16 icid)
{
	its_cmd(vm, GITS_CMD_INVALL, 0, icid, 0);
}

/**
 * vgic_guest_sgi_write() - write to the SGI frame of a redistributor
 * @vm: the VM
 * @vcpu: whose redistributor; it is the one that writes
 * @reg: GICR_ISENABLER0 and others, 32 bits
 * @val: value
 *
 * Context: as vgic_guest_mmio_write().
 */
void vgic_guest_sgi_write(struct vgic_vm *vm, struct kvm_vcpu *vcpu,
			  unsigned int reg, u32 val)
{
	vgic_guest_mmio_write(vm, vcpu, redist_base(vcpu) + SZ_64K + reg, 4,
			      val);
}

/**
 * vgic_guest_sgi_read() - read from the SGI frame of a redistributor
 * @vm: the VM
 * @vcpu: whose redistributor; it is the one that reads
 * @reg: GICR_ISENABLER0 and others, 32 bits
 *
 * Context: as vgic_guest_mmio_read().
 * Return: the value.
 */
u32 vgic_guest_sgi_read(struct vgic_vm *vm, struct kvm_vcpu *vcpu,
			unsigned int reg)
{
	return vgic_guest_mmio_read(vm, vcpu, redist_base(vcpu) + SZ_64K + reg,
				    4);
}

/**
 * vgic_guest_send_sgi() - write ICC_SGI1R_EL1, trapped: an SGI for one vCPU
 * @from: the vCPU that writes
 * @to: the target
 * @sgi: 0 to 15
 *
 * Context: any that may take the vGIC's spinlocks.
 */
void vgic_guest_send_sgi(struct kvm_vcpu *from, struct kvm_vcpu *to,
			 unsigned int sgi)
{
	u64 mpidr = kvm_vcpu_get_mpidr_aff(to);
	u64 val = (u64)sgi << ICC_SGI1R_SGI_ID_SHIFT;

	val |= BIT(MPIDR_AFFINITY_LEVEL(mpidr, 0));
	val |= (u64)MPIDR_AFFINITY_LEVEL(mpidr, 1) << ICC_SGI1R_AFFINITY_1_SHIFT;
	val |= (u64)MPIDR_AFFINITY_LEVEL(mpidr, 2) << ICC_SGI1R_AFFINITY_2_SHIFT;
	val |= (u64)MPIDR_AFFINITY_LEVEL(mpidr, 3) << ICC_SGI1R_AFFINITY_3_SHIFT;
	vgic_v3_dispatch_sgi(from, val, true);
}

/**
 * vgic_guest_send_sgi_to_others() - an SGI for all vCPUs but the sender
 * @from: the vCPU that writes
 * @sgi: 0 to 15
 *
 * Context: as vgic_guest_send_sgi().
 */
void vgic_guest_send_sgi_to_others(struct kvm_vcpu *from, unsigned int sgi)
{
	vgic_v3_dispatch_sgi(from, (u64)sgi << ICC_SGI1R_SGI_ID_SHIFT |
			     BIT_ULL(ICC_SGI1R_IRQ_ROUTING_MODE_BIT), true);
}
