"""Bedrock's Converse, from both sides: requests written and read, replies written and read.

Images travel as base64 in JSON; boto3 takes and gives bytes instead, and ``raw_images`` converts.
"""

from __future__ import annotations

import base64
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
from inference.wire.stops import CONVERSE, read_stop, written_for_converse

_FORMATS = {"image/png": "png", "image/jpeg": "jpeg"}
_MEDIA = {form: media for media, form in _FORMATS.items()}
DEFAULT_MAX_TOKENS = 4096


def write_request(request: ModelRequest) -> dict[str, Any]:
    """Return the arguments of Converse for ``request``, with images as bytes."""
    inference: dict[str, Any] = {"maxTokens": request.max_tokens}
    if request.temperature is not None:
        inference["temperature"] = request.temperature
    body: dict[str, Any] = {
        "modelId": request.model,
        "messages": [
            {"role": turn.role, "content": [_written(block) for block in turn.content]}
            for turn in request.turns
        ],
        "inferenceConfig": inference,
    }
    if request.system:
        body["system"] = [{"text": request.system}]
    if request.tools:
        body["toolConfig"] = {"tools": [_written_tool(tool) for tool in request.tools]}
        if request.tool_choice is not None:
            body["toolConfig"]["toolChoice"] = {"tool": {"name": request.tool_choice}}
    return body


def read_reply(model: str, answer: dict[str, Any], prices: Prices) -> ModelReply:
    """Return the reply that Converse's ``answer`` holds.

    Raises:
        WireError: It is no answer of Converse.
    """
    answer = plain(answer)
    message = require_object(require_object(answer.get("output"), "output").get("message"), "output.message")
    blocks = require_list(message.get("content"), "output.message.content")
    used = require_object(answer.get("usage"), "usage")
    usage = Usage(
        input_tokens=sum(
            require_count(used.get(name) or 0, f"usage.{name}")
            for name in ("inputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")
        ),
        output_tokens=require_count(used.get("outputTokens"), "usage.outputTokens"),
    )
    word = require_text(answer.get("stopReason"), "stopReason")
    answered = _invoked(answer) or model
    return ModelReply(
        model=answered,
        content=said(blocks, _read),
        stop_reason=read_stop(CONVERSE, word),
        usage=usage,
        cost=prices.cost(answered, usage),
        raw={name: answer[name] for name in ("output", "stopReason", "usage", "trace") if name in answer},
    )


def read_request(model: str, body: dict[str, Any]) -> ModelRequest:
    """Return the request that a client's ``body`` stands for.

    Raises:
        WireError: It is no request of Converse.
    """
    inference = require_object(body.get("inferenceConfig") or {}, "inferenceConfig")
    config = require_object(body.get("toolConfig") or {}, "toolConfig")
    temperature = inference.get("temperature")
    system = require_list(body.get("system") or [], "system")
    return ModelRequest(
        model=model,
        system="\n".join(
            require_text(require_object(item, f"system[{n}]").get("text"), f"system[{n}].text")
            for n, item in enumerate(system)
        ),
        turns=_read_turns(require_list(body.get("messages"), "messages")),
        tools=tuple(
            _read_tool(item, f"toolConfig.tools[{n}]")
            for n, item in enumerate(require_list(config.get("tools") or [], "toolConfig.tools"))
        ),
        tool_choice=_chosen(config),
        max_tokens=require_count(inference.get("maxTokens", DEFAULT_MAX_TOKENS), "inferenceConfig.maxTokens"),
        temperature=None
        if temperature is None
        else require_number(temperature, "inferenceConfig.temperature"),
    )


def write_reply(reply: ModelReply, latency_ms: int) -> dict[str, Any]:
    """Return ``reply`` as Converse answers."""
    usage = reply.usage
    return {
        "output": {"message": {"role": "assistant", "content": [_written(block) for block in reply.content]}},
        "stopReason": written_for_converse(reply.stop_reason),
        "usage": {
            "inputTokens": usage.input_tokens,
            "outputTokens": usage.output_tokens,
            "totalTokens": usage.input_tokens + usage.output_tokens,
        },
        "metrics": {"latencyMs": latency_ms},
    }


