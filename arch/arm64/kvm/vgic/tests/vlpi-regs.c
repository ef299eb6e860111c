// SPDX-License-Identifier: GPL-2.0
/*
 * Suite vgic_vlpi_regs: registers and commands of a VM's ITS, by its guest and
 * by its userspace, while it holds vLPIs.
 */
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/kvm_host.h>
#include <linux/um-vgic-machines.h>

#include "vgic.h"
#include "vlpi-regs.h"

#define NOT_A_REG	0x0ff8	/* between GITS_BASER7 and GITS_TRANSLATER */
#define TABLE_ENTRIES	(SZ_64K / 8)	/* of a table of one page */
#define QUEUE_PAGE	SZ_4K
#define CMD_SIZE	32

/**
 * vits_get() - userspace reads a register of the ITS
 * @vm: the VM
 * @reg: GITS_*
 *
 * Return: the value; a failure fails the test.
 */
u64 vits_get(struct vgic_vm *vm, unsigned int reg)
{
	u64 val = 0;

	KUNIT_EXPECT_EQ(vm->test, 0,
			vgic_vm_attr(vm, vm->its, KVM_GET_DEVICE_ATTR,
				     KVM_DEV_ARM_VGIC_GRP_ITS_REGS, reg, &val));

	return val;
}

/**
 * vits_set() - userspace writes a register of the ITS
 * @vm: the VM
 * @reg: GITS_*
 * @val: value
 *
 * Return: what the ioctl returns.
 */
int vits_set(struct vgic_vm *vm, unsigned int reg, u64 val)
{
	return vgic_vm_attr(vm, vm->its, KVM_SET_DEVICE_ATTR,
			    KVM_DEV_ARM_VGIC_GRP_ITS_REGS, reg, &val);
}

/**
 * vits_read() - the guest reads a register of the ITS
 * @vm: the VM
 * @reg: GITS_*
 * @len: bytes, 4 or 8
 *
 * Return: the value.
 */
u64 vits_read(struct vgic_vm *vm, unsigned int reg, unsigned int len)
{
	return vgic_guest_mmio_read(vm, vm->vcpu[0], vm->its_base + reg, len);
}

/**
 * vits_write() - the guest writes a register of the ITS
 * @vm: the VM
 * @reg: GITS_*
 * @len: bytes, 4 or 8
 * @val: value
 */
void vits_write(struct vgic_vm *vm, unsigned int reg, unsigned int len, u64 val)
{
	vgic_guest_mmio_write(vm, vm->vcpu[0], vm->its_base + reg, len, val);
}

static bool is_fact(const char *line)
{
	return str_has_prefix(line, "its device") ||
	       str_has_prefix(line, "its ite") ||
	       str_has_prefix(line, "its collection") ||
	       str_has_prefix(line, "its cached") ||
	       str_has_prefix(line, "lpi ");
}

/**
 * vits_facts() - what the ITS holds, and the LPIs
 * @vm: the VM
 *
 * Return: those lines of the VM's snapshot, freed when the test ends.
 */
char *vits_facts(struct vgic_vm *vm)
{
	char *all = vgic_vm_snapshot(vm), *to = all, *line = all;

	while (*line) {
		size_t len = strcspn(line, "\n") + 1;

		if (is_fact(line)) {
			memmove(to, line, len);
			to += len;
		}
		line += len;
	}
	*to = '\0';

	return all;
}

/**
 * vits_is_empty() - does the ITS hold nothing?
 * @vm: the VM
 *
 * Return: true if there is neither device, event, collection nor translation
 * in the cache; and no LPI, but for those that wait for a vCPU to run.
 */
bool vits_is_empty(struct vgic_vm *vm)
{
	struct vgic_irq *irq;
	unsigned long intid;
	char *facts;

	for (facts = vits_facts(vm); *facts; facts += strcspn(facts, "\n") + 1)
		if (!str_has_prefix(facts, "lpi "))
			return false;

	guard(rcu)();
	xa_for_each(&vm->kvm->arch.vgic.lpi_xa, intid, irq)
		if (refcount_read(&irq->refcount) != !!irq->vcpu)
			return false;

	return true;
}

/**
 * vits_add_emulated() - the guest maps an event that is not forwarded
 * @t: the case
 * @v: a vLPI, of which the host's side is not used; its device is mapped
 */
void vits_add_emulated(struct vlpi_test *t, const struct vlpi *v)
{
	vlpi_enable_in_guest(t, v);
	vgic_guest_mapti(t->vm, v->devid, v->eventid, v->intid, v->vcpu);
}

/**
 * vits_expect_emulated() - an MSI reaches the guest by a list register
 * @t: the case
 * @vm: the VM
 * @v: an event that is mapped and not forwarded
 */
