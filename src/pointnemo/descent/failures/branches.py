"""What if a burn goes wrong: every targeted burn, every way to fail, and where the station then comes down.

A branch leaves the plan at one burn; nothing is done afterwards, so that what it tells is what has to be averted. What
could be done instead is told beside it. All branches start from the state in which the plan flies into the burn.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np
from scipy.stats import norm

from pointnemo.descent.failures.branch_recourses import Situation, recourses_of
from pointnemo.descent.failures.fall import (
    LEVEL,
    SIGMAS,
    Fall,
    Nature,
    control_limit_tt_s,
    fall,
    ground_speed_km_s,
    travelled_rad,
)
from pointnemo.descent.geometry import EARTH_MEAN_RADIUS_KM, WGS84, GroundTrack
from pointnemo.motion.burns import STANDARD_GRAVITY_M_S2
from pointnemo.motion.lastdays import Forces, State, prepare
from pointnemo.results import Branch, Estimate, Place
from pointnemo.scenario import expand_flights
from pointnemo.station.attitude import cd_area_m2_of
from pointnemo.station.stack import brought_propellant_kg
from pointnemo.world.time import DAY_S, to_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pointnemo.descent.targeted.engine import Engine
    from pointnemo.descent.targeted.sequence import FlownBurn, FlownSequence, HandOver
    from pointnemo.motion.burns import BurnCommand
    from pointnemo.results import FloatArray
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["FlownBranch", "branches_of"]

EARLY_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
OVERBURN_SHARES = (1.01, 1.02, 1.05)
WRONG_DEG = (1.0, 5.0, 10.0, 30.0, 90.0, 180.0)
LATE_S = (60.0, 300.0, 1800.0)
NUMERICAL_DAYS = 4.0  # after the last burn; a fall that lasts longer is random in any case
FOOTPRINT_KM = 2000.0  # about: shares whose falls lie further apart get another between them
LEAST_SHARE = 0.02
PLACES = 21  # of an uncertain fall, of equal probability
WORKERS = 2

Failure = Literal["not-started", "stops-early", "overburn", "points-wrong", "starts-late"]
FAILURES: tuple[Failure, ...] = get_args(Failure)
Unit = Literal["share", "deg", "s"]


@dataclass(frozen=True)
class FlownBranch:
    """A branch as flown, and where the reference body may come down in it.

    Attributes:
        branch: the document, still without a casualty expectation.
        latitude_deg, longitude_deg: geodetic places along the track, shape (n,); empty where the place is random or
            beyond what is flown.
        azimuth_deg: direction in which the track runs there, from north over east, shape (n,).
        weight: probability of each, sum 1.
    """

    branch: Branch
    latitude_deg: FloatArray
    longitude_deg: FloatArray
    azimuth_deg: FloatArray
    weight: FloatArray


class _Failed(NamedTuple):
    """One way to fail: how it is called, and what is burnt; one of several commands where the worst is wanted."""

    failure: Failure
    amount: float
    unit: Unit
    commands: tuple[tuple[str, BurnCommand | None], ...]


@dataclass(frozen=True)
class _Planned:
    """A burn of the plan, and what the plan makes of it.

    Attributes:
        burn: as flown.
        left_kg: propellant of the deorbit vehicle before it: all mass that the plan has lost so far was its.
        travelled_rad: from the start of the burn to the planned impact.
        alone: the fall if this burn is made and none after it.
    """

    burn: FlownBurn
    left_kg: float
    travelled_rad: float
    alone: Fall

    @property
    def start(self) -> State:
        return State(self.burn.command.start_tt_s, *self.burn.before, self.burn.mass_before_kg)


@dataclass(frozen=True)
class _Frame:
    """What all branches share."""

    nature: Nature
    scenario: Scenario
    engine: Engine
    inclination_deg: float
    past_aim_km: float
    final_perigee_km: float


def branches_of(
    sequence: FlownSequence,
    hand_over: HandOver,
    engine: Engine,
    scenario: Scenario,
    world: World,
    aim: GroundTrack,
    *,
    available_kg: float | None = None,
    cd_area_m2: float | None = None,
    workers: int | None = None,
) -> tuple[FlownBranch, ...]:
    """Let every burn of a targeted sequence fail in every way.

    Not started; stopped at a share of its delta-v, at as many shares as it takes for their places to lie no further
    apart than a footprint is long; too long by a share; pointing out of plane, outwards or inwards by
    an angle, of which the direction is told that moves the fall most in time; started late. Density is wrong by
    ``reentry.density_sigma`` (one sigma, log-normal, for the whole fall), so that the time left is known to about that
    share of itself; operators of uncontrolled re-entries see about 10 % (CNES). The place is random, and no impact is
    told, where its 90 % interval is longer than half a revolution.

    Args:
        sequence: the plan as flown.
        hand_over: where it began.
        engine: what makes the burns.
        scenario: drag, control limit, deorbit vehicle.
        world: nature.
        aim: place and track that the plan aims at.
        available_kg: propellant of the deorbit vehicle at the hand-over; its whole load where not given.
        cd_area_m2: drag coefficient times area; the scenario's in the attitude of the burns where not
            given.
        workers: threads; the result does not depend on it.

    Returns:
        By burn, in order, and by failure.

    Raises:
        FlightError: a flight cannot go on.
        WorldError: the weather does not reach far enough.
    """
    burns = sequence.burns
    area = cd_area_m2_of(scenario, "burns") if cd_area_m2 is None else cd_area_m2
    begin, end = burns[0].command.start_tt_s, burns[-1].command.start_tt_s + NUMERICAL_DAYS * DAY_S
    nature = Nature(
        world,
        prepare(world, begin, end, Forces(cd_area_m2=area)),
        scenario.reentry.interface_height_km,
        scenario.reentry.density_sigma,
    )
    impact = float(sequence.flight.latitude_deg[-1]), float(sequence.flight.longitude_deg[-1])
    frame = _Frame(
        nature,
        scenario,
        engine,
        float(np.degrees(hand_over.mean.inclination_rad)),
        _past_km(aim, *impact),
        burns[-1].perigee_after_km,
    )
    load = _load_kg(scenario) if available_kg is None else available_kg
    planned = tuple(_planned(burns, sequence, load, nature))
    work = [(one, failed) for one in planned for failed in _failures(one.burn.command)]
    with ThreadPoolExecutor(workers or WORKERS) as pool:
        flown = list(pool.map(lambda item: _branch(item[0], item[1], frame), work))
        while gaps := _gaps(flown):
            commands = {one.burn.command.id: one for one in planned}
            between = [(commands[burn], _early(commands[burn].burn.command, share)) for burn, share in gaps]
            flown += pool.map(lambda item: _branch(item[0], item[1], frame), between)
    order = [one.burn.command.id for one in planned]
    return tuple(
        sorted(
            flown, key=lambda one: (order.index(one.branch.burn), FAILURES.index(one.branch.failure), one.branch.amount)
        )
    )


def _gaps(flown: Sequence[FlownBranch]) -> list[tuple[str, float]]:
    """Shares to be flown too: in the middle of two that fall further apart than a footprint is long."""
    early: dict[str, list[Branch]] = {}
    for one in flown:
        if one.branch.failure == "stops-early":
            early.setdefault(one.branch.burn, []).append(one.branch)
    found = []
    for burn, ways in early.items():
        for less, more in pairwise(sorted(ways, key=lambda way: way.amount)):
            if less.range_shift_km is None or more.range_shift_km is None:
                continue
            apart_km = abs(less.range_shift_km - more.range_shift_km)
            if apart_km > FOOTPRINT_KM and more.amount - less.amount > LEAST_SHARE:
                found.append((burn, round((less.amount + more.amount) / 2, 6)))
    return found


def _planned(burns: Sequence[FlownBurn], sequence: FlownSequence, load_kg: float, nature: Nature) -> Iterable[_Planned]:
    """The burns of the plan with what each leaves behind; parts of a split burn are burns of their own."""
    full_kg = float(sequence.flight.mass_kg[0])
    for burn in burns:
        start = State(burn.command.start_tt_s, *burn.before, burn.mass_before_kg)
        yield _Planned(
            burn,
            load_kg - (full_kg - burn.mass_before_kg),
            travelled_rad(sequence.flight, burn.command.start_tt_s),
            fall(start, [burn.command], nature),
        )


def _failures(command: BurnCommand) -> Iterable[_Failed]:
    """Every way in which a burn fails."""
    yield _Failed("not-started", 0.0, "share", (("", None),))
    for share in EARLY_SHARES:
        yield _early(command, share)
    for share in OVERBURN_SHARES:
        yield _Failed("overburn", share, "share", (("", _scaled(command, share)),))
    for angle in WRONG_DEG:
        yield _Failed("points-wrong", angle, "deg", tuple(_tilted(command, angle)))
    for late in LATE_S:
        yield _Failed("starts-late", late, "s", (("", command._replace(start_tt_s=command.start_tt_s + late)),))


def _early(command: BurnCommand, share: float) -> _Failed:
    return _Failed("stops-early", share, "share", (("", _scaled(command, share)),))


def _scaled(command: BurnCommand, share: float) -> BurnCommand:
    return command._replace(delta_v_mps=command.delta_v_mps * share)


def _tilted(command: BurnCommand, angle_deg: float) -> Iterable[tuple[str, BurnCommand]]:
    """A burn that points away from where it should; beyond a right angle it pushes the other way."""
    angle = np.radians(angle_deg)
    backwards = command.retrograde if angle_deg <= 90.0 else not command.retrograde
    share = float(np.sin(angle))
    if angle_deg >= 180.0:
        yield "", command._replace(retrograde=backwards)
        return
    yield "out-of-plane", command._replace(retrograde=backwards, normal_share=share)
    yield "outward", command._replace(retrograde=backwards, outward_share=share)
    yield "inward", command._replace(retrograde=backwards, outward_share=-share)


def _branch(planned: _Planned, failed: _Failed, frame: _Frame) -> FlownBranch:
    """Fly one branch in the air of the model, and in denser and thinner air."""
    start = planned.start
    made = [(name, command, fall(start, _burns(command), frame.nature)) for name, command in failed.commands]
    direction, command, middle = max(made, key=lambda one: _moved_s(one[2], planned.alone))
    early, late = (fall(start, _burns(command), frame.nature, sigmas) for sigmas in (SIGMAS, -SIGMAS))
    known = middle.after.tt_s
    spread_rad = _spread_rad(early, late)
    is_random = spread_rad is None or spread_rad > np.pi
    places = None if is_random else _places(early, middle, late, frame.inclination_deg)
    propellant = planned.burn.mass_before_kg - middle.after.mass_kg
    control = _control_until_tt_s(middle, planned.left_kg - propellant, frame)
    situation = Situation(
        fallen=middle,
        early_tt_s=early.entry_tt_s,
        spread_km=None if spread_rad is None else spread_rad * EARTH_MEAN_RADIUS_KM,
        left_kg=planned.left_kg - propellant,
        burn_centre_tt_s=planned.burn.command.start_tt_s + planned.burn.duration_s / 2,
        burn_duration_s=planned.burn.duration_s,
        thrust_n=planned.burn.command.thrust_n,
        inclination_rad=float(np.radians(frame.inclination_deg)),
        perigee_km=frame.final_perigee_km,
    )
    branch = Branch(
        id="-".join(part for part in (planned.burn.command.id, failed.failure, _told(failed), direction) if part),
        burn=planned.burn.command.id,
        failure=failed.failure,
        amount=failed.amount,
        unit=failed.unit,
        utc=to_utc(known, 0),
        delta_v_mps=_made_mps(planned.burn, middle),
        perigee_km=middle.perigee_km,
        apogee_km=middle.apogee_km,
        entry_utc=None if middle.entry_tt_s is None else to_utc(middle.entry_tt_s, 0),
        days_to_entry=_days(early, middle, late, known),
        impact=None if is_random else _impact(middle),
        range_shift_km=None if is_random else _shift_km(middle, planned, frame),
        along_track_sigma_km=None if spread_rad is None else spread_rad * EARTH_MEAN_RADIUS_KM / (2 * SIGMAS),
        random=is_random,
        control_until_utc=None if control is None else to_utc(control, 0),
        recourses=recourses_of(situation, frame.nature, frame.engine, frame.scenario),
    )
    if places is None:
        nothing = np.zeros(0)
        return FlownBranch(branch, nothing, nothing, nothing, nothing)
    return FlownBranch(branch, *places, np.full(PLACES, 1.0 / PLACES))


def _impact(fallen: Fall) -> Place | None:
    if fallen.latitude_deg is None or fallen.longitude_deg is None:
        return None
    return Place(latitude_deg=fallen.latitude_deg, longitude_deg=fallen.longitude_deg)


def _shift_km(fallen: Fall, planned: _Planned, frame: _Frame) -> float | None:
    """How far past the aim it falls, along the track; None beyond half a revolution from where it should."""
    if fallen.travelled_rad is None:
        return None
    shift = fallen.travelled_rad - planned.travelled_rad
    return shift * EARTH_MEAN_RADIUS_KM + frame.past_aim_km if abs(shift) <= np.pi else None


def _burns(command: BurnCommand | None) -> list[BurnCommand]:
    return [] if command is None else [command]


def _made_mps(burn: FlownBurn, fallen: Fall) -> float:
    """Velocity change of what was burnt (Tsiolkovsky 1903)."""
    exhaust_mps = STANDARD_GRAVITY_M_S2 * burn.command.specific_impulse_s
    return float(exhaust_mps * np.log(burn.mass_before_kg / fallen.after.mass_kg))


def _told(failed: _Failed) -> str:
    """The amount as part of a name."""
    if failed.failure == "not-started":
        return ""
    return f"{100 * failed.amount:g}" if failed.unit == "share" else f"{failed.amount:g}"


def _moved_s(fallen: Fall, alone: Fall) -> float:
    """By how much a fall comes at another time than if the burn is made as planned and none after it."""
    if fallen.entry_tt_s is None or alone.entry_tt_s is None:
        return 0.0 if fallen.entry_tt_s == alone.entry_tt_s else np.inf
    return abs(fallen.entry_tt_s - alone.entry_tt_s)


def _spread_rad(early: Fall, late: Fall) -> float | None:
    """Length of the 90 % interval of the place as an angle in the orbit; from the time where the place is not flown."""
    if early.travelled_rad is not None and late.travelled_rad is not None:
        return max(late.travelled_rad - early.travelled_rad, 0.0)
    if early.entry_tt_s is None or late.entry_tt_s is None:
        return None
    speed = ground_speed_km_s(early.perigee_km, early.apogee_km)
    return max(late.entry_tt_s - early.entry_tt_s, 0.0) * speed / EARTH_MEAN_RADIUS_KM


def _places(
    early: Fall, middle: Fall, late: Fall, inclination_deg: float
) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Places of equal probability along the track: the angle travelled is linear in log density on each side.

    Returns:
        Latitude, longitude and azimuth of the track in degrees.
    """
    ends = early.travelled_rad, middle.travelled_rad, late.travelled_rad
    if any(end is None for end in ends) or middle.argument_rad is None:
        return None
    if middle.latitude_deg is None or middle.longitude_deg is None:
        return None
    from_middle = np.array(ends, dtype=float) - float(ends[1] or 0.0)
    thinner = norm.ppf((np.arange(PLACES) + 0.5) / PLACES) / SIGMAS
    along = EARTH_MEAN_RADIUS_KM * np.where(thinner < 0.0, -thinner * from_middle[0], thinner * from_middle[2])
    track = GroundTrack(float(np.mod(middle.argument_rad, 2 * np.pi)), middle.longitude_deg, inclination_deg)
    latitude, longitude = track.at(along)
    ahead_latitude, ahead_longitude = track.at(along + 1.0)
    azimuth = WGS84.inv(longitude, latitude, ahead_longitude, ahead_latitude)[0]
    # air that turns with the Earth carries the last of the fall some tens of kilometres out of the plane
    latitude = np.clip(latitude + (middle.latitude_deg - track.latitude_deg), -90.0, 90.0)
    return latitude, longitude, np.asarray(azimuth)


