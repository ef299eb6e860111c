#!/bin/awk -f
# SPDX-License-Identifier: GPL-2.0
#
# The callbacks of irq bypass, and what helps them, out of arch/arm64/kvm/arm.c,
# which as a whole can only be built for arm64.

/^[a-z][^;=]*[ *](kvm_arch_irq_bypass_|kvm_arch_update_irqfd_|irqfd_)[a-z_]*\(/ {
	printf "#line %d \"%s\"\n", FNR, FILENAME
	on = 1
}

on

/^}/ {
	on = 0
}
