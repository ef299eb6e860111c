# SPDX-License-Identifier: GPL-2.0
"""Read a kernel's log: splats, and KUnit's counts.

KUnit tells whether the tests passed; a warning that the kernel printed on the
way is a failure all the same, and is looked for here.
"""

import re
from typing import Dict, Iterable, List, NamedTuple

# What the kernel prints when it noticed something wrong. One splat matches
# several of these; scan() reports its first line only.
SPLATS = re.compile(
    r"""
      \bWARNING:\s | \bWARNING\b.*\bat\b.*:\d+
    | \bBUG:\s | \bBUG\ at\b | \bkernel\ BUG\b | \bBUG\ \S+\s*\(
    | \bOops\b | Kernel\ panic | general\ protection\ fault
    | Internal\ error: | Unable\ to\ handle\ kernel | Kernel\ mode\ fault
    | \bKASAN:\s | \bKFENCE:\s | \bKCSAN:\s | \bUBSAN:\s | \bKMSAN:\s
    | \bINFO:\ (possible|inconsistent|suspicious|trying\ to\ register|task\ .*\ blocked|rcu|HARDIRQ|SOFTIRQ)
    | \bDEBUG_LOCKS_WARN_ON\b | possible\ (circular|recursive|irq\ lock|unsafe)
    | \brcu:?\ INFO:.*\bstall | detected\ stalls? | self-detected\ stall
    | \b(soft|hard)\ lockup\b | \bwatchdog:\ BUG
    | sleeping\ function\ called\ from\ invalid\ context | scheduling\ while\ atomic
    | \bkmemleak:.*new\ suspected | refcount_t:\ | list_(add|del)\ corruption
    | \bCall\ Trace: | ---\[\ cut\ here\ \]--- | \bODEBUG:\s
    | Segfault\ with\ no\ mm | Aborted\b | Fatal\ signal | Bad\ page\ state
    | \bturning\ off\ the\ locking\ correctness\ validator
    """,
    re.X,
)

# Lines that look like a splat and are expected. Empty, and meant to stay so: a
# test that provokes a warning suppresses it in the test.
EXPECTED: List["re.Pattern[str]"] = []

# A KUnit result line quotes whatever a test calls itself.
KTAP = re.compile(r"^\s*(?:\[[^\]]*\]\s*)?\s*(?:# |ok \d|not ok \d|KTAP |TAP |\d+\.\.\d+)")
RESULT = re.compile(r"^(?:\[[ \d.]+\] )?(?P<indent> *)(?P<state>ok|not ok) \d+(?P<rest>.*)$")
NEEDS_CPUS = re.compile(r"# SKIP .*\bneeds (\d+) CPUs", re.I)
# Lines this close to a splat's first line belong to it.
SPLAT_SPAN = 60


class Finding(NamedTuple):
    line: int
    text: str


def scan(lines: Iterable[str]) -> List[Finding]:
    """The first line of every splat."""
    findings: List[Finding] = []
    reported_at = -SPLAT_SPAN
    for number, line in enumerate(lines, start=1):
        if not SPLATS.search(line) or KTAP.match(line):
            continue
        if any(pattern.search(line) for pattern in EXPECTED):
            continue
        cut_here = "cut here" in line or "=====" in line
        if number - reported_at >= SPLAT_SPAN:
            findings.append(Finding(number, line.strip()))
            reported_at = number
        elif findings and ("cut here" in findings[-1].text) and not cut_here:
            # The line after the scissors says what it is.
            findings[-1] = Finding(findings[-1].line, line.strip())
    return findings


class Counts(NamedTuple):
    """Leaves of the KTAP tree: cases, their parameters, or suites that did not start."""

    passed: int
    failed: int
    skipped: int


def counts(lines: Iterable[str]) -> Counts:
    total: Dict[str, int] = {"passed": 0, "failed": 0, "skipped": 0}
    below: Dict[int, int] = {}  # results seen at an indent, whose parent is still to come
    for line in lines:
        match = RESULT.match(line.rstrip())
        if not match:
            continue
        indent = len(match["indent"])
        children = sum(below.pop(deeper) for deeper in list(below) if deeper > indent)
        below[indent] = below.get(indent, 0) + 1
        if children:
            continue  # the sum of what was counted
        if re.search(r"# SKIP\b", match["rest"], re.I):
            total["skipped"] += 1
        elif match["state"] != "ok":
            total["failed"] += 1
        elif indent:
            total["passed"] += 1
    return Counts(**total)


def needing_cpus(lines: Iterable[str]) -> Dict[str, int]:
    """Cases that skipped for want of CPUs, as suite.case, and how many they need."""
    found: Dict[str, int] = {}
    cases: Dict[str, int] = {}  # of the suite whose result line is still to come
    parameters = 0  # what a parameter of the case to come needs
    for line in lines:
        match = RESULT.match(line.rstrip())
        if not match:
            continue
        depth = len(match["indent"]) // 4
        needs = NEEDS_CPUS.search(match["rest"])
        number = int(needs[1]) if needs else 0
        name = match["rest"].split("#")[0].strip(" -")
        if depth >= 2:
            parameters = max(parameters, number)
        elif depth == 1:
            number = max(parameters, number)
            parameters = 0
            if number:
                cases[name] = number
        else:
            found.update({f"{name}.{case}": number for case, number in cases.items()})
            cases = {}
    return found


def cases(lines: Iterable[str]) -> Dict[str, str]:
    """Every case that was run, as suite.case: passed, failed or skipped.

    A case with parameters failed if one did, and skipped only if all did.
    """
    found: Dict[str, str] = {}
    pending: Dict[str, str] = {}  # of the suite whose result line is still to come
    parameters: List[str] = []  # of the case whose result line is still to come
    for line in lines:
        match = RESULT.match(line.rstrip())
        if not match:
            continue
        depth = len(match["indent"]) // 4
        skipped = re.search(r"# SKIP\b", match["rest"], re.I)
        state = "skipped" if skipped else "passed" if match["state"] == "ok" else "failed"
        name = match["rest"].split("#")[0].strip(" -")
        if depth >= 2:
            parameters.append(state)
        elif depth == 1:
            if parameters and state == "passed" and "passed" not in parameters:
                state = "skipped"
            parameters = []
            pending[name] = state
        else:
            found.update({f"{name}.{case}": state for case, state in pending.items()})
            pending = {}
    found.update({f"?.{case}": state for case, state in pending.items()})  # it died in there
    return found
