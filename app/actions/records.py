"""Writing the records out: one file for them, one beside it per list of rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from app.printing import whole_file
from ops.records import RecordRow, write_csv, write_jsonl
from ops.tables import Table, as_tables


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        records: How many.
        tables: The files of the lists of rows, each with how many rows it has.
        left_out: Lists of rows that had no file to go to.
    """

    records: int
    tables: tuple[tuple[Path, int], ...] = ()
    left_out: tuple[str, ...] = ()


async def write_records_jsonl(rows: AsyncIterator[RecordRow], out: Path | None) -> Written:
    """Write one JSON object per record, its lists of rows within it."""
    with whole_file(out) as file:
        return Written(await write_jsonl(rows, file))


async def write_records_csv(rows: AsyncIterator[RecordRow], out: Path | None) -> Written:
    """Write the table of the records to ``out``, and each list of rows to ``<out>.<field>.csv`` beside it.

    The file of the records comes last, so that where it stands the others do too.
    """
    async with as_tables(rows) as (records, *others):
        written = []
        left_out = []
        for table in others:
            path = beside(out, table)
            if path is None:
                left_out.append(str(table.name))
                continue
            with whole_file(path) as file:
                written.append((path, write_csv(table, file)))
        with whole_file(out) as file:
            return Written(write_csv(records, file), tuple(written), tuple(left_out))


def beside(out: Path | None, table: Table) -> Path | None:
    """Return the file of a list of rows: ``records.lines.csv`` beside ``records.csv``.

    None where the records go to the screen, a pipe or a device, which have nothing beside them.
    """
    if out is None or (out.exists() and not out.is_file()):
        return None
    return out.with_name(f"{out.stem}.{table.name}{out.suffix}")
