"""Variants that ask tools: by the knowledge that is live, and never judged by an answer that did not come."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from evals.errors import SilentToolError
from evals.sets.build import build
from evals.sets.form import SetRecord
from evals.truth import truths_of
from evals.variants import Variants
from inference.tools.over_mcp import McpServer
from inference.tools.toolbox import Toolbox
from mcp_servers.db.server import master_data
from mcp_servers.knowledge_graph.server import knowledge_graph
from mcp_servers.rag.server import retrieval
from schemas.canonical import sha256_hex
from store.releases import Release, load_release, publish_release
from tests.unit.agents.asking import FOUND, MATCH, RULES, SNAPSHOT, Asking
from tests.unit.evals.bench import Bench
from tests.unit.evals.made import wanted
from tests.unit.mcp_servers.knowledge import Shelf

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


def served(shelf: Shelf) -> Toolbox:
    """Return the shipped servers as tools, each built in this process and asked over MCP."""
    build = {"knowledge_graph": knowledge_graph, "db": master_data, "rag": retrieval}
    return Toolbox({name: McpServer(name, partial(of, shelf)) for name, of in build.items()})


class Served(Asking):
    """A workshop whose tools are the shipped servers."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.shelf = Shelf()
        self.box = served(self.shelf)
        self.restart()

    async def digest(self, now: Any) -> str:
        """Publish a release that is pinned to the shelf's snapshots."""
        release = await load_release(self.store, await super().digest(now))
        known = {
            name: SNAPSHOT.model_copy(update={"sha256": sha}) for name, sha in self.shelf.snapshots.items()
        }
        return (await publish_release(self.store, release.model_copy(update={"knowledge": known})))[0]


async def test_the_shipped_servers_are_asked_over_their_protocol_from_the_live_snapshots() -> None:
    asking = Served()
    asking.rules = asking.rules + RULES
    asking.questions = [{"name": "Nordlicht Tools"}]
    shelf = Shelf()
    bench = Bench(workshop=asking, toolbox=served(shelf))
    await bench.go_live()
    variants = Variants(bench.store, bench.parts)
    live, (_, release) = await variants.live("slip"), await variants.live_release()
    said = [await bench.told(await bench.submit("9.00", shop="Nordlicht Tools"), "9.00")]
    made = build(
        truths_of(said), {said[0].schema_digest: live.doc_type},
        wanted(now=bench.workshop.now(), mix={"slip": 1.0}),
    )  # fmt: skip
    challenger = await bench.challenger()
    before = set(asking.store.objects)
    asking.questions = [{"name": "Harbour Furniture"}]
    (known,) = (await bench.runner(release).run(made.records, challenger)).values()
    for box in (asking.box, bench.toolbox):
        assert box is not None
        await box.close()

    assert not known.routed
    assert {"db", "knowledge_graph"} <= set(shelf.reads)
    assert {key.split("/")[2] for key in set(asking.store.objects) - before} == {"evals"}
