from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest
from tests import factories
from tests.assess_factory import make_areas, make_backup, make_branches, make_rich_assess

from pointnemo.formats.geojson import read_hazard
from pointnemo.formats.kml import read_kml
from pointnemo.formats.navarea import parse_navarea
from pointnemo.formats.notam import parse_notam
from pointnemo.formats.safety_texts import DRAFT
from pointnemo.reporting import hazard_words, words
from pointnemo.reporting.hazard_figures import branch_figure, density_figure
from pointnemo.reporting.hazard_html import hazard_parts, risk_parts
from pointnemo.reporting.html import render_report
from pointnemo.reporting.maps import hazard_map
from pointnemo.reporting.page import page
from pointnemo.reporting.warning_files import ground_track, write_warning_files
from pointnemo.results import NOT_COMPARABLE, Assess, Convergence, Driver, Place, Warnings
from pointnemo.world.land import load_land

RICH, BARE = make_rich_assess(), factories.make_assess()
FILLED = (
    "casualty_areas", "pieces_below_threshold", "probability_of_casualty", "individual_risk", "individual_risk_place",
    "branches", "total_casualty_expectation", "rules", "hazard_areas", "warnings", "floating_pieces", "toxic_pieces",
    "expectation_parts", "individual_risk_anywhere", "individual_risk_anywhere_place", "largest_failure_probability",
    "exposures", "backup_hazard_areas",
)  # fmt: skip
ISLANDS = [Place(latitude_deg=-47.75, longitude_deg=179.03, name="Bounty Islands")]


def page_of(assess: Assess) -> str:
    text = page(factories.make_plan(bulk=False).model_copy(update={"assess": assess}), upto="assess")
    assert max(map(len, text.splitlines())) <= 80
    return text


def without(*fields: str) -> Assess:
    return RICH.model_copy(update={f: getattr(BARE, f) for f in fields})


@pytest.fixture(scope="module")
def coastlines() -> list[np.ndarray]:
    return load_land().coastlines()


# --- page ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        r"any one person +2\.1e-12, at 25\.07 S 130\.10 W \(Pitcairn\)",
        r"the final burn is not started +2e-3 +0\.081 \(0\.049 to 0\.13\) +1\.6e-4",
        r"together +1\.6e-4",
        r"NASA-STD-8719\.14C 4\.7-1a: casualty +3\.1e-7 +1e-4 +persons +ok",
        r"individual risk +2\.1e-6 +1e-6 +FAIL",
        r"4\.7-1c: failure +- +1e-4 +persons +unknown",
        r"Opiela-Matney +5,120 \(3,200-8,000\)",
        r"area +drawn for +by runs +by model +km x km +km2 +land, km",
        r"safety +99\.999 % +0\.995 % +95 % +2,600 x 160",
        r"declared +99 % +> 99\.9 % +- +2,600 x 160 +401,000 +802",
        r"ship +hit > 1e-5 +- +- ",
        r"aircraft +hit > 1e-6 +- +- ",
        r"1,000 runs are few: 95 % by runs alone would take 299,573 \(safety\)\.",
        r"an aircraft +3e-5 \(limit 1e-6\) for an aircraft that sweeps 1500 m2",
        r"the same for the backup pass backup-2",
        r"of 50 runs flown from its own entry lie\s+wholly inside: 98 % in declared, 100 % in safety",
        r"Approximate|limits as told in words",
        r"air routes +3 to 20 +2032-03-14 09:32 +2032-03-14 11:15",
        r"may float +220 pieces",
        r"burns may fail +with a probability of 1\.1e-3 at most",
        r"warnings +4 NAVAREA and 2 NOTAM, for the backup 2 and 1\.",
    ],
)
def test_the_page_tells_it(wanted: str) -> None:
    assert re.search(wanted, page_of(RICH)), wanted


def test_how_often_burns_may_fail_is_told_once_and_never_against_the_nominal_descent() -> None:
    def told(most: float) -> str:
        return " ".join(page_of(RICH.model_copy(update={"largest_failure_probability": most})).split())

    nominal = words.small(RICH.casualty_expectation.value)
    assert f"burns may fail never: even if every burn works {nominal} is expected, above the limit" in told(0.0)
    assert "burns may fail always: even the worst failure keeps the limit" in told(1.0)
    assert "if nothing is done after a failure" in told(1e-3)
    assert all(told(most).count("burn may fail") == 0 for most in (0.0, 1e-3, 1.0))


