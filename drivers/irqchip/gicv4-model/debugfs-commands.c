// SPDX-License-Identifier: GPL-2.0
/*
 * The view "commands": what the ITSs have read, decoded.
 */
#include <linux/bits.h>

#include "debugfs.h"
#include "internal.h"

/* A field of a command: its name, the double word, the bits */
struct gm_field {
	const char	*name;
	u8		dw;
	u8		high;
	u8		low;
	u8		shift;		/* of an address */
};

#define GM_MAX_FIELDS	8

struct gm_mnemonic {
	const char	*name;
	struct gm_field	fields[GM_MAX_FIELDS];
};

#define DEVID		{ "DeviceID", 0, 63, 32 }
#define EVENTID		{ "EventID", 1, 31, 0 }
#define PINTID		{ "pINTID", 1, 63, 32 }
#define ICID		{ "ICID", 2, 15, 0 }
#define RDBASE		{ "RDbase", 2, 50, 16 }
#define VALID		{ "V", 2, 63, 63 }
#define VPEID		{ "vPEID", 1, 47, 32 }
#define VINTID		{ "vINTID", 2, 31, 0 }
#define DOORBELL	{ "doorbell", 2, 63, 32 }

static const struct gm_mnemonic gm_mnemonics[256] = {
	[GITS_CMD_MAPD]		= { "MAPD", { DEVID, { "Size", 1, 4, 0 },
				    { "ITT", 2, 51, 8, 8 }, VALID } },
	[GITS_CMD_MAPC]		= { "MAPC", { ICID, RDBASE, VALID } },
	[GITS_CMD_MAPTI]	= { "MAPTI", { DEVID, EVENTID, PINTID, ICID } },
	[GITS_CMD_MAPI]		= { "MAPI", { DEVID, EVENTID, ICID } },
	[GITS_CMD_MOVI]		= { "MOVI", { DEVID, EVENTID, ICID } },
	[GITS_CMD_MOVALL]	= { "MOVALL", { { "RDbase1", 2, 50, 16 },
				    { "RDbase2", 3, 50, 16 } } },
	[GITS_CMD_DISCARD]	= { "DISCARD", { DEVID, EVENTID } },
	[GITS_CMD_INT]		= { "INT", { DEVID, EVENTID } },
	[GITS_CMD_CLEAR]	= { "CLEAR", { DEVID, EVENTID } },
	[GITS_CMD_INV]		= { "INV", { DEVID, EVENTID } },
	[GITS_CMD_INVALL]	= { "INVALL", { ICID } },
	[GITS_CMD_SYNC]		= { "SYNC", { RDBASE } },
	[GITS_CMD_VMAPP]	= { "VMAPP", { VPEID, RDBASE,
				    { "VPT", 3, 51, 16, 16 },
				    { "Size", 3, 4, 0 }, VALID } },
	[GITS_CMD_VMAPTI]	= { "VMAPTI", { DEVID, EVENTID, VPEID, VINTID,
				    DOORBELL } },
	[GITS_CMD_GICv4(GITS_CMD_MAPI)] = { "VMAPI", { DEVID, EVENTID, VPEID,
				    DOORBELL } },
	[GITS_CMD_VMOVI]	= { "VMOVI", { DEVID, EVENTID, VPEID, DOORBELL,
				    { "D", 2, 0, 0 } } },
	[GITS_CMD_VMOVP]	= { "VMOVP", { VPEID, RDBASE,
				    { "SeqNum", 0, 47, 32 },
				    { "ITSList", 1, 15, 0 } } },
	[GITS_CMD_VINVALL]	= { "VINVALL", { VPEID } },
	[GITS_CMD_VSYNC]	= { "VSYNC", { VPEID } },
	[GITS_CMD_VSGI]		= { "VSGI", { VPEID, { "vSGI", 0, 35, 32 },
				    { "priority", 0, 23, 20, 4 },
				    { "group", 0, 10, 10 },
				    { "clear", 0, 9, 9 },
				    { "enable", 0, 8, 8 } } },
	[GITS_CMD_INVDB]	= { "INVDB", { VPEID } },
};

static void gm_show_field(struct seq_file *m, const struct gm_field *f,
			  const u64 *raw)
{
	u64 val = (raw[f->dw] & GENMASK_ULL(f->high, f->low)) >> f->low;

	/* Addresses and DeviceIDs are read in hexadecimal, counts are not */
	if (f->shift || (!f->dw && f->low == 32 && f->high == 63))
		seq_printf(m, " %s %#llx", f->name, val << f->shift);
	else
		seq_printf(m, " %s %llu", f->name, val);
}

static void gm_commands_show(struct seq_file *m, const struct gm_cursor *c)
{
	const struct gm_mnemonic *mnemonic;
	const struct gm_field *f;
	struct gicv4_cmd cmd;

	if (c->section == 1) {
		seq_printf(m, "%6s  %3s  %6s  %-7s  %-67s  %s\n", "Number",
			   "ITS", "Error", "Ignored", "Raw", "Command");
		return;
	}
	if (!gicv4_trace_get(c->id, &cmd))
		return;

	seq_printf(m, "%6u  %3u  %06x  %-7s  %016llx,%016llx,%016llx,%016llx  ",
		   c->id, cmd.its, cmd.error, cmd.ignored ? "yes" : "no",
		   cmd.raw[0], cmd.raw[1], cmd.raw[2], cmd.raw[3]);
	mnemonic = &gm_mnemonics[cmd.opcode];
	if (mnemonic->name)
		seq_puts(m, mnemonic->name);
	else
		seq_printf(m, "%#04x, unknown", cmd.opcode);
	for (f = mnemonic->fields; f->name; f++)
		gm_show_field(m, f, cmd.raw);
	seq_putc(m, '\n');
}

static bool gm_commands_next(struct gm_cursor *c)
{
	if (c->section < 2) {
		c->section++;
		c->id = 0;
	} else {
		c->id++;
	}
	return c->section == 1 || c->id < gicv4_trace_len();
}

const struct gm_view gm_view_commands = {
	.name	= "commands",
	.next	= gm_commands_next,
	.show	= gm_commands_show,
};
