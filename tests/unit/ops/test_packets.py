"""What operators are told of files that hold several documents."""

from __future__ import annotations

import json

import pytest

from ops.progress import Awaited, End, end_of, ends_within
from ops.trace import load_trace
from ops.trace.views.text import trace_text
from schemas.canonical import derive_id
from schemas.packets import child_id
from schemas.records import DecisionKind
from schemas.results import RejectReason
from store.submissions import load_submission
from tests.unit.agents.workshop import DOUBTFUL, SURE, Workshop, decision

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
