"""Records as rows, for what writes them out."""

from __future__ import annotations

from datetime import UTC, datetime

from doctypes.definition import FieldSpec
from ops.record_row import RecordRow
from schemas.fields import FieldKind
from schemas.records import RecordStatus

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LINES = FieldSpec(
    name="lines",
    title="Lines",
    description="What is billed.",
    kind=FieldKind.ROWS,
    columns=(
        FieldSpec(name="description", title="Description", description="What.", kind=FieldKind.TEXT),
        FieldSpec(name="amount", title="Amount", description="How much.", kind=FieldKind.MONEY),
    ),
)
TOTAL = FieldSpec(name="total", title="Total", description="The sum.", kind=FieldKind.MONEY)


def with_lines(number: int, *lines: dict[str, str | None] | None, **fields: str | None) -> RecordRow:
    """Return a record with lines; None alone is a table that nobody read."""
    rows = None if lines == (None,) else [line for line in lines if line is not None]
    columns = {"lines": ("description", "amount")}
    return row(number, **fields, lines=rows).model_copy(
        update={"columns": columns, "declared": (TOTAL, LINES)}
    )


def row(number: int, **fields: str | list[str] | list[dict[str, str | None]] | None) -> RecordRow:
    """Return an accepted record of a slip."""
    return RecordRow(
        document_id=f"{number:064d}",
        file_name=f"{number}.pdf",
        doc_type="slip",
        status=RecordStatus.ACCEPTED,
        revision=1,
        run_id=f"{number:064d}",
        submitted_at=NOW,
        changed_at=NOW,
        fields=fields,
    )
