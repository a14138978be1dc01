"""A model double that ships: it answers what it was told to, and remembers what it was asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from inference.protocol import ModelReply, ModelRequest, StopReason, ToolUseBlock, Usage
from schemas.errors import InvariantError, PipelineError

Answer = ModelReply | PipelineError | Callable[[ModelRequest], ModelReply]


class ScriptExhaustedError(InvariantError):
    """A scripted model was asked more often than its script foresees."""


class ScriptedModel:
    """Answers requests from a script, in order, or by one function.

    Args:
        script: Replies, errors to raise, or functions of the request; or one function for all requests.
    """

    def __init__(self, script: Iterable[Answer] | Callable[[ModelRequest], ModelReply]) -> None:
        self._function = script if callable(script) else None
        self._queue: deque[Answer] = deque() if callable(script) else deque(script)
        self.requests: list[ModelRequest] = []

    def endpoint(self, model: str) -> str:  # noqa: ARG002 (the seam's signature)
        """Return the one name there is."""
        return "scripted"

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Return the next reply of the script, or raise its next error."""
        self.requests.append(request)
        if self._function is not None:
            return self._function(request)
        if not self._queue:
            raise ScriptExhaustedError(f"the scripted model has no answer to request {len(self.requests)}")
        answer = self._queue.popleft()
        if isinstance(answer, PipelineError):
            raise answer
        return answer if isinstance(answer, ModelReply) else answer(request)

    async def close(self) -> None:
        """Hold nothing that needs closing."""


def tool_reply(
    tool: str, answer: dict[str, Any], *, model: str = "scripted", use_id: str = "use-1"
) -> ModelReply:
    """Return a reply that uses ``tool`` once, with ``answer`` as its input."""
    use = ToolUseBlock(id=use_id, name=tool, input=answer)
    return ModelReply(
        model=model,
        content=(use,),
        stop_reason=StopReason.TOOL_USE,
        usage=Usage(input_tokens=1, output_tokens=1),
        cost=0.0,
        raw={"content": [use.model_dump(mode="json")]},
    )
