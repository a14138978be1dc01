"""``doctrail export``: the trail and what people answered, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import group
from app.commands.options import OnlyType, Since, Until, utc
from app.printing import dump_json, say, whole_file
from ops.export import Form

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from app.wiring import Doctrail
    from schemas.layout import Frozen

As = Annotated[Form, typer.Option("--format", help="How to write them.")]
Out = Annotated[
    Path | None, typer.Option("--out", help="File to write, whole or not at all; default: the screen.")
]
AsSchema = Annotated[bool, typer.Option("--schema", help="Only the JSON Schema of a row.")]


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the group to the command line."""
    found = group("export", "The trail and what people answered, as rows; doctrail records has the records.")
    found.command("trail")(trail)
    found.command("reviews")(reviews)
    app.add_typer(found, rich_help_panel=panel)


def trail(
    *,
    doc_type: OnlyType = None,
    since: Since = None,
    until: Until = None,
    form: As = Form.JSONL,
    out: Out = None,
    schema: AsSchema = False,
) -> None:
    """Write a row for every attempt of every stage: when, how long, how it ended, tokens, cost, tries.

    Prompts and replies stay where they are: "key" names the object that holds the attempt whole.

    Example: doctrail export trail --since 2026-11-01 --format parquet --out trail.parquet
    """
    from ops.export.rows import AttemptRow, attempt_rows

    def rows(doctrail: Doctrail) -> AsyncIterator[Frozen]:
        return attempt_rows(
            doctrail.store, doctrail.catalog, doc_type=doc_type, since=utc(since), until=utc(until)
        )

    _write(AttemptRow, rows, form, out, schema=schema)


def reviews(
    *,
    doc_type: OnlyType = None,
    since: Since = None,
    until: Until = None,
    form: As = Form.JSONL,
    out: Out = None,
    schema: AsSchema = False,
) -> None:
    """Write a row for every field that a person looked at: what was said, by whom, in which lane.

    Days are those of the decision. "inclusion" is how likely the field was to be asked about: weigh by its
    inverse.

    Example: doctrail export reviews --type receipt --format csv --out answers.csv
    """
    from datetime import date, timedelta

    from app.accessing import noting
    from ops.export.rows import AnswerRow, answer_rows

    first = since.date() if since else date.min
    last = until.date() if until else date.max
    if until and last > date.min:
        last -= timedelta(days=1)

    def rows(doctrail: Doctrail) -> AsyncIterator[Frozen]:
        found = answer_rows(doctrail.store, first, last, doc_type=doc_type)
        return noting(doctrail, "export", found, lambda row: row.document_id)

    _write(AnswerRow, rows, form, out, schema=schema)


def _write(
    kind: type[Frozen],
    rows: Callable[[Doctrail], AsyncIterator[Frozen]],
    form: Form,
    out: Path | None,
    *,
    schema: bool,
) -> None:
    if schema:
        say(dump_json(kind.model_json_schema(mode="serialization")))
        return
    if form is Form.PARQUET and out is None:
        raise typer.BadParameter("parquet is no text; name a file to write", param_hint="--out")
    from app.session import with_doctrail
    from ops.export.writing import write_rows

    async def work(doctrail: Doctrail) -> int:
        with whole_file(out) as file:
            return await write_rows(kind, rows(doctrail), file, form)

    count = with_doctrail(work, needs_bus=False)
    if out is not None:
        say(f"{count} {'row' if count == 1 else 'rows'} written to {out}")
