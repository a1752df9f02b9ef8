"""Whether a state is too old to be relied on. The one place where a result's date meets the clock."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["OLD_DAYS", "age_warning"]

OLD_DAYS = 30.0


def age_warning(what: str, epoch_utc: str, now: datetime | None = None) -> tuple[str, ...]:
    """A sentence about a state that is older than a month.

    Args:
        what: what the state is called, as the subject of the sentence.
        epoch_utc: its epoch, ISO 8601.
        now: the clock; the system's where None.

    Returns:
        One sentence, or nothing where the state is young enough.
    """
    epoch = datetime.fromisoformat(epoch_utc.replace("Z", "+00:00"))
    epoch = epoch if epoch.tzinfo else epoch.replace(tzinfo=UTC)
    days = ((now or datetime.now(UTC)) - epoch).total_seconds() / 86400.0
    if days <= OLD_DAYS:
        return ()
    cure = "fetch a newer one with `pointnemo update`, or give a tracking file"
    return (f"{what} is {days:.0f} days old ({epoch_utc[:10]}), and the station has flown on since: {cure}",)
