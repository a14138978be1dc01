"""Going to a provider to log in, and coming back from it with a session."""

from __future__ import annotations

from starlette.responses import HTMLResponse, RedirectResponse, Response

from review.api.answering import Json
from review.api.guard import COOKIE
from review.api.problems import ProblemError
from review.api.routing import Call
from review.people.accounts import Accounts
from review.people.oidc import OidcError, Provider, begin, finish, unseal
from review.queue.queue import ReviewQueue

AWAY, BACK = "/v1/session/oidc", "/v1/session/oidc/back"
_ATTEMPT = "doctrail_oidc"
_HOME = (
    '<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>doctrail</title><a href="/">On</a>'
)
"""A step of our own: a redirect from the provider's site would not carry a cookie that is strictly ours."""


class Vouched:
    """The endpoints of logging in at a provider.

    Args:
        queue: Whose clock counts.
        accounts: Who works here.
        provider: Who is asked; None where nobody is.
        secret: Seals what a browser keeps meanwhile.
        secure: Whether we are reached by https.
    """

    def __init__(
        self,
        queue: ReviewQueue,
        accounts: Accounts,
        provider: Provider | None,
        secret: bytes,
        *,
        secure: bool,
    ) -> None:
        self._queue = queue
        self._accounts = accounts
        self._provider = provider
        self._secret = secret
        self._secure = secure

    async def ways(self, call: Call[None]) -> Response:
        """Say how one can log in."""
        del call
        return Json({"password": True, "oidc": AWAY if self._provider else None})

    async def away(self, call: Call[None]) -> Response:
        """Send somebody to the provider."""
        provider = self._known()
        url, attempt = await begin(provider, self._back(call), await self._queue.now())
        response = RedirectResponse(url, 302)
        # Lax: it has to come along when the provider sends the browser back.
        response.set_cookie(
            _ATTEMPT,
            attempt.seal(self._secret),
            max_age=600,
            path=AWAY,
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
        return response

    async def back(self, call: Call[None]) -> Response:
        """Open a session for whom the provider vouches, if he works here."""
        provider, now = self._known(), await self._queue.now()
        attempt = unseal(call.request.cookies.get(_ATTEMPT, ""), self._secret, now)
        name = await finish(provider, self._back(call), attempt, call.request.query_params, now)
        session = await self._accounts.admit(name)
        if session is None:
            raise OidcError("nobody of your name works here; ask an admin to add you")
        response = HTMLResponse(_HOME)
        response.set_cookie(
            COOKIE, session.secret, path="/", secure=self._secure, httponly=True, samesite="strict"
        )
        response.delete_cookie(_ATTEMPT, path=AWAY, secure=self._secure, httponly=True, samesite="lax")
        return response

    def _known(self) -> Provider:
        if self._provider is None:
            raise ProblemError(404, "no_provider", "nobody but doctrail itself lets people in here")
        return self._provider

    def _back(self, call: Call[None]) -> str:
        # The door has made sure that the host is one of ours.
        return f"{'https' if self._secure else 'http'}://{call.request.headers['host']}{BACK}"
