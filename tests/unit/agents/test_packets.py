"""Files that hold several documents: their parts, what of them is a duplicate, and what a crash leaves."""

from __future__ import annotations

import json

import pytest

from schemas.classification import RejectReason
from schemas.handling import Outgoing
from schemas.packets import child_id
from store import keys
from store.memory import SimulatedCrash
from store.repair import repair_document
from store.verify import verify_document
from tests.unit.agents.packets import PAGES, children_of, split, statuses
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio

OTHER = "SLIP\nshop: Butcher & Sons\ntotal: 12.00\n"
MAIL = json.dumps({"holds": {"slip.txt": SURE, "other.txt": OTHER}, "left_out": ["logo.png"]})


async def test_every_attachment_becomes_a_document_and_what_is_none_is_listed(workshop: Workshop) -> None:
    document_id = await workshop.submit(MAIL, name="mail.eml")

    ends = statuses(workshop)
    parts = [child_id(document_id, place) for place in ("part/1", "part/2")]
    assert ends == {document_id: "split", parts[0]: "accepted", parts[1]: "accepted"}
    packet = await workshop.read(
        next(e["record"] for e in workshop.events("records.completed") if e["record_id"] == document_id)
    )
    assert [(child["document_id"], child["name"]) for child in packet["children"]] == [
        (parts[0], "slip.txt"),
        (parts[1], "other.txt"),
    ]
    assert packet["left_out"] == [{"name": "logo.png", "media_type": None, "size": None, "why": "a logo"}]
    assert workshop.store.objects[keys.original(parts[0])] == SURE.encode()


async def test_parts_run_under_their_packets_release_submission_and_family(workshop: Workshop) -> None:
    document_id = await workshop.submit(MAIL)

    whole, *parts = workshop.events("documents.submitted")
    for part in parts:
        manifest = json.loads(workshop.store.objects[keys.run(part["run_id"])])
        pinned = json.loads(workshop.store.objects[keys.run(whole["run_id"])])
        assert (manifest["release_digest"], manifest["cause"]) == (pinned["release_digest"], "first")
        assert part["submission_id"] == whole["submission_id"]
        assert workshop.store.objects[keys.family(manifest["document_id"])].decode() == document_id


async def test_a_part_whose_bytes_cannot_be_had_is_rejected_with_its_reason(workshop: Workshop) -> None:
    mail = json.dumps({"holds": {"slip.txt": SURE, "secret.pdf": RejectReason.PASSWORD_REQUIRED.value}})

    document_id = await workshop.submit(mail)

    secret = child_id(document_id, "part/2")
    record = await workshop.read(
        next(e["record"] for e in workshop.events("records.completed") if e["record_id"] == secret)
    )
    assert (record["status"], record["reason"]) == ("rejected", "password_required")
    assert keys.original(secret) not in workshop.store.objects
    assert (await verify_document(workshop.store, secret)).problems == ()


async def test_a_container_that_holds_no_document_is_rejected(workshop: Workshop) -> None:
    await workshop.submit(json.dumps({"holds": {}, "left_out": ["logo.png"]}))

    (completed,) = workshop.events("records.completed")
    record = await workshop.read(completed["record"])
    assert (record["status"], record["reason"]) == ("rejected", "empty")
    assert record["left_out"][0]["name"] == "logo.png"


async def test_parts_of_parts_are_documents_too_and_what_lies_too_deep_is_rejected(
    workshop: Workshop,
) -> None:
    text = SURE
    for _ in range(7):
        text = json.dumps({"holds": {"inner": text}})

    document_id = await workshop.submit(text)

    chain = [document_id]
    while children := children_of(workshop, chain[-1]):
        manifest = json.loads(workshop.store.objects[keys.run(children[0]["run_id"])])
        chain.append(manifest["document_id"])
    ends = statuses(workshop)
    assert [ends[one] for one in chain] == ["split"] * 5 + ["rejected"]
    last = await workshop.read(workshop.events("records.completed")[-1]["record"])
    assert last["reason"] == "too_deep"


async def test_every_message_of_a_packet_may_be_delivered_again(workshop: Workshop) -> None:
    _, dropped = await workshop.drop(MAIL)
    await workshop.drive([dropped])
    first, workshop.published = list(workshop.published), []

    workshop.restart()
    await workshop.drive([dropped])

    assert workshop.published == first
    assert workshop.reader.reads == 3


