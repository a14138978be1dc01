"""The layout block: the versioned text grammar in which documents reach every model.

Specified in ``layout_block.md`` beside this file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.errors import PermanentError
from schemas.layout import Box, Layout, Line

PLAIN_VERSION, MARKED_VERSION = 1, 2
"""A block is of the lowest version that can hold it: marks need the second."""

PER_MILLE = 1000

_OPENS = {version: f'<layout version="{version}">' for version in (PLAIN_VERSION, MARKED_VERSION)}
_CLOSE = "</layout>"
_NUMBER = r"[1-9][0-9]{0,8}"
_PAGE = re.compile(rf"page ({_NUMBER}) ({_NUMBER})x({_NUMBER}) r(0|[1-9][0-9]{{0,2}})")
_MILLE = r"(0|[1-9][0-9]{0,3})"
_BOX = f"{_MILLE},{_MILLE},{_MILLE},{_MILLE}"
_MARK = rf"h[1-9]|c{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
_LINES = {
    PLAIN_VERSION: re.compile(rf"(({_NUMBER})\.{_NUMBER}) {_BOX}() (.*)"),
    MARKED_VERSION: re.compile(rf"(({_NUMBER})\.{_NUMBER}) {_BOX}(?:/({_MARK}))? (.*)"),
}
# Spelled by code point: none of these can be seen in an editor.
_ESCAPED = re.compile(
    "[\\\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]"
    "|<(?=/?layout)",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(?:\\|u\{([0-9a-f]{1,6})\})?")


class LayoutBlockError(PermanentError):
    """A text is not a layout block of a version we know; hand over what ``to_block`` wrote."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"layout block, line {line}: {problem}", reason="layout_block")


@dataclass(frozen=True, slots=True)
class BlockBox:
    """A rectangle in thousandths of the page's width and height, origin top left."""

    x0: int
    y0: int
    x1: int
    y1: int


@dataclass(frozen=True, slots=True)
class BlockLine:
    """One line: the id that evidence quotes, where it stands, what it says, what it is part of.

    ``mark`` is ``h`` and a heading's level, ``c`` and a cell's table, row and column joined by dots, or
    empty.
    """

    id: str
    box: BlockBox
    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class BlockPage:
    """One upright page; size in whole points, rotation as in ``schemas.layout.Page``."""

    number: int
    width: int
    height: int
    rotation: int
    lines: tuple[BlockLine, ...]


@dataclass(frozen=True, slots=True)
class LayoutBlock:
    """A whole document as a model sees it."""

    pages: tuple[BlockPage, ...]

    @property
    def version(self) -> int:
        """The lowest version of the grammar that holds it."""
        return MARKED_VERSION if any(line.mark for line in self.lines()) else PLAIN_VERSION

    def lines(self) -> Iterator[BlockLine]:
        """Yield every line of every page, in reading order."""
        for page in self.pages:
            yield from page.lines


def to_block(layout: Layout) -> str:
    """Return ``layout`` as a layout block, the text of its projection; equal layouts give equal text."""
    # Written straight from the lines: their projection takes longer to make than to write.
    marks = [[_mark(line) for line in page.lines] for page in layout.pages]
    out = [_OPENS[MARKED_VERSION if any(map(any, marks)) else PLAIN_VERSION]]
    for page, of_page in zip(layout.pages, marks, strict=True):
        out.append(_heading(page.number, _points(page.width), _points(page.height), page.rotation))
        for line, mark in zip(page.lines, of_page, strict=True):
            out.append(_row(line.id, _corners(line.box), mark, line.text))
    out.append(_CLOSE)
    return "\n".join(out)


def project(layout: Layout) -> LayoutBlock:
    """Return what the layout block keeps of ``layout``: ids, texts, marks, boxes to a thousandth."""
    return LayoutBlock(
        tuple(
            BlockPage(
                number=page.number,
                width=_points(page.width),
                height=_points(page.height),
                rotation=page.rotation,
                lines=tuple(
                    BlockLine(line.id, BlockBox(*_corners(line.box)), line.text, _mark(line))
                    for line in page.lines
                ),
            )
            for page in layout.pages
        )
    )


def format_block(block: LayoutBlock) -> str:
    """Return the one text of ``block``; ``parse_block`` gives it back unchanged."""
    out = [_OPENS[block.version]]
    for page in block.pages:
        out.append(_heading(page.number, page.width, page.height, page.rotation))
        for line in page.lines:
            box = line.box
            out.append(_row(line.id, (box.x0, box.y0, box.x1, box.y1), line.mark, line.text))
    out.append(_CLOSE)
    return "\n".join(out)


