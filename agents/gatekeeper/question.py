"""What is asked about a whole document: what models are shown of it, and one tool to answer by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from agents.instructions import instruction_lines, without
from inference.protocol import ModelRequest, TextBlock, Tool, Turn
from schemas.layout import Layout
from schemas.layout_block import to_block


@dataclass(frozen=True)
class Shown:
    """A document as models see it, written once for all of them.

    Attributes:
        layout: What was read, whole.
    """

    layout: Layout

    @cached_property
    def planted(self) -> frozenset[str]:
        """Ids of the lines that instruct automated readers: no model sees them."""
        return instruction_lines(self.layout)

    @cached_property
    def block(self) -> str:
        """The layout block of all other lines."""
        return to_block(without(self.layout, self.planted))


def about(block: str, *, model: str, system: str, tool: Tool) -> ModelRequest:
    """Return the request that shows a layout block to ``model`` and has it answer by ``tool``."""
    return ModelRequest(
        model=model,
        system=system,
        turns=(Turn(role="user", content=(TextBlock(text=block),)),),
        tools=(tool,),
        tool_choice=tool.name,
    )
