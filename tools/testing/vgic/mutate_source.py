# SPDX-License-Identifier: GPL-2.0
"""From what Coccinelle found to a source that holds all its mutants.

Each mutant is a switch around a range of the source (mutants/mutant.h has the
words), put in so that lines stay where they are.
"""

import fnmatch
import re
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from tools.common import paths
from tools.common.ui import UserError

MUTANTS = paths.REPO / "tools/testing/vgic/mutants"
SCOPE = MUTANTS / "scope.txt"
POINTS = MUTANTS / "points.cocci"
MACROS = MUTANTS / "macros.h"

POINT = re.compile(r"^POINT (\w+) (\S+) (.+)$")
SPAN = re.compile(r"(\d+):(\d+)-(\d+):(\d+)")
CALL = re.compile(r"\s*(\w+)\s*\(")
LITERAL = re.compile(r"(?:\d+|0[xX][0-9a-fA-F]+)[uUlL]*$")

# What only tells somebody: a kernel without it is no other kernel.
DIAGNOSTIC = re.compile(
    r"(pr_|kvm_err|kvm_debug|WARN|BUG|lockdep_|KUNIT_|trace_|might_|dev_|cpu_relax|static_assert"
    r"|BUILD_BUG)"
)
GETTERS = ("vgic_get_irq", "vgic_add_lpi")
TRY_GETTERS = ("vgic_try_get_irq_ref",)
REFERENCE = re.compile(
    r"(vgic_put_irq|vgic_get_irq_ref|atomic_inc|atomic_dec|\w*kref_\w+|of_node_(get|put)|f?put)$"
)
LOCK = re.compile(r"((?:raw_)?(?:spin|read|write)_lock|mutex_lock|rcu_read_lock)(\w*)$")
UNLOCK = re.compile(r"((?:raw_)?(?:spin|read|write)_unlock|mutex_unlock|rcu_read_unlock)(\w*)$")
# Unlocks irq_lock on its way
QUEUE_UNLOCK = "vgic_queue_irq_unlock"
GUARD = re.compile(r"(?:scoped_)?guard\s*\(\s*(\w+)")
# Macros that look at their arguments at compile time, or take types and names
NO_ARGUMENTS = re.compile(
    r"([A-Z_0-9]+|__\w+|\w*each\w*|k[vmz]*alloc_objs?|container_of|typeof|sizeof|offsetof|min|max"
    r"|min_t|max_t|guard|scoped_guard|\w*_(un)?lock\w*|cmpxchg\w*|list_entry|lockdep_\w+|swap"
    r"|cpu_feature_enabled|\w*_poll_timeout\w*|vcpu_\w+_flag|xa_\w+|defined|if|while|for|switch|return)$"
)
WRONG_CODE = "-EDOM"
BOUNDS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
OPERATORS = ("delete", "negate", "bound", "swap", "lock", "ref", "errno")
# Of two that have the same range, the first is around the second.
ORDER = ("whole", "argument", "condition", "value", "step", "success", "bound", "sum", "number",
         "code", "getter")


class Mutant(NamedTuple):
    number: int
    name: str  # file.function.operator-n
    path: str
    function: str
    line: int
    operator: str
    before: str
    after: str


class Edit:
    """One switch, around text[start:end]; a lock has several of one mutant."""

    def __init__(self, kind: str, start: int, end: int) -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.key: Tuple[str, int, str] = ("", 0, "")  # operator, where, which
        self.parts: List[Tuple[int, int]] = []
        self.word = ""  # the operator of a bound; what a template needs
        self.others: List[Tuple["Edit", Tuple[str, int, str], bool]] = []
        self.inside: List["Edit"] = []
        self.before = ""
        self.after = ""

    @property
    def sorting(self) -> Tuple[int, int, int]:
        return (self.start, -self.end, ORDER.index(self.kind))


def scope() -> List[Tuple[str, List[str]]]:
    """Files, and globs of their functions."""
    found: List[Tuple[str, List[str]]] = []
    for line in SCOPE.read_text().splitlines():
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if line[0] in " \t":
            found[-1][1].extend(words)
        else:
            found.append((words[0], words[1:]))
    return found


