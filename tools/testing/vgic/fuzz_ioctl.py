# SPDX-License-Identifier: GPL-2.0
"""`make fuzz-ioctl`: the suite vgic_vlpi_fuzz with many parameter blocks."""

import os
import random

from tools.common import paths, ui
from tools.testing.vgic import soak
from tools.testing.vgic.fuzz import number
from tools.testing.vgic.stress import MACHINES

CASE = soak.Case("vgic_vlpi_fuzz", "ioctl_keeps_its_contract", "fuzz")
DEFAULT_SECONDS = 60
# Blocks in a scene, scenes on each machine in a boot
BLOCKS = 1000
SCENES = 10


def again(seed: int) -> str:
    machine = os.environ.get("MACHINE", "") or "name"
    return f"make fuzz-ioctl SEED={seed} COMMANDS=1 MACHINE={machine}"


def fuzz(run: soak.Soak, seed: int, seconds: int, commands: int) -> None:
    """Until the time is up, or so many blocks, or more, were answered."""
    machines = 1 if os.environ.get("MACHINE") else MACHINES
    while True:
        scenes = SCENES
        if commands:
            left = commands - run.tally.counts["blocks"]
            scenes = min(SCENES, -(-left // (BLOCKS * machines)))
        parameters = {"seed": seed, "scenes": scenes, "blocks": BLOCKS}
        if not run.boot(CASE, 1, parameters, again(seed)):
            return
        seed += scenes
        if commands and run.tally.counts["blocks"] >= commands:
            return
        if not commands and run.elapsed >= seconds:
            return


def entry() -> int:
    seconds = number("SECONDS", DEFAULT_SECONDS, 1, 7 * 86400)
    commands = number("COMMANDS", 0, 1, 10**12)
    seed = number("SEED", random.SystemRandom().randrange(1, 10**9), 0, 2**62)
    soak.machine_glob(CASE)
    with paths.lock(paths.BUILD / ".lock-uml"):
        kernel = soak.prepare(paths.UML)
        with ui.stage("fuzz-ioctl") as stage:
            ui.say(f"{'seed':<10} {seed}")
            run = soak.Soak(kernel, paths.UML, stage)
            fuzz(run, seed, seconds, commands)
            blocks = run.tally.counts["blocks"]
            failed = ui.red(", the last one failed") if run.failed else ""
            stage.say(f"{blocks} blocks, {blocks / run.elapsed:.0f}/s, {run.summary()}{failed}")
    run.report()
    return 1 if run.failed else 0


if __name__ == "__main__":
    ui.main(entry)
