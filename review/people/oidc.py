"""Logging in at somebody else's: OpenID Connect by the code flow, with PKCE, state and nonce."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from review.queue.errors import RefusedError
from schemas.errors import TransientError

LASTS = timedelta(minutes=10)
"""How long somebody may take at the provider."""
_SECONDS, _LEEWAY, _LARGEST = 10.0, 60, 200_000
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384")


class OidcError(RefusedError):
    """The provider's word can't be taken; log in again, or ask who runs the provider."""

    status = 401
    code = "oidc"


class UnsafeProviderError(RefusedError):
    """The provider's address is not https."""

    code = "oidc_issuer"


@dataclass(frozen=True, slots=True)
class Provider:
    """Who says who somebody is.

    Attributes:
        issuer: Its address, as it stands in its tokens.
        claim: What of a token is the reviewer's name here; an ``email`` must be verified.
        transport: How it is reached, where not by the network.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str = "email"
    transport: Any = None

    def __post_init__(self) -> None:
        """Refuse an address by which others could read along.

        Raises:
            UnsafeProviderError: It is neither https nor on this machine.
        """
        parts = urlsplit(self.issuer)
        local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
        if not (parts.scheme == "https" and parts.hostname) and not local:
            raise UnsafeProviderError("DOCTRAIL_REVIEW_OIDC_ISSUER: an issuer is an https address")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A log-in under way; it lies in a cookie of the browser that began it, sealed.

    Attributes:
        until: Unix time in seconds.
    """

    state: str
    nonce: str
    verifier: str
    until: int

    def seal(self, secret: bytes) -> str:
        """Return it as a cookie's value."""
        packed = urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()
        return f"{packed}.{_mac(secret, packed)}"


def unseal(cookie: str, secret: bytes, now: datetime) -> Attempt:
    """Return the attempt in a cookie.

    Raises:
        OidcError: There is none, it is not ours, or it took too long.
    """
    packed, _, mac = cookie.partition(".")
    try:
        if not cookie.isascii() or not hmac.compare_digest(mac, _mac(secret, packed)):
            raise OidcError("this log-in did not begin in this browser; begin it again")
        found = Attempt(**json.loads(urlsafe_b64decode(packed)))
    except (Base64Error, ValueError, TypeError) as error:
        raise OidcError("this log-in did not begin in this browser; begin it again") from error
    if found.until <= now.timestamp():
        raise OidcError("this log-in took too long; begin it again")
    return found


async def begin(provider: Provider, back: str, now: datetime) -> tuple[str, Attempt]:
    """Return the provider's address to go to, and what must be remembered until somebody comes back.

    Args:
        provider: Who is asked.
        back: Our address to come back to.
        now: The time.

    Raises:
        TransientError: The provider does not answer.
        OidcError: It does not say where to go.
    """
    until = int((now + LASTS).timestamp())
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    attempt = Attempt(state, nonce, verifier, until)
    async with _client(provider, back) as client:
        told = await _discovered(provider, client)
        url, _ = client.create_authorization_url(
            told["authorization_endpoint"],
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=_challenge(attempt.verifier),
            code_challenge_method="S256",
        )
    return url, attempt


async def finish(
    provider: Provider, back: str, attempt: Attempt, came: Mapping[str, str], now: datetime
) -> str:
    """Return the name of who came back, as the provider vouches for it.

    Raises:
        TransientError: The provider does not answer.
        OidcError: It does not vouch for anybody, or not in a way that can be checked.
    """
    if not hmac.compare_digest(came.get("state", "").encode(), attempt.state.encode()):
        raise OidcError("this log-in did not begin in this browser; begin it again")
    if "code" not in came:
        raise OidcError("the provider did not let you in")
    async with _client(provider, back) as client:
        told = await _discovered(provider, client)
        token = await _asked(
            client.fetch_token(told["token_endpoint"], code=came["code"], code_verifier=attempt.verifier)
        )
        keys = await _document(client, told["jwks_uri"])
    claims = _checked(provider, attempt, token, keys, now)
    name = claims.get(provider.claim)
    if not isinstance(name, str) or not name:
        raise OidcError(f"the provider's token has no {provider.claim!r}")
    if provider.claim == "email" and claims.get("email_verified") is not True:
        raise OidcError("the provider has not verified your address")
    return name


def _checked(
    provider: Provider, attempt: Attempt, token: Mapping[str, Any], keys: Any, now: datetime
) -> Mapping[str, Any]:
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        read = jwt.decode(token["id_token"], KeySet.import_key_set(keys), algorithms=list(_ALGORITHMS))
        claims = CodeIDToken(
            read.claims,
            read.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            },
            params={
                "nonce": attempt.nonce,
                "client_id": provider.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=int(now.timestamp()), leeway=_LEEWAY)
    except (JoseError, KeyError, ValueError, TypeError) as error:
        raise OidcError("the provider's token can't be trusted; log in again") from error
    return dict(claims)


def _client(provider: Provider, back: str) -> Any:
    from authlib.integrations.httpx_client import AsyncOAuth2Client

    reached = {} if provider.transport is None else {"transport": provider.transport}
    return AsyncOAuth2Client(
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        scope="openid email profile",
        redirect_uri=back,
        timeout=_SECONDS,
        trust_env=False,
        **reached,
    )


async def _discovered(provider: Provider, client: Any) -> Mapping[str, str]:
    told = await _document(client, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != provider.issuer:
        raise OidcError("the provider calls itself by another name than DOCTRAIL_REVIEW_OIDC_ISSUER")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not isinstance(told.get(name), str):
            raise OidcError(f"the provider does not say its {name}")
    return told


async def _document(client: Any, url: str) -> dict[str, Any]:
    answer = await _asked(client.request("GET", url, withhold_token=True))
    if answer.status_code >= 500:
        raise TransientError("the login provider does not answer now", target="oidc")
    try:
        found = answer.json() if answer.status_code == 200 and len(answer.content) <= _LARGEST else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise OidcError("the provider's answer can't be read")
    return found


async def _asked(asking: Any) -> Any:
    import httpx2
    from authlib.integrations.base_client import OAuthError

    try:
        return await asking
    except httpx2.TransportError as error:
        raise TransientError("the login provider does not answer now", target="oidc") from error
    except (OAuthError, httpx2.HTTPError, ValueError) as error:
        raise OidcError("the provider did not accept this log-in; begin it again") from error


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _mac(secret: bytes, packed: str) -> str:
    return hmac.new(secret, b"oidc" + packed.encode(), hashlib.sha256).hexdigest()
