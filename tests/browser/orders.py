"""Records made to measure: what was read of an order, what is in doubt, and the page it stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.fields import Cell, Evidence, EvidenceClass, FieldState, FieldValue, Reading, Row
from schemas.layout import Box, Layout, Line, Page, TextSource, Word
from schemas.results import CellDoubt, FieldDecision, RecordField
from tests.browser.kind import COLUMNS, PROPERTIES

WIDE, HIGH = 0.0095, 0.016
NORMAL = {"date": {"06/03/2018": "2018-03-06", "03/06/2018": "2018-06-03"}}
ROWS = (("Nougat", "20", "81.90"), ("Biscuits", "15", "38.10"))


@dataclass(frozen=True)
class Order:
    """A record to be made.

    Attributes:
        values: As printed; a field that is not named is absent.
        doubts: By field, why somebody should look; those fields are asked.
        others: By field, alternatives, printed on the page too.
        missing: Fields that nobody could read.
        rows: Of the table; None for none.
        cells: Doubts about cells: row from 1, column, reason, alternative.
        pages: How many; what is read stands on the first.
        proposed: Ranges, where the question is what the document is.
    """

    name: str = "order.pdf"
    values: Mapping[str, str] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)
    missing: Sequence[str] = ()
    rows: Sequence[tuple[str, str, str]] | None = ROWS
    cells: Sequence[tuple[int, str, str, str]] = ()
    pages: int = 1
    proposed: Sequence[tuple[int, int]] | None = None
    unknown: bool = False


PLAIN = {
    "seller": "Corner Bakery Ltd",
    "number": "A-1042",
    "date": "06/03/2018",
    "net": "120.00",
    "tax": "7.20",
    "total": "127.20",
    "note": "thank you",
    "signed": "yes",
}


def order(doubts: Sequence[str] = ("total",), **changes: object) -> Order:
    """Return a sound order with these fields in doubt."""
    made = dict.fromkeys(doubts, "the value is doubtful")
    return Order(**{"values": PLAIN, "doubts": made, **changes})  # type: ignore[arg-type]


def printed(one: Order) -> tuple[Layout, dict[str, Evidence], list[list[Evidence]]]:
    """Return the pages of an order, where each printed text stands, and where each cell does."""
    lines: list[Line] = []
    places: dict[str, Evidence] = {}

    def put(text: str, at: float) -> Line:
        made = _line(f"1.{len(lines) + 1}", text, at, 0.06 + 0.028 * (len(lines) % 32))
        lines.append(made)
        return made

    for name, value in one.values.items():
        for text in (value, *one.others.get(name, ())):
            label = PROPERTIES[name]["title"]
            line = put(f"{label}: {text}"[:4000].replace("\n", " "), 0.08)
            places[f"{name} {text}"] = _evidence(line, len(label) + 2)
    cells = []
    for row in (one.rows or ())[:200]:
        line = put(" ".join(row), 0.08)
        starts = [0, len(row[0]) + 1, len(row[0]) + len(row[1]) + 2]
        cells.append(
            [_evidence(line, start, start + len(text)) for start, text in zip(starts, row, strict=True)]
        )
    pages = [Page(number=1, width=612, height=792, lines=tuple(lines))]
    for number in range(2, one.pages + 1):
        other = _line(f"{number}.1", f"page {number}", 0.1, 0.1)
        pages.append(Page(number=number, width=612, height=792, lines=(other,)))
    return Layout(pages=tuple(pages)), places, cells


def _line(identity: str, text: str, left: float, top: float) -> Line:
    words, start = [], 0
    for word in text.split(" "):
        end = start + len(word)
        if word:
            words.append(Word(start=start, end=end, box=_box(left, top, start, end)))
        start = end + 1
    return Line(
        id=identity,
        text=text,
        box=_box(left, top, 0, len(text)),
        words=tuple(words),
        source=TextSource.NATIVE,
    )


def _box(left: float, top: float, start: int, end: int) -> Box:
    return Box(x0=min(1, left + WIDE * start), y0=top, x1=min(1, left + WIDE * end), y1=top + HIGH)


def _evidence(line: Line, start: int, end: int | None = None) -> Evidence:
    end = len(line.text) if end is None else end
    left, top = line.box.x0, line.box.y0
    quote = line.text[start:end]
    return Evidence(page=1, line=line.id, start=start, end=end, box=_box(left, top, start, end), quote=quote)


def fields_of(
    one: Order, places: Mapping[str, Evidence], cells: Sequence[Sequence[Evidence]]
) -> tuple[RecordField, ...]:
    """Return every declared field, decided or in doubt."""
    return tuple(_field(one, name, places, cells) for name in PROPERTIES)


def _field(
    one: Order, name: str, places: Mapping[str, Evidence], cells: Sequence[Sequence[Evidence]]
) -> RecordField:
    reason = one.doubts.get(name)
    found = _table(one, cells) if name == "lines" else _plain(one, name, places)
    doubts = tuple(CellDoubt(row=row, column=column, reason=why) for row, column, why, _ in one.cells)
    return RecordField(
        field=found,
        decision=FieldDecision.REVIEW if reason else FieldDecision.ACCEPTED,
        arithmetic="made to measure",
        reasons=(reason,) if reason else (),
        cells=doubts if name == "lines" else (),
    )


def _plain(one: Order, name: str, places: Mapping[str, Evidence]) -> FieldValue:
    if name in one.missing:
        return FieldValue(name=name, state=FieldState.MISSING)
    if name not in one.values:
        return FieldValue(name=name, state=FieldState.ABSENT)
    texts = one.values[name].split("\n") if PROPERTIES[name]["type"] == "array" else [one.values[name]]
    return FieldValue(
        name=name,
        state=FieldState.VALUE,
        readings=tuple(_reading(name, text, places.get(f"{name} {one.values[name]}")) for text in texts),
        alternatives=tuple(
            _reading(name, text, places.get(f"{name} {text}")) for text in one.others.get(name, ())
        ),
    )


def _reading(name: str, text: str, place: Evidence | None) -> Reading:
    value = NORMAL.get(name, {}).get(text, text)
    return Reading(
        raw=text,
        value=value,
        evidence=(place,) if place else (),
        evidence_class=EvidenceClass.NORMALISED if place else EvidenceClass.UNGROUNDED,
    )


def _table(one: Order, cells: Sequence[Sequence[Evidence]]) -> FieldValue:
    columns = tuple(COLUMNS)
    if not one.rows:
        return FieldValue(name="lines", state=FieldState.ABSENT, columns=columns)
    others = {(row, column): text for row, column, _, text in one.cells}
    rows = tuple(
        Row(
            cells=tuple(
                _cell(
                    column,
                    text,
                    cells[number][at] if number < len(cells) else None,
                    others.get((number + 1, column)),
                )
                for at, (column, text) in enumerate(zip(columns, row, strict=True))
            )
        )
        for number, row in enumerate(one.rows)
    )
    return FieldValue(name="lines", state=FieldState.VALUE, columns=columns, rows=rows)


def _cell(column: str, text: str, place: Evidence | None, other: str | None) -> Cell:
    return Cell(
        name=column,
        state=FieldState.VALUE,
        readings=(_reading(column, text, place),),
        alternatives=(_reading(column, other, None),) if other else (),
    )
