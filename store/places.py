"""Making the place where a store's objects are to lie; a store itself never does."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from schemas.errors import TransientError
from store.protocol import StoreDeniedError

_MISSING = frozenset({"404", "NoSuchBucket"})
_OURS_ALREADY = frozenset({"BucketAlreadyOwnedByYou"})
_DENIED = frozenset({"401", "403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"})


async def ensure_place(url: str) -> bool:
    """Make the bucket of a store's URL where it is missing; return whether it was made.

    A folder needs nothing: the store makes it.

    Raises:
        StoreDeniedError: The bucket is somebody else's, or may not be made by these credentials.
        TransientError: The server does not answer.
    """
    parts = urlsplit(url)
    if parts.scheme != "s3":
        return False
    return await asyncio.to_thread(_ensure_bucket, unquote(parts.netloc))


def _ensure_bucket(bucket: str) -> bool:
    from store.s3_client import make_client

    try:
        client = make_client()
        try:
            client.head_bucket(Bucket=bucket)
        except ClientError as error:
            if _code(error) not in _MISSING:
                raise
        else:
            return False
        region = client.meta.region_name
        elsewhere = {} if region in (None, "us-east-1") else {"LocationConstraint": region}
        client.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": elsewhere} if elsewhere else {}))
    except ClientError as error:
        code = _code(error)
        if code in _OURS_ALREADY:
            return False
        if code in _DENIED or code == "BucketAlreadyExists":
            raise StoreDeniedError(
                f"bucket {bucket!r} can't be made or looked at with these credentials ({code}); make it "
                "yourself and grant what doctrail doctor names, or correct DOCTRAIL_STORE_URL",
                reason="store_denied",
            ) from error
        raise TransientError(f"the store did not make bucket {bucket!r}: {code}", target="store") from error
    except BotoCoreError as error:
        raise TransientError(
            f"the store of bucket {bucket!r} does not answer: {type(error).__name__}", target="store"
        ) from error
    return True


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
