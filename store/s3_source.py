"""Documents in foreign buckets: fetched as they were announced, listed as they lie there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from schemas.errors import PipelineError, TransientError
from store.s3_client import Clients
from store.sources import (
    Listed,
    OverwrittenError,
    Place,
    SourceRefusedError,
    parse_place,
    require_allowed,
)

_THREADS = 8
_DENIED, _NOT_FOUND, _CHANGED, _TOO_MANY, _BROKEN = 403, 404, 412, 429, 500
_PASSING = {"RequestTimeout", "RequestTimeTooSkewed", "SlowDown", "IncompleteBody"}


class BucketSource:
    """``ForeignBuckets`` on S3, for objects below ``prefixes``.

    Keys are taken as they are: a library that tidies them up would not find every object.
    """

    def __init__(self, prefixes: Sequence[Place], max_bytes: int, clients: Clients | None = None) -> None:
        self._prefixes = tuple(prefixes)
        self._max_bytes = max_bytes
        self._clients = clients or Clients()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="source")

    async def fetch(self, uri: str, *, etag: str | None, version_id: str | None) -> bytes:
        """Return the bytes that were announced; nothing of an object that is too large is transferred."""
        place = require_allowed(parse_place(uri), self._prefixes)
        wanted: dict[str, str] = {}
        if version_id is not None:
            wanted["VersionId"] = version_id
        elif etag is not None:
            wanted["IfMatch"] = f'"{etag}"'
        with _explained(place, self._clients, announced=bool(wanted)):
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, place, wanted)

    async def list(self, folder: Place) -> AsyncIterator[Listed]:
        """Yield the objects of ``folder``, a page of 1000 at a time."""
        require_allowed(folder, self._prefixes)
        more: dict[str, str] = {}
        while True:
            with _explained(folder, self._clients, announced=False):
                page = await asyncio.get_running_loop().run_in_executor(self._pool, self._page, folder, more)
            for found in page.get("Contents", ()):
                place = Place(folder.bucket, found["Key"])
                if folder.holds(place):
                    yield Listed(place, found["ETag"].strip('"'), found["Size"], found["LastModified"])
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _read(self, place: Place, wanted: dict[str, str]) -> bytes:
        found = self._clients.current().get_object(Bucket=place.bucket, Key=place.key, **wanted)
        with closing(found["Body"]) as body:
            size = found["ContentLength"]
            if size > self._max_bytes:
                raise too_large(place, size, self._max_bytes)
            return bytes(body.read())

    def _page(self, folder: Place, more: dict[str, str]) -> dict[str, Any]:
        prefix = folder.key.removesuffix("/")
        page: dict[str, Any] = self._clients.current().list_objects_v2(
            Bucket=folder.bucket, Prefix=prefix, **more
        )
        return page


def too_large(place: Place, size: int, limit: int) -> SourceRefusedError:
    """Return the error of an object that is larger than what is taken."""
    return SourceRefusedError(
        f"object {place.uri!r} has {size} bytes, more than the limit of {limit} (DOCTRAIL_MAX_FILE_MB)"
    )


@contextmanager
def _explained(place: Place, clients: Clients, *, announced: bool) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if _status(error) == _DENIED and clients.rotated():
            raise _silent(place, "its credentials were replaced, the new ones are used now") from error
        raise _translated(place, error, announced=announced) from error
    except (BotoCoreError, OSError) as error:
        raise _silent(place, type(error).__name__) from error


def _translated(place: Place, error: ClientError, *, announced: bool) -> PipelineError:
    status, code = _status(error), str(error.response.get("Error", {}).get("Code", ""))
    if status >= _BROKEN or status == _TOO_MANY or code in _PASSING:
        return _silent(place, code or str(status))
    if code == "NoSuchBucket":
        return SourceRefusedError(
            f"there is no bucket {place.bucket!r} to read from; correct the uri", reason="source_missing"
        )
    if code == "InvalidObjectState":
        return SourceRefusedError(f"object {place.uri!r} is archived; restore it and announce it again")
    if status in (_NOT_FOUND, _CHANGED) and announced:
        found = "other bytes lie" if status == _CHANGED else "nothing lies"
        return OverwrittenError(f"{found} under {place.uri!r} where another object was announced")
    if status == _NOT_FOUND:
        return SourceRefusedError(f"there is no object {place.uri!r}", reason="source_missing")
    if status == _DENIED:
        return SourceRefusedError(
            f"these credentials may not read {place.uri!r}; doctrail doctor --role intake names what lacks",
            reason="source_denied",
        )
    return SourceRefusedError(f"the store refuses {place.uri!r}: {code or status}")


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _silent(place: Place, why: str) -> TransientError:
    return TransientError(f"bucket {place.bucket!r} did not answer: {why}", target=f"source:{place.bucket}")
