// SPDX-License-Identifier: GPL-2.0
/*
 * The machine's tables, in the memory that the driver gave it.
 *
 * The entry formats are our own, as the architecture leaves them to the
 * implementation. Each 64-bit word carries a check byte, so that a write by
 * anybody else shows. All zero is an invalid entry. See gicv4-model.md.
 */
#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "internal.h"

/* Every word: bit 63 valid, bits 7:0 check */
#define GM_E_VALID	BIT_ULL(63)
#define GM_E_CHECK	GENMASK_ULL(7, 0)

/* Device table entry */
#define GM_DTE_BITS	GENMASK_ULL(62, 58)	/* EventID width - 1 */
#define GM_DTE_ITT	GENMASK_ULL(51, 8)

/* Collection table entry */
#define GM_CTE_CPU	GENMASK_ULL(31, 16)

/* vPE table entry */
#define GM_VPTE_BITS	GENMASK_ULL(62, 58)	/* INTID width - 1 */
#define GM_VPTE_CPU	GENMASK_ULL(57, 52)
#define GM_VPTE_VPT	GENMASK_ULL(51, 16)
/* GICv4.1: property table, default doorbell */
#define GM_VPTE1_VCONF	GENMASK_ULL(51, 16)
#define GM_VPTE2_DB	GENMASK_ULL(31, 8)

/* Interrupt translation table entry: two words, or one of 16-bit fields */
#define GM_ITTE_VIRT	BIT_ULL(62)
#define GM_ITTE8_ID	GENMASK_ULL(55, 40)
#define GM_ITTE8_DB	GENMASK_ULL(39, 24)
#define GM_ITTE8_INTID	GENMASK_ULL(23, 8)
#define GM_ITTE_INTID	GENMASK_ULL(31, 8)
#define GM_ITTE_ID	GENMASK_ULL(47, 32)	/* ICID or vPEID */
#define GM_ITTE1_DB	GENMASK_ULL(31, 8)

static u64 gm_seal(u64 word)
{
	u64 sum = word & ~GM_E_CHECK;

	sum ^= sum >> 32;
	sum ^= sum >> 16;
	sum ^= sum >> 8;
	return (word & ~GM_E_CHECK) | ((sum ^ 0xa5) & GM_E_CHECK);
}

static bool gm_sealed(u64 word)
{
	return (word & GM_E_VALID) && word == gm_seal(word);
}

/**
 * gm_mem - memory at a physical address that software gave us
 * @pa: physical address
 * @len: bytes
 *
 * Return: its address, or NULL if not all of it is memory.
 */
void *gm_mem(u64 pa, u64 len)
{
	if (!len || pa + len < pa)
		return NULL;
	if (!pfn_valid(PHYS_PFN(pa)) || !pfn_valid(PHYS_PFN(pa + len - 1)))
		return NULL;
	return phys_to_virt(pa);
}

/**
 * gm_mem_freed - has software freed a table that is still in use?
 * @pa: where the table begins
 *
 * Tables come from the page allocator, so the first page of one in use has a
 * reference; pages in a slab or reserved since boot do not tell.
 *
 * Return: true if the page belongs to nobody.
 */
bool gm_mem_freed(u64 pa)
{
	struct page *page;

	if (!gm_mem(pa, 1))
		return true;

	page = compound_head(phys_to_page(pa));
	return !PageReserved(page) && !PageSlab(page) && !page_count(page);
}

static const u32 gm_page_size[] = { SZ_4K, SZ_16K, SZ_64K, SZ_64K };

static void gm_table_count(struct gm_table *t)
{
	u64 ids;

	if (t->indirect)
		ids = t->size / GITS_LVL1_ENTRY_SIZE * (t->page / t->esz);
	else
		ids = t->size / t->esz;
	t->nr_ids = min_t(u64, ids, U32_MAX);
}

/**
 * gm_table_decode - decode GITS_BASER<n>
 * @its: the ITS
 * @n: register number
 */
void gm_table_decode(struct gm_its *its, unsigned int n)
{
	struct gm_table *t = &its->tables[n];
	u64 val = its->baser[n];

	*t = (struct gm_table) {
		.valid		= val & GITS_BASER_VALID,
		.indirect	= val & GITS_BASER_INDIRECT,
		.page		= gm_page_size[FIELD_GET(GITS_BASER_PAGE_SIZE_MASK, val)],
		.esz		= GITS_BASER_ENTRY_SIZE(val),
		.its		= its->id,
		.cpu		= -1,
		.off		= GITS_BASER + 8 * n,
	};
	t->size = GITS_BASER_NR_PAGES(val) * t->page;
	t->base = val & GENMASK_ULL(47, 12);
	if (t->page == SZ_64K)
		t->base = GITS_BASER_ADDR_48_to_52(val);
	gm_table_count(t);
}

