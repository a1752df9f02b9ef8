"""What a server sent: is it what was asked for, is it plausible, and which tables does it make?

Pure functions from bytes to tables; nothing here knows of networks or folders. A server that is down likes to send a
page of apology with status 200, a proxy a login form, a mirror a file of last year: whatever is not plainly right is
refused by name, and the caller keeps what it has.

Formats: CssiSpaceWeather 1.2 (celestrak.org/SpaceData/SpaceWx-format.php); the table of Kp, Ap and F10.7 of GFZ (its
own header); the 45-day forecast and the predicted solar cycle of NOAA SWPC (services.swpc.noaa.gov); finals2000A (IERS,
readme.finals2000A); the tracking files that ``formats`` reads.
"""

from __future__ import annotations

import json
import lzma
import re
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import EphemerisError
from pointnemo.world import earth, time
from pointnemo.world.tables import Table, table_bytes
from pointnemo.world.weather import iso_day, to_one_au

__all__ = ["DAILY", "EARTH", "MONTHLY", "Content", "RefusedContent", "cssi_section", "finals_rows"]

FloatArray = NDArray[np.float64]

DAILY, MONTHLY, EARTH = "space_weather_daily.csv.gz", "space_weather_monthly.csv.gz", "earth_orientation.csv.gz"

FLUX_SFU = (50.0, 1000.0)  # the quiet Sun gives 64; the largest reading on record, in a burst, is 939
AP_LIMIT = 400.0
FRESH_DAYS = 30  # a record that ends longer ago is no update
SETTLED_DAYS = 120  # values older than this are not revised any more
LIKENESS = 0.99  # share of settled days that must agree with the table in use
LATE_DAYS = 5
MJD_EPOCH = date(1858, 11, 17).toordinal()
ISS_ALTITUDE_KM = (150.0, 1000.0)
ORBIT_FRESH_DAYS = 60


class RefusedContent(ValueError):
    """What was sent is not usable; the message says why."""


class Content(NamedTuple):
    """Checked content, ready to be stored.

    Attributes:
        files: name -> bytes.
        issued: UTC, ISO 8601, when it was made; what is newer has the later one.
        valid_from, valid_to: first and last UTC date or instant that it covers.
        source: where it comes from, in words.
    """

    files: dict[str, bytes]
    issued: str
    valid_from: str
    valid_to: str
    source: str


_BEFORE = "before that "


# --- space weather: CelesTrak ---------------------------------------------------------------------------------------

# Columns of the fixed format FORMAT(I4,I3,I3,I5,I3,8I3,I4,8I4,I4,F4.1,I2,I4,F6.1,I2,5F6.1), zero-based.
_DATE, _AP, _ADJUSTED, _OBSERVED = slice(0, 10), slice(79, 82), slice(92, 98), slice(112, 118)


def cssi_section(text: str, name: str) -> list[str]:
    """The lines of one section of a CssiSpaceWeather file, checked against the count that the file states.

    Args:
        text: the file, with newlines as line ends.
        name: ``OBSERVED``, ``DAILY_PREDICTED`` or ``MONTHLY_PREDICTED``.

    Raises:
        RefusedContent: the section is missing or cut off.
    """
    match = re.search(rf"NUM_{name}_POINTS +(\d+)\nBEGIN {name}\n(.*?)\n?END {name}", text, re.DOTALL)
    if match is None:
        raise RefusedContent(f"section {name} is missing")
    lines = match.group(2).splitlines()
    if len(lines) != int(match.group(1)):
        raise RefusedContent(f"section {name} has {len(lines)} lines, not {match.group(1)}")
    return lines


