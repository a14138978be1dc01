"""The door: host and origin, size, who asks, what he may, how often; then the endpoint; errors in words."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from review.api.limits import Buckets
from review.api.problems import ProblemError, problem_of
from review.api.routing import Call, Route
from review.people.accounts import LOCAL, Accounts, Principal
from schemas.canonical import sha256_hex

COOKIE = "doctrail_session"
CSRF = "X-CSRF-Token"
_SAFE = ("GET", "HEAD")
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Access:
    """Who is let in.

    Attributes:
        hosts: Values of Host that mean us (``127.0.0.1:8765``); another is somebody's rebound name.
        accounts: Who there is; None on loopback, where whoever sits at the machine is let in.
        secure: Whether it is reached by https.
    """

    hosts: Collection[str]
    accounts: Accounts | None
    secure: bool = False

    def is_ours(self, origin: str) -> bool:
        """Whether a page of this origin is ours."""
        parts = urlsplit(origin)
        return parts.scheme == ("https" if self.secure else "http") and parts.netloc.lower() in self.hosts


class Guard:
    """Lets requests in, by the route's own rules; whatever no rule lets in stays out.

    Args:
        access: Who is let in.
        clock: Monotonic seconds.
    """

    def __init__(self, access: Access, clock: Callable[[], float] = time.monotonic) -> None:
        self.access = access
        self._requests = Buckets(burst=120, per_second=40, clock=clock)

    def wrap(self, route: Route) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint as the application calls it."""

        async def guarded(request: Request) -> Response:
            try:
                response = await self._admit(route, request)
            except ClientDisconnect:
                raise
            except Exception as error:  # noqa: BLE001 (the last place that can answer)
                response = problem_of(error)
            return sealed(response)

        return guarded

    async def _admit(self, route: Route, request: Request) -> Response:
        self._require_host(request)
        who = await self.identify(request)
        if route.roles is not None:
            if who is None:
                raise ProblemError(
                    401, "unknown_caller", "log in, or send a token", {"WWW-Authenticate": "Bearer"}
                )
            if not route.allows(who):
                raise ProblemError(403, "forbidden", "your roles do not allow this")
            self._requests.take(who.reviewer_id)
        elif route.counted:
            self._requests.take(request.client.host if request.client else "unknown")
        if request.method not in _SAFE:
            self._require_own_page(request, who)
        data = await _read(request, route.limit)
        body = _body(route, request, data)
        _require_headers(route, request)
        caller = who or Principal("", "", frozenset())
        return await route.endpoint(Call(request, caller, body, sha256_hex(data)))

    async def identify(self, request: Request) -> Principal | None:
        """Return who asks; None where nothing says so."""
        accounts = self.access.accounts
        if accounts is None:
            return LOCAL
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and token:
            return await accounts.by_token(token.strip())
        cookie = request.cookies.get(COOKIE)
        return await accounts.by_session(cookie) if cookie else None

    def _require_host(self, request: Request) -> None:
        if request.headers.get("host", "").lower() not in self.access.hosts:
            raise ProblemError(403, "foreign_host", "this host name is not one of this server's")

    def _require_own_page(self, request: Request, who: Principal | None) -> None:
        """Refuse what another site's page makes a browser send."""
        origin = request.headers.get("origin")
        if origin is not None and not self.access.is_ours(origin):
            raise ProblemError(403, "foreign_origin", "another site's page may not do this")
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise ProblemError(403, "foreign_origin", "another site's page may not do this")
        if who is not None and who.csrf is not None:
            given = request.headers.get(CSRF, "")
            if not secrets.compare_digest(given.encode(), who.csrf.encode()):
                raise ProblemError(403, "csrf", f"send the session's token in the header {CSRF}")


async def _read(request: Request, limit: int) -> bytes:
    stated = request.headers.get("content-length", "0")
    if not stated.isdecimal() or int(stated) > limit:
        raise ProblemError(413, "too_large", f"at most {limit} bytes may be sent here")
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > limit:
            raise ProblemError(413, "too_large", f"at most {limit} bytes may be sent here")
    return bytes(found)


def _body(route: Route, request: Request, data: bytes) -> Any:
    if route.body is None:
        return None
    # A form of another site can't send this type without asking first.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(415, "media_type", "send application/json")
    try:
        return route.body.model_validate_json(data)
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False)[0]["type"] == "json_invalid":
            raise ProblemError(400, "json", "what was sent is not JSON") from error
        raise


def _require_headers(route: Route, request: Request) -> None:
    for name in route.headers:
        if not request.headers.get(name):
            raise ProblemError(428, "header_missing", f"the header {name} is required: {route.headers[name]}")


def sealed(response: Response) -> Response:
    """Add what every answer says to browsers."""
    for name, value in _SECURITY.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", _API_POLICY)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
