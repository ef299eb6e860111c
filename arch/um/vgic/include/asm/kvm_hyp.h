/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's hypervisor functions that the vGIC calls */
#ifndef __UM_VGIC_ASM_KVM_HYP_H
#define __UM_VGIC_ASM_KVM_HYP_H

#include "../../../../arm64/include/asm/kvm_hyp.h"

/* With VHE, the EL1 and EL2 encodings of a register are fixed */
#undef read_sysreg_elx
#define read_sysreg_elx(r, nvh, vh)		read_sysreg_s(r##vh)
#undef write_sysreg_elx
#define write_sysreg_elx(v, r, nvh, vh)		write_sysreg_s(v, r##vh)

#endif
