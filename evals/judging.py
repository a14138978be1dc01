"""Variants judged on a set: run, scored, kept as runs, set against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evals.comparing.pooled import Pooled, compare_pooled
from evals.comparing.rule import Comparison, Contest, compare
from evals.errors import UnscorableError
from evals.gathering import schemas_of
from evals.migrating import scored_with
from evals.running import Progress, Runner, silent
from evals.scoring.figures import Figures, figures
from evals.scoring.table import Scored, score
from evals.sets.form import SHOWN, Manifest, SetRecord, living
from evals.sets.keeping import load_records, note_use
from evals.variants import Variant, taught_by, unlisted
from schemas.canonical import canonical_json, digest
from store import eval_keys
from store.protocol import ObjectStore


@dataclass(frozen=True, slots=True)
class EvalSet:
    """A set ready to be run.

    Attributes:
        records: Those that may be looked at: without the sealed ones, unless it is for a promotion.
        left_out: Records that are not among them because a variant learned from them or their like.
        unlisted: Names of variants of which nobody knows what they learned from.
    """

    manifest: Manifest
    records: tuple[SetRecord, ...]
    left_out: int = 0
    unlisted: tuple[str, ...] = ()

    @property
    def mix(self) -> dict[str, float]:
        """Share of each type in production."""
        return {name: float(share) for name, share in self.manifest.mix.items()}

    def of_type(self, doc_type: str) -> list[SetRecord]:
        """Return the records of one type that are not erased."""
        return [record for record in living(self.records) if record.doc_type == doc_type]


async def open_set(store: ObjectStore, manifest: Manifest, *, sealed: bool) -> EvalSet:
    """Return a set, held to its id; the sealed part only for promotions.

    Raises:
        TamperedSetError: It is not what was written.
    """
    records = await load_records(store, manifest)
    return EvalSet(manifest, tuple(record for record in records if sealed or not record.sealed))


async def run_variant(
    runner: Runner, chosen: EvalSet, variant: Variant, progress: Progress = silent
) -> Scored:
    """Return a variant's answers to the set's records of its type, scored; none that it learned from.

    Raises:
        UnscorableError: The set has no such record, or its truth means something else now.
    """
    return await _scored(runner, await unseen(runner.store, chosen, [variant]), variant, progress)


async def unseen(store: ObjectStore, chosen: EvalSet, variants: Sequence[Variant]) -> EvalSet:
    """Return a set's records of the variants' type that none of them learned from, nor from their like.

    Raises:
        UnscorableError: There is none.
    """
    doc_type = variants[0].bundle.doc_type
    mine = chosen.of_type(doc_type)
    if not mine:
        known = ", ".join(sorted(chosen.manifest.types)) or "none"
        raise UnscorableError(
            f"set {chosen.manifest.set_id[:SHOWN]} has no record of type {doc_type!r} to score; "
            f"it has {known}"
        )
    taught = {key for variant in variants for key in await taught_by(store, variant, mine)}
    if len(taught) == len({record.doc.id for record in mine}):
        names = " or ".join(variant.name for variant in variants)
        raise UnscorableError(
            f"{names} learned from all {len(taught)} documents of type {doc_type!r} in the set, and can't be "
            "scored by them; build a set from what people decide now, or train it without them"
        )
    kept = tuple(record for record in mine if record.doc.id not in taught)
    unknown = tuple([variant.name for variant in variants if await unlisted(store, variant)])
    return EvalSet(chosen.manifest, kept, chosen.left_out + len(mine) - len(kept), unknown)


async def _scored(runner: Runner, chosen: EvalSet, variant: Variant, progress: Progress) -> Scored:
    mine = chosen.of_type(variant.bundle.doc_type)
    schemas = await schemas_of(runner.store, {record.schema_id for record in mine})
    read, scored_by = scored_with(mine, schemas, variant)
    answers = await runner.run(mine, variant, progress)
    scored = score(read, answers, scored_by, chosen.mix)
    return replace(scored, left_out=chosen.left_out, unlisted=chosen.unlisted)


async def keep_run(store: ObjectStore, chosen: EvalSet, variant: Variant, scored: Scored, code: str) -> str:
    """Keep a run's figures and cells, which hold no value of a document; returns its id."""
    found: Figures = figures(scored)
    what = {
        "set": chosen.manifest.set_id,
        "variant": variant.digest,
        "name": variant.name,
        "model": variant.model,
        "records": sorted(record.rid for record in scored.records),
        "stamp": chosen.manifest.stamp,
        "code": code,
        "figures": found.as_dict(),
    }
    run_id = digest(what)
    await store.create(eval_keys.eval_run(run_id, "run.json"), canonical_json(what))
    lines = b"".join(canonical_json(row) + b"\n" for row in cell_rows(scored))
    await store.create(eval_keys.eval_run(run_id, "cells.jsonl"), lines, media_type="application/jsonl")
    return run_id


