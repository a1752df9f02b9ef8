"""Composition: the chain from request to plan, the aiming loop, the verdict and its remedies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pointnemo.planning.request import STAGES, Progress, Request, Run, StageName
from pointnemo.planning.store import save_stages

if TYPE_CHECKING:
    from pointnemo.planning.chain import input_hash, run
    from pointnemo.planning.descended import DescendRun, descend_run
    from pointnemo.planning.operated import OperateRun, operate_run

__all__ = [
    "STAGES",
    "DescendRun",
    "OperateRun",
    "Progress",
    "Request",
    "Run",
    "StageName",
    "descend_run",
    "input_hash",
    "operate_run",
    "run",
    "save_stages",
]


def __getattr__(name: str) -> object:
    """The chain pulls in every kernel: only when it is called for."""
    if name in ("input_hash", "run"):
        from pointnemo.planning import chain

        return getattr(chain, name)
    if name in ("DescendRun", "descend_run"):
        from pointnemo.planning import descended

        return getattr(descended, name)
    if name in ("OperateRun", "operate_run"):
        from pointnemo.planning import operated

        return getattr(operated, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
