"""What the settings say about where documents may be fetched from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from agents.intake.sources import ConfiguredSources, FolderSource
from app.settings import Settings, SettingsError
from store.sources import SCHEME, Place, SourceRefusedError, parse_place, parse_prefixes

if TYPE_CHECKING:
    from store.s3_source import BucketSource


def ingest_prefixes(settings: Settings) -> tuple[Place, ...]:
    """Return the prefixes of foreign buckets that may be read.

    Raises:
        SettingsError: One of them is none.
    """
    try:
        return parse_prefixes(settings.ingest_prefixes)
    except SourceRefusedError as error:
        raise SettingsError(f"DOCTRAIL_INGEST_PREFIXES: {error}") from error


@contextmanager
def open_buckets(settings: Settings) -> Iterator[BucketSource]:
    """Yield what reads the foreign buckets; nothing is asked of them before first use."""
    from store.s3_source import BucketSource

    with closing(BucketSource(ingest_prefixes(settings), settings.max_bytes)) as buckets:
        yield buckets


@contextmanager
def open_sources(settings: Settings) -> Iterator[ConfiguredSources]:
    """Yield everything that intake may fetch from."""
    folder = FolderSource(settings.inbox, settings.max_bytes)
    own = parse_place(settings.store) if settings.store.startswith(SCHEME) else None
    if not ingest_prefixes(settings):
        yield ConfiguredSources(folder, store=own)
        return
    with open_buckets(settings) as buckets:
        yield ConfiguredSources(folder, buckets, own)
