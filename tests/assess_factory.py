"""A made-up assessment with every field filled, for tests of what shows it; plausible, not the result of any stage."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import numpy as np
from tests.factories import ENTRY, estimate, iso, make_assess

from pointnemo.formats.safety_texts import draft_warnings
from pointnemo.results import Assess, BranchRisk, CasualtyArea, ErrorPart, Exposure, HazardArea, Place, Rule, Window

LAYERS = (
    ("sea surface", 0.0, 3.0, 9, 84),
    ("air routes", 3.0, 20.0, 6, 79),
    ("above air routes", 20.0, 50.0, 3, 61),
    ("break-up", 50.0, 100.0, -2, 48),
)
IDS = ("declared", "safety", "ship", "aircraft", "floating")
NEXT_DAY = timedelta(hours=23, minutes=44)


def make_windows(start: datetime = ENTRY, wider_min: int = 0) -> tuple[Window, ...]:
    """Windows of all layers, minutes after the entry interface."""
    return tuple(
        Window(
            layer=name,
            low_km=low,
            high_km=high,
            from_utc=iso(_minute(start) + timedelta(minutes=first - wider_min)),
            to_utc=iso(_minute(start) + timedelta(minutes=last + wider_min)),
        )
        for name, low, high, first, last in LAYERS
    )


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0)


def swath(
    heel_lon: float, toe_lon: float, half_width_deg: float, heel_lat: float = -41.5
) -> tuple[tuple[float, float], ...]:
    """A closed ring of ten corners along a bent track to the south-east, longitudes running on beyond 180."""
    share = np.linspace(0.0, 1.0, 5)
    lon = heel_lon + (toe_lon - heel_lon) * share
    lat = heel_lat - 9.9 * share**0.85
    ring = [*zip(lon, lat - half_width_deg, strict=True), *zip(lon[::-1], (lat + half_width_deg)[::-1], strict=True)]
    return tuple((round(float(x), 6), round(float(y), 6)) for x, y in [*ring, ring[0]])


def make_area(
    id: str,
    polygon: tuple[tuple[float, float], ...],
    windows: tuple[Window, ...],
    level: float,
    confidence: float | None,
) -> HazardArea:
    return HazardArea.model_validate(
        {
            "id": id,
            "text": f"the {id} area",
            "level": level,
            "confidence": confidence,
            "runs": 1000,
            "model_confidence": {0.99999: 0.95}.get(level),
            "runs_needed": {0.99: 299, 0.99999: 299_573}.get(level),
            "method": "order statistic of the runs" if confidence else "importance sampling",
            "polygon": polygon,
            "length_km": 2600.0,
            "width_km": 160.0,
            "area_km2": 401_000.0,
            "land_distance_km": 802.0,
            "nearest_land": Place(latitude_deg=-27.62, longitude_deg=-144.33, name="Marotiri"),
            "windows": windows,
        }
    )


def make_areas(shift_deg: float = 0.0, start: datetime = ENTRY, ids: tuple[str, ...] = IDS) -> tuple[HazardArea, ...]:
    """All areas; ``shift_deg`` moves them in longitude, past 180 where one likes."""
    west, east = -138.4 + shift_deg, -111.0 + shift_deg
    made = {
        "declared": make_area("declared", swath(west, east, 0.8), make_windows(start), 0.99, 0.99996),
        "safety": make_area("safety", swath(west - 4, east + 3, 1.6, -40.3), make_windows(start, 15), 0.99999, 0.00995),
        "ship": make_area("ship", swath(west - 1, east + 1, 1.0, -41.1), make_windows(start)[:1], 0.97, None),
        "aircraft": make_area("aircraft", swath(west - 2, east, 2.0, -40.9), make_windows(start)[:2], 0.999, None),
        "floating": make_area(
            "floating",
            swath(west - 4, east + 4, 2.6, -40.3),
            (
                Window(
                    layer="sea surface",
                    low_km=0.0,
                    high_km=0.0,
                    from_utc=iso(_minute(start)),
                    to_utc=iso(_minute(start) + timedelta(days=3)),
                ),
            ),
            0.9,
            0.96,
        ),
    }
    return tuple(made[id] for id in ids)


def make_backup() -> tuple[HazardArea, ...]:
    """The areas a day later, across the antimeridian, with what runs of that pass say about them."""
    inside = {"declared": 0.98, "safety": 1.0}
    return tuple(
        area.model_copy(update={"checked_runs": 50, "checked_inside": inside[area.id]}) if area.id in inside else area
        for area in make_areas(-50.0, ENTRY + NEXT_DAY)
    )


def make_exposures() -> tuple[Exposure, ...]:
    place = Place(latitude_deg=-47.1, longitude_deg=-126.0)
    rows: tuple[tuple[Literal["ship", "aircraft"], str, float, float], ...] = (
        ("ship", "a ship of 300 x 40 m", 2.4e-4, 1e-5),
        ("aircraft", "an aircraft that sweeps 1500 m2", 3e-5, 1e-6),
    )
    return tuple(
        Exposure(
            id=name,
            text=f"{what}, at the worst place from the first piece to the last",
            probability=probability,
            worst_10_min=0.7 * probability,
            limit=limit,
            place=place,
            from_utc=iso(ENTRY + timedelta(minutes=9)),
            to_utc=iso(ENTRY + timedelta(minutes=84)),
        )
        for name, what, probability, limit in rows
    )


def make_rules() -> tuple[Rule, ...]:
    rows = (
        ("NASA", "NASA-STD-8719.14C 4.7-1a", "casualty expectation, every burn works", 3.1e-7, 1e-4, "persons", True),
        ("NASA", "NASA-STD-8719.14C 4.7-1c", "failure probability times expectation", None, 1e-4, "persons", None),
        ("ESA", "ESSB-ST-U-007", "casualty expectation at 95 % confidence", 9.8e-7, 1e-4, "persons", True),
        ("FAA", "14 CFR 450.101(b)", "individual risk", 2.1e-6, 1e-6, "1", False),
        ("CNES", "French space act", "probability of a casualty", 3.0e-7, 2e-5, "1", True),
    )
    return tuple(
        Rule.model_validate(
            dict(zip(("agency", "document", "quantity", "value", "limit", "unit", "ok"), row, strict=True))
            | {"text": "no probability of failure is given" if row[3] is None else ""}
        )
        for row in rows
    )


def make_branches() -> tuple[BranchRisk, ...]:
    return (
        BranchRisk(
            id="nominal",
            text="every burn works",
            probability=0.995,
            casualty_expectation=estimate(3.1e-7, 1.2e-7, 9.8e-7, "persons"),
            share=3.08e-7,
        ),
        BranchRisk(
            id="final-not-started",
            text="the final burn is not started",
            probability=0.002,
            casualty_expectation=estimate(0.081, 0.049, 0.128, "persons"),
            share=1.62e-4,
        ),
        BranchRisk(
            id="final-stops-early",
            text="the final burn stops at 60 %",
            probability=None,
            casualty_expectation=estimate(0.0, 0.0, 0.004, "persons"),
            share=None,
        ),
    )


def make_rich_assess() -> Assess:
    """Every field that is shown."""
    return make_assess().model_copy(
        update={
            "casualty_areas": (
                CasualtyArea(
                    definition="nasa", area_m2=estimate(4810, 3000, 7600, "m2"), source="NASA-STD-8719.14C 4.7-1"
                ),
                CasualtyArea(
                    definition="opiela-matney", area_m2=estimate(5120, 3200, 8000, "m2"), source="ORSAT 6.2.1"
                ),
                CasualtyArea(definition="cnes", area_m2=estimate(4700, 2900, 7400, "m2"), source="CNES"),
            ),
            "pieces_below_threshold": estimate(510.0, 300.0, 900.0, "pieces"),
            "probability_of_casualty": estimate(3.1e-7, 1.2e-7, 9.8e-7, "1"),
            "individual_risk": 2.1e-12,
            "individual_risk_place": Place(latitude_deg=-25.07, longitude_deg=-130.1, name="Pitcairn"),
            "branches": make_branches(),
            "total_casualty_expectation": estimate(1.6e-4, 0.9e-4, 2.7e-4, "persons"),
            "expectation_parts": (
                ErrorPart(
                    id="population", text="population model", interval=estimate(3.1e-7, 2.5e-7, 4.1e-7, "persons")
                ),
                ErrorPart(id="sample", text="number of runs", interval=estimate(3.1e-7, 2.9e-7, 3.3e-7, "persons")),
            ),
            "individual_risk_anywhere": 4.0e-9,
            "individual_risk_anywhere_place": Place(latitude_deg=-47.1, longitude_deg=-126.0),
            "largest_failure_probability": 0.0011,
            "rules": make_rules(),
            "hazard_areas": make_areas(),
            "backup_hazard_areas": make_backup(),
            "backup_pass": "backup-2",
            "exposures": make_exposures(),
            "warnings": draft_warnings(make_areas(), "ISS", make_backup()),
            "floating_pieces": estimate(220.0, 120.0, 400.0, "pieces"),
            "toxic_pieces": estimate(4.0, 1.0, 9.0, "pieces"),
        }
    )
