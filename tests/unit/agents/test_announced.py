from __future__ import annotations

import json
from dataclasses import replace

import pytest

from agents.intake.agent import Intake
from agents.intake.announced import announcements
from agents.intake.sources import ConfiguredSources, FolderSource
from schemas.documents import DocumentDropped
from schemas.handling import Outgoing
from schemas.s3_events import ObjectsAnnounced
from schemas.versions import decode, payload_as
from store.sources import Place
from store.submissions import load_submission, submission_id_of
from tests.unit.agents.workshop import Workshop

SLIP = b"SLIP\nshop: Corner Ltd\ntotal: 9.00\n"


def notification(*keys: str) -> bytes:
    records = [
        {
            "eventName": "ObjectCreated:Put",
            "eventTime": "2026-11-21T09:00:00Z",
            "s3": {"bucket": {"name": "incoming"}, "object": {"key": key, "size": 9, "eTag": f"e{key}"}},
        }
        for key in keys
    ]
    return json.dumps({"Records": records}).encode()


def nobodys(_: str) -> bool:
    return False


def test_each_announced_object_becomes_an_inbox_message_of_its_own_always_with_the_same_bytes() -> None:
    envelope = decode(ObjectsAnnounced.event, notification("a.pdf", "b c.pdf"))
    sent = announcements(envelope, payload_as(envelope, ObjectsAnnounced), nobodys)
    again = announcements(envelope, payload_as(envelope, ObjectsAnnounced), nobodys)
    read = [payload_as(decode(one.topic, one.body), DocumentDropped) for one in sent]

    assert sent == again
    assert len({one.event_id for one in sent}) == 2
    assert [(one.uri, bytes.fromhex(one.etag or "")) for one in read] == [
        ("s3://incoming/a.pdf", b"ea.pdf"),
        ("s3://incoming/b%20c.pdf", b"eb c.pdf"),
    ]
    assert {decode(one.topic, one.body).cause for one in sent} == {envelope.id}


class Shelf:
    """A source with the same slip under every uri."""

    def is_own(self, uri: str) -> bool:
        return uri.startswith("s3://store/")

    async def fetch(self, uri: str, *, etag: str | None, version_id: str | None) -> bytes:
        return SLIP


@pytest.mark.anyio
async def test_an_object_announced_twice_is_one_submission_known_by_its_etag() -> None:
    workshop = Workshop()
    intake, *others = workshop.handlers
    assert isinstance(intake, Intake)
    workshop.handlers = (replace(intake, sources=Shelf()), *others)
    for again in (0, 1):
        body = notification("slip.txt").replace(b"2026-11-21", b"2026-11-2%d" % (again + 1))
        await workshop.drive([Outgoing(ObjectsAnnounced.event, "", f"n{again}", body)])
    submitted, again_told = workshop.events("documents.submitted")
    etag = b"eslip.txt".hex()

    assert submitted["submission_id"] == submission_id_of("s3://incoming/slip.txt", etag, None)
    assert (again_told["submission_id"], again_told["known"]) == (submitted["submission_id"], True)
    assert await load_submission(workshop.store, submitted["submission_id"]) is not None
    assert len(workshop.events("documents.inbox")) == 2
    assert len(workshop.events("records.completed")) == 1


@pytest.mark.anyio
async def test_what_doctrail_wrote_itself_is_no_document_and_starts_no_circle() -> None:
    envelope = decode(ObjectsAnnounced.event, notification("a.pdf"))
    everyones = announcements(envelope, payload_as(envelope, ObjectsAnnounced), lambda _: True)
    sources = ConfiguredSources(FolderSource(None, 1), store=Place("incoming", "store"))

    assert list(everyones) == []
    assert sources.is_own("s3://incoming/store/documents/d/original")
    assert not sources.is_own("s3://incoming/storeroom/a.pdf")
    assert not sources.is_own("file:///a.pdf")
