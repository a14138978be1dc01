"""Asking a model once: recorded before it is asked, paid for once, stored before it is used."""

from __future__ import annotations

import time
from typing import Any

import jsonschema

from agents.stage import Work
from inference.protocol import Exchange, ModelClient, ModelReply, ModelRequest, StopReason
from schemas.errors import PermanentError
from schemas.objects import ObjectRef
from store.ledger import PayOnce


class ModelAnswerError(PermanentError):
    """A model's answer cannot be used; the raw reply lies in the trail and in the ledger."""


async def ask(
    work: Work, ledger: PayOnce, client: ModelClient, request: ModelRequest
) -> tuple[ModelReply, ObjectRef]:
    """Return the model's reply and where it is stored; a known reply is not bought again."""
    work.trail.step(
        "prompt",
        request.model,
        request=request.digest,
        tool=request.tool_choice,
        system=request.system,
        characters=sum(len(getattr(block, "text", "")) for turn in request.turns for block in turn.content),
    )
    started = time.perf_counter()

    async def buy() -> bytes:
        reply = await work.delivery.calls.call("model.complete", lambda: client.complete(request))
        return Exchange(request=request, reply=reply).model_dump_json().encode()

    body, ref, hit = await ledger.complete(work.store, work.document_id, request.digest, buy)
    reply = Exchange.model_validate_json(body).reply
    work.trail.step(
        "reply",
        reply.model,
        seconds=time.perf_counter() - started,
        reply=ref.model_dump(mode="json"),
        from_ledger=hit,
        stop_reason=reply.stop_reason.value,
        input_tokens=reply.usage.input_tokens,
        output_tokens=reply.usage.output_tokens,
        cost=0.0 if hit else reply.cost,
    )
    work.trail.outputs["reply"] = ref
    if not hit:
        _count(work, reply)
    return reply, ref


def _count(work: Work, reply: ModelReply) -> None:
    spent, tokens = work.trail.cost, work.trail.tokens
    work.trail.tokens = (tokens[0] + reply.usage.input_tokens, tokens[1] + reply.usage.output_tokens)
    work.trail.cost = None if spent is None or reply.cost is None else spent + reply.cost


def recorded(reply: ModelReply, tool: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return what the model recorded with ``tool``, checked against the tool's own schema.

    Raises:
        ModelAnswerError: Cut off, refused, no use of the tool, or another shape; the path is named.
    """
    if reply.stop_reason not in (StopReason.TOOL_USE, StopReason.END_TURN):
        raise ModelAnswerError(
            f"model {reply.model!r} stopped with {reply.stop_reason.value!r}; its answer is not complete",
            reason=f"model_{reply.stop_reason.value}",
        )
    answer = reply.tool_input(tool)
    if answer is None:
        raise ModelAnswerError(
            f"model {reply.model!r} did not use the tool {tool!r}", reason="model_no_tool_use"
        )
    problem = jsonschema.validators.validator_for(schema)(schema)
    worst = jsonschema.exceptions.best_match(problem.iter_errors(answer))
    if worst is not None:
        place = "/".join(str(part) for part in worst.absolute_path) or tool
        raise ModelAnswerError(
            f"model {reply.model!r} did not record what {tool!r} asks for: {place!r} ({worst.validator})",
            reason="model_answer_shape",
        )
    return answer
