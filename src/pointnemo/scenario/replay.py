"""The document of a replay: a real de-orbit or decay as it was published, with what it is compared with.

A replay has no manifest, partners or crews: a body, an orbit, burns, and the published figures. Whatever has a name is
a table keyed by it. Rules that span fields (two of three figures of a burn, one kind of orbit) live in
``scenario/replays.py``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pointnemo.scenario.models import Key, NonNegative, Positive, Source, Table, UtcTime, Vector

__all__ = [
    "Body",
    "Breakup",
    "Elements",
    "Forecast",
    "GroundFix",
    "PastOrbit",
    "Published",
    "PublishedEntry",
    "PublishedHeight",
    "PublishedImpact",
    "PublishedOrbit",
    "Replay",
    "ReplayBurn",
    "StartOrbit",
    "Variant",
]

Direction = Literal["ascending", "descending"]


class Body(Table):
    """What flies. Without ``cd_area_m2`` the drag area follows from the decay of the published orbits."""

    mass_kg: Positive = Field(description="at the start of the flight, propellant included")
    cd_area_m2: Positive | None = Field(None, description="drag coefficient times area in orbit")
    drag_sigma: float = Field(0.1, gt=0, lt=1, description="least relative one-sigma error of the drag to come")
    characteristic_length_m: Positive = Field(
        20.0, description="what the mean free path is compared with on the way in"
    )


class Elements(Table):
    """A published element set of SGP4 whose two lines are not at hand."""

    mean_motion_rev_day: float = Field(gt=10, lt=17.3, description="Kozai's, revolutions a day")
    eccentricity: float = Field(ge=0, lt=0.3)
    inclination_deg: float = Field(gt=0, lt=180)
    node_deg: float = Field(ge=-360, le=360)
    perigee_deg: float = Field(ge=-360, le=360)
    mean_anomaly_deg: float = Field(ge=-360, le=360)
    mean_motion_dot_rev_day2: float = Field(0.0, ge=0, le=1, description="as in line 1: half the first derivative")


class GroundFix(Table):
    """A place that the ground track passes, with the time and whether the body flies north or south there."""

    utc: UtcTime = Field(description="at or after orbit.epoch_utc, while the body is still flying")
    latitude_deg: float = Field(ge=-90, le=90)
    longitude_deg: float = Field(ge=-180, le=180)
    direction: Direction


class StartOrbit(Table):
    """Where the flight starts, in one of four ways.

    ``element_set`` (two lines); ``epoch_utc`` and ``elements``; ``epoch_utc`` with a state; ``epoch_utc`` with apogee,
    perigee and inclination, and a ground-track ``fix`` for node and phase. Without a fix places mean nothing, and none
    are reported.
    """

    origin: str = Field(min_length=3, description="who published it, for the page")
    epoch_utc: UtcTime | None = None
    element_set: tuple[str, str] | None = None
    elements: Elements | None = None
    frame: Literal["EME2000", "GCRF", "TEME"] | None = None
    position_km: Vector | None = None
    velocity_km_s: Vector | None = None
    apogee_km: Positive | None = Field(None, description="above 6378.137 km")
    perigee_km: Positive | None = Field(None, description="above 6378.137 km")
    inclination_deg: float | None = Field(None, gt=0, lt=180)
    perigee_argument_deg: float | None = Field(
        None, ge=-360, le=360, description="left out: apogee in the middle of the first burn, or 0 without burns"
    )
    fix: GroundFix | None = None


class PastOrbit(Table):
    """A published orbit of an earlier day, from which the drag is found; mean altitude, or apogee and perigee.

    Rows should be of one kind and source: conventions for a mean altitude differ by a kilometre.
    """

    epoch_utc: UtcTime | None = None
    element_set: tuple[str, str] | None = None
    altitude_km: Positive | None = Field(None, description="mean, above 6378.137 km")
    apogee_km: Positive | None = None
    perigee_km: Positive | None = None
    inclination_deg: float | None = Field(None, gt=0, lt=180, description="left out: that of the orbit before it")
    epoch_sigma_hours: NonNegative = Field(0.0, description="6.9 where only the day is known")
    known_utc: UtcTime | None = Field(None, description="when it was published; left out: at its epoch")


class ReplayBurn(Table):
    """A burn of constant thrust: two of ``delta_v_mps``, ``duration_s`` and ``thrust_n``; the third follows."""

    start_utc: UtcTime
    delta_v_mps: Positive | None = None
    duration_s: Positive | None = None
    thrust_n: Positive | None = None
    specific_impulse_s: Positive = 300.0
    direction: Literal["retrograde", "prograde"]
    up_deg: float = Field(0.0, gt=-90, lt=90, description="tilt of the thrust out of the velocity, outward positive")
    left_deg: float = Field(0.0, gt=-90, lt=90, description="likewise towards the orbit normal r x v")


class Breakup(Table):
    """Pieces that are let go at a height; none: the body is flown whole to the ground."""

    height_km: float = Field(gt=40, le=120)
    fragments: dict[Key, Annotated[float, Field(ge=1, le=1e5)]] = Field(
        description="ballistic coefficient m / (C_D A) in hypersonic flow, kg/m2"
    )


class PublishedOrbit(Table):
    """Orbit after a burn.

    ``kind`` says what the two figures are: mean apsides above 6378.137 km, or the largest and smallest height over the
    ellipsoid in the revolution that follows, which is what Hmax and Hmin of Russian mission control are.
    """

    apogee_km: Positive
    perigee_km: float = Field(gt=-6000, description="negative where the orbit meets the ground")
    kind: Literal["apsides", "heights"] = "apsides"
    within_km: Positive | None = None


class PublishedHeight(Table):
    """When and where the body fell through a height."""

    height_km: float = Field(gt=0, le=150)
    utc: UtcTime | None = None
    within_s: Positive | None = None
    latitude_deg: float | None = Field(None, ge=-90, le=90)
    longitude_deg: float | None = Field(None, ge=-180, le=180)
    within_km: Positive | None = None


class PublishedEntry(Table):
    """When it came down. A body without burns is compared at ``height_km``."""

    utc: UtcTime
    height_km: float = Field(80.0, ge=0, le=125)
    within_s: Positive | None = None
    latitude_deg: float | None = Field(None, ge=-90, le=90)
    longitude_deg: float | None = Field(None, ge=-180, le=180)


class PublishedImpact(Table):
    """Centre of the pieces on the ground."""

    latitude_deg: float = Field(ge=-90, le=90)
    longitude_deg: float = Field(ge=-180, le=180)
    along_km: Positive | None = Field(None, description="half length of the area along the track")
    within_km: Positive | None = None
    fragment: Key | None = Field(None, description="which of breakup.fragments stands for the centre")


class Published(Table):
    """What was published about the flight; everything is optional."""

    orbits: dict[Key, PublishedOrbit] = Field(default={}, description="by burn")
    heights: dict[Key, PublishedHeight] = Field(default={}, description="by a name of your own")
    end_utc: UtcTime | None = Field(None, description="the last of it reached the ground")
    end_within_s: Positive | None = None
    impact: PublishedImpact | None = None
    entry: PublishedEntry | None = None


class Variant(Table):
    """The same flight with other burns or another drag."""

    what: str = Field(min_length=3)
    drag_factor: float = Field(1.0, gt=0, le=10)
    delta_v_mps: dict[Key, Positive] = Field(default={}, description="by burn; its duration stays, its thrust follows")


class Forecast(Table):
    """Forecasts of the entry, each from what was known on its day."""

    before_days: tuple[Positive, ...] = Field(min_length=1, max_length=20)
    members: int = Field(60, ge=10, le=1000)
    seed: int = Field(0, ge=0)


class Replay(Table):
    """One real de-orbit or decay."""

    title: str = Field(min_length=3)
    body: Body
    orbit: StartOrbit | None = None
    history: tuple[PastOrbit, ...] = ()
    burns: dict[Key, ReplayBurn] = Field(default={}, description="by a name of your own")
    breakup: Breakup | None = None
    forecast: Forecast | None = None
    published: Published = Field(default_factory=lambda: Published.model_validate({}))
    variants: dict[Key, Variant] = Field(default={}, description="by a name of your own")
    longest_days: float = Field(10.0, gt=0, le=60, description="after which a flight is given up")
    notes: tuple[str, ...] = Field((), description="what a reader must know: what was assumed, what could not be had")
    sources: dict[str, Source] = Field(default={}, description="dotted key or prefix: where the figures are from")
