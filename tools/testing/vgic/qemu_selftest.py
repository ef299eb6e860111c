# SPDX-License-Identifier: GPL-2.0
"""`make qemu-selftest`: KVM selftests on arm64, above QEMU's GICv4.

The kernel is at EL2 and runs guests of its own. QEMU writes down each ITS
command that it sees, so what the tests say they did can be compared with it.
"""

import os
import queue
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import List, NamedTuple, Sequence

from tools.common import paths, ui
from tools.common.ui import Stage, UserError
from tools.kernel import tree
from tools.testing.vgic import arm64, kbuild, kernellog, qemu, selftest_log, suites

HERE = Path(__file__).parent
FRAGMENT = HERE / "selftest.config"
DEBUG_FRAGMENT = HERE / "selftest-debug.config"
OURS_ONLY = ("CONFIG_KVM_ARM_DEBUG_GIC_MSI", "CONFIG_ITS_MOCK_MSI_USER")
SELFTESTS = "tools/testing/selftests/kvm"
OURS = ("vgic_vlpi_direct", "vgic_vlpi_setup")
UPSTREAM = ("vgic_init", "vgic_irq", "vgic_its_save", "vgic_lpi_stress -v 2 -d 2 -e 8 -i 100")
# WFI is always trapped: so a vCPU blocks, and a doorbell has to wake it.
CMDLINE = (
    "console=ttyAMA0 loglevel=3 panic=-1 rdinit=/init "
    "kvm-arm.vgic_v4_enable=1 kvm-arm.wfi_trap_policy=trap"
)
PORTS = 20
MACHINE = [
    *("-cpu", "neoverse-n1", "-smp", "2", "-m", "1G"),
    *("-nographic", "-nodefaults", "-no-reboot", "-serial", "stdio"),
    # Drivers with an MSI of their own, and one of them beyond irq 32.
    *(word for port in range(PORTS) for word in ("-device", f"pcie-root-port,chassis={port}")),
]
# What looks like a splat and is a program's.
ADVICE = re.compile(r"WARNING: running \d+ threads on \d+ CPUs")
TRACED = "gicv3_its_cmd*"
TIMEOUT = 600
DEBUG_TIMEOUT = 2400
DEBUG_BLOCKS = 5000


class Boot(NamedTuple):
    """One boot: the GIC, what runs there, and which cases may skip for which reason."""

    name: str
    gic: int
    programs: Sequence[str]
    may_skip: str


BOOTS = (
    Boot("gicv4", 4, (*OURS, *UPSTREAM), r"the host has GICv4$"),
    Boot("gicv3", 3, OURS, r"the host has no GICv4$"),
)
BARE_BOOTS = (Boot("unpatched", 4, UPSTREAM, "$^"),)


class Plan(NamedTuple):
    """What is built and booted."""

    tree: Path
    build: Path
    fragments: List[Path]
    boots: Sequence[Boot]
    timeout: int
    environment: List[str]


def flag(name: str) -> bool:
    value = os.environ.get(name, "")
    if value not in ("", "0", "1"):
        raise UserError(f"{name}={value}: 0 or 1")
    return value == "1"


def build_kernel(plan: Plan, stage: Stage) -> kbuild.Kernel:
    kernel = kbuild.Kernel(plan.tree, plan.build, "arm64", arm64.CROSS)
    arm64.configure(kernel, stage, plan.fragments)
    messages = kernel.run(["Image"], stage)
    stage.say(f"{paths.shown(plan.build)}: {kernel.built or 'no'} files compiled")
    for line in messages:
        if "warning" in line:
            ui.say("  " + line)
    return kernel


