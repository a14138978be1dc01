"""What goes between a reader and its reading process: frames of a kind, a length and bytes.

The process has met hostile bytes, so nothing it says is executed: answers are JSON, checked against
the models on arrival, or a PNG.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

from pages.limits import ReadLimits
from schemas.layout import Frozen, Layout, Quality
from schemas.results import RejectReason

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
    FAILED = b"F"


class Request(Frozen):
    """What the process is to do with the data that follow."""

    do: Literal["read", "render"]
    page: int = 1
    dpi: int = 150
    rotation: int = 0
    pages: int
    page_pixels: int
    document_seconds: float

    def limits(self) -> ReadLimits:
        """Return the limits that the process keeps by itself."""
        return ReadLimits(
            pages=self.pages, page_pixels=self.page_pixels, document_seconds=self.document_seconds
        )


class ReadAnswer(Frozen):
    """A file that was read."""

    media_type: str
    layout: Layout
    quality: Quality


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
