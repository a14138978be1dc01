"""Objects in an S3 bucket, by obstore: create-once by conditional puts, checked by checksum on the way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

import obstore
import structlog
from botocore.exceptions import BotoCoreError
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import S3Store as Bucket

from schemas.errors import MissingObjectError, PipelineError, TransientError
from schemas.objects import ObjectRef
from store.plain_keys import occupied, require_folder, require_key
from store.protocol import Created, HalfKeptError, StoreDeniedError, no_room, ref_of, verified
from store.s3_client import credentials, is_own, make_client, same_credentials
from store.unanswered import Unanswered, etag

if TYPE_CHECKING:
    from obstore.store import S3Credential

log = structlog.get_logger("store")

LOOKS: Final = 5
LOOK_SECONDS: Final = 0.02
"""How often, and after how long at first, a put that was refused looks for the object that was in its way."""

IN_ONE_PUT: Final = 64 * 1024 * 1024
"""Bytes up to which an object goes up in one conditional put; larger ones in parts."""

ANSWER_WITHIN: Final = timedelta(seconds=120)
"""Longest time of a call, the bytes of a large object included."""

_NO_BUCKET = "NoSuchBucket"
_DENIED = (PermissionDeniedError, UnauthenticatedError)
_SKEWED = "RequestTimeTooSkewed"
_STATUS = re.compile(r"status code: (\d{3})\b")
_NO_ROOM = "507"
_SILENCE = "kind: Timeout"
_BROKEN = "HTTP error"
_OCCUPIED = ("ObjectParentIsFile", "ExistingObjectIsDirectory")


class S3Store:
    """An ``ObjectStore`` in a bucket, under a prefix.

    A put is all or nothing on S3, and carries the SHA-256 of its bytes, which the server compares before
    it acknowledges. Safe for any number of processes on any number of machines.
    """

    def __init__(self, bucket: str, prefix: str = "", *, patience: timedelta = ANSWER_WITHIN) -> None:
        """Open ``bucket`` with the endpoint, region and credentials of boto3's chain.

        Args:
            bucket: Its name.
            prefix: In front of every key.
            patience: Longest time of a call.
        """
        self._name, self._prefix, self._patience = bucket, prefix, patience
        self._handed: dict[str, Any] = {}
        self._unanswered = Unanswered()
        with _translated("open", bucket):
            self._bucket = self._open()

    async def create(self, key: str, data: bytes, *, media_type: str = "application/json") -> Created:
        """Write ``data`` if nothing stands under ``key``; durable on return, whoever won."""
        try:
            created = await self._create(require_key(key), data, media_type)
        except (TransientError, asyncio.CancelledError):
            self._unanswered.note(key, data)
            raise
        self._unanswered.forget(key)
        return created

    async def read(self, ref: ObjectRef) -> bytes:
        """Return the bytes ``ref`` names, verified to the last byte."""
        data = await self.fetch(ref.uri)
        if data is None:
            raise MissingObjectError(ref.uri)
        return verified(ref, data)

    async def fetch(self, key: str) -> bytes | None:
        """Return what stands under ``key``, or None."""
        with self._calling("read", require_key(key)):
            return await self._fetch(key)

    async def replace(self, key: str, data: bytes) -> None:
        """Write ``data`` over whatever stands there, in one step."""
        with self._calling("replace", require_key(key)):
            await obstore.put_async(self._bucket, key, data)

    async def delete(self, key: str) -> None:
        """Remove ``key`` if it exists."""
        with self._calling("delete", require_key(key)):
            try:
                await obstore.delete_async(self._bucket, key)
            except FileNotFoundError:
                return

    async def list(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys under the folder ``prefix`` in order, a page at a time."""
        folder = require_folder(prefix)
        with self._calling("list", folder):
            async for page in obstore.list(self._bucket, folder or None):
                for found in page:
                    yield found["path"]

    async def folders(self, prefix: str) -> AsyncIterator[str]:
        """Yield the names right under ``prefix`` that hold objects, in order."""
        folder = require_folder(prefix)
        with self._calling("list", folder):
            found = await obstore.list_with_delimiter_async(self._bucket, folder or None)
        for path in sorted(found["common_prefixes"]):
            yield path.removeprefix(folder).strip("/")

    async def head(self, key: str) -> int | None:
        """Return the size of what stands under ``key``, or None."""
        with self._calling("head", require_key(key)):
            return await self._size(key)

    def close(self) -> None:
        """Nothing is held open."""

    async def _create(self, key: str, data: bytes, media_type: str) -> Created:
        with self._calling("create", key):
            for look in range(LOOKS):
                if await self._put_new(key, data, media_type):
                    return Created(ref_of(key, data, media_type), created=True, data=data)
                standing = await self._fetch(key)
                if standing is not None:
                    return Created(ref_of(key, standing, media_type), created=False, data=standing)
                # Another's put of this key is under way: refused, but not there yet either.
                await asyncio.sleep(LOOK_SECONDS * 2**look)
            for begun in (*self._unanswered.of(key), data):
                if await self._finished(key, begun, media_type):
                    return Created(ref_of(key, begun, media_type), created=False, data=begun)
        raise HalfKeptError(key)

    async def _finished(self, key: str, begun: bytes, media_type: str) -> bool:
        """Put ``begun`` over nothing but itself: where a server died in the middle of that very put.

        Some keep the etag then and not the object. On the condition that the etag is that of these bytes,
        nobody's object can be lost by it: what may stand there after all is the same.
        """
        attributes = {"Content-Type": media_type}
        try:
            await obstore.put_async(
                self._bucket, key, begun, attributes=attributes, mode={"e_tag": etag(begun)}
            )
        except PreconditionError:
            return False
        except FileNotFoundError as error:
            if _NO_BUCKET in str(error):
                raise
            return False
        log.warning("store.finished", key=key)
        return True

    def _open(self) -> Bucket:
        client = make_client()
        endpoint = client.meta.endpoint_url
        own = is_own(endpoint)
        return Bucket(
            self._name,
            prefix=self._prefix or None,
            config={
                "region": client.meta.region_name or "us-east-1",
                "checksum_algorithm": "SHA256",
                **({"endpoint": endpoint, "virtual_hosted_style_request": False} if own else {}),
            },
            client_options={
                "connect_timeout": "5s",
                "timeout": self._patience,
                "allow_http": endpoint.startswith("http://"),
            },
            # One owner of retries: the handler's, which counts them and writes them into the trail.
            retry_config={"max_retries": 0, "retry_timeout": timedelta(0)},
            credential_provider=self._credentials,
        )

    def _credentials(self) -> S3Credential:
        self._handed = credentials()
        return cast("S3Credential", self._handed)

    @contextmanager
    def _calling(self, verb: str, key: str) -> Iterator[None]:
        """Translate what goes wrong; credentials that were replaced meanwhile are a passing trouble."""
        try:
            with _translated(verb, key):
                yield
        except StoreDeniedError as error:
            if isinstance(error.__cause__, _DENIED) and not same_credentials(credentials(), self._handed):
                self._bucket = self._open()
                raise TransientError(
                    f"the store refused to {verb} {key!r} with credentials that were replaced since; "
                    "the new ones are used now",
                    target="store",
                ) from error
            raise

    async def _put_new(self, key: str, data: bytes, media_type: str) -> bool:
        attributes = {"Content-Type": media_type}
        if len(data) > IN_ONE_PUT:
            # Parts can't be put on condition. Objects this large are originals, and those lie under the
            # digest of their bytes: two writers that both find nothing write the same.
            if await self._size(key) is not None:
                return False
            await obstore.put_async(self._bucket, key, data, attributes=attributes)
            return True
        try:
            await obstore.put_async(self._bucket, key, data, attributes=attributes, mode="create")
        except (AlreadyExistsError, PreconditionError) as error:
            if any(name in str(error) for name in _OCCUPIED):
                raise occupied(key) from error
            return False
        return True

    async def _fetch(self, key: str) -> bytes | None:
        try:
            found = await obstore.get_async(self._bucket, key)
        except FileNotFoundError as error:
            if _NO_BUCKET in str(error):
                raise
            return None
        return bytes(await found.bytes_async())

    async def _size(self, key: str) -> int | None:
        try:
            try:
                return (await obstore.head_async(self._bucket, key))["size"]
            except _DENIED:
                # What answers a HEAD has no body, and so no reason; asked for a byte the server says why.
                await obstore.get_range_async(self._bucket, key, start=0, end=1)
                raise
        except FileNotFoundError:
            return None


