"""Write ``src/pointnemo/world/data/egm2008.csv``: EGM2008 to degree and order 36.

The coefficients come from heyoka's copy of the model, so that the last-days kernel and the Taylor engine fly in the
same field. Run from the repository root: ``python tools/reduce_egm2008.py``.
"""

from __future__ import annotations

from pathlib import Path

import heyoka

DEGREE = 36
TARGET = Path(__file__).resolve().parent.parent / "src" / "pointnemo" / "world" / "data" / "egm2008.csv"


def main() -> None:
    """Read the model, keep degrees 2..36, write the table."""
    coefficients = heyoka.model.get_egm2008_CS()
    lines = [
        f"# EGM2008, fully normalised, tide-free, degree and order 2..{DEGREE}",
        "# source: Pavlis, Holmes, Kenyon and Factor 2012, doi:10.1029/2011JB008916 (NGA, US public domain),"
        f" as carried by heyoka {heyoka.__version__}",
        f"# mu_m3_s2 = {heyoka.model.get_egm2008_mu()!r}",
        f"# radius_m = {heyoka.model.get_egm2008_a()!r}",
        "degree,order,c,s",
    ]
    row = 0  # rows of the source run by degree, then by order, from degree 2
    for degree in range(2, DEGREE + 1):
        for order in range(degree + 1):
            c, s = (float(value) for value in coefficients[row])
            lines.append(f"{degree},{order},{c!r},{s!r}")
            row += 1
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
