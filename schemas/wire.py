"""Bytes of unknown origin to JSON: whatever arrives, the answer is an object or one sentence."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from schemas.errors import UnreadableMessageError

MAX_BYTES = 65_536
"""Largest message read; ours hold references only and stay below 4,000 bytes."""


def check_size(topic: str, body: bytes) -> None:
    """Refuse a message that is larger than any of ours can be.

    Raises:
        UnreadableMessageError: More than MAX_BYTES.
    """
    if len(body) > MAX_BYTES:
        raise UnreadableMessageError(
            f"message on {topic} has {len(body)} bytes, more than the limit of {MAX_BYTES}: "
            "put the bytes into the store and send a reference"
        )


def parse_object(topic: str, body: bytes) -> dict[str, Any]:
    """Return the one JSON object in ``body``.

    Raises:
        UnreadableMessageError: Not UTF-8, not JSON, nested too deeply, a key given twice, a number JSON
            does not have, text that is no Unicode, or no object.
    """
    check_size(topic, body)
    try:
        value = json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_unique_keys, parse_constant=_no_such_number
        )
        # A lone surrogate survives parsing and fails much later, wherever it is first written.
        json.dumps(value, ensure_ascii=False).encode()
    except UnreadableMessageError as error:
        raise UnreadableMessageError(f"message on {topic} {error}") from None
    except UnicodeDecodeError as error:
        raise UnreadableMessageError(f"message on {topic} is not UTF-8 at byte {error.start}") from error
    except UnicodeEncodeError as error:
        raise UnreadableMessageError(f"message on {topic} holds half a surrogate pair, no text") from error
    except RecursionError as error:
        raise UnreadableMessageError(f"message on {topic} is nested too deeply to be read") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UnreadableMessageError(f"message on {topic} is not JSON at {place}: {error.msg}") from error
    except ValueError as error:
        raise UnreadableMessageError(f"message on {topic} holds a number too long to be read") from error
    if not isinstance(value, dict):
        raise UnreadableMessageError(f"message on {topic} must be one JSON object, not {kind_of(value)}")
    return value


def kind_of(value: object) -> str:
    """Return what JSON calls the type of ``value``, with its article."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def shorten(text: str, limit: int = 80) -> str:
    """Return ``text`` quoted, cut to ``limit`` characters."""
    return repr(text if len(text) <= limit else text[:limit] + "…")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise UnreadableMessageError(f"gives the key {shorten(twice)} twice")
    return unique


def _no_such_number(name: str) -> NoReturn:
    raise UnreadableMessageError(f"holds {name}, which is no JSON number")
