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
 * @nr_cpus: redistributors, 1 to GICV4_MAX_CPUS; CPU n is affinity 0.0.0.n
 * @nr_its: interrupt translation services
 * @devid_bits: DeviceID width (GITS_TYPER.Devbits + 1)
 * @eventid_bits: EventID width (GITS_TYPER.ID_bits + 1)
 * @intid_bits: INTID width (GICD_TYPER.IDbits + 1), 14 to 24
 * @direct_lpi: GICR_TYPER.DirectLPI
 * @vmovp: GITS_TYPER.VMOVP: VMOVP needs no ITSList
 * @pta: GITS_TYPER.PTA: target addresses are physical
 * @indirect: GITS_BASER<n>.Indirect may be set for device and vPE tables
 * @dirty: GICR_VPENDBASER.Dirty is reported also after Valid is set
 *         (GICR_TYPER.Dirty)
 * @dte_size: device table entry, bytes
 * @cte_size: collection table entry, bytes
 * @vpte_size: vPE table entry, bytes
 * @itte_size: interrupt translation table entry, bytes
 */
struct gicv4_desc {
	const char	*name;
	enum gicv4_arch	arch;
	unsigned int	nr_cpus;
	unsigned int	nr_its;
	unsigned int	devid_bits;
	unsigned int	eventid_bits;
	unsigned int	intid_bits;
	bool		direct_lpi;
	bool		vmovp;
	bool		pta;
	bool		indirect;
	bool		dirty;
	unsigned int	dte_size;
	unsigned int	cte_size;
	unsigned int	vpte_size;
	unsigned int	itte_size;
};

/* The machine of this version: v4.0, one ITS, no DirectLPI, nr_cpus CPUs */
struct gicv4_desc gicv4_default_desc(unsigned int nr_cpus);

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
 * struct gicv4_stats - what happened on the hardware side since the last reset
 * @device_writes: writes to GITS_TRANSLATER that arrived
 * @untranslated: of these, the ones that no mapping translated
 * @lpis: physical LPIs made pending
 * @vlpis: virtual LPIs made pending
 * @doorbells: doorbells (a physical LPI for a vPE that is not resident) sent
 * @host_irqs: interrupts handed to the host
 * @acks: vLPIs that the guest acknowledged
 * @commands: ITS commands executed
 */
struct gicv4_stats {
	u64 device_writes;
	u64 untranslated;
	u64 lpis;
	u64 vlpis;
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
};

struct gicv4_residency {
	bool		valid;		/* GICR_VPENDBASER.Valid */
	bool		pending_last;
	u64		vpt_addr;
	u64		vprop_addr;
	int		vpeid;		/* whose VPT that is, or -1 */
};

bool gicv4_get_dte(unsigned int its, u32 devid, struct gicv4_dte *dte);
bool gicv4_get_itte(unsigned int its, u32 devid, u32 eventid,
		    struct gicv4_itte *itte);
bool gicv4_get_vpte(unsigned int its, u16 vpeid, struct gicv4_vpte *vpte);
void gicv4_get_residency(unsigned int cpu, struct gicv4_residency *res);
/* A vLPI as the machine sees it: pending bit, and the configuration in use */
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
};

void gicv4_trace_clear(void);
unsigned int gicv4_trace_count(u8 opcode);
unsigned int gicv4_trace_len(void);
bool gicv4_trace_get(unsigned int i, struct gicv4_cmd *cmd);

/* Faults, all one-shot and cleared by gicv4_machine_init() */
#define GICV4_ANY_CMD	0xff

/* Stop the queue before the @nth next command @opcode (1 is the next one) */
void gicv4_fault_stall(unsigned int its, u8 opcode, unsigned int nth);
/* Read and do not execute the @nth next command @opcode */
void gicv4_fault_ignore(unsigned int its, u8 opcode, unsigned int nth);
/* GICR_VPENDBASER.Dirty stays set for @reads more reads */
void gicv4_fault_dirty(unsigned int cpu, unsigned int reads);
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
