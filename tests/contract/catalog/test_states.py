"""Where a document stands follows from its facts, whatever order they came in and however often."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.connect import connect
from catalog.database import Batch, Catalog
from catalog.queries import document, list_documents, unfinished
from schemas.canonical import derive_id
from tests.contract.catalog.telling import START, Story, dump

pytestmark = pytest.mark.anyio


def stories() -> dict[str, tuple[Story, str]]:
    """Return a story for every state that a document can be in."""
    later = derive_id("backfill")

    def begun(name: str) -> Story:
        return Story(name).submitted()

    def read(name: str) -> Story:
        return begun(name).classified().extracted()

    redriven = read("redriven").died("validation")
    answered = redriven.facts[2].fact_id
    redriven.tell("records.completed", "validation", trigger_id=answered, revision=1, status="accepted")
    again = read("again").completed(1).submitted(later).classified().extracted()
    twice = read("twice").completed(1).submitted(later).classified().extracted().completed(2, "rejected")
    bad = begun("bad").classified("unknown", "reject", reason="empty").completed(1, "rejected")
    gone = Story("gone").submitted(parent_id="p").classified(route="withdraw").completed(1, "withdrawn")
    human = read("human").asked().decided(kind="type")
    human.run_id = derive_id("run", "decision")
    human.classified("receipt", decided_by="human").extracted().completed(1)
    return {
        "just in": (begun("just in"), "submitted"),
        "known": (begun("known").classified(), "classified"),
        "read": (read("read"), "extracted"),
        "good": (read("good").completed(1), "accepted"),
        "part": (read("part").completed(1, "partial"), "partial"),
        "bad": (bad, "rejected"),
        "packet": (begun("packet").classified("unknown", "split").completed(1, "split"), "split"),
        "gone": (gone, "withdrawn"),
        "waiting": (read("waiting").asked(), "in_review"),
        "decided": (read("decided").asked().decided(), "extracted"),
        "asked twice": (read("asked twice").asked("a").decided("a").asked("b"), "in_review"),
        "corrected": (read("corrected").asked().decided().completed(1), "accepted"),
        "dead": (read("dead").died("validation"), "dead_lettered"),
        "redriven": (redriven, "accepted"),
        "only the catalog failed": (read("only the catalog failed").died("catalog"), "extracted"),
        "again": (again, "extracted"),
        "again done": (twice, "rejected"),
        "human": (human, "accepted"),
        "audited": (read("audited").completed(1).asked(), "accepted"),
    }


@pytest.mark.parametrize("name", stories())
async def test_a_documents_state_follows_from_its_facts(catalog: Catalog, name: str) -> None:
    story, state = stories()[name]

    await story.into(catalog)

    row = await document(catalog, story.document_id)
    assert row is not None
    assert row.state == state


async def test_shuffled_repeated_and_split_facts_give_the_same_catalog(url: str) -> None:
    told = [story for story, _ in stories().values()]
    everything = [Batch([fact], story.submissions) for story in told for fact in story.facts]
    seen = []
    for turn in range(3):
        async with connect(url.replace("doctrail.db", f"{turn}.db")) as catalog:
            batches = everything * (turn + 1)
            random.Random(turn).shuffle(batches)
            async with asyncio.TaskGroup() as group:
                for batch in batches:
                    group.create_task(catalog.keep(Batch(batch.facts, batch.submissions)))
            seen.append(await dump(catalog))

    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]["documents"]) == len(told)


async def test_a_row_says_type_record_name_and_times(catalog: Catalog) -> None:
    story = Story("lease.pdf").submitted().classified().extracted().completed(1)
    await story.into(catalog)

    row = await document(catalog, story.document_id)

    assert row is not None
    assert (row.doc_type, row.confidence, row.name, row.run_cause) == ("lease", 0.9, "lease.pdf", "first")
    assert (row.revision, row.record_status) == (1, "accepted")
    assert row.record is not None
    assert row.record.uri == story.facts[-1].object_uri
    assert (row.submitted_at, row.changed_at) == (START + timedelta(seconds=1), START + timedelta(seconds=4))


async def test_the_record_stands_while_a_newer_run_is_under_way(catalog: Catalog) -> None:
    cause = derive_id("backfill")
    story = (
        Story("a").submitted().classified().extracted().completed(1).submitted(cause).classified("receipt")
    )
    await story.into(catalog)

    row = await document(catalog, story.document_id)

    assert row is not None
    assert (row.state, row.revision, row.record_status) == ("classified", 1, "accepted")
    assert (row.run_cause, row.doc_type) == (cause, "receipt")
    assert await unfinished(catalog, cause) == 1
    assert await unfinished(catalog, "first") == 0


async def test_a_message_without_a_document_makes_no_document(catalog: Catalog) -> None:
    story = Story("nobody")
    story.submitted()
    origin = story.facts.pop()
    story.submissions = []
    story.run_id = ""
    story.died("intake", origin)
    story.facts = [fact for fact in story.facts if fact.topic == "dead_letters"]
    await story.into(catalog)

    assert await document(catalog, story.document_id) is None
    assert (await dump(catalog))["documents"] == []


async def test_what_can_not_be_written_fails_for_itself_and_for_nobody_beside_it(catalog: Catalog) -> None:
    stories = [Story(f"one of {n}").submitted() for n in range(6)]
    stories[3].facts = [replace(fact, object_size=2**70) for fact in stories[3].facts]

    done = await asyncio.gather(*(story.into(catalog) for story in stories), return_exceptions=True)

    assert [place for place, one in enumerate(done) if one is not None] == [3]
    found = [row.document_id async for row in list_documents(catalog)]
    assert sorted(found) == sorted(story.document_id for story in stories if story is not stories[3])
