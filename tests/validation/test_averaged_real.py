"""Averaged decay against the real station, 2021-22 (and 2024): one ballistic factor fitted on the first half of each
quiet arc predicts the altitude loss of the second half within 25 %.

Arcs of element sets are chosen by a rule, not by hand: the daily median of the mean semi-major axis (Brouwer's, as SGP4
recovers it from an element set) is followed from day to day; a rise of more than 50 m or a fall of more than 250 m
within a day is a burn. The day on either side of a burn is dropped, because element sets are fitted over a day or two,
and what is left is an arc if it is ten days long. Every arc counts; none is left out for its result.

Where it stands: the median arc keeps to 25 %, every arc does not. Near solar minimum the station lost only 60 to 300 m
in half an arc, element sets are good to 10-15 m (against NASA's ephemerides), and dockings, attitude manoeuvres and
changes of attitude, which no propagator knows of, are worth 20-100 m each (see 2021-07-29, the arrival of Nauka).
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sgp4.api import Satrec
from tests.history_cases import MJD_ORDINAL, bare_decision
from tests.mean_window import osculating, windowed

from pointnemo.formats.oem import Ephemeris, read_oem
from pointnemo.motion.history import fly
from pointnemo.world.atmosphere import climate_table
from pointnemo.world.density import ClimateTable
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.time import from_utc, mjd_utc
from pointnemo.world.weather import SpaceWeather, load_space_weather

pytestmark = pytest.mark.validation

FloatArray = NDArray[np.float64]
Figure = Callable[..., None]
WGS72_RADIUS_KM = 6378.135  # unit of length in SGP4
RISE_KM, FALL_KM = 0.05, 0.25
SHORTEST_DAYS = 10
FIRST_GUESS = 0.007
YEARS = (21, 22)
WINDOW_S = 1.5 * 86400.0  # of an ephemeris: long enough for an average, short enough to be no prediction yet


@dataclass(frozen=True)
class Arc:
    """Element sets without a burn between them: MJD, mean a (km) and, of the first one, the rest of the elements."""

    mjd: FloatArray
    a_km: FloatArray
    ex: float
    ey: float
    node_rad: float
    inclination_rad: float

    @property
    def name(self) -> str:
        return f"{_day(self.mjd[0])}+{self.mjd[-1] - self.mjd[0]:.0f}d"


@dataclass(frozen=True)
class Result:
    """How an arc was predicted."""

    arc: Arc
    ballistic_m2_kg: float
    lost_km: float
    predicted_km: float

    @property
    def error(self) -> float:
        return self.predicted_km / self.lost_km - 1.0


def _day(mjd: float) -> date:
    return date.fromordinal(int(mjd) + MJD_ORDINAL)


def element_sets(reference_data: Path) -> FloatArray:
    """Rows of MJD (UTC), mean a, ex, ey, node, inclination, in order of time, one per epoch."""
    packed = (reference_data / "tle" / "ISS_25544_TLE_merged.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    rows = {}
    for first, second in zip(lines[::2], lines[1::2], strict=True):
        if int(first[18:20]) in YEARS:
            set_ = Satrec.twoline2rv(first, second)
            mjd = set_.jdsatepoch - 2400000.5 + set_.jdsatepochF
            ex, ey = set_.ecco * np.cos(set_.argpo), set_.ecco * np.sin(set_.argpo)
            rows[mjd] = (mjd, set_.a * WGS72_RADIUS_KM, ex, ey, set_.nodeo, set_.inclo)
    return np.array([rows[mjd] for mjd in sorted(rows)])


def quiet_arcs(sets: FloatArray) -> Iterator[Arc]:
    """Arcs between burns, by the rule at the top."""
    day = np.floor(sets[:, 0])
    days = np.unique(day)
    median = np.array([np.median(sets[day == one, 1]) for one in days])
    step = np.diff(median)
    burns = np.flatnonzero((step > RISE_KM) | (step < -FALL_KM))
    borders = [days[0] - 2.0, *(days[k] for k in burns), days[-1] + 1.0]
    for before, after in pairwise(borders):
        inside = (sets[:, 0] >= before + 2.0) & (sets[:, 0] < after)
        if inside.any() and np.ptp(sets[inside, 0]) >= SHORTEST_DAYS:
            rows = sets[inside]
            yield Arc(rows[:, 0], rows[:, 1], *rows[0, 2:])


def ephemeris_arcs(reference_data: Path) -> Iterator[Arc]:
    """Files between whose starts nobody burns: mean elements of the first day and a half of each, three or more."""
    burns = np.genfromtxt(reference_data / "oem" / "OEM_BURNS_DERIVED.csv", delimiter=",", skip_header=1, dtype=str)
    burn_mjd = np.unique([mjd_utc(from_utc(text)) for text in burns[:, 1]])
    groups: dict[int, list[FloatArray]] = {}
    for path in sorted((reference_data / "oem").glob("*.xml.xz")):
        row = _start_of(read_oem(path))
        groups.setdefault(int(np.searchsorted(burn_mjd, row[0])), []).append(row)
    for rows in groups.values():
        if len(rows) >= 3:
            table = np.array(rows)
            yield Arc(table[:, 0], table[:, 1], *table[0, 2:])


def _start_of(ephemeris: Ephemeris) -> FloatArray:
    """MJD, mean a, ex, ey, node and inclination in the middle of the first day and a half of an ephemeris."""
    tt_s = np.arange(ephemeris.start_tt_s, ephemeris.start_tt_s + WINDOW_S + 1.0, 240.0)
    position, velocity = ephemeris.segments[0].position_km, ephemeris.segments[0].velocity_km_s
    given = ephemeris.segments[0].tt_s
    rows = np.searchsorted(given, tt_s[(tt_s <= given[-1])])
    elements = osculating(position[rows], velocity[rows])
    centre = ephemeris.start_tt_s + 0.5 * WINDOW_S
    return np.array([mjd_utc(centre), *windowed(given[rows], elements, centre, WINDOW_S)])


def flown(arc: Arc, a_km: float, ballistic: float, weather: SpaceWeather, climate: ClimateTable) -> FloatArray:
    """Averaged semi-major axis at the epochs of the arc, from 00:00 of its first day."""
    days = int(arc.mjd[-1]) - int(arc.mjd[0]) + 1
    start = (a_km, arc.ex, arc.ey, arc.node_rad)
    decision = bare_decision(_day(arc.mjd[0]), days, start, arc.inclination_rad, ballistic)
    history = fly(decision, [weather], climate, names=("arc",)).history
    rows = int(arc.mjd[0]) + np.arange(days + 1.0)
    return EARTH_RADIUS_KM + np.interp(arc.mjd, rows, history.altitude_km[0])


def predict(arc: Arc, weather: SpaceWeather, climate: ClimateTable) -> Result:
    """Fit start and ballistic factor on the first half (Gauss-Newton), predict what the second half loses."""
    middle = 0.5 * (arc.mjd[0] + arc.mjd[-1])
    first = arc.mjd <= middle
    a_km, ballistic = arc.a_km[0], FIRST_GUESS
    for _ in range(6):
        model = flown(arc, a_km, ballistic, weather, climate)
        slope = (flown(arc, a_km, 1.05 * ballistic, weather, climate) - model) / (0.05 * ballistic)
        design = np.column_stack([np.ones(first.sum()), slope[first]])
        change = np.linalg.lstsq(design, (arc.a_km - model)[first], rcond=None)[0]
        a_km, ballistic = a_km + change[0], max(ballistic + change[1], 0.1 * ballistic)
    # Both losses are read off straight lines through the second half, so that one element set's noise does not count.
    model = flown(arc, a_km, ballistic, weather, climate)
    second = arc.mjd >= middle if len(arc.mjd) > 10 else arc.mjd >= arc.mjd[first][-1]
    half = arc.mjd[-1] - arc.mjd[second][0]
    lost = -half * np.polyfit(arc.mjd[second], arc.a_km[second], 1)[0]
    predicted = -half * np.polyfit(arc.mjd[second], model[second], 1)[0]
    return Result(arc, ballistic, float(lost), float(predicted))


@pytest.fixture(scope="module")
def element_set_results(reference_data: Path) -> list[Result]:
    weather, climate = load_space_weather(), climate_table()
    return [predict(arc, weather, climate) for arc in quiet_arcs(element_sets(reference_data))]


@pytest.fixture(scope="module")
def ephemeris_results(reference_data: Path) -> list[Result]:
    weather, climate = load_space_weather(), climate_table()
    return [predict(arc, weather, climate) for arc in ephemeris_arcs(reference_data)]


def listed(results: list[Result]) -> str:
    """One line an arc, for the reader of a failure or of ``pytest -rP``."""
    return "\n".join(
        f"{result.arc.name}: B {result.ballistic_m2_kg:.5f} m2/kg, lost {result.lost_km * 1e3:.0f} m, "
        f"predicted {result.predicted_km * 1e3:.0f} m, {100 * result.error:+.1f} %"
        for result in results
    )


def test_median_arc_of_element_sets(element_set_results: list[Result], figure: Figure) -> None:
    print(listed(element_set_results))
    assert len(element_set_results) >= 10
    median = float(np.median([abs(result.error) for result in element_set_results]))
    figure("averaged/real-median", 100 * median, 25.0, "% of the altitude loss", "element sets 2021-22, all quiet arcs")


def test_arcs_of_nasa_ephemerides(ephemeris_results: list[Result], figure: Figure) -> None:
    """Start states of ephemeris files are measured; there are few of them between two burns."""
    print(listed(ephemeris_results))
    assert ephemeris_results
    for result in ephemeris_results:
        name = f"averaged/real-oem-{result.arc.name}"
        figure(name, 100 * abs(result.error), 25.0, "% of the altitude loss", "start states of NASA ephemerides")


@pytest.mark.xfail(
    strict=True, reason="unmodelled thrust and attitude changes near solar minimum; see the module's docstring"
)
def test_every_arc_of_element_sets(element_set_results: list[Result]) -> None:
    worst = max(abs(result.error) for result in element_set_results)
    assert worst <= 0.25, listed(element_set_results)
