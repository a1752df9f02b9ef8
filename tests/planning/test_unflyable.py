"""What cannot be held or flown again is answered by the plan that says so, or refused; it is no failure of ours."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from pointnemo.errors import FlightError, InputError
from pointnemo.planning import chain
from pointnemo.planning.request import Request

SOON = ("descent.lowering_start=2026-10-10", "horizon.operate_until=2026-10-10")
REQUEST = Request(set=SOON, upto="operate", bundled=True)


def no_flight(*_: Any) -> Any:
    raise FlightError("member 0 of the swarm sinks below 200 km")


def test_a_schedule_that_cannot_be_found_is_an_input_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "reboosts_for", no_flight)
    with pytest.raises(InputError, match="cannot be held as asked") as caught:
        chain.run(REQUEST)
    assert caught.value.defects[0].mend


def test_a_station_that_falls_is_not_flown_again_and_the_plan_says_that_it_falls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chain, "refly", no_flight)
    drag = ("station.drag.cd_area_m2=60000", "station.drag.high_m2=90000")
    operated = chain.run(replace(REQUEST, set=(*SOON, *drag))).plan.operate
    assert operated.skipped is False
    assert operated.reflight is None
    assert "corridor" in {one.constraint for one in operated.violations}


def test_a_flight_that_fails_although_the_plan_keeps_its_corridor_is_not_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chain, "refly", no_flight)
    kept = SimpleNamespace(decision=SimpleNamespace(policy=SimpleNamespace(lowering_step=9)), violations=())
    monkeypatch.setattr(chain, "_reboosts", lambda *_: kept)
    with pytest.raises(FlightError):
        chain.run(REQUEST)
