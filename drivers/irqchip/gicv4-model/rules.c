// SPDX-License-Identifier: GPL-2.0
/*
 * The rules that software broke.
 */
#define pr_fmt(fmt) "gicv4-model: " fmt

#include <linux/export.h>

#include "internal.h"
#include "tracepoints.h"

static const struct {
	const char	*name;
	const char	*text;
	const char	*ref;
} gm_rules[] = {
#define GICV4_RULE(id, text, ref)	\
	[GICV4_RULE_##id] = { #id, text, ref },
#include <linux/irqchip/gicv4-rules.h>
#undef GICV4_RULE
};

/**
 * gm_breach - software broke a rule
 * @rule: the rule
 * @its: ITS whose command broke it, or -1
 * @cpu: redistributor whose register broke it, or -1
 * @raw: the command, or what else there is to say
 */
void gm_breach(enum gicv4_rule rule, int its, int cpu, const u64 raw[4])
{
	struct gicv4_breach *breach;

	trace_gicv4_breach(rule, its, cpu, raw);
	pr_debug("%s: ITS %d, redistributor %d, %016llx %016llx %016llx %016llx\n",
		 gm_rules[rule].name, its, cpu, raw[0], raw[1], raw[2], raw[3]);

	/* What comes after the last that fits is counted, and not kept */
	if (gm.nr_breaches < GM_MAX_BREACHES) {
		breach = &gm.breaches[gm.nr_breaches];
		breach->rule = rule;
		breach->its = its;
		breach->cpu = cpu;
		memcpy(breach->raw, raw, sizeof(breach->raw));
	}
	gm.nr_breaches++;
}

/**
 * gm_breach_reg - software broke a rule by a register
 * @rule: the rule
 * @its: ITS, or -1
 * @cpu: redistributor, or -1
 * @off: offset of the register
 * @val: value written
 */
void gm_breach_reg(enum gicv4_rule rule, int its, int cpu, u64 off, u64 val)
{
	const u64 raw[4] = { off, val };

	gm_breach(rule, its, cpu, raw);
}

/**
 * gicv4_rule_name - name of a rule
 * @rule: the rule
 *
 * Return: its name, as in gicv4-rules.h.
 */
const char *gicv4_rule_name(enum gicv4_rule rule)
{
	return rule < GICV4_NR_RULES ? gm_rules[rule].name : "?";
}
EXPORT_SYMBOL_GPL(gicv4_rule_name);

/**
 * gicv4_rule_text - what it is to break a rule
 * @rule: the rule
 *
 * Return: one line of text.
 */
const char *gicv4_rule_text(enum gicv4_rule rule)
{
	return rule < GICV4_NR_RULES ? gm_rules[rule].text : "?";
}
EXPORT_SYMBOL_GPL(gicv4_rule_text);

/**
 * gicv4_rule_ref - where the architecture states a rule
 * @rule: the rule
 *
 * Return: one line of text.
 */
const char *gicv4_rule_ref(enum gicv4_rule rule)
{
	return rule < GICV4_NR_RULES ? gm_rules[rule].ref : "?";
}
EXPORT_SYMBOL_GPL(gicv4_rule_ref);

/**
 * gicv4_nr_breaches - how often software broke a rule
 *
 * Context: any.
 * Return: number of breaches since gicv4_clear_breaches().
 */
unsigned int gicv4_nr_breaches(void)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	return gm.nr_breaches;
}
EXPORT_SYMBOL_GPL(gicv4_nr_breaches);

/**
 * gicv4_get_breach - get a breach
 * @i: number, 0 is the oldest
 * @breach: the breach
 *
 * Context: any.
 * Return: false if there is no such breach, or it has not been kept.
 */
bool gicv4_get_breach(unsigned int i, struct gicv4_breach *breach)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	if (i >= min_t(unsigned int, gm.nr_breaches, GM_MAX_BREACHES))
		return false;
	*breach = gm.breaches[i];
	return true;
}
EXPORT_SYMBOL_GPL(gicv4_get_breach);

/**
 * gicv4_clear_breaches - forget the breaches so far
 *
 * Context: any.
 */
void gicv4_clear_breaches(void)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	gm.nr_breaches = 0;
}
EXPORT_SYMBOL_GPL(gicv4_clear_breaches);
