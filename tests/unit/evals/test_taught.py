"""What taught a model can't score it: people's decisions, labelled data, and what is near to either."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import doctypes
from app.actions.drift import _cells as night_cells
from app.actions.finetune import draw
from doctypes.folder import load_all
from evals.errors import UnscorableError
from evals.judging import EvalSet, contest, open_set, run_variant
from evals.scoring.figures import figures
from evals.sets.build import build
from evals.sets.keeping import find_set, keep_set
from evals.truth import truths_of
from evals.variants import Variant, Variants
from evals.words.comparison import comparison_lines
from evals.words.figures import figure_lines
from inference.labelled.sources import Sourced
from schemas.canonical import sha256_hex
from schemas.reviewed import ReviewedRecord
from store import keys
from store.families import assign_family, sketch_of
from store.lineages import (
    BaseDocument,
    BrokenLineageError,
    ModelLineage,
    Taught,
    keep_lineage,
    keep_taught,
    lineage_file,
    lineage_of,
    parse_lineage,
    taught_by,
)
from store.memory import MemoryStore
from store.pools import Pool, pool_of
from store.reviewed import keep_reviewed
from tests.unit.evals.bench import Bench
from tests.unit.evals.made import NOW, wanted

pytestmark = pytest.mark.anyio
LETTERS = "aeioubdfgklmnprst"


def page(number: int) -> str:
    """A page that is like no other."""
    return " ".join(f"{LETTERS[(number + n) % 17]}{LETTERS[(number * 7 + n) % 13]}{n:x}" for n in range(60))


async def opened(bench: Bench, count: int = 3) -> tuple[EvalSet, Variant]:
    """A set of so many slips, each of a family of its own, and a challenger."""
    await bench.go_live()
    said = []
    for number in range(count):
        document_id = await bench.submit(f"{number + 1}.00")
        await assign_family(bench.store, document_id, page(number))
        said.append(await bench.told(document_id, f"{number + 1}.00"))
    live = await Variants(bench.store, bench.parts).live("slip")
    made = build(
        truths_of(said), {said[0].schema_digest: live.doc_type},
        wanted(now=bench.workshop.now(), mix={"slip": 1.0}),
    )  # fmt: skip
    await keep_set(bench.store, made, by="ada", now=NOW)
    chosen = await open_set(bench.store, await find_set(bench.store, "main"), sealed=True)
    return chosen, await bench.challenger()


async def learns(bench: Bench, challenger: Variant, **changes: object) -> ModelLineage:
    """Put on record what the challenger learned from."""
    lineage = ModelLineage(
        model=challenger.bundle.parts["model"].sha256, doc_type="slip", parent=None, learned_from=(), at=NOW
    ).model_copy(update=changes)
    return await keep_lineage(bench.store, lineage)


async def test_documents_whose_decisions_taught_a_model_are_not_scored_and_counted() -> None:
    bench = Bench()
    chosen, challenger = await opened(bench)
    taught = chosen.records[0].doc.id
    await learns(bench, challenger, learned_from=(Taught(decision_id="d", document_id=taught),))
    _, release = await Variants(bench.store, bench.parts).live_release()
    scored = await run_variant(bench.runner(release), chosen, challenger)

    assert taught not in {record.doc.id for record in scored.records}
    assert (len(scored.records), scored.left_out) == (2, 1)
    assert "1 document of the set is not scored" in figure_lines("x", figures(scored))[-1]


async def test_labelled_documents_that_taught_a_model_do_not_score_it_nor_does_their_like() -> None:
    bench = Bench()
    chosen, challenger = await opened(bench)
    _, release = await Variants(bench.store, bench.parts).live_release()
    live = await Variants(bench.store, bench.parts).live("slip")
    by_total = sorted(chosen.records, key=lambda record: str(record.truth["total"]))
    first, second, third = (record.doc.id for record in by_total)
    near = sketch_of(page(1).replace("e0", "e1") + " thank you")
    base = (BaseDocument(digests=(first,)), BaseDocument(digests=(sha256_hex(b"scan"),), minima=near))
    lineage = await learns(bench, challenger, base=base)
    found, _ = await contest(bench.runner(release), chosen, (live, challenger))

    assert found.exact.documents == 1
    assert found.champion.figures.left_out == 2
    assert any("2 documents of the set are not scored" in line for line in comparison_lines(found, 1))
    assert [one.model for one in await taught_by(bench.store, first)] == [lineage.model]
    assert await taught_by(bench.store, third) == []
    assert second not in lineage.documents


async def test_what_came_with_a_model_keeps_what_it_learned_from_out_of_its_score() -> None:
    bench = Bench()
    chosen, challenger = await opened(bench)
    _, release = await Variants(bench.store, bench.parts).live_release()
    model = challenger.bundle.parts["model"].sha256
    by_total = sorted(chosen.records, key=lambda record: str(record.truth["total"]))
    first, second = (record.doc.id for record in by_total[:2])
    near = sketch_of(page(1).replace("e0", "e1") + " thank you")
    told = ModelLineage(
        model=model, doc_type="slip", parent=None, learned_from=(),
        base=(BaseDocument(digests=(first,)), BaseDocument(digests=(sha256_hex(b"scan"),), minima=near)),
    )  # fmt: skip
    before = await run_variant(bench.runner(release), chosen, challenger)
    kept = await keep_taught(bench.store, lineage_file(told), model)
    after = await run_variant(bench.runner(release), chosen, challenger)

    assert (kept, before.unlisted, after.unlisted) == (True, (challenger.name,), ())
    assert "learned from is not on record" in figure_lines("x", figures(before))[-1]
    assert {record.doc.id for record in before.records} - {r.doc.id for r in after.records} == {first, second}
    assert [one.model for one in await taught_by(bench.store, first)] == [model]
    assert (await taught_by(bench.store, first))[0] == parse_lineage(lineage_file(told))


async def test_a_file_of_another_model_or_of_no_shape_is_no_record_of_what_a_model_learned() -> None:
    store = MemoryStore()
    told = ModelLineage(model="a" * 64, doc_type="slip", parent=None, learned_from=())

    assert not await keep_taught(store, lineage_file(told), "b" * 64)
    assert await lineage_of(store, "b" * 64) is None
    for broken in (b"[]", b"{", lineage_file(told).replace(b'"documents":[]', b'"documents":["x AAAA"]')):
        with pytest.raises(BrokenLineageError, match="train it again"):
            parse_lineage(broken)


async def test_a_model_that_learned_from_the_whole_set_is_not_scored_at_all() -> None:
    bench = Bench()
    chosen, challenger = await opened(bench)
    _, release = await Variants(bench.store, bench.parts).live_release()
    whole = tuple(Taught(decision_id=f"d{n}", document_id=r.doc.id) for n, r in enumerate(chosen.records))
    await learns(bench, challenger, learned_from=whole)

    with pytest.raises(UnscorableError, match="learned from all 3 documents of type 'slip'"):
        await run_variant(bench.runner(release), chosen, challenger)


async def test_labelled_documents_that_evals_hold_or_are_near_to_teach_nothing() -> None:
    store = MemoryStore()
    evals, training = sha256_hex(b"kept for evals"), sha256_hex(b"may teach")
    secret = next(
        key
        for key in (f"key {n}".encode() for n in range(1000))
        if (pool_of(key, evals), pool_of(key, training)) == (Pool.EVALS, Pool.TRAINING)
    )
    await store.create(keys.pool_secret(), secret, media_type="text/plain")
    await assign_family(store, evals, page(1))
    await assign_family(store, training, page(2))
    base = [
        Sourced("set/same", (evals,), "other words altogether, read by another hand"),
        Sourced("set/near", (sha256_hex(b"scan"),), page(1) + " thank you"),
        Sourced("set/taught", (training,), page(2)),
        Sourced("set/new", (sha256_hex(b"new"),), page(3)),
    ]
    folders = load_all(Path(doctypes.__file__).parent)
    folder = next(one for one in folders if one.doc_type.name == "receipt")
    drawn = await draw(store, [], folder, base)

    assert drawn.without == {"set/same", "set/near"}
    assert "2 labelled documents kept for evals" in drawn.told


async def test_whoever_decides_faster_than_anybody_reads_teaches_nothing_and_hides_no_drift() -> None:
    bench = Bench()
    await bench.go_live()
    calm: list[ReviewedRecord] = []
    quick: list[ReviewedRecord] = []
    for number in range(8):
        document_id = await bench.submit(f"{number + 1}.00")
        said = await bench.told(document_id, f"{number + 1}.00", reviewer="r9" if number else "r1")
        fields = tuple(one.model_copy(update={"ms": 300 if number else 3000}) for one in said.fields)
        (quick if number else calm).append(said.model_copy(update={"fields": fields}))
    for said in (*calm, *quick):
        await keep_reviewed(bench.store, said)
    await bench.store.create(keys.pool_secret(), b"any", media_type="text/plain")
    folders = load_all(Path(doctypes.__file__).parent)
    slip = replace(folders[0], doc_type=(await Variants(bench.store, bench.parts).live("slip")).doc_type)
    drawn = await draw(bench.store, [*calm, *quick], slip)
    cells, hurried = await night_cells(bench.store, bench.workshop.now())

    assert hurried == ("r9",)
    assert {cell.document_id for cell in cells} == {calm[0].document_id}
    assert {one.document_id for one in drawn.reviewed.taught} <= {calm[0].document_id}
    assert drawn.hurried > 0
    assert any("faster than anybody reads left out (weight 0)" in line for line in drawn.told)
