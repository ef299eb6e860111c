/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suite its_v4 wants from the hardware below the ITS driver.
 *
 * its-v4-hw-model.c has it of the software GICv4 machine, which can be looked
 * into and has devices and guests; its-v4-hw-gic.c has it of any other GIC,
 * where much of this is out of reach. Cases ask for what they need and do
 * without it where they can, so they are the same on both.
 */
#ifndef __ITS_V4_HW_H
#define __ITS_V4_HW_H

#include <kunit/test.h>
#include <linux/irqchip/gicv4-model.h>

struct fwnode_handle;
struct its_vpe;

/**
 * struct its_v4_hw - the machine of this suite
 * @nr_its: number of ITSs
 * @devid_bits: DeviceID width of each ITS
 * @eventid_bits: EventID width of each ITS
 * @nr_vpes: how many vPEs there can be at a time
 * @nr_vlpis: how many vLPIs there can be at a time, about
 * @v4_1: it is a GICv4.1
 * @vsgis: it has virtual SGIs
 * @its_list: VMOVP goes to each ITS: the driver maps a vPE on an ITS when a
 *            vLPI of its VM is mapped there
 * @is_model: it can be looked into
 */
struct its_v4_hw {
	unsigned int	nr_its;
	unsigned int	devid_bits;
	unsigned int	eventid_bits;
	unsigned int	nr_vpes;
	unsigned int	nr_vlpis;
	bool		v4_1;
	bool		vsgis;
	bool		its_list;
	bool		is_model;
};

int its_v4_hw_suite_init(struct kunit_suite *suite);
void its_v4_hw_suite_exit(struct kunit_suite *suite);
int its_v4_hw_test_init(struct kunit *test, struct its_v4_hw *hw);
void its_v4_hw_test_exit(struct kunit *test);
void its_v4_hw_checkpoint(struct kunit *test);
void its_v4_hw_expect_empty(struct kunit *test);
int its_v4_hw_replace(const char *name, struct its_v4_hw *hw);

struct fwnode_handle *its_v4_hw_fwnode(unsigned int its);

/* Devices, interrupts of the host, guests */
bool its_v4_hw_device_write(unsigned int its, u32 devid, u32 eventid);
void its_v4_hw_settle(void);
u32 its_v4_hw_ack(unsigned int cpu);

/* The machine's tables. They return false where nobody can look */
bool its_v4_hw_pending(const struct its_vpe *vpe, u32 vintid, bool *pending);
bool its_v4_hw_config(const struct its_vpe *vpe, u32 vintid, u8 *config);
bool its_v4_hw_event(unsigned int its, u32 devid, u32 eventid,
		     struct gicv4_itte *itte);
bool its_v4_hw_vpe(unsigned int its, const struct its_vpe *vpe,
		   struct gicv4_vpte *vpte);
bool its_v4_hw_vsgi(const struct its_vpe *vpe, unsigned int sgi,
		    struct gicv4_vsgi *vsgi);
bool its_v4_hw_commands(u64 *commands);
bool its_v4_hw_mappings(unsigned int its, unsigned int *virt);

#endif /* __ITS_V4_HW_H */
