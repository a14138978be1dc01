"""Where the table of a varied invoice is being drawn, and what is written there."""

from __future__ import annotations

from dataclasses import dataclass

from samples.invoice_draft import Invoice
from samples.sheet import Sheet
from samples.table_plan import TablePlan, table_words

TOP, FOOT = 62.0, 100.0
"""Where rows begin on a further page, and the room below the last of a page."""
_LINE = 1.25


@dataclass
class Pen:
    """Where a table is being drawn."""

    sheet: Sheet
    draft: Invoice
    plan: TablePlan
    margin: float
    y: float

    @property
    def width(self) -> float:
        """Return how wide the table is."""
        wide: float = self.sheet.width - 2 * self.margin
        return wide

    @property
    def step(self) -> float:
        """Return the distance of two lines."""
        return self.sheet.size * _LINE

    def words(self, concept: str) -> str:
        """Return one of the texts for a concept."""
        return str(self.draft.rng.choice(table_words(self.draft.language)[concept]))


def put(sheet: Sheet, x: float, width: float, y: float, text: str, align: str, *, bold: bool = False) -> None:
    """Write a text into a column, smaller where it is too wide for it."""
    place = {"left": x + 8, "right": x + width - 6}.get(align, x + width / 2)
    size = sheet.size
    while size > 4.5 and sheet.measure(text, size=size, bold=bold) > width - 14:
        size -= 0.25
    sheet.text(place, y, text, align=align, bold=bold, size=size)
