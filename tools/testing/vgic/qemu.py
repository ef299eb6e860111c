# SPDX-License-Identifier: GPL-2.0
"""`make qemu`: the suites its_v4 and vgic_vlpi on arm64, above QEMU's GICv4.

A second machine, made by others, under the same driver, the same KVM and the
same cases. QEMU writes down each ITS command that it sees, and which case it
belongs to: build/logs/qemu-its.trace. A second boot has no GICv4: there every
suite has to skip, and to say why.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterable, List, Optional

from tools.common import paths, ui
from tools.common.ui import Stage, UserError
from tools.kernel import assemble, tree
from tools.testing.vgic import kbuild, kernellog, suites

DEFAULT_SUITE = "*"
CROSS = "aarch64-linux-gnu-"
QEMU = "qemu-system-aarch64"
MACHINE = "tools/testing/kunit/qemu_configs/arm64_gicv4.py"
KUNITCONFIG = "arch/arm64/kvm/vgic/tests/.kunitconfig"
BUILD = paths.BUILD / "arm64-qemu"
TRACE = paths.LOGS / "qemu-its.trace"
TRACED = ("gicv3_its_cmd*", "gicv3_its_write")
GICV3 = "-machine virt,virtualization=on,gic-version=3"
NO_GICV4 = "no GICv4"
NOT_ASKED = "not asked for"
TIMEOUT = 300


def check_tools() -> None:
    missing = [name for name in (QEMU, f"{CROSS}gcc") if not shutil.which(name)]
    if missing:
        raise UserError(
            f"{' and '.join(missing)} not found; on Debian: "
            "apt-get install qemu-system-arm gcc-aarch64-linux-gnu"
        )


def kunit(subcommand: str) -> List[str]:
    """kunit.py for this machine, to be run in the assembled tree."""
    return [
        "tools/testing/kunit/kunit.py",
        subcommand,
        "--arch=arm64",
        f"--cross_compile={CROSS}",
        f"--qemu_config={MACHINE}",
        f"--build_dir={BUILD}",
    ]


def configure(kernel: kbuild.Kernel, stage: Stage) -> None:
    """Write .config by kunit.py, which checks that every option took."""
    kernel.fresh()
    stamp = kernel.build / ".configured"
    wanted = assemble.state_digest(kernel.tree)
    if (kernel.build / ".config").exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    stage.progress("configuring")
    stamp.unlink(missing_ok=True)
    shutil.copyfile(kernel.tree / KUNITCONFIG, kernel.build / ".kunitconfig")
    log = paths.LOGS / f"config-{kernel.build.name}.log"
    with open(log, "w", encoding="utf-8") as output:
        done = subprocess.run(
            kunit("config"),
            cwd=kernel.tree,
            env=kbuild.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise UserError(f"configuring failed; log: {paths.shown(log)}")
    stamp.write_text(wanted)


def build(assembled: Path, stage: Stage) -> kbuild.Kernel:
    kernel = kbuild.Kernel(assembled, BUILD, "arm64", CROSS)
    configure(kernel, stage)
    messages = kernel.run(["Image"], stage)
    stage.say(f"{paths.shown(BUILD)}: {kernel.built or 'no'} files compiled")
    for line in messages:
        if "warning" in line:
            ui.say("  " + line)
    return kernel


def tracing_args(trace: Path) -> str:
    return " ".join(f"-trace '{event}'" for event in TRACED) + f" -D {trace}"


def run(
    assembled: Path,
    glob: str,
    extra: str = "",
    quiet: bool = False,
    trace: Optional[Path] = None,
    machine: str = "",
) -> suites.Verdict:
    """Boot QEMU by kunit.py, and judge the log like that of UML.

    Without a trace QEMU logs no commands, so that the run can be timed.
    """
    command = kunit("exec") + [f"--timeout={TIMEOUT}"]
    if trace:
        trace.unlink(missing_ok=True)
        command.append(f"--qemu_args={tracing_args(trace)}")
    if machine:
        command.append(f"--qemu_args={machine}")
    for argument in suites.kernel_args(1, extra):
        command.append(f"--kernel_args={argument}")
    raw = BUILD / "test.log"
    raw.unlink(missing_ok=True)
    started = time.monotonic()
    sys.stdout.flush()
    done = subprocess.run(
        command + [glob],
        cwd=assembled,
        env=kbuild.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if quiet else None,
        stderr=subprocess.DEVNULL if quiet else None,
        check=False,
    )
    log = suites.new_log("arm64-qemu")
    if raw.exists():
        shutil.copyfile(raw, log)
    else:
        log.write_text("kunit.py left no log\n")
    return suites.judge(done.returncode, log, "", time.monotonic() - started)


def not_skipped(lines: Iterable[str]) -> List[str]:
    """The suites of a log that did not skip for want of a GICv4."""
    results = [match for match in map(kernellog.RESULT.match, lines) if match]
    suites_said = [match["rest"] for match in results if not match["indent"]]
    found = [
        f"not skipped for want of a GICv4: {said.strip()}"
        for said in suites_said
        if "# SKIP" not in said or not (NO_GICV4 in said or NOT_ASKED in said)
    ]
    if not any(NO_GICV4 in said for said in suites_said):
        found.append("no suite said that there is no GICv4")
    return found


def without_gicv4(assembled: Path) -> List[str]:
    """Boot with a GICv3. Return: what is wrong with it; all suites skip there."""
    verdict = run(assembled, DEFAULT_SUITE, quiet=True, machine=GICV3)
    wrong = [reason for reason in verdict.reasons if "every case was skipped" not in reason]
    lines = verdict.log.read_text(encoding="utf-8", errors="replace").splitlines()
    wrong += not_skipped(lines)
    return [*wrong, f"kernel log: {paths.shown(verdict.log)}"] if wrong else []


def entry() -> int:
    glob = suites.check_glob(os.environ.get("SUITE") or DEFAULT_SUITE)
    extra = os.environ.get("KERNEL_ARGS", "")
    suites.kernel_args(1, extra)
    kbuild.jobs()
    check_tools()
    kernel = tree.prepare(os.environ.get("KVER", ""), os.environ.get("KDIR", ""))
    with paths.lock(paths.BUILD / ".lock-qemu"):
        with ui.stage("build") as stage:
            build(kernel.path, stage)
        ui.say(f"{'suite':<10} {glob}, arm64 on {QEMU}, by kunit.py:")
        verdict = run(kernel.path, glob, extra, trace=TRACE)
        if TRACE.exists():
            with open(TRACE, "rb") as trace:
                commands = sum(1 for line in trace if line.startswith(b"gicv3_its_cmd"))
            ui.say(f"{'trace':<10} {paths.shown(TRACE)}: {commands} commands")
        wrong = [] if glob != DEFAULT_SUITE else without_gicv4(kernel.path)
    if glob == DEFAULT_SUITE:
        ui.say(f"{'no GICv4':<10} gic-version=3: {wrong[0] if wrong else 'all suites skip'}")
    for reason in wrong:
        ui.say(ui.red("failed: ") + f"above a GICv3: {reason}")
    return suites.exit_status(verdict) or (1 if wrong else 0)


if __name__ == "__main__":
    ui.main(entry)