def read_celestrak(bodies: Sequence[bytes], current: Mapping[str, Table], now: datetime) -> Content:
    """Space weather from CelesTrak's ``SW-All.txt``.

    Args:
        bodies: the file.
        current: tables in use, by name.
        now: UTC.

    Raises:
        RefusedContent: it is not that file, or not plausible.
    """
    text = _text(bodies[0]).replace("\r\n", "\n")
    updated = re.search(r"^UPDATED (\d{4} \w{3} \d\d \d\d:\d\d:\d\d) UTC", text, re.MULTILINE)
    if not text.startswith("DATATYPE CssiSpaceWeather") or updated is None:
        raise RefusedContent("is not a CssiSpaceWeather file")
    issued = datetime.strptime(updated.group(1), "%Y %b %d %H:%M:%S")
    observed, daily, monthly = (
        cssi_section(text, name) for name in ("OBSERVED", "DAILY_PREDICTED", "MONTHLY_PREDICTED")
    )
    if not observed or not daily or not monthly:
        raise RefusedContent("a section is empty")
    try:
        days = [_mjd_of(line) for line in observed + daily]
        values = np.array([[float(line[_OBSERVED]), float(line[_AP])] for line in observed + daily])
        nodes = np.array([[_mjd_of(line), float(line[_OBSERVED]), float(line[_ADJUSTED])] for line in monthly])
    except ValueError as error:
        raise RefusedContent(f"a row cannot be read: {error}") from error
    if days != list(range(days[0], days[0] + len(days))):
        raise RefusedContent("days are missing")
    return _weather(days[0], values, len(observed), nodes, f"{issued.isoformat()}Z", "CelesTrak SW-All", current, now)


def _mjd_of(line: str) -> int:
    year, month, day = (int(part) for part in line[_DATE].split())
    return date(year, month, day).toordinal() - MJD_EPOCH


# --- space weather: GFZ and NOAA ------------------------------------------------------------------------------------

_GFZ_AP, _GFZ_FLUX, _GFZ_COLUMNS = 23, 25, 28


def read_gfz_noaa(bodies: Sequence[bytes], current: Mapping[str, Table], now: datetime) -> Content:
    """Space weather observed by GFZ and forecast by NOAA, put behind the record in use.

    Args:
        bodies: GFZ's ``Kp_ap_Ap_SN_F107_since_1932.txt``; NOAA's 45-day forecast (text) and predicted cycle (JSON).
        current: tables in use, by name.
        now: UTC.

    Raises:
        RefusedContent: one of them is not what it should be, or days are missing.
    """
    observed = _gfz_days(_text(bodies[0]))
    issued, forecast = _noaa_45_days(_text(bodies[1]))
    table = current[DAILY]
    first, begin = int(table.about["first_mjd"]), int(table.about["forecast_from_mjd"])
    rows = {first + i: (float(f), float(a)) for i, (f, a) in enumerate(table.values[: begin - first])}
    settled = [day for day in range(begin - SETTLED_DAYS - 1000, begin - SETTLED_DAYS) if day in observed]
    off = [np.abs(np.subtract(rows[day], observed[day])) <= (2.0, 3.0) for day in settled]
    if not off or np.mean(np.all(off, axis=1)) < LIKENESS:
        raise RefusedContent("its settled days do not agree with the record in use")
    last = max(observed)
    rows |= {day: value for day, value in observed.items() if day >= begin}
    # The indices of the last days may not be out yet: the first day of the forecast stands for them.
    ahead = min(forecast)
    rows |= {day: forecast[ahead] for day in range(last + 1, ahead) if day >= ahead - LATE_DAYS}
    rows |= {day: value for day, value in forecast.items() if day > last}
    days = sorted(rows)
    if days != list(range(first, first + len(days))):
        gap = next(day for day in range(first, days[-1]) if day not in rows)
        raise RefusedContent(f"leaves a gap: {iso_day(gap)} is missing")
    nodes = _noaa_cycle(bodies[2], current[MONTHLY], days[-1])
    values = np.array([rows[day] for day in days])
    earlier = table.about["source"].rpartition(_BEFORE)[2]  # not a chain of every update so far
    source = f"GFZ Potsdam (CC BY 4.0) with forecasts of NOAA SWPC, {_BEFORE}{earlier}"
    return _weather(first, values, last - first + 1, nodes, issued, source, current, now)


