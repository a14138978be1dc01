"""``doctrail status``, ``records``, ``show``, ``trace``: where everything stands, how it came about."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson, Id
from app.printing import brief, columns, remark, say, say_json, whole_file, write_text

LOOK_SECONDS = 1.0
"""How long the agents are looked at to see their pace."""

ELSEWHERE = "services"
"""Who runs an installation whose bus many processes read."""

if TYPE_CHECKING:
    from ops.lag import AgentLag
    from ops.record_row import RecordRow
    from ops.status import Status


class Format(StrEnum):
    """How records are written."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("status", rich_help_panel=panel)(status)
    app.command("records", rich_help_panel=panel)(records)
    app.command("show", rich_help_panel=panel)(show)
    app.command("trace", rich_help_panel=panel)(trace)


def status(*, as_json: AsJson = False) -> None:
    """Say where everything stands and what waits.

    Documents by state and type, reviews, dead letters, agents that lag behind with their pace (looked at
    for a second where something waits), unfinished backfills, and which process runs this home.

    Example: doctrail status
    """
    import asyncio
    import time

    from app.buses import log_bytes
    from app.lock import lock_holder
    from app.session import with_doctrail
    from app.wiring import Doctrail
    from ops.health import Outages, outage_words, outages
    from ops.lag import Look
    from ops.status import status as status_of
    from ops.words import number_of_bytes

    async def work(doctrail: Doctrail) -> tuple[Status, str | None, int | None, Outages]:
        settings = doctrail.settings
        look = Look(lambda: asyncio.sleep(LOOK_SECONDS), time.monotonic)
        found = await status_of(doctrail.store, doctrail.bus, doctrail.catalog, look)
        holder = lock_holder(settings.home) if settings.embedded else ELSEWHERE
        return found, holder, log_bytes(settings), outages(settings.heartbeat_file, doctrail.now())

    found, holder, size, down = with_doctrail(work, needs_bus=False)
    if as_json:
        more = {"run_by": holder, "bus_bytes": size, "outages": down.as_json()}
        say_json({**found.model_dump(mode="json"), **more})
    else:
        _say_status(found, holder)
        if holder is not None:
            say(*outage_words(down))
        if size is not None:
            say(f"the bus takes {number_of_bytes(size)}; what every agent has finished goes in time")


def _say_status(found: Status, holder: str | None) -> None:
    from ops.words import minute, several, short, spoken

    say(f"{several(found.total, 'document')}; {_runner(holder)}", "")
    if found.documents:
        rows = [(spoken(c.state), spoken(c.doc_type or "–"), str(c.documents)) for c in found.documents]
        say(*columns(("STATE", "TYPE", "DOCUMENTS"), rows), "")
    say(
        f"{several(found.reviews_waiting, 'review')} waiting"
        + (": doctrail reviews list" if found.reviews_waiting else ""),
        f"{several(found.dead_letters, 'open dead letter')}"
        + (": doctrail dlq list" if found.dead_letters else ""),
    )
    if found.held:
        say(f"{several(found.held, 'document')} held by gates: doctrail gates held")
    if found.revoked:
        say(f"certificates revoked, values go to people: {', '.join(found.revoked)}")
    if found.overwritten:
        gone = several(found.overwritten, "object")
        say(f"{gone} overwritten before being read: doctrail ingest overwritten")
    for behind in found.lag:
        since = f", the oldest since {minute(behind.oldest)}" if behind.oldest else ""
        say(f"{behind.agent} has {behind.unread} unread on {behind.topic}{since}{_pace(behind)}")
    if found.trouble:
        say(found.trouble)
    for backfill in found.backfills:
        say(
            f"backfill {backfill.cause_id} ({backfill.selection}) of {minute(backfill.at)} to release "
            f"{short(backfill.release_digest)} is not finished: restart it with "
            f"doctrail backfill --id {backfill.cause_id}"
        )


def _pace(behind: AgentLag) -> str:
    if behind.rate is None:
        return ""
    if behind.seconds_left is None:
        return "; none finished just now"
    return f"; {behind.rate:.1f} a second, done in {behind.seconds_left:.0f} s"


def _runner(holder: str | None) -> str:
    if holder == ELSEWHERE:
        return "the agents are services of their own"
    return f"run by process {holder}" if holder else "nobody runs this home: doctrail run"