/**
 * gm_vpe_table_decode - decode GICR_VPROPBASER of GICv4.1
 * @rd: the redistributor
 */
void gm_vpe_table_decode(struct gm_rdist *rd)
{
	struct gm_table *t = &rd->vpe_table;
	u64 val = rd->vpropbaser;

	*t = (struct gm_table) {
		.valid		= val & GICR_VPROPBASER_4_1_VALID,
		.indirect	= val & GICR_VPROPBASER_4_1_INDIRECT,
		.page		= gm_page_size[FIELD_GET(GICR_VPROPBASER_4_1_PAGE_SIZE, val)],
		.esz		= gm.desc.vpte_size,
		.base		= val & GICR_VPROPBASER_4_1_ADDR,
		.its		= -1,
		.cpu		= rd->cpu,
		.off		= GICR_VPROPBASER,
	};
	t->size = (FIELD_GET(GICR_VPROPBASER_4_1_SIZE, val) + 1) * t->page;
	gm_table_count(t);
}

/**
 * gm_table_clean - does a table hold nothing but what an ITS can use?
 * @t: the table, in memory
 *
 * Return: true if all is zero or written by an ITS before, as after a restart.
 */
bool gm_table_clean(const struct gm_table *t)
{
	const u64 *mem = gm_mem(t->base, t->size);
	u64 i;

	for (i = 0; i < t->size / sizeof(*mem); i++) {
		if (!mem[i])
			continue;
		/* Level 1 is software's */
		if (t->indirect ? !(mem[i] & GITS_BASER_VALID) : !gm_sealed(mem[i]))
			return false;
	}
	return true;
}

/**
 * gm_table_covers - is there room for an ID in a table?
 * @its: the ITS
 * @type: which table
 * @id: DeviceID, ICID or vPEID
 *
 * Return: true if the table is valid, large enough and, if it is indirect,
 * has a level 2 page for @id.
 */
bool gm_table_covers(struct gm_its *its, enum gm_table_type type, u32 id)
{
	return gm_table_entry(&its->tables[type], id);
}

/* An address that a table's register, or its level 1, holds */
static bool gm_table_freed(const struct gm_table *t, u64 pa)
{
	if (likely(!gm_mem_freed(pa)))
		return false;
	gm_breach_reg(GICV4_RULE_TABLE_FREED, t->its, t->cpu, t->off, pa);
	return true;
}

/**
 * gm_table_entry - the entry of an ID
 * @t: the table
 * @id: DeviceID, ICID or vPEID
 *
 * Return: where the entry is, or NULL if the table does not cover it.
 */
void *gm_table_entry(const struct gm_table *t, u32 id)
{
	u32 per_page;
	u64 base, off;
	u64 *l1;

	if (!t->valid || id >= t->nr_ids || gm_table_freed(t, t->base))
		return NULL;
	if (!t->indirect) {
		off = (u64)id * t->esz;
		return gm_mem(t->base + off, t->esz);
	}

	per_page = t->page / t->esz;
	off = (u64)(id / per_page) * GITS_LVL1_ENTRY_SIZE;
	l1 = gm_mem(t->base + off, GITS_LVL1_ENTRY_SIZE);
	if (!l1 || !(le64_to_cpup((__le64 *)l1) & GITS_BASER_VALID))
		return NULL;

	base = le64_to_cpup((__le64 *)l1) & GENMASK_ULL(51, 12);
	if (gm_table_freed(t, base))
		return NULL;
	return gm_mem(base + (u64)(id % per_page) * t->esz, t->esz);
}

static u64 gm_entry_read(const u64 *entry, unsigned int word)
{
	return entry ? READ_ONCE(entry[word]) : 0;
}

/**
 * gm_read_dte - read the device table
 * @its: the ITS
 * @devid: DeviceID
 * @dte: what the entry says
 *
 * Return: true if the entry is valid.
 */
bool gm_read_dte(struct gm_its *its, u32 devid, struct gicv4_dte *dte)
{
	u64 word = gm_entry_read(gm_table_entry(&its->tables[GM_TABLE_DEV], devid), 0);

	*dte = (struct gicv4_dte) { .valid = gm_sealed(word) };
	if (!dte->valid)
		return false;
	dte->eventid_bits = FIELD_GET(GM_DTE_BITS, word) + 1;
	dte->itt_addr = word & GM_DTE_ITT;
	return true;
}

/**
 * gm_write_dte - write the device table
 * @its: the ITS
 * @devid: DeviceID
 * @dev: what to map it to, or NULL to make the entry invalid
 */
