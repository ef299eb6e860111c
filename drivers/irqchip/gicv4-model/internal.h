/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The software GICv4 machine: its state, and what its parts offer each other.
 *
 * Everything here is called with gm.lock held and interrupts off, unless it
 * says otherwise: the register callbacks come from under the raw spinlocks of
 * the ITS driver. So nothing allocates here. Records come from pools that
 * gicv4_machine_init() has provided.
 */
#ifndef __GICV4_MODEL_INTERNAL_H
#define __GICV4_MODEL_INTERNAL_H

#include <linux/irq_work.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/gicv4-model.h>
#include <linux/list.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>

/* Where things are: offsets into the machine's I/O region */
#define GM_PHYS_BASE		BIT_ULL(39)
#define GM_REGION_SIZE		SZ_4M
#define GM_GICD_OFF		0
#define GM_ITS_OFF		SZ_1M
#define GM_ITS_STRIDE		SZ_256K
#define GM_GICR_OFF		SZ_2M
#define GM_GICR_STRIDE_V3	SZ_128K
#define GM_GICR_STRIDE_V4	SZ_256K

#define GM_LPI_BASE		8192u	/* first LPI INTID */
#define GM_MIN_LPI_BITS		14u	/* INTIDs of fewer bits are no LPIs */
#define GM_CMD_SIZE		32u	/* bytes of an ITS command */
#define GM_PRIO_MASK		GENMASK(7, 2)	/* of a property byte */

/* Sizes of the pools */
#define GM_NR_COLLECTIONS	4096	/* GITS_TYPER.CIDbits + 1 = 12 */
#define GM_CID_BITS		12
#define GM_NR_VPEIDS		65536
#define GM_MAX_DEVS		2048
#define GM_MAX_VPES		1024
#define GM_HASH_BITS		12
#define GM_TRACE_LEN		2048
#define GM_MAX_BREACHES		128
#define GM_MAX_EXPECTED		32

/*
 * Whose an LPI is: below GICV4_MAX_CPUS it is physical and this is the
 * redistributor, else it is virtual and this is the vPE's slot.
 */
#define GM_OWNER_VPE(slot)	(GICV4_MAX_CPUS + (slot))
#define GM_NR_OWNERS		(GICV4_MAX_CPUS + GM_MAX_VPES)

/* What a sparse array holds, see array.c */
enum gm_kind {
	GM_ITTES,
	GM_LPIS,
	GM_NR_KINDS,
};

#define GM_NODE_BITS	6

/**
 * struct gm_array - sparse array of records
 * @root: node, or leaf if @levels is 0
 * @levels: levels of nodes
 * @kind: what is in the leaves
 */
struct gm_array {
	void			*root;
	u8			levels;
	u8			kind;
};

/**
 * struct gm_lpi - reference copy: one LPI of one owner
 * @intid: INTID
 * @owner: redistributor or vPE slot
 * @config: property byte in use, if @cached
 * @cached: @config holds; else it is read at the next use
 * @pending: it is pending
 * @written: its bit in the pending table is set
 * @pend: in its owner's list of pending LPIs, if pending
 * @dirty: in its owner's list of LPIs whose pending state memory may not show
 */
struct gm_lpi {
	u32			intid;
	u16			owner;
	u8			config;
	bool			cached : 1;
	bool			pending : 1;
	bool			written : 1;
	struct list_head	pend;
	struct list_head	dirty;
};

/**
 * struct gm_owner - LPIs of a redistributor or of a vPE
 * @index: all that the machine knows of, by INTID - GM_LPI_BASE
 * @pend: the pending ones
 * @dirty: those whose pending state memory may not show
 * @nr_pend: how many are pending
 */
struct gm_owner {
	struct gm_array		index;
	struct list_head	pend;
	struct list_head	dirty;
	unsigned int		nr_pend;
};

/**
 * struct gm_dev - reference copy: a device that MAPD has mapped
 * @hash: in gm.dev_hash
 * @node: in its ITS's list, by DeviceID, or the free list
 * @index: its events, by EventID
 * @nr_ittes: how many these are
 * @its: ITS
 * @devid: DeviceID
 * @bits: EventID width
 * @itt: address of the ITT
 */
