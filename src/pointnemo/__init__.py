"""From today's orbit to Point Nemo: plan and fly the last years of a space station.

    import pointnemo as pn

    plan = pn.plan("iss", set={"horizon.deorbit_by": "2031-12-31"})
    print(plan.verdict.summary)

Names are loaded when they are first used, so that ``import pointnemo`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pointnemo.errors import PointnemoError
    from pointnemo.planning.verbs import (
        assess,
        descend,
        operate,
        plan,
        reenter,
        reenter_object,
        replay,
        track,
        track_files,
        uncontrolled,
        windows,
    )
    from pointnemo.reporting.compare import compare
    from pointnemo.results import Estimate, Plan
    from pointnemo.scenario.loader import load_scenario
    from pointnemo.scenario.models import Scenario
    from pointnemo.version import __version__

__all__ = [
    "Estimate",
    "Plan",
    "PointnemoError",
    "Scenario",
    "__version__",
    "assess",
    "compare",
    "descend",
    "load_scenario",
    "operate",
    "plan",
    "reenter",
    "reenter_object",
    "replay",
    "track",
    "track_files",
    "uncontrolled",
    "windows",
]

_HOME = {
    "__version__": "pointnemo.version",
    "Estimate": "pointnemo.results",
    "Plan": "pointnemo.results",
    "PointnemoError": "pointnemo.errors",
    "Scenario": "pointnemo.scenario.models",
    "assess": "pointnemo.planning.verbs",
    "compare": "pointnemo.reporting.compare",
    "descend": "pointnemo.planning.verbs",
    "load_scenario": "pointnemo.scenario.loader",
    "operate": "pointnemo.planning.verbs",
    "plan": "pointnemo.planning.verbs",
    "reenter": "pointnemo.planning.verbs",
    "reenter_object": "pointnemo.planning.verbs",
    "replay": "pointnemo.planning.verbs",
    "track": "pointnemo.planning.verbs",
    "track_files": "pointnemo.planning.verbs",
    "uncontrolled": "pointnemo.planning.verbs",
    "windows": "pointnemo.planning.verbs",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its room on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'pointnemo' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
