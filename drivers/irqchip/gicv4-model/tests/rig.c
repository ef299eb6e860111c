// SPDX-License-Identifier: GPL-2.0
/*
 * A rig for the software GICv4 machine.
 */
#include <linux/bitfield.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/preempt.h>

#include "rig.h"

#define RIG_PAGES_4K(size)	((size) / SZ_4K - 1)

/* The host's CPUs */

static DEFINE_RAW_SPINLOCK(rig_irq_lock);
static struct rig_irq rig_irqs[RIG_MAX_IRQS];
static unsigned int rig_irqs_nr;

static void rig_handle_irq(unsigned int cpu, u32 intid)
{
	guard(raw_spinlock_irqsave)(&rig_irq_lock);

	rig_irqs[rig_irqs_nr++ % RIG_MAX_IRQS] = (struct rig_irq) {
		.cpu		= cpu,
		.on_cpu		= smp_processor_id(),
		.intid		= intid,
		.hardirq	= in_hardirq(),
	};
}

/**
 * rig_nr_irqs - wait for the host's interrupts, and count them
 *
 * Return: how many there were since rig_reset().
 */
unsigned int rig_nr_irqs(void)
{
	gicv4_wait_host_irqs();

	guard(raw_spinlock_irqsave)(&rig_irq_lock);
	return rig_irqs_nr;
}

/**
 * rig_irq - one of the host's interrupts
 * @i: number, 0 is the oldest
 *
 * Return: the interrupt.
 */
struct rig_irq rig_irq(unsigned int i)
{
	guard(raw_spinlock_irqsave)(&rig_irq_lock);
	return rig_irqs[i % RIG_MAX_IRQS];
}

/* Memory */

struct rig_pages {
	unsigned long	addr;
	unsigned int	order;
};

static void rig_free_pages(void *arg)
{
	struct rig_pages *pages = arg;

	free_pages(pages->addr, pages->order);
}

/**
 * rig_alloc - allocate memory for a table
 * @test: the test; the memory is freed when it ends
 * @size: bytes
 *
 * Return: zeroed pages, aligned to @size.
 */
void *rig_alloc(struct kunit *test, size_t size)
{
	struct rig_pages *pages = kunit_kzalloc(test, sizeof(*pages), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pages);
	pages->order = get_order(size);
	pages->addr = __get_free_pages(GFP_KERNEL | __GFP_ZERO, pages->order);
	KUNIT_ASSERT_NE(test, pages->addr, 0);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, rig_free_pages,
							   pages));
	return (void *)pages->addr;
}

static void rig_unmap(void *arg)
{
	iounmap((void __iomem *)arg);
}

static void __iomem *rig_ioremap(struct kunit *test, phys_addr_t phys,
				 size_t size)
{
	void __iomem *base = ioremap(phys, size);

	KUNIT_ASSERT_TRUE(test, base);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, rig_unmap,
						  (void __force *)base));
	return base;
}

/* The machine goes into reset before its memory is freed */
static void rig_power_off(void *arg)
{
	struct gicv4_desc desc = gicv4_default_desc(1);

	gicv4_set_irq_handler(NULL);
	gicv4_machine_init(&desc);
}

/**
 * rig_reset - a machine in reset, and memory for it
 * @test: the test
 * @desc: what machine
 *
 * Return: the rig.
 */
struct rig *rig_reset(struct kunit *test, const struct gicv4_desc *desc)
{
	struct rig *rig = kunit_kzalloc(test, sizeof(*rig), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, rig);
	rig->test = test;
	rig->queue = rig_alloc(test, SZ_64K);
	rig->dev_table = rig_alloc(test, RIG_NR_DEVIDS * desc->dte_size);
	rig->col_table = rig_alloc(test, RIG_NR_ICIDS * desc->cte_size);
	rig->vpe_table = rig_alloc(test, RIG_NR_VPEIDS * desc->vpte_size);
	rig->prop = rig_alloc(test, SZ_64K);
	memset(rig->prop, 0xa0 | LPI_PROP_GROUP1 | LPI_PROP_ENABLED, SZ_64K);
	rig->vprop = rig_alloc(test, SZ_64K);
	memset(rig->vprop, 0xa0 | LPI_PROP_GROUP1 | LPI_PROP_ENABLED, SZ_64K);
	for (i = 0; i < RIG_CPUS; i++)
		rig->pend[i] = rig_alloc(test, SZ_64K);
	for (i = 0; i < RIG_VPES; i++)
		rig->vpt[i] = rig_alloc(test, SZ_64K);
	for (i = 0; i < RIG_DEVS; i++)
		rig->itt[i] = rig_alloc(test, SZ_4K);

