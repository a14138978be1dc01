"""The shares and times of the review queue, read from settings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.lanes import lane_policy
from app.settings import Settings, SettingsError
from review.queue.lanes import Lane, LanePolicy


def test_what_is_not_named_stays_as_it_is() -> None:
    assert lane_policy(Settings()) == LanePolicy()


def test_quotas_are_set_lane_by_lane() -> None:
    policy = lane_policy(Settings(review_quotas="audit=0.3, gold = 0"))

    assert (policy.quotas[Lane.AUDIT], policy.quotas[Lane.GOLD]) == (0.3, 0.0)
    assert policy.quotas[Lane.DOUBLE] == LanePolicy().quotas[Lane.DOUBLE]


def test_due_times_are_set_by_lane_and_by_type_where_they_differ() -> None:
    policy = lane_policy(Settings(review_due_hours="routed=8,lease.routed=0.5,double=100"))

    assert policy.due_after(Lane.ROUTED, "invoice") == timedelta(hours=8)
    assert policy.due_after(Lane.ROUTED, "lease") == timedelta(minutes=30)
    assert policy.due_after(Lane.AUDIT, "lease") == timedelta(hours=72)
    assert policy.due_after(Lane.DOUBLE, "lease") == timedelta(hours=100)


@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("audit_rates", "invoice", "name=number"),
        ("audit_rates", "invoice=2", "from 0 to 1"),
        ("quotas", "audit=much", "name=number"),
        ("quotas", "=0.1", "name=number"),
        ("quotas", "audit=nan", "from 0 to 1"),
        ("quotas", "routed=0.1", "'routed' is none of audit, blind, double, gold, shadow"),
        ("quotas", "audit=0.9", "add up to 1.18"),
        ("due_hours", "gold=3", "'gold' is none of"),
        ("due_hours", "lease.rooted=3", "'rooted' is none of"),
        ("due_hours", "routed=0", "more than 0"),
        ("due_hours", "routed=inf", "at most 10000 hours"),
    ],
)
def test_what_cannot_be_read_is_said_with_the_settings_name(name: str, written: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        lane_policy(Settings().model_copy(update={f"review_{name}": written}))

    assert f"DOCTRAIL_REVIEW_{name.upper()}" in str(refused.value)
    assert said in str(refused.value)
