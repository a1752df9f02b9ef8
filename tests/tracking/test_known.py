"""The as-of wall: which files, burns and visits were known at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.formats import specimens
from tests.tracking.synthetic import DAY_S, MASS_KG, START, burn, event_row, file_of, station, table, world

from pointnemo.errors import EphemerisError
from pointnemo.formats.tle import write_tle
from pointnemo.formats.tracking_files import TrackingFile, read_tracking
from pointnemo.tracking.burns import MeasuredBurn
from pointnemo.tracking.known import Known, Told, known_by, mass_steps_between, read_burns
from pointnemo.world import time

MADE_S = 2.5 * 3600.0


def after(days: float) -> float:
    return START + days * DAY_S


def made(days: float) -> float:
    """The creation date of the file whose first state lies so many days after the start."""
    return after(days) + MADE_S


def bare(days: float, *events: tuple[str, ...], name: str = "", mass_kg: float = MASS_KG, **change: object):
    """A file of two states of no use but for their epochs; what happens is in its table."""
    start = station()
    epoch = after(days)
    given = {
        "path_name": name or f"{days:g}.oem", "kind": "oem", "object_name": "ISS", "object_id": "1998-067-A",
        "created_tt_s": epoch + MADE_S, "originator": "", "comments": table(*events), "epoch_tt_s": epoch,
        "tt_s": np.array([epoch, epoch + 15.0 * DAY_S]), "position_km": np.tile(start.position_km, (2, 1)),
        "velocity_km_s": np.tile(start.velocity_km_s, (2, 1)), "covariance": None, "covariance_tt_s": None,
        "mass_kg": mass_kg, "drag_area_m2": None, "drag_coefficient": None,
    }  # fmt: skip
    return TrackingFile(**(given | change))  # type: ignore[arg-type]


def known(files: Sequence[TrackingFile], as_of_tt_s: float = np.inf) -> Known:
    return known_by(read_burns(files, world().earth), as_of_tt_s, world().earth)


def days_of(burns: Sequence[MeasuredBurn]) -> list[float]:
    return [round((one.start_tt_s - START) / DAY_S, 3) for one in burns]


def reboost(days: float, delta_v_mps: float = 0.5, name: str = "GMT Reboost") -> tuple[str, ...]:
    return event_row(after(days), name, delta_v_mps)


# --- the wall --------------------------------------------------------------------------------------------------------


def test_a_file_made_later_does_not_exist() -> None:
    files = [bare(0.0, reboost(5.0)), bare(2.0, reboost(5.5)), bare(4.0)]
    early = known(files, made(2.0) - 1.0)
    assert [one.file.path_name for one in early.told] == ["0.oem"]
    assert [fix.name for fix in early.fixes] == ["0.oem"]
    assert days_of(early.burns_between(START, after(15.0))) == [5.0]
    assert [thread.event.file for thread in early.threads] == ["0.oem"]
    assert early.newest.file.path_name == "0.oem"
    at_that_very_instant = known(files, made(2.0))
    assert [fix.name for fix in at_that_very_instant.fixes] == ["0.oem", "2.oem"]
    alone = known(files[:1], made(2.0) - 1.0)
    assert (early.threads, early.told[0].burns) == (alone.threads, alone.told[0].burns)


def test_before_the_first_file_nothing_was_known() -> None:
    with pytest.raises(EphemerisError, match="nothing was known") as refusal:
        known([bare(2.0), bare(0.0)], made(0.0) - 60.0)
    (defect,) = refusal.value.defects
    assert defect.where == "--as-of"
    assert time.to_utc(made(0.0), 0) in defect.what
    assert defect.mend


def test_a_file_that_foretells_its_first_state_does_not_count_before_it() -> None:
    """Made before its first state: at an instant in between it exists, but its state was not measured yet."""
    files = [bare(0.0), bare(3.0, created_tt_s=after(2.0))]
    assert [fix.name for fix in known(files, after(2.5)).fixes] == ["0.oem"]
    assert [fix.name for fix in known(files, after(3.0)).fixes] == ["0.oem", "3.oem"]


def test_of_element_sets_those_after_the_as_of_instant_are_left_out(tmp_path: Path) -> None:
    write_tle(tmp_path / "sets.tle", [specimens.elements(day) for day in (0.0, 3.0, 6.0, 9.0)])
    file = read_tracking(tmp_path / "sets.tle")
    at = specimens.EPOCH + 7.0 * DAY_S
    found = known([file], at)
    assert [round((fix.tt_s - specimens.EPOCH) / DAY_S, 3) for fix in found.fixes] == [0.0, 3.0, 6.0]
    assert found.burns_between(-np.inf, np.inf) == ()
    with pytest.raises(EphemerisError, match="nothing was known"):
        known([file], specimens.EPOCH - 1.0)


def test_strangers_are_refused_here_too() -> None:
    with pytest.raises(EphemerisError, match="do not belong together"):
        known([bare(0.0), bare(2.0, object_id="2021-035A")])


# --- burns -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_files(tmp_path_factory: pytest.TempPathFactory) -> list[TrackingFile]:
    """The first file has a burn in its rows on day 1 and tells of one on day 6; the second has moved that to day 7."""
    folder = tmp_path_factory.mktemp("known")
    first = burn(after(1.0), 0.5)
    rows = [reboost(1.0), reboost(6.0, 0.8, "Later Reboost")]
    older = file_of(folder / "older.oem", station(), 3.0, burns=[first], events=rows)
    moved = burn(after(4.0), 0.8)
    newer = file_of(
        folder / "newer.oem", station(after(2.0)), 3.0, burns=[moved], events=[reboost(4.0, 0.8, "Later Reboost")]
    )
    return [older, newer]


def test_burns_are_those_of_the_rows_and_those_of_the_table(two_files: list[TrackingFile]) -> None:
    (told,) = read_burns(two_files[:1], world().earth)
    assert days_of(told.measured) == [1.0]
    assert days_of(told.planned) == [6.0]
    assert days_of(told.burns) == [1.0, 6.0]
    assert told.measured[0].delta_v_mps == pytest.approx(0.5, rel=2e-3)
    assert told.planned[0].delta_v_mps == 0.8
    # it is pushed as the one in the rows was
    assert told.planned[0].acceleration_mm_s2 == pytest.approx(1.7, rel=0.01)


def test_a_later_file_learns_from_the_burns_of_earlier_ones(two_files: list[TrackingFile]) -> None:
    later = bare(2.0, reboost(9.0))
    alone, after_others = read_burns([later], world().earth), read_burns([two_files[0], later], world().earth)
    assert after_others[1].planned[0].acceleration_mm_s2 == pytest.approx(1.7, rel=0.01)
    assert alone[0].planned[0].acceleration_mm_s2 == pytest.approx(790.0 / 450.0)


def test_the_newest_file_says_what_is_planned(two_files: list[TrackingFile]) -> None:
    found = known(two_files)
    # day 1 lies before the newer file begins: there the older one holds; from then on the newer one alone
    burns = found.burns_between(-np.inf, np.inf)
    assert days_of(burns) == [1.0, 4.0]
    assert [one.name for one in burns] == ["GMT Reboost", "Later Reboost"]
    assert days_of(found.burns_between(after(1.5), after(9.0))) == [4.0]
    assert days_of(found.burns_between(after(1.0), after(4.0))) == [1.0]  # the stop is not within
    assert days_of(known(two_files, made(2.0) - 1.0).burns_between(START, after(9.0))) == [1.0, 6.0]


def test_a_burn_that_a_newer_file_drops_is_gone() -> None:
    found = known([bare(0.0, reboost(1.0), reboost(6.0)), bare(2.0)])
    assert days_of(found.burns_between(-np.inf, np.inf)) == [1.0]
    assert [thread.dropped for thread in found.threads] == [False, True]


def test_element_sets_in_between_do_not_unsay_a_burn(tmp_path: Path) -> None:
    write_tle(tmp_path / "sets.tle", [specimens.elements(days) for days in (35.2, 38.2)])
    sets = read_tracking(tmp_path / "sets.tle")
    assert after(0.0) < sets.tt_s[0] < after(3.0)
    found = known([bare(0.0, reboost(3.0)), sets])
    assert days_of(found.burns_between(-np.inf, np.inf)) == [3.0]
    # nor does one near the state of an ephemeris move the start to a state a kilometre off
    assert [fix.name for fix in found.fixes] == ["0.oem"]
    assert found.newest.file.path_name == "0.oem"


def test_a_file_without_a_table_speaks_for_its_rows_only(two_files: list[TrackingFile]) -> None:
    """A single state, or an ephemeris of a day without event table, does not unsay a reboost of next week."""
    short = replace(two_files[1], comments=())
    assert short.tt_s[-1] < after(6.0)
    one = replace(short, tt_s=short.tt_s[:1], position_km=short.position_km[:1], velocity_km_s=short.velocity_km_s[:1])
    for newer in (short, one):
        assert 6.0 in days_of(known([two_files[0], newer]).burns_between(-np.inf, np.inf))


def test_the_order_in_which_files_were_made_decides_not_that_of_their_states() -> None:
    older = bare(2.0, reboost(5.0, 0.5), created_tt_s=after(2.1))
    newer = bare(1.0, reboost(6.0, 0.6), created_tt_s=after(2.2))
    found = known([older, newer])
    assert days_of(found.burns_between(after(3.0), np.inf)) == [6.0]
    assert [fix.name for fix in found.fixes] == ["1.oem", "2.oem"]


@pytest.mark.parametrize(
    ("new", "moved"),
    [
        ([(3.5, 0.5)], True),  # listed again, two days later
        ([], False),  # not listed any more: it may well have been made
        ([(5.0, 0.5)], True),
        ([(7.0, 0.5)], False),  # more than five days later: another one
        ([(4.0, 0.7)], False),  # that was in the older table already
    ],
)
def test_whether_a_burn_behind_seems_moved(new: list[tuple[float, float]], moved: bool) -> None:
    files = [bare(0.0, reboost(1.5), reboost(4.0, 0.7)), bare(3.0, *(reboost(*one) for one in new))]
    found = known(files)
    behind = found.burns_between(START, after(2.0))
    assert days_of(behind) == [1.5]
    assert found.seems_moved(behind[0], found.fixes[-1]) is moved


# --- visits and mass -------------------------------------------------------------------------------------------------


def test_visits_are_dockings_departures_and_relocations() -> None:
    rows = [
        event_row(after(1.0), "81P Launch"), event_row(after(2.0), "81P Docking"), event_row(after(3.0), "80P Undock"),
        event_row(after(4.0), "66S Relocation"), reboost(5.0), event_row(after(6.0), "Cygnus Berth"),
    ]  # fmt: skip
    found = known([bare(0.0, *rows)])
    assert [round((tt_s - START) / DAY_S, 3) for tt_s in found.visits_between(START, after(15.0))] == [
        2.0, 3.0, 4.0, 6.0
    ]  # fmt: skip
    assert found.visits_between(after(2.0), after(3.0)) == ()  # within, not at the ends


def test_a_visit_called_off_does_not_count() -> None:
    both = [bare(0.0, event_row(after(5.0), "81P Docking")), bare(2.0)]
    assert known(both[:1]).visits_between(START, after(15.0)) != ()
    assert known(both).visits_between(START, after(15.0)) == ()


def steps(*files: TrackingFile):
    found = known(files)
    return mass_steps_between(found, found.fixes[0], found.fixes[1])


def test_the_mass_changes_at_the_visit_that_fits_its_sign() -> None:
    rows = [event_row(after(0.7), "80P Undock"), event_row(after(1.2), "81P Docking")]
    (heavier,) = steps(bare(0.0, *rows), bare(2.0, mass_kg=MASS_KG + 7500.0))
    assert (round((heavier.tt_s - START) / DAY_S, 3), heavier.step_kg) == (1.2, 7500.0)
    (lighter,) = steps(bare(0.0, *rows), bare(2.0, mass_kg=MASS_KG - 7000.0))
    assert (round((lighter.tt_s - START) / DAY_S, 3), lighter.step_kg) == (0.7, -7000.0)


def test_the_newest_table_tells_when() -> None:
    first = bare(0.0, event_row(after(2.2), "81P Docking"))
    second = bare(0.5, event_row(after(2.6), "81P Docking"))
    third = bare(3.0, mass_kg=MASS_KG + 7500.0)
    found = known([first, second, third])
    (step,) = mass_steps_between(found, found.fixes[1], found.fixes[2])
    assert (step.tt_s - START) / DAY_S == pytest.approx(2.6, abs=1e-6)


def test_without_a_visit_the_mass_changes_half_way() -> None:
    (step,) = steps(bare(0.0), bare(3.0, mass_kg=MASS_KG + 900.0))
    assert step.tt_s == pytest.approx(after(1.5))
    (step,) = steps(bare(0.0, event_row(after(2.0), "80P Undock")), bare(3.0, mass_kg=MASS_KG + 900.0))
    assert step.tt_s == pytest.approx(after(1.5))  # a departure makes nobody heavier


def test_propellant_is_no_visit() -> None:
    docking = event_row(after(1.0), "81P Docking")
    assert steps(bare(0.0, docking), bare(2.0, mass_kg=MASS_KG - 499.0)) == ()
    assert steps(bare(0.0, docking), replace(bare(2.0), mass_kg=None)) == ()


def test_told_puts_both_kinds_in_order() -> None:
    def at(days: float) -> MeasuredBurn:
        return MeasuredBurn(after(days), 300.0, (0.0, 0.5, 0.0), 0.5, 1.7, 765.0, "")

    told = Told(bare(0.0), (at(2.0), at(5.0)), (at(1.0), at(3.0)))
    assert days_of(told.burns) == [1.0, 2.0, 3.0, 5.0]
