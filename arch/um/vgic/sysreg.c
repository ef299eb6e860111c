// SPDX-License-Identifier: GPL-2.0
/*
 * The CPUs of the machine: system registers, capabilities, patched constants.
 *
 * Registers of the virtual CPU interface (ICH_*) are what the hypervisor loads
 * and saves around a guest: each CPU has its own set. Of the others the vGIC
 * only wants to know that they are there; they read as zero.
 */
#include <linux/bitfield.h>
#include <linux/export.h>
#include <linux/kvm_host.h>
#include <linux/percpu.h>
#include <linux/um-vgic.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/irqchip/gicv4-model.h>
#include <asm/kvm_hyp.h>

#include "vgic.h"
#include "host.h"

/* Size of the machine's virtual CPU interface: as Neoverse N1 */
#define NR_LRS		4
#define NR_PRIO_BITS	5
#define ICH_VTR_IDBITS	1	/* 24 bits of INTID */

/*
 * What the kernel patches into vgic_ich_vtr() and vgic_ich_hcr_trap_bits(),
 * see include/asm/alternative.h.
 */
u64 kvm_patch_ich_vtr_el2_val;
u64 kvm_compute_ich_hcr_trap_bits_val;

struct um_ich {
	u64	lr[16];
	u64	hcr;
	u64	vmcr;
	u64	ap0r[4];
	u64	ap1r[4];
};

static DEFINE_PER_CPU(struct um_ich, um_ich);
static bool um_gicv4_1;

/* Where a register of this CPU is kept, or NULL */
static u64 *ich_reg(struct um_ich *ich, u32 reg)
{
	unsigned int i;

	switch (reg) {
	case SYS_ICH_HCR_EL2:
		return &ich->hcr;
	case SYS_ICH_VMCR_EL2:
		return &ich->vmcr;
	}

	for (i = 0; i < ARRAY_SIZE(ich->lr); i++) {
		if (reg == (i < 8 ? SYS_ICH_LR0_EL2 + (i << Op2_shift) :
				    SYS_ICH_LR8_EL2 + ((i - 8) << Op2_shift)))
			return &ich->lr[i];
	}

	for (i = 0; i < ARRAY_SIZE(ich->ap0r); i++) {
		if (reg == SYS_ICH_AP0R0_EL2 + (i << Op2_shift))
			return &ich->ap0r[i];
		if (reg == SYS_ICH_AP1R0_EL2 + (i << Op2_shift))
			return &ich->ap1r[i];
	}

	return NULL;
}

/* ICH_ELRSR_EL2: list registers that hold no interrupt, and owe no EOI */
static u64 ich_elrsr(const struct um_ich *ich)
{
	u64 elrsr = 0;
	unsigned int i;

	for (i = 0; i < NR_LRS; i++) {
		u64 lr = ich->lr[i];

		if (!(lr & ICH_LR_STATE) && ((lr & ICH_LR_HW) || !(lr & ICH_LR_EOI)))
			elrsr |= BIT(i);
	}

	return elrsr;
}

/**
 * um_vgic_read_sysreg - MRS
 * @reg: encoding as in sysreg.h
 *
 * Context: any; the CPU is not to change if @reg is an ICH register.
 * Return: the register's value
 */
u64 um_vgic_read_sysreg(u32 reg)
{
	struct um_ich *ich = raw_cpu_ptr(&um_ich);
	u64 *p = ich_reg(ich, reg);

	if (p)
		return *p;

	switch (reg) {
	case SYS_ICH_VTR_EL2:
		return kvm_patch_ich_vtr_el2_val;
	case SYS_ICH_ELRSR_EL2:
		return ich_elrsr(ich);
	case SYS_ICC_SRE_EL1:
		/* SRE is RAO/WI: there is no GICv2 compatible CPU interface */
		return ICC_SRE_EL1_SRE | ICC_SRE_EL1_DFB | ICC_SRE_EL1_DIB;
	default:
		return 0;
	}
}

/**
 * um_vgic_write_sysreg - MSR
 * @val: value
 * @reg: encoding as in sysreg.h
 *
 * Context: as um_vgic_read_sysreg()
 */
void um_vgic_write_sysreg(u64 val, u32 reg)
{
	u64 *p = ich_reg(raw_cpu_ptr(&um_ich), reg);

	if (p)
		*p = val;
}

/**
 * um_guest_ack_lr - the guest takes an interrupt from a list register
 *
 * As reads of ICC_HPPIR1_EL1 and ICC_IAR1_EL1 and a write of ICC_EOIR1_EL1.
 * The list registers hold what the hypervisor injects; a vLPI that the GIC
 * injects is at gicv4_vcpu_ack().
 *
 * Context: between um_vcpu_enter() and um_vcpu_exit().
 * Return: the INTID, or 1023 if no list register has a pending interrupt
 */
u32 um_guest_ack_lr(void)
{
	struct um_ich *ich = this_cpu_ptr(&um_ich);
	u64 *best = NULL;
	unsigned int i;

	for (i = 0; i < NR_LRS; i++) {
		u64 *lr = &ich->lr[i];

		if ((*lr & ICH_LR_STATE) != ICH_LR_PENDING_BIT)
			continue;

		/* The lower value is the higher priority */
		if (!best || (*lr & ICH_LR_PRIORITY_MASK) < (*best & ICH_LR_PRIORITY_MASK))
			best = lr;
	}

	if (!best)
		return ICC_IAR1_EL1_SPURIOUS;

	*best &= ~ICH_LR_STATE;

	return *best & ICH_LR_VIRTUAL_ID_MASK;
}
EXPORT_SYMBOL_GPL(um_guest_ack_lr);

