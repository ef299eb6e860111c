# SPDX-License-Identifier: GPL-2.0
"""`make coverage`: which lines, branches and functions the suites execute."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence

from tools.common import paths, ui
from tools.common.ui import UserError
from tools.kernel import tree
from tools.testing.vgic import gcov, kbuild, suites, unreached
from tools.testing.vgic.gcov import Share, Source
from tools.testing.vgic.run import KUNITCONFIG
from tools.testing.vgic.unreached import Gap

COVERAGE_CONFIG = paths.REPO / "tools/testing/kunit/configs/coverage.config"
LIST = paths.REPO / "tools/testing/vgic/unreached.txt"
VGIC = "arch/arm64/kvm/vgic"
IRQCHIP = "drivers/irqchip"
# Without SMP's two CPUs some cases skip; with one, others take another way.
CPUS = (1, 2)
# A busy machine needs its time; a kernel that hangs is rare.
TIMEOUT = 3600


class Target(NamedTuple):
    what: str  # lines or functions
    percent: float


TARGETS: Dict[str, Target] = {
    f"{VGIC}/mock-msi.c": Target("lines", 100),
    f"{VGIC}/mock-msi-steps.c": Target("lines", 100),
    f"{VGIC}/vgic-v4.c": Target("lines", 95),
    f"{IRQCHIP}/irq-gic-v4.c": Target("lines", 95),
    f"{VGIC}/vgic-its.c": Target("functions", 90),
    f"{IRQCHIP}/irq-gic-v3-its.c": Target("functions", 90),
}


class Row(NamedTuple):
    name: str
    lines: Share
    branches: Share
    functions: Share  # of those that are not foreign
    target: str
    met: bool


def wanted(name: str) -> bool:
    """Is it a file of the table? The wrappers and what they include besides are not."""
    directory, base = os.path.split(name)
    return base.endswith(".c") and (
        directory == VGIC or (directory == IRQCHIP and base.startswith("irq-gic-v"))
    )


def row(name: str, source: Source, gaps: Sequence[Gap]) -> Row:
    functions = source.function_share(unreached.foreign(list(gaps), source))
    lines = source.line_share()
    target = TARGETS.get(name)
    if not target:
        return Row(name, lines, source.branch_share(), functions, "-", True)
    share = lines if target.what == "lines" else functions
    return Row(
        name,
        lines,
        source.branch_share(),
        functions,
        f"{target.percent:g}% of {target.what}",
        share.percent >= target.percent,
    )


def shown(share: Share) -> str:
    if not share.total:
        return "-"
    return f"{share.reached:>5}/{share.total:<5}{share.percent:5.1f}%"


def table(rows: Sequence[Row]) -> List[str]:
    lines = [
        f"{'file':<22}{'lines':>12}{'':>5} {'branches':>12}{'':>5} {'functions':>12}{'':>5}  target"
    ]
    for entry in rows:
        verdict = "" if entry.target == "-" else ", met" if entry.met else ", NOT MET"
        lines.append(
            f"{os.path.basename(entry.name):<22}{shown(entry.lines):>17} "
            f"{shown(entry.branches):>17} {shown(entry.functions):>17}  {entry.target}{verdict}"
        )
    return lines


def judge(sources: Dict[str, Source], gaps: Dict[str, List[Gap]]) -> List[str]:
    """What is wrong with the counts, or with the list of what is not reached."""
    said: List[str] = []
    for name in TARGETS:
        if name not in sources:
            said.append(f"{name}: gcov knows nothing of it")
    for name in gaps:
        if name not in sources:
            said.append(f"{name}: has a section in the list, and gcov knows nothing of it")
    for name, source in sorted(sources.items()):
        told = unreached.stale(gaps.get(name, []), source)
        if name in TARGETS:
            by_line = TARGETS[name].what == "lines"
            told += unreached.unexplained(gaps.get(name, []), source, by_line)
        said += [f"{name}: {text}" for text in told]
    return said


def html(build: Path, kernel: Path, names: Sequence[str]) -> Path:
    """Pages by gcovr: every line with its count and its branches."""
    shutil.rmtree(paths.COVERAGE, ignore_errors=True)
    paths.COVERAGE.mkdir(parents=True)
    page = paths.COVERAGE / "index.html"
    log = paths.LOGS / "gcovr.log"
    command = ["gcovr", "--root", str(kernel), "--object-directory", str(build)]
    command += [str(build / "arch")]
    for name in names:
        command += ["--filter", f"{kernel}/{name}$"]
    command += ["--html-details", str(page), "--html-title", "What the suites execute"]
    with open(log, "w", encoding="utf-8") as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode or not page.exists():
        raise UserError(f"gcovr made no pages\nlog: {paths.shown(log)}")
    return page


def boots(kernel: tree.Tree) -> List[str]:
    """Run all suites, for each number of CPUs. Return: what failed."""
    failed: List[str] = []
    for data in gcov.data_files(paths.UML_COVERAGE):
        data.unlink()
    for ncpus in CPUS:
        cpus = f"{ncpus} CPU{'s' if ncpus > 1 else ''}"
        with ui.stage("suites") as stage:
            verdict = suites.run(
                kernel.path, paths.UML_COVERAGE, "", ncpus, capture=True, timeout=TIMEOUT
            )
            counts = verdict.counts
            stage.say(
                f"{cpus}: {counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped"
            )
        if not verdict.passed:
            reasons = verdict.reasons or [f"{counts.failed} cases failed"]
            failed += [f"{cpus}: {reason}" for reason in reasons]
            failed.append(f"kernel log: {paths.shown(verdict.log)}")
    return failed


def entry() -> int:
    kbuild.jobs()
    gaps = unreached.load(LIST)
    kernel = tree.prepare(os.environ.get("KVER", ""), os.environ.get("KDIR", ""))
    with paths.lock(paths.BUILD / ".lock-uml"):
        with ui.stage("build") as stage:
            kbuild.build_uml(
                kernel.path, paths.UML_COVERAGE, [KUNITCONFIG, COVERAGE_CONFIG], stage
            )
        failed = boots(kernel)
        with ui.stage("gcov") as stage:
            counted = gcov.collect(paths.UML_COVERAGE, kernel.path)
            sources = {name: source for name, source in counted.items() if wanted(name)}
            page = html(paths.UML_COVERAGE, kernel.path, sorted(sources))
            stage.say(paths.shown(page))
    rows = [row(name, sources[name], gaps.get(name, [])) for name in sorted(sources)]
    lines = table(rows)
    (paths.COVERAGE / "table.txt").write_text("\n".join(lines) + "\n")
    ui.say()
    for line in lines:
        ui.say(line)
    failed += [f"{line.name}: the target is {line.target}" for line in rows if not line.met]
    wrong = judge(sources, gaps)
    failed += wrong
    for reason in failed:
        ui.say(ui.red("failed: ") + reason)
    if wrong:
        ui.say(f"the list of what is not reached: {paths.shown(LIST)}")
    return 1 if failed else 0


if __name__ == "__main__":
    ui.main(entry)
