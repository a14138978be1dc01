"""What ``doctrail shadow`` does: a variant beside the live one, its looks at live traffic, its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.bundles import PinnedParts
from app.actions.evals import open_runner
from app.actions.promoting import Promoted, found_variant
from app.reviewing import open_queue
from app.rounds import in_rounds
from app.wiring import Doctrail, installed_version
from catalog.mixes import record_refs
from evals.errors import SpendingError
from evals.shadow.keeping import (
    ALIKE,
    Ended,
    Role,
    Shadow,
    ShadowError,
    Standing,
    Verdict,
    all_shadows,
    begin,
    disputed,
    end,
    read_so_far,
    running,
    shadows_of,
)
from evals.shadow.settling import pairs, settle, tally
from evals.shadow.traffic import Look, look_at
from evals.variants import Variant, Variants
from evals.words.shadow import Seen
from store.protocol import ObjectStore

BUDGET, DAYS = 20, 14


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a variant runs beside the live one.

    Attributes:
        share: Of live documents.
        budget: Documents a day that people are asked about.
        days: After which it ends undecided.
    """

    share: float = 1.0
    budget: int = BUDGET
    days: int = DAYS


async def start(doctrail: Doctrail, wanted: str, by: str, terms: Terms, *, yes: bool) -> Shadow:
    """Let a variant run beside the live one of its type.

    Raises:
        SpendingError: Asking it costs money, and nobody said yes.
        ShadowError: Another one runs.
        UnknownVariantError: There is none of this name.
    """
    variants = Variants(doctrail.store, PinnedParts())
    variant = await found_variant(doctrail, variants, wanted)
    if not variant.free and not yes:
        raise SpendingError(
            f"{variant.name} asks {variant.model} about every live document, which costs money; say --yes "
            "(and --share, for a part of them)"
        )
    live = await variants.live(variant.bundle.doc_type)
    return await begin(doctrail.store, shadow_of(variant, live, Role.CHALLENGER, by, terms, doctrail.now()))


def shadow_of(variant: Variant, live: Variant, role: Role, by: str, terms: Terms, now: datetime) -> Shadow:
    """Return a variant beside another one, not begun yet."""
    return Shadow(
        doc_type=variant.bundle.doc_type,
        number=1,
        variant=variant.digest,
        against=live.digest,
        role=role,
        share=terms.share,
        budget=terms.budget,
        days=terms.days,
        by=by,
        since=now,
    )


async def guard_promotion(doctrail: Doctrail, done: Promoted, by: str) -> Shadow | None:
    """Let what was live before a promotion run on beside it; None where that would cost money.

    A challenger's shadow of the type ends: what it was held against is live no more.
    """
    before, after = done.before, done.now_live
    store, now = doctrail.store, doctrail.now()
    other = await running(store, before.bundle.doc_type)
    if other is not None:
        await end(store, other, await _end_by(store, other, by, f"{after.name} was promoted", now))
    if not before.free:
        return None
    return await begin(store, shadow_of(before, after, Role.GUARD, by, Terms(), now))


async def stop(doctrail: Doctrail, doc_type: str, by: str) -> Seen:
    """End the shadow of a type.

    Raises:
        ShadowError: None runs.
    """
    shadow = await running(doctrail.store, doc_type)
    if shadow is None:
        raise ShadowError(f"nothing runs beside what is live of {doc_type!r}")
    ended = await _end_by(doctrail.store, shadow, by, f"stopped by {by}", doctrail.now())
    return await seen(
        doctrail.store, Standing(shadow, await end(doctrail.store, shadow, ended)), doctrail.now()
    )


async def _end_by(store: ObjectStore, shadow: Shadow, by: str, why: str, now: datetime) -> Ended:
    counted = (await seen(store, Standing(shadow, None), now)).tally
    return Ended(at=now, by=by, verdict=Verdict.STOPPED, why=why, tally=counted)


async def stand(doctrail: Doctrail, doc_type: str | None) -> list[Seen]:
    """Return how the newest shadow of a type, or of each, stands."""
    store = doctrail.store
    found = await shadows_of(store, doc_type) if doc_type else await all_shadows(store)
    newest = {one.shadow.doc_type: one for one in found}
    return [await seen(store, one, doctrail.now()) for one in newest.values()]


async def seen(store: ObjectStore, one: Standing, now: datetime, look: Look | None = None) -> Seen:
    """Return how a shadow stands."""
    shadow, ended = one.shadow, one.ended
    notes = await disputed(store, shadow)
    alike = await read_so_far(store, shadow, ALIKE)
    if ended is not None:
        counted = ended.tally
    else:
        counted, _ = tally(await pairs(store, shadow, await _variant(store, shadow), now))
    asked = sum(note.asked for note in notes)
    return Seen(shadow, len(alike) + len(notes), len(notes), asked, counted, ended, look)


async def _variant(store: ObjectStore, shadow: Shadow) -> Variant:
    return await Variants(store, PinnedParts()).pinned(shadow.doc_type, shadow.variant)


async def watch(
    doctrail: Doctrail, *, every: float | None, on_look: Callable[[Sequence[Seen]], None]
) -> Sequence[Seen]:
    """Look at live traffic, once or every so many seconds until interrupted; returns the last look."""

    async def look() -> Sequence[Seen]:
        found = await look_once(doctrail)
        on_look(found)
        return found

    return (
        await in_rounds("shadow", look, every=every, heartbeat=doctrail.settings.heartbeat, now=doctrail.now)
        or ()
    )


async def look_once(doctrail: Doctrail) -> list[Seen]:
    """Let every running shadow read what came in, and end those that came to an end.

    Raises:
        MissingPartError: What a shadow is pinned to is gone; nothing reads in its place.
    """
    store, out = doctrail.store, []
    for one in await all_shadows(store):
        if one.ended is None:
            look = await _look(doctrail, one.shadow)
            code = doctrail.settings.commit or installed_version()
            variant = await _variant(store, one.shadow)
            _, ended = await settle(store, one.shadow, variant, doctrail.now(), code)
            out.append(await seen(store, Standing(one.shadow, ended), doctrail.now(), look))
    return out


async def _look(doctrail: Doctrail, shadow: Shadow) -> Look:
    now = doctrail.now()
    refs = await record_refs(doctrail.catalog, shadow.since, now)
    variant = await _variant(doctrail.store, shadow)
    async with open_runner(doctrail) as (runner, _), open_queue(doctrail.settings) as queue:
        return await look_at([key for key, _ in refs], shadow, variant, runner, queue, now)
