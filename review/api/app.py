"""The application: every route with who may ask it, behind one door."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from review.api.ahead import Ahead
from review.api.answering import Json
from review.api.bodies import (
    AlikeBody,
    CheckBody,
    ClaimBody,
    DraftBody,
    GoldBody,
    Login,
    PreferencesBody,
    ReviewerBody,
    ReviewerChanges,
    TokenBody,
)
from review.api.deciding import Deciding
from review.api.guard import Access, Guard, sealed
from review.api.limits import Guesses
from review.api.oidc import AWAY, BACK, Vouched
from review.api.openapi import openapi
from review.api.pictures import Pictures, Render
from review.api.problems import TITLES, problem
from review.api.routing import ADMINS, EVERYBODY, LOOKING, REVIEWING, Call, Route
from review.api.running import Running
from review.api.showing import LEASE, Showing
from review.api.signing import Signer
from review.api.working import Working
from review.page.site import Site
from review.people.accounts import Accounts
from review.people.oidc import Provider
from review.people.preferences import Preferences
from review.queue.choosing import Claimant
from review.queue.figures import Figures
from review.queue.queue import ReviewQueue
from review.sheet.content import Contents
from review.sheet.submission import Submission
from store.protocol import ObjectStore

MEGABYTE = 1024 * 1024
_AFTER = {"after": "cursor: the 'next' of the page before"}
_LEASE = {LEASE: "the token of the lease"}
_DECIDES = {
    "If-Match": "the task's ETag",
    "Idempotency-Key": "a new one per decision; the same one for a repetition",
    **_LEASE,
}


@dataclass(frozen=True, slots=True)
class Served:
    """What the API serves from.

    Attributes:
        secret: Signs the addresses of pages.
        render: Draws pages.
        provider: Who else lets people in.
    """

    queue: ReviewQueue
    accounts: Accounts
    store: ObjectStore
    contents: Contents
    secret: bytes
    render: Render
    version: str
    provider: Provider | None = None


def build_app(served: Served, access: Access, clock: Callable[[], float] = time.monotonic) -> Starlette:
    """Return the application.

    Args:
        served: What it serves from.
        access: Who is let in.
        clock: Monotonic seconds, for limits.
    """
    routes = (*routes_of(served, access, clock), *Site().routes())
    guard = Guard(access, clock)
    app = Starlette(
        routes=[StarletteRoute(one.path, guard.wrap(one), methods=[one.method]) for one in routes],
        exception_handlers={HTTPException: _unrouted},
    )
    # No second spelling of a path, by which a rule could be missed.
    app.router.redirect_slashes = False
    return app


async def warm(served: Served) -> None:
    """Ask, read and draw what comes first as a claim would, so that the first people don't wait."""
    await served.queue.rehearse()
    pictures = Pictures(served.store, served.contents, served.render)
    await Ahead(served.queue, served.contents, pictures).next(Claimant("", adjudicates=True), count=1)


def routes_of(served: Served, access: Access, clock: Callable[[], float]) -> tuple[Route, ...]:
    """Return every route of the API with who may ask it; beside them there is only the page."""
    pictures = Pictures(served.store, served.contents, served.render)
    figures = Figures(served.queue.database, clock)
    own = Preferences(served.queue.database)
    showing = Showing(served.queue, served.contents, pictures, Signer(served.secret), served.store)
    work, decide = (
        Working(served.queue, figures, showing),
        Deciding(served.queue, served.contents, showing, served.store),
    )
    run = Running(served.queue, served.accounts, figures, Guesses(clock), own, secure=access.secure)
    vouched = Vouched(served.queue, served.accounts, served.provider, served.secret, secure=access.secure)
    routes = (*_about_sessions(run, vouched), *_about_work(work, decide, showing), *_about_running(work, run))

    async def document(call: Call[None]) -> Response:
        del call
        return Json(openapi((*routes, described), served.version))

    described = Route("GET", "/v1/openapi.json", document, None, "This document.")
    return (*routes, described)


