"""Who is asking: AWS Signature Version 4, checked as AWS checks it, or a token."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

from inference.serve.answers import No

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = timedelta(minutes=5)
"""How far a client's clock may be off, as AWS has it."""
_HEADER = re.compile(
    ALGORITHM + r" +Credential=([^/,\s]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request,"
    r" *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Keys:
    """What clients must prove that they have; nothing at all where both are None.

    Attributes:
        access: Access key id and secret key.
        token: A Bedrock API key, or Anthropic API key.
    """

    access: tuple[str, str] | None = None
    token: str | None = None

    @property
    def any(self) -> bool:
        """Whether anything must be proven."""
        return self.access is not None or self.token is not None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was signed.

    Attributes:
        path: As it came over the wire, still percent-encoded.
        headers: By lower-case name.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def require_known(asked: Asked, keys: Keys, now: datetime) -> None:
    """Return if whoever asks has one of the keys, or none is needed.

    Raises:
        No: They have not; the sentence says how.
    """
    if not keys.any:
        return
    said = asked.headers.get("authorization", "")
    token = asked.headers.get("x-api-key") or (said[7:] if said.lower().startswith("bearer ") else None)
    if token is not None:
        if keys.token is None or not hmac.compare_digest(token.encode(), keys.token.encode()):
            raise No("UnrecognizedClientException", "The security token included in the request is invalid.")
        return
    if not said:
        raise No("MissingAuthenticationTokenException", "Missing Authentication Token")
    _require_signed(asked, said, keys, now)


def _require_signed(asked: Asked, said: str, keys: Keys, now: datetime) -> None:
    found = _HEADER.fullmatch(said.strip())
    if found is None:
        raise No("InvalidSignatureException", "The Authorization header is no AWS4-HMAC-SHA256 signature.")
    key_id, day, region, service, names, signature = found.groups()
    if keys.access is None or not hmac.compare_digest(key_id.encode(), keys.access[0].encode()):
        raise No("UnrecognizedClientException", "The security token included in the request is invalid.")
    stamp = asked.headers.get("x-amz-date", "")
    _require_recent(stamp, day, now)
    signed = names.split(";")
    if "host" not in signed or "x-amz-date" not in signed:
        raise No("InvalidSignatureException", "The headers host and x-amz-date must be signed.")
    scope = f"{day}/{region}/{service}/aws4_request"
    hashed = hashlib.sha256(canonical_request(asked, signed).encode()).hexdigest()
    expected = _signature(keys.access[1], (day, region, service), f"{ALGORITHM}\n{stamp}\n{scope}\n{hashed}")
    if not hmac.compare_digest(expected, signature):
        raise No(
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method.",
        )


def _require_recent(stamp: str, day: str, now: datetime) -> None:
    try:
        at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise No("InvalidSignatureException", "x-amz-date is no time such as 20260101T000000Z.") from None
    if not stamp.startswith(day):
        raise No("InvalidSignatureException", "Date in Credential scope does not match x-amz-date.")
    if at < now - SKEW:
        raise No("InvalidSignatureException", f"Signature expired: {stamp} is now earlier than we allow.")
    if at > now + SKEW:
        raise No("InvalidSignatureException", f"Signature not yet current: {stamp} is still later than now.")


def canonical_request(asked: Asked, signed: Iterable[str]) -> str:
    """Return the canonical request of Signature Version 4."""
    headers = "".join(f"{name}:{' '.join(asked.headers.get(name, '').split())}\n" for name in signed)
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(parse_qsl(asked.query, keep_blank_values=True))
    )
    payload = hashlib.sha256(asked.body).hexdigest()
    # Every service but S3 encodes the path a second time.
    path = quote(asked.path, safe="/-_.~")
    return "\n".join((asked.method, path, query, headers, ";".join(signed), payload))


def _signature(secret: str, scope: tuple[str, str, str], text: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in (*scope, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
