"""Anthropic's Messages by its SDK, direct or on Bedrock; whoever owns the message tries again, not we."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import anthropic

from inference.endpoints.bedrock import (
    ANY_REGION,
    credentials_known,
    credentials_problem,
    no_such_region,
    region_known,
)
from inference.endpoints.failures import UnusableModelError, failure, require_sound_arn, seconds_of
from inference.endpoints.prices import Prices
from inference.protocol import LostReplyError, ModelReply, ModelRequest
from inference.wire import messages
from inference.wire.errors import WireError
from schemas.errors import PipelineError, TransientError

Client = anthropic.AsyncAnthropic | anthropic.AsyncAnthropicBedrock | anthropic.AsyncAnthropicBedrockMantle
_KEYS = ("AWS_PROFILE, keys, a role or a Bedrock API key", "ANTHROPIC_API_KEY, or a profile of the SDK")
_UNSENT = (anthropic.AnthropicError, TypeError, RuntimeError)
_CREDENTIALS = ("authentication", "credentials")
NOBODY = "unauthenticated"
"""The key sent to an endpoint of one's own where none is configured: the SDK insists on one."""


class Anthropic:
    """Asks Anthropic's API, or a Claude model on Bedrock, by the Messages wire.

    Args:
        name: The endpoint, as its breaker is named.
        make: Makes the SDK's client; called once, off the loop, at the first request.
        prices: What tokens cost.
        calls: Calls at once; more wait.
        region: Of Bedrock, where it is asked there.
    """

    def __init__(
        self, name: str, make: Callable[[], Client], prices: Prices, calls: int, region: str | None = None
    ) -> None:
        self._name = name
        self._region = region
        self._make = make
        self._prices = prices
        self._making = asyncio.Lock()
        self._free = asyncio.Semaphore(calls)
        self._client: Client | None = None

    def endpoint(self, model: str) -> str:  # noqa: ARG002 (the seam's signature)
        """Return the endpoint's name."""
        return self._name

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Return the model's reply.

        Raises:
            TransientError: Throttled or not reachable; LostReplyError where it may have been paid for.
            UnusableModelError: Credentials, region, access or model id need mending.
            RefusedRequestError: The endpoint takes the request for invalid.
        """
        require_sound_arn(self._name, request.model, self._region)
        async with self._free:
            body = await self._ask(request)
        try:
            answer = json.loads(body)
            if not isinstance(answer, dict):
                raise WireError("the answer is no object")
            return messages.read_reply(request.model, answer, self._prices)
        except ValueError as error:
            what = str(error) if isinstance(error, WireError) else "no JSON, or cut off"
            raise LostReplyError(
                f"{self._name} answered in another shape: {what}", target=self._target
            ) from error

    async def close(self) -> None:
        """Let go of connections."""
        if self._client is not None:
            await self._client.close()

    @property
    def _target(self) -> str:
        return f"model:{self._name}"

    async def _ask(self, request: ModelRequest) -> bytes:
        try:
            client = await self._made()
            body = messages.write_request(request)
            # The SDK has no argument for it any more: its newest models take none, older ones do.
            beside = {"temperature": body.pop("temperature")} if "temperature" in body else None
            response = await client.messages.with_raw_response.create(**body, extra_body=beside)
        except anthropic.APIError as error:
            raise self._translated(error, request.model) from error
        except Exception as error:
            # What the SDK raises before it sends anything: no key, no AWS credentials, no profile.
            if why := credentials_problem(error):
                raise UnusableModelError(f"{self._name}: {why}") from error
            if not isinstance(error, _UNSENT) or not any(word in str(error) for word in _CREDENTIALS):
                raise
            where = _KEYS[self._region is None]
            raise UnusableModelError(f"{self._name}: there are no credentials; set {where}") from error
        return bytes(response.http_response.content)

    async def _made(self) -> Client:
        async with self._making:
            if self._client is None:
                self._client = await asyncio.to_thread(self._make)
            return self._client

    def _translated(self, error: anthropic.APIError, model: str) -> PipelineError:
        if isinstance(error, anthropic.APITimeoutError):
            return LostReplyError(f"{self._name} did not answer in time", target=self._target)
        if isinstance(error, anthropic.APIConnectionError):
            if type(error.__cause__).__name__ in ("ConnectError", "ConnectTimeout"):
                if self._region is not None and not region_known(self._region):
                    return no_such_region(self._name, self._region)
                return TransientError(f"{self._name} can't be reached", target=self._target)
            return LostReplyError(f"{self._name} broke off", target=self._target)
        if isinstance(error, anthropic.APIStatusError):
            headers = error.response.headers
            code, said = _named(error.body)
            return failure(
                self._name,
                model,
                code=code or headers.get("x-amzn-errortype", "").partition(":")[0] or type(error).__name__,
                status=error.status_code,
                said=said,
                retry_after=seconds_of(headers.get("retry-after")),
            )
        return LostReplyError(f"{self._name} answered in another shape", target=self._target)


def _named(body: object) -> tuple[str, str]:
    """Return code and sentence of an error, as Anthropic's API or AWS states them."""
    if not isinstance(body, dict):
        return "", ""
    about: dict[str, Any] = body["error"] if isinstance(body.get("error"), dict) else body
    kind = about.get("type") or about.get("__type") or ""
    return str(kind), str(about.get("message") or about.get("Message") or "")


def direct(url: str | None, prices: Prices, seconds: float, calls: int) -> Anthropic:
    """Return who asks Anthropic's API, or an endpoint of one's own at ``url``."""

    def make() -> Client:
        client = anthropic.AsyncAnthropic(base_url=url, timeout=seconds, max_retries=0)
        if url is None or client.api_key or client.auth_token or client.credentials:
            return client
        return anthropic.AsyncAnthropic(base_url=url, timeout=seconds, max_retries=0, api_key=NOBODY)

    return Anthropic("anthropic" if url is None else f"anthropic:{_host(url)}", make, prices, calls)


def on_bedrock(region: str | None, url: str | None, prices: Prices, seconds: float, calls: int) -> Anthropic:
    """Return who asks Claude on Bedrock, in a region or at an endpoint of one's own."""

    def make() -> Client:
        known = url is None or credentials_known()
        return anthropic.AsyncAnthropicBedrock(
            aws_region=region or ANY_REGION,
            base_url=url,
            timeout=seconds,
            max_retries=0,
            api_key=None if known else NOBODY,
        )

    return Anthropic(f"anthropic+bedrock:{region or _host(url or '')}", make, prices, calls, region)


def on_mantle(region: str | None, url: str | None, prices: Prices, seconds: float, calls: int) -> Anthropic:
    """Return who asks Claude by Bedrock's own Messages endpoint, where the newest models are."""

    def make() -> Client:
        return anthropic.AsyncAnthropicBedrockMantle(
            aws_region=region or ANY_REGION,
            base_url=url,
            timeout=seconds,
            max_retries=0,
            skip_auth=url is not None and not credentials_known(),
        )

    return Anthropic(f"anthropic+mantle:{region or _host(url or '')}", make, prices, calls, region)


def _host(url: str) -> str:
    return url.partition("://")[2]