def test_the_total_is_told_both_ways_where_a_descent_can_be_completed_later() -> None:
    later = tuple(one.model_copy(update={"completes_later": one.id != "nominal"}) for one in RICH.branches)
    total = RICH.total_casualty_expectation
    assert total is not None
    completed = total.model_copy(update={"value": 3.1e-7, "low": 0.0, "high": 4e-6})
    update = {"branches": later, "total_completed_casualty_expectation": completed}
    _, rows = hazard_words.branch_table(RICH.model_copy(update=update))
    assert [row[0] for row in rows[-2:]] == [
        "together, if nothing is done after a failure",
        "together, if what can be completed later is",
    ]
    assert rows[-1][2] == "3.1e-7 (0 to 4e-6)"
    assert all(row[0].endswith("can be completed later") for row in rows[1:-2])


def test_a_bare_assessment_has_none_of_it() -> None:
    text = page_of(BARE)
    assert "Antarctic ice" in text
    assert not re.search(r"rule|layer|NAVAREA|together|Opiela|float", text)


@pytest.mark.parametrize("field", FILLED)
def test_every_field_may_be_missing(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pointnemo.reporting.svg.figure_svg", lambda *_: "<svg></svg>")  # drawn in other tests
    some = without(field)
    page_of(some)
    html = "".join(risk_parts(some) + hazard_parts(some, [], ISLANDS))
    assert html.count("<h3>") == html.count("</h3>")
    assert "None" not in re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)


def test_windows_are_those_of_the_safety_area_unless_all_are_asked_for() -> None:
    safety = next(a for a in RICH.hazard_areas if a.id == "safety")
    header, rows = hazard_words.window_table(RICH)
    assert len(rows) == len(safety.windows)
    wide, every = hazard_words.window_table(RICH, every=True)
    assert len(wide) == len(header) + 1
    assert len(every) == sum(len(a.windows) for a in RICH.hazard_areas)


# --- figures -------------------------------------------------------------------------------------------------------


def test_the_map_shows_areas_track_islands_and_backup(coastlines: list[np.ndarray]) -> None:
    track = np.array([[170.0, -30.0], [-170.0, -45.0], [-150.0, -52.0]])
    islands = [*ISLANDS, Place(latitude_deg=10.0, longitude_deg=0.0, name="Elsewhere")]
    labels = {"declared": "declared, 1 in 100 outside", "ship": "ship, hit > 1e-5"}
    some = (make_areas(), coastlines, islands, factories.make_trajectory(), make_backup(), track, labels)
    drawn = hazard_map(*some)
    assert drawn is not None
    for wanted in ("declared, 1 in 100 outside", "ship, hit &gt; 1e-5", "safety", "declared, backup", "Bounty Islands"):
        assert wanted in drawn, wanted
    assert "track of the backup" in drawn
    assert "Elsewhere" not in drawn
    assert drawn == hazard_map(*some)
    assert hazard_map((), coastlines) is None


def test_areas_across_the_seam_of_the_map_are_drawn_whole() -> None:
    # a quarter of the way round from the South Pacific lies the seam of the map, at 30 E
    drawn = hazard_map(make_areas(155.0), [])
    assert drawn is not None
    assert "20 E" in drawn and "30 E" in drawn  # noqa: PT018


def test_the_density_is_of_dangerous_pieces_only() -> None:
    impacts = factories.make_impacts()
    assert density_figure(impacts, 15.0) is not None
    assert density_figure(impacts, 15.0) == density_figure(impacts, 15.0)
    assert density_figure(impacts, 1e12) is None


def test_branches_are_drawn_with_the_limit() -> None:
    drawn = branch_figure(RICH)
    assert drawn is not None
    assert "limit of a rule" in drawn
    assert "times its probability" in drawn
    nobody = tuple(b.model_copy(update={"share": None}) for b in make_branches())
    bare = branch_figure(RICH.model_copy(update={"branches": nobody, "rules": ()}))
    assert bare is not None
    assert "limit of a rule" not in bare
    assert branch_figure(BARE) is None


