"""A station whose truth is known: flown by ``motion.lastdays`` under the weather of the bundled record.

It is written down as NASA writes its ephemerides: rows every four minutes in coasts, every two seconds through burns.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.formats.oem import OemCovariance, OemSegment, write_oem
from pointnemo.formats.tracking_files import TrackingFile, read_tracking
from pointnemo.motion.burns import BurnCommand, burn_duration_s
from pointnemo.motion.geopotential_wave import steady_mean
from pointnemo.motion.lastdays import Environment, Flight, Forces, State, fly, prepare
from pointnemo.motion.mean_elements import Mean, osculating_from_mean
from pointnemo.tracking.fixes import OEM_ERROR, Fix, FixError
from pointnemo.world import World, load_world, time
from pointnemo.world.earth import EARTH_RADIUS_KM, gcrs_to_itrs

FloatArray = NDArray[np.float64]

DAY_S = 86400.0
START = time.from_utc("2022-02-07T12:00:00")
MASS_KG = 450_000.0
AREA_M2 = 3300.0
ISP_S = 285.0
LOW_KM = 200.0
COAST_ROW_S, BURN_ROW_S = 240.0, 2.0


class Step(NamedTuple):
    """A vehicle docks or leaves."""

    tt_s: float
    kg: float


@cache
def world() -> World:
    return load_world(bundled=True)


def station(tt_s: float = START, altitude_km: float = 415.0, latitude_rad: float = 0.5) -> State:
    """On a nearly circular orbit of the ISS."""
    mean = Mean(EARTH_RADIUS_KM + altitude_km, 2e-4, 7e-4, np.radians(51.64), 1.0, latitude_rad)
    position, velocity = osculating_from_mean(mean, gcrs_to_itrs(tt_s, world().earth)[2])
    return State(tt_s, position, velocity, MASS_KG)


def burn(tt_s: float, delta_v_mps: float, name: str = "Reboost", mm_s2: float = 1.7, **tilt: float) -> BurnCommand:
    """A burn of a Progress: negative against the velocity."""
    return BurnCommand(tt_s, abs(delta_v_mps), mm_s2 / 1e3 * MASS_KG, ISP_S, delta_v_mps < 0.0, name, **tilt)


def air(start_tt_s: float, stop_tt_s: float, area_m2: float, degree: int = 30) -> Environment:
    return prepare(world(), start_tt_s, stop_tt_s, Forces(area_m2, gravity_degree=degree), lowest_km=LOW_KM)


def flown(
    start: State,
    stop_tt_s: float,
    area_m2: float = AREA_M2,
    burns: Sequence[BurnCommand] = (),
    steps: Sequence[Step] = (),
    degree: int = 30,
) -> list[Flight]:
    """Flights one after the other: each coast, each burn, and a border where the mass jumps."""
    environment = air(start.tt_s, stop_tt_s, area_m2, degree)
    state, flights = start, []
    for event in sorted([*burns, *steps], key=lambda one: one[0]):
        if not state.tt_s <= event[0] < stop_tt_s:
            continue
        if event[0] > state.tt_s:
            flights.append(_piece(state, [], event[0], environment, COAST_ROW_S))
            state = flights[-1].final_state
        if isinstance(event, Step):
            state = state._replace(mass_kg=state.mass_kg + event.kg)
        else:
            end = min(event.start_tt_s + burn_duration_s(state.mass_kg, event), stop_tt_s)
            flights.append(_piece(state, [event], end, environment, BURN_ROW_S))
            state = flights[-1].final_state
    if stop_tt_s > state.tt_s:
        flights.append(_piece(state, [], stop_tt_s, environment, COAST_ROW_S))
    return flights


def _piece(
    state: State, burns: list[BurnCommand], stop_tt_s: float, environment: Environment, sample_s: float
) -> Flight:
    return fly(state, burns, environment, stop_height_km=LOW_KM, stop_tt_s=stop_tt_s, sample_s=sample_s)


def end_of(
    start: State,
    stop_tt_s: float,
    area_m2: float = AREA_M2,
    burns: Sequence[BurnCommand] = (),
    steps: Sequence[Step] = (),
    degree: int = 30,
) -> State:
    """The true state at a later instant."""
    return flown(start, stop_tt_s, area_m2, burns, steps, degree)[-1].final_state if stop_tt_s > start.tt_s else start


def fix_of(state: State, name: str = "made up", error: FixError = OEM_ERROR, created_tt_s: float | None = None) -> Fix:
    """A true state as if it had been tracked without an error."""
    mean = steady_mean(state.tt_s, state.position_km, state.velocity_km_s, world().earth)
    return Fix(
        tt_s=state.tt_s,
        position_km=state.position_km,
        velocity_km_s=state.velocity_km_s,
        mean=mean,
        error=error,
        mass_kg=state.mass_kg,
        name=name,
        origin=f"first state of {name}",
        created_tt_s=state.tt_s if created_tt_s is None else created_tt_s,
    )


# --- files -----------------------------------------------------------------------------------------------------------


def event_row(tt_s: float, name: str, delta_v_mps: float = 0.0) -> tuple[str, ...]:
    """A row of the event table as NASA prints it: two lines and an empty one."""
    tig = datetime.fromisoformat(time.to_utc(tt_s)).strftime("%j:%H:%M:%S.%f")[:-3]
    return (
        f" {name[:20]:<20}  {tig}             {delta_v_mps:5.1f}     427.2     406.6",
        f"                                                   ({delta_v_mps / 0.3048:.1f})   (230.7)   (219.6)",
        "",
    )


def table(*rows: tuple[str, ...]) -> tuple[str, ...]:
    """The comments of a file with these rows of events."""
    return (
        "Begin sequence of events",
        "TRAJECTORY EVENT SUMMARY:",
        "",
        "|       EVENT        |       TIG        | ORB |   DV    |   HA    |   HP    |",
        "=============================================================================",
        *(line for row in rows for line in row),
        "=============================================================================",
        "End sequence of events",
    )


def write_file(
    path: Path,
    start: State,
    days: float,
    *,
    area_m2: float = AREA_M2,
    burns: Sequence[BurnCommand] = (),
    events: Sequence[tuple[str, ...]] = (),
    made_hours: float = 2.5,
    object_id: str = "1998-067-A",
    mass: bool = True,
    drag_area_m2: float = 1951.0,
    covariance: FloatArray | None = None,
) -> Path:
    """Write what was foretold from a state on, a block for each coast and burn.

    Args:
        path: file to make.
        start: its first state, taken as it is.
        days: how far its rows reach.
        area_m2: drag area that its maker believed in.
        burns: in its rows.
        events: rows of its table, as from ``event_row``.
        made_hours: from the first state to its making.
        object_id: international designator.
        mass: whether the header tells the mass.
        drag_area_m2: of the header.
        covariance: of the first state, GCRS.
    """
    flights = flown(start, start.tt_s + days * DAY_S, area_m2, burns)
    notes = (f"MASS={start.mass_kg:.2f}",) if mass else ()
    notes = (*notes, f"DRAG_AREA={drag_area_m2:.2f}", "DRAG_COEFF=2.00", *table(*events))
    segments = []
    for number, flight in enumerate(flights):
        tt_s, first = np.unique(np.round(flight.tt_s, 6), return_index=True)
        own = (OemCovariance(start.tt_s, covariance, "GCRF"),) if covariance is not None and number == 0 else ()
        states = flight.position_km[first], flight.velocity_km_s[first]
        segments.append(OemSegment(tt_s, *states, notes if number == 0 else (), own))
    made = time.to_utc(start.tt_s + made_hours * 3600.0)
    names = {"object_name": "ISS", "object_id": object_id, "originator": "TEST"}
    write_oem(path, segments, creation_utc=made.rstrip("Z"), **names)
    return path


def file_of(path: Path, start: State, days: float, **kind: object) -> TrackingFile:
    """``write_file``, and read it back."""
    return read_tracking(write_file(path, start, days, **kind))  # type: ignore[arg-type]
