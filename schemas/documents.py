"""Messages about documents on their way: dropped, submitted, classified, extracted."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from schemas.forms import MAX_EXACT, Code, Etag, ForeignUri, Id, RunCause, VersionId
from schemas.message import Message, Part
from schemas.objects import MessageRef


class DocumentDropped(Message):
    """Someone offers a document to ``documents.inbox``, or asks for a known one to run again.

    Exactly one of ``ref`` (bytes already in the store), ``uri`` (bytes intake must fetch) and
    ``document_id`` with ``cause_id`` (a backfill's or a force's request) is given.

    Attributes:
        etag: Of the object behind ``uri`` when it was announced; what lies there must still have it.
        version_id: The same way, where its bucket keeps versions.
    """

    event: ClassVar[str] = "documents.inbox"
    version: ClassVar[tuple[int, int]] = (1, 1)

    ref: MessageRef | None = None
    uri: ForeignUri | None = None
    event_id: Id | None = None
    document_id: Id | None = None
    cause_id: Id | None = None
    etag: Etag | None = None
    version_id: VersionId | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in ("ref", "uri", "document_id") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of ref, uri, document_id; got {given or 'none of them'}")
        if (self.document_id is None) != (self.cause_id is None):
            raise ValueError("document_id and cause_id belong together")
        return self


PageNumber = Annotated[int, Field(ge=1, le=MAX_EXACT)]


class PageRange(Part):
    """Pages of a packet, from 1, both ends included."""

    first: PageNumber
    last: PageNumber


class Parent(Part):
    """The packet a child document was split from.

    Attributes:
        run_id: The packet's run that announced the child.
        result: The packet's Classification, which lists the child.
        pages: The child's pages in the packet; None for an attachment.
    """

    document_id: Id
    run_id: Id
    result: MessageRef | None = None
    pages: PageRange | None = None


class DocumentSubmitted(Message):
    """Intake stored the bytes and pinned the run; the document can be worked on.

    Attributes:
        run_id: The pinned run; ``runs/<run_id>.json`` holds its whole release.
        run_cause: ``first``, or the id of the backfill, force or decision that opened the run.
        submission_id: The submission that led here, where there is one.
        original: The document's bytes: for pages of a packet, the packet's.
        parent: The packet it came out of, for a child.
        known: True where another message opened this very run and asks for the work: the same bytes came
            in once more, by another name. There is nothing to do but to know of the submission.
    """

    event: ClassVar[str] = "documents.submitted"
    version: ClassVar[tuple[int, int]] = (1, 2)

    run_id: Id
    run_cause: RunCause
    submission_id: Id | None = None
    original: MessageRef
    parent: Parent | None = None
    known: bool | None = None


class Route(StrEnum):
    """Where a classified document goes next."""

    EXTRACT = "extract"
    REVIEW = "review"
    REJECT = "reject"
    SPLIT = "split"
    WITHDRAW = "withdraw"


class DocumentClassified(Message):
    """The Gatekeeper knows what the document is, how readable it is, and where it goes.

    Attributes:
        route: Where it goes next.
        result: The Classification artifact; None for a withdrawn child.
        reason: Reason code of a rejection, split or withdrawal.
        decided_by: ``model``, or ``human`` where a reviewer's decision opened the run.
    """

    event: ClassVar[str] = "documents.classified"

    run_id: Id
    route: Route
    result: MessageRef | None = None
    reason: Code | None = None
    decided_by: Literal["model", "human"] = "model"


class DocumentExtracted(Message):
    """The fields were read; each with its evidence in the Extraction artifact ``result``."""

    event: ClassVar[str] = "documents.extracted"

    run_id: Id
    result: MessageRef
    classification: MessageRef