void vits_expect_emulated(struct vlpi_test *t, struct vgic_vm *vm,
			  const struct vlpi *v)
{
	struct kvm_vcpu *vcpu = vm->vcpu[v->vcpu];

	KUNIT_EXPECT_EQ(t->test, 1, vgic_vm_signal_msi(vm, v->devid, v->eventid));
	vgic_guest_enter(vcpu);
	KUNIT_EXPECT_TRUE(t->test, vgic_guest_in_lr(vcpu, v->intid));
	vgic_guest_exit(vcpu);
}

/* Registers */

static void userspace_and_guest_read_the_same(struct kunit *test)
{
	static const struct {
		unsigned int reg, len;
	} regs[] = {
		{ GITS_CTLR, 4 },	{ GITS_IIDR, 4 },
		{ GITS_TYPER, 8 },	{ GITS_CBASER, 8 },
		{ GITS_CWRITER, 8 },	{ GITS_CREADR, 8 },
		{ GITS_BASER, 8 },	{ GITS_BASER + 8, 8 },
		{ GITS_BASER + 16, 8 },	{ GITS_PIDR0, 4 },
		{ GITS_PIDR1, 4 },	{ GITS_PIDR2, 4 },
		{ GITS_PIDR4, 4 },	{ GITS_CIDR0, 4 },
		{ GITS_CIDR1, 4 },	{ GITS_CIDR2, 4 },
		{ GITS_CIDR3, 4 },
	};
	struct vlpi_test *t = test->priv;
	struct vgic_vm *vm = t->vm;
	unsigned int i, typer[3];
	u64 val, half;

	vlpi_setup_nth(t, 0);
	vgic_guest_mapc(vm, 5, vm->vcpu[0]->vcpu_id);	/* a queue that moved */
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		unsigned int reg = regs[i].reg;

		val = vits_get(vm, reg);
		KUNIT_EXPECT_EQ_MSG(test, val, vits_read(vm, reg, regs[i].len),
				    "register %x", reg);
		KUNIT_EXPECT_EQ(test, 0,
				vgic_vm_attr(vm, vm->its, KVM_HAS_DEVICE_ATTR,
					     KVM_DEV_ARM_VGIC_GRP_ITS_REGS, reg,
					     &val));
		if (regs[i].len == 4)
			continue;
		half = vits_read(vm, reg, 4) | vits_read(vm, reg + 4, 4) << 32;
		KUNIT_EXPECT_EQ_MSG(test, val, half, "halves of %x", reg);
	}

	/* What a driver wants of them */
	val = vits_get(vm, GITS_TYPER);
	KUNIT_EXPECT_TRUE(test, val & GITS_TYPER_PLPIS);
	typer[0] = FIELD_GET(GITS_TYPER_DEVBITS, val) + 1;
	typer[1] = FIELD_GET(GITS_TYPER_IDBITS, val) + 1;
	typer[2] = FIELD_GET(GITS_TYPER_ITT_ENTRY_SIZE, val) + 1;
	KUNIT_EXPECT_EQ(test, 16, typer[0]);
	KUNIT_EXPECT_EQ(test, 16, typer[1]);
	KUNIT_EXPECT_EQ(test, 8, typer[2]);
	KUNIT_EXPECT_EQ(test, GIC_PIDR2_ARCH_GICv3,
			vits_get(vm, GITS_PIDR2) & GIC_PIDR2_ARCH_MASK);
	KUNIT_EXPECT_EQ(test, 0xb105f00d,
			vits_get(vm, GITS_CIDR0) | vits_get(vm, GITS_CIDR1) << 8 |
			vits_get(vm, GITS_CIDR2) << 16 |
			vits_get(vm, GITS_CIDR3) << 24);
	KUNIT_EXPECT_EQ(test, CMD_SIZE,
			vits_get(vm, GITS_CWRITER));
	KUNIT_EXPECT_EQ(test, GITS_BASER_TYPE_DEVICE,
			GITS_BASER_TYPE(vits_get(vm, GITS_BASER)));
	KUNIT_EXPECT_EQ(test, GITS_BASER_TYPE_COLLECTION,
			GITS_BASER_TYPE(vits_get(vm, GITS_BASER + 8)));
	KUNIT_EXPECT_EQ(test, 0, vits_get(vm, GITS_BASER + 16));
}

