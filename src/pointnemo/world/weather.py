"""Space weather, day by day: F10.7, its 81-day mean and Ap, observed and forecast, every day marked with its regime.

Conventions of NRLMSISE-00 (Picone et al., J. Geophys. Res. 107, 1468, 2002, and the comments of its published code):
F10.7 is the flux *observed* at the Earth, not adjusted to 1 au; the model wants that of the *previous* day, the mean
over the 81 days *centred* on the day, and the daily Ap of the day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pointnemo.errors import WorldError
from pointnemo.world import solar_cycle, tables

__all__ = [
    "ACTIVITIES",
    "PERCENTILE",
    "REGIMES",
    "Activity",
    "SpaceWeather",
    "centred_mean",
    "iso_day",
    "load_space_weather",
    "monthly_to_daily",
    "to_one_au",
    "without_misreadings",
]

FloatArray = NDArray[np.float64]
Activity = Literal["low", "mean", "high"]

REGIMES = ("observed", "daily forecast", "monthly forecast", "drawn")
OBSERVED, DAILY, MONTHLY, DRAWN = range(4)

PERCENTILE = {"low": 5, "mean": 50, "high": 95}
"""Percentile of the forecast distribution of F10.7 (and of Ap), day by day, that each line follows."""

ACTIVITIES: tuple[Activity, ...] = ("low", "mean", "high")

HALF_WINDOW_DAYS = 40  # of the centred 81-day mean

# A noon reading taken during a solar radio burst (939 sfu on 2011-03-07, between 142 and 167) is not the slowly varying
# flux that the model wants: Tapping, Space Weather 11, 394 (2013), section 4. Two days of 1997-98 read far too low. No
# true day differs so much from those around it: the next ratios in the record since 1957 are 1.33 and 0.81.
BURST_FACTOR, DIP_FACTOR = 1.35, 0.77
NEIGHBOURS = 3  # days on either side


@dataclass(frozen=True)
class SpaceWeather:
    """Daily space weather; day i is the UTC day ``mjd0 + i``.

    Attributes:
        mjd0: modified Julian date of the first day.
        f107: shape (n,), F10.7 observed at the Earth (sfu).
        f107a: shape (n,), mean of F10.7 over the 81 days centred on the day; it runs across regime borders, and over
            the days there are within 40 days of either end of the table.
        ap: shape (n,), daily Ap.
        regime: shape (n,), index into ``REGIMES``.
        issued: UTC date on which the record and its forecast were issued.
        source: where they come from.
        activity: which line through the forecast this is.
        misread: MJD of the observed days whose F10.7 gave way to the median of its neighbours (mostly radio bursts).
    """

    mjd0: int
    f107: FloatArray
    f107a: FloatArray
    ap: FloatArray
    regime: NDArray[np.int8]
    issued: str
    source: str
    activity: str = "mean"
    misread: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit together, or hold anything that is not a number."""
        arrays = (self.f107, self.f107a, self.ap, self.regime)
        if any(array.shape != (len(self.f107),) for array in arrays):
            raise ValueError("f107, f107a, ap and regime must be one-dimensional and equally long")
        if not all(np.all(np.isfinite(array)) for array in arrays[:3]):
            raise WorldError("space weather holds a value that is not a number")
        for array in arrays:
            array.setflags(write=False)

    @property
    def valid(self) -> tuple[float, float]:
        """First and last (exclusive) MJD that ``msis`` answers for: the first day has no previous one."""
        return self.mjd0 + 1.0, float(self.mjd0 + len(self.f107))

    @property
    def observed_until(self) -> int:
        """MJD of the last observed day."""
        return self.mjd0 + int(np.flatnonzero(self.regime == OBSERVED)[-1])

    def day(self, mjd: ArrayLike) -> NDArray[np.int64]:
        """Index of the UTC day of each MJD.

        Raises:
            WorldError: a date lies outside the table; carries the valid interval.
        """
        date = np.asarray(mjd, dtype=float)
        first, beyond = self.valid
        if np.any(~(date >= first) | ~(date < beyond)):
            raise WorldError(
                "space weather is not known on a day that was asked for", iso_day(first), iso_day(beyond - 1)
            )
        return np.floor(date).astype(np.int64) - self.mjd0

    def msis(self, mjd: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
        """What NRLMSISE-00 wants at an instant.

        Args:
            mjd: UTC modified Julian dates, any shape.

        Returns:
            F10.7 of the previous day (sfu), centred 81-day mean (sfu), daily Ap; same shape, constant over a UTC day.

        Raises:
            WorldError: a date lies outside the table; carries the valid interval.
        """
        day = self.day(mjd)
        return self.f107[day - 1], self.f107a[day], self.ap[day]

    def line(self, activity: Activity) -> SpaceWeather:
        """The 5th (low), 50th (mean) or 95th (high) percentile of the forecast; observed days stay as they are.

        The mean line is the forecast as issued. The others lie a half width away from it in sqrt(F10.7 - 60) and
        ln(Ap), derived from the record in this very table (``solar_cycle``), grown linearly over the first two
        months and kept within what the smoothed record has seen. Both indices go to the same side on every day:
        a whole low or high line is rarer than 1 in 20.

        Args:
            activity: which.

        Returns:
            A new value; ``f107a`` follows.

        Raises:
            ValueError: this is not the mean line.
        """
        if self.activity != "mean":
            raise ValueError(f"a line is taken from the mean line, not from the {self.activity} one")
        sign = {"low": -1.0, "mean": 0.0, "high": 1.0}[activity]
        if sign == 0.0:
            return self
        last = self.observed_until
        known = slice(0, last - self.mjd0 + 1)
        mjd = np.arange(last + 1, self.mjd0 + len(self.f107))
        months = 24 + len(mjd) // 28
        grown = np.minimum((mjd - last) / (solar_cycle.RISE_MONTHS * 30.44), 1.0)
        to_au = to_one_au(mjd)

        sun = solar_cycle.f107_outlook(self.mjd0, self.f107[known], months)
        root = np.sqrt(np.maximum(self.f107[mjd - self.mjd0] * to_au - solar_cycle.QUIET_SUN_SFU, 0.0))
        moved = root + sign * grown * monthly_to_daily(mjd, sun.month, sun.half_width)
        # Never beyond the record, but never to the wrong side of the forecast either.
        moved = (
            np.maximum(moved, np.minimum(root, sun.lowest))
            if sign < 0
            else np.minimum(moved, np.maximum(root, sun.highest))
        )
        f107 = self.f107.copy()
        f107[mjd - self.mjd0] = (moved**2 + solar_cycle.QUIET_SUN_SFU) / to_au

        geo = solar_cycle.ap_outlook(self.mjd0, self.ap[known], months)
        log = np.log(np.maximum(self.ap[mjd - self.mjd0], 1.0))
        shifted = log + sign * grown * monthly_to_daily(mjd, geo.month, geo.half_width)
        shifted = (
            np.maximum(shifted, np.minimum(log, geo.lowest))
            if sign < 0
            else np.minimum(shifted, np.maximum(log, geo.highest))
        )
        ap = self.ap.copy()
        ap[mjd - self.mjd0] = np.exp(shifted)
        return replace(self, f107=f107, f107a=centred_mean(f107), ap=ap, activity=activity)


def centred_mean(f107: FloatArray) -> FloatArray:
    """Mean over the 81 days centred on each day; near the ends over those that there are. Shape (n,) -> (n,)."""
    total = np.concatenate([[0.0], np.cumsum(f107)])
    day = np.arange(len(f107))
    low = np.maximum(day - HALF_WINDOW_DAYS, 0)
    high = np.minimum(day + HALF_WINDOW_DAYS + 1, len(f107))
    return (total[high] - total[low]) / (high - low)


def without_misreadings(f107: FloatArray) -> tuple[FloatArray, NDArray[np.int64]]:
    """Replace readings taken during solar radio bursts, and dropouts, by the median of the three days on either side.

    Args:
        f107: shape (n,), observed F10.7, sfu.

    Returns:
        The record without them, and the indices that were replaced.
    """
    padded = np.pad(f107, NEIGHBOURS, mode="edge")
    shifts = [k for k in range(2 * NEIGHBOURS + 1) if k != NEIGHBOURS]
    usual = np.median([padded[k : k + len(f107)] for k in shifts], axis=0)
    hit = (f107 > BURST_FACTOR * usual) | (f107 < DIP_FACTOR * usual)
    return np.where(hit, usual, f107), np.flatnonzero(hit)


def load_space_weather(folder: Path | None = None) -> SpaceWeather:
    """The record: observed since 1957, the 45-day forecast, the monthly forecast (bundled: to 2041).

    The monthly forecast is a smooth curve at 1 au, given on the first of each month: it is interpolated linearly in
    that form and turned back into the flux observed at the distance of the day. It has no Ap: there the median of
    past cycles at the same phase stands in (``solar_cycle``).

    Args:
        folder: of updated tables; None for the bundled ones.

    Returns:
        The mean line.

    Raises:
        WorldError: a table is damaged.
    """
    daily = tables.read_table("space_weather_daily.csv.gz", folder)
    monthly = tables.read_table("space_weather_monthly.csv.gz", folder)
    f107, ap = daily.values.T
    mjd0 = int(daily.about["first_mjd"])
    forecast = int(daily.about["forecast_from_mjd"])
    observed, misread = without_misreadings(f107[: forecast - mjd0])
    f107 = np.concatenate([observed, f107[forecast - mjd0 :]])
    following = mjd0 + len(f107)  # the first day that only the monthly forecast covers
    node_mjd, _, node_f107 = monthly.values.T

    later = np.arange(following, int(node_mjd[-1]) + 1)
    first_node = float(f107[-1] * to_one_au(following - 1))  # joins the last day to the first month
    curve = np.interp(later, [following - 1, *node_mjd], [first_node, *node_f107])
    months = 24 + len(later) // 28
    geo = solar_cycle.ap_outlook(mjd0, ap[: forecast - mjd0], months)
    regime = np.full(len(f107) + len(later), MONTHLY, dtype=np.int8)
    regime[: len(f107)] = DAILY
    regime[: forecast - mjd0] = OBSERVED
    whole = np.concatenate([f107, curve / to_one_au(later)])
    return SpaceWeather(
        mjd0=mjd0,
        f107=whole,
        f107a=centred_mean(whole),
        ap=np.concatenate([ap, np.exp(monthly_to_daily(later, geo.month, geo.centre))]),
        regime=regime,
        issued=daily.about["issued"],
        source=daily.about["source"],
        misread=tuple(int(mjd0 + index) for index in misread),
    )


def monthly_to_daily(mjd: NDArray[np.int64], month: NDArray[np.int64], value: FloatArray) -> FloatArray:
    """Monthly values, taken to hold in the middle of each month, interpolated to days."""
    start = month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + 40587
    return np.interp(mjd, start + 14.5, value)


def to_one_au(mjd: ArrayLike) -> FloatArray:
    """(Distance of the Sun in au)^2, by which an observed flux is multiplied to adjust it to 1 au.

    Low-precision Sun of the Astronomical Almanac (page C5): distance to 1e-4 au.
    """
    anomaly = np.radians(357.528 + 0.9856003 * (np.asarray(mjd, dtype=float) + 0.5 - 51545.0))
    return (1.00014 - 0.01671 * np.cos(anomaly) - 0.00014 * np.cos(2 * anomaly)) ** 2


def iso_day(mjd: float) -> str:
    """ISO 8601 date of the UTC day that a modified Julian date falls in."""
    return str(np.datetime64("1858-11-17") + int(mjd))
