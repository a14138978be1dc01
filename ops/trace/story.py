"""What is known of one document, as trace shows it: text, HTML and JSON are made from these models alone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from schemas.certificates import Certificates
from schemas.classification import Classification
from schemas.decided import Decision
from schemas.layout import Frozen
from schemas.objects import ObjectRef
from schemas.records import RecordStatus
from schemas.results import Extraction, Record
from store.trail import AttemptRecord


class State(StrEnum):
    """Where a document, or one of its runs, stands."""

    ACCEPTED = "accepted"
    PARTIAL = "partial"
    REJECTED = "rejected"
    SPLIT = "split"
    WITHDRAWN = "withdrawn"
    IN_REVIEW = "in_review"
    DEAD_LETTERED = "dead_lettered"
    ON_ITS_WAY = "on_its_way"
    SUPERSEDED = "superseded"


class Problem(Frozen):
    """An object that is missing or not what it should be, in one sentence."""

    key: str
    sentence: str


class SubmissionStory(Frozen):
    """How the document came in.

    Attributes:
        name: As the file was called, where it came with a name.
        place: Path or uri it came from.
        size: In bytes.
    """

    submission_id: str
    kind: str
    name: str | None
    place: str | None
    at: datetime
    size: int
    release_digest: str


class OverwrittenStory(Frozen):
    """An earlier object under a uri that the document came from, gone before it was read."""

    submission_id: str
    uri: str
    at: datetime


class SentMessage(Frozen):
    """A message that an outcome fixed.

    Attributes:
        data: The payload, which holds ids, references and digests only.
    """

    topic: str
    event_id: str
    dataschema: str
    subject: str
    time: datetime
    data: dict[str, Any]


class OutcomeStory(Frozen):
    """What a stage did about one event."""

    trigger: str
    result: ObjectRef | None
    sent: tuple[SentMessage, ...]


class StageStory(Frozen):
    """One stage of a run: every attempt, every outcome."""

    stage: str
    attempts: tuple[AttemptRecord, ...] = ()
    attempts_left_out: int = 0
    outcomes: tuple[OutcomeStory, ...] = ()


class PinStory(Frozen):
    """What a run is pinned to: the release, and the bundle of the document's type."""

    release_digest: str
    bundle_type: str | None = None
    bundle_digest: str | None = None
    accept_generated_certificates: bool = False


class DeadLetterStory(Frozen):
    """A message that could not be handled.

    Attributes:
        open: Neither sent again nor outranked by a later outcome.
    """

    event_id: str
    number: int
    agent: str
    error_class: str
    reason: str
    sentence: str
    attempts: int
    topic: str
    partition: int
    offset: int
    at: datetime
    run_id: str | None
    redriven: bool
    open: bool


class RunStory(Frozen):
    """One run, in full.

    Attributes:
        pin: What it is pinned to; None where its manifest can't be read.
        cause_kind: ``first``, ``backfill``, ``force`` or ``decision``.
        record: The newest record or draft of the run, or the standing one of the document.
        certificates: Those the bundle's fields were judged by.
        exchanges: By stage, the whole request a model was given (``request``) and what it answered
            (``reply``); only in a full trace.
        awaited: The stage whose turn it is, where it is on its way.
        waits_on: The topic its message lies on.
        since: When the run came to stand where it stands.
        ended_at: When its record was completed, where it was.
    """

    run_id: str
    number: int
    cause: str
    cause_kind: str
    state: State
    pin: PinStory | None
    stages: tuple[StageStory, ...]
    classification: Classification | None = None
    extraction: Extraction | None = None
    record: Record | None = None
    record_ref: ObjectRef | None = None
    certificates: Certificates | None = None
    exchanges: dict[str, dict[str, Any]] = Field(default_factory=dict)
    awaited: str | None = None
    waits_on: str | None = None
    reviews: tuple[str, ...] = ()
    since: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


class RunLine(Frozen):
    """Another run of the document, in one line."""

    run_id: str
    number: int
    cause: str
    release_digest: str
    state: State
    last_event_at: datetime | None = None


class RevisionStory(Frozen):
    """A revision of the record, by its slot."""

    number: int
    run_id: str
    decision_id: str | None
    status: RecordStatus
    record: ObjectRef | None


class ChildStory(Frozen):
    """A document that this packet was split into.

    Attributes:
        pages: In the packet, for a page range.
        name: As the container calls it.
    """

    document_id: str
    pages: tuple[int, int] | None = None
    name: str | None = None
    state: State
    headline: str
    children: tuple[ChildStory, ...] = ()


class OriginStory(Frozen):
    """What a part was taken out of.

    Attributes:
        file: Whose bytes its pages are drawn from; None where its bytes can't be had.
        first_page: Of that file, the page that is this document's first.
    """

    parent: str
    pages: tuple[int, int] | None
    name: str | None
    file: ObjectRef | None
    first_page: int


class HeldStory(Frozen):
    """A gate that holds a document's message until a person lets it go on."""

    gate: str
    reason: str
    at: datetime


class Trace(Frozen):
    """Everything known of one document, read from the store alone.

    Attributes:
        headline: The one sentence that matters.
        now: Where it is.
        next: What happens next, and who has to do it.
        original: As the run's first message refers to it.
        parent: The packet this document was split from.
        origin: Where in it the document stands.
        run: The run told in full; None where intake has not opened one yet.
        handed_in: Decisions that no agent has taken up yet.
        other_runs: The others, newest first.
        held: The gate that holds its message, where one does.
        problems: Objects that are missing or corrupt; empty for a healthy document.
    """

    document_id: str
    state: State
    headline: str = ""
    now: str = ""
    next: str = ""
    original: ObjectRef | None = None
    family: str | None = None
    parent: str | None = None
    origin: OriginStory | None = None
    submissions: tuple[SubmissionStory, ...]
    overwritten: tuple[OverwrittenStory, ...] = ()
    run: RunStory | None
    other_runs: tuple[RunLine, ...] = ()
    runs_left_out: int = 0
    revisions: tuple[RevisionStory, ...] = ()
    decisions: tuple[Decision, ...] = ()
    handed_in: tuple[Decision, ...] = ()
    dead_letters: tuple[DeadLetterStory, ...] = ()
    children: tuple[ChildStory, ...] = ()
    children_left_out: int = 0
    held: HeldStory | None = Field(default=None, exclude_if=lambda held: held is None)
    problems: tuple[Problem, ...] = ()
