# SPDX-License-Identifier: GPL-2.0
"""The reference: the commands of GICv4 and GICv4.1."""

from typing import Dict, Optional, Tuple

from tools.testing.vgic import itscmd, records
from tools.testing.vgic.gicstate import (
    DBELL_OOR,
    Event,
    Its,
    LPI,
    Move,
    NONE,
    OTHER,
    PROCNUM_OOR,
    Sgis,
    UNMAPPED_VPE,
    Unpredictable,
    VINTID_OOR,
    Vpe,
    VPE_OOR,
    VPT_OOR,
)
from tools.testing.vgic.records import Desc
from tools.testing.vgic.refcommands import Commands


class VCommands(Commands):
    """The commands of GICv4 and GICv4.1; each returns the kind of its error, or 0."""

    def __init__(self, desc: Desc, rules: Dict[str, int], tables: bool = True) -> None:
        super().__init__(desc, rules, tables)
        if desc.arch >= 1:
            self.handlers.update(
                {
                    itscmd.VMAPP: self.vmapp,
                    itscmd.VMAPTI: self.vmapti,
                    itscmd.VMAPI: self.vmapi,
                    itscmd.VMOVI: self.vmovi,
                    itscmd.VMOVP: self.vmovp,
                    itscmd.VINVALL: self.vinvall,
                    itscmd.VSYNC: self.vsync,
                }
            )
        if desc.arch >= 2:
            self.handlers.update({itscmd.VSGI: self.vsgi, itscmd.INVDB: self.invdb})

    # vPEs

    def vmapp(self, its: Its, r0: int, r1: int, r2: int, r3: int) -> int:
        vpeid = r1 >> 32 & 0xFFFF
        if vpeid >= self.nr_vpes:
            return self.bad("VPEID_RANGE", VPE_OOR)
        vpe = self.vpes.get(vpeid)
        if not r2 >> 63:
            mapped = vpe is not None and its.number in vpe.cpu
            # As for MAPD and MAPC: nothing to unmap is no error, in GICv4.0
            if not mapped and self.desc.arch >= 2:
                return self.bad("VPE_UNMAPPED", UNMAPPED_VPE)
            if vpe and mapped:
                if vpe.resident and len(vpe.cpu) == 1:
                    self.warn("VMAPP_RESIDENT")
                if self.desc.arch >= 2 and (r0 >> 8 & 1) != (len(vpe.cpu) == 1):
                    self.warn("VMAPP_ALLOC")
                self.unmap_vpe(its, vpe)
            if self.desc.arch < 2:
                its.vsync_due.add(vpeid)
            return 0
        return self.map_vpe(its, vpe, r0, r1, r2, r3)

    def map_vpe(self, its: Its, vpe: Optional[Vpe], r0: int, r1: int, r2: int, r3: int) -> int:
        vpeid = r1 >> 32 & 0xFFFF
        cpu = self.targets.get(r2 & itscmd.RDBASE, -1)
        if cpu < 0:
            return self.bad("RDBASE_RANGE", PROCNUM_OOR)
        if vpe and its.number in vpe.cpu:
            return self.bad("VMAPP_MAPPED", OTHER)
        vpt, bits = r3 & itscmd.RDBASE, (r3 & 0x1F) + 1
        if bits < 14 or bits > self.desc.intid_bits:
            return self.bad("VPT_SIZE", VPT_OOR)
        if not self.is_memory(vpt, (1 << bits) // 8):
            return self.bad("VPT_MEMORY", OTHER)
        if self.arena and not records.VPT <= vpt < records.RD_VPES:
            raise Unpredictable("VPT in memory that is something else")
        other = self.by_vpt.get(vpt)
        if other and other is not vpe:
            return self.bad("VPT_SHARED", OTHER)
        if vpe and (vpe.vpt, vpe.bits) != (vpt, bits):
            return self.bad("VMAPP_DIFFERS", OTHER)
        vconf, doorbell = -1, NONE
        if self.desc.arch >= 2:
            vconf, doorbell = r0 & itscmd.RDBASE, r1 & itscmd.MASK32
            if vpe and (vpe.vprop, vpe.default_db) != (vconf, doorbell):
                return self.bad("VMAPP_DIFFERS", OTHER)
            kind = self.check_v41(vpe, r0, vpt, bits, doorbell)
            if kind:
                return kind
        if vpe and vpe.cpu[min(vpe.cpu)] != cpu:
            self.warn("VMAPP_TARGET")
        if vpe is None and any(vpt == rd.vpt or vpeid == rd.vpeid for rd in self.rdist):
            raise Unpredictable("VMAPP of a vPE that is resident")
        if vpe is None:
            vpe = self.vpes[vpeid] = Vpe(vpeid)
            vpe.vpt, vpe.bits = vpt, bits
            vpe.pend = self.vpts.setdefault(vpt, set())
            vpe.config = dict.fromkeys(intid for intid in vpe.pend if not intid >> bits)
            self.by_vpt[vpt] = vpe
            vpe.vprop, vpe.default_db = vconf, doorbell
            vpe.sgi = self.sgis.setdefault(vpt, Sgis())
            if self.desc.arch >= 2:
                self.fetch_all(vpe)
        vpe.cpu[its.number] = cpu
        its.vsync_due.add(vpeid)
        return 0

    def check_v41(self, vpe: Optional[Vpe], r0: int, vpt: int, bits: int, doorbell: int) -> int:
        """What VMAPP has in GICv4.1 only."""
        vconf = r0 & itscmd.RDBASE
        if (r0 >> 8 & 1) != (vpe is None):
            return self.bad("VMAPP_ALLOC", OTHER)
        if not self.is_memory(vconf, (1 << bits) - LPI):
            return self.bad("VCONF_MEMORY", OTHER)
        if self.arena and not records.VPROP <= vconf < records.VPT:
            raise Unpredictable("vPE configuration in memory that is something else")
        if r0 >> 9 & 1 and vpe:
            raise Unpredictable("PTZ of a table that is in use")
        if r0 >> 9 & 1 and not self.vpt_empty(vpt, bits):
            return self.bad("VPT_PTZ", OTHER)
        if not self.doorbell_ok(doorbell):
            return self.bad("DOORBELL_RANGE", DBELL_OOR)
        return 0

    def vpt_empty(self, vpt: int, bits: int) -> bool:
        sgis = self.sgis.get(vpt)
        return (sgis is None or sgis.empty()) and not any(
            not intid >> bits for intid in self.vpts.get(vpt, ())
        )

    def unmap_vpe(self, its: Its, vpe: Vpe) -> None:
        del vpe.cpu[its.number]
        its.vsync_due.discard(vpe.vpeid)
        if vpe.cpu:
            return
        # What is pending stays in the table in memory
        if vpe.resident:
            vpe.resident.vpe = None
        del self.vpes[vpe.vpeid]
        del self.by_vpt[vpe.vpt]

    def vmapti(self, its: Its, r0: int, r1: int, r2: int, _r3: int) -> int:
        return self.map_virtual(its, r0, r1, r2 & itscmd.MASK32, r2 >> 32)

    def vmapi(self, its: Its, r0: int, r1: int, r2: int, _r3: int) -> int:
        return self.map_virtual(its, r0, r1, r1 & itscmd.MASK32, r2 >> 32)

    def map_virtual(self, its: Its, r0: int, r1: int, intid: int, doorbell: int) -> int:
        dev, kind = self.new_event(its, r0, r1)
        if dev is None:
            return kind
        vpe, kind = self.find_vpe(its, r1 >> 32 & 0xFFFF)
        if vpe is None:
            return kind
        if not LPI <= intid < 1 << vpe.bits:
            return self.bad("VINTID_RANGE", VINTID_OOR)
        kind = self.check_doorbell(doorbell)
        if kind:
            return kind
        if r1 & itscmd.MASK32 in dev.events:
            return self.bad("EVENT_MAPPED", OTHER)
        dev.events[r1 & itscmd.MASK32] = Event(True, intid, vpe.vpeid, doorbell)
        self.fetch(vpe, intid)
        self.ring_default(vpe)  # another event of this vINTID may be pending
        its.vsync_due.add(vpe.vpeid)
        return 0

    def check_doorbell(self, doorbell: int) -> int:
        """The doorbell of a single vLPI."""
        if doorbell != NONE and self.desc.no_db:
            return self.bad("DOORBELL_NID", OTHER)
        if not self.doorbell_ok(doorbell):
            return self.bad("DOORBELL_RANGE", DBELL_OOR)
        return 0

    def vmovi(self, its: Its, r0: int, r1: int, r2: int, _r3: int) -> int:
        _, event, kind = self.event(its, r0, r1)
        if event is None:
            return kind
        if not event.virt:
            return self.bad("EVENT_TYPE", OTHER)
        new, kind = self.find_vpe(its, r1 >> 32 & 0xFFFF)
        if new is None:
            return kind
        old, kind = self.find_vpe(its, event.target)
        if old is None:
            return kind
        kind = self.check_doorbell(r2 >> 32) if r2 & 1 else 0
        if kind:
            return kind
        if event.intid >> new.bits:
            return self.bad("VINTID_RANGE", VINTID_OOR)
        self.check_target(its, new)
        event.target = new.vpeid
        if r2 & 1:
            event.doorbell = r2 >> 32
        if old is not new:
            self.fetch(new, event.intid)
            self.ring_default(new)
            old.config.pop(event.intid, None)
            if self.unpend(old, event.intid):
                self.vpend(its, new, event.intid, event.doorbell)
        its.vsync_due.add(new.vpeid)
        return 0

    def vmovp(self, its: Its, r0: int, r1: int, r2: int, r3: int) -> int:
        vpe, kind = self.find_vpe(its, r1 >> 32 & 0xFFFF)
        if vpe is None:
            return kind
        cpu = self.targets.get(r2 & itscmd.RDBASE, -1)
        if cpu < 0:
            return self.bad("RDBASE_RANGE", PROCNUM_OOR)
        doorbell = r3 & itscmd.MASK32
        if self.desc.arch >= 2 and not self.doorbell_ok(doorbell):
            return self.bad("DOORBELL_RANGE", DBELL_OOR)
        if not self.desc.vmovp:
            kind = self.check_move(its, vpe, (r0 >> 32 & 0xFFFF, r1 & 0xFFFF, cpu))
            if kind:
                return kind
        if vpe.resident and vpe.resident.number != cpu:
            raise Unpredictable("VMOVP of a vPE that is resident")
        if self.desc.arch >= 2:
            self.move_doorbell(vpe, vpe.cpu[its.number], cpu, doorbell, bool(r2 >> 63))
        if self.desc.vmovp:
            for number in vpe.cpu:
                vpe.cpu[number] = cpu
        else:
            self.count_move(its, vpe, (r0 >> 32 & 0xFFFF, r1 & 0xFFFF, cpu))
            vpe.cpu[its.number] = cpu
        its.vsync_due.add(vpe.vpeid)
        return 0

    def move_doorbell(self, vpe: Vpe, old: int, new: int, doorbell: int, along: bool) -> None:
        """VMOVP: the default doorbell, and where it is pending."""
        if along and old != new:
            self.rdist[old].config.pop(vpe.default_db, None)
            if vpe.default_db in self.rdist[old].pend:
                self.rdist[old].pend.discard(vpe.default_db)
                if doorbell != NONE:
                    self.pend(new, doorbell)
        vpe.default_db = doorbell

    def check_move(self, its: Its, vpe: Vpe, what: Tuple[int, int, int]) -> int:
        """Does a VMOVP name the ITSs, and does it belong to the one under way?"""
        if what[1] != sum(1 << number for number in vpe.cpu):
            return self.bad("VMOVP_LIST", OTHER)
        if vpe.move and (vpe.move.what != what or its.number in vpe.move.seen):
            return self.bad("VMOVP_SEQ", OTHER)
        return 0

    def count_move(self, its: Its, vpe: Vpe, what: Tuple[int, int, int]) -> None:
        """One ITS of the list has executed a VMOVP; the last one completes it."""
        vpe.move = vpe.move or Move(what)
        vpe.move.seen.add(its.number)
        if vpe.move.seen >= set(vpe.cpu):
            vpe.move = None

    def vinvall(self, its: Its, _r0: int, r1: int, _r2: int, _r3: int) -> int:
        vpe, kind = self.find_vpe(its, r1 >> 32 & 0xFFFF)
        if vpe is None:
            return kind
        self.vinv_all(vpe)
        its.vsync_due.add(vpe.vpeid)
        return 0

    def vsync(self, its: Its, _r0: int, r1: int, _r2: int, _r3: int) -> int:
        vpeid = r1 >> 32 & 0xFFFF
        if vpeid >= self.nr_vpes:
            return self.bad("VPEID_RANGE", VPE_OOR)
        vpe = self.vpes.get(vpeid)
        if vpeid not in its.vsync_due and (vpe is None or its.number not in vpe.cpu):
            return self.bad("VSYNC_UNMAPPED", UNMAPPED_VPE)
        its.vsync_due.discard(vpeid)
        return 0

    def vsgi(self, its: Its, r0: int, r1: int, _r2: int, _r3: int) -> int:
        vpe, kind = self.find_vpe(its, r1 >> 32 & 0xFFFF)
        if vpe is None:
            return kind
        sgi = r0 >> 32 & 15
        if r0 >> 9 & 1:
            vpe.sgi.pend.discard(sgi)
        else:
            vpe.sgi.config[sgi] = ((r0 >> 20 & 15) << 4, r0 >> 10 & 1, r0 >> 8 & 1)
            self.ring_default(vpe)
        its.vsync_due.add(vpe.vpeid)
        return 0

    def invdb(self, its: Its, _r0: int, r1: int, _r2: int, _r3: int) -> int:
        vpe, kind = self.find_vpe(its, r1 >> 32 & 0xFFFF)
        if vpe is None:
            return kind
        if vpe.default_db != NONE:
            for rd in self.rdist:
                self.inv_physical(rd.number, vpe.default_db)
        its.vsync_due.add(vpe.vpeid)
        return 0
