"""A classifier as a model file, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from inference.classifier.familiarity import (
    BUCKETS,
    DEPTHS,
    SKETCH,
    VIEWS,
    Familiar,
    Kind,
    of_length_one,
)
from inference.classifier.model import Classifier
from inference.classifier.profile import (
    HEAD,
    HEAD_BITS,
    MOST_CHARACTERS,
    MOST_TOKENS,
    RUN_BITS,
    WIDTH,
    WORD_BITS,
)
from inference.learned.parts import check_space, facts_in
from inference.learned.variant import Array, BrokenVariantError, Parts, pack, unpack, wanted
from schemas.canonical import digest
from schemas.layout import Frozen

PROFILE_SPACE = digest(
    [WORD_BITS, RUN_BITS, HEAD_BITS, MOST_TOKENS, MOST_CHARACTERS, BUCKETS, SKETCH, HEAD, *DEPTHS, 4]
)
"""Names what the weights mean: a file made for other profiles is refused."""


class _Facts(Frozen):
    types: tuple[str, ...]
    profile_space: str
    intercepts: tuple[float, ...]
    scales: tuple[float, ...]
    temperature: float
    steps: tuple[tuple[float, ...], ...]
    training: dict[str, Any]


def dump_classifier(classifier: Classifier, *, training: dict[str, Any]) -> bytes:
    """Return the classifier's file; the same classifier and facts give the same bytes."""
    scales = [float(np.float32(np.abs(row).max() / 127)) or 1.0 for row in classifier.weights]
    arrays: dict[str, Array] = {
        "idf": classifier.idf.astype("<f2"),
        "weights": np.round(classifier.weights / np.array(scales)[:, None]).astype("<i1"),
    }
    for number, own in enumerate(classifier.familiar):
        arrays[f"{number}.explained"] = own.explained.astype("<f4")
        arrays[f"{number}.strangeness"] = own.strangeness.astype("<f4")
        for view, kind in enumerate(classifier.kinds[number]):
            arrays[f"{number}.{view}.rarity"] = kind.rarity.astype("<i1")
            arrays[f"{number}.{view}.directions"] = kind.eight_bits().astype("<i1")
    facts = _Facts(
        types=classifier.types,
        profile_space=PROFILE_SPACE,
        intercepts=tuple(float(value) for value in classifier.intercepts),
        scales=tuple(scales),
        temperature=classifier.temperature,
        steps=tuple(tuple(kind.step for kind in kinds) for kinds in classifier.kinds),
        training=training,
    )
    return pack(Parts("classifier", facts.model_dump(mode="json"), arrays))


def load_classifier(data: bytes) -> Classifier:
    """Return the classifier in a model file.

    Raises:
        BrokenVariantError: The file is damaged, foreign, or made for other profiles.
    """
    parts = unpack(data, "classifier")
    facts = facts_in(parts, _Facts)
    check_space(facts.profile_space, PROFILE_SPACE, "profiles")
    count = len(facts.types)
    if len(facts.intercepts) != count or len(facts.scales) != count or facts.temperature <= 0:
        raise BrokenVariantError("its header has other numbers of types, intercepts or scales")
    if len(set(facts.types)) != count:
        raise BrokenVariantError("its header names a type twice")
    if len(facts.steps) != count or any(len(steps) != VIEWS for steps in facts.steps):
        raise BrokenVariantError("its header has other numbers of types or views")
    weights = wanted(parts, "weights", "i1", (count, WIDTH)).astype(np.float64)
    return Classifier(
        facts.types,
        wanted(parts, "idf", "f2", (WIDTH,)).astype(np.float64),
        weights * np.array(facts.scales)[:, None],
        np.array(facts.intercepts),
        facts.temperature,
        tuple(tuple(_kind(parts, f"{n}.{v}", facts.steps[n][v]) for v in range(VIEWS)) for n in range(count)),
        tuple(_familiar(parts, n) for n in range(count)),
    )


def _kind(parts: Parts, name: str, step: float) -> Kind:
    rarity = wanted(parts, f"{name}.rarity", "i1", (BUCKETS,)).astype(np.int64)
    return Kind(rarity, step, of_length_one(wanted(parts, f"{name}.directions", "i1", (None, SKETCH))))


def _familiar(parts: Parts, number: int) -> Familiar:
    explained = wanted(parts, f"{number}.explained", "f4", (None, VIEWS * len(DEPTHS)))
    strangeness = wanted(parts, f"{number}.strangeness", "f4", (None,))
    return Familiar(explained.astype(np.float64), strangeness.astype(np.float64))
