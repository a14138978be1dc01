"""Building the review queue, its way out, and its API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.lanes import lane_policy
from app.settings import Settings, SettingsError
from bus.protocol import Bus
from review.people.oidc import Provider
from review.pipeline.publisher import Publisher
from review.queue.database import connect
from review.queue.queue import ReviewQueue
from review.sheet.content import Contents
from store.protocol import ObjectStore

PAGE_SECRET = "pages"  # noqa: S105 (the name of one)


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
async def publishing(
    queue: ReviewQueue, store: ObjectStore, bus: Bus, contents: Contents
) -> AsyncIterator[None]:
    """Release and publish decisions while the block lasts."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(Publisher(queue, store, bus, contents).run(stop))
        try:
            yield
        finally:
            stop.set()
