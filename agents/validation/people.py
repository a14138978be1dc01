"""Laying people's decisions over what the model read: a person's word stands until a person changes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from doctypes.definition import DocType, FieldSpec
from doctypes.normalise import normalise
from schemas.decided import DecidedCell, DecidedField, DecidedRow, Decision
from schemas.fields import Cell, Deliverable, EvidenceClass, FieldState, FieldValue, Reading, Row
from schemas.records import DecisionKind

ABSENT = "absent, says a reviewer"


def decided_fields(
    decisions: Iterable[Decision], doc_type: DocType
) -> dict[str, tuple[DecidedField, Decision]]:
    """Return the newest decision per declared field; ``decisions`` come oldest first."""
    declared = {spec.name for spec in doc_type.fields}
    newest: dict[str, tuple[DecidedField, Decision]] = {}
    for decision in decisions:
        if decision.kind is DecisionKind.FIELDS:
            for field in decision.fields:
                if field.name in declared:
                    newest[field.name] = (field, decision)
    return newest


def as_field(
    spec: FieldSpec, decided: DecidedField, model: FieldValue | None, doc_type: DocType
) -> FieldValue:
    """Return the field as the person decided it.

    What he showed on the page is its evidence; else the model's is kept where the value is its own.
    """
    if spec.columns:
        return _as_table(spec, decided, model, doc_type)
    if decided.file is not None:
        return _corrected(spec, decided.file)
    said = _said(spec, decided)
    if not said:
        return FieldValue(name=spec.name, state=FieldState.ABSENT, confidence=1.0, note=ABSENT)
    return FieldValue(
        name=spec.name,
        state=FieldState.VALUE,
        readings=tuple(
            _shown(spec, one, doc_type) or _reading(spec, one.value or "", model, doc_type) for one in said
        ),
        confidence=1.0,
    )


def _corrected(spec: FieldSpec, file: Deliverable) -> FieldValue:
    """Return the field whose value is a file that the person corrected."""
    reading = Reading(
        raw=file.ref.uri,
        value=file.ref.uri,
        confidence=1.0,
        evidence_class=EvidenceClass.INFERRED,
        file=file,
    )
    return FieldValue(name=spec.name, state=FieldState.VALUE, readings=(reading,), confidence=1.0)


def _said(spec: FieldSpec, decided: DecidedField) -> list[DecidedCell]:
    """Return each value with what was shown for it alone; of a list, the raw text is what stands there."""
    if not spec.many:
        one = DecidedCell(column=spec.name, raw=decided.raw, value=decided.value, evidence=decided.evidence)
        return [] if one.value is None else [one]
    places = decided.places or ((),) * len(decided.values)
    return [
        DecidedCell(
            column=spec.name, raw=" ".join(e.quote for e in shown) or None, value=value, evidence=shown
        )
        for value, shown in zip(decided.values, places, strict=True)
    ]


def _shown(spec: FieldSpec, decided: DecidedCell, doc_type: DocType) -> Reading | None:
    """Return the value where the person showed it on the page; None where he did not."""
    value = decided.value
    if value is None or not decided.evidence:
        return None
    quote = " ".join(one.quote for one in decided.evidence)
    if quote == value:
        found = EvidenceClass.VERBATIM
    elif normalise(spec.kind, quote, day_first=doc_type.day_first).value == value:
        found = EvidenceClass.NORMALISED
    else:
        found = EvidenceClass.INFERRED
    return Reading(
        raw=decided.raw or value,
        value=value,
        confidence=1.0,
        evidence=decided.evidence,
        evidence_class=found,
    )


def _as_table(
    spec: FieldSpec, decided: DecidedField, model: FieldValue | None, doc_type: DocType
) -> FieldValue:
    """Return the table as the person decided it, as a whole; cells that stayed keep the model's evidence."""
    known = dict(enumerate(model.rows, start=1)) if model else {}
    return FieldValue(
        name=spec.name,
        state=FieldState.VALUE if decided.rows else FieldState.ABSENT,
        confidence=1.0,
        note=None if decided.rows else ABSENT,
        columns=spec.column_names,
        rows=tuple(_row(spec, row, source, doc_type) for row, source in _sources(decided.rows, known)),
    )


def _sources(decided: Sequence[DecidedRow], known: dict[int, Row]) -> Iterable[tuple[DecidedRow, Row | None]]:
    """Yield each decided row with the row of the model that it keeps or corrects, if there is one.

    A row of the same values first, so that rows are found again in what another run read; else the row of
    the same number, where at least half of the values are still its own.
    """
    same: dict[frozenset[tuple[str, str | None]], list[int]] = {}
    for position, found in known.items():
        same.setdefault(frozenset((cell.name, cell.value) for cell in found.cells), []).append(position)
    for row in decided:
        equals = same.get(frozenset((cell.column, cell.value) for cell in row.cells), [])
        number = row.origin if row.origin in equals else equals[0] if equals else row.origin
        if number in equals:
            equals.remove(number)
        source = known.get(number) if number is not None else None
        yield row, source if source and 2 * _kept(row, source) >= len(row.cells) else None


def _kept(row: DecidedRow, source: Row) -> int:
    values = {cell.name: cell.value for cell in source.cells}
    return sum(cell.column in values and values[cell.column] == cell.value for cell in row.cells)


def _row(spec: FieldSpec, row: DecidedRow, source: Row | None, doc_type: DocType) -> Row:
    decided = {cell.column: cell for cell in row.cells}
    known = {cell.name: cell for cell in source.cells} if source else {}
    return Row(
        cells=tuple(
            _cell(column, decided.get(column.name), known.get(column.name), doc_type)
            for column in spec.columns
        )
    )


def _cell(column: FieldSpec, decided: DecidedCell | None, known: Cell | None, doc_type: DocType) -> Cell:
    if decided is None:
        # The column was declared after the decision was made: nobody decided it.
        return Cell(name=column.name, state=FieldState.MISSING, note="declared after a reviewer decided")
    if decided.value is None:
        return Cell(name=column.name, state=FieldState.ABSENT, confidence=1.0, note=ABSENT)
    reading = _shown(column, decided, doc_type) or _reading(column, decided.value, known, doc_type)
    return Cell(name=column.name, state=FieldState.VALUE, readings=(reading,), confidence=1.0)


def _reading(spec: FieldSpec, value: str, model: Cell | None, doc_type: DocType) -> Reading:
    for known in (*model.readings, *model.alternatives) if model else ():
        if value in (known.value, known.raw):
            return known.model_copy(update={"confidence": 1.0})
    normal = normalise(spec.kind, value, day_first=doc_type.day_first).value
    return Reading(
        raw=value,
        value=normal if normal is not None else value,
        confidence=1.0,
        evidence_class=EvidenceClass.INFERRED,
    )
