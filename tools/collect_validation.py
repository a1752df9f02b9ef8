"""Merge the figures that validation tests recorded into one ``validation.json``.

Usage: python tools/collect_validation.py FOLDER OUTPUT

Each test process appends rows to its own file in FOLDER; the output lists every figure with its gate and source, sorted
by id, and says how many lie inside their gates.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def collect(folder: Path) -> dict[str, object]:
    """Read all ``*.jsonl`` files of a folder.

    Args:
        folder: where the test processes wrote.

    Returns:
        The document: counts and the sorted figures. A figure recorded twice keeps its last value.
    """
    rows: dict[str, dict[str, object]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            rows[row["id"]] = row
    figures = [rows[key] for key in sorted(rows)]
    return {
        "schema": "pointnemo/validation/1",
        "figures": figures,
        "within_gate": sum(bool(row["ok"]) for row in figures),
        "total": len(figures),
    }


def main() -> int:
    """Write the document; 1 where no figure was recorded at all, since then nothing was validated."""
    folder, output = Path(sys.argv[1]), Path(sys.argv[2])
    document = collect(folder)
    output.write_text(json.dumps(document, indent=1) + "\n")
    print(f"{output}: {document['within_gate']} of {document['total']} figures within their gates")
    return 0 if document["total"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
