/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vgic_vlpi above a GIC that is not ours: QEMU's GICv4, or silicon.
 *
 * The suites ask the machine for its tables, by linux/irqchip/gicv4-model.h,
 * and play the vCPUs, by linux/um-vgic.h. Here gic-machine.c answers the
 * former from what the driver told the ITS (gic-shadow.c) and from memory that
 * the driver gave to the GIC. gic-vcpu.c does the latter with KVM/arm64 as it
 * is and a guest of four instructions.
 */
#ifndef __VGIC_TESTS_GIC_H
#define __VGIC_TESTS_GIC_H

#include <linux/irqchip/gicv4-model.h>
#include <linux/types.h>

struct device_node;
struct kvm_vcpu;

/**
 * struct gic_counts - what the ITS has to have done, by its commands
 * @commands: commands in the queue
 * @vlpis: INT commands for events that are virtual
 * @lpis: INT commands for events that are physical
 * @untranslated: INT commands for events that are not mapped
 */
struct gic_counts {
	u64 commands;
	u64 vlpis;
	u64 lpis;
	u64 untranslated;
};

/* gic-shadow.c */
int gic_shadow_start(void __iomem *its);
void gic_shadow_stop(void);
void gic_shadow_update(void);
bool gic_shadow_itte(u32 devid, u32 eventid, struct gicv4_itte *itte);
bool gic_shadow_dte(u32 devid, struct gicv4_dte *dte);
bool gic_shadow_vpte(u16 vpeid, struct gicv4_vpte *vpte);
unsigned int gic_shadow_nr_mappings(bool virt);
void gic_shadow_counts(struct gic_counts *counts);
bool gic_shadow_lost(void);
void gic_shadow_dump(struct seq_buf *s);

/* gic-machine.c */
void gic_needs_model(const char *what);

/* gic-vcpu.c */
u64 gic_guest_acks(void);

#endif /* __VGIC_TESTS_GIC_H */
