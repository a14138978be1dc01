"""What comparing, promoting, rolling back and explaining do over an open installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from agents.bundles import PinnedParts
from app.actions.evals import open_runner, progressing, require_paid
from app.wiring import Doctrail, installed_version, release_parts
from catalog.mixes import type_mix
from doctypes.folder import LINEAGE, load_all
from evals.comparing.pooled import Pooled
from evals.comparing.rule import Comparison
from evals.errors import RefusedPromotionError, UnknownVariantError
from evals.explaining import explain, find_record
from evals.gathering import schemas_of
from evals.judging import EvalSet, by_type, contest, open_set, pooled_contest, run_variant
from evals.migrating import scored_with
from evals.page import Shown, page
from evals.registry.promoting import Approval, base_of, promote
from evals.running import Runner
from evals.scoring.table import Scored
from evals.sets.keeping import find_set
from evals.shadow.keeping import require_not_worse
from evals.variants import Variant, Variants
from evals.words.explanation import explained_lines
from ops.types import folder_of
from store.bundles import publish_bundle, publish_model
from store.lineages import keep_taught, lineage_of, parse_lineage
from store.protocol import ObjectStore
from store.registry import RegistryEntry

MIX_OF = timedelta(days=30)
"""What counts as today's production."""


@dataclass(frozen=True, slots=True)
class Promoted:
    """A promotion with what it rests on, and both variants."""

    entry: RegistryEntry
    found: Comparison
    uses: int
    before: Variant
    now_live: Variant


async def found_variant(doctrail: Doctrail, variants: Variants, wanted: str) -> Variant:
    """Return the variant called ``wanted``; a folder that finetune wrote is frozen into one first."""
    folder = Path(wanted)
    if not (folder / "model").is_file():
        return await variants.find(wanted)
    name = wanted_type(folder)
    types = load_all(release_parts(doctrail.settings).types)
    return await challenger_of(doctrail.store, variants, folder_of(types, name).doc_type.name, folder)


def wanted_type(folder: Path) -> str:
    """Return the type that a challenger's folder is of, as its lineage says.

    Raises:
        UnknownVariantError: It has none.
        BrokenLineageError: It is not in order.
    """
    told = folder / LINEAGE
    if not told.is_file():
        raise UnknownVariantError(
            f"{str(folder)!r} has no {LINEAGE} that says which type it is of; doctrail train and finetune "
            "write one"
        )
    return parse_lineage(told.read_bytes()).doc_type


async def challenger_of(store: ObjectStore, variants: Variants, name: str, folder: Path) -> Variant:
    """Return a type's live variant with the model and thresholds of a folder; nothing goes live by it."""
    live = await variants.live(name)
    parts = {part: await store.read(ref) for part, ref in live.bundle.parts.items()}
    for part in ("model", "thresholds.json"):
        parts[part] = (folder / part).read_bytes()
    model = await publish_model(store, parts["model"])
    if (folder / LINEAGE).is_file():
        await keep_taught(store, (folder / LINEAGE).read_bytes(), model.sha256)
    return await variants.of(await publish_bundle(store, name, parts))


async def compare_variants(
    doctrail: Doctrail, champion: str, challenger: str, wanted: str, *, sealed: bool, yes: bool
) -> tuple[Comparison, int]:
    """Return the comparison of two variants on a set, and how often the set was used by now."""
    manifest = await find_set(doctrail.store, wanted)
    chosen = await open_set(doctrail.store, manifest, sealed=sealed)
    async with open_runner(doctrail) as (runner, variants):
        one = await found_variant(doctrail, variants, champion)
        other = await found_variant(doctrail, variants, challenger)
        await require_paid(runner, chosen, [one, other], doctrail, yes=yes)
        with progressing(f"{one.name} and {other.name}") as progress:
            return await contest(runner, chosen, (one, other), progress)


async def compare_together(
    doctrail: Doctrail,
    champion: str,
    challenger: str,
    also: Sequence[str],
    wanted: str,
    *,
    sealed: bool,
    yes: bool,
) -> tuple[Pooled, list[tuple[Variant, Variant]], int]:
    """Return several types' challengers compared as one, both variants of each, and the set's uses.

    Args:
        doctrail: The installation.
        champion: Of the first type.
        challenger: Likewise.
        also: Challengers of other types, each against what is live of it.
        wanted: The set.
        sealed: Whether the sealed part is looked at too.
        yes: Whether money may be spent.
    """
    chosen = await open_set(doctrail.store, await find_set(doctrail.store, wanted), sealed=sealed)
    now = doctrail.now()
    today = await type_mix(doctrail.catalog, now - MIX_OF, now)
    async with open_runner(doctrail) as (runner, variants):
        pairs = [
            (
                await found_variant(doctrail, variants, champion),
                await found_variant(doctrail, variants, challenger),
            )
        ]
        for name in also:
            other = await found_variant(doctrail, variants, name)
            pairs.append((await variants.live(other.bundle.doc_type), other))
        await require_paid(runner, chosen, [one for pair in pairs for one in pair], doctrail, yes=yes)
        with progressing(f"{len(pairs)} types") as progress:
            found, uses = await pooled_contest(runner, chosen, pairs, today, progress)
    return found, pairs, uses


