# SPDX-License-Identifier: GPL-2.0
"""The reference: the commands of GICv3."""

from typing import Dict, Optional

from tools.testing.vgic import itscmd, records
from tools.testing.vgic.gicstate import (
    COLLECTION_OOR,
    Device,
    DEVICE_OOR,
    Event,
    Its,
    LPI,
    MAPD_ITTSIZE_OOR,
    MOVALL_PROCNUM_OOR,
    NONE,
    OTHER,
    PHYSICALID_OOR,
    PROCNUM_OOR,
    UNMAPPED_COLLECTION,
    Unpredictable,
    Vpe,
)
from tools.testing.vgic.records import Desc
from tools.testing.vgic.refstate import State


class Commands(State):
    """The commands of GICv3; each returns the kind of its error, or 0."""

    def __init__(self, desc: Desc, rules: Dict[str, int], tables: bool = True) -> None:
        super().__init__(desc, rules, tables)
        self.handlers.update(
            {
                itscmd.MAPD: self.mapd,
                itscmd.MAPC: self.mapc,
                itscmd.MAPTI: self.mapti,
                itscmd.MAPI: self.mapi,
                itscmd.MOVI: self.movi,
                itscmd.MOVALL: self.movall,
                itscmd.INT: self.int_,
                itscmd.CLEAR: self.clear,
                itscmd.INV: self.inv,
                itscmd.DISCARD: self.discard,
                itscmd.INVALL: self.invall,
                itscmd.SYNC: self.sync,
            }
        )

    # Devices and collections

    def mapd(self, its: Its, r0: int, r1: int, r2: int, _r3: int) -> int:
        devid = r0 >> 32
        if devid >= self.nr_devs:
            return self.bad("DEVID_RANGE", DEVICE_OOR)
        old = its.devs.get(devid)
        if not r2 >> 63:
            if old and old.events:
                self.warn("MAPD_LIVE")
            self.unmap_device(its, devid)
            return 0
        bits = (r1 & 0x1F) + 1
        if bits > self.desc.eventid_bits:
            return self.bad("MAPD_SIZE", MAPD_ITTSIZE_OOR)
        itt = r2 & ((1 << 52) - 1)
        size = self.desc.itte_size << bits
        if itt & 0xFF:
            return self.bad("ITT_ALIGN", OTHER)
        if old and old.events:
            return self.bad("MAPD_LIVE", OTHER)
        if not self.is_memory(itt, size):
            return self.bad("ITT_MEMORY", OTHER)
        for one in self.its:
            for number, dev in one.devs.items():
                if one is its and number == devid:
                    continue
                if itt < dev.itt + (self.desc.itte_size << dev.bits) and dev.itt < itt + size:
                    return self.bad("ITT_OVERLAP", OTHER)
        if self.arena and not records.BIG_ITT <= itt < records.ARENA:
            raise Unpredictable("ITT in memory that is something else")
        if any(itt < end and start < itt + size for start, end in self.stale):
            raise Unpredictable("ITT in memory that was an ITT with mapped events")
        if self.arena and self.mem[itt : itt + size].strip(b"\0"):
            return self.bad("ITT_NOT_ZERO", OTHER)
        self.unmap_device(its, devid)
        its.devs[devid] = Device(itt, bits)
        return 0

    def unmap_device(self, its: Its, devid: int) -> None:
        dev = its.devs.pop(devid, None)
        if dev and dev.events:
            self.stale.append((dev.itt, dev.itt + (self.desc.itte_size << dev.bits)))
            for event in dev.events.values():
                self.release(its, event)

    def release(self, its: Its, event: Event) -> None:
        """An event is not mapped any more."""
        if not event.virt:
            its.users[event.target] -= 1

    def mapc(self, its: Its, _r0: int, _r1: int, r2: int, _r3: int) -> int:
        icid = r2 & 0xFFFF
        if icid >= self.nr_cols:
            return self.bad("ICID_RANGE", COLLECTION_OOR)
        if r2 >> 63:
            cpu = self.targets.get(r2 & itscmd.RDBASE, -1)
            if cpu < 0:
                return self.bad("RDBASE_RANGE", PROCNUM_OOR)
            if its.users.get(icid) and its.cols.get(icid, cpu) != cpu:
                self.warn("MAPC_LIVE")
            its.cols[icid] = cpu
        else:
            if its.users.get(icid) and icid in its.cols:
                self.warn("MAPC_LIVE")
            its.cols.pop(icid, None)
        return 0

    # Physical events

    def mapti(self, its: Its, r0: int, r1: int, r2: int, _r3: int) -> int:
        return self.map_physical(its, r0, r1, r1 >> 32, r2 & 0xFFFF)

    def mapi(self, its: Its, r0: int, r1: int, r2: int, _r3: int) -> int:
        return self.map_physical(its, r0, r1, r1 & itscmd.MASK32, r2 & 0xFFFF)

    def map_physical(self, its: Its, r0: int, r1: int, intid: int, icid: int) -> int:
        dev, kind = self.new_event(its, r0, r1)
        if dev is None:
            return kind
        if icid >= self.nr_cols:
            return self.bad("ICID_RANGE", COLLECTION_OOR)
        if not LPI <= intid < self.nr_intids:
            return self.bad("PINTID_RANGE", PHYSICALID_OOR)
        cpu = its.cols.get(icid, -1)
        if cpu < 0:
            return self.bad("COL_UNMAPPED", UNMAPPED_COLLECTION)
        if r1 & itscmd.MASK32 in dev.events:
            return self.bad("EVENT_MAPPED", OTHER)
        dev.events[r1 & itscmd.MASK32] = Event(False, intid, icid, NONE)
        its.users[icid] = its.users.get(icid, 0) + 1
        self.bring(cpu, intid)
        return 0

    def movi(self, its: Its, r0: int, r1: int, r2: int, _r3: int) -> int:
        _, event, kind = self.event(its, r0, r1)
        if event is None:
            return kind
        if event.virt:
            return self.bad("EVENT_TYPE", OTHER)
        icid = r2 & 0xFFFF
        if icid >= self.nr_cols:
            return self.bad("ICID_RANGE", COLLECTION_OOR)
        new = its.cols.get(icid, -1)
        old = its.cols.get(event.target, -1)
        if new < 0 or old < 0:
            return self.bad("COL_UNMAPPED", UNMAPPED_COLLECTION)
        its.users[event.target] -= 1
        its.users[icid] = its.users.get(icid, 0) + 1
        event.target = icid
        if old != new:
            self.rdist[old].config.pop(event.intid, None)
            self.bring(new, event.intid)
            if event.intid in self.rdist[old].pend:
                self.rdist[old].pend.discard(event.intid)
                self.pend(new, event.intid)
        return 0

    def movall(self, _its: Its, _r0: int, _r1: int, r2: int, r3: int) -> int:
        old = self.targets.get(r2 & itscmd.RDBASE, -1)
        new = self.targets.get(r3 & itscmd.RDBASE, -1)
        if old < 0 or new < 0:
            return self.bad("RDBASE_RANGE", MOVALL_PROCNUM_OOR)
        if old != new and self.rdist[old].pend:
            self.rdist[new].pend |= self.rdist[old].pend
            for intid in self.rdist[old].pend:
                self.rdist[old].config.pop(intid, None)
            self.rdist[old].pend = set()
            self.kick.add(new)
        return 0

    # Events of both kinds

    def int_(self, its: Its, r0: int, r1: int, _r2: int, _r3: int) -> int:
        _, event, kind = self.event(its, r0, r1)
        if event is None:
            return kind
        cpu, vpe, kind = self.target(event, its)
        if kind:
            return kind
        if vpe:
            self.check_target(its, vpe)
            its.vsync_due.add(vpe.vpeid)
        self.translate(its, event, cpu, vpe)
        return 0

    def translate(self, its: Its, event: Event, cpu: int, vpe: Optional[Vpe]) -> None:
        if vpe:
            self.vpend(its, vpe, event.intid, event.doorbell)
        else:
            self.pend(cpu, event.intid)

    def clear(self, its: Its, r0: int, r1: int, _r2: int, _r3: int) -> int:
        _, event, kind = self.event(its, r0, r1)
        if event is None:
            return kind
        cpu, vpe, kind = self.target(event, its)
        if kind:
            return kind
        if vpe:
            self.unpend(vpe, event.intid)
            its.vsync_due.add(vpe.vpeid)
        else:
            self.rdist[cpu].pend.discard(event.intid)
        return 0

    def inv(self, its: Its, r0: int, r1: int, _r2: int, _r3: int) -> int:
        _, event, kind = self.event(its, r0, r1)
        if event is None:
            return kind
        cpu, vpe, kind = self.target(event, its)
        if kind:
            return kind
        if vpe:
            self.vinv(vpe, event.intid)
            its.vsync_due.add(vpe.vpeid)
        else:
            self.inv_physical(cpu, event.intid)
        return 0

    def discard(self, its: Its, r0: int, r1: int, _r2: int, _r3: int) -> int:
        dev, event, kind = self.event(its, r0, r1)
        if dev is None or event is None:
            return kind
        # Where it leads need not be mapped any more
        vpe = self.vpes.get(event.target) if event.virt else None
        if vpe and its.number not in vpe.cpu:
            vpe = None
        cpu = -1 if event.virt else its.cols.get(event.target, -1)
        del dev.events[r1 & itscmd.MASK32]
        self.release(its, event)
        if vpe:
            self.unpend(vpe, event.intid)
            vpe.config.pop(event.intid, None)
        elif cpu >= 0:
            self.rdist[cpu].pend.discard(event.intid)
            self.rdist[cpu].config.pop(event.intid, None)
        return 0

    def invall(self, its: Its, _r0: int, _r1: int, r2: int, _r3: int) -> int:
        icid = r2 & 0xFFFF
        if icid >= self.nr_cols:
            return self.bad("ICID_RANGE", COLLECTION_OOR)
        cpu = its.cols.get(icid, -1)
        if cpu < 0:
            return self.bad("COL_UNMAPPED", UNMAPPED_COLLECTION)
        self.invall_physical(cpu)
        return 0

    def sync(self, _its: Its, _r0: int, _r1: int, r2: int, _r3: int) -> int:
        if r2 & itscmd.RDBASE not in self.targets:
            return self.bad("RDBASE_RANGE", PROCNUM_OOR)
        return 0
