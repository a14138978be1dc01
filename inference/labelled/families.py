"""Families of documents: near-duplicates and documents of one layout, which must never part between folds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from inference.reading.document import Document
from schemas.canonical import sha256_hex

NEAR = 0.4
"""Cosine of two sketches from which on documents are of one family."""

NEARLY_EQUAL = 0.9
"""The same for documents that hardly differ: what stays together where one vendor's documents may part."""

_WIDTH = 8192
_LONGEST = 4000
_RUN = 5
_COMMON = 0.1
_BLOCK = 256
_DIGIT = re.compile(r"\d")
_FOLD = 0xFFFFFFFF


def families_of(
    documents: Mapping[str, Document], templates: Mapping[str, str], *, near: float = NEAR
) -> dict[str, str]:
    """Return the family of each document, by key.

    Documents with a template are of its family. The others are joined where the runs of five characters
    of their text, digits masked, have a cosine of at least ``near``, and along chains of such pairs. What
    many of the documents say weighs little: the language of contracts and the labels of a form are no
    family, a letterhead is. The names of families do not depend on the order of the documents.
    """
    out = {key: f"template:{template}" for key, template in templates.items() if template}
    keys = sorted(key for key in documents if key not in out)
    root = list(range(len(keys)))

    def find(index: int) -> int:
        while root[index] != index:
            root[index] = root[root[index]]
            index = root[index]
        return index

    for one, other in near_pairs([documents[key] for key in keys], near):
        low, high = sorted((find(one), find(other)))
        root[high] = low
    for index, key in enumerate(keys):
        out[key] = "near:" + sha256_hex(keys[find(index)].encode())[:16]
    return out


def near_pairs(documents: Sequence[Document], near: float) -> list[tuple[int, int]]:
    """Return the pairs of documents whose texts are near, as seen among these documents."""
    if not documents:
        return []
    counts = np.stack([_runs(document.text) for document in documents])
    rarity = np.log((1 + len(documents)) / (1 + (counts > 0).sum(axis=0))) + _COMMON
    sketches = np.log1p(counts) * rarity.astype(np.float32)
    sketches /= np.sqrt((sketches**2).sum(axis=1, keepdims=True)) + np.float32(1e-9)
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(sketches), _BLOCK):
        cosines = sketches[start : start + _BLOCK] @ sketches.T
        for one, other in np.argwhere(cosines >= near).tolist():
            if start + one < other:
                pairs.append((start + one, other))
    return pairs


def _runs(text: str) -> NDArray[np.float32]:
    """Return how often each run of characters occurs at the beginning of a text, hashed to _WIDTH counts."""
    masked = " ".join(_DIGIT.sub("0", text[:_LONGEST]).casefold().split())
    points = np.array([ord(c) for c in masked], dtype=np.int64)
    if len(points) < _RUN:
        return np.zeros(_WIDTH, dtype=np.float32)
    rolled = np.zeros(len(points) - _RUN + 1, dtype=np.int64)
    for step in range(_RUN):
        rolled = (rolled * 131 + points[step : len(rolled) + step]) & _FOLD
    mixed = (rolled * 0x9E3779B1) & _FOLD
    return np.bincount((mixed ^ (mixed >> 15)) % _WIDTH, minlength=_WIDTH).astype(np.float32)
