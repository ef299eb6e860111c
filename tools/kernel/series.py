# SPDX-License-Identifier: GPL-2.0
"""Apply a quilt series to copies of the files it touches.

The series is applied in a scratch directory that holds nothing else, so a patch
that does not fit changes nothing, and the message can name file and hunk.
"""

import os
import re
import subprocess
from pathlib import Path
from typing import List, NamedTuple, Set

from tools.common.ui import UserError


class DoesNotApply(UserError):
    """A patch of the series, by its name there, does not fit the tree."""

    def __init__(self, patch: str, text: str) -> None:
        super().__init__(text)
        self.patch = patch


class Hunk(NamedTuple):
    file: str
    number: int
    text: str


def patches_of(directory: Path) -> List[str]:
    """The series, in order; quilt's comments and options are left out."""
    names = []
    for line in (directory / "series").read_text(encoding="utf-8").splitlines():
        name = line.split("#", 1)[0].split()
        if name:
            names.append(name[0])
    for name in names:
        if not (directory / name).is_file():
            raise UserError(f"{directory}/series names {name}, which does not exist")
    return names


def hunks_of(patch: str) -> List[Hunk]:
    """Each hunk of a patch's text, numbered from 1 within its file."""
    hunks: List[Hunk] = []
    file = ""
    number = 0
    lines = patch.splitlines()
    index = 0
    while index < len(lines):
        line = lines[index]
        if line.startswith("--- ") and index + 1 < len(lines) and lines[index + 1][:4] == "+++ ":
            old, new = (strip(text[4:]) for text in lines[index : index + 2])
            file, number = (old if new == "/dev/null" else new), 0
            index += 2
            continue
        match = re.match(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@", line)
        if match and file:
            number += 1
            length = hunk_length(lines, index, int(match[1] or 1), int(match[2] or 1))
            hunks.append(Hunk(file, number, "\n".join(lines[index : index + length])))
            index += length
            continue
        index += 1
    return hunks


def hunk_length(lines: List[str], start: int, old: int, new: int) -> int:
    index = start + 1
    while index < len(lines) and (old > 0 or new > 0):
        kind = lines[index][:1]
        old -= kind in ("-", " ", "")
        new -= kind in ("+", " ", "")
        index += 1
    return index - start


def strip(name: str) -> str:
    """a/path<tab>date -> path"""
    name = name.split("\t")[0].strip()
    return name if name == "/dev/null" else name.split("/", 1)[-1]


def touched(directory: Path) -> List[str]:
    """Every file that the series reads, changes, makes or removes."""
    files: Set[str] = set()
    for name in patches_of(directory):
        for hunk in hunks_of((directory / name).read_text(encoding="utf-8")):
            files.add(hunk.file)
    return sorted(files)


def apply(directory: Path, scratch: Path, title: str) -> None:
    """Apply the whole series below scratch, which quilt's state is left in."""
    if not patches_of(directory):
        return
    environment = {
        **os.environ,
        "QUILT_PATCHES": str(directory),
        "QUILT_PC": ".pc",
        "QUILT_COLORS": "",
        "LC_ALL": "C",
    }
    done = subprocess.run(
        # Fuzz would let a hook with little context land somewhere else.
        ["quilt", "--quiltrc", "-", "push", "-a", "--fuzz=0", "--color=never"],
        cwd=scratch,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        applying = re.findall(r"^Applying patch (\S+)", done.stdout, re.M)
        if not applying:
            raise UserError(f"quilt failed on {directory}:\n{done.stdout.strip()}")
        name = applying[-1]
        raise DoesNotApply(name, explain(done.stdout, name, directory, title))


def explain(output: str, name: str, directory: Path, title: str) -> str:
    """quilt's answer as a message that names patch, file and hunk."""
    said = output.rsplit("Applying patch ", 1)[1]
    hunks = hunks_of((directory / name).read_text(encoding="utf-8"))
    lines = [f"{directory.parent.name}/{directory.name}/{name} does not apply to {title}:"]
    file = ""
    for line in said.splitlines():
        if match := re.match(r"patching file (?:'(.*)'|(\S+))", line):
            file = match[1] or match[2]
        elif match := re.match(r"\|(?:\+\+\+|---) (\S+)", line):
            file = strip(match[1])
        elif match := re.match(r"Hunk #(\d+) FAILED at (\d+)", line):
            lines.append(f"  {file}: hunk #{match[1]} (near line {match[2]}) fails:")
            lines += hunk_text(hunks, file, int(match[1]))
        elif line.startswith("No file to patch."):
            lines.append(f"  {file}: the tree has no such file")
    if len(lines) == 1:
        lines += ["  " + line for line in said.splitlines()[1:]]
    return "\n".join(lines)


def hunk_text(hunks: List[Hunk], file: str, number: int) -> List[str]:
    return [
        "      " + line
        for hunk in hunks
        if hunk.file == file and hunk.number == number
        for line in hunk.text.splitlines()
    ]