/* An enabled ITS keeps its tables and queue, whatever the guest writes */
static void guest_cannot_write_what_is_in_use(struct kunit *test)
{
	static const unsigned int regs[] = {
		GITS_CBASER, GITS_BASER, GITS_BASER + 8, GITS_TYPER,
		GITS_CREADR, GITS_BASER + 16,
	};
	struct vlpi_test *t = test->priv;
	struct vgic_vm *vm = t->vm;
	struct vlpi v = vlpi_setup_nth(t, 0);
	char *before = vgic_vm_snapshot(vm);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		vits_write(vm, regs[i], 8, GITS_CBASER_VALID | VGIC_VM_ITTS);
		vits_write(vm, regs[i], 4, 0);
	}
	vits_write(vm, GITS_IIDR, 4, 0);
	vits_write(vm, GITS_PIDR2, 4, 0);
	vgic_vm_expect_same(test, before, vgic_vm_snapshot(vm));
	vlpi_expect_delivered(t, &v);

	/* What may be written then, in halves, too */
	vgic_guest_disable_its(vm);
	vits_write(vm, GITS_CBASER, 4, VGIC_VM_ITTS | 3);
	vits_write(vm, GITS_CBASER + 4, 4, upper_32_bits(GITS_CBASER_VALID));
	KUNIT_EXPECT_EQ(test, GITS_CBASER_VALID | VGIC_VM_ITTS | 3,
			vits_read(vm, GITS_CBASER, 8) &
			(GITS_CBASER_VALID | GENMASK_ULL(51, 12) |
			 GENMASK_ULL(7, 0)));
	KUNIT_EXPECT_EQ(test, 0, vits_read(vm, GITS_CREADR, 8));
	KUNIT_EXPECT_EQ(test, 0, vits_read(vm, GITS_CWRITER, 8));
	/* The vLPIs are the hardware's: the vITS is not asked */
	vlpi_expect_delivered(t, &v);
}

static void rewriting_a_table_register_keeps_vlpis(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm *vm = t->vm;
	struct vlpi v = vlpi_setup_nth(t, 0);
	char *before = vits_facts(vm);
	unsigned int i;

	vgic_guest_disable_its(vm);
	for (i = 0; i < 2; i++)
		vits_write(vm, GITS_BASER + 8 * i, 8,
			   vits_read(vm, GITS_BASER + 8 * i, 8));
	vits_write(vm, GITS_CTLR, 4, GITS_CTLR_ENABLE);
	vgic_vm_expect_same(test, before, vits_facts(vm));
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);
}

/* Another device table, or none: what was in the old one is the host's again */
static void new_device_table_gives_irqs_back(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm *vm = t->vm;
	struct vlpi v = vlpi_setup_nth(t, 0), w = vlpi_setup_nth(t, 1);
	u64 baser = vits_read(vm, GITS_BASER, 8);

	vgic_guest_disable_its(vm);
	vits_write(vm, GITS_BASER, 8, baser & ~GITS_BASER_VALID);
	vlpi_expect_unmapped(t, &v);
	vlpi_expect_unmapped(t, &w);
	KUNIT_EXPECT_EQ(test, 0, vlpi_nr_mappings());

	/* And once more */
	vits_write(vm, GITS_BASER, 8, baser);
	vits_write(vm, GITS_CTLR, 4, GITS_CTLR_ENABLE);
	v = vlpi_setup_nth(t, 0);
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);
}

/* Events lose their collection, and nothing else */
static void new_collection_table_drops_collections(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm *vm = t->vm;
	struct vlpi v = vlpi_nth(t, 0);
	u64 baser = vits_read(vm, GITS_BASER + 8, 8);

	vgic_guest_mapd(vm, v.devid, v.itt, EVENT_BITS);
	vgic_guest_mapc(vm, v.vcpu, vm->vcpu[v.vcpu]->vcpu_id);
	vits_add_emulated(t, &v);
	vits_expect_emulated(t, vm, &v);

	vgic_guest_disable_its(vm);
	vits_write(vm, GITS_BASER + 8, 8, baser & ~GITS_BASER_VALID);
	KUNIT_EXPECT_TRUE(test, list_empty(&vlpi_vits(t)->collection_list));
	vits_write(vm, GITS_BASER + 8, 8, baser);
	vits_write(vm, GITS_CTLR, 4, GITS_CTLR_ENABLE);
	/* Not even by a translation that was cached */
	KUNIT_EXPECT_EQ(test, 0, vgic_vm_signal_msi(vm, v.devid, v.eventid));

	/* The event is lost for good; its device can be mapped anew */
	vgic_guest_mapc(vm, v.vcpu, vm->vcpu[v.vcpu]->vcpu_id);
	vgic_guest_mapd(vm, v.devid, v.itt, EVENT_BITS);
	vits_add_emulated(t, &v);
	vits_expect_emulated(t, vm, &v);
}

