"""Print every ratio.

Usage: python -m benchmarks [NAME ...]

Each case times two ways of doing the same work, in turns, several times, and prints the ratio of the medians. Compiled
kernels are warm before anything is timed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

from benchmarks.cases import CASES

REPEATS = 5


class Result(NamedTuple):
    """Median seconds of both ways."""

    ours_s: float
    other_s: float


def measure(ours: Callable[[], object], other: Callable[[], object]) -> Result:
    """Time two callables in turns, after one warm-up of each."""
    ours()
    other()
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(REPEATS):
        for work, log in zip((ours, other), seconds, strict=True):
            start = time.perf_counter()
            work()
            log.append(time.perf_counter() - start)
    return Result(median(seconds[0]), median(seconds[1]))


def main() -> int:
    """Run the named cases, or all."""
    wanted = sys.argv[1:] or list(CASES)
    unknown = [name for name in wanted if name not in CASES]
    if unknown:
        print(f"no such case: {', '.join(unknown)}; there are: {', '.join(CASES)}", file=sys.stderr)
        return 2
    print(f"{'case':28} {'ratio':>8}  what it is")
    for name in wanted:
        case = CASES[name]
        ours, other = case.prepare()
        result = measure(ours, other)
        print(
            f"{name:28} {result.other_s / result.ours_s:8.2f}  {case.text} "
            f"({result.other_s * 1e3:.1f} ms / {result.ours_s * 1e3:.1f} ms)",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
