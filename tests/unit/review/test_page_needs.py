"""What the page asks of the API beside deciding: work ahead, one's own tasks, names, places, both sides."""

from __future__ import annotations

import json
from typing import Any

import pytest

from review.people.accounts import Role
from review.sheet.naming import document_name
from store import keys
from tests.unit.agents.slips import DOUBTFUL
from tests.unit.review.api import Desk

pytestmark = pytest.mark.anyio

OTHER = DOUBTFUL.replace("Corner", "Second")


async def ask(desk: Desk, **body: Any) -> list[dict[str, Any]]:
    answer = await desk.client.post("/v1/review/claim", json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["tasks"]
    return found


async def test_work_claimed_ahead_is_kept_for_a_short_while_only(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    await desk.workshop.submit(OTHER)

    (now,) = await ask(desk)
    (ahead,) = await ask(desk, ahead=True)

    assert (now["lease"]["soft"], ahead["lease"]["soft"]) == (False, True)


async def test_ones_own_tasks_are_listed_even_to_those_who_see_all(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    await desk.workshop.submit(OTHER)
    (mine,) = await ask(desk)

    listed = (await desk.client.get("/v1/tasks?state=open&mine=1")).json()["tasks"]
    everything = (await desk.client.get("/v1/tasks?state=open")).json()["tasks"]

    assert [one["task_id"] for one in listed] == [mine["task_id"]]
    assert len(everything) == 2


async def test_a_task_has_its_documents_name_and_rules_in_words(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL, name="bakery.txt")
    (task,) = await ask(desk)

    assert task["name"] == await document_name(desk.workshop.store, document_id)
    assert [(one["rule"], one["claim"]) for one in task["rules"]] == [
        ("total_is_positive", "Something was paid.")
    ]
    assert task["sides"] == []


async def test_a_part_of_a_packet_is_called_by_its_place_in_it(desk: Desk) -> None:
    await desk.workshop.submit(json.dumps({"holds": {"a.txt": DOUBTFUL}}))
    (task,) = await ask(desk)

    assert task["name"].endswith("a.txt")


async def test_a_task_whose_record_is_lost_holds_up_no_other(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    await desk.workshop.submit(OTHER)
    first = (await desk.client.get("/v1/tasks?state=open")).json()["tasks"][0]
    lost = await desk.queue.task(first["task_id"])
    await desk.workshop.store.delete(lost.record.uri)

    found = await ask(desk, n=2)
    named = await desk.client.post("/v1/review/claim", json={"task_id": lost.task_id})

    assert [one["task_id"] == lost.task_id for one in found] == [False]
    assert named.status_code == 409


async def test_tokens_are_listed_without_their_secrets(door: Desk) -> None:
    who = await door.accounts.add("root", (Role.ADMIN,))
    token_id, secret = await door.accounts.issue(who, "nightly", (Role.ADMIN,), None)
    headers = {"Authorization": f"Bearer {secret}"}

    listed = await door.client.get(f"/v1/reviewers/{who}/tokens", headers=headers)

    assert [(one["token_id"], one["label"], one["revoked"]) for one in listed.json()["tokens"]] == [
        (token_id, "nightly", False)
    ]
    assert secret not in listed.text
    assert keys.review_secret("pages") not in listed.text


async def test_work_that_comes_after_somebody_else_took_the_task_is_refused_and_kept(door: Desk) -> None:
    await door.workshop.submit(DOUBTFUL)
    callers = []
    for name in ("anna", "bert"):
        who = await door.accounts.add(name, (Role.REVIEWER,))
        _, secret = await door.accounts.issue(who, "test", (Role.REVIEWER,), None)
        callers.append({"Authorization": f"Bearer {secret}"})
    anna, bert = callers
    task = (await door.client.post("/v1/review/claim", json={}, headers=anna)).json()["tasks"][0]
    door.clock.on(minutes=6)
    await door.client.post("/v1/review/claim", json={}, headers=bert)

    path = f"/v1/review/{task['task_id']}"
    work = {"fields": [{"path": "total", "action": "correct", "value": "8.50", "source": "typed"}]}
    late = await door.client.put(f"{path}/decision", json=work, headers={**anna, **door.headers(task)})
    kept = (await door.client.get(path, headers=anna)).json()["draft"]

    assert (late.status_code, late.json()["code"]) == (409, "claimed")
    assert kept["fields"][0]["value"] == "8.50"
