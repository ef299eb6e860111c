/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of the arm64 vGIC host on UML */
#ifndef __UM_VGIC_HOST_H
#define __UM_VGIC_HOST_H

#include <linux/init.h>
#include <linux/types.h>

struct fwnode_handle;
struct irq_domain;
struct rdists;

/* its.c: around drivers/irqchip/irq-gic-v3-its.c */
int um_its_init(struct fwnode_handle *handle, struct rdists *rdists,
		struct irq_domain *parent, u8 prio);
bool um_its_busy(void);
void um_its_quiesce_cpu(void);
void um_its_teardown(void);

/* gicv4.c: around drivers/irqchip/irq-gic-v4.c */
void um_gicv4_teardown(void);

/* sysreg.c: the CPUs of the machine */
void __init um_sysreg_init(void);
void um_sysreg_set_gicv4_1(bool v4_1);
void um_sysreg_guest_enter(void);
void um_sysreg_guest_exit(void);

/* vm.c: what kvm_arm_init() is on arm64 */
int __init um_kvm_init(void);
void um_kvm_set_gicv4(bool v4, bool v4_1);

#endif /* __UM_VGIC_HOST_H */
