# SPDX-License-Identifier: GPL-2.0
"""The same cases, the same driver, two machines: are the ITS commands the same?

One record is the trace event gicv4_cmd of the software machine, with the
results of the cases between; the other is what QEMU logs, with the markers of
include/linux/irqchip/its-marker.h. Numbers that the driver chooses are
replaced by the order in which they come up in a case. What is left of a
difference has to be in a file of allowed ones, with the reason, and each entry
of that file has to occur.
"""

import difflib
import fnmatch
import re
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Sequence, Tuple

from tools.common.ui import UserError
from tools.testing.vgic import itscmd, kernellog, replay
from tools.testing.vgic.itscmd import Raw

ALLOWED = Path(__file__).with_name("qemu-differences.txt")
MARK = re.compile(r"gicv3_its_write .*offset 0x4 data 0x([0-9a-f]+) ")
QEMU = re.compile(r"gicv3_its_cmd_\w+ .*?command (\w+)")
Cases = Dict[str, List[str]]
OF_DEVICES = frozenset(
    getattr(itscmd, name)
    for name in "MAPD MAPTI MOVI INT CLEAR INV DISCARD VMAPTI VMOVI".split()
)


class Names:
    """Numbers as the order in which a case uses them."""

    def __init__(self) -> None:
        self.known: Dict[Tuple[str, int], str] = {}
        self.next: Dict[str, int] = {}

    def of(self, kind: str, number: int) -> str:
        key = (kind, number)
        if key not in self.known:
            self.known[key] = f"{kind}{self.next.get(kind, 0)}"
            self.next[kind] = self.next.get(kind, 0) + 1
        return self.known[key]


def words(raw: Raw, names: Names) -> str:
    """A command without what depends on the machine's memory or on the past."""
    op, dev, event = raw[0] & 0xFF, raw[0] >> 32, raw[1] & itscmd.MASK32
    high, icid, valid = raw[1] >> 32, raw[2] & 0xFFFF, raw[2] >> 63
    name = itscmd.NAMES.get(op, f"opcode-{op:02x}")
    target = (raw[2] & itscmd.RDBASE) >> 16

    def doorbell(number: int) -> str:
        return "none" if number == itscmd.NO_DOORBELL else names.of("LPI", number)

    if op in (itscmd.SYNC, itscmd.VSYNC, itscmd.INVALL):
        return name  # QEMU logs no operands
    if op in OF_DEVICES:
        device = names.of("device", dev)
    if op == itscmd.MAPD:
        return f"MAPD {device} V={valid}" + (f" bits={(raw[1] & 31) + 1}" if valid else "")
    if op == itscmd.MAPC:
        return f"MAPC {icid} to {target} V={valid}"
    if op == itscmd.MAPTI:
        return f"MAPTI {device} event {event} {names.of('LPI', high)} collection {icid}"
    if op == itscmd.MOVI:
        return f"MOVI {device} event {event} collection {icid}"
    if op in (itscmd.INT, itscmd.CLEAR, itscmd.INV, itscmd.DISCARD):
        return f"{name} {device} event {event}"
    vpe = names.of("vPE", high & 0xFFFF)
    if op == itscmd.VMAPP:
        if not valid:
            return f"VMAPP {vpe} V=0"
        return f"VMAPP {vpe} to {target} V=1 bits={(raw[3] & 31) + 1}"
    if op == itscmd.VMAPTI:
        low = raw[2] & itscmd.MASK32
        return f"VMAPTI {device} event {event} {vpe} vLPI {low} doorbell {doorbell(raw[2] >> 32)}"
    if op == itscmd.VMOVI:
        bell = doorbell(raw[2] >> 32) if raw[2] & 1 else "stays"
        return f"VMOVI {device} event {event} {vpe} doorbell {bell}"
    if op == itscmd.VMOVP:
        return f"VMOVP {vpe} to {target}"
    if op == itscmd.VINVALL:
        return f"VINVALL {vpe}"
    return name


def is_of_device(raw: Raw) -> bool:
    return raw[0] & 0xFF in OF_DEVICES


def normal(raws: Iterable[Raw], proxy: int = -1) -> List[str]:
    """The commands as text; those of the device proxy, and the SYNC after, left out."""
    names = Names()
    found: List[str] = []
    dropped = False
    for raw in raws:
        if is_of_device(raw) and raw[0] >> 32 == proxy:
            dropped = True
            continue
        if not (dropped and raw[0] & 0xFF == itscmd.SYNC):
            found.append(words(raw, names))
        dropped = False
    return found


def all_normal(found: Dict[str, List[Raw]]) -> Cases:
    """Of a whole record.

    The driver's own device, which stands for the doorbells, has the highest
    DeviceID. Which of its few events stands for which doorbell depends on all
    that came before, so its commands are not compared.
    """
    devices = {raw[0] >> 32 for raws in found.values() for raw in raws if is_of_device(raw)}
    proxy = max(devices) if len(devices) > 1 else -1
    return {name: normal(raws, proxy) for name, raws in found.items()}


