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
	rig->desc = *desc;
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

	rig->its = rig_ioremap(test, gicv4_its_phys(0), SZ_256K);
	for (i = 1; i < desc->nr_its; i++)
		rig->more[i - 1].its = rig_ioremap(test, gicv4_its_phys(i),
						   SZ_256K);
	for (i = 0; i < RIG_CPUS; i++)
		rig->gicr[i] = rig_ioremap(test, gicv4_rdist_phys(i), SZ_256K);
	return rig;
}

static void rig_baser(void __iomem *its, unsigned int n, const void *mem,
		      size_t size)
{
	u64 val = GITS_BASER_VALID | GITS_BASER_PAGE_SIZE_4K | rig_phys(mem) |
		  RIG_PAGES_4K(size);

	writeq(val, its + GITS_BASER + 8 * n);
}

static void rig_start_its(struct rig *rig, unsigned int n, void __iomem *its,
			  const void *dev_table, const void *col_table,
			  const void *vpe_table, const void *queue)
{
	const struct gicv4_desc *desc = &rig->desc;

	rig_baser(its, 0, dev_table, RIG_NR_DEVIDS * desc->dte_size);
	rig_baser(its, 1, col_table, RIG_NR_ICIDS * desc->cte_size);
	if (desc->arch >= GICV4_ARCH_4_0)
		rig_baser(its, 2, vpe_table, RIG_NR_VPEIDS * desc->vpte_size);
	writeq(GITS_CBASER_VALID | rig_phys(queue) |
	       RIG_PAGES_4K(RIG_QUEUE_SIZE), its + GITS_CBASER);
	writeq(0, its + GITS_CWRITER);
	writel(GITS_CTLR_ENABLE | FIELD_PREP(GITS_CTLR_ITS_NUMBER, n),
	       its + GITS_CTLR);
}

/**
 * rig_vprop_v4_1 - GICR_VPROPBASER of GICv4.1
 * @rig: the rig
 * @cpu: redistributor
 *
 * Return: its value; the vPE table is that of the ITSs or, where these do not
 * share theirs, the redistributor's own.
 */
u64 rig_vprop_v4_1(struct rig *rig, unsigned int cpu)
{
	return GICR_VPROPBASER_4_1_VALID |
	       rig_phys(rig->rd_table[cpu] ?: rig->vpe_table) |
	       FIELD_PREP(GICR_VPROPBASER_4_1_SIZE,
			  RIG_PAGES_4K(RIG_NR_VPEIDS * rig->desc.vpte_size));
}

static void rig_start_v4_1(struct rig *rig)
{
	unsigned int i;

	for (i = 0; i < RIG_CPUS; i++) {
		if (!rig->desc.svpet)
			rig->rd_table[i] = rig_alloc(rig->test, RIG_NR_VPEIDS *
						     rig->desc.vpte_size);
		writeq(rig_vprop_v4_1(rig, i),
		       rig_vlpi_frame(rig, i) + GICR_VPROPBASER);
	}
}

/**
 * rig_start_desc - as rig_start(), for any description
 * @test: the test
 * @desc: the machine, with 4K pages
 *
 * Return: the rig.
 */
struct rig *rig_start_desc(struct kunit *test, const struct gicv4_desc *desc)
{
	struct rig *rig = rig_reset(test, desc);
	unsigned int i;

	for (i = 0; i < RIG_CPUS; i++) {
		writeq(rig_phys(rig->prop) | (RIG_BITS - 1),
		       rig->gicr[i] + GICR_PROPBASER);
		writeq(rig_phys(rig->pend[i]), rig->gicr[i] + GICR_PENDBASER);
		writel(GICR_CTLR_ENABLE_LPIS, rig->gicr[i] + GICR_CTLR);
	}
	if (desc->arch == GICV4_ARCH_4_1)
		rig_start_v4_1(rig);
	for (i = 0; i < RIG_CPUS && desc->arch == GICV4_ARCH_4_0; i++)
		writeq(RIG_BITS - 1, rig_vlpi_frame(rig, i) + GICR_VPROPBASER);

	rig_start_its(rig, 0, rig->its, rig->dev_table, rig->col_table,
		      rig->vpe_table, rig->queue);
	for (i = 1; i < desc->nr_its; i++) {
		struct rig_its *more = &rig->more[i - 1];

		more->queue = rig_alloc(test, SZ_64K);
		more->dev_table = rig_alloc(test, RIG_NR_DEVIDS * desc->dte_size);
		more->col_table = rig_alloc(test, RIG_NR_ICIDS * desc->cte_size);
		more->vpe_table = desc->svpet ? rig->vpe_table :
				  rig_alloc(test, RIG_NR_VPEIDS * desc->vpte_size);
		rig_start_its(rig, i, more->its, more->dev_table,
			      more->col_table, more->vpe_table, more->queue);
	}
	return rig;
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

