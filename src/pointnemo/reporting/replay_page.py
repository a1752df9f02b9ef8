"""The page at 80 columns of ``pointnemo replay``, and the document as it is printed."""

from __future__ import annotations

from collections.abc import Iterator

from pointnemo.descent.replays.report import Comparison, ForecastMade, ReplayFlight, ReplayReport
from pointnemo.reporting import words

__all__ = ["replay_json", "replay_page"]


def replay_json(report: ReplayReport) -> str:
    """The document ``pointnemo/replay/1``: keys in the order of the models."""
    return report.model_dump_json(by_alias=True, indent=1) + "\n"


def replay_page(report: ReplayReport) -> str:
    """The readable page.

    Args:
        report: the document.

    Returns:
        Lines of at most 80 columns, ending in a newline.
    """
    lines = words.wrapped(words.clean(report.title))
    if report.start is not None:
        start = report.start
        lines += ["", *words.wrapped(f"{words.clean(start.origin)}", "start     ", " " * 10)]
        lines.append(
            f"          {start.epoch_utc}  {start.perigee_km:.1f} x {start.apogee_km:.1f} km, "
            f"{start.inclination_deg:.2f} deg"
        )
    if report.drag is not None:
        origin = {"given": "given", "decay": "by the decay of published orbits", "rate": "by the stated rate"}
        lines.append(
            f"drag      {report.drag.cd_area_m2:.0f} m2, B {report.drag.ballistic_factor_m2_kg:.5f} m2/kg, "
            f"{origin[report.drag.origin]}"
        )
    for flight in report.flights:
        lines += ["", *_flight(flight)]
    if report.forecasts:
        lines += ["", *_forecasts(report.forecasts)]
    for head, texts in (
        ("notes", report.notes),
        ("sources", tuple(f"{one.key} [{one.mark}] {one.source}" for one in report.sources)),
    ):
        if texts:
            lines += ["", head, *(line for text in texts for line in words.wrapped(words.clean(text), "  - ", "    "))]
    return "\n".join(lines) + "\n"


def _flight(flight: ReplayFlight) -> Iterator[str]:
    """One flight: burns, heights, pieces, and what was published."""
    yield from words.wrapped(f"{flight.id.upper()}: {words.clean(flight.what)}")
    for burn in flight.burns:
        yield from words.wrapped(
            f"burn {burn.id}  {_clock(burn.start_utc)}  {burn.duration_s:.0f} s  {burn.delta_v_mps:.1f} m/s  "
            f"{burn.thrust_n:.0f} N  -> {burn.perigee_after_km:.1f} x {burn.apogee_after_km:.1f} km",
            "  ",
            "      ",
        )
    for crossing in flight.crossings:
        yield f"  {crossing.height_km:5.0f} km  {_clock(crossing.utc)}  {_place(crossing.place)}".rstrip()
    if flight.end_utc is None:
        yield "  still flying when it was given up"
    else:
        yield f"  ground    {_clock(flight.end_utc)}  {_place(flight.end_place)}".rstrip()
    for piece in flight.fragments:
        kind = words.clean(f"piece {piece.id}, {piece.ballistic_coefficient_kg_m2:g} kg/m2")
        yield from words.wrapped(
            f"{_clock(piece.utc)}  {_place(piece.place)}, {piece.along_km:,.0f} km on ({kind})",
            "  ground    ",
            " " * 12,
        )
    if flight.comparisons:
        yield f"  {'':30}{'published':>18}{'replayed':>18}{'off':>10}"
    for row in flight.comparisons:
        yield from _comparison(row)


def _comparison(row: Comparison) -> Iterator[str]:
    value = "-" if row.value is None else _value(row.value)
    off = "-" if row.difference is None else f"{row.difference:+,.0f} s" if row.unit == "s" else f"{_km(row)} km"
    head = words.clean(row.text)
    if len(head) > 30:
        yield f"  {head[:76]}"
        head = ""
    yield f"  {head:30}{_value(row.published):>18}{value:>18}{off:>10}"
    if row.gate is not None:
        yield f"  {'':30}{'within' if row.ok else 'NOT within'} {row.gate:g} {row.unit}"


def _km(row: Comparison) -> str:
    assert row.difference is not None
    return f"{row.difference:,.0f}" if isinstance(row.published, str) else f"{row.difference:+.1f}"


def _forecasts(forecasts: tuple[ForecastMade, ...]) -> Iterator[str]:
    yield "FORECASTS of the entry, one sigma, each from what was known on its day"
    yield f"{'days':>6}{'orbit of':>12}{'age':>6}{'forecast':>18}{'sigma':>8}{'width':>8}{'off':>8}"
    yield f"{'':>6}{'':>12}{'d':>6}{'UTC':>18}{'d':>8}{'%':>8}{'d':>8}"
    for one in forecasts:
        inside = "inside" if one.inside else "OUTSIDE"
        yield (
            f"{one.days_before:6g}{one.start.epoch_utc[:10]:>12}{one.start_age_days:6.1f}"
            f"{_minute(one.entry_utc):>18}{one.sigma_days:8.2f}{100 * one.relative_width:8.0f}"
            f"{one.error_days:+8.2f}{inside:>9}"
        )
    inside = sum(one.inside for one in forecasts)
    yield from words.wrapped(
        f"{inside} of {len(forecasts)} windows hold the real entry. Width: half the window over the remaining time."
    )


def _value(value: float | str) -> str:
    if isinstance(value, str):
        return _clock(value) if value.endswith("Z") else value
    return f"{value:.1f}"


def _clock(utc: str) -> str:
    return utc[5:19].replace("T", " ")


def _minute(utc: str) -> str:
    return utc[:16].replace("T", " ")


def _place(place: object) -> str:
    return "" if place is None else words.place(place)  # type: ignore[arg-type]
