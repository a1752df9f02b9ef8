"""What the station is made of, and what it breaks into: bodies, strata, pieces. Mass is conserved to the kilogram.

A *body* is an element of the station with its share of what is aboard, or the docked vehicles. A *stratum* is one
fragment class within one body. *Rows* are the pieces that are flown: each stands for ``weight`` real ones, and
sum(weight x mass) over the rows of a run is the mass that entered.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import log, pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.errors import Defect, ScenarioError
from pointnemo.motion.aerodynamics import BRIDGES, Drag, drag_coefficient
from pointnemo.reentry.pack import NO_COLUMN, fate_of, slow_law_of
from pointnemo.reentry.shapes import cylinder, shape_named
from pointnemo.scenario.entry_models import ATTITUDES
from pointnemo.scenario.models import Element, FragmentClass, Scenario

__all__ = [
    "Body",
    "Pieces",
    "Strata",
    "allocate_rows",
    "draw_pieces",
    "hypersonic_drag_coefficient",
    "rows_per_run",
    "station_bodies",
    "strata_of",
    "tumbling_area_m2",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

DOCKED = "docked-vehicles"
"""Key of the pseudo-element that holds the de-orbit vehicle."""

TUMBLING = Drag()

OUTFITTING, VISITING = "outfitting", "visiting-vehicle"
"""Mixes of what is aboard, and of docked vehicles."""


@cache
def hypersonic_drag_coefficient() -> float:
    """Continuum C_D on the mean projected area at Mach 20: turns a class's ballistic coefficient into an area."""
    return drag_coefficient(20.0, 1e-4)


@dataclass(frozen=True)
class Body:
    """Something that leaves the station in one piece.

    Attributes:
        key: element key, or ``docked-vehicles``.
        contents: pairs of mix (key of ``reentry.mixes``) and mass (kg) that it breaks into.
        area_m2: mean projected area while tumbling.
        release, opens: indices into ``reentry.phases``.
        drag: of the attitude that it falls in from its release to its opening.
    """

    key: str
    contents: tuple[tuple[str, float], ...]
    area_m2: float
    release: int
    opens: int
    drag: Drag = TUMBLING

    @property
    def mass_kg(self) -> float:
        """Mass with everything inside."""
        return sum(mass for _, mass in self.contents)


class Strata(NamedTuple):
    """One fragment class within one body, one row each. Shape (strata,) throughout.

    Attributes:
        body: index into the bodies.
        fragment_class: index into ``reentry.classes``.
        mass_kg: mass of the stratum.
        mass_low_kg, mass_high_kg: limits of one piece.
        expected: number of pieces: mass / mean of the log-uniform mass.
    """

    body: IntArray
    fragment_class: IntArray
    mass_kg: FloatArray
    mass_low_kg: FloatArray
    mass_high_kg: FloatArray
    expected: FloatArray


class Pieces(NamedTuple):
    """The rows of one run. Shape (n,) throughout.

    Attributes:
        body, fragment_class, material, fate: indices; see ``Strata`` and ``pack.Fragments``.
        weight: how many real pieces the row stands for.
        mass_kg, wall_kg, area_m2: of one piece.
        slow_law, nose_radius_m, drag_continuum, drag_free: see ``pack.Fragments``; the last two are empty where
            every class tumbles.
    """

    body: IntArray
    fragment_class: IntArray
    material: IntArray
    fate: IntArray
    weight: FloatArray
    mass_kg: FloatArray
    wall_kg: FloatArray
    area_m2: FloatArray
    slow_law: IntArray
    nose_radius_m: FloatArray
    drag_continuum: FloatArray
    drag_free: FloatArray


def tumbling_area_m2(length_m: float, diameter_m: float) -> float:
    """Mean projected area of a tumbling closed cylinder: a quarter of its surface (Cauchy 1832), m2."""
    return 0.25 * (pi * diameter_m * length_m + 0.5 * pi * diameter_m * diameter_m)


