"""The planner of reboosts against what was flown from August 2021 to February 2022.

First what the engines had to give, by measured altitude and modelled drag, and whether the burns that were made say
the same; then the plan. Element sets and NASA's ephemerides are two witnesses: where one gives a number the other
checks it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tests.history_cases import MJD_ORDINAL
from tests.validation import station_2021 as then
from tests.validation.test_track_arcs import calibrated

from pointnemo.operations import reboosts
from pointnemo.operations.phases import Event, Passage, events_of, passage_on
from pointnemo.operations.reboost_plan import ChosenEvent, ReboostPlan
from pointnemo.operations.reboosts import plan_reboosts
from pointnemo.scenario.rules import check_rules
from pointnemo.station.stack import mass_at
from pointnemo.world import time
from pointnemo.world.earth import EARTH_RADIUS_KM

pytestmark = pytest.mark.validation

Figure = Callable[..., None]
OEM = "NASA JSC TOPO ephemerides"
NEED = "measured change of altitude plus drag (NRLMSISE-00, observed weather, one area), 2021-08-13 to 2022-02-18"


# --- what the planner is given ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", then.FILES)
def test_mass_of_the_manifest(reference_data: Path, figure: Figure, day: str) -> None:
    """Who was docked when, written down without NASA's headers, weighs what the headers say on every day."""
    header_kg = then.tracked(reference_data, day).mass_kg
    assert header_kg
    off = 100.0 * abs(mass_at(then.scenario(reference_data), date.fromisoformat(day)) / header_kg - 1.0)
    figure(f"operate-2021-mass-{day}", off, 0.5, "%", f"mass in the header; {OEM}")


def test_the_scenario_keeps_the_rules(reference_data: Path) -> None:
    """Those of the loader: ports, relocations, dates."""
    assert check_rules(then.scenario(reference_data)) == ()


def test_altitude_of_element_sets(reference_data: Path, figure: Figure) -> None:
    """The mean altitude that drag is modelled along, against the first states of NASA's files."""
    sets = then.measured(reference_data)
    starts = [then.start_altitude(then.tracked(reference_data, day)) for day in then.FILES]
    off = []
    for mjd, altitude_km in starts:
        near = np.abs(sets[:, 0] - mjd) < 0.5
        off.append(1e3 * abs(float(np.median(sets[near, 1])) - EARTH_RADIUS_KM - altitude_km))
    figure("operate-2021-altitude-median", float(np.median(off)), 20.0, "m", f"first states; {OEM}")
    figure("operate-2021-altitude-worst", max(off), 60.0, "m", f"first states; {OEM}")


def test_drag_area_by_two_witnesses(reference_data: Path, figure: Figure) -> None:
    """Fitted on element sets between burns; tracking finds it on NASA's files, by the place along the track."""
    arcs = [
        one.arc
        for one in calibrated().arcs
        if one.arc and one.end.tt_s < time.from_utc(f"{then.LAST_DAY.isoformat()}T18:00:00")
    ]
    assert len(arcs) == 13
    tracked_m2 = sum(arc.cd_area_m2 * arc.days for arc in arcs) / sum(arc.days for arc in arcs)
    fitted_m2 = then.scenario(reference_data).station.drag.cd_area_m2
    figure("operate-2021-drag-area", 100.0 * abs(fitted_m2 / tracked_m2 - 1.0), 15.0, "%", f"13 arcs; {OEM}")


def test_burns_by_two_witnesses(reference_data: Path, figure: Figure) -> None:
    """The size that tracking found, or that was announced and made, against the jump of element sets."""
    told = {burn.day: burn.delta_v_mps for burn in then.REAL_BURNS if burn.delta_v_mps is not None}
    found = {
        date.fromordinal(int(time.mjd_utc(burn.start_tt_s)) + MJD_ORDINAL): burn.delta_v_mps * (1 - 2 * burn.retrograde)
        for one in calibrated().arcs
        if one.explanation and one.end.tt_s < time.from_utc("2022-03-01")
        for burn in one.explanation.burns
    }
    assert found == pytest.approx({day: told[day] for day in found}, abs=0.002)
    assert set(told) - set(found) == {date(2021, 10, 12)}  # no later file within three weeks
    off = {day: abs(then.jump_mps(reference_data, day) - size) for day, size in told.items()}
    figure("operate-2021-burns-worst", max(off.values()), 0.06, "m/s", "jump of element sets against NASA's files")


# --- what the engines had to give ------------------------------------------------------------------------------------


