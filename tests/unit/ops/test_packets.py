"""What operators are told of files that hold several documents."""

from __future__ import annotations

import json

import pytest

from ops.identify import identify
from ops.naming import name_of
from ops.progress import Awaited, End, end_of, ends_within
from ops.reviews.decide import Review, load_review, split_review_id
from ops.reviews.file import read_decision
from ops.reviews.sheet import sheet
from ops.show import load_shown, show_text
from ops.trace import load_trace
from ops.trace.views.text import trace_text
from review.sheet.values import DecisionFileError
from schemas.canonical import derive_id
from schemas.classification import RejectReason
from schemas.packets import child_id
from schemas.records import DecisionKind
from store.submissions import load_submission
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.agents.workshop import Workshop, decision

pytestmark = pytest.mark.anyio

INNER = json.dumps({"holds": {"a.txt": SURE, "b.txt": DOUBTFUL.replace("9.00", "8.00")}})
MAIL = json.dumps(
    {
        "holds": {"inner.zip": INNER, "secret.pdf": RejectReason.PASSWORD_REQUIRED.value},
        "left_out": ["logo.png"],
    }
)
PAGES = "a cover\n\fSLIP\nshop: Corner Bakery Ltd\ntotal? 9.00\n"


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


async def awaited(workshop: Workshop, document_id: str) -> Awaited:
    """Return what to wait for after the workshop's submission."""
    submission_id = workshop.events("documents.submitted")[0]["submission_id"]
    submission = await load_submission(workshop.store, submission_id)
    assert submission is not None
    return Awaited(document_id, None, submission_id)


async def test_the_first_sentence_says_into_how_many_and_where_they_stand(workshop: Workshop) -> None:
    document_id = await workshop.submit(MAIL, name="mail.eml")

    trace = await load_trace(workshop.store, document_id)

    assert trace.headline == "split into 3: 1 accepted, 1 rejected, 1 in review"
    assert trace.now == "split; every part rests"


async def test_the_tree_names_every_part_and_what_was_left_out(workshop: Workshop) -> None:
    document_id = await workshop.submit(MAIL, name="mail.eml")

    text = trace_text(await load_trace(workshop.store, document_id))

    inner = child_id(document_id, "part/1")
    assert f"{inner[:12]} · “inner.zip” · split into 2: 1 accepted, 1 in review" in text
    assert "· “a.txt” · accepted: slip" in text
    assert "· “secret.pdf” · rejected: password required" in text
    assert "left out" in text
    assert "“logo.png” · a logo" in text


async def test_a_part_names_its_packet_and_its_pages(workshop: Workshop) -> None:
    document_id = await workshop.submit(PAGES)
    said = decision(workshop, document_id, kind=DecisionKind.SPLIT, ranges=((1, 1), (2, 2)))
    await workshop.decide(said)

    part = await load_trace(workshop.store, child_id(document_id, "pages/2-2"))

    assert part.origin is not None
    assert (part.parent, part.origin.pages, part.origin.first_page) == (document_id, (2, 2), 2)
    assert part.problems == ()
    assert f"part of document {document_id} · page 2" in trace_text(part)


async def test_a_packet_rests_when_its_parts_do(workshop: Workshop) -> None:
    document_id, dropped = await workshop.drop(MAIL)
    (submitted,) = await workshop.deliver(workshop.handler("intake"), dropped)
    classified, *parts = await workshop.deliver(workshop.handler("gatekeeper"), submitted)
    await workshop.deliver(workshop.handler("validation"), classified)
    workshop.published.append(submitted)
    wanted = await awaited(workshop, document_id)

    before = await end_of(workshop.store, wanted)
    await workshop.drive(parts)

    assert (before, await end_of(workshop.store, wanted)) == (None, End.SPLIT)
    assert await ends_within(workshop.store, wanted) == {End.ACCEPTED: 1, End.REVIEW: 1, End.REJECTED: 1}


