# SPDX-License-Identifier: GPL-2.0
"""What the front door says: stages with their time, progress, errors.

Everything is a plain line on a pipe. On a terminal a running stage has one
line that is redrawn, and colour.
"""

import contextlib
import os
import sys
import time
from typing import Callable, Iterator, NoReturn, Optional, TypeVar

# A pipe gets a progress line this often, so that a CI log shows life.
PIPE_PROGRESS_SECONDS = 20.0
TTY_PROGRESS_SECONDS = 0.2

T = TypeVar("T")


class UserError(Exception):
    """Something that the user can act on; the text says what and how."""


def is_tty() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def paint(text: str, code: str) -> str:
    return f"\033[{code}m{text}\033[0m" if is_tty() else text


def red(text: str) -> str:
    return paint(text, "31")


def green(text: str) -> str:
    return paint(text, "32")


def yellow(text: str) -> str:
    return paint(text, "33")


def say(text: str = "") -> None:
    print(text, flush=True)


def warn(text: str) -> None:
    _clear_line()
    print(yellow("note: ") + text, flush=True)


def _clear_line() -> None:
    if is_tty():
        print("\r\033[K", end="", flush=True)


class Stage:
    """One step of a target. Call progress() while it runs and say() once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.started = time.monotonic()
        self.result = ""
        self._last = self.started if not is_tty() else 0.0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def progress(self, text: str) -> None:
        """Show how far the stage is; cheap enough to call for every event."""
        now = time.monotonic()
        if is_tty():
            if now - self._last >= TTY_PROGRESS_SECONDS:
                self._last = now
                _clear_line()
                print(f"{self.name:<10} {text} ({self.seconds:.0f} s)", end="", flush=True)
        elif now - self._last >= PIPE_PROGRESS_SECONDS:
            self._last = now
            print(f"{self.name:<10} ... {text} ({self.seconds:.0f} s)", flush=True)

    def say(self, text: str) -> None:
        """The stage's result, printed with its time when it ends."""
        self.result = text


def stage_line(name: str, text: str, seconds: float) -> str:
    return f"{name:<10} {text:<56} {seconds:7.1f} s"


@contextlib.contextmanager
def stage(name: str) -> Iterator[Stage]:
    current = Stage(name)
    try:
        yield current
    except BaseException:
        _clear_line()
        print(stage_line(name, red("failed"), current.seconds), flush=True)
        raise
    _clear_line()
    print(stage_line(name, current.result or "done", current.seconds), flush=True)


def main(entry: Callable[[], Optional[int]]) -> NoReturn:
    """Run a tool: errors of the user's kind are one message, not a traceback."""
    try:
        sys.exit(entry() or 0)
    except UserError as error:
        sys.stdout.flush()
        prefix = "\033[31merror:\033[0m" if sys.stderr.isatty() else "error:"
        print(f"{prefix} {error}", file=sys.stderr, flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