struct gm_dev {
	struct hlist_node	hash;
	struct list_head	node;
	struct gm_array		index;
	unsigned int		nr_ittes;
	u8			its;
	u32			devid;
	unsigned int		bits;
	u64			itt;
};

/* struct gm_itte - reference copy: an event that MAPTI or VMAPTI has mapped */
struct gm_itte {
	struct gm_dev		*dev;
	u32			eventid;
	struct gicv4_itte	map;
};

/* GICv4.1: a virtual SGI of a vPE */
#define GM_NR_SGIS	16

struct gm_vsgi {
	u8			priority;
	bool			enabled;
	bool			group1;
};

/**
 * struct gm_vpe - reference copy: a vPE, one for all ITSs
 * @node: in gm.vpes, by vPEID, or the free list
 * @vpeid: vPEID
 * @slot: index in the pool
 * @its_map: ITSs on which VMAPP has mapped it
 * @cpu: target redistributor, per ITS
 * @vpt: address of its pending table
 * @vpt_bits: INTID width of that table
 * @resident: redistributor on which it is resident, or -1
 * @vprop: property table: that of its last residency, 0 before the first; in
 *         GICv4.1 that of VMAPP
 * @vprop_bits: INTID width of that table
 * @idai: GICR_VPENDBASER.IDAI as last reported
 * @fetch: some of its LPIs wait for their configuration to be read
 * @db: GICv4.1: default doorbell
 * @db_wanted: GICv4.1: it left with Doorbell set, and none has been sent
 * @grp0: GICv4.1: VGrp0En of its last residency
 * @grp1: GICv4.1: VGrp1En of its last residency
 * @sgi: GICv4.1: its vSGIs
 * @sgi_pend: GICv4.1: those that are pending
 * @vmovp_seq: ITSList: sequence number of the VMOVP that is under way
 * @vmovp_list: ITSList: ITSs that have to see it, by ITS number
 * @vmovp_seen: ITSList: ITSs that have seen it
 * @vmovp_cpu: ITSList: where it goes
 */
struct gm_vpe {
	struct list_head	node;
	u16			vpeid;
	u16			slot;
	u8			its_map;
	u8			cpu[GICV4_MAX_ITS];
	u64			vpt;
	unsigned int		vpt_bits;
	int			resident;
	u64			vprop;
	unsigned int		vprop_bits;
	bool			idai;
	bool			fetch;
	u32			db;
	bool			db_wanted;
	bool			grp0;
	bool			grp1;
	struct gm_vsgi		sgi[GM_NR_SGIS];
	u16			sgi_pend;
	u16			vmovp_seq;
	u16			vmovp_list;
	u16			vmovp_seen;
	u8			vmovp_cpu;
};

struct gm_col {
	bool			valid;
	u8			cpu;
	u32			nr_ittes;
};

struct gm_fault {
	bool			armed;
	u8			opcode;
	unsigned int		nth;
};

/* What GITS_BASER<n>, or GICR_VPROPBASER of GICv4.1, describes, decoded */
struct gm_table {
	bool			valid;
	bool			indirect;
	u64			base;
	u64			size;		/* bytes, of level 1 if indirect */
	u32			page;		/* bytes */
	u32			esz;		/* bytes */
	u32			nr_ids;
	s8			its;		/* whose it is, or -1 */
	s8			cpu;		/* likewise */
	u16			off;		/* of the register */
};

/*
 * The effect of a command on a redistributor. If the scheduler is on it waits
 * in its ITS's queue until the scheduler, SYNC or VSYNC lets it happen.
 */
enum gm_effect_op {
	GM_SET,			/* becomes pending */
	GM_CLEAR,		/* is not pending any more */
	GM_FORGET,		/* is unmapped */
	GM_FETCH,		/* is mapped: read its configuration */
	GM_INV,			/* configuration is invalidated */
	GM_INVALL,		/* of all of them */
	GM_MOVE,		/* of one, goes to another owner */
	GM_MOVEALL,		/* of all that are pending */
	GM_VSGI,		/* a vSGI is configured */
	GM_VSGI_CLEAR,		/* a vSGI is not pending any more */
	GM_INVDB,		/* configuration of the default doorbell */
};

