"""The re-flight against the averaged plan over the whole span, and against heyoka over the first weeks.

heyoka shares the gravity field, the weather and the Earth's orientation, and nothing else: other integrator, other
ephemerides of Sun and Moon, other density (a stand-in, 3-4 % rms from NRLMSISE-00), other expression of thrust.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from tests.mean_window import osculating, windowed
from tests.reflight_cases import Case, made_case, windows_about

from pointnemo.motion import heyoka_engine
from pointnemo.motion.burns import BurnCommand
from pointnemo.operations.reboosts import plan_reboosts
from pointnemo.operations.reflight import phase_misses_deg, refly
from pointnemo.operations.reflight_path import DEGREE, Burn, Flight, Path, Stack, fly_path
from pointnemo.results import FloatArray
from pointnemo.world.time import from_utc

pytestmark = pytest.mark.validation

Figure = Callable[..., None]
DAY_S = 86400.0
UNTIL = date(2026, 10, 24)
STEP, GAIN_KM = 30, 2.5
LIGHTEST_KG = 50.0  # a change of mass that makes a new leg; attitude control takes 2 kg a day


@pytest.fixture(scope="module")
def whole() -> Case:
    """The shipped scenario as the planner plans it."""
    case = made_case()
    return case._replace(plan=plan_reboosts(case.scenario, case.world, case.track))


def test_averaged_and_numerical_flight_of_the_whole_plan(whole: Case, figure: Figure) -> None:
    """Held to the same altitudes at every burn, with no trim for phases: what averaging leaves out."""
    misses_deg, altitude_km = phase_misses_deg(*whole)
    source = "numerical flight of the same schedule, 16x16 gravity, Sun, Moon, NRLMSISE-00 by the day"
    figure("reflight/altitude-untrimmed", np.abs(altitude_km).max(), 0.08, "km over 28 months", source)
    figure("reflight/phase-untrimmed", np.nanmax(np.abs(misses_deg)), 25.0, "deg over 28 months", source)


def test_trims_meet_every_window_of_the_plan(whole: Case, figure: Figure) -> None:
    """Windows of 12 degrees about the planned phases are narrower than any rendezvous asks for."""
    plan = windows_about(whole.plan)
    reflight, windows = refly(plan, *whole[1:])
    source = "averaged plan of the shipped scenario"
    mine = (plan.flown.burns.run == 1) & (plan.flown.burns.tt_s < plan.flown.lowering_start_tt_s)
    planned_tt_s, planned_mps = plan.flown.burns.tt_s[mine], plan.flown.burns.delta_v_mps[mine]
    flown_tt_s = np.array([from_utc(burn.utc) for burn in reflight.reboosts])
    flown_mps = np.array([burn.delta_v_mps for burn in reflight.reboosts])
    trims = [
        flown_mps[np.abs(flown_tt_s - tt_s) < 0.25 * DAY_S].sum() - planned_mps[planned_tt_s == tt_s].sum()
        for tt_s in planned_tt_s
    ]
    figure("reflight/largest-trim", np.abs(trims).max(), 0.05, "m/s", source)
    figure("reflight/delta-v", 100.0 * abs(flown_mps.sum() / planned_mps.sum() - 1.0), 0.6, "% of all reboosts", source)
    figure("reflight/altitude-trimmed", reflight.altitude_difference_km, 0.12, "km over 28 months", source)
    figure("reflight/windows-missed", sum(not window.ok for window in windows), 0, f"of {len(windows)}", source)
    allowed = {row.constraint for row in plan.violations}
    assert [row.text for row in reflight.violations if row.constraint not in allowed] == []


# --- heyoka ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def weeks() -> Case:
    """Seven weeks with one burn."""
    return made_case(UNTIL, [(STEP, GAIN_KM)], ("rules.corridor_upper_km=425",), ())


def flown_both_ways(case: Case, cd_area_m2: float) -> tuple[Flight, FloatArray]:
    """The re-flight, and heyoka's states at its samples, shape (n, 6)."""
    plan, rules = case.plan, case.scenario.rules
    mass_kg = plan.flown.history.mass_kg[1].copy()
    burnt_kg = float(plan.flown.burns.propellant_kg[plan.flown.burns.run == 1][0])
    mass_kg[STEP + 1 :] += burnt_kg
    stack = Stack(
        plan.decision.schedule, mass_kg, plan.flown.history.altitude_km[1], cd_area_m2,
        rules.reboost_min_delta_v_mps, rules.reboost_max_delta_v_mps, plan.decision.policy.lowering_step,
    )  # fmt: skip
    planned = plan.planned[0]
    tank = plan.decision.tanks.index(planned.tank)
    burn = Burn(planned.step, tank, planned.altitude_after_km, burnt_kg)
    start = np.array([*case.track.position_km, *case.track.velocity_km_s])
    flight = fly_path(Path(case.world, stack, 1), start, (burn,), np.zeros(1), ())

    (made,) = flight.burns
    schedule = plan.decision.schedule
    command = BurnCommand(
        made.ignition_tt_s, made.delta_v_mps, float(schedule.thrust_n[tank]), float(schedule.specific_impulse_s[tank]),
        False, "reboost",
    )  # fmt: skip
    rows = schedule.tt_s[: stack.until_row + 3]
    changes = [k for k in range(1, len(rows)) if abs(mass_kg[k] - mass_kg[k - 1]) > LIGHTEST_KG]
    borders = [rows[0], *(rows[k] for k in changes if rows[k] < flight.tt_s[-1]), flight.tt_s[-1]]
    states, state = [start[None]], start
    for begin, end in pairwise(borders):
        inside = flight.tt_s[(flight.tt_s > begin) & (flight.tt_s <= end)]
        wanted = inside if len(inside) and inside[-1] == end else np.append(inside, end)
        mass = stack.mass_at(0.5 * (begin + end)) - (made.propellant_kg if begin > made.ignition_tt_s else 0.0)
        burns = [command] if begin <= made.ignition_tt_s < end else []
        flown = np.concatenate(
            heyoka_engine.propagate(
                begin, state[:3], state[3:], wanted, cd_area_m2 / mass, case.world.weather, case.world.earth, burns,
                mass_kg=stack.mass_at(made.ignition_tt_s), degree=DEGREE,
            ),
            axis=1,
        )  # fmt: skip
        states.append(flown[: len(inside)])
        state = flown[-1]
    return flight, np.concatenate(states)


