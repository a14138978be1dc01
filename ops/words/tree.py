"""A tree of labelled lines; plain text and the terminal print the same one."""

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