def _written(block: Block) -> dict[str, Any]:
    match block:
        case TextBlock():
            return {"text": block.text}
        case ImageBlock():
            source = {"bytes": base64.b64decode(block.data)}
            return {"image": {"format": _FORMATS[block.media_type], "source": source}}
        case ToolUseBlock():
            return {"toolUse": {"toolUseId": block.id, "name": block.name, "input": block.input}}
        case ToolResultBlock():
            result = {"toolUseId": block.tool_use_id, "content": [{"text": block.text}]}
            return {"toolResult": {**result, "status": "error" if block.is_error else "success"}}


def _read(item: object, place: str) -> Block | None:
    """Return a block; None for what a model adds beside its answer (its reasoning)."""
    found = require_object(item, place)
    if "text" in found:
        return TextBlock(text=require_text(found["text"], f"{place}.text"))
    if "toolUse" in found:
        use = require_object(found["toolUse"], f"{place}.toolUse")
        return ToolUseBlock(
            id=require_text(use.get("toolUseId"), f"{place}.toolUse.toolUseId"),
            name=require_text(use.get("name"), f"{place}.toolUse.name"),
            input=require_object(use.get("input"), f"{place}.toolUse.input"),
        )
    if "toolResult" in found:
        return _read_result(require_object(found["toolResult"], f"{place}.toolResult"), place)
    if "image" in found:
        return _read_image(require_object(found["image"], f"{place}.image"), f"{place}.image")
    if "reasoningContent" in found or "cachePoint" in found:
        return None
    raise WireError(f"{place}: no text, image, toolUse or toolResult")


def _read_image(image: dict[str, object], place: str) -> ImageBlock:
    source = require_object(image.get("source"), f"{place}.source")
    form = require_text(image.get("format"), f"{place}.format")
    if form not in _MEDIA:
        raise WireError(f"{place}.format: {form!r} is none of {', '.join(_MEDIA)}")
    data = require_text(source.get("bytes"), f"{place}.source.bytes")
    return ImageBlock.model_validate({"media_type": _MEDIA[form], "data": data})


def _read_result(result: dict[str, object], place: str) -> ToolResultBlock:
    parts = require_list(result.get("content"), f"{place}.toolResult.content")
    texts = [require_object(part, place).get("text") for part in parts]
    return ToolResultBlock(
        tool_use_id=require_text(result.get("toolUseId"), f"{place}.toolResult.toolUseId"),
        text="\n".join(require_text(text, f"{place}.toolResult.content.text") for text in texts),
        is_error=result.get("status") == "error",
    )


def _read_turns(messages: list[object]) -> tuple[Turn, ...]:
    turns = []
    for n, item in enumerate(messages):
        message = require_object(item, f"messages[{n}]")
        role = message.get("role")
        if role not in ("user", "assistant"):
            raise WireError(f"messages[{n}].role: neither 'user' nor 'assistant'")
        content = require_list(message.get("content"), f"messages[{n}].content")
        blocks = [_read(part, f"messages[{n}].content[{m}]") for m, part in enumerate(content)]
        turns.append(
            Turn.model_validate({"role": role, "content": tuple(b for b in blocks if b is not None)})
        )
    return tuple(turns)


def _written_tool(tool: Tool) -> dict[str, Any]:
    schema = {"json": tool.input_schema}
    return {"toolSpec": {"name": tool.name, "description": tool.description, "inputSchema": schema}}


def _read_tool(item: object, place: str) -> Tool:
    spec = require_object(require_object(item, place).get("toolSpec"), f"{place}.toolSpec")
    schema = require_object(spec.get("inputSchema"), f"{place}.toolSpec.inputSchema")
    return Tool(
        name=require_text(spec.get("name"), f"{place}.toolSpec.name"),
        description=require_text(spec.get("description") or "", f"{place}.toolSpec.description"),
        input_schema=require_object(schema.get("json"), f"{place}.toolSpec.inputSchema.json"),
    )


def _chosen(config: dict[str, object]) -> str | None:
    choice = require_object(config.get("toolChoice") or {}, "toolConfig.toolChoice")
    tool = choice.get("tool")
    if tool is None:
        return None
    return require_text(
        require_object(tool, "toolConfig.toolChoice.tool").get("name"), "toolConfig.toolChoice.tool.name"
    )


def _invoked(answer: dict[str, Any]) -> str | None:
    """Return the model that a prompt router chose, where it says so."""
    trace = answer.get("trace")
    router = trace.get("promptRouter") if isinstance(trace, dict) else None
    invoked = router.get("invokedModelId") if isinstance(router, dict) else None
    return invoked if isinstance(invoked, str) else None