async def test_a_crash_after_any_write_of_a_part_loses_none_and_doubles_none() -> None:
    undisturbed = Workshop()
    document_id = await undisturbed.submit(MAIL)
    expected = statuses(undisturbed)
    written = list(undisturbed.store.objects)
    last = next(
        n
        for n, key in enumerate(written)
        if f"documents/{document_id}/outcomes" in key and "gatekeeper" in key
    )
    first = written.index(keys.original(child_id(document_id, "part/1")))
    writes = written[first : last + 1]

    for key in writes:
        workshop = Workshop()
        _, dropped = await workshop.drop(MAIL)
        workshop.store.fail("create", key, moment="after", error=SimulatedCrash)
        with pytest.raises(SimulatedCrash):
            await workshop.drive([dropped])
        workshop.restart()
        workshop.published.clear()
        await workshop.drive([dropped])

        assert statuses(workshop) == expected, key
        assert {e["revision"] for e in workshop.events("records.completed")} == {1}, key
        assert set(workshop.store.objects) >= set(undisturbed.store.objects), key


async def test_the_same_bytes_at_two_places_of_a_packet_are_two_documents(workshop: Workshop) -> None:
    document_id = await workshop.submit(json.dumps({"holds": {"a.txt": DOUBTFUL, "b.txt": DOUBTFUL}}))

    assert len({e["run_id"] for e in children_of(workshop, document_id)}) == 2
    assert len(workshop.events("reviews.requested")) == 2


async def test_the_same_attachment_in_two_emails_is_named_as_a_duplicate(workshop: Workshop) -> None:
    first = await workshop.submit(json.dumps({"holds": {"slip.txt": SURE}}))
    second = await workshop.submit(json.dumps({"holds": {"the same.txt": SURE}}))

    (requested,) = workshop.events("reviews.requested")
    record = await workshop.read(requested["record"])
    assert record["record_id"] == child_id(second, "part/1")
    assert record["duplicates"] == [child_id(first, "part/1")]
    assert record["reasons"] == [f"possible duplicate of {child_id(first, 'part/1')[:12]}: the same file"]


async def test_an_attachment_that_was_submitted_by_itself_before_is_named_as_a_duplicate(
    workshop: Workshop,
) -> None:
    alone = await workshop.submit("a letter\nto a friend")

    await workshop.submit(json.dumps({"holds": {"letter.txt": "a letter\nto a friend"}}))

    record = await workshop.read(workshop.events("reviews.requested")[-1]["record"])
    assert record["duplicates"] == [alone]


async def test_a_part_is_no_duplicate_of_its_packet_nor_of_parts_on_its_pages(workshop: Workshop) -> None:
    document_id = await workshop.submit(PAGES)
    assert statuses(workshop)[document_id] == "accepted"
    await split(workshop, document_id, (1, 2), (3, 3))

    await split(workshop, document_id, (1, 1), (2, 2), (3, 3))

    assert statuses(workshop)[child_id(document_id, "pages/2-2")] == "accepted"
    records = [await workshop.read(e["record"]) for e in workshop.events("records.completed")]
    assert all(record["duplicates"] == [] for record in records)


async def test_a_part_that_is_damaged_is_computed_again_from_what_its_packet_sent(workshop: Workshop) -> None:
    document_id = await workshop.submit(MAIL)
    part = child_id(document_id, "part/2")
    (result,) = [
        key for key in workshop.store.objects if key.startswith(f"documents/{part}/results/gatekeeper/")
    ]
    before = dict(workshop.store.objects)
    workshop.store.objects[result] = workshop.store.objects[result][:-40]

    done = await repair_document(workshop.store, await verify_document(workshop.store, part))
    sent = [rerun.message for rerun in done.reruns if rerun.message is not None]
    await workshop.drive([Outgoing(m.topic, m.key, m.event_id, m.body.encode()) for m in sent])

    assert len(sent) == len(done.reruns) == 1
    assert (await verify_document(workshop.store, part)).problems == ()
    assert workshop.store.objects[result] == before[result]
