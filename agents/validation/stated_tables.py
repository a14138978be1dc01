"""The rows of an e-invoice held against the table its page shows: pure, each doubt with row and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.validation.against_page import Finding, same, words_of
from agents.validation.tables import told
from doctypes.definition import FieldSpec
from doctypes.normalise import similar_key
from schemas.fields import Compared, FieldState, FieldValue
from schemas.results import CellDoubt, ReviewCode


def hold_table(
    spec: FieldSpec, field: FieldValue, known: Sequence[CellDoubt], *, day_first: bool | None
) -> Finding:
    """Return whether data and page agree about a list of rows.

    Where the page's own table was read, both have as many rows, and no row says otherwise; where it was
    not, the amounts that count stand on the page somewhere.

    Args:
        spec: The rows field.
        field: As stated, with what is compared.
        known: Doubts about its cells that are known already.
        day_first: Whether 03/04 is 3 April on the page.
    """
    page = (field.compared or Compared()).page
    if not field.rows:
        return _finding(spec, field.note or "the e-invoice states none", known, None, ())
    if page is None:
        return _finding(spec, "the lines of the e-invoice itself", known, None, ())
    if page.state is not FieldState.VALUE:
        unprinted = tuple(_unprinted(spec, field))
        how = "the page lacks some of its amounts" if unprinted else "the page prints all its amounts"
        return _finding(spec, f"{len(field.rows)} rows, {how}", known, ReviewCode.DATA_NOT_ON_PAGE, unprinted)
    if len(page.rows) != len(field.rows):
        words = f"the page shows {len(page.rows)} rows, the data have {len(field.rows)}"
        found = _finding(spec, words, known, None, ())
        return Finding(words, ((ReviewCode.PAGE_AND_DATA_DIFFER, words), *found.doubts), found.cells)
    differing = tuple(_differing(spec, field, page, day_first))
    how = "differ" if differing else "agree"
    return _finding(
        spec,
        f"{len(field.rows)} rows, data and page {how}",
        known,
        ReviewCode.PAGE_AND_DATA_DIFFER,
        differing,
    )


def _finding(
    spec: FieldSpec,
    arithmetic: str,
    known: Sequence[CellDoubt],
    code: ReviewCode | None,
    found: Sequence[CellDoubt],
) -> Finding:
    doubts = [
        *((code, words) for words in told(spec, found)),
        *((None, words) for words in told(spec, known)),
    ]
    return Finding(arithmetic, tuple(doubts), (*known, *found))


def _unprinted(spec: FieldSpec, field: FieldValue) -> Iterator[CellDoubt]:
    for number, row in enumerate(field.rows, start=1):
        for column, cell in zip(spec.columns, row.cells, strict=True):
            reading = cell.readings[0] if cell.readings else None
            if not column.critical or reading is None or reading.value is None:
                continue
            # Positions that cost nothing are often printed without their nought.
            if not reading.evidence and similar_key(column.kind, reading.value) != "0":
                reason = f"the data say {words_of(reading)}, which no page prints"
                yield CellDoubt(row=number, column=column.name, reason=reason)


def _differing(
    spec: FieldSpec, field: FieldValue, page: FieldValue, day_first: bool | None
) -> Iterator[CellDoubt]:
    """Yield the cells of which the page says something else; what only one of them states is no conflict."""
    either_sign = (field.compared or Compared()).either_sign
    for number, (row, shown) in enumerate(zip(field.rows, page.rows, strict=True), start=1):
        for column, cell in zip(spec.columns, row.cells, strict=True):
            read = shown.cell(column.name)
            if not cell.readings or not read.readings:
                continue
            one, other = cell.readings[0], read.readings[0]
            if column.critical and not same(column.kind, one, other, day_first, either_sign=either_sign):
                reason = f"the page says {words_of(other)}, the data say {words_of(one)}"
                yield CellDoubt(row=number, column=column.name, reason=reason)
