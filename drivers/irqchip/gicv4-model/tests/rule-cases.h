/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ways to keep a rule, or to break it once if @bad, on a machine from
 * rig_populate_machine(): those of gicv4_rule_more.c.
 */
#ifndef __GICV4_MODEL_RULE_CASES_H
#define __GICV4_MODEL_RULE_CASES_H

#include "rig.h"

/* Any machine */
void rule_cbaser_align(struct rig *rig, bool bad);
void rule_enable_busy(struct rig *rig, bool bad);
void rule_table_memory(struct rig *rig, bool bad);
void rule_table_overlap(struct rig *rig, bool bad);
void rule_table_not_zero(struct rig *rig, bool bad);
void rule_cmd_res0(struct rig *rig, bool bad);

/* Two ITSs and ITSList */
void rule_its_number(struct rig *rig, bool bad);
void rule_vmapp_differs(struct rig *rig, bool bad);
void rule_vmapp_target(struct rig *rig, bool bad);
void rule_vmovp_list(struct rig *rig, bool bad);
void rule_vmovp_seq(struct rig *rig, bool bad);
void rule_vmovp_incomplete(struct rig *rig, bool bad);

/* GICv4.1 */
void rule_svpet_table(struct rig *rig, bool bad);
void rule_sgir_vpe(struct rig *rig, bool bad);
void rule_doorbell_nid(struct rig *rig, bool bad);
void rule_vmapp_alloc(struct rig *rig, bool bad);
void rule_vconf_memory(struct rig *rig, bool bad);
void rule_vpt_ptz(struct rig *rig, bool bad);
void rule_vprop_live(struct rig *rig, bool bad);
void rule_vprop_memory(struct rig *rig, bool bad);
void rule_vprop_z(struct rig *rig, bool bad);
void rule_vprop_common(struct rig *rig, bool bad);
void rule_vprop_range(struct rig *rig, bool bad);
void rule_vpend_vpeid(struct rig *rig, bool bad);
void rule_vpend_unmapped(struct rig *rig, bool bad);
void rule_inv_vpe(struct rig *rig, bool bad);
void rule_inv_busy(struct rig *rig, bool bad);
void rule_vsgir_vpe(struct rig *rig, bool bad);
void rule_vsgir_busy(struct rig *rig, bool bad);

#endif /* __GICV4_MODEL_RULE_CASES_H */
