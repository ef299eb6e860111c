# SPDX-License-Identifier: GPL-2.0
"""A second opinion: what the commands of an ITS do, after IHI 0069.

Written from the architecture and from Documentation/gicv4-model.md, which says
what the software GICv4 machine does where the architecture leaves a choice,
and not from the machine's code. Plain state, no memory layout: tables are
dicts, pending tables are sets, addresses are offsets in an arena.
"""

from typing import Callable, Dict, List, Optional, Sequence, Set, Tuple

from tools.testing.vgic import itscmd, records
from tools.testing.vgic.gicstate import (
    CID_BITS,
    COLLECTION_OOR,
    DBELL_OOR,
    DEVICE_OOR,
    Device,
    ENABLED,
    Event,
    ID_OOR,
    Its,
    LPI,
    MAPD_ITTSIZE_OOR,
    MOVALL_PROCNUM_OOR,
    NONE,
    OTHER,
    PHYSICALID_OOR,
    PROCNUM_OOR,
    Rdist,
    UNMAPPED_COLLECTION,
    UNMAPPED_DEVICE,
    UNMAPPED_INTERRUPT,
    UNMAPPED_VPE,
    Unpredictable,
    VINTID_OOR,
    VPE_OOR,
    VPT_OOR,
    Vpe,
    error_code,
)
from tools.testing.vgic.records import ARENA, RESULT, Desc, Record, Result

Handler = Callable[[Its, int, int, int, int], int]


