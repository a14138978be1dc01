"""Families of documents: near-duplicates and documents of one layout, which must never part between folds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from inference.document import Document, Floats
from schemas.canonical import sha256_hex

NEAR = 0.75
"""Cosine of two sketches from which on documents are of one family."""

_WIDTH = 2048
_LONGEST = 4000
_RUN = 4
_DIGIT = re.compile(r"\d")
_FOLD = 0xFFFFFFFF


def families_of(
    documents: Mapping[str, Document], templates: Mapping[str, str], *, near: float = NEAR
) -> dict[str, str]:
    """Return the family of each document, by key.

    Documents with a template are of its family. The others are joined where the runs of four characters
    of their text, digits masked, have a cosine of at least ``near``, and along chains of such pairs. The
    names of families do not depend on the order of the documents.
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
    """Return the pairs of documents whose texts are near."""
    if not documents:
        return []
    sketches = np.stack([_runs(document.text) for document in documents])
    pairs: list[tuple[int, int]] = []
    for index in range(len(sketches) - 1):
        cosines = sketches[index + 1 :] @ sketches[index]
        pairs += [(index, index + 1 + int(other)) for other in np.flatnonzero(cosines >= near)]
    return pairs


def _runs(text: str) -> Floats:
    """Return the vector of a text's character runs, of length one, hashed to _WIDTH sums."""
    masked = " ".join(_DIGIT.sub("0", text[:_LONGEST]).casefold().split())
    points = np.array([ord(c) for c in masked], dtype=np.int64)
    if len(points) < _RUN:
        return np.zeros(_WIDTH)
    rolled = np.zeros(len(points) - _RUN + 1, dtype=np.int64)
    for step in range(_RUN):
        rolled = (rolled * 131 + points[step : len(rolled) + step]) & _FOLD
    mixed = (rolled * 0x9E3779B1) & _FOLD
    counts = np.bincount((mixed ^ (mixed >> 15)) % _WIDTH, minlength=_WIDTH).astype(float)
    weights = np.log1p(counts)
    return np.asarray(weights / np.sqrt((weights**2).sum()), dtype=float)
