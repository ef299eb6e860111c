// SPDX-License-Identifier: GPL-2.0
/*
 * irq bypass: what arm64 does when a device's driver offers its interrupt. The
 * code is arm64's own, see irq-bypass.awk.
 */
#include <linux/irqbypass.h>
#include <linux/kvm_host.h>
#include <linux/kvm_irqfd.h>
#include <kvm/arm_vgic.h>

#include "arm-irq-bypass.h"
