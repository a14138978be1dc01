"""A type that names its model: who reads in its place, and what a reading costs again."""

from __future__ import annotations

import pytest

from inference.protocol import (
    LostReplyError,
)
from schemas.canonical import derive_id
from schemas.documents import DocumentDropped
from store.submissions import Cause, keep_cause
from tests.unit.agents.moody import Moody
from tests.unit.agents.slips import SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio


async def test_a_named_model_reads_the_type_and_the_variants_certificates_do_not_count(
    workshop: Workshop,
) -> None:
    workshop.named = "eu.some.model-v1:0"
    moody = Moody(workshop, [])
    await workshop.submit(SURE)

    (requested,) = workshop.events("reviews.requested")
    record = await workshop.read(requested["record"])
    first, second = moody.asked
    assert (first.model, first.temperature) == ("eu.some.model-v1:0", None)
    assert second.model.startswith("local:")
    assert {field["decision"] for field in record["fields"]} == {"review"}


async def test_another_named_model_is_another_reading(workshop: Workshop) -> None:
    moody = Moody(workshop, [])
    await workshop.submit(SURE)
    workshop.named = "v"
    await workshop.submit(SURE, name="again.txt")

    assert len(moody.asked) == 2


async def test_without_leave_nobody_reads_in_place_of_a_model_that_does_not_answer(
    workshop: Workshop,
) -> None:
    workshop.named = "large"
    Moody(workshop, [LostReplyError("down", target="model:x")])

    with pytest.raises(LostReplyError):
        await workshop.submit(SURE)


async def test_with_leave_the_local_variant_reads_by_its_own_thresholds_and_says_so(
    workshop: Workshop,
) -> None:
    workshop.named, workshop.fallback = "large", True
    moody = Moody(workshop, [LostReplyError("down", target="model:x")])
    await workshop.submit(SURE)

    extracted = await workshop.read(workshop.events("documents.extracted")[0]["result"])
    assert [request.model[:6] for request in moody.asked] == ["large", "local:"]
    assert extracted["model"].startswith("local:")
    assert extracted["degraded"] == ["model 'large' did not answer (down); the local variant read instead"]
    (completed,) = workshop.events("records.completed")
    record = await workshop.read(completed["record"])
    assert (completed["status"], completed["degraded"]) == ("accepted", "lesser_model")
    assert record["degraded"] == extracted["degraded"]


async def test_the_next_run_asks_the_model_that_was_meant(workshop: Workshop) -> None:
    workshop.named, workshop.fallback = "large", True
    moody = Moody(workshop, [LostReplyError("down", target="model:x")])
    await workshop.submit(SURE)
    workshop.prompt_version = "1.0"
    workshop.threshold = 0.81
    await workshop.submit(SURE, name="again.txt")

    assert [request.model[:5] for request in moody.asked] == ["large", "local", "large"]


async def test_a_store_that_is_down_is_no_reason_to_fall_back(workshop: Workshop) -> None:
    workshop.named, workshop.fallback = "large", True
    moody = Moody(workshop, [LostReplyError("down", target="store")])

    with pytest.raises(LostReplyError):
        await workshop.submit(SURE)
    assert len(moody.asked) == 1


async def run_again(workshop: Workshop, document_id: str, *, repay: bool) -> None:
    """Run a document again under the live release, as ``submit --force`` does."""
    release = await workshop.digest(workshop.time)
    cause = Cause(
        cause_id=derive_id("force", document_id),
        kind="force",
        release_digest=release,
        at=workshop.time,
        repay=repay,
    )
    await keep_cause(workshop.store, cause)
    message = DocumentDropped(document_id=document_id, cause_id=cause.cause_id)
    event_id = derive_id("drop", cause.cause_id)
    await workshop.drive([workshop.message(message, event_id=event_id, subject=document_id)])


@pytest.mark.parametrize(("repay", "bought"), [(False, 1), (True, 2)])
async def test_a_run_again_buys_a_known_reply_only_where_that_is_wanted(
    workshop: Workshop, repay: bool, bought: int
) -> None:
    moody = Moody(workshop, [])
    document_id = await workshop.submit(SURE)
    await run_again(workshop, document_id, repay=repay)

    assert len(moody.asked) == bought
    assert len({request.digest for request in moody.asked}) == bought
    assert len(workshop.events("records.completed")) == 2


async def test_under_one_cause_a_reply_is_bought_again_once(workshop: Workshop) -> None:
    moody = Moody(workshop, [])
    document_id = await workshop.submit(SURE)
    await run_again(workshop, document_id, repay=True)
    for key in [k for k in workshop.store.objects if "/outcomes/" in k or "/results/extraction/" in k]:
        del workshop.store.objects[key]
    await run_again(workshop, document_id, repay=True)

    assert len(moody.asked) == 2


async def test_a_local_model_that_is_named_in_place_of_the_trained_one_has_not_its_certificates(
    workshop: Workshop,
) -> None:
    workshop.named = f"local:{'0' * 64}"
    await workshop.submit(SURE)

    (requested,) = workshop.events("reviews.requested")
    record = await workshop.read(requested["record"])
    assert {field["decision"] for field in record["fields"]} == {"review"}
