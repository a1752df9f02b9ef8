"""What changed between two plans of the operation, alone and as ``pointnemo compare`` tells it."""

from __future__ import annotations

from tests import factories
from tests.operate_factory import make_kept_operate, make_rich_operate

from pointnemo.operations.operate_changes import changes
from pointnemo.operations.operate_report import Change
from pointnemo.reporting.compare import compare
from pointnemo.results import Operate

BEFORE, AFTER = make_kept_operate(), make_rich_operate()
FOUND = changes(BEFORE, AFTER)


def of(kind: str, found: tuple[Change, ...] = FOUND) -> dict[str, tuple[str, str]]:
    return {one.what: (one.before, one.after) for one in found if one.kind == kind}


def test_the_same_plan_has_no_changes() -> None:
    assert changes(AFTER, AFTER) == ()
    assert changes(BEFORE, BEFORE) == ()


def test_every_aspect_is_told() -> None:
    assert of("violation")["supply of food"] == ("", "88 kg on 2028-10-03")
    assert of("violation")["end-altitude of station, re-flown"] == ("", "0.14 km on 2028-12-31")
    assert "end-altitude of station" not in of("violation")
    assert of("flight") == {
        "progress-ms-40": ("zvezda-aft 2028-01-12 to 2028-07-04", "zvezda-aft 2028-01-28 to 2028-07-10 (+16 d)"),
        "cargo-dragon-6": ("", "harmony-zenith 2028-11-09 to 2028-12-14"),
    }
    assert of("crew")["seats minus crew, lowest"] == ("0 on 2028-12-20", "-1 on 2028-12-20")
    assert of("phase") == {"soyuz-ms-31 launch": ("2-orbit, kept", "2-orbit, missed: 50 deg, wanted 9 to 25")}
    assert of("reboosts")["reboosts"] == ("26", "27")
    assert set(of("reboosts")) == {"reboosts", "delta-v of reboosts", "propellant of reboosts"}
    assert set(of("altitude")) == {"altitude at the end"}
    assert of("supply")["food, lowest"] == ("61 kg above reserve, 74 d of use", "-88 kg above reserve, 41 d of use")
    assert of("supply")["food, worst loss"] == ("", "cygnus-2, -260 kg against reserve")
    assert of("supply")["flights that cannot be lost"] == ("1", "2")
    assert not of("gap")


def test_the_way_back_is_the_reverse() -> None:
    back = changes(AFTER, BEFORE)
    assert {one.what for one in back} == {one.what for one in FOUND}
    assert of("flight", back)["progress-ms-40"][1].endswith("(-16 d)")
    assert of("flight", back)["cargo-dragon-6"] == ("harmony-zenith 2028-11-09 to 2028-12-14", "")
    assert of("violation", back)["seat of crew"] == ("1 seats on 2028-12-20", "")


def test_a_port_a_relocation_a_gap_and_a_commitment() -> None:
    ports = tuple(
        one.model_copy(update={"port": "rassvet-nadir"}) if one.flight == "progress-1" else one
        for one in AFTER.ports
        if not one.moved
    )
    gap = AFTER.commitment_gaps[0].model_copy(update={"from_utc": "2028-07-01T00:00:00Z", "days": 914})
    until = AFTER.commitments[0].model_copy(update={"until_utc": "2028-06-30T00:00:00Z"})
    other = AFTER.model_copy(
        update={
            "ports": ports,
            "commitment_gaps": (gap, *AFTER.commitment_gaps[1:]),
            "commitments": (until, *AFTER.commitments[1:]),
            "gaps": (),
            "phases": AFTER.phases[1:],
        }
    )
    found = changes(AFTER, other)
    assert of("flight", found)["progress-1"] == (
        "poisk-zenith 2028-05-15 to 2028-11-21",
        "rassvet-nadir 2028-05-15 to 2028-11-21",
    )
    assert "harmony-zenith 2027-05-04" in of("flight", found)["crew-13"][0]
    assert "harmony-zenith" not in of("flight", found)["crew-13"][1]
    assert of("gap", found)["no committed propulsion"][1] == "2028-07-01 to 2030-12-31, 914 d"
    assert of("gap", found)["flights of soyuz-ms not flown: partner is not committed"][1] == ""
    assert of("commitment", found) == {"propulsion by roscosmos": ("until 2028-12-31", "until 2028-06-30")}
    assert not of("phase", found)  # a window of one plan alone belongs to its flight


def test_compare_tells_the_operation_beside_its_figures() -> None:
    plan = factories.make_plan(bulk=False)
    before = plan.model_copy(update={"operate": BEFORE})
    after = plan.model_copy(update={"operate": AFTER})
    text = compare(before, after)
    assert max(map(len, text.splitlines())) <= 80
    told = text[text.index("WHAT CHANGED IN THE OPERATION") :]
    assert "progress-ms-40: zvezda-aft 2028-01-12" in told
    assert "supply of food: new, 88 kg" in told
    assert "delta-v of reboosts" not in told
    assert "altitude at end of operation" in text[: text.index("WHAT CHANGED IN THE OPERATION")]
    assert compare(after, after) == "no difference: same inputs, same results\n"
    assert isinstance(plan.operate, Operate)
