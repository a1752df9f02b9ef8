"""A mixed-integer linear programme, built row by row and solved by HiGHS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Programme", "Solution"]

FloatArray = NDArray[np.float64]


class Solution(NamedTuple):
    """What the solver found.

    Attributes:
        value: shape (variables,).
        objective: of it.
        bound: no point is better, as far as the solver could prove.
        proved: the gap asked for was reached.
    """

    value: FloatArray
    objective: float
    bound: float
    proved: bool


@dataclass
class Programme:
    """minimise cost . x with rows low <= A x <= high and bounds on x; some x are whole numbers."""

    cost: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    _rows: list[int] = field(default_factory=list)
    _columns: list[int] = field(default_factory=list)
    _entries: list[float] = field(default_factory=list)
    _row_low: list[float] = field(default_factory=list)
    _row_high: list[float] = field(default_factory=list)

    def variable(self, low: float = 0.0, high: float = np.inf, cost: float = 0.0, whole: bool = False) -> int:
        """Add a variable; returns its index."""
        self.cost.append(cost)
        self.low.append(low)
        self.high.append(high)
        self.whole.append(whole)
        return len(self.cost) - 1

    def binary(self) -> int:
        """Add a variable that is 0 or 1, without cost; returns its index."""
        return self.variable(high=1.0, whole=True)

    def row(self, terms: Mapping[int, float], low: float = -np.inf, high: float = np.inf) -> None:
        """Add a constraint on a sum of variables, each with its factor."""
        index = len(self._row_low)
        for column, entry in terms.items():
            self._rows.append(index)
            self._columns.append(column)
            self._entries.append(entry)
        self._row_low.append(low)
        self._row_high.append(high)

    def relaxed(self, variables: Iterable[int], cost: Mapping[int, float] | None = None) -> Programme:
        """The same programme with some variables that need not be whole, and some with another cost."""
        whole, costs = list(self.whole), list(self.cost)
        for index in variables:
            whole[index] = False
        for index, value in (cost or {}).items():
            costs[index] = value
        return replace(self, whole=whole, cost=costs)

    def solve(self, gap: float, nodes: int, fixed: Mapping[int, float] | None = None) -> Solution | None:
        """Solve it.

        Args:
            gap: relative gap at which the search may end.
            nodes: of the search tree at most; a count, so that the answer does not depend on the speed of the machine.
            fixed: variables held at a value.

        Returns:
            The best point found; None where there is none.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp  # half a second: only when something is solved
        from scipy.sparse import csr_array

        low, high = list(self.low), list(self.high)
        for index, value in (fixed or {}).items():
            low[index] = high[index] = value
        shape = (len(self._row_low), len(self.cost))
        matrix = csr_array((self._entries, (self._rows, self._columns)), shape=shape)
        whole = np.array(self.whole, dtype=float)
        options = {"mip_rel_gap": gap, "node_limit": nodes}
        found = milp(
            np.array(self.cost),
            integrality=whole,
            bounds=Bounds(low, high),  # pyright: ignore[reportArgumentType] - lists are taken, the stubs say float
            constraints=LinearConstraint(matrix, self._row_low, self._row_high),  # pyright: ignore[reportArgumentType]
            options=options,
        )
        if found.x is None:
            return None
        value = np.where(whole > 0.0, np.round(found.x), found.x)
        bound = found.fun if found.mip_dual_bound is None else float(found.mip_dual_bound)
        return Solution(value, float(found.fun), min(bound, float(found.fun)), found.status == 0)
