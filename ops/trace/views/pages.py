"""The pages of an HTML trace: which are shown, drawn by whom, and the boxes that lie over them."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from ops.trace.story import RunStory
from ops.trace.views.fields import mark_of
from ops.words import shown
from ops.words.tree import Tone
from schemas.errors import PermanentError
from schemas.fields import FieldValue
from schemas.layout import Box
from schemas.results import RecordField

Render = Callable[[int], Awaitable[bytes]]
"""Draws page n (from 1) of the document, upright, as PNG."""

MOST_PAGES = 20
"""Pages in one file: those with evidence first."""

_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class EvidenceBox:
    """A piece of evidence on a page.

    Attributes:
        anchor: Its id in the page, made of numbers alone.
        field: Anchor of the row it belongs to.
        label: The field's name, safe to show.
        chosen: Whether it supports the chosen value (or an alternative).
    """

    anchor: str
    field: str
    label: str
    page: int
    box: Box
    tone: Tone
    chosen: bool


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
        _, tone = mark_of(judged)
        chosen = [evidence for reading in field.readings for evidence in reading.evidence]
        others = (
            [e for reading in field.alternatives[:1] for e in reading.evidence] if tone == "doubt" else []
        )
        for number, evidence in enumerate([*chosen, *others], start=1):
            boxes.append(
                EvidenceBox(
                    anchor=f"e{row}-{number}",
                    field=f"f{row}",
                    label=shown(field.name, 40),
                    page=evidence.page,
                    box=evidence.box,
                    tone=tone,
                    chosen=number <= len(chosen),
                )
            )
    return tuple(boxes)


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
