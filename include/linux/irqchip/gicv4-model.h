/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The software GICv4 machine: what a host, a suite and a device see of it.
 *
 * Software reaches the machine through its registers (ioremap() of the
 * addresses below), through memory and through interrupts. The functions
 * here are the rest of the world: the power switch, the devices on the bus,
 * the guest's CPU interface and the logic analyser.
 */
#ifndef __LINUX_IRQCHIP_GICV4_MODEL_H
#define __LINUX_IRQCHIP_GICV4_MODEL_H

#include <linux/cpumask.h>
#include <linux/types.h>

struct kunit;
struct seq_buf;

#define GICV4_MAX_CPUS		8
#define GICV4_MAX_ITS		4

#define GICV4_INTID_NONE	1023	/* nothing to acknowledge */

enum gicv4_arch {
	GICV4_ARCH_3_0,
	GICV4_ARCH_4_0,
	GICV4_ARCH_4_1,
};

/**
 * struct gicv4_desc - what machine to build
 * @name: name in test parameters and in messages
 * @arch: architecture revision
 * @nr_cpus: redistributors, 1 to GICV4_MAX_CPUS
 * @nr_its: interrupt translation services, 1 to GICV4_MAX_ITS
 * @groups: affinity groups, 1 or more: redistributor n is affinity
 *          0.0.g.n with g = n * groups / nr_cpus, ITS n belongs to group
 *          n % groups. GICR_TYPER.CommonLPIAff says who shares tables.
 * @devid_bits: DeviceID width (GITS_TYPER.Devbits + 1)
 * @eventid_bits: EventID width (GITS_TYPER.ID_bits + 1)
 * @intid_bits: INTID width (GICD_TYPER.IDbits + 1), 14 to 24
 * @vpeid_bits: vPEID width: 16; v4.1: 1 to 16 (GICD_TYPER2.VID + 1)
 * @direct_lpi: GICR_TYPER.DirectLPI; v4.1 has GICR_INVLPIR and GICR_INVALLR in
 *              any case (GICR_CTLR.IR)
 * @vmovp: GITS_TYPER.VMOVP: VMOVP needs no ITSList
 * @pta: GITS_TYPER.PTA: target addresses are physical
 * @indirect: two-level device and vPE tables are there
 * @dirty: GICR_VPENDBASER.Dirty is reported also after Valid is set
 *         (GICR_TYPER.Dirty)
 * @svpet: v4.1: ITSs share the vPE table of their affinity group
 *         (GITS_TYPER.SVPET)
 * @no_db: v4.1: no doorbells of single vLPIs (GITS_TYPER.nID)
 * @stall: a command with an error stalls the queue, else it is ignored
 * @uncached: table entries, configuration and pending bits are read from and
 *            written to memory at each use
 * @v3_its: mask of ITSs that are of GICv3, beside others that are not
 * @fixed_number: GITS_CTLR.ITS_Number is read-only, and that of ITS n is
 *                nr_its - 1 - n
 * @noncoherent: shareability of tables reads as 0: software has to clean its
 *               caches
 * @page_size: the page size of GITS_BASER<n> and of the v4.1 vPE table, bytes;
 *             0 if software may choose
 * @dte_size: device table entry, bytes
 * @cte_size: collection table entry, bytes
 * @vpte_size: vPE table entry, bytes; v4.1: 32
 * @itte_size: interrupt translation table entry, bytes: 16, or 8 if
 *             @intid_bits is at most 16
 * @seed: of the scheduler, see gicv4_schedule(); 0 is off
 */
struct gicv4_desc {
	const char	*name;
	enum gicv4_arch	arch;
	unsigned int	nr_cpus;
	unsigned int	nr_its;
	unsigned int	groups;
	unsigned int	devid_bits;
	unsigned int	eventid_bits;
	unsigned int	intid_bits;
	unsigned int	vpeid_bits;
	bool		direct_lpi;
	bool		vmovp;
	bool		pta;
	bool		indirect;
	bool		dirty;
	bool		svpet;
	bool		no_db;
	bool		stall;
	bool		uncached;
	u32		v3_its;
	bool		fixed_number;
	bool		noncoherent;
	u32		page_size;
	unsigned int	dte_size;
	unsigned int	cte_size;
	unsigned int	vpte_size;
	unsigned int	itte_size;
	u32		seed;
};

/* The default machine: v4.0, one ITS, no DirectLPI, nr_cpus redistributors */
struct gicv4_desc gicv4_default_desc(unsigned int nr_cpus);
/* The machines that suites go through, by number */
#define GICV4_NR_MACHINES	13
bool gicv4_catalogue(unsigned int i, unsigned int nr_cpus,
		     struct gicv4_desc *desc);
