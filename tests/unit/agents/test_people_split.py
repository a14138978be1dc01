"""Packets that people take apart, put together again and take apart elsewhere."""

from __future__ import annotations

import json

import pytest

from schemas.errors import PipelineError
from schemas.packets import child_id
from store import keys
from store.verify import verify_document
from tests.unit.agents.packets import UNSURE_PAGES, children_of, split, statuses
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio


async def test_pages_that_a_person_parts_become_documents_on_their_packets_bytes(workshop: Workshop) -> None:
    document_id = await workshop.submit(UNSURE_PAGES)
    reads = workshop.reader.reads

    await split(workshop, document_id, (1, 1), (2, 2), (3, 3))

    cover, first, second = children_of(workshop, document_id)
    assert [e["parent"]["pages"] for e in (cover, first, second)] == [
        {"first": n, "last": n} for n in (1, 2, 3)
    ]
    assert {e["original"]["uri"] for e in (cover, first, second)} == {keys.original(document_id)}
    assert workshop.reader.reads == reads
    third = child_id(document_id, "pages/3-3")
    assert statuses(workshop)[third] == "accepted"
    record = await workshop.read(workshop.events("records.completed")[-1]["record"])
    evidence = record["fields"][0]["field"]["readings"][0]["evidence"][0]
    assert (evidence["page"], evidence["line"]) == (1, "1.2")
    classified = [e for e in workshop.events("documents.classified") if e["route"] == "split"]
    assert [e["decided_by"] for e in classified] == ["human"]


async def test_a_boundary_that_moves_withdraws_what_is_no_part_any_more_and_leaves_the_rest(
    workshop: Workshop,
) -> None:
    document_id = await workshop.submit(UNSURE_PAGES)
    await split(workshop, document_id, (1, 1), (2, 2), (3, 3))
    before = len(children_of(workshop, document_id))

    await split(workshop, document_id, (1, 2), (3, 3))

    announced = children_of(workshop, document_id)[before:]
    assert [e["parent"]["pages"] for e in announced] == [{"first": 1, "last": 2}]
    ends = statuses(workshop)
    dropped = [child_id(document_id, f"pages/{n}-{n}") for n in (1, 2)]
    assert [ends[one] for one in dropped] == ["withdrawn", "withdrawn"]
    assert ends[child_id(document_id, "pages/3-3")] == "accepted"
    for one in (document_id, *dropped, child_id(document_id, "pages/1-2")):
        assert (await verify_document(workshop.store, one)).problems == (), one


async def test_a_person_can_say_that_a_file_is_one_document(workshop: Workshop) -> None:
    document_id = await workshop.submit(UNSURE_PAGES)
    await split(workshop, document_id, (1, 1), (2, 3))

    await split(workshop, document_id, (1, 3))

    runs = {e["run_id"]: e["route"] for e in workshop.events("documents.classified")}
    slots = [key for key in workshop.store.objects if key.startswith(f"documents/{document_id}/runs/")]
    newest = json.loads(workshop.store.objects[max(slots)])["run_id"]
    assert (len(slots), runs[newest]) == (3, "extract")
    parts = [child_id(document_id, "pages/1-1"), child_id(document_id, "pages/2-3")]
    assert [statuses(workshop)[one] for one in parts] == ["withdrawn", "withdrawn"]


async def test_a_split_outlives_a_later_run_which_reruns_the_parts(workshop: Workshop) -> None:
    document_id = await workshop.submit(UNSURE_PAGES)
    await split(workshop, document_id, (1, 1), (2, 2), (3, 3))
    workshop.prompt_version = "1.1"

    await workshop.submit(UNSURE_PAGES, name="copy.txt")

    third = child_id(document_id, "pages/3-3")
    revisions = [e for e in workshop.events("records.completed") if e["record_id"] == third]
    assert [e["revision"] for e in revisions] == [1, 2]
    assert [e["revision"] for e in workshop.events("records.completed") if e["record_id"] == document_id] == [
        1,
        2,
    ]


@pytest.mark.parametrize("ranges", [((1, 1), (3, 3)), ((2, 3), (1, 1)), ((1, 4),), ((1, 2), (2, 3))])
async def test_a_split_that_loses_or_doubles_a_page_is_refused(
    workshop: Workshop, ranges: tuple[tuple[int, int], ...]
) -> None:
    document_id = await workshop.submit(UNSURE_PAGES)

    with pytest.raises(PipelineError):
        await split(workshop, document_id, *ranges)

    assert children_of(workshop, document_id) == []
