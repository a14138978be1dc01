"""Collecting what is on record about a live variant, from the store alone."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from agents.bundles import PinnedParts
from evals.errors import UnknownVariantError
from evals.registry.governance import Facts
from evals.registry.history import standings, steps
from evals.variants import Variants
from store import eval_keys
from store.lineages import lineage_of
from store.protocol import ObjectStore


async def facts_of(store: ObjectStore, doc_type: str, now: datetime) -> Facts:
    """Return what is on record about what is live of a type.

    Raises:
        UnknownVariantError: Nothing is live of it.
        BrokenChainError: The registry was tampered with.
    """
    parts = PinnedParts()
    found = {one.doc_type: one for one in await standings(store)}
    if doc_type not in found:
        known = ", ".join(sorted(found)) or "nothing yet"
        raise UnknownVariantError(f"no type {doc_type!r} is live; live: {known}")
    standing = found[doc_type]
    variant = await Variants(store, parts).of(standing.bundle)
    model = standing.bundle.parts.get("model")
    return Facts(
        standing=standing,
        doc_type=variant.doc_type,
        model=variant.model,
        certificates=await parts.certificates(store, standing.bundle.parts.get("thresholds.json")),
        lineage=await lineage_of(store, model.sha256) if model else None,
        runs=await runs_of(store, standing.bundle.digest),
        steps=[step for step in await steps(store) if doc_type in step.changed],
        now=now,
    )


async def runs_of(store: ObjectStore, variant: str) -> list[dict[str, Any]]:
    """Return the kept evaluations of a variant, by set."""
    found = []
    async for run_id in store.folders(eval_keys.EVAL_RUNS):
        data = await store.fetch(eval_keys.eval_run(run_id, "run.json"))
        run = json.loads(data) if data is not None else {}
        if run.get("variant") == variant:
            found.append(run)
    return sorted(found, key=lambda run: (run["set"], len(run["records"])))
