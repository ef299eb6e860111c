# SPDX-License-Identifier: GPL-2.0
"""`make fixes`: show that each fix of the kernel is needed, and by which tests.

The kernel is booted without its fixes. The tests that patches/X.Y/fixes/shown-by
names must be red then, and no others. FIXES=each does it with one fix left out
at a time, which also shows that each of those tests is red for its own fix.
"""

import os
from typing import Dict, Iterable, List, NamedTuple, Sequence, Set, Tuple

from tools.common import paths, ui
from tools.common.ui import UserError
from tools.kernel import fixes, tree
from tools.kernel.fixes import Shown
from tools.testing.vgic import kbuild, kernellog, suites
from tools.testing.vgic.run import KUNITCONFIG, build_dir

EACH = "each"
TIMEOUT = 1200
LINES_SHOWN = 30


class Boot(NamedTuple):
    """One boot of a kernel with bugs."""

    glob: str
    ncpus: int
    alone: Tuple[Shown, ...] = ()  # the kernel may die of these


class Outcome(NamedTuple):
    """What all boots of one kernel said."""

    wrong: List[str]
    red: Dict[str, Set[str]]  # by fix, the tests that showed it
    ran: int


def boots_for(unfixed: Sequence[Shown]) -> List[Boot]:
    """All suites, with as few CPUs as will do; and alone what may kill the kernel.

    What kills a kernel with one CPU would hide the rest: then the rest has two.
    """
    needed = {shown.ncpus for shown in unfixed if shown.ncpus and not shown.crash}
    avoided = {shown.ncpus for shown in unfixed if shown.crash}
    ncpus = 1
    while ncpus in avoided:
        ncpus += 1
    boots = [Boot("", ncpus)]
    for number in sorted(needed - {ncpus}):
        globs = {glob for shown in unfixed if shown.ncpus == number for glob in shown.tests}
        boots += [Boot(glob, number) for glob in sorted(globs)]
    alone: Dict[Tuple[str, int], List[Shown]] = {}
    for shown in unfixed:
        for glob in shown.tests if shown.crash else ():
            alone.setdefault((glob, shown.ncpus or ncpus), []).append(shown)
    boots += [Boot(glob, number, tuple(those)) for (glob, number), those in alone.items()]
    return boots


def judge_whole(
    boot: Boot, states: Dict[str, str], splats: Iterable[str], unfixed: Sequence[Shown]
) -> List[str]:
    """A boot that must survive: what is wrong with its reds and greens."""
    wrong = [f"{boot.ncpus} CPUs: {splat}" for splat in splats]
    expected = [
        shown for shown in unfixed if not shown.crash and shown.ncpus in (0, boot.ncpus)
    ]
    for test, state in states.items():
        must = [shown.fix for shown in expected if shown.matches(test)]
        may = [shown.fix for shown in unfixed if shown.tolerates(test)]
        if state == "passed" and must:
            wrong.append(f"{test} is green without {', '.join(must)}")
        if state == "failed" and not may:
            wrong.append(f"{test} is red, and no fix that was left out says so")
    return wrong


def red_of(states: Dict[str, str], unfixed: Sequence[Shown]) -> Dict[str, Set[str]]:
    """By fix, the tests that show it."""
    failed = [test for test, state in states.items() if state == "failed"]
    return {shown.fix: {test for test in failed if shown.matches(test)} for shown in unfixed}


