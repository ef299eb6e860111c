// SPDX-License-Identifier: GPL-2.0
/*
 * The guest on a CPU: the virtual CPU interface.
 */
#include <linux/export.h>

#include "internal.h"
#include "tracepoints.h"

static struct gm_vpe *gm_resident(unsigned int cpu)
{
	if (!gm_has_cpu(cpu) || gm.rdist[cpu].vpe_slot < 0)
		return NULL;
	/* Dirty: the pending table is still being read */
	if (gm.rdist[cpu].dirty_reads)
		return NULL;
	return &gm.vpe_pool[gm.rdist[cpu].vpe_slot];
}

/* What the redistributor forwards, and the CPU interface lets pass */
static struct gm_virq gm_vcpu_best(unsigned int cpu, struct gm_vpe *vpe)
{
	const struct gicv4_vcpu_if *vif = &gm.rdist[cpu].vif;

	return gm_vpe_best(vpe, vif->grp0 && vpe->grp0, vif->grp1 && vpe->grp1);
}

/**
 * gicv4_vcpu_set_if - what the guest's CPU interface lets pass
 * @cpu: the CPU that the guest runs on
 * @vif: priority mask and group enables
 *
 * Context: any.
 */
void gicv4_vcpu_set_if(unsigned int cpu, const struct gicv4_vcpu_if *vif)
{
	guard(raw_spinlock_irqsave)(&gm.lock);

	if (gm_has_cpu(cpu))
		gm.rdist[cpu].vif = *vif;
}
EXPORT_SYMBOL_GPL(gicv4_vcpu_set_if);

/**
 * gicv4_vcpu_hppir - the guest reads ICC_HPPIR1_EL1
 * @cpu: the CPU that the guest runs on
 *
 * The priority mask plays no role here.
 *
 * Context: any.
 * Return: INTID of the highest-priority pending and enabled vLPI or vSGI of
 * the vPE that is resident there; GICV4_INTID_NONE if there is none.
 */
u32 gicv4_vcpu_hppir(unsigned int cpu)
{
	struct gm_vpe *vpe;

	guard(raw_spinlock_irqsave)(&gm.lock);

	vpe = gm_resident(cpu);
	return vpe ? gm_vcpu_best(cpu, vpe).intid : GICV4_INTID_NONE;
}
EXPORT_SYMBOL_GPL(gicv4_vcpu_hppir);

/**
 * gicv4_vcpu_ack - the guest reads ICC_IAR1_EL1, or ICC_IAR0_EL1
 * @cpu: the CPU that the guest runs on
 *
 * The interrupt is pending no more, and that is all: LPIs have no active
 * state, and vSGIs of GICv4.1 none in the redistributor.
 *
 * Context: any.
 * Return: as gicv4_vcpu_hppir(), if its priority is higher than the priority
 * mask.
 */
u32 gicv4_vcpu_ack(unsigned int cpu)
{
	struct gm_virq best;
	struct gm_vpe *vpe;

	guard(raw_spinlock_irqsave)(&gm.lock);

	vpe = gm_resident(cpu);
	if (!vpe)
		return GICV4_INTID_NONE;
	best = gm_vcpu_best(cpu, vpe);
	if (best.intid == GICV4_INTID_NONE ||
	    best.priority >= gm.rdist[cpu].vif.pmr)
		return GICV4_INTID_NONE;
	if (best.lpi)
		gm_vlpi_done(vpe, best.lpi);
	else
		gm_vsgi_clear(vpe, best.intid);
	gm.stats.acks++;
	trace_gicv4_deliver(true, cpu, vpe->vpeid, best.intid);
	return best.intid;
}
EXPORT_SYMBOL_GPL(gicv4_vcpu_ack);

/**
 * gicv4_get_vsgi - a virtual SGI
 * @vpeid: vPEID
 * @sgi: INTID, 0 to 15
 * @vsgi: its configuration and pending state
 *
 * Context: any.
 * Return: false if the machine has no vSGIs, or the vPE is not mapped.
 */
bool gicv4_get_vsgi(u16 vpeid, unsigned int sgi, struct gicv4_vsgi *vsgi)
{
	const struct gm_vpe *vpe;

	guard(raw_spinlock_irqsave)(&gm.lock);

	*vsgi = (struct gicv4_vsgi) { };
	vpe = gm.on && gm_is_v4_1() ? gm_vpe_find(vpeid) : NULL;
	if (!vpe || sgi >= GM_NR_SGIS)
		return false;
	*vsgi = (struct gicv4_vsgi) {
		.priority	= vpe->sgi[sgi].priority,
		.enabled	= vpe->sgi[sgi].enabled,
		.group1		= vpe->sgi[sgi].group1,
		.pending	= vpe->sgi_pend & BIT(sgi),
	};
	return true;
}
EXPORT_SYMBOL_GPL(gicv4_get_vsgi);