def test_the_burns_that_were_made_meet_the_need(reference_data: Path, figure: Figure) -> None:
    """Net of lowering the engines gave what altitude and drag asked for; by far the most of what they gave was more.

    What is left over are pushes that are neither: dockings, attitude thrusters, storms that no daily index tells.
    """
    need = then.need(reference_data)
    made = then.burns_mps(reference_data).values()
    net, total = sum(made), sum(abs(one) for one in made)
    print(f"{need}; burns made: {net:.3f} m/s net, {total:.3f} m/s in all, {total - net:.3f} of it up and down again")
    figure("operate-2021-need", need.delta_v_mps, 1.0, "m/s", NEED, "min")
    figure("operate-2021-need-made", 100.0 * abs(net / need.delta_v_mps - 1.0), 15.0, "%", f"burns made; {NEED}")
    figure("operate-2021-made-in-all", total / need.delta_v_mps, 3.0, "times the need", f"burns made; {NEED}", "min")


# --- what launches and landings asked for ----------------------------------------------------------------------------

ELEMENTS = "last element set before the day"


def real_passage(reference_data: Path, event: Event) -> Passage:
    """Where the real station was when the site of an event lay in its plane."""
    orbit = then.orbit_before(reference_data, event.day)
    passage = passage_on(event, event.day, orbit, then.world().earth)
    assert passage is not None
    return passage


def outside_deg(event: Event, phase_deg: float) -> float:
    """How far a phase lies outside what an event may have; 0 inside."""
    (choice,) = event.choices
    return max(choice.low_deg - phase_deg, phase_deg - choice.high_deg, 0.0)


def test_the_real_station_was_where_launches_want_it(reference_data: Path, figure: Figure) -> None:
    """Each flight left for the rendezvous that it flew, at a phase that the table of rendezvous allows."""
    events = events_of(then.scenario(reference_data), then.FIRST_DAY, then.LAST_DAY)
    launches = [event for event in events if event.kind == "launch"]
    assert tuple(event.flight for event in launches) == then.FORCED
    for event in launches:
        passage = real_passage(reference_data, event)
        figure(f"operate-2021-phase-{event.flight}", outside_deg(event, passage.phase_deg), 0.0, "deg", ELEMENTS)
    soyuz = real_passage(reference_data, launches[0])
    off_s = abs(soyuz.tt_s - time.from_utc("2021-10-05T08:55:05"))
    figure("operate-2021-liftoff-soyuz-ms-19", off_s, 60.0, "s", f"65S in NASA's event tables; {ELEMENTS}")


LANDED = {
    "MS-17": date(2021, 4, 17),
    "MS-18": date(2021, 10, 17),
    "MS-20": date(2021, 12, 20),
    "MS-25": date(2024, 9, 23),
}
"""Soyuz landings near Zhezkazgan on a day after an element set at hand; days from memory.

The middle of the window is the mean of MS-17 and MS-20; MS-18 and MS-25 were not used for it.
"""


@pytest.mark.parametrize("name", LANDED)
def test_the_real_station_was_where_landings_want_it(reference_data: Path, figure: Figure, name: str) -> None:
    scenario = then.scenario(reference_data)
    some = next(one for one in events_of(scenario, then.FIRST_DAY, then.LAST_DAY) if one.kind == "landing")
    event = replace(some, day=LANDED[name])
    phase_deg = real_passage(reference_data, event).phase_deg
    figure(f"operate-2021-landing-{name}", outside_deg(event, phase_deg), 0.0, "deg", ELEMENTS)


# --- the plan --------------------------------------------------------------------------------------------------------

NEAR_DAYS = 7.0  # at most one burn in so many days is what the planner's own grid allows
MOMENT_SHARE = 25.0  # a window of 16 deg is worth 7 of 36 m/s days: 20 %


@cache
def planned(reference_data: Path) -> ReboostPlan:
    plan = plan_reboosts(then.scenario(reference_data), then.world(), then.track_of(reference_data))
    print(listed(reference_data, plan))
    return plan


def listed(reference_data: Path, plan: ReboostPlan) -> str:
    """The plan beside what was flown, for the reader of a failure or of ``pytest -rP``."""
    made = [f"made {day} {size:+.3f} m/s" for day, size in then.burns_mps(reference_data).items()]
    asked = [f"planned {one.utc} {one.delta_v_mps:+.3f} m/s by {one.source}: {one.purpose}" for one in plan.reboosts]
    phases = [
        f"{one.event.flight} {one.event.kind} {one.day}: {one.passage.phase_deg:.1f} deg planned, "
        f"{real_passage(reference_data, one.event).phase_deg:.1f} flown, {one.choice.low_deg:g} to "
        f"{one.choice.high_deg:g} allowed{'' if one.ok else ', missed'}"
        for one in plan.events
        if one.passage
    ]
    return "\n".join([*made, *asked, *phases])


def narrow(plan: ReboostPlan) -> list[ChosenEvent]:
    """Events that leave less than a sixth of a turn: those force the burns before them."""
    return [one for one in plan.events if one.choice.high_deg - one.choice.low_deg < 60.0]


def moment_mps_days(burns: Iterable[tuple[float, float]], at_tt_s: float) -> float:
    """What burns (TT s, m/s) before an instant do to the phase then: the sum of delta-v times the days since."""
    return sum(size * (at_tt_s - tt_s) / then.DAY_S for tt_s, size in burns if tt_s < at_tt_s)


