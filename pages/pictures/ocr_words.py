"""Placing the words of a recognised line: the recogniser tells at which of its columns each letter is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pages.parts import PlacedWord

# Where letters stand further apart than so many columns, and so many times the usual, there is a gap
# even if the recogniser wrote no space.
GAP_COLUMNS = 5
GAP_PITCHES = 2.2
_CJK = re.compile("[\u2e80-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x3002: 0x2E}


class Columns(Protocol):
    """The part of rapidocr's ``WordInfo`` that is used."""

    word_cols: Sequence[Sequence[int]]
    line_txt_len: float


def words_of(
    text: str, columns: Columns | None, confidences: Sequence[float], quad: NDArray[np.float32]
) -> list[PlacedWord]:
    """Return the words of one line with their boxes.

    Args:
        text: As recognised.
        columns: Where each letter but the spaces stands.
        confidences: Of each character, spaces included.
        quad: Corners of the line, clockwise from the top left.
    """
    if not _CJK.search(text):
        # The engine writes some marks in the wide form of Chinese type.
        text = text.translate(_WIDE)
    places = [column for word in columns.word_cols for column in word] if columns else []
    length = columns.line_txt_len if columns else 0.0
    letters = [index for index, character in enumerate(text) if not character.isspace()]
    if not letters:
        return []
    if len(places) != len(letters) or length <= 0:
        places, length = letters, float(len(text))
    groups = _grouped(text, letters, places)
    return [_placed(text, group, places, confidences, quad, length) for group in groups]


def _grouped(text: str, letters: list[int], places: Sequence[int]) -> list[list[tuple[int, int]]]:
    """Return words as lists of (index in the text, number among the letters)."""
    groups: list[list[tuple[int, int]]] = []
    pitch = median(b - a for a, b in pairwise(places)) if len(places) > 1 else 0.0
    gap = max(GAP_COLUMNS, GAP_PITCHES * pitch)
    for number, index in enumerate(letters):
        begins = not groups or text[index - 1].isspace()
        if begins or places[number] - places[number - 1] >= gap:
            groups.append([])
        groups[-1].append((index, number))
    return groups


def _placed(
    text: str,
    group: list[tuple[int, int]],
    places: Sequence[int],
    confidences: Sequence[float],
    quad: NDArray[np.float32],
    length: float,
) -> PlacedWord:
    first, last = group[0][1], group[-1][1]
    # Half a letter on each side of the middle of the first and the last.
    half = (places[last] - places[first]) / max(1, last - first) / 2 if last > first else 1.5
    start = max(0.0, (places[first] + 0.5 - half) / length)
    end = min(1.0, (places[last] + 0.5 + half) / length)
    corners = np.array(
        [
            quad[0] + (quad[1] - quad[0]) * start,
            quad[0] + (quad[1] - quad[0]) * end,
            quad[3] + (quad[2] - quad[3]) * end,
            quad[3] + (quad[2] - quad[3]) * start,
        ]
    )
    x0, y0 = (float(value) for value in corners.min(axis=0))
    x1, y1 = (float(value) for value in corners.max(axis=0))
    known = [confidences[index] for index, _ in group if index < len(confidences)]
    mean = round(sum(known) / len(known), 3) if known else 0.0
    word = "".join(text[index] for index, _ in group)
    return PlacedWord(word, x0, y0, x1, y1, max(0.0, min(1.0, mean)))
