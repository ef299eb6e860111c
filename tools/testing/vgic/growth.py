# SPDX-License-Identifier: GPL-2.0
"""`make bench BENCH=growth`: what grows with the number of vLPIs of a VM.

Two kernels are measured in turns, one with all fixes and one without the fix
that is about growth, so that a busy host slows both of them.
"""

import os
from typing import Dict, List

from tools.common import paths, ui
from tools.kernel import tree
from tools.testing.vgic import kbuild, model_bench
from tools.testing.vgic.model_bench import Figures
from tools.testing.vgic.run import KUNITCONFIG, build_dir

SUITE = "vgic_vlpi_bench"
FIX = "0013"
GROWING = {"unset_forwarding": "kvm_vgic_v4_unset_forwarding()"}
STEADY = {"set_forwarding": "kvm_vgic_v4_set_forwarding()"}


def points(figures: Figures, name: str) -> Dict[int, float]:
    """name_<n>_ns of a run: ns each, by n."""
    prefix, suffix = f"{name}_", "_ns"
    return {
        int(key[len(prefix) : -len(suffix)]): value
        for key, value in figures.single.items()
        if key.startswith(prefix) and key.endswith(suffix) and key[len(prefix) : -3].isdigit()
    }


def table(without: Figures, with_fix: Figures, runs: int) -> List[str]:
    lines = [f"ns for each vLPI, by the number of them; medians of {runs} boots"]
    for name, title in {**GROWING, **STEADY}.items():
        before, after = points(without, name), points(with_fix, name)
        sizes = sorted(set(before) & set(after))
        if not sizes:
            return [f"{SUITE} said nothing"]
        lines.append(f"{title:<36}" + "".join(f"{size:>9}" for size in sizes))
        lines.append(f"  without fixes/{FIX:<21}" + "".join(f"{before[n]:9.0f}" for n in sizes))
        lines.append(f"  with it{'':<28}" + "".join(f"{after[n]:9.0f}" for n in sizes))
        ratios = "".join(f"{before[n] / max(after[n], 1):8.1f}x" for n in sizes)
        lines.append(f"  ratio{'':<30}" + ratios)
    return lines


def measure(kver: str, kdir: str, runs: int) -> List[str]:
    """Build both kernels, boot them by turns, and compare."""
    builds = []
    for wanted in (f"-{FIX}", ""):
        kernel = tree.prepare(kver, kdir, wanted_fixes=wanted)
        build = build_dir(kernel, paths.UML)
        with ui.stage("build") as stage:
            kbuild.build_uml(kernel.path, build, [KUNITCONFIG], stage)
        builds.append(build)
    logs: List[List[str]] = [[], []]
    with ui.stage("bench") as stage:
        for number in range(runs):
            for which, build in enumerate(builds):
                stage.progress(f"growth: run {number + 1} of {runs}")
                logs[which].append(model_bench.boot(build, SUITE))
        stage.say(f"growth: {runs} boots of each kernel")
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    log = paths.LOGS / "bench-growth.log"
    log.write_text("\n".join(text for which in logs for text in which), encoding="utf-8")
    medians = [model_bench.median([model_bench.parse(text) for text in which]) for which in logs]
    load = os.getloadavg()[0]
    return table(medians[0], medians[1], runs) + [
        f"load average {load:.1f} at the end; log: {paths.shown(log)}"
    ]
