"""Writing an OCM 3.0, in KVN or XML: trajectories, the spacecraft, manoeuvres, forces, user-defined values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from pointnemo.formats.frames import canonical_frame
from pointnemo.formats.ocm_blocks import Ocm, OcmBurn, OcmManoeuvres, OcmTrajectory
from pointnemo.formats.ocm_raw import BLOCKS, MANOEUVRE_COLUMNS, STATE_UNITS
from pointnemo.formats.oem_write import replace_file
from pointnemo.world import time

__all__ = ["write_ocm"]

_TYPE = "CARTPV"
_DESIGNATOR = re.compile(r"\d{4}-\d{3}[A-Z]{1,3}")
_SECONDS_PER_DAY = 86400.0


class _Block(NamedTuple):
    """A block as texts, the same for both notations."""

    name: str
    comments: tuple[str, ...]
    pairs: list[tuple[str, str]]
    lines: list[str]


def write_ocm(path: str | Path, ocm: Ocm, notation: str = "kvn") -> None:
    """Write an OCM 3.0, UTC; the file appears whole or not at all, and reads back to the same numbers (epochs to 1 us).

    Args:
        path: file to make or replace.
        ocm: the message; ``time_system`` and ``ignored`` are not written.
        notation: ``kvn`` or ``xml``.

    Raises:
        ValueError: an unknown notation, or a message that no reader would take back.
    """
    if notation not in ("kvn", "xml"):
        raise ValueError(f"an OCM is written in kvn or xml, not {notation!r}")
    for trajectory in ocm.trajectories:
        _check(trajectory)
    header = [("CREATION_DATE", ocm.creation_utc), ("ORIGINATOR", ocm.originator)]
    header += [("MESSAGE_ID", ocm.message_id)] if ocm.message_id else []
    remarks = tuple(line for comment in ocm.comments for line in comment.splitlines())
    blocks = list(_blocks(ocm))
    lines = _kvn(remarks, header, blocks) if notation == "kvn" else _xml(remarks, header, blocks)
    replace_file(Path(path), "\n".join(lines) + "\n")


def _check(trajectory: OcmTrajectory) -> None:
    if canonical_frame(trajectory.frame) != trajectory.frame:
        raise ValueError(f"a trajectory in frame {trajectory.frame!r} could not be read back")
    if not (np.isfinite(trajectory.position_km).all() and np.isfinite(trajectory.velocity_km_s).all()):
        raise ValueError("a state is not finite")
    if len(trajectory.tt_s) == 0 or not (np.diff(trajectory.tt_s) > 1e-6).all():
        raise ValueError("epochs of a trajectory have to increase by more than a microsecond")


def _utc(tt_s: float) -> str:
    return time.to_utc(float(tt_s), 6).rstrip("Z")


def _blocks(ocm: Ocm) -> Iterator[_Block]:
    """Blocks in the order of the standard."""
    yield _Block("META", (), list(_metadata(ocm)), [])
    for trajectory in ocm.trajectories:
        yield _trajectory(trajectory)
    if ocm.physical is not None:
        keys = ("DRAG_CONST_AREA", "DRAG_COEFF_NOM", "WET_MASS", "DRY_MASS")
        p = ocm.physical
        values = (p.drag_area_m2, p.drag_coefficient, p.wet_mass_kg, p.dry_mass_kg)
        pairs = [(key, repr(float(value))) for key, value in zip(keys, values, strict=True) if value is not None]
        yield _Block("PHYS", (), pairs, [])
    for manoeuvres in ocm.manoeuvres:
        yield _manoeuvres(manoeuvres)
    if ocm.perturbations:
        yield _Block("PERT", (), list(ocm.perturbations), [])
    if ocm.user_defined:
        yield _Block("USER", (), [(f"USER_DEFINED_{key}", value) for key, value in ocm.user_defined], [])


def _metadata(ocm: Ocm) -> Iterator[tuple[str, str]]:
    if ocm.object_name:
        yield "OBJECT_NAME", ocm.object_name
    if ocm.object_id:
        yield (
            ("INTERNATIONAL_DESIGNATOR" if _DESIGNATOR.fullmatch(ocm.object_id) else "OBJECT_DESIGNATOR"),
            ocm.object_id,
        )
    yield from (("TIME_SYSTEM", "UTC"), ("EPOCH_TZERO", _utc(ocm.epoch_tt_s)))
    here = (("ORB", ocm.trajectories), ("PHYS", ocm.physical is not None), ("MAN", ocm.manoeuvres))
    parts = [name for name, there in (*here, ("PERT", ocm.perturbations), ("USER", ocm.user_defined)) if there]
    if parts:
        yield "OCM_DATA_ELEMENTS", ", ".join(parts)
    if ocm.trajectories:
        start_s = min(float(one.tt_s[0]) for one in ocm.trajectories)
        stop_s = max(float(one.tt_s[-1]) for one in ocm.trajectories)
        yield from (("START_TIME", _utc(start_s)), ("STOP_TIME", _utc(stop_s)))
        yield "TIME_SPAN", f"{(stop_s - start_s) / _SECONDS_PER_DAY:.9f}"


def _trajectory(one: OcmTrajectory) -> _Block:
    pairs = [(key, value) for key, value in (("TRAJ_ID", one.id), ("TRAJ_BASIS", one.basis)) if value]
    if one.interpolation:
        pairs += [("INTERPOLATION", one.interpolation[0]), ("INTERPOLATION_DEGREE", str(one.interpolation[1]))]
    pairs += [("CENTER_NAME", "EARTH"), ("TRAJ_REF_FRAME", one.frame), ("TRAJ_TYPE", _TYPE)]
    pairs += [("TRAJ_UNITS", f"[{', '.join(STATE_UNITS[_TYPE])}]")]
    states = np.hstack([one.position_km, one.velocity_km_s])
    lines = [
        " ".join([_utc(tt_s), *(repr(float(value)) for value in state)])
        for tt_s, state in zip(one.tt_s, states, strict=True)
    ]
    return _Block("TRAJ", one.comments, pairs, lines)


def _values(burn: OcmBurn) -> dict[str, float]:
    """Columns that a burn fills, in the order in which they are written; the time goes before."""
    values: dict[str, float | None] = {"MAN_DURA": burn.duration_s, "DELTA_MASS": burn.mass_change_kg}
    for kind, vector in (("ACC", burn.acceleration_km_s2), ("DV", burn.delta_v_km_s), ("THR", burn.thrust_n)):
        if vector is not None:
            values |= {f"{kind}_{axis}": component for axis, component in zip("XYZ", vector, strict=True)}
    values |= {"THR_EFFIC": burn.efficiency, "THR_ISP": burn.specific_impulse_s}
    return {column: float(value) for column, value in values.items() if value is not None}


def _manoeuvres(block: OcmManoeuvres) -> _Block:
    rows = [(burn.ignition_tt_s, _values(burn)) for burn in block.burns]
    columns = list(rows[0][1]) if rows else ["MAN_DURA"]
    if any(list(values) != columns for _, values in rows):
        raise ValueError(f"burns of manoeuvre block {block.id!r} do not fill the same columns")
    if not all(np.isfinite([tt_s, *values.values()]).all() for tt_s, values in rows):
        raise ValueError(f"a number of manoeuvre block {block.id!r} is not finite")
    pairs = [("MAN_ID", block.id)]
    pairs += [("MAN_BASIS", block.basis)] if block.basis else []
    pairs += [("MAN_DEVICE_ID", block.device)]
    pairs += [("MAN_PURPOSE", block.purpose)] if block.purpose else []
    pairs += [("MAN_REF_FRAME", block.frame), ("DC_TYPE", "CONTINUOUS")]
    pairs += [("MAN_COMPOSITION", ", ".join(["TIME_ABSOLUTE", *columns]))]
    pairs += [("MAN_UNITS", f"[{', '.join(MANOEUVRE_COLUMNS[column] for column in columns)}]")]
    lines = [" ".join([_utc(tt_s), *map(repr, values.values())]) for tt_s, values in rows]
    return _Block("MAN", block.comments, pairs, lines)


# --- notations -------------------------------------------------------------------------------------------------------


def _kvn(comments: tuple[str, ...], header: list[tuple[str, str]], blocks: list[_Block]) -> Iterator[str]:
    yield "CCSDS_OCM_VERS = 3.0"
    yield from (f"COMMENT {line}" for line in comments)
    yield from (f"{key} = {text}" for key, text in header)
    for block in blocks:
        yield from ("", f"{block.name}_START", *(f"COMMENT {line}" for line in block.comments))
        for key, text in block.pairs:
            unit = BLOCKS[block.name].get(key, "")
            yield f"{key} = {text} [{unit}]" if unit else f"{key} = {text}"
        yield from block.lines
        yield f"{block.name}_STOP"


def _xml(comments: tuple[str, ...], header: list[tuple[str, str]], blocks: list[_Block]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield from ('<ocm id="CCSDS_OCM_VERS" version="3.0">', "<header>")
    yield from (f"<COMMENT>{escape(line)}</COMMENT>" for line in comments)
    yield from (f"<{key}>{escape(text)}</{key}>" for key, text in header)
    yield from ("</header>", "<body>", "<segment>")
    for block in blocks:
        tag = "metadata" if block.name == "META" else block.name.lower()
        yield from (f"<{tag}>", *(f"<COMMENT>{escape(line)}</COMMENT>" for line in block.comments))
        for key, text in block.pairs:
            yield _element(block.name, key, text)
        yield from (f"<{tag}Line>{line}</{tag}Line>" for line in block.lines)
        yield f"</{tag}>"
        if block.name == "META":
            yield "<data>"
    yield from ("</data>", "</segment>", "</body>", "</ocm>")


def _element(block: str, key: str, text: str) -> str:
    if block == "USER":
        return f"<USER_DEFINED parameter={quoteattr(key.removeprefix('USER_DEFINED_'))}>{escape(text)}</USER_DEFINED>"
    unit = BLOCKS[block].get(key, "")
    return f'<{key} units="{unit}">{escape(text)}</{key}>' if unit else f"<{key}>{escape(text)}</{key}>"
