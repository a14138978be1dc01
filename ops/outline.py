"""A trace as a tree of labelled lines; plain text and the terminal print the same one."""

from __future__ import annotations

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
    """

    label: str
    text: str = ""
    tone: Tone = "plain"
    children: tuple[Node, ...] = ()


def joined(*parts: str | None) -> str:
    """Return the parts that say something, separated by dots."""
    return " · ".join(part for part in parts if part)
