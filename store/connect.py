"""From a store URL to a store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from schemas.errors import PermanentError
from store.protocol import ObjectStore


class StoreUrlError(PermanentError):
    """The store's URL names no store that exists here; correct DOCTRAIL_STORE_URL."""


def connect(url: str) -> ObjectStore:
    """Return the store at ``url``: ``file:///absolute/folder`` or ``file://relative/folder``.

    Raises:
        StoreUrlError: Unknown scheme, or no folder named.
        PermanentError: The folder can't be made.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme != "file":
        raise StoreUrlError(
            f"store URL {url!r}: scheme {scheme!r} is not known; use file://folder", reason="store_url"
        )
    if not rest or "?" in rest:
        raise StoreUrlError(f"store URL {url!r} names no folder; use file://folder", reason="store_url")
    from store.objects import FileStore

    return FileStore(Path(unquote(rest)).absolute())
