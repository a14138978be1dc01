"""What an endpoint's refusal means: try again, mend something, or give this request up."""

from __future__ import annotations

from inference.protocol import LostReplyError
from schemas.errors import PermanentError, PipelineError, TransientError, UnusableError

_UNPAID = {
    "ThrottlingException",
    "TooManyRequestsException",
    "ModelNotReadyException",
    "ServiceQuotaExceededException",
    "ServiceUnavailableException",
    "rate_limit_error",
    "overloaded_error",
}
_LOST = {
    "InternalServerException",
    "ModelTimeoutException",
    "ModelErrorException",
    "api_error",
    "timeout_error",
}
_CLOCK = ("Signature expired", "Signature not yet current", "RequestTimeTooSkewed")
_BAD_ID = ("model identifier", "model ID", "on-demand throughput", "inference profile", "ARN")
_MEND = {
    "UnrecognizedClientException": "does not know the access key: correct the credentials",
    "InvalidClientTokenId": "does not know the access key: correct the credentials",
    "authentication_error": "refused the key: correct the credentials",
    "MissingAuthenticationTokenException": "wants credentials and was sent none: configure them",
    "IncompleteSignatureException": "could not read the signature: correct the credentials",
    "InvalidSignatureException": "refused the signature: correct the secret key, or the clock",
    "ExpiredTokenException": "says the session token has expired: refresh the credentials",
    "ExpiredToken": "says the session token has expired: refresh the credentials",
    "billing_error": "wants a valid payment method: mend billing",
}
_ACCESS = ("AccessDeniedException", "permission_error")
_ABSENT = ("ResourceNotFoundException", "not_found_error")
_TRANSIENT_STATUS = (408, 409, 425, 429)
_SERVER = 500


class UnusableModelError(UnusableError):
    """The endpoint can't be asked until somebody mends what the sentence names."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="model_access")


class RefusedRequestError(PermanentError):
    """The endpoint takes this request for invalid; asking again would only repeat it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="model_request")


def failure(
    endpoint: str, model: str, *, code: str, status: int, said: str, retry_after: float | None = None
) -> PipelineError:
    """Return the error that an answer of an endpoint stands for.

    Args:
        code: The endpoint's name for it.
        status: Its HTTP status.
        said: Its sentence; only that of an invalid request is repeated.
        retry_after: Seconds it asked us to wait.
    """
    target = f"model:{endpoint}"
    if code in _UNPAID or (code not in _LOST and status in (429, 503, 529)):
        return TransientError(f"{endpoint}: {code} ({status})", target=target, retry_after=retry_after)
    if code in _LOST or status >= _SERVER or status in _TRANSIENT_STATUS:
        return LostReplyError(f"{endpoint}: {code} ({status})", target=target, retry_after=retry_after)
    unusable = _unusable(endpoint, model, code, said, status)
    return unusable or RefusedRequestError(
        f"{endpoint} refused the request to {model!r}: {_short(said) or code}"
    )


def _unusable(endpoint: str, model: str, code: str, said: str, status: int) -> UnusableModelError | None:
    if any(word in said or word == code for word in _CLOCK):
        return UnusableModelError(
            f"{endpoint} refused the signature because of its time: set this machine's clock"
        )
    if code in _MEND:
        return UnusableModelError(f"{endpoint} {_MEND[code]}")
    if code in _ACCESS:
        return UnusableModelError(
            f"{endpoint} denies access to model {model!r}: ask for access to it, or allow bedrock:InvokeModel"
        )
    if code in _ABSENT:
        return UnusableModelError(f"{endpoint} has no model {model!r}: correct its id, or the region")
    if code == "ValidationException" and any(word in said for word in _BAD_ID):
        return UnusableModelError(f"{endpoint} can't be asked for model {model!r}: {_short(said)}")
    if status in (401, 403):
        return UnusableModelError(f"{endpoint} refused us ({code}, {status}): correct the credentials")
    return None


def _short(said: str) -> str:
    return " ".join(said.split())[:200]


def seconds_of(header: str | None) -> float | None:
    """Return the seconds of a Retry-After header, where it gives seconds."""
    try:
        seconds = float(header) if header else None
    except ValueError:
        return None
    return seconds if seconds is not None and 0 <= seconds < float("inf") else None
