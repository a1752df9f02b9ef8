"""What ``pointnemo update`` fetches, and how later runs come to use it and say so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pointnemo.cli import terminal
from pointnemo.errors import Defect, InputError

__all__ = ["UNREACHED", "carry_out_update", "newer_orbit", "newer_tables"]

UNREACHED = 4
"""Exit code where no source answered for something; what was there is still in use."""

ISS_NORAD_ID = 25544  # whose ephemerides an update fetches
FILES_USED = 4  # the newest: drag is measured over the last arc between two that holds no burn


def carry_out_update(products: Sequence[str]) -> int:
    """Fetch what is newer than the data in use, and say what came of it.

    Args:
        products: what to fetch; everything where empty.

    Returns:
        Exit code: 0, or 4 where no source answered for some product.

    Raises:
        InputError: an unknown product.
        WorldError: the data folder cannot be used.
    """
    from pointnemo.world.store import PRODUCTS
    from pointnemo.world.update import update

    unknown = [name for name in products if name not in PRODUCTS]
    if unknown:
        raise InputError(
            "this cannot be updated",
            [Defect("update", f"{name!r}", f"one of {', '.join(PRODUCTS)}") for name in unknown],
        )
    report = update(tuple(products) or PRODUCTS)
    terminal.emit(report.text())
    return 0 if report.complete else UNREACHED


def newer_orbit(scenario: str, settings: Sequence[str]) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Tracking files of an update that are newer than the start state of a scenario.

    A run folder stands for itself, a state set by hand is meant, and another station than the ISS has other files.

    Args:
        scenario: built-in name, TOML file or run folder.
        settings: ``KEY=VALUE`` lines.

    Returns:
        The files, oldest first, and a sentence that names them; nothing where the scenario's own state is to be used.

    Raises:
        ScenarioError: the scenario cannot be read.
    """
    from pointnemo.world.store import snapshots

    nothing = ((), ())
    found = snapshots("orbit")
    if not found or Path(scenario).is_dir() or any(line.startswith("orbit.") for line in settings):
        return nothing
    from pointnemo.scenario import load_scenario

    loaded = load_scenario(scenario, tuple(settings))
    if loaded.entry is not None:  # it begins where no orbit is left to be newer
        return nothing
    newer = [snapshot for snapshot in found if snapshot.issued[:19] > loaded.orbit.epoch_utc.isoformat()[:19]]
    if loaded.station.norad_id != ISS_NORAD_ID or not newer:
        return nothing
    newest = newer[-1]
    text = (
        f"start state from {newest.source}, issued {newest.issued}, fetched {newest.fetched}, instead of that of "
        f"{loaded.orbit.epoch_utc.date()} in the scenario (--bundled keeps it)"
    )
    return tuple(snapshot.folder / name for snapshot in newer[-FILES_USED:] for name in snapshot.files), (text,)


def newer_tables() -> tuple[str, ...]:
    """A sentence for each table about nature that an update brought and that runs use now."""
    from pointnemo.world.store import in_use

    return tuple(
        f"{name.replace('_', ' ')} from {snapshot.source}, issued {snapshot.issued}, instead of the bundled table"
        for name in ("space_weather", "earth_orientation")
        if (snapshot := in_use(name)) is not None
    )
