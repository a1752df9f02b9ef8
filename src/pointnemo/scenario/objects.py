"""Read the TOML of one object: shapes, then what spans several values; every defect with its line, all at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from math import pi
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from pointnemo.errors import Defect, ScenarioError
from pointnemo.scenario import entry_object as models
from pointnemo.scenario.documents import key_lines, read_file
from pointnemo.scenario.entry_models import ATTITUDES
from pointnemo.scenario.entry_object import SIZES, EntryObject, ObjectBody
from pointnemo.scenario.loader import MENDS, WRONG_TYPE, load_scenario, shown
from pointnemo.scenario.models import Material
from pointnemo.scenario.overrides import tuples
from pointnemo.scenario.sources import prefixes
from pointnemo.scenario.wind_profile import beside, wind_defects, with_profile

__all__ = ["Solid", "load_object", "solid_of"]

KIND = "this object cannot be flown"
ALL_SIZES = ("diameter_m", "length_m", "width_m", "height_m")


class Solid(NamedTuple):
    """What follows from shape and sizes. SI.

    Attributes:
        volume_m3: enclosed.
        wall_m3: volume of the wall; the whole where it is solid.
    """

    volume_m3: float
    wall_m3: float


def solid_of(body: ObjectBody) -> Solid:
    """Volumes of a body.

    Args:
        body: with the sizes of its shape.

    Returns:
        Exact for closed bodies with a wall of the same thickness everywhere.
    """
    sizes = [float(getattr(body, name)) for name in SIZES[body.shape]]
    wall = 0.001 * body.wall_mm if body.wall_mm is not None else 0.5 * min(sizes)
    inner = [max(size - 2.0 * wall, 0.0) for size in sizes]
    whole = _volume(body.shape, sizes)
    hollow = 0.0 if body.wall_mm is None else _volume(body.shape, inner)
    return Solid(whole, whole - hollow)


def _volume(shape: str, sizes: list[float]) -> float:
    if shape == "sphere":
        return pi / 6.0 * sizes[0] ** 3
    if shape == "cylinder":
        return 0.25 * pi * sizes[1] ** 2 * sizes[0]
    return sizes[0] * sizes[1] * sizes[2]


def load_object(path: str | Path) -> tuple[EntryObject, Material]:
    """Read an object and hold it to all rules.

    Args:
        path: a TOML file.

    Returns:
        The object, with ``mass_kg`` filled in where it follows from wall and material; and its material, with the
        emissivity that the object asks for.

    Raises:
        ScenarioError: with every defect found, each with its file, line and dotted key.
    """
    document = read_file(Path(path), "give a TOML file, such as docs/examples/objects/sphere-r100.toml")
    document = replace(document, data=beside(document.data, "options", Path(path).parent))
    lines = key_lines(document.text)

    def where(dotted: str) -> str:
        line = next((lines[prefix] for prefix in prefixes(dotted) if prefix in lines), None)
        return f"{document.place}{'' if line is None else f':{line}'}: {dotted}"

    defects: list[Defect] = []
    found: EntryObject | None = None
    try:
        found = EntryObject.model_validate(tuples(document.data), strict=True)
    except ValidationError as error:
        defects += dict.fromkeys(_shape_defect(item, where) for item in error.errors(include_url=False))
    except RecursionError:
        raise ScenarioError(KIND, [Defect(document.place, "is nested too deeply")]) from None
    told = {defect.where for defect in defects}
    material, unknown = _material(document.data)
    rules = (*unknown, *_rules(document.data))
    defects += [
        one for one in (Defect(where(rule.where), rule.what, rule.mend) for rule in rules) if one.where not in told
    ]
    if found is not None and material is not None and not defects:
        heavy = _mass(found, material)
        if isinstance(heavy, EntryObject):
            return heavy.model_copy(update={"options": with_profile(heavy.options)}), material
        defects += [Defect(where(heavy.where), heavy.what, heavy.mend)]
    count = f"{len(defects)} defect{'s' if len(defects) > 1 else ''}"
    raise ScenarioError(f"object {document.place} cannot be flown: {count}", defects)


def _mass(found: EntryObject, material: Material) -> EntryObject | Defect:
    """The object with its mass; the wall is never heavier than the whole, and never molten at the start."""
    body = found.object
    if body.melts and body.initial_temperature_k >= material.melting_temperature_k:
        what = f"{body.initial_temperature_k:g} K is not below the melting point, {material.melting_temperature_k:g} K"
        return Defect("object.initial_temperature_k", what, "start with a solid, or say melts = false")
    wall_kg = material.density_kg_m3 * solid_of(body).wall_m3
    if body.mass_kg is None:
        filled = body.model_copy(update={"mass_kg": wall_kg})
        return found.model_copy(update={"object": filled})
    if body.wall_mm is not None and wall_kg > body.mass_kg * (1.0 + 1e-6):
        what = f"{body.mass_kg:g} kg is less than the wall of {body.wall_mm:g} mm, {wall_kg:.4g} kg"
        return Defect("object.mass_kg", what, "give a thinner wall, or leave mass_kg out")
    return found


def _material(data: Mapping[str, Any]) -> tuple[Material | None, tuple[Defect, ...]]:
    """The material: of the object's own table, or by its key; None where it cannot be told."""
    body = data.get("object")
    body = body if isinstance(body, Mapping) else {}
    key, own = body.get("material"), data.get("material")
    material: Material | None = None
    defects: list[Defect] = []
    if (key is None) == (own is None):
        what = "is missing" if key is None else "is given as a key and as a table"
        mend = 'write material = "al-7075" under [object], or a table [material]'
        defects.append(Defect("object.material" if key is not None else "object", f"the material {what}", mend))
    elif own is not None:
        with suppress(ValidationError):  # told with the other shapes
            material = Material.model_validate(tuples(own), strict=True)
    elif isinstance(key, str):
        name = data.get("scenario", "iss")
        try:
            known = load_scenario(name if isinstance(name, str) else "iss").materials
        except ScenarioError as error:
            defects += [Defect("scenario", one.what, one.mend) for one in error.defects[:1]]
            known = {}
        if key in known:
            material = known[key]
        elif known:
            near = difflib.get_close_matches(key, known, n=1)
            mend = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            defects.append(Defect("object.material", f"there is no material {key!r}", mend))
    emissivity = body.get("emissivity")
    if material is not None and isinstance(emissivity, int | float) and 0.0 < emissivity <= 1.0:
        material = material.model_copy(update={"emissivity": float(emissivity)})
    return material, tuple(defects)


