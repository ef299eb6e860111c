# SPDX-License-Identifier: GPL-2.0
"""The speed of the software GICv4: what its bench suites print, as tables.

The suites say it in lines "bench: key=value key=value". Those with cmd= are
points of a curve, by the number of mapped vLPIs; the others are single figures.
"""

import re
import shutil
import statistics
import subprocess
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Sequence, Tuple

from tools.common import paths, ui
from tools.kernel import tree
from tools.testing.vgic import curves, kbuild, qemu, suites
from tools.testing.vgic.run import KUNITCONFIG

CONFIGS = paths.REPO / "tools/testing/kunit/configs"
BENCH_CONFIG = CONFIGS / "bench.config"
UP_CONFIG = CONFIGS / "up.config"
MODEL_SUITE = "gicv4_model_bench"
DRIVER_SUITE = "its_v4_bench"
DRIVER_ASKED = "its_v4.bench=1"  # on the kernel's command line
KVM_ASKED = "vgic_vlpi.bench=1"
TIMEOUT = 120

MODEL_LIMIT = 150.0  # ns, a command, the model's own share
RESIDENCY_LIMIT = 1000.0  # ns, a change
FLAT_LIMIT = 1.20  # largest to smallest over the numbers of vLPIs
DRIVER_LIMITS = {"SMP": 400.0, "SMP=n": 100.0}  # ns, a command through the driver

LINE = re.compile(r"\bbench: (\w+=\S+(?: \w+=\S+)*)")
ORDERS = {"near": "neighbouring events", "far": "scattered events"}

Curve = Dict[int, float]  # by number of mapped vLPIs, ns


class Figures(NamedTuple):
    """What one kernel said."""

    curves: Dict[Tuple[str, str], Curve]  # by command and order
    single: Dict[str, float]


class Target(NamedTuple):
    name: str  # SMP, SMP=n
    build: Path
    fragments: Sequence[Path]


TARGETS = (
    Target("SMP", paths.BUILD / "uml-measure", [KUNITCONFIG, BENCH_CONFIG]),
    Target("SMP=n", paths.BUILD / "uml-up", [KUNITCONFIG, BENCH_CONFIG, UP_CONFIG]),
)


def parse(log: str) -> Figures:
    figures = Figures({}, {})
    for words in LINE.findall(log):
        said = dict(word.split("=", 1) for word in words.split())
        try:
            if "cmd" in said:
                key = (said["cmd"], said.get("order", "near"))
                figures.curves.setdefault(key, {})[int(said["mapped"])] = float(said["ns"])
            else:
                figures.single.update({key: float(value) for key, value in said.items()})
        except (KeyError, ValueError):
            continue  # a line that is not for us
    return figures


def median(runs: Sequence[Figures]) -> Figures:
    """Of several boots, point by point."""
    result = Figures({}, {})
    for key in dict.fromkeys(key for run in runs for key in run.curves):
        points: Dict[int, List[float]] = {}
        for run in runs:
            for mapped, ns in run.curves.get(key, {}).items():
                points.setdefault(mapped, []).append(ns)
        result.curves[key] = {mapped: statistics.median(ns) for mapped, ns in points.items()}
    for name in dict.fromkeys(name for run in runs for name in run.single):
        values = [run.single[name] for run in runs if name in run.single]
        result.single[name] = statistics.median(values)
    return result


def verdict(value: float, limit: float) -> str:
    return "met" if value <= limit else ui.yellow("not met")


def flatness(curve: Curve) -> float:
    smallest = min(curve.values())
    return max(curve.values()) / smallest if smallest else float("inf")


def curve_table(figures: Figures, order: str) -> List[str]:
    """A row for each command, a column for each number of vLPIs."""
    found = {cmd: curve for (cmd, kind), curve in figures.curves.items() if kind == order}
    sizes = sorted({size for curve in found.values() for size in curve})
    if not sizes:
        return []
    heading = f"{ORDERS[order]:<22}" + "".join(f"{size:>8}" for size in sizes)
    lines = [f"{heading}  {'max/min':>8}  flat <= {FLAT_LIMIT:.2f}  ns <= limit"]
    for cmd, curve in found.items():
        limit = RESIDENCY_LIMIT if cmd == "residency" else MODEL_LIMIT
        flat = flatness(curve)
        cells = "".join(f"{curve[size]:8.0f}" if size in curve else f"{'-':>8}" for size in sizes)
        lines.append(
            f"{'  ' + cmd:<22}{cells}  {flat:8.2f}  {verdict(flat, FLAT_LIMIT):<12}  "
            f"{limit:g}: {verdict(max(curve.values()), limit)}"
        )
    return lines


