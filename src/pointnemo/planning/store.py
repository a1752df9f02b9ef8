"""Stage results on disk, inside a run folder: a document as JSON, its bulk arrays as NPZ, and an index of hashes.

No pickles: a run folder may come from somebody else.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from pointnemo.errors import Defect, RunFolderError
from pointnemo.planning.request import Run
from pointnemo.results import Assess, Descend, History, Impacts, LossDay, Operate, Reenter, Skipped, Track, Trajectory
from pointnemo.scenario import dump_toml

__all__ = ["SCENARIO_FILE", "Stored", "load_stages", "save_stages"]

SCHEMA = "pointnemo/stages/1"
SCENARIO_FILE = "stages/scenario.toml"
TEXTS = ("runs", "tanks", "segments", "elements", "classes")  # fields of bulk arrays that are tuples of words
BULK: dict[str, tuple[str, type]] = {
    "operate": ("history", History),
    "descend": ("trajectory", Trajectory),
    "reenter": ("impacts", Impacts),
}
LOSSES_FILE = "losses.json.gz"  # the days of which ``Descend.losses`` are some
LOSSES = TypeAdapter(tuple[LossDay, ...])
DOCUMENTS: dict[str, TypeAdapter[Any]] = {
    "track": TypeAdapter(Track | Skipped),
    "operate": TypeAdapter(Operate | Skipped),
    "descend": TypeAdapter(Descend | Skipped),
    "reenter": TypeAdapter(Reenter | Skipped),
    "assess": TypeAdapter(Assess | Skipped),
}


@dataclasses.dataclass(frozen=True)
class Stored:
    """An earlier run: every stage with the hash of its inputs. Its scenario is the file ``SCENARIO_FILE``."""

    set: tuple[str, ...]
    orbit_hashes: tuple[str, ...]
    hashes: dict[str, str]
    documents: dict[str, Any]
    bulk: dict[str, Any]
    loss_days: tuple[LossDay, ...] | None = None

    def get(self, stage: str, wanted_hash: str) -> Any | None:
        """The stored document of a stage if its inputs are the wanted ones, with its arrays attached."""
        if self.hashes.get(stage) != wanted_hash or stage not in self.documents:
            return None
        document = self.documents[stage]
        if stage in BULK and not isinstance(document, Skipped):
            name, _ = BULK[stage]
            days = {"loss_days": self.loss_days} if stage == "descend" else {}
            return document.model_copy(update={name: self.bulk.get(stage), **days})
        return document


def save_stages(run: Run, folder: Path) -> None:
    """Write the stages of a run that were asked for.

    Args:
        run: the run.
        folder: an existing folder; normally ``stages`` inside a run folder that is not yet in place.
    """
    stages = [stage for stage in DOCUMENTS if not _not_asked_for(run, stage)]
    index = {
        "schema": SCHEMA,
        "set": list(run.plan.provenance.set),
        "orbit_hashes": list(run.orbit_hashes),
        "hashes": {stage: run.stage_hashes[stage] for stage in stages},
    }
    (folder / "index.json").write_text(json.dumps(index, indent=1) + "\n")
    (folder / Path(SCENARIO_FILE).name).write_text(dump_toml(run.scenario))
    bulk = {"operate": run.history, "descend": run.trajectory, "reenter": run.impacts}
    for stage in stages:
        document = getattr(run.plan, stage)
        (folder / f"{stage}.json").write_text(document.model_dump_json(indent=1) + "\n")
        if bulk.get(stage) is not None:
            fields = {field.name: getattr(bulk[stage], field.name) for field in dataclasses.fields(bulk[stage])}
            arrays = {name: np.asarray(value) for name, value in fields.items() if value is not None}
            np.savez_compressed(folder / f"{stage}.npz", **arrays)  # type: ignore[arg-type]
    if "descend" in stages and (days := getattr(run.plan.descend, "loss_days", None)):
        (folder / LOSSES_FILE).write_bytes(gzip.compress(LOSSES.dump_json(days), mtime=0))


def _not_asked_for(run: Run, stage: str) -> bool:
    order = list(DOCUMENTS)
    upto = run.request.upto
    return upto != "plan" and order.index(stage) > order.index(upto)


def load_stages(folder: Path) -> Stored:
    """Read the stages of a run folder.

    Args:
        folder: the run folder itself.

    Returns:
        What is stored there.

    Raises:
        RunFolderError: it is not a run folder, or a file in it is damaged.
    """
    stages = folder / "stages"
    index_path = stages / "index.json"
    if not index_path.is_file():
        raise RunFolderError(
            f"{folder} is not a run folder",
            [Defect(str(index_path), "no such file", "give a folder that `pointnemo plan` wrote, or a scenario")],
        )
    try:
        index = json.loads(index_path.read_text())
        if index.get("schema") != SCHEMA:
            raise ValueError(f"schema is {index.get('schema')!r}, not {SCHEMA!r}")
        documents = {
            stage: DOCUMENTS[stage].validate_json((stages / f"{stage}.json").read_text())
            for stage in index["hashes"]
            if stage in DOCUMENTS
        }
        bulk = {stage: _load_bulk(stages / f"{stage}.npz", kind) for stage, (_, kind) in BULK.items()}
        days = _load_losses(stages / LOSSES_FILE)
        return Stored(tuple(index["set"]), tuple(index["orbit_hashes"]), dict(index["hashes"]), documents, bulk, days)
    except (OSError, EOFError, ValueError, KeyError, TypeError, ValidationError, zlib.error) as error:
        first = str(error).splitlines()[0]
        raise RunFolderError(
            f"{folder} cannot be read", [Defect(str(stages), first, "run the scenario again into a new folder")]
        ) from error


def _load_losses(path: Path) -> tuple[LossDay, ...] | None:
    return LOSSES.validate_json(gzip.decompress(path.read_bytes())) if path.is_file() else None


def _load_bulk(path: Path, kind: type) -> Any | None:
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        values: dict[str, Any] = {name: arrays[name] for name in arrays.files}
    texts = {name: tuple(str(item) for item in value) for name, value in values.items() if value.dtype.kind == "U"}
    fields = dataclasses.fields(kind)
    names = {field.name for field in fields}
    needed = {field.name for field in fields if field.default is dataclasses.MISSING}
    if not needed <= set(values) <= names:
        raise ValueError(f"{path.name} holds {sorted(values)}, not {sorted(names)}")
    empty = {
        name: () for name, value in values.items() if value.dtype.kind == "f" and value.size == 0 and name in TEXTS
    }
    return kind(**{**values, **texts, **empty})
