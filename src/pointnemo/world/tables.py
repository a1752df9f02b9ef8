"""The tables, bundled or updated: how they are read, what they say about themselves, what they hash to."""

from __future__ import annotations

import gzip
import hashlib
import tomllib
import zlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import WorldError
from pointnemo.results import DataFile

__all__ = ["Table", "bundled_versions", "data_files", "parse_table", "read_table", "table_bytes"]

_DATA = "pointnemo.world"


class Table(NamedTuple):
    """A ``.csv.gz``: ``# key: value`` lines, one line of column names, rows."""

    about: dict[str, str]
    columns: tuple[str, ...]
    values: NDArray[np.float64]  # shape (rows, columns)


def read_table(name: str, folder: Path | None = None) -> Table:
    """Read one table.

    Args:
        name: file name in ``world/data``.
        folder: of an updated table of that name; None for the bundled one.

    Returns:
        Its description, column names and numbers.

    Raises:
        WorldError: the file is missing or broken: the installation, or what was fetched, is damaged.
    """
    kind, cure = ("bundled", "reinstall pointnemo") if folder is None else ("updated", f"remove {folder}")
    try:
        data = ((files(_DATA) / "data" if folder is None else folder) / name).read_bytes()
        return parse_table(data)
    except (OSError, ValueError) as error:
        raise WorldError(f"{kind} table {name} cannot be read ({error}); {cure}") from error


def parse_table(data: bytes) -> Table:
    """A table from the bytes of its file.

    Args:
        data: gzip of ``# key: value`` lines, one line of column names, rows of finite numbers.

    Returns:
        Its description, column names and numbers.

    Raises:
        ValueError: it is none.
    """
    try:
        lines = gzip.decompress(data).decode().splitlines()
        comments = [line[2:] for line in lines if line.startswith("# ")]
        about = dict(line.split(": ", 1) for line in comments if ": " in line)
        columns = tuple(lines[len(comments)].split(","))
        values = np.array([line.split(",") for line in lines[len(comments) + 1 :]], dtype=np.float64)
    except (OSError, IndexError, EOFError, zlib.error) as error:
        raise ValueError(str(error)) from error
    if values.ndim != 2 or values.shape[1] != len(columns) or not np.all(np.isfinite(values)):
        raise ValueError("rows and columns do not fit, or a value is not a number")
    return Table(about, columns, values)


def table_bytes(head: Sequence[str], rows: Sequence[str]) -> bytes:
    """The bytes of a table's file: the same table gives the same bytes.

    Args:
        head: ``# ...`` lines and the line of column names.
        rows: one line each.

    Returns:
        gzip without a time stamp.
    """
    return gzip.compress("\n".join([*head, *rows, ""]).encode(), 9, mtime=0)


def bundled_versions() -> dict[str, str]:
    """File in ``world/data`` -> its version: of tables that are updated, the UTC date of issue."""
    table = tomllib.loads((files(_DATA) / "data" / "sources.toml").read_text())
    return {name: row["version"] for name, row in table.items()}


def data_files() -> tuple[DataFile, ...]:
    """Every file in ``world/data`` with the version and source that ``sources.toml`` gives it, and its SHA-256."""
    folder = files(_DATA) / "data"
    table = tomllib.loads((folder / "sources.toml").read_text())
    return tuple(
        DataFile(
            name=name,
            version=row["version"],
            source=row["source"],
            sha256=hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        )
        for name, row in sorted(table.items())
    )