def call(command: List[str], log: Path, what: str) -> None:
    with open(log, "a", encoding="utf-8") as output:
        output.write("$ " + " ".join(command) + "\n")
        output.flush()
        done = subprocess.run(
            command,
            env=kbuild.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise UserError(
            f"{what} failed:\n"
            + "\n".join("  " + line for line in kbuild.excerpt(log))
            + f"\nlog: {paths.shown(log)}"
        )


def build_selftests(kernel: kbuild.Kernel, programs: Sequence[str], stage: Stage) -> Path:
    """The programs, static. Return: the directory that they are in."""
    out = kernel.build / "kselftest"
    log = paths.LOGS / f"build-{kernel.build.name}-kselftest.log"
    log.unlink(missing_ok=True)
    (out / "arm64").mkdir(parents=True, exist_ok=True)
    (kernel.build / "tools").mkdir(exist_ok=True)
    stage.progress("installing the kernel's headers")
    headers = kernel.build / "usr"
    call(kernel.make(f"INSTALL_HDR_PATH={headers}", "headers_install"), log, "headers_install")
    stage.progress("compiling")
    command = ["make", "-C", str(kernel.tree / SELFTESTS), f"-j{kbuild.jobs()}"]
    command += ["ARCH=arm64", f"CROSS_COMPILE={arm64.CROSS}", f"OUTPUT={out}"]
    command += [f"abs_objdir={kernel.build}", "USERLDFLAGS=-static"]
    command += [f"KHDR_INCLUDES=-isystem {headers}/include"]
    command += [str(out / "arm64" / name) for name in programs]
    call(command, log, "compiling the selftests")
    stage.say(f"{paths.shown(out)}: {len(programs)} programs")
    return out / "arm64"


def pack(plan: Plan, kernel: kbuild.Kernel, boot: Boot, programs: Path) -> Path:
    """An initramfs of the init, the programs, and the list of what to run."""
    work = plan.build / "initramfs"
    work.mkdir(exist_ok=True)
    log = paths.LOGS / f"build-{plan.build.name}-initramfs.log"
    log.unlink(missing_ok=True)
    init, cpio = work / "init", work / "gen_init_cpio"
    source = HERE / "selftest-init.c"
    call([f"{arm64.CROSS}gcc", "-O2", "-Wall", "-static", "-o", str(init), str(source)], log, "init")
    source = kernel.tree / "usr/gen_init_cpio.c"
    call(["gcc", "-O2", "-o", str(cpio), str(source)], log, "gen_init_cpio")
    lines = [f"export {word}" for word in plan.environment]
    lines += [f"/bin/{program}" for program in boot.programs]
    (work / "tests").write_text("".join(line + "\n" for line in lines))
    listing = [f"dir /{name} 755 0 0" for name in ("bin", "dev", "proc", "sys", "tmp")]
    listing += ["nod /dev/console 600 0 0 c 5 1"]
    listing += [f"file /init {init} 755 0 0", f"file /tests {work / 'tests'} 644 0 0"]
    for name in {program.split()[0] for program in boot.programs}:
        listing.append(f"file /bin/{name} {programs / name} 755 0 0")
    (work / "list").write_text("".join(line + "\n" for line in listing))
    image = work / f"{boot.name}.cpio"
    call([str(cpio), "-o", str(image), str(work / "list")], log, "gen_init_cpio")
    return image


def read_lines(process: "subprocess.Popen[str]", lines: "queue.Queue[str]") -> None:
    assert process.stdout
    for line in process.stdout:
        lines.put(line)
    lines.put("")


def run_qemu(command: List[str], log: Path, timeout: int, stage: Stage) -> str:
    """Boot, with the console in the log. Return: why it did not end by itself, if so."""
    deadline = time.monotonic() + timeout
    lines: "queue.Queue[str]" = queue.Queue()
    with open(log, "w", encoding="utf-8") as output, subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="backslashreplace",
    ) as process:
        threading.Thread(target=read_lines, args=(process, lines), daemon=True).start()
        while True:
            try:
                line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                process.kill()
                return f"not at its end after {timeout} s"
            if not line:
                break
            output.write(line.replace("\r", ""))
            if line.startswith(("init: run", "ok ", "not ok ")):
                stage.progress(line.strip())
    return f"{qemu.QEMU} exited with {process.returncode}" if process.returncode else ""


