# SPDX-License-Identifier: GPL-2.0
"""Assemble build/linux-X.Y: kernel source + our files + our patches.

A tree is made once and then only brought up to date: a file is written when what
we want in it changed, so make rebuilds only that. What somebody edited by hand
in the tree stays, unless our own version of that very file changed; then ours is
laid down, the edit is kept in build/hand-edits/ and the user is told.

The tree's .overlay/ directory remembers what was laid down. The patched files
are computed in a scratch directory first, so a patch that does not fit leaves
the tree as it was.
"""

import json
import os
import shutil
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

from tools.common import paths
from tools.common.ui import Stage, UserError, warn
from tools.kernel import overlay, series
from tools.kernel.source import DirSource, Stat, TarSource, copy_file, same

Source = Union[TarSource, DirSource]

FORMAT = 1
STATE = ".overlay"


class Manifest:
    """What the last run laid down in a tree."""

    def __init__(self, tree: Path) -> None:
        self.directory = tree / STATE
        self.source = ""
        self.generation = ""
        self.digest = ""
        self.populated = 0.0  # when the kernel's own files were laid down
        self.files: Dict[str, str] = {}  # our files and patched ones: sha256 as we wrote it
        self.removed: List[str] = []  # kernel files that a patch removed

    @property
    def path(self) -> Path:
        return self.directory / "manifest.json"

    @property
    def pristine(self) -> Path:
        """The kernel's own version of every file that the series touches."""
        return self.directory / "pristine"

    def load(self) -> bool:
        try:
            stated: Dict[str, Any] = json.loads(self.path.read_text())
            if stated.pop("format") != FORMAT:
                return False
            self.__dict__.update(stated)
            return True
        except (OSError, ValueError, KeyError):
            return False

    def save(self) -> None:
        self.directory.mkdir(exist_ok=True)
        stated = {
            "format": FORMAT,
            "source": self.source,
            "generation": self.generation,
            "digest": self.digest,
            "populated": self.populated,
            "files": self.files,
            "removed": self.removed,
        }
        temporary = self.path.with_suffix(".new")
        temporary.write_text(json.dumps(stated, indent=1, sort_keys=True) + "\n")
        os.replace(temporary, self.path)

    # The stats of a user's tree are many, and needed only for KDIR.
    def load_stats(self) -> Dict[str, Dict[str, Stat]]:
        try:
            stated = json.loads((self.directory / "stats.json").read_text())
            return {
                side: {name: (stat[0], stat[1]) for name, stat in stated[side].items()}
                for side in ("source", "tree")
            }
        except (OSError, ValueError, KeyError):
            return {"source": {}, "tree": {}}

    def save_stats(self, source: Dict[str, Stat], tree: Dict[str, Stat]) -> None:
        self.directory.mkdir(exist_ok=True)
        temporary = self.directory / "stats.new"
        temporary.write_text(json.dumps({"source": source, "tree": tree}))
        os.replace(temporary, self.directory / "stats.json")


