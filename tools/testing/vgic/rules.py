# SPDX-License-Identifier: GPL-2.0
"""`make rules`: the rules that the software GICv4 checks, and what proves each.

Read from the sources, so nothing has to be built. A test proves a rule if it
expects its breach: by name, or as the parameter of a case that expects the
breach of its parameter.
"""

import os
import re
import shutil
import textwrap
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Sequence, Set

from tools.common import paths, ui

RULES = paths.REPO / "include/linux/irqchip/gicv4-rules.h"
TESTS = paths.REPO / "drivers/irqchip/gicv4-model/tests"
HEADINGS = ("Rule", "Broken when", "Section", "Proven by")
MIN_WIDTH = 100

STRING = r'"(?:[^"\\]|\\.)*"'
STRINGS = rf"({STRING}(?:\s*{STRING})*)"
RULE = re.compile(rf"^GICV4_RULE\((\w+),\s*{STRINGS},\s*{STRINGS}\)", re.M)
NAMED = re.compile(r"\bGICV4_RULE_(\w+)")
FUNCTION = re.compile(r"^(?!struct\b.*=)[a-z][\w \t*]*?\b(\w+)\([^;{}]*\)\n\{\n(.*?)^\}", re.M | re.S)
ARRAY = re.compile(r"^(?:static )?(?:const )?struct \w+ (\w+)\[\] = \{\n(.*?)^\};", re.M | re.S)
# An array in a structure's definition: static const struct x { ... } array[] = {
ARRAY_TYPED = re.compile(r"^\} (\w+)\[\] = \{\n(.*?)^\};", re.M | re.S)
GENERATOR = re.compile(r"\bKUNIT_ARRAY_PARAM(_DESC)?\((\w+), (\w+),")
CASE = re.compile(r"\bKUNIT_CASE(?:_SLOW|_PARAM(?:_ATTR)?|_ATTR)?\((\w+)(?:, (\w+))?")
SUITE = re.compile(r'\.name\s*=\s*"(\w+)",(?:(?!^\};).)*?\.test_cases\s*=\s*(\w+)', re.M | re.S)


class Rule(NamedTuple):
    name: str
    text: str
    section: str


def literal(strings: str) -> str:
    """What C makes of adjacent string literals."""
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', strings)).replace('\\"', '"')


def rules(header: str) -> List[Rule]:
    return [Rule(name, literal(text), literal(ref)) for name, text, ref in RULE.findall(header)]


def uncommented(source: str) -> str:
    """Without comments: what is commented out proves nothing."""
    return re.sub(r"/\*.*?\*/", "", source, flags=re.S)


def parameters(entries: str, described: bool) -> Dict[str, List[str]]:
    """Rules in an array of parameters, and the names of the parameters."""
    found: Dict[str, List[str]] = {}
    for entry in re.findall(r"\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}", entries):
        text = re.search(STRING, entry)
        for rule in NAMED.findall(entry)[:1]:
            found.setdefault(rule, []).append(literal(text[0]) if described and text else rule)
    return found


class Proofs:
    """Which case, as suite.case[parameter], expects the breach of which rule."""

    def __init__(self, sources: Iterable[str]) -> None:
        self.bodies: Dict[str, str] = {}
        self.suites: Dict[str, str] = {}  # by name of the array of cases
        self.cases: List[tuple] = []  # suite's array, function, generator
        self.parameters: Dict[str, Dict[str, List[str]]] = {}  # by generator
        for source in map(uncommented, sources):
            self.read(source)

    def read(self, source: str) -> None:
        self.bodies.update(FUNCTION.findall(source))
        self.suites.update({array: suite for suite, array in SUITE.findall(source)})
        arrays = dict(ARRAY.findall(source) + ARRAY_TYPED.findall(source))
        for described, name, array in GENERATOR.findall(source):
            self.parameters[f"{name}_gen_params"] = parameters(
                arrays.get(array, ""), bool(described)
            )
        for array, entries in arrays.items():
            for function, generator in CASE.findall(entries):
                self.cases.append((array, function, generator))

    def reached(self, function: str) -> str:
        """The code of a function and of what it calls."""
        seen: Set[str] = set()
        todo = [function]
        while todo:
            name = todo.pop()
            if name in seen or name not in self.bodies:
                continue
            seen.add(name)
            todo += re.findall(r"\b\w+(?=\()", self.bodies[name])
        return "\n".join(self.bodies[name] for name in sorted(seen))

    def of_rules(self) -> Dict[str, List[str]]:
        found: Dict[str, List[str]] = {}
        for array, function, generator in self.cases:
            if array not in self.suites:
                continue
            case = f"{self.suites[array]}.{function}"
            code = self.reached(function)
            expected = re.findall(r"\bgicv4_expect_breach\(\s*\w+,\s*([^;]*?)\);", code, re.S)
            for rule in sorted(set(NAMED.findall(" ".join(expected)))):
                found.setdefault(rule, []).append(case)
            if any("->rule" in argument or ".rule" in argument for argument in expected):
                for rule, names in self.parameters.get(generator, {}).items():
                    found.setdefault(rule, []).extend(f"{case}[{name}]" for name in names)
        return found