def _about_sessions(run: Running, vouched: Vouched) -> tuple[Route, ...]:
    back = {"state": "as we sent it", "code": "what the provider gives for a token"}
    return (
        Route("GET", "/v1/session", vouched.ways, None, "How one can log in."),
        Route("GET", AWAY, vouched.away, None, "Log in at the provider.", done=302),
        Route("GET", BACK, vouched.back, None, "Come back from it.", query=back, media="text/html"),
        Route("POST", "/v1/session", run.login, None, "Log in.", body=Login),
        Route("DELETE", "/v1/session", run.logout, EVERYBODY, "Log out.", done=204),
        Route("GET", "/v1/me", run.me, EVERYBODY, "Who asks."),
        Route(
            "PUT",
            "/v1/me/preferences",
            run.prefer,
            EVERYBODY,
            "Set one's keys.",
            PreferencesBody,
            done=204,
        ),
    )


def _about_work(work: Working, decide: Deciding, showing: Showing) -> tuple[Route, ...]:
    one = "/v1/review/{task_id}"
    return (
        Route("GET", "/v1/review/queues", work.queues, EVERYBODY, "What waits, by queue."),
        Route("POST", "/v1/review/claim", work.claim, REVIEWING, "Claim work.", body=ClaimBody),
        Route("POST", f"{one}/alike", work.alike, REVIEWING, "Claim those that ask the same.", AlikeBody),
        Route("GET", one, work.task, REVIEWING, "A task with everything needed to decide it."),
        Route("POST", f"{one}/heartbeat", work.heartbeat, REVIEWING, "Keep a lease alive.", headers=_LEASE),
        Route(
            "PUT", f"{one}/draft", work.draft, REVIEWING, "Keep a draft.", DraftBody, limit=MEGABYTE, done=204
        ),
        Route(
            "POST",
            f"{one}/check",
            decide.check,
            REVIEWING,
            "Normalise and judge.",
            CheckBody,
            limit=4 * MEGABYTE,
        ),
        Route(
            "PUT",
            f"{one}/decision",
            decide.decide,
            REVIEWING,
            "Decide.",
            Submission,
            headers=_DECIDES,
            limit=4 * MEGABYTE,
        ),
        Route("POST", f"{one}/release", work.give_back, REVIEWING, "Give back.", headers=_LEASE, done=204),
        Route("POST", f"{one}/undo", decide.undo, REVIEWING, "Undo the last decision."),
        Route("GET", f"{one}/history", work.history, REVIEWING, "Who decided what."),
        Route("GET", "/v1/pages/{token}", showing.image, REVIEWING, "A page.", media="image/png"),
        Route("GET", "/v1/words/{token}", showing.words, REVIEWING, "The words of a page with their boxes."),
    )


def _about_running(work: Working, run: Running) -> tuple[Route, ...]:
    listing = {
        "state": "open, held, done or closed",
        "queue": "only of this type",
        "mine": "only those that you hold or decided",
        **_AFTER,
    }
    deciding = {"document_id": "only of this document", "newest": "the newest first", **_AFTER}
    one = "/v1/reviewers/{reviewer_id}"
    return (
        Route("GET", "/v1/tasks", work.tasks, EVERYBODY, "Tasks, page by page.", query=listing),
        Route("GET", "/v1/stats", run.stats, LOOKING, "How the queue is doing."),
        Route("GET", "/v1/decisions", run.decisions, LOOKING, "Decisions, page by page.", query=deciding),
        Route("GET", "/v1/lanes", run.lanes, LOOKING, "The shares and times of the lanes."),
        Route("GET", "/v1/reviewers", run.reviewers, ADMINS, "Reviewers."),
        Route("POST", "/v1/reviewers", run.add_reviewer, ADMINS, "Add a reviewer.", ReviewerBody, done=201),
        Route("PATCH", one, run.change_reviewer, ADMINS, "Change a reviewer.", ReviewerChanges, done=204),
        Route("POST", f"{one}/tokens", run.issue, ADMINS, "Issue a token.", TokenBody, done=201),
        Route("GET", f"{one}/tokens", run.tokens, ADMINS, "The tokens of a reviewer, without their secrets."),
        Route("DELETE", "/v1/tokens/{token_id}", run.revoke, ADMINS, "Revoke a token.", done=204),
        Route("POST", "/v1/gold", run.seed, ADMINS, "Make a decided task gold.", GoldBody, done=201),
        Route("DELETE", "/v1/gold/{gold_id}", run.retire, ADMINS, "Retire a gold task.", done=204),
    )


async def _unrouted(request: Request, error: Exception) -> Response:
    del request
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status == 405:
        answer = problem(404, "unknown_route", "there is nothing to be asked in this way")
    else:
        answer = problem(status if status in TITLES else 404, "unknown_route", "there is no such route")
    return sealed(answer)
