"""What models answer, made fit to be kept and to be said to them again."""

from __future__ import annotations

from typing import Any

from inference.protocol import Block, TextBlock

_SAFE_INTEGER = 2**53 - 1


def plain(value: Any) -> Any:
    """Return an answer as JSON that every reader takes alike: what JSON can't say exactly stands as text.

    A model writes a document's number as a number, of twenty digits, or half of a character: what it answered
    is bought, and has to be kept, shown and asked about again.
    """
    match value:
        case str():
            return value if value.isascii() else value.encode("utf-8", "replace").decode()
        case dict():
            return {plain(name): plain(one) for name, one in value.items()}
        case list():
            return [plain(one) for one in value]
        case int() if not -_SAFE_INTEGER <= value <= _SAFE_INTEGER:
            return str(value)
        case float() if not -float("inf") < value < float("inf"):
            return str(value)
        case _:
            return value


def says_something(block: Block) -> bool:
    """Whether a block says anything: endpoints give blank texts, and refuse to be told them again."""
    return not isinstance(block, TextBlock) or bool(block.text.strip())
