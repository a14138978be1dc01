"""A trace as a tree of labelled lines; plain text and the terminal print the same one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "good", "doubt", "bad", "quiet"]


@dataclass(frozen=True, slots=True)
class Node:
    """One line of the tree and what hangs below it.

    Attributes:
        label: What the line is about; siblings' labels are printed in one column.
        text: What is to be said; already safe to print.
        tone: How the terminal colours it; plain text says it all without.
        verbatim: Lines quoted as they are (but made visible), below the line.
    """

    label: str
    text: str = ""
    tone: Tone = "plain"
    children: tuple[Node, ...] = ()
    verbatim: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """The whole tree, by what an engineer looks for; every line of the trace is in one of its parts.

    Attributes:
        facts: What the document is, where it came from, and what is wrong with its objects.
        stages: What each stage did.
        fields: The record's fields with their evidence.
        rules: Each rule's verdict.
        routing: The arithmetic.
        people: Decisions and revisions.
        others: Dead letters, parts of a packet, other runs.
        quoted: What the models were given and said.
        ending: Where the document is now and what happens next.
    """

    headline: str
    tone: Tone
    facts: tuple[Node, ...]
    stages: tuple[Node, ...]
    fields: tuple[Node, ...]
    rules: tuple[Node, ...]
    routing: tuple[Node, ...]
    people: tuple[Node, ...]
    others: tuple[Node, ...]
    quoted: tuple[Node, ...]
    ending: tuple[Node, ...]

    @property
    def lines(self) -> tuple[Node, ...]:
        """Every part in the order it is printed."""
        parts = (self.facts, self.stages, self.fields, self.rules, self.routing, self.people, self.others)
        return tuple(node for part in (*parts, self.quoted, self.ending) for node in part)


def joined(*parts: str | None) -> str:
    """Return the parts that say something, separated by dots."""
    return " · ".join(part for part in parts if part)


def tree_lines(nodes: Sequence[Node], indent: str = "") -> list[str]:
    """Return the tree below a first line as plain text: guides, labels in a column, text."""
    lines: list[str] = []
    width = max((len(node.label) for node in nodes), default=0)
    for node in nodes:
        last = node is nodes[-1]
        label = node.label.ljust(width) + "  " if width else ""
        lines.append(f"{indent}{'└─ ' if last else '├─ '}{label}{node.text}".rstrip())
        below = indent + ("   " if last else "│  ")
        lines += [f"{below}   {line}".rstrip() for line in node.verbatim]
        lines += tree_lines(node.children, below)
    return lines
