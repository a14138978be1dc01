"""From a place that a person lifted a value from to the words that stand there; pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from review.sheet.submission import LiftedCell, Place
from schemas.decided import DecidedCell, DecidedField
from schemas.fields import Evidence
from schemas.layout import Box, Layout, Line, Word


def evidence_at(layout: Layout | None, place: Place) -> tuple[Evidence, ...]:
    """Return the words whose middle lies in ``place``, one piece of evidence a line; none where none do."""
    pages = layout.pages if layout else ()
    lines = next((page.lines for page in pages if page.number == place.page), ())
    return tuple(
        _evidence(place.page, line, words)
        for line in lines
        if (words := [word for word in line.words if _within(word.box, place)])
    )


def evidence_of(layout: Layout | None, page: int, quote: str) -> tuple[Evidence, ...]:
    """Return where a page first says these words, one piece of evidence a line; none where it does not."""
    pages = layout.pages if layout else ()
    lines = next((one.lines for one in pages if one.number == page), ())
    placed = [(line, word) for line in lines for word in line.words]
    said = [line.text[word.start : word.end].casefold() for line, word in placed]
    wanted = quote.casefold().split()
    for start in range(len(said) - len(wanted) + 1 if wanted else 0):
        if said[start] == wanted[0] and said[start : start + len(wanted)] == wanted:
            hit = placed[start : start + len(wanted)]
            by_line = groupby(hit, key=lambda one: one[0].id)
            of_lines = [list(group) for _, group in by_line]
            return tuple(_evidence(page, group[0][0], [word for _, word in group]) for group in of_lines)
    return ()


def with_places(decided: DecidedField, lifted: Sequence[LiftedCell], layout: Layout | None) -> DecidedField:
    """Return a table with the words that were shown for its cells as their evidence.

    A place of a row or column that the table does not have, or of a cell without a value, says nothing.
    """
    places = {(one.row, one.column): one.box for one in lifted}

    def shown(number: int, cell: DecidedCell) -> DecidedCell:
        place = places.get((number, cell.column))
        if place is None or cell.value is None:
            return cell
        return cell.model_copy(update={"evidence": evidence_at(layout, place)})

    rows = tuple(
        row.model_copy(update={"cells": tuple(shown(number, cell) for cell in row.cells)})
        for number, row in enumerate(decided.rows, start=1)
    )
    return decided.model_copy(update={"rows": rows})


def _within(box: Box, place: Place) -> bool:
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    return place.x0 <= x <= place.x1 and place.y0 <= y <= place.y1


def _evidence(page: int, line: Line, words: list[Word]) -> Evidence:
    start, end = min(word.start for word in words), max(word.end for word in words)
    # What lies between two words that were lifted is lifted too.
    boxes = [word.box for word in line.words if start <= word.start and word.end <= end]
    box = Box(
        x0=min(one.x0 for one in boxes),
        y0=min(one.y0 for one in boxes),
        x1=max(one.x1 for one in boxes),
        y1=max(one.y1 for one in boxes),
    )
    return Evidence(page=page, line=line.id, start=start, end=end, box=box, quote=line.text[start:end])
