/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's system registers: real encodings, access by function */
#ifndef __UM_VGIC_ASM_SYSREG_H
#define __UM_VGIC_ASM_SYSREG_H

#include "../../../../arm64/include/asm/sysreg.h"

/* ../../sysreg.c holds the registers that have a meaning here */
u64 um_vgic_read_sysreg(u32 reg);
void um_vgic_write_sysreg(u64 val, u32 reg);

#undef read_sysreg_s
#define read_sysreg_s(r)	um_vgic_read_sysreg(r)
#undef write_sysreg_s
#define write_sysreg_s(v, r)	um_vgic_write_sysreg((v), (r))

/* HCR_EL2 is written for nVHE only */
#undef write_sysreg_hcr
#define write_sysreg_hcr(v)	((void)(v))

/* Registers with an assembler name: nothing here gives them a value */
#undef read_sysreg
#define read_sysreg(r)		0ULL
#undef write_sysreg
#define write_sysreg(v, r)	((void)(v))

#endif
