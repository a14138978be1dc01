"""The API as its clients use it: a document routed, claimed, decided, released, and its record corrected."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.bundles import PinnedParts
from doctypes.definition import FieldSpec
from review.queue.errors import UnusableDecisionError
from review.queue.history import Wanted
from review.sheet.content import Contents
from review.sheet.judging import read_entries
from review.sheet.submission import Entry
from review.sheet.view import task_view
from schemas.canonical import stored_json
from schemas.fields import EvidenceClass, FieldKind, FieldState, FieldValue, Reading
from schemas.results import FieldDecision, Record, RecordField
from store.protocol import ref_of
from store.revisions import standing
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.review.api import NOTHING_DRAWN, PNG, Desk, corrected, open_desk

pytestmark = pytest.mark.anyio


async def test_a_routed_document_is_claimed_decided_and_its_record_corrected(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    assert (task["document_id"], task["asked"]) == (document_id, ["total"])
    total = next(one for one in task["fields"] if one["path"] == "total")
    assert total["reasons"]

    receipt = await desk.decide(task, [corrected("8,50")])
    assert receipt.status_code == 200, receipt.text
    assert await desk.publisher.once() == 0
    desk.clock.on(seconds=15)
    assert await desk.publisher.once() == 1

    revision = await standing(desk.workshop.store, document_id)
    assert revision is not None
    record = await desk.workshop.read(revision.record)
    found = {one["field"]["name"]: one for one in record["fields"]}
    assert found["total"]["field"]["readings"][0]["value"] == "8.50"
    assert found["total"]["decision"] == "human"
    assert (await desk.client.post("/v1/review/claim", json={})).json() == {"tasks": []}


async def test_an_accepted_document_asks_nobody(desk: Desk) -> None:
    await desk.workshop.submit(SURE)

    assert (await desk.client.post("/v1/review/claim", json={})).json() == {"tasks": []}


async def test_undo_brings_the_task_back_and_nothing_is_published(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    await desk.decide(task, [corrected()])

    back = (await desk.client.post(f"/v1/review/{task['task_id']}/undo")).json()
    desk.clock.on(seconds=30)

    assert await desk.publisher.once() == 0
    assert back["draft"]["fields"][0]["value"] == "8.50"
    assert (await desk.decide(back, [corrected("8.70")])).status_code == 200


async def test_an_undo_that_comes_too_late_is_told_so(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    await desk.decide(task, [corrected()])
    desk.clock.on(seconds=15)
    await desk.publisher.once()

    answer = await desk.client.post(f"/v1/review/{task['task_id']}/undo")

    assert (answer.status_code, answer.json()["code"]) == (409, "released")


async def test_the_same_request_again_is_the_same_decision(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    headers, path = desk.headers(task), f"/v1/review/{task['task_id']}/decision"
    first = await desk.client.put(path, json={"fields": [corrected()]}, headers=headers)

    second = await desk.client.put(path, json={"fields": [corrected()]}, headers=headers)
    other = await desk.client.put(path, json={"fields": [corrected("1.00")]}, headers=headers)

    assert second.json() == {**first.json(), "again": True}
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


@pytest.mark.parametrize("missing", ["If-Match", "Idempotency-Key", "Lease-Token"])
async def test_a_decision_without_its_headers_is_refused(desk: Desk, missing: str) -> None:
    await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    headers = {name: value for name, value in desk.headers(task).items() if name != missing}

    answer = await desk.client.put(f"/v1/review/{task['task_id']}/decision", json={}, headers=headers)

    assert (answer.status_code, answer.headers["content-type"]) == (428, "application/problem+json")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ([], "decision"),
        ([corrected("nonsense")], "decision"),
        ([corrected(), corrected()], "decision"),
        ([{"path": "nothing", "action": "absent"}], "decision"),
        ([{"path": "total", "action": "add"}], "decision"),
        ([corrected("-1.00")], "rules_broken"),
        ([{"path": "total", "action": "guess"}], "shape"),
    ],
)
async def test_a_decision_that_cannot_be_taken_names_its_field(
    desk: Desk, fields: list[dict[str, Any]], code: str
) -> None:
    await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()

    answer = await desk.decide(task, fields)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_broken_rule_is_overridden_by_a_reason(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    refused = (await desk.decide(task, [corrected("-1.00")])).json()
    reasons = [{"rule": one["rule"], "reason": "a refund"} for one in refused["rules"]]

    answer = await desk.decide(task, [corrected("-1.00")], overrides=reasons)

    assert answer.status_code == 200
    history = (await desk.client.get(f"/v1/review/{task['task_id']}/history")).json()["decisions"]
    assert history[0]["overrides"] == reasons
    assert history[0]["fields"][0]["after"] == ["-1.00"]


async def test_values_are_normalised_and_rules_run_before_anything_is_decided(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()

    answer = await desk.client.post(
        f"/v1/review/{task['task_id']}/check",
        json={
            "fields": [corrected("1.234,50 EUR"), corrected("x", path="note"), corrected("?", path="shop")]
        },
    )

    found = answer.json()
    assert [one["after"] for one in found["fields"]] == [["1234.50"], ["x"]]
    assert set(found["problems"]) == {"shop"}
    assert {one["verdict"] for one in found["rules"]} == {"holds"}


async def test_a_changed_record_is_answered_with_the_three_ways(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    known = await desk.queue.task(task["task_id"])
    draft = await desk.workshop.read(known.record)
    draft["fields"][1]["field"]["readings"][0]["value"] = "7.00"
    newer = Record.model_validate(draft)
    ref = ref_of("documents/newer", stored_json(newer))
    await desk.workshop.store.create("documents/newer", stored_json(newer))
    await desk.queue.revised(known.document_id, ref)

    answer = await desk.decide(task, [corrected()])

    assert (answer.status_code, answer.json()["code"]) == (412, "changed")
    assert answer.json()["differences"] == [
        {"path": "total", "base": ["9.00"], "theirs": ["7.00"], "yours": ["8.50"]}
    ]
    assert (await desk.decide({**task, "etag": '"2"'}, [corrected()])).status_code == 200


async def test_pages_and_words_have_addresses_without_a_place_in_the_store(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)
    page = (await desk.claim())["pages"][0]

    image, words = await desk.client.get(page["image"]), await desk.client.get(page["words"])

    assert image.content.startswith(PNG)
    assert [word["text"] for line in words.json()["lines"] for word in line["words"]]
    assert document_id not in page["image"]


@pytest.mark.parametrize(
    "spoil", [lambda path: path[:-1], lambda path: path + "0", lambda path: f"{path}/../x"]
)
async def test_an_address_that_was_not_given_shows_nothing(desk: Desk, spoil: Any) -> None:
    await desk.workshop.submit(DOUBTFUL)
    page = (await desk.claim())["pages"][0]

    assert (await desk.client.get(spoil(page["image"]))).status_code == 404


async def test_an_address_runs_out(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    page = (await desk.claim())["pages"][0]
    desk.clock.on(hours=1)

    assert (await desk.client.get(page["image"])).json()["code"] == "page_expired"


async def test_a_lost_document_still_shows_its_words(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)
    await desk.workshop.store.delete(f"documents/{document_id}/original")
    page = (await desk.claim())["pages"][0]

    assert (await desk.client.get(page["image"])).json()["code"] == "image_gone"
    assert (await desk.client.get(page["words"])).status_code == 200


async def test_heartbeat_draft_and_giving_back(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    path, lease = f"/v1/review/{task['task_id']}", {"Lease-Token": task["lease"]["token"]}

    beat = await desk.client.post(f"{path}/heartbeat", headers=lease)
    kept = await desk.client.put(f"{path}/draft", json={"draft": {"total": "8"}})
    back = await desk.client.post(f"{path}/release", headers=lease)

    assert (beat.status_code, kept.status_code, back.status_code) == (200, 204, 204)
    assert (await desk.claim())["draft"] == {"total": "8"}


async def test_a_decision_under_a_lease_that_is_not_held_any_more_is_kept_as_a_draft(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    await desk.client.post(
        f"/v1/review/{task['task_id']}/release", headers={"Lease-Token": task["lease"]["token"]}
    )

    answer = await desk.decide(task, [corrected("8,50")])

    assert (answer.status_code, answer.json()["code"]) == (409, "not_held")
    assert (await desk.claim())["draft"]["fields"][0]["value"] == "8,50"


async def test_a_decision_about_ones_own_work_is_kept_as_a_draft(folder: Path) -> None:
    async with open_desk(folder, policy=replace(NOTHING_DRAWN, double_share=1.0)) as desk:
        await desk.workshop.submit(DOUBTFUL)
        both = [one.task.task_id for one in await desk.queue.list_tasks(Wanted())]
        first, second = [await desk.claim(task_id=one) for one in both]
        await desk.decide(first, [corrected("8,50")])

        answer = await desk.decide(second, [corrected("8,70")])
        kept = await desk.queue.draft("local", second["task_id"])

    assert (answer.status_code, answer.json()["code"]) == (409, "own_work")
    assert kept is not None
    assert kept["fields"][0]["value"] == "8,70"


async def test_a_request_that_comes_again_after_its_undo_is_no_decision(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    address, headers = f"/v1/review/{task['task_id']}", desk.headers(task)
    body = {"fields": [corrected("8,50")]}
    await desk.client.put(f"{address}/decision", json=body, headers=headers)
    await desk.client.post(f"{address}/undo")

    answer = await desk.client.put(f"{address}/decision", json=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (409, "undone")


async def test_the_document_describes_every_route(desk: Desk) -> None:
    found = (await desk.client.get("/v1/openapi.json")).json()

    assert set(found["paths"]["/v1/review/{task_id}/decision"]["put"]["responses"]) >= {
        "200",
        "409",
        "412",
        "422",
    }
    assert "Submission" in found["components"]["schemas"]


async def test_a_document_of_unknown_type_is_given_one(desk: Desk) -> None:
    await desk.workshop.submit("HELLO\nnothing that is known\n")
    task = await desk.claim()
    assert task["kind"] == "document"

    answer = await desk.decide(task, [], kind="type", doc_type="slip")
    wrong = await desk.decide(task, [], kind="type", doc_type="poem")

    assert (answer.status_code, wrong.status_code) == (200, 422)


async def test_a_date_that_can_be_read_in_two_ways_is_chosen_and_never_accepted_as_it_stands(
    folder: Path,
) -> None:
    async with open_desk(folder) as desk:
        await desk.workshop.submit(DOUBTFUL)
        task = await desk.queue.task((await desk.claim())["task_id"])
        content = await Contents(desk.workshop.store, PinnedParts()).of_task(task)
    spec = FieldSpec(name="total", title="Day", description="When.", kind=FieldKind.DATE)
    read = Reading(raw="01/06/2020", value="01/06/2020", evidence_class=EvidenceClass.INFERRED)
    others = tuple(read.model_copy(update={"raw": day, "value": day}) for day in ("2020-06-06", "2023-06-06"))
    field = FieldValue(name="total", state=FieldState.VALUE, readings=(read,), alternatives=others)
    judged = RecordField(field=field, decision=FieldDecision.REVIEW, arithmetic="", reasons=("ambiguous",))
    assert content.doc_type is not None
    dated = content.doc_type.model_copy(update={"fields": (spec,)})
    changed = replace(
        content,
        doc_type=dated,
        record=content.record.model_copy(update={"fields": (judged,)}),
    )

    (shown,) = task_view(task, changed)["fields"]
    assert [one["value"] for one in shown["readings"]] == [None]
    assert [one["value"] for one in shown["alternatives"]] == ["2020-06-01", "2020-01-06", "2020-06-06"]
    with pytest.raises(UnusableDecisionError, match="as it stands"):
        read_entries(changed, dated, [Entry(path="total", action="accept")])
