"""What every model client does, whoever answers and over whatever wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from inference.endpoints.beside import Beside
from inference.local import LocalModel, UnanswerableRequestError
from inference.protocol import (
    ImageBlock,
    ModelClient,
    ModelReply,
    ModelRequest,
    StopReason,
    TextBlock,
    ToolResultBlock,
    ToolUseBlock,
    Turn,
    Usage,
)
from inference.scripted import ScriptedModel, tool_reply
from schemas.errors import PermanentError
from tests.contract.inference.asking import ARN, asking
from tests.contract.inference.wires import WIRES, nothing, over

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Reached:
    """A client, how it reaches the model, and what the model was asked."""

    wire: str
    client: ModelClient
    model: ScriptedModel

    @property
    def last(self) -> ModelRequest:
        return self.model.requests[-1]


@pytest.fixture(scope="module", params=["direct", *WIRES])
async def reached(request: pytest.FixtureRequest) -> AsyncIterator[Reached]:
    """The local model for its own ids; for every other one, a model that stops as ``system`` says."""
    scripted = ScriptedModel(answer)
    async with over(request.param, Beside(LocalModel(nothing), scripted)) as client:
        yield Reached(request.param, client, scripted)


def answer(request: ModelRequest) -> ModelReply:
    if request.system not in set(StopReason):
        return tool_reply("record_fields", {}, model=request.model)
    return ModelReply(
        model=request.model,
        content=(TextBlock(text="so"),),
        stop_reason=StopReason(request.system),
        usage=Usage(input_tokens=7, output_tokens=3),
        cost=None,
        raw={},
    )


async def test_the_local_model_answers_alike_over_every_wire(reached: Reached) -> None:
    direct = await LocalModel(nothing).complete(asking())
    reply = await reached.client.complete(asking())

    assert reply.model_copy(update={"raw": {}}) == direct.model_copy(update={"raw": {}})
    assert reply.cost == 0.0
    assert reply.raw


@pytest.mark.parametrize("model", ["eu.some.model-v1:0", ARN])
async def test_a_request_arrives_as_it_was_asked(reached: Reached, model: str) -> None:
    use = ToolUseBlock(id="u1", name="record_fields", input={"total": {"readings": []}, "n": 0.25})
    request = asking(
        model,
        Turn(
            role="user",
            content=(TextBlock(text="Grüße, 1 < 2"), ImageBlock(media_type="image/png", data="iVBORw0KGgo=")),
        ),
        Turn(role="assistant", content=(use,)),
        Turn(role="user", content=(ToolResultBlock(tool_use_id="u1", text="wrong", is_error=True),)),
        max_tokens=321,
        temperature=0.5,
    )

    assert (await reached.client.complete(request)).model == model
    assert reached.last == request


async def test_what_is_left_to_the_model_is_not_sent(reached: Reached) -> None:
    request = asking("m", temperature=None, tools=(), tool_choice=None)
    await reached.client.complete(request)

    assert reached.last == request


@pytest.mark.parametrize(
    "reason", [StopReason.END_TURN, StopReason.TOOL_USE, StopReason.MAX_TOKENS, StopReason.CONTEXT_EXCEEDED]
)
async def test_a_stop_reason_keeps_its_name(reached: Reached, reason: StopReason) -> None:
    reply = await reached.client.complete(asking("m", system=reason.value))

    assert (reply.stop_reason, reply.usage) == (reason, Usage(input_tokens=7, output_tokens=3))


@pytest.mark.parametrize("reason", [StopReason.REFUSAL, StopReason.CONTENT_FILTERED])
async def test_a_refusal_is_never_taken_for_an_answer(reached: Reached, reason: StopReason) -> None:
    found = (await reached.client.complete(asking("m", system=reason.value))).stop_reason

    assert found in (StopReason.REFUSAL, StopReason.CONTENT_FILTERED)


async def test_a_request_that_cant_be_answered_is_permanent_and_says_why(reached: Reached) -> None:
    with pytest.raises(PermanentError, match="it answers with a tool") as caught:
        await reached.client.complete(asking(tools=(), tool_choice=None))

    assert caught.value.reason == "model_request"
    assert reached.wire != "direct" or isinstance(caught.value, UnanswerableRequestError)


async def test_an_unknown_price_is_unknown_and_never_nothing(reached: Reached) -> None:
    unknown = await reached.client.complete(asking("some.model", system="end_turn"))
    known = await reached.client.complete(asking("claude-haiku-4-5", system="end_turn"))

    assert unknown.cost is None
    assert known.cost == (None if reached.wire == "direct" else pytest.approx(7e-06 + 15e-06))


async def test_the_endpoint_that_answers_is_named(reached: Reached) -> None:
    name = reached.client.endpoint("m")

    assert name == "scripted" if reached.wire == "direct" else name.startswith(reached.wire[: -len("+http")])
