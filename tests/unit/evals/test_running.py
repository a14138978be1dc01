"""Running a variant: with production's agents, remembered, and without a trace in the installation."""

from __future__ import annotations

from decimal import Decimal

import pytest

from evals.errors import UnknownVariantError, UnscorableError
from evals.migrating import migrated, scored_with
from evals.scoring.figures import figures
from evals.scoring.table import score
from evals.sets.build import build
from evals.truth import truths_of
from evals.variants import Variants
from inference.endpoints.failures import UnusableModelError
from inference.endpoints.prices import Price
from inference.protocol import LOCAL, ModelReply, ModelRequest
from inference.router.table import RoutedModel, RouterTable
from schemas.fields import FieldKind
from schemas.objects import ObjectRef
from store.memory import MemoryStore
from tests.unit.agents.workshop import Workshop
from tests.unit.evals.bench import Bench, ready
from tests.unit.evals.made import doc_type, record, types, wanted

pytestmark = pytest.mark.anyio


async def test_a_variant_is_scored_by_what_production_would_have_answered() -> None:
    bench, records = await ready()
    variants = Variants(bench.store, bench.parts)
    _, release = await variants.live_release()
    variant = await variants.live("slip")
    answers = await bench.runner(release).run(records, variant)
    read, schemas = scored_with(records, {}, variant)
    found = figures(score(read, answers, schemas, {"slip": 1.0}))

    assert found.exact.value == pytest.approx(0.75)
    assert found.fields["slip.shop"].value == 1.0
    assert found.routing.coverage.value == 1.0
    assert all(answer.seconds > 0 for answer in answers.values())


async def test_answers_are_remembered_and_nothing_else_is_left_behind() -> None:
    bench, records = await ready()
    variants = Variants(bench.store, bench.parts)
    _, release = await variants.live_release()
    store = bench.workshop.store
    before = set(store.objects)
    runner = bench.runner(release)
    first = await runner.run(records, await variants.live("slip"))
    asked = len(bench.asked)
    again = await runner.run(records, await variants.live("slip"))

    assert (asked, len(bench.asked)) == (4, 4)
    assert first == again
    new = set(store.objects) - before
    assert {key.split("/")[2] for key in new} == {"evals"}
    assert len(new) == 4


class Penniless(Workshop):
    """A workshop whose model asks for money before it answers."""

    def _answer(self, _request: ModelRequest) -> ModelReply:
        raise UnusableModelError("anthropic has no credit left for us: buy some in its console")


async def test_a_model_that_cant_be_asked_until_somebody_mends_it_ends_the_run_and_is_no_answer() -> None:
    bench, records = await ready()
    variants = Variants(bench.store, bench.parts)
    _, release = await variants.live_release()
    live, mended = await variants.live("slip"), bench.workshop
    bench.workshop = Penniless(store=mended.store, reader=mended.reader, time=mended.time)
    with pytest.raises(UnusableModelError):
        await bench.runner(release).run(records, live)
    bench.workshop = mended
    answers = await bench.runner(release).run(records, live)

    assert all(answer.fields for answer in answers.values())


async def test_what_the_router_asks_for_a_free_variant_is_paid_once_and_counted() -> None:
    price = Price(input=Decimal(3), output=Decimal(15))
    large = RoutedModel(model="eu.anthropic.claude-sonnet-4-5-20250929-v1:0", error=0.02, price=price)
    bench = Bench(workshop=Dear(router=RouterTable(models=(large,), critical_target=0.05)))
    await bench.go_live()
    document_id = await bench.submit(sure=False)
    (asked,) = bench.workshop.events("reviews.requested")
    read = ObjectRef.model_validate(asked["record"])
    variants = Variants(bench.store, bench.parts)
    _, release = await variants.live_release()
    live = await variants.live("slip")

    known = await bench.runner(release).ask(document_id, read, live)
    asked_again = bench.asked.count(large.model)
    for key in [key for key in bench.workshop.store.objects if "/replies/" in key]:
        await bench.store.delete(key)
    for _ in range(2):
        await bench.runner(release).ask(document_id, read, live)

    assert (asked_again, bench.asked.count(large.model)) == (0, 1)
    assert known.cost == 0.25


