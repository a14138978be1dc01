"""The numbers and letters that a DOCX puts before its clauses, counted as a word processor counts them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

from pages.office.docx_styles import number

_PLACE = re.compile("%([1-9])")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"))
_ROMAN_SMALL = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_MOST = 30_000
LEVELS = 9


@dataclass(slots=True)
class _Level:
    start: int = 1
    kind: str = "decimal"
    text: str = ""
    legal: bool = False


@dataclass(slots=True)
class Numbering:
    """The document's lists and how far each was counted."""

    lists: dict[str, dict[int, _Level]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    starts: dict[tuple[str, int], int] = field(default_factory=dict)
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    def label(self, numbering: str, level: int) -> str:
        """Count one more on ``level`` of ``numbering`` and return what stands before the paragraph."""
        kind = self.kinds.get(numbering)
        levels = self.lists.get(kind) if kind is not None else None
        if kind is None or levels is None or level not in levels:
            return ""
        counts = self._counts.setdefault(kind, {})
        override = self.starts.get((numbering, level))
        if override is not None and (numbering, level) not in self._begun:
            counts[level] = override - 1
        self._begun.add((numbering, level))
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        for deeper in [known for known in counts if known > level]:
            del counts[deeper]
        if levels[level].kind == "bullet":
            return "•"

        def counted(found: re.Match[str]) -> str:
            place = int(found[1]) - 1
            other = levels.get(place, _Level())
            kind = "decimal" if levels[level].legal else other.kind
            return _spelled(counts.setdefault(place, other.start), kind)

        return _PLACE.sub(counted, levels[level].text)


def read_numbering(root: ET.Element) -> Numbering:
    """Return the lists that a document's part of numbering declares."""
    found = Numbering()
    for element in root.iter("w:abstractNum"):
        levels = found.lists.setdefault(element.get("w:abstractNumId", ""), {})
        for level in element.iter("w:lvl"):
            place = number(level.get("w:ilvl"))
            if place is not None and 0 <= place < LEVELS:
                levels[place] = _Level(
                    start=_number(level, "w:start", 1),
                    kind=_text(level, "w:numFmt", "decimal"),
                    text=_text(level, "w:lvlText", ""),
                    legal=level.find("w:isLgl") is not None,
                )
    for element in root.iter("w:num"):
        numbering = element.get("w:numId", "")
        found.kinds[numbering] = _text(element, "w:abstractNumId", "")
        for override in element.iter("w:lvlOverride"):
            place = number(override.get("w:ilvl"))
            start = override.find("w:startOverride")
            if place is not None and start is not None:
                found.starts[numbering, place] = number(start.get("w:val")) or 1
    return found


def _text(element: ET.Element, name: str, default: str) -> str:
    found = element.find(name)
    return default if found is None else found.get("w:val", default)[:100]


def _number(element: ET.Element, name: str, default: int) -> int:
    found = number(_text(element, name, ""))
    return default if found is None else found


def _spelled(count: int, kind: str) -> str:
    count = max(0, min(count, _MOST))
    match kind:
        case "none":
            return ""
        case "lowerLetter" | "upperLetter":
            letters = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1) if count else ""
            return letters.upper() if kind == "upperLetter" else letters
        case "lowerRoman" | "upperRoman":
            return _roman(count).upper() if kind == "upperRoman" else _roman(count)
        case "decimalZero":
            return f"{count:02}"
        case "ordinal":
            return f"{count}."
        case _:
            return str(count)


def _roman(count: int) -> str:
    out = ""
    for value, letters in (*_ROMAN, *_ROMAN_SMALL):
        out += letters * (count // value)
        count %= value
    return out
