"""What those ask who run the queue: sessions, figures, exports, reviewers, tokens, gold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from review.api.answering import Json
from review.api.bodies import GoldBody, Login, PreferencesBody, ReviewerBody, ReviewerChanges, TokenBody
from review.api.guard import COOKIE
from review.api.limits import Guesses
from review.api.problems import ProblemError
from review.api.routing import Call
from review.people.accounts import LOCAL, Accounts, Principal, Session
from review.people.preferences import Preferences
from review.queue.figures import Figures
from review.queue.lanes import LanePolicy
from review.queue.queue import ReviewQueue

_PAGE = 200


class Running:
    """The endpoints of sessions and of those who run the queue."""

    def __init__(
        self,
        queue: ReviewQueue,
        accounts: Accounts,
        figures: Figures,
        guesses: Guesses,
        own: Preferences,
        *,
        secure: bool,
    ) -> None:
        self._queue = queue
        self._figures = figures
        self._accounts = accounts
        self._guesses = guesses
        self._own = own
        self._secure = secure

    async def login(self, call: Call[Login]) -> Response:
        """Open a session; wrong guesses are slowed down by name and by address."""
        address = call.request.client.host if call.request.client else "unknown"
        self._guesses.take(call.body.name, address)
        session = await self._accounts.login(call.body.name, call.body.password)
        if session is None:
            raise ProblemError(401, "wrong", "name and password do not fit", {"WWW-Authenticate": "Bearer"})
        self._guesses.give_back(call.body.name, address)
        return self._with_cookie(session)

    async def logout(self, call: Call[None]) -> Response:
        """End the session."""
        secret = call.request.cookies.get(COOKIE)
        if secret is not None:
            await self._accounts.logout(secret)
        response = Response(status_code=204)
        response.delete_cookie(COOKIE, path="/", secure=self._secure, httponly=True, samesite="strict")
        return response

    async def me(self, call: Call[None]) -> Response:
        """Say who asks, and how he has been doing."""
        figures = (await self._figures.newest())["by_reviewer"].get(call.who.reviewer_id)
        shown = {
            name: value for name, value in (figures or {}).items() if not name.startswith(("gold", "second"))
        }
        own = await self._own.of(call.who.reviewer_id)
        return Json({**_principal(call.who), "figures": shown, "preferences": own})

    async def prefer(self, call: Call[PreferencesBody]) -> Response:
        """Keep what somebody has set for himself."""
        await self._own.keep(call.who.reviewer_id, call.body.model_dump(mode="json"))
        return Response(status_code=204)

    async def stats(self, call: Call[None]) -> Response:
        """Say what waits, how fast it goes and how well."""
        del call
        return Json(await self._figures.newest())

    async def decisions(self, call: Call[None]) -> Response:
        """Return decisions page by page, oldest or newest first, with what became of each."""
        asked = call.request.query_params
        found = await self._queue.decisions(
            document_id=asked.get("document_id"),
            after=asked.get("after"),
            limit=_PAGE,
            newest="newest" in asked,
        )
        after = found[-1]["decision_id"] if len(found) == _PAGE else None
        return Json({"decisions": found, "next": after})

    async def lanes(self, call: Call[None]) -> Response:
        """Return the shares and times the queue is run by."""
        del call
        return Json(policy_view(self._queue.policy))

    async def reviewers(self, call: Call[None]) -> Response:
        """List reviewers."""
        del call
        return Json({"reviewers": await self._accounts.all()})

    async def add_reviewer(self, call: Call[ReviewerBody]) -> Response:
        """Add a reviewer."""
        given = call.body
        made = await self._accounts.add(given.name, given.roles, given.skills, given.password)
        return Json({"reviewer_id": made}, status_code=201)

    async def change_reviewer(self, call: Call[ReviewerChanges]) -> Response:
        """Change a reviewer; whoever is put out loses his sessions and tokens."""
        reviewer_id = call.path["reviewer_id"]
        changes = call.body.model_dump(mode="json", exclude_none=True)
        if reviewer_id == call.who.reviewer_id and {"roles", "active"} & set(changes):
            raise ProblemError(409, "yourself", "somebody else has to change your own roles and activity")
        await self._accounts.change(reviewer_id, **changes)
        return Response(status_code=204)

    async def issue(self, call: Call[TokenBody]) -> Response:
        """Issue a token; its secret is shown this once."""
        given = call.body
        lasts = None if given.days is None else timedelta(days=given.days)
        token_id, secret = await self._accounts.issue(
            call.path["reviewer_id"], given.label, given.scopes, lasts
        )
        return Json({"token_id": token_id, "token": secret}, status_code=201)

    async def tokens(self, call: Call[None]) -> Response:
        """List a reviewer's tokens, never their secrets."""
        return Json({"tokens": await self._accounts.tokens(call.path["reviewer_id"])})

    async def revoke(self, call: Call[None]) -> Response:
        """Make a token worthless."""
        await self._accounts.revoke(call.path["token_id"])
        return Response(status_code=204)

    async def seed(self, call: Call[GoldBody]) -> Response:
        """Make a decided task gold."""
        gold_id = await self._queue.seed_gold(call.body.task_id, call.who.reviewer_id)
        return Json({"gold_id": gold_id}, status_code=201)

    async def retire(self, call: Call[None]) -> Response:
        """Hand a gold task out to nobody any more."""
        await self._queue.retire_gold(call.path["gold_id"])
        return Response(status_code=204)

    def _with_cookie(self, session: Session) -> Response:
        response = Json({**_principal(session.principal), "expires_at": session.expires_at.isoformat()})
        response.set_cookie(
            COOKIE, session.secret, path="/", secure=self._secure, httponly=True, samesite="strict"
        )
        return response


def policy_view(policy: LanePolicy) -> dict[str, Any]:
    """Return the policy in plain JSON."""
    return {
        "audit_rate": policy.audit_rate,
        "audit_rates": dict(policy.audit_rates),
        "all_fields_share": policy.all_fields_share,
        "double_share": policy.double_share,
        "blind_share": policy.blind_share,
        "quotas": {lane.value: share for lane, share in policy.quotas.items()},
        "orders": dict(policy.orders),
        "due_hours": {
            **{lane.value: _hours(wait) for lane, wait in policy.due.items()},
            **{f"{queue}.{lane.value}": _hours(wait) for (queue, lane), wait in policy.dues.items()},
        },
        "release_after_seconds": policy.release_after.total_seconds(),
    }


def _hours(wait: timedelta) -> float:
    return round(wait.total_seconds() / 3600, 4)


def _principal(who: Principal) -> dict[str, Any]:
    return {
        "reviewer_id": who.reviewer_id,
        "name": who.name,
        "roles": sorted(role.value for role in who.roles),
        "skills": list(who.skills),
        "csrf": who.csrf,
        "needs_login": who != LOCAL,
    }
