"""Bad input, by the commands an operator types and by what strangers publish: a clear sentence each.

A file's own fault ends as a record or as a refusal of ``submit``; a message's own fault as a dead letter
that names the field, the digests or the rule. Whatever comes next is handled.
"""

from __future__ import annotations

import io
import json
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.wiring import Doctrail
from ops.submit import FileRefusedError, files_in, read_unchanged, read_whole
from schemas.canonical import sha256_hex
from schemas.documents import DocumentDropped
from schemas.handling import Outgoing
from tests.integration.installation import Installation, copy_of_types, settings_in
from tests.integration.permissions import common_folder, unprivileged
from tests.integration.terminal import Terminal

LETTER = "A letter about nothing in particular.\nYours, Ann\n"
MEGABYTE = 1 << 20


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """An empty home that takes files up to 1 MB."""
    return Terminal(tmp_path, copy_of_types(tmp_path, trained=False), {"DOCTRAIL_MAX_FILE_MB": "1"})


def put(terminal: Terminal, name: str, text: str = LETTER) -> Path:
    path = terminal.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_file_is_rejected_as_empty(terminal: Terminal) -> None:
    put(terminal, "empty.pdf", "")

    assert "1 rejected" in terminal.type("submit", "empty.pdf", "--wait")
    assert terminal.type("trace", "empty.pdf").startswith("rejected: the file is empty")


def test_a_folder_without_files_is_named_and_the_other_files_go_in(terminal: Terminal) -> None:
    (terminal.folder / "nothing" / ".hidden").mkdir(parents=True)
    put(terminal, "letter.txt")

    said = terminal.hear("submit", "nothing", "letter.txt", code=1)

    assert said.sentence("nothing") == "nothing: the folder holds no file"
    assert "1 submitted; 1 refused" in said.out


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


def a_link_to_nothing(path: Path) -> None:
    path.symlink_to("nowhere")


def a_link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def nothing_of_a_very_long_name(path: Path) -> None:
    """Nothing can be made under a name longer than names may be."""


@pytest.mark.parametrize(
    ("make", "name", "why"),
    [
        (a_pipe, "p", "is not a plain file"),
        (a_socket, "s", "can't be opened: no such device or address"),
        (a_link_to_nothing, "l", "no such file or folder"),
        (a_link_to_itself, "o", "can't be opened: too many levels of symbolic links"),
        (nothing_of_a_very_long_name, "x" * 300, "can't be opened: file name too long"),
    ],
)
def test_what_is_no_file_is_refused_in_one_sentence(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], name: str, why: str
) -> None:
    # A socket's path must be short, which that of a test's folder is not.
    monkeypatch.chdir(terminal.folder)
    make(terminal.folder / name)

    assert terminal.hear("submit", name, code=1).err.splitlines() == [f"{name}: {why}"]


def test_a_link_that_leads_nowhere_costs_the_rest_of_its_folder_nothing(terminal: Terminal) -> None:
    folder = terminal.folder / "scans"
    folder.mkdir()
    a_link_to_itself(folder / "a")
    put(terminal, "scans/b.txt")

    said = terminal.hear("submit", "scans", code=1)

    assert "1 submitted; 1 refused" in said.out
    assert said.err == "scans/a: can't be opened: too many levels of symbolic links\n"


def test_a_file_without_permission_is_refused_as_such(tmp_path: Path) -> None:
    closed = tmp_path / "closed.txt"
    closed.write_text(LETTER, encoding="utf-8")
    closed.chmod(0)

    with unprivileged(), pytest.raises(FileRefusedError, match=r"closed\.txt: can't be opened: permission"):
        read_whole(closed, MEGABYTE)


def test_a_folder_without_permission_is_named_instead_of_passed_over() -> None:
    with common_folder() as folder:
        (folder / "closed").mkdir()
        (folder / "open.txt").write_text(LETTER, encoding="utf-8")
        (folder / "closed").chmod(0)
        with unprivileged():
            found = list(files_in(folder))
            with pytest.raises(FileRefusedError, match="closed: can't be opened: permission denied"):
                read_whole(folder / "closed", MEGABYTE)

    assert found == [folder / "open.txt", folder / "closed"]


def test_a_file_larger_than_the_limit_is_refused_unread_and_the_setting_is_named(terminal: Terminal) -> None:
    with (terminal.folder / "film.pdf").open("wb") as file:
        file.truncate(3_000_000_000)

    said = terminal.hear("submit", "film.pdf", code=1)

    assert said.sentence("film.pdf") == (
        "film.pdf: has 3000 MB, more than the limit of 1 MB (DOCTRAIL_MAX_FILE_MB)"
    )


def test_a_file_that_is_written_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(b"the beginning")

    class StillWritten(io.FileIO):
        """A file to which another process adds between two looks at it."""

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size) or b""
            with path.open("ab") as more:
                more.write(b", and the end")
            return data

    with StillWritten(path) as file, pytest.raises(FileRefusedError, match="changed while it was read"):
        read_unchanged(file, os.fstat(file.fileno()), path, MEGABYTE)

    assert read_whole(path, MEGABYTE) == b"the beginning, and the end"


def test_a_changed_file_is_a_new_document(terminal: Terminal) -> None:
    first = sha256_hex(put(terminal, "letter.txt").read_bytes())
    terminal.type("submit", "letter.txt", "--wait")
    second = sha256_hex(put(terminal, "letter.txt", LETTER + "P.S.\n").read_bytes())

    assert "1 submitted" in terminal.type("submit", "letter.txt", "--wait")
    assert {path.name for path in (terminal.objects / "documents").iterdir()} == {first, second}
    assert terminal.ask("trace", "letter.txt")["document_id"] == second


def test_the_same_bytes_under_another_name_are_the_same_document_with_both_names(terminal: Terminal) -> None:
    put(terminal, "letter.txt")
    put(terminal, "copy.txt")
    terminal.type("submit", "letter.txt", "--wait")

    terminal.type("submit", "copy.txt", "--wait")

    first, second = terminal.ask("trace", "letter.txt"), terminal.ask("trace", "copy.txt")
    assert first == second
    assert {found["name"] for found in first["submissions"]} == {"letter.txt", "copy.txt"}
    assert len(list(terminal.objects.glob("documents/*/results/reading/*.json"))) == 1


def test_a_name_that_is_no_text_is_taken_in_and_spelt_out(terminal: Terminal) -> None:
    folder = terminal.folder / "odd"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).write_text(LETTER, encoding="utf-8")

    assert "1 submitted" in terminal.type("submit", "odd", "--wait")
    assert "caf\\xe9.txt" in terminal.type("reviews", "list")


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
