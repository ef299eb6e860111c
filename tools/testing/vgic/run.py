# SPDX-License-Identifier: GPL-2.0
"""`make run`: everything from nothing to the verdict of the suites on UML."""

import os
from pathlib import Path

from tools.common import paths, ui
from tools.kernel import tree
from tools.testing.vgic import kbuild, suites, tracing

DEFAULT_SUITE = "vgic_vlpi"
KUNITCONFIG = paths.REPO / "kunitconfig"
TRACING_CONFIG = paths.REPO / "tools/testing/kunit/configs/tracing.config"


def build_dir(kernel: tree.Tree, usual: Path) -> Path:
    """Where a tree is built: one without all fixes has its own place."""
    if kernel.path.parent != paths.UNFIXED:
        return usual
    return paths.UNFIXED / usual.name.replace("uml", "uml-unfixed", 1)


def entry() -> int:
    glob = suites.check_glob(os.environ.get("SUITE") or DEFAULT_SUITE)
    ncpus = suites.cpus(os.environ.get("NCPUS", ""))
    extra = os.environ.get("KERNEL_ARGS", "")
    suites.kernel_args(ncpus, extra)
    events = os.environ.get("TRACE", "")
    tracing_args = tracing.kernel_args(events, os.environ.get("DUMP", ""))
    build, fragments = paths.UML, [KUNITCONFIG]
    if tracing_args:
        build, fragments = paths.UML_TRACING, [KUNITCONFIG, TRACING_CONFIG]
        extra = " ".join([extra, *tracing_args])
    kbuild.jobs()
    kernel = tree.prepare(
        os.environ.get("KVER", ""),
        os.environ.get("KDIR", ""),
        wanted_fixes=os.environ.get("FIXES", ""),
    )
    build = build_dir(kernel, build)
    with paths.lock(paths.BUILD / ".lock-uml"):
        with ui.stage("build") as stage:
            kbuild.build_uml(kernel.path, build, fragments, stage)
        ui.say(f"{'suite':<10} {glob}, {ncpus} CPU{'s' if ncpus > 1 else ''}, by kunit.py:")
        verdict = suites.run(kernel.path, build, glob, ncpus, extra)
    if events:
        ui.say(f"trace: {paths.shown(tracing.save(verdict.log))}")
    return suites.exit_status(verdict)


if __name__ == "__main__":
    ui.main(entry)