def of_qemu(lines: Iterable[str]) -> Cases:
    """Commands by case; what comes before, between and after cases is left out."""
    found: Dict[str, List[Raw]] = {}
    case, spelled = "", b""
    for line in lines:
        mark = MARK.match(line)
        if mark:
            word = int(mark[1], 16).to_bytes(4, "little")
            spelled += word
            if 0 in word:
                case, spelled = spelled.split(b"\0")[0].decode("ascii", "replace"), b""
                if case:
                    found[case] = []
            continue
        match = QEMU.match(line)
        if not match or not case:
            continue
        if match[1] in ("SYNC", "VSYNC", "INVALL"):
            found[case].append((getattr(itscmd, match[1]), 0, 0, 0))
        else:
            found[case] += [command.raw for command in replay.parse([line])]
    return all_normal(found)


def without_setup(raws: List[Raw]) -> List[Raw]:
    """Without the driver's set-up of its collections, which QEMU saw at boot."""
    start = max((i + 1 for i, raw in enumerate(raws) if raw[0] & 0xFF == itscmd.MAPC), default=0)
    while start and start < len(raws) and raws[start][0] & 0xFF in (itscmd.SYNC, itscmd.INVALL):
        start += 1
    return raws[start:]


def of_model(lines: Iterable[str]) -> Cases:
    """The same from the kernel log of a run with TRACE=gicv4_model:gicv4_cmd."""
    found: Dict[str, List[Raw]] = {}
    commands: List[Raw] = []
    parameters: List[List[Raw]] = []
    for line in lines:
        if "gicv4_cmd:" in line:
            commands += [command.raw for command in replay.parse([line])]
            continue
        match = kernellog.RESULT.match(line.rstrip())
        if not match:
            continue
        depth = len(match["indent"]) // 4
        name = match["rest"].split("#")[0].strip(" -")
        if not found and not parameters:
            commands = without_setup(commands)
        if depth >= 2:
            parameters.append(commands)
        elif depth == 1:
            found.update({f"{name}[{i}]": raws for i, raws in enumerate(parameters, 1)})
            if not parameters:
                found[name] = commands
            parameters = []
        commands = []
    return all_normal(found)


def skipped(lines: Iterable[str]) -> Dict[str, str]:
    """Cases, or parameters of cases, that were skipped, and why."""
    found: Dict[str, str] = {}
    parameters: List[str] = []
    for line in lines:
        match = kernellog.RESULT.match(line.rstrip())
        if not match:
            continue
        depth = len(match["indent"]) // 4
        name, _, directive = match["rest"].partition("#")
        name, reason = name.strip(" -"), ""
        if directive.strip().upper().startswith("SKIP"):
            reason = directive.strip()[4:].strip() or "skipped"
        if depth >= 2:
            parameters.append(reason)
        elif depth == 1:
            found.update({f"{name}[{i}]": why for i, why in enumerate(parameters, 1) if why})
            if reason and not parameters:
                found[name] = reason
            parameters = []
    return found


class Entry(NamedTuple):
    """A difference that is allowed: a command on one side only.

    In case and command * and ? are wild; brackets are those of a parameter.
    """

    line: int
    case: str
    sign: str
    command: str
    reason: str

    def matches(self, case: str, difference: str) -> bool:
        return (
            fnmatch.fnmatchcase(case, self.case.replace("[", "[[]"))
            and difference[0] == self.sign
            and fnmatch.fnmatchcase(difference[1:], self.command)
        )


def entries(text: str) -> List[Entry]:
    """`case: -command  # reason`; - is the software machine's, + is QEMU's."""
    found: List[Entry] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"(\S+): ([-+])(.+?)\s+# (\S.*)", line)
        if not match:
            raise UserError(f"{ALLOWED.name}:{number}: not `case: -command  # reason`")
        found.append(Entry(number, match[1], match[2], match[3], match[4]))
    return found


class Result(NamedTuple):
    compared: int
    commands: int
    same: int  # cases without any difference
    differences: Dict[str, List[str]]  # by case, those that no entry allows
    used: Dict[int, int]  # how often each entry, by its line, occurred


def compare(model: Cases, qemu: Cases, allowed: Sequence[Entry]) -> Result:
    found: Dict[str, List[str]] = {}
    used = {entry.line: 0 for entry in allowed}
    same = commands = 0
    both = [case for case in qemu if case in model]
    for case in both:
        left, right = model[case], qemu[case]
        commands += len(right)
        same += left == right
        for line in difflib.unified_diff(left, right, n=0, lineterm=""):
            if line.startswith(("---", "+++", "@@")):
                continue
            for entry in allowed:
                if entry.matches(case, line):
                    used[entry.line] += 1
                    break
            else:
                found.setdefault(case, []).append(line)
    return Result(len(both), commands, same, found, used)
