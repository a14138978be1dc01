"""E-mails (RFC 5322, MIME): the text is a document, and so is every attachment."""

from __future__ import annotations

import io
from email.errors import MessageError
from email.generator import BytesGenerator
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import TYPE_CHECKING

from pages.containers.contents import Budget, Contents
from pages.containers.leaves import Leaf, take_leaf
from pages.containers.letter import SHOWN_HEADERS, Block, Letter, compose, in_one_form, in_one_line
from pages.parts import UnreadableError
from schemas.classification import RejectReason

MOST_HEADER_BYTES = 1_000_000
"""Headers of one e-mail; those of mails that passed many servers have some tens of thousands."""

DEEPEST_MULTIPART = 60
"""Multiparts within multiparts; mail programs need four."""

BODY = "message text"
_SIGNED = "signed in a wrapper (S/MIME) that is not opened"
_ELSEWHERE = {
    "message/partial": "a piece of a larger e-mail, which is not put together",
    "message/external-body": "a reference to a file elsewhere, which is never fetched",
    "message/delivery-status": "a report of the mail system",
    "message/disposition-notification": "a report of the mail system",
}

if TYPE_CHECKING:
    # A parameter that only type checkers know of.
    EmailPart = Message[str, str]


def unpack(data: bytes, budget: Budget) -> Contents:
    """Return an e-mail's text and attachments; see ``pages.containers.contents.Container``."""
    _require_short_headers(data)
    try:
        message = BytesParser(policy=compat32).parsebytes(data)
    except RecursionError as error:
        raise UnreadableError(RejectReason.TOO_DEEP, "e-mails within e-mails without end") from error
    except (MessageError, ValueError, LookupError, TypeError) as error:
        raise UnreadableError(RejectReason.UNREADABLE, "its parts can't be told apart") from error
    if _is_encrypted(message):
        raise UnreadableError(RejectReason.PASSWORD_REQUIRED, "the e-mail is encrypted")
    contents = Contents(budget)
    opened = _Opened(contents, [])
    opened.take(message, "1", related=False, depth=0)
    headers = tuple((name, header_text(message, name)) for name in SHOWN_HEADERS)
    add_letter(contents, Letter(headers, tuple(opened.blocks)))
    return contents


def add_letter(contents: Contents, letter: Letter) -> None:
    """Take an e-mail's own text as the first of its parts, or say why it is none."""
    if letter.encrypted:
        contents.refuse("body", BODY, RejectReason.PASSWORD_REQUIRED, "the e-mail's text is encrypted")
    else:
        composed = compose(letter)
        if composed is None:
            contents.leave_out(BODY, "the e-mail has no text of its own")
            return
        contents.add("body", BODY, composed, composed=True)
    contents.parts.insert(0, contents.parts.pop())


