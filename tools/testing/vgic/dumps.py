# SPDX-License-Identifier: GPL-2.0
"""gicv4_dump() and the reference's state as facts that can be compared."""

import re
from typing import Dict, List, NamedTuple, Optional, Tuple, Union

from tools.testing.vgic import records
from tools.testing.vgic.gicstate import NONE, Vpe
from tools.testing.vgic.reference import Machine

Key = Tuple[Union[str, int], ...]
Facts = Dict[Key, object]

ITS = re.compile(r"ITS (\d+): ")
RDIST = re.compile(r"redistributor (\d+): ")
VPE = re.compile(r"vPE (\d+)\b")
COLLECTION = re.compile(r" collection (\d+): redistributor (\d+)")
DEVICE = re.compile(r" device (\w+): ITT (\w+), (\d+) EventID bits")
PHYSICAL = re.compile(r"  event (\d+): LPI (\d+) collection (\d+)(?: config (\w+))?")
VIRTUAL = re.compile(r"  event (\d+): vLPI (\d+) vPE (\d+) doorbell (\d+)(?: config (\w+))?")
MAPPED = re.compile(r" vPE (\d+): redistributor (\d+) VPT (\w+), (\d+) INTID bits")
PENDING = re.compile(r"  pending (\d+)")
VPE_41 = re.compile(r"vPE (\d+): property table (\w+) doorbell (\d+)( wanted)?")
VSGI = re.compile(r"  vSGI (\d+): priority (\w+) group (\d) (\w+)( pending)?")
RESIDENT_41 = re.compile(r" resident: vPE (\d+), groups( 0)?( 1)?$")
RESIDENT = re.compile(r" resident: VPT (\w+)")


def parse(text: str) -> Facts:
    """The facts of a dump; lines that are not known are facts, too."""
    facts: Facts = {}
    lines = text.splitlines()
    base = int(lines[0].split()[1], 16) if lines and lines[0].startswith("arena ") else 0
    its = device = 0
    owner: Key = ()

    def address(word: str) -> int:
        value = int(word, 0)
        return value - base if base <= value < base + records.ARENA else value

    for line in lines[1:] if base else lines:
        match: Optional["re.Match[str]"]
        if line.startswith("  event "):
            match = PHYSICAL.match(line)
            virt = match is None
            match = match or VIRTUAL.match(line)
            if match is None:
                facts["?", line] = True
                continue
            event, intid, target = int(match[1]), int(match[2]), int(match[3])
            doorbell = int(match[4]) if virt else NONE
            facts["event", its, device, event] = (virt, intid, target, doorbell)
            config = match[5] if virt else match[4]
            if config:
                facts["config", its, device, event] = int(config, 0)
        elif match := PENDING.match(line):
            facts[("pending",) + owner + (int(match[1]),)] = True
        elif match := DEVICE.match(line):
            device = int(match[1], 0)
            facts["device", its, device] = (address(match[2]), int(match[3]))
        elif match := COLLECTION.match(line):
            facts["collection", its, int(match[1])] = int(match[2])
        elif match := MAPPED.match(line):
            facts["vPE", its, int(match[1])] = (int(match[2]), address(match[3]), int(match[4]))
        elif match := VSGI.match(line):
            enabled = match[4] == "enabled"
            key = ("vSGI",) + owner + (int(match[1]),)
            facts[key] = (int(match[2], 0), int(match[3]), enabled, bool(match[5]))
        elif match := RESIDENT_41.match(line):
            facts[("resident",) + owner] = (int(match[1]), bool(match[2]), bool(match[3]))
        elif match := RESIDENT.match(line):
            facts[("resident",) + owner] = address(match[1])
        elif match := ITS.match(line):
            its = int(match[1])
        elif match := RDIST.match(line):
            owner = ("redistributor", int(match[1]))
        elif match := VPE.match(line):
            owner = ("vPE", int(match[1]))
            if match := VPE_41.match(line):
                facts[owner] = (address(match[2]), int(match[3]), bool(match[4]))
        elif not line.startswith((" BASER", " vPE table: ")):
            facts["?", line] = True
    return facts


