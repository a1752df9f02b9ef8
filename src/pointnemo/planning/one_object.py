"""The question of ``reenter --object``, read and answered: a TOML to a flight and its document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from math import radians
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from pointnemo.motion.aerodynamics import BRIDGES, SLOW_LAWS, shaped_drag_coefficient
from pointnemo.planning.entry_points import earth_fixed_state, flight_variables, inclination_deg, over_earth
from pointnemo.reentry.object_flight import DEMISED, FINE, LANDED, Flown, FlyingObject, Marks, Parcel, fly_object
from pointnemo.reentry.object_report import (
    ObjectAsFlown,
    ObjectEnd,
    ObjectPeak,
    ObjectProvenance,
    ObjectReport,
    ObjectRow,
    ObjectStart,
)
from pointnemo.reentry.pack import HEAT_BRIDGES, HEATING_LAWS, MELTING, WALL_MODELS, Air, Laws, Steps
from pointnemo.reentry.shapes import nose_radius_m, shape_named
from pointnemo.reentry.walls import LAYER_COUNT
from pointnemo.results import Convergence, DataFile, Place
from pointnemo.scenario.entry_models import ATTITUDES
from pointnemo.scenario.entry_object import SIZES, EntryObject, FlightOptions
from pointnemo.scenario.objects import load_object, melts, solid_of
from pointnemo.version import __version__
from pointnemo.world import atmosphere, wind
from pointnemo.world import time as clock

if TYPE_CHECKING:
    from pointnemo.scenario.models import Material

__all__ = ["object_of"]

FloatArray = NDArray[np.float64]

DANGEROUS_J = 15.0  # NASA-STD-8719.14C, 4.7-1
NEVER_MELTS_K = 1e9
WGS84 = Geod(ellps="WGS84")
_P, _M = Parcel(), Marks()


def object_of(path: str | Path, bundled: bool) -> ObjectReport:
    """Answer ``verbs.reenter_object``, whose arguments these are.

    Raises:
        ScenarioError: the file cannot be used; every defect found.
        WorldError: a table about nature is damaged or does not reach that far.
    """
    asked, material = load_object(path)
    state = earth_fixed_state(asked.entry)
    body = _body(asked, material)
    table, air, data, ut_h = _air(asked, bundled)
    options = asked.options
    laws = Laws(
        heating=HEATING_LAWS[options.heating_law],
        melting=MELTING[options.melting],
        wall=WALL_MODELS[options.wall_model],
        oxidation=options.oxidation,
        heat_bridge=HEAT_BRIDGES[options.heat_bridge],
        drag_bridge=BRIDGES[options.drag_bridge],
    )
    top = int(np.ceil(asked.entry.height_km / options.table_step_km)) - 1
    heights = np.asarray(1000.0 * options.table_step_km * np.arange(top, 0, -1), dtype=np.float64)

    def fly(steps: Steps) -> Flown:
        temperature = asked.object.initial_temperature_k
        return fly_object(state, temperature, body, heights, ut_h, table, laws, air, steps)

    flown = fly(FINE)
    finer = fly(Steps(0.5 * FINE.tolerance, 0.5 * FINE.longest_s))
    rows = _rows(flown)
    text = asked.model_dump(mode="json")
    return ObjectReport(
        schema="pointnemo/object/1",
        name=Path(path).name.removesuffix(".toml"),
        title=asked.title,
        object=_as_flown(asked, material, body),
        start=_start(asked, state),
        outcome="demise" if flown.status == DEMISED else "impact" if flown.status == LANDED else "aloft",
        end=_end(asked, flown, rows),
        dangerous=None if flown.status not in (DEMISED, LANDED) else _energy_j(flown) > DANGEROUS_J,
        peaks=_peaks(flown),
        trajectory=rows,
        convergence=_convergence(flown, finer),
        assumptions=_assumptions(asked, material),
        notes=asked.notes,
        provenance=ObjectProvenance(
            package_version=__version__,
            object_hash=sha256(json.dumps([text, material.model_dump()], sort_keys=True).encode()).hexdigest(),
            data=data,
            models=_models(asked),
        ),
    )


# --- what is flown ---------------------------------------------------------------------------------------------------


def _body(asked: EntryObject, material: Material) -> FlyingObject:
    """The object as the kernel takes it."""
    body, options = asked.object, asked.options
    assert body.mass_kg is not None
    wall_kg = 0.0 if body.wall_mm is None else min(material.density_kg_m3 * solid_of(body).wall_m3, body.mass_kg)
    sizes = tuple(float(getattr(body, name)) for name in SIZES[body.shape])
    attitude = ATTITUDES[body.shape][body.attitude] if body.incidence_deg is None else body.incidence_deg
    shape = shape_named(body.shape, sizes, attitude)
    slow = shape.drag.slow if options.slow_drag is None else SLOW_LAWS[options.slow_drag]
    return FlyingObject(
        wall_kg=wall_kg,
        core_kg=body.mass_kg - wall_kg if body.mass_kg - wall_kg > 1e-9 * body.mass_kg else 0.0,
        area_m2=shape.area_m2,
        nose_m=nose_radius_m(shape, options.nose_radius),
        drag=shape.drag._replace(slow=slow, bridge=BRIDGES[options.drag_bridge]),
        density=material.density_kg_m3,
        specific_heat=material.specific_heat_j_kg_k,
        melting_k=material.melting_temperature_k if melts(asked, material) else NEVER_MELTS_K,
        fusion=material.heat_of_fusion_j_kg,
        emissivity=material.emissivity,
        conductivity=material.conductivity_w_m_k or 0.0,
        oxide_heat=material.oxide_heat_j_kg,
        heat_scale=options.heat_factor,
        density_scale=options.density_factor,
        drag_scale=options.drag_factor,
        lift=body.lift_to_drag,
        bank_rad=-radians(body.bank_deg),
        roll_rad_s=-radians(body.roll_deg_s),
        ambient_k=options.ambient_temperature_k,
    )


def _air(asked: EntryObject, bundled: bool) -> tuple[atmosphere.EpochTable, Air, tuple[DataFile, ...], float]:
    """Atmosphere, wind, the data files that were read, and UT at the start in hours."""
    options, utc = asked.options, asked.entry.utc
    tt_s = None if utc is None else clock.from_utc(_written(asked) or "")
    ut_h = 12.0 if tt_s is None else 24.0 * (float(clock.mjd_utc(tt_s)) % 1.0)
    data: tuple[DataFile, ...] = ()
    table = atmosphere.us76_table() if options.atmosphere == "us76" else None
    blown = wind.CALM
    if options.wind not in ("none", "climatology"):
        blown = wind.profile_wind(*np.array(options.wind_profile).T)
    if table is None or options.wind == "climatology":
        from pointnemo.world import load_world

        assert tt_s is not None
        world = load_world(bundled)
        mjd = float(clock.mjd_utc(tt_s))
        f107, f107a, ap = (float(value) for value in world.weather.msis(mjd))
        data = world.data_files()
        table = atmosphere.epoch_table(mjd, f107, f107a, ap) if table is None else table
        if options.wind == "climatology":
            blown = wind.climatology(float(atmosphere.day_of_year(mjd)), f107, f107a, ap)
    return table, Air(wind=blown), data, ut_h


def _written(asked: EntryObject) -> str | None:
    """The time of entry as text."""
    return None if asked.entry.utc is None else asked.entry.utc.isoformat().replace("+00:00", "Z")


# --- what is told ----------------------------------------------------------------------------------------------------


def _as_flown(asked: EntryObject, material: Material, flying: FlyingObject) -> ObjectAsFlown:
    body = asked.object
    mass = flying.wall_kg + flying.core_kg
    cd = flying.drag_scale * shaped_drag_coefficient(20.0, 1e-6, flying.drag)
    return ObjectAsFlown(
        shape=body.shape,
        sizes_m={name.removesuffix("_m"): float(getattr(body, name)) for name in SIZES[body.shape]},
        attitude=body.attitude if body.incidence_deg is None else f"axis {body.incidence_deg:g} deg to the flow",
        mass_kg=mass,
        wall_mm=body.wall_mm,
        wall_kg=flying.wall_kg,
        surface_m2=4.0 * flying.area_m2,
        mean_projected_area_m2=flying.area_m2,
        nose_radius_m=flying.nose_m,
        ballistic_coefficient_kg_m2=mass / (cd * flying.area_m2),
        material=body.material or "own",
        density_kg_m3=material.density_kg_m3,
        specific_heat_j_kg_k=material.specific_heat_j_kg_k,
        melting_temperature_k=material.melting_temperature_k if melts(asked, material) else None,
        heat_of_fusion_j_kg=material.heat_of_fusion_j_kg,
        emissivity=material.emissivity,
        lift_to_drag=body.lift_to_drag,
        bank_deg=body.bank_deg,
        roll_deg_s=body.roll_deg_s,
    )


def _start(asked: EntryObject, state: FloatArray) -> ObjectStart:
    height, latitude, longitude, speed, angle, azimuth = flight_variables(state)
    return ObjectStart(
        utc=_written(asked),
        height_km=height,
        place=Place(latitude_deg=latitude, longitude_deg=longitude),
        speed_mps=speed,
        flight_path_angle_deg=angle,
        azimuth_deg=azimuth,
        inertial_speed_mps=float(np.linalg.norm(state[3:] + over_earth(state[0], state[1]))),
        inclination_deg=inclination_deg(state),
        temperature_k=asked.object.initial_temperature_k,
    )


def _rows(flown: Flown) -> tuple[ObjectRow, ...]:
    rows: list[ObjectRow] = []
    along_m = 0.0  # summed leg by leg: a shallow entry may pass its antipode
    for parcel, mark in zip(flown.parcel, flown.marks, strict=True):
        height, latitude, longitude, speed, angle, _ = flight_variables(parcel[:6])
        if rows:
            along_m += WGS84.inv(rows[-1].longitude_deg, rows[-1].latitude_deg, longitude, latitude)[2]
        rows.append(
            ObjectRow(
                height_km=max(height, 0.0),
                time_s=float(parcel[_P.time]),
                latitude_deg=latitude,
                longitude_deg=longitude,
                downrange_km=along_m / 1000.0,
                speed_mps=speed,
                flight_path_angle_deg=angle,
                mach=float(mark[_M.mach]),
                knudsen=float(mark[_M.knudsen]),
                drag_coefficient=float(mark[_M.drag]),
                deceleration_g=float(mark[_M.load_g]),
                stagnation_heat_flux_w_m2=float(mark[_M.flux]),
                mean_heat_flux_w_m2=float(mark[_M.mean_flux]),
                temperature_k=float(parcel[_P.temperature]),
                mass_kg=float(parcel[_P.wall] + parcel[_P.core]),
            )
        )
    return tuple(rows)


def _energy_j(flown: Flown) -> float:
    last = flown.parcel[-1]
    return float(0.5 * (last[_P.wall] + last[_P.core]) * (last[3:6] @ last[3:6]))


def _end(asked: EntryObject, flown: Flown, rows: tuple[ObjectRow, ...]) -> ObjectEnd:
    last = rows[-1]
    utc = _written(asked)
    return ObjectEnd(
        time_s=last.time_s,
        utc=None if utc is None else clock.to_utc(clock.from_utc(utc) + last.time_s, 1),
        height_km=last.height_km,
        place=Place(latitude_deg=last.latitude_deg, longitude_deg=last.longitude_deg),
        downrange_km=last.downrange_km,
        speed_mps=last.speed_mps,
        flight_path_angle_deg=last.flight_path_angle_deg,
        mass_kg=last.mass_kg,
        mass_share=last.mass_kg / rows[0].mass_kg,
        energy_j=_energy_j(flown),
        temperature_k=last.temperature_k,
    )


def _peaks(flown: Flown) -> tuple[ObjectPeak, ...]:
    told = (
        ("temperature", "temperature of the wall", "K", _M.temperature),
        ("deceleration", "deceleration by the air", "g", _M.load_g),
        ("heat-flux", "heat flux at the cold stagnation point", "W/m2", _M.flux),
        ("dynamic-pressure", "dynamic pressure", "Pa", _M.pressure),
    )
    return tuple(
        ObjectPeak(
            id=key,  # pyright: ignore[reportArgumentType]
            text=text,
            value=float(flown.peaks[mark, 0]),
            unit=unit,
            time_s=float(flown.peaks[mark, 1]),
            height_km=float(flown.peaks[mark, 2]) / 1000.0,
        )
        for key, text, unit, mark in told
    )


def _convergence(flown: Flown, finer: Flown) -> tuple[Convergence, ...]:
    """What half the step changes."""
    last, other = flown.parcel[-1], finer.parcel[-1]
    pairs = (
        ("time to the end, s", float(last[_P.time]), float(other[_P.time])),
        ("peak temperature, K", float(flown.peaks[_M.temperature, 0]), float(finer.peaks[_M.temperature, 0])),
        ("mass left, kg", float(last[_P.wall] + last[_P.core]), float(other[_P.wall] + other[_P.core])),
    )
    return tuple(
        Convergence(what=what, value=value, finer=fine, relative=abs(value - fine) / max(abs(fine), 1e-12))
        for what, value, fine in pairs
    )


def _models(asked: EntryObject) -> tuple[str, ...]:
    air = "US Standard Atmosphere 1976" if asked.options.atmosphere == "us76" else "NRLMSISE-00 of the day"
    return (
        f"atmosphere: {air}, wind {asked.options.wind}",
        "motion: point mass over the rotating ellipsoid, J2 to J4, Runge-Kutta of order 4",
        f"drag: bridge {asked.options.drag_bridge} between continuum and free-molecular flow",
        f"heating: {asked.options.heating_law}, nose radius {asked.options.nose_radius}, "
        f"bridge {asked.options.heat_bridge}",
        f"wall: {asked.options.wall_model}, melting {asked.options.melting}, radiating to "
        f"{asked.options.ambient_temperature_k:g} K",
    )


def _air_and_wall(options: FlightOptions, material: Material, melting: bool) -> Iterator[str]:
    """Sentences on what is not as usual in the air and in the wall."""
    if options.wind == "climatology":
        yield "The wind is the zonal mean of a climatology for the day of the entry, without gusts."
    elif options.wind != "none":
        yield f"The wind is that of {options.wind} at every place and time; beyond its heights it is that of its ends."
    if options.oxidation > 0.0 and material.oxide_heat_j_kg == 0.0:
        yield "No heat of oxidation is known of the material: none is added though it was asked for."
    elif options.oxidation > 0.0:
        yield f"Oxidation adds {options.oxidation:g} of the heat that all oxygen that reaches the wall would give."
    if options.wall_model == "layers" and material.conductivity_w_m_k is not None:
        yield f"Heat is conducted through the wall in {LAYER_COUNT} layers; none passes to what is inside."
    if options.melting == "receding" and melting:
        yield "What melts is taken off the outside at once: the object shrinks."
    elif options.melting == "thin-shell" and melting:
        yield "What melts is taken from within: the object keeps its outer size until it is gone."


def _surroundings(ambient_k: float) -> str:
    """What a cold object radiates to."""
    if ambient_k == 0.0:
        return "The wall radiates to 0 K: before and after the heating it gets colder than sunlight and Earth allow."
    return (
        f"The wall radiates to surroundings of {ambient_k:g} K, day and night and at every height: a black ball at 120 "
        "km would settle at 200 K by night and at 310 K in sunlight."
    )


def _assumptions(asked: EntryObject, material: Material) -> tuple[str, ...]:
    """Sentences on what the answer rests on."""
    body, options = asked.object, asked.options
    sentences = [
        "C_D counts on a quarter of the surface, which is the mean projected area of any convex body that tumbles.",
        "The mean heat over the surface is 0.275 of that at the stagnation point, whatever shape and attitude: a "
        "convention measured on spheres. Accepted stagnation laws differ by about 30 %.",
        f"The material has one specific heat ({material.specific_heat_j_kg_k:g} J/kg/K) at all temperatures.",
    ]
    if body.attitude != "tumbling" or body.incidence_deg is not None:
        sentences.append("The attitude is held all the way down; it changes the drag alone, not the heat.")
    if body.lift_to_drag > 0.0:
        turns = f", turning by {body.roll_deg_s:g} deg/s" if body.roll_deg_s else ""
        sentences.append(
            f"Lift is {body.lift_to_drag:g} of the drag, {body.bank_deg:g} deg to the right of up{turns}; it ends at "
            "Mach 1."
        )
    else:
        sentences.append("There is no lift.")
    if not body.melts:
        sentences.append("The object does not melt.")
    elif material.composite and options.composites_survive:
        sentences.append("A composite survives, whatever the heat: composites_survive = false melts it as a metal.")
    elif material.composite:
        sentences.append("A composite is melted here as a metal would be: real ones keep their fibres.")
    sentences += [
        *_air_and_wall(options, material, melts(asked, material)),
        _surroundings(options.ambient_temperature_k),
    ]
    if options.wall_model == "layers" and material.conductivity_w_m_k is None:
        sentences.append("The conductivity of the material is not known: the wall is lumped though layers were asked.")
    if body.shape in ("cylinder", "box", "plate") and options.nose_radius == "equal-surface":
        sentences.append(
            "The nose radius is that of the sphere with the same surface; flat and thin bodies are hotter."
        )
    return tuple(sentences)
