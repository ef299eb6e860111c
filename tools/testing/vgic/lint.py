# SPDX-License-Identifier: GPL-2.0
"""What the kernel's own checkers, and ours, say about our files.

Each file, patch or script is one item: it passes when nothing is said about it.
"""

import concurrent.futures
import os
import re
import subprocess
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Sequence

from tools.common import paths
from tools.common.ui import Stage
from tools.kernel import overlay, series
from tools.testing.vgic import kbuild

# foo.c:12:3: warning: ...  (gcc and sparse say it alike)
COMPLAINT = re.compile(r"^(?P<file>[^\s:]+):(?P<line>\d+)(?::\d+)?: (?P<text>(?:fatal |)\w+: .*)$")
# Three things that --strict says and that cannot be heeded here:
CHECKPATCH_IGNORE = (
    "FILE_PATH_CHANGES",  # MAINTAINERS is no file of ours
    "CAMELCASE",  # arm64's names of register fields
    "MACRO_ARG_UNUSED",  # shims that stand for arm64 macros by expanding to nothing
)
# Trace events are laid out as upstream's are, which --strict does not know.
CHECKPATCH_IGNORE_TRACE = ("OPEN_ENDED_LINE", "PARENTHESIS_ALIGNMENT")


class Result(NamedTuple):
    """Items that passed, and what was said about those that did not."""

    passed: int
    failed: Dict[str, List[str]]


def checkpatch(tree: Path, kver: str, stage: Stage) -> Result:
    """checkpatch --strict on our sources and on the patches."""
    sources = [
        path
        for path in overlay.files().values()
        if path.suffix in (".c", ".h", ".S") or path.name.startswith(("Kconfig", "Makefile"))
    ]
    directory = paths.PATCHES / kver
    patches = [directory / name for name in series.patches_of(directory)]
    failed: Dict[str, List[str]] = {}
    files = sources + patches
    with concurrent.futures.ThreadPoolExecutor(kbuild.jobs()) as pool:
        work = pool.map(lambda path: checkpatch_one(tree, path, path in patches), files)
        for number, (path, said) in enumerate(zip(files, work)):
            stage.progress(f"{number + 1} of {len(files)}: {paths.shown(path)}")
            if said:
                failed[paths.shown(path)] = said
    return Result(len(files) - len(failed), failed)


