"""Submitting files: bytes and name into the store's inbox, then one message each."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from bus.protocol import Bus
from schemas.canonical import derive_id, sha256_hex
from schemas.documents import DocumentDropped
from schemas.errors import PermanentError
from schemas.handling import Outgoing
from schemas.message import encode, new_traceparent, seal
from store import keys
from store.protocol import ObjectStore
from store.submissions import InboxNote, keep_note, load_submission, submission_id_of


class FileRefusedError(PermanentError):
    """A file can't be submitted as it is; the sentence says why and what to do."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}", reason="file_refused")


@dataclass(frozen=True, slots=True)
class Submitted:
    """A file on its way.

    Attributes:
        document_id: Sha-256 of its bytes.
        event_id: Of the inbox message, derived from its absolute path and bytes.
        known: The same bytes under the same path were taken in before; nothing was sent.
    """

    path: Path
    document_id: str
    event_id: str
    submission_id: str
    known: bool


def files_in(path: Path) -> Iterator[Path]:
    """Yield the files under ``path`` in order, hidden ones left out, or ``path`` itself.

    A folder that may not be read is yielded as it is: whoever opens it is told why.

    Raises:
        FileRefusedError: Nothing is there, or a folder holds no file.
    """
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError as error:
        raise FileRefusedError(path, "no such file or folder") from error
    except OSError as error:
        raise FileRefusedError(path, f"can't be opened: {_why(error)}") from error
    if not is_folder:
        yield path
        return
    found = False
    closed: list[Path] = []
    for folder, folders, names in os.walk(path, onerror=lambda error: closed.append(Path(error.filename))):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                found = True
                yield Path(folder, name)
    yield from closed
    if not found and not closed:
        raise FileRefusedError(path, "the folder holds no file")


async def submit_file(
    store: ObjectStore, bus: Bus, path: Path, *, now: datetime, max_bytes: int
) -> Submitted:
    """Put one file into the inbox and announce it; a file taken in before is only named.

    Raises:
        FileRefusedError: It can't be read, is no plain file, is empty of meaning or too large, or
            changed while it was read.
    """
    # Read first: a link that leads round in a circle can't be resolved at all.
    data, absolute = await asyncio.to_thread(lambda: (read_whole(path, max_bytes), _place(path)))
    return await submit_bytes(store, bus, data, path=path, name=absolute.name, place=str(absolute), now=now)


async def submit_bytes(
    store: ObjectStore, bus: Bus, data: bytes, *, path: Path, name: str, place: str, now: datetime
) -> Submitted:
    """Put one document into the inbox and announce it; one taken in before is only named.

    Args:
        store: Where the bytes go.
        bus: Where it is announced.
        data: The bytes.
        path: As the caller calls it.
        name: Of the document, for people.
        place: Where it came from; the same place and bytes are the same submission.
        now: When.
    """
    document_id = sha256_hex(data)
    event_id = derive_id("drop", place, document_id)
    uri = keys.inbox_bytes(document_id)
    submission_id = submission_id_of(uri, document_id, event_id)
    submitted = Submitted(
        path=path,
        document_id=document_id,
        event_id=event_id,
        submission_id=submission_id,
        known=await load_submission(store, submission_id) is not None,
    )
    if submitted.known:
        return submitted
    written = await store.create(uri, data, media_type="application/octet-stream")
    await keep_note(store, InboxNote(event_id=event_id, name=name, path=place, at=now, sha256=document_id))
    message = DocumentDropped(ref=written.ref, event_id=event_id)
    await bus.publish([drop(message, event_id=event_id, subject=document_id, now=now)])
    return submitted


def drop(message: DocumentDropped, *, event_id: str, subject: str, now: datetime) -> Outgoing:
    """Return the inbox message that carries ``message``, keyed by the document it is about."""
    envelope = seal(
        message,
        event_id=event_id,
        source="doctrail/submit",
        subject=subject,
        time=now,
        traceparent=new_traceparent(),
    )
    return Outgoing(topic=DocumentDropped.event, key=subject, event_id=event_id, body=encode(envelope))


def read_whole(path: Path, max_bytes: int) -> bytes:
    """Return the bytes of a plain file that did not change while it was read.

    Raises:
        FileRefusedError: Why not, in one sentence.
    """
    try:
        # Not blocking: a pipe without a writer must not hang the command.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise FileRefusedError(path, f"can't be opened: {_why(error)}") from error
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise FileRefusedError(path, "is not a plain file")
        if before.st_size > max_bytes:
            raise FileRefusedError(
                path,
                f"has {before.st_size / 1e6:.0f} MB, more than the limit of {max_bytes / 1e6:.0f} MB "
                "(DOCTRAIL_MAX_FILE_MB)",
            )
        return read_unchanged(file, before, path, max_bytes)


def read_unchanged(file: BinaryIO, before: os.stat_result, path: Path, max_bytes: int) -> bytes:
    """Return what is left of an open file, unless it is another file now than ``before`` says.

    Raises:
        FileRefusedError: It changed while it was read.
    """
    data = file.read(max_bytes + 1)
    after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns, len(data)) != (after.st_size, after.st_mtime_ns, after.st_size):
        raise FileRefusedError(path, "changed while it was read; submit it again once it is complete")
    return data


def _why(error: OSError) -> str:
    return (error.strerror or "error").lower()


def _place(path: Path) -> Path:
    """Return where ``path`` leads, as text: a name may hold bytes that no message can carry."""
    return Path(os.fsencode(path.resolve()).decode(errors="backslashreplace"))
