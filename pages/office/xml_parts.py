"""XML from strangers: no document type, so no entities; depth bounded; names by well-known prefixes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from functools import lru_cache
from typing import IO, Any, Protocol

from pages.parts import UnreadableError
from schemas.classification import RejectReason

MOST_DEEP = 300
_CHUNK = 1 << 16
# The transitional form of a document has a year in its namespaces, the strict form has none.
_PREFIXES = {
    "wordprocessingml/main": "w",
    "spreadsheetml/main": "x",
    "presentationml/main": "p",
    "drawingml/main": "a",
    "officeDocument/relationships": "r",
    "package/relationships": "rel",
    "markup-compatibility": "mc",
}
_YEAR = re.compile(r"/20\d\d(?=/|$)")


class Target(Protocol):
    """Told of every element; names carry the prefixes of this module, attributes without one have none."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""

    def end(self, tag: str) -> None:
        """End an element."""

    def data(self, text: str) -> None:
        """Take text; that of one element may come in pieces."""


def parse(stream: IO[bytes], target: Target) -> None:
    """Tell ``target`` what ``stream`` holds, piece by piece.

    Raises:
        UnreadableError: It is no well-formed XML, declares a document type, or nests too deep.
    """
    _feed(stream, _Guard(target))


def tree(stream: IO[bytes]) -> ET.Element:
    """Return what ``stream`` holds as a tree; raises as ``parse`` does."""
    builder = ET.TreeBuilder()
    _feed(stream, _Guard(builder))
    return builder.close()


def find(element: ET.Element | None, *path: str) -> ET.Element | None:
    """Return the first element along a path of names, each a child of the one before."""
    for name in path:
        if element is None:
            return None
        element = element.find(name)
    return element


class _Guard:
    def __init__(self, target: Any) -> None:
        self._target = target
        self._depth = 0
        self.data = target.data

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEEP:
            raise UnreadableError(RejectReason.TOO_DEEP, f"XML of more than {MOST_DEEP} levels")
        if attributes:
            attributes = {_short(name): value for name, value in attributes.items()}
        self._target.start(_short(tag), attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._target.end(_short(tag))

    def doctype(self, *_declared: object) -> None:
        raise UnreadableError(RejectReason.UNSAFE_XML)

    def close(self) -> None:
        """End the document."""


def _feed(stream: IO[bytes], guard: _Guard) -> None:
    parser = ET.XMLParser(target=guard)  # noqa: S314 (the guard refuses document types)
    try:
        while chunk := stream.read(_CHUNK):
            parser.feed(chunk)
        parser.close()
    except (ET.ParseError, LookupError, ValueError) as error:
        # An unknown encoding is a LookupError, a multi-byte one that is not supported a ValueError.
        raise UnreadableError(RejectReason.UNREADABLE, "its XML is broken") from error


@lru_cache(maxsize=4096)
def _short(name: str) -> str:
    space, brace, local = name.rpartition("}")
    if not brace:
        return name
    last = "/".join(_YEAR.sub("", space).split("/")[-2:])
    prefix = _PREFIXES.get(last) or _PREFIXES.get(last.rpartition("/")[2], "other")
    return f"{prefix}:{local}"
