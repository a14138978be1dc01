"""How often models were right, as people found: it calibrates large models, and a router learns from it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from schemas.certificates import Certificates
from schemas.fields import Agreement, Alignment
from schemas.layout import Frozen

HISTORY = "history.json"
"""The part of a type's folder that holds it."""
LEAST = 20
"""Reviewed readings of a sort below which nothing is said of its confidence."""
_OWN_FIELD = 4.0
"""What the readings of all fields weigh against those of the field itself."""


class Told(Frozen):
    """Reviewed readings of one field by one model that had the same signs, and how many were right.

    Attributes:
        model: As it was asked for; a local variant is ``local:<digest>``.
        second: Who read a second time.
        parts_differ: Parts of the document gave different values.
        absent: The model found no value.
        right: Readings that a person left as they were, each for as many as it stands for.
        decided: All of them, likewise.
        readings: How many there were.
    """

    model: str
    field: str
    alignment: Alignment
    agreement: Agreement
    second: str | None = None
    parts_differ: bool = False
    absent: bool = False
    right: Annotated[float, Field(ge=0)]
    decided: Annotated[float, Field(gt=0)]
    readings: Annotated[int, Field(ge=1)]

    def has_signs(self, other: Signs) -> bool:
        """Whether these readings are of the sort that ``other`` describes."""
        return (self.model, self.alignment, self.agreement, self.second, self.parts_differ, self.absent) == (
            other.model,
            other.alignment,
            other.agreement,
            other.second,
            other.parts_differ,
            other.absent,
        )


class Signs(Frozen):
    """What can be measured of a reading without knowing whether it is right; as in ``Told``."""

    model: str
    alignment: Alignment
    agreement: Agreement
    second: str | None = None
    parts_differ: bool = False
    absent: bool = False


class Confidence(Frozen):
    """A calibrated confidence, and how many reviewed readings it rests on."""

    value: float
    of: int


class ModelHistory(Frozen):
    """What people found of the models that read one type.

    Attributes:
        as_of: Day of the newest decision in it.
        told: Counts by model, field and signs.
        certificates: Of the models whose thresholds could be shown.
    """

    as_of: date
    told: tuple[Told, ...]
    certificates: tuple[Certificates, ...] = ()

    def confidence(self, field: str, signs: Signs) -> Confidence | None:
        """Return how likely a reading with ``signs`` is right; None where too few like it were reviewed.

        The share of right ones among all fields' readings with these signs, drawn towards what was found
        of the field itself, the more the more of its own were reviewed.
        """
        alike = [told for told in self.told if told.has_signs(signs)]
        if sum(told.readings for told in alike) < LEAST:
            return None
        right, decided = sum(t.right for t in alike), sum(t.decided for t in alike)
        shared = (right + 1) / (decided + 2)
        own = [told for told in alike if told.field == field]
        right, decided = sum(t.right for t in own), sum(t.decided for t in own)
        value = (right + _OWN_FIELD * shared) / (decided + _OWN_FIELD)
        return Confidence(value=round(value, 6), of=sum(told.readings for told in alike))

    def certificates_of(self, model: str) -> Certificates | None:
        """Return the certificates of ``model``, where there are any."""
        return next((found for found in self.certificates if found.variant == model), None)
