"""Promotions, rollbacks and revocations: entries of the registry, each decided upon the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evals.comparing.rule import Comparison, Outcome
from evals.errors import LostRaceError, RefusedPromotionError, UnknownVariantError
from evals.registry.history import previous_bundle
from evals.variants import Variant
from store.bundles import publish_model
from store.protocol import ObjectStore
from store.registry import (
    RELEASE_SLOT,
    Lineage,
    MovedOnError,
    Registry,
    RegistryEntry,
    Statement,
)
from store.releases import Bundle, Release, Revocation, load_release, publish_release


@dataclass(frozen=True, slots=True)
class Approval:
    """Who answers for a promotion, and on what it rests.

    Attributes:
        evidence: Ids of the eval runs, and the set's.
        learned_from: Digest of the list of decisions the variant learned from, where it did.
    """

    by: str
    at: datetime
    code: str
    evidence: tuple[str, ...] = ()
    learned_from: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """What was live when somebody began to decide."""

    entry: RegistryEntry
    release: Release


async def base_of(store: ObjectStore) -> Base:
    """Return what is live, for a decision to be made upon.

    Raises:
        UnknownVariantError: Nothing is live.
    """
    entry = await Registry(store).live(RELEASE_SLOT)
    if entry is None:
        raise UnknownVariantError("nothing is live yet; doctrail types publish makes a release live")
    return Base(entry, await load_release(store, entry.statement.what))


async def promote(
    store: ObjectStore, base: Base, challenger: Variant, found: Comparison, approval: Approval
) -> RegistryEntry:
    """Make a challenger live that the rule lets through; intake reads it at the next document.

    Raises:
        RefusedPromotionError: The rule does not let it through, or it was compared with something else.
        LostRaceError: Something else became live meanwhile.
    """
    doc_type = challenger.bundle.doc_type
    live = base.release.bundles.get(doc_type)
    if live is None or found.champion.digest != live.digest or found.challenger.digest != challenger.digest:
        raise RefusedPromotionError(
            f"{challenger.name} was not compared with what is live of {doc_type!r}; compare it with that"
        )
    if not found.outcome.promotes:
        raise RefusedPromotionError(_why(challenger, found), code=found.outcome.code)
    model = challenger.bundle.parts.get("model")
    if model is not None:
        # The local model finds a variant by its digest alone.
        await publish_model(store, await store.read(model))
    lineage = Lineage(
        kind="promote",
        doc_type=doc_type,
        variant=challenger.digest,
        replaced=live.digest,
        set_id=found.set_id,
        verdict=found.outcome.value,
        learned_from=approval.learned_from,
        code=approval.code,
    )
    return await _live(store, base, challenger.bundle, lineage, approval)


def _why(challenger: Variant, found: Comparison) -> str:
    worse = ("it is worse",) if found.outcome is Outcome.WORSE else ()
    said = "; ".join((*worse, *found.blocked)) or found.outcome.value
    more = f"; about {found.needed:,} documents would settle it" if found.needed else ""
    if found.outcome is Outcome.INCONCLUSIVE:
        return f"{challenger.name} is not shown to be better on set {found.set_id[:12]}{more}"
    return f"{challenger.name} may not go live: {said}{more}"


async def rollback(
    store: ObjectStore,
    doc_type: str,
    by: str,
    at: datetime,
    code: str,
    *,
    instead_of: str | None = None,
    comment: str | None = None,
) -> RegistryEntry:
    """Make the bundle of a type live that was live before the present one; no eval is asked for.

    Args:
        store: Where the registry lies.
        doc_type: The type.
        by: Who does it.
        at: When.
        code: Version of doctrail.
        instead_of: Digest of the bundle that is to go; None: whatever is live.
        comment: Kept with the entry.

    Raises:
        UnknownVariantError: There is nothing to go back to.
        LostRaceError: Something else became live meanwhile.
    """
    base = await base_of(store)
    live = base.release.bundles.get(doc_type)
    if live is None:
        known = ", ".join(sorted(base.release.bundles))
        raise UnknownVariantError(f"no type {doc_type!r} is live; live are {known}")
    if instead_of not in (None, live.digest):
        raise LostRaceError(f"{doc_type}@{live.digest[:8]} became live meanwhile; nothing was changed")
    before = await previous_bundle(store, doc_type, live.digest)
    if before is None:
        raise UnknownVariantError(f"nothing was live of {doc_type!r} before {live.digest[:8]}")
    lineage = Lineage(
        kind="rollback", doc_type=doc_type, variant=before.digest, replaced=live.digest, code=code
    )
    return await _live(store, base, before, lineage, Approval(by, at, code, comment=comment))


async def revoke(
    store: ObjectStore, doc_type: str, findings: Sequence[tuple[str, str]], by: str, at: datetime, code: str
) -> RegistryEntry | None:
    """Revoke certificates of a type's live bundle: (field, why). Their fields go to people from then on.

    Returns:
        The entry, or None where all of them were revoked already.

    Raises:
        LostRaceError: Something else became live meanwhile.
    """
    base = await base_of(store)
    bundle = base.release.bundles.get(doc_type)
    if bundle is None:
        raise UnknownVariantError(f"no type {doc_type!r} is live, so that nothing of it can be revoked")
    known = base.release.revocations(doc_type)
    new = [(field, why) for field, why in findings if field not in known]
    if not new:
        return None
    added = tuple(
        Revocation(doc_type=doc_type, bundle=bundle.digest, field=field, why=why) for field, why in new
    )
    release = base.release.model_copy(update={"revoked": (*base.release.revoked, *added)})
    lineage = Lineage(
        kind="revoke",
        doc_type=doc_type,
        variant=bundle.digest,
        replaced=bundle.digest,
        field=", ".join(field for field, _ in new),
        code=code,
    )
    approval = Approval(by, at, code, comment="; ".join(f"{field}: {why}" for field, why in new))
    return await _declare(store, base, release, lineage, approval)


async def _live(
    store: ObjectStore, base: Base, bundle: Bundle, lineage: Lineage, approval: Approval
) -> RegistryEntry:
    release = base.release.model_copy(update={"bundles": {**base.release.bundles, bundle.doc_type: bundle}})
    return await _declare(store, base, release, lineage, approval)


async def _declare(
    store: ObjectStore, base: Base, release: Release, lineage: Lineage, approval: Approval
) -> RegistryEntry:
    digest, _ = await publish_release(store, release)
    statement = Statement(
        at=approval.at,
        what=digest,
        mark="approved",
        by=approval.by,
        evidence=approval.evidence,
        comment=approval.comment,
        folders=base.entry.statement.folders or base.entry.statement.what,
        lineage=lineage,
    )
    try:
        return await Registry(store).append(RELEASE_SLOT, statement, after=base.entry)
    except MovedOnError as error:
        won = error.entry.statement if error.entry else None
        who = f"{won.by} made {won.what[:12]} live meanwhile" if won else "what was live is gone"
        raise LostRaceError(f"{who}; nothing was changed: look at it and decide again") from error
