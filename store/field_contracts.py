"""What must hold of fields and their evidence in an extraction; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from schemas.decided import Decision
from schemas.fields import Cell, Evidence, EvidenceClass, FieldState, FieldValue, Reading
from schemas.results import Extraction

_ON_A_PAGE = {EvidenceClass.VERBATIM, EvidenceClass.NORMALISED}
MAX_ALTERNATIVES = 3


def extraction(key: str, value: Extraction) -> Iterator[str]:
    """Every field once with evidence in order; inputs and reply belong to the same document."""
    if not re.fullmatch(rf"documents/{re.escape(value.document_id)}/results/extraction/[^/]+", key):
        yield f"key {key!r} is not of the form documents/{value.document_id}/results/extraction/…"
    if not value.fields:
        yield "an extraction has no fields"
    yield from check_fields(value.fields)
    replies = [("reply", ref) for ref in (value.reply, *value.more_replies)]
    for name, ref in (("classification", value.classification), *replies):
        if ref is not None and not ref.uri.startswith(f"documents/{value.document_id}/"):
            yield f"{name} {ref.uri!r} belongs to another document"


def check_fields(fields: Sequence[FieldValue]) -> Iterator[str]:
    """Names once, states that agree with the readings, evidence that can be looked up."""
    for name in repeated(field.name for field in fields):
        yield f"field {name!r} stands twice"
    for field in fields:
        for problem in _field(field):
            yield f"field {field.name!r}: {problem}"


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once, in order of their repetition."""
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]


def check_decided_evidence(decision: Decision) -> Iterator[str]:
    """What a person showed on the page can be looked up, and belongs to one value."""
    for field in decision.fields:
        if field.evidence and field.value is None:
            yield f"field {field.name!r}: evidence without a value"
        for evidence in field.evidence:
            for problem in _evidence(evidence):
                yield f"field {field.name!r}: {problem}"


def _field(field: FieldValue) -> Iterator[str]:
    if field.columns or field.rows:
        yield from _table(field)
    else:
        yield from _cell(field)


def _table(field: FieldValue) -> Iterator[str]:
    """The table of a rows field: every declared column once in every row, in order."""
    if field.readings or field.alternatives:
        yield "a rows field has readings outside its rows"
    if (field.state is FieldState.VALUE) != bool(field.rows):
        yield f"state {field.state.value!r} with {len(field.rows)} rows"
    for name in repeated(field.columns):
        yield f"column {name!r} is declared twice"
    for number, row in enumerate(field.rows, start=1):
        names = tuple(cell.name for cell in row.cells)
        if names != field.columns:
            yield f"row {number} has the columns {', '.join(names)}; declared are {', '.join(field.columns)}"
        for cell in row.cells:
            for problem in _cell(cell):
                yield f"row {number}, column {cell.name!r}: {problem}"
            if len(cell.readings) > 1:
                yield f"row {number}, column {cell.name!r}: {len(cell.readings)} readings, a cell has one"


def _cell(cell: Cell) -> Iterator[str]:
    if (cell.state is FieldState.VALUE) != bool(cell.readings):
        yield f"state {cell.state.value!r} with {len(cell.readings)} readings"
    if len(cell.alternatives) > MAX_ALTERNATIVES:
        yield f"{len(cell.alternatives)} alternatives, at most {MAX_ALTERNATIVES}"
    for reading in (*cell.readings, *cell.alternatives):
        yield from _reading(reading)


def _reading(reading: Reading) -> Iterator[str]:
    grounded = bool(reading.evidence)
    if grounded and reading.evidence_class is EvidenceClass.UNGROUNDED:
        yield "an ungrounded reading has evidence"
    if not grounded and reading.evidence_class in _ON_A_PAGE:
        yield f"a {reading.evidence_class.value} reading has no evidence"
    if (reading.evidence_class is EvidenceClass.EMBEDDED_DATA) != (reading.element is not None):
        has = "has" if reading.element else "lacks"
        yield f"a {reading.evidence_class.value} reading {has} an element of data"
    for evidence in reading.evidence:
        yield from _evidence(evidence)


def _evidence(evidence: Evidence) -> Iterator[str]:
    if not evidence.line.startswith(f"{evidence.page}."):
        yield f"evidence on page {evidence.page} names line {evidence.line!r}"
    if not 0 <= evidence.start < evidence.end:
        yield f"evidence spans {evidence.start}:{evidence.end}"
    elif len(evidence.quote) != evidence.end - evidence.start:
        yield f"evidence of {evidence.end - evidence.start} characters quotes {len(evidence.quote)}"
    if evidence.box.x0 > evidence.box.x1 or evidence.box.y0 > evidence.box.y1:
        yield "evidence has a box turned inside out"
