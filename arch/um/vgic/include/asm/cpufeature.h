/* SPDX-License-Identifier: GPL-2.0 */
/* What the CPUs of the machine can do */
#ifndef __UM_VGIC_ASM_CPUFEATURE_H
#define __UM_VGIC_ASM_CPUFEATURE_H

#include_next <asm/cpufeature.h>
#include <linux/jump_label.h>
#include <asm/cpucaps.h>
#include <asm/sysreg.h>

/* ../../sysreg.c */
bool um_vgic_cpu_has(unsigned int cap);
u64 read_sanitised_ftr_reg(u32 id);

static inline unsigned int
cpuid_feature_extract_unsigned_field(u64 features, int field)
{
	return (features >> field) & 0xf;
}

#define cpus_have_cap(cap)			um_vgic_cpu_has(cap)
#define cpus_have_final_cap(cap)		um_vgic_cpu_has(cap)
#define alternative_has_cap_unlikely(cap)	um_vgic_cpu_has(cap)
#define alternative_has_cap_likely(cap)		um_vgic_cpu_has(cap)

static inline bool system_uses_irq_prio_masking(void)
{
	return false;
}

static inline bool system_supports_sve(void)
{
	return false;
}

static inline bool system_supports_fpmr(void)
{
	return false;
}

static inline bool system_supports_poe(void)
{
	return false;
}

static inline bool system_capabilities_finalized(void)
{
	return true;
}

static inline bool system_supports_mte(void)
{
	return false;
}

/* Never looked at, because no CPU has AArch32 */
DECLARE_STATIC_KEY_FALSE(arm64_mismatched_32bit_el0);

static inline bool system_supports_32bit_el0(void)
{
	return false;
}

static inline bool system_supports_pmuv3(void)
{
	return false;
}

#endif
