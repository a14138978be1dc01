"""An opened snapshot of master data: vendors by name in memory, the rest by parameterised SQL."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice
from typing import Any

import sqlalchemy as sa

from mcp_servers.db.answers import Earlier, Order, Vendor
from mcp_servers.db.tables import (
    TABLES,
    fill,
    in_memory,
    invoices,
    is_there,
    number_key,
    purchase_orders,
    vendors,
)
from mcp_servers.errors import UnknownSnapshotError
from mcp_servers.ids import Scheme
from mcp_servers.matching import Matched, Matcher, Party, Question

MOST_EARLIER = 200
"""Earlier invoices of one vendor and number or day that are told."""


class Books:
    """Master data that answer; nothing in them changes.

    Args:
        engine: Whose tables hold the snapshot.
        digest: Of the snapshot.

    Attributes:
        counts: Rows by table.
        vendors: In the order of the snapshot.
    """

    def __init__(self, engine: sa.Engine, digest: str) -> None:
        self._engine = engine
        self._digest = digest
        with engine.connect() as connection:
            if not is_there(connection, digest):
                raise UnknownSnapshotError("db", digest)
            self.counts = {name: self._count(connection, table) for name, table in TABLES.items()}
            mine = sa.select(vendors).where(vendors.c.snapshot == digest).order_by(vendors.c.number)
            self.vendors = tuple(_vendor(row) for row in connection.execute(mine).mappings())
        self._matcher = Matcher([_party(vendor) for vendor in self.vendors])
        self._by_id = {vendor.vendor_id: vendor for vendor in self.vendors}

    @classmethod
    def of_bytes(cls, data: bytes, digest: str) -> Books:
        """Return a snapshot's bytes opened in this process's memory."""
        engine = in_memory()
        fill(engine, data, digest)
        return cls(engine, digest)

    def find(self, question: Question, limit: int) -> Matched:
        """Return which vendor is meant."""
        return self._matcher.match(question, limit)

    def vendor(self, vendor_id: str) -> Vendor | None:
        """Return a vendor by number, or None."""
        return self._by_id.get(vendor_id)

    def order(self, number: str, vendor_id: str | None) -> Order | None:
        """Return the purchase order of this number, the vendor's own first."""
        asked = (
            sa.select(purchase_orders)
            .where(purchase_orders.c.snapshot == self._digest)
            .where(purchase_orders.c.order_key == number_key(number))
            .order_by(purchase_orders.c.number)
            .limit(20)
        )
        found = [Order.model_validate(_known(row, Order)) for row in self._all(asked)]
        return next((order for order in found if order.vendor_id == vendor_id), found[0] if found else None)

    def earlier(
        self, number: str, vendor_id: str, issued_on: str | None, total: Decimal | None
    ) -> list[Earlier]:
        """Return a vendor's invoices of the same number, then those of the same day and total."""
        # In the snapshot's order: databases collate texts each in its own way.
        mine = (
            sa.select(invoices)
            .where(invoices.c.snapshot == self._digest, invoices.c.vendor_id == vendor_id)
            .order_by(invoices.c.number)
        )
        by_number = mine.where(invoices.c.invoice_key == number_key(number))
        found = [_earlier(row, "the same number") for row in self._all(by_number.limit(MOST_EARLIER))]
        if issued_on is not None and total is not None:
            known = {one.invoice_number for one in found}
            same_day = mine.where(invoices.c.issued_on == issued_on)
            same_total = (
                _earlier(row, "the same day and total")
                for row in self._all(same_day)
                if Decimal(row["total"]) == total and row["invoice_number"] not in known
            )
            # Counted once the totals were compared: some vendors send hundreds a day.
            found += islice(same_total, MOST_EARLIER)
        return sorted(
            found, key=lambda one: (one.why != "the same number", one.issued_on, one.invoice_number)
        )

    def _all(self, asked: sa.Select[Any]) -> list[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(asked).mappings())

    def _count(self, connection: sa.Connection, table: sa.Table) -> int:
        asked = sa.select(sa.func.count()).select_from(table).where(table.c.snapshot == self._digest)
        return int(connection.execute(asked).scalar_one())


def _vendor(row: Any) -> Vendor:
    return Vendor(
        vendor_id=row["vendor_id"],
        name=row["name"],
        aliases=_split(row["aliases"]),
        country=row["country"],
        vat_id=row["vat_id"],
        ibans=_split(row["iban"]),
        status=row["status"] or "active",
        role=row["role"] or "vendor",
    )


def _split(value: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (value or "").split("|") if part.strip())


def _party(vendor: Vendor) -> Party:
    ids: list[tuple[Scheme, str]] = [("iban", iban) for iban in vendor.ibans]
    if vendor.vat_id:
        ids.append(("vat", vendor.vat_id))
    return Party((vendor.name, *vendor.aliases), vendor.country, tuple(ids))


def _earlier(row: Any, why: str) -> Earlier:
    return Earlier.model_validate({**_known(row, Earlier), "why": why})


def _known(row: Any, kind: type[Order | Earlier]) -> dict[str, Any]:
    return {name: row[name] for name in kind.model_fields if name in row}
