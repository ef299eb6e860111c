# SPDX-License-Identifier: GPL-2.0
"""`make fuzz-model`: random commands to the machine and to the reference.

Both must say the same to each record, and hold the same state at each dump.
"""

import os
import random
import time
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from tools.common import paths, ui
from tools.common.ui import Stage, UserError
from tools.kernel import tree
from tools.testing.vgic import dumps, feeder, kbuild, lint, records, shrink
from tools.testing.vgic.generate import Generator
from tools.testing.vgic.records import Catalogue, Desc, Record
from tools.testing.vgic.gicstate import Unpredictable
from tools.testing.vgic.reference import Machine, expected
from tools.testing.vgic.run import KUNITCONFIG

FUZZ_CONFIG = paths.REPO / "tools/testing/kunit/configs/fuzz.config"
BATCH = 20000  # records in one boot
DUMP_EVERY = 1000
DEFAULT_SECONDS = 60
SHRINK_SECONDS = 60.0
SMOKE_SEED = 1
SMOKE_RECORDS = 6000


def number(name: str, default: int, least: int, most: int) -> int:
    """A number from the environment."""
    given = os.environ.get(name, "")
    if not given:
        return default
    if not given.isdigit() or not least <= int(given) <= most:
        raise UserError(f"{name}={given}: a number, {least} to {most}")
    return int(given)


def usable(catalogue: Catalogue) -> Tuple[List[Desc], List[str]]:
    """The machines that can be compared, and why the others cannot."""
    machines, reasons = [], []
    for desc in catalogue.machines.values():
        if not desc.usable:
            raise UserError(f"{desc.name} is in the catalogue, but gicv4_machine_init() refuses it")
        if desc.seed:
            reasons.append(f"{desc.name}: its scheduler delays effects until a SYNC")
        else:
            machines.append(desc)
    return machines, reasons


class Batch:
    """Records for one machine, and what the reference says to each."""

    def __init__(self, desc: Desc, rules: Dict[str, int], seed: int, length: int) -> None:
        self.desc = desc
        self.records: List[Record] = []
        self.parts: List[bytes] = []  # what is expected, from dump to dump
        self.states: List[dumps.Snapshot] = []
        self.commands = 0
        self.machine = Machine(desc, rules)
        self.generate(seed, length)

    def generate(self, seed: int, length: int) -> None:
        machine = self.machine
        generator = Generator(machine, seed)
        said: List[bytes] = []
        for record in records.setup(self.desc):
            self.records.append(record)
            said.append(expected(machine.step(record)))
        for count in range(length):
            record = generator.next()
            try:
                said.append(expected(machine.step(record)))
            except Unpredictable:
                continue
            self.records.append(record)
            self.commands += record.op == records.CMD
            if count % DUMP_EVERY == DUMP_EVERY - 1:
                self.dump(said)
                said = []
        self.dump(said)

    def dump(self, said: List[bytes]) -> None:
        self.records.append(Record(records.DUMP))
        self.parts.append(b"".join(said))
        self.states.append(dumps.snapshot(self.machine))

    def data(self) -> bytes:
        return b"".join(record.pack() for record in self.records)

    def same(self, output: bytes) -> bool:
        """Is the machine's output what the reference said?"""
        pos = 0
        head = records.RESULT
        for part, state in zip(self.parts, self.states):
            if output[pos : pos + len(part)] != part:
                return False
            pos += len(part)
            if pos + head.size > len(output):
                return False
            _, flags, rules, irqs, op, size = head.unpack_from(output, pos)
            pos += head.size
            if op != records.DUMP or flags or rules or irqs:
                return False
            if not dumps.equal(output[pos : pos + size].decode(), state):
                return False
            pos += size
        return pos == len(output)


class Failure(NamedTuple):
    batch: Batch
    output: bytes


class Run:
    """Batches, one after the other; the next is made while one is replayed."""

    def __init__(self, kernel: Path, catalogue: Catalogue, machines: Sequence[Desc]) -> None:
        self.kernel = kernel
        self.catalogue = catalogue
        self.machines = machines
        self.commands = 0
        self.batches = 0

    def fuzz(
        self, seed: int, seconds: float, commands: int, length: int, stage: Stage
    ) -> Optional[Failure]:
        """Until the time is up, or that many commands agreed, or one did not."""
        end = time.monotonic() + seconds
        pending: Optional[Tuple[Batch, feeder.Boot]] = None
        try:
            while True:
                # One batch in any case
                more = not self.batches or time.monotonic() < end
                more = more and (not commands or self.commands < commands)
                batch = self.make(seed, length) if more else None
                if pending is not None:
                    done, boot = pending
                    output = boot.result()
                    pending = None
                    if not done.same(output):
                        return Failure(done, output)
                    self.commands += done.commands
                    rate = self.commands / stage.seconds
                    stage.progress(f"{self.commands} commands, {rate:.0f}/s, seed {seed}")
                if batch is None:
                    return None
                given = paths.FUZZ / f"batch-{self.batches % 2}.in"
                given.write_bytes(batch.data())
                pending = (batch, feeder.Boot(self.kernel, str(given), given.with_suffix(".out")))
        finally:
            if pending is not None:
                pending[1].stop()

    def make(self, seed: int, length: int) -> Batch:
        desc = self.machines[self.batches % len(self.machines)]
        self.batches += 1
        return Batch(desc, self.catalogue.rules, seed * 1000003 + self.batches, length)


