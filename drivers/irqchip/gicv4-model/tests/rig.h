/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A rig for the software GICv4 machine: what a driver would set up, with no
 * driver, and raw commands written into the queue by hand.
 */
#ifndef __GICV4_MODEL_RIG_H
#define __GICV4_MODEL_RIG_H

#include <kunit/test.h>
#include <linux/io.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/gicv4-model.h>

#define RIG_CPUS	2
#define RIG_VPES	4
#define RIG_DEVS	4
#define RIG_BITS	16		/* INTID width */
#define RIG_EVENT_BITS	5		/* of rig->itt[] */
#define RIG_QUEUE_SIZE	SZ_4K
#define RIG_NR_DEVIDS	8192		/* that the device table covers */
#define RIG_NR_VPEIDS	512		/* that the vPE table covers */
#define RIG_NR_ICIDS	512		/* that the collection table covers */
#define RIG_MAX_IRQS	256

#define LPI(n)		(8192 + (n))
#define RIG_DB(vpe)	LPI(0x1000 + (vpe))	/* doorbell of a vPE */

/* An ITS other than the first, and what it needs for vPEs */
struct rig_its {
	void __iomem	*its;
	__le64		*queue;
	u32		next;
	void		*dev_table;
	void		*col_table;
	void		*vpe_table;
};

/**
 * struct rig - a machine, and memory for it
 * @test: the test
 * @desc: the machine
 * @more: ITS 1 and up
 * @its: control frame of the ITS
 * @gicr: RD frames
 * @queue: command queue
 * @next: where the next command goes, bytes
 * @dev_table: flat, 4 KB pages
 * @col_table: likewise
 * @vpe_table: likewise
 * @prop: physical property table, all enabled at priority 0xa0
 * @pend: physical pending tables
 * @itt: one for each device
 * @vprop: virtual property table, all enabled at priority 0xa0
 * @vpt: virtual pending tables
 * @rd_table: GICv4.1, if ITSs do not share theirs: vPE tables of redistributors
 * @vpe_its: ITSs on which rig_vmapp_on() has mapped a vPE
 */
struct rig {
	struct kunit	*test;
	struct gicv4_desc desc;
	struct rig_its	more[GICV4_MAX_ITS - 1];
	void __iomem	*its;
	void __iomem	*gicr[RIG_CPUS];
	__le64		*queue;
	u32		next;
	void		*dev_table;
	void		*col_table;
	void		*vpe_table;
	u8		*prop;
	u8		*pend[RIG_CPUS];
	void		*itt[RIG_DEVS];
	u8		*vprop;
	u8		*vpt[RIG_VPES];
	void		*rd_table[RIG_CPUS];
	u8		vpe_its[RIG_VPES];
};

struct raw {
	u64 dw[4];
};

/* The host's CPUs: what they were interrupted by */
struct rig_irq {
	unsigned int	cpu;		/* as the machine says */
	unsigned int	on_cpu;		/* as it was */
	u32		intid;
	bool		hardirq;
};

unsigned int rig_nr_irqs(void);
struct rig_irq rig_irq(unsigned int i);

/* Power */
struct rig *rig_reset(struct kunit *test, const struct gicv4_desc *desc);
struct rig *rig_start(struct kunit *test);
struct rig *rig_start_desc(struct kunit *test, const struct gicv4_desc *desc);
struct rig *rig_start_machine(struct kunit *test, const char *name);
struct rig *rig_populate(struct kunit *test);
struct rig *rig_populate_desc(struct kunit *test, const struct gicv4_desc *desc);
struct rig *rig_populate_machine(struct kunit *test, const char *name);
void *rig_alloc(struct kunit *test, size_t size);