void gm_write_dte(struct gm_its *its, u32 devid, const struct gm_dev *dev)
{
	u64 *entry = gm_table_entry(&its->tables[GM_TABLE_DEV], devid);
	u64 word = 0;

	if (!entry)
		return;
	if (dev)
		word = gm_seal(GM_E_VALID | (dev->itt & GM_DTE_ITT) |
			       FIELD_PREP(GM_DTE_BITS, dev->bits - 1));
	WRITE_ONCE(*entry, word);
}

/**
 * gm_read_cte - read the collection table
 * @its: the ITS
 * @icid: collection
 * @cpu: its redistributor
 *
 * Return: true if the entry is valid.
 */
bool gm_read_cte(struct gm_its *its, u16 icid, unsigned int *cpu)
{
	u64 word = gm_entry_read(gm_table_entry(&its->tables[GM_TABLE_COL], icid), 0);

	if (!gm_sealed(word))
		return false;
	*cpu = FIELD_GET(GM_CTE_CPU, word);
	return *cpu < gm.desc.nr_cpus;
}

/**
 * gm_write_cte - write the collection table
 * @its: the ITS
 * @icid: collection
 * @col: what to map it to
 */
void gm_write_cte(struct gm_its *its, u16 icid, const struct gm_col *col)
{
	u64 *entry = gm_table_entry(&its->tables[GM_TABLE_COL], icid);
	u64 word = 0;

	if (!entry)
		return;
	if (col->valid)
		word = gm_seal(GM_E_VALID | FIELD_PREP(GM_CTE_CPU, col->cpu));
	WRITE_ONCE(*entry, word);
}

/**
 * gm_read_vpte - read the vPE table
 * @its: the ITS
 * @vpeid: vPEID
 * @vpte: what the entry says
 *
 * Return: true if the entry is valid.
 */
bool gm_read_vpte(struct gm_its *its, u16 vpeid, struct gicv4_vpte *vpte)
{
	return gm_vpte_decode(gm_table_entry(&its->tables[GM_TABLE_VPE], vpeid),
			      vpte);
}

/**
 * gm_vpte_decode - decode an entry of a vPE table
 * @entry: where it is, or NULL
 * @vpte: what it says
 *
 * Return: true if the entry is valid.
 */
bool gm_vpte_decode(const u64 *entry, struct gicv4_vpte *vpte)
{
	u64 word = gm_entry_read(entry, 0), w1, w2;

	*vpte = (struct gicv4_vpte) { .default_db = GICV4_INTID_NONE };
	if (!gm_sealed(word))
		return false;
	vpte->cpu = FIELD_GET(GM_VPTE_CPU, word);
	vpte->vpt_addr = word & GM_VPTE_VPT;
	vpte->vpt_bits = FIELD_GET(GM_VPTE_BITS, word) + 1;
	vpte->valid = true;
	if (gm_is_v4_1()) {
		w1 = gm_entry_read(entry, 1);
		w2 = gm_entry_read(entry, 2);
		vpte->vconf_addr = w1 & GM_VPTE1_VCONF;
		vpte->default_db = FIELD_GET(GM_VPTE2_DB, w2);
		vpte->valid = gm_sealed(w1) && gm_sealed(w2);
	}
	return vpte->valid;
}

/**
 * gm_vpte_wanted - should a vPE table have a vPE?
 * @t: the table
 * @vpe: the vPE, or NULL
 *
 * The ITS that maps the vPE has it, and with GICv4.1 so has the redistributor
 * that it is mapped to. Some of them may share a table.
 *
 * Return: the redistributor that the entry names, or -1 if there is none.
 */
int gm_vpte_wanted(const struct gm_table *t, const struct gm_vpe *vpe)
{
	unsigned int i;
	int cpu = -1;

	if (!vpe)
		return -1;
	for (i = 0; i < gm.desc.nr_its; i++) {
		if (!(vpe->its_map & BIT(i)))
			continue;
		cpu = vpe->cpu[i];
		if (gm.its[i].tables[GM_TABLE_VPE].base == t->base)
			return cpu;
	}
	if (cpu >= 0 && gm_is_v4_1() && gm.rdist[cpu].vpe_table.valid &&
	    gm.rdist[cpu].vpe_table.base == t->base)
		return cpu;
	return -1;
}

