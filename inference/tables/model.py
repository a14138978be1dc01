"""What a table reader has learned about one list of rows, and one reading of a document's table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inference.learned.trees import Trees
from inference.reading.document import Floats
from inference.tables.cells import Grid, GridCell
from inference.tables.columns import Part
from inference.tables.heads import Headings
from inference.tables.lines import Region
from schemas.fields import FieldKind

NUMERIC = frozenset({FieldKind.MONEY, FieldKind.NUMBER, FieldKind.PERCENTAGE, FieldKind.QUANTITY})
"""Kinds of columns whose cells are numbers."""
MOST_TABLE_ROWS = 1_000
"""Rows of a table beyond which it is not read: an answer that leaves rows out unsaid is none."""
HOPELESS = -8.0
"""Log odds of what can't be."""


@dataclass(frozen=True)
class TableColumn:
    """One column that is asked for, and what was learned about it.

    Attributes:
        matcher: Log odds that a part of a table is this column.
        texts: Log odds that a cell belongs to this column's text in a row; only of columns of text.
    """

    name: str
    kind: FieldKind
    required: bool
    matcher: Trees
    texts: Trees | None


@dataclass(frozen=True)
class TableModel:
    """What was learned about one field that is a list of rows.

    Attributes:
        words: Log odds that a line begins a row, by its hashed words.
        lines: The same by everything known about the line.
        refining: The same once more, by how a line fits the surest rows.
        products: Columns of which the third is, in most labelled rows, the product of the first two.
    """

    field: str
    columns: tuple[TableColumn, ...]
    headings: Headings
    words: Floats
    words_intercept: float
    lines: Trees
    refining: Trees
    products: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Chosen:
    """What a column of the table is taken for, and how sure that is (log odds, and over the next part)."""

    column: TableColumn
    part: Part
    odds: float
    margin: float


@dataclass(frozen=True)
class ReadCell:
    """A cell as read: the printed cells it consists of, and its number where it is one."""

    column: str
    cells: tuple[GridCell, ...]
    what: str
    odds: float


@dataclass(frozen=True)
class Reading:
    """One reading of a table: its head, its rows' own lines with the log odds that they begin rows.

    Attributes:
        doubtful: The largest log odds of a line near the table that was not taken for a row.
        facts: ``part_features`` of the chosen parts, by column.
    """

    grid: Grid
    region: Region
    anchors: tuple[int, ...]
    anchor_odds: tuple[float, ...]
    doubtful: float
    chosen: tuple[Chosen, ...]
    facts: Mapping[str, Floats]
    rows: tuple[Mapping[str, ReadCell], ...]
