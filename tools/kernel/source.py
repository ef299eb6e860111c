# SPDX-License-Identifier: GPL-2.0
"""Where an assembled tree's kernel files come from: a tarball or a user's tree.

A user's tree is only ever read.
"""

import filecmp
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Dict, Iterable, List, Optional, Tuple

from tools.common.ui import Stage, UserError
from tools.kernel.fetch import Kernel

# A file's state as the last copy saw it: mtime in ns, size.
Stat = Tuple[int, int]

# Build products of an in-tree build: .gitignore names them too, but not every
# tree has one, and Kbuild refuses a source tree that holds these.
ARTEFACTS = re.compile(
    r"\.config(\.old)?$|include/(config|generated)/|arch/[^/]+/include/generated/"
    r"|\.kunit/|\.pc/|\.overlay/|.*\.(o|ko|a|cmd)$"
)


class TarSource:
    """A fetched kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.identity = kernel.identity
        self.title = f"Linux {kernel.version}"

    def populate(self, into: Path, stage: Stage) -> None:
        """Unpack everything."""
        size = self.kernel.tarball.stat().st_size
        with open(self.kernel.tarball, "rb") as packed, subprocess.Popen(
            ["tar", "-x", "-J", "--strip-components=1", "-C", str(into)], stdin=subprocess.PIPE
        ) as tar:
            assert tar.stdin
            done = 0
            try:
                while chunk := packed.read(1 << 20):
                    tar.stdin.write(chunk)
                    done += len(chunk)
                    stage.progress(f"unpacking {self.kernel.tarball.name}: {done * 100 // size}%")
                tar.stdin.close()
            except BrokenPipeError:
                pass
        if tar.returncode:
            raise UserError(
                f"could not unpack {self.kernel.tarball} into {into} (disk full? damaged file?);\n"
                "  a damaged one is fetched again after: make refetch"
            )

    def pristine(self, names: Iterable[str], into: Path) -> None:
        """Put those of the named files that exist below a directory."""
        top = subprocess.run(
            f"xz -dc {self._quoted()} | tar -t 2>/dev/null | head -n 1",
            shell=True,
            text=True,
            capture_output=True,
            check=False,
        ).stdout.split("/")[0]
        wanted = [f"{top}/{name}" for name in names]
        # A name that the tarball lacks is tar's exit status 2, and no error here.
        subprocess.run(
            ["tar", "-x", "-J", "--strip-components=1", "-C", str(into)]
            + ["-f", str(self.kernel.tarball), "--"]
            + wanted,
            stderr=subprocess.DEVNULL,
            check=False,
        )

    def _quoted(self) -> str:
        return "'" + str(self.kernel.tarball).replace("'", "'\\''") + "'"


class DirSource:
    """A user's own tree (KDIR)."""

    def __init__(self, path: Path, version: str) -> None:
        self.path = path
        self.identity = f"KDIR {path}"
        self.title = f"Linux {version} from {path}"

    def files(self) -> List[str]:
        """Every file but build products, as git's ignore rules say; sorted."""
        if not shutil.which("git"):
            raise UserError("KDIR needs git to tell sources from build products; install git")
        git = ["git", "-c", "safe.directory=*", "-c", "core.quotePath=false"]
        listed = subprocess.run(
            git + ["-C", str(self.path), "rev-parse", "--show-toplevel"],
            text=True,
            capture_output=True,
            check=False,
        )
        if listed.returncode == 0 and Path(listed.stdout.strip()) == self.path:
            names = self._list(git + ["-C", str(self.path)], ["-c", "-o", "--exclude-standard"])
        else:
            # Not a checkout: an empty repository elsewhere lends its eyes.
            with tempfile.TemporaryDirectory() as empty:
                subprocess.run(["git", "init", "-q", "--bare", empty], check=True)
                lens = git + [f"--git-dir={empty}", f"--work-tree={self.path}"]
                names = self._list(
                    lens, ["-o", "--exclude-per-directory=.gitignore"], cwd=self.path
                )
        return sorted({name for name in names if not ARTEFACTS.match(name)})

    @staticmethod
    def _list(git: List[str], options: List[str], cwd: Optional[Path] = None) -> List[str]:
        done = subprocess.run(
            git + ["ls-files", "-z"] + options, capture_output=True, check=False, cwd=cwd
        )
        if done.returncode:
            raise UserError(f"git ls-files failed in KDIR: {os.fsdecode(done.stderr).strip()}")
        return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]

    def scan(self) -> Dict[str, Stat]:
        found: Dict[str, Stat] = {}
        for name in self.files():
            try:
                state = os.lstat(self.path / name)
            except OSError:
                continue  # tracked, but deleted in the work tree
            found[name] = (state.st_mtime_ns, state.st_size)
        return found

    def populate(self, into: Path, stage: Stage) -> Dict[str, Stat]:
        """Copy everything (by reflink where the file system can)."""
        found = self.scan()
        names = list(found)
        step = 4000
        for start in range(0, len(names), step):
            stage.progress(f"copying {self.path}: {start * 100 // len(names)}%")
            batch = b"\0".join(os.fsencode(name) for name in names[start : start + step])
            done = subprocess.run(
                ["xargs", "-0", "cp", "--reflink=auto", "--no-dereference", "--parents"]
                + ["--preserve=mode,timestamps", "--target-directory", str(into), "--"],
                input=batch,
                cwd=self.path,
                capture_output=True,
                check=False,
            )
            if done.returncode:
                raise UserError(f"could not copy KDIR: {os.fsdecode(done.stderr).strip()}")
        return found

    def pristine(self, names: Iterable[str], into: Path) -> None:
        for name in names:
            if (self.path / name).is_file():
                copy_file(self.path / name, into / name)


def copy_file(source: Path, target: Path) -> None:
    """Replace target, whole or not at all; its time is now, so make sees it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.new")
    if source.is_symlink():
        temporary.unlink(missing_ok=True)
        os.symlink(os.readlink(source), temporary)
    else:
        shutil.copyfile(source, temporary)
        shutil.copymode(source, temporary)
        os.chmod(temporary, os.stat(temporary).st_mode | 0o200)
    os.replace(temporary, target)


def same(one: Path, other: Path) -> bool:
    """Equal content, or equal links."""
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and os.readlink(one) == os.readlink(other)
    if not one.is_file() or not other.is_file():
        return False
    return filecmp.cmp(one, other, shallow=False)
