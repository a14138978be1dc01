from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.trace import load_trace
from ops.trace.views.json import trace_json
from ops.trace.views.text import trace_text
from ops.words import shown, visible, visible_lines
from store.memory import MemoryStore
from tests.unit.ops import documents
from tests.unit.ops.documents import HOSTILE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RM 980.00", "RM 980.00"),
        ("Zürich · 東京", "Zürich · 東京"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\u202eb", "a\\u202eb"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("line\u2028end", "line\\u2028end"),
    ],
)
def test_what_a_terminal_would_obey_is_spelt_out(text: str, expected: str) -> None:
    assert visible(text) == expected


@given(st.text())
def test_visible_text_holds_nothing_but_visible_characters(text: str) -> None:
    categories = {unicodedata.category(character) for character in visible(text)}

    assert not categories & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    assert shown("x" * 200, 160) == "x" * 160 + "… (+40 characters)"
    assert shown("x" * 200, None) == "x" * 200


def test_only_real_line_breaks_separate_lines() -> None:
    assert visible_lines("a\r\nb\u2028c") == ["a", "b\\u2028c"]


async def _hostile_trace() -> tuple[str, str]:
    store = MemoryStore()
    made = await documents.hostile(store, HOSTILE)
    trace = await load_trace(store, made.document_id, full=True)
    return trace_text(trace, full=True), trace_json(trace)


@pytest.mark.anyio
async def test_a_hostile_value_can_not_command_the_terminal_nor_forge_a_line() -> None:
    text, _ = await _hostile_trace()

    assert visible(text.replace("\n", "")) == text.replace("\n", "")
    assert sum(line.startswith("├─ now") for line in text.splitlines()) == 1
    assert visible(HOSTILE) in text


@pytest.mark.anyio
async def test_json_holds_every_value_exactly_and_is_harmless_on_a_terminal() -> None:
    _, data = await _hostile_trace()

    assert data.isascii()
    assert data.replace("\n", "").isprintable()
    vendor = json.loads(data)["run"]["record"]["fields"][0]["field"]["readings"][0]
    assert vendor["raw"] == HOSTILE
