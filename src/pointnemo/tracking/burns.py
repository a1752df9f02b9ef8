"""Burns read out of an ephemeris: what gravity does not explain between two rows was thrust.

NASA's files step by 4 minutes in coasts and by 2 seconds through burns. Over a step h the thrust has added

    dv = v1 - v0 - integral of g,    integral by Simpson's rule, position at half step by the cubic through both ends,

with g of EGM2008 36x36, Sun and Moon. For 60 s steps of a low orbit that is good to 1e-3 mm/s2, which is also what drag
takes at 400 km; a Progress pushes the station with 1.5 to 2 mm/s2, Zvezda with 14. Nothing is assumed about the
thruster. What is read is a plan, like every later row of a public ephemeris: not telemetry.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.compiled import kernel
from pointnemo.errors import FlightError
from pointnemo.motion import lastdays
from pointnemo.motion.burns import BurnCommand
from pointnemo.motion.gravity import Gravity, gravity_acceleration, load_gravity
from pointnemo.tracking.events import Event, events_of
from pointnemo.world.earth import EARTH_RADIUS_KM, EarthOrientation, gcrs_to_itrs, load_earth_orientation
from pointnemo.world.earth import moon_gcrs_km as moon_at
from pointnemo.world.earth import sun_gcrs_km as sun_at

if TYPE_CHECKING:
    from pointnemo.formats.tracking_files import TrackingFile
    from pointnemo.world import World

__all__ = [
    "MeasuredBurn",
    "burn_commands",
    "burns_of",
    "commands_of",
    "fitted_delta_v_rtn_mps",
    "planned_burns",
    "rtn_axes",
]

FloatArray = NDArray[np.float64]
Vector = tuple[float, float, float]

GRAVITY_DEGREE = 36
MU_SUN_KM3_S2, MU_MOON_KM3_S2 = 1.32712440041e11, 4902.800  # IAU/JPL DE430-440

LONGEST_STEP_S = 60.0  # of rows between which thrust can be told from gravity; NASA's coasts have 240 s
SHORTEST_STEP_S = 1e-3  # the last digit of NASA's epochs
LOWEST_THRUST_MM_S2 = 0.1  # ten times drag at 250 km, a tenth of the weakest real burn
NOISE_LEVELS = 6.0  # a push counts from this many times the scatter of its neighbours on
LEAST_DELTA_V_MPS = 0.005
SAME_BURN_S = 120.0  # an event row this near to a burn names it
ROWS_AT_ONCE = 20_000  # keeps a file of 300 MB within 100 MB of scratch
LOWEST_RADIUS_KM, HIGHEST_RADIUS_KM = EARTH_RADIUS_KM + 100.0, EARTH_RADIUS_KM + 2000.0
SLOWEST_KM_S, FASTEST_KM_S = 6.5, 8.5
GAUSS_NEWTON_STEPS = 2  # nearly linear: the second step changes the last digit
PROBE_MPS = 1e-3
COAST_S = 30.0  # left between the end of a burn and the row it is fitted to, so that a longer one still ends before it

SPECIFIC_IMPULSE_S = 285.0
"""Of both engines: how acceleration grows through the rows of the five Zvezda burns of 2021 gives 281, 279 and 288 s
where it is even, 260 and 222 s where it is not. It only sets the loss of mass, 0.04 % per m/s."""

DEFAULT_THRUST_N = 790.0
"""Progress thrusters: median of the eleven burns of 2022-2024 in NASA's files (647 to 872 N); used only where no burn
of any file can be asked."""

_VEHICLE = re.compile(
    r"\b(?:(?P<service>SM|Zvezda)|(?P<progress>\d{2,3}P|Progress)|(?P<cygnus>NG-?\d+|Cygnus)|(?P<dragon>SPX-?\d+|Dragon)"
    r"|(?P<atv>ATV\S*))\b",
    re.IGNORECASE,
)


class MeasuredBurn(NamedTuple):
    """A burn as an ephemeris or an event table has it.

    Attributes:
        start_tt_s: ignition, TT seconds since J2000.
        duration_s: s.
        delta_v_rtn_mps: radial (outward), along-track (forward), cross-track (r x v), m/s, in axes that turn.
        delta_v_mps: length of that, with the sign of the along-track component: a deboost is negative.
        acceleration_mm_s2: median over the burn.
        thrust_n: that times the mass in the header of the file; None where the header tells no mass.
        name: of the event in the table of the same file; empty where none is near.
        flight_path_rad: mean angle of the velocity above the horizon during the burn; it turns these axes into those of
            a ``BurnCommand``. Below 0.001 for the station.
    """

    start_tt_s: float
    duration_s: float
    delta_v_rtn_mps: Vector
    delta_v_mps: float
    acceleration_mm_s2: float
    thrust_n: float | None
    name: str
    flight_path_rad: float = 0.0


class _Push(NamedTuple):
    """What gravity does not explain, step by step.

    Attributes:
        start_tt_s: shape (n,).
        step_s: shape (n,).
        acceleration_mm_s2: mean over each step, radial, along-track, cross-track, shape (n, 3).
        flight_path_rad: angle of the velocity above the horizon, shape (n,).
    """

    start_tt_s: FloatArray
    step_s: FloatArray
    acceleration_mm_s2: FloatArray
    flight_path_rad: FloatArray


# --- reading -------------------------------------------------------------------------------------------------------


def burns_of(file: TrackingFile, earth: EarthOrientation | None = None) -> tuple[MeasuredBurn, ...]:
    """Read the burns out of the rows of an ephemeris.

    Rows up to 60 s apart are searched. In rows closer than a burn is long, its start is as good as the epochs; a burn
    shorter than a step is placed at the start of that step and its acceleration is a lower bound.

    Args:
        file: an ephemeris; a file with one state has no burns.
        earth: Earth orientation; None: the bundled table.

    Returns:
        By start; empty where no rows are close enough or nothing pushes.

    Raises:
        WorldError: Earth orientation does not reach the file.
    """
    blocks = _blocks(file)
    if not blocks:
        return ()
    earth = earth or load_earth_orientation()
    events = [event for event in events_of(file) if event.delta_v_mps > 0.0]
    found: list[MeasuredBurn] = []
    for rows in blocks:
        # gravity alone first: Sun and Moon are slow to find and take 1e-3 mm/s2 only
        for first, last in _runs(_pushes(file, rows, earth, third_bodies=False)):
            push = _pushes(file, np.arange(rows[first], rows[last] + 1), earth, third_bodies=True)
            found.append(_measured(push, file.mass_kg, events))
    return tuple(burn for burn in found if abs(burn.delta_v_mps) >= LEAST_DELTA_V_MPS)


def _blocks(file: TrackingFile) -> list[NDArray[np.int64]]:
    """Runs of rows that start a short step of a low orbit, each run without gaps."""
    step_s = np.diff(file.tt_s)
    radius_km = np.linalg.norm(file.position_km, axis=1)
    speed_km_s = np.linalg.norm(file.velocity_km_s, axis=1)
    low = (radius_km > LOWEST_RADIUS_KM) & (radius_km < HIGHEST_RADIUS_KM)
    low &= (speed_km_s > SLOWEST_KM_S) & (speed_km_s < FASTEST_KM_S)
    rows = np.flatnonzero((step_s >= SHORTEST_STEP_S) & (step_s <= LONGEST_STEP_S) & low[:-1] & low[1:])
    return [run for run in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if run.size]


def _pushes(file: TrackingFile, rows: NDArray[np.int64], earth: EarthOrientation, *, third_bodies: bool) -> _Push:
    """Mean acceleration by anything but gravity over the step after each row; ``rows`` without gaps."""
    pieces = np.array_split(rows, -(-len(rows) // ROWS_AT_ONCE))
    parts = [_pushes_at_once(file, piece, earth, third_bodies=third_bodies) for piece in pieces]
    return _Push(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _pushes_at_once(
    file: TrackingFile, rows: NDArray[np.int64], earth: EarthOrientation, *, third_bodies: bool
) -> _Push:
    ends = np.append(rows, rows[-1] + 1)
    tt_s, r, v = file.tt_s[ends], file.position_km[ends], file.velocity_km_s[ends]
    step_s = np.diff(tt_s)
    middle_r = 0.5 * (r[:-1] + r[1:]) + step_s[:, None] / 8.0 * (v[:-1] - v[1:])  # cubic Hermite at half step
    at_ends = _gravity(tt_s, r, earth, third_bodies=third_bodies)
    at_middle = _gravity(tt_s[:-1] + 0.5 * step_s, middle_r, earth, third_bodies=third_bodies)
    mean_km_s2 = np.diff(v, axis=0) / step_s[:, None] - (at_ends[:-1] + 4.0 * at_middle + at_ends[1:]) / 6.0
    middle_v = 0.5 * (v[:-1] + v[1:])
    axes = rtn_axes(middle_r, middle_v)
    climb = np.einsum("nj,nj->n", axes[:, 0], middle_v) / np.linalg.norm(middle_v, axis=1)
    return _Push(tt_s[:-1], step_s, np.einsum("nij,nj->ni", axes, mean_km_s2) * 1e6, np.arcsin(climb))


def _runs(push: _Push) -> list[tuple[int, int]]:
    """First and last index of each run of steps with thrust."""
    size = np.linalg.norm(push.acceleration_mm_s2, axis=1)
    # rounded states scatter from step to step, thrust does not: neighbours tell how much
    jumps = np.linalg.norm(np.diff(push.acceleration_mm_s2, axis=0), axis=1) if size.size > 1 else np.zeros(1)
    thrusting = np.flatnonzero(size > max(LOWEST_THRUST_MM_S2, NOISE_LEVELS * float(np.median(jumps))))
    runs = np.split(thrusting, np.flatnonzero(np.diff(thrusting) > 1) + 1)
    return [(int(run[0]), int(run[-1])) for run in runs if run.size]


def _measured(push: _Push, mass_kg: float | None, events: Sequence[Event]) -> MeasuredBurn:
    """One burn from its steps, all of which push; the first and the last may be filled in part only."""
    size = np.linalg.norm(push.acceleration_mm_s2, axis=1)
    median = float(np.median(size))
    filled = np.ones_like(size)
    if size.size > 2:
        filled[0], filled[-1] = min(size[0] / size[1], 1.0), min(size[-1] / size[-2], 1.0)
    start_tt_s = float(push.start_tt_s[0] + (1.0 - filled[0]) * push.step_s[0])
    rtn = (push.acceleration_mm_s2 * push.step_s[:, None]).sum(axis=0) / 1000.0
    return MeasuredBurn(
        start_tt_s=start_tt_s,
        duration_s=float(filled @ push.step_s),
        delta_v_rtn_mps=(float(rtn[0]), float(rtn[1]), float(rtn[2])),
        delta_v_mps=math.copysign(float(np.linalg.norm(rtn)), float(rtn[1])),
        acceleration_mm_s2=median,
        thrust_n=median * mass_kg / 1000.0 if mass_kg else None,
        name=_name(start_tt_s, events),
        flight_path_rad=float(np.mean(push.flight_path_rad)),
    )


def _name(start_tt_s: float, events: Sequence[Event]) -> str:
    """Name of the nearest event with a delta-v, empty where none is near."""
    nearest = min(events, key=lambda event: abs(event.tt_s - start_tt_s), default=None)
    return nearest.name if nearest and abs(nearest.tt_s - start_tt_s) <= SAME_BURN_S else ""


@kernel
def _fixed_gravity(r_m: FloatArray, gravity: Gravity) -> FloatArray:
    """Gravity at Earth-fixed positions, shape (n, 3), m and m/s2."""
    out = np.empty_like(r_m)
    for i in range(r_m.shape[0]):
        out[i, 0], out[i, 1], out[i, 2] = gravity_acceleration(r_m[i, 0], r_m[i, 1], r_m[i, 2], gravity)
    return out


def _gravity(tt_s: FloatArray, r_km: FloatArray, earth: EarthOrientation, *, third_bodies: bool) -> FloatArray:
    """GCRS acceleration by the Earth, and by Sun and Moon if asked for, shape (n, 3), km/s2."""
    matrix = gcrs_to_itrs(tt_s, earth)
    fixed = _fixed_gravity(np.einsum("nij,nj->ni", matrix, r_km) * 1000.0, load_gravity(GRAVITY_DEGREE))
    total = np.einsum("nji,nj->ni", matrix, fixed) / 1000.0
    if third_bodies:
        for body_km, mu in ((sun_at(tt_s), MU_SUN_KM3_S2), (moon_at(tt_s), MU_MOON_KM3_S2)):
            apart = body_km - r_km  # Montenbruck, Gill 2000, eq. 3.37
            near = apart / np.linalg.norm(apart, axis=1, keepdims=True) ** 3
            total += mu * (near - body_km / np.linalg.norm(body_km, axis=1, keepdims=True) ** 3)
    return total


def rtn_axes(r_km: FloatArray, v_km_s: FloatArray) -> FloatArray:
    """Radial (outward), along-track (forward) and cross-track (r x v) axes as rows: (..., 3) each -> (..., 3, 3)."""
    radial = r_km / np.linalg.norm(r_km, axis=-1, keepdims=True)
    cross = np.cross(r_km, v_km_s)
    cross = cross / np.linalg.norm(cross, axis=-1, keepdims=True)
    return np.stack([radial, np.cross(cross, radial), cross], axis=-2)


def fitted_delta_v_rtn_mps(file: TrackingFile, burn: MeasuredBurn, world: World) -> Vector:
    """The delta-v of a burn by another way: a finite burn, flown, that carries the row before it to the row after it.

    Gauss-Newton over the three components; start and acceleration are kept, drag is left out as in ``burns_of``.

    Args:
        file: the ephemeris that ``burn`` was read from; any mass will do, only acceleration counts.
        burn: where to begin.
        world: Earth orientation.

    Returns:
        Radial, along-track and cross-track, m/s.

    Raises:
        FlightError: the file has no row before the burn or none after it, or the burn overlaps its neighbours.
        WorldError: nothing is known about the Earth on that day.
    """
    before = int(np.searchsorted(file.tt_s, burn.start_tt_s, side="right")) - 1
    after = int(np.searchsorted(file.tt_s, burn.start_tt_s + burn.duration_s + COAST_S, side="right"))
    if before < 0 or after >= len(file.tt_s):
        raise FlightError(f"burn {burn.name!r} has no row of {file.path_name} on both sides")
    start_tt_s, stop_tt_s = float(file.tt_s[before]), float(file.tt_s[after])
    mass_kg = file.mass_kg or 1.0
    air_free = lastdays.Forces(0.0, gravity_degree=GRAVITY_DEGREE)
    environment = lastdays.prepare(world, start_tt_s, stop_tt_s, air_free)
    start = lastdays.State(start_tt_s, file.position_km[before], file.velocity_km_s[before], mass_kg)
    axes = rtn_axes(file.position_km[after : after + 1], file.velocity_km_s[after : after + 1])[0]
    # a metre at the end weighs as much as the velocity that would have made it since the middle of the burn
    lever_s = max(stop_tt_s - burn.start_tt_s - 0.5 * burn.duration_s, 1.0)

    def missed(rtn_mps: FloatArray) -> FloatArray:
        size = float(np.linalg.norm(rtn_mps))
        tried = burn._replace(
            delta_v_rtn_mps=(float(rtn_mps[0]), float(rtn_mps[1]), float(rtn_mps[2])),
            delta_v_mps=math.copysign(size, float(rtn_mps[1])),
            duration_s=burn.duration_s * size / abs(burn.delta_v_mps),
        )
        end = lastdays.fly(
            start, commands_of([tried], mass_kg), environment, stop_height_km=0.0, stop_tt_s=stop_tt_s
        ).final_state
        off_r, off_v = end.position_km - file.position_km[after], end.velocity_km_s - file.velocity_km_s[after]
        return np.concatenate([axes @ off_r / lever_s, axes @ off_v]) * 1000.0

    rtn_mps: FloatArray = np.array(burn.delta_v_rtn_mps)
    for _ in range(GAUSS_NEWTON_STEPS):
        miss = missed(rtn_mps)
        slope = [(missed(rtn_mps + PROBE_MPS * unit) - miss) / PROBE_MPS for unit in np.eye(3)]
        rtn_mps = rtn_mps - np.linalg.lstsq(np.stack(slope, axis=1), miss)[0]
    return float(rtn_mps[0]), float(rtn_mps[1]), float(rtn_mps[2])


# --- what is to be flown -------------------------------------------------------------------------------------------


def planned_burns(
    file: TrackingFile, measured: Sequence[MeasuredBurn], others: Sequence[MeasuredBurn] = ()
) -> tuple[MeasuredBurn, ...]:
    """Burns that only the event table tells: beyond the ephemeris, or in a file without rows through its burns.

    Time and delta-v are the table's. Acceleration and tilt are those of the latest burn by the same vehicle where a
    name tells the vehicle, else of the latest burn of all; where there is none, ``DEFAULT_THRUST_N`` along the track.

    Args:
        file: its table is read; its mass turns thrust into acceleration.
        measured: the burns of this file's rows; their events are not planned again.
        others: burns of earlier files.

    Returns:
        Reboosts and deboosts by start; empty where the table has no more, or where nothing tells an acceleration.
    """
    known = sorted([*others, *measured], key=lambda burn: burn.start_tt_s)
    rest = [
        event
        for event in events_of(file)
        if event.kind in ("reboost", "deboost")
        and event.delta_v_mps > 0.0
        and event.tt_s >= file.epoch_tt_s  # an earlier one is in the first state already
        and all(abs(event.tt_s - burn.start_tt_s) > SAME_BURN_S for burn in measured)
    ]
    planned = (_planned(event, known, file.mass_kg) for event in rest)
    return tuple(burn for burn in planned if burn)


def _planned(event: Event, known: Sequence[MeasuredBurn], mass_kg: float | None) -> MeasuredBurn | None:
    """A burn made of an event row and of how the station was pushed before."""
    sign = -1.0 if event.kind == "deboost" else 1.0
    vehicle = _vehicle(event.name)
    alike = [burn for burn in known if vehicle and _vehicle(burn.name) == vehicle] or list(known)
    if alike:
        model = alike[-1]
        acceleration = model.acceleration_mm_s2
        unit = np.array(model.delta_v_rtn_mps) / abs(model.delta_v_mps)
        unit = unit if unit[1] * sign > 0.0 else unit * (1.0, -1.0, -1.0)  # a station turned about its radial axis
    elif mass_kg:
        acceleration, unit = DEFAULT_THRUST_N / mass_kg * 1000.0, np.array([0.0, sign, 0.0])
    else:
        return None
    rtn = event.delta_v_mps * unit
    return MeasuredBurn(
        start_tt_s=event.tt_s,
        duration_s=event.delta_v_mps / acceleration * 1000.0,
        delta_v_rtn_mps=(float(rtn[0]), float(rtn[1]), float(rtn[2])),
        delta_v_mps=sign * event.delta_v_mps,
        acceleration_mm_s2=acceleration,
        thrust_n=acceleration * mass_kg / 1000.0 if mass_kg else None,
        name=event.name,
    )


def _vehicle(name: str) -> str:
    """Whose engine a name tells: ``service``, ``progress``, ``cygnus``, ``dragon``, ``atv``, or nothing."""
    match = _VEHICLE.search(name)
    return (match.lastgroup or "") if match else ""


def commands_of(burns: Sequence[MeasuredBurn], mass_kg: float) -> tuple[BurnCommand, ...]:
    """Finite burns for ``motion.lastdays.fly``, tilted as they were read.

    The thrust is what gives the acceleration to the mass that is flown, so that a burn takes as long as it was read to
    take whether or not that mass is the header's.

    Args:
        burns: in any order; of two that overlap in time the later in ``burns`` stands.
        mass_kg: mass that will be flown, at the first of them.

    Returns:
        By start, not overlapping, ids unique.
    """
    kept: list[MeasuredBurn] = []
    for burn in burns:
        kept = [other for other in kept if not _overlap(other, burn)]
        kept.append(burn)
    kept.sort(key=lambda burn: burn.start_tt_s)
    names = [burn.name or "burn" for burn in kept]
    ids = [f"{name} #{names[: i + 1].count(name)}" if names.count(name) > 1 else name for i, name in enumerate(names)]
    return tuple(_command(burn, name, mass_kg) for burn, name in zip(kept, ids, strict=True))


def _overlap(first: MeasuredBurn, second: MeasuredBurn) -> bool:
    early, late = sorted((first, second), key=lambda burn: burn.start_tt_s)
    return late.start_tt_s < early.start_tt_s + early.duration_s


def _command(burn: MeasuredBurn, name: str, mass_kg: float) -> BurnCommand:
    """From axes that turn with the radius to those of a command, which turn with the velocity."""
    radial, along, normal = np.array(burn.delta_v_rtn_mps) / abs(burn.delta_v_mps)
    outward = radial * math.cos(burn.flight_path_rad) - along * math.sin(burn.flight_path_rad)
    whole = max(1.0, (1.0 + 1e-12) * math.hypot(outward, normal))  # a burn straight across, rounded
    # the mean thrust: a median over a burn with a change of engines would give the wrong duration
    thrust_n = abs(burn.delta_v_mps) / burn.duration_s * mass_kg
    retrograde = burn.delta_v_mps < 0.0
    return BurnCommand(
        burn.start_tt_s,
        abs(burn.delta_v_mps),
        thrust_n,
        SPECIFIC_IMPULSE_S,
        retrograde,
        name,
        float(outward / whole),
        float(normal / whole),
    )


def burn_commands(
    file: TrackingFile,
    others: Sequence[MeasuredBurn] = (),
    mass_kg: float | None = None,
    earth: EarthOrientation | None = None,
) -> tuple[BurnCommand, ...]:
    """Every burn that a file tells, from its rows or from its event table alone, ready to be flown.

    Args:
        file: an ephemeris.
        others: burns of earlier files, to learn an acceleration from.
        mass_kg: mass that will be flown; None: the header's.
        earth: as for ``burns_of``.

    Returns:
        By start, not overlapping; empty where neither ``mass_kg`` nor the header gives a mass.

    Raises:
        WorldError: Earth orientation does not reach the file.
    """
    mass = mass_kg or file.mass_kg
    if not mass:
        return ()
    measured = burns_of(file, earth)
    return commands_of([*planned_burns(file, measured, others), *measured], mass)
