# SPDX-License-Identifier: GPL-2.0
"""What of this repository is laid over a kernel tree."""

import hashlib
import os
from pathlib import Path
from typing import Dict, Iterator

from tools.common import paths
from tools.kernel import series

# Directories that mirror the kernel's layout. tools/ holds our tools too, so
# only the part that belongs to kunit.py goes along.
TOPS = ("arch", "drivers", "include", "kernel", "lib", "virt", "tools/testing/kunit", "tools/testing/selftests")
KUNITCONFIG = "kunitconfig"
# Where kunit.py looks when it is given no flags.
KUNITCONFIG_IN_TREE = ".kunit/.kunitconfig"
HIDDEN_BUT_OURS = (".kunitconfig", ".gitignore")
LEFTOVERS = (".orig", ".rej", ".pyc", "~", ".swp")


def walk(top: Path) -> Iterator[Path]:
    for directory, names, files in os.walk(top):
        names[:] = sorted(
            name for name in names if not name.startswith(".") and name != "__pycache__"
        )
        for name in sorted(files):
            if name.startswith(".") and name not in HIDDEN_BUT_OURS:
                continue
            if not name.endswith(LEFTOVERS):
                yield Path(directory) / name


def files(repo: Path = paths.REPO) -> Dict[str, Path]:
    """Path in the tree -> file of ours."""
    found = {}
    for top in TOPS:
        for path in walk(repo / top):
            found[str(path.relative_to(repo))] = path
    if (repo / KUNITCONFIG).is_file():
        found[KUNITCONFIG_IN_TREE] = repo / KUNITCONFIG
    return found


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def digest(patches: Path, repo: Path = paths.REPO) -> str:
    """One number for everything that we add to a tree."""
    total = hashlib.sha256()
    for name, path in files(repo).items():
        mode = "x" if os.access(path, os.X_OK) else "-"
        total.update(f"{name} {mode} {sha(path.read_bytes())}\n".encode())
    total.update((patches / "series").read_bytes())
    for name in series.patches_of(patches):
        total.update(f"{name} {sha((patches / name).read_bytes())}\n".encode())
    return total.hexdigest()