class Machine:
    """All state of a machine; every method is one thing done to it."""

    def __init__(self, desc: Desc, rules: Dict[str, int], tables: bool = True) -> None:
        """Build a machine in the state of records.setup().

        @tables: tables have the size that setup() gives them, and memory is
        the arena; else (a trace of some driver) what the command says is true.
        """
        self.desc = desc
        self.rule_ids = rules
        self.its = [Its(n) for n in range(desc.nr_its)]
        self.rdist = [Rdist(n) for n in range(desc.nr_cpus)]
        self.vpes: Dict[int, Vpe] = {}
        self.by_vpt: Dict[int, Vpe] = {}
        self.vpts: Dict[int, Set[int]] = {}  # pending tables in memory
        self.users: Dict[Tuple[int, int], int] = {}
        self.arena = tables
        self.stale: List[Tuple[int, int]] = []  # memory that an ITS may have written
        self.mem = bytearray(ARENA if tables else 0)
        self.broken: List[str] = []  # rules, by this record
        self.kick: Set[int] = set()  # redistributors with news
        self.nr_devs = 1 << desc.devid_bits
        self.nr_cols = 1 << CID_BITS
        self.nr_vpes = 1 << desc.vpeid_bits
        if tables:
            self.nr_devs = desc.covered(desc.dte_size, desc.devid_bits)
            self.nr_cols = desc.covered(desc.cte_size, CID_BITS)
            self.nr_vpes = desc.covered(desc.vpte_size, desc.vpeid_bits)
        self.nr_intids = 1 << desc.intid_bits
        self.targets = {desc.target(cpu): cpu for cpu in range(desc.nr_cpus)}
        self.handlers: Dict[int, Handler] = {
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

    # Errors

    def bad(self, rule: str, kind: int) -> int:
        """The command breaks a rule and has no effect."""
        self.broken.append(rule)
        return kind

    def warn(self, rule: str) -> None:
        """The command breaks a rule, and is executed all the same."""
        self.broken.append(rule)

    def execute(self, its: int, raw: Sequence[int]) -> Tuple[int, int]:
        """Execute a command.

        Return: the ITS command error code or 0, and records.IGNORED and
        records.STALLED if it was.
        """
        self.broken = []
        handler = self.handlers.get(raw[0] & 0xFF)
        if handler is None:
            kind = self.bad("CMD_UNKNOWN", OTHER)
        else:
            kind = handler(self.its[its], raw[0], raw[1], raw[2], raw[3])
        if not kind:
            return 0, 0
        flags = records.IGNORED
        if self.desc.stall:
            flags |= records.STALLED
            # It is made a SYNC of redistributor 0 and retried
        return error_code(raw[0] & 0xFF, kind), flags

    # Memory

    def is_memory(self, address: int, size: int) -> bool:
        return not self.arena or address + size <= ARENA

    def prop(self, intid: int) -> int:
        """Configuration of a physical LPI as the table has it."""
        return self.mem[records.PROP + intid - LPI] if self.arena else 0xA0 | ENABLED

    def vprop(self, base: int, intid: int) -> int:
        return self.mem[base + intid - LPI] if self.arena else 0xA0 | ENABLED

    # Physical LPIs

    def config_of(self, rd: Rdist, intid: int) -> int:
        """The configuration in use at a redistributor; read at first use."""
        value = rd.config.get(intid)
        if value is None or self.desc.uncached:
            value = rd.config[intid] = self.prop(intid)
        return value

    def bring(self, cpu: int, intid: int) -> None:
        """A mapping brings an LPI to a redistributor, which reads its configuration."""
        for rd in self.rdist:
            if intid not in rd.pend:
                rd.config.pop(intid, None)
        self.rdist[cpu].config[intid] = self.prop(intid)
        self.kick.add(cpu)

    def pend(self, cpu: int, intid: int) -> None:
        self.rdist[cpu].pend.add(intid)
        self.kick.add(cpu)

    def deliver(self) -> List[int]:
        """The host takes what is pending and enabled, by priority."""
        irqs: List[int] = []
        for cpu in sorted(self.kick):
            rd = self.rdist[cpu]
            if not rd.pend:
                continue
            ready = [
                (self.config_of(rd, intid) & 0xFC, intid)
                for intid in rd.pend
                if self.config_of(rd, intid) & ENABLED
            ]
            for _, intid in sorted(ready):
                rd.pend.discard(intid)
                irqs.append(cpu << 24 | intid)
        self.kick.clear()
        return irqs

    # Virtual LPIs

    def fetch(self, vpe: Vpe, intid: int) -> None:
        """Read a vLPI's configuration if the vPE is resident, else later."""
        vpe.config[intid] = self.vprop(vpe.vprop, intid) if vpe.resident else None

    def fetch_all(self, vpe: Vpe) -> None:
        for intid, value in vpe.config.items():
            if value is None:
                vpe.config[intid] = self.vprop(vpe.vprop, intid)

    def vpend(self, its: Its, vpe: Vpe, intid: int, doorbell: int) -> None:
        """A vLPI becomes pending."""
        if intid >> vpe.bits:
            return  # the pending table has become smaller since VMAPTI
        vpe.pend.add(intid)
        if vpe.config.get(intid) is None:
            self.fetch(vpe, intid)
        if not vpe.resident:
            self.ring(its, vpe, doorbell)

    def unpend(self, vpe: Vpe, intid: int) -> bool:
        """A vLPI is not pending any more. Return: was it?"""
        if intid >> vpe.bits or intid not in vpe.pend:
            return False
        vpe.pend.discard(intid)
        return True

    def check_target(self, its: Its, vpe: Vpe) -> None:
        """The ITS sends vLPIs to the vPE's target, which looks if it is there."""
        if vpe.resident and vpe.resident.number != vpe.cpu[its.number]:
            raise Unpredictable("a vLPI for a vPE that is resident somewhere else")

    def ring(self, its: Its, vpe: Vpe, doorbell: int) -> None:
        if doorbell != NONE and its.number in vpe.cpu:
            self.pend(vpe.cpu[its.number], doorbell)

    def best(self, vpe: Vpe) -> int:
        """The vLPI of the highest priority that is pending and enabled."""
        best, found = 0x100, NONE
        for intid in vpe.pend:
            if intid >> vpe.bits:
                continue
            config = vpe.config.get(intid)
            if config is None or self.desc.uncached:
                self.fetch(vpe, intid)
                config = vpe.config[intid] or 0
            if config & ENABLED:
                priority = config & 0xFC
                if priority < best or priority == best and intid < found:
                    best, found = priority, intid
        return found

    # What commands name

    def device(self, its: Its, r0: int) -> Tuple[Optional[Device], int]:
        devid = r0 >> 32
        if devid >= self.nr_devs:
            return None, self.bad("DEVID_RANGE", DEVICE_OOR)
        dev = its.devs.get(devid)
        if dev is None:
            return None, self.bad("DEV_UNMAPPED", UNMAPPED_DEVICE)
        return dev, 0

    def event(self, its: Its, r0: int, r1: int) -> Tuple[Optional[Device], Optional[Event], int]:
        dev, kind = self.device(its, r0)
        if dev is None:
            return None, None, kind
        eventid = r1 & itscmd.MASK32
        if eventid >> dev.bits:
            return None, None, self.bad("EVENTID_RANGE", ID_OOR)
        event = dev.events.get(eventid)
        if event is None:
            return dev, None, self.bad("EVENT_UNMAPPED", UNMAPPED_INTERRUPT)
        return dev, event, 0

    def new_event(self, its: Its, r0: int, r1: int) -> Tuple[Optional[Device], int]:
        dev, kind = self.device(its, r0)
        if dev is None:
            return None, kind
        if (r1 & itscmd.MASK32) >> dev.bits:
            return None, self.bad("EVENTID_RANGE", ID_OOR)
        return dev, 0

    def find_vpe(self, its: Its, vpeid: int) -> Tuple[Optional[Vpe], int]:
        if vpeid >= self.nr_vpes:
            return None, self.bad("VPEID_RANGE", VPE_OOR)
        vpe = self.vpes.get(vpeid)
        if vpe is None or its.number not in vpe.cpu:
            return None, self.bad("VPE_UNMAPPED", UNMAPPED_VPE)
        return vpe, 0

    def target(self, event: Event, its: Its) -> Tuple[int, Optional[Vpe], int]:
        """Where an event that is mapped leads: a redistributor, or a vPE."""
        if event.virt:
            vpe = self.vpes.get(event.target)
            if vpe is None or its.number not in vpe.cpu:
                return -1, None, self.bad("VPE_UNMAPPED", UNMAPPED_VPE)
            return -1, vpe, 0
        cpu = its.cols.get(event.target, -1)
        if cpu < 0:
            return -1, None, self.bad("COL_UNMAPPED", UNMAPPED_COLLECTION)
        return cpu, None, 0

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
            if event.intid in vpe.config:
                self.fetch(vpe, event.intid)
            its.vsync_due.add(vpe.vpeid)
        else:
            self.inv_physical(cpu, event.intid)
        return 0

    def inv_physical(self, cpu: int, intid: int) -> None:
        rd = self.rdist[cpu]
        if intid in rd.config:
            rd.config[intid] = self.prop(intid)
            self.kick.add(cpu)

    def invall_physical(self, cpu: int) -> None:
        rd = self.rdist[cpu]
        rd.config = {intid: self.prop(intid) for intid in rd.config}
        self.kick.add(cpu)

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

    # vPEs

    def vmapp(self, its: Its, r0: int, r1: int, r2: int, r3: int) -> int:
        vpeid = r1 >> 32 & 0xFFFF
        if vpeid >= self.nr_vpes:
            return self.bad("VPEID_RANGE", VPE_OOR)
        vpe = self.vpes.get(vpeid)
        if not r2 >> 63:
            # As for MAPD and MAPC: nothing to unmap is no error
            if vpe and its.number in vpe.cpu:
                if vpe.resident:
                    self.warn("VMAPP_RESIDENT")
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
        if vpe is None and any(rd.vpt == vpt for rd in self.rdist):
            raise Unpredictable("VMAPP of a vPE that is resident")
        if vpe is None:
            vpe = self.vpes[vpeid] = Vpe(vpeid)
            vpe.vpt, vpe.bits = vpt, bits
            vpe.pend = self.vpts.setdefault(vpt, set())
            vpe.config = dict.fromkeys(intid for intid in vpe.pend if not intid >> bits)
            self.by_vpt[vpt] = vpe
        vpe.cpu[its.number] = cpu
        its.vsync_due.add(vpeid)
        return 0

    def attach(self, rd: Rdist, vpe: Vpe) -> None:
        """A vPE that is mapped is resident."""
        rd.vpe = vpe
        vpe.resident = rd
        vpe.vprop = rd.vprop
        self.fetch_all(vpe)

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
        if not self.doorbell_ok(doorbell):
            return self.bad("DOORBELL_RANGE", DBELL_OOR)
        if r1 & itscmd.MASK32 in dev.events:
            return self.bad("EVENT_MAPPED", OTHER)
        dev.events[r1 & itscmd.MASK32] = Event(True, intid, vpe.vpeid, doorbell)
        self.fetch(vpe, intid)
        its.vsync_due.add(vpe.vpeid)
        return 0

    def doorbell_ok(self, doorbell: int) -> bool:
        return doorbell == NONE or LPI <= doorbell < self.nr_intids

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
        if r2 & 1 and not self.doorbell_ok(r2 >> 32):
            return self.bad("DOORBELL_RANGE", DBELL_OOR)
        if event.intid >> new.bits:
            return self.bad("VINTID_RANGE", VINTID_OOR)
        self.check_target(its, new)
        event.target = new.vpeid
        if r2 & 1:
            event.doorbell = r2 >> 32
        if old is not new:
            self.fetch(new, event.intid)
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
        if vpe.resident and vpe.resident.number != cpu:
            raise Unpredictable("VMOVP of a vPE that is resident")
        if self.desc.vmovp:
            for number in vpe.cpu:
                vpe.cpu[number] = cpu
        else:
            vpe.cpu[its.number] = cpu
        its.vsync_due.add(vpe.vpeid)
        return 0

    def vinvall(self, its: Its, _r0: int, r1: int, _r2: int, _r3: int) -> int:
        vpe, kind = self.find_vpe(its, r1 >> 32 & 0xFFFF)
        if vpe is None:
            return kind
        vpe.config = dict.fromkeys(vpe.config)
        if vpe.resident:
            self.fetch_all(vpe)
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
            vpe.sgi_pend.discard(sgi)
        else:
            vpe.sgi[sgi] = ((r0 >> 20 & 15) << 4, r0 >> 10 & 1, r0 >> 8 & 1)
        return 0

    def invdb(self, its: Its, _r0: int, r1: int, _r2: int, _r3: int) -> int:
        vpe, kind = self.find_vpe(its, r1 >> 32 & 0xFFFF)
        if vpe is None:
            return kind
        return 0

    # Devices, guests, registers

    def device_write(self, its: int, devid: int, eventid: int) -> None:
        """A write to GITS_TRANSLATER; what nothing translates is dropped."""
        one = self.its[its]
        dev = one.devs.get(devid)
        event = dev.events.get(eventid) if dev else None
        if event is None:
            return
        if event.virt:
            vpe = self.vpes.get(event.target)
            if vpe and one.number in vpe.cpu:
                self.check_target(one, vpe)
                self.vpend(one, vpe, event.intid, event.doorbell)
        elif event.target in one.cols:
            self.pend(one.cols[event.target], event.intid)

    def enter(self, cpu: int, vprop: int, vpend: int) -> None:
        """GICR_VPROPBASER and GICR_VPENDBASER with Valid, of GICv4.0."""
        rd = self.rdist[cpu]
        if rd.vpt >= 0:
            raise Unpredictable("GICR_VPENDBASER written while Valid is set")
        if any(one.vpt == vpend & itscmd.RDBASE for one in self.rdist):
            raise Unpredictable("one vPE resident twice")
        vpt = vpend & itscmd.RDBASE
        vpe = self.by_vpt.get(vpt)
        if vpe and any(target != cpu for target in vpe.cpu.values()):
            raise Unpredictable("a vPE resident where it is not mapped to")
        if vpe:
            if vpe.idai and not vpend & records.VPEND_IDAI:
                self.warn("VPEND_IDAI")
            if any(vpe.vpeid in its.vsync_due for its in self.its):
                self.warn("VSYNC_MISSING")
        rd.vprop = vprop & ((1 << 52) - 1) & ~0xFFF
        rd.vpt = vpt
        if vpe:
            self.attach(rd, vpe)

    def leave(self, cpu: int) -> int:
        """Valid goes to 0. Return: [63:58] of GICR_VPENDBASER after that."""
        rd = self.rdist[cpu]
        if rd.vpt < 0:
            raise Unpredictable("GICR_VPENDBASER.Valid cleared while it is clear")
        if rd.vpe:
            vpe = rd.vpe
            last = self.best(vpe) != NONE
            vpe.resident = None
            vpe.idai = True
            rd.vpe = None
        else:
            last = any(
                self.vprop(rd.vprop, intid) & ENABLED for intid in self.vpts.get(rd.vpt, ())
            )
        rd.vpt = -1
        return records.VPEND_IDAI | (records.VPEND_PENDING_LAST if last else 0)

    def hppir(self, cpu: int) -> int:
        rd = self.rdist[cpu]
        return self.best(rd.vpe) if rd.vpe else NONE

    def ack(self, cpu: int) -> int:
        rd = self.rdist[cpu]
        intid = self.hppir(cpu)
        if rd.vpe and intid != NONE:
            rd.vpe.pend.discard(intid)
        return intid

    def write_rd(self, cpu: int, offset: int, value: int) -> None:
        """The registers of GICR_TYPER.DirectLPI."""
        if not self.desc.direct_lpi:
            return
        rd = self.rdist[cpu]
        intid = value & itscmd.MASK32
        known = LPI <= intid < self.nr_intids
        if offset == records.GICR_SETLPIR and known:
            self.pend(cpu, intid)
        elif offset == records.GICR_CLRLPIR and known:
            rd.pend.discard(intid)
            rd.config.pop(intid, None)
        elif offset == records.GICR_INVLPIR and known:
            self.inv_physical(cpu, intid)
        elif offset == records.GICR_INVALLR:
            self.invall_physical(cpu)

    def in_use(self, offset: int, size: int) -> None:
        """Software writes to memory: a table of the machine's?"""
        end = offset + size
        for its in self.its:
            for dev in its.devs.values():
                if offset < dev.itt + (self.desc.itte_size << dev.bits) and dev.itt < end:
                    raise Unpredictable("a write to an ITT that is in use")
        vpts = list(self.by_vpt) + [rd.vpt for rd in self.rdist]
        if any(offset < vpt + records.SLOT and vpt < end for vpt in vpts):
            raise Unpredictable("a write to a VPT that is in use")

    def poke(self, offset: int, value: int) -> None:
        if offset >= records.VPT:
            self.in_use(offset, 1)
        self.mem[offset] = value
        if records.VPT <= offset < records.VPT + records.NR_VPTS * records.SLOT:
            number, byte = divmod(offset - records.VPT, records.SLOT)
            base = records.VPT + number * records.SLOT
            if byte < (1 << 16) // 8 and byte >= LPI // 8:
                pending = self.vpts.setdefault(base, set())
                for bit in range(8):
                    (pending.add if value >> bit & 1 else pending.discard)(byte * 8 + bit)

    def zero(self, offset: int, size: int) -> None:
        self.in_use(offset, size)
        self.mem[offset : offset + size] = bytes(size)
        if self.stale:
            self.stale = [s for s in self.stale if s[0] < offset or s[1] > offset + size]
        for base in [b for b in self.vpts if offset <= b < offset + size]:
            self.vpts[base].clear()

    # Records

    def step(self, record: Record) -> Result:
        """Do what a record says."""
        op, unit, raw = record.op, record.unit, record.raw
        error = flags = value = 0
        self.broken = []
        if op == records.CMD:
            error, flags = self.execute(unit, raw)
        elif op == records.DEVICE:
            self.device_write(unit, raw[0], raw[1])
        elif op == records.POKE:
            self.poke(raw[0], raw[1] & 0xFF)
        elif op == records.ZERO:
            self.zero(raw[0], raw[1])
        elif op == records.ENTER:
            self.enter(unit, raw[0], raw[1])
        elif op == records.LEAVE:
            value = self.leave(unit)
        elif op == records.ACK:
            value = self.ack(unit)
        elif op == records.HPPIR:
            value = self.hppir(unit)
        elif op == records.WRITE_RD:
            self.write_rd(unit, record.arg, raw[0])
        irqs = self.deliver() if self.kick else ()
        rules = tuple(self.rule_ids[name] for name in self.broken)
        return Result(op, error, flags, value, rules, tuple(irqs))


def expected(result: Result) -> bytes:
    """A result as replay.c writes it."""
    head = RESULT.pack(
        result.error,
        result.flags,
        len(result.rules),
        len(result.irqs),
        result.op,
        result.value,
    )
    if not result.rules and not result.irqs:
        return head
    return head + bytes(result.rules) + b"".join(i.to_bytes(4, "little") for i in result.irqs)
