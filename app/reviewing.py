"""Building the review queue, its way out, and its API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from agents.bundles import PinnedParts
from app.settings import Settings, SettingsError
from bus.protocol import Bus
from review.database import connect
from review.lanes import LanePolicy
from review.oidc import Provider
from review.publisher import Publisher
from review.queue import ReviewQueue
from store.protocol import ObjectStore

PAGE_SECRET = "pages"  # noqa: S105 (the name of one)


def lane_policy(settings: Settings) -> LanePolicy:
    """Return the shares and times the queue is run by.

    Raises:
        SettingsError: The rates by type can't be read.
    """
    return LanePolicy(
        audit_rate=settings.review_audit_rate,
        audit_rates=_rates(settings.review_audit_rates),
        all_fields_share=settings.review_all_fields_share,
        double_share=settings.review_double_share,
        blind_share=settings.review_blind_share,
        orders=dict.fromkeys(_names(settings.review_oldest_first), "oldest"),
        release_after=timedelta(seconds=settings.review_release_seconds),
    )


def login_provider(settings: Settings) -> Provider | None:
    """Return who lets reviewers in beside their passwords; None where nobody does.

    Raises:
        SettingsError: Something is missing.
        UnsafeProviderError: Its address is not https.
    """
    if not settings.review_oidc_issuer:
        return None
    secret = settings.review_oidc_client_secret
    if not settings.review_oidc_client_id or secret is None:
        raise SettingsError(
            "DOCTRAIL_REVIEW_OIDC_ISSUER: give DOCTRAIL_REVIEW_OIDC_CLIENT_ID and …_CLIENT_SECRET too"
        )
    return Provider(
        settings.review_oidc_issuer,
        settings.review_oidc_client_id,
        secret.get_secret_value(),
        settings.review_oidc_claim,
    )


@asynccontextmanager
async def open_queue(settings: Settings) -> AsyncIterator[ReviewQueue]:
    """Open the review queue; closed on exit.

    Raises:
        TransientError: Its database does not answer.
        QueueDamagedError: Its file is damaged.
    """
    policy = lane_policy(settings)
    async with connect(settings.reviews) as database:
        yield ReviewQueue(database, policy)


@asynccontextmanager
async def publishing(queue: ReviewQueue, store: ObjectStore, bus: Bus) -> AsyncIterator[None]:
    """Release and publish decisions while the block lasts."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(Publisher(queue, store, bus, PinnedParts()).run(stop))
        try:
            yield
        finally:
            stop.set()


def _rates(written: str) -> dict[str, float]:
    found = {}
    for one in _names(written):
        name, equals, rate = one.partition("=")
        try:
            found[name.strip()] = float(rate)
        except ValueError as error:
            raise SettingsError(_RATES) from error
        if not equals or not 0 <= found[name.strip()] <= 1:
            raise SettingsError(_RATES)
    return found


def _names(written: str) -> Sequence[str]:
    return [name.strip() for name in written.split(",") if name.strip()]


_RATES = "DOCTRAIL_REVIEW_AUDIT_RATES: write type=rate, the rate from 0 to 1, such as invoice=0.1,lease=0.05"
