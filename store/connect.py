"""From a store URL to a store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from schemas.errors import PermanentError
from store.protocol import ObjectStore


class StoreUrlError(PermanentError):
    """The store's URL names no store that exists here; correct DOCTRAIL_STORE_URL."""


def connect(url: str) -> ObjectStore:
    """Return the store at ``url``: ``file:///absolute/folder``, ``file://relative/folder``, ``s3://bucket/prefix``.

    A bucket's endpoint, region and credentials come from where every AWS tool finds them: environment
    (``AWS_ENDPOINT_URL_S3``, …), profile or role.

    Raises:
        StoreUrlError: Unknown scheme, or no folder named.
        PermanentError: The folder can't be made.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"file", "s3"}:
        raise StoreUrlError(
            f"store URL {url!r}: scheme {scheme!r} is not known; use file://folder or s3://bucket",
            reason="store_url",
        )
    if not rest or "?" in rest or rest.startswith("/") > (scheme == "file"):
        raise StoreUrlError(
            f"store URL {url!r} names no {'folder' if scheme == 'file' else 'bucket'}; "
            "use file://folder or s3://bucket",
            reason="store_url",
        )
    if scheme == "s3":
        from store.s3 import S3Store

        bucket, _, prefix = rest.partition("/")
        return S3Store(bucket, unquote(prefix).strip("/"))
    from store.objects import FileStore

    return FileStore(Path(unquote(rest)).absolute())
