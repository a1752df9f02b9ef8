"""Rules of the tables that say how a station breaks up: phases, elements, classes, mixes, wind, lift, triggers."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise

from pointnemo.errors import Defect
from pointnemo.scenario.entry_models import ATTITUDES
from pointnemo.scenario.models import Scenario
from pointnemo.scenario.wind_profile import wind_defects

__all__ = ["REENTRY_RULES", "Rule", "in_order", "known", "near"]

SHARE_TOLERANCE = 1e-6

Rule = Callable[[Scenario], Iterable[Defect]]


def near(name: str, known: Iterable[str]) -> str:
    """What may have been meant by a name that is not known."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=2)
    return f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(names[:20])}"


def known(where: str, kind: str, name: str, table: Mapping[str, object]) -> Iterator[Defect]:
    """``name`` must be in ``table``."""
    if name not in table:
        yield Defect(where, f"there is no {kind} {name!r}", near(name, table))


def in_order(where: str, first: float, second: float, what: str, mend: str) -> Iterator[Defect]:
    """``first`` must not exceed ``second``."""
    if first > second:
        yield Defect(where, what, mend)


def _phases(scenario: Scenario) -> Iterator[Defect]:
    phases = scenario.reentry.phases
    keys = list(phases)
    for first, second in pairwise(keys):
        if phases[second].height_km >= phases[first].height_km:
            what = f"{phases[second].height_km:g} is not below that of {first}, {phases[first].height_km:g}"
            yield Defect(f"reentry.phases.{second}.height_km", what, "phases are listed from the highest down")
    for key, phase in phases.items():
        if not phase.low_km <= phase.height_km <= phase.high_km:
            what = f"{phase.height_km:g} is not between low_km {phase.low_km:g} and high_km {phase.high_km:g}"
            yield Defect(f"reentry.phases.{key}.height_km", what, "set low_km and high_km with it")
        if phase.high_km >= scenario.reentry.interface_height_km:
            what = f"{phase.high_km:g} is not below interface_height_km {scenario.reentry.interface_height_km:g}"
            yield Defect(f"reentry.phases.{key}.high_km", what, "the break-up begins after entry")


def _elements(scenario: Scenario) -> Iterator[Defect]:
    phases = scenario.reentry.phases
    order = {key: index for index, key in enumerate(phases)}
    for key, element in scenario.station.elements.items():
        where = f"station.elements.{key}"
        yield from known(f"{where}.material", "material", element.material, scenario.materials)
        yield from known(f"{where}.mix", "mix", element.mix, scenario.reentry.mixes)
        yield from known(f"{where}.release", "phase", element.release, phases)
        yield from known(f"{where}.opens", "phase", element.opens, phases)
        if element.release in order and element.opens in order and order[element.opens] < order[element.release]:
            what = f"phase {element.opens} comes before its release in phase {element.release}"
            yield Defect(f"{where}.opens", what, "an element opens when it is set free or later")


def _mixes(scenario: Scenario) -> Iterator[Defect]:
    reentry = scenario.reentry
    for key, mix in reentry.mixes.items():
        for name in mix:
            yield from known(f"reentry.mixes.{key}.{name}", "fragment class", name, reentry.classes)
        total = math.fsum(mix.values())
        if abs(total - 1) > SHARE_TOLERANCE:
            yield Defect(f"reentry.mixes.{key}", f"the shares sum to {total:.6g}, not 1", "shares of the mass")
    for key, kind in reentry.classes.items():
        where = f"reentry.classes.{key}"
        yield from known(f"{where}.material", "material", kind.material, scenario.materials)
        for low, high in (("beta_low_kg_m2", "beta_high_kg_m2"), ("mass_low_kg", "mass_high_kg")):
            below, above = getattr(kind, low), getattr(kind, high)
            yield from in_order(f"{where}.{low}", below, above, f"{below:g} exceeds {high} {above:g}", "exchange them?")


def _wind(scenario: Scenario) -> Iterator[Defect]:
    yield from wind_defects("reentry.wind", scenario.reentry.wind, scenario.reentry.wind_profile)


def _lift(scenario: Scenario) -> Iterator[Defect]:
    reentry = scenario.reentry
    if reentry.lift_to_drag == reentry.lift_to_drag_sigma == 0.0:
        for name, value in (("bank_deg", reentry.bank_deg), ("roll_deg_s", reentry.roll_deg_s or None)):
            if value is not None:
                yield Defect(f"reentry.{name}", "turns a lift that is not there", "give lift_to_drag")


def _attitudes_of_pieces(scenario: Scenario) -> Iterator[Defect]:
    for key, kind in scenario.reentry.classes.items():
        held = ATTITUDES[kind.shape]
        if kind.attitude not in held:
            what = f"{kind.attitude!r} is none for a {kind.shape}"
            yield Defect(f"reentry.classes.{key}.attitude", what, f"one of {', '.join(held)}")


def _triggers(scenario: Scenario) -> Iterator[Defect]:
    """By load and temperature, a phase in use needs the one or the other."""
    if scenario.reentry.trigger != "load-and-temperature":
        return
    used = {name for element in scenario.station.elements.values() for name in (element.release, element.opens)}
    for key, phase in scenario.reentry.phases.items():
        where = f"reentry.phases.{key}"
        if key in used and phase.load_pa is None and phase.melts == "never":
            what = 'has neither load_pa nor melts, and reentry.trigger is "load-and-temperature"'
            yield Defect(where, what, 'give load_pa, or melts with wall_kg_m2, or set reentry.trigger = "height"')
        if key in used and phase.melts == "lumped" and phase.wall_kg_m2 is None:
            yield Defect(where, "melts as a lumped wall of no mass", "give wall_kg_m2")


def _levels(scenario: Scenario) -> Iterator[Defect]:
    """The safety area holds more re-entries than the declared one."""
    declared, safety = scenario.assess.declared_level, scenario.assess.safety_level
    if declared >= safety:
        what = f"{declared} is not below safety_level, {safety}"
        yield Defect("assess.declared_level", what, "the safety area holds more re-entries than the declared one")


REENTRY_RULES: tuple[Rule, ...] = (_phases, _elements, _mixes, _wind, _lift, _attitudes_of_pieces, _triggers, _levels)
"""Also those of a scenario that begins in the entry."""
