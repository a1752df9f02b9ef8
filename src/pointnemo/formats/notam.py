"""NOTAM in the ICAO format: drafts of what a NOTAM office sends to pilots, written and read.

Fields Q and A to G after ICAO Annex 15 and PANS-AIM (Doc 10066), appendix 3, from memory, and as seen in NOTAM in force
for the same kind of event (B3661/26 and F2572/26: QRDCA, IV/BO/W, 000/999, one for each flight information region).
Corners are whole minutes, DDMM latitude and DDDMM longitude. Only a NOTAM office gives a number; a draft has number
0000, which no NOTAM in force can have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect, InputError
from pointnemo.formats.navarea import LINE, ascii_upper, minute_after, minute_before, warned_corners
from pointnemo.formats.outward import ring_of
from pointnemo.results import Window

__all__ = ["DANGER_AREA", "MOST_CORNERS", "Notam", "flight_level", "make_notam", "parse_notam", "write_notam"]

FloatArray = NDArray[np.float64]

DANGER_AREA = "QRDCA"
"""Danger area, activated (NOTAM selection criteria, Doc 8126; from memory)."""
MOST_CORNERS = 20
STEP_DEG = 1.0 / 60.0
KM_PER_FLIGHT_LEVEL = 0.03048  # 100 ft
_NM_PER_RAD = 6371.0088 / 1.852
_ROUND_EARTH = 1.006  # the sphere's distances err by up to 0.6 %
_LARGEST_RADIUS_NM = 999
_HIGHEST_LEVEL = 999
_ORIGIN = "RE-ENTRY OF A SPACECRAFT, FALLING SPACE DEBRIS"


@dataclass(frozen=True)
class Notam:
    """One NOTAM.

    Attributes:
        series: letter.
        number: within the year; 0 for a draft.
        fir: location indicator of the flight information region, ``XXXX`` where the table has none.
        code: subject and condition, five letters.
        centre_deg: longitude and latitude of the circle of the Q line, whole minutes.
        radius_nm: of that circle, which holds the area; 999 where it is larger.
        from_utc, to_utc: ISO 8601, whole minutes.
        text: what field E says before the corners.
        corners: longitude and latitude in degrees, -180..180, clockwise from the north-west, not closed.
        layers: what field E says after the corners: when each layer is closed.
    """

    series: str
    number: int
    fir: str
    code: str
    centre_deg: tuple[float, float]
    radius_nm: int
    from_utc: str
    to_utc: str
    text: str
    corners: tuple[tuple[float, float], ...]
    layers: str = ""


def flight_level(height_km: float, up: bool) -> int:
    """Hundreds of feet, rounded up or down, 0 to 999; the difference of pressure and geometric height is left out."""
    level = height_km / KM_PER_FLIGHT_LEVEL
    return min(max(ceil(level - 1e-9) if up else floor(level + 1e-9), 0), _HIGHEST_LEVEL)


def make_notam(
    fir: str, ring: FloatArray, windows: Sequence[Window], *, what: str = "", alternate: bool = False, series: str = "A"
) -> Notam:
    """A NOTAM from the surface up that holds an area and all windows: corners and minutes are rounded outwards.

    Args:
        fir: location indicator.
        ring: shape (n, 2), longitude and latitude in degrees, closed or open, longitudes of any turn.
        windows: of the layers, at least one.
        what: name of what comes down.
        alternate: for the case that the primary window is not used.
        series: letter.

    Returns:
        The NOTAM.
    """
    corners = warned_corners(ring_of([(x, y) for x, y in ring]), STEP_DEG, MOST_CORNERS)
    centre, radius = _circle(corners)
    start = min(minute_before(w.from_utc) for w in windows)
    end = max(minute_after(w.to_utc) for w in windows)
    name = ascii_upper(what)
    falling = f"{_ORIGIN}{f' ({name})' if name else ''}"
    times = f"{falling} WI AREA BOUNDED BY LINES JOINING"
    kind = "ALTERNATE WINDOW" if alternate else "PRIMARY WINDOW"
    return Notam(
        series=series,
        number=0,
        fir=fir,
        code=DANGER_AREA,
        centre_deg=centre,
        radius_nm=radius,
        from_utc=_iso(start),
        to_utc=_iso(end),
        text=f"TEMPO DANGER AREA ACT, {kind}: {times}",
        corners=tuple((round(_wrapped(x) * 60) / 60, round(y * 60) / 60) for x, y in corners),
        layers=_layers(windows, start, end),
    )


def write_notam(notam: Notam) -> str:
    """The text of a NOTAM.

    Args:
        notam: what it says.

    Returns:
        Lines of at most 69 upper-case characters, ending in a newline.
    """
    start, end = minute_before(notam.from_utc), minute_before(notam.to_utc)
    places = [_place_text(x, y) for x, y in (*notam.corners, notam.corners[0])]
    body = _wrap(f"E) {notam.text} {' - '.join(places)}." + (f" {notam.layers}." if notam.layers else ""))
    lines = [
        f"({notam.series}{notam.number:04d}/{start:%y} NOTAMN",
        f"Q) {notam.fir}/{notam.code}/IV/BO/W/000/999/{_place_text(*notam.centre_deg)}{notam.radius_nm:03d}",
        f"A) {notam.fir} B) {start:%y%m%d%H%M} C) {end:%y%m%d%H%M}",
        *body,
        "F) SFC G) UNL)",
    ]
    return "\n".join(lines) + "\n"


def _layers(windows: Sequence[Window], start: datetime, end: datetime) -> str:
    """``SFC-FL099 140931-141145, FL098-FL657 ...``; empty where every layer has the whole window."""
    spans: dict[tuple[int, int], tuple[datetime, datetime]] = {}
    for window in windows:
        key = (flight_level(window.low_km, up=False), flight_level(window.high_km, up=True))
        first, last = minute_before(window.from_utc), minute_after(window.to_utc)
        known = spans.get(key, (first, last))
        spans[key] = (min(first, known[0]), max(last, known[1]))
    layers = {k: v for k, v in sorted(spans.items()) if k[1] > k[0]}
    if all(v == (start, end) for v in layers.values()):
        return ""
    told = [
        f"{'SFC' if low == 0 else f'FL{low:03d}'}-{'UNL' if high >= _HIGHEST_LEVEL else f'FL{high:03d}'} "
        f"{a:%d%H%M}-{b:%d%H%M}"
        for (low, high), (a, b) in layers.items()
        if low < _HIGHEST_LEVEL
    ]
    return "LAYERS: " + ", ".join(told)


def _circle(corners: FloatArray) -> tuple[tuple[float, float], int]:
    """A circle that holds a ring: middle of its bounds in whole minutes, and radius in nautical miles."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    middle = np.round((low + high) / 2.0 * 60.0) / 60.0
    # Along its sides too: a side drawn at constant latitude is farther away than its ends are on the sphere.
    share = np.linspace(0.0, 1.0, 9)[:, None, None]
    points = np.radians((corners + share * (np.roll(corners, -1, axis=0) - corners)).reshape(-1, 2))
    lon, lat = np.radians(middle)
    half = (
        np.sin((points[:, 1] - lat) / 2) ** 2
        + np.cos(lat) * np.cos(points[:, 1]) * np.sin((points[:, 0] - lon) / 2) ** 2
    )
    radius = 2.0 * _NM_PER_RAD * float(np.arcsin(np.sqrt(half)).max()) * _ROUND_EARTH
    return (_wrapped(float(middle[0])), float(middle[1])), min(ceil(radius), _LARGEST_RADIUS_NM)


