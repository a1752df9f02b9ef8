"""``track_files`` from files to the document, for a station whose truth is known; and the wall of the as-of instant."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.tracking.synthetic import (
    AREA_M2,
    DAY_S,
    MASS_KG,
    START,
    burn,
    end_of,
    event_row,
    station,
    world,
    write_file,
)

import pointnemo
from pointnemo.errors import EphemerisError, InputError
from pointnemo.formats.elements import MeanElements, gcrs_states
from pointnemo.formats.frames import to_gcrs
from pointnemo.formats.omm import Omm
from pointnemo.formats.omm_write import write_omm
from pointnemo.formats.tracking_files import TrackingFile, read_tracking
from pointnemo.motion.lastdays import State
from pointnemo.motion.mean_elements import mean_from_osculating
from pointnemo.reporting.track_folder import track_json
from pointnemo.tracking import predict
from pointnemo.tracking.arcs import miss_rtn_km
from pointnemo.tracking.fixes import ELEMENT_SET_ERROR
from pointnemo.tracking.follow import track_files
from pointnemo.tracking.process import BELIEF
from pointnemo.tracking.report import Followed, TrackReport
from pointnemo.world import World, time
from pointnemo.world.earth import MU_KM3_S2
from pointnemo.world.weather import centred_mean

FloatArray = NDArray[np.float64]

DAYS = 3.0
MEMBERS = 20
EPOCHS = (0.0, 2.5, 5.0)  # of the files, days
REBOOST = burn(START + 3.6 * DAY_S, 0.5, "GMT042 Reboost")
NASA_AREA_M2 = 4600.0  # what the maker of the files believes
AT = tuple(START + DAY_S * day for day in (5.5, 6.0, 7.0, 8.0))
MADE_S = 2.5 * 3600.0


@pytest.fixture(scope="module", autouse=True)
def coarse():
    """Gravity of degree 4 in ensembles, see ``test_predict``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predict, "SPREAD_DEGREE", 4)
        yield


