# SPDX-License-Identifier: GPL-2.0
"""Random sequences for the machine, chosen by what the reference knows.

Most commands are valid in the state that the reference is in; the others are
valid but for one field. IDs come from small pools, so that they meet.
"""

import random
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from tools.testing.vgic import itscmd, records
from tools.testing.vgic.itscmd import MASK32
from tools.testing.vgic.records import Record, command, other
from tools.testing.vgic.gicstate import LPI, NONE, Event, Its, Vpe
from tools.testing.vgic.reference import Machine

WRONG = 0.25  # of the commands get one field wrong
NR_LPIS = 32
NR_DOORBELLS = 16
FIRST_DOORBELL = LPI + 64
NR_VLPIS = 24
NR_DEVS = 8
NR_COLS = 6
NR_VPES = 8
SMALL_BITS = (1, 2, 4, 5, 8)
UNKNOWN_OPCODES = (0x00, 0x02, 0x06, 0x07, 0x10, 0x20, 0x24, 0x2F, 0x7F, 0xFF)

# Fields of commands: word, lowest bit, width, what it holds
Field = Tuple[int, int, int, str]
DEV: Field = (0, 32, 32, "devid")
EVENT: Field = (1, 0, 32, "eventid")
VPEID: Field = (1, 32, 16, "vpeid")
ICID: Field = (2, 0, 16, "icid")
RDBASE: Field = (2, 16, 36, "target")
BELL: Field = (2, 32, 32, "doorbell")
FIELDS: Dict[int, List[Field]] = {
    itscmd.MAPD: [DEV, (1, 0, 5, "bits"), (2, 0, 52, "itt"), (2, 63, 1, "bit")],
    itscmd.MAPC: [ICID, RDBASE, (2, 63, 1, "bit")],
    itscmd.MAPTI: [DEV, EVENT, (1, 32, 32, "pintid"), ICID],
    itscmd.MAPI: [DEV, EVENT, ICID],
    itscmd.MOVI: [DEV, EVENT, ICID],
    itscmd.MOVALL: [RDBASE, (3, 16, 36, "target")],
    itscmd.INT: [DEV, EVENT],
    itscmd.CLEAR: [DEV, EVENT],
    itscmd.INV: [DEV, EVENT],
    itscmd.DISCARD: [DEV, EVENT],
    itscmd.INVALL: [ICID],
    itscmd.SYNC: [RDBASE],
    itscmd.VMAPP: [VPEID, RDBASE, (2, 63, 1, "bit"), (3, 16, 36, "vpt"), (3, 0, 5, "bits")],
    itscmd.VMAPTI: [DEV, EVENT, VPEID, (2, 0, 32, "vintid"), BELL],
    itscmd.VMAPI: [DEV, EVENT, VPEID, BELL],
    itscmd.VMOVI: [DEV, EVENT, VPEID, BELL, (2, 0, 1, "bit")],
    itscmd.VMOVP: [VPEID, RDBASE],
    itscmd.VINVALL: [VPEID],
    itscmd.VSYNC: [VPEID],
    itscmd.VSGI: [VPEID],
    itscmd.INVDB: [VPEID],
}

# VMOVP with an ITSList
SEVERAL_ITS: List[Field] = [(0, 32, 16, "vpeid"), (1, 0, 16, "its list")]
# What GICv4.1 adds
FIELDS_V41: Dict[int, List[Field]] = {
    itscmd.VMAPP: [
        (0, 8, 1, "bit"),
        (0, 9, 1, "bit"),
        (0, 16, 36, "vconf"),
        (1, 0, 32, "doorbell"),
    ],
    itscmd.VMOVP: [(2, 63, 1, "bit"), (3, 0, 32, "doorbell")],
}


