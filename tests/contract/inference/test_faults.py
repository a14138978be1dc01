"""Each fault of the laboratory, met by real clients: its class, and what it says."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest

from inference.connect import Limits, connect
from inference.protocol import LostReplyError, ModelClient, ModelReply, ModelRequest, StopReason, TextBlock
from inference.scripted import ScriptedModel, tool_reply
from inference.serve.faults import NOWHERE, Fault, Plan
from schemas.errors import TransientError
from tests.contract.inference.asking import asking
from tests.contract.inference.wires import WIRES, nothing, over

pytestmark = pytest.mark.anyio

ANSWER = {
    "total": {"readings": [{"value": "12.40", "quote": "12.40", "lines": ["1"]}]},
    "when": {"readings": [{"value": "1 May", "quote": "1 May", "lines": ["1"]}]},
}


class Wished(Plan):
    """Each request meets the fault that its system prompt names."""

    def draw(self, request: ModelRequest) -> Fault | None:
        return Fault(request.system)


@pytest.fixture(scope="module", params=WIRES)
async def client(request: pytest.FixtureRequest) -> AsyncIterator[ModelClient]:
    scripted = ScriptedModel(lambda r: tool_reply("record_fields", ANSWER, model=r.model))
    plan = Wished({}, hint_seconds=7.0, slow_seconds=0.01)
    async with over(request.param, scripted, plan=plan, seconds=1.0) as client:
        yield client


async def meet(client: ModelClient, fault: Fault) -> ModelReply:
    return await client.complete(asking("m", system=fault.value))


@pytest.mark.parametrize("fault", [Fault.THROTTLE, Fault.THROTTLE_HINTED, Fault.UNAVAILABLE])
async def test_what_was_never_answered_is_transient_and_was_not_paid(
    client: ModelClient, fault: Fault
) -> None:
    with pytest.raises(TransientError) as caught:
        await meet(client, fault)

    assert not isinstance(caught.value, LostReplyError)
    assert caught.value.retry_after == (7.0 if fault is Fault.THROTTLE_HINTED else None)
    assert caught.value.target == f"model:{client.endpoint('m')}"


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.RESET, Fault.TRUNCATED, Fault.HANG])
async def test_a_reply_that_never_came_whole_is_lost_and_may_have_been_paid(
    client: ModelClient, fault: Fault
) -> None:
    with pytest.raises(LostReplyError) as caught:
        await meet(client, fault)

    assert caught.value.target == f"model:{client.endpoint('m')}"


async def test_a_slow_first_byte_is_waited_for(client: ModelClient) -> None:
    assert (await meet(client, Fault.SLOW)).tool_input("record_fields") == ANSWER


async def test_a_reply_cut_by_max_tokens_says_so(client: ModelClient) -> None:
    reply = await meet(client, Fault.MAX_TOKENS)

    assert reply.stop_reason is StopReason.MAX_TOKENS
    assert reply.tool_input("record_fields") == {"total": ANSWER["total"]}


async def test_bad_replies_are_as_bad_as_announced(client: ModelClient) -> None:
    bad = (Fault.WRONG_KEY, Fault.INVENTED_FIELD, Fault.NOT_ON_PAGE, Fault.OBEYED)
    found = {fault: await meet(client, fault) for fault in bad}

    inputs = {fault: reply.tool_input("record_fields") or {} for fault, reply in found.items()}
    assert set(inputs[Fault.WRONG_KEY]) == {"total_value", "when"}
    assert set(inputs[Fault.INVENTED_FIELD]) == {"total", "when", "made_up"}
    assert inputs[Fault.NOT_ON_PAGE]["total"]["readings"][0]["quote"] == NOWHERE
    assert inputs[Fault.NOT_ON_PAGE]["when"] == ANSWER["when"]
    assert inputs[Fault.OBEYED]["when"]["readings"][0]["value"] == NOWHERE
    assert isinstance(found[Fault.OBEYED].content[0], TextBlock)


@pytest.mark.parametrize("wire", WIRES)
async def test_where_nobody_listens_the_call_is_transient_and_unpaid(wire: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = connect(f"{wire}://127.0.0.1:{port}", nothing, Limits(seconds=2.0, concurrency=1))
    with pytest.raises(TransientError, match="can't be reached") as caught:
        await client.complete(asking("m"))
    await client.close()

    assert not isinstance(caught.value, LostReplyError)
