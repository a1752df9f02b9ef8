"""Real de-orbits and decays, flown from what was published, against where and when they came down."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pyproj import Geod

import pointnemo as pn
from pointnemo.descent.replays.flight import fly_replay
from pointnemo.descent.replays.report import Comparison, ReplayReport
from pointnemo.scenario.replay import Replay
from pointnemo.scenario.replays import load_replay
from pointnemo.world import load_world

pytestmark = pytest.mark.validation

TSUP = "TsUP, by H. Zimmer, SeeSat-L 2001-03-24"
SET = "element set of 2001-03-22 and published burns; "


@pytest.fixture(scope="module")
def mir() -> ReplayReport:
    return pn.replay("mir-2001", bundled=True)


@pytest.fixture(scope="module")
def tiangong() -> ReplayReport:
    return pn.replay("tiangong1-2018", bundled=True)


def row(report: ReplayReport, key: str, flight: int = 0) -> Comparison:
    return next(one for one in report.flights[flight].comparisons if one.id == key)


def off(report: ReplayReport, key: str, flight: int = 0) -> float:
    found = row(report, key, flight).difference
    assert found is not None
    return abs(found)


def test_mir_orbits_after_the_burns(figure, mir) -> None:
    for key in ("first-lowest", "first-highest", "second-lowest", "second-highest"):
        figure(f"mir-{key}", off(mir, key), 4.0, "km", SET + TSUP)


def test_mir_time_at_100_km(figure, mir) -> None:
    figure("mir-100-km", off(mir, "entry-time"), 180.0, "s", SET + "05:44 UTC")


def test_mir_impact(figure, mir) -> None:
    figure("mir-impact-centre", off(mir, "impact-centre"), 500.0, "km", SET + TSUP)
    figure("mir-end", off(mir, "end-time"), 300.0, "s", SET + "05:59:24 UTC, mission control")
    assert all(one.ok for one in mir.flights[0].comparisons if one.gate is not None)


def test_the_larger_last_burn_does_not_fit_the_place(figure, mir) -> None:
    """40 m/s, estimated from the steeper descent, would have ended it 4,000 km short."""
    forty = row(mir, "impact-centre", flight=1)
    assert mir.flights[1].id == "forty"
    assert forty.gate is None
    assert forty.difference is not None
    figure("mir-forty-short", forty.difference, 2000.0, "km", "40 m/s against " + TSUP, "min")


def test_mir_without_an_element_set(figure, mir) -> None:
    """Apogee, perigee, inclination and a pass over a place, as an outsider may have them; the place is the replay's.

    Heights rounded to a kilometre before two burns move the fall by hundreds of kilometres: it is held to the published
    half length of the area.
    """
    _, replay = load_replay("mir-2001")
    over = mir.flights[0].burns[2].start
    assert over is not None
    orbit = {
        "origin": "head of the element set",
        "epoch_utc": datetime(2001, 3, 22, 22, 9, 37, tzinfo=UTC),
        "apogee_km": 217.0,
        "perigee_km": 212.0,
        "inclination_deg": 51.63,
        "fix": {
            "utc": datetime(2001, 3, 23, 5, 7, 36, tzinfo=UTC),
            "latitude_deg": over.latitude_deg,
            "longitude_deg": over.longitude_deg,
            "direction": "ascending",
        },
    }
    told = replay.model_dump(exclude={"orbit", "variants"})
    _, _, (flight,) = fly_replay(Replay.model_validate({**told, "orbit": orbit}), load_world(bundled=True))
    there, here = flight.end_place, mir.flights[0].end_place
    assert there is not None
    assert here is not None
    ends = there.longitude_deg, there.latitude_deg, here.longitude_deg, here.latitude_deg
    figure("mir-from-a-fix", Geod(ellps="WGS84").inv(*ends)[2] / 1000.0, 1500.0, "km", "replay from the element set")


def test_tiangong_windows_hold_the_entry(figure, tiangong) -> None:
    assert [one.days_before for one in tiangong.forecasts] == [60.0, 30.0, 14.0, 7.0, 3.0, 1.0]
    inside = sum(one.inside for one in tiangong.forecasts)
    figure("tiangong-inside", inside, 4, "of 6 windows", "18 SPCS, 2018-04-02 00:16 UTC", "min")


OLD_ORBIT = (
    "no orbit published between 25 March and the day of the forecast could be had: the drag of five and seven days "
    "between is in the window, which is 30 and 66 % of the remaining time"
)


@pytest.mark.parametrize(
    "days",
    [
        60.0,
        30.0,
        14.0,
        7.0,
        pytest.param(3.0, marks=pytest.mark.xfail(strict=True, reason=OLD_ORBIT)),
        pytest.param(1.0, marks=pytest.mark.xfail(strict=True, reason=OLD_ORBIT)),
    ],
)
def test_tiangong_windows_are_narrow(figure, tiangong, days) -> None:
    one = next(made for made in tiangong.forecasts if made.days_before == days)
    figure(f"tiangong-width-{days:g}", one.relative_width, 0.25, "of the remaining time", "half the 1-sigma window")


@pytest.mark.parametrize(
    ("name", "key", "hours"), [("salyut7-1991", "entry-time", 43.6), ("skylab-1979", "end-time", 28.6)]
)
def test_uncontrolled_falls(figure, name, key, hours) -> None:
    """Within a fifth of the time from the orbit to the fall: that is what such drags are worth."""
    report = pn.replay(name, bundled=True)
    figure(f"{name}-entry", off(report, key) / 3600.0 / hours, 0.2, "of the time in orbit", "published entry")
    early, late = (row(report, key, flight).difference for flight in (1, 2))
    assert early is not None
    assert late is not None
    assert early < 0.0 < late  # a fifth more or less drag brackets the truth
