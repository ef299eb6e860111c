/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of the GIC architecture that the software GICv4 machine checks:
 * GICV4_RULE(id, text, where IHI 0069 says so). References are by command,
 * register or topic, because section numbers move between issues.
 *
 * Included by <linux/irqchip/gicv4-model.h>, more than once; no guard.
 */

/* Registers of the ITS */
GICV4_RULE(ENABLE_UNREADY,
	   "GITS_CTLR.Enabled set before command queue, device and collection table are valid",
	   "IHI 0069, ITS register descriptions, GITS_CTLR")
GICV4_RULE(BASER_ENABLED,
	   "GITS_BASER<n> written while the ITS is enabled",
	   "IHI 0069, ITS register descriptions, GITS_BASER<n>")
GICV4_RULE(CBASER_ENABLED,
	   "GITS_CBASER written while the ITS is enabled",
	   "IHI 0069, ITS register descriptions, GITS_CBASER")
GICV4_RULE(CWRITER_RANGE,
	   "GITS_CWRITER points outside the command queue",
	   "IHI 0069, ITS register descriptions, GITS_CWRITER")
GICV4_RULE(QUEUE_MEMORY,
	   "the command queue is not valid, not in memory, or has been freed",
	   "IHI 0069, ITS register descriptions, GITS_CBASER")
GICV4_RULE(CBASER_ALIGN,
	   "command queue not aligned to 64 KB",
	   "IHI 0069, ITS register descriptions, GITS_CBASER")
GICV4_RULE(ENABLE_BUSY,
	   "ITS enabled again before GITS_CTLR.Quiescent is 1",
	   "IHI 0069, ITS register descriptions, GITS_CTLR")
GICV4_RULE(ITS_NUMBER,
	   "two enabled ITSs have one GITS_CTLR.ITS_Number, and GITS_TYPER.VMOVP is 0",
	   "IHI 0069, ITS register descriptions, GITS_CTLR")
GICV4_RULE(TABLE_MEMORY,
	   "table not in memory, or in memory that is free",
	   "IHI 0069, ITS register descriptions, GITS_BASER<n>")
GICV4_RULE(TABLE_OVERLAP,
	   "table overlaps another table of an ITS",
	   "IHI 0069, ITS register descriptions, GITS_BASER<n>")
GICV4_RULE(TABLE_NOT_ZERO,
	   "table holds what no ITS has written there, when it is given to the ITS",
	   "IHI 0069, ITS register descriptions, GITS_BASER<n>")
GICV4_RULE(SVPET_TABLE,
	   "ITSs or redistributors that share a vPE table have different ones, or others have one",
	   "IHI 0069, ITS register descriptions, GITS_TYPER.SVPET")
GICV4_RULE(SGIR_VPE,
	   "GITS_SGIR written for a vPE that is not mapped on this ITS",
	   "IHI 0069, ITS register descriptions, GITS_SGIR")

/* What commands name */
GICV4_RULE(CMD_UNKNOWN,
	   "command that this ITS does not have",
	   "IHI 0069, ITS commands")
GICV4_RULE(CMD_RES0,
	   "a field of a command that is RES0 is not 0",
	   "IHI 0069, ITS commands")
GICV4_RULE(DEVID_RANGE,
	   "DeviceID outside GITS_TYPER.Devbits or the device table",
	   "IHI 0069, ITS command error encodings, MAPD_DEVICE_OOR")
GICV4_RULE(EVENTID_RANGE,
	   "EventID outside the device's ITT",
	   "IHI 0069, ITS command error encodings, MAPTI_ID_OOR")
GICV4_RULE(ICID_RANGE,
	   "ICID outside GITS_TYPER.CIDbits or the collection table",
	   "IHI 0069, ITS command error encodings, MAPC_COLLECTION_OOR")
GICV4_RULE(VPEID_RANGE,
	   "vPEID outside the vPE table",
	   "IHI 0069, ITS commands, VMAPP")
GICV4_RULE(RDBASE_RANGE,
	   "RDbase is no redistributor",
	   "IHI 0069, ITS command error encodings, MAPC_PROCNUM_OOR")
