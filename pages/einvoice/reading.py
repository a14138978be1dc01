"""E-invoices that come as XML alone: shown to people by label and value; the values are the data's."""

from __future__ import annotations

from collections.abc import Iterator

from pages.einvoice.data import read_data
from pages.einvoice.terms import CII, TITLES, Form
from pages.einvoice.xml import DoctypeError, OtherRootError, XmlError
from pages.laid_out import flow_pages
from pages.laid_out.flow import Flow, Paragraph, Table, TableCell, TableRow
from pages.limits import ReadLimits
from pages.parts import Progress, Reading, Rendering, UnreadableError
from schemas.classification import RejectReason
from schemas.layout import DataRow, DataValue, EmbeddedData

HEADER_TABLE, ROWS_TABLE = 1, 2
_ROW_TERMS = ("BT-126", "BT-155", "BT-153", "BT-129", "BT-130", "BT-146", "BT-152", "BT-131")
"""The columns of the table of lines; what else a line states stands only in the data."""
_DATES = frozenset(term.term for term in CII if term.form is Form.DATE)


def read(data: bytes, limits: ReadLimits, progress: Progress) -> Reading:
    """Return the pages of an e-invoice; see ``pages.parts.Format``."""
    stated = _stated(data)
    reading = flow_pages.read(_flow(stated), limits, progress)
    reading.data = [_placed(stated, _lines(reading))]
    return reading


def render(data: bytes, rendering: Rendering, limits: ReadLimits) -> bytes:  # noqa: ARG001 (a Format's shape)
    """Return one page as PNG; see ``pages.parts.Format``."""
    return flow_pages.render(_flow(_stated(data)), rendering)


def _stated(data: bytes) -> EmbeddedData:
    try:
        return read_data(data, None)
    except OtherRootError as error:
        detail = "this XML is no e-invoice (CII or UBL)"
        raise UnreadableError(RejectReason.UNSUPPORTED_FORMAT, detail) from error
    except DoctypeError as error:
        raise UnreadableError(RejectReason.UNSAFE_XML) from error
    except XmlError as error:
        raise UnreadableError(RejectReason.UNREADABLE, str(error)) from error


def _flow(stated: EmbeddedData) -> Flow:
    header = [
        TableRow(number, (TableCell(1, TITLES[value.term]), TableCell(2, _shown(value))))
        for number, value in enumerate(stated.values, start=1)
    ]
    blocks: list[Paragraph | Table] = [Paragraph("E-invoice", heading=1), Table(header)]
    if stated.rows:
        titles = [TableCell(place, TITLES[term]) for place, term in enumerate(_ROW_TERMS, start=1)]
        rows = [_table_row(number, row) for number, row in enumerate(stated.rows, start=2)]
        blocks += [Paragraph("Lines", heading=2), Table([TableRow(1, titles), *rows], wide=True)]
    return Flow(list(blocks))


def _table_row(number: int, row: DataRow) -> TableRow:
    return TableRow(number, [TableCell(place, _shown(value)) for place, value in _columns(row)])


def _columns(row: DataRow) -> Iterator[tuple[int, DataValue]]:
    """Yield the values of a line that have a column, each with its place from 1; the first of a term."""
    for place, term in enumerate(_ROW_TERMS, start=1):
        value = next((value for value in row.values if value.term == term), None)
        if value is not None:
            yield place, value


def _shown(value: DataValue) -> str:
    if value.value is not None and value.term in _DATES:
        return value.value
    return " ".join(value.raw.split())


def _lines(reading: Reading) -> dict[tuple[int, int, int], tuple[str, ...]]:
    """Return the ids of the lines by table, row and column."""
    found: dict[tuple[int, int, int], tuple[str, ...]] = {}
    for page in reading.pages:
        for place in range(len(page.lines)):
            mark = page.marks.get(place)
            if mark is not None and mark.cell is not None:
                found[mark.cell] = (*found.get(mark.cell, ()), f"{page.number}.{place + 1}")
    return found


def _placed(stated: EmbeddedData, lines: dict[tuple[int, int, int], tuple[str, ...]]) -> EmbeddedData:
    values = tuple(
        _at(value, lines.get((HEADER_TABLE, number, 2), ()))
        for number, value in enumerate(stated.values, start=1)
    )
    rows = tuple(
        DataRow(values=_placed_row(row, number, lines)) for number, row in enumerate(stated.rows, start=2)
    )
    return stated.model_copy(update={"values": values, "rows": rows})


def _placed_row(
    row: DataRow, number: int, lines: dict[tuple[int, int, int], tuple[str, ...]]
) -> tuple[DataValue, ...]:
    places = {value.path: place for place, value in _columns(row)}
    return tuple(
        _at(value, lines.get((ROWS_TABLE, number, places[value.path]), ())) if value.path in places else value
        for value in row.values
    )


def _at(value: DataValue, lines: tuple[str, ...]) -> DataValue:
    return value.model_copy(update={"lines": lines})
