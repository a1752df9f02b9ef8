"""The statement of assumptions: plain sentences with the numbers that were used.

What ESA asks a re-entry analysis to report (ESSB-ST-U-007): properties of the fragments, which of them float, models
and options, declared and safety areas (those are with ``assess``), and everything assumed.
"""

from __future__ import annotations

import numpy as np

from pointnemo.reentry.breakup import RunDraw
from pointnemo.reentry.catalogue import DOCKED, Body, hypersonic_drag_coefficient
from pointnemo.reentry.heating import INITIAL_TEMPERATURE_K, RESIDUAL_SHARE, TUMBLING_SHARE
from pointnemo.reentry.pack import ALWAYS, NEVER, fate_of
from pointnemo.reentry.triggers import FLOOR_KM
from pointnemo.results import Impacts
from pointnemo.scenario.models import Phase, Reentry, Scenario
from pointnemo.scenario.sources import source_of

__all__ = ["assumptions_of"]

LAWS = {
    "detra-kemp-riddell": "Detra, Kemp and Riddell",
    "sutton-graves": "Sutton and Graves",
    "fay-riddell": "Fay and Riddell",
    "scarab": "SCARAB",
    "van-driest": "Van Driest",
}
DRAG_BRIDGES = {
    "erf": "an error function fitted to SESAM",
    "table": "the table of SESAM",
    "sin2": "sin^2(pi (1/2 + log10 Kn / 4))",
    "sin3": "sin^3(pi (1/2 + log10 Kn / 4))",
    "erf-log": "an error function of log10 Kn from 1e-4 to 100 (TITAN)",
}
HEAT_BRIDGES = {"table": "the table of SESAM", "matting": "the law of Matting"}
MELTING = {
    "shell-then-solid": "walls melt at constant size, solids recede",
    "receding": "what melts recedes",
    "thin-shell": "what melts keeps its outer size",
}


def assumptions_of(
    scenario: Scenario, bodies: tuple[Body, ...], draws: list[RunDraw], impacts: Impacts
) -> tuple[str, ...]:
    """What the result rests on.

    Args:
        scenario: break-up phases, classes, materials.
        bodies: from ``station_bodies``.
        draws: of all runs.
        impacts: the rows kept.

    Returns:
        Sentences.
    """
    return (
        *_break_up(scenario, draws),
        *_masses(scenario, bodies, impacts, len(draws)),
        *_air(scenario, draws),
        *_attitudes(scenario),
        *_heat(scenario, draws),
        *_properties(scenario, impacts, len(draws)),
        f"A piece that survives is dangerous above {scenario.assess.energy_threshold_j:g} J; impact times and "
        "footprint are those of dangerous pieces, while foils below that may drift down for hours.",
        f"Footprint ends are per-run extremes (first half piece from either end) of {len(draws)} runs.",
        *_kept(impacts),
        "Fewer than a dozen re-entries are known piece by piece, none of a body above 130 t; agreement with other "
        "codes is agreement of conventions.",
    )


def _is_guess(scenario: Scenario, key: str) -> bool:
    """Whether the source of a table is a guess, or missing."""
    found = source_of(scenario.sources, key)
    return found is None or found[1].mark == "guess"


