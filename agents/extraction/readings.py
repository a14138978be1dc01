"""One reading of a model: its value held against its own quote, and the quote against the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.extraction.grounding import LineIndex, alignment_of
from doctypes.definition import FieldSpec
from doctypes.normalise import normalise
from doctypes.stated import stated_value
from schemas.fields import Alignment, Evidence, EvidenceClass, FieldKind, Reading

MAX_ALTERNATIVES = 3
WORDS = frozenset(
    {
        FieldKind.PARTY,
        FieldKind.PERSON,
        FieldKind.ADDRESS,
        FieldKind.TEXT,
        FieldKind.JURISDICTION,
        FieldKind.PRESENCE,
    }
)
"""Kinds whose values survive a slip of a letter; June and July are two months, and every digit counts."""
WHOLE = frozenset({FieldKind.MONEY, FieldKind.PERCENTAGE})
"""Kinds of which a part is another value. A number may be a part: of a date, of a size."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a model's readings are held against.

    Attributes:
        index: The lines it was shown.
        day_first: Whether 03/04 is 3 April.
        measured: It states no calibrated confidences.
    """

    index: LineIndex
    day_first: bool | None
    measured: bool = False

    def read(self, spec: FieldSpec, recorded: dict[str, Any]) -> Reading:
        """Return a reading of a plain field."""
        found = self.index.ground(
            recorded["quote"], recorded["lines"], nearly=self._nearly(spec), amount=spec.kind in WHOLE
        )
        return self._reading(spec, recorded, found)

    def read_cell(
        self,
        spec: FieldSpec,
        recorded: dict[str, Any],
        row: Sequence[str],
        taken: Sequence[Evidence] = (),
    ) -> Reading:
        """Return a reading of a cell, looked for in the lines of its row alone."""
        found = self.index.ground_cell(
            recorded["quote"],
            recorded["lines"],
            row,
            taken,
            nearly=self._nearly(spec),
            amount=spec.kind in WHOLE,
        )
        return self._reading(spec, recorded, found)

    def confidence(self, recorded: dict[str, Any]) -> float | None:
        """Return what the model says of its sureness, where that is calibrated."""
        stated: float | None = None if self.measured else recorded.get("confidence")
        return stated

    def _nearly(self, spec: FieldSpec) -> bool:
        return self.measured and spec.kind in WORDS

    def _reading(self, spec: FieldSpec, recorded: dict[str, Any], found: tuple[Evidence, ...]) -> Reading:
        reading = reading_of(spec, recorded, found, self.day_first)
        update: dict[str, Any] = {"confidence": None} if self.measured else {}
        if self.measured and found and alignment_of([reading]) is Alignment.FUZZY:
            # The page does not say it letter by letter: the value is the model's.
            update |= {"evidence_class": EvidenceClass.INFERRED, "value": recorded["value"]}
        return reading.model_copy(update=update) if update else reading


def reading_of(
    spec: FieldSpec, recorded: dict[str, Any], evidence: tuple[Evidence, ...], day_first: bool | None
) -> Reading:
    """Return a reading with how its value follows from where its quote was found.

    Args:
        spec: The field, or the column of a row.
        recorded: ``{value, quote, lines, confidence?}`` as the model recorded it.
        evidence: Where the quote stands; empty where it was not found.
        day_first: Whether 03/04 is 3 April.
    """
    quote = recorded["quote"]
    own = normalise(spec.kind, quote, day_first=day_first).value
    stated = recorded["value"]
    if not evidence:
        evidence_class = EvidenceClass.UNGROUNDED
    elif own is not None and own == stated and quote == stated:
        evidence_class = EvidenceClass.VERBATIM
    elif own is not None and own == (normalise(spec.kind, stated, day_first=day_first).value or stated):
        evidence_class = EvidenceClass.NORMALISED
    else:
        evidence_class = EvidenceClass.INFERRED
    inferred = stated_value(spec.kind, stated) or stated
    value = inferred if evidence_class is EvidenceClass.INFERRED else own
    return Reading(
        raw=quote,
        value=stated if evidence_class is EvidenceClass.UNGROUNDED else value,
        confidence=recorded.get("confidence"),
        evidence=evidence,
        evidence_class=evidence_class,
    )
