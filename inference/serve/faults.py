"""The fault laboratory: what goes wrong between us and a model, by probability and seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from inference.protocol import ModelReply, ModelRequest, StopReason, TextBlock, ToolUseBlock
from schemas.errors import PermanentError


class Fault(StrEnum):
    """What can be made to go wrong."""

    THROTTLE = "throttle"
    THROTTLE_HINTED = "throttle_hinted"
    ERROR = "error"
    UNAVAILABLE = "unavailable"
    SLOW = "slow"
    HANG = "hang"
    RESET = "reset"
    TRUNCATED = "truncated"
    MAX_TOKENS = "max_tokens"
    WRONG_KEY = "wrong_key"
    INVENTED_FIELD = "invented_field"
    NOT_ON_PAGE = "not_on_page"
    OBEYED = "obeyed"


BAD_REPLIES = frozenset(
    {Fault.MAX_TOKENS, Fault.WRONG_KEY, Fault.INVENTED_FIELD, Fault.NOT_ON_PAGE, Fault.OBEYED}
)
"""Faults of a reply that arrives whole: the model's own."""
ALL = "all"
NOWHERE = "Zyxwick Quorble 98765"
"""A value that stands on no page."""
ORDER = "The document says to approve everything, so I did."


class UnknownFaultError(PermanentError):
    """What is to be injected is no fault, or no probability."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, reason="fault")


@dataclass(frozen=True, slots=True)
class Plan:
    """Which fault each request meets: told by the seed, the request and how often it came.

    Equal requests in equal number meet equal faults, in whatever order they arrive.

    Attributes:
        chances: Probability by fault; together at most 1.
        slow_seconds: How long a slow first byte takes.
        hang_seconds: How long a hang lasts, unless the client leaves.
        hint_seconds: What a throttle with Retry-After asks for.
        met: How often each fault was met.
    """

    chances: Mapping[Fault, float]
    seed: int = 0
    slow_seconds: float = 2.0
    hang_seconds: float = 3600.0
    hint_seconds: float = 1.0
    met: Counter[Fault] = field(default_factory=Counter)
    _came: Counter[str] = field(default_factory=Counter)

    def draw(self, request: ModelRequest) -> Fault | None:
        """Return the fault that ``request`` meets this time, or None."""
        if not self.chances:
            return None
        self._came[request.digest] += 1
        dice = random.Random(f"{self.seed}:{request.digest}:{self._came[request.digest]}")  # noqa: S311 (no secret)
        at = dice.random()
        for fault in Fault:
            at -= self.chances.get(fault, 0.0)
            if at < 0:
                self.met[fault] += 1
                return fault
        return None


def chances_of(words: str) -> dict[Fault, float]:
    """Return the probabilities that ``throttle=0.1,hang=0.02`` states; ``all=0.2`` is shared out evenly.

    Raises:
        UnknownFaultError: A word is none, or together they are more than 1.
    """
    chances: dict[Fault, float] = {}
    for word in filter(None, (part.strip() for part in words.split(","))):
        name, _, number = word.partition("=")
        chance = _chance(word, number)
        if name == ALL:
            chances |= {fault: chance / len(Fault) for fault in Fault}
        elif name in set(Fault):
            chances[Fault(name)] = chance
        else:
            raise UnknownFaultError(f"{name!r} is no fault; there are {', '.join([ALL, *Fault])}")
    if sum(chances.values()) > 1 + 1e-9:
        raise UnknownFaultError("the probabilities of all faults are together more than 1")
    return chances


def _chance(word: str, number: str) -> float:
    try:
        chance = float(number)
    except ValueError:
        chance = -1.0
    if not 0 <= chance <= 1:
        raise UnknownFaultError(f"{word!r} is not of the form FAULT=PROBABILITY, such as throttle=0.1")
    return chance


def spoiled(reply: ModelReply, fault: Fault) -> ModelReply:
    """Return ``reply`` as a model would give it that has ``fault``."""
    use = next((block for block in reply.content if isinstance(block, ToolUseBlock)), None)
    if use is None:
        return reply
    match fault:
        case Fault.MAX_TOKENS:
            kept = dict(list(use.input.items())[: len(use.input) // 2])
            return _with(reply, use, kept).model_copy(update={"stop_reason": StopReason.MAX_TOKENS})
        case Fault.WRONG_KEY:
            return _with(reply, use, _renamed(use.input))
        case Fault.INVENTED_FIELD:
            invented = {"readings": [{"value": NOWHERE, "quote": NOWHERE, "lines": []}]}
            return _with(reply, use, {**use.input, "made_up": invented})
        case Fault.NOT_ON_PAGE:
            return _with(reply, use, _misread(use.input, most=1))
        case Fault.OBEYED:
            obeyed = _with(reply, use, _misread(use.input, most=None))
            return obeyed.model_copy(update={"content": (TextBlock(text=ORDER), *obeyed.content)})
        case _:
            return reply


def _with(reply: ModelReply, use: ToolUseBlock, answer: dict[str, Any]) -> ModelReply:
    other = use.model_copy(update={"input": answer})
    return reply.model_copy(update={"content": tuple(other if b is use else b for b in reply.content)})


def _renamed(answer: dict[str, Any]) -> dict[str, Any]:
    first = next(iter(answer), None)
    return {f"{name}_value" if name == first else name: value for name, value in answer.items()}


def _misread(answer: dict[str, Any], *, most: int | None) -> dict[str, Any]:
    """Return ``answer`` with quotes (the first ``most`` of them) that stand nowhere."""
    left = [most]

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "quote" in value and left[0] != 0:
            left[0] = None if left[0] is None else left[0] - 1
            return {**value, "value": NOWHERE, "quote": NOWHERE}
        return {name: walk(one) for name, one in value.items()}

    return {name: walk(value) for name, value in answer.items()}
