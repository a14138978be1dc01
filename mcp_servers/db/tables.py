"""The tables of master data, in SQLite or Postgres: every row belongs to a snapshot and never changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool, StaticPool

from mcp_servers.errors import UnusableDatabaseError
from mcp_servers.packing import entries

BATCH = 2000
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""Databases by the scheme of their URL."""
_PARTS = re.compile(r"[0-9]+|[^\W\d_]+")

metadata = sa.MetaData()


def _table(name: str, *columns: sa.Column[Any] | sa.Index) -> sa.Table:
    return sa.Table(
        f"mcp_{name}",
        metadata,
        sa.Column("snapshot", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        *columns,
    )


snapshots = sa.Table("mcp_snapshots", metadata, sa.Column("snapshot", sa.String(64), primary_key=True))
vendors = _table(
    "vendors",
    sa.Column("vendor_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    *(sa.Column(name, sa.Text) for name in ("aliases", "country", "vat_id", "iban", "status", "role")),
    sa.Index("mcp_vendors_by_id", "snapshot", "vendor_id"),
)
purchase_orders = _table(
    "purchase_orders",
    sa.Column("order_number", sa.Text, nullable=False),
    sa.Column("order_key", sa.Text, nullable=False),
    *(sa.Column(name, sa.Text) for name in ("vendor_id", "ordered_on", "currency", "total", "status")),
    sa.Index("mcp_orders_by_key", "snapshot", "order_key"),
)
invoices = _table(
    "invoices",
    sa.Column("invoice_number", sa.Text, nullable=False),
    sa.Column("invoice_key", sa.Text, nullable=False),
    *(sa.Column(name, sa.Text) for name in ("vendor_id", "issued_on", "currency", "total")),
    sa.Index("mcp_invoices_by_key", "snapshot", "invoice_key"),
    sa.Index("mcp_invoices_by_vendor", "snapshot", "vendor_id"),
)
TABLES = {"vendors": vendors, "purchase_orders": purchase_orders, "invoices": invoices}
_KEYS = {"purchase_orders": ("order_key", "order_number"), "invoices": ("invoice_key", "invoice_number")}


def in_memory() -> sa.Engine:
    """Return a new, empty database in this process's memory."""
    engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    metadata.create_all(engine)
    return engine


def database(url: str) -> sa.Engine:
    """Return the database at ``url``; nothing is connected yet.

    Raises:
        UnusableDatabaseError: The URL is none of SQLite or PostgreSQL.
    """
    scheme, _, rest = url.partition("://")
    driver = _DRIVERS.get(scheme)
    if driver is None:
        raise UnusableDatabaseError(
            f"{scheme.partition(':')[0]!r} is no database for master data: there are {', '.join(_DRIVERS)}"
        )
    try:
        # Asked now and then: a connection that is kept meanwhile is one that something on the way closes.
        return sa.create_engine(f"{driver}://{rest}", poolclass=NullPool)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise UnusableDatabaseError("the URL of the database for master data can't be read") from error


def fill(engine: sa.Engine, data: bytes, digest: str) -> bool:
    """Write a snapshot into its tables in one transaction; False where it is there already.

    Raises:
        UnusableDatabaseError: The database can't be reached, or takes no tables from us.
    """
    try:
        metadata.create_all(engine)
        with engine.begin() as connection:
            if is_there(connection, digest):
                return False
            connection.execute(sa.insert(snapshots).values(snapshot=digest))
            _insert(connection, data, digest)
    except sa.exc.SQLAlchemyError as error:
        # Its words may hold values of the rows.
        where = engine.url.render_as_string(hide_password=True)
        raise UnusableDatabaseError(f"{where} does not take master data ({type(error).__name__})") from error
    return True


def _insert(connection: sa.Connection, data: bytes, digest: str) -> None:
    rows = _rows(data, digest)
    while batch := list(islice(rows, BATCH)):
        for name, table in TABLES.items():
            mine = [row for of, row in batch if of == name]
            if mine:
                connection.execute(sa.insert(table), mine)


def is_there(connection: sa.Connection, digest: str) -> bool:
    """Whether the database holds a snapshot whole."""
    asked = sa.select(snapshots.c.snapshot).where(snapshots.c.snapshot == digest)
    return connection.execute(asked).first() is not None


def _rows(data: bytes, digest: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, entry in enumerate(entries(data)):
        name = entry.pop("table")
        row = {column.name: entry.get(column.name) for column in TABLES[name].columns}
        row |= {"snapshot": digest, "number": number}
        if name in _KEYS:
            key, of = _KEYS[name]
            row[key] = number_key(entry[of])
        yield name, row


def number_key(printed: str) -> str:
    """Return a document number as it is compared: its letters and numbers in order, without leading zeros."""
    parts = _PARTS.findall(printed.upper())
    return "-".join(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)
