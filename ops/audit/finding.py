"""A finding: what is wrong, since when, how many records, what it costs, and what to do about it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import computed_field

from schemas.layout import Frozen, Unit


class Family(StrEnum):
    """The four points, in the order they are told."""

    DATA = "data"
    MODEL = "model"
    INFRASTRUCTURE = "infrastructure"
    HAND_OFFS = "hand-offs"


class Urgency(StrEnum):
    """What sort of trouble it is."""

    BROKEN = "broken now"
    WILL_BREAK = "will break"
    ANNOYING = "annoying but stable"


class Finding(Frozen):
    """One thing that is not as it was, or as it should be.

    Attributes:
        check: What found it (``field.null``).
        scope: The document type, stage or part.
        subject: The field, rule or reason.
        sentence: What is wrong, with its numbers.
        evidence: What else shows it.
        since: First day of it; None where it has no beginning.
        records: Records affected since, estimated for all documents.
        field_cost: What one affected record costs where it goes out wrong.
        probability: That an affected record went, or goes, out wrong.
        fix: What to do first.
        documents: Some that show it.
        symptoms: What follows from this one, in words.
        follows: The keys of those.
    """

    check: str
    family: Family
    scope: str
    subject: str = ""
    sentence: str
    evidence: tuple[str, ...] = ()
    since: date | None = None
    records: int = 0
    field_cost: float = 1.0
    probability: Unit = 1.0
    urgency: Urgency = Urgency.BROKEN
    fix: str
    documents: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def damage(self) -> float:
        """Return records × cost × probability."""
        return round(self.records * self.field_cost * self.probability, 2)

    @property
    def key(self) -> str:
        """What tells this finding from others, whenever it is found."""
        return "/".join(part for part in (self.check, self.scope, self.subject) if part)