class Generator:
    """Chooses one record after the other; the caller applies each to @machine."""

    def __init__(self, machine: Machine, seed: int) -> None:
        self.machine = machine
        self.desc = machine.desc
        self.rng = random.Random(seed)
        self.random = self.rng.random
        self.big = self.desc.eventid_bits >= 14
        actions: List[Tuple[int, Callable[[], Optional[Record]]]] = [
            (6, self.mapd),
            (2, self.unmap_device),
            (4, self.mapc),
            (1, self.unmap_collection),
            (12, self.mapti),
            (2, self.mapi),
            (6, self.movi),
            (1, self.movall),
            (6, lambda: self.event_command(itscmd.INT)),
            (4, lambda: self.event_command(itscmd.CLEAR)),
            (6, lambda: self.event_command(itscmd.INV)),
            (6, lambda: self.event_command(itscmd.DISCARD)),
            (2, self.invall),
            (2, self.sync),
            (16, self.device_write),
            (4, self.poke),
        ]
        if self.desc.arch >= 1:
            actions += [
                (5, self.vmapp),
                (2, self.unmap_vpe),
                (12, self.vmapti),
                (2, self.vmapi),
                (6, self.vmovi),
                (4, self.vmovp),
                (3, self.vinvall),
                (4, self.vsync),
                (8, self.enter),
                (5, self.leave),
                (8, self.ack),
                (3, self.hppir),
                (1, self.plant),
            ]
        if self.desc.arch >= 2:
            actions += [(5, self.vsgi), (2, self.invdb), (4, self.sgir)]
        if self.desc.direct_lpi or self.desc.arch >= 2:
            actions.append((4, self.direct))
        self.actions = [action for weight, action in actions for _ in range(weight)]
        # What comes next, last one first
        self.ready: List[Record] = self.prologue()

    def below(self, n: int) -> int:
        return int(self.random() * n)

    def next(self) -> Record:
        """The next record."""
        if self.ready:
            return self.ready.pop()
        actions = self.actions
        while True:
            record = actions[int(self.random() * len(actions))]()
            if record is None:
                continue
            if record.op == records.CMD and self.random() < WRONG:
                record = self.spoil(record)
            return record

    def first(self, *wanted: Record) -> Record:
        """The first of several; the others come next."""
        self.ready += reversed(wanted[1:])
        return wanted[0]

    def config(self) -> int:
        """A property byte: mostly enabled, few priorities."""
        return self.below(4) * 0x40 | 2 | (self.random() < 0.7)

    def prologue(self) -> List[Record]:
        """Configurations of all that the pools have."""
        offsets = [records.PROP + n for n in range(NR_LPIS)]
        offsets += [records.PROP + FIRST_DOORBELL - LPI + n for n in range(NR_DOORBELLS)]
        if self.desc.arch:
            for table in range(records.NR_VPROPS):
                base = records.VPROP + table * records.SLOT
                offsets += [base + n for n in range(NR_VLPIS)]
        return [other(records.POKE, 0, offset, self.config()) for offset in offsets]

    # What there is

    def any_its(self) -> Its:
        its = self.machine.its
        return its[0] if len(its) == 1 else its[self.below(len(its))]

    def cpu(self) -> int:
        return self.below(self.desc.nr_cpus)

    def any_of(self, table: Mapping[int, Any]) -> int:
        keys = list(table)
        return keys[int(self.random() * len(keys))]

    def pick_event(self, its: Its) -> Optional[Tuple[int, int, Event]]:
        if not its.devs:
            return None
        devid = self.any_of(its.devs)
        events = its.devs[devid].events
        if not events:
            return None
        eventid = self.any_of(events)
        return devid, eventid, events[eventid]

    def free_event(self, its: Its, lpi: bool) -> Optional[Tuple[int, int]]:
        """An EventID that is not mapped; one that is an LPI if @lpi."""
        if not its.devs:
            return None
        devid = self.any_of(its.devs)
        dev = its.devs[devid]
        if lpi:
            if dev.bits < 14:
                return None
            eventid = LPI + self.below(NR_VLPIS)
        else:
            eventid = self.below(min(1 << dev.bits, 16))
        return None if eventid in dev.events else (devid, eventid)

    def lpi(self) -> int:
        r = self.random()
        if r < 0.03:
            return self.machine.nr_intids - 1
        if r < 0.1:
            return FIRST_DOORBELL + self.below(NR_DOORBELLS)
        return LPI + self.below(NR_LPIS)

    def vlpi(self, vpe: Vpe) -> int:
        return (1 << vpe.bits) - 1 if self.random() < 0.03 else LPI + self.below(NR_VLPIS)

    def doorbell(self) -> int:
        if self.desc.no_db and self.random() < 0.98:
            return NONE
        return NONE if self.random() < 0.25 else FIRST_DOORBELL + self.below(NR_DOORBELLS)

    def pick_vpe(self, its: Its) -> Optional[Vpe]:
        vpes = self.machine.vpes
        if not vpes:
            return None
        vpe = vpes[self.any_of(vpes)]
        return vpe if its.number in vpe.cpu else None

    # Commands

    def mapd(self) -> Optional[Record]:
        its = self.any_its()
        devid = self.below(NR_DEVS) if self.random() < 0.95 else self.machine.nr_devs - 1
        if devid in its.devs and self.random() < 0.9:
            return None
        bits = SMALL_BITS[self.below(len(SMALL_BITS))]
        slot = records.ITT + self.below(records.NR_ITTS) * records.ITT_SIZE
        size = records.ITT_SIZE
        if self.big and self.random() < 0.25:
            bits = 14
            slot = records.BIG_ITT + self.below(records.NR_BIG_ITTS) * records.BIG_ITT_SIZE
            size = records.BIG_ITT_SIZE
        bits = min(bits, self.desc.eventid_bits)
        for one in self.machine.its:
            for dev in one.devs.values():
                if slot <= dev.itt < slot + size:
                    return None
        wanted = [other(records.ZERO, 0, slot, size)]
        if self.random() < 0.05:
            at = slot + self.below(self.desc.itte_size << bits)
            wanted.append(other(records.POKE, 0, at, 1 + self.below(255)))
        return self.first(*wanted, command(its.number, *itscmd.mapd(devid, slot, bits)))

    def unmap_device(self) -> Optional[Record]:
        its = self.any_its()
        if not its.devs:
            return None
        devid = self.any_of(its.devs)
        events = its.devs[devid].events
        unmap = command(its.number, *itscmd.mapd(devid, 0, 1, False))
        if not events or self.random() < 0.3:
            return unmap
        # As a driver should: each event first
        return self.first(
            *(command(its.number, *itscmd.event(itscmd.DISCARD, devid, e)) for e in events),
            unmap,
        )

    def mapc(self) -> Optional[Record]:
        its = self.any_its()
        icid = self.below(NR_COLS) if self.random() < 0.95 else self.machine.nr_cols - 1
        if its.users.get(icid) and self.random() < 0.9:
            return None
        return command(its.number, *itscmd.mapc(icid, self.desc.target(self.cpu())))

    def unmap_collection(self) -> Optional[Record]:
        its = self.any_its()
        if not its.cols:
            return None
        icid = self.any_of(its.cols)
        if its.users.get(icid) and self.random() < 0.8:
            return None
        return command(its.number, *itscmd.mapc(icid, 0, False))

    def mapti(self) -> Optional[Record]:
        its = self.any_its()
        free = self.free_event(its, False)
        if free is None or not its.cols:
            return None
        raw = itscmd.mapti(free[0], free[1], self.lpi(), self.any_of(its.cols))
        return command(its.number, *raw)

    def mapi(self) -> Optional[Record]:
        its = self.any_its()
        free = self.free_event(its, True)
        if free is None or not its.cols:
            return None
        return command(its.number, *itscmd.mapi(free[0], free[1], self.any_of(its.cols)))

    def movi(self) -> Optional[Record]:
        its = self.any_its()
        found = self.pick_event(its)
        if found is None or found[2].virt or not its.cols:
            return None
        return command(its.number, *itscmd.movi(found[0], found[1], self.any_of(its.cols)))

    def movall(self) -> Optional[Record]:
        source, target = self.desc.target(self.cpu()), self.desc.target(self.cpu())
        return command(self.any_its().number, *itscmd.movall(source, target))

    def event_command(self, opcode: int) -> Optional[Record]:
        its = self.any_its()
        found = self.pick_event(its)
        if found is None:
            return None
        return command(its.number, *itscmd.event(opcode, found[0], found[1]))

    def invall(self) -> Optional[Record]:
        its = self.any_its()
        return command(its.number, *itscmd.invall(self.any_of(its.cols))) if its.cols else None

    def sync(self) -> Optional[Record]:
        return command(self.any_its().number, *itscmd.sync(self.desc.target(self.cpu())))

    def vmapp(self) -> Optional[Record]:
        its = self.any_its()
        machine = self.machine
        vpeid = self.below(NR_VPES) if self.random() < 0.95 else machine.nr_vpes - 1
        vpe = machine.vpes.get(vpeid)
        if vpe and its.number in vpe.cpu:
            return None
        cpu = self.cpu()
        if vpe:
            vpt, bits = vpe.vpt, vpe.bits
            cpu = next(iter(vpe.cpu.values()))
        else:
            vpt = records.VPT + self.below(records.NR_VPTS) * records.SLOT
            bits = 14 + self.below(self.desc.intid_bits - 13)
            if vpt in machine.by_vpt:
                return None
        more: Dict[str, Any] = {}
        if self.desc.arch >= 2:
            more["alloc"] = (vpe is None) ^ (self.random() < 0.02)
            more["ptz"] = vpe is None and self.random() < 0.2
            more["vconf"] = records.VPROP + vpeid % records.NR_VPROPS * records.SLOT
            more["doorbell"] = vpe.default_db if vpe else self.default_doorbell()
        raw = itscmd.vmapp(vpeid, self.desc.target(cpu), vpt, bits, **more)
        return self.first(command(its.number, *raw), *self.maybe_vsync(its, vpeid))

    def default_doorbell(self) -> int:
        return NONE if self.random() < 0.1 else FIRST_DOORBELL + self.below(NR_DOORBELLS)

    def maybe_vsync(self, its: Its, vpeid: int) -> List[Record]:
        if self.random() < 0.3:
            return []
        return [command(its.number, *itscmd.vpe(itscmd.VSYNC, vpeid))]

    def unmap_vpe(self) -> Optional[Record]:
        its = self.any_its()
        vpe = self.pick_vpe(its)
        if vpe is None or vpe.resident and self.random() < 0.9:
            return None
        raw = itscmd.vmapp(vpe.vpeid, 0, 0, 1, False)
        if self.desc.arch >= 2:
            alloc = (len(vpe.cpu) == 1) ^ (self.random() < 0.02)
            raw = itscmd.vmapp(vpe.vpeid, 0, 0, 1, False, alloc=alloc)
            return command(its.number, *raw)
        return self.first(command(its.number, *raw), *self.maybe_vsync(its, vpe.vpeid))

    def vmapti(self) -> Optional[Record]:
        its = self.any_its()
        free = self.free_event(its, False)
        vpe = self.pick_vpe(its)
        if free is None or vpe is None:
            return None
        raw = itscmd.vmapti(free[0], free[1], vpe.vpeid, self.vlpi(vpe), self.doorbell())
        return self.first(command(its.number, *raw), *self.maybe_vsync(its, vpe.vpeid))

    def vmapi(self) -> Optional[Record]:
        its = self.any_its()
        free = self.free_event(its, True)
        vpe = self.pick_vpe(its)
        if free is None or vpe is None:
            return None
        raw = itscmd.vmapi(free[0], free[1], vpe.vpeid, self.doorbell())
        return self.first(command(its.number, *raw), *self.maybe_vsync(its, vpe.vpeid))

    def vmovi(self) -> Optional[Record]:
        its = self.any_its()
        found = self.pick_event(its)
        vpe = self.pick_vpe(its)
        if found is None or not found[2].virt or vpe is None:
            return None
        replace = self.random() < 0.5
        doorbell = self.doorbell() if replace else 0
        raw = itscmd.vmovi(found[0], found[1], vpe.vpeid, doorbell, replace)
        return self.first(command(its.number, *raw), *self.maybe_vsync(its, vpe.vpeid))

    def vmovp(self) -> Optional[Record]:
        its = self.any_its()
        vpe = self.pick_vpe(its)
        if vpe is None or vpe.resident and self.random() < 0.9:
            return None
        target = self.desc.target(self.cpu())
        more: Dict[str, Any] = {}
        if self.desc.arch >= 2 and self.random() < 0.8:
            more = {"db": True, "doorbell": self.default_doorbell()}
        if self.desc.vmovp:
            raw = itscmd.vmovp(vpe.vpeid, target, **more)
            return self.first(command(its.number, *raw), *self.maybe_vsync(its, vpe.vpeid))
        # One to each ITS that has the vPE, with one sequence number
        sequence = self.below(1 << 16)
        its_list = sum(1 << number for number in vpe.cpu)
        raw = itscmd.vmovp(vpe.vpeid, target, sequence, its_list, **more)
        wanted = [command(number, *raw) for number in vpe.cpu]
        self.rng.shuffle(wanted)
        if self.random() < 0.03:
            wanted.pop(self.below(len(wanted)))
        for one in self.machine.its:
            if one.number in vpe.cpu:
                wanted += self.maybe_vsync(one, vpe.vpeid)
        return self.first(*wanted) if wanted else None

    def vinvall(self) -> Optional[Record]:
        its = self.any_its()
        vpe = self.pick_vpe(its)
        if vpe is None:
            return None
        raw = itscmd.vpe(itscmd.VINVALL, vpe.vpeid)
        return self.first(command(its.number, *raw), *self.maybe_vsync(its, vpe.vpeid))

    def vsync(self) -> Optional[Record]:
        its = self.any_its()
        if its.vsync_due:
            vpeid = min(its.vsync_due)
        else:
            vpe = self.pick_vpe(its)
            if vpe is None:
                return None
            vpeid = vpe.vpeid
        return command(its.number, *itscmd.vpe(itscmd.VSYNC, vpeid))

    def vsgi(self) -> Optional[Record]:
        its = self.any_its()
        vpe = self.pick_vpe(its)
        if vpe is None:
            return None
        clear = self.random() < 0.3
        enable, group = self.random() < 0.7, self.random() < 0.5
        raw = itscmd.vsgi(
            vpe.vpeid, self.below(16), self.below(4) << 6, group, clear, enable
        )
        return self.first(command(its.number, *raw), *self.maybe_vsync(its, vpe.vpeid))

    def invdb(self) -> Optional[Record]:
        its = self.any_its()
        vpe = self.pick_vpe(its)
        if vpe is None:
            return None
        raw = itscmd.vpe(itscmd.INVDB, vpe.vpeid)
        return self.first(command(its.number, *raw), *self.maybe_vsync(its, vpe.vpeid))

    # One field wrong

    def spoil(self, record: Record) -> Record:
        """The command with one field changed, for the worse as a rule."""
        raw = list(record.raw)
        if self.random() < 0.02:
            raw[0] = raw[0] & ~0xFF | UNKNOWN_OPCODES[self.below(len(UNKNOWN_OPCODES))]
            return record._replace(raw=(raw[0], raw[1], raw[2], raw[3]))
        fields = FIELDS[raw[0] & 0xFF]
        if raw[0] & 0xFF == itscmd.VMOVP and not self.desc.vmovp:
            fields = fields + SEVERAL_ITS
        if self.desc.arch >= 2:
            fields = fields + FIELDS_V41.get(raw[0] & 0xFF, [])
        word, shift, width, what = fields[self.below(len(fields))]
        mask = (1 << width) - 1
        raw[word] = raw[word] & ~(mask << shift) | (self.edge(what) & mask) << shift
        return record._replace(raw=(raw[0], raw[1], raw[2], raw[3]))

    def edge(self, what: str) -> int:
        """A value that may or may not be right."""
        machine, desc = self.machine, self.desc
        pick = self.below(4)
        if what == "devid":
            return (self.below(NR_DEVS), machine.nr_devs, machine.nr_devs - 1, MASK32)[pick]
        if what == "eventid":
            return (self.below(18), 1 << desc.eventid_bits, 256, MASK32)[pick]
        if what == "vpeid":
            return (self.below(NR_VPES), machine.nr_vpes, machine.nr_vpes - 1, 0xFFFF)[pick]
        if what == "icid":
            return (self.below(NR_COLS), machine.nr_cols, machine.nr_cols - 1, 0xFFFF)[pick]
        if what == "target":
            if pick == 3:
                return (desc.target(0) >> 16) + 1 if desc.pta else 17
            return desc.target((self.cpu(), desc.nr_cpus, 255)[pick]) >> 16
        if what in ("pintid", "vintid", "doorbell"):
            return (LPI - 1, machine.nr_intids, NONE, LPI + self.below(NR_LPIS))[pick]
        if what == "bits":
            return (12, 31, desc.intid_bits - 1, self.below(32))[pick]
        if what == "itt":
            base = records.ITT + self.below(records.NR_ITTS) * records.ITT_SIZE
            return (base, base + 256 * self.below(4), base + 128, records.NOWHERE)[pick]
        if what == "vpt":
            base = records.VPT + self.below(records.NR_VPTS) * records.SLOT
            return (base, base, records.NOWHERE, base)[pick] >> 16
        if what == "vconf":
            base = records.VPROP + self.below(records.NR_VPROPS) * records.SLOT
            return (base, base, records.NOWHERE, base)[pick] >> 16
        if what == "its list":
            return self.below(1 << desc.nr_its)
        return self.below(2)

    # Devices, guests, software

    def device_write(self) -> Optional[Record]:
        its = self.any_its()
        if self.random() < 0.05:
            return other(records.DEVICE, its.number, self.below(NR_DEVS + 1), self.below(18))
        found = self.pick_event(its)
        return found and other(records.DEVICE, its.number, found[0], found[1])

    def poke(self) -> Optional[Record]:
        """A configuration changes; mostly with the invalidation it needs."""
        its = self.any_its()
        found = self.pick_event(its)
        if found is None:
            return None
        devid, eventid, event = found
        base = records.PROP
        if event.virt:
            base = records.VPROP + event.target % records.NR_VPROPS * records.SLOT
        change = other(records.POKE, 0, base + event.intid - LPI, self.config())
        if self.random() < 0.2:
            return change
        inv = itscmd.event(itscmd.INV, devid, eventid)
        return self.first(change, command(its.number, *inv))

    def plant(self) -> Optional[Record]:
        """A bit in a pending table that no vPE uses."""
        vpt = records.VPT + self.below(records.NR_VPTS) * records.SLOT
        machine = self.machine
        if vpt in machine.by_vpt or any(rd.vpt == vpt for rd in machine.rdist):
            return None
        if self.random() < 0.3:
            return other(records.ZERO, 0, vpt, records.SLOT)
        return other(records.POKE, 0, vpt + LPI // 8 + self.below(NR_VLPIS // 8), self.below(256))

    def enter(self) -> Optional[Record]:
        machine = self.machine
        if not machine.vpes:
            return None
        vpe = machine.vpes[self.any_of(machine.vpes)]
        cpus = set(vpe.cpu.values())
        if vpe.resident or len(cpus) != 1:
            return None
        cpu = cpus.pop() if self.random() < 0.97 else self.cpu()
        if machine.rdist[cpu].vpt >= 0:
            return None
        if self.desc.arch >= 2:
            groups = records.VPEND_GRP1 if self.random() < 0.95 else 0
            groups |= records.VPEND_GRP0 if self.random() < 0.9 else 0
            enter = other(records.ENTER, cpu, 0, records.VALID | groups | vpe.vpeid)
        else:
            # One property table for each VM, here by vPEID
            vprop = records.VPROP + vpe.vpeid % records.NR_VPROPS * records.SLOT
            flags = records.VALID
            if self.random() < 0.98:
                flags |= records.VPEND_PENDING_LAST
            if vpe.idai and self.random() < 0.98 or self.random() < 0.5:
                flags |= records.VPEND_IDAI
            enter = other(records.ENTER, cpu, vprop | self.desc.intid_bits - 1, vpe.vpt | flags)
        due = [its.number for its in machine.its if vpe.vpeid in its.vsync_due]
        if not due or self.random() < 0.1:
            return enter
        vsync = itscmd.vpe(itscmd.VSYNC, vpe.vpeid)
        return self.first(*(command(its, *vsync) for its in due), enter)

    def resident_cpu(self) -> int:
        cpus = [rd.number for rd in self.machine.rdist if rd.vpt >= 0]
        return cpus[self.below(len(cpus))] if cpus else -1

    def leave(self) -> Optional[Record]:
        cpu = self.resident_cpu()
        if cpu < 0:
            return None
        bits = 0
        if self.desc.arch >= 2:
            # Blocked, mostly with a doorbell; or preempted
            bits = records.VPEND_DB if self.random() < 0.8 else 0
            bits |= records.VPEND_PENDING_LAST if self.random() < 0.3 else 0
        return other(records.LEAVE, cpu, bits)

    def ack(self) -> Optional[Record]:
        cpu = self.resident_cpu()
        return other(records.ACK, cpu) if cpu >= 0 else None

    def hppir(self) -> Optional[Record]:
        return other(records.HPPIR, self.cpu())

    def sgir(self) -> Optional[Record]:
        its = self.any_its()
        vpe = self.pick_vpe(its)
        if vpe is None:
            return None
        value = vpe.vpeid << 32 | self.below(16)
        return other(records.WRITE_ITS, its.number, value, arg=records.GITS_SGIR)

    def direct(self) -> Optional[Record]:
        registers = (
            records.GICR_INVLPIR,
            records.GICR_INVALLR,
            records.GICR_SETLPIR,
            records.GICR_CLRLPIR,
        )
        register = registers[self.below(4 if self.desc.direct_lpi else 2)]
        if self.desc.arch >= 2 and self.machine.vpes and self.random() < 0.5:
            return self.direct_virtual(registers[self.below(2)])
        intid = self.lpi() if self.random() < 0.97 else self.edge("pintid")
        return other(records.WRITE_RD, self.cpu(), intid, arg=register)

    def direct_virtual(self, register: int) -> Optional[Record]:
        """GICR_INVLPIR and GICR_INVALLR of a vPE, of GICv4.1."""
        vpe = self.machine.vpes[self.any_of(self.machine.vpes)]
        cpu = next(iter(vpe.cpu.values()))
        value = records.VALID | vpe.vpeid << 32
        if register == records.GICR_INVLPIR:
            value |= self.vlpi(vpe)
        return other(records.WRITE_RD, cpu, value, arg=register)
