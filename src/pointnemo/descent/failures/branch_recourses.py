"""What can still be done after a burn of the targeted phase has gone wrong, with what the deorbit vehicle has left.

All of it is computed from the orbit, the mass and the propellant of the branch, by impulses: finite burns of this kind
take a few per cent more. Whether the thrusters work is not known; each recourse tells what it takes if they do.
"""

from __future__ import annotations

from math import ceil, degrees, floor, inf, pi, sqrt
from typing import TYPE_CHECKING, NamedTuple

from pointnemo.descent.failures.fall import Fall, Nature, fall, ground_speed_km_s
from pointnemo.descent.geometry import EARTH_MEAN_RADIUS_KM
from pointnemo.descent.impulses import complete_mps, raise_mps
from pointnemo.motion.averaged import zonal_rates
from pointnemo.motion.burns import BurnCommand, propellant_kg
from pointnemo.results import Recourse
from pointnemo.scenario import expand_flights
from pointnemo.station.attitude import Push, flies_backwards, pushes_of_vehicle
from pointnemo.world.earth import EARTH_RADIUS_KM, EARTH_ROTATION_RAD_S, MU_KM3_S2
from pointnemo.world.time import to_utc

if TYPE_CHECKING:
    from pointnemo.descent.targeted.engine import Engine
    from pointnemo.scenario.models import Scenario

__all__ = ["Situation", "recourses_of"]

TRIAL_MPS = 0.5  # a change of speed by which the fall is moved to see what a metre per second does
FALL_REVOLUTIONS = 0.5  # from the last burn to the ground
HALF_REVOLUTION_RAD = pi


class Situation(NamedTuple):
    """A branch when its failure is known.

    Attributes:
        fallen: the fall in the air of the model.
        early_tt_s: entry on the early side of the 90 % interval; None beyond what is looked at.
        spread_km: length of that interval along the track; None as before.
        left_kg: propellant of the deorbit vehicle.
        burn_centre_tt_s: middle of the burn as planned; its place on the orbit is passed again each revolution.
        burn_duration_s: of that burn.
        thrust_n: of that burn.
        inclination_rad: of the orbit.
        perigee_km: that the last burn is to leave.
    """

    fallen: Fall
    early_tt_s: float | None
    spread_km: float | None
    left_kg: float
    burn_centre_tt_s: float
    burn_duration_s: float
    thrust_n: float
    inclination_rad: float
    perigee_km: float


class _Passes(NamedTuple):
    """When the place of the burn is passed again in time, and what lies between.

    Attributes:
        first_tt_s, last_tt_s: the first and the last pass; the last is None beyond what is looked at.
        number: of passes, infinite as before.
        period_s: between two.
        west_deg: by how much further west each runs: the Earth turns and the node goes back.
    """

    first_tt_s: float
    last_tt_s: float | None
    number: float
    period_s: float
    west_deg: float


def recourses_of(situation: Situation, nature: Nature, engine: Engine, scenario: Scenario) -> tuple[Recourse, ...]:
    """What can still be done.

    Args:
        situation: the branch.
        ground: nature.
        engine: of the deorbit vehicle.
        scenario: control limit, port of the deorbit vehicle.

    Returns:
        Every recourse that the propellant pays for and time allows; one of ``none`` with the reasons where there is
        no other.
    """
    after, left = situation.fallen.after, situation.left_kg
    passes = _passes(situation, engine)
    if passes is None:
        return (Recourse(id="none", text="it comes down before another burn can be prepared"),)
    vehicle = scenario.descent.deorbit_vehicle
    found, short = [], []

    def add(what: str, name: str, delta_v_mps: float, text: str) -> None:
        kg = propellant_kg(after.mass_kg, delta_v_mps, engine.effective_impulse_s)
        paid = f"{delta_v_mps:.1f} m/s, {kg:,.0f} of {max(left, 0.0):,.0f} kg"
        if kg > left:
            short.append(f"{what} takes {paid}")
            return
        until = None if passes.last_tt_s is None else to_utc(passes.last_tt_s, 0)
        found.append(
            Recourse.model_validate(
                {
                    "id": name,
                    "text": f"{what}: {paid}{text}",
                    "vehicle": vehicle,
                    "until_utc": until,
                    "delta_v_mps": delta_v_mps,
                    "propellant_kg": kg,
                }
            )
        )

    rest = complete_mps(situation.fallen.perigee_km, situation.fallen.apogee_km, situation.perigee_km)
    if rest > 0.0:
        many = passes.number == inf
        counted = "" if many else f", on one of the next {passes.number:.0f} passes over the place of the burn"
        add(
            f"complete the descent to a perigee of {situation.perigee_km:.0f} km later",
            "complete-later",
            rest,
            f"{counted}; each runs {passes.west_deg:.1f} deg further west",
        )
    if (shift := _shift(situation, passes, nature, engine)) is not None:
        needed, hours = shift
        add("move the fall by half a revolution", "shift", needed, f", {hours:.1f} h before it")
    if (push := _push_up(scenario)) is not None:
        target = max(scenario.descent.control_limit_km, situation.fallen.apogee_km)
        turned = "; the station is turned round for it" if push.turn else ""
        needed = float(raise_mps(situation.fallen.perigee_km, situation.fallen.apogee_km, target))
        add(f"raise it to a circular orbit at {target:.0f} km", "raise", needed, turned)
    if found:
        return tuple(found)
    return (Recourse(id="none", text="; ".join(short) or "nothing that is left would help"),)


