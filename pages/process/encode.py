"""A reading as the JSON of its artifact.

Written straight from the words: a model object, or even a dictionary, for each of them would cost more
than reading them did. The reader checks every answer against the models when it arrives.
"""

from __future__ import annotations

from collections.abc import Sequence
from json.encoder import encode_basestring as _string

from pages.parts import Mark, PlacedWord, Reading, ReadPage
from pages.quality import whole_quality
from schemas.layout import MOST_POINTS, TextSource

# A hundred-thousandth of a page is a hundredth of a point; more digits are noise and bytes.
DIGITS = 5
_Box = tuple[float, float, float, float]


def encode_reading(reading: Reading, media_type: str) -> bytes:
    """Return the ``ReadAnswer`` that stands for ``reading``; equal readings give equal bytes."""
    notes = [*reading.notes, *(note for page in reading.pages for note in page.notes)]
    pages = ",".join([_page(page) for page in reading.pages])
    noted = ",".join([note.model_dump_json() for note in notes])
    data = ",".join([stated.model_dump_json() for stated in reading.data])
    layout = f'{{"version":1,"pages":[{pages}],"notes":[{noted}],"data":[{data}]}}'
    quality = whole_quality(reading.pages).model_dump_json()
    attached = ',"attached":true' if reading.attached else ""
    return f'{{"media_type":{_string(media_type)},"layout":{layout},"quality":{quality}{attached}}}'.encode()


def _page(page: ReadPage) -> str:
    numbered = enumerate(page.lines, start=1)
    marks = page.marks
    lines = ",".join(
        [
            _line(
                page,
                f"{page.number}.{number}",
                words,
                _mark(marks[number - 1]) if number - 1 in marks else "",
            )
            for number, words in numbered
        ]
    )
    size = f'"width":{_side(page.width)},"height":{_side(page.height)}'
    return f'{{"number":{page.number},{size},"rotation":{page.rotation},"lines":[{lines}]}}'


def _side(points: float) -> float:
    """Return the side that a page is said to have: boxes are shares of the true one, whatever it claims."""
    return min(max(round(points, 2), 0.01), MOST_POINTS)


def _mark(mark: Mark) -> str:
    if mark.cell is not None:
        table, row, column = mark.cell
        return f',"cell":{{"table":{table},"row":{row},"column":{column}}}'
    return f',"heading":{mark.heading}'


def _line(page: ReadPage, line_id: str, words: Sequence[PlacedWord], mark: str) -> str:
    across, along = 1 / page.width, 1 / page.height
    boxes = [
        (
            round(x0 * across, DIGITS),
            round(y0 * along, DIGITS),
            round(x1 * across, DIGITS),
            round(y1 * along, DIGITS),
        )
        for _, x0, y0, x1, y1, _ in words
    ]
    hull = (
        min([box[0] for box in boxes]),
        min([box[1] for box in boxes]),
        max([box[2] for box in boxes]),
        max([box[3] for box in boxes]),
    )
    if hull[0] < 0 or hull[1] < 0 or hull[2] > 1 or hull[3] > 1:
        boxes, hull = [_clamped(box) for box in boxes], _clamped(hull)
    placed = []
    start = 0
    for word, box in zip(words, boxes, strict=True):
        end = start + len(word.text)
        placed.append(f'{{"start":{start},"end":{end},"box":{_box(box)}}}')
        start = end + 1
    text = _string(" ".join([word.text for word in words]))
    return (
        f'{{"id":"{line_id}","text":{text},"box":{_box(hull)},"words":[{",".join(placed)}],'
        f'"source":"{page.source.value}","confidence":{_confidence(page, words)}{mark}}}'
    )


def _confidence(page: ReadPage, words: Sequence[PlacedWord]) -> float:
    """Return the mean confidence of a line's letters."""
    if page.source is not TextSource.OCR:
        return 1.0
    letters = sum(len(word.text) for word in words)
    return round(sum(word.confidence * len(word.text) for word in words) / letters, 3)


def _box(box: _Box) -> str:
    return f'{{"x0":{box[0]},"y0":{box[1]},"x1":{box[2]},"y1":{box[3]}}}'


def _clamped(box: _Box) -> _Box:
    x0, y0, x1, y1 = (0.0 if edge <= 0 else 1.0 if edge >= 1 else edge for edge in box)
    return x0, y0, x1, y1
