"""What ``doctrail eval`` does: gathers, builds, runs and compares over an open installation."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from rich.console import Console

from agents.bundles import PinnedParts
from app.answering import open_model
from app.judging import calls, judges, open_means
from app.wiring import Doctrail, installed_version, release_parts
from catalog.mixes import type_mix
from evals.errors import SpendingError
from evals.gathering import examples_in, gather, schemas_of
from evals.judging import EvalSet
from evals.running import Progress, Runner
from evals.sets.build import Built, Wanted, build
from evals.sets.keeping import current_id, keep_set
from evals.spending import estimate
from evals.truth import PRIMARY
from evals.variants import Variant, Variants
from inference.endpoints.prices import load_prices
from inference.protocol import Usage
from schemas.handling import Handler
from schemas.reviewed import ReviewedRecord
from store.protocol import ObjectStore

MAIN = "main"
"""The name of the set that commands mean where none is given."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a set shall be, as it was typed."""

    name: str
    days: int
    per_type: int
    seed: int
    accept_biased: bool


async def build_set(doctrail: Doctrail, asked: Asked, by: str) -> tuple[Built, bool]:
    """Build a set, keep it, and point its name at it; returns it and whether the pointer moved."""
    now = doctrail.now()
    first = now - timedelta(days=asked.days)
    gathered = await gather(doctrail.store, first.date(), now.date())
    types = await schemas_of(doctrail.store, {truth.schema_digest for truth in gathered.truths})
    counts = await type_mix(doctrail.catalog, first, now)
    parent = await current_id(doctrail.store, asked.name)
    built = build(
        gathered.truths,
        types,
        Wanted(
            name=asked.name,
            first=first.date(),
            last=now.date(),
            per_type=asked.per_type,
            seed=asked.seed,
            mix={name: float(count) for name, count in counts.items()},
            now=now,
            code=doctrail.settings.commit or installed_version(),
            parent=parent,
            examples=examples_in(release_parts(doctrail.settings).types),
            accept_biased=asked.accept_biased,
            looked_at=looked_at(gathered.records, counts),
        ),
    )
    if parent == built.manifest.set_id:
        return built, False
    return built, await keep_set(doctrail.store, built, by=by, now=now)


def looked_at(records: Sequence[ReviewedRecord], counts: Mapping[str, int]) -> float:
    """Return the share of production that people were asked about, of the types that they were."""
    types = {record.doc_type for record in records}
    came = sum(counts.get(name, 0) for name in types)
    seen = {record.document_id for record in records if record.lane in PRIMARY}
    return min(1.0, len(seen) / came) if came else 0.0


@asynccontextmanager
async def open_runner(doctrail: Doctrail) -> AsyncIterator[tuple[Runner, Variants]]:
    """Yield who runs variants, and who finds them."""
    settings, parts = doctrail.settings, PinnedParts()
    variants = Variants(doctrail.store, parts)
    _, release = await variants.live_release()
    async with (
        open_model(settings, doctrail.store) as client,
        open_means(settings, doctrail.store, client, parts) as means,
    ):

        def agents(store: ObjectStore) -> Sequence[Handler]:
            # What is scored is the variant: nobody answers in its place.
            return judges(means, store, doctrail.now, fallback=False)[1:]

        yield Runner(doctrail.store, agents, calls, release, doctrail.now), variants


async def require_paid(
    runner: Runner, chosen: EvalSet, variants: Sequence[Variant], doctrail: Doctrail, *, yes: bool
) -> None:
    """Let a run pass that costs nothing, or that somebody said yes to.

    Raises:
        SpendingError: It would cost money, and nobody said yes.
    """
    prices = load_prices(doctrail.settings.model_prices)

    def price(model: str, tokens_in: int, tokens_out: int) -> float | None:
        return prices.cost(model, Usage(input_tokens=tokens_in, output_tokens=tokens_out))

    for variant in variants:
        found = await estimate(runner, chosen.records, variant, price)
        if found.free:
            continue
        dollars = "an unknown price" if found.dollars is None else f"about {found.dollars:.2f} dollars"
        said = f"{variant.name} has to be asked about {found.documents} documents at {dollars}"
        if not yes:
            raise SpendingError(f"{said} ({found.known} are known already); say --yes to spend it")
        Console(file=sys.stderr, highlight=False).print(said)


@contextmanager
def progressing(what: str) -> Iterator[Progress]:
    """Give what shows how far a run is, on standard error."""
    console = Console(file=sys.stderr, highlight=False)
    with console.status(f"{what}: starting") as line:

        def told(done: int, total: int) -> None:
            line.update(f"{what}: {done} of {total} documents")

        yield told
