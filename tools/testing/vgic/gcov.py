# SPDX-License-Identifier: GPL-2.0
"""What gcov counted: executed lines, branches and functions of each source file."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Tuple

from tools.common.ui import UserError

# A closing brace that no instruction ends up in says nothing about a test.
NO_CODE = set("{}; \t")


class Share(NamedTuple):
    """So many of so many."""

    reached: int
    total: int

    @property
    def percent(self) -> float:
        return 100.0 * self.reached / self.total if self.total else 100.0


class Function(NamedTuple):
    name: str
    first: int  # line
    last: int
    count: int


class Source:
    """Counts of one source file, summed over the objects that it is compiled into."""

    def __init__(self) -> None:
        self.lines: Dict[int, int] = {}
        self.branches: Dict[Tuple[int, str], List[int]] = {}
        self.functions: Dict[str, Function] = {}

    def add(self, report: Dict[str, Any]) -> None:
        """A file's part of gcov's report about one object."""
        for line in report["lines"]:
            number = line["line_number"]
            self.lines[number] = self.lines.get(number, 0) + line["count"]
            counts = [branch["count"] for branch in line["branches"]]
            place = (number, line.get("function_name", ""))
            known = self.branches.get(place, [])
            if len(known) == len(counts):
                counts = [one + other for one, other in zip(known, counts)]
            if counts:
                self.branches[place] = counts
        for entry in report["functions"]:
            name = entry["name"]
            count = entry["execution_count"]
            if name in self.functions:
                count += self.functions[name].count
            self.functions[name] = Function(name, entry["start_line"], entry["end_line"], count)

    def drop_blank(self, text: str) -> None:
        """Forget lines without code that were not executed, as gcovr does."""
        code = text.splitlines()
        for number in [n for n, count in self.lines.items() if not count]:
            if number > len(code) or not set(code[number - 1]) - NO_CODE:
                del self.lines[number]

    def line_share(self) -> Share:
        return Share(sum(count > 0 for count in self.lines.values()), len(self.lines))

    def branch_share(self) -> Share:
        counts = [count for place in self.branches.values() for count in place]
        return Share(sum(count > 0 for count in counts), len(counts))

    def function_share(self, without: Iterable[str] = ()) -> Share:
        left_out = set(without)
        counted = [f for f in self.functions.values() if f.name not in left_out]
        return Share(sum(f.count > 0 for f in counted), len(counted))

    def missed_functions(self) -> List[str]:
        missed = [f for f in self.functions.values() if not f.count]
        return [f.name for f in sorted(missed, key=lambda f: f.first)]

    def function_at(self, number: int) -> Function:
        """The function that a line is in: the innermost, if an inline one was expanded."""
        around = [f for f in self.functions.values() if f.first <= number <= f.last]
        before = [f for f in self.functions.values() if f.first <= number]
        if not around and not before:
            return Function("", 0, 0, 0)
        return max(around or before, key=lambda f: f.first)

    def missed_lines(self) -> Dict[str, List[int]]:
        """By function, lines never executed, counted from the function's first one."""
        missed: Dict[str, List[int]] = {}
        for number in sorted(number for number, count in self.lines.items() if not count):
            function = self.function_at(number)
            missed.setdefault(function.name, []).append(number - function.first)
        return missed


def read(reports: Iterable[Dict[str, Any]], tree: Path) -> Dict[str, Source]:
    """gcov's reports, one per object. Return: by path in the tree."""
    sources: Dict[str, Source] = {}
    root = os.path.realpath(tree)
    for report in reports:
        for part in report["files"]:
            path = os.path.join(report["current_working_directory"], part["file"])
            name = os.path.relpath(os.path.realpath(path), root)
            if not name.startswith(".."):
                sources.setdefault(name, Source()).add(part)
    return sources


def data_files(build: Path) -> List[Path]:
    return sorted((build / "arch").rglob("*.gcda"))


def collect(build: Path, tree: Path) -> Dict[str, Source]:
    """Have gcov read what the kernels left in a build directory."""
    reports: List[Dict[str, Any]] = []
    for data in data_files(build):
        done = subprocess.run(
            ["gcov", "--json-format", "--stdout", "--branch-probabilities", str(data)],
            cwd=build,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            check=False,
        )
        if done.returncode:
            raise UserError(f"gcov cannot read {data}: {done.stderr.strip()}")
        reports += [json.loads(line) for line in done.stdout.splitlines() if line]
    sources = read(reports, tree)
    for name, source in sources.items():
        path = tree / name
        if path.is_file():
            source.drop_blank(path.read_text(encoding="utf-8", errors="replace"))
    return sources
