/* SPDX-License-Identifier: GPL-2.0 */
/* Names of nVHE symbols */
#ifndef __UM_VGIC_ASM_HYP_IMAGE_H
#define __UM_VGIC_ASM_HYP_IMAGE_H

#include "../../../../arm64/include/asm/hyp_image.h"

#endif
