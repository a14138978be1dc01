"""How the endpoint says no: in the words and shapes of AWS and of Anthropic."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from starlette.responses import JSONResponse, Response


class Wire(StrEnum):
    """Which client is talking."""

    CONVERSE = "converse"
    INVOKE = "invoke"
    MESSAGES = "messages"


class No(Exception):  # noqa: N818 (an answer, not an error of ours)
    """The endpoint refuses, in one sentence.

    Args:
        code: The name AWS has for it.
        said: What is wrong.
        retry_after: Seconds to wait, said in a header.
    """

    def __init__(self, code: str, said: str, *, retry_after: float | None = None) -> None:
        super().__init__(said)
        self.code = code
        self.said = said
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class _Kind:
    status: int
    anthropic: str


_KINDS = {
    "ValidationException": _Kind(400, "invalid_request_error"),
    "SerializationException": _Kind(400, "invalid_request_error"),
    "MissingAuthenticationTokenException": _Kind(403, "authentication_error"),
    "UnrecognizedClientException": _Kind(403, "authentication_error"),
    "InvalidSignatureException": _Kind(403, "authentication_error"),
    "AccessDeniedException": _Kind(403, "permission_error"),
    "ResourceNotFoundException": _Kind(404, "not_found_error"),
    "ModelTimeoutException": _Kind(408, "timeout_error"),
    "RequestEntityTooLargeException": _Kind(413, "request_too_large"),
    "ModelErrorException": _Kind(424, "api_error"),
    "ThrottlingException": _Kind(429, "rate_limit_error"),
    "InternalServerException": _Kind(500, "api_error"),
    "ServiceUnavailableException": _Kind(503, "overloaded_error"),
}
_ANTHROPIC_STATUS = {"authentication_error": 401, "overloaded_error": 529}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as it goes over a wire."""

    no: No
    wire: Wire
    request_id: str
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """Return the HTTP answer."""
        kind = _KINDS[self.no.code]
        headers = dict(self.headers)
        if self.no.retry_after is not None:
            headers["retry-after"] = f"{self.no.retry_after:g}"
        if self.wire is Wire.MESSAGES:
            error = {"type": kind.anthropic, "message": self.no.said}
            body = {"type": "error", "error": error, "request_id": self.request_id}
            status = _ANTHROPIC_STATUS.get(kind.anthropic, kind.status)
            return JSONResponse(body, status, headers={**headers, "request-id": self.request_id})
        headers |= {"x-amzn-errortype": self.no.code, "x-amzn-requestid": self.request_id}
        return JSONResponse({"message": self.no.said}, kind.status, headers=headers)
