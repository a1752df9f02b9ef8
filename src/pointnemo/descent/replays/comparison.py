"""Published figures beside replayed ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from pointnemo.descent.geometry import WGS84
from pointnemo.descent.replays.report import Comparison, ReplayFlight
from pointnemo.descent.replays.start import tt
from pointnemo.results import Place
from pointnemo.world.time import from_utc, to_utc

if TYPE_CHECKING:
    from pointnemo.scenario.replay import Published, PublishedImpact

__all__ = ["compare"]


def compare(flight: ReplayFlight, published: Published, *, gated: bool) -> tuple[Comparison, ...]:
    """Lay what was published beside a flight.

    Args:
        flight: as flown.
        published: figures and, where one is asked for, gates.
        gated: hold the flight to the gates; a variant is not.

    Returns:
        One row for each published figure.
    """
    rows = (*_orbits(flight, published), *_heights(flight, published), *_ends(flight, published))
    return rows if gated else tuple(row.model_copy(update={"gate": None, "ok": None}) for row in rows)


def _orbits(flight: ReplayFlight, published: Published) -> Iterator[Comparison]:
    burns = {burn.id: burn for burn in flight.burns}
    for key, orbit in published.orbits.items():
        burn = burns.get(key)
        low = high = None
        if burn is not None:
            apsides = burn.perigee_after_km, burn.apogee_after_km
            low, high = apsides if orbit.kind == "apsides" else (burn.lowest_after_km, burn.highest_after_km)
        names = ("perigee", "apogee") if orbit.kind == "apsides" else ("lowest", "highest")
        for name, told, value in zip(names, (orbit.perigee_km, orbit.apogee_km), (low, high), strict=True):
            yield _number(f"{key}-{name}", f"{name} after burn {key}", told, value, "km", orbit.within_km)


def _heights(flight: ReplayFlight, published: Published) -> Iterator[Comparison]:
    at = {crossing.height_km: crossing for crossing in flight.crossings}
    for key, height in published.heights.items():
        found = at.get(height.height_km)
        text = f"{height.height_km:g} km"
        if height.utc is not None:
            utc = None if found is None else found.utc
            yield _instant(f"{key}-time", f"time at {text}", height.utc, utc, height.within_s)
        if height.latitude_deg is not None and height.longitude_deg is not None:
            told = Place(latitude_deg=height.latitude_deg, longitude_deg=height.longitude_deg)
            yield _place(f"{key}-place", f"place at {text}", told, found.place if found else None, height.within_km)


def _ends(flight: ReplayFlight, published: Published) -> Iterator[Comparison]:
    if published.end_utc is not None:
        yield _instant("end-time", "end", published.end_utc, flight.end_utc, published.end_within_s)
    entry = published.entry
    if entry is not None:
        found = next((one for one in flight.crossings if one.height_km == entry.height_km), None)
        utc = found.utc if found else flight.end_utc if entry.height_km == 0 else None
        yield _instant("entry-time", f"entry, {entry.height_km:g} km", entry.utc, utc, entry.within_s)
        if entry.latitude_deg is not None and entry.longitude_deg is not None:
            told = Place(latitude_deg=entry.latitude_deg, longitude_deg=entry.longitude_deg)
            yield _place("entry-place", f"place at {entry.height_km:g} km", told, found.place if found else None, None)
    if published.impact is not None:
        yield _impact(flight, published.impact)


def _impact(flight: ReplayFlight, impact: PublishedImpact) -> Comparison:
    """The piece that stands for the centre, else the whole body."""
    piece = next((one for one in flight.fragments if one.id == impact.fragment), None)
    value = flight.end_place if impact.fragment is None else piece.place if piece else None
    told = Place(latitude_deg=impact.latitude_deg, longitude_deg=impact.longitude_deg)
    return _place("impact-centre", "centre of impact", told, value, impact.within_km)


def _number(key: str, text: str, published: float, value: float | None, unit: str, gate: float | None) -> Comparison:
    difference = None if value is None else value - published
    return _row(key, text, published, value, difference, unit, gate)


def _instant(key: str, text: str, published: datetime, value: str | None, gate: float | None) -> Comparison:
    told = tt(published)
    difference = None if value is None else from_utc(value) - told
    return _row(key, text, to_utc(told, 0), value, difference, "s", gate)


def _place(key: str, text: str, published: Place, value: Place | None, gate: float | None) -> Comparison:
    away = None
    if value is not None:
        ends = published.longitude_deg, published.latitude_deg, value.longitude_deg, value.latitude_deg
        away = WGS84.inv(*ends)[2] / 1000.0
    return _row(key, text, _written(published), None if value is None else _written(value), away, "km", gate)


def _written(place: Place) -> str:
    ns, ew = "NS"[place.latitude_deg < 0], "EW"[place.longitude_deg < 0]
    return f"{abs(place.latitude_deg):.1f} {ns} {abs(place.longitude_deg):.1f} {ew}"


def _row(
    key: str,
    text: str,
    published: float | str,
    value: float | str | None,
    difference: float | None,
    unit: str,
    gate: float | None,
) -> Comparison:
    ok = None if gate is None else difference is not None and abs(difference) <= gate
    return Comparison(
        id=key, text=text, published=published, value=value, difference=difference, unit=unit, gate=gate, ok=ok
    )
