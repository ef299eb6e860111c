# SPDX-License-Identifier: GPL-2.0
"""Which fixes fit a kernel tree of the user's own.

A hook that does not apply is an error: without it there is nothing to run. A fix
is not needed to build or to boot, and a tree that moves on has some of them, or
changes the same lines. So it is left out, and the user is told.
"""

import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Dict, List, Sequence

from tools.common import paths
from tools.kernel import fixes, series
from tools.kernel.source import DirSource

HAS_IT = "is in that tree already"
DIFFERS = "does not fit that tree, which keeps the bug: its tests will fail"


def has_it(patch: Path, tree: Path) -> bool:
    """Does the tree look as if the patch had been applied?"""
    done = subprocess.run(
        ["patch", "-p1", "--reverse", "--dry-run", "--force", "--fuzz=0", "-i", str(patch)],
        cwd=tree,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode == 0


def try_out(
    source: DirSource, patches: Path, unwanted: Sequence[str], below: Path
) -> Dict[str, str]:
    """Apply the series to copies, again and again, without the fixes that fail.

    Return: these fixes, by number, and what is to be said of each.
    """
    numbers = {name: fix for fix, name in fixes.of_series(patches).items()}
    left_out: Dict[str, str] = {}
    while True:
        with tempfile.TemporaryDirectory(prefix=".fitting-", dir=below) as name:
            scratch = Path(name)
            laid = fixes.lay(patches, [*unwanted, *left_out], scratch / "patches" / patches.name)
            source.pristine(series.touched(laid), scratch / "tree")
            (scratch / "tree").mkdir(exist_ok=True)
            try:
                series.apply(laid, scratch / "tree", source.title)
                return left_out
            except series.DoesNotApply as error:
                fix = numbers.get(error.patch)
                if not fix:
                    raise
                patch = patches / error.patch
                left_out[fix] = HAS_IT if has_it(patch, scratch / "tree") else DIFFERS


def state(source: DirSource, patches: Path, unwanted: Sequence[str]) -> str:
    """Changes when the answer might."""
    total = hashlib.sha256(f"{source.identity} {' '.join(unwanted)}\n".encode())
    for name in ["series", *series.patches_of(patches)]:
        total.update((patches / name).read_bytes())
    for name in series.touched(patches):
        try:
            stat = os.lstat(source.path / name)
            total.update(f"{name} {stat.st_mtime_ns} {stat.st_size}\n".encode())
        except OSError:
            continue
    return total.hexdigest()


def misfits(
    source: DirSource, patches: Path, unwanted: Sequence[str], below: Path = paths.BUILD
) -> Dict[str, str]:
    """As try_out(), but remembered while neither patches nor their files change."""
    memory = below / f".fitting-{patches.name}.json"
    now = state(source, patches, unwanted)
    try:
        known = json.loads(memory.read_text())
        if known["state"] == now:
            return dict(known["left_out"])
    except (OSError, ValueError, KeyError):
        pass
    left_out = try_out(source, patches, unwanted, below)
    memory.write_text(json.dumps({"state": now, "left_out": left_out}) + "\n")
    return left_out


def said(left_out: Dict[str, str], patches: Path) -> List[str]:
    known = fixes.of_series(patches)
    return [f"{known[fix]} {why}" for fix, why in left_out.items()]

