"""One generated document with its truth."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

Rows = list[dict[str, str]]
Truth = dict[str, str | list[str] | Rows]


@dataclass(frozen=True, slots=True)
class Sample:
    """A document as bytes, and what is really printed in it.

    Attributes:
        key: Unique within a set; also the stem of its file name.
        doc_type: The type, or ``unknown``.
        template: Which wording and layout it was made from; documents of one template are a family.
        suffix: Of the file, with its dot.
        data: The file.
        fields: Normal forms by field name, rows by column; what is not printed has no entry.
        keys: The declared fields whose truth is known; a key without a field is truly absent.
        spans: For presence fields, the words that are the evidence.
        expected: For files that no record comes from: what the pipeline should say.
        files: The files that ought to come from it, by name, where its deliverable is files.
    """

    key: str
    doc_type: str
    template: str
    suffix: str
    data: bytes
    fields: Truth = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    spans: dict[str, list[str]] = field(default_factory=dict)
    expected: str | None = None
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """Return the file's path within its set."""
        return f"documents/{self.key}{self.suffix}"


def chance(rng: random.Random, probability: float) -> bool:
    """Return True with ``probability``."""
    return rng.random() < probability


def source(*parts: str | int) -> random.Random:
    """Return the random numbers that belong to ``parts``; equal parts give equal numbers anywhere."""
    return random.Random(":".join(str(part) for part in parts))  # noqa: S311  nothing here is secret
