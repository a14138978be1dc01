"""Asking a model: noted before it is asked, paid for once, stored before it is used, held to its schema."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jsonschema
import jsonschema_rs

from agents.stage import Work
from inference import telemetry
from inference.protocol import (
    Exchange,
    Kept,
    LostReplyError,
    ModelClient,
    ModelReply,
    ModelRequest,
    StopReason,
    TextBlock,
    Tool,
    ToolResultBlock,
    ToolUseBlock,
    Turn,
)
from schemas.errors import PermanentError, PipelineError
from schemas.objects import ObjectRef
from store.ledger import Answer, PayOnce, forget_call, note_call

FREE = "local"
"""The endpoint that costs nothing: no note is kept of calls to it."""
TOO_MUCH = ("model_context_exceeded", "model_request_too_long", "model_max_tokens")
"""Reasons of errors that less of a document might not meet."""
DECLINED = (StopReason.REFUSAL, StopReason.CONTENT_FILTERED)


class ModelAnswerError(PermanentError):
    """A model's answer cannot be used; the raw reply lies in the trail and in the ledger."""


class DeclinedError(ModelAnswerError):
    """A model, or a filter in front of it, would not answer: for a person to look at."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model recorded.

    Attributes:
        answer: The tool's input, as its schema wants it.
        reply: The whole reply.
        ref: Where it is stored.
    """

    answer: dict[str, Any]
    reply: ModelReply
    ref: ObjectRef


async def answered(work: Work, ledger: PayOnce, client: ModelClient, request: ModelRequest) -> Answered:
    """Return what the model recorded with the tool chosen; an answer it can mend is asked for once more.

    The second turn states the exact error. An answer cut off is asked for again with twice the room.

    Raises:
        DeclinedError: The model would not answer.
        ModelAnswerError: Both answers can't be used; the path is named.
    """
    return await settled(work, ledger, client, request, *await ask(work, ledger, client, request))


async def settled(
    work: Work,
    ledger: PayOnce,
    client: ModelClient,
    request: ModelRequest,
    reply: ModelReply,
    ref: ObjectRef,
) -> Answered:
    """Return what ``reply`` to ``request`` records; one that can be mended is asked for once more.

    Raises:
        DeclinedError: The model would not answer.
        ModelAnswerError: Both answers can't be used; the path is named.
    """
    tool = _tool(request)
    try:
        return Answered(recorded(reply, tool), reply, ref)
    except DeclinedError:
        raise
    except ModelAnswerError as error:
        if reply.stop_reason is StopReason.CONTEXT_EXCEEDED:
            # It would be as long the second time.
            raise
        work.trail.step("note", "asked again", why=str(error), reason=error.reason)
    second, ref = await ask(work, ledger, client, _mended(request, reply, tool))
    return Answered(recorded(second, tool), second, ref)


async def ask(
    work: Work, ledger: PayOnce, client: ModelClient, request: ModelRequest
) -> tuple[ModelReply, ObjectRef]:
    """Return the model's reply and where it is stored; a known reply is not bought again.

    Where the work wants replies bought again, each is bought once for its cause.
    """
    if work.repaid is not None:
        request = request.model_copy(update={"repaid": work.repaid})
    endpoint = client.endpoint(request.model)
    work.trail.step(
        "prompt",
        request.model,
        request=request.digest,
        tool=request.tool_choice,
        system=request.system,
        characters=sum(len(getattr(block, "text", "")) for turn in request.turns for block in turn.content),
    )
    started = time.perf_counter()
    call = _Call(work, client, request, endpoint)
    found = await ledger.complete(work.store, work.document_id, request.digest, call.buy, kept=call.kept)
    reply = Kept.model_validate(found.exchange).reply
    _tell(work, found, reply, endpoint, time.perf_counter() - started)
    return reply, found.ref


def _tell(work: Work, found: Answer, reply: ModelReply, endpoint: str, seconds: float) -> None:
    work.trail.step(
        "reply",
        reply.model,
        seconds=seconds,
        endpoint=endpoint,
        reply=found.ref.model_dump(mode="json"),
        from_ledger=found.hit,
        bought_twice=found.twice,
        stop_reason=reply.stop_reason.value,
        input_tokens=reply.usage.input_tokens,
        output_tokens=reply.usage.output_tokens,
        cost=0.0 if found.hit else reply.cost,
    )
    work.trail.outputs["reply"] = found.ref
    if not found.hit:
        _count(work, reply)


