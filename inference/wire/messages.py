"""Anthropic's Messages, from both sides: requests written and read, replies written and read."""

from __future__ import annotations

from typing import Any

from inference.endpoints.prices import Prices
from inference.protocol import (
    Block,
    ImageBlock,
    ModelReply,
    ModelRequest,
    TextBlock,
    Tool,
    ToolResultBlock,
    ToolUseBlock,
    Turn,
    Usage,
)
from inference.wire.answers import plain, said
from inference.wire.errors import (
    WireError,
    require_count,
    require_list,
    require_number,
    require_object,
    require_text,
)
from inference.wire.stops import MESSAGES, read_stop, written_for_messages

_BESIDE = ("thinking", "redacted_thinking")
"""Blocks that a model adds beside its answer."""


def write_request(request: ModelRequest) -> dict[str, Any]:
    """Return the body of Messages for ``request``."""
    body: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "messages": [
            {"role": turn.role, "content": [_written(block) for block in turn.content]}
            for turn in request.turns
        ],
    }
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.system:
        body["system"] = request.system
    if request.tools:
        body["tools"] = [tool.model_dump(mode="json") for tool in request.tools]
        if request.tool_choice is not None:
            body["tool_choice"] = {"type": "tool", "name": request.tool_choice}
    return body


def read_reply(model: str, answer: dict[str, Any], prices: Prices) -> ModelReply:
    """Return the reply that Messages' ``answer`` holds.

    Args:
        model: Who was asked; the answer may name a dated version of it.

    Raises:
        WireError: It is no answer of Messages.
    """
    answer = plain(answer)
    used = require_object(answer.get("usage"), "usage")
    usage = Usage(
        input_tokens=sum(
            require_count(used.get(name) or 0, f"usage.{name}")
            for name in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        ),
        output_tokens=require_count(used.get("output_tokens"), "usage.output_tokens"),
    )
    content = require_list(answer.get("content"), "content")
    answered = require_text(answer.get("model") or model, "model")
    cost = prices.cost(model, usage)
    return ModelReply(
        model=answered,
        content=said(content, _read),
        stop_reason=read_stop(MESSAGES, require_text(answer.get("stop_reason"), "stop_reason")),
        usage=usage,
        cost=prices.cost(answered, usage) if cost is None else cost,
        raw=answer,
    )


def read_request(model: str | None, body: dict[str, Any]) -> ModelRequest:
    """Return the request that a client's ``body`` stands for.

    Args:
        model: Named by the path, where the wire does that.

    Raises:
        WireError: It is no request of Messages.
    """
    if body.get("stream"):
        raise WireError("stream: this endpoint answers whole messages only")
    temperature = body.get("temperature")
    return ModelRequest(
        model=model if model is not None else require_text(body.get("model"), "model"),
        system=_system(body.get("system") or ""),
        turns=tuple(
            _read_turn(item, f"messages[{n}]")
            for n, item in enumerate(require_list(body.get("messages"), "messages"))
        ),
        tools=tuple(
            _read_tool(item, f"tools[{n}]")
            for n, item in enumerate(require_list(body.get("tools") or [], "tools"))
        ),
        tool_choice=_chosen(require_object(body.get("tool_choice") or {}, "tool_choice")),
        max_tokens=require_count(body.get("max_tokens"), "max_tokens"),
        temperature=None if temperature is None else require_number(temperature, "temperature"),
    )


def write_reply(reply: ModelReply, message_id: str) -> dict[str, Any]:
    """Return ``reply`` as Messages answers."""
    return {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": reply.model,
        "content": [_written(block) for block in reply.content],
        "stop_reason": written_for_messages(reply.stop_reason),
        "stop_sequence": None,
        "usage": reply.usage.model_dump(mode="json"),
    }


def _written(block: Block) -> dict[str, Any]:
    match block:
        case TextBlock():
            return {"type": "text", "text": block.text}
        case ImageBlock():
            source = {"type": "base64", "media_type": block.media_type, "data": block.data}
            return {"type": "image", "source": source}
        case ToolUseBlock():
            return {"type": "tool_use", "id": block.id, "name": block.name, "input": block.input}
        case ToolResultBlock():
            result = {"tool_use_id": block.tool_use_id, "content": block.text, "is_error": block.is_error}
            return {"type": "tool_result", **result}


def _read(item: object, place: str) -> Block | None:
    found = require_object(item, place)
    match found.get("type"):
        case "text":
            return TextBlock(text=require_text(found.get("text"), f"{place}.text"))
        case "tool_use":
            return ToolUseBlock(
                id=require_text(found.get("id"), f"{place}.id"),
                name=require_text(found.get("name"), f"{place}.name"),
                input=require_object(found.get("input"), f"{place}.input"),
            )
        case "tool_result":
            return ToolResultBlock(
                tool_use_id=require_text(found.get("tool_use_id"), f"{place}.tool_use_id"),
                text=_texts(found.get("content") or "", f"{place}.content"),
                is_error=bool(found.get("is_error")),
            )
        case "image":
            return _read_image(require_object(found.get("source"), f"{place}.source"), f"{place}.source")
        case word if word in _BESIDE:
            return None
        case _:
            raise WireError(f"{place}.type: none of text, image, tool_use, tool_result")


def _read_image(source: dict[str, object], place: str) -> ImageBlock:
    media = source.get("media_type")
    if source.get("type") != "base64" or media not in ("image/png", "image/jpeg"):
        raise WireError(f"{place}: only base64 of image/png and image/jpeg is taken")
    data = require_text(source.get("data"), f"{place}.data")
    return ImageBlock.model_validate({"media_type": media, "data": data})


def _read_turn(item: object, place: str) -> Turn:
    message = require_object(item, place)
    role, content = message.get("role"), message.get("content")
    if role not in ("user", "assistant"):
        raise WireError(f"{place}.role: neither 'user' nor 'assistant'")
    if isinstance(content, str):
        return Turn.model_validate({"role": role, "content": (TextBlock(text=content),)})
    blocks = [
        _read(part, f"{place}.content[{n}]")
        for n, part in enumerate(require_list(content, f"{place}.content"))
    ]
    return Turn.model_validate({"role": role, "content": tuple(b for b in blocks if b is not None)})


def _system(value: object) -> str:
    return _texts(value, "system")


def _texts(value: object, place: str) -> str:
    """Return text that is given as a string or as a list of text blocks."""
    if isinstance(value, str):
        return value
    parts = [require_object(part, place) for part in require_list(value, place)]
    return "\n".join(require_text(part.get("text"), f"{place}.text") for part in parts)


def _read_tool(item: object, place: str) -> Tool:
    tool = require_object(item, place)
    return Tool(
        name=require_text(tool.get("name"), f"{place}.name"),
        description=require_text(tool.get("description") or "", f"{place}.description"),
        input_schema=require_object(tool.get("input_schema"), f"{place}.input_schema"),
    )


def _chosen(choice: dict[str, object]) -> str | None:
    if choice.get("type") != "tool":
        return None
    return require_text(choice.get("name"), "tool_choice.name")