/* Each of the three has to be valid before the ITS can be enabled */
static void its_without_tables_stays_disabled(struct kunit *test)
{
	static const unsigned int regs[] = {
		GITS_BASER, GITS_BASER + 8, GITS_CBASER,
	};
	struct vlpi_test *t = test->priv;
	struct vgic_vm *vm = t->vm;
	unsigned int i;
	u64 val;

	vgic_guest_disable_its(vm);
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		val = vits_read(vm, regs[i], 8);
		vits_write(vm, regs[i], 8, val & ~GITS_BASER_VALID);
		vits_write(vm, GITS_CTLR, 4, GITS_CTLR_ENABLE);
		KUNIT_EXPECT_FALSE(test, vits_read(vm, GITS_CTLR, 4) &
				   GITS_CTLR_ENABLE);
		KUNIT_EXPECT_EQ(test, 0, vits_set(vm, GITS_CTLR, GITS_CTLR_ENABLE));
		KUNIT_EXPECT_FALSE(test, vlpi_vits(t)->enabled);
		vits_write(vm, regs[i], 8, val);
	}
	vits_write(vm, GITS_CTLR, 4, GITS_CTLR_ENABLE);
	KUNIT_EXPECT_TRUE(test, vits_read(vm, GITS_CTLR, 4) & GITS_CTLR_ENABLE);
}

static void put_command(struct vgic_vm *vm, unsigned int offset, u64 dw0,
			u64 dw1)
{
	__le64 cmd[4] = { cpu_to_le64(dw0), cpu_to_le64(dw1) };

	vgic_guest_write(vm, VGIC_VM_CMD_QUEUE + offset, cmd, sizeof(cmd));
}

/* Discards event @n at @offset */
static void put_discard(struct vgic_vm *vm, unsigned int offset,
			const struct vlpi *v)
{
	put_command(vm, offset, GITS_CMD_DISCARD | (u64)v->devid << 32,
		    v->eventid);
}

/* A queue of one page, of which the driver has got to the last entry */
static void shrink_queue(struct vgic_vm *vm)
{
	unsigned int offset;

	vgic_guest_disable_its(vm);
	vits_write(vm, GITS_CBASER, 8, GITS_CBASER_VALID | VGIC_VM_CMD_QUEUE);
	vits_write(vm, GITS_CTLR, 4, GITS_CTLR_ENABLE);
	for (offset = 0; offset < QUEUE_PAGE - CMD_SIZE; offset += CMD_SIZE)
		put_command(vm, offset, GITS_CMD_SYNC, 0);
	vits_write(vm, GITS_CWRITER, 8, QUEUE_PAGE - CMD_SIZE);
	KUNIT_EXPECT_EQ(vm->test, QUEUE_PAGE - CMD_SIZE,
			vits_read(vm, GITS_CREADR, 8));
}

static void command_queue_wraps(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm *vm = t->vm;
	struct vlpi v = vlpi_setup_nth(t, 0), w = vlpi_setup_nth(t, 1);
	struct vlpi x = vlpi_setup_nth(t, 2);

	shrink_queue(vm);
	put_discard(vm, QUEUE_PAGE - CMD_SIZE, &v);
	put_discard(vm, 0, &w);
	put_discard(vm, CMD_SIZE, &x);
	put_discard(vm, QUEUE_PAGE, &x);	/* behind the queue */
	vits_write(vm, GITS_CWRITER, 8, CMD_SIZE);

	KUNIT_EXPECT_EQ(test, CMD_SIZE, vits_read(vm, GITS_CREADR, 8));
	vlpi_expect_unmapped(t, &v);
	vlpi_expect_unmapped(t, &w);
	vlpi_expect_delivered(t, &x);	/* not yet */

	/* Behind the queue's end there is no command */
	vits_write(vm, GITS_CWRITER, 8, QUEUE_PAGE);
	KUNIT_EXPECT_EQ(test, CMD_SIZE, vits_read(vm, GITS_CWRITER, 8));
	vlpi_expect_delivered(t, &x);
	vits_write(vm, GITS_CWRITER, 4, 2 * CMD_SIZE);
	vlpi_expect_unmapped(t, &x);
}

