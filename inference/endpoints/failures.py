"""What an endpoint's refusal means: try again, mend something, or give this request up."""

from __future__ import annotations

import re

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
_CLOCK = ("Signature expired", "Signature not yet current", "RequestTimeTooSkewed", "RequestExpired")
_ID = (
    (
        "on-demand throughput",
        "is asked for by an inference profile: name that of your region, such as eu.MODEL",
    ),
    ("model identifier", "is no model id, inference profile or ARN that it knows: correct model.json"),
    ("model ID", "is no model id, inference profile or ARN that it knows: correct model.json"),
    ("inference profile", "is no inference profile that it knows: correct model.json"),
    ("ARN", "is no ARN that it takes: correct model.json"),
    ("end of its life", "is not offered any more: name a newer one in model.json"),
)
"""What an endpoint says of a model's id, and what to do about it; the first that fits."""
_MEND = {
    "UnrecognizedClientException": "does not know the access key: correct the credentials",
    "InvalidClientTokenId": "does not know the access key: correct the credentials",
    "authentication_error": "refused the key: correct the credentials",
    "MissingAuthenticationTokenException": "wants credentials and was sent none: configure them",
    "IncompleteSignatureException": "could not read the signature: correct the credentials",
    "InvalidSignatureException": "refused the signature: correct the secret key, or the clock",
    "SignatureDoesNotMatch": "refused the signature: correct the secret key, or the clock",
    "ExpiredTokenException": "says the session token has expired: refresh the credentials",
    "ExpiredToken": "says the session token has expired: refresh the credentials",
    "OptInRequired": "says the account has not signed up for Bedrock: do that in its console",
    "billing_error": "wants a valid payment method: mend billing",
}
_ACCESS = ("AccessDeniedException", "permission_error", "UnauthorizedOperation")
_DENIED = (
    ("explicit deny", "is denied by a policy that forbids it outright: change that policy"),
    (
        "not authorized to perform",
        "needs the permission bedrock:InvokeModel on it: allow that in the role's policy",
    ),
    ("Marketplace", "needs a subscription in AWS Marketplace: subscribe to it, or let an administrator"),
    ("use case", "needs the use case form of its provider: fill it in in Bedrock's console"),
    ("access to the model", "was not granted to this account: ask for access to it in Bedrock's console"),
)
"""What an endpoint says of a model that is denied, and what to do about it."""
_ABSENT = ("ResourceNotFoundException", "not_found_error")
_TRANSIENT_STATUS = (408, 409, 425, 429)
_SERVER = 500
_TOO_LARGE = 413
_TOO_LONG = (
    "too long",
    "too large",
    "exceeds the maximum",
    "maximum context length",
    "exceed context limit",
    "exceeds maximum length",
)
_MOST_ROOM = re.compile(r"model limit of (\d+)|max_tokens: \d+ > (\d+)")
"""What an endpoint says of a model that never answers as long as was asked for."""
_ACCOUNT = (
    ("credit balance is too low", "has no credit left for us: buy some in its console"),
    ("API usage limits", "has reached the usage limit that was set for us: raise it in its console"),
    ("organization has been disabled", "has disabled our organization: ask its support"),
    ("Operation not allowed", "does not let this account ask models yet: ask AWS support"),
)
"""What an endpoint calls an invalid request though no request would be a valid one, and what to do."""
_ARN = re.compile(
    r"arn:aws[a-z-]*:bedrock:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):(?:\d{12})?:"
    r"(?:foundation-model|inference-profile|application-inference-profile|provisioned-model|custom-model"
    r"|custom-model-deployment|imported-model|prompt|prompt-router|default-prompt-router|marketplace)"
    r"/[A-Za-z0-9._:/-]+"
)


class UnusableModelError(UnusableError):
    """The endpoint can't be asked until somebody mends what the sentence names."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="model_access")


class RefusedRequestError(PermanentError):
    """The endpoint takes this request for invalid; asking again would only repeat it."""

    def __init__(self, message: str, reason: str = "model_request") -> None:
        super().__init__(message, reason=reason)


class TooMuchRoomError(RefusedRequestError):
    """More room was asked for than a model's answer can take.

    Attributes:
        most: Tokens that it can take.
    """

    def __init__(self, message: str, most: int) -> None:
        super().__init__(message, reason="model_max_tokens")
        self.most = most


def require_sound_arn(endpoint: str, model: str, region: str | None) -> None:
    """Let pass whatever is no ARN, or one that may be right.

    Args:
        endpoint: Who would be asked.
        model: As it was named.
        region: Of the endpoint, where it is one of AWS.

    Raises:
        UnusableModelError: ``model`` is an ARN that can't be right here.
    """
    if not model.startswith("arn:"):
        return
    found = _ARN.fullmatch(model)
    if found is None:
        raise UnusableModelError(
            f"{endpoint} can't be asked for {model!r}, which is no ARN of a model: correct model.json, "
            "it is arn:aws:bedrock:REGION:ACCOUNT:KIND/ID"
        )
    if region is not None and found["region"] != region:
        raise UnusableModelError(
            f"{endpoint} can't be asked for {model!r}, which lies in {found['region']}: correct model.json, "
            "or the region in DOCTRAIL_MODEL_URL"
        )


def failure(
    endpoint: str, model: str, *, code: str, status: int, said: str, retry_after: float | None = None
) -> PipelineError:
    """Return the error that an answer of an endpoint stands for.

    Args:
        endpoint: Who answered.
        model: Who was asked for.
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
    if unusable is not None:
        return unusable
    refused = f"{endpoint} refused the request to {model!r}: {_short(said) or code}"
    if found := _MOST_ROOM.search(said):
        return TooMuchRoomError(refused, int(found[1] or found[2]))
    too_long = any(word in said.lower() for word in _TOO_LONG) or status == _TOO_LARGE
    return RefusedRequestError(refused, reason="model_request_too_long" if too_long else "model_request")


def _unusable(endpoint: str, model: str, code: str, said: str, status: int) -> UnusableModelError | None:
    if any(word in said or word == code for word in _CLOCK):
        return UnusableModelError(
            f"{endpoint} refused the signature because of its time: set this machine's clock"
        )
    if why := _first(_ACCOUNT, said):
        return UnusableModelError(f"{endpoint} {why}")
    if code in _MEND:
        return UnusableModelError(f"{endpoint} {_MEND[code]}")
    if code in _ACCESS:
        why = _first(_DENIED, said) or "is denied: ask for access to it, or allow bedrock:InvokeModel"
        return UnusableModelError(f"{endpoint}: model {model!r} {why}")
    if code in _ABSENT:
        absent = "is not there: correct its id in model.json, or the region in DOCTRAIL_MODEL_URL"
        why = _first(_DENIED, said) or _first(_ID, said) or absent
        return UnusableModelError(f"{endpoint}: model {model!r} {why}")
    if code == "ValidationException" and (unknown := _first(_ID, said)):
        return UnusableModelError(f"{endpoint}: model {model!r} {unknown}")
    if status in (401, 403):
        return UnusableModelError(f"{endpoint} refused us ({code}, {status}): correct the credentials")
    return None


def _first(known: tuple[tuple[str, str], ...], said: str) -> str | None:
    return next((why for words, why in known if words in said), None)


def _short(said: str) -> str:
    return " ".join(said.split())[:200]


def seconds_of(header: str | None) -> float | None:
    """Return the seconds of a Retry-After header, where it gives seconds."""
    try:
        seconds = float(header) if header else None
    except ValueError:
        return None
    return seconds if seconds is not None and 0 <= seconds < float("inf") else None
