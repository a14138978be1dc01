"""Reading the files of master data: CSV tables held to their columns, wrong identifiers left out and told."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from mcp_servers.errors import BrokenKnowledgeError
from mcp_servers.ids import Scheme, is_valid
from mcp_servers.packing import as_line, pack

COLUMNS = {
    "vendors.csv": ("vendor_id", "name", "aliases", "country", "vat_id", "iban", "status", "role"),
    "purchase_orders.csv": ("order_number", "vendor_id", "ordered_on", "currency", "total", "status"),
    "invoices.csv": ("invoice_number", "vendor_id", "issued_on", "currency", "total"),
}
"""By file, the columns it may have; the first two, and those of NEEDED, it must have."""
NEEDED = {"ordered_on", "issued_on", "total"}
_KEYS = {"vendors.csv": "vendor_id", "purchase_orders.csv": "order_number"}
_DAYS = ("ordered_on", "issued_on")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
STATUSES = {"vendors.csv": ("active", "blocked"), "purchase_orders.csv": ("open", "closed")}


@dataclass(frozen=True, slots=True)
class TableFiles:
    """Master data as they are published.

    Attributes:
        data: The snapshot's bytes.
        rows: How many of each table.
        left_out: Identifiers whose check digits are wrong, one sentence each.
    """

    data: bytes
    rows: dict[str, int]
    left_out: tuple[str, ...]


def read_tables(files: Mapping[str, bytes]) -> TableFiles:
    """Return what the tables hold together.

    Args:
        files: By name: ``vendors.csv``, ``purchase_orders.csv``, ``invoices.csv``; any may be missing.

    Raises:
        BrokenKnowledgeError: Another file, a column that is missing or unknown, a value that can't be read,
            or a number that stands twice; file and line are named.
    """
    lines: list[str] = []
    rows: dict[str, int] = {}
    left_out: list[str] = []
    vendors: set[str] = set()
    for name in COLUMNS:
        table = name.removesuffix(".csv")
        rows[table] = 0
        for place, row in _rows(name, files[name]) if name in files else ():
            if name == "vendors.csv":
                vendors.add(row["vendor_id"])
                left_out += _without_wrong_ids(place, row)
            elif row["vendor_id"] not in vendors:
                raise BrokenKnowledgeError(
                    f"{place} names vendor {row['vendor_id']!r}, which vendors.csv lacks"
                )
            lines.append(as_line({"table": table, **row}))
            rows[table] += 1
    unknown = sorted(set(files) - set(COLUMNS))
    if unknown:
        raise BrokenKnowledgeError(
            f"{unknown[0]}: master data are read from {', '.join(COLUMNS)}, nothing else"
        )
    return TableFiles(pack(lines), rows, tuple(left_out))


def _rows(name: str, data: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenKnowledgeError(f"{name} is not UTF-8 at byte {error.start}") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    _require_columns(name, reader.fieldnames or ())
    seen: set[str] = set()
    try:
        for row in reader:
            place = f"{name} line {reader.line_num}"
            yield place, _checked(name, place, row, seen)
    except csv.Error as error:
        raise BrokenKnowledgeError(f"{name} line {reader.line_num} is no CSV: {error}") from error


def _require_columns(name: str, found: object) -> None:
    columns = list(found) if isinstance(found, list | tuple) else []
    known = COLUMNS[name]
    must = {*known[:2], *(NEEDED & set(known))}
    for column in columns:
        if column not in known or columns.count(column) > 1:
            raise BrokenKnowledgeError(
                f"{name} has a column {column!r}{' twice' if column in known else ''}; "
                f"it may have {', '.join(known)}, each once"
            )
    for column in sorted(must - set(columns)):
        raise BrokenKnowledgeError(f"{name} lacks the column {column!r}")


def _checked(name: str, place: str, row: dict[str, str | None], seen: set[str]) -> dict[str, str]:
    if None in row or any(value is None for value in row.values()):
        raise BrokenKnowledgeError(f"{place} has another number of cells than the heading")
    kept = {column: value.strip() for column, value in row.items() if value and value.strip()}
    for column in COLUMNS[name]:
        if column in ({*COLUMNS[name][:2]} | NEEDED) and column not in kept:
            raise BrokenKnowledgeError(f"{place}: {column!r} is empty")
    key = _KEYS.get(name)
    if key:
        if kept[key] in seen:
            raise BrokenKnowledgeError(f"{place}: {key} {kept[key]!r} stands twice")
        seen.add(kept[key])
    problem = next(filter(None, (_problem(name, *cell) for cell in kept.items())), None)
    if problem:
        raise BrokenKnowledgeError(f"{place}: {problem}")
    return kept


def _problem(name: str, column: str, value: str) -> str | None:
    if "\0" in value:
        return f"{column} holds a NUL character"
    if column in _DAYS and not _is_day(value):
        return f"{column} is no day such as 2026-01-31"
    if column == "total" and not _is_amount(value):
        return "total is no amount such as 1980.00"
    if column == "vat_id" and "|" in value:
        return "vat_id holds one number; aliases and iban alone may hold several"
    if column == "currency" and not _CURRENCY.fullmatch(value):
        return "currency is no ISO 4217 code"
    if column == "country" and not _COUNTRY.fullmatch(value):
        return "country is no ISO 3166 code of two letters"
    allowed = STATUSES.get(name, ()) if column == "status" else ()
    return f"status is none of {', '.join(allowed)}" if allowed and value not in allowed else None


def _is_day(value: str) -> bool:
    """Whether it is a day in the one form in which days are compared: 20260131 is another text."""
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_amount(value: str) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _without_wrong_ids(place: str, row: dict[str, str]) -> Iterator[str]:
    schemes: tuple[tuple[str, Scheme], ...] = (("vat_id", "vat"), ("iban", "iban"))
    for column, scheme in schemes:
        values = [value.strip() for value in row.get(column, "").split("|") if value.strip()]
        right = [value for value in values if is_valid(scheme, value, row.get("country")) is not False]
        if len(right) < len(values):
            yield f"{place}: {column} has wrong check digits and is left out"
        row.pop(column, None)
        if right:
            row[column] = "|".join(right)
