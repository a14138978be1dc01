"""A document of the embedded installation: routed, claimed, decided by the API, its record corrected."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import httpx2

from agents.bundles import PinnedParts
from app.actions.review import review_app
from app.reviewing import open_queue
from app.wiring import Doctrail
from ops.reviews.decide import hand_in, load_review
from ops.reviews.file import read_decision
from review.api.serving import Address
from review.pipeline.publisher import Publisher
from review.queue.history import Wanted
from review.queue.tasks import TaskState
from review.sheet.content import Contents
from store import keys
from tests.integration.installation import SAMPLES, Installation, copy_of_types, settings_in
from tests.integration.terminal import Terminal

WRONG_SUM = SAMPLES / "invoice-wrong-sum.pdf"
ADDRESS = Address("127.0.0.1", 8765)


def installed(folder: Path) -> Installation:
    return Installation(settings_in(folder, review_release_seconds=0.0))


async def decided_by_api(doctrail: Doctrail, *, announced: int = 1) -> dict[str, Any]:
    """Claim what waits, accept or correct every field that is asked, and let it out."""
    contents = Contents(doctrail.store, PinnedParts())
    async with (
        open_queue(doctrail.settings) as queue,
        review_app(doctrail, queue, contents, ADDRESS, auth=False) as app,
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1:8765", timeout=60
        ) as client,
    ):
        task = (await client.post("/v1/review/claim", json={})).json()["tasks"][0]
        image = await client.get(task["pages"][0]["image"])
        assert image.content.startswith(b"\x89PNG")
        broken = [one["rule"] for one in task["rules"] if one["verdict"] == "broken"]
        answer = await client.put(
            f"/v1/review/{task['task_id']}/decision",
            json={
                "fields": [
                    {"path": one["path"], "action": "absent" if one["state"] == "missing" else "accept"}
                    for one in task["fields"]
                    if one["asked"]
                ],
                "overrides": [{"rule": rule, "reason": "printed like this"} for rule in broken],
            },
            headers={
                "If-Match": task["etag"],
                "Idempotency-Key": "once",
                "Lease-Token": task["lease"]["token"],
            },
        )
        assert answer.status_code == 200, answer.text
        assert await Publisher(queue, doctrail.store, doctrail.bus, contents).once() == announced
    return dict(task)


async def let_out(doctrail: Doctrail) -> int:
    """Let out what is due, as a server does by itself, and return how many decisions that were."""
    async with open_queue(doctrail.settings) as queue:
        contents = Contents(doctrail.store, PinnedParts())
        return await Publisher(queue, doctrail.store, doctrail.bus, contents).once()


def test_a_document_is_routed_claimed_and_decided_and_its_record_stands(tmp_path: Path) -> None:
    installation = installed(tmp_path)
    installation.submit(WRONG_SUM)
    installation.drain()
    assert installation.row(WRONG_SUM).state == "in_review"

    task = installation.open(decided_by_api)
    installation.drain()

    record = installation.record(WRONG_SUM)
    decided = {one.field.name for one in record.fields if one.decision == "human"}
    assert decided == set(task["asked"])
    assert installation.row(WRONG_SUM).state == "accepted"


def test_a_decision_that_could_not_be_let_out_is_named_and_goes_out_once_its_place_is_mended(
    tmp_path: Path,
) -> None:
    installation = installed(tmp_path)
    terminal = Terminal(tmp_path, copy_of_types(tmp_path))
    installation.submit(WRONG_SUM)
    installation.drain()
    row = installation.row(WRONG_SUM)
    assert row.review_id is not None
    cut = installation.objects / keys.review_draft(row.document_id, row.review_id)
    cut.parent.mkdir(parents=True, exist_ok=True)
    cut.write_bytes(b'{"cut": ')

    installation.open(partial(decided_by_api, announced=0))
    (decision_id,) = terminal.ask("reviews", "stats")["refused"]
    assert f"1 decision could not be let out ({decision_id[:8]})" in terminal.type("reviews", "stats")
    assert "no decision 'f00d' was refused" in terminal.type("reviews", "redrive", "f00d", code=1)

    cut.unlink()
    assert "is no Decision" in terminal.type("reviews", "redrive", decision_id[:8])
    assert terminal.type("reviews", "redrive").strip() == "no decision was refused"
    assert "could not be let out" not in terminal.type("reviews", "stats")
    assert installation.open(let_out) == 1
    installation.drain()

    assert installation.row(WRONG_SUM).state == "accepted"


def test_a_review_decided_by_file_closes_its_task(tmp_path: Path) -> None:
    installation = installed(tmp_path)
    installation.submit(WRONG_SUM)
    installation.drain()
    row = installation.row(WRONG_SUM)

    async def by_file(doctrail: Doctrail) -> None:
        assert row.review_id is not None
        review = await load_review(doctrail.store, row.document_id, row.run_id, row.review_id)
        decision = read_decision(b'{"reject": true}', review, reviewer="anna", now=doctrail.now())
        await hand_in(doctrail.store, doctrail.bus, review, decision)

    installation.open(by_file)
    installation.drain()

    async def task_of(doctrail: Doctrail) -> TaskState:
        async with open_queue(doctrail.settings) as queue:
            return (await queue.list_tasks(Wanted()))[0].task.state

    assert installation.open(task_of) is TaskState.CLOSED


def test_the_queue_is_never_in_the_catalogs_file(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)

    assert settings.reviews != settings.database
    assert settings_in(tmp_path, database_url="postgresql://h/d").reviews == "postgresql://h/d"
