# SPDX-License-Identifier: GPL-2.0
"""Random tests in the kernel, boot after boot: what `make stress` and `make fuzz-ioctl` share.

A case that is driven by a seed prints one line for each run, `<word>: seed <n>, ...: <count>
<number>, <count> <number>`. Here the counts are summed up, and the first failure ends it all.
"""

import os
import re
import time
from collections import Counter
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Sequence, Tuple

from tools.common import paths, ui
from tools.common.ui import Stage, UserError
from tools.kernel import tree
from tools.testing.vgic import kbuild, suites
from tools.testing.vgic.run import KUNITCONFIG

BOOT_TIMEOUT = 3600
LINES_SHOWN = 60
SUITE_START = re.compile(r"# Subtest: vgic_\w+?(?:-(?P<machine>\w+(?:-\w+)*))?$")


class Case(NamedTuple):
    """What one boot runs, on all machines or one."""

    suite: str
    name: str
    word: str  # its lines begin with it


class Tally:
    """What the runs of all boots did."""

    def __init__(self) -> None:
        self.runs = 0
        self.counts: Counter[str] = Counter()
        self.by_machine: Counter[str] = Counter()

    def add(self, word: str, lines: Iterable[str]) -> int:
        """Read a kernel log. Return: the runs that it has."""
        line_of = re.compile(rf"{word}: seed (?P<seed>\d+)[^:]*: (?P<counts>.*)$")
        machine, before = "", self.runs
        for line in lines:
            start = SUITE_START.search(line)
            if start:
                machine = (start["machine"] or "v4.0").replace("_", ".")
            match = line_of.search(line)
            if not match:
                continue
            self.runs += 1
            self.by_machine[machine] += 1
            for name, number in re.findall(r"(\w+) (\d+)(?=,|$)", match["counts"]):
                self.counts[name] += int(number)
        return self.runs - before

    def table(self) -> List[str]:
        machines = ", ".join(f"{name} {n}" for name, n in sorted(self.by_machine.items()))
        width = max((len(name) for name in self.counts), default=0)
        return [f"runs by machine: {machines}"] + [
            f"{name:<{width}} {number:>12}" for name, number in self.counts.items()
        ]


def machine_glob(case: Case) -> str:
    """The glob of a case, on the machine that MACHINE names or on all."""
    machine = os.environ.get("MACHINE", "")
    if not re.fullmatch(r"[\w.-]*", machine):
        raise UserError(f"MACHINE={machine}: a machine of the catalogue, such as v4.0-late")
    suffix = "*" if not machine else "" if machine == "v4.0" else "-" + machine.replace(".", "_")
    return f"{case.suite}{suffix}.{case.name}"


def failures(log: Path) -> List[str]:
    """What a kernel log says of its first failure, up to the end of that run."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    found: List[str] = []
    for line in lines:
        if not found and "EXPECTATION FAILED" not in line and "ASSERTION FAILED" not in line:
            continue
        found.append(re.sub(r"^\[ *[\d.]+\] ", "", line))
        if re.search(r"\bnot ok\b", line):
            break
    return found


class Soak:
    """Boots of one kernel."""

    def __init__(self, kernel: tree.Tree, build: Path, stage: Stage) -> None:
        self.kernel = kernel
        self.build = build
        self.stage = stage
        self.tally = Tally()
        self.started = time.monotonic()
        self.boots = 0
        self.seconds: Dict[int, float] = {}
        self.failed = False

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def boot(self, case: Case, ncpus: int, parameters: Dict[str, int], again: str) -> bool:
        """Boot once, sum up. Return: all passed."""
        extra = " ".join(f"{case.suite}.{name}={value}" for name, value in parameters.items())
        # KUnit's own limit is for one run of a case, and means seconds
        verdict = suites.run(
            self.kernel.path,
            self.build,
            machine_glob(case),
            ncpus,
            f"{extra} kunit.timeout={BOOT_TIMEOUT}",
            capture=True,
            timeout=BOOT_TIMEOUT,
        )
        self.boots += 1
        self.seconds[ncpus] = self.seconds.get(ncpus, 0.0) + verdict.seconds
        lines = verdict.log.read_text(encoding="utf-8", errors="replace").splitlines()
        runs = self.tally.add(case.word, lines)
        reasons = list(verdict.reasons)
        if ncpus > 1 and not any(f" {ncpus} CPUs, " in line for line in lines):
            reasons.append(f"the kernel had no {ncpus} CPUs")
        if verdict.passed and not runs:
            reasons.append(f"no line of {case.word}: in the log")
        self.stage.progress(
            f"{self.tally.runs} runs in {self.boots} boots, {ncpus} CPUs, "
            f"seed {parameters['seed']}"
        )
        if verdict.passed and not reasons:
            return True
        self.failed = True
        ui.say(ui.red(f"failed: {machine_glob(case)}, {ncpus} CPUs, {extra}"))
        for line in (reasons + failures(verdict.log))[:LINES_SHOWN]:
            ui.say("  " + line)
        ui.say(f"again: {again}")
        ui.say(f"kernel log: {paths.shown(verdict.log)}")
        return False

    def summary(self) -> str:
        return f"{self.tally.runs} runs in {self.boots} boots"

    def report(self) -> None:
        for line in self.tally.table():
            ui.say("  " + line)
        times = ", ".join(f"{n} CPUs {s:.0f} s" for n, s in sorted(self.seconds.items()))
        ui.say(f"  time of boots: {times}")


def prepare(build: Path, fragments: Sequence[Path] = ()) -> tree.Tree:
    """The tree, built."""
    kbuild.jobs()
    kernel = tree.prepare(os.environ.get("KVER", ""), os.environ.get("KDIR", ""))
    with ui.stage("build") as stage:
        kbuild.build_uml(kernel.path, build, [KUNITCONFIG, *fragments], stage)
    return kernel


def shares(total: int, weights: Dict[int, int]) -> List[Tuple[int, int]]:
    """Split a number by weights, rounding up."""
    whole = sum(weights.values())
    return [(key, -(-total * weight // whole)) for key, weight in weights.items()]