def search(source: Path) -> List[str]:
    """The points that Coccinelle finds in a file, as it prints them."""
    command = ["spatch", "--very-quiet", "--no-includes", "--macro-file", str(MACROS)]
    command += ["--sp-file", str(POINTS), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    points = [line for line in done.stdout.splitlines() if line.startswith("POINT ")]
    if done.returncode or not points:
        raise UserError(f"{' '.join(command)} failed:\n{done.stderr.strip()}")
    return points


def balanced(text: str) -> bool:
    depth = 0
    for char in text:
        depth += char in "([{"
        depth -= char in ")]}"
        if depth < 0:
            return False
    return not depth


def at_top(text: str, *words: str) -> bool:
    """Does one of the words occur outside of parentheses?"""
    while text.startswith("(") and balanced(text[1:-1]) and text.endswith(")"):
        text = text[1:-1]
    depth = 0
    for pos, char in enumerate(text):
        depth += char in "([{"
        depth -= char in ")]}"
        if not depth and any(text.startswith(word, pos) for word in words):
            return True
    return False


def callee(text: str) -> str:
    match = CALL.match(text)
    return match[1] if match else ""


def arguments(call: str) -> List[str]:
    """Of the last pair of parentheses, at its top."""
    call = call.rstrip()
    depth = 0
    begin = 0
    for pos in range(len(call) - 1, -1, -1):
        depth += call[pos] == ")"
        depth -= call[pos] == "("
        if not depth:
            begin = pos
            break
    found, last, depth = [], begin + 1, 0
    for pos in range(begin + 1, len(call) - 1):
        depth += call[pos] in "([{"
        depth -= call[pos] in ")]}"
        if call[pos] == "," and not depth:
            found.append(call[last:pos].strip())
            last = pos + 1
    return found + [call[last:-1].strip()]


def one_line(text: str) -> str:
    return " ".join(text.split())


class Source:
    """One file, its mutants, and the text that holds them."""

    def __init__(self, path: str, text: str, globs: Sequence[str]) -> None:
        self.path = path
        self.text = text
        self.globs = globs
        self.lines = [0]
        for line in text.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.edits: List[Edit] = []
        self.known: Dict[Tuple[str, int, int], Edit] = {}
        self.functions: Dict[int, str] = {}
        self.dropped: List[str] = []  # what was found and cannot be made, and why
        self.numbers: Dict[Tuple[str, int, str], int] = {}
        self.calls: Dict[Tuple[int, int], Edit] = {}
        self.locks: List[Tuple[str, str, bool, int, int]] = []

    # What Coccinelle says

    def offset(self, line: int, column: int) -> int:
        return self.lines[line - 1] + column

    def line_of(self, offset: int) -> int:
        low, high = 0, len(self.lines) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self.lines[middle] <= offset:
                low = middle
            else:
                high = middle - 1
        return low + 1

    def add_points(self, points: Iterable[str]) -> None:
        seen = set()
        for point in points:
            match = POINT.match(point)
            if not match or point in seen:
                continue
            seen.add(point)
            function = match[2]
            if not any(fnmatch.fnmatchcase(function, glob) for glob in self.globs):
                continue
            spans = []
            for span in SPAN.findall(match[3]):
                first, column, last, end = map(int, span)
                spans.append((self.offset(first, column), self.offset(last, end)))
            spans.sort()  # isomorphisms find a < b in b > a
            if match[1] == "getter":
                spans = [(spans[0][0], spans[-1][1])]
            if not all(balanced(self.text[start:end]) for start, end in spans):
                # Coccinelle sees a return at the end of a function, too
                if self.text[spans[0][0]] != "}":
                    self.dropped.append(f"{function}: no whole expression: {point}")
                continue
            before = len(self.edits)
            getattr(self, "on_" + match[1])(function, spans)
            for edit in self.edits[before:]:
                self.functions.setdefault(id(edit), function)
        self.pair_locks()

    def edit(
        self, kind: str, operator: str, start: int, end: int, after: str, which: str = ""
    ) -> Edit:
        known = self.known.get((kind, start, end))
        if known:
            return known
        edit = self.known[kind, start, end] = Edit(kind, start, end)
        edit.key = (operator, start, which or kind)
        edit.before = one_line(self.text[start:end])
        edit.after = one_line(after)
        self.edits.append(edit)
        return edit

    def returns(self, function: str, kind: str) -> bool:
        head = rf"^(?!\s)[^\n;={{}}#/]*\b{kind}\s+(?:\w+\s+)*{function}\s*\("
        return bool(re.search(head, self.text, re.M))

    def semicolon(self, start: int) -> int:
        depth = 0
        for pos in range(start, len(self.text)):
            depth += self.text[pos] in "([{"
            depth -= self.text[pos] in ")]}"
            if self.text[pos] == ";" and not depth:
                return pos + 1
        return len(self.text)

    def callee_of(self, start: int) -> str:
        """The function whose argument begins here."""
        depth = 0
        for pos in range(start - 1, -1, -1):
            depth += self.text[pos] in ")]}"
            depth -= self.text[pos] in "([{"
            if depth < 0:
                match = re.search(r"(\w+)\s*$", self.text[max(0, pos - 80) : pos])
                return match[1] if match and self.text[pos] == "(" else ""
        return ""

    # The rules

    def on_statement(self, function: str, spans: List[Tuple[int, int]]) -> None:
        start, end = spans[0]
        text = self.text[start:end]
        name = callee(text)
        if DIAGNOSTIC.match(name):
            return
        if name == "guard":
            self.guard(start, end)
            return
        whole = (start, self.semicolon(end))
        if LOCK.match(name) or UNLOCK.match(name):
            lock = arguments(text)[0] or "rcu"
            self.locks.append((function, lock, bool(LOCK.match(name)), *whole))
            return
        if name == QUEUE_UNLOCK:
            lock = f"&{arguments(text)[1]}->irq_lock"
            self.locks.append((function, lock, False, *whole))
        operator = "ref" if REFERENCE.match(name) else "delete"
        self.edit("whole", operator, *whole, ";")

    def on_jump(self, function: str, spans: List[Tuple[int, int]]) -> None:
        start = spans[0][0]
        end = self.semicolon(start)
        rest = re.sub(r"/\*.*?\*/", "", self.text[end : end + 400], flags=re.S)
        if re.match(r"\s*\n}", rest):
            return  # the function ends here anyway
        self.edit("whole", "delete", start, end, ";")

    def on_step(self, function: str, spans: List[Tuple[int, int]]) -> None:
        start, end = spans[0]
        if not at_top(self.text[start:end], "?:"):
            self.edit("step", "delete", start, end, "0")

    def on_scoped(self, function: str, spans: List[Tuple[int, int]]) -> None:
        start = spans[0][0]
        depth = 0
        for pos in range(start, len(self.text)):
            depth += self.text[pos] == "("
            depth -= self.text[pos] == ")"
            if self.text[pos] == ")" and not depth:
                self.guard(start, pos + 1)
                return

    def guard(self, start: int, end: int) -> None:
        edit = self.edit("whole", "lock", start, end, "", "guard")
        match = GUARD.match(self.text[start:end])
        edit.word = match[1] if match else ""

    def on_condition(self, function: str, spans: List[Tuple[int, int]]) -> None:
        start, end = spans[0]
        text = self.text[start:end]
        if not at_top(text, "&&", "||") and not DIAGNOSTIC.match(callee(text)):
            self.edit("condition", "negate", start, end, negated(text))

    def on_value(self, function: str, spans: List[Tuple[int, int]]) -> None:
        start, end = spans[0]
        text = self.text[start:end]
        if self.returns(function, "bool") and not at_top(text, "&&", "||"):
            self.edit("condition", "negate", start, end, negated(text))

    def on_bound(self, function: str, spans: List[Tuple[int, int]]) -> None:
        (start, middle), (other, end) = spans
        word = self.text[middle:other].strip()
        if word not in BOUNDS:
            self.dropped.append(f"{function}: {word!r} is no comparison")
            return
        after = f"{self.text[start:middle]} {BOUNDS[word]} {self.text[other:end]}"
        edit = self.edit("bound", "bound", start, end, after)
        edit.parts = spans
        edit.word = word

    def on_sum(self, function: str, spans: List[Tuple[int, int]]) -> None:
        start, end = spans[0][0], spans[1][1]
        if NO_ARGUMENTS.match(self.callee_of(start)) and self.callee_of(start).isupper():
            return
        if balanced(self.text[start:end]):
            self.edit("sum", "bound", start, end, self.text[start:end] + " + 1")

    def on_number(self, function: str, spans: List[Tuple[int, int]]) -> None:
        start, end = spans[0]
        text = self.text[start:end]
        indexed = self.text[:start].rstrip().endswith("[")
        if not indexed and not LITERAL.match(text):
            return
        name = "" if indexed else self.callee_of(start)
        if NO_ARGUMENTS.match(name) or DIAGNOSTIC.match(name):
            return
        self.edit("number", "bound", start, end, text + " + 1")

    def on_swap(self, function: str, spans: List[Tuple[int, int]]) -> None:
        name = self.callee_of(spans[0][0])
        if not name or NO_ARGUMENTS.match(name) or DIAGNOSTIC.match(name):
            return
        texts = [self.text[start:end] for start, end in spans]
        if one_line(texts[0]) == one_line(texts[1]) or any('"' in text for text in texts):
            return
        if self.text[spans[0][1] : spans[1][0]].strip() != ",":
            return
        first, second = (self.argument(span) for span in spans)
        key = ("swap", spans[0][0], "")
        first.others.append((second, key, True))
        second.others.append((first, key, False))
        self.functions.setdefault(id(first), function)
        self.functions.setdefault(id(second), function)

    def argument(self, span: Tuple[int, int]) -> Edit:
        if span not in self.calls:
            edit = Edit("argument", *span)
            self.calls[span] = edit
            self.edits.append(edit)
        return self.calls[span]

    def on_code(self, function: str, spans: List[Tuple[int, int]]) -> None:
        start, end = spans[0]
        start = self.text.rindex("-", 0, start)
        self.edit("code", "errno", start, end, WRONG_CODE)

    def on_success(self, function: str, spans: List[Tuple[int, int]]) -> None:
        if self.returns(function, "int"):
            self.edit("success", "errno", *spans[0], WRONG_CODE)

    def on_getter(self, function: str, spans: List[Tuple[int, int]]) -> None:
        start, end = spans[0]
        text = self.text[start:end]
        name = callee(text)
        if name in GETTERS:
            edit = self.edit("getter", "ref", start, end, f"{text}, without its reference")
            edit.word = arguments(text)[0]
        elif name in TRY_GETTERS:
            self.edit("getter", "ref", start, end, "true")

    def pair_locks(self) -> None:
        """A lock that is dropped is dropped with its unlocks, be they in a sister."""
        places: Dict[Tuple[str, str], List[Tuple[bool, int, int, str]]] = defaultdict(list)
        for function, lock, takes, start, end in self.locks:
            places[function, lock].append((takes, start, end, function))
        for function, lock in list(places):
            here = places.get((function, lock), [])
            if not here or all(takes for takes, *_ in here):
                sister = (function.replace("_lock", "_unlock"), lock)
                if sister != (function, lock):
                    here += places.pop(sister, [])
        for (function, lock), calls in places.items():
            calls.sort(key=lambda call: call[1])
            if len({takes for takes, *_ in calls}) < 2:
                if not calls[0][0] and QUEUE_UNLOCK in self.text[calls[0][1] : calls[0][2]]:
                    continue  # its caller has the lock
                self.dropped.append(f"{function}: only one half of the lock {lock}")
                continue
            for takes, start, end, place in calls:
                edit = Edit("whole", start, end)
                edit.key = ("lock", calls[0][1], "lock")
                edit.before = f"{lock}, taken"
                edit.after = f"{lock}, not taken"
                text = self.text[start:end]
                if callee(text) == QUEUE_UNLOCK:
                    args = arguments(text.rstrip("; "))
                    edit.word = f"raw_spin_lock_irqsave({lock}, {args[2]})"
                self.functions[id(edit)] = function
                self.edits.append(edit)

    # What becomes of it

    def mutants(self, first: int, invalid: Optional[Dict[str, str]] = None) -> List[Mutant]:
        """Number them, in the order of the source. @invalid: names that are left out."""
        keys: Dict[Tuple[str, int, str], Edit] = {}
        for edit in sorted(self.edits, key=lambda edit: edit.sorting):
            if edit.kind != "argument":
                keys.setdefault(edit.key, edit)
            for other, key, leads in edit.others:
                if leads:
                    mine = one_line(self.text[edit.start : edit.end])
                    its = one_line(self.text[other.start : other.end])
                    name = self.callee_of(edit.start)
                    edit.before = f"{name}(.. {mine}, {its} ..)"
                    edit.after = f"{name}(.. {its}, {mine} ..)"
                    keys.setdefault(key, edit)
        found: List[Mutant] = []
        ordinals: Dict[Tuple[str, str], int] = defaultdict(int)
        for key in sorted(keys, key=lambda key: (key[1], key[0], key[2])):
            edit = keys[key]
            function = self.functions[id(edit)]
            ordinals[function, key[0]] += 1
            ordinal = ordinals[function, key[0]]
            name = f"{Path(self.path).stem}.{function}.{key[0]}-{ordinal}"
            if invalid and name in invalid:
                continue
            number = first + len(found)
            self.numbers[key] = number
            line = self.line_of(edit.start)
            found.append(
                Mutant(number, name, self.path, function, line, key[0], edit.before, edit.after)
            )
        return found

    def render(self) -> str:
        """The source with its mutants. Lines are where they were."""
        edits = []
        for edit in sorted(self.edits, key=lambda edit: edit.sorting):
            if edit.kind == "argument":
                edit.others = [other for other in edit.others if other[1] in self.numbers]
                wanted = bool(edit.others)
            else:
                wanted = edit.key in self.numbers
            if wanted:
                edits.append(edit)
            edit.inside = []
        roots: List[Edit] = []
        stack: List[Edit] = []
        for edit in edits:
            while stack and stack[-1].end <= edit.start:
                stack.pop()
            if stack and edit.end > stack[-1].end:
                raise UserError(f"{self.path}:{self.line_of(edit.start)}: two mutants cross")
            (stack[-1].inside if stack else roots).append(edit)
            stack.append(edit)
        body = self.range(0, len(self.text), roots)
        return f'#include <vgic-mutant.h>\n#line 1 "{self.path}"\n{body}'

    def range(self, start: int, end: int, edits: Sequence[Edit]) -> str:
        parts, pos = [], start
        for edit in edits:
            if edit.start < start or edit.end > end:
                continue
            parts += [self.text[pos : edit.start], self.mutated(edit)]
            pos = edit.end
        return "".join(parts) + self.text[pos:end]

    def inner(self, edit: Edit) -> str:
        return self.range(edit.start, edit.end, edit.inside)

    def mutated(self, edit: Edit) -> str:
        text = self.inner(edit)
        if edit.kind == "argument":
            for other, key, _ in edit.others:
                text = f"MUT_PICK({self.numbers[key]}, {self.inner(other)}, {text})"
            return text
        number = self.numbers[edit.key]
        if edit.kind == "whole" and edit.key[2] == "guard":
            return self.mutated_guard(edit, text, number)
        if edit.kind == "whole" and edit.word:
            return f"{{ if (mutant({number})) {edit.word}; {text} }}"
        if edit.kind == "whole":
            return f"{{ if (!mutant({number})) {text} }}"
        if edit.kind == "condition":
            return f"MUT_NOT({number}, {text})"
        if edit.kind == "step":
            return f"(mutant({number}) ? 0 : ({text}))"
        if edit.kind == "bound":
            left, right = (self.range(*part, edit.inside) for part in edit.parts)
            gap = "\n" * self.text[edit.start : edit.end].count("\n")
            gap = gap[left.count("\n") + right.count("\n") :]
            return f"MUT_BOUND({number}, {left}, {edit.word}, {BOUNDS[edit.word]},{gap} {right})"
        if edit.kind in ("sum", "number"):
            return f"({text} + mutant({number}))"
        if edit.kind in ("code", "success"):
            return f"(mutant({number}) ? {WRONG_CODE} : {text})"
        if edit.word:
            return f"MUT_GET_IRQ({number}, {edit.word}, {text})"
        return f"(mutant({number}) ? true : {text})"

    @staticmethod
    def mutated_guard(edit: Edit, text: str, number: int) -> str:
        args = arguments(text)
        if text.startswith("scoped"):
            return f"scoped_guard(mut_{edit.word}, mutant({number}) ? NULL : ({args[1]}))"
        lock = args[0] or "(void *)1"
        return f"guard(mut_{edit.word})(mutant({number}) ? NULL : ({lock}))"


def negated(text: str) -> str:
    text = one_line(text)
    if re.match(r"!\w+(?:\(.*\))?$", text) or re.match(r"![\w>.-]+$", text):
        return text[1:]
    return {"true": "false", "false": "true"}.get(text) or f"!({text})"
