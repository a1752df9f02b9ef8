"""Read the TOML of one object: shapes, then what spans several values; every defect with its line, all at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from math import isfinite, pi
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import ValidationError

from pointnemo.errors import Defect, ScenarioError
from pointnemo.scenario import entry_object as models
from pointnemo.scenario.documents import Kind, key_lines, read_file
from pointnemo.scenario.entry_models import ATTITUDES
from pointnemo.scenario.entry_object import SIZES, EntryObject, ObjectBody
from pointnemo.scenario.entry_rules import AIR_FROM, AIR_TO, CLOCK_FROM, CLOCK_TO, date_defects, speed_defects
from pointnemo.scenario.loader import MENDS, WRONG_TYPE, load_scenario, shown
from pointnemo.scenario.models import Material
from pointnemo.scenario.overrides import table_type, tuples
from pointnemo.scenario.sources import prefixes
from pointnemo.scenario.wind_profile import beside, wind_defects, with_profile

__all__ = ["Solid", "load_object", "melts", "solid_of"]

KIND = "this object cannot be flown"
ALL_SIZES = ("diameter_m", "length_m", "width_m", "height_m")
HEAVIER = 1.03
"""A mass above that of the solid is refused; densities and outer sizes are rounded, which this allows for."""
CLOSE = 0.75
"""How alike two names are (difflib, 0..1) for one to have been meant by the other: a slip, not another material."""
EXAMPLE = "docs/examples/objects/sphere-r100.toml"
DOCUMENT = Kind(
    noun="object",
    shortest=f"an object has the tables [object] and [entry], as in {EXAMPLE}",
    size="an object takes about 1 kB",
    instead=f"give an object in TOML, such as {EXAMPLE}",
)


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
    document = read_file(Path(path), f"give a TOML file, such as {EXAMPLE}", DOCUMENT)
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
    sized = found is not None and not any(rule.where.startswith("object") for rule in rules)
    if found is not None and material is not None and sized:
        defects += [Defect(where(one.where), one.what, one.mend) for one in _body(found, material)]
        if not defects:
            options = with_profile(found.options)
            return found.model_copy(update={"object": _with_mass(found.object, material), "options": options}), material
    count = f"{len(defects)} defect{'s' if len(defects) > 1 else ''}"
    raise ScenarioError(f"object {document.place} cannot be flown: {count}", defects)


def _with_mass(body: ObjectBody, material: Material) -> ObjectBody:
    """A body with its mass, given or that of its wall."""
    if body.mass_kg is not None:
        return body
    return body.model_copy(update={"mass_kg": material.density_kg_m3 * solid_of(body).wall_m3})


def _body(found: EntryObject, material: Material) -> Iterator[Defect]:
    """A mass is no less than the wall and no more than a solid; nothing that melts is molten at the start."""
    body = found.object
    if melts(found, material) and body.initial_temperature_k >= material.melting_temperature_k:
        what = f"{body.initial_temperature_k:g} K is not below the melting point, {material.melting_temperature_k:g} K"
        yield Defect("object.initial_temperature_k", what, "start with a solid, or say melts = false")
    if body.mass_kg is None:
        return
    solid = solid_of(body)
    wall_kg, solid_kg = material.density_kg_m3 * solid.wall_m3, material.density_kg_m3 * solid.volume_m3
    if body.wall_mm is not None and wall_kg > body.mass_kg * (1.0 + 1e-6):
        what = f"{body.mass_kg:g} kg is less than the wall of {body.wall_mm:g} mm, {wall_kg:.4g} kg"
        yield Defect("object.mass_kg", what, "give a thinner wall, or leave mass_kg out")
    if body.mass_kg > HEAVIER * solid_kg:
        what = f"{body.mass_kg:g} kg is more than the solid body of this material, {solid_kg:.4g} kg"
        mend = f"at most {solid_kg:.4g} kg; denser contents need a [material] with a density_kg_m3 of their own"
        yield Defect("object.mass_kg", what, mend)


def melts(asked: EntryObject, material: Material) -> bool:
    """Whether an object can melt: nothing keeps it solid, and it is no composite that survives.

    Args:
        asked: the object.
        material: its material.
    """
    return asked.object.melts and not (material.composite and asked.options.composites_survive)


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
            near = difflib.get_close_matches(key, known, n=1, cutoff=CLOSE)
            listed = f"did you mean {near[0]!r}? `pointnemo show scenario {name}` lists all" if near else ""
            mend = listed or f"known: {', '.join(known)}; or give a table [material]"
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
    if isinstance(entry, Mapping):
        yield from _entry(entry, real)


def _entry(entry: Mapping[str, Any], real: bool) -> Iterator[Defect]:
    """Rules on ``[entry]``; ``real``: the atmosphere or the wind is that of the day."""
    height, speed, utc = entry.get("height_km"), entry.get("speed_mps"), entry.get("utc")
    numbers = [one for one in (height, speed) if isinstance(one, int | float) and isfinite(one) and one >= 0.0]
    if len(numbers) == 2:
        yield from speed_defects("entry.speed_mps", *numbers)
    if isinstance(utc, datetime) and real:
        yield from date_defects("entry.utc", utc, max(AIR_FROM, CLOCK_FROM), AIR_TO, "the space weather that is known")
    elif isinstance(utc, datetime):
        yield from date_defects("entry.utc", utc, CLOCK_FROM, CLOCK_TO, "the years in which UTC is known")
    if real and utc is None:
        yield Defect("entry.utc", "is missing", "the real atmosphere has a date: write utc = 2029-06-01T12:00:00Z")


def _known_keys() -> tuple[str, ...]:
    tables = (EntryObject, ObjectBody, models.ObjectEntry, models.FlightOptions, Material)
    return tuple({key for table in tables for key in table.model_fields})


def _what_to_add(path: list[str]) -> str:
    """What belongs at a path at which nothing is: its choices, its tables' keys, or what the number is of."""
    kind: Any = EntryObject
    for name in path[:-1]:
        kind = table_type(kind.model_fields[name].annotation)
    field = kind.model_fields[path[-1]]
    table = table_type(field.annotation)
    if table is not None:
        needed = [name for name, one in table.model_fields.items() if one.is_required()]
        needed += ["its sizes", "material"] if table is ObjectBody else []
        return f"add the table [{path[-1]}], with {', '.join(needed)}"
    if get_origin(field.annotation) is Literal:
        return f"one of {', '.join(get_args(field.annotation))}"
    return f"add it: {field.description}" if field.description else "add it"


def _shape_defect(error: Mapping[str, Any], where: Any) -> Defect:
    """One pydantic finding in the words of a TOML file."""
    kind, value = error["type"], error["input"]
    path = [str(part) for part in error["loc"] if part != "[key]"]
    place = where(".".join(part for part in path if not part.isdigit()))
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(path[-1], _known_keys(), n=1)
        return Defect(place, "unknown key", f"did you mean {near[0]!r}?" if near else "see docs/reenter.md")
    if kind == "missing":
        return Defect(place, "is missing", _what_to_add(path))
    if kind in WRONG_TYPE:
        return Defect(place, f"{shown(value)} is not {WRONG_TYPE[kind]}", MENDS.get(kind, ""))
    message = str(error["msg"])
    return Defect(place, f"{shown(value)} does not fit: {message[:1].lower()}{message[1:]}"[:300])
