"""Labelled documents: what training and certification learn from, and the folds that keep it honest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from inference.reading.document import Document, Ints


@dataclass(frozen=True)
class TableLabel:
    """The rows that a person (or a document's maker) says a table has; none: it has no such table.

    Attributes:
        rows: Labels by column, as written; a column that a row does not name is absent from the row.
        columns: The columns that are labelled at all.
    """

    rows: tuple[Mapping[str, str], ...]
    columns: frozenset[str]


@dataclass(frozen=True)
class LabelledDocument:
    """A document with what a person (or its maker) says its fields hold.

    Attributes:
        key: Stable name; training depends on it and never on the order of files.
        document: As a model sees it.
        fields: Labels by field, as written; an empty tuple says absent. A field that is not in here is
            not labelled, and nothing is learned from it.
        family: Documents of one family never part between folds (one vendor, one template).
        weight: How much it counts in training.
        weights: The same by field, where it differs.
        spans: Words that are the evidence, by field; a presence field is learned from nothing else.
        generated: The project made it itself.
        set_name: The set it comes from.
        tables: Labels of lists of rows by field; a field that is not in here is not labelled.
        contradicted: Fields that another labelling of the same page labels differently: they are not in
            ``fields``, because nothing says who is right.
    """

    key: str
    document: Document
    fields: Mapping[str, tuple[str, ...]]
    family: str = ""
    weight: float = 1.0
    spans: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    generated: bool = False
    set_name: str = ""
    tables: Mapping[str, TableLabel] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    contradicted: frozenset[str] = frozenset()

    def weight_of(self, name: str) -> float:
        """Return how much field ``name`` counts in training."""
        return self.weights.get(name, self.weight)


@dataclass(frozen=True)
class TypedDocument:
    """A document whose type is known; ``unknown`` for one of none of the types.

    Attributes:
        contradicted: Another labelling of the same page says another type: it teaches none.
    """

    key: str
    document: Document
    doc_type: str
    family: str = ""
    generated: bool = False
    set_name: str = ""
    contradicted: bool = False


def split(documents: Sequence[LabelledDocument | TypedDocument], folds: int, seed: int) -> Ints:
    """Return each document's fold: whole families, largest first into the emptiest fold.

    The same documents and seed give the same folds in any order of the documents.
    """
    members: dict[str, list[int]] = {}
    for index, document in enumerate(documents):
        members.setdefault(document.family or document.key, []).append(index)

    def rank(family: str) -> tuple[int, str]:
        return -len(members[family]), hashlib.sha256(f"{seed}\x1f{family}".encode()).hexdigest()

    out = np.zeros(len(documents), dtype=np.int64)
    sizes = [0] * folds
    for family in sorted(members, key=rank):
        emptiest = sizes.index(min(sizes))
        out[members[family]] = emptiest
        sizes[emptiest] += len(members[family])
    return out
