"""Real reboosts: what altitude they gained, beside what their impulse gives by our formulas and in a numerical flight.

The burns are those of the published record that give both a gain of mean altitude and something that fixes the impulse
by itself: a delta-v, or a duration together with a thrust that was published for the engine. Burns known by duration
alone are left out: the thrust that would follow from them is a fit to the very gain that it would be checked with, and
the thrust of Progress varies from burn to burn (665 to 890 N), so that no other burn tells it. Left out as well: gains
that are no mean altitude (perigee alone: Dragon CRS-33 on 2025-09-03), gains that were computed from the delta-v
(Progress MS-32 on 2025-11-19), and Dragon CRS-31 on 2024-11-08, of whose engines the record gives no thrust.

Asked for: 5 % per burn. Both published figures are rounded, so each may be off by half a unit of its last digit; the
gate of a burn is 5 % and what these two halves make of its gain. The raw difference is what is recorded.

What an impulse and a finite burn of a quarter of a revolution differ by is a few parts in a thousand. Both leave out
that the thrust may be tilted from the velocity, and the drag on the day of the burn; in the median, published gains are
1.7 % smaller than computed.

Where it stands: 18 of 19 burns within their gates, 15 of them within 5 % raw; Cygnus NG-17 misses (see ``MISSED``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import pytest

from pointnemo.motion import lastdays
from pointnemo.motion.burns import BurnCommand
from pointnemo.motion.history_kernel import raised_semi_major_axis
from pointnemo.motion.mean_elements import Mean, mean_altitude_km, osculating_from_mean
from pointnemo.world import World, load_world
from pointnemo.world.earth import EARTH_RADIUS_KM, gcrs_to_itrs
from pointnemo.world.time import from_utc

pytestmark = pytest.mark.validation

Record = Callable[..., None]

MILE_KM = 1.609344
GATE = 0.05
DAY_S = 86400.0
INCLINATION_RAD = np.radians(51.64)
ZVEZDA_N = 2 * 3070.0  # two S5.79, nominal, from memory
BT4_N = 490.0  # Cygnus main engine, published
SPECIFIC_IMPULSE_S = 300.0  # of no importance here: a delta-v is given, and the mass changes by half a per mille


class Reboost(NamedTuple):
    """One reboost as published.

    Attributes:
        utc: about when.
        vehicle: who thrust.
        gain_km: published gain of mean altitude.
        gain_half_km: half a unit of its last digit.
        altitude_km: mean altitude afterwards, as published; that of neighbouring notices where it was not.
        delta_v_mps: published, or thrust * duration / mass where a thrust was published.
        delta_v_half_mps: half a unit of its last digit (or of that of the duration, with the same share).
        duration_s: published; None where it was not.
        mass_kg: of the stack: NASA's ephemeris header nearest in time, else 460 t (400 to 415 t before 2018).
        source: where the figures come from.
    """

    utc: str
    vehicle: str
    gain_km: float
    gain_half_km: float
    altitude_km: float
    delta_v_mps: float
    delta_v_half_mps: float
    duration_s: float | None
    mass_kg: float
    source: str


def thrusting(
    utc: str, vehicle: str, gain_km: float, gain_half_km: float, altitude_km: float, thrust_n: float,
    duration_s: float, half_s: float, mass_kg: float, source: str,
) -> Reboost:  # fmt: skip
    """A burn whose impulse follows from its duration and the thrust of its engine."""
    delta_v_mps = thrust_n * duration_s / mass_kg
    half_mps = delta_v_mps * half_s / duration_s
    return Reboost(utc, vehicle, gain_km, gain_half_km, altitude_km, delta_v_mps, half_mps, duration_s, mass_kg, source)


REBOOSTS = (
    Reboost("2013-04-03T12:00", "Progress M-17M", 1.0, 0.05, 410.8, 0.6, 0.05, 277.3, 405e3, "windowstorussia.com"),
    Reboost("2015-05-18T00:00", "Progress M-26M", 3.0, 0.5, 403.0, 1.75, 0.005, 1800.0, 410e3, "korrespondent.net"),
    Reboost("2015-11-25T19:31", "Progress M-29M", 3.4, 0.05, 404.1, 1.95, 0.005, None, 410e3, "m24.ru"),
    Reboost("2016-06-06T15:00", "Progress MS-02", 0.8, 0.05, 404.0, 0.45, 0.005, 238.6, 410e3, "spaceflights.news"),
    thrusting("2017-03-02T03:35", "Zvezda", 1.0, 0.5, 404.5, ZVEZDA_N, 40.0, 0.5, 410e3, "rusreality.com"),
    Reboost("2018-07-10T20:00", "Cygnus OA-9", 0.09, 0.005, 404.0, 0.06, 0.005, 50.0, 415e3, "universetoday 156500"),
    thrusting("2021-10-12T07:05", "Zvezda", 0.94, 0.005, 420.45, ZVEZDA_N, 38.9, 0.05, 447606.0, "altusintel.com"),
    thrusting(
        "2022-06-25T17:42", "Cygnus NG-17", (0.8 + 0.16) / 2, (0.05 + 0.005) / 2, 415.5, BT4_N, 301.0, 0.5, 457735.0,
        "SpaceNews, universetoday.com: perigee +0.8 km, apogee +0.16 km",
    ),
    Reboost("2022-10-01T11:05", "Progress MS-20", 2.4, 0.05, 417.6, 1.36, 0.005, 719.5, 460e3, "interfax.ru 865829"),
    Reboost("2023-07-04T21:07", "Progress MS-22", 3.25, 0.005, 417.9, 1.85, 0.005, 1130.8, 460e3, "interfax 92206"),
    thrusting(
        "2023-08-11T14:35", "Cygnus NG-19", (2.8 + 0.3) / 2 * MILE_KM, 0.05 * MILE_KM, 418.0, BT4_N, 1368.0, 0.5, 460e3,
        "aviationweek.com: perigee +2.8 miles, apogee +0.3 miles",
    ),
    Reboost("2023-10-19T03:46", "Progress MS-24", 2.8, 0.05, 418.23, 1.5, 0.05, 1029.9, 460e3, "www1.ru"),
    Reboost("2023-11-09T21:11", "Progress MS-24", 2.5, 0.05, 417.98, 1.43, 0.005, 905.7, 460e3, "interfax 96379"),
    Reboost("2024-01-27T11:39", "Progress MS-24", 2.0, 0.05, 418.64, 1.17, 0.005, 788.2, 452886.0, "interfax 98839"),
    Reboost("2024-06-17T04:40", "Progress MS-26", 3.5, 0.05, 418.38, 2.0, 0.05, 1390.3, 460e3, "interfax 103396"),
    Reboost("2024-07-31T09:51", "Progress MS-26", 3.1, 0.05, 418.1, 1.78, 0.005, 1233.3, 460e3, "rg.ru 2024/07/31"),
    Reboost("2024-09-05T19:45", "Progress MS-28", 2.48, 0.005, 420.69, 1.42, 0.005, 781.98, 460e3, "www1.ru"),
    Reboost("2024-12-22T01:10", "Progress MS-28", 2.3, 0.05, 416.43, 1.3, 0.05, 811.3, 460e3, "vfokuse.mail.ru, RIA"),
    Reboost("2025-08-14T04:28", "Progress MS-30", 1.7, 0.05, 416.7, 1.0, 0.05, 647.3, 460e3, "gazeta.ru"),
)  # fmt: skip


def name_of(burn: Reboost) -> str:
    return burn.utc[:10]


MISSED = pytest.mark.xfail(
    strict=True,
    reason="Cygnus NG-17: +0.57 km by thrust and duration, +0.48 published (19 % off, gate 11 %). The published 0.8 "
    "and 0.16 km are 0.5 and 0.1 mile; were they tenths of a mile rounded, the mean could be 0.56 km",
)


def judged(burns: Iterable[Reboost]) -> list[Any]:
    """Test cases named by their day; the burn that misses is expected to."""
    return [
        pytest.param(one, id=name_of(one), marks=[MISSED] if one.vehicle == "Cygnus NG-17" else []) for one in burns
    ]


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


def circular_gain_km(burn: Reboost) -> float:
    """What the history kernel makes of the delta-v: a Hohmann transfer up from a circular orbit."""
    a_km = EARTH_RADIUS_KM + burn.altitude_km - burn.gain_km
    return raised_semi_major_axis(a_km, burn.delta_v_mps * 1e-3) - a_km


def flown_gain_km(burn: Reboost, world: World) -> float:
    """A finite burn in 16x16 gravity with Sun and Moon, no air: mean altitude a day before and a day after it."""
    assert burn.duration_s is not None
    ignition = from_utc(burn.utc + ":00Z")
    start, stop = ignition - DAY_S, ignition + burn.duration_s + DAY_S
    pole = gcrs_to_itrs(np.array([ignition]), world.earth)[0, 2]
    a_km = EARTH_RADIUS_KM + burn.altitude_km - burn.gain_km
    mean = Mean(a_km, 0.0002, 0.0009, INCLINATION_RAD, 1.0, 0.5)
    environment = lastdays.prepare(world, start, stop, lastdays.Forces(cd_area_m2=0.0))
    command = BurnCommand(
        ignition, burn.delta_v_mps, burn.mass_kg * burn.delta_v_mps / burn.duration_s, SPECIFIC_IMPULSE_S, False, "up"
    )
    flight = lastdays.fly(
        lastdays.State(start, *osculating_from_mean(mean, pole), burn.mass_kg),
        [command],
        environment,
        stop_height_km=200.0,
        stop_tt_s=stop,
        sample_s=240.0,
    )
    before, after = flight.tt_s <= ignition, flight.tt_s >= ignition + burn.duration_s

    def altitude(rows: np.ndarray) -> float:
        return mean_altitude_km(flight.tt_s[rows], flight.position_km[rows], flight.velocity_km_s[rows], pole)

    return altitude(after) - altitude(before)


def judge(kind: str, burn: Reboost, gain_km: float, figure: Record) -> None:
    """Record the raw difference; the gate is 5 % and the two halves of a last digit."""
    rounding = burn.gain_half_km / burn.gain_km + burn.delta_v_half_mps / burn.delta_v_mps
    off = abs(gain_km / burn.gain_km - 1.0)
    text = f"{burn.vehicle}, +{burn.gain_km:g} km ({burn.source}); ours +{gain_km:.3f} km"
    figure(f"motion.reboosts.{kind}.{name_of(burn)}", 100.0 * off, 100.0 * (GATE + rounding), "% of the gain", text)


@pytest.mark.parametrize("burn", judged(REBOOSTS))
def test_gain_by_hohmann(burn: Reboost, figure: Record) -> None:
    judge("hohmann", burn, circular_gain_km(burn), figure)


@pytest.mark.parametrize("burn", judged(burn for burn in REBOOSTS if burn.duration_s))
def test_gain_of_a_finite_burn(burn: Reboost, world: World, figure: Record) -> None:
    judge("flown", burn, flown_gain_km(burn, world), figure)