def of_machine(machine: Machine) -> Facts:
    """The reference's state."""
    facts: Facts = {}
    for its in machine.its:
        for icid, cpu in its.cols.items():
            facts["collection", its.number, icid] = cpu
        for devid, dev in its.devs.items():
            facts["device", its.number, devid] = (dev.itt, dev.bits)
            for eventid, event in dev.events.items():
                key = (its.number, devid, eventid)
                facts[("event",) + key] = (event.virt, event.intid, event.target, event.doorbell)
                config = None
                if event.virt:
                    vpe = machine.vpes.get(event.target)
                    config = vpe.config.get(event.intid) if vpe else None
                elif event.target in its.cols:
                    config = machine.rdist[its.cols[event.target]].config.get(event.intid)
                if config is not None:
                    facts[("config",) + key] = config
    for vpe in machine.vpes.values():
        for number, cpu in vpe.cpu.items():
            facts["vPE", number, vpe.vpeid] = (cpu, vpe.vpt, vpe.bits)
        if machine.desc.arch >= 2:
            facts["vPE", vpe.vpeid] = (vpe.vprop, vpe.default_db, vpe.db_wanted)
        for sgi, config in enumerate(vpe.sgi.config):
            pending = sgi in vpe.sgi.pend
            if pending or any(config):
                priority, group, enable = config
                facts["vSGI", "vPE", vpe.vpeid, sgi] = (priority, group, bool(enable), pending)
        for intid in vpe.pend:
            if not intid >> vpe.bits:
                facts["pending", "vPE", vpe.vpeid, intid] = True
    for rd in machine.rdist:
        for intid in rd.pend:
            facts["pending", "redistributor", rd.number, intid] = True
        if rd.vpt >= 0 and machine.desc.arch >= 2:
            groups = (bool(rd.vpend & bit) for bit in (records.VPEND_GRP0, records.VPEND_GRP1))
            facts["resident", "redistributor", rd.number] = (rd.vpeid, *groups)
        elif rd.vpt >= 0:
            facts["resident", "redistributor", rd.number] = rd.vpt
    return facts


class Snapshot(NamedTuple):
    """The state at a dump, with what is needed to judge a difference."""

    facts: Facts
    # What tables in memory say of events whose configuration is cached or not
    memory: Dict[Key, object]
    uncached: bool  # a dump has what was read last, which means nothing


def snapshot(machine: Machine) -> Snapshot:
    facts = of_machine(machine)
    memory: Dict[Key, object] = {}
    for key, event in facts.items():
        if key[0] == "event" and isinstance(event, tuple):
            memory[("config",) + key[1:]] = in_memory(machine, event)
    return Snapshot(facts, memory, bool(machine.desc.uncached))


def in_memory(machine: Machine, event: Tuple[bool, int, int, int]) -> object:
    """Configuration of an event that nothing caches: what the table says."""
    if not event[0]:
        return machine.prop(event[1])
    vpe: Optional[Vpe] = machine.vpes.get(event[2])
    if vpe is None or vpe.vprop < 0:
        return None
    return machine.vprop(vpe.vprop, event[1])


def equal(text: str, ours: Snapshot) -> bool:
    return not differences(text, ours)


def differences(text: str, ours: Snapshot) -> List[str]:
    """Where a dump and the reference differ, one line for each fact.

    Whether a configuration is cached cannot be seen by software as long as it
    is the one in memory.
    """
    theirs = parse(text)
    if theirs == ours.facts:
        return []
    found = []
    for key in sorted(theirs.keys() | ours.facts.keys(), key=str):
        a, b = theirs.get(key), ours.facts.get(key)
        if a == b:
            continue
        if key[0] == "config" and ours.uncached:
            continue
        if key[0] == "config" and (a is None or b is None):
            cached = b if a is None else a
            if cached == ours.memory.get(key):
                continue
        what = " ".join(str(part) for part in key)
        found.append(f"{what}: machine {show(a)}, reference {show(b)}")
    return found


def show(value: object) -> str:
    if value is None:
        return "has it not"
    if isinstance(value, tuple):
        return "(" + ", ".join(show(part) for part in value) + ")"
    if isinstance(value, int) and not isinstance(value, bool) and value >= records.SLOT:
        return records.place(value)
    return str(value)
