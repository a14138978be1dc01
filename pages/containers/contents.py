"""What opening a container hands on: its parts, what is none, and how much of both there may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from pages.limits import ReadLimits
from pages.parts import UnreadableError
from schemas.classification import REJECT_SENTENCES, RejectReason
from schemas.packets import LeftOut

LONGEST_NAME = 300


class BudgetError(UnreadableError):
    """A container holds more than is opened: too many parts, or too much once unpacked."""


@dataclass(slots=True)
class OpenedPart:
    """One document out of a container; without ``data`` where they can't be had, and then why.

    Attributes:
        place: What identifies it in the container for ever.
        composed: Made here, of an e-mail's own words.
    """

    place: str
    name: str | None
    data: bytes | None
    refused: RejectReason | None = None
    sentence: str | None = None
    composed: bool = False


@dataclass(slots=True)
class Budget:
    """What a file, with everything in it at any depth, may still unpack to.

    Attributes:
        limits: The whole of it.
        parts: Parts that may still come.
        unpacked: Bytes that may still come.
    """

    limits: ReadLimits
    parts: int
    unpacked: int

    @classmethod
    def of(cls, limits: ReadLimits) -> Budget:
        """Return the whole budget."""
        return cls(limits, limits.parts, limits.unpacked_bytes)

    def take_part(self) -> None:
        """Count a part, read or left out.

        Raises:
            BudgetError: There are too many.
        """
        self.parts -= 1
        if self.parts < 0:
            detail = f"more than {self.limits.parts} parts, those of containers in it included"
            raise BudgetError(RejectReason.TOO_MANY_PARTS, detail)

    def take_bytes(self, count: int) -> None:
        """Count what was unpacked.

        Raises:
            BudgetError: It is too much.
        """
        self.unpacked -= count
        if self.unpacked < 0:
            detail = f"more than {self.limits.unpacked_bytes // 1_000_000} MB"
            raise BudgetError(RejectReason.UNPACKED_SIZE, detail)


@dataclass(slots=True)
class Contents:
    """What is in a container, in its own order."""

    budget: Budget
    parts: list[OpenedPart] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def add(self, place: str, name: str | None, data: bytes, *, composed: bool = False) -> None:
        """Take a part whose bytes are at hand."""
        self.budget.take_part()
        self.budget.take_bytes(len(data))
        self.parts.append(OpenedPart(place, plain_name(name), data, composed=composed))

    def refuse(self, place: str, name: str | None, reason: RejectReason, detail: str | None = None) -> None:
        """Take a part whose bytes can't be had: it is a document all the same, and ends rejected."""
        self.budget.take_part()
        sentence = REJECT_SENTENCES[reason] + (f": {detail}" if detail else "")
        self.parts.append(OpenedPart(place, plain_name(name), None, reason, sentence))

    def leave_out(
        self, name: str | None, why: str, *, media_type: str | None = None, size: int | None = None
    ) -> None:
        """List something that is no document."""
        self.budget.take_part()
        self.left_out.append(LeftOut(name=plain_name(name), media_type=media_type, size=size, why=why))


class Container(Protocol):
    """How files of one format are opened; one module each, listed in ``pages.formats``."""

    def unpack(self, data: bytes, budget: Budget) -> Contents:
        """Return what is in ``data``.

        Raises:
            UnreadableError: It can't be opened, by its own fault.
        """
        ...


def plain_name(name: str | None) -> str | None:
    """Return a name as it is listed: cut to a length, and text that can be written down."""
    if name is None:
        return None
    return name.encode("utf-8", "backslashreplace").decode()[:LONGEST_NAME] or None
