# SPDX-License-Identifier: GPL-2.0
"""Boot a UML kernel by kunit.py, keep its log, and judge the run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import List, NamedTuple

from tools.common import paths, ui
from tools.common.ui import UserError
from tools.testing.vgic import kbuild, kernellog

MAX_CPUS = 4
LOGS_KEPT = 200
DEFAULT_TIMEOUT = 300


class Verdict(NamedTuple):
    """What one boot said."""

    passed: bool
    counts: kernellog.Counts
    reasons: List[str]  # why it is no pass, beyond failed cases
    log: Path
    output: str  # kunit.py's, if it was captured
    seconds: float


def cpus(given: str) -> int:
    if not given:
        return 1
    if not given.isdigit() or not 1 <= int(given) <= MAX_CPUS:
        raise UserError(f"NCPUS={given}: a number of CPUs, 1 to {MAX_CPUS}")
    return int(given)


def check_glob(glob: str) -> str:
    if not re.fullmatch(r"[\w*?\[\]!.-]*", glob):
        raise UserError(f"SUITE={glob}: a glob of suites, or suites.cases, such as vgic_vlpi*.setup_*")
    return glob


def kernel_args(ncpus: int, extra: str = "") -> List[str]:
    args = [f"ncpus={ncpus}", "seccomp=on"] if ncpus > 1 else []
    try:
        return args + shlex.split(extra)
    except ValueError as error:
        raise UserError(f"KERNEL_ARGS={extra}: {error}") from error


def new_log(name: str) -> Path:
    """build/logs/<time>-<name>.log; the oldest ones go."""
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    old = sorted(paths.LOGS.glob("[0-9]*-*.log"))
    for path in old[: max(0, len(old) - LOGS_KEPT + 1)]:
        path.unlink()
        path.with_suffix(".trace").unlink(missing_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    log = paths.LOGS / f"{stamp}-{name}.log"
    serial = 1
    while log.exists():
        serial += 1
        log = paths.LOGS / f"{stamp}-{name}-{serial}.log"
    return log


def run(
    tree: Path,
    build: Path,
    glob: str,
    ncpus: int = 1,
    extra: str = "",
    capture: bool = False,
    timeout: int = DEFAULT_TIMEOUT,
) -> Verdict:
    """Run the suites that match; kunit.py's output is shown unless captured."""
    name = re.sub(r"[^\w.-]", "", glob) or "all"
    log = new_log(f"{build.name}-{name}-{ncpus}cpu")
    command = ["tools/testing/kunit/kunit.py", "exec", "--build_dir", str(build)]
    command += ["--timeout", str(timeout)]
    for argument in kernel_args(ncpus, extra):
        command += ["--kernel_args", argument]
    if capture:
        command.append("--failed")
    if glob:
        command.append(glob)
    raw = build / "test.log"
    raw.unlink(missing_ok=True)
    started = time.monotonic()
    sys.stdout.flush()
    done = subprocess.run(
        command,
        cwd=tree,
        env=kbuild.environment(),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if capture else None,
        stderr=subprocess.STDOUT if capture else None,
        check=False,
    )
    seconds = time.monotonic() - started
    if not raw.exists():
        log.write_text(done.stdout or "kunit.py left no log\n")
    else:
        shutil.copyfile(raw, log)
    latest = paths.LOGS / "latest.log"
    latest.unlink(missing_ok=True)
    os.symlink(log.name, latest)
    return judge(done.returncode, log, done.stdout or "", seconds)


def record(build: Path, glob: str, ncpus: int, extra: str, timeout: int) -> Verdict:
    """As run(), without kunit.py: straight into a file.

    UML's console drops what a pipe has no room for at that moment, so a log with
    many events is not complete otherwise.
    """
    log = new_log(f"{build.name}-{re.sub(r'[^A-Za-z0-9_.-]', '', glob)}-{ncpus}cpu")
    command = ["timeout", str(timeout), str(build / "linux"), "mem=1G", "console=tty"]
    command += ["kunit.enable=1", f"kunit.filter_glob={glob}", "kunit_shutdown=halt"]
    started = time.monotonic()
    with open(log, "wb") as output:
        done = subprocess.run(
            command + kernel_args(ncpus, extra),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    return judge(done.returncode, log, "", time.monotonic() - started)


def judge(status: int, log: Path, output: str, seconds: float) -> Verdict:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    counts = kernellog.counts(lines)
    reasons = [f"kernel log line {found.line}: {found.text}" for found in kernellog.scan(lines)]
    if counts == (0, 0, 0):
        reasons.append("no test ran: no suite of that name, or the kernel died early")
    elif not counts.passed and not counts.failed:
        reasons.append("no test passed: every case was skipped")
    elif status and not counts.failed:
        reasons.append(f"kunit.py exited with {status}: a crash or a time-out")
    passed = not status and not counts.failed and not reasons
    return Verdict(passed, counts, reasons, log, output, seconds)


def exit_status(verdict: Verdict) -> int:
    """What kunit.py does not say: the reasons beyond failed cases, and where the log is."""
    if verdict.passed:
        return 0
    for reason in verdict.reasons:
        ui.say(ui.red("failed: ") + reason)
    ui.say(f"kernel log: {paths.shown(verdict.log)}")
    return 1
