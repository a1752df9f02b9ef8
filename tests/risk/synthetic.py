"""Small sets of fragments whose risk can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from tests.factories import make_reenter

from pointnemo.results import Impacts, Reenter


def impacts(
    latitude_deg: Sequence[float],
    longitude_deg: Sequence[float],
    *,
    run: Sequence[int] | None = None,
    weight: float = 1.0,
    area_m2: float = 1.0,
    energy_j: Sequence[float] | float = 1000.0,
    survives: Sequence[bool] | bool = True,
) -> Impacts:
    """Fragments of one class at given places; every argument may be one number for all."""
    count = len(latitude_deg)

    def column(value: float | Sequence[float]) -> np.ndarray:
        return np.broadcast_to(np.asarray(value, dtype=float), (count,)).copy()

    zeros = np.zeros(count)
    return Impacts(
        run=np.zeros(count, dtype=np.int64) if run is None else np.asarray(run, dtype=np.int64),
        element=np.zeros(count, dtype=np.int64),
        elements=("truss",),
        fragment_class=np.zeros(count, dtype=np.int64),
        classes=("tank",),
        weight=column(weight),
        survives=np.broadcast_to(np.asarray(survives, dtype=bool), (count,)).copy(),
        latitude_deg=column(latitude_deg),
        longitude_deg=column(longitude_deg),
        downrange_km=zeros,
        crossrange_km=zeros,
        mass_kg=column(10.0),
        initial_mass_kg=column(10.0),
        area_m2=column(area_m2),
        speed_mps=column(50.0),
        kinetic_energy_j=column(energy_j),
        release_height_km=column(78.0),
        demise_height_km=zeros,
        time_of_fall_s=column(600.0),
    )


def reenter(fragments: Impacts | None, realisations: int = 1) -> Reenter:
    return make_reenter(fragments).model_copy(update={"realisations": realisations, "impacts": fragments})
