"""The bundled tables: where they lie, what they say about themselves, what they hash to."""

from __future__ import annotations

import gzip
import hashlib
import tomllib
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import WorldError
from pointnemo.results import DataFile

__all__ = ["Table", "data_files", "read_table"]

_DATA = "pointnemo.world"


class Table(NamedTuple):
    """A bundled ``.csv.gz``: ``# key: value`` lines, one line of column names, rows."""

    about: dict[str, str]
    columns: tuple[str, ...]
    values: NDArray[np.float64]  # shape (rows, columns)


def read_table(name: str) -> Table:
    """Read one bundled table.

    Args:
        name: file name in ``world/data``.

    Returns:
        Its description, column names and numbers.

    Raises:
        WorldError: the file is missing or broken: the installation is damaged.
    """
    try:
        text = gzip.decompress((files(_DATA) / "data" / name).read_bytes()).decode()
        lines = text.splitlines()
        comments = [line[2:] for line in lines if line.startswith("# ")]
        about = dict(line.split(": ", 1) for line in comments if ": " in line)
        header = lines[len(comments)]
        columns = tuple(header.split(","))
        values = np.array([line.split(",") for line in lines[len(comments) + 1 :]], dtype=np.float64)
    except (OSError, ValueError, IndexError, EOFError) as error:
        raise WorldError(f"bundled table {name} cannot be read ({error}); reinstall pointnemo") from error
    if values.ndim != 2 or values.shape[1] != len(columns) or not np.all(np.isfinite(values)):
        raise WorldError(f"bundled table {name} is broken; reinstall pointnemo")
    return Table(about, columns, values)


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
