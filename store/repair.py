"""Setting corrupt objects aside so that their stage computes them again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from schemas.canonical import sha256_hex
from schemas.decided import Decision
from store import keys
from store.children import load_origin, messages_about
from store.completeness import STAGES
from store.protocol import ObjectStore
from store.stages import Outcome, SealedMessage
from store.submissions import note_link
from store.verify import QUARANTINE, Ledger, Row

_DERIVED = ("results", "artifacts", "replies", "outcomes", "trail")
_FINAL = {
    "original": "the document's own bytes are damaged: nothing can recompute them, submit the file again",
    "reviews": "a person's decision is damaged: restore it from a copy, or have the review decided again",
    "decisions": "a person's decision is damaged: restore it from a copy",
}
_LOST_HISTORY = "it is history that nothing computes again: restore it from a copy; work goes on without it"
_FINAL_OF_PART = (
    "the bytes of this part are damaged: take them out of its packet and submit them by themselves"
)
_FINAL_OTHERWISE = "it pins what happened and can't be recomputed: restore it from a copy"


@dataclass(frozen=True, slots=True)
class Rerun:
    """A stage that has to handle its event again.

    Attributes:
        trigger: Id of the event.
        message: The event's bytes, where an outcome of the document still has them; None for an event
            that came from outside (a submission, a person's decision).
    """

    run_id: str
    stage: str
    trigger: str
    message: SealedMessage | None


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair did.

    Attributes:
        quarantined: Keys that were moved to ``quarantine/<key>/<digest>``.
        reruns: What must be handled again now, earliest stage first.
        beyond: Objects that can't be recomputed, with the sentence that says what to do.
    """

    quarantined: tuple[str, ...]
    reruns: tuple[Rerun, ...]
    beyond: tuple[tuple[str, str], ...]


async def repair_document(store: ObjectStore, ledger: Ledger) -> Repair:
    """Move every corrupt derived object aside, with what its stage concluded from it.

    Sending the events of ``reruns`` again recomputes them; the stages are deterministic, so that what
    refers to them holds again.
    """
    rows = {row.key: row for row in ledger.rows}
    history = [row.key for row in ledger.problems if _is_lost_history(row)]
    corrupt = [row for row in ledger.problems if _folder(row.key) in _DERIVED and row.key not in history]
    pinned = [row.key for row in ledger.problems if _folder(row.key) not in _DERIVED]
    restored = [key for key in pinned if await _restored(store, ledger, rows, key)]
    beyond = (
        *((key, _what_to_do(key, part=_is_part(ledger.rows))) for key in pinned if key not in restored),
        *((key, _LOST_HISTORY) for key in history),
    )
    aside = _with_conclusions(ledger, rows, corrupt)
    messages = await _messages(store, ledger)
    for key in sorted(aside):
        await _quarantine(store, key)
    outcomes = [key for key in aside if _folder(key) == "outcomes"]
    return Repair(tuple(sorted({*aside, *restored})), _reruns(outcomes, messages), beyond)


def _is_lost_history(row: Row) -> bool:
    return row.sha256 is None and ("/trail/" in row.key or f"/artifacts/{keys.SEEN}/" in row.key)


async def _restored(store: ObjectStore, ledger: Ledger, rows: dict[str, Row], key: str) -> bool:
    """Write a decision or a link again from what says what it was; False where nothing does."""
    if _folder(key) == "links" and key in ledger.links:
        await _quarantine(store, key)
        await note_link(store, ledger.document_id, ledger.links[key])
        return True
    return await _restore_decision(store, rows, key)


def _what_to_do(key: str, *, part: bool) -> str:
    if part and _folder(key) == "original":
        return _FINAL_OF_PART
    return _FINAL.get(_folder(key), _FINAL_OTHERWISE)


async def _restore_decision(store: ObjectStore, rows: dict[str, Row], key: str) -> bool:
    """Write a decision again from the draft that was handed in; False where there is none."""
    if _folder(key) != "decisions":
        return False
    for row in rows.values():
        if _folder(row.key) == "reviews" and row.ok:
            draft = await store.fetch(row.key) or b""
            if key.endswith(f"/{Decision.model_validate_json(draft).decision_id}.json"):
                await _quarantine(store, key)
                await store.create(key, draft)
                return True
    return False


def _with_conclusions(ledger: Ledger, rows: dict[str, Row], corrupt: Iterable[Row]) -> set[str]:
    """Return the corrupt keys and, of the same stages, the results and outcomes that rest on them."""
    aside: set[str] = set()
    waiting = [row.key for row in corrupt]
    while waiting:
        key = waiting.pop()
        if key in aside:
            continue
        aside.add(key)
        referrers = [who for who in ledger.referrers.get(key, ()) if who in rows]
        stages = _stages(key, rows, referrers)
        waiting += [
            who for who in referrers if _folder(who) in ("results", "outcomes") and rows[who].stage in stages
        ]
    return aside


def _stages(key: str, rows: dict[str, Row], referrers: list[str]) -> set[str]:
    """Return the stages that make the object, a reply's by the attempts that wrote it down."""
    if _folder(key) == "replies":
        return {rows[who].stage for who in referrers if _folder(who) == "trail"}
    return {rows[key].stage}


async def _messages(store: ObjectStore, ledger: Ledger) -> dict[str, SealedMessage]:
    found: dict[str, SealedMessage] = {}
    for row in ledger.rows:
        if _folder(row.key) != "outcomes" or row.sha256 is None:
            continue
        try:
            outcome = Outcome.model_validate_json(await store.fetch(row.key) or b"")
        except ValidationError:
            continue
        found |= {message.event_id: message for message in outcome.messages}
    origin = await load_origin(store, ledger.document_id) if _is_part(ledger.rows) else None
    if origin is not None:
        found |= {message.event_id: message for message in await messages_about(store, origin)}
    return found


def _is_part(rows: Iterable[Row]) -> bool:
    return any(row.key.endswith("/origin.json") and row.ok for row in rows)


def _reruns(outcomes: Iterable[str], messages: dict[str, SealedMessage]) -> tuple[Rerun, ...]:
    found = []
    for key in outcomes:
        run_id, stage, name = key.split("/")[3:6]
        trigger = name.removesuffix(".json")
        found.append(Rerun(run_id, stage, trigger, messages.get(trigger)))
    return tuple(sorted(found, key=lambda r: (STAGES.index(r.stage), r.run_id, r.trigger)))


async def _quarantine(store: ObjectStore, key: str) -> None:
    data = await store.fetch(key)
    if data is not None:
        await store.create(f"{QUARANTINE}/{key}/{sha256_hex(data)[:16]}", data)
        await store.delete(key)


def _folder(key: str) -> str:
    top, *rest = key.split("/")
    return rest[1] if top == "documents" else top
