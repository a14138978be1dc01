"""What goes between a reader and its reading process: frames of a kind, a length and bytes.

The process has met hostile bytes, so nothing it says is executed: answers are JSON, checked against
the models on arrival, a PNG, or the bytes of a container's parts.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

from pages.limits import ReadLimits
from schemas.classification import RejectReason
from schemas.layout import EmbeddedData, Frozen, Layout, Note, Quality
from schemas.packets import LeftOut

HEADER_BYTES = 9
# An answer longer than this is none: 500 pages of dense text take a fifth of it.
MOST_ANSWER = 512_000_000


class Kind(Enum):
    """Kinds of frames."""

    REQUEST = b"Q"
    DATA = b"D"
    PROGRESS = b"P"
    READ = b"R"
    REFUSED = b"X"
    IMAGE = b"I"
    PART = b"C"
    UNPACKED = b"U"
    ATTACHED = b"A"
    FAILED = b"F"


class Request(Frozen):
    """What the process is to do with the data that follow."""

    do: Literal["read", "render", "attached"]
    page: int = 1
    dpi: int = 150
    rotation: int = 0
    pages: int
    page_pixels: int
    document_seconds: float
    unpack: bool = True
    parts: int
    unpacked_bytes: int

    def limits(self) -> ReadLimits:
        """Return the limits that the process keeps by itself."""
        return ReadLimits(
            pages=self.pages,
            page_pixels=self.page_pixels,
            document_seconds=self.document_seconds,
            parts=self.parts,
            unpacked_bytes=self.unpacked_bytes,
        )


class ReadAnswer(Frozen):
    """A file that was read; ``attached``: other files hang in it, which may be asked for apart."""

    media_type: str
    layout: Layout
    quality: Quality
    attached: bool = False


class AttachedAnswer(Frozen):
    """The e-invoices that hang in a file, and what a person should know about them."""

    data: tuple[EmbeddedData, ...]
    notes: tuple[Note, ...]


class PartAnswer(Frozen):
    """A document out of a container; ``has_bytes`` says whether a frame of its bytes came before."""

    place: str
    name: str | None
    has_bytes: bool
    refused: RejectReason | None = None
    sentence: str | None = None
    composed: bool = False


class UnpackedAnswer(Frozen):
    """A container that was opened; the bytes of its parts came before, in order."""

    media_type: str
    parts: tuple[PartAnswer, ...]
    left_out: tuple[LeftOut, ...]


class RefusedAnswer(Frozen):
    """A file that can't be read, by its own fault."""

    media_type: str
    reason: RejectReason
    sentence: str


class FailedAnswer(Frozen):
    """Reading met an error that no reader foresaw: where, and which; never document text."""

    media_type: str
    error: str
    place: str


def frame(kind: Kind, payload: bytes) -> bytes:
    """Return ``payload`` as a frame."""
    return kind.value + len(payload).to_bytes(HEADER_BYTES - 1, "big") + payload


def parse_header(header: bytes) -> tuple[Kind, int]:
    """Return kind and length of the payload that follows; ValueError if it is no header."""
    length = int.from_bytes(header[1:], "big")
    if length > MOST_ANSWER:
        raise ValueError(f"a frame of {length} bytes")
    return Kind(header[:1]), length
