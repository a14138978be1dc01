"""A stored layout read for its text; its words, most of it, only where somebody asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from schemas.layout import Box, Layout, Line, Word
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind
from store.artifacts import unreadable
from store.protocol import ObjectStore

_OPENS = b',"words":['
"""Inside a text a quotation mark has a backslash before it, so that this begins the words of a line alone."""
_NONE = b"[]"
_Words = TypeAdapter(tuple[Word, ...])


class Words(Protocol):
    """Where the words of a layout's lines are to be had."""

    def __call__(self, line: Line) -> tuple[Word, ...]:
        """Return the words of ``line``, in order."""
        ...

    def box(self, line: Line, start: int, end: int) -> Box:
        """Return the box around the words that ``text[start:end]`` of ``line`` is part of."""
        ...


class OwnWords:
    """The words that lines hold themselves, as all do but those of a ``LayoutText``."""

    def __call__(self, line: Line) -> tuple[Word, ...]:
        """Return the words of ``line``, in order."""
        return line.words

    def box(self, line: Line, start: int, end: int) -> Box:
        """Return the box around the words that ``text[start:end]`` of ``line`` is part of."""
        boxes = (word.box for word in line.words if word.start < end and word.end > start)
        return _around(line, [(box.x0, box.y0, box.x1, box.y1) for box in boxes])


own_words = OwnWords()


@dataclass(frozen=True, slots=True)
class LayoutText:
    """A layout and where its words are.

    Attributes:
        layout: Its lines have no ``words`` where these are to be had from ``words_of`` alone.
        words_of: Where the words of its lines are to be had.
    """

    layout: Layout
    words_of: Words = own_words


async def get_layout_text(store: ObjectStore, ref: ObjectRef) -> LayoutText:
    """Return a layout, its digest verified, for a reader who looks up few of its words.

    One that holds embedded data is read whole: its lines are searched for what these state.

    Raises:
        MissingObjectError: Nothing stands there.
        DigestMismatchError: Other or truncated bytes stand there.
        CorruptArtifactError: The bytes are no layout; of the words of a line, when they are asked for.
    """
    data = await store.read(ref)
    try:
        rest, words = _parted(data)
        layout = Layout.model_validate_json(rest)
        lines = [line for page in layout.pages for line in page.lines]
        if layout.data or len(words) != len(lines):
            return LayoutText(Layout.model_validate_json(data))
    except ValueError as error:
        raise unreadable(ref, ArtifactKind.LAYOUT, error) from error
    for line in lines:
        # Not an empty tuple: whoever looks for words in the wrong place must not find that there are none.
        del line.__dict__["words"]
    return LayoutText(layout, _Places(ref, {line.id: raw for line, raw in zip(lines, words, strict=True)}))


class _Places:
    """The words of lines by the lines' ids, as bytes until they are asked for."""

    def __init__(self, ref: ObjectRef, raw: dict[str, bytes]) -> None:
        self._ref = ref
        self._raw = raw
        self._plain: dict[str, Any] = {}

    def __call__(self, line: Line) -> tuple[Word, ...]:
        """Return the words of ``line``, in order.

        Raises:
            CorruptArtifactError: They can't be read.
        """
        try:
            return _Words.validate_json(self._raw[line.id])
        except ValidationError as error:
            raise unreadable(self._ref, ArtifactKind.LAYOUT, error) from error

    def box(self, line: Line, start: int, end: int) -> Box:
        """Return the box around the words that ``text[start:end]`` of ``line`` is part of.

        Numbers do for that: models of all the words of a line would take five times as long.

        Raises:
            CorruptArtifactError: They can't be read.
        """
        try:
            if line.id not in self._plain:
                self._plain[line.id] = from_json(self._raw[line.id])
            boxes = [
                (word["box"]["x0"], word["box"]["y0"], word["box"]["x1"], word["box"]["y1"])
                for word in self._plain[line.id]
                if word["start"] < end and word["end"] > start
            ]
            return _around(line, boxes)
        except (LookupError, TypeError, ValueError):
            # What exactly is wrong is told by reading them as words.
            self(line)
            raise


def _around(line: Line, boxes: Sequence[tuple[float, float, float, float]]) -> Box:
    """Return the box around ``boxes``, the line's where there are none."""
    if not boxes:
        return line.box
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(x0=min(lefts), y0=min(tops), x1=max(rights), y1=max(bottoms))


def _parted(data: bytes) -> tuple[bytes, list[bytes]]:
    """Return the JSON of a layout with every line's words left out, and these, line by line.

    Raises:
        ValueError: It is cut off.
    """
    rest: list[bytes] = []
    words: list[bytes] = []
    at = 0
    while (found := data.find(_OPENS, at)) >= 0:
        # They are numbers alone: the first bracket closes them.
        start = found + len(_OPENS) - 1
        end = data.index(b"]", start) + 1
        rest += (data[at:start], _NONE)
        words.append(data[start:end])
        at = end
    return b"".join((*rest, data[at:])), words