/*
 * A CPU has one virtual CPU interface: list registers and what the GIC injects
 * come in by it, and ICH_VMCR_EL2 is about both.
 */
static void set_cpu_interface(u64 vmcr)
{
	struct gicv4_vcpu_if vif = {
		.pmr	= FIELD_GET(ICH_VMCR_EL2_VPMR, vmcr),
		.grp0	= FIELD_GET(ICH_VMCR_EL2_VENG0, vmcr),
		.grp1	= FIELD_GET(ICH_VMCR_EL2_VENG1, vmcr),
	};

	gicv4_vcpu_set_if(smp_processor_id(), &vif);
}

/**
 * um_sysreg_guest_enter - the guest of this CPU begins to run
 *
 * Context: the vCPU's state is in the registers, preemption disabled.
 */
void um_sysreg_guest_enter(void)
{
	set_cpu_interface(this_cpu_ptr(&um_ich)->vmcr);
}

/**
 * um_sysreg_guest_exit - the guest of this CPU stops
 *
 * The machine's CPU interface is as in reset again, for whoever makes a vPE
 * resident without a vCPU.
 *
 * Context: preemption disabled.
 */
void um_sysreg_guest_exit(void)
{
	static const struct gicv4_vcpu_if reset = {
		.pmr = 0xff, .grp0 = true, .grp1 = true,
	};

	gicv4_vcpu_set_if(smp_processor_id(), &reset);
}

/**
 * um_guest_set_priority_mask - the guest writes ICC_PMR_EL1
 * @pmr: interrupts of a priority value below it are taken
 *
 * Context: between um_vcpu_enter() and um_vcpu_exit().
 */
void um_guest_set_priority_mask(u8 pmr)
{
	struct um_ich *ich = this_cpu_ptr(&um_ich);

	FIELD_MODIFY(ICH_VMCR_EL2_VPMR, &ich->vmcr, pmr);
	set_cpu_interface(ich->vmcr);
}
EXPORT_SYMBOL_GPL(um_guest_set_priority_mask);

/**
 * um_guest_enable_groups - the guest writes ICC_IGRPEN0_EL1, ICC_IGRPEN1_EL1
 * @grp0: Group 0 enabled
 * @grp1: Group 1 enabled
 *
 * Context: between um_vcpu_enter() and um_vcpu_exit().
 */
void um_guest_enable_groups(bool grp0, bool grp1)
{
	struct um_ich *ich = this_cpu_ptr(&um_ich);

	FIELD_MODIFY(ICH_VMCR_EL2_VENG0, &ich->vmcr, grp0);
	FIELD_MODIFY(ICH_VMCR_EL2_VENG1, &ich->vmcr, grp1);
	set_cpu_interface(ich->vmcr);
}
EXPORT_SYMBOL_GPL(um_guest_enable_groups);

/**
 * um_vgic_cpu_has - does each CPU have a capability?
 * @cap: ARM64_HAS_*
 *
 * Return: true for what a GICv3 or GICv4 needs; workarounds and all that is
 * optional are absent
 */
bool um_vgic_cpu_has(unsigned int cap)
{
	switch (cap) {
	case ARM64_HAS_GICV3_CPUIF:
	case ARM64_HAS_ICH_HCR_EL2_TDIR:
	case ARM64_HAS_VIRT_HOST_EXTN:
		return true;
	default:
		return false;
	}
}

/**
 * read_sanitised_ftr_reg - an ID register of the machine
 * @id: encoding as in sysreg.h
 *
 * Return: zero but for ID_AA64PFR0_EL1.GIC, which tells of virtual SGIs
 */
u64 read_sanitised_ftr_reg(u32 id)
{
	if (id != SYS_ID_AA64PFR0_EL1)
		return 0;

	return FIELD_PREP(ID_AA64PFR0_EL1_GIC_MASK,
			  um_gicv4_1 ? ID_AA64PFR0_EL1_GIC_V4P1 :
				       ID_AA64PFR0_EL1_GIC_IMP);
}

/**
 * um_sysreg_set_gicv4_1 - the CPU interfaces are those of a GICv4.1
 * @v4_1: they are, or else of GICv3 or GICv4.0
 */
void um_sysreg_set_gicv4_1(bool v4_1)
{
	um_gicv4_1 = v4_1;
}

/**
 * um_sysreg_init - what arm64's boot code would patch in
 */
void __init um_sysreg_init(void)
{
	kvm_patch_ich_vtr_el2_val =
		FIELD_PREP(ICH_VTR_EL2_ListRegs, NR_LRS - 1) |
		FIELD_PREP(ICH_VTR_EL2_PREbits, NR_PRIO_BITS - 1) |
		FIELD_PREP(ICH_VTR_EL2_PRIbits, NR_PRIO_BITS - 1) |
		FIELD_PREP(ICH_VTR_EL2_IDbits, ICH_VTR_IDBITS) |
		ICH_VTR_EL2_TDS;
	kvm_compute_ich_hcr_trap_bits_val = 0;
}