/**
 * struct gm_effect - what a command does to an owner's LPIs
 * @op: what
 * @owner: to whose
 * @to: GM_MOVE, GM_MOVEALL: where they go
 * @intid: INTID
 * @db: pINTID of the doorbell, or GICV4_INTID_NONE
 * @cpu: where that rings
 * @vsgi: GM_VSGI: the configuration
 */
struct gm_effect {
	enum gm_effect_op	op;
	u16			owner;
	u16			to;
	u32			intid;
	u32			db;
	u8			cpu;
	struct gm_vsgi		vsgi;
};

#define GM_MAX_EFFECTS		64

struct gm_its {
	unsigned int		id;
	u32			ctlr;
	u64			cbaser;
	u32			cwriter;
	u32			creadr;
	bool			stalled;
	u64			baser[GITS_BASER_NR_REGS];
	struct gm_table		tables[GITS_BASER_NR_REGS];
	struct gm_col		*cols;
	struct list_head	devs;
	unsigned int		nr_maps[2];	/* physical, virtual */
	DECLARE_BITMAP(vsync_due, GM_NR_VPEIDS);
	unsigned int		nr_vsync_due;
	u32			sync_due;	/* by redistributor */
	u32			error;		/* code of the last error */
	struct gm_effect	effects[GM_MAX_EFFECTS];
	unsigned int		first_effect;
	unsigned int		nr_effects;
	struct gm_fault		stall;
	struct gm_fault		ignore;
};

struct gm_rdist {
	unsigned int		cpu;
	u32			ctlr;
	u32			waker;
	u64			propbaser;
	u64			pendbaser;
	u64			vpropbaser;
	u64			vpendbaser;
	unsigned int		dirty_reads;
	unsigned int		fault_dirty;
	unsigned int		fault_busy;
	int			vpe_slot;	/* resident vPE, if mapped, or -1 */
	struct gm_table		vpe_table;	/* GICv4.1 */
	u16			vsgir_pend;
	unsigned int		vsgir_reads;	/* that will see Busy */
	unsigned int		sync_reads;	/* likewise, GICR_SYNCR */
	struct gicv4_vcpu_if	vif;
	struct irq_work		work;
	unsigned int		delivering;
};

struct gm_expected {
	struct kunit		*test;
	enum gicv4_rule		rule;
};

/* The machine */
struct gm {
	raw_spinlock_t		lock;
	bool			on;
	struct gicv4_desc	desc;
	u32			gicd_ctlr;
	struct gm_its		*its;		/* [GICV4_MAX_ITS] */
	struct gm_rdist		rdist[GICV4_MAX_CPUS];
	gicv4_irq_fn		irq_fn;
	u32			sched;		/* state of the scheduler, 0: off */
	struct gicv4_stats	stats;

	/* Pools and lookups */
	struct gm_owner		*owners;
	struct gm_dev		*dev_pool;
	struct gm_vpe		*vpe_pool;
	u16			*vpe_index;	/* by vPEID: slot + 1 */
	unsigned int		dev_used, vpe_used;
	struct list_head	dev_free, vpe_free;
	struct hlist_head	*dev_hash;
	struct list_head	vpes;

	/* Logic analyser */
	struct gicv4_cmd	*trace;
	unsigned int		trace_len;
	unsigned int		trace_count[256];
	struct gicv4_breach	breaches[GM_MAX_BREACHES];
	unsigned int		nr_breaches;
	struct gm_expected	expected[GM_MAX_EXPECTED];
	unsigned int		nr_expected;
};

extern struct gm gm;

static inline bool gm_is_v4(void)
{
	return gm.desc.arch >= GICV4_ARCH_4_0;
}

static inline bool gm_is_v4_1(void)
{
	return gm.desc.arch >= GICV4_ARCH_4_1;
}

static inline bool gm_has_its(unsigned int its)
{
	return gm.on && its < gm.desc.nr_its;
}

static inline bool gm_has_cpu(unsigned int cpu)
{
	return gm.on && cpu < gm.desc.nr_cpus;
}

/* Affinity group of a redistributor, and of an ITS */
static inline unsigned int gm_rd_group(unsigned int cpu)
{
	return cpu * gm.desc.groups / gm.desc.nr_cpus;
}

