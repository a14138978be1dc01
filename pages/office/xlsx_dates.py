"""Dates and times as a spreadsheet shows them: days counted from 1900 or 1904."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

# The calendar that spreadsheets end with, in days; later serials are numbers of something else.
_MOST_DAYS = 2_958_465
_LEAP_BUG = 60
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class Token(Protocol):
    """A piece of a format: what kind it is, and its text."""

    @property
    def kind(self) -> str:
        """Its kind."""
        ...

    @property
    def text(self) -> str:
        """Its text."""
        ...


def date_text(tokens: Sequence[Token], serial: Decimal, *, from_1904: bool) -> str:
    """Return the day and time that ``serial`` stands for; '' where it stands for none."""
    if not 0 <= serial <= _MOST_DAYS:
        return ""
    moment = _moment(serial, from_1904=from_1904)
    halves = any(token.kind == "half" for token in tokens)
    out: list[str] = []
    for place, token in enumerate(tokens):
        match token.kind:
            case "date":
                out.append(_piece(tokens, place, moment, halves=halves))
            case "elapsed":
                unit = {"h": 24, "m": 1440, "s": 86400}[token.text[0].lower()]
                out.append(str(int(serial * unit)).zfill(len(token.text)))
            case "half":
                out.append("AM" if moment.hour < 12 else "PM")
            case "digit":
                # A fraction of a second: 0 after the point.
                out.append(str(moment.microsecond // 100_000) if token.text == "0" else "")
            case _:
                out.append("" if token.text == "@" else token.text)
    return "".join(out).strip()


def _moment(serial: Decimal, *, from_1904: bool) -> datetime:
    # To the millisecond: what is stored is a fraction of a day, and never exact.
    milliseconds = int((serial * 86_400_000).to_integral_value())
    begin = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 (as on a wall)
    if not from_1904 and serial < _LEAP_BUG:
        # Before March 1900 the count is off by a day that never was.
        begin += timedelta(days=1)
    return begin + timedelta(milliseconds=milliseconds)


def _piece(tokens: Sequence[Token], place: int, moment: datetime, *, halves: bool) -> str:
    text = tokens[place].text.lower()
    size = len(text)
    match text[0]:
        case "y":
            return f"{moment.year:04}" if size > 2 else f"{moment.year % 100:02}"
        case "d" if size > 2:
            name = _DAYS[moment.weekday()]
            return name if size > 3 else name[:3]
        case "m" if not _is_minute(tokens, place) and size > 2:
            name = _MONTHS[moment.month - 1]
            return {3: name[:3], 5: name[:1]}.get(size, name)
    number = {
        "d": moment.day,
        "m": moment.minute if _is_minute(tokens, place) else moment.month,
        "h": (moment.hour % 12 or 12) if halves else moment.hour,
        "s": moment.second,
    }[text[0]]
    return f"{number:02}" if size > 1 else str(number)


def _is_minute(tokens: Sequence[Token], place: int) -> bool:
    """Whether an m stands for minutes: after hours or before seconds."""
    kinds = ("date", "elapsed")
    before = [token.text[0].lower() for token in tokens[:place] if token.kind in kinds]
    after = [token.text[0].lower() for token in tokens[place + 1 :] if token.kind in kinds]
    return before[-1:] == ["h"] or after[:1] == ["s"]
