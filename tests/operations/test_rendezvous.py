"""Rendezvous that no vehicle flies are refused, not ignored."""

from __future__ import annotations

import pytest

from pointnemo.errors import InputError
from pointnemo.operations.rendezvous import rendezvous_defects
from pointnemo.planning.chain import input_hash
from pointnemo.planning.request import Request
from pointnemo.scenario import load_scenario

MANY = (
    'flights.progress-ms-36.rendezvous=["2-orbit", "banana"]',
    'flights.crew-13.rendezvous=["4-orbit"]',
    'cadence.progress.rendezvous=["2-day"]',
)


def test_what_is_shipped_is_known() -> None:
    assert rendezvous_defects(load_scenario()) == ()


def test_every_unknown_name_is_told_with_its_place_and_a_cure() -> None:
    found = {defect.where: (defect.what, defect.mend) for defect in rendezvous_defects(load_scenario(set=MANY))}
    assert found == {
        "flights.progress-ms-36.rendezvous": (
            "progress-ms has no rendezvous 'banana'",
            "known: 2-orbit, 4-orbit, two-day; leave it out for any of them",
        ),
        "flights.crew-13.rendezvous": ("crew-dragon has no rendezvous '4-orbit'", "leave it out"),
        "cadence.progress.rendezvous": (
            "progress-ms has no rendezvous '2-day'",
            "known: 2-orbit, 4-orbit, two-day; leave it out for any of them",
        ),
    }


def test_a_request_with_an_unknown_name_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        input_hash(Request(set=MANY, bundled=True))
    assert len(caught.value.defects) == len(MANY)