class Assembly:
    """One tree being made or brought up to date."""

    def __init__(
        self, tree: Path, source: Source, patches: Path, stage: Stage, repo: Path = paths.REPO
    ) -> None:
        self.tree = tree
        self.repo = repo
        self.source = source
        self.patches = patches
        self.stage = stage
        self.manifest = Manifest(tree)
        self.written: List[str] = []

    # -- the whole of it ---------------------------------------------------

    def run(self) -> str:
        """Bring the tree to the state we want. Return: what was done, in words."""
        wanted = overlay.digest(self.patches, self.repo)
        known = self.tree.exists() and self.manifest.load()
        if self.tree.exists() and not known:
            raise UserError(
                f"{paths.shown(self.tree)} exists but this project did not make it "
                "(or it is damaged); move it away, or: make distclean"
            )
        if known and self.manifest.source != self.source.identity:
            self._retire()
            known = False
        if not known:
            self._create(wanted)
            return f"{self.source.title}, {self._counts()}"
        synced = self._sync_source()
        if not synced and self.manifest.digest == wanted and not self._missing():
            return f"{self.source.title}, up to date"
        self._lay(self.tree, wanted)
        return f"{self.source.title}, {len(set(self.written))} files changed"

    def _counts(self) -> str:
        ours = len(overlay.files(self.repo))
        patches = len(series.patches_of(self.patches))
        return f"+ {ours} files of ours + {patches} patches"

    def _missing(self) -> bool:
        return any(not os.path.lexists(self.tree / name) for name in self.manifest.files)

    # -- making a tree -----------------------------------------------------

    def _create(self, wanted: str) -> None:
        """Make the tree aside and rename it, so that it is whole or not there."""
        if isinstance(self.source, DirSource):
            # Reading is cheap, so find out before copying a gigabyte.
            self._compute(self.source).cleanup()
        self.tree.parent.mkdir(parents=True, exist_ok=True)
        for stale in self.tree.parent.glob(f".{self.tree.name}.*"):
            shutil.rmtree(stale, ignore_errors=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{self.tree.name}.", dir=self.tree.parent))
        os.chmod(aside, 0o755)
        try:
            stats = self.source.populate(aside, self.stage)
            self.manifest = Manifest(aside)
            self.manifest.source = self.source.identity
            self.manifest.generation = uuid.uuid4().hex
            self.manifest.populated = time.time()
            if stats is not None:
                self.manifest.save_stats(stats, {})
            self._lay(aside, wanted, fresh=True)
            os.rename(aside, self.tree)
            self.manifest.directory = self.tree / STATE
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise

    def _retire(self) -> None:
        """The kernel below changed as a whole: keep edits, drop the tree."""
        stamp = self.manifest.path.stat().st_mtime
        edits = []
        self.stage.progress("looking for hand edits in the old tree")
        for directory, names, files in os.walk(self.tree):
            if Path(directory) == self.tree:
                names[:] = [name for name in names if name not in (STATE, ".kunit", ".pc")]
            for file in files:
                path = Path(directory) / file
                if path.lstat().st_mtime > stamp and not path.is_symlink():
                    edits.append(str(path.relative_to(self.tree)))
        edits += [name for name in self.manifest.files if self._edited(name)]
        for name in sorted(set(edits)):
            if os.path.lexists(self.tree / name):
                self._keep_edit(name)
        if edits:
            warn(
                f"{paths.shown(self.tree)} is made anew from {self.source.identity}; "
                f"your edits of it are in {paths.shown(self._edits())}"
            )
        self.stage.progress("removing the old tree")
        shutil.rmtree(self.tree)

    # -- a user's tree that moves on ---------------------------------------

    def _sync_source(self) -> bool:
        """Carry the changed files of KDIR over. Return: did anything change?"""
        if not isinstance(self.source, DirSource):
            return False
        self.stage.progress(f"looking for changes in {self.source.path}")
        before = self.manifest.load_stats()
        now = self.source.scan()
        changed = [name for name, stat in now.items() if before["source"].get(name) != stat]
        gone = [name for name in before["source"] if name not in now]
        if not changed and not gone:
            return False
        # Check the hooks against the new state before touching anything.
        self._compute(self.source).cleanup()
        managed = set(self.manifest.files) | set(self.manifest.removed)
        ours = before["tree"]
        for name in changed:
            if name not in managed and not same(self.source.path / name, self.tree / name):
                self._displace(name, before["source"], ours)
                copy_file(self.source.path / name, self.tree / name)
                self.written.append(name)
            if name not in managed:
                state = os.lstat(self.tree / name)
                ours[name] = (state.st_mtime_ns, state.st_size)
        for name in gone:
            ours.pop(name, None)
            if name not in managed and os.path.lexists(self.tree / name):
                self._displace(name, before["source"], ours)
                (self.tree / name).unlink()
                self.written.append(name)
        self.manifest.save_stats(now, ours)
        return True

    def _displace(self, name: str, source: Dict[str, Stat], ours: Dict[str, Stat]) -> None:
        path = self.tree / name
        if not os.path.lexists(path):
            return
        state = os.lstat(path)
        if (state.st_mtime_ns, state.st_size) != ours.get(name, source.get(name)):
            self._keep_edit(name)
            warn(self._says_replaced(name, "KDIR"))

    # -- our files and patches ---------------------------------------------

    def _compute(
        self, source: Source, pristine: Optional[Path] = None
    ) -> "tempfile.TemporaryDirectory[str]":
        """The patched files, in a scratch directory; the caller cleans it up."""
        self.tree.parent.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(prefix=".patching-", dir=self.tree.parent)
        try:
            names = series.touched(self.patches)
            if pristine is not None:
                for name in names:
                    if (pristine / name).is_file():
                        copy_file(pristine / name, Path(scratch.name) / name)
            else:
                source.pristine(names, Path(scratch.name))
            try:
                series.apply(self.patches, Path(scratch.name), source.title)
            except UserError as error:
                left = "is as it was" if self.tree.exists() else "was not made"
                raise UserError(f"{error}\n{paths.shown(self.tree)} {left}") from error
            return scratch
        except BaseException:
            scratch.cleanup()
            raise

    def _pristine(self, tree: Path, fresh: bool) -> Optional[Path]:
        """The kernel's own version of the touched files; None: read the source."""
        if isinstance(self.source, DirSource):
            return None
        keep = self.manifest.pristine
        needed = series.touched(self.patches)
        listing = keep / "LIST"
        known = set(listing.read_text().split("\n")) if listing.is_file() else set()
        lacking = [name for name in needed if name not in known]
        if not lacking:
            return keep
        keep.mkdir(parents=True, exist_ok=True)
        unsure = []
        for name in lacking:
            if fresh or self._never_changed(tree / name):
                if (tree / name).is_file():
                    copy_file(tree / name, keep / name)
            else:
                unsure.append(name)
        if unsure:
            self.stage.progress("reading the kernel's own version of newly patched files")
            self.source.pristine(unsure, keep)
        listing.write_text("\n".join(sorted(known | set(lacking))))
        return keep

    def _never_changed(self, path: Path) -> bool:
        """Is it still the file that was unpacked? ctime cannot be set back."""
        try:
            return path.lstat().st_ctime < self.manifest.populated
        except OSError:
            return False

    def _lay(self, tree: Path, wanted: str, fresh: bool = False) -> None:
        pristine = self._pristine(tree, fresh)
        with self._compute(self.source, pristine) as name:
            scratch = Path(name)
            targets: Dict[str, Path] = {}
            removed = []
            for file in series.touched(self.patches):
                if (scratch / file).is_file():
                    targets[file] = scratch / file
                else:
                    removed.append(file)
            ours = overlay.files(self.repo)
            self._refuse_clashes(tree, ours, fresh)
            targets.update(ours)
            before = self.manifest.files
            self.manifest.files = {}
            for file, path in targets.items():
                was = before.get(file) or self._hash_in_kernel(file, pristine)
                self.manifest.files[file] = self._lay_one(tree, file, path, was)
            for file in sorted(set(before) - set(targets)):
                self._take_back(tree, file, before[file], pristine)
            for file in removed:
                if os.path.lexists(tree / file):
                    (tree / file).unlink()
                    self.written.append(file)
            self.manifest.removed = removed
            self._lay_quilt(tree, scratch)
            self.manifest.digest = wanted
            self.manifest.save()

    def _hash_in_kernel(self, name: str, pristine: Optional[Path]) -> Optional[str]:
        top = self.source.path if isinstance(self.source, DirSource) else pristine
        if top is None or not (top / name).is_file():
            return None
        return overlay.sha((top / name).read_bytes())

    def _refuse_clashes(self, tree: Path, ours: Dict[str, Path], fresh: bool) -> None:
        known = set(self.manifest.files)
        for name in ours:
            if name in known or name == overlay.KUNITCONFIG_IN_TREE:
                continue
            if os.path.lexists(tree / name) and (fresh or not self._is_new_here(tree, name)):
                raise UserError(
                    f"{self.source.title} has a {name} of its own, which ours would replace"
                )

    def _is_new_here(self, tree: Path, name: str) -> bool:
        """A file that appeared in an assembled tree is a user's draft of it."""
        if isinstance(self.source, DirSource):
            return not (self.source.path / name).exists()
        return os.lstat(tree / name).st_mtime > self.manifest.path.stat().st_mtime

    def _lay_one(self, tree: Path, name: str, new: Path, before: Optional[str]) -> str:
        """Write one file if needed. Return: the hash of what we want there."""
        target = tree / name
        want = overlay.sha(new.read_bytes())
        if same(new, target):
            if os.access(new, os.X_OK) and not os.access(target, os.X_OK):
                shutil.copymode(new, target)
            return want
        if before is not None and target.is_file():
            if overlay.sha(target.read_bytes()) != before:
                if want == before:
                    return want  # a hand edit, and ours is what it was: theirs stays
                self._keep_edit(name)
                warn(self._says_replaced(name, "the repository"))
        elif before is not None:
            warn(f"{paths.shown(target)} was deleted; it is back")
        copy_file(new, target)
        self.written.append(name)
        return want

    def _take_back(self, tree: Path, name: str, before: str, pristine: Optional[Path]) -> None:
        """A file is no longer ours: the kernel's own version returns, or nothing."""
        target = tree / name
        if target.is_file() and overlay.sha(target.read_bytes()) != before:
            self._keep_edit(name)
            warn(self._says_replaced(name, "the repository"))
        with tempfile.TemporaryDirectory(dir=self.tree.parent) as scratch:
            if pristine is not None and (pristine / name).is_file():
                original = pristine / name
            else:
                original = Path(scratch) / name
                if isinstance(self.source, DirSource):
                    self.source.pristine([name], Path(scratch))
            if original.is_file():
                copy_file(original, target)
            elif os.path.lexists(target):
                target.unlink()
        self.written.append(name)

    def _lay_quilt(self, tree: Path, scratch: Path) -> None:
        """Leave quilt's state in the tree: quilt top, edit, refresh work there."""
        state = tree / ".pc"
        shutil.rmtree(state, ignore_errors=True)
        if (scratch / ".pc").is_dir():
            shutil.copytree(scratch / ".pc", state)
            (state / ".quilt_patches").write_text(f"{self.patches}\n")

    # -- hand edits --------------------------------------------------------

    def _edited(self, name: str) -> bool:
        path = self.tree / name
        return path.is_file() and overlay.sha(path.read_bytes()) != self.manifest.files[name]

    def _edits(self) -> Path:
        return self.tree.parent / "hand-edits" / self.tree.name

    def _kept_as(self, name: str) -> Path:
        return self._edits() / f"{name}.{time.strftime('%Y%m%d-%H%M%S')}"

    def _keep_edit(self, name: str) -> None:
        keep = self._kept_as(name)
        keep.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(self.tree / name, keep, follow_symlinks=False)

    def _says_replaced(self, name: str, by: str) -> str:
        return (
            f"{paths.shown(self.tree / name)}: changed in {by}, which replaces your edit; "
            f"yours is kept below {paths.shown(self._edits())}"
        )


def assemble(tree: Path, source: Source, patches: Path, stage: Stage) -> str:
    """Make the tree, or bring it up to date. Return: what was done, in words."""
    return Assembly(tree, source, patches, stage).run()


def generation(tree: Path) -> str:
    """Changes when a tree was made anew, so its objects cannot be trusted."""
    manifest = Manifest(tree)
    manifest.load()
    return manifest.generation


def state_digest(tree: Path) -> str:
    manifest = Manifest(tree)
    manifest.load()
    return manifest.digest


def check_tools() -> None:
    if not shutil.which("quilt"):
        raise UserError("quilt is missing; it applies the patches: apt-get install quilt")
    if any(character in str(paths.REPO) for character in " :\t"):
        raise UserError(f"{paths.REPO}: a kernel cannot be built below a path with blanks or colons")