/* The machine of that name in the catalogue */
bool gicv4_catalogue_find(const char *name, unsigned int nr_cpus,
			  struct gicv4_desc *desc);

/* Power */
int gicv4_machine_init(const struct gicv4_desc *desc);
const struct gicv4_desc *gicv4_machine(void);
phys_addr_t gicv4_dist_phys(void);
phys_addr_t gicv4_rdist_phys(unsigned int cpu);
phys_addr_t gicv4_its_phys(unsigned int its);

/* Interrupts of the host: fn runs in hard interrupt context on @cpu */
typedef void (*gicv4_irq_fn)(unsigned int cpu, u32 intid);
void gicv4_set_irq_handler(gicv4_irq_fn fn);
bool gicv4_wait_host_irqs(void);

/* Devices: a write of @eventid to GITS_TRANSLATER by DeviceID @devid */
void gicv4_device_write(unsigned int its, u32 devid, u32 eventid);

/* The guest on a CPU: the virtual CPU interface of the resident vPE */
u32 gicv4_vcpu_hppir(unsigned int cpu);
u32 gicv4_vcpu_ack(unsigned int cpu);

/**
 * struct gicv4_vcpu_if - what the guest or the hypervisor sets up there
 * @pmr: ICH_VMCR_EL2.VPMR: priorities below (higher than) it are taken
 * @grp0: ICH_VMCR_EL2.VENG0
 * @grp1: ICH_VMCR_EL2.VENG1
 */
struct gicv4_vcpu_if {
	u8	pmr;
	bool	grp0;
	bool	grp1;
};

/* In reset: pmr 0xff, both groups enabled */
void gicv4_vcpu_set_if(unsigned int cpu, const struct gicv4_vcpu_if *vif);

/* Caches and concurrency */
void gicv4_schedule(u32 seed);

/**
 * struct gicv4_stats - what happened on the hardware side since the last reset
 * @device_writes: writes to GITS_TRANSLATER that arrived
 * @untranslated: of these, the ones that no mapping translated
 * @lpis: physical LPIs made pending
 * @vlpis: virtual LPIs made pending
 * @vsgis: virtual SGIs made pending
 * @doorbells: doorbells (a physical LPI for a vPE that is not resident) sent
 * @host_irqs: interrupts handed to the host
 * @acks: vLPIs and vSGIs that the guest acknowledged
 * @commands: ITS commands executed
 */
struct gicv4_stats {
	u64 device_writes;
	u64 untranslated;
	u64 lpis;
	u64 vlpis;
	u64 vsgis;
	u64 doorbells;
	u64 host_irqs;
	u64 acks;
	u64 commands;
};

void gicv4_get_stats(struct gicv4_stats *stats);

/* What the tables hold, decoded from memory */
struct gicv4_dte {
	bool		valid;
	unsigned int	eventid_bits;
	u64		itt_addr;
};

struct gicv4_itte {
	bool		valid;
	bool		virt;		/* VMAPTI/VMAPI, not MAPTI/MAPI */
	u16		icid;		/* physical: collection */
	u16		vpeid;		/* virtual: vPE */
	u32		intid;		/* pINTID or vINTID */
	u32		doorbell;	/* virtual: pINTID, or GICV4_INTID_NONE */
};

struct gicv4_vpte {
	bool		valid;		/* mapped by VMAPP */
	unsigned int	cpu;		/* target redistributor */
	u64		vpt_addr;
	unsigned int	vpt_bits;	/* INTID width of the pending table */
	u64		vconf_addr;	/* v4.1: property table */
	u32		default_db;	/* v4.1: pINTID, or GICV4_INTID_NONE */
};

/* v4.1: configuration of a vSGI of a vPE */
struct gicv4_vsgi {
	u8		priority;	/* 0x00 to 0xf0 */
	bool		enabled;
	bool		group1;
	bool		pending;
};

struct gicv4_residency {
	bool		valid;		/* GICR_VPENDBASER.Valid */
	bool		pending_last;
	bool		doorbell;	/* v4.1: Doorbell was set as it left */
	bool		grp0;		/* v4.1: VGrp0En; else true */
	bool		grp1;		/* v4.1: VGrp1En; else true */
	u64		vpt_addr;	/* of that vPE */
	u64		vprop_addr;
	int		vpeid;		/* the resident vPE, or -1 */
};

