"""The style sheets that an HTML document brings itself: what they declare for each of its elements."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import tinycss2
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

# What can hide text; everything else is decoration.
_HIDING = (
    "display visibility color background background-color background-image font font-size opacity position "
    "left right top bottom text-indent margin-left margin-top width height max-width max-height overflow "
    "overflow-x overflow-y clip clip-path transform"
)
PROPERTIES = frozenset(_HIDING.split())
MOST_RULES = 4000
MOST_CSS = 2_000_000
MOST_MATCHES = 2_000_000
MOST_WAYS = 4_000_000
_MOST_NESTED = 4
# Conditions that a page shown on a desk does not meet.
_ELSEWHERE = re.compile(r"max-(?:device-)?width|print|prefers-|handheld|speech|orientation", re.IGNORECASE)
_IDS, _CLASSES, _NAMES = (
    re.compile(r"#"),
    re.compile(r"[.\[]|:(?!:)"),
    re.compile(r"(?:^|[\s>+~])[a-z]", re.IGNORECASE),
)

_STEPS = re.compile(r"(?<=[^\s>+~])[\s>+~]+(?=[^\s>+~])")

Declared = dict[str, str]


class _Found(NamedTuple):
    priority: tuple[bool, bool, int, int, int, int]
    value: str


class Cascade:
    """What is declared for every element of a tree so deep, the strongest declaration of each property.

    ``is_whole`` is False where the sheets were too much to be looked at in full.
    """

    def __init__(self, tree: LexborHTMLParser, depth: int) -> None:
        self._by_node: dict[int, dict[str, _Found]] = {}
        matches = ways = 0
        text = "\n".join(style.text() for style in tree.css("style"))
        self.is_whole = len(text) <= MOST_CSS
        for order, (selector, declarations) in enumerate(_rules(text[:MOST_CSS])):
            if order >= MOST_RULES or matches > MOST_MATCHES:
                self.is_whole = False
                break
            # An element is looked for among all above it, and again for each part of the selector.
            tried = math.comb(depth, min(depth, len(_STEPS.findall(selector))))
            if ways + tried > MOST_WAYS:
                self.is_whole = False
                continue
            ways += tried
            try:
                nodes = tree.css(selector)
            except SelectolaxError:
                # A selector that no element can meet here, or of a kind that only browsers know.
                continue
            matches += len(nodes)
            for node in nodes:
                self._add(node.mem_id, declarations, (False, *_weight(selector), order))

    def of(self, node: LexborNode) -> Declared:
        """Return what is declared for an element, its own style attribute included."""
        found = self._by_node.get(node.mem_id)
        inline = node.attributes.get("style")
        if not inline:
            return {name: one.value for name, one in found.items()} if found else {}
        own = dict(found or {})
        _merge(own, list(_declarations(inline[:10_000])), (True, 0, 0, 0, 0))
        return {name: one.value for name, one in own.items()}

    def _add(
        self,
        node: int,
        declarations: list[tuple[str, str, bool]],
        weight: tuple[bool, int, int, int, int],
    ) -> None:
        _merge(self._by_node.setdefault(node, {}), declarations, weight)


def _merge(
    known: dict[str, _Found],
    declarations: list[tuple[str, str, bool]],
    weight: tuple[bool, int, int, int, int],
) -> None:
    for name, value, important in declarations:
        priority = (important, *weight)
        standing = known.get(name)
        if standing is None or standing.priority <= priority:
            known[name] = _Found(priority, value)


def _rules(text: str) -> Iterator[tuple[str, list[tuple[str, str, bool]]]]:
    rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    yield from _in_rules(rules, _MOST_NESTED)


def _in_rules(rules: list[Any], depth: int) -> Iterator[tuple[str, list[tuple[str, str, bool]]]]:
    for rule in rules:
        if rule.type == "at-rule" and depth and rule.content is not None:
            condition = tinycss2.serialize(rule.prelude)
            named = rule.lower_at_keyword
            if named in ("media", "supports", "layer") and not _ELSEWHERE.search(condition):
                within = tinycss2.parse_rule_list(
                    rule.content,
                    skip_comments=True,
                    skip_whitespace=True,
                )
                yield from _in_rules(within, depth - 1)
        elif rule.type == "qualified-rule":
            declarations = list(_declarations(rule.content))
            if declarations:
                for selector in _selectors(rule.prelude):
                    yield selector, declarations


def _selectors(prelude: list[Any]) -> Iterator[str]:
    """Yield the selectors of a list, each by itself: one that is wrong must not take the others along."""
    part: list[Any] = []
    for piece in [*prelude, None]:
        if piece is None or (piece.type == "literal" and piece.value == ","):
            selector = tinycss2.serialize(part).strip()
            if selector:
                yield selector
            part = []
        else:
            part.append(piece)


def _declarations(content: Any) -> Iterator[tuple[str, str, bool]]:
    for one in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if one.type == "declaration" and one.lower_name in PROPERTIES:
            yield one.lower_name, tinycss2.serialize(one.value).strip().lower(), one.important


def _weight(selector: str) -> tuple[int, int, int]:
    ids, classes, names = (len(part.findall(selector)) for part in (_IDS, _CLASSES, _NAMES))
    return ids, classes, names
