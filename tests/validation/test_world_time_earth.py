"""Time, frames, Sun and Moon against astropy and heyoka; the bundled Earth orientation against the IERS file."""

from __future__ import annotations

import lzma
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pointnemo.world import earth
from pointnemo.world import time as clock
from pointnemo.world.earth import EarthOrientation

pytestmark = pytest.mark.validation

Figure = Any


@pytest.fixture(scope="module")
def eo() -> EarthOrientation:
    return earth.load_earth_orientation()


def random_dates(count: int, first: str, last: str, seed: int = 11) -> list[str]:
    low, high = np.datetime64(first, "us").astype(np.int64), np.datetime64(last, "us").astype(np.int64)
    ticks = np.random.default_rng(seed).integers(low, high, count)
    return [str(tick) + "Z" for tick in ticks.astype("datetime64[us]")]


def test_utc_against_astropy(figure: Figure) -> None:
    from astropy.time import Time

    texts = random_dates(3000, "2000-01-01", "2035-12-31")
    oracle = Time([text[:-1] for text in texts], scale="utc", format="isot").tt
    expected = (oracle.jd1 - 2451545.0) * 86400.0 + oracle.jd2 * 86400.0
    ours = clock.from_utc_many(texts)
    figure("time-from-utc", np.abs(ours - expected).max() * 1e6, 1.0, "us", "astropy, 3000 instants 2000-2035")
    written = [clock.to_utc(float(tt), digits=6) for tt in ours]
    back = Time([text[:-1] for text in written], scale="utc", format="isot").tt
    difference = (back.jd1 - oracle.jd1) * 86400.0 + (back.jd2 - oracle.jd2) * 86400.0
    figure("time-to-utc", np.abs(difference).max() * 1e6, 1.0, "us", "astropy, 3000 instants 2000-2035")


def test_leap_second_against_astropy(figure: Figure) -> None:
    from astropy.time import Time

    texts = [
        f"{day}T23:59:{second}" for day in ("1972-06-30", "1998-12-31", "2016-12-31") for second in ("59.5", "60.5")
    ]
    oracle = Time(texts, scale="utc", format="isot").tt
    expected = (oracle.jd1 - 2451545.0) * 86400.0 + oracle.jd2 * 86400.0
    worst = np.abs(np.array([clock.from_utc(text) for text in texts]) - expected).max()
    figure("time-leap-second", worst * 1e6, 1.0, "us", "astropy, around three leap seconds")


def test_itrs_against_astropy(figure: Figure, eo: EarthOrientation) -> None:
    """Rotation alone, 6800 km from the centre, 1973 to the end of the IERS prediction."""
    from astropy import units as u
    from astropy.coordinates import GCRS, ITRS, CartesianRepresentation
    from astropy.time import Time
    from astropy.utils import iers

    texts = random_dates(400, "1973-02-01", "2027-09-30")
    rng = np.random.default_rng(3)
    r = rng.normal(size=(400, 3))
    r *= 6800.0 / np.linalg.norm(r, axis=1)[:, None]
    with iers.conf.set_temp("auto_download", False), iers.conf.set_temp("auto_max_age", None):
        when = Time([text[:-1] for text in texts], scale="utc", format="isot")
        place = GCRS(CartesianRepresentation(*(r.T * u.km)), obstime=when)
        expected = place.transform_to(ITRS(obstime=when)).cartesian.xyz.to_value(u.km).T
    ours = np.einsum("nij,nj->ni", earth.gcrs_to_itrs(clock.from_utc_many(texts), eo), r)
    miss_m = np.linalg.norm(ours - expected, axis=1) * 1000.0
    figure("frame-gcrs-itrs", miss_m.max(), 1.0, "m", "astropy, 400 instants 1973-2027, 6800 km")


def test_velocity_against_astropy(figure: Figure, eo: EarthOrientation) -> None:
    from astropy import units as u
    from astropy.coordinates import GCRS, ITRS, CartesianDifferential, CartesianRepresentation
    from astropy.time import Time
    from astropy.utils import iers

    text = "2026-09-04T12:00:00"
    r, v = np.array([-304.7957, 6745.2360, -796.4108]), np.array([-4.765218, -0.905409, -5.928264])
    with iers.conf.set_temp("auto_download", False), iers.conf.set_temp("auto_max_age", None):
        when = Time(text, scale="utc")
        state = CartesianRepresentation(*(r * u.km), differentials=CartesianDifferential(*(v * u.km / u.s)))
        expected = GCRS(state, obstime=when).transform_to(ITRS(obstime=when)).velocity.d_xyz.to_value(u.km / u.s)
    ours = earth.gcrs_to_itrs_state(clock.from_utc(text), r, v, eo)[1]
    figure("frame-velocity", np.linalg.norm(ours - expected) * 1e6, 5.0, "mm/s", "astropy, ISS state of 2026-09-04")