def made_burns(reference_data: Path) -> list[tuple[float, float]]:
    """Burns that were made: TT s (noon of the day), m/s."""
    return [(time.from_utc(f"{day}T12:00:00"), size) for day, size in then.burns_mps(reference_data).items()]


def test_the_plan_needs_what_altitude_and_drag_ask_for(reference_data: Path, figure: Figure) -> None:
    """With the phases of seven launches and landings in the way, and without the 4 m/s that went up and down again.

    Need and plan share drag area and weather, so what is tried here is what phases cost and the altitude that is kept;
    that the drag is right is said by the burns that were made, above.
    """
    need = then.need(reference_data).delta_v_mps
    total = sum(one.delta_v_mps for one in planned(reference_data).reboosts)
    figure("operate-2021-planned", 100.0 * abs(total / need - 1.0), 15.0, "%", NEED)


def test_the_plan_ends_where_the_station_was(reference_data: Path, figure: Figure) -> None:
    """It may end higher, which is delta-v that nobody asked for; not lower."""
    plan = planned(reference_data)
    row = (then.LAST_DAY - then.FIRST_DAY).days
    above_km = float(plan.flown.history.altitude_km[1][row]) - then.end_altitude_km(reference_data)
    figure("operate-2021-end-below", -1e3 * above_km, 10.0, "m", f"first state of the last file; {OEM}")
    figure("operate-2021-end-above", above_km, 0.5, "km", f"first state of the last file; {OEM}")


def test_the_plan_fits_every_event(reference_data: Path) -> None:
    assert planned(reference_data).violations == (), listed(reference_data, planned(reference_data))


def test_the_phase_of_every_event_is_near_the_real_one(reference_data: Path, figure: Figure) -> None:
    """As near as the window is wide, so that both lie within it or beside the same edge."""
    plan = planned(reference_data)
    assert {one.event.flight for one in narrow(plan)} == {"soyuz-ms-18", "soyuz-ms-19", "soyuz-ms-20"}
    for one in narrow(plan):
        assert one.passage
        real_deg = real_passage(reference_data, one.event).phase_deg
        off = abs(math.remainder(one.passage.phase_deg - real_deg, 360.0))
        name = f"operate-2021-planned-phase-{one.event.kind}-{one.event.flight}"
        figure(name, off, one.choice.high_deg - one.choice.low_deg, "deg", f"phase of the real station; {ELEMENTS}")


def test_the_burns_do_to_the_phase_what_the_real_ones_did(reference_data: Path, figure: Figure) -> None:
    """The phase of an event is forced, not the day of a burn: half as much twice as long before does the same."""
    made = made_burns(reference_data)
    plan = planned(reference_data)
    mine = [(time.from_utc(one.utc), one.delta_v_mps) for one in plan.reboosts]
    for one in narrow(plan):
        if one.event.kind == "launch":
            assert one.passage
            real, asked = (moment_mps_days(burns, one.passage.tt_s) for burns in (made, mine))
            name = f"operate-2021-moment-{one.event.flight}"
            figure(name, 100.0 * abs(asked / real - 1.0), MOMENT_SHARE, "%", f"{real:.1f} m/s days by the burns made")


def test_without_events_nothing_brings_the_burns_near(
    reference_data: Path, figure: Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison before this one is one that a plan can fail."""
    monkeypatch.setattr(reboosts, "events_of", lambda *_: ())
    free = plan_reboosts(then.scenario(reference_data), then.world(), then.track_of(reference_data))
    made = made_burns(reference_data)
    mine = [(time.from_utc(one.utc), one.delta_v_mps) for one in free.reboosts]
    print(mine)
    off = []
    for one in narrow(planned(reference_data)):
        if one.event.kind == "launch":
            assert one.passage
            real, asked = (moment_mps_days(burns, one.passage.tt_s) for burns in (made, mine))
            off.append(100.0 * abs(asked / real - 1.0))
    figure("operate-2021-moment-without-events", max(off), MOMENT_SHARE, "%", "plan without launches, landings", "min")


def test_burns_that_a_phase_forces_lie_near_real_ones(reference_data: Path, figure: Figure) -> None:
    """Days between a burn that is planned for a phase and the nearest raise that was made.

    It says little by itself: half of all days lie within a week of one of the six.
    """
    plan = planned(reference_data)
    raises = [tt_s for tt_s, size in made_burns(reference_data) if size > 0.0]
    forced = [time.from_utc(one.utc) for one in plan.reboosts if one.purpose.startswith("phase")]
    assert forced
    days = [min(abs(tt_s - other) for other in raises) / then.DAY_S for tt_s in forced]
    figure("operate-2021-nearest-burn-worst", max(days), NEAR_DAYS, "d", "burns made, noon of their day")
