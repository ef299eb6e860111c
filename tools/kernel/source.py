# SPDX-License-Identifier: GPL-2.0
"""Where an assembled tree's kernel files come from: a tarball or a user's tree.

A user's tree is only ever read.
"""

import filecmp
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Dict, Iterable, List, Tuple

from tools.common.ui import Stage, UserError
from tools.kernel.fetch import Kernel

# A file's state as the last copy saw it: mtime in ns, size.
Stat = Tuple[int, int]

# What an in-tree build, kunit.py, git, quilt or we leave in a tree. Kbuild refuses
# a source tree that holds the first three.
ARTEFACTS = re.compile(
    r"\.config(\.old)?$|include/(config|generated)/|arch/[^/]+/include/generated/"
    r"|\.kunit/|\.git(/|$)|\.pc/|patches(/|$)|\.overlay/|(vmlinux|linux|System\.map)[^/]*$"
    r"|(.*/)?\.tmp_|(.*/)?modules\.(order|builtin.*)$"
    r"|.*\.(o|ko|a|so|cmd|mod|mod\.c|symvers|dtb|dtbo|d|pyc|rej|orig)$|.*~$"
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
        """Every file but build products; sorted."""
        names = self._tracked() or self._walk()
        return sorted({name for name in names if not ARTEFACTS.match(name)})

    def _tracked(self) -> List[str]:
        """As git says, uncommitted and new files included; empty: ask somebody else.

        A tree without history cannot rely on its .gitignore: Debian's ignores
        everything.
        """
        if not (self.path / ".git").exists() or not shutil.which("git"):
            return []
        done = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z", "-c", "-o", "--exclude-standard"],
            cwd=self.path,
            capture_output=True,
            check=False,
        )
        names = [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
        return names if "Kconfig" in names and "Makefile" in names else []

    def _walk(self) -> List[str]:
        names = []
        for directory, subdirectories, files in os.walk(self.path):
            relative = os.path.relpath(directory, self.path)
            prefix = "" if relative == "." else relative + "/"
            for name in list(subdirectories):
                if os.path.islink(os.path.join(directory, name)):
                    names.append(prefix + name)
                    subdirectories.remove(name)
            subdirectories[:] = [
                name for name in subdirectories if not ARTEFACTS.match(f"{prefix}{name}/")
            ]
            names += [prefix + name for name in files]
        return names

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
