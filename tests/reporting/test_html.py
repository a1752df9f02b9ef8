from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from tests import factories

from pointnemo.reporting.html import render_report
from pointnemo.reporting.maps import centred, map_figures
from pointnemo.results import Plan, Skipped
from pointnemo.world.land import load_land

VOID = {"meta", "br", "link", "img", "hr", "input"}


class Outline(HTMLParser):
    """Tags in order, whether they close, ids, and everything that an attribute points to."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        self._look(attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._look(attrs)

    def _look(self, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href", "srcset", "data", "action"):
                self.links.append(value or "")
            assert not name.startswith("on"), "no scripts in attributes"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def coastlines() -> list[np.ndarray]:
    return load_land().coastlines()


@pytest.fixture(scope="module")
def report(coastlines: list[np.ndarray]) -> str:
    return _render(factories.make_plan(), coastlines)


def _render(plan: Plan, coastlines: list[np.ndarray]) -> str:
    return render_report(
        plan, factories.make_history(), factories.make_trajectory(), factories.make_impacts(), coastlines
    )


def _outline(report: str) -> Outline:
    outline = Outline()
    outline.feed(report)
    assert outline.open == []
    return outline


def test_one_self_contained_file(report: str) -> None:
    outline = _outline(report)
    assert not outline.tags & {"script", "img", "link", "iframe", "object", "embed", "image", "foreignobject"}
    assert all(link.startswith("#") for link in outline.links)
    assert {link[1:] for link in outline.links} <= set(outline.ids)
    assert len(outline.ids) == len(set(outline.ids))
    assert set(re.findall(r"url\(#([^)]*)\)", report)) <= set(outline.ids)
    assert not re.search(r"url\((?!#)|@import|https?://(?!www\.w3\.org/)", report)
    assert len(report) < 2_000_000


def test_it_shows_what_the_issue_asks_for(report: str) -> None:
    text = " ".join(_outline(report).text)
    assert report.count("<svg") == 6
    for wanted in (
        "Not feasible", "low activity", "mean activity", "high activity", "propellant, t", "F10.7, sfu",
        "mean altitude, km", "ground track, last 24 h", "footprint", "last crew leaves", "deorbit_by",
        "--set descent.lowering_start=2027-05-24", "height, km (bar: interval)", "tumbling point masses", "CelesTrak",
        "nearest land 884 km (Marotiri)", "longitude, deg",
    ):  # fmt: skip
        assert wanted in text, wanted


def test_same_plan_same_bytes(report: str, coastlines: list[np.ndarray]) -> None:
    assert _render(factories.make_plan(), coastlines) == report
    assert not re.search(r"#0102(0[3-9a-f]|1[0-9a-f])", report), "a marker colour was not replaced"


def test_light_and_dark_define_the_same_colours(report: str) -> None:
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", report))
    blocks = re.findall(r":root \{(.*?)\}", report, flags=re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        assert used <= set(re.findall(r"--([a-z0-9-]+):", block))


def test_texts_of_a_scenario_cannot_inject(coastlines: list[np.ndarray]) -> None:
    evil = "<script>alert(1)</script>\"'&"
    plan = factories.make_plan(bulk=False)
    verdict = plan.verdict.model_copy(update={"summary": evil})
    provenance = plan.provenance.model_copy(update={"scenario": evil, "set": (evil,)})
    track = plan.track.model_copy(update={"origin": evil})
    reenter = plan.reenter.model_copy(
        update={"phases": tuple(p.model_copy(update={"text": evil, "id": evil}) for p in plan.reenter.phases)}  # type: ignore[union-attr]
    )
    plan = plan.model_copy(update={"verdict": verdict, "provenance": provenance, "track": track, "reenter": reenter})
    outline = _outline(_render(plan, coastlines))
    assert "script" not in outline.tags
    assert evil in "".join(outline.text)


def test_a_station_that_never_comes_down(coastlines: list[np.ndarray]) -> None:
    report = render_report(factories.make_stuck_plan(), factories.make_history(), None, None, coastlines)
    _outline(report)
    assert report.count("Skipped:") == 2
    assert report.count("<svg") == 1


def test_a_run_that_ends_before_the_verdict(coastlines: list[np.ndarray]) -> None:
    later = Skipped(reason="not asked for")
    plan = factories.make_plan(bulk=False)
    verdict = plan.verdict.model_copy(update={"checks": (), "feasible": False, "summary": "No verdict."})
    plan = plan.model_copy(
        update={"verdict": verdict, **dict.fromkeys(("operate", "descend", "reenter", "assess"), later)}
    )
    report = render_report(plan, None, None, None, coastlines)
    _outline(report)
    assert "No verdict" in report
    assert "<svg" not in report


def test_the_map_is_centred_on_the_pacific() -> None:
    assert centred(np.array([-150.0, 180.0, -180.0, 29.0, 31.0])) == pytest.approx([0.0, -30.0, -30.0, 179.0, -179.0])


def test_a_footprint_across_the_antimeridian_stays_in_one_piece(coastlines: list[np.ndarray]) -> None:
    plan = factories.make_plan(bulk=False)
    ring = ((175.0, -40.0), (-175.0, -44.0), (-174.0, -42.0), (176.0, -38.0), (175.0, -40.0))
    footprint = plan.reenter.footprint.model_copy(update={"polygon": ring})  # type: ignore[union-attr]
    plan = plan.model_copy(update={"reenter": plan.reenter.model_copy(update={"footprint": footprint})})
    drawn = map_figures(plan, factories.make_trajectory(), coastlines)
    assert drawn is not None
    paths = re.findall(r'<path d="([^"]*)"[^>]*style="fill: var\(--footprint\); fill-opacity', drawn[0])
    xs = [float(x) for x in re.findall(r"[ML] (-?[\d.]+) ", paths[0])]
    assert max(xs) - min(xs) < 40.0  # of about 650 points across the world


def test_a_scenario_that_begins_in_the_entry_does_not_speak_of_an_orbit_or_an_aim() -> None:
    plan = factories.make_plan()
    skipped = Skipped(reason="scenario mir begins in the entry of 2001-03-23 05:44 UTC")
    phases = factories.make_reenter().phases
    empty = phases[0].model_copy(update={"id": "none", "text": "nothing comes off here", "elements": ()})
    reenter = plan.reenter.model_copy(update={"phases": (*phases, empty)})
    plan = plan.model_copy(update={"track": skipped, "operate": skipped, "descend": skipped, "reenter": reenter})
    html = render_report(plan, None, None, factories.make_impacts(), [])
    assert "<h1>From the entry to the ground: iss</h1>" in html
    assert "from the aim or entry, km" in html
    assert "aim point" not in html
    assert "nothing comes off here" not in html
