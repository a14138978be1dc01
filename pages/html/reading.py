"""HTML: the text that a browser would show, without running or fetching anything."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pages.encodings import decode_text
from pages.html.blocks import Blocks
from pages.html.looks import Looks, looks_within
from pages.html.styles import Cascade, Declared
from pages.laid_out import flow_pages
from pages.laid_out.flow import Flow
from pages.limits import ReadLimits
from pages.office.unseen import note_left_out
from pages.parts import Progress, Reading, Rendering, UnreadableError
from schemas.classification import RejectReason
from schemas.layout import NoteKind

# Deeper than any page that people wrote; what building the tree costs grows with the square of it.
MOST_DEEP = 2000
_TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# Elements that hold nothing, or end by themselves: their tags nest nothing.
_SHALLOW = frozenset(
    b"area base br col embed hr img input link meta param source track wbr p li dt dd option tr td th tbody "
    b"thead tfoot colgroup caption rp rt html head body".split()
)
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w-]{2,40})""", re.IGNORECASE)
_UNSEEN = frozenset(
    (
        "head",
        "script",
        "style",
        "template",
        "title",
        "meta",
        "link",
        "svg",
        "math",
        "object",
        "embed",
        "iframe",
    )
)
_UNSEEN |= frozenset(("canvas", "audio", "video", "datalist", "map", "frame", "frameset"))
_TYPED = frozenset(("hidden", "password", "checkbox", "radio", "file", "image", "color", "range"))
_ACTIVE = (
    "script, iframe, object, embed, frame, applet, meta[http-equiv='refresh' i], [href^='javascript:' i]"
)
_OUTSIDE = "link[rel~='stylesheet' i], img[src^='http' i], img[src^='//'], [background^='http' i]"


def read(data: bytes, limits: ReadLimits, progress: Progress) -> Reading:
    """Return the pages of an HTML file; see ``pages.parts.Format``."""
    return flow_pages.read(flow_of(data), limits, progress)


def render(data: bytes, rendering: Rendering, limits: ReadLimits) -> bytes:  # noqa: ARG001 (a Format's shape)
    """Return one laid-out page as PNG; see ``pages.parts.Format``."""
    return flow_pages.render(flow_of(data), rendering)


def flow_of(data: bytes) -> Flow:
    """Return what an HTML file shows; raises UnreadableError if it can't be read."""
    text = _decoded(data)
    depth = _depth(text.encode("utf-8", "replace"))
    if depth > MOST_DEEP:
        raise UnreadableError(RejectReason.TOO_DEEP, f"HTML of more than {MOST_DEEP} levels")
    tree = LexborHTMLParser(text)
    walk = _Walk(tree, depth)
    body = tree.body
    if body is not None:
        walk.through(body)
    flow = Flow(walk.blocks.finished())
    note_left_out(flow, walk.hidden, walk.unseen)
    _remark(flow, tree, walk)
    return flow


