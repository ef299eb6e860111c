# SPDX-License-Identifier: GPL-2.0
"""`make tree`: fetch a kernel (or take KDIR) and assemble build/linux-X.Y."""

import argparse
import os
from pathlib import Path
from typing import NamedTuple

from tools.common import paths, ui
from tools.common.ui import UserError
from tools.kernel import assemble, fetch, fitting, fixes, versions
from tools.kernel.source import DirSource, TarSource

DEFAULT_KVER = "7.3"


class Tree(NamedTuple):
    path: Path
    series: str
    title: str


def prepare(
    kver: str, kdir: str, refresh: bool = False, wanted_fixes: str = "", bare: bool = False
) -> Tree:
    """Do both stages. Return: the assembled tree.

    wanted_fixes is FIXES; a tree without all of them is another tree. A bare one
    has none of our patches, so nothing of ours is built in it.
    """
    assemble.check_tools()
    fixes.check(wanted_fixes)
    if kdir and bare:
        raise UserError(f"KDIR={kdir}: the unpatched kernel is Debian's; leave KDIR out")
    if kdir:
        return prepare_own(kver, kdir, wanted_fixes)
    wanted = kver or DEFAULT_KVER
    versions.check_wanted(wanted)
    with ui.stage("kernel") as stage:
        have = fetch.cached(wanted)
        kernel = fetch.fetch(wanted, stage, refresh)
        how = "cached" if kernel == have else "fetched, signature checked"
        stage.say(f"linux-source-{kernel.series} {kernel.version} ({how})")
    if bare:
        return assemble_bare(kernel.series, TarSource(kernel))
    return finish(kernel.series, TarSource(kernel), wanted_fixes)


def assemble_bare(series: str, source: "assemble.Source") -> Tree:
    """The kernel as it comes; our files lie in it, and no Makefile knows of them."""
    path, patches = paths.tree_dir(series, paths.UNPATCHED), paths.UNPATCHED / "patches" / series
    patches.mkdir(parents=True, exist_ok=True)
    (patches / "series").write_text("")
    with ui.stage("tree") as stage:
        with paths.lock(paths.BUILD / ".lock-tree"):
            done = assemble.assemble(path, source, patches, stage)
        stage.say(f"{paths.shown(path)}: {done}")
    return Tree(path, series, source.title)


def prepare_own(kver: str, kdir: str, wanted_fixes: str) -> Tree:
    path = Path(os.path.expanduser(kdir)).resolve()
    version = versions.of_tree(path)
    if (path / assemble.STATE).is_dir():
        raise UserError(f"KDIR={path} was assembled by this project; name a tree without our files")
    if paths.BUILD in (path, *path.parents) or path in paths.BUILD.parents:
        raise UserError(f"KDIR={path} and {paths.BUILD} lie in each other; name another tree")
    if kver:
        versions.check_wanted(kver)
        series = kver
    else:
        series = versions.series_for(version, path)
    ui.say(f"{'kernel':<10} Linux {version} from {path}, with patches/{series}")
    return finish(series, DirSource(path, str(version)), wanted_fixes)


def finish(series: str, source: "assemble.Source", wanted_fixes: str) -> Tree:
    tree, patches = paths.tree_dir(series), paths.PATCHES / series
    unwanted = fixes.left_out(wanted_fixes, patches)
    paths.BUILD.mkdir(exist_ok=True)
    below = paths.BUILD
    left_out = {}
    if unwanted:
        below = paths.UNFIXED
        below.mkdir(exist_ok=True)
        tree = paths.tree_dir(series, below)
        ui.say(f"{'fixes':<10} left out: {', '.join(unwanted)}")
    if isinstance(source, DirSource):
        left_out = fitting.misfits(source, patches, unwanted, below)
        for text in fitting.said(left_out, patches):
            ui.warn(text)
    if unwanted or left_out:
        patches = fixes.lay(patches, [*unwanted, *left_out], below / "patches" / series)
    with ui.stage("tree") as stage:
        with paths.lock(paths.BUILD / ".lock-tree"):
            done = assemble.assemble(tree, source, patches, stage)
        stage.say(f"{paths.shown(tree)}: {done}")
    return Tree(tree, series, source.title)


def entry() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--refresh", action="store_true", help="look for a newer point release")
    options = parser.parse_args()
    environment = (os.environ.get(name, "") for name in ("KVER", "KDIR", "FIXES"))
    kver, kdir, wanted_fixes = environment
    prepare(kver, kdir, options.refresh, wanted_fixes)
    return 0


if __name__ == "__main__":
    ui.main(entry)
