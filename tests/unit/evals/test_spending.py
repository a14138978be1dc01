"""What an evaluation would cost is said before anything is spent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.running import Runner
from evals.sets.form import SetRecord
from evals.spending import ANSWER_TOKENS, estimate
from evals.variants import Variant, Variants
from tests.unit.evals.bench import ready

pytestmark = pytest.mark.anyio


def price(model: str, tokens_in: int, tokens_out: int) -> float | None:
    assert tokens_out == ANSWER_TOKENS
    return None if model == "unpriced" else tokens_in / 1000 + 1.0


async def opened() -> tuple[Runner, list[SetRecord], Variant]:
    bench, records = await ready(3)
    variants = Variants(bench.store, bench.parts)
    _, release = await variants.live_release()
    return bench.runner(release), records, await variants.live("slip")


async def test_a_model_that_costs_is_priced_by_the_length_of_what_is_still_to_be_asked() -> None:
    runner, records, variant = await opened()
    paid = replace(variant, model="large")
    before = await estimate(runner, records, paid, price)
    await runner.run(records[:2], paid)
    after = await estimate(runner, records, paid, price)
    known = await estimate(runner, records[:2], paid, price)

    assert (before.documents, before.known, before.free) == (3, 0, False)
    assert before.dollars is not None
    assert 3.0 < before.dollars < 3.2
    assert (after.documents, after.known) == (1, 2)
    assert (known.documents, known.free) == (0, True)


async def test_a_price_that_is_not_known_is_no_price_and_a_local_model_is_free() -> None:
    runner, records, variant = await opened()
    unpriced = await estimate(runner, records, replace(variant, model="unpriced"), price)
    local = await estimate(runner, records, variant, price)
    gone = [
        one.model_copy(update={"doc": one.doc.model_copy(update={"layout": lost(one)})}) for one in records
    ]
    blind = await estimate(runner, gone, replace(variant, model="large"), price)

    assert (unpriced.dollars, unpriced.free) == (None, False)
    assert (local.dollars, local.free) == (0.0, True)
    assert blind.dollars == pytest.approx(3.0)


def lost(record: SetRecord) -> object:
    """A layout that is not in the store."""
    return record.doc.layout.model_copy(
        update={"uri": f"documents/{record.doc.id}/artifacts/layout/x/gone.json"}
    )
