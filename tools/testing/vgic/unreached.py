# SPDX-License-Identifier: GPL-2.0
"""What no suite executes, and why: the list, and how it is compared with what was counted.

The list has a section for each source file and a line for each gap in it:

    [drivers/irqchip/irq-gic-v4.c]
    its_alloc_vcpu_sgis:14-16,30    counted   a reason

names lines of a function, counted from its first one, and

    [arch/arm64/kvm/vgic/vgic-its.c]
    vgic_its_has_attr               counted   a reason
    *                               foreign   a reason

a function that is never called, or a whole file of them. A word says what the gap is:

    foreign     a GICv4 machine with device tree has no use for it: not counted against the target
    counted     it has, and nothing executes it
    timing      executed in some runs only
"""

import re
from pathlib import Path
from typing import Dict, List, NamedTuple, Set

from tools.common.ui import UserError
from tools.testing.vgic.gcov import Source

KINDS = ("foreign", "counted", "timing")
SECTION = re.compile(r"\[(\S+)\]")
ENTRY = re.compile(
    r"(?P<name>[\w.]+|\*)(?::(?P<lines>\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*))?\s+"
    r"(?P<kind>\w+)\s+(?P<reason>\S.*)"
)


class Gap(NamedTuple):
    name: str  # of a function; * for all
    lines: Set[int]  # empty: never called
    kind: str
    reason: str
    number: int  # in the list

    def __str__(self) -> str:
        return self.name + (f":{spans(self.lines)}" if self.lines else "")


def spans(numbers: Set[int]) -> str:
    """1-3,7 for {1, 2, 3, 7}."""
    found: List[List[int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(f"{a}-{b}" if a != b else str(a) for a, b in found)


def parse_spans(text: str) -> Set[int]:
    numbers: Set[int] = set()
    for span in text.split(",") if text else []:
        first, _, last = span.partition("-")
        numbers.update(range(int(first), int(last or first) + 1))
    return numbers


def parse(text: str, where: str) -> Dict[str, List[Gap]]:
    """The list. Return: gaps by source file."""
    gaps: Dict[str, List[Gap]] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        head = SECTION.fullmatch(line)
        if head:
            section = head[1]
            gaps.setdefault(section, [])
            continue
        entry = ENTRY.fullmatch(line)
        if not entry or not section or entry["kind"] not in KINDS:
            raise UserError(
                f"{where}:{number}: expected [file], or function[:lines], one of "
                f"{', '.join(KINDS)}, and a reason: {line}"
            )
        lines = parse_spans(entry["lines"] or "")
        gaps[section].append(Gap(entry["name"], lines, entry["kind"], entry["reason"], number))
    return gaps


def load(path: Path) -> Dict[str, List[Gap]]:
    return parse(path.read_text(encoding="utf-8"), path.name)


def foreign(gaps: List[Gap], source: Source) -> Set[str]:
    """Functions that do not count against a target."""
    found: Set[str] = set()
    for gap in gaps:
        if gap.kind == "foreign" and not gap.lines:
            found.update(source.functions if gap.name == "*" else [gap.name])
    return found


def stale(gaps: List[Gap], source: Source) -> List[str]:
    """What is in the list and is executed, or does not exist."""
    said: List[str] = []
    missed = source.missed_lines()
    for gap in gaps:
        prefix = f"line {gap.number} of the list, {gap}: "
        if gap.name == "*":
            called = [f.name for f in source.functions.values() if f.count]
            if called and gap.kind != "timing":
                said.append(f"{prefix}{called[0]} is called")
            continue
        function = source.functions.get(gap.name)
        if function is None:
            said.append(f"{prefix}no such function")
        elif gap.kind == "timing":
            continue
        elif not gap.lines and function.count:
            said.append(f"{prefix}it is called")
        else:
            executed = gap.lines - set(missed.get(gap.name, []))
            if executed:
                said.append(f"{prefix}not a gap: {spans(executed)}")
    return said


def unexplained(gaps: List[Gap], source: Source, by_line: bool) -> List[str]:
    """Functions never called that are not in the list; by_line: lines of the others, too."""
    whole = {gap.name for gap in gaps if not gap.lines}
    if "*" in whole:
        return []
    said = [f"{name}: never called" for name in source.missed_functions() if name not in whole]
    if not by_line:
        return said
    listed: Dict[str, Set[int]] = {}
    for gap in gaps:
        listed.setdefault(gap.name, set()).update(gap.lines)
    for name, lines in source.missed_lines().items():
        function = source.functions.get(name)
        if name in whole or (function and not function.count):
            continue
        left = set(lines) - listed.get(name, set())
        if left:
            said.append(f"{name}:{spans(left)}: never executed")
    return said