async def test_a_part_that_a_new_split_drops_says_so(workshop: Workshop) -> None:
    document_id = await workshop.submit(PAGES)
    first = decision(workshop, document_id, kind=DecisionKind.SPLIT, ranges=((1, 1), (2, 2)))
    await workshop.decide(first)
    run_id = (await load_trace(workshop.store, document_id)).run
    assert run_id is not None
    again = {"decision_id": derive_id("again"), "review_id": derive_id("r"), "run_id": run_id.run_id}
    whole = decision(workshop, document_id, kind=DecisionKind.SPLIT, ranges=((1, 2),))

    await workshop.decide(whole.model_copy(update=again))

    part = await load_trace(workshop.store, child_id(document_id, "pages/2-2"))
    assert part.headline == "withdrawn: the packet was split anew, and this part is no longer in it"


async def review_of_split(workshop: Workshop, document_id: str) -> Review:
    run = (await load_trace(workshop.store, document_id)).run
    assert run is not None
    review_id = split_review_id(document_id, run.run_id)
    return await load_review(workshop.store, document_id, run.run_id, review_id)


async def test_a_packet_can_be_split_anew_though_nobody_asked(workshop: Workshop) -> None:
    document_id = await workshop.submit(PAGES)
    await workshop.decide(decision(workshop, document_id, kind=DecisionKind.SPLIT, ranges=((1, 1), (2, 2))))
    review = await review_of_split(workshop, document_id)

    said = read_decision(b'{"split": "1-2"}', review, reviewer="ann", now=workshop.now())
    await workshop.decide(said)

    given = sheet(review, name=None)
    assert (given["pages"], given["proposed_split"], given["split"]) == (2, "1-1, 2-2", None)
    assert (await load_trace(workshop.store, document_id)).headline.startswith("waits for review")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('{"split": "1"}', "no range holds page 2"),
        ('{"split": "1-2, 2"}', "page 2 stands in two ranges"),
        ('{"split": "2, 1"}', "no range holds page 1"),
        ('{"split": "1-3"}', "the document has 2 pages"),
        ('{"split": [["one"]]}', "is no page range"),
        ('{"split": true}', "can't be read"),
        ('{"split": "1-2", "reject": true}', "contradicts"),
    ],
)
async def test_a_split_that_is_wrong_is_named_before_it_is_handed_in(
    workshop: Workshop, given: str, said: str
) -> None:
    document_id = await workshop.submit(PAGES)
    request = workshop.events("reviews.requested")[-1]
    review = await load_review(workshop.store, document_id, request["run_id"], request["review_id"])

    with pytest.raises(DecisionFileError, match=said):
        read_decision(given.encode(), review, reviewer="ann", now=workshop.now())


async def test_ranges_may_be_given_as_text_or_as_numbers(workshop: Workshop) -> None:
    document_id = await workshop.submit(PAGES)
    request = workshop.events("reviews.requested")[-1]
    review = await load_review(workshop.store, document_id, request["run_id"], request["review_id"])

    found = [
        read_decision(given.encode(), review, reviewer="ann", now=workshop.now()).ranges
        for given in ('{"split": "1, 2"}', '{"split": "1-1,2–2"}', '{"split": [[1], [2, 2]]}')
    ]

    assert found == [((1, 1), (2, 2))] * 3


async def test_a_container_has_no_pages_to_split(workshop: Workshop) -> None:
    document_id = await workshop.submit(MAIL)
    review = await review_of_split(workshop, document_id)

    with pytest.raises(DecisionFileError, match="'split' that means nothing here"):
        read_decision(b'{"split": "1-2"}', review, reviewer="ann", now=workshop.now())


async def test_a_part_is_found_by_its_id(workshop: Workshop) -> None:
    document_id = await workshop.submit(MAIL)
    secret = child_id(document_id, "part/2")

    assert (await identify(workshop.store, None, secret)).document_id == secret


async def test_a_part_is_called_by_its_place_in_what_was_submitted(workshop: Workshop) -> None:
    document_id = await workshop.submit(MAIL, name="mail.eml")
    inner = child_id(document_id, "part/1")

    assert await name_of(workshop.store, None, child_id(inner, "part/2")) == "inner.zip > b.txt"
    assert await name_of(workshop.store, "mail.eml", document_id) == "mail.eml"


async def test_show_lists_the_parts_of_a_packet_and_what_was_left_out(workshop: Workshop) -> None:
    document_id = await workshop.submit(MAIL)

    text = show_text(await load_shown(workshop.store, document_id))

    assert f"{child_id(document_id, 'part/1')} · “inner.zip”" in text
    assert "logo.png · a logo" in text