def _gfz_days(text: str) -> dict[int, tuple[float, float]]:
    """MJD -> observed F10.7, Ap, of the days that have both."""
    rows = [line.split() for line in text.splitlines() if re.match(r"\d{4} \d\d \d\d ", line)]
    if not rows or any(len(row) != _GFZ_COLUMNS for row in rows):
        raise RefusedContent("is not GFZ's table of Kp, Ap and F10.7, or is cut off")
    try:
        found = {
            date(int(row[0]), int(row[1]), int(row[2])).toordinal() - MJD_EPOCH: (
                float(row[_GFZ_FLUX]),
                float(row[_GFZ_AP]),
            )
            for row in rows
        }
    except ValueError as error:
        raise RefusedContent(f"a row of GFZ's table cannot be read: {error}") from error
    whole = {day: value for day, value in found.items() if min(value) >= 0 and value[0] > 0}  # missing is -1
    if not whole:
        raise RefusedContent("GFZ's table holds no whole day")
    return whole


def _noaa_45_days(text: str) -> tuple[str, dict[int, tuple[float, float]]]:
    """Date of issue and MJD -> F10.7, Ap of the 45-day forecast.

    Its F10.7 is one at 1 au (so CelesTrak reads it, celestrak.org/SpaceData/SpaceWx-format.php); returned as observed.
    """
    issued = re.search(r":Issued: (\d{4} \w{3} \d\d \d{4}) UTC", text)
    ap_part, mark, flux_part = text.partition("45-DAY F10.7 CM FLUX FORECAST")
    _, ap_mark, ap_part = ap_part.partition("45-DAY AP FORECAST")
    if issued is None or not mark or not ap_mark:
        raise RefusedContent("is not NOAA's 45-day forecast")

    def pairs(part: str) -> dict[int, float]:
        found = re.findall(r"(\d\d[A-Z][a-z]{2}\d\d) +(\d{1,3})\b", part)
        return {datetime.strptime(day, "%d%b%y").toordinal() - MJD_EPOCH: float(value) for day, value in found}

    flux, ap = pairs(flux_part), pairs(ap_part)
    if flux.keys() != ap.keys() or len(flux) < 40:
        raise RefusedContent(f"the 45-day forecast has {len(flux)} days of F10.7 and {len(ap)} of Ap")
    moment = datetime.strptime(issued.group(1), "%Y %b %d %H%M")
    return f"{moment.isoformat()}Z", {
        day: (round(flux[day] / float(to_one_au(day)), 1), ap[day]) for day in sorted(flux)
    }


def _noaa_cycle(body: bytes, current: Table, last_day: int) -> FloatArray:
    """Nodes of the monthly forecast after a day: NOAA's smoothed F10.7 at 1 au in mid-month, then those in use."""
    try:
        rows = json.loads(_text(body))
        months = [np.datetime64(row["time-tag"], "D").astype(int) + 40587 + 14 for row in rows]
        level = np.array([float(row["predicted_f10.7"]) for row in rows])
    except (ValueError, TypeError, KeyError) as error:
        raise RefusedContent(f"is not NOAA's predicted solar cycle ({error})") from error
    mjd = np.array(months, dtype=float)
    mjd, level = mjd[level > 0], level[level > 0]
    if len(mjd) < 12:
        raise RefusedContent("the predicted solar cycle has fewer than 12 months")
    nodes = np.column_stack([mjd, np.round(level / to_one_au(mjd), 1), level])
    nodes = nodes[nodes[:, 0] > last_day]
    return np.concatenate([nodes, current.values[current.values[:, 0] > max(mjd[-1], last_day)]])


# --- space weather: plausibility ------------------------------------------------------------------------------------


