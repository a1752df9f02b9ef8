"""The statement of assumptions: plain sentences with the numbers that were used."""

from __future__ import annotations

import numpy as np

from pointnemo.reentry.breakup import RunDraw
from pointnemo.reentry.catalogue import DOCKED, Body, hypersonic_drag_coefficient
from pointnemo.reentry.heating import INITIAL_TEMPERATURE_K, RESIDUAL_SHARE, TUMBLING_SHARE
from pointnemo.scenario.models import Scenario

__all__ = ["assumptions_of"]


def assumptions_of(scenario: Scenario, bodies: tuple[Body, ...], draws: list[RunDraw]) -> tuple[str, ...]:
    """What the result rests on.

    Args:
        scenario: break-up phases, classes, materials.
        bodies: from ``station_bodies``.
        draws: of all runs.

    Returns:
        Sentences.
    """
    reentry = scenario.reentry
    aboard = sum(body.mass_kg for body in bodies)
    docked = sum(body.mass_kg for body in bodies if body.key == DOCKED)
    outfitting = aboard - docked - sum(element.mass_kg for element in scenario.station.elements.values())
    always = [key for key, row in reentry.classes.items() if row.survives == "always"]
    density, ballistic, heat = (
        (min(getattr(draw, name) for draw in draws), max(getattr(draw, name) for draw in draws))
        for name in ("density_scale", "ballistic_scale", "heat_scale")
    )
    heights = np.array([draw.heights_km for draw in draws])
    phases = ", ".join(
        f"{key} {phase.height_km:g} +- {phase.sigma_km:g} km (drawn {height.min():.1f} to {height.max():.1f})"
        for (key, phase), height in zip(reentry.phases.items(), heights.T, strict=True)
    )
    return (
        f"Break-up heights are assumed, not computed: {phases}; within a run they correlate with "
        f"{reentry.phase_correlation:g}.",
        "No list of the station's pieces is public: they follow classes of ballistic coefficient, mass and material "
        f"({len(reentry.classes)} classes), drawn log-uniformly.",
        f"{aboard:.0f} kg enter. {outfitting:.0f} kg of it, more than the elements and the de-orbit vehicle "
        f"({docked:.0f} kg) weigh, is taken as outfitting of the elements that open later than they part.",
        f"Upper-atmosphere density is multiplied by {density[0]:.2f} to {density[1]:.2f} (log-normal, sigma "
        f"{reentry.density_sigma:g}; its square root below 80 km); no wind.",
        f"Drag area of the station and of its parts is multiplied by {ballistic[0]:.2f} to {ballistic[1]:.2f} "
        f"(log-normal, sigma {reentry.ballistic_sigma:g}).",
        f"Pieces tumble, with C_D {hypersonic_drag_coefficient():.3f} on a quarter of their surface in hypersonic "
        f"continuum flow, and a lift / drag of half-normal sigma {reentry.lift_to_drag_sigma:g} in a fixed direction "
        "down to Mach 1.",
        f"Heat is that of Detra, Kemp and Riddell times {TUMBLING_SHARE:.3f} (tumbling) on the radius of the sphere of "
        f"equal surface, times {heat[0]:.2f} to {heat[1]:.2f} (log-normal, sigma {reentry.heat_sigma:g}).",
        f"A piece starts at {INITIAL_TEMPERATURE_K:.0f} K, has one wall temperature and no oxidation; walls melt at "
        f"constant size, solids recede; with {100 * RESIDUAL_SHARE:.0f} % of its mass left it is gone; what a hollow "
        "piece holds is exposed when its wall is gone.",
        "Taken to survive whatever the heat: "
        + (", ".join(always) if always else "no class")
        + "; computing carbon fibre as a metal is known to be unsafe.",
        f"A piece that survives is dangerous above {scenario.assess.energy_threshold_j:g} J; impact times and "
        "footprint are those of dangerous pieces, while foils below that may drift down for hours.",
        f"Footprint ends are per-run extremes (first half piece from either end) of {len(draws)} runs.",
    )
