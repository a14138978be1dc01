"""Precedents in a model file: sketches and outcomes, from which no page can be read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inference.extractor.precedents import PRECEDENT_SIGNALS, Past, Precedents
from inference.extractor.sketches import BUCKETS, PAGE, PLACE, SKETCHES_VERSION, Rarity, Sketch
from inference.learned.variant import Array, BrokenVariantError, Parts, wanted
from schemas.canonical import digest

PRECEDENT_SPACE = digest([SKETCHES_VERSION, BUCKETS, PAGE, PLACE, PRECEDENT_SIGNALS])
"""Names what sketches mean: a file made with other ones is refused."""

_RIGHT, _GIVEN, _FOUND = 1, 2, 4


def put_precedents(precedents: Precedents, arrays: dict[str, Array]) -> None:
    """Put the arrays of precedents among those of a file."""
    arrays["past.rarity"] = precedents.rarity.tenths.view(np.int8)
    arrays["past.pages"] = precedents.pages.view(np.int8)
    for number, past in enumerate(precedents.fields.values()):
        marks = _RIGHT * past.right + _GIVEN * past.given + _FOUND * past.found
        arrays[f"past{number}.documents"] = past.documents.astype("<u2")
        arrays[f"past{number}.marks"] = marks.astype(np.int8)
        arrays[f"past{number}.chosen"] = past.chosen.view(np.int8)
        arrays[f"past{number}.wanted"] = past.wanted.view(np.int8)


def precedents_in(parts: Parts, fields: Sequence[str]) -> Precedents:
    """Return the precedents of a file, whose header names the fields that have any.

    Raises:
        BrokenVariantError: An array is missing or of another shape, or speaks of a page that is not there.
    """
    pages = _sketches(parts, "past.pages", None, PAGE)
    rarity = wanted(parts, "past.rarity", "i1", (BUCKETS,)).view(np.uint8)
    past = {name: _past(parts, number, len(pages)) for number, name in enumerate(fields)}
    return Precedents(Rarity(rarity), pages, past)


def _past(parts: Parts, number: int, pages: int) -> Past:
    documents = wanted(parts, f"past{number}.documents", "u2", (None,)).astype(np.int64)
    count = len(documents)
    if not count or documents.max() >= pages:
        raise BrokenVariantError(f"the precedents {number} are about pages that it does not hold")
    marks = wanted(parts, f"past{number}.marks", "i1", (count,)).astype(np.int64)
    return Past(
        documents=documents,
        right=marks & _RIGHT,
        given=(marks & _GIVEN) > 0,
        chosen=_sketches(parts, f"past{number}.chosen", count, PLACE),
        found=(marks & _FOUND) > 0,
        wanted=_sketches(parts, f"past{number}.wanted", count, PLACE),
    )


def _sketches(parts: Parts, name: str, count: int | None, places: int) -> Sketch:
    return wanted(parts, name, "i1", (count, places)).view(np.uint8)
