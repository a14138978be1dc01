"""Page images: drawn once for however many ask, and before anybody asks."""

from __future__ import annotations

import asyncio

import pytest

from agents.bundles import PinnedParts
from review.api.app import Served, warm
from review.api.pictures import Pictures
from review.queue.history import Wanted
from review.queue.tasks import Task
from review.sheet.content import Contents
from tests.unit.agents.slips import DOUBTFUL
from tests.unit.review.api import PNG, Desk

pytestmark = pytest.mark.anyio


async def claimed(desk: Desk) -> Task:
    await desk.workshop.submit(DOUBTFUL)
    return await desk.queue.task((await desk.claim())["task_id"])


class Pen:
    """Draws when it is let, and counts."""

    def __init__(self, desk: Desk) -> None:
        store = desk.workshop.store
        self.pictures = Pictures(store, Contents(store, PinnedParts()), self.render)
        self.begun, self.let = asyncio.Event(), asyncio.Event()
        self.drawn: list[int] = []

    async def render(self, data: bytes, page: int, dpi: int, rotation: int) -> bytes:
        del data, page, rotation
        self.drawn.append(dpi)
        self.begun.set()
        await self.let.wait()
        return PNG


async def test_a_page_that_several_ask_for_at_once_is_drawn_once(desk: Desk) -> None:
    task, pen = await claimed(desk), Pen(desk)

    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(pen.pictures.image(task, 1, 150)) for _ in range(3)]
        group.create_task(pen.pictures.ahead(task, 1, 150))
        pen.let.set()

    assert [one.result() for one in asked] == [PNG] * 3
    assert pen.drawn == [150]


async def test_whoever_goes_away_takes_the_page_from_nobody_else(desk: Desk) -> None:
    task, pen = await claimed(desk), Pen(desk)

    async with asyncio.TaskGroup() as group:
        gone = group.create_task(pen.pictures.image(task, 1, 150))
        stays = group.create_task(pen.pictures.image(task, 1, 150))
        await pen.begun.wait()
        gone.cancel()
        pen.let.set()

    assert gone.cancelled()
    assert stays.result() == PNG


async def test_pages_are_drawn_ahead_one_at_a_time_and_only_so_many_wait(desk: Desk) -> None:
    task, pen = await claimed(desk), Pen(desk)

    async with asyncio.TaskGroup() as group:
        for dpi in range(1, 101):
            group.create_task(pen.pictures.ahead(task, 1, dpi))
        await pen.begun.wait()
        assert pen.drawn == [1]
        pen.let.set()

    assert pen.drawn == list(range(1, 65))


async def test_what_a_task_shows_first_is_drawn_when_it_is_claimed(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)
    page = (await desk.claim())["pages"][0]
    await desk.workshop.store.delete(f"documents/{document_id}/original")

    assert (await desk.client.get(page["image"])).content.startswith(PNG)
    # The other size was not asked for yet.
    assert (await desk.client.get(page["lens"])).json()["code"] == "image_gone"


async def test_a_page_that_cannot_be_drawn_ahead_is_told_to_whoever_asks(desk: Desk) -> None:
    task, pen = await claimed(desk), Pen(desk)
    pen.let.set()
    await desk.workshop.store.delete(f"documents/{task.document_id}/original")

    await pen.pictures.ahead(task, 1, 150)

    assert pen.drawn == []


async def test_what_is_claimed_next_is_drawn_before_anybody_claims_it(desk: Desk) -> None:
    documents = [await desk.workshop.submit(f"{DOUBTFUL}\n{number}") for number in range(3)]
    await desk.claim()
    for document_id in documents:
        await desk.workshop.store.delete(f"documents/{document_id}/original")

    shown = [
        await desk.client.get((await desk.claim())["pages"][0]["image"]) for _ in range(len(documents) - 1)
    ]

    assert all(one.content.startswith(PNG) for one in shown)


async def test_a_record_that_is_damaged_keeps_no_other_from_being_drawn_ahead(desk: Desk) -> None:
    documents = [await desk.workshop.submit(f"{DOUBTFUL}\n{number}") for number in range(3)]
    tasks = [await desk.queue.task(one.task.task_id) for one in await desk.queue.list_tasks(Wanted())]
    await desk.workshop.store.delete(tasks[1].record.uri)
    await desk.claim()
    for document_id in documents:
        await desk.workshop.store.delete(f"documents/{document_id}/original")

    last = await desk.claim(task_id=tasks[2].task_id)

    assert (await desk.client.get(last["pages"][0]["image"])).content.startswith(PNG)


async def test_a_server_that_starts_reads_and_draws_what_comes_first(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    store, pen = desk.workshop.store, Pen(desk)
    contents = Contents(store, PinnedParts())
    pen.let.set()

    await warm(Served(desk.queue, desk.accounts, store, contents, b"secret", pen.render, "0"))

    (listed,) = await desk.queue.list_tasks(Wanted())
    await store.delete(listed.task.record.uri)
    assert (await contents.of_task(listed.task)).doc_type is not None
    assert pen.drawn == [150]
