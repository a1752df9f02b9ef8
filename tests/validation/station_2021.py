"""The ISS from August 2021 to February 2022 as it was: what a planner would have been given, and what was flown.

``scenario`` is the shipped station with the start state of NASA's file of 2021-08-13, the flights of those months,
their masses, and the measured altitude of 2022-02-18 as its end. ``measured`` is the mean orbit day by day from element
sets; ``fitted_area_m2`` the one drag area that explains its fall between burns; ``need`` what altitude and drag ask of
the engines; ``REAL_BURNS`` what the engines gave.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tests.history_cases import MJD_ORDINAL
from tests.validation.test_averaged_real import element_sets, quiet_arcs

from pointnemo.formats.tracking_files import TrackingFile, read_tracking
from pointnemo.motion.averaged import MAX_DROP_KM, MeanState, density_of_day, drag_rates
from pointnemo.motion.geopotential_wave import steady_mean
from pointnemo.operations.windows import StationOrbit
from pointnemo.results import Track
from pointnemo.scenario import Scenario, load_scenario
from pointnemo.station.stack import mass_at
from pointnemo.tracking.stage import track
from pointnemo.world import World, load_world, time
from pointnemo.world.earth import EARTH_RADIUS_KM, MU_KM3_S2

FloatArray = NDArray[np.float64]

FIRST_FILE, LAST_FILE = "2021-08-13", "2022-02-18"
FIRST_DAY, LAST_DAY = date(2021, 8, 13), date(2022, 2, 18)
FILES = (
    "2021-08-13", "2021-08-25", "2021-09-01", "2021-09-15", "2021-09-22", "2021-10-01", "2021-12-24", "2022-01-03",
    "2022-01-17", "2022-01-31", "2022-02-07", "2022-02-11", "2022-02-14", "2022-02-16", "2022-02-18",
)  # fmt: skip
UPPER_KM = 425.0
DAY_S = 86400.0
LEVEL_DAYS = (2, 4)  # after a burn: element sets are fitted over a day or two
DECAY_KM_DAY = 0.03  # between an element set and a launch a day later: 0.02 deg of phase
ENDS = 5  # element sets whose median is either end of a quiet arc

# --- what was flown --------------------------------------------------------------------------------------------------


class RealBurn(NamedTuple):
    """A burn that was made.

    Attributes:
        day: UTC.
        delta_v_mps: along the velocity, by a source other than element sets; None where there is none.
        source: of the size.
    """

    day: date
    delta_v_mps: float | None
    source: str


REAL_BURNS = (
    RealBurn(date(2021, 8, 21), 0.731, "found by tracking; NASA's file of 08-13 had planned 0.65 m/s on 08-19"),
    RealBurn(date(2021, 9, 11), 0.421, "found by tracking; NASA's file of 09-01 had planned 0.31 m/s"),
    RealBurn(date(2021, 9, 24), -0.650, "NASA's file of 09-22, made as announced: a lowering"),
    RealBurn(date(2021, 10, 12), 0.520, "NASA's file of 10-01, announced"),
    RealBurn(date(2021, 11, 10), None, "element sets; debris avoidance, from memory"),
    RealBurn(date(2021, 12, 3), None, "element sets; debris avoidance by lowering, from memory"),
    RealBurn(date(2021, 12, 24), None, "element sets; a lowering that no file at hand announces"),
    RealBurn(date(2022, 1, 12), 0.771, "found by tracking; NASA's file of 01-03 had planned 0.54 m/s"),
    RealBurn(date(2022, 2, 8), 0.260, "NASA's file of 02-07, made as announced"),
)

# Key: vehicle, port, launch, docking, undocking, crew, rendezvous. Dates from memory unless said otherwise.
_FLIGHTS = {
    # launch and docking: facts on crewed flights; relocation to Nauka: NASA's event tables (64S)
    "soyuz-ms-18": ("soyuz-ms", "rassvet-nadir", "2021-04-09", "2021-04-09", "2021-10-17", 3, ()),
    "crew-2": ("crew-dragon", "harmony-zenith", "2021-04-23", "2021-04-24", "2021-11-08", 4, ()),
    "progress-ms-17": ("progress-ms", "poisk-zenith", "2021-06-29", "2021-07-02", "2021-11-25", 0, ()),
    "cygnus-ng-16": ("cygnus", "unity-nadir", "2021-08-10", "2021-08-12", "2021-11-20", 0, ()),
    # undocking: NASA's event tables; launch a day after their plan
    "spx-23": ("cargo-dragon", "harmony-forward", "2021-08-29", "2021-08-30", "2021-09-30", 0, ()),
    # NASA's event tables (65S, two orbits)
    "soyuz-ms-19": ("soyuz-ms", "rassvet-nadir", "2021-10-05", "2021-10-05", "2022-03-30", 3, ("2-orbit",)),
    "progress-ms-18": ("progress-ms", "zvezda-aft", "2021-10-28", "2021-10-30", "2022-06-01", 0, ("two-day",)),
    # launch and docking published (blogen.wiki, en.wikipedia)
    "crew-3": ("crew-dragon", "harmony-forward", "2021-11-11", "2021-11-11", "2022-05-05", 4, ()),
    # the tug that brought Prichal, and Prichal
    "progress-m-um": ("progress-ms", "prichal-nadir", "2021-11-24", "2021-11-26", "2021-12-22", 0, ("two-day",)),
    "prichal": ("prichal", "nauka-nadir", None, "2021-11-26", "2035-12-31", 0, ()),
    # launch and docking: facts on crewed flights (four orbits)
    "soyuz-ms-20": ("soyuz-ms", "poisk-zenith", "2021-12-08", "2021-12-08", "2021-12-20", 3, ("4-orbit",)),
    "spx-24": ("cargo-dragon", "harmony-zenith", "2021-12-21", "2021-12-22", "2022-01-23", 0, ()),
    # NASA's event tables (80P)
    "progress-ms-19": ("progress-ms", "poisk-zenith", "2022-02-15", "2022-02-17", "2022-10-23", 0, ("two-day",)),
}
_MOVES = {
    "soyuz-ms-18": ({"day": date(2021, 9, 28), "port": "nauka-nadir"},),
    "progress-ms-17": ({"day": date(2021, 10, 22), "port": "nauka-nadir"},),
}
_WITHOUT_PROPELLANT = ("cygnus-ng-16", "progress-m-um")  # the first Cygnus to raise the station was NG-17, in June 2022
FORCED = ("soyuz-ms-19", "progress-ms-18", "progress-m-um", "soyuz-ms-20", "progress-ms-19")
"""Flights of the window whose launch asks for a phase; NASA's files announce the first and the last."""


