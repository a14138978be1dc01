"""The reader of one list of rows: its model, its trust in what it reads, and the answer it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inference.reading.document import Document
from inference.tables.answers import CellAnswer, TableAnswer, cell_answer
from inference.tables.lines import MOST_LINES
from inference.tables.model import MOST_TABLE_ROWS, Reading, TableModel
from inference.tables.readings import readings_of
from inference.tables.trust import SUMMED, Trust, best_reading, cell_signals, chance, is_table

_CLEAR = 60
"""Lines without a row that show that a table has ended."""


@dataclass(frozen=True)
class TableReader:
    """What was learned about one field that is a list of rows."""

    model: TableModel
    trust: Trust


def read_table(reader: TableReader, document: Document) -> TableAnswer:
    """Return the rows of a document, each cell with its confidence; no rows where there is no such table.

    A table longer than is looked at is not read, rather than in part.
    """
    found = best_reading(reader.trust, reader.model, readings_of(reader.model, document))
    name = reader.model.field
    if found is None or not is_table(found[2], found[1]):
        return TableAnswer(name, (), reader.trust.absent)
    reading, signals, quality = found
    if is_cut(reading):
        return TableAnswer(name, None, 0.0)
    sure = {
        place: chance(reader.trust.cells, values) for place, values in cell_signals(reading, quality).items()
    }
    rows = rows_in_words(reader.model, document, reading, sure)
    return TableAnswer(name, rows, chance(reader.trust.whole, signals), bool(signals[SUMMED] == 1))


def is_cut(reading: Reading) -> bool:
    """Whether a table may go on beyond what was looked at."""
    last = int(reading.region.lines[-1])
    whole = len(reading.region.lines) < MOST_LINES or reading.anchors[-1] < last - _CLEAR
    return len(reading.anchors) >= MOST_TABLE_ROWS or not whole


def rows_in_words(
    model: TableModel, document: Document, reading: Reading, sure: Mapping[tuple[int, str], float]
) -> tuple[Mapping[str, CellAnswer], ...]:
    """Return a reading's rows in words; a cell that means nothing for its column is left out."""
    columns = {column.name: column for column in model.columns}
    out: list[Mapping[str, CellAnswer]] = []
    for number, row in enumerate(reading.rows):
        cells = {
            name: answer
            for name, cell in row.items()
            if (answer := cell_answer(document, columns[name], cell, sure.get((number, name), 0.0)))
        }
        if cells:
            out.append(cells)
    return tuple(out)
