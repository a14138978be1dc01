"""An extractor as a model file, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from inference.extractor.bonds import Bonds
from inference.extractor.calibration import PER_FIELD, Head
from inference.extractor.decisions import SIGNALS
from inference.extractor.groups import FEATURES, LABELLED
from inference.extractor.labels import LABELS_VERSION
from inference.extractor.model import Extractor
from inference.extractor.precedents import PRECEDENT_SIGNALS
from inference.extractor.precedents_file import PRECEDENT_SPACE, precedents_in, put_precedents
from inference.extractor.ranker import Context, Dense, FieldModel, Memory
from inference.learned.parts import check_space, facts_in
from inference.learned.variant import Array, BrokenVariantError, Parts, pack, unpack, wanted
from inference.reading.codes import CODE_BITS, CODES, FEATURES_VERSION
from inference.reading.lexicon import Lexicon, Meaning
from inference.tables.file import TableFacts, table_facts, table_reader
from schemas.canonical import digest
from schemas.fields import FieldKind
from schemas.layout import Frozen, Unit

FEATURE_SPACE = digest([FEATURES_VERSION, CODE_BITS, *FEATURES, SIGNALS, PER_FIELD])
"""Names what the weights mean: a file made for other features is refused."""

LABELLED_SPACE = digest([FEATURES_VERSION, LABELS_VERSION, CODE_BITS, *LABELLED, SIGNALS, PER_FIELD])
"""The same of a type that states labels."""


class _FieldFacts(Frozen):
    name: str
    kind: FieldKind
    many: bool
    constant: Unit
    threshold: Unit
    context: tuple[float, float] | None
    dense: float | None
    rivals: bool = False


class _MeaningFacts(Frozen):
    name: str
    labels: tuple[str, ...]
    party: bool


class _Facts(Frozen):
    doc_type: str
    schema_digest: str
    feature_space: str
    day_first: bool | None
    fields: tuple[_FieldFacts, ...]
    head: tuple[str, ...]
    head_intercept: float
    head_weights: bool
    training: dict[str, Any]
    # Left out of the header of types without lists of rows or labels, whose files keep their bytes.
    tables: tuple[TableFacts, ...] = Field(default=(), exclude_if=lambda tables: not tables)
    lexicon: tuple[_MeaningFacts, ...] = Field(default=(), exclude_if=lambda lexicon: not lexicon)
    sums: tuple[tuple[str, ...], ...] = Field(default=(), exclude_if=lambda sums: not sums)
    absent: dict[str, Unit] = Field(default={}, exclude_if=lambda absent: not absent)
    precedents: str = Field(default="", exclude_if=lambda precedents: not precedents)
    remembered: tuple[str, ...] = Field(default=(), exclude_if=lambda remembered: not remembered)


def dump_extractor(extractor: Extractor, *, schema_digest: str, training: dict[str, Any]) -> bytes:
    """Return the extractor's file; the same extractor and facts give the same bytes.

    Args:
        extractor: What was trained.
        schema_digest: Of the type's schema it was trained for.
        training: What the training was: data digest, seed, folds, counts.
    """
    arrays: dict[str, Array] = {}
    facts = tuple(
        _field_facts(model, f"{number}", arrays) for number, model in enumerate(extractor.fields.values())
    )
    if extractor.precedents is not None:
        put_precedents(extractor.precedents, arrays)
    arrays["head"] = extractor.head.weights.astype("<f4")
    tables = tuple(
        table_facts(reader, f"table{number}", arrays)
        for number, reader in enumerate(extractor.tables.values())
    )
    whole = _Facts(
        doc_type=extractor.doc_type,
        schema_digest=schema_digest,
        feature_space=LABELLED_SPACE if extractor.lexicon else FEATURE_SPACE,
        day_first=extractor.day_first,
        fields=facts,
        head=extractor.head.fields,
        head_intercept=extractor.head.intercept,
        head_weights=bool(len(extractor.head.weights)),
        training=training,
        tables=tables,
        lexicon=tuple(
            _MeaningFacts(name=meaning.name, labels=meaning.labels, party=meaning.party)
            for meaning in extractor.lexicon.meanings
        ),
        sums=extractor.bonds.sums,
        absent=dict(extractor.bonds.absent),
        precedents=PRECEDENT_SPACE if extractor.precedents else "",
        remembered=tuple(extractor.precedents.fields) if extractor.precedents else (),
    )
    return pack(Parts("extractor", whole.model_dump(mode="json"), arrays))


def _field_facts(model: FieldModel, key: str, arrays: dict[str, Array]) -> _FieldFacts:
    """Put a field's arrays under ``key`` and return what the header says of it."""
    arrays[f"{key}.memory"] = model.memory.hashes
    arrays[f"{key}.counts"] = model.memory.counts
    if model.context is not None:
        arrays[f"{key}.context"] = model.context.weights
    if model.dense is not None:
        dense = (model.dense.mean, model.dense.scale, model.dense.weights)
        arrays[f"{key}.dense"] = np.stack(dense).astype("<f4")
    return _FieldFacts(
        name=model.field,
        kind=model.kind,
        many=model.many,
        constant=model.constant,
        threshold=model.threshold,
        context=None if model.context is None else (model.context.scale, model.context.intercept),
        dense=None if model.dense is None else model.dense.intercept,
        rivals=model.dense is not None and model.dense.rivals,
    )


