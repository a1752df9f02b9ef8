"""Fifty thousand damaged files of every kind: each ends in a result or in our error class, within two seconds."""

from __future__ import annotations

import time

import pytest
from tests.formats.specimens import mutated, outcome, specimens

pytestmark = pytest.mark.validation

CASES, PARTS = 50_000, 4
FIRST_SEED = 1_000_000  # other files than the quick test reads


@pytest.mark.parametrize("part", range(PARTS))
def test_fifty_thousand_mutated_files(tmp_path, figure, part):
    corpus = specimens(tmp_path)
    slowest_s = 0.0
    refused = 0
    count = CASES // PARTS
    for seed in range(FIRST_SEED + part * count, FIRST_SEED + (part + 1) * count):
        content = mutated(seed, corpus)
        start = time.process_time()
        refused += isinstance(outcome(tmp_path / "mutated", content), Exception)
        slowest_s = max(slowest_s, time.process_time() - start)
    source = "issue: mutated inputs end in a result or a refusal within 2 s"
    figure(f"mutated-inputs-read-{part}", count - refused, count // 50, "files", source, kind="min")
    figure(f"mutated-inputs-slowest-{part}", slowest_s, 2.0, "s of processor time", source)