async def promote_together(
    doctrail: Doctrail,
    wanted: str,
    also: Sequence[str],
    set_name: str,
    by: str,
    *,
    yes: bool,
    comment: str | None,
) -> tuple[Pooled, list[Promoted]]:
    """Promote challengers of several types that are only together many enough to be judged, or none.

    Raises:
        RefusedPromotionError: The rule does not let them through, all of them together.
        LostRaceError: Something else became live meanwhile; those before it in the list are live.
    """
    store = doctrail.store
    variants = Variants(store, PinnedParts())
    first = await found_variant(doctrail, variants, wanted)
    for name in (wanted, *also):
        one = await found_variant(doctrail, variants, name)
        await require_not_worse(store, await variants.live(one.bundle.doc_type), one)
    found, pairs, uses = await compare_together(
        doctrail, first.bundle.doc_type, wanted, also, set_name, sealed=True, yes=yes
    )
    if not found.whole.outcome.promotes:
        why = "; ".join(found.whole.blocked) or found.whole.outcome.value
        said = f"{found.whole.challenger.name} may not go live together: {why}"
        raise RefusedPromotionError(said, code=found.whole.outcome.code)
    done = []
    together = f"judged together with {', '.join(other.name for _, other in pairs)}"
    noted = "; ".join(filter(None, (comment, together)))
    for before, challenger in pairs:
        part = replace(found.parts[challenger.bundle.doc_type], outcome=found.whole.outcome)
        approval = await _approval(doctrail, challenger, part, by, noted)
        entry = await promote(store, await base_of(store), challenger, part, approval)
        done.append(Promoted(entry, part, uses, before, challenger))
    return found, done


async def promote_variant(
    doctrail: Doctrail, wanted: str, set_name: str, by: str, *, yes: bool, comment: str | None
) -> Promoted:
    """Compare a variant with what is live on the whole set, the sealed part too, and promote it if it may.

    Raises:
        RefusedPromotionError: The rule does not let it through, or live documents said that it is worse.
        LostRaceError: Something else became live meanwhile.
    """
    store = doctrail.store
    base = await base_of(store)
    manifest = await find_set(store, set_name)
    chosen = await open_set(store, manifest, sealed=True)
    async with open_runner(doctrail) as (runner, variants):
        challenger = await found_variant(doctrail, variants, wanted)
        champion = await variants.live(challenger.bundle.doc_type)
        await require_not_worse(store, champion, challenger)
        await require_paid(runner, chosen, [champion, challenger], doctrail, yes=yes)
        with progressing(challenger.name) as progress:
            found, uses = await contest(runner, chosen, (champion, challenger), progress)
    approval = await _approval(doctrail, challenger, found, by, comment)
    entry = await promote(store, base, challenger, found, approval)
    return Promoted(entry, found, uses, champion, challenger)


async def _approval(
    doctrail: Doctrail, challenger: Variant, found: Comparison, by: str, comment: str | None
) -> Approval:
    model = challenger.bundle.parts.get("model")
    lineage = await lineage_of(doctrail.store, model.sha256) if model else None
    return Approval(
        by=by,
        at=doctrail.now(),
        code=doctrail.settings.commit or installed_version(),
        evidence=(found.set_id, found.champion.digest, found.challenger.digest),
        learned_from=lineage.digest if lineage and lineage.learned_from else None,
        comment=comment,
    )


async def explain_records(
    doctrail: Doctrail, rids: Sequence[str], wanted: str, names: Sequence[str], *, yes: bool
) -> list[list[str]]:
    """Return each record's truth beside what variants answered, as lines."""
    store = doctrail.store
    chosen = await open_set(store, await find_set(store, wanted), sealed=False)
    out = []
    async with open_runner(doctrail) as (runner, variants):
        for rid in rids:
            record = find_record(chosen.records, rid)
            asked = [await found_variant(doctrail, variants, name) for name in names or [record.doc_type]]
            schemas = await schemas_of(store, {record.schema_id})
            one = type(chosen)(chosen.manifest, (record,))
            await require_paid(runner, one, asked, doctrail, yes=yes)
            answers = {v.name: (await runner.run([record], v))[record.doc.id] for v in asked}
            read, _ = scored_with([record], schemas, asked[0])
            out.append(explained_lines(explain(read[0], asked[0].doc_type, answers)))
    return out


async def report_page(doctrail: Doctrail, wanted: str, names: Sequence[str], *, yes: bool) -> str:
    """Return the page of a set's figures for variants."""
    store = doctrail.store
    manifest = await find_set(store, wanted)
    chosen = await open_set(store, manifest, sealed=False)
    async with open_runner(doctrail) as (runner, variants):
        asked = [await found_variant(doctrail, variants, n) for n in names or sorted(by_type(chosen.records))]
        await require_paid(runner, chosen, asked, doctrail, yes=yes)
        shown = [Shown(variant.name, await _scored(runner, chosen, variant)) for variant in asked]
    return page(manifest, shown, doctrail.now())


async def _scored(runner: Runner, chosen: EvalSet, variant: Variant) -> Scored:
    with progressing(variant.name) as progress:
        return await run_variant(runner, chosen, variant, progress)
