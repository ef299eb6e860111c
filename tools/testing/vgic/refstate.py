# SPDX-License-Identifier: GPL-2.0
"""The reference: state of a machine, and what commands and registers share."""

from typing import Callable, Dict, List, Optional, Sequence, Set, Tuple

from tools.testing.vgic import itscmd, records
from tools.testing.vgic.gicstate import (
    CID_BITS,
    Device,
    DEVICE_OOR,
    ENABLED,
    error_code,
    Event,
    ID_OOR,
    Its,
    LPI,
    NONE,
    OTHER,
    Rdist,
    Sgis,
    UNMAPPED_COLLECTION,
    UNMAPPED_DEVICE,
    UNMAPPED_INTERRUPT,
    UNMAPPED_VPE,
    Unpredictable,
    Vpe,
    VPE_OOR,
)
from tools.testing.vgic.records import ARENA, Desc

Handler = Callable[[Its, int, int, int, int], int]


class State:
    """All state of a machine, and what commands and registers have in common."""

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
        self.sgis: Dict[int, Sgis] = {}  # and the vSGIs in them
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
        self.handlers: Dict[int, Handler] = {}

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

    def inv_physical(self, cpu: int, intid: int) -> None:
        rd = self.rdist[cpu]
        if intid in rd.config:
            rd.config[intid] = self.prop(intid)
            self.kick.add(cpu)

    def invall_physical(self, cpu: int) -> None:
        rd = self.rdist[cpu]
        rd.config = {intid: self.prop(intid) for intid in rd.config}
        self.kick.add(cpu)

    # Virtual LPIs

    def fetch(self, vpe: Vpe, intid: int) -> None:
        """Read a vLPI's configuration if it is known where from, else later.

        In GICv4.1 VMAPP says it, in GICv4.0 the redistributor of the residency.
        """
        known = vpe.resident or self.desc.arch >= 2
        vpe.config[intid] = self.vprop(vpe.vprop, intid) if known else None

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
            self.ring_default(vpe)

    def vsgi_pend(self, vpe: Vpe, sgi: int) -> None:
        vpe.sgi.pend.add(sgi)
        self.ring_default(vpe)

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

    def ring_default(self, vpe: Vpe) -> None:
        """The default doorbell, if it was asked for and there is a reason now."""
        if not vpe.db_wanted or vpe.resident or self.best(vpe) == NONE:
            return
        vpe.db_wanted = False
        if vpe.default_db != NONE:
            self.pend(vpe.cpu[min(vpe.cpu)], vpe.default_db)

    def vinv(self, vpe: Vpe, intid: int) -> None:
        """Read a vLPI's configuration again, which may enable it."""
        if intid in vpe.config:
            self.fetch(vpe, intid)
            self.ring_default(vpe)

    def vinv_all(self, vpe: Vpe) -> None:
        vpe.config = dict.fromkeys(vpe.config)
        if vpe.resident or self.desc.arch >= 2:
            self.fetch_all(vpe)
        self.ring_default(vpe)

    def best_sgi(self, vpe: Vpe) -> Tuple[int, int]:
        """Priority and number of the best vSGI of an enabled group."""
        best, found = 0x100, NONE
        for sgi in sorted(vpe.sgi.pend):
            priority, group, enable = vpe.sgi.config[sgi]
            wanted = records.VPEND_GRP1 if group else records.VPEND_GRP0
            if enable and vpe.groups & wanted and priority < best:
                best, found = priority, sgi
        return best, found

    def best(self, vpe: Vpe) -> int:
        """The vLPI or vSGI of the highest priority that is pending and enabled."""
        best, found = 0x100, NONE
        if self.desc.arch >= 2:
            best, found = self.best_sgi(vpe)
            if not vpe.groups & records.VPEND_GRP1:
                return found  # vLPIs are in Group 1
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

    def doorbell_ok(self, doorbell: int) -> bool:
        return doorbell == NONE or LPI <= doorbell < self.nr_intids
