from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointnemo.reporting import words
from pointnemo.results import Estimate, Place


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (3.1e-7, "3.1e-7"), (1e-4, "1e-4"), (0.081, "0.081"), (0.5, "0.50"), (-2e-5, "-2e-5")],
)
def test_small_numbers(value: float, text: str) -> None:
    assert words.small(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(43.4, "43 s"), (59.7, "1 min 00 s"), (1144.2, "19 min 04 s"), (7500, "2 h 05 min"), (0, "0 s")],
)
def test_durations(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


def test_an_interval_has_the_decimals_of_its_value() -> None:
    e = Estimate(value=0.0712, low=0.05, high=0.1, level=0.9, unit="km/day")
    assert words.estimate(e) == "0.0712 km/day (0.0500 to 0.1000, 90 %)"
    assert words.estimate(e.model_copy(update={"value": 0.0, "low": 0.0, "high": 12.0, "unit": "1"})) == (
        "0.0 (0.0 to 12.0, 90 %)"
    )
    assert words.estimate(e.model_copy(update={"value": 0.0, "low": 0.0, "high": 1.27e-8, "unit": "persons"})) == (
        "0 persons (0 to 1.3e-8, 90 %)"
    )


def test_minus_zero_is_zero() -> None:
    assert words.grouped(-0.0001, 2) == "0.00"


def test_places_and_dates() -> None:
    assert words.place(Place(latitude_deg=-48.877, longitude_deg=-123.393, name="Point Nemo")) == (
        "48.88 S 123.39 W (Point Nemo)"
    )
    assert words.day(None, "not by 2041") == "not by 2041"
    assert words.minute("2032-03-14T09:41:07.999Z") == "2032-03-14 09:41:07"
    assert words.minute("2032-03-14T09:41:07Z") == "2032-03-14 09:41:07"


def test_a_number_stays_with_its_unit() -> None:
    for width in range(12, 40):
        for line in words.wrapped("it burns 8,745 of 16,000 kg and reaches 270 km in 3 d", width=width):
            assert not line.endswith(("16,000", "270", " 3"))


@given(st.text(max_size=300), st.integers(10, 90))
def test_folded_text_keeps_every_word_character(text: str, width: int) -> None:
    lines = words.wrapped(text, width=width)
    assert all(len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(words.clean(text).split())


@pytest.mark.parametrize(
    ("largest_kg", "unit", "text"),
    [(440_000.0, "t", "0.3"), (10_000.0, "t", "0.3"), (9_999.0, "kg", "285"), (50.0, "kg", "285.0")],
)
def test_masses_of_a_table_have_one_unit_that_shows_them(largest_kg: float, unit: str, text: str) -> None:
    found, scale, places = words.mass_unit(largest_kg)
    assert found == unit
    assert words.grouped(285.0 * scale, places) == text
