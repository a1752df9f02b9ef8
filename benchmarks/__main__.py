"""Print every ratio.

Usage: python -m benchmarks [NAME ...]

Each case times two ways of doing the same work, in turns, several times, and prints the ratio of the medians. Compiled
kernels are warm before anything is timed. A case with a gate says whether the ratio holds it, and one that does not
makes the exit code 1; a case whose peer or data are missing says what is missing and goes by.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

from benchmarks.cases import CASES
from benchmarks.reference import Unavailable

REPEATS = 5
LEAST_S = 5.0  # short work is repeated for as long: other programs disturb a few milliseconds more than a second


class Result(NamedTuple):
    """Median seconds of both ways."""

    ours_s: float
    other_s: float


def measure(ours: Callable[[], object], other: Callable[[], object]) -> Result:
    """Time two callables in turns, after one warm-up of each."""
    ours()
    other()
    seconds: tuple[list[float], list[float]] = ([], [])
    begin = time.perf_counter()
    while len(seconds[0]) < REPEATS or time.perf_counter() - begin < LEAST_S:
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
    missed = False
    for name in wanted:
        case = CASES[name]
        try:
            ours, other = case.prepare()
        except Unavailable as reason:
            print(f"{name:28} {'-':>8}  {reason}", flush=True)
            continue
        result = measure(ours, other)
        ours_s = result.ours_s / case.pieces
        ratio = result.other_s / ours_s
        verdict = ""
        if case.gate is not None:
            held = ratio >= case.gate
            missed |= not held
            verdict = f"; at least {case.gate:g}: {'held' if held else 'MISSED'}"
        if case.limit_s is not None:
            held = result.ours_s <= case.limit_s
            missed |= not held
            verdict += f"; at most {case.limit_s:g} s: {'held' if held else 'MISSED'}"
        if case.peak_mb is not None:
            peak = case.peak_mb()
            held = peak <= case.limit_mb
            missed |= not held
            verdict += f"; {peak:.0f} MB, at most {case.limit_mb:g}: {'held' if held else 'MISSED'}"
        print(
            f"{name:28} {ratio:8.2f}  {case.text} ({result.other_s * 1e3:.1f} ms / {ours_s * 1e3:.1f} ms{verdict})",
            flush=True,
        )
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
