"""``load_trace``: everything known of one document, read from the store alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ops.gates.standing import held_among
from ops.trace.files import DocumentFiles
from ops.trace.headline import standing, told
from ops.trace.history import History, read_history, read_overwritten
from ops.trace.run import cause_kind, read_run, read_stages
from ops.trace.run_state import FIRST, FIRST_OF_DECISION, FIRST_OF_PART, Standing, sent_in_order, standing_of
from ops.trace.story import ChildStory, HeldStory, OriginStory, RunLine, RunStory, StageStory, State, Trace
from schemas.documents import DocumentSubmitted
from schemas.errors import PermanentError
from schemas.objects import ObjectRef
from schemas.packets import Child
from schemas.results import Record
from store import keys
from store.children import Origin
from store.protocol import ObjectStore
from store.releases import RunSlot

MOST_RUNS = 20
"""Runs beside the one told in full that are read; older ones are counted."""

MOST_CHILDREN = 50
"""Children of a packet that are followed; the others are counted."""

MOST_DEPTH = 3
"""Packets within packets that are followed."""

_SHA256 = re.compile("[0-9a-f]{64}")


class UnknownDocumentError(PermanentError):
    """The store holds nothing under this document id; check the id, or the store's URL."""

    def __init__(self, document_id: str) -> None:
        super().__init__(f"no document {document_id!r} in the store", reason="unknown_document")


class UnknownRunError(PermanentError):
    """The document has no such run; its runs are listed in the message."""

    def __init__(self, document_id: str, run_id: str, known: Sequence[str]) -> None:
        super().__init__(
            f"document {document_id} has no run {run_id!r}; its runs are {', '.join(known) or 'none'}",
            reason="unknown_run",
        )


async def load_trace(
    store: ObjectStore, document_id: str, *, run_id: str | None = None, full: bool = False
) -> Trace:
    """Return everything known of a document, as far as it came.

    Objects that are missing or corrupt are named in ``problems``; nothing is guessed in their place.

    Args:
        store: Where to read; the number of reads is bounded whatever the document went through.
        document_id: The document.
        run_id: The run to tell in full, or a prefix of it; the newest where it is None.
        full: Also read what the models were given and answered.

    Raises:
        UnknownDocumentError: Nothing lies under this id.
        UnknownRunError: The document has no run ``run_id``.
        TransientError: The store does not answer.
    """
    return await _load(store, document_id, run_id=run_id, full=full, depth=0)


async def _load(store: ObjectStore, document_id: str, *, run_id: str | None, full: bool, depth: int) -> Trace:
    files = await DocumentFiles.open(store, document_id)
    if not files.listed:
        return await _in_the_inbox(store, document_id)
    origin = await _origin(files)
    own = keys.original(document_id)
    if own not in files.listed and (origin is None or (origin.file is not None and origin.file.uri == own)):
        files.note(own, "is missing")
    history = await read_history(files)
    slot = _chosen(history, document_id, run_id)
    run = None if slot is None else await _in_full(files, history, slot, full=full)
    if run is not None and run_id is None:
        run = await _with_standing_record(files, run, history)
    others = [other for other in reversed(history.slots) if other != slot]
    family = keys.family(document_id)
    trace = Trace(
        document_id=document_id,
        state=_state(run, history),
        submissions=history.submissions,
        overwritten=await read_overwritten(store, history.submissions),
        family=await files.one(family if family in files.listed else None, bytes.decode),
        run=run,
        other_runs=tuple([await _line(files, history, other) for other in others[:MOST_RUNS]]),
        runs_left_out=max(len(files.under("runs")) - 1 - MOST_RUNS, 0),
        revisions=history.revisions,
        decisions=history.decisions,
        handed_in=history.handed_in,
        dead_letters=history.dead_letters,
        original=origin.file if origin else _original(run, document_id),
        parent=origin.parent if origin else None,
        origin=origin,
        held=await _held(store, run),
        **await _children(store, run, depth),
        problems=tuple(files.problems[key] for key in sorted(files.problems)),
    )
    return told(trace)


async def _held(store: ObjectStore, run: RunStory | None) -> HeldStory | None:
    if run is None or run.state is not State.ON_ITS_WAY or run.awaited != "validation":
        return None
    found = await held_among(store, [message.event_id for message in sent_in_order(run.stages)])
    return None if found is None else HeldStory(gate=found.gate, reason=found.reason, at=found.at)


def _state(run: RunStory | None, history: History) -> State:
    if run is not None:
        return run.state
    died = any(letter.open for letter in history.dead_letters)
    return State.DEAD_LETTERED if died else State.ON_ITS_WAY


