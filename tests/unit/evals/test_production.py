"""What production read, held against what people found; and what may never be scored by what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.actions.accuracy import by_name, twice
from evals.accuracy import estimate
from evals.errors import UnknownSetError
from evals.explaining import explain, find_record
from evals.gathering import gather, of_pool
from evals.judging import cell_rows, keep_run, open_set, run_variant
from evals.page import Shown, page
from evals.production import production
from evals.scoring.figures import figures
from evals.sets.build import build
from evals.sets.diff import diff_sets
from evals.sets.keeping import find_set, keep_set
from evals.truth import truths_of
from evals.variants import Variants
from evals.words.explanation import explained_lines
from evals.words.figures import figure_lines
from evals.words.sets import built_lines, diff_lines
from store.memory import MemoryStore
from store.pools import Pool, pool_of, pool_secret
from store.reviewed import keep_reviewed, reviewed_between
from tests.unit.evals.bench import Bench
from tests.unit.evals.made import NOW, record, types, wanted
from tests.unit.evals.made import production as made_up

pytestmark = pytest.mark.anyio


async def test_production_is_judged_by_the_record_that_was_looked_at() -> None:
    bench = Bench()
    release = await bench.go_live()
    right = await bench.told(await bench.submit("1.00"), "1.00")
    wrong = await bench.told(await bench.submit("2.00"), "3.00")
    live = await Variants(bench.store, bench.parts).live("slip")
    found = await production(bench.store, truths_of([right, wrong]), {right.schema_digest: live.doc_type})

    totals = {cell.document_id: cell for cell in found.cells if cell.field == "total"}
    assert (totals[right.document_id].right, totals[wrong.document_id].right) == (True, False)
    assert {cell.bundle for cell in found.cells} == {release.bundles["slip"].digest}
    assert all(cell.accepted and cell.whole and cell.audited for cell in found.cells)
    assert found.lost == ()
    estimates = by_name(found.cells)
    assert next(iter(estimates)) == "slip"
    assert estimates["slip.total"].value == pytest.approx(0.5)
    assert estimate(found.cells).documents == 2


async def test_a_field_counts_with_the_quality_of_the_record_that_was_looked_at_for_it() -> None:
    bench = Bench()
    await bench.go_live()
    first = await bench.told(await bench.submit("1.00"), "1.00")
    bench.workshop.reader.quality = 0.8
    later = await bench.told(await bench.submit("2.00"), "2.00")
    live = await Variants(bench.store, bench.parts).live("slip")
    (truth,), (other,) = truths_of([first]), truths_of([later])
    mixed = replace(truth, fields={**truth.fields, "total": other.fields["total"]})
    found = await production(bench.store, [mixed], {first.schema_digest: live.doc_type})

    assert {cell.field: cell.quality for cell in found.cells} == {"shop": 0.9, "total": 0.8, "note": 0.9}


async def test_documents_whose_record_is_gone_are_counted_not_guessed() -> None:
    bench = Bench()
    await bench.go_live()
    told = await bench.told(await bench.submit("1.00"), "1.00")
    live = await Variants(bench.store, bench.parts).live("slip")
    assert told.record is not None
    del bench.workshop.store.objects[told.record.uri]
    found = await production(bench.store, truths_of([told]), {told.schema_digest: live.doc_type})

    assert (found.cells, found.lost) == ((), (told.document_id,))


async def test_no_document_is_in_both_pools_and_sets_are_of_one_of_them() -> None:
    store = MemoryStore()
    records = made_up(200)
    for one in records:
        await keep_reviewed(store, one)
    gathered = await gather(store, NOW.date().replace(month=10), NOW.date())
    training = await of_pool(store, gathered.records, Pool.TRAINING)

    scored = {truth.document_id for truth in gathered.truths}
    taught = {one.document_id for one in training}
    assert len(gathered.records) == 200
    assert scored
    assert taught
    assert scored & taught == set()
    secret = await pool_secret(store)
    assert {pool_of(secret, t.family) for t in gathered.truths} == {Pool.EVALS}
    near = record(999, left_out=True)
    await keep_reviewed(store, near)
    again = await gather(store, NOW.date().replace(month=10), NOW.date())
    assert near.document_id not in {truth.document_id for truth in again.truths}


async def test_what_people_said_is_found_by_day_and_oldest_first() -> None:
    store = MemoryStore()
    for number in (3, 1, 19):
        await keep_reviewed(store, record(number))
    first = (NOW.date()).replace(day=15)

    found = await reviewed_between(store, first, NOW.date())

    assert [one.decision_id for one in found] == ["audit-invoice-3", "audit-invoice-1"]


async def test_a_kept_run_and_its_page_hold_no_value_of_a_document() -> None:
    bench = Bench()
    await bench.go_live()
    said = [await bench.told(await bench.submit(f"{n}.00"), f"{n}.00") for n in (1, 2)]
    variants = Variants(bench.store, bench.parts)
    live = await variants.live("slip")
    made = build(
        truths_of(said), {said[0].schema_digest: live.doc_type},
        wanted(now=bench.workshop.now(), mix={"slip": 1.0}),
    )  # fmt: skip
    await keep_set(bench.store, made, by="ada", now=NOW)
    chosen = await open_set(bench.store, await find_set(bench.store, "main"), sealed=True)
    _, release = await variants.live_release()
    scored = await run_variant(bench.runner(release), chosen, live)
    run_id = await keep_run(bench.store, chosen, live, scored, "test")
    html = page(made.manifest, [Shown(live.name, scored)], NOW)
    kept = b"".join(
        d for k, d in bench.workshop.store.objects.items() if k.startswith(f"evals/runs/{run_id}")
    )
    lines = [*figure_lines(live.name, figures(scored)), *built_lines(made.manifest, moved=True)]

    assert len(cell_rows(scored)) == 6
    for text in (html, kept.decode(), "\n".join(lines)):
        assert "Bakery" not in text
        assert "2.00" not in text.replace("0.000000", "")
    assert html.count("<svg") == 3
    assert "http" not in html.replace('lang="en"', "")


async def test_a_record_is_explained_with_truth_and_answers_side_by_side() -> None:
    bench = Bench()
    await bench.go_live()
    said = [await bench.told(await bench.submit("2.00"), "3.00")]
    variants = Variants(bench.store, bench.parts)
    live = await variants.live("slip")
    schemas = {said[0].schema_digest: live.doc_type}
    made = build(truths_of(said), schemas, wanted(now=bench.workshop.now(), mix={"slip": 1.0}))
    _, release = await variants.live_release()
    answers = await bench.runner(release).run(made.records, live)
    one = find_record(made.records, made.records[0].rid[:6])
    lines = explained_lines(explain(one, live.doc_type, {live.name: answers[one.doc.id]}))

    assert any(line.strip() == "truth     3.00" for line in lines)
    assert any(
        line.strip().startswith(f"WRONG     {live.name}: 2.00 (0.97, accepted) at page 1") for line in lines
    )
    assert lines[-1] == f"  doctrail trace {one.doc.id[:12]}"
    with pytest.raises(UnknownSetError):
        find_record(made.records, "zz")


def test_a_diff_tells_what_entered_left_and_changed_and_how_the_mix_moved() -> None:
    schemas = types("invoice", "lease")
    before = build(truths_of([record(1), record(2)]), schemas, wanted(mix={"invoice": 1.0}))
    changed = record(2, values={"total": "7.00"})
    after = build(
        truths_of([changed, record(3, name="lease")]), schemas, wanted(mix={"invoice": 1, "lease": 3})
    )
    found = diff_sets((before.manifest, before.records), (after.manifest, after.records))

    assert found.entered == (record(3, name="lease").document_id,)
    assert found.left == (record(1).document_id,)
    assert found.changed == {changed.document_id: ("total",)}
    assert found.mix == {"invoice": (1.0, 0.25), "lease": (0.0, 0.75)}
    assert "1 entered, 1 left, 1 changed" in diff_lines(found)[0]


def test_two_words_on_a_field_are_paired_by_run() -> None:
    pairs = twice([record(1), record(1, lane="double", values={"total": "9.99"}), record(2)])

    assert [one == other for one, other in pairs] == [True, False, True]
