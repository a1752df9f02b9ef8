"""What all documents are made of."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

__all__ = ["Bulk", "DataFile", "Document", "Estimate", "Place", "Shortfall", "Skipped"]


class Document(BaseModel):
    """Base of all results: frozen, closed, no NaN. Equal where the documents are: bulk arrays do not count."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and type(self) is type(other) and self.model_dump() == other.model_dump()

    def __hash__(self) -> int:
        return hash(self.model_dump_json())


Bulk = Annotated[SkipJsonSchema[Any], Field(exclude=True, repr=False)]


class Estimate(Document):
    """An uncertain number. ``level`` is the probability that the truth lies between ``low`` and ``high``."""

    value: float
    low: float
    high: float
    level: float = Field(gt=0, lt=1)
    unit: str


class Place(Document):
    latitude_deg: float = Field(ge=-90, le=90)
    longitude_deg: float = Field(ge=-180, le=180)
    name: str = ""


class Skipped(Document):
    """A stage that had nothing to do, and why."""

    skipped: Literal[True] = True
    reason: str


class Shortfall(Document):
    utc: str
    what: str
    amount: float
    unit: str


class DataFile(Document):
    name: str
    version: str
    source: str
    sha256: str
