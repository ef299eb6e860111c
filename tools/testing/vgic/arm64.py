# SPDX-License-Identifier: GPL-2.0
"""`make arm64-objects`: our files and the patched ones compile where they ship.

Single objects, with W=1, from a small configuration; nothing is linked or run.
"""

import os
from pathlib import Path
from typing import Dict, List, Sequence

from tools.common import paths, ui
from tools.common.ui import Stage, UserError
from tools.kernel import overlay, series, tree
from tools.testing.vgic import kbuild, lint

FRAGMENT = paths.REPO / "tools/kernel/arm64.config"
CROSS = "aarch64-linux-gnu-"
# Built for UML only, whose machine is software.
ELSEWHERE = ("arch/um/", "arch/x86/", "drivers/irqchip/gicv4-model/", "tools/")


def sources(assembled: Path, kver: str) -> List[str]:
    """Every C file of ours or patched by us that arm64 builds."""
    names = set(overlay.files()) | set(series.touched(paths.PATCHES / kver))
    return sorted(
        name
        for name in names
        if name.endswith(".c")
        and not name.startswith(ELSEWHERE)
        and "/tests/" not in name
        and (assembled / name).is_file()
    )


def configure(kernel: kbuild.Kernel, stage: Stage, fragments: Sequence[Path]) -> None:
    """allnoconfig and the fragments; what does not take is an error."""
    kernel.fresh()
    wanted = kbuild.merge(fragments)
    stamp = kernel.build / ".configured"
    current = wanted + kbuild.assemble.state_digest(kernel.tree)
    if stamp.exists() and stamp.read_text() == current:
        return
    stage.progress("configuring")
    stamp.unlink(missing_ok=True)
    merged = kernel.build / ".fragment"
    merged.write_text(wanted)
    kernel.run([f"KCONFIG_ALLCONFIG={merged}", "allnoconfig"], stage)
    have = (kernel.build / ".config").read_text().splitlines()
    lost = [line for line in wanted.splitlines() if line.endswith("=y") and line not in have]
    if lost:
        names = " ".join(paths.shown(fragment) for fragment in fragments)
        raise UserError(f"{names}: these did not take: {' '.join(lost)}")
    stamp.write_text(current)


def build(assembled: Path, kver: str, stage: Stage) -> lint.Result:
    kernel = kbuild.Kernel(assembled, paths.ARM64, "arm64", CROSS)
    configure(kernel, stage, [FRAGMENT])
    files = sources(assembled, kver)
    objects = [name[:-2] + ".o" for name in files]
    for name in objects:
        (kernel.build / name).unlink(missing_ok=True)
    messages = kernel.run(["W=1", *objects], stage, keep_going=True)
    headers = [name for name in overlay.files() if name.endswith(".h")]
    found: Dict[str, List[str]] = lint.complaints(
        messages, files + headers, assembled, kernel.build
    )
    for name in files:
        if name not in found and not (kernel.build / (name[:-2] + ".o")).exists():
            found[name] = ["was not compiled"] + [line for line in messages if name[:-2] in line]
    return lint.Result(len([name for name in files if name not in found]), found)


def entry() -> int:
    kbuild.jobs()
    kernel = tree.prepare(os.environ.get("KVER", ""), os.environ.get("KDIR", ""))
    with ui.stage("arm64") as stage:
        result = build(kernel.path, kernel.series, stage)
        stage.say(f"{result.passed} objects without a warning, {len(result.failed)} with")
    for name, said in result.failed.items():
        ui.say(ui.red("failed: ") + name)
        for line in said:
            ui.say("  " + line)
    if result.failed:
        ui.say(f"log: {paths.shown(paths.LOGS / 'build-arm64.log')}")
    return 1 if result.failed else 0


if __name__ == "__main__":
    ui.main(entry)
