"""What endpoints answer is kept and said to them again, whatever a model put into it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from inference.endpoints.prices import load_prices
from inference.protocol import Exchange, ModelReply, ModelRequest, TextBlock, ToolUseBlock, Turn
from inference.wire import converse, messages

PRICES = load_prices()
ODD: dict[str, Any] = json.loads(
    '{"number": 12345678901234567890, "share": 1e999, "half": "\\ud83d", "rows": [{"n": -9007199254740993}],'
    ' "fine": 9007199254740991, "name": "Stra\u00dfe \\ud83d\\ude00"}'
)
Read = Callable[[list[dict[str, Any]]], ModelReply]


def by_converse(blocks: list[dict[str, Any]]) -> ModelReply:
    """Return what Converse answers with these blocks."""
    written = [
        {"text": one["text"]}
        if "text" in one
        else {"toolUse": {"toolUseId": one["id"], "name": one["name"], "input": one["input"]}}
        for one in blocks
    ]
    answer = {
        "output": {"message": {"role": "assistant", "content": written}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 1, "outputTokens": 1},
    }
    return converse.read_reply("m", answer, PRICES)


def by_messages(blocks: list[dict[str, Any]]) -> ModelReply:
    """Return what Messages answers with these blocks."""
    written = [{"type": "text" if "text" in one else "tool_use", **one} for one in blocks]
    answer = {
        "content": written,
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    return messages.read_reply("m", answer, PRICES)


@pytest.mark.parametrize("read", [by_converse, by_messages])
def test_what_json_cant_say_exactly_stands_as_text_and_is_kept_and_said_again(read: Read) -> None:
    reply = read([{"id": "a", "name": "t", "input": ODD}])

    request = ModelRequest(model="m", system="", turns=(Turn(role="assistant", content=reply.content),))
    kept = Exchange.model_validate_json(Exchange(request=request, reply=reply).model_dump_json())
    (use,) = kept.reply.content
    assert kept.request.digest == request.digest
    assert isinstance(use, ToolUseBlock)
    assert use.input == {
        "number": "12345678901234567890",
        "share": "inf",
        "half": "?",
        "rows": [{"n": "-9007199254740993"}],
        "fine": 9007199254740991,
        "name": "Stra\u00dfe \U0001f600",
    }


@pytest.mark.parametrize("read", [by_converse, by_messages])
def test_a_blank_text_beside_an_answer_is_left_out(read: Read) -> None:
    reply = read([{"text": " \n"}, {"text": "Well."}, {"id": "a", "name": "t", "input": {}}])

    assert [block.text for block in reply.content if isinstance(block, TextBlock)] == ["Well."]
