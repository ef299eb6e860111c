/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace events of the software GICv4 machine: what software told it, and what
 * it did. Tools parse these lines: what stands in front of a line's last
 * blank-separated part is fixed.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM gicv4_model

#if !defined(_TRACE_GICV4_MODEL_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_GICV4_MODEL_H

#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/gicv4-model.h>
#include <linux/tracepoint.h>

#ifndef GICV4_TRACE_NAMES
#define GICV4_TRACE_NAMES

#define gicv4_show_cmd(opcode)						\
	__print_symbolic(opcode,					\
		{ GITS_CMD_MAPD,	"MAPD" },			\
		{ GITS_CMD_MAPC,	"MAPC" },			\
		{ GITS_CMD_MAPTI,	"MAPTI" },			\
		{ GITS_CMD_MAPI,	"MAPI" },			\
		{ GITS_CMD_MOVI,	"MOVI" },			\
		{ GITS_CMD_MOVALL,	"MOVALL" },			\
		{ GITS_CMD_DISCARD,	"DISCARD" },			\
		{ GITS_CMD_INT,		"INT" },			\
		{ GITS_CMD_CLEAR,	"CLEAR" },			\
		{ GITS_CMD_INV,		"INV" },			\
		{ GITS_CMD_INVALL,	"INVALL" },			\
		{ GITS_CMD_SYNC,	"SYNC" },			\
		{ GITS_CMD_VMAPP,	"VMAPP" },			\
		{ GITS_CMD_VMAPTI,	"VMAPTI" },			\
		{ GITS_CMD_GICv4(GITS_CMD_MAPI), "VMAPI" },		\
		{ GITS_CMD_VMOVI,	"VMOVI" },			\
		{ GITS_CMD_VMOVP,	"VMOVP" },			\
		{ GITS_CMD_VINVALL,	"VINVALL" },			\
		{ GITS_CMD_VSYNC,	"VSYNC" },			\
		{ GITS_CMD_VSGI,	"VSGI" },			\
		{ GITS_CMD_INVDB,	"INVDB" })

enum gicv4_trace_frame {
	GICV4_TRACE_GICD,
	GICV4_TRACE_GICR,
	GICV4_TRACE_GITS,
};

#define gicv4_show_frame(frame)						\
	__print_symbolic(frame,						\
		{ GICV4_TRACE_GICD,	"GICD" },			\
		{ GICV4_TRACE_GICR,	"GICR" },			\
		{ GICV4_TRACE_GITS,	"GITS" })

enum gicv4_trace_kind {
	GICV4_TRACE_LPI,
	GICV4_TRACE_VLPI,
	GICV4_TRACE_VSGI,
};

#define gicv4_show_kind(kind)						\
	__print_symbolic(kind,						\
		{ GICV4_TRACE_LPI,	"LPI" },			\
		{ GICV4_TRACE_VLPI,	"vLPI" },			\
		{ GICV4_TRACE_VSGI,	"vSGI" })

#endif /* GICV4_TRACE_NAMES */

/* A command that an ITS has read and executed, or ignored */
TRACE_EVENT(gicv4_cmd,
	TP_PROTO(const struct gicv4_cmd *cmd),
	TP_ARGS(cmd),

	TP_STRUCT__entry(
		__field(u8, its)
		__field(u8, opcode)
		__field(bool, ignored)
		__field(u32, error)
		__array(u64, raw, 4)
	),

	TP_fast_assign(
		__entry->its = cmd->its;
		__entry->opcode = cmd->opcode;
		__entry->ignored = cmd->ignored;
		__entry->error = cmd->error;
		memcpy(__entry->raw, cmd->raw, sizeof(__entry->raw));
	),

	TP_printk("its=%u raw=%016llx,%016llx,%016llx,%016llx error=%06x ignored=%d %s",
		  __entry->its, __entry->raw[0], __entry->raw[1],
		  __entry->raw[2], __entry->raw[3], __entry->error,
		  __entry->ignored, gicv4_show_cmd(__entry->opcode))
);

/* Accesses of software; the offset is that in the unit, all frames of it */
DECLARE_EVENT_CLASS(gicv4_reg,
	TP_PROTO(enum gicv4_trace_frame frame, unsigned int unit,
		 unsigned int off, int size, u64 val),
	TP_ARGS(frame, unit, off, size, val),

	TP_STRUCT__entry(
		__field(u8, frame)
		__field(u8, unit)
		__field(u8, size)
		__field(u32, off)
		__field(u64, val)
	),

	TP_fast_assign(
		__entry->frame = frame;
		__entry->unit = unit;
		__entry->size = size;
		__entry->off = off;
		__entry->val = val;
	),

	TP_printk("frame=%s unit=%u off=%#x size=%d val=%#llx",
		  gicv4_show_frame(__entry->frame), __entry->unit,
		  __entry->off, __entry->size, __entry->val)
);

