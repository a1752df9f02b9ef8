"""How far pieces can be flown at all: bounds of the four ends of a footprint, one flight for each bounding case.

What a scenario bounds is put at its bound, all at once: every phase at its highest, or its lowest; the least and the
greatest ballistic coefficient of each body's classes; no melting, so that whatever may survive counts.
What it draws from Gaussian tails is taken, one input at a time, to where a piece goes in one run of 1 / (1 - level):
drag (density of the air and area of the station together), delta-v, lift, wind. What each adds to the case without it
is added in quadrature, as the first-order reliability method has it for a response that is linear in Gaussian inputs
(Hasofer and Lind 1974, ASCE J. Eng. Mech. Div. 100, 111).
"""

from __future__ import annotations

from math import hypot, radians
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from pointnemo.errors import FlightError
from pointnemo.reentry.catalogue import attitude_drag, hypersonic_drag_coefficient, station_bodies, strata_of
from pointnemo.reentry.flight import empty_outcome, fly_fragments
from pointnemo.reentry.footprint import EntryTrack, entry_track, to_track
from pointnemo.reentry.pack import ALWAYS, Air, Fragments, Steps, laws_of, pack_materials, slow_law_of
from pointnemo.reentry.runs import Door, Opened, Stack, at_the_door, open_run
from pointnemo.scenario.models import FragmentClass, Phase, Reentry, Scenario
from pointnemo.world.wind import GUST_STEP_KM, TOP_KM, WindTable, with_gusts

if TYPE_CHECKING:
    from pointnemo.reentry.entry import EntryState
    from pointnemo.world import World

__all__ = ["flown_bounds_km"]

FloatArray = NDArray[np.float64]

TRIGGERED_KM = (30.0, 121.0)  # of phases that load and heat decide about, which have no bounds: judgement
SIDES = 4  # heel, toe, left, right: against the flight, along it, to its left, to its right
SIGNS = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])  # of down-range and cross-range, outwards


class _Case(NamedTuple):
    """The station opened with all phases at one end of their bounds, and with one size of drag.

    Attributes:
        opened: states of the bodies where they open.
        speeds_mps: shape (bodies,), one-sigma delta-v of pieces since the station parted, per axis.
        density_scale: of the pieces' air.
        air: mean wind; errors of density by height.
    """

    opened: Opened
    speeds_mps: FloatArray
    density_scale: float
    air: Air


def flown_bounds_km(entry: EntryState, scenario: Scenario, world: World, level: float) -> FloatArray | None:
    """The outermost places where anything can fall, without the errors of the final burn.

    Args:
        entry: the whole stack at the entry interface.
        scenario: bodies, phases, classes and spreads.
        world: space weather and Earth orientation.
        level: share of the runs that the tails of Gaussian inputs are followed to.

    Returns:
        Shape (4,): heel, toe, left, right, km outwards in track coordinates; None where a bounding case does not come
        down, as with an entry that may skip.
    """
    door = at_the_door(entry, scenario, world)
    track = entry_track(door.state[:3], door.state[3:], entry.aim_latitude_deg, entry.aim_longitude_deg)
    bodies = station_bodies(scenario, door.mass_kg)
    stack = Stack.of(
        scenario.model_copy(update={"reentry": _bare(scenario, True)}), bodies, strata_of(scenario, bodies)
    )
    of_runs = float(ndtri(level))
    of_pieces = float(ndtri(1.0 - (1.0 - level) / max(float(stack.strata.expected.sum()), 1.0)))
    found = np.full(SIDES, -np.inf)
    try:
        for high in (True, False):
            middle, *dragged = (_opened(door, scenario, stack, high, size) for size in (0.0, of_runs, -of_runs))
            chosen = _chosen(stack, scenario)
            plain = _fly(middle, chosen, door, track, scenario, stack)
            gains = np.zeros((SIDES, plain.shape[1]))
            for case in dragged:
                gains = np.maximum(gains, _fly(case, chosen, door, track, scenario, stack) - plain)
            square = gains**2
            for size in (_Push(kick=of_pieces), _Push(lift=of_pieces), _Push(gust=of_runs)):
                square += _best_push(size, middle, chosen, door, track, scenario, stack, plain) ** 2
            found = np.maximum(found, (plain + np.sqrt(square)).max(axis=1))
    except FlightError:
        return None
    return found


