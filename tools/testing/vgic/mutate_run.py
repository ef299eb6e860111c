# SPDX-License-Identifier: GPL-2.0
"""Boot one mutant until something notices it.

Runs on any host: it needs a plan, the kernels that the plan names, Python, and of
this project only kernellog.py.
"""

import argparse
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence

from tools.testing.vgic import kernellog

NOT_OK = re.compile(r"^(?:\[[ \d.]+\] )?(?P<indent> *)not ok \d+ ?-? ?(?P<name>.*)$")
SUBTEST = re.compile(r"^(?:\[[ \d.]+\] )?(?P<indent> *)# Subtest: (?P<name>\S+)")
REACHED = re.compile(r"mutant (\d+) reached$")
ENDED = re.compile(r"reboot: System halted$")
TAIL = 40


class Stage(NamedTuple):
    """One boot."""

    name: str
    kernel: str
    ncpus: int
    glob: str
    silence: float  # seconds without a line, after which it hangs
    limit: float  # seconds in all
    machines: str = ""  # which copies of the suites, beside those for the default machine
    reaches: Sequence[int] = ()  # without a mutant; it cannot notice others. (): not known

    def command(self, directory: Path, extra: List[str]) -> List[str]:
        command = [str(directory / self.kernel), "mem=1G", "console=tty", "kunit.enable=1"]
        command += [f"kunit.filter_glob={self.glob}", "kunit_shutdown=halt", *extra]
        command += [f"um_vgic.machines={self.machines}"] if self.machines else []
        return command + ([f"ncpus={self.ncpus}", "seccomp=on"] if self.ncpus > 1 else [])


class Outcome(NamedTuple):
    verdict: str  # survived, or killed by: test, splat, hang, crash
    test: str
    said: str
    reached: List[int]
    tail: List[str]


class Lines:
    """The kernel's output as it comes; ends when it does, or hangs."""

    def __init__(self, process: "subprocess.Popen[bytes]", stage: Stage) -> None:
        self.process = process
        self.stage = stage
        self.hangs = False

    def __iter__(self) -> Iterator[str]:
        assert self.process.stdout
        pipe = self.process.stdout.fileno()
        os.set_blocking(pipe, False)
        started = last = time.monotonic()
        rest = b""
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while True:
                now = time.monotonic()
                left = min(last + self.stage.silence, started + self.stage.limit) - now
                if left <= 0:
                    self.hangs = True
                    return
                if not selector.select(left):
                    continue
                data = os.read(pipe, 65536)
                if not data:
                    break
                last = time.monotonic()
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    yield line.decode(errors="replace").rstrip()
        if rest:
            yield rest.decode(errors="replace").rstrip()


def stop(process: "subprocess.Popen[bytes]") -> None:
    """UML's helpers are in its process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    if process.stdout:
        process.stdout.close()


class Judge:
    """Follows the log: where it is, and whether a test or the kernel complained."""

    def __init__(self) -> None:
        self.path: Dict[int, str] = {}  # the suite and the case that run, by indent
        self.reached: List[int] = []
        self.tail: List[str] = []
        self.ended = False

    def where(self) -> str:
        return ".".join(self.path[indent] for indent in sorted(self.path))

    def line(self, line: str) -> Optional[Outcome]:
        self.tail = self.tail[-TAIL:] + [line]
        reached = REACHED.search(line)
        if reached:
            self.reached.append(int(reached[1]))
        if ENDED.search(line):
            self.ended = True
        subtest = SUBTEST.match(line)
        if subtest:
            indent = len(subtest["indent"])
            self.path = {at: name for at, name in self.path.items() if at < indent}
            self.path[indent] = subtest["name"]
            return None
        failed = NOT_OK.match(line)
        if failed:
            # What has failed is a child of the innermost that is further out
            indent = len(failed["indent"])
            above = [self.path[at] for at in sorted(self.path) if at <= indent]
            said = next((text for text in self.tail if re.search(r"FAILED at", text)), line)
            return self.outcome("test", ".".join([*above, failed["name"].split(" #")[0]]), said)
        if kernellog.SPLATS.search(line) and not kernellog.KTAP.match(line):
            if not any(pattern.search(line) for pattern in kernellog.EXPECTED):
                return self.outcome("splat", self.where(), line)
        return None

    def outcome(self, verdict: str, test: str = "", said: str = "") -> Outcome:
        return Outcome(verdict, test, said.strip(), self.reached, self.tail)


def boot(stage: Stage, directory: Path, extra: List[str]) -> Outcome:
    """Boot once, no longer than it takes to know."""
    judge = Judge()
    with subprocess.Popen(
        stage.command(directory, extra),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        lines = Lines(process, stage)
        try:
            for line in lines:
                outcome = judge.line(line)
                if outcome:
                    return outcome
            if lines.hangs:
                return judge.outcome("hang", judge.where(), judge.tail[-1] if judge.tail else "")
            if not judge.ended:
                return judge.outcome("crash", judge.where(), judge.tail[-1] if judge.tail else "")
            return judge.outcome("survived")
        finally:
            stop(process)


def run(number: int, stages: List[Stage], directory: Path) -> Dict[str, Any]:
    """All stages, up to the one that kills it."""
    started = time.monotonic()
    reached = False
    result: Dict[str, Any] = {"verdict": "survived", "stage": "", "test": "", "said": ""}
    result["stages"] = [stage.name for stage in stages]
    for stage in stages:
        if stage.reaches and number not in stage.reaches:
            continue
        outcome = boot(stage, directory, [f"mutant={number}"])
        reached = reached or number in outcome.reached
        if outcome.verdict != "survived":
            result.update(verdict=outcome.verdict, stage=stage.name, test=outcome.test)
            result["said"] = outcome.said
            break
    result["reached"] = reached
    result["seconds"] = round(time.monotonic() - started, 2)
    return result


def load_plan(path: Path) -> List[Stage]:
    return [Stage(**stage) for stage in json.loads(path.read_text())["stages"]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("number", type=int)
    parser.add_argument("--plan", type=Path, required=True, help="and the kernels beside it")
    parser.add_argument("--out", type=Path, required=True, help="directory of the results")
    options = parser.parse_args()
    result = {"name": options.name, "host": os.uname().nodename}
    result.update(run(options.number, load_plan(options.plan), options.plan.resolve().parent))
    options.out.mkdir(parents=True, exist_ok=True)
    scratch = options.out / f".{options.name}"
    scratch.write_text(json.dumps(result) + "\n")
    scratch.replace(options.out / f"{options.name}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
