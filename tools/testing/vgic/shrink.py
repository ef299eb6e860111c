# SPDX-License-Identifier: GPL-2.0
"""Delta debugging: the shortest sequence that still shows a difference."""

import time
from typing import Callable, List, Sequence, TypeVar

T = TypeVar("T")
# Of several candidates at once, so that one boot answers for all: is it bad?
Judge = Callable[[Sequence[Sequence[T]]], List[bool]]


def shortest_prefix(items: Sequence[T], judge: Judge[T], ways: int = 16) -> List[T]:
    """The shortest prefix that is bad, if badness stays once it is there."""
    low, high = 0, len(items)  # items[:high] is bad
    while high - low > 1:
        step = max(1, (high - low) // ways)
        ends = list(range(low + step, high, step))
        verdicts = judge([items[:end] for end in ends])
        if True in verdicts:
            first = verdicts.index(True)
            low, high = (ends[first - 1] if first else low), ends[first]
        else:
            low = ends[-1]
    return list(items[:high])


def ddmin(items: Sequence[T], judge: Judge[T], seconds: float = 30.0) -> List[T]:
    """Leave out what is not needed, until nothing can be or the time is up."""
    current = list(items)
    chunks = 2
    end = time.monotonic() + seconds
    while len(current) > 1 and time.monotonic() < end:
        chunks = min(chunks, len(current))
        bounds = [len(current) * n // chunks for n in range(chunks + 1)]
        without = [current[: bounds[n]] + current[bounds[n + 1] :] for n in range(chunks)]
        verdicts = judge(without)
        if True in verdicts:
            # The latest one: what came last is seldom what is needed first
            current = without[len(verdicts) - 1 - verdicts[::-1].index(True)]
            chunks = max(2, chunks - 1)
        elif chunks == len(current):
            break
        else:
            chunks = min(len(current), 2 * chunks)
    return current
