"""What can be wrong with the catalog, apart from what waiting mends."""

from __future__ import annotations

from schemas.errors import PermanentError, UnusableError


class CatalogUrlError(PermanentError):
    """The database's URL names nothing that exists here; correct DOCTRAIL_DATABASE_URL."""


class CatalogDeniedError(UnusableError):
    """The catalog may not be made or written by whoever runs this; its sentence says what to grant."""


class CatalogDamagedError(UnusableError):
    """The catalog's file is damaged; it holds nothing of its own: remove it and rebuild it."""
