"""The rights of S3 credentials, by calls that are refused for another reason where they are granted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from schemas.errors import TransientError
from store.actions import ABORT, DELETE, GET, LIST, PUT, VERSION, s3_arn
from store.protocol import StoreDeniedError
from store.s3_client import Clients, credentials
from store.sources import Place

_PROBE = "doctor-probe"
"""Name of an object that never exists."""
_DENIED, _TOO_MANY, _BROKEN = 403, 429, 500
_NOBODY = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken")
_WRONG_DIGEST = "AAAAAAAAAAAAAAAAAAAAAA=="
"""A checksum that the probe's body does not have: whoever may put is told so, and nothing is stored."""


class BucketRights:
    """``Rights`` below a prefix of a bucket."""

    def __init__(self, place: Place, clients: Clients) -> None:
        self._place = place
        self._clients = clients
        self._listed: bool | None = None
        self._identity: str | None = None

    @property
    def identity(self) -> str:
        """Who asks.

        Raises:
            StoreDeniedError: There are no credentials.
        """
        if self._identity is None:
            self._identity = f"access key {credentials()['access_key_id']!r}"
        return self._identity

    async def may(self, action: str, folder: str) -> bool | None:
        """Whether ``action`` is granted below ``folder``; None where only a listing could tell."""
        if self._listed is None:
            self._listed = await asyncio.to_thread(self._granted, LIST, "")
        if action == LIST:
            return self._listed
        granted = await asyncio.to_thread(self._granted, action, folder)
        if not granted and not self._listed and action in (GET, VERSION):
            # Who may not list is denied what does not exist, whether he may get it or not.
            return None
        return granted

    def resource(self, action: str, folder: str) -> str:
        """Return Amazon's name of what the action is about."""
        return s3_arn(self._place, action, folder)

    def _granted(self, action: str, folder: str) -> bool:
        parts = (self._place.key.strip("/"), folder.replace("*", _PROBE), _PROBE)
        key = "/".join(part for part in parts if part)
        try:
            _probes(self._clients.current(), {"Bucket": self._place.bucket, "Key": key})[action]()
        except ClientError as error:
            return self._told(action, error)
        except (BotoCoreError, OSError) as error:
            raise self._silent(action, type(error).__name__) from error
        return True

    def _told(self, action: str, error: ClientError) -> bool:
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code == "NoSuchBucket":
            raise StoreDeniedError(
                f"bucket {self._place.bucket!r} does not exist; doctrail init makes it", reason="store_bucket"
            ) from error
        if code in _NOBODY:
            raise StoreDeniedError(
                f"the store does not know {self.identity} ({code}); correct the credentials",
                reason="store_credentials",
            ) from error
        if status >= _BROKEN or status == _TOO_MANY:
            raise self._silent(action, code or str(status)) from error
        return status != _DENIED

    def _silent(self, action: str, why: str) -> TransientError:
        return TransientError(
            f"bucket {self._place.bucket!r} did not say whether it grants {action}: {why}", target="store"
        )


def _probes(client: Any, names: dict[str, str]) -> dict[str, Callable[[], object]]:
    bucket = {"Bucket": names["Bucket"]}
    return {
        LIST: lambda: client.list_objects_v2(**bucket, MaxKeys=1),
        GET: lambda: _close_body(client.get_object(**names)),
        VERSION: lambda: _close_body(client.get_object(**names, VersionId="null")),
        PUT: lambda: client.put_object(**names, Body=b"probe", ContentMD5=_WRONG_DIGEST),
        DELETE: lambda: client.delete_object(**names),
        ABORT: lambda: client.abort_multipart_upload(**names, UploadId="none"),
    }


def _close_body(answer: dict[str, Any]) -> None:
    """Let go of an answer whose bytes nobody wants."""
    with closing(answer["Body"]):
        return