def _place_text(longitude_deg: float, latitude_deg: float) -> str:
    """``4852S12323W``."""
    lat, lon = abs(round(latitude_deg * 60)), abs(round(longitude_deg * 60))
    south, west = "S" if latitude_deg < 0 else "N", "W" if longitude_deg < 0 else "E"
    return f"{lat // 60:02d}{lat % 60:02d}{south}{lon // 60:03d}{lon % 60:02d}{west}"


def _wrap(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, LINE, break_on_hyphens=False, break_long_words=False)


def _wrapped(longitude_deg: float) -> float:
    return (longitude_deg + 180.0) % 360.0 - 180.0


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# --- reading -------------------------------------------------------------------------------------------------------

_HEAD = re.compile(r"\(?([A-Z])(\d{4})/\d\d NOTAM[NRC]")
_QLINE = re.compile(
    r"Q\) ?([A-Z]{4})/(Q[A-Z]{4})/[IVK]+ ?/[NBOMK]+ ?/[AEWK]+ ?/\d{3}/\d{3}/(\d{4}[NS]\d{5}[EW])(\d{3})"
)
_PERIOD = re.compile(r"B\) ?(\d{10}) C\) ?(\d{10})")
_TEXT = re.compile(r"E\) ?(.*?) ?F\) ?")
_PLACE = re.compile(r"(\d\d)(\d\d)([NS])(\d{3})(\d\d)([EW])")


def parse_notam(text: str, name: str = "NOTAM") -> Notam:
    """Read a NOTAM of one area, as ``write_notam`` makes it or another in the same form.

    Args:
        text: the message.
        name: for errors.

    Returns:
        What it says.

    Raises:
        InputError: it is not such a message; names everything that is missing.
    """
    flat = " ".join(text.split())
    head, q, period, body = (p.search(flat) for p in (_HEAD, _QLINE, _PERIOD, _TEXT))
    said = body[1] if body else ""
    places = [_place(found) for found in _PLACE.findall(said)]
    missing = [
        Defect(name, f"has no {what}", f"write it as {form}")
        for there, what, form in (
            (head, "series and number", "(A0000/32 NOTAMN"),
            (q, "Q line", "Q) NZZO/QRDCA/IV/BO/W/000/999/4852S12323W720"),
            (period, "period", "B) 3203140920 C) 3203141130"),
            (body, "text", "E) ... F) SFC"),
            (len(places) >= 4 or None, "closed area of three corners or more", "4852S12323W"),
        )
        if there is None
    ]
    if head is None or q is None or period is None or missing:
        raise InputError("this NOTAM cannot be read", missing)
    try:
        start, end = (datetime.strptime(t, "%y%m%d%H%M").replace(tzinfo=UTC) for t in period.groups())
    except ValueError as error:
        raise InputError("this NOTAM cannot be read", [Defect(name, f"holds a date that is none: {error}")]) from error
    (centre,) = (_place(found) for found in _PLACE.findall(q[3]))
    spans = list(_PLACE.finditer(said))
    corners = places[:-1] if places[0] == places[-1] else places
    return Notam(
        series=head[1],
        number=int(head[2]),
        fir=q[1],
        code=q[2],
        centre_deg=centre,
        radius_nm=int(q[4]),
        from_utc=_iso(start),
        to_utc=_iso(end),
        text=said[: spans[0].start()].strip(),
        corners=tuple(corners),
        layers=said[spans[-1].end() :].strip(" ."),
    )


def _place(found: Sequence[str]) -> tuple[float, float]:
    latitude = (int(found[0]) * 60 + int(found[1])) / 60
    longitude = (int(found[3]) * 60 + int(found[4])) / 60
    return (-longitude if found[5] == "W" else longitude, -latitude if found[2] == "S" else latitude)
