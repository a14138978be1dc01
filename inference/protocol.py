"""The seam of the models: one request shape, one reply shape, whoever answers."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

from schemas.canonical import canonical_json, canonical_object, sha256_hex
from schemas.errors import TransientError
from schemas.layout import Frozen

LOCAL = "local:"
"""What the id of a model that runs in doctrail begins with; the digest of its variant follows."""
KEPT_ELSEWHERE = "sha256:"
"""No base64 begins like that."""


class TextBlock(Frozen):
    """Text in a message; a layout block is text too (``schemas/layout_block.md``)."""

    type: Literal["text"] = "text"
    text: str


class ImageBlock(Frozen):
    """A page as a picture, for models that can see.

    Attributes:
        data: Base64; in what is kept of a request KEPT_ELSEWHERE and the digest of the bytes.
    """

    type: Literal["image"] = "image"
    media_type: Literal["image/png", "image/jpeg"]
    data: str


class ToolUseBlock(Frozen):
    """The model asks for a tool, or records its answer with one."""

    type: Literal["tool_use"] = "tool_use"
    id: str
    name: str
    input: dict[str, Any]


class ToolResultBlock(Frozen):
    """What a tool answered."""

    type: Literal["tool_result"] = "tool_result"
    tool_use_id: str
    text: str
    is_error: bool = False


Block = TextBlock | ImageBlock | ToolUseBlock | ToolResultBlock


class Turn(Frozen):
    """One message of a conversation."""

    role: Literal["user", "assistant"]
    content: tuple[Block, ...]


class _Fixed(Frozen):
    """A part of which something is computed once; a copy computes its own."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy; what was computed for this one is not carried over."""
        copy = super().model_copy(update=update, deep=deep)
        for name in copy.__dict__.keys() - type(self).model_fields.keys():
            del copy.__dict__[name]
        return copy


class Tool(_Fixed):
    """A tool the model may use; ``input_schema`` is JSON Schema."""

    name: str
    description: str
    input_schema: dict[str, Any]

    @cached_property
    def canonical(self) -> bytes:
        """Its canonical JSON: a tool is far larger than what differs from one request to the next."""
        return canonical_json(self)


class ModelRequest(_Fixed):
    """Everything a reply depends on; its digest is what the pay-once ledger files the reply under.

    Attributes:
        model: Passed through untouched: ``local:<variant digest>``, a model id, a profile, an ARN.
        temperature: None leaves it to the model; some take no other.
        sample_index: Tells deliberate second readings apart.
        repaid: The cause for which a reply is bought again although one is known; no model is told.
    """

    model: str
    system: str
    turns: tuple[Turn, ...]
    tools: tuple[Tool, ...] = ()
    tool_choice: str | None = None
    max_tokens: int = 4096
    temperature: float | None = 0.0
    sample_index: int = 0
    repaid: str | None = Field(default=None, exclude_if=lambda cause: cause is None)

    @cached_property
    def digest(self) -> str:
        """sha-256 of the canonical JSON of the entire request, pictures by their own digests."""
        tools = b"[" + b",".join(tool.canonical for tool in self.tools) + b"]"
        rest = self.without_pictures().model_dump(mode="json", exclude={"tools"})
        return sha256_hex(canonical_object(rest, tools=tools))

    def without_pictures(self) -> ModelRequest:
        """Return what is kept of the request: of each picture the digest, as its bytes lie elsewhere."""
        if not any(isinstance(block, ImageBlock) for turn in self.turns for block in turn.content):
            return self
        turns = tuple(
            turn.model_copy(update={"content": tuple(_named(block) for block in turn.content)})
            for turn in self.turns
        )
        return self.model_copy(update={"turns": turns})


def _named(block: Block) -> Block:
    if not isinstance(block, ImageBlock) or block.data.startswith(KEPT_ELSEWHERE):
        return block
    digest = sha256_hex(base64.b64decode(block.data))
    return block.model_copy(update={"data": f"{KEPT_ELSEWHERE}{digest}"})


class StopReason(StrEnum):
    """Why the model stopped; only the first two leave a complete answer."""

    END_TURN = "end_turn"
    TOOL_USE = "tool_use"
    MAX_TOKENS = "max_tokens"
    REFUSAL = "refusal"
    CONTENT_FILTERED = "content_filtered"
    CONTEXT_EXCEEDED = "context_exceeded"
    MALFORMED = "malformed"
    UNKNOWN = "unknown"


class Usage(Frozen):
    """Tokens used; the local model counts words and marks."""

    input_tokens: int
    output_tokens: int


class ModelReply(Frozen):
    """A model's answer; ``raw`` is what came over the wire."""

    model: str
    content: tuple[Block, ...]
    stop_reason: StopReason
    usage: Usage
    cost: float | None
    raw: dict[str, Any]

    def tool_input(self, name: str) -> dict[str, Any] | None:
        """Return the input of the first use of tool ``name``, if there is one."""
        for block in self.content:
            if isinstance(block, ToolUseBlock) and block.name == name:
                return block.input
        return None


class Exchange(Frozen):
    """What was asked and what was answered, as the pay-once ledger keeps it for the trace."""

    request: ModelRequest
    reply: ModelReply


class Kept(BaseModel):
    """The half of a stored ``Exchange`` that whoever asked has not got already."""

    model_config = ConfigDict(frozen=True)

    reply: ModelReply


class LostReplyError(TransientError):
    """A call went out and no whole reply came back: it may have been paid for, and nobody can tell."""


class ModelClient(Protocol):
    """Whoever answers: the local model, Bedrock, Anthropic, a scripted double."""

    def endpoint(self, model: str) -> str:
        """Return the name of the endpoint that answers for ``model``, as its breaker is named."""
        ...

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Return the model's reply.

        Raises:
            TransientError: Throttled or not reachable; LostReplyError where it may have been paid for.
            PermanentError: The request can't be answered as it is.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and threads."""
        ...
