"""What a variant answered about a document: the form that evaluations keep and score."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from schemas.canonical import digest
from schemas.fields import Cell, FieldState, FieldValue
from schemas.layout import Frozen, Unit
from schemas.results import FieldDecision, Record, RecordField

ACCEPTED = (FieldDecision.ACCEPTED, FieldDecision.OPTIONAL_ABSENT)


class AnsweredField(Frozen):
    """One field as a variant answered it.

    Attributes:
        values: Normal forms, the printed text where there is none.
        rows: A table's rows by column; a column that a row lacks is not in it.
        accepted: Whether the variant's own thresholds and rules let it pass without a person.
        evidence: Where it stands: page and line of the first reading.
    """

    name: str
    state: FieldState
    values: tuple[str, ...] = ()
    rows: tuple[Mapping[str, str], ...] = ()
    confidence: Unit | None = None
    accepted: bool = False
    evidence: str | None = None


class Answer(Frozen):
    """One document as a variant answered it.

    Attributes:
        variant: Digest of the bundle.
        routed: Whether a person would have been asked.
        valid: Whether the model's answer had the shape that its schema asks for.
        seconds: From the question to the record, pages read already.
        cost: US dollars; None where the price is not known.
        told: Why there is no answer, one sentence.
    """

    document_id: str
    variant: str
    fields: tuple[AnsweredField, ...]
    routed: bool
    valid: bool = True
    seconds: float = 0.0
    cost: float | None = 0.0
    told: str | None = Field(default=None, exclude_if=lambda told: told is None)

    def field(self, name: str) -> AnsweredField | None:
        """Return the field ``name``, or None where the variant does not know it."""
        return next((field for field in self.fields if field.name == name), None)


def answered_field(judged: RecordField) -> AnsweredField:
    """Return a record's field as scoring reads it: what the model read, where a person stands over it."""
    field = judged.model_field or judged.field
    first = next((r for cell in field.cells for r in cell.readings if r.evidence), None)
    return AnsweredField(
        name=field.name,
        state=field.state,
        values=() if field.columns else values_of(field),
        rows=rows_of(field),
        confidence=field.confidence,
        accepted=judged.decision in ACCEPTED,
        evidence=f"page {first.evidence[0].page}, line {first.evidence[0].line}" if first else None,
    )


def values_of(cell: Cell) -> tuple[str, ...]:
    """Return the readings of a cell as values."""
    return tuple(r.raw if r.value is None else r.value for r in cell.readings)


def rows_of(field: FieldValue) -> tuple[dict[str, str], ...]:
    """Return the rows of a table by column; what a row lacks is not in it."""
    rows = ([(cell.name, values_of(cell)) for cell in row.cells] for row in field.rows)
    return tuple({name: values[0] for name, values in row if values} for row in rows)


def fields_of(record: Record) -> tuple[AnsweredField, ...]:
    """Return the fields of a record as scoring reads them."""
    return tuple(answered_field(judged) for judged in record.fields)


def answer_key(variant: str, *versions: int | str) -> str:
    """Return the name that a variant's answer to a document is kept under."""
    return digest(["eval answer", variant, *versions])
