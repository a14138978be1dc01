"""The queue's tables as plain rows, and back: for backups, from one database to another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, func, insert, select

from catalog.tables import Instant
from review.queue.database import Transaction
from review.queue.tables import metadata

Row = dict[str, Any]
_AT_ONCE = 500


def dump(tx: Transaction) -> Iterator[tuple[str, Row]]:
    """Yield every row with its table's name, as JSON has it."""
    for table in metadata.sorted_tables:
        for row in tx.connection.execute(select(table)).mappings():
            yield table.name, {column.name: _plain(row[column]) for column in table.columns}


def is_empty(tx: Transaction) -> bool:
    """Whether no table has a row."""
    return all(
        tx.connection.execute(select(func.count()).select_from(table)).scalar_one() == 0
        for table in metadata.sorted_tables
    )


def strange(tx: Transaction, rows: Iterable[tuple[str, Row]]) -> int:
    """Return how many rows there are that none of ``rows`` has the key of."""
    known: dict[str, set[tuple[Any, ...]]] = {}
    for name, row in rows:
        known.setdefault(name, set()).add(_key(metadata.tables[name], row))
    return sum(_key(metadata.tables[name], row) not in known.get(name, ()) for name, row in dump(tx))


def load(tx: Transaction, rows: Iterable[tuple[str, Row]]) -> int:
    """Add rows that ``dump`` yielded; returns how many."""
    waiting: list[Row] = []
    current: Table | None = None
    count = 0
    for name, row in rows:
        table = metadata.tables[name]
        if current is not None and (table is not current or len(waiting) >= _AT_ONCE):
            tx.connection.execute(insert(current), waiting)
            waiting = []
        current = table
        waiting.append({column.name: _value(column, row.get(column.name)) for column in table.columns})
        count += 1
    if current is not None and waiting:
        tx.connection.execute(insert(current), waiting)
    return count


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row.get(column.name) for column in table.primary_key.columns)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _value(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, Instant) and value is not None:
        return datetime.fromisoformat(value)
    return value
