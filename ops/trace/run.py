"""Reading one run of a document: its stages, what they found, what it was pinned to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ops.trace.files import DocumentFiles
from ops.trace.run_state import STAGES, Standing, sent_in_order
from ops.trace.story import OutcomeStory, PinStory, RunStory, SentMessage, StageStory
from schemas.certificates import Certificates
from schemas.classification import Classification
from schemas.decided import Decision
from schemas.errors import PermanentError
from schemas.objects import ObjectRef
from schemas.records import RecordCompleted, ReviewRequested
from schemas.results import Extraction, Record
from schemas.versions import decode
from store import keys
from store.children import ancestors
from store.releases import RunManifest, RunSlot
from store.stages import Outcome, SealedMessage
from store.submissions import Cause
from store.trail import AttemptRecord

MOST_ATTEMPTS = 20
"""Attempts of a stage that are read, newest first; the others are counted."""

MOST_OUTCOMES = 40
"""Outcomes of a stage that are read, so that no document makes trace read without end."""


async def read_stages(files: DocumentFiles, run_id: str, *, attempts: bool) -> tuple[StageStory, ...]:
    """Return what every stage of a run did, in the order of the pipeline."""
    tried = {stage: files.under("trail", run_id, stage) for stage in STAGES} if attempts else {}
    settled = {stage: files.under("outcomes", run_id, stage)[:MOST_OUTCOMES] for stage in STAGES}
    records = await files.each(
        [key for listed in tried.values() for key in listed[-MOST_ATTEMPTS:]],
        AttemptRecord.model_validate_json,
    )
    outcomes = await files.each(
        [key for listed in settled.values() for key in listed], Outcome.model_validate_json
    )
    return tuple(
        StageStory(
            stage=stage,
            attempts=tuple(records[key] for key in tried.get(stage, ()) if key in records),
            attempts_left_out=max(len(tried.get(stage, ())) - MOST_ATTEMPTS, 0),
            outcomes=_in_order(
                [_outcome(files, key, outcomes[key]) for key in settled[stage] if key in outcomes]
            ),
        )
        for stage in STAGES
        if tried.get(stage) or settled[stage]
    )


async def read_run(
    files: DocumentFiles,
    slot: RunSlot,
    stages: tuple[StageStory, ...],
    standing: Standing,
    cause_kind: str,
    *,
    full: bool,
) -> RunStory:
    """Return a run in full; ``full`` adds what the models were given and answered."""
    manifest = await files.one(keys.run(slot.run_id), RunManifest.model_validate_json)
    classification = await files.one(_result(stages, "gatekeeper"), Classification.model_validate_json)
    extraction = await files.one(_result(stages, "extraction"), Extraction.model_validate_json)
    record_ref = _record(files.document_id, stages)
    record = await files.one(record_ref, Record.model_validate_json)
    doc_type = next(
        (part.doc_type for part in (record, extraction, classification) if part is not None), None
    )
    started = [attempt.started for stage in stages for attempt in stage.attempts]
    completed = [m.time for m in sent_in_order(stages) if m.topic == RecordCompleted.event]
    return RunStory(
        run_id=slot.run_id,
        number=slot.number,
        cause=slot.cause,
        cause_kind=cause_kind,
        state=standing.state,
        pin=_pin(manifest, doc_type),
        stages=stages,
        classification=classification,
        extraction=extraction,
        record=record,
        record_ref=record_ref,
        certificates=await files.one(_thresholds(manifest, doc_type), Certificates.model_validate_json),
        exchanges=await _exchanges(files, stages, extraction) if full else {},
        awaited=standing.awaited,
        waits_on=standing.waits_on,
        reviews=standing.reviews,
        since=standing.since,
        started_at=min(started, default=None),
        ended_at=completed[-1] if completed else None,
    )


async def cause_kind(files: DocumentFiles, slot: RunSlot, decisions: Sequence[Decision]) -> str:
    """Return why the run was opened: ``first``, ``decision``, ``backfill``, ``force``, or ``unknown``."""
    if slot.cause == "first":
        return "first"
    if slot.cause in {decision.decision_id for decision in decisions}:
        return "decision"
    # A part runs again because of what was decided about its packet.
    for origin in await ancestors(files.store, slot.document_id):
        if await files.store.head(keys.decision(origin.parent_id, slot.cause)) is not None:
            return "decision"
    cause = await files.one(keys.cause(slot.cause), Cause.model_validate_json)
    return cause.kind if cause else "unknown"


def _in_order(outcomes: list[OutcomeStory]) -> tuple[OutcomeStory, ...]:
    # Keys are event ids, which say nothing about time; an outcome that sent nothing comes first.
    return tuple(sorted(outcomes, key=lambda o: (o.sent[0].time.isoformat() if o.sent else "", o.trigger)))


def _outcome(files: DocumentFiles, key: str, outcome: Outcome) -> OutcomeStory:
    sent = [_sent(files, key, message) for message in outcome.messages]
    return OutcomeStory(
        trigger=outcome.trigger, result=outcome.result, sent=tuple(message for message in sent if message)
    )


def _sent(files: DocumentFiles, key: str, message: SealedMessage) -> SentMessage | None:
    try:
        envelope = decode(message.topic, message.body.encode())
    except (PermanentError, KeyError) as error:
        files.note(key, f"holds a message on {message.topic} that can't be read: {type(error).__name__}")
        return None
    return SentMessage(
        topic=message.topic,
        event_id=message.event_id,
        dataschema=envelope.dataschema,
        subject=envelope.subject,
        time=envelope.time,
        data=envelope.data.model_dump(mode="json"),
    )


def _result(stages: Sequence[StageStory], stage: str) -> ObjectRef | None:
    results = [
        outcome.result
        for story in stages
        if story.stage == stage
        for outcome in story.outcomes
        if outcome.result
    ]
    return results[-1] if results else None


def _record(document_id: str, stages: Sequence[StageStory]) -> ObjectRef | None:
    refs = [
        message.data["record"]
        for message in sent_in_order(stages)
        if message.topic in (RecordCompleted.event, ReviewRequested.event) and message.subject == document_id
    ]
    return ObjectRef.model_validate(refs[-1]) if refs else _result(stages, "validation")


def _pin(manifest: RunManifest | None, doc_type: str | None) -> PinStory | None:
    if manifest is None:
        return None
    bundle = manifest.release.bundles.get(doc_type or "")
    return PinStory(
        release_digest=manifest.release_digest,
        bundle_type=bundle.doc_type if bundle else None,
        bundle_digest=bundle.digest if bundle else None,
        accept_generated_certificates=manifest.release.accept_generated_certificates,
    )


def _thresholds(manifest: RunManifest | None, doc_type: str | None) -> ObjectRef | None:
    bundle = manifest.release.bundles.get(doc_type or "") if manifest else None
    return bundle.parts.get("thresholds.json") if bundle else None


async def _exchanges(
    files: DocumentFiles, stages: Sequence[StageStory], extraction: Extraction | None
) -> dict[str, dict[str, Any]]:
    wanted = {
        story.stage: attempt.outputs["reply"]
        for story in stages
        for attempt in story.attempts
        if "reply" in attempt.outputs
    }
    if extraction is not None and extraction.reply is not None:
        wanted.setdefault("extraction", extraction.reply)
    read = await files.each(wanted.values(), _exchange)
    return {stage: read[ref.uri] for stage, ref in wanted.items() if ref.uri in read}


def _exchange(data: bytes) -> dict[str, Any]:
    exchange = json.loads(data)
    if not isinstance(exchange, dict) or {"request", "reply"} - exchange.keys():
        raise ValueError("an exchange with a model has a request and a reply")
    return exchange
