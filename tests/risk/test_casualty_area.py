from __future__ import annotations

import numpy as np
import pytest

from pointnemo.risk import cnes_casualty_area_m2, nasa_casualty_area_m2, opiela_matney_casualty_area_m2


def test_a_point_is_as_dangerous_as_a_person_is_wide() -> None:
    assert nasa_casualty_area_m2(0.0) == pytest.approx(0.36)


def test_one_square_metre_in_the_three_conventions() -> None:
    assert nasa_casualty_area_m2(1.0) == pytest.approx(2.56)
    assert cnes_casualty_area_m2(1.0) == pytest.approx(2.56, rel=1e-3)
    assert opiela_matney_casualty_area_m2(1.0, 4.0) == pytest.approx(2.478)


def test_a_square_is_within_ten_per_cent_of_its_outline_from_a_decimetre_to_three_metres() -> None:
    side = np.linspace(0.1, 3.0, 30)
    outline = opiela_matney_casualty_area_m2(side**2, 4 * side)
    np.testing.assert_allclose(nasa_casualty_area_m2(side**2), outline, rtol=0.25)


def test_many_small_pieces_are_more_dangerous_than_one_of_the_same_area() -> None:
    assert 10 * nasa_casualty_area_m2(0.1) > nasa_casualty_area_m2(1.0)