# --- data ------------------------------------------------------------------------------------------------------------


@cache
def world() -> World:
    """The bundled tables: all of this was observed."""
    return load_world(bundled=True)


@cache
def tracked(reference_data: Path, day: str) -> TrackingFile:
    """NASA's file that begins on a day."""
    return read_tracking(reference_data / "oem" / f"ISS_OEM_{day}.xml.xz")


def start_altitude(file: TrackingFile) -> tuple[float, float]:
    """MJD (UTC) and mean altitude (km) of the first state of a file, the one in it that is no prediction."""
    mean = steady_mean(file.tt_s[0], file.position_km[0], file.velocity_km_s[0], world().earth)
    return float(time.mjd_utc(file.tt_s[0])), mean.a_km - EARTH_RADIUS_KM


@cache
def measured(reference_data: Path) -> FloatArray:
    """Rows of MJD (UTC), mean a, ex, ey, node, inclination of every element set of the window, shape (n, 6)."""
    sets = element_sets(reference_data)
    first, last = (day.toordinal() - MJD_ORDINAL for day in (FIRST_DAY, LAST_DAY + timedelta(days=8)))
    return sets[(sets[:, 0] >= first) & (sets[:, 0] < last)]


# --- scenario --------------------------------------------------------------------------------------------------------


@cache
def scenario(reference_data: Path) -> Scenario:
    """The station of 2021 under the rules of the shipped scenario."""
    bare = _with_shipped_drag(reference_data)
    drag = bare.station.drag.model_copy(update={"cd_area_m2": fitted_area_m2(reference_data)})
    return bare.model_copy(update={"station": bare.station.model_copy(update={"drag": drag})})


