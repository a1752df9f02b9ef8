"""Small worlds and start states for tests of the history: no tracking file, no forecast."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from pointnemo.motion.history import Corridor, Decision
from pointnemo.motion.history_tables import Policy, Schedule
from pointnemo.results import Estimate, MeanElements, Track
from pointnemo.scenario.models import Scenario
from pointnemo.station.stack import mass_at
from pointnemo.world.atmosphere import climate_table
from pointnemo.world.density import ClimateTable
from pointnemo.world.earth import EARTH_RADIUS_KM, EarthOrientation, load_earth_orientation
from pointnemo.world.time import from_mjd_utc
from pointnemo.world.weather import Activity, SpaceWeather

MJD_ORDINAL = date(1858, 11, 17).toordinal()


class SteadyWeather(SpaceWeather):
    """Weather that everybody knows: all lines through its forecast are the same."""

    def line(self, activity: Activity) -> SpaceWeather:
        """The same weather under another name."""
        return replace(self, activity=activity)


def steady_weather(first: date, last: date, f107: float = 100.0, ap: float = 8.0) -> SpaceWeather:
    """The same weather every day; one day to spare at either end."""
    days = (last - first).days + 3
    same = np.ones(days)
    return SteadyWeather(
        mjd0=first.toordinal() - MJD_ORDINAL - 1,
        f107=f107 * same,
        f107a=f107 * same,
        ap=ap * same,
        regime=np.zeros(days, dtype=np.int8),
        issued="2026-01-01",
        source="test",
    )


@dataclass(frozen=True)
class SteadyWorld:
    """As much of a world as packing and falls read."""

    weather: SpaceWeather

    @property
    def climate(self) -> ClimateTable:
        """Density for any day."""
        return climate_table()

    @property
    def earth(self) -> EarthOrientation:
        """The bundled orientation of the Earth."""
        return load_earth_orientation()


def steady_world(first: date, last: date, f107: float = 100.0, ap: float = 8.0) -> SteadyWorld:
    """A world with the same weather every day."""
    return SteadyWorld(steady_weather(first, last, f107, ap))


def track_at(scenario: Scenario, altitude_km: float, epoch_utc: str = "2026-09-04T12:00:00.000Z") -> Track:
    """A track of a station on a nearly frozen orbit; the osculating state is not used by histories and left at zero."""
    mass_kg = mass_at(scenario, date.fromisoformat(epoch_utc[:10]))
    cd_area = scenario.station.drag.cd_area_m2

    def estimate(value: float, unit: str) -> Estimate:
        return Estimate(value=value, low=0.9 * value, high=1.1 * value, level=0.9, unit=unit)

    return Track(
        epoch_utc=epoch_utc,
        origin="made up for a test",
        position_km=(0.0, 0.0, 0.0),
        velocity_km_s=(0.0, 0.0, 0.0),
        position_sigma_km=0.1,
        altitude_km=altitude_km,
        apogee_km=altitude_km + 6.0,
        perigee_km=altitude_km - 6.0,
        inclination_deg=51.63,
        mean=MeanElements(
            semi_major_axis_km=EARTH_RADIUS_KM + altitude_km,
            eccentricity_x=0.0002,
            eccentricity_y=0.0009,
            inclination_deg=51.63,
            node_deg=280.0,
            argument_of_latitude_deg=0.0,
        ),
        mass_kg=mass_kg,
        cd_area_m2=estimate(cd_area, "m2"),
        ballistic_factor_m2_kg=estimate(cd_area / mass_kg, "m2/kg"),
        decay_km_per_day=estimate(0.05, "km/day"),
    )


def unplanned(tanks: int, steps: int, act_km: float = 0.0, raise_km: float = 0.0) -> dict[str, Any]:
    """The last fields of a schedule without a plan, on which anything that is aboard may raise on any day."""
    return {
        "can_raise": np.ones((tanks, steps), dtype=np.bool_),
        "pause_days": np.zeros(steps, dtype=np.int64),
        "planned_km": np.zeros(steps),
        "planned_tank": np.full(steps, -1, dtype=np.int64),
        "act_km": np.full(steps, act_km),
        "raise_km": np.full(steps, raise_km),
    }


def bare_decision(
    first_day: date,
    days: int,
    start: tuple[float, float, float, float],
    inclination_rad: float,
    ballistic_m2_kg: float,
    stop_altitude_km: float = 180.0,
) -> Decision:
    """A body of constant mass that nothing raises, lowers or visits: from 00:00 UTC, day by day."""
    mass_kg = 400e3
    tt_s = from_mjd_utc(first_day.toordinal() - MJD_ORDINAL + np.arange(days + 1.0))
    nothing = np.zeros(1)
    none = np.zeros(0, dtype=np.int64)
    return Decision(
        first_day=first_day,
        tanks=("lowering",),
        partners=("nobody",),
        crossings=("targeting",),
        schedule=Schedule(
            tt_s=tt_s,
            dry_mass_kg=np.full(days, mass_kg),
            from_step=np.array([days + 1]),
            to_step=np.array([days + 2]),
            brought_kg=nothing,
            capacity_kg=nothing,
            reserve_kg=nothing,
            specific_impulse_s=np.array([300.0]),
            thrust_n=nothing,
            partner=np.array([-1]),
            is_station=np.zeros(1, dtype=np.bool_),
            raise_order=none,
            attitude_order=none,
            **unplanned(1, days),
        ),
        policy=Policy(
            reboost_max_km_s=1e-3,
            reboost_min_km_s=0.0,
            attitude_kg_per_day=0.0,
            lowering_step=days + 1,
            lowering_tank=0,
            lowering_kg=0.0,
            lowering_kg_per_day=1.0,
            hold_km=EARTH_RADIUS_KM + stop_altitude_km,
            targeting_km=EARTH_RADIUS_KM + stop_altitude_km,
            crossings_km=np.array([EARTH_RADIUS_KM + stop_altitude_km]),
            cd_area_m2=ballistic_m2_kg * mass_kg,
            inclination_rad=inclination_rad,
        ),
        start=np.array(start),
        corridor=Corridor(np.zeros(days + 1), 0.0),
    )
