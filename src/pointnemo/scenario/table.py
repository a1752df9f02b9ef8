"""What every table of a scenario is made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

__all__ = ["Key", "NonNegative", "Positive", "Table", "UtcTime"]


def _as_utc(moment: datetime) -> datetime:
    """A moment with time zone UTC; one without a time zone is UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
UtcTime = Annotated[datetime, AfterValidator(_as_utc)]


class Table(BaseModel):
    """Base of every table: frozen, closed, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