static void commands_wait_for_the_its(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm *vm = t->vm;
	struct vlpi v = vlpi_setup_nth(t, 0);

	shrink_queue(vm);
	vgic_guest_disable_its(vm);
	KUNIT_EXPECT_EQ(test, GITS_CTLR_QUIESCENT, vits_read(vm, GITS_CTLR, 4));
	put_discard(vm, QUEUE_PAGE - CMD_SIZE, &v);
	vits_write(vm, GITS_CWRITER, 8, 0);
	KUNIT_EXPECT_EQ(test, 0, vits_read(vm, GITS_CTLR, 4));
	KUNIT_EXPECT_EQ(test, QUEUE_PAGE - CMD_SIZE,
			vits_read(vm, GITS_CREADR, 8));
	vlpi_expect_mapped(t, &v);

	vits_write(vm, GITS_CTLR, 4, GITS_CTLR_ENABLE);
	KUNIT_EXPECT_EQ(test, GITS_CTLR_ENABLE | GITS_CTLR_QUIESCENT,
			vits_read(vm, GITS_CTLR, 4));
	vlpi_expect_unmapped(t, &v);
}

/* A queue outside RAM is skipped, and nobody waits for it */
static void unreadable_commands_are_skipped(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm *vm = t->vm;
	struct vlpi v = vlpi_setup_nth(t, 0);
	char *before = vits_facts(vm);

	vgic_guest_disable_its(vm);
	vits_write(vm, GITS_CBASER, 8, GITS_CBASER_VALID | VGIC_VM_NO_RAM);
	vits_write(vm, GITS_CTLR, 4, GITS_CTLR_ENABLE);
	vits_write(vm, GITS_CWRITER, 8, 3 * CMD_SIZE);
	KUNIT_EXPECT_EQ(test, 3 * CMD_SIZE, vits_read(vm, GITS_CREADR, 8));
	vgic_vm_expect_same(test, before, vits_facts(vm));
	vlpi_expect_delivered(t, &v);
}

/* Userspace sets the queue's head, as it was on the VM's old host */
static void userspace_sets_where_the_queue_goes_on(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm *vm = t->vm;
	struct vlpi v = vlpi_setup_nth(t, 0), w = vlpi_setup_nth(t, 1);

	shrink_queue(vm);
	KUNIT_EXPECT_EQ(test, -EBUSY, vits_set(vm, GITS_CREADR, 0));
	vgic_guest_disable_its(vm);
	KUNIT_EXPECT_EQ(test, -EINVAL, vits_set(vm, GITS_CREADR, QUEUE_PAGE));
	KUNIT_EXPECT_EQ(test, QUEUE_PAGE - CMD_SIZE, vits_get(vm, GITS_CREADR));

	put_discard(vm, 0, &v);
	put_discard(vm, CMD_SIZE, &w);
	KUNIT_EXPECT_EQ(test, 0, vits_set(vm, GITS_CREADR, CMD_SIZE));
	KUNIT_EXPECT_EQ(test, CMD_SIZE, vits_get(vm, GITS_CREADR));
	KUNIT_EXPECT_EQ(test, 0, vits_set(vm, GITS_CWRITER, 2 * CMD_SIZE));
	vlpi_expect_mapped(t, &w);
	KUNIT_EXPECT_EQ(test, 0, vits_set(vm, GITS_CTLR, GITS_CTLR_ENABLE));
	vlpi_expect_mapped(t, &v);
	vlpi_expect_unmapped(t, &w);
}

static int vits_attr(struct vgic_vm *vm, unsigned int cmd, u32 group, u64 attr)
{
	u64 val = 0;

	return vgic_vm_attr(vm, vm->its, cmd, group, attr, &val);
}

