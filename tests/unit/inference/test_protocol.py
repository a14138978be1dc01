"""A request's digest is a promise: the pay-once ledger files replies under it for ever."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from inference.protocol import ModelRequest, TextBlock, Tool, Turn
from schemas.canonical import digest

texts = st.text(max_size=5)
schemas = st.dictionaries(texts, st.none() | st.integers(-9, 9) | st.floats(0, 1) | texts, max_size=3)
tools = st.lists(st.builds(Tool, name=texts, description=texts, input_schema=schemas), max_size=2).map(tuple)


def a_request(**changes: Any) -> ModelRequest:
    asked = Turn(role="user", content=(TextBlock(text="é"),))
    return ModelRequest(**{"model": "m", "system": "s", "turns": (asked,), **changes})


@settings(max_examples=50, deadline=None)
@given(tools, st.none() | st.sampled_from([0.0, 0.25, 1.0]), st.none() | texts)
def test_the_digest_is_that_of_the_whole_requests_canonical_json(
    tools: tuple[Tool, ...], temperature: float | None, choice: str | None
) -> None:
    request = a_request(tools=tools, temperature=temperature, tool_choice=choice)

    assert request.digest == digest(request)


def test_a_copy_has_a_digest_and_tools_of_its_own() -> None:
    tool = Tool(name="t", description="d", input_schema={"type": "object"})
    request = a_request(tools=(tool,))
    known = request.digest, tool.canonical

    other = tool.model_copy(update={"description": "another"})
    copy = request.model_copy(update={"tools": (other,)})

    assert other.canonical != known[1]
    assert copy.digest == digest(copy) != known[0]
