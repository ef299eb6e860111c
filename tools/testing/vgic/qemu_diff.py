# SPDX-License-Identifier: GPL-2.0
"""`make qemu-diff`: does the driver say the same to our machine and to QEMU's?

its_v4 and vgic_vlpi run on both, with two CPUs, and the ITS commands of each
case are compared. Differences that are allowed are in qemu-differences.txt.
"""

import os
from typing import Dict, List, Tuple

from tools.common import paths, ui
from tools.common.ui import UserError
from tools.kernel import tree
from tools.testing.vgic import itsdiff, kbuild, qemu, suites, tracing
from tools.testing.vgic.run import KUNITCONFIG, TRACING_CONFIG

SUITES = ("its_v4", "vgic_vlpi")
NCPUS = 2
EVENT = "gicv4_model:gicv4_cmd"
SHOWN = 12
REPORT = paths.LOGS / "qemu-diff.txt"


def record_model() -> Tuple[itsdiff.Cases, List[str]]:
    """Commands by case, of all suites, and where the logs are."""
    extra = " ".join(tracing.kernel_args(EVENT, ""))
    cases: itsdiff.Cases = {}
    logs: List[str] = []
    for suite in SUITES:
        with ui.stage("model") as stage:
            stage.progress(f"{suite} on UML")
            verdict = suites.record(paths.UML_TRACING, suite, NCPUS, extra, timeout=600)
            lines = verdict.log.read_text(encoding="utf-8", errors="replace").splitlines()
            found = itsdiff.of_model(lines)
            stage.say(f"{suite}: {len(found)} cases, {sum(map(len, found.values()))} commands")
        if not verdict.passed:
            raise UserError(f"{suite} did not pass on UML; log: {paths.shown(verdict.log)}")
        for name in itsdiff.skipped(lines):
            found.pop(name, None)
        cases.update(found)
        logs.append(paths.shown(verdict.log))
    return cases, logs


def record_qemu(kernel: tree.Tree) -> Tuple[itsdiff.Cases, List[str]]:
    """The same from QEMU's own logs, a boot for each suite."""
    cases: itsdiff.Cases = {}
    logs: List[str] = []
    for suite in SUITES:
        trace = paths.LOGS / f"qemu-{suite}.trace"
        with ui.stage("qemu") as stage:
            stage.progress(f"{suite} above QEMU")
            verdict = qemu.run(kernel.path, suite, quiet=True, trace=trace)
            if not verdict.passed:
                raise UserError(f"{suite} did not pass; log: {paths.shown(verdict.log)}")
            with open(trace, encoding="utf-8", errors="replace") as lines:
                found = itsdiff.of_qemu(lines)
            log = verdict.log.read_text(encoding="utf-8", errors="replace").splitlines()
            for name in itsdiff.skipped(log):
                found.pop(name, None)
            stage.say(f"{suite}: {len(found)} cases, {sum(map(len, found.values()))} commands")
        cases.update(found)
        logs += [paths.shown(trace), paths.shown(verdict.log)]
    return cases, logs


def report(result: itsdiff.Result, allowed: List[itsdiff.Entry]) -> List[str]:
    """What the file and the screen get."""
    lines = [
        f"{result.compared} cases compared, {result.commands} commands, "
        f"{result.same} cases the same to the last command"
    ]
    for entry in allowed:
        lines.append(
            f"allowed {result.used[entry.line]:5} times: {entry.case}: "
            f"{entry.sign}{entry.command}  # {entry.reason}"
        )
    for case, differences in result.differences.items():
        lines.append(f"{case}: (- the software machine, + QEMU)")
        lines += [f"    {line}" for line in differences]
    return lines


def problems(result: itsdiff.Result, allowed: List[itsdiff.Entry]) -> List[str]:
    found: List[str] = []
    if not result.compared:
        found.append("no case ran on both")
    if result.differences:
        found.append(f"{len(result.differences)} cases differ in a way that nobody allowed")
    for entry in allowed:
        if not result.used[entry.line]:
            found.append(
                f"{itsdiff.ALLOWED.name}:{entry.line}: {entry.case}: "
                f"{entry.sign}{entry.command} does not occur any more"
            )
    return found


def entry() -> int:
    kbuild.jobs()
    qemu.check_tools()
    allowed = itsdiff.entries(itsdiff.ALLOWED.read_text(encoding="utf-8"))
    kernel = tree.prepare(os.environ.get("KVER", ""), os.environ.get("KDIR", ""))
    with paths.lock(paths.BUILD / ".lock-qemu"), paths.lock(paths.BUILD / ".lock-uml"):
        with ui.stage("build") as stage:
            kbuild.build_uml(
                kernel.path, paths.UML_TRACING, [KUNITCONFIG, TRACING_CONFIG], stage
            )
        with ui.stage("build") as stage:
            qemu.build(kernel.path, stage)
        model, logs = record_model()
        above_qemu, more = record_qemu(kernel)
    result = itsdiff.compare(model, above_qemu, allowed)
    lines = report(result, allowed)
    wrong = problems(result, allowed)
    REPORT.write_text("\n".join([*lines, *wrong, *logs, *more]) + "\n", encoding="utf-8")
    shown: Dict[str, int] = {}
    for line in lines[: 1 + len(allowed)]:
        ui.say(line)
    for case, differences in list(result.differences.items())[:SHOWN]:
        shown[case] = len(differences)
        ui.say(f"{case}: {len(differences)} commands differ; the first ones:")
        for line in differences[:SHOWN]:
            ui.say(f"    {line}")
    for reason in wrong:
        ui.say(ui.red("failed: ") + reason)
    ui.say(f"{'report':<10} {paths.shown(REPORT)}")
    if wrong:
        ui.say(f"records: {', '.join([*logs, *more])}")
    return 1 if wrong else 0


if __name__ == "__main__":
    ui.main(entry)
