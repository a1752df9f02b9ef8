"""Where the averaged history ends the numerical flight goes on: altitude, decay and mass without a step.

Each case falls by the averaged kernel to the targeting altitude, is handed over there, and is flown on by both. The
numerical flight is flown a second time without air: what its mean semi-major axis is then, averaged over a day, is the
altitude that the air began with, and the difference of the two flights is what the air has taken, free of the waves of
the Earth's field. Taking the first is continuous in altitude; taking the second, per revolution, against what the
averaged kernel goes on to lose, is continuous in the rate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.history_cases import bare_decision

from pointnemo.descent.targeted.sequence import HandOver, start_state
from pointnemo.motion import history, lastdays
from pointnemo.motion.averaged import MeanState, advance, density_of_day, drag_rates
from pointnemo.motion.mean_elements import Mean, mean_from_osculating
from pointnemo.world import World, atmosphere, load_world
from pointnemo.world import time as clock
from pointnemo.world.density import DayTable
from pointnemo.world.earth import EARTH_RADIUS_KM
from pointnemo.world.weather import SpaceWeather

pytestmark = pytest.mark.validation

FloatArray = NDArray[np.float64]
Figure = Callable[..., None]
INCLINATION_RAD = np.radians(51.63)
TARGETING_KM = 225.0
HOURS = 25.0
MASS_KG = 400e3
GATE_PERCENT = 0.1


@dataclass(frozen=True)
class Case:
    """A hand-over: day on which the fall from 235 km begins, weather, node, B, and the free phase."""

    day: date
    activity: str
    node_rad: float
    ballistic_m2_kg: float
    argument_rad: float

    @property
    def name(self) -> str:
        return f"{self.day:%Y-%m}-{self.activity}"


CASES = (
    Case(date(2029, 1, 10), "low", 0.3, 0.0080, 0.5),
    Case(date(2029, 6, 15), "mean", 1.9, 0.0070, 2.0),
    Case(date(2029, 11, 7), "high", 3.1, 0.0090, 3.7),
    Case(date(2030, 4, 16), "mean", 4.4, 0.0060, 5.1),
    Case(date(2030, 7, 1), "high", 5.5, 0.0100, 0.9),
    Case(date(2030, 11, 20), "mean", 0.8, 0.0075, 4.2),
    Case(date(2031, 3, 15), "low", 2.5, 0.0085, 1.4),
    Case(date(2031, 9, 2), "mean", 3.8, 0.0073, 3.0),
)


@dataclass(frozen=True)
class Step:
    """What changes where the models meet: altitude, decay, decay if both read one table of density, and mass."""

    altitude_km: float
    rate_percent: float
    same_air_percent: float
    mass_kg: float


@dataclass(frozen=True)
class NumericalWorld:
    """What the last-days propagator reads."""

    weather: SpaceWeather
    earth: object


@pytest.fixture(scope="module")
def steps() -> dict[str, Step]:
    world = load_world()
    return {case.name: step_of(case, world) for case in CASES}


def handed_over(case: Case, weather: SpaceWeather, world: World) -> HandOver:
    """Where a history that falls from 235 km ends."""
    start = (EARTH_RADIUS_KM + 235.0, 0.0, 0.001, case.node_rad)
    decision = bare_decision(case.day, 60, start, INCLINATION_RAD, case.ballistic_m2_kg, TARGETING_KM)
    flown = history.fly(decision, [weather], world.climate, names=("one",))
    assert flown.handed_over[0]
    a, ex, ey, inclination, node = flown.handover_elements[0]
    mean = Mean(float(a), float(ex), float(ey), float(inclination), float(node), 0.0)
    return HandOver(float(flown.handover_tt_s[0]), mean, float(flown.handover_mass_kg[0]))


def averaged_on(
    hand_over: HandOver, ballistic: float, weather: SpaceWeather, world: World, *, same_air: bool
) -> tuple[FloatArray, float]:
    """Rows of time and mean semi-major axis of the averaged motion from the hand-over on, and its first rate, km/s.

    With ``same_air`` it reads the table that is made for each day of the numerical flight, not the climate table.
    """
    mean, now = hand_over.mean, hand_over.tt_s
    state = MeanState(mean.a_km, mean.ex, mean.ey, mean.node_rad)
    stop = now + HOURS * 3600.0
    rows, rates, first_rate = [(now, state.a_km)], None, 0.0
    while now < stop:
        day = float(np.floor(clock.mjd_utc(now + 1e-3)))
        begin, end = (float(clock.from_mjd_utc(day + offset)) for offset in (0.0, 1.0))
        indices = [float(value) for value in weather.msis(day)]
        if same_air:
            table = atmosphere.epoch_table(day + 0.5, *indices)
            density = DayTable(table.log_density, table.first)
        else:
            density = density_of_day(world.climate, state, 20.0, 0.5 * (begin + end), *indices)
        while now < min(end, stop):
            if rates is None:
                rates = drag_rates(state, mean.inclination_rad, ballistic, density, now)
                first_rate = rates.a_km_s
            length = min(600.0, end - now, stop - now)
            state, rates = advance(state, rates, mean.inclination_rad, ballistic, 0.0, length, density, now)
            now += length
            rows.append((now, state.a_km))
    return np.array(rows), first_rate


def step_of(case: Case, world: World) -> Step:
    weather = world.weather.line(case.activity)  # type: ignore[arg-type]
    hand_over = handed_over(case, weather, world)
    forces = lastdays.Forces(cd_area_m2=case.ballistic_m2_kg * hand_over.mass_kg)
    stop = hand_over.tt_s + HOURS * 3600.0
    there = NumericalWorld(weather, world.earth)
    environment = lastdays.prepare(there, hand_over.tt_s, stop, forces, lowest_km=100.0)  # type: ignore[arg-type]
    airless = replace(environment, forces=forces._replace(cd_area_m2=0.0))
    start = start_state(hand_over, case.argument_rad, environment)
    falling, free = (
        lastdays.fly(start, [], around, stop_height_km=100.0, stop_tt_s=stop, sample_s=60.0)
        for around in (environment, airless)
    )
    mean_falling, mean_free = (
        np.array([mean_from_osculating(r, v, environment.pole) for r, v in zip(*states, strict=True)])
        for states in ((one.position_km, one.velocity_km_s) for one in (falling, free))
    )
    day = free.tt_s < hand_over.tt_s + 86400.0
    altitude_km = float(np.trapezoid(mean_free[day, 0], free.tt_s[day]) / np.ptp(free.tt_s[day])) - hand_over.mean.a_km
    taken = np.interp(free.tt_s, falling.tt_s, mean_falling[:, 0]) - mean_free[:, 0]
    turns = np.unwrap(mean_free[:, 5]) / (2 * np.pi)
    rates = []
    for same_air in (False, True):
        rows, rate_km_s = averaged_on(hand_over, case.ballistic_m2_kg, weather, world, same_air=same_air)
        more = taken - (np.interp(free.tt_s, rows[:, 0], rows[:, 1]) - rows[0, 1])
        rates.append(100.0 * trend_km_s(free.tt_s, turns - turns[0], more) / rate_km_s)
    return Step(altitude_km, rates[0], rates[1], float(falling.mass_kg[0]) - hand_over.mass_kg)


def trend_km_s(tt_s: FloatArray, turns: FloatArray, values: FloatArray) -> float:
    """Slope of a line through the means of a quantity over each revolution."""
    whole = np.arange(int(turns[-1]) + 1)
    summed = np.concatenate([[0.0], np.cumsum(np.diff(turns) * 0.5 * (values[1:] + values[:-1]))])
    per_turn = np.diff(np.interp(whole, turns, summed))
    middle_s = np.interp(whole[:-1] + 0.5, turns, tt_s - tt_s[0])
    return float(np.polyfit(middle_s, per_turn, 1)[0])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_altitude_and_mass_are_continuous(case: Case, steps: dict[str, Step], figure: Figure) -> None:
    step = steps[case.name]
    figure(
        f"handover/altitude-{case.name}", 100.0 * abs(step.altitude_km) / TARGETING_KM, GATE_PERCENT,
        "% of the altitude", "numerical flight without air, mean over a day, against the averaged history",
    )  # fmt: skip
    figure(
        f"handover/mass-{case.name}", 100.0 * abs(step.mass_kg) / MASS_KG, GATE_PERCENT,
        "% of the mass", "first state of the numerical flight against the averaged history",
    )  # fmt: skip


# The averaged force leaves out the J2 waves of speed, which are 0.02 to 0.03 % of every decay; at this hand-over the
# altitude differs by 15 m too, 0.04 %.
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_decay_is_continuous(case: Case, steps: dict[str, Step], figure: Figure) -> None:
    figure(
        f"handover/rate-{case.name}", abs(steps[case.name].rate_percent), GATE_PERCENT,
        "% of the decay", "numerical flight with and without air, a day, against the averaged history going on",
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_decay_is_continuous_in_the_same_air(case: Case, steps: dict[str, Step], figure: Figure) -> None:
    figure(
        f"handover/rate-same-air-{case.name}", abs(steps[case.name].same_air_percent), GATE_PERCENT,
        "% of the decay", "as handover/rate, both reading the table of density made for the day",
    )  # fmt: skip
