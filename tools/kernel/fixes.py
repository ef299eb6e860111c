# SPDX-License-Identifier: GPL-2.0
"""FIXES: a tree without the fixes of the kernel's own bugs, or without one of them.

patches/X.Y/fixes/ holds what the suites found broken. shown-by, beside the
patches, says which tests are red without each. Its lines are

    0003 suite.case [suite.case ...] [words]     globs of tests that are red
    0006 [words] reason: why no test can show it

and the words are

    also=glob      tests that may be red, too: their VM dies with the bug, say
    ncpus=1        it shows with that many CPUs only
    crash          the kernel may die of it: a boot of these tests alone
    needs=0002     a fix that this one builds upon, which goes if that one goes
"""

import fnmatch
import os
import re
import shutil
from pathlib import Path
from typing import Dict, List, NamedTuple, Set, Tuple

from tools.common.ui import UserError
from tools.kernel import series

SHOWN_BY = "fixes/shown-by"
PATCH = re.compile(r"fixes/(\d{4})-[\w.-]+\.patch")
TEST = re.compile(r"[\w*?\[\]!-]+\.[\w*?\[\]!-]+")


class Shown(NamedTuple):
    """One line of shown-by."""

    fix: str  # four digits
    tests: Tuple[str, ...]  # globs of suite.case; none: there is a reason
    reason: str = ""
    also: Tuple[str, ...] = ()
    ncpus: int = 0  # 0: any number
    crash: bool = False
    needs: Tuple[str, ...] = ()

    def matches(self, test: str) -> bool:
        """Must the test be red without the fix?"""
        return any(fnmatch.fnmatchcase(test, glob) for glob in self.tests)

    def tolerates(self, test: str) -> bool:
        """May it be?"""
        return self.matches(test) or any(fnmatch.fnmatchcase(test, glob) for glob in self.also)


def of_series(patches: Path) -> Dict[str, str]:
    """The fixes of a series, in its order: number -> patch."""
    found: Dict[str, str] = {}
    for name in series.patches_of(patches):
        match = PATCH.fullmatch(name)
        if match and match[1] in found:
            raise UserError(f"{patches}/series has two fixes of number {match[1]}")
        if match:
            found[match[1]] = name
    return found


def parse_line(line: str, where: str) -> Shown:
    fix, _, rest = line.partition(" ")
    rest = rest.strip()
    if not re.fullmatch(r"\d{4}", fix) or not rest:
        raise UserError(f"{where}: expected 'NNNN suite.case ...' or 'NNNN reason: ...': {line}")
    rest, colon, reason = (part.strip() for part in rest.partition("reason:"))
    words = rest.split()
    tests = [word for word in words if TEST.fullmatch(word)]
    also = [word[5:] for word in words if word.startswith("also=") and TEST.fullmatch(word[5:])]
    ncpus = [int(word[6:]) for word in words if re.fullmatch(r"ncpus=[1-4]", word)]
    needs = [word[6:] for word in words if re.fullmatch(r"needs=\d{4}", word)]
    known = len(tests) + len(also) + len(ncpus) + len(needs) + words.count("crash")
    if known != len(words) or len(ncpus) > 1:
        raise UserError(
            f"{where}: globs suite.case, also=suite.case, ncpus=N, needs=NNNN and crash are "
            f"known here: {line}"
        )
    if bool(tests) == bool(reason) or (colon and not reason):
        raise UserError(f"{where}: tests, or the reason why there are none: {line}")
    return Shown(
        fix, tuple(tests), reason, tuple(also), *(ncpus or [0]), "crash" in words, tuple(needs)
    )


def shown_by(patches: Path) -> List[Shown]:
    """What shown-by says; every fix of the series is there, and nothing else."""
    path = patches / SHOWN_BY
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    lines: List[Shown] = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.split("#", 1)[0].strip()
        if line:
            lines.append(parse_line(line, f"{path}:{number}"))
    known = of_series(patches)
    for shown in lines:
        for fix in (shown.fix, *shown.needs):
            if fix not in known:
                raise UserError(f"{path}: no fix {fix} in {patches}/series")
    said = {shown.fix for shown in lines}
    for fix, name in known.items():
        if fix not in said:
            raise UserError(f"{path}: no line for {name}: which test is red without it?")
    return lines


def with_dependents(left_out: Set[str], lines: List[Shown]) -> Set[str]:
    """The fixes to leave out, and those that build upon them."""
    result = set(left_out)
    while True:
        more = {shown.fix for shown in lines if result & set(shown.needs)} - result
        if not more:
            return result
        result |= more


def check(given: str) -> None:
    """Is it a value of FIXES at all?"""
    if not re.fullmatch(r"|0|1|-\d{4}(,-\d{4})*", given):
        raise UserError(
            f"FIXES={given}: 0 leaves all fixes of the kernel out, -0003 or -0003,-0005 only "
            "these; 1 or nothing leaves none out"
        )


def left_out(given: str, patches: Path) -> List[str]:
    """FIXES, read: the numbers of the fixes that are not wanted, in order."""
    check(given)
    known = of_series(patches)
    if given in ("", "1"):
        return []
    if given == "0":
        return list(known)
    wanted = {word[1:] for word in given.split(",")}
    for fix in sorted(wanted):
        if fix not in known:
            raise UserError(
                f"FIXES={given}: no fix {fix} in patches/{patches.name}/series; "
                f"there are: {', '.join(known) or 'none'}"
            )
    unwanted = with_dependents(wanted, shown_by(patches))
    return [fix for fix in known if fix in unwanted]


def lay(patches: Path, unwanted: List[str], directory: Path) -> Path:
    """A directory of patches like the given one, with a shorter series.

    The patches themselves are links, so that quilt in the tree refreshes ours.
    """
    names = {name for fix, name in of_series(patches).items() if fix in unwanted}
    directory.mkdir(parents=True, exist_ok=True)
    for entry in directory.iterdir():
        if entry.is_symlink() and entry.name not in os.listdir(patches):
            entry.unlink()
    for entry in patches.iterdir():
        link = directory / entry.name
        if entry.name == "series":
            continue
        if not link.is_symlink() or os.readlink(link) != str(entry):
            if link.is_dir() and not link.is_symlink():
                shutil.rmtree(link)
            link.unlink(missing_ok=True)
            link.symlink_to(entry)
    kept = [name for name in series.patches_of(patches) if name not in names]
    text = "".join(f"{name}\n" for name in kept)
    listing = directory / "series"
    if not listing.is_file() or listing.read_text(encoding="utf-8") != text:
        listing.write_text(text, encoding="utf-8")
    return directory