def table(found: Sequence[Rule], proofs: Dict[str, List[str]], width: int) -> List[str]:
    """Columns that fit into the width; what does not fit goes on below."""
    width = max(width, MIN_WIDTH)
    first = max([len(rule.name) for rule in found] + [len(HEADINGS[0])])
    rest = width - first - 6
    widths = [first, rest * 35 // 100, rest * 25 // 100, rest - rest * 35 // 100 - rest * 25 // 100]
    lines = [row_of([[heading] for heading in HEADINGS], widths)[0]]
    lines.append("  ".join("-" * column for column in widths))
    for rule in found:
        cells = [[rule.name]]
        cells += [textwrap.wrap(text, column) for text, column in zip(rule[1:], widths[1:])]
        tests = proofs.get(rule.name, ["NO TEST"])
        cells.append([part for test in tests for part in broken(test, widths[3])])
        lines += row_of(cells, widths)
    return lines


def broken(test: str, width: int) -> List[str]:
    """A name that is too long goes on after a dot, before a bracket, else after a _."""
    parts = re.findall(r"[^.\[]+\.?|\[[^\]]*\]", test)
    if max(map(len, parts)) > width - 2:
        parts = re.findall(r"[^._\[]+[._]?|\[[^\]]*\]", test)
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("  ")
        lines[-1] += part
    return lines


def row_of(cells: Sequence[Sequence[str]], widths: Sequence[int]) -> List[str]:
    height = max(len(cell) for cell in cells)
    return [
        "  ".join(
            (cell[line] if line < len(cell) else "").ljust(width)
            for cell, width in zip(cells, widths)
        ).rstrip()
        for line in range(height)
    ]


def markdown(found: Sequence[Rule], proofs: Dict[str, List[str]]) -> List[str]:
    lines = [f"| {' | '.join(HEADINGS)} |", "| --- | --- | --- | --- |"]
    for rule in found:
        tests = "<br>".join(f"`{test}`" for test in proofs.get(rule.name, [])) or "**no test**"
        cells = [f"`{rule.name}`", rule.text.replace("<", "&lt;"), rule.section, tests]
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return lines


def read(header: Path = RULES, tests: Path = TESTS) -> tuple:
    """The rules, and the tests that prove each."""
    sources = [path.read_text(encoding="utf-8") for path in sorted(tests.glob("*.c"))]
    return rules(header.read_text(encoding="utf-8")), Proofs(sources).of_rules()


def unproven(found: Sequence[Rule], proofs: Dict[str, List[str]]) -> List[str]:
    return [rule.name for rule in found if not proofs.get(rule.name)]


def entry() -> int:
    wanted = os.environ.get("FORMAT", "")
    if wanted not in ("", "text", "markdown"):
        raise ui.UserError(f"FORMAT={wanted}: text or markdown")
    found, proofs = read()
    if not found:
        raise ui.UserError(f"{paths.shown(RULES)} has no rules")
    width = shutil.get_terminal_size(fallback=(160, 24)).columns
    lines = markdown(found, proofs) if wanted == "markdown" else table(found, proofs, width)
    for line in lines:
        ui.say(line)
    missing = unproven(found, proofs)
    if wanted != "markdown":
        ui.say(f"\n{len(found)} rules, {len(found) - len(missing)} proven by a test")
    for name in missing:
        ui.warn(f"no test expects the breach of {name}")
    return 1 if missing else 0


if __name__ == "__main__":
    ui.main(entry)
