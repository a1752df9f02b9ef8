from __future__ import annotations

import dataclasses
import re
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from tests.factories import estimate
from tests.tracking_factory import make_followed

from pointnemo.reporting.svg import standalone
from pointnemo.reporting.track_figures import track_figures
from pointnemo.tracking.report import ArcFit, Followed

FOLLOWED = make_followed()


def texts_of(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return ["".join(node.itertext()).strip() for node in root.iter() if node.tag.endswith("text")]


@pytest.fixture(scope="module")
def figures() -> dict[str, str]:
    return track_figures(FOLLOWED)


def arcs_with_pauses() -> tuple[ArcFit, ...]:
    """Thirty arcs in two stretches, half a year apart."""
    arcs = []
    day = datetime(2021, 6, 1, 12)
    for i in range(30):
        day += timedelta(days=200 if i == 15 else 0)
        after = day + timedelta(days=3)
        area = 1300.0 + 20.0 * (i % 7)
        changes = {"from_utc": f"{day.isoformat()}Z", "to_utc": f"{after.isoformat()}Z", "days": 3.0}
        drag = estimate(area, area - 90.0, area + 90.0, "m2")
        arcs.append(FOLLOWED.report.arcs[1].model_copy(update={**changes, "cd_area_m2": drag}))
        day = after
    return tuple(arcs)


def changed(**fields: object) -> Followed:
    return dataclasses.replace(FOLLOWED, report=FOLLOWED.report.model_copy(update=fields))


def test_axes_have_units_and_ids_are_their_own(figures: dict[str, str]) -> None:
    assert set(figures) == {"residuals", "drag", "fan"}
    expected = {
        "residuals": {"left over, m", "radial", "cross-track", "end of the arc (UTC) and its length", "+431 m"},
        "drag": {"drag area C_D A, m²", "UTC", "by all arcs, 90 %", "now, 90 %", "of one arc, 90 %"},
        "fan": {"along-track, km", "days from the start state", "days", "GMT057 Reboost Preli", "as of 2022-01-03"},
    }
    for name, wanted in expected.items():
        assert wanted <= set(texts_of(figures[name])), name
        assert all(found.startswith(f"{name}-") for found in re.findall(r' id="([^"]+)"', figures[name]))
        assert 'role="img"' in figures[name]


def test_every_earlier_prediction_has_its_panel(figures: dict[str, str]) -> None:
    panels = [text for text in texts_of(figures["fan"]) if text.startswith("as of ")]
    assert len(panels) == len(FOLLOWED.hindcast_fans)
    alone = track_figures(make_followed(hindcasts=False))["fan"]
    assert not [text for text in texts_of(alone) if text.startswith("as of ")]


def test_the_legend_names_what_occurs() -> None:
    """An element set makes no prediction of its own, and nothing later is known about the newest."""
    bare = dataclasses.replace(
        FOLLOWED.fan, file_tt_s=FOLLOWED.fan.file_tt_s[:0], file_rtn_km=FOLLOWED.fan.file_rtn_km[:0]
    )
    alone = dataclasses.replace(changed(burns=(), arcs=()), fan=bare, hindcast_fans=())
    names = {"the file's own", "later states", "burns"}
    assert names <= set(texts_of(track_figures(FOLLOWED)["fan"]))
    assert not names & set(texts_of(track_figures(alone)["fan"]))


def test_a_figure_is_the_same_every_time(figures: dict[str, str]) -> None:
    assert track_figures(FOLLOWED) == figures
    assert max(map(len, figures.values())) < 600_000


def test_a_file_of_its_own_needs_no_style(figures: dict[str, str]) -> None:
    svg = standalone(figures["fan"])
    assert "var(" not in svg
    assert "#0f7b7b" in svg
    ElementTree.fromstring(svg)


def test_without_arcs_there_is_only_the_fan() -> None:
    assert set(track_figures(changed(arcs=()))) == {"fan"}
    bare = [arc.model_copy(update={"cd_area_m2": None, "miss_radial_km": None}) for arc in FOLLOWED.report.arcs]
    assert set(track_figures(changed(arcs=tuple(bare)))) == {"fan"}


def test_pauses_of_months_break_the_axis() -> None:
    arcs = arcs_with_pauses()
    svg = track_figures(changed(arcs=arcs, epoch_utc=arcs[-1].to_utc))
    texts = texts_of(svg["drag"])
    assert "UTC (pauses of months are left out)" in texts
    days = {text for text in texts if re.fullmatch(r"\d{4}-\d\d-\d\d", text)}
    assert len(days) >= 5
    assert not any("2021-09-01" <= day <= "2022-01-01" for day in days)
    assert sum(", 3.0 d" in text for text in texts_of(svg["residuals"])) == 30


def test_a_name_is_no_formula() -> None:
    burn = FOLLOWED.report.burns[2].model_copy(update={"name": "$\\frac{ 5 $"})
    assert "$\\frac{ 5 $" in texts_of(track_figures(changed(arcs=(), burns=(burn,)))["fan"])
