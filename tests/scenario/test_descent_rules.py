"""What a scenario says of the way down hangs together: attitudes that exist, a second lowering that can be made."""

from __future__ import annotations

import pytest

from pointnemo.errors import Defect, ScenarioError
from pointnemo.scenario import load_scenario
from pointnemo.scenario.rules import check_rules

TUG = "us-deorbit-vehicle"


def refused(*assignments: str) -> dict[str, Defect]:
    with pytest.raises(ScenarioError) as error:
        load_scenario("iss", set=list(assignments))
    return {defect.where.removeprefix("--set "): defect for defect in error.value.defects}


def second(start: str = "2029-09-01", kg: float = 3000.0, vehicle: str = TUG) -> str:
    return f"descent.second_lowering={{start={start}, propellant_kg={kg}, vehicle='{vehicle}'}}"


# --- attitudes -------------------------------------------------------------------------------------------------------


def test_attitudes_that_do_not_exist_are_named_together_with_those_that_do() -> None:
    defects = refused("descent.attitudes={crewed='broadsid', burns='flat'}")
    assert set(defects) == {"descent.attitudes.crewed", "descent.attitudes.burns"}
    for defect in defects.values():
        assert "there is normal, turned, broadside, edge-on" in defect.mend
    assert "'broadsid'" in defects["descent.attitudes.crewed"].what


def test_a_station_without_attitudes_flies_as_it_is_and_in_no_other() -> None:
    iss = load_scenario("iss")
    bare = iss.station.model_copy(update={"attitudes": {}})
    assert check_rules(iss.model_copy(update={"station": bare})) == ()
    attitudes = iss.descent.attitudes.model_copy(update={"uncrewed": "broadside"})
    descent = iss.descent.model_copy(update={"attitudes": attitudes})
    (defect,) = check_rules(iss.model_copy(update={"station": bare, "descent": descent}))
    assert defect.where == "descent.attitudes.uncrewed"
    assert "station.attitudes" in defect.mend
    others = {key: one for key, one in iss.station.attitudes.items() if key != "normal"}
    without = iss.station.model_copy(update={"attitudes": others})
    (defect,) = check_rules(iss.model_copy(update={"station": without, "descent": descent}))
    assert "against that of normal" in defect.what


# --- second lowering -------------------------------------------------------------------------------------------------


def test_a_second_lowering_that_can_be_made_is_none_of_the_rules_business() -> None:
    for line in (second(), second("2028-12-31", vehicle="progress-ms"), second("2029-07-01", 16000.0)):
        assert load_scenario("iss", set=[line]).descent.second_lowering is not None


def test_everything_wrong_with_a_second_lowering_is_told_at_once() -> None:
    defects = refused(second("2028-06-01", 20000.0))
    assert set(defects) == {"descent.second_lowering.start", "descent.second_lowering.propellant_kg"}
    assert "at most 16000" in defects["descent.second_lowering.propellant_kg"].mend


@pytest.mark.parametrize(
    ("line", "what", "mend"),
    [
        (second("2028-12-30", vehicle="progress-ms"), "before lowering_start 2028-12-31", "write 2028-12-31"),
        (second("2029-06-30"), "before usdv docks, 2029-07-01", "write 2029-07-01"),
        (second("2036-01-01"), "not before usdv leaves, 2035-12-31", "stay longer"),
    ],
)
def test_it_starts_while_its_payer_is_there(line: str, what: str, mend: str) -> None:
    defect = refused(line)["descent.second_lowering.start"]
    assert what in defect.what
    assert mend in defect.mend


@pytest.mark.parametrize(
    ("vehicle", "what", "mend"),
    [
        ("usdv", "there is no vehicle", f"its vehicle is {TUG}"),
        ("progres-ms", "there is no vehicle", "progress-ms"),
        ("cygnus", "cannot lower", f"progress-ms, {TUG}"),
    ],
)
def test_it_is_paid_by_a_vehicle_that_lowers(vehicle: str, what: str, mend: str) -> None:
    defect = refused(second(vehicle=vehicle))["descent.second_lowering.vehicle"]
    assert what in defect.what
    assert mend in defect.mend


def test_a_vehicle_that_docks_at_no_port_that_lowers_does_not_pay() -> None:
    lowers = [f"station.ports.{port}.lowers=false" for port in ("zvezda-aft", "poisk-zenith")]
    defects = refused(second(vehicle="progress-ms"), *lowers)
    assert "docks at no port that lowers" in defects["descent.second_lowering.vehicle"].what


def test_a_deorbit_vehicle_that_slips_takes_its_lowering_with_it() -> None:
    defect = refused(second("2029-09-01"), "flights.usdv.slip_days=90")["descent.second_lowering.start"]
    assert "before usdv docks, 2029-09-29" in defect.what


# --- hold altitudes, targeted burns ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "where", "what"),
    [
        (("descent.hold_low_km=281",), "descent.hold_low_km", "281 is above hold_high_km 280"),
        (("descent.hold_low_km=210",), "descent.hold_low_km", "210 is below targeting_altitude_km 225"),
        (("descent.hold_high_km=400",), "descent.hold_high_km", "400 is above crew_departure_altitude_km 330"),
        (
            ("descent.targeting_altitude_km=179", "descent.burns.lower-1.perigee_km=170"),
            "descent.targeting_altitude_km",
            "lower than averaged motion reaches",
        ),
        (("descent.burns.final.perigee_km=-7000",), "descent.burns.final.perigee_km", "-7000 km is deeper"),
        (("descent.attitude_kg_per_day=16001",), "descent.attitude_kg_per_day", "more than all that usdv brings"),
        (("descent.burns.final.thrusters=31",), "descent.burns.final.thrusters", "more than the 30 of"),
        (("descent.phasing_days=61",), "descent.phasing_days", "61 days before the targeted burns nobody knows"),
        (
            ("descent.settling_s=30000", "descent.burns.final.revolutions_before_final=0"),
            "descent.burns.final.revolutions_before_final",
            "comes 17100 s after the burn before at most",
        ),
    ],
)
def test_the_way_down_stays_within_what_can_be_flown(lines: tuple[str, ...], where: str, what: str) -> None:
    defects = refused(*lines)
    assert set(defects) == {where}
    assert what in defects[where].what
    assert defects[where].mend


@pytest.mark.parametrize(("key", "km", "other"), [("low", 290.0, "high"), ("high", 260.0, "low")])
def test_one_end_of_the_hold_altitudes_stands_against_the_hold_itself(key: str, km: float, other: str) -> None:
    iss = load_scenario("iss")
    ends = {"hold_low_km": None, "hold_high_km": None, f"hold_{key}_km": km}
    (defect,) = check_rules(iss.model_copy(update={"descent": iss.descent.model_copy(update=ends)}))
    assert defect.where == f"descent.hold_{key}_km"
    assert "hold_altitude_km 275" in defect.what
    assert f"hold_{other}_km" in defect.mend


def test_thrusters_are_told_together_with_everything_else() -> None:
    assert set(refused("descent.burns.final.thrusters=31", "descent.hold_low_km=281", second("2036-01-01"))) == {
        "descent.burns.final.thrusters",
        "descent.hold_low_km",
        "descent.second_lowering.start",
    }