def cell_rows(scored: Scored) -> list[dict[str, object]]:
    """Return one row per scored field: what was right, how sure the variant was, and no value."""
    rows = []
    for place in range(len(scored.right)):
        record, name = scored.records[scored.document[place]], scored.names[scored.field[place]]
        tp, fd, fa, fn, tn = (int(x) for x in scored.cells[place])
        confidence = float(scored.confidence[place])
        rows.append(
            {
                "rid": record.rid,
                "field": name[1],
                "right": bool(scored.right[place]),
                "tp": tp,
                "fd": fd,
                "fa": fa,
                "fn": fn,
                "tn": tn,
                "confidence": None if confidence != confidence else round(confidence, 6),
                "accepted": bool(scored.accepted[place]),
                "weight": round(float(scored.weight[place]), 6),
            }
        )
    return rows


async def contest(
    runner: Runner,
    chosen: EvalSet,
    variants: tuple[Variant, Variant],
    progress: Progress = silent,
) -> tuple[Comparison, int]:
    """Return the comparison of champion and challenger, and how often the set was used by now.

    Raises:
        UnscorableError: They are of different types, or the set can't be scored.
    """
    champion, challenger = variants
    found = compare(await entered(runner, chosen, (champion, challenger), progress))
    uses = await note_use(runner.store, chosen.manifest.set_id, sorted([champion.digest, challenger.digest]))
    return found, uses


async def pooled_contest(
    runner: Runner,
    chosen: EvalSet,
    pairs: Sequence[tuple[Variant, Variant]],
    today: Mapping[str, float],
    progress: Progress = silent,
) -> tuple[Pooled, int]:
    """Return the comparison of several types' champions and challengers together, and the set's uses.

    Args:
        runner: Lets them read.
        chosen: The set.
        pairs: Champion and challenger of each type.
        today: Documents of production by type, today.
        progress: Told how far it is.

    Raises:
        UnscorableError: Two pairs are of one type, or the set can't be scored.
    """
    types = [champion.bundle.doc_type for champion, _ in pairs]
    if len(set(types)) < len(types):
        raise UnscorableError("two challengers are of one type; name one per type")
    contests = [await entered(runner, chosen, pair, progress) for pair in pairs]
    found = compare_pooled(contests, chosen.mix, today)
    digests = sorted(variant.digest for pair in pairs for variant in pair)
    return found, await note_use(runner.store, chosen.manifest.set_id, digests)


async def entered(
    runner: Runner, chosen: EvalSet, variants: tuple[Variant, Variant], progress: Progress
) -> Contest:
    """Return champion and challenger with what they answered to the set, both runs kept."""
    champion, challenger = variants
    if champion.bundle.doc_type != challenger.bundle.doc_type:
        raise UnscorableError(
            f"{champion.name} and {challenger.name} read different types; compare two variants of one type"
        )
    fair = await unseen(runner.store, chosen, variants)
    scored = [await _scored(runner, fair, variant, progress) for variant in variants]
    for variant, one in zip(variants, scored, strict=True):
        await keep_run(runner.store, chosen, variant, one, "")
    return Contest(
        names=(champion.name, challenger.name),
        digests=(champion.digest, challenger.digest),
        champion=scored[0],
        challenger=scored[1],
        set_id=chosen.manifest.set_id,
        stamp=chosen.manifest.stamp,
    )


def by_type(records: Sequence[SetRecord]) -> Mapping[str, int]:
    """Return how many records there are of each type."""
    out: dict[str, int] = {}
    for record in living(records):
        out[record.doc_type] = out.get(record.doc_type, 0) + 1
    return out
