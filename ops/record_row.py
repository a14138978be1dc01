"""A record as one row, whatever it is written to."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from doctypes.definition import FieldSpec
from schemas.layout import Frozen
from schemas.objects import ObjectRef
from schemas.records import RecordStatus

Rows = list[dict[str, str | None]]


class RecordRow(Frozen):
    """One record as it stands.

    Attributes:
        document_id: Also the record's id.
        file_name: As the file was called when it was first submitted; a part's place in its packet.
        file_names: Every name that these very bytes came in by, the first one first.
        submissions: How often they came in.
        parent_id: The packet that a part was taken out of.
        fields: Normal form by field name: a list of values for a list field, a list of rows (value by column)
            for a rows field, None where there is none.
        absent: Fields of which it was decided that the document does not have them.
        columns: By rows field, its columns in order.
        declared: The fields as the document's newest run declares them.
        files: What its fields deliver as files.
    """

    document_id: str
    file_name: str | None
    file_names: tuple[str, ...] = ()
    submissions: int = 1
    parent_id: str | None = None
    doc_type: str
    status: RecordStatus
    revision: int
    run_id: str
    submitted_at: datetime
    changed_at: datetime
    fields: dict[str, str | list[str] | Rows | None]
    absent: tuple[str, ...] = ()
    columns: dict[str, tuple[str, ...]] = Field(default_factory=dict, exclude=True)
    declared: tuple[FieldSpec, ...] = Field(default=(), exclude=True)
    files: tuple[ObjectRef, ...] = Field(default=(), exclude=True)
