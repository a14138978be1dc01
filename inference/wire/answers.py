"""What models answer, made fit to be kept and to be said to them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def said(content: Sequence[object], read: Callable[[object, str], Block | None]) -> tuple[Block, ...]:
    """Return the blocks of an answer that say anything: endpoints refuse to be told blank texts again.

    Args:
        content: As the endpoint gave it.
        read: Reads one block, of which the second argument says where it stands; None leaves it out.
    """
    blocks = (read(item, f"content[{number}]") for number, item in enumerate(content))
    return tuple(block for block in blocks if block is not None and not _is_blank(block))


def _is_blank(block: Block) -> bool:
    return isinstance(block, TextBlock) and not block.text.strip()
