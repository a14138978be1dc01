"""Reading files in a small pool of processes: whatever a file does to one, the caller gets an answer."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Literal, Self

import structlog

from pages.limits import ReadLimits
from pages.process.child import Answer, Child, Ended
from pages.process.wire import (
    AttachedAnswer,
    FailedAnswer,
    Kind,
    ReadAnswer,
    RefusedAnswer,
    Request,
    UnpackedAnswer,
)
from pages.sniff import UNKNOWN, sniff
from schemas.classification import REJECT_SENTENCES, RejectReason
from schemas.errors import InvariantError, PermanentError
from schemas.layout import Layout, Note, NoteKind, Quality
from schemas.packets import LeftOut

__all__ = ["READER_VERSION", "PageReader", "ReadDocument", "ReadLimits", "Refusal", "RenderError", "sniff"]

READER_VERSION = 7
"""Part of the stage key: raised whenever the same bytes would give another layout, quality or refusal."""

ATTACHED_SECONDS = 20.0
"""Computing that the files attached to one may cost before they are left alone."""

OUR_OWN = frozenset({"ImportError", "ModuleNotFoundError", "NameError", "SyntaxError"})
"""Errors that no bytes can provoke: a program that is not whole must not reject people's documents."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A file that was read: what it is, what it says and where, and how well it could be read.

    Attributes:
        attached: Other files hang in it.
        waited: Seconds until a reading process was free.
    """

    media_type: str
    layout: Layout
    quality: Quality
    attached: bool = False
    waited: float = field(default=0.0, compare=False)

    @property
    def page_count(self) -> int:
        """Number of pages."""
        return len(self.layout.pages)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that can't be read, by its own fault; ``sentence`` tells its owner what to do."""

    reason: RejectReason
    sentence: str
    media_type: str
    waited: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class UnpackedPart:
    """One document out of a container.

    Attributes:
        place: ``part/2``: what identifies it in the container for ever.
        name: As the container calls it.
        data: Its bytes; None where they can't be had.
        refused: Why not, with ``sentence``.
        composed: Made here, of an e-mail's own words: a later version may compose it otherwise.
    """

    place: str
    name: str | None
    data: bytes | None
    refused: RejectReason | None = None
    sentence: str | None = None
    composed: bool = False


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A container: the documents in it, and what in it is none."""

    media_type: str
    parts: tuple[UnpackedPart, ...]
    left_out: tuple[LeftOut, ...] = ()
    waited: float = field(default=0.0, compare=False)


_SMALLEST = (
    b"%PDF-1.4 1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj trailer<</Root 1 0 R>>"
)
"""A PDF of one empty page."""


class RenderError(PermanentError):
    """A page can't be drawn; the sentence says why."""