GICV4_RULE(PINTID_RANGE,
	   "pINTID is no LPI, or outside GICD_TYPER.IDbits",
	   "IHI 0069, ITS command error encodings, MAPTI_PHYSICALID_OOR")
GICV4_RULE(VINTID_RANGE,
	   "vINTID is no LPI, or outside the vPE's pending table",
	   "IHI 0069, ITS commands, VMAPTI")
GICV4_RULE(DOORBELL_RANGE,
	   "Dbell_pINTID is neither an LPI nor 1023",
	   "IHI 0069, ITS commands, VMAPTI")
GICV4_RULE(DOORBELL_NID,
	   "doorbell of a single vLPI, and GITS_TYPER.nID is 1",
	   "IHI 0069, ITS commands, VMAPTI and VMOVI")
GICV4_RULE(DEV_UNMAPPED,
	   "command to a device that MAPD has not mapped",
	   "IHI 0069, ITS command error encodings, MAPTI_UNMAPPED_DEVICE")
GICV4_RULE(EVENT_UNMAPPED,
	   "command to an event that is not mapped",
	   "IHI 0069, ITS command error encodings, *_UNMAPPED_INTERRUPT")
GICV4_RULE(COL_UNMAPPED,
	   "command to a collection that MAPC has not mapped",
	   "IHI 0069, ITS command error encodings, *_UNMAPPED_COLLECTION")
GICV4_RULE(VPE_UNMAPPED,
	   "command to a vPE that VMAPP has not mapped",
	   "IHI 0069, ITS commands, VMAPTI, VMOVI, VMOVP and VINVALL")
GICV4_RULE(VSYNC_UNMAPPED,
	   "VSYNC to a vPE that is not mapped and has not just been unmapped",
	   "IHI 0069, ITS commands, VSYNC")
GICV4_RULE(EVENT_MAPPED,
	   "MAPTI, MAPI, VMAPTI or VMAPI of an event that is mapped",
	   "IHI 0069, ITS commands, MAPTI and VMAPTI")
GICV4_RULE(EVENT_TYPE,
	   "MOVI of a virtual event, or VMOVI of a physical one",
	   "IHI 0069, ITS commands, MOVI and VMOVI")

/* Devices and collections */
GICV4_RULE(MAPD_SIZE,
	   "MAPD with more EventID bits than GITS_TYPER.ID_bits",
	   "IHI 0069, ITS command error encodings, MAPD_ITTSIZE_OOR")
GICV4_RULE(MAPD_LIVE,
	   "MAPD of a device that has mapped events",
	   "IHI 0069, ITS commands, MAPD")
GICV4_RULE(ITT_ALIGN,
	   "ITT not aligned to 256 bytes",
	   "IHI 0069, ITS commands, MAPD")
GICV4_RULE(ITT_MEMORY,
	   "ITT not in memory, or in memory that is free",
	   "IHI 0069, The Interrupt Translation Service, interrupt translation table")
GICV4_RULE(ITT_OVERLAP,
	   "ITT overlaps the ITT of another device",
	   "IHI 0069, The Interrupt Translation Service, interrupt translation table")
GICV4_RULE(ITT_NOT_ZERO,
	   "ITT not zero when it is given to the ITS",
	   "IHI 0069, The Interrupt Translation Service, interrupt translation table")
GICV4_RULE(MAPC_LIVE,
	   "MAPC moves or unmaps a collection that has mapped events",
	   "IHI 0069, ITS commands, MAPC")

/* vPEs */
GICV4_RULE(VMAPP_MAPPED,
	   "VMAPP of a vPE that is mapped on this ITS",
	   "IHI 0069, ITS commands, VMAPP")
GICV4_RULE(VMAPP_RESIDENT,
	   "VMAPP unmaps a vPE that is resident",
	   "IHI 0069, ITS commands, VMAPP")
GICV4_RULE(VMAPP_DIFFERS,
	   "VMAPP tells two ITSs different tables or doorbells of one vPE",
	   "IHI 0069, ITS commands, VMAPP")
