"""What people ask of the catalog."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog import queries
from catalog.database import Batch, Catalog
from catalog.queries import Count, counts, document, list_documents, unfinished
from catalog.resolve import resolve
from catalog.waiting import dead_letters, requested_reviews, reviews_waiting
from schemas.canonical import derive_id
from tests.contract.catalog.telling import START, Story

pytestmark = pytest.mark.anyio


async def told(catalog: Catalog, number: int = 12) -> list[Story]:
    """Tell of documents, every third of which waits and every fourth of which died."""
    found = []
    for n in range(number):
        story = Story(f"scan {n:03d}.pdf", start=START + timedelta(minutes=n)).submitted()
        story.classified("lease" if n % 2 else "receipt").extracted()
        if n % 3 == 0:
            story.asked()
        elif n % 4 == 0:
            story.died("validation")
        else:
            story.completed(1)
        found.append(story)
    await catalog.keep(
        Batch([f for s in found for f in s.facts], [one for s in found for one in s.submissions])
    )
    return found


async def test_documents_come_in_the_order_they_were_submitted_page_after_page(catalog: Catalog) -> None:
    stories = await told(catalog, queries.PAGE + 30)

    found = [row.document_id async for row in list_documents(catalog)]

    assert found == [story.document_id for story in stories]


async def test_documents_are_chosen_by_state_type_time_and_record(catalog: Catalog) -> None:
    stories = await told(catalog)

    async def ids(**wanted: object) -> list[str]:
        return [row.document_id async for row in list_documents(catalog, **wanted)]  # type: ignore[arg-type]

    def those(*numbers: int) -> list[str]:
        return [stories[n].document_id for n in numbers]

    assert await ids(states=["in_review"]) == those(0, 3, 6, 9)
    assert await ids(states=["in_review", "dead_lettered"]) == those(0, 3, 4, 6, 8, 9)
    assert await ids(doc_type="lease", with_record=True) == those(1, 5, 7, 11)
    since, until = START + timedelta(minutes=4), START + timedelta(minutes=6)
    assert await ids(since=since, until=until) == those(4, 5)
    assert await ids(doc_type="nothing") == []


async def test_the_children_of_a_packet_are_found_by_their_parent(catalog: Catalog) -> None:
    parent = Story("packet").submitted()
    child = Story("child").submitted(parent_id=parent.document_id)
    for story in (parent, child):
        await story.into(catalog)

    rows = [row async for row in list_documents(catalog, parent_id=parent.document_id)]

    assert [row.document_id for row in rows] == [child.document_id]


async def test_documents_are_counted_by_state_and_type(catalog: Catalog) -> None:
    await told(catalog)
    await Story("new").submitted().into(catalog)

    assert await counts(catalog) == (
        Count("accepted", "lease", 4),
        Count("accepted", "receipt", 2),
        Count("dead_lettered", "receipt", 2),
        Count("in_review", "lease", 2),
        Count("in_review", "receipt", 2),
        Count("submitted", None, 1),
    )
    assert await unfinished(catalog, "first") == 1


async def test_waiting_reviews_name_their_draft(catalog: Catalog) -> None:
    stories = await told(catalog)

    waiting = {review.document_id: review async for review in reviews_waiting(catalog)}

    assert set(waiting) == {stories[n].document_id for n in (0, 3, 6, 9)}
    review, asked = waiting[stories[3].document_id], stories[3].facts[-1]
    assert (review.review_id, review.requested_at, review.record.uri) == (
        asked.review_id,
        asked.at,
        asked.object_uri,
    )
    assert (review.name, review.doc_type) == ("scan 003.pdf", "lease")


async def test_a_review_is_found_by_a_prefix_of_its_id_decided_or_not(catalog: Catalog) -> None:
    stories = await told(catalog)
    asked = stories[6].decided().facts[-2]
    await stories[6].into(catalog)

    (found,) = await requested_reviews(catalog, (asked.review_id or "")[:10])

    assert (found.review_id, found.document_id, found.run_id) == (
        asked.review_id,
        stories[6].document_id,
        asked.run_id,
    )
    assert len(await requested_reviews(catalog, "")) == 4
    assert await requested_reviews(catalog, "zz") == ()


async def test_more_reviews_than_a_page_are_all_listed(catalog: Catalog) -> None:
    for n in range(3):
        stories = [Story(f"{n} {m}").submitted().asked() for m in range(queries.PAGE // 2)]
        await catalog.keep(Batch([fact for story in stories for fact in story.facts]))

    assert len({review.review_id async for review in reviews_waiting(catalog)}) == 3 * (queries.PAGE // 2)


async def test_dead_letters_are_open_until_their_message_is_answered(catalog: Catalog) -> None:
    stories = await told(catalog)
    dead = stories[4]
    dead.tell(
        "records.completed", "validation", revision=1, status="accepted", trigger_id=dead.facts[2].fact_id
    )
    await dead.into(catalog)

    still = [letter.document_id async for letter in dead_letters(catalog)]
    everything = {letter.document_id: letter async for letter in dead_letters(catalog, open_only=False)}

    assert still == [stories[8].document_id]
    assert {n: letter.open for n, letter in everything.items()} == {
        stories[4].document_id: False,
        stories[8].document_id: True,
    }
    letter = everything[stories[8].document_id]
    assert (letter.agent, letter.error_class, letter.attempts) == ("validation", "exhausted", 4)
    assert (letter.origin_id, letter.origin_topic) == (stories[8].facts[2].fact_id, "documents.extracted")


async def test_a_document_nobody_knows_is_none(catalog: Catalog) -> None:
    assert await document(catalog, "0" * 64) is None


async def test_an_id_a_prefix_a_path_and_a_name_lead_to_the_document(catalog: Catalog) -> None:
    stories = await told(catalog)
    story = stories[5]
    submission_id = story.submissions[0].submission_id

    for wanted, by in (
        (story.document_id, "document"),
        (story.document_id[:10], "document"),
        (story.run_id, "run"),
        (story.run_id[:13], "run"),
        (submission_id, "submission"),
        (submission_id[:13], "submission"),
        ("/in/scan 005.pdf", "path"),
        ("scan 005.pdf", "name"),
    ):
        found = await resolve(catalog, wanted)
        assert [(match.document_id, match.by) for match in found.candidates] == [(story.document_id, by)]
        assert found.close == ()
    relative = await resolve(catalog, "scan 005.pdf", path="/in/scan 005.pdf")
    assert [match.by for match in relative.candidates] == ["path"]


async def test_a_prefix_of_several_names_them_all(catalog: Catalog) -> None:
    stories = await told(catalog, 40)
    first = min(story.document_id[0] for story in stories)

    found = await resolve(catalog, first)

    of_documents = {match.document_id for match in found.candidates if match.by == "document"}
    assert of_documents == {s.document_id for s in stories if s.document_id[0] == first}


async def test_what_is_mistyped_is_answered_with_what_comes_near(catalog: Catalog) -> None:
    stories = await told(catalog)
    story = stories[7]

    name = await resolve(catalog, "/elsewhere/Scan 007.PDF.pdf")
    number = await resolve(catalog, story.document_id[:12] + "zz")
    nothing = await resolve(catalog, "quite another thing")

    assert name.candidates == number.candidates == nothing.candidates == ()
    assert name.close[0].document_id == story.document_id
    assert [match.document_id for match in number.close] == [story.document_id]
    assert nothing.close == ()


async def test_wildcards_and_quotes_are_plain_characters(catalog: Catalog) -> None:
    await told(catalog)

    for wanted in ("%", "_", "'", "a' OR '1'='1", "\\", ""):
        assert (await resolve(catalog, wanted)).candidates == ()


async def test_the_same_file_name_twice_leads_to_both(catalog: Catalog) -> None:
    one, other = Story("one").submitted(), Story("other").submitted()
    for story in (one, other):
        source = story.submissions[0].source.model_copy(update={"name": "lease.pdf"})
        story.submissions = [
            story.submissions[0].model_copy(
                update={"source": source, "submission_id": derive_id("s", story.document_id)}
            )
        ]
        await story.into(catalog)

    found = await resolve(catalog, "lease.pdf")

    assert {match.document_id for match in found.candidates} == {one.document_id, other.document_id}


def named(story: Story, name: str, path: str, hour: int) -> Story:
    """Return ``story`` submitted once more, under this name and an hour so much later."""
    first = story.submissions[0]
    source = first.source.model_copy(update={"name": name, "path": path})
    again = {"source": source, "submission_id": derive_id("s", path), "at": first.at + timedelta(hours=hour)}
    story.submissions.append(first.model_copy(update=again))
    return story


async def test_a_path_is_found_however_many_newer_files_have_its_name(catalog: Catalog) -> None:
    meant = named(Story("meant").submitted(), "lease.pdf", "/here/lease.pdf", 0)
    others = [
        named(Story(f"other {n}").submitted(), "lease.pdf", f"/{n}/lease.pdf", 1 + n) for n in range(25)
    ]
    for story in (meant, *others):
        await story.into(catalog)

    found = await resolve(catalog, "lease.pdf", path="/here/lease.pdf")

    assert [(match.document_id, match.by) for match in found.candidates] == [(meant.document_id, "path")]


async def test_a_name_leads_to_both_of_its_documents_however_often_the_newer_one_came_in(
    catalog: Catalog,
) -> None:
    one, other = Story("one").submitted(), Story("other").submitted()
    named(one, "lease.pdf", "/one/lease.pdf", 0)
    for hour in range(1, 26):
        named(other, "lease.pdf", f"/{hour}/lease.pdf", hour)
    for story in (one, other):
        await story.into(catalog)

    found = await resolve(catalog, "lease.pdf")

    assert [match.document_id for match in found.candidates] == [other.document_id, one.document_id]