def _weather(
    first: int,
    values: FloatArray,
    observed: int,
    nodes: FloatArray,
    issued: str,
    source: str,
    current: Mapping[str, Table],
    now: datetime,
) -> Content:
    """The two tables, once they are plausible.

    Args:
        first: MJD of the first day.
        values: shape (days, 2), F10.7 and Ap, observed then forecast.
        observed: how many days are observed.
        nodes: shape (months, 3), MJD, F10.7 as observed and at 1 au.
        issued: UTC, ISO 8601.
        source: in words.
        current: tables in use.
        now: UTC.
    """
    low, high = FLUX_SFU
    flux = np.concatenate([values[:, 0], nodes[:, 1], nodes[:, 2]])
    if np.any(~(flux > low) | ~(flux < high)):
        raise RefusedContent(f"F10.7 lies outside {low:g} to {high:g} sfu")
    if np.any(~(values[:, 1] >= 0) | ~(values[:, 1] <= AP_LIMIT)):
        raise RefusedContent(f"Ap lies outside 0 to {AP_LIMIT:g}")
    today = now.toordinal() - MJD_EPOCH
    last = first + observed - 1
    if last > today:
        raise RefusedContent(f"days up to {iso_day(last)} are called observed on {iso_day(today)}")
    if last < today - FRESH_DAYS:
        raise RefusedContent(f"the record ends on {iso_day(last)}, more than {FRESH_DAYS} days ago")
    if len(values) - observed < 20 or len(nodes) < 24 or np.any(np.diff(nodes[:, 0]) <= 0):
        raise RefusedContent("the forecast is cut off")
    used = current[DAILY]
    used_first, used_observed = int(used.about["first_mjd"]), int(used.about["forecast_from_mjd"])
    if first > used_first:
        raise RefusedContent(f"the record begins on {iso_day(first)}, later than the one in use")
    begin, end = used_first, min(used_observed, first + observed) - SETTLED_DAYS
    mine, theirs = values[begin - first : end - first], used.values[begin - used_first : end - used_first]
    like = np.mean(np.all(np.abs(mine - theirs) <= (2.0, 3.0), axis=1))  # sfu, Ap: rounding and late revisions
    if like < LIKENESS:
        raise RefusedContent(f"only {100 * like:.0f} % of its settled days agree with the record in use")
    about = [f"# source: {source} of {issued[:10]}", f"# issued: {issued[:10]}"]
    daily = table_bytes(
        [*about, f"# first_mjd: {first}", f"# forecast_from_mjd: {first + observed}", "f107_observed,ap"],
        [f"{flux:.1f},{ap:g}" for flux, ap in values],
    )
    monthly = table_bytes(
        [*about, "mjd,f107_observed,f107_adjusted"], [f"{int(mjd)},{seen:g},{level:g}" for mjd, seen, level in nodes]
    )
    return Content({DAILY: daily, MONTHLY: monthly}, issued, iso_day(first), iso_day(nodes[-1, 0]), source)


# --- Earth orientation ----------------------------------------------------------------------------------------------


def finals_rows(text: str) -> list[tuple[int, float, float, float, bool]]:
    """Rows of finals2000A, Bulletin A columns: MJD, UT1-UTC (s), pole x and y (arcsec), whether observed.

    Raises:
        RefusedContent: a row cannot be read.
    """
    rows: list[tuple[int, float, float, float, bool]] = []
    try:
        for line in (line.ljust(188) for line in text.splitlines()):
            if line[58:68].strip() and line[18:27].strip():  # the table goes on with empty days
                numbers = float(line[58:68]), float(line[18:27]), float(line[37:46])
                rows.append((int(float(line[7:15])), *numbers, "P" not in (line[16], line[57])))
    except ValueError as error:
        raise RefusedContent(f"is not finals2000A ({error})") from error
    return rows


def read_finals(bodies: Sequence[bytes], current: Mapping[str, Table], now: datetime) -> Content:
    """Earth orientation from finals2000A: its days after the settled ones of the table in use.

    Args:
        bodies: the file.
        current: tables in use, by name.
        now: UTC.

    Raises:
        RefusedContent: it is not that file, or not plausible.
    """
    rows = finals_rows(_text(bodies[0]))
    if len(rows) < 1000 or [row[0] for row in rows] != list(range(rows[0][0], rows[0][0] + len(rows))):
        raise RefusedContent("is not finals2000A, or days are missing")
    values = np.array([row[1:4] for row in rows])
    mjd = np.array([row[0] for row in rows], dtype=float)
    observed = int(max(row[0] for row in rows if row[4]))
    today = now.toordinal() - MJD_EPOCH
    if not today - FRESH_DAYS <= observed <= today + 1:
        raise RefusedContent(f"its last observed day is {iso_day(observed)}, on {iso_day(today)}")
    if mjd[-1] < today + 30:
        raise RefusedContent("its prediction is cut off")
    if np.any(~(np.abs(values) < 1.0)):
        raise RefusedContent("UT1-UTC or the pole lies outside 1 s and 1 arcsec")
    if np.any(np.abs(np.diff(values[:, 0] - time.tai_minus_utc(mjd))) > 0.005):
        raise RefusedContent("UT1 jumps: it knows a leap second that this version does not; update pointnemo")
    used = current[EARTH]
    first, settled = int(used.about["first_mjd"]), int(used.about["predicted_from_mjd"]) - SETTLED_DAYS
    begin = max(int(mjd[0]), settled - 1000)
    if begin >= settled:
        raise RefusedContent(f"its first day is {iso_day(mjd[0])}, too late to join the table in use")
    mine = values[begin - int(mjd[0]) : settled - int(mjd[0])]
    if np.any(np.abs(mine - used.values[begin - first : settled - first]) > (0.001, 0.005, 0.005)):  # s, arcsec
        raise RefusedContent("its settled days do not agree with the table in use")
    body = np.concatenate([used.values[: settled - first], values[settled - int(mjd[0]) :]])
    table = table_bytes(
        [
            f"# source: IERS finals2000A, {_BEFORE}{used.about['source'].rpartition(_BEFORE)[2]}",
            f"# issued: {iso_day(observed)}",
            f"# first_mjd: {first}",
            f"# predicted_from_mjd: {observed + 1}",
            "ut1_utc_s,pole_x_arcsec,pole_y_arcsec",
        ],
        [f"{ut1:.5f},{x:.5f},{y:.5f}" for ut1, x, y in body],
    )
    return Content({EARTH: table}, iso_day(observed), iso_day(first), iso_day(mjd[-1]), "IERS finals2000A")