def test_earth_orientation_against_the_iers_file(reference_data: Path, figure: Figure, eo: EarthOrientation) -> None:
    mjd, x, y, ut1 = [], [], [], []
    with lzma.open(reference_data / "eop/finals2000A.all.xz", "rt") as lines:
        for line in lines:
            if not line[58:68].strip() or not line[18:27].strip():
                continue
            if float(line[7:15]) < 51179:  # 1999: before the station, and before the two series agree
                continue
            bulletin_b = bool(line[134:144].strip())
            mjd.append(float(line[7:15]))
            x.append(float(line[134:144] if bulletin_b else line[18:27]))
            y.append(float(line[144:154] if bulletin_b else line[37:46]))
            ut1.append(float(line[154:165] if bulletin_b else line[58:68]))
    rows = np.array(mjd).astype(int) - int(eo.mjd[0])
    metres_per_s = earth.EARTH_ROTATION_RAD_S * earth.EARTH_RADIUS_KM * 1000.0
    assert len(rows) > 10_000
    source = "IERS finals2000A, 1999-2027"
    figure("eop-ut1", np.abs(eo.ut1_utc_s[rows] - ut1).max() * metres_per_s, 1.0, "m", source)
    pole = np.hypot(eo.x_rad[rows] - np.radians(np.array(x) / 3600), eo.y_rad[rows] - np.radians(np.array(y) / 3600))
    figure("eop-pole", pole.max() * earth.EARTH_RADIUS_KM * 1000.0, 1.0, "m", source)


def test_extrapolated_orientation_against_what_came(figure: Figure, eo: EarthOrientation) -> None:
    """The extrapolation rule, run from each New Year 2000-2020, against UT1 five years later."""
    ut1_tai = eo.ut1_utc_s - clock.tai_minus_utc(eo.mjd)
    window, lead = int(earth.MEAN_YEARS * 365.25), int(5 * 365.25)
    misses = []
    for year in range(2000, 2021):
        end = int(clock.mjd_utc(clock.from_utc(f"{year}-01-01"))) - int(eo.mjd[0])
        rate = np.polyfit(eo.mjd[end - window : end] - eo.mjd[end - 1], ut1_tai[end - window : end], 1)[0]
        misses.append(ut1_tai[end - 1] + rate * (lead + 1) - ut1_tai[end + lead])
    figure("eop-extrapolated-ut1", np.abs(misses).max(), 3.0, "s", "IERS C04, five years ahead, 2000-2020")


def test_sun_and_moon_against_heyoka(figure: Figure) -> None:
    """heyoka carries VSOP2013 and ELP2000-82B: another theory than ERFA's, as direction from the geocentre."""
    import heyoka

    tt = clock.from_utc_many(random_dates(100, "2020-01-01", "2035-12-31"))
    centuries = tt / (36525.0 * 86400.0)
    t = heyoka.par[0]
    moon_function = heyoka.cfunc(heyoka.model.elp2000_cartesian_fk5(time_expr=t, thresh=1e-6), vars=[])
    moon = moon_function(np.zeros((0, len(tt))), pars=centuries[None, :]).T
    ours = earth.EME2000_TO_GCRS.T @ earth.moon_gcrs_km(tt).T
    angle = np.linalg.norm(np.cross(moon, ours.T), axis=1) / np.linalg.norm(moon, axis=1) ** 2
    figure("moon-direction", np.degrees(angle.max()) * 3600, 30.0, "arcsec", "heyoka ELP2000-82B, 2020-2035")
    # vsop2013 counts in thousands of Julian years of TDB and gives the heliocentric Earth in au.
    earth_function = heyoka.cfunc(heyoka.model.vsop2013_cartesian_icrf(3, time_expr=t, thresh=1e-8)[:3], vars=[])
    sun = -earth_function(np.zeros((0, len(tt))), pars=centuries[None, :] / 10.0).T
    mine = earth.sun_gcrs_km(tt)
    angle = np.linalg.norm(np.cross(sun, mine), axis=1) / np.linalg.norm(sun, axis=1) / np.linalg.norm(mine, axis=1)
    source = "heyoka VSOP2013, barycentre of Earth and Moon (6.5 arcsec from the Earth), 2020-2035"
    figure("sun-direction", np.degrees(angle.max()) * 3600, 10.0, "arcsec", source)
