"""Errors as RFC 9457 problem documents: one sentence, a code, and what a program needs to go on."""

from __future__ import annotations

from typing import Any

import structlog
from pydantic import ValidationError

from review.api.answering import Json
from review.queue.errors import RefusedError
from schemas.errors import PermanentError, PipelineError, TransientError

log = structlog.get_logger("review")

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "Bad request",
    401: "Say who you are",
    403: "Not allowed",
    404: "Not found",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Wrong media type",
    422: "Can't be taken as it is",
    428: "A header is missing",
    429: "Too many requests",
    500: "A defect",
    503: "Try again",
}


class ProblemError(Exception):
    """A request that can't be served.

    Args:
        status: HTTP status.
        code: How a program tells it from others.
        sentence: What to do.
        headers: Sent along.
    """

    def __init__(
        self, status: int, code: str, sentence: str, headers: dict[str, str] | None = None, **details: Any
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.headers = headers
        self.details = details


def problem(
    status: int, code: str, sentence: str, *, headers: dict[str, str] | None = None, **details: Any
) -> Json:
    """Return a problem document."""
    body = {
        "type": f"doctrail:problem/{code}",
        "title": TITLES[status],
        "status": status,
        "code": code,
        "detail": sentence,
        **details,
    }
    return Json(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def problem_of(error: Exception) -> Json:
    """Return what an error says to whoever asked; a defect says nothing of its inside."""
    match error:
        case ProblemError():
            return problem(error.status, error.code, str(error), headers=error.headers, **error.details)
        case RefusedError():
            return problem(error.status, error.code, str(error), **error.details)
        case ValidationError():
            wrong = [
                {"field": ".".join(str(part) for part in one["loc"]), "why": one["msg"]}
                for one in error.errors(include_url=False, include_input=False, include_context=False)[:20]
            ]
            return problem(
                422, "shape", f"{wrong[0]['field'] or 'the body'}: {wrong[0]['why']}", errors=wrong
            )
        case TransientError():
            return problem(503, "unavailable", str(error), headers={"Retry-After": "2"})
        case PermanentError():
            return problem(409, error.reason, str(error))
        case PipelineError() | Exception():
            log.error("review.defect", exc_info=error)
            return problem(500, "defect", "this is a defect of doctrail; its log says more")