def station_bodies(scenario: Scenario, entry_mass_kg: float) -> tuple[Body, ...]:
    """The bodies that the station comes apart into, with all of the mass that enters.

    The de-orbit vehicle is docked and enters with its docked mass; it parts and opens with the heaviest module and is
    as dense. What is left of the entry mass above the elements (cargo, racks, remaining propellant, other vehicles) is
    outfitting, spread by mass over the elements that open after they were released (shells), or over all where there
    is none. The mixes ``outfitting`` and ``visiting-vehicle`` say what these two break into; without them they break
    as what they are in or like.

    Args:
        scenario: elements, phases, de-orbit vehicle.
        entry_mass_kg: the whole stack at the entry interface.

    Returns:
        Bodies in the order of the elements; the docked vehicle last.

    Raises:
        ScenarioError: the elements alone weigh more than what enters.
    """
    elements, mixes = scenario.station.elements, scenario.reentry.mixes
    phases = list(scenario.reentry.phases)
    excess = entry_mass_kg - sum(element.mass_kg for element in elements.values())
    if excess < 0.0:
        mend = "lower the elements' masses, or raise station.mass_kg"
        what = f"weigh {-excess:.0f} kg more than the {entry_mass_kg:.0f} kg that enter the atmosphere"
        raise ScenarioError("break-up is not possible", [Defect("station.elements", what, mend)])
    docked = min(excess, _docked_mass_kg(scenario))
    shells = {key: element for key, element in elements.items() if element.opens != element.release} or elements
    outfitting = (excess - docked) / sum(element.mass_kg for element in shells.values())

    bridge = BRIDGES[scenario.reentry.drag_bridge]

    def body(key: str, element: Element, contents: list[tuple[str, float]], area_m2: float) -> Body:
        parts = tuple((mix, mass) for mix, mass in contents if mass > 0.0)
        drag = cylinder(element.length_m, element.diameter_m, element.attitude).drag._replace(slow=TUMBLING.slow)
        release, opens = phases.index(element.release), phases.index(element.opens)
        return Body(key, parts, area_m2, release, opens, drag._replace(bridge=bridge))

    bodies = []
    for key, element in elements.items():
        inside = OUTFITTING if OUTFITTING in mixes else element.mix
        contents = [(element.mix, element.mass_kg), (inside, outfitting * element.mass_kg if key in shells else 0.0)]
        bodies.append(body(key, element, contents, tumbling_area_m2(element.length_m, element.diameter_m)))
    if docked > 0.0:
        like = shells[max(shells, key=lambda key: (shells[key].mass_kg, key))]
        area = tumbling_area_m2(like.length_m, like.diameter_m) * (docked / like.mass_kg) ** (2.0 / 3.0)
        bodies.append(body(DOCKED, like, [(VISITING if VISITING in mixes else like.mix, docked)], area))
    return tuple(bodies)


def _docked_mass_kg(scenario: Scenario) -> float:
    """Mass of the de-orbit vehicle without the propellant that it spends, or 0 where no such flight is known."""
    flight = scenario.flights.get(scenario.descent.deorbit_vehicle)
    vehicle = scenario.vehicles.get(flight.vehicle if flight else scenario.descent.deorbit_vehicle)
    return vehicle.docked_mass_kg if vehicle else 0.0


def mean_log_uniform(low: float, high: float) -> float:
    """Mean of a log-uniform distribution."""
    return low if high <= low else (high - low) / log(high / low)


def strata_of(scenario: Scenario, bodies: tuple[Body, ...]) -> Strata:
    """The classes within each body, in the order of bodies and of ``reentry.classes``.

    A piece is never heavier than its stratum. Shares of a mix are taken relative to their sum.

    Args:
        scenario: classes and mixes.
        bodies: from ``station_bodies``.

    Returns:
        Strata with mass above 0; their masses sum to those of the bodies.
    """
    classes = scenario.reentry.classes
    rows: list[tuple[int, int, float, float, float, float]] = []
    for b, body in enumerate(bodies):
        masses = dict.fromkeys(classes, 0.0)
        for mix, mass in body.contents:
            shares = scenario.reentry.mixes[mix]
            whole = sum(shares.values())
            for key, share in shares.items():
                masses[key] += mass * share / whole
        for c, (key, fragment_class) in enumerate(classes.items()):
            mass = masses[key]
            if mass > 0.0:
                high = min(fragment_class.mass_high_kg, mass)
                low = min(fragment_class.mass_low_kg, high)
                rows.append((b, c, mass, low, high, mass / mean_log_uniform(low, high)))
    columns = list(zip(*rows, strict=True))
    integers = (np.array(columns[0], dtype=np.int64), np.array(columns[1], dtype=np.int64))
    return Strata(*integers, *(np.array(column, dtype=float) for column in columns[2:]))


