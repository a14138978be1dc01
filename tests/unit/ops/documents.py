"""Whole documents as the pipeline leaves them: accepted, in review, rejected, decided, mid-way, twice run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.canonical import derive_id
from schemas.classification import Classification
from schemas.decided import DecidedField, Decision
from schemas.documents import Route
from schemas.fields import EvidenceClass, FieldState, FieldValue, Reading
from schemas.handling import Try
from schemas.layout import Note, NoteKind
from schemas.records import DecisionKind, RecordStatus
from schemas.results import Coverage, FieldDecision, Record, RecordField, RuleVerdict, Verdict
from store.protocol import ObjectStore
from store.releases import RunManifest
from tests.unit.ops.office import Office
from tests.unit.ops.people import Event
from tests.unit.ops.receipt import (
    CERTIFICATES,
    NOWHERE,
    classification,
    extraction,
    fields,
    judged,
    layout,
    record,
)

HOSTILE = "\x1b[2J\x07 total\u202e00.089\u2066\u200b\n├─ now  done\x9b31m\x7f <script>alert(1)</script>"


@dataclass(frozen=True, slots=True)
class Made:
    """A made document: its id, its runs, and the office that made it."""

    document_id: str
    runs: tuple[RunManifest, ...]
    office: Office


async def submitted(
    store: ObjectStore, data: bytes = b"a receipt", name: str = "receipt-03.png"
) -> tuple[Made, Event]:
    """Taken in; the Gatekeeper is awaited."""
    office = await Office.open(store, CERTIFICATES)
    manifest, event = await office.submits(data, name)
    return Made(manifest.document_id, (manifest,), office), event


async def mid_way(store: ObjectStore) -> Made:
    """Classified; Extraction tried once and failed, and will be handed the message again."""
    made, event = await submitted(store)
    run = made.runs[0]
    event = await made.office.classifies(run, event, classification(made.document_id), layout())
    tries = (
        Try("model.complete", 1, 10.0, "model endpoint did not answer within 10 s", 0.4),
        Try("model.complete", 2, 10.0, "model endpoint did not answer within 10 s"),
    )
    error = "TransientError: model endpoint did not answer within 10 s"
    await made.office.fails("extraction", run, event, error, tries)
    return made


async def dead_lettered(store: ObjectStore) -> Made:
    """The model never answered; Extraction's tries are exhausted."""
    made, event = await submitted(store)
    run, office = made.runs[0], made.office
    event = await office.classifies(run, event, classification(made.document_id), layout())
    sentence = "model endpoint did not answer within 10 s"
    tries = tuple(Try("model.complete", n, 10.0, sentence, 0.4 if n < 4 else None) for n in range(1, 5))
    await office.fails("extraction", run, event, f"TransientError: {sentence}", tries)
    await office.buries(event, "extraction", sentence)
    return made


async def _extracted(
    store: ObjectStore, data: bytes, *, vendor_confidence: float, tries: tuple[Try, ...] = ()
) -> tuple[Made, Event]:
    made, event = await submitted(store, data)
    run, office = made.runs[0], made.office
    event = await office.classifies(run, event, classification(made.document_id), layout())
    office.clock.passes(0.2)
    read = fields(vendor_confidence=vendor_confidence)
    return made, await office.extracts(run, event, extraction(made.document_id, read), layout(), tries)


async def accepted(store: ObjectStore, data: bytes = b"a receipt") -> Made:
    """Accepted without a person, after one retried call."""
    retried = (
        Try("model.complete", 1, 0.1, "throttled", 0.05),
        Try("model.complete", 2, 0.09),
        Try("store.create", 1, 0.001),
    )
    made, event = await _extracted(store, data, vendor_confidence=0.93, tries=retried)
    read = fields()
    concluded = record(made.document_id, judged(read, doubt_vendor=False), RecordStatus.ACCEPTED)
    await made.office.validates(made.runs[0], event, concluded)
    return made


async def hostile(store: ObjectStore, text: str) -> Made:
    """A document whose text is against whoever looks at its trace: as vendor, note, doubt, and file name."""
    made, event = await submitted(store, text.encode(), text.replace("/", ""))
    run, office = made.runs[0], made.office
    note = Note(kind=NoteKind.BIDI_CONTROLS, page=1, text=text)
    found = classification(made.document_id)
    found = found.model_copy(update={"notes": (*found.notes, note)})
    event = await office.classifies(run, event, found, layout())
    read = fields(vendor=text, vendor_confidence=0.71)
    event = await office.extracts(run, event, extraction(made.document_id, read), layout())
    doubtful = judged(read, doubt_vendor=True)[0].model_copy(update={"reasons": (text,)})
    rule = RuleVerdict(rule="odd_rule", verdict=Verdict.BROKEN, explanation=text, fields=("vendor_name",))
    draft = record(made.document_id, (doubtful, *judged(read, doubt_vendor=True)[1:]), None)
    draft = draft.model_copy(update={"rules": (rule,), "reasons": (text, f"vendor_name: {text}")})
    await office.validates(run, event, draft)
    return made


