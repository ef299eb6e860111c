# SPDX-License-Identifier: GPL-2.0
"""`make faults`: which allocations the unwind suites have failed, and which never.

A kernel with frame pointers prints a stack for each allocation that a suite
fails. The return addresses in it are held against all calls in our sources of
interest by which memory is allocated. What was never failed has to be in the
list unfailed.txt, with the reason.
"""

import os
import re
import subprocess
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Sequence, Set, Tuple

from tools.common import paths, ui
from tools.common.ui import UserError
from tools.kernel import tree
from tools.testing.vgic import kbuild, suites
from tools.testing.vgic.run import KUNITCONFIG

FAULTS_CONFIG = paths.REPO / "tools/testing/kunit/configs/faults.config"
LIST = paths.REPO / "tools/testing/vgic/unfailed.txt"
SUITES = "vgic_vlpi_[ul]*"
TIMEOUT = 1200
VERBOSE = "alloc_fault.verbose=1"
# Those that differ in what is allocated; plain kernels have all of them fail, too.
MACHINES = "um_vgic.machines=v4.0-direct,v4.0-2its,v4.1"

# Whose allocations count.
SOURCES = (
    "arch/arm64/kvm/vgic/vgic-v4.c",
    "arch/arm64/kvm/vgic/vgic-its.c",
    "arch/arm64/kvm/vgic/vgic-init.c",
    "arch/arm64/kvm/vgic/mock-msi.c",
    "arch/arm64/kvm/vgic/mock-msi-steps.c",
    "drivers/irqchip/irq-gic-v4.c",
    "drivers/irqchip/irq-gic-v3-its.c",
    "drivers/irqchip/its-mock-msi.c",
    "virt/lib/irqbypass.c",
    "virt/kvm/eventfd.c",
    "virt/kvm/irqchip.c",
)
# With frame pointers there are no tail calls: each of these leaves its address.
# What allocates, by itself or a little further down.
ALLOCATOR = re.compile(
    r"(__)?k[vmz]?(m|z|re)?alloc\w*|__kvmalloc\w*|kmem_cache_alloc\w*|kmemdup\w*"
    r"|kv?asprintf|kstrdup\w*|(__)?alloc_pages\w*|(__)?get_free_pages?\w*"
    r"|get_zeroed_page\w*|alloc_percpu\w*"
    r"|(__)?xa_(store|insert|alloc|reserve|cmpxchg)\w*|ida_alloc\w*|idr_alloc\w*|bitmap_z?alloc\w*"
    r"|gen_pool_(create|add)\w*|request_threaded_irq|(__)?irq_domain_(create|alloc|instantiate)\w*"
    r"|irq_domain_instantiate|__irq_alloc_descs|root_device_register|__root_device_register"
    r"|kvm_io_bus_register_dev|anon_inode_getf\w+|alloc_workqueue\w*"
)

FAULT = "FAULT_INJECTION: forcing a failure"
# A return address that a frame pointer leads to; those with a ? are left-overs.
ADDRESS = re.compile(r"\[<([0-9a-f]+)>\] (?!\?)")
FUNCTION = re.compile(r"^([0-9a-f]+) <(.+)>:$")
# UML is linked for the large code model: addresses are called by way of registers.
LOAD = re.compile(r"^\s*[0-9a-f]+:\s+mov(?:abs|l|q)?\s+\$0x([0-9a-f]+),%(?P<reg>\w+)")
CALL = re.compile(
    r"^\s*[0-9a-f]+:\s+call\s+(?:\*%(?P<reg>\w+)|(?P<target>[0-9a-f]+) <[^>]+>)"
)
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):")
ENTRY = re.compile(r"(?P<file>\S+)\s+(?P<function>\w+)\s+(?P<callee>[\w*]+)\s+(?P<reason>\S.*)")


class Site(NamedTuple):
    """One call by which memory is allocated."""

    file: str
    function: str
    line: int
    callee: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.function}() calls {self.callee}()"


class Reason(NamedTuple):
    """A line of the list: why a call is never failed."""

    file: str
    function: str
    callee: str
    reason: str
    number: int

    def explains(self, site: Site) -> bool:
        return (
            site.file == self.file
            and site.function == self.function
            and self.callee in ("*", site.callee)
        )


def parse_list(text: str) -> List[Reason]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = ENTRY.fullmatch(line)
        if not match:
            raise UserError(f"{LIST.name}:{number}: expected 'file function callee reason': {line}")
        found.append(
            Reason(match["file"], match["function"], match["callee"], match["reason"], number)
        )
    return found


def failed_addresses(lines: Iterable[str]) -> Tuple[int, Set[int]]:
    """How many allocations failed, and the return addresses on their stacks."""
    faults, addresses, inside = 0, set(), False
    for line in lines:
        if FAULT in line:
            faults += 1
            inside = True
        elif inside and "[<" not in line and ("# " in line or "ok " in line):
            inside = False
        if inside:
            match = ADDRESS.search(line)
            if match:
                addresses.add(int(match[1], 16))
    return faults, addresses


