"""E-invoices attached to a PDF: found by what they are, whatever they are called and wherever they hang."""

from __future__ import annotations

import ctypes
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pypdfium2.raw as raw

from pages.einvoice.data import ROOT_NAMES, read_data
from pages.einvoice.xml import MOST_BYTES, DoctypeError, OtherRootError, XmlError
from pages.pdf import document as pdf_document
from schemas.layout import EmbeddedData, Note, NoteKind

MOST_ATTACHMENTS = 200
MOST_DATA = 10
"""E-invoices of one PDF; a genuine one has one, or two of different versions."""
_LONGEST_NAME = 100
_NAMES = frozenset({"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"})
_HEAD = 8192
_EMBEDDED = re.compile(rb"/Type\s*/EmbeddedFile\b")
_STREAM = re.compile(rb"stream\r?\n")
_DICTIONARY_BYTES = 2000
_FLATE = re.compile(rb"/Filter\s*\[?\s*/(?:FlateDecode|Fl)\s*\]?")
UNLISTED = "a file that the PDF does not list"


class Attached(NamedTuple):
    """A file in a PDF; ``data`` is None where it is larger than any e-invoice."""

    name: str
    relationship: str
    data: bytes | None


@dataclass(slots=True)
class Found:
    """The e-invoices of a PDF, and what a person should know about them."""

    data: list[EmbeddedData] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Remember something about the attachments."""
        self.notes.append(Note(kind=NoteKind.EMBEDDED_DATA, text=text))


def has_attachments(document: Any, pdf: bytes) -> bool:
    """Whether the PDF holds files, listed or not."""
    return raw.FPDFDoc_GetAttachmentCount(document) > 0 or b"/EmbeddedFile" in pdf


def read(pdf: bytes) -> Found:
    """Return the e-invoices of a PDF, those with the names of the standards first.

    Raises:
        UnreadableError: It is no PDF that can be opened.
    """
    found = Found()
    seen: set[str] = set()
    with pdf_document.opened(pdf) as document:
        files = sorted(_listed(document), key=lambda file: file.name.lower() not in _NAMES)
    for file in (*files, *_unlisted(pdf)):
        # Where a stream is searched for and not listed, its end is known but for an end of line.
        digest = hashlib.sha256((file.data or b"").strip()).hexdigest()
        if file.data is None or digest not in seen:
            seen.add(digest)
            _look(file, found)
    return found


def _look(file: Attached, found: Found) -> None:
    if file.data is None:
        if _claims(file):
            most = MOST_BYTES // 1_000_000
            found.note(f"{_called(file)} is larger than {most} MB; the page was read instead")
        return
    try:
        data = read_data(file.data, file.name)
    except OtherRootError:
        return
    except XmlError as error:
        if _claims(file) or (isinstance(error, DoctypeError) and error.root in ROOT_NAMES):
            found.note(f"{_called(file)} can't be read: {error}; the page was read instead")
        return
    if len(found.data) == MOST_DATA:
        found.note(f"more than {MOST_DATA} e-invoices are attached; {_called(file)} was not read")
        return
    found.data.append(data)
    kind = ", ".join(filter(None, (data.syntax.value.upper(), data.profile)))
    found.note(f"{_called(file)} is an e-invoice ({kind})")


def _called(file: Attached) -> str:
    return file.name if file.name == UNLISTED else f"the attachment {file.name!r}"


def _claims(file: Attached) -> bool:
    """Whether a file that can't be read would be taken for an e-invoice."""
    if file.name.lower() in _NAMES:
        return True
    head = (file.data or b"")[:_HEAD]
    named = any(name.encode() in head for name in ROOT_NAMES) and b"<" in head
    return named and (file.relationship == "Alternative" or b"urn:" in head)


def _listed(document: Any) -> Iterator[Attached]:
    for index in range(min(raw.FPDFDoc_GetAttachmentCount(document), MOST_ATTACHMENTS)):
        attachment = raw.FPDFDoc_GetAttachment(document, index)
        if not attachment:
            continue
        size = ctypes.c_ulong()
        if not raw.FPDFAttachment_GetFile(attachment, None, 0, size):
            continue
        name, relationship = (
            _text(function, attachment)
            for function in (raw.FPDFAttachment_GetName, raw.FPDFAttachment_GetAFRelationship)
        )
        if size.value > MOST_BYTES:
            yield Attached(name, relationship, None)
            continue
        buffer = ctypes.create_string_buffer(max(1, size.value))
        if raw.FPDFAttachment_GetFile(attachment, buffer, size.value, size):
            yield Attached(name, relationship, buffer.raw[: size.value])


def _text(function: Any, attachment: Any) -> str:
    size = min(function(attachment, None, 0), 2 * _LONGEST_NAME + 2)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    function(attachment, buffer, size)
    text = bytes(buffer)[:size].decode("utf-16-le", errors="replace")
    return text.partition("\0")[0]


def _unlisted(pdf: bytes) -> Iterator[Attached]:
    """Yield files that hang in the PDF without standing in its list: elsewhere, or nowhere any more."""
    if b"/Encrypt" in pdf:
        return
    for count, match in enumerate(_EMBEDDED.finditer(pdf)):
        if count >= MOST_ATTACHMENTS:
            return
        begin = _STREAM.search(pdf, match.end(), match.end() + _DICTIONARY_BYTES)
        end = pdf.find(b"endstream", begin.end()) if begin else -1
        if begin is None or end < 0 or pdf.find(b"endobj", match.end(), begin.start()) >= 0:
            continue
        dictionary = pdf[pdf.rfind(b" obj", 0, match.start()) : begin.start()]
        body = pdf[begin.end() : end]
        if _FLATE.search(dictionary):
            yield Attached(UNLISTED, "", _inflated(body))
        elif b"/Filter" not in dictionary:
            yield Attached(UNLISTED, "", body.rstrip(b"\r\n") if len(body) <= MOST_BYTES else None)


def _inflated(body: bytes) -> bytes | None:
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(body, MOST_BYTES + 1)
    except zlib.error:
        return b""
    return data if len(data) <= MOST_BYTES else None