	KUNIT_ASSERT_EQ(test, 0, gicv4_machine_init(desc));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, rig_power_off, NULL));
	rig_irqs_nr = 0;
	gicv4_set_irq_handler(rig_handle_irq);

	rig->its = rig_ioremap(test, gicv4_its_phys(0), SZ_128K);
	for (i = 0; i < RIG_CPUS; i++)
		rig->gicr[i] = rig_ioremap(test, gicv4_rdist_phys(i), SZ_256K);
	return rig;
}

static void rig_baser(struct rig *rig, unsigned int n, const void *mem,
		      size_t size)
{
	u64 val = GITS_BASER_VALID | GITS_BASER_PAGE_SIZE_4K | rig_phys(mem) |
		  RIG_PAGES_4K(size);

	writeq(val, rig->its + GITS_BASER + 8 * n);
}

/**
 * rig_start - a machine that runs: tables, queue, LPIs enabled
 * @test: the test
 *
 * Return: the rig.
 */
struct rig *rig_start(struct kunit *test)
{
	struct gicv4_desc desc = gicv4_default_desc(RIG_CPUS);
	struct rig *rig = rig_reset(test, &desc);
	unsigned int i;

	for (i = 0; i < RIG_CPUS; i++) {
		writeq(rig_phys(rig->prop) | (RIG_BITS - 1),
		       rig->gicr[i] + GICR_PROPBASER);
		writeq(rig_phys(rig->pend[i]), rig->gicr[i] + GICR_PENDBASER);
		writel(GICR_CTLR_ENABLE_LPIS, rig->gicr[i] + GICR_CTLR);
	}

	rig_baser(rig, 0, rig->dev_table, RIG_NR_DEVIDS * desc.dte_size);
	rig_baser(rig, 1, rig->col_table, RIG_NR_ICIDS * desc.cte_size);
	rig_baser(rig, 2, rig->vpe_table, RIG_NR_VPEIDS * desc.vpte_size);
	writeq(GITS_CBASER_VALID | rig_phys(rig->queue) |
	       RIG_PAGES_4K(RIG_QUEUE_SIZE), rig->its + GITS_CBASER);
	writeq(0, rig->its + GITS_CWRITER);
	writel(GITS_CTLR_ENABLE, rig->its + GITS_CTLR);
	return rig;
}

/**
 * rig_populate - a machine that runs, with something on it
 * @test: the test
 *
 * Collection n is redistributor n, vPE n is mapped to redistributor n, each
 * for 0 and 1. Device 0 has LPI 0 as event 0, in collection 0, and vLPI 1 of
 * vPE 0 as event 1, with its doorbell. Device 1 is mapped and has no events.
 *
 * Return: the rig.
 */
struct rig *rig_populate(struct kunit *test)
{
	struct rig *rig = rig_start(test);
	unsigned int i;

	for (i = 0; i < RIG_CPUS; i++) {
		rig_send(rig, raw_mapc(i, i, true));
		rig_vmapp(rig, i, i);
		rig_mapd(rig, i);
	}
	rig_mapti(rig, 0, 0, LPI(0), 0);
	rig_vmapti(rig, 0, 1, 0, LPI(1));
	return rig;
}

/* Commands */

struct raw raw_mapd(u32 devid, u64 itt, unsigned int bits, bool valid)
{
	return (struct raw) { {
		(u64)devid << 32 | GITS_CMD_MAPD,
		(bits - 1) & 0x1f,
		(valid ? BIT_ULL(63) : 0) | itt,
	} };
}

struct raw raw_mapc(u16 icid, unsigned int cpu, bool valid)
{
	return (struct raw) { {
		GITS_CMD_MAPC,
		0,
		(valid ? BIT_ULL(63) : 0) | (u64)cpu << 16 | icid,
	} };
}

struct raw raw_mapti(u32 devid, u32 eventid, u32 pintid, u16 icid)
{
	return (struct raw) { {
		(u64)devid << 32 | GITS_CMD_MAPTI,
		(u64)pintid << 32 | eventid,
		icid,
	} };
}