static inline unsigned int gm_its_group(unsigned int its)
{
	return its % gm.desc.groups;
}

/* A page size, bytes, as GITS_BASER<n> and GICR_VPROPBASER have it */
static inline u64 gm_page_size_field(u32 size)
{
	return size == SZ_64K ? GIC_PAGE_SIZE_64K :
	       size == SZ_16K ? GIC_PAGE_SIZE_16K : GIC_PAGE_SIZE_4K;
}

static inline struct gm_owner *gm_vpe_owner(const struct gm_vpe *vpe)
{
	return &gm.owners[GM_OWNER_VPE(vpe->slot)];
}

/* core.c */
void gm_reg_write(u64 *reg, unsigned int byte, int size, u64 val);
u64 gm_reg_read(u64 reg, unsigned int byte, int size);

/* mmio-gicr.c, mmio-its.c */
u64 gm_gicr_read(struct gm_rdist *rd, unsigned int off, int size);
void gm_gicr_write(struct gm_rdist *rd, unsigned int off, int size, u64 val);
u64 gm_its_read(struct gm_its *its, unsigned int off, int size);
void gm_its_write(struct gm_its *its, unsigned int off, int size, u64 val);
void gm_its_reset(struct gm_its *its);
void gm_gicr_reset(struct gm_rdist *rd);

/* commands.c: the queue, and the physical commands */
struct gm_cmd {
	u64			raw[4];
	u32			error;		/* command error code, or 0 */
};

void gm_cmd_init(void);
void gm_queue_run(struct gm_its *its, unsigned int max);
int gm_rdbase_to_cpu(u64 rdbase);
struct gm_dev *gm_cmd_dev(struct gm_its *its, struct gm_cmd *cmd);
struct gm_itte *gm_cmd_event(struct gm_its *its, struct gm_cmd *cmd);
bool gm_check_lpi(struct gm_its *its, struct gm_cmd *cmd, u32 intid,
		  enum gicv4_rule rule);
void gm_cmd_breach(struct gm_its *its, struct gm_cmd *cmd,
		   enum gicv4_rule rule);
void gm_cmd_warn(struct gm_its *its, const struct gm_cmd *cmd,
		 enum gicv4_rule rule);
bool gm_cmd_map(struct gm_its *its, struct gm_cmd *cmd, struct gm_dev *dev,
		const struct gicv4_itte *map);
void gm_translate(struct gm_its *its, u32 devid, u32 eventid);

/* errors.c: ITS command error codes */
u32 gm_error_code(u8 opcode, enum gicv4_rule rule);

/* effects.c: what commands do to redistributors, and when */
void gm_effect(struct gm_its *its, const struct gm_effect *effect);
void gm_effects_sync(struct gm_its *its, unsigned int owner);
void gm_effects_sync_all(unsigned int owner);
void gm_effects_drain(void);
unsigned int gm_sched_random(unsigned int n);
void gm_sched_tick(void);

/* vcommands.c: the commands of GICv4 */
void gm_vsync_due(struct gm_its *its, u16 vpeid);
struct gm_vpe *gm_cmd_vpe(struct gm_its *its, struct gm_cmd *cmd, u16 vpeid,
			  enum gicv4_rule rule);
void gm_cmd_vmapp(struct gm_its *its, struct gm_cmd *cmd);
void gm_cmd_vmapti(struct gm_its *its, struct gm_cmd *cmd);
void gm_cmd_vmovi(struct gm_its *its, struct gm_cmd *cmd);
void gm_cmd_vmovp(struct gm_its *its, struct gm_cmd *cmd);
void gm_cmd_vinvall(struct gm_its *its, struct gm_cmd *cmd);
void gm_cmd_vsync(struct gm_its *its, struct gm_cmd *cmd);
void gm_cmd_vsgi(struct gm_its *its, struct gm_cmd *cmd);
void gm_cmd_invdb(struct gm_its *its, struct gm_cmd *cmd);

/* tables.c: the driver's memory */
enum gm_table_type {
	GM_TABLE_DEV		= 0,	/* index of the GITS_BASER<n> */
	GM_TABLE_COL		= 1,
	GM_TABLE_VPE		= 2,	/* GICv4.1 wants it to be 2 */
	GM_NR_TABLES,
};

