"""The question of ``assess --uncontrolled``, answered: an orbit, a year and a casualty area to an expectation."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import ConfigDict, Field

from pointnemo.errors import Defect, InputError
from pointnemo.results import DataFile, Document, Uncontrolled
from pointnemo.risk import uncontrolled
from pointnemo.risk.latitudes import LARGEST_AREA_M2
from pointnemo.scenario.models import AssessRules
from pointnemo.version import __version__
from pointnemo.world import load_world

__all__ = ["UncontrolledProvenance", "UncontrolledReport", "uncontrolled_of"]

FIRST_YEAR, LAST_YEAR = 2000.0, 2050.0
MODELS = (
    "latitude: equal time in equal arcs of a circular orbit, any longitude as likely",
    "risk: NASA-STD-8719.14C casualty area, GPWv4.11 population scaled by SSP2",
)


class UncontrolledProvenance(Document):
    """What the answer rests on."""

    package_version: str
    data: tuple[DataFile, ...]
    models: tuple[str, ...]


class _Head(Document):
    """What stands first in the document."""

    schema_: Literal["pointnemo/uncontrolled/1"] = Field("pointnemo/uncontrolled/1", alias="schema")

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True, populate_by_name=True
    )


class UncontrolledReport(Uncontrolled, _Head):
    """The document ``pointnemo/uncontrolled/1``."""

    provenance: UncontrolledProvenance


def uncontrolled_of(inclination_deg: float, year: float, casualty_area_m2: float, bundled: bool) -> UncontrolledReport:
    """Answer ``verbs.uncontrolled``, whose arguments these are.

    Raises:
        InputError: a number cannot be meant; all that is wrong at once.
        WorldError: a table about nature is damaged.
    """
    area_mend = f"write more than 0 and at most {LARGEST_AREA_M2:g}, in square metres"
    limits = (
        ("--inclination", inclination_deg, 0.0, 180.0, "degrees", "write 0 to 180"),
        ("--year", year, FIRST_YEAR, LAST_YEAR, "", f"population is known from {FIRST_YEAR:.0f} to {LAST_YEAR:.0f}"),
        ("--casualty-area", casualty_area_m2, 0.0, LARGEST_AREA_M2, "m2", area_mend),
    )
    defects = [
        Defect(option, f"{value:g} {unit}".strip() + " is out of range", mend)
        for option, value, low, high, unit, mend in limits
        if not (math.isfinite(value) and low <= value <= high) or (unit == "m2" and value == 0.0)
    ]
    if defects:
        raise InputError("this uncontrolled re-entry cannot be assessed", defects)
    world = load_world(bundled)
    found = uncontrolled(inclination_deg, year, casualty_area_m2, AssessRules.model_validate({}), world)
    return UncontrolledReport(
        schema="pointnemo/uncontrolled/1",
        **{name: getattr(found, name) for name in Uncontrolled.model_fields},
        provenance=UncontrolledProvenance(package_version=__version__, data=world.data_files(), models=MODELS),
    )