def _passes(situation: Situation, engine: Engine) -> _Passes | None:
    """Passages over the place of the burn that leave time to prepare and, in dense air, half a revolution to fall."""
    fallen = situation.fallen
    axis = EARTH_RADIUS_KM + (fallen.perigee_km + fallen.apogee_km) / 2
    period = 2 * pi * sqrt(axis**3 / MU_KM3_S2)
    eccentricity = (fallen.apogee_km - fallen.perigee_km) / (2 * axis)
    node_rad_s = zonal_rates(axis, eccentricity, situation.inclination_rad)[0]
    west_deg = degrees((EARTH_ROTATION_RAD_S - node_rad_s) * period)
    ready = fallen.after.tt_s + engine.least_pause_s + situation.burn_duration_s / 2
    first = max(1, ceil((ready - situation.burn_centre_tt_s) / period))
    first_tt_s = situation.burn_centre_tt_s + first * period
    if situation.early_tt_s is None:
        return _Passes(first_tt_s, None, inf, period, west_deg)
    last = floor((situation.early_tt_s - situation.burn_centre_tt_s) / period - FALL_REVOLUTIONS)
    if last < first:
        return None
    return _Passes(first_tt_s, situation.burn_centre_tt_s + last * period, last - first + 1, period, west_deg)


def _shift(situation: Situation, passes: _Passes, nature: Nature, engine: Engine) -> tuple[float, float] | None:
    """Velocity change that moves the fall by half a revolution, m/s, and how long before the fall it is made, h.

    What a metre per second does is found by trying a little on the next pass. To move a fall is of use only once its
    place is known to half a revolution. Both what a burn moves and what is not known shrink with the time left, so that
    the burn that is of use takes as many times more as the place is now known worse.

    Returns:
        None where it cannot be told.
    """
    before = situation.fallen
    if before.entry_tt_s is None or situation.spread_km is None or passes.first_tt_s >= nature.near.stop_tt_s:
        return None
    trial = BurnCommand(passes.first_tt_s, TRIAL_MPS, situation.thrust_n, engine.effective_impulse_s, True, "trial")
    tried = fall(before.after, [trial], nature)
    if before.travelled_rad is not None and tried.travelled_rad is not None:
        moved = before.travelled_rad - tried.travelled_rad
    elif tried.entry_tt_s is not None:
        speed = ground_speed_km_s(before.perigee_km, before.apogee_km) / EARTH_MEAN_RADIUS_KM
        moved = (before.entry_tt_s - tried.entry_tt_s) * speed
    else:
        return None
    if moved <= 0.0:
        return None
    wait = max(1.0, situation.spread_km / (HALF_REVOLUTION_RAD * EARTH_MEAN_RADIUS_KM))
    hours = (before.entry_tt_s - passes.first_tt_s) / 3600.0
    return TRIAL_MPS * HALF_REVOLUTION_RAD / moved * wait, hours / wait


def _push_up(scenario: Scenario) -> Push | None:
    """How the deorbit vehicle can raise the station from its last port, None where it cannot."""
    flight = expand_flights(scenario)[scenario.descent.deorbit_vehicle]
    port = scenario.station.ports[flight.moves[-1].port if flight.moves else flight.port]
    backwards = flies_backwards(scenario, "burns")
    pushes = pushes_of_vehicle(scenario.vehicles[flight.vehicle], port, backwards)
    return next((push for push in pushes if push.direction == "raise"), None)