GICV4_RULE(VMAPP_TARGET,
	   "VMAPP tells two ITSs different redistributors for one vPE",
	   "IHI 0069, ITS commands, VMAPP")
GICV4_RULE(VMAPP_ALLOC,
	   "VMAPP.Alloc is not 1 for the first mapping and the last unmapping only",
	   "IHI 0069, ITS commands, VMAPP")
GICV4_RULE(VCONF_MEMORY,
	   "VMAPP.VCONF_addr not in memory, or in memory that is free",
	   "IHI 0069, ITS commands, VMAPP")
GICV4_RULE(VPT_SIZE,
	   "VPT_size holds no LPI, or more than GICD_TYPER.IDbits",
	   "IHI 0069, ITS commands, VMAPP")
GICV4_RULE(VPT_MEMORY,
	   "virtual pending table not in memory, or in memory that is free",
	   "IHI 0069, ITS commands, VMAPP")
GICV4_RULE(VPT_SHARED,
	   "two vPEs on one virtual pending table",
	   "IHI 0069, virtual LPI pending tables")
GICV4_RULE(VPT_PTZ,
	   "VMAPP.PTZ set for a pending table that is not zero",
	   "IHI 0069, ITS commands, VMAPP")
GICV4_RULE(VMOVP_RESIDENT,
	   "VMOVP of a vPE that is resident on the redistributor it leaves",
	   "IHI 0069, ITS commands, VMOVP")
GICV4_RULE(VMOVP_LIST,
	   "VMOVP.ITSList is not the ITSs on which the vPE is mapped",
	   "IHI 0069, ITS commands, VMOVP")
GICV4_RULE(VMOVP_SEQ,
	   "VMOVP differs from the one that is under way for the vPE, or is sent twice",
	   "IHI 0069, ITS commands, VMOVP")
GICV4_RULE(VMOVP_INCOMPLETE,
	   "vPE used before each ITS in VMOVP.ITSList has seen the command",
	   "IHI 0069, ITS commands, VMOVP")

/* Redistributors */
GICV4_RULE(LPI_TABLES,
	   "EnableLPIs set with no valid property or pending table",
	   "IHI 0069, Redistributor register descriptions, GICR_CTLR")
GICV4_RULE(PROPBASER_COMMON,
	   "redistributors of one GICR_TYPER.CommonLPIAff use different property tables",
	   "IHI 0069, Redistributor register descriptions, GICR_PROPBASER")
GICV4_RULE(LPI_BASE_ENABLED,
	   "GICR_PROPBASER or GICR_PENDBASER written while LPIs are enabled",
	   "IHI 0069, Redistributor register descriptions, GICR_PENDBASER")
GICV4_RULE(PEND_PTZ,
	   "GICR_PENDBASER.PTZ set for a pending table that is not zero",
	   "IHI 0069, Redistributor register descriptions, GICR_PENDBASER")
GICV4_RULE(VPROP_VALID,
	   "GICR_VPROPBASER changed while a vPE is resident",
	   "IHI 0069, Redistributor register descriptions, GICR_VPROPBASER")
GICV4_RULE(VPROP_IDBITS,
	   "vLPI for a redistributor whose GICR_VPROPBASER.IDbits says that there are none",
	   "IHI 0069, Redistributor register descriptions, GICR_VPROPBASER")
GICV4_RULE(VPROP_LIVE,
	   "GICR_VPROPBASER of GICv4.1 changed while vPEs are mapped to the redistributor",
	   "IHI 0069, Redistributor register descriptions, GICR_VPROPBASER")
GICV4_RULE(VPROP_MEMORY,
	   "vPE table of a redistributor not in memory, or in memory that is free",
	   "IHI 0069, Redistributor register descriptions, GICR_VPROPBASER")
GICV4_RULE(VPROP_Z,
	   "GICR_VPROPBASER.Z set for a vPE table that is not zero",
	   "IHI 0069, Redistributor register descriptions, GICR_VPROPBASER")
