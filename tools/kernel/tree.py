# SPDX-License-Identifier: GPL-2.0
"""`make tree`: fetch a kernel (or take KDIR) and assemble build/linux-X.Y."""

import argparse
import os
from pathlib import Path
from typing import NamedTuple

from tools.common import paths, ui
from tools.common.ui import UserError
from tools.kernel import assemble, fetch, versions
from tools.kernel.source import DirSource, TarSource

DEFAULT_KVER = "7.3"


class Tree(NamedTuple):
    path: Path
    series: str
    title: str


def prepare(kver: str, kdir: str, refresh: bool = False) -> Tree:
    """Do both stages. Return: the assembled tree."""
    assemble.check_tools()
    if kdir:
        return prepare_own(kver, kdir)
    wanted = kver or DEFAULT_KVER
    versions.check_wanted(wanted)
    with ui.stage("kernel") as stage:
        have = fetch.cached(wanted)
        kernel = fetch.fetch(wanted, stage, refresh)
        how = "cached" if kernel == have else "fetched, signature checked"
        stage.say(f"linux-source-{kernel.series} {kernel.version} ({how})")
    return finish(kernel.series, TarSource(kernel))


def prepare_own(kver: str, kdir: str) -> Tree:
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
    return finish(series, DirSource(path, str(version)))


def finish(series: str, source: "assemble.Source") -> Tree:
    tree = paths.tree_dir(series)
    paths.BUILD.mkdir(exist_ok=True)
    with ui.stage("tree") as stage:
        with paths.lock(paths.BUILD / ".lock-tree"):
            done = assemble.assemble(tree, source, paths.PATCHES / series, stage)
        stage.say(f"{paths.shown(tree)}: {done}")
    return Tree(tree, series, source.title)


def entry() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--refresh", action="store_true", help="look for a newer point release")
    options = parser.parse_args()
    prepare(os.environ.get("KVER", ""), os.environ.get("KDIR", ""), options.refresh)
    return 0


if __name__ == "__main__":
    ui.main(entry)
