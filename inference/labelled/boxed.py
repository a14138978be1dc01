"""Documents whose lines come with boxes, and what is said of labelled folders that are not in order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from inference.reading.rows import by_rows
from schemas.errors import PermanentError
from schemas.layout_block import PER_MILLE, BlockBox, BlockLine, BlockPage, LayoutBlock

TOO_DEEP = "its JSON is nested too deep to be read"


class BrokenLabelsError(PermanentError):
    """A folder of labelled files is not in order; the sentence names the file and the line."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, reason="labels")


def boxed_block(path: Path, where: str) -> LayoutBlock:
    """Return the lines in a file of ``{size: {width, height}, words: [...], bboxes: [[x0, y0, x1, y1]]}``.

    Their order there means nothing, so they are put into rows, as a page reader would.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        width, height = int(content["size"]["width"]), int(content["size"]["height"])
        # Half a surrogate pair can't be written, nor can what is no text be read.
        "".join(content["words"]).encode()
        lines = [
            BlockLine(f"1.{number}", _mille(box, width, height), text)
            for number, (text, box) in enumerate(
                zip(content["words"], content["bboxes"], strict=True), start=1
            )
        ]
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        raise BrokenLabelsError(f"{where}: {path.name} does not hold size, words and bboxes") from error
    return LayoutBlock((BlockPage(1, max(1, width), max(1, height), 0, tuple(by_rows(lines))),))


def _mille(box: Sequence[float], width: int, height: int) -> BlockBox:
    def share(value: float, whole: int) -> int:
        return max(0, min(PER_MILLE, round(PER_MILLE * value / max(1, whole))))

    x0, x1 = sorted((share(box[0], width), share(box[2], width)))
    y0, y1 = sorted((share(box[1], height), share(box[3], height)))
    return BlockBox(x0, y0, x1, y1)