def _rules(data: Mapping[str, Any]) -> Iterator[Defect]:
    """Rules on the tables as written, so that they are tried whatever else is wrong."""
    body = data.get("object")
    body = body if isinstance(body, Mapping) else {}
    shape = body.get("shape")
    if shape in SIZES:
        for name in SIZES[shape]:
            if name not in body:
                yield Defect(f"object.{name}", "is missing", f"a {shape} has {', '.join(SIZES[shape])}")
        for name in ALL_SIZES:
            if name in body and name not in SIZES[shape]:
                yield Defect(
                    f"object.{name}", f"means nothing for a {shape}", f"a {shape} has {', '.join(SIZES[shape])}"
                )
        attitude = body.get("attitude", "tumbling")
        if isinstance(attitude, str) and attitude not in ATTITUDES[shape]:
            yield Defect(
                "object.attitude", f"{attitude!r} is none for a {shape}", f"one of {', '.join(ATTITUDES[shape])}"
            )
        if shape != "cylinder" and "incidence_deg" in body:
            yield Defect("object.incidence_deg", f"means nothing for a {shape}", "only a cylinder has an axis")
        elif "incidence_deg" in body and attitude != "tumbling":
            yield Defect("object.incidence_deg", f"is given beside attitude {attitude!r}", "give one of the two")
        least = min((body[name] for name in SIZES[shape] if isinstance(body.get(name), int | float)), default=None)
        wall = body.get("wall_mm")
        if least is not None and isinstance(wall, int | float) and 0.002 * wall > least * (1.0 + 1e-9):
            yield Defect(
                "object.wall_mm", f"{wall:g} mm is more than half of {least:g} m", "leave it out for a solid body"
            )
    for name in ("bank_deg", "roll_deg_s"):
        if body.get(name) and not body.get("lift_to_drag"):
            yield Defect(f"object.{name}", "turns a lift that is not there", "give lift_to_drag")
    entry, options = data.get("entry"), data.get("options")
    options = options if isinstance(options, Mapping) else {}
    real = options.get("atmosphere") == "nrlmsise-00" or options.get("wind") == "climatology"
    wind = options.get("wind", "none")
    if isinstance(wind, str) and not options.get("wind_profile"):
        yield from wind_defects("options.wind", wind, ())
    if real and isinstance(entry, Mapping) and "utc" not in entry:
        yield Defect("entry.utc", "is missing", "the real atmosphere has a date: write utc = 2029-06-01T12:00:00Z")


def _known_keys() -> tuple[str, ...]:
    tables = (EntryObject, ObjectBody, models.ObjectEntry, models.FlightOptions, Material)
    return tuple({key for table in tables for key in table.model_fields})


def _shape_defect(error: Mapping[str, Any], where: Any) -> Defect:
    """One pydantic finding in the words of a TOML file."""
    kind, value = error["type"], error["input"]
    path = [str(part) for part in error["loc"] if part != "[key]"]
    place = where(".".join(part for part in path if not part.isdigit()))
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(path[-1], _known_keys(), n=1)
        return Defect(place, "unknown key", f"did you mean {near[0]!r}?" if near else "see docs/reenter.md")
    if kind == "missing":
        return Defect(place, "is missing", "add it")
    if kind in WRONG_TYPE:
        return Defect(place, f"{shown(value)} is not {WRONG_TYPE[kind]}", MENDS.get(kind, ""))
    message = str(error["msg"])
    return Defect(place, f"{shown(value)} does not fit: {message[:1].lower()}{message[1:]}"[:300])
