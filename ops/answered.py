"""Whether a message that died was handled after all: one answer, for whoever asks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from bus.dead_letters import DeadLetterObject
from schemas.forms import ID
from store import keys
from store.protocol import ObjectStore

_ID = re.compile(ID)


async def handled_since(store: ObjectStore, letter: DeadLetterObject) -> bool:
    """Return whether the agent that gave up on a message has answered it since."""
    document_id = letter.document_id or _offered(letter.body)
    if document_id is None:
        return False
    outcomes = [key async for key in store.list(f"{keys.document(document_id)}/outcomes")]
    return answered(letter, outcomes)


def answered(letter: DeadLetterObject, outcomes: Iterable[str]) -> bool:
    """Return whether one of the document's outcomes, by their keys, answers the message.

    Any outcome of this event by this agent came after the death and outranks it, in whatever run it lies:
    intake and the Gatekeeper open runs of their own.
    """
    ending = f"/{letter.agent}/{letter.event_id}.json"
    return any(key.endswith(ending) for key in outcomes)


def _offered(body: bytes) -> str | None:
    """Return the document that an inbox message offers, where its bytes are in the store already."""
    try:
        data = json.loads(body)["data"]
        offered = data.get("document_id") or data["ref"]["sha256"]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return offered if isinstance(offered, str) and _ID.fullmatch(offered) else None
