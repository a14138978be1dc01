"""``dlq``: what could not be handled, why, and sending it again once the cause is mended."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Literal

from bus.dead_letters import DeadLetterObject, dead_letter_keys, redrive
from bus.protocol import Bus
from ops.answered import handled_since
from ops.words import moment, number_of_bytes, several, short, shown, spoken, visible_lines
from ops.words.tree import Node, joined, tree_lines
from schemas.errors import PermanentError
from schemas.layout import Frozen
from store.erasures import ERASED
from store.parsing import DamagedObjectError, parse
from store.protocol import ObjectStore

Stands = Literal["open", "sent again", "handled since", "erased", "unreadable"]

MOST_NAMED = 10
"""Candidates named in an error."""


class UnknownDeadLetterError(PermanentError):
    """No dead letter, or more than one, has this id; ``doctrail dlq list`` names them all."""


class DeadLetter(Frozen):
    """One death of a message.

    Attributes:
        stands: ``open`` until it is sent again or a later outcome answers its message; ``erased`` where its
            document was: then there is nothing to be mended.
        letter: None where the object can't be read.
    """

    event_id: str
    number: int
    stands: Stands
    letter: DeadLetterObject | None


class Redriven(Frozen):
    """What was sent again: how many messages of how many dead letters."""

    event_ids: tuple[str, ...]
    messages: int


async def dead_letters(store: ObjectStore, *, closed: bool = False) -> AsyncIterator[DeadLetter]:
    """Yield the dead letters by event id and number: the open ones, or all with ``closed``."""
    for key, redriven in await dead_letter_keys(store):
        found = await _read(store, key, redriven=redriven)
        if closed or found.stands in ("open", "unreadable"):
            yield found


async def find_deaths(store: ObjectStore, wanted: str) -> tuple[DeadLetter, ...]:
    """Return the deaths of one message, oldest first.

    Args:
        store: Where they lie.
        wanted: The message's event id, a unique prefix of it, or the id of the only document with
            open dead letters that begins so.

    Raises:
        UnknownDeadLetterError: None, or several messages, are meant; they are named.
    """
    every = [death async for death in dead_letters(store, closed=True)]
    meant = [death for death in every if death.event_id.startswith(wanted)]
    if not meant:
        meant = [d for d in every if d.letter and (d.letter.document_id or "").startswith(wanted)]
    messages = sorted({death.event_id for death in meant})
    if len(messages) != 1:
        named = f"it may be {', '.join(messages[:MOST_NAMED])}" if messages else "see doctrail dlq list"
        raise UnknownDeadLetterError(
            f"{several(len(messages), 'dead letter')} begin with {shown(wanted, 120)!r}; {named}"
            if messages
            else f"no dead letter begins with {shown(wanted, 120)!r}; {named}",
            reason="unknown_dead_letter",
        )
    return tuple(meant)


async def redrive_deaths(
    store: ObjectStore, bus: Bus, wanted: str | None, *, now: datetime, by: str = ""
) -> Redriven:
    """Send the messages of dead letters again, byte for byte, and mark them.

    Args:
        store: Where they lie.
        bus: Where they go.
        wanted: As for ``find_deaths``; None sends every open one again.
        now: When.
        by: Who, for the mark.

    Raises:
        UnknownDeadLetterError: None, or several messages, are meant.
    """
    if wanted is None:
        open_ones = [death async for death in dead_letters(store) if death.stands == "open"]
    else:
        open_ones = [death for death in await find_deaths(store, wanted) if death.stands != "unreadable"]
    event_ids = tuple(dict.fromkeys(death.event_id for death in open_ones))
    sent = [await redrive(store, bus, event_id, now=now, by=by) for event_id in event_ids]
    return Redriven(event_ids=event_ids, messages=sum(sent))


def dead_letter_rows(deaths: Sequence[DeadLetter]) -> list[tuple[str, ...]]:
    """Return one row per dead letter under DEAD_LETTER_HEAD, safe to print."""
    return [_row(death) for death in deaths]


DEAD_LETTER_HEAD = ("event", "died", "agent", "class", "document", "stands", "why")


def dead_letter_text(deaths: Sequence[DeadLetter]) -> str:
    """Return the deaths of one message in full, with the message itself."""
    lines: list[str] = []
    for death in deaths:
        if death.letter is None:
            lines.append(f"dead letter {death.event_id}, death {death.number}: the object can't be read")
            continue
        letter = death.letter
        lines.append(f"{spoken(letter.error_class.value)} at {letter.agent}: {shown(letter.sentence, None)}")
        lines += tree_lines(_nodes(death, letter))
    return "\n".join(lines) + "\n"


def _nodes(death: DeadLetter, letter: DeadLetterObject) -> list[Node]:
    where = f"partition {letter.partition}, offset {letter.offset}"
    again = f"doctrail dlq redrive {death.event_id}" if death.stands == "open" else "nothing"
    return [
        Node("stands", joined(death.stands, f"death {death.number}", moment(letter.at))),
        Node("reason", joined(letter.reason, several(letter.attempts, "try", "tries"))),
        Node("message", joined(letter.topic, where, f"event {letter.event_id}")),
        Node("document", letter.document_id or "not known"),
        Node("run", letter.run_id or "not known"),
        Node("trail", letter.trail.uri if letter.trail else "none"),
        Node("body", number_of_bytes(len(letter.body)), verbatim=tuple(_body(letter.body))),
        Node("next", again),
    ]


def _body(body: bytes) -> list[str]:
    try:
        return visible_lines(json.dumps(json.loads(body), indent=2, ensure_ascii=False))
    except (ValueError, RecursionError):
        # Not JSON: that may be the very reason it died.
        return visible_lines(body[:4000].decode("utf-8", "backslashreplace"))


def _row(death: DeadLetter) -> tuple[str, ...]:
    letter = death.letter
    if letter is None:
        return (death.event_id, "", "", "", "", death.stands, "the object can't be read")
    return (
        death.event_id,
        moment(letter.at),
        letter.agent,
        spoken(letter.error_class.value),
        short(letter.document_id) if letter.document_id else "not known",
        death.stands,
        shown(letter.sentence, 120),
    )


async def _read(store: ObjectStore, key: str, *, redriven: bool) -> DeadLetter:
    _, event_id, name = key.split("/")
    number = int(name.removesuffix(".json"))
    data = await store.fetch(key)
    try:
        letter = parse(data or b"", DeadLetterObject, key)
    except DamagedObjectError:
        return DeadLetter(event_id=event_id, number=number, stands="unreadable", letter=None)
    stands: Stands = "sent again" if redriven else "open"
    if await handled_since(store, letter):
        stands = "handled since"
    elif letter.reason == ERASED:
        stands = "erased"
    return DeadLetter(event_id=event_id, number=number, stands=stands, letter=letter)