static void userspace_is_told_what_is_wrong(struct kunit *test)
{
	static const unsigned int ctrls[] = {
		KVM_DEV_ARM_VGIC_CTRL_INIT, KVM_DEV_ARM_ITS_CTRL_RESET,
		KVM_DEV_ARM_ITS_SAVE_TABLES, KVM_DEV_ARM_ITS_RESTORE_TABLES,
	};
	struct vlpi_test *t = test->priv;
	struct vgic_vm *vm = t->vm;
	struct vlpi v = vlpi_setup_nth(t, 0);
	const u32 regs = KVM_DEV_ARM_VGIC_GRP_ITS_REGS;
	const u32 addr = KVM_DEV_ARM_VGIC_GRP_ADDR;
	const unsigned int cmds[] = {
		KVM_SET_DEVICE_ATTR, KVM_GET_DEVICE_ATTR, KVM_HAS_DEVICE_ATTR,
	};
	const unsigned int set = cmds[0], get = cmds[1], has = cmds[2];
	unsigned int i;
	char *before = vgic_vm_snapshot(vm);
	u64 val = 0;

	for (i = 0; i < ARRAY_SIZE(ctrls); i++)
		KUNIT_EXPECT_EQ(test, 0,
				vits_attr(vm, has, KVM_DEV_ARM_VGIC_GRP_CTRL,
					  ctrls[i]));
	KUNIT_EXPECT_EQ(test, -ENXIO,
			vits_attr(vm, has, KVM_DEV_ARM_VGIC_GRP_CTRL, 77));
	KUNIT_EXPECT_EQ(test, -ENXIO, vgic_vm_its_ctrl(vm, 77));

	KUNIT_EXPECT_EQ(test, 0, vits_attr(vm, has, addr,
					   KVM_VGIC_ITS_ADDR_TYPE));
	KUNIT_EXPECT_EQ(test, -ENXIO, vits_attr(vm, has, addr,
						KVM_VGIC_V3_ADDR_TYPE_DIST));
	KUNIT_EXPECT_EQ(test, 0, vgic_vm_attr(vm, vm->its, get, addr,
					      KVM_VGIC_ITS_ADDR_TYPE, &val));
	KUNIT_EXPECT_EQ(test, vm->its_base, val);
	KUNIT_EXPECT_EQ(test, -ENODEV, vits_attr(vm, get, addr,
						 KVM_VGIC_V3_ADDR_TYPE_DIST));
	KUNIT_EXPECT_EQ(test, -ENODEV, vits_attr(vm, set, addr,
						 KVM_VGIC_V3_ADDR_TYPE_DIST));
	/* It has an address, and that is for good */
	KUNIT_EXPECT_NE(test, 0, vgic_vm_attr(vm, vm->its, set, addr,
					      KVM_VGIC_ITS_ADDR_TYPE, &val));

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		KUNIT_EXPECT_EQ(test, -EINVAL,
				vits_attr(vm, cmds[i], regs, GITS_CTLR + 2));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				vits_attr(vm, cmds[i], regs, GITS_TYPER + 4));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				vits_attr(vm, cmds[i], regs, GITS_BASER + 4));
		KUNIT_EXPECT_EQ(test, -ENXIO,
				vits_attr(vm, cmds[i], regs, NOT_A_REG));
		KUNIT_EXPECT_EQ(test, -ENXIO, vits_attr(vm, cmds[i], 99, 0));
	}

	/* There is one layout of tables so far */
	KUNIT_EXPECT_EQ(test, 0, vits_set(vm, GITS_IIDR, vits_get(vm, GITS_IIDR)));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			vits_set(vm, GITS_IIDR,
				 vits_get(vm, GITS_IIDR) |
				 1 << GITS_IIDR_REV_SHIFT));
	vgic_vm_expect_same(test, before, vgic_vm_snapshot(vm));
	vlpi_expect_delivered(t, &v);
}

/* A thread of the VMM, which is not the one that runs the vCPU */
static int use_busy_its(struct vgic_vm *vm, void *data)
{
	const u32 regs = KVM_DEV_ARM_VGIC_GRP_ITS_REGS;
	struct kunit *test = data;
	u64 val = 0;

	KUNIT_EXPECT_EQ(test, -EBUSY, vits_set(vm, GITS_CTLR, 0));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			vgic_vm_attr(vm, vm->its, KVM_GET_DEVICE_ATTR, regs,
				     GITS_CTLR, &val));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			vgic_vm_its_ctrl(vm, KVM_DEV_ARM_ITS_CTRL_RESET));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			vgic_vm_its_ctrl(vm, KVM_DEV_ARM_ITS_RESTORE_TABLES));

	return 0;
}

/* While a vCPU is in its run loop nobody may look at, or change, its ITS */
static void its_of_running_vcpu_is_busy(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vgic_vm *vm = t->vm;
	struct vlpi v = vlpi_setup_nth(t, 0);
	char *before = vgic_vm_snapshot(vm);

	mutex_lock(&vm->vcpu[vm->nr_vcpus - 1]->mutex);
	KUNIT_EXPECT_EQ(test, 0, vgic_vm_run_on(vm, 0, use_busy_its, test));
	mutex_unlock(&vm->vcpu[vm->nr_vcpus - 1]->mutex);

	vgic_vm_expect_same(test, before, vgic_vm_snapshot(vm));
	vlpi_expect_delivered(t, &v);
	KUNIT_EXPECT_EQ(test, 0, vits_set(vm, GITS_CTLR, 0));
}

/* Commands */

/**
 * struct bad_command - a command that the ITS cannot execute
 * @param: the VM, and what is shown in the test's name
 * @dw: its first three doublewords
 */
struct bad_command {
	struct vlpi_param	param;
	u64			dw[3];
};

#define BAD(_name, ...)							\
	{								\
		.param	= { .name = _name, .config = { .nr_vcpus = 1 } },	\
		.dw	= { __VA_ARGS__ },				\
	}

