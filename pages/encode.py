"""A reading as the JSON of its artifact, made without a model object per word."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pages.parts import PlacedWord, Reading, ReadPage
from pages.quality import whole_quality

# A hundred-thousandth of a page is a hundredth of a point; more digits are noise and bytes.
DIGITS = 5


def encode_reading(reading: Reading, media_type: str) -> bytes:
    """Return the ``ReadAnswer`` that stands for ``reading``; equal readings give equal bytes."""
    notes = [*reading.notes, *(note for page in reading.pages for note in page.notes)]
    answer = {
        "media_type": media_type,
        "layout": {
            "version": 1,
            "pages": [_page(page) for page in reading.pages],
            "notes": [note.model_dump(mode="json") for note in notes],
        },
        "quality": whole_quality(reading.pages).model_dump(mode="json"),
    }
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _page(page: ReadPage) -> dict[str, Any]:
    lines = [_line(page, number, words) for number, words in enumerate(page.lines, start=1)]
    return {
        "number": page.number,
        "width": round(page.width, 2),
        "height": round(page.height, 2),
        "rotation": page.rotation,
        "lines": lines,
    }


def _line(page: ReadPage, number: int, words: Sequence[PlacedWord]) -> dict[str, Any]:
    across, along = 1 / page.width, 1 / page.height
    placed = []
    position = 0
    edges = [1.0, 1.0, 0.0, 0.0]
    for text, x0, y0, x1, y1, _ in words:
        left, top = _clamped(x0 * across), _clamped(y0 * along)
        right, bottom = _clamped(x1 * across), _clamped(y1 * along)
        end = position + len(text)
        placed.append(
            {"start": position, "end": end, "box": {"x0": left, "y0": top, "x1": right, "y1": bottom}}
        )
        position = end + 1
        edges = [min(edges[0], left), min(edges[1], top), max(edges[2], right), max(edges[3], bottom)]
    letters = sum(len(word.text) for word in words)
    confidence = sum(word.confidence * len(word.text) for word in words) / letters
    return {
        "id": f"{page.number}.{number}",
        "text": " ".join([word.text for word in words]),
        "box": {"x0": edges[0], "y0": edges[1], "x1": edges[2], "y1": edges[3]},
        "words": placed,
        "source": page.source.value,
        "confidence": round(confidence, 3),
    }


def _clamped(value: float) -> float:
    return 0.0 if value <= 0.0 else 1.0 if value >= 1.0 else round(value, DIGITS)
