"""What the page draws of a digitised log: where each curve lies on the scan, and what to look at in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from review.sheet.content import Content
from schemas.digitised import CURVES, ROWS, DigitisedCurve, DigitisedLog, scale_fields, turned
from schemas.fields import Deliverable, FieldKind
from schemas.results import Record
from store.curves import Row, read_curve
from store.log_files import log_beside
from store.protocol import ObjectStore

Across = tuple[float, ...]
Stretch = tuple[int, int, str]
"""First and last row, from 0, and why somebody should look."""

GAP = "no ink here: bridged"
LEAP = "leaps across the track"
RIVAL = "runs into the other curve"
_LEAP = 0.15
_NEAR = 0.012
"""Of the track's width."""
_LEAST_NEAR = 3
_APART = 6
"""Rows between two stretches that are looked at as one."""
_DIGITS = 5


async def plots_of(store: ObjectStore, content: Content, *, blind: bool) -> dict[str, dict[str, Any]]:
    """Return by field what the page draws of it; nothing where the record has no digitised log.

    Args:
        store: Where the files lie.
        content: What somebody is to be shown.
        blind: Whether only the track is shown, as to whoever is not to see what was read.
    """
    made = _files(content.record)
    log = await _log(store, made)
    if content.doc_type is None or log is None or log.rows[0] >= log.rows[1]:
        return {}
    kinds = {spec.name: spec.kind for spec in content.doc_type.fields}
    curves = [one for one in log.curves if kinds.get(one.name) is FieldKind.FILE]
    shown = {} if blind else made
    lines = {} if blind else {one.name: await _line(store, one, made.get(one.name)) for one in log.curves}
    plots = {one.name: _plot(log, one, lines, shown.get(one.name)) for one in curves}
    if lines and kinds.get("mask") is FieldKind.FILE:
        plots["mask"] = {
            "page": log.page,
            "rows": ROWS,
            "lines": [{"corners": _corners(log, one), "across": lines[one.name]} for one in log.curves],
        }
    return plots


def stretches(across: Across, rival: Across | None, gaps: Sequence[tuple[int, int]]) -> tuple[Stretch, ...]:
    """Return what to look at in a curve, from top to bottom; what lies close together is looked at once.

    Args:
        across: Where it runs, in widths of its track.
        rival: The other curve in the same track.
        gaps: First and last row of each stretch without ink.
    """
    found = sorted([*((a, b, GAP) for a, b in gaps), *_leaps(across), *_meetings(across, rival)])
    joined: list[Stretch] = []
    for first, last, why in found:
        if joined and first - joined[-1][1] <= _APART:
            begun, ended, said = joined.pop()
            joined.append((begun, max(ended, last), said if why in said else f"{said}; {why}"))
        else:
            joined.append((first, last, why))
    return tuple(joined)


def across_of(rows: Sequence[Row], made_with: Mapping[str, str]) -> Across | None:
    """Return where rows run in their track; None where their scale is not known."""
    if "left" not in made_with or "right" not in made_with:
        return None
    left, right = float(made_with["left"]), float(made_with["right"])
    return tuple(round((value - left) / (right - left), _DIGITS) for _, value in rows)


def _files(record: Record) -> dict[str, Deliverable]:
    return {
        one.field.name: one.field.readings[0].file
        for one in record.fields
        if one.field.readings and one.field.readings[0].file is not None
    }


async def _log(store: ObjectStore, made: Mapping[str, Deliverable]) -> DigitisedLog | None:
    """Return the log that the files of a record were made of; None where they are no log's."""
    for name in ("mask", *CURVES):
        found = await log_beside(store, made[name].ref.uri) if name in made else None
        if found is not None:
            return found
    return None


def _scale(made: Deliverable | None) -> dict[str, str] | None:
    """Return what a file was computed with; None where that is not known."""
    parts = scale_fields("")
    return (
        {part: made.made_with[part] for part in parts}
        if made and parts.keys() <= made.made_with.keys()
        else None
    )


async def _line(store: ObjectStore, curve: DigitisedCurve, made: Deliverable | None) -> Across:
    """Return where a curve of the record runs: as a person left it, else as the digitiser saw it."""
    if made is None or (curve.file is not None and made.ref == curve.file):
        return curve.across
    return across_of(read_curve(await store.read(made.ref)), made.made_with) or curve.across


def _plot(
    log: DigitisedLog, curve: DigitisedCurve, lines: Mapping[str, Across], made: Deliverable | None
) -> dict[str, Any]:
    rivals = [one.name for one in log.curves if one.name != curve.name and one.track == curve.track]
    own, rival = lines.get(curve.name), next((lines.get(name) for name in rivals), None)
    # A person's own curve has no gaps of the digitiser's.
    gaps = curve.gaps if own == curve.across else ()
    found = stretches(own, rival, gaps) if own is not None else ()
    return {
        "page": log.page,
        "rows": ROWS,
        "corners": _corners(log, curve),
        "across": own,
        "rival": rival,
        "stretches": [{"first": first, "last": last, "why": why} for first, last, why in found],
        "scale": scale_fields(curve.name),
        "made_with": _scale(made),
    }


def _corners(log: DigitisedLog, curve: DigitisedCurve) -> list[list[float]]:
    """Return where a track lies on the page, in fractions: its upper corners, and its lower left one."""
    (x0, x1), (y0, y1) = curve.track, log.rows
    size = (log.width, log.height)
    places = (turned(x, y, size, -log.skew) for x, y in ((x0, y0), (x1, y0), (x0, y1)))
    return [[round(x / log.width, 6), round(y / log.height, 6)] for x, y in places]


def _leaps(across: Across) -> Iterator[Stretch]:
    for row in range(1, len(across)):
        if abs(across[row] - across[row - 1]) > _LEAP:
            yield row - 1, row, LEAP


def _meetings(across: Across, rival: Across | None) -> Iterator[Stretch]:
    """Yield where two curves run together, wrapped around as they are printed."""
    first = None
    for row in range(ROWS + 1):
        near = False
        if rival is not None and row < ROWS:
            away = (across[row] - rival[row]) % 1
            near = min(away, 1 - away) < _NEAR
        if near and first is None:
            first = row
        elif not near and first is not None:
            if row - first >= _LEAST_NEAR:
                yield first, row - 1, RIVAL
            first = None
