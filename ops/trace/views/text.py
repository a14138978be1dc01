"""A trace as a tree for the terminal; plain and coloured output say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ops.trace.story import Trace
from ops.trace.views.outline import outline
from ops.words.tree import Node, Tone, tree_lines

if TYPE_CHECKING:
    from rich.tree import Tree

_STYLES: dict[Tone, str] = {"plain": "", "good": "green", "doubt": "yellow", "bad": "red", "quiet": "dim"}


def trace_text(trace: Trace, *, full: bool = False) -> str:
    """Return the trace as plain text; equal traces give equal text.

    Args:
        trace: As loaded; for ``full`` it must have been loaded in full.
        full: Also every step, certificate and alternative, what the models were given, what they said.
    """
    told = outline(trace, full=full)
    return "\n".join((told.headline, *tree_lines(told.lines))) + "\n"


def trace_rich(trace: Trace, *, full: bool = False) -> Tree:
    """Return the same tree for a terminal, coloured and wrapped inside its guides."""
    from rich.text import Text
    from rich.tree import Tree as RichTree

    told = outline(trace, full=full)
    tree = RichTree(Text(told.headline, style=f"bold {_STYLES[told.tone]}"), guide_style="dim")
    _grow(tree, told.lines)
    return tree


def _grow(tree: Tree, nodes: Sequence[Node]) -> None:
    from rich.text import Text

    width = max((len(node.label) for node in nodes), default=0)
    for node in nodes:
        label = node.label.ljust(width) + "  " if width else ""
        style = _STYLES[node.tone]
        line = Text.assemble((label, style or "bold"), (node.text, style))
        for quoted in node.verbatim:
            line.append(f"\n   {quoted}", style="dim")
        _grow(tree.add(line), node.children)