/* Before the write has its effect */
DEFINE_EVENT(gicv4_reg, gicv4_reg_write,
	TP_PROTO(enum gicv4_trace_frame frame, unsigned int unit,
		 unsigned int off, int size, u64 val),
	TP_ARGS(frame, unit, off, size, val));

DEFINE_EVENT(gicv4_reg, gicv4_reg_read,
	TP_PROTO(enum gicv4_trace_frame frame, unsigned int unit,
		 unsigned int off, int size, u64 val),
	TP_ARGS(frame, unit, off, size, val));

/* The owner is the redistributor of an LPI, the vPEID of the others */
TRACE_EVENT(gicv4_pending,
	TP_PROTO(enum gicv4_trace_kind kind, unsigned int owner, u32 intid,
		 bool pending),
	TP_ARGS(kind, owner, intid, pending),

	TP_STRUCT__entry(
		__field(u8, kind)
		__field(bool, pending)
		__field(u16, owner)
		__field(u32, intid)
	),

	TP_fast_assign(
		__entry->kind = kind;
		__entry->pending = pending;
		__entry->owner = owner;
		__entry->intid = intid;
	),

	TP_printk("kind=%s owner=%u intid=%u pending=%d",
		  gicv4_show_kind(__entry->kind), __entry->owner,
		  __entry->intid, __entry->pending)
);

/* An interrupt that a CPU has acknowledged; vpeid is -1 if it is the host's */
TRACE_EVENT(gicv4_deliver,
	TP_PROTO(bool guest, unsigned int cpu, int vpeid, u32 intid),
	TP_ARGS(guest, cpu, vpeid, intid),

	TP_STRUCT__entry(
		__field(bool, guest)
		__field(u8, cpu)
		__field(int, vpeid)
		__field(u32, intid)
	),

	TP_fast_assign(
		__entry->guest = guest;
		__entry->cpu = cpu;
		__entry->vpeid = vpeid;
		__entry->intid = intid;
	),

	TP_printk("to=%s cpu=%u vpeid=%d intid=%u",
		  __entry->guest ? "guest" : "host", __entry->cpu,
		  __entry->vpeid, __entry->intid)
);

/* vpeid is -1 if no ITS has mapped the vPE whose pending table it is */
TRACE_EVENT(gicv4_residency,
	TP_PROTO(unsigned int cpu, int vpeid, bool valid, bool pending_last),
	TP_ARGS(cpu, vpeid, valid, pending_last),

	TP_STRUCT__entry(
		__field(u8, cpu)
		__field(bool, valid)
		__field(bool, pending_last)
		__field(int, vpeid)
	),

	TP_fast_assign(
		__entry->cpu = cpu;
		__entry->valid = valid;
		__entry->pending_last = pending_last;
		__entry->vpeid = vpeid;
	),

	TP_printk("cpu=%u vpeid=%d valid=%d pending_last=%d",
		  __entry->cpu, __entry->vpeid, __entry->valid,
		  __entry->pending_last)
);

TRACE_EVENT(gicv4_doorbell,
	TP_PROTO(unsigned int vpeid, unsigned int cpu, u32 intid),
	TP_ARGS(vpeid, cpu, intid),

	TP_STRUCT__entry(
		__field(u16, vpeid)
		__field(u8, cpu)
		__field(u32, intid)
	),

	TP_fast_assign(
		__entry->vpeid = vpeid;
		__entry->cpu = cpu;
		__entry->intid = intid;
	),

	TP_printk("vpeid=%u cpu=%u intid=%u",
		  __entry->vpeid, __entry->cpu, __entry->intid)
);

TRACE_EVENT(gicv4_breach,
	TP_PROTO(enum gicv4_rule rule, int its, int cpu, const u64 *raw),
	TP_ARGS(rule, its, cpu, raw),

	TP_STRUCT__entry(
		__string(rule, gicv4_rule_name(rule))
		__field(int, its)
		__field(int, cpu)
		__array(u64, raw, 4)
	),

	TP_fast_assign(
		__assign_str(rule);
		__entry->its = its;
		__entry->cpu = cpu;
		memcpy(__entry->raw, raw, sizeof(__entry->raw));
	),

	TP_printk("rule=%s its=%d cpu=%d raw=%016llx,%016llx,%016llx,%016llx",
		  __get_str(rule), __entry->its, __entry->cpu,
		  __entry->raw[0], __entry->raw[1], __entry->raw[2],
		  __entry->raw[3])
);

#endif /* _TRACE_GICV4_MODEL_H */

#include <trace/define_trace.h>
