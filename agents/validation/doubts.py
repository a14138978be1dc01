"""What makes a value doubtful whatever its confidence: ambiguous dates, other calendars, odd characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from doctypes.definition import DocType, FieldSpec
from doctypes.normalise import compare, normalise
from schemas.fields import EvidenceClass, FieldKind, FieldValue, Reading

_COUNTED = frozenset(
    {
        FieldKind.DATE,
        FieldKind.MONEY,
        FieldKind.NUMBER,
        FieldKind.QUANTITY,
        FieldKind.PERCENTAGE,
        FieldKind.DURATION,
        FieldKind.CURRENCY,
    }
)
"""Kinds whose quote and value are the same, or one of them is wrong; names are often quoted with more."""
BIDI_CONTROLS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def about_values(
    doc_type: DocType, fields: dict[str, FieldValue], *, day_first: bool | None
) -> dict[str, tuple[str, ...]]:
    """Return, per field, the doubts that its own characters raise."""
    found = {
        name: (
            *about_readings(doc_type.field(name), field.readings, day_first=day_first),
            *about_quotes(doc_type.field(name), field.readings, field, day_first=day_first),
        )
        for name, field in fields.items()
    }
    return {name: doubts for name, doubts in found.items() if doubts}


def about_readings(
    spec: FieldSpec, readings: Iterable[Reading], *, day_first: bool | None
) -> tuple[str, ...]:
    """Return the doubts that the characters of a field's or cell's readings raise, each once."""
    doubts: list[str] = []
    for reading in readings:
        if reading.element is None:
            # A machine's 1.980 has one meaning, and its days are not written as people print them.
            doubts.extend(_about_form(spec.kind, reading, day_first))
        if reading.value is not None and (broken := spec.breaks(reading.value)) is not None:
            doubts.append(f"it is {broken}")
        if BIDI_CONTROLS & set(reading.raw):
            doubts.append("it contains invisible direction marks, which can make it look like another value")
        if _mixes_scripts(reading.raw):
            doubts.append("a word mixes letters of several alphabets that look alike")
    return tuple(dict.fromkeys(doubts))


def about_quotes(
    spec: FieldSpec, readings: Iterable[Reading], field: FieldValue, *, day_first: bool | None
) -> tuple[str, ...]:
    """Return where a large model says another value than the words it quotes, each once.

    Args:
        spec: The field, or the column of a row.
        readings: Of it.
        field: The field, which says who read it. Its own variant reads a number by the decimal sign of the
            whole document, which a quote alone does not show.
        day_first: Whether 03/04 is 3 April.
    """
    if field.read_by is None or spec.kind not in _COUNTED:
        return ()
    doubts = []
    for reading in readings:
        quoted = normalise(spec.kind, reading.raw, day_first=day_first).value
        if quoted is None or reading.value is None or reading.evidence_class is not EvidenceClass.INFERRED:
            continue
        if not compare(spec.kind, quoted, reading.value):
            doubts.append(f"the words quoted say {quoted}, the value is {reading.value}")
    return tuple(dict.fromkeys(doubts))


def _about_form(kind: FieldKind, reading: Reading, day_first: bool | None) -> Iterator[str]:
    normal = normalise(kind, reading.raw, day_first=day_first)
    if normal.ambiguous:
        yield "ambiguous: " + ("; ".join(normal.notes) or "it can be read in two ways")
    elif normal.value is None and kind is not FieldKind.PRESENCE:
        # The evidence of a presence is a clause, which has no normal form of its own.
        yield from normal.notes


def _mixes_scripts(text: str) -> bool:
    return any(len(_scripts(word)) > 1 for word in text.split())


def _scripts(word: str) -> set[str]:
    names = (unicodedata.name(c, "").split(" ")[0] for c in word if c.isalpha())
    return {name for name in names if name in {"LATIN", "CYRILLIC", "GREEK"}}
