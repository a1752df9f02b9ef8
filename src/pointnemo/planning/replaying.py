"""The question of ``replay``, read and answered: a document to flights, forecasts and comparisons."""

from __future__ import annotations

from pathlib import Path

from pointnemo.descent.replays.flight import fly_replay
from pointnemo.descent.replays.forecast import forecasts
from pointnemo.descent.replays.report import ReplayProvenance, ReplayReport, SourceShown
from pointnemo.errors import Defect, FlightError, ScenarioError
from pointnemo.scenario.replays import load_replay, replay_hash, unsourced
from pointnemo.version import __version__
from pointnemo.world import load_world

__all__ = ["replay_of"]

MODELS = (
    "numerical: EGM2008 16x16 (8x8 in forecasts), Sun, Moon, NRLMSISE-00 of the day, drag of a tumbling convex body",
    "drag between published orbits: averaged motion under J2, J3 and drag, NRLMSISE-00 of each day",
    "space weather of a forecast: the days before it, and world.nowcast from them",
)


def replay_of(name_or_path: str | Path, bundled: bool) -> ReplayReport:
    """Answer ``verbs.replay``, whose arguments these are.

    Raises:
        ScenarioError: the document cannot be used, or cannot be flown as it stands; every defect found.
        WorldError: a table about nature is damaged or does not reach that far.
    """
    name, replay = load_replay(name_or_path)
    world = load_world(bundled)
    try:
        start, drag, flights = fly_replay(replay, world) if replay.orbit is not None else (None, None, ())
        made = forecasts(replay, world) if replay.forecast is not None else ()
    except FlightError as error:  # the figures of the document contradict each other or physics: not our fault
        raise ScenarioError(f"replay {name} cannot be flown", [Defect(name, str(error))]) from None
    missing = unsourced(replay)
    notes = replay.notes
    if missing:
        notes = (*notes, f"No source is given for {', '.join(f'[{table}]' for table in missing)}.")
    if start is not None and not start.located:
        notes = (*notes, "Node and phase of the start orbit are not known: no places are reported.")
    return ReplayReport(
        schema="pointnemo/replay/1",
        name=name,
        title=replay.title,
        start=start,
        drag=drag,
        flights=flights,
        forecasts=made,
        notes=notes,
        sources=tuple(
            SourceShown(key=key, source=source.source, mark=source.mark) for key, source in replay.sources.items()
        ),
        provenance=ReplayProvenance(
            package_version=__version__,
            replay=name,
            replay_hash=replay_hash(replay),
            data=world.data_files(),
            models=MODELS,
        ),
    )