void *gm_mem(u64 pa, u64 len);
bool gm_mem_freed(u64 pa);
void gm_table_decode(struct gm_its *its, unsigned int n);
void gm_vpe_table_decode(struct gm_rdist *rd);
bool gm_table_clean(const struct gm_table *t);
bool gm_table_covers(struct gm_its *its, enum gm_table_type type, u32 id);
void *gm_table_entry(const struct gm_table *t, u32 id);

bool gm_read_dte(struct gm_its *its, u32 devid, struct gicv4_dte *dte);
void gm_write_dte(struct gm_its *its, u32 devid, const struct gm_dev *dev);
bool gm_read_cte(struct gm_its *its, u16 icid, unsigned int *cpu);
void gm_write_cte(struct gm_its *its, u16 icid, const struct gm_col *col);
bool gm_read_vpte(struct gm_its *its, u16 vpeid, struct gicv4_vpte *vpte);
bool gm_vpte_decode(const u64 *entry, struct gicv4_vpte *vpte);
int gm_vpte_wanted(const struct gm_table *t, const struct gm_vpe *vpe);
void gm_write_vpte(const struct gm_vpe *vpe);
bool gm_read_itte(u64 itt, u32 eventid, struct gicv4_itte *itte);
void gm_write_itte(u64 itt, u32 eventid, const struct gicv4_itte *itte);
u64 gm_itt_size(unsigned int bits);

/* array.c: sparse arrays of records */
int gm_arrays_alloc(void);
void gm_arrays_reset(void);
void gm_array_init(struct gm_array *array, enum gm_kind kind, unsigned int bits);
void *gm_array_get(const struct gm_array *array, u32 index);
void *gm_array_add(struct gm_array *array, u32 index);
void gm_array_del(struct gm_array *array, u32 index);
void *gm_array_next(const struct gm_array *array, u64 *index);

/* All records of an array, by index; the one at hand may be removed */
#define gm_array_for_each(rec, array)					\
	for (u64 __i = 0; ((rec) = gm_array_next((array), &__i)); __i++)

/* state.c: the reference copy */
int gm_state_alloc(void);
void gm_state_reset(void);
struct gm_dev *gm_dev_find(unsigned int its, u32 devid);
struct gm_dev *gm_dev_new(unsigned int its, u32 devid);
struct gm_dev *gm_dev_set(struct gm_dev *dev, u64 itt, unsigned int bits);
void gm_dev_del(struct gm_dev *dev);
struct gm_itte *gm_itte_find(const struct gm_dev *dev, u32 eventid);
struct gm_itte *gm_itte_new(struct gm_dev *dev, u32 eventid,
			    const struct gicv4_itte *map);
void gm_itte_del(struct gm_itte *itte);
void gm_itte_change(struct gm_itte *itte, const struct gicv4_itte *map);
struct gm_vpe *gm_vpe_find(u16 vpeid);
struct gm_vpe *gm_vpe_new(u16 vpeid);
void gm_vpe_del(struct gm_vpe *vpe);
struct gm_lpi *gm_lpi_find(unsigned int owner, u32 intid);
struct gm_lpi *gm_lpi_get(unsigned int owner, u32 intid);
void gm_lpi_del(struct gm_lpi *lpi);
void gm_owner_clear(unsigned int owner);
void gm_lpi_pend(struct gm_lpi *lpi, bool pending);

/* lpi.c: pending bits and configuration of physical LPIs */
unsigned int gm_rd_lpi_bits(const struct gm_rdist *rd);
void gm_plpi_set(unsigned int cpu, u32 intid);
bool gm_plpi_take(unsigned int cpu, u32 intid);
void gm_plpi_forget(unsigned int cpu, u32 intid);
void gm_plpi_fetch(unsigned int cpu, u32 intid);
void gm_plpi_inv(unsigned int cpu, u32 intid);
void gm_plpi_invall(unsigned int cpu);
void gm_plpi_move(unsigned int from, unsigned int to, u32 intid);
void gm_plpi_moveall(unsigned int from, unsigned int to);
void gm_plpi_load(unsigned int cpu);
bool gm_pend_test(u64 table, u32 intid);
void gm_pend_write(u64 table, u32 intid, bool pending);
u32 gm_pend_next(u64 table, u32 intid, unsigned int bits);
u8 gm_prop_read(u64 table, unsigned int bits, u32 intid);
struct gm_lpi *gm_best(unsigned int owner);