def records(
    *,
    doc_type: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="Only this type.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to write them.")] = Format.TABLE,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write, whole or not at all; default: the screen.")
    ] = None,
    files: Annotated[
        Path | None,
        typer.Option("--files", metavar="DIR", help="Also write the files that records deliver."),
    ] = None,
) -> None:
    """Write the records: a line per document, a column per field.

    jsonl holds every value exactly. csv is for spreadsheets: a cell that one would execute (it begins
    with = + - @, a tab or a line break, and is no plain number) gets an apostrophe in front. A list of rows
    (the lines of invoices) is a second file beside the first, keyed by record, revision and row. parquet is
    the same tables with dates, exact amounts and lists as such, and a type's columns whatever is in them.
    With --files, what a type delivers as files (a well log's curves) is written to DIR/<document>/.

    Example: doctrail records --type invoice --format csv --out invoices.csv
    """
    if form is Format.PARQUET and out is None:
        raise typer.BadParameter("parquet is no text; name a file to write", param_hint="--out")
    from app.accessing import noting
    from app.actions.records import Written, write_records_csv, write_records_jsonl, write_records_parquet
    from app.session import with_doctrail
    from app.wiring import Doctrail
    from ops.records import record_rows, with_files
    from ops.types import declared_fields, require_known

    async def work(doctrail: Doctrail) -> Written:
        if doc_type is not None:
            await require_known(doctrail.store, doctrail.catalog, doc_type)
        found = record_rows(doctrail.store, doctrail.catalog, doc_type=doc_type)
        rows = noting(doctrail, "records", found, lambda row: row.document_id)
        rows = with_files(doctrail.store, rows, files) if files is not None else rows
        match form:
            case Format.JSONL:
                return await write_records_jsonl(rows, out)
            case Format.CSV:
                return await write_records_csv(rows, out)
            case Format.PARQUET:
                declared = await declared_fields(doctrail.store, doc_type)
                return await write_records_parquet(rows, Path(out or ""), declared)
            case Format.TABLE:
                lines = _table([row async for row in rows], fields=doc_type is not None)
                with whole_file(out) as file:
                    file.writelines(line + "\n" for line in lines)
                return Written(len(lines))

    written = with_doctrail(work, needs_bus=False)
    if out is not None:
        from ops.words import several

        say(f"{several(written.records, 'record')} written to {out}")
        say(*(f"{several(count, 'row')} written to {path}" for path, count in written.tables))
    for name in written.left_out:
        remark(f"the rows of {name!r} are a table of their own: name a file with --out to get both")


def _table(rows: list[RecordRow], *, fields: bool) -> list[str]:
    if not rows:
        return ["no records yet"]
    names = list(dict.fromkeys(name for row in rows for name in row.fields)) if fields else []
    head = ["DOCUMENT", "FILE", "TYPE", "STATUS", "REV", *([n.upper() for n in names] or ["FIELDS"])]
    return columns(head, [_cells(row, names) for row in rows])


def _cells(row: RecordRow, names: list[str]) -> list[str]:
    from ops.records import in_one
    from ops.words import spoken

    name, count = _name(row), sum(value not in (None, []) for value in row.fields.values())
    values = [brief(in_one(row.fields.get(field))) for field in names]
    counted = values or [f"{count} of {len(row.fields)}" if row.fields else "–"]
    return [row.document_id[:12], name, spoken(row.doc_type), row.status.value, str(row.revision), *counted]


def _name(row: RecordRow) -> str:
    more = row.submissions - 1
    return brief(row.file_name or "–") + (f" (+{more})" if more > 0 else "")


def show(
    wanted: Id,
    *,
    files: Annotated[
        Path | None,
        typer.Option("--files", metavar="DIR", help="Also write the files that were made of it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show one record as it stands, each field with its evidence.

    With --files, what is delivered as files is written, a well log's curves for one: as it stands, with what
    a person corrected.

    Example: doctrail show logs/0042.png --files curves
    """
    from app.accessing import note_read
    from app.session import with_doctrail
    from app.wiring import Doctrail
    from ops.deliverables import write_files
    from ops.identify import identify
    from ops.show import Shown, load_shown, show_text

    async def work(doctrail: Doctrail) -> tuple[Shown, list[Path]]:
        identified = await identify(doctrail.store, doctrail.catalog, wanted)
        await note_read(doctrail, "show", [identified.document_id])
        found = await load_shown(doctrail.store, identified.document_id)
        return found, await write_files(doctrail.store, found.record, files) if files else []

    found, written = with_doctrail(work, needs_bus=False)
    if as_json:
        say_json(found.model_dump(mode="json"))
    else:
        say(show_text(found).rstrip("\n"))
    for path in written:
        remark(f"written: {path}")


def trace(
    wanted: Id,
    *,
    full: Annotated[
        bool, typer.Option("--full", help="Also every step, what the models were asked and answered.")
    ] = False,
    run: Annotated[
        str | None, typer.Option("--run", metavar="RUN", help="This run instead of the newest.")
    ] = None,
    as_json: AsJson = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="As one HTML file with the pages.")
    ] = None,
) -> None:
    """Tell step by step how a document came to be what it is.

    The first line is the sentence that matters; then the source, each stage with its figures, every
    field with its evidence, every rule, the routing arithmetic, and what happens next.

    Example: doctrail trace invoices/0042.pdf
    """
    if as_json and html is not None:
        raise typer.BadParameter("choose one of --json and --html", param_hint="--json")
    from app.actions.trace import Form, trace_document

    form = Form.JSON if as_json else Form.HTML if html is not None else Form.TEXT
    text = trace_document(wanted, run=run, form=form, full=full)
    if html is not None:
        write_text(html, text)
        say(f"wrote {html}")
    elif text:
        say(text.rstrip("\n"))
