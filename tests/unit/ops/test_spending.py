"""What models cost, counted from what lies in the store."""

from __future__ import annotations

from decimal import Decimal

import pytest

from inference.protocol import (
    Exchange,
    LostReplyError,
    ModelReply,
    ModelRequest,
    StopReason,
    ToolUseBlock,
    Usage,
)
from inference.scripted import ScriptedModel
from ops.spending import ModelSpending, each_words, spending, spending_rows
from store import keys
from store.ledger import keep_reply, note_call
from store.memory import MemoryStore
from tests.unit.agents.slips import SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio
DOCUMENT = "d" * 64


def exchange(model: str, number: int, cost: float | None) -> Exchange:
    reply = ModelReply(
        model=model,
        content=(ToolUseBlock(id="u", name="t", input={}),),
        stop_reason=StopReason.TOOL_USE,
        usage=Usage(input_tokens=10, output_tokens=number),
        cost=cost,
        raw={},
    )
    return Exchange(request=ModelRequest(model=model, system=str(number), turns=()), reply=reply)


async def stored(*exchanges: Exchange) -> MemoryStore:
    store = MemoryStore()
    for one in exchanges:
        await keep_reply(store, DOCUMENT, one.request.digest, one.model_dump_json().encode())
    return store


async def test_replies_tokens_and_costs_are_added_up_by_model() -> None:
    store = await stored(exchange("a", 1, 0.1), exchange("a", 2, 0.2), exchange("b", 3, None))

    found = await spending(store)

    assert found.models == (
        ModelSpending(model="a", bought=2, input_tokens=20, output_tokens=3, cost=Decimal("0.3")),
        ModelSpending(model="b", bought=1, input_tokens=10, output_tokens=3, unpriced=1),
    )
    assert [row[-1] for row in spending_rows(found)] == ["$0.3000", "unknown"]


async def test_a_price_that_is_unknown_in_part_is_said_beside_the_known() -> None:
    found = await spending(await stored(exchange("a", 1, 0.1), exchange("a", 2, None)))

    assert spending_rows(found)[0][-1] == "$0.1000 and 1 reply unknown"
    assert each_words(found) == "1 document, $0.1000 each, 1 reply of unknown price left out"


async def test_a_document_costs_what_all_its_replies_cost() -> None:
    store = await stored(exchange("a", 1, 0.1), exchange("b", 2, 0.3))
    one = exchange("a", 3, 0.2)
    await keep_reply(store, "c" * 64, one.request.digest, one.model_dump_json().encode())

    assert each_words(await spending(store)) == "2 documents, $0.3000 each"


async def test_hits_and_uncertain_calls_are_counted_from_the_trail() -> None:
    workshop = Workshop()
    broken = [LostReplyError("broke off", target="model:x")]

    def answer(request: ModelRequest) -> ModelReply:
        if request.tool_choice == "record_fields" and broken:
            raise broken.pop()
        return workshop._answer(request)

    workshop.model = ScriptedModel(answer)
    workshop.restart()
    document_id, dropped = await workshop.drop(SURE)
    with pytest.raises(LostReplyError):
        await workshop.drive([dropped])
    for key in [key for key in workshop.store.objects if "/outcomes/" in key or "/results/" in key]:
        del workshop.store.objects[key]
    await workshop.drive([dropped])

    found = await spending(workshop.store, document_id)

    assert {one.model.startswith("local:") for one in found.models} == {True}
    assert sum(one.bought for one in found.models) == 2
    assert sum(one.hits for one in found.models) == 1
    assert sum(one.uncertain for one in found.models) == 1
    assert found.under_way == 0


async def test_calls_whose_end_nobody_noted_and_broken_objects_are_named() -> None:
    store = await stored(exchange("a", 1, 0.1))
    await note_call(store, DOCUMENT, "e" * 64)
    await store.replace(keys.reply(DOCUMENT, "f" * 64), b"{}")

    found = await spending(store)

    assert found.under_way == 1
    assert len(found.problems) == 1
    assert "doctrail verify" in found.problems[0]
