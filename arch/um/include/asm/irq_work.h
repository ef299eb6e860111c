/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __ASM_UM_IRQ_WORK_H
#define __ASM_UM_IRQ_WORK_H

/*
 * UML has no interrupt for irq_work of the same CPU, but arch/um/vgic has one.
 * It also keeps irq_work_sync(), and with it synchronize_irq(), from waiting
 * for an RCU grace period each time.
 */
static inline bool arch_irq_work_has_interrupt(void)
{
	return IS_ENABLED(CONFIG_UML_KVM_ARM64_VGIC) && IS_ENABLED(CONFIG_SMP);
}

#endif /* __ASM_UM_IRQ_WORK_H */
