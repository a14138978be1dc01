"""Variants set against each other on a set: counted as a use, and only where they can be compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.errors import UnscorableError
from evals.judging import EvalSet, contest, open_set, pooled_contest, run_variant
from evals.running import Runner
from evals.sets.build import build
from evals.sets.keeping import find_set, keep_set
from evals.truth import truths_of
from evals.variants import Variant, Variants
from evals.words.comparison import pooled_lines
from tests.unit.evals.bench import Bench
from tests.unit.evals.made import NOW, wanted

pytestmark = pytest.mark.anyio


async def opened() -> tuple[Runner, EvalSet, Variant, Variant]:
    """Who runs, a set of two slips, what is live of it and a challenger."""
    bench = Bench()
    await bench.go_live()
    said = [await bench.told(await bench.submit(f"{n + 1}.00"), f"{n + 1}.00") for n in range(2)]
    variants = Variants(bench.store, bench.parts)
    _, release = await variants.live_release()
    live = await variants.live("slip")
    schemas = {said[0].schema_digest: live.doc_type}
    made = build(truths_of(said), schemas, wanted(now=bench.workshop.now(), mix={"slip": 1.0}))
    await keep_set(bench.store, made, by="ada", now=NOW)
    chosen = await open_set(bench.store, await find_set(bench.store, "main"), sealed=True)
    return bench.runner(release), chosen, live, await bench.challenger()


async def test_types_judged_together_count_as_one_use_of_the_set() -> None:
    runner, chosen, live, challenger = await opened()
    found, uses = await pooled_contest(runner, chosen, [(live, challenger)], {"slip": 9.0})
    again, still = await pooled_contest(runner, chosen, [(live, challenger)], {"slip": 9.0})

    assert (uses, still) == (1, 1)
    assert found.whole.exact == again.whole.exact
    assert found.whole.exact.documents == 2
    assert any(line.startswith("by type     slip") for line in pooled_lines(found, uses))
    with pytest.raises(UnscorableError, match="two challengers are of one type"):
        await pooled_contest(runner, chosen, [(live, challenger), (live, challenger)], {})


async def test_variants_of_two_types_are_not_compared() -> None:
    runner, chosen, live, challenger = await opened()
    other = replace(challenger, bundle=challenger.bundle.model_copy(update={"doc_type": "lease"}))

    with pytest.raises(UnscorableError, match="read different types"):
        await contest(runner, chosen, (live, other))
    with pytest.raises(UnscorableError, match="has no record of type 'lease' to score; it has slip"):
        await run_variant(runner, chosen, other)


async def test_the_sealed_part_is_looked_at_for_promotions_alone() -> None:
    runner, chosen, _, _ = await opened()
    sealed = [record for record in chosen.records if record.sealed]
    plain = await open_set(runner.store, chosen.manifest, sealed=False)

    assert len(plain.records) == len(chosen.records) - len(sealed)
    assert not any(record.sealed for record in plain.records)
