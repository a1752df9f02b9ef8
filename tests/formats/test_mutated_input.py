from __future__ import annotations

import pytest
from tests.formats.specimens import mutated, outcome, specimens

CASES, PER_TEST = 2000, 250


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return specimens(tmp_path_factory.mktemp("specimens"))


def test_every_specimen_is_read(tmp_path, corpus):
    kinds = {name: outcome(tmp_path / "any.name", content).kind for name, content in corpus.items()}
    assert kinds == {name: name.partition(".")[0] for name in corpus}


@pytest.mark.parametrize("start", range(0, CASES, PER_TEST))
def test_mutated_input_ends_in_a_result_or_a_refusal(tmp_path, corpus, start):
    outcomes = [outcome(tmp_path / "mutated", mutated(seed, corpus)) for seed in range(start, start + PER_TEST)]
    refused = sum(isinstance(one, Exception) for one in outcomes)
    assert 0.2 * PER_TEST < refused < PER_TEST  # else the mutations are too tame, or nothing is read any more
