"""Reading what belongs to a document as a whole: submissions, runs, revisions, decisions, deaths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ops.trace.deaths import read_dead_letters
from ops.trace.files import DocumentFiles
from ops.trace.story import DeadLetterStory, OverwrittenStory, RevisionStory, SubmissionStory
from schemas.decided import Decision
from store.protocol import ObjectStore
from store.releases import RunSlot
from store.revisions import Revision
from store.sources import SCHEME
from store.submissions import InboxNote, Link, Submission, overwritten, submission_id_of

MOST_LINKS = 200
"""Linked keys outside the document's folder that are followed."""

MOST_URIS = 20
"""Uris of a document that are asked for what came too late under them."""

MOST_NUMBERED = 100
"""Runs and revisions that are read, newest first; and as many decisions, far more than people make."""


@dataclass(frozen=True, slots=True)
class History:
    """What belongs to the document as a whole, oldest first.

    Attributes:
        handed_in: Decisions that no agent has taken up yet.
    """

    slots: tuple[RunSlot, ...]
    submissions: tuple[SubmissionStory, ...]
    revisions: tuple[RevisionStory, ...]
    decisions: tuple[Decision, ...]
    handed_in: tuple[Decision, ...]
    dead_letters: tuple[DeadLetterStory, ...]

    @property
    def decided_reviews(self) -> dict[str, datetime]:
        """When a person decided each review, carried out or not."""
        return {d.review_id: d.decided_at for d in (*self.decisions, *self.handed_in)}


async def read_history(files: DocumentFiles) -> History:
    """Return what belongs to the document as a whole."""
    linked = await _linked(files)
    submissions = await files.each(
        [key for key in linked if key.startswith("submissions/")], Submission.model_validate_json
    )
    noted = await files.each(
        [key for key in linked if key.startswith("inbox/") and key.endswith(".json")],
        InboxNote.model_validate_json,
    )
    notes = sorted(noted.values(), key=lambda note: (note.at, note.event_id))
    slots = await files.each(files.under("runs")[-MOST_NUMBERED:], RunSlot.model_validate_json)
    revisions = await files.each(files.under("revisions")[-MOST_NUMBERED:], Revision.model_validate_json)
    decisions = await files.each(files.under("decisions")[-MOST_NUMBERED:], Decision.model_validate_json)
    drafts = await files.each(files.under("reviews")[-MOST_NUMBERED:], Decision.model_validate_json)
    taken_up = {decision.decision_id for decision in decisions.values()}
    return History(
        slots=tuple(sorted(slots.values(), key=lambda slot: slot.number)),
        submissions=_submissions(submissions.values(), notes),
        revisions=tuple(_revision(one) for one in sorted(revisions.values(), key=lambda r: r.number)),
        decisions=_in_order(decisions.values()),
        handed_in=_in_order(d for d in drafts.values() if d.decision_id not in taken_up),
        dead_letters=await read_dead_letters(files, linked, [note.event_id for note in notes]),
    )


async def read_overwritten(
    store: ObjectStore, submissions: Sequence[SubmissionStory]
) -> tuple[OverwrittenStory, ...]:
    """Return what was announced under the document's uris and gone before it was read, oldest first."""
    known = {submission.submission_id for submission in submissions}
    uris = dict.fromkeys(one.place for one in submissions if one.place and one.place.startswith(SCHEME))
    noted = [one for uri in list(uris)[:MOST_URIS] for one in await overwritten(store, uri)]
    return tuple(
        OverwrittenStory(submission_id=one.submission_id, uri=one.uri, at=one.at)
        for one in noted
        if one.submission_id not in known
    )


def _in_order(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    return tuple(sorted(decisions, key=lambda d: (d.decided_at, d.decision_id)))


async def _linked(files: DocumentFiles) -> list[str]:
    links = files.under("links")
    if len(links) > MOST_LINKS:
        files.note(links[MOST_LINKS], f"and {len(links) - MOST_LINKS - 1} more links were not followed")
    found = await files.each(links[:MOST_LINKS], Link.model_validate_json)
    return sorted(link.key for link in found.values())


def _submissions(
    submissions: Iterable[Submission], notes: Sequence[InboxNote]
) -> tuple[SubmissionStory, ...]:
    told = [_submission(submission, notes) for submission in submissions]
    return tuple(sorted(told, key=lambda s: (s.at, s.submission_id)))


def _submission(submission: Submission, notes: Sequence[InboxNote]) -> SubmissionStory:
    source = submission.source
    # A submission's id is made from its note's event id, which tells whose path it is.
    path = next((n.path for n in notes if _id_with(submission, n) == submission.submission_id), None)
    return SubmissionStory(
        submission_id=submission.submission_id,
        kind=source.kind,
        name=source.name,
        place=source.path or path or source.uri,
        at=submission.at,
        size=submission.size,
        release_digest=submission.release_digest,
    )


def _id_with(submission: Submission, note: InboxNote) -> str:
    return submission_id_of(submission.source.uri or "", submission.document_id, note.event_id)


def _revision(revision: Revision) -> RevisionStory:
    return RevisionStory(
        number=revision.number,
        run_id=revision.run_id,
        decision_id=revision.decision_id,
        status=revision.status,
        record=revision.record,
    )
