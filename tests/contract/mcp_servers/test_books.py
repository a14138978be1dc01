"""Master data answer alike wherever they lie: in memory, in SQLite, in PostgreSQL."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from mcp import Client
from psycopg.sql import SQL, Identifier

from mcp_servers.db.server import master_data
from mcp_servers.db.tables import database, fill
from mcp_servers.errors import UnusableDatabaseError
from mcp_servers.loading import Made, make
from mcp_servers.packing import entries, pack
from mcp_servers.rag.files import Passages
from tests.services import lacking
from tests.unit.mcp_servers.knowledge import Shelf

pytestmark = pytest.mark.anyio
PLACES = ["memory", "sqlite"] + ([] if lacking("postgres") else ["postgres"])


def fresh_schema(server: str) -> str:
    """Return the URL of an empty schema of a PostgreSQL server."""
    schema = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
    return f"{server}?options=-csearch_path%3D{schema}"


@dataclass
class Asking:
    """A server of master data that lie somewhere.

    Attributes:
        url: Where; None in memory.
    """

    url: str | None
    shelf: Shelf

    async def ask(self, tool: str, **arguments: object) -> Any:
        """Return the structured answer, or the sentence that refuses."""
        async with Client(master_data(self.shelf, url=self.url), cache=None) as client:
            result = await client.call_tool(tool, arguments)
        if result.is_error:
            return result.content[0].text  # type: ignore[union-attr]
        return result.structured_content


@pytest.fixture(scope="module", params=PLACES)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str | None:
    """Where master data lie; another database adds its name here."""
    if request.param == "memory":
        return None
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('books') / 'erp.db'}"
    return fresh_schema(str(request.getfixturevalue("postgres")))


@pytest.fixture(scope="module")
def books(url: str | None) -> Asking:
    shelf = Shelf()
    loaded(url, shelf)
    return Asking(url, shelf)


def loaded(url: str | None, shelf: Shelf) -> bool:
    """Write the master data into their database; whether they were not there."""
    if url is None:
        return True
    engine = database(url)
    try:
        return fill(engine, shelf.made["db"].data, shelf.snapshots["db"])
    finally:
        engine.dispose()


async def test_a_vendor_is_found_by_name_number_or_account(books: Asking) -> None:
    by_name = await books.ask("find_vendor", name="Nordlicht Tools")
    by_account = await books.ask("find_vendor", iban="DE89370400440532013000")
    nobody = await books.ask("find_vendor", name="Unheard Of Ltd")
    other = await books.ask("find_vendor", name="Harbour Furniture Ltd", vat_id="DE136695976")

    assert [found["vendor"]["vendor_id"] for found in (by_name, by_account)] == ["V1", "V1"]
    assert (nobody["status"], nobody["vendor"], nobody["on_file"]) == ("no_match", None, 2)
    assert other["status"] == "conflict"


async def test_an_order_is_found_however_its_number_is_written(books: Asking) -> None:
    found = await books.ask("get_purchase_order", order_number="po 712")
    others = await books.ask("get_purchase_order", order_number="PO-00712", vendor_id="V2")
    none = await books.ask("get_purchase_order", order_number="PO-00713")

    told = (found["status"], found["order"]["total"], found["vendor"]["vendor_id"])
    assert told == ("found", "950.00", "V1")
    assert (others["status"], none["status"]) == ("other_vendor", "not_found")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ({"invoice_number": "2026-17", "vendor_name": "Nordlicht Werkzeuge GmbH"}, "seen"),
        ({"invoice_number": "9", "vendor_id": "V1", "issued_on": "2026-01-20", "total": "1140"}, "similar"),
        ({"invoice_number": "9", "vendor_id": "V1", "issued_on": "2026-01-21", "total": "1140"}, "not_seen"),
        ({"invoice_number": "2026-0017", "vendor_id": "V2"}, "not_seen"),
        ({"invoice_number": "2026-0017", "vendor_name": "Unheard Of Ltd"}, "unknown_vendor"),
    ],
)
async def test_an_invoice_that_came_before_is_told(
    books: Asking, arguments: dict[str, str], status: str
) -> None:
    assert (await books.ask("invoice_seen_before", **arguments))["status"] == status


@pytest.mark.parametrize(
    "odd", ["x' OR '1'='1", "'; DROP TABLE mcp_purchase_orders; --", "\x00", "%", "\ud800é", "\uff19"]
)
async def test_what_looks_like_sql_or_like_no_text_is_a_number_like_any_other(
    books: Asking, odd: str
) -> None:
    odd = odd.encode("utf-8", "replace").decode()
    found = await books.ask("get_purchase_order", order_number=odd, vendor_id=odd)
    seen = await books.ask("invoice_seen_before", invoice_number=odd, vendor_id=odd)

    assert (found["status"], seen["status"]) == ("not_found", "unknown_vendor")
    assert (await books.ask("get_purchase_order", order_number="po 712"))["status"] == "found"


def many(orders: int) -> Shelf:
    """Return master data with numbers that databases collate in different ways."""
    numbers = [("A", "a", "Ä", "ä", "_a", "-a", "Z", "z")[n % 8] + f"-{n // 8:03}" for n in range(orders)]
    vendors = b"vendor_id,name\nV1,Nordlicht\n"
    rows = "".join(f"{number},V1,2026-01-20,EUR,10.00\n" for number in numbers)
    head = "invoice_number,vendor_id,issued_on,currency,total\n"
    files = {"db/vendors.csv": vendors, "db/invoices.csv": (head + rows).encode()}
    made: dict[str, Made] = make(files, Passages())
    return Shelf(made)


async def test_answers_come_in_the_same_order_from_every_database(url: str | None) -> None:
    shelf, asked = many(260), {"invoice_number": "none", "vendor_id": "V1"}
    loaded(url, shelf)
    more = {**asked, "issued_on": "2026-01-20", "total": "10", "limit": 100}

    expected = await Asking(None, shelf).ask("invoice_seen_before", **more)

    assert await Asking(url, shelf).ask("invoice_seen_before", **more) == expected
    assert len(expected["earlier"]) == 100


async def test_a_vendor_of_many_invoices_a_day_is_told_the_one_of_the_same_total() -> None:
    rows = "".join(f"{number},V1,2026-01-20,EUR,{number}.00\n" for number in range(1, 301))
    head = "invoice_number,vendor_id,issued_on,currency,total\n"
    files = {"db/vendors.csv": b"vendor_id,name\nV1,A\n", "db/invoices.csv": (head + rows).encode()}
    asking = Asking(None, Shelf(make(files, Passages())))

    found = [
        await asking.ask(
            "invoice_seen_before",
            invoice_number="x",
            vendor_id="V1",
            issued_on="2026-01-20",
            total=str(total),
        )
        for total in range(1, 301)
    ]

    assert {one["status"] for one in found} == {"similar"}


async def test_a_snapshot_is_written_once_and_one_that_is_not_there_is_no_other(url: str | None) -> None:
    if url is not None:
        shelf = Shelf()
        loaded(url, shelf)
        assert not loaded(url, shelf)
    said = await Asking(url, many(8)).ask("find_vendor", name="Nordlicht", snapshot="0" * 64)

    assert "there is no fallback" in said


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "'nonsense' is no database"),
        ("mysql://ann:secret@db/erp", "'mysql' is no database"),
        ("postgresql://ann:secret@127.0.0.1:1/erp", "127.0.0.1:1/erp does not take master data"),
        ("sqlite:////nowhere/at/all.db", "does not take master data"),
        ("postgresql://ann:secret@127.0.0.1:port/erp", "can't be read"),
    ],
)
def test_a_database_that_cant_be_used_is_named_without_its_password(url: str, said: str) -> None:
    with pytest.raises(UnusableDatabaseError) as caught:
        loaded(url, Shelf())

    assert said in str(caught.value)
    assert "DOCTRAIL_MCP_DATABASE_URL" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_write_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    engine = database(f"sqlite:///{tmp_path / 'erp.db'}")
    shelf = Shelf()
    lines = list(entries(shelf.made["db"].data))
    lines[-1]["total"] = "\ud800"
    broken = pack(json.dumps(line) for line in lines)

    with pytest.raises(UnicodeEncodeError):
        fill(engine, broken, "f" * 64)

    with engine.connect() as connection:
        left = connection.execute(sa.text("SELECT count(*) FROM mcp_snapshots")).scalar_one()
    engine.dispose()
    assert left == 0
