"""An OpenID Connect provider for tests: it lets anybody in whom it is told to, and can be told to lie."""

from __future__ import annotations

import hashlib
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ISSUER = "http://127.0.0.1:9/idp"
CLIENT, SECRET = "doctrail", "client secret"


@dataclass
class LocalProvider:
    """The provider.

    Attributes:
        seconds: Its clock.
        person: What it says of whoever logs in.
        lies: What it says otherwise than it should, laid over the token's claims.
        key: What it signs with; ``shown`` is what it shows, the same unless it lies.
        down: Whether it fails.
    """

    seconds: Callable[[], float] = time.time
    person: dict[str, Any] = field(default_factory=lambda: {"email": "anna", "email_verified": True})
    lies: dict[str, Any] = field(default_factory=dict)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    shown: ECKey | None = None
    down: bool = False
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        """Return what is served."""
        return Starlette(
            routes=[
                Route("/idp/.well-known/openid-configuration", self._configuration),
                Route("/idp/token", self._token, methods=["POST"]),
                Route("/idp/keys", self._keys),
            ]
        )

    def log_in(self, url: str) -> dict[str, str]:
        """Let a person in who was sent to ``url``; return what he comes back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(f"{ISSUER}/authorize?")
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.asked)}"
        self.asked[code] = asked
        return {"code": code, "state": asked["state"]}

    async def _configuration(self, request: Request) -> Response:
        if self.down:
            return Response(status_code=503)
        told = {
            "issuer": self.lies.get("configured", ISSUER),
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }
        return JSONResponse(told)

    async def _keys(self, request: Request) -> Response:
        return JSONResponse({"keys": [(self.shown or self.key).as_dict(private=False)]})

    async def _token(self, request: Request) -> Response:
        sent = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        # A code serves once.
        asked = self.asked.pop(sent.get("code", ""), None)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        proof = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != proof or asked["redirect_uri"] != sent["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now = int(self.seconds())
        claims = {
            "iss": ISSUER,
            "sub": "42",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
            **self.lies,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "ES256", "kid": "one"}
        signed = jwt.encode(header, claims, self.key, algorithms=["ES256"])
        return JSONResponse({"access_token": "at", "token_type": "Bearer", "id_token": signed})
