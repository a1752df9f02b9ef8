"""Errors of the final burn: they move a whole footprint along the track; the runs of a break-up do not hold them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pointnemo.results import Branch

__all__ = ["BurnSpread", "burn_spread_of"]

FloatArray = NDArray[np.float64]

SHORT_SHARE, OVER_SHARE, TILT_DEG = 0.99, 1.01, 1.0  # the branches that tell the response to small errors


class BurnSpread(NamedTuple):
    """How the errors of the final burn move the whole footprint along the track; they are not in the runs.

    Spreads are judgement within the usual ranges (burn magnitude 0.3-1 %, pointing 0.5-1 deg, 0.1 m/s along the track
    after the last orbit determination at 200 km per m/s). Cross-track they move it by less than a kilometre.

    Attributes:
        short_km: range shift where the burn makes 1 % less than planned; positive down-range.
        over_km: where it makes 1 % more.
        outward_km_per_deg: where it points a degree outwards, in the plane of the orbit.
        magnitude_sigma: one sigma of the delta-v made, relative.
        pointing_sigma_deg: one sigma in the plane.
        navigation_km: one sigma of the range by the errors of the state at the burn.
    """

    short_km: float = 117.0
    over_km: float = -117.0
    outward_km_per_deg: float = 40.0
    magnitude_sigma: float = 0.005
    pointing_sigma_deg: float = 0.7
    navigation_km: float = 20.0

    def shift_km(self, magnitude: FloatArray, other: FloatArray) -> FloatArray:
        """Shift along the track for standard normal errors of the magnitude, and of pointing and navigation.

        Args:
            magnitude, other: standard normal numbers, any equal shapes.

        Returns:
            Km down-range: the parabola through both one-per-cent cases and the planned burn.
        """
        percent = 100.0 * self.magnitude_sigma * magnitude
        slope, bend = 0.5 * (self.over_km - self.short_km), 0.5 * (self.over_km + self.short_km)
        rest = np.hypot(self.outward_km_per_deg * self.pointing_sigma_deg, self.navigation_km)
        return slope * percent + bend * percent**2 + rest * other

    def sigma_km(self) -> float:
        """One sigma of the shift along the track, km: root of the sum of squares of its parts, bend included."""
        percent = 100.0 * self.magnitude_sigma
        slope, bend = 0.5 * (self.over_km - self.short_km), 0.5 * (self.over_km + self.short_km)
        parts = slope * percent, np.sqrt(2.0) * bend * percent**2, self.outward_km_per_deg * self.pointing_sigma_deg
        return float(np.sqrt(sum(part**2 for part in (*parts, self.navigation_km))))

    def add_to(self, extremes_km: FloatArray, magnitude: FloatArray, other: FloatArray) -> FloatArray:
        """Extremes with the burn's errors, shape (n, 4): the heel moves in as the toe moves out."""
        shift = self.shift_km(magnitude, other)
        flat = np.zeros_like(shift)
        return extremes_km + np.stack([-shift, shift, flat, flat], axis=-1)


def burn_spread_of(branches: Sequence[Branch], burn: str, nominal_km: float = 0.0) -> BurnSpread:
    """What the branches of the descent say about small errors of a burn.

    Args:
        branches: ``Descend.branches``: the burn a per cent short, a per cent over, and pointing a degree off.
        burn: id of the burn, the final one.
        nominal_km: range shift of the reference body past the aim when the burn works.

    Returns:
        The spread, with the general figures for whatever no branch tells.
    """
    general = BurnSpread()

    def shift(failure: str, amount: float, otherwise: float) -> float:
        for branch in branches:
            same = branch.burn == burn and branch.failure == failure and abs(branch.amount - amount) < 1e-6
            if same and branch.range_shift_km is not None and not branch.random:
                return branch.range_shift_km - nominal_km
        return otherwise

    return general._replace(
        short_km=shift("stops-early", SHORT_SHARE, general.short_km),
        over_km=shift("overburn", OVER_SHARE, general.over_km),
        outward_km_per_deg=abs(shift("points-wrong", TILT_DEG, general.outward_km_per_deg)) / TILT_DEG,
    )
