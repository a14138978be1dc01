"""Writing the records out: one file for them, one beside it per list of rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TextIO, cast

from app.printing import whole_file
from doctypes.definition import FieldSpec
from ops.record_row import RecordRow
from ops.records import write_csv, write_jsonl
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
    """Write the table of the records to ``out``, and each list of rows to ``<out>.<field>.csv`` beside it."""
    async with as_tables(rows) as tables:
        return _write(tables, out, write_csv)


async def write_records_parquet(
    rows: AsyncIterator[RecordRow], out: Path, declared: Sequence[FieldSpec]
) -> Written:
    """Write the same tables as Parquet, with the columns of ``declared`` whether or not a record has them."""
    from ops.parquet import write_parquet

    def write(table: Table, file: IO[str]) -> int:
        # Parquet is bytes: the text layer of the file is left out.
        return write_parquet(table, cast("TextIO", file).buffer)

    async with as_tables(rows, declared) as tables:
        return _write(tables, out, write)


def _write(tables: Sequence[Table], out: Path | None, write: Callable[[Table, IO[str]], int]) -> Written:
    """Write every table; the file of the records comes last, so that where it stands the others do too."""
    records, *others = tables
    written = []
    left_out = []
    for table in others:
        path = beside(out, table)
        if path is None:
            left_out.append(str(table.name))
            continue
        with whole_file(path) as file:
            written.append((path, write(table, file)))
    with whole_file(out) as file:
        return Written(write(records, file), tuple(written), tuple(left_out))


def beside(out: Path | None, table: Table) -> Path | None:
    """Return the file of a list of rows: ``records.lines.csv`` beside ``records.csv``.

    None where the records go to the screen, a pipe or a device, which have nothing beside them.
    """
    if out is None or (out.exists() and not out.is_file()):
        return None
    return out.with_name(f"{out.stem}.{table.name}{out.suffix}")
