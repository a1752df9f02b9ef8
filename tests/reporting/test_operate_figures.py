from __future__ import annotations

import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.operate_factory import make_bare_report, make_report

from pointnemo.operations.operate_report import OperateReport
from pointnemo.reporting.operate_axes import spread
from pointnemo.reporting.operate_figures import FIGURES, operate_figures
from pointnemo.reporting.operate_gantt import commitments_figure, ports_figure
from pointnemo.reporting.svg import standalone

REPORT = make_report()
EM = 0.62  # a little more than a letter of DejaVu Sans is wide on average


@pytest.fixture(scope="module")
def figures() -> dict[str, str]:
    return operate_figures(REPORT)


def changed(**fields: object) -> OperateReport:
    return REPORT.model_copy(update=fields)


def texts_of(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    return ["".join(node.itertext()).strip() for node in root.iter() if node.tag.endswith("text")]


def boxes_of(svg: str) -> list[tuple[str, float, float, float, float]]:
    """Every text with the box that it covers, about: left, top, right, bottom in points."""
    boxes = []
    for node in ElementTree.fromstring(svg).iter():
        if not node.tag.endswith("text"):
            continue
        text = "".join(node.itertext()).strip()
        style = node.attrib["style"]
        found = re.search(r"font-size: ([\d.]+)px", style)
        assert found is not None
        size = float(found[1])
        turn = re.search(r"rotate\((-?[\d.]+)", node.attrib.get("transform", ""))
        place = re.search(r"translate\((-?[\d.]+)[ ,]+(-?[\d.]+)", node.attrib.get("transform", ""))
        x, y = (float(place[1]), float(place[2])) if place else (float(node.attrib["x"]), float(node.attrib["y"]))
        wide, high = EM * size * len(text), 0.75 * size
        if turn and math.isclose(abs(float(turn[1])), 90.0):
            boxes.append((text, x - high, y - wide, x, y))
        else:
            anchor = re.search(r"text-anchor: (\w+)", style)
            left = x - {"middle": 0.5, "end": 1.0}.get(anchor[1] if anchor else "start", 0.0) * wide
            boxes.append((text, left, y - high, left + wide, y))
    return boxes


def overlapping(svg: str, names: set[str]) -> list[tuple[str, str]]:
    """Pairs of names that are written over each other."""
    boxes = [box for box in boxes_of(svg) if box[0] in names]
    assert boxes
    return [
        (a[0], b[0])
        for i, a in enumerate(boxes)
        for b in boxes[i + 1 :]
        if min(a[3], b[3]) - max(a[1], b[1]) > 1.0 and min(a[4], b[4]) - max(a[2], b[2]) > 1.0
    ]


def test_axes_have_units_and_ids_are_their_own(figures: dict[str, str]) -> None:
    assert tuple(figures) == FIGURES
    expected = {
        "altitude": {"mean altitude, km", "UTC", "lower edge, computed", "upper edge", "burn of progress-ms", "launch"},
        "ports": {"zvezda-aft", "people, seats", "people aboard", "seats", "without a seat", "relocation", "nasa"},
        "propellant": {"propellant aboard, t", "zarya (roscosmos)", "cygnus (nasa)", "reserve", "least margin 683 kg"},
        "supplies": {"days of use above reserve", "water", "food", "reserve touched", "lowest"},
        "commitments": {
            "gap, 730 days",
            "gap, 1,031 days",
            "crew-seats",
            "gap in what is committed",
            "could, not committed",
            "nasa could, 5 flights, to 2029-08-24",
        },
    }
    for name, wanted in expected.items():
        assert wanted <= set(texts_of(figures[name])), name
        assert all(found.startswith(f"{name}-") for found in re.findall(r' id="([^"]+)"', figures[name]))


def test_each_says_what_it_shows_to_those_who_cannot_see_it(figures: dict[str, str]) -> None:
    expected = {
        "altitude": "27 reboosts; 14 of 15 phase windows are kept",
        "ports": "33 vehicles on 8 ports from 2026-09-04 to 2028-12-31",
        "propellant": "least 683 kg above the reserve",
        "supplies": "at the lowest: water 73, food -16",
        "commitments": "gaps: propulsion 2029-01-01 to 2030-12-31",
    }
    for name, wanted in expected.items():
        label = re.search(r'<svg role="img" aria-label="([^"]+)"', figures[name])
        assert label is not None
        assert wanted in label[1]


def test_every_flight_is_named_and_no_name_covers_another(figures: dict[str, str]) -> None:
    flights = {one.flight for one in REPORT.ports if one.dock_utc < REPORT.until_utc}
    assert flights <= set(texts_of(figures["ports"]))
    assert overlapping(figures["ports"], flights) == []
    events = {one.flight for one in REPORT.phases}
    assert events <= set(texts_of(figures["altitude"]))
    assert overlapping(figures["altitude"], events) == []


def test_crowded_events_are_still_told_apart() -> None:
    crowded = tuple(
        one.model_copy(update={"flight": f"soyuz-ms-{i + 100}", "utc": f"2027-03-{1 + i % 28:02d}T04:00:00Z"})
        for i, one in enumerate(REPORT.phases * 3)
    )
    svg = operate_figures(changed(phases=crowded))["altitude"]
    assert overlapping(svg, {one.flight for one in crowded}) == []


def test_a_figure_is_the_same_every_time(figures: dict[str, str]) -> None:
    assert operate_figures(REPORT) == figures
    assert max(map(len, figures.values())) < 400_000


def test_they_are_drawn_from_the_document_alone(figures: dict[str, str]) -> None:
    again = OperateReport.model_validate_json(REPORT.model_dump_json(by_alias=True))
    assert operate_figures(again) == figures


def test_a_file_of_its_own_needs_no_style(figures: dict[str, str]) -> None:
    for figure in figures.values():
        svg = standalone(figure)
        assert "var(" not in svg
        ElementTree.fromstring(svg)


def test_there_is_no_figure_of_nothing() -> None:
    assert operate_figures(make_bare_report()) == {}
    bare = REPORT.days.model_copy(update={"reserve_kg": (), "supply_days": {}})
    drawn = operate_figures(changed(days=bare, phases=(), crews=()))
    assert set(drawn) == {"altitude", "ports", "propellant", "commitments"}
    assert "reserve" not in texts_of(drawn["propellant"])
    assert "people, seats" not in texts_of(drawn["ports"])
    assert "launch" not in texts_of(drawn["altitude"])


def test_unused_and_endless_supplies() -> None:
    n = len(REPORT.days.date)
    supply_days = {"water": (30.0,) * n, "gas": (None,) * n, "spares": (9000.0,) * n}
    svg = operate_figures(changed(days=REPORT.days.model_copy(update={"supply_days": supply_days})))["supplies"]
    assert {"water", "spares, above 730"} <= set(texts_of(svg))
    assert "gas" not in texts_of(svg)
    assert not {"1000", "2000", "5000", "8000"} & set(texts_of(svg))


def test_a_missed_window_is_told_apart(figures: dict[str, str]) -> None:
    assert "launch, phase missed" in texts_of(figures["altitude"])
    kept = tuple(one.model_copy(update={"ok": True}) for one in REPORT.phases)
    assert "launch, phase missed" not in texts_of(operate_figures(changed(phases=kept))["altitude"])


def test_a_name_is_no_formula() -> None:
    port = REPORT.ports[4].model_copy(update={"flight": "$\\frac{ 5 $"})
    assert "$\\frac{ 5 $" in texts_of(ports_figure(changed(ports=(port,))))
    one = REPORT.commitments[0].model_copy(update={"partner": "$\\bad{"})
    assert "$\\bad{, to 2028-12-31" in texts_of(commitments_figure(changed(commitments=(one,))))


def test_a_need_without_any_partner_has_its_row() -> None:
    svg = commitments_figure(changed(commitments=(), commitment_gaps=REPORT.commitment_gaps))
    assert {"propulsion", "deorbit", "gap, 730 days"} <= set(texts_of(svg))


@given(st.lists(st.floats(0.0, 1000.0), max_size=40), st.floats(0.1, 60.0))
def test_labels_keep_their_distance(places: list[float], gap: float) -> None:
    at = sorted(places)
    found = spread(at, gap, 0.0, 1000.0)
    assert len(found) == len(at)
    least = min(gap, 1000.0 / max(len(at), 1))
    assert all(b - a >= least - 1e-6 for a, b in pairwise(found))
    assert all(-1e-6 <= x <= 1000.0 + 1e-6 for x in found)
    alone = all(b - a >= gap for a, b in pairwise(at))
    assert not alone or all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(at, found, strict=True))


def test_a_wide_corridor_has_a_close_up_of_the_altitude() -> None:
    def panels(lower_km: float) -> int:
        edge = (lower_km,) * len(REPORT.days.date)
        days = REPORT.days.model_copy(update={"lower_edge_km": edge})
        return texts_of(operate_figures(changed(days=days))["altitude"]).count("mean altitude, km")

    assert panels(370.0) == 2
    assert panels(414.0) == 1
