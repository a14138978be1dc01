"""A place in the text of several lines leads back to the very characters that stand there."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.extraction.passages import Passage, PlacedLine, fold
from schemas.layout import Box, Line, TextSource

BOX = Box(x0=0, y0=0, x1=1, y1=1)
texts = st.lists(st.text("aB \u00df\ufb01\u0130\u00e9e\u0301\u20031", max_size=6), max_size=4)


def passage(lines: list[str]) -> Passage:
    return Passage(
        [
            PlacedLine(1, Line(id=f"1.{number}", text=text, box=BOX, words=(), source=TextSource.NATIVE))
            for number, text in enumerate(lines, start=1)
        ]
    )


def places(lines: list[str], *, exact: bool) -> list[tuple[str, int] | None]:
    """Say for every character of the text where it comes from, the plain way."""
    found: list[tuple[str, int] | None] = []
    for number, text in enumerate(lines, start=1):
        if exact and text and found:
            found.append(None)
        for offset, character in enumerate(text):
            found += [(f"1.{number}", offset)] * (1 if exact else len(fold(character)))
    return found


@settings(max_examples=150, deadline=None)
@given(texts, st.booleans(), st.data())
def test_every_part_of_the_text_leads_back_to_its_characters(
    lines: list[str], exact: bool, data: st.DataObject
) -> None:
    read, expected = passage(lines), places(lines, exact=exact)
    assert len(read.text(exact=exact)) == len(expected)

    start = data.draw(st.integers(0, len(expected)))
    end = data.draw(st.integers(start, len(expected)))
    wanted: dict[str, list[int]] = {}
    for place in expected[start:end]:
        if place is not None:
            wanted.setdefault(place[0], []).append(place[1])

    spans = [(placed.line.id, first, last) for placed, first, last in read.spans(start, end, exact=exact)]

    assert spans == [(line, min(at), max(at) + 1) for line, at in wanted.items()]


@settings(max_examples=100, deadline=None)
@given(texts)
def test_the_text_is_that_of_the_lines_in_their_order(lines: list[str]) -> None:
    read = passage(lines)

    assert read.text(exact=True) == " ".join(text for text in lines if text)
    assert read.text(exact=False) == "".join(fold(character) for text in lines for character in text)
