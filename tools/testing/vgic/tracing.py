# SPDX-License-Identifier: GPL-2.0
"""Trace events of a UML run: what to say on the command line, what came out."""

import re
from pathlib import Path
from typing import Iterable, Iterator, List

from tools.common.ui import UserError

# What tp_printk makes of an event of the machine
EVENT = re.compile(r"^\[ *\d+\.\d+\] (?:gicv4_\w+): \w+=")
# The result of a case, which comes after its events
RESULT = re.compile(r"^(?:\[ *\d+\.\d+\] )? {4,}((?:not )?ok \d+ .*)$")


def kernel_args(events: str, dump: str) -> List[str]:
    """Words for the kernel's command line; none if nothing is wanted."""
    args: List[str] = []
    if events:
        if not re.fullmatch(r"[\w*?]+(:[\w*?]+)?(,[\w*?]+(:[\w*?]+)?)*", events):
            raise UserError(
                f"TRACE={events}: systems, or system:event, with commas between them, "
                "such as gicv4_model or gicv4_model:gicv4_cmd"
            )
        words = [word if ":" in word else f"{word}:*" for word in events.split(",")]
        args += [f"trace_event={','.join(words)}", "tp_printk"]
    if dump not in ("", "0", "1"):
        raise UserError(f"DUMP={dump}: 1, or nothing")
    if dump == "1":
        args.append("gicv4_model.dump_at_end=1")
    return args


def events(lines: Iterable[str]) -> Iterator[str]:
    """The machine's events, and as a comment below them whose they were."""
    for line in lines:
        result = RESULT.match(line)
        if EVENT.match(line):
            yield line.rstrip()
        elif result:
            yield f"# {result[1]}"


def save(log: Path) -> Path:
    """Write the events of a kernel log to a file beside it."""
    path = log.with_suffix(".trace")
    with open(log, encoding="utf-8", errors="replace") as lines:
        path.write_text("".join(line + "\n" for line in events(lines)), encoding="utf-8")
    return path
