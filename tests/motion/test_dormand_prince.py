import numpy as np

from pointnemo.motion.dormand_prince import E3, E5, STAGES, A, B, C


def test_quadrature_conditions_hold_to_order_eight() -> None:
    for power in range(8):
        assert abs(B @ C**power - 1.0 / (power + 1)) < 1e-13
    assert abs(B @ C**8 - 1.0 / 9) > 1e-6  # and no further


def test_nested_conditions_hold_to_order_eight() -> None:
    for power in range(1, 7):
        assert abs(B @ A @ C**power - 1.0 / ((power + 1) * (power + 2))) < 1e-12
    for power in range(1, 6):
        assert abs(B @ A @ A @ C**power - 1.0 / ((power + 1) * (power + 2) * (power + 3))) < 1e-12


def test_stages_are_explicit_and_errors_vanish_for_a_constant_slope() -> None:
    assert np.all(np.triu(A) == 0.0)
    assert A.shape == (STAGES, STAGES)
    assert abs(E3.sum()) < 1e-13
    assert abs(E5.sum()) < 1e-13
