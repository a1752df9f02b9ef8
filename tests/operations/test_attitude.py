"""What attitude control drank is never below nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pointnemo.motion.history_tables import SHORT_ATTITUDE, SHORT_REBOOST
from pointnemo.operations.stage import MEAN, _attitude_kg

DAYS = 481
DECISION: Any = SimpleNamespace(policy=SimpleNamespace(attitude_kg_per_day=0.2))


def drunk_kg(kind: int, amount_kg: float) -> float:
    tt_s = 86400.0 * np.arange(DAYS + 1.0)
    short = SimpleNamespace(
        run=np.array([MEAN]),
        kind=np.array([kind]),
        from_tt_s=tt_s[:1],
        to_tt_s=tt_s[-1:],
        amount=np.array([amount_kg]),
    )
    flown: Any = SimpleNamespace(history=SimpleNamespace(tt_s=tt_s), shortfalls=short)
    return _attitude_kg(flown, DECISION, DAYS)


def test_where_all_is_missing_rounding_leaves_nothing() -> None:
    assert drunk_kg(SHORT_ATTITUDE, 0.2 * DAYS + 1e-13) == 0.0
    assert f"{drunk_kg(SHORT_ATTITUDE, 0.2 * DAYS + 1e-13):,.0f}" == "0"


def test_what_is_missing_of_attitude_alone_counts() -> None:
    assert drunk_kg(SHORT_ATTITUDE, 6.2) == pytest.approx(0.2 * DAYS - 6.2)
    assert drunk_kg(SHORT_REBOOST, 6.2) == pytest.approx(0.2 * DAYS)
