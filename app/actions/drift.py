"""What ``doctrail drift nightly`` does: tonight's audits and production, held against the days before."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta

from agents.bundles import PinnedParts
from app.reviewing import open_queue
from app.wiring import Doctrail, installed_version
from catalog.mixes import record_refs, type_mix
from evals.drift.gate import Broken, broken_certificates
from evals.drift.inputs import Profile, compare_profiles
from evals.drift.nightly import BASELINE, POOL, Night, look
from evals.drift.nights import NightNote, keep_night
from evals.gathering import HURRIED_MS, schemas_of
from evals.production import Cell, production
from evals.registry.history import Step, steps
from evals.registry.promoting import revoke
from evals.truth import hurried_reviewers, truths_of
from evals.variants import Variants
from evals.words.drift import Report
from review.pipeline.rates import RaisedRate, Rates, raise_rate
from schemas.errors import MissingObjectError
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind
from store.artifacts import get_artifact
from store.protocol import ObjectStore
from store.reviewed import reviewed_between

GATE = "drift nightly"
_DAY = timedelta(days=1)
_BASE_SAMPLE = 4
"""The baseline's sample is so many times tonight's."""


async def nightly(doctrail: Doctrail, wanted: int, *, revoking: bool = True) -> Report:
    """Return what tonight shows; certificates that are not borne out are revoked.

    Args:
        doctrail: The installation.
        wanted: Documents to look at.
        revoking: Whether the gate may act.
    """
    now, store = doctrail.now(), doctrail.store
    cells, hurried = await _cells(store, now)
    night = look(cells, now, await _rates(doctrail, now))
    walked = await steps(store)
    broken = await _gate(doctrail, cells, now, revoking=revoking)
    async with open_queue(doctrail.settings) as queue:
        stats = await queue.stats()
    waiting = sum(int(one["waiting"]) for one in stats["waiting"] if one["lane"] == "audit")
    tonight = await type_mix(doctrail.catalog, now - _DAY, now)
    before = await type_mix(doctrail.catalog, now - POOL - BASELINE, now - _DAY)
    inputs = compare_profiles(
        await _profile(doctrail, now - BASELINE, now - _DAY, _BASE_SAMPLE * wanted),
        await _profile(doctrail, now - _DAY, now, wanted),
        (before, tonight),
    )
    if revoking:
        await keep_night(store, _note(night, broken))
    records = sum((await type_mix(doctrail.catalog, now - POOL, now)).values()) / POOL.days
    rate = needed_rate(wanted, records, doctrail.settings.review_audit_rate)
    if revoking:
        rate = (await raise_rate(store, RaisedRate(at=now, rate=rate))).rate
    return Report(
        night=night,
        inputs=inputs,
        wanted=wanted,
        waiting=waiting,
        revoked=broken,
        changes={figure.name: _changes(walked, figure.name, figure.since) for figure in night.alerts},
        rate=rate or None,
        records=records,
        hurried=hurried,
    )


async def _cells(store: ObjectStore, now: datetime) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """Return what people found of the days that count, and who decides faster than anybody reads.

    The word of those counts for nothing: whoever accepts whatever is shown sees no drift.
    """
    said = await reviewed_between(store, (now - POOL - BASELINE).date(), now.date(), refused=True)
    hurried = hurried_reviewers(said, least_ms=HURRIED_MS)
    truths = [truth for truth in truths_of(said, hurried) if not truth.hurried]
    types = await schemas_of(store, {truth.schema_digest for truth in truths})
    return (await production(store, truths, types)).cells, tuple(sorted(hurried))


async def _rates(doctrail: Doctrail, now: datetime) -> dict[date, float]:
    """Return the rate that audits were drawn at on each day that a night looks at."""
    rates, own = Rates(doctrail.store), doctrail.settings.review_audit_rate
    days = [(now - timedelta(days=back)).date() for back in range((POOL + BASELINE).days + 1)]
    raised = {day: await rates.at(datetime.combine(day, time(), UTC)) for day in days}
    return {day: max(own, raised[day]) if own else 0.0 for day in days}


def needed_rate(wanted: int, records: float, configured: float) -> float:
    """Return the audit rate that yields as many a night as are wanted; 0 where what is configured does.

    Nothing is raised where nobody is to be audited, or nothing comes in.

    Args:
        wanted: Audits a night.
        records: Documents a day.
        configured: The share that is audited anyway.
    """
    if not configured or not records or configured * records >= wanted:
        return 0.0
    return round(min(1.0, wanted / records), 6)


def _note(night: Night, broken: list[Broken]) -> NightNote:
    revoked = tuple(f"{one.doc_type}.{one.field}" for one in broken)
    code = 2 if night.alerts or broken else 1 if night.watched else 0
    return NightNote(at=night.at, code=code, alerts=tuple(f.name for f in night.alerts), revoked=revoked)


async def _gate(
    doctrail: Doctrail, cells: tuple[Cell, ...], now: datetime, *, revoking: bool
) -> list[Broken]:
    """Revoke what audits do not bear out, and return what was revoked now."""
    parts, out = PinnedParts(), []
    _, release = await Variants(doctrail.store, parts).live_release()
    for name, bundle in sorted(release.bundles.items()):
        certificates = await parts.certificates(doctrail.store, bundle.parts.get("thresholds.json"))
        if certificates is None:
            continue
        known = release.revocations(name)
        found = [
            one
            for one in broken_certificates(cells, name, bundle.digest, certificates)
            if one.field not in known
        ]
        if found and revoking:
            findings = [(one.field, one.why) for one in found]
            code = doctrail.settings.commit or installed_version()
            await revoke(doctrail.store, name, findings, GATE, now, code)
        out += found
    return out


async def _profile(doctrail: Doctrail, since: datetime, until: datetime, wanted: int) -> Profile:
    """Return what a sample of production looks like, drawn by digest: the same one whenever it is asked."""
    refs = await record_refs(doctrail.catalog, since, until)
    refs.sort(key=lambda one: hashlib.sha256(f"drift:{one[0]}".encode()).digest())
    profile = Profile()
    for _, ref in refs[:wanted]:
        await _count(doctrail.store, profile, ref)
    return profile


async def _count(store: ObjectStore, profile: Profile, ref: ObjectRef) -> None:
    try:
        record = await get_artifact(store, ref, ArtifactKind.RECORD)
        found = await get_artifact(store, record.classification, ArtifactKind.CLASSIFICATION)
    except MissingObjectError:
        # Erased since the catalog was asked.
        return
    profile.add(record, found)


def _changes(walked: list[Step], name: str, since: date | None) -> list[str]:
    """Return what became live of the figure's type within a day of when it got worse: that is an estimate.

    What is live no more says so: the nights that are looked at reach back behind a rollback.
    """
    doc_type = name.partition(".")[0]
    out = []
    mine = [step for step in walked if doc_type in step.changed]
    for place, step in enumerate(mine):
        day = step.entry.statement.at.date()
        if since is not None and -_DAY <= since - day <= _DAY:
            _, digest = step.changed[doc_type]
            parts = ", ".join(step.parts[doc_type]) or "new"
            gone = mine[place + 1].entry.statement.at.date() if mine[place + 1 :] else None
            until = f", until {gone}" if gone else ""
            out.append(f"{doc_type}@{(digest or '')[:8]} live since {day}{until} ({parts})")
    return out