static const struct bad_command bad_commands[] = {
	BAD("no such command", 0xff),
	BAD("MAPD, device beyond table",
	    GITS_CMD_MAPD | (u64)TABLE_ENTRIES << 32, 7,
	    GITS_CBASER_VALID | VGIC_VM_ITTS),
	BAD("MAPD, device of 17 bits",
	    GITS_CMD_MAPD | BIT_ULL(16 + 32), 7,
	    GITS_CBASER_VALID | VGIC_VM_ITTS),
	BAD("MAPD, 17 event bits",
	    GITS_CMD_MAPD | 9ULL << 32, 16, GITS_CBASER_VALID | VGIC_VM_ITTS),
	BAD("MAPC, no such vCPU",
	    GITS_CMD_MAPC, 0, GITS_CBASER_VALID | 99ULL << 16 | 3),
	BAD("MAPC, collection beyond table",
	    GITS_CMD_MAPC, 0, GITS_CBASER_VALID | TABLE_ENTRIES),
	BAD("MAPTI, device not mapped",
	    GITS_CMD_MAPTI | 9ULL << 32, 1 | 9000ULL << 32, 0),
	BAD("MAPTI, event beyond ITT",
	    GITS_CMD_MAPTI | (u64)GUEST_DEVID << 32,
	    BIT(EVENT_BITS) | 9000ULL << 32, 0),
	BAD("MAPTI, no LPI",
	    GITS_CMD_MAPTI | (u64)GUEST_DEVID << 32, 1 | 8191ULL << 32, 0),
	BAD("MAPTI, LPI beyond property table",
	    GITS_CMD_MAPTI | (u64)GUEST_DEVID << 32, 1 | BIT_ULL(16 + 32), 0),
	BAD("MAPTI, collection beyond table",
	    GITS_CMD_MAPTI | (u64)GUEST_DEVID << 32, 1 | 9000ULL << 32,
	    TABLE_ENTRIES),
	BAD("MAPI, no LPI", GITS_CMD_MAPI | (u64)GUEST_DEVID << 32, 1, 0),
	BAD("MAPTI, event that is mapped",
	    GITS_CMD_MAPTI | (u64)GUEST_DEVID << 32,
	    GUEST_EVENT | 9000ULL << 32, 0),
	BAD("MOVI, event not mapped",
	    GITS_CMD_MOVI | (u64)GUEST_DEVID << 32, GUEST_EVENT + 9, 0),
	BAD("MOVI, collection not mapped",
	    GITS_CMD_MOVI | (u64)GUEST_DEVID << 32, GUEST_EVENT, 77),
	BAD("MOVI, collection of the event not mapped",
	    GITS_CMD_MOVI | (u64)GUEST_DEVID << 32, GUEST_EVENT + 1, 0),
	BAD("DISCARD, event not mapped",
	    GITS_CMD_DISCARD | (u64)GUEST_DEVID << 32, GUEST_EVENT + 9),
	BAD("CLEAR, event not mapped",
	    GITS_CMD_CLEAR | (u64)GUEST_DEVID << 32, GUEST_EVENT + 9),
	BAD("INT, event not mapped",
	    GITS_CMD_INT | (u64)GUEST_DEVID << 32, GUEST_EVENT + 9),
	BAD("INT, device not mapped", GITS_CMD_INT | 9ULL << 32, GUEST_EVENT),
	BAD("INV, event not mapped",
	    GITS_CMD_INV | (u64)GUEST_DEVID << 32, GUEST_EVENT + 9),
	BAD("INVALL, collection not mapped", GITS_CMD_INVALL, 0, 77),
	BAD("MOVALL, from no vCPU", GITS_CMD_MOVALL, 0, 99ULL << 16),
	BAD("MAPC V=0, collection not mapped", GITS_CMD_MAPC, 0, 77),
	BAD("MAPD V=0, device not mapped", GITS_CMD_MAPD | 9ULL << 32, 0, 0),
	BAD("SYNC", GITS_CMD_SYNC),
};

KUNIT_ARRAY_PARAM_DESC(bad_command, bad_commands, param.name);

/* An ITS has no way to say no: it goes on as if nothing had been */
static void command_in_error_changes_nothing(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	const struct bad_command *c = container_of(t->p, struct bad_command,
						   param);
	struct vlpi v = vlpi_nth(t, 0);
	char *before;

	vgic_guest_mapd(t->vm, v.devid, v.itt, EVENT_BITS);
	vgic_guest_mapc(t->vm, 0, t->vm->vcpu[0]->vcpu_id);
	v = vlpi_setup_nth(t, 0);
	vgic_guest_mapti(t->vm, v.devid, GUEST_EVENT + 1, v.intid + 1, 5);

	before = vits_facts(t->vm);
	vgic_guest_command(t->vm, c->dw[0], c->dw[1], c->dw[2], 0);
	vgic_vm_expect_same(test, before, vits_facts(t->vm));
	vlpi_expect_mapped(t, &v);
	vlpi_expect_delivered(t, &v);
}

