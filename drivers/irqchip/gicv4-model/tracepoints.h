/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine's trace events, called with what is at hand. While an event is
 * off, a call is one test of its static key; without tracing it is nothing.
 */
#ifndef __GICV4_MODEL_TRACEPOINTS_H
#define __GICV4_MODEL_TRACEPOINTS_H

#include <trace/events/gicv4_model.h>

struct gm_lpi;

void gm_do_trace_reg(bool write, unsigned int off, int size, u64 val);
void gm_do_trace_pend(const struct gm_lpi *lpi, bool pending);

/* @off: in the machine's I/O region */
static inline void gm_trace_write(unsigned int off, int size, u64 val)
{
	if (trace_gicv4_reg_write_enabled())
		gm_do_trace_reg(true, off, size, val);
}

static inline void gm_trace_read(unsigned int off, int size, u64 val)
{
	if (trace_gicv4_reg_read_enabled())
		gm_do_trace_reg(false, off, size, val);
}

static inline void gm_trace_pend(const struct gm_lpi *lpi, bool pending)
{
	if (trace_gicv4_pending_enabled())
		gm_do_trace_pend(lpi, pending);
}

static inline void gm_trace_vsgi(u16 vpeid, unsigned int sgi, bool pending)
{
	trace_gicv4_pending(GICV4_TRACE_VSGI, vpeid, sgi, pending);
}

#endif /* __GICV4_MODEL_TRACEPOINTS_H */
