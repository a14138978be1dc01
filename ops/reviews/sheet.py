"""The file a reviewer edits: what is in doubt with its reasons and evidence, and the rest of the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ops.reviews.decide import Review
from review.sheet.rows import rows_entry
from review.sheet.values import UNDECIDED
from schemas.fields import Evidence, FieldState, FieldValue, Reading
from schemas.results import FieldDecision, RecordField

HOW_TO = (
    "Correct 'value' in 'fields' (null: the document does not have it; '?' must be replaced), and in "
    "'other_fields' where one is wrong too. A list of rows is decided as a whole: correct, add, remove or "
    "order its 'rows'; each gives every column, and in 'row' the number it had (null: a new row). "
    "Or name the right type in 'doc_type', or set 'reject' to true, or, where the file holds several "
    'documents, give their pages in \'split\' ("1-3, 4-5"; "1-5": it is one document). '
    "Hand it in with: doctrail reviews decide REVIEW_ID --file THIS_FILE"
)

Value = str | list[str] | None


def sheet(review: Review, *, name: str | None) -> dict[str, Any]:
    """Return a review as plain JSON that a person can edit and hand in.

    Args:
        review: The review.
        name: As the file was called when it was submitted.
    """
    doubtful = doubtful_fields(review)
    return {
        "review_id": review.review_id,
        "document_id": review.document_id,
        "name": name,
        "how_to": HOW_TO,
        "found_type": review.record.doc_type,
        "known_types": list(review.known_types),
        "reasons": list(review.record.reasons),
        "fields": {f.field.name: _entry(f, review) for f in doubtful},
        "other_fields": {f.field.name: _entry(f, review) for f in review.record.fields if f not in doubtful},
        "doc_type": None,
        "reject": False,
        **_pages(review),
        "comment": None,
    }


def _pages(review: Review) -> dict[str, Any]:
    """Return what concerns the split of a file with several pages; nothing for others."""
    if review.page_count < 2:
        return {}
    proposed = ", ".join(f"{first}-{last}" for first, last in review.proposed)
    return {"pages": review.page_count, "proposed_split": proposed or None, "split": None}


def doubtful_fields(review: Review) -> tuple[RecordField, ...]:
    """Return the fields that a decision must cover."""
    return tuple(f for f in review.record.fields if f.decision is FieldDecision.REVIEW)


def sheet_value(field: FieldValue, *, many: bool) -> Value:
    """Return what stands as ``value`` on the sheet; handing it back unchanged confirms it.

    A reading without a normal form is given as printed, so that it can't be confirmed by accident.
    """
    if field.state in (FieldState.MISSING, FieldState.CANNOT_TELL):
        return UNDECIDED
    values = [reading.raw if reading.value is None else reading.value for reading in field.readings]
    if many:
        return values
    return values[0] if values else None


def _entry(judged: RecordField, review: Review) -> dict[str, Any]:
    field = judged.field
    if field.columns:
        return rows_entry(judged)
    many = review.doc_type is not None and review.doc_type.field(field.name).many
    return {
        "value": sheet_value(field, many=many),
        "raw": [reading.raw for reading in field.readings],
        "reasons": list(judged.reasons),
        **_codes(judged),
        "arithmetic": judged.arithmetic,
        "alternatives": [_alternative(reading) for reading in field.alternatives],
        "evidence": [_evidence(evidence) for reading in field.readings for evidence in reading.evidence],
        **_elements(field.readings),
    }


def _codes(judged: RecordField) -> dict[str, Any]:
    return {"codes": [code.value for code in judged.codes]} if judged.codes else {}


def _elements(readings: Sequence[Reading]) -> dict[str, Any]:
    """Return where embedded data state the values; nothing where they come from the page."""
    stated = [reading.element.model_dump() for reading in readings if reading.element is not None]
    return {"stated_by": stated} if stated else {}


def _alternative(reading: Reading) -> dict[str, Any]:
    return {
        "value": reading.value,
        "raw": reading.raw,
        "confidence": reading.confidence,
        "evidence": [_evidence(evidence) for evidence in reading.evidence],
        **_elements([reading]),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    box = evidence.box
    return {
        "page": evidence.page,
        "line": evidence.line,
        "quote": evidence.quote,
        "box": [round(side, 4) for side in (box.x0, box.y0, box.x1, box.y1)],
    }
