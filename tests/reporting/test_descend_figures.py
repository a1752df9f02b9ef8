from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from tests.descend_factory import make_bare_descend_report, make_descend_report, make_stuck_descend_report
from tests.reporting.test_operate_figures import boxes_of, overlapping, texts_of

from pointnemo.descent.report import DescendReport
from pointnemo.reporting.descend_figures import FIGURES, descend_figures
from pointnemo.reporting.descend_map import _distance_km, _track
from pointnemo.reporting.svg import standalone
from pointnemo.results import Place

REPORT = make_descend_report()
UPRIGHT = {"days from the loss to entry", "shift past the aim, km", "mean altitude, km", "hours to entry"}
LAND = [np.array([[-176.8, -44.1], [-176.2, -44.1], [-176.2, -43.7], [-176.8, -44.1]])]


@pytest.fixture(scope="module")
def figures() -> dict[str, str]:
    return descend_figures(REPORT, LAND)


def changed(**fields: object) -> DescendReport:
    return REPORT.model_copy(update=fields)


def test_axes_have_units_and_ids_are_their_own(figures: dict[str, str]) -> None:
    assert tuple(figures) == FIGURES
    expected = {
        "altitude": {
            "mean altitude, km", "F10.7, sfu", "UTC", "low activity", "mean activity", "high activity",
            "hold altitude 270 km", "control limit 220 km", "de-orbit by 2030-12-31", "crew leaves 2031-09-13",
            "point of no return 2032-02-04", "entry 2032-03-14", "deorbit vehicle docks 2029-09-01",
        },
        "burns": {"altitude, km", "UTC, 2032", "apogee", "perigee", "burn", "final", "27.4 m/s", "lower-1"},
        "losses": {
            "days from the loss to entry", "can still: raise it", "no return without it 2031-11-20",
            "can still: bring it down otherwise",
            "nothing can be done", "range of Sun and drag", "attitude can be held for", "no deorbit vehicle",
        },
        "failures": {
            "hours to entry", "share of the burn made", "share of final made", "final points wrong by, deg",
            "shift past the aim, km", "anywhere under its orbit", "1 sigma", "can still: make the burns later",
        },
        "map": {"latitude, deg", "longitude, deg", "primary", "backup-4", "90 % made", "1000 km", "aim", "heel, toe"},
    }  # fmt: skip
    for name, wanted in expected.items():
        assert wanted - set(texts_of(figures[name])) == set(), name
        assert all(found.startswith(f"descent-{name}-") for found in re.findall(r' id="([^"]+)"', figures[name]))


def test_each_says_what_it_shows_to_those_who_cannot_see_it(figures: dict[str, str]) -> None:
    expected = {
        "altitude": "entry: low not reached, mean 2032-03-14, high 2031-04-11; agreed date 2030-12-31",
        "burns": "lower-1 to 182 km, lower-2 to 145 km, lower-3 to 145 km, final to 39 km",
        "losses": "for a loss on 2028-12-31",
        "failures": "Failures of lower-1, lower-2, lower-3, final",
        "map": "backup-2 211 km from Antipodes Islands",
    }
    for name, wanted in expected.items():
        label = re.search(r'<svg role="img" aria-label="([^"]+)"', figures[name])
        assert label is not None
        assert wanted in label[1]


def test_names_do_not_cover_each_other(figures: dict[str, str]) -> None:
    assert overlapping(figures["burns"], {burn.id for burn in REPORT.burns}) == []
    assert overlapping(figures["map"], {one.id for one in REPORT.opportunities}) == []
    for name in figures:
        legend = {text for text in texts_of(figures[name]) if len(text) > 12} - UPRIGHT
        assert overlapping(figures[name], legend) == [], name


def test_crowded_burns_are_still_told_apart() -> None:
    first = REPORT.burns[0]
    many = tuple(
        first.model_copy(update={"id": f"lower-{i}", "start_utc": f"2032-03-13T0{i}:10:00Z"}) for i in range(7)
    )
    svg = descend_figures(changed(burns=(*many, REPORT.burns[-1])), LAND)["burns"]
    assert overlapping(svg, {one.id for one in many}) == []


def test_a_figure_is_the_same_every_time_and_needs_only_the_document(figures: dict[str, str]) -> None:
    again = DescendReport.model_validate_json(REPORT.model_dump_json(by_alias=True))
    assert descend_figures(again, LAND) == figures
    assert max(map(len, figures.values())) < 400_000


def test_a_file_of_its_own_needs_no_style(figures: dict[str, str]) -> None:
    for figure in figures.values():
        svg = standalone(figure)
        assert "var(" not in svg
        ElementTree.fromstring(svg)


