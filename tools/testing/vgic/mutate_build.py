# SPDX-License-Identifier: GPL-2.0
"""The kernels that hold all mutants, built from a tree made of links.

The assembled tree stays as it is. Beside it there is one of symbolic links, in
which only the mutated sources are files. It has the assembled tree's name, and
lies as far from its build directory, so the compiler's cache knows all the rest.
"""

import os
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Dict, List, Sequence

from tools.common import paths
from tools.common.ui import Stage, UserError
from tools.testing.vgic import kbuild, mutate_source
from tools.testing.vgic.mutate_source import Mutant, Source

MUTATED = paths.BUILD / "mutants"
HOST = "arch/um/vgic"
# Directories of their own, because something in them differs or is looked up by ".."
COPIED = ("tools/testing/kunit",)
SWAPS = ".discard.mutants"
OBJECTS = ("arch/arm64/kvm/vgic", "drivers/irqchip", HOST)


def write(path: Path, text: str) -> None:
    """Only if it differs: make looks at the time."""
    if path.is_symlink():
        path.unlink()
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def link(path: Path, target: Path) -> None:
    if path.is_symlink() and os.readlink(path) == str(target):
        return
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def real_directories(files: Sequence[str]) -> List[str]:
    """Those on the way to a file that differs."""
    found = {""}
    for name in files:
        for parent in Path(name).parents:
            found.add("" if str(parent) == "." else str(parent))
    return sorted(found)


def make_links(tree: Path, farm: Path, own: Sequence[str]) -> None:
    """A tree of links; what is in @own is left to the caller."""
    real = real_directories(list(own) + [f"{name}/x" for name in COPIED])
    for directory in real:
        here, there = farm / directory, tree / directory
        if here.is_symlink():
            here.unlink()
        here.mkdir(parents=True, exist_ok=True)
        names = {entry.name for entry in there.iterdir() if entry.name != ".kunit"}
        for entry in here.iterdir():
            name = str(entry.relative_to(farm))
            if entry.name not in names and name not in real and name not in own:
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
        for name in sorted(names):
            path = f"{directory}/{name}".lstrip("/")
            if path in real or path in own:
                continue
            if directory in COPIED and (there / name).is_file():
                # kunit.py asks where it really is
                shutil.copy2(there / name, here / name)
            else:
                link(here / name, there / name)


def own_files() -> List[str]:
    files = [path for path, _ in mutate_source.scope()]
    files += [f"{HOST}/Makefile", f"{HOST}/vgic-mutant.c", f"{HOST}/include/vgic-mutant.h"]
    return files


def invalid_swaps(build: Path) -> List[int]:
    """The numbers of swaps that the compiler would mind, from its own mouth."""
    found: Dict[int, int] = {}
    for directory in OBJECTS:
        for path in sorted((build / directory).glob("*.o")):
            if b"discard.mutants" not in path.read_bytes():
                continue
            out = MUTATED / "swaps.bin"
            command = ["objcopy", "-O", "binary", f"--only-section={SWAPS}"]
            command += [f"--set-section-flags={SWAPS}=alloc", str(path), str(out)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise UserError(f"{' '.join(command)}: {done.stderr.strip()}")
            for number, valid in struct.iter_unpack("II", out.read_bytes()):
                found[number] = found.get(number, 0) | valid
            out.unlink()
    return sorted(number for number, valid in found.items() if not valid)


def sources(tree: Path, stage: Stage) -> List[Source]:
    found = []
    for path, globs in mutate_source.scope():
        stage.progress(f"searching {Path(path).name}")
        source = Source(path, (tree / path).read_text(), globs)
        source.add_points(mutate_source.search(tree / path))
        found.append(source)
    return found


def prepare(tree: Path, stage: Stage, invalid: Dict[str, str]) -> List[Mutant]:
    """Write the tree of links and the mutated sources. Return: all mutants."""
    farm = MUTATED / tree.name
    own = own_files()
    make_links(tree, farm, own)
    mutants: List[Mutant] = []
    dropped: List[str] = []
    for source in sources(tree, stage):
        mutants += source.mutants(len(mutants) + 1, invalid)
        write(farm / source.path, source.render())
        dropped += [f"{source.path}: {text}" for text in source.dropped]
    # -w: a mutant may be what a warning is about
    makefile = (tree / HOST / "Makefile").read_text()
    write(farm / HOST / "Makefile", makefile + "\nobj-y += vgic-mutant.o\nccflags-y += -w\n")
    code = (mutate_source.MUTANTS / "mutant.c").read_text()
    write(farm / HOST / "vgic-mutant.c", code.replace('"mutant.h"', "<vgic-mutant.h>"))
    header = (mutate_source.MUTANTS / "mutant.h").read_text()
    write(farm / HOST / "include/vgic-mutant.h", header)
    write(MUTATED / "dropped.txt", "".join(line + "\n" for line in dropped))
    return mutants


def build(tree: Path, name: str, fragments: Sequence[Path], stage: Stage) -> Path:
    kernel = kbuild.build_uml(MUTATED / tree.name, MUTATED / name, fragments, stage)
    return kernel.build / "linux"


def swaps_of(mutants: Sequence[Mutant], build_dir: Path) -> Dict[str, str]:
    """Mutants that are none, with the reason."""
    numbers = set(invalid_swaps(build_dir))
    return {
        mutant.name: "the arguments are of different types"
        for mutant in mutants
        if mutant.number in numbers and mutant.operator == "swap"
    }


def listed(mutants: Sequence[Mutant]) -> str:
    rows = ["number\tname\tfile\tline\toperator\tbefore\tafter"]
    for mutant in mutants:
        rows.append(
            f"{mutant.number}\t{mutant.name}\t{mutant.path}\t{mutant.line}\t{mutant.operator}"
            f"\t{mutant.before}\t{mutant.after}"
        )
    return "\n".join(rows) + "\n"


def load_list(path: Path) -> List[Mutant]:
    mutants = []
    for row in path.read_text().splitlines()[1:]:
        number, name, file, line, operator, before, after = row.split("\t")
        function = name.split(".")[1]
        mutants.append(
            Mutant(int(number), name, file, function, int(line), operator, before, after)
        )
    return mutants