# --- the orbit ------------------------------------------------------------------------------------------------------


def read_orbit(bodies: Sequence[bytes], current: Mapping[str, Table], now: datetime) -> Content:
    """A tracking file of the ISS that is about today.

    Args:
        bodies: the file.
        current: not used.
        now: UTC.

    Raises:
        RefusedContent: it cannot be read, is of another object, or is not of these weeks.
    """
    content = read_dated_orbit(bodies, current, now)
    age = (now - datetime.fromisoformat(content.issued)).total_seconds() / 86400.0
    if age > ORBIT_FRESH_DAYS:
        raise RefusedContent(f"was made on {content.issued[:10]}, {age:.0f} days ago")
    return content


def read_dated_orbit(bodies: Sequence[bytes], current: Mapping[str, Table], now: datetime) -> Content:
    """A tracking file of the ISS of any date up to now; arguments as for ``read_orbit``.

    Raises:
        RefusedContent: it cannot be read, is of another object, or lies in the future.
    """
    from pointnemo.formats.tracking_files import read_tracking

    del current
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "received"
        path.write_bytes(bodies[0])
        try:
            file = read_tracking(path)
        except EphemerisError as error:
            what = error.defects[0].what if error.defects else error.title
            raise RefusedContent(f"is not a tracking file that can be used: {what}") from error
    if "ISS" not in file.object_name.upper() and re.sub(r"\W", "", file.object_id.upper()) not in ("1998067A", "25544"):
        raise RefusedContent(f"is about {file.object_name or file.object_id}, not the ISS")
    height = np.linalg.norm(file.position_km, axis=1) - earth.EARTH_RADIUS_KM
    if np.any((height < ISS_ALTITUDE_KM[0]) | (height > ISS_ALTITUDE_KM[1])):
        raise RefusedContent(f"has the station at {height.min():.0f} to {height.max():.0f} km")
    issued = time.to_utc(file.created_tt_s)
    if datetime.fromisoformat(issued).timestamp() > now.timestamp() + 86400.0:
        raise RefusedContent(f"was made on {issued[:10]}, which is to come")
    name = f"ISS_{file.kind.upper()}_{issued[:10]}.xz"
    first, last = (time.to_utc(float(file.tt_s[i])) for i in (0, -1))
    source = f"{file.originator or 'unknown originator'}, {file.kind.upper()} of {issued[:10]}"
    return Content({name: lzma.compress(bodies[0])}, issued, first, last, source)


def _text(body: bytes) -> str:
    """ASCII text, or the refusal of what is none; a page of apology is named as such."""
    if re.match(rb"\s*(<!doctype html|<html)", body[:200], re.IGNORECASE):
        raise RefusedContent("is a web page, not data")
    try:
        return body.decode("ascii")
    except UnicodeDecodeError as error:
        raise RefusedContent("is not plain text") from error