async def _in_the_inbox(store: ObjectStore, document_id: str) -> Trace:
    offered = _SHA256.fullmatch(document_id) and await store.head(keys.inbox_bytes(document_id)) is not None
    if not offered:
        raise UnknownDocumentError(document_id)
    return told(Trace(document_id=document_id, state=State.ON_ITS_WAY, submissions=(), run=None))


def _chosen(history: History, document_id: str, run_id: str | None) -> RunSlot | None:
    if run_id is None:
        return history.slots[-1] if history.slots else None
    meant = [slot for slot in history.slots if slot.run_id.startswith(run_id)]
    if len(meant) != 1:
        raise UnknownRunError(document_id, run_id, [slot.run_id for slot in history.slots])
    return meant[0]


async def _in_full(files: DocumentFiles, history: History, slot: RunSlot, *, full: bool) -> RunStory:
    stages = await read_stages(files, slot.run_id, attempts=True)
    kind = await cause_kind(files, slot, history.decisions)
    return await read_run(files, slot, stages, _standing(history, slot, stages), kind, full=full)


async def _line(files: DocumentFiles, history: History, slot: RunSlot) -> RunLine:
    stages = await read_stages(files, slot.run_id, attempts=False)
    sent = sent_in_order(stages)
    return RunLine(
        run_id=slot.run_id,
        number=slot.number,
        cause=slot.cause,
        release_digest=slot.release_digest,
        state=_standing(history, slot, stages).state,
        last_event_at=sent[-1].time if sent else None,
    )


def _standing(history: History, slot: RunSlot, stages: Sequence[StageStory]) -> Standing:
    numbers = {one.run_id: one.number for one in history.slots}
    decided_here = {d.decision_id for d in history.decisions if d.run_id == slot.run_id}
    taken_over = any(numbers.get(r.run_id, 0) > slot.number for r in history.revisions)
    reopened = any(one.number > slot.number and one.cause in decided_here for one in history.slots)
    return standing_of(
        slot.document_id,
        stages,
        [letter for letter in history.dead_letters if letter.run_id == slot.run_id],
        decided_reviews=history.decided_reviews,
        superseded=taken_over or reopened,
        first=_first(history, slot),
    )


def _first(history: History, slot: RunSlot) -> tuple[str, str]:
    if slot.cause in {decision.decision_id for decision in history.decisions}:
        return FIRST_OF_DECISION
    return FIRST if _SHA256.fullmatch(slot.document_id) else FIRST_OF_PART


async def _with_standing_record(files: DocumentFiles, run: RunStory, history: History) -> RunStory:
    """Show the record that stands, which a decision on an older run may have made."""
    stands = standing(history.revisions)
    finished = run.state in (State.ACCEPTED, State.PARTIAL, State.REJECTED, State.SUPERSEDED)
    if stands is None or not finished or stands.record == run.record_ref:
        return run
    record = await files.one(stands.record, Record.model_validate_json)
    return run.model_copy(
        update={"record": record, "record_ref": stands.record, "state": State(stands.status.value)}
    )


async def _origin(files: DocumentFiles) -> OriginStory | None:
    key = keys.origin(files.document_id)
    found = await files.one(key if key in files.listed else None, Origin.model_validate_json)
    if found is None:
        return None
    return OriginStory(
        parent=found.parent_id,
        pages=found.pages,
        name=found.name,
        file=found.original,
        first_page=found.first_page,
    )


def _original(run: RunStory | None, document_id: str) -> ObjectRef | None:
    sent = sent_in_order(run.stages) if run else []
    data = next(
        (m.data for m in sent if (m.topic, m.subject) == (DocumentSubmitted.event, document_id)), None
    )
    return None if data is None else ObjectRef.model_validate(data["original"])


async def _children(store: ObjectStore, run: RunStory | None, depth: int) -> dict[str, Any]:
    found = run.classification.children if run and run.classification else ()
    if depth >= MOST_DEPTH:
        return {"children_left_out": len(found)}
    children = [await _child(store, child, depth + 1) for child in found[:MOST_CHILDREN]]
    return {"children": tuple(children), "children_left_out": max(len(found) - MOST_CHILDREN, 0)}


async def _child(store: ObjectStore, child: Child, depth: int) -> ChildStory:
    place = {"document_id": child.document_id, "pages": child.pages, "name": child.name}
    try:
        trace = await _load(store, child.document_id, run_id=None, full=False, depth=depth)
    except UnknownDocumentError:
        return ChildStory(**place, state=State.ON_ITS_WAY, headline="on its way: not yet opened")
    return ChildStory(**place, state=trace.state, headline=trace.headline, children=trace.children)
