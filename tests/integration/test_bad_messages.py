"""Bad messages of strangers: a dead letter each, that names the field, the digests or the rule.

Whatever comes next is handled.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.wiring import Doctrail
from schemas.canonical import sha256_hex
from schemas.documents import DocumentDropped
from schemas.handling import Outgoing
from tests.integration.installation import Installation, copy_of_types, settings_in


@dataclass(frozen=True)
class Inbox:
    """What became of messages that strangers published, each under its key."""

    folder: Path
    installation: Installation
    letters: dict[str, dict[str, Any]]


def bare(**data: object) -> bytes:
    return json.dumps(data).encode()


def event(event_type: str, **data: object) -> bytes:
    attributes = {"specversion": "1.0", "id": "from-afar-1", "source": "/kcat", "type": event_type}
    return json.dumps({**attributes, "data": data}).encode()


def ref(uri: str, data: bytes, **changes: object) -> dict[str, object]:
    named = {"uri": uri, "sha256": sha256_hex(data), "size": len(data), "media_type": "text/plain"}
    return named | changes


LETTER = "A letter about nothing in particular.\nYours, Ann\n"
MEGABYTE = 1 << 20
OTHER = b"other bytes than promised"
PROMISED, FOUND = sha256_hex(LETTER.encode()), sha256_hex(OTHER)
SECRET = "X-Amz-Signature=5eC4e7"  # noqa: S105 (what a presigned address carries; made up)


def messages(inbox: Path) -> dict[str, bytes]:
    """Return what is published, by a key that tells what is wrong with it."""
    return {
        "no JSON": b"\x00\x01 lease.pdf",
        "no object": b'["lease.pdf"]',
        "no source": bare(file="lease.pdf"),
        "two sources": bare(uri="s3://bucket/a", document_id=PROMISED, cause_id=FOUND),
        "short digest": bare(ref=ref("inbox/a", b"", sha256="9c")),
        "number as uri": bare(uri=7),
        "unknown major": event("documents.inbox.v9", uri="s3://bucket/a"),
        "another topic": event("documents.submitted.v1", uri="s3://bucket/a"),
        "other digest": bare(ref=ref(f"inbox/{PROMISED}", LETTER.encode())),
        "no such object": bare(ref=ref("inbox/" + "0" * 64, b"")),
        "outside the inbox": bare(ref=ref(f"documents/{PROMISED}/original", b"")),
        "no place of ours": bare(ref=ref("releases/x.json", b"")),
        "out of the store": bare(ref=ref("inbox/../../secret", b"")),
        "password file": bare(uri="file:///etc/passwd"),
        "climbing": bare(uri=f"file://{inbox}/../outside.txt"),
        "through a link": bare(uri=f"file://{inbox}/link.txt"),
        "a pipe": bare(uri=f"file://{inbox}/pipe"),
        "too large": bare(uri=f"file://{inbox}/film.pdf"),
        "not there": bare(uri=f"file://{inbox}/gone.txt"),
        "another bucket": bare(uri="s3://another-bucket/lease.pdf"),
        "another scheme": bare(uri="https://example.org/lease.pdf"),
        "a query": bare(uri=f"s3://bucket/lease.pdf?{SECRET}"),
        "another machine": bare(uri="file://fileserver/share/lease.pdf"),
    }


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Inbox:
    """An installation that took all of ``messages`` between two good ones, on one partition."""
    folder = tmp_path_factory.mktemp("inbox")
    types = copy_of_types(folder, trained=False)
    (folder / "drop").mkdir()
    installation = Installation(settings_in(folder, inbox=folder / "drop", doctypes=types, max_file_mb=1))
    (folder / "outside.txt").write_text("not for you")
    (folder / "drop" / "link.txt").symlink_to(folder / "outside.txt")
    os.mkfifo(folder / "drop" / "pipe")
    with (folder / "drop" / "film.pdf").open("wb") as file:
        file.truncate(2 * MEGABYTE)
    for name in ("before.txt", "after.txt"):
        (folder / "drop" / name).write_text(f"{LETTER}{name}\n")
    bodies = messages(folder / "drop")
    installation.open(lambda doctrail: _publish(doctrail, folder / "drop", list(bodies.values())))
    installation.drain()
    letters = [json.loads(p.read_bytes()) for p in installation.objects.glob("dead_letters/*/*.json")]
    by_offset = {letter["offset"]: letter for letter in letters}
    named = {key: by_offset[offset] for offset, key in enumerate(bodies, 1) if offset in by_offset}
    return Inbox(folder / "drop", installation, named)


async def _publish(doctrail: Doctrail, drop: Path, bodies: list[bytes]) -> None:
    await doctrail.store.create(f"inbox/{PROMISED}", OTHER)
    good = [bare(uri=f"file://{drop}/{name}") for name in ("before.txt", "after.txt")]
    sent = [good[0], *bodies, good[1]]
    topic = DocumentDropped.event
    await doctrail.bus.publish([Outgoing(topic, "one key", f"m{n}", body) for n, body in enumerate(sent)])


@pytest.mark.parametrize(
    ("key", "error_class", "named"),
    [
        ("no JSON", "shape", ("JSON",)),
        ("no object", "shape", ("object",)),
        ("no source", "shape", ("exactly one of uri, ref, document_id", "unknown: 'file'")),
        ("two sources", "shape", ("exactly one of uri, ref, document_id",)),
        ("short digest", "shape", ("ref.sha256 must be 64 lower-case hex digits",)),
        ("number as uri", "shape", ("uri must be", "not a number")),
        ("unknown major", "shape", ("documents.inbox.v9",)),
        ("another topic", "shape", ("documents.submitted.v1",)),
        ("other digest", "digest", (PROMISED[:16], FOUND[:16])),
        ("no such object", "permanent", ("inbox/" + "0" * 64, "does not exist")),
        ("outside the inbox", "source_refused", (f"documents/{PROMISED}/original", "outside inbox/")),
        ("no place of ours", "shape", ("ref.uri must be a key: inbox/<sha256>",)),
        ("out of the store", "shape", ("ref.uri must be",)),
        ("password file", "source_refused", ("file:///etc/passwd", "outside the inbox folder")),
        ("climbing", "source_refused", ("outside the inbox folder",)),
        ("through a link", "source_refused", ("outside the inbox folder",)),
        ("a pipe", "source_refused", ("'pipe' is not a plain file",)),
        ("too large", "source_refused", ("film.pdf", "more than the limit")),
        ("not there", "source_refused", ("gone.txt", "can't be opened")),
        ("another bucket", "source_refused", ("s3://another-bucket/lease.pdf", "allowed: file: below drop/")),
        ("another scheme", "shape", ("uri must be s3://bucket/key or file:///path",)),
        ("a query", "shape", ("uri must be", "without query part")),
        ("another machine", "shape", ("uri must be s3://bucket/key or file:///path",)),
    ],
)
def test_a_message_that_can_not_be_handled_becomes_a_dead_letter_that_names_why(
    inbox: Inbox, key: str, error_class: str, named: tuple[str, ...]
) -> None:
    letter = inbox.letters[key]

    assert letter["error_class"] == error_class, letter["sentence"]
    assert [words for words in named if words not in letter["sentence"]] == [], letter["sentence"]
    assert "\n" not in letter["sentence"]


def test_every_bad_message_is_kept_once_and_the_good_ones_around_them_are_handled(inbox: Inbox) -> None:
    assert set(inbox.letters) == set(messages(inbox.folder))
    for name in ("before.txt", "after.txt"):
        assert inbox.installation.row(inbox.folder / name).state == "in_review"
    assert len(inbox.installation.documents()) == 2


def test_no_dead_letter_tells_a_secret_or_what_a_file_says(inbox: Inbox) -> None:
    said = [letter["sentence"] for letter in inbox.letters.values()]

    assert not any(
        SECRET in sentence or "not for you" in sentence or "root:" in sentence for sentence in said
    )