/* MAPI: the EventID is the LPI */
static void mapi_maps_event_as_lpi(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);

	v.eventid = GUEST_LPI + 1;
	v.intid = GUEST_LPI + 1;
	vlpi_enable_in_guest(t, &v);
	vgic_guest_mapd(t->vm, v.devid, v.itt, 14);
	vgic_guest_mapc(t->vm, 3, t->vm->vcpu[0]->vcpu_id);
	vgic_guest_command(t->vm, GITS_CMD_MAPI | (u64)v.devid << 32, v.eventid,
			   3, 0);
	vits_expect_emulated(t, t->vm, &v);

	KUNIT_ASSERT_EQ(test, 0, vlpi_setup(t, &v));
	vlpi_expect_mapped(t, &v);
}

/* MAPC V=0: a vLPI without collection is still there, and can be discarded */
static void vlpi_without_collection_can_be_discarded(struct kunit *test)
{
	struct vlpi_test *t = test->priv;
	struct vlpi v = vlpi_nth(t, 0);

	vgic_guest_mapc(t->vm, 3, t->vm->vcpu[0]->vcpu_id);
	v = vlpi_setup_nth(t, 0);
	vgic_guest_unmapc(t->vm, 3);
	KUNIT_EXPECT_TRUE(test, list_empty(&vlpi_vits(t)->collection_list));
	/* Nothing of it is left for an MSI of software's either */
	vgic_guest_mapc(t->vm, 4, t->vm->vcpu[0]->vcpu_id);
	vgic_guest_unmapd(t->vm, v.devid);
	vlpi_expect_unmapped(t, &v);
	KUNIT_EXPECT_EQ(test, 0, vlpi_nr_mappings());
}

static struct kunit_case regs_cases[] = {
	KUNIT_CASE(userspace_and_guest_read_the_same),
	KUNIT_CASE_PARAM(guest_cannot_write_what_is_in_use, vlpi_gen_params),
	KUNIT_CASE(rewriting_a_table_register_keeps_vlpis),
	KUNIT_CASE_PARAM(new_device_table_gives_irqs_back, vlpi_gen_params),
	KUNIT_CASE(new_collection_table_drops_collections),
	KUNIT_CASE(its_without_tables_stays_disabled),
	KUNIT_CASE_PARAM(command_queue_wraps, vlpi_gen_params),
	KUNIT_CASE(commands_wait_for_the_its),
	KUNIT_CASE(unreadable_commands_are_skipped),
	KUNIT_CASE(userspace_sets_where_the_queue_goes_on),
	KUNIT_CASE(userspace_is_told_what_is_wrong),
	KUNIT_CASE_PARAM(its_of_running_vcpu_is_busy, vlpi_gen_params),
	KUNIT_CASE_PARAM(command_in_error_changes_nothing,
			 bad_command_gen_params),
	KUNIT_CASE(mapi_maps_event_as_lpi),
	KUNIT_CASE(vlpi_without_collection_can_be_discarded),

	/* Tables */
	KUNIT_CASE_PARAM(tables_survive_save_and_restore, tables_gen_params),
	KUNIT_CASE_PARAM(saved_entries_lead_to_the_next, tables_gen_params),
	KUNIT_CASE_PARAM(restored_event_can_be_forwarded, vlpi_many_gen_params),
	KUNIT_CASE_PARAM(event_without_collection_is_saved_as_invalid,
			 vlpi_many_gen_params),
	KUNIT_CASE_PARAM(corrupt_tables_are_refused, corrupt_gen_params),
	KUNIT_CASE(full_collection_table_is_restored),
	KUNIT_CASE_PARAM(lpi_of_two_events_is_restored_once,
			 vlpi_many_gen_params),
	KUNIT_CASE_PARAM(tables_outside_ram_are_refused, vlpi_many_gen_params),
	KUNIT_CASE_PARAM(userspace_alone_moves_a_vm, vlpi_gen_params),
	KUNIT_CASE_PARAM(reset_gives_irqs_back, vlpi_gen_params),
	KUNIT_CASE(device_table_has_two_levels),
	{}
};

static struct kunit_suite regs_suite = {
	.name		= "vgic_vlpi_regs",
	.suite_init	= um_vgic_suite_init_vlpis,
	.suite_exit	= um_vgic_suite_exit,
	.init		= vlpi_init,
	.exit		= vlpi_exit,
	.test_cases	= regs_cases,
};

kunit_test_suite(regs_suite);
um_vgic_machine_suites(regs_suite);