/* Commands as raw double words */
struct raw raw_mapd(u32 devid, u64 itt, unsigned int bits, bool valid);
struct raw raw_mapc(u16 icid, unsigned int cpu, bool valid);
struct raw raw_mapti(u32 devid, u32 eventid, u32 pintid, u16 icid);
struct raw raw_mapi(u32 devid, u32 eventid, u16 icid);
struct raw raw_movi(u32 devid, u32 eventid, u16 icid);
struct raw raw_movall(unsigned int from, unsigned int to);
struct raw raw_event(u8 opcode, u32 devid, u32 eventid);
struct raw raw_invall(u16 icid);
struct raw raw_sync(unsigned int cpu);
struct raw raw_vmapp(u16 vpeid, unsigned int cpu, u64 vpt, unsigned int bits,
		     bool valid);
struct raw raw_vmapp_v4_1(u16 vpeid, unsigned int cpu, u64 vpt, unsigned int bits,
			  u64 vconf, u32 db, bool alloc, bool valid);
struct raw raw_vmapti(u32 devid, u32 eventid, u16 vpeid, u32 vintid, u32 db);
struct raw raw_vmapi(u32 devid, u32 eventid, u16 vpeid, u32 db);
struct raw raw_vmovi(u32 devid, u32 eventid, u16 vpeid, u32 db, bool d);
struct raw raw_vmovp(u16 vpeid, unsigned int cpu);
struct raw raw_vmovp_list(u16 vpeid, unsigned int cpu, u16 seq, u16 list);
struct raw raw_vmovp_v4_1(u16 vpeid, unsigned int cpu, u32 db, bool move);
struct raw raw_vsgi(u16 vpeid, unsigned int sgi, u8 priority, bool group1,
		    bool enable, bool clear);
struct raw raw_vpe(u8 opcode, u16 vpeid);

/* Send one command; with what synchronises it */
void rig_post(struct rig *rig, struct raw cmd);
void rig_send(struct rig *rig, struct raw cmd);
void rig_send_on(struct rig *rig, unsigned int its, struct raw cmd);
void rig_sync(struct rig *rig);
void rig_vsync(struct rig *rig, u16 vpeid);

void rig_mapd(struct rig *rig, u32 dev);
void rig_mapti(struct rig *rig, u32 dev, u32 eventid, u32 pintid, u16 icid);
void rig_vmapp(struct rig *rig, u16 vpeid, unsigned int cpu);
void rig_vmapp_on(struct rig *rig, unsigned int its, u16 vpeid,
		  unsigned int cpu);
void rig_vunmapp_on(struct rig *rig, unsigned int its, u16 vpeid);
void rig_vmapti(struct rig *rig, u32 dev, u32 eventid, u16 vpeid, u32 vintid);
void rig_event(struct rig *rig, u8 opcode, u32 dev, u32 eventid);

/* Residency */
void __iomem *rig_vlpi_frame(struct rig *rig, unsigned int cpu);
u64 rig_vprop_val(struct rig *rig);
u64 rig_vpend_val(struct rig *rig, u16 vpeid);
u64 rig_settle(struct rig *rig, unsigned int cpu);
void rig_enter(struct rig *rig, unsigned int cpu, u16 vpeid);
u64 rig_leave(struct rig *rig, unsigned int cpu);
u64 rig_leave_as(struct rig *rig, unsigned int cpu, u64 how);
u64 rig_vprop_v4_1(struct rig *rig, unsigned int cpu);
void rig_vsgi(struct rig *rig, u16 vpeid, unsigned int sgi, u8 priority);
void rig_sgir(struct rig *rig, u16 vpeid, unsigned int sgi);

static inline u64 rig_phys(const void *mem)
{
	return virt_to_phys((void *)mem);
}

static inline bool rig_vpt_bit(const struct rig *rig, u16 vpeid, u32 vintid)
{
	return rig->vpt[vpeid][vintid / 8] & BIT(vintid % 8);
}

/* The cases, by file */
extern struct kunit_case gicv4_command_cases[];
extern struct kunit_case gicv4_vpe_cases[];
extern struct kunit_case gicv4_machine_cases[];
extern struct kunit_case gicv4_rule_cases[];
extern struct kunit_case gicv4_v41_cases[];
extern struct kunit_case gicv4_order_cases[];

#endif /* __GICV4_MODEL_RIG_H */