bool gicv4_get_dte(unsigned int its, u32 devid, struct gicv4_dte *dte);
bool gicv4_get_itte(unsigned int its, u32 devid, u32 eventid,
		    struct gicv4_itte *itte);
bool gicv4_get_vpte(unsigned int its, u16 vpeid, struct gicv4_vpte *vpte);
void gicv4_get_residency(unsigned int cpu, struct gicv4_residency *res);
bool gicv4_get_vsgi(u16 vpeid, unsigned int sgi, struct gicv4_vsgi *vsgi);
/* A vLPI as the machine sees it: pending state, and the configuration in use */
bool gicv4_vlpi_pending(unsigned int its, u16 vpeid, u32 vintid);
u8 gicv4_vlpi_config(unsigned int its, u16 vpeid, u32 vintid);
bool gicv4_plpi_pending(unsigned int cpu, u32 intid);
unsigned int gicv4_nr_mappings(unsigned int its, bool virt);

/* All architectural state, as text in a fixed order, one fact per line */
void gicv4_dump(struct seq_buf *s);

/* The commands of the ITSs, oldest first */
struct gicv4_cmd {
	u64		raw[4];
	u8		its;
	u8		opcode;		/* GITS_CMD_* */
	bool		ignored;	/* by a fault, or because it broke a rule */
	u32		error;		/* ITS command error code, or 0 */
};

/* Of the last command that had an error, 0 if none had since the last reset */
u32 gicv4_its_error(unsigned int its);

void gicv4_trace_clear(void);
unsigned int gicv4_trace_count(u8 opcode);
unsigned int gicv4_trace_len(void);
bool gicv4_trace_get(unsigned int i, struct gicv4_cmd *cmd);

/**
 * struct gicv4_access - software has read or written a register
 * @its: of this ITS, or -1
 * @cpu: of this redistributor, or -1
 * @off: offset in its frames
 * @write: it has written
 * @val: the value
 */
struct gicv4_access {
	int		its;
	int		cpu;
	unsigned int	off;
	bool		write;
	u64		val;
};

typedef void (*gicv4_access_fn)(const struct gicv4_access *access);
void gicv4_watch(gicv4_access_fn fn);

/* Faults, all one-shot and cleared by gicv4_machine_init() */
#define GICV4_ANY_CMD	0xff

/* Stop the queue before the @nth next command @opcode (1 is the next one) */
void gicv4_fault_stall(unsigned int its, u8 opcode, unsigned int nth);
/* Read and do not execute the @nth next command @opcode */
void gicv4_fault_ignore(unsigned int its, u8 opcode, unsigned int nth);
/* GICR_VPENDBASER.Dirty stays set for @reads more reads */
void gicv4_fault_dirty(unsigned int cpu, unsigned int reads);
/* GICR_SYNCR.Busy or GICR_VSGIPENDR.Busy is seen by @reads reads */
void gicv4_fault_busy(unsigned int cpu, unsigned int reads);
/* A doorbell for @vpeid that nothing caused */
void gicv4_fault_doorbell(unsigned int its, u16 vpeid);
/* Undo faults; a stalled queue goes on */
void gicv4_fault_clear(void);

/* Rules of the architecture that software broke */
enum gicv4_rule {
#define GICV4_RULE(id, text, ref)	GICV4_RULE_##id,
#include <linux/irqchip/gicv4-rules.h>
#undef GICV4_RULE
	GICV4_NR_RULES,
};

/**
 * struct gicv4_breach - one rule broken once
 * @rule: the rule
 * @its: ITS whose command broke it, or -1
 * @cpu: redistributor whose register broke it, or -1
 * @raw: the command, or the register's offset and value
 */
struct gicv4_breach {
	enum gicv4_rule	rule;
	int		its;
	int		cpu;
	u64		raw[4];
};

const char *gicv4_rule_name(enum gicv4_rule rule);
const char *gicv4_rule_text(enum gicv4_rule rule);
const char *gicv4_rule_ref(enum gicv4_rule rule);

unsigned int gicv4_nr_breaches(void);
bool gicv4_get_breach(unsigned int i, struct gicv4_breach *breach);
void gicv4_clear_breaches(void);

/*
 * For KUnit: fail @test for each breach that was not expected, for each
 * expected one that did not come, and where the tables in memory differ from
 * the machine's reference copy.
 */
void gicv4_expect_breach(struct kunit *test, enum gicv4_rule rule);
void gicv4_checkpoint(struct kunit *test);

#endif /* __LINUX_IRQCHIP_GICV4_MODEL_H */
