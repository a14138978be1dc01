"""The local model under any name: the variant is told by the fields that are asked for."""

from __future__ import annotations

import pytest

from inference.protocol import ModelRequest, TextBlock, Tool, Turn
from inference.scripted import ScriptedModel, tool_reply
from inference.serve.standing_in import StandingIn

pytestmark = pytest.mark.anyio

VARIANTS = {
    frozenset({"total", "date"}): "local:small",
    frozenset({"total", "date", "landlord"}): "local:large",
}


async def variants() -> dict[frozenset[str], str]:
    return VARIANTS


def asking(model: str, *fields: str) -> ModelRequest:
    schema = {"type": "object", "properties": {name: {"type": "object"} for name in fields}}
    tool = Tool(name="record_fields", description="Record.", input_schema=schema)
    turn = Turn(role="user", content=(TextBlock(text="Total 9.00"),))
    return ModelRequest(model=model, system="", turns=(turn,), tools=(tool,), tool_choice="record_fields")


@pytest.mark.parametrize(
    ("model", "fields", "asked"),
    [
        ("some.model", ("total", "date"), "local:small"),
        ("some.model", ("total",), "local:small"),
        ("some.model", ("landlord",), "local:large"),
        ("some.model", ("nobody",), "local:untrained"),
        ("local:other", ("total",), "local:other"),
    ],
)
async def test_the_variant_that_knows_the_fields_answers_under_the_name_that_was_asked(
    model: str, fields: tuple[str, ...], asked: str
) -> None:
    local = ScriptedModel(lambda r: tool_reply("record_fields", {}, model=r.model))
    reply = await StandingIn(local, variants).complete(asking(model, *fields))

    assert local.requests[0].model == asked
    assert reply.model == model


async def test_a_tool_that_asks_for_nothing_is_used_with_nothing() -> None:
    local = ScriptedModel([])
    reply = await StandingIn(local, variants).complete(asking("some.model"))

    assert reply.tool_input("record_fields") == {}
    assert local.requests == []
