"""The local model under any name: what a large model would be asked is answered by the trained variant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from inference.protocol import LOCAL, ModelClient, ModelReply, ModelRequest, StopReason, ToolUseBlock, Usage
from schemas.canonical import derive_id

Variants = Callable[[], Awaitable[Mapping[frozenset[str], str]]]
"""Returns, by the fields a type declares, the id of the local model trained for them."""


class StandingIn:
    """Answers for every model id; which variant does is told by the fields that the tool asks for.

    So that whatever is done for large models (parts, pictures, second readings, some of the fields) can be
    run and broken without one. Its answers are those of the local model, its sureness included.

    Args:
        local: Answers for ``local:`` models.
        variants: Who was trained for which fields.
    """

    def __init__(self, local: ModelClient, variants: Variants) -> None:
        self._local = local
        self._variants = variants

    def endpoint(self, model: str) -> str:
        """Return who answers."""
        return self._local.endpoint(model)

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Return the answer of the variant trained for the fields that are asked for.

        Raises:
            UnanswerableRequestError: It asks for fields of no type, and for no tool that can be left empty.
        """
        if request.model.startswith(LOCAL):
            return await self._local.complete(request)
        asked = _fields(request)
        if not asked:
            return _nothing(request)
        # Of several types with these fields the one with the fewest others.
        fitting = sorted(
            (len(fields), model) for fields, model in (await self._variants()).items() if asked <= fields
        )
        model = fitting[0][1] if fitting else f"{LOCAL}untrained"
        reply = await self._local.complete(request.model_copy(update={"model": model, "temperature": 0.0}))
        return reply.model_copy(update={"model": request.model})

    async def close(self) -> None:
        """Close the local model."""
        await self._local.close()


def _fields(request: ModelRequest) -> frozenset[str]:
    chosen = next((tool for tool in request.tools if request.tool_choice in (None, tool.name)), None)
    return frozenset(chosen.input_schema.get("properties", {})) if chosen else frozenset()


def _nothing(request: ModelRequest) -> ModelReply:
    """Return the use of a tool that asks for nothing."""
    name = request.tool_choice or (request.tools[0].name if request.tools else "")
    use = ToolUseBlock(id=derive_id("standing-in", request.digest), name=name, input={})
    return ModelReply(
        model=request.model,
        content=(use,) if name else (),
        stop_reason=StopReason.TOOL_USE if name else StopReason.END_TURN,
        usage=Usage(input_tokens=1, output_tokens=1),
        cost=None,
        raw={},
    )