def test_branches_that_say_the_same_share_a_row_in_figure_and_table() -> None:
    nominal, failed, _ = make_branches()
    alike = [failed.model_copy(update={"id": f"f{i}", "text": f"fails after {i} s"}) for i in range(50)]
    some = RICH.model_copy(update={"branches": (nominal, *alike, nominal)})
    names = [name for name, _ in hazard_words.branch_groups(some)]
    assert names == [nominal.text, "fails after 0 s to fails after 49 s, 50 branches", nominal.text]
    assert [row[0] for row in hazard_words.branch_table(some)[1]] == [*names, "together"]

    def height(assess: Assess) -> float:
        drawn = branch_figure(assess)
        assert drawn is not None
        found = re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', drawn)
        assert found is not None
        return float(found[1])

    assert height(some) == height(RICH.model_copy(update={"branches": make_branches()}))


def test_a_contour_says_its_limit_and_a_map_without_track_promises_none(coastlines: list[np.ndarray]) -> None:
    html = "".join(hazard_parts(RICH, coastlines, ISLANDS))
    assert "ship, hit &gt; 1e-5" in html
    assert "aircraft, hit &gt; 1e-6" in html
    assert "safety, 1 in 100,000 outside" in html
    assert not re.search(r"ship, (97 %|1 in)|track on which", html)
    assert "Beyond the areas of ship and aircraft a hit is less likely" in html
    tracked = "".join(hazard_parts(RICH, coastlines, ISLANDS, factories.make_trajectory()))
    assert "the track on which the pieces come" in tracked


def test_that_rules_are_not_to_be_compared_is_said_once() -> None:
    rules = tuple(rule.model_copy(update={"text": f"Some. {NOT_COMPARABLE}"}) for rule in RICH.rules)
    some = RICH.model_copy(update={"rules": rules})
    for text in (" ".join(page_of(some).split()), "".join(risk_parts(some))):
        assert text.count("compar") == 1
        assert "(Some.)" in text


# --- report --------------------------------------------------------------------------------------------------------


def test_the_report_holds_it(coastlines: list[np.ndarray]) -> None:
    plan = factories.make_plan().model_copy(update={"assess": RICH})
    html = render_report(plan, None, factories.make_trajectory(), factories.make_impacts(), coastlines, ISLANDS)
    for wanted in ("Areas to be closed", "When they are closed", "If a burn fails", "How the areas are made", DRAFT):
        assert wanted in html, wanted
    ids = re.findall(r'(?<= id=")[^"]+', html)
    assert len(ids) == len(set(ids))
    # word for word, with its lines
    assert RICH.warnings is not None
    for text in (*RICH.warnings.navarea, *RICH.warnings.backup_notam):
        assert text.strip() in html


def test_texts_from_a_file_cannot_break_the_report() -> None:
    evil = Warnings(navarea=("<script>alert(1)</script>\n   </pre>\x1b[31m",), notam=())
    branches = (make_branches()[0].model_copy(update={"text": "<b>&"}),)
    some = RICH.model_copy(update={"warnings": evil, "branches": branches})
    html = "".join(risk_parts(some) + hazard_parts(some, []))
    assert "<script>" not in html
    assert "\x1b" not in html
    assert html.count("</pre>") == 1
    assert "<b>&<" not in html


# --- files ---------------------------------------------------------------------------------------------------------


def test_every_file_is_written_and_reads_back(tmp_path: Path) -> None:
    track = ground_track(factories.make_trajectory())
    places = [("aim point", Place(latitude_deg=-48.9, longitude_deg=-123.4, name="Point Nemo"))]
    names = write_warning_files(
        tmp_path, RICH, title="iss", footprint=factories.make_reenter().footprint, places=places, track=track,
        backup=make_backup(),
    )  # fmt: skip
    there = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert there == set(names)
    assert {"warnings/navarea-1-xiv.txt", "warnings/notam-2-nzzo.txt", "warnings/backup-navarea-1-xiv.txt"} <= there
    assert RICH.warnings is not None
    assert (tmp_path / "warnings/navarea-1-xiv.txt").read_text() == RICH.warnings.navarea[0]
    for name in names:
        if "navarea" in name:
            assert parse_navarea((tmp_path / name).read_text()).alternate == ("backup" in name)
        if "notam" in name:
            assert parse_notam((tmp_path / name).read_text()).number == 0
        if "navarea" in name or "notam" in name:
            assert DRAFT not in (tmp_path / name).read_text()
    readme = (tmp_path / "warnings/README.txt").read_text()
    assert readme.startswith(DRAFT)
    assert all(Path(n).name in readme for n in names if n.startswith("warnings/") and "README" not in n)
    assert RICH.warnings.notes
    assert all(note in readme for note in RICH.warnings.notes)
    assert len(read_hazard(tmp_path / "hazard.geojson").polygons) == 10
    assert "footprint" in read_kml(tmp_path / "hazard.kml").polygons
    fromstring((tmp_path / "hazard.kml").read_bytes())
    again = tmp_path / "again"
    again.mkdir()
    write_warning_files(
        again, RICH, title="iss", footprint=factories.make_reenter().footprint, places=places, track=track,
        backup=make_backup(),
    )  # fmt: skip
    assert all((again / n).read_bytes() == (tmp_path / n).read_bytes() for n in names)


