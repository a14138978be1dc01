"""What nobody should send: enormous values and tables, paths that lead elsewhere, forms of other sites."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.browser.counter import Counter, open_counter
from tests.browser.orders import order
from tests.unit.agents.slips import DOUBTFUL
from tests.unit.review.api import Desk

pytestmark = pytest.mark.anyio

LONG = 200_000
ROWS = 5_000


@pytest.fixture
async def orders(folder: Path, migrated: Path) -> AsyncIterator[tuple[Counter, httpx2.AsyncClient]]:
    """A queue with one order in it, whose note and table are in doubt, served on loopback."""
    async with open_counter(migrated, folder) as counter:
        await counter.add(order(("note", "lines")))
        async with httpx2.AsyncClient(base_url=counter.url, timeout=120) as client:
            yield counter, client


async def decide(counter: Counter, client: httpx2.AsyncClient, *fields: dict[str, Any]) -> httpx2.Response:
    wanted = {"task_id": counter.tasks[0].task_id}
    (task,) = (await client.post("/v1/review/claim", json=wanted)).json()["tasks"]
    said = {one["path"] for one in fields}
    accepted = [{"path": name, "action": "accept"} for name in task["asked"] if name not in said]
    rules = [{"rule": one["rule"], "reason": "as it stands"} for one in task["rules"]]
    return await client.put(
        f"/v1/review/{task['task_id']}/decision",
        json={"fields": [*accepted, *fields], "overrides": rules},
        headers={
            "If-Match": task["etag"],
            "Idempotency-Key": "one",
            "Lease-Token": task["lease"]["token"],
        },
    )


async def test_a_field_of_200_000_characters_is_kept_whole_and_a_longer_one_refused(
    orders: tuple[Counter, httpx2.AsyncClient],
) -> None:
    counter, client = orders
    note = {"path": "note", "action": "correct", "source": "typed"}

    refused = await decide(counter, client, {**note, "value": "é" * (LONG + 1)})
    taken = await decide(counter, client, {**note, "value": "é" * LONG})

    assert (refused.status_code, refused.json()["code"]) == (422, "shape")
    assert len(refused.content) < 1_000
    assert taken.status_code == 200, taken.text
    (kept,) = await counter.decisions()
    assert [one["after"] for one in kept["fields"] if one["path"] == "note"] == [["é" * LONG]]


async def test_a_table_of_5_000_rows_is_kept_whole_and_a_longer_one_refused(
    orders: tuple[Counter, httpx2.AsyncClient],
) -> None:
    counter, client = orders
    row = {"row": None, "item": "Nougat", "quantity": "1", "amount": "0.01"}
    lines = {"path": "lines", "action": "correct", "source": "typed"}

    refused = await decide(counter, client, {**lines, "rows": [row] * (ROWS + 1)})
    taken = await decide(counter, client, {**lines, "rows": [row] * ROWS})

    assert refused.status_code == 422
    assert taken.status_code == 200, taken.text
    (kept,) = await counter.decisions()
    (found,) = [one["after"] for one in kept["fields"] if one["path"] == "lines"]
    assert (len(found), found[-1]) == (ROWS, ["Nougat", "1", "0.01"])


@pytest.mark.parametrize("what", ["pages", "words"])
@pytest.mark.parametrize(
    "trick",
    [
        "..",
        "../../../../etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e%2f%2e%2e%2foriginal",
        "....//original",
        "%00",
        "documents%2Foriginal",
        "file:%2F%2F%2Fetc%2Fpasswd",
        "\\..\\..\\original",
        "x" * 5_000,
        "eyJ0YXNrX2lkIjoiLi4vLi4vb3JpZ2luYWwifQ.0",
    ],
)
async def test_a_path_that_leads_elsewhere_leads_nowhere(desk: Desk, what: str, trick: str) -> None:
    await desk.workshop.submit(DOUBTFUL)

    answer = await desk.client.get(f"/v1/{what}/{trick}")

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]
)
@pytest.mark.parametrize("path", ["/v1/session", "/v1/review/claim", "/v1/reviewers", "/v1/gold"])
async def test_a_form_of_another_site_is_refused(desk: Desk, path: str, kind: str) -> None:
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Content-Type": kind}
    body = b'{"name": "anna", "roles": ["admin"]}'

    foreign = await desk.client.post(path, content=body, headers=headers)
    silent = await desk.client.post(path, content=body, headers={"Content-Type": kind})

    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_origin")
    assert silent.status_code == 415
    assert await desk.accounts.all() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"", 400), (b"\xff\xfe", 400), (b'{"n":' * 3_000, 400), (b"[]", 422), (b'"x"', 422)],
)
async def test_what_is_no_json_or_no_object_is_refused_as_such(desk: Desk, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await desk.client.post("/v1/review/claim", content=body, headers=headers)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Host": "evil.example"}, "foreign_host"),
        ({"Origin": "http://evil.example"}, "foreign_origin"),
        ({"Origin": "null"}, "foreign_origin"),
        ({"Sec-Fetch-Site": "cross-site"}, "foreign_origin"),
    ],
)
async def test_another_sites_page_gets_nothing(desk: Desk, headers: dict[str, str], code: str) -> None:
    answer = await desk.client.post("/v1/review/claim", json={}, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, code)


async def test_a_form_is_not_taken_for_json(desk: Desk) -> None:
    answer = await desk.client.post("/v1/review/claim", content=b"{}", headers={"Content-Type": "text/plain"})

    assert answer.status_code == 415


async def test_too_much_is_refused_before_it_is_read(desk: Desk) -> None:
    answer = await desk.client.post("/v1/review/claim", json={"queue": "x" * 20_000})

    assert answer.status_code == 413


async def test_too_many_requests_are_slowed_down(desk: Desk) -> None:
    statuses = [(await desk.client.get("/v1/me")).status_code for _ in range(125)]

    assert statuses.count(429) == 5
    desk.clock.on(seconds=2)
    assert (await desk.client.get("/v1/me")).status_code == 200
