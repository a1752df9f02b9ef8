"""The state in which the station meets the atmosphere: the only thing this stage needs from the descent."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from pointnemo.errors import FlightError

__all__ = ["EntryState"]


@dataclass(frozen=True)
class EntryState:
    """The whole stack at the entry interface, after the final burn.

    Attributes:
        tt_s: TT seconds since J2000.
        position_km: GCRS.
        velocity_km_s: GCRS.
        mass_kg: everything that enters: station, docked vehicles, what is left of the propellant.
        cd_area_m2: free-molecular C_D A, as the orbit was flown with.
        aim_latitude_deg, aim_longitude_deg: where the descent aimed; down-range and cross-range count from here.
    """

    tt_s: float
    position_km: tuple[float, float, float]
    velocity_km_s: tuple[float, float, float]
    mass_kg: float
    cd_area_m2: float
    aim_latitude_deg: float
    aim_longitude_deg: float

    def __post_init__(self) -> None:
        """Refuse what cannot be flown.

        Raises:
            FlightError: a number is not finite, or mass or area is not positive.
        """
        numbers = (self.tt_s, *self.position_km, *self.velocity_km_s, self.aim_latitude_deg, self.aim_longitude_deg)
        if not all(isfinite(number) for number in (*numbers, self.mass_kg, self.cd_area_m2)):
            raise FlightError("the entry state holds a number that is not finite")
        if self.mass_kg <= 0.0 or self.cd_area_m2 <= 0.0:
            raise FlightError(f"the entry state needs mass and area above 0: {self.mass_kg} kg, {self.cd_area_m2} m2")
