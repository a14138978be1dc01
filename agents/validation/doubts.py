"""What makes a value doubtful whatever its confidence: ambiguous dates, other calendars, odd characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from doctypes.definition import DocType
from doctypes.normalise import normalise
from schemas.fields import FieldKind, FieldValue, Reading

BIDI_CONTROLS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def about_values(
    doc_type: DocType, fields: dict[str, FieldValue], *, day_first: bool | None
) -> dict[str, tuple[str, ...]]:
    """Return, per field, the doubts that its own characters raise."""
    found = {
        name: about_readings(doc_type.field(name).kind, field.readings, day_first=day_first)
        for name, field in fields.items()
    }
    return {name: doubts for name, doubts in found.items() if doubts}


def about_readings(
    kind: FieldKind, readings: Iterable[Reading], *, day_first: bool | None
) -> tuple[str, ...]:
    """Return the doubts that the characters of a field's or cell's readings raise, each once."""
    doubts: list[str] = []
    for reading in readings:
        if reading.element is None:
            # A machine's 1.980 has one meaning, and its days are not written as people print them.
            doubts.extend(_about_form(kind, reading, day_first))
        if BIDI_CONTROLS & set(reading.raw):
            doubts.append("it contains invisible direction marks, which can make it look like another value")
        if _mixes_scripts(reading.raw):
            doubts.append("a word mixes letters of several alphabets that look alike")
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
