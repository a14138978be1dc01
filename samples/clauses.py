"""Standard clauses of contracts, from ``wording/``: they say nothing about any field, but stand around it."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Mapping
from pathlib import Path

WORDING = Path(__file__).parent / "wording"


@functools.cache
def pool(name: str) -> dict[str, tuple[str, ...]]:
    """Return the paragraphs of ``wording/<name>.txt`` by heading."""
    clauses: dict[str, tuple[str, ...]] = {}
    for block in (WORDING / f"{name}.txt").read_text(encoding="utf-8").split("\n# ")[1:]:
        heading, *texts = (" ".join(part.split()) for part in block.strip().split("\n\n"))
        clauses[heading] = tuple(texts)
    return clauses


def phrase(rng: random.Random, name: str, **words: str) -> str:
    """Return one wording of the sentence ``name`` in ``wording/phrases.txt``, its placeholders filled."""
    wordings = pool("phrases")[name]
    return wordings[rng.randrange(len(wordings))].format(**words)


def paragraphs(name: str, **words: str) -> list[str]:
    """Return the paragraphs of ``wording/<name>.txt``, their placeholders filled."""
    text = (WORDING / f"{name}.txt").read_text(encoding="utf-8")
    return [" ".join(part.split()).format(**words) for part in text.split("\n\n")]


def some_clauses(
    rng: random.Random, name: str, count: int, words: Mapping[str, str]
) -> list[tuple[str, list[str]]]:
    """Return ``count`` different clauses as (heading, paragraphs), their placeholders filled."""
    clauses = pool(name)
    chosen = []
    for heading in rng.sample(sorted(clauses), min(count, len(clauses))):
        texts = list(clauses[heading])
        if len(texts) > 1 and rng.random() < 0.4:
            texts = [texts[rng.randrange(len(texts))]]
        chosen.append((heading, [_capitals(text.format(**words)) for text in texts]))
    return chosen


def _capitals(text: str) -> str:
    """Return ``text`` with every sentence beginning in upper case."""
    return re.sub(r"(^|\. )([a-z])", lambda match: match[1] + match[2].upper(), text)