class Dear(Workshop):
    """A workshop in which all models but the local one cost a quarter of a dollar."""

    def _answer(self, request: ModelRequest) -> ModelReply:
        cost = 0.0 if request.model.startswith(LOCAL) else 0.25
        return super()._answer(request).model_copy(update={"cost": cost})


async def test_a_run_that_was_cut_off_goes_on_where_it_was() -> None:
    bench, records = await ready()
    variants = Variants(bench.store, bench.parts)
    _, release = await variants.live_release()
    variant = await variants.live("slip")
    await bench.runner(release).run(records[:2], variant)
    seen: list[tuple[int, int]] = []
    await bench.runner(release).run(records, variant, lambda done, total: seen.append((done, total)))

    assert len(bench.asked) == 4
    assert seen == [(3, 4), (4, 4)]


async def test_what_people_decided_is_not_seen_by_a_variant() -> None:
    bench, records = await ready(2)
    variants = Variants(bench.store, bench.parts)
    _, release = await variants.live_release()
    wrong = bench.runner(
        release, {"shop": {"readings": []}, "total": {"readings": []}, "note": {"readings": []}}
    )
    answers = await wrong.run(records, await bench.challenger())

    assert {answer.routed for answer in answers.values()} == {True}
    assert all(not field.values for answer in answers.values() for field in answer.fields)


async def test_documents_that_are_gone_are_named() -> None:
    bench, records = await ready(2)
    variants = Variants(bench.store, bench.parts)
    _, release = await variants.live_release()
    store: MemoryStore = bench.workshop.store
    for key in [k for k in store.objects if "/artifacts/layout/" in k and records[0].doc.id in k]:
        del store.objects[key]

    with pytest.raises(UnscorableError, match=records[0].doc.id):
        await bench.runner(release).run(records, await variants.live("slip"))


async def test_variants_are_found_by_type_and_by_digest() -> None:
    bench, _ = await ready(1)
    variants = Variants(bench.store, bench.parts)
    live = await variants.find("slip")
    other = await bench.challenger()

    assert (await variants.find(other.name)).digest == other.digest
    assert (await variants.find(live.digest)).digest == live.digest
    with pytest.raises(UnknownVariantError, match="no variant"):
        await variants.find("slip@ffff")
    with pytest.raises(UnknownVariantError, match="live are slip"):
        await variants.live("lease")


def test_truth_of_an_older_schema_is_carried_over_or_refused_by_name() -> None:
    old = doc_type()
    (one,) = build(truths_of([record(1)]), types("invoice"), wanted()).records
    fewer = old.model_copy(update={"fields": old.fields[:2]})
    other = old.model_copy(
        update={"fields": (old.fields[0].model_copy(update={"kind": FieldKind.DATE}), *old.fields[1:])}
    )

    assert set(migrated(one, old, fewer).truth) == {"seller", "total"}
    with pytest.raises(UnscorableError, match="'seller' was a party when it was reviewed and is a date now"):
        migrated(one, old, other)


async def test_duplicates_in_production_are_none_to_any_variant() -> None:
    bench, records = await ready(1)
    variants = Variants(bench.store, bench.parts)
    _, release = await variants.live_release()
    runner, sides = bench.runner(release), (await variants.live("slip"), await bench.challenger())
    await bench.workshop.submit("SLIP\nshop: Corner Bakery Ltd\ntotal: 1.00\nthe same again, scanned anew\n")
    seen = [key for key in bench.workshop.store.objects if key.startswith("seen/")]
    routed = [answer.routed for side in sides for answer in (await runner.run(records, side)).values()]

    assert len({key.rpartition("/")[0] for key in seen}) < len(seen)
    assert routed == [False, False]