def allocate_rows(strata: Strata, rows: int, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
    """How many rows each stratum gets, and the mass that one of them stands for.

    In proportion to the square root of the number of pieces: many small ones are well known from few rows, and few
    heavy ones must not be lost. With more rows than strata every stratum has at least one; with fewer, strata are
    picked by systematic sampling, and a picked one stands for others too (Horvitz, Thompson 1952).

    Args:
        strata: from ``strata_of``.
        rows: rows of this run, at least 1.
        rng: generator of this run.

    Returns:
        Rows per stratum, and mass per row (kg); both shape (strata,).
    """
    importance = np.sqrt(strata.expected)
    importance = importance / importance.sum()
    spare = rows - len(importance)
    base = 1 if spare >= 0 else 0
    edges = np.concatenate([[0.0], np.cumsum(importance)]) * (spare if base else rows)
    edges[-1] = spare if base else rows
    ticks = np.floor(edges + rng.random())
    counts = base + np.diff(ticks).astype(np.int64)
    return counts, strata.mass_kg / (counts if base else rows * importance)


def draw_pieces(scenario: Scenario, strata: Strata, rows: int, rng: np.random.Generator) -> Pieces:
    """Draw the pieces of one run.

    Mass and ballistic coefficient of a class are log-uniform. Within a stratum both are stratified (Latin hypercube),
    and mass is drawn with density m^-1/2 in place of m^-1, with weights m^-1/2, so that neither the number nor the mass
    of the pieces hangs on a few rows; the weights of a class are then scaled to its mass in the run. Area follows from
    beta = m / (C_D A) at Mach 20 in continuum flow. Spheres and plates are solid (a plate melts from its edges, where
    it is hottest). The others are hollow: a wall of ``wall_mm`` over the surface, the rest is contents.

    Args:
        scenario: classes and materials.
        strata: from ``strata_of``.
        rows: rows of this run.
        rng: generator of this run.

    Returns:
        ``rows`` pieces whose sum(weight x mass) is the mass of the strata.
    """
    counts, mass_per_row = allocate_rows(strata, rows, rng)
    stratum = np.repeat(np.arange(len(counts)), counts)
    u_mass, u_beta = (_latin(stratum, counts, rng) for _ in range(2))
    low, high = np.sqrt(strata.mass_low_kg[stratum]), np.sqrt(strata.mass_high_kg[stratum])
    root = low + u_mass * (high - low)
    mass = root * root
    # density m^-1/2 between the limits has the mean root (low + high) / 2
    expected_weight = mass_per_row[stratum] / (0.5 * (low + high) * root)
    weight = _conserving(expected_weight, mass, strata, stratum)
    classes = tuple(scenario.reentry.classes.values())
    kind = strata.fragment_class[stratum]
    beta_low = np.array([row.beta_low_kg_m2 for row in classes])[kind]
    beta_high = np.array([row.beta_high_kg_m2 for row in classes])[kind]
    area = mass / (beta_low * (beta_high / beta_low) ** u_beta * hypersonic_drag_coefficient())
    materials = list(scenario.materials)
    survive = scenario.reentry.composites_survive
    areal = np.array([_wall_areal_density(row, scenario) for row in classes])[kind]
    drags = [attitude_drag(row) for row in classes]
    trimmed = any(row.attitude != "tumbling" for row in classes)
    return Pieces(
        body=strata.body[stratum],
        fragment_class=kind,
        material=np.array([materials.index(row.material) for row in classes], dtype=np.int64)[kind],
        fate=np.array([fate_of(row, scenario.materials[row.material], survive) for row in classes])[kind],
        weight=weight,
        mass_kg=mass,
        wall_kg=np.minimum(mass, areal * 4.0 * area),
        area_m2=area,
        slow_law=np.array([slow_law_of(row) for row in classes])[kind],
        nose_radius_m=_nose_radii_m(scenario, kind, mass, area),
        drag_continuum=np.array([drag.continuum for drag in drags])[kind] if trimmed else NO_COLUMN,
        drag_free=np.array([drag.free for drag in drags])[kind] if trimmed else NO_COLUMN,
    )


PROPORTIONS = {
    "sphere": (1.0,),
    "shell": (1.0,),
    "cylinder": (2.0, 1.0),
    "box": (1.0, 1.0, 1.0),
    "plate": (1.0, 1.0, 0.02),
}
"""Of the pieces of a class: two diameters long, a cube, a square plate of a fiftieth. Judgement."""


def attitude_drag(row: FragmentClass) -> Drag:
    """Drag of the pieces of a class in their attitude, on a quarter of their surface.

    Args:
        row: the class, with an attitude that its shape can hold.
    """
    shape = "sphere" if row.shape == "shell" else row.shape
    return shape_named(shape, PROPORTIONS[row.shape], ATTITUDES[row.shape][row.attitude]).drag


def _nose_radii_m(scenario: Scenario, kind: IntArray, mass_kg: FloatArray, area_m2: FloatArray) -> FloatArray:
    """Nose radius of pieces by the scenario's convention, m; 0 for the sphere of the same surface, shape (n,).

    Half the smallest dimension: the radius of a sphere; half the thickness of a solid plate, whose two faces are its
    surface; half the edge of a cube; the radius of a cylinder of two diameters' length.
    """
    if scenario.reentry.nose_radius == "equal-surface":
        return np.zeros(len(kind))
    classes = tuple(scenario.reentry.classes.values())
    shape = np.array([row.shape for row in classes])[kind]
    density = np.array([scenario.materials[row.material].density_kg_m3 for row in classes])[kind]
    root = np.sqrt(area_m2)
    return np.select(
        [shape == "plate", shape == "box", shape == "cylinder"],
        [0.5 * mass_kg / (2.0 * area_m2 * density), 0.5 * root * np.sqrt(2.0 / 3.0), root * np.sqrt(0.4 / pi)],
        root / np.sqrt(pi),
    )


def _conserving(weight: FloatArray, mass_kg: FloatArray, strata: Strata, stratum: IntArray) -> FloatArray:
    """Scale weights so that every class, and the run, has its mass (classes without a row go to the others)."""
    kind = strata.fragment_class
    wanted = np.bincount(kind, strata.mass_kg)
    found = np.bincount(kind[stratum], weight * mass_kg, minlength=len(wanted))
    scaled = weight * (wanted / np.where(found > 0.0, found, 1.0))[kind[stratum]]
    return scaled * (strata.mass_kg.sum() / np.sum(scaled * mass_kg))


def _wall_areal_density(row: FragmentClass, scenario: Scenario) -> float:
    """Mass of the wall per outer surface, kg/m2; 0 for solid shapes."""
    if row.shape in ("sphere", "plate"):
        return 0.0
    return scenario.materials[row.material].density_kg_m3 * 1e-3 * row.wall_mm


def _latin(stratum: IntArray, counts: IntArray, rng: np.random.Generator) -> FloatArray:
    """Uniform numbers, shape (n,): one in each of the equal cells of every stratum, in random order."""
    n = len(stratum)
    order = np.lexsort((rng.random(n), stratum))
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    rank = np.empty(n)
    rank[order] = np.arange(n) - starts
    return (rank + rng.random(n)) / counts[stratum]


def rows_per_run(fragments: int, runs: int) -> IntArray:
    """Rows of each run: equal, the first ones taking what does not divide. Shape (runs,)."""
    return np.full(runs, fragments // runs, dtype=np.int64) + (np.arange(runs) < fragments % runs)
