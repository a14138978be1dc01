"""What a table of thousands of rows costs the review API: claimed, judged while somebody types, handed in.

``python -m benchmarks.review_table [ROWS]``. Processor time of the whole process, the client's reading and
writing of JSON included; the collector is set as where reviews are served.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2

from app.collector import calm_collector
from tests import review_tables
from tests.browser.counter import open_counter
from tests.browser.orders import PLAIN, order

ROWS = 5_000
AMOUNT = Decimal("0.02")
KEYS = 3


async def main(rows: int) -> None:
    """Claim a record with a table, correct a cell of it again and again, and hand it in."""
    net = AMOUNT * rows
    values = {**PLAIN, "net": f"{net}", "total": f"{net + Decimal(PLAIN['tax'])}"}
    table = [(f"item {number}", "1", f"{AMOUNT}") for number in range(rows)]
    with tempfile.TemporaryDirectory() as folder:
        migrated = review_tables.make(Path(folder) / "tables.db")
        async with open_counter(migrated, Path(folder)) as counter:
            await counter.add(order(("lines",), rows=table, values=values))
            async with httpx2.AsyncClient(base_url=counter.url, timeout=600) as client:
                await worked(client)


async def worked(client: httpx2.AsyncClient) -> None:
    """Do what the page does, and print what each step took."""
    await client.get("/v1/me")
    claimed = await timed("claimed", client.post("/v1/review/claim", json={}))
    task = claimed["tasks"][0]
    path = f"/v1/review/{task['task_id']}"
    lines: dict[str, Any] = next(one for one in task["fields"] if one["path"] == "lines")
    entry = {"path": "lines", "action": "correct", "source": "typed", "rows": lines["rows"]}
    for number in range(KEYS):
        lines["rows"][-1]["item"] = f"another {number}"
        await timed("judged after a key", client.post(f"{path}/check", json={"fields": [entry]}))
    headers = {"If-Match": task["etag"], "Idempotency-Key": "once", "Lease-Token": task["lease"]["token"]}
    await timed("handed in", client.put(f"{path}/decision", json={"fields": [entry]}, headers=headers))


async def timed(what: str, asked: Awaitable[httpx2.Response]) -> Any:
    """Return the answer, and print the processor time until it was there."""
    before = time.process_time()
    answer = await asked
    took = 1000 * (time.process_time() - before)
    answer.raise_for_status()
    print(f"{what:<20}{took:6.0f} ms, {len(answer.content) / 1e6:.2f} MB", flush=True)
    return answer.json()


if __name__ == "__main__":
    calm_collector()
    asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else ROWS))