async def in_review(store: ObjectStore, data: bytes = b"a doubtful receipt") -> tuple[Made, Event]:
    """One doubtful field; a person is asked."""
    made, event = await _extracted(store, data, vendor_confidence=0.71)
    read = fields(vendor_confidence=0.71)
    draft = record(made.document_id, judged(read, doubt_vendor=True), None)
    return made, await made.office.validates(made.runs[0], event, draft)


async def died_at_intake(store: ObjectStore) -> Made:
    """Intake stored the bytes and then failed for good, before it opened a run."""
    office = await Office.open(store, CERTIFICATES)
    document_id, event = await office.offers(b"a receipt", "receipt-03.png")
    await office.buries(event, "intake", "the release is missing", reason="missing_part", attempts=1)
    return Made(document_id, (), office)


async def rejected(store: ObjectStore) -> Made:
    """An encrypted file."""
    made, event = await submitted(store, b"encrypted", "locked.pdf")
    run, office = made.runs[0], made.office
    refused = Classification(
        document_id=made.document_id,
        media_type="application/pdf",
        page_count=0,
        doc_type="unknown",
        confidence=0.0,
        route=Route.REJECT,
        reason="password_required",
        arithmetic=("password required: submit a copy without a password",),
        family=made.document_id,
    )
    event = await office.classifies(run, event, refused, None)
    bare = Record(
        record_id=made.document_id,
        doc_type="unknown",
        status=RecordStatus.REJECTED,
        classification=NOWHERE,
        coverage=Coverage(declared=0, with_value=0, absent=0),
        reason="password_required",
        reasons=("password required: submit a copy without a password",),
    )
    await office.validates(run, event, bare)
    return made


def _decision(made: Made, requested: Event, at: datetime) -> Decision:
    return Decision(
        decision_id=derive_id("decision", made.document_id),
        review_id=requested.data.review_id,  # type: ignore[attr-defined]  # reviews.requested
        document_id=made.document_id,
        run_id=made.runs[0].run_id,
        kind=DecisionKind.FIELDS,
        reviewer="mia",
        decided_at=at,
        fields=(DecidedField(name="vendor_name", raw="ACME TRADING", value="ACME TRADING"),),
        comment="the legal form is not on the stamp",
    )


async def decided_by_a_person(store: ObjectStore, data: bytes = b"a doubtful receipt") -> Made:
    """In review, then a person corrected the vendor an hour later."""
    made, requested = await in_review(store, data)
    run, office = made.runs[0], made.office
    office.clock.passes(3600)
    decision = _decision(made, requested, office.clock.now())
    event = await office.decides(requested, decision)
    await office.keeps_decision(run, decision)
    read = fields(vendor_confidence=0.71)
    corrected = FieldValue(
        name="vendor_name",
        state=FieldState.VALUE,
        readings=(
            Reading(
                raw="ACME TRADING",
                value="ACME TRADING",
                confidence=1.0,
                evidence_class=EvidenceClass.INFERRED,
            ),
        ),
        confidence=1.0,
    )
    by_person = RecordField(
        field=corrected, decision=FieldDecision.HUMAN, arithmetic="decided by a reviewer", model_field=read[0]
    )
    concluded = record(
        made.document_id,
        (by_person, *judged(read, doubt_vendor=False)[1:]),
        RecordStatus.ACCEPTED,
        decisions=(decision.decision_id,),
    )
    await office.validates(run, event, concluded, decision_id=decision.decision_id)
    return made


async def decision_handed_in(store: ObjectStore) -> Made:
    """A person decided, and Validation has not taken it up yet."""
    made, requested = await in_review(store)
    made.office.clock.passes(60)
    await made.office.decides(requested, _decision(made, requested, made.office.clock.now()))
    return made


async def run_twice(store: ObjectStore) -> Made:
    """Accepted, then a force under a new prompt is under way: classified again, not yet extracted."""
    made = await accepted(store)
    clock = made.office.clock
    clock.passes(86_400)
    office = await Office.open(store, CERTIFICATES, prompt=b"prompt 4")
    office.clock, office.offsets = clock, made.office.offsets
    run, event = await office.run_again(made.document_id)
    await office.classifies(run, event, classification(made.document_id), layout())
    return Made(made.document_id, (*made.runs, run), office)
