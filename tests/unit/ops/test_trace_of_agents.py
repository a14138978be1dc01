"""What the real agents leave behind, told: their trail and this room must not drift apart."""

from __future__ import annotations

import pytest

from ops.trace import load_trace
from ops.trace.story import State
from ops.trace.views.text import trace_text
from schemas.records import DecisionKind
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.agents.workshop import Workshop, decision

pytestmark = pytest.mark.anyio


async def test_an_accepted_document_is_told_without_a_gap() -> None:
    workshop = Workshop()
    document_id = await workshop.submit(SURE)

    trace = await load_trace(workshop.store, document_id, full=True)
    text = trace_text(trace, full=True)

    assert trace.problems == ()
    assert trace.run is not None
    assert [story.stage for story in trace.run.stages] == ["intake", "gatekeeper", "extraction", "validation"]
    assert list(trace.run.exchanges) == ["gatekeeper", "extraction"]
    assert text.startswith("accepted: slip, revision 1, 2 of 3 fields, in ")
    assert "✓ total_is_positive  total is 9.00" in text
    assert "total  0." in text
    assert "retried" not in text


async def test_a_doubtful_document_says_which_number_was_too_small() -> None:
    workshop = Workshop()
    document_id = await workshop.submit(DOUBTFUL)

    trace = await load_trace(workshop.store, document_id)

    assert trace.state is State.IN_REVIEW
    assert trace.headline.endswith(": total 0.40 < 0.80")


async def test_a_rejection_by_a_person_opens_a_run_that_says_who_decided() -> None:
    workshop = Workshop()
    document_id = await workshop.submit(DOUBTFUL)
    first = (await load_trace(workshop.store, document_id)).run
    assert first is not None
    await workshop.decide(decision(workshop, document_id, kind=DecisionKind.REJECTION))

    trace = await load_trace(workshop.store, document_id)
    text = trace_text(trace)

    assert trace.headline.startswith("rejected: a reviewer found that this is not a document")
    assert "slip, decided by a person" in text
    assert "ann rejected the document" in text
    assert [(line.run_id, line.state) for line in trace.other_runs] == [(first.run_id, State.SUPERSEDED)]
