/* SPDX-License-Identifier: GPL-2.0 */
/* Code patching: a callback's result is a variable, see ../../sysreg.c */
#ifndef __UM_VGIC_ASM_ALTERNATIVE_H
#define __UM_VGIC_ASM_ALTERNATIVE_H

#include_next <asm/alternative.h>

/* The patched MOVZ/MOVK sequences become a load of <callback>_val */
#define ALTERNATIVE_CB(oldinstr, cap, cb)	\
	"movq " #cb "_val(%%rip), %0"

#endif