	return rig_start_desc(test, &desc);
}

/**
 * rig_start_machine - as rig_start(), any machine with 4K pages
 * @test: the test
 * @name: name in the catalogue
 *
 * Return: the rig.
 */
struct rig *rig_start_machine(struct kunit *test, const char *name)
{
	struct gicv4_desc desc;

	KUNIT_ASSERT_TRUE(test, gicv4_catalogue_find(name, RIG_CPUS, &desc));
	/* The rig's own tables are small and flat, its targets are numbers */
	if (desc.page_size)
		desc.page_size = SZ_4K;
	desc.pta = false;
	desc.vpeid_bits = 16;
	return rig_start_desc(test, &desc);
}

static struct rig *rig_fill(struct rig *rig)
{
	unsigned int i, its;

	for (its = 1; its < rig->desc.nr_its; its++)
		for (i = 0; i < RIG_CPUS; i++) {
			rig_send_on(rig, its, raw_mapc(i, i, true));
			rig_send_on(rig, its, raw_sync(i));
		}

	for (i = 0; i < RIG_CPUS; i++) {
		rig_send(rig, raw_mapc(i, i, true));
		rig_vmapp(rig, i, i);
		rig_mapd(rig, i);
	}
	rig_mapti(rig, 0, 0, LPI(0), 0);
	rig_vmapti(rig, 0, 1, 0, LPI(1));
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
	return rig_populate_machine(test, "v4.0");
}

/**
 * rig_populate_machine - as rig_populate(), any machine with 4K pages
 * @test: the test
 * @name: name in the catalogue
 *
 * vPEs are mapped on ITS 0 only. There are collections on each ITS.
 *
 * Return: the rig.
 */
struct rig *rig_populate_machine(struct kunit *test, const char *name)
{
	return rig_fill(rig_start_machine(test, name));
}

/**
 * rig_populate_desc - as rig_populate_machine(), for any description
 * @test: the test
 * @desc: the machine
 *
 * Return: the rig.
 */
