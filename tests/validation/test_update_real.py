"""The readers of updates on files as the agencies really sent them."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.world.sky_server import second_weather_answers

from pointnemo.world import received, tables
from pointnemo.world.tables import Table

pytestmark = pytest.mark.validation

Figure = Callable[..., None]
ISSUED = datetime(2026, 10, 16, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def bundled() -> dict[str, Table]:
    return {name: tables.read_table(name) for name in (received.DAILY, received.MONTHLY, received.EARTH)}


def real(folder: Path, name: str) -> bytes:
    return lzma.decompress((folder / name).read_bytes())


def test_celestrak_as_sent(reference_data: Path, figure: Figure, bundled: dict[str, Table]) -> None:
    """The file of which the bundled tables were made gives those tables."""
    body = real(reference_data, "space_weather/SW_CSSI_celestrak_2026-10-16.txt.xz")
    content = received.read_celestrak([body], bundled, ISSUED)
    assert content.issued == "2026-10-16T05:48:20Z"
    for name in (received.DAILY, received.MONTHLY):
        made = tables.parse_table(content.files[name])
        assert made.values.shape == bundled[name].values.shape
        off = np.abs(made.values - bundled[name].values).max()
        figure(f"update-{name.partition('.')[0]}", off, 0.0, "", "CelesTrak SW-All of 2026-10-16")


def test_finals_as_sent(reference_data: Path, figure: Figure, bundled: dict[str, Table]) -> None:
    """Bulletin A against the bundled C04 over the last settled 120 days: 0.1 ms is 5 cm on the equator."""
    body = real(reference_data, "eop/finals2000A.all.xz")
    observed = max(row[0] for row in received.finals_rows(body.decode()) if row[4])
    now = datetime(1858, 11, 17, tzinfo=UTC) + timedelta(days=observed + 1)
    content = received.read_finals([body], bundled, now)
    made, used = tables.parse_table(content.files[received.EARTH]), bundled[received.EARTH]
    first = int(used.about["first_mjd"])
    known = slice(0, min(observed, int(used.about["predicted_from_mjd"]) - 1) - first)
    off = np.abs(made.values[known] - used.values[known]).max(axis=0)
    figure("update-ut1", off[0], 1e-4, "s", "finals2000A against C04, last 120 days")
    figure("update-pole", off[1:].max(), 3e-4, "arcsec", "finals2000A against C04, last 120 days")


def test_predicted_cycle_as_sent(reference_data: Path, bundled: dict[str, Table]) -> None:
    """NOAA's file of November 2023; the other two parts of the second source as the server of the tests has them."""
    bodies = list(second_weather_answers().values())
    bodies[2] = real(reference_data, "space_weather/swpc_2023-11_predicted-solar-cycle.json.xz")
    content = received.read_gfz_noaa(bodies, bundled, datetime(2026, 11, 23, 12, tzinfo=UTC))
    nodes = tables.parse_table(content.files[received.MONTHLY]).values
    level = {row["time-tag"]: row["predicted_f10.7"] for row in json.loads(bodies[2])}
    (row,) = nodes[nodes[:, 0] == 61771 + 14]  # mid-January 2028
    assert row[2] == pytest.approx(level["2028-01"], abs=0.01)
    assert row[1] == pytest.approx(1.033 * level["2028-01"], rel=2e-3)  # as observed, near perihelion
    assert np.all(np.diff(nodes[:, 0]) > 0)
    assert content.valid_to >= "2041-09-01"


def test_nasa_as_sent(reference_data: Path) -> None:
    body = real(reference_data, "oem/ISS_OEM_2024-02-21.xml.xz")
    content = received.read_orbit([body], {}, datetime(2024, 2, 23, tzinfo=UTC))
    assert content.issued.startswith("2024-02-22T05:33:17")
    assert list(content.files) == ["ISS_OEM_2024-02-22.xz"]
    assert content.source == "JSC, OEM of 2024-02-22"
    for cut in (len(body) // 2, len(body) - 200):
        with pytest.raises(received.RefusedContent):
            received.read_orbit([body[:cut]], {}, datetime(2024, 2, 23, tzinfo=UTC))
