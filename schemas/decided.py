"""What people decide of a record: fields, tables and files, as stored and laid over results."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from schemas.fields import Deliverable, Evidence
from schemas.layout import Frozen
from schemas.records import DecisionKind


class DecidedCell(Frozen):
    """One cell as a person decided it; ``value`` None means: not in this row of the document.

    Attributes:
        evidence: Where the person showed the value on the page.
    """

    column: str
    raw: str | None = None
    value: str | None = None
    evidence: tuple[Evidence, ...] = Field(default=(), exclude_if=lambda evidence: not evidence)


class DecidedRow(Frozen):
    """One row as a person decided it: a cell per declared column, in order.

    Attributes:
        origin: The row of the record that was reviewed (from 1) which this one keeps or corrects: cells
            that stay as they were read keep their evidence. None for a row that a person added.
    """

    origin: int | None = None
    cells: tuple[DecidedCell, ...]


class DecidedField(Frozen):
    """One field as a person decided it; without value, values and rows: absent from the document.

    Attributes:
        rows: The whole table of a rows field, in its order; a row of the record that no entry names is gone.
        evidence: Where the person showed the value on the page; a list has ``places``, a table has it in its
            cells.
        places: For a list, where the person showed each of ``values``, in their order; empty where he showed
            none.
        file: The file that the person corrected, where the field's value is one.
    """

    name: str
    raw: str | None = None
    value: str | None = None
    values: tuple[str, ...] = ()
    places: tuple[tuple[Evidence, ...], ...] = Field(default=(), exclude_if=lambda places: not places)
    rows: tuple[DecidedRow, ...] = Field(default=(), exclude_if=lambda rows: not rows)
    evidence: tuple[Evidence, ...] = Field(default=(), exclude_if=lambda evidence: not evidence)
    file: Deliverable | None = Field(default=None, exclude_if=lambda file: file is None)


class Decision(Frozen):
    """What a person decided, as stored with the review and laid over results."""

    decision_id: str
    review_id: str
    document_id: str
    run_id: str
    kind: DecisionKind
    reviewer: str
    decided_at: AwareDatetime
    fields: tuple[DecidedField, ...] = ()
    doc_type: str | None = None
    ranges: tuple[tuple[int, int], ...] = ()
    comment: str | None = None
