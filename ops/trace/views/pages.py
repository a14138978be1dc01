"""The pages of an HTML trace: which are shown, drawn by whom, and the boxes that lie over them."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ops.trace.story import RunStory
from ops.trace.views.fields import mark_of
from ops.trace.views.tables import chosen_rows, doubts_by_row
from ops.words import shown
from ops.words.tree import Tone
from schemas.errors import PermanentError
from schemas.fields import Evidence, FieldValue
from schemas.layout import Box
from schemas.results import RecordField

Render = Callable[[int], Awaitable[bytes]]
"""Draws page n (from 1) of the document, upright, as PNG."""

MOST_PAGES = 20
"""Pages in one file: those with evidence first."""

MOST_ROWS = 300
"""Rows of one table in one file: the doubtful ones first."""

_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class EvidenceBox:
    """A piece of evidence on a page.

    Attributes:
        anchor: Its id in the page, made of numbers alone.
        field: Anchor of the row it belongs to.
        label: The field's name, with row and column for a cell, safe to show.
        chosen: Whether it supports the chosen value (or an alternative).
        cell: Row (from 1) and column, for a cell of a table.
    """

    anchor: str
    field: str
    label: str
    page: int
    box: Box
    tone: Tone
    chosen: bool
    cell: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class PageImage:
    """One page: its image as a data URI, or why there is none."""

    number: int
    image: str | None
    why_not: str | None
    boxes: tuple[EvidenceBox, ...]


def fields_of(run: RunStory | None) -> list[tuple[RecordField | None, FieldValue]]:
    """Return the run's fields with what became of each: of the record, else as extracted."""
    if run is None:
        return []
    if run.record is not None and run.record.fields:
        return [(judged, judged.field) for judged in run.record.fields]
    return [(None, field) for field in run.extraction.fields] if run.extraction else []


def evidence_boxes(run: RunStory | None) -> tuple[EvidenceBox, ...]:
    """Return a box per piece of evidence, in the fields' order; best alternatives of doubtful fields too."""
    boxes: list[EvidenceBox] = []
    for row, (judged, field) in enumerate(fields_of(run), start=1):
        found = _in_table(judged, field) if field.columns else _of_field(judged, field)
        for number, marked in enumerate(found, start=1):
            boxes.append(
                EvidenceBox(
                    anchor=f"e{row}-{number}",
                    field=f"f{row}",
                    label=marked.label,
                    page=marked.evidence.page,
                    box=marked.evidence.box,
                    tone=marked.tone,
                    chosen=marked.chosen,
                    cell=marked.cell,
                )
            )
    return tuple(boxes)


@dataclass(frozen=True, slots=True)
class _Marked:
    """A piece of evidence with how it is shown."""

    evidence: Evidence
    label: str
    tone: Tone
    chosen: bool = True
    cell: tuple[int, str] | None = None


def _of_field(judged: RecordField | None, field: FieldValue) -> Iterator[_Marked]:
    _, tone = mark_of(judged)
    label = shown(field.name, 40)
    for reading in field.readings:
        yield from (_Marked(evidence, label, tone) for evidence in reading.evidence)
    for reading in field.alternatives[:1] if tone == "doubt" else ():
        yield from (_Marked(evidence, label, tone, chosen=False) for evidence in reading.evidence)


def _in_table(judged: RecordField | None, field: FieldValue) -> Iterator[_Marked]:
    """Yield the evidence of the rows that are shown; only a doubtful cell is marked as one."""
    doubts = doubts_by_row(judged)
    _, whole = mark_of(judged)
    for number in chosen_rows(field, doubts, most=MOST_ROWS):
        doubtful = {doubt.column for doubt in doubts.get(number, [])}
        for cell in field.rows[number - 1].cells:
            tone: Tone = "doubt" if cell.name in doubtful else "quiet" if whole == "doubt" else whole
            label = f"{shown(field.name, 40)} {number}, {shown(cell.name, 40)}"
            for reading in cell.readings:
                for evidence in reading.evidence:
                    yield _Marked(evidence, label, tone, cell=(number, cell.name))


async def page_images(
    boxes: Sequence[EvidenceBox], page_count: int, render: Render | None
) -> tuple[tuple[PageImage, ...], int]:
    """Return the pages to show in order, and how many are left out."""
    with_evidence = sorted({box.page for box in boxes})
    everything = list(dict.fromkeys([*with_evidence, *range(1, page_count + 1)]))
    wanted = sorted(everything[:MOST_PAGES])
    images = [await _page(number, [box for box in boxes if box.page == number], render) for number in wanted]
    return tuple(images), len(everything) - len(wanted)


def box_rules(boxes: Iterable[EvidenceBox]) -> str:
    """Return the style rules that put each box in its place; they hold numbers only."""
    return "\n".join(
        f"#{b.anchor}{{left:{b.box.x0 * 100:.3f}%;top:{b.box.y0 * 100:.3f}%;"
        f"width:{(b.box.x1 - b.box.x0) * 100:.3f}%;height:{(b.box.y1 - b.box.y0) * 100:.3f}%}}"
        for b in boxes
    )


async def _page(number: int, boxes: Sequence[EvidenceBox], render: Render | None) -> PageImage:
    if render is None:
        return PageImage(number, None, "pages were not drawn", tuple(boxes))
    try:
        data = await render(number)
    except PermanentError as error:
        return PageImage(number, None, f"the page can't be drawn: {shown(str(error))}", tuple(boxes))
    if not data.startswith(_PNG):
        return PageImage(number, None, "the page can't be drawn: what came back is no PNG", tuple(boxes))
    return PageImage(number, f"data:image/png;base64,{base64.b64encode(data).decode()}", None, tuple(boxes))
