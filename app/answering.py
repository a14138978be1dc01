"""Whoever answers for models: how this process asks, and where it finds local variants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import inference.connect
from app.settings import Settings, SettingsError
from bus.retry import RetrySettings
from inference.connect import Limits
from inference.protocol import ModelClient
from schemas.errors import MissingObjectError
from store import keys
from store.protocol import ObjectStore


@asynccontextmanager
async def open_model(settings: Settings, objects: ObjectStore) -> AsyncIterator[ModelClient]:
    """Yield whoever answers; closed on exit."""
    client = model_client(settings, objects)
    try:
        yield client
    finally:
        await client.close()


def model_client(settings: Settings, objects: ObjectStore) -> ModelClient:
    """Return whoever answers, with the store as the source of local variants; nothing is connected yet.

    Raises:
        UnknownModelUrlError: No adapter has the URL's scheme.
        SettingsError: The tries of a call don't fit into a message's deadline.
    """
    return inference.connect.connect(settings.model_url, variants_in(objects), model_limits(settings))


def variants_in(objects: ObjectStore) -> Callable[[str], Awaitable[bytes]]:
    """Return what loads the local variant with a given sha-256 from the store."""

    async def load(digest: str) -> bytes:
        data = await objects.fetch(keys.model(digest))
        if data is None:
            raise MissingObjectError(keys.model(digest))
        return data

    return load


def model_limits(settings: Settings) -> Limits:
    """Return how a remote model is asked by this process.

    Raises:
        SettingsError: The tries of a call don't fit into a message's deadline.
    """
    tries = RetrySettings().tries
    if settings.model_url != "local:" and tries * settings.model_seconds >= settings.deadline_seconds:
        raise SettingsError(
            f"DOCTRAIL_MODEL_SECONDS: {tries} tries of {settings.model_seconds:g} s don't fit into "
            f"DOCTRAIL_DEADLINE_SECONDS ({settings.deadline_seconds:g})"
        )

    def share(quota: float | None) -> float | None:
        return None if quota is None else quota / settings.model_processes

    return Limits(
        seconds=settings.model_seconds,
        concurrency=settings.model_concurrency,
        requests_per_minute=share(settings.model_requests_per_minute),
        tokens_per_minute=share(settings.model_tokens_per_minute),
        prices=settings.model_prices,
        local_here=settings.model_local == "here",
    )