struct raw raw_mapi(u32 devid, u32 eventid, u16 icid)
{
	return (struct raw) { {
		(u64)devid << 32 | GITS_CMD_MAPI, eventid, icid,
	} };
}

struct raw raw_movi(u32 devid, u32 eventid, u16 icid)
{
	return (struct raw) { {
		(u64)devid << 32 | GITS_CMD_MOVI, eventid, icid,
	} };
}

struct raw raw_movall(unsigned int from, unsigned int to)
{
	return (struct raw) { {
		GITS_CMD_MOVALL, 0, (u64)from << 16, (u64)to << 16,
	} };
}

/* INT, CLEAR, INV, DISCARD */
struct raw raw_event(u8 opcode, u32 devid, u32 eventid)
{
	return (struct raw) { { (u64)devid << 32 | opcode, eventid } };
}

struct raw raw_invall(u16 icid)
{
	return (struct raw) { { GITS_CMD_INVALL, 0, icid } };
}

struct raw raw_sync(unsigned int cpu)
{
	return (struct raw) { { GITS_CMD_SYNC, 0, (u64)cpu << 16 } };
}

struct raw raw_vmapp(u16 vpeid, unsigned int cpu, u64 vpt, unsigned int bits,
		     bool valid)
{
	return (struct raw) { {
		GITS_CMD_VMAPP,
		(u64)vpeid << 32,
		(valid ? BIT_ULL(63) : 0) | (u64)cpu << 16,
		vpt | ((bits - 1) & 0x1f),
	} };
}

struct raw raw_vmapti(u32 devid, u32 eventid, u16 vpeid, u32 vintid, u32 db)
{
	return (struct raw) { {
		(u64)devid << 32 | GITS_CMD_VMAPTI,
		(u64)vpeid << 32 | eventid,
		(u64)db << 32 | vintid,
	} };
}

struct raw raw_vmapi(u32 devid, u32 eventid, u16 vpeid, u32 db)
{
	return (struct raw) { {
		(u64)devid << 32 | GITS_CMD_GICv4(GITS_CMD_MAPI),
		(u64)vpeid << 32 | eventid,
		(u64)db << 32,
	} };
}

struct raw raw_vmovi(u32 devid, u32 eventid, u16 vpeid, u32 db, bool d)
{
	return (struct raw) { {
		(u64)devid << 32 | GITS_CMD_VMOVI,
		(u64)vpeid << 32 | eventid,
		(u64)db << 32 | d,
	} };
}

struct raw raw_vmovp(u16 vpeid, unsigned int cpu)
{
	return (struct raw) { {
		GITS_CMD_VMOVP, (u64)vpeid << 32, (u64)cpu << 16,
	} };
}

/* VINVALL, VSYNC */
struct raw raw_vpe(u8 opcode, u16 vpeid)
{
	return (struct raw) { { opcode, (u64)vpeid << 32 } };
}

/**
 * rig_post - write a command into the queue
 * @rig: the rig
 * @cmd: the command
 */
void rig_post(struct rig *rig, struct raw cmd)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmd.dw); i++)
		rig->queue[rig->next / 8 + i] = cpu_to_le64(cmd.dw[i]);
	rig->next = (rig->next + sizeof(cmd)) % RIG_QUEUE_SIZE;
}

/**
 * rig_send - write a command into the queue, and GITS_CWRITER
 * @rig: the rig
 * @cmd: the command
 */
void rig_send(struct rig *rig, struct raw cmd)
{
	rig_post(rig, cmd);
	writeq(rig->next, rig->its + GITS_CWRITER);
}

/**
 * rig_sync - SYNC to all redistributors
 * @rig: the rig
 */
void rig_sync(struct rig *rig)
{
	unsigned int cpu;

	for (cpu = 0; cpu < RIG_CPUS; cpu++)
		rig_send(rig, raw_sync(cpu));
}

/**
 * rig_vsync - VSYNC
 * @rig: the rig
 * @vpeid: vPE
 */
void rig_vsync(struct rig *rig, u16 vpeid)
{
	rig_send(rig, raw_vpe(GITS_CMD_VSYNC, vpeid));
}

