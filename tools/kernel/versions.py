# SPDX-License-Identifier: GPL-2.0
"""Kernel versions: which series of patches exist, and which one fits a tree."""

import re
from pathlib import Path
from typing import List, NamedTuple, Tuple

from tools.common import paths
from tools.common.ui import UserError


class KernelVersion(NamedTuple):
    major: int
    minor: int
    patch: int
    extra: str

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}{self.extra}"


def key(series: str) -> Tuple[int, int]:
    major, minor = series.split(".")
    return int(major), int(minor)


def supported(patches: Path = paths.PATCHES) -> List[str]:
    """Every series that has patches, newest first: the order of falling back."""
    found = [
        entry.parent.name
        for entry in patches.glob("*/series")
        if re.fullmatch(r"\d+\.\d+", entry.parent.name)
    ]
    return sorted(found, key=key, reverse=True)


def check_wanted(wanted: str, patches: Path = paths.PATCHES) -> None:
    have = supported(patches)
    if wanted not in have:
        raise UserError(
            f"KVER={wanted}: there is no patches/{wanted}/series; supported: {', '.join(have)}"
        )


def fallbacks(wanted: str, patches: Path = paths.PATCHES) -> List[str]:
    """The wanted series, then the older ones, then the newer ones."""
    have = supported(patches)
    older = [series for series in have if key(series) < key(wanted)]
    newer = [series for series in reversed(have) if key(series) > key(wanted)]
    return [wanted] + older + newer


def of_tree(tree: Path) -> KernelVersion:
    """Read the version out of a kernel's top Makefile."""
    makefile = tree / "Makefile"
    if not tree.is_dir():
        raise UserError(f"KDIR={tree}: no such directory")
    try:
        head = makefile.read_text(encoding="utf-8", errors="replace")[:4096]
    except OSError as error:
        raise UserError(f"KDIR={tree} is no kernel tree: {makefile}: {error.strerror}") from error
    values = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION) *= *(\S*)$", head, re.M))
    try:
        version = KernelVersion(
            int(values["VERSION"]),
            int(values["PATCHLEVEL"]),
            int(values["SUBLEVEL"]),
            values.get("EXTRAVERSION", ""),
        )
    except (KeyError, ValueError) as error:
        raise UserError(f"KDIR={tree} is no kernel tree: {makefile} states no version") from error
    for needed in ("Kconfig", "arch/um/Kconfig", "virt/kvm/kvm_main.c"):
        if not (tree / needed).is_file():
            raise UserError(f"KDIR={tree} is no kernel tree (or not a whole one): no {needed}")
    return version


def series_for(version: KernelVersion, tree: Path, patches: Path = paths.PATCHES) -> str:
    """The newest series that is not newer than the tree."""
    have = supported(patches)
    fits = [series for series in have if key(series) <= (version.major, version.minor)]
    if not fits:
        oldest = have[-1] if have else "none"
        raise UserError(
            f"KDIR={tree} is Linux {version}, which is too old: the oldest supported is {oldest}"
        )
    return fits[0]
