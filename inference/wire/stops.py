"""Why a model stopped, by the names that the wires have for it."""

from __future__ import annotations

from inference.protocol import StopReason

_SAME = {
    "end_turn": StopReason.END_TURN,
    "stop_sequence": StopReason.END_TURN,
    "tool_use": StopReason.TOOL_USE,
    "max_tokens": StopReason.MAX_TOKENS,
    "model_context_window_exceeded": StopReason.CONTEXT_EXCEEDED,
}
CONVERSE = _SAME | {
    "content_filtered": StopReason.CONTENT_FILTERED,
    "guardrail_intervened": StopReason.CONTENT_FILTERED,
    "malformed_model_output": StopReason.MALFORMED,
    "malformed_tool_use": StopReason.MALFORMED,
    "refusal": StopReason.REFUSAL,
}
MESSAGES = _SAME | {"refusal": StopReason.REFUSAL}

_WRITTEN_CONVERSE = {
    StopReason.REFUSAL: "content_filtered",
    StopReason.CONTEXT_EXCEEDED: "model_context_window_exceeded",
    StopReason.MALFORMED: "malformed_model_output",
    StopReason.UNKNOWN: "malformed_model_output",
}
_WRITTEN_MESSAGES = {
    StopReason.CONTENT_FILTERED: "refusal",
    StopReason.CONTEXT_EXCEEDED: "model_context_window_exceeded",
    StopReason.MALFORMED: "end_turn",
    StopReason.UNKNOWN: "end_turn",
}


def read_stop(known: dict[str, StopReason], word: str | None) -> StopReason:
    """Return what ``word`` means; a word that is new to us is never taken for a complete answer."""
    return known.get(word or "", StopReason.UNKNOWN)


def written_for_converse(reason: StopReason) -> str:
    """Return Converse's word for ``reason``."""
    return _WRITTEN_CONVERSE.get(reason, reason.value)


def written_for_messages(reason: StopReason) -> str:
    """Return Messages' word for ``reason``."""
    return _WRITTEN_MESSAGES.get(reason, reason.value)
