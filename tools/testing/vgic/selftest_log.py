# SPDX-License-Identifier: GPL-2.0
"""What a boot of `make qemu-selftest` said: programs, their cases, the ITS's commands.

The init prints a line before and after each program. One that speaks KTAP has
a result for each case; any other is one case by its exit code.
"""

import re
from collections import Counter
from typing import Dict, Iterable, List, NamedTuple, Optional, Tuple

RUN = re.compile(r"^init: run (?P<path>\S+)")
END = re.compile(r"^init: (?P<how>exit|killed) (?P<path>\S+) (?P<code>\d+)")
DONE = re.compile(r"^init: done")
RESULT = re.compile(r"^(?P<state>ok|not ok) \d+ (?P<name>[^#]*?)\s*(?:# (?P<note>.*))?$")
FORWARDED = re.compile(
    r"# its: device (?P<device>0x\w+) event (?P<event>0x\w+|0) vINTID (?P<vintid>0x\w+) INT (?P<ints>\d+)"
)
TRACED = re.compile(
    r"command (?P<name>\w+) DeviceID 0x(?P<device>\w+) EventID 0x(?P<event>\w+)"
    r"(?:.* vINTID 0x(?P<vintid>\w+))?"
)
MOVED = re.compile(r"\bits: VMOVP (\d+)")
SKIP = 4  # kselftest's exit code


class Case(NamedTuple):
    """One case, as program.case."""

    name: str
    state: str  # passed, failed or skipped
    note: str


def short(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def by_exit(program: str, how: str, code: int) -> Case:
    state = "skipped" if code == SKIP else "failed" if code or how == "killed" else "passed"
    return Case(program, state, "" if state == "passed" else f"{how} {code}")


def cases(lines: Iterable[str]) -> Tuple[List[Case], bool]:
    """All cases, and whether the init came to its end."""
    found: List[Case] = []
    running: Optional[str] = None
    inside: List[Case] = []
    done = False
    for line in lines:
        line = line.rstrip()
        if match := RUN.match(line):
            running, inside = short(match["path"]), []
        elif running and (match := RESULT.match(line)):
            note = match["note"] or ""
            skipped = note.upper().startswith("SKIP")
            state = "skipped" if skipped else "passed" if match["state"] == "ok" else "failed"
            inside.append(Case(f"{running}.{match['name']}", state, note))
        elif running and (match := END.match(line)):
            whole = by_exit(running, match["how"], int(match["code"]))
            if inside and whole.state == "failed" and not any(c.state == "failed" for c in inside):
                inside.append(whole)
            found += inside or [whole]
            running = None
        done = done or bool(DONE.match(line))
    if running:
        found += inside + [Case(running, "failed", "did not end")]
    return found, done


def commands_missing(lines: Iterable[str], trace: Iterable[str]) -> List[str]:
    """Events that were forwarded and triggered, and the ITS has not heard of it."""
    vmapti = set()
    ints: Dict[Tuple[int, int], int] = Counter()
    vmovp = 0
    for line in trace:
        vmovp += "command VMOVP " in line
        match = TRACED.search(line)
        if not match:
            continue
        event = (int(match["device"], 16), int(match["event"], 16))
        if match["vintid"]:
            vmapti.add((*event, int(match["vintid"], 16)))
        elif match["name"] == "INT":
            ints[event] += 1
    missing = []
    wanted: Dict[Tuple[int, int], int] = Counter()
    seen = moves = 0
    for line in lines:
        if match := MOVED.search(line):
            moves += int(match[1])
        match = FORWARDED.search(line)
        if not match:
            continue
        seen += 1
        event = (int(match["device"], 16), int(match["event"], 16))
        wanted[event] += int(match["ints"])
        if (*event, int(match["vintid"], 16)) not in vmapti:
            missing.append("no VMAPTI: " + line.strip().lstrip("# "))
    for (device, number), count in wanted.items():
        if ints[device, number] < count:
            missing.append(
                f"device {device:#x} event {number:#x}: {count} times triggered, "
                f"{ints[device, number]} INT"
            )
    if vmovp < moves:
        missing.append(f"{moves} vPEs moved at least, {vmovp} VMOVP")
    if not seen:
        missing.append("no test said that it forwarded an event")
    return missing
