"""Decisions on their way out: what is wrong with one of them costs that one alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from review.queue.errors import RefusedError
from review.queue.history import Wanted
from schemas.errors import InvariantError
from store import keys
from store.protocol import StoreDeniedError
from tests.unit.agents.slips import DOUBTFUL
from tests.unit.review.api import Desk, corrected

pytestmark = pytest.mark.anyio

ANOTHER = DOUBTFUL.replace("Bakery", "Market")
UNDO = timedelta(seconds=15)


async def decided(desk: Desk, *texts: str) -> list[str]:
    """Decide a document after the other; returns the ids of the tasks, their time to be undone over."""
    found = []
    for text in texts:
        await desk.workshop.submit(text)
        task = await desk.claim()
        assert (await desk.decide(task, [corrected("8,50")])).status_code == 200
        found.append(task["task_id"])
        desk.clock.on(seconds=1)
    desk.clock.now += UNDO
    return found


async def problems(desk: Desk) -> dict[str, str | None]:
    return {one["task_id"]: one["problem"] for one in await desk.queue.decisions()}


async def test_a_decision_that_cannot_be_let_out_is_refused_by_name_and_the_others_go_on(desk: Desk) -> None:
    broken, sound = await decided(desk, DOUBTFUL, ANOTHER)
    task = await desk.queue.task(broken)
    key = keys.review_draft(task.document_id, task.review_id)
    desk.workshop.store.objects[key] = b'{"cut": '

    assert await desk.publisher.once() == 1
    assert await desk.publisher.once() == 0

    said = await problems(desk)
    assert said[sound] is None
    assert "is no Decision" in (said[broken] or "")
    assert [one.key for one in desk.bus.sent] == [(await desk.queue.task(sound)).document_id]


async def test_a_refused_decision_is_let_out_once_what_stood_in_the_way_is_mended(desk: Desk) -> None:
    (task_id,) = await decided(desk, DOUBTFUL)
    task = await desk.queue.task(task_id)
    key = keys.review_draft(task.document_id, task.review_id)
    desk.workshop.store.objects[key] = b'{"cut": '
    assert await desk.publisher.once() == 0
    (decision_id,) = (await desk.queue.stats())["refused"]

    again = await desk.queue.redrive()
    assert await desk.publisher.once() == 0
    assert again.keys() == {decision_id}
    assert "is no Decision" in again[decision_id]
    assert "is no Decision" in ((await problems(desk))[task_id] or ""), "nothing was mended"

    del desk.workshop.store.objects[key]
    assert await desk.queue.redrive([decision_id[:8]]) == again
    assert await desk.publisher.once() == 1
    assert await problems(desk) == {task_id: None}
    assert await desk.queue.redrive() == {}
    with pytest.raises(RefusedError, match="no decision 'f00d' was refused"):
        await desk.queue.redrive(["f00d"])


@pytest.mark.parametrize("error", [InvariantError, ValueError])
async def test_what_is_wrong_where_evidence_is_kept_holds_no_decision_up(
    desk: Desk, error: type[Exception]
) -> None:
    (task_id,) = await decided(desk, DOUBTFUL)
    desk.workshop.store.fail("create", "/reviewed/", error=lambda: error("planned"))

    assert await desk.publisher.once() == 1
    assert await problems(desk) == {task_id: None}


async def test_a_store_that_denies_everything_refuses_no_decision(desk: Desk) -> None:
    (task_id,) = await decided(desk, DOUBTFUL)
    desk.workshop.store.fail("create", error=lambda: StoreDeniedError("not granted", reason="denied"))

    with pytest.raises(StoreDeniedError):
        await desk.publisher.once()

    assert await problems(desk) == {task_id: None}
    assert await desk.publisher.once() == 1
    assert len(await desk.queue.list_tasks(Wanted())) == 1
