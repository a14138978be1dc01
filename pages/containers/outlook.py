"""Outlook messages (.msg): the text is a document, and so is every attachment; read by olefile alone."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import closing

import olefile

from pages.containers.contents import Budget, Contents
from pages.containers.email_file import BODY, add_letter
from pages.containers.leaves import Leaf, take_leaf
from pages.containers.letter import Block, Letter
from pages.containers.mapi import Properties, Storage
from pages.containers.written_email import Attached, write_email
from pages.parts import UnreadableError
from schemas.classification import RejectReason

_DEEPEST = 20
_ATTACHMENT = "__attach_version1.0_#"
_EMBEDDED = "__substg1.0_3701000D"
_BY_VALUE, _MESSAGE = 1, 5
_DAMAGED = (OSError, struct.error, ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError)


def unpack(data: bytes, budget: Budget) -> Contents:
    """Return an Outlook message's text and attachments; see ``pages.containers.contents.Container``."""
    contents = Contents(budget)
    try:
        with closing(olefile.OleFileIO(io.BytesIO(data))) as file:
            _open(Storage(file, ()), contents)
    except RecursionError as error:
        raise UnreadableError(RejectReason.TOO_DEEP, "messages within messages without end") from error
    except _DAMAGED as error:
        raise UnreadableError(RejectReason.UNREADABLE, "its properties can't be read") from error
    return contents


def _open(top: Storage, contents: Contents) -> None:
    message = Properties(top)
    if message.text(0x001A).upper() == "IPM.NOTE.SMIME":
        raise UnreadableError(RejectReason.PASSWORD_REQUIRED, "the e-mail is encrypted")
    for number, storage in enumerate(_attachments(top), start=1):
        _attachment(storage, f"part/{number}", contents)
    letter, lost = _letter(message)
    add_letter(contents, letter)
    if lost:
        contents.leave_out(BODY, lost, media_type="application/rtf")


def _letter(message: Properties) -> tuple[Letter, str | None]:
    """Return what a message says, and why its text is lost where it is."""
    block = Block(message.text(0x1000) or None, message.markup())
    lost = None
    if not block.words.strip() and message.has(0x1009):
        lost = "its text is there as RTF only, which is not read"
    return Letter(message.headers(), (block,)), lost


def _attachments(top: Storage) -> Iterator[Storage]:
    return (top.below(name) for name in top.storages() if name.startswith(_ATTACHMENT))


def _attachment(storage: Storage, place: str, contents: Contents) -> None:
    found = Properties(storage)
    name = found.text(0x3707) or found.text(0x3704) or None
    method = found.number(0x3705)
    if method == _MESSAGE:
        inner = storage.below(_EMBEDDED)
        written = _written(inner, 1)
        subject = Properties(inner).text(0x0037)
        contents.add(place, name or f"{subject or 'e-mail'}.eml", written, composed=True)
        return
    data = found.binary(0x3701)
    if data is None:
        why = "a reference to a file elsewhere, which is never fetched" if method else "an empty attachment"
        contents.leave_out(name, why if method != _BY_VALUE else "an attachment without bytes")
        return
    kind = found.text(0x370E).lower() or "application/octet-stream"
    if kind == "application/octet-stream" and (name or "").lower().endswith(
        (".png", ".jpg", ".jpeg", ".gif")
    ):
        kind = "image/" + (name or "").rpartition(".")[2].lower()
    take_leaf(
        contents, Leaf(place, name, kind, data, inline=bool(found.text(0x3712) or found.number(0x7FFE)))
    )


def _written(top: Storage, depth: int) -> bytes:
    """Return a message within a message as an e-mail file, for it has no file of its own."""
    if depth > _DEEPEST:
        raise UnreadableError(RejectReason.TOO_DEEP, f"more than {_DEEPEST} messages within messages")
    letter, _ = _letter(Properties(top))
    attached = []
    for storage in _attachments(top):
        found = Properties(storage)
        name = found.text(0x3707) or found.text(0x3704)
        if found.number(0x3705) == _MESSAGE:
            inner = _written(storage.below(_EMBEDDED), depth + 1)
            attached.append(Attached(name or "e-mail.eml", "message/rfc822", inner))
            continue
        kind = found.text(0x370E).lower() or "application/octet-stream"
        attached.append(Attached(name, kind, found.binary(0x3701) or b"", found.text(0x3712)))
    return write_email(letter, attached)
