"""Drawing a set from reviewed records: strata, weights, the hard apart, duplicates out; pure and seeded."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from doctypes.definition import DocType
from evals.errors import BiasedError, NothingReviewedError
from evals.sets.form import (
    DocumentPart,
    Exclusion,
    Manifest,
    Sampling,
    SetRecord,
    TruthValue,
    TypeShare,
    figure,
    identity,
    rid_of,
    set_id_of,
)
from evals.sets.weights import any_pi, decisive, effective, weigh, whole_pi
from evals.truth import AUDIT, Truth, Value, value_of
from schemas.canonical import sha256_hex

LEAST_PER_TYPE = 30
SEALED = 0.20
"""Share of a set that only promotions look at."""
AUDITS_FIRST = 0.5
"""Share of a type's places that audits get before others: they stand for all that nobody doubted."""
NEARLY_ALL = 0.95
"""Share of production that people were asked about from which on a set needs no audits."""
STAMP = "biased: no audits; figures tell of the documents that were doubtful, not of all"
_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a set shall be.

    Attributes:
        examples: sha-256 of documents that serve as examples somewhere.
        mix: Share of each type in today's production.
        accept_biased: Build without audits, and stamp it.
        looked_at: Share of the days' production that people were asked about, of whatever pool.
    """

    name: str
    first: date
    last: date
    per_type: int
    seed: int
    mix: Mapping[str, float]
    now: datetime
    code: str
    parent: str | None = None
    examples: frozenset[str] = frozenset()
    accept_biased: bool = False
    looked_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Built:
    """A set as it will be written."""

    manifest: Manifest
    records: tuple[SetRecord, ...]


def build(truths: Sequence[Truth], types: Mapping[str, DocType], wanted: Wanted) -> Built:
    """Return a set of documents of the eval pool; the same input gives the same bytes.

    Args:
        truths: Of the eval pool alone.
        types: Declarations by the digest of their schema.
        wanted: What it shall be.

    Raises:
        NothingReviewedError: There is nothing to build from.
        BiasedError: There are no audits, and nobody said that this is accepted.
    """
    left: Counter[str] = Counter()
    usable = _usable(truths, types, wanted, left)
    if not usable:
        why = "; ".join(f"{count} {reason}" for reason, count in sorted(left.items()))
        raise NothingReviewedError(
            f"no reviewed document of {wanted.first} to {wanted.last} is in the eval pool"
            + (f" and usable ({why})" if why else "")
            + "; people's decisions make sets, about four in ten families of documents are kept for evals"
        )
    # Where nearly everything was doubted, hardly anything is left that audits would have to stand for.
    audited = wanted.looked_at >= NEARLY_ALL or any(truth.lane == AUDIT for truth in usable)
    if not audited and not wanted.accept_biased:
        raise BiasedError(
            "no audit is among the reviewed documents: what was doubtful says nothing about the rest; "
            "set DOCTRAIL_REVIEW_AUDIT_RATE above 0, or build it all the same with --accept-biased"
        )
    mix = _mix(usable, wanted.mix)
    drawn = _draw(usable, mix, wanted, left)
    records = _records(drawn, types, mix)
    return _with_manifest(records, usable, mix, wanted, left, biased=not audited)


def _usable(
    truths: Sequence[Truth], types: Mapping[str, DocType], wanted: Wanted, left: Counter[str]
) -> list[Truth]:
    kept: list[Truth] = []
    seen: set[str | None] = set()
    for truth in sorted(truths, key=lambda one: (one.reviewed_at, one.document_id)):
        why = _unfit(truth, types, wanted)
        if why is None:
            alike = _likeness(truth, types[truth.schema_digest])
            why = "duplicates of another one" if alike in seen else None
            seen |= {alike} - {None}
        if why is None:
            kept.append(truth)
        else:
            left[why] += 1
    return kept


def _unfit(truth: Truth, types: Mapping[str, DocType], wanted: Wanted) -> str | None:
    if truth.left_out:
        return "near two families"
    if truth.refused is not None:
        return "of another type, several documents or none"
    if truth.document_id in wanted.examples:
        return "examples of a type"
    if truth.schema_digest not in types:
        return "of a schema that is not in the store"
    if truth.reviewed_at > wanted.now + _AHEAD:
        return "dated in the future: a clock was wrong"
    if truth.hurried:
        return "decided by reviewers faster than anybody reads (weight 0)"
    if not any(told.inclusion is not None for told in truth.fields.values()):
        return "without a field that anybody was asked about"
    return None


def _likeness(truth: Truth, doc_type: DocType) -> str | None:
    """Return what near duplicates share: their family and everything people found in them.

    None where a field was not reviewed: one answer in common makes nothing a duplicate.
    """
    if not truth.fields.keys() >= {spec.name for spec in doc_type.fields}:
        return None
    said = sorted((name, told.field.values, repr(told.field.rows)) for name, told in truth.fields.items())
    return sha256_hex(repr((truth.family, truth.doc_type, said)).encode())


def _mix(usable: Sequence[Truth], mix: Mapping[str, float]) -> dict[str, float]:
    """Return the share of production of each type that the set has; without figures, as audits say."""
    known = sorted({truth.doc_type for truth in usable})
    shares = {name: max(0.0, mix.get(name, 0.0)) for name in known}
    if not sum(shares.values()):
        shares = dict.fromkeys(known, 0.0)
        for truth in usable:
            shares[truth.doc_type] += 1 / any_pi(_asked(truth))
    whole = sum(shares.values())
    return {name: share / whole for name, share in shares.items()}


def _asked(truth: Truth) -> dict[str, float]:
    """Return the probability of each field that somebody was asked about."""
    return {name: told.inclusion for name, told in truth.fields.items() if told.inclusion is not None}


def _draw(
    usable: Sequence[Truth], mix: Mapping[str, float], wanted: Wanted, left: Counter[str]
) -> list[tuple[Truth, float]]:
    """Return the documents that were drawn, each with the probability it was drawn with."""
    total = wanted.per_type * len(mix)
    out: list[tuple[Truth, float]] = []
    for name in sorted(mix):
        mine = [truth for truth in usable if truth.doc_type == name]
        hard = [truth for truth in mine if truth.hard]
        plain = [truth for truth in mine if not truth.hard]
        places = min(len(plain), max(LEAST_PER_TYPE, round(total * mix[name])))
        audits = [truth for truth in plain if truth.lane == AUDIT]
        routed = [truth for truth in plain if truth.lane != AUDIT]
        first = min(len(audits), max(round(places * AUDITS_FIRST), places - len(routed)))
        drawn = _some(audits, first, wanted.seed) + _some(routed, places - first, wanted.seed)
        left["beyond the places of their type"] += len(plain) - len(drawn)
        out += drawn + [(truth, 1.0) for truth in hard]
    left += Counter()
    return out


def _some(stratum: list[Truth], count: int, seed: int) -> list[tuple[Truth, float]]:
    """Return ``count`` of a stratum; a document's draw does not depend on the others'."""
    if not stratum or count <= 0:
        return []

    def ticket(truth: Truth) -> float:
        return random.Random(f"{seed}:{truth.document_id}").random()  # noqa: S311 (a seeded sample, no secret)

    return [(truth, count / len(stratum)) for truth in sorted(stratum, key=ticket)[:count]]


def _records(
    drawn: Sequence[tuple[Truth, float]], types: Mapping[str, DocType], mix: Mapping[str, float]
) -> tuple[SetRecord, ...]:
    pis = [
        None if truth.hard else whole_pi(_asked(truth), decisive(types[truth.schema_digest]))
        for truth, _ in drawn
    ]
    asked = [
        (truth.doc_type, None if pi is None else pi * share)
        for (truth, share), pi in zip(drawn, pis, strict=True)
    ]
    weights = weigh(asked, mix, sum(pi is not None for pi in pis))
    return tuple(
        _record(truth, share, 1.0 if truth.hard else weight, types[truth.schema_digest])
        for (truth, share), weight in zip(drawn, weights, strict=True)
    )


def _record(truth: Truth, share: float, weight: float, doc_type: DocType) -> SetRecord:
    said: dict[str, TruthValue] = {}
    for spec in doc_type.fields:
        if spec.name in truth.fields:
            said[spec.name] = plain_value(value_of(truth.fields[spec.name].field, many=spec.many))
    rid = rid_of(truth.document_id, truth.schema_digest, said)
    return SetRecord(
        rid=rid,
        doc=DocumentPart(id=truth.document_id, family=truth.family, layout=truth.layout, record=truth.record),
        doc_type=truth.doc_type,
        schema=truth.schema_digest,
        truth=said,
        lane=truth.lane,
        pi={name: figure(inclusion * share) for name, inclusion in sorted(_asked(truth).items())},
        w=figure(weight),
        reviewed_at=truth.reviewed_at.date().isoformat(),
        reviewers=truth.reviewers,
        truth_rev=len({told.field.name for told in truth.fields.values()}) and len(truth.reviewers),
        hard=truth.hard,
        sealed=int(rid[:8], 16) / 2**32 < SEALED,
    )


def plain_value(value: Value) -> TruthValue:
    """Return what a person left of a field as plain JSON."""
    if value is None or isinstance(value, str):
        return value
    return [one if isinstance(one, str) else dict(one) for one in value]  # type: ignore[return-value]


def _with_manifest(
    records: tuple[SetRecord, ...],
    usable: Sequence[Truth],
    mix: Mapping[str, float],
    wanted: Wanted,
    left: Counter[str],
    *,
    biased: bool,
) -> Built:
    manifest = Manifest(
        name=wanted.name,
        set_id="",
        parent=wanted.parent,
        sampling=Sampling(
            first=wanted.first.isoformat(),
            last=wanted.last.isoformat(),
            per_type=wanted.per_type,
            seed=wanted.seed,
            biased=biased,
        ),
        mix={name: figure(share) for name, share in sorted(mix.items())},
        types={name: _share(name, records, usable, mix) for name in sorted(mix)},
        lanes=dict(sorted(Counter(record.lane for record in records).items())),
        exclusions=tuple(Exclusion(reason=why, documents=n) for why, n in sorted(left.items()) if n),
        stamp=STAMP if biased else None,
        built_at=wanted.now.isoformat(),
        code=wanted.code,
    )
    set_id = set_id_of(records, identity(manifest))
    return Built(manifest.model_copy(update={"set_id": set_id}), records)


def _share(
    name: str, records: Sequence[SetRecord], usable: Sequence[Truth], mix: Mapping[str, float]
) -> TypeShare:
    mine = [record for record in records if record.doc_type == name]
    return TypeShare(
        records=len(mine),
        hard=sum(record.hard for record in mine),
        available=sum(truth.doc_type == name for truth in usable),
        mix=figure(mix[name]),
        effective=figure(effective([float(record.w) for record in mine if not record.hard])),
    )
