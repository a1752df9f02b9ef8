"""Load a replay: a built-in name or a TOML file, every defect with its line."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeGuard

from pydantic import BaseModel, ValidationError

from pointnemo.errors import Defect, ScenarioError
from pointnemo.scenario import replay as models
from pointnemo.scenario.documents import Document, key_lines, parse, read_file
from pointnemo.scenario.loader import MENDS, WRONG_TYPE, shown
from pointnemo.scenario.overrides import tuples
from pointnemo.scenario.replay import Replay
from pointnemo.scenario.sources import leaves, prefixes

__all__ = ["load_replay", "replay_hash", "replay_names", "unsourced"]

FOLDER = "replays"
FARTHEST_FIX_DAYS = 10
ORBIT_KINDS = {
    "element_set": ("element_set",),
    "elements": ("elements",),
    "a state": ("frame", "position_km", "velocity_km_s"),
    "apogee and perigee": ("apogee_km", "perigee_km", "inclination_deg"),
}
Tree = Mapping[str, Any]


@cache
def replay_names() -> tuple[str, ...]:
    """Names of the replays that we ship, sorted."""
    folder = resources.files("pointnemo.scenario") / "data" / FOLDER
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load_replay(name_or_path: str | Path) -> tuple[str, Replay]:
    """Load a replay and hold it to all rules.

    Args:
        name_or_path: a built-in name (see ``replay_names``) or a TOML file.

    Returns:
        Its name (that of the file without ``.toml``) and the replay, valid and frozen.

    Raises:
        ScenarioError: with every defect found, each with its file, line and dotted key.
    """
    document = _find(name_or_path)
    lines = key_lines(document.text)

    def where(dotted: str) -> str:
        line = next((lines[prefix] for prefix in prefixes(dotted) if prefix in lines), None)
        return f"{document.place}{'' if line is None else f':{line}'}: {dotted}"

    defects: list[Defect] = []
    found: Replay | None = None
    try:
        found = Replay.model_validate(tuples(document.data), strict=True)
    except ValidationError as error:
        defects += dict.fromkeys(_shape_defect(item, where) for item in error.errors(include_url=False))
    except RecursionError:
        raise ScenarioError("this replay cannot be read", [Defect(document.place, "is nested too deeply")]) from None
    reported = {defect.where for defect in defects}
    defects += [
        defect
        for defect in (Defect(where(rule.where), rule.what, rule.mend) for rule in _rules(document.data))
        if defect.where not in reported
    ]
    if found is None or defects:
        count = f"{len(defects)} defect{'s' if len(defects) > 1 else ''}"
        raise ScenarioError(f"replay {document.place} cannot be used: {count}", defects)
    return document.name.removesuffix(".toml"), found


def unsourced(replay: Replay) -> tuple[str, ...]:
    """Tables of a replay with figures that no source speaks for: it is worth what its sources are worth."""
    tree = replay.model_dump(mode="json", exclude={"title", "notes", "sources", "longest_days"}, exclude_unset=True)
    figures = (key for key, value in leaves(tree) if value is not None and not isinstance(value, bool))
    found = (key for key in figures if not any(prefix in replay.sources for prefix in prefixes(key)))
    return tuple(dict.fromkeys(key.split(".")[0] for key in found))


def replay_hash(replay: Replay) -> str:
    """Fingerprint of a replay: SHA-256 of its JSON with sorted keys, 64 hexadecimal digits."""
    tree = replay.model_dump(mode="json")
    return sha256(json.dumps(tree, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()).hexdigest()


def _find(name_or_path: str | Path) -> Document:
    """The document by built-in name or path."""
    text = str(name_or_path)
    if isinstance(name_or_path, str) and text in replay_names():
        file = resources.files("pointnemo.scenario") / "data" / FOLDER / f"{text}.toml"
        return parse(file.read_bytes(), f"{text}.toml", f"{text}.toml")
    known = f"built-in replays: {', '.join(replay_names())}"
    looks_like_path = isinstance(name_or_path, Path) or "/" in text or text.endswith(".toml")
    if looks_like_path or (text and "\x00" not in text and len(text) < 256 and Path(text).is_file()):
        return read_file(Path(text), known)
    near = difflib.get_close_matches(text, replay_names(), n=1)
    mend = f'did you mean "{near[0]}"?' if near else f"{known}; or give a TOML file"
    what = "is neither a built-in replay nor a TOML file"
    raise ScenarioError("this replay cannot be read", [Defect(repr(text)[:200], what, mend)])


# --- shapes ----------------------------------------------------------------------------------------------------------


def _shape_defect(error: Mapping[str, Any], where: Any) -> Defect:
    """One pydantic finding in the words of a TOML file."""
    kind, value = error["type"], error["input"]
    path = [str(part) for part in error["loc"] if part != "[key]"]
    place = where(".".join(part for part in path if not part.isdigit()))
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(path[-1], _known_keys(), n=1)
        return Defect(place, "unknown key", f"did you mean {near[0]!r}?" if near else "see docs/replay.md")
    if kind == "missing":
        return Defect(place, "is missing", "add it")
    if "[key]" in error["loc"]:
        return Defect(place, f"{shown(value)} is not a name", "lower-case letters, digits and hyphens")
    if kind in WRONG_TYPE:
        return Defect(place, f"{shown(value)} is not {WRONG_TYPE[kind]}", MENDS.get(kind, ""))
    message = str(error["msg"])
    return Defect(place, f"{shown(value)} does not fit: {message[:1].lower()}{message[1:]}"[:300])


@cache
def _known_keys() -> tuple[str, ...]:
    """Every key that a replay may hold somewhere."""
    tables = [getattr(models, name) for name in models.__all__]
    return tuple({key for table in tables if issubclass(table, BaseModel) for key in table.model_fields})


# --- rules on the tables as written, so that they are tried whatever else is wrong -----------------------------------


def _rules(data: Tree) -> Iterator[Defect]:
    orbit, burns = _table(data, "orbit"), _table(data, "burns")
    history = [row for row in data.get("history", ()) if isinstance(row, Mapping)] if _is_list(data, "history") else []
    published = _table(data, "published")
    if "orbit" not in data and "forecast" not in data:
        yield Defect("orbit", "is missing", "give [orbit] to fly it, or [forecast] with [[history]] to forecast it")
    if orbit:
        yield from _orbit_rules(orbit)
    longest = data.get("longest_days", Replay.model_fields["longest_days"].default)
    yield from _burn_rules(burns, _moment(orbit.get("epoch_utc")), longest if _is_number(longest) else math.inf)
    yield from _history_rules(history)
    yield from _drag_rules(data, orbit, history)
    yield from _name_rules(data, burns, published)
    if "forecast" in data and not _table(published, "entry"):
        yield Defect("published.entry", "is missing", "forecasts count their days back from published.entry.utc")


def _orbit_rules(orbit: Tree) -> Iterator[Defect]:
    given = [name for name, keys in ORBIT_KINDS.items() if any(key in orbit for key in keys)]
    if len(given) != 1:
        what = f"is given as {' and '.join(given)}" if given else "says nothing about the orbit"
        yield Defect("orbit", what, f"give one of: {', '.join(ORBIT_KINDS)}")
        return
    kind = given[0]
    for key in ORBIT_KINDS[kind]:
        if key not in orbit:
            yield Defect(f"orbit.{key}", "is missing", f"{kind} needs {', '.join(ORBIT_KINDS[kind])}")
    if kind != "element_set" and "epoch_utc" not in orbit:
        yield Defect("orbit.epoch_utc", "is missing", "write 2001-03-22T22:09:00Z, without quotes")
    if kind == "element_set" and "epoch_utc" in orbit:
        yield Defect("orbit.epoch_utc", "stands beside an element set", "leave it out: line 1 holds the epoch")
    for key in ("fix", "perigee_argument_deg"):
        if key in orbit and kind != "apogee and perigee":
            yield Defect(f"orbit.{key}", f"stands beside {kind}", "leave it out")
    yield from _apsides("orbit", orbit)
    fix = _table(orbit, "fix")
    passed, epoch = _moment(fix.get("utc")), _moment(orbit.get("epoch_utc"))
    if passed and epoch and passed < epoch:
        yield Defect("orbit.fix.utc", "lies before orbit.epoch_utc", "let the orbit hold at or before the fix")
    if passed and epoch and (passed - epoch).days >= FARTHEST_FIX_DAYS:
        what = f"lies {(passed - epoch).days} days after orbit.epoch_utc"
        yield Defect(
            "orbit.fix.utc", what, f"give an orbit at most {FARTHEST_FIX_DAYS} days older: drag moves the track"
        )
    inclination, latitude = orbit.get("inclination_deg"), fix.get("latitude_deg")
    if _is_number(inclination) and _is_number(latitude):
        reach = min(inclination, 180.0 - inclination)
        if abs(latitude) > reach + 0.2:  # geodetic latitude lies up to 0.2 deg beyond the geocentric one
            what = f"{latitude:g} deg is outside the band that an inclination of {inclination:g} deg overflies"
            yield Defect("orbit.fix.latitude_deg", what, f"choose a latitude within +-{reach:g} deg")


def _apsides(where: str, table: Tree) -> Iterator[Defect]:
    apogee, perigee = table.get("apogee_km"), table.get("perigee_km")
    if _is_number(apogee) and _is_number(perigee) and apogee < perigee:
        yield Defect(f"{where}.apogee_km", f"{apogee:g} km lies below the perigee of {perigee:g} km", "exchange them")


def _burn_rules(burns: Tree, epoch: datetime | None, longest_days: float) -> Iterator[Defect]:
    ends: list[tuple[datetime, str]] = []
    for key, burn in burns.items():
        if not isinstance(burn, Mapping):
            continue
        given = [name for name in ("delta_v_mps", "duration_s", "thrust_n") if name in burn]
        if len(given) < 2:
            what = f"gives {given[0]} alone" if given else "gives none of delta_v_mps, duration_s, thrust_n"
            yield Defect(f"burns.{key}", what, "give two of delta_v_mps, duration_s, thrust_n; the third follows")
        if len(given) == 3:
            what = "gives delta_v_mps, duration_s and thrust_n, which can contradict each other"
            yield Defect(f"burns.{key}", what, "give two of them; the third follows")
        start = _moment(burn.get("start_utc"))
        if start and epoch and start < epoch:
            yield Defect(f"burns.{key}.start_utc", "lies before orbit.epoch_utc", "give an earlier orbit")
        if start and epoch and (start - epoch).total_seconds() > longest_days * 86400.0:
            what = f"lies {(start - epoch).days} days after orbit.epoch_utc"
            yield Defect(
                f"burns.{key}.start_utc", what, f"the flight is given up after longest_days = {longest_days:g}"
            )
        if start:
            ends.append((start, key))
    ends.sort()
    for (first, one), (second, other) in pairwise(ends):
        duration = burns[one].get("duration_s")
        if _is_number(duration) and (second - first).total_seconds() < duration:
            yield Defect(f"burns.{other}.start_utc", f"lies before burn {one!r} is over", "burns do not overlap")


def _history_rules(history: list[Tree]) -> Iterator[Defect]:
    before: datetime | None = None
    for number, row in enumerate(history, start=1):
        where = f"history[{number}]"
        given = [name for name in ("element_set", "altitude_km", "apogee_km") if name in row]
        if len(given) != 1:
            what = f"is given as {' and '.join(given)}" if given else "says nothing about the orbit"
            yield Defect(where, what, "give one of element_set, altitude_km, or apogee_km with perigee_km")
        if ("apogee_km" in row) != ("perigee_km" in row):
            yield Defect(where, "gives one of apogee_km and perigee_km", "give both")
        if "element_set" not in row and "epoch_utc" not in row:
            yield Defect(where, "has no epoch_utc", "say when it was")
        yield from _apsides(where, row)
        epoch = _moment(row.get("epoch_utc"))
        if epoch and before and epoch <= before:
            yield Defect(f"{where}.epoch_utc", "is not later than that of the row before", "put the oldest first")
        before = epoch or before
        if number == 1 and "element_set" not in row and "inclination_deg" not in row:
            yield Defect(where, "has no inclination_deg", "the first row needs it; later rows may leave it out")


def _drag_rules(data: Tree, orbit: Tree, history: list[Tree]) -> Iterator[Defect]:
    if "cd_area_m2" in _table(data, "body"):
        return
    fitted = len(history) >= 2 or (len(history) == 1 and bool(orbit))
    if "forecast" in data and len(history) < 2:
        yield Defect("history", "holds fewer than two orbits", "a forecast finds the drag from two of them")
    elif not fitted and not (
        "element_set" in orbit or _is_number(_table(orbit, "elements").get("mean_motion_dot_rev_day2"))
    ):
        mend = "give it, or an earlier orbit under [[history]]; an element set with its rate will do as well"
        yield Defect("body.cd_area_m2", "is missing, and nothing tells the drag", mend)


def _name_rules(data: Tree, burns: Tree, published: Tree) -> Iterator[Defect]:
    """Names that must be names of something else."""
    known = ", ".join(burns) or "there are no burns"
    for key in _table(published, "orbits"):
        if key not in burns:
            yield Defect(f"published.orbits.{key}", "is not a burn", known)
    for name, variant in _table(data, "variants").items():
        for key in _table(variant, "delta_v_mps") if isinstance(variant, Mapping) else ():
            if key not in burns:
                yield Defect(f"variants.{name}.delta_v_mps.{key}", "is not a burn", known)
    fragments = _table(_table(data, "breakup"), "fragments")
    fragment = _table(published, "impact").get("fragment")
    if isinstance(fragment, str) and fragment not in fragments:
        yield Defect("published.impact.fragment", f"{fragment!r} is not one of breakup.fragments", ", ".join(fragments))


def _table(tree: Any, key: str) -> Tree:
    value = tree.get(key) if isinstance(tree, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _is_list(tree: Tree, key: str) -> bool:
    return isinstance(tree.get(key), list | tuple)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
