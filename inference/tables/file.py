"""Readers of lists of rows within an extractor's file, and back."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from inference.learned.trees import Trees
from inference.learned.variant import Array, BrokenVariantError, Parts, wanted
from inference.reading.document import Floats
from inference.tables.columns import PART_FEATURES
from inference.tables.heads import ANOTHER, BUCKETS, NO_HEADING, Headings
from inference.tables.lines import LINE_FEATURES, WORD_BUCKETS
from inference.tables.model import MATCHER_HEADS, TableColumn, TableModel
from inference.tables.reading import TableReader
from inference.tables.refining import REFINING_FEATURES
from inference.tables.text import TEXT_FEATURES
from inference.tables.trust import CELL_SIGNALS, TABLE_SIGNALS, Trust
from schemas.canonical import digest
from schemas.fields import FieldKind
from schemas.layout import Frozen, Unit

TABLES_VERSION = 2
"""Raised whenever the features of tables change their meaning, so that no weights are used for others."""
TABLE_SPACE = digest(
    [
        TABLES_VERSION, BUCKETS, WORD_BUCKETS, LINE_FEATURES, REFINING_FEATURES, PART_FEATURES, TEXT_FEATURES,
        TABLE_SIGNALS, CELL_SIGNALS,
    ]
)  # fmt: skip
_DEEPEST = 8


class TreesFacts(Frozen):
    """What is known of trees besides their arrays."""

    offset: float
    depth: int = Field(ge=1, le=_DEEPEST)


class ColumnFacts(Frozen):
    """A column that a reader was trained for."""

    name: str
    kind: FieldKind
    required: bool
    matcher: TreesFacts
    texts: TreesFacts | None


class TableFacts(Frozen):
    """A reader of a list of rows besides its arrays."""

    field: str
    space: str
    columns: tuple[ColumnFacts, ...]
    words_intercept: float
    products: tuple[tuple[str, str, str], ...] = ()
    lines: TreesFacts
    refining: TreesFacts
    quality: TreesFacts
    absent: Unit


def table_facts(reader: TableReader, prefix: str, arrays: dict[str, Array]) -> TableFacts:
    """Return a reader's facts, and put its arrays into ``arrays`` under names that begin with ``prefix``."""
    model, trust = reader.model, reader.trust
    arrays[f"{prefix}.headings"] = model.headings.weights.astype("<f2")
    arrays[f"{prefix}.heading-offsets"] = model.headings.intercepts.astype("<f2")
    arrays[f"{prefix}.words"] = model.words.astype("<f2")
    arrays[f"{prefix}.whole"] = trust.whole.astype("<f4")
    arrays[f"{prefix}.cells"] = trust.cells.astype("<f4")
    columns = tuple(
        ColumnFacts(
            name=column.name,
            kind=column.kind,
            required=column.required,
            matcher=_kept(column.matcher, f"{prefix}.column{number}.matcher", arrays),
            texts=None
            if column.texts is None
            else _kept(column.texts, f"{prefix}.column{number}.texts", arrays),
        )
        for number, column in enumerate(model.columns)
    )
    return TableFacts(
        field=model.field,
        space=TABLE_SPACE,
        columns=columns,
        words_intercept=model.words_intercept,
        products=model.products,
        lines=_kept(model.lines, f"{prefix}.lines", arrays),
        refining=_kept(model.refining, f"{prefix}.refining", arrays),
        quality=_kept(trust.quality, f"{prefix}.quality", arrays),
        absent=trust.absent,
    )


def table_reader(parts: Parts, prefix: str, facts: TableFacts) -> TableReader:
    """Return the reader in a file.

    Raises:
        BrokenVariantError: An array is missing or of another shape, trees lead out of themselves, or it was
            made for other features.
    """
    if facts.space != TABLE_SPACE:
        raise BrokenVariantError(f"the table {facts.field!r} was trained for other features; train it again")
    meanings = (*(column.name for column in facts.columns), ANOTHER, NO_HEADING)
    count = len(meanings)
    headings = Headings(
        meanings,
        _floats(parts, f"{prefix}.headings", "f2", (BUCKETS, count)),
        _floats(parts, f"{prefix}.heading-offsets", "f2", (count,)),
    )
    columns = tuple(
        _column(parts, f"{prefix}.column{number}", column) for number, column in enumerate(facts.columns)
    )
    model = TableModel(
        facts.field,
        columns,
        headings,
        _floats(parts, f"{prefix}.words", "f2", (WORD_BUCKETS,)),
        facts.words_intercept,
        _trees(parts, f"{prefix}.lines", facts.lines, LINE_FEATURES),
        _trees(parts, f"{prefix}.refining", facts.refining, REFINING_FEATURES),
        facts.products,
    )
    trust = Trust(
        _trees(parts, f"{prefix}.quality", facts.quality, TABLE_SIGNALS),
        _floats(parts, f"{prefix}.whole", "f4", (TABLE_SIGNALS + 1,)),
        _floats(parts, f"{prefix}.cells", "f4", (CELL_SIGNALS + 1,)),
        facts.absent,
    )
    return TableReader(model, trust)


def _column(parts: Parts, prefix: str, facts: ColumnFacts) -> TableColumn:
    return TableColumn(
        facts.name,
        facts.kind,
        facts.required,
        _trees(parts, f"{prefix}.matcher", facts.matcher, PART_FEATURES + MATCHER_HEADS),
        None if facts.texts is None else _trees(parts, f"{prefix}.texts", facts.texts, TEXT_FEATURES),
    )


def _floats(parts: Parts, name: str, dtype: str, shape: tuple[int, ...]) -> Floats:
    return wanted(parts, name, dtype, shape).astype(np.float64)


def _kept(trees: Trees, prefix: str, arrays: dict[str, Array]) -> TreesFacts:
    arrays[f"{prefix}.roots"] = trees.roots.astype("<u2")
    arrays[f"{prefix}.feature"] = trees.feature.astype("<u2")
    arrays[f"{prefix}.threshold"] = trees.threshold.astype("<f4")
    arrays[f"{prefix}.left"] = trees.left.astype("<u2")
    arrays[f"{prefix}.right"] = trees.right.astype("<u2")
    arrays[f"{prefix}.value"] = trees.value.astype("<f4")
    return TreesFacts(offset=trees.offset, depth=trees.depth)


def _trees(parts: Parts, prefix: str, facts: TreesFacts, features: int) -> Trees:
    feature = wanted(parts, f"{prefix}.feature", "u2", (None,)).astype(np.int64)
    count = len(feature)
    left, right = (
        wanted(parts, f"{prefix}.{side}", "u2", (count,)).astype(np.int64) for side in ("left", "right")
    )
    roots = wanted(parts, f"{prefix}.roots", "u2", (None,)).astype(np.int64)
    inside = count and len(roots) and max(left.max(), right.max(), roots.max()) < count
    if not inside or feature.max() >= features:
        raise BrokenVariantError(f"the trees {prefix!r} lead out of themselves")
    return Trees(
        roots,
        feature,
        wanted(parts, f"{prefix}.threshold", "f4", (count,)).astype(np.float64),
        left,
        right,
        wanted(parts, f"{prefix}.value", "f4", (count,)).astype(np.float64),
        facts.offset,
        facts.depth,
    )
