"""Major versions of messages: which one a type names, and what is said of one that nobody reads."""

from __future__ import annotations

import re

from schemas.errors import UnreadableMessageError
from schemas.message import Message
from schemas.wire import shorten


def wrong_type(expected: type[Message], found: str) -> UnreadableMessageError:
    """Return the error for an event of type ``found`` on the topic of ``expected``."""
    major = major_of(expected.event, found)
    if major is None:
        return UnreadableMessageError(
            f"type {shorten(found)} does not belong on {expected.event}, which carries "
            f"{expected.type_name()!r}"
        )
    advice = (
        "deploy the newer consumer first"
        if major > expected.version[0]
        else "no upcaster reads it any more: send it again as the newer version"
    )
    return UnreadableMessageError(
        f"type {shorten(found)} is of unknown major version {major}; this consumer reads "
        f"{expected.type_name()!r}: {advice}",
        reason="unknown_major_version",
    )


def major_of(event: str, type_name: str) -> int | None:
    """Return the major version that a type names; None where it is no type of ``event``."""
    found = re.fullmatch(re.escape(event) + r"\.v([0-9]{1,4})", type_name)
    return int(found[1]) if found else None
