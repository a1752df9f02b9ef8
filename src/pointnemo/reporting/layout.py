"""How every page at 80 columns is laid out: masthead, sections, facts, tables, and colour over the finished page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from pointnemo.reporting import words
from pointnemo.results import Provenance

__all__ = ["Lines", "fact", "fold", "head", "laid_out", "masthead", "paint", "table", "table_blocks"]

_LABEL = 18  # columns of the label in front of a fact
_LEAST = 8  # columns of the first column of a table

Lines = list[str]


def masthead(told: str, package_version: str, input_hash: str, seed: int) -> Lines:
    """The first line of a page, what it is left and of what inputs right (below it where both are long), and a rule."""
    left = words.clean(f"pointnemo {package_version}: {told}")
    right = f"inputs {words.clean(input_hash)[:8]}, seed {seed}"
    gap = words.WIDTH - len(left) - len(right)
    return [*([left + " " * gap + right] if gap >= 2 else [left, right]), "=" * words.WIDTH]


def head(told: str, provenance: Provenance) -> Lines:
    """The masthead of a plan's page, and its settings."""
    p = provenance
    lines = masthead(told, p.package_version, p.input_hash, p.seed)
    for item in p.set:
        lines += words.wrapped(item, "  with --set ", "    ")
    return lines


def laid_out(title: Lines, sections: Sequence[tuple[str, Lines]], files: str | None, color: bool) -> str:
    """A page of sections under headings; those that have nothing to say are left out.

    Args:
        title: what stands at its head.
        sections: heading and lines of each.
        files: where the files are; no line about them without it.
        color: paint headings and verdict with ANSI codes.

    Returns:
        Lines of at most 80 columns, ending in a newline.
    """
    lines = list(title)
    for heading, body in sections:
        if body:
            lines += ["", heading, *body]
    if files is not None:
        lines += ["", *words.wrapped(files, "files in  ")]
    text = "\n".join(fold(lines)) + "\n"
    return paint(text) if color else text


def fold(lines: Sequence[str]) -> Lines:
    """Lines of at most 80 columns: what is still wider, for a name longer than anyone expected, keeps its indent."""
    folded: Lines = []
    for line in lines:
        if len(line) <= words.WIDTH:
            folded.append(line.rstrip())
        else:
            indent = " " * min(len(line) - len(line.lstrip()), 20)
            folded += words.wrapped(line, indent, indent + "  ")
    return folded


def fact(label: str, text: str) -> Lines:
    """``  label           text``, the text folded under itself.

    Args:
        label: of at most 17 columns, to stand in line with others; a longer one pushes its text to the right.
        text: on one line; white space is normalised.

    Returns:
        Lines of at most 80 columns.
    """
    return words.wrapped(text, f"  {f'{label} ':<{_LABEL}}", " " * (2 + _LABEL))


def table(header: Sequence[str], rows: Sequence[Sequence[str]], indent: int = 2) -> Lines:
    """Aligned columns, the first to the left and all others to the right, two blanks apart.

    Args:
        header: one title per column.
        rows: as many cells in each.
        indent: blanks before the first column.

    Returns:
        Header and rows; where the table would pass 80 columns, titles are folded, then the first column.
    """
    return [line for row in table_blocks(header, rows, indent) for line in row]


def table_blocks(header: Sequence[str], rows: Sequence[Sequence[str]], indent: int = 2) -> list[Lines]:
    """The lines of each row of a ``table``, the header first, for callers that put something between rows."""
    titles, *cells = ([words.clean(cell) for cell in row] for row in (header, *rows))
    least = [max(map(len, [*(row[i] for row in cells), *title.split()])) for i, title in enumerate(titles)]
    widths = [max(width, len(title)) for width, title in zip(least, titles, strict=True)]
    if _room(widths, indent) < min(widths[0], _LEAST):
        widths[1:] = least[1:]
    widths[0] = max(_LEAST, min(widths[0], _room(widths, indent)))
    folded = [words.wrapped(title, width=width) for title, width in zip(titles[1:], widths[1:], strict=True)]
    blocks: list[Lines] = []
    for first, *others in ([titles[0], *folded], *([row[0], *([cell] for cell in row[1:])] for row in cells)):
        head, *more = words.wrapped(first, width=widths[0])
        left = [head, *(f"  {text}" for text in more)]
        lines = []
        for line in zip_longest(left, *others, fillvalue=""):
            right = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
            lines.append((" " * indent + "  ".join([line[0].ljust(widths[0]), *right])).rstrip())
        blocks.append(lines)
    return blocks


def _room(widths: Sequence[int], indent: int) -> int:
    """Columns that are left for the first column of a table."""
    return words.WIDTH - indent - sum(widths[1:]) - 2 * (len(widths) - 1)


def paint(text: str) -> str:
    """ANSI colours over a finished page: bold headings, the verdict in green or red."""
    bold, red, green, plain = "\x1b[1m", "\x1b[1;31m", "\x1b[32m", "\x1b[0m"
    text = re.sub(r"(?m)^((?!NOT )[A-Z][A-Z -]+[A-Z])$", rf"{bold}\1{plain}", text)
    text = re.sub(r"(?m)^((?:VERDICT: )?NOT FEASIBLE|NOT KEPT)", rf"{red}\1{plain}", text)
    text = re.sub(r"(?m)^((?:VERDICT: )?FEASIBLE|KEPT)", rf"{green}\1{plain}", text)
    text = re.sub(r"(?m)(?<=  )(FAIL)$", rf"{red}\1{plain}", text)
    return re.sub(r"(?m)^(?!  check )(.*  )ok$", rf"\1{green}ok{plain}", text)
