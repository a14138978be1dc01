"""Sets and registry, wherever they lie: the same bytes, written once, and every change by hand is named."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from evals.comparing.rule import Comparison, Outcome
from evals.errors import LostRaceError, TamperedSetError
from evals.judging import contest, open_set
from evals.registry.history import export_registry, standings
from evals.registry.promoting import Approval, base_of, promote, rollback
from evals.sets.build import Built, build
from evals.sets.form import records_bytes
from evals.sets.keeping import (
    current_id,
    entomb,
    export_set,
    find_set,
    keep_set,
    list_sets,
    load_folder,
    load_records,
    uses_of,
    verify_set,
)
from evals.truth import truths_of
from evals.variants import Variant, Variants
from store import eval_keys, keys
from store.protocol import ObjectStore
from store.registry import RELEASE_SLOT, BrokenChainError, Registry, Statement
from tests.unit.evals.bench import Bench
from tests.unit.evals.made import NOW, production, types, wanted

pytestmark = pytest.mark.anyio
BY = Approval(by="ada", at=NOW, code="test")


def made(count: int = 40, **changes: object) -> Built:
    return build(truths_of(production(count)), types("invoice", "lease"), wanted(**changes))


async def test_a_set_is_found_held_to_its_id_counted_and_emptied(store: ObjectStore, tmp_path: Path) -> None:
    first = made()
    assert await keep_set(store, first, by="ada", now=NOW)
    assert not await keep_set(store, first, by="ada", now=NOW)
    second = made(30, parent=first.manifest.set_id)
    assert await keep_set(store, second, by="ada", now=NOW)
    gone = second.records[0].doc.id
    folder = await export_set(store, "main", tmp_path / "git")

    assert await current_id(store, "main") == second.manifest.set_id
    assert {kept.manifest.set_id for kept in await list_sets(store)} == {
        first.manifest.set_id,
        second.manifest.set_id,
    }
    assert (folder / "records.jsonl").read_bytes() == records_bytes(second.records)
    assert load_folder(folder)[2] == []
    assert set(await entomb(store, gone)) >= {second.manifest.set_id}
    _, problems = await verify_set(store, "main")
    assert problems == []
    emptied = {r.doc.id: r for r in await load_records(store, await find_set(store, "main"))}[gone]
    assert (emptied.tombstone, emptied.truth) == (True, {})


async def test_a_truth_changed_by_hand_is_named(store: ObjectStore) -> None:
    built = made()
    await keep_set(store, built, by="ada", now=NOW)
    key = f"{eval_keys.eval_set('main', built.manifest.set_id)}/records.jsonl"
    data = await store.fetch(key)
    assert data is not None
    await store.replace(key, data.replace(b".50", b".51", 1))

    with pytest.raises(TamperedSetError, match="its truth was changed"):
        await load_records(store, await find_set(store, "main"))


async def compared(bench: Bench) -> tuple[Variant, Comparison]:
    """A challenger, and a comparison by which it may go live."""
    await bench.go_live()
    said = [await bench.told(await bench.submit(f"{n + 1}.00"), f"{n + 1}.00") for n in range(2)]
    variants = Variants(bench.store, bench.parts)
    live = await variants.live("slip")
    schemas = {said[0].schema_digest: live.doc_type}
    built = build(truths_of(said), schemas, wanted(now=bench.workshop.now(), mix={"slip": 1.0}))
    await keep_set(bench.store, built, by="ada", now=NOW)
    challenger = await bench.challenger()
    chosen = await open_set(bench.store, await find_set(bench.store, "main"), sealed=True)
    _, release = await variants.live_release()
    found, uses = await contest(bench.runner(release), chosen, (live, challenger))
    assert uses == await uses_of(bench.store, built.manifest.set_id) == 1
    return challenger, replace(found, outcome=Outcome.SUPERIOR)


async def test_of_two_promotions_at_once_one_wins_and_a_rollback_brings_back_what_was(
    bench: Bench, tmp_path: Path
) -> None:
    challenger, found = await compared(bench)
    base = await base_of(bench.store)
    both = [replace(BY, by="ada"), replace(BY, by="bob")]
    done = await asyncio.gather(
        *(promote(bench.store, base, challenger, found, one) for one in both), return_exceptions=True
    )
    (lost,) = [one for one in done if isinstance(one, BaseException)]
    (now_live,) = await standings(bench.store)
    await rollback(bench.store, "slip", "ada", NOW, "test")
    (again,) = await standings(bench.store)

    assert isinstance(lost, LostRaceError)
    assert f"{now_live.since.statement.by} made" in str(lost)
    assert now_live.bundle.digest == challenger.digest
    assert again.bundle.digest == found.champion.digest
    assert len(await export_registry(bench.store, tmp_path)) == 5


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("harm", ["changed", "lost"])
async def test_an_entry_that_was_changed_or_lost_is_named(store: ObjectStore, harm: str, number: int) -> None:
    for what in ("a" * 64, "b" * 64):
        statement = Statement(at=NOW, what=what, mark="approved", by="anna")
        await Registry(store).append(RELEASE_SLOT, statement)
    key = keys.registry_entry(RELEASE_SLOT, number)
    data = await store.fetch(key)
    assert data is not None
    if harm == "lost":
        await store.delete(key)
    else:
        await store.replace(key, data.replace(b"anna", b"eve!"))

    with pytest.raises(BrokenChainError, match="release"):
        await Registry(store).verify_chain(RELEASE_SLOT)