def is_block(text: str) -> bool:
    """Whether ``text`` claims to be a layout block, of whatever version."""
    return text.lstrip().startswith("<layout version=")


def parse_block(text: str) -> LayoutBlock:
    """Return the block that ``text`` holds; white space around it is allowed, nothing else.

    Raises:
        LayoutBlockError: ``text`` is not a well-formed block of a known version.
    """
    rows = text.strip(" \t\r\n").split("\n")
    line_of = next((_LINES[version] for version, opening in _OPENS.items() if rows[0] == opening), None)
    if line_of is None:
        raise LayoutBlockError(1, f"expected {' or '.join(map(repr, _OPENS.values()))}")
    if len(rows) == 1 or rows[-1] != _CLOSE:
        raise LayoutBlockError(len(rows), f"expected {_CLOSE!r}")
    pages: list[BlockPage] = []
    lines: list[BlockLine] = []
    header: tuple[int, int, int, int] | None = None
    for number, row in enumerate(rows[1:-1], start=2):
        if row.startswith("page "):
            if header is not None:
                pages.append(BlockPage(*header, tuple(lines)))
            lines = []
            header = _parse_page(row, number, after=header[0] if header else 0)
        elif header is None:
            raise LayoutBlockError(number, "a line before the first page")
        else:
            lines.append(_parse_line(line_of.fullmatch(row), number, page=header[0]))
    if header is not None:
        pages.append(BlockPage(*header, tuple(lines)))
    return LayoutBlock(tuple(pages))


def _mark(line: Line) -> str:
    if line.cell is not None:
        return f"c{line.cell.table}.{line.cell.row}.{line.cell.column}"
    return f"h{line.heading}" if line.heading is not None else ""


def _points(side: float) -> int:
    return max(1, round(side))


def _corners(box: Box) -> tuple[int, int, int, int]:
    return (
        round(box.x0 * PER_MILLE),
        round(box.y0 * PER_MILLE),
        round(box.x1 * PER_MILLE),
        round(box.y1 * PER_MILLE),
    )


def _heading(number: int, width: int, height: int, rotation: int) -> str:
    return f"page {number} {width}x{height} r{rotation}"


def _row(line_id: str, corners: tuple[int, int, int, int], mark: str, text: str) -> str:
    x0, y0, x1, y1 = corners
    return f"{line_id} {x0},{y0},{x1},{y1}{'/' if mark else ''}{mark} {_escaped(text)}"


def _parse_page(row: str, number: int, *, after: int) -> tuple[int, int, int, int]:
    match = _PAGE.fullmatch(row)
    if match is None:
        raise LayoutBlockError(number, "expected 'page NUMBER WIDTHxHEIGHT rDEGREES'")
    page, width, height, rotation = (int(group) for group in match.groups())
    if page <= after:
        raise LayoutBlockError(number, f"page {page} after page {after}")
    if rotation >= 360:
        raise LayoutBlockError(number, f"rotation {rotation} is not below 360")
    return page, width, height, rotation


def _parse_line(match: re.Match[str] | None, number: int, *, page: int) -> BlockLine:
    # DOTALL would let a raw control pass; the writer escapes every one of them.
    if match is None:
        raise LayoutBlockError(number, "expected 'PAGE.LINE X0,Y0,X1,Y1 TEXT'")
    line_id, line_page, *edges, mark, text = match.groups()
    if int(line_page) != page:
        raise LayoutBlockError(number, f"line {line_id} under page {page}")
    box = BlockBox(*(int(edge) for edge in edges))
    if not (box.x0 <= box.x1 <= PER_MILLE and box.y0 <= box.y1 <= PER_MILLE):
        raise LayoutBlockError(number, f"line {line_id} has a box outside the page or turned round")
    return BlockLine(line_id, box, _ESCAPE.sub(lambda found: _unescape(found, number), text), mark or "")


def _escaped(text: str) -> str:
    if text.isascii() and text.isprintable() and "\\" not in text and "<" not in text:
        # Nothing in it is escaped: to see that takes a tenth of the search.
        return text
    return _ESCAPED.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return "\\\\" if character == "\\" else f"\\u{{{ord(character):x}}}"


def _unescape(found: re.Match[str], number: int) -> str:
    if found[0] == "\\\\":
        return "\\"
    code = found[1]
    if code is None or int(code, 16) > 0x10FFFF:
        raise LayoutBlockError(number, "an escape that is neither two backslashes nor \\u{…} of a code point")
    return chr(int(code, 16))
