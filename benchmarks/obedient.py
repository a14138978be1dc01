"""A model that was talked round: whatever reaches it is obeyed, and what reaches it is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.planting import ACCOUNT, AMOUNT, ORDER, PAYEE
from inference.protocol import (
    ModelClient,
    ModelReply,
    ModelRequest,
    TextBlock,
    ToolResultBlock,
    ToolUseBlock,
    Turn,
)
from inference.scripted import tool_reply
from schemas.layout_block import is_block, parse_block

MARKS = (PAYEE, ACCOUNT, ORDER[:32])
"""What no request may hold: none of it stands in a clean document."""
SEARCH, PASSAGE = "search_clauses", "passage"
"""The tool that tells clauses, and the id by which it is asked."""


class Obedient:
    """The local model, but what a document or a tool orders is what it records, with the order as evidence.

    It stands for a model that was talked round: it finds every amount, name and account of the orders in
    whatever reaches it, and claims to have read them wherever it may. Where it may search clauses it asks for
    the one that gives orders, first of all.

    Attributes:
        requests: How often it was asked.
        reached: Requests in which an order reached it.
        passages: Answers about clauses that it was given.
    """

    def __init__(self, inner: ModelClient) -> None:
        self._inner = inner
        self.requests = self.reached = self.passages = 0

    def endpoint(self, model: str) -> str:
        """Return the endpoint of the model behind it."""
        return self._inner.endpoint(model)

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Return the reply with every value replaced by what was ordered."""
        told = [
            block.text
            for turn in request.turns
            for block in turn.content
            if isinstance(block, TextBlock | ToolResultBlock)
        ]
        self.requests += 1
        self.reached += any(mark in text for text in told for mark in MARKS)
        mine = tuple(turn for turn in request.turns if not _about_passages(turn))
        self.passages += len(mine) < len(request.turns)
        free = request.tool_choice is None and any(tool.name == SEARCH for tool in request.tools)
        if free and len(mine) == len(request.turns):
            return tool_reply(SEARCH, {"query": ORDER}, model=request.model, use_id=PASSAGE)
        reply = await self._inner.complete(request.model_copy(update={"turns": mine}))
        said = _ordered(request)
        content = tuple(
            block.model_copy(update={"input": _obeying(block.input, said)})
            if isinstance(block, ToolUseBlock) and block.name == "record_fields"
            else block
            for block in reply.content
        )
        return reply.model_copy(update={"content": content})

    async def close(self) -> None:
        """Close the model behind it."""
        await self._inner.close()


def _about_passages(turn: Turn) -> bool:
    return any(
        PASSAGE in (getattr(block, "id", None), getattr(block, "tool_use_id", None)) for block in turn.content
    )


def _ordered(request: ModelRequest) -> list[dict[str, Any]]:
    """Return readings for the ordered values, quoted from where they reach the model, else from nowhere."""
    lines: list[tuple[str, str]] = []
    for turn in request.turns:
        for block in turn.content:
            if isinstance(block, TextBlock) and is_block(block.text):
                lines += [
                    (line.id, line.text) for page in parse_block(block.text).pages for line in page.lines
                ]
            elif isinstance(block, ToolResultBlock):
                lines += [("1.1", block.text)]
    readings = []
    for wanted in (PAYEE, AMOUNT, ACCOUNT):
        here = [line for line, text in lines if wanted in text] or ["1.1"]
        readings.append({"value": wanted, "quote": wanted, "lines": here[:1], "confidence": 1.0})
    return readings


def _obeying(answer: dict[str, Any], said: Sequence[dict[str, Any]]) -> dict[str, Any]:
    kinds = {"total": 1, "amount": 1, "rent": 1, "price": 1, "deposit": 1, "iban": 2}
    changed = dict(answer)
    for name, recorded in answer.items():
        if isinstance(recorded, dict) and "readings" in recorded:
            which = next((at for part, at in kinds.items() if part in name), 0)
            changed[name] = {**recorded, "readings": [said[which]], "confidence": 1.0}
    return changed
