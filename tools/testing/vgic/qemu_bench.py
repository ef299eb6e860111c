# SPDX-License-Identifier: GPL-2.0
"""`make bench BENCH=qemu`: the same suites on UML and above QEMU, side by side."""

import statistics
from pathlib import Path
from typing import Callable, Dict, List, Optional

from tools.common import paths, ui
from tools.kernel import tree
from tools.testing.vgic import kbuild, model_bench, qemu, qemu_selftest, suites
from tools.testing.vgic.run import KUNITCONFIG

SUITES = ("its_v4", "vgic_vlpi")
NESTED = "KVM selftests in nested guests, s"
Column = Dict[str, float]  # by row; seconds, or commands per second


def rate(log: Path) -> Optional[float]:
    text = log.read_text(encoding="utf-8", errors="replace")
    return model_bench.parse(text).single.get("commands_per_s")


def one_run(boot: Callable[[str, str], suites.Verdict]) -> Column:
    """What one boot of each suite says."""
    found: Column = {}
    for suite in SUITES:
        verdict = boot(suite, "")
        if not verdict.passed:
            raise ui.UserError(f"{suite} did not pass; log: {paths.shown(verdict.log)}")
        found[f"{suite}, boot and suite, s"] = verdict.seconds
        found[f"{suite}, cases that ran"] = verdict.counts.passed
    verdict = boot(model_bench.DRIVER_SUITE, model_bench.DRIVER_ASKED)
    commands = rate(verdict.log)
    if commands is None:
        raise ui.UserError(
            f"{model_bench.DRIVER_SUITE} said nothing; log: {paths.shown(verdict.log)}"
        )
    found["ITS commands per s, through the driver"] = commands
    return found


def nested(kernel: tree.Tree) -> float:
    """Seconds of the boot that runs the KVM selftests; the other one skips them."""
    verdicts = qemu_selftest.run_all(qemu_selftest.plan_of(kernel.path))
    for verdict in verdicts:
        if not verdict.passed:
            raise ui.UserError(f"a selftest did not pass; log: {paths.shown(verdict.log)}")
    return verdicts[0].seconds


def medians(columns: List[Column]) -> Column:
    return {row: statistics.median(column[row] for column in columns) for row in columns[0]}


def table(columns: Dict[str, Column], times: int) -> List[str]:
    rows = list(dict.fromkeys(row for column in columns.values() for row in column))
    lines = [f"{f'medians of {times} runs':<42}" + "".join(f"{name:>12}" for name in columns)]
    for row in rows:
        digits = 2 if row.endswith(" s") else 0
        cells = (
            f"{column[row]:12,.{digits}f}" if row in column else f"{'-':>12}"
            for column in columns.values()
        )
        lines.append(f"{row:<42}" + "".join(cells))
    return lines


def measure(kernel: tree.Tree, times: int) -> List[str]:
    """Build both kernels, boot each RUNS times per suite. Return: the table."""
    qemu.check_tools()
    with ui.stage("build") as stage:
        kbuild.build_uml(kernel.path, paths.UML, [KUNITCONFIG], stage)
    with ui.stage("build") as stage:
        qemu.build(kernel.path, stage)
    boots: Dict[str, Callable[[str, str], suites.Verdict]] = {
        "UML, 1 CPU": lambda suite, extra: suites.run(
            kernel.path, paths.UML, suite, 1, extra, capture=True
        ),
        "QEMU, 2": lambda suite, extra: qemu.run(kernel.path, suite, extra, quiet=True),
    }
    columns: Dict[str, Column] = {}
    for name, boot in boots.items():
        with ui.stage("bench") as stage:
            samples = []
            for number in range(times):
                stage.progress(f"{name}: run {number + 1} of {times}")
                samples.append(one_run(boot))
            columns[name] = medians(samples)
            stage.say(f"{name}: {times} runs")
    columns["QEMU, 2"][NESTED] = statistics.median(nested(kernel) for _ in range(times))
    return table(columns, times)
