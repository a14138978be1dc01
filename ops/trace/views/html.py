"""A trace as one HTML file: no script, nothing fetched, the evidence drawn on the pages."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ops.trace.story import RunStory, Trace
from ops.trace.views.elements import ON_PAGE, element_words
from ops.trace.views.fields import DECIDED, box_words, mark_of, value_of, value_words
from ops.trace.views.outline import outline
from ops.trace.views.pages import (
    MOST_ROWS,
    EvidenceBox,
    Render,
    box_rules,
    evidence_boxes,
    fields_of,
    page_images,
)
from ops.trace.views.tables import cell_text, chosen_rows, doubts_by_row
from ops.words import shown, spoken, unit
from ops.words.tree import Tone, joined
from schemas.fields import Cell, FieldValue, Reading
from schemas.results import RecordField

if TYPE_CHECKING:
    from jinja2 import Template

NOWHERE = "no place on a page"


@dataclass(frozen=True, slots=True)
class Quote:
    """A piece of evidence, or an alternative's, beside a field.

    Attributes:
        at: Confidence of an alternative.
        where: Page and line.
        box: Where on the page, in percent.
        anchor: The box on the page; None where none is drawn.
    """

    kind: str
    text: str
    at: str | None
    where: str
    box: str
    anchor: str | None
    tone: Tone


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell of a table.

    Attributes:
        anchor: The box on the page; None where none is drawn.
        why: What speaks against it, or how its value was found.
    """

    text: str
    tone: Tone
    anchor: str | None
    why: str


@dataclass(frozen=True, slots=True)
class TableView:
    """A list of rows: the columns' names, the rows shown with their numbers, how many are not."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[CellView, ...]], ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Row:
    """A field with all that is known of it, ready to be shown.

    Attributes:
        threshold: From which confidence its kind is accepted, where that is certified.
        table: The rows of a rows field.
    """

    anchor: str
    name: str
    mark: str
    tone: Tone
    value: str
    decision: str
    confidence: float | None
    threshold: float | None
    arithmetic: str
    reasons: tuple[str, ...]
    note: str | None
    quotes: tuple[Quote, ...]
    model_read: str | None
    table: TableView | None


async def trace_html(trace: Trace, *, render: Render | None = None) -> str:
    """Return the trace as one self-contained HTML file; equal traces and images give equal bytes.

    Args:
        trace: As loaded in full.
        render: Draws a page of the document; None leaves the pages out.

    Raises:
        TransientError: What draws the pages does not answer.
    """
    told = outline(trace, full=True)
    boxes = evidence_boxes(trace.run)
    found = trace.run.classification if trace.run else None
    pages, left_out = await page_images(boxes, found.page_count if found else 0, render)
    style = f"{_part('trace.css')}\n{box_rules(boxes)}\n"
    return _template().render(
        style=style,
        style_digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        trace=trace,
        told=told,
        title=_title(trace),
        rows=_rows(trace.run, boxes),
        pages=pages,
        pages_left_out=left_out,
        unit=unit,
    )


def _title(trace: Trace) -> str:
    names = [shown(submission.name, 60) for submission in trace.submissions if submission.name]
    return joined(names[0] if names else None, f"document {trace.document_id[:12]}")


def _rows(run: RunStory | None, boxes: tuple[EvidenceBox, ...]) -> list[Row]:
    numbered = enumerate(fields_of(run), start=1)
    return [_row(run, f"f{number}", judged, field, boxes) for number, (judged, field) in numbered]


def _row(
    run: RunStory | None,
    anchor: str,
    judged: RecordField | None,
    field: FieldValue,
    boxes: tuple[EvidenceBox, ...],
) -> Row:
    mark, tone = mark_of(judged)
    anchors = [box.anchor for box in boxes if box.field == anchor]
    certificates = run.certificates if run else None
    certificate = certificates.of(field.name) if certificates else None
    model = judged.model_field if judged else None
    return Row(
        anchor=anchor,
        name=shown(field.name),
        mark=mark,
        tone=tone,
        value=value_words(field, None),
        decision=DECIDED[judged.decision] if judged else "not yet validated",
        confidence=field.confidence,
        threshold=certificate.threshold if certificate else None,
        arithmetic=shown(judged.arithmetic, None) if judged else "",
        reasons=tuple(shown(reason, None) for reason in judged.reasons) if judged else (),
        note=shown(field.note, None) if field.note else None,
        quotes=_quotes(field, tone, anchors),
        model_read=f"{value_words(model, None)} at {unit(model.confidence)}" if model else None,
        table=_table(judged, field, [box for box in boxes if box.field == anchor]) if field.rows else None,
    )


def _table(judged: RecordField | None, field: FieldValue, boxes: list[EvidenceBox]) -> TableView:
    doubts = doubts_by_row(judged)
    anchors = {box.cell: box.anchor for box in reversed(boxes)}
    numbers = chosen_rows(field, doubts, most=MOST_ROWS)
    rows = []
    for number in numbers:
        against = {doubt.column: shown(doubt.reason, None) for doubt in doubts.get(number, [])}
        cells = field.rows[number - 1].cells
        views = (_cell(cell, against.get(cell.name), anchors.get((number, cell.name))) for cell in cells)
        rows.append((number, tuple(views)))
    return TableView(tuple(shown(c) for c in field.columns), tuple(rows), len(field.rows) - len(numbers))


def _cell(cell: Cell, against: str | None, anchor: str | None) -> CellView:
    found = spoken(cell.readings[0].evidence_class.value) if cell.readings else ""
    return CellView(cell_text(cell, None), "doubt" if against else "plain", anchor, against or found)


def _quotes(field: FieldValue, tone: Tone, anchors: list[str]) -> tuple[Quote, ...]:
    # Boxes were drawn in this very order; what has none left is told without one.
    left = iter(anchors)
    chosen = [
        quote
        for reading in field.readings
        for quote in _quote(
            reading, spoken(reading.evidence_class.value), shown(reading.raw, None), None, tone, left
        )
    ]
    others = [
        quote
        for reading in field.alternatives
        for quote in _quote(reading, "or", value_of(reading, None), unit(reading.confidence), "quiet", left)
    ]
    return (*chosen, *others)


def _quote(
    reading: Reading, kind: str, text: str, at: str | None, tone: Tone, left: Iterator[str]
) -> list[Quote]:
    stated = []
    if reading.element is not None:
        stated = [Quote(kind, text, at, element_words(reading.element, full=True), "", None, tone)]
        kind = ON_PAGE
    elif not reading.evidence:
        return [Quote(kind, text, at, NOWHERE, "", None, tone)]
    return stated + [
        Quote(
            kind,
            shown(evidence.quote, None) if at is None else text,
            at,
            f"page {evidence.page}, line {shown(evidence.line)}",
            box_words(evidence.box),
            next(left, None),
            tone,
        )
        for evidence in reading.evidence
    ]


def _part(name: str) -> str:
    return files("ops.trace.views").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_part("trace.html.j2"))
