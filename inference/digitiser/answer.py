"""What a digitised log says, in the shapes that records and files are made of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from inference.digitiser.depths import Depths, Stated
from inference.digitiser.digitise import ROWS, Digitised, Traced
from inference.digitiser.words import Said, lines_of
from schemas.digitised import CURVES
from schemas.layout import Page

_LABELS = {"company": "COMPANY", "well": "WELL(?: NAME)?", "logged_on": "DATE(?: LOGGED)?"}
_UNREAD = 0.5
"""That a thing is not printed which was not found: OCR may have missed it."""
_DIGITS = 5


def recorded(found: Digitised, page: Page) -> dict[str, Any]:
    """Return what is printed on a log as ``record_fields`` takes it; nothing of its files."""
    lines = lines_of(page, found.upright.turn)
    depths = found.upright.depths
    stated: dict[str, Stated | None] = {name: _titled(lines, label) for name, label in _LABELS.items()}
    stated["depth_unit"] = depths.unit if depths else None
    answer = {name: _field(one) for name, one in stated.items()}
    answer["depth_top"], answer["depth_bottom"] = _range(depths)
    for place, name in enumerate(CURVES):
        entry = found.curves[place].entry if place < len(found.curves) else None
        for part in ("name", "unit", "left", "right"):
            answer[f"{name}_{part}"] = _field(getattr(entry, part) if entry else None)
    return answer


def curve_rows(depths: Depths | None, curve: Traced) -> tuple[tuple[float, float], ...] | None:
    """Return depth and value per row of a curve; None where the depths or its scale could not be read."""
    entry = curve.entry
    if depths is None or entry is None or entry.left is None or entry.right is None:
        return None
    edges = (float(entry.left.value), float(entry.right.value))
    return scaled(curve.across, (depths.top, depths.bottom), edges)


def scaled(
    across: Sequence[float] | np.ndarray[Any, Any], depths: tuple[float, float], edges: tuple[float, float]
) -> tuple[tuple[float, float], ...] | None:
    """Return depth and value per row of a curve that runs at these fractions of its track.

    None where the depths do not grow or the edges are one.
    """
    if not depths[1] > depths[0] or edges[0] == edges[1]:
        return None
    values = edges[0] + np.asarray(across, dtype=np.float64) * (edges[1] - edges[0])
    rows = zip(np.linspace(*depths, ROWS), values, strict=True)
    return tuple((float(depth), float(value)) for depth, value in rows)


def rounded(across: np.ndarray[Any, Any]) -> tuple[float, ...]:
    """Return fractions as they are kept."""
    return tuple(round(float(value), _DIGITS) for value in across)


def gaps_of(curve: Traced) -> tuple[tuple[int, int], ...]:
    """Return first and last row of each stretch of a curve without ink."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (~curve.covered).astype(np.int8), [0]))))
    return tuple((int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True))


def _range(depths: Depths | None) -> tuple[dict[str, Any], dict[str, Any]]:
    if depths is None or depths.said_top is None or depths.said_bottom is None:
        return _field(None), _field(None)
    sure = depths.confidence
    return _field(depths.said_top, sure), _field(depths.said_bottom, sure)


def _field(stated: Stated | None, confidence: float | None = None) -> dict[str, Any]:
    if stated is None:
        return {"readings": [], "confidence": _UNREAD}
    sure = round(stated.confidence if confidence is None else confidence, 4)
    reading = {"value": stated.value, "quote": stated.quote, "lines": [stated.line], "confidence": sure}
    return {"readings": [reading], "confidence": sure}


def _titled(lines: Sequence[Said], label: str) -> Stated | None:
    """Return what stands after a label at the head of a log."""
    for line in lines:
        match = re.match(rf"\W*{label}\s*[:;.][\s\"']*(\S.*)", line.text, re.IGNORECASE)
        if match is not None:
            said = match[1].strip()
            return Stated(said, said, line.line, line.confidence)
    return None