def show(kernel: tree.Tree, unfixed: Sequence[Shown]) -> Outcome:
    """Build a kernel without fixes, boot it, and compare with what is declared."""
    build = build_dir(kernel, paths.UML)
    with ui.stage("build") as stage:
        kbuild.build_uml(kernel.path, build, [KUNITCONFIG], stage)
    wrong: List[str] = []
    red: Dict[str, Set[str]] = {shown.fix: set() for shown in unfixed}
    ran = 0
    for boot in boots_for(unfixed):
        with ui.stage("suites") as stage:
            # What dies of a failed allocation has a boot of its own.
            spare = not boot.alone and any(shown.crash for shown in unfixed)
            extra = "alloc_fault.off=1" if spare else ""
            verdict = suites.run(
                kernel.path, build, boot.glob, boot.ncpus, extra, capture=True, timeout=TIMEOUT
            )
            lines = verdict.log.read_text(encoding="utf-8", errors="replace").splitlines()
            states = kernellog.cases(lines)
            found = red_of(states, unfixed)
            if boot.alone:
                died = [] if verdict.passed else verdict.reasons
                for shown in boot.alone:
                    found[shown.fix] |= {f"{boot.glob} (the kernel died)"} if died else set()
                    if not found[shown.fix]:
                        wrong.append(f"{boot.glob} is green without {shown.fix}")
            else:
                said = judge_whole(boot, states, verdict.reasons, unfixed)
                wrong += said + ([f"log: {paths.shown(verdict.log)}"] if said else [])
            for fix, tests in found.items():
                red[fix] |= tests
            count = sum(state == "failed" for state in states.values())
            ran += len(states)
            cpus = f"{boot.ncpus} CPU{'s' if boot.ncpus > 1 else ''}"
            died_said = ", died" if boot.alone and died else ""
            stage.say(f"{boot.glob or 'all'}, {cpus}: {len(states)} cases, {count} red{died_said}")
    for shown in unfixed:
        if shown.tests and not red[shown.fix]:
            wrong.append(f"{shown.fix}: no test that shows it was red")
    return Outcome(wrong, red, ran)


def table(known: Dict[str, str], lines: Sequence[Shown], red: Dict[str, Set[str]]) -> List[str]:
    """One row for each fix: how many tests are red without it, and which."""
    reasons = {shown.fix: shown.reason for shown in lines}
    rows = []
    for fix, name in known.items():
        if fix not in red:
            continue
        rows.append(f"{fix}  {name.split('/')[-1][5:-6]}")
        tests = sorted({test.split(".", 1)[-1] for test in red[fix]})
        for test in tests:
            copies = sum(found.split(".", 1)[-1] == test for found in red[fix])
            rows.append(f"        red: {test}" + (f", on {copies} machines" if copies > 1 else ""))
        if not tests and reasons.get(fix):
            rows.append(f"        no test: {reasons[fix]}")
    return rows


def plan(given: str, known: Iterable[str]) -> List[str]:
    """Which values of FIXES are to be gone through."""
    if given == EACH:
        return [f"-{fix}" for fix in known]
    if given in ("", "0"):
        return ["0"]
    if given == "1":
        raise UserError("FIXES=1 leaves nothing out: 0, each, or -0003 for make fixes")
    fixes.check(given)
    return [given]


def entry() -> int:
    kbuild.jobs()
    given = os.environ.get("FIXES", "")
    if given != EACH:
        plan(given, [])
    kver, kdir = os.environ.get("KVER", ""), os.environ.get("KDIR", "")
    first = "0" if given == EACH else plan(given, [])[0]
    kernel = tree.prepare(kver, kdir, wanted_fixes=first)
    patches = paths.PATCHES / kernel.series
    known, lines = fixes.of_series(patches), fixes.shown_by(patches)
    wrong: List[str] = []
    red: Dict[str, Set[str]] = {}
    for wanted in plan(given, known):
        if wanted != first:
            kernel = tree.prepare(kver, kdir, wanted_fixes=wanted)
        unwanted = fixes.left_out(wanted, patches)
        with paths.lock(paths.BUILD / ".lock-uml"):
            outcome = show(kernel, [shown for shown in lines if shown.fix in unwanted])
        wrong += [f"FIXES={wanted}: {said}" for said in outcome.wrong]
        for fix, tests in outcome.red.items():
            if given != EACH or wanted == f"-{fix}":
                red[fix] = tests
    report = table(known, lines, red)
    (paths.LOGS / "fixes.txt").write_text("\n".join(report + wrong) + "\n", encoding="utf-8")
    for line in report:
        ui.say(line)
    for line in wrong[:LINES_SHOWN]:
        ui.say(ui.red("failed: ") + line)
    if wrong:
        more = f"... and {len(wrong) - LINES_SHOWN} more; " if len(wrong) > LINES_SHOWN else ""
        ui.say(f"{more}log: {paths.shown(paths.LOGS / 'fixes.txt')}")
    shown_fixes = sum(bool(tests) for tests in red.values())
    ui.say(f"{len(red)} fixes left out, {shown_fixes} shown by red tests, {len(wrong)} surprises")
    return 1 if wrong or not shown_fixes else 0


if __name__ == "__main__":
    ui.main(entry)
