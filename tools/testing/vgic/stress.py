# SPDX-License-Identifier: GPL-2.0
"""`make stress`: the suite vgic_vlpi_stress with many seeds, on 1, 2 and 4 CPUs."""

import os
import random

from tools.common import paths, ui
from tools.testing.vgic import soak, suites
from tools.testing.vgic.fuzz import number

STEPS = soak.Case("vgic_vlpi_stress", "nothing_is_lost_step_by_step", "stress")
PARALLEL = soak.Case("vgic_vlpi_stress", "nothing_is_lost_in_parallel", "stress")
# UML has two CPUs unless it is configured for more
CONFIG = paths.REPO / "tools/testing/kunit/configs/stress.config"
BUILD = paths.BUILD / "uml-stress"
# Machines of the catalogue that have vLPIs
MACHINES = 12
# Of ten runs: with one CPU each is exact, with more than the host has each is slow
WEIGHTS = {1: 6, 2: 3, 4: 1}
# Runs on each machine in one boot
CHUNK = 10
DEFAULT_SECONDS = 60


def again(ncpus: int, seed: int) -> str:
    machine = os.environ.get("MACHINE", "") or "name"
    note = "" if ncpus == 1 else ", which does the same things at other times"
    return f"make stress NCPUS={ncpus} SEED={seed} RUNS=1 MACHINE={machine}{note}"


def one(stress: soak.Soak, ncpus: int, seed: int, runs: int) -> bool:
    """One boot with some runs on each machine."""
    case = STEPS if ncpus == 1 else PARALLEL
    return stress.boot(case, ncpus, {"seed": seed, "runs": runs}, again(ncpus, seed))


def by_runs(stress: soak.Soak, seed: int, runs: int, weights: "dict[int, int]") -> None:
    """So many runs, or a few more: as many on each machine."""
    machines = 1 if os.environ.get("MACHINE") else MACHINES
    for ncpus, share in soak.shares(runs, weights):
        left = -(-share // machines)
        while left:
            now = min(left, CHUNK)
            if not one(stress, ncpus, seed, now):
                return
            seed += now
            left -= now


def by_time(stress: soak.Soak, seed: int, seconds: int, weights: "dict[int, int]") -> None:
    while stress.elapsed < seconds:
        for ncpus in weights:
            if stress.elapsed < seconds or not stress.boots:
                if not one(stress, ncpus, seed, max(1, CHUNK // 2 // ncpus)):
                    return
            seed += CHUNK


def entry() -> int:
    seconds = number("SECONDS", DEFAULT_SECONDS, 1, 7 * 86400)
    runs = number("RUNS", 0, 1, 10**7)
    seed = number("SEED", random.SystemRandom().randrange(1, 10**9), 0, 2**62)
    only = os.environ.get("NCPUS", "")
    weights = {suites.cpus(only): 1} if only else WEIGHTS
    soak.machine_glob(STEPS)
    with paths.lock(paths.BUILD / ".lock-uml"):
        kernel = soak.prepare(BUILD, [CONFIG])
        with ui.stage("stress") as stage:
            ui.say(f"{'seed':<10} {seed}")
            stress = soak.Soak(kernel, BUILD, stage)
            if runs:
                by_runs(stress, seed, runs, weights)
            else:
                by_time(stress, seed, seconds, weights)
            failed = ui.red(", the last one failed") if stress.failed else ""
            stage.say(stress.summary() + failed)
    stress.report()
    return 1 if stress.failed else 0


if __name__ == "__main__":
    ui.main(entry)
