// SPDX-License-Identifier: GPL-2.0
/*
 * Trace events: their definition, and what has to be looked up for them.
 */
#include "internal.h"

#define CREATE_TRACE_POINTS
#include "tracepoints.h"

/**
 * gm_do_trace_reg - trace an access to a register
 * @write: it is a write
 * @off: offset in the machine's I/O region, bytes
 * @size: size of the access, bytes
 * @val: value written or read
 */
void gm_do_trace_reg(bool write, unsigned int off, int size, u64 val)
{
	enum gicv4_trace_frame frame = GICV4_TRACE_GICD;
	unsigned int base = GM_GICD_OFF, stride = GM_ITS_OFF;
	unsigned int unit;

	if (off >= GM_GICR_OFF) {
		frame = GICV4_TRACE_GICR;
		base = GM_GICR_OFF;
		stride = gm_is_v4() ? GM_GICR_STRIDE_V4 : GM_GICR_STRIDE_V3;
	} else if (off >= GM_ITS_OFF) {
		frame = GICV4_TRACE_GITS;
		base = GM_ITS_OFF;
		stride = GM_ITS_STRIDE;
	}

	unit = (off - base) / stride;
	off = (off - base) % stride;
	if (write)
		trace_gicv4_reg_write(frame, unit, off, size, val);
	else
		trace_gicv4_reg_read(frame, unit, off, size, val);
}

/**
 * gm_do_trace_pend - trace a change of an LPI's pending state
 * @lpi: the LPI, physical or virtual
 * @pending: its new state
 */
void gm_do_trace_pend(const struct gm_lpi *lpi, bool pending)
{
	if (lpi->owner < GM_OWNER_VPE(0))
		trace_gicv4_pending(GICV4_TRACE_LPI, lpi->owner, lpi->intid,
				    pending);
	else
		trace_gicv4_pending(GICV4_TRACE_VLPI,
				    gm.vpe_pool[lpi->owner - GM_OWNER_VPE(0)].vpeid,
				    lpi->intid, pending);
}
