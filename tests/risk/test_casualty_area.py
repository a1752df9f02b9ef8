from __future__ import annotations

import numpy as np
import pytest

from pointnemo.risk import (
    cnes_casualty_area_m2,
    mean_outline_m,
    nasa_casualty_area_m2,
    opiela_matney_casualty_area_m2,
)
from pointnemo.risk.casualty_area import outline_factor


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


def box_outline_m(sides: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Outline of a box seen from each direction: the hexagon of its three projected edges, each met twice."""
    edges = np.diag(sides)
    flat = edges[None] - (directions @ edges.T)[:, :, None] * directions[:, None, :]
    return 2.0 * np.linalg.norm(flat, axis=2).sum(axis=1)


@pytest.mark.parametrize(("shape", "sides"), [("box", [1.0, 1.0, 1.0]), ("plate", [1.0, 1.0, 0.0])])
def test_mean_outline_is_that_of_random_projections(shape: str, sides: list[float]) -> None:
    directions = np.random.default_rng(7).standard_normal((200_000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    a, b, c = sides
    area = (a * b + b * c + c * a) / 2  # a quarter of the surface
    assert mean_outline_m(area, shape) == pytest.approx(box_outline_m(np.array(sides), directions).mean(), rel=3e-3)


def test_outline_of_a_sphere_and_a_long_cylinder() -> None:
    assert mean_outline_m(np.pi / 4, "sphere") == pytest.approx(np.pi)
    assert mean_outline_m(np.pi / 4, "shell") == pytest.approx(np.pi)
    # a rod of length L shows pi L / 4 of it on average, twice
    length = 1e4
    area = np.pi * (length + 0.5) / 4
    assert outline_factor("cylinder", length) * np.sqrt(area) == pytest.approx(np.pi * length / 2, rel=1e-3)


def test_the_sphere_has_the_shortest_outline_and_an_unknown_shape_the_longest() -> None:
    shapes = ("sphere", "box", "cylinder", "plate")
    factors = [outline_factor(shape) for shape in shapes]
    assert factors == sorted(factors)
    assert outline_factor("bracket") == factors[-1]
