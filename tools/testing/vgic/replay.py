# SPDX-License-Identifier: GPL-2.0
"""Execute a recorded trace of ITS commands on the reference.

    python3 -m tools.testing.vgic.replay FILE [--machine NAME]

Two kinds are read: the trace event gicv4_cmd of the software machine, and what
QEMU logs for `-trace 'gicv3_its_cmd*'`. Reported is the first command that is
in error, or whose recorded outcome is another.
"""

import argparse
import re
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional

from tools.common import ui
from tools.common.ui import UserError
from tools.testing.vgic import dumps, itscmd
from tools.testing.vgic.itscmd import Raw
from tools.testing.vgic.records import Desc
from tools.testing.vgic.reference import Machine

EVENT = re.compile(
    r"gicv4_cmd:.*?\bits=(\d+) raw=(\w{16}),(\w{16}),(\w{16}),(\w{16})"
    r" error=(\w+) ignored=(\d)"
)
QEMU = re.compile(r"gicv3_its_cmd_\w+ .*?command (\w+)(.*)")
FIELD = re.compile(r"(\w+) (?:0x)?([0-9a-fA-F]+)\b")
CONTEXT = 5
SHOWN_STATE = 40

MACHINES = {
    "v3.0": Desc("v3.0", arch=0, vmovp=0, nr_cpus=8),
    "v4.0": Desc("v4.0", nr_cpus=8),
    "v4.0-2its": Desc("v4.0-2its", nr_its=2, vmovp=0, nr_cpus=8),
    "v4.0-small": Desc(
        "v4.0-small", devid_bits=8, eventid_bits=5, intid_bits=14, itte_size=8
    ),
    "qemu": Desc("qemu", nr_cpus=8, eventid_bits=16, devid_bits=16, itte_size=16),
}


class Command(NamedTuple):
    """A recorded command."""

    line: int
    its: int
    raw: Raw
    error: Optional[int] = None  # as recorded; None if the trace does not say
    ignored: Optional[bool] = None


def parse(lines: Iterable[str]) -> Iterator[Command]:
    """The commands of a trace; other lines are passed over."""
    for number, line in enumerate(lines, start=1):
        match = EVENT.search(line)
        if match:
            words = [int(word, 16) for word in match.group(2, 3, 4, 5)]
            raw: Raw = (words[0], words[1], words[2], words[3])
            ignored = match[7] != "0"
            yield Command(number, int(match[1]), raw, int(match[6], 16), ignored)
            continue
        match = QEMU.search(line)
        if match:
            found = of_qemu(match[1], match[2])
            if found:
                yield Command(number, 0, found)


def of_qemu(name: str, rest: str) -> Optional[Raw]:
    """A command from QEMU's words; None for those that carry no operands there."""
    has: Dict[str, int] = {}
    for key, value in FIELD.findall(rest):
        has[key.lower()] = int(value, 10 if key in ("V", "D") else 16)
    dev, event = has.get("deviceid", 0), has.get("eventid", 0)
    icid, vpeid = has.get("icid", 0), has.get("vpeid", 0)
    target, valid = has.get("rdbase", 0) << 16, bool(has.get("v", 0))
    doorbell = has.get("dbell_pintid", itscmd.NO_DOORBELL)
    # Addresses are logged as the fields hold them, without their low bits
    itt, vpt = has.get("itt_addr", 0) << 8, has.get("vpt_addr", 0) << 16
    if name in ("INT", "CLEAR", "INV", "DISCARD"):
        return itscmd.event(getattr(itscmd, name), dev, event)
    if name == "VMAPI" and "vintid" in has:
        name = "VMAPTI"  # QEMU 7.2 calls both by one name
    table: Dict[str, Raw] = {
        "MAPD": itscmd.mapd(dev, itt, has.get("size", 0) + 1, valid),
        "MAPC": itscmd.mapc(icid, target, valid),
        "MAPTI": itscmd.mapti(dev, event, has.get("pintid", 0), icid),
        "MAPI": itscmd.mapi(dev, event, icid),
        "MOVI": itscmd.movi(dev, event, icid),
        "MOVALL": itscmd.movall(has.get("rdbase1", 0) << 16, has.get("rdbase2", 0) << 16),
        "VMAPP": itscmd.vmapp(vpeid, target, vpt, has.get("vpt_size", 0) + 1, valid),
        "VMAPTI": itscmd.vmapti(dev, event, vpeid, has.get("vintid", 0), doorbell),
        "VMAPI": itscmd.vmapi(dev, event, vpeid, doorbell),
        "VMOVI": itscmd.vmovi(dev, event, vpeid, doorbell, bool(has.get("d", 0))),
        "VMOVP": itscmd.vmovp(vpeid, target),
        "VINVALL": itscmd.vpe(itscmd.VINVALL, vpeid),
    }
    return table.get(name)


class Finding(NamedTuple):
    index: int
    reasons: List[str]


def check(commands: List[Command], machine: Machine) -> Optional[Finding]:
    """The first command in error, or with another outcome than recorded."""
    for index, command in enumerate(commands):
        if command.its >= len(machine.its):
            return Finding(index, [f"ITS {command.its}: the machine has {len(machine.its)}"])
        error, flags = machine.execute(command.its, command.raw)
        machine.deliver()
        reasons = []
        if machine.broken:
            reasons.append("reference: " + ", ".join(machine.broken))
        if command.error is not None and command.error != error:
            reasons.append(f"recorded error {command.error:06x}, reference {error:06x}")
        if command.ignored is not None and command.ignored != bool(flags & 1):
            reasons.append(f"recorded ignored={command.ignored:d}, reference {flags & 1}")
        if reasons:
            return Finding(index, reasons)
    return None


def report(commands: List[Command], finding: Finding, machine: Machine) -> None:
    """The command, those before it, and what is mapped."""
    start = max(0, finding.index - CONTEXT)
    for index in range(start, finding.index + 1):
        command = commands[index]
        mark = ">" if index == finding.index else " "
        words = itscmd.text(command.raw, machine.desc)
        ui.say(f"{mark} line {command.line}: ITS {command.its}: {words}")
    for reason in finding.reasons:
        ui.say("  " + ui.red(reason))
    command = commands[finding.index]
    facts = dumps.of_machine(machine)
    device = command.raw[0] >> 32
    ui.say("state:")
    near = [key for key in facts if key[0] not in ("device", "event", "config") or device in key[2:3]]
    for key in sorted(near, key=str)[:SHOWN_STATE]:
        ui.say(f"  {' '.join(str(part) for part in key)}: {dumps.show(facts[key])}")
    if len(near) > SHOWN_STATE:
        ui.say(f"  ... and {len(near) - SHOWN_STATE} more")


def entry() -> int:
    parser = argparse.ArgumentParser(description="ITS commands of a trace on the reference")
    parser.add_argument("file", type=Path)
    parser.add_argument("--machine", default="v4.0", choices=sorted(MACHINES))
    given = parser.parse_args()
    try:
        lines = given.file.read_text(errors="replace").splitlines()
    except OSError as error:
        raise UserError(f"{given.file}: {error.strerror}") from error
    commands = list(parse(lines))
    if not commands:
        raise UserError(f"{given.file}: no command of an ITS in it")
    machine = Machine(MACHINES[given.machine], {}, tables=False)
    finding = check(commands, machine)
    if finding:
        report(commands, finding, machine)
        return 1
    ui.say(f"{len(commands)} commands, all as the reference has it")
    return 0


if __name__ == "__main__":
    ui.main(entry)