class _Push(NamedTuple):
    """How many sigma of delta-v, lift or wind, in the direction of one side."""

    kick: float = 0.0
    lift: float = 0.0
    gust: float = 0.0


class _Chosen(NamedTuple):
    """The bounding pieces: of each body the lightest and the densest for their size. Shape (n,) throughout."""

    body: NDArray[np.int64]
    fragment_class: NDArray[np.int64]
    ballistic_kg_m2: FloatArray
    mass_kg: FloatArray


def _bare(scenario: Scenario, high: bool) -> Reentry:
    """The break-up with all phases at one end of their bounds, and no delta-v."""
    reentry = scenario.reentry

    def at_bound(phase: Phase) -> Phase:
        bounds = (phase.low_km, phase.high_km) if reentry.trigger == "height" else TRIGGERED_KM
        height = bounds[1] if high else bounds[0]
        update = {"height_km": height, "low_km": height, "high_km": height, "sigma_km": 0.0, "delta_v_mps": 0.0}
        return phase.model_copy(update=update)

    phases = {key: at_bound(phase) for key, phase in reentry.phases.items()}
    return reentry.model_copy(update={"phases": phases, "trigger": "height"})


def _opened(door: Door, scenario: Scenario, stack: Stack, high: bool, size: float) -> _Case:
    """Fly the station in air and with an area that together have drag at so many sigma."""
    reentry = scenario.reentry
    layers = sorted(reentry.density_layers.values(), key=lambda row: row.height_km)
    air_sigma = max((row.sigma for row in layers), default=reentry.density_sigma)
    both = hypot(air_sigma, reentry.ballistic_sigma)
    of_air, of_area = (size * air_sigma / both, size * reentry.ballistic_sigma / both) if both > 0.0 else (0.0, 0.0)
    air = Air(door.wind)
    if layers:
        heights = 1000.0 * np.array([row.height_km for row in layers])
        air = Air(door.wind, heights, np.array([[row.bias + of_air * row.sigma for row in layers]]))
    bare = scenario.model_copy(update={"reentry": _bare(scenario, high)})
    shared = np.array([0.0, of_air, of_area, 0.0])
    opened = open_run(door, bare, stack, 0, 0, shared, air, 0, Steps())
    phases = tuple(reentry.phases.values())
    speeds = [
        hypot(
            phases[body.opens].delta_v_mps,
            phases[body.release].delta_v_mps,
            reentry.vent_delta_v_mps if reentry.vent_share > 0.0 else 0.0,
        )
        for body in stack.bodies
    ]
    return _Case(opened, np.array(speeds), opened.draw.density_scale, air)


def _chosen(stack: Stack, scenario: Scenario) -> _Chosen:
    """Of each body the lightest and the densest piece for its size."""
    classes: tuple[FragmentClass, ...] = tuple(scenario.reentry.classes.values())
    strata = stack.strata
    kind = strata.fragment_class
    low = np.array([classes[c].beta_low_kg_m2 for c in kind])
    high = np.array([classes[c].beta_high_kg_m2 for c in kind])
    lives = np.array([classes[c].survives != "never" for c in kind])
    rows, beta = [], []
    for body in range(len(stack.bodies)):
        of_body = np.flatnonzero((strata.body == body) & lives)
        if len(of_body):
            lightest, densest = of_body[low[of_body].argmin()], of_body[high[of_body].argmax()]
            rows += [lightest, densest]
            beta += [low[lightest], high[densest]]
    if not rows:
        raise FlightError("no class of pieces survives")
    some = np.array(rows)
    return _Chosen(strata.body[some], kind[some], np.array(beta), strata.mass_high_kg[some])


def _best_push(
    push: _Push, case: _Case, chosen: _Chosen, door: Door, track: EntryTrack, scenario: Scenario, stack: Stack,
    plain: FloatArray,
) -> FloatArray:  # fmt: skip
    """How much further outwards an input takes each piece, in whichever direction does so most; shape (4, n), km."""
    gains = np.zeros_like(plain)
    for along, left, up in ((-1, 0, 0), (1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)):
        if (push.lift and along) or (push.gust and up):
            continue  # lift is across the flight, wind is level
        direction = np.array([along, left, up], dtype=float)
        gains = np.maximum(gains, _fly(case, chosen, door, track, scenario, stack, push, direction) - plain)
    return gains


