"""Which lanes a run is drawn into, and with what probability each of its fields is asked about; pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Literal

Order = Literal["value", "oldest"]


class Lane(StrEnum):
    """Why a task exists."""

    ROUTED = "routed"
    AUDIT = "audit"
    GOLD = "gold"
    DOUBLE = "double"
    BLIND = "blind"
    SHADOW = "shadow"
    ADJUDICATION = "adjudication"


PRIMARY = (Lane.ROUTED, Lane.AUDIT)
"""Lanes that are drawn, and whose decisions count as what is true; the others measure them."""
UNSEEN = (Lane.BLIND, Lane.SHADOW)
"""Lanes whose fields are shown empty: whoever settles between two readings must not see either first."""


def _quotas() -> dict[Lane, float]:
    return {Lane.SHADOW: 0.20, Lane.AUDIT: 0.10, Lane.DOUBLE: 0.05, Lane.BLIND: 0.01, Lane.GOLD: 0.02}


def _due() -> dict[Lane, timedelta]:
    return {
        lane: timedelta(hours=24 if lane is Lane.ROUTED else 72) for lane in Lane if lane is not Lane.GOLD
    }


@dataclass(frozen=True, slots=True)
class LanePolicy:
    """The shares and times a queue is run by.

    Attributes:
        audit_rate: Share of all records that are not rejected which a person checks whole.
        audit_rates: The same by type, where it differs.
        all_fields_share: Share of routed tasks that ask every field, so that audits can't be told apart.
        double_share: Share of tasks that a second person gets, unseen by the first.
        blind_share: Share of tasks that a further person gets with empty fields.
        quotas: Share of each reviewer's claims that is kept for a lane while it has work.
        orders: By queue, what comes first where it is not the value of a minute.
        due: How long a task of a lane may wait before it comes first, and is reported.
        dues: The same by queue and lane, where it differs.
        release_after: How long a decision can be undone.
        lease_least: A lease is three times what decisions take, but never shorter.
        lease_most: Nor longer.
        lease_soft: How long a prefetched task is kept without a heartbeat.
        most_held: Tasks a reviewer may hold at once.
    """

    audit_rate: float = 0.02
    audit_rates: Mapping[str, float] = field(default_factory=dict)
    all_fields_share: float = 0.10
    double_share: float = 0.05
    blind_share: float = 0.01
    quotas: Mapping[Lane, float] = field(default_factory=_quotas)
    orders: Mapping[str, Order] = field(default_factory=dict)
    due: Mapping[Lane, timedelta] = field(default_factory=_due)
    dues: Mapping[tuple[str, Lane], timedelta] = field(default_factory=dict)
    release_after: timedelta = timedelta(seconds=15)
    lease_least: timedelta = timedelta(minutes=5)
    lease_most: timedelta = timedelta(minutes=30)
    lease_soft: timedelta = timedelta(minutes=2)
    most_held: int = 6

    def audit_rate_of(self, doc_type: str) -> float:
        """Return the share of records of ``doc_type`` that is audited."""
        return self.audit_rates.get(doc_type, self.audit_rate)

    def at_least(self, rate: float) -> LanePolicy:
        """Return the policy with audits raised to ``rate``; what is never audited stays so."""
        if not rate:
            return self
        rates = {name: max(own, rate) if own else 0.0 for name, own in self.audit_rates.items()}
        own = max(self.audit_rate, rate) if self.audit_rate else 0.0
        return replace(self, audit_rate=own, audit_rates=rates)

    def due_after(self, lane: Lane, queue: str) -> timedelta:
        """Return how long a task of ``lane`` may wait in a queue."""
        return self.dues.get((queue, lane), self.due[lane])


@dataclass(frozen=True, slots=True)
class Drawn:
    """A lane that a run is drawn into.

    Attributes:
        asked: Fields that must be decided, in the type's order; empty where the type itself is in doubt.
    """

    lane: Lane
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """Everything that was drawn for a run.

    Attributes:
        inclusion: Per field, the total probability that a person is asked about it in a lane whose word
            counts. Gold, double, blind and shadow measure and enter no estimate, so they add nothing to it.
    """

    lanes: tuple[Drawn, ...]
    inclusion: dict[str, float]


def draw(
    policy: LanePolicy,
    key: bytes,
    run_id: str,
    doc_type: str,
    declared: Sequence[str],
    doubtful: Sequence[str] | None,
) -> Draw:
    """Return the lanes of a run: the same for the same run and key, however often it is asked.

    Args:
        policy: The shares.
        key: Secret, so that nobody can tell beforehand what is audited.
        run_id: The run.
        doc_type: Its type.
        declared: Every field of the type.
        doubtful: The fields that made it a routed review; None where none was asked for.
    """
    audit = policy.audit_rate_of(doc_type)
    audited = bool(declared) and chance(key, "audit", run_id) < audit
    if doubtful is None:
        lanes = [Drawn(Lane.AUDIT, tuple(declared))] if audited else []
        inclusion = dict.fromkeys(declared, audit)
    else:
        everything = audited or chance(key, "all fields", run_id) < policy.all_fields_share
        lanes = [Drawn(Lane.ROUTED, tuple(declared if everything else doubtful))]
        others = 1 - (1 - audit) * (1 - policy.all_fields_share)
        inclusion = {name: 1.0 if name in doubtful else others for name in declared}
    if lanes and declared:
        if chance(key, "double", run_id) < policy.double_share:
            lanes.append(Drawn(Lane.DOUBLE, lanes[0].asked))
        if chance(key, "blind", run_id) < policy.blind_share:
            lanes.append(Drawn(Lane.BLIND, tuple(declared)))
    return Draw(tuple(lanes), {name: round(share, 6) for name, share in inclusion.items()})


def chance(key: bytes, purpose: str, subject: str) -> float:
    """Return a number in [0, 1) that follows from the key, evenly spread over subjects."""
    found = hmac.digest(key, f"{purpose}:{subject}".encode(), hashlib.sha256)
    return int.from_bytes(found[:6], "big") / (1 << 48)
