"""Requests and tokens per minute, by model: who would exceed them waits before asking.

And the room of an answer: who asks for more than a model has gets what it has.
"""

from __future__ import annotations

from aiolimiter import AsyncLimiter

from inference.endpoints.failures import TooMuchRoomError
from inference.protocol import ImageBlock, ModelClient, ModelReply, ModelRequest, TextBlock, ToolResultBlock

MINUTE = 60.0
_CHARACTERS_PER_TOKEN = 4
TOKENS_PER_IMAGE = 1600
"""About what a page as large as models look at takes."""


class Limited:
    """Asks another client, never more often than a model's quota allows.

    Args:
        client: Who answers.
        requests: Requests a minute and model, for this process; None for any number.
        tokens: Tokens a minute and model likewise, counted as quotas are: what is asked, by estimate, and
            the most that may be answered.
    """

    def __init__(self, client: ModelClient, *, requests: float | None, tokens: float | None) -> None:
        self._client = client
        self._requests = requests
        self._tokens = tokens
        self._most: dict[str, int] = {}
        self._gates: dict[str, tuple[AsyncLimiter | None, AsyncLimiter | None]] = {}

    def endpoint(self, model: str) -> str:
        """Return the endpoint that answers for ``model``."""
        return self._client.endpoint(model)

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Return the reply once the quota allows to ask, in as much room as the model has."""
        fitting = self._fitting(request)
        try:
            return await self._asked(fitting)
        except TooMuchRoomError as error:
            if not 0 < error.most < fitting.max_tokens:
                raise
            self._most[request.model] = error.most
            return await self._asked(self._fitting(request))

    def _fitting(self, request: ModelRequest) -> ModelRequest:
        most = self._most.get(request.model, request.max_tokens)
        return request if request.max_tokens <= most else request.model_copy(update={"max_tokens": most})

    async def _asked(self, request: ModelRequest) -> ModelReply:
        asking, tokens = self._gate(request.model)
        if asking is not None:
            await asking.acquire()
        if tokens is not None:
            # A request larger than a whole minute's quota takes that minute, rather than waiting for ever.
            await tokens.acquire(min(estimated_tokens(request), tokens.max_rate))
        return await self._client.complete(request)

    async def close(self) -> None:
        """Close the client."""
        await self._client.close()

    def _gate(self, model: str) -> tuple[AsyncLimiter | None, AsyncLimiter | None]:
        if model not in self._gates:
            self._gates[model] = (_limiter(self._requests), _limiter(self._tokens))
        return self._gates[model]


def _limiter(per_minute: float | None) -> AsyncLimiter | None:
    if per_minute is None:
        return None
    # At least one: a share below one request a minute is stretched over a longer time.
    return AsyncLimiter(max(per_minute, 1.0), MINUTE * max(1.0, 1.0 / per_minute))


def estimated_tokens(request: ModelRequest) -> float:
    """Return about how many tokens of a quota ``request`` takes."""
    blocks = [block for turn in request.turns for block in turn.content]
    characters = len(request.system) + sum(
        len(block.text) for block in blocks if isinstance(block, TextBlock | ToolResultBlock)
    )
    # Often most of a request: the fields of an invoice take more than its pages.
    characters += sum(len(tool.canonical) for tool in request.tools)
    images = sum(isinstance(block, ImageBlock) for block in blocks)
    return characters / _CHARACTERS_PER_TOKEN + images * TOKENS_PER_IMAGE + request.max_tokens