@contextmanager
def _translated(verb: str, key: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, BotoCoreError, OSError) as error:
        raise _explained(verb, key, error) from error


def _explained(verb: str, key: str, error: Exception) -> PipelineError:
    """Return our error for the server's: transient where waiting may help, else permanent."""
    said = str(error)
    if _SKEWED in said:
        return TransientError(
            f"the store refuses to {verb} {key!r}: this machine's clock and the server's are too far apart; "
            "set the clock",
            target="store",
            blameless=True,
        )
    if isinstance(error, _DENIED):
        return StoreDeniedError(
            f"the store refuses to {verb} {key!r} with these credentials; "
            "doctrail doctor names what is missing",
            reason="store_denied",
        )
    if _NO_BUCKET in said:
        return StoreDeniedError(
            f"the store can't {verb} {key!r}: its bucket does not exist; "
            "make it, or correct DOCTRAIL_STORE_URL",
            reason="store_bucket",
        )
    status = _STATUS.search(said)
    if status is not None and status[1] == _NO_ROOM:
        return no_room(verb, key)
    return TransientError(f"the store failed to {verb} {key!r}: {_cause(error, said)}", target="store")


def _cause(error: Exception, said: str) -> str:
    """Return what went wrong without the server's own words, which may hold anything."""
    status = _STATUS.search(said)
    if status is not None:
        return f"it answered with status {status[1]}"
    if _SILENCE in said:
        return "it did not answer in time"
    return "the connection failed" if _BROKEN in said else type(error).__name__
