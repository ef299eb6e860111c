# SPDX-License-Identifier: GPL-2.0
"""`make run`: everything from nothing to the verdict of the suites on UML."""

import os

from tools.common import paths, ui
from tools.kernel import tree
from tools.testing.vgic import kbuild, suites

DEFAULT_SUITE = "vgic_vlpi"
KUNITCONFIG = paths.REPO / "kunitconfig"


def entry() -> int:
    glob = suites.check_glob(os.environ.get("SUITE") or DEFAULT_SUITE)
    ncpus = suites.cpus(os.environ.get("NCPUS", ""))
    extra = os.environ.get("KERNEL_ARGS", "")
    suites.kernel_args(ncpus, extra)
    kbuild.jobs()
    kernel = tree.prepare(os.environ.get("KVER", ""), os.environ.get("KDIR", ""))
    with paths.lock(paths.BUILD / ".lock-uml"):
        with ui.stage("build") as stage:
            kbuild.build_uml(kernel.path, paths.UML, [KUNITCONFIG], stage)
        ui.say(f"{'suite':<10} {glob}, {ncpus} CPU{'s' if ncpus > 1 else ''}, by kunit.py:")
        verdict = suites.run(kernel.path, paths.UML, glob, ncpus, extra)
    if verdict.passed:
        return 0
    for reason in verdict.reasons:
        ui.say(ui.red("failed: ") + reason)
    ui.say(f"kernel log: {paths.shown(verdict.log)}")
    return 1


if __name__ == "__main__":
    ui.main(entry)
