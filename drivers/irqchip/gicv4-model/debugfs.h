/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine as files: each file is a view, which is rows of text.
 */
#ifndef __GICV4_MODEL_DEBUGFS_H
#define __GICV4_MODEL_DEBUGFS_H

#include <linux/seq_file.h>
#include <linux/types.h>

#define GM_ROW_INTIDS	8	/* pending LPIs in a row */

/**
 * struct gm_cursor - a row of a view
 * @pos: its number
 * @valid: there is one
 * @unit: ITS
 * @section: part of the view, 0 before the first row
 * @id: whose it is: DeviceID, vPEID, redistributor, index
 * @sub: EventID, or the INTID to go on with
 * @left: events or pending LPIs that have not been shown
 * @intids: pending LPIs of the row
 * @nr_intids: how many these are
 * @off: by place in @intids: it is disabled
 * @text: what the view holds as a whole, kvfree()d at the end
 */
struct gm_cursor {
	loff_t		pos;
	bool		valid;
	unsigned int	unit;
	unsigned int	section;
	u32		id;
	u64		sub;
	unsigned int	left;
	u32		intids[GM_ROW_INTIDS];
	unsigned int	nr_intids;
	u8		off;
	char		*text;
};

/**
 * struct gm_view - a file
 * @name: its name; %u stands for the number of the ITS
 * @next: go to the next row, the first one if @section is 0; false at the end
 * @show: the row as text, one or more lines
 *
 * The machine goes on between two rows: each takes gm.lock for itself, and a
 * row whose object is gone is empty.
 */
struct gm_view {
	const char	*name;
	bool		(*next)(struct gm_cursor *c);
	void		(*show)(struct seq_file *m, const struct gm_cursor *c);
};

extern const struct gm_view gm_view_its;
extern const struct gm_view gm_view_rdists;
extern const struct gm_view gm_view_vpes;
extern const struct gm_view gm_view_commands;

#ifdef CONFIG_DEBUG_FS
void gm_test_failed(void);
#else
static inline void gm_test_failed(void)
{
}
#endif

#endif /* __GICV4_MODEL_DEBUGFS_H */
