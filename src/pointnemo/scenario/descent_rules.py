"""Rules of the way down that need nothing but the descent and the vehicle that makes its burns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pointnemo.errors import Defect
from pointnemo.scenario.models import Scenario

__all__ = [
    "LOWEST_PERIGEE_KM",
    "LOWEST_TARGETING_KM",
    "hold_range",
    "pauses_of_burns",
    "reach_of_burns",
    "weeks_of_phasing",
]

LOWEST_TARGETING_KM = 180.0  # below this mean altitude a revolution's average means nothing (motion.averaged)
LOWEST_PERIGEE_KM = -1000.0  # steeper than any entry that targeting is made for, about -4 deg at the interface
LONGEST_PHASING_DAYS = 60.0  # the place along the orbit is not known so early, see docs/descend.md: judgement
LONGEST_REVOLUTION_S = 5700.0  # longer than any below 500 km


def hold_range(scenario: Scenario) -> Iterator[Defect]:
    """The hold altitudes that the search may choose are a range, inside the way from the crew's departure down."""
    descent = scenario.descent
    hold = descent.hold_altitude_km
    low = hold if descent.hold_low_km is None else descent.hold_low_km
    high = hold if descent.hold_high_km is None else descent.hold_high_km
    if low > high:
        if descent.hold_low_km is None:
            yield Defect("descent.hold_high_km", f"{high:g} is below hold_altitude_km {hold:g}", "give hold_low_km too")
        elif descent.hold_high_km is None:
            yield Defect("descent.hold_low_km", f"{low:g} is above hold_altitude_km {hold:g}", "give hold_high_km too")
        else:
            yield Defect("descent.hold_low_km", f"{low:g} is above hold_high_km {high:g}", "exchange the two?")
    if descent.hold_low_km is not None and low < descent.targeting_altitude_km:
        what = f"{low:g} is below targeting_altitude_km {descent.targeting_altitude_km:g}"
        yield Defect("descent.hold_low_km", what, "the descent passes the hold altitude first")
    if descent.hold_high_km is not None and high > descent.crew_departure_altitude_km:
        what = f"{high:g} is above crew_departure_altitude_km {descent.crew_departure_altitude_km:g}"
        yield Defect("descent.hold_high_km", what, "the crew leaves above the hold altitude")


def reach_of_burns(scenario: Scenario) -> Iterator[Defect]:
    """Where the targeted burns begin and end is within what can be flown, and so is what steering takes.

    No burn takes more thrusters than the deorbit vehicle can burn together, where its ``duty`` tells them.
    """
    descent = scenario.descent
    if descent.targeting_altitude_km < LOWEST_TARGETING_KM:
        what = f"{descent.targeting_altitude_km:g} km is lower than averaged motion reaches"
        yield Defect("descent.targeting_altitude_km", what, f"{LOWEST_TARGETING_KM:g} or more")
    flight = scenario.flights.get(descent.deorbit_vehicle)
    vehicle = None if flight is None else scenario.vehicles.get(flight.vehicle)
    if flight is not None and vehicle is not None:
        brought = vehicle.propellant_kg if flight.propellant_kg is None else flight.propellant_kg
        if descent.attitude_kg_per_day > brought:
            what = f"{descent.attitude_kg_per_day:g} is more than all that {descent.deorbit_vehicle} brings"
            yield Defect("descent.attitude_kg_per_day", what, f"kg a day, less than {brought:g}")
    for key, burn in descent.burns.items():
        if burn.perigee_km < LOWEST_PERIGEE_KM:
            what = f"{burn.perigee_km:g} km is deeper than a targeted entry is flown to"
            yield Defect(f"descent.burns.{key}.perigee_km", what, f"{LOWEST_PERIGEE_KM:g} or more")
        if flight is None or vehicle is None or vehicle.duty is None or burn.thrusters <= vehicle.duty.thrusters:
            continue
        most, kind = vehicle.duty.thrusters, flight.vehicle
        what = f"{burn.thrusters} is more than the {most} of {kind!r} that can burn together"
        mend = f"at most {most}, or raise vehicles.{kind}.duty.thrusters"
        yield Defect(f"descent.burns.{key}.thrusters", what, mend)


def weeks_of_phasing(scenario: Scenario) -> Iterator[Defect]:
    """Phasing begins no earlier than the place of the station along its orbit means anything."""
    days = scenario.descent.phasing_days
    if days > LONGEST_PHASING_DAYS:
        what = f"{days:g} days before the targeted burns nobody knows where on its orbit the station will be"
        yield Defect("descent.phasing_days", what, f"{LONGEST_PHASING_DAYS:g} or less; 21 days do for any pass")


def pauses_of_burns(scenario: Scenario) -> Iterator[Defect]:
    """Two burns lie further apart than the thrusters rest and the attitude settles, however short the burns are."""
    descent = scenario.descent
    flight = scenario.flights.get(descent.deorbit_vehicle)
    vehicle = None if flight is None else scenario.vehicles.get(flight.vehicle)
    rest_s = 0.0 if vehicle is None or vehicle.duty is None else vehicle.duty.rest_s
    pause_s = rest_s + descent.settling_s
    burns = sorted(descent.burns.items(), key=lambda item: -item[1].revolutions_before_final)
    for (_, before), (key, burn) in pairwise(burns):
        apart_s = (before.revolutions_before_final - burn.revolutions_before_final) * LONGEST_REVOLUTION_S
        if 0.0 < apart_s < pause_s:
            what = f"comes {apart_s:.0f} s after the burn before at most; rest and settling take {pause_s:.0f} s"
            mend = "put them more revolutions apart, or shorten duty.rest_s or descent.settling_s"
            yield Defect(f"descent.burns.{key}.revolutions_before_final", what, mend)
