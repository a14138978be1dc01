"""Doubtful fields go to another model: what it is asked, what stands afterwards, what is told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from inference.endpoints.failures import UnusableModelError
from inference.endpoints.prices import Price
from inference.protocol import LostReplyError, ModelRequest
from inference.router.table import RoutedModel, RouterTable
from schemas.errors import TransientError
from schemas.fields import Agreement
from tests.unit.agents.large import answering, extracted, field, history, unchanged, with_value
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio

LARGE = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
LARGER = "eu.anthropic.claude-opus-4-1-20250805-v1:0"
PRICE = Price(input=Decimal(3), output=Decimal(15))
TABLE = RouterTable(models=(RoutedModel(model=LARGE, error=0.02, price=PRICE),), critical_target=0.05)


@pytest.fixture
def workshop() -> Workshop:
    return Workshop(router=TABLE)


def escalated(asked: list[ModelRequest]) -> list[ModelRequest]:
    return [one for one in asked if not one.model.startswith("local:")]


async def test_only_the_doubtful_field_is_asked_for_and_the_first_answer_is_hidden(
    workshop: Workshop,
) -> None:
    asked = answering(workshop, unchanged)
    await workshop.submit(DOUBTFUL)

    (request,) = escalated(asked)
    assert set(request.tools[0].input_schema["properties"]) == {"total"}
    assert "Record these fields and no others: `total`." in request.system
    assert len(request.turns) == 1
    assert [line for line in (await extracted(workshop))["routing"] if "→" in line] == [
        f"→ escalate 1 of 3 fields to {LARGE}, est. $0.0022 for 0.58 errors fewer",
        "→ asked nobody else",
    ]


async def test_where_nothing_is_doubtful_nobody_else_is_asked(workshop: Workshop) -> None:
    asked = answering(workshop, unchanged)
    await workshop.submit(SURE)

    assert escalated(asked) == []
    assert workshop.events("records.completed")[0]["status"] == "accepted"


async def test_an_answer_that_differs_stands_with_the_first_one_beside_it(workshop: Workshop) -> None:
    def other(request: ModelRequest, reply: Any) -> Any:
        return with_value(reply, "total", "9.0") if request.model == LARGE else reply

    answering(workshop, other)
    await workshop.submit("SLIP\nshop: Corner Bakery Ltd\ntotal? 9.10\nsum 9.0\n")

    total = await field(workshop, "total")
    assert (total["readings"][0]["raw"], total["alternatives"][0]["raw"]) == ("9.0", "9.10")
    assert total["read_by"]["agreement"] == "differs"
    assert (await field(workshop, "shop")).get("read_by") is None


async def test_a_third_reading_is_held_against_whose_reading_stands() -> None:
    dearer = RoutedModel(model=LARGER, error=0.01, price=Price(input=Decimal(15), output=Decimal(75)))
    workshop = Workshop(
        router=TABLE.model_copy(update={"models": (*TABLE.models, dearer), "critical_target": 0.01})
    )

    def others(request: ModelRequest, reply: Any) -> Any:
        return with_value(reply, "total", "9.0") if request.model in (LARGE, LARGER) else reply

    asked = answering(workshop, others)
    await workshop.submit("SLIP\nshop: Corner Bakery Ltd\ntotal? 9.10\nsum 9.0\n")

    assert [one.model for one in escalated(asked)] == [LARGE, LARGER]
    total = await field(workshop, "total")
    said = total["read_by"], total["checked_by"]
    assert [(one["model"], one["second"], one["agreement"]) for one in said] == [
        (LARGE, "variant", "differs"),
        (LARGER, LARGE, "agrees"),
    ]


async def test_one_that_agrees_is_noted_and_raises_nobodys_confidence_by_itself(workshop: Workshop) -> None:
    answering(workshop, unchanged)
    await workshop.submit(DOUBTFUL)

    total = await field(workshop, "total")
    assert (total["confidence"], total.get("read_by")) == (0.4, None)
    assert total["checked_by"]["agreement"] == "agrees"
    assert workshop.events("reviews.requested")


async def test_agreement_that_people_found_right_is_accepted_by_the_other_models_certificates(
    workshop: Workshop,
) -> None:
    workshop.history = history(200, 200, Agreement.AGREES)
    answering(workshop, unchanged)
    await workshop.submit(DOUBTFUL)

    total = await field(workshop, "total")
    assert total["read_by"]["of"] == 600
    assert workshop.events("records.completed")[0]["status"] == "accepted"


async def test_what_stands_on_no_page_does_not_replace_the_first_reading(workshop: Workshop) -> None:
    def invented(request: ModelRequest, reply: Any) -> Any:
        return with_value(reply, "total", "77.77") if request.model == LARGE else reply

    answering(workshop, invented)
    await workshop.submit(DOUBTFUL)

    assert (await field(workshop, "total"))["readings"][0]["raw"] == "9.00"


async def test_an_answer_that_cant_be_used_leaves_the_first_reading(workshop: Workshop) -> None:
    def empty(request: ModelRequest, reply: Any) -> Any:
        return reply.model_copy(update={"content": ()}) if request.model == LARGE else reply

    answering(workshop, empty)
    await workshop.submit(DOUBTFUL)

    assert (await field(workshop, "total"))["readings"][0]["raw"] == "9.00"


@pytest.mark.parametrize("fallback", [False, True])
async def test_a_model_that_is_down_is_waited_for_unless_the_first_reading_may_stand(fallback: bool) -> None:
    workshop = Workshop(router=TABLE, fallback=fallback)

    def down(request: ModelRequest, reply: Any) -> Any:
        if request.model == LARGE:
            raise LostReplyError("down", target="model:x")
        return reply

    answering(workshop, down)
    if not fallback:
        with pytest.raises(TransientError):
            await workshop.submit(DOUBTFUL)
        return
    await workshop.submit(DOUBTFUL)
    found = await extracted(workshop)
    assert found["degraded"] == [f"model {LARGE!r} did not answer (down); the first reading stands"]
    assert found["degradations"] == ["lesser_model"]


async def test_a_model_that_cant_be_asked_until_somebody_mends_it_stops_the_agent() -> None:
    workshop = Workshop(router=TABLE, fallback=True)

    def refused(request: ModelRequest, reply: Any) -> Any:
        if request.model == LARGE:
            raise UnusableModelError("bedrock:x wants credentials and was sent none: configure them")
        return reply

    answering(workshop, refused)
    with pytest.raises(UnusableModelError, match="wants credentials"):
        await workshop.submit(DOUBTFUL)
    assert not workshop.events("documents.extracted")


async def test_a_type_that_is_not_routed_and_one_that_names_its_model_are_left_alone() -> None:
    for workshop in (
        Workshop(router=TABLE.model_copy(update={"types": ("lease",)})),
        Workshop(router=TABLE, named="other", asking={"second": "none"}),
    ):
        asked = answering(workshop, unchanged)
        await workshop.submit(DOUBTFUL)

        assert LARGE not in [one.model for one in asked]


async def test_another_table_is_another_reading(workshop: Workshop) -> None:
    asked = answering(workshop, unchanged)
    await workshop.submit(DOUBTFUL)
    workshop.router = TABLE.model_copy(update={"target": 0.9, "critical_target": 0.9})
    await workshop.submit(DOUBTFUL, name="again.txt")

    first, second = [one["result"]["uri"] for one in workshop.events("documents.extracted")]
    assert first != second
    assert len(escalated(asked)) == 1
