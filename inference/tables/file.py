"""Readers of lists of rows within an extractor's file, and back."""

from __future__ import annotations

import numpy as np

from inference.learned.parts import TreesFacts, put_trees, trees_in
from inference.learned.variant import Array, BrokenVariantError, Parts, wanted
from inference.reading.document import Floats
from inference.tables.column_facts import PART_FEATURES
from inference.tables.heads import ANOTHER, BUCKETS, NO_HEADING, Headings
from inference.tables.lines import LINE_FEATURES, WORD_BUCKETS
from inference.tables.matching import MATCHER_HEADS
from inference.tables.model import TableColumn, TableModel
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
            matcher=put_trees(column.matcher, f"{prefix}.column{number}.matcher", arrays),
            texts=None
            if column.texts is None
            else put_trees(column.texts, f"{prefix}.column{number}.texts", arrays),
        )
        for number, column in enumerate(model.columns)
    )
    return TableFacts(
        field=model.field,
        space=TABLE_SPACE,
        columns=columns,
        words_intercept=model.words_intercept,
        products=model.products,
        lines=put_trees(model.lines, f"{prefix}.lines", arrays),
        refining=put_trees(model.refining, f"{prefix}.refining", arrays),
        quality=put_trees(trust.quality, f"{prefix}.quality", arrays),
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
        trees_in(parts, f"{prefix}.lines", facts.lines, LINE_FEATURES),
        trees_in(parts, f"{prefix}.refining", facts.refining, REFINING_FEATURES),
        facts.products,
    )
    trust = Trust(
        trees_in(parts, f"{prefix}.quality", facts.quality, TABLE_SIGNALS),
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
        trees_in(parts, f"{prefix}.matcher", facts.matcher, PART_FEATURES + MATCHER_HEADS),
        None if facts.texts is None else trees_in(parts, f"{prefix}.texts", facts.texts, TEXT_FEATURES),
    )


def _floats(parts: Parts, name: str, dtype: str, shape: tuple[int, ...]) -> Floats:
    return wanted(parts, name, dtype, shape).astype(np.float64)