def table(name: str, figures: Figures) -> List[str]:
    lines = [f"the machine's own share, {name} kernel, ns per command, by mapped vLPIs"]
    for order in ORDERS:
        lines += curve_table(figures, order)
    single = figures.single
    if "register_ns" in single:
        lines.append(
            f"register access: {single['register_ns']:.0f} ns, with interrupts off "
            f"{single.get('register_irqs_off_ns', 0):.0f} ns"
        )
    return lines


def driver_table(name: str, single: Dict[str, float], reason: str) -> List[str]:
    """What the suite of the ITS driver measured; ns per command has a limit."""
    if not single:
        return [f"through the driver, {name}: not measured: {reason}"]
    lines = [f"through the driver, {name}"]
    for key, value in single.items():
        limit = DRIVER_LIMITS.get(name)
        said = ""
        if limit is not None and key.endswith("_cmd_ns"):
            said = f"  limit {limit:g}: {verdict(value, limit)}"
        elif limit is not None and "residency" in key:
            said = f"  limit {RESIDENCY_LIMIT:g}: {verdict(value, RESIDENCY_LIMIT)}"
        lines.append(f"  {key:<28} {value:10.0f}{said}")
    return lines


def boot(kernel: Path, glob: str) -> str:
    """Boot one suite: its log."""
    command = [str(kernel / "linux"), f"kunit.filter_glob={glob}", "kunit.enable=1"]
    command += [DRIVER_ASKED, KVM_ASKED]
    command += ["mem=1G", "console=tty", "kunit_shutdown=halt", *suites.kernel_args(1)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode(errors="replace")


def qemu_figures(assembled: Path) -> Tuple[Dict[str, float], str]:
    """The same suite above QEMU's GICv4, or why not."""
    if not shutil.which(qemu.QEMU):
        return {}, f"{qemu.QEMU} is not installed"
    if not (qemu.BUILD / "arch/arm64/boot/Image").exists():
        return {}, f"no {paths.shown(qemu.BUILD)}, which make qemu makes"
    with ui.stage("bench") as stage:
        verdict = qemu.run(assembled, DRIVER_SUITE, DRIVER_ASKED, quiet=True)
        stage.say(f"the driver above QEMU: {verdict.seconds:.0f} s")
    single = parse(verdict.log.read_text(encoding="utf-8", errors="replace")).single
    return single, f"{DRIVER_SUITE} said nothing; log: {paths.shown(verdict.log)}"


def measure_one(kernel: tree.Tree, target: Target, runs: int) -> Tuple[Figures, List[str]]:
    with ui.stage("build") as stage:
        kbuild.build_uml(kernel.path, target.build, target.fragments, stage)
    logs: List[str] = []
    driver_logs: List[str] = []
    with ui.stage("bench") as stage:
        for number in range(runs):
            stage.progress(f"{target.name}: run {number + 1} of {runs}")
            logs.append(boot(target.build, MODEL_SUITE))
            driver_logs.append(boot(target.build, DRIVER_SUITE))
        stage.say(f"the machine, {target.name}: {runs} boots")
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    (paths.LOGS / f"bench-{target.build.name}.log").write_text("\n".join(logs + driver_logs))
    figures = median([parse(log) for log in logs])
    if not figures.curves:
        raise ui.UserError(
            f"{MODEL_SUITE} said nothing; log: "
            + paths.shown(paths.LOGS / f"bench-{target.build.name}.log")
        )
    driver = median([parse(log) for log in driver_logs]).single
    lines = table(target.name, figures)
    lines += driver_table(target.name, driver, f"no suite {DRIVER_SUITE}")
    return figures, lines


def plot(figures: Figures, directory: Path) -> Path:
    panels = [
        curves.Panel(
            title,
            {cmd: curve for (cmd, kind), curve in figures.curves.items() if kind == order},
        )
        for order, title in ORDERS.items()
    ]
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "commands.svg"
    path.write_text(
        curves.svg(
            "Software GICv4: time of a command by mapped vLPIs",
            "mapped vLPIs",
            "ns per command",
            [panel for panel in panels if panel.curves],
            MODEL_LIMIT,
        ),
        encoding="utf-8",
    )
    return path


def measure(kernel: tree.Tree, runs: int, targets: Iterable[Target] = TARGETS) -> List[str]:
    """Build, boot, and say it; a kernel that does not build is said, too."""
    lines: List[str] = []
    for target in targets:
        try:
            figures, said = measure_one(kernel, target, runs)
        except ui.UserError as error:
            lines += [f"{target.name}: not measured: {str(error).splitlines()[0]}", ""]
            continue
        lines += said + [""]
        if target.name == "SMP":
            lines += [f"curve: {paths.shown(plot(figures, paths.BUILD / 'bench'))}", ""]
    single, reason = qemu_figures(kernel.path)
    lines += driver_table("QEMU", single, reason) if single else [f"QEMU: not measured: {reason}"]
    return lines
