"""A made-up but realistic plan, with its bulk arrays, for tests of everything that reads plans.

The numbers are plausible and hang together (dates in order, ledgers that add up, a footprint on the South Pacific);
they are not the result of any stage and nothing outside the tests uses them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from tests import operate_factory

from pointnemo.planning.request import STAGES, Request, Run, StageName
from pointnemo.results import (
    Assess,
    BreakupPhase,
    Burn,
    Check,
    DataFile,
    Descend,
    Entry,
    Estimate,
    Footprint,
    History,
    Impacts,
    LandClearance,
    LedgerRow,
    MeanElements,
    Milestone,
    Operate,
    Place,
    Plan,
    Provenance,
    Reboost,
    Reenter,
    Remedy,
    Shortfall,
    Skipped,
    SolarLine,
    Targeting,
    Track,
    Trajectory,
    Verdict,
)
from pointnemo.scenario import load_scenario

EPOCH = datetime(2026, 9, 4, 12, tzinfo=UTC)
ENTRY = datetime(2032, 3, 14, 9, 41, 7, tzinfo=UTC)
J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
TT_MINUS_UTC_S = 69.184
DEORBIT_VEHICLE = "us-deorbit-vehicle"


def tt_s(utc: datetime) -> float:
    """TT seconds since J2000 of a UTC epoch between 2017 and the next leap second."""
    return (utc - J2000).total_seconds() + TT_MINUS_UTC_S


def iso(utc: datetime) -> str:
    """ISO 8601 with seconds and the letter Z."""
    return utc.strftime("%Y-%m-%dT%H:%M:%SZ")


def estimate(value: float, low: float, high: float, unit: str, level: float = 0.9) -> Estimate:
    return Estimate(value=value, low=low, high=high, level=level, unit=unit)


def make_track() -> Track:
    return Track(
        epoch_utc="2026-09-04T12:00:00Z",
        origin="NASA/JSC/FOD/TOPO, ISS.OEM_J2K_EPH of 2026-09-04, EME2000",
        position_km=(-304.795682, 6745.236027, -796.410786),
        velocity_km_s=(-4.765218, -0.905409, -5.928264),
        position_sigma_km=0.1,
        altitude_km=418.31,
        apogee_km=423.9,
        perigee_km=412.7,
        inclination_deg=51.634,
        mean=MeanElements(
            semi_major_axis_km=6796.447,
            eccentricity_x=0.0004,
            eccentricity_y=-0.0007,
            inclination_deg=51.634,
            node_deg=201.7,
            argument_of_latitude_deg=188.6,
        ),
        mass_kg=459_325.0,
        cd_area_m2=estimate(3200.0, 2400.0, 4000.0, "m2"),
        ballistic_factor_m2_kg=estimate(0.00697, 0.00523, 0.00871, "m2/kg"),
        decay_km_per_day=estimate(0.0712, 0.0522, 0.0931, "km/day"),
    )


def ledger_row(tank: str, partner: str, **kg: float) -> LedgerRow:
    """A row of the ledger; what is not given is zero."""
    zero = dict.fromkeys((name for name in LedgerRow.model_fields if name.endswith("_kg")), 0.0)
    return LedgerRow.model_validate({"tank": tank, "partner": partner, **zero, **kg})


def make_operate(history: History | None = None) -> Operate:
    reboosts = tuple(
        Reboost(
            utc=iso(EPOCH + timedelta(days=30 + 32 * i)),
            source=source,
            partner="roscosmos" if source.startswith(("progress", "zvezda")) else "nasa",
            delta_v_mps=1.55,
            duration_s=940.0,
            propellant_kg=251.0,
            altitude_before_km=415.1,
            altitude_after_km=417.9,
        )
        for i, source in enumerate(("progress-ms-34", "progress-ms-34", "cargo-dragon-crs-35", "progress-ms-36") * 6)
    )
    ledger = (
        ledger_row("zvezda", "roscosmos", start_kg=2300.0, attitude_kg=1100.0, remaining_kg=1200.0),
        ledger_row(
            "progress-ms-34", "roscosmos", delivered_kg=900.0, reboost_kg=502.0, attitude_kg=150.0, departed_kg=248.0
        ),
        ledger_row("cargo-dragon-crs-35", "nasa", delivered_kg=1100.0, reboost_kg=251.0, departed_kg=849.0),
        ledger_row(
            DEORBIT_VEHICLE,
            "nasa",
            delivered_kg=16000.0,
            attitude_kg=310.0,
            final_burns_kg=8745.0,
            remaining_kg=6945.0,
        ),
    )
    own = Operate(
        from_utc="2026-09-04T12:00:00Z",
        until_utc="2028-12-31T00:00:00Z",
        corridor_lower_km=415.0,
        corridor_upper_km=422.0,
        lowest_altitude_km=415.02,
        lowest_altitude_utc="2027-11-19T00:00:00Z",
        highest_altitude_km=418.6,
        reboosts=reboosts,
        reboost_delta_v_mps=37.2,
        reboost_propellant_kg=6024.0,
        attitude_propellant_kg=1560.0,
        ledger=ledger,
        lowest_propellant_margin_kg=310.0,
        lowest_propellant_margin_utc="2028-06-02T00:00:00Z",
        shortfalls=(
            Shortfall(utc="2028-09-01T00:00:00Z", what="no docked vehicle could raise the orbit", amount=3, unit="day"),
        ),
        ports=operate_factory.ports(),
        crews=operate_factory.crews(),
        lowest_seat_margin=0,
        lowest_seat_margin_utc="2026-09-04T12:00:00Z",
        gaps=(
            Shortfall(utc="2029-01-01T00:00:00Z", what="propulsion: no committed partner", amount=730, unit="day"),
            Shortfall(utc="2029-01-01T00:00:00Z", what="attitude-control: no partner", amount=730, unit="day"),
        ),
        history=history,
    )  # fmt: skip
    # What it has come to hold since: schedule, re-flight, phases, rotations, supplies, commitments, limits missed.
    given = own.model_fields_set
    return own.model_copy(
        update={name: value for name, value in operate_factory.operate_fields().items() if name not in given}
    )


def make_burns() -> tuple[Burn, ...]:
    rows = (
        ("lower-1", 80.2, 11.24, 1740.0, (219.8, 221.6), (182.0, 221.4), 4400.0),
        ("lower-2", 30.5, 12.80, 1972.0, (180.9, 220.1), (145.2, 218.7), 4400.0),
        ("lower-3", 12.1, 5.71, 877.0, (144.8, 213.9), (145.0, 200.3), 4400.0),
        ("final", 0.62, 27.35, 4156.0, (143.9, 199.1), (38.7, 198.2), 10400.0),
    )
    mass = 447_800.0
    burns = []
    for name, hours, delta_v, used, before, after, thrust in rows:
        burns.append(
            Burn(
                id=name,
                vehicle=DEORBIT_VEHICLE,
                start_utc=iso(ENTRY - timedelta(hours=hours)),
                duration_s=delta_v * mass / thrust,
                delta_v_mps=delta_v,
                thrust_n=thrust,
                specific_impulse_s=300.0,
                propellant_kg=used,
                direction="retrograde",
                mass_before_kg=mass,
                perigee_before_km=before[0],
                apogee_before_km=before[1],
                perigee_after_km=after[0],
                apogee_after_km=after[1],
                start=Place(latitude_deg=38.2, longitude_deg=101.4),
                end=Place(latitude_deg=12.1, longitude_deg=131.0),
            )
        )
        mass -= used
    return tuple(burns)


def make_lines() -> tuple[SolarLine, ...]:
    return (
        SolarLine(
            activity="low", percentile=5.0, altitude_at_operate_until_km=417.2, altitude_at_deorbit_by_km=399.6,
            crew_departure_utc=None, hold_utc=None, entry_utc=None, f107_mean=71.2,
        ),
        SolarLine(
            activity="mean", percentile=50.0, altitude_at_operate_until_km=416.8, altitude_at_deorbit_by_km=385.1,
            crew_departure_utc="2031-09-13T00:00:00Z", hold_utc="2032-01-30T00:00:00Z", entry_utc=iso(ENTRY),
            f107_mean=79.8,
        ),
        SolarLine(
            activity="high", percentile=95.0, altitude_at_operate_until_km=416.1, altitude_at_deorbit_by_km=348.9,
            crew_departure_utc="2030-09-01T00:00:00Z", hold_utc="2031-03-08T00:00:00Z",
            entry_utc="2031-04-11T03:00:00Z", f107_mean=104.3,
        ),
    )  # fmt: skip


def make_descend(history: History | None = None, trajectory: Trajectory | None = None) -> Descend:
    return Descend(
        lowering_start_utc="2028-12-31T00:00:00Z",
        lowering_propellant_kg=0.0,
        lowering_delta_v_mps=0.0,
        lowering_vehicle="progress-ms",
        lines=make_lines(),
        milestones=(
            Milestone(id="operate_until", utc="2028-12-31T00:00:00Z", altitude_km=416.8, text="operations end"),
            Milestone(id="deorbit_arrival", utc="2029-09-01T00:00:00Z", altitude_km=409.0, text="its vehicle docks"),
            Milestone(id="crew_departure", utc="2031-09-13T00:00:00Z", altitude_km=330.0, text="last crew leaves"),
            Milestone(id="hold", utc="2032-01-30T00:00:00Z", altitude_km=270.0, text="hold altitude"),
            Milestone(id="entry", utc=iso(ENTRY), altitude_km=122.0, text="entry interface"),
        ),
        crew_departure_utc="2031-09-13T00:00:00Z",
        crew_departure_altitude_km=330.0,
        entry_utc=iso(ENTRY),
        burns=make_burns(),
        deorbit_vehicle=DEORBIT_VEHICLE,
        deorbit_vehicle_arrival_utc="2029-09-01T00:00:00Z",
        deorbit_vehicle_departure_utc="2035-12-31T00:00:00Z",
        deorbit_propellant_available_kg=16000.0,
        deorbit_propellant_used_kg=8745.0,
        final_perigee_km=38.7,
        targeting=Targeting(
            aim=Place(latitude_deg=-48.877, longitude_deg=-123.393, name="Point Nemo"),
            reference_impact=Place(latitude_deg=-48.81, longitude_deg=-123.30),
            reference_ballistic_factor_m2_kg=0.01,
            miss_km=8.2,
            converged=True,
            iterations=6,
            orbit_shift_s=-1204.0,
            aim_shift_km=-140.0,
            direction="descending",
        ),
        entry=Entry(
            utc=iso(ENTRY),
            height_km=122.0,
            place=Place(latitude_deg=-24.1, longitude_deg=-164.7),
            inertial_speed_km_s=7.861,
            flight_path_angle_deg=-1.12,
            azimuth_deg=137.4,
            mass_kg=439_055.0,
            position_km=(-2010.4, 5598.1, -2642.7),
            velocity_km_s=(-6.102, -4.203, -2.611),
        ),
        history=history,
        trajectory=trajectory,
    )


def make_reenter(impacts: Impacts | None = None) -> Reenter:
    phases = (
        ("appendages", "solar arrays and radiators separate", (108.0, 102.0, 114.0), 38_000.0, 1200.0, 900.0),
        ("separation", "modules and truss break apart", (83.0, 77.0, 90.0), 231_000.0, 240.0, 0.0),
        ("rupture", "modules rupture, contents fly free", (76.0, 70.0, 82.0), 160_000.0, 9800.0, 97_000.0),
    )
    lon = np.array([-139.0, -136.5, -112.0, -110.5, -113.0, -138.0, -139.0])
    lat = np.array([-41.0, -40.3, -50.6, -51.3, -51.9, -42.4, -41.0])
    return Reenter(
        fragments_flown=20_000,
        realisations=20,
        entry_mass_kg=439_055.0,
        phases=tuple(
            BreakupPhase(
                id=id,
                text=text,
                altitude_km=estimate(*altitude, unit="km"),
                elements=("destiny", "zvezda", "truss"),
                released_mass_kg=released,
                fragments=estimate(pieces, pieces * 0.6, pieces * 1.5, "pieces"),
                surviving_mass_kg=estimate(survives, survives * 0.7, survives * 1.35, "kg"),
            )
            for id, text, altitude, released, pieces, survives in phases
        ),
        surviving_mass_kg=estimate(97_900.0, 61_000.0, 134_000.0, "kg"),
        surviving_fraction=estimate(0.223, 0.139, 0.305, "1"),
        surviving_fragments=estimate(3400.0, 2100.0, 5200.0, "pieces"),
        impact_centre=Place(latitude_deg=-46.9, longitude_deg=-126.1),
        first_impact_utc=iso(ENTRY + timedelta(minutes=11)),
        last_impact_utc=iso(ENTRY + timedelta(minutes=43)),
        footprint=Footprint(
            heel=Place(latitude_deg=-41.5, longitude_deg=-138.4),
            toe=Place(latitude_deg=-51.4, longitude_deg=-111.0),
            length_km=estimate(2410.0, 1900.0, 3050.0, "km"),
            width_km=estimate(118.0, 84.0, 165.0, "km"),
            level=0.99,
            polygon=tuple(zip(lon.tolist(), lat.tolist(), strict=True)),
        ),
        assumptions=(
            "Break-up heights are sampled, not computed: 108, 83 and 76 km with the spreads of the scenario.",
            "Fragments fly as tumbling point masses without lift.",
        ),
        impacts=impacts,
    )


def make_assess() -> Assess:
    return Assess(
        year=2032,
        energy_threshold_j=15.0,
        casualty_area_m2=estimate(4810.0, 3000.0, 7600.0, "m2"),
        dangerous_fragments=estimate(2900.0, 1800.0, 4600.0, "pieces"),
        casualty_expectation=estimate(3.1e-7, 1.2e-7, 9.8e-7, "persons"),
        uncontrolled_casualty_expectation=estimate(0.081, 0.049, 0.128, "persons"),
        largest_burn_failure_probability=0.0012,
        clearance=LandClearance(
            distance_km=884.0,
            land=Place(latitude_deg=-27.62, longitude_deg=-144.33, name="Marotiri"),
            fragment=Place(latitude_deg=-35.1, longitude_deg=-141.2),
            antarctic_ice_distance_km=1920.0,
        ),
    )


def make_verdict(feasible: bool = False) -> Verdict:
    deorbit = Check(
        id="deorbit_by",
        text="the station enters the atmosphere by the agreed date",
        value="2030-09-14" if feasible else "2032-03-14",
        limit="2030-12-31",
        unit="date",
        ok=feasible,
        remedies=()
        if feasible
        else (
            Remedy(
                lever="lowering_start",
                text="start lowering 587 days earlier",
                set=("descent.lowering_start=2027-05-24",),
                value_after="2030-12-29",
                ok=True,
            ),
            Remedy(
                lever="lowering_propellant",
                text="spend 9,120 kg on lowering",
                set=("descent.lowering_propellant_kg=9120",),
                value_after="2030-12-30",
                ok=True,
            ),
            Remedy(
                lever="target_date",
                text="accept a later date",
                set=("horizon.deorbit_by=2032-03-15",),
                value_after="2032-03-14",
                ok=True,
            ),
        ),
    )
    rows: tuple[tuple[str, str, float | int | str, float | int | str, str], ...] = (
        ("operate_until", "operated until the agreed date", "2028-12-31", "2028-12-31", "date"),
        ("corridor", "days outside the altitude corridor before operations end", 0, 0, "days"),
        ("propellant", "least usable propellant above the reserve", 310.0, 0.0, "kg"),
        ("seats", "least seats minus crew", 0, 0, "seats"),
        ("final_perigee_km", "perigee after the final burn", 38.7, 50.0, "km"),
        ("land_clearance_km", "nearest land to a surviving fragment", 884.0, 370.0, "km"),
        ("casualty_expectation", "controlled re-entry", 3.1e-7, 1e-4, "persons"),
    )
    checks = tuple(
        Check(id=id, text=text, value=value, limit=limit, unit=unit, ok=True) for id, text, value, limit, unit in rows
    )
    checks = (*checks[:4], deorbit, *checks[4:])
    summary = (
        "Every commitment is met."
        if feasible
        else "Not feasible as decided: entry on 2032-03-14, 439 days after the agreed 2030-12-31."
    )
    return Verdict(feasible=feasible, summary=summary, checks=checks)


def make_provenance(set: tuple[str, ...] = ()) -> Provenance:
    return Provenance(
        package_version="0.1.0",
        scenario="iss",
        scenario_hash="5d2f" * 16,
        input_hash="9c41ab07" * 8 if not set else "77e0d1c2" * 8,
        set=set,
        seed=0,
        data=(
            DataFile(name="space_weather.csv", version="2026-10-06", source="CelesTrak SW-All", sha256="ab" * 32),
            DataFile(name="land.bits", version="1", source="global-land-mask, world-atlas", sha256="cd" * 32),
        ),
        models=("NRLMSISE-00", "EGM2008 16x16", "orbit-averaged drag, 16 nodes"),
    )


def make_history() -> History:
    """Low, mean and high lines until 2041: a saw-tooth in the corridor, then a plain exponential drag."""
    runs = ("low", "mean", "high")
    tanks = ("zvezda", "progress-ms-34", "cargo-dragon-crs-35", DEORBIT_VEHICLE)
    days = (datetime(2040, 12, 31, tzinfo=UTC) - EPOCH).days
    operate_days = (datetime(2028, 12, 31, tzinfo=UTC) - EPOCH).days
    day = np.arange(days, dtype=float)
    cycle = np.cos(2 * np.pi * (day / 365.25 - 8.5) / 11.0)
    f107 = np.stack([95 + 30 * cycle - 12, 95 + 30 * cycle, 95 + 30 * cycle + 25])
    altitude = np.empty((3, days))
    flying = np.ones((3, days), dtype=bool)
    for run in range(3):
        h = 418.3
        for i in range(days):
            altitude[run, i] = h
            loss = 0.024 * np.exp((415 - h) / 52.0) * (f107[run, i] / 80.0) ** 2.6
            h -= loss
            if i < operate_days and h < 415.1:
                h = 418.0
            if h < 230.0:
                altitude[run, i + 1 :] = h
                flying[run, i + 1 :] = False
                break
    propellant = np.zeros((3, days, 4))
    propellant[:, :, 0] = np.maximum(1200.0, 2300.0 - 1.3 * day)
    propellant[:, (day > 10) & (day < 187), 1] = 900.0 - 3.7 * (day[(day > 10) & (day < 187)] - 10)
    propellant[:, (day > 120) & (day < 300), 2] = 1100.0
    propellant[:, day > 1093, 3] = 16000.0
    mass = 448_000.0 + propellant.sum(axis=2)
    regime = np.where(day < 32, 0, np.where(day < 77, 1, 2)).astype(np.int64)
    return History(
        runs=runs,
        tanks=tanks,
        tt_s=tt_s(EPOCH) + 86400.0 * day,
        altitude_km=altitude,
        perigee_km=altitude - 5.0,
        apogee_km=altitude + 5.0,
        mass_kg=mass,
        propellant_kg=propellant,
        f107=f107,
        regime=regime,
        flying=flying,
    )


def make_trajectory() -> Trajectory:
    """Four days on a circular, slowly sinking orbit over a turning Earth, cut into coasts and burns."""
    step_s = 30.0
    start = ENTRY - timedelta(days=4)
    elapsed = np.arange(0.0, 4 * 86400.0 + step_s, step_s)
    inclination = np.radians(51.634)
    radius = 6378.137 + np.interp(elapsed, [0, 3.98 * 86400, 4 * 86400], [220.0, 170.0, 80.0])
    rate = np.sqrt(398600.4418 / 6560.0**3)
    # phased so that the last point is near the entry interface south of French Polynesia, heading south-east
    u = np.arcsin(np.sin(np.radians(-24.1)) / np.sin(inclination))
    u = (np.pi - u) + rate * (elapsed - elapsed[-1])
    sin_lat = np.sin(inclination) * np.sin(u)
    latitude = np.degrees(np.arcsin(sin_lat))
    along = np.degrees(np.arctan2(np.cos(inclination) * np.sin(u), np.cos(u)))
    longitude = along - (along[-1] - (-164.7)) - np.degrees(7.2921159e-5) * (elapsed - elapsed[-1])
    longitude = (longitude + 180.0) % 360.0 - 180.0
    node = np.radians(40.0)
    cos_node, sin_node = np.cos(node), np.sin(node)
    x_plane, y_plane = np.cos(u), np.sin(u)
    position = radius[:, None] * np.stack(
        [
            cos_node * x_plane - sin_node * np.cos(inclination) * y_plane,
            sin_node * x_plane + cos_node * np.cos(inclination) * y_plane,
            np.sin(inclination) * y_plane,
        ],
        axis=1,
    )
    velocity = np.gradient(position, step_s, axis=0)
    names: list[str] = []
    segment = np.zeros(elapsed.size, dtype=np.int64)
    for burn in make_burns():
        at = (datetime.fromisoformat(burn.start_utc) - start).total_seconds()
        segment[elapsed >= at] += 1
        segment[elapsed >= at + burn.duration_s] += 1
        names += ["coast", burn.id]
    return Trajectory(
        tt_s=tt_s(start) + elapsed,
        position_km=position,
        velocity_km_s=velocity,
        mass_kg=np.interp(elapsed, [0, 4 * 86400], [447_800.0, 439_055.0]),
        height_km=radius - 6378.137,
        latitude_deg=latitude,
        longitude_deg=longitude,
        segment=segment,
        segments=(*names, "coast"),
    )


def make_impacts(rows: int = 2000) -> Impacts:
    """Fragments strewn along the footprint, heavy ones farther down the track."""
    rng = np.random.default_rng(7)
    along = rng.beta(2.0, 1.6, rows)
    fragment_class = rng.integers(0, 3, rows)
    mass = 10 ** rng.uniform(-1, 2.6, rows)
    return Impacts(
        run=np.repeat(np.arange(20), rows // 20),
        element=rng.integers(0, 3, rows),
        elements=("destiny", "zvezda", "truss"),
        fragment_class=fragment_class,
        classes=("panel", "rack", "tank"),
        weight=np.full(rows, 2.0),
        survives=rng.random(rows) < 0.4,
        latitude_deg=np.interp(along, [0, 1], [-41.5, -51.4]),
        longitude_deg=np.interp(along, [0, 1], [-138.4, -111.0]),
        downrange_km=2410.0 * along - 1300.0,
        crossrange_km=rng.normal(0.0, 20.0, rows),
        mass_kg=mass,
        initial_mass_kg=mass * 1.5,
        area_m2=0.02 * mass**0.667,
        speed_mps=np.full(rows, 70.0),
        kinetic_energy_j=0.5 * mass * 70.0**2,
        release_height_km=np.full(rows, 76.0),
        demise_height_km=np.zeros(rows),
        time_of_fall_s=np.full(rows, 900.0),
    )


def make_plan(feasible: bool = False, set: tuple[str, ...] = (), bulk: bool = True) -> Plan:
    """The whole plan. ``bulk`` attaches the arrays as the stages do."""
    history = make_history() if bulk else None
    return Plan(
        schema="pointnemo/plan/1",
        track=make_track(),
        operate=make_operate(history),
        descend=make_descend(history, make_trajectory() if bulk else None),
        reenter=make_reenter(make_impacts() if bulk else None),
        assess=make_assess(),
        verdict=make_verdict(feasible),
        provenance=make_provenance(set),
    )


def make_run(upto: StageName = "plan", set: tuple[str, ...] = (), feasible: bool = False, scenario: str = "iss") -> Run:
    """A run as planning hands it over, on the shipped scenario."""
    order = STAGES.index(upto)
    plan = make_plan(feasible, set)
    later = Skipped(reason=f"not asked for: the run ends with {upto}")
    if upto != "plan":
        verdict = Verdict(feasible=False, summary=f"No verdict: the run ends with {upto}.", checks=())
        skipped = dict.fromkeys(STAGES[order + 1 : -1], later)
        plan = plan.model_copy(update={**skipped, "verdict": verdict})
    return Run(
        plan=plan,
        scenario=load_scenario(),
        history=make_history() if order >= STAGES.index("operate") else None,
        trajectory=make_trajectory() if order >= STAGES.index("descend") else None,
        impacts=make_impacts() if order >= STAGES.index("reenter") else None,
        request=Request(scenario=scenario, set=set, workers=2, upto=upto),
        stage_hashes=dict.fromkeys(STAGES, plan.provenance.input_hash),
        timings={"track": 0.1, "operate": 1.25},
        reused=(),
        orbit_hashes=(),
    )


def make_stuck_plan() -> Plan:
    """A plan whose station never comes down before the data end: no burns, no entry, later stages skipped."""
    never = {"crew_departure_utc": None, "hold_utc": None, "entry_utc": None}
    lines = tuple(line.model_copy(update=never) for line in make_lines())
    descend = make_descend().model_copy(
        update={
            "lines": lines,
            "burns": (),
            "entry_utc": None,
            "entry": None,
            "targeting": None,
            "final_perigee_km": None,
            "milestones": make_descend().milestones[:2],
        }
    )
    reason = "the station does not come down before the weather forecast ends"
    return make_plan(bulk=False).model_copy(
        update={"descend": descend, "reenter": Skipped(reason=reason), "assess": Skipped(reason=reason)}
    )