def truth(days: float) -> State:
    return end_of(station(), START + days * DAY_S, AREA_M2, [REBOOST])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three ephemerides that begin at the truth and go on with too much drag; all tell the reboost as long as it lies
    ahead, and a docking that lies beyond the prediction."""
    folder = tmp_path_factory.mktemp("follow")
    rows = [event_row(REBOOST.start_tt_s, "GMT042 Reboost", 0.5), event_row(START + 14 * DAY_S, "80P Docking")]
    made = []
    for number, day in enumerate(EPOCHS):
        events = rows if START + day * DAY_S < REBOOST.start_tt_s else rows[1:]
        made.append(
            write_file(
                folder / f"file{number}.oem", truth(day), 5.2 - day if number < 2 else 3.2, area_m2=NASA_AREA_M2,
                burns=[REBOOST], events=events,
            )
        )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def read(files: list[Path]) -> list[TrackingFile]:
    return [read_tracking(path) for path in files]


def follow(files: Sequence[Path | TrackingFile], sky: World | None = None, **change: object) -> Followed:
    given = {"at_tt_s": AT, "days": DAYS, "members": MEMBERS, "seed": 4}
    return track_files(files, sky or world(), **(given | change))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def followed(files: list[Path]) -> Followed:
    return follow(files)


def numbers(followed: Followed) -> tuple[dict[str, object], list[FloatArray]]:
    """All that is said but the names of files and remarks, and all arrays."""
    said = followed.report.model_dump()
    for key in ("files", "notes"):
        del said[key]
    values = [
        getattr(owner, field.name)
        for owner in (followed, followed.fan, *followed.hindcast_fans)
        for field in fields(owner)
    ]
    arrays = [value for value in values if isinstance(value, np.ndarray)]
    arrays.append(np.array(followed.block_starts))
    return said, arrays


def assert_same(one: Followed, other: Followed) -> None:
    said, arrays = numbers(one)
    said_too, arrays_too = numbers(other)
    assert said == said_too
    assert len(arrays) == len(arrays_too)
    for first, second in zip(arrays, arrays_too, strict=True):
        np.testing.assert_array_equal(first, second)


def miss(position_km: Sequence[float], true: State) -> FloatArray:
    return miss_rtn_km(true.position_km, true.velocity_km_s, np.array(position_km) - true.position_km)


# --- what comes out --------------------------------------------------------------------------------------------------


def test_the_start_state_is_the_newest(followed: Followed) -> None:
    report, newest = followed.report, truth(5.0)
    assert report.epoch_utc == time.to_utc(newest.tt_s)
    np.testing.assert_allclose(report.position_km, newest.position_km, atol=1e-8)
    assert report.as_of_utc == time.to_utc(newest.tt_s + MADE_S)
    assert report.origin.startswith("first state of file2.oem (TEST, made 2022-02-12T14:30:00Z")
    assert (report.object_name, report.object_id) == ("ISS", "1998-067-A")
    assert report.mass_kg == pytest.approx(newest.mass_kg, abs=0.01)
    assert report.perigee_km < report.altitude_km < report.apogee_km
    assert report.altitude_km == pytest.approx(415.0, abs=1.5)
    assert report.files == ("file0.oem", "file1.oem", "file2.oem")


def test_drag_is_that_of_the_truth(followed: Followed) -> None:
    report = followed.report
    assert [(arc.from_file, arc.to_file, arc.status) for arc in report.arcs] == [
        ("file0.oem", "file1.oem", "fitted"),
        ("file1.oem", "file2.oem", "fitted"),
    ]
    for arc in report.arcs:
        assert arc.cd_area_m2 is not None
        # 10 %: the 81-day mean of F10.7 about those days was not known yet
        assert arc.cd_area_m2.value == pytest.approx(AREA_M2, rel=0.1)
        assert arc.cd_area_m2.low < AREA_M2 < arc.cd_area_m2.high
        assert arc.miss_radial_km == pytest.approx(0.0, abs=0.02)
        assert arc.miss_along_km == pytest.approx(0.0, abs=0.02)
        assert arc.miss_cross_km == pytest.approx(0.0, abs=0.02)
    assert [arc.burns for arc in report.arcs] == [(), ("GMT042 Reboost",)]
    factor = report.ballistic_factor_m2_kg
    assert factor.low < AREA_M2 / MASS_KG < factor.high
    assert factor.value == pytest.approx(AREA_M2 / MASS_KG, rel=0.2)
    assert report.drag.now_cd_area_m2.low < AREA_M2 < report.drag.now_cd_area_m2.high
    lost = truth(5.0), end_of(truth(5.0), START + 8.0 * DAY_S)
    falls = [float(np.linalg.norm(state.position_km)) for state in lost]
    assert report.decay_km_per_day.low < report.decay_km_per_day.value < report.decay_km_per_day.high
    assert 0.01 < report.decay_km_per_day.value < 0.15
    assert all(radius < 6800.0 for radius in falls)


def test_the_prediction_covers_the_truth(followed: Followed) -> None:
    report = followed.report
    assert [one.utc for one in report.prediction] == [time.to_utc(tt_s) for tt_s in AT]
    for one, tt_s in zip(report.prediction, AT, strict=True):
        true = end_of(truth(5.0), tt_s)
        off, sigma = miss(one.position_km, true), np.array(one.sigma_rtn_km)
        assert (np.abs(off) < 3.0 * sigma).all(), (off, sigma)
        radial, _, cross = off
        assert abs(radial) < 0.1
        assert abs(cross) < 0.01
        np.testing.assert_allclose(one.velocity_km_s, true.velocity_km_s, atol=1e-3 * (0.1 + abs(off[1])) * 2.0)
    along = [one.sigma_rtn_km[1] for one in report.prediction]
    assert (np.diff(along) > 0.0).all()


def test_the_prediction_is_better_than_that_of_the_file(followed: Followed) -> None:
    """Its maker believed in 40 % too much drag."""
    fan = followed.fan
    last = int(np.argmin(np.abs(fan.file_tt_s - AT[-1])))
    true = end_of(truth(5.0), AT[-1])
    ours = miss(followed.report.prediction[-1].position_km, true)
    theirs = fan.file_rtn_km[last, 1] + ours[1]
    assert abs(ours[1]) < 0.5 * abs(theirs)


def test_hindcasts_say_what_would_have_been_predicted(followed: Followed) -> None:
    casts = followed.report.hindcasts
    assert [(cast.from_file, cast.to_file, cast.days) for cast in casts] == [
        ("file0.oem", "file1.oem", pytest.approx(2.5)),
        ("file0.oem", "file2.oem", pytest.approx(5.0)),
        ("file1.oem", "file2.oem", pytest.approx(2.5)),
    ]
    for cast in casts:
        assert (np.abs(cast.miss_rtn_km) < 3.5 * np.array(cast.sigma_rtn_km) + 0.02).all()
        assert cast.file_miss_rtn_km is not None
        # their rows are ahead of the truth: too much drag
        assert cast.file_miss_rtn_km[1] > 0.5
        assert cast.note == ""
        made = time.from_utc(cast.as_of_utc)
        assert made == pytest.approx(START + DAY_S * EPOCHS[int(cast.from_file[4])] + MADE_S, abs=0.01)
    assert [fan.name for fan in followed.hindcast_fans] == ["file0.oem", "file1.oem"]
    fan = followed.hindcast_fans[0]
    assert fan.seen_names == ("file1.oem", "file2.oem")
    for cast, seen in zip(casts, fan.seen_rtn_km, strict=False):
        assert seen[1] == pytest.approx(-cast.miss_rtn_km[1], rel=0.01, abs=0.01)


def test_a_hindcast_is_what_was_predicted_then(files: list[Path], followed: Followed) -> None:
    """The first two files alone, as of the second one's making: what a user saw that day."""
    then = follow(files[:2], at_tt_s=(truth(5.0).tt_s,), days=2.5)
    (one,) = then.report.prediction
    cast = followed.report.hindcasts[-1]
    np.testing.assert_allclose(miss(one.position_km, truth(5.0)), cast.miss_rtn_km, atol=1e-3)
    np.testing.assert_allclose(one.sigma_rtn_km, cast.sigma_rtn_km, rtol=1e-4)