def test_nothing_to_warn_of_writes_nothing(tmp_path: Path) -> None:
    assert write_warning_files(tmp_path, BARE, title="iss") == ()
    assert list(tmp_path.iterdir()) == []
    assert ground_track(None) is None


def test_areas_without_texts_are_written_alone(tmp_path: Path) -> None:
    assert write_warning_files(tmp_path, without("warnings"), title="iss") == ("hazard.geojson", "hazard.kml")
    assert json.loads((tmp_path / "hazard.geojson").read_text())["features"]


# --- convergence ---------------------------------------------------------------------------------------------------


def test_convergence_is_told_of_steps_and_of_runs(coastlines: list[np.ndarray]) -> None:
    interval = factories.estimate(2610.0, 2505.0, 2715.0, "km")
    rows = (
        Convergence(what="length of the footprint, km: steps halved", value=2660.5, finer=2660.3, relative=6.4e-5),
        Convergence(
            what="length of the footprint, km: runs doubled", value=2594.0, finer=2610.0, relative=0.0061,
            sampling_interval=interval,
        ),
    )  # fmt: skip
    plan = factories.make_plan()
    plan = plan.model_copy(update={"reenter": plan.reenter.model_copy(update={"convergence": rows})})
    text, html = page(plan, upto="reenter"), render_report(plan, None, None, None, coastlines, [])
    assert re.search(r"footprint, km: steps +2,660 +2,660 +0\.0064 % +-", text)
    assert re.search(r"footprint, km: runs +2,594 +2,610 +0\.61 % +2,505 to 2,715", text)
    assert "2,505 to 2,715" in html


# --- drivers, masses -----------------------------------------------------------------------------------------------


def test_what_moves_the_footprint_is_ranked_and_the_rest_is_told(coastlines: list[np.ndarray]) -> None:
    rows = (
        Driver(id="heat", text="heating law", length_share=0.58, toe_km_per_sigma=-60.0, heel_km_per_sigma=266.0),
        Driver(id="burn", text="final burn", length_share=0.0, toe_km_per_sigma=68.0, heel_km_per_sigma=68.0),
        Driver(id="rest", text="by piece: lift", length_share=0.42, toe_km_per_sigma=59.0, heel_km_per_sigma=231.0),
    )
    plan = factories.make_plan()
    plan = plan.model_copy(update={"reenter": plan.reenter.model_copy(update={"drivers": rows})})
    text, html = page(plan, upto="reenter"), render_report(plan, None, None, None, coastlines, [])
    assert re.search(r"heating law +58 % +\+266 +-60", text)
    assert re.search(r"final burn +0 % +\+-68 +\+-68", text)
    assert re.search(r"the rest, not ranked: by piece: lift +42 % +\+-231 +\+-59", text)
    assert "What moves the footprint" in html
    assert "the rest, not ranked: by piece: lift" in html
    bare = plan.model_copy(update={"reenter": plan.reenter.model_copy(update={"drivers": ()})})
    assert "moves the footprint" not in page(bare, upto="reenter")


def test_masses_of_a_light_object_are_told_in_kilograms(coastlines: list[np.ndarray]) -> None:
    plan, heavy = factories.make_plan(), factories.make_reenter()
    phases = tuple(
        phase.model_copy(
            update={"released_mass_kg": 48.0, "surviving_mass_kg": factories.estimate(30.0, 10.0, 52.0, "kg")}
        )
        for phase in heavy.phases
    )
    light = heavy.model_copy(update={"entry_mass_kg": 1000.0, "phases": phases})
    plan = plan.model_copy(update={"reenter": light})
    text, html = page(plan, upto="reenter"), render_report(plan, None, None, None, coastlines, [])
    assert re.search(r"freed, kg +survives, kg", text)
    assert re.search(r"48 +30 \(10-52\)", text)
    assert "30 (10-52)" in html
    assert "mass, kg" in html