class _Call:
    """One purchase: its tries, and a note in the store while it costs money and its end is not known."""

    def __init__(self, work: Work, client: ModelClient, request: ModelRequest, endpoint: str) -> None:
        self._work = work
        self._client = client
        self._request = request
        self._endpoint = endpoint

    async def buy(self) -> bytes:
        """Return the exchange; whatever may have been paid for without a reply is in the trail."""
        if self._endpoint == FREE:
            return await self._bought()
        work, digest = self._work, self._request.digest
        if await note_call(work.store, work.document_id, digest):
            self._uncertain("a call before this one left no reply")
        try:
            return await self._bought()
        except PipelineError:
            # How it ended is known and in the trail. Of one that is cut short nobody knows: its note stays.
            await self._forget()
            raise

    async def kept(self) -> None:
        """Take the note back, now that the reply is stored: killed before, nobody would count the call."""
        if self._endpoint != FREE:
            await self._forget()

    async def _bought(self) -> bytes:
        name = f"model.complete:{self._endpoint}"
        reply = await self._work.delivery.calls.call(name, self._once)
        kept = self._request.without_pictures()
        return Exchange(request=kept, reply=reply).model_dump_json().encode()

    async def _forget(self) -> None:
        await forget_call(self._work.store, self._work.document_id, self._request.digest)

    async def _once(self) -> ModelReply:
        try:
            with telemetry.calling(self._request, self._endpoint) as call:
                reply = await self._client.complete(self._request)
                call.answered(reply)
        except LostReplyError as error:
            self._uncertain(str(error))
            raise
        return reply

    def _uncertain(self, why: str) -> None:
        request = self._request
        self._work.trail.step("note", "uncertain call", model=request.model, request=request.digest, why=why)


def _count(work: Work, reply: ModelReply) -> None:
    spent, tokens = work.trail.cost, work.trail.tokens
    work.trail.tokens = (tokens[0] + reply.usage.input_tokens, tokens[1] + reply.usage.output_tokens)
    work.trail.cost = None if spent is None or reply.cost is None else spent + reply.cost


def _tool(request: ModelRequest) -> Tool:
    chosen = request.tool_choice or request.tools[0].name
    return next(tool for tool in request.tools if tool.name == chosen)


def recorded(reply: ModelReply, tool: Tool) -> dict[str, Any]:
    """Return what the model recorded with ``tool``, checked against the tool's own schema.

    Raises:
        DeclinedError: The model would not answer.
        ModelAnswerError: Cut off, no use of the tool, or another shape; the path is named.
    """
    if reply.stop_reason in DECLINED:
        raise DeclinedError(
            f"model {reply.model!r} would not answer ({reply.stop_reason.value})",
            reason=f"model_{reply.stop_reason.value}",
        )
    if reply.stop_reason not in (StopReason.TOOL_USE, StopReason.END_TURN):
        raise ModelAnswerError(
            f"model {reply.model!r} stopped with {reply.stop_reason.value!r}; its answer is not complete",
            reason=f"model_{reply.stop_reason.value}",
        )
    answer = reply.tool_input(tool.name)
    if answer is None:
        raise ModelAnswerError(
            f"model {reply.model!r} did not use the tool {tool.name!r}", reason="model_no_tool_use"
        )
    worst = _worst(answer, tool)
    if worst is not None:
        place = "/".join(str(part) for part in worst.absolute_path) or tool.name
        raise ModelAnswerError(
            f"model {reply.model!r} did not record what {tool.name!r} asks for: {place!r} "
            f"({worst.validator})",
            reason="model_answer_shape",
        )
    return answer


def _worst(answer: dict[str, Any], tool: Tool) -> jsonschema.ValidationError | None:
    """Return what is wrong with an answer, in the words of jsonschema; looking for that takes a while."""
    if _checker(tool.canonical).is_valid(answer):
        return None
    schema = tool.input_schema
    validator = jsonschema.validators.validator_for(schema)(schema)
    worst: jsonschema.ValidationError | None = jsonschema.exceptions.best_match(validator.iter_errors(answer))
    return worst


@lru_cache(maxsize=64)
def _checker(canonical_tool: bytes) -> jsonschema_rs.Validator:
    """Return what says whether an answer is right at all, two hundred times as fast."""
    schema = json.loads(canonical_tool)["input_schema"]
    return jsonschema_rs.validator_for(schema, offline=True)


def _mended(request: ModelRequest, reply: ModelReply, tool: Tool) -> ModelRequest:
    """Return the request that asks once more: with more room, or with what was wrong."""
    if reply.stop_reason is StopReason.MAX_TOKENS:
        return request.model_copy(update={"max_tokens": 2 * request.max_tokens})
    wrong = _wrong(reply, tool)
    uses = [block for block in reply.content if isinstance(block, ToolUseBlock)]
    said: tuple[TextBlock | ToolResultBlock, ...] = tuple(
        ToolResultBlock(tool_use_id=use.id, text=wrong, is_error=True) for use in uses
    ) or (TextBlock(text=wrong),)
    if not reply.content:
        last = request.turns[-1]
        turns = (*request.turns[:-1], last.model_copy(update={"content": (*last.content, *said)}))
    else:
        turns = (
            *request.turns,
            Turn(role="assistant", content=reply.content),
            Turn(role="user", content=said),
        )
    return request.model_copy(update={"turns": turns})


def _wrong(reply: ModelReply, tool: Tool) -> str:
    """Return, for the model alone, what was wrong with its answer: it may repeat what the model said."""
    answer = reply.tool_input(tool.name)
    if answer is None:
        return f"Record your answer with the tool {tool.name}."
    worst = _worst(answer, tool)
    if worst is None:
        return f"That answer was not complete. Record the whole answer with the tool {tool.name}."
    return (
        f"That is not what {tool.name} takes: {worst.json_path}: {worst.message}. "
        "Record the whole answer again."
    )
