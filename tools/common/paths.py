# SPDX-License-Identifier: GPL-2.0
"""Where things live. The names under build/ are fixed: people script on them."""

import fcntl
import os
from pathlib import Path
from typing import IO

REPO = Path(__file__).resolve().parents[2]
BUILD = REPO / "build"
LOGS = BUILD / "logs"
UML = BUILD / "uml"
UML_DEBUG = BUILD / "uml-debug"
UML_LINT = BUILD / "uml-lint"
UML_TRACING = BUILD / "uml-tracing"
UML_FUZZ = BUILD / "uml-fuzz"
UML_COVERAGE = BUILD / "uml-coverage"
UML_FAULTS = BUILD / "uml-faults"
# A second tree, with fewer fixes. The way from the build directory to the tree is
# the same as above, ../linux-X.Y: so the compiler's cache knows the objects.
UNFIXED = BUILD / "unfixed"
# A third one, without any patch.
UNPATCHED = BUILD / "unpatched"
FUZZ = BUILD / "fuzz"
COVERAGE = BUILD / "coverage"
ARM64 = BUILD / "arm64"
PATCHES = REPO / "patches"

PROJECT = "vgic-vlpi"


def cache_dir() -> Path:
    """What outlives a checkout: fetched kernels and the compiler's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(home) / PROJECT


def tree_dir(kver: str, below: Path = BUILD) -> Path:
    return below / f"linux-{kver}"


def shown(path: Path) -> str:
    """The path as a reader wants it: relative to the checkout if it is inside."""
    try:
        return str(path.relative_to(REPO))
    except ValueError:
        return str(path)


def lock(path: Path) -> IO[str]:
    """Wait for whoever else works in this place; held until the file is closed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = open(path, "w", encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"waiting for another make that holds {shown(path)}", flush=True)
        fcntl.flock(handle, fcntl.LOCK_EX)
    return handle
