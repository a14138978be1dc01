"""Spoiled files of every format come to an end with a sentence; ``python -m tests.fuzz`` runs thousands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.__main__ import fuzz
from tests.fuzz.mutations import MUTATIONS, mutants
from tests.fuzz.seeds import seeds

SEED = 20_261_121


@pytest.mark.slow
def test_spoiled_files_of_every_format_end_with_a_sentence_and_harm_nobody(tmp_path: Path) -> None:
    sound = list(seeds())

    code, ends = fuzz(tmp_path, tmp_path / "home", len(sound) * len(MUTATIONS), SEED)

    assert code == 0
    assert ends.clean, "\n".join(ends.lines())
    assert sum(ends.reached.values()) >= len(sound) * len(MUTATIONS)


def test_equal_seeds_make_equal_files() -> None:
    sound = list(seeds())

    assert mutants(50, sound, 3) == mutants(50, sound, 3)
    assert mutants(50, sound, 3) != mutants(50, sound, 4)