def _days(early: Fall, middle: Fall, late: Fall, known_tt_s: float) -> Estimate | None:
    """Days from when the failure is known to the entry interface, 0 where it is passed in the burn; None beyond."""
    if middle.entry_tt_s is None or early.entry_tt_s is None or late.entry_tt_s is None:
        return None
    value, low, high = (
        max(end - known_tt_s, 0.0) / DAY_S for end in (middle.entry_tt_s, early.entry_tt_s, late.entry_tt_s)
    )
    return Estimate(value=value, low=min(low, value), high=max(high, value), level=LEVEL, unit="days")


def _control_until_tt_s(fallen: Fall, left_kg: float, frame: _Frame) -> float | None:
    """Until when the attitude can be held.

    Gyros hold it above the control limit; below, thrusters do, until their propellant is gone or the station is too low
    for them.
    """
    descent = frame.scenario.descent
    limit = control_limit_tt_s(fallen.after, descent.control_limit_km, frame.nature)
    ends = [] if fallen.steered_until_tt_s is None else [fallen.steered_until_tt_s]
    if limit is not None and descent.attitude_kg_per_day > 0.0:
        ends.append(limit + max(left_kg, 0.0) / descent.attitude_kg_per_day * DAY_S)
    return min(ends, default=None)


def _past_km(aim: GroundTrack, latitude_deg: float, longitude_deg: float) -> float:
    """How far past the aim a place near it lies, along the track."""
    ahead = aim.at(1.0)
    along = WGS84.inv(aim.longitude_deg, aim.latitude_deg, float(ahead[1]), float(ahead[0]))[0]
    azimuth, _, metres = WGS84.inv(aim.longitude_deg, aim.latitude_deg, longitude_deg, latitude_deg)
    return float(metres / 1000.0 * np.cos(np.radians(azimuth - along)))


def _load_kg(scenario: Scenario) -> float:
    """What the deorbit vehicle brings."""
    return brought_propellant_kg(expand_flights(scenario)[scenario.descent.deorbit_vehicle], scenario)
