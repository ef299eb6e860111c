/* SPDX-License-Identifier: GPL-2.0 */
/* The ITS driver asks for it without a need */
#ifndef __UM_VGIC_ASM_EXCEPTION_H
#define __UM_VGIC_ASM_EXCEPTION_H

#endif
