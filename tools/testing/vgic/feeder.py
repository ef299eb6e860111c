# SPDX-License-Identifier: GPL-2.0
"""Feed records to the machine in a UML kernel, and compare with the reference."""

import subprocess
from pathlib import Path
from typing import List, NamedTuple, Optional, Sequence

from tools.common import paths
from tools.common.ui import UserError
from tools.testing.vgic import dumps, records
from tools.testing.vgic.records import Catalogue, Record, Result
from tools.testing.vgic.gicstate import Unpredictable
from tools.testing.vgic.reference import Machine

BOOT_TIMEOUT = 300
ARGS = ["mem=256M", "con=null", "con0=fd:0,fd:1", "console=tty"]


class Boot:
    """One boot of the replaying kernel, in the background."""

    def __init__(self, kernel: Path, given: str, out: Path) -> None:
        self.out = out
        self.log = out.with_suffix(".log")
        out.unlink(missing_ok=True)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [str(kernel), *ARGS, f"gicv4_replay={given},{out}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def result(self) -> bytes:
        try:
            self.process.wait(BOOT_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.stop()
            raise UserError(
                f"the kernel did not end within {BOOT_TIMEOUT} s, see {paths.shown(self.log)}"
            ) from None
        text = self.log.read_text(errors="replace")
        if "reboot: Power down" not in text or not self.out.exists():
            tail = "\n".join(text.splitlines()[-12:])
            raise UserError(f"the kernel died:\n{tail}\nlog: {paths.shown(self.log)}")
        return self.out.read_bytes()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def catalogue(kernel: Path) -> Catalogue:
    """Machines and rules of a kernel."""
    paths.FUZZ.mkdir(parents=True, exist_ok=True)
    text = Boot(kernel, "catalogue", paths.FUZZ / "catalogue.out").result()
    return records.parse_catalogue(text.decode())


class Difference(NamedTuple):
    """The first record whose outcome differs."""

    index: int
    record: Record
    lines: List[str]


def outcome(result: Result, catalogue_: Catalogue) -> List[str]:
    """What came of a record, in words."""
    said = []
    if result.error or result.flags & records.IGNORED:
        said.append(f"error {result.error:06x}" if result.error else "no error code")
    for bit, name in ((1, "ignored"), (2, "stalled"), (4, "not possible")):
        if result.flags & bit:
            said.append(name)
    said += [catalogue_.rule_name(rule) for rule in result.rules]
    said += [f"LPI {irq & 0xFFFFFF} to redistributor {irq >> 24}" for irq in result.irqs]
    if result.value and result.op != records.DUMP:
        said.append(f"value {result.value:#x}")
    return said or ["nothing to see"]


def machine_of(record: Record, catalogue_: Catalogue) -> Machine:
    """The reference for a MACHINE record."""
    desc = catalogue_.machines[records.machine_name(record)]
    return Machine(desc._replace(nr_cpus=record.unit), catalogue_.rules)


def compare(
    sequence: Sequence[Record], output: bytes, catalogue_: Catalogue
) -> Optional[Difference]:
    """Replay a sequence, with its MACHINE record, on the reference, and compare.

    Raises Unpredictable where the architecture does not say.
    """
    machine: Optional[Machine] = None
    results = iter(records.parse_results(output))
    for index, record in enumerate(sequence):
        theirs = next(results, (0, None))[1]
        if theirs is None:
            return Difference(index, record, ["the machine's output ends here"])
        if record.op == records.MACHINE:
            machine = machine_of(record, catalogue_)
            ours = Result(record.op)
        elif machine is None:
            continue
        elif record.op == records.DUMP:
            lines = dumps.differences(theirs.text, dumps.snapshot(machine))
            if lines or theirs.flags:
                return Difference(index, record, lines or ["the dump is too long"])
            continue
        else:
            ours = machine.step(record)
        if ours != theirs:
            return Difference(
                index,
                record,
                [
                    "machine:   " + ", ".join(outcome(theirs, catalogue_)),
                    "reference: " + ", ".join(outcome(ours, catalogue_)),
                ],
            )
    return None


class Runner:
    """Runs short sequences, many in one boot, for the shrinker."""

    def __init__(self, kernel: Path, catalogue_: Catalogue) -> None:
        self.kernel = kernel
        self.catalogue = catalogue_
        self.boots = 0

    def possible(self, sequence: Sequence[Record]) -> List[Record]:
        """The sequence without what the architecture has no answer to."""
        machine: Optional[Machine] = None
        kept = []
        for record in sequence:
            if record.op == records.MACHINE:
                machine = machine_of(record, self.catalogue)
            elif machine is not None and record.op != records.DUMP:
                try:
                    machine.step(record)
                except Unpredictable:
                    continue
            kept.append(record)
        return kept

    def differences(self, sequences: Sequence[Sequence[Record]]) -> List[Optional[Difference]]:
        """For each sequence its first difference, or None."""
        given = paths.FUZZ / "shrink.in"
        given.write_bytes(b"".join(r.pack() for sequence in sequences for r in sequence))
        output = Boot(self.kernel, str(given), paths.FUZZ / "shrink.out").result()
        self.boots += 1
        starts = [start for start, _ in records.parse_results(output)] + [len(output)]
        found: List[Optional[Difference]] = []
        done = 0
        for sequence in sequences:
            end = done + len(sequence)
            part = output[starts[min(done, len(starts) - 1)] : starts[min(end, len(starts) - 1)]]
            try:
                found.append(compare(sequence, part, self.catalogue))
            except Unpredictable:
                found.append(None)
            done = end
        return found
