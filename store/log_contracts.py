"""What must hold of the files of a digitised log, and of what is said of them; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from schemas.digitised import CURVES, ROWS, DigitisedLog
from store.curves import curve_problems, mask_problems

_FOLDER = "documents/[^/]+/artifacts"
CURVE_KEY = re.compile(rf"{_FOLDER}/curve/[0-9a-f]{{64}}/({'|'.join(CURVES)})\.csv")
MASK_KEY = re.compile(rf"{_FOLDER}/mask/[0-9a-f]{{64}}/mask\.png")
LOG_KEY = re.compile(rf"{_FOLDER}/digitised/[0-9a-f]{{64}}/log\.json")


def curve(key: str, data: bytes) -> Iterator[str]:
    """A curve has its rows, goes deeper with each of them, and holds numbers alone."""
    yield from _lies(key, CURVE_KEY, "curve/<stage key>/curve_1.csv")
    yield from curve_problems(data)


def mask(key: str, data: bytes) -> Iterator[str]:
    """A mask is a whole picture of three classes."""
    yield from _lies(key, MASK_KEY, "mask/<stage key>/mask.png")
    yield from mask_problems(data)


def digitised(key: str, value: DigitisedLog) -> Iterator[str]:
    """Every file belongs to the same document, every curve is there once with all its rows."""
    yield from _lies(key, LOG_KEY, "digitised/<stage key>/log.json")
    own = f"documents/{value.document_id}/"
    if not key.startswith(own):
        yield f"key {key!r} is another document's"
    files = [value.mask, *(curve.file for curve in value.curves if curve.file is not None)]
    for ref in files:
        if not ref.uri.startswith(f"{own}artifacts/"):
            yield f"file {ref.uri!r} belongs to another document"
    names = [curve.name for curve in value.curves]
    if names != list(CURVES[: len(names)]):
        yield f"its curves are {', '.join(names)}"
    for one in value.curves:
        if len(one.across) != ROWS:
            yield f"{one.name} has {len(one.across)} rows, not {ROWS}"
        if not 0 <= one.track[0] < one.track[1] <= value.width:
            yield f"the track of {one.name} lies outside the page"
    if value.curves and not 0 <= value.rows[0] < value.rows[1] <= value.height:
        yield "its tracks lie outside the page"


def _lies(key: str, form: re.Pattern[str], shown: str) -> Iterator[str]:
    if not form.fullmatch(key):
        yield f"key {key!r} is not of the form documents/<id>/artifacts/{shown}"
