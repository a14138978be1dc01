"""Variants that ask tools: by the knowledge that is live, and never judged by an answer that did not come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.errors import SilentToolError
from evals.sets.build import build
from evals.sets.form import SetRecord
from evals.truth import truths_of
from evals.variants import Variants
from schemas.canonical import sha256_hex
from store.releases import Release
from tests.unit.agents.test_consulting import FOUND, MATCH, RULES, SNAPSHOT, Asking
from tests.unit.evals.bench import Bench
from tests.unit.evals.made import wanted

pytestmark = pytest.mark.anyio


async def ready() -> tuple[Bench, Asking, list[SetRecord], Release]:
    """One reviewed slip of a type whose model and rules ask tools."""
    asking = Asking()
    asking.rules = asking.rules + RULES
    bench = Bench(workshop=asking, toolbox=asking.box)
    await bench.go_live()
    said = [await bench.told(await bench.submit("9.00"), "9.00")]
    variants = Variants(bench.store, bench.parts)
    live = await variants.live("slip")
    made = build(
        truths_of(said), {said[0].schema_digest: live.doc_type},
        wanted(now=bench.workshop.now(), mix={"slip": 1.0}),
    )  # fmt: skip
    _, release = await variants.live_release()
    return bench, asking, list(made.records), release


async def test_a_variant_asks_the_tools_that_production_asks_and_leaves_nothing_of_it_behind() -> None:
    bench, asking, records, release = await ready()
    before, asked = set(asking.store.objects), len(asking.servers.asked)
    variant = await Variants(bench.store, bench.parts).live("slip")
    # Production's own answers lie with the document; a variant that asks something else asks anew.
    asking.questions = [{"name": "Corner Bakery"}]
    (answer,) = (await bench.runner(release).run(records, variant)).values()

    assert not answer.routed
    assert [tool for tool, _ in asking.servers.asked[asked:]] == ["resolve_entity", "find_vendor"]
    assert {key.split("/")[2] for key in set(asking.store.objects) - before} == {"evals"}


async def test_other_knowledge_is_another_answer() -> None:
    bench, asking, records, release = await ready()
    variant = await Variants(bench.store, bench.parts).live("slip")
    (one,) = (await bench.runner(release).run(records, variant)).values()
    newer = SNAPSHOT.model_copy(update={"sha256": sha256_hex(b"a vendor less")})
    after = release.model_copy(update={"knowledge": dict.fromkeys(("knowledge_graph", "db"), newer)})
    asking.servers.answers["find_vendor"] = {**FOUND, "snapshot": newer.sha256, "status": "no_match"}
    asking.servers.answers["resolve_entity"] = {**MATCH, "snapshot": newer.sha256}
    (other,) = (await bench.runner(after).run(records, variant)).values()
    (again,) = (await bench.runner(release).run(records, variant)).values()

    assert (one.routed, other.routed) == (False, True)
    assert again == one


async def test_a_tool_that_is_silent_stops_the_run_and_is_no_answer() -> None:
    bench, asking, records, release = await ready()
    variant = await Variants(bench.store, bench.parts).live("slip")
    asking.questions = [{"name": "Corner Bakery"}]
    asking.servers.down = True
    runner = replace(bench.runner(release), at_once=1)

    with pytest.raises(SilentToolError, match="it is down; what a variant says without it is not its answer"):
        await runner.run(records, variant)
    assert await runner.known(records, variant) == {}