def test_seven_weeks_without_air_against_heyoka(weeks: Case, figure: Figure) -> None:
    flight, peer = flown_both_ways(weeks, 0.0)
    away_m = 1e3 * np.linalg.norm(flight.states[:, :3] - peer[:, :3], axis=1)
    figure("reflight/heyoka-no-air", away_m.max(), 12.0, "m after 50 days and a burn", "heyoka, same forces")


def test_seven_weeks_with_air_against_heyoka(weeks: Case, figure: Figure) -> None:
    """Mean altitudes by a window two days wide, at both ends and on both sides of the burn."""
    flight, peer = flown_both_ways(weeks, weeks.track.cd_area_m2.value)
    (burn,) = flight.burns
    day = 1.01 * DAY_S
    places = [flight.tt_s[0] + day, burn.ignition_tt_s - day, burn.cutoff_tt_s + day, flight.tt_s[-1] - day]
    ours, theirs = (
        np.array([windowed(flight.tt_s, osculating(one[:, :3], one[:, 3:]), at, 2.0 * DAY_S)[0] for at in places])
        for one in (flight.states, peer)
    )
    loss, peer_loss = (one[0] - one[1] + one[2] - one[3] for one in (ours, theirs))
    assert loss > 1.0
    source = "heyoka with its stand-in for NRLMSISE-00"
    figure("reflight/heyoka-loss", 100.0 * abs(loss / peer_loss - 1.0), 3.0, "% of the altitude lost", source)
    gain, peer_gain = ours[2] - ours[1], theirs[2] - theirs[1]
    figure("reflight/heyoka-gain", 1e3 * abs(gain - peer_gain), 4.0, f"m of a raise by {GAIN_KM} km", source)
