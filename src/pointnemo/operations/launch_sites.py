"""Where visiting vehicles start, on what, and how they catch up: the tables behind launch windows.

Each ``source`` says of its figures whether they are ``published`` (seen in the document named), ``recalled`` (public
figures taken from memory and not seen again), ``fitted`` or a ``guess``. One number per launcher is fitted:
``steering``, on one launch each (see ``docs/windows.md``). Nothing here belongs to one mission.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

__all__ = ["LAUNCHERS", "SITES", "VISITORS", "CatchUp", "LaunchSite", "Launcher", "Route", "Scheme", "Visitor"]

Direction = Literal["ascending", "descending"]


@dataclass(frozen=True)
class LaunchSite:
    """A pad.

    Attributes:
        name: as people say it.
        latitude_deg: geodetic, WGS 84.
        longitude_deg: east positive.
        source: where the figures are from.
    """

    name: str
    latitude_deg: float
    longitude_deg: float
    source: str


@dataclass(frozen=True)
class Launcher:
    """A launcher, as far as a window to the station needs it.

    Attributes:
        name: as people say it.
        ascent_s: from liftoff to insertion.
        downrange_deg: angle in the plane of the orbit, seen from the centre of the Earth, from the pad at liftoff to
            the insertion point.
        steering: how much of the sideways drift of the pad is left on average during the ascent, 0 to 1: the speed
            across the plane, at liftoff that of the pad, is nulled by the steering; 0.5 is nulling at a steady rate.
        insertion_km: perigee and apogee of the orbit of insertion, above 6378.137 km.
        source: of each figure; what is fitted or a guess says so.
    """

    name: str
    ascent_s: float
    downrange_deg: float
    steering: float
    insertion_km: tuple[float, float]
    source: str


@dataclass(frozen=True)
class Scheme:
    """A rendezvous of fixed length, flown where the phase fits.

    Attributes:
        name: as people say it.
        low_deg: least phase at insertion.
        high_deg: largest.
        trip_hours: from liftoff to docking.
    """

    name: str
    low_deg: float
    high_deg: float
    trip_hours: float


@dataclass(frozen=True)
class CatchUp:
    """A rendezvous of free length: any phase is caught up in orbits below the station.

    Attributes:
        terminal_hours: ascent, and all that follows phasing: approach, holds, docking or berthing.
        least_hours: earliest arrival that is planned, whatever the phase.
        nominal_below_km: by how much the phasing orbits lie below the station on average.
        nearest_below_km: least that they may lie below: sets the longest trip.
        free_flight_hours: longest trip.
    """

    terminal_hours: float
    least_hours: float
    nominal_below_km: float
    nearest_below_km: float
    free_flight_hours: float


@dataclass(frozen=True)
class Route:
    """One way for a vehicle to leave.

    Attributes:
        launcher: key of ``LAUNCHERS``.
        direction: of the pass over the pad: north-east or south-east, as range safety has it.
    """

    launcher: str
    direction: Direction = "ascending"


@dataclass(frozen=True)
class Visitor:
    """A visiting vehicle on its way.

    Attributes:
        routes: by key of ``SITES``; the first is the usual one.
        rendezvous: schemes, quickest first, or catching up.
        beta_limit_deg: no docking where the Sun stands higher above the orbital plane.
        source: of the figures.
    """

    routes: Mapping[str, Route]
    rendezvous: tuple[Scheme, ...] | CatchUp
    beta_limit_deg: float
    source: str


SITES: Mapping[str, LaunchSite] = MappingProxyType(
    {
        "ksc-39a": LaunchSite(
            "Kennedy Space Center LC-39A", 28.6083, -80.6041, "recalled: four decimals of a degree, 10 m"
        ),
        "slc-40": LaunchSite("Cape Canaveral SLC-40", 28.5619, -80.5774, "recalled: four decimals of a degree, 10 m"),
        "slc-41": LaunchSite("Cape Canaveral SLC-41", 28.5834, -80.5830, "recalled: four decimals of a degree, 10 m"),
        "baikonur-31": LaunchSite("Baikonur 31/6", 45.9960, 63.5640, "recalled: four decimals of a degree, 10 m"),
        "wallops-0a": LaunchSite("Wallops Pad 0A", 37.8338, -75.4881, "recalled: four decimals of a degree, 10 m"),
        "tanegashima": LaunchSite("Tanegashima LP-2", 30.4009, 130.9776, "recalled: four decimals of a degree, 10 m"),
    }
)

LAUNCHERS: Mapping[str, Launcher] = MappingProxyType(
    {
        "falcon-9": Launcher(
            "Falcon 9",
            523.0,
            18.0,
            0.57,
            (192.0, 214.0),
            "published: insertion 192 x 214 km (Crew-11, wikimili.com); recalled: second engine cutoff after "
            "8 min 43 s; fitted: steering, on SpX-23 of 2021; guess: downrange, from ascent time and speed",
        ),
        "soyuz-2.1a": Launcher(
            "Soyuz-2.1a",
            529.0,
            15.0,
            0.377,
            (193.9, 242.2),
            "published: insertion after 529 s, 193.9 x 242.2 km (Progress M1-5, spaceflightnow.com, 2001-01-24); "
            "fitted: steering, on Soyuz MS-19 of 2021; guess: downrange, from ascent time and speed",
        ),
        "antares": Launcher(
            "Antares 230",
            540.0,
            18.0,
            0.738,
            (183.0, 300.0),
            "recalled: separation after about 9 min, insertion orbit; fitted: steering, on NG-17 of 2022; "
            "guess: downrange",
        ),
        "atlas-v": Launcher(
            "Atlas V N22",
            715.0,
            25.0,
            0.5,
            (180.0, 181.0),
            "recalled: Centaur cutoff after 11 min 55 s, apogee of 181 km, where Starliner makes the orbit round; "
            "guess: downrange, steering at a steady rate",
        ),
        "h3": Launcher(
            "H3-24W",
            840.0,
            30.0,
            0.5,
            (200.0, 300.0),
            "recalled: separation after about 14 min, 200 x 300 km; guess: downrange, steering at a steady rate",
        ),
    }
)

_FALCON_PADS: Mapping[str, Route] = MappingProxyType({"ksc-39a": Route("falcon-9"), "slc-40": Route("falcon-9")})
_BAIKONUR: Mapping[str, Route] = MappingProxyType({"baikonur-31": Route("soyuz-2.1a")})
_TWO_ORBIT = Scheme("2-orbit", 9.0, 25.0, 3.2)
_FOUR_ORBIT = Scheme("4-orbit", 25.0, 45.0, 6.0)
_TWO_DAY = Scheme("two-day", 130.0, 340.0, 50.0)
_SCHEMES_SOURCE = (
    "published: trips of 3.2, 6.0 and 50 h (Soyuz MS-17 to MS-28); phases of 6, 22 and 150 deg for two orbits, four "
    "orbits and two days (rg.ru, March 2024), told from another point: at the insertion point of this table they are "
    "11 deg more, as MS-18, MS-19 and MS-20 flew; two days up to 329 deg (Progress MS-19); guess: tolerances, "
    "beta limit"
)
VISITORS: Mapping[str, Visitor] = MappingProxyType(
    {
        "crew-dragon": Visitor(
            _FALCON_PADS,
            CatchUp(6.0, 7.0, 175.0, 30.0, 40.0),
            60.0,
            "published: free flight of about 40 h (spacepolicyonline.com on Crew-11); guess: approach of 6 h and "
            "phasing 175 km below, after the trips of Crew-2 to Crew-10; beta limit",
        ),
        "cargo-dragon": Visitor(
            _FALCON_PADS,
            CatchUp(6.0, 12.0, 175.0, 30.0, 72.0),
            60.0,
            "guess: as Crew Dragon, but 12 h at least and three days at most; beta limit",
        ),
        "soyuz-ms": Visitor(_BAIKONUR, (_TWO_ORBIT, _FOUR_ORBIT, _TWO_DAY), 60.0, _SCHEMES_SOURCE),
        "progress-ms": Visitor(_BAIKONUR, (_TWO_ORBIT, _FOUR_ORBIT, _TWO_DAY), 60.0, _SCHEMES_SOURCE),
        "cygnus": Visitor(
            MappingProxyType({"slc-40": Route("falcon-9"), "wallops-0a": Route("antares", "descending")}),
            CatchUp(8.0, 36.0, 150.0, 20.0, 168.0),
            60.0,
            "published: capture 40 h after launch (NG-17, NASA event tables of 2022-02); guess: the rest; beta limit",
        ),
        "htv-x": Visitor(
            MappingProxyType({"tanegashima": Route("h3", "descending")}),
            CatchUp(10.0, 84.0, 120.0, 20.0, 168.0),
            60.0,
            "guess: capture on the fourth day, south-east from Tanegashima; beta limit",
        ),
        "starliner": Visitor(
            MappingProxyType({"slc-41": Route("atlas-v")}),
            CatchUp(8.0, 24.0, 150.0, 20.0, 60.0),
            60.0,
            "published: 24 h (OFT-2, NASA event table of 2022-05); recalled: free flight of 60 h; guess: the rest; "
            "beta limit",
        ),
    }
)
"""By key, those of ``scenario.vehicles`` where it has them."""
