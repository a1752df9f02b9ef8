"""The engine of the targeted burns: what the thrusters of the deorbit vehicle give, and what their duty allows."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, inf, radians
from typing import TYPE_CHECKING

from pointnemo.world.time import DAY_S

if TYPE_CHECKING:
    from pointnemo.scenario.models import FinalBurn, Scenario

__all__ = ["Engine", "engine_of", "ordered_burns"]


@dataclass(frozen=True)
class Engine:
    """Thrusters that burn together, and what goes on between their burns.

    A thruster canted by an angle c from the wanted direction gives cos c of its thrust along it; its neighbours cancel
    the rest. Propellant flows as without a cant, so the effective specific impulse falls by the same cosine.

    Attributes:
        specific_impulse_s: of a thruster along its own axis.
        cosine: of the cant.
        longest_burn_s: without a pause; infinite where nothing limits it.
        rest_s: pause after a burn.
        settling_s: the attitude is held so long before each ignition.
        attitude_kg_s: propellant for steering while coasting in the targeted phase; it leaves without thrust.
    """

    specific_impulse_s: float
    cosine: float = 1.0
    longest_burn_s: float = inf
    rest_s: float = 0.0
    settling_s: float = 0.0
    attitude_kg_s: float = 0.0

    @property
    def effective_impulse_s(self) -> float:
        """Specific impulse along the wanted direction, s."""
        return self.specific_impulse_s * self.cosine

    @property
    def least_pause_s(self) -> float:
        """From the end of a burn to the next ignition: rest, then settling, s."""
        return self.rest_s + self.settling_s

    def thrust_n(self, burn: FinalBurn) -> float:
        """Thrust of all thrusters of a burn along the wanted direction, N."""
        return burn.thrusters * burn.thruster_thrust_n * self.cosine


def engine_of(scenario: Scenario) -> Engine:
    """The engine that makes the targeted burns of a scenario.

    Args:
        scenario: names the deorbit vehicle; its ``duty`` limits the thrusters.

    Returns:
        The engine; without a ``duty`` nothing is lost to a cant and a burn may take as long as it likes.
    """
    descent = scenario.descent
    vehicle = scenario.vehicles[scenario.flights[descent.deorbit_vehicle].vehicle]
    duty = vehicle.duty
    return Engine(
        specific_impulse_s=vehicle.specific_impulse_s,
        cosine=1.0 if duty is None else cos(radians(duty.cant_deg)),
        longest_burn_s=inf if duty is None else duty.longest_burn_s,
        rest_s=0.0 if duty is None else duty.rest_s,
        settling_s=descent.settling_s,
        attitude_kg_s=descent.attitude_kg_per_day / DAY_S,
    )


def ordered_burns(burns: dict[str, FinalBurn]) -> tuple[tuple[str, FinalBurn], ...]:
    """The targeted burns in the order in which they are made."""
    return tuple(sorted(burns.items(), key=lambda item: -item[1].revolutions_before_final))