static void gm_vpte_update(const struct gm_table *t, const struct gm_vpe *vpe)
{
	u64 *entry, word[3] = { };
	int cpu;

	if (!t->valid)
		return;
	cpu = gm_vpte_wanted(t, vpe);
	entry = gm_table_entry(t, vpe->vpeid);
	if (!entry) {
		/* The command has checked the table of its ITS */
		if (cpu >= 0 && t->cpu >= 0)
			gm_breach_reg(GICV4_RULE_VPROP_RANGE, -1, t->cpu,
				      t->off, vpe->vpeid);
		return;
	}
	if (cpu >= 0) {
		word[0] = gm_seal(GM_E_VALID | (vpe->vpt & GM_VPTE_VPT) |
				  FIELD_PREP(GM_VPTE_BITS, vpe->vpt_bits - 1) |
				  FIELD_PREP(GM_VPTE_CPU, cpu));
		word[1] = gm_seal(GM_E_VALID | (vpe->vprop & GM_VPTE1_VCONF));
		word[2] = gm_seal(GM_E_VALID | FIELD_PREP(GM_VPTE2_DB, vpe->db));
	}
	WRITE_ONCE(entry[0], word[0]);
	if (gm_is_v4_1()) {
		WRITE_ONCE(entry[1], word[1]);
		WRITE_ONCE(entry[2], word[2]);
	}
}

/**
 * gm_write_vpte - write the vPE tables
 * @vpe: the vPE; its entry is valid where gm_vpte_wanted() says so
 */
void gm_write_vpte(const struct gm_vpe *vpe)
{
	unsigned int i;

	for (i = 0; i < gm.desc.nr_its; i++)
		gm_vpte_update(&gm.its[i].tables[GM_TABLE_VPE], vpe);
	for (i = 0; gm_is_v4_1() && i < gm.desc.nr_cpus; i++)
		gm_vpte_update(&gm.rdist[i].vpe_table, vpe);
}

/**
 * gm_itt_size - how much memory an ITT takes
 * @bits: EventID width
 *
 * Return: bytes.
 */
u64 gm_itt_size(unsigned int bits)
{
	return (u64)gm.desc.itte_size << bits;
}

static u64 *gm_itt_entry(u64 itt, u32 eventid)
{
	return gm_mem(itt + (u64)eventid * gm.desc.itte_size,
		      gm.desc.itte_size);
}

/**
 * gm_read_itte - read an interrupt translation table
 * @itt: its address
 * @eventid: EventID, within the table
 * @itte: what the entry says
 *
 * Return: true if the entry is valid.
 */
bool gm_read_itte(u64 itt, u32 eventid, struct gicv4_itte *itte)
{
	const u64 *entry = gm_itt_entry(itt, eventid);
	u64 w0 = gm_entry_read(entry, 0), w1;
	u16 id;

	*itte = (struct gicv4_itte) { };
	if (!gm_sealed(w0))
		return false;
	if (gm.desc.itte_size == 8) {
		id = FIELD_GET(GM_ITTE8_ID, w0);
		itte->intid = FIELD_GET(GM_ITTE8_INTID, w0);
		itte->doorbell = FIELD_GET(GM_ITTE8_DB, w0);
	} else {
		w1 = gm_entry_read(entry, 1);
		if (!gm_sealed(w1))
			return false;
		id = FIELD_GET(GM_ITTE_ID, w0);
		itte->intid = FIELD_GET(GM_ITTE_INTID, w0);
		itte->doorbell = FIELD_GET(GM_ITTE1_DB, w1);
	}

	itte->valid = true;
	itte->virt = w0 & GM_ITTE_VIRT;
	if (itte->virt)
		itte->vpeid = id;
	else
		itte->icid = id;
	return true;
}

/**
 * gm_write_itte - write an interrupt translation table
 * @itt: its address
 * @eventid: EventID, within the table
 * @itte: what to map it to, or NULL to make the entry invalid
 */
void gm_write_itte(u64 itt, u32 eventid, const struct gicv4_itte *itte)
{
	u64 *entry = gm_itt_entry(itt, eventid);
	u64 w0 = 0, w1 = 0;
	u16 id;

	if (!entry)
		return;
	if (itte && gm.desc.itte_size == 8) {
		id = itte->virt ? itte->vpeid : itte->icid;
		w0 = gm_seal(GM_E_VALID | FIELD_PREP(GM_ITTE8_ID, id) |
			     FIELD_PREP(GM_ITTE8_INTID, itte->intid) |
			     FIELD_PREP(GM_ITTE8_DB, itte->doorbell) |
			     (itte->virt ? GM_ITTE_VIRT : 0));
	} else if (itte) {
		id = itte->virt ? itte->vpeid : itte->icid;
		w0 = gm_seal(GM_E_VALID | FIELD_PREP(GM_ITTE_ID, id) |
			     FIELD_PREP(GM_ITTE_INTID, itte->intid) |
			     (itte->virt ? GM_ITTE_VIRT : 0));
		w1 = gm_seal(GM_E_VALID |
			     FIELD_PREP(GM_ITTE1_DB, itte->doorbell));
	}
	WRITE_ONCE(entry[0], w0);
	if (gm.desc.itte_size > 8)
		WRITE_ONCE(entry[1], w1);
}
