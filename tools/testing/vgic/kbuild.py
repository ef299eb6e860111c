# SPDX-License-Identifier: GPL-2.0
"""Configure and build a kernel from an assembled tree."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Dict, List, Sequence

from tools.common import paths
from tools.common.ui import Stage, UserError, say
from tools.kernel import assemble

# What the user's make and shell must not hand down to the kernel's make.
SCRUBBED = re.compile(
    r"MAKE|MFLAGS|ARCH$|SUBARCH$|CROSS_COMPILE|KBUILD|KCONFIG|O$|V$|W$|C$|M$|CC$|LD$|"
    r"KCFLAGS|KCPPFLAGS|CFLAGS|LDFLAGS|LLVM|KVER$|KDIR$|SUITE$|NCPUS$|KERNEL_ARGS$|JOBS$|"
    r"TRACE$|DUMP$|FORMAT$|BENCH$|RUNS$|SECONDS$|COMMANDS$|SEED$|MACHINE$|REPLAY$|FIXES$|"
    r"MUTANTS$|FILES$|SAMPLE$|HOSTS$|STAGES$|KEEP$|DEBUG$|UNPATCHED$"
)
CCACHE_LINKS = Path("/usr/lib/ccache")
STEP = re.compile(r"^  (CC|AS|LD|AR|HOSTCC|GEN|UPD|CHECK)\s+(\S+)")
MESSAGE = re.compile(r"(?:warning|error|undefined reference|Error \d|\*\*\*)", re.I)


def jobs() -> int:
    given = os.environ.get("JOBS", "")
    if not given:
        return len(os.sched_getaffinity(0))
    if not given.isdigit() or not 1 <= int(given) <= 1024:
        raise UserError(f"JOBS={given}: a number of compile jobs, 1 or more")
    return int(given)


def environment() -> Dict[str, str]:
    """The user's environment, without what would leak into the kernel's make."""
    kept = {name: value for name, value in os.environ.items() if not SCRUBBED.match(name)}
    kept["LC_ALL"] = "C.UTF-8"
    if CCACHE_LINKS.is_dir():
        # As gcc in PATH, so that compile commands are the same with and without.
        kept["PATH"] = f"{CCACHE_LINKS}:{kept.get('PATH', '')}"
        kept.setdefault("CCACHE_DIR", str(paths.cache_dir() / "ccache"))
        kept.setdefault("CCACHE_BASEDIR", str(paths.REPO))
        kept.setdefault("CCACHE_NOHASHDIR", "1")
    return kept


def merge(fragments: Sequence[Path]) -> str:
    """Kconfig fragments as one; a later word on a symbol wins."""
    options: Dict[str, str] = {}
    for fragment in fragments:
        for line in fragment.read_text(encoding="utf-8").splitlines():
            match = re.match(r"(?:# )?(CONFIG_\w+)(?:=| is not set)", line)
            if match:
                options.pop(match[1], None)
                options[match[1]] = line
    return "".join(line + "\n" for line in options.values())


def newer_than(reference: Path, listing: Path) -> bool:
    """Is a file that a Kconfig run read newer than its result?"""
    try:
        made = reference.stat().st_mtime
        names = re.findall(r"^\s+(\S+Kconfig\S*) \\$", listing.read_text(), re.M)
    except OSError:
        return True
    source = listing.parents[2] / "source"
    for name in names:
        try:
            if (source / name).stat().st_mtime > made:
                return True
        except OSError:
            return True
    return False


class Kernel:
    """One build directory of one assembled tree."""

    def __init__(self, tree: Path, build: Path, arch: str = "um", cross: str = "") -> None:
        self.tree = tree
        self.build = build
        self.arch = arch
        self.cross = cross
        self.built = 0

    @property
    def log(self) -> Path:
        return paths.LOGS / f"build-{self.build.name}.log"

    def make(self, *targets: str) -> List[str]:
        command = ["make", "-C", str(self.tree), f"ARCH={self.arch}", f"O={self.build}"]
        if self.cross:
            command.append(f"CROSS_COMPILE={self.cross}")
        return command + [f"-j{jobs()}", *targets]

    def fresh(self) -> None:
        """Objects of another tree are worth nothing: same names, other content."""
        stamp = self.build / ".generation"
        current = f"{self.tree} {assemble.generation(self.tree)}"
        if self.build.exists() and (not stamp.exists() or stamp.read_text() != current):
            shutil.rmtree(self.build)
        self.build.mkdir(parents=True, exist_ok=True)
        paths.LOGS.mkdir(parents=True, exist_ok=True)
        stamp.write_text(current)

    def configure(self, fragments: Sequence[Path], stage: Stage) -> None:
        """Write .config by kunit.py, which checks that every option took."""
        self.fresh()
        merged = merge(fragments)
        stamp = self.build / ".configured"
        wanted = hashlib.sha256(
            (merged + assemble.state_digest(self.tree)).encode()
        ).hexdigest()
        config = self.build / ".config"
        if (
            config.exists()
            and stamp.exists()
            and stamp.read_text() == wanted
            and not newer_than(config, self.build / "include/config/auto.conf.cmd")
        ):
            return
        stage.progress("configuring")
        stamp.unlink(missing_ok=True)
        (self.build / "last_used_kunitconfig").unlink(missing_ok=True)
        (self.build / ".kunitconfig").write_text(merged)
        done = subprocess.run(
            ["tools/testing/kunit/kunit.py", "config", "--build_dir", str(self.build)],
            cwd=self.tree,
            env=environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        log = paths.LOGS / f"config-{self.build.name}.log"
        log.write_text(done.stdout)
        if done.returncode:
            raise UserError(f"configuring failed:\n{done.stdout.strip()}\nlog: {paths.shown(log)}")
        stamp.write_text(wanted)

    def run(self, targets: Sequence[str], stage: Stage, keep_going: bool = False) -> List[str]:
        """Build targets. Return: the compiler's messages; the log has all."""
        paths.LOGS.mkdir(parents=True, exist_ok=True)
        expected = self._expected()
        self.built = 0
        messages: List[str] = []
        command = self.make(*targets) + (["-k"] if keep_going else [])
        with open(self.log, "w", encoding="utf-8") as log, subprocess.Popen(
            command,
            env=environment(),
            text=True,
            errors="backslashreplace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        ) as process:
            assert process.stdout
            log.write("$ " + " ".join(command) + "\n")
            for line in process.stdout:
                log.write(line)
                match = STEP.match(line)
                if match:
                    self.built += match[1] in ("CC", "AS")
                    of_all = f" of about {expected}" if expected > self.built else ""
                    stage.progress(f"{self.built}{of_all} files compiled, now {match[2]}")
                elif MESSAGE.search(line):
                    messages.append(line.rstrip())
        if process.returncode and not keep_going:
            raise UserError(
                "the build failed:\n"
                + "\n".join("  " + line for line in excerpt(self.log))
                + f"\nlog: {paths.shown(self.log)}"
            )
        self._remember()
        return messages

    def _count_file(self) -> Path:
        return paths.cache_dir() / f"objects-{self.build.name}"

    def _expected(self) -> int:
        try:
            return int(self._count_file().read_text())
        except (OSError, ValueError):
            return 0

    def _remember(self) -> None:
        if self.built > self._expected():
            try:
                self._count_file().parent.mkdir(parents=True, exist_ok=True)
                self._count_file().write_text(f"{self.built}\n")
            except OSError:
                pass  # only the progress line wants it


def excerpt(log: Path, lines: int = 24) -> List[str]:
    """What a failed build said, from its first error on."""
    text = log.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(text):
        if re.search(r"\berror\b|undefined reference|\*\*\*", line, re.I):
            return text[max(0, number - 2) : number + lines]
    return text[-lines:]


def build_uml(tree: Path, build: Path, fragments: Sequence[Path], stage: Stage) -> Kernel:
    """Configure and build only the `linux` binary; say() the result."""
    kernel = Kernel(tree, build)
    kernel.configure(fragments, stage)
    messages = kernel.run(["linux"], stage)
    if kernel.built:
        stage.say(f"{paths.shown(build)}/linux: {kernel.built} files compiled")
    else:
        stage.say(f"{paths.shown(build)}/linux: nothing to rebuild")
    for line in messages:
        if "warning" in line:
            say("  " + line)
    return kernel

