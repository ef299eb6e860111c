# SPDX-License-Identifier: GPL-2.0
"""What became of the mutants: counts by file and operator, survivors, killers."""

import fnmatch
import json
from collections import Counter
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from tools.common.ui import UserError
from tools.testing.vgic.mutate_source import MUTANTS, OPERATORS, Mutant

EQUIVALENT = MUTANTS / "equivalent.txt"
# Percent of those that are not equivalent
TARGETS = {"mock-msi.c": 100.0, "mock-msi-steps.c": 100.0}
TARGET = 90.0
KILLERS = 15


class Row(NamedTuple):
    name: str
    total: int
    killed: Counter  # by how
    survived: int
    unreached: int  # of those that survived
    equivalent: int

    @property
    def score(self) -> float:
        """Percent of those that can be killed."""
        able = self.total - self.equivalent
        return 100.0 * sum(self.killed.values()) / able if able else 100.0


class Verdicts(NamedTuple):
    rows: List[Row]  # by file
    operators: List[Row]
    survivors: List[Tuple[Mutant, Dict[str, Any]]]
    equivalents: List[Tuple[Mutant, str]]
    killers: Counter
    wrong: List[str]  # what the file of equivalents says wrongly


def equivalents(path: Path = EQUIVALENT) -> Dict[str, Tuple[str, str]]:
    """Name or glob: what the source said, and the reason, of which several may share one."""
    found: Dict[str, Tuple[str, str]] = {}
    names: List[str] = []  # those that the next reason is of
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] in " \t":
            if not names:
                raise UserError(f"{path}:{number}: a reason of nothing")
            for name in names:
                before, reason = found[name]
                found[name] = (before, f"{reason} {line.strip()}".strip())
            continue
        name, _, before = line.partition(" | ")
        if not before:
            raise UserError(f"{path}:{number}: expected `name | source`, then the reason")
        if name in found:
            raise UserError(f"{path}:{number}: {name} is there twice")
        names = [n for n in names if not found[n][1]] + [name]
        found[name] = (before, "")
    for name, (_, reason) in found.items():
        if not reason:
            raise UserError(f"{path}: {name} has no reason")
    return found


def expanded(
    even: Dict[str, Tuple[str, str]], mutants: Sequence[Mutant]
) -> Dict[str, Tuple[str, str]]:
    """With the mutants that a glob and its source mean instead of it, if there are any."""
    found: Dict[str, Tuple[str, str]] = {}
    for name, (before, reason) in even.items():
        meant = [name]
        if set(name) & set("*?["):
            same = [m.name for m in mutants if m.before == before]
            meant = [n for n in same if fnmatch.fnmatchcase(n, name)] or meant
        for each in meant:
            found[each] = (before, reason)
    return found


def load_results(directory: Path) -> Dict[str, Dict[str, Any]]:
    found = {}
    for path in directory.glob("[!.]*.json"):
        found[path.stem] = json.loads(path.read_text())
    return found


def row(name: str, mutants: Sequence[Mutant], results: Dict[str, Any], even: Dict[str, Any]) -> Row:
    killed: Counter = Counter()
    survived = unreached = equivalent = 0
    for mutant in mutants:
        result = results[mutant.name]
        if result["verdict"] != "survived":
            killed[result["verdict"]] += 1
        elif mutant.name in even:
            equivalent += 1
        else:
            survived += 1
            unreached += not result["reached"]
    return Row(name, len(mutants), killed, survived, unreached, equivalent)


def judge(
    mutants: Sequence[Mutant],
    results: Dict[str, Dict[str, Any]],
    even: Dict[str, Tuple[str, str]],
    all_names: Sequence[str],
) -> Verdicts:
    """All of what has a result."""
    done = [mutant for mutant in mutants if mutant.name in results]
    wrong = [f"{name}: there is no such mutant" for name in even if name not in set(all_names)]
    survivors, listed = [], []
    killers: Counter = Counter()
    for mutant in done:
        result = results[mutant.name]
        before, reason = even.get(mutant.name, ("", ""))
        if before and before != mutant.before:
            wrong.append(f"{mutant.name}: the source says {mutant.before}, no longer {before}")
        if result["verdict"] != "survived":
            killers[".".join(result["test"].split(".")[:2]) or "(no test)"] += 1
            if before:
                wrong.append(f"{mutant.name} is no equivalent: killed by {result['test']}")
        elif before:
            listed.append((mutant, reason))
        else:
            survivors.append((mutant, result))
    files = list(dict.fromkeys(Path(mutant.path).name for mutant in done))
    rows = [
        row(name, [m for m in done if Path(m.path).name == name], results, even) for name in files
    ]
    operators = [
        row(name, [m for m in done if m.operator == name], results, even) for name in OPERATORS
    ]
    return Verdicts(rows, operators, survivors, listed, killers, wrong)


HEAD = ("", "mutants", "test", "splat", "hang", "crash", "survived", "unreached", "equivalent", "%")


def cells(line: Row) -> List[str]:
    killed = [str(line.killed[how]) for how in ("test", "splat", "hang", "crash")]
    rest = [line.survived, line.unreached, line.equivalent]
    return [line.name, str(line.total), *killed, *map(str, rest), f"{line.score:.1f}"]


def table(rows: Sequence[Row]) -> List[str]:
    lines = [HEAD, *(cells(line) for line in rows)]
    return [f"{line[0]:<20}" + "".join(f"{cell:>11}" for cell in line[1:]) for line in lines]


def markdown(rows: Sequence[Row]) -> List[str]:
    lines = ["| " + " | ".join(HEAD) + " |", "| --- " + "| ---: " * (len(HEAD) - 1) + "|"]
    return lines + ["| " + " | ".join(cells(line)) + " |" for line in rows]


def missed(rows: Sequence[Row]) -> List[str]:
    """Files below what is aimed at."""
    found = []
    for line in rows:
        aim = TARGETS.get(line.name, TARGET)
        if line.score < aim:
            found.append(f"{line.name}: {line.score:.1f}%, the aim is {aim:g}%")
    return found


def report(verdicts: Verdicts) -> List[str]:
    """The whole table, as text."""
    lines = table(verdicts.rows) + [""] + table([r for r in verdicts.operators if r.total])
    if verdicts.survivors:
        lines += ["", "Survived:"]
    for mutant, result in verdicts.survivors:
        reached = "" if result["reached"] else "  (no test gets there)"
        lines.append(f"  {mutant.name}{reached}")
        lines.append(f"    {mutant.path}:{mutant.line}: {mutant.before}  ->  {mutant.after}")
    if verdicts.killers:
        lines += ["", "Killed most:"]
        lines += [f"  {count:>5} {name}" for name, count in verdicts.killers.most_common(KILLERS)]
    return lines


def every(mutants: Sequence[Mutant], results: Dict[str, Any], even: Dict[str, Any]) -> str:
    """One line for each mutant."""
    rows = ["name\tplace\tverdict\tby\tstage\tseconds\tmutation\treason"]
    for mutant in mutants:
        result = results.get(mutant.name)
        if not result:
            continue
        verdict = result["verdict"]
        if verdict == "survived" and mutant.name in even:
            verdict = "equivalent"
        reason = even.get(mutant.name, ("", ""))[1]
        rows.append(
            f"{mutant.name}\t{mutant.path}:{mutant.line}\t{verdict}\t{result['test']}\t"
            f"{result['stage']}\t{result['seconds']}\t{mutant.before}  ->  {mutant.after}\t{reason}"
        )
    return "\n".join(rows) + "\n"
