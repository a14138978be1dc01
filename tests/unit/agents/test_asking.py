"""What becomes of a model's answer: mended once, cut off, declined, lost."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.asking import ModelAnswerError, recorded
from agents.extraction.questions import recording_tool
from doctypes.definition import DocType, FieldSpec
from inference.protocol import (
    LostReplyError,
    ModelReply,
    StopReason,
    TextBlock,
    ToolResultBlock,
    Usage,
)
from inference.scripted import tool_reply
from schemas.errors import PermanentError
from schemas.fields import FieldKind
from tests.unit.agents.moody import Moody
from tests.unit.agents.slips import SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio


WRONG = {"shop": {"name": "Corner"}, "total": {"readings": []}, "note": {"readings": []}}


def ended(reason: StopReason, text: str = "no") -> ModelReply:
    return ModelReply(
        model="scripted",
        content=(TextBlock(text=text),) if text else (),
        stop_reason=reason,
        usage=Usage(input_tokens=5, output_tokens=1),
        cost=None,
        raw={},
    )


def attempts(workshop: Workshop) -> list[dict[str, Any]]:
    found = [key for key in sorted(workshop.store.objects) if "/trail/" in key and "/extraction/" in key]
    return [json.loads(workshop.store.objects[key]) for key in found]


def notes(workshop: Workshop, name: str) -> list[dict[str, Any]]:
    steps = [step for attempt in attempts(workshop) for step in attempt["steps"]]
    return [step["data"] for step in steps if (step["kind"], step["name"]) == ("note", name)]


async def test_an_answer_of_another_shape_is_mended_by_the_exact_error(workshop: Workshop) -> None:
    moody = Moody(workshop, [tool_reply("record_fields", WRONG)])
    await workshop.submit(SURE)

    assert workshop.events("records.completed")[0]["status"] == "accepted"
    first, second = moody.asked
    assert second.turns[:1] == first.turns
    result = second.turns[-1].content[0]
    assert isinstance(result, ToolResultBlock)
    assert result.is_error
    assert "$.shop" in result.text
    assert notes(workshop, "asked again")[0]["reason"] == "model_answer_shape"


async def test_a_second_bad_answer_is_permanent_and_both_replies_are_kept(workshop: Workshop) -> None:
    moody = Moody(workshop, [tool_reply("record_fields", WRONG)] * 2)
    with pytest.raises(PermanentError, match="shop") as caught:
        await workshop.submit(SURE)

    assert caught.value.reason == "model_answer_shape"
    assert len(moody.asked) == 2
    kept = [key for key in workshop.store.objects if "/replies/" in key]
    assert {key.rpartition("/")[2][:-5] for key in kept} >= {request.digest for request in moody.asked}


@pytest.mark.parametrize("text", ["I would rather not use tools.", ""])
async def test_a_reply_without_the_tool_is_asked_for_it(workshop: Workshop, text: str) -> None:
    moody = Moody(workshop, [ended(StopReason.END_TURN, text)])
    await workshop.submit(SURE)

    assert workshop.events("records.completed")[0]["status"] == "accepted"
    last = moody.asked[1].turns[-1]
    assert (last.role, last.content[-1]) == (
        "user",
        TextBlock(text="Record your answer with the tool record_fields."),
    )
    assert len(moody.asked[1].turns) == (3 if text else 1)


async def test_an_answer_cut_off_is_never_used_and_asked_for_with_more_room(workshop: Workshop) -> None:
    whole = tool_reply("record_fields", {"shop": {"readings": []}})
    moody = Moody(workshop, [whole.model_copy(update={"stop_reason": StopReason.MAX_TOKENS})])
    await workshop.submit(SURE)

    assert [request.max_tokens for request in moody.asked] == [4096, 8192]
    assert workshop.events("records.completed")[0]["status"] == "accepted"


async def test_an_answer_cut_off_twice_is_permanent_by_name(workshop: Workshop) -> None:
    Moody(workshop, [ended(StopReason.MAX_TOKENS)] * 2)
    with pytest.raises(PermanentError) as caught:
        await workshop.submit(SURE)

    assert caught.value.reason == "model_max_tokens"


@pytest.mark.parametrize("reason", [StopReason.REFUSAL, StopReason.CONTENT_FILTERED])
async def test_a_model_that_declines_leaves_the_document_to_a_person(
    workshop: Workshop, reason: StopReason
) -> None:
    moody = Moody(workshop, [ended(reason)])
    await workshop.submit(SURE)

    (requested,) = workshop.events("reviews.requested")
    record = await workshop.read(requested["record"])
    extracted = await workshop.read(workshop.events("documents.extracted")[0]["result"])
    assert len(moody.asked) == 1
    assert {field["field"]["state"] for field in record["fields"]} == {"missing"}
    assert reason.value in extracted["degraded"][0]
    assert extracted["reply"]["uri"].endswith(f"{moody.asked[0].digest}.json")


async def test_a_call_that_may_have_been_paid_for_is_told_in_the_trail(workshop: Workshop) -> None:
    Moody(workshop, [LostReplyError("broke off", target="model:x")])
    with pytest.raises(LostReplyError):
        await workshop.submit(SURE)

    (told,) = notes(workshop, "uncertain call")
    assert told["why"] == "broke off"
    assert not [key for key in workshop.store.objects if "/asking/" in key]


async def test_a_call_that_a_killed_process_left_is_told_by_the_next(workshop: Workshop) -> None:
    moody = Moody(workshop, [])
    document_id = await workshop.submit(SURE)
    asked = moody.asked[0].digest
    for key in [k for k in workshop.store.objects if "/outcomes/" in k or "/results/extraction/" in k]:
        del workshop.store.objects[key]
    del workshop.store.objects[f"documents/{document_id}/replies/{asked}.json"]
    await workshop.store.create(f"documents/{document_id}/asking/{asked}.json", b"{}")
    await workshop.submit(SURE)

    assert [note["why"] for note in notes(workshop, "uncertain call")] == [
        "a call before this one left no reply"
    ]


async def test_a_call_that_its_own_process_cut_short_is_told_by_the_next(workshop: Workshop) -> None:
    moody = Moody(workshop, [asyncio.CancelledError()])
    with pytest.raises(asyncio.CancelledError):
        await workshop.submit(SURE)
    await workshop.submit(SURE)

    assert len(moody.asked) == 2
    assert [note["why"] for note in notes(workshop, "uncertain call")] == [
        "a call before this one left no reply"
    ]
    assert not [key for key in workshop.store.objects if "/asking/" in key]


_READ = {"value": "1", "quote": "1", "lines": ["1.1"]}
_ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "total": st.fixed_dictionaries(
            {},
            optional={
                "readings": st.lists(
                    st.sampled_from([_READ, {**_READ, "value": 1}, {**_READ, "confidence": 1.5}, {}, None]),
                    max_size=2,
                ),
                "confidence": st.sampled_from([0, 1, 1.0, -0.1, "1", True, None]),
                "other": st.none(),
            },
        ),
        "note": st.just({"readings": []}),
    },
)


@settings(max_examples=150, deadline=None)
@given(_ANSWERS)
def test_the_fast_look_at_an_answer_and_the_thorough_one_agree(answer: dict[str, Any]) -> None:
    spec = FieldSpec(name="total", title="Total", description="the sum", kind=FieldKind.MONEY)
    note = spec.model_copy(update={"name": "note", "many": True, "kind": FieldKind.TEXT})
    doc_type = DocType(name="slip", title="Slip", description="a slip", version="1", fields=(spec, note))
    tool = recording_tool(doc_type)
    thorough = jsonschema.Draft202012Validator(tool.input_schema).is_valid(answer)

    try:
        recorded(tool_reply(tool.name, answer), tool)
    except ModelAnswerError:
        fast = False
    else:
        fast = True

    assert fast == thorough