def load_extractor(data: bytes) -> Extractor:
    """Return the extractor in a model file.

    Raises:
        BrokenVariantError: The file is damaged, foreign, or made for other features.
    """
    parts = unpack(data, "extractor")
    facts = facts_in(parts, _Facts)
    space, names = (LABELLED_SPACE, LABELLED) if facts.lexicon else (FEATURE_SPACE, FEATURES)
    check_space(facts.feature_space, space, "features")
    fields = {
        field.name: _field(parts, number, field, len(names)) for number, field in enumerate(facts.fields)
    }
    precedents = None
    if facts.precedents:
        check_space(facts.precedents, PRECEDENT_SPACE, "precedents")
        precedents = precedents_in(parts, facts.remembered)
    signals = SIGNALS + (PRECEDENT_SIGNALS if precedents else 0)
    length = signals + PER_FIELD * len(facts.head) if facts.head_weights else 0
    weights = wanted(parts, "head", "f4", (length,)).astype(np.float64)
    tables = {one.field: table_reader(parts, f"table{n}", one) for n, one in enumerate(facts.tables)}
    head = Head(facts.head, weights, facts.head_intercept)
    meanings = (Meaning(one.name, one.labels, one.party) for one in facts.lexicon)
    lexicon, bonds = Lexicon(tuple(meanings)), Bonds(facts.sums, facts.absent)
    return Extractor(facts.doc_type, fields, head, facts.day_first, tables, lexicon, bonds, precedents)


def _field(parts: Parts, number: int, facts: _FieldFacts, width: int) -> FieldModel:
    hashes = wanted(parts, f"{number}.memory", "u8", (None,))
    counts = wanted(parts, f"{number}.counts", "u2", (len(hashes),))
    if (hashes[1:] <= hashes[:-1]).any():
        raise BrokenVariantError(f"the memory of {facts.name!r} is not in order")
    context = dense = None
    if facts.context is not None:
        weights = wanted(parts, f"{number}.context", "i1", (CODES,))
        context = Context(weights, *facts.context)
    if facts.dense is not None:
        rows = wanted(parts, f"{number}.dense", "f4", (3, width)).astype(np.float64)
        if (rows[1] <= 0).any():
            raise BrokenVariantError(f"stage two of {facts.name!r} has a scale that is not positive")
        dense = Dense(rows[0], rows[1], rows[2], facts.dense, facts.rivals)
    return FieldModel(
        facts.name, facts.kind, facts.many, context, dense, facts.constant, facts.threshold,
        Memory(hashes, counts),
    )  # fmt: skip
