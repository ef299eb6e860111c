# SPDX-License-Identifier: GPL-2.0
"""`make bench`: the times a developer waits, as medians of several runs."""

import os
import resource
import shutil
import statistics
import subprocess
import time
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence

from tools.common import paths, ui
from tools.common.ui import Stage, UserError
from tools.kernel import tree
from tools.testing.vgic import growth, kbuild, model_bench, qemu_bench, suites
from tools.testing.vgic.run import DEFAULT_SUITE, KUNITCONFIG

EDITED = "arch/arm64/kvm/vgic/vgic-its.c"
COLD = paths.BUILD / "uml-bench"
DEFAULT_RUNS = 3
# Booting is short and its time scatters, so it is done more often.
BOOTS_PER_RUN = 5


class Sample(NamedTuple):
    seconds: float
    cpu: float


class Row(NamedTuple):
    name: str
    limit: Optional[float]
    samples: List[Sample]


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(work: Callable[[], None]) -> Sample:
    cpu, started = cpu_seconds(), time.monotonic()
    work()
    return Sample(time.monotonic() - started, cpu_seconds() - cpu)


def must(command: Sequence[str], cwd: Path, environment: Dict[str, str]) -> None:
    log = paths.LOGS / "bench.log"
    with open(log, "a", encoding="utf-8") as output:
        output.write(f"$ {' '.join(command)}\n")
        output.flush()
        done = subprocess.run(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise UserError(f"{' '.join(command)} failed; log: {paths.shown(log)}")


class Bench:
    def __init__(self, kernel: tree.Tree, runs: int) -> None:
        self.kernel = kernel
        self.runs = runs
        self.rows: List[Row] = []

    def measure(
        self, name: str, limit: Optional[float], work: Callable[[], None], times: int
    ) -> None:
        with ui.stage("bench") as stage:
            samples = []
            for number in range(times):
                stage.progress(f"{name}: run {number + 1} of {times}")
                samples.append(timed(work))
            median = statistics.median(sample.seconds for sample in samples)
            stage.say(f"{name}: {median:.2f} s")
        self.rows.append(Row(name, limit, samples))

    def cold_build(self) -> None:
        shutil.rmtree(COLD, ignore_errors=True)
        before = os.environ.get("CCACHE_DISABLE")
        os.environ["CCACHE_DISABLE"] = "1"
        try:
            kbuild.build_uml(self.kernel.path, COLD, [KUNITCONFIG], Stage("bench"))
        finally:
            if before is None:
                del os.environ["CCACHE_DISABLE"]
            shutil.rmtree(COLD, ignore_errors=True)

    def make_run(self) -> None:
        environment = kbuild.environment()
        for name in ("KVER", "KDIR", "JOBS"):
            if os.environ.get(name):
                environment[name] = os.environ[name]
        must(["make", "run"], paths.REPO, environment)

    def kunit_run(self) -> None:
        command = ["./tools/testing/kunit/kunit.py", "run", DEFAULT_SUITE]
        must(command, self.kernel.path, kbuild.environment())

    def boot(self, ncpus: int) -> None:
        command = [str(paths.UML / "linux"), f"kunit.filter_glob={DEFAULT_SUITE}", "kunit.enable=1"]
        command += ["mem=1G", "console=tty", "kunit_shutdown=halt", *suites.kernel_args(ncpus)]
        must(command, self.kernel.path, kbuild.environment())

    def edit(self, then: Callable[[], None]) -> Callable[[], None]:
        """A change that no compiler cache can know, and its way to the verdict."""
        path = self.kernel.path / EDITED

        def work() -> None:
            with open(path, "a", encoding="utf-8") as source:
                source.write(f"static int __maybe_unused bench_{time.time_ns()};\n")
            then()

        return work

    def run(self) -> None:
        path = self.kernel.path / EDITED
        original = path.read_bytes()
        self.make_run()  # everything is built and warm from here on
        try:
            self.measure("make run, nothing changed", None, self.make_run, self.runs)
            self.measure(f"make run, {path.name} edited", 6, self.edit(self.make_run), self.runs)
            path.write_bytes(original)
            with ui.stage("bench") as stage:
                stage.progress("building by kunit.py once")
                self.kunit_run()
                stage.say("built by kunit.py once, unmeasured")
            self.measure(f"kunit.py run, {path.name} edited", 10, self.edit(self.kunit_run), self.runs)
        finally:
            path.write_bytes(original)
        self.make_run()
        boots = self.runs * BOOTS_PER_RUN
        self.measure("boot + suite, 1 CPU", 0.5, lambda: self.boot(1), boots)
        self.measure("boot + suite, 2 CPUs", 1.5, lambda: self.boot(2), boots)
        self.measure("cold build, no ccache", 150, self.cold_build, self.runs)

    def table(self) -> str:
        lines = [f"{'':<32} {'median s':>9} {'worst s':>9} {'CPU s':>8} {'aim s':>7} {'runs':>5}"]
        for row in self.rows:
            seconds = [sample.seconds for sample in row.samples]
            median = statistics.median(seconds)
            cpu = statistics.median(sample.cpu for sample in row.samples)
            aim = f"{row.limit:g}" if row.limit else "-"
            over = "  over" if row.limit and median > row.limit else ""
            lines.append(
                f"{row.name:<32} {median:9.2f} {max(seconds):9.2f} {cpu:8.2f} {aim:>7} "
                f"{len(seconds):5}{over}"
            )
        load = os.getloadavg()[0]
        lines.append(f"{len(os.sched_getaffinity(0))} CPUs, load average {load:.1f} at the end")
        return "\n".join(lines)


def runs() -> int:
    given = os.environ.get("RUNS", "") or str(DEFAULT_RUNS)
    if not given.isdigit() or not 1 <= int(given) <= 100:
        raise UserError(f"RUNS={given}: how often to measure, 1 to 100")
    return int(given)


def wanted() -> str:
    given = os.environ.get("BENCH", "")
    if given not in ("", "wait", "model", "growth", "qemu"):
        raise UserError(f"BENCH={given}: wait, model, growth, qemu, or nothing for all but qemu")
    return given


def wait_table(kernel: tree.Tree, times: int) -> List[str]:
    (paths.LOGS / "bench.log").unlink(missing_ok=True)
    bench = Bench(kernel, times)
    bench.run()
    return bench.table().splitlines()


def entry() -> int:
    kbuild.jobs()
    times = runs()
    what = wanted()
    kver, kdir = os.environ.get("KVER", ""), os.environ.get("KDIR", "")
    kernel = tree.prepare(kver, kdir)
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    lines: List[str] = []
    if what in ("", "wait"):
        lines += wait_table(kernel, times)
    with paths.lock(paths.BUILD / ".lock-uml"):
        if what in ("", "model"):
            lines += ([""] if lines else []) + model_bench.measure(kernel, times)
        if what in ("", "growth"):
            lines += ([""] if lines else []) + growth.measure(kver, kdir, times)
        if what == "qemu":
            with paths.lock(paths.BUILD / ".lock-qemu"):
                lines += qemu_bench.measure(kernel, times)
    (paths.LOGS / "bench.txt").write_text("\n".join(lines) + "\n")
    ui.say()
    for line in lines:
        ui.say(line)
    return 0


if __name__ == "__main__":
    ui.main(entry)
