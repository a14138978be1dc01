"""Rows of one kind as JSON lines, CSV or Parquet; its fields are the columns, whatever the rows hold."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Callable
from typing import IO, Any

from ops.export import Form
from ops.records import BETWEEN
from ops.words.spreadsheet import cell
from schemas.layout import Frozen


async def write_rows(kind: type[Frozen], rows: AsyncIterator[Frozen], out: IO[str], form: Form) -> int:
    """Write ``rows`` of ``kind``; returns how many. No rows make a table with its columns all the same.

    Args:
        out: Text; Parquet is bytes and goes past its text layer.
    """
    writing: dict[Form, Callable[[type[Frozen], AsyncIterator[Frozen], Any], Any]] = {
        Form.JSONL: _jsonl,
        Form.CSV: _csv,
        Form.PARQUET: _parquet,
    }
    count: int = await writing[form](kind, rows, out)
    return count


async def _jsonl(kind: type[Frozen], rows: AsyncIterator[Frozen], out: IO[str]) -> int:
    del kind
    count = 0
    async for row in rows:
        # ASCII only: a value can't command a terminal, and every reader decodes it.
        out.write(row.model_dump_json(ensure_ascii=True) + "\n")
        count += 1
    return count


async def _csv(kind: type[Frozen], rows: AsyncIterator[Frozen], out: IO[str]) -> int:
    writer = csv.writer(out)
    writer.writerow(kind.model_fields)
    count = 0
    async for row in rows:
        writer.writerow(cell(_text(value)) for value in row.model_dump(mode="json").values())
        count += 1
    return count


def _text(value: object) -> str:
    if isinstance(value, list):
        return BETWEEN.join(map(_text, value))
    return "" if value is None else str(value)


async def _parquet(kind: type[Frozen], rows: AsyncIterator[Frozen], out: Any) -> int:
    from ops.parquet import write_models

    return await write_models(kind, rows, out.buffer)
