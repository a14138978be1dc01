"""Bedrock's Converse by boto3, on threads of its own; whoever owns the message tries again, nothing here."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    InvalidEndpointConfigurationError,
    InvalidRegionError,
    LoginError,
    NoAuthTokenError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    ResponseStreamingError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from inference.endpoints.failures import (
    RefusedRequestError,
    UnusableModelError,
    failure,
    require_sound_arn,
    seconds_of,
)
from inference.endpoints.prices import Prices
from inference.protocol import LostReplyError, ModelReply, ModelRequest
from inference.wire import converse
from inference.wire.errors import WireError
from schemas.errors import PipelineError, TransientError

SERVICE = "bedrock-runtime"
CONNECT_SECONDS = 5.0
ANY_REGION = "us-east-1"
"""What requests to an endpoint of one's own are signed for, where no region is configured."""
API_KEY = "AWS_BEARER_TOKEN_BEDROCK"
"""Where AWS's own tools, and both SDKs, look for a Bedrock API key."""
_LOST = (ReadTimeoutError, ResponseStreamingError, IncompleteReadError, ResponseParserError)
_SIGN_IN = (SSOError, LoginError, TokenRetrievalError, NoAuthTokenError)
_NOT_FETCHED = (CredentialRetrievalError, ConfigParseError)
_UNREACHED = (EndpointConnectionError, ConnectTimeoutError)


class Bedrock:
    """Asks a Bedrock region, or any endpoint that speaks Converse.

    A model id, inference profile or prompt-router ARN is passed on untouched.

    Args:
        region: Which region's endpoint; None with ``url``.
        url: An endpoint of one's own.
        prices: What tokens cost.
        seconds: Longest silence of the endpoint.
        threads: Calls at once; more wait for a thread.
    """

    def __init__(
        self,
        *,
        region: str | None = None,
        url: str | None = None,
        prices: Prices,
        seconds: float,
        threads: int,
    ) -> None:
        self._region = region
        self._url = url
        self._prices = prices
        self._seconds = seconds
        self._count = threads
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="bedrock")
        self._making = threading.Lock()
        self._client: Any = None
        self._name = f"bedrock:{region or (url or '').partition('://')[2]}"

    def endpoint(self, model: str) -> str:  # noqa: ARG002 (the seam's signature)
        """Return the region or address asked, as its breaker is named."""
        return self._name

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Return the model's reply.

        Raises:
            TransientError: Throttled or not reachable; LostReplyError where it may have been paid for.
            UnusableModelError: Credentials, region, access or model id need mending.
            RefusedRequestError: The endpoint takes the request for invalid.
        """
        require_sound_arn(self._name, request.model, self._region)
        answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, request)
        try:
            return converse.read_reply(request.model, answer, self._prices)
        except WireError as error:
            raise LostReplyError(
                f"{self._name} answered in another shape: {error}", target=self._target
            ) from error

    async def close(self) -> None:
        """Let go of connections; calls under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()

    @property
    def _target(self) -> str:
        return f"model:{self._name}"

    def _ask(self, request: ModelRequest) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self._made().converse(**converse.write_request(request))
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            raise self._translated(error, request.model) from error
        answer.pop("ResponseMetadata", None)
        return answer

    def _made(self) -> Any:
        with self._making:
            if self._client is None:
                self._client = _client(self._region, self._url, self._seconds, self._count)
            return self._client

    def _translated(self, error: Exception, model: str) -> PipelineError:
        if isinstance(error, ClientError):
            return self._answered(error, model)
        if isinstance(error, BotoCoreError) and (why := credentials_problem(error)):
            return UnusableModelError(f"{self._name}: {why}")
        if isinstance(error, ParamValidationError):
            return RefusedRequestError(
                f"{self._name}: the request to model {model!r} has another shape than Converse"
            )
        if isinstance(error, InvalidEndpointConfigurationError):
            return UnusableModelError(
                f"{self._name}: boto3 sends an API key over https only: unset {API_KEY}"
            )
        if isinstance(error, InvalidRegionError):
            return UnusableModelError(
                f"{self._region!r} is no name of an AWS region: correct DOCTRAIL_MODEL_URL"
            )
        if isinstance(error, _UNREACHED):
            return self._unreached(error)
        if isinstance(error, (HTTPClientError, *_LOST)):
            return LostReplyError(f"{self._name} broke off ({type(error).__name__})", target=self._target)
        return UnusableModelError(
            f"{self._name}: boto3 can't ask it ({type(error).__name__}); check AWS settings"
        )

    def _answered(self, error: ClientError, model: str) -> PipelineError:
        answer: dict[str, Any] = error.response
        about, meta = answer.get("Error", {}), answer.get("ResponseMetadata", {})
        return failure(
            self._name,
            model,
            code=str(about.get("Code", "")),
            status=int(meta.get("HTTPStatusCode", 0)),
            said=str(about.get("Message", "")),
            retry_after=seconds_of(meta.get("HTTPHeaders", {}).get("retry-after")),
        )

    def _unreached(self, error: Exception) -> PipelineError:
        if self._region is not None and not region_known(self._region):
            return no_such_region(self._name, self._region)
        return TransientError(f"{self._name} can't be reached ({type(error).__name__})", target=self._target)


def _client(region: str | None, url: str | None, seconds: float, threads: int) -> Any:
    session = boto3.session.Session()
    keyless = url is not None and not credentials_known()
    return session.client(
        SERVICE,
        region_name=region or session.region_name or ANY_REGION,
        endpoint_url=url,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=seconds,
            retries={"total_max_attempts": 1},
            max_pool_connections=threads,
            tcp_keepalive=True,
            **({"signature_version": UNSIGNED} if keyless else {}),
        ),
    )


def credentials_problem(error: Exception) -> str | None:
    """Return what is wrong with AWS's credentials on this machine and what to do; None for other errors."""
    if isinstance(error, ProfileNotFound):
        return "AWS_PROFILE names a profile that is not in AWS's configuration: correct it"
    if isinstance(error, PartialCredentialsError):
        return "one half of the AWS credentials is missing: set key id and secret key, or neither"
    if isinstance(error, _SIGN_IN):
        return "the sign-in to AWS has expired or is not there: run aws sso login or aws login"
    if isinstance(error, NoCredentialsError):
        return "there are no AWS credentials; set AWS_PROFILE, keys, a role or an API key"
    if isinstance(error, _NOT_FETCHED):
        return "AWS credentials can't be fetched from where its configuration says: correct it"
    return None


def region_known(region: str) -> bool:
    """Whether Bedrock is known to be in ``region``."""
    return region in boto3.session.Session().get_available_regions(SERVICE)


def no_such_region(endpoint: str, region: str) -> UnusableModelError:
    """Return the error of an endpoint that can't be reached because there is no such region."""
    return UnusableModelError(
        f"{endpoint} can't be reached, and no region {region!r} is known to have Bedrock: "
        "correct DOCTRAIL_MODEL_URL"
    )


def credentials_known() -> bool:
    """Whether AWS's chain has credentials or a Bedrock API key; may ask the machine's metadata service."""
    return bool(os.environ.get(API_KEY)) or boto3.session.Session().get_credentials() is not None