@cache
def _with_shipped_drag(reference_data: Path) -> Scenario:
    """The scenario before its drag area is fitted."""
    shipped = load_scenario("iss").model_dump()
    file = tracked(reference_data, FIRST_FILE)
    shipped["orbit"] |= {
        "epoch_utc": time.to_utc(file.tt_s[0]),
        "frame": "GCRF",
        "position_km": tuple(file.position_km[0]),
        "velocity_km_s": tuple(file.velocity_km_s[0]),
        "origin": f"NASA JSC TOPO public ephemeris of {FIRST_FILE}",
    }
    station = shipped["station"]
    prichal = station["elements"].pop("prichal")
    station["mass_kg"] -= prichal["mass_kg"]
    station["tanks"]["zvezda"] |= {"propellant_kg": 800.0, "can_lower": True}  # it lowered on 2021-09-24; load: guess
    station["ports"]["nauka-nadir"] = {"name": "Nauka nadir", "accepts": ("soyuz-ms", "progress-ms", "prichal")}
    shipped["vehicles"]["prichal"] = {
        "name": "Prichal", "partner": "roscosmos", "docked_mass_kg": prichal["mass_kg"], "propellant_kg": 0.0,
    }  # fmt: skip
    shipped["flights"] = {"usdv": shipped["flights"]["usdv"]} | {key: _flight(key) for key in _FLIGHTS}
    shipped["cadence"] = {}
    shipped["supplies"] = {}  # nothing is known of what was aboard
    for vehicle in shipped["vehicles"].values():
        vehicle["loads"] = {}
    shipped["quiet"] = {}
    shipped["rules"] |= {
        "corridor_upper_km": UPPER_KM,
        "end_altitude_km": end_altitude_km(reference_data),
        "event_days": 0,
    }
    shipped["horizon"]["operate_until"] = shipped["descent"]["lowering_start"] = LAST_DAY
    shipped["name"], shipped["title"] = "iss-2021", "International Space Station, August 2021 to February 2022"
    return Scenario.model_validate(shipped)


def _flight(key: str) -> dict[str, object]:
    vehicle, port, launch, dock, undock, crew, rendezvous = _FLIGHTS[key]
    return {
        "vehicle": vehicle,
        "port": port,
        "launch": launch,
        "dock": dock,
        "undock": undock,
        "crew": crew,
        "rendezvous": rendezvous,
        "moves": _MOVES.get(key, ()),
        "propellant_kg": 0.0 if key in _WITHOUT_PROPELLANT else None,
        "status": "past" if dock < FIRST_DAY.isoformat() else "published",
    }


def orbit_before(reference_data: Path, day: date) -> StationOrbit:
    """The station's real orbit by the last element set before a day."""
    name = "ISS_25544_TLE_merged.txt.gz" if day < date(2024, 1, 1) else "ISS_OMM_2024-09_2025-03.json.xz"
    file = element_file(reference_data, name)
    row = int(np.searchsorted(file.tt_s, time.from_utc(f"{day.isoformat()}T00:00:00"))) - 1
    mean = steady_mean(file.tt_s[row], file.position_km[row], file.velocity_km_s[row], world().earth)
    return StationOrbit(
        epoch_tt_s=float(file.tt_s[row]),
        a_km=mean.a_km,
        eccentricity=float(np.hypot(mean.ex, mean.ey)),
        inclination_rad=mean.inclination_rad,
        node_rad=mean.node_rad,
        latitude_rad=mean.argument_of_latitude_rad,
        decay_km_s=DECAY_KM_DAY / DAY_S,
        decay_sigma_km_s=0.0,
    )


@cache
def element_file(reference_data: Path, name: str) -> TrackingFile:
    """Element sets as states."""
    return read_tracking(reference_data / "tle" / name)


def track_of(reference_data: Path) -> Track:
    """What the planner is told of the start."""
    plan = scenario(reference_data)
    return track(plan, world(), mass_at(plan, FIRST_DAY))


def end_altitude_km(reference_data: Path) -> float:
    """Mean altitude at 00:00 of the last day, km: that of the file of noon and the fall of element sets till then."""
    mjd, altitude_km = start_altitude(tracked(reference_data, LAST_FILE))
    sets = measured(reference_data)
    near = np.abs(sets[:, 0] - mjd) < 3.0
    slope = float(np.polyfit(sets[near, 0], sets[near, 1], 1)[0])
    return altitude_km - slope * (mjd - (LAST_DAY.toordinal() - MJD_ORDINAL))


# --- drag ------------------------------------------------------------------------------------------------------------


class Fall(NamedTuple):
    """How far one square metre of drag area has brought the station down, along the altitude that was measured.

    Attributes:
        mjd: UTC midnights, shape (n,).
        km_per_m2: since the first of them, shape (n,).
    """

    mjd: FloatArray
    km_per_m2: FloatArray

    def between(self, from_mjd: float, to_mjd: float) -> float:
        """km per m2 between two instants."""
        before, after = np.interp([from_mjd, to_mjd], self.mjd, self.km_per_m2)
        return float(after - before)


