/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Markers between the commands of an ITS, for who watches it from below.
 *
 * QEMU logs each write to a register of its ITS. One to a register that is
 * read-only does nothing else, so that is where a suite says which case it is
 * at: in ASCII, four characters to a word, up to a word with a zero in it.
 */
#ifndef __LINUX_IRQCHIP_ITS_MARKER_H
#define __LINUX_IRQCHIP_ITS_MARKER_H

#include <kunit/test.h>
#include <linux/io.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/minmax.h>
#include <linux/string.h>

/* What comes now belongs to no case */
static inline void its_mark_end(void __iomem *its)
{
	writel(0, its + GITS_IIDR);
}

/**
 * its_mark() - what comes now belongs to a case
 * @its: registers of the ITS
 * @test: the case; of one with parameters, with the number of the parameter
 */
static inline void its_mark(void __iomem *its, const struct kunit *test)
{
	char name[128];
	size_t i, len;
	u32 word;

	if (test->param_value)
		snprintf(name, sizeof(name), "%s[%d]", test->name, test->param_index);
	else
		strscpy(name, test->name, sizeof(name));

	len = strlen(name);
	for (i = 0; i <= len; i += sizeof(word)) {
		word = 0;
		memcpy(&word, name + i, min(sizeof(word), len - i));
		writel(word, its + GITS_IIDR);
	}
}

#endif /* __LINUX_IRQCHIP_ITS_MARKER_H */