def _span(values: list[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}"


def _break_up(scenario: Scenario, draws: list[RunDraw]) -> list[str]:
    """When things come off and open."""
    reentry = scenario.reentry
    heights = np.array([draw.heights_km for draw in draws]).T
    found = list(zip(reentry.phases.items(), heights, strict=True))
    if reentry.trigger == "radiative-equilibrium":
        phases = "; ".join(
            f"{key} at {np.median(height):.1f} km (5 to 95 %: {np.quantile(height, 0.05):.1f} to "
            f"{np.quantile(height, 0.95):.1f})"
            for (key, _), height in found
        )
        said = [
            "Parts leave and open where the radiative-equilibrium temperature of their surface is at the melting point "
            f"of their material (ORSAT 2019), whatever the load: {phases}. Heat is that of the tumbling part, on the "
            f"sphere of the same surface; what is whole at {FLOOR_KM:g} km opens there."
        ]
    elif reentry.trigger == "height":
        phases = ", ".join(
            f"{key} {phase.height_km:g} +- {phase.sigma_km:g} km (drawn {height.min():.1f} to {height.max():.1f})"
            for (key, phase), height in found
        )
        said = [
            f"Break-up heights are assumed, not computed: {phases}; within a run they correlate with "
            f"{reentry.phase_correlation:g}."
        ]
    else:
        phases = "; ".join(
            f"{key} {_trigger(phase)} (at {np.median(height):.1f} km, 5 to 95 %: {np.quantile(height, 0.05):.1f} to "
            f"{np.quantile(height, 0.95):.1f})"
            for (key, phase), height in found
        )
        said = [
            f"Parts leave and open by load and temperature: {phases}. Loads are drag on a quarter of the surface "
            "less what the whole decelerates by; walls are lumped and start cold at the interface; no bending, no "
            f"inner pressure, no shadow of other parts. What is whole at {FLOOR_KM:g} km opens there. Strengths are "
            f"judgement and correlate with {reentry.phase_correlation:g}."
        ]
    speeds = ", ".join(f"{key} {phase.delta_v_mps:g}" for key, phase in reentry.phases.items())
    vents = (
        f"; {100 * reentry.vent_share:g} % of the pieces get {reentry.vent_delta_v_mps:g} m/s more (vents, explosions)"
        if reentry.vent_share > 0.0
        else "; no explosions"
    )
    said.append(f"Break-up throws pieces evenly in all directions, in m/s one sigma per axis: {speeds}{vents}.")
    return said


def _trigger(phase: Phase) -> str:
    """The trigger of a phase in words."""
    ways = []
    if phase.load_pa is not None:
        ways.append(f"{phase.load_pa:g} Pa (log-normal, sigma {phase.load_sigma:g})")
    if phase.melts == "lumped":
        ways.append(f"a wall of {phase.wall_kg_m2:g} kg/m2 at its melting point (sigma {phase.wall_sigma:g})")
    if phase.melts == "equilibrium":
        ways.append("radiative equilibrium at the melting point")
    return " or ".join(ways)


def _masses(scenario: Scenario, bodies: tuple[Body, ...], impacts: Impacts, runs: int) -> list[str]:
    """What enters and what it becomes."""
    reentry = scenario.reentry
    aboard = sum(body.mass_kg for body in bodies)
    docked = sum(body.mass_kg for body in bodies if body.key == DOCKED)
    outfitting = aboard - docked - sum(element.mass_kg for element in scenario.station.elements.values())
    pieces = float(impacts.weight.sum()) / runs
    guessed = sum(_is_guess(scenario, f"station.elements.{key}") for key in scenario.station.elements)
    return [
        f"The pieces are not listed anywhere: {len(bodies)} bodies become about {pieces:.0f} pieces a run, "
        f"which follow classes of ballistic coefficient, mass and material ({len(reentry.classes)} classes), drawn "
        "log-uniformly; the mass of a run is that which enters.",
        f"{aboard:.0f} kg enter, {docked:.0f} kg of it docked vehicles."
        + (
            f" {outfitting:.0f} kg of it, more than these and the elements weigh, is taken as outfitting of the "
            "elements that open later than they part."
            if outfitting >= 0.5
            else ""
        ),
        f"Mass or size of {guessed} of {len(scenario.station.elements)} elements is a guess by its source.",
    ]


def _attitudes(scenario: Scenario) -> list[str]:
    """What does not tumble."""
    rows = {**scenario.station.elements, **scenario.reentry.classes}
    held = [f"{key} {row.attitude}" for key, row in rows.items() if row.attitude != "tumbling"]
    if not held:
        return []
    return [
        f"Held in an attitude all the way down: {', '.join(held)}. That changes the drag alone; pieces are cylinders "
        "two diameters long, cubes, and plates of a fiftieth of their edge."
    ]


def _lift(reentry: Reentry) -> str:
    """Lift of the pieces in words."""
    if reentry.lift_to_drag == reentry.lift_to_drag_sigma == 0.0:
        return "no lift"
    parts = [f"{reentry.lift_to_drag:g}"] if reentry.lift_to_drag > 0.0 else []
    if reentry.lift_to_drag_sigma > 0.0:
        parts.append(f"half-normal sigma {reentry.lift_to_drag_sigma:g}")
    where = (
        "in any direction" if reentry.bank_deg is None else f"{reentry.bank_deg:g} deg to the right of up at release"
    )
    roll = f", turning by {reentry.roll_deg_s:g} deg/s" if reentry.roll_deg_s else ", fixed"
    return f"a lift / drag of {' plus '.join(parts)} {where}{roll}, down to Mach 1"


def _air(scenario: Scenario, draws: list[RunDraw]) -> list[str]:
    """Atmosphere, wind, drag, lift."""
    reentry = scenario.reentry
    density = _span([draw.density_scale for draw in draws])
    ballistic = _span([draw.ballistic_scale for draw in draws])
    if reentry.density_layers:
        layers = ", ".join(f"{row.height_km:g} km {row.sigma:g}" for row in reentry.density_layers.values())
        errors = f"Density of NRLMSISE-00 has log-normal errors by height, correlated over 20 km: sigma {layers}"
    else:
        errors = (
            f"Density of NRLMSISE-00 above 90 km is multiplied by {density} (log-normal, sigma "
            f"{reentry.density_sigma:g}; its square root below 80 km)"
        )
    wind = {
        "none": "no wind",
        "climatology": "mean wind in balance with the pressure of the model",
    }.get(reentry.wind, f"mean wind from the file {reentry.wind}, the same everywhere")
    if reentry.wind != "none":
        wind += f", gusts of {reentry.wind_sigma_mps:g} m/s one sigma per component, correlated over 7 km of height"
    return [
        f"{errors}; {wind}.",
        f"Drag area of the station and of its parts is multiplied by {ballistic} "
        f"(log-normal, sigma {reentry.ballistic_sigma:g}).",
        f"Pieces have C_D {hypersonic_drag_coefficient():.3f} on a quarter of their surface in hypersonic continuum "
        f"flow while they tumble, and {_lift(reentry)}; below Mach 5 drag is that of a sphere, a cube or a plate by "
        f"class. To free-molecular flow C_D goes over by {DRAG_BRIDGES[reentry.drag_bridge]}, heat by "
        f"{HEAT_BRIDGES[reentry.heat_bridge]}.",
    ]


def _heat(scenario: Scenario, draws: list[RunDraw]) -> list[str]:
    """Heating, walls, materials, and what is not left to them."""
    reentry = scenario.reentry
    nose = {
        "equal-surface": "on the radius of the sphere of equal surface",
        "half-smallest": "on half the smallest dimension",
    }[reentry.nose_radius]
    rows = {key: scenario.materials[row.material] for key, row in reentry.classes.items()}
    fates = {key: fate_of(row, rows[key], reentry.composites_survive) for key, row in reentry.classes.items()}
    always = [key for key, fate in fates.items() if fate == ALWAYS]
    never = [key for key, fate in fates.items() if fate == NEVER]
    used = sorted({row.material for row in reentry.classes.values()})
    guesses = [key for key in used if _is_guess(scenario, f"materials.{key}")]
    wall = (
        "has one wall temperature"
        if reentry.wall_model == "lumped"
        else "has a wall in layers where its conductivity is known, else one wall temperature"
    )
    oxidation = f"{100 * reentry.oxidation:g} % of its oxide heat" if reentry.oxidation > 0.0 else "no oxidation"
    return [
        f"Heat is that of {LAWS[reentry.heating_law]} times {TUMBLING_SHARE:.3f} (tumbling) {nose}, times "
        f"{_span([draw.heat_scale for draw in draws])} (log-normal, sigma {reentry.heat_sigma:g}, the spread between "
        "accepted laws); the radius for shapes other than spheres is a convention, and worth 11 times for plates.",
        f"A piece starts at {INITIAL_TEMPERATURE_K:.0f} K, {wall} and {oxidation}; {MELTING[reentry.melting]}; "
        f"with {100 * RESIDUAL_SHARE:.0f} % of its mass left it is gone; what a hollow piece holds is exposed when its "
        "wall is gone.",
        f"{len(guesses)} of the {len(used)} materials in use are guesses by their source; each has one specific heat, "
        "one melting temperature and one emissivity.",
        "Taken to survive whatever the heat: "
        + (", ".join(always) if always else "no class")
        + "; computing carbon fibre as a metal is known to be unsafe."
        + (f" Taken to burn up: {', '.join(never)}." if never else ""),
    ]


def _properties(scenario: Scenario, impacts: Impacts, runs: int) -> list[str]:
    """What reaches the ground: number, mass, ballistic coefficient, speed; what floats and what is toxic."""
    rows = impacts.survives
    if not rows.any():
        return ["Nothing reaches the ground."]
    weight, mass, area = impacts.weight[rows] / runs, impacts.mass_kg[rows], impacts.area_m2[rows]
    beta = mass / area
    ends = [np.quantile(column, [0.05, 0.95], weights=weight, method="inverted_cdf") for column in (mass, beta)]
    speed = np.quantile(impacts.speed_mps[rows], [0.05, 0.95], weights=weight, method="inverted_cdf")
    kinds = list(scenario.reentry.classes.values())
    kind = impacts.fragment_class[rows]
    flags = {
        name: np.array([getattr(scenario.materials[row.material], name) for row in kinds])[kind]
        for name in ("floats", "toxic")
    }
    return [
        f"What reaches the ground, a run: {weight.sum():.0f} pieces of {np.sum(weight * mass):.0f} kg together, from "
        f"{mass.min():.2g} to {mass.max():.4g} kg; nine of ten have {ends[0][0]:.2g} to {ends[0][1]:.3g} kg, "
        f"{ends[1][0]:.2g} to {ends[1][1]:.3g} kg/m2 (mass over mean projected area) and {speed[0]:.0f} to "
        f"{speed[1]:.0f} m/s.",
        f"Of these {weight[flags['floats']].sum():.0f} may float and {weight[flags['toxic']].sum():.0f} are of a toxic "
        "material, by the flags of the materials.",
    ]


def _kept(impacts: Impacts) -> list[str]:
    """That only a part of the rows was kept, where it is so."""
    rows = len(impacts.run)
    if impacts.pieces_flown <= rows:
        return []
    return [
        f"Of {impacts.pieces_flown} pieces flown {rows} are kept, with weights that stand for the others; masses, "
        "numbers and footprint ends are of all pieces, the polygon of the footprint and maps of those kept."
    ]
