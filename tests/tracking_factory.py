"""A made-up but realistic answer to a question about tracking files, for tests of everything that reads one.

The orbit is Keplerian with three coasts and two burns; the numbers are plausible and hang together, and are not the
result of any computation.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from tests.factories import estimate, iso, tt_s

from pointnemo.formats.oem import OemSegment, write_oem
from pointnemo.results import DataFile
from pointnemo.tracking.report import (
    ArcFit,
    DragProcess,
    Fan,
    Followed,
    Hindcast,
    Prediction,
    TrackedBurn,
    TrackedEvent,
    TrackProvenance,
    TrackReport,
    WeatherUsed,
)

EPOCH = datetime.fromisoformat("2022-02-18T12:00:00+00:00")
AS_OF = EPOCH + timedelta(hours=2.5)
MU_KM3_S2 = 398600.4418
DAY_S = 86400.0
STARTS = ("2022-01-03", "2022-01-17", "2022-01-31", "2022-02-07", "2022-02-11", "2022-02-14", "2022-02-16")
DAYS_AHEAD = (1.0, 3.0, 7.0, 10.0, 15.0)


def after(days: float) -> str:
    return iso(EPOCH + timedelta(days=days))


def file_of(day: str) -> str:
    return f"ISS_OEM_{day}.xml.xz"


def kepler(state: np.ndarray, dt_s: np.ndarray) -> np.ndarray:
    """States (n, 6) at times after a state on a nearly circular orbit, by f and g in the eccentric anomaly."""
    r, v = state[:3], state[3:]
    r0 = float(np.linalg.norm(r))
    a = 1.0 / (2.0 / r0 - float(v @ v) / MU_KM3_S2)
    n = np.sqrt(MU_KM3_S2 / a**3)
    ec, es = 1.0 - r0 / a, float(r @ v) / np.sqrt(MU_KM3_S2 * a)
    x = n * dt_s
    for _ in range(30):
        x = x - (x - ec * np.sin(x) + es * (1.0 - np.cos(x)) - n * dt_s) / (1.0 - ec * np.cos(x) + es * np.sin(x))
    f = 1.0 - a / r0 * (1.0 - np.cos(x))
    g = dt_s - (x - np.sin(x)) / n
    position = f[:, None] * r + g[:, None] * v
    radius = np.linalg.norm(position, axis=1)
    f_dot = -np.sqrt(MU_KM3_S2 * a) / (r0 * radius) * np.sin(x)
    g_dot = 1.0 - a / radius * (1.0 - np.cos(x))
    return np.hstack([position, f_dot[:, None] * r + g_dot[:, None] * v])


def orbit(days: float = 15.0) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    """Epochs (n,), states (n, 6) and block starts; burns on the eighth day and on the thirteenth."""
    start = tt_s(EPOCH)
    incl = np.radians(51.63)
    radius, speed = 6793.0, 7.667
    state = np.array([radius, 0.0, 0.0, 0.001, speed * np.cos(incl), speed * np.sin(incl)])
    burns = [(d, s) for d, s in ((7.567, 371.7), (12.2, 48.0)) if d < days]
    times, states, starts = [], [], []
    at = start
    for begin, seconds in [*burns, (days, 0.0)]:
        end = start + begin * DAY_S
        grid = np.r_[np.arange(at, end - 1.0, 240.0), end]
        starts.append(sum(map(len, times)))
        times.append(grid)
        states.append(kepler(state, grid - at))
        state, at = states[-1][-1], end
        if seconds:
            grid = end + np.linspace(0.0, seconds, 9)
            rows = kepler(state, grid - end)
            ahead = rows[:, 3:] / np.linalg.norm(rows[:, 3:], axis=1)[:, None]
            pushed = (grid - end)[:, None]
            rows[:, :3] += 0.5 * 1.45e-6 * pushed**2 * ahead
            rows[:, 3:] += 1.45e-6 * pushed * ahead
            starts.append(sum(map(len, times)))
            times.append(grid)
            states.append(rows)
            state, at = rows[-1], float(grid[-1])
    return np.concatenate(times), np.vstack(states), tuple(starts)


def rtn_axes(state: np.ndarray) -> np.ndarray:
    """Rows radial, along-track, cross-track."""
    radial = state[:3] / np.linalg.norm(state[:3])
    cross = np.cross(state[:3], state[3:])
    cross = cross / np.linalg.norm(cross)
    return np.stack([radial, np.cross(cross, radial), cross])


def sigma_rtn(days: np.ndarray) -> np.ndarray:
    """One sigma, km, (n, 3), growing as a drag error makes it."""
    along = np.hypot(0.02, 0.55 * days**1.8)
    return np.stack([0.02 + 0.006 * along, along, 0.012 + 0.001 * days], axis=-1)


def covariance_of(state: np.ndarray, days: float) -> np.ndarray:
    sigma = sigma_rtn(np.array([days]))[0]
    n = 0.00113
    local = np.diag([*(sigma**2), (sigma[1] * n * 0.9) ** 2, (sigma[0] * n) ** 2 + 1e-12, (sigma[2] * n) ** 2])
    local[1, 3] = local[3, 1] = -0.9 * sigma[1] * sigma[1] * n * 0.9
    turn = np.kron(np.eye(2), rtn_axes(state))
    return turn.T @ local @ turn


def make_fan(day: str, days: float, seed: int = 1, members: int = 60) -> Fan:
    start = tt_s(datetime.fromisoformat(f"{day}T12:00:00+00:00"))
    tt = start + np.arange(0.0, days + 1e-9, 1.0 / 12.0) * DAY_S
    ahead = (tt - start) / DAY_S
    draws = np.random.default_rng(seed).standard_normal((members, 1, 3))
    offsets = draws * sigma_rtn(ahead)[None]
    later = [other for other in STARTS if day < other]
    seen = np.array([tt_s(datetime.fromisoformat(f"{other}T12:00:00+00:00")) for other in later])
    kept = (seen <= tt[-1]) if seen.size else np.zeros(0, bool)
    seen = seen[kept]
    seen_days = (seen - start) / DAY_S
    seen_rtn = np.stack([0.03 + 0.0 * seen_days, 0.35 * seen_days**1.8, -0.02 + 0.0 * seen_days], axis=-1)
    return Fan(
        name=file_of(day),
        as_of_tt_s=start + 9000.0,
        tt_s=tt,
        offsets_rtn_km=offsets,
        seen_tt_s=seen,
        seen_rtn_km=seen_rtn.reshape(-1, 3),
        seen_names=tuple(file_of(other) for other, keep in zip(later, kept, strict=True) if keep),
        file_tt_s=tt,
        file_rtn_km=np.stack([0.05 * ahead, -1.1 * ahead**1.9, 0.0 * ahead], axis=-1),
    )


def make_arcs() -> tuple[ArcFit, ...]:
    areas = (None, 1210.0, 1305.0, 1420.0, 1390.0, 1402.0, 1376.0)
    rows = []
    for i, (a, b) in enumerate(zip(STARTS, (*STARTS[1:], "2022-02-18"), strict=True)):
        area = areas[i]
        days = (datetime.fromisoformat(b) - datetime.fromisoformat(a)).days
        mass = 459_023.0 if i == 0 else 445_386.0
        factor = None if area is None else area / mass
        spread = 0.06 if days > 5 else 0.14
        rows.append(
            ArcFit(
                from_utc=f"{a}T12:00:00.000Z",
                to_utc=f"{b}T12:00:00.000Z",
                from_file=file_of(a),
                to_file=file_of(b),
                days=float(days),
                mass_kg=mass,
                ballistic_factor_m2_kg=None
                if factor is None
                else estimate(factor, factor * (1 - spread), factor * (1 + spread), "m2/kg"),
                cd_area_m2=None if area is None else estimate(area, area * (1 - spread), area * (1 + spread), "m2"),
                miss_radial_km=0.431 if area is None else 0.031 - 0.009 * i,
                miss_along_km=0.0004 * (i - 3),
                miss_cross_km=-0.062 + 0.017 * i,
                burns=("GMT012 Reboost", "replanned 2022-01-11") if i == 0 else ("GMT037 Reboost",) if i == 2 else (),
                status="unannounced burn" if area is None else "fitted",
                note="no positive drag area explains 14 days; a burn of about 0.7 m/s does" if area is None else "",
            )
        )
    return tuple(rows)


def make_burns() -> tuple[TrackedBurn, ...]:
    return (
        TrackedBurn(
            name="replanned 2022-01-11",
            origin="inferred",
            kind="replanned reboost",
            start_utc="2022-01-11T20:10:00.000Z",
            start_sigma_s=21_600.0,
            duration_s=None,
            delta_v_mps=0.71,
            delta_v_sigma_mps=0.12,
            delta_v_rtn_mps=None,
            acceleration_mm_s2=None,
            thrust_n=None,
            preliminary=False,
            file=file_of("2022-01-17"),
        ),
        TrackedBurn(
            name="GMT037 Reboost",
            origin="ephemeris",
            kind="reboost",
            start_utc="2022-02-06T09:30:00.000Z",
            start_sigma_s=0.5,
            duration_s=105.1,
            delta_v_mps=0.2,
            delta_v_sigma_mps=0.001,
            delta_v_rtn_mps=(-0.0163, 0.1982, 0.0216),
            acceleration_mm_s2=1.9027,
            thrust_n=847.0,
            preliminary=False,
            file=file_of("2022-01-31"),
        ),
        TrackedBurn(
            name="GMT057 Reboost Preli",
            origin="ephemeris",
            kind="reboost",
            start_utc=after(7.567),
            start_sigma_s=2.0,
            duration_s=371.7,
            delta_v_mps=0.5401,
            delta_v_sigma_mps=0.002,
            delta_v_rtn_mps=(-0.0008, 0.5401, 0.0004),
            acceleration_mm_s2=1.4527,
            thrust_n=647.0,
            preliminary=True,
            file=file_of("2022-02-18"),
        ),
        TrackedBurn(
            name="PDAM option",
            origin="event table",
            kind="debris avoidance",
            start_utc=after(12.2),
            start_sigma_s=60.0,
            duration_s=48.0,
            delta_v_mps=-0.07,
            delta_v_sigma_mps=0.05,
            delta_v_rtn_mps=None,
            acceleration_mm_s2=None,
            thrust_n=None,
            preliminary=True,
            file=file_of("2022-02-18"),
        ),
    )


def make_events() -> tuple[TrackedEvent, ...]:
    newest = file_of("2022-02-18")
    rows = (
        (-1.9, "undocking", "NG-16 Unberth", 0.0, "moved by 2 h later"),
        (3.1, "docking", "NG-17 Capture", 0.0, ""),
        (7.567, "reboost", "GMT057 Reboost Preli", 0.5, "moved 1.2 min later; delta-v from 0.4 to 0.5 m/s"),
        (27.6, "launch", "66S Launch", 0.0, ""),
    )
    return tuple(
        TrackedEvent(
            utc=after(days),
            kind=kind,  # type: ignore[arg-type]
            name=name,
            delta_v_mps=delta_v,
            apogee_km=421.5 if days > 0 else None,
            perigee_km=411.9 if days > 0 else None,
            preliminary="Preli" in name,
            file=newest,
            changed=changed,
        )
        for days, kind, name, delta_v, changed in rows
    )


def make_hindcasts() -> tuple[Hindcast, ...]:
    rows = (
        ("2022-01-03", "2022-01-17", 351.0, 22.0, -382.42, "an unannounced burn in between"),
        ("2022-01-17", "2022-01-31", -14.3, 31.0, -56.14, ""),
        ("2022-01-31", "2022-02-11", 24.8, 19.5, 108.9, ""),
        ("2022-02-07", "2022-02-14", 9.1, 10.2, 25.73, ""),
        ("2022-02-11", "2022-02-14", -1.7, 2.4, 4.37, ""),
        ("2022-02-16", "2022-02-18", 0.6, 1.1, None, ""),
    )
    found = []
    for a, b, miss, sigma, theirs, note in rows:
        days = float((datetime.fromisoformat(b) - datetime.fromisoformat(a)).days)
        found.append(
            Hindcast(
                from_file=file_of(a),
                as_of_utc=f"{a}T14:30:00.000Z",
                to_file=file_of(b),
                utc=f"{b}T12:00:00.000Z",
                days=days,
                miss_rtn_km=(0.03, miss, -0.02),
                sigma_rtn_km=(0.05, sigma, 0.04),
                file_miss_rtn_km=None if theirs is None else (0.2, theirs, 0.05),
                note=note,
            )
        )
    return tuple(found)


def make_followed(
    *,
    hindcasts: bool = True,
    at_days: tuple[float, ...] = DAYS_AHEAD,
    days: float = 15.0,
    seed: int = 0,
    members: int = 60,
) -> Followed:
    """The whole answer; ``seed`` moves the members of the fan a little."""
    times, states, starts = orbit(days)
    first = np.round(states[0], 9)
    at_s = np.array([tt_s(EPOCH) + d * DAY_S for d in at_days])
    at_states = np.stack([[np.interp(t, times, column) for column in states.T] for t in at_s])
    sigmas = sigma_rtn(np.array(at_days))
    within = [row for row in range(0, len(times), 45) if row not in starts]
    covariances = np.stack([covariance_of(states[i], (times[i] - times[0]) / DAY_S) for i in [0, *within]])
    report = TrackReport(
        object_name="ISS",
        object_id="1998-067-A",
        as_of_utc=iso(AS_OF),
        epoch_utc="2022-02-18T12:00:00.000Z",
        position_km=tuple(first[:3].tolist()),
        velocity_km_s=tuple(first[3:].tolist()),
        covariance=tuple(tuple(row) for row in covariances[0].tolist()),
        mass_kg=445_386.0,
        origin=f"first state of {file_of('2022-02-18')} (NASA/JSC/FOD/TOPO, made 2022-02-18T14:30:00Z)",
        altitude_km=415.31,
        apogee_km=421.62,
        perigee_km=409.0,
        ballistic_factor_m2_kg=estimate(0.003107, 0.002717, 0.003547, "m2/kg"),
        decay_km_per_day=estimate(0.0512, 0.0412, 0.0631, "km/day"),
        arcs=make_arcs(),
        burns=make_burns(),
        events=make_events(),
        drag=DragProcess(
            median_cd_area_m2=1350.0,
            sigma_log=0.16,
            memory_days=21.0,
            noise_log=0.03,
            now_cd_area_m2=estimate(1384.0, 1210.0, 1580.0, "m2"),
            separable="7 arcs over 46 days cannot tell a bias of the density model from the attitude of the station; "
            "the step of 2022-02-08 fits a change of configuration",
        ),
        prediction=tuple(
            Prediction(
                utc=after(d),
                position_km=tuple(state[:3].tolist()),
                velocity_km_s=tuple(state[3:].tolist()),
                sigma_rtn_km=tuple(sigma.tolist()),
            )
            for d, state, sigma in zip(at_days, at_states, sigmas, strict=True)
        ),
        hindcasts=make_hindcasts() if hindcasts else (),
        weather=WeatherUsed(
            source="CelesTrak SW-All of 2026-10-16",
            as_of_utc=iso(AS_OF),
            method="recurrence and persistence for 45 days, monthly mean after",
            skill="F10.7 off by 4 sfu after 3 days, 9 after 10, 13 after 27 (root mean square since 2010)",
        ),
        files=tuple(file_of(day) for day in (*STARTS, "2022-02-18")),
        notes=("the mass is that of the newest header",),
        provenance=TrackProvenance(
            package_version="0.1.0",
            seed=seed,
            members=members,
            data=(DataFile(name="space_weather.csv", version="2026-10-16", source="CelesTrak", sha256="ab" * 32),),
            models=("density: NRLMSISE-00 (Picone et al. 2002)", "drag: Ornstein-Uhlenbeck processes of ln C_D A"),
        ),
    )
    stretches = times[0] + 86400.0 * np.arange(-20.0, max(np.floor(days), 1.0))
    return Followed(
        report=report,
        object_id="1998-067-A",
        tt_s=times,
        position_km=states[:, :3],
        velocity_km_s=states[:, 3:],
        block_starts=starts,
        covariance_tt_s=times[[0, *within]],
        covariances=covariances,
        fan=make_fan("2022-02-18", days, seed + 1, members),
        drag_from_tt_s=stretches,
        drag_to_tt_s=stretches + 86400.0,
        drag_cd_area_m2=1384.0 * np.exp(0.01 * np.arange(len(stretches)))[:, None] * np.array([0.85, 1.0, 1.18]),
        hindcast_fans=tuple(make_fan(day, 15.0, 10 + i) for i, day in enumerate(STARTS)) if hindcasts else (),
    )


def write_tracking_file(path: Path, day: str, object_id: str = "1998-067-A", made: str = "14:30:00.000") -> Path:
    """A small ephemeris of twelve states from noon of a day on, made two and a half hours later."""
    noon = tt_s(datetime.fromisoformat(f"{day}T12:00:00+00:00"))
    _, states, _ = orbit(1.0)
    segment = OemSegment(noon + 240.0 * np.arange(12.0), states[:12, :3], states[:12, 3:])
    names = {"object_name": "ISS", "object_id": object_id, "originator": "TEST"}
    write_oem(path, [segment], creation_utc=f"{day}T{made}", frame="EME2000", **names)
    return path