def calls(disassembly: Sequence[str]) -> Dict[int, str]:
    """Return address -> the allocating function that is called."""
    names: Dict[int, str] = {}
    for line in disassembly:
        match = FUNCTION.match(line)
        if match:
            names[int(match[1], 16)] = match[2].split(".")[0]
    found: Dict[int, str] = {}
    loaded: Dict[str, int] = {}  # into which register
    pending = ""
    for line in disassembly:
        match = INSTRUCTION.match(line)
        if not match:
            pending = ""
            loaded = {}
            continue
        if pending:
            found[int(match[1], 16)] = pending
            pending = ""
        match = LOAD.match(line)
        if match:
            loaded[wide(match["reg"])] = int(match[1], 16)
            continue
        match = CALL.match(line)
        if match:
            target = int(match["target"], 16) if match["target"] else loaded.get(match["reg"], 0)
            name = names.get(target, "")
            pending = name if ALLOCATOR.fullmatch(name) else ""
    return found


def wide(register: str) -> str:
    """The 64-bit register that a 32-bit one is the lower half of."""
    return "r" + register[1:] if register.startswith("e") else register.rstrip("d")


def place(frames: Sequence[Tuple[str, str]]) -> Tuple[str, str, int]:
    """The innermost of inlined frames that is in a source of interest."""
    for function, where in frames:
        name, _, line = where.rpartition(":")
        name = os.path.normpath(name)
        for source in SOURCES:
            if name.endswith("/" + source) or name == source:
                return source, function, int(re.sub(r"\D.*", "", line) or 0)
    return "", "", 0


def sites(binary: Path, addresses: Dict[int, str]) -> Dict[int, Site]:
    """Where in our sources the calls are; those of others are left out."""
    asked = sorted(addresses)
    done = subprocess.run(
        ["addr2line", "-a", "-i", "-f", "-e", str(binary)],
        # The call itself: what it returns to may be another line.
        input="".join(f"{address - 1:#x}\n" for address in asked),
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: Dict[int, Site] = {}
    for chunk in re.split(r"(?m)^0x", done.stdout)[1:]:
        first, *rest = chunk.splitlines()
        address = int(first, 16) + 1
        file, function, line = place(list(zip(rest[::2], rest[1::2])))
        if file:
            found[address] = Site(file, function, line, addresses[address])
    return found


def compare(
    found: Dict[int, Site], failed: Set[int], reasons: Sequence[Reason]
) -> Tuple[Set[Site], Dict[Site, str], List[str]]:
    """Sites that were failed; those that were not, with the reason; and what is wrong."""
    hit = {site for address, site in found.items() if address in failed}
    never = {site for site in found.values() if site not in hit}
    explained: Dict[Site, str] = {}
    wrong: List[str] = []
    used: Set[Reason] = set()
    for site in sorted(never):
        matching = [reason for reason in reasons if reason.explains(site)]
        used.update(matching)
        if matching:
            explained[site] = matching[0].reason
        else:
            wrong.append(f"{site}, which no suite has failed")
    for reason in reasons:
        if reason not in used:
            wrong.append(f"{LIST.name}:{reason.number}: {reason.function}() is failed, or is gone")
    return hit, explained, wrong


def disassemble(binary: Path) -> List[str]:
    done = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", str(binary)],
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.splitlines()


def entry() -> int:
    kbuild.jobs()
    kernel = tree.prepare(os.environ.get("KVER", ""), os.environ.get("KDIR", ""))
    reasons = parse_list(LIST.read_text(encoding="utf-8"))
    with paths.lock(paths.BUILD / ".lock-uml"):
        with ui.stage("build") as stage:
            kbuild.build_uml(kernel.path, paths.UML_FAULTS, [KUNITCONFIG, FAULTS_CONFIG], stage)
        with ui.stage("suites") as stage:
            verdict = suites.run(
                kernel.path,
                paths.UML_FAULTS,
                SUITES,
                1,
                f"{VERBOSE} {MACHINES}",
                capture=True,
                timeout=TIMEOUT,
            )
            counts = verdict.counts
            stage.say(f"{SUITES}: {counts.passed} passed, {counts.failed} failed")
        with ui.stage("compare") as stage:
            lines = verdict.log.read_text(encoding="utf-8", errors="replace").splitlines()
            faults, failed = failed_addresses(lines)
            binary = paths.UML_FAULTS / "linux"
            found = sites(binary, calls(disassemble(binary)))
            hit, explained, wrong = compare(found, failed, reasons)
            stage.say(f"{faults} allocations failed")
    report = [f"failed       {site}" for site in sorted(hit)]
    report += [f"never failed {site}: {reason}" for site, reason in sorted(explained.items())]
    (paths.LOGS / "faults.txt").write_text("\n".join(report + wrong) + "\n", encoding="utf-8")
    for site, reason in sorted(explained.items()):
        ui.say(f"never failed: {site}: {reason}")
    for line in wrong:
        ui.say(ui.red("failed: ") + line)
    ui.say(
        f"{len(hit)} call sites failed, {len(explained)} never and explained, "
        f"{len(wrong)} surprises"
    )
    ui.say(f"report: {paths.shown(paths.LOGS / 'faults.txt')}, log: {paths.shown(verdict.log)}")
    return 1 if wrong or counts.failed or not counts.passed or not hit else 0


if __name__ == "__main__":
    ui.main(entry)
