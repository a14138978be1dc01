"""Tasks that ask the same about the same values: looked at side by side, accepted together, never others."""

from __future__ import annotations

from typing import Any

import pytest

from agents.bundles import PinnedParts
from review.people.accounts import Role
from review.queue.alike import alike
from review.queue.lanes import Lane
from review.sheet.content import Contents
from schemas.results import Record
from tests.unit.agents.slips import DOUBTFUL
from tests.unit.review.api import Desk

pytestmark = pytest.mark.anyio

SLIPS = [f"SLIP\nshop? Corner Bakery Ltd\ntotal: {number}.00\n" for number in (1, 2, 3)]
ELSEWHERE = "SLIP\nshop? Second Bakery Ltd\ntotal: 9.00\n"
ACCEPTED = {"path": "shop", "action": "accept"}


async def ask(desk: Desk, task: dict[str, Any], **body: Any) -> list[dict[str, Any]]:
    answer = await desk.client.post(f"/v1/review/{task['task_id']}/alike", json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["tasks"]
    return found


async def test_those_that_ask_the_same_are_handed_out_and_accepted_together(desk: Desk) -> None:
    for slip in (*SLIPS, ELSEWHERE):
        await desk.workshop.submit(slip)
    first = await desk.claim()
    others = await ask(desk, first)
    answers = [
        await desk.decide(task, [ACCEPTED], together_with=first["task_id"]) for task in (first, *others)
    ]

    assert first["alike"]["waiting"] == 2
    assert {task["alike"]["key"] for task in (first, *others)} == {first["alike"]["key"]}
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert (await desk.claim())["fields"][0]["readings"][0]["value"] == "Second Bakery Ltd"
    kept = await desk.queue.decisions()
    assert {one["together_with"] for one in kept} == {first["task_id"]}


async def test_what_is_accepted_together_is_corrected_and_decided_elsewhere_by_itself(desk: Desk) -> None:
    for slip in (*SLIPS[:2], ELSEWHERE):
        await desk.workshop.submit(slip)
    tasks = [await desk.claim() for _ in range(3)]
    same, other = (
        [task for task in tasks if (task["fields"][0]["readings"][0]["value"] == "Second Bakery Ltd") is far]
        for far in (False, True)
    )
    corrected = {"path": "shop", "action": "correct", "value": "Alpha"}
    refused = [
        await desk.decide(same[0], [corrected], together_with=same[1]["task_id"]),
        await desk.decide(same[0], [ACCEPTED], together_with=other[0]["task_id"]),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(422, "decision")] * 2


async def test_a_critical_field_is_always_decided_by_itself(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    await desk.workshop.submit(DOUBTFUL + "note: another\n")
    task = await desk.claim()

    assert task["alike"] is None
    assert await ask(desk, task) == []
    refused = await desk.decide(task, [{"path": "total", "action": "accept"}], together_with=task["task_id"])
    assert refused.status_code == 422


async def test_only_routed_tasks_that_ask_what_is_doubted_are_like_others(desk: Desk) -> None:
    await desk.workshop.submit(SLIPS[0])
    task = await desk.queue.task((await desk.claim())["task_id"])
    record = Record.model_validate(await desk.workshop.read(task.record))
    content = await Contents(desk.workshop.store, PinnedParts()).of_task(task)
    keys = {lane: alike(lane, record, content.doc_type, ("shop",)) for lane in Lane}

    assert [lane for lane, key in keys.items() if key] == [Lane.ROUTED]
    assert keys[Lane.ROUTED] == task.alike
    # As in an audit, or in a share of routed tasks: fields that nobody doubts are looked at one by one.
    assert alike(Lane.ROUTED, record, content.doc_type, ("shop", "note")) is None
    assert alike(Lane.ROUTED, record, None, ("shop",)) is None
    whole = record.model_copy(update={"reasons": ("it may be a duplicate",)})
    assert alike(Lane.ROUTED, whole, content.doc_type, ("shop",)) is None


async def test_what_a_reviewer_sets_for_himself_is_his_alone_and_there_again(door: Desk) -> None:
    callers = []
    for name in ("anna", "bert"):
        who = await door.accounts.add(name, (Role.REVIEWER,))
        _, secret = await door.accounts.issue(who, "test", (Role.REVIEWER,), None)
        callers.append({"Authorization": f"Bearer {secret}"})
    anna, bert = callers
    for keys in ({"release": "Ctrl+Q"}, {"release": "Ctrl+ArrowRight"}):
        done = await door.client.put("/v1/me/preferences", json={"keys": keys}, headers=anna)
        assert done.status_code == 204

    seen = [(await door.client.get("/v1/me", headers=one)).json()["preferences"] for one in (anna, bert)]

    assert seen == [{"keys": {"release": "Ctrl+ArrowRight"}}, {}]
