"""Bulk results as files that other programs read: daily history and burns as CSV, the last days as CCSDS OEM."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from pointnemo.results import Burn, Descend, History, Operate, Skipped, Trajectory

__all__ = ["burns_csv", "csv_text", "data_end_year", "flown_days", "history_csv", "write_trajectory"]


def flown_days(history: History) -> int:
    """Days until the last of the lines comes down, at least one."""
    flown = np.flatnonzero(history.flying.any(axis=0))
    return int(flown[-1]) + 1 if flown.size else 1


def data_end_year(history: History | None) -> int | None:
    """Year of the last day of the weather forecast that the history was flown through, None without a history."""
    if history is None or history.tt_s.size == 0:
        return None
    from pointnemo.world.time import to_date

    return int(to_date(float(history.tt_s[-1]))[:4])


def history_csv(history: History, run: str = "mean") -> str:
    """Day-by-day history of all lines in one table.

    Columns: ``date_utc``, ``regime`` of the weather, ``altitude_km`` of ``run``, ``altitude_<line>_km`` of every line,
    then of ``run``: ``perigee_km``, ``apogee_km``, ``mass_kg``, ``f107_sfu`` and ``propellant_<tank>_kg`` of every
    tank. A cell is empty where its line has already come down.

    Args:
        history: the arrays of the plan.
        run: the line whose mass, propellant and F10.7 are written.

    Returns:
        CSV text with a header, one row per day until the last line is down.

    Raises:
        ValueError: the history has no such line.
    """
    if run not in history.runs:
        raise ValueError(f"no line {run!r} in the history, only {', '.join(history.runs)}")
    from pointnemo.world.time import to_date
    from pointnemo.world.weather import REGIMES

    chosen = history.runs.index(run)
    header = [
        "date_utc",
        "regime",
        "altitude_km",
        *(f"altitude_{name}_km" for name in history.runs),
        "perigee_km",
        "apogee_km",
        "mass_kg",
        "f107_sfu",
        *(f"propellant_{tank}_kg" for tank in history.tanks),
    ]

    def rows() -> Iterable[list[str]]:
        for i in range(flown_days(history)):
            here = bool(history.flying[chosen, i])
            own = [
                f"{history.perigee_km[chosen, i]:.3f}",
                f"{history.apogee_km[chosen, i]:.3f}",
                f"{history.mass_kg[chosen, i]:.1f}",
                f"{history.f107[chosen, i]:.1f}",
                *(f"{kg:.1f}" for kg in history.propellant_kg[chosen, i]),
            ]
            yield [
                to_date(float(history.tt_s[i])),
                str(REGIMES[int(history.regime[i])]),
                f"{history.altitude_km[chosen, i]:.3f}" if here else "",
                *(
                    f"{altitude:.3f}" if flying else ""
                    for altitude, flying in zip(history.altitude_km[:, i], history.flying[:, i], strict=True)
                ),
                *(own if here else [""] * len(own)),
            ]

    return csv_text(header, rows())


def burns_csv(descend: Descend | Skipped, operate: Operate | Skipped) -> str:
    """Every burn of the plan, reboosts and targeted burns, in order of time.

    Args:
        descend: gives the burns that bring the station down; may be skipped.
        operate: gives the reboosts; may be skipped.

    Returns:
        CSV text. ``apogee`` and ``perigee`` are those of targeted burns, ``altitude`` that of reboosts; what a kind
        of burn does not have is empty.
    """
    header = [
        "start_utc",
        "kind",
        "id",
        "vehicle",
        "direction",
        "duration_s",
        "delta_v_mps",
        "thrust_n",
        "specific_impulse_s",
        "propellant_kg",
        "altitude_before_km",
        "altitude_after_km",
        "perigee_before_km",
        "apogee_before_km",
        "perigee_after_km",
        "apogee_after_km",
        "start_latitude_deg",
        "start_longitude_deg",
    ]
    rows: list[list[str]] = []
    if not isinstance(operate, Skipped):
        for i, reboost in enumerate(operate.reboosts, start=1):
            rows.append(
                [
                    reboost.utc,
                    "reboost",
                    f"reboost-{i}",
                    reboost.source,
                    "prograde",
                    f"{reboost.duration_s:.1f}",
                    f"{reboost.delta_v_mps:.4f}",
                    "",
                    "",
                    f"{reboost.propellant_kg:.2f}",
                    f"{reboost.altitude_before_km:.3f}",
                    f"{reboost.altitude_after_km:.3f}",
                    *[""] * 6,
                ]
            )
    if not isinstance(descend, Skipped):
        rows += [_burn_row(burn) for burn in descend.burns]
    return csv_text(header, sorted(rows, key=lambda row: row[0]))


def _burn_row(burn: Burn) -> list[str]:
    return [
        burn.start_utc,
        "targeted",
        burn.id,
        burn.vehicle,
        burn.direction,
        f"{burn.duration_s:.1f}",
        f"{burn.delta_v_mps:.4f}",
        f"{burn.thrust_n:.1f}",
        f"{burn.specific_impulse_s:.1f}",
        f"{burn.propellant_kg:.2f}",
        "",
        "",
        f"{burn.perigee_before_km:.3f}",
        f"{burn.apogee_before_km:.3f}",
        f"{burn.perigee_after_km:.3f}",
        f"{burn.apogee_after_km:.3f}",
        f"{burn.start.latitude_deg:.5f}",
        f"{burn.start.longitude_deg:.5f}",
    ]


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as CSV with a header line, lines ended by a newline alone.

    Args:
        header: name of each column, with its unit.
        rows: as many cells in each, already as text.

    Returns:
        The whole table.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def write_trajectory(
    path: Path, trajectory: Trajectory, *, object_name: str, object_id: str, originator: str, epoch_utc: str
) -> None:
    """The numerically flown last days as a CCSDS OEM in GCRF, one block per coast or burn.

    Args:
        path: the file to write.
        trajectory: rows in order; the epoch of a border between segments occurs twice.
        object_name: the station's name.
        object_id: its designator.
        originator: program and version.
        epoch_utc: epoch of the plan's start state. It stands as creation date, since the same inputs write the same
            file.
    """
    from pointnemo.formats.oem import OemSegment, write_oem

    starts = np.flatnonzero(np.r_[True, np.diff(trajectory.segment) != 0])
    stops = np.r_[starts[1:], trajectory.segment.size]
    blocks = [
        OemSegment(
            tt_s=trajectory.tt_s[a:b],
            position_km=trajectory.position_km[a:b],
            velocity_km_s=trajectory.velocity_km_s[a:b],
            comments=(f"segment {trajectory.segments[int(trajectory.segment[a])]}",),
        )
        for a, b in zip(starts, stops, strict=True)
    ]
    write_oem(
        path,
        blocks,
        object_name=object_name,
        object_id=object_id,
        originator=originator,
        creation_utc=epoch_utc,
        frame="GCRF",
        comments=("CREATION_DATE is the epoch of the start state: the same inputs write the same file",),
    )