def test_there_is_no_figure_of_nothing() -> None:
    assert set(descend_figures(make_bare_descend_report(), LAND)) == {"burns"}
    assert descend_figures(make_stuck_descend_report(), LAND) == {}


def test_passes_across_the_seam_of_longitudes_stay_in_one_piece() -> None:
    """Places on both sides of 180 degrees are neighbours: the map is not stretched round the Earth."""
    shifted = [
        one.model_copy(
            update={
                name: Place(
                    latitude_deg=place.latitude_deg, longitude_deg=(place.longitude_deg - 55.0 + 180.0) % 360.0 - 180.0
                )
                for name in ("aim", "heel", "toe")
                if isinstance(place := getattr(one, name), Place)
            }
        )
        for one in REPORT.opportunities[:2]
    ]
    assert shifted[0].toe.longitude_deg < 0.0 < shifted[0].heel.longitude_deg
    svg = descend_figures(changed(opportunities=tuple(shifted), branches=()), LAND)["map"]
    assert "180" in texts_of(svg)
    boxes = {text: (left, right) for text, left, _, right, _ in boxes_of(svg) if text in ("primary", "backup-1")}
    root = ElementTree.fromstring(svg)
    wide = float(root.attrib["viewBox"].split()[2])
    assert all(left > 0.0 and right < wide for left, right in boxes.values())
    assert "165 E" in texts_of(svg) or "170 E" in texts_of(svg)


def test_a_map_without_an_entry_has_footprints_still() -> None:
    svg = descend_figures(changed(entry=None), LAND)["map"]
    assert "primary" in texts_of(svg)


def test_failures_that_are_all_alike_can_be_drawn() -> None:
    lonely = tuple(one for one in REPORT.branches if one.id == "final-not-started-0")
    svg = descend_figures(changed(branches=lonely), LAND)["failures"]
    assert "anywhere under its orbit" in texts_of(svg)
    placed = tuple(one for one in REPORT.branches if one.id == "final-stops-early-0.9")
    assert "aim" in texts_of(descend_figures(changed(branches=placed), LAND)["failures"])
    pointing = tuple(one for one in REPORT.branches if one.unit == "deg")
    assert "failures" not in descend_figures(changed(branches=pointing), LAND)


def with_days(**columns: tuple[float | None, ...]) -> DescendReport:
    return changed(days=REPORT.days.model_copy(update=columns))


def test_losses_of_one_day_or_without_a_time() -> None:
    """Of what can be drawn of losses, only the columns of the days count."""
    known = REPORT.days.loss_days_to_entry
    last = max(k for k, days in enumerate(known) if days is not None)
    lone = with_days(loss_days_to_entry=tuple(days if k == last else None for k, days in enumerate(known)))
    assert "nothing can be done" in texts_of(descend_figures(lone, LAND)["losses"])
    nothing = (None,) * len(known)
    assert "losses" not in descend_figures(with_days(loss_days_to_entry=nothing), LAND)
    loose = descend_figures(with_days(loss_control_days=nothing), LAND)["losses"]
    assert "attitude can be held for" not in texts_of(loose)
    assert "attitude can be held for" in texts_of(descend_figures(REPORT, LAND)["losses"])
    assert "losses" in descend_figures(changed(losses=(), loss_days=None), LAND)


def test_a_name_is_no_formula() -> None:
    name = "$\\frac{ 5 $"
    passes = (REPORT.opportunities[0].model_copy(update={"id": name, "nearest_land": name}),)
    burns = (REPORT.burns[0].model_copy(update={"id": name}), *REPORT.burns[1:])
    branches = tuple(one.model_copy(update={"burn": name}) for one in REPORT.branches if one.burn == "final")
    drawn = descend_figures(changed(opportunities=passes, burns=burns, branches=branches), LAND)
    assert name in texts_of(drawn["burns"])
    assert name in texts_of(drawn["map"])
    assert any(name in text for text in texts_of(drawn["failures"]))


def test_tracks_pass_through_heel_aim_and_toe() -> None:
    """Also where those that were flown lie beside the track of a circular orbit."""
    one = REPORT.opportunities[0]
    moved = one.model_copy(update={"heel": one.heel.model_copy(update={"latitude_deg": one.heel.latitude_deg - 1.5})})
    track = _track(moved, REPORT.entry)
    assert track is not None
    for place in (moved.heel, moved.aim, moved.toe):
        assert float(_distance_km(*track, place).min()) < 30.0  # places on it are 50 km apart
    assert _track(moved, None) is None
    apex = one.model_copy(update={"aim": one.aim.model_copy(update={"latitude_deg": -52.2})})
    assert _track(apex, REPORT.entry) is not None  # a little beyond the reach of 51.64 degrees
    far = one.model_copy(update={"aim": one.aim.model_copy(update={"latitude_deg": -70.0})})
    assert _track(far, REPORT.entry) is None
