"""A table from an e-invoice's lines: every declared column once in every row, placed on the page."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext

from agents.extraction.printed import Printed
from doctypes.definition import FieldSpec
from doctypes.stated import stated_value
from schemas.fields import (
    Cell,
    Compared,
    DataElement,
    Evidence,
    EvidenceClass,
    FieldKind,
    FieldState,
    FieldValue,
    Reading,
    Row,
)
from schemas.layout import DataRow, DataValue, EmbeddedData

PRICE, PER = "BT-146", "BT-149"
_FINEST = Decimal("0.00000001")
_WORDS = frozenset({FieldKind.TEXT, FieldKind.IDENTIFIER, FieldKind.PARTY})


def stated_table(
    spec: FieldSpec,
    page: FieldValue | None,
    data: EmbeddedData,
    printed: Printed,
    *,
    either_sign: bool,
) -> FieldValue:
    """Return a rows field as the e-invoice states it, or as the page says where it states no lines.

    Alone, data whose profile carries no lines leave them *missing*: the invoice has some, somewhere. Data
    that could carry lines and do not have none: *absent*.
    """
    if not any(column.term for column in spec.columns) or (not data.rows and page is not None):
        return page or _without_rows(spec, FieldState.MISSING, "e-invoices do not state it")
    if not data.rows and not data.has_rows:
        return _without_rows(spec, FieldState.MISSING, f"profile {data.profile} carries no lines")
    if not data.rows:
        return _without_rows(spec, FieldState.ABSENT, "the e-invoice has no lines")
    taken: set[str] = set()
    return FieldValue(
        name=spec.name,
        state=FieldState.VALUE,
        columns=spec.column_names,
        rows=tuple(_row(spec, row, data, printed, taken) for row in data.rows),
        compared=Compared(page=page, either_sign=either_sign),
    )


def _without_rows(spec: FieldSpec, state: FieldState, note: str) -> FieldValue:
    return FieldValue(name=spec.name, state=state, note=note, columns=spec.column_names, compared=Compared())


def _row(spec: FieldSpec, row: DataRow, data: EmbeddedData, printed: Printed, taken: set[str]) -> Row:
    stated = {value.term: value for value in reversed(row.values)}
    if PRICE in stated and PER in stated:
        stated[PRICE] = _of_one(stated[PRICE], stated[PER])
    band = frozenset[str]() if data.name is None else _band(spec, stated, printed, taken)
    return Row(
        cells=tuple(
            _cell(column, stated.get(column.term or ""), data, printed, band) for column in spec.columns
        )
    )


def _of_one(price: DataValue, per: DataValue) -> DataValue:
    """Return the price of one unit, where the data state that of a hundred or a thousand."""
    if price.value is None or per.value in (None, "0", "1"):
        return price
    with localcontext(prec=60):
        single = (Decimal(price.value) / Decimal(per.value or "1")).quantize(_FINEST)
    return price.model_copy(update={"raw": f"{price.raw} for {per.raw}", "value": f"{single.normalize():f}"})


def _cell(
    column: FieldSpec, value: DataValue | None, data: EmbeddedData, printed: Printed, band: frozenset[str]
) -> Cell:
    if value is None:
        return Cell(name=column.name, state=FieldState.ABSENT)
    normal = None if value.value is None else stated_value(column.kind, value.value)
    reading = Reading(
        raw=value.raw,
        value=normal,
        evidence=_evidence(column, normal, value, data, printed, band),
        evidence_class=EvidenceClass.EMBEDDED_DATA,
        element=DataElement(data=data.name, term=value.term, path=value.path),
    )
    return Cell(name=column.name, state=FieldState.VALUE, readings=(reading,))


def _evidence(
    column: FieldSpec,
    normal: str | None,
    value: DataValue,
    data: EmbeddedData,
    printed: Printed,
    band: frozenset[str],
) -> tuple[Evidence, ...]:
    if data.name is None:
        return printed.lines(value.lines)
    if normal is None:
        return ()
    found = printed.find(column.kind, normal, within=band) if band else ()
    # An amount that counts is looked for anywhere; a "2" stands on any page somewhere.
    return found or (printed.find(column.kind, normal) if column.critical else ())


def _band(spec: FieldSpec, stated: dict[str, DataValue], printed: Printed, taken: set[str]) -> frozenset[str]:
    """Return the lines beside the words of the row, which no other row has; empty where none stand there."""
    for anchor in _anchors(spec, stated, printed):
        if not taken & {evidence.line for evidence in anchor}:
            taken.update(evidence.line for evidence in anchor)
            return printed.beside(anchor)
    return frozenset()


def _anchors(
    spec: FieldSpec, stated: dict[str, DataValue], printed: Printed
) -> Iterator[tuple[Evidence, ...]]:
    for column in spec.columns:
        value = stated.get(column.term or "")
        if column.kind in _WORDS and value is not None and value.value and column.term != "BT-130":
            yield from printed.places(column.kind, value.value)
