"""What people decided: one tree of frozen models, the TOML files that we ship, and the rules they must obey."""

from __future__ import annotations

from pointnemo.scenario.documents import builtin_names
from pointnemo.scenario.loader import load_scenario, scenario_hash
from pointnemo.scenario.models import Flight, Scenario, Source
from pointnemo.scenario.overrides import assignment
from pointnemo.scenario.schedule import Dropped, Manifest, expand_flights, expand_manifest
from pointnemo.scenario.show import dump_toml
from pointnemo.scenario.sources import source_of, unsourced

__all__ = [
    "Dropped",
    "Flight",
    "Manifest",
    "Scenario",
    "Source",
    "assignment",
    "builtin_names",
    "dump_toml",
    "expand_flights",
    "expand_manifest",
    "load_scenario",
    "scenario_hash",
    "source_of",
    "unsourced",
]