def checkpatch_one(tree: Path, path: Path, is_patch: bool) -> List[str]:
    command = ["perl", str(tree / "scripts/checkpatch.pl"), f"--root={tree}", "--strict"]
    command += ["--terse", "--show-types", "--no-summary", "--color=never"]
    # Signing off is for the person who sends a patch.
    command += ["--no-signoff"]
    ignore = CHECKPATCH_IGNORE
    if "include/trace/events/" in str(path):
        ignore += CHECKPATCH_IGNORE_TRACE
    command += [f"--ignore={','.join(ignore)}"]
    # A patch comes by standard input: a file in git's eyes is checked as source.
    command += ["-"] if is_patch else ["-f", paths.shown(path)]
    done = subprocess.run(
        command,
        cwd=paths.REPO,
        env={**os.environ, "GIT_DIR": str(paths.BUILD / "no-git")},
        input=path.read_text(encoding="utf-8") if is_patch else "",
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = [line for line in done.stdout.splitlines() if line.strip()]
    if done.returncode and not said:
        said = [f"checkpatch.pl exited with {done.returncode}"]
    return [line.replace("-:", f"{path.name}:", 1) if is_patch else line for line in said]


def kernel_doc(tree: Path, stage: Stage) -> Result:
    """The comments that Documentation could pull in are well-formed and complete."""
    sources = [name for name in overlay.files() if name.endswith((".c", ".h"))]
    stage.progress(f"{len(sources)} files")
    done = subprocess.run(
        [str(tree / "scripts/kernel-doc"), "-none", "-Wall", *sources],
        cwd=paths.REPO,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    failed: Dict[str, List[str]] = {}
    for line in done.stderr.splitlines():
        match = re.match(r"(?:Warning|Error): (\S+?):\d+", line, re.I)
        if match or not line.startswith(("Info", "\t")):
            failed.setdefault(match[1] if match else "kernel-doc", []).append(line)
    return Result(len(sources) - len(failed), failed)


def in_tree(name: str, tree: Path, build: Path) -> str:
    """The tree-relative name of a file that a compiler printed."""
    absolute = os.path.normpath(os.path.join(build, name))
    real = os.path.realpath(absolute)
    top = os.path.realpath(tree) + os.sep
    return real[len(top) :] if real.startswith(top) else name


def complaints(
    messages: Iterable[str], files: Sequence[str], tree: Path, build: Path
) -> Dict[str, List[str]]:
    """What was said about the given files; everybody else's is left out."""
    wanted = set(files)
    found: Dict[str, List[str]] = {}
    for message in messages:
        match = COMPLAINT.match(message)
        if not match:
            continue
        name = in_tree(match["file"], tree, build)
        if name in wanted:
            said = f"{name}:{match['line']}: {match['text']}"
            if said not in found.setdefault(name, []):
                found[name].append(said)
    return found


def uml_targets() -> List[str]:
    """Directories that hold a Makefile of ours, and single objects beside others'.

    arch/arm64 is reached by relative path from arch/um/vgic.
    """
    files = [name for name in overlay.files() if not name.startswith(("arch/arm64/", "tools/"))]
    directories = {os.path.dirname(name) for name in files if os.path.basename(name) == "Makefile"}
    tops = {
        directory
        for directory in directories
        if not any(directory.startswith(other + "/") for other in directories)
    }
    targets = [top + "/" for top in sorted(tops)]
    for name in files:
        if name.endswith(".c") and not any(name.startswith(top + "/") for top in tops):
            targets.append(name[:-2] + ".o")
    return targets


def compiled(log: Path, files: Sequence[str], tree: Path, build: Path) -> List[str]:
    """Which of the files a build log says were compiled."""
    wanted = set(files)
    names = set()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        match = re.match(r"^  CC\s+(?:\[M\] )?(\S+)\.o$", line)
        if match:
            names.add(in_tree(str(tree / (match[1] + ".c")), tree, build))
    return sorted(wanted & names)


def compile_ours(tree: Path, fragments: Sequence[Path], stage: Stage) -> Result:
    """W=1 and sparse on our files, as UML builds them."""
    kernel = kbuild.Kernel(tree, paths.UML_LINT)
    kernel.configure(fragments, stage)
    # Every object of ours anew: a warning is only said when it is compiled.
    for name in overlay.files():
        (kernel.build / name).with_suffix(".o").unlink(missing_ok=True)
    messages = kernel.run(
        ["W=1", "C=1", "CHECK=sparse", *uml_targets()], stage, keep_going=True
    )
    files = [name for name in overlay.files() if name.endswith((".c", ".h"))]
    found = complaints(messages, files, tree, kernel.build)
    stopped = [line for line in messages if "***" in line or "error:" in line]
    if stopped and not found:
        found["the build"] = stopped
    done = compiled(kernel.log, files, tree, kernel.build)
    if not done and not found:
        found["the build"] = ["compiled none of our files"]
    return Result(len([name for name in done if name not in found]), found)


def shellcheck(stage: Stage) -> Result:
    scripts = [
        path
        for path in tracked()
        if path.is_file() and re.match(rb"#!\s*/(usr/)?bin/(env )?(ba|da)?sh\b", head(path))
    ]
    passed = 0
    failed: Dict[str, List[str]] = {}
    for path in scripts:
        name = paths.shown(path)
        stage.progress(name)
        done = subprocess.run(
            ["shellcheck", "-f", "gcc", str(path)],
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            failed[name] = done.stdout.splitlines()
        else:
            passed += 1
    return Result(passed, failed)


def head(path: Path) -> bytes:
    with open(path, "rb") as handle:
        return handle.read(64)


def tracked() -> List[Path]:
    """Our own files, of all kinds."""
    found = []
    for directory, names, files in os.walk(paths.REPO):
        names[:] = [name for name in names if name not in (".git", "build", "__pycache__")]
        found += [Path(directory) / name for name in files]
    return sorted(found)


def unit_tests(log: Path) -> Result:
    """The tests of our own tools."""
    done = subprocess.run(
        ["python3", "-W", "error::SyntaxWarning", "-m", "unittest", "discover", "-v"]
        + ["-s", "tools", "-t", "."],
        cwd=paths.REPO,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    log.write_text(done.stdout)
    ran = re.search(r"^Ran (\d+) test", done.stdout, re.M)
    bad = re.findall(r"^(?:FAIL|ERROR): (\S+ \(\S+\))", done.stdout, re.M)
    failed = {name: [] for name in bad}
    if done.returncode and not failed:
        failed["unittest"] = done.stdout.splitlines()[-5:]
    return Result(max(0, int(ran[1]) - len(bad)) if ran else 0, failed)
