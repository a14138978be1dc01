"""What is asked about a whole document: its layout, and one tool to answer by."""

from __future__ import annotations

from inference.protocol import ModelRequest, TextBlock, Tool, Turn
from schemas.layout import Layout
from schemas.layout_block import to_block


def about(layout: Layout, *, model: str, system: str, tool: Tool) -> ModelRequest:
    """Return the request that shows ``layout`` to ``model`` and has it answer by ``tool``."""
    return ModelRequest(
        model=model,
        system=system,
        turns=(Turn(role="user", content=(TextBlock(text=to_block(layout)),)),),
        tools=(tool,),
        tool_choice=tool.name,
    )