class _Opened:
    """An e-mail that is being taken apart."""

    def __init__(self, contents: Contents, blocks: list[Block]) -> None:
        self._contents = contents
        self.blocks = blocks

    def take(self, part: EmailPart, number: str, *, related: bool, depth: int) -> None:
        """Take one MIME part: a letter's text, an attachment, or more parts."""
        if depth > DEEPEST_MULTIPART:
            raise UnreadableError(
                RejectReason.TOO_DEEP, f"more than {DEEPEST_MULTIPART} levels of MIME parts"
            )
        kind = part.get_content_type()
        place, name = f"part/{number}", file_name(part)
        if depth and _is_encrypted(part):
            self._contents.refuse(place, name, RejectReason.PASSWORD_REQUIRED, "this part is encrypted")
        elif kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
            self._contents.refuse(place, name, RejectReason.UNSUPPORTED_FORMAT, _SIGNED)
        elif kind in _ELSEWHERE:
            self._contents.leave_out(name, _ELSEWHERE[kind], media_type=kind)
        elif kind == "message/rfc822":
            self._message(part, place, name)
        elif part.is_multipart():
            self._several(part, number, kind, depth)
        else:
            self._leaf(part, place, name, kind, related=related)

    def _several(self, part: EmailPart, number: str, kind: str, depth: int) -> None:
        before = len(self.blocks)
        forms = []
        inside = kind == "multipart/related"
        for position, below in enumerate(_parts_of(part), start=1):
            start = len(self.blocks)
            self.take(below, f"{number}.{position}", related=inside, depth=depth + 1)
            forms.append(self.blocks[start:])
        if kind == "multipart/alternative":
            one = in_one_form(forms)
            self.blocks[before:] = [] if one is None else [one]

    def _leaf(self, part: EmailPart, place: str, name: str | None, kind: str, *, related: bool) -> None:
        data = part.get_payload(decode=True)
        data = data if isinstance(data, bytes) else b""
        disposition = part.get_content_disposition()
        if kind in ("text/plain", "text/html") and disposition != "attachment" and name is None:
            text = decoded(data, part.get_content_charset())
            self.blocks.append(Block(text=text) if kind == "text/plain" else Block(markup=text))
            return
        inline = related or disposition == "inline" or part.get("Content-ID") is not None
        take_leaf(self._contents, Leaf(place, name, kind, data, inline=inline))

    def _message(self, part: EmailPart, place: str, name: str | None) -> None:
        inner = next(iter(_parts_of(part)), None)
        if inner is None:
            self._contents.leave_out(name, "an e-mail without anything in it", media_type="message/rfc822")
            return
        try:
            written = _written(part, inner)
            subject = header_text(
                BytesParser(policy=compat32).parsebytes(written, headersonly=True), "Subject"
            )
        except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            detail = "the e-mail in it can't be told apart"
            self._contents.refuse(place, name, RejectReason.UNREADABLE, detail)
            return
        self._contents.add(place, name or f"{subject or 'e-mail'}.eml", written)


def _written(part: EmailPart, inner: EmailPart) -> bytes:
    """Return the file of an e-mail within another; some programs send it as base64, against the standard."""
    if not inner.keys() and str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        inner["Content-Transfer-Encoding"] = "base64"
        data = inner.get_payload(decode=True)
        return data if isinstance(data, bytes) else b""
    written = io.BytesIO()
    BytesGenerator(written, mangle_from_=False, policy=compat32).flatten(inner)
    return written.getvalue()


def _parts_of(part: EmailPart) -> list[EmailPart]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _require_short_headers(data: bytes) -> None:
    ends = [place for mark in (b"\n\n", b"\r\n\r\n") if (place := data.find(mark)) >= 0]
    length = min(ends, default=len(data))
    if length > MOST_HEADER_BYTES:
        detail = f"its headers have {length / 1e6:.1f} MB, the limit is {MOST_HEADER_BYTES / 1e6:.0f} MB"
        raise UnreadableError(RejectReason.UNREADABLE, detail)


def _is_encrypted(part: EmailPart) -> bool:
    kind = part.get_content_type()
    if kind == "multipart/encrypted":
        return True
    if kind not in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        return False
    return "signed" not in str(part.get_param("smime-type") or "")


def header_text(part: EmailPart, name: str) -> str:
    """Return a header as it is shown: encoded words decoded, on one line; empty where there is none."""
    raw = part.get(name)
    return "" if raw is None else in_one_line(_words(str(raw)[:20_000]))


def file_name(part: EmailPart) -> str | None:
    """Return what a part is called, decoded; None where it has no name."""
    try:
        raw = part.get_filename()
    except (ValueError, LookupError, TypeError):
        # A name that is coded wrongly is none.
        return None
    return in_one_line(_words(raw)) or None if raw else None


def _words(raw: str) -> str:
    try:
        return str(make_header(decode_header(raw)))
    except (MessageError, ValueError, LookupError, TypeError):
        # Coded wrongly: what stands there is better than nothing.
        return raw.encode("utf-8", "replace").decode()


def decoded(data: bytes, charset: str | None) -> str:
    """Return the text of a part by the charset it names, or by what the bytes look like."""
    from pages.encodings import decode_text

    for name in (charset, "utf-8"):
        try:
            if name is not None:
                return data.decode(name)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return decode_text(data) or data.decode("latin-1")
