"""The shares and times of the review queue, as settings write them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from app.settings import Settings, SettingsError
from review.queue.lanes import Lane, LanePolicy

_AUDIT_RATES = "DOCTRAIL_REVIEW_AUDIT_RATES"
_QUOTAS = "DOCTRAIL_REVIEW_QUOTAS"
_DUE_HOURS = "DOCTRAIL_REVIEW_DUE_HOURS"
_MOST_HOURS = 10_000.0


def lane_policy(settings: Settings) -> LanePolicy:
    """Return the shares and times the queue is run by.

    Raises:
        SettingsError: One of them can't be read.
    """
    plain = LanePolicy()
    due, dues = _due_times(settings.review_due_hours)
    return LanePolicy(
        audit_rate=settings.review_audit_rate,
        audit_rates=dict(_shares(_AUDIT_RATES, settings.review_audit_rates, "invoice=0.1,lease=0.05")),
        all_fields_share=settings.review_all_fields_share,
        double_share=settings.review_double_share,
        blind_share=settings.review_blind_share,
        quotas={**plain.quotas, **_quotas(settings.review_quotas)},
        orders=dict.fromkeys(_names(settings.review_oldest_first), "oldest"),
        due={**plain.due, **due},
        dues=dues,
        release_after=timedelta(seconds=settings.review_release_seconds),
    )


def _quotas(written: str) -> dict[Lane, float]:
    kept = LanePolicy().quotas
    found = {}
    for name, share in _shares(_QUOTAS, written, "audit=0.2,gold=0.05"):
        found[_lane(_QUOTAS, name, sorted(kept))] = share
    total = sum({**kept, **found}.values())
    if total > 1:
        raise SettingsError(
            f"{_QUOTAS}: with those that are not named the shares add up to {total:.2f}; "
            "at most 1 can be kept"
        )
    return found


def _due_times(written: str) -> tuple[dict[Lane, timedelta], dict[tuple[str, Lane], timedelta]]:
    """Return how long tasks of a lane may wait, and by type and lane where it differs."""
    known = sorted(LanePolicy().due)
    due, dues = {}, {}
    for name, hours in _numbers(_DUE_HOURS, written, "routed=8,lease.routed=2"):
        if not 0 < hours <= _MOST_HOURS:
            raise SettingsError(f"{_DUE_HOURS}: {name} takes more than 0 and at most {_MOST_HOURS:.0f} hours")
        doc_type, dot, lane = name.rpartition(".")
        if dot:
            dues[doc_type, _lane(_DUE_HOURS, lane, known)] = timedelta(hours=hours)
        else:
            due[_lane(_DUE_HOURS, lane, known)] = timedelta(hours=hours)
    return due, dues


def _lane(setting: str, name: str, known: list[Lane]) -> Lane:
    if name not in known:
        raise SettingsError(f"{setting}: {name!r} is none of {', '.join(known)}")
    return Lane(name)


def _shares(setting: str, written: str, example: str) -> Iterator[tuple[str, float]]:
    for name, share in _numbers(setting, written, example):
        if not 0 <= share <= 1:
            raise SettingsError(f"{setting}: the share of {name} is from 0 to 1, as in {example}")
        yield name, share


def _numbers(setting: str, written: str, example: str) -> Iterator[tuple[str, float]]:
    for one in _names(written):
        name, equals, number = (part.strip() for part in one.partition("="))
        try:
            found = float(number)
        except ValueError as error:
            raise SettingsError(f"{setting}: write name=number, as in {example}") from error
        if not (name and equals):
            raise SettingsError(f"{setting}: write name=number, as in {example}")
        yield name, found


def _names(written: str) -> list[str]:
    return [name.strip() for name in written.split(",") if name.strip()]
