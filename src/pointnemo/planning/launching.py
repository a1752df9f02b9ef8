"""The question of ``windows``, read and answered: files and scenario to a state, state to windows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointnemo.errors import Defect, EphemerisError, InputError, ScenarioError
from pointnemo.operations.launch_sites import LAUNCHERS, SITES, VISITORS
from pointnemo.operations.window_report import LaunchWindow, WindowsProvenance, WindowsReport
from pointnemo.operations.windows import StationOrbit, find_windows
from pointnemo.planning.store import SCENARIO_FILE
from pointnemo.scenario import load_scenario, scenario_hash
from pointnemo.station.stack import mass_at
from pointnemo.tracking import track
from pointnemo.version import __version__
from pointnemo.world import load_world, time

if TYPE_CHECKING:
    from pointnemo.results import Track
    from pointnemo.scenario.models import Scenario
    from pointnemo.world import World

__all__ = ["windows_of"]

DAY_S = 86400.0
LONGEST_DAYS = 60.0
REACH_DAYS = 180.0  # from the state; the node is then good to some minutes of liftoff, by the altitude flown meanwhile
BACK_DAYS = 30.0
VAGUE_DEG = 60.0


def windows_of(
    vehicle: str,
    from_utc: str,
    to_utc: str,
    site: str | None,
    scenario: str | Path,
    set: Sequence[str],
    orbit: Sequence[str | Path],
    bundled: bool,
) -> WindowsReport:
    """Answer ``verbs.windows``, whose arguments these are, ``set`` as ``KEY=VALUE`` lines.

    Raises:
        InputError: an input cannot be used; everything found.
        WorldError: a table about nature is damaged or does not reach that far.
    """
    defects = _route_defects(vehicle, site)
    start, stop = _instant("--from", from_utc, defects), _instant("--to", to_utc, defects)
    if start is not None and stop is not None and not 0.0 < stop - start <= LONGEST_DAYS * DAY_S:
        what = f"{to_utc} lies {(stop - start) / DAY_S:.3g} days after --from {from_utc}"
        defects.append(Defect("--to", what, f"later than --from, by {LONGEST_DAYS:g} days at most"))
    decided = _scenario(scenario, set, defects)
    world = load_world(bundled)
    tracked = None
    if decided is not None and start is not None:
        tracked = _tracked(decided, world, orbit, start, defects)
    if tracked is not None and start is not None and stop is not None:
        defects += _reach_defects(time.from_utc(tracked.epoch_utc), start, stop)
    if defects or decided is None or tracked is None or start is None or stop is None:
        raise InputError("no windows can be found", defects)
    visitor = VISITORS[vehicle]
    key = site or next(iter(visitor.routes))
    route = visitor.routes[key]
    launcher = LAUNCHERS[route.launcher]
    station = StationOrbit.from_track(tracked)
    found = find_windows(station, decided, vehicle, visitor, SITES[key], route, launcher, start, stop, world.earth)
    return WindowsReport(
        schema="pointnemo/windows/1",
        vehicle=vehicle,
        site=key,
        launcher=route.launcher,
        direction=route.direction,
        from_utc=time.to_utc(start, 0),
        to_utc=time.to_utc(stop, 0),
        orbit_epoch_utc=tracked.epoch_utc,
        orbit_origin=tracked.origin,
        windows=found,
        assumptions=(
            f"{SITES[key].name}: {SITES[key].source}",
            f"{launcher.name}: {launcher.source}",
            f"{vehicle}: {visitor.source}",
        ),
        notes=_notes(decided, vehicle, tracked, found),
        provenance=WindowsProvenance(
            package_version=__version__,
            scenario=decided.name,
            scenario_hash=scenario_hash(decided),
            data=world.data_files(),
        ),
    )


def _route_defects(vehicle: str, site: str | None) -> list[Defect]:
    """Vehicle and site that are not known, or do not belong together."""
    defects: list[Defect] = []
    visitor = VISITORS.get(vehicle)
    sites = ", ".join(visitor.routes if visitor else SITES)
    if visitor is None:
        defects.append(Defect("--vehicle", f"{vehicle!r} has no known launcher", f"one of {', '.join(VISITORS)}"))
    if site is not None and site not in SITES:
        defects.append(Defect("--site", f"{site!r} is not a site", f"one of {sites}"))
    elif site is not None and visitor is not None and site not in visitor.routes:
        defects.append(Defect("--site", f"{vehicle} does not fly from {site}", f"one of {sites}"))
    return defects


def _instant(option: str, text: str, defects: list[Defect]) -> float | None:
    """A UTC text as TT seconds since J2000; what is none is added to the defects."""
    try:
        return time.from_utc(text)
    except InputError as error:
        defects += [Defect(option, f"{text!r} {defect.what}", defect.mend) for defect in error.defects]
        return None


def _scenario(name: str | Path, set: Sequence[str], defects: list[Defect]) -> Scenario | None:
    """The scenario by name, file or run folder; what is wrong with it is added to the defects."""
    path = Path(name)
    try:
        return load_scenario(path / SCENARIO_FILE if path.is_dir() else name, set=tuple(set))
    except ScenarioError as error:
        defects += error.defects
        return None


def _tracked(
    scenario: Scenario, world: World, orbit: Sequence[str | Path], start_tt_s: float, defects: list[Defect]
) -> Track | None:
    """The state to start from: of the files the newest before the first window, else their oldest.

    Its drag is that of the scenario: a plane does not need more, and the phase says how well it is known.
    """
    from pointnemo.formats.tracking_files import read_many
    from pointnemo.tracking.fixes import fixes_of

    try:
        files = read_many([Path(path) for path in orbit])
        if files:
            fixes = fixes_of(files, world.earth, start_tt_s) or fixes_of(files, world.earth)[:1]
            fix = fixes[-1]
            start = {
                "epoch_utc": time.to_utc(fix.tt_s, 6),
                "frame": "GCRF",
                "position_km": tuple(map(float, fix.position_km)),
                "velocity_km_s": tuple(map(float, fix.velocity_km_s)),
                "origin": fix.origin,
            }
            moved = type(scenario.orbit).model_validate(start)
            mass_kg = fix.mass_kg or mass_at(scenario, fix.tt_s)
            return track(scenario.model_copy(update={"orbit": moved}), world, mass_kg)
    except EphemerisError as error:
        defects += error.defects
        return None
    return track(scenario, world, mass_at(scenario, time.from_utc(scenario.orbit.epoch_utc.isoformat())))


def _reach_defects(epoch_tt_s: float, start_tt_s: float, stop_tt_s: float) -> list[Defect]:
    """An interval that lies too far from the state."""
    epoch = time.to_utc(epoch_tt_s, 0)
    mend = "give a tracking file of about that time with --orbit"
    if start_tt_s < epoch_tt_s - BACK_DAYS * DAY_S:
        return [Defect("--from", f"lies more than {BACK_DAYS:g} days before the state of {epoch}", mend)]
    if stop_tt_s > epoch_tt_s + REACH_DAYS * DAY_S:
        return [Defect("--to", f"lies more than {REACH_DAYS:g} days after the state of {epoch}", mend)]
    return []


def _notes(scenario: Scenario, vehicle: str, tracked: Track, found: Sequence[LaunchWindow]) -> tuple[str, ...]:
    """What a reader should know beside the numbers."""
    notes: list[str] = []
    if not found:
        notes.append("no pass of the station's plane over the pad in this interval")
    vague = next((one for one in found if one.phase_sigma_deg > VAGUE_DEG), None)
    if vague:
        notes.append(
            f"from {vague.liftoff_utc[:10]} on the phase is not known: the state is of {tracked.epoch_utc[:10]}, and "
            "drag alone makes it uncertain by more than a sixth of a turn; trips and schemes there are examples"
        )
    notes.append("no reboost after the state is foreseen; a later one changes the phase, and liftoff by up to minutes")
    if not any(vehicle in port.accepts for port in scenario.station.ports.values()):
        notes.append(f"no port of the scenario {scenario.name} takes {vehicle}")
    elif any(one.docking_utc and one.docking_utc[:10] < str(scenario.orbit.epoch_utc.date()) for one in found):
        notes.append(f"before {scenario.orbit.epoch_utc.date()} the scenario does not tell who is docked: no ports")
    return tuple(notes)
