/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's AT_HWCAP bits: asked for by its ptrace.h, used by nothing here */
#ifndef __UM_VGIC_ASM_HWCAP_H
#define __UM_VGIC_ASM_HWCAP_H

#endif