def shrunk(failure: Failure, runner: feeder.Runner) -> List[Record]:
    """The shortest sequence found that still differs, its machine first."""
    setup = len(records.setup(failure.batch.desc))
    start, rest = failure.batch.records[:setup], failure.batch.records[setup:]
    found = feeder.compare(failure.batch.records, failure.output, runner.catalogue)
    if found is not None:
        rest = rest[: found.index - setup + 1]

    def judge(candidates: Sequence[Sequence[Record]]) -> List[bool]:
        # What a sequence does not need may be what made its rest possible
        sequences = [
            runner.possible(start + list(c)) + [Record(records.DUMP)] for c in candidates
        ]
        return [difference is not None for difference in runner.differences(sequences)]

    if found is not None and found.record.op == records.DUMP:
        rest = shrink.shortest_prefix(rest, judge)
    least = shrink.ddmin(rest, judge, SHRINK_SECONDS)
    return runner.possible(start + least) + [Record(records.DUMP)]


def report(failure: Failure, runner: feeder.Runner, seed: int) -> List[str]:
    """Shrink a difference, and keep it. Return: it, in words."""
    sequence = shrunk(failure, runner)
    kept = paths.FUZZ / f"difference-{seed}-{failure.batch.desc.name}.in"
    kept.write_bytes(b"".join(record.pack() for record in sequence))
    _, lines = described(sequence, runner)
    return lines + [f"again: make fuzz-model REPLAY={paths.shown(kept)}"]


def described(sequence: Sequence[Record], runner: feeder.Runner) -> Tuple[bool, List[str]]:
    """Does a sequence differ; and what it is, up to where it does."""
    difference = runner.differences([sequence])[0]
    desc: Optional[Desc] = None
    lines = []
    for index, record in enumerate(sequence):
        if record.op == records.MACHINE:
            desc = runner.catalogue.machines.get(records.machine_name(record))
        if not records.is_setup(record):
            lines.append(f"{index:>5}  {records.describe(record, desc)}")
        if difference is not None and difference.index == index:
            lines += ["       " + ui.red(line) for line in difference.lines]
            break
    if difference is None:
        lines.append("no difference")
    return difference is not None, lines


def build(stage: Stage, kernel: tree.Tree) -> Path:
    """The kernel that replays."""
    paths.FUZZ.mkdir(parents=True, exist_ok=True)
    small = paths.FUZZ / "small.config"
    lines = KUNITCONFIG.read_text().splitlines()
    small.write_text("\n".join(line for line in lines if line.endswith(" is not set")) + "\n")
    kbuild.build_uml(kernel.path, paths.UML_FUZZ, [small, FUZZ_CONFIG], stage)
    return paths.UML_FUZZ / "linux"


def entry() -> int:
    seconds = number("SECONDS", DEFAULT_SECONDS, 1, 7 * 86400)
    commands = number("COMMANDS", 0, 1, 10**12)
    seed = number("SEED", random.SystemRandom().randrange(1, 10**9), 0, 2**63)
    if commands and not os.environ.get("SECONDS"):
        seconds = 7 * 86400
    kbuild.jobs()
    kernel_tree = tree.prepare(os.environ.get("KVER", ""), os.environ.get("KDIR", ""))
    with paths.lock(paths.BUILD / ".lock-fuzz"):
        with ui.stage("build") as stage:
            kernel = build(stage, kernel_tree)
        catalogue = feeder.catalogue(kernel)
        runner = feeder.Runner(kernel, catalogue)
        if os.environ.get("REPLAY"):
            return replay(Path(os.environ["REPLAY"]), runner)
        return fuzz(kernel, catalogue, runner, seed, seconds, commands)


def fuzz(
    kernel: Path,
    catalogue: Catalogue,
    runner: feeder.Runner,
    seed: int,
    seconds: int,
    commands: int,
) -> int:
    machines, reasons = usable(catalogue)
    for reason in reasons:
        ui.say(f"skipped    {reason}")
    only = os.environ.get("MACHINE", "")
    if only:
        machines = [desc for desc in machines if desc.name == only]
        if not machines:
            raise UserError(
                f"MACHINE={only}: not one that can be compared, which are "
                + ", ".join(desc.name for desc in usable(catalogue)[0])
            )
    run = Run(kernel, catalogue, machines)
    with ui.stage("fuzz") as stage:
        failure = run.fuzz(seed, seconds, commands, BATCH, stage)
        rate = run.commands / stage.seconds
        names = ", ".join(desc.name for desc in machines)
        stage.say(f"{run.commands} commands, {rate:.0f}/s, seed {seed}: {names}")
    if failure is None:
        return 0
    ui.say(f"a difference on {failure.batch.desc.name}, shrinking it:")
    for line in report(failure, runner, seed):
        ui.say("  " + line)
    return 1


def replay(path: Path, runner: feeder.Runner) -> int:
    """A file of records that was kept."""
    try:
        sequence = records.parse_records(path.read_bytes())
    except OSError as error:
        raise UserError(f"REPLAY={path}: {error.strerror}") from error
    differs, lines = described(sequence, runner)
    for line in lines:
        ui.say("  " + line)
    return 1 if differs else 0


def smoke(kernel_tree: tree.Tree, stage: Stage) -> lint.Result:
    """For `make check`: a fixed sequence on each machine that can be compared."""
    with paths.lock(paths.BUILD / ".lock-fuzz"):
        kernel = build(stage, kernel_tree)
        catalogue = feeder.catalogue(kernel)
        machines, _ = usable(catalogue)
        passed, failed = 0, {}
        for desc in machines:
            stage.progress(desc.name)
            failure = Run(kernel, catalogue, [desc]).fuzz(SMOKE_SEED, 0, 1, SMOKE_RECORDS, stage)
            if failure is None:
                passed += 1
            else:
                lines = report(failure, feeder.Runner(kernel, catalogue), SMOKE_SEED)
                failed[desc.name] = [f"{desc.name}, machine and reference differ:"] + lines
        return lint.Result(passed, failed)


if __name__ == "__main__":
    ui.main(entry)
