/* SPDX-License-Identifier: GPL-2.0 */
/* Memory layout of the registers of FEAT_NV2 */
#ifndef __UM_VGIC_ASM_VNCR_MAPPING_H
#define __UM_VGIC_ASM_VNCR_MAPPING_H

#include "../../../../arm64/include/asm/vncr_mapping.h"

#endif
