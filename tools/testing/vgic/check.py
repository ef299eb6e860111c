# SPDX-License-Identifier: GPL-2.0
"""`make check`: everything that must hold, the quickest answers first."""

import os
import shutil
from pathlib import Path
from typing import Callable, Dict, List, Sequence, Tuple

from tools.common import paths, ui
from tools.common.ui import Stage, UserError
from tools.kernel import tree
from tools.testing.vgic import arm64, fuzz, kbuild, kernellog, lint, suites
from tools.testing.vgic.run import KUNITCONFIG, TRACING_CONFIG

DEBUG_CONFIG = paths.REPO / "tools/testing/kunit/configs/debug.config"
# lockdep and KASAN make a run several times slower.
DEBUG_TIMEOUT = 1800
# So it boots on the machines that differ most; the plain kernel has run on all.
DEBUG_MACHINES = ("v3.0", "v4.0-2its", "v4.1")
LINES_SHOWN = 40
# Beyond that, a boot for each of them takes longer than all cases in one.
MANY_CASES = 4
# All that the tracing build is for; the other suites have run in the plain one.
TRACING_SUITES = "gicv4_model_trace*"


class Check:
    """Counts, and what is said at the end about each failure."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0
        self.skipped = 0

    def add(self, name: str, counts: kernellog.Counts, details: Sequence[str], log: Path) -> None:
        """One stage's result; details are printed when something failed."""
        self.passed += counts.passed
        self.failed += counts.failed
        self.skipped += counts.skipped
        if not counts.failed:
            return
        ui.say(ui.red(f"{name} failed:"))
        for line in list(details)[:LINES_SHOWN]:
            ui.say("  " + line)
        if len(details) > LINES_SHOWN:
            ui.say(f"  ... and {len(details) - LINES_SHOWN} lines more")
        ui.say(f"  log: {paths.shown(log)}")

    def broken(self, name: str, error: Exception) -> None:
        """A stage that could not be run is one failure."""
        self.failed += 1
        ui.say(ui.red(f"{name} failed: ") + str(error))

    def lint(self, name: str, work: Callable[[Stage], lint.Result], log: Path) -> None:
        try:
            with ui.stage(name) as stage:
                result = work(stage)
                stage.say(items(result.passed, len(result.failed)))
        except (UserError, OSError) as error:
            self.broken(name, error)
            return
        details: List[str] = []
        for item, said in result.failed.items():
            details += [item] if not said else said
        if details and not log.exists():
            log.parent.mkdir(parents=True, exist_ok=True)
        if details and log.name.startswith("lint-"):
            log.write_text("\n".join(details) + "\n")
        self.add(name, kernellog.Counts(result.passed, len(result.failed), 0), details, log)

    def boot(
        self, name: str, kernel: tree.Tree, build: Path, glob: str, ncpus: int
    ) -> Dict[str, int]:
        """Boot once. A splat or a crash is a failure of its own.

        Return: the cases that skipped because they need more CPUs.
        """
        shown = f"{name}, {ncpus} CPU{'s' if ncpus > 1 else ''}: {glob or 'all'}"
        debug = build == paths.UML_DEBUG
        timeout = DEBUG_TIMEOUT if debug else suites.DEFAULT_TIMEOUT
        extra = f"um_vgic.machines={','.join(DEBUG_MACHINES)}" if debug else ""
        with ui.stage("suites") as stage:
            verdict = suites.run(
                kernel.path, build, glob, ncpus, extra, capture=True, timeout=timeout
            )
            needy = kernellog.needing_cpus(verdict.log.read_text(errors="replace").splitlines())
            reasons = list(verdict.reasons)
            if ncpus > 1:
                reasons += [f"{case} skipped with {ncpus} CPUs too" for case in needy]
            counts = verdict.counts._replace(failed=verdict.counts.failed + len(reasons))
            skipped = f", {counts.skipped} skipped" if counts.skipped else ""
            stage.say(f"{shown}: {items(counts.passed, counts.failed)}{skipped}")
        self.add(shown, counts, reasons + failures(verdict.output), verdict.log)
        return needy

    def uml(
        self,
        name: str,
        kernel: tree.Tree,
        build: Path,
        fragments: Sequence[Path],
        suites_glob: str = "",
    ) -> None:
        """Build one UML kernel; boot it with one CPU, then for what needs more."""
        try:
            with ui.stage("build") as stage:
                kbuild.build_uml(kernel.path, build, fragments, stage)
        except UserError as error:
            self.broken(f"{name}: build", error)
            return
        needy = self.boot(name, kernel, build, suites_glob, 1)
        for glob, ncpus in boots_for(needy):
            self.boot(name, kernel, build, glob, ncpus)

    def verdict(self) -> int:
        if self.skipped:
            ui.say(f"{self.skipped} skipped")
        ui.say(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def items(passed: int, failed: int) -> str:
    return f"{passed} passed" + (ui.red(f", {failed} failed") if failed else "")


def failures(output: str) -> List[str]:
    """kunit.py's account of what failed, without its stamps and rulers."""
    return [line for line in output.splitlines() if line.strip() and "====" not in line]


def boots_for(needy: Dict[str, int]) -> List[Tuple[str, int]]:
    """Boots for cases in need: few, and of few cases, as two CPUs make each one slow.

    A suite `x` has a copy `x-<machine>` for each machine. A suite with several cases in
    need runs as a whole. Its copies run those cases only, one boot for each; or as a
    whole, too, if there are many of them.
    """
    families: Dict[str, List[str]] = {}
    for name in needy:
        families.setdefault(name.split(".")[0].split("-")[0], []).append(name)
    boots: List[Tuple[str, int]] = []
    for family, names in families.items():
        ncpus = max(needy[name] for name in names)
        suites_of = sorted({name.split(".")[0] for name in names})
        cases = sorted({name.split(".")[1] for name in names})
        if len(suites_of) == 1:
            globs = [suites_of[0] if len(cases) > 1 else f"{suites_of[0]}.{cases[0]}"]
        elif len(cases) == 1:
            globs = [f"{family}*.{cases[0]}"]
        elif len(cases) > MANY_CASES:
            globs = [f"{family}*"]
        else:
            globs = [family] if family in suites_of else []
            globs += [f"{family}-*.{case}" for case in cases]
        boots += [(glob, ncpus) for glob in globs]
    return boots


def entry() -> int:
    kbuild.jobs()
    check = Check()
    try:
        kernel = tree.prepare(os.environ.get("KVER", ""), os.environ.get("KDIR", ""))
    except UserError as error:
        check.broken("kernel tree", error)
        return check.verdict()
    logs = paths.LOGS
    with paths.lock(paths.BUILD / ".lock-uml"):
        check.uml("UML", kernel, paths.UML, [KUNITCONFIG])
        logs.mkdir(parents=True, exist_ok=True)
        check.lint("fuzz", lambda stage: fuzz.smoke(kernel, stage), logs / "lint-fuzz.log")
        unit = logs / "unittest.log"
        check.lint("unittest", lambda stage: lint.unit_tests(unit), unit)
        check.lint("shellcheck", lint.shellcheck, logs / "lint-shellcheck.log")
        check.lint(
            "checkpatch",
            lambda stage: lint.checkpatch(kernel.path, kernel.series, stage),
            logs / "lint-checkpatch.log",
        )
        check.lint(
            "kernel-doc",
            lambda stage: lint.kernel_doc(kernel.path, stage),
            logs / "lint-kernel-doc.log",
        )
        check.lint(
            "W=1 C=1",
            # With tracing, so that what only it has is compiled, too.
            lambda stage: lint.compile_ours(kernel.path, [KUNITCONFIG, TRACING_CONFIG], stage),
            logs / f"build-{paths.UML_LINT.name}.log",
        )
        if shutil.which(f"{arm64.CROSS}gcc"):
            check.lint(
                "arm64",
                lambda stage: arm64.build(kernel.path, kernel.series, stage),
                logs / f"build-{paths.ARM64.name}.log",
            )
        else:
            check.broken("arm64", UserError(f"{arm64.CROSS}gcc is missing"))
        check.uml(
            "UML tracing", kernel, paths.UML_TRACING, [KUNITCONFIG, TRACING_CONFIG], TRACING_SUITES
        )
        check.uml("debug", kernel, paths.UML_DEBUG, [KUNITCONFIG, DEBUG_CONFIG])
    return check.verdict()


if __name__ == "__main__":
    ui.main(entry)
