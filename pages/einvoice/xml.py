"""XML from strangers as a small tree: no document type, no entities, no network, all of it bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from xml.parsers import expat

from schemas.errors import PermanentError

MOST_BYTES = 20_000_000
"""Invoices carry pictures and timesheets in base64; without them the largest known have 5 MB."""
MOST_DEPTH = 64
MOST_ELEMENTS = 300_000
MOST_TEXT = 100_000
MOST_ATTRIBUTES = 32
_BINARY = frozenset({"AttachmentBinaryObject", "EmbeddedDocumentBinaryObject"})
_CHUNK = 1 << 16
# The namespace comes first, the prefix last; no name holds a space.
_APART = " "


class XmlError(PermanentError):
    """The XML is refused: it is not well-formed, or larger or deeper than allowed."""

    def __init__(self, what: str) -> None:
        super().__init__(what, reason="xml")


class DoctypeError(XmlError):
    """The XML declares a document type; ``root`` is the element it says it is of."""

    def __init__(self, root: str) -> None:
        super().__init__("it declares a document type, which no e-invoice may")
        self.root = root


class OtherRootError(XmlError):
    """The XML is something else than what was asked for."""


@dataclass(slots=True)
class Element:
    """One element; ``path`` names it from the root on, ``[2]`` the second of its name."""

    name: str
    namespace: str
    path: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    size: int = 0

    @property
    def text(self) -> str:
        """Its own text, without the white space around it."""
        return "".join(self.pieces).strip()


class _Builder:
    """Builds the tree while the XML is parsed, and stops where a bound is passed."""

    def __init__(self, roots: Container[tuple[str, str]]) -> None:
        self.root: Element | None = None
        self._roots = roots
        self._open: list[Element] = []
        self._counted: list[Counter[str]] = [Counter()]
        self._elements = 0

    def doctype(self, root: str, *_: object) -> None:
        raise DoctypeError(root.rpartition(":")[2])

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            raise XmlError(f"it has more than {MOST_ELEMENTS} elements")
        if len(self._open) >= MOST_DEPTH:
            raise XmlError(f"it is nested deeper than {MOST_DEPTH} elements")
        if len(attributes) > MOST_ATTRIBUTES:
            raise XmlError(f"an element has more than {MOST_ATTRIBUTES} attributes")
        namespace, _, name = tag.rpartition(_APART)
        counted = self._counted[-1]
        counted[name] += 1
        above = self._open[-1].path if self._open else ""
        number = f"[{counted[name]}]" if counted[name] > 1 else ""
        element = Element(name, namespace, f"{above}/{name}{number}", attributes)
        if self._open:
            self._open[-1].children.append(element)
        elif (namespace, name) in self._roots:
            self.root = element
        else:
            raise OtherRootError("its root is no e-invoice's")
        self._open.append(element)
        self._counted.append(Counter())

    def end(self, _: str) -> None:
        self._open.pop()
        self._counted.pop()

    def characters(self, text: str) -> None:
        element = self._open[-1]
        if element.name in _BINARY:
            return
        element.size += len(text)
        if element.size > MOST_TEXT:
            raise XmlError(f"an element holds more than {MOST_TEXT} characters")
        element.pieces.append(text)


def parse(data: bytes, roots: Container[tuple[str, str]]) -> Element:
    """Return the root of ``data``; what is attached to it in base64 is left out.

    Args:
        data: The XML.
        roots: Namespace and name of the roots that are wanted; nothing below another is read.

    Raises:
        OtherRootError: Its root is another.
        DoctypeError: It declares a document type.
        XmlError: Not well-formed, or a bound is passed.
    """
    if len(data) > MOST_BYTES:
        raise XmlError(f"it is larger than {MOST_BYTES // 1_000_000} MB")
    builder = _Builder(roots)
    parser = expat.ParserCreate(namespace_separator=_APART)
    parser.buffer_text = True
    # Refused before its first declaration is read: no entity is ever defined, let alone expanded.
    parser.StartDoctypeDeclHandler = builder.doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    try:
        for start in range(0, len(data), _CHUNK):
            parser.Parse(data[start : start + _CHUNK], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise XmlError(f"it is not well-formed XML (line {error.lineno})") from error
    except (LookupError, ValueError) as error:
        raise XmlError("its encoding is none that is known") from error
    if builder.root is None:
        raise XmlError("it is not well-formed XML")
    return builder.root
