"""Taking a file apart: what follows from the splitter's answer, in numbers, words and routes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.gatekeeper.splitting import TOOL, chances_of, held_together, ranges_of, settle
from schemas.certificates import GENERATED, SPLIT, WHOLE
from schemas.packets import child_id, ranges_problem
from tests.unit.agents.bindery import Bindery, certificate
from tests.unit.agents.workshop import Workshop


def settled(*chances: float, **changes: Any) -> Any:
    return settle(
        chances, certificate(SPLIT, **changes), certificate(WHOLE, **changes), accept_generated=False
    )


def test_a_sure_split_names_every_boundary_and_the_least_sure_of_the_others() -> None:
    found = settled(0.03, 0.98, 0.01)

    assert found.settled
    assert found.ranges == ((1, 2), (3, 4))
    assert found.arithmetic == (
        "page 3 starts a new document: 0.98 ≥ 0.90",
        (
            "page 2 goes on with the document before it: 0.97 ≥ 0.90, the least sure of 2 that do "
            "(error ≤ 3.1% at 95 %, 2 of 200 wrong)"
        ),
    )


def test_one_doubtful_page_puts_the_whole_split_before_a_person_with_the_ranges() -> None:
    found = settled(0.98, 0.62)

    assert not found.settled
    assert found.proposed == ((1, 1), (2, 2), (3, 3))
    assert found.reason == (
        "it seems to be 3 documents (pages 1, 2, 3); most doubtful is whether one starts on page 3 (0.62)"
    )
    assert found.arithmetic[-1] == "pages: 0.62 < 0.90 → review"


def test_a_document_that_is_surely_one_goes_on() -> None:
    found = settled(0.02, 0.04)

    assert (found.settled, found.ranges, found.reason, found.proposed) == (True, ((1, 3),), None, ())


def test_a_document_that_may_be_two_is_asked_about_at_its_most_doubtful_page() -> None:
    found = settled(0.02, 0.3)

    assert found.ranges == ((1, 3),)
    assert found.proposed == ((1, 2), (3, 3))
    assert found.reason is not None
    assert found.reason.startswith("it may be 2 documents (pages 1-2, 3)")


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"threshold": None}, "no certified threshold"), ({"population": GENERATED}, "generated samples only")],
)
@pytest.mark.parametrize("chances", [(0.99,), (0.01,)])
def test_without_a_certificate_a_person_decides(
    changes: dict[str, Any], why: str, chances: tuple[float, ...]
) -> None:
    found = settled(*chances, **changes)

    assert not found.settled
    assert why in found.arithmetic[-1]


def test_pages_that_an_e_invoice_is_attached_to_are_taken_apart_by_people_only() -> None:
    split, doubtful, one = (held_together(settled(*chances)) for chances in ((0.98,), (0.3,), (0.02,)))

    assert (split.settled, split.proposed) == (False, ((1, 1), (2, 2)))
    assert "an e-invoice is attached to the whole file" in (split.reason or "")
    assert (doubtful.settled, doubtful.reason, doubtful.proposed) == (True, None, ())
    assert one == settled(0.02)


def test_a_loose_certificate_does_not_settle_what_is_rather_unsure() -> None:
    found = settled(0.85, threshold=0.5)

    assert not found.settled
    assert found.arithmetic[-1] == "pages: 0.85 < 0.90 → review"


def test_a_page_that_the_answer_leaves_out_goes_on() -> None:
    assert chances_of({"begins": [{"page": 3, "probability": 0.9}]}, 4) == (0.0, 0.9, 0.0)


@given(st.lists(st.booleans(), max_size=80))
def test_no_page_is_lost_or_doubled_whatever_begins(begins: list[bool]) -> None:
    assert ranges_problem(ranges_of(begins), len(begins) + 1) is None


TWO = "SLIP\nshop: Corner Bakery Ltd\ntotal: 9.00\n\fSLIP\nshop: Butcher & Sons\ntotal: 12.00\n"


def asked(workshop: Workshop, tool: str) -> int:
    """Return how often the model was asked with ``tool``."""
    return sum(request.tool_choice == tool for request in workshop.model.requests)


@pytest.mark.anyio
async def test_a_sure_packet_is_taken_apart_and_its_parts_are_not_split_again() -> None:
    workshop = Bindery()
    workshop.begins = {2: 0.97}

    document_id = await workshop.submit(TWO)

    ends = {e["record_id"]: e["status"] for e in workshop.events("records.completed")}
    parts = [child_id(document_id, place) for place in ("pages/1-1", "pages/2-2")]
    assert ends == {document_id: "split", parts[0]: "accepted", parts[1]: "accepted"}
    assert asked(workshop, TOOL) == 1


@pytest.mark.anyio
async def test_a_doubtful_packet_goes_to_a_person_with_the_proposed_ranges() -> None:
    workshop = Bindery()
    workshop.begins = {2: 0.7}

    await workshop.submit(TWO)

    (classified,) = workshop.events("documents.classified")
    found = await workshop.read(classified["result"])
    assert classified["route"] == "review"
    assert found["proposed"] == [[1, 1], [2, 2]]
    assert found["doc_type"] == "slip"
    assert "it seems to be 2 documents (pages 1, 2)" in found["reason"]


@pytest.mark.anyio
async def test_a_document_that_is_one_goes_on_and_says_why() -> None:
    workshop = Bindery()
    workshop.begins = {2: 0.01}

    await workshop.submit(TWO)

    (classified,) = workshop.events("documents.classified")
    found = await workshop.read(classified["result"])
    assert classified["route"] == "extract"
    assert found["arithmetic"][0].startswith("page 2 goes on with the document before it: 0.99 ≥ 0.90")


@pytest.mark.anyio
async def test_a_single_page_is_never_asked_about() -> None:
    workshop = Bindery()

    await workshop.submit("SLIP\nshop: Corner Bakery Ltd\ntotal: 9.00\n")

    assert asked(workshop, TOOL) == 0


@pytest.mark.anyio
async def test_a_release_without_a_splitter_takes_every_file_for_one_document() -> None:
    workshop = Workshop()

    await workshop.submit(TWO)

    (classified,) = workshop.events("documents.classified")
    assert classified["route"] == "extract"
    assert asked(workshop, TOOL) == 0