GICV4_RULE(VPROP_COMMON,
	   "redistributors use different vPE tables within a GICR_TYPER.CommonLPIAff, or one beyond it",
	   "IHI 0069, Redistributor register descriptions, GICR_VPROPBASER")
GICV4_RULE(VPROP_RANGE,
	   "vPE mapped to a redistributor whose vPE table has no room for it",
	   "IHI 0069, Redistributor register descriptions, GICR_VPROPBASER")
GICV4_RULE(VPEND_VALID,
	   "GICR_VPENDBASER changed, other than Valid, while a vPE is resident",
	   "IHI 0069, Redistributor register descriptions, GICR_VPENDBASER")
GICV4_RULE(VPEND_DIRTY,
	   "GICR_VPENDBASER.Valid changed while Dirty is set",
	   "IHI 0069, Redistributor register descriptions, GICR_VPENDBASER")
GICV4_RULE(VPEND_TABLES,
	   "vPE made resident with no valid property or pending table",
	   "IHI 0069, Redistributor register descriptions, GICR_VPENDBASER")
GICV4_RULE(VPEND_VPEID,
	   "vPE made resident whose vPEID is outside the vPE table",
	   "IHI 0069, Redistributor register descriptions, GICR_VPENDBASER")
GICV4_RULE(VPEND_UNMAPPED,
	   "vPE made resident that VMAPP has not mapped",
	   "IHI 0069, Redistributor register descriptions, GICR_VPENDBASER")
GICV4_RULE(VPEND_IDAI,
	   "vPE made resident with IDAI 0 after it was reported as 1",
	   "IHI 0069, Redistributor register descriptions, GICR_VPENDBASER")
GICV4_RULE(VPEND_LAST,
	   "vPE of GICv4.0 made resident with PendingLast 0, which is RES1 there",
	   "IHI 0069, Redistributor register descriptions, GICR_VPENDBASER")
GICV4_RULE(RESIDENT_TWICE,
	   "one vPE resident on two redistributors",
	   "IHI 0069, Redistributor register descriptions, GICR_VPENDBASER")
GICV4_RULE(RESIDENT_TARGET,
	   "vPE resident on a redistributor that is not its VMAPP or VMOVP target",
	   "IHI 0069, ITS commands, VMAPP and VMOVP")
GICV4_RULE(INV_VPE,
	   "GICR_INVLPIR or GICR_INVALLR names a vPE that is not mapped to this redistributor",
	   "IHI 0069, Redistributor register descriptions, GICR_INVLPIR")
GICV4_RULE(INV_BUSY,
	   "GICR_INVLPIR or GICR_INVALLR written while GICR_SYNCR.Busy is 1",
	   "IHI 0069, Redistributor register descriptions, GICR_SYNCR")
GICV4_RULE(VSGIR_VPE,
	   "GICR_VSGIR names a vPE that is not mapped to this redistributor",
	   "IHI 0069, Redistributor register descriptions, GICR_VSGIR")
GICV4_RULE(VSGIR_BUSY,
	   "GICR_VSGIR written while GICR_VSGIPENDR.Busy is 1",
	   "IHI 0069, Redistributor register descriptions, GICR_VSGIPENDR")

/* Memory, and what has to follow a command */
GICV4_RULE(TABLE_FREED,
	   "a table that is in use has been freed",
	   "IHI 0069, The Interrupt Translation Service, ITS tables")
GICV4_RULE(TABLE_OVERWRITTEN,
	   "software wrote to a table that the ITS uses",
	   "IHI 0069, The Interrupt Translation Service, ITS tables")
GICV4_RULE(CONFIG_STALE,
	   "LPI configuration changed with no INV, INVALL or VINVALL since",
	   "IHI 0069, ITS commands, INV, INVALL and VINVALL")
GICV4_RULE(SYNC_MISSING,
	   "command relied upon with no SYNC since",
	   "IHI 0069, ITS commands, SYNC")
GICV4_RULE(VSYNC_MISSING,
	   "command relied upon with no VSYNC since",
	   "IHI 0069, ITS commands, VSYNC")