@cache
def fall(reference_data: Path) -> Fall:
    """Averaged drag day by day with the observed weather: mean orbit measured, mass of the scenario's manifest."""
    sets, plan = measured(reference_data), _with_shipped_drag(reference_data)
    days = np.arange(np.floor(sets[0, 0]), np.floor(sets[-1, 0]) + 1.0)
    loss = [_loss_of_day(sets, day, mass_at(plan, date.fromordinal(int(day) + MJD_ORDINAL))) for day in days]
    return Fall(np.append(days, days[-1] + 1.0), np.concatenate([[0.0], np.cumsum(loss)]))


def _loss_of_day(sets: FloatArray, day: float, mass_kg: float) -> float:
    """km per m2 of drag area."""
    row = sets[np.argmin(np.abs(sets[:, 0] - day - 0.5))]
    a_km = float(np.median(sets[np.floor(sets[:, 0]) == np.floor(row[0]), 1]))
    tt_s = float(time.from_mjd_utc(day + 0.5))
    state = MeanState(a_km, *(float(value) for value in row[2:5]))
    indices = (float(value) for value in world().weather.msis(day + 0.5))
    density = density_of_day(world().climate, state, MAX_DROP_KM, tt_s, *indices)
    return -drag_rates(state, float(row[5]), 1.0 / mass_kg, density, tt_s).a_km_s * DAY_S


def fitted_area_m2(reference_data: Path) -> float:
    """One drag area for the window: measured over modelled loss, all stretches between burns together.

    The stretches are those of ``test_averaged_real.quiet_arcs``, found by rule; the ends of each are medians.
    """
    model = fall(reference_data)
    sets = measured(reference_data)
    lost = modelled = 0.0
    for arc in quiet_arcs(sets[sets[:, 0] < LAST_DAY.toordinal() - MJD_ORDINAL + 1]):
        lost += float(np.median(arc.a_km[:ENDS]) - np.median(arc.a_km[-ENDS:]))
        modelled += model.between(float(np.median(arc.mjd[:ENDS])), float(np.median(arc.mjd[-ENDS:])))
    return lost / modelled


# --- need ------------------------------------------------------------------------------------------------------------


class Need(NamedTuple):
    """What altitude and drag ask of the engines.

    Attributes:
        change_km: of mean altitude, first state to the end of the window.
        drag_km: lost to drag meanwhile, along the measured altitude.
        delta_v_mps: that makes up for the difference, net of all lowering.
    """

    change_km: float
    drag_km: float
    delta_v_mps: float


def km_per_mps(altitude_km: float) -> float:
    """Mean altitude gained by 1 m/s along the velocity: 2 a / v (Vallado 2013, eq. 9-24), km."""
    a_km = EARTH_RADIUS_KM + altitude_km
    return 2e-3 * a_km / float(np.sqrt(MU_KM3_S2 / a_km))


def need(reference_data: Path) -> Need:
    """Measured change of altitude plus modelled drag, as delta-v."""
    plan = scenario(reference_data)
    start_mjd, start_km = start_altitude(tracked(reference_data, FIRST_FILE))
    end_km = end_altitude_km(reference_data)
    end_mjd = LAST_DAY.toordinal() - MJD_ORDINAL
    drag_km = plan.station.drag.cd_area_m2 * fall(reference_data).between(start_mjd, end_mjd)
    change_km = end_km - start_km
    return Need(change_km, drag_km, (change_km + drag_km) / km_per_mps(0.5 * (start_km + end_km)))


def jump_mps(reference_data: Path, day: date) -> float:
    """Delta-v of a burn as element sets show it: level of days 2 to 4 after it over that of the three days before.

    Drag in between is put back with the fitted area.
    """
    plan = scenario(reference_data)
    model, sets = fall(reference_data), measured(reference_data)
    mjd = day.toordinal() - MJD_ORDINAL
    dragless = sets[:, 1] + plan.station.drag.cd_area_m2 * np.interp(sets[:, 0], model.mjd, model.km_per_m2)
    since = np.floor(sets[:, 0]) - mjd
    before, after = (since >= -3) & (since < 0), (since >= LEVEL_DAYS[0]) & (since <= LEVEL_DAYS[1])
    level_km = float(np.median(dragless[before])) - EARTH_RADIUS_KM
    return float(np.median(dragless[after]) - np.median(dragless[before])) / km_per_mps(level_km)


def burns_mps(reference_data: Path) -> dict[date, float]:
    """Delta-v of every burn that was made: by tracking or announcement, else by element sets."""
    return {
        burn.day: jump_mps(reference_data, burn.day) if burn.delta_v_mps is None else burn.delta_v_mps
        for burn in REAL_BURNS
    }