def test_burns_and_events_are_told(followed: Followed) -> None:
    (made,) = followed.report.burns
    assert (made.name, made.origin, made.kind) == ("GMT042 Reboost", "ephemeris", "reboost")
    assert time.from_utc(made.start_utc) == pytest.approx(REBOOST.start_tt_s, abs=2.0)
    assert made.delta_v_mps == pytest.approx(0.5, rel=0.01)
    assert made.file == "file1.oem"
    assert [(event.kind, event.name) for event in followed.report.events] == [
        ("reboost", "GMT042 Reboost"),
        ("docking", "80P Docking"),
    ]


def test_arrays_belong_to_the_document(followed: Followed) -> None:
    report = followed.report
    assert (np.diff(followed.tt_s) > 0.0).all()  # no burn ahead: one block
    assert followed.block_starts == (0,)
    for one, tt_s in zip(report.prediction, AT, strict=True):
        row = int(np.argmin(np.abs(followed.tt_s - tt_s)))
        assert followed.tt_s[row] == pytest.approx(tt_s, abs=1e-6)
        np.testing.assert_array_equal(followed.position_km[row], one.position_km)
    assert np.isin(np.round(followed.covariance_tt_s, 5), np.round(followed.tt_s, 5)).all()
    assert followed.covariances.shape == (int(DAYS) + 1, 6, 6)
    assert followed.fan.offsets_rtn_km.shape == (MEMBERS, len(followed.fan.tt_s), 3)
    row = int(np.argmin(np.abs(followed.fan.tt_s - AT[-1])))
    np.testing.assert_allclose(followed.fan.sigma_rtn_km[row], report.prediction[-1].sigma_rtn_km)
    assert report.provenance.members == MEMBERS
    assert report.provenance.seed == 4


def test_the_document_obeys_its_schema(followed: Followed) -> None:
    shipped = Path(pointnemo.__file__).parent / "schemas" / "track.schema.json"
    schema = json.loads(shipped.read_text(encoding="utf-8"))
    document = json.loads(track_json(followed.report))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert TrackReport.model_validate_json(track_json(followed.report)) == followed.report


