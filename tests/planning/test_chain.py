"""The real chain, end to end: what the plan must hold, and what must move it which way."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import pointnemo as pn
from pointnemo.errors import InputError, RunFolderError
from pointnemo.planning.branching import with_final_break_up
from pointnemo.planning.chain import input_hash, run
from pointnemo.planning.request import Request, Run
from pointnemo.reporting.folder import plan_json, write_run
from pointnemo.results import Assess, Descend, Operate, Plan, Reenter, Skipped

SMALL = ("reentry.fragments=2000", "reentry.realisations=5")


@pytest.fixture(scope="module")
def flown() -> Run:
    return run(Request(set=SMALL))


@pytest.fixture(scope="module")
def folder(flown: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(flown, tmp_path_factory.mktemp("runs") / "iss")


def entry_date(plan: Plan) -> date:
    assert isinstance(plan.descend, Descend)
    assert plan.descend.entry_utc is not None
    return date.fromisoformat(plan.descend.entry_utc[:10])


def history_entry(*settings: str) -> date:
    """Entry date of the mean line, without breaking the station up."""
    return entry_date(run(Request(set=(*SMALL, *settings), upto="descend")).plan)


def test_the_plan_tells_the_truth_about_the_crux(flown: Run) -> None:
    checks = {check.id: check for check in flown.plan.verdict.checks}
    assert not flown.plan.verdict.feasible
    assert checks["operate_until"].ok
    assert checks["corridor"].ok
    assert not checks["deorbit_by"].ok
    assert {remedy.lever for remedy in checks["deorbit_by"].remedies} == {
        "best_way",
        "lowering_start",
        "lowering_propellant",
        "target_date",
    }


def test_all_checks_of_the_contract_are_there(flown: Run) -> None:
    wanted = {
        "operate_until",
        "corridor",
        "propellant",
        "seats",
        "deorbit_by",
        "land_clearance_km",
        "casualty_expectation",
    }
    assert wanted <= {check.id for check in flown.plan.verdict.checks}


def test_every_remedy_replays(flown: Run, folder: Path) -> None:
    replayed = 0
    for check in flown.plan.verdict.checks:
        for remedy in check.remedies:
            if not remedy.set:
                assert not remedy.ok
                continue
            again = run(Request(scenario=folder, set=remedy.set)).plan
            same = next(other for other in again.verdict.checks if other.id == check.id)
            assert same.ok
            assert same.value == remedy.value_after
            replayed += 1
    assert replayed >= 2


def test_a_remedy_is_the_least_change(flown: Run, folder: Path) -> None:
    check = next(check for check in flown.plan.verdict.checks if check.id == "deorbit_by")
    propellant = next(remedy for remedy in check.remedies if remedy.lever == "lowering_propellant")
    kg = float(propellant.set[0].split("=")[1])
    # A tenth less is not enough.
    less = run(Request(scenario=folder, set=(f"descent.lowering_propellant_kg={0.9 * kg:.0f}",), upto="descend")).plan
    assert entry_date(less) > date.fromisoformat(str(check.limit))


def test_the_trade_agrees_with_the_remedy_and_with_the_plan(flown: Run) -> None:
    descend = flown.plan.descend
    assert isinstance(descend, Descend)
    trade = descend.trade
    assert trade is not None
    own = next(
        row
        for row in trade.rows
        if (row.deorbit_by, row.activity, row.start_utc) == (trade.deorbit_by, "mean", trade.plan_start_utc)
    )
    assert own.entry_without_utc is not None
    assert own.entry_without_utc[:10] == entry_date(flown.plan).isoformat()
    check = next(check for check in flown.plan.verdict.checks if check.id == "deorbit_by")
    remedy = next(remedy for remedy in check.remedies if remedy.lever == "lowering_propellant")
    assert own.propellant_kg is not None
    # the remedy is rounded up to 10 kg, and to what the flown last days need
    assert -2.0 <= float(remedy.set[0].split("=")[1]) - own.propellant_kg <= 40.0
    assert len({row.start_utc for row in trade.rows}) > 50
    # what is kept serves the burns of the best ways too, which come down in another year
    assert trade.final_burns_kg >= descend.deorbit_propellant_used_kg


def test_earlier_lowering_more_area_and_more_sun_bring_it_down_earlier(flown: Run) -> None:
    nominal = entry_date(flown.plan)
    assert history_entry("descent.lowering_start=2028-03-01") < nominal
    assert history_entry("station.drag.cd_area_m2=3600") < nominal
    assert isinstance(flown.plan.descend, Descend)
    low, mean, high = (line.entry_utc for line in flown.plan.descend.lines)
    assert high is not None
    assert mean is not None
    assert high < mean < (low or "9999")


def test_the_reference_impact_is_on_the_aim_and_the_pieces_around_it(flown: Run) -> None:
    descend, reenter = flown.plan.descend, flown.plan.reenter
    assert isinstance(descend, Descend)
    assert isinstance(reenter, Reenter)
    assert descend.targeting is not None
    assert descend.targeting.miss_km < 10
    assert descend.final_perigee_km is not None
    assert descend.final_perigee_km <= 50
    assert -55 < reenter.impact_centre.latitude_deg < -25
    assert -175 < reenter.impact_centre.longitude_deg < -85


def test_mass_goes_on_without_a_step_from_history_to_break_up(flown: Run) -> None:
    descend, reenter = flown.plan.descend, flown.plan.reenter
    assert isinstance(descend, Descend)
    assert isinstance(reenter, Reenter)
    assert flown.history is not None
    assert flown.trajectory is not None
    assert descend.phasing is not None
    assert descend.phasing.spent_kg > 0.0
    handed_over_kg = flown.history.mass_kg[1, -1] - descend.phasing.spent_kg
    assert flown.trajectory.mass_kg[0] == pytest.approx(handed_over_kg, rel=1e-9)
    used = sum(burn.propellant_kg for burn in descend.burns) + descend.attitude_propellant_kg
    assert flown.trajectory.mass_kg[0] - used == pytest.approx(reenter.entry_mass_kg, rel=1e-9)
    assert flown.impacts is not None
    released = np.sum(flown.impacts.weight * flown.impacts.initial_mass_kg) / reenter.realisations
    assert released == pytest.approx(reenter.entry_mass_kg, rel=1e-6)


def test_the_trajectory_joins_burns_and_coasts(flown: Run) -> None:
    trajectory = flown.trajectory
    assert trajectory is not None
    assert trajectory.segments == ("coast", "lower-1", "coast", "lower-2", "coast", "final", "coast")
    assert np.all(np.diff(trajectory.tt_s) >= 0)
    assert trajectory.height_km[-1] >= 99


def test_nothing_is_negative_in_the_ledger(flown: Run) -> None:
    operate = flown.plan.operate
    assert isinstance(operate, Operate)
    assert flown.history is not None
    assert flown.history.propellant_kg.min() >= -1e-9
    for row in operate.ledger:
        spent = row.reboost_kg + row.attitude_kg + row.lowering_kg + row.final_burns_kg
        spent += row.departed_kg + row.remaining_kg
        assert row.start_kg + row.delivered_kg + row.moved_kg == pytest.approx(spent, abs=1e-6)


def test_the_final_burns_are_booked_once_even_when_stages_are_reused(flown: Run, folder: Path) -> None:
    for plan in (flown.plan, run(Request(scenario=folder)).plan):
        assert isinstance(plan.operate, Operate)
        assert isinstance(plan.descend, Descend)
        row = next(row for row in plan.operate.ledger if row.tank == plan.descend.deorbit_vehicle)
        assert plan.descend.phasing is not None
        burnt_kg = sum(burn.propellant_kg for burn in plan.descend.burns) + plan.descend.phasing.spent_kg
        assert row.final_burns_kg == pytest.approx(burnt_kg + plan.descend.attitude_propellant_kg)
        assert row.remaining_kg == pytest.approx(16_000 - row.final_burns_kg)
        for sums in (plan.operate.ledger_by_vehicle, plan.operate.ledger_by_partner):
            assert sum(one.final_burns_kg for one in sums) == pytest.approx(row.final_burns_kg)


def test_the_document_obeys_its_schema_and_names_no_machine(flown: Run, folder: Path) -> None:
    text = (folder / "plan.json").read_text()
    document = json.loads(text)
    jsonschema.validate(document, json.loads(plan_schema()))
    assert list(document) == ["schema", "track", "operate", "descend", "reenter", "assess", "verdict", "provenance"]
    assert str(folder) not in text
    assert "NaN" not in text


def plan_schema() -> str:
    return (Path(pn.__file__).parent / "schemas" / "plan.schema.json").read_text()


def test_the_run_folder_is_complete(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    wanted = {"plan.json", "run.json", "history.csv", "trajectory.oem", "burns.csv", "footprint.geojson", "report.html"}
    assert wanted <= names
    kinds = {
        feature["properties"]["kind"] for feature in json.loads((folder / "footprint.geojson").read_text())["features"]
    }
    assert {"footprint", "aim_point", "impact_centre", "heel", "toe", "track"} <= kinds
    page = (folder / "report.html").read_text()
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    )


def test_two_runs_and_any_workers_give_the_same_document(flown: Run) -> None:
    again = run(Request(set=SMALL, workers=1))
    assert plan_json(again.plan) == plan_json(flown.plan)


def test_another_seed_gives_other_fragments_and_the_same_descent(flown: Run) -> None:
    other = run(Request(set=SMALL, seed=1, upto="assess"))
    # casualties are those of its own fragments: told with the others it is the same descent
    assert told_with(other.plan, flown.plan) == flown.plan.descend
    assert told_with(other.plan, other.plan) == other.plan.descend
    assert other.plan.reenter != flown.plan.reenter


def told_with(plan: Plan, risk: Plan) -> Descend | Skipped:
    return with_final_break_up(plan.descend, risk.assess, 1e-4)


def test_an_uncontrolled_reentry_costs_the_same_wherever_it_is_told(flown: Run) -> None:
    descend, assess = flown.plan.descend, flown.plan.assess
    assert isinstance(descend, Descend)
    assert isinstance(assess, Assess)
    assert descend.reliability is not None
    uncontrolled = assess.uncontrolled_casualty_expectation
    anywhere = [one.casualty_expectation for one in descend.branches if one.density_per_km2 is None]
    assert len(anywhere) > 10
    assert all(one == uncontrolled for one in anywhere)
    assert all(day.casualty_expectation == uncontrolled for day in descend.losses)
    assert descend.reliability.uncontrolled_casualty_expectation == uncontrolled
    of_tree = {row.id: row.casualty_expectation for row in assess.branches}
    assert all(one.casualty_expectation == of_tree[one.id] for one in descend.branches)


def test_a_run_folder_reuses_what_has_not_changed(folder: Path, flown: Run) -> None:
    same = run(Request(scenario=folder))
    assert same.reused == ("track", "operate", "descend", "reenter", "assess")
    assert plan_json(same.plan) == plan_json(flown.plan)
    more = run(Request(scenario=folder, set=("reentry.fragments=3000",), upto="assess"))
    assert more.reused == ("track", "operate", "descend")
    assert more.plan.descend == told_with(flown.plan, more.plan)
    later = run(Request(scenario=folder, set=("descent.lowering_start=2028-06-01",), upto="descend"))
    assert later.reused == ("track",)


def test_a_folder_that_is_no_run_and_a_damaged_one_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="not a run folder"):
        run(Request(scenario=tmp_path))
    stages = tmp_path / "stages"
    stages.mkdir()
    for path in (folder / "stages").iterdir():
        (stages / path.name).write_bytes(path.read_bytes())
    (stages / "operate.json").write_text('{"half": ')
    with pytest.raises(RunFolderError, match="cannot be read"):
        run(Request(scenario=tmp_path))


def test_the_hash_is_known_before_anything_is_flown(flown: Run) -> None:
    assert input_hash(Request(set=SMALL)) == flown.plan.provenance.input_hash


def test_python_and_command_line_speak_of_the_same_plan(flown: Run) -> None:
    settings = {"reentry.fragments": 2000, "reentry.realisations": 5}
    assert pn.plan("iss", set=settings) == flown.plan


def test_stages_after_the_last_wanted_are_skipped() -> None:
    plan = run(Request(upto="operate")).plan
    assert isinstance(plan.operate, Operate)
    assert isinstance(plan.descend, Skipped)
    assert "operate" in plan.descend.reason


def test_a_station_that_does_not_come_down_in_time_is_no_error() -> None:
    plan = run(Request(set=("station.drag.cd_area_m2=300", "station.drag.low_m2=200"))).plan
    assert isinstance(plan.descend, Descend)
    assert plan.descend.entry_utc is None
    assert isinstance(plan.reenter, Skipped)
    assert isinstance(plan.assess, Skipped)
    check = next(check for check in plan.verdict.checks if check.id == "deorbit_by")
    assert check.value is None
    assert not check.ok


def test_the_docked_vehicles_of_a_cancelled_flight_are_missed() -> None:
    plan = run(Request(set=("flights.progress-ms-36.cancelled=true",), upto="operate")).plan
    assert isinstance(plan.operate, Operate)
    assert "progress-ms-36" not in {row.flight for row in plan.operate.ports}


def test_progress_does_not_run_backwards() -> None:
    told: list[float] = []
    days = ("descent.lowering_start=2026-11-01", "horizon.operate_until=2026-11-01")
    run(Request(set=days, upto="operate"), lambda _, fraction: told.append(fraction))
    assert len(told) > 3
    assert told == sorted(told)


def test_bad_requests_are_refused() -> None:
    with pytest.raises(InputError, match="negative"):
        Request(seed=-1)
    with pytest.raises(InputError, match="workers"):
        Request(workers=0)