class _Walk:
    """Goes through the elements in the order of the text, without recursion."""

    def __init__(self, tree: LexborHTMLParser, depth: int) -> None:
        self.blocks = Blocks()
        self.hidden: Counter[str] = Counter()
        self.unseen: list[str] = []
        self.cascade = Cascade(tree, depth)
        self.pictures = 0

    def through(self, root: LexborNode) -> None:
        """Take all that ``root`` holds."""
        todo: list[tuple[LexborNode, Looks] | Callable[[], None]] = [(root, Looks())]
        while todo:
            step = todo.pop()
            if callable(step):
                step()
                continue
            node, looks = step
            if node.is_text_node:
                self._text(node.text_content or "", looks)
            elif node.is_element_node:
                todo += self._element(node, looks)

    def _element(
        self, node: LexborNode, outer: Looks
    ) -> Iterator[tuple[LexborNode, Looks] | Callable[[], None]]:
        tag, attributes = node.tag or "", node.attributes
        if tag in _UNSEEN:
            return
        declared = _with_attributes(self.cascade.of(node), attributes)
        looks = looks_within(outer, declared)
        if tag == "noscript":
            looks = looks_within(outer, {"display": "none"})
        if tag in ("pre", "textarea") and not looks.keeps_space:
            looks = replace(looks, keeps_space=True)
        self.pictures += tag == "img" and looks.hidden() is None and not _is_dot(attributes)
        shown = _shown_by(node, tag, attributes)
        if shown is not None:
            self._text(shown, looks)
            return
        if looks.gone is None:
            yield self.blocks.begin(tag, attributes, declared.get("display", ""))
        children: list[LexborNode] = []
        child = node.first_child
        while child is not None:
            children.append(child)
            child = child.next
        yield from ((child, looks) for child in reversed(children))

    def _text(self, text: str, looks: Looks) -> None:
        why = looks.hidden()
        if why is None:
            self.blocks.text(text, keeps_space=looks.keeps_space)
        else:
            self.hidden[why] += len(text.split())
            self.unseen.append(text)


def _shown_by(node: LexborNode, tag: str, attributes: dict[str, str | None]) -> str | None:
    """Return what a control shows; None for an element whose content is shown."""
    if tag == "input":
        return (
            "" if (attributes.get("type") or "").lower() in _TYPED else f" {attributes.get('value') or ''} "
        )
    if tag == "select":
        chosen = node.css_first("option[selected]") or node.css_first("option")
        return f" {chosen.text()} " if chosen is not None else ""
    return None


def _with_attributes(declared: Declared, attributes: dict[str, str | None]) -> Declared:
    """Return what is declared, the old attributes included; a style sheet is stronger than these."""
    given = {}
    if "hidden" in attributes:
        given["display"] = "none"
    for attribute, name in (("bgcolor", "background-color"), ("color", "color")):
        value = attributes.get(attribute)
        if value:
            given[name] = value.lower()
    return given | declared if given else declared


def _is_dot(attributes: dict[str, str | None]) -> bool:
    return any((attributes.get(name) or "").strip() in ("0", "1") for name in ("width", "height"))


def _remark(flow: Flow, tree: LexborHTMLParser, walk: _Walk) -> None:
    if tree.css_first(_ACTIVE) is not None:
        flow.note(NoteKind.ACTIVE_CONTENT, "the file contains scripts or embedded pages; none was run")
    if tree.css_first(_OUTSIDE) is not None:
        flow.note(NoteKind.NOT_READ, "the file refers to pictures or styles elsewhere; none was fetched")
    if walk.pictures:
        flow.note(NoteKind.NOT_READ, f"pictures in the text are not read ({walk.pictures})")
    if not walk.cascade.is_whole:
        flow.note(
            NoteKind.HIDDEN_TEXT, "its styles are too long to be judged in full: some text may not be seen"
        )


def _decoded(data: bytes) -> str:
    head = data[:2048]
    named = _CHARSET.search(head)
    text = decode_text(data)
    if named is None or data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if text is None:
            raise UnreadableError(RejectReason.UNREADABLE, "the text's encoding could not be told")
        return text
    try:
        encoding = codecs.lookup(named[1].decode("ascii"))
        # Only encodings of text: others unpack, or turn bytes to bytes.
        found = data.decode(encoding.name, "replace") if encoding._is_text_encoding else None  # noqa: SLF001
    except (LookupError, UnicodeDecodeError, ValueError):
        found = None
    if found is None:
        found = text if text is not None else data.decode("cp1252", "replace")
    return found


def _depth(data: bytes) -> int:
    """Return how deep tags nest at most, counted without building anything."""
    depth = deepest = 0
    for found in _TAG.finditer(data):
        if found[2].lower() not in _SHALLOW:
            depth = max(0, depth - 1) if found[1] else depth + 1
            deepest = max(deepest, depth)
    return deepest
