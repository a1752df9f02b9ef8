"""What each stage depends on, as one hash per stage: equal hash, equal result, so an earlier result may be used."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pointnemo.planning.request import StageName
from pointnemo.results import DataFile
from pointnemo.scenario.models import Scenario

__all__ = ["digest", "stage_hashes"]

# Sections of the scenario that a stage reads beyond those of the stage before it.
SECTIONS: dict[StageName, tuple[str, ...]] = {
    "track": ("entry", "orbit", "station", "vehicles", "flights", "cadence"),
    "operate": ("partners", "rules", "crew", "supplies", "quiet", "horizon", "descent"),
    "descend": ("reentry", "materials"),
    "reenter": ("reentry",),
    "assess": ("assess",),
    "plan": ("name", "title", "sources"),
}

# Branches of ``descend`` are told with the casualty area of a small break-up.
CASUALTY_AREA = ("energy_threshold_j", "person_radius_term_m", "population_sigma")

# The aiming loop of ``descend`` flies its own small set of fragments: how many the user wants does not change it.
SAMPLE_SIZE = ("fragments", "realisations")


def digest(value: Any) -> str:
    """SHA-256 of a value's canonical JSON, 64 hexadecimal digits."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def stage_hashes(
    scenario: Scenario, orbit_hashes: tuple[str, ...], seed: int, data: tuple[DataFile, ...], code: str
) -> dict[str, str]:
    """Input hash of every stage, each built on the one before.

    Args:
        scenario: as flown.
        orbit_hashes: SHA-256 of each tracking file.
        seed: of the random draws; only stages from ``reenter`` on depend on it.
        data: tables about nature in use.
        code: digest of the source that does the computing.

    Returns:
        Stage name -> 64 hexadecimal digits; the hash of ``plan`` is the input hash of the whole run.
    """
    tree = scenario.model_dump(mode="json")
    hashes: dict[str, str] = {}
    before: Any = [code, [file.sha256 for file in data], list(orbit_hashes)]
    for stage, names in SECTIONS.items():
        sections = {name: tree[name] for name in names}
        if stage == "descend":
            sections["reentry"] = {key: value for key, value in tree["reentry"].items() if key not in SAMPLE_SIZE}
            sections["assess"] = {key: tree["assess"][key] for key in CASUALTY_AREA}
        hashes[stage] = digest([before, sections, seed if stage in ("reenter", "assess", "plan") else None])
        before = hashes[stage]
    return hashes