/**
 * rig_mapd - map a device to the ITT that the rig has for it
 * @rig: the rig
 * @dev: DeviceID, below RIG_DEVS
 */
void rig_mapd(struct rig *rig, u32 dev)
{
	rig_send(rig, raw_mapd(dev, rig_phys(rig->itt[dev]), RIG_EVENT_BITS,
			       true));
}

/**
 * rig_mapti - map a physical event
 * @rig: the rig
 * @dev: DeviceID
 * @eventid: EventID
 * @pintid: LPI
 * @icid: collection
 */
void rig_mapti(struct rig *rig, u32 dev, u32 eventid, u32 pintid, u16 icid)
{
	rig_send(rig, raw_mapti(dev, eventid, pintid, icid));
	rig_sync(rig);
}

/**
 * rig_vmapp - map a vPE to the pending table that the rig has for it
 * @rig: the rig
 * @vpeid: vPE, below RIG_VPES
 * @cpu: redistributor
 */
void rig_vmapp(struct rig *rig, u16 vpeid, unsigned int cpu)
{
	rig_send(rig, raw_vmapp(vpeid, cpu, rig_phys(rig->vpt[vpeid]), RIG_BITS,
				true));
	rig_vsync(rig, vpeid);
}

/**
 * rig_vmapti - map a virtual event, with the doorbell RIG_DB() of the vPE
 * @rig: the rig
 * @dev: DeviceID
 * @eventid: EventID
 * @vpeid: vPE
 * @vintid: vLPI
 */
void rig_vmapti(struct rig *rig, u32 dev, u32 eventid, u16 vpeid, u32 vintid)
{
	rig_send(rig, raw_vmapti(dev, eventid, vpeid, vintid, RIG_DB(vpeid)));
	rig_vsync(rig, vpeid);
}

/**
 * rig_event - INT, CLEAR, INV or DISCARD, and SYNC or VSYNC
 * @rig: the rig
 * @opcode: GITS_CMD_*
 * @dev: DeviceID
 * @eventid: EventID
 */
void rig_event(struct rig *rig, u8 opcode, u32 dev, u32 eventid)
{
	struct gicv4_itte itte;
	bool virt = gicv4_get_itte(0, dev, eventid, &itte) && itte.virt;

	rig_send(rig, raw_event(opcode, dev, eventid));
	if (virt)
		rig_vsync(rig, itte.vpeid);
	else
		rig_sync(rig);
}

/* Residency */

void __iomem *rig_vlpi_frame(struct rig *rig, unsigned int cpu)
{
	return rig->gicr[cpu] + SZ_128K;
}

u64 rig_vprop_val(struct rig *rig)
{
	return rig_phys(rig->vprop) | (RIG_BITS - 1);
}

u64 rig_vpend_val(struct rig *rig, u16 vpeid)
{
	return rig_phys(rig->vpt[vpeid]) | GICR_VPENDBASER_Valid |
	       GICR_VPENDBASER_IDAI | GICR_VPENDBASER_PendingLast;
}

/**
 * rig_enter - make a vPE resident
 * @rig: the rig
 * @cpu: redistributor
 * @vpeid: vPE
 */
void rig_enter(struct rig *rig, unsigned int cpu, u16 vpeid)
{
	void __iomem *vlpi = rig_vlpi_frame(rig, cpu);

	writeq(rig_vprop_val(rig), vlpi + GICR_VPROPBASER);
	writeq(rig_vpend_val(rig, vpeid), vlpi + GICR_VPENDBASER);
}

/**
 * rig_leave - make the vPE non-resident, and wait until it is
 * @rig: the rig
 * @cpu: redistributor
 *
 * Return: GICR_VPENDBASER after that.
 */
u64 rig_leave(struct rig *rig, unsigned int cpu)
{
	void __iomem *vlpi = rig_vlpi_frame(rig, cpu);
	unsigned int i;
	u64 val;

	val = readq(vlpi + GICR_VPENDBASER);
	writeq(val & ~GICR_VPENDBASER_Valid, vlpi + GICR_VPENDBASER);
	for (i = 0; i < 100; i++) {
		val = readq(vlpi + GICR_VPENDBASER);
		if (!(val & GICR_VPENDBASER_Dirty))
			break;
	}
	KUNIT_EXPECT_FALSE(rig->test, val & GICR_VPENDBASER_Dirty);
	return val;
}