/* vpe.c: virtual interrupts of a vPE */

/**
 * struct gm_virq - a virtual interrupt that can be delivered
 * @intid: INTID, or GICV4_INTID_NONE
 * @priority: its priority
 * @lpi: if it is a vLPI
 */
struct gm_virq {
	u32		intid;
	u8		priority;
	struct gm_lpi	*lpi;
};

void gm_vpe_load(struct gm_vpe *vpe);
void gm_vpe_flush(struct gm_vpe *vpe);
void gm_vpe_fetch(struct gm_vpe *vpe);
unsigned int gm_vprop_bits(const struct gm_rdist *rd);
struct gm_virq gm_vpe_best(const struct gm_vpe *vpe, bool grp0, bool grp1);
unsigned int gm_vpe_target(const struct gm_vpe *vpe);
void gm_vpe_ring(struct gm_vpe *vpe);
void gm_vpe_hush(struct gm_vpe *vpe);
void gm_vpe_invdb(const struct gm_vpe *vpe);
void gm_vpe_move_doorbell(struct gm_vpe *vpe, unsigned int from,
			  unsigned int to, u32 db, bool move);
void gm_vlpi_config(const struct gm_vpe *vpe, struct gm_lpi *lpi);
void gm_vlpi_uncache(struct gm_vpe *vpe, struct gm_lpi *lpi);
void gm_vlpi_set(struct gm_vpe *vpe, unsigned int target, u32 intid, u32 db);
bool gm_vlpi_take(struct gm_vpe *vpe, u32 intid);
void gm_vlpi_forget(struct gm_vpe *vpe, u32 intid);
void gm_vlpi_fetch(struct gm_vpe *vpe, u32 intid);
void gm_vlpi_inv(struct gm_vpe *vpe, u32 intid);
void gm_vlpi_invall(struct gm_vpe *vpe);
void gm_vlpi_move(struct gm_vpe *from, struct gm_vpe *to, unsigned int target,
		  u32 intid, u32 db);
void gm_vlpi_done(struct gm_vpe *vpe, struct gm_lpi *lpi);
void gm_vsgi_config(struct gm_vpe *vpe, unsigned int sgi,
		    const struct gm_vsgi *config);
void gm_vsgi_set(struct gm_vpe *vpe, unsigned int sgi);
void gm_vsgi_clear(struct gm_vpe *vpe, unsigned int sgi);

/* residency.c: GICR_VPENDBASER */
void gm_vpend_write(struct gm_rdist *rd, u64 val);
u64 gm_vpend_read(struct gm_rdist *rd);
void gm_vpe_attach(struct gm_vpe *vpe);

/* irqs.c: interrupts of the host */
void gm_irq_init(void);
void gm_irq_kick(unsigned int cpu);

/* rules.c, trace.c */
void gm_breach(enum gicv4_rule rule, int its, int cpu, const u64 raw[4]);
void gm_breach_reg(enum gicv4_rule rule, int its, int cpu, u64 off, u64 val);
void gm_trace(const struct gm_its *its, const struct gm_cmd *cmd,
	      bool ignored);
bool gm_fault_hit(struct gm_fault *fault, u8 opcode);

/* check.c: memory against the reference copy, commands that are missing */
#define GM_MAX_DIFFS		16
#define GM_DIFF_LEN		128

struct gm_diffs {
	unsigned int		nr;
	char			text[GM_MAX_DIFFS][GM_DIFF_LEN];
};

bool gm_dev_intact(const struct gm_dev *dev);
bool gm_itte_intact(const struct gm_dev *dev, u32 eventid);
bool gm_col_intact(struct gm_its *its, u16 icid);
bool gm_vpe_intact(struct gm_its *its, u16 vpeid);
bool gm_rd_vpe_intact(const struct gm_rdist *rd, u16 vpeid);
void gm_compare(struct gm_diffs *diffs);
void gm_check_missing(void);

#endif /* __GICV4_MODEL_INTERNAL_H */
