"""What a large model reads is measured: by its quotes, by a second reading, by what people found before."""

from __future__ import annotations

import pytest

from agents.extraction.nearest import nearest
from inference.endpoints.failures import UnusableModelError
from inference.protocol import ModelReply, ModelRequest, StopReason
from schemas.fields import (
    EvidenceClass,
)
from schemas.histories import LEAST, Signs
from tests.unit.agents.large import LARGE, answering, extracted, field, history, unchanged, with_value
from tests.unit.agents.slips import SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio


@pytest.fixture
def workshop() -> Workshop:
    return Workshop(named=LARGE)


async def test_what_a_large_model_says_of_its_own_sureness_counts_for_nothing(workshop: Workshop) -> None:
    answering(workshop, unchanged)
    await workshop.submit(SURE)

    found = await field(workshop, "shop")
    (requested,) = workshop.events("reviews.requested")
    record = await workshop.read(requested["record"])
    assert found["confidence"] is None
    assert found["read_by"]["of"] is None
    assert {one["decision"] for one in record["fields"]} == {"review"}


async def test_readings_like_those_that_people_found_right_are_accepted(workshop: Workshop) -> None:
    workshop.history = history(200, 200)
    answering(workshop, unchanged)
    await workshop.submit(SURE)

    found = await field(workshop, "shop")
    assert found["confidence"] > 0.99
    assert found["read_by"] == {
        "model": LARGE,
        "pages": None,
        "alignment": "exact",
        "second": "variant",
        "agreement": "agrees",
        "parts_differ": False,
        "of": 600,
    }
    assert workshop.events("records.completed")[0]["status"] == "accepted"


async def test_a_value_that_its_own_quote_contradicts_is_never_accepted(workshop: Workshop) -> None:
    workshop.history = history(200, 200)
    answering(workshop, lambda _, reply: with_value(reply, "total", "90.00", quote="9.00"))
    await workshop.submit(SURE)

    (requested,) = workshop.events("reviews.requested")
    record = await workshop.read(requested["record"])
    assert record["reasons"] == ["total: the words quoted say 9.00, the value is 90.00"]


async def test_a_reading_that_the_variant_contradicts_is_of_another_sort(workshop: Workshop) -> None:
    workshop.history = history(200, 200)

    def other(request: ModelRequest, reply: ModelReply) -> ModelReply:
        return with_value(reply, "shop", "Corner Bakery") if request.model == LARGE else reply

    answering(workshop, other)
    await workshop.submit(SURE)

    found = await field(workshop, "shop")
    assert (found["confidence"], found["read_by"]["agreement"]) == (None, "differs")
    assert [one["raw"] for one in found["alternatives"]] == ["Corner Bakery Ltd"]


def test_few_reviewed_readings_calibrate_nothing() -> None:
    few = history(LEAST // 3 - 1, LEAST // 3 - 1)
    told = few.told[0]
    signs = {name: getattr(told, name) for name in ("model", "alignment", "agreement", "second")}
    assert few.confidence("shop", Signs(**signs)) is None
    assert history(70, 100).confidence("shop", Signs(**signs)) is not None


async def test_the_same_model_once_more_is_a_request_of_its_own(workshop: Workshop) -> None:
    workshop.asking = {"second": "again"}
    asked = answering(workshop, unchanged)
    await workshop.submit(SURE)

    assert [(one.model, one.sample_index) for one in asked] == [(LARGE, 0), (LARGE, 1)]
    assert asked[0].digest != asked[1].digest
    assert (await field(workshop, "shop"))["read_by"]["agreement"] == "agrees"
    assert len((await extracted(workshop))["more_replies"]) == 1


async def test_nobody_reads_a_second_time_where_none_is_wanted(workshop: Workshop) -> None:
    workshop.asking = {"second": "none"}
    asked = answering(workshop, unchanged)
    await workshop.submit(SURE)

    assert len(asked) == 1
    assert (await field(workshop, "shop"))["read_by"]["agreement"] == "alone"


async def test_a_second_reading_that_cant_be_used_is_none_and_says_so(workshop: Workshop) -> None:
    def cut_off(request: ModelRequest, reply: ModelReply) -> ModelReply:
        if request.model == LARGE:
            return reply
        return reply.model_copy(update={"stop_reason": StopReason.MAX_TOKENS})

    answering(workshop, cut_off)
    await workshop.submit(SURE)

    assert (await field(workshop, "shop"))["read_by"]["agreement"] == "alone"
    assert any(
        b"no second reading" in body for key, body in workshop.store.objects.items() if "/trail/" in key
    )


async def test_a_second_reader_that_cant_be_asked_until_somebody_mends_it_stops_the_agent(
    workshop: Workshop,
) -> None:
    workshop.asking = {"second": "another-model"}

    def refused(request: ModelRequest, reply: ModelReply) -> ModelReply:
        if request.model == LARGE:
            return reply
        raise UnusableModelError("bedrock:x: model 'another-model' is not there: correct its id")

    answering(workshop, refused)
    with pytest.raises(UnusableModelError, match="is not there"):
        await workshop.submit(SURE)


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("acmetradinggmbh", "xxacrnetradinggmbhyy", "acrnetradinggmbh"),
        ("acmetradinggmbh", "nothingofthekindstandshere", None),
        ("invoice2024001acme", "invoice2024007acme", None),
        ("acmeltd", "acmeltb", None),
        ("bakerstreet221london", "1bakerstreet2215london", None),
        ("thepartiesagreethat", "thepar" + "x" * 40 + "tiesagreethat", None),
    ],
)
def test_a_passage_is_near_where_only_letters_differ(quote: str, text: str, found: str | None) -> None:
    span = nearest(quote, text)

    assert (text[span[0] : span[1]] if span else None) == found


async def test_a_slip_of_a_letter_is_evidence_for_a_name_and_never_for_an_amount(workshop: Workshop) -> None:
    def slip(request: ModelRequest, reply: ModelReply) -> ModelReply:
        if request.model != LARGE:
            return reply
        return with_value(with_value(reply, "shop", "Corner Bakary Ltd"), "total", "9.00 EURO")

    answering(workshop, slip)
    await workshop.submit("SLIP\nshop: Corner Bakery Ltd\ntotal: 9.00 EURA\n")

    shop, total = await field(workshop, "shop"), await field(workshop, "total")
    assert shop["read_by"]["alignment"] == "fuzzy"
    assert shop["readings"][0]["evidence_class"] == EvidenceClass.INFERRED
    assert total["read_by"]["alignment"] == "nowhere"
