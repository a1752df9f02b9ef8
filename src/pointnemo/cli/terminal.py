"""What goes where: the result to stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

__all__ = ["complain", "emit", "emit_bytes", "noticing", "progress_bar", "wants_color"]

Notice = Callable[[str], None]


def emit(text: str) -> None:
    """Write a result to stdout. A reader that went away (``| head``) is no error; the rest is dropped.

    Characters that the terminal cannot show are escaped instead of ending the program.
    """
    stdout: Any = sys.stdout
    encoding = getattr(stdout, "encoding", None) or "utf-8"
    emit_bytes(text.encode(encoding, errors="backslashreplace"))


def emit_bytes(data: bytes) -> None:
    """Write bytes to stdout as they are; see ``emit``."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # The interpreter flushes stdout once more when it ends: give it something that takes the bytes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(text: str) -> None:
    """Write an error message to stderr; nothing can be done where stderr itself is gone."""
    with suppress(OSError):
        print(f"pointnemo: {text}", file=sys.stderr, flush=True)


def wants_color(no_color: bool) -> bool:
    """Colour only for a person at a terminal who did not refuse it (https://no-color.org)."""
    return not no_color and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb" and sys.stdout.isatty()


@contextmanager
def noticing(quiet: bool) -> Iterator[tuple[Notice, list[str]]]:
    """Collect notices and Python warnings for the log of the run, and show them on stderr unless ``quiet``.

    Yields:
        A function that takes a notice, and the growing log.
    """
    log: list[str] = []

    def notice(text: str) -> None:
        log.append(text)
        if not quiet:
            complain(text)

    def warned(message: Warning | str, *_: object, **__: object) -> None:
        notice(str(message))

    with warnings.catch_warnings():
        warnings.showwarning = warned
        yield notice, log


@contextmanager
def progress_bar(shown: bool) -> Iterator[Callable[[str, float], None]]:
    """A progress bar on stderr.

    Args:
        shown: False, or a stderr that is no terminal, gives a callback that does nothing.

    Yields:
        ``progress(what, fraction)``: what is being done, and how much of the whole is done, 0..1.
    """
    if not (shown and sys.stderr.isatty()):
        yield lambda what, fraction: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    share = TextColumn("{task.percentage:3.0f} %")
    columns = (TextColumn("{task.description}"), BarColumn(), share, TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=1.0)
        yield lambda what, fraction: bar.update(task, description=what, completed=fraction)