# --- the wall --------------------------------------------------------------------------------------------------------


def nonsense_from(sky: World, tt_s: float) -> World:
    """Another Sun from the UTC day of an instant on."""
    weather, rng = sky.weather, np.random.default_rng(13)
    first = int(np.floor(time.mjd_utc(tt_s))) - weather.mjd0
    f107, ap = weather.f107.copy(), weather.ap.copy()
    f107[first:] = rng.uniform(65.0, 400.0, len(f107) - first)
    ap[first:] = rng.uniform(0.0, 250.0, len(ap) - first)
    return replace(sky, weather=replace(weather, f107=f107, f107a=centred_mean(f107), ap=ap))


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files made after the newest of ``files``, which say that all was otherwise: another orbit, mass and burns."""
    folder = tmp_path_factory.mktemp("later")
    as_of = START + EPOCHS[-1] * DAY_S + MADE_S
    other = station(START + 4.0 * DAY_S, altitude_km=380.0, latitude_rad=2.0)._replace(mass_kg=300_000.0)
    table = [event_row(START + 5.5 * DAY_S, "GMT043 Deboost", 3.0), event_row(START + 4.5 * DAY_S, "99P Docking")]
    late = (as_of + 60.0 - other.tt_s) / 3600.0
    first = write_file(folder / "late0.oem", other, 1.0, events=table, made_hours=late)
    second = write_file(folder / "late1.oem", truth(7.0)._replace(mass_kg=500_000.0), 0.5, events=table)
    return [first, second]


def test_nothing_later_changes_a_number(files: list[Path], later: list[Path], followed: Followed) -> None:
    """Space weather of the as-of day and after, and files made after it: every figure and array keeps its bits."""
    as_of = START + EPOCHS[-1] * DAY_S + MADE_S
    found = follow([later[0], *files, later[1]], nonsense_from(world(), as_of), as_of_tt_s=as_of)
    assert_same(found, followed)
    assert any("late0.oem" in note and "late1.oem" in note for note in found.report.notes)


def test_earlier_weather_does_change_numbers(files: list[Path], followed: Followed) -> None:
    """Else the test above would pass for a program that reads no weather at all."""
    before = START + 1.0 * DAY_S
    found = follow(files, nonsense_from(world(), before))
    assert found.report.arcs[0].cd_area_m2 != followed.report.arcs[0].cd_area_m2
    assert found.report.prediction != followed.report.prediction


def test_an_earlier_as_of_date_is_as_if_the_newest_file_were_not_there(files: list[Path]) -> None:
    as_of = START + EPOCHS[1] * DAY_S + MADE_S
    at = (START + 4.0 * DAY_S,)
    alone = follow(files[:2], at_tt_s=at, members=3)
    assert_same(follow(files, at_tt_s=at, members=3, as_of_tt_s=as_of), alone)
    assert alone.report.as_of_utc == time.to_utc(as_of)
    # the reboost lies ahead then, and is flown
    assert len(alone.block_starts) == 3
    assert alone.report.burns[0].delta_v_sigma_mps > 0.01


def test_neither_order_nor_workers_nor_form_change_a_bit(
    files: list[Path], read: list[TrackingFile], followed: Followed
) -> None:
    assert_same(follow([read[2], files[0], read[1]], workers=2), followed)


def test_progress_goes_one_way(files: list[Path]) -> None:
    told: list[tuple[str, float]] = []
    follow(files[1:], members=2, at_tt_s=(), days=1.0, progress=lambda what, share: told.append((what, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[0] >= 0.0
    assert shares[-1] == 1.0
    assert any("ensemble" in what for what, _ in told)


# --- few files, other objects ----------------------------------------------------------------------------------------


def test_one_file_alone(files: list[Path]) -> None:
    found = follow(files[2:], at_tt_s=(), days=2.0)
    report = found.report
    assert (report.arcs, report.hindcasts, found.hindcast_fans) == ((), (), ())
    assert [one.utc for one in report.prediction] == [time.to_utc(START + DAY_S * day) for day in (6.0, 7.0)]
    assert any("not measured here" in note for note in report.notes)
    now = report.drag.now_cd_area_m2
    assert np.log(now.high / now.low) / 2.0 / 1.645 == pytest.approx(
        np.hypot(BELIEF.median, np.hypot(BELIEF.sizes.slow, BELIEF.sizes.fast)), rel=0.2
    )
    true = end_of(truth(5.0), START + 7.0 * DAY_S)
    off, sigma = miss(report.prediction[-1].position_km, true), np.array(report.prediction[-1].sigma_rtn_km)
    assert (np.abs(off) < 3.0 * sigma).all()


def test_arcs_narrow_what_one_file_leaves_open(files: list[Path], followed: Followed) -> None:
    alone = follow(files[2:]).report
    now, then = followed.report.drag.now_cd_area_m2, alone.drag.now_cd_area_m2
    assert np.log(now.high / now.low) < 0.8 * np.log(then.high / then.low)
    assert followed.report.prediction[-1].sigma_rtn_km[1] < alone.prediction[-1].sigma_rtn_km[1]


def test_an_epoch_before_the_state_is_refused(files: list[Path]) -> None:
    with pytest.raises(InputError, match="newest state") as refusal:
        follow(files, at_tt_s=(START + 4.9 * DAY_S, AT[0], START))
    assert [defect.where for defect in refusal.value.defects] == ["--at", "--at"]
    assert "2022-02-12T12:00:00Z or later" in refusal.value.defects[0].mend


def test_no_files_are_refused() -> None:
    with pytest.raises(InputError, match="nothing to track") as refusal:
        track_files([], world())
    assert refusal.value.defects


def test_before_the_first_file_nothing_was_known(files: list[Path]) -> None:
    with pytest.raises(EphemerisError, match="nothing was known"):
        follow(files, as_of_tt_s=START)


def test_files_of_two_objects_are_refused(files: list[Path], tmp_path: Path) -> None:
    other = write_file(tmp_path / "other.oem", truth(5.0), 0.1, object_id="2021-035A", made_hours=3.0)
    with pytest.raises(EphemerisError, match="do not belong together"):
        follow([*files, other])


def test_an_object_that_is_not_the_station(tmp_path: Path, files: list[Path], followed: Followed) -> None:
    """Nothing is believed of its drag: the arcs decide, and one file alone leaves it wide open."""
    paths = [
        write_file(tmp_path / f"{number}.oem", truth(day), 0.1, burns=[REBOOST], object_id="2021-035A", mass=False)
        for number, day in enumerate((0.0, 2.5))
    ]
    found = follow(paths, at_tt_s=(START + 3.0 * DAY_S,)).report
    assert found.object_id == "2021-035A"
    assert any("not the International Space Station" in note for note in found.notes)
    assert any("no file tells a mass" in note for note in found.notes)
    assert found.ballistic_factor_m2_kg.low < AREA_M2 / MASS_KG < found.ballistic_factor_m2_kg.high
    assert found.ballistic_factor_m2_kg.value == pytest.approx(AREA_M2 / MASS_KG, rel=0.15)
    alone = follow(paths[1:], at_tt_s=(START + 3.0 * DAY_S,), members=2).report.drag.now_cd_area_m2
    usual = follow(files[1:2], at_tt_s=(START + 3.0 * DAY_S,), members=2).report.drag.now_cd_area_m2
    assert np.log(alone.high / alone.low) > 3.0 * np.log(usual.high / usual.low)


# --- element sets ----------------------------------------------------------------------------------------------------


def elements_of(state: State) -> MeanElements:
    """The set whose SGP4 state at its epoch is this one (Newton's method)."""
    axes, _ = to_gcrs("TEME", np.full(3, state.tt_s), np.eye(3), np.zeros((3, 3)))
    mean = mean_from_osculating(axes @ state.position_km, axes @ state.velocity_km_s)
    motion = float(np.sqrt(MU_KM3_S2 / mean.a_km**3)) * DAY_S / (2.0 * np.pi)
    x = np.array([motion, mean.ex, mean.ey, *np.degrees(mean[3:])])

    def made(x: FloatArray) -> MeanElements:
        motion, ex, ey, inclination, node, latitude = (float(value) for value in x)
        perigee = float(np.degrees(np.arctan2(ey, ex)))
        angles = inclination, node % 360.0, perigee % 360.0, (latitude - perigee) % 360.0
        return MeanElements(
            "ISS (ZARYA)", "1998-067A", 25544, state.tt_s, motion, float(np.hypot(ex, ey)), *angles, 2e-4
        )

    def off(x: FloatArray) -> FloatArray:
        _, position, velocity = gcrs_states([made(x)])
        return np.concatenate([position[0] - state.position_km, 1000.0 * (velocity[0] - state.velocity_km_s)])

    steps = np.diag([1e-5, 1e-6, 1e-6, 1e-4, 1e-4, 1e-4])
    for _ in range(8):
        slope = np.stack([(off(x + step) - off(x - step)) / (2.0 * step.sum()) for step in steps], axis=1)
        x = x - np.linalg.solve(slope, off(x))
    assert np.abs(off(x)).max() < 1e-3
    return made(x)


def test_element_sets_only(tmp_path: Path) -> None:
    """Sets of a known truth every three days: states, arcs and a prediction, and errors that are those of such sets."""
    days = (0.0, 3.0, 6.0, 9.0)
    states = [end_of(station(), START + day * DAY_S) for day in days]
    write_omm(tmp_path / "sets.xml", [Omm(elements_of(state)) for state in states], "xml")
    at = START + 10.0 * DAY_S
    found = follow([tmp_path / "sets.xml"], at_tt_s=(at,))
    report = found.report
    assert report.epoch_utc == time.to_utc(states[-1].tt_s)
    assert report.as_of_utc == report.epoch_utc
    np.testing.assert_allclose(report.position_km, states[-1].position_km, atol=2e-3)
    assert report.origin.startswith("element set of sets.xml")
    assert [round(arc.days, 3) for arc in report.arcs] == [3.0, 3.0, 3.0]
    for arc in report.arcs:
        assert arc.cd_area_m2 is not None
        assert arc.cd_area_m2.value == pytest.approx(AREA_M2, rel=0.15)
        # an axis known to 50 m leaves the drag of three days wide open
        assert arc.cd_area_m2.high - arc.cd_area_m2.low > AREA_M2
    factor = report.ballistic_factor_m2_kg  # of the mass that is assumed
    assert factor.low < AREA_M2 / MASS_KG < factor.high
    axes = np.sqrt(np.diag(np.array(report.covariance))[:3].sum())
    expected = np.sqrt(
        ELEMENT_SET_ERROR.along_km**2 + 5.0 * ELEMENT_SET_ERROR.shape_km**2 + ELEMENT_SET_ERROR.plane_km**2
    )
    assert axes == pytest.approx(expected, rel=0.1)
    (one,) = report.prediction
    off = miss(one.position_km, end_of(states[-1], at))
    assert (np.abs(off) < 3.0 * np.array(one.sigma_rtn_km)).all()
    assert one.sigma_rtn_km[1] > 1.0
    assert report.hindcasts
    assert all(cast.file_miss_rtn_km is None for cast in report.hindcasts)


def test_sets_after_the_as_of_date_change_nothing(tmp_path: Path) -> None:
    states = [end_of(station(), START + day * DAY_S) for day in (0.0, 3.0)]
    wrong = station(START + 6.0 * DAY_S, altitude_km=300.0)
    sets = [Omm(elements_of(state)) for state in (*states, wrong)]
    write_omm(tmp_path / "two.xml", sets[:2], "xml")
    write_omm(tmp_path / "three.xml", sets, "xml")
    at, as_of = (START + 4.0 * DAY_S,), START + 3.5 * DAY_S
    two, three = (
        follow([tmp_path / name], at_tt_s=at, as_of_tt_s=as_of, members=2) for name in ("two.xml", "three.xml")
    )
    assert three.report.prediction == two.report.prediction
    assert [arc.cd_area_m2 for arc in three.report.arcs] == [arc.cd_area_m2 for arc in two.report.arcs]
