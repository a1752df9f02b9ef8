"""The page at 80 columns of ``pointnemo reenter --object``, and the document as it is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pointnemo.reporting import words
from pointnemo.reporting.layout import fact, fold, table

if TYPE_CHECKING:
    from pointnemo.reentry.object_report import ObjectReport, ObjectRow

__all__ = ["object_json", "object_page"]

MOST_ROWS = 45
PEAKS = {
    "temperature": "temperature",
    "deceleration": "deceleration",
    "heat-flux": "heat flux",
    "dynamic-pressure": "pressure",
}


def object_json(report: ObjectReport) -> str:
    """The document ``pointnemo/object/1``: keys in the order of the models."""
    return report.model_dump_json(by_alias=True, indent=1) + "\n"


def object_page(report: ObjectReport) -> str:
    """The readable page.

    Args:
        report: the document.

    Returns:
        Lines of at most 80 columns, ending in a newline.
    """
    body, start = report.object, report.start
    sizes = ", ".join(f"{name} {size:g} m" for name, size in body.sizes_m.items())
    wall = "solid" if body.wall_mm is None else f"wall {body.wall_mm:g} mm, {words.quantity(body.wall_kg)} kg"
    turn = f", rolling by {body.roll_deg_s:g} deg/s" if body.roll_deg_s else ""
    lift = f"lift / drag {body.lift_to_drag:g}, {body.bank_deg:g} deg to the right of up{turn}"
    melting = "does not melt" if body.melting_temperature_k is None else f"melts at {body.melting_temperature_k:.0f} K"
    lines = [
        words.clean(report.title or report.name),
        "=" * words.WIDTH,
        *fact("object", f"{body.shape}, {sizes}, {body.attitude}; {wall}"),
        *fact(
            "mass",
            f"{words.quantity(body.mass_kg, 4)} kg, m / (C_D A) {words.quantity(body.ballistic_coefficient_kg_m2)} "
            "kg/m2 hypersonic",
        ),
        *(fact("lift", lift) if body.lift_to_drag > 0.0 else ()),
        *fact("material", f"{words.clean(body.material)}, {melting}, emissivity {body.emissivity:g}"),
        *fact(
            "start",
            f"{start.height_km:.3f} km, {words.place(start.place)}, {start.speed_mps:,.1f} m/s over the Earth "
            f"({start.inertial_speed_mps:,.1f} in space), path angle {start.flight_path_angle_deg:.3f} deg, "
            f"azimuth {start.azimuth_deg:.2f} deg",
        ),
        "",
        *_outcome(report),
        *(
            line
            for peak in report.peaks
            for line in fact(f"peak {PEAKS[peak.id]}", _peak(peak.value, peak.unit, peak.time_s, peak.height_km))
        ),
        "",
        *table(
            ["height, km", "time, s", "m/s", "angle", "Mach", "g", "kW/m2", "K", "kg", "km on"],
            [_row(row) for row in _thinned(report.trajectory)],
        ),
        "",
        *words.wrapped(
            "kW/m2 at the cold stagnation point; half the step moves the end by "
            + ", ".join(f"{one.relative:.1e} ({one.what.split(',')[0]})" for one in report.convergence),
            "  ",
        ),
        *(line for text in (*report.assumptions, *report.notes) for line in words.wrapped(text, "  - ", "    ")),
    ]
    return "\n".join(fold(lines)) + "\n"


def _outcome(report: ObjectReport) -> list[str]:
    """How it ended, in the largest words."""
    end = report.end
    when = f"after {end.time_s:.2f} s" + (f" ({end.utc})" if end.utc else "")
    if report.outcome == "aloft":
        lines = fact("NOT DOWN", f"given up {when} at {end.height_km:.0f} km")
    elif report.outcome == "demise":
        lines = fact("DEMISE", f"{when} at {end.height_km:.3f} km, {words.place(end.place)}, {end.speed_mps:,.1f} m/s")
    else:
        danger = "above 15 J" if report.dangerous else "not above 15 J"
        lines = [
            *fact("IMPACT", f"{when} at {words.place(end.place)}, {end.downrange_km:,.1f} km on"),
            *fact("", f"{end.speed_mps:,.2f} m/s, {words.quantity(end.energy_j)} J ({danger})"),
            *fact("mass left", f"{words.quantity(end.mass_kg, 4)} kg, {words.per(round(end.mass_share, 4))}"),
        ]
    return lines


def _peak(value: float, unit: str, time_s: float, height_km: float) -> str:
    shown, scaled = (value / 1000.0, f"k{unit}") if unit in ("W/m2", "Pa") else (value, unit)
    return f"{words.quantity(shown, 4)} {scaled} after {time_s:.1f} s at {height_km:.1f} km"


def _row(row: ObjectRow) -> list[str]:
    return [
        f"{row.height_km:.1f}",
        f"{row.time_s:.1f}",
        f"{row.speed_mps:.0f}",
        f"{row.flight_path_angle_deg:.2f}",
        f"{row.mach:.1f}",
        f"{row.deceleration_g:.2f}",
        f"{row.stagnation_heat_flux_w_m2 / 1000.0:.0f}",
        f"{row.temperature_k:.0f}",
        words.quantity(row.mass_kg, 3),
        f"{row.downrange_km:.0f}",
    ]


def _thinned(rows: tuple[ObjectRow, ...]) -> list[ObjectRow]:
    """So many rows as a page can hold, with the first and the last."""
    every = -(-len(rows) // MOST_ROWS)
    return [row for i, row in enumerate(rows) if i % every == 0 or i == len(rows) - 1]
