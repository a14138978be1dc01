"""What a perfect OCR would read of a log: for lessons and tests that are not about OCR."""

from __future__ import annotations

from samples.logs.log import Log
from schemas.layout import Box, Line, Page, TextSource, Word


def page_of(log: Log) -> Page:
    """Return the page of a log with every printed text as a line of its own."""
    lines = []
    for number, (text, x0, y0, x1, y1) in enumerate(log.texts, start=1):
        box = Box(x0=x0, y0=y0, x1=x1, y1=y1)
        words, start = [], 0
        for word in text.split(" "):
            # Letters of one size: good enough to tell one end of a line from the other.
            left, right = (x0 + (x1 - x0) * place / len(text) for place in (start, start + len(word)))
            words.append(Word(start=start, end=start + len(word), box=Box(x0=left, y0=y0, x1=right, y1=y1)))
            start += len(word) + 1
        lines.append(Line(id=f"1.{number}", text=text, box=box, words=tuple(words), source=TextSource.OCR))
    return Page(number=1, width=log.mask.width, height=log.mask.height, lines=tuple(lines))