def _fly(
    case: _Case, chosen: _Chosen, door: Door, track: EntryTrack, scenario: Scenario, stack: Stack,
    push: _Push | None = None, direction: FloatArray | None = None,
) -> FloatArray:  # fmt: skip
    """Where the bounding pieces land, km outwards on each side, shape (4, n)."""
    reentry = scenario.reentry
    classes = tuple(reentry.classes.values())
    rows = len(chosen.body)
    zeros = np.zeros(rows)
    state = case.opened.states[chosen.body]
    lift_up, lift_left = _lift(scenario, push, direction)
    air = case.air
    if push is not None and direction is not None and push.kick:
        state[:, 3:] += push.kick * case.speeds_mps[chosen.body][:, None] * _of_axes(state, direction)
    if push is not None and direction is not None and push.gust and reentry.wind != "none":
        air = air._replace(
            wind=_gusty(door.wind, push.gust * reentry.wind_sigma_mps * np.array(_level(state[0], direction)))
        )
    drags = [attitude_drag(classes[c]) for c in chosen.fragment_class]
    materials = list(scenario.materials)
    fragments = Fragments(
        state=state,
        start_s=case.opened.times[chosen.body],
        mass_kg=chosen.mass_kg,
        wall_kg=zeros,
        area_m2=chosen.mass_kg / (chosen.ballistic_kg_m2 * hypersonic_drag_coefficient()),
        material=np.array([materials.index(classes[c].material) for c in chosen.fragment_class], dtype=np.int64),
        fate=np.full(rows, ALWAYS),
        density_scale=np.full(rows, case.density_scale),
        heat_scale=np.ones(rows),
        lift_up=np.full(rows, lift_up),
        lift_left=np.full(rows, lift_left),
        slow_law=np.array([slow_law_of(classes[c]) for c in chosen.fragment_class]),
        drag_continuum=np.array([drag.continuum for drag in drags]),
        drag_free=np.array([drag.free for drag in drags]),
        run=np.zeros(rows, dtype=np.int64),
    )
    outcome = empty_outcome(rows)
    table, steps, laws = door.table, Steps(), laws_of(reentry)
    fly_fragments(0, rows, fragments, pack_materials(scenario), door.ut_h, table, steps, outcome, laws, air)
    if (outcome.status < 0).any():
        raise FlightError("a bounding case does not come down")
    down, cross = to_track(track, np.degrees(outcome.latitude_rad), np.degrees(outcome.longitude_rad))
    return SIGNS @ np.stack([down, cross])


def _lift(scenario: Scenario, push: _Push | None, direction: FloatArray | None) -> tuple[float, float]:
    """Upward and leftward lift / drag of a case: none, that of the scenario, or with its spread as well."""
    reentry = scenario.reentry
    size = 0.0 if push is None else push.lift
    if reentry.bank_deg is not None:  # one direction for all pieces
        bank, most = -radians(reentry.bank_deg), reentry.lift_to_drag + size * reentry.lift_to_drag_sigma
        return most * float(np.cos(bank)), most * float(np.sin(bank))
    if direction is None or size == 0.0:
        return 0.0, 0.0
    most = reentry.lift_to_drag + size * reentry.lift_to_drag_sigma
    return most * float(direction[2]), most * float(direction[1])


def _of_axes(state: FloatArray, direction: FloatArray) -> FloatArray:
    """Unit vectors along the flight, to its left and up, weighted; shape (n, 3)."""
    along = state[:, 3:] / np.linalg.norm(state[:, 3:], axis=1, keepdims=True)
    up = state[:, :3] / np.linalg.norm(state[:, :3], axis=1, keepdims=True)
    left = np.cross(up, along)
    left /= np.linalg.norm(left, axis=1, keepdims=True)
    return direction[0] * along + direction[1] * left + direction[2] * np.cross(along, left)


def _level(state: FloatArray, direction: FloatArray) -> tuple[float, float]:
    """Eastward and northward part of a level direction along the flight or to its left, at a place."""
    x, y, z = state[:3] / np.linalg.norm(state[:3])
    east = np.array([-y, x, 0.0]) / max(hypot(x, y), 1e-12)
    north = np.cross([x, y, z], east)
    vector = _of_axes(state[None, :], direction)[0]
    return float(vector @ east), float(vector @ north)


def _gusty(mean: WindTable, east_north_mps: FloatArray) -> WindTable:
    """The mean wind with one and the same gust at all heights."""
    count = int(TOP_KM / GUST_STEP_KM) + 1
    return with_gusts(mean, *(np.full((1, count), part) for part in east_north_mps))
