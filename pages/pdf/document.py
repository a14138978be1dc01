"""Opening a PDF, counting its pages without trusting it, and what the file as a whole tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import create_string_buffer
from functools import cache
from typing import Any

import pypdfium2.raw as raw

from pages.orders import ORDERS_FOUND, instructs
from pages.parts import UnreadableError
from pages.pdf.pdfium import open_page
from pages.pdf.streams import ACTIVE, look_into_streams
from schemas.classification import RejectReason
from schemas.layout import Note, NoteKind

# pdfium looks for the header in the first kilobyte only.
_HEADER = b"%PDF-"
_XREF = re.compile(rb"startxref\s+(\d{1,10})")
_TABLE = re.compile(rb"\s*(?:xref|\d+\s+\d+\s+obj)")
_PROPERTIES = (b"Title", b"Subject", b"Keywords", b"Author", b"Creator", b"Producer")
_LONGEST_PROPERTY = 65_536
# Annotations that show text of their own: form fields, typewriter text, stamps.
_SHOWN = frozenset({raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP})


@cache
def _library() -> None:
    raw.FPDF_InitLibrary()


@contextmanager
def opened(data: bytes) -> Iterator[Any]:
    """Give the document that ``data`` holds.

    Raises:
        UnreadableError: It needs a password, or is no PDF that can be opened.
    """
    _library()
    start = max(0, data.find(_HEADER))
    body = data[start:] if start else data
    document = raw.FPDF_LoadMemDocument64(body, len(body), None)
    if not document:
        code = raw.FPDF_GetLastError()
        if code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise UnreadableError(RejectReason.PASSWORD_REQUIRED)
        raise UnreadableError(RejectReason.UNREADABLE, "it is not a PDF that can be opened")
    try:
        yield document
    finally:
        raw.FPDF_CloseDocument(document)


def page_count(document: Any, most: int, notes: list[Note]) -> int:
    """Return how many pages there are to read; what the file says is not trusted.

    Raises:
        UnreadableError: More than ``most``, or none.
    """
    said = raw.FPDF_GetPageCount(document)
    if said <= 0:
        raise UnreadableError(RejectReason.UNREADABLE, "it has no pages")
    if said <= most:
        return int(said)
    with open_page(document, most) as page:
        if page is not None:
            raise UnreadableError(RejectReason.TOO_MANY_PAGES, f"{said} pages, {most} are allowed")
    there = _loadable(document, most)
    notes.append(Note(kind=NoteKind.DAMAGED, text=f"the file claims {said} pages and has {there}"))
    return there


def _loadable(document: Any, most: int) -> int:
    """Return the number of pages from the first that can be opened, at least 1, at most ``most``."""
    for index in range(most):
        with open_page(document, index) as page:
            if page is None:
                return max(1, index)
    return most


@contextmanager
def flattened_page(document: Any, index: int) -> Iterator[Any | None]:
    """Give page ``index`` (from 0) with its form fields part of the page; None if it fails."""
    with open_page(document, index) as page:
        if page is None or not _shows_annotations(page):
            yield page
            return
        merged = raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS
        if not merged:
            yield page
            return
    # Only a page opened anew has the merged content in its text.
    with open_page(document, index) as page:
        yield page


def notes(document: Any, data: bytes) -> list[Note]:
    """Return what the file as a whole gives reason to remark."""
    found = []
    streams = look_into_streams(data)
    if raw.FPDFDoc_GetJavaScriptActionCount(document) > 0 or streams.active or ACTIVE.search(data):
        found.append(
            Note(kind=NoteKind.ACTIVE_CONTENT, text="the file contains scripts or actions; none was run")
        )
    damage = _damage(data)
    if damage is None and streams.broken:
        damage = f"parts of the file are damaged ({streams.broken}); text may be missing"
    if damage:
        found.append(Note(kind=NoteKind.DAMAGED, text=damage))
    if instructs("\n".join(_properties(document))):
        found.append(Note(kind=NoteKind.INSTRUCTIONS, text=f"text in the file's properties {ORDERS_FOUND}"))
    return found


def _properties(document: Any) -> Iterator[str]:
    """Yield what the file says of itself: title, subject, keywords …; nobody reads it for values."""
    for name in _PROPERTIES:
        size = min(raw.FPDF_GetMetaText(document, name, None, 0), _LONGEST_PROPERTY)
        if size > 2:
            buffer = create_string_buffer(size)
            raw.FPDF_GetMetaText(document, name, buffer, size)
            yield buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _shows_annotations(page: Any) -> bool:
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), 10_000)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind in _SHOWN:
            return True
    return False


def _damage(data: bytes) -> str | None:
    start = data.find(_HEADER)
    if start > 0:
        return f"{start} bytes of something else stand before the PDF"
    tail = data[-2048:]
    if b"%%EOF" not in tail:
        return "the file ends early; what was left of it was read"
    pointers = _XREF.findall(tail)
    if not pointers or not _TABLE.match(data, int(pointers[-1])):
        return "the file's table of contents is broken and was rebuilt"
    return None
