"""One sheet of a workbook, told element by element: nothing is kept of a million empty rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from pages.laid_out.flow import TableCell, TableRow
from pages.office.docx_styles import number
from pages.office.xlsx_formats import GENERAL, shown
from pages.office.xlsx_styles import CellStyle
from pages.parts import UnreadableError
from schemas.classification import RejectReason

HIDDEN_ROW, HIDDEN_COLUMN = "in hidden rows", "in hidden columns"
MOST_COLUMN, MOST_ROW = 16_384, 1_048_576
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_GENERAL = CellStyle(GENERAL, None)
_TEXTS = frozenset({"x:v", "x:t"})


class Strings:
    """Takes a workbook's shared strings, without the readings of their characters."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._is_text = False
        self._aside = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002 (a Target's shape)
        """Begin an element."""
        if tag == "x:si":
            self._parts = []
        self._aside += tag == "x:rPh"
        self._is_text = tag == "x:t" and not self._aside

    def end(self, tag: str) -> None:
        """End an element."""
        if tag == "x:si":
            self.texts.append("".join(self._parts))
        self._aside -= tag == "x:rPh"
        self._is_text = False

    def data(self, text: str) -> None:
        """Take text."""
        if self._is_text:
            self._parts.append(text)


class Sheet:
    """Takes a sheet: rows that show anything, and what is left out.

    Args:
        strings: The workbook's shared strings.
        styles: The workbook's styles of cells.
        from_1904: Whether it counts days from 1904.
        most_rows: Rows that may show anything; more are refused.
    """

    def __init__(
        self, strings: Sequence[str], styles: Sequence[CellStyle], *, from_1904: bool, most_rows: int
    ) -> None:
        self.rows: list[TableRow] = []
        self.hidden: Counter[str] = Counter()
        self.uncomputed = 0
        self._strings, self._styles = strings, styles
        self._from_1904, self._most_rows = from_1904, most_rows
        self._hidden_columns: list[tuple[int, int]] = []
        self._row = self._column = 0
        self._row_hidden = False
        self._cells: list[TableCell] = []
        self._kind, self._style = "n", _GENERAL
        self._value: list[str] = []
        self._is_value = self._has_formula = False
        self._aside = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        self._is_value = tag in _TEXTS and not self._aside
        if tag == "x:c":
            self._begin_cell(attributes)
        elif tag == "x:row":
            self._row = min(number(attributes.get("r")) or self._row + 1, MOST_ROW)
            self._column, self._cells = 0, []
            self._row_hidden = attributes.get("hidden") in ("1", "true") or attributes.get("ht") == "0"
        elif tag == "x:f":
            self._has_formula = True
        elif tag == "x:col" and (attributes.get("hidden") in ("1", "true") or attributes.get("width") == "0"):
            first, last = number(attributes.get("min")), number(attributes.get("max"))
            if first is not None and last is not None:
                self._hidden_columns.append((first, last))
        elif tag == "x:rPh":
            self._aside += 1

    def end(self, tag: str) -> None:
        """End an element."""
        self._is_value = False
        if tag == "x:c":
            self._end_cell()
        elif tag == "x:row" and self._cells:
            if len(self.rows) >= self._most_rows:
                raise UnreadableError(
                    RejectReason.TOO_MANY_PAGES, f"a sheet of more than {self._most_rows} rows with content"
                )
            self.rows.append(TableRow(max(1, self._row), sorted(self._cells)))
            self._cells = []
        elif tag == "x:rPh":
            self._aside -= 1

    def data(self, text: str) -> None:
        """Take text."""
        if self._is_value:
            self._value.append(text)

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        place = _PLACE.fullmatch(attributes.get("r", ""))
        self._column = min(_column(place[1]) if place else self._column + 1, MOST_COLUMN)
        self._kind = attributes.get("t", "n")
        style = number(attributes.get("s"))
        known = style is not None and 0 <= style < len(self._styles)
        self._style = self._styles[style] if known and style is not None else _GENERAL
        self._value = []
        self._has_formula = False

    def _end_cell(self) -> None:
        value = "".join(self._value)
        if not value.strip():
            self.uncomputed += self._has_formula
            return
        text = self._text(value)
        if not text.strip():
            self.hidden["in a format that shows nothing"] += bool(value)
            return
        why = self._why_hidden()
        if why is not None:
            self.hidden[why] += len(text.split())
        else:
            self._cells.append(TableCell(self._column, text))

    def _why_hidden(self) -> str | None:
        if self._row_hidden:
            return HIDDEN_ROW
        if any(first <= self._column <= last for first, last in self._hidden_columns):
            return HIDDEN_COLUMN
        return self._style.hidden

    def _text(self, value: str) -> str:
        match self._kind:
            case "s":
                index = number(value)
                return self._strings[index] if index is not None and 0 <= index < len(self._strings) else ""
            case "b":
                return "TRUE" if value.strip() == "1" else "FALSE"
            case "n":
                return shown(value.strip(), self._style.code, from_1904=self._from_1904)
            case _:
                # Text, text that a formula gave, errors, and dates written out.
                return value


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column
