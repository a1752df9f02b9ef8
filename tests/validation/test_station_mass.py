"""The station's mass with the vehicles of the day against the flight mass in NASA's ephemeris headers."""

from __future__ import annotations

import lzma
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pointnemo.scenario import Scenario, load_scenario

# Who was docked on the day of each file, from the visiting-vehicle record; before 2021-11-26 Prichal was not there.
FITTED = ("ISS_OEM_2022-01-31", ("soyuz-ms", "progress-ms", "crew-dragon"), False)
CHECKED = [
    ("ISS_OEM_2021-08-25", ("soyuz-ms", "progress-ms", "crew-dragon", "cygnus"), True),
    ("ISS_OEM_2021-10-01", ("soyuz-ms", "progress-ms", "crew-dragon", "cygnus"), True),
    ("ISS_OEM_2022-01-17", ("soyuz-ms", "progress-ms", "crew-dragon", "cargo-dragon"), False),
    ("ISS_OEM_2022-02-18", ("soyuz-ms", "progress-ms", "progress-ms", "crew-dragon"), False),
    ("ISS_OEM_2022-05-09", ("soyuz-ms", "progress-ms", "progress-ms", "crew-dragon", "cygnus"), False),
    ("ISS_OEM_2024-02-14", ("soyuz-ms", "progress-ms", "crew-dragon", "cygnus"), False),
    ("ISS_OEM_2024-02-21", ("soyuz-ms", "progress-ms", "progress-ms", "crew-dragon", "cygnus"), False),
]


def header_mass_kg(folder: Path, stem: str) -> float:
    text = lzma.decompress((folder / "oem" / f"{stem}.xml.xz").read_bytes()).decode()
    found = re.search(r"MASS=([0-9.]+)", text)
    assert found is not None
    return float(found.group(1))


def flight_mass_kg(scenario: Scenario, vehicles: tuple[str, ...], before_prichal: bool) -> float:
    docked = sum(scenario.vehicles[key].docked_mass_kg + scenario.vehicles[key].propellant_kg for key in vehicles)
    return scenario.station.mass_kg + docked - before_prichal * scenario.station.elements["prichal"].mass_kg


@pytest.mark.validation
@pytest.mark.parametrize(("stem", "vehicles", "before_prichal"), [FITTED, *CHECKED])
def test_flight_mass_against_nasas_headers(
    reference_data: Path, figure: Callable[..., None], stem: str, vehicles: tuple[str, ...], before_prichal: bool
) -> None:
    header = header_mass_kg(reference_data, stem)
    model = flight_mass_kg(load_scenario(), vehicles, before_prichal)
    miss = abs(model - header) / header * 100
    figure(f"station-mass-{stem[8:]}", miss, 0.75, "%", f"NASA OEM header, {stem[8:]}: {header:.0f} kg")