struct rig *rig_populate_desc(struct kunit *test, const struct gicv4_desc *desc)
{
	return rig_fill(rig_start_desc(test, desc));
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

struct raw raw_vmapp_v4_1(u16 vpeid, unsigned int cpu, u64 vpt, unsigned int bits,
			  u64 vconf, u32 db, bool alloc, bool valid)
{
	return (struct raw) { {
		vconf | (alloc ? BIT(8) : 0) | GITS_CMD_VMAPP,
		(u64)vpeid << 32 | db,
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

struct raw raw_vmovp_list(u16 vpeid, unsigned int cpu, u16 seq, u16 list)
{
	return (struct raw) { {
		(u64)seq << 32 | GITS_CMD_VMOVP, (u64)vpeid << 32 | list,
		(u64)cpu << 16,
	} };
}

struct raw raw_vmovp_v4_1(u16 vpeid, unsigned int cpu, u32 db, bool move)
{
	return (struct raw) { {
		GITS_CMD_VMOVP, (u64)vpeid << 32,
		(move ? BIT_ULL(63) : 0) | (u64)cpu << 16, db,
	} };
}

struct raw raw_vsgi(u16 vpeid, unsigned int sgi, u8 priority, bool group1,
		    bool enable, bool clear)
{
	return (struct raw) { {
		(u64)sgi << 32 | (u64)(priority >> 4) << 20 | group1 << 10 |
		clear << 9 | enable << 8 | GITS_CMD_VSGI,
		(u64)vpeid << 32,
	} };
}

/* VINVALL, VSYNC, INVDB */
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
 * rig_send_on - as rig_send(), to any ITS
 * @rig: the rig
 * @its: ITS number
 * @cmd: the command
 */
void rig_send_on(struct rig *rig, unsigned int its, struct raw cmd)
{
	struct rig_its *more;
	unsigned int i;

	if (!its) {
		rig_send(rig, cmd);
		return;
	}
	more = &rig->more[its - 1];
	for (i = 0; i < ARRAY_SIZE(cmd.dw); i++)
		more->queue[more->next / 8 + i] = cpu_to_le64(cmd.dw[i]);
	more->next = (more->next + sizeof(cmd)) % RIG_QUEUE_SIZE;
	writeq(more->next, more->its + GITS_CWRITER);
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
	rig_vmapp_on(rig, 0, vpeid, cpu);
}

/**
 * rig_vmapp_on - as rig_vmapp(), on any ITS
 * @rig: the rig
 * @its: ITS number
 * @vpeid: vPE, below RIG_VPES; not mapped there
 * @cpu: redistributor
 */
void rig_vmapp_on(struct rig *rig, unsigned int its, u16 vpeid,
		  unsigned int cpu)
{
	u64 vpt = rig_phys(rig->vpt[vpeid]);
	struct raw cmd = raw_vmapp(vpeid, cpu, vpt, RIG_BITS, true);

	if (rig->desc.arch == GICV4_ARCH_4_1)
		cmd = raw_vmapp_v4_1(vpeid, cpu, vpt, RIG_BITS,
				     rig_phys(rig->vprop), RIG_DB(vpeid),
				     !rig->vpe_its[vpeid], true);
	rig->vpe_its[vpeid] |= BIT(its);
	rig_send_on(rig, its, cmd);
	rig_send_on(rig, its, raw_vpe(GITS_CMD_VSYNC, vpeid));
}

/**
 * rig_vunmapp_on - unmap a vPE from one ITS
 * @rig: the rig
 * @its: ITS number
 * @vpeid: vPE that rig_vmapp_on() has mapped there
 */
void rig_vunmapp_on(struct rig *rig, unsigned int its, u16 vpeid)
{
	rig->vpe_its[vpeid] &= ~BIT(its);
	if (rig->desc.arch == GICV4_ARCH_4_1) {
		rig_send_on(rig, its, raw_vmapp_v4_1(vpeid, 0, 0, 1, 0, 0,
						     !rig->vpe_its[vpeid], false));
		return;
	}
	rig_send_on(rig, its, raw_vmapp(vpeid, 0, 0, 1, false));
	rig_send_on(rig, its, raw_vpe(GITS_CMD_VSYNC, vpeid));
}

/**
 * rig_vmapti - map a virtual event, with the doorbell RIG_DB() of the vPE, if
 *		a vLPI can have one
 * @rig: the rig
 * @dev: DeviceID
 * @eventid: EventID
 * @vpeid: vPE
 * @vintid: vLPI
 */
void rig_vmapti(struct rig *rig, u32 dev, u32 eventid, u16 vpeid, u32 vintid)
{
	rig_send(rig, raw_vmapti(dev, eventid, vpeid, vintid,
				 rig->desc.no_db ? GICV4_INTID_NONE :
						   RIG_DB(vpeid)));
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
 * rig_settle - wait until GICR_VPENDBASER.Dirty is clear
 * @rig: the rig
 * @cpu: redistributor
 *
 * Return: GICR_VPENDBASER then.
 */
u64 rig_settle(struct rig *rig, unsigned int cpu)
{
	void __iomem *vlpi = rig_vlpi_frame(rig, cpu);
	u64 val = GICR_VPENDBASER_Dirty;
	unsigned int i;

	for (i = 0; i < 100 && (val & GICR_VPENDBASER_Dirty); i++)
		val = readq(vlpi + GICR_VPENDBASER);
	KUNIT_EXPECT_FALSE(rig->test, val & GICR_VPENDBASER_Dirty);
	return val;
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

	if (rig->desc.arch == GICV4_ARCH_4_1) {
		writeq(GICR_VPENDBASER_Valid | GICR_VPENDBASER_4_1_VGRP0EN |
		       GICR_VPENDBASER_4_1_VGRP1EN | vpeid,
		       vlpi + GICR_VPENDBASER);
		rig_settle(rig, cpu);
		return;
	}
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
	return rig_leave_as(rig, cpu, 0);
}

/**
 * rig_leave_as - as rig_leave(), with what GICv4.1 may be told
 * @rig: the rig
 * @cpu: redistributor
 * @how: GICR_VPENDBASER_4_1_DB, GICR_VPENDBASER_PendingLast
 *
 * Return: GICR_VPENDBASER after that.
 */
u64 rig_leave_as(struct rig *rig, unsigned int cpu, u64 how)
{
	u64 val = rig_settle(rig, cpu);

	val &= ~(GICR_VPENDBASER_Valid | GICR_VPENDBASER_PendingLast);
	writeq(val | how, rig_vlpi_frame(rig, cpu) + GICR_VPENDBASER);
	return rig_settle(rig, cpu);
}

/* Virtual SGIs */

/**
 * rig_vsgi - enable a virtual SGI, in Group 1
 * @rig: the rig
 * @vpeid: vPE
 * @sgi: INTID
 * @priority: its priority, a multiple of 16
 */
void rig_vsgi(struct rig *rig, u16 vpeid, unsigned int sgi, u8 priority)
{
	rig_send(rig, raw_vsgi(vpeid, sgi, priority, true, true, false));
	rig_vsync(rig, vpeid);
}

/**
 * rig_sgir - another vPE sends a virtual SGI
 * @rig: the rig
 * @vpeid: vPE that gets it
 * @sgi: INTID
 */
void rig_sgir(struct rig *rig, u16 vpeid, unsigned int sgi)
{
	writeq(FIELD_PREP(GITS_SGIR_VPEID, vpeid) |
	       FIELD_PREP(GITS_SGIR_VINTID, sgi), rig->its + GITS_SGIR);
}