class PageReader:
    """Reads files and draws pages, each in a process of its own while it lasts.

    Processes are started when they are first needed and kept; one that overruns a limit, crashes or is
    cancelled is replaced, and no other file notices.

    Args:
        limits: What one file may cost.
        workers: How many files are read at once.
    """

    def __init__(self, limits: ReadLimits, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"workers must be at least 1, got {workers}")
        self._limits = limits
        self._children = [Child(limits) for _ in range(workers)]
        self._idle: asyncio.LifoQueue[Child] = asyncio.LifoQueue()
        self._threads: ThreadPoolExecutor | None = None

    async def __aenter__(self) -> Self:
        self._threads = ThreadPoolExecutor(len(self._children), thread_name_prefix="page-reader")
        # Last in, first out: one warm process serves a trickle of files.
        for child in reversed(self._children):
            self._idle.put_nowait(child)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        threads, self._threads = self._threads, None
        for child in self._children:
            child.close()
        if threads is not None:
            threads.shutdown(wait=True)

    def warm(self) -> None:
        """Begin to start a process that loads what drawing needs; a failure is told to whoever asks next."""
        self._send(self._idle.get_nowait(), self._request("render"), _SMALLEST, threading.Event())

    async def read(self, data: bytes, *, unpack: bool = True) -> ReadDocument | Unpacked | Refusal:
        """Return what ``data`` says or holds, or why it can't be read.

        Args:
            data: The file.
            unpack: Whether a container may be opened; else it is refused as nested too deep.
        """
        if not data:
            return Refusal(RejectReason.EMPTY, REJECT_SENTENCES[RejectReason.EMPTY], "application/x-empty")
        if len(data) > self._limits.file_bytes:
            most = self._limits.file_bytes // 1_000_000
            return Refusal(RejectReason.TOO_LARGE, f"the file is larger than {most} MB", UNKNOWN)
        request = self._request("read").model_copy(update={"unpack": unpack})
        answer, waited = await self._ask(request, data)
        found = replace(_document(answer, data), waited=waited)
        if isinstance(found, ReadDocument) and found.attached:
            return await self._with_attached(found, data)
        return found

    async def _with_attached(self, found: ReadDocument, data: bytes) -> ReadDocument:
        """Add the e-invoices that hang in the file; one that harms its reader costs the page nothing."""
        request = self._request("attached").model_copy(update={"document_seconds": ATTACHED_SECONDS})
        answer, waited = await self._ask(request, data)
        layout = found.layout
        if isinstance(answer, Answer) and answer.kind is Kind.ATTACHED:
            attached = AttachedAnswer.model_validate_json(answer.payload)
            added = {"data": attached.data, "notes": (*layout.notes, *attached.notes)}
        else:
            why = _document(answer, data)
            said = why.sentence if isinstance(why, Refusal) else "no answer"
            text = f"its attachments were not read: {said}"
            added = {"notes": (*layout.notes, Note(kind=NoteKind.EMBEDDED_DATA, text=text))}
        return replace(found, layout=layout.model_copy(update=added), waited=found.waited + waited)

    async def render(self, data: bytes, page: int, dpi: int, rotation: int = 0) -> bytes:
        """Return page ``page`` (from 1) as PNG.

        Args:
            data: The file.
            page: Its number in the layout.
            dpi: Dots per inch; a picture is never drawn larger than it is.
            rotation: The layout page's ``rotation``, so that the boxes fit.

        Raises:
            RenderError: The page can't be drawn.
        """
        drawing = {"page": page, "dpi": dpi, "rotation": rotation}
        request = self._request("render").model_copy(update=drawing)
        answer, _ = await self._ask(request, data)
        if isinstance(answer, Answer) and answer.kind is Kind.IMAGE:
            return answer.payload
        refusal = _document(answer, data)
        if isinstance(refusal, Refusal):
            raise RenderError(f"page {page} can't be drawn: {refusal.sentence}", reason=refusal.reason.value)
        raise InvariantError("a reading process answered a request to draw with a document")

    def _request(self, do: Literal["read", "attached", "render"]) -> Request:
        limits = self._limits
        return Request(
            do=do,
            pages=limits.pages,
            page_pixels=limits.page_pixels,
            document_seconds=limits.document_seconds,
            parts=limits.parts,
            unpacked_bytes=limits.unpacked_bytes,
        )

    async def _ask(self, request: Request, data: bytes) -> tuple[Answer | Ended, float]:
        """Return what a reading process answers, and the seconds until one was free."""
        if self._threads is None:
            raise InvariantError("a PageReader is used outside of its 'async with'")
        came = time.perf_counter()
        child = await self._idle.get()
        waited = time.perf_counter() - came
        abandoned = threading.Event()
        asked = self._send(child, request, data, abandoned)
        try:
            return await asyncio.shield(asked), waited
        except asyncio.CancelledError:
            # The thread waits for the process: ending that ends both.
            child.abandon(abandoned)
            raise

    def _send(
        self, child: Child, request: Request, data: bytes, abandoned: threading.Event
    ) -> asyncio.Future[Answer | Ended]:
        asked = asyncio.get_running_loop().run_in_executor(self._threads, child.ask, request, data, abandoned)
        # Free once its thread has let go of it, which may be after whoever asked has gone.
        asked.add_done_callback(lambda done: self._freed(child, done))
        return asked

    def _freed(self, child: Child, done: asyncio.Future[Answer | Ended]) -> None:
        self._idle.put_nowait(child)
        if not done.cancelled():
            # Where nobody waits any more nobody asks for the error; it was the abandoned one's.
            done.exception()


def _document(answer: Answer | Ended, data: bytes) -> ReadDocument | Unpacked | Refusal:
    if isinstance(answer, Ended):
        sentence = f"{REJECT_SENTENCES[answer.reason]}: {answer.detail}"
        _log.warning("pages.read_ended", reason=answer.reason.value, detail=answer.detail)
        return Refusal(answer.reason, sentence, sniff(data[:8192]))
    if answer.kind is Kind.READ:
        read = ReadAnswer.model_validate_json(answer.payload)
        return ReadDocument(read.media_type, read.layout, read.quality, read.attached)
    if answer.kind is Kind.UNPACKED:
        return _unpacked(answer)
    if answer.kind is Kind.REFUSED:
        refused = RefusedAnswer.model_validate_json(answer.payload)
        return Refusal(refused.reason, refused.sentence, refused.media_type)
    if answer.kind is Kind.FAILED:
        failed = FailedAnswer.model_validate_json(answer.payload)
        _log.error("pages.read_failed", error=failed.error, place=failed.place, media_type=failed.media_type)
        if failed.error in OUR_OWN:
            raise InvariantError(
                f"the page reader itself is broken ({failed.error} at {failed.place}), "
                "no document is to blame: "
                "mend the installation and redrive what was dead-lettered"
            )
        sentence = f"{REJECT_SENTENCES[RejectReason.UNREADABLE]}: {failed.error} at {failed.place}"
        return Refusal(RejectReason.UNREADABLE, sentence, failed.media_type)
    raise InvariantError(f"a reading process answered with a frame of kind {answer.kind.name}")


def _unpacked(answer: Answer) -> Unpacked:
    found = UnpackedAnswer.model_validate_json(answer.payload)
    if len(answer.parts) != sum(part.has_bytes for part in found.parts):
        raise InvariantError("a reading process announced other parts than it sent")
    data = iter(answer.parts)
    parts = tuple(
        UnpackedPart(
            place=part.place,
            name=part.name,
            data=next(data) if part.has_bytes else None,
            refused=part.refused,
            sentence=part.sentence,
            composed=part.composed,
        )
        for part in found.parts
    )
    return Unpacked(found.media_type, parts, found.left_out)
