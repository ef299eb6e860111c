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

/* Interrupt translation table entry, two words */
#define GM_ITTE_VIRT	BIT_ULL(62)
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

/**
 * gm_table_decode - decode GITS_BASER<n>
 * @its: the ITS
 * @n: register number
 */
void gm_table_decode(struct gm_its *its, unsigned int n)
{
	static const u32 page_size[] = { SZ_4K, SZ_16K, SZ_64K, SZ_64K };
	struct gm_table *t = &its->tables[n];
	u64 val = its->baser[n], ids;

	t->page = page_size[FIELD_GET(GITS_BASER_PAGE_SIZE_MASK, val)];
	t->indirect = val & GITS_BASER_INDIRECT;
	t->esz = GITS_BASER_ENTRY_SIZE(val);
	t->size = GITS_BASER_NR_PAGES(val) * t->page;
	if (t->page == SZ_64K)
		t->base = GITS_BASER_ADDR_48_to_52(val);
	else
		t->base = val & GENMASK_ULL(47, 12);
	t->valid = val & GITS_BASER_VALID;

	if (t->indirect)
		ids = t->size / GITS_LVL1_ENTRY_SIZE * (t->page / t->esz);
	else
		ids = t->size / t->esz;
	t->nr_ids = min_t(u64, ids, U32_MAX);
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
	return gm_table_entry(its, type, id);
}

/**
 * gm_table_entry - the entry of an ID
 * @its: the ITS
 * @type: which table
 * @id: DeviceID, ICID or vPEID
 *
 * Return: where the entry is, or NULL if the table does not cover it.
 */
void *gm_table_entry(struct gm_its *its, enum gm_table_type type, u32 id)
{
	const struct gm_table *t = &its->tables[type];
	u32 per_page;
	u64 base, off;
	u64 *l1;

	if (!t->valid || id >= t->nr_ids)
		return NULL;
	if (gm_mem_freed(t->base)) {
		gm_breach_reg(GICV4_RULE_TABLE_FREED, its->id, -1,
			      GITS_BASER + 8 * type, its->baser[type]);
		return NULL;
	}
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
	if (gm_mem_freed(base)) {
		gm_breach_reg(GICV4_RULE_TABLE_FREED, its->id, -1,
			      GITS_BASER + 8 * type, base);
		return NULL;
	}
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
	u64 word = gm_entry_read(gm_table_entry(its, GM_TABLE_DEV, devid), 0);

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
	u64 *entry = gm_table_entry(its, GM_TABLE_DEV, devid);
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
	u64 word = gm_entry_read(gm_table_entry(its, GM_TABLE_COL, icid), 0);

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
	u64 *entry = gm_table_entry(its, GM_TABLE_COL, icid);
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
	u64 word = gm_entry_read(gm_table_entry(its, GM_TABLE_VPE, vpeid), 0);

	*vpte = (struct gicv4_vpte) { .valid = gm_sealed(word) };
	if (!vpte->valid)
		return false;
	vpte->cpu = FIELD_GET(GM_VPTE_CPU, word);
	vpte->vpt_addr = word & GM_VPTE_VPT;
	vpte->vpt_bits = FIELD_GET(GM_VPTE_BITS, word) + 1;
	return true;
}

/**
 * gm_write_vpte - write the vPE table
 * @its: the ITS
 * @vpeid: vPEID
 * @vpe: what to map it to; not valid if not mapped on @its
 */
void gm_write_vpte(struct gm_its *its, u16 vpeid, const struct gm_vpe *vpe)
{
	u64 *entry = gm_table_entry(its, GM_TABLE_VPE, vpeid);
	u64 word = 0;

	if (!entry)
		return;
	if (vpe->its_map & BIT(its->id))
		word = gm_seal(GM_E_VALID | (vpe->vpt & GM_VPTE_VPT) |
			       FIELD_PREP(GM_VPTE_BITS, vpe->vpt_bits - 1) |
			       FIELD_PREP(GM_VPTE_CPU, vpe->cpu[its->id]));
	WRITE_ONCE(*entry, word);
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
	u64 w0 = gm_entry_read(entry, 0), w1 = gm_entry_read(entry, 1);
	u16 id;

	*itte = (struct gicv4_itte) {
		.valid = gm_sealed(w0) && gm_sealed(w1),
	};
	if (!itte->valid)
		return false;

	id = FIELD_GET(GM_ITTE_ID, w0);
	itte->virt = w0 & GM_ITTE_VIRT;
	itte->intid = FIELD_GET(GM_ITTE_INTID, w0);
	itte->doorbell = FIELD_GET(GM_ITTE1_DB, w1);
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
	if (itte) {
		id = itte->virt ? itte->vpeid : itte->icid;
		w0 = gm_seal(GM_E_VALID | FIELD_PREP(GM_ITTE_ID, id) |
			     FIELD_PREP(GM_ITTE_INTID, itte->intid) |
			     (itte->virt ? GM_ITTE_VIRT : 0));
		w1 = gm_seal(GM_E_VALID |
			     FIELD_PREP(GM_ITTE1_DB, itte->doorbell));
	}
	WRITE_ONCE(entry[0], w0);
	WRITE_ONCE(entry[1], w1);
}
