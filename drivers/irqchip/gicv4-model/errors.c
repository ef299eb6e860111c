// SPDX-License-Identifier: GPL-2.0
/*
 * ITS command error codes, as IHI 0069 encodes them: 0x01, the command, what
 * is wrong with it.
 *
 * The kinds up to 0x09 are the architecture's. Those from 0x10 on are for the
 * commands of GICv4, and for what the architecture calls UNPREDICTABLE and this
 * machine ignores; their numbers have not been checked against its text.
 */
#include <linux/export.h>

#include "internal.h"

#define GM_ERROR(opcode, kind)	(0x010000 | (opcode) << 8 | (kind))
#define GM_ERR_PROCNUM		0x02
#define GM_ERR_OTHER		0x10

static const u8 gm_error_kinds[GICV4_NR_RULES] = {
	[GICV4_RULE_DEVID_RANGE]	= 0x01,
	[GICV4_RULE_MAPD_SIZE]		= 0x02,
	[GICV4_RULE_RDBASE_RANGE]	= GM_ERR_PROCNUM,
	[GICV4_RULE_ICID_RANGE]		= 0x03,
	[GICV4_RULE_DEV_UNMAPPED]	= 0x04,
	[GICV4_RULE_EVENTID_RANGE]	= 0x05,
	[GICV4_RULE_PINTID_RANGE]	= 0x06,
	[GICV4_RULE_EVENT_UNMAPPED]	= 0x07,
	[GICV4_RULE_COL_UNMAPPED]	= 0x09,
	[GICV4_RULE_VPEID_RANGE]	= 0x11,
	[GICV4_RULE_VPE_UNMAPPED]	= 0x12,
	[GICV4_RULE_VSYNC_UNMAPPED]	= 0x12,
	[GICV4_RULE_VINTID_RANGE]	= 0x13,
	[GICV4_RULE_DOORBELL_RANGE]	= 0x14,
	[GICV4_RULE_VPT_SIZE]		= 0x15,
};

/**
 * gm_error_code - what a command that breaks a rule reports
 * @opcode: GITS_CMD_*
 * @rule: the rule
 *
 * Return: ITS command error code.
 */
u32 gm_error_code(u8 opcode, enum gicv4_rule rule)
{
	u8 kind = gm_error_kinds[rule] ?: GM_ERR_OTHER;

	/* Two that do not follow the pattern */
	if (opcode == GITS_CMD_MOVALL && kind == GM_ERR_PROCNUM)
		kind = 0x01;
	if (opcode == GITS_CMD_CLEAR)
		opcode = 0x05;
	return GM_ERROR(opcode, kind);
}

/**
 * gicv4_its_error - the last command error
 * @its: ITS number
 *
 * Context: any.
 * Return: its code; 0 if no command of this ITS had an error.
 */
u32 gicv4_its_error(unsigned int its)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	return gm_has_its(its) ? gm.its[its].error : 0;
}
EXPORT_SYMBOL_GPL(gicv4_its_error);