def judge(boot: Boot, log: Path, trace: Path, ended: str, seconds: float) -> suites.Verdict:
    """Cases, splats, the init's end, and the ITS's own record."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    cases, done = selftest_log.cases(lines)
    reasons = [f"{case.name}: {case.note or 'not ok'}" for case in cases if case.state == "failed"]
    reasons += [
        f"{case.name} was skipped: {case.note}"
        for case in cases
        if case.state == "skipped" and not re.search(boot.may_skip, case.note)
    ]
    if ended:
        reasons.append(ended)
    elif not done:
        reasons.append("the kernel died before the last program ended")
    for found in kernellog.scan("" if ADVICE.match(line) else line for line in lines):
        reasons.append(f"kernel log line {found.line}: {found.text}")
    if boot.gic == 4 and any(program.split()[0] in OURS for program in boot.programs):
        with open(trace, encoding="utf-8", errors="replace") as commands:
            reasons += selftest_log.commands_missing(lines, commands)
    counts = kernellog.Counts(
        *(sum(case.state == state for case in cases) for state in ("passed", "failed", "skipped"))
    )
    if not counts.passed:
        reasons.append("no case passed")
    return suites.Verdict(not reasons, counts, reasons, log, "", seconds)


def run(plan: Plan, kernel: kbuild.Kernel, boot: Boot, programs: Path) -> suites.Verdict:
    """Boot one machine, say what it said."""
    image = pack(plan, kernel, boot, programs)
    log = suites.new_log(f"selftest-{plan.build.name}-{boot.name}")
    trace = log.with_suffix(".trace")
    command = [qemu.QEMU, "-machine", f"virt,virtualization=on,gic-version={boot.gic}", *MACHINE]
    command += ["-kernel", str(kernel.build / "arch/arm64/boot/Image"), "-initrd", str(image)]
    command += ["-append", CMDLINE, "-trace", TRACED, "-D", str(trace)]
    started = time.monotonic()
    with ui.stage(boot.name) as stage:
        ended = run_qemu(command, log, plan.timeout, stage)
        trace.touch()
        verdict = judge(boot, log, trace, ended, time.monotonic() - started)
        passed, failed, skipped = verdict.counts
        stage.say(f"{passed} passed, {failed} failed, {skipped} skipped")
    for reason in verdict.reasons:
        ui.say(ui.red("failed: ") + reason)
    if verdict.reasons:
        ui.say(f"console: {paths.shown(log)}; ITS commands: {paths.shown(trace)}")
    return verdict


def run_all(plan: Plan) -> List[suites.Verdict]:
    """Build and boot; a build that fails is a UserError."""
    qemu.check_tools()
    names = sorted({program.split()[0] for boot in plan.boots for program in boot.programs})
    with paths.lock(paths.BUILD / ".lock-qemu-selftest"):
        with ui.stage("build") as stage:
            kernel = build_kernel(plan, stage)
        with ui.stage("selftests") as stage:
            programs = build_selftests(kernel, names, stage)
        return [run(plan, kernel, boot, programs) for boot in plan.boots]


def plan_of(assembled: Path, bare: bool = False, debug: bool = False) -> Plan:
    name = "arm64-selftest" + ("-debug" if debug else "")
    build = assembled.parent / name
    fragments = [FRAGMENT] + ([DEBUG_FRAGMENT] if debug else [])
    if bare:
        reduced = assembled.parent / "selftest-bare.config"
        kept = [
            line
            for line in FRAGMENT.read_text(encoding="utf-8").splitlines()
            if not line.startswith(OURS_ONLY)
        ]
        reduced.write_text("".join(line + "\n" for line in kept))
        fragments[0] = reduced
    seed = os.environ.get("SEED") or str(int(time.time()))
    if not seed.isdigit():
        raise UserError(f"SEED={seed}: a number")
    variables = [f"VLPI_SEED={seed}"]
    if debug:
        variables.append(f"VLPI_BLOCKS={DEBUG_BLOCKS}")
    return Plan(
        assembled,
        build,
        fragments,
        BARE_BOOTS if bare else BOOTS,
        DEBUG_TIMEOUT if debug else TIMEOUT,
        variables,
    )


def entry() -> int:
    kbuild.jobs()
    bare, debug = flag("UNPATCHED"), flag("DEBUG")
    qemu.check_tools()
    where = (os.environ.get("KVER", ""), os.environ.get("KDIR", ""))
    kernel = tree.prepare(*where, wanted_fixes=os.environ.get("FIXES", ""), bare=bare)
    verdicts = run_all(plan_of(kernel.path, bare, debug))
    passed, failed, skipped = (
        sum(verdict.counts[index] for verdict in verdicts) for index in range(3)
    )
    failed += sum(bool(verdict.reasons) and not verdict.counts.failed for verdict in verdicts)
    ui.say(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if all(verdict.passed for verdict in verdicts) else 1


if __name__ == "__main__":
    ui.main(entry)
