from __future__ import annotations

import asyncio

import pytest

from inference.connect import UnknownModelUrlError, connect
from inference.local import LocalModel
from inference.protocol import ModelRequest
from inference.scripted import ScriptedModel, ScriptExhaustedError, tool_reply
from schemas.errors import TransientError

REQUEST = ModelRequest(model="m", system="s", turns=())


async def nothing(_digest: str) -> bytes:
    return b""


def test_a_script_is_answered_in_order_and_errors_are_raised() -> None:
    reply = tool_reply("record_fields", {"a": 1})
    model = ScriptedModel([TransientError("busy", target="model:x"), reply])

    with pytest.raises(TransientError):
        asyncio.run(model.complete(REQUEST))
    assert asyncio.run(model.complete(REQUEST)).tool_input("record_fields") == {"a": 1}
    assert model.requests == [REQUEST, REQUEST]


def test_a_script_may_hold_functions_of_the_request() -> None:
    model = ScriptedModel([lambda request: tool_reply("t", {"asked": request.model})])

    assert asyncio.run(model.complete(REQUEST)).tool_input("t") == {"asked": "m"}


def test_one_function_may_answer_everything() -> None:
    model = ScriptedModel(lambda request: tool_reply("t", {"asked": request.model}))

    assert asyncio.run(model.complete(REQUEST)).tool_input("t") == {"asked": "m"}
    assert asyncio.run(model.complete(REQUEST)).tool_input("other") is None


def test_a_script_that_is_over_says_so() -> None:
    with pytest.raises(ScriptExhaustedError, match="request 1"):
        asyncio.run(ScriptedModel([]).complete(REQUEST))


def test_the_scheme_selects_the_adapter() -> None:
    assert isinstance(connect("local:", nothing), LocalModel)


@pytest.mark.parametrize("url", ["openai:", "local", "local:abc", ""])
def test_an_unknown_url_names_the_known_ones(url: str) -> None:
    with pytest.raises(UnknownModelUrlError, match="known are local:"):
        connect(url, nothing)
