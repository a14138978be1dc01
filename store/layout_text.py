"""A stored layout read for its text; its words, most of it, only where somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from schemas.layout import Layout, Line, Word
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind
from store.artifacts import unreadable
from store.protocol import ObjectStore

_OPENS = b',"words":['
"""Inside a text a quotation mark has a backslash before it, so that this begins the words of a line alone."""
_NONE = b"[]"
_Words = TypeAdapter(tuple[Word, ...])


def own_words(line: Line) -> tuple[Word, ...]:
    """Return the words that a line holds itself, as every line has them but those of ``LayoutText``."""
    return line.words


@dataclass(frozen=True, slots=True)
class LayoutText:
    """A layout and where its words are.

    Attributes:
        layout: Its lines have no ``words`` where these are to be had from ``words_of`` alone.
        words_of: Returns the words of a line.
    """

    layout: Layout
    words_of: Callable[[Line], tuple[Word, ...]] = own_words


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
        self._known: dict[str, tuple[Word, ...]] = {}

    def __call__(self, line: Line) -> tuple[Word, ...]:
        """Return the words of ``line``.

        Raises:
            CorruptArtifactError: They can't be read.
        """
        if line.id not in self._known:
            try:
                self._known[line.id] = _Words.validate_json(self._raw[line.id])
            except ValidationError as error:
                raise unreadable(self._ref, ArtifactKind.LAYOUT, error) from error
        return self._known[line.id]


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
